/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/narrate.h - the parts of the demo's telling that its scenes share: titles, paragraphs,
 * pauses, and a guest run with a reader on its events.
 */
#ifndef RINGSIDE_VISUALIZER_NARRATE_H
#define RINGSIDE_VISUALIZER_NARRATE_H

#include "core/counters.h"
#include "core/vm.h"
#include "visualizer/event_text.h"
#include "visualizer/session.h"

struct narrator {
	const struct options *options;
	struct event_text text;
	bool pauses; /* a person reads along */
	unsigned scene;
};

void narrate_begin(struct narrator *narrator, const struct options *options);
void narrate_title(struct narrator *narrator, const char *title);
void narrate(const struct narrator *narrator, const char *paragraph);
/* What to type to see the same by oneself. */
void narrate_command(const struct narrator *narrator, const char *command);
void narrate_pause(const struct narrator *narrator, double seconds);

/* A guest for one scene. Its console output is kept in `console` (free it after scene_end). */
struct scene {
	struct narrator *narrator;
	struct options options;
	struct session session;
	struct event_reader reader;
	struct counters counters;
	char *words[2];
	char *console;
	size_t console_size;
	FILE *console_out;
	/* The scene's own: how far its telling has come. */
	unsigned told, streamed;
	uint64_t seen;
	char note[40];
};

/* Opens `guest` under `mode` (core/mode.h: "trap", "hvm/shadow"); `read` gets all events. STATUS_OK, or a status after a message. */
int scene_begin(struct scene *scene, struct narrator *narrator, const char *mode, const char *guest,
                const char *cmdline, uint64_t limit,
                void (*read)(void *owner, const struct event *event));
/* Closes everything; `console` stays. */
void scene_end(struct scene *scene);
void scene_print_counters(const struct scene *scene);
/* The last `lines` lines of what the guest printed, each behind a bar. */
void scene_print_console(const struct scene *scene, unsigned lines);

#endif
