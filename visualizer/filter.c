/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/filter.c - kinds of events by name.
 */
#include "visualizer/filter.h"

#include "core/nearest.h"
#include "visualizer/message.h"

#include <string.h>

static uint64_t bit(enum event_kind kind)
{
	return UINT64_C(1) << kind;
}

uint64_t filter_all(void)
{
	return bit(EV_KIND_COUNT) - 1;
}

uint64_t filter_usual(const char *technique)
{
	if (strcmp(technique, "native") == 0 || strcmp(technique, "emulate") == 0)
		return filter_all();
	return filter_all() & ~(bit(EV_WORLD_SWITCH) | bit(EV_DELIVERED) | bit(EV_PORT) | bit(EV_DEVICE));
}

static bool refuse_kind(const char *name)
{
	struct nearest nearest = nearest_to(name);
	char names[512] = "";

	for (int kind = 0; kind < EV_KIND_COUNT; kind++) {
		nearest_offer(&nearest, event_kind_name((enum event_kind)kind));
		strcat(names, kind ? ", " : "");
		strcat(names, event_kind_name((enum event_kind)kind));
	}
	if (nearest.name)
		message("--filter: no kind of event '%s'; did you mean '%s'?", name, nearest.name);
	else
		message("--filter: no kind of event '%s'; there are: all, %s", name, names);
	return false;
}

static bool take_word(const char *word, uint64_t usual, uint64_t *kinds, bool first)
{
	bool without = word[0] == '-';
	const char *name = word + without;
	int kind = event_kind_find(name);
	uint64_t mask = strcmp(name, "all") == 0 ? filter_all() : kind >= 0 ? bit((enum event_kind)kind) : 0;

	if (!mask)
		return refuse_kind(name);
	if (first && without) /* leaving out begins with what is usual */
		*kinds = usual;
	*kinds = without ? *kinds & ~mask : *kinds | mask;
	return true;
}

bool filter_parse(const char *filter, uint64_t usual, uint64_t *kinds)
{
	char copy[512], *rest = copy;
	bool first = true;

	*kinds = filter ? 0 : usual;
	if (!filter)
		return true;
	if (strlen(filter) >= sizeof(copy)) {
		message("--filter: too long; name fewer kinds");
		return false;
	}
	strcpy(copy, filter);
	for (char *word = strtok_r(copy, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
		if (!take_word(word, usual, kinds, first))
			return false;
		first = false;
	}
	if (first)
		message("--filter: no kind is named; write it like trap,port or -trace");
	return !first;
}
