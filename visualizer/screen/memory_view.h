/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/memory_view.h - bytes by any of the three kinds of addresses, read as they are and without a trace,
 * with the frames behind them; and what has changed since the guest stood still last.
 */
#ifndef RINGSIDE_VISUALIZER_SCREEN_MEMORY_VIEW_H
#define RINGSIDE_VISUALIZER_SCREEN_MEMORY_VIEW_H

#include "visualizer/debugger/debugger.h"

const char *space_name(enum stop_space space); /* "linear", "physical", "machine" */

/* What stands behind an address. */
struct frame_view {
	bool readable, has_gfn, has_mfn;
	uint64_t gfn, mfn;
	const uint8_t *host; /* the frame's bytes; NULL when not readable */
	uint8_t flags;       /* enum frame_flags */
};
struct frame_view frame_behind(const struct debugger *debugger, enum stop_space space, uint32_t address);

/* Bytes from `address` on, and for each whether it can be read. Addresses end at 4 GiB. */
void memory_bytes(const struct debugger *debugger, enum stop_space space, uint32_t address, uint8_t *bytes, bool *readable,
		  size_t size);

/* The next place with these bytes after (or with `back` before) an address: text as it is, or bytes as "de ad be ef".
 * False: there is none in the next 32 MiB that can be read. */
bool memory_find(const struct debugger *debugger, enum stop_space space, const char *what, uint32_t after, bool back,
		 uint32_t *found);

/* ---- what has changed ---- */

enum { MEMORY_KEPT = 16384 };

/* A stretch of memory at the last two moments at which it was looked at and the guest stood still. */
struct memory_past {
	bool valid;
	uint8_t space;
	uint32_t first;
	uint64_t clock; /* of `now` */
	uint8_t before[MEMORY_KEPT], now[MEMORY_KEPT];
};

/* To be called at each drawing: `first` and what follows are to be seen. */
void memory_past_update(struct memory_past *past, const struct debugger *debugger, enum stop_space space, uint32_t first,
			size_t size);
/* Is this byte, which is `value` now, another one than before? */
bool memory_past_changed(const struct memory_past *past, uint32_t address, uint8_t value, bool running);

#endif
