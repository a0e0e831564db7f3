/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/insn.h - the instruction table's row and a decoded instruction.
 * One row an instruction (instructions.def): opcode, operands, Popek and Goldberg's class, what it
 * does to a block, its price, what performs it. Operand kinds are those of SDM vol. 2, appendix A.2.
 */
#ifndef RINGSIDE_CPU_INSN_H
#define RINGSIDE_CPU_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpu/cost.h"

struct cpu;
struct insn;
struct chain;

/* Popek and Goldberg 1974, with Robin and Irvine's finding for IA-32: some sensitive instructions do
 * not trap in user mode. */
enum insn_class {
	CLASS_INNOCUOUS,
	CLASS_PRIVILEGED, /* sensitive, and traps when CPL (or IOPL) does not allow it */
	CLASS_SENSITIVE,  /* sensitive, and does not trap: the hole */
};

/*
 * Where an operand is (SDM vol. 2, appendix A.2.1: addressing method) and how large (A.2.2).
 * b: byte, w: word, d: doubleword, v: word or doubleword by operand size, z: the same for immediates,
 * p: far pointer, q: quadword, dq: double quadword, s: pseudo-descriptor, a: two words or doublewords (BOUND).
 */
enum operand_kind {
	OP_NONE,
	OP_Eb, OP_Ew, OP_Ed, OP_Ev,         /* ModRM r/m: register or memory */
	OP_Gb, OP_Gw, OP_Gd, OP_Gv,         /* ModRM reg */
	OP_M, OP_Ma, OP_Mp, OP_Mq, OP_Ms,   /* ModRM r/m, memory only (a register raises #UD) */
	OP_Mw_Rv,                           /* memory is a word, a register has operand size: SMSW, SLDT, STR, MOV Ev,Sw */
	OP_Rd,                              /* ModRM r/m, always a 32-bit register: MOV CR, MOV DR */
	OP_Md, OP_Mdq,                      /* ModRM r/m, memory only: 4, 16 bytes */
	OP_Mw_Rd,                           /* memory is a word, a register a doubleword: PINSRW */
	OP_Pq, OP_Qd, OP_Qq, OP_Nq,         /* MMX: ModRM reg; r/m with 4, with 8 bytes of memory; r/m, register only */
	OP_Vdq, OP_Wd, OP_Wq, OP_Wdq, OP_Udq, /* XMM: ModRM reg; r/m with 4, 8, 16 bytes; r/m, register only */
	OP_Sw, OP_Cd, OP_Dd,                /* ModRM reg: segment, control, debug register */
	OP_Ib, OP_Ibs, OP_Iw, OP_Iz, OP_Iv, /* immediates; Ibs: a byte sign-extended to operand size */
	OP_Jb, OP_Jz,                       /* relative to the next instruction */
	OP_Ap,                              /* far pointer in the instruction */
	OP_Ob, OP_Ov,                       /* offset in the instruction */
	OP_Xb, OP_Xv, OP_Yb, OP_Yv,         /* DS:eSI (overridable), ES:eDI */
	OP_Zb, OP_Zv,                       /* register in the opcode's low three bits */
	OP_AL, OP_CL, OP_DX, OP_rAX,        /* fixed registers; rAX: AX or EAX */
	OP_ES, OP_CS, OP_SS, OP_DS, OP_FS, OP_GS,
	OP_1, OP_3,                         /* the constants one and three: shifts; INT3 */
};

/* What a row is besides its operands. */
enum insn_flags {
	INSN_ENDS_BLOCK = 1 << 0, /* transfers control, or changes what decoding or interrupts depend on */
	INSN_LOCKABLE = 1 << 1,   /* LOCK allowed when the destination is memory */
	INSN_STRING = 1 << 2,     /* REP repeats it */
	INSN_STRING_COMPARE = 1 << 3, /* REPE and REPNE end on ZF too */
	INSN_BYTE = 1 << 4,       /* operand size is 8, whatever the prefixes */
	INSN_CONDITION = 1 << 5,  /* the opcode's low four bits are a condition */
	INSN_PREFIX = 1 << 6,     /* not an instruction */
	INSN_GROUP = 1 << 7,      /* the row is in the group's table, by ModRM reg */
	INSN_WRITES = 1 << 8,     /* the first operand is written */
	INSN_READS = 1 << 9,      /* the first operand is read (also) */
	INSN_UNALIGNED = 1 << 10, /* 16 bytes of memory may lie anywhere */
	INSN_BY_MOD = 1 << 11,    /* with a register for its memory operand it is another instruction */
};

/* Performs one instruction completely; see engine.h for the contract. false: an event is pending. */
typedef bool insn_perform(struct cpu *cpu, const struct insn *insn);

/* Threaded form: runs the instruction and then the rest of its block. */
typedef void insn_execute(struct cpu *cpu, const struct insn *insn);

struct instruction {
	const char *mnemonic; /* lower case, as Zydis and objdump (Intel syntax) say it */
	insn_perform *perform; /* NULL: undefined, #UD */
	uint8_t operand[3];   /* enum operand_kind */
	uint8_t insn_class;   /* enum insn_class */
	uint16_t flags;       /* enum insn_flags */
	uint8_t cost;         /* enum cost */
	uint8_t group;        /* with INSN_GROUP: enum insn_group */
	uint16_t feature;     /* bit number + 1 of CPUID.1:EDX that must be announced; INSN_HINT; 0: none */
	uint8_t prefix;       /* 66, F2 or F3 where it belongs to the opcode; 0 */
};

enum { INSN_HINT = 33 }; /* cpu_features.hints, past all bits of EDX */
enum { INSN_MAX_LENGTH = 15 };
enum { NO_REGISTER = 8 }; /* base or index: none; reads as zero (state.h) */

enum repeat { REPEAT_NONE, REPEAT_NE = 0xf2, REPEAT_E = 0xf3 };

/* A decoded instruction. Made once, run many times; only `execute` is changed, when the code
 * under its block is overwritten (block.c). */
struct insn {
	insn_execute *execute;
	const struct instruction *row;
	struct chain *chain;   /* of its block (block.h) */
	uint32_t immediate;    /* sign-extended where the kind says so; Ap: offset; relative: the distance */
	uint32_t displacement; /* also of Ob, Ov */
	uint32_t address_mask; /* 0xffff or 0xffffffff: address size */
	uint32_t cost;         /* cycles of the block up to and with this instruction */
	uint16_t selector;     /* Ap: selector. ENTER: the second immediate */
	uint8_t offset;        /* bytes from the start of the block */
	uint8_t length;        /* bytes, prefixes included */
	uint8_t index_in_block;
	uint8_t operand_size;  /* 1, 2 or 4 bytes: of the instruction as a whole (1 with INSN_BYTE) */
	uint8_t opcode;        /* the last opcode byte */
	uint8_t modrm;         /* as read; valid when has_modrm */
	uint8_t reg;           /* ModRM reg, or Z's register */
	uint8_t rm;            /* ModRM r/m when a register */
	uint8_t base, index, scale; /* of a memory operand; NO_REGISTER */
	uint8_t segment;       /* of the memory operand, defaults and overrides resolved */
	uint8_t repeat;        /* enum repeat: the last F2 or F3 seen */
	uint8_t to, from;      /* registers of a fast form (fast.c) */
	bool memory;           /* the r/m operand is memory */
	bool has_modrm;
	bool lock;
	bool two_byte;         /* opcode map 0F */
};

/*
 * Decodes the instruction at `bytes`. `big`: D bit of the code segment (16- or 32-bit defaults).
 * Gives its length; 0 when `size` bytes are not enough (fetch more); -1 when longer than 15 bytes (#GP).
 * An undefined opcode, a forbidden LOCK or a register where memory must be decodes to a row whose
 * perform raises #UD: decoding itself never fails for bytes that are there. `execute`, `cost`,
 * `offset` and `index_in_block` are the block's business and left zero.
 */
int insn_decode(struct insn *insn, const uint8_t *bytes, size_t size, bool big);

/* Does a block end with it? String rows do when repeated, and only then. */
static inline bool insn_ends_block(const struct insn *insn)
{
	return insn->row->flags & INSN_ENDS_BLOCK ||
	       (insn->row->flags & (INSN_STRING | INSN_STRING_COMPARE) && insn->repeat);
}

/* NOP with F3: a hint that a VMM may want to hear. */
static inline bool insn_is_pause(const struct insn *insn)
{
	return insn->opcode == 0x90 && !insn->two_byte && insn->repeat == REPEAT_E;
}

/* The row of everything that is not an instruction: #UD. */
extern const struct instruction insn_undefined;

/* The rows for walking over the whole table: calls `visit` for each (map, opcode, ModRM reg or -1). Rows of x87 instructions
 * with registers have their whole ModRM, C0H or more, in place of `reg`: that of ST(0) where there are eight. A mandatory
 * prefix (row->prefix) comes before all that. */
typedef void insn_visit(void *owner, const struct instruction *row, bool two_byte, uint8_t opcode,
                        int reg);
void insn_for_each(insn_visit *visit, void *owner);

const char *insn_class_name(enum insn_class insn_class); /* "innocuous", "privileged", "sensitive" */
const char *insn_class_mark(enum insn_class insn_class); /* ".", "P", "S!" */

#endif
