/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/classify.c - the command `classify`: Popek and Goldberg's table (CACM 1974) as the processor
 * shows it, with the holes of Robin and Irvine (USENIX Security 2000) and how they are counted.
 */
#include "core/json.h"
#include "core/nearest.h"
#include "visualizer/classify_rows.h"
#include "visualizer/command.h"
#include "visualizer/message.h"
#include "visualizer/options.h"
#include "visualizer/style.h"
#include "visualizer/wrap.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_COLUMN = 16 }; /* where witnesses begin */

/* ---- sections ---- */

enum section { SECTION_PRIVILEGED, SECTION_CLOSED, SECTION_LISTED, SECTION_OTHERS, SECTION_INNOCUOUS, SECTIONS };

static enum section section_of(const struct classify_row *row)
{
	if (row->measured == CLASS_INNOCUOUS)
		return SECTION_INNOCUOUS;
	if (row->measured == CLASS_PRIVILEGED)
		return classify_closed(row) ? SECTION_CLOSED : SECTION_PRIVILEGED;
	return classify_listed(row->row->mnemonic) ? SECTION_LISTED : SECTION_OTHERS;
}

/* The more of it, the better a row is as its mnemonic's example. */
static int worth(const struct classify_row *row)
{
	return 2 * (int)row->witness_worth + (row->changes != NULL);
}

/* One line tells a mnemonic: of its rows in the section, the one with the best witness. */
static const struct classify_row *best_of(const struct rows *rows, enum section section, const char *mnemonic)
{
	const struct classify_row *best = NULL;

	for (size_t i = 0; i < rows->count; i++) {
		const struct classify_row *row = &rows->row[i];

		if (section_of(row) != section || strcmp(row->row->mnemonic, mnemonic) != 0)
			continue;
		if (!best || worth(row) > worth(best))
			best = row;
	}
	return best;
}

/* Is it the first row of its mnemonic in the section? */
static bool is_first(const struct rows *rows, size_t index, enum section section)
{
	for (size_t i = 0; i < index; i++)
		if (section_of(&rows->row[i]) == section &&
		    strcmp(rows->row[i].row->mnemonic, rows->row[index].row->mnemonic) == 0)
			return false;
	return section_of(&rows->row[index]) == section;
}

/* What all rows of a mnemonic show together. */
static void ways_of(const struct rows *rows, enum section section, const char *mnemonic, char text[4])
{
	struct classify_row all = { 0 };

	for (size_t i = 0; i < rows->count; i++) {
		const struct classify_row *row = &rows->row[i];

		if (section_of(row) != section || strcmp(row->row->mnemonic, mnemonic) != 0)
			continue;
		all.control |= row->control;
		all.mode |= row->mode;
		all.location |= row->location;
	}
	ways_text(&all, text);
}

/* ---- the table ---- */

static void print_witness(const struct classify_row *row)
{
	const struct classify_instance *witness = &row->witness;
	bool moved = row->witness_run >= RUN_MOVED, traps = row->measured == CLASS_PRIVILEGED;
	char instruction[96], outcome[160], line[400];

	instance_text(witness, instruction, sizeof(instruction));
	outcome_text(&witness->outcome[row->witness_run], outcome, sizeof(outcome));
	snprintf(line, sizeof(line), "%u%s %s%s%s%s: %s%s%s", classify_ring(row->witness_run), moved ? "*" : " ",
	         instruction, witness->operands ? " (" : "", witness->operands ? witness->operands : "",
	         witness->operands ? ")" : "", outcome, traps && row->changes ? "; in ring 0 it changes: " : "",
	         traps && row->changes ? row->changes : "");
	wrap(stdout, line, TEXT_COLUMN, TEXT_COLUMN + 3);
}

static void print_line(const struct rows *rows, const struct style *style, enum section section,
                       const char *mnemonic)
{
	const struct classify_row *row = best_of(rows, section, mnemonic);
	const char *color = section == SECTION_LISTED || section == SECTION_OTHERS ? style->bad : "";
	char ways[4];

	ways_of(rows, section, mnemonic, ways);
	printf("%s%-9s%s  %s  ", color, mnemonic, color[0] ? style->off : "", ways);
	print_witness(row);
}

static void print_section(const struct rows *rows, const struct style *style, enum section section,
                          const char *title)
{
	unsigned count = 0;

	for (size_t i = 0; i < rows->count; i++) {
		if (!is_first(rows, i, section))
			continue;
		if (count++ == 0)
			printf("\n%s%s%s\n", style->title, title, style->off);
		print_line(rows, style, section, rows->row[i].row->mnemonic);
	}
}

/* There is nothing to say of these but their names. */
static void print_innocuous(const struct rows *rows, const struct style *style, bool completes, const char *title)
{
	char text[8192] = "";
	size_t length = 0;

	for (size_t i = 0; i < rows->count; i++) {
		const struct classify_row *row = &rows->row[i];

		if (is_first(rows, i, SECTION_INNOCUOUS) && row->completes == completes && length < sizeof(text) - 32)
			length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s", length ? " " : "",
			                           row->row->mnemonic);
	}
	printf("\n%s%s%s\n", style->title, title, style->off);
	wrap(stdout, text, 0, 0);
}

/* ---- how they are counted ---- */

struct count {
	unsigned rows, mnemonics, headings, silent;
};

static struct count count_section(const struct rows *rows, enum section section)
{
	struct count count = { 0 };

	for (size_t i = 0; i < rows->count; i++) {
		const char *mnemonic = rows->row[i].row->mnemonic;

		if (section_of(&rows->row[i]) != section)
			continue;
		count.rows++;
		count.silent += !rows->row[i].completes;
		if (!is_first(rows, i, section))
			continue;
		count.mnemonics++;
		count.headings += strcmp(classify_heading(mnemonic), mnemonic) == 0;
	}
	return count;
}

static void print_counts(const struct rows *rows)
{
	struct count listed = count_section(rows, SECTION_LISTED), others = count_section(rows, SECTION_OTHERS),
	             innocuous = count_section(rows, SECTION_INNOCUOUS),
	             closed = count_section(rows, SECTION_CLOSED);
	char text[400];

	putchar('\n');
	snprintf(text, sizeof(text),
	         "Innocuous: %u rows of the instruction table; %u more raise an exception in every ring.",
	         innocuous.rows - innocuous.silent, innocuous.silent);
	wrap(stdout, text, 0, 2);
	if (closed.rows)
		printf("UMIP closes %u holes.\n", closed.mnemonics);
	snprintf(text, sizeof(text),
	         "Holes in Robin and Irvine's list: %u with each mnemonic a row; %u with each heading of the manual's "
	         "volume 2 a row (VERR and VERW share one); %u rows of the instruction table.",
	         listed.mnemonics, listed.headings, listed.rows);
	wrap(stdout, text, 0, 2);
	snprintf(text, sizeof(text), "Outside that list: %u mnemonics, %u rows.", others.mnemonics, others.rows);
	wrap(stdout, text, 0, 2);
}

/* Does the class column of the table say what was measured? */
static int print_agreement(const struct rows *rows)
{
	unsigned wrong = 0, silent = 0;

	for (size_t i = 0; i < rows->count; i++) {
		const struct classify_row *row = &rows->row[i];
		char opcode[16];

		silent += !row->completes;
		if (classify_agrees(row))
			continue;
		wrong++;
		opcode_text(row, opcode, sizeof(opcode));
		printf("The instruction table says %s of %s (%s); measured: %s.\n",
		       insn_class_name((enum insn_class)row->row->insn_class), row->row->mnemonic, opcode,
		       insn_class_name(row->measured));
	}
	if (wrong)
		return STATUS_FAILED;
	printf("The instruction table says the same in all %zu rows that complete; %u never do.\n", rows->count - silent,
	       silent);
	return STATUS_OK;
}

static int print_table(const struct rows *rows, const struct options *options)
{
	struct style style = style_make(options->color);
	char text[600];

	snprintf(text, sizeof(text),
	         "%" PRIu64 " instructions with operands, each run in ring 0 as on bare hardware and in rings 1 to 3 as "
	         "deprivileged, IOPL 0%s. C: control-sensitive, M: mode-sensitive, L: location-sensitive. A star beside "
	         "the ring: with the state that a VMM keeps for itself (GDTR, IDTR, LDTR, TR, CR0, IF, TSC, MSRs, CPUID, "
	         "segment registers).",
	         rows->instances, options->umip ? ", with UMIP" : "");
	wrap(stdout, text, 0, 0);
	print_section(rows, &style, SECTION_PRIVILEGED, "Privileged: complete in ring 0, trap above");
	print_section(rows, &style, SECTION_CLOSED, "Sensitive, and trap because of UMIP");
	print_section(rows, &style, SECTION_LISTED, "Sensitive, and do not trap: the holes of Robin and Irvine");
	print_section(rows, &style, SECTION_OTHERS, "Sensitive, and do not trap: outside their analysis");
	if (options->all) {
		print_innocuous(rows, &style, true, "Innocuous");
		print_innocuous(rows, &style, false, "An exception in every ring");
	}
	print_counts(rows);
	return print_agreement(rows);
}

/* ---- JSON ---- */

static void put_witness(struct json *json, const struct classify_row *row)
{
	const struct classify_instance *witness = &row->witness;
	const struct classify_outcome *outcome = &witness->outcome[row->witness_run];
	char text[96];

	instance_text(witness, text, sizeof(text));
	json_open_object(json, "witness");
	json_put_bytes(json, "bytes", witness->bytes, witness->length);
	json_put_string(json, "text", text);
	json_put_string(json, "operands", witness->operands);
	json_put_number(json, "ring", classify_ring(row->witness_run));
	json_put_boolean(json, "vmm_state", row->witness_run >= RUN_MOVED);
	json_put_boolean(json, "guest_if", witness->guest_if);
	json_put_string(json, "kind", outcome_name(outcome->kind));
	if (outcome->what) {
		json_put_string(json, "what", outcome->what);
		json_put_address(json, "bare_hardware", outcome->right);
		json_put_address(json, "deprivileged", outcome->wrong);
	}
	exception_text(outcome, text, sizeof(text));
	if (outcome->kind == OUTCOME_ALLOWED || outcome->kind == OUTCOME_TRAPPED)
		json_put_string(json, outcome->kind == OUTCOME_ALLOWED ? "bare_hardware" : "deprivileged", text);
	json_close_object(json);
}

static void put_row(struct json *json, const struct classify_row *row)
{
	char opcode[16];

	opcode_text(row, opcode, sizeof(opcode));
	json_open_object(json, NULL);
	json_put_string(json, "mnemonic", row->row->mnemonic);
	json_put_string(json, "opcode", opcode);
	json_put_string(json, "class", insn_class_name(row->measured));
	json_put_string(json, "table", insn_class_name((enum insn_class)row->row->insn_class));
	json_put_boolean(json, "agrees", classify_agrees(row));
	json_put_boolean(json, "completes", row->completes);
	json_put_boolean(json, "control", row->control);
	json_put_boolean(json, "mode", row->mode);
	json_put_boolean(json, "location", row->location);
	json_put_boolean(json, "listed", section_of(row) == SECTION_LISTED);
	json_put_boolean(json, "closed_by_umip", classify_closed(row));
	json_put_string(json, "changes", row->changes);
	json_put_number(json, "instances", row->instances);
	if (row->measured != CLASS_INNOCUOUS)
		put_witness(json, row);
	json_close_object(json);
	json_end_line(json);
}

static int print_json(const struct rows *rows, bool all)
{
	char error[256];
	struct output *output = output_open("-", error, sizeof(error));
	int status = STATUS_OK;

	if (output) {
		struct json json = json_on(output);

		for (size_t i = 0; i < rows->count; i++) {
			if (!classify_agrees(&rows->row[i]))
				status = STATUS_FAILED;
			if (all || rows->row[i].measured != CLASS_INNOCUOUS || !classify_agrees(&rows->row[i]))
				put_row(&json, &rows->row[i]);
		}
		if (output_close(output, error, sizeof(error)))
			return status;
	}
	message("%s", error);
	return STATUS_FAILED;
}

/* ---- the command ---- */

static void offer(void *owner, const struct instruction *row, bool two_byte, uint8_t opcode, int reg)
{
	(void)two_byte, (void)opcode, (void)reg;
	nearest_offer(owner, row->mnemonic);
}

static bool is_mnemonic(const char *word)
{
	struct nearest nearest = nearest_to(word);

	insn_for_each(offer, &nearest);
	if (nearest.name && strcmp(nearest.name, word) == 0)
		return true;
	if (nearest.name)
		message("classify: no instruction '%s'; did you mean '%s'?", word, nearest.name);
	else
		message("classify: no instruction '%s'; 'ringside classify --all' lists them", word);
	return false;
}

int classify_command(const struct options *options)
{
	struct rows *rows;
	int status;

	if (!style_known(options->color)) {
		message("--color: no kind '%s'; there are auto, always and never", options->color);
		return STATUS_USAGE;
	}
	for (int i = 0; i < options->word_count; i++)
		if (!is_mnemonic(options->words[i]))
			return STATUS_USAGE;
	rows = rows_measure(options);
	if (!rows) {
		message("classify: memory is short; close something and try again");
		return STATUS_FAILED;
	}
	if (options->json)
		status = print_json(rows, options->all || options->word_count > 0);
	else if (options->word_count > 0)
		status = STATUS_OK; /* said while it was measured */
	else
		status = print_table(rows, options);
	rows_free(rows);
	return status;
}
