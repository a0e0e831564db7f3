/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/run.c - the command `run`: a guest until it ends, and what was asked to be said then.
 */
#include "bt/bt.h"
#include "bt/translator.h"
#include "core/counters.h"
#include "core/json.h"
#include "visualizer/command.h"
#include "visualizer/message.h"
#include "visualizer/serve.h"
#include "visualizer/session.h"

#include <inttypes.h>
#include <string.h>

/* What binary translation has done, where the guest ends under it. */
static void write_translator(const struct vm *vm, struct json *json)
{
	const struct translator_counters *counters = translator_counters(vm);

	if (!counters)
		return;
	json_open_object(json, "translator");
	json_put_number(json, "units", counters->units_made);
	json_put_number(json, "instructions", counters->insns_translated);
	json_put_number(json, "dropped", counters->units_dropped);
	json_put_number(json, "flushes", counters->flushes);
	json_put_number(json, "chains", counters->chains);
	json_put_number(json, "callouts", counters->callouts);
	json_put_number(json, "lookup_hits", counters->lookup_hits);
	json_put_number(json, "lookup_misses", counters->lookup_misses);
	json_put_number(json, "adapted", counters->adapted);
	json_close_object(json);
}

static void write_summary(const struct session *session, const struct counters *counters, struct json *json)
{
	const struct vm *vm = session->vm;
	struct vm_mode mode = vm_mode(vm);
	char digest[20], name[32];

	json_open_object(json, NULL);
	json_put_string(json, "technique", vm->technique->name);
	if (vm->technique->deprivileges)
		json_put_number(json, "ring", vm->config.ring);
	json_put_string(json, "mode", mode_text(&mode, name, sizeof(name)));
	if (vm->switches)
		json_put_number(json, "switches", vm->switches);
	json_put_string(json, "end", session_end_name(session));
	if (session->end == VM_EXITED)
		json_put_number(json, "exit_code", vm->exit_code);
	if (session->end == VM_UNSUPPORTED)
		json_put_string(json, "message", vm->message);
	json_put_number(json, "cycles", vm->clock);
	json_put_number(json, "instructions", vm_instructions(vm));
	json_put_number(json, "exits", counters->exits);
	json_put_number(json, "exit_cycles", counters->cycles);
	write_translator(vm, json);
	if (session->options->digest) {
		snprintf(digest, sizeof(digest), "%016" PRIx64, vm_digest(vm));
		json_put_string(json, "digest", digest);
	}
	if (session->options->time)
		json_put_number(json, "wall_milliseconds", (uint64_t)(session->wall_seconds * 1000));
	json_close_object(json);
	json_end_line(json);
}

static bool print_summary(const struct session *session, const struct counters *counters)
{
	char error[256];
	struct output *output;
	struct json json;

	fflush(stdout);
	output = output_open("-", error, sizeof(error));
	if (output) {
		json = json_on(output);
		write_summary(session, counters, &json);
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
