/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/tui.h - between the files of the command `tui`: tui.c opens and closes, tui_loop.c runs guest, keys and
 * pictures in turn, tui_play.c plays scripts.
 */
#ifndef RINGSIDE_VISUALIZER_TUI_H
#define RINGSIDE_VISUALIZER_TUI_H

#include "visualizer/debugger/debugger.h"
#include "visualizer/debugger/keep.h"
#include "visualizer/remote/viewers.h"
#include "visualizer/screen/cast.h"
#include "visualizer/screen/display.h"
#include "visualizer/screen/screen.h"

struct tui {
	const struct options *options;
	struct debugger debugger;
	struct screen *screen;
	struct display *display; /* NULL: no terminal */
	struct grid grid;
	int width, height;
	char session[KEEP_PATH]; /* the file of breakpoints; "": none */
	struct viewers *viewers; /* from outside; NULL: no --socket */
	bool untold;             /* something is new since they looked */
	struct cast *cast;
	double cast_began, drawn, drawing; /* host seconds: when recording began, of the last picture, and what it took */
	double script_seconds;             /* time in a recording without a terminal: a second a line */
	bool unseen;                       /* something is new since the last picture */
	double pace_host;                  /* host and model time at which pacing began */
	uint64_t pace_clock;
};

void tui_draw(struct tui *tui);
/* Until the viewer or a signal ends it. */
void tui_loop(struct tui *tui);
/* Runs what moves to its end; a person at the terminal sees it, and may interrupt. */
void tui_arrive(struct tui *tui);
/* The same, but no further than this clock. Has it arrived? */
bool tui_arrive_before(struct tui *tui, uint64_t clock);
/* When a script wants it: until a key has been pressed. Without a terminal nobody waits. */
void tui_pause(struct tui *tui);
/* Between the slices of a motion that somebody else runs: pictures and keys. True: it is to end. */
bool tui_interrupted(void *owner);
bool tui_over(const struct tui *tui);

bool tui_record(struct tui *tui, const char *path, char *error, size_t error_size);
/* `text`: what became of it. */
bool tui_end_recording(struct tui *tui, char *text, size_t size);
/* The screen's hook: begins, or ends what runs. */
bool tui_turn_recording(void *owner, const char *path);

/* --script and --execute. False: a line was wrong; where there is no terminal to show it, it has been said. */
bool tui_play(struct tui *tui);

#endif
