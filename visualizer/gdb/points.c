/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/gdb/points.c - break- and watchpoints (packets Z and z). They are the debugger's own: nothing is written into
 * the guest, no INT3 and no debug register, so software and hardware breakpoints are the same thing here.
 */
#include "visualizer/gdb/inside.h"

#include <string.h>

static const uint8_t accesses[] = {
	['0' - '0'] = STOP_EXECUTE, ['1' - '0'] = STOP_EXECUTE, ['2' - '0'] = STOP_WRITE,
	['3' - '0'] = STOP_READ, ['4' - '0'] = STOP_READ | STOP_WRITE,
};

/* "TYPE,ADDRESS,KIND": the kind of a watchpoint is its length. What follows (conditions) was not offered. */
static bool parse(const char *text, struct gdb_point *point)
{
	*point = (struct gdb_point){ .type = *text };
	if (point->type < '0' || point->type > '4')
		return false;
	text++;
	if (!hex_skip(&text, ',') || !hex_number32(&text, &point->address) || !hex_skip(&text, ',') ||
	    !hex_number32(&text, &point->size) || (*text && *text != ';'))
		return false;
	if (point->type <= '1')
		point->size = 1;
	return point->size && point->address + (point->size - 1) >= point->address;
}

static struct gdb_point *find(struct gdb *gdb, const struct gdb_point *like)
{
	for (size_t i = 0; i < STOPS_MAX; i++) {
		struct gdb_point *point = &gdb->point[i];

		if (point->number && point->type == like->type && point->address == like->address &&
		    point->size == like->size)
			return point;
	}
	return NULL;
}

static struct gdb_point *free_point(struct gdb *gdb)
{
	for (size_t i = 0; i < STOPS_MAX; i++)
		if (!gdb->point[i].number)
			return &gdb->point[i];
	return NULL;
}

static bool insert(struct gdb *gdb, const struct gdb_point *like)
{
	struct gdb_point *point = free_point(gdb);
	struct break_point wanted = {
		.kind = BREAK_PLACE, .enabled = true, .name = "gdb",
		.place = { .space = SPACE_LINEAR, .access = accesses[like->type - '0'], .address = like->address,
		           .size = like->size },
	};
	const struct break_point *made = point ? breaks_add(gdb->debugger, &wanted) : NULL;

	if (!made)
		return false;
	*point = *like;
	point->number = made->number;
	return true;
}

/* Twice the same is once (GDB manual, E.2: these packets are idempotent). */
void gdb_insert_point(struct gdb *gdb, const char *text, size_t size)
{
	struct gdb_point point;

	(void)size;
	if (!parse(text, &point))
		gdb_answer_error(gdb, GDB_MALFORMED);
	else
		gdb_answer_done(gdb, find(gdb, &point) || insert(gdb, &point), GDB_NO_ROOM);
}

/* Somebody may have deleted it by `monitor delete`: it is gone, and that was wanted. */
static void take_out(struct gdb *gdb, struct gdb_point *point)
{
	if (point->number)
		breaks_delete(gdb->debugger, point->number);
	point->number = 0;
}

void gdb_remove_point(struct gdb *gdb, const char *text, size_t size)
{
	struct gdb_point point, *found;

	(void)size;
	if (!parse(text, &point)) {
		gdb_answer_error(gdb, GDB_MALFORMED);
		return;
	}
	found = find(gdb, &point);
	if (found)
		take_out(gdb, found);
	gdb_answer(gdb, "OK");
}

void gdb_remove_points(struct gdb *gdb)
{
	for (size_t i = 0; i < STOPS_MAX; i++)
		take_out(gdb, &gdb->point[i]);
}

const struct gdb_point *gdb_point_of(const struct gdb *gdb, unsigned number)
{
	for (size_t i = 0; i < STOPS_MAX; i++)
		if (number && gdb->point[i].number == number)
			return &gdb->point[i];
	return NULL;
}
