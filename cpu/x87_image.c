/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/x87_image.c - the x87 as memory: FSTENV, FSAVE and their loads in the four formats that mode and operand size choose
 * (SDM vol. 1, figures 8-9 to 8-12). The tag word is made from the values when one is asked for.
 */
#include "cpu/perform.h"
#include "cpu/system.h"
#include "cpu/x87.h"

enum { TAG_VALID, TAG_ZERO, TAG_SPECIAL, TAG_EMPTY };

static unsigned tag_of(const struct float80 *value)
{
	unsigned exponent = value->sign_exponent & 0x7fff;

	if (!exponent && !value->significand)
		return TAG_ZERO;
	return exponent && exponent != 0x7fff && value->significand >> 63 ? TAG_VALID : TAG_SPECIAL;
}

uint16_t x87_tag_word(const struct x87_state *x87)
{
	unsigned tags = 0;

	for (unsigned i = 0; i < X87_REGISTERS; i++)
		tags |= (x87->valid >> i & 1 ? tag_of(&x87->r[i]) : TAG_EMPTY) << 2 * i;
	return (uint16_t)tags;
}

uint8_t x87_valid_of(uint16_t tag_word)
{
	unsigned valid = 0;

	for (unsigned i = 0; i < X87_REGISTERS; i++)
		valid |= (unsigned)((tag_word >> 2 * i & 3) != TAG_EMPTY) << i;
	return (uint8_t)valid;
}

void x87_set_control(struct x87_state *x87, uint16_t control, uint16_t status)
{
	x87->control = (uint16_t)((control & X87_CONTROL_DEFINED) | X87_CONTROL_FIXED);
	x87->status = status;
	x87_summarize(x87);
}

/* ---- the environment: seven fields of a word or a doubleword ---- */

enum { FIELDS = 7, CONTROL = 0, STATUS, TAGS, INSTRUCTION, INSTRUCTION_HIGH, DATA, DATA_HIGH };

/* Real-address and virtual-8086 mode know addresses as numbers of 20 bits; the opcode shares a field with their highest. */
static bool as_in_real_mode(const struct cpu *cpu)
{
	return !state_protected(&cpu->state) || state_v86(&cpu->state);
}

static void make_fields(const struct cpu *cpu, bool wide, uint32_t field[FIELDS])
{
	const struct x87_state *x87 = &cpu->floats->x87;
	uint32_t instruction = ((uint32_t)x87->instruction_selector << 4) + x87->instruction_offset;
	uint32_t data = ((uint32_t)x87->data_selector << 4) + x87->data_offset;
	uint32_t above = 0xffff0000, high = wide ? 0x0ffff000 : 0xf000;

	field[CONTROL] = above | x87->control;
	field[STATUS] = above | x87->status;
	field[TAGS] = above | x87_tag_word(x87);
	if (as_in_real_mode(cpu)) {
		field[INSTRUCTION] = above | instruction;
		field[INSTRUCTION_HIGH] = (instruction >> 4 & high) | x87->opcode;
		field[DATA] = above | data;
		field[DATA_HIGH] = data >> 4 & high;
		return;
	}
	field[INSTRUCTION] = x87->instruction_offset;
	field[INSTRUCTION_HIGH] = (uint32_t)x87->opcode << 16 | x87->instruction_selector;
	field[DATA] = x87->data_offset;
	field[DATA_HIGH] = above | x87->data_selector;
}

static void take_pointers(struct x87_state *x87, bool real, bool wide, const uint32_t field[FIELDS])
{
	if (real) {
		x87->instruction_selector = x87->data_selector = 0;
		x87->instruction_offset = (field[INSTRUCTION] & 0xffff) | (field[INSTRUCTION_HIGH] << 4 & 0xffff0000);
		x87->data_offset = (field[DATA] & 0xffff) | (field[DATA_HIGH] << 4 & 0xffff0000);
		x87->opcode = field[INSTRUCTION_HIGH] & 0x7ff;
		return;
	}
	x87->instruction_offset = field[INSTRUCTION];
	x87->instruction_selector = (uint16_t)field[INSTRUCTION_HIGH];
	x87->data_offset = field[DATA];
	x87->data_selector = (uint16_t)field[DATA_HIGH];
	x87->opcode = wide ? field[INSTRUCTION_HIGH] >> 16 & 0x7ff : 0;
}

static void take_fields(struct cpu *cpu, bool wide, const uint32_t field[FIELDS])
{
	struct x87_state *x87 = &cpu->floats->x87;

	x87_set_control(x87, (uint16_t)field[CONTROL], (uint16_t)field[STATUS]);
	x87->valid = x87_valid_of((uint16_t)field[TAGS]);
	take_pointers(x87, as_in_real_mode(cpu), wide, field);
}

/* ---- in memory ---- */

enum { REGISTER_BYTES = 10, IMAGE_BYTES = FIELDS * 4 + X87_REGISTERS * REGISTER_BYTES };

static unsigned put_environment(const struct cpu *cpu, const struct insn *insn, uint8_t *image)
{
	unsigned size = insn->operand_size;
	uint32_t field[FIELDS];

	make_fields(cpu, size == 4, field);
	for (unsigned i = 0; i < FIELDS; i++)
		memcpy(image + i * size, &field[i], size);
	return FIELDS * size;
}

static unsigned get_environment(struct cpu *cpu, const struct insn *insn, const uint8_t *image)
{
	unsigned size = insn->operand_size;
	uint32_t field[FIELDS] = {0};

	for (unsigned i = 0; i < FIELDS; i++)
		memcpy(&field[i], image + i * size, size);
	take_fields(cpu, size == 4, field);
	return FIELDS * size;
}

/* Masks all exceptions behind it. */
bool perform_fnstenv(struct cpu *cpu, const struct insn *insn)
{
	struct x87_state *x87 = &cpu->floats->x87;
	enum x87_entry entry = x87_enter_unwaiting(cpu);
	uint8_t image[IMAGE_BYTES];
	unsigned size;

	if (entry != X87_ENTERED)
		return entry == X87_DONE;
	size = put_environment(cpu, insn, image);
	if (!store_bytes(cpu, insn->segment, effective_offset(cpu, insn), image, size, insn->operand_size))
		return false;
	x87->control |= X87_EXCEPTIONS;
	x87_summarize(x87);
	x87_settle_line(cpu);
	return true;
}

bool perform_fldenv(struct cpu *cpu, const struct insn *insn)
{
	enum x87_entry entry = x87_enter(cpu);
	uint8_t image[IMAGE_BYTES];

	if (entry != X87_ENTERED)
		return entry == X87_DONE;
	if (!load_bytes(cpu, insn->segment, effective_offset(cpu, insn), image, FIELDS * insn->operand_size,
	                insn->operand_size))
		return false;
	get_environment(cpu, insn, image);
	x87_settle_line(cpu);
	return true;
}

/* The registers come behind the environment, ST(0) first. */
bool perform_fnsave(struct cpu *cpu, const struct insn *insn)
{
	struct x87_state *x87 = &cpu->floats->x87;
	enum x87_entry entry = x87_enter_unwaiting(cpu);
	uint8_t image[IMAGE_BYTES];
	unsigned size;

	if (entry != X87_ENTERED)
		return entry == X87_DONE;
	size = put_environment(cpu, insn, image);
	for (unsigned i = 0; i < X87_REGISTERS; i++, size += REGISTER_BYTES)
		x87_put_register(x87, i, image + size);
	if (!store_bytes(cpu, insn->segment, effective_offset(cpu, insn), image, size, insn->operand_size))
		return false;
	x87_initialize(x87);
	x87_settle_line(cpu);
	return true;
}

bool perform_frstor(struct cpu *cpu, const struct insn *insn)
{
	struct x87_state *x87 = &cpu->floats->x87;
	enum x87_entry entry = x87_enter(cpu);
	unsigned size = FIELDS * insn->operand_size + X87_REGISTERS * REGISTER_BYTES;
	uint8_t image[IMAGE_BYTES];

	if (entry != X87_ENTERED)
		return entry == X87_DONE;
	if (!load_bytes(cpu, insn->segment, effective_offset(cpu, insn), image, size, insn->operand_size))
		return false;
	size = get_environment(cpu, insn, image);
	for (unsigned i = 0; i < X87_REGISTERS; i++, size += REGISTER_BYTES)
		x87_get_register(x87, i, image + size);
	x87_settle_line(cpu);
	return true;
}
