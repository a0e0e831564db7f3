/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/pager.c - text over the panels: the keys, help, what a command printed; and a panel's text in a file.
 */
#include "visualizer/screen/screen_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void pager_close(struct pager *pager)
{
	free(pager->text);
	pager->text = NULL;
}

void pager_show(struct pager *pager, const char *title, char *text)
{
	pager_close(pager);
	pager->text = text;
	pager->top = 0;
	snprintf(pager->title, sizeof(pager->title), "%s", title);
}

/* ---- rows: lines, wrapped where they are too long ---- */

struct row {
	char text[512];
	int indent; /* of what is left of the line */
};

size_t text_fitting(const char *text, size_t length, int columns)
{
	size_t at = 0, blank = 0;
	int used = 0;

	for (; at < length; at++) {
		bool begins = ((unsigned char)text[at] & 0xc0) != 0x80;

		if (begins && used == columns)
			return blank ? blank : at;
		used += begins;
		if (text[at] == ' ' && at > 0 && text[at - 1] != ' ')
			blank = at;
	}
	return at;
}

/* Where a line goes on: below its text, behind what stands before two blanks (a key and what it does). */
static int indent_of(const char *line, size_t length)
{
	size_t at = strspn(line, " ");

	for (size_t i = at; i + 2 < length; i++)
		if (line[i] == ' ' && line[i + 1] == ' ' && i < 24) {
			i += strspn(line + i, " ");
			return i < length ? (int)i : (int)at;
		}
	return (int)at;
}

/* Takes the next row from `*at`; false at the end. `*begun`: the rest of a line whose first row has been taken. */
static bool take_row(const char **at, bool *begun, int columns, struct row *row)
{
	size_t length, taken;
	int indent = *begun ? row->indent : 0;

	if (!**at)
		return false;
	length = strcspn(*at, "\n");
	if (!*begun)
		row->indent = indent_of(*at, length);
	if (row->indent > columns / 2)
		row->indent = indent = 0;
	taken = text_fitting(*at, length, columns - indent);
	snprintf(row->text, sizeof(row->text), "%*s%.*s", indent, "", (int)taken, *at);
	*begun = taken < length;
	*at += taken;
	if (*begun)
		*at += strspn(*at, " ");
	else if (**at)
		(*at)++;
	return true;
}

static int count_rows(const struct pager *pager, int columns)
{
	const char *at = pager->text;
	struct row row = {.indent = 0};
	bool begun = false;
	int count = 0;

	while (take_row(&at, &begun, columns, &row))
		count++;
	return count;
}

static void draw_frame(const struct pager *pager, const struct area *area, bool more)
{
	for (int y = 0; y < area->height; y++)
		area_fill(area, 0, y, area->width, ROLE_TEXT, ' ');
	area_fill(area, 0, 0, area->width, ROLE_FRAME, GLYPH_HORIZONTAL);
	area_print(area, 1, 0, ROLE_FOCUS, " %s ", pager->title);
	area_print(area, area->width - (more ? 29 : 16), 0, ROLE_DIM, "%s Esc closes ", more ? " PgDn goes on," : "");
}

void pager_draw(struct pager *pager, const struct area *all)
{
	struct area area = area_inside(all, 0, 1, all->width, all->height - 3);
	const char *at = pager->text;
	struct row row = {.indent = 0};
	bool begun = false;
	int rows = area.height - 1, columns = area.width > 4 ? area.width - 2 : 2;

	pager->lines = count_rows(pager, columns);
	if (pager->top > pager->lines - rows)
		pager->top = pager->lines - rows;
	if (pager->top < 0)
		pager->top = 0;
	draw_frame(pager, &area, pager->lines > rows);
	for (int line = 0; line < pager->top + rows && take_row(&at, &begun, columns, &row); line++)
		if (line >= pager->top)
			area_text(&area, 1, 1 + line - pager->top, ROLE_TEXT, row.text);
	area_fill(all, 0, area.y + area.height, all->width, ROLE_FRAME, GLYPH_HORIZONTAL);
}

bool pager_key(struct pager *pager, enum key key, int height)
{
	int page = height > 2 ? height - 1 : 1;

	if (key == K_UP || key == 'k')
		pager->top--;
	else if (key == K_DOWN || key == 'j')
		pager->top++;
	else if (key == K_PAGE_UP)
		pager->top -= page;
	else if (key == K_PAGE_DOWN || key == ' ')
		pager->top += page;
	else if (key == K_HOME)
		pager->top = 0;
	else if (key == K_END)
		pager->top = pager->lines;
	else {
		pager_close(pager);
		return false;
	}
	if (pager->top < 0)
		pager->top = 0;
	return true;
}

/* ---- the keys ---- */

static void write_bound(const struct screen *screen, FILE *out, enum command_group group)
{
	const struct shell_command *command;

	fprintf(out, "\n%s\n", command_group_title(group));
	for (size_t i = 0; (command = shell_command_at(i)); i++) {
		char keys[60];

		if (command->group != group)
			continue;
		bindings_keys(&screen->bindings, command->name, keys, sizeof(keys));
		if (keys[0])
			fprintf(out, "  %-12s %s\n", keys, command->summary);
	}
}

static void write_other_keys(FILE *out)
{
	fputs("\nOn every screen\n"
	      "  1 to 7       give a panel the keys\n"
	      "  Tab S-Tab    the next panel, the one before\n"
	      "  Up Down k j  move; PgUp PgDn Home End too; Left Right h l scroll to the side\n"
	      "  C-a          while typing goes to the guest: the next key is the screen's; C-a C-a is C-a for the guest\n"
	      "  Esc          closes what lies over the panels, ends a message\n",
	      out);
}

void screen_show_keys(struct screen *screen)
{
	const struct panel *panel = panel_list[screen->choice.focus];
	char *text = NULL, title[80];
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return;
	fprintf(out, "In this panel: %s\n", panel->title);
	for (const char *line = panel->help; line && *line;) {
		size_t length = strcspn(line, "\n");

		fprintf(out, "  %.*s\n", (int)length, line);
		line = line[length] ? line + length + 1 : NULL;
	}
	if (!panel->help)
		fputs("  it only scrolls\n", out);
	write_other_keys(out);
	for (unsigned group = 0; group < GROUPS; group++)
		write_bound(screen, out, (enum command_group)group);
	if (fclose(out) != 0)
		return;
	snprintf(title, sizeof(title), "Keys");
	pager_show(&screen->pager, title, text);
}

/* ---- a panel in a file ---- */

bool screen_write_panel(struct screen *screen, unsigned panel, const char *path)
{
	struct panel_view view = screen_view(screen, panel);
	struct grid grid = {0};
	struct area area;
	FILE *file;
	bool fine;

	/* As large as it is on a large screen, however small this one is. */
	if (!grid_resize(&grid, 160, view.height > 60 ? view.height : 60))
		return shell_refuse(&screen->shell, "not enough memory; close other programs");
	area = grid_area(&grid);
	panel_list[panel]->draw(&view, &area);
	file = fopen(path, "w");
	if (!file) {
		grid_free(&grid);
		return shell_refuse(&screen->shell, "cannot write '%.200s': %s", path, strerror(errno));
	}
	while (grid.height > 1) { /* without the empty rows at the end */
		const struct cell *row = &grid.cell[(size_t)(grid.height - 1) * (size_t)grid.width];
		int x = 0;

		while (x < grid.width && row[x].glyph == ' ')
			x++;
		if (x < grid.width)
			break;
		grid.height--;
	}
	grid_print(&grid, file, false, false);
	fine = !ferror(file);
	fine = fclose(file) == 0 && fine;
	grid_free(&grid);
	return fine || shell_refuse(&screen->shell, "cannot write '%.200s' to its end; is the disk full?", path);
}
