/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/classify.h - Popek and Goldberg's table (CACM 1974), measured: each row of the instruction table is
 * run with many operands in every ring on the project's own processor, without any VMM, and its class is
 * derived from what happened. Nothing here looks at the class that instructions.def says.
 *
 * One instruction with its operands is run seven times:
 *
 *   truth          ring 0, the guest's own privileged state: bare hardware
 *   mode, ring r   rings 1 to 3, all else the same (the segments it runs in have DPL r, as they must)
 *   moved, ring r  rings 1 to 3 with the privileged state that a VMM keeps for itself: other GDTR, IDTR,
 *                  LDTR, TR, CR0, CR3, EFLAGS.IF, TSC, MSRs, CPUID, other selectors in ES, DS, FS and GS; the guest's
 *                  ring-0 descriptors compressed to r
 *
 * IOPL is 0, I/O bitmaps are closed. From these follow, in the paper's words:
 *
 *   privileged          completes in the truth, and traps in rings 1 to 3 (mode) whatever its operands
 *   control-sensitive   some run that does not trap changes privileged state or a relocation register
 *   mode-sensitive      truth and mode differ in what the program can know, and nothing trapped
 *   location-sensitive  mode and moved differ so
 *
 * and the three classes: privileged; sensitive (one of the last three) and not privileged: a hole; innocuous.
 */
#ifndef RINGSIDE_TRAP_CLASSIFY_H
#define RINGSIDE_TRAP_CLASSIFY_H

#include "cpu/insn.h"
#include "cpu/state.h"

enum { CLASSIFY_RINGS = 3 }; /* 1 to 3 */

/* Indices of the seven runs: mode and moved are followed by the other two rings. */
enum classify_run { RUN_TRUTH, RUN_MODE, RUN_MOVED = RUN_MODE + CLASSIFY_RINGS, RUN_COUNT = RUN_MOVED + CLASSIFY_RINGS };

static inline unsigned classify_ring(enum classify_run run)
{
	return run == RUN_TRUTH ? 0 : (run - RUN_MODE) % CLASSIFY_RINGS + 1;
}

/* How a run went, beside the truth. What is further down makes a better witness. */
enum classify_kind {
	OUTCOME_SAME,    /* completed, and a program cannot tell the difference; of the truth: completed */
	OUTCOME_TRAPPED, /* an exception: the VMM has control. Also where the truth is one */
	OUTCOME_ALLOWED, /* the truth is an exception, and here it went on */
	OUTCOME_VALUE,   /* a register, flag or memory operand is another */
	OUTCOME_PATH,    /* goes on elsewhere */
	OUTCOME_LOST,    /* what the truth does to privileged state does not happen */
};

struct classify_outcome {
	enum classify_kind kind;
	const char *what;      /* PATH, VALUE, LOST: the register, flag or memory meant; static */
	uint32_t right, wrong; /* in the truth, and here */
	uint8_t vector;        /* TRAPPED: of the exception here; ALLOWED: of the truth's */
	bool has_error;
	uint32_t error;
};

/* One instruction with its operands, and what became of it. */
struct classify_instance {
	uint8_t bytes[INSN_MAX_LENGTH];
	uint8_t length;
	bool guest_if;        /* the guest's IF (its CR0.TS is the same) */
	const char *operands; /* what was in registers and memory; static. NULL: nothing in particular */
	struct classify_outcome outcome[RUN_COUNT];
	const char *changes[RUN_COUNT]; /* the privileged state that it changed, static; NULL: none */
};

typedef void classify_visit(void *owner, const struct classify_instance *instance);

/* What was measured of one row of the table. */
struct classify_row {
	const struct instruction *row;
	bool two_byte;
	uint8_t opcode;
	int reg;   /* of a group; -1 */
	bool umip; /* the machine has it */

	unsigned instances;
	bool completes;  /* with some operands, in ring 0 */
	enum insn_class measured;
	bool control, mode, location;
	const char *changes; /* the privileged state changed, of which `control` speaks; NULL */
	/* SENSITIVE, PRIVILEGED: a run that shows it, the instance and which of its runs. */
	struct classify_instance witness;
	enum classify_run witness_run;
	unsigned witness_worth; /* among rows of one mnemonic, the largest is the best example */
};

struct classify;

/* The machine that is measured on. `umip`: it has UMIP, and CR4.UMIP is set (SDM vol. 3, 2.5). NULL when memory is
 * short. The caller frees it. */
struct classify *classify_new(bool umip);
void classify_free(struct classify *classify);

/* Measures the row at its place in the table (as insn_for_each gives it). `visit` may be NULL; it sees every
 * instance. */
void classify_measure(struct classify *classify, const struct instruction *row, bool two_byte, uint8_t opcode, int reg,
                      struct classify_row *result, classify_visit *visit, void *owner);

/* Runs one instruction with operands of the caller's choice (classify_operands.h). `instance` has its bytes and the guest's IF; the
 * rest is filled in. */
struct operands;
void classify_run_one(struct classify *classify, const struct operands *operands, struct classify_instance *instance);
/* What a selector means in the table that is in force in this run; access 0: nothing is there. */
struct segment classify_descriptor(const struct classify *classify, enum classify_run run, uint16_t selector);

/* Is the measured class what the table says? What never completes in ring 0 was not measured. The table speaks of
 * processors without UMIP: what UMIP makes trap agrees too. */
bool classify_agrees(const struct classify_row *result);
/* Sensitive by the table, and UMIP makes it trap. */
bool classify_closed(const struct classify_row *result);

/* Is the mnemonic one of the 18 of Robin and Irvine (USENIX Security 2000)? */
bool classify_listed(const char *mnemonic);
/* The heading in SDM volume 2 under which a listed mnemonic stands: VERR and VERW share one, so that 18 become 17. */
const char *classify_heading(const char *mnemonic);

#endif
