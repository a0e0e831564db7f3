/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_fxsave.c - FXSAVE and FXRSTOR: x87, MMX and SSE as one image of 512 bytes, without a conversion and without
 * waiting for pending exceptions. Intel SDM volume 1, 10.5; volume 2, FXSAVE (table 3-43).
 *
 *     0 FCW   2 FSW   4 FTW (a bit a register)   6 FOP   8 FIP   12 FCS   16 FDP   20 FDS   24 MXCSR   28 MXCSR_MASK
 *    32 ST(0) to ST(7), 16 bytes each
 *   160 XMM0 to XMM7; behind them nothing is touched
 */
#include "cpu/perform.h"
#include "cpu/system.h"
#include "cpu/x87.h"

enum { IMAGE = 512, AT_MXCSR = 24, AT_STACK = 32, AT_XMM = 160, AT_END = AT_XMM + 16 * XMM_REGISTERS };

uint32_t mxcsr_defined(const struct cpu *cpu)
{
	return has_feature(cpu, CPUID_SSE2) ? 0xffff : 0xffbf; /* with denormals-are-zeros, or without */
}

/* Does the operating system know of XMM registers? Until it has said so they are left alone. */
static bool with_sse(const struct cpu *cpu)
{
	return has_feature(cpu, CPUID_SSE) && (cpu->state.cr4 & CR4_OSFXSR);
}

/* The operand's place. False: #GP(0), for it is not aligned, or another fault. */
static bool image_at(struct cpu *cpu, const struct insn *insn, bool write, uint32_t *offset)
{
	uint32_t linear;

	*offset = effective_offset(cpu, insn);
	if (!segment_linear(cpu, (enum segment_register)insn->segment, *offset, IMAGE, 1, write, &linear))
		return false;
	return !(linear & 15) || raise_gp(cpu, 0);
}

/* ---- x87 ---- */

static void put(uint8_t *image, unsigned at, uint32_t value, unsigned size)
{
	memcpy(image + at, &value, size);
}

static uint32_t get(const uint8_t *image, unsigned at, unsigned size)
{
	uint32_t value = 0;

	memcpy(&value, image + at, size);
	return value;
}

static void put_x87(const struct x87_state *x87, uint8_t *image)
{
	put(image, 0, x87->control, 2);
	put(image, 2, x87->status, 2);
	put(image, 4, x87->valid, 1);
	put(image, 6, x87->opcode, 2);
	put(image, 8, x87->instruction_offset, 4);
	put(image, 12, x87->instruction_selector, 2);
	put(image, 16, x87->data_offset, 4);
	put(image, 20, x87->data_selector, 2);
	for (unsigned i = 0; i < X87_REGISTERS; i++)
		x87_put_register(x87, i, image + AT_STACK + 16 * i);
}

static void get_x87(struct x87_state *x87, const uint8_t *image)
{
	x87_set_control(x87, (uint16_t)get(image, 0, 2), (uint16_t)get(image, 2, 2));
	x87->valid = image[4];
	x87->opcode = get(image, 6, 2) & 0x7ff;
	x87->instruction_offset = get(image, 8, 4);
	x87->instruction_selector = (uint16_t)get(image, 12, 2);
	x87->data_offset = get(image, 16, 4);
	x87->data_selector = (uint16_t)get(image, 20, 2);
	for (unsigned i = 0; i < X87_REGISTERS; i++)
		x87_get_register(x87, i, image + AT_STACK + 16 * i);
}

/* ---- both ---- */

bool perform_fxsave(struct cpu *cpu, const struct insn *insn)
{
	const struct float_state *floats = cpu->floats;
	enum x87_entry entry = x87_enter_unwaiting(cpu);
	uint8_t image[AT_END] = {0};
	bool sse = with_sse(cpu);
	uint32_t at;

	if (entry == X87_LEFT || !image_at(cpu, insn, true, &at))
		return false;
	put_x87(&floats->x87, image);
	put(image, AT_MXCSR, floats->sse.mxcsr, 4);
	put(image, AT_MXCSR + 4, mxcsr_defined(cpu), 4);
	memcpy(image + AT_XMM, floats->sse.xmm, sizeof floats->sse.xmm);
	if (!probe_bytes(cpu, insn->segment, at, IMAGE, 1))
		return false;
	if (sse)
		return store_bytes(cpu, insn->segment, at, image, AT_END, 1);
	return store_bytes(cpu, insn->segment, at, image, AT_MXCSR, 1) &&
	       store_bytes(cpu, insn->segment, at + AT_STACK, image + AT_STACK, AT_XMM - AT_STACK, 1);
}

bool perform_fxrstor(struct cpu *cpu, const struct insn *insn)
{
	struct float_state *floats = cpu->floats;
	enum x87_entry entry = x87_enter_unwaiting(cpu);
	uint8_t image[IMAGE];
	bool sse = with_sse(cpu);
	uint32_t at;

	if (entry == X87_LEFT || !image_at(cpu, insn, false, &at) ||
	    !load_bytes(cpu, insn->segment, at, image, IMAGE, 1))
		return false;
	if (sse && (get(image, AT_MXCSR, 4) & ~mxcsr_defined(cpu)))
		return raise_gp(cpu, 0);
	get_x87(&floats->x87, image);
	x87_settle_line(cpu);
	if (!sse)
		return true;
	floats->sse.mxcsr = get(image, AT_MXCSR, 4);
	memcpy(floats->sse.xmm, image + AT_XMM, sizeof floats->sse.xmm);
	return true;
}
