/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/grid.c - cells, areas that cut off, UTF-8 (RFC 3629) into glyphs that are one column wide, and a
 * grid as lines of text.
 */
#include "visualizer/screen/grid.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { GLYPH_UNKNOWN = 0xfffd, GLYPH_MOST = 0x10ffff };

static const struct cell blank = {.glyph = ' ', .role = ROLE_TEXT};

/* ---- the grid ---- */

bool grid_resize(struct grid *grid, int width, int height)
{
	grid_free(grid);
	grid->cursor_x = grid->cursor_y = -1;
	if (width <= 0 || height <= 0)
		return true;
	if (width > GRID_SIDE_MOST || height > GRID_SIDE_MOST)
		return false;
	grid->cell = calloc((size_t)width, (size_t)height * sizeof(*grid->cell));
	if (!grid->cell)
		return false;
	grid->width = width;
	grid->height = height;
	grid_clear(grid);
	return true;
}

void grid_clear(struct grid *grid)
{
	size_t cells = (size_t)grid->width * (size_t)grid->height;

	for (size_t i = 0; i < cells; i++)
		grid->cell[i] = blank;
	grid->cursor_x = grid->cursor_y = -1;
}

void grid_free(struct grid *grid)
{
	free(grid->cell);
	grid->cell = NULL;
	grid->width = grid->height = 0;
}

/* ---- glyphs ---- */

uint32_t glyph_ascii(uint32_t glyph)
{
	static const struct {
		uint32_t glyph;
		char ascii;
	} forms[] = {
		{GLYPH_HORIZONTAL, '-'}, {GLYPH_VERTICAL, '|'}, {GLYPH_DOWN_RIGHT, '+'}, {GLYPH_DOWN_LEFT, '+'},
		{GLYPH_UP_RIGHT, '+'}, {GLYPH_UP_LEFT, '+'}, {GLYPH_VERTICAL_RIGHT, '+'}, {GLYPH_VERTICAL_LEFT, '+'},
		{GLYPH_DOWN_HORIZONTAL, '+'}, {GLYPH_UP_HORIZONTAL, '+'}, {GLYPH_CROSS, '+'},
		{GLYPH_ARROW_RIGHT, '>'}, {GLYPH_ARROW_LEFT, '<'}, {GLYPH_ARROW_UP, '^'}, {GLYPH_ARROW_DOWN, 'v'},
		{GLYPH_POINTER, '>'}, {GLYPH_BULLET, '*'}, {GLYPH_BLOCK, '#'}, {GLYPH_SHADE, ':'},
		{GLYPH_DIFFERENT, '!'}, {GLYPH_ELLIPSIS, '~'},
	};

	if (glyph >= ' ' && glyph < 0x7f)
		return glyph;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (forms[i].glyph == glyph)
			return (uint32_t)forms[i].ascii;
	return '?';
}

/* What takes no column or two: combining marks, East Asian wide forms, emoji (Unicode TR 11). A guest may print them; a
 * grid cannot hold them. */
static bool one_column(uint32_t glyph)
{
	static const struct {
		uint32_t first, last;
	} others[] = {
		{0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a}, {0x064b, 0x065f},
		{0x0900, 0x0903}, {0x093a, 0x094f}, {0x0e31, 0x0e3a}, {0x0e47, 0x0e4e}, {0x1100, 0x11ff},
		{0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
		{0x20d0, 0x20ff}, {0x231a, 0x231b}, {0x23e9, 0x23f3}, {0x25fd, 0x25fe}, {0x2614, 0x2615},
		{0x2648, 0x2653}, {0x26a1, 0x26a1}, {0x2705, 0x2705}, {0x274c, 0x274c}, {0x2e80, 0x303e},
		{0x3041, 0xa4cf}, {0xa960, 0xa97c}, {0xac00, 0xd7ff}, {0xe000, 0xf8ff}, {0xf900, 0xfaff},
		{0xfe00, 0xfe6f}, {0xfeff, 0xfeff}, {0xff00, 0xff60}, {0xffe0, 0xfffb}, {0x1f000, GLYPH_MOST},
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (glyph >= others[i].first && glyph <= others[i].last)
			return false;
	return true;
}

size_t glyph_encode(uint32_t glyph, char text[5])
{
	unsigned more = glyph < 0x80 ? 0 : glyph < 0x800 ? 1 : glyph < 0x10000 ? 2 : 3;
	static const uint8_t lead[] = {0, 0xc0, 0xe0, 0xf0};

	text[0] = (char)(lead[more] | glyph >> 6 * more);
	for (unsigned i = 1; i <= more; i++)
		text[i] = (char)(0x80 | (glyph >> 6 * (more - i) & 0x3f));
	text[more + 1] = '\0';
	return more + 1;
}

/* How many bytes a character takes that begins so; 0: none begins so. */
static unsigned sequence_length(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if ((lead & 0xf0) == 0xe0)
		return 3;
	return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/* The glyph at `text`, which is not at its end, and how many bytes it took. What is no character is a dot. */
static uint32_t next_glyph(const char *text, unsigned *used)
{
	static const uint8_t lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const uint8_t *byte = (const uint8_t *)text;
	unsigned length = sequence_length(byte[0]);
	uint32_t glyph = byte[0] & lead_bits[length];

	*used = 1;
	if (length == 0)
		return '.';
	for (unsigned i = 1; i < length; i++) {
		if ((byte[i] & 0xc0) != 0x80) /* the string's end too */
			return '.';
		glyph = glyph << 6 | (byte[i] & 0x3f);
	}
	if (glyph < least[length] || glyph > GLYPH_MOST || (glyph >= 0xd800 && glyph <= 0xdfff))
		return '.';
	*used = length;
	if (glyph < ' ' || (glyph >= 0x7f && glyph < 0xa0))
		return '.';
	return one_column(glyph) ? glyph : GLYPH_UNKNOWN;
}

/* ---- areas ---- */

struct area grid_area(struct grid *grid)
{
	return (struct area){.grid = grid, .width = grid->width, .height = grid->height};
}

/* `at` and `size` of a stretch cut to what lies in 0..`room`. */
static void cut(int *at, int *size, int room)
{
	int64_t end = (int64_t)*at + *size;

	if (*at < 0)
		*at = 0;
	if (end > room)
		end = room;
	*size = end > *at ? (int)(end - *at) : 0;
	if (*at > room)
		*at = room;
}

struct area area_inside(const struct area *area, int x, int y, int width, int height)
{
	cut(&x, &width, area->width);
	cut(&y, &height, area->height);
	return (struct area){
		.grid = area->grid, .x = area->x + x, .y = area->y + y, .width = width, .height = height};
}

/* NULL: cut off. */
static struct cell *cell_at(const struct area *area, int x, int y)
{
	const struct grid *grid = area->grid;
	int64_t column = (int64_t)area->x + x, row = (int64_t)area->y + y;

	if (x < 0 || y < 0 || x >= area->width || y >= area->height)
		return NULL;
	if (column < 0 || row < 0 || column >= grid->width || row >= grid->height)
		return NULL;
	return &grid->cell[row * grid->width + column];
}

static void put(const struct area *area, int x, int y, enum role role, uint32_t glyph)
{
	struct cell *cell = cell_at(area, x, y);

	if (cell)
		*cell = (struct cell){.glyph = glyph, .role = (uint8_t)role};
}

int area_text(const struct area *area, int x, int y, enum role role, const char *text)
{
	unsigned used;

	for (; *text; text += used)
		put(area, x++, y, role, next_glyph(text, &used));
	return x;
}

/* A character that the buffer's end cut in two must not be shown as dots. */
static void trim_broken_end(char *text)
{
	size_t length = strlen(text), begin = length;

	while (begin > 0 && length - begin < 3 && ((uint8_t)text[begin - 1] & 0xc0) == 0x80)
		begin--;
	if (begin > 0 && sequence_length((uint8_t)text[begin - 1]) > length - begin + 1)
		text[begin - 1] = '\0';
}

int area_print(const struct area *area, int x, int y, enum role role, const char *format, ...)
{
	char text[2048];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (length < 0)
		return x;
	if ((size_t)length >= sizeof(text))
		trim_broken_end(text);
	return area_text(area, x, y, role, text);
}

void area_paint(const struct area *area, int x, int y, int count, enum role role)
{
	cut(&x, &count, area->width);
	for (int i = 0; i < count; i++) {
		struct cell *cell = cell_at(area, x + i, y);

		if (cell)
			cell->role = (uint8_t)role;
	}
}

void area_fill(const struct area *area, int x, int y, int count, enum role role, uint32_t glyph)
{
	cut(&x, &count, area->width);
	for (int i = 0; i < count; i++)
		put(area, x + i, y, role, glyph);
}

/* ---- as text ---- */

static void print_glyph(uint32_t glyph, FILE *out)
{
	char text[5];

	fwrite(text, 1, glyph_encode(glyph, text), out);
}

static uint32_t role_letter(uint8_t role)
{
	static const char letters[ROLE_COUNT + 1] = " ds-tfSke>*c!gvhipnHb/0123";

	return role < ROLE_COUNT ? (uint32_t)letters[role] : '?';
}

enum form { AS_UNICODE, AS_ASCII, AS_ROLES };

static uint32_t form_of(const struct cell *cell, enum form form)
{
	if (form == AS_ROLES)
		return role_letter(cell->role);
	return form == AS_ASCII ? glyph_ascii(cell->glyph) : cell->glyph;
}

static void print_rows(const struct grid *grid, FILE *out, enum form form)
{
	for (int y = 0; y < grid->height; y++) {
		const struct cell *row = &grid->cell[(size_t)y * (size_t)grid->width];
		int width = grid->width;

		while (width > 0 && form_of(&row[width - 1], form) == ' ')
			width--;
		for (int x = 0; x < width; x++)
			print_glyph(form_of(&row[x], form), out);
		putc('\n', out);
	}
}

void grid_print(const struct grid *grid, FILE *out, bool ascii, bool roles)
{
	print_rows(grid, out, ascii ? AS_ASCII : AS_UNICODE);
	if (!roles)
		return;
	fputs("--- roles ---\n", out);
	print_rows(grid, out, AS_ROLES);
}
