/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/status.c - one line on where the guest stands: parts from left to right, each with a short form, and an
 * order in which they are shortened and left out where the line is narrow.
 */
#include "visualizer/debugger/debugger.h"

#include "bt/bt.h"
#include "bt/translator.h"
#include "visualizer/event_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum part { PART_VM, PART_MODE, PART_RING, PART_BITS, PART_CPL, PART_TIME, PART_BRANCH, PART_EXITS, PART_CACHE, PART_STATE,
	    PARTS };
enum form { LONG, SHORT, ABSENT };

struct status {
	char text[PARTS][2][72]; /* by enum form; the short one "": there is none */
	enum form form[PARTS];
};

/* "1 204 331" */
static void grouped(uint64_t number, char text[32])
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, number), used = 0;

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			text[used++] = ' ';
		text[used++] = digits[i];
	}
	text[used] = '\0';
}

static void mode_parts(const struct debugger *debugger, struct status *status)
{
	const struct vm *vm = debugger->vm;
	const struct cpu_state *guest = vm_guest_state(vm);
	struct vm_mode mode = vm_mode(vm);
	struct cpu_state hardware;
	char name[24];
	const char *bits = guest->cr0 & CR0_PG ? "PE PG" : guest->cr0 & CR0_PE ? "PE" : "real mode";

	snprintf(status->text[PART_VM][LONG], 16, "vm%" PRIu32, vm->id);
	snprintf(status->text[PART_MODE][LONG], 32, "%s", mode_text(&mode, name, sizeof(name)));
	if (mode.technique->deprivileges)
		snprintf(status->text[PART_RING][LONG], 16, "ring %u", mode.ring);
	if (guest->eflags & EFLAGS_VM)
		bits = "V86";
	snprintf(status->text[PART_BITS][LONG], 16, "%s", bits);
	if (debugger_hardware(debugger, &hardware)) {
		snprintf(status->text[PART_CPL][LONG], 32, "guest CPL %u / real %u", guest->cpl, hardware.cpl);
		snprintf(status->text[PART_CPL][SHORT], 32, "CPL %u/%u", guest->cpl, hardware.cpl);
	} else {
		snprintf(status->text[PART_CPL][LONG], 32, "guest CPL %u", guest->cpl);
		snprintf(status->text[PART_CPL][SHORT], 32, "CPL %u", guest->cpl);
	}
}

static void time_parts(const struct debugger *debugger, struct status *status)
{
	bool past = history_past(debugger->history);
	unsigned branch = history_branch(debugger->history);
	char clock[32], number[24] = "";

	grouped(debugger->vm->clock, clock);
	snprintf(status->text[PART_TIME][LONG], 48, "t=%s cycles", clock);
	snprintf(status->text[PART_TIME][SHORT], 48, "t=%s", clock);
	if (branch > 1)
		snprintf(number, sizeof(number), "branch %u", branch);
	if (past || branch > 1)
		snprintf(status->text[PART_BRANCH][LONG], 40, "%s%s%s", number, past && branch > 1 ? ", " : "",
		         past ? "past" : "");
	if (past)
		strcpy(status->text[PART_BRANCH][SHORT], "past");
	grouped(debugger->counters->exits, clock);
	snprintf(status->text[PART_EXITS][LONG], 48, "exits %s", clock);
}

static void cache_part(const struct debugger *debugger, struct status *status)
{
	const struct translator_counters *counters = translator_counters(debugger->vm);
	uint64_t all = counters ? counters->lookup_hits + counters->lookup_misses : 0;

	if (all)
		snprintf(status->text[PART_CACHE][LONG], 24, "TC hit %" PRIu64 "%%", counters->lookup_hits * 100 / all);
}

/* "STOPPED #GP: cli": the exit that was looked for. */
static void stopped_at(const struct debugger *debugger, char *text, size_t size)
{
	const struct event *story = debugger_story(debugger);
	char cause[32];

	snprintf(text, size, "STOPPED");
	if (!debugger->stop.of_event || !story || !story->reason)
		return;
	event_cause(story, cause, sizeof(cause));
	cause[strcspn(cause, "(")] = '\0';
	snprintf(text, size, "STOPPED %s%s%s", cause, cause[0] ? ": " : "", story->reason);
}

static void state_part(const struct debugger *debugger, struct status *status)
{
	const struct stop *stop = &debugger->stop;
	char text[64], *out = status->text[PART_STATE][LONG];

	switch (stop->kind) {
	case STOP_BEGIN:
		strcpy(text, "BEGIN");
		break;
	case STOP_BREAKPOINT:
		snprintf(text, sizeof(text), "BREAK %u", stop->breakpoint);
		break;
	case STOP_INTERRUPTED:
		strcpy(text, "INTERRUPTED");
		break;
	case STOP_GUEST_END:
		snprintf(text, sizeof(text), "ENDED: %s", vm_end_name(stop->end));
		break;
	case STOP_LIMIT:
		strcpy(text, "LIMIT");
		break;
	case STOP_NOT_FOUND:
		strcpy(text, "NONE BEFORE");
		break;
	default:
		stopped_at(debugger, text, sizeof(text));
		break;
	}
	if (debugger->running)
		strcpy(text, "RUNNING");
	snprintf(out, 72, "[%s]", text);
	snprintf(status->text[PART_STATE][SHORT], 72, "[%.*s]", (int)strcspn(text, " :"), text);
}

static const char *text_of(const struct status *status, enum part part)
{
	enum form form = status->form[part];

	return form == ABSENT ? "" : status->text[part][form];
}

static size_t assemble(const struct status *status, char *text, size_t size)
{
	static const char gap[PARTS] = { [PART_CPL] = 2, [PART_TIME] = 3, [PART_BRANCH] = 2, [PART_EXITS] = 3,
		                         [PART_CACHE] = 3, [PART_STATE] = 3, [PART_MODE] = 2, [PART_RING] = 2,
		                         [PART_BITS] = 2 };
	size_t length = 0;

	text[0] = '\0';
	for (enum part part = 0; part < PARTS; part++) {
		const char *words = text_of(status, part);

		if (!words[0])
			continue;
		length += (size_t)snprintf(text + length, length < size ? size - length : 0, "%*s%s",
		                           length ? gap[part] : 0, "", words);
		if (length >= size)
			return length;
	}
	return length;
}

static void shorten(struct status *status, enum part part, enum form form)
{
	if (form == ABSENT || status->text[part][form][0])
		status->form[part] = form;
}

void debugger_status_line(const struct debugger *debugger, unsigned columns, char *text, size_t size)
{
	static const struct {
		enum part part;
		enum form form;
	} steps[] = {
		{ PART_CPL, SHORT }, { PART_TIME, SHORT }, { PART_VM, ABSENT }, { PART_CACHE, ABSENT },
		{ PART_RING, ABSENT }, { PART_BITS, ABSENT }, { PART_EXITS, ABSENT }, { PART_BRANCH, SHORT },
		{ PART_STATE, SHORT }, { PART_CPL, ABSENT }, { PART_BRANCH, ABSENT }, { PART_TIME, ABSENT },
	};
	struct status status = { 0 };
	char line[PARTS * 80];

	mode_parts(debugger, &status);
	time_parts(debugger, &status);
	cache_part(debugger, &status);
	state_part(debugger, &status);
	for (size_t i = 0; assemble(&status, line, sizeof(line)) > columns && i < sizeof(steps) / sizeof(steps[0]); i++)
		shorten(&status, steps[i].part, steps[i].form);
	assemble(&status, line, sizeof(line));
	snprintf(text, size, "%.*s", (int)columns, line);
}

void debugger_status(const struct debugger *debugger, char *text, size_t size)
{
	debugger_status_line(debugger, (unsigned)(size - 1), text, size);
}
