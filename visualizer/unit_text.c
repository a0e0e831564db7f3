/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/unit_text.c - see unit_text.h.
 */
#include "visualizer/unit_text.h"

#include "bt/listing.h"
#include "visualizer/event_text.h"

#include <inttypes.h>

enum {
	TEXT_COLUMNS = 30, /* of a guest instruction */
	BYTE_COLUMNS = 17,
};

static const char *color_of(const struct style *style, unsigned treatment)
{
	switch ((enum treatment)treatment) {
	case TREAT_IDENTICAL: return "";
	case TREAT_IN_CACHE: return style->good;
	case TREAT_CALLOUT: return style->bad;
	case TREAT_ADAPTED: return style->warn;
	default: return style->link;
	}
}

static void print_guest(const struct unit_text *text, const struct listing_line *line)
{
	const struct style *style = &text->style;
	char bytes[2 * INSN_MAX_LENGTH + 1] = "";
	const char *color;

	if (!line->first) {
		fprintf(text->out, "%*s", 11 + TEXT_COLUMNS + (text->wide ? BYTE_COLUMNS : 0), "");
		return;
	}
	color = color_of(style, line->record->treatment);
	for (unsigned i = 0; text->wide && i < line->record->insn.length; i++)
		snprintf(bytes + 2 * i, 3, "%02x", line->record->bytes[i]);
	fprintf(text->out, "%08" PRIx32 " %s%s%s %-*s%s%-*s%s", line->guest_address, color,
	        treatment_mark((enum treatment)line->record->treatment), style->off, text->wide ? BYTE_COLUMNS : 0, bytes,
	        color, TEXT_COLUMNS - 1, line->guest_text, style->off);
	fputc(' ', text->out);
}

/* What counts entries is told with the number; stubs are told as exits. */
static void print_line(void *owner, const struct listing_line *line)
{
	const struct unit_text *text = owner;
	const struct style *style = &text->style;

	if (!line->record)
		return;
	fputs("  ", text->out);
	print_guest(text, line);
	fprintf(text->out, "| %s%08" PRIx32 "%s %s%s%s%s%s\n", style->faint, line->address, style->off, line->text,
	        line->note[0] ? "  " : "", style->faint, line->note, style->off);
}

static void describe_target(const struct unit_text *text, const struct unit_exit *exit, char *target, size_t size)
{
	char symbol[64];
	int length;

	symbols_describe(text->symbols, exit->unit->key.cs_base + exit->target, symbol, sizeof(symbol));
	length = snprintf(target, size, "%08" PRIx32 "%s%s%s", exit->target, symbol[0] ? " <" : "", symbol,
	                  symbol[0] ? ">" : "");
	if (length < 0 || (size_t)length >= size)
		return;
	if (exit->chained)
		snprintf(target + length, size - (size_t)length, ", chained to unit %" PRIu32, exit->chained->sequence);
	else
		snprintf(target + length, size - (size_t)length, ", not chained");
}

static void print_exits(const struct unit_text *text, const struct unit *unit)
{
	const struct style *style = &text->style;
	char target[160];

	for (unsigned i = 0; i < unit->exits; i++) {
		const struct unit_exit *exit = &unit->exit[i];

		if (exit->kind != EXIT_TRANSFER)
			continue;
		describe_target(text, exit, target, sizeof(target));
		fprintf(text->out, "  %s %s%s%s\n", style->arrow, exit->chained ? "" : style->faint, target, style->off);
	}
}

static void print_states(const struct unit_text *text, const struct unit *unit)
{
	for (unsigned i = 0; i < unit->count; i++) {
		const struct record *record = &unit->record[i];

		if (record->trace_faults)
			fprintf(text->out, "  %08" PRIx32 " hit traced pages or devices %" PRIu32 " time%s\n", unit->key.eip + record->offset,
			        record->trace_faults, record->trace_faults == 1 ? "" : "s");
		if (record->treatment == TREAT_ADAPTED)
			fprintf(text->out, "  %08" PRIx32 " adapted: it kept hitting traced pages or devices\n",
			        unit->key.eip + record->offset);
	}
}

void unit_print(const struct unit_text *text, const struct unit_entry *entry)
{
	const struct unit *unit = entry->unit;
	const struct style *style = &text->style;
	char name[80];

	address_text(text->symbols, unit->key.cs_base + unit->key.eip, name, sizeof(name));
	fprintf(text->out, "\n%sunit %" PRIu32 "  %s%s  %u instruction%s, %u bytes %s %" PRIu32, style->title, unit->sequence,
	        name, style->off, unit->count, unit->count == 1 ? "" : "s", unit->bytes, style->arrow, unit->code_size);
	if (text->counted)
		fprintf(text->out, ", entered %" PRIu32, entry->hits);
	if (unit->faults)
		fprintf(text->out, ", %" PRIu32 " fault%s", unit->faults, unit->faults == 1 ? "" : "s");
	fputc('\n', text->out);
	list_unit(text->vm, unit, print_line, (void *)text);
	print_exits(text, unit);
	print_states(text, unit);
}
