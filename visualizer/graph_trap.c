/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/graph_trap.c - the ring and world-switch diagram of one event: who acts, from above to below in the order
 * of time, guest rings on the left, the VMM on the right, the hardware between them. All of it is the event's own story
 * (core/event.h): its instruction and cause, its phases with their cycles, the events that were parts of it, and the
 * world switch that follows. graph_lanes.c draws it.
 */
#include "visualizer/graph_lanes.h"

#include "cpu/insn.h"
#include "visualizer/event_text.h"
#include "visualizer/filter.h"
#include "visualizer/graph.h"
#include "visualizer/message.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS = 64, PARTS_SHOWN = 4 };

struct trap_graph {
	struct event_reader reader;
	uint64_t kinds, at, left; /* wanted; from this cycle on; still to come */
	const struct vm *vm;
	struct session *session;
	struct event part[PARTS]; /* the last events: a part comes before its whole */
	unsigned parts;           /* ever seen */
	struct event event;       /* the one that is drawn, */
	struct event after;       /* and the world switch behind it */
	bool found, went_on;
	struct lanes_truths truths;
};

/* ---- finding the event ---- */

static void keep_truths(struct trap_graph *trap)
{
	const struct cpu_state *guest = vm_guest_state(trap->vm), *hardware = cpu_state_const(trap->vm->processor);

	trap->truths.known = trap->vm->technique->vmm;
	lanes_truth(&trap->truths, "CPL", guest->cpl, hardware->cpl, 1);
	lanes_truth(&trap->truths, "IF", guest->eflags >> 9 & 1, hardware->eflags >> 9 & 1, 1);
	lanes_truth(&trap->truths, "IOPL", state_iopl(guest), state_iopl(hardware), 1);
	lanes_truth(&trap->truths, "CR0", guest->cr0, hardware->cr0, 8);
	lanes_truth(&trap->truths, "CR3", guest->cr3, hardware->cr3, 8);
	lanes_truth(&trap->truths, "CS", guest->segment[CS].selector, hardware->segment[CS].selector, 4);
	lanes_truth(&trap->truths, "GDTR", guest->gdtr.base, hardware->gdtr.base, 8);
}

/* The world switch with which the guest goes on is the next event, at the cycle where this one ended. */
static bool leads_on(const struct trap_graph *trap, const struct event *event)
{
	return event->kind == EV_WORLD_SWITCH && event->sequence == trap->event.sequence + 1 &&
	       event->cycle == trap->event.cycle + trap->event.cycles && event->action &&
	       strcmp(event->action, "to the VMM") != 0;
}

static void read_event(void *owner, const struct event *event)
{
	struct trap_graph *trap = owner;

	if (trap->found) {
		if (!trap->went_on && leads_on(trap, event)) {
			trap->after = *event;
			trap->went_on = true;
		}
		session_enough(trap->session);
		return;
	}
	if (!(trap->kinds >> event->kind & 1) || event->cycle < trap->at || --trap->left > 0) {
		trap->part[trap->parts++ % PARTS] = *event;
		return;
	}
	trap->event = *event;
	trap->found = true;
	keep_truths(trap);
}

/* Without --filter: what leaves direct execution because of one instruction. */
static uint64_t usual_kinds(void)
{
	return 1ull << EV_TRAP | 1ull << EV_REFLECT | 1ull << EV_VM_EXIT | 1ull << EV_CALLOUT | 1ull << EV_HYPERCALL;
}

static bool begin(struct graph *graph)
{
	const struct options *options = &graph->options;
	struct trap_graph *trap = calloc(1, sizeof(*trap));

	if (!trap) {
		message("not enough memory; close other programs");
		return false;
	}
	graph->state = trap;
	trap->vm = graph->session.vm;
	trap->session = &graph->session;
	trap->left = options->count.given && options->count.value ? options->count.value : 1;
	/* --at does not end the run here: it says from where on to look. */
	trap->at = options->at ? graph->session.stop_at : 0;
	graph->session.stop_at = BOARD_NEVER;
	trap->reader = (struct event_reader){.owner = trap, .kinds = filter_all(), .read = read_event};
	if (!filter_parse(options->filter, usual_kinds(), &trap->kinds)) {
		free(trap);
		return false;
	}
	event_add_reader(&graph->session.vm->events, &trap->reader);
	return true;
}

static void hear(struct graph *graph, const struct event *event)
{
	struct trap_graph *trap = graph->state;

	if (trap->reader.kinds >> event->kind & 1)
		read_event(trap, event);
}

static void end(struct graph *graph)
{
	struct trap_graph *trap = graph->state;

	event_remove_reader(&graph->session.vm->events, &trap->reader);
	free(trap);
}

/* ---- telling it ---- */

/* Phases that are a way from one to the other; all others are work of the VMM. */
static const struct way {
	const char *phase;
	enum lane from, to;
} ways[] = {
	{"exception to the VMM", LANE_HARDWARE, LANE_VMM},
	{"VM exit", LANE_HARDWARE, LANE_VMM},
	{"way in, dispatch, way back", LANE_HARDWARE, LANE_VMM},
	{"return to the guest", LANE_VMM, LANE_HARDWARE},
	{"VMWRITE, VM entry", LANE_VMM, LANE_HARDWARE},
	/* Translated code calls without an exception: bt/callout.c. */
	{"call the VMM and go on", LANE_KERNEL, LANE_VMM},
};

static const struct way *way_of(const char *phase)
{
	for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(ways[i].phase, phase) == 0)
			return &ways[i];
	return NULL;
}

static enum lane lane_of_cpl(unsigned cpl)
{
	return cpl == 3 ? LANE_USER : LANE_KERNEL;
}

struct telling {
	const struct trap_graph *trap;
	const struct symbols *symbols;
	struct lanes *lanes;
	enum lane now; /* who acts */
};

static void arrow_to(struct telling *telling, enum lane to, const char *text, uint32_t cycles)
{
	if (telling->now != to)
		lanes_arrow(telling->lanes, telling->now, to, text, cycles);
	telling->now = to;
}

static void tell_instruction(struct telling *telling)
{
	const struct event *event = &telling->trap->event;
	char where[80], instruction[96], text[LANES_TEXT];

	telling->now = lane_of_cpl(event->guest_cpl);
	address_text(telling->symbols, event->eip, where, sizeof(where));
	event_instruction(event, instruction, sizeof(instruction));
	snprintf(text, sizeof(text), "%s\n%s", where, instruction);
	lanes_box(telling->lanes, telling->now, text, 0, false);
}

/* The hardware's part: why it did not let the instruction go on, or what came between. */
static void tell_cause(struct telling *telling)
{
	const struct event *event = &telling->trap->event;
	char cause[32], why[96], text[LANES_TEXT];

	event_cause(event, cause, sizeof(cause));
	event_why(event, why, sizeof(why));
	if (event->kind == EV_SENSITIVE)
		snprintf(text, sizeof(text), "sensitive, not privileged:\nno exception, no exit");
	else if (event->kind == EV_INTERRUPT)
		snprintf(text, sizeof(text), "a device of the real machine interrupts");
	else if (event->kind == EV_VM_EXIT)
		snprintf(text, sizeof(text), "the VMCS asks for an exit:\n%s%s%s", event->reason ? event->reason : "",
		         cause[0] ? ", " : "", cause);
	else if (event->kind == EV_DELIVERED)
		snprintf(text, sizeof(text), "delivers %s\nby the guest's own IDT", cause[0] ? cause : "an event");
	else if (cause[0])
		snprintf(text, sizeof(text), "%s%sraises %s", why, why[0] ? ": " : "", cause);
	else
		return;
	if (event->kind == EV_DELIVERED)
		telling->now = LANE_HARDWARE; /* of where the guest was the event says nothing */
	arrow_to(telling, LANE_HARDWARE, event->kind == EV_INTERRUPT ? "is interrupted" : "executes it", 0);
	lanes_box(telling->lanes, LANE_HARDWARE, text, 0, false);
}

/* Between two phases: what has a price was charged in the one before, what has none is told as the next begins. */
static bool lies_in(const struct event *part, uint64_t after, uint64_t until)
{
	return part->cycles ? part->cycle > after && part->cycle <= until : part->cycle >= after && part->cycle < until;
}

/* Events that lay in a phase: what the VMM did in detail. */
static void tell_parts(struct telling *telling, uint64_t after, uint64_t until)
{
	const struct trap_graph *trap = telling->trap;
	unsigned first = trap->parts > PARTS ? trap->parts - PARTS : 0, shown = 0, more = 0;

	for (unsigned i = first; i < trap->parts; i++) {
		const struct event *part = &trap->part[i % PARTS];
		char changes[96], text[LANES_TEXT];

		if (part->kind == EV_WORLD_SWITCH || part->cycle < trap->event.cycle || !lies_in(part, after, until))
			continue;
		if (shown++ >= PARTS_SHOWN) {
			more++;
			continue;
		}
		event_changes(part, changes, sizeof(changes));
		snprintf(text, sizeof(text), "%s %0*" PRIx32 ": %s%s%s", event_kind_name((enum event_kind)part->kind),
		         part->kind == EV_PORT ? 3 : 8, part->address, part->action ? part->action : "",
		         changes[0] ? "\n" : "", changes);
		lanes_box(telling->lanes, LANE_VMM, text, part->cycles, true);
	}
	if (more) {
		char text[40];

		snprintf(text, sizeof(text), "and %u more events", more);
		lanes_box(telling->lanes, LANE_VMM, text, 0, true);
	}
}

static bool switched_world(const struct telling *telling, uint64_t after, uint64_t until)
{
	const struct trap_graph *trap = telling->trap;
	unsigned first = trap->parts > PARTS ? trap->parts - PARTS : 0;

	for (unsigned i = first; i < trap->parts; i++) {
		const struct event *part = &trap->part[i % PARTS];

		if (part->kind == EV_WORLD_SWITCH && part->cycle > after && part->cycle <= until)
			return true;
	}
	return false;
}

static void tell_way(struct telling *telling, const struct event_phase *phase, const struct way *way, bool switched)
{
	char text[LANES_TEXT];

	snprintf(text, sizeof(text), "%s%s", switched ? "world switch\n" : "", phase->what);
	if (way->from == LANE_HARDWARE && telling->now != LANE_HARDWARE)
		arrow_to(telling, LANE_HARDWARE, "executes it", 0);
	arrow_to(telling, way->to, text, phase->cycles);
}

static void tell_phases(struct telling *telling)
{
	const struct trap_graph *trap = telling->trap;
	const struct event *event = &trap->event;
	uint64_t cycle = event->cycle;

	for (unsigned i = 0; i < event->phases; i++) {
		const struct event_phase *phase = &event->phase[i];
		const struct way *way = way_of(phase->what);
		uint64_t until = cycle + phase->cycles;
		bool to_guest = way && way->from == LANE_VMM;

		if (way)
			tell_way(telling, phase, way,
			         to_guest ? trap->went_on : switched_world(telling, cycle, until));
		else
			lanes_box(telling->lanes, telling->now = LANE_VMM, phase->what, phase->cycles, false);
		tell_parts(telling, cycle, until);
		cycle = until;
	}
}

static bool changed(const struct event *event, const char *what, uint32_t *after)
{
	for (unsigned i = 0; i < event->changes; i++)
		if (strcmp(event->change[i].what, what) == 0) {
			*after = event->change[i].after;
			return true;
		}
	return false;
}

/* Where the guest goes on: the world switch says so, else what the event has changed. */
static void tell_going_on(struct telling *telling)
{
	const struct trap_graph *trap = telling->trap;
	const struct event *event = &trap->event;
	uint32_t eip = event->eip, cpl = event->guest_cpl;
	char where[80], changes[96], text[LANES_TEXT];
	bool known = changed(event, "eip", &eip) || event->kind == EV_HIDDEN_FAULT || event->kind == EV_DELIVERED;

	changed(event, "cpl", &cpl);
	if (trap->went_on) {
		eip = trap->after.eip;
		cpl = trap->after.guest_cpl;
		known = true;
	}
	event_changes(event, changes, sizeof(changes));
	arrow_to(telling, lane_of_cpl(cpl), changes[0] ? changes : "goes on", 0);
	if (!known)
		return;
	address_text(telling->symbols, eip, where, sizeof(where));
	snprintf(text, sizeof(text), "%s%s", where, eip == event->eip && event->kind != EV_INTERRUPT &&
	         event->kind != EV_DELIVERED ? "\nthe same again" : "");
	lanes_box(telling->lanes, lane_of_cpl(cpl), text, 0, false);
}

/* Work inside an exit, or between two, has no way there and back of its own. */
static bool is_work(const struct event *event)
{
	return (EVENT_WORK >> event->kind & 1) && event->kind != EV_INJECT;
}

static void tell(struct telling *telling)
{
	const struct event *event = &telling->trap->event;

	if (is_work(event) || event->kind == EV_INJECT) {
		telling->now = LANE_VMM;
	} else {
		if (event->kind != EV_DELIVERED)
			tell_instruction(telling);
		tell_cause(telling);
	}
	tell_phases(telling);
	if (!is_work(event) && event->kind != EV_BEGIN && event->kind != EV_END)
		tell_going_on(telling);
}

/* ---- drawing ---- */

static bool refuse(const struct graph *graph, const struct trap_graph *trap)
{
	char text[384];

	session_describe_end(&graph->session, text, sizeof(text));
	message("graph: the event did not come (%" PRIu64 " more wanted): %s; 'ringside trace' with the same --filter lists "
	        "those that there are", trap->left, text);
	return false;
}

static bool draw(struct graph *graph)
{
	struct trap_graph *trap = graph->state;
	const struct event *event = &trap->event;
	struct vm_mode mode = vm_mode(graph->session.vm);
	struct lanes lanes = {.mode = mode, .truths = trap->truths};
	struct telling telling = {.trap = trap, .symbols = graph->session.symbols, .lanes = &lanes};
	char name[64];

	if (!trap->found)
		return refuse(graph, trap);
	snprintf(lanes.title, sizeof(lanes.title), "cycle %" PRIu64 ", %s: %s (%s)\n%s%s%" PRIu32
	         " cycles in all", event->cycle, mode_text(&mode, name, sizeof(name)),
	         event->reason ? event->reason : event_kind_name((enum event_kind)event->kind),
	         event_kind_text((enum event_kind)event->kind), event->action ? event->action : "",
	         event->action ? "; " : "", event->cycles);
	tell(&telling);
	lanes_draw(&lanes, graph->out);
	return true;
}

const struct graph_kind graph_trap = {
	.name = "trap", .summary = "rings and world switches of one event", .begin = begin, .hear = hear, .end = end, .draw = draw,
	.takes = GRAPH_FILTER | GRAPH_COUNT,
};
