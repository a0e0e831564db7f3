/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/trace.c - the command `trace`: the event stream as it comes, for people or as JSON Lines.
 */
#include "core/json.h"
#include "visualizer/command.h"
#include "visualizer/event_text.h"
#include "visualizer/filter.h"
#include "visualizer/message.h"
#include "visualizer/session.h"

enum { WIDE_LINE = 130 }; /* columns that the long form of a line wants */

struct trace {
	struct session session;
	struct event_reader reader;
	struct event_text text;
	struct output *output; /* with --json */
	struct json json;
	uint64_t left; /* events still to be shown */
};

static void read_event(void *owner, const struct event *event)
{
	struct trace *trace = owner;

	if (trace->left == 0)
		return;
	if (trace->output)
		jsonl_write_event(&trace->json, event);
	else if (trace->session.options->story)
		event_story(&trace->text, event);
	else
		event_line(&trace->text, event);
	if (--trace->left == 0 || (trace->output && output_error(trace->output)))
		session_enough(&trace->session);
}

static bool open_json(struct trace *trace)
{
	char error[256];

	if (!trace->session.options->json)
		return true;
	trace->output = output_open("-", error, sizeof(error));
	if (!trace->output) {
		message("%s", error);
		return false;
	}
	trace->json = json_on(trace->output);
	jsonl_write_schema(&trace->json);
	return true;
}

static int close_json(struct trace *trace, int status)
{
	char error[256];

	if (!trace->output || output_close(trace->output, error, sizeof(error)))
		return status;
	message("%s", error);
	return STATUS_FAILED;
}

static void begin(struct trace *trace, uint64_t kinds)
{
	const struct options *options = trace->session.options;

	trace->text = (struct event_text){
		.out = stdout, .style = style_make(options->color),
		.symbols = trace->session.symbols, .vm = trace->session.vm, .narrow = style_columns() < WIDE_LINE,
	};
	trace->left = options->count.given ? options->count.value : UINT64_MAX;
	trace->reader = (struct event_reader){ .owner = trace, .kinds = kinds, .read = read_event };
	event_add_reader(&trace->session.vm->events, &trace->reader);
	if (!options->json && !options->story)
		event_heading(&trace->text);
}

static void finish(struct trace *trace)
{
	char end[384];

	event_remove_reader(&trace->session.vm->events, &trace->reader);
	session_describe_end(&trace->session, end, sizeof(end));
	if (trace->left > 0 && !trace->session.options->json && output_is_fine())
		message("%s", end);
}

int trace_command(const struct options *options)
{
	struct trace trace = { 0 };
	uint64_t kinds;
	int status;

	if (!filter_parse(options->filter, filter_usual(options->config.technique), &kinds))
		return STATUS_USAGE;
	if (!style_known(options->color)) {
		message("--color: no kind '%s'; there are auto, always and never", options->color);
		return STATUS_USAGE;
	}
	status = session_open(&trace.session, options, 0, CONSOLE_NONE);
	if (status != STATUS_OK)
		return status;
	if (!open_json(&trace)) {
		session_close(&trace.session);
		return STATUS_FAILED;
	}
	begin(&trace, kinds);
	session_run(&trace.session);
	finish(&trace);
	return close_json(&trace, session_close(&trace.session));
}
