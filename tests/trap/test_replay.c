/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_replay.c - a run that is known from a recording alone: in every mode the machine comes to each moment that the
 * recorded one came to, in any order; who looks on hears each event once; a change begins a branch.
 */
#include "core/recording.h"
#include "tests/harness.h"
#include "tests/trap/every_mode.h"
#include "tests/trap/lab_kernel.h"
#include "trap/techniques.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CHECKS = 12 };

static const uint64_t LIMIT = UINT64_C(4000000000);
static const char typed[] = "cat motd\nexit\n";

struct listener {
	struct event_reader reader;
	uint64_t heard, next;
	bool in_order;
};

static void hear(void *owner, const struct event *event)
{
	struct listener *listener = owner;

	listener->in_order &= event->sequence == listener->next;
	listener->next = event->sequence + 1;
	listener->heard++;
}

static void listen(struct listener *listener, struct vm *vm)
{
	*listener = (struct listener){.in_order = true};
	listener->reader = (struct event_reader){.owner = listener, .kinds = EVENT_KINDS_ALL, .read = hear};
	event_add_reader(&vm->events, &listener->reader);
}

/* ---- recording as `run --record` does: no history, slices as they come ---- */

static void type_one(struct vm *vm, struct recorded_run *run, char c)
{
	struct input input = {.clock = vm->clock, .kind = INPUT_SERIAL, .size = 1, .bytes = {(uint8_t)c}};

	CU_ASSERT_EQUAL(board_serial_input(vm->board, 0, input.bytes, 1), 1);
	CU_ASSERT(recorded_input(run, &input));
}

/* Gives the number of events. */
static uint64_t record_plain(const struct vm_mode *mode, struct recorded_run *run, uint64_t seed)
{
	struct vm *vm = lab_kernel_new(mode, "hz=100", NULL);
	struct listener listener;
	size_t next = 0;

	*run = (struct recorded_run){0};
	if (!vm)
		return 0;
	listen(&listener, vm);
	while (vm_run(vm, vm->clock + 1 + harness_random(&seed) % 3000000) == VM_RUNNING && vm->clock < LIMIT) {
		struct checkpoint check = checkpoint_of(vm);

		if (vm->clock > 40000000 && typed[next])
			type_one(vm, run, typed[next++]);
		if (harness_random(&seed) % 4 == 0)
			CU_ASSERT(recorded_check(run, &check));
	}
	recorded_end(run, vm, true);
	CU_ASSERT(listener.in_order);
	vm_free(vm);
	return listener.heard;
}

static struct history *reopen(struct vm *vm, const struct recorded_run *run)
{
	struct history_options options = {.interval = 500000, .techniques = technique_list()};
	char error[256];
	struct history *history = history_open(vm, &options, run->input, run->inputs, run->end.clock, error, sizeof error);

	CU_ASSERT_PTR_NOT_NULL_FATAL(history);
	return history;
}

static bool stands(struct history *history, const struct vm *vm, const struct checkpoint *wanted, const char *name)
{
	struct checkpoint now;

	history_go(history, wanted->clock);
	now = checkpoint_of(vm);
	if (memcmp(&now, wanted, sizeof now) == 0)
		return true;
	printf("# %s: cycle %" PRIu64 " instead of %" PRIu64 ", instructions %" PRIu64 " %" PRIu64 ", digest %016" PRIx64
	       " %016" PRIx64 "\n", name, now.clock, wanted->clock, now.instructions, wanted->instructions, now.digest,
	       wanted->digest);
	return false;
}

static void replay_plain(const struct vm_mode *mode, const char *name)
{
	uint64_t seed = harness_seed(20261128), events;
	struct listener listener;
	struct recorded_run run;
	struct history *history;
	struct vm *vm;

	events = record_plain(mode, &run, seed);
	vm = lab_kernel_copyable(mode, "hz=100");
	if (!vm || !events) {
		vm_free(vm);
		return;
	}
	CU_ASSERT_EQUAL(run.inputs, strlen(typed));
	CU_ASSERT_EQUAL(run.how, VM_EXITED);
	listen(&listener, vm);
	history = reopen(vm, &run);
	CU_ASSERT(history_past(history));
	CU_ASSERT_EQUAL(history_end(history), run.end.clock);
	/* There and back while it is still unheard. */
	for (unsigned i = 0; i < CHECKS && run.checks; i++)
		CU_ASSERT(stands(history, vm, &run.check[harness_random(&seed) % run.checks], name));
	CU_ASSERT(stands(history, vm, &run.end, name));
	CU_ASSERT_EQUAL(recorded_how(vm), VM_EXITED);
	CU_ASSERT_EQUAL(listener.heard, events);
	CU_ASSERT(listener.in_order);
	CU_ASSERT_EQUAL(run.events, vm->events.sequence);
	for (unsigned i = 0; i < CHECKS && run.checks; i++)
		CU_ASSERT(stands(history, vm, &run.check[harness_random(&seed) % run.checks], name));
	CU_ASSERT_EQUAL(listener.heard, events);
	CU_ASSERT_EQUAL(history_branch(history), 1);
	history_free(history);
	vm_free(vm);
	recorded_free(&run);
}

static void test_replay_plain(void)
{
	in_every_mode(replay_plain);
}

/* ---- a branch ---- */

/* Another word at the shell: what was recorded later is forgotten, and what is done is heard. */
static void branch(const struct vm_mode *mode, const char *name)
{
	struct input input = {.kind = INPUT_SERIAL, .size = 5, .bytes = "\nhelp"};
	struct listener listener;
	struct recorded_run run;
	struct history *history;
	uint64_t events = record_plain(mode, &run, 1), heard;
	struct vm *vm = events ? lab_kernel_copyable(mode, "hz=100") : NULL;

	(void)name;
	if (!vm)
		return;
	listen(&listener, vm);
	history = reopen(vm, &run);
	history_go(history, run.input[5].clock + 1000);
	heard = listener.heard;
	history_go(history, run.input[2].clock + 1000);
	CU_ASSERT(history_input(history, &input));
	CU_ASSERT_EQUAL(history_branch(history), 2);
	CU_ASSERT_EQUAL(history_end(history), vm->clock);
	CU_ASSERT(!history_past(history));
	CU_ASSERT_PTR_NULL(history_input_at(history, 4));
	listener.next = vm->events.sequence;
	CU_ASSERT_EQUAL(history_run(history, vm->clock + 20000000), VM_RUNNING); /* nobody says "exit" */
	CU_ASSERT(listener.in_order);
	CU_ASSERT(mode->technique == &technique_native || listener.heard > heard);
	history_free(history);
	vm_free(vm);
	recorded_free(&run);
}

static void test_branch(void)
{
	in_every_mode(branch);
}

/* ---- moves among techniques ---- */

static void test_moves(void)
{
	static const char *const order[] = {"bt", "hvm/nested", "emulate", "trap/3", "hvm/shadow", "bt/3", "trap"};
	struct vm_mode mode = {.technique = &technique_trap, .paging = PAGING_SHADOW, .ring = 1};
	const char *words = "hz=1000 workload=syscall,forkwait n=20";
	struct vm *vm = lab_kernel_new(&mode, words, NULL);
	struct recorded_run run = {0};
	struct history *history;
	char error[256];

	if (!vm)
		return;
	for (unsigned i = 0; i < 7; i++) {
		struct input input = {.kind = INPUT_SWITCH, .size = (uint8_t)strlen(order[i])};
		struct checkpoint check;

		vm_run(vm, vm->clock + 900000);
		memcpy(input.bytes, order[i], input.size);
		input.clock = vm->clock;
		CU_ASSERT_FATAL(mode_parse(technique_list(), order[i], &mode, error, sizeof error) && vm_switch(vm, &mode));
		check = checkpoint_of(vm);
		CU_ASSERT(recorded_input(&run, &input) && recorded_check(&run, &check));
	}
	CU_ASSERT_EQUAL(vm_run(vm, LIMIT), VM_EXITED);
	recorded_end(&run, vm, false);
	CU_ASSERT_EQUAL(run.events, EVENTS_NOT_COUNTED);
	vm_free(vm);
	mode = (struct vm_mode){.technique = &technique_trap, .paging = PAGING_SHADOW, .ring = 1};
	vm = lab_kernel_copyable(&mode, words);
	history = reopen(vm, &run);
	CU_ASSERT(stands(history, vm, &run.end, "the end"));
	for (int i = 6; i >= 0; i--)
		CU_ASSERT(stands(history, vm, &run.check[i], order[i]));
	history_free(history);
	vm_free(vm);
	recorded_free(&run);
}

static const struct harness_test tests[] = {
	{"a recorded run is the run, in every mode", test_replay_plain},
	{"a change begins a branch, in every mode", test_branch},
	{"moves among techniques come again", test_moves},
	{0},
};

int main(void)
{
	return harness_main("replay", tests);
}
