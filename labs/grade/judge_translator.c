/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/judge_translator.c - the judge `translator`: seeded programs, by the interpreter and by binary translation with the
 * submission's passes. What the guest tells by ports is compared as the run goes, memory in the end; where the two part, the program is
 * run again side by side (difference.c). Cycles are held against those of the VMM's own translator.
 *
 *	must = cli sti pushf popf     instructions that have to be in the cache: of others that can be a callout is right too
 *	budget = 110                  per cent of the cycles of the VMM's own
 */
#include "labs/grade/judge_translator.h"

#include "core/disassemble.h"
#include "core/number.h"
#include "core/refuse.h"
#include "cpu/insn.h"
#include "labs/plugin/lab.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run_end {
	enum vm_end end;
	uint32_t exit_code;
	uint64_t clock, digest;
};

struct run {
	const struct judgement *judgement;
	struct test_result *result;
	struct lab *lab; /* of the submission's */
	struct event_reader reader;
	struct vm *vm;
	uint64_t *access; /* the interpreter's */
	size_t accesses, room, at;
	int64_t program;  /* that was begun last */
	uint64_t limit;
	bool piece, parted, no_memory;
	struct run_end end;
	char ended[sizeof ((struct vm *)0)->message]; /* why, if the VMM could not go on */
};

/* ---- what is heard ---- */

uint64_t port_access_of(const struct event *event)
{
	const struct event_change *change = &event->change[0];

	return (uint64_t)event->address << 48 | (uint64_t)(change->what[0] == 'o') << 40 | (uint64_t)(change->before & 7) << 32 |
	       (uint32_t)change->after;
}

bool port_access_begins_program(uint64_t access)
{
	return access >> 48 == PORT_PROGRAM && access >> 40 & 1;
}

static bool keep(struct run *run, uint64_t access)
{
	if (run->accesses == run->room) {
		size_t room = run->room ? run->room * 2 : 4096;
		uint64_t *larger = realloc(run->access, room * sizeof *larger);

		if (!larger)
			return false;
		run->access = larger;
		run->room = room;
	}
	run->access[run->accesses++] = access;
	return true;
}

static void stop(struct run *run)
{
	run->parted = true;
	if (run->lab)
		lab_stop(run->lab);
	else
		vm_request_stop(run->vm);
}

static void hear_port(void *owner, const struct event *event)
{
	struct run *run = owner;
	uint64_t access = port_access_of(event);

	if (run->parted)
		return;
	if (!run->piece) {
		run->no_memory |= !keep(run, access);
	} else if (run->at == run->accesses || run->access[run->at] != access) {
		stop(run);
		return;
	} else {
		run->at++;
	}
	if (port_access_begins_program(access))
		run->program = (uint32_t)access;
}

/* ---- what the passes answer ---- */

static const char *treatment_text(unsigned treatment, bool ends)
{
	static const char *const names[] = {"identical", "in the cache", "a callout", "a direct transfer", "by the lookup routine"};

	if (treatment == LAB_CALLOUT && ends)
		return "a callout that ends its unit";
	return treatment <= LAB_LOOKUP ? names[treatment] : "none of enum lab_treatment";
}

/* As `must` has it: "cli", "mov-from-cr". */
static void kind_of(const struct lab_decoded *insn, char *text, size_t size)
{
	bool to = insn->operand[0] == LAB_CONTROL, from = insn->operand[1] == LAB_CONTROL;
	bool segment = insn->operand[0] == LAB_SEGMENT || insn->operand[1] == LAB_SEGMENT;

	snprintf(text, size, "%s%s", insn->name, to ? "-to-cr" : from ? "-from-cr" : segment ? "-segment" : "");
}

static bool has_to_be_in_cache(const struct run *run, const struct lab_decoded *insn)
{
	const char *must = lab_setting(run->judgement->test, "must");
	char kind[40], copy[160], *rest = copy;

	kind_of(insn, kind, sizeof kind);
	snprintf(copy, sizeof copy, "%s", must ? must : "");
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		if (strcmp(word, kind) == 0)
			return true;
	return false;
}

static void part(struct run *run, const struct lab_call *call, const char *what, const char *expected, const char *got)
{
	const struct lab_unit_insn *request = call->request;
	struct divergence *divergence = &run->result->divergence;

	*divergence = (struct divergence){.is = true, .step = call->number, .cycle = call->cycle, .eip = request->insn.eip};
	snprintf(divergence->handler, sizeof divergence->handler, "%s", lab_handler_name(call->handler));
	disassemble(request->insn.bytes, request->insn.length, request->insn.eip, true, divergence->instruction,
	            sizeof divergence->instruction);
	snprintf(divergence->what, sizeof divergence->what, "%s", what);
	snprintf(divergence->expected, sizeof divergence->expected, "%s", expected);
	snprintf(divergence->got, sizeof divergence->got, "%s", got);
	stop(run);
}

static void look_at_treatment(struct run *run, const struct lab_call *call)
{
	const struct lab_unit_insn *own = call->own, *theirs = call->request;
	bool same = own->treatment == theirs->treatment && (own->treatment != LAB_CALLOUT || own->ends == theirs->ends);
	bool careful = own->treatment <= LAB_IN_CACHE && theirs->treatment == LAB_CALLOUT && !theirs->ends && theirs->insn.sensitive &&
	               !has_to_be_in_cache(run, &theirs->insn);

	if (!same && !careful)
		part(run, call, "treatment", treatment_text(own->treatment, own->ends), treatment_text(theirs->treatment, theirs->ends));
}

static void called(void *owner, struct vm *vm, const struct lab_call *call)
{
	struct run *run = owner;
	const struct lab_unit_insn *request = call->request;

	(void)vm;
	run->result->calls++;
	if (run->parted || !request)
		return;
	if (call->declined && (call->handler != HANDLER_translator_in_cache || has_to_be_in_cache(run, &request->insn)))
		part(run, call, "result", "LAB_DONE", "LAB_DECLINE");
	else if (!call->declined && call->own)
		look_at_treatment(run, call);
}

static void keep_line(void *owner, const char *line)
{
	const struct run *run = owner;

	graded_line(run->judgement, run->result, line);
}

/* ---- a run ---- */

static bool attach(struct run *run, struct vm *vm, char *error, size_t error_size)
{
	const struct lab_observer observer = {run, called, keep_line};

	if (!run->piece)
		return true;
	run->lab = graded_attach(vm, &observer, error, error_size);
	return run->lab != NULL;
}

static bool run_vm(void *owner, struct vm *vm, const struct config *config, char *error, size_t error_size)
{
	struct run *run = owner;
	struct recording_writer *writer = NULL;
	bool failed;

	run->vm = vm;
	run->program = -1;
	run->reader = (struct event_reader){.owner = run, .kinds = 1ull << EV_PORT, .read = hear_port};
	event_add_reader(&vm->events, &run->reader);
	if (!attach(run, vm, error, error_size))
		return false;
	if (run->piece && run->judgement->recording)
		writer = recording_begin(run->judgement->recording, config, error, error_size);
	run->end.end = vm_run(vm, run->limit);
	run->end.exit_code = vm->exit_code;
	run->end.clock = vm->clock;
	run->end.digest = vm_digest(vm);
	snprintf(run->ended, sizeof run->ended, "%s", vm->message);
	failed = run->lab && lab_failure(run->lab);
	graded_recording(writer, run->parted || failed || run->end.end != VM_EXITED, run->judgement, vm, run->result);
	if (failed)
		snprintf(run->result->message, sizeof run->result->message, "%s", lab_failure(run->lab));
	return true;
}

bool interpreter_config(const struct judgement *judgement, struct config *config, char *error, size_t error_size)
{
	if (!graded_config(judgement, true, config, error, error_size))
		return false;
	snprintf(config->technique, sizeof config->technique, "emulate");
	config->ring = 1; /* the usual one: it has none */
	config->lab_handlers[0] = '\0';
	return true;
}

static bool run_interpreter(struct run *run, char *error, size_t error_size)
{
	struct config config;

	run->limit = GRADED_LIMIT;
	if (!interpreter_config(run->judgement, &config, error, error_size) ||
	    !graded_machine(&config, run_vm, run, error, error_size))
		return false;
	if (run->no_memory)
		return refuse(error, error_size, "not enough memory for the interpreter's run; close other programs");
	if (run->end.end == VM_EXITED && run->end.exit_code == 0 && run->program >= 0)
		return true;
	return refuse(error, error_size, "%s: the lab's own guest does not get to its end (%s, code %" PRIu32 ")",
	              run->judgement->test->name, vm_end_name(run->end.end), run->end.exit_code);
}

/* The VMM's own translator has the time that its work takes; a submission's that and some more, before it is given up. */
static bool run_own(const struct judgement *judgement, uint64_t *clock, char *error, size_t error_size)
{
	struct run run = {.judgement = judgement, .limit = GRADED_LIMIT};
	struct config config;
	bool done = graded_config(judgement, true, &config, error, error_size);

	config.lab_handlers[0] = '\0';
	done = done && graded_machine(&config, run_vm, &run, error, error_size);
	free(run.access);
	*clock = run.end.clock;
	return done;
}

static bool run_piece(struct run *run, uint64_t own, char *error, size_t error_size)
{
	struct config config;

	run->piece = true;
	run->limit = own * 4;
	return graded_config(run->judgement, false, &config, error, error_size) &&
	       graded_machine(&config, run_vm, run, error, error_size);
}

/* ---- the verdict ---- */

static bool is_right(const struct run *run, const struct run_end *expected)
{
	return run->end.end == VM_EXITED && !run->parted && run->at == run->accesses &&
	       run->end.exit_code == expected->exit_code && run->end.digest == expected->digest;
}

static void say_where(const struct run *run, const char *what)
{
	char program[48] = "before the first program";

	if (run->program >= 0)
		snprintf(program, sizeof program, "program %" PRId64, run->program);
	snprintf(run->result->message, sizeof run->result->message, "%s: %s", program, what);
}

/* By single steps everything was right. What is left is what happens between two instructions. */
static void say_in_vain(struct run *run)
{
	say_where(run, run->end.end == VM_RUNNING || run->end.end == VM_STOPPED
	                   ? "what it does is not what the interpreter makes of it, but each of its instructions by itself is right: an "
	                     "interrupt that waits comes at the wrong one (look at GS:[pending] behind STI and POPF), or the code goes round"
	                   : "the guest ended otherwise");
}

static bool explain(struct run *run, const struct run_end *expected, char *error, size_t error_size)
{
	struct test_result *result = run->result;

	if (result->message[0]) /* the piece has failed */
		return true;
	if (result->divergence.is) {
		say_where(run, "the translator's answer is not right");
		return true;
	}
	if (!run->parted && run->end.end == VM_EXITED && run->end.digest != expected->digest) {
		snprintf(result->message, sizeof result->message, "the guest's memory is another one in the end, though all of its programs "
		         "have told the same");
		return true;
	}
	if (!find_difference(run->judgement, &run->program, result, error, error_size))
		return false;
	if (run->end.end == VM_UNSUPPORTED)
		say_where(run, run->ended);
	else if (result->divergence.is)
		say_where(run, "it is not what the interpreter makes of it");
	else if (!result->message[0])
		say_in_vain(run);
	return true;
}

static void judge_budget(struct run *run, uint64_t own)
{
	const char *budget = lab_setting(run->judgement->test, "budget");
	uint64_t percent;

	if (!budget || !number_parse(budget, &percent) || run->end.clock * 100 <= own * percent)
		return;
	snprintf(run->result->message, sizeof run->result->message, "all is right, but it takes %" PRIu64 " cycles, and %" PRIu64
	         " are the limit: %" PRIu64 " %% of what the VMM's own translator takes", run->end.clock, own * percent / 100, percent);
}

bool judge_translator(const struct judgement *judgement, struct test_result *result, char *error, size_t error_size)
{
	struct run run = {.judgement = judgement, .result = result};
	struct run_end expected;
	uint64_t own, before = result->calls;
	bool done = run_interpreter(&run, error, error_size) && run_own(judgement, &own, error, error_size);

	expected = run.end;
	if (done && !run_piece(&run, own, error, error_size))
		snprintf(result->message, sizeof result->message, "%s", error); /* the piece cannot be loaded */
	else if (done && !result->message[0] && is_right(&run, &expected) && result->calls == before)
		done = refuse(error, error_size, "%s: none of the handlers was called", judgement->test->name);
	else if (done && !result->message[0] && is_right(&run, &expected))
		judge_budget(&run, own);
	else if (done)
		done = explain(&run, &expected, error, error_size);
	free(run.access);
	return done;
}
