/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/place.h - finds files that belong to the program, wherever it stands: in the tree it was built in, or installed.
 */
#ifndef RINGSIDE_CORE_PLACE_H
#define RINGSIDE_CORE_PLACE_H

#include <stdbool.h>
#include <stddef.h>

struct place {
	const char *source;    /* folder in the tree: "core/profiles" */
	const char *installed; /* folder under share/ringside: "profiles" */
};

/* The path of a readable file of this name. False: there is none. */
bool place_find(const struct place *place, const char *name, char *path, size_t size);

#endif
