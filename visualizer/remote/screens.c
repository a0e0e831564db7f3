/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/remote/screens.c - screens for viewers from outside. A key of one who is not in control moves panels and
 * asks questions, and nothing else.
 */
#include "visualizer/remote/screens.h"

#include "visualizer/screen/screen.h"

static void *open_screen(void *owner)
{
	struct screen *screen = screen_new(owner, false);

	if (screen)
		screen->readonly = true; /* until a key comes from one in control */
	return screen;
}

static void close_screen(void *owner, void *screen)
{
	(void)owner;
	screen_free(screen);
}

static void draw_screen(void *owner, void *screen, struct grid *grid)
{
	(void)owner;
	screen_draw(screen, grid);
}

static bool take_key(void *owner, void *shown, enum key key, bool control)
{
	struct screen *screen = shown;

	(void)owner;
	screen->readonly = !control;
	screen_key(screen, key);
	screen->wants_redraw = screen->wants_suspend = false; /* the viewer's own program sees to these */
	return !screen->quit;
}

static void motion_arrived(void *owner, void *screen)
{
	(void)owner;
	screen_arrived(screen);
}

struct view_source screens_of(struct debugger *debugger)
{
	return (struct view_source){
		.owner = debugger, .open = open_screen, .close = close_screen, .draw = draw_screen, .key = take_key,
		.arrived = motion_arrived,
	};
}
