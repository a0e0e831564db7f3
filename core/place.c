/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/place.c - see place.h.
 */
#include "core/place.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FOLDER_SIZE = 1024 };

/* The folder that holds the program, with the slash at its end; empty when it cannot be known. */
static void program_folder(char *folder, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", folder, size - 1);
	char *slash;

	folder[length > 0 ? length : 0] = '\0';
	slash = strrchr(folder, '/');
	if (slash != NULL)
		slash[1] = '\0';
}

static bool is_there(char *path, size_t size, const char *folder, const char *way, const char *room, const char *name)
{
	return (size_t)snprintf(path, size, "%s%s%s/%s", folder, way, room, name) < size && access(path, R_OK) == 0;
}

bool place_find(const struct place *place, const char *name, char *path, size_t size)
{
	char folder[FOLDER_SIZE];

	/* Where `make` leaves the program, where its variants stand, where `make install` puts it; and the current folder. */
	program_folder(folder, sizeof(folder));
	return is_there(path, size, folder, "../", place->source, name) ||
	       is_there(path, size, folder, "../../", place->source, name) ||
	       is_there(path, size, folder, "../share/ringside/", place->installed, name) ||
	       is_there(path, size, "", "", place->source, name);
}
