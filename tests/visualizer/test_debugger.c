/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_debugger.c - functions stepped over and finished in both directions; branches of history; what goes
 * back with the machine; hostile uses. That all kinds of stops are the same in both directions: test_debugger_time.c.
 */
#include "tests/harness.h"
#include "tests/visualizer/debugger_rig.h"
#include "trap/techniques.h"

#include <stdio.h>
#include <string.h>

/* ---- functions ---- */

enum { BASE = 0x100000, CALL = BASE + 10, BEHIND = BASE + 15, F = BASE + 16, INNER = BASE + 20, INNER_BEHIND = BASE + 25 };

/* f(3), which calls itself. */
static const uint8_t recursive[] = {
	0xbc, 0x00, 0x00, 0x09, 0x00, /*      mov esp, 90000H */
	0xb9, 0x03, 0x00, 0x00, 0x00, /*      mov ecx, 3      */
	0xe8, 0x01, 0x00, 0x00, 0x00, /*      call f          */
	0xf4,                         /*      hlt             */
	0x51,                         /* f:   push ecx        */
	0x49,                         /*      dec ecx         */
	0x74, 0x05,                   /*      jz 1            */
	0xe8, 0xf7, 0xff, 0xff, 0xff, /*      call f          */
	0x59,                         /* 1:   pop ecx         */
	0xc3,                         /*      ret             */
};

static const char *const flat_modes[] = { "native", "emulate", "trap", "trap/3", "bt", "hvm/shadow", "hvm/nested" };
enum { FLAT_MODES = sizeof(flat_modes) / sizeof(flat_modes[0]) };

/* By steps: hidden faults are some, too. */
static void run_to_esp(struct rig *rig, uint32_t eip, uint32_t esp)
{
	for (unsigned i = 0; i < 100 && !(rig_eip(rig) == eip && rig_esp(rig) == esp); i++)
		rig_move(rig, GOAL_STEP, FORWARD, 1);
	CU_ASSERT(rig_eip(rig) == eip && rig_esp(rig) == esp);
}

static void test_over(void)
{
	for (unsigned i = 0; i < FLAT_MODES; i++) {
		struct rig rig;
		uint64_t before, behind;

		rig_open_flat(&rig, flat_modes[i], recursive, sizeof(recursive));
		rig_move(&rig, GOAL_OVER, FORWARD, 2);
		CU_ASSERT(rig_eip(&rig) == CALL);
		before = rig_clock(&rig);
		CU_ASSERT(rig_move(&rig, GOAL_OVER, FORWARD, 1) == STOP_GOAL);
		CU_ASSERT(rig_eip(&rig) == BEHIND);
		behind = rig_clock(&rig);
		CU_ASSERT(rig_move(&rig, GOAL_OVER, BACKWARD, 1) == STOP_GOAL);
		CU_ASSERT(rig_eip(&rig) == CALL && rig_clock(&rig) == before);
		/* An inner call comes back to its own level, not to a deeper one's. */
		run_to_esp(&rig, INNER, 0x90000 - 8);
		rig_move(&rig, GOAL_OVER, FORWARD, 1);
		CU_ASSERT(rig_eip(&rig) == INNER_BEHIND && vm_guest_state(rig.debugger.vm)->gpr[ESP] == 0x90000 - 8);
		rig_move(&rig, GOAL_OVER, BACKWARD, 1);
		CU_ASSERT(rig_eip(&rig) == INNER && rig_esp(&rig) == 0x90000 - 8);
		rig_go(&rig, behind);
		CU_ASSERT(rig_move(&rig, GOAL_OVER, BACKWARD, 3) == STOP_GOAL);
		CU_ASSERT(rig_eip(&rig) == BASE);
		rig_close(&rig);
	}
}

static void test_finish(void)
{
	for (unsigned i = 0; i < FLAT_MODES; i++) {
		struct rig rig;
		uint64_t deep;

		rig_open_flat(&rig, flat_modes[i], recursive, sizeof(recursive));
		run_to_esp(&rig, F + 2, 0x90000 - 24);
		deep = rig_clock(&rig);
		rig_move(&rig, GOAL_FINISH, FORWARD, 1);
		CU_ASSERT(rig_eip(&rig) == INNER_BEHIND && rig_esp(&rig) == 0x90000 - 16);
		rig_move(&rig, GOAL_FINISH, FORWARD, 2);
		CU_ASSERT(rig_eip(&rig) == BEHIND && rig_esp(&rig) == 0x90000);
		rig_go(&rig, deep);
		rig_move(&rig, GOAL_FINISH, BACKWARD, 1);
		CU_ASSERT(rig_eip(&rig) == INNER && rig_esp(&rig) == 0x90000 - 16);
		rig_move(&rig, GOAL_FINISH, BACKWARD, 2);
		CU_ASSERT(rig_eip(&rig) == CALL && rig_esp(&rig) == 0x90000);
		rig_move(&rig, GOAL_STEP, FORWARD, 1);
		run_to_esp(&rig, F, 0x90000 - 4);
		rig_move(&rig, GOAL_FINISH, BACKWARD, 1);
		CU_ASSERT(rig_eip(&rig) == CALL && rig_esp(&rig) == 0x90000);
		CU_ASSERT(rig_move(&rig, GOAL_FINISH, BACKWARD, 1) == STOP_NOT_FOUND);
		CU_ASSERT(rig_eip(&rig) == CALL);
		rig_close(&rig);
	}
}

/* The guest's end lies in a function that never returned. */
static void test_finish_at_the_end(void)
{
	struct rig rig;
	uint32_t esp;

	rig_open(&rig, "trap", NULL, "workload=syscall", "n=1");
	CU_ASSERT(rig_move(&rig, GOAL_CONTINUE, FORWARD, 1) == STOP_GUEST_END);
	esp = rig_esp(&rig);
	CU_ASSERT(rig_move(&rig, GOAL_FINISH, BACKWARD, 1) == STOP_GOAL);
	CU_ASSERT(rig_esp(&rig) >= esp + 4);
	CU_ASSERT(rig_move(&rig, GOAL_STEP, FORWARD, 1) == STOP_GOAL);
	CU_ASSERT(rig_eip(&rig) == rig_symbol(&rig, "machine_exit"));
	rig_close(&rig);
}

static void test_breakpoint_ends_over(void)
{
	struct rig rig;
	struct break_point point = { .kind = BREAK_PLACE, .condition_text = "ecx == 1" };
	uint64_t hit;

	rig_open_flat(&rig, "trap", recursive, sizeof(recursive));
	point.place = (struct stop_place){ .access = STOP_EXECUTE, .address = F, .size = 1 };
	rig_break(&rig, &point);
	rig_move(&rig, GOAL_OVER, FORWARD, 2);
	CU_ASSERT(rig_move(&rig, GOAL_OVER, FORWARD, 1) == STOP_BREAKPOINT);
	CU_ASSERT(rig_eip(&rig) == F && rig_esp(&rig) == 0x90000 - 20);
	hit = rig_clock(&rig);
	CU_ASSERT(rig_move(&rig, GOAL_CONTINUE, FORWARD, 1) == STOP_GUEST_END);
	CU_ASSERT(rig_move(&rig, GOAL_OVER, BACKWARD, 2) == STOP_BREAKPOINT);
	CU_ASSERT(rig_clock(&rig) == hit);
	rig_close(&rig);
}

/*
 * With interrupts and hidden faults on the way: as many instructions back as forward, of the same function. A moment is known
 * by its instruction: where hidden faults come first there are several boundaries before it.
 */
static void test_over_in_kernel(void)
{
	enum { COUNT = 12 };

	for (size_t i = 0; rig_mode(i); i++) {
		uint32_t eip[COUNT + 1], esp[COUNT + 1];
		struct rig rig;
		unsigned wrong = 0;

		rig_open(&rig, rig_mode(i), NULL, "workload=forkwait", "n=1");
		CU_ASSERT(rig_to(&rig, "kernel_main", FORWARD) == STOP_GOAL);
		for (unsigned at = 0; at <= COUNT; at++) {
			eip[at] = rig_eip(&rig);
			esp[at] = rig_esp(&rig);
			if (at < COUNT)
				CU_ASSERT(rig_move(&rig, GOAL_OVER, FORWARD, 1) == STOP_GOAL);
		}
		for (unsigned at = COUNT; at > 0; at--) {
			rig_move(&rig, GOAL_OVER, BACKWARD, 1);
			wrong += rig_eip(&rig) != eip[at - 1] || rig_esp(&rig) != esp[at - 1];
		}
		if (wrong)
			printf("%s: %u wrong\n", rig_mode(i), wrong);
		CU_ASSERT(wrong == 0);
		rig_close(&rig);
	}
}

/* ---- the past ---- */

static void test_branch(void)
{
	struct rig rig;
	uint64_t end, middle;
	uint32_t eax;

	rig_open(&rig, "trap", NULL, "workload=syscall", "n=2");
	rig_move(&rig, GOAL_CONTINUE, FORWARD, 1);
	end = history_end(rig.debugger.history);
	rig_go(&rig, end / 2);
	middle = rig_clock(&rig);
	CU_ASSERT(history_past(rig.debugger.history) && event_log_end(rig.debugger.log) > rig.debugger.vm->events.sequence);
	eax = vm_guest_state(rig.debugger.vm)->gpr[EAX];
	CU_ASSERT(debugger_set_register(&rig.debugger, "eax", eax));
	CU_ASSERT(strstr(rig.debugger.message, "branch 2 begins") != NULL);
	CU_ASSERT(history_branch(rig.debugger.history) == 2 && history_end(rig.debugger.history) == middle);
	CU_ASSERT(event_log_end(rig.debugger.log) == rig.debugger.vm->events.sequence);
	/* Nothing was changed really: it ends as before. */
	CU_ASSERT(rig_move(&rig, GOAL_CONTINUE, FORWARD, 1) == STOP_GUEST_END);
	CU_ASSERT(rig_clock(&rig) == end);
	CU_ASSERT(debugger_set_register(&rig.debugger, "eax", 0) && rig.debugger.message[0] == '\0');
	CU_ASSERT(!debugger_set_register(&rig.debugger, "cr9", 0) && rig.debugger.message[0] != '\0');
	rig_close(&rig);
}

static void test_switch_in_the_past(void)
{
	struct rig rig;
	struct vm_mode mode = { .technique = &technique_bt, .paging = PAGING_SHADOW, .ring = 1 };
	uint64_t before;

	rig_open(&rig, "trap", NULL, "workload=syscall", "n=2");
	rig_go(&rig, 12500000);
	rig_go(&rig, 12000000);
	before = rig_digest(&rig);
	CU_ASSERT(debugger_switch(&rig.debugger, &mode));
	CU_ASSERT(event_log_at(rig.debugger.log, rig.debugger.vm->events.sequence - 1)->kind == EV_SWITCH);
	rig_break(&rig, &(struct break_point){ .kind = BREAK_TECHNIQUE });
	CU_ASSERT(rig_move(&rig, GOAL_CONTINUE, FORWARD, 1) == STOP_GUEST_END);
	CU_ASSERT(rig.debugger.vm->technique == &technique_bt);
	rig_go(&rig, 11000000);
	CU_ASSERT(rig.debugger.vm->technique == &technique_trap);
	CU_ASSERT(history_branch(rig.debugger.history) == 2);
	rig_go(&rig, 12000000 - 1);
	CU_ASSERT(rig_move(&rig, GOAL_STEP, FORWARD, 1) == STOP_BREAKPOINT || rig_digest(&rig) != before);
	rig_close(&rig);
}

static void test_refused_switch(void)
{
	struct rig rig;
	struct vm_mode mode = { .technique = &technique_pv, .paging = PAGING_SHADOW, .ring = 1 };
	uint64_t before, random = harness_seed(2);

	rig_open(&rig, "hvm/shadow", NULL, "workload=syscall", "n=2");
	for (unsigned round = 0; round < 4; round++) {
		rig_go(&rig, harness_random(&random) % 12000000);
		before = rig_digest(&rig);
		CU_ASSERT(!debugger_switch(&rig.debugger, &mode) && rig.debugger.message[0]);
		CU_ASSERT(rig_digest(&rig) == before && history_branch(rig.debugger.history) == 1);
		CU_ASSERT(rig_move(&rig, GOAL_STEP, FORWARD, 3) == STOP_GOAL);
		CU_ASSERT(rig_move(&rig, GOAL_STEP, BACKWARD, 3) == STOP_GOAL);
		CU_ASSERT(rig_digest(&rig) == before);
	}
	rig_close(&rig);
}

/* Kept events are those that a run without interruptions tells. */
static void test_log(void)
{
	for (size_t i = 0; rig_mode(i); i++) {
		struct rig rig;
		uint64_t end, first, random = harness_seed(8), different = 0;
		static struct event kept[4096];

		rig_open(&rig, rig_mode(i), NULL, "workload=syscall", "n=2");
		rig_go(&rig, 13000000);
		end = event_log_end(rig.debugger.log);
		first = end > 4096 ? end - 4096 : 0;
		for (uint64_t at = first; at < end; at++)
			kept[at - first] = *event_log_at(rig.debugger.log, at);
		for (unsigned round = 0; round < 4; round++) {
			rig_go(&rig, harness_random(&random) % 12000000);
			rig_move(&rig, GOAL_STEP, FORWARD, 1 + harness_random(&random) % 50);
			rig_move(&rig, GOAL_TRAP, round % 2 ? BACKWARD : FORWARD, 3);
			CU_ASSERT(rig.debugger.story == EVENT_NONE_SELECTED ||
			          rig.debugger.story < rig.debugger.vm->events.sequence);
		}
		CU_ASSERT(event_log_end(rig.debugger.log) >= end);
		for (uint64_t at = first; at < end; at++)
			different += memcmp(&kept[at - first], event_log_at(rig.debugger.log, at), sizeof(kept[0])) != 0;
		CU_ASSERT(different == 0);
		rig_close(&rig);
	}
}

static void test_go_event(void)
{
	struct rig rig;
	uint64_t random = harness_seed(9), wrong = 0;

	rig_open(&rig, "trap", NULL, "workload=syscall", "n=2");
	rig_go(&rig, 13000000);
	for (unsigned round = 0; round < 20; round++) {
		uint64_t sequence = harness_random(&random) % event_log_end(rig.debugger.log);

		if (!debugger_go_event(&rig.debugger, sequence) || rig.debugger.story != sequence ||
		    rig.debugger.vm->events.sequence > sequence) {
			wrong++;
			continue;
		}
		/* The next step tells it, unless its end lies further on. */
		rig_move(&rig, GOAL_STEP, FORWARD, 1);
		wrong += rig.debugger.vm->events.sequence <= sequence &&
		         event_log_at(rig.debugger.log, sequence)->kind != EV_EMULATE;
	}
	CU_ASSERT(wrong == 0);
	CU_ASSERT(!debugger_go_event(&rig.debugger, 1000000000) && rig.debugger.message[0]);
	rig_close(&rig);
}

/* With hardly any memory for snapshots the past is as exact, only slower to reach. */
static void test_little_memory(void)
{
	struct rig rig;
	uint64_t clock[32];
	unsigned count = 0;

	rig_open_history(&rig, "trap", 1, "workload=forkwait", "n=2");
	rig_break_at(&rig, "call_fork", NULL);
	rig_break_at(&rig, "call_wait", NULL);
	rig_break(&rig, &(struct break_point){ .kind = BREAK_TIME, .moment = 12800000 });
	while (count < 32 && rig_move(&rig, GOAL_CONTINUE, FORWARD, 1) == STOP_BREAKPOINT)
		clock[count++] = rig_clock(&rig);
	CU_ASSERT(count > 4 && rig.debugger.stop.kind == STOP_GUEST_END);
	for (unsigned i = count; i-- > 0;) {
		CU_ASSERT(rig_move(&rig, GOAL_CONTINUE, BACKWARD, 1) == STOP_BREAKPOINT);
		CU_ASSERT(rig_clock(&rig) == clock[i]);
	}
	CU_ASSERT(rig_move(&rig, GOAL_CONTINUE, BACKWARD, 1) == STOP_NOT_FOUND);
	rig_close(&rig);
}

/* ---- hostile uses ---- */

static void test_first_moment(void)
{
	static const enum goal_kind kinds[] = { GOAL_STEP, GOAL_OVER, GOAL_FINISH, GOAL_BLOCK, GOAL_TRAP, GOAL_CONTINUE };
	struct rig rig;

	rig_open(&rig, "trap", NULL, NULL, NULL);
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		CU_ASSERT(!debugger_move(&rig.debugger, &(struct goal){ .kind = kinds[i], .direction = BACKWARD }, NULL, NULL));
		CU_ASSERT(rig.debugger.message[0] != '\0' && !rig.debugger.running);
	}
	rig_move(&rig, GOAL_STEP, FORWARD, 5);
	CU_ASSERT(rig_move(&rig, GOAL_STEP, BACKWARD, 1000000) == STOP_BEGIN);
	CU_ASSERT(rig_clock(&rig) == history_begin(rig.debugger.history));
	CU_ASSERT(rig_go(&rig, 0) == STOP_BEGIN);
	rig_close(&rig);
}

static void test_triple_fault_and_back(void)
{
	static const uint8_t code[] = { 0x40, 0x40, 0x0f, 0x0b }; /* inc eax; inc eax; ud2 */

	for (unsigned i = 0; i < FLAT_MODES; i++) {
		struct rig rig;
		uint64_t end;

		rig_open_flat(&rig, flat_modes[i], code, sizeof(code));
		CU_ASSERT(rig_move(&rig, GOAL_CONTINUE, FORWARD, 1) == STOP_GUEST_END);
		CU_ASSERT(rig.debugger.stop.end == VM_SHUTDOWN);
		end = rig_clock(&rig);
		for (unsigned again = 0; again < 2; again++) {
			CU_ASSERT(!debugger_move(&rig.debugger, &(struct goal){ .kind = GOAL_STEP }, NULL, NULL));
			CU_ASSERT(!debugger_move(&rig.debugger, &(struct goal){ .kind = GOAL_CONTINUE }, NULL, NULL));
		}
		CU_ASSERT(rig_clock(&rig) == end);
		CU_ASSERT(rig_move(&rig, GOAL_STEP, BACKWARD, 1) == STOP_GOAL);
		CU_ASSERT(rig_clock(&rig) < end);
		CU_ASSERT(rig_move(&rig, GOAL_CONTINUE, FORWARD, 1) == STOP_GUEST_END);
		CU_ASSERT(rig.debugger.stop.end == VM_SHUTDOWN && rig_clock(&rig) == end);
		rig_close(&rig);
	}
}

static bool at_once(void *owner)
{
	(void)owner;
	return true;
}

static void test_interrupt(void)
{
	struct rig rig;
	uint64_t begun;

	rig_open(&rig, "trap", NULL, "workload=forkwait", "n=1000000");
	CU_ASSERT(debugger_move(&rig.debugger, &(struct goal){ .kind = GOAL_CONTINUE }, at_once, NULL));
	CU_ASSERT(rig.debugger.stop.kind == STOP_INTERRUPTED && rig_clock(&rig) > history_begin(rig.debugger.history));
	rig_go(&rig, 30000000);
	begun = rig_clock(&rig);
	rig_break_at(&rig, "kernel_main", NULL);
	CU_ASSERT(debugger_begin(&rig.debugger, &(struct goal){ .kind = GOAL_CONTINUE, .direction = BACKWARD }));
	CU_ASSERT(debugger_slice(&rig.debugger, 0)); /* a piece of it */
	/* Whoever changes something in the midst of a search means the moment that it began at. */
	CU_ASSERT(debugger_set_register(&rig.debugger, "eax", 1));
	CU_ASSERT(!rig.debugger.running && rig_clock(&rig) == begun);
	rig_close(&rig);
}

static void test_readonly(void)
{
	struct rig rig;

	rig_open(&rig, "trap", NULL, NULL, NULL);
	rig.debugger.readonly = true;
	CU_ASSERT(!debugger_move(&rig.debugger, &(struct goal){ .kind = GOAL_STEP }, NULL, NULL));
	CU_ASSERT(!debugger_set_register(&rig.debugger, "eax", 1));
	CU_ASSERT(!debugger_type(&rig.debugger, "x", 1));
	CU_ASSERT(rig_clock(&rig) == history_begin(rig.debugger.history));
	rig_close(&rig);
}

/* Bad conditions are refused, those that cannot be worked out stop, all places taken is said. */
static void test_hostile_breaks(void)
{
	struct rig rig;
	struct break_point point = { .kind = BREAK_PLACE, .enabled = true };

	rig_open(&rig, "trap", NULL, "workload=syscall", "n=2");
	CU_ASSERT(breaks_add(&rig.debugger, &point) == NULL);
	point.place = (struct stop_place){ .access = STOP_EXECUTE, .address = rig_symbol(&rig, "kernel_main"), .size = 1 };
	strcpy(point.condition_text, "eax ==");
	CU_ASSERT(breaks_add(&rig.debugger, &point) == NULL && rig.debugger.message[0]);
	strcpy(point.condition_text, "1 / 0");
	CU_ASSERT(breaks_add(&rig.debugger, &point) != NULL);
	CU_ASSERT(rig_move(&rig, GOAL_CONTINUE, FORWARD, 1) == STOP_BREAKPOINT);
	CU_ASSERT(strstr(rig.debugger.stop.text, "its condition") != NULL);
	breaks_delete(&rig.debugger, 0);
	point.condition_text[0] = '\0';
	for (unsigned i = 0; i < BREAKS_MAX; i++)
		CU_ASSERT(breaks_add(&rig.debugger, &point) != NULL);
	CU_ASSERT(breaks_add(&rig.debugger, &point) == NULL);
	CU_ASSERT(!debugger_move(&rig.debugger, &(struct goal){ .kind = GOAL_ADDRESS }, NULL, NULL));
	CU_ASSERT(strstr(rig.debugger.message, "disable some") != NULL);
	rig_close(&rig);
}

static void test_counts(void)
{
	struct rig rig;
	struct break_point *point;
	unsigned number;

	rig_open(&rig, "trap", NULL, "workload=forkwait", "n=2");
	number = rig_break_at(&rig, "frame_allocate", NULL);
	point = breaks_find(&rig.debugger, number);
	point->ignore = 5;
	CU_ASSERT(rig_move(&rig, GOAL_CONTINUE, FORWARD, 1) == STOP_BREAKPOINT);
	CU_ASSERT(point->hits == 6 && point->ignore == 0);
	CU_ASSERT(rig_move(&rig, GOAL_CONTINUE, BACKWARD, 1) == STOP_BREAKPOINT);
	CU_ASSERT(point->hits == 6);
	point->temporary = true;
	CU_ASSERT(rig_move(&rig, GOAL_CONTINUE, FORWARD, 1) == STOP_BREAKPOINT);
	CU_ASSERT(rig.debugger.stop.breakpoint == number && breaks_find(&rig.debugger, number) == NULL);
	rig_close(&rig);
}

/* ---- the status line ---- */

static void test_status(void)
{
	struct rig rig;
	char text[300];

	rig_open(&rig, "trap", NULL, NULL, NULL);
	rig_move(&rig, GOAL_TRAP, FORWARD, 12);
	debugger_status_line(&rig.debugger, 200, text, sizeof(text));
	CU_ASSERT(strncmp(text, "vm0  trap  ring 1  PE", 21) == 0 && strstr(text, "guest CPL 0 / real 1") &&
	          strstr(text, "exits 12") && strstr(text, "[STOPPED #"));
	rig_move(&rig, GOAL_STEP, BACKWARD, 1);
	debugger_status_line(&rig.debugger, 200, text, sizeof(text));
	CU_ASSERT(strstr(text, "past") != NULL);
	for (unsigned columns = 0; columns <= 120; columns++) {
		debugger_status_line(&rig.debugger, columns, text, sizeof(text));
		CU_ASSERT(strlen(text) <= columns);
		CU_ASSERT(columns < 40 || (strstr(text, "trap") && strstr(text, "t=") && strchr(text, ']')));
	}
	rig_close(&rig);
}

static const struct harness_test tests[] = {
	{ "calls are stepped over, recursive ones too, in both directions", test_over },
	{ "functions are finished, and the call that led here is found", test_finish },
	{ "the call that led to the guest's end is found", test_finish_at_the_end },
	{ "a breakpoint ends a step over a call, in both directions", test_breakpoint_ends_over },
	{ "a kernel's functions step over and back alike in every mode", test_over_in_kernel },
	{ "a change in the past begins a branch", test_branch },
	{ "so does another technique", test_switch_in_the_past },
	{ "a technique that is refused leaves no trace", test_refused_switch },
	{ "the log keeps what a run tells, however one travels", test_log },
	{ "one goes to before an event", test_go_event },
	{ "little memory makes the past slower, not different", test_little_memory },
	{ "nothing lies before the first moment", test_first_moment },
	{ "a guest that ended with a triple fault goes back", test_triple_fault_and_back },
	{ "a user interrupts; a change ends a search", test_interrupt },
	{ "read-only is neither moved nor changed", test_readonly },
	{ "breakpoints that make no sense are refused", test_hostile_breaks },
	{ "hits are counted and ignored, temporary ones go", test_counts },
	{ "the status line fits its width", test_status },
	{ 0 },
};

int main(void)
{
	return harness_main("debugger", tests);
}
