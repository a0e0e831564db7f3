/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/difference_side.c - one of two runs that are compared: a recording, which is run once more and counted, or the
 * result of a run that was saved.
 */
#include "visualizer/difference.h"

#include "core/json.h"
#include "core/refuse.h"
#include "trap/techniques.h"
#include "visualizer/event_text.h"
#include "visualizer/guest_file.h"
#include "visualizer/machine.h"
#include "visualizer/summary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SITES_FIRST = 1024, RECORDING_MAGIC = 0x89 };

static const size_t longest_result = (size_t)1 << 20;

/* ---- sites ---- */

static size_t place(const struct sites *sites, uint32_t linear)
{
	size_t i = linear * UINT32_C(2654435761) & (sites->slots - 1); /* Knuth's multiplicative hash */

	while (sites->slot[i].count && sites->slot[i].linear != linear)
		i = (i + 1) & (sites->slots - 1);
	return i;
}

static bool grow(struct sites *sites)
{
	struct sites larger = {.slots = sites->slots ? 2 * sites->slots : SITES_FIRST};

	larger.slot = calloc(larger.slots, sizeof(*larger.slot));
	if (!larger.slot)
		return false;
	for (size_t i = 0; i < sites->slots; i++)
		if (sites->slot[i].count)
			larger.slot[place(&larger, sites->slot[i].linear)] = sites->slot[i];
	free(sites->slot);
	sites->slot = larger.slot;
	sites->slots = larger.slots;
	return true;
}

static void read_event(void *owner, const struct event *event)
{
	struct sites *sites = owner;
	struct site *site;

	if (!event->reason || event_is_work((enum event_kind)event->kind, event->has_vector) || sites->short_of_memory)
		return;
	if (sites->used * 2 >= sites->slots && !grow(sites)) {
		sites->short_of_memory = true;
		return;
	}
	site = &sites->slot[place(sites, event->linear)];
	if (!site->count) {
		site->linear = event->linear;
		event_instruction(event, site->instruction, sizeof(site->instruction));
		sites->used++;
	}
	site->count++;
	site->cycles += event->cycles;
}

bool sites_begin(struct sites *sites)
{
	*sites = (struct sites){.reader = {.owner = sites, .kinds = EVENT_KINDS_ALL, .read = read_event, .travels = true}};
	return grow(sites);
}

void sites_end(struct sites *sites)
{
	free(sites->slot);
	sites->slot = NULL;
}

const struct site *sites_find(const struct sites *sites, uint32_t linear)
{
	const struct site *site = sites->slot ? &sites->slot[place(sites, linear)] : NULL;

	return site && site->count ? site : NULL;
}

/* ---- a recording ---- */

/* A run's summary, as `run --json` prints it, read again. */
static bool summarize(struct side *side, struct vm *vm, const struct counters *counters, char *error, size_t error_size)
{
	static const struct options none;
	struct session session = {.options = &none, .vm = vm, .end = (enum vm_end)side->recording->run.how};
	char *text = NULL, written[200];
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	struct output *output = stream ? output_into(stream) : NULL;
	struct json json = json_on(output);
	bool fine = output != NULL;

	if (session.end == VM_RUNNING)
		session.end = VM_STOPPED;
	if (output)
		summary_write(&session, counters, &json);
	if (output && !output_close(output, written, sizeof(written)))
		fine = false;
	if (stream)
		fclose(stream);
	if (!fine)
		refuse(error, error_size, "not enough memory; close other programs");
	fine = fine && result_read(&side->result, text, error, error_size);
	free(text);
	return fine;
}

static bool run_and_count(struct side *side, struct vm *vm, char *error, size_t error_size)
{
	const struct recorded_run *run = &side->recording->run;
	struct history_options options = {.techniques = technique_list()};
	struct history *history = history_open(vm, &options, run->input, run->inputs, run->end.clock, error, error_size);
	struct counters counters;
	struct checkpoint end;
	bool fine;

	if (!history)
		return false;
	counters_begin(&counters, EVENT_KINDS_ALL);
	counters.reader.travels = true;
	event_add_reader(&vm->events, &counters.reader);
	event_add_reader(&vm->events, &side->sites.reader);
	history_go(history, run->end.clock);
	vm_tell_stretch(vm);
	event_remove_reader(&vm->events, &side->sites.reader);
	event_remove_reader(&vm->events, &counters.reader);
	end = checkpoint_of(vm);
	side->differs = end.clock != run->end.clock || end.digest != run->end.digest;
	fine = summarize(side, vm, &counters, error, error_size);
	history_free(history);
	return fine;
}

static void describe(struct side *side, const struct vm *vm)
{
	const struct config *config = &side->recording->config;
	const char *guest = config->kernel[0] ? config->kernel : config->disk[0], *slash = strrchr(guest, '/');
	struct vm_mode mode = vm_mode(vm);

	snprintf(side->guest, sizeof(side->guest), "%.63s", slash ? slash + 1 : guest);
	mode_text(&mode, side->mode, sizeof(side->mode));
	snprintf(side->version, sizeof(side->version), "%s", side->recording->version);
}

static bool read_recording(struct side *side, char *error, size_t error_size)
{
	const struct technique *technique;
	struct vm *vm;
	bool fine;

	side->recording = recording_read(side->path, error, error_size);
	if (!side->recording)
		return false;
	technique = technique_find(technique_list(), side->recording->config.technique);
	if (!technique)
		return refuse(error, error_size, "'%s' was recorded under a technique that this program does not have, %s; take the "
		              "program that made it", side->path, side->recording->config.technique);
	if (!sites_begin(&side->sites))
		return refuse(error, error_size, "not enough memory; close other programs");
	vm = vm_new_copyable(&side->recording->config, technique, NULL, error, error_size);
	if (!vm)
		return false;
	describe(side, vm);
	side->symbols = guest_symbols(&side->recording->config);
	fine = run_and_count(side, vm, error, error_size);
	vm_free(vm);
	if (fine && side->sites.short_of_memory)
		return refuse(error, error_size, "not enough memory to count where exits come from; close other programs");
	return fine;
}

/* ---- a saved result ---- */

static bool read_result(struct side *side, FILE *file, char *error, size_t error_size)
{
	char *line = calloc(longest_result, 1), cause[300], text[64];
	bool fine = line && fgets(line, (int)longest_result, file);

	if (!line)
		return refuse(error, error_size, "not enough memory; close other programs");
	if (fine && json_find(line, "schema", text, sizeof(text)))
		fine = refuse(error, error_size, "'%s' has events; `stats --from` counts them, and what --diff compares are recordings of "
		              "`run --record`, or results of `run --json`", side->path);
	else if (!fine || !result_read(&side->result, line, cause, sizeof(cause)))
		fine = refuse(error, error_size, "'%s' is neither a recording of `run --record` nor a result of `run --json`", side->path);
	if (fine)
		json_find(line, "mode", side->mode, sizeof(side->mode));
	free(line);
	return fine;
}

bool side_read(struct side *side, const char *path, char *error, size_t error_size)
{
	FILE *file = fopen(path, "r");
	int first = file ? getc(file) : EOF;
	bool fine;

	*side = (struct side){.path = path};
	if (!file)
		return refuse(error, error_size, "cannot open '%s': %s; check its name", path, strerror(errno));
	if (first == RECORDING_MAGIC) {
		fclose(file);
		return read_recording(side, error, error_size);
	}
	ungetc(first, file);
	fine = read_result(side, file, error, error_size);
	fclose(file);
	return fine;
}

void side_free(struct side *side)
{
	sites_end(&side->sites);
	symbols_free(side->symbols);
	recording_free(side->recording);
	side->recording = NULL;
	side->symbols = NULL;
}
