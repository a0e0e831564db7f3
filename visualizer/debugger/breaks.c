/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/breaks.c - the list of break- and watchpoints.
 */
#include "visualizer/debugger/debugger.h"

#include "core/refuse.h"
#include "visualizer/event_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct break_point *free_place(struct breaks *breaks)
{
	for (unsigned i = 0; i < BREAKS_MAX; i++)
		if (breaks->point[i].number == 0)
			return &breaks->point[i];
	return NULL;
}

struct break_point *breaks_add(struct debugger *debugger, const struct break_point *like)
{
	struct break_point *point = free_place(&debugger->breaks);
	char error[200];

	if (!point) {
		refuse(debugger->message, sizeof(debugger->message), "there are %d breakpoints already; delete some",
		       BREAKS_MAX);
		return NULL;
	}
	*point = *like;
	point->condition = NULL;
	if (point->condition_text[0]) {
		point->condition = expression_parse(debugger, point->condition_text, error, sizeof(error));
		if (!point->condition) {
			refuse(debugger->message, sizeof(debugger->message), "%s", error);
			*point = (struct break_point){ 0 };
			return NULL;
		}
	}
	point->number = debugger->breaks.next_number++;
	point->hits = 0;
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

void break_describe(const struct debugger *debugger, const struct break_point *point, char *text, size_t size)
{
	char where[100];

	address_text(debugger->symbols, (uint32_t)point->place.address, where, sizeof(where));
	snprintf(text, size, "%u  break  %s  hit %" PRIu64 " times", point->number, where, point->hits);
}

bool breaks_save(const struct debugger *debugger, const char *path, char *error, size_t error_size)
{
	(void)debugger;
	return refuse(error, error_size, "%s: saving breakpoints: not yet", path);
}
