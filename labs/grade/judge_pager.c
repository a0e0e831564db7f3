/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/judge_pager.c - the judge `pager`: a run with the submission's shadow pager, looked at behind each call (pager_checks.c),
 * beside a run with the VMM's own, whose faults and traces are counted. Settings of a test:
 *
 *	checks = faults      only which faults are the guest's own; else also every shadow entry, A and D, and the TLB
 *	spare = PERCENT      hidden faults and trace hits are counted: as many as the VMM's own pager has, and so many more
 */
#include "core/refuse.h"
#include "labs/grade/machine.h"
#include "labs/grade/pager_checks.h"
#include "trap/deprivileged.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RANDOM_WALKS = 10000 };

/* What the guest's exits were about. */
struct moment {
	enum event_kind kind;
	uint64_t address;
	uint64_t cycle;
	uint32_t eip;
};

struct count {
	uint64_t hidden, true_faults, traces;
};

struct pager_run {
	const struct judgement *judgement;
	struct test_result *result;
	struct lab *lab;
	struct event_reader reader;
	enum pager_checks checks;
	struct pager_memory memory;
	struct moment *moment; /* the reference's */
	size_t moments, room, at;
	struct moment expected, got; /* the first that differ */
	bool reference, differs, no_memory;
	struct count count;
	enum vm_end end;
	uint32_t exit_code;
	uint64_t digest;
};

/* ---- what is noted ---- */

static bool add_moment(struct pager_run *run, const struct moment *moment)
{
	if (run->moments == run->room) {
		size_t room = run->room ? run->room * 2 : 1024;
		struct moment *larger = realloc(run->moment, room * sizeof *larger);

		if (!larger)
			return false;
		run->moment = larger;
		run->room = room;
	}
	run->moment[run->moments++] = *moment;
	return true;
}

static void read_fault(void *owner, const struct event *event)
{
	struct moment moment = {event->kind, event->address, event->cycle, event->eip};
	struct pager_run *run = owner;
	const struct moment *expected;

	run->count.hidden += event->kind == EV_HIDDEN_FAULT;
	run->count.true_faults += event->kind == EV_TRUE_FAULT;
	run->count.traces += event->kind == EV_TRACE;
	if (run->reference) {
		run->no_memory |= !add_moment(run, &moment);
		return;
	}
	expected = run->at < run->moments ? &run->moment[run->at] : NULL;
	if (run->differs || (expected && expected->kind == moment.kind && expected->address == moment.address)) {
		run->at++;
		return;
	}
	run->differs = true;
	run->got = moment;
	run->expected = expected ? *expected : (struct moment){.kind = EV_KIND_COUNT};
}

static void called(void *owner, struct vm *vm, const struct lab_call *call)
{
	struct pager_run *run = owner;
	struct divergence *divergence = &run->result->divergence;
	struct test_result *result = run->result;

	if (lab_failure(run->lab))
		return;
	result->calls++;
	if (pager_call_is_right(vm, call, run->checks, &run->memory, divergence, result->message, sizeof result->message))
		return;
	divergence->is = true;
	divergence->step = call->number;
	divergence->cycle = call->cycle;
	lab_stop(run->lab);
}

static void keep_line(void *owner, const char *line)
{
	const struct pager_run *run = owner;

	if (!run->reference)
		graded_line(run->judgement, run->result, line);
}

/* ---- a run ---- */

static bool attach(struct pager_run *run, struct vm *vm, char *error, size_t error_size)
{
	const struct lab_observer observer = {run, called, keep_line};

	run->count = (struct count){0};
	run->reader = (struct event_reader){
		.owner = run,
		.kinds = 1ull << EV_HIDDEN_FAULT | 1ull << EV_TRUE_FAULT | 1ull << EV_TRACE,
		.read = read_fault,
	};
	event_add_reader(&vm->events, &run->reader);
	if (run->reference)
		return true;
	run->lab = graded_attach(vm, &observer, error, error_size);
	return run->lab != NULL;
}

/* At the end of a run in which all was well: does any root lead out of the guest? */
static void walk_at_random(struct pager_run *run, const struct vm *vm)
{
	const struct shadow *shadow = deprivileged(vm)->shadow;
	struct test_result *result = run->result;

	if (!run->reference && !result->message[0] && shadow->lent)
		lent_random_walks(shadow, RANDOM_WALKS, (uint32_t)run->judgement->seed.value, result->message, sizeof result->message);
}

static bool run_vm(void *owner, struct vm *vm, const struct config *config, char *error, size_t error_size)
{
	struct pager_run *run = owner;
	struct recording_writer *writer = NULL;
	struct test_result *result = run->result;

	if (!attach(run, vm, error, error_size))
		return false;
	if (!run->reference && run->judgement->recording)
		writer = recording_begin(run->judgement->recording, config, error, error_size);
	run->end = vm_run(vm, GRADED_LIMIT);
	run->exit_code = vm->exit_code;
	run->digest = vm_digest(vm);
	if (run->lab && lab_failure(run->lab)) {
		result->divergence = (struct divergence){0};
		snprintf(result->message, sizeof result->message, "%s", lab_failure(run->lab));
	}
	walk_at_random(run, vm);
	graded_recording(writer, result->message[0], run->judgement, vm, result);
	return true;
}

static bool run_once(struct pager_run *run, char *error, size_t error_size)
{
	struct config config;

	return graded_config(run->judgement, run->reference, &config, error, error_size) &&
	       graded_machine(&config, run_vm, run, error, error_size);
}

/* ---- the two ---- */

static bool reference_is_fine(const struct pager_run *run, char *error, size_t error_size)
{
	if (run->no_memory)
		return refuse(error, error_size, "not enough memory for the reference's run; close other programs");
	if (run->end == VM_EXITED && run->exit_code == 0 && run->count.hidden > 0)
		return true;
	return refuse(error, error_size, "%s: the lab's own guest does not get to its end (%s, code %" PRIu32 ", %" PRIu64 " hidden faults)",
	              run->judgement->test->name, vm_end_name(run->end), run->exit_code, run->count.hidden);
}

static const char *kind_words(enum event_kind kind)
{
	return kind == EV_HIDDEN_FAULT ? "a hidden fault" : kind == EV_TRUE_FAULT ? "a true fault" : "a store to a traced page";
}

static void moment_words(char text[80], const struct moment *moment)
{
	if (moment->kind == EV_KIND_COUNT)
		snprintf(text, 80, "none any more");
	else
		snprintf(text, 80, "%s at gla %08" PRIx64 " (EIP %08" PRIx32 ")", kind_words(moment->kind), moment->address, moment->eip);
}

/* Where the faults first were others than the VMM's own pager has. */
static void tell_first(const struct pager_run *run)
{
	struct divergence *divergence = &run->result->divergence;

	if (!run->differs)
		return;
	*divergence = (struct divergence){.is = true, .step = run->at, .cycle = run->got.cycle, .eip = run->got.eip};
	snprintf(divergence->handler, sizeof divergence->handler, "fault");
	snprintf(divergence->instruction, sizeof divergence->instruction, "the first that the VMM's own pager does not have");
	snprintf(divergence->what, sizeof divergence->what, "fault");
	moment_words(divergence->expected, &run->expected);
	moment_words(divergence->got, &run->got);
}

static bool too_many(const struct pager_run *run, const char *what, uint64_t got, uint64_t enough, unsigned spare)
{
	uint64_t budget = enough + enough * spare / 100;

	if (got <= budget)
		return false;
	snprintf(run->result->message, sizeof run->result->message, "%" PRIu64 " %s; the VMM's own pager has %" PRIu64
	         " in the same run, and at most %" PRIu64 " are allowed", got, what, enough, budget);
	tell_first(run);
	return true;
}

static void judge_counts(const struct pager_run *run, const struct count *enough)
{
	const char *spare = lab_setting(run->judgement->test, "spare");
	unsigned percent = spare ? (unsigned)strtoul(spare, NULL, 10) : 0;

	if (!spare || too_many(run, "hidden faults", run->count.hidden, enough->hidden, percent))
		return;
	too_many(run, "stores to traced pages", run->count.traces, enough->traces, percent);
}

static void judge_end(struct pager_run *run, const struct pager_run *expected)
{
	struct test_result *result = run->result;

	if (result->message[0])
		return;
	if (run->end != expected->end || run->exit_code != expected->exit_code)
		snprintf(result->message, sizeof result->message, "the guest ended otherwise: %s, code %" PRIu32, vm_end_name(run->end),
		         run->exit_code);
	else if (run->digest != expected->digest)
		snprintf(result->message, sizeof result->message, "the guest's memory is another one in the end: A or D in its tables, or "
		         "an access that went elsewhere");
	else
		judge_counts(run, &expected->count);
	if (result->message[0] && !result->divergence.is && run->checks != CHECK_FAULTS)
		tell_first(run);
}

bool judge_pager(const struct judgement *judgement, struct test_result *result, char *error, size_t error_size)
{
	const char *checks = lab_setting(judgement->test, "checks");
	struct pager_run run = {.judgement = judgement, .result = result, .reference = true, .checks = CHECK_ENTRIES};
	struct pager_run expected;
	bool done;

	if (checks && strcmp(checks, "faults") != 0)
		return refuse(error, error_size, "tests.ini: checks = %s; there is 'faults', and without it everything", checks);
	if (checks)
		run.checks = CHECK_FAULTS;
	done = run_once(&run, error, error_size) && reference_is_fine(&run, error, error_size);
	expected = run;
	run.reference = false;
	if (done && run_once(&run, error, error_size))
		judge_end(&run, &expected);
	else if (done) /* the piece cannot be loaded: that is the submission's fault */
		snprintf(result->message, sizeof result->message, "%s", error);
	free(run.moment);
	return done;
}
