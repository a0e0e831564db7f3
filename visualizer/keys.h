/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/keys.h - input for a guest at moments of model time: from a file, from a terminal, and
 * into a file again. A run is a pure function of images, configuration and this.
 *
 *   ; a recording: CYCLE, then what arrives
 *   20000000 1e 9e              scan codes (set 1), hexadecimal
 *   25000000 text "ls\n"        typed on the keyboard, a key each 10 ms of model time
 *   30000000 key left left f1   named keys, likewise
 *   40000000 serial "help\n"    bytes for the first serial port
 */
#ifndef RINGSIDE_VISUALIZER_KEYS_H
#define RINGSIDE_VISUALIZER_KEYS_H

#include "core/board.h"
#include "visualizer/keymap.h"

#include <stdio.h>

struct key_input {
	uint64_t cycle;
	uint8_t bytes[STROKE_BYTES];
	uint8_t size;
	bool serial;
	bool typed; /* by a person, who does not tell when a key is let go */
};

/* A queue in order of time. */
struct keys {
	struct key_input *input;
	size_t count, room, next;
	uint64_t frequency; /* cycles in a second */
	FILE *record;       /* NULL: nothing is recorded */
	/* Is told what the board took, as it took it. NULL: nobody is. */
	void (*delivered)(void *owner, bool serial, const uint8_t *bytes, size_t size);
	void *owner;
};

void keys_begin(struct keys *keys, uint64_t frequency);
void keys_end(struct keys *keys);

/* Adds a file's input. False: `error` names file, line and what would be right. */
bool keys_read(struct keys *keys, const char *path, char *error, size_t error_size);
/* One line of such a file. */
bool keys_read_line(struct keys *keys, const char *line, char *error, size_t error_size);

/* A person pressed a key at `cycle`: it is let go a little later. Pressed again before that, it stays
 * down; Shift, Ctrl and Alt are let go before another key comes. */
void keys_stroke(struct keys *keys, uint64_t cycle, struct stroke stroke);
void keys_serial(struct keys *keys, uint64_t cycle, const uint8_t *bytes, size_t size);

/* When the next input is due; BOARD_NEVER. */
uint64_t keys_next(const struct keys *keys);
/* Hands the board what is due, as far as it takes it, and records that. */
void keys_deliver(struct keys *keys, struct board *board, uint64_t now);

#endif
