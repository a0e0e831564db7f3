/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/graph.c - the command `graph`: pictures of what a VMM holds and does, as DOT text, and as SVG or PNG where
 * Graphviz is there.
 */
#include "visualizer/graph.h"

#include "core/nearest.h"
#include "core/number.h"
#include "visualizer/address.h"
#include "visualizer/command.h"
#include "visualizer/message.h"
#include "visualizer/picture.h"
#include "visualizer/unit_graph.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

size_t graph_top(const struct graph *graph, size_t usual)
{
	return graph->options.top.given ? (size_t)graph->options.top.value : usual;
}

const char *graph_moment(const struct graph *graph, char *text, size_t size)
{
	struct vm_mode mode = vm_mode(graph->session.vm);
	char name[64];

	snprintf(text, size, "%s, cycle %" PRIu64, mode_text(&mode, name, sizeof(name)), graph->session.vm->clock);
	return text;
}

/* ---- translation units: as `translate --graph`, and the technique is the command's as there ---- */

static bool settle_units(struct graph *graph)
{
	struct options *options = &graph->options;

	strcpy(options->config.technique, "bt");
	strcpy(options->config.paging, "auto");
	options->config.unit_counters = !options->no_counters;
	return true;
}

static bool draw_units(struct graph *graph)
{
	const struct options *options = &graph->options;
	struct unit_choice choice = {.top = true, .most = graph_top(graph, UNIT_GRAPH_USUAL)};
	struct unit_list list;

	choice.by_address = options->at_address;
	choice.address = graph->address;
	if (!unit_list_make(&list, graph->session.vm, &choice))
		return false;
	if (!list.count && choice.by_address)
		message("graph: no unit in the cache holds %08" PRIx32 "; it may never have run in ring 0, or have been dropped",
		        choice.address);
	unit_graph_write(&list, graph->session.symbols, graph->out);
	unit_list_free(&list);
	return true;
}

const struct graph_kind graph_units = {
	.name = "units", .summary = "translation units and chains, with heat", .settle = settle_units, .draw = draw_units,
	.takes = GRAPH_TOP | GRAPH_ADDRESS | GRAPH_COUNTERS,
};

/* ---- what was asked for ---- */

static const struct graph_kind *const kinds[] = {&graph_tables, &graph_units, &graph_trap, &graph_exits};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static const struct graph_kind *find_kind(const struct options *options)
{
	struct nearest nearest;
	const char *name;

	if (options->word_count == 0) {
		message("graph: of what? Name it before the guest: tables, units, trap or exits");
		return NULL;
	}
	name = options->words[0];
	nearest = nearest_to(name);
	for (unsigned i = 0; i < KINDS; i++) {
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
		nearest_offer(&nearest, kinds[i]->name);
	}
	if (nearest.name)
		message("graph: no kind '%s'; did you mean '%s'?", name, nearest.name);
	else
		message("graph: no kind '%s'; there are tables, units, trap and exits, as in 'ringside graph trap kernel.elf'",
		        name);
	return NULL;
}

/* What would be passed over in silence is refused. */
static bool options_fit(const struct graph_kind *kind, const struct options *options)
{
	const struct {
		const char *name;
		bool given;
		unsigned bit;
	} asked[] = {
		{"--top", options->top.given, GRAPH_TOP}, {"--at-address", options->at_address, GRAPH_ADDRESS},
		{"--filter", options->filter && !options->events, GRAPH_FILTER},
		{"--count", options->count.given, GRAPH_COUNT}, {"--no-counters", options->no_counters, GRAPH_COUNTERS},
	};

	for (unsigned i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		if (asked[i].given && !(kind->takes & asked[i].bit)) {
			message("graph: %s means nothing for a graph of %s; leave it out", asked[i].name, kind->name);
			return false;
		}
	return true;
}

static bool choose_moment(struct graph *graph)
{
	const char *at = graph->options.at;

	if (!at || number_parse_count(at, &graph->session.stop_at))
		return true;
	message("--at: '%s' is no cycle; write it like 5000, 20k or 3M", at);
	return false;
}

static bool choose_address(struct graph *graph)
{
	const char *at = graph->options.at_address;

	return !at || address_parse(graph->session.symbols, at, "--at-address", &graph->address);
}

/* ---- running and drawing ---- */

static int run_and_draw(struct graph *graph, const struct graph_kind *kind, const struct picture *picture)
{
	char *bytes = NULL, text[384];
	size_t size = 0;
	int status = STATUS_FAILED;

	if (!choose_moment(graph) || !choose_address(graph) || (kind->begin && !kind->begin(graph)))
		return STATUS_USAGE;
	session_run(&graph->session);
	if (graph->session.end == VM_UNSUPPORTED || graph->session.end == VM_SHUTDOWN) {
		session_describe_end(&graph->session, text, sizeof(text));
		message("%s", text);
	}
	graph->out = open_memstream(&bytes, &size);
	if (graph->out && kind->draw(graph) && fflush(graph->out) == 0 &&
	    picture_write(picture, bytes, size, &graph->session.saved_mask))
		status = STATUS_OK;
	if (graph->out)
		fclose(graph->out);
	free(bytes);
	if (kind->end)
		kind->end(graph);
	return status;
}

int graph_command(const struct options *options)
{
	const struct graph_kind *kind = find_kind(options);
	struct graph graph = {.options = *options};
	struct picture picture;
	int status, end;

	if (!kind || !options_fit(kind, options) || !picture_choose(&picture, options->output, options->format) ||
	    (kind->settle && !kind->settle(&graph)))
		return STATUS_USAGE;
	status = session_open(&graph.session, &graph.options, 1, CONSOLE_NONE);
	if (status != STATUS_OK)
		return status;
	status = run_and_draw(&graph, kind, &picture);
	end = session_close(&graph.session);
	/* How the guest ended matters less here than what is drawn of it; a limit is told. */
	return status == STATUS_OK && end == STATUS_LIMIT ? STATUS_LIMIT : status;
}
