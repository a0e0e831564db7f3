/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/candidate.c - making one random instruction: prefixes, opcode, operands, and the
 * registers or displacement that lead its memory operand to the scratch pages.
 */
#include "tests/oracle/candidate.h"

#include "cpu/perform.h"
#include "tests/harness.h"

#include <string.h>

/* ---- random choices ---- */

uint32_t random_below(struct maker *maker, uint32_t limit)
{
	return (uint32_t)(harness_random(&maker->random) >> 32) % limit;
}

bool chance(struct maker *maker, uint32_t percent)
{
	return random_below(maker, 100) < percent;
}

uint32_t random_value(struct maker *maker)
{
	static const uint32_t special[] = {0,          1,          2,         7,      8,          9,
					   15,         16,         31,        32,     0x7f,       0x80,
					   0xff,       0x7fff,     0x8000,    0xffff, 0x7fffffff, 0x80000000,
					   0xffffffff, 0xfffffffe, 0xffff8000};
	uint32_t value = (uint32_t)harness_random(&maker->random);

	switch (random_below(maker, 8)) {
	case 0:
	case 1: return special[value % (sizeof special / sizeof special[0])];
	case 2: return value & 0xff;
	case 3: return value & 0x1f1f1f1f;
	default: return value;
	}
}

uint32_t random_target(struct maker *maker)
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

uint32_t random_stop(struct maker *maker)
{
	return CASE_CODE + 0x10 + random_below(maker, 0x700);
}

bool is_named(const struct insn *insn, const char *name)
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

	if (row->row->prefix)
		bytes[count++] = row->row->prefix;
	if (row->two_byte)
		bytes[count++] = 0x0f;
	bytes[count++] = row->opcode;
	for (unsigned i = count; i < LONGEST_CANDIDATE; i += 4) {
		uint32_t value = random_value(maker);
		for (unsigned k = i; k < i + 4 && k < LONGEST_CANDIDATE; k++)
			bytes[k] = (uint8_t)(value >> 8 * (k - i));
	}
	if (row->reg >= 0xc0) {
		bytes[count] = (uint8_t)row->reg;
		return;
	}
	if (row->reg >= 0)
		bytes[count] = (uint8_t)((bytes[count] & 0xc7) | row->reg << 3);
	/* Absolute addresses can be steered in the middle of a sequence too. */
	if (chance(maker, 20))
		bytes[count] = (uint8_t)((bytes[count] & 0x38) | (candidate->world[CASE_CS].big ? 5 : 6));
}

static bool decode(struct candidate *candidate)
{
	bool big = candidate->world[CASE_CS].big;
	int length = insn_decode(&candidate->insn, candidate->bytes, LONGEST_CANDIDATE, big);

	/* Where a register cannot be (BOUND), newer processors have other instructions. */
	if (candidate->row->row->operand[1] == OP_Ma && !candidate->insn.memory)
		return false;
	return length > 0 && (candidate->insn.row == candidate->row->row || candidate->insn.lock);
}

bool candidate_bytes(struct maker *maker, struct candidate *candidate)
{
	put_bytes(maker, candidate);
	return decode(candidate);
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

bool has_offset(const struct insn *insn)
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

void candidate_displacement(struct candidate *candidate, uint32_t displacement)
{
	struct insn *insn = &candidate->insn;
	unsigned size = insn->address_mask == 0xffff ? 2 : 4;

	memcpy(candidate->bytes + insn->length - immediate_bytes(insn) - size, &displacement, size);
	decode(candidate);
}

/* ---- addresses ---- */

/* GS is null: its base does not matter. */
struct case_segment segment_of(const struct candidate *candidate, unsigned segment)
{
	static const struct case_segment fs = { CASE_SELECTOR_FS, 0, 1, 0, CASE_FS_BASE, CASE_FS_LIMIT };

	switch (segment) {
	case ES: return candidate->world[CASE_ES];
	case CS: return candidate->world[CASE_CS];
	case SS: return candidate->world[CASE_SS];
	case DS: return candidate->world[CASE_DS];
	default: return fs;
	}
}

uint32_t base_of(const struct candidate *candidate, unsigned segment)
{
	return segment_of(candidate, segment).base;
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

uint32_t offset_of(const struct insn *insn, const struct cpu_state *state)
{
	uint32_t offset =
		state->gpr[insn->base] + (state->gpr[insn->index] << insn->scale) + insn->displacement;

	return (offset + bit_distance(insn, state)) & insn->address_mask;
}

/* Chooses a register (if they are still free) or the displacement so that the operand is at `target`. */
static void steer_memory(struct candidate *candidate, struct cpu_state *state, bool registers,
			 uint32_t target)
{
	struct insn *insn = &candidate->insn;
	uint32_t missing = target - base_of(candidate, insn->segment) - offset_of(insn, state);

	if (registers && insn->base != NO_REGISTER && insn->base != insn->index)
		state->gpr[insn->base] += missing;
	else if (has_wide_displacement(insn))
		candidate_displacement(candidate, insn->displacement + missing);
}

bool uses_stack(const struct insn *insn)
{
	static const char *const names[] = {"push", "pop", "pusha", "popa", "enter", "leave", "call", "ret"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (is_named(insn, names[i]))
			return true;
	}
	return false;
}

bool is_mask_move(const struct insn *insn)
{
	return insn->row->perform == perform_maskmov;
}

bool is_indirect(const struct insn *insn)
{
	return insn->opcode == 0xff && !insn->two_byte && (insn->reg == 2 || insn->reg == 4);
}

/* Registers that the instruction uses without naming them in ModRM. */
static void steer_implicit(struct maker *maker, const struct candidate *candidate, struct cpu_state *state)
{
	const struct insn *insn = &candidate->insn;
	uint32_t base = base_of(candidate, insn->segment), stack = base_of(candidate, SS);

	if (insn->row->flags & INSN_STRING) {
		state->gpr[ESI] = random_target(maker) - base;
		state->gpr[EDI] = random_target(maker) - base_of(candidate, ES);
		if (insn->repeat)
			state->gpr[ECX] = random_below(maker, 12) |
			                  (insn->address_mask == 0xffff ? random_value(maker) << 16 : 0);
	}
	if (is_named(insn, "xlat"))
		state->gpr[EBX] = random_target(maker) - base - (state->gpr[EAX] & 0xff);
	if (is_mask_move(insn))
		state->gpr[EDI] = random_target(maker) - base;
	if (is_named(insn, "leave") || is_named(insn, "enter"))
		state->gpr[EBP] = random_target(maker) - stack;
	if (is_named(insn, "ret"))
		state->gpr[ESP] = random_pointer(maker) - stack;
	if (bit_distance(insn, state) && chance(maker, 90))
		state->gpr[insn->reg] = random_below(maker, 0x800) - 0x400;
}

/* Does it want its memory at a multiple of sixteen? */
static bool is_aligned(const struct insn *insn)
{
	const uint8_t *operand = insn->row->operand;

	if (is_named(insn, "fxsave") || is_named(insn, "fxrstor"))
		return true;
	return !(insn->row->flags & INSN_UNALIGNED) && (operand[0] == OP_Wdq || operand[0] == OP_Mdq || operand[1] == OP_Wdq);
}

/* Locked accesses stay aligned: some kernels punish those that cross a cache line. */
static uint32_t aligned_target(struct maker *maker, const struct insn *insn, uint32_t target)
{
	bool locked = insn->lock || is_named(insn, "xchg");

	if (is_aligned(insn) && chance(maker, 90))
		return target & ~15u;
	return locked ? target & ~7u : target;
}

void candidate_steer(struct maker *maker, struct candidate *candidate, struct cpu_state *state,
		     bool registers)
{
	struct insn *insn = &candidate->insn;
	uint32_t target = aligned_target(maker, insn, random_target(maker));

	if (registers)
		steer_implicit(maker, candidate, state);
	if (is_indirect(insn)) {
		target = random_pointer(maker);
		if (registers && !insn->memory)
			state->gpr[insn->rm] = random_stop(maker);
	}
	if ((insn->memory || has_offset(insn)) && !is_named(insn, "lea"))
		steer_memory(candidate, state, registers, target);
	if (insn->row->operand[0] == OP_Jz) {
		uint32_t distance = random_below(maker, 0xe00) - 0x700;
		memcpy(candidate->bytes + insn->length - insn->operand_size, &distance, insn->operand_size);
		decode(candidate);
	}
}
