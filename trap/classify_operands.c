/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/classify_operands.c - operands for measuring: values that mean something to some instruction. They are
 * given to all of them, for what an instruction looks at is what is being asked.
 */
#include "trap/classify_operands.h"

#include <string.h>

/* ---- what is in registers, memory and on the stack ---- */

struct operand_row {
	const char *text;
	uint8_t layout; /* enum operands_layout */
	uint8_t byte;
	uint32_t value, eax, edx, flags;
};

#define SELECTOR(text, selector) {text, LAYOUT_VALUE, 0x80, selector, 1, 0x80, EFLAGS_FIXED}
#define POINTER(text, selector) {text, LAYOUT_POINTER, 0x80, selector, 1, 0x80, EFLAGS_FIXED}
#define FRAME(text, selector) {text, LAYOUT_FRAME, 0x80, selector, 1, 0x80, EFLAGS_FIXED | EFLAGS_IF}
#define BOTH(text, selector) SELECTOR(text, selector), POINTER("far pointer: " text, selector)
#define VALUE(text, value) {text, LAYOUT_VALUE, 0x80, value, 1, 0x80, EFLAGS_FIXED}

/*
 * MSRs are named by ECX, gates and ports by the immediate byte. The order matters for reading only: a number may
 * mean one thing as a selector and another one as flags, and the first that shows something is the witness.
 */
static const struct operand_row rows[] = {
	VALUE(NULL, 5),
	{"MSR: SYSENTER_CS", LAYOUT_VALUE, 0x80, 0x174, RING3_CODE, 0, EFLAGS_FIXED},

	BOTH("own code segment, RPL 0", OWN_CODE),
	BOTH("own code segment, RPL 1", OWN_CODE | 1),
	BOTH("own code segment, RPL 2", OWN_CODE | 2),
	BOTH("own code segment, RPL 3", OWN_CODE | 3),
	BOTH("own data segment, RPL 0", OWN_DATA),
	BOTH("own data segment, RPL 1", OWN_DATA | 1),
	BOTH("own data segment, RPL 2", OWN_DATA | 2),
	BOTH("own data segment, RPL 3", OWN_DATA | 3),
	BOTH("another code segment of ring 0", RING0_CODE),
	BOTH("another data segment of ring 0", RING0_DATA),
	BOTH("conforming code segment", CONFORMING_CODE),
	BOTH("code segment of ring 1", RING1_CODE | 1),
	BOTH("data segment of ring 1", RING1_DATA | 1),
	BOTH("code segment of ring 3", RING3_CODE | 3),
	BOTH("data segment of ring 3", RING3_DATA | 3),
	BOTH("call gate open to ring 3", GATE3 | 3),
	BOTH("call gate open to ring 0", GATE0),
	BOTH("LDT", GUEST_LDT),
	BOTH("free TSS", FREE_TSS),
	BOTH("selector beyond the table", 0x208),

	{"a frame of ring 3, IF set", LAYOUT_FRAME, 0x80, RING3_CODE | 3, 1, 0x80, EFLAGS_FIXED | EFLAGS_IF},
	{"a frame of ring 3, IF clear", LAYOUT_FRAME, 0x80, RING3_CODE | 3, 1, 0x80, EFLAGS_FIXED},
	{"a frame of ring 3, IOPL 3", LAYOUT_FRAME, 0x80, RING3_CODE | 3, 1, 0x80, EFLAGS_FIXED | EFLAGS_IOPL},
	FRAME("a frame of ring 1", RING1_CODE | 1),
	FRAME("a frame of own code segment, RPL 0", OWN_CODE),
	FRAME("a frame of own code segment, RPL 1", OWN_CODE | 1),
	FRAME("a frame of own code segment, RPL 2", OWN_CODE | 2),
	FRAME("a frame of own code segment, RPL 3", OWN_CODE | 3),

	{"performance counter 0", LAYOUT_VALUE, 0x80, 0, 0, 0, EFLAGS_FIXED},
	BOTH("null selector", 0),
	{"vector 21h, whose gate is for ring 0", LAYOUT_VALUE, 0x21, 1, 0, 0x21, EFLAGS_FIXED},
	{"MSR: TSC", LAYOUT_VALUE, 0x80, 0x10, 77, 0, EFLAGS_FIXED},
	VALUE("CR0 with PE and MP", CR0_PE | CR0_MP | CR0_ET),
	VALUE("CR0 with PE and TS", CR0_PE | CR0_TS | CR0_ET),
	VALUE("CR4 with PSE", CR4_PSE),
	VALUE("a page's address", 0xb000),

	VALUE("flags with IF set", EFLAGS_FIXED | EFLAGS_IF),
	VALUE("flags with IF clear", EFLAGS_FIXED),
	VALUE("flags with IOPL 3", EFLAGS_FIXED | EFLAGS_IF | EFLAGS_IOPL),
	VALUE("flags with all status bits", EFLAGS_FIXED | EFLAGS_STATUS | EFLAGS_DF),
};

enum { ROWS = sizeof rows / sizeof *rows };

static bool has_operand(const struct instruction *row, enum operand_kind kind)
{
	return row->operand[0] == kind || row->operand[1] == kind || row->operand[2] == kind;
}

static void put_value(struct operands *operands, uint32_t value)
{
	operands->ecx = operands->immediate = value;
	operands->memory[0] = operands->stack[0] = value;
	operands->memory[1] = AT_TARGET;
}

static void put_pointer(struct operands *operands, uint32_t selector)
{
	operands->ecx = operands->immediate = operands->memory[0] = operands->stack[0] = AT_TARGET;
	operands->memory[1] = operands->stack[1] = selector;
	operands->selector = (uint16_t)selector;
}

/* To an outer ring SS and ESP are popped too: by IRET behind the flags; by RET at once, or behind eight bytes of
 * parameters. */
static void put_outer_stack(struct operands *operands, uint32_t code, bool behind_flags)
{
	uint32_t selector = (code & 3) == 3 ? RING3_DATA | 3 : RING1_DATA | (code & 3);

	for (unsigned i = behind_flags ? 3 : 2; i + 1 < 6; i += 2) {
		operands->stack[i] = AT_STACK + 0x40;
		operands->stack[i + 1] = selector;
	}
}

void operands_put(struct operands *operands, enum operands_layout layout, uint32_t value, uint32_t flags)
{
	if (layout == LAYOUT_VALUE) {
		put_value(operands, value);
		return;
	}
	put_pointer(operands, value);
	if (layout == LAYOUT_FRAME)
		operands->stack[2] = flags;
	put_outer_stack(operands, value, layout == LAYOUT_FRAME);
}

/* LGDT and LIDT get a table that is there. */
bool operands_at(unsigned index, const struct instruction *row, struct operands *operands)
{
	static const uint32_t table[] = {0x40007f, 0x00000000};

	if (index >= ROWS)
		return false;
	*operands = (struct operands){
		.text = rows[index].text,
		.eax = rows[index].eax,
		.edx = rows[index].edx,
		.byte = rows[index].byte,
		.status = EFLAGS_OF | EFLAGS_CF,
	};
	operands_put(operands, (enum operands_layout)rows[index].layout, rows[index].value, rows[index].flags);
	if (has_operand(row, OP_Ms))
		memcpy(operands->memory, table, sizeof table);
	return true;
}

/* ---- the instruction ---- */

static bool kind_has_modrm(unsigned kind)
{
	return kind >= OP_Eb && kind <= OP_Dd;
}

static bool has_modrm(const struct instruction *row, int reg)
{
	return reg >= 0 || kind_has_modrm(row->operand[0]) || kind_has_modrm(row->operand[1]);
}

/* The registers to name in ModRM reg. */
static unsigned reg_choices(const struct instruction *row, int group, uint8_t choices[8])
{
	static const uint8_t segments[] = {ES, CS, SS, DS, FS, GS}, control[] = {0, 2, 3, 4}, debug[] = {0, 6, 7};

	choices[0] = group >= 0 ? (uint8_t)group : EDX;
	if (has_operand(row, OP_Sw)) {
		memcpy(choices, segments, sizeof segments);
		return sizeof segments;
	}
	if (has_operand(row, OP_Cd)) {
		memcpy(choices, control, sizeof control);
		return sizeof control;
	}
	if (!has_operand(row, OP_Dd))
		return 1;
	memcpy(choices, debug, sizeof debug);
	return sizeof debug;
}

static unsigned put(uint8_t *bytes, uint32_t value, unsigned size)
{
	memcpy(bytes, &value, size);
	return size;
}

static unsigned put_immediate(uint8_t *bytes, enum operand_kind kind, const struct operands *operands)
{
	switch (kind) {
	case OP_Ib: case OP_Ibs: return put(bytes, operands->byte, 1);
	case OP_Jb: return put(bytes, 0x10, 1);
	case OP_Iw: return put(bytes, 8, 2);
	case OP_Iz: case OP_Iv: return put(bytes, operands->immediate, 4);
	case OP_Jz: return put(bytes, 0x100, 4);
	case OP_Ob: case OP_Ov: return put(bytes, AT_DATA, 4);
	case OP_Ap:
		put(bytes, operands->immediate, 4);
		return 4 + put(bytes + 4, operands->selector, 2);
	default: return 0;
	}
}

unsigned operands_encode(const struct instruction *row, bool two_byte, uint8_t opcode, int reg, unsigned form,
                         const struct operands *operands, uint8_t *bytes)
{
	enum { EBX_POINTS = EBX, ECX_ITSELF = 0xc0 | ECX }; /* mod and r/m */
	unsigned length = 0, forms = 1, registers = 1;
	bool modrm = has_modrm(row, reg), whole = reg >= 0xc0; /* the row is for this ModRM alone */
	uint8_t choices[8];

	if (modrm && !whole) {
		registers = reg_choices(row, reg, choices);
		forms = 2 * registers;
	}
	if (form >= forms)
		return 0;
	memset(bytes, 0, INSN_MAX_LENGTH);
	if (row->prefix)
		bytes[length++] = row->prefix;
	if (two_byte)
		bytes[length++] = 0x0f;
	bytes[length++] = opcode;
	if (whole)
		bytes[length++] = (uint8_t)reg;
	else if (modrm)
		bytes[length++] = (uint8_t)(choices[form % registers] << 3 | (form < registers ? ECX_ITSELF : EBX_POINTS));
	for (unsigned n = 0; n < 3; n++)
		length += put_immediate(bytes + length, (enum operand_kind)row->operand[n], operands);
	return length;
}
