/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/translate.c - the command `translate`: runs a guest under binary translation and lists the units that are
 * in the translation cache at the end, source and translation side by side.
 */
#include "bt/listing.h"
#include "bt/translator.h"
#include "core/json.h"
#include "visualizer/address.h"
#include "visualizer/command.h"
#include "visualizer/event_text.h"
#include "visualizer/message.h"
#include "visualizer/picture.h"
#include "visualizer/session.h"
#include "visualizer/style.h"
#include "visualizer/unit_graph.h"
#include "visualizer/unit_list.h"
#include "visualizer/unit_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	WIDE = 118, /* columns from which on the guest's bytes have room */
};

struct translate {
	const struct options *options;
	struct session session;
	struct style style;
	struct unit_list list;
	struct json json;
	const struct unit_entry *entry; /* the unit at work */
	bool wide;
};

/* ---- the text ---- */

static void print_unit(struct translate *translate)
{
	const struct unit_text text = {
		.out = stdout,
		.style = translate->style,
		.symbols = translate->session.symbols,
		.vm = translate->session.vm,
		.counted = translate->list.counted,
		.wide = translate->wide,
	};

	unit_print(&text, translate->entry);
}

static void print_treatments(const struct translator_counters *counters)
{
	uint64_t all = counters->insns_translated ? counters->insns_translated : 1;

	for (unsigned treatment = 0; treatment < TREAT_COUNT; treatment++)
		printf("  %s %-10s %8" PRIu64 " %5.1f%%\n", treatment_mark((enum treatment)treatment),
		       treatment_name((enum treatment)treatment), counters->treated[treatment],
		       100.0 * (double)counters->treated[treatment] / (double)all);
}

static void print_summary(const struct translate *translate)
{
	const struct translator_counters *counters = translator_counters(translate->session.vm);
	uint64_t lookups = counters->lookup_hits + counters->lookup_misses;

	printf("%s%" PRIu64 " units made of %" PRIu64 " instructions%s, %zu in the cache now\n", translate->style.title,
	       counters->units_made, counters->insns_translated, translate->style.off, translate->list.all);
	print_treatments(counters);
	printf("chained %" PRIu64 ", unchained %" PRIu64 "; dropped %" PRIu64 ", flushes %" PRIu64 "; callouts %" PRIu64 "\n",
	       counters->chains, counters->unchained, counters->units_dropped, counters->flushes, counters->callouts);
	printf("lookups %" PRIu64 ", of which %.1f%% found\n", lookups,
	       lookups ? 100.0 * (double)counters->lookup_hits / (double)lookups : 0);
	if (translate->list.counted)
		printf("Units count their entries, which costs cycles; --no-counters runs without.\n");
	if (translate->list.count < translate->list.all)
		printf("%zu of %zu units are shown.\n", translate->list.count, translate->list.all);
}

/* ---- JSON Lines ---- */

static void write_line(void *owner, const struct listing_line *line)
{
	struct json *json = &((struct translate *)owner)->json;

	json_open_object(json, NULL);
	json_put_address(json, "address", line->address);
	json_put_bytes(json, "bytes", line->bytes, line->size);
	json_put_string(json, "text", line->text);
	if (line->note[0])
		json_put_string(json, "note", line->note);
	if (line->first) {
		json_put_address(json, "guest_address", line->guest_address);
		json_put_bytes(json, "guest_bytes", line->record->bytes, line->record->insn.length);
		json_put_string(json, "guest_text", line->guest_text);
		json_put_string(json, "treatment", treatment_name((enum treatment)line->record->treatment));
	}
	json_close_object(json);
}

static void write_exits(struct json *json, const struct unit *unit)
{
	static const char *const kinds[] = {
		[EXIT_TRANSFER] = "transfer", [EXIT_CALLOUT] = "callout", [EXIT_INTERRUPT] = "interrupt",
		[EXIT_LOOKUP] = "lookup",
	};

	json_open_array(json, "exits");
	for (unsigned i = 0; i < unit->exits; i++) {
		const struct unit_exit *exit = &unit->exit[i];

		json_open_object(json, NULL);
		json_put_string(json, "kind", kinds[exit->kind]);
		if (exit->kind == EXIT_TRANSFER) {
			json_put_address(json, "target", exit->target);
			json_put_boolean(json, "taken", exit->taken);
		}
		if (exit->chained)
			json_put_number(json, "chained", exit->chained->sequence);
		json_close_object(json);
	}
	json_close_array(json);
}

static void write_unit(struct translate *translate)
{
	const struct unit_entry *entry = translate->entry;
	const struct unit *unit = entry->unit;
	struct json *json = &translate->json;
	char symbol[64];

	symbols_describe(translate->session.symbols, unit->key.cs_base + unit->key.eip, symbol, sizeof(symbol));
	json_open_object(json, NULL);
	json_put_number(json, "unit", unit->sequence);
	json_put_address(json, "eip", unit->key.eip);
	if (symbol[0])
		json_put_string(json, "symbol", symbol);
	json_put_address(json, "address", unit_address(unit));
	json_put_number(json, "instructions", unit->count);
	json_put_number(json, "bytes", unit->bytes);
	json_put_number(json, "code_bytes", unit->code_size);
	if (translate->list.counted)
		json_put_number(json, "entered", entry->hits);
	json_put_number(json, "faults", unit->faults);
	json_open_array(json, "code");
	list_unit(translate->session.vm, unit, write_line, translate);
	json_close_array(json);
	write_exits(json, unit);
	json_close_object(json);
	json_end_line(json);
}

/* ---- the command ---- */

static void show_units(struct translate *translate, void (*show)(struct translate *translate))
{
	for (size_t i = 0; i < translate->list.count && !ferror(stdout); i++) {
		translate->entry = &translate->list.entry[i];
		show(translate);
	}
}

static int write_for_programs(struct translate *translate)
{
	char error[256];
	struct output *output;

	fflush(stdout);
	output = output_open("-", error, sizeof(error));
	if (output) {
		translate->json = json_on(output);
		show_units(translate, write_unit);
	}
	if (output && output_close(output, error, sizeof(error)))
		return STATUS_OK;
	message("%s", error);
	return STATUS_FAILED;
}

static int write_graph(struct translate *translate)
{
	const struct picture picture = {.format = PICTURE_DOT, .path = "-"};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int status = STATUS_FAILED;

	if (out)
		unit_graph_write(&translate->list, translate->session.symbols, out);
	if (!out || fclose(out) != 0)
		message("not enough memory to draw units; close other programs");
	else if (picture_write(&picture, text, size, &translate->session.saved_mask))
		status = STATUS_OK;
	free(text);
	return status;
}

static bool choose(struct translate *translate, struct unit_choice *choice)
{
	const struct options *options = translate->options;

	*choice = (struct unit_choice){.top = options->top.given, .most = options->top.value};
	if (options->graph && !choice->top) {
		choice->top = true;
		choice->most = UNIT_GRAPH_USUAL;
	}
	choice->by_address = options->at;
	return !options->at || address_parse(translate->session.symbols, options->at, "--at", &choice->address);
}

static int show(struct translate *translate, const struct unit_choice *choice)
{
	int status = STATUS_OK;

	if (!unit_list_make(&translate->list, translate->session.vm, choice))
		return STATUS_FAILED;
	if (choice->by_address && !translate->list.count)
		message("translate: no unit in the cache holds %08" PRIx32 "; it may never have run in ring 0, or have been "
		        "dropped", choice->address);
	if (translate->options->graph) {
		status = write_graph(translate);
	} else if (translate->options->json) {
		status = write_for_programs(translate);
	} else {
		print_summary(translate);
		show_units(translate, print_unit);
	}
	unit_list_free(&translate->list);
	return status;
}

/* The technique is the command's, whatever a configuration file says. */
static bool adjust(struct options *options)
{
	if (options->json && options->graph) {
		message("translate: --json or --graph, not both");
		return false;
	}
	if (!style_known(options->color)) {
		message("--color: no kind '%s'; there are auto, always and never", options->color);
		return false;
	}
	strcpy(options->config.technique, "bt");
	strcpy(options->config.paging, "auto");
	options->config.unit_counters = !options->no_counters;
	return true;
}

int translate_command(const struct options *options)
{
	struct options own = *options;
	struct translate translate = {.options = &own, .style = style_make(options->color)};
	struct unit_choice choice;
	char text[384];
	int status, end;

	translate.wide = style_columns() >= WIDE;
	if (!adjust(&own))
		return STATUS_USAGE;
	status = session_open(&translate.session, &own, 0, CONSOLE_NONE);
	if (status != STATUS_OK)
		return status;
	if (!choose(&translate, &choice)) {
		session_close(&translate.session);
		return STATUS_USAGE;
	}
	session_run(&translate.session);
	status = show(&translate, &choice);
	if (translate.session.end == VM_UNSUPPORTED) {
		session_describe_end(&translate.session, text, sizeof(text));
		message("%s", text);
		status = STATUS_FAILED;
	}
	end = session_close(&translate.session);
	/* How the guest ended matters less here than what became of its code; a limit is told. */
	return status == STATUS_OK && end == STATUS_LIMIT ? STATUS_LIMIT : status;
}
