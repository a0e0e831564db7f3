/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/live.c - a person at the terminal. Ctrl-A is the escape key, as in QEMU's -nographic:
 * Ctrl-A x quits, Ctrl-A c opens the shell, Ctrl-A t moves the guest to the next technique, Ctrl-A h tells what there is,
 * Ctrl-A a (or Ctrl-A Ctrl-A) is Ctrl-A for the guest.
 */
#include "visualizer/live.h"

#include "visualizer/message.h"
#include "visualizer/session.h"
#include "visualizer/switching.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ESCAPE_KEY = 1, FRAMES_IN_A_SECOND = 30, LONGEST_WAIT = 20 /* ms */ };

bool live_choose_speed(struct session *session)
{
	const char *speed = session->options->speed, *console = session->options->console;
	bool person = isatty(STDIN_FILENO);

	session->serial_input = session->console == CONSOLE_SERIAL &&
	                        (person || (console && strcmp(console, "serial") == 0));
	if (session->console == CONSOLE_VGA && !isatty(STDOUT_FILENO)) {
		message("--console=vga draws on a terminal, and standard output is none; "
		        "--screen prints the screen as text");
		return false;
	}
	if (!speed || strcmp(speed, "auto") == 0)
		session->paced = person && (session->serial_input || session->console == CONSOLE_VGA);
	else if (strcmp(speed, "real") == 0)
		session->paced = true;
	else if (strcmp(speed, "full") != 0) {
		message("--speed: no kind '%s'; there are real, full and auto", speed);
		return false;
	}
	return true;
}

/* A command in the background must not take the terminal from the shell. */
static bool foreground(void)
{
	return isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

void live_begin(struct session *session)
{
	bool screen = session->console == CONSOLE_VGA;

	if (screen || (session->serial_input && foreground()))
		terminal_begin(&session->terminal, foreground(), screen);
}

void live_end(struct session *session)
{
	terminal_end(&session->terminal);
}

bool live_input_possible(const struct session *session)
{
	return session->terminal.raw || session->serial_input;
}

/* ---- keys ---- */

static void say_help(const struct session *session)
{
	if (session->console != CONSOLE_VGA)
		fputs("\r\nCtrl-A x  quit\r\nCtrl-A c  the shell, on the guest as it stands\r\nCtrl-A t  next technique\r\n"
		      "Ctrl-A a  send Ctrl-A\r\n", stderr);
}

/* The next technique; said below the guest's screen, or between the lines of its serial port. */
static void turn(struct session *session)
{
	struct vm_mode mode;
	char name[32], text[64];
	bool turned = switching_turn(&session->switching, session->vm);

	mode = vm_mode(session->vm);
	snprintf(text, sizeof(text), turned ? "now %s" : "%s: there is no other",
	         mode_text(&mode, name, sizeof(name)));
	if (session->console == CONSOLE_VGA)
		terminal_status(&session->terminal, text);
	else
		fprintf(stderr, "\r\n[%s]\r\n", text);
}

static bool is_escape(char c)
{
	return c == ESCAPE_KEY || c == 'a';
}

/* What a recording has is the input alone, and a recorder's stream goes forward. */
static void ask_for_shell(struct session *session)
{
	const struct options *options = session->options;

	session->visit = !options->record && !options->record_keys && !options->events;
	if (!session->visit && session->console != CONSOLE_VGA)
		fputs("\r\n[no shell in a run that is recorded; ringside shell can record, too]\r\n", stderr);
}

static void escape_command(struct session *session, char c)
{
	static const uint8_t escape_key = ESCAPE_KEY;

	session->escape = false;
	if (c == 'x' || c == 'X' || c == 'q')
		session->quit = true;
	else if (c == 'h' || c == '?')
		say_help(session);
	else if (c == 't')
		turn(session);
	else if (c == 'c')
		ask_for_shell(session);
	else if (is_escape(c) && session->console == CONSOLE_VGA)
		keys_stroke(&session->keys, session->vm->clock, stroke_of_character(ESCAPE_KEY));
	else if (is_escape(c))
		keys_serial(&session->keys, session->vm->clock, &escape_key, 1);
}

static size_t take_key(struct session *session, const char *bytes, size_t size)
{
	size_t used = 1;

	if (session->escape) {
		escape_command(session, bytes[0]);
	} else if (session->terminal.raw && bytes[0] == ESCAPE_KEY) {
		session->escape = true;
	} else if (session->console == CONSOLE_VGA) {
		struct stroke stroke = stroke_of_terminal(bytes, size, &used);

		if (stroke.code)
			keys_stroke(&session->keys, session->vm->clock, stroke);
	} else {
		keys_serial(&session->keys, session->vm->clock, (const uint8_t *)bytes, 1);
	}
	return used;
}

static void read_input(struct session *session, int wait)
{
	char bytes[64];
	int size;

	/* What waits already goes first, so that a pasted text or a file is not read far ahead. */
	if (session->serial_input && !session->terminal.raw && keys_next(&session->keys) <= session->vm->clock)
		return;
	size = terminal_read(STDIN_FILENO, bytes, sizeof(bytes), wait);
	if (size < 0) {
		session->quit = session->terminal.raw; /* the terminal is gone */
		session->serial_input = false;
	}
	for (size_t at = 0; size > 0 && at < (size_t)size;)
		at += take_key(session, bytes + at, (size_t)size - at);
}

/* ---- picture and pace ---- */

static void draw(struct session *session, double now)
{
	struct screen screen;

	if (now - session->drawn_at < 1.0 / FRAMES_IN_A_SECOND)
		return;
	session->drawn_at = now;
	if (session->console == CONSOLE_SERIAL) {
		fflush(stdout);
		return;
	}
	screen_read(&screen, session->vm);
	terminal_draw(&session->terminal, &screen);
}

/* How long, in milliseconds, the host must wait for real time to catch up with model time. */
static int milliseconds_ahead(struct session *session, double now)
{
	double model = (double)(session->vm->clock - session->pace_model) / (double)session->vm->costs.frequency;
	double ahead = model - (now - session->pace_host);

	if (!session->paced)
		return 0;
	/* A late host does not run to catch up: what is lost is lost. */
	if (ahead < -0.1 || session->pace_host == 0) {
		session->pace_host = now;
		session->pace_model = session->vm->clock;
		return 0;
	}
	if (ahead < 0.002)
		return 0;
	return ahead * 1000 < LONGEST_WAIT ? (int)(ahead * 1000) : LONGEST_WAIT;
}

void live_look(struct session *session, double now)
{
	int wait = milliseconds_ahead(session, now);

	if (isatty(STDOUT_FILENO) && session->console != CONSOLE_NONE)
		draw(session, now);
	if (live_input_possible(session))
		read_input(session, wait);
	else if (wait > 0)
		terminal_read(-1, NULL, 0, wait);
}
