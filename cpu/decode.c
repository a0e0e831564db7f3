/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/decode.c - bytes to instructions: prefixes, opcode, ModRM, SIB, displacement, immediates.
 * SDM vol. 2, chapter 2 (instruction format) and appendix A (opcode maps); the rows themselves are in
 * instructions.def and instructions_simd.def. Nothing here looks at the processor's state except the D bit.
 */
#include "cpu/insn.h"

#include "cpu/perform.h"
#include "cpu/state.h"

#include <string.h>

/* ---- the tables ---- */

enum insn_group {
	GROUP_NONE,
	GROUP_1_80, GROUP_1_81, GROUP_1_82, GROUP_1_83, GROUP_1A,
	GROUP_2_c0, GROUP_2_c1, GROUP_2_d0, GROUP_2_d1, GROUP_2_d2, GROUP_2_d3,
	GROUP_3_f6, GROUP_3_f7, GROUP_4, GROUP_5, GROUP_6, GROUP_7, GROUP_7_c0, GROUP_8, GROUP_9,
	GROUP_11_c6, GROUP_11_c7, GROUP_12, GROUP_12_66, GROUP_13, GROUP_13_66, GROUP_14, GROUP_14_66,
	GROUP_15, GROUP_15_c0, GROUP_16, GROUP_X87,
	GROUP_COUNT,
};

/* The flag names of instructions.def. */
enum {
	R = INSN_READS,
	W = INSN_WRITES,
	RW = INSN_READS | INSN_WRITES,
	LOCK = INSN_LOCKABLE,
	BYTE = INSN_BYTE,
	END = INSN_ENDS_BLOCK,
	COND = INSN_CONDITION,
	STRING = INSN_STRING,
	COMPARE = INSN_STRING | INSN_STRING_COMPARE,
	ANY = INSN_UNALIGNED,
	MOD = INSN_BY_MOD,
};

/* CPUID.1:EDX bit numbers (SDM vol. 2, CPUID, table 3-11), plus one. */
enum { FEATURE_NONE = 0, FEATURE_TSC = 5, FEATURE_MSR = 6, FEATURE_CX8 = 9, FEATURE_SEP = 12, FEATURE_CMOV = 16,
       FEATURE_CLFSH = 20, FEATURE_MMX = 24, FEATURE_FXSR = 25, FEATURE_SSE = 26, FEATURE_SSE2 = 27,
       FEATURE_HINTS = INSN_HINT };

#define ROW(name, a, b, c, class, flags, cost, function, feature)                                  \
	{ name, perform_##function, { OP_##a, OP_##b, OP_##c }, CLASS_##class, flags, COST_##cost,  \
	  GROUP_NONE, feature, 0 }
#define GROUP_ROW(number) { "", NULL, { 0, 0, 0 }, 0, INSN_GROUP, 0, GROUP_##number, 0, 0 }
#define EIGHT(opcode, ...)                                                                         \
	[opcode] = ROW(__VA_ARGS__, 0), [opcode + 1] = ROW(__VA_ARGS__, 0),                         \
	[opcode + 2] = ROW(__VA_ARGS__, 0), [opcode + 3] = ROW(__VA_ARGS__, 0),                     \
	[opcode + 4] = ROW(__VA_ARGS__, 0), [opcode + 5] = ROW(__VA_ARGS__, 0),                     \
	[opcode + 6] = ROW(__VA_ARGS__, 0), [opcode + 7] = ROW(__VA_ARGS__, 0),

#define X87_ROW_EIGHT(opcode, modrm, ...)                                                          \
	[(opcode) & 7][(modrm) & 63] = ROW(__VA_ARGS__),                                            \
	[(opcode) & 7][((modrm) & 63) + 1] = ROW(__VA_ARGS__),                                      \
	[(opcode) & 7][((modrm) & 63) + 2] = ROW(__VA_ARGS__),                                      \
	[(opcode) & 7][((modrm) & 63) + 3] = ROW(__VA_ARGS__),                                      \
	[(opcode) & 7][((modrm) & 63) + 4] = ROW(__VA_ARGS__),                                      \
	[(opcode) & 7][((modrm) & 63) + 5] = ROW(__VA_ARGS__),                                      \
	[(opcode) & 7][((modrm) & 63) + 6] = ROW(__VA_ARGS__),                                      \
	[(opcode) & 7][((modrm) & 63) + 7] = ROW(__VA_ARGS__),

/* Each table takes its own kinds of line from the list and skips the others. */
static const struct instruction one_byte[256] = {
#define ONE(opcode, ...) [opcode] = ROW(__VA_ARGS__, 0),
#define ONE8(opcode, ...) EIGHT(opcode, __VA_ARGS__)
#define ONE_GROUP(opcode, group) [opcode] = GROUP_ROW(group),
#define ONE_X87(opcode) [opcode] = GROUP_ROW(X87),
#define TWO(...)
#define TWO8(...)
#define TWO_GROUP(...)
#define TWO_FEATURE(...)
#define GROUP(...)
#define GROUP_FEATURE(...)
#define X87(...)
#define X87_ONE(...)
#define X87_EIGHT(...)
#define X87_EIGHT_FEATURE(...)
#include "cpu/instructions.def"
#undef ONE
#undef ONE8
#undef ONE_GROUP
#undef ONE_X87
#undef TWO
#undef TWO8
#undef TWO_GROUP
#undef TWO_FEATURE
};

#define ONE(...)
#define ONE8(...)
#define ONE_GROUP(...)
#define ONE_X87(...)

static const struct instruction two_byte[256] = {
#define TWO(opcode, ...) [opcode] = ROW(__VA_ARGS__, 0),
#define TWO8(opcode, ...) EIGHT(opcode, __VA_ARGS__)
#define TWO_GROUP(opcode, group) [opcode] = GROUP_ROW(group),
#define TWO_FEATURE(opcode, name, a, b, c, class, flags, cost, function, feature)                  \
	[opcode] = ROW(name, a, b, c, class, flags, cost, function, FEATURE_##feature),
#include "cpu/instructions.def"
#undef TWO
#undef TWO8
#undef TWO_GROUP
#undef TWO_FEATURE
#undef GROUP
#undef GROUP_FEATURE
};

#define TWO(...)
#define TWO8(...)
#define TWO_GROUP(...)
#define TWO_FEATURE(...)

/* The 0F map again, by mandatory prefix: where two_byte has no row. */
enum { PREFIX_NP, PREFIX_66, PREFIX_F3, PREFIX_F2, PREFIX_COUNT };
enum { BYTE_NP = 0, BYTE_66 = 0x66, BYTE_F3 = 0xf3, BYTE_F2 = 0xf2 };

#define SIMD_ROW(prefix, name, a, b, c, flags, cost, function, feature)                             \
	{ name, perform_##function, { OP_##a, OP_##b, OP_##c }, CLASS_INNOCUOUS, flags, COST_##cost, \
	  GROUP_NONE, FEATURE_##feature, BYTE_##prefix }
#define BOTH(opcode, name, flags, cost, function, feature)                                         \
	SIMD(NP, opcode, name, Pq, Qq, NONE, flags, cost, function, feature)                        \
	SIMD(66, opcode, name, Vdq, Wdq, NONE, flags, cost, function, SSE2)
#define FOUR(opcode, name, flags, cost, function)                                                  \
	SIMD(NP, opcode, name "ps", Vdq, Wdq, NONE, flags, cost, function##ps, SSE)                 \
	SIMD(66, opcode, name "pd", Vdq, Wdq, NONE, flags, cost, function##pd, SSE2)                \
	SIMD(F3, opcode, name "ss", Vdq, Wd, NONE, flags, cost, function##ss, SSE)                  \
	SIMD(F2, opcode, name "sd", Vdq, Wq, NONE, flags, cost, function##sd, SSE2)
#define SINGLES(opcode, name, flags, cost, function)                                               \
	SIMD(NP, opcode, name "ps", Vdq, Wdq, NONE, flags, cost, function##ps, SSE)                 \
	SIMD(F3, opcode, name "ss", Vdq, Wd, NONE, flags, cost, function##ss, SSE)

static const struct instruction simd[PREFIX_COUNT][256] = {
#define SIMD(prefix, opcode, ...) [PREFIX_##prefix][opcode] = SIMD_ROW(prefix, __VA_ARGS__),
#define SIMD_GROUP(prefix, opcode, group) [PREFIX_##prefix][opcode] = GROUP_ROW(group),
#define SIMD_REGISTER(...)
#define SIMD_IN(...)
#include "cpu/instructions_simd.def"
#undef SIMD
#undef SIMD_GROUP
#undef SIMD_REGISTER
#undef SIMD_IN
};

/* Instead of rows that are INSN_BY_MOD, where mod is 11B. */
static const struct register_row {
	uint8_t opcode;
	struct instruction row;
} register_rows[] = {
#define SIMD(...)
#define SIMD_GROUP(...)
#define SIMD_REGISTER(prefix, opcode, ...) { opcode, SIMD_ROW(prefix, __VA_ARGS__) },
#define SIMD_IN(...)
#include "cpu/instructions_simd.def"
#undef SIMD_REGISTER
#undef SIMD_IN
};

enum { REGISTER_ROWS = sizeof register_rows / sizeof *register_rows };

static const struct instruction groups[GROUP_COUNT][8] = {
#define GROUP(group, reg, ...) [GROUP_##group][reg] = ROW(__VA_ARGS__, 0),
#define GROUP_FEATURE(group, reg, name, a, b, c, class, flags, cost, function, feature)            \
	[GROUP_##group][reg] = ROW(name, a, b, c, class, flags, cost, function, FEATURE_##feature),
#include "cpu/instructions.def"
#define SIMD_REGISTER(...)
#define SIMD_IN(group, reg, prefix, ...) [GROUP_##group][reg] = SIMD_ROW(prefix, __VA_ARGS__),
#include "cpu/instructions_simd.def"
};
#undef GROUP
#undef GROUP_FEATURE
#undef X87

#define GROUP(...)
#define GROUP_FEATURE(...)

/* By the opcode's low three bits, and ModRM reg. */
static const struct instruction x87_memory[8][8] = {
#define X87(opcode, reg, ...) [(opcode) & 7][reg] = ROW(__VA_ARGS__, 0),
#include "cpu/instructions.def"
#undef X87
#undef X87_ONE
#undef X87_EIGHT
#undef X87_EIGHT_FEATURE
};

#define X87(...)

/* By the opcode's low three bits, and the low six of ModRM. */
static const struct instruction x87_register[8][64] = {
#define X87_ONE(opcode, modrm, ...) [(opcode) & 7][(modrm) & 63] = ROW(__VA_ARGS__, 0),
#define X87_EIGHT(opcode, modrm, ...) X87_ROW_EIGHT(opcode, modrm, __VA_ARGS__, 0)
#define X87_EIGHT_FEATURE(opcode, modrm, name, a, b, c, class, flags, cost, function, feature)     \
	X87_ROW_EIGHT(opcode, modrm, name, a, b, c, class, flags, cost, function, FEATURE_##feature)
#include "cpu/instructions.def"
};

const struct instruction insn_undefined = {
	.mnemonic = "(undefined)", .perform = perform_undefined, .flags = INSN_ENDS_BLOCK,
};

static const struct instruction x87_undefined = {
	.mnemonic = "(undefined)", .perform = perform_float_undefined, .flags = INSN_ENDS_BLOCK,
};

/* ---- taking bytes ---- */

struct cursor {
	const uint8_t *bytes;
	size_t size;
	unsigned position;
	int trouble; /* 1: not enough bytes; -1: longer than an instruction may be; 0: fine so far */
};

static uint32_t take(struct cursor *cursor, unsigned count)
{
	uint32_t value = 0;

	if (cursor->trouble)
		return 0;
	if (cursor->position + count > INSN_MAX_LENGTH)
		cursor->trouble = -1;
	else if (cursor->position + count > cursor->size)
		cursor->trouble = 1;
	if (cursor->trouble)
		return 0;
	for (unsigned i = 0; i < count; i++)
		value |= (uint32_t)cursor->bytes[cursor->position + i] << 8 * i;
	cursor->position += count;
	return value;
}

static uint32_t take_signed(struct cursor *cursor, unsigned count)
{
	uint32_t value = take(cursor, count);

	if (count == 1)
		return (uint32_t)(int32_t)(int8_t)value;
	if (count == 2)
		return (uint32_t)(int32_t)(int16_t)value;
	return value;
}

/* ---- prefixes ---- */

struct prefixes {
	bool operand_size, address_size;
	bool has_segment;
	bool undefined; /* before this opcode */
	uint8_t segment;
};

static int segment_prefix(uint8_t byte)
{
	switch (byte) {
	case 0x26: return ES;
	case 0x2e: return CS;
	case 0x36: return SS;
	case 0x3e: return DS;
	case 0x64: return FS;
	case 0x65: return GS;
	default: return -1;
	}
}

static bool is_prefix(struct insn *insn, struct prefixes *prefixes, uint8_t byte)
{
	int segment = segment_prefix(byte);

	if (segment >= 0) {
		prefixes->has_segment = true;
		prefixes->segment = (uint8_t)segment;
		return true;
	}
	switch (byte) {
	case 0x66: prefixes->operand_size = true; return true;
	case 0x67: prefixes->address_size = true; return true;
	case 0xf0: insn->lock = true; return true;
	case 0xf2:
	case 0xf3: insn->repeat = byte; return true;
	default: return false;
	}
}

/* Takes prefixes in any order and number, and gives the byte after them. */
static uint8_t take_prefixes(struct cursor *cursor, struct insn *insn, struct prefixes *prefixes)
{
	uint8_t byte;

	do {
		byte = (uint8_t)take(cursor, 1);
	} while (!cursor->trouble && is_prefix(insn, prefixes, byte));
	return byte;
}

/* ---- ModRM and SIB (SDM vol. 2, tables 2-1 to 2-3) ---- */

static const struct {
	uint8_t base, index;
} addressing_16[8] = {
	{ EBX, ESI }, { EBX, EDI }, { EBP, ESI }, { EBP, EDI },
	{ ESI, NO_REGISTER }, { EDI, NO_REGISTER }, { EBP, NO_REGISTER }, { EBX, NO_REGISTER },
};

static void take_memory_16(struct cursor *cursor, struct insn *insn, unsigned mod, unsigned rm)
{
	insn->base = addressing_16[rm].base;
	insn->index = addressing_16[rm].index;
	if (mod == 0 && rm == 6) {
		insn->base = NO_REGISTER;
		mod = 2;
	}
	if (mod)
		insn->displacement = take_signed(cursor, mod);
}

static void take_sib(struct cursor *cursor, struct insn *insn)
{
	uint8_t sib = (uint8_t)take(cursor, 1);

	insn->base = sib & 7;
	if ((sib >> 3 & 7) == ESP) /* no index: the scale means nothing then */
		return;
	insn->index = sib >> 3 & 7;
	insn->scale = sib >> 6;
}

static void take_memory_32(struct cursor *cursor, struct insn *insn, unsigned mod, unsigned rm)
{
	insn->base = (uint8_t)rm;
	if (rm == ESP)
		take_sib(cursor, insn);
	if (mod == 0 && insn->base == EBP) {
		insn->base = NO_REGISTER;
		mod = 2;
	}
	if (mod)
		insn->displacement = take_signed(cursor, mod == 1 ? 1 : 4);
}

static void take_modrm(struct cursor *cursor, struct insn *insn, const struct prefixes *prefixes)
{
	unsigned mod, rm;

	insn->has_modrm = true;
	insn->modrm = (uint8_t)take(cursor, 1);
	insn->reg = insn->modrm >> 3 & 7;
	mod = insn->modrm >> 6;
	rm = insn->modrm & 7;
	/* MOV to and from control and debug registers take mod for 3, whatever it is. */
	if (mod == 3 || insn->row->operand[0] == OP_Rd || insn->row->operand[1] == OP_Rd) {
		insn->rm = (uint8_t)rm;
		return;
	}
	insn->memory = true;
	if (insn->address_mask == 0xffff)
		take_memory_16(cursor, insn, mod, rm);
	else
		take_memory_32(cursor, insn, mod, rm);
	if (!prefixes->has_segment && (insn->base == EBP || insn->base == ESP))
		insn->segment = SS;
}

/* ---- operands ---- */

static bool kind_in_modrm(enum operand_kind kind)
{
	return kind >= OP_Eb && kind <= OP_Dd;
}

static bool needs_modrm(const struct instruction *row)
{
	return kind_in_modrm((enum operand_kind)row->operand[0]) ||
	       kind_in_modrm((enum operand_kind)row->operand[1]);
}

/* Immediates wider than a byte follow the operand size; addresses follow the address size. */
static void take_operand(struct cursor *cursor, struct insn *insn, enum operand_kind kind)
{
	unsigned operand_size = insn->operand_size;
	unsigned address_size = insn->address_mask == 0xffff ? 2 : 4;

	switch (kind) {
	case OP_Ib:
		if (insn->row->operand[0] == OP_Iw) /* ENTER's second immediate */
			insn->selector = (uint16_t)take(cursor, 1);
		else
			insn->immediate = take(cursor, 1);
		break;
	case OP_Ibs:
	case OP_Jb: insn->immediate = take_signed(cursor, 1); break;
	case OP_Iw: insn->immediate = take(cursor, 2); break;
	case OP_Iz:
	case OP_Iv: insn->immediate = take(cursor, operand_size); break;
	case OP_Jz: insn->immediate = take_signed(cursor, operand_size); break;
	case OP_Ap:
		insn->immediate = take(cursor, operand_size);
		insn->selector = (uint16_t)take(cursor, 2);
		break;
	case OP_Ob:
	case OP_Ov: insn->displacement = take(cursor, address_size); break;
	case OP_Zb:
	case OP_Zv: insn->reg = insn->opcode & 7; break;
	default: break;
	}
}

/* ---- forms that the manual forbids ---- */

static bool register_allowed(const struct insn *insn, enum operand_kind kind, bool written)
{
	switch (kind) {
	case OP_M:
	case OP_Ma:
	case OP_Mp:
	case OP_Mq:
	case OP_Ms:
	case OP_Md:
	case OP_Mdq: return insn->memory;
	case OP_Nq:
	case OP_Udq: return !insn->memory;
	case OP_Sw: return insn->reg <= GS && !(written && insn->reg == CS);
	case OP_Cd: return insn->reg == 0 || (insn->reg >= 2 && insn->reg <= 4);
	default: return true;
	}
}

static bool form_allowed(const struct insn *insn)
{
	const struct instruction *row = insn->row;

	if (insn->lock && !(row->flags & INSN_LOCKABLE && insn->memory))
		return false;
	for (unsigned n = 0; n < 3; n++) {
		bool written = n == 0 && row->flags & INSN_WRITES;
		if (!register_allowed(insn, (enum operand_kind)row->operand[n], written))
			return false;
	}
	return true;
}

/* ---- the whole ---- */

static bool is_row(const struct instruction *row)
{
	return row->perform || row->flags & INSN_GROUP;
}

/* F3 and F2 before 66, the last of the two if there are both (SDM vol. 2, 2.1.2 leaves it open; processors agree). What
 * is undefined with one prefix is as long as with another one: it is fetched before it raises #UD. */
static const struct instruction *simd_row(const struct insn *insn, struct prefixes *prefixes)
{
	unsigned prefix = insn->repeat == REPEAT_E ? PREFIX_F3 : insn->repeat == REPEAT_NE ? PREFIX_F2
	                                               : prefixes->operand_size            ? PREFIX_66
	                                                                                   : PREFIX_NP;

	prefixes->undefined = !is_row(&simd[prefix][insn->opcode]);
	for (unsigned n = 0; n < PREFIX_COUNT && !is_row(&simd[prefix][insn->opcode]); n++)
		prefix = n;
	return &simd[prefix][insn->opcode];
}

static const struct instruction *take_opcode(struct cursor *cursor, struct insn *insn, struct prefixes *prefixes,
                                             uint8_t first)
{
	insn->opcode = first;
	if (first != 0x0f)
		return &one_byte[first];
	insn->two_byte = true;
	insn->opcode = (uint8_t)take(cursor, 1);
	return is_row(&two_byte[insn->opcode]) ? &two_byte[insn->opcode] : simd_row(insn, prefixes);
}

/* The same place's instruction for a register, by the ModRM byte that is still to be taken. */
static const struct instruction *register_row(const struct cursor *cursor, const struct insn *insn)
{
	struct cursor ahead = *cursor;
	unsigned n = 0;

	if (take(&ahead, 1) < 0xc0)
		return insn->row;
	while (n < REGISTER_ROWS && register_rows[n].opcode != insn->opcode)
		n++;
	return n < REGISTER_ROWS ? &register_rows[n].row : insn->row;
}

static const struct instruction *x87_row(unsigned opcode, unsigned modrm)
{
	const struct instruction *row =
		modrm >= 0xc0 ? &x87_register[opcode & 7][modrm & 63] : &x87_memory[opcode & 7][modrm >> 3 & 7];

	return row->perform ? row : &x87_undefined;
}

/* The group's row, by the ModRM byte that is still to be taken. `prefixed`: by 66, F2 or F3, which belong to the opcode
 * where a group's register forms are instructions of their own. */
static const struct instruction *group_row(const struct cursor *cursor, const struct insn *insn, bool prefixed)
{
	const struct instruction *row = insn->row;
	struct cursor ahead = *cursor;
	uint8_t modrm = (uint8_t)take(&ahead, 1);

	if (row->group == GROUP_X87)
		return x87_row(insn->opcode, modrm);
	if (row->group == GROUP_7 && modrm >> 3 == 0xc0 >> 3 && !prefixed)
		return &groups[GROUP_7_c0][modrm & 7];
	if (row->group == GROUP_15 && modrm >= 0xc0)
		return &groups[GROUP_15_c0][modrm >> 3 & 7];
	return &groups[row->group][modrm >> 3 & 7];
}

static void take_instruction(struct cursor *cursor, struct insn *insn, bool big)
{
	struct prefixes prefixes = { 0 };
	uint8_t first = take_prefixes(cursor, insn, &prefixes);
	bool group;

	insn->row = take_opcode(cursor, insn, &prefixes, first);
	group = insn->row->flags & INSN_GROUP;
	if (group)
		insn->row = group_row(cursor, insn, prefixes.operand_size || insn->repeat);
	if (insn->row->flags & INSN_BY_MOD)
		insn->row = register_row(cursor, insn);
	if (!insn->row->perform)
		insn->row = &insn_undefined;
	if (insn->row->flags & INSN_BYTE)
		insn->operand_size = 1;
	else
		insn->operand_size = big != prefixes.operand_size ? 4 : 2;
	insn->address_mask = big != prefixes.address_size ? 0xffffffffu : 0xffff;
	insn->base = insn->index = NO_REGISTER;
	insn->segment = prefixes.has_segment ? prefixes.segment : DS;
	if (needs_modrm(insn->row) || group)
		take_modrm(cursor, insn, &prefixes);
	for (unsigned n = 0; n < 3; n++)
		take_operand(cursor, insn, (enum operand_kind)insn->row->operand[n]);
	if (prefixes.undefined || !form_allowed(insn))
		insn->row = &insn_undefined;
}

int insn_decode(struct insn *insn, const uint8_t *bytes, size_t size, bool big)
{
	struct cursor cursor = { .bytes = bytes, .size = size };

	memset(insn, 0, sizeof *insn);
	take_instruction(&cursor, insn, big);
	if (cursor.trouble)
		return cursor.trouble < 0 ? -1 : 0;
	insn->length = (uint8_t)cursor.position;
	return insn->length;
}

/* ---- walking over the table ---- */

/* Of eight rows with registers that are alike, one. */
static void visit_x87(insn_visit *visit, void *owner, unsigned opcode)
{
	const struct instruction *before = NULL;

	for (int reg = 0; reg < 8; reg++)
		if (x87_memory[opcode & 7][reg].perform)
			visit(owner, &x87_memory[opcode & 7][reg], false, (uint8_t)opcode, reg);
	for (unsigned modrm = 0xc0; modrm < 0x100; modrm++) {
		const struct instruction *row = &x87_register[opcode & 7][modrm & 63];

		if (row->perform && (!before || strcmp(before->mnemonic, row->mnemonic) != 0 || !(modrm & 7)))
			visit(owner, row, false, (uint8_t)opcode, (int)modrm);
		before = row->perform ? row : NULL;
	}
}

static void visit_group(insn_visit *visit, void *owner, unsigned group, bool two, unsigned opcode)
{
	for (int reg = 0; reg < 8; reg++) {
		if (groups[group][reg].perform)
			visit(owner, &groups[group][reg], two, (uint8_t)opcode, reg);
	}
}

static void visit_row(insn_visit *visit, void *owner, const struct instruction *row, bool two,
                      unsigned opcode)
{
	if (row->perform)
		visit(owner, row, two, (uint8_t)opcode, -1);
	if (row->group == GROUP_X87)
		visit_x87(visit, owner, opcode);
	else if (row->flags & INSN_GROUP)
		visit_group(visit, owner, row->group, two, opcode);
	if (row->group == GROUP_15)
		visit_group(visit, owner, GROUP_15_c0, two, opcode);
}

void insn_for_each(insn_visit *visit, void *owner)
{
	for (unsigned opcode = 0; opcode < 256; opcode++)
		visit_row(visit, owner, &one_byte[opcode], false, opcode);
	for (unsigned opcode = 0; opcode < 256; opcode++)
		visit_row(visit, owner, &two_byte[opcode], true, opcode);
	for (unsigned opcode = 0; opcode < 256; opcode++)
		for (unsigned prefix = 0; prefix < PREFIX_COUNT; prefix++)
			visit_row(visit, owner, &simd[prefix][opcode], true, opcode);
	for (unsigned n = 0; n < REGISTER_ROWS; n++)
		visit(owner, &register_rows[n].row, true, register_rows[n].opcode, -1);
}

const char *insn_class_name(enum insn_class insn_class)
{
	static const char *const names[] = { "innocuous", "privileged", "sensitive" };

	return names[insn_class];
}

const char *insn_class_mark(enum insn_class insn_class)
{
	static const char *const marks[] = { ".", "P", "S!" };

	return marks[insn_class];
}
