/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/commands_compare.c - `compare`: the same guest from its beginning under another technique, up to as many
 * instructions as it has retired here; then both side by side. The guest that is looked at is not touched.
 */
#include "visualizer/debugger/commands.h"

#include "core/counters.h"
#include "trap/techniques.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 1000000, REASONS = 10, PATIENCE = 64 };

struct comparison {
	struct shell *shell;
	struct vm *other;
	struct counters counters; /* of the other one */
	size_t input;             /* the next of history's */
	enum vm_end end;
};

static bool make_other(struct comparison *comparison, const struct vm_mode *mode)
{
	struct config config = comparison->shell->debugger->config;
	char error[400];

	snprintf(config.technique, sizeof(config.technique), "%s", mode->technique->name);
	snprintf(config.paging, sizeof(config.paging), "%s", mode->paging == PAGING_GUEST ? "auto" : paging_name(mode->paging));
	config.ring = mode->ring;
	comparison->other = vm_new(&config, mode->technique, NULL, error, sizeof(error));
	if (!comparison->other)
		return shell_refuse(comparison->shell, "%s", error);
	counters_begin(&comparison->counters, EVENT_KINDS_ALL);
	event_add_reader(&comparison->other->events, &comparison->counters.reader);
	return true;
}

/* What was typed here arrives there at the same cycle. */
static uint64_t deliver(struct comparison *comparison)
{
	struct vm *other = comparison->other;
	const struct input *input;

	while ((input = history_input_at(comparison->shell->debugger->history, comparison->input))) {
		if (input->clock > other->clock)
			return input->clock;
		board_act(other->board, other->clock);
		if (input->kind == INPUT_KEYBOARD)
			board_key_input(other->board, input->bytes, input->size);
		else if (input->kind == INPUT_SERIAL)
			board_serial_input(other->board, 0, input->bytes, input->size);
		comparison->input++;
	}
	return UINT64_MAX;
}

/* An instruction takes a cycle at least, so as many cycles as instructions are left never run past them. */
static bool run_other(struct comparison *comparison, uint64_t instructions)
{
	struct shell *shell = comparison->shell;
	struct vm *other = comparison->other;
	uint64_t most = PATIENCE * (shell->debugger->vm->clock + PIECE), done;

	while (comparison->end == VM_RUNNING && (done = vm_instructions(other)) < instructions) {
		uint64_t left = instructions - done, next = deliver(comparison), until;

		until = other->clock + (left < PIECE ? left : PIECE);
		comparison->end = vm_run(other, next < until ? next : until);
		if (shell->interrupted && shell->interrupted(shell->owner))
			return shell_refuse(shell, "compare: interrupted");
		if (other->clock > most)
			return shell_refuse(shell, "compare: there the guest waits for something, and has retired %" PRIu64 " of %" PRIu64
			                           " instructions", done, instructions);
	}
	return true;
}

/* ---- telling ---- */

static void print_two(FILE *out, const char *name, uint64_t here, uint64_t there)
{
	fprintf(out, "%-22s %14" PRIu64 " %14" PRIu64 "\n", name, here, there);
}

static const struct counter *find(const struct counters *counters, const char *reason)
{
	for (unsigned i = 0; i < counters->rows; i++)
		if (strcmp(counters->row[i].reason, reason) == 0)
			return &counters->row[i];
	return NULL;
}

static void print_reason(FILE *out, const struct counters *here, const struct counters *there, const char *reason)
{
	const struct counter *left = find(here, reason), *right = find(there, reason);
	char name[COUNTER_NAME + 2];

	snprintf(name, sizeof(name), "%s%s", reason, (left ? left : right)->work ? " *" : "");
	print_two(out, name, left ? left->count : 0, right ? right->count : 0);
}

/* The dearest ones of each side, those of the second only where the first does not have them. */
static void print_reasons(FILE *out, const struct counters *here, const struct counters *there)
{
	unsigned order[COUNTERS_MAX], rows = counters_order(here, order);

	for (unsigned i = 0; i < rows && i < REASONS; i++)
		print_reason(out, here, there, here->row[order[i]].reason);
	rows = counters_order(there, order);
	for (unsigned i = 0; i < rows && i < REASONS; i++)
		if (!find(here, there->row[order[i]].reason))
			print_reason(out, here, there, there->row[order[i]].reason);
}

static void print_comparison(const struct comparison *comparison)
{
	const struct debugger *debugger = comparison->shell->debugger;
	const struct vm *here = debugger->vm, *there = comparison->other;
	struct vm_mode left = vm_mode(here), right = vm_mode(there);
	FILE *out = comparison->shell->out;
	char name[2][64];

	fprintf(out, "%-22s %14s %14s\n", "", mode_text(&left, name[0], sizeof(name[0])),
	        mode_text(&right, name[1], sizeof(name[1])));
	print_two(out, "instructions", vm_instructions(here), vm_instructions(there));
	print_two(out, "cycles", here->clock, there->clock);
	print_two(out, "exits", debugger->counters->exits, comparison->counters.exits);
	print_two(out, "cycles of exits", debugger->counters->exit_cycles, comparison->counters.exit_cycles);
	print_two(out, "sensitive, no trap", debugger->counters->kind[EV_SENSITIVE], comparison->counters.kind[EV_SENSITIVE]);
	fputs("by reason (* other work of the VMM):\n", out);
	print_reasons(out, debugger->counters, &comparison->counters);
	fprintf(out, "guest memory is %s\n",
	        memory_digest(here->memory) == memory_digest(there->memory)
		        ? "the same"
		        : "not the same: interrupts came at other instructions, or the guest saw other times, or a hole");
}

static bool compare(struct comparison *comparison, const struct vm_mode *mode)
{
	if (!make_other(comparison, mode) || !run_other(comparison, vm_instructions(comparison->shell->debugger->vm)))
		return false;
	print_comparison(comparison);
	return true;
}

bool command_compare(struct shell *shell, int argc, char **argv)
{
	struct comparison *comparison;
	struct vm_mode mode;
	bool fine;

	if (argc > 2)
		return shell_refuse(shell, "compare: one mode without blanks, such as bt or hvm/nested");
	if (!mode_parse(technique_list(), argv[1], &mode, shell->message, sizeof(shell->message)))
		return false;
	comparison = calloc(1, sizeof(*comparison));
	if (!comparison)
		return shell_refuse(shell, "not enough memory; close other programs");
	comparison->shell = shell;
	fine = compare(comparison, &mode);
	vm_free(comparison->other);
	free(comparison);
	return fine;
}
