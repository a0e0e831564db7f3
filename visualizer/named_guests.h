/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/named_guests.h - guests that nobody here wrote, by name: `ringside run debian`. `make guests` fetches them.
 */
#ifndef RINGSIDE_VISUALIZER_NAMED_GUESTS_H
#define RINGSIDE_VISUALIZER_NAMED_GUESTS_H

#include "core/config.h"

struct named_guest {
	const char *name;
	const char *summary;
	const char *kernel, *initrd; /* files in the guests folder; initrd NULL: none */
	const char *technique;       /* by which it does what it should, unless told otherwise */
	const char *memory;          /* as --memory takes it */
	const char *cmdline;         /* words after the guest follow it */
};

/* Gives NULL past the end. */
const struct named_guest *named_guest(size_t index);
/* NULL: no guest is called that. */
const struct named_guest *named_guest_find(const char *name);
/* The first of its files that is not here; NULL: all are. */
const char *named_guest_misses(const struct named_guest *guest);
/* Sets what the guest is made of. False after a message: it has not been fetched. */
bool named_guest_configure(const struct named_guest *guest, struct config *config);

#endif
