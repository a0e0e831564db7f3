/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_history.c - going back and forth in runs of the lab kernel, in every mode: a moment is the same machine
 * however one came to it, and whoever looks leaves no trace.
 */
#include "core/history.h"
#include "tests/harness.h"
#include "tests/trap/every_mode.h"
#include "tests/trap/lab_kernel.h"
#include "trap/techniques.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const uint64_t LIMIT = UINT64_C(4000000000);

/* A travelling reader of everything: an ordered digest of the stream, by number. */
struct listener {
	struct event_reader reader;
	uint64_t heard, told; /* events; those that were not repetitions */
};

static void hear(void *owner, const struct event *event)
{
	struct listener *listener = owner;

	(void)event;
	listener->heard++;
}

static void hear_once(void *owner, const struct event *event)
{
	struct listener *listener = owner;

	(void)event;
	listener->told++;
}

struct machine {
	struct vm *vm;
	struct history *history;
	struct listener travels, stays;
};

static bool open_machine(struct machine *machine, const struct vm_mode *mode, const char *words, uint64_t interval)
{
	struct history_options options = {.interval = interval, .techniques = technique_list()};
	char error[256] = "";

	memset(machine, 0, sizeof *machine);
	machine->vm = lab_kernel_copyable(mode, words);
	if (!machine->vm)
		return false;
	machine->travels.reader =
		(struct event_reader){.owner = &machine->travels, .kinds = EVENT_KINDS_ALL, .read = hear, .travels = true};
	machine->stays.reader = (struct event_reader){.owner = &machine->stays, .kinds = EVENT_KINDS_ALL, .read = hear_once};
	event_add_reader(&machine->vm->events, &machine->travels.reader);
	event_add_reader(&machine->vm->events, &machine->stays.reader);
	machine->history = history_new(machine->vm, &options, error, sizeof error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(machine->history);
	return true;
}

static void close_machine(struct machine *machine)
{
	history_free(machine->history);
	vm_free(machine->vm);
}

/* All that can be compared of a moment. */
struct place {
	uint64_t clock, instructions, sequence, digest, misses;
	struct cpu_state hardware;
};

static struct place here(const struct vm *vm)
{
	struct place place = {.clock = vm->clock, .instructions = vm_instructions(vm), .sequence = vm->events.sequence,
	                      .digest = vm_digest(vm), .misses = cpu_counters(vm->processor)->tlb_misses};

	memcpy(&place.hardware, cpu_state_const(vm->processor), sizeof place.hardware);
	return place;
}

static bool same(const struct place *a, const struct place *b, const char *name, const char *what)
{
	bool same = memcmp(a, b, sizeof *a) == 0;

	if (!same)
		printf("# %s: %s: clock %" PRIu64 " %" PRIu64 ", instructions %" PRIu64 " %" PRIu64 ", events %" PRIu64 " %" PRIu64
		       ", digest %016" PRIx64 " %016" PRIx64 ", misses %" PRIu64 " %" PRIu64 ", eip %08x %08x\n",
		       name, what, a->clock, b->clock, a->instructions, b->instructions, a->sequence, b->sequence, a->digest,
		       b->digest, a->misses, b->misses, a->hardware.eip, b->hardware.eip);
	return same;
}

static const char words[] = "hz=1000 workload=syscall,forkwait,ptchurn,crash n=2";

/* ---- a history leaves no trace ---- */

static void run_is_the_run(const struct vm_mode *mode, const char *name)
{
	struct vm *plain = lab_kernel_new(mode, words, NULL);
	struct listener listener = {.reader = {.owner = &listener, .kinds = EVENT_KINDS_ALL, .read = hear}};
	struct machine machine;
	struct place a, b;

	if (!plain)
		return;
	event_add_reader(&plain->events, &listener.reader);
	CU_ASSERT_FATAL(open_machine(&machine, mode, words, 200000));
	CU_ASSERT_EQUAL(vm_run(plain, LIMIT), VM_EXITED);
	CU_ASSERT_EQUAL(history_run(machine.history, LIMIT), VM_EXITED);
	a = here(plain);
	b = here(machine.vm);
	CU_ASSERT(same(&a, &b, name, "whole run"));
	CU_ASSERT(history_use(machine.history).snapshots > 5);
	close_machine(&machine);
	vm_free(plain);
}

static void test_run_is_the_run(void)
{
	in_every_mode(run_is_the_run);
}

/* ---- back and forth ---- */

enum { FARTHEST = 60 };

static void back_and_forth(struct machine *machine, uint64_t *seed, const char *name)
{
	uint64_t span = history_end(machine->history) - history_begin(machine->history);
	uint64_t clock = history_begin(machine->history) + harness_random(seed) % span;
	uint64_t steps = 1 + harness_random(seed) % FARTHEST, done;
	struct place before, after;

	history_go(machine->history, clock);
	CU_ASSERT(machine->vm->clock >= clock);
	history_step(machine->history); /* a run may be cut in the middle of an instruction that exits more than once */
	before = here(machine->vm);
	done = history_back(machine->history, steps);
	CU_ASSERT(done == steps || machine->vm->clock == history_begin(machine->history));
	CU_ASSERT(machine->vm->clock < before.clock || done == 0);
	for (uint64_t i = 0; i < done; i++)
		history_step(machine->history);
	after = here(machine->vm);
	CU_ASSERT(same(&before, &after, name, "back and forward"));
	if (machine->vm->clock != before.clock)
		printf("# %s: seed place %" PRIu64 ", %" PRIu64 " steps\n", name, clock, steps);
}

/* To the same moments in another order: each is the same machine again. */
static void revisit(struct machine *machine, uint64_t *seed, const char *name)
{
	enum { PLACES = 8 };
	uint64_t span = history_end(machine->history) - history_begin(machine->history);
	struct place place[PLACES], again;

	for (unsigned i = 0; i < PLACES; i++) {
		history_go(machine->history, history_begin(machine->history) + harness_random(seed) % span);
		place[i] = here(machine->vm);
	}
	for (unsigned i = 0; i < 2 * PLACES; i++) {
		const struct place *was = &place[harness_random(seed) % PLACES];
		history_go(machine->history, was->clock);
		again = here(machine->vm);
		CU_ASSERT(same(was, &again, name, "visited again"));
	}
}

static void travel(const struct vm_mode *mode, const char *name)
{
	uint64_t seed = harness_seed(20261121), rounds = harness_count(100);
	struct machine machine;
	struct place end, again;
	uint64_t told;

	if (!open_machine(&machine, mode, words, 300000))
		return;
	CU_ASSERT_EQUAL(history_run(machine.history, LIMIT), VM_EXITED);
	end = here(machine.vm);
	told = machine.stays.told;
	CU_ASSERT_EQUAL(told, machine.travels.heard);
	for (uint64_t i = 0; i < rounds; i++)
		back_and_forth(&machine, &seed, name);
	revisit(&machine, &seed, name);
	history_go(machine.history, end.clock);
	again = here(machine.vm);
	CU_ASSERT(same(&end, &again, name, "the end again"));
	CU_ASSERT_EQUAL(machine.stays.told, told);
	CU_ASSERT(machine.travels.heard > told);
	CU_ASSERT_EQUAL(history_branch(machine.history), 1);
	close_machine(&machine);
}

static void test_travel(void)
{
	in_every_mode(travel);
}

/* ---- input, and branches ---- */

static bool give(struct machine *machine, enum input_kind kind, const char *text)
{
	struct input input = {.kind = (uint8_t)kind, .size = (uint8_t)strlen(text)};

	memcpy(input.bytes, text, input.size);
	return history_input(machine->history, &input);
}

/* Typed at the shell of the lab kernel, a letter at a time; gone over again it is the same. */
static void input_comes_again(const struct vm_mode *mode, const char *name)
{
	struct machine machine;
	struct place middle, end, again;

	if (!open_machine(&machine, mode, "hz=100", 300000))
		return;
	history_run(machine.history, 40000000);
	for (const char *c = "help\n"; *c; c++) {
		CU_ASSERT(give(&machine, INPUT_SERIAL, (char[]){*c, 0}));
		history_run(machine.history, machine.vm->clock + 500000);
	}
	middle = here(machine.vm);
	history_run(machine.history, machine.vm->clock + 3000000);
	end = here(machine.vm);
	history_go(machine.history, 0);
	history_go(machine.history, middle.clock);
	again = here(machine.vm);
	CU_ASSERT(same(&middle, &again, name, "after input"));
	history_back(machine.history, 5);
	history_go(machine.history, end.clock);
	again = here(machine.vm);
	CU_ASSERT(same(&end, &again, name, "at the end, after input"));
	CU_ASSERT_EQUAL(history_branch(machine.history), 1);
	close_machine(&machine);
}

static void test_input_comes_again(void)
{
	in_every_mode(input_comes_again);
}

static void branch_begins(const struct vm_mode *mode, const char *name)
{
	struct machine machine;
	uint32_t eax;
	uint64_t here;

	if (!open_machine(&machine, mode, words, 300000))
		return;
	history_run(machine.history, 6000000);
	history_go(machine.history, 3000000);
	here = machine.vm->clock;
	CU_ASSERT(history_past(machine.history));
	CU_ASSERT(!give(&machine, INPUT_REGISTER, "cr3=0"));
	CU_ASSERT_EQUAL(history_branch(machine.history), 1);
	CU_ASSERT(give(&machine, INPUT_REGISTER, "esi=0x12345"));
	CU_ASSERT_EQUAL(history_branch(machine.history), 2);
	CU_ASSERT(!history_past(machine.history));
	CU_ASSERT_EQUAL(history_end(machine.history), here);
	eax = vm_guest_state(machine.vm)->gpr[ESI];
	CU_ASSERT_EQUAL(eax, 0x12345);
	history_step(machine.history);
	CU_ASSERT_EQUAL(history_back(machine.history, 2), 2);
	history_go(machine.history, here);
	CU_ASSERT_EQUAL(vm_guest_state(machine.vm)->gpr[ESI], 0x12345);
	(void)name;
	close_machine(&machine);
}

static void test_branch_begins(void)
{
	in_every_mode(branch_begins);
}

/* Moves among techniques are input too. */
static void test_moves_come_again(void)
{
	static const char *const order[] = {"bt", "hvm/nested", "emulate", "trap/3", "hvm/shadow", "bt/3", "trap"};
	struct vm_mode mode = {.technique = &technique_trap, .paging = PAGING_SHADOW, .ring = 1};
	struct place place[7], again;
	struct machine machine;

	if (!open_machine(&machine, &mode, words, 300000))
		return;
	for (unsigned i = 0; i < 7; i++) {
		history_run(machine.history, machine.vm->clock + 900000);
		CU_ASSERT(give(&machine, INPUT_SWITCH, order[i]));
		place[i] = here(machine.vm);
	}
	history_run(machine.history, LIMIT);
	for (int i = 6; i >= 0; i--) {
		char text[24];

		history_go(machine.history, place[i].clock);
		again = here(machine.vm);
		CU_ASSERT(same(&place[i], &again, order[i], "after a move"));
		mode = vm_mode(machine.vm);
		CU_ASSERT_STRING_EQUAL(mode_text(&mode, text, sizeof text), order[i]);
	}
	close_machine(&machine);
}

/* ---- bounds ---- */

/* Memory for history is kept to, and any moment can still be reached. */
static void test_memory_is_bounded(void)
{
	struct vm_mode mode = {.technique = &technique_native, .paging = PAGING_GUEST, .ring = 1};
	struct history_options options = {.memory = 6 << 20, .interval = 20000, .techniques = technique_list()};
	struct vm *vm = lab_kernel_copyable(&mode, words);
	struct history *history;
	char error[256];
	uint64_t end;

	if (!vm)
		return;
	history = history_new(vm, &options, error, sizeof error);
	CU_ASSERT_EQUAL(history_run(history, LIMIT), VM_EXITED);
	end = vm->clock;
	CU_ASSERT(history_use(history).bytes <= options.memory + (4 << 20));
	CU_ASSERT(history_use(history).snapshots > 3);
	for (unsigned i = 1; i < 10; i++) {
		history_go(history, end * (10 - i) / 10);
		CU_ASSERT(vm->clock >= end * (10 - i) / 10 && vm->clock < end * (10 - i) / 10 + 1000);
	}
	history_go(history, history_begin(history));
	CU_ASSERT_EQUAL(vm->clock, history_begin(history));
	CU_ASSERT_EQUAL(history_back(history, 10), 0);
	history_free(history);
	vm_free(vm);
}

static const struct harness_test tests[] = {
	{"a run with a history is the run, in every mode", test_run_is_the_run},
	{"back and forth leads to the same machine, in every mode", test_travel},
	{"input comes again when it came", test_input_comes_again},
	{"a change in the past begins a branch", test_branch_begins},
	{"moves among techniques come again", test_moves_come_again},
	{"memory is bounded", test_memory_is_bounded},
	{0},
};

int main(void)
{
	return harness_main("history", tests);
}
