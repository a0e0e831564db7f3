/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/peers.c - wall times from the plan: a reference run of each case says what a guest should do, then come
 * rounds of runs. Who does something else is told, not averaged.
 */
#include "visualizer/compare/peers.h"

#include "core/refuse.h"
#include "visualizer/command.h"
#include "visualizer/compare/peers_console.h"
#include "visualizer/compare/peers_disk.h"
#include "visualizer/compare/peers_engine.h"
#include "visualizer/compare/peers_process.h"
#include "visualizer/compare/runner.h"
#include "visualizer/machine.h"
#include "visualizer/message.h"
#include "visualizer/options.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What goes on while the runs are made. */
struct rounds {
	struct peers *peers;
	struct patterns patterns;
	bool chosen[ENGINE_COUNT], named; /* which engines; named one by one */
	sigset_t held, before;
	struct progress progress;
	int caught;
	char error[512];
};

struct peers_entry *peers_entry(const struct peers *peers, unsigned which_case, unsigned index)
{
	return &peers->entry[which_case * peers->each + index];
}

/* ---- which engines ---- */

static bool choose_engines(struct rounds *rounds)
{
	const char *list = rounds->peers->options.engines;
	char word[PLAN_NAME];
	enum plan_engine engine;

	rounds->named = list && strcmp(list, "all") != 0;
	for (engine = ENGINE_MODEL + 1; engine < ENGINE_COUNT; engine++)
		rounds->chosen[engine] = !rounds->named;
	if (!rounds->named || strcmp(list, "none") == 0)
		return true;
	for (; *list; list += strcspn(list, ","), list += *list == ',') {
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(list, ","), list);
		if (!engine_find(word, &engine))
			return refuse(rounds->error, sizeof(rounds->error),
			              "--peers: there is no '%s'; take qemu-tcg, qemu-kvm, bochs, all or none", word);
		rounds->chosen[engine] = true;
	}
	return true;
}

/* The place of the baseline among the entries of a case. */
static bool find_baseline(struct rounds *rounds)
{
	struct peers *peers = rounds->peers;
	const char *name = peers->options.baseline;
	enum plan_engine engine;
	unsigned before = 0;

	if (!name || !engine_find(name, &engine)) {
		for (engine = ENGINE_MODEL + 1; engine < ENGINE_COUNT; engine++)
			before += rounds->chosen[engine];
		peers->baseline = (int)before + peers->plan->baseline;
		return true;
	}
	if (!rounds->chosen[engine])
		return refuse(rounds->error, sizeof(rounds->error), "baseline: %s is not among the peers; add it there", name);
	for (enum plan_engine i = ENGINE_MODEL + 1; i < engine; i++)
		before += rounds->chosen[i];
	peers->baseline = (int)before;
	return true;
}

/* ---- entries ---- */

static void leave_out(struct peers_entry *entry, bool asked_for, const char *why)
{
	entry->outcome = asked_for ? PEERS_FAILED : PEERS_LEFT_OUT;
	snprintf(entry->message, sizeof(entry->message), "%s", why);
}

static bool make_entries(struct rounds *rounds)
{
	struct peers *peers = rounds->peers;
	const struct plan *plan = peers->plan;
	struct peers_entry *entry;

	for (enum plan_engine engine = ENGINE_MODEL + 1; engine < ENGINE_COUNT; engine++)
		peers->each += rounds->chosen[engine];
	peers->each += plan->modes;
	peers->entries = peers->each * plan->case_count;
	peers->entry = entry = calloc(peers->entries, sizeof(*peers->entry));
	peers->reference = calloc(plan->case_count, sizeof(*peers->reference));
	if (!peers->entry || !peers->reference)
		return refuse(rounds->error, sizeof(rounds->error), "not enough memory for the runs; leave some out");
	for (unsigned which_case = 0; which_case < plan->case_count; which_case++) {
		for (enum plan_engine engine = ENGINE_MODEL + 1; engine < ENGINE_COUNT; engine++) {
			if (!rounds->chosen[engine])
				continue;
			*entry = (struct peers_entry){ .which_case = which_case, .engine = engine };
			snprintf(entry++->name, PEERS_NAME, "%s", engine_name(engine));
		}
		for (unsigned mode = 0; mode < plan->modes; mode++) {
			char text[32];

			*entry = (struct peers_entry){ .which_case = which_case, .engine = ENGINE_MODEL, .mode = mode };
			snprintf(entry++->name, PEERS_NAME, "%s", plan_mode_text(plan, mode, text, sizeof(text)));
		}
	}
	return true;
}

/* ---- one run ---- */

static bool over(const struct rounds *rounds)
{
	return rounds->caught != 0;
}

static void make_run(struct rounds *rounds, const struct peers_entry *entry, struct console *console,
                     struct process_result *result)
{
	bool ours = entry->engine == ENGINE_MODEL;
	struct process process = {
		.program = ours ? "/proc/self/exe" : entry->arguments[0], .arguments = entry->arguments,
		.console_apart = entry->engine == ENGINE_BOCHS, .ends = entry->ends, .timeout = rounds->peers->options.timeout,
		.held = &rounds->held, .before = &rounds->before,
	};

	console->patterns = &rounds->patterns;
	process_run(&process, console, result);
	if (result->end == PROCESS_CAUGHT)
		rounds->caught = result->caught;
}

static const char *without_prefix(const char *complaint)
{
	static const char prefix[] = "ringside: ";

	return strncmp(complaint, prefix, strlen(prefix)) == 0 ? complaint + strlen(prefix) : complaint;
}

/* "it did this; it said: that" */
static bool tell(char *why, size_t size, const struct process_result *result, const char *what)
{
	const char *complaint = without_prefix(result->complaint);

	snprintf(why, size, "%.300s%s%s", what, *complaint ? "; it said: " : "", complaint);
	return false;
}

/* Did it do what it should? False: `why` says what it did. */
static bool judge(const struct rounds *rounds, const struct peers_entry *entry, const struct console *console,
                  const struct process_result *result, char *why, size_t size)
{
	const struct peers_reference *reference = console->expected;
	char what[200];

	if (result->end == PROCESS_FAILED)
		return refuse(why, size, "%s", result->complaint);
	if (console->failed)
		return tell(why, size, result, "its console has more than can be kept");
	if (console->wrong)
		return tell(why, size, result, console->message);
	if (result->end == PROCESS_TIMEOUT) {
		snprintf(what, sizeof(what), "it came to no end within %g s (--timeout)", rounds->peers->options.timeout);
		return tell(why, size, result, what);
	}
	if (rounds->patterns.has_since && console->begin <= 0)
		return tell(why, size, result, "the line of --since never came");
	if (rounds->patterns.has_until && console->end <= 0)
		return tell(why, size, result, "the line of --until never came");
	if (reference && console->same < reference->lines) {
		snprintf(what, sizeof(what), "its console ends before '%.80s'", reference->line[console->same]);
		return tell(why, size, result, what);
	}
	if (result->end == PROCESS_ENDED && entry->ends && result->sample.status != entry->expected) {
		snprintf(what, sizeof(what), "it ended with status %d in place of %d", result->sample.status, entry->expected);
		return tell(why, size, result, what);
	}
	return true;
}

/* ---- what the guest should do ---- */

/* This program by one of the plan's runs, with options in the place of --json. */
static bool call_ringside(const struct plan_run *run, const char *const *options, struct peers_entry *entry)
{
	struct words words = { .count = 0 };

	words_add(&words, "ringside");
	words_add(&words, "%s", run->arguments[0]);
	for (; *options; options++)
		words_add(&words, "%s", *options);
	for (char **argument = run->arguments + 2; *argument; argument++)
		words_add(&words, "%s", *argument);
	return words_give(&words, "", entry);
}

static void free_entry(struct peers_entry *entry)
{
	for (char **argument = entry->arguments; argument && *argument; argument++)
		free(*argument);
	free(entry->arguments);
	free(entry->command);
	free(entry->sample);
}

/* Not measured: what it says and how it ends. False: `why`. */
static bool make_reference(struct rounds *rounds, unsigned which_case, char *why, size_t size)
{
	static const char *const options[] = { "--json", "--console=serial", "--speed=full", NULL };
	const struct plan *plan = rounds->peers->plan;
	struct peers_reference *reference = &rounds->peers->reference[which_case];
	struct peers_entry entry = { .engine = ENGINE_MODEL, .ends = true };
	struct console *console = calloc(1, sizeof(*console));
	struct process_result result;
	bool fine = console && call_ringside(plan_run(plan, which_case, (unsigned)plan->baseline, 0), options, &entry);

	if (!fine) {
		refuse(why, size, "not enough memory for a run; close other programs");
	} else {
		console->gathers = reference;
		make_run(rounds, &entry, console, &result);
		entry.expected = reference->status = result.sample.status;
		fine = judge(rounds, &entry, console, &result, why, size);
	}
	if (fine && !rounds->patterns.has_until && strcmp(reference->end, "exited") != 0 && strcmp(reference->end, "halted") != 0 &&
	    strcmp(reference->end, "reset") != 0)
		fine = tell(why, size, &result, "the guest does not end well");
	reference->measured = fine;
	free_entry(&entry);
	free(console);
	return fine;
}

/* ---- calls ---- */

/* The machine as `run` makes it of the same command line. */
static bool read_config(const struct plan_run *run, struct config *config)
{
	char *arguments[WORDS];
	struct options *options = calloc(1, sizeof(*options));
	int count = 0;
	bool fine;

	while (run->arguments[count] && count < WORDS - 1) { /* getopt_long changes their order */
		arguments[count] = run->arguments[count];
		count++;
	}
	arguments[count] = NULL;
	fine = options && options_parse(options, command_find("run"), count, arguments) == STATUS_OK &&
	       machine_configure(config, options, 0);
	free(options);
	return fine;
}

static void prepare_ringside(struct rounds *rounds, struct peers_entry *entry)
{
	static const char *const options[] = { "--console=serial", "--speed=full", "--exit-code", NULL };
	const struct peers_reference *reference = &rounds->peers->reference[entry->which_case];

	entry->ends = true;
	entry->expected = strcmp(reference->end, "exited") == 0 ? (int)(reference->exit_code & 0xff) : reference->status;
	if (!call_ringside(plan_run(rounds->peers->plan, entry->which_case, entry->mode, 0), options, entry))
		leave_out(entry, true, "not enough memory for its command line; close other programs");
}

static void prepare_peer(struct rounds *rounds, struct engine_guest *guest, struct peers_entry *entry)
{
	const struct peers_reference *reference = &rounds->peers->reference[entry->which_case];
	char *version = rounds->peers->version[entry->engine], why[PEERS_MESSAGE];

	if (!engine_look(entry->engine, why, sizeof(why))) {
		leave_out(entry, rounds->named, why);
		return;
	}
	snprintf(version, sizeof(rounds->peers->version[0]), "%.90s", why);
	if (!guest->form || !engine_call(guest, entry, why, sizeof(why)))
		leave_out(entry, rounds->named, why);
	else if (!entry->ends && !rounds->patterns.has_until && reference->lines == 0)
		leave_out(entry, rounds->named,
		          "the guest says nothing by which its end could be seen here; let it write to its serial line");
}

static void prepare_case(struct rounds *rounds, unsigned which_case)
{
	struct peers *peers = rounds->peers;
	const struct peers_reference *reference = &peers->reference[which_case];
	struct config *config = calloc(1, sizeof(*config));
	char why[PEERS_MESSAGE] = "not enough memory; close other programs";
	bool fine = config && make_reference(rounds, which_case, why, sizeof(why)) &&
	            read_config(plan_run(peers->plan, which_case, (unsigned)peers->plan->baseline, 0), config);
	struct engine_guest guest = { .config = config, .folder = peers->folder, .number = which_case, .end = reference->end,
		                      .exit_code = reference->exit_code };

	guest.form = fine ? peers_form(config, why, sizeof(why)) : NULL;
	for (unsigned i = 0; i < peers->each; i++) {
		struct peers_entry *entry = peers_entry(peers, which_case, i);

		if (!fine) /* said once */
			leave_out(entry, i == 0, i == 0 ? why : "");
		else if (entry->engine == ENGINE_MODEL)
			prepare_ringside(rounds, entry);
		else
			prepare_peer(rounds, &guest, entry);
		if (entry->outcome == PEERS_MEASURED && !(entry->sample = calloc(peers->options.runs, sizeof(*entry->sample))))
			leave_out(entry, true, "not enough memory for its figures; make fewer --runs");
	}
	free(config);
}

/* ---- rounds ---- */

/* A mode that refuses the guest has status 2 and says nothing. */
static bool is_refusal(const struct peers_entry *entry, const struct console *console, const struct process_result *result)
{
	return entry->engine == ENGINE_MODEL && result->end == PROCESS_ENDED && result->sample.status == STATUS_USAGE &&
	       entry->expected != STATUS_USAGE && console->same == 0;
}

static void run_entry(struct rounds *rounds, struct peers_entry *entry, bool counts)
{
	struct console *console = calloc(1, sizeof(*console));
	struct process_result result;
	char why[PEERS_MESSAGE];

	if (!console) {
		leave_out(entry, true, "not enough memory for a run; close other programs");
		return;
	}
	engine_clean(&(struct engine_guest){ .folder = rounds->peers->folder, .number = entry->which_case });
	console->expected = &rounds->peers->reference[entry->which_case];
	make_run(rounds, entry, console, &result);
	if (is_refusal(entry, console, &result))
		leave_out(entry, !rounds->peers->plan->all_modes, without_prefix(result.complaint));
	else if (!over(rounds) && !judge(rounds, entry, console, &result, why, sizeof(why)))
		leave_out(entry, true, why);
	else if (!over(rounds) && counts)
		entry->sample[entry->samples++] = result.sample;
	free(console);
}

/* Each once, in an order of its own. */
static bool make_round(struct rounds *rounds, unsigned number)
{
	struct peers *peers = rounds->peers;
	unsigned *order = calloc(peers->entries, sizeof(*order));

	for (unsigned i = 0; order && i < peers->entries; i++)
		order[i] = i;
	if (order)
		runner_shuffle(order, peers->entries, peers->options.shuffle + number);
	for (unsigned i = 0; order && i < peers->entries && !over(rounds); i++) {
		struct peers_entry *entry = &peers->entry[order[i]];

		progress_tell(&rounds->progress);
		if (entry->outcome == PEERS_MEASURED)
			run_entry(rounds, entry, number >= peers->options.warmup);
		rounds->progress.done++;
	}
	free(order);
	return order || refuse(rounds->error, sizeof(rounds->error), "not enough memory for the runs; close other programs");
}

static bool make_rounds(struct rounds *rounds)
{
	struct peers *peers = rounds->peers;
	unsigned count = peers->options.warmup + peers->options.runs;
	bool fine = true;

	progress_begin(&rounds->progress, peers->plan->case_count + count * peers->entries);
	for (unsigned i = 0; i < peers->plan->case_count && !over(rounds); i++) {
		progress_tell(&rounds->progress);
		prepare_case(rounds, i);
		rounds->progress.done++;
	}
	for (unsigned i = 0; i < count && fine && !over(rounds); i++)
		fine = make_round(rounds, i);
	progress_end(&rounds->progress);
	return fine;
}

/* ---- files of peers ---- */

static bool make_folder(struct rounds *rounds)
{
	const char *place = getenv("TMPDIR");
	char *folder = rounds->peers->folder;

	snprintf(folder, sizeof(rounds->peers->folder), "%.32s/ringside-peers-XXXXXX",
	         place && *place && strlen(place) <= 32 ? place : "/tmp");
	if (mkdtemp(folder))
		return true;
	refuse(rounds->error, sizeof(rounds->error), "cannot make the folder '%s' for the peers' files; set TMPDIR", folder);
	folder[0] = '\0';
	return false;
}

static void remove_folder(const char *folder)
{
	DIR *open = *folder ? opendir(folder) : NULL;
	struct dirent *file;
	char path[512];

	while (open && (file = readdir(open)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", folder, file->d_name);
		unlink(path); /* refused for "." and ".." */
	}
	if (open)
		closedir(open);
	if (*folder)
		rmdir(folder);
}

/* ---- */

enum peers_end peers_run(struct peers *peers, const struct plan *plan, const struct peers_options *options, int *caught)
{
	struct rounds *rounds = calloc(1, sizeof(*rounds));
	enum peers_end end = PEERS_REFUSED;

	memset(peers, 0, sizeof(*peers));
	peers->plan = plan;
	peers->options = *options;
	if (!rounds) {
		message("not enough memory; close other programs");
		return PEERS_STOPPED;
	}
	rounds->peers = peers;
	peers_look_at_machine(&peers->machine);
	if (patterns_make(&rounds->patterns, options, rounds->error, sizeof(rounds->error)) && choose_engines(rounds) &&
	    find_baseline(rounds)) {
		end = PEERS_STOPPED;
		if (make_entries(rounds) && make_folder(rounds)) {
			sigemptyset(&rounds->held);
			runner_hold_signals(&rounds->held, &rounds->before);
			end = !make_rounds(rounds) ? PEERS_STOPPED : over(rounds) ? PEERS_INTERRUPTED : PEERS_DONE;
			remove_folder(peers->folder);
			sigprocmask(SIG_SETMASK, &rounds->before, NULL);
		}
	}
	if (end == PEERS_REFUSED || end == PEERS_STOPPED)
		message("%s", rounds->error);
	*caught = rounds->caught;
	patterns_free(&rounds->patterns);
	free(rounds);
	return end;
}

void peers_free(struct peers *peers)
{
	for (unsigned i = 0; peers->entry && i < peers->entries; i++)
		free_entry(&peers->entry[i]);
	for (unsigned i = 0; peers->reference && i < peers->plan->case_count; i++)
		reference_free(&peers->reference[i]);
	free(peers->entry);
	free(peers->reference);
}
