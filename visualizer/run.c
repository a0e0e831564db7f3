/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/run.c - the command `run`: a guest until it ends, and what was asked to be said then.
 */
#include "core/counters.h"
#include "core/json.h"
#include "visualizer/command.h"
#include "visualizer/message.h"
#include "visualizer/serve.h"
#include "visualizer/session.h"
#include "visualizer/summary.h"

#include <inttypes.h>
#include <string.h>

static bool print_summary(const struct session *session, const struct counters *counters)
{
	char error[256];
	struct output *output;
	struct json json;

	fflush(stdout);
	output = output_open("-", error, sizeof(error));
	if (output) {
		json = json_on(output);
		summary_write(session, counters, &json);
	}
	if (output && output_close(output, error, sizeof(error)))
		return true;
	message("%s", error);
	return false;
}

static void print_screen(const struct session *session)
{
	struct screen screen;

	if (!session->options->screen)
		return;
	screen_read(&screen, session->vm);
	printf("--- screen at the end ---\n");
	screen_print(stdout, &screen, true);
}

static void print_time(const struct session *session)
{
	uint64_t instructions = vm_instructions(session->vm);
	double seconds = session->wall_seconds;

	message("%" PRIu64 " cycles, %" PRIu64 " instructions in %.3f s: %.1f million instructions a second",
	        session->vm->clock, instructions, seconds,
	        seconds > 0 ? (double)instructions / seconds / 1e6 : 0.0);
}

static void print_switches(const struct session *session)
{
	struct vm_mode mode = vm_mode(session->vm);
	char name[32];

	if (session->vm->switches)
		message("the technique was switched %" PRIu64 " times, last to %s", session->vm->switches,
		        mode_text(&mode, name, sizeof(name)));
}

static bool report(const struct session *session, const struct counters *counters)
{
	const struct options *options = session->options;
	char end[384];

	print_screen(session);
	if (options->json)
		return print_summary(session, counters);
	if (options->digest)
		printf("digest %016" PRIx64 "\n", vm_digest(session->vm));
	if (!output_is_fine()) /* told at the end of the program */
		return true;
	session_describe_end(session, end, sizeof(end));
	if (session->end != VM_EXITED || session->vm->exit_code)
		message("%s", end);
	print_switches(session);
	if (options->time)
		print_time(session);
	return true;
}

static int run_session(const struct options *options)
{
	struct session session;
	struct counters counters;
	int status = session_open(&session, options, 0, options->json ? CONSOLE_NONE : CONSOLE_SERIAL);
	bool reported, exited;
	uint32_t code;

	if (status != STATUS_OK)
		return status;
	counters_begin(&counters, EVENT_KINDS_ALL);
	if (options->json)
		event_add_reader(&session.vm->events, &counters.reader);
	session_run(&session);
	reported = report(&session, &counters);
	exited = session.end == VM_EXITED;
	code = session.vm->exit_code;
	status = session_close(&session);
	if (!reported)
		return STATUS_FAILED;
	return options->exit_code && exited ? (int)(code & 0xff) : status;
}

int run_command(const struct options *options)
{
	return serve_wanted(options) ? serve_run(options) : run_session(options);
}
