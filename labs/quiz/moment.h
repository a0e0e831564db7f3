/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/quiz/moment.h - for this folder: one step of a guest with what both truths were before and after it.
 */
#ifndef RINGSIDE_LABS_QUIZ_MOMENT_H
#define RINGSIDE_LABS_QUIZ_MOMENT_H

#include "core/vm.h"
#include "cpu/insn.h"
#include "labs/quiz/quiz.h"

enum { NO_HANDLER = -1, PAST = 2 };

struct moment {
	const struct vm *vm;      /* behind the step */
	uint64_t step, cycle;     /* steps before it; the clock before it */
	struct cpu_state before, after; /* the guest's truth */
	struct cpu_state hardware;      /* the other one, behind the step */
	bool has_hardware;
	struct insn insn;         /* that was to be executed */
	bool decoded;
	struct event exit;        /* the step's first exit */
	bool exited;
	struct event hole;        /* a sensitive instruction that made none, and showed or changed another truth than it should */
	bool fell;
	int handler;              /* the guest has come to its handler of this vector; NO_HANDLER */
	uint32_t past[PAST];      /* addresses of the instructions before it, the latest last; 0: none */
};

/* A guest that goes step by step. */
struct walker {
	struct vm *vm;
	struct file_set *files;
	struct event_reader reader;
	struct moment moment; /* the last step */
	enum vm_end end;
	uint64_t steps;
};

/* False: `error`. walker_end in either case. */
bool walker_begin(struct walker *walker, const struct config *config, char *error, size_t error_size);
/* False: the guest has come to its end. */
bool walker_step(struct walker *walker);
void walker_end(struct walker *walker);

/* ---- what one asks of a moment ---- */

/* EIP behind the instruction. */
static inline uint32_t moment_next(const struct moment *moment)
{
	return moment->before.eip + moment->insn.length;
}

static inline bool moment_is(const struct moment *moment, const char *const *mnemonics)
{
	for (; moment->decoded && *mnemonics; mnemonics++)
		if (__builtin_strcmp(moment->insn.row->mnemonic, *mnemonics) == 0)
			return true;
	return false;
}

/* A dword of the guest's memory as it is behind the step. */
bool moment_read(const struct moment *moment, uint32_t linear, uint32_t *value);
/* Linear address of the instruction's memory operand. */
uint32_t moment_operand(const struct moment *moment);
/* A gate of the guest's IDT: where it leads, and whether it clears IF. False: there is none. */
bool moment_gate(const struct moment *moment, unsigned vector, uint32_t *handler, bool *clears);

#endif
