/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/event.c - the stream of events and its readers; names of kinds and filters over them.
 */
#include "core/event.h"

#include "core/refuse.h"

#include <string.h>

struct kind_row {
	const char *name, *text;
};

static const struct kind_row kinds[EV_KIND_COUNT] = {
#define KIND(identifier, name, text) {name, text},
	EVENT_KIND_LIST(KIND)
#undef KIND
};

const char *event_kind_name(enum event_kind kind)
{
	return (unsigned)kind < EV_KIND_COUNT ? kinds[kind].name : "?";
}

const char *event_kind_text(enum event_kind kind)
{
	return (unsigned)kind < EV_KIND_COUNT ? kinds[kind].text : "?";
}

static int find_kind(const char *name, size_t length)
{
	for (int kind = 0; kind < EV_KIND_COUNT; kind++) {
		if (strlen(kinds[kind].name) == length && memcmp(kinds[kind].name, name, length) == 0)
			return kind;
	}
	return -1;
}

int event_kind_find(const char *name)
{
	return find_kind(name, strlen(name));
}

static bool refuse_kind(const char *item, size_t length, char *error, size_t error_size)
{
	char names[512] = "";

	for (int kind = 0; kind < EV_KIND_COUNT; kind++) {
		strncat(names, " ", sizeof(names) - strlen(names) - 1);
		strncat(names, kinds[kind].name, sizeof(names) - strlen(names) - 1);
	}
	return refuse(error, error_size, "'%.*s' is no kind of event; there are: all%s", (int)length, item,
		      names);
}

bool event_parse_kinds(const char *text, uint64_t *mask, char *error, size_t error_size)
{
	uint64_t result = 0;

	/* A filter that begins by taking away takes away from everything. */
	if (*text == '-' || *text == '\0')
		result = EVENT_KINDS_ALL;
	while (*text != '\0') {
		bool take_away = *text == '-';
		const char *item = text + take_away;
		size_t length = strcspn(item, ",");
		int kind = find_kind(item, length);
		bool all = length == 3 && memcmp(item, "all", 3) == 0;

		if (kind < 0 && !all)
			return refuse_kind(item, length, error, error_size);
		uint64_t bits = all ? EVENT_KINDS_ALL : 1ull << kind;
		result = take_away ? result & ~bits : result | bits;
		text = item + length;
		text += *text == ',';
	}
	*mask = result;
	return true;
}

static void count_wanted(struct event_stream *stream)
{
	stream->wanted = 0;
	for (struct event_reader *reader = stream->readers; reader != NULL; reader = reader->next)
		if (reader->travels || !stream->repeating)
			stream->wanted |= reader->kinds;
}

void event_set_repeating(struct event_stream *stream, bool repeating)
{
	stream->repeating = repeating;
	count_wanted(stream);
}

void event_add_reader(struct event_stream *stream, struct event_reader *reader)
{
	struct event_reader **link = &stream->readers;

	while (*link != NULL)
		link = &(*link)->next;
	reader->next = NULL;
	*link = reader;
	count_wanted(stream);
}

void event_remove_reader(struct event_stream *stream, struct event_reader *reader)
{
	for (struct event_reader **link = &stream->readers; *link != NULL; link = &(*link)->next) {
		if (*link == reader) {
			*link = reader->next;
			break;
		}
	}
	count_wanted(stream);
}

void event_emit(struct event_stream *stream, struct event *event)
{
	struct event_reader *next;

	event->sequence = stream->sequence++;
	/* A reader may remove itself while it reads. */
	for (struct event_reader *reader = stream->readers; reader != NULL; reader = next) {
		next = reader->next;
		if ((reader->kinds >> event->kind & 1) && (reader->travels || !stream->repeating))
			reader->read(reader->owner, event);
	}
}

void event_clear(struct event *event)
{
	memset(event, 0, offsetof(struct event, change));
}

void event_copy(struct event *to, const struct event *from)
{
	memcpy(to, from, offsetof(struct event, change));
	for (unsigned i = 0; i < from->changes; i++)
		to->change[i] = from->change[i];
	for (unsigned i = 0; i < from->phases; i++)
		to->phase[i] = from->phase[i];
}

void event_add_change(struct event *event, const char *what, uint32_t before, uint32_t after)
{
	if (event->changes < EVENT_CHANGES)
		event->change[event->changes++] = (struct event_change){what, before, after};
}

/* The sum stays true even when the story has no more room. */
void event_add_phase(struct event *event, const char *what, uint32_t cycles)
{
	if (event->phases < EVENT_PHASES)
		event->phase[event->phases++] = (struct event_phase){what, cycles};
	event->cycles += cycles;
}
