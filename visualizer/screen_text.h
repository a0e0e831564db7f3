/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen_text.h - the guest's VGA text screen, read from its memory, as text.
 * IBM VGA: two bytes a cell from B8000h, character (code page 437) and attribute.
 */
#ifndef RINGSIDE_VISUALIZER_SCREEN_TEXT_H
#define RINGSIDE_VISUALIZER_SCREEN_TEXT_H

#include "core/vm.h"

#include <stdio.h>

enum { SCREEN_COLUMNS = 80, SCREEN_ROWS = 25, SCREEN_ROWS_MOST = 60, SCREEN_COLUMNS_MOST = 132 };

struct screen_cell {
	uint8_t character, attribute;
};

struct screen {
	unsigned columns, rows;
	struct screen_cell cell[SCREEN_ROWS_MOST][SCREEN_COLUMNS_MOST];
	unsigned cursor_column, cursor_row;
	bool cursor_visible;
};

void screen_read(struct screen *screen, const struct vm *vm);

/* A character of code page 437 in UTF-8, or the nearest in ASCII. Static text. */
const char *screen_character(uint8_t character, bool utf8);

/* The rows as lines, blanks at their ends left out; empty rows at the end of the screen too. */
void screen_print(FILE *out, const struct screen *screen, bool utf8);

#endif
