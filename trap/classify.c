/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/classify.c - see classify.h: the seven runs of an instruction, and what follows from them.
 */
#include "trap/classify.h"

#include "trap/classify_compare.h"
#include "trap/classify_machine.h"
#include "trap/classify_operands.h"

#include <stdlib.h>
#include <string.h>

struct classify {
	bool umip;
	struct machine *machine;
	struct aftermath aftermath[RUN_COUNT]; /* of the present instance */
};

struct classify *classify_new(bool umip)
{
	struct classify *classify = calloc(1, sizeof *classify);

	if (!classify)
		return NULL;
	classify->umip = umip;
	classify->machine = machine_new(umip);
	if (classify->machine)
		return classify;
	free(classify);
	return NULL;
}

void classify_free(struct classify *classify)
{
	if (!classify)
		return;
	machine_free(classify->machine);
	free(classify);
}

/* ---- one instance ---- */

static bool is_hole(const struct classify_outcome *outcome)
{
	return outcome->kind > OUTCOME_TRAPPED;
}

/* How well a run shows something; 0: it shows nothing. A ring alone tells more than a VMM's state. */
static unsigned worth(const struct classify_instance *instance, unsigned run)
{
	const struct classify_outcome *outcome = &instance->outcome[run];
	bool trap_alone = outcome->kind == OUTCOME_TRAPPED && instance->outcome[RUN_TRUTH].kind != OUTCOME_TRAPPED;

	if (!is_hole(outcome) && !trap_alone)
		return 0;
	return 2 * (unsigned)outcome->kind + (run < RUN_MOVED);
}

/* Among equals the first is kept: ring 1. */
static void keep_witness(struct classify_row *result, const struct classify_instance *instance)
{
	for (unsigned run = RUN_MODE; run < RUN_COUNT; run++) {
		if (worth(instance, run) <= result->witness_worth)
			continue;
		result->witness = *instance;
		result->witness_run = (enum classify_run)run;
		result->witness_worth = worth(instance, run);
	}
}

static void note_change(struct classify_row *result, const struct aftermath *aftermath, const char *changes)
{
	result->control |= changes || relocation_change(aftermath);
	if (changes && !result->changes)
		result->changes = changes;
}

static bool traps_above_ring0(const struct classify_instance *instance)
{
	for (unsigned run = RUN_MODE; run < RUN_MOVED; run++)
		if (instance->outcome[run].kind != OUTCOME_TRAPPED)
			return false;
	return true;
}

/* What the guest's move to the VMM's state changes, its ring being the same. */
static void note_location(struct classify *classify, bool table, struct classify_row *result)
{
	for (unsigned i = 0; i < CLASSIFY_RINGS; i++) {
		const struct aftermath *mode = &classify->aftermath[RUN_MODE + i];
		struct classify_outcome outcome = compare_aftermaths(mode, &classify->aftermath[RUN_MOVED + i], table);

		result->location |= !mode->trapped && is_hole(&outcome);
	}
}

static void conclude(struct classify *classify, const struct classify_instance *instance, bool table,
                     struct classify_row *result, bool *always_traps)
{
	result->instances++;
	*always_traps &= traps_above_ring0(instance);
	result->completes |= !classify->aftermath[RUN_TRUTH].trapped;
	for (unsigned run = 0; run < RUN_COUNT; run++)
		note_change(result, &classify->aftermath[run], instance->changes[run]);
	for (unsigned run = RUN_MODE; run < RUN_MOVED; run++)
		result->mode |= is_hole(&instance->outcome[run]);
	note_location(classify, table, result);
	keep_witness(result, instance);
}

static void run_instance(struct classify *classify, const struct operands *operands, bool table,
                         struct classify_instance *instance)
{
	for (unsigned run = 0; run < RUN_COUNT; run++) {
		machine_execute(classify->machine, (enum classify_run)run, instance->bytes, instance->length, operands,
		                instance->guest_if, &classify->aftermath[run]);
		instance->outcome[run] =
			compare_aftermaths(&classify->aftermath[RUN_TRUTH], &classify->aftermath[run], table);
		instance->changes[run] = privileged_change(&classify->aftermath[run]);
	}
}

void classify_run_one(struct classify *classify, const struct operands *operands, struct classify_instance *instance)
{
	run_instance(classify, operands, false, instance);
}

struct segment classify_descriptor(const struct classify *classify, enum classify_run run, uint16_t selector)
{
	return machine_descriptor(classify->machine, run, selector);
}

/* ---- one row ---- */

/* A register where the row wants memory is another instruction, or none. */
static bool is_of_row(const struct classify_instance *instance, const struct instruction *row)
{
	struct insn insn;

	return insn_decode(&insn, instance->bytes, instance->length, true) == instance->length &&
	       insn.row->perform == row->perform;
}

static enum insn_class derive(const struct classify_row *result, bool always_traps)
{
	if (result->completes && always_traps)
		return CLASS_PRIVILEGED;
	return result->control || result->mode || result->location ? CLASS_SENSITIVE : CLASS_INNOCUOUS;
}

static bool has_table_operand(const struct instruction *row)
{
	return row->operand[0] == OP_Ms;
}

void classify_measure(struct classify *classify, const struct instruction *row, bool two_byte, uint8_t opcode, int reg,
                      struct classify_row *result, classify_visit *visit, void *owner)
{
	bool always_traps = true, table = has_table_operand(row);
	struct operands operands;

	*result = (struct classify_row){
		.row = row, .two_byte = two_byte, .opcode = opcode, .reg = reg, .umip = classify->umip,
	};
	for (unsigned set = 0; operands_at(set, row, &operands); set++) {
		for (unsigned form = 0;; form++) {
			struct classify_instance instance = {.operands = operands.text};

			instance.length =
				(uint8_t)operands_encode(row, two_byte, opcode, reg, form, &operands, instance.bytes);
			if (!instance.length)
				break;
			if (!is_of_row(&instance, row))
				continue;
			for (unsigned guest_if = 0; guest_if < 2; guest_if++) {
				instance.guest_if = guest_if;
				run_instance(classify, &operands, table, &instance);
				conclude(classify, &instance, table, result, &always_traps);
				if (visit)
					visit(owner, &instance);
			}
		}
	}
	if (result->control && !result->changes)
		result->changes = "segment registers";
	result->measured = derive(result, always_traps);
}

bool classify_agrees(const struct classify_row *result)
{
	return !result->completes || result->measured == (enum insn_class)result->row->insn_class ||
	       classify_closed(result);
}

bool classify_closed(const struct classify_row *result)
{
	return result->umip && result->measured == CLASS_PRIVILEGED && result->row->insn_class == CLASS_SENSITIVE;
}

/* ---- counting rules ---- */

static const char *const listed[] = {
	"sgdt", "sidt", "sldt", "smsw", "pushf", "popf", "lar", "lsl", "verr", "verw", "pop", "push", "call", "jmp", "int",
	"ret", "str", "mov",
};

bool classify_listed(const char *mnemonic)
{
	for (size_t i = 0; i < sizeof listed / sizeof *listed; i++)
		if (strcmp(listed[i], mnemonic) == 0)
			return true;
	return false;
}

const char *classify_heading(const char *mnemonic)
{
	return strcmp(mnemonic, "verw") == 0 ? "verr" : mnemonic;
}
