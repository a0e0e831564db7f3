/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/terminal.c - raw keys and a text screen on a terminal, put back as they were.
 */
#include "visualizer/terminal.h"

#include "visualizer/style.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { NO_ATTRIBUTE = 0x100 };

static bool take_keys(struct terminal *terminal)
{
	struct termios raw;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &terminal->saved) != 0)
		return false;
	raw = terminal->saved;
	/* Everything but output processing: the guest's newlines stay those of an ordinary program. */
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
	raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL | INLCR | ISTRIP);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	terminal->raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
	return terminal->raw;
}

bool terminal_begin(struct terminal *terminal, bool keys, bool screen)
{
	bool taken = !keys || take_keys(terminal);

	terminal->screen = screen;
	if (!screen || !isatty(STDOUT_FILENO))
		return taken && !screen;
	terminal->utf8 = style_utf8();
	terminal->color = style_color("auto");
	terminal->drawn = false;
	terminal->begun = true;
	fputs("\x1b[?1049h\x1b[2J", stdout); /* the alternate screen, empty */
	fflush(stdout);
	return taken;
}

void terminal_end(struct terminal *terminal)
{
	if (terminal->begun) {
		fputs("\x1b[0m\x1b[?25h\x1b[?1049l", stdout);
		fflush(stdout);
	}
	if (terminal->raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal->saved);
	terminal->raw = terminal->begun = false;
}

/* ---- the screen ---- */

/* VGA counts colours blue, green, red; terminals red, green, blue. */
static unsigned terminal_color(unsigned vga)
{
	return (vga & 4) >> 2 | (vga & 2) | (vga & 1) << 2;
}

static void set_attribute(struct terminal *terminal, uint8_t attribute)
{
	unsigned front = attribute & 7, bright = attribute & 8, back = attribute >> 4 & 7;

	if (terminal->attribute == attribute)
		return;
	terminal->attribute = attribute;
	if (!terminal->color) {
		fputs(back > front ? "\x1b[0;7m" : bright ? "\x1b[0;1m" : "\x1b[0m", stdout);
		return;
	}
	printf("\x1b[0;%u;%um", (bright ? 90 : 30) + terminal_color(front), 40 + terminal_color(back));
}

static void measure(struct terminal *terminal)
{
	struct winsize size;
	unsigned rows = 24, columns = 80;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col) {
		rows = size.ws_row;
		columns = size.ws_col;
	}
	if (rows != terminal->rows || columns != terminal->columns)
		terminal->drawn = false;
	terminal->rows = rows;
	terminal->columns = columns;
}

static bool same_cell(const struct terminal *terminal, const struct screen *screen, unsigned row,
                      unsigned column)
{
	return terminal->drawn &&
	       memcmp(&terminal->shown.cell[row][column], &screen->cell[row][column],
	              sizeof(struct screen_cell)) == 0;
}

/* Draws what differs in one row; the cursor is moved only where cells are skipped. */
static void draw_row(struct terminal *terminal, const struct screen *screen, unsigned row)
{
	bool in_place = false;

	for (unsigned column = 0; column < screen->columns && column < terminal->columns; column++) {
		const struct screen_cell *cell = &screen->cell[row][column];

		if (same_cell(terminal, screen, row, column)) {
			in_place = false;
			continue;
		}
		if (!in_place)
			printf("\x1b[%u;%uH", row - terminal->top + 1, column + 1);
		in_place = true;
		set_attribute(terminal, cell->attribute);
		fputs(screen_character(cell->character, terminal->utf8), stdout);
	}
}

static void draw_cursor(const struct terminal *terminal, const struct screen *screen)
{
	if (!screen->cursor_visible || screen->cursor_row - terminal->top >= terminal->rows ||
	    screen->cursor_column >= terminal->columns)
		fputs("\x1b[?25l", stdout);
	else
		printf("\x1b[%u;%uH\x1b[?25h", screen->cursor_row - terminal->top + 1,
		       screen->cursor_column + 1);
}

/* On a small terminal the row of the cursor is the one that matters; without a cursor (a game) the lowest. */
static void scroll_to_cursor(struct terminal *terminal, const struct screen *screen)
{
	unsigned row = screen->cursor_visible ? screen->cursor_row : screen->rows - 1;
	unsigned top = row >= terminal->rows ? row - terminal->rows + 1 : 0;

	if (top != terminal->top)
		terminal->drawn = false;
	terminal->top = top;
}

static void draw_status(const struct terminal *terminal)
{
	if (terminal->status[0] && terminal->shown.rows - terminal->top < terminal->rows)
		printf("\x1b[s\x1b[%u;1H\x1b[0m\x1b[K%.*s\x1b[u", terminal->rows, (int)terminal->columns - 1,
		       terminal->status);
}

void terminal_status(struct terminal *terminal, const char *text)
{
	if (!terminal->begun)
		return;
	snprintf(terminal->status, sizeof(terminal->status), "%s", text);
	printf("\x1b]0;ringside: %s\x07", text);
	if (terminal->drawn)
		draw_status(terminal);
	terminal->attribute = NO_ATTRIBUTE;
	fflush(stdout);
}

void terminal_draw(struct terminal *terminal, const struct screen *screen)
{
	if (!terminal->begun)
		return;
	measure(terminal);
	scroll_to_cursor(terminal, screen);
	if (screen->columns != terminal->shown.columns || screen->rows != terminal->shown.rows)
		terminal->drawn = false;
	if (terminal->drawn && memcmp(screen, &terminal->shown, sizeof(*screen)) == 0)
		return;
	terminal->attribute = NO_ATTRIBUTE;
	if (!terminal->drawn)
		fputs("\x1b[0m\x1b[2J", stdout);
	for (unsigned row = terminal->top; row < screen->rows && row - terminal->top < terminal->rows; row++)
		draw_row(terminal, screen, row);
	terminal->shown = *screen;
	if (!terminal->drawn)
		draw_status(terminal);
	draw_cursor(terminal, screen);
	fflush(stdout);
	terminal->drawn = true;
}

/* ---- keys ---- */

int terminal_read(int fd, char *bytes, size_t size, int milliseconds)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	ssize_t got;

	if (poll(&poll_fd, 1, milliseconds) <= 0)
		return 0;
	got = read(fd, bytes, size);
	if (got > 0)
		return (int)got;
	return got < 0 && (errno == EINTR || errno == EAGAIN) ? 0 : -1;
}
