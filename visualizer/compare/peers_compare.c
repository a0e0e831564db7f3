/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/peers_compare.c - `compare --wall`: its options, its runs, its reports.
 */
#include "visualizer/compare/peers_compare.h"

#include "visualizer/compare/peers.h"
#include "visualizer/message.h"
#include "visualizer/options.h"

#include <signal.h>
#include <string.h>

bool peers_is_engine(const char *name)
{
	for (enum plan_engine engine = ENGINE_MODEL + 1; engine < ENGINE_COUNT; engine++)
		if (strcmp(engine_name(engine), name) == 0)
			return true;
	return false;
}

static bool write_peers(const void *of, enum form form, bool full, unsigned width, FILE *out)
{
	const struct peers *peers = of;

	(void)full;
	switch (form) {
	case FORM_HTML:
		peers_html(peers, out);
		return true;
	case FORM_MARKDOWN:
		peers_markdown(peers, out);
		return true;
	case FORM_CSV:
		peers_csv(peers, out);
		return true;
	case FORM_JSON:
		return peers_json(peers, out);
	default:
		peers_text(peers, width, out);
		return true;
	}
}

static unsigned note_peers(const void *of, struct note *notes, unsigned room)
{
	return peers_notes(of, notes, room);
}

static unsigned number_or(const struct number *number, unsigned usual)
{
	return number->given ? (unsigned)(number->value < UINT32_MAX ? number->value : UINT32_MAX) : usual;
}

/* What only model cycles have, or only wall times. */
bool peers_check(const struct options *options)
{
	if (!options->wall && (options->peers || options->since || options->until || options->same_lines || options->runs.given ||
	                       options->warmup.given || options->timeout.given))
		message("--peers, --runs, --warmup, --timeout, --since, --until and --same-lines want --wall: model cycles need none of them");
	else if (options->wall && (options->jobs.given || options->results || options->less))
		message("--wall makes one run at a time and keeps none; leave --jobs, --results and --less out (--since takes a boot off)");
	else if (options->wall && (number_or(&options->runs, 1) == 0 || number_or(&options->runs, 1) > PEERS_RUNS))
		message("--runs: from 1 to %d, please", PEERS_RUNS);
	else if (options->wall && number_or(&options->timeout, 1) == 0)
		message("--timeout: a run needs a second at least");
	else if (options->wall && (forms_want(options, FORM_REASONS) || forms_want(options, FORM_GNUPLOT)))
		message("--wall has no reasons.csv and no gp; take html, md, csv, json or txt");
	else
		return true;
	return false;
}

int peers_compare(const struct plan *plan, const struct options *options, enum form form)
{
	const struct peers_options wanted = {
		.engines = options->peers, .runs = number_or(&options->runs, PEERS_RUNS_USUAL),
		.warmup = number_or(&options->warmup, PEERS_WARMUP_USUAL), .timeout = number_or(&options->timeout, PEERS_TIMEOUT_USUAL),
		.shuffle = options->shuffle.given ? options->shuffle.value : PEERS_SHUFFLE_USUAL,
		.since = options->since, .until = options->until, .lines = options->same_lines, .baseline = options->baseline,
	};
	int caught = 0, status = STATUS_FAILED;
	struct peers peers;
	enum peers_end end;

	if (*plan->less) {
		message("less: --wall takes nothing off; leave it out of the experiment, and take --since for a boot");
		return STATUS_USAGE;
	}
	end = peers_run(&peers, plan, &wanted, &caught);
	if (end == PEERS_DONE)
		status = forms_report(&(struct form_source){ .of = &peers, .write = write_peers, .notes = note_peers }, options, form);
	else if (end == PEERS_REFUSED)
		status = STATUS_USAGE;
	peers_free(&peers);
	if (end != PEERS_INTERRUPTED)
		return status;
	message("interrupted; wall times are not kept");
	raise(caught);
	return STATUS_FAILED;
}
