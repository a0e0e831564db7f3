/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/terminal.h - the terminal while a guest has it: raw keys, the guest's text screen drawn by
 * differences (ECMA-48 control sequences), and everything as it was afterwards.
 */
#ifndef RINGSIDE_VISUALIZER_TERMINAL_H
#define RINGSIDE_VISUALIZER_TERMINAL_H

#include "visualizer/screen_text.h"

#include <termios.h>

struct terminal {
	bool raw;    /* keys come one by one: `saved` is to be restored */
	bool screen; /* the guest's screen is shown instead of its serial port */
	bool begun;  /* the alternate screen is on */
	bool utf8, color;
	struct termios saved;
	struct screen shown; /* what the terminal shows now, when `drawn` */
	bool drawn;
	unsigned rows, columns;
	unsigned top; /* the first row shown, on a terminal with too few */
	unsigned attribute;
	char status[64]; /* below the screen */
};

/* `keys`: take the keyboard; `screen`: take the whole screen. False: not a terminal. */
bool terminal_begin(struct terminal *terminal, bool keys, bool screen);
/* Restores everything. May be called twice. */
void terminal_end(struct terminal *terminal);

/* Brings the terminal up to date with the guest's screen. */
void terminal_draw(struct terminal *terminal, const struct screen *screen);

/* Says something below the guest's screen, where there is room; and always in the terminal's title. */
void terminal_status(struct terminal *terminal, const char *text);

/* Waits up to `milliseconds` for input and reads it: bytes read, 0 when there is none, -1 when there
 * will be no more. */
int terminal_read(int fd, char *bytes, size_t size, int milliseconds);

#endif
