/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/gdb/motion.c - moving the guest forward and backward, and telling why it stopped (packets s c vCont bs bc R and
 * stop replies; GDB manual, E.3). The guest's end is no exit of a process: one may go back from there.
 */
#include "visualizer/gdb/inside.h"

#include "visualizer/gdb/registers.h"

#include <inttypes.h>
#include <string.h>

enum gdb_signal { SIGNAL_INT = 2, SIGNAL_TRAP = 5, SIGNAL_TERM = 15 }; /* GDB's own numbers */

/* ---- why it stopped ---- */

enum { REASON_SIZE = 64 };

/* Of GDB's own points GDB wants to know which. */
static bool describe_point(const struct gdb *gdb, char reason[static REASON_SIZE])
{
	static const char *const watches[] = { "watch", "rwatch", "awatch" };
	const struct gdb_point *point = gdb_point_of(gdb, gdb->debugger->stop.breakpoint);

	reason[0] = 0;
	if (!point)
		return false;
	if (point->type >= '2')
		snprintf(reason, REASON_SIZE, "%s:%" PRIx32 ";", watches[point->type - '2'], point->address);
	else if (point->type == '0' && gdb->swbreak)
		snprintf(reason, REASON_SIZE, "swbreak:;");
	else if (point->type == '1' && gdb->hwbreak)
		snprintf(reason, REASON_SIZE, "hwbreak:;");
	return true;
}

/* Registers that GDB would ask for next: ESP, EBP, EIP by their numbers. */
static void answer_stop(struct gdb *gdb, enum gdb_signal signal, const char *reason)
{
	static const uint8_t expedited[] = { 4, 5, 8 };
	char text[160];
	size_t length = (size_t)snprintf(text, sizeof(text), "T%02x%sthread:1;", (unsigned)signal, reason);

	for (size_t i = 0; i < sizeof(expedited); i++) {
		char digits[GDB_REGISTER_DIGITS + 1] = "";

		gdb_register_read(gdb->debugger, expedited[i], digits);
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%02x:%.8s;", expedited[i], digits);
	}
	gdb_answer_bytes(gdb, text, length);
}

static void say_line(struct gdb *gdb, const char *text)
{
	char line[256];
	int size = snprintf(line, sizeof(line), "ringside: %s\n", text);

	gdb_say(gdb, line, size < (int)sizeof(line) ? (size_t)size : sizeof(line) - 1);
}

static void tell_stop(struct gdb *gdb)
{
	const struct stop *stop = &gdb->debugger->stop;
	char reason[REASON_SIZE] = "";
	enum gdb_signal signal = SIGNAL_TRAP;

	switch (stop->kind) {
	case STOP_BEGIN:
	case STOP_NOT_FOUND:
		if (gdb->moves_back)
			strcpy(reason, "replaylog:begin;");
		break;
	case STOP_BREAKPOINT:
		if (!describe_point(gdb, reason))
			say_line(gdb, stop->text);
		break;
	case STOP_INTERRUPTED:
		signal = SIGNAL_INT;
		break;
	case STOP_GUEST_END:
	case STOP_RECORDED:
	case STOP_LIMIT:
		signal = SIGNAL_TERM;
		say_line(gdb, stop->text);
		break;
	case STOP_GOAL:
		if (gdb->moves_back && gdb->debugger->vm->clock <= history_begin(gdb->debugger->history))
			strcpy(reason, "replaylog:begin;");
		break;
	}
	answer_stop(gdb, signal, reason);
}

static bool begin(struct gdb *gdb, enum goal_kind kind)
{
	struct goal goal = { .kind = kind, .direction = gdb->moves_back ? BACKWARD : FORWARD };

	gdb->kind = kind;
	gdb->instructions = vm_instructions(gdb->debugger->vm);
	return debugger_begin(gdb->debugger, &goal);
}

/* The VMM had something to do, a hidden page fault say, and the guest is where it was: no step in the guest's eyes. A
 * delivery, and a repetition of a string instruction, change EIP or a register; RF may come and go with the fault. */
static bool nothing_happened(const struct gdb *gdb)
{
	const struct debugger *debugger = gdb->debugger;
	const struct cpu_state *before = &debugger->guest_before, *now = vm_guest_state(debugger->vm);

	return gdb->kind == GOAL_STEP && vm_instructions(debugger->vm) == gdb->instructions && before->eip == now->eip &&
	       memcmp(before->gpr, now->gpr, sizeof(now->gpr)) == 0;
}

/* Is GDB's line of source not left yet? */
static bool in_range(const struct gdb *gdb)
{
	uint32_t eip = vm_guest_state(gdb->debugger->vm)->eip;

	return eip >= gdb->range_begin && eip < gdb->range_end;
}

/* Steps that go on without asking GDB. */
static bool step_on(struct gdb *gdb)
{
	if (gdb->debugger->stop.kind != STOP_GOAL || !(in_range(gdb) || nothing_happened(gdb)))
		return false;
	return begin(gdb, GOAL_STEP);
}

/* Backward without a breakpoint GDB expects to come to the beginning; the debugger stays where it was. */
static bool go_to_begin(struct gdb *gdb)
{
	struct goal goal = {
		.kind = GOAL_CLOCK, .direction = BACKWARD, .clock = history_begin(gdb->debugger->history),
	};

	if (!gdb->moves_back || gdb->debugger->stop.kind != STOP_NOT_FOUND || gdb->debugger->vm->clock <= goal.clock)
		return false;
	gdb->kind = GOAL_CLOCK;
	return debugger_begin(gdb->debugger, &goal);
}

void gdb_stopped(struct gdb *gdb)
{
	if (!gdb->waiting || step_on(gdb) || go_to_begin(gdb))
		return;
	gdb->waiting = false;
	tell_stop(gdb);
}

void gdb_why(struct gdb *gdb, const char *text, size_t size)
{
	(void)text, (void)size;
	answer_stop(gdb, SIGNAL_TRAP, "");
}

/* ---- moving ---- */

static void move(struct gdb *gdb, enum goal_kind kind, enum direction direction)
{
	gdb->moves_back = direction == BACKWARD;
	gdb->waiting = true;
	if (begin(gdb, kind))
		return;
	/* Nowhere to go: the beginning, backward; the end, forward. */
	gdb->waiting = false;
	if (direction == FORWARD)
		say_line(gdb, gdb->debugger->message);
	answer_stop(gdb, direction == FORWARD ? SIGNAL_TERM : SIGNAL_TRAP,
	            direction == FORWARD ? "" : "replaylog:begin;");
}

/* "[ADDRESS]": GDB sets EIP by a register packet, and sends none. */
static void move_forward(struct gdb *gdb, const char *text, enum goal_kind kind)
{
	uint32_t eip;

	gdb->range_begin = gdb->range_end = 0;
	if (*text && (!hex_number32(&text, &eip) || *text || !debugger_set_register(gdb->debugger, "eip", eip))) {
		gdb_answer_error(gdb, GDB_MALFORMED);
		return;
	}
	move(gdb, kind, FORWARD);
}

/* "SIGNAL[;ADDRESS]": a machine has no signals. */
static const char *behind_signal(const char *text)
{
	text += strcspn(text, ";");
	return *text ? text + 1 : text;
}

void gdb_step(struct gdb *gdb, const char *text, size_t size)
{
	(void)size;
	move_forward(gdb, text, GOAL_STEP);
}

void gdb_continue(struct gdb *gdb, const char *text, size_t size)
{
	(void)size;
	move_forward(gdb, text, GOAL_CONTINUE);
}

void gdb_step_signalled(struct gdb *gdb, const char *text, size_t size)
{
	(void)size;
	move_forward(gdb, behind_signal(text), GOAL_STEP);
}

void gdb_continue_signalled(struct gdb *gdb, const char *text, size_t size)
{
	(void)size;
	move_forward(gdb, behind_signal(text), GOAL_CONTINUE);
}

void gdb_step_back(struct gdb *gdb, const char *text, size_t size)
{
	(void)text, (void)size;
	gdb->range_begin = gdb->range_end = 0;
	move(gdb, GOAL_STEP, BACKWARD);
}

void gdb_continue_back(struct gdb *gdb, const char *text, size_t size)
{
	(void)text, (void)size;
	gdb->range_begin = gdb->range_end = 0;
	move(gdb, GOAL_CONTINUE, BACKWARD);
}

/* "rBEGIN,END[:THREAD]" */
static void step_range(struct gdb *gdb, const char *text)
{
	uint32_t begin, end;

	if (!hex_number32(&text, &begin) || !hex_skip(&text, ',') || !hex_number32(&text, &end)) {
		gdb_answer_error(gdb, GDB_MALFORMED);
		return;
	}
	gdb->range_begin = begin;
	gdb->range_end = end;
	move(gdb, GOAL_STEP, FORWARD);
}

/* With one thread the first action is the one. */
void gdb_vcont(struct gdb *gdb, const char *text, size_t size)
{
	(void)size;
	gdb->range_begin = gdb->range_end = 0;
	switch (*text) {
	case 0:
		gdb_answer(gdb, "vCont;c;C;s;S;r");
		break;
	case 'c':
	case 'C':
		move(gdb, GOAL_CONTINUE, FORWARD);
		break;
	case 's':
	case 'S':
		move(gdb, GOAL_STEP, FORWARD);
		break;
	case 'r':
		step_range(gdb, text + 1);
		break;
	default:
		gdb_answer_error(gdb, GDB_MALFORMED);
	}
}

/* Anew: the first moment of its history. The packet has no answer. */
void gdb_restart(struct gdb *gdb, const char *text, size_t size)
{
	struct goal goal = {
		.kind = GOAL_CLOCK, .direction = BACKWARD, .clock = history_begin(gdb->debugger->history),
	};

	(void)text, (void)size;
	debugger_move(gdb->debugger, &goal, NULL, NULL);
}
