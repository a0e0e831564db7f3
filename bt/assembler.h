/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/assembler.h - writing IA-32 machine code: bytes, forward jumps, and the few instruction forms that sequences
 * are made of. What no longer fits is counted and not written. (SDM vol. 2, chapter 2.)
 */
#ifndef RINGSIDE_BT_ASSEMBLER_H
#define RINGSIDE_BT_ASSEMBLER_H

#include "cpu/insn.h"
#include "cpu/state.h"

struct assembler {
	uint8_t *code;
	uint32_t room;
	uint32_t size;    /* so far, whether it fits or not */
	uint32_t address; /* that `code` will run at */
};

static inline bool assembler_fits(const struct assembler *to)
{
	return to->size <= to->room;
}

void emit_byte(struct assembler *to, uint8_t byte);
void emit_bytes(struct assembler *to, const uint8_t *bytes, unsigned count);
void emit_long(struct assembler *to, uint32_t value);
#define EMIT(to, ...) emit_bytes(to, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* `opcode`, ModRM with `reg`, and GS:[offset]: the virtual page. */
void emit_virtual(struct assembler *to, uint8_t opcode, unsigned reg, uint32_t offset);
/* MOVZX reg, BYTE GS:[offset] */
void emit_virtual_byte(struct assembler *to, unsigned reg, uint32_t offset);
/* MOV DWORD GS:[offset], value */
void emit_set_virtual(struct assembler *to, uint32_t offset, uint32_t value);

/* ModRM, SIB and displacement of an instruction's memory operand, `further` bytes on, with `reg` for the register;
 * emit_prefixes before the opcode: segment override and address size, as the operand needs them. */
void emit_prefixes(struct assembler *to, const struct insn *insn);
void emit_memory(struct assembler *to, const struct insn *insn, unsigned reg, uint32_t further);

/* JMP rel32 to a window address; gives the offset of its displacement. */
uint32_t emit_jump(struct assembler *to, uint32_t address);
/* A rel8 that is not known yet: after the opcode byte. Gives its place, for emit_here. */
uint32_t emit_short(struct assembler *to, uint8_t opcode);
void emit_here(struct assembler *to, uint32_t place);
/* Stores a 32-bit displacement at `place` so that it leads to the window address. */
void set_displacement(struct assembler *to, uint32_t place, uint32_t address);

#endif
