/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/display.h - the terminal of this process as a place for grids and a source of keys. Whatever ends the
 * program, the terminal is as it was before.
 */
#ifndef RINGSIDE_VISUALIZER_SCREEN_DISPLAY_H
#define RINGSIDE_VISUALIZER_SCREEN_DISPLAY_H

#include "visualizer/screen/key.h"
#include "visualizer/screen/screen.h"

#include <poll.h>

struct display;

struct display_options {
	bool color, ascii, mouse;
};

/* Takes the terminal, and holds the signals that end or suspend a program. NULL: `error` says why and what helps, and the
 * terminal is untouched. */
struct display *display_open(const struct display_options *options, char *error, size_t error_size);
/* Gives it back. NULL is fine. */
void display_close(struct display *display);

void display_size(const struct display *display, int *width, int *height);
/* Brings the terminal up to date. */
void display_draw(struct display *display, const struct grid *grid, const struct theme *theme);
/* Forgets what the terminal shows: the next drawing draws all. */
void display_redraw(struct display *display);
void display_mouse(struct display *display, bool on);
/* Gives the terminal back, stops the whole job (as Ctrl-Z does), and takes it again. */
void display_suspend(struct display *display);

/* Waits for a key or a signal, up to `milliseconds`; -1: for ever. */
void display_wait(struct display *display, int milliseconds);
/* The same, or until something happens to one of `count` other descriptors. */
enum { DISPLAY_OTHERS = 12 };
void display_wait_for(struct display *display, const struct pollfd *others, size_t count, int milliseconds);
struct display_input {
	enum key key; /* K_NONE: nothing waits; K_CLOSED: the terminal is gone; K_RESIZE: it has another size */
	int x, y;     /* of K_MOUSE */
	enum screen_mouse mouse;
};
struct display_input display_input(struct display *display);
/* The signal that wants the program to end; 0: none. */
int display_signal(const struct display *display);
/* After display_close: lets that signal do its work. */
void display_pass_on(int signal_number);

#endif
