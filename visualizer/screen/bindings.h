/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/bindings.h - which command line a key performs: those of the command table, changed by the viewer's
 * file and by `rebind`.
 */
#ifndef RINGSIDE_VISUALIZER_SCREEN_BINDINGS_H
#define RINGSIDE_VISUALIZER_SCREEN_BINDINGS_H

#include "visualizer/screen/key.h"

enum { BINDINGS_MOST = 160, BINDING_LINE = 100 };

struct bindings {
	struct {
		enum key key;
		char line[BINDING_LINE]; /* "": the key does nothing; with a blank at its end, the rest is asked for */
	} row[BINDINGS_MOST];
	unsigned count;
};

/* Those of the command table and of the digits. */
void bindings_usual(struct bindings *bindings);
/* False: `error` (too many, too long). */
bool bindings_set(struct bindings *bindings, enum key key, const char *line, char *error, size_t error_size);
/* NULL: nothing. */
const char *bindings_line(const struct bindings *bindings, enum key key);
/* The keys that perform this line, or ask for the rest of it, with blanks between. */
void bindings_keys(const struct bindings *bindings, const char *line, char *text, size_t size);
/* An INI file: `KEY = COMMAND LINE` in a section [keys]. False: `error` names the line. */
bool bindings_read(struct bindings *bindings, const char *path, char *error, size_t error_size);
/* $XDG_CONFIG_HOME/ringside/keys, or the one in ~/.config. False: there is no home. */
bool bindings_path(char *path, size_t size);

#endif
