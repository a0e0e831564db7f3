/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/perform.h - what performs each row of instructions.def. The contract is in engine.h.
 * One perform is one idea: size, operands and condition come from the insn (operand_size, row->operand,
 * opcode) by operand.h's helpers. The row's cost is charged by the engine when the perform returns
 * true; a perform charges only what comes on top.
 */
#ifndef RINGSIDE_CPU_PERFORM_H
#define RINGSIDE_CPU_PERFORM_H

#include "cpu/insn.h"

/* Undefined opcodes and forms, UD0, UD1, UD2, RSM outside SMM: #UD. */
insn_perform perform_undefined;

/* ---- data movement ---- */
insn_perform perform_mov, perform_lea, perform_xchg, perform_xlat, perform_bswap, perform_nop;
insn_perform perform_movzx, perform_movsx; /* operand 0 by operand size, operand 1 byte or word */
insn_perform perform_cmov, perform_set;    /* condition: low four bits of insn->opcode */
insn_perform perform_push, perform_pop, perform_pusha, perform_popa;
insn_perform perform_enter, perform_leave; /* ENTER: immediate, and the level in insn->selector */
insn_perform perform_lahf, perform_sahf, perform_salc;

/* ---- arithmetic: operands 0 and 1 of whatever kind the row says ---- */
insn_perform perform_add, perform_or, perform_adc, perform_sbb, perform_and, perform_sub, perform_xor,
	perform_cmp, perform_test;
insn_perform perform_inc, perform_dec, perform_neg, perform_not;
insn_perform perform_mul, perform_imul, perform_div, perform_idiv; /* AL, AX or EAX with the r/m */
insn_perform perform_imul_two;   /* IMUL Gv, Ev */
insn_perform perform_imul_three; /* IMUL Gv, Ev, immediate */
insn_perform perform_cbw, perform_cwd; /* by operand size also CWDE and CDQ */
insn_perform perform_daa, perform_das, perform_aaa, perform_aas, perform_aam, perform_aad;
insn_perform perform_xadd, perform_cmpxchg, perform_cmpxchg8b;

/* ---- shifts and bits: operand 1 is the immediate, the constant one or CL ---- */
insn_perform perform_rol, perform_ror, perform_rcl, perform_rcr, perform_shl, perform_shr, perform_sar;
insn_perform perform_shld, perform_shrd; /* operand 2 is the count */
insn_perform perform_bt, perform_bts, perform_btr, perform_btc; /* operand 1: Gv or Ib */
insn_perform perform_bsf, perform_bsr;

/* ---- strings (insn->repeat; ends its block only when repeated) ---- */
insn_perform perform_movs, perform_cmps, perform_stos, perform_lods, perform_scas;

/* ---- near control ---- */
insn_perform perform_jcc, perform_jmp_near, perform_jmp_indirect, perform_call_near, perform_call_indirect;
insn_perform perform_ret; /* immediate: bytes to release, zero in the form without */
insn_perform perform_loop, perform_loope, perform_loopne, perform_jcxz; /* CX or ECX by address_mask */
insn_perform perform_bound;

/* ---- flags that any ring may change ---- */
insn_perform perform_clc, perform_stc, perform_cmc, perform_cld, perform_std;

/* ---- EFLAGS as a whole ---- */
insn_perform perform_pushf, perform_popf, perform_cli, perform_sti;

/* ---- segments ---- */
insn_perform perform_push_segment, perform_pop_segment;         /* operand 0: ES..GS by its kind */
insn_perform perform_mov_from_segment, perform_mov_to_segment;  /* segment: insn->reg */
insn_perform perform_les, perform_lds, perform_lss, perform_lfs, perform_lgs;
insn_perform perform_lar, perform_lsl, perform_verr, perform_verw, perform_arpl;

/* ---- far control, interrupts ---- */
insn_perform perform_call_far, perform_jmp_far;                   /* Ap: selector, immediate */
insn_perform perform_call_far_indirect, perform_jmp_far_indirect; /* Mp */
insn_perform perform_ret_far; /* immediate as for perform_ret */
insn_perform perform_int, perform_int3, perform_int1, perform_into, perform_iret;
insn_perform perform_sysenter, perform_sysexit;

/* ---- ports ---- */
insn_perform perform_in, perform_out; /* operand kinds tell Ib from DX */
insn_perform perform_ins, perform_outs;

/* ---- the system's registers ---- */
insn_perform perform_mov_from_control, perform_mov_to_control; /* insn->reg: the CR, insn->rm: the GPR */
insn_perform perform_mov_from_debug, perform_mov_to_debug;
insn_perform perform_clts, perform_lmsw, perform_smsw;
insn_perform perform_sgdt, perform_sidt, perform_lgdt, perform_lidt;
insn_perform perform_sldt, perform_str, perform_lldt, perform_ltr;
insn_perform perform_invlpg, perform_invd, perform_wbinvd, perform_hlt;
insn_perform perform_rdmsr, perform_wrmsr, perform_rdtsc, perform_rdpmc, perform_cpuid;

/* ---- VMX ---- */
insn_perform perform_vmcall;

/* ---- MMX, SSE, SSE2: as their table names them ---- */
#define SIMD(prefix, opcode, name, a, b, c, flags, cost, function, feature) insn_perform perform_##function;
#define SIMD_REGISTER SIMD
#define SIMD_GROUP(...)
#define SIMD_IN(group, reg, prefix, name, a, b, c, flags, cost, function, feature) insn_perform perform_##function;
#define BOTH(opcode, name, flags, cost, function, feature) insn_perform perform_##function;
#define FOUR(opcode, name, flags, cost, function)                                                  \
	insn_perform perform_##function##ps, perform_##function##pd, perform_##function##ss, perform_##function##sd;
#define SINGLES(opcode, name, flags, cost, function) insn_perform perform_##function##ps, perform_##function##ss;
#include "cpu/instructions_simd.def"
#undef SIMD
#undef SIMD_REGISTER
#undef SIMD_GROUP
#undef SIMD_IN
#undef BOTH
#undef FOUR
#undef SINGLES

/* ---- x87 ---- */
insn_perform perform_float_memory, perform_float_arithmetic;
insn_perform perform_fcom, perform_fcomp, perform_fcompp, perform_fucom, perform_fucomp, perform_fucompp;
insn_perform perform_ftst, perform_fxam, perform_fcomi;
insn_perform perform_float_load, perform_float_store, perform_float_constant; /* with a memory operand, but the constants */
insn_perform perform_fld, perform_fst, perform_fstpnce, perform_fxch, perform_fcmov;           /* between registers */
insn_perform perform_float_math, perform_float_sign;                          /* D9 F0 to FF; FCHS, FABS */
insn_perform perform_fninit, perform_fnclex, perform_fldcw, perform_fnstcw, perform_fnstsw;
insn_perform perform_float_turn, perform_ffree, perform_fnop, perform_float_obsolete;
insn_perform perform_fnstenv, perform_fldenv, perform_fnsave, perform_frstor;
insn_perform perform_fxsave, perform_fxrstor;
insn_perform perform_float_undefined; /* an escape that no x87 has */
insn_perform perform_wait;            /* 9B */

#endif
