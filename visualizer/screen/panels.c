/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/panels.c - the list of panels, and what most of them share: a cursor in a list of lines, kept in
 * sight.
 */
#include "visualizer/screen/panel.h"

extern const struct panel panel_code, panel_translation, panel_cpu, panel_story, panel_exits, panel_walk,
	panel_console, panel_memory, panel_tables, panel_tlb, panel_descriptors, panel_devices, panel_cache,
	panel_timeline, panel_events;

const struct panel *const panel_list[] = {
	[PANEL_CODE] = &panel_code,
	[PANEL_TRANSLATION] = &panel_translation,
	[PANEL_CPU] = &panel_cpu,
	[PANEL_STORY] = &panel_story,
	[PANEL_EXITS] = &panel_exits,
	[PANEL_WALK] = &panel_walk,
	[PANEL_CONSOLE] = &panel_console,
	[PANEL_MEMORY] = &panel_memory,
	[PANEL_TABLES] = &panel_tables,
	[PANEL_TLB] = &panel_tlb,
	[PANEL_DESCRIPTORS] = &panel_descriptors,
	[PANEL_DEVICES] = &panel_devices,
	[PANEL_CACHE] = &panel_cache,
	[PANEL_TIMELINE] = &panel_timeline,
	[PANEL_EVENTS] = &panel_events,
	[PANELS] = NULL,
};

/* Columns that a key to the left or right scrolls. */
enum { SIDEWAYS = 8, SIDEWAYS_MOST = 1000 };

static int64_t kept_between(int64_t value, int64_t low, int64_t high)
{
	if (value > high)
		value = high;
	return value < low ? low : value;
}

static bool scroll_sideways(struct panel_state *state, enum key key)
{
	if (key == K_LEFT || key == 'h')
		state->left -= SIDEWAYS;
	else if (key == K_RIGHT || key == 'l')
		state->left += SIDEWAYS;
	else
		return false;
	state->left = (int)kept_between(state->left, 0, SIDEWAYS_MOST);
	return true;
}

/* Where the key leads from the cursor. False: it is no key of movement. */
static bool target_of(const struct panel_view *view, enum key key, int64_t lines, int64_t *target)
{
	int64_t page = view->height > 1 ? view->height - 1 : 1, at = view->state->cursor;

	if (key == K_UP || key == 'k')
		*target = at - 1;
	else if (key == K_DOWN || key == 'j')
		*target = at + 1;
	else if (key == K_PAGE_UP)
		*target = at - page;
	else if (key == K_PAGE_DOWN)
		*target = at + page;
	else if (key == K_HOME)
		*target = 0;
	else if (key == K_END)
		*target = lines - 1;
	else
		return false;
	return true;
}

bool panel_scroll(struct panel_view *view, enum key key, int64_t lines)
{
	struct panel_state *state = view->state;
	int64_t target;

	if (scroll_sideways(state, key))
		return true;
	if (!target_of(view, key, lines, &target))
		return false;
	state->cursor = kept_between(target, 0, lines - 1);
	state->placed = true;
	panel_follow(state, lines, view->height);
	return true;
}

void panel_follow(struct panel_state *state, int64_t lines, int height)
{
	if (height < 1)
		height = 1;
	state->cursor = kept_between(state->cursor, 0, lines - 1);
	if (state->top > state->cursor)
		state->top = state->cursor;
	if (state->top < state->cursor - height + 1)
		state->top = state->cursor - height + 1;
	/* A list that became shorter leaves no empty rows that it could fill. */
	state->top = kept_between(state->top, 0, lines > height ? lines - height : 0);
}
