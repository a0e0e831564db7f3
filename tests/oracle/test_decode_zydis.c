/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/test_decode_zydis.c - the decoder against Zydis: length, mnemonic, operands, validity.
 * All opcodes with all ModRM bytes under the prefixes that matter, all SIB bytes, then random bytes.
 * Where the two differ on purpose is listed in `exceptions`.
 */
#include "cpu/insn.h"
#include "cpu/state.h"
#include "tests/harness.h"

#include <Zydis/Zydis.h>
#include <stdio.h>
#include <string.h>

enum { BYTES = 16, REPORTED = 20 };

struct comparison {
	ZydisDecoder decoder[2]; /* [big] */
	uint64_t compared, defined, different;
};

struct decoded {
	ZyanStatus status;
	ZydisDecodedInstruction instruction;
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
};

/* ---- what differs on purpose ---- */

/* Instruction sets that the processor has. What Zydis finds in other sets
 * must be undefined here. */
static bool known_set(const struct decoded *zydis)
{
	switch (zydis->instruction.meta.isa_set) {
	case ZYDIS_ISA_SET_I86:
	case ZYDIS_ISA_SET_I186:
	case ZYDIS_ISA_SET_I286PROTECTED:
	case ZYDIS_ISA_SET_I286REAL:
	case ZYDIS_ISA_SET_I386:
	case ZYDIS_ISA_SET_I486:
	case ZYDIS_ISA_SET_I486REAL:
	case ZYDIS_ISA_SET_PENTIUMREAL:
	case ZYDIS_ISA_SET_PPRO:
	case ZYDIS_ISA_SET_CMOV:
	case ZYDIS_ISA_SET_FAT_NOP:
	case ZYDIS_ISA_SET_RDPMC:
	case ZYDIS_ISA_SET_LAHF:
	case ZYDIS_ISA_SET_PAUSE:
	case ZYDIS_ISA_SET_SSE_PREFETCH:
	case ZYDIS_ISA_SET_FCMOV:
	case ZYDIS_ISA_SET_FXSAVE:
	case ZYDIS_ISA_SET_PENTIUMMMX:
	case ZYDIS_ISA_SET_SSE:
	case ZYDIS_ISA_SET_SSEMXCSR:
	case ZYDIS_ISA_SET_SSE2:
	case ZYDIS_ISA_SET_SSE2MMX:
	case ZYDIS_ISA_SET_CLFSH:
	case ZYDIS_ISA_SET_X87: return true;
	case ZYDIS_ISA_SET_VTX: return zydis->instruction.mnemonic == ZYDIS_MNEMONIC_VMCALL;
	default: return false;
	}
}

/* Opcodes where one side is right for its processor and the other for its own. */
static const struct {
	bool two_byte;
	uint8_t first, last;
	bool ours; /* defined here, not by Zydis; else the other way round */
	const char *why;
} exceptions[] = {
	{ false, 0xd8, 0xdf, true, "x87: its unknown escapes are instructions that raise #UD when there is an x87" },
};

static bool excepted(const struct insn *insn, bool ours)
{
	for (size_t i = 0; i < sizeof exceptions / sizeof exceptions[0]; i++) {
		if (exceptions[i].two_byte == insn->two_byte && exceptions[i].ours == ours &&
		    insn->opcode >= exceptions[i].first && insn->opcode <= exceptions[i].last)
			return true;
	}
	return false;
}

/* ---- names ---- */

/* Rows bear the 16-bit name; this is the other one. Or Zydis says it in another way. */
static const struct {
	const char *ours, *zydis;
	bool wide; /* only with 32-bit operands (jcxz: addresses) */
} names[] = {
	{ "cbw", "cwde", true },     { "cwd", "cdq", true },     { "pusha", "pushad", true },
	{ "popa", "popad", true },   { "pushf", "pushfd", true }, { "popf", "popfd", true },
	{ "iret", "iretd", true },   { "insw", "insd", true },   { "outsw", "outsd", true },
	{ "movsw", "movsd", true },  { "cmpsw", "cmpsd", true }, { "stosw", "stosd", true },
	{ "lodsw", "lodsd", true },  { "scasw", "scasd", true }, { "jcxz", "jecxz", true },
	{ "wait", "fwait", false },
};

static bool is_prefetch(const struct insn *insn)
{
	return strncmp(insn->row->mnemonic, "prefetch", 8) == 0;
}

static bool same_mnemonic(const struct insn *insn, const char *zydis)
{
	const char *ours = insn->row->mnemonic;
	bool wide = strcmp(ours, "jcxz") ? insn->operand_size == 4 : insn->address_mask != 0xffff;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(ours, names[i].ours) == 0 && (wide || !names[i].wide))
			return strcmp(zydis, names[i].zydis) == 0;
	}
	if (strcmp(zydis, "pause") == 0) /* F3 90: a NOP on processors before the Pentium 4 */
		return strcmp(ours, "nop") == 0;
	if (is_prefetch(insn) && !insn->memory)
		return strcmp(zydis, "nop") == 0;
	return strcmp(ours, zydis) == 0;
}

/* ---- operands ---- */

static ZydisRegister gpr(unsigned number, unsigned size)
{
	ZydisRegister first = size == 1 ? ZYDIS_REGISTER_AL : size == 2 ? ZYDIS_REGISTER_AX
	                                                                : ZYDIS_REGISTER_EAX;

	return number == NO_REGISTER ? ZYDIS_REGISTER_NONE : (ZydisRegister)(first + number);
}

static ZydisRegister segment_register(unsigned number)
{
	return (ZydisRegister)(ZYDIS_REGISTER_ES + number);
}

static bool is_register(const ZydisDecodedOperand *operand, ZydisRegister reg)
{
	return operand->type == ZYDIS_OPERAND_TYPE_REGISTER && operand->reg.value == reg;
}

static bool is_immediate(const ZydisDecodedOperand *operand, uint32_t value, unsigned size)
{
	uint32_t mask = size == 1 ? 0xff : size == 2 ? 0xffff : 0xffffffff;

	return operand->type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
	       (((uint32_t)operand->imm.value.u ^ value) & mask) == 0;
}

/* Base, index, scale, displacement, segment. `size`: bits, 0 when the row does not say. */
static bool is_memory(const struct insn *insn, const ZydisDecodedOperand *operand, unsigned size)
{
	unsigned width = insn->address_mask == 0xffff ? 2 : 4;
	unsigned scale = insn->index == NO_REGISTER ? 0 : 1u << insn->scale;

	bool any_segment = operand->mem.type == ZYDIS_MEMOP_TYPE_AGEN; /* LEA uses none */

	return operand->type == ZYDIS_OPERAND_TYPE_MEMORY &&
	       operand->mem.base == gpr(insn->base, width) &&
	       operand->mem.index == gpr(insn->index, width) && operand->mem.scale == scale &&
	       (((uint32_t)operand->mem.disp.value ^ insn->displacement) & insn->address_mask) == 0 &&
	       (any_segment || operand->mem.segment == segment_register(insn->segment)) &&
	       (!size || operand->size == size);
}

static bool is_rm(const struct insn *insn, const ZydisDecodedOperand *operand, unsigned register_size,
                  unsigned memory_size)
{
	if (insn->memory)
		return is_memory(insn, operand, memory_size * 8);
	return is_register(operand, gpr(insn->rm, register_size));
}

/* An MMX or XMM register, or memory of `bytes` (0: a register only). */
static bool is_simd_rm(const struct insn *insn, const ZydisDecodedOperand *operand, ZydisRegister first, unsigned bytes)
{
	if (insn->memory)
		return bytes && is_memory(insn, operand, bytes * 8);
	return is_register(operand, (ZydisRegister)(first + insn->rm));
}

static bool same_operand(const struct insn *insn, enum operand_kind kind,
                         const ZydisDecodedOperand *operand)
{
	unsigned size = insn->operand_size;

	switch (kind) {
	case OP_Eb: return is_rm(insn, operand, 1, 1);
	case OP_Ew: return is_rm(insn, operand, 2, 2);
	case OP_Ed: return is_rm(insn, operand, 4, 4);
	case OP_Ev: return is_rm(insn, operand, size, size);
	case OP_Gb: return is_register(operand, gpr(insn->reg, 1));
	case OP_Gw: return is_register(operand, gpr(insn->reg, 2));
	case OP_Gd: return is_register(operand, gpr(insn->reg, 4));
	case OP_Gv: return is_register(operand, gpr(insn->reg, size));
	case OP_M: return is_memory(insn, operand, 0);
	case OP_Ma: return is_memory(insn, operand, 2 * size * 8);
	case OP_Mp: return is_memory(insn, operand, (size + 2) * 8);
	case OP_Mq: return is_memory(insn, operand, 64);
	case OP_Ms: return is_memory(insn, operand, 48);
	case OP_Mw_Rv: return is_rm(insn, operand, size, 2);
	case OP_Rd: return is_register(operand, gpr(insn->rm, 4));
	case OP_Md: return is_memory(insn, operand, 32);
	case OP_Mdq: return is_memory(insn, operand, 128);
	case OP_Mw_Rd: return is_rm(insn, operand, 4, 2);
	case OP_Pq: return is_register(operand, (ZydisRegister)(ZYDIS_REGISTER_MM0 + insn->reg));
	case OP_Qd: return is_simd_rm(insn, operand, ZYDIS_REGISTER_MM0, 4);
	case OP_Qq: return is_simd_rm(insn, operand, ZYDIS_REGISTER_MM0, 8);
	case OP_Nq: return is_simd_rm(insn, operand, ZYDIS_REGISTER_MM0, 0);
	case OP_Vdq: return is_register(operand, (ZydisRegister)(ZYDIS_REGISTER_XMM0 + insn->reg));
	case OP_Wd: return is_simd_rm(insn, operand, ZYDIS_REGISTER_XMM0, 4);
	case OP_Wq: return is_simd_rm(insn, operand, ZYDIS_REGISTER_XMM0, 8);
	case OP_Wdq: return is_simd_rm(insn, operand, ZYDIS_REGISTER_XMM0, 16);
	case OP_Udq: return is_simd_rm(insn, operand, ZYDIS_REGISTER_XMM0, 0);
	case OP_Sw: return is_register(operand, segment_register(insn->reg));
	case OP_Cd: return is_register(operand, (ZydisRegister)(ZYDIS_REGISTER_CR0 + insn->reg));
	case OP_Dd: return is_register(operand, (ZydisRegister)(ZYDIS_REGISTER_DR0 + insn->reg));
	case OP_Ib:
		if (insn->row->operand[0] == OP_Iw)
			return is_immediate(operand, insn->selector, 1);
		return is_immediate(operand, insn->immediate, 1);
	case OP_Iw: return is_immediate(operand, insn->immediate, 2);
	case OP_Ibs:
	case OP_Iz:
	case OP_Iv: return is_immediate(operand, insn->immediate, size);
	case OP_Jb:
	case OP_Jz: return is_immediate(operand, insn->immediate, 4);
	case OP_Ap:
		return operand->type == ZYDIS_OPERAND_TYPE_POINTER &&
		       operand->ptr.offset == insn->immediate && operand->ptr.segment == insn->selector;
	case OP_Ob: return is_memory(insn, operand, 8);
	case OP_Ov: return is_memory(insn, operand, size * 8);
	case OP_Zb: return is_register(operand, gpr(insn->reg, 1));
	case OP_Zv: return is_register(operand, gpr(insn->reg, size));
	case OP_AL: return is_register(operand, ZYDIS_REGISTER_AL);
	case OP_CL: return is_register(operand, ZYDIS_REGISTER_CL);
	case OP_DX: return is_register(operand, ZYDIS_REGISTER_DX);
	case OP_rAX: return is_register(operand, gpr(EAX, size));
	case OP_ES:
	case OP_CS:
	case OP_SS:
	case OP_DS:
	case OP_FS:
	case OP_GS: return is_register(operand, segment_register(kind - OP_ES));
	case OP_1: return is_immediate(operand, 1, 1);
	default: return false;
	}
}

/* Strings' operands are not written out; what can be chosen is the source's segment. */
static bool same_string_segment(const struct insn *insn, const struct decoded *zydis)
{
	for (unsigned i = 0; i < zydis->instruction.operand_count; i++) {
		const ZydisDecodedOperand *operand = &zydis->operands[i];
		if (operand->type == ZYDIS_OPERAND_TYPE_MEMORY &&
		    ZydisRegisterGetId(operand->mem.base) == ESI &&
		    operand->mem.segment != segment_register(insn->segment))
			return false;
	}
	return true;
}

/* Rows of x87 instructions name no registers; one of those that Zydis shows is ModRM's, the other ST(0), or AX. */
static bool same_stack(const struct insn *insn, const struct decoded *zydis)
{
	bool found = false;

	for (unsigned i = 0; i < zydis->instruction.operand_count_visible; i++) {
		const ZydisDecodedOperand *operand = &zydis->operands[i];
		found |= is_register(operand, (ZydisRegister)(ZYDIS_REGISTER_ST0 + insn->rm)) ||
		         is_register(operand, ZYDIS_REGISTER_AX);
	}
	return found || zydis->instruction.operand_count_visible == 0;
}

static bool same_operands(const struct insn *insn, const struct decoded *zydis)
{
	unsigned visible = zydis->instruction.operand_count_visible, count = 0;

	if (insn->row->flags & INSN_STRING)
		return same_string_segment(insn, zydis);
	if (!insn->two_byte && insn->opcode >= 0xd8 && insn->opcode <= 0xdf && !insn->memory)
		return same_stack(insn, zydis);
	while (count < 3 && insn->row->operand[count] != OP_NONE)
		count++;
	if (count != visible)
		return false;
	for (unsigned n = 0; n < count; n++) {
		if (!same_operand(insn, (enum operand_kind)insn->row->operand[n], &zydis->operands[n]))
			return false;
	}
	return true;
}

/* ModRM that does nothing: Zydis shows more operands of the reserved hints than the manual, and
 * other sizes of UD0's and UD1's. */
static bool operands_are_length_only(const struct insn *insn)
{
	static const char *const such[] = { "nop", "ud0", "ud1" };

	if (is_prefetch(insn) && !insn->memory)
		return true;
	for (size_t i = 0; i < sizeof such / sizeof such[0]; i++) {
		if (insn->has_modrm && strcmp(insn->row->mnemonic, such[i]) == 0)
			return true;
	}
	return false;
}

/* ---- one instruction ---- */

static const char *difference(const struct insn *insn, int length, const struct decoded *zydis)
{
	bool undefined = length > 0 && strcmp(insn->row->mnemonic, "(undefined)") == 0;

	if (length == 0)
		return "incomplete here";
	if (!ZYAN_SUCCESS(zydis->status)) {
		if (undefined || length < 0 || excepted(insn, true))
			return NULL;
		return "undefined for Zydis only";
	}
	if (length < 0)
		return "too long here only";
	if (undefined)
		return known_set(zydis) && !excepted(insn, false) ? "undefined here only" : NULL;
	if (!known_set(zydis) && !excepted(insn, true))
		return "newer than the processor for Zydis, defined here";
	if (zydis->instruction.length != length)
		return "length";
	if (insn->operand_size != 1 && zydis->instruction.address_width !=
	                                       (insn->address_mask == 0xffff ? 16 : 32))
		return "address size";
	if (operands_are_length_only(insn))
		return NULL;
	if (!same_mnemonic(insn, ZydisMnemonicGetString(zydis->instruction.mnemonic)))
		return "mnemonic";
	return same_operands(insn, zydis) ? NULL : "operands";
}

static void report(const uint8_t *bytes, bool big, const struct insn *insn, int length,
                   const struct decoded *zydis, const char *what)
{
	ZydisFormatter formatter;
	char text[128] = "(bad)";

	ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL);
	if (ZYAN_SUCCESS(zydis->status))
		ZydisFormatterFormatInstruction(&formatter, &zydis->instruction, zydis->operands,
		                                zydis->instruction.operand_count_visible, text, sizeof text,
		                                0, NULL);
	printf("%s: %d-bit", what, big ? 32 : 16);
	for (int i = 0; i < BYTES; i++)
		printf(" %02x", bytes[i]);
	printf("; here %s, length %d; Zydis %s", length > 0 ? insn->row->mnemonic : "-", length, text);
	if (ZYAN_SUCCESS(zydis->status))
		printf(", length %d, set %s", zydis->instruction.length,
		       ZydisISASetGetString(zydis->instruction.meta.isa_set));
	printf("\n");
}

static void compare(struct comparison *comparison, const uint8_t *bytes, bool big)
{
	struct insn insn;
	struct decoded zydis;
	int length = insn_decode(&insn, bytes, BYTES, big);
	const char *what;

	zydis.status = ZydisDecoderDecodeFull(&comparison->decoder[big], bytes, BYTES,
	                                      &zydis.instruction, zydis.operands);
	what = difference(&insn, length, &zydis);
	comparison->compared++;
	comparison->defined += ZYAN_SUCCESS(zydis.status);
	if (!what)
		return;
	if (comparison->different++ < REPORTED)
		report(bytes, big, &insn, length, &zydis, what);
}

/* ---- the suites ---- */

static void start(struct comparison *comparison)
{
	static const ZydisDecoderMode newer[] = {
		ZYDIS_DECODER_MODE_MPX, ZYDIS_DECODER_MODE_CET, ZYDIS_DECODER_MODE_LZCNT,
		ZYDIS_DECODER_MODE_TZCNT, ZYDIS_DECODER_MODE_CLDEMOTE,
	};

	memset(comparison, 0, sizeof *comparison);
	for (int big = 0; big < 2; big++) {
		ZydisDecoder *decoder = &comparison->decoder[big];
		ZydisDecoderInit(decoder, big ? ZYDIS_MACHINE_MODE_LEGACY_32 : ZYDIS_MACHINE_MODE_LEGACY_16,
		                 big ? ZYDIS_STACK_WIDTH_32 : ZYDIS_STACK_WIDTH_16);
		for (size_t i = 0; i < sizeof newer / sizeof newer[0]; i++)
			ZydisDecoderEnableMode(decoder, newer[i], ZYAN_FALSE);
	}
}

static void finish(const struct comparison *comparison)
{
	printf("   %llu compared, %llu of them instructions, %llu different\n",
	       (unsigned long long)comparison->compared, (unsigned long long)comparison->defined,
	       (unsigned long long)comparison->different);
	CU_ASSERT_EQUAL(comparison->different, 0);
}

static void fill(uint8_t *bytes, unsigned from, uint64_t *random)
{
	uint64_t value[2] = { harness_random(random), harness_random(random) };

	memcpy(bytes + from, value, BYTES - from);
}

/* Prefixes that change something, alone and together. */
static const struct {
	uint8_t count, bytes[4];
} prefixes[] = {
	{ 0, { 0 } },          { 1, { 0x66 } },       { 1, { 0x67 } },       { 2, { 0x66, 0x67 } },
	{ 1, { 0xf0 } },       { 1, { 0xf2 } },       { 1, { 0xf3 } },       { 2, { 0xf2, 0x66 } },
	{ 2, { 0x67, 0xf3 } }, { 1, { 0x26 } },       { 1, { 0x2e } },       { 1, { 0x36 } },
	{ 1, { 0x3e } },       { 1, { 0x64 } },       { 1, { 0x65 } },       { 2, { 0x64, 0x36 } },
	{ 2, { 0xf0, 0x66 } }, { 4, { 0x66, 0x67, 0x66, 0x65 } },
};

static void compare_modrms(struct comparison *comparison, uint8_t *bytes, unsigned from, uint64_t *random)
{
	for (unsigned modrm = 0; modrm < 256; modrm++) {
		bytes[from] = (uint8_t)modrm;
		fill(bytes, from + 1, random);
		compare(comparison, bytes, false);
		compare(comparison, bytes, true);
	}
}

static void test_all_opcodes(void)
{
	struct comparison comparison;
	uint64_t random = 1;
	uint8_t bytes[BYTES];

	start(&comparison);
	for (size_t p = 0; p < sizeof prefixes / sizeof prefixes[0]; p++) {
		unsigned from = prefixes[p].count;
		memcpy(bytes, prefixes[p].bytes, from);
		for (unsigned opcode = 0; opcode < 512; opcode++) {
			bytes[from] = 0x0f;
			bytes[from + (opcode >> 8)] = (uint8_t)opcode;
			compare_modrms(&comparison, bytes, from + (opcode >> 8) + 1, &random);
		}
	}
	finish(&comparison);
}

static void test_all_sibs(void)
{
	struct comparison comparison;
	uint64_t random = 2;
	uint8_t bytes[BYTES] = { 0x67, 0x8b };

	start(&comparison);
	for (unsigned modrm = 0; modrm < 256; modrm++) {
		for (unsigned sib = 0; sib < 256; sib++) {
			bytes[2] = (uint8_t)modrm;
			bytes[3] = (uint8_t)sib;
			fill(bytes, 4, &random);
			compare(&comparison, bytes, false);
			compare(&comparison, bytes, true);
		}
	}
	finish(&comparison);
}

/* Up to fourteen prefixes before anything: where fifteen bytes end. */
static void add_prefixes(uint8_t *bytes, uint64_t *random)
{
	static const uint8_t all[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3 };
	uint64_t choice = harness_random(random);
	unsigned count = choice & 1 ? 0 : choice & 2 ? choice >> 8 & 3 : (choice >> 8) % 15;

	for (unsigned i = 0; i < count; i++)
		bytes[i] = all[harness_random(random) % sizeof all];
}

static void test_random_bytes(void)
{
	struct comparison comparison;
	uint64_t random = harness_seed(20261121), count = harness_count(2000000);
	uint8_t bytes[BYTES];

	start(&comparison);
	for (uint64_t i = 0; i < count; i++) {
		fill(bytes, 0, &random);
		add_prefixes(bytes, &random);
		compare(&comparison, bytes, i & 1);
	}
	finish(&comparison);
}

/* ---- without Zydis: the contract of insn_decode ---- */

/* Fewer bytes than the length: 0, whatever comes after; the whole: the same instruction. */
static void test_truncated(void)
{
	uint64_t random = harness_seed(7);
	unsigned wrong = 0;
	uint8_t bytes[BYTES];
	struct insn whole, part;

	for (unsigned i = 0; i < 100000; i++) {
		fill(bytes, 0, &random);
		add_prefixes(bytes, &random);
		int length = insn_decode(&whole, bytes, BYTES, i & 1);
		for (int size = 0; size < length; size++)
			wrong += insn_decode(&part, bytes, (size_t)size, i & 1) != 0;
		if (length > 0)
			wrong += insn_decode(&part, bytes, (size_t)length, i & 1) != length ||
			         memcmp(&whole, &part, sizeof whole) != 0;
	}
	CU_ASSERT_EQUAL(wrong, 0);
}

static void count_row(void *owner, const struct instruction *row, bool two_byte, uint8_t opcode, int reg)
{
	unsigned *rows = owner;

	CU_ASSERT_PTR_NOT_NULL(row->perform);
	CU_ASSERT(row->insn_class <= CLASS_SENSITIVE && row->cost < COST_COUNT);
	CU_ASSERT(reg < 8 || (reg >= 0xc0 && opcode >= 0xd8 && opcode <= 0xdf));
	CU_ASSERT(!row->prefix || two_byte);
	/* What shows or changes privileged state is reported with its exact EIP. */
	CU_ASSERT(row->insn_class == CLASS_INNOCUOUS || row->flags & INSN_ENDS_BLOCK);
	rows[two_byte]++;
}

static void test_rows(void)
{
	unsigned rows[2] = { 0, 0 };

	insn_for_each(count_row, rows);
	printf("   %u rows in the one-byte map, %u in the 0F map\n", rows[0], rows[1]);
	CU_ASSERT(rows[0] > 300 && rows[1] > 100);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{ "the table's rows keep their rules", test_rows },
		{ "truncated instructions ask for more", test_truncated },
		{ "all opcodes and ModRM bytes as Zydis", test_all_opcodes },
		{ "all SIB bytes as Zydis", test_all_sibs },
		{ "random bytes as Zydis", test_random_bytes },
		{ 0 },
	};

	return harness_main("decoder against Zydis", tests);
}
