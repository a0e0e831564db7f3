/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/classify_compare.c - what a program can know of its machine, and what only a supervisor may change.
 */
#include "trap/classify_compare.h"

#include <string.h>

/* ---- privileged state ---- */

struct field {
	const char *name;
	uint32_t (*read)(const struct aftermath *aftermath, const struct cpu_state *state);
};

#define FIELD(function, expression)                                                                \
	static uint32_t function(const struct aftermath *aftermath, const struct cpu_state *state) \
	{                                                                                          \
		(void)aftermath;                                                                   \
		return (uint32_t)(expression);                                                     \
	}

FIELD(read_if, state->eflags >> 9 & 1)
FIELD(read_iopl, state_iopl(state))
FIELD(read_vm, state->eflags >> 17 & 1)
FIELD(read_cr0, state->cr0)
FIELD(read_cr2, state->cr2)
FIELD(read_cr3, state->cr3)
FIELD(read_cr4, state->cr4)
FIELD(read_gdtr, state->gdtr.base ^ (uint32_t)state->gdtr.limit << 16)
FIELD(read_idtr, state->idtr.base ^ (uint32_t)state->idtr.limit << 16)
FIELD(read_ldtr, state->segment[LDTR].selector)
FIELD(read_tr, state->segment[TR].selector)
FIELD(read_dr, state->dr[0] ^ state->dr[6] ^ state->dr[7])
FIELD(read_msr, state->sysenter_cs ^ state->sysenter_esp ^ state->sysenter_eip ^ (uint32_t)state->pat)
FIELD(read_tsc, state->tsc_offset)
FIELD(read_activity, state->activity)

/* A guest's kernel believes in ring 0 where it is in the ring that it began in. */
static uint32_t read_ring(const struct aftermath *aftermath, const struct cpu_state *state)
{
	return state->cpl == aftermath->before.cpl ? 0 : state->cpl;
}

static uint32_t read_ports(const struct aftermath *aftermath, const struct cpu_state *state)
{
	return state == &aftermath->after ? aftermath->ports : 0;
}

static const struct field privileged[] = {
	{"IF", read_if}, {"IOPL", read_iopl}, {"VM", read_vm}, {"ring", read_ring}, {"CR0", read_cr0}, {"CR2", read_cr2},
	{"CR3", read_cr3}, {"CR4", read_cr4}, {"GDTR", read_gdtr}, {"IDTR", read_idtr}, {"LDTR", read_ldtr},
	{"TR", read_tr}, {"debug registers", read_dr}, {"MSRs", read_msr}, {"TSC", read_tsc},
	{"activity (halts)", read_activity}, {"a device", read_ports},
};

enum { PRIVILEGED_FIELDS = sizeof privileged / sizeof *privileged };

static bool field_changed(const struct field *field, const struct aftermath *aftermath, uint32_t *value)
{
	*value = field->read(aftermath, &aftermath->after);
	return *value != field->read(aftermath, &aftermath->before);
}

/* A ring left for an inner one and back is a change even where both are called 0. */
static bool ring_changed(const struct aftermath *aftermath)
{
	return aftermath->before.cpl != aftermath->after.cpl;
}

static const char *const segment_names[] = {"ES", "CS", "SS", "DS", "FS", "GS"};

const char *privileged_change(const struct aftermath *aftermath)
{
	uint32_t value;

	if (aftermath->trapped)
		return NULL;
	if (ring_changed(aftermath))
		return "ring";
	for (unsigned i = 0; i < PRIVILEGED_FIELDS; i++)
		if (field_changed(&privileged[i], aftermath, &value))
			return privileged[i].name;
	return NULL;
}

bool relocation_change(const struct aftermath *aftermath)
{
	return !aftermath->trapped &&
	       memcmp(aftermath->before.segment, aftermath->after.segment, sizeof aftermath->before.segment) != 0;
}

/* ---- the differences, the most telling first ---- */

static struct classify_outcome differs(enum classify_kind kind, const char *what, uint32_t right, uint32_t wrong)
{
	return (struct classify_outcome){.kind = kind, .what = what, .right = right, .wrong = wrong};
}

/* What the truth changed, and this run did not change to the same. */
static struct classify_outcome compare_privileged(const struct aftermath *truth, const struct aftermath *run)
{
	for (unsigned i = 0; i < PRIVILEGED_FIELDS; i++) {
		uint32_t right, wrong;
		bool changes = field_changed(&privileged[i], truth, &right);
		bool changes_here = field_changed(&privileged[i], run, &wrong);

		if (changes && (!changes_here || right != wrong))
			return differs(OUTCOME_LOST, privileged[i].name, right, wrong);
	}
	return (struct classify_outcome){.kind = OUTCOME_SAME};
}

static struct classify_outcome compare_path(const struct aftermath *truth, const struct aftermath *run)
{
	const struct cpu_state *right = &truth->after, *wrong = &run->after;

	if (right->eip != wrong->eip)
		return differs(OUTCOME_PATH, "EIP", right->eip, wrong->eip);
	if (ring_changed(run) != ring_changed(truth))
		return differs(OUTCOME_PATH, "a change of ring", ring_changed(truth), ring_changed(run));
	for (unsigned reg = CS; reg <= SS; reg++) {
		uint16_t right_selector = right->segment[reg].selector, wrong_selector = wrong->segment[reg].selector;

		if ((right_selector & 0xfffc) != (wrong_selector & 0xfffc))
			return differs(OUTCOME_PATH, segment_names[reg], right_selector, wrong_selector);
	}
	return (struct classify_outcome){.kind = OUTCOME_SAME};
}

static bool selector_changed(const struct aftermath *aftermath, unsigned reg)
{
	return aftermath->before.segment[reg].selector != aftermath->after.segment[reg].selector;
}

/* ES, DS, FS and GS, where one of the two runs loaded them. */
static struct classify_outcome compare_segments(const struct aftermath *truth, const struct aftermath *run)
{
	for (unsigned reg = ES; reg <= GS; reg++) {
		uint16_t right = truth->after.segment[reg].selector, wrong = run->after.segment[reg].selector;
		bool loaded = selector_changed(truth, reg) || selector_changed(run, reg);

		if (reg != CS && reg != SS && loaded && right != wrong)
			return differs(OUTCOME_VALUE, segment_names[reg], right, wrong);
	}
	return (struct classify_outcome){.kind = OUTCOME_SAME};
}

static struct classify_outcome compare_registers(const struct cpu_state *right, const struct cpu_state *wrong)
{
	enum { OTHERS = EFLAGS_STATUS | EFLAGS_DF | EFLAGS_TF | EFLAGS_AC | EFLAGS_ID | EFLAGS_NT };
	static const char *const names[] = {"EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"};

	for (unsigned i = 0; i < GPR_COUNT; i++)
		if (right->gpr[i] != wrong->gpr[i])
			return differs(OUTCOME_VALUE, names[i], right->gpr[i], wrong->gpr[i]);
	if ((right->eflags ^ wrong->eflags) & EFLAGS_ZF)
		return differs(OUTCOME_VALUE, "ZF", right->eflags >> 6 & 1, wrong->eflags >> 6 & 1);
	if ((right->eflags ^ wrong->eflags) & OTHERS)
		return differs(OUTCOME_VALUE, "flags", right->eflags & OTHERS, wrong->eflags & OTHERS);
	return (struct classify_outcome){.kind = OUTCOME_SAME};
}

static uint32_t word_at(const uint8_t *page, unsigned at)
{
	uint32_t value;

	memcpy(&value, page + at, sizeof value);
	return value;
}

/* The first doubleword in which two pages differ, from `at` on. */
static bool pages_differ(const uint8_t *right, const uint8_t *wrong, unsigned at, uint32_t *right_word, uint32_t *wrong_word)
{
	if (memcmp(right + at, wrong + at, PAGE_SIZE - at) == 0)
		return false;
	for (; at + 4 <= PAGE_SIZE; at += 4) {
		*right_word = word_at(right, at);
		*wrong_word = word_at(wrong, at);
		if (*right_word != *wrong_word)
			return true;
	}
	return false;
}

static struct classify_outcome compare_memory(const struct aftermath *truth, const struct aftermath *run, bool table)
{
	uint32_t right, wrong;
	unsigned from = table ? (AT_DATA + 2) % PAGE_SIZE : 0;

	if (pages_differ(truth->stack, run->stack, 0, &right, &wrong))
		return differs(OUTCOME_VALUE, "the stack", right, wrong);
	if (pages_differ(truth->data, run->data, from, &right, &wrong) ||
	    pages_differ(truth->data, run->data, 0, &right, &wrong))
		return differs(OUTCOME_VALUE, "memory", right, wrong);
	return (struct classify_outcome){.kind = OUTCOME_SAME};
}

static struct classify_outcome went_on(const struct aftermath *truth)
{
	return (struct classify_outcome){
		.kind = OUTCOME_ALLOWED,
		.vector = truth->event.vector,
		.has_error = truth->event.has_error,
		.error = truth->event.error,
	};
}

struct classify_outcome compare_aftermaths(const struct aftermath *truth, const struct aftermath *run, bool table)
{
	struct classify_outcome outcome = {.kind = OUTCOME_TRAPPED};

	if (run->trapped) {
		outcome.vector = run->event.vector;
		outcome.has_error = run->event.has_error;
		outcome.error = run->event.error;
		return outcome;
	}
	if (truth->trapped)
		return went_on(truth);
	outcome = compare_privileged(truth, run);
	if (outcome.kind == OUTCOME_SAME)
		outcome = compare_path(truth, run);
	if (outcome.kind == OUTCOME_SAME)
		outcome = compare_registers(&truth->after, &run->after);
	if (outcome.kind == OUTCOME_SAME)
		outcome = compare_segments(truth, run);
	if (outcome.kind == OUTCOME_SAME)
		outcome = compare_memory(truth, run, table);
	return outcome;
}
