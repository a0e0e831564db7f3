/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/judge_cache.c - the judge `cache`, lab 6's: a guest under binary translation whose cache has the submission's policy. What the
 * submission names wrongly has failed already (labs/plugin/cache_part.c). Here the run as a whole is held against others of the same guest:
 *
 *	by `emulate`                        each exception shows the same EIP, and memory is the same in the end
 *	by `bt` with the VMM's own policy   how often the dispatcher is entered (`budget`: percent of it), and cycles
 *	by `bt` that never chains           what the policy has won; `gain` is the percentage of what the VMM's own wins
 */
#include "labs/grade/machine.h"

#include "bt/bt.h"
#include "bt/policy.h"
#include "bt/translator.h"
#include "core/refuse.h"
#include "labs/plugin/lab.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FAULT_PORT = 0xed, FAULT_WORDS = 2, /* where the lab's guest says what its handlers see: vector, EIP */
	ENTRY_WORDS = 2,
};

enum run_kind { RUN_EMULATE, RUN_SLOW, RUN_REFERENCE, RUN_SUBMISSION, RUNS };

struct words {
	uint32_t *word;
	size_t count, room;
};

struct run {
	const struct judgement *judgement;
	struct test_result *result;
	enum run_kind kind;
	struct lab *lab;
	struct vmm_pieces slow; /* RUN_SLOW: the VMM's own, but for the policy */
	struct event_reader reader;
	struct words faults;
	struct words looked; /* at each entry of the dispatcher: the guest's EIP, and the cycle */
	bool no_memory, declined;
	enum vm_end end;
	uint32_t exit_code, eip;
	uint64_t clock, digest;
	struct translator_counters counters;
};

/* ---- what is noted ---- */

static bool add(struct words *words, uint32_t word)
{
	if (words->count == words->room) {
		size_t room = words->room ? words->room * 2 : 1024;
		uint32_t *larger = realloc(words->word, room * sizeof *larger);

		if (!larger)
			return false;
		words->word = larger;
		words->room = room;
	}
	words->word[words->count++] = word;
	return true;
}

static void read_port(void *owner, const struct event *event)
{
	struct run *run = owner;

	if (event->address == FAULT_PORT && event->changes)
		run->no_memory |= !add(&run->faults, event->change[0].after);
}

static void note_declined(struct run *run, const struct vm *vm, const struct lab_call *call)
{
	struct divergence *at = &run->result->divergence;

	if (!call->declined)
		return;
	run->declined = at->is = true;
	at->step = call->number;
	at->cycle = call->cycle;
	at->eip = cpu_state_const(vm->vcpu)->eip;
	snprintf(at->handler, sizeof at->handler, "%s", lab_handler_name(call->handler));
	snprintf(at->instruction, sizeof at->instruction, "the VMM was to answer");
	snprintf(at->what, sizeof at->what, "result");
	snprintf(at->expected, sizeof at->expected, "LAB_DONE");
	snprintf(at->got, sizeof at->got, "LAB_DECLINE");
	lab_stop(run->lab);
}

static void called(void *owner, struct vm *vm, const struct lab_call *call)
{
	struct run *run = owner;

	if (call->handler == HANDLER_cache_find)
		run->no_memory |= !add(&run->looked, call->before->eip) || !add(&run->looked, (uint32_t)call->cycle);
	if (run->kind != RUN_SUBMISSION || lab_failure(run->lab))
		return;
	run->result->calls++;
	note_declined(run, vm, call);
}

static void keep_line(void *owner, const char *line)
{
	const struct run *run = owner;

	if (run->kind == RUN_SUBMISSION)
		graded_line(run->judgement, run->result, line);
}

/* ---- the runs ---- */

/* Lab 5's translator: every transfer is the dispatcher's. */
static void never(void *owner, struct vm *vm, struct cache_question *question)
{
	(void)owner;
	(void)vm;
	question->chain = false;
	question->slot = LOOKUP_ENTRIES;
}

static void note_end(struct run *run, const struct vm *vm, enum vm_end end)
{
	const struct translator_counters *counters = translator_counters(vm);

	run->end = end;
	run->exit_code = vm->exit_code;
	run->eip = cpu_state_const(vm->vcpu)->eip;
	run->clock = vm->clock;
	run->digest = vm_digest(vm);
	if (counters)
		run->counters = *counters;
}

static bool attach(struct run *run, struct vm *vm, char *error, size_t error_size)
{
	const struct lab_observer observer = {run, called, keep_line};

	run->reader = (struct event_reader){.owner = run, .kinds = 1ull << EV_PORT, .read = read_port};
	event_add_reader(&vm->events, &run->reader);
	if (run->kind == RUN_EMULATE)
		return true;
	run->lab = graded_attach(vm, &observer, error, error_size);
	if (run->lab && run->kind == RUN_SLOW) {
		run->slow = *vm->pieces;
		run->slow.cache = never;
		vm->pieces = &run->slow;
	}
	return run->lab != NULL;
}

static void tell_failure(struct run *run)
{
	struct test_result *result = run->result;

	if (!lab_failure(run->lab))
		return;
	snprintf(result->message, sizeof result->message, "%s", lab_failure(run->lab));
	snprintf(result->detail, sizeof result->detail, "first difference: behind %" PRIu64 " calls of handlers, cycle %" PRIu64 "\n",
	         result->calls, run->clock);
}

static bool run_vm(void *owner, struct vm *vm, const struct config *config, char *error, size_t error_size)
{
	struct run *run = owner;
	struct recording_writer *writer = NULL;

	if (!attach(run, vm, error, error_size))
		return false;
	if (run->kind == RUN_SUBMISSION && run->judgement->recording)
		writer = recording_begin(run->judgement->recording, config, error, error_size);
	note_end(run, vm, vm_run(vm, GRADED_LIMIT));
	graded_recording(writer, run->declined || (run->lab && lab_failure(run->lab)), run->judgement, vm, run->result);
	if (run->kind == RUN_SUBMISSION)
		tell_failure(run);
	return true;
}

static bool run_once(struct run *run, const struct judgement *judgement, struct test_result *result, enum run_kind kind, char *error,
                     size_t error_size)
{
	struct config config;

	*run = (struct run){.judgement = judgement, .result = result, .kind = kind};
	if (!graded_config(judgement, kind != RUN_SUBMISSION, &config, error, error_size))
		return false;
	if (kind == RUN_EMULATE)
		snprintf(config.technique, sizeof config.technique, "emulate");
	return graded_machine(&config, run_vm, run, error, error_size);
}

/* ---- what is said of it ---- */

static unsigned percent(const struct lab_test *test, const char *name)
{
	const char *value = lab_setting(test, name);

	return value ? (unsigned)strtoul(value, NULL, 10) : 0;
}

static bool wrong(struct test_result *result, const char *message, const char *handler, const char *what)
{
	struct divergence *at = &result->divergence;

	snprintf(result->message, sizeof result->message, "%s", message);
	at->is = true;
	snprintf(at->handler, sizeof at->handler, "%s", handler);
	snprintf(at->what, sizeof at->what, "%s", what);
	return false;
}

static void fault_text(char *text, size_t size, const struct words *faults, size_t at)
{
	if (at + 1 < faults->count)
		snprintf(text, size, "vector %" PRIu32 " at EIP %08" PRIx32, faults->word[at], faults->word[at + 1]);
	else
		snprintf(text, size, "none");
}

static bool same_faults(const struct run *oracle, const struct run *run)
{
	const struct words *expected = &oracle->faults, *got = &run->faults;
	struct divergence *at = &run->result->divergence;
	size_t i = 0;

	while (i < expected->count && i < got->count && expected->word[i] == got->word[i])
		i++;
	if (i == expected->count && i == got->count)
		return true;
	i -= i % FAULT_WORDS;
	at->step = i / FAULT_WORDS;
	at->eip = i + 1 < expected->count ? expected->word[i + 1] : 0;
	snprintf(at->instruction, sizeof at->instruction, "exceptions are counted from 0");
	fault_text(at->expected, sizeof at->expected, expected, i);
	fault_text(at->got, sizeof at->got, got, i);
	return wrong(run->result, "an exception of the guest's is not the one that the interpreter shows", "cache-fault", "exception");
}

static bool same_end(const struct run *oracle, const struct run *run)
{
	struct test_result *result = run->result;

	if (run->end != oracle->end || run->exit_code != oracle->exit_code)
		snprintf(result->message, sizeof result->message, "the guest ended otherwise than interpreted: %s, code %" PRIu32
		         ", at EIP %08" PRIx32 " (%s)", vm_end_name(run->end), run->exit_code, run->eip, "stale code, or a lost fault");
	else if (run->digest != oracle->digest)
		snprintf(result->message, sizeof result->message, "the guest's memory is another one than interpreted: stale code has run");
	return !result->message[0];
}

/* Where the dispatcher was entered, and with the VMM's own policy was not. */
static void show_entry(const struct run *own, const struct run *run)
{
	struct divergence *at = &run->result->divergence;
	size_t i = 0;

	while (i < own->looked.count && i < run->looked.count && own->looked.word[i] == run->looked.word[i])
		i += ENTRY_WORDS;
	if (i >= run->looked.count)
		return;
	at->step = i / ENTRY_WORDS;
	at->eip = run->looked.word[i];
	at->cycle = run->looked.word[i + 1];
	snprintf(at->instruction, sizeof at->instruction, "entries of the dispatcher are counted from 0");
	if (i < own->looked.count)
		snprintf(at->expected, sizeof at->expected, "guest EIP %08" PRIx32, own->looked.word[i]);
	else
		snprintf(at->expected, sizeof at->expected, "none");
	snprintf(at->got, sizeof at->got, "guest EIP %08" PRIx32 ", not chained or not in the lookup cache", at->eip);
}

static bool within_budget(const struct run *own, const struct run *run)
{
	uint64_t entries = run->counters.dispatches, least = own->counters.dispatches;
	uint64_t budget = least * percent(run->judgement->test, "budget") / 100;
	char message[160];

	if (!budget || entries <= budget)
		return true;
	snprintf(message, sizeof message, "the dispatcher was entered %" PRIu64 " times; the budget is %" PRIu64 ", the VMM's own policy "
	         "needs %" PRIu64, entries, budget, least);
	show_entry(own, run);
	return wrong(run->result, message, "cache-find", "entry");
}

/* Cycles of lab 5 over cycles, in thousandths. */
static uint64_t gain(const struct run *slow, const struct run *run)
{
	return slow->clock * 1000 / (run->clock ? run->clock : 1);
}

static bool gains_enough(const struct run *runs, const struct run *run)
{
	uint64_t own = gain(&runs[RUN_SLOW], &runs[RUN_REFERENCE]), got = gain(&runs[RUN_SLOW], run);
	uint64_t wanted = own * percent(run->judgement->test, "gain") / 100;

	if (got >= wanted)
		return true;
	snprintf(run->result->message, sizeof run->result->message, "%" PRIu64 ".%03u times as fast as lab 5's translator; wanted is %" PRIu64
	         ".%03u, what the VMM's own policy gains", got / 1000, (unsigned)(got % 1000), wanted / 1000, (unsigned)(wanted % 1000));
	return false;
}

static void count_line(struct test_result *result, const char *whose, const struct run *run)
{
	const struct translator_counters *counters = &run->counters;
	size_t used = strlen(result->detail);

	snprintf(result->detail + used, sizeof result->detail - used, "%-18s %8" PRIu64 " entries of the dispatcher, %5" PRIu64
	         " units made, %5" PRIu64 " chains, %6" PRIu64 " lookup misses, %9" PRIu64 " cycles\n", whose, counters->dispatches,
	         counters->units_made, counters->chains, counters->lookup_misses, run->clock);
}

static void count_lines(struct test_result *result, const struct run *runs)
{
	result->detail[0] = '\0';
	count_line(result, "lab 5's translator", &runs[RUN_SLOW]);
	count_line(result, "the VMM's own", &runs[RUN_REFERENCE]);
	count_line(result, "yours", &runs[RUN_SUBMISSION]);
}

static void judge(struct run *runs)
{
	struct run *run = &runs[RUN_SUBMISSION];
	struct test_result *result = run->result;

	if (result->message[0])
		return;
	if (run->declined) {
		snprintf(result->message, sizeof result->message, "a question was left to the VMM");
		return;
	}
	count_lines(result, runs);
	if (same_faults(&runs[RUN_EMULATE], run) && same_end(&runs[RUN_EMULATE], run) && within_budget(&runs[RUN_REFERENCE], run))
		gains_enough(runs, run);
}

/* The VMM's own runs agree with one another, and there was something to do. */
static bool lab_is_fine(const struct run *runs, char *error, size_t error_size)
{
	const char *name = runs[RUN_EMULATE].judgement->test->name;
	const struct run *oracle = &runs[RUN_EMULATE];

	for (unsigned kind = 0; kind < RUN_SUBMISSION; kind++) {
		const struct run *run = &runs[kind];

		if (run->no_memory)
			return refuse(error, error_size, "not enough memory for the reference's runs; close other programs");
		if (run->end != VM_EXITED || run->exit_code != 0 || run->digest != oracle->digest)
			return refuse(error, error_size, "%s: the lab's own guest does not get to its end (%s, code %" PRIu32 "), or to another",
			              name, vm_end_name(run->end), run->exit_code);
	}
	return true;
}

bool judge_cache(const struct judgement *judgement, struct test_result *result, char *error, size_t error_size)
{
	struct run runs[RUNS] = {0};
	bool done = true;

	for (unsigned kind = 0; kind < RUN_SUBMISSION && done; kind++)
		done = run_once(&runs[kind], judgement, result, (enum run_kind)kind, error, error_size);
	done = done && lab_is_fine(runs, error, error_size);
	if (done && run_once(&runs[RUN_SUBMISSION], judgement, result, RUN_SUBMISSION, error, error_size))
		judge(runs);
	else if (done) /* the piece cannot be loaded: that is the submission's fault */
		snprintf(result->message, sizeof result->message, "%s", error);
	for (unsigned kind = 0; kind < RUNS; kind++) {
		free(runs[kind].faults.word);
		free(runs[kind].looked.word);
	}
	return done;
}
