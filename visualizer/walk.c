/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/walk.c - the command `walk`: a linear address through the guest's page tables (gla to gpa)
 * and through the tables that the processor walks (gla to ma), side by side; then why they differ.
 * SDM vol. 3, 4.3 and 4.4.
 */
#include "core/json.h"
#include "core/number.h"
#include "visualizer/address.h"
#include "visualizer/command.h"
#include "visualizer/event_text.h"
#include "visualizer/message.h"
#include "visualizer/session.h"
#include "visualizer/style.h"
#include "visualizer/walk_text.h"

#include <inttypes.h>
#include <string.h>

static bool choose_moment(struct session *session, const struct options *options)
{
	if (!options->at)
		return true;
	if (number_parse_count(options->at, &session->stop_at))
		return true;
	message("--at: '%s' is no cycle; write it like 5000, 20k or 3M", options->at);
	return false;
}

static void print_json(const struct two_walks *walks)
{
	char error[256];
	struct output *output;

	fflush(stdout);
	output = output_open("-", error, sizeof(error));
	if (!output) {
		message("%s", error);
		return;
	}
	walk_write_json(walks, output);
	if (!output_close(output, error, sizeof(error)))
		message("%s", error);
}

static int run_and_walk(struct session *session, const struct options *options)
{
	struct walk_request request = {
		.access = options->write_access ? ACCESS_WRITE : ACCESS_READ, .user = options->user,
	};
	struct style style = style_make(options->color);
	char where[80];

	if (!address_parse(session->symbols, options->words[0], "walk", &request.linear) ||
	    !choose_moment(session, options))
		return STATUS_USAGE;
	session_run(session);
	struct two_walks walks = walk_both(session->vm, &request);
	if (options->json) {
		print_json(&walks);
		return STATUS_OK;
	}
	address_text(session->symbols, request.linear, where, sizeof(where));
	printf("%s%s%s  at cycle %" PRIu64 ", %s%s, %s by %s\n\n", style.title, where, style.off,
	       session->vm->clock, session->vm->technique->name,
	       strcmp(session->vm->technique->name, "trap") ? "" : session->config.ring == 3 ? " ring 3" : " ring 1",
	       options->write_access ? "write" : "read", options->user ? "user" : "supervisor");
	walk_print(stdout, &walks, &style);
	return STATUS_OK;
}

int walk_command(const struct options *options)
{
	struct session session;
	int status, end;

	if (options->word_count == 0) {
		message("walk: which address? Write it before the guest, as in 'ringside walk c0100000 kernel.elf'");
		return STATUS_USAGE;
	}
	status = session_open(&session, options, 1, CONSOLE_NONE);
	if (status != STATUS_OK)
		return status;
	status = run_and_walk(&session, options);
	end = session_close(&session);
	/* How the guest ended matters less here than that the walk could be shown; a limit is told. */
	return status == STATUS_OK && end == STATUS_LIMIT ? STATUS_LIMIT : status;
}
