/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/tui.c - the command `tui`: a guest on the screen of a terminal, or, after a script, as text.
 *
 * One loop: a slice of the guest, then keys, then at most some thirty pictures a second, and fewer where drawing is dear,
 * so that a running guest loses little to being watched.
 */
#include "visualizer/command.h"
#include "visualizer/debugger/debugger.h"
#include "visualizer/message.h"
#include "visualizer/screen/cast.h"
#include "visualizer/screen/display.h"
#include "visualizer/screen/screen.h"
#include "visualizer/style.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SLICE = 15 /* ms */, FRAME = 33 /* ms */, DRAWING_SHARE = 20 /* at most one part of so many */ };

struct tui {
	const struct options *options;
	struct debugger debugger;
	struct screen *screen;
	struct display *display; /* NULL: no terminal */
	struct grid grid;
	int width, height;
	struct cast *cast;
	double began, cast_began, drawn, drawing; /* host seconds: of the last picture, and what it took */
	double script_seconds;                    /* time in a recording without a terminal: a second a line */
	bool unseen;                              /* something is new since the last picture */
	double pace_host;                         /* host and model time at which pacing began */
	uint64_t pace_clock;
};

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

static void draw(struct tui *tui)
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

static bool end_recording(struct tui *tui, char *text, size_t size)
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

static bool begin_recording(struct tui *tui, const char *path, char *error, size_t error_size)
{
	tui->cast = cast_open(path, tui->width, tui->height, error, error_size);
	tui->cast_began = host_seconds();
	tui->screen->recording = tui->cast != NULL;
	return tui->cast != NULL;
}

/* The screen's hook: begins, or ends what runs. */
static bool record(void *owner, const char *path)
{
	struct tui *tui = owner;
	char text[560];

	if (tui->cast) {
		if (!end_recording(tui, text, sizeof(text)))
			return shell_refuse(&tui->screen->shell, "%s", text);
		screen_say(tui->screen, "%s", text);
		return true;
	}
	if (!begin_recording(tui, path, text, sizeof(text)))
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
		else
			screen_key(tui->screen, input.key);
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

static void look(struct tui *tui, int milliseconds)
{
	bool mouse = tui->screen->mouse;

	display_wait(tui->display, milliseconds);
	take_input(tui);
	do_wishes(tui, mouse);
}

static bool over(const struct tui *tui)
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
	if (!debugger_slice(&tui->debugger, tui->screen->speed ? 1 : SLICE))
		screen_arrived(tui->screen);
	tui->unseen = true;
	look(tui, 0);
}

static void loop(struct tui *tui)
{
	while (!over(tui)) {
		bool due = tui->unseen || tui->debugger.changed;

		if (due && picture_wait(tui) == 0)
			draw(tui);
		else if (tui->debugger.running)
			run_slice(tui);
		else
			look(tui, due ? picture_wait(tui) : -1);
	}
}

/* Between the slices of a motion that a script waits for: the screen shows it, and Ctrl-C ends it. */
static bool interrupted(void *owner)
{
	struct tui *tui = owner;

	if (!tui->display)
		return false;
	if (picture_wait(tui) == 0)
		draw(tui);
	look(tui, 0);
	return over(tui) || !tui->debugger.running;
}

/* ---- scripts ---- */

static bool perform_line(struct tui *tui, const char *path, unsigned long number, char *line)
{
	line[strcspn(line, "\r\n")] = '\0';
	if (!line[strspn(line, " \t")] || line[strspn(line, " \t")] == '#')
		return true;
	tui->screen->shell.background = false;
	if (!screen_perform(tui->screen, line)) {
		message("%s:%lu: %s", path, number, tui->screen->shell.message);
		return false;
	}
	tui->script_seconds += 1;
	if (tui->display || tui->cast)
		draw(tui);
	return true;
}

static bool perform_script(struct tui *tui, FILE *file, const char *path)
{
	char *line = NULL;
	size_t room = 0;
	bool fine = true;

	for (unsigned long number = 1; fine && !over(tui) && getline(&line, &room, file) >= 0; number++)
		fine = perform_line(tui, path, number, line);
	free(line);
	if (fine && ferror(file)) {
		message("'%s' cannot be read to its end: %s", path, strerror(errno));
		fine = false;
	}
	return fine;
}

static bool play_file(struct tui *tui, const char *path)
{
	bool standard = strcmp(path, "-") == 0, fine;
	FILE *file = standard ? stdin : fopen(path, "r");

	if (!file) {
		message("cannot read the script '%s': %s", path, strerror(errno));
		return false;
	}
	fine = perform_script(tui, file, standard ? "standard input" : path);
	if (!standard)
		fclose(file);
	return fine;
}

static bool play_line(struct tui *tui, const char *text)
{
	char line[512];

	snprintf(line, sizeof(line), "%s", text);
	return perform_line(tui, "--execute", 1, line);
}

/* --script and --execute, in the order in which they were given. */
static bool play_tasks(struct tui *tui)
{
	const struct tasks *tasks = &tui->options->tasks;
	bool fine = true;

	for (size_t i = 0; fine && i < tasks->count && !over(tui); i++)
		fine = tasks->task[i].script ? play_file(tui, tasks->task[i].text) : play_line(tui, tasks->task[i].text);
	tui->screen->shell.background = true;
	return fine;
}

/* ---- the beginning ---- */

static bool choose_size(struct tui *tui)
{
	const char *text = tui->options->dump;
	char rest;

	tui->width = LAYOUT_FULL_WIDTH;
	tui->height = LAYOUT_FULL_HEIGHT;
	if (!text || !text[0])
		return true;
	if (sscanf(text, "%4dx%4d%c", &tui->width, &tui->height, &rest) == 2 && tui->width > 0 && tui->height > 0 &&
	    tui->width <= GRID_SIDE_MOST && tui->height <= GRID_SIDE_MOST)
		return true;
	message("--dump: '%s' is no size; write columns and rows like 80x24", text);
	return false;
}

static bool choose_theme(struct tui *tui)
{
	const char *name = tui->options->theme;
	const struct theme *theme = name ? theme_find(name) : theme_at(0);
	char names[120] = "";

	if (theme) {
		tui->screen->theme = theme;
		return true;
	}
	for (size_t i = 0; theme_at(i); i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", i ? ", " : "", theme_at(i)->name);
	message("--theme: no theme '%s'; there are %s", name, names);
	return false;
}

/* A file of keys with a mistake is told, and the usual keys are there. */
static void read_bindings(struct tui *tui)
{
	char path[300], error[600];

	if (!bindings_path(path, sizeof(path)) || access(path, F_OK) != 0)
		return;
	if (!bindings_read(&tui->screen->bindings, path, error, sizeof(error)))
		screen_say(tui->screen, "%s", error);
}

static bool make_screen(struct tui *tui)
{
	tui->screen = screen_new(&tui->debugger, tui->options->story);
	if (!tui->screen) {
		message("no memory for a screen; close other programs");
		return false;
	}
	tui->screen->mouse = !tui->options->no_mouse;
	tui->screen->owner = tui;
	tui->screen->record = record;
	tui->screen->shell.interrupted = interrupted;
	tui->screen->shell.owner = tui;
	return choose_theme(tui);
}

static bool take_terminal(struct tui *tui)
{
	struct display_options options = {
		.color = !tui->options->no_color && style_color("auto"),
		.ascii = tui->options->ascii || !style_utf8(),
		.mouse = tui->screen->mouse,
	};
	char error[400];

	tui->display = display_open(&options, error, sizeof(error));
	if (!tui->display) {
		message("tui: %s", error);
		return false;
	}
	display_size(tui->display, &tui->width, &tui->height);
	return true;
}

/* With the story: at the first exit. A person sees the guest run up to it, and may end that. */
static void go_to_story(struct tui *tui)
{
	static const char press[] = "} and { walk the story, t the next exit, T the one before, ? keys, F10 quits";
	struct goal goal = {.kind = GOAL_TRAP};

	screen_say(tui->screen, "s steps, S takes it back, t runs to the next exit, c runs on, ? keys, F10 quits");
	read_bindings(tui);
	if (!tui->options->story)
		return;
	if (!tui->debugger.vm->technique->vmm) {
		screen_say(tui->screen, "%s has no VMM: nothing traps. s steps, m moves the guest to another technique",
			   tui->debugger.vm->technique->name);
		return;
	}
	if (!debugger_begin(&tui->debugger, &goal))
		return;
	while (debugger_slice(&tui->debugger, SLICE) && !interrupted(tui))
		;
	if (tui->debugger.running)
		debugger_interrupt(&tui->debugger);
	screen_arrived(tui->screen);
	if (debugger_story(&tui->debugger))
		screen_say(tui->screen, "the first exit: %s", press);
}

static bool begin_cast(struct tui *tui)
{
	char error[300];

	if (!tui->options->record_cast || begin_recording(tui, tui->options->record_cast, error, sizeof(error)))
		return true;
	message("--record-cast: %s", error);
	return false;
}

/* ---- the command ---- */

static bool run(struct tui *tui)
{
	bool fine = begin_cast(tui);

	if (fine) {
		go_to_story(tui);
		if (tui->display || tui->cast)
			draw(tui);
		fine = play_tasks(tui);
	}
	if (fine && tui->display)
		loop(tui);
	if (fine && tui->options->dump) {
		draw(tui);
		grid_print(&tui->grid, stdout, tui->options->ascii || !style_utf8(), false);
	}
	return fine;
}

static int close_all(struct tui *tui, bool fine)
{
	int signal = tui->display ? display_signal(tui->display) : 0;
	char text[560];

	display_close(tui->display);
	if (tui->cast && !end_recording(tui, text, sizeof(text))) {
		message("--record-cast: %s", text);
		fine = false;
	}
	screen_free(tui->screen);
	grid_free(&tui->grid);
	debugger_close(&tui->debugger);
	display_pass_on(signal);
	return fine ? STATUS_OK : STATUS_FAILED;
}

static bool terminal_is_there(const struct options *options)
{
	if (options->dump || (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)))
		return true;
	message("tui: this needs a terminal; --dump prints the screen as text, --flat tells it in sentences, `ringside shell` "
	        "reads commands from a pipe");
	return false;
}

int tui_command(const struct options *options)
{
	struct tui tui = {.options = options, .began = host_seconds()};
	int status;

	if (options->flat && !options->dump)
		return shell_command(options);
	if (!terminal_is_there(options) || !choose_size(&tui))
		return STATUS_USAGE;
	status = debugger_open(&tui.debugger, options, 0);
	if (status != STATUS_OK)
		return status;
	if (!make_screen(&tui) || (!options->dump && !take_terminal(&tui))) {
		close_all(&tui, false);
		return STATUS_USAGE;
	}
	return close_all(&tui, run(&tui));
}
