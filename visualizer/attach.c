/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/attach.c - the command `attach`: the screen of a VM in another process, on this terminal. All that is here is
 * a picture that comes and keys that go; what they mean is known at the other end.
 */
#include "visualizer/command.h"
#include "visualizer/message.h"
#include "visualizer/options.h"
#include "visualizer/remote/client.h"
#include "visualizer/screen/display.h"
#include "visualizer/style.h"

#include <string.h>
#include <unistd.h>

enum { CTRL_L = 12, CTRL_Z = 26, CTRL_BACKSLASH = 28 };

struct attach {
	const struct options *options;
	const struct theme *theme;
	struct client client;
	struct display *display;
	int width, height;
	char note[300]; /* shown over the last row until the next key; "": none */
	enum client_news end; /* CLIENT_END or CLIENT_REFUSED: it is over */
	bool leaves;          /* the person at this terminal goes */
};

/* ---- the picture ---- */

/* The note lies over a copy: the other side counts on what it has sent. */
static void draw(struct attach *attach)
{
	struct grid shown = { 0 };
	struct area area;

	if (!grid_resize(&shown, attach->width, attach->height))
		return;
	for (int y = 0; y < shown.height && y < attach->client.grid.height; y++) {
		const struct grid *from = &attach->client.grid;
		int width = shown.width < from->width ? shown.width : from->width;

		memcpy(&shown.cell[(size_t)y * (size_t)shown.width], &from->cell[(size_t)y * (size_t)from->width],
		       (size_t)width * sizeof(*shown.cell));
	}
	shown.cursor_x = attach->client.grid.cursor_x < shown.width ? attach->client.grid.cursor_x : -1;
	shown.cursor_y = attach->client.grid.cursor_y < shown.height ? attach->client.grid.cursor_y : -1;
	area = grid_area(&shown);
	if (attach->note[0] && shown.height) {
		area_fill(&area, 0, shown.height - 1, shown.width, ROLE_STATUS, ' ');
		area_text(&area, 0, shown.height - 1, ROLE_STATUS, attach->note);
	}
	display_draw(attach->display, &shown, attach->theme);
	grid_free(&shown);
}

static void take_news(struct attach *attach)
{
	enum client_news news;

	while ((news = client_look(&attach->client)) != CLIENT_NOTHING) {
		switch (news) {
		case CLIENT_PICTURE:
			draw(attach);
			client_shown(&attach->client);
			break;
		case CLIENT_NOTE:
			snprintf(attach->note, sizeof(attach->note), "%s", attach->client.text);
			draw(attach);
			break;
		case CLIENT_END:
		case CLIENT_REFUSED:
			attach->end = news;
			return;
		case CLIENT_WELCOME:
		case CLIENT_NOTHING:
			break;
		}
	}
}

/* ---- keys ---- */

static void take_key(struct attach *attach, enum key key)
{
	switch ((int)key) {
	case K_RESIZE:
		display_size(attach->display, &attach->width, &attach->height);
		client_size(&attach->client, attach->width, attach->height);
		draw(attach);
		break;
	case K_CLOSED:
	case CTRL_BACKSLASH:
		attach->leaves = true;
		break;
	case K_MOUSE:
		break;
	case CTRL_Z:
		display_suspend(attach->display);
		break;
	case CTRL_L:
		display_redraw(attach->display);
		draw(attach);
		break;
	default:
		if (attach->note[0]) {
			attach->note[0] = 0;
			draw(attach);
		}
		client_key(&attach->client, key);
	}
}

static void take_keys(struct attach *attach)
{
	struct display_input input;

	while (!attach->leaves && (input = display_input(attach->display)).key != K_NONE)
		take_key(attach, input.key);
}

static void loop(struct attach *attach)
{
	while (attach->end == CLIENT_NOTHING && !attach->leaves && !display_signal(attach->display)) {
		struct pollfd other = { .fd = attach->client.fd, .events = POLLIN };

		if (attach->client.out.size)
			other.events |= POLLOUT;
		display_wait_for(attach->display, &other, 1, -1);
		take_keys(attach);
		take_news(attach);
	}
	if (attach->client.fd >= 0)
		client_look(&attach->client); /* the last key goes out */
}

/* ---- begin and end ---- */

static bool choose_theme(struct attach *attach)
{
	const char *name = attach->options->theme;

	attach->theme = name ? theme_find(name) : theme_at(0);
	if (!attach->theme)
		message("--theme: no theme '%s'; 'ringside help attach' lists them", name);
	return attach->theme != NULL;
}

/* Before the terminal is taken: so a refusal is a plain message. */
static bool wait_for_welcome(struct attach *attach)
{
	enum { PATIENCE = 10000 /* ms */ };
	const char *path = attach->options->words[0];

	for (;;) {
		struct pollfd wait = { .fd = attach->client.fd, .events = POLLIN };

		switch (client_look(&attach->client)) {
		case CLIENT_WELCOME:
			return true;
		case CLIENT_END:
		case CLIENT_REFUSED:
			message("%s: %s", path, attach->client.text);
			return false;
		default:
			break;
		}
		if (poll(&wait, 1, PATIENCE) == 0) {
			message("%s: the program there does not answer; is it stopped?", path);
			return false;
		}
	}
}

static bool take_terminal(struct attach *attach)
{
	struct display_options options = {
		.color = !attach->options->no_color && style_color("auto"),
		.ascii = attach->options->ascii || !style_utf8(),
	};
	char error[400];

	attach->display = display_open(&options, error, sizeof(error));
	if (!attach->display) {
		message("attach: %s", error);
		return false;
	}
	display_size(attach->display, &attach->width, &attach->height);
	client_size(&attach->client, attach->width, attach->height);
	snprintf(attach->note, sizeof(attach->note), "%s; C-\\ detaches",
	         attach->client.control ? "in control" : "read-only (--control to move the guest)");
	return true;
}

static int finish(struct attach *attach)
{
	int signal = display_signal(attach->display);

	display_close(attach->display);
	if (attach->end == CLIENT_END)
		printf("%s\n", attach->client.text);
	else if (attach->end == CLIENT_REFUSED)
		message("%s: %s", attach->options->words[0], attach->client.text);
	client_close(&attach->client);
	display_pass_on(signal);
	return attach->end == CLIENT_REFUSED ? STATUS_FAILED : STATUS_OK;
}

static bool check(const struct options *options)
{
	if (options->word_count != 1)
		message("attach: name one socket, as 'run --socket' was given it");
	else if (options->control && options->readonly)
		message("--control and --readonly: one or the other");
	else if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		message("attach: this needs a terminal; 'tui --dump' prints a screen as text");
	else
		return true;
	return false;
}

int attach_command(const struct options *options)
{
	struct attach attach = { .options = options };
	char error[300];

	if (!check(options) || !choose_theme(&attach))
		return STATUS_USAGE;
	if (!client_open(&attach.client, options->words[0], options->control, 80, 24, error, sizeof(error))) {
		message("%s", error);
		return STATUS_FAILED;
	}
	if (!wait_for_welcome(&attach) || !take_terminal(&attach)) {
		client_close(&attach.client);
		return STATUS_FAILED;
	}
	loop(&attach);
	return finish(&attach);
}
