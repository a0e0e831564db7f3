/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/difference.h - two runs side by side (`stats --diff`, after Linux's perf diff): counters, cycles by part of the clock,
 * exits by reason, and the places in the guest that they came from; each with difference and ratio, the largest difference first.
 */
#ifndef RINGSIDE_VISUALIZER_DIFFERENCE_H
#define RINGSIDE_VISUALIZER_DIFFERENCE_H

#include "core/recording.h"
#include "core/symbols.h"
#include "visualizer/compare/result.h"

enum { SITE_INSTRUCTION = 32, SITE_NAME = 96, DIFFERENCE_NOTE = 240, DIFFERENCE_NOTES = 6 };

/* A place in the guest that exits came from. */
struct site {
	uint32_t linear;
	char instruction[SITE_INSTRUCTION];
	uint64_t count, cycles; /* count 0: the slot is free */
};

struct sites {
	struct event_reader reader; /* to be added to the stream, after sites_begin */
	struct site *slot;          /* by hash, open addressing */
	size_t slots, used;
	bool short_of_memory;
};

bool sites_begin(struct sites *sites);
void sites_end(struct sites *sites);
const struct site *sites_find(const struct sites *sites, uint32_t linear); /* NULL: there is none */

/* One of the two runs. */
struct side {
	const char *path;
	struct recording *recording; /* NULL: a saved result of `run --json`, which has no sites */
	char guest[64], mode[32], version[RECORDING_VERSION];
	struct symbols *symbols;
	struct result result;
	struct sites sites;
	bool differs; /* this program's run is not the recorded one */
};

/* From a recording, which runs again, or from what `run --json` has printed. False: `error` says what is wrong with the file and what
 * to do. */
bool side_read(struct side *side, const char *path, char *error, size_t error_size);
void side_free(struct side *side);

/* A row: a name, and of both sides how often (where that is said) and how many. */
struct difference_row {
	char name[SITE_NAME];
	uint64_t count[2], value[2];
};

enum difference_table { DIFFERENCE_COUNTERS, DIFFERENCE_PARTS, DIFFERENCE_REASONS, DIFFERENCE_SITES, DIFFERENCE_TABLES };

struct difference {
	struct side side[2];
	struct {
		struct difference_row *row; /* largest difference first */
		size_t rows;
	} table[DIFFERENCE_TABLES];
	char note[DIFFERENCE_NOTES][DIFFERENCE_NOTE]; /* what keeps them from being the same run twice */
	unsigned notes;
};

/* `side` of it has been read. False: no memory. */
bool difference_make(struct difference *difference);
void difference_free(struct difference *difference); /* the sides too */

/* `top`: sites at most. */
void difference_write_text(const struct difference *difference, size_t top, struct output *output);
void difference_write_json(const struct difference *difference, struct output *output);

#endif
