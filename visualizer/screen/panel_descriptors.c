/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/panel_descriptors.c - GDT, LDT and IDT: what the guest has written beside what the processor uses. Under
 * deprivileging rings are compressed (Robin and Irvine 2000): each DPL that became another one is marked.
 */
#include "visualizer/screen/descriptor_list.h"
#include "visualizer/screen/tab.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { HEADING_FROM = 3 };

static const char *const table_names[TABLE_KINDS] = {"GDT", "LDT", "IDT"};

static enum descriptor_table table_of(const struct panel_view *view)
{
	return (enum descriptor_table)(view->state->view % TABLE_KINDS);
}

/* Kept for its room; made anew each time. NULL: no memory. */
static struct descriptor_list *read_list(const struct panel_view *view)
{
	struct descriptor_list *list = panel_keep(view->state, sizeof(*list));

	if (list)
		descriptor_list_make(list, view->debugger->vm, table_of(view));
	return list;
}

/* ---- a row ---- */

static struct descriptor entry_of(const struct descriptor_side *side, uint32_t index)
{
	return index < side->readable ? side->entry[index] : (struct descriptor){0, 0};
}

/* SDM vol. 3, table 6-1. */
static const char *vector_name(uint32_t vector)
{
	static const char *const names[] = {"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "",
	                                    "#TS", "#NP", "#SS", "#GP", "#PF", "", "#MF", "#AC", "#MC", "#XM"};

	return vector < sizeof(names) / sizeof(names[0]) ? names[vector] : "";
}

static void print_gate(const struct debugger *debugger, struct descriptor guest, struct row *row)
{
	char type[32], symbol[48];

	if (!guest.low && !guest.high) {
		row_print(row, 8, ROLE_GUEST, "none");
		return;
	}
	symbol_text(debugger, gate_offset(guest), symbol, sizeof(symbol));
	row_print(row, 8, guest.high & DESCRIPTOR_PRESENT ? ROLE_GUEST : ROLE_DIM, "%-10.10s %04x:%08" PRIx32 " %-14.14s %u%s",
	          descriptor_type(guest, type), gate_selector(guest), gate_offset(guest), symbol, descriptor_dpl(guest),
	          guest.high & DESCRIPTOR_PRESENT ? " " : "!");
}

static void print_hardware_gate(struct descriptor hardware, struct row *row)
{
	char type[32];

	if (hardware.low || hardware.high)
		row_print(row, 51, ROLE_HARDWARE, "%04x:%08" PRIx32 " %u", gate_selector(hardware), gate_offset(hardware),
		          descriptor_dpl(hardware));
	else
		row_print(row, 51, ROLE_HARDWARE, "%s", descriptor_type(hardware, type));
}

static void print_segment(struct descriptor guest, struct row *row)
{
	struct segment segment = descriptor_segment(0, guest);
	char type[32];

	descriptor_type(guest, type);
	if (!guest.low && !guest.high)
		row_print(row, 6, ROLE_GUEST, "none");
	else if (descriptor_is_gate(guest))
		row_print(row, 6, ROLE_GUEST, "%-12.12s %04x:%08" PRIx32 "     %u%s", type, gate_selector(guest), gate_offset(guest),
		          descriptor_dpl(guest), guest.high & DESCRIPTOR_PRESENT ? " " : "!");
	else
		row_print(row, 6, ROLE_GUEST, "%-12.12s %08" PRIx32 " %08" PRIx32 " %u%s", type, segment.base, segment.limit,
		          descriptor_dpl(guest), guest.high & DESCRIPTOR_PRESENT ? " " : "!");
}

static void print_hardware_segment(struct descriptor hardware, bool other_dpl, struct row *row)
{
	struct segment segment = descriptor_segment(0, hardware);

	if (!hardware.low && !hardware.high)
		row_print(row, 40, ROLE_HARDWARE, "-");
	else
		row_print(row, 40, ROLE_HARDWARE, "%08" PRIx32 " %08" PRIx32, segment.base, segment.limit);
	if (hardware.low || hardware.high)
		row_print(row, 58, other_dpl ? ROLE_DIFFERENT : ROLE_HARDWARE, "%u%s%s", descriptor_dpl(hardware),
		          other_dpl ? "*" : "", hardware.high & DESCRIPTOR_PRESENT ? "" : "!");
}

static void make_row(const struct panel_view *view, const struct descriptor_list *list, int64_t line, struct row *row)
{
	uint32_t index = list->index[line];
	struct descriptor guest = entry_of(&list->guest, index), hardware = entry_of(&list->hardware, index);
	bool both = (guest.low || guest.high) && (hardware.low || hardware.high);
	char difference[96];

	row_begin(row);
	if (list->table == TABLE_IDT) {
		row_print(row, 1, ROLE_TEXT, "%02" PRIx32 " %-3s", index, vector_name(index));
		print_gate(view->debugger, guest, row);
		if (list->compared)
			print_hardware_gate(hardware, row);
	} else {
		row_print(row, 1, ROLE_TEXT, "%04" PRIx32, index << 3 | (list->table == TABLE_LDT ? 4 : 0));
		print_segment(guest, row);
		if (list->compared)
			print_hardware_segment(hardware, both && descriptor_dpl(guest) != descriptor_dpl(hardware), row);
	}
	descriptor_difference(list, index, difference, sizeof(difference));
	row_print(row, list->table == TABLE_IDT ? 68 : 62, ROLE_DIFFERENT, "%s", difference);
}

/* ---- the panel ---- */

static void draw_heading(const struct panel_view *view, const struct descriptor_list *list, const struct area *area)
{
	struct row row;

	row_begin(&row);
	if (list->table == TABLE_IDT) {
		row_print(&row, 1, ROLE_DIM, "vector guest's    selector:offset             DPL");
		if (list->compared)
			row_print(&row, 51, ROLE_DIM, "processor's      differs");
	} else {
		row_print(&row, 1, ROLE_DIM, "sel. guest's      base     limit   DPL");
		if (list->compared)
			row_print(&row, 40, ROLE_DIM, "processor's       DPL differs");
	}
	row_draw(&row, area, 0, view->state->left);
}

static void draw_nothing(const struct panel_view *view, const struct descriptor_list *list, const struct area *area)
{
	const char *name = table_names[list->table];

	if (!state_protected(vm_guest_state(view->debugger->vm)))
		area_print(area, 1, 0, ROLE_DIM, "the guest is in real mode: %s", list->table == TABLE_IDT
		           ? "its interrupt vectors are far pointers at 0" : "it uses no descriptors");
	else if (!list->guest.there)
		area_print(area, 1, 0, ROLE_DIM, "the guest has no %s (Tab: the next table)", name);
	else
		area_print(area, 1, 0, ROLE_DIM, "the guest's %s at %08" PRIx32 " is empty or not mapped (Tab: the next table)", name,
		           list->guest.base);
}

static void draw(struct panel_view *view, const struct area *area)
{
	struct descriptor_list *list = read_list(view);
	bool heading = area->height >= HEADING_FROM;
	struct area body = area_inside(area, 0, heading, area->width, area->height - heading);
	struct row row;

	if (!list)
		return;
	if (heading)
		draw_heading(view, list, area);
	list_place(view, list->count, body.height);
	if (!list->count)
		draw_nothing(view, list, &body);
	for (int y = 0; y < body.height && view->state->top + y < list->count; y++) {
		make_row(view, list, view->state->top + y, &row);
		row_draw_item(&row, view, &body, y, view->state->top + y == view->state->cursor);
	}
}

static void note(const struct panel_view *view, char *text, size_t size)
{
	const struct vm *vm = view->debugger->vm;
	const struct cpu_state *guest = vm_guest_state(vm), *hardware = cpu_state_const(vm->processor);
	enum descriptor_table table = table_of(view);
	uint32_t own = table == TABLE_GDT ? guest->gdtr.base : table == TABLE_IDT ? guest->idtr.base : guest->segment[LDTR].base;
	uint32_t real = table == TABLE_GDT   ? hardware->gdtr.base
	                : table == TABLE_IDT ? hardware->idtr.base
	                                     : hardware->segment[LDTR].base;

	if (descriptors_differ(vm))
		snprintf(text, size, "%s, guest's at %08" PRIx32 ", processor's at %08" PRIx32, table_names[table], own, real);
	else
		snprintf(text, size, "%s at %08" PRIx32 ", used as it is", table_names[table], own);
}

/* ---- keys ---- */

static bool next_table(struct panel_view *view)
{
	view->state->view = (view->state->view + 1) % TABLE_KINDS;
	view->state->cursor = view->state->top = 0;
	return true;
}

/* A gate leads to its handler, a segment to its memory. */
static bool lead(const struct panel_view *view, const struct descriptor_list *list)
{
	struct descriptor guest;

	if (view->state->cursor >= list->count)
		return true;
	guest = entry_of(&list->guest, list->index[view->state->cursor]);
	if (descriptor_is_gate(guest))
		lead_panel(view, PANEL_CODE, gate_offset(guest));
	else if (guest.high & DESCRIPTOR_PRESENT)
		lead_panel(view, PANEL_MEMORY, descriptor_segment(0, guest).base);
	return true;
}

static bool press(struct panel_view *view, enum key key)
{
	const struct descriptor_list *list;

	if (key == K_TAB)
		return next_table(view);
	list = read_list(view);
	if (!list)
		return false;
	return key == K_ENTER ? lead(view, list) : panel_scroll(view, key, list->count);
}

static bool find(struct panel_view *view, bool back)
{
	const struct descriptor_list *list = read_list(view);
	char text[ROW_COLUMNS];
	struct row row;

	for (int64_t i = view->state->cursor + (back ? -1 : 1); list && i >= 0 && i < list->count; i += back ? -1 : 1) {
		make_row(view, list, i, &row);
		if (text_has(row_text(&row, text), view->state->search)) {
			view->state->cursor = i;
			return true;
		}
	}
	return false;
}

const struct panel panel_descriptors = {
	.name = "descriptors",
	.title = "Descriptors",
	.help = "Tab    GDT, LDT, IDT\n"
		"Enter  a gate's handler in the code panel, a segment's memory\n"
		"Marks: * the DPL that hardware has is another one (compressed), ! not present\n",
	.note = note,
	.draw = draw,
	.key = press,
	.find = find,
};
