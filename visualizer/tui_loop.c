/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/tui_loop.c - one loop: a slice of the guest, then keys, then at most some thirty pictures a second, and fewer
 * where drawing is dear, so that a running guest loses little to being watched.
 */
#include "visualizer/tui.h"

#include <time.h>

enum { SLICE = 15 /* ms */, FRAME = 33 /* ms */, DRAWING_SHARE = 40 /* at most one part of so many */ };

static double host_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- pictures ---- */

static double cast_seconds(const struct tui *tui)
{
	return tui->display ? host_seconds() - tui->cast_began : tui->script_seconds;
}

void tui_draw(struct tui *tui)
{
	double begin = host_seconds();

	if (tui->grid.width != tui->width || tui->grid.height != tui->height)
		grid_resize(&tui->grid, tui->width, tui->height);
	screen_draw(tui->screen, &tui->grid);
	if (tui->display && tui->screen->wants_redraw)
		display_redraw(tui->display);
	tui->screen->wants_redraw = false;
	if (tui->display)
		display_draw(tui->display, &tui->grid, tui->screen->theme);
	if (tui->cast)
		cast_frame(tui->cast, cast_seconds(tui), &tui->grid, tui->screen->theme);
	tui->untold |= tui->unseen || tui->debugger.changed;
	tui->debugger.changed = tui->unseen = false;
	tui->drawn = host_seconds();
	tui->drawing = tui->drawn - begin;
}

/* How long the next picture must wait, in milliseconds. */
static int picture_wait(const struct tui *tui)
{
	double apart = FRAME / 1000.0 > DRAWING_SHARE * tui->drawing ? FRAME / 1000.0 : DRAWING_SHARE * tui->drawing;
	double left = tui->drawn + apart - host_seconds();

	return left <= 0 ? 0 : (int)(left * 1000) + 1;
}

/* ---- recording ---- */

bool tui_end_recording(struct tui *tui, char *text, size_t size)
{
	char path[256], error[300];
	bool fine;

	snprintf(path, sizeof(path), "%s", cast_path(tui->cast));
	fine = cast_close(tui->cast, error, sizeof(error));
	tui->cast = NULL;
	tui->screen->recording = false;
	snprintf(text, size, "%s%s", fine ? "recorded: asciinema play " : "", fine ? path : error);
	return fine;
}

bool tui_record(struct tui *tui, const char *path, char *error, size_t error_size)
{
	tui->cast = cast_open(path, tui->width, tui->height, error, error_size);
	tui->cast_began = host_seconds();
	tui->screen->recording = tui->cast != NULL;
	return tui->cast != NULL;
}

bool tui_turn_recording(void *owner, const char *path)
{
	struct tui *tui = owner;
	char text[560];

	if (tui->cast) {
		if (!tui_end_recording(tui, text, sizeof(text)))
			return shell_refuse(&tui->screen->shell, "%s", text);
		screen_say(tui->screen, "%s", text);
		return true;
	}
	if (!tui_record(tui, path, text, sizeof(text)))
		return shell_refuse(&tui->screen->shell, "%s", text);
	screen_say(tui->screen, "recording into %s; R ends it", path);
	return true;
}

/* ---- keys ---- */

static void take_input(struct tui *tui)
{
	struct display_input input;

	while ((input = display_input(tui->display)).key != K_NONE) {
		tui->unseen = true;
		if (input.key == K_RESIZE)
			display_size(tui->display, &tui->width, &tui->height);
		else if (input.key == K_MOUSE)
			screen_mouse(tui->screen, input.x, input.y, input.mouse);
		else if (input.key == K_CLOSED)
			tui->screen->quit = true;
		else if (!tui->screen->pausing || input.key == 'q' || input.key == K_F10)
			screen_key(tui->screen, input.key);
		else
			tui->screen->pausing = false;
		if (input.key == K_CLOSED || tui->screen->quit || tui->screen->wants_suspend)
			return;
	}
}

/* What a command has asked of the terminal. */
static void do_wishes(struct tui *tui, bool mouse_before)
{
	if (tui->screen->wants_suspend) {
		tui->screen->wants_suspend = false;
		display_suspend(tui->display);
		tui->unseen = true;
	}
	if (tui->screen->mouse != mouse_before)
		display_mouse(tui->display, tui->screen->mouse);
}

/* ---- viewers from outside ---- */

static void look_at_viewers(struct tui *tui)
{
	struct view_moment moment = {.seconds = host_seconds(), .changed = tui->untold || tui->unseen || tui->debugger.changed};
	bool was_running = tui->debugger.running;
	const char *note;

	if (!tui->viewers)
		return;
	viewers_look(tui->viewers, &moment);
	tui->untold = false;
	/* One of them may have moved the guest. */
	tui->unseen |= was_running != tui->debugger.running || tui->debugger.changed;
	while ((note = viewers_note(tui->viewers))) {
		screen_say(tui->screen, "%s", note);
		tui->unseen = true;
	}
}

/* Until a key, a signal, a viewer, or the time is over. A viewer's next picture may be waiting for its moment. */
static void wait_for_somebody(struct tui *tui, int milliseconds)
{
	struct pollfd fds[VIEWERS_MOST + 1];
	size_t count = tui->viewers ? viewers_wait(tui->viewers, fds) : 0;

	if (tui->viewers && viewers_count(tui->viewers) && (milliseconds < 0 || milliseconds > FRAME))
		milliseconds = FRAME;
	display_wait_for(tui->display, fds, count, milliseconds);
}

static void look(struct tui *tui, int milliseconds)
{
	bool mouse = tui->screen->mouse;

	wait_for_somebody(tui, milliseconds);
	take_input(tui);
	do_wishes(tui, mouse);
	look_at_viewers(tui);
}

bool tui_over(const struct tui *tui)
{
	return tui->screen->quit || (tui->display && display_signal(tui->display));
}

/* ---- running ---- */

/* How many milliseconds the guest is ahead of the speed that was asked for. */
static int ahead(struct tui *tui)
{
	double now = host_seconds(), model;

	if (!tui->screen->speed)
		return 0;
	model = (double)(int64_t)(tui->debugger.vm->clock - tui->pace_clock) / (double)tui->screen->speed;
	/* A standstill, a motion backward or a late host is no credit. */
	if (!tui->pace_host || model < 0 || now - tui->pace_host - model > 0.1) {
		tui->pace_host = now;
		tui->pace_clock = tui->debugger.vm->clock;
		return 0;
	}
	model -= now - tui->pace_host;
	return model <= 0 ? 0 : model < 1000 ? (int)(model * 1000) : 1000;
}

static void run_slice(struct tui *tui)
{
	int wait = ahead(tui);

	if (wait) {
		look(tui, wait < FRAME ? wait : FRAME);
		return;
	}
	if (!debugger_slice(&tui->debugger, tui->screen->speed ? 1 : SLICE)) {
		screen_arrived(tui->screen);
		if (tui->viewers)
			viewers_arrived(tui->viewers);
	}
	tui->unseen = true;
	look(tui, 0);
}

void tui_loop(struct tui *tui)
{
	while (!tui_over(tui)) {
		bool due = tui->unseen || tui->debugger.changed;

		if (due && picture_wait(tui) == 0)
			tui_draw(tui);
		else if (tui->debugger.running)
			run_slice(tui);
		else
			look(tui, due ? picture_wait(tui) : -1);
	}
}

/* Between the slices of a motion that a script waits for: the screen shows it, and Ctrl-C ends it. */
bool tui_interrupted(void *owner)
{
	struct tui *tui = owner;

	if (!tui->display)
		return false;
	if (picture_wait(tui) == 0)
		tui_draw(tui);
	look(tui, 0);
	return tui_over(tui) || !tui->debugger.running;
}

bool tui_arrive_before(struct tui *tui, uint64_t clock)
{
	struct debugger *debugger = &tui->debugger;

	while (debugger->running) {
		bool arrived = !debugger_slice(debugger, SLICE), end = tui_interrupted(tui) || debugger->vm->clock >= clock;

		if (!arrived && end && debugger->running)
			debugger_interrupt(debugger);
	}
	screen_arrived(tui->screen);
	return debugger->stop.kind != STOP_INTERRUPTED;
}

void tui_arrive(struct tui *tui)
{
	if (tui->debugger.running)
		tui_arrive_before(tui, BOARD_NEVER);
}

void tui_pause(struct tui *tui)
{
	while (tui->display && tui->screen->pausing && !tui_over(tui)) {
		look(tui, -1);
		if (tui->unseen)
			tui_draw(tui);
	}
	tui->screen->pausing = false;
}
