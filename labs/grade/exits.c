/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/exits.c - see exits.h. What is an exit and what is work that hangs on one is core/event.h's to say, as for `ringside stats`.
 */
#include "labs/grade/exits.h"

#include "core/counters.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct exit_row *row_of(struct exits *exits, const char *reason, const char *function)
{
	struct exit_row *row;

	for (unsigned i = 0; i < exits->rows; i++)
		if (strcmp(exits->row[i].reason, reason) == 0 && strcmp(exits->row[i].function, function) == 0)
			return &exits->row[i];
	if (exits->rows == EXIT_ROWS)
		return &exits->row[EXIT_ROWS - 1];
	row = &exits->row[exits->rows++];
	snprintf(row->reason, sizeof row->reason, "%s", reason);
	snprintf(row->function, sizeof row->function, "%s", function);
	return row;
}

static void describe(const struct exits *exits, uint32_t eip, char *function, size_t size)
{
	uint32_t offset;
	const char *name = symbols_name(exits->symbols, eip, &offset);

	if (name)
		snprintf(function, size, "%.*s", EXIT_TEXT - 1, name);
	else
		snprintf(function, size, "%08" PRIx32, eip);
	for (; *function; function++) /* names are the submission's: no control characters reach a terminal */
		if (*function < ' ' || *function > '~')
			*function = '?';
}

/* In the hypercall page only who has called it is of interest. */
static void find_function(const struct exits *exits, uint32_t eip, char *function, size_t size)
{
	const struct cpu_state *guest = cpu_state_const(exits->vm->vcpu);
	uint32_t caller;

	describe(exits, eip, function, size);
	if (strcmp(function, "hypercall_page") == 0 &&
	    cpu_peek(guest, &exits->vm->guest_bus, guest->segment[SS].base + guest->gpr[ESP], &caller, sizeof caller) == sizeof caller)
		describe(exits, caller, function, size);
}

static void read_event(void *owner, const struct event *event)
{
	struct exits *exits = owner;
	char reason[EXIT_TEXT], function[EXIT_TEXT];

	if (!event->reason || event_is_work((enum event_kind)event->kind, event->has_vector))
		return;
	snprintf(reason, sizeof reason, "%s", event->reason);
	find_function(exits, event->eip, function, sizeof function);
	row_of(exits, reason, function)->count++;
	exits->count++;
}

void exits_begin(struct exits *exits, struct vm *vm, const struct symbols *symbols)
{
	*exits = (struct exits){.vm = vm, .symbols = symbols};
	exits->reader = (struct event_reader){.owner = exits, .kinds = EVENT_KINDS_ALL, .read = read_event};
	event_add_reader(&vm->events, &exits->reader);
}

void exits_end(struct exits *exits)
{
	exits->vm = NULL;
	exits->symbols = NULL;
}

uint64_t exits_of(const struct exits *exits, const char *reason)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < exits->rows; i++)
		count += counter_is(exits->row[i].reason, reason) ? exits->row[i].count : 0;
	return count;
}

static uint64_t same_reason(const struct exits *exits, const char *reason)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < exits->rows; i++)
		count += strcmp(exits->row[i].reason, reason) == 0 ? exits->row[i].count : 0;
	return count;
}

/* The reason that comes behind `last` in the order of counts, then of rows; NULL: none. The first row of each reason stands for it. */
static const struct exit_row *next_reason(const struct exits *exits, const struct exit_row *last)
{
	const struct exit_row *next = NULL;
	uint64_t bound = last ? same_reason(exits, last->reason) : UINT64_MAX, best = 0;

	for (unsigned i = 0; i < exits->rows; i++) {
		const struct exit_row *row = &exits->row[i];
		uint64_t count = same_reason(exits, row->reason);
		bool first = true;

		for (unsigned before = 0; before < i; before++)
			first = first && strcmp(exits->row[before].reason, row->reason) != 0;
		if (first && count > best && (count < bound || (count == bound && row > last))) {
			next = row;
			best = count;
		}
	}
	return next;
}

static const struct exit_row *most_frequent(const struct exits *exits, const char *reason)
{
	const struct exit_row *most = NULL;

	for (unsigned i = 0; i < exits->rows; i++)
		if (strcmp(exits->row[i].reason, reason) == 0 && (!most || exits->row[i].count > most->count))
			most = &exits->row[i];
	return most;
}

static size_t write_row(const struct exits *exits, const struct exits *other, const char *reason, char *text, size_t size)
{
	const struct exit_row *where = most_frequent(exits, reason);
	size_t used = (size_t)snprintf(text, size, "%-22s%8" PRIu64, reason, same_reason(exits, reason));

	if (other)
		used += (size_t)snprintf(text + used, size - used, "%11" PRIu64, same_reason(other, reason));
	return used + (size_t)snprintf(text + used, size - used, "  %s (%" PRIu64 ")\n", where->function, where->count);
}

void exits_table(const struct exits *exits, const struct exits *other, unsigned most, char *text, size_t size)
{
	const struct exit_row *row = NULL;
	size_t used = (size_t)snprintf(text, size, "%-22s%8s%s  %s\n", "exits for", "yours", other ? "  reference" : "", "most of them in");

	while (most && used + 128 < size && (row = next_reason(exits, row))) {
		if (other && same_reason(exits, row->reason) <= same_reason(other, row->reason))
			continue;
		used += write_row(exits, other, row->reason, text + used, size - used);
		most--;
	}
}
