/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/float_state.h - the registers of x87, MMX and SSE: one set, which belongs to the hardware. The processor that a VMM runs
 * its guest on and the virtual CPU that it emulates share it, for a VMM uses none of them: the guest's values stay where
 * they are through every world switch. Intel SDM volume 1, chapters 8 (x87), 9 (MMX), 10 and 11 (SSE, SSE2).
 */
#ifndef RINGSIDE_CPU_FLOAT_STATE_H
#define RINGSIDE_CPU_FLOAT_STATE_H

#include <stdbool.h>
#include <stdint.h>

/* Double extended precision (SDM vol. 1, 4.2.2). An MMX register is the significand. */
struct float80 {
	uint64_t significand;
	uint16_t sign_exponent;
};

enum { X87_REGISTERS = 8, XMM_REGISTERS = 8 };

struct x87_state {
	struct float80 r[X87_REGISTERS]; /* R0 to R7, not counted from the top */
	uint16_t control;
	uint16_t status; /* TOP in bits 13:11 */
	uint8_t valid;   /* a bit a register, clear: empty. The tag word of FSAVE is made from it and the values. */
	uint16_t opcode; /* of the last instruction that was no control instruction: 11 bits */
	uint16_t instruction_selector, data_selector;
	uint32_t instruction_offset, data_offset;
	bool error_line; /* FERR#: asserted while an exception waits that CR0.NE, clear, makes no #MF of */
};

union xmm {
	uint8_t byte[16];
	uint16_t word[8];
	uint32_t dword[4];
	uint64_t qword[2];
};

/*
 * MXCSR (SDM vol. 1, 10.2.3). Masks and flags, from the right: invalid, denormal, divide by zero, overflow, underflow,
 * precision.
 *
 *  15 14 13 12 11 10 9  8  7  6   5  4  3  2  1  0
 *  FZ RC    PM UM OM ZM DM IM DAZ PE UE OE ZE DE IE
 */
enum {
	MXCSR_FLAGS = 0x003f,
	MXCSR_BEFORE = 0x0007, /* flags known before computing: IE, DE, ZE */
	MXCSR_OE = 1 << 3,
	MXCSR_UE = 1 << 4,
	MXCSR_PE = 1 << 5,
	MXCSR_DAZ = 1 << 6,
	MXCSR_MASKS = 0x1f80,
	MXCSR_MASK_SHIFT = 7,
	MXCSR_OM = 1 << 10,
	MXCSR_UM = 1 << 11,
	MXCSR_FZ = 1 << 15,
};

struct sse_state {
	union xmm xmm[XMM_REGISTERS];
	uint32_t mxcsr;
};

struct float_state {
	struct x87_state x87;
	struct sse_state sse;
};

/* After power-up (SDM vol. 3, table 9-1). */
void float_state_reset(struct float_state *floats);

#endif
