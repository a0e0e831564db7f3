/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/panel.h - one panel of the screen: draws what it shows of a debugger into its area, and takes keys
 * while it has the focus. A panel keeps nothing but its panel_state, so that several viewers can look at one guest.
 */
#ifndef RINGSIDE_VISUALIZER_SCREEN_PANEL_H
#define RINGSIDE_VISUALIZER_SCREEN_PANEL_H

#include "visualizer/debugger/debugger.h"
#include "visualizer/screen/grid.h"
#include "visualizer/screen/key.h"

/* What a viewer has done to a panel. All zero is its beginning. */
struct panel_state {
	int64_t top, cursor; /* first line shown, line selected: their meaning is the panel's */
	int left;            /* columns scrolled to the right */
	uint32_t address;    /* where `goto` led; what a memory panel shows */
	bool placed;         /* by goto or scrolling: do not follow the guest */
	unsigned view;       /* which of the panel's own forms (next with Tab or Enter as it says) */
	uint64_t mark[2];    /* timeline: markers A and B, cycles; 0: none */
	char filter[64], search[64];
	void *kept; /* what the panel keeps from one drawing to the next, by malloc; the viewer frees it at its end. NULL: nothing */
};

struct panel_view {
	struct debugger *debugger;
	struct panel_state *state;
	struct panel_state *states; /* of all panels, by index in panel_list: linked panels scroll together */
	bool focused;
	bool story; /* mode `story`: every trap told; else `debug` */
	int height; /* rows that the panel has had when it was drawn last: a page for PgDn */
};

struct panel {
	const char *name;  /* for `focus` and `tab`: "code" */
	const char *title; /* "Guest code" */
	const char *help;  /* lines "key  what it does" for `?`; NULL: scrolling only */
	/* More behind the title, such as "3/7"; NULL: nothing. */
	void (*note)(const struct panel_view *view, char *text, size_t size);
	void (*draw)(struct panel_view *view, const struct area *area);
	/* False: no key of this panel's. */
	bool (*key)(struct panel_view *view, enum key key);
	/* `goto`: an address, where the panel shows addresses. NULL: it does not. */
	void (*go)(struct panel_view *view, uint32_t address);
	/* `/`: moves the cursor to the next line (or with `back` the previous one) that has state->search. NULL: no search. */
	bool (*find)(struct panel_view *view, bool back);
};

/* The panels in the order of their digits, then the tabs of the last one; ends with NULL. */
extern const struct panel *const panel_list[];
enum {
	PANEL_CODE,
	PANEL_TRANSLATION,
	PANEL_CPU,
	PANEL_STORY,
	PANEL_EXITS,
	PANEL_WALK,
	PANEL_CONSOLE,
	PANEL_MEMORY,
	PANEL_TABLES,
	PANEL_TLB,
	PANEL_DESCRIPTORS,
	PANEL_DEVICES,
	PANEL_CACHE,
	PANEL_TIMELINE,
	PANEL_EVENTS,
	PANELS
};

/* Arrows, hjkl, PgUp, PgDn, Home, End on state->cursor and state->top for a list of `lines`. False: another key. */
bool panel_scroll(struct panel_view *view, enum key key, int64_t lines);
/* Keeps the cursor inside the `height` rows shown. */
void panel_follow(struct panel_state *state, int64_t lines, int height);

#endif
