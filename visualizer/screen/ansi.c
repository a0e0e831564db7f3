/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/ansi.c - the cells that differ, with the least moving of cursor and colours that is simple.
 */
#include "visualizer/screen/ansi.h"

#include <string.h>

static void set_look(FILE *out, const struct look *look)
{
	fputs("\x1b[0", out);
	if (look->attributes & LOOK_BOLD)
		fputs(";1", out);
	if (look->attributes & LOOK_DIM)
		fputs(";2", out);
	if (look->attributes & LOOK_UNDERLINE)
		fputs(";4", out);
	if (look->attributes & LOOK_REVERSE)
		fputs(";7", out);
	if (look->front)
		fprintf(out, ";38;5;%u", look->front);
	if (look->back)
		fprintf(out, ";48;5;%u", look->back);
	putc('m', out);
}

void ansi_glyph(FILE *out, uint32_t glyph)
{
	char text[5];
	size_t length = glyph_encode(glyph, text);

	fwrite(text, 1, length, out);
}

static bool same_cell(const struct cell *a, const struct cell *b)
{
	return a->glyph == b->glyph && a->role == b->role;
}

struct pen {
	FILE *out;
	const struct theme *theme;
	bool ascii;
	int role; /* -1: none set yet */
};

static void draw_cell(struct pen *pen, const struct cell *cell)
{
	if (pen->role != cell->role)
		set_look(pen->out, &pen->theme->look[cell->role]);
	pen->role = cell->role;
	ansi_glyph(pen->out, pen->ascii ? glyph_ascii(cell->glyph) : cell->glyph);
}

static void draw_row(struct pen *pen, const struct cell *now, struct cell *shown, int width, int y)
{
	bool in_place = false;

	for (int x = 0; x < width; x++) {
		if (same_cell(&now[x], &shown[x])) {
			in_place = false;
			continue;
		}
		if (!in_place)
			fprintf(pen->out, "\x1b[%d;%dH", y + 1, x + 1);
		in_place = true;
		draw_cell(pen, &now[x]);
		shown[x] = now[x];
	}
}

static bool begin_anew(FILE *out, const struct grid *now, struct grid *shown)
{
	size_t cells = (size_t)now->width * (size_t)now->height;

	if (!grid_resize(shown, now->width, now->height))
		return false;
	/* Nothing is like this, so that every cell is drawn. */
	for (size_t i = 0; i < cells; i++)
		shown->cell[i] = (struct cell){.glyph = 0, .role = ROLE_COUNT};
	fputs("\x1b[0m\x1b[2J", out);
	return true;
}

bool ansi_draw(FILE *out, const struct grid *now, struct grid *shown, const struct theme *theme, bool ascii)
{
	struct pen pen = {.out = out, .theme = theme, .ascii = ascii, .role = -1};

	if ((shown->width != now->width || shown->height != now->height) && !begin_anew(out, now, shown))
		return false;
	for (int y = 0; y < now->height; y++) {
		size_t row = (size_t)y * (size_t)now->width;

		draw_row(&pen, &now->cell[row], &shown->cell[row], now->width, y);
	}
	if (now->cursor_x >= 0 && now->cursor_y >= 0)
		fprintf(out, "\x1b[%d;%dH\x1b[?25h", now->cursor_y + 1, now->cursor_x + 1);
	else
		fputs("\x1b[?25l", out);
	return true;
}
