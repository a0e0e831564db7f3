/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/curses.c - the terminal by ncursesw: the only file that knows it. Signals are held and read as data
 * (signalfd), so that nothing happens in the middle of something; only a crash has a handler, which puts the terminal right
 * with nothing but write and tcsetattr. (Built without ncurses: no_curses.c.)
 */
#include "visualizer/screen/display.h"

#ifdef HAVE_NCURSES

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

enum { ESCAPE_MILLISECONDS = 50, COLUMNS_MOST = GRID_SIDE_MOST };

struct display {
	struct display_options options;
	SCREEN *screen;
	int signals; /* file descriptor */
	sigset_t saved_mask;
	int width, height;
	bool resized, closed;
	int signal;
	const struct theme *theme; /* whose colours are set */
	cchar_t *row;
};

/* ---- crashes ---- */

/* Leaves the mouse, colours, a hidden cursor, keypad and the alternate screen behind. */
static const char plain_terminal[] =
	"\x1b[?1000l\x1b[?1002l\x1b[?1006l\x1b[0m\x1b[?25h\x1b[?1l\x1b>\x1b[?1049l\r\n";

/* What was there before cannot be known here without a global: what any shell can use is made. */
static void on_crash(int signal)
{
	struct termios mode;
	ssize_t written = write(STDOUT_FILENO, plain_terminal, sizeof(plain_terminal) - 1);

	(void)written;
	if (tcgetattr(STDIN_FILENO, &mode) == 0) {
		mode.c_iflag |= BRKINT | ICRNL | IXON;
		mode.c_oflag |= OPOST | ONLCR;
		mode.c_lflag |= ICANON | ECHO | ECHOE | ECHOK | ISIG | IEXTEN;
		tcsetattr(STDIN_FILENO, TCSANOW, &mode);
	}
	raise(signal); /* its usual action, now that the handler is gone (SA_RESETHAND) */
}

static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

enum { CRASHES = sizeof(crashes) / sizeof(crashes[0]) };

/* A handler that is there already (a sanitizer's) stays. */
static void handle_crashes(bool handle)
{
	for (size_t i = 0; i < CRASHES; i++) {
		struct sigaction now, action = {.sa_flags = handle ? (int)SA_RESETHAND : 0};

		action.sa_handler = handle ? on_crash : SIG_DFL;
		if (sigaction(crashes[i], NULL, &now) == 0 && now.sa_handler == (handle ? SIG_DFL : on_crash))
			sigaction(crashes[i], &action, NULL);
	}
}

/* ---- signals ---- */

static sigset_t held_signals(void)
{
	static const int held[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH};
	struct sigaction action;
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(held) / sizeof(held[0]); i++)
		/* What nohup, or a shell for its background, had ignored stays ignored. */
		if (sigaction(held[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(&set, held[i]);
	return set;
}

static bool hold_signals(struct display *display)
{
	sigset_t set = held_signals();

	display->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return display->signals >= 0 && sigprocmask(SIG_BLOCK, &set, &display->saved_mask) == 0;
}

static void release_signals(struct display *display)
{
	sigprocmask(SIG_SETMASK, &display->saved_mask, NULL);
	if (display->signals >= 0)
		close(display->signals);
}

static void measure(struct display *display)
{
	struct winsize size;
	int width = COLS, height = LINES;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col) {
		width = size.ws_col < COLUMNS_MOST ? size.ws_col : COLUMNS_MOST;
		height = size.ws_row < COLUMNS_MOST ? size.ws_row : COLUMNS_MOST;
	}
	if (is_term_resized(height, width))
		resizeterm(height, width);
	display->resized |= width != display->width || height != display->height;
	display->width = width;
	display->height = height;
}

static void take_signal(struct display *display, int signal)
{
	if (signal == SIGWINCH)
		measure(display);
	else if (signal == SIGTSTP)
		display_suspend(display);
	else if (signal == SIGCONT)
		display_redraw(display); /* whoever had stopped us may have used the terminal */
	else
		display->signal = signal;
}

static void take_signals(struct display *display)
{
	struct signalfd_siginfo info;

	while (read(display->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		take_signal(display, (int)info.ssi_signo);
}

int display_signal(const struct display *display)
{
	return display->signal;
}

/* ncurses has set handlers of its own, which stay after its end. */
void display_pass_on(int signal_number)
{
	if (!signal_number)
		return;
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

/* ---- opening and closing ---- */

static const char *terminal_name(void)
{
	const char *name = getenv("TERM");

	return name && name[0] ? name : "(not set)";
}

/* Something that can place the cursor is needed. */
static bool terminal_fits(char *error, size_t error_size)
{
	static const char remedy[] = "set TERM to what it is (xterm-256color, linux, vt100), or use --dump, --flat or "
				     "`ringside shell`, which need none";
	char cup[] = "cup";
	int known = 0;

	if (setupterm(NULL, STDOUT_FILENO, &known) != OK) {
		snprintf(error, error_size, "the terminal TERM=%s is not known here; %s", terminal_name(), remedy);
		return false;
	}
	if (tigetstr(cup) && tigetstr(cup) != (char *)-1)
		return true;
	snprintf(error, error_size, "the terminal TERM=%s cannot place text; %s", terminal_name(), remedy);
	return false;
}

static void set_modes(struct display *display)
{
	raw(); /* Ctrl-C, Ctrl-Z and Ctrl-\ are keys */
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_MILLISECONDS);
	leaveok(stdscr, FALSE);
	display->options.color = display->options.color && has_colors();
	if (display->options.color) {
		start_color();
		use_default_colors();
	}
	display_mouse(display, display->options.mouse);
	measure(display);
}

struct display *display_open(const struct display_options *options, char *error, size_t error_size)
{
	struct display *display;

	if (!terminal_fits(error, error_size))
		return NULL;
	display = calloc(1, sizeof(*display));
	if (display)
		display->row = calloc(COLUMNS_MOST, sizeof(*display->row));
	if (!display || !display->row || !hold_signals(display)) {
		snprintf(error, error_size, "no memory for the screen; close other programs");
		if (display)
			free(display->row);
		free(display);
		return NULL;
	}
	display->options = *options;
	display->screen = newterm(NULL, stdout, stdin);
	if (!display->screen) {
		snprintf(error, error_size, "the terminal TERM=%s cannot be used; --dump and `ringside shell` need none",
			 terminal_name());
		release_signals(display);
		free(display->row);
		free(display);
		return NULL;
	}
	set_modes(display);
	handle_crashes(true);
	return display;
}

void display_close(struct display *display)
{
	if (!display)
		return;
	mousemask(0, NULL);
	/* The cursor goes below what the terminal shows where it has no alternate screen. */
	move(LINES - 1, 0);
	curs_set(1);
	endwin();
	handle_crashes(false);
	delscreen(display->screen);
	release_signals(display);
	free(display->row);
	free(display);
}

void display_size(const struct display *display, int *width, int *height)
{
	*width = display->width;
	*height = display->height;
}

void display_mouse(struct display *display, bool on)
{
	display->options.mouse = on;
	mousemask(on ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, NULL);
	mouseinterval(0);
}

void display_redraw(struct display *display)
{
	(void)display;
	reset_prog_mode();
	clearok(curscr, TRUE);
}

void display_suspend(struct display *display)
{
	struct sigaction usual = {.sa_flags = 0}, was;
	sigset_t stop;

	mousemask(0, NULL);
	curs_set(1);
	endwin();
	usual.sa_handler = SIG_DFL;
	sigaction(SIGTSTP, &usual, &was);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	/* The whole job, as the terminal itself does it: make or a script may have started us. */
	kill(0, SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &stop, NULL); /* stops here */
	sigprocmask(SIG_BLOCK, &stop, NULL);
	sigaction(SIGTSTP, &was, NULL);
	reset_prog_mode();
	clearok(curscr, TRUE);
	display_mouse(display, display->options.mouse);
	measure(display);
	display->resized = true;
}

/* ---- drawing ---- */

static void set_colors(struct display *display, const struct theme *theme)
{
	bool many = COLORS >= 256;

	display->theme = theme;
	for (short role = 0; display->options.color && role < ROLE_COUNT; role++) {
		const struct look *look = &theme->look[role];
		uint8_t front = many ? look->front : look->front8, back = many ? look->back : look->back8;

		init_pair((short)(role + 1), front ? (short)front : -1, back ? (short)back : -1);
	}
}

static attr_t attributes_of(const struct look *look)
{
	return (look->attributes & LOOK_BOLD ? A_BOLD : 0) | (look->attributes & LOOK_DIM ? A_DIM : 0) |
	       (look->attributes & LOOK_UNDERLINE ? A_UNDERLINE : 0) | (look->attributes & LOOK_REVERSE ? A_REVERSE : 0);
}

static void draw_row(struct display *display, const struct grid *grid, const struct theme *theme, int y)
{
	const struct cell *cell = &grid->cell[(size_t)y * (size_t)grid->width];

	for (int x = 0; x < grid->width; x++) {
		uint32_t glyph = display->options.ascii ? glyph_ascii(cell[x].glyph) : cell[x].glyph;
		wchar_t text[2] = {(wchar_t)glyph, L'\0'};
		short pair = display->options.color ? (short)(cell[x].role + 1) : 0;

		setcchar(&display->row[x], text, attributes_of(&theme->look[cell[x].role]), pair, NULL);
	}
	mvadd_wchnstr(y, 0, display->row, grid->width);
}

void display_draw(struct display *display, const struct grid *grid, const struct theme *theme)
{
	const struct theme *used = display->options.color ? theme : theme_mono();

	if (display->theme != used)
		set_colors(display, used);
	for (int y = 0; y < grid->height && y < LINES; y++)
		draw_row(display, grid, used, y);
	curs_set(grid->cursor_x >= 0 ? 1 : 0);
	if (grid->cursor_x >= 0 && grid->cursor_y >= 0)
		move(grid->cursor_y, grid->cursor_x);
	refresh();
}

/* ---- keys ---- */

void display_wait(struct display *display, int milliseconds)
{
	display_wait_for(display, NULL, 0, milliseconds);
}

void display_wait_for(struct display *display, const struct pollfd *others, size_t count, int milliseconds)
{
	struct pollfd wait[2 + DISPLAY_OTHERS] = {
		{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = display->signals, .events = POLLIN},
	};

	if (count > DISPLAY_OTHERS)
		count = DISPLAY_OTHERS;
	for (size_t i = 0; i < count; i++)
		wait[2 + i] = others[i];
	if (poll(wait, 2 + (nfds_t)count, milliseconds) > 0 && wait[0].revents & (POLLHUP | POLLERR | POLLNVAL) &&
	    !(wait[0].revents & POLLIN))
		display->closed = true;
	take_signals(display);
}

static enum key key_of_code(wint_t code)
{
	static const struct {
		int code;
		enum key key;
	} codes[] = {
		{KEY_UP, K_UP}, {KEY_DOWN, K_DOWN}, {KEY_LEFT, K_LEFT}, {KEY_RIGHT, K_RIGHT}, {KEY_PPAGE, K_PAGE_UP},
		{KEY_NPAGE, K_PAGE_DOWN}, {KEY_HOME, K_HOME}, {KEY_END, K_END}, {KEY_DC, K_DELETE}, {KEY_IC, K_INSERT},
		{KEY_BTAB, K_BACK_TAB}, {KEY_BACKSPACE, K_BACKSPACE}, {KEY_ENTER, K_ENTER}, {KEY_RESIZE, K_RESIZE},
		{KEY_MOUSE, K_MOUSE},
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if ((wint_t)codes[i].code == code)
			return codes[i].key;
	if (code >= KEY_F(1) && code <= KEY_F(12))
		return (enum key)(K_F1 + (int)(code - KEY_F(1)));
	return K_NONE;
}

static enum key key_of_character(wint_t character)
{
	if (character == '\n')
		return K_ENTER;
	if (character == (wint_t)(unsigned char)erasechar())
		return K_BACKSPACE;
	return (enum key)character;
}

static struct display_input mouse_input(void)
{
	struct display_input input = {.key = K_NONE};
	MEVENT event;

	if (getmouse(&event) != OK)
		return input;
	input.key = K_MOUSE;
	input.x = event.x;
	input.y = event.y;
	if (event.bstate & BUTTON4_PRESSED)
		input.mouse = MOUSE_WHEEL_UP;
	else if (event.bstate & BUTTON5_PRESSED)
		input.mouse = MOUSE_WHEEL_DOWN;
	else
		input.mouse = MOUSE_CLICK;
	return input;
}

struct display_input display_input(struct display *display)
{
	struct display_input input = {.key = K_NONE};
	wint_t character;

	take_signals(display);
	if (display->closed) {
		input.key = K_CLOSED;
		return input;
	}
	if (display->resized) {
		display->resized = false;
		input.key = K_RESIZE;
		return input;
	}
	switch (get_wch(&character)) {
	case OK:
		input.key = key_of_character(character);
		return input;
	case KEY_CODE_YES:
		input.key = key_of_code(character);
		/* A key that has no name here must not end the reading of those behind it. */
		return input.key == K_MOUSE ? mouse_input() : input.key == K_NONE ? display_input(display) : input;
	default:
		return input;
	}
}

#endif
