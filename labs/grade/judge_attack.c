/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/judge_attack.c - a piece that judges a domain's hypercalls (lab 7), under a guest that fires rightful and hostile ones
 * (attacker.elf, beside the lab's guest). Each answer is compared with the VMM's own as it is given (labs/plugin/hypercall_part.c); in
 * the end the run must be the VMM's own run: same output, same memory, same cycles.
 */
#include "labs/grade/machine.h"

#include "core/refuse.h"
#include "labs/plugin/lab.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct attack_run {
	const struct judgement *judgement;
	struct test_result *result;
	struct lab *lab;
	bool reference, left_undone;
	uint64_t calls, refused;
	enum vm_end end;
	uint32_t exit_code;
	uint64_t clock, digest;
};

/* ---- what is seen of a call ---- */

static void describe(const struct attack_run *run, const struct lab_call *call)
{
	const struct lab_hypercall *asked = call->request;
	struct test_result *result = run->result;
	const uint32_t *argument = asked->argument;

	snprintf(result->detail, sizeof result->detail,
	         "call %" PRIu64 " of the guest, cycle %" PRIu64 ": %s(%" PRIx32 ", %" PRIx32 ", %" PRIx32 ", %" PRIx32 ")\n"
	         "the VMM's own answer: %" PRId32 "\n",
	         call->number, call->cycle, lab_handler_name(call->handler), argument[0], argument[1], argument[2], argument[3], asked->result);
}

static void called(void *owner, struct vm *vm, const struct lab_call *call)
{
	const struct lab_hypercall *asked = call->request;
	struct attack_run *run = owner;

	(void)vm;
	run->calls++;
	run->refused += asked->result < 0;
	if (run->reference || run->left_undone)
		return;
	run->result->calls++;
	run->left_undone = call->declined;
	if (lab_failure(run->lab) || call->declined)
		describe(run, call);
	if (call->declined)
		lab_stop(run->lab);
}

static void keep_line(void *owner, const char *line)
{
	const struct attack_run *run = owner;

	if (!run->reference)
		graded_line(run->judgement, run->result, line);
}

/* ---- a run ---- */

static bool run_vm(void *owner, struct vm *vm, const struct config *config, char *error, size_t error_size)
{
	struct attack_run *run = owner;
	const struct lab_observer observer = {run, called, keep_line};
	struct recording_writer *writer = NULL;

	run->lab = graded_attach(vm, &observer, error, error_size);
	if (!run->lab)
		return false;
	if (!run->reference && run->judgement->recording)
		writer = recording_begin(run->judgement->recording, config, error, error_size);
	run->end = vm_run(vm, GRADED_LIMIT);
	run->exit_code = vm->exit_code;
	run->clock = vm->clock;
	run->digest = vm_digest(vm);
	if (lab_failure(run->lab))
		snprintf(run->result->message, sizeof run->result->message, "%s", lab_failure(run->lab));
	else if (run->left_undone)
		snprintf(run->result->message, sizeof run->result->message, "it gives LAB_DECLINE: the call is left to the VMM");
	graded_recording(writer, run->result->message[0], run->judgement, vm, run->result);
	return true;
}

static bool run_once(struct attack_run *run, char *error, size_t error_size)
{
	const struct judgement *judgement = run->judgement;
	const char *guest = judgement->lab->guest, *slash = strrchr(guest, '/');
	struct config config;

	if (!graded_config(judgement, run->reference, &config, error, error_size))
		return false;
	snprintf(config.kernel, sizeof config.kernel, "%.*sattacker.elf", slash ? (int)(slash - guest + 1) : 0, guest);
	return graded_machine(&config, run_vm, run, error, error_size);
}

/* A test in which nothing is hostile, or nothing rightful, would show nothing. */
static bool reference_is_fine(const struct attack_run *run, char *error, size_t error_size)
{
	if (run->end == VM_EXITED && run->exit_code == 0 && run->refused > 0 && run->refused < run->calls)
		return true;
	return refuse(error, error_size, "%s: the attacker does not do what it should (%s, code %" PRIu32 ", %" PRIu64 " calls, %" PRIu64
	              " refused)", run->judgement->test->name, vm_end_name(run->end), run->exit_code, run->calls, run->refused);
}

static void judge_end(const struct attack_run *expected, const struct attack_run *got, struct test_result *result)
{
	if (result->message[0])
		return;
	if (got->end != expected->end || got->exit_code != expected->exit_code || got->calls != expected->calls)
		snprintf(result->message, sizeof result->message, "the guest ended otherwise: %s after %" PRIu64 " of %" PRIu64 " calls",
		         vm_end_name(got->end), got->calls, expected->calls);
	else if (got->digest != expected->digest || got->clock != expected->clock)
		snprintf(result->message, sizeof result->message, "the guest's memory or clock is another one in the end");
}

bool judge_attack(const struct judgement *judgement, struct test_result *result, char *error, size_t error_size)
{
	struct attack_run reference = {.judgement = judgement, .result = result, .reference = true};
	struct attack_run run = {.judgement = judgement, .result = result};
	size_t used;

	if (!run_once(&reference, error, error_size) || !reference_is_fine(&reference, error, error_size))
		return false;
	if (!run_once(&run, error, error_size)) /* the piece cannot be loaded: that is the submission's fault */
		snprintf(result->message, sizeof result->message, "%.500s", error);
	judge_end(&reference, &run, result);
	used = strlen(result->detail);
	if (!result->message[0] && !judgement->seed.hidden)
		snprintf(result->detail + used, sizeof result->detail - used, "%" PRIu64 " calls, %" PRIu64 " of them hostile\n", run.calls,
		         run.refused);
	return true;
}
