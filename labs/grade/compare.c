/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/compare.c - the judge `compare`: a run with a submission's piece beside the same run with the VMM's own. The machine is
 * deterministic, so the two must be the same, register by register, after every call of a handler. The reference's run is noted call
 * by call; the submission's is compared as it goes and stopped at the first difference, so that a recording of it ends right there.
 */
#include "labs/grade/differences.h"
#include "labs/grade/machine.h"

#include "core/disassemble.h"
#include "core/refuse.h"
#include "cpu/insn.h"
#include "labs/plugin/lab.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STACK_WORDS = 8 };

/* How the machine stands behind a call. */
struct step {
	enum handler handler;
	uint32_t eip; /* where it was called */
	uint64_t cycle;
	struct cpu_state after;
	uint32_t stack[STACK_WORDS];
	uint64_t ports; /* digest of all port accesses so far */
	struct lab_given given[LAB_GIVEN];
};

/* The VMM has done what the test is about. Only an IRET to another ring may be left to it. */
static bool left_undone(struct divergence *divergence, const struct vm *vm, const struct lab_call *call)
{
	if (!call->declined || (call->handler == HANDLER_trap_iret && cpu_state_const(vm->vcpu)->cpl != call->before->cpl))
		return false;
	snprintf(divergence->what, sizeof divergence->what, "result");
	snprintf(divergence->expected, sizeof divergence->expected, "LAB_DONE%s", call->insn ? ", or LAB_FAULT" : "");
	snprintf(divergence->got, sizeof divergence->got, "%s", call->insn ? "LAB_DECLINE, or a delivery that was left to the VMM"
	                                                                    : "LAB_DECLINE or LAB_FAULT");
	return true;
}

/* How a run ended. */
struct run_end {
	enum vm_end end;
	uint32_t exit_code;
	uint64_t clock, digest, instructions;
};

struct run {
	const struct judgement *judgement;
	struct test_result *result;
	struct lab *lab;
	struct event_reader reader;
	uint64_t ports;
	struct step *step; /* the reference's */
	uint64_t steps, room, at;
	bool reference, diverged, no_memory;
	struct run_end end;
};

/* ---- what is noted ---- */

static uint64_t mix(uint64_t digest, uint64_t value)
{
	return (digest ^ value) * UINT64_C(0x100000001b3);
}

static void read_port(void *owner, const struct event *event)
{
	struct run *run = owner;

	run->ports = mix(run->ports, event->address);
	for (unsigned i = 0; i < event->changes; i++)
		run->ports = mix(mix(run->ports, (uint64_t)event->change[i].what[0]), event->change[i].after);
}

static struct step step_of(const struct run *run, const struct vm *vm, const struct lab_call *call)
{
	const struct cpu_state *state = cpu_state_const(vm->vcpu);
	struct step step = {
		.handler = call->handler,
		.eip = call->before->eip,
		.cycle = call->cycle,
		.after = *state,
		.ports = run->ports,
	};

	memcpy(step.given, call->given, sizeof step.given);
	cpu_peek(state, &vm->guest_bus, state->segment[SS].base + state->gpr[ESP], step.stack, sizeof step.stack);
	return step;
}

static bool add_step(struct run *run, const struct step *step)
{
	if (run->steps == run->room) {
		uint64_t room = run->room ? run->room * 2 : 1024;
		struct step *larger = realloc(run->step, room * sizeof *larger);

		if (!larger)
			return false;
		run->step = larger;
		run->room = room;
	}
	run->step[run->steps++] = *step;
	return true;
}

/* ---- the difference ---- */

#define REGISTER(name, member) {name, offsetof(struct cpu_state, member), sizeof(((struct cpu_state *)0)->member)}
static const struct {
	const char *name;
	size_t at, size;
} registers[] = {
	REGISTER("eip", eip), REGISTER("cpl", cpl), REGISTER("cs", segment[CS].selector), REGISTER("ss", segment[SS].selector),
	REGISTER("esp", gpr[ESP]), REGISTER("eflags", eflags), REGISTER("eax", gpr[EAX]), REGISTER("ecx", gpr[ECX]),
	REGISTER("edx", gpr[EDX]), REGISTER("ebx", gpr[EBX]), REGISTER("ebp", gpr[EBP]), REGISTER("esi", gpr[ESI]),
	REGISTER("edi", gpr[EDI]), REGISTER("cr0", cr0), REGISTER("cr2", cr2), REGISTER("cr3", cr3), REGISTER("cr4", cr4),
	REGISTER("gdtr.base", gdtr.base), REGISTER("gdtr.limit", gdtr.limit), REGISTER("idtr.base", idtr.base),
	REGISTER("idtr.limit", idtr.limit), REGISTER("halted", activity), REGISTER("shadow", interrupt_shadow),
	REGISTER("ds", segment[DS].selector), REGISTER("es", segment[ES].selector), REGISTER("fs", segment[FS].selector),
	REGISTER("gs", segment[GS].selector), REGISTER("cs.access", segment[CS].access), REGISTER("ss.access", segment[SS].access),
};

static uint32_t value_at(const struct cpu_state *state, unsigned index)
{
	uint32_t value = 0;

	memcpy(&value, (const char *)state + registers[index].at, registers[index].size);
	return value;
}

/* Flags that handlers are about, by their names. */
static void value_text(char *text, size_t size, const char *name, uint32_t value)
{
	if (strcmp(name, "eflags") == 0)
		snprintf(text, size, "%08" PRIx32 " (IF=%u IOPL=%u NT=%u RF=%u)", value, value >> 9 & 1, value >> 12 & 3,
		         value >> 14 & 1, value >> 16 & 1);
	else
		snprintf(text, size, "%08" PRIx32, value);
}

bool differs(struct divergence *divergence, const char *what, uint32_t expected, uint32_t got)
{
	if (expected == got)
		return false;
	snprintf(divergence->what, sizeof divergence->what, "%s", what);
	value_text(divergence->expected, sizeof divergence->expected, what, expected);
	value_text(divergence->got, sizeof divergence->got, what, got);
	return true;
}

static bool path_differs(struct divergence *divergence, const struct step *expected, const struct step *got)
{
	if (expected->handler == got->handler && expected->eip == got->eip)
		return false;
	snprintf(divergence->what, sizeof divergence->what, "next exit");
	snprintf(divergence->expected, sizeof divergence->expected, "%s at %08" PRIx32, lab_handler_name(expected->handler),
	         expected->eip);
	snprintf(divergence->got, sizeof divergence->got, "%s at %08" PRIx32 " (memory, or a device, had become another)",
	         lab_handler_name(got->handler), got->eip);
	return true;
}

bool registers_differ(struct divergence *divergence, const struct cpu_state *expected, const struct cpu_state *got)
{
	for (unsigned i = 0; i < sizeof registers / sizeof *registers; i++)
		if (differs(divergence, registers[i].name, value_at(expected, i), value_at(got, i)))
			return true;
	return false;
}

static bool steps_differ(struct divergence *divergence, const struct step *expected, const struct step *got)
{
	char name[24];

	if (path_differs(divergence, expected, got))
		return true;
	if (registers_differ(divergence, &expected->after, &got->after))
		return true;
	for (unsigned i = 0; i < STACK_WORDS; i++) {
		snprintf(name, sizeof name, i ? "[esp+%u]" : "[esp]", 4 * i);
		if (differs(divergence, name, expected->stack[i], got->stack[i]))
			return true;
	}
	for (unsigned i = 0; i < LAB_GIVEN && expected->given[i].name; i++)
		if (differs(divergence, expected->given[i].name, expected->given[i].value, got->given[i].value))
			return true;
	if (expected->ports == got->ports)
		return false;
	snprintf(divergence->what, sizeof divergence->what, "ports");
	snprintf(divergence->expected, sizeof divergence->expected, "the accesses of the instruction");
	snprintf(divergence->got, sizeof divergence->got, "others (port, size, value, or how many)");
	return true;
}

static void describe_call(const struct vm *vm, const struct lab_call *call, struct divergence *divergence)
{
	const struct cpu_state *before = call->before;
	uint8_t bytes[INSN_MAX_LENGTH];

	divergence->step = call->number;
	divergence->cycle = call->cycle;
	divergence->eip = before->eip;
	snprintf(divergence->handler, sizeof divergence->handler, "%s", lab_handler_name(call->handler));
	if (call->about) {
		snprintf(divergence->instruction, sizeof divergence->instruction, "%s", call->about);
		return;
	}
	if (!call->insn) {
		snprintf(divergence->instruction, sizeof divergence->instruction, "%s %u, from CPL %u",
		         call->event->type == EVENT_EXTERNAL ? "interrupt" : "exception", call->event->vector, before->cpl);
		return;
	}
	cpu_peek(before, &vm->guest_bus, before->segment[CS].base + before->eip, bytes, call->insn->length);
	disassemble(bytes, call->insn->length, before->eip, before->segment[CS].access & ACCESS_BIG, divergence->instruction,
	            sizeof divergence->instruction - 16);
	snprintf(divergence->instruction + strlen(divergence->instruction), 16, " (CPL %u)", before->cpl);
}

static void called(void *owner, struct vm *vm, const struct lab_call *call)
{
	struct run *run = owner;
	struct step step = step_of(run, vm, call);
	struct divergence *divergence = &run->result->divergence;

	if (run->reference) {
		run->no_memory |= !add_step(run, &step);
		return;
	}
	if (lab_failure(run->lab))
		return;
	run->result->calls++;
	if (!left_undone(divergence, vm, call) && run->at < run->steps &&
	    !steps_differ(divergence, &run->step[run->at++], &step))
		return;
	run->diverged = divergence->is = true;
	describe_call(vm, call, divergence);
	if (!divergence->what[0]) {
		snprintf(divergence->what, sizeof divergence->what, "exits");
		snprintf(divergence->expected, sizeof divergence->expected, "%" PRIu64 " calls of handlers", run->steps);
		snprintf(divergence->got, sizeof divergence->got, "one more");
	}
	lab_stop(run->lab);
}

static void keep_line(void *owner, const char *line)
{
	const struct run *run = owner;

	if (!run->reference)
		graded_line(run->judgement, run->result, line);
}

/* ---- a run ---- */

static struct run_end end_of(const struct vm *vm, enum vm_end end)
{
	return (struct run_end){end, vm->exit_code, vm->clock, vm_digest(vm), vm_instructions(vm)};
}

static void judge_failure(struct run *run)
{
	if (lab_failure(run->lab))
		snprintf(run->result->message, sizeof run->result->message, "%s", lab_failure(run->lab));
}

static bool run_vm(void *owner, struct vm *vm, const struct config *config, char *error, size_t error_size)
{
	struct run *run = owner;
	const struct lab_observer observer = {run, called, keep_line};
	struct recording_writer *writer = NULL;

	run->ports = 0;
	run->reader = (struct event_reader){.owner = run, .kinds = 1ull << EV_PORT, .read = read_port};
	event_add_reader(&vm->events, &run->reader);
	run->lab = graded_attach(vm, &observer, error, error_size);
	if (!run->lab)
		return false;
	if (!run->reference && run->judgement->recording)
		writer = recording_begin(run->judgement->recording, config, error, error_size);
	run->end = end_of(vm, vm_run(vm, GRADED_LIMIT));
	graded_recording(writer, run->diverged || lab_failure(run->lab), run->judgement, vm, run->result);
	judge_failure(run);
	return true;
}

static bool run_once(struct run *run, char *error, size_t error_size)
{
	struct config config;

	return graded_config(run->judgement, run->reference, &config, error, error_size) &&
	       graded_machine(&config, run_vm, run, error, error_size);
}

/* ---- the two ---- */

static bool reference_is_fine(const struct run *run, char *error, size_t error_size)
{
	if (run->no_memory)
		return refuse(error, error_size, "not enough memory for the reference's run; close other programs");
	if (run->end.end == VM_EXITED && run->end.exit_code == 0 && run->steps > 0)
		return true;
	return refuse(error, error_size, "%s: the lab's own guest does not get to its end (%s, code %" PRIu32 ", %" PRIu64 " calls)",
	              run->judgement->test->name, vm_end_name(run->end.end), run->end.exit_code, run->steps);
}

static void judge_end(struct run *run, const struct run_end *expected)
{
	struct test_result *result = run->result;
	const struct run_end *got = &run->end;

	if (result->message[0])
		return;
	if (run->diverged)
		snprintf(result->message, sizeof result->message, "it is not what the processor would have done");
	else if (got->end != expected->end || got->exit_code != expected->exit_code || run->at != run->steps)
		snprintf(result->message, sizeof result->message, "the guest ended otherwise: %s after %" PRIu64 " of %" PRIu64
		         " calls of handlers", vm_end_name(got->end), run->at, run->steps);
	else if (got->digest != expected->digest)
		snprintf(result->message, sizeof result->message, "the guest's memory is another one in the end: a handler has stored "
		         "where it should not");
	else if (got->clock != expected->clock || got->instructions != expected->instructions)
		snprintf(result->message, sizeof result->message, "the run took %" PRIu64 " cycles instead of %" PRIu64, got->clock,
		         expected->clock);
}

bool judge_compare(const struct judgement *judgement, struct test_result *result, char *error, size_t error_size)
{
	struct run run = {.judgement = judgement, .result = result, .reference = true};
	struct run_end expected;
	bool done = run_once(&run, error, error_size) && reference_is_fine(&run, error, error_size);

	expected = run.end;
	run.reference = false;
	if (done && run_once(&run, error, error_size))
		judge_end(&run, &expected);
	else if (done) /* the piece cannot be loaded: that is the submission's fault */
		snprintf(result->message, sizeof result->message, "%s", error);
	free(run.step);
	return done;
}
