/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/breaks.c - the list of break- and watchpoints. What they do to a run is lookout.c's; their words are
 * breaks_text.c's.
 */
#include "visualizer/debugger/debugger.h"

#include "core/refuse.h"

#include <stdio.h>
#include <string.h>

static struct break_point *free_place(struct breaks *breaks)
{
	for (unsigned i = 0; i < BREAKS_MAX; i++)
		if (breaks->point[i].number == 0)
			return &breaks->point[i];
	return NULL;
}

static bool place_is_good(struct debugger *debugger, const struct stop_place *place)
{
	const uint8_t all = STOP_EXECUTE | STOP_READ | STOP_WRITE;

	if (!place->access || place->access & ~all)
		return refuse(debugger->message, sizeof(debugger->message),
		              "a breakpoint is for execution, reading or writing: say one of them");
	if (place->space == SPACE_LINEAR && place->address > UINT32_MAX)
		return refuse(debugger->message, sizeof(debugger->message),
		              "linear addresses end at ffffffff; write physical: or machine: before others");
	return place->size != 0 || refuse(debugger->message, sizeof(debugger->message),
	                                  "a watchpoint of no bytes is never hit; watch 1 at least");
}

static bool is_good(struct debugger *debugger, const struct break_point *point)
{
	switch (point->kind) {
	case BREAK_PLACE:
		return place_is_good(debugger, &point->place);
	case BREAK_EVENT:
		return (point->kinds & EVENT_KINDS_ALL) != 0 ||
		       refuse(debugger->message, sizeof(debugger->message), "events of which kind? `info kinds` lists them");
	case BREAK_REASON:
		return point->reason[0] || refuse(debugger->message, sizeof(debugger->message),
		                                  "exits for which reason? `stats` lists those that came up");
	default:
		return true;
	}
}

static bool parse_condition(struct debugger *debugger, struct break_point *point)
{
	char error[EXPRESSION_ERROR];

	point->condition = NULL;
	if (!point->condition_text[0])
		return true;
	point->condition = expression_parse(debugger, point->condition_text, error, sizeof(error));
	return point->condition || refuse(debugger->message, sizeof(debugger->message), "%s", error);
}

struct break_point *breaks_add(struct debugger *debugger, const struct break_point *like)
{
	struct break_point *point = free_place(&debugger->breaks), made = *like;

	debugger->message[0] = '\0';
	if (!point) {
		refuse(debugger->message, sizeof(debugger->message), "there are %d breakpoints already; delete some",
		       BREAKS_MAX);
		return NULL;
	}
	if (!is_good(debugger, &made) || !parse_condition(debugger, &made))
		return NULL;
	made.number = debugger->breaks.next_number++;
	made.hits = 0;
	*point = made;
	debugger->changed = true;
	return point;
}

bool breaks_delete(struct debugger *debugger, unsigned number)
{
	bool found = number == 0;

	for (unsigned i = 0; i < BREAKS_MAX; i++) {
		struct break_point *point = &debugger->breaks.point[i];

		if (point->number == 0 || (number != 0 && point->number != number))
			continue;
		expression_free(point->condition);
		*point = (struct break_point){ 0 };
		found = true;
	}
	debugger->changed = true;
	return found || refuse(debugger->message, sizeof(debugger->message),
	                       "there is no breakpoint %u; `info breaks` lists them", number);
}

struct break_point *breaks_find(struct debugger *debugger, unsigned number)
{
	for (unsigned i = 0; number != 0 && i < BREAKS_MAX; i++)
		if (debugger->breaks.point[i].number == number)
			return &debugger->breaks.point[i];
	refuse(debugger->message, sizeof(debugger->message), "there is no breakpoint %u; `info breaks` lists them",
	       number);
	return NULL;
}

const struct break_point *breaks_at(const struct debugger *debugger, uint32_t gla)
{
	for (unsigned i = 0; i < BREAKS_MAX; i++) {
		const struct break_point *point = &debugger->breaks.point[i];

		if (point->number != 0 && point->enabled && point->kind == BREAK_PLACE &&
		    point->place.space == SPACE_LINEAR && point->place.access & STOP_EXECUTE &&
		    point->place.address == gla)
			return point;
	}
	return NULL;
}
