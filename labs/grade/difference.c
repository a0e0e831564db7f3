/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/difference.c - two machines side by side: the interpreter, and binary translation with a submission's passes. Both run to
 * the program in which they part, then take an instruction each, and are compared. The machine is deterministic, so this is the same run
 * that went wrong; only what an interrupt does between two instructions may be another, for the VMM is asked after each.
 */
#include "labs/grade/differences.h"
#include "labs/grade/judge_translator.h"

#include "core/disassemble.h"
#include "cpu/insn.h"
#include "labs/plugin/lab.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { STEPS = 400000, DATA_BYTES = 256, STACK_BYTES = 32 };

/* One of the two. */
struct side {
	struct vm *vm;
	struct event_reader reader;
	int64_t wanted; /* the program at whose beginning it stops */
	struct cpu_state state;
	uint8_t data[DATA_BYTES], stack[STACK_BYTES];
	enum vm_end end;
};

struct pair {
	const struct judgement *judgement;
	struct test_result *result;
	struct side interpreter, piece;
	bool late; /* they stood differently where they began to be compared */
};

/* ---- up to the program ---- */

static void hear_port(void *owner, const struct event *event)
{
	struct side *side = owner;
	uint64_t access = port_access_of(event);

	if (side->wanted >= 0 && port_access_begins_program(access) && (uint32_t)access == side->wanted) {
		side->wanted = -1;
		vm_request_stop(side->vm);
	}
}

static void begin(struct side *side, struct vm *vm, int64_t program)
{
	side->vm = vm;
	side->wanted = program;
	side->end = VM_RUNNING;
	side->reader = (struct event_reader){.owner = side, .kinds = 1ull << EV_PORT, .read = hear_port};
	event_add_reader(&vm->events, &side->reader);
	if (program >= 0)
		vm_run(vm, GRADED_LIMIT);
}

/* ---- an instruction each ---- */

static void look(struct side *side)
{
	const struct cpu_state *state = vm_guest_state(side->vm);

	side->state = *state;
	memset(side->data, 0, sizeof side->data);
	memset(side->stack, 0, sizeof side->stack);
	cpu_peek(state, &side->vm->guest_bus, state->segment[SS].base + state->gpr[EBP] - DATA_BYTES / 2, side->data, DATA_BYTES);
	cpu_peek(state, &side->vm->guest_bus, state->segment[SS].base + state->gpr[ESP], side->stack, STACK_BYTES);
}

static void step(struct side *side)
{
	if (side->end == VM_RUNNING)
		side->end = vm_step(side->vm);
	look(side);
}

static bool bytes_differ(struct divergence *divergence, const char *base, int from, const uint8_t *expected, const uint8_t *got, unsigned size)
{
	char name[24];

	for (unsigned at = 0; at < size; at += 4) {
		uint32_t left, right;

		memcpy(&left, expected + at, 4);
		memcpy(&right, got + at, 4);
		snprintf(name, sizeof name, "[%s%+d]", base, from + (int)at);
		if (differs(divergence, name, left, right))
			return true;
	}
	return false;
}

/* Where interrupts are held off nobody sees but by what comes next. */
static bool sides_differ(struct divergence *divergence, const struct side *expected, const struct side *got)
{
	struct cpu_state state = got->state;

	state.interrupt_shadow = expected->state.interrupt_shadow;
	return registers_differ(divergence, &expected->state, &state) ||
	       bytes_differ(divergence, "esp", 0, expected->stack, got->stack, STACK_BYTES) ||
	       bytes_differ(divergence, "ebp", -DATA_BYTES / 2, expected->data, got->data, DATA_BYTES);
}

static void describe(struct pair *pair, uint64_t steps, const struct side *before)
{
	struct divergence *divergence = &pair->result->divergence;
	const struct cpu_state *state = &before->state;
	uint8_t bytes[INSN_MAX_LENGTH] = {0};
	size_t got = cpu_peek(state, &pair->interpreter.vm->guest_bus, state->segment[CS].base + state->eip, bytes, sizeof bytes);

	divergence->is = true;
	divergence->step = steps;
	divergence->cycle = pair->piece.vm->clock;
	divergence->eip = state->eip;
	snprintf(divergence->handler, sizeof divergence->handler, "instruction");
	disassemble(bytes, got, state->eip, state->segment[CS].access & ACCESS_BIG, divergence->instruction, sizeof divergence->instruction);
}

/* The piece's run cannot go on. */
static void describe_end(struct pair *pair, uint64_t steps, const struct side *before)
{
	struct divergence *divergence = &pair->result->divergence;

	describe(pair, steps, before);
	snprintf(divergence->what, sizeof divergence->what, "run");
	snprintf(divergence->expected, sizeof divergence->expected, "goes on at %08" PRIx32, pair->interpreter.state.eip);
	snprintf(divergence->got, sizeof divergence->got, "%.70s", pair->piece.end == VM_UNSUPPORTED ? pair->piece.vm->message
	                                                                                             : vm_end_name(pair->piece.end));
}

/* One side may need a step more than the other to get to the same place: an interrupt's delivery is one by itself, or is not. */
static bool together_again(struct pair *pair, struct divergence *divergence)
{
	struct divergence ignored;

	*divergence = (struct divergence){0};
	if (!sides_differ(divergence, &pair->interpreter, &pair->piece))
		return true;
	step(&pair->interpreter);
	if (!sides_differ(&ignored, &pair->interpreter, &pair->piece))
		return true;
	step(&pair->piece);
	return !sides_differ(&ignored, &pair->interpreter, &pair->piece);
}

static void walk(struct pair *pair)
{
	struct divergence *divergence = &pair->result->divergence;
	struct side before;

	look(&pair->interpreter);
	look(&pair->piece);
	pair->late = sides_differ(divergence, &pair->interpreter, &pair->piece);
	if (pair->late)
		return;
	for (uint64_t steps = 0; steps < STEPS && pair->interpreter.end == VM_RUNNING; steps++) {
		before = pair->interpreter;
		step(&pair->interpreter);
		step(&pair->piece);
		if (pair->piece.end != VM_RUNNING && pair->interpreter.end == VM_RUNNING) {
			describe_end(pair, steps, &before);
			return;
		}
		if (!together_again(pair, divergence)) {
			describe(pair, steps, &before);
			return;
		}
	}
	*divergence = (struct divergence){0};
}

/* ---- the two machines, one inside the other's run ---- */

static bool with_piece(void *owner, struct vm *vm, const struct config *config, char *error, size_t error_size)
{
	struct pair *pair = owner;
	struct lab *lab = lab_attach(vm, NULL, error, error_size);

	(void)config;
	if (!lab)
		return false;
	begin(&pair->piece, vm, pair->interpreter.wanted);
	pair->interpreter.wanted = -1;
	walk(pair);
	if (lab_failure(lab))
		snprintf(pair->result->message, sizeof pair->result->message, "%s", lab_failure(lab));
	return true;
}

static bool with_interpreter(void *owner, struct vm *vm, const struct config *config, char *error, size_t error_size)
{
	struct pair *pair = owner;
	struct config own;
	int64_t program = pair->interpreter.wanted;

	(void)config;
	begin(&pair->interpreter, vm, program);
	pair->interpreter.wanted = program;
	return graded_config(pair->judgement, false, &own, error, error_size) &&
	       graded_machine(&own, with_piece, pair, error, error_size);
}

static bool compare_from(struct pair *pair, int64_t program, char *error, size_t error_size)
{
	struct config config;

	pair->interpreter.wanted = program;
	return interpreter_config(pair->judgement, &config, error, error_size) &&
	       graded_machine(&config, with_interpreter, pair, error, error_size);
}

/* What the guest tells of a program may come to light in the next one, and what is wrong with its flags much later. */
bool find_difference(const struct judgement *judgement, int64_t *program, struct test_result *result, char *error, size_t error_size)
{
	struct pair pair = {.judgement = judgement, .result = result};

	if (!compare_from(&pair, *program, error, error_size))
		return false;
	if (pair.late && *program > 0 && !compare_from(&pair, --*program, error, error_size))
		return false;
	if (!pair.late)
		return true;
	*program = -1;
	return compare_from(&pair, *program, error, error_size);
}
