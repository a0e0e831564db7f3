/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/panel_cpu.c - two truths side by side: what the guest believes and what hardware holds while it runs
 * (docs/architecture.md, "Two truths"). Where they differ, and what has changed since the last motion began, is marked.
 *
 *   CR3*0012e000!000427c0*     * changed   ! guest and hardware differ
 */
#include "trap/hvm.h"
#include "trap/techniques.h"
#include "visualizer/screen/cpu_rows.h"
#include "visualizer/screen/panel_parts.h"

#include <stdio.h>
#include <string.h>

enum {
	NAME = 3, /* columns of a name, then the mark of a change */
	VALUE = 9,
	ONE = NAME + 1 + VALUE, /* of a row with one value, */
	GAP = 2,
	PAIR = NAME + 1 + 8 + 1, /* and where the second of two registers in a row begins */
	PAIRED = PAIR + NAME + 1 + 8,
	TWO_LEAST = ONE + 1 + 8, /* narrower than this the second value is left out */
	WHY = PAIRED,            /* where there is room, why the two differ */
	WITH_WHY = WHY + 12,
};

/* ---- drawing ---- */

static void draw_value(const struct area *area, int x, int y, const struct cpu_row *row)
{
	area_text(area, x, y, ROLE_DIM, row->name);
	if (row->changed)
		area_text(area, x + NAME, y, ROLE_CHANGED, "*");
	area_text(area, x + NAME + 1, y, row->changed ? ROLE_CHANGED : ROLE_GUEST, row->guest);
}

static void draw_row(const struct area *area, int y, const struct cpu_table *table, const struct cpu_row *row)
{
	bool different = cpu_row_differs(table, row);

	if (row->wide) {
		int x = parts_text(area, 0, y, area->width, row->guest[0] ? ROLE_DIM : ROLE_TITLE, row->name);

		parts_text(area, x + 1 < 11 ? 11 : x + 1, y, area->width - 11, ROLE_HARDWARE, row->guest);
		return;
	}
	draw_value(area, 0, y, row);
	if (!table->both)
		return;
	area_fill(area, ONE, y, 1, different ? ROLE_DIFFERENT : ROLE_FRAME,
		  different ? GLYPH_DIFFERENT : GLYPH_VERTICAL);
	if (area->width < TWO_LEAST)
		return;
	area_text(area, ONE + 1, y,
		  different               ? ROLE_DIFFERENT
		  : row->hardware_changed ? ROLE_CHANGED
					  : ROLE_HARDWARE,
		  row->hardware);
	if (row->hardware_changed)
		area_text(area, ONE + 1 + (int)strlen(row->hardware), y, ROLE_CHANGED, "*");
	if (different && row->why)
		parts_text(area, WHY, y, area->width - WHY, ROLE_DIM, row->why);
}

/* Two general registers share a line while guest and hardware agree in them, which is nearly always. */
struct line {
	const struct cpu_row *row, *second; /* second NULL: alone */
};

static bool shares(const struct cpu_table *table, unsigned at, int width)
{
	const struct cpu_row *row = &table->row[at];

	return at + 1 < table->rows && width >= PAIRED && cpu_row_is_general(row) &&
	       cpu_row_is_general(row + 1) && !cpu_row_differs(table, row) &&
	       !cpu_row_differs(table, row + 1);
}

static unsigned make_lines(const struct cpu_table *table, int width, struct line lines[CPU_ROWS])
{
	unsigned count = 0;

	for (unsigned i = 0; i < table->rows; count++) {
		bool two = shares(table, i, width);

		lines[count] = (struct line){&table->row[i], two ? &table->row[i + 1] : NULL};
		i += two ? 2 : 1;
	}
	return count;
}

/* Why there is one column, in the words that the width has room for. */
static const char *headline(const struct debugger *debugger, int width)
{
	static const char *const texts[][2] = {
		{"no VMM: one truth", "no VMM: the processor is the guest's own"},
		{"interpreted: one truth", "interpreted: hardware holds nothing of the guest"},
		{"hardware not entered yet", "the VMM has not entered the guest by hardware yet"},
	};
	const struct technique *technique = debugger->vm->technique;
	unsigned which = !technique->vmm ? 0 : technique == &technique_emulate ? 1 : 2;

	return texts[which][width >= (int)strlen(texts[which][1])];
}

static void draw_lines(const struct area *area, const struct cpu_table *table, const struct line *lines,
		       unsigned count, unsigned top, int blocks, int block)
{
	for (unsigned i = top; i < count && (int)(i - top) < blocks * area->height; i++) {
		int number = (int)(i - top) / area->height, y = (int)(i - top) % area->height;
		struct area place = area_inside(area, number * (block + GAP), 0, block, area->height);

		draw_row(&place, y, table, lines[i].row);
		if (lines[i].second) {
			area_fill(&place, ONE, y, 1, ROLE_TEXT, ' ');
			area_fill(&place, ONE + 1, y, VALUE + 2, ROLE_TEXT, ' ');
			draw_value(&place, PAIR, y, lines[i].second);
		}
	}
}

static void draw(struct panel_view *view, const struct area *whole)
{
	struct panel_state *state = view->state;
	struct cpu_table table = {.rows = 0};
	struct cpu_state hardware;
	struct line lines[CPU_ROWS];
	struct area area = *whole;
	int block, blocks;
	unsigned count;

	if (whole->width < 1 || whole->height < 1)
		return;
	cpu_table_make(&table, view->debugger, &hardware);
	if (!table.both && whole->height > 2) {
		parts_text(whole, 0, 0, whole->width, ROLE_STRONG, headline(view->debugger, whole->width));
		area = area_inside(whole, 0, 1, whole->width, whole->height - 1);
	}
	block = area.width < PAIRED ? area.width : area.width < WITH_WHY ? PAIRED : WITH_WHY;
	blocks = (area.width + GAP) / (block + GAP);
	count = make_lines(&table, block, lines);
	if (state->top > (int64_t)count - (int64_t)blocks * area.height)
		state->top = (int64_t)count - (int64_t)blocks * area.height;
	if (state->top < 0)
		state->top = 0;
	draw_lines(&area, &table, lines, count, (unsigned)state->top, blocks, block);
}

static bool key(struct panel_view *view, enum key key)
{
	return parts_page_key(view, key);
}

static void note(const struct panel_view *view, char *text, size_t size)
{
	const struct vm *vm = view->debugger->vm;

	snprintf(text, size, "%s",
		 vm->technique == &technique_hvm
			 ? cpu_vmx_non_root(vm->processor) ? "VMX non-root" : "VMX root"
			 : "");
}

const struct panel panel_cpu = {
	.name = "cpu",
	.title = "CPU: guest | hardware",
	.help = "j k PgUp PgDn   scroll\n"
		"left the guest's own state, right what hardware holds while it runs\n"
		"! they differ   * changed since the last motion began\n"
		"FLG letters of EFLAGS that are set; b base, l limit, d DPL of a segment",
	.note = note,
	.draw = draw,
	.key = key,
};
