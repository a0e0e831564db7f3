/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/panel_parts.c - see panel_parts.h. A page is written twice: once into an area without rows, which
 * counts its lines, and once at the place where its top has been put then.
 */
#include "visualizer/screen/panel_parts.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TEXT_SIZE = 512 };

int parts_columns(const char *text)
{
	int columns = 0;

	for (; *text; text++)
		columns += ((uint8_t)*text & 0xc0) != 0x80;
	return columns;
}

int parts_text(const struct area *area, int x, int y, int width, enum role role, const char *text)
{
	int columns = parts_columns(text);
	struct area room;

	if (width <= 0 || x < 0 || y < 0)
		return x;
	room = area_inside(area, x, y, width, 1);
	area_text(&room, 0, 0, role, text);
	if (columns <= width)
		return x + columns;
	area_fill(&room, width - 1, 0, 1, role, GLYPH_ELLIPSIS);
	return x + width;
}

int parts_print(const struct area *area, int x, int y, int width, enum role role, const char *format, ...)
{
	char text[TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return parts_text(area, x, y, width, role, text);
}

void parts_right(const struct area *area, int x, int y, int width, enum role role, const char *text)
{
	int columns = parts_columns(text);

	if (columns < width) {
		x += width - columns;
		width = columns;
	}
	parts_text(area, x, y, width, role, text);
}

/* ---- pages ---- */

static void write_line(struct pen *pen, int x, enum role role, const char *text)
{
	parts_text(&pen->area, x, pen->line - pen->top, pen->area.width - x, role, text);
	pen->line++;
}

void pen_line(struct pen *pen, int x, enum role role, const char *format, ...)
{
	char text[TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	write_line(pen, x, role, text);
}

/* How many bytes of `text` go into `columns`: whole words, unless one alone is longer. */
static size_t fitting(const char *text, int columns)
{
	size_t length = strlen(text), end;

	if (columns < 1)
		columns = 1;
	if (length <= (size_t)columns)
		return length;
	for (end = (size_t)columns; end > 0 && text[end] != ' ';)
		end--;
	return end ? end : (size_t)columns;
}

void pen_words(struct pen *pen, int x, int indent, enum role role, const char *text)
{
	char line[TEXT_SIZE];

	do {
		size_t length = fitting(text, pen->area.width - x);

		length = length < sizeof(line) - 1 ? length : sizeof(line) - 1;
		memcpy(line, text, length);
		line[length] = '\0';
		write_line(pen, x, role, line);
		text += length;
		text += strspn(text, " ");
		x = indent < pen->area.width ? indent : 0;
	} while (*text);
}

void parts_page(struct panel_view *view, const struct area *area, page_write *write)
{
	struct panel_state *state = view->state;
	struct pen counting = {.area = *area}, pen = {.area = *area};
	int shown = -1;

	counting.area.height = 0;
	write(view, &counting, &shown);
	if (shown >= 0 && state->top > shown)
		state->top = shown;
	if (shown >= 0 && state->top < shown - area->height + 1)
		state->top = shown - area->height + 1;
	if (state->top > counting.line - area->height)
		state->top = counting.line - area->height;
	if (state->top < 0)
		state->top = 0;
	pen.top = (int)state->top;
	write(view, &pen, &shown);
}

bool parts_page_key(struct panel_view *view, enum key key)
{
	struct panel_state *state = view->state;
	int page = view->height > 1 ? view->height - 1 : 1;

	if (key == K_UP || key == 'k')
		state->top--;
	else if (key == K_DOWN || key == 'j')
		state->top++;
	else if (key == K_PAGE_UP)
		state->top -= page;
	else if (key == K_PAGE_DOWN)
		state->top += page;
	else if (key == K_HOME)
		state->top = 0;
	else if (key == K_END)
		state->top = INT32_MAX; /* drawing brings it inside */
	else
		return false;
	if (state->top < 0)
		state->top = 0;
	return true;
}

bool parts_matches(const char *text, const char *search)
{
	size_t length = strlen(search);

	if (!length)
		return false;
	for (; *text; text++)
		if (strncasecmp(text, search, length) == 0)
			return true;
	return false;
}
