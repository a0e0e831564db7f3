/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/operation.h - what a unit does, in words that know no instruction set: the seam between the passes
 * that read guest code and the back ends that emit code. An operation works for one record; its details
 * stand in the record's decoded instruction. (Adams and Agesen 2006, section 3.1: their translator's IR.)
 */
#ifndef RINGSIDE_BT_OPERATION_H
#define RINGSIDE_BT_OPERATION_H

#include "bt/translator.h"

enum operation_kind {
	DO_COUNT,          /* the unit has been entered once more */
	DO_COPY,           /* what the guest's instruction does, as it stands */
	DO_CLEAR_INTERRUPT_FLAG,
	DO_SET_INTERRUPT_FLAG,
	DO_CHECK_PENDING,  /* leaves by `exit` when an interrupt waits; `value` 1: and the virtual CPU's IF is set */
	DO_PUSH_FLAGS,     /* with the virtual CPU's IF and IOPL */
	DO_POP_FLAGS,      /* IF and IOPL into the virtual CPU, all others into the processor */
	DO_READ,           /* the virtual CPU's `field` into the instruction's r/m operand, by its size */
	DO_READ_REGISTER,  /* the same into the 32-bit register insn.rm: MOV from a control register */
	DO_WRITE_REGISTER, /* the 32-bit register insn.rm into `field`: MOV to a control register that nothing hangs on */
	DO_READ_CLOCK,     /* RDTSC, with the guest's offset */
	DO_STORE_TABLE,    /* limit in `field`, base behind it, into six bytes of memory: SGDT, SIDT */
	DO_PUSH,           /* the virtual CPU's `field`: pushes of segment registers */
	DO_CHECK_SELECTOR, /* leaves by `exit` when hardware could load the selector in the operand (that of MOV to a
	                      segment register, or of POP) where the guest could not, or another segment */
	DO_CALLOUT,        /* leaves by `exit`, and goes on behind it when the VMM comes back */
	DO_TARGET_OPERAND, /* virtual->target = r/m operand */
	DO_TARGET_RETURN,  /* virtual->target = popped, and `value` more bytes are released */
	DO_PUSH_RETURN,    /* pushes `value`, the guest's return address */
	DO_BRANCH,         /* by the instruction's condition to `exit`, else goes on */
	DO_JUMP,           /* leaves by `exit` */
	DO_LOOKUP,         /* goes where the lookup cache finds virtual->target */
};

struct operation {
	uint8_t kind;   /* enum operation_kind */
	uint8_t record; /* that it belongs to; NO_RECORD: the unit's head or end */
	uint8_t exit;   /* index in the unit */
	uint16_t field; /* offset in struct virtual_page */
	uint32_t value;
};
enum { NO_RECORD = 0xff };

/* The sequences, for record->in_cache: which operations an instruction becomes (transform.c). */
enum sequence {
	SEQUENCE_COPY,
	SEQUENCE_CLI, SEQUENCE_STI, SEQUENCE_PUSHF, SEQUENCE_POPF,
	SEQUENCE_SMSW, SEQUENCE_SLDT, SEQUENCE_STR, SEQUENCE_SGDT, SEQUENCE_SIDT,
	SEQUENCE_READ_CONTROL, SEQUENCE_WRITE_CONTROL, SEQUENCE_READ_CLOCK, SEQUENCE_READ_SEGMENT, SEQUENCE_PUSH_SEGMENT,
	SEQUENCE_LOAD_SEGMENT,
	SEQUENCE_OTHER,      /* in the cache by a piece alone (piece.h); our own code for it is a callout */
	SEQUENCE_CALLOUT,    /* and goes on with the next instruction */
	SEQUENCE_CALLOUT_END, /* transfers control: the unit ends */
	SEQUENCE_JUMP, SEQUENCE_BRANCH, SEQUENCE_CALL,
	SEQUENCE_RETURN, SEQUENCE_JUMP_INDIRECT, SEQUENCE_CALL_INDIRECT,
};

/* ---- the four passes ---- */

/* read.c: fills key, frames and records of `unit`. False: not even one instruction can be read, or hardware would have
 * to set an accessed bit first. `gpa_of_first` is where the unit begins. */
bool read_unit(const struct translator *translator, const struct unit_key *key, struct unit *unit);
/* Keeps the first `count` records. */
void cut_unit(struct unit *unit, unsigned count);
/* The gpa of a record's first byte. */
uint64_t record_gpa(const struct unit *unit, const struct record *record);

/* classify.c: says how each record is treated, and cuts the unit behind the first that transfers control. */
void classify_unit(const struct translator *translator, struct unit *unit);

/* transform.c: fills the unit's exits (`exit` has room for UNIT_EXITS) and gives the operations, UNIT_OPERATIONS at most. */
unsigned transform_unit(const struct translator *translator, struct unit *unit, struct operation *operation);

/* place.c: finds room for a unit in the cache and pool and has the back end emit it there; the unit itself is copied into
 * the pool. NULL: no room. */
struct unit *place_unit(struct translator *translator, const struct unit *from, const struct operation *operation,
                        unsigned operations);

#endif
