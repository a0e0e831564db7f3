/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/unit_list.c - see unit_list.h.
 */
#include "visualizer/unit_list.h"

#include "visualizer/message.h"

#include <stdlib.h>

static size_t count_units(const struct vm *vm)
{
	size_t count = 0;

	for (const struct unit *unit = translator_next_unit(vm, NULL); unit; unit = translator_next_unit(vm, unit))
		count++;
	return count;
}

static bool holds_address(const struct unit *unit, uint32_t address)
{
	return address - (unit->key.cs_base + unit->key.eip) < unit->bytes;
}

/* The most entered first; where that is equal the older one, so that the order is the same each time. */
static int by_hits(const void *a, const void *b)
{
	const struct unit_entry *left = a, *right = b;

	if (left->hits != right->hits)
		return left->hits < right->hits ? 1 : -1;
	return left->unit->sequence < right->unit->sequence ? -1 : 1;
}

static void collect(struct unit_list *list, const struct vm *vm, const struct unit_choice *choice)
{
	const struct unit *unit = NULL;

	while ((unit = translator_next_unit(vm, unit))) {
		struct unit_entry entry = {.unit = unit};

		list->counted = translator_hits(vm, unit, &entry.hits) || list->counted;
		list->all_hits += entry.hits;
		if (!choice->by_address || holds_address(unit, choice->address))
			list->entry[list->count++] = entry;
	}
}

bool unit_list_make(struct unit_list *list, const struct vm *vm, const struct unit_choice *choice)
{
	*list = (struct unit_list){.all = count_units(vm)};
	list->entry = calloc(list->all ? list->all : 1, sizeof(*list->entry));
	if (!list->entry) {
		message("not enough memory for a list of units; close other programs");
		return false;
	}
	collect(list, vm, choice);
	if (choice->top) {
		qsort(list->entry, list->count, sizeof(*list->entry), by_hits);
		list->count = choice->most < list->count ? (size_t)choice->most : list->count;
	}
	for (size_t i = 0; i < list->count; i++)
		list->hits += list->entry[i].hits;
	return true;
}

void unit_list_free(struct unit_list *list)
{
	free(list->entry);
	list->entry = NULL;
}

bool unit_list_has(const struct unit_list *list, const struct unit *unit)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->entry[i].unit == unit)
			return true;
	return false;
}
