/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/code_lines.h - the guest's memory as lines of code, from any address on and back from it, and what
 * binary translation has made of them.
 */
#ifndef RINGSIDE_VISUALIZER_SCREEN_CODE_LINES_H
#define RINGSIDE_VISUALIZER_SCREEN_CODE_LINES_H

#include "bt/unit.h"
#include "cpu/insn.h"
#include "visualizer/debugger/debugger.h"

/* How the guest's memory is read now: by its code segment, with EIP where an instruction begins whatever stands before. */
struct code {
	const struct debugger *debugger;
	bool big;       /* 32-bit code */
	uint32_t base;  /* of CS */
	uint32_t eip;   /* gla */
	uint32_t focus; /* gla of another line that begins where it does: the cursor's; else EIP */
};
struct code code_of(const struct debugger *debugger);

enum code_kind { CODE_INSTRUCTION, CODE_DATA, CODE_UNMAPPED };
enum { CODE_TEXT = 128 };

struct code_line {
	uint32_t address; /* gla */
	uint32_t size;    /* bytes up to the next line: at least 1 */
	enum code_kind kind;
	const char *label; /* of the symbol that begins here; NULL */
	uint8_t bytes[INSN_MAX_LENGTH];
	struct insn insn; /* of an instruction */
	char text[CODE_TEXT];
	bool branch; /* relative: */
	uint32_t target;
};

void code_read(const struct code *code, uint32_t address, struct code_line *line);
/* The address of the next line. */
uint32_t code_next(const struct code *code, uint32_t address);
/* The addresses of `count` lines before this one, in their order. Found forward from the nearest symbol, or from where
 * decoding has come into step with it; always `count`, for addresses wrap. Read with `focus` there, they lead to it. */
void code_before(const struct code *code, uint32_t address, uint32_t *list, unsigned count);

/* "jz boot+0x12" for a branch to a known place, commas without blanks, as far as it must be to fit `width`. */
void code_text(const struct code *code, const struct code_line *line, int width, char text[CODE_TEXT]);

/* ---- under bt ---- */

enum code_state { CODE_UNTRANSLATED, CODE_TRANSLATED, CODE_CHAINED, CODE_INVALIDATED };

/* The state of translation of instructions at `count` addresses. */
void code_states(const struct debugger *debugger, const uint32_t *address, uint8_t *state, unsigned count);
/* The unit that will run the instruction at this gla, or could; NULL: none (or another technique). */
const struct unit *code_unit(const struct debugger *debugger, uint32_t address);
/* Which record of the unit stands at this gla; -1: none. */
int code_record(const struct unit *unit, uint32_t address);

#endif
