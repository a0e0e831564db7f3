/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/dot_of.c - lends a standing guest to the graphs, which were made for one that runs: those that listen
 * to events are told what the log has of them.
 */
#include "visualizer/screen/dot_of.h"

#include "bt/bt.h"
#include "bt/translator.h"
#include "visualizer/graph.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const struct graph_kind *const kinds[] = {&graph_tables, &graph_units, &graph_trap, &graph_exits};

/* The story's parts came before it; the world switch that follows belongs to it too. */
enum { PARTS_BEFORE = 64, AFTER = 2 };

static bool tell_log(struct graph *graph, const struct debugger *debugger, const struct graph_kind *kind)
{
	const struct event_log *log = debugger->log;
	uint64_t first = event_log_first(log), end = event_log_end(log);
	const struct event *story = debugger_story(debugger);

	if (kind == &graph_trap && story) {
		if (story->sequence > first + PARTS_BEFORE)
			first = story->sequence - PARTS_BEFORE;
		if (end > story->sequence + AFTER)
			end = story->sequence + AFTER;
	}
	for (uint64_t i = first; i < end; i++) {
		const struct event *event = event_log_at(log, i);

		/* What lies in the known future has not happened yet; the story may be of the moment that comes. */
		if (event && (event->cycle <= debugger->vm->clock || kind == &graph_trap))
			kind->hear(graph, event);
	}
	return true;
}

static bool draw(struct graph *graph, const struct debugger *debugger, const struct graph_kind *kind)
{
	bool fine = !kind->begin || kind->begin(graph);

	if (fine && kind->hear)
		fine = tell_log(graph, debugger, kind);
	fine = fine && kind->draw(graph);
	if (kind->end && graph->state)
		kind->end(graph);
	/* Whoever has seen enough of a run asks for its end: there is none. */
	debugger->vm->stop_requested = false;
	return fine;
}

/* The graphs tell their troubles on standard error, which is the screen's own: what they say is caught. */
static int catch_messages(FILE *caught)
{
	int saved = dup(STDERR_FILENO);

	fflush(stderr);
	if (saved >= 0 && dup2(fileno(caught), STDERR_FILENO) >= 0)
		return saved;
	if (saved >= 0)
		close(saved);
	return -1;
}

static void give_back_messages(int saved, FILE *caught, char *error, size_t error_size)
{
	fflush(stderr);
	if (saved >= 0) {
		dup2(saved, STDERR_FILENO);
		close(saved);
	}
	rewind(caught);
	if (!fgets(error, (int)error_size, caught))
		snprintf(error, error_size, "nothing to draw");
	error[strcspn(error, "\n")] = '\0';
	if (strncmp(error, "ringside: ", 10) == 0)
		memmove(error, error + 10, strlen(error + 10) + 1);
}

static bool write_graph(struct graph *graph, const struct debugger *debugger, const struct graph_kind *kind,
			char *error, size_t error_size)
{
	FILE *caught = tmpfile();
	bool fine;
	int saved;

	if (!caught) {
		snprintf(error, error_size, "no temporary file: %s", strerror(errno));
		return false;
	}
	saved = catch_messages(caught);
	fine = draw(graph, debugger, kind);
	give_back_messages(saved, caught, error, error_size);
	fclose(caught);
	return fine;
}

/* Is there something to draw? False: `error`. */
static bool has_subject(const struct debugger *debugger, const struct graph_kind *kind, const char *name, char *error,
			size_t error_size)
{
	if (!kind)
		snprintf(error, error_size, "no graph '%.30s'; there are tables, units, trap and exits", name);
	else if (kind == &graph_trap && !debugger_story(debugger))
		snprintf(error, error_size, "no exit is told yet; t runs to the next one");
	else if (kind == &graph_units && !translator_counters(debugger->vm))
		snprintf(error, error_size, "%s translates nothing; m moves the guest to bt", debugger->vm->technique->name);
	else
		return true;
	return false;
}

static const struct graph_kind *kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}

bool dot_of(struct debugger *debugger, const char *kind_name, const char *path, char *error, size_t error_size)
{
	const struct graph_kind *kind = kind_of(kind_name);
	const struct event *story = debugger_story(debugger);
	struct graph graph = {.options = *debugger->options,
			      .session = {.vm = debugger->vm, .symbols = debugger->symbols, .config = debugger->config}};
	bool fine;

	graph.options.filter = kind == &graph_trap && story ? event_kind_name((enum event_kind)story->kind) : NULL;
	graph.options.at = kind == &graph_trap ? "story" : NULL;
	graph.session.stop_at = story ? story->cycle : 0;
	graph.session.options = &graph.options;
	if (!has_subject(debugger, kind, kind_name, error, error_size))
		return false;
	graph.out = fopen(path, "w");
	if (!graph.out) {
		snprintf(error, error_size, "cannot write '%.200s': %s", path, strerror(errno));
		return false;
	}
	fine = write_graph(&graph, debugger, kind, error, error_size);
	if (fclose(graph.out) != 0 && fine) {
		snprintf(error, error_size, "cannot write '%.200s' to its end; is the disk full?", path);
		return false;
	}
	if (!fine)
		unlink(path);
	return fine;
}
