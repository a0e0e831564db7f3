/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/assembler.c - see assembler.h. Intel SDM volume 2, tables 2-1 to 2-3 (ModRM and SIB).
 */
#include "bt/assembler.h"

#include <string.h>

enum { PREFIX_ADDRESS_SIZE = 0x67, PREFIX_GS = 0x65 };

void emit_byte(struct assembler *to, uint8_t byte)
{
	if (to->size < to->room)
		to->code[to->size] = byte;
	to->size++;
}

void emit_bytes(struct assembler *to, const uint8_t *bytes, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		emit_byte(to, bytes[i]);
}

void emit_long(struct assembler *to, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		emit_byte(to, (uint8_t)(value >> 8 * i));
}

void emit_virtual(struct assembler *to, uint8_t opcode, unsigned reg, uint32_t offset)
{
	EMIT(to, PREFIX_GS, opcode, (uint8_t)(reg << 3 | 5));
	emit_long(to, offset);
}

void emit_virtual_byte(struct assembler *to, unsigned reg, uint32_t offset)
{
	EMIT(to, PREFIX_GS, 0x0f, 0xb6, (uint8_t)(reg << 3 | 5));
	emit_long(to, offset);
}

void emit_set_virtual(struct assembler *to, uint32_t offset, uint32_t value)
{
	emit_virtual(to, 0xc7, 0, offset);
	emit_long(to, value);
}

/* ---- memory operands ---- */

void emit_prefixes(struct assembler *to, const struct insn *insn)
{
	static const uint8_t override[] = {[ES] = 0x26, [CS] = 0x2e, [SS] = 0x36, [DS] = 0x3e, [FS] = 0x64, [GS] = 0x65};
	uint8_t usual = insn->base == EBP || insn->base == ESP ? SS : DS;

	if (insn->segment != usual)
		emit_byte(to, override[insn->segment]);
	if (insn->address_mask == 0xffff)
		emit_byte(to, PREFIX_ADDRESS_SIZE);
}

/* The eight ways of 16-bit addressing, by base and index. */
static uint8_t rm_16(const struct insn *insn)
{
	switch (insn->base) {
	case EBX: return insn->index == ESI ? 0 : insn->index == EDI ? 1 : 7;
	case EBP: return insn->index == ESI ? 2 : insn->index == EDI ? 3 : 6;
	case ESI: return 4;
	default: return 5; /* EDI */
	}
}

static void emit_memory_16(struct assembler *to, const struct insn *insn, unsigned reg, uint32_t displacement)
{
	if (insn->base == NO_REGISTER)
		emit_byte(to, (uint8_t)(reg << 3 | 6));
	else
		emit_byte(to, (uint8_t)(0x80 | reg << 3 | rm_16(insn)));
	EMIT(to, (uint8_t)displacement, (uint8_t)(displacement >> 8));
}

static void emit_modrm(struct assembler *to, const struct insn *insn, unsigned mod, unsigned reg)
{
	unsigned base = insn->base == NO_REGISTER ? EBP : insn->base;

	if (insn->index == NO_REGISTER && base != ESP) {
		emit_byte(to, (uint8_t)(mod << 6 | reg << 3 | base));
		return;
	}
	EMIT(to, (uint8_t)(mod << 6 | reg << 3 | ESP),
	     (uint8_t)(insn->scale << 6 | (insn->index == NO_REGISTER ? ESP : insn->index) << 3 | base));
}

/* The shortest form that says it. */
void emit_memory(struct assembler *to, const struct insn *insn, unsigned reg, uint32_t further)
{
	uint32_t displacement = insn->displacement + further;

	if (insn->address_mask == 0xffff) {
		emit_memory_16(to, insn, reg, displacement);
	} else if (insn->base == NO_REGISTER) {
		emit_modrm(to, insn, 0, reg);
		emit_long(to, displacement);
	} else if (displacement == 0 && insn->base != EBP) {
		emit_modrm(to, insn, 0, reg);
	} else if (displacement == (uint32_t)(int8_t)displacement) {
		emit_modrm(to, insn, 1, reg);
		emit_byte(to, (uint8_t)displacement);
	} else {
		emit_modrm(to, insn, 2, reg);
		emit_long(to, displacement);
	}
}

/* ---- jumps ---- */

void set_displacement(struct assembler *to, uint32_t place, uint32_t address)
{
	uint32_t displacement = address - (to->address + place + 4);

	if (place + 4 <= to->room)
		memcpy(to->code + place, &displacement, 4);
}

uint32_t emit_jump(struct assembler *to, uint32_t address)
{
	uint32_t place = to->size + 1;

	emit_byte(to, 0xe9);
	emit_long(to, 0);
	set_displacement(to, place, address);
	return place;
}

uint32_t emit_short(struct assembler *to, uint8_t opcode)
{
	EMIT(to, opcode, 0);
	return to->size - 1;
}

void emit_here(struct assembler *to, uint32_t place)
{
	if (place < to->room)
		to->code[place] = (uint8_t)(to->size - (place + 1));
}
