/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/story.h - one event taken apart into the steps in which it happened, each with its price: what a narration
 * prints and a screen walks through.
 */
#ifndef RINGSIDE_VISUALIZER_STORY_H
#define RINGSIDE_VISUALIZER_STORY_H

#include "core/event.h"

/* Whose doing a step is. */
enum step_side { STEP_GUEST, STEP_HARDWARE, STEP_VMM };

enum { EVENT_STEPS = 5 + EVENT_PHASES, EVENT_STEP_TEXT = 256 };

struct event_step {
	char text[EVENT_STEP_TEXT];
	uint32_t cycles; /* 0: it has no price of its own */
	enum step_side side;
	bool hole; /* the guest has been told the hardware's truth, and nobody stopped it */
};

/* Fills `steps`, in order; gives how many there are, at least one. */
unsigned event_steps(const struct event *event, struct event_step list[EVENT_STEPS]);

#endif
