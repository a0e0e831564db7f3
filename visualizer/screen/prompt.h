/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/prompt.h - one line that is being typed on the screen, with the lines typed before.
 */
#ifndef RINGSIDE_VISUALIZER_SCREEN_PROMPT_H
#define RINGSIDE_VISUALIZER_SCREEN_PROMPT_H

#include "visualizer/screen/grid.h"
#include "visualizer/screen/key.h"

enum { PROMPT_TEXT = 256, PROMPT_LINES = 32 };

enum prompt_answer { PROMPT_GOES_ON, PROMPT_ENTERED, PROMPT_LEFT };

/* All zero: not open, nothing typed yet. */
struct prompt {
	bool open;
	char text[PROMPT_TEXT];
	size_t at; /* the cursor's byte */
	char line[PROMPT_LINES][PROMPT_TEXT]; /* typed before, the latest at (typed - 1) % PROMPT_LINES */
	unsigned typed, back;                 /* how many; how far back is shown */
};

/* Opens it with a beginning that can be changed, the cursor behind it. */
void prompt_begin(struct prompt *prompt, const char *text);
/* Takes any key. PROMPT_ENTERED: `text` holds the line; it is remembered, and the prompt is closed. */
enum prompt_answer prompt_key(struct prompt *prompt, enum key key);
/* Puts `text` in the place of what was typed. */
void prompt_replace(struct prompt *prompt, const char *text);
/* From x on in a row, scrolled so that the cursor shows, which it places. Gives the x behind the text. */
int prompt_draw(const struct prompt *prompt, const struct area *area, int x, int y);

#endif
