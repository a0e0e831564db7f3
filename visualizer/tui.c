/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/tui.c - the command `tui`: a guest on the screen of a terminal, or, after a script, as text.
 */
#include "visualizer/tui.h"

#include "visualizer/command.h"
#include "visualizer/debugger/record.h"
#include "visualizer/message.h"
#include "visualizer/remote/screens.h"
#include "visualizer/style.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* ---- the beginning ---- */

/* A guest that has not left direct execution by then is shown as it stands. */
static const uint64_t FIRST_EXIT_CYCLES = 100000000;

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

static bool choose_speed(struct tui *tui)
{
	const char *speed = tui->options->speed;

	if (speed && strcmp(speed, "real") == 0)
		tui->screen->speed = tui->debugger.vm->costs.frequency;
	else if (speed && strcmp(speed, "full") != 0 && strcmp(speed, "auto") != 0) {
		message("--speed: no kind '%s'; there are real, full and auto", speed);
		return false;
	}
	return true;
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
	tui->screen->record = tui_turn_recording;
	tui->screen->shell.interrupted = tui_interrupted;
	tui->screen->shell.owner = tui;
	return choose_theme(tui) && choose_speed(tui);
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

/* At the first exit that an instruction asked for; a person sees the guest run up to it, and may end that. False: it
 * stands at its beginning again. */
static bool find_exit(struct tui *tui)
{
	static const uint64_t kinds = 1ull << EV_TRAP | 1ull << EV_REFLECT | 1ull << EV_VM_EXIT | 1ull << EV_CALLOUT |
				      1ull << EV_HYPERCALL;
	struct debugger *debugger = &tui->debugger;
	struct goal goal = {.kind = GOAL_EVENT, .kinds = kinds};
	struct goal beginning = {.kind = GOAL_CLOCK, .clock = history_begin(debugger->history)};

	if (!debugger->vm->technique->vmm || !debugger_begin(debugger, &goal))
		return false;
	if (tui_arrive_before(tui, FIRST_EXIT_CYCLES) && debugger_story(debugger))
		return true;
	if (debugger_begin(debugger, &beginning))
		tui_arrive(tui);
	return false;
}

static void begin_session(struct tui *tui)
{
	const char *name = tui->debugger.vm->technique->name;

	if (!tui->options->story)
		screen_say(tui->screen, "s step, S step back, t next exit, T exit before, c run, ? keys, F10 quit");
	else if (find_exit(tui))
		screen_say(tui->screen, "the first exit: } { walk its story, t next, T before, ? keys, F10 quit");
	else
		screen_say(tui->screen, "%s: no exit to tell. s step, c run, m another technique, F10 quit", name);
	read_bindings(tui);
}

static bool begin_cast(struct tui *tui)
{
	char error[300];

	if (!tui->options->record_cast || tui_record(tui, tui->options->record_cast, error, sizeof(error)))
		return true;
	message("--record-cast: %s", error);
	return false;
}

static bool open_door(struct tui *tui)
{
	struct view_source source = screens_of(&tui->debugger);
	char error[400];

	if (!tui->options->socket || tui->options->dump)
		return true;
	tui->viewers = viewers_open(tui->options->socket, &source, error, sizeof(error));
	if (!tui->viewers)
		message("--socket: %s", error);
	return tui->viewers != NULL;
}

/* ---- breakpoints of the last time ---- */

static bool choose_session(struct tui *tui)
{
	const struct options *options = tui->options;

	if (options->session && options->no_session) {
		message("--session and --no-session: one or the other");
		return false;
	}
	if (options->session)
		snprintf(tui->session, sizeof(tui->session), "%s", options->session);
	else if (!options->dump && !options->no_session && !keep_session_path(&tui->debugger, tui->session))
		tui->session[0] = '\0';
	return true;
}

/* Set without a word on the screen, but for how many they are. */
static void load_session(struct tui *tui)
{
	struct shell *shell = &tui->screen->shell;
	unsigned loaded, left_out;
	FILE *nowhere = fopen("/dev/null", "w");

	if (!tui->session[0] || !nowhere) {
		if (nowhere)
			fclose(nowhere);
		return;
	}
	shell->out = nowhere;
	loaded = keep_load(shell, tui->session, &left_out);
	shell->out = NULL;
	fclose(nowhere);
	if (loaded || left_out)
		screen_say(tui->screen, "%u breakpoint%s from the last session; %u could not be set again", loaded,
			   loaded == 1 ? "" : "s", left_out);
}

static bool save_session(struct tui *tui)
{
	if (!tui->session[0] || keep_save(&tui->screen->shell, tui->session))
		return true;
	message("%s", tui->screen->shell.message);
	return false;
}

/* ---- the command ---- */

static int run(struct tui *tui)
{
	bool fine;

	if (!begin_cast(tui))
		return STATUS_FAILED;
	begin_session(tui);
	load_session(tui);
	tui_draw(tui);
	fine = tui_play(tui);
	/* A person may mend what went wrong; a script may not go on. */
	if (tui->display)
		tui_loop(tui);
	else if (!fine)
		return STATUS_USAGE;
	if (tui->options->dump) {
		tui_draw(tui);
		grid_print(&tui->grid, stdout, tui->options->ascii || !style_utf8(), false);
	}
	return STATUS_OK;
}

static int close_all(struct tui *tui, int status)
{
	int signal = tui->display ? display_signal(tui->display) : 0;
	char text[560];

	viewers_close(tui->viewers, "the program that showed this guest has ended");
	display_close(tui->display);
	if (tui->screen && status == STATUS_OK && !save_session(tui))
		status = STATUS_FAILED;
	if (tui->cast && !tui_end_recording(tui, text, sizeof(text))) {
		message("%s", text);
		status = STATUS_FAILED;
	}
	if (!record_finish(&tui->debugger) && status == STATUS_OK)
		status = STATUS_FAILED;
	screen_free(tui->screen);
	grid_free(&tui->grid);
	debugger_close(&tui->debugger);
	display_pass_on(signal);
	return status;
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
	struct tui tui = {.options = options};
	int status;

	if (options->flat && !options->dump)
		return shell_command(options);
	if (!terminal_is_there(options) || !choose_size(&tui))
		return STATUS_USAGE;
	status = debugger_open(&tui.debugger, options, 0);
	if (status != STATUS_OK) {
		debugger_close(&tui.debugger);
		return status;
	}
	if (!make_screen(&tui) || !choose_session(&tui) || !open_door(&tui) || (!options->dump && !take_terminal(&tui)))
		return close_all(&tui, STATUS_USAGE);
	return close_all(&tui, run(&tui));
}
