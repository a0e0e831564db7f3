/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/screen.h - what one viewer sees of a debugger and does to it by keys: panels, focus, the line of
 * commands, help. There is no terminal in it: the local terminal, `--dump`, tests and viewers at the other end of a socket
 * have one each, and move the same guest. (The guest's own text screen is visualizer/screen_text.h, another thing.)
 */
#ifndef RINGSIDE_VISUALIZER_SCREEN_SCREEN_H
#define RINGSIDE_VISUALIZER_SCREEN_SCREEN_H

#include "visualizer/debugger/shell.h"
#include "visualizer/screen/bindings.h"
#include "visualizer/screen/layout.h"
#include "visualizer/screen/panel.h"
#include "visualizer/screen/prompt.h"
#include "visualizer/screen/theme.h"

/* Text over the panels: help, the keys, what a command printed. */
struct pager {
	char *text; /* NULL: none */
	char title[80];
	int top, lines; /* rows, as wrapped when drawn last */
};

struct screen {
	struct debugger *debugger;
	struct shell shell;
	struct bindings bindings;
	struct panel_state states[PANELS];
	int heights[PANELS]; /* rows when drawn last */
	struct layout_choice choice;
	unsigned before_console; /* the focus to go back to */
	struct layout layout;    /* of the last drawing */
	const struct theme *theme;
	struct prompt prompt;
	const char *prompt_label; /* static */
	struct pager pager;
	char message[400];
	bool message_is_error;
	bool readonly; /* this viewer may only look, whatever others may do */
	bool mouse;    /* take it from the terminal */
	bool escape;   /* C-a was typed while typing goes to the guest */
	uint64_t speed; /* cycles a second; 0: as fast as it goes */

	/* What whoever shows the screen has to do, and then clears. */
	bool wants_redraw, wants_suspend;
	bool pausing; /* `pause`: a script goes on when a key has been pressed */
	bool quit;
	/* `record [FILE]` and `dump [FILE]` are asked of the owner of the picture; NULL: the command says it cannot be done here.
	 * Give false with screen->shell.message. */
	void *owner;
	bool (*record)(void *owner, const char *path);
	bool recording;
};

/* NULL: no memory. The debugger is the caller's. */
struct screen *screen_new(struct debugger *debugger, bool story);
void screen_free(struct screen *screen);

/* Draws all into a grid of any size. */
void screen_draw(struct screen *screen, struct grid *grid);

void screen_key(struct screen *screen, enum key key);
enum screen_mouse { MOUSE_CLICK, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };
void screen_mouse(struct screen *screen, int x, int y, enum screen_mouse what);

/* A command line, as if typed behind `:`. False: it is told on the screen, and in screen->shell.message. */
bool screen_perform(struct screen *screen, const char *line);
/* A motion has arrived: what follows the guest does so again. Tells why it stopped. */
void screen_arrived(struct screen *screen);
__attribute__((format(printf, 2, 3))) void screen_say(struct screen *screen, const char *format, ...);

#endif
