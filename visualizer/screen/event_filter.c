/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/event_filter.c - see event_filter.h. A filter is worked out anew for each drawing and an event costs a
 * mask and a few short comparisons, so no index is kept that a replay or a new branch would make wrong.
 */
#include "visualizer/screen/event_filter.h"

#include "visualizer/filter.h"
#include "visualizer/screen/tab.h"

#include <stdio.h>
#include <string.h>

const char *event_reason(const struct event *event)
{
	return event->reason ? event->reason : event_kind_name((enum event_kind)event->kind);
}

/* A word that names a kind, or with a minus one that is not wanted. */
static bool take_kind(const char *word, uint64_t *wanted, uint64_t *unwanted)
{
	int kind = event_kind_find(word[0] == '-' ? word + 1 : word);

	if (strcmp(word, "all") == 0) {
		*wanted |= EVENT_KINDS_ALL;
		return true;
	}
	if (kind < 0)
		return false;
	*(word[0] == '-' ? unwanted : wanted) |= UINT64_C(1) << kind;
	return true;
}

struct event_filter event_filter_parse(const char *text, const char *technique)
{
	struct event_filter filter = {0};
	uint64_t wanted = 0, unwanted = 0;
	char word[FILTER_WORD];

	for (;;) {
		size_t length;

		text += strspn(text, " ,");
		length = strcspn(text, " ,");
		if (!length)
			break;
		snprintf(word, sizeof(word), "%.*s", (int)length, text);
		if (!take_kind(word, &wanted, &unwanted) && filter.words < FILTER_WORDS)
			memcpy(filter.word[filter.words++], word, sizeof(word));
		text += length;
	}
	if (!wanted)
		wanted = filter.words || unwanted ? EVENT_KINDS_ALL : filter_usual(technique);
	filter.kinds = wanted & ~unwanted;
	return filter;
}

static bool has_word(const struct event *event, const char *word)
{
	bool wanted = word[0] != '-' || !word[1];
	const char *part = wanted ? word : word + 1;
	bool there = text_has(event_reason(event), part) || (event->mnemonic && text_has(event->mnemonic, part));

	return there == wanted;
}

bool event_filter_takes(const struct event_filter *filter, const struct event *event)
{
	if (!(filter->kinds >> event->kind & 1))
		return false;
	for (unsigned i = 0; i < filter->words; i++)
		if (has_word(event, filter->word[i]))
			return true;
	return filter->words == 0;
}

uint64_t event_filter_next(const struct event_filter *filter, const struct event_log *log, uint64_t from, bool back,
			   uint64_t *budget)
{
	uint64_t first = event_log_first(log), end = event_log_end(log);

	if (back && from > end)
		from = end;
	if (!back && from + 1 < first)
		from = first - 1;
	while (*budget) {
		const struct event *event;

		if (back ? from <= first : from + 1 >= end)
			break;
		--*budget;
		from = back ? from - 1 : from + 1;
		event = event_log_at(log, from);
		if (event && event_filter_takes(filter, event))
			return from;
	}
	return EVENT_NONE_SELECTED;
}
