/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/float_host.h - x87 arithmetic, done by the host's own x87 under the guest's control word. What is in registers and memory,
 * stack faults and what becomes of a result are ours (x87.h); rounding, NaNs, denormals, the six exceptions and the results
 * that unmasked ones leave are the host's. Intel SDM volume 1, chapter 8. Results of transcendental instructions may
 * differ in the last bit between makers of processors.
 */
#ifndef RINGSIDE_CPU_FLOAT_HOST_H
#define RINGSIDE_CPU_FLOAT_HOST_H

#include "cpu/float_state.h"

/* Is the host one that has an x87? Where it is not, none is announced, and who asks for one is told so (models.c). */
#if defined(__x86_64__) || defined(__i386__)
enum { FLOAT_HOST_HERE = 1 };
#else
enum { FLOAT_HOST_HERE = 0 };
#endif

/*
 * HOST(name, values on the stack before it, the instruction in AT&T's syntax). A result is left in ST(0); FPTAN, FSINCOS
 * and FXTRACT, which have one value before them, leave two. `%[memory]` is the memory operand. FPREM and FPREM1 keep C0 and C3
 * of before when they have no quotient: memory holds a number that compares with zero as these say.
 */
#define FLOAT_HOST_LIST(HOST)                                                                                       \
	HOST(add, 2, "fadd %%st(1), %%st") HOST(add_float, 1, "fadds %[memory]")                                    \
	HOST(add_double, 1, "faddl %[memory]") HOST(mul, 2, "fmul %%st(1), %%st")                                   \
	HOST(mul_float, 1, "fmuls %[memory]") HOST(mul_double, 1, "fmull %[memory]")                                \
	HOST(com, 2, "fcom %%st(1)") HOST(com_float, 1, "fcoms %[memory]")                                          \
	HOST(com_double, 1, "fcoml %[memory]") HOST(comp, 2, "fcom %%st(1)")                                        \
	HOST(comp_float, 1, "fcoms %[memory]") HOST(comp_double, 1, "fcoml %[memory]")                              \
	HOST(sub, 2, "fsub %%st(1), %%st") HOST(sub_float, 1, "fsubs %[memory]")                                    \
	HOST(sub_double, 1, "fsubl %[memory]") HOST(subr, 2, "fsubr %%st(1), %%st")                                 \
	HOST(subr_float, 1, "fsubrs %[memory]") HOST(subr_double, 1, "fsubrl %[memory]")                            \
	HOST(div, 2, "fdiv %%st(1), %%st") HOST(div_float, 1, "fdivs %[memory]")                                    \
	HOST(div_double, 1, "fdivl %[memory]") HOST(divr, 2, "fdivr %%st(1), %%st")                                 \
	HOST(divr_float, 1, "fdivrs %[memory]") HOST(divr_double, 1, "fdivrl %[memory]")                            \
	HOST(ucom, 2, "fucom %%st(1)") HOST(tst, 1, "ftst") HOST(xam, 1, "fxam") HOST(sqrt, 1, "fsqrt")             \
	HOST(rndint, 1, "frndint") HOST(scale, 2, "fscale")                                                         \
	HOST(prem, 2, "fldz\n\tfldt %[memory]\n\tfucompp\n\tfprem")                                                 \
	HOST(prem1, 2, "fldz\n\tfldt %[memory]\n\tfucompp\n\tfprem1") HOST(extract, 1, "fxtract")                   \
	HOST(f2xm1, 1, "f2xm1") HOST(fyl2x, 2, "fyl2x") HOST(fyl2xp1, 2, "fyl2xp1") HOST(patan, 2, "fpatan")        \
	HOST(ptan, 1, "fptan") HOST(sin, 1, "fsin") HOST(cos, 1, "fcos") HOST(sincos, 1, "fsincos")                 \
	HOST(one, 0, "fld1") HOST(l2t, 0, "fldl2t") HOST(l2e, 0, "fldl2e") HOST(pi, 0, "fldpi")                     \
	HOST(lg2, 0, "fldlg2") HOST(ln2, 0, "fldln2") HOST(zero, 0, "fldz")                                         \
	HOST(load_float, 0, "flds %[memory]") HOST(load_double, 0, "fldl %[memory]")                                \
	HOST(load_word, 0, "filds %[memory]") HOST(load_dword, 0, "fildl %[memory]")                                \
	HOST(load_qword, 0, "fildll %[memory]") HOST(load_decimal, 0, "fbld %[memory]")                             \
	HOST(store_float, 1, "fsts %[memory]") HOST(store_double, 1, "fstl %[memory]")                              \
	HOST(store_word, 1, "fists %[memory]") HOST(store_dword, 1, "fistl %[memory]")                              \
	HOST(store_qword, 1, "fistpll %[memory]") HOST(store_decimal, 1, "fbstp %[memory]")

enum float_operation {
#define HOST(name, values, text) FLOAT_##name,
	FLOAT_HOST_LIST(HOST)
#undef HOST
	FLOAT_OPERATIONS
};

struct float_job {
	struct float80 st[2]; /* ST(0) and ST(1): before, and what is there afterwards */
	uint8_t memory[16];   /* the operand: read or written */
	uint16_t control;     /* the guest's control word */
	uint16_t status;      /* afterwards: the exceptions that it raised, C0 to C3, ES */
};

/* Does one operation. An exception that `control` does not mask leaves what the manual says: ST(0), ST(1) and memory as they
 * were for invalid operations, denormals and divisions by zero, the scaled result for overflow and underflow. The
 * host's control word is as before; it has no exception pending. */
void float_host_do(enum float_operation operation, struct float_job *job);

#endif
