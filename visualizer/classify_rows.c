/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/classify_rows.c - measures rows; and one instruction looked at closely: how it went in each ring,
 * operands that went the same way told once.
 */
#include "visualizer/classify_rows.h"

#include "visualizer/style.h"
#include "visualizer/wrap.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Instances that came out alike. */
struct group {
	struct classify_instance first;
	unsigned count;
};

enum { GROUPS_MAX = 256, GROUPS_SHOWN = 16 };

struct measuring {
	const struct options *options;
	struct classify *classify;
	struct rows *rows;
	struct style style;
	struct group group[GROUPS_MAX]; /* of the present row */
	unsigned groups;
};

/* ---- one row closely ---- */

static bool same_outcome(const struct classify_outcome *one, const struct classify_outcome *other)
{
	return one->kind == other->kind && one->what == other->what && one->right == other->right &&
	       one->wrong == other->wrong && one->vector == other->vector && one->has_error == other->has_error &&
	       one->error == other->error;
}

static bool same_instance(const struct classify_instance *one, const struct classify_instance *other)
{
	for (unsigned run = 0; run < RUN_COUNT; run++)
		if (!same_outcome(&one->outcome[run], &other->outcome[run]))
			return false;
	return true;
}

static void add_to_group(void *owner, const struct classify_instance *instance)
{
	struct measuring *measuring = owner;
	unsigned i = 0;

	while (i < measuring->groups && !same_instance(&measuring->group[i].first, instance))
		i++;
	if (i == GROUPS_MAX)
		return;
	if (i == measuring->groups)
		measuring->group[measuring->groups++] = (struct group){ .first = *instance };
	measuring->group[i].count++;
}

/* The best that an instance shows: groups with more to see come first. */
static int interest(const struct group *group)
{
	int best = 0;

	for (unsigned run = RUN_MODE; run < RUN_COUNT; run++)
		if ((int)group->first.outcome[run].kind > best)
			best = group->first.outcome[run].kind;
	return best;
}

static int by_interest(const void *left, const void *right)
{
	const struct group *one = left, *other = right;
	int difference = interest(other) - interest(one);

	return difference ? difference : (other->count > one->count) - (other->count < one->count);
}

/* Three rings at once where they went alike. */
static void print_runs(const struct classify_instance *instance, unsigned first, const char *state)
{
	char text[160];

	for (unsigned i = 0; i < CLASSIFY_RINGS;) {
		const struct classify_outcome *outcome = &instance->outcome[first + i];
		unsigned last = i;

		while (last + 1 < CLASSIFY_RINGS && same_outcome(outcome, &instance->outcome[first + last + 1]))
			last++;
		outcome_text(outcome, text, sizeof(text));
		if (last > i)
			printf("    rings %u-%u, %-12s %s\n", i + 1, last + 1, state, text);
		else
			printf("    ring %u,    %-12s %s\n", i + 1, state, text);
		i = last + 1;
	}
}

static void print_group(const struct group *group)
{
	const struct classify_instance *instance = &group->first;
	const struct classify_outcome *truth = &instance->outcome[RUN_TRUTH];
	char text[96];

	instance_text(instance, text, sizeof(text));
	printf("\n  %s; %s; IF %d", text, instance->operands ? instance->operands : "nothing in particular",
	       instance->guest_if);
	if (group->count > 1)
		printf(" (and %u more alike)", group->count - 1);
	puts("");
	exception_text(truth, text, sizeof(text));
	printf("    ring 0, bare hardware   %s\n", truth->kind == OUTCOME_TRAPPED ? text : "completes");
	print_runs(instance, RUN_MODE, "own state");
	print_runs(instance, RUN_MOVED, "VMM's state");
}

static const char *meaning(const struct classify_row *row)
{
	if (!row->completes)
		return "raises an exception in every ring";
	if (row->measured == CLASS_PRIVILEGED)
		return classify_closed(row) ? "sensitive, and traps because of UMIP"
		                            : "privileged: completes in ring 0, traps above";
	return row->measured == CLASS_SENSITIVE ? "sensitive, and does not trap: a hole" : "innocuous";
}

static void print_closely(struct measuring *measuring, const struct classify_row *row)
{
	unsigned shown = measuring->groups < GROUPS_SHOWN ? measuring->groups : GROUPS_SHOWN;
	char opcode[16], ways[4];

	opcode_text(row, opcode, sizeof(opcode));
	ways_text(row, ways);
	printf("%s%s%s (%s)%s: %s", measuring->rows->count > 1 ? "\n" : "", measuring->style.title, row->row->mnemonic,
	       opcode, measuring->style.off, meaning(row));
	if (row->measured == CLASS_SENSITIVE)
		printf(" [%s]", ways);
	if (row->changes)
		printf("; changes: %s", row->changes);
	putchar('\n');
	qsort(measuring->group, measuring->groups, sizeof(measuring->group[0]), by_interest);
	for (unsigned i = 0; i < shown; i++)
		print_group(&measuring->group[i]);
	if (measuring->groups > shown)
		printf("\n  and %u outcomes more\n", measuring->groups - shown);
}

/* ---- all rows ---- */

static bool is_wanted(const struct options *options, const char *mnemonic)
{
	for (int i = 0; i < options->word_count; i++)
		if (strcmp(options->words[i], mnemonic) == 0)
			return true;
	return options->word_count == 0;
}

static void measure(void *owner, const struct instruction *row, bool two_byte, uint8_t opcode, int reg)
{
	struct measuring *measuring = owner;
	struct rows *rows = measuring->rows;
	struct classify_row *result = &rows->row[rows->count];
	bool closely = measuring->options->word_count > 0 && !measuring->options->json;

	if (!is_wanted(measuring->options, row->mnemonic))
		return;
	assert(rows->count < ROWS_MAX);
	measuring->groups = 0;
	classify_measure(measuring->classify, row, two_byte, opcode, reg, result, closely ? add_to_group : NULL,
	                 measuring);
	rows->count++;
	rows->instances += result->instances;
	if (closely)
		print_closely(measuring, result);
}

struct rows *rows_measure(const struct options *options)
{
	struct measuring *measuring = calloc(1, sizeof(*measuring));
	struct rows *rows = calloc(1, sizeof(*rows));
	struct classify *classify = classify_new(options->umip);

	if (measuring && rows && classify) {
		measuring->options = options;
		measuring->classify = classify;
		measuring->rows = rows;
		measuring->style = style_make(options->color);
		insn_for_each(measure, measuring);
	} else {
		free(rows);
		rows = NULL;
	}
	classify_free(classify);
	free(measuring);
	return rows;
}

void rows_free(struct rows *rows)
{
	free(rows);
}
