/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/judge_assist.c - the judge `assist` of lab 8: the guest's console and memory must be as in a run with the VMM's own parts,
 * and the processor must not have left the guest more often for any reason, nor have walked further. Budgets are the reference's own
 * counts, taken in the same minute. How the parts do it is theirs: the runs need not be alike.
 *
 *	exits = 14 28      only these reasons count (numbers of SDM vol. 3, appendix C), or none
 *	devices = only     of I/O instructions those count that reach a device: the others need not exit
 *	walks = yes        references of page walks count too
 */
#include "labs/grade/machine.h"

#include "core/refuse.h"
#include "labs/plugin/lab.h"
#include "trap/hvm.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONSOLE = 0xe9, CONSOLE_BYTES = 512 };

/* What is seen of a run. */
struct seen {
	enum vm_end end;
	uint32_t exit_code;
	uint64_t digest, clock, exits[REASON_COUNT], misses, references;
	uint64_t device_ports; /* instructions that reached a device's port */
	char console[CONSOLE_BYTES];
	char message[256];
};

struct assist_run {
	const struct judgement *judgement;
	struct test_result *result;
	bool reference;
	uint64_t limit;
	struct vm *vm;
	struct lab *lab;
	struct event_reader reader;
	struct seen seen;
	bool declined;
};

/* ---- a run ---- */

static bool reaches_device(const struct vm *vm, uint32_t port, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		if (board_port_name(vm->board, (uint16_t)(port + i)))
			return true;
	return false;
}

static void read_port(void *owner, const struct event *event)
{
	struct assist_run *run = owner;
	size_t used = strlen(run->seen.console);

	run->seen.device_ports += reaches_device(run->vm, (uint32_t)event->address, event->changes ? event->change[0].before : 1);
	if (event->address == CONSOLE && event->changes && used + 1 < CONSOLE_BYTES)
		run->seen.console[used] = (char)event->change[0].after;
}

static void called(void *owner, struct vm *vm, const struct lab_call *call)
{
	struct assist_run *run = owner;

	(void)vm;
	if (run->reference || lab_failure(run->lab))
		return;
	run->result->calls++;
	if (!call->declined)
		return;
	run->declined = true;
	snprintf(run->result->message, sizeof run->result->message, "%s left its work to the VMM: it must give LAB_DONE (%s, EIP %08" PRIx32 ")",
	         lab_handler_name(call->handler), call->about, call->before->eip);
	lab_stop(run->lab);
}

static void keep_line(void *owner, const char *line)
{
	const struct assist_run *run = owner;

	if (!run->reference)
		graded_line(run->judgement, run->result, line);
}

static void look(struct assist_run *run, const struct vm *vm, enum vm_end end)
{
	const struct cpu_counters *counters = cpu_counters(vm->processor);
	struct seen *seen = &run->seen;

	seen->end = end;
	seen->exit_code = vm->exit_code;
	seen->digest = vm_digest(vm);
	seen->clock = vm->clock;
	seen->misses = counters->tlb_misses;
	seen->references = counters->walk_references;
	memcpy(seen->exits, hvm(vm)->exits, sizeof seen->exits);
	snprintf(seen->message, sizeof seen->message, "%s", vm->message);
}

static bool run_vm(void *owner, struct vm *vm, const struct config *config, char *error, size_t error_size)
{
	struct assist_run *run = owner;
	const struct lab_observer observer = {run, called, keep_line};
	struct recording_writer *writer = NULL;

	run->vm = vm;
	run->reader = (struct event_reader){.owner = run, .kinds = 1ull << EV_PORT, .read = read_port};
	event_add_reader(&vm->events, &run->reader);
	if (strcmp(vm->technique->name, "hvm") != 0)
		return refuse(error, error_size, "tests.ini: judge assist needs technique hvm");
	run->lab = graded_attach(vm, &observer, error, error_size);
	if (!run->lab)
		return false;
	if (!run->reference && run->judgement->recording)
		writer = recording_begin(run->judgement->recording, config, error, error_size);
	look(run, vm, vm_run(vm, run->limit));
	graded_recording(writer, lab_failure(run->lab) || run->seen.end != VM_EXITED || run->seen.exit_code != 0, run->judgement, vm,
	                 run->result);
	if (lab_failure(run->lab))
		snprintf(run->result->message, sizeof run->result->message, "%s", lab_failure(run->lab));
	return true;
}

static bool run_once(struct assist_run *run, char *error, size_t error_size)
{
	struct config config;

	return graded_config(run->judgement, run->reference, &config, error, error_size) &&
	       graded_machine(&config, run_vm, run, error, error_size);
}

/* ---- budgets ---- */

/* Whether time is due is no matter of the VMM's parts. */
static bool counts(const struct lab_test *test, unsigned reason)
{
	const char *only = lab_setting(test, "exits");
	char *end;

	if (reason == REASON_EXTERNAL_INTERRUPT || reason == REASON_INTERRUPT_WINDOW || reason == REASON_NMI_WINDOW)
		return false;
	if (!only)
		return true;
	for (; *only; only = *end ? end + 1 : end) {
		unsigned long number = strtoul(only, &end, 10);

		if (end == only)
			return false; /* none */
		if (number == reason)
			return true;
	}
	return false;
}

static uint64_t budget(const struct lab_test *test, const struct seen *reference, unsigned reason)
{
	return reason == REASON_IO && lab_setting(test, "devices") ? reference->device_ports : reference->exits[reason];
}

__attribute__((format(printf, 2, 3))) static void add_line(struct test_result *result, const char *format, ...)
{
	size_t used = strlen(result->detail);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(result->detail + used, sizeof result->detail - used, format, arguments);
	va_end(arguments);
}

static const char *too_many(uint64_t allowed, uint64_t got)
{
	return got > allowed ? "   too many" : "";
}

/* Gives how many rows are over their budget, and names the first. */
static unsigned make_table(const struct assist_run *run, const struct seen *reference, const char **worst)
{
	const struct lab_test *test = run->judgement->test;
	unsigned over = 0;

	run->result->detail[0] = '\0';
	add_line(run->result, "%-28s %10s %10s\n", "exits (reason)", "allowed", "yours");
	for (unsigned reason = 0; reason < REASON_COUNT; reason++) {
		uint64_t allowed = budget(test, reference, reason), got = run->seen.exits[reason];
		char name[32];

		if ((!allowed && !got) || !counts(test, reason))
			continue;
		snprintf(name, sizeof name, "%u %s", reason, vmx_reason_name(reason));
		add_line(run->result, "%-28.28s %10" PRIu64 " %10" PRIu64 "%s\n", name, allowed, got, too_many(allowed, got));
		if (got > allowed && !over++)
			*worst = vmx_reason_name(reason);
	}
	if (!lab_setting(test, "walks"))
		return over;
	add_line(run->result, "%-28s %10" PRIu64 " %10" PRIu64 "%s\n", "references of page walks", reference->references,
	         run->seen.references, too_many(reference->references, run->seen.references));
	add_line(run->result, "%-28s %10.1f %10.1f\n", "  of one TLB miss", (double)reference->references / (double)(reference->misses + !reference->misses),
	         (double)run->seen.references / (double)(run->seen.misses + !run->seen.misses));
	if (run->seen.references > reference->references && !over++)
		*worst = "page walks";
	return over;
}

/* ---- the two ---- */

static void one_line(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || (unsigned char)*text > '~')
			*text = ' ';
}

/* What a guest with a hidden seed says is nobody's to read. */
static const char *shown(const struct assist_run *run, const char *console)
{
	return run->judgement->seed.hidden ? "..." : console;
}

static void judge(struct assist_run *run, const struct seen *reference)
{
	char *message = run->result->message;
	size_t size = sizeof run->result->message;
	struct seen *seen = &run->seen;
	const char *worst = "";
	unsigned over;

	if (message[0])
		return;
	one_line(seen->console);
	over = make_table(run, reference, &worst);
	if (seen->end != VM_EXITED || seen->exit_code != reference->exit_code)
		snprintf(message, size, "the guest does not come to its end: %s after %" PRIu64 " cycles; it says: \"%.200s\" %.200s",
		         vm_end_name(seen->end), seen->clock, shown(run, seen->console), seen->message);
	else if (strncmp(seen->console, reference->console, sizeof seen->console) != 0)
		snprintf(message, size, "the guest says \"%.100s\" where it should say \"%.100s\": something is not as hardware has it",
		         shown(run, seen->console), shown(run, reference->console));
	else if (seen->digest != reference->digest)
		snprintf(message, size, "the guest's memory is another one in the end");
	else if (over)
		snprintf(message, size, "right, but the processor leaves the guest too often, or walks too far: %s%s", worst,
		         over > 1 ? ", and others" : "");
}

bool judge_assist(const struct judgement *judgement, struct test_result *result, char *error, size_t error_size)
{
	struct assist_run run = {.judgement = judgement, .result = result, .reference = true, .limit = GRADED_LIMIT};
	struct seen reference;

	if (!run_once(&run, error, error_size))
		return false;
	reference = run.seen;
	one_line(reference.console);
	if (reference.end != VM_EXITED || reference.exit_code != 0)
		return refuse(error, error_size, "%s: the lab's own guest does not get to its end: %s", judgement->test->name,
		              reference.console);
	/* Everything may exit, and each exit may cost a thousand cycles: but some end there must be. */
	run = (struct assist_run){.judgement = judgement, .result = result, .limit = reference.clock * 20 + 10000000};
	if (run_once(&run, error, error_size))
		judge(&run, &reference);
	else /* the piece cannot be loaded: that is the submission's fault */
		snprintf(result->message, sizeof result->message, "%s", error);
	return true;
}
