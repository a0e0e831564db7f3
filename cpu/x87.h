/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/x87.h - the x87's own rules, for the files of this floor: the register stack and its faults, exceptions pending and
 * masked, the pointers to the last instruction. Intel SDM volume 1, 8.1 (registers), 8.5 (exceptions), 8.6 (when they
 * are reported), 8.7 (by #MF or by FERR#).
 */
#ifndef RINGSIDE_CPU_X87_H
#define RINGSIDE_CPU_X87_H

#include "cpu/access.h"
#include "cpu/float_host.h"

/*
 * Status word (SDM vol. 1, 8.1.3)
 *
 *  15 14 13 12 11 10 9  8  7  6  5  4  3  2  1  0
 *  B  C3   TOP    C2 C1 C0 ES SF PE UE OE ZE DE IE
 *
 * Control word (8.1.5)
 *
 *  15 14 13 12 11 10 9  8  7  6  5  4  3  2  1  0
 *            X  RC    PC      1  PM UM OM ZM DM IM
 */
enum {
	X87_IE = 1 << 0,
	X87_DE = 1 << 1,
	X87_ZE = 1 << 2,
	X87_OE = 1 << 3,
	X87_UE = 1 << 4,
	X87_PE = 1 << 5,
	X87_EXCEPTIONS = 0x3f,
	X87_SF = 1 << 6,
	X87_ES = 1 << 7,
	X87_C0 = 1 << 8,
	X87_C1 = 1 << 9,
	X87_C2 = 1 << 10,
	X87_TOP_SHIFT = 11,
	X87_TOP = 7 << X87_TOP_SHIFT,
	X87_C3 = 1 << 14,
	X87_B = 1 << 15,
	X87_CODES = X87_C0 | X87_C1 | X87_C2 | X87_C3,
	X87_CONTROL_DEFINED = 0x1f7f,
	X87_CONTROL_FIXED = 0x0040,
	X87_CONTROL_INIT = 0x037f,
};

/* ---- the stack: ST(i) counts from the top ---- */

static inline unsigned x87_index(const struct x87_state *x87, unsigned i)
{
	return (((unsigned)x87->status >> X87_TOP_SHIFT) + i) & 7;
}

static inline bool x87_empty(const struct x87_state *x87, unsigned i)
{
	return !(x87->valid >> x87_index(x87, i) & 1);
}

static inline struct float80 x87_get(const struct x87_state *x87, unsigned i)
{
	return x87->r[x87_index(x87, i)];
}

static inline void x87_set(struct x87_state *x87, unsigned i, struct float80 value)
{
	unsigned index = x87_index(x87, i);

	x87->r[index].significand = value.significand;
	x87->r[index].sign_exponent = value.sign_exponent;
	x87->valid = (uint8_t)(x87->valid | 1u << index);
}

static inline void x87_free(struct x87_state *x87, unsigned i)
{
	x87->valid = (uint8_t)(x87->valid & ~(1u << x87_index(x87, i)));
}

/* TOP moves by `by` registers, modulo 8. */
static inline void x87_turn(struct x87_state *x87, int by)
{
	unsigned top = (x87_index(x87, 0) + (unsigned)by) & 7;

	x87->status = (uint16_t)((x87->status & ~X87_TOP) | top << X87_TOP_SHIFT);
}

static inline void x87_pop(struct x87_state *x87)
{
	x87_free(x87, 0);
	x87_turn(x87, 1);
}

static inline void x87_push(struct x87_state *x87, struct float80 value)
{
	x87_turn(x87, -1);
	x87_set(x87, 0, value);
}

/* The quiet NaN that a masked invalid operation gives (SDM vol. 1, 4.8.3.7). */
static inline struct float80 x87_indefinite(void)
{
	return (struct float80){.significand = UINT64_C(0xc000000000000000), .sign_exponent = 0xffff};
}

/* ---- exceptions (x87.c) ---- */

/* Is an exception pending that the control word does not mask? Sets ES and B so. */
void x87_summarize(struct x87_state *x87);
/* Condition codes of `codes` become those of `status`; its exceptions are added. False: one of them is
 * an invalid operand, a denormal or a division by zero that is not masked: the operation has no result. */
bool x87_take(struct x87_state *x87, uint16_t status, unsigned codes);
/* A register that should hold a value is empty, or the other way round. False: not masked, so nothing else happens. */
bool x87_underflow(struct x87_state *x87);
bool x87_overflow(struct x87_state *x87);

/* ---- an instruction's beginning and end (x87.c) ---- */

enum x87_entry {
	X87_ENTERED,
	X87_DONE, /* the instruction does nothing: there is no x87 */
	X87_LEFT, /* an event is pending, or the processor waits for one */
};

/* #NM; and of instructions that wait, the exceptions that earlier ones have left. */
enum x87_entry x87_enter(struct cpu *cpu);
enum x87_entry x87_enter_unwaiting(struct cpu *cpu);
/* Is an exception pending, and reported now, so that a waiting instruction does not begin? (8.7) */
bool x87_reports(struct cpu *cpu);
/* FERR# goes when no exception is pending any more: after instructions that may clear them. */
void x87_settle_line(struct cpu *cpu);
/* The instruction is the last one that was no control instruction: its pointers, its operand's and its opcode. */
void x87_note(struct cpu *cpu, const struct insn *insn);

/* Most x87 instructions: what they do to the registers once they may begin, and nothing then prevents them. */
static inline bool x87_do(struct cpu *cpu, const struct insn *insn, void (*act)(struct cpu *, const struct insn *))
{
	enum x87_entry entry = x87_enter(cpu);

	if (entry != X87_ENTERED)
		return entry == X87_DONE;
	x87_note(cpu, insn);
	act(cpu, insn);
	return true;
}

/* ST(0) as an operand that is not looked into: the indefinite number if it is empty. False: empty, and that is not masked. */
bool x87_top(struct x87_state *x87, struct float80 *value);

/* A signed integer operand of 2, 4 or 8 bytes (exec_x87.c). */
bool x87_load_integer(struct cpu *cpu, const struct insn *insn, unsigned size, int64_t *value);

/* Host work on ST(0), and on ST(other) as its second operand. */
struct float_job x87_job(const struct x87_state *x87, unsigned other);

/* ---- whole images: FSTENV, FSAVE, FXSAVE (x87_image.c) ---- */

/* The tag word, two bits a register: 00 a number, 01 zero, 10 something else, 11 empty. */
uint16_t x87_tag_word(const struct x87_state *x87);
uint8_t x87_valid_of(uint16_t tag_word);
void x87_initialize(struct x87_state *x87);
/* From an image: reserved bits are as the hardware has them, ES and B as the two words say together. */
void x87_set_control(struct x87_state *x87, uint16_t control, uint16_t status);

/* ST(i)'s ten bytes; whether it is empty is the tags' business. */
static inline void x87_put_register(const struct x87_state *x87, unsigned i, uint8_t *image)
{
	struct float80 value = x87_get(x87, i);

	memcpy(image, &value.significand, 8);
	memcpy(image + 8, &value.sign_exponent, 2);
}

static inline void x87_get_register(struct x87_state *x87, unsigned i, const uint8_t *image)
{
	struct float80 *value = &x87->r[x87_index(x87, i)];

	memcpy(&value->significand, image, 8);
	memcpy(&value->sign_exponent, image + 8, 2);
}

/* Bits of MXCSR that may be set (exec_fxsave.c). */
uint32_t mxcsr_defined(const struct cpu *cpu);

#endif
