/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/case_maker.c - random cases, steered so that most memory operands hit the scratch pages
 * and nothing reaches what the real-CPU helper keeps elsewhere in its address space.
 */
#include "tests/oracle/case_maker.h"

#include "tests/harness.h"
#include "tests/oracle/flag_effects.h"

#include <assert.h>
#include <string.h>

enum {
	/* Pointers to INT3s, for indirect jumps, calls and returns. */
	POINTERS = 0x400,
	POINTERS_SIZE = 0x400,
	ATTEMPTS = 24,
	LONGEST_CANDIDATE = 32,
};

/* An instruction that may become part of the case. */
struct candidate {
	struct maker_row *row;
	uint8_t bytes[LONGEST_CANDIDATE];
	struct insn insn;
	struct flag_effects effects;
};

/* ---- random choices ---- */

static uint32_t random_below(struct maker *maker, uint32_t limit)
{
	return (uint32_t)(harness_random(&maker->random) >> 32) % limit;
}

static bool chance(struct maker *maker, uint32_t percent)
{
	return random_below(maker, 100) < percent;
}

static uint32_t random_value(struct maker *maker)
{
	static const uint32_t special[] = { 0, 1, 2, 7, 8, 9, 15, 16, 31, 32, 0x7f, 0x80, 0xff, 0x7fff, 0x8000,
		                            0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, 0xffff8000 };
	uint32_t value = (uint32_t)harness_random(&maker->random);

	switch (random_below(maker, 8)) {
	case 0:
	case 1: return special[value % (sizeof special / sizeof special[0])];
	case 2: return value & 0xff;
	case 3: return value & 0x1f1f1f1f;
	default: return value;
	}
}

/* Mostly anywhere in the scratch pages; often where a page ends, or the last one does. */
static uint32_t random_target(struct maker *maker)
{
	uint32_t near = random_below(maker, 16);

	switch (random_below(maker, 16)) {
	case 0: return CASE_SCRATCH + PAGE_SIZE - 8 + near;
	case 1: return CASE_SCRATCH + CASE_WRITABLE - 8 + near;
	case 2: return CASE_SCRATCH + CASE_SCRATCH_SIZE - 8 + near;
	case 3: return CASE_SCRATCH - 8 + near;
	default: return CASE_SCRATCH + random_below(maker, CASE_WRITABLE);
	}
}

static uint32_t random_pointer(struct maker *maker)
{
	return CASE_SCRATCH + POINTERS + random_below(maker, POINTERS_SIZE / 4 - 4) * 4;
}

static uint32_t random_stop(struct maker *maker)
{
	return CASE_CODE + 0x10 + random_below(maker, 0x700);
}

void maker_make_pristine(struct maker *maker, uint32_t *pristine)
{
	for (uint32_t i = 0; i < CASE_SCRATCH_SIZE / 4; i++)
		pristine[i] = random_value(maker);
	for (uint32_t i = 0; i < POINTERS_SIZE / 4; i++)
		pristine[POINTERS / 4 + i] = random_stop(maker);
}

/* ---- rows ---- */

/* What user code cannot compare: it tells the processor's model, or its time. */
static bool is_left_out(const struct instruction *row)
{
	static const char *const names[] = { "rdtsc", "cpuid", "sysenter", "x87", "wait" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(row->mnemonic, names[i]) == 0)
			return true;
	}
	return row->insn_class != CLASS_INNOCUOUS;
}

static void add_row(void *owner, const struct instruction *row, bool two_byte, uint8_t opcode, int reg)
{
	struct maker *maker = owner;

	if (is_left_out(row))
		return;
	assert(maker->rows < MAKER_ROWS);
	maker->row[maker->rows++] = (struct maker_row){ row, two_byte, opcode, reg, 0, 0 };
}

void maker_start(struct maker *maker, uint64_t seed)
{
	memset(maker, 0, sizeof *maker);
	maker->random = seed;
	insn_for_each(add_row, maker);
}

static bool is_named(const struct insn *insn, const char *name)
{
	return strcmp(insn->row->mnemonic, name) == 0;
}

/* ---- bytes ---- */

static unsigned put_prefixes(struct maker *maker, const struct maker_row *row, uint8_t *bytes)
{
	static const uint8_t segments[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x64, 0x64, 0x65 };
	bool string = row->row->flags & INSN_STRING;
	/* F3 0F BC and BD are newer instructions on newer processors. */
	bool no_repeat = row->two_byte && (row->opcode == 0xbc || row->opcode == 0xbd);
	bool address = chance(maker, 12);
	unsigned count = 0;

	if (chance(maker, row->row->flags & INSN_LOCKABLE ? 20 : 2))
		bytes[count++] = 0xf0;
	if (chance(maker, address ? 60 : 12))
		bytes[count++] = segments[random_below(maker, sizeof segments)];
	if (chance(maker, 25))
		bytes[count++] = 0x66;
	if (address)
		bytes[count++] = 0x67;
	if (!no_repeat && chance(maker, string ? 60 : 3))
		bytes[count++] = chance(maker, 50) ? 0xf2 : 0xf3;
	return count;
}

/* Prefixes, opcode, and random bytes of which the decoder takes what it needs. */
static void put_bytes(struct maker *maker, struct candidate *candidate)
{
	const struct maker_row *row = candidate->row;
	uint8_t *bytes = candidate->bytes;
	unsigned count = put_prefixes(maker, row, bytes);

	if (row->two_byte)
		bytes[count++] = 0x0f;
	bytes[count++] = row->opcode;
	for (unsigned i = count; i < LONGEST_CANDIDATE; i += 4) {
		uint32_t value = random_value(maker);
		for (unsigned k = i; k < i + 4 && k < LONGEST_CANDIDATE; k++)
			bytes[k] = (uint8_t)(value >> 8 * (k - i));
	}
	if (row->reg >= 0)
		bytes[count] = (uint8_t)((bytes[count] & 0xc7) | row->reg << 3);
	/* Absolute addresses can be steered in the middle of a sequence too. */
	if (chance(maker, 20))
		bytes[count] = (uint8_t)((bytes[count] & 0x38) | 5);
}

static bool decode(struct candidate *candidate)
{
	int length = insn_decode(&candidate->insn, candidate->bytes, LONGEST_CANDIDATE, true);

	/* Where a register cannot be (BOUND), newer processors have other instructions. */
	if (candidate->row->row->operand[1] == OP_Ma && !candidate->insn.memory)
		return false;
	return length > 0 && (candidate->insn.row == candidate->row->row || candidate->insn.lock);
}

/* ---- where things are in the bytes ---- */

static unsigned immediate_bytes(const struct insn *insn)
{
	unsigned bytes = 0;

	for (unsigned n = 0; n < 3; n++) {
		switch (insn->row->operand[n]) {
		case OP_Ib:
		case OP_Ibs:
		case OP_Jb: bytes += 1; break;
		case OP_Iw: bytes += 2; break;
		case OP_Iz:
		case OP_Iv:
		case OP_Jz: bytes += insn->operand_size; break;
		default: break;
		}
	}
	return bytes;
}

static bool has_offset(const struct insn *insn)
{
	return insn->row->operand[0] == OP_Ob || insn->row->operand[0] == OP_Ov ||
	       insn->row->operand[1] == OP_Ob || insn->row->operand[1] == OP_Ov;
}

static bool has_wide_displacement(const struct insn *insn)
{
	unsigned mod = insn->modrm >> 6;

	if (has_offset(insn))
		return true;
	if (!insn->memory)
		return false;
	return mod == 2 || (mod == 0 && insn->base == NO_REGISTER);
}

static void set_displacement(struct candidate *candidate, uint32_t displacement)
{
	struct insn *insn = &candidate->insn;
	unsigned size = insn->address_mask == 0xffff ? 2 : 4;

	memcpy(candidate->bytes + insn->length - immediate_bytes(insn) - size, &displacement, size);
	decode(candidate);
}

/* ---- addresses ---- */

static uint32_t segment_base(unsigned segment)
{
	return segment == FS ? (uint32_t)CASE_FS_BASE : 0;
}

/* The bit string instructions go beyond their operand by a register. */
static uint32_t bit_distance(const struct insn *insn, const struct cpu_state *state)
{
	uint32_t bit = state->gpr[insn->reg];

	if (insn->row->operand[1] != OP_Gv || strncmp(insn->row->mnemonic, "bt", 2) != 0)
		return 0;
	if (insn->operand_size == 2)
		return (uint32_t)((int32_t)(int16_t)bit >> 4) * 2;
	return (uint32_t)((int32_t)bit >> 5) * 4;
}

static uint32_t offset_of(const struct insn *insn, const struct cpu_state *state)
{
	uint32_t offset = state->gpr[insn->base] + (state->gpr[insn->index] << insn->scale) + insn->displacement;

	return (offset + bit_distance(insn, state)) & insn->address_mask;
}

/* Chooses a register (if they are still free) or the displacement so that the operand is at `target`. */
static void steer_memory(struct candidate *candidate, struct cpu_state *state, bool registers, uint32_t target)
{
	struct insn *insn = &candidate->insn;
	uint32_t missing = target - segment_base(insn->segment) - offset_of(insn, state);

	if (registers && insn->base != NO_REGISTER && insn->base != insn->index)
		state->gpr[insn->base] += missing;
	else if (has_wide_displacement(insn))
		set_displacement(candidate, insn->displacement + missing);
}

static bool uses_stack(const struct insn *insn)
{
	static const char *const names[] = { "push", "pop", "pusha", "popa", "enter", "leave", "call", "ret" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (is_named(insn, names[i]))
			return true;
	}
	return false;
}

static bool is_indirect(const struct insn *insn)
{
	return insn->opcode == 0xff && !insn->two_byte && (insn->reg == 2 || insn->reg == 4);
}

/* Registers that the instruction uses without naming them in ModRM. */
static void steer_implicit(struct maker *maker, const struct insn *insn, struct cpu_state *state)
{
	if (insn->row->flags & INSN_STRING) {
		state->gpr[ESI] = random_target(maker) - segment_base(insn->segment);
		state->gpr[EDI] = random_target(maker);
		if (insn->repeat)
			state->gpr[ECX] = random_below(maker, 12) |
			                  (insn->address_mask == 0xffff ? random_value(maker) << 16 : 0);
	}
	if (is_named(insn, "xlat"))
		state->gpr[EBX] = random_target(maker) - segment_base(insn->segment) - (state->gpr[EAX] & 0xff);
	if (is_named(insn, "leave") || is_named(insn, "enter"))
		state->gpr[EBP] = random_target(maker);
	if (is_named(insn, "ret"))
		state->gpr[ESP] = random_pointer(maker);
	if (bit_distance(insn, state) && chance(maker, 90))
		state->gpr[insn->reg] = random_below(maker, 0x800) - 0x400;
}

/* Locked accesses stay aligned: some kernels punish those that cross a cache line. */
static uint32_t aligned_target(const struct insn *insn, uint32_t target)
{
	bool locked = insn->lock || is_named(insn, "xchg");

	return locked ? target & ~7u : target;
}

static void steer(struct maker *maker, struct candidate *candidate, struct cpu_state *state, bool registers)
{
	struct insn *insn = &candidate->insn;
	uint32_t target = aligned_target(insn, random_target(maker));

	if (registers)
		steer_implicit(maker, insn, state);
	if (is_indirect(insn)) {
		target = random_pointer(maker);
		if (registers && !insn->memory)
			state->gpr[insn->rm] = random_stop(maker);
	}
	if ((insn->memory || has_offset(insn)) && !is_named(insn, "lea"))
		steer_memory(candidate, state, registers, target);
	if (insn->row->operand[0] == OP_Jz && insn->operand_size == 4) {
		uint32_t distance = random_below(maker, 0xe00) - 0x700;
		memcpy(candidate->bytes + insn->length - 4, &distance, 4);
		decode(candidate);
	}
}

/* ---- is it safe? ---- */

/* Scratch pages, and what is surely unmapped on both sides. */
static bool safe_address(uint32_t linear)
{
	return (linear >= 0x28000000 && linear < 0xb0000000) || linear < 0xf00;
}

static bool safe_memory(const struct insn *insn, const struct cpu_state *state)
{
	uint32_t offset = offset_of(insn, state);

	if ((!insn->memory && !has_offset(insn)) || is_named(insn, "lea"))
		return true;
	if (is_named(insn, "nop"))
		return true;
	if (insn->segment == FS || insn->segment == GS)
		return true;
	if (insn->lock && offset & 3)
		return false;
	return safe_address(offset);
}

static bool safe_string(const struct insn *insn, const struct cpu_state *state)
{
	if (!(insn->row->flags & INSN_STRING))
		return true;
	if (insn->repeat && (state->gpr[ECX] & insn->address_mask) > 16)
		return false;
	if (!safe_address(state->gpr[EDI] & insn->address_mask))
		return false;
	return insn->segment == FS || insn->segment == GS || safe_address(state->gpr[ESI] & insn->address_mask);
}

static bool safe_implicit(const struct insn *insn, const struct cpu_state *state)
{
	if (is_named(insn, "xlat") && insn->segment != FS && insn->segment != GS &&
	    !safe_address((state->gpr[EBX] + (state->gpr[EAX] & 0xff)) & insn->address_mask))
		return false;
	if ((is_named(insn, "leave") || is_named(insn, "enter")) && !safe_address(state->gpr[EBP]))
		return false;
	return !uses_stack(insn) || safe_address(state->gpr[ESP]);
}

/* Addresses that code goes to: INT3s outside the case, or nothing; never back into it. */
static bool safe_target(const struct case_input *input, uint32_t end, uint32_t target)
{
	uint32_t start = CASE_CODE + input->start;

	if (target >= CASE_CODE && target < CASE_CODE + CASE_CODE_SIZE)
		return target < start || target >= end;
	if (target + 0x1000 >= CASE_SCRATCH && target < CASE_SCRATCH + CASE_SCRATCH_SIZE)
		return false;
	return safe_address(target);
}

static uint32_t jump_target(const struct insn *insn, const struct cpu_state *state, const struct model *model,
                            uint32_t end)
{
	switch (insn->row->operand[0]) {
	case OP_Jb:
	case OP_Jz: return end + insn->immediate;
	case OP_Ev:
		if (insn->memory)
			return model_peek(model, segment_base(insn->segment) + offset_of(insn, state));
		return state->gpr[insn->rm];
	default: return model_peek(model, state->gpr[ESP]); /* RET */
	}
}

static bool safe_jump(const struct insn *insn, const struct cpu_state *state, const struct model *model,
                      const struct case_input *input)
{
	bool relative = insn->row->operand[0] == OP_Jb || insn->row->operand[0] == OP_Jz;
	uint32_t end = CASE_CODE + input->start + input->length + insn->length;

	if (!relative && !is_indirect(insn) && !is_named(insn, "ret"))
		return true;
	if (insn->operand_size == 2)
		return safe_address(jump_target(insn, state, model, end) & 0xffff);
	return safe_target(input, end, jump_target(insn, state, model, end));
}

static bool safe(const struct insn *insn, const struct cpu_state *state, const struct model *model,
                 const struct case_input *input)
{
	if (is_named(insn, "(undefined)"))
		return true;
	return safe_memory(insn, state) && safe_string(insn, state) && safe_implicit(insn, state) &&
	       safe_jump(insn, state, model, input);
}

/* ---- cases ---- */

static void start_registers(struct maker *maker, struct cpu_state *state)
{
	for (unsigned reg = 0; reg < GPR_COUNT; reg++)
		state->gpr[reg] = chance(maker, 15) ? random_target(maker) : random_value(maker);
	state->gpr[ESP] = random_target(maker) & (chance(maker, 90) ? ~3u : ~0u);
	state->gpr[GPR_COUNT] = 0;
	state->eflags = (random_value(maker) & (EFLAGS_STATUS | EFLAGS_DF)) |
	                (chance(maker, 6) ? EFLAGS_AC : 0);
	if (chance(maker, 50))
		state->eflags = (state->eflags & ~EFLAGS_STATUS) | ((uint32_t)maker->random & EFLAGS_STATUS);
}

/* Sometimes code goes over the end of a page, or of the last one. */
static uint32_t random_start(struct maker *maker)
{
	switch (random_below(maker, 20)) {
	case 0: return PAGE_SIZE - 1 - random_below(maker, 12);
	case 1: return CASE_CODE_SIZE - 1 - random_below(maker, 12);
	default: return 0x800 + random_below(maker, 64);
	}
}

static bool try_candidate(struct maker *maker, struct candidate *candidate, struct model *model,
                          struct cpu_state *state, const struct test_case *test_case, uint32_t undefined)
{
	bool first = test_case->input.length == 0;

	put_bytes(maker, candidate);
	if (!decode(candidate))
		return false;
	steer(maker, candidate, state, first);
	if (!safe(&candidate->insn, state, model, &test_case->input))
		return false;
	candidate->effects = flag_effects(&candidate->insn, state);
	return !candidate->effects.result_undefined && !(candidate->effects.read & undefined);
}

/* The first instruction of a case is of the next row in turn; then any. */
static bool find_candidate(struct maker *maker, struct candidate *candidate, struct model *model,
                           struct cpu_state *state, const struct test_case *test_case, uint32_t undefined)
{
	bool first = test_case->input.length == 0;
	const struct cpu_state before = *state;

	candidate->row = &maker->row[first ? maker->next++ % maker->rows : random_below(maker, (uint32_t)maker->rows)];
	for (unsigned i = 0; i < ATTEMPTS; i++) {
		*state = before;
		if (first)
			start_registers(maker, state);
		if (try_candidate(maker, candidate, model, state, test_case, undefined))
			return true;
	}
	*state = before;
	return false;
}

/* False: the code pages are full. */
static bool append(struct case_input *input, const struct insn *insn, const uint8_t *bytes)
{
	uint32_t room = CASE_CODE_SIZE - input->start - input->length, length = insn->length;

	if (length > room)
		length = room;
	memcpy(input->code + input->length, bytes, length);
	input->length += length;
	return length == insn->length;
}

/* Faults leave the flags as they were, except that DIV's and IDIV's are always undefined. */
static void count_flags(struct made_case *made, const struct flag_effects *effects, bool completed)
{
	if (completed)
		made->undefined &= ~effects->defined;
	if (completed || effects->undefined == EFLAGS_STATUS)
		made->undefined |= effects->undefined;
}

static bool has_many_accesses(const struct insn *insn)
{
	return is_named(insn, "pusha") || is_named(insn, "popa") || is_named(insn, "enter");
}

/* Runs the candidate as the case's next instruction. True: it completed, another may follow. */
static bool run_candidate(struct candidate *candidate, struct model *model, struct test_case *test_case,
                          struct made_case *made)
{
	struct case_input *input = &test_case->input;
	uint32_t next = CASE_CODE + input->start + input->length + candidate->insn.length;
	bool whole = append(input, &candidate->insn, candidate->bytes), completed;

	if (made->instructions == 0)
		model_begin(model, input);
	else
		model_set_code(model, input);
	completed = model_step(model);
	count_flags(made, &candidate->effects, completed);
	made->instructions++;
	made->partial = !completed && has_many_accesses(&candidate->insn);
	candidate->row->made++;
	candidate->row->completed += completed;
	return completed && whole && model_state(model)->eip == next && next < CASE_CODE + CASE_CODE_SIZE;
}

struct made_case maker_make(struct maker *maker, struct model *model, struct test_case *test_case)
{
	unsigned wanted = chance(maker, 50) ? 1 : 2 + random_below(maker, MAKER_SEQUENCE - 1);
	struct made_case made = { 0 };
	struct candidate candidate;
	struct cpu_state state = *model_state(model);
	bool going = true;

	memset(&test_case->input, 0, sizeof test_case->input);
	test_case->input.start = random_start(maker);
	while (going && made.instructions < wanted) {
		if (made.instructions)
			state = *model_state(model);
		if (!find_candidate(maker, &candidate, model, &state, test_case, made.undefined)) {
			if (made.instructions)
				break;
			continue;
		}
		if (made.instructions == 0) {
			memcpy(test_case->input.gpr, state.gpr, sizeof test_case->input.gpr);
			test_case->input.eflags = state.eflags;
		}
		going = run_candidate(&candidate, model, test_case, &made);
	}
	/* The INT3 behind it, or where it jumped to, unless an event has ended it already. */
	while (model_step(model))
		;
	model_end(model, &test_case->result);
	made.cycles = model_cycles(model);
	made.retired = model_retired(model);
	return made;
}
