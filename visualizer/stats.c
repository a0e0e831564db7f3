/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/stats.c - the command `stats`: the exit table of a run, or of a recording, by the same
 * counters (core/counters.h); or two runs side by side (difference.h).
 */
#include "core/counters.h"
#include "visualizer/command.h"
#include "visualizer/difference.h"
#include "visualizer/filter.h"
#include "visualizer/message.h"
#include "visualizer/session.h"

#include <stdlib.h>
#include <string.h>

enum { SITES_USUAL = 20 };

/* `symbols`: of the guest, NULL: none. `end`: what is said about the run when that is no plain success; NULL: nothing. */
static int print(const struct counters *counters, const struct symbols *symbols, bool json, int status, const char *end)
{
	char error[256];
	struct output *output;

	fflush(stdout);
	output = output_open("-", error, sizeof(error));
	if (output && json)
		counters_write_json(counters, output);
	if (output && !json) {
		counters_write_text(counters, output);
		holes_write_text(&counters->holes, symbols, output);
	}
	if (!output || !output_close(output, error, sizeof(error))) {
		message("%s", error);
		return STATUS_FAILED;
	}
	if (status != STATUS_OK)
		message("%s", end);
	return status;
}

static int from_recording(const struct options *options, uint64_t kinds)
{
	struct counters counters;
	char error[512];

	if (options->word_count > 0) {
		message("stats: either a guest or --from FILE, not both");
		return STATUS_USAGE;
	}
	counters_begin(&counters, kinds);
	if (counters_read(&counters, options->from, error, sizeof(error)))
		return print(&counters, NULL, options->json, STATUS_OK, NULL);
	message("%s", error);
	return STATUS_USAGE;
}

static int from_run(const struct options *options, uint64_t kinds)
{
	struct session session;
	struct counters counters;
	struct symbols *symbols;
	int status = session_open(&session, options, 0, CONSOLE_NONE);
	char end[384];

	if (status != STATUS_OK)
		return status;
	counters_begin(&counters, kinds);
	event_add_reader(&session.vm->events, &counters.reader);
	session_run(&session);
	event_remove_reader(&session.vm->events, &counters.reader);
	if (counters.count == 0 && strcmp(session.config.technique, "trap") != 0)
		message("%s has no exits to count; try --technique=trap", session.config.technique);
	session_describe_end(&session, end, sizeof(end));
	symbols = session.symbols; /* which the table needs after the end, for that decides the status */
	session.symbols = NULL;
	status = print(&counters, symbols, options->json, session_close(&session), end);
	symbols_free(symbols);
	return status;
}

/* ---- two of them ---- */

static int write_difference(const struct difference *difference, const struct options *options)
{
	char error[256];
	struct output *output = output_open("-", error, sizeof(error));

	if (output && options->json)
		difference_write_json(difference, output);
	else if (output)
		difference_write_text(difference, options->top.given ? (size_t)options->top.value : SITES_USUAL, output);
	if (output && output_close(output, error, sizeof(error)))
		return STATUS_OK;
	message("%s", error);
	return STATUS_FAILED;
}

static int read_both(struct difference *difference, char *const *paths)
{
	char error[700];

	for (int which = 0; which < 2; which++)
		if (!side_read(&difference->side[which], paths[which], error, sizeof(error))) {
			message("%s", error);
			return STATUS_USAGE;
		}
	if (difference_make(difference))
		return STATUS_OK;
	message("not enough memory; close other programs");
	return STATUS_FAILED;
}

static int compare_two(const struct options *options)
{
	struct difference *difference;
	int status;

	if (options->word_count != 2 || options->from) {
		message("stats --diff: two files, which `ringside run --record FILE` makes");
		return STATUS_USAGE;
	}
	difference = calloc(1, sizeof(*difference));
	if (!difference) {
		message("not enough memory; close other programs");
		return STATUS_FAILED;
	}
	status = read_both(difference, options->words);
	if (status == STATUS_OK)
		status = write_difference(difference, options);
	difference_free(difference);
	free(difference);
	return status;
}

int stats_command(const struct options *options)
{
	uint64_t kinds;

	if (options->diff)
		return compare_two(options);

	if (!filter_parse(options->filter, filter_all(), &kinds))
		return STATUS_USAGE;
	return options->from ? from_recording(options, kinds) : from_run(options, kinds);
}
