/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/classify_operands.h - for classify*.c: the operands that each row of the table is tried with.
 */
#ifndef RINGSIDE_TRAP_CLASSIFY_OPERANDS_H
#define RINGSIDE_TRAP_CLASSIFY_OPERANDS_H

#include "trap/classify_machine.h"

enum operands_layout {
	LAYOUT_VALUE,   /* `value` in ECX, in memory and on the stack */
	LAYOUT_POINTER, /* a far pointer with it: offset, then selector; on the stack a frame of RET */
	LAYOUT_FRAME,   /* the same; on the stack a frame of IRET, with `flags` */
};
/* Puts a value, or what has it for a selector, wherever an instruction may look. */
void operands_put(struct operands *operands, enum operands_layout layout, uint32_t value, uint32_t flags);

/* The sets of operands, the same for every row; false past the end. */
bool operands_at(unsigned index, const struct instruction *row, struct operands *operands);

/*
 * The forms of a row: register and memory, each segment, control and debug register. Writes the `form`th one's
 * bytes and gives their length; 0 past the end. ECX is the register operand, [EBX] the memory operand.
 */
unsigned operands_encode(const struct instruction *row, bool two_byte, uint8_t opcode, int reg, unsigned form,
                         const struct operands *operands, uint8_t *bytes);

#endif
