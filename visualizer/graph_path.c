/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/graph_path.c - see graph_path.h. What `walk` prints (walk_text.c), drawn: each reference a box, the guest's
 * tables on the left, on the right those that the processor walks; with nested paging every reference of a TLB miss, in
 * order, n guest levels on m nested ones (Bhargava et al. 2008).
 */
#include "visualizer/graph_path.h"

#include "trap/hvm.h"
#include "visualizer/dot.h"
#include "visualizer/event_text.h"
#include "visualizer/walk_text.h"

#include <inttypes.h>
#include <string.h>

enum { NAME = 24, TEXT = 160 };

/* A column of boxes, from above to below. */
struct column {
	struct dot *dot;
	const char *name;
	unsigned boxes;
	char fill[DOT_COLOR_TEXT];
};

static void box(struct column *column, const char *text, const char *attributes)
{
	char name[NAME], last[NAME];

	snprintf(name, sizeof(name), "%s%u", column->name, column->boxes);
	dot_node(column->dot, name, text, "fillcolor=\"%s\"%s", column->fill, attributes);
	if (column->boxes) {
		snprintf(last, sizeof(last), "%s%u", column->name, column->boxes - 1);
		dot_edge(column->dot, last, name, NULL, "penwidth=1.5");
	}
	column->boxes++;
}

/* The last box's name. */
static const char *tip(const struct column *column, char name[NAME])
{
	snprintf(name, NAME, "%s%u", column->name, column->boxes - 1);
	return name;
}

static void draw_walk(struct column *column, const struct walk *walk, uint32_t cr3, bool paging, const char *kind)
{
	char text[TEXT], part[WALK_TEXT];

	snprintf(text, sizeof(text), "CR3 %08" PRIx32, cr3);
	box(column, paging ? text : "paging is off: linear is physical", "");
	for (unsigned i = 0; i < walk->steps; i++) {
		walk_step_text(walk, i, part);
		box(column, part, "");
	}
	walk_result_text(walk, kind, part);
	box(column, part, walk->ok ? ", penwidth=2" : ", penwidth=2, style=\"filled,dashed\"");
}

static void draw_nested_step(struct column *column, const struct nested_step *step, unsigned number)
{
	static const char *const names[] = {"?", "PTE", "PDE", "PDPTE"};
	char text[TEXT];

	if (step->nested)
		snprintf(text, sizeof(text), "%u. nested level %u, for gpa %08" PRIx64 "\nma %08" PRIx64 ": %08" PRIx64, number,
		         step->level, step->gpa, step->entry_address, step->entry);
	else
		snprintf(text, sizeof(text), "%u. guest's %s at gpa %08" PRIx64 "\nma %08" PRIx64 ": %08" PRIx64, number,
		         names[step->level <= 3 ? step->level : 0], step->gpa, step->entry_address, step->entry);
	box(column, text, step->nested ? ", style=\"filled,rounded\"" : "");
}

static void draw_nested(struct column *column, const struct vm *vm, const struct two_walks *walks)
{
	struct nested_walk walk;
	char text[TEXT];

	cpu_nested_walk(vm->processor, vm_guest_state(vm), nested_pointer(hvm(vm)->nested), walks->linear, walks->access,
	                walks->user, &walk);
	snprintf(text, sizeof(text), "a TLB miss: %u references\n(rounded: nested tables)", walk.steps);
	box(column, text, "");
	for (unsigned i = 0; i < walk.steps; i++)
		draw_nested_step(column, &walk.step[i], i + 1);
	if (walk.violation)
		snprintf(text, sizeof(text), "EPT violation at gpa %08" PRIx64 ":\na VM exit, the VMM fills the entry", walk.violated);
	else if (walk.misconfiguration)
		snprintf(text, sizeof(text), "EPT misconfiguration at gpa %08" PRIx64, walk.violated);
	else if (!walk.walk.ok)
		snprintf(text, sizeof(text), "#PF(%" PRIx32 "): the guest's own, no exit", walk.walk.error);
	else
		snprintf(text, sizeof(text), "ma %08" PRIx64, walk.ma);
	box(column, text, ", penwidth=2");
}

static void draw_differences(const struct two_walks *walks, struct dot *dot, const char *above)
{
	struct walk_differences differences;
	char name[NAME], fill[DOT_COLOR_TEXT];

	walk_compare(walks, &differences);
	for (unsigned i = 0; i < differences.count; i++) {
		snprintf(name, sizeof(name), "why%u", i);
		dot_wrap(differences.text[i], 60);
		dot_node(dot, name, differences.text[i], "shape=note, fontname=\"sans-serif\", fillcolor=\"%s\"",
		         dot_tint(DOT_YELLOW, 45, fill));
		dot_edge(dot, above, name, NULL, "style=dotted, dir=none");
	}
}

static void draw_columns(const struct graph *graph, struct dot *dot, const struct two_walks *walks)
{
	struct column guest = {.dot = dot, .name = "guest"}, hardware = {.dot = dot, .name = "hardware"};
		char above[NAME];

	dot_tint(DOT_SKY, 35, guest.fill);
	dot_tint(DOT_ORANGE, 35, hardware.fill);
	dot_open_cluster(dot, "guest", graph->session.vm->technique->vmm ? "the guest believes (gpa)" : "the guest, and the hardware",
	                 "style=rounded");
	draw_walk(&guest, &walks->guest, walks->guest_cr3, walks->guest_paging,
	          walks->vm->paging == PAGING_DIRECT ? "ma  " : "gpa ");
	dot_close(dot);
	tip(&guest, above);
	if (walks->shadowed) {
		dot_open_cluster(dot, "hardware", "the hardware walks (ma)", "style=rounded");
		if (walks->nested)
			draw_nested(&hardware, walks->vm, walks);
		else
			draw_walk(&hardware, &walks->shadow, walks->shadow_cr3, true, "ma  ");
		dot_close(dot);
	}
	draw_differences(walks, dot, above);
}

bool graph_path_draw(struct graph *graph)
{
	struct walk_request request = {.linear = graph->address, .access = ACCESS_READ};
	struct two_walks walks;
	char title[256], where[80], moment[96];
	struct dot dot;

	walks = walk_both(graph->session.vm, &request);
	address_text(graph->session.symbols, request.linear, where, sizeof(where));
	snprintf(title, sizeof(title), "the way of %s, read by supervisor (%s)\n"
	         "P present  W writable  U user  A accessed  D dirty  L large  G global", where,
	         graph_moment(graph, moment, sizeof(moment)));
	dot = dot_begin(graph->out, "path", title, "ranksep=0.3");
	dot_default(&dot, "node", "shape=box, style=filled, fontname=\"monospace\"");
	draw_columns(graph, &dot, &walks);
	dot_end(&dot);
	return true;
}
