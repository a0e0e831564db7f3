/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/disassemble.h - an instruction's text, for people. Zydis writes it (Intel syntax); what an
 * instruction means is decided by cpu/instructions.def alone.
 */
#ifndef RINGSIDE_CORE_DISASSEMBLE_H
#define RINGSIDE_CORE_DISASSEMBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Writes the text of the instruction at `bytes`, which stands at `address` (its linear address or EIP:
 * targets of relative jumps are counted from it). `big`: D bit of the code segment.
 * Gives its length in bytes; 0 when the bytes are no whole instruction, and the text then says so:
 * "(incomplete)" or "(bad)". The text is always terminated, and cut when `text_size` is too small.
 */
size_t disassemble(const uint8_t *bytes, size_t size, uint32_t address, bool big, char *text,
                   size_t text_size);

#endif
