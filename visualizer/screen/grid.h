/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/grid.h - a screen as cells, before any terminal: what is drawn here can be compared as text, sent to
 * a viewer, recorded, or shown by ncurses.
 */
#ifndef RINGSIDE_VISUALIZER_SCREEN_GRID_H
#define RINGSIDE_VISUALIZER_SCREEN_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What a cell means; a theme (theme.h) makes colour and attributes of it. Nothing is said by this alone. */
enum role {
	ROLE_TEXT,
	ROLE_DIM,
	ROLE_STRONG,
	ROLE_FRAME,
	ROLE_TITLE,
	ROLE_FOCUS,
	ROLE_STATUS,
	ROLE_KEY,
	ROLE_ERROR,
	ROLE_CURRENT,   /* the instruction, entry or step where things stand */
	ROLE_SELECTED,  /* the cursor of a list */
	ROLE_CHANGED,   /* since the last stop */
	ROLE_DIFFERENT, /* guest and hardware do not agree */
	ROLE_GUEST,
	ROLE_VMM,
	ROLE_HARDWARE,
	ROLE_INNOCUOUS,
	ROLE_PRIVILEGED,
	ROLE_SENSITIVE,
	ROLE_HOLE,
	ROLE_BREAK,
	ROLE_FOUND,
	ROLE_LINK_0,
	ROLE_LINK_1,
	ROLE_LINK_2,
	ROLE_LINK_3, /* instruction and translation of the same colour */
	ROLE_COUNT
};

struct cell {
	uint32_t glyph; /* Unicode; every one is a column wide */
	uint8_t role;
};

enum { GRID_SIDE_MOST = 4096 };

struct grid {
	int width, height;
	struct cell *cell;      /* height rows of width */
	int cursor_x, cursor_y; /* where the terminal's cursor belongs; -1: hidden */
};

/* And empties it. False: no memory, or a side beyond GRID_SIDE_MOST; it is 0x0 then. */
bool grid_resize(struct grid *grid, int width, int height);
void grid_clear(struct grid *grid);
void grid_free(struct grid *grid);
/* As lines of text, without blanks at their ends. `ascii`: frames and arrows as +-|>. `roles`: after the text, where each role is,
 * for golden screens that must see it. */
void grid_print(const struct grid *grid, FILE *out, bool ascii, bool roles);

/* A rectangle of a grid: what is drawn outside is cut off. One inside another keeps to it, from its own corner on. */
struct area {
	struct grid *grid;
	int x, y, width, height;
};

struct area grid_area(struct grid *grid);
struct area area_inside(const struct area *area, int x, int y, int width, int height);
/* UTF-8 text from (x, y), relative to the area. Gives the x behind it. Control characters become '.'. */
int area_text(const struct area *area, int x, int y, enum role role, const char *text);
int area_print(const struct area *area, int x, int y, enum role role, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
/* Gives `count` cells from (x, y) this role, keeping the text. */
void area_paint(const struct area *area, int x, int y, int count, enum role role);
void area_fill(const struct area *area, int x, int y, int count, enum role role, uint32_t glyph);

/* The glyphs that have an ASCII form (grid_print, LC_ALL=C, --ascii). */
enum {
	GLYPH_HORIZONTAL = 0x2500,
	GLYPH_VERTICAL = 0x2502,
	GLYPH_DOWN_RIGHT = 0x250c,
	GLYPH_DOWN_LEFT = 0x2510,
	GLYPH_UP_RIGHT = 0x2514,
	GLYPH_UP_LEFT = 0x2518,
	GLYPH_VERTICAL_RIGHT = 0x251c,
	GLYPH_VERTICAL_LEFT = 0x2524,
	GLYPH_DOWN_HORIZONTAL = 0x252c,
	GLYPH_UP_HORIZONTAL = 0x2534,
	GLYPH_CROSS = 0x253c,
	GLYPH_ARROW_RIGHT = 0x2192,
	GLYPH_ARROW_LEFT = 0x2190,
	GLYPH_ARROW_UP = 0x2191,
	GLYPH_ARROW_DOWN = 0x2193,
	GLYPH_POINTER = 0x25b6,
	GLYPH_BULLET = 0x2022,
	GLYPH_BLOCK = 0x2588,
	GLYPH_SHADE = 0x2591,
	GLYPH_DIFFERENT = 0x2260,
	GLYPH_ELLIPSIS = 0x2026,
};
uint32_t glyph_ascii(uint32_t glyph); /* '?' for what has none */
/* UTF-8, terminated. Gives the number of bytes. */
size_t glyph_encode(uint32_t glyph, char text[5]);

#endif
