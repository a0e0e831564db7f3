/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/panel_walk.c - one address walked twice (walk_text.h): through the guest's tables and through those
 * that hardware walks, shadow or nested; the machine frame; what differs and why. (SDM vol. 3, 4.3, 4.4 and 28.2.2.)
 */
#include "cpu/paging.h"
#include "trap/hvm.h"
#include "visualizer/screen/panel_parts.h"
#include "visualizer/walk_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	COLUMN = 35, /* of a step with its entry's address */
	SIDE_BY_SIDE = 2 * COLUMN + 2,
};

enum why { BY_GOTO, BY_FAULT, BY_EIP };

struct subject {
	enum why why;
	struct walk_request request;
};

/* Events that are about a linear address. */
static bool has_address(const struct event *event)
{
	switch ((enum event_kind)event->kind) {
	case EV_HIDDEN_FAULT:
	case EV_TRUE_FAULT:
	case EV_TRACE:
		return true;
	default:
		return event->has_vector && event->vector == VECTOR_PF && event->has_error;
	}
}

/* Without NX a page fault's error code does not say that it was a fetch; the address does. */
static enum access access_told(const struct event *event)
{
	return event->address == event->linear ? ACCESS_EXECUTE : access_of(event->error);
}

/* The address of `goto`, else that of the fault which is told, else where the guest is. */
static struct subject subject_of(const struct panel_view *view)
{
	const struct event *event = debugger_story(view->debugger);
	bool user = vm_guest_state(view->debugger->vm)->cpl == 3;

	if (view->state->placed)
		return (struct subject){BY_GOTO, {view->state->address, ACCESS_READ, user}};
	if (event && has_address(event) && event->address)
		return (struct subject){BY_FAULT,
					{event->address, access_told(event), event->guest_cpl == 3}};
	return (struct subject){BY_EIP, {debugger_linear_eip(view->debugger), ACCESS_EXECUTE, user}};
}

/* ---- the walks ---- */

/* A step in a narrow panel: without the address of its entry. */
static void narrow_step(const struct walk *walk, unsigned step, char text[WALK_TEXT])
{
	char whole[WALK_TEXT], *colon;

	walk_step_text(walk, step, whole);
	colon = strstr(whole, ": ");
	snprintf(text, WALK_TEXT, "%.6s%s", whole, colon ? colon + 2 : "");
}

static void step_text(const struct walk *walk, unsigned step, int width, char text[WALK_TEXT])
{
	if (width >= COLUMN - 1)
		walk_step_text(walk, step, text);
	else
		narrow_step(walk, step, text);
}

static void result_text(const struct two_walks *walks, bool hardware, char text[WALK_TEXT])
{
	const struct walk *walk = hardware ? &walks->shadow : &walks->guest;

	if (hardware && walks->nested && walks->guest.ok && !walk->ok)
		snprintf(text, WALK_TEXT, "EPT violation, gpa %08" PRIx64, walks->violated);
	else
		walk_result_text(walk, hardware || walks->direct ? "ma " : "gpa", text);
}

static const char *title_of(const struct two_walks *walks, bool hardware)
{
	if (!hardware)
		return walks->direct ? "guest (ma)" : "guest (gpa)";
	return walks->nested ? "nested (ma)" : "shadow (ma)";
}

static void write_walk(const struct two_walks *walks, bool hardware, struct pen *pen)
{
	const struct walk *walk = hardware ? &walks->shadow : &walks->guest;
	enum role role = hardware ? ROLE_HARDWARE : ROLE_GUEST;
	uint32_t cr3 = hardware ? walks->shadow_cr3 : walks->guest_cr3;
	char text[WALK_TEXT];

	if (!hardware && !walks->guest_paging)
		pen_line(pen, 0, ROLE_TITLE, "guest (gpa)  paging is off");
	else
		pen_line(pen, 0, ROLE_TITLE, "%s  CR3 %08" PRIx32, title_of(walks, hardware), cr3);
	if (hardware && walks->nested)
		pen_line(pen, 1, role, "%u references", walks->references);
	for (unsigned i = 0; i < walk->steps; i++) {
		step_text(walk, i, pen->area.width - 1, text);
		pen_line(pen, 1, role, "%s", text);
	}
	result_text(walks, hardware, text);
	pen_line(pen, 1, walk->ok ? role : ROLE_ERROR, "%s", text);
}

/* The frame behind it, by the VMM's own table. */
static void write_frame(const struct two_walks *walks, struct pen *pen)
{
	uint64_t gfn = walks->guest.physical >> PAGE_SHIFT, mfn;

	if (walks->guest.ok && walks->vm->technique->vmm && !walks->direct &&
	    memory_gfn_to_mfn(walks->vm->memory, gfn, &mfn))
		pen_line(pen, 0, ROLE_VMM, "gfn %05" PRIx64 " is mfn %05" PRIx64, gfn, mfn);
}

static void write_tlb(const struct two_walks *walks, struct pen *pen)
{
	const struct tlb_view *tlb = &walks->tlb;

	if (walks->in_tlb)
		pen_line(pen, 0, ROLE_HARDWARE, "TLB %08" PRIx64 " %s %s%s",
			 tlb->physical & ~(uint64_t)PAGE_MASK, tlb->writable ? "W" : "R",
			 tlb->user ? "U" : "S", tlb->dirty ? " D" : "");
	else if (walks->shadowed || walks->direct || !walks->vm->technique->vmm)
		pen_line(pen, 0, ROLE_DIM, "TLB nothing");
}

static void write_differences(const struct two_walks *walks, struct pen *pen)
{
	struct walk_differences differences;

	walk_compare(walks, &differences);
	for (unsigned i = 0; i < differences.count; i++) {
		pen_line(pen, 0, ROLE_STRONG, "\u2022");
		pen->line--;
		pen_words(pen, 2, 2, ROLE_TEXT, differences.text[i]);
	}
}

/* Each reference, in order: guest entries, and the nested ones that lead to them. */
static void write_references(const struct nested_walk *nested, struct pen *pen)
{
	static const char *const levels[] = {"?", "PTE", "PDE", "PDPTE"};

	for (unsigned i = 0; i < nested->steps; i++) {
		const struct nested_step *step = &nested->step[i];

		if (step->nested)
			pen_line(pen, 3, ROLE_HARDWARE, "%2u EPT%u %08" PRIx64 ": %" PRIx64, i + 1,
				 step->level, step->entry_address, step->entry);
		else
			pen_line(pen, 1, ROLE_GUEST, "%2u %s gpa %08" PRIx64 ": %08" PRIx64, i + 1,
				 levels[step->level & 3], step->gpa, step->entry);
	}
}

static void write_nested(const struct panel_view *view, const struct two_walks *walks, struct pen *pen)
{
	const struct vm *vm = view->debugger->vm;
	struct nested_walk nested;

	cpu_nested_walk(vm->processor, vm_guest_state(vm), nested_pointer(hvm(vm)->nested), walks->linear,
			walks->access, walks->user, &nested);
	pen_line(pen, 0, ROLE_TITLE, "references of a TLB miss");
	write_references(&nested, pen);
}

/* ---- an EPT violation ---- */

/* The gpa of the one that is told, as the exit's field had it. False: it is none, or something else is to be walked. */
static bool is_violation(const struct panel_view *view, uint32_t *gpa)
{
	const struct event *event = debugger_story(view->debugger);

	if (view->state->placed || !event || view->debugger->vm->paging != PAGING_NESTED || !event->reason ||
	    strcmp(event->reason, vmx_reason_name(REASON_EPT_VIOLATION)) != 0)
		return false;
	*gpa = event->address;
	return true;
}

/* The nested tables alone: with the guest's paging off, a linear address is a gpa. */
static void write_violation(const struct vm *vm, uint32_t gpa, struct pen *pen)
{
	struct cpu_state unpaged = *vm_guest_state(vm);
	struct nested_walk nested;

	unpaged.cr0 &= ~CR0_PG;
	cpu_nested_walk(vm->processor, &unpaged, nested_pointer(hvm(vm)->nested), gpa, ACCESS_READ, false,
			&nested);
	pen_line(pen, 0, ROLE_STRONG, "gpa %08" PRIx32 " EPT violation", gpa);
	pen_line(pen, 0, ROLE_TITLE, "nested tables, as they are now");
	write_references(&nested, pen);
	if (nested.violation || nested.misconfiguration)
		pen_line(pen, 1, ROLE_ERROR, "no entry");
	else
		pen_line(pen, 1, ROLE_HARDWARE, "ma  %08" PRIx64 " %c%c%c", nested.ma,
			 nested.permitted & EPT_READ ? 'R' : '-', nested.permitted & EPT_WRITE ? 'W' : '-',
			 nested.permitted & EPT_EXECUTE ? 'X' : '-');
	pen_words(pen, 0, 0, ROLE_DIM,
		  "The guest's own tables had nothing to do with it: it never learns of this exit.");
}

/* ---- the page ---- */

static void write_subject(const struct panel_view *view, const struct subject *subject, struct pen *pen)
{
	static const char *const whys[] = {[BY_GOTO] = "", [BY_FAULT] = " #PF", [BY_EIP] = " EIP"};
	static const char *const accesses[] = {
		[ACCESS_READ] = "read", [ACCESS_WRITE] = "write", [ACCESS_EXECUTE] = "fetch"};
	char symbol[48];

	symbols_describe(view->debugger->symbols, subject->request.linear, symbol, sizeof(symbol));
	pen_line(pen, 0, ROLE_STRONG, "gla %08" PRIx32 "%s %s%s%s", subject->request.linear,
		 whys[subject->why], accesses[subject->request.access], symbol[0] ? " " : "", symbol);
}

/* Both walks beside each other, each with a pen of its own. */
static void write_beside(const struct two_walks *walks, struct pen *pen)
{
	struct pen left = *pen, right = *pen;
	int half = pen->area.width / 2;

	left.area = area_inside(&pen->area, 0, 0, half - 1, pen->area.height);
	right.area = area_inside(&pen->area, half, 0, pen->area.width - half, pen->area.height);
	write_walk(walks, false, &left);
	write_walk(walks, true, &right);
	pen->line = left.line > right.line ? left.line : right.line;
}

static void write_page(const struct panel_view *view, struct pen *pen, int *shown)
{
	struct subject subject = subject_of(view);
	struct two_walks walks;
	uint32_t gpa;

	(void)shown;
	if (is_violation(view, &gpa)) {
		write_violation(view->debugger->vm, gpa, pen);
		return;
	}
	walks = walk_both(view->debugger->vm, &subject.request);
	write_subject(view, &subject, pen);
	if (walks.shadowed && pen->area.width >= SIDE_BY_SIDE) {
		write_beside(&walks, pen);
	} else {
		write_walk(&walks, false, pen);
		if (walks.shadowed)
			write_walk(&walks, true, pen);
	}
	write_frame(&walks, pen);
	write_tlb(&walks, pen);
	if (!walks.shadowed && !walks.direct && walks.vm->technique->vmm)
		pen_words(pen, 0, 0, ROLE_DIM,
			  "The processor never holds guest tables: the VMM walks them in software.");
	write_differences(&walks, pen);
	if (walks.nested)
		write_nested(view, &walks, pen);
	pen_words(pen, 0, 0, ROLE_DIM,
		  "P present W writable U user t PWT c PCD A accessed D dirty L large G global");
}

static void draw(struct panel_view *view, const struct area *area)
{
	parts_page(view, area, write_page);
}

static bool key(struct panel_view *view, enum key key)
{
	if (key == '.') {
		view->state->placed = false;
		return true;
	}
	return parts_page_key(view, key);
}

static void go(struct panel_view *view, uint32_t address)
{
	view->state->address = address;
	view->state->placed = true;
	view->state->top = 0;
}

static void note(const struct panel_view *view, char *text, size_t size)
{
	uint32_t gpa;

	if (is_violation(view, &gpa))
		snprintf(text, size, "gpa %08" PRIx32, gpa);
	else
		snprintf(text, size, "%08" PRIx32, subject_of(view).request.linear);
}

const struct panel panel_walk = {
	.name = "walk",
	.title = "Page walk",
	.help = "j k PgUp PgDn   scroll\n"
		"g               walk an address or symbol\n"
		".               walk the fault or EPT violation that is told again, else EIP\n"
		"gpa: guest-physical, ma: machine address; gfn and mfn: their frames",
	.note = note,
	.draw = draw,
	.key = key,
	.go = go,
};
