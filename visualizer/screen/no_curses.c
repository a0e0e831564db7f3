/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/no_curses.c - what stands in for curses.c where ncurses was not there to build with: no terminal can be
 * taken, and it is said what helps.
 */
#include "visualizer/screen/display.h"

#ifndef HAVE_NCURSES

struct display *display_open(const struct display_options *options, char *error, size_t error_size)
{
	(void)options;
	snprintf(error, error_size,
		 "this build has no screen: install libncurses-dev and build again; --dump and `ringside shell` need none");
	return NULL;
}

void display_close(struct display *display)
{
	(void)display;
}

void display_size(const struct display *display, int *width, int *height)
{
	(void)display;
	*width = *height = 0;
}

void display_draw(struct display *display, const struct grid *grid, const struct theme *theme)
{
	(void)display, (void)grid, (void)theme;
}

void display_redraw(struct display *display)
{
	(void)display;
}

void display_mouse(struct display *display, bool on)
{
	(void)display, (void)on;
}

void display_suspend(struct display *display)
{
	(void)display;
}

void display_wait(struct display *display, int milliseconds)
{
	(void)display, (void)milliseconds;
}

void display_wait_for(struct display *display, const struct pollfd *others, size_t count, int milliseconds)
{
	(void)display, (void)others, (void)count, (void)milliseconds;
}

struct display_input display_input(struct display *display)
{
	(void)display;
	return (struct display_input){.key = K_CLOSED};
}

int display_signal(const struct display *display)
{
	(void)display;
	return 0;
}

void display_pass_on(int signal)
{
	(void)signal;
}

#endif
