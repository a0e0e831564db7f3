/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/unit.h - a translation unit: up to 12 guest instructions, or fewer up to the first transfer of control,
 * and the record of each that survives until a fault needs it. Made by four passes over the record:
 *
 *   read       read.c       guest bytes to decoded instructions, as long as they belong together
 *   classify   classify.c   how each is treated: one table
 *   transform  transform.c  into operations, which say what is to be done and know no instruction set
 *   place      place.c      a back end turns operations into bytes of the translation cache
 *
 * (Adams and Agesen 2006, sections 3 and 3.1.)
 */
#ifndef RINGSIDE_BT_UNIT_H
#define RINGSIDE_BT_UNIT_H

#include "cpu/cpu.h"
#include "cpu/insn.h"

enum { UNIT_INSNS = 12, UNIT_OPERATIONS = 4 * UNIT_INSNS + 4, UNIT_EXITS = 2 * UNIT_INSNS + 4 };

/* What the meaning of guest code depends on besides its bytes. Only ring-0 code is translated, in 32-bit segments. */
struct unit_key {
	uint32_t eip;
	uint32_t cs_base, cs_limit;
	bool stack_big; /* SS.B: sequences that touch the stack are made for 32-bit stacks alone */
};

/* How an instruction is treated. Names of listings, graphs and counters are in classify.c's table. */
enum treatment {
	TREAT_IDENTICAL, /* its own bytes */
	TREAT_IN_CACHE,  /* a short sequence on the virtual CPU */
	TREAT_CALLOUT,   /* the VMM does it */
	TREAT_ADAPTED,   /* identical by its class, a callout because it keeps hitting traced pages */
	TREAT_TRANSFER,  /* direct jump, branch or call: chained */
	TREAT_LOOKUP,    /* return or indirect transfer: by the lookup cache */
	TREAT_COUNT,
};

/* One guest instruction of a unit. */
struct record {
	struct insn insn;      /* as decoded */
	uint8_t bytes[INSN_MAX_LENGTH];
	uint16_t offset;       /* of its first byte from the unit's EIP */
	uint16_t code;         /* of its first translated byte from the unit's code */
	uint16_t code_size;
	uint8_t treatment;     /* enum treatment */
	uint8_t in_cache;      /* which sequence: transform.c */
	uint8_t spilled;       /* 1 << register: of EAX and ECX, those whose guest value is in virtual->saved[] when
	                          this instruction's own memory access faults in the cache */
	uint32_t trace_faults; /* of this instruction, since it was translated */
	uint32_t quiet;        /* adapted: executions in a row that hit no traced page */
};

/* Why translated code calls the VMM. */
enum exit_kind {
	EXIT_TRANSFER,  /* to guest address `target`, not chained yet */
	EXIT_CALLOUT,   /* the instruction of `record` is the VMM's to do */
	EXIT_INTERRUPT, /* after `record`, which has made the virtual CPU interruptible: an interrupt waits */
	EXIT_LOOKUP,    /* the lookup cache does not know virtual->target (no unit's own exit: the shared routine's) */
};

struct unit;

/* A place where translated code leaves its unit. Its number is what the code stores into virtual->site. */
struct unit_exit {
	uint8_t kind;        /* enum exit_kind */
	uint8_t record;      /* index */
	bool taken;          /* EXIT_TRANSFER: the branch's taken side */
	uint16_t code;       /* of the stub that calls the VMM, from the unit's code */
	uint16_t patch;      /* of the 32-bit displacement that leads to the stub, and to `chained` once it is chained */
	uint32_t target;     /* guest EIP */
	struct unit *unit;   /* whose exit it is; NULL: free */
	struct unit *chained;
	struct unit_exit *next_incoming; /* of the exits chained to the same unit */
};

struct unit {
	struct unit_key key;
	uint64_t gfn[2];      /* frames that its bytes come from; the second NO_GFN unless its last instruction crosses */
	uint16_t bytes;       /* of guest code */
	uint8_t count;        /* of records */
	uint8_t exits;
	bool dropped;         /* it is found no longer, but its code stays until the next flush: somebody may be inside */
	struct record record[UNIT_INSNS];
	struct unit_exit *exit; /* `exits` of them, whose numbers follow one another */
	uint32_t code;        /* offset of its code in the translation cache */
	uint32_t code_size;
	uint32_t count_at;    /* with unit counters: offset of its counter in the cache; else 0 */
	uint32_t faults;      /* hardware faults while it ran */
	uint32_t sequence;    /* units are numbered as they are made */
	struct unit_exit *incoming;
	struct unit *next_in_bucket, *next_in_page[2];
};
#define NO_GFN UINT64_MAX

#endif
