/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/peers_engine.h - the programs beside Ringside that run guests: are they here, and how are they called?
 */
#ifndef RINGSIDE_VISUALIZER_COMPARE_PEERS_ENGINE_H
#define RINGSIDE_VISUALIZER_COMPARE_PEERS_ENGINE_H

#include "visualizer/compare/peers.h"

/* By name. False: there is none of this name. */
bool engine_find(const char *name, enum plan_engine *engine);

/* Is it here? `text` has its version, or why it is not and what helps. */
bool engine_look(enum plan_engine engine, char *text, size_t size);

/* The guest as an engine gets it. */
struct engine_guest {
	const struct config *config;
	const char *form;   /* struct loaded's */
	const char *folder; /* for files that it needs */
	unsigned number;    /* in their names */
	const char *end;    /* how the guest ends: a name of result.h's */
	unsigned exit_code;
};

/* Fills arguments, command, expected and ends of an entry. False: it cannot run this guest, `error` says why. */
bool engine_call(const struct engine_guest *guest, struct peers_entry *entry, char *error, size_t error_size);

/* What must be done before each run. */
void engine_clean(const struct engine_guest *guest);

/* ---- command lines (peers_words.c) ---- */

enum { WORDS = 128 };

struct words {
	char *word[WORDS];
	unsigned count;
	bool failed;
};

void words_add(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Makes them the entry's, the names of files in `folder` without it. False: memory was short; they are freed. */
bool words_give(struct words *words, const char *folder, struct peers_entry *entry);

#endif
