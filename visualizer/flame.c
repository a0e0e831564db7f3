/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/flame.c - the command `flame`: where a run's model cycles go, by the guest's functions and the VMM's work for
 * them, as folded stacks or a picture of them.
 */
#include "visualizer/command.h"
#include "visualizer/flame/profile.h"
#include "visualizer/flame/write.h"
#include "visualizer/message.h"
#include "visualizer/session.h"

#include <stdio.h>
#include <string.h>

enum form { FORM_FOLDED, FORM_SVG, FORM_TEXT, FORMS };

enum { TOP_USUAL = 30 };

static const char *const forms[FORMS] = {"folded", "svg", "text"};

struct flame {
	struct session session;
	struct profile profile;
	struct output *output;
	enum form form;
};

static bool form_of(const char *name, enum form *form)
{
	for (unsigned i = 0; i < FORMS; i++)
		if (strcmp(forms[i], name) == 0) {
			*form = (enum form)i;
			return true;
		}
	return false;
}

/* By --format, else by the ending of the file's name, else folded. */
static bool choose_form(struct flame *flame, const struct options *options)
{
	const char *point = options->output ? strrchr(options->output, '.') : NULL;

	flame->form = FORM_FOLDED;
	if (options->format && !form_of(options->format, &flame->form)) {
		message("--format: no form '%s'; there are folded, svg and text", options->format);
		return false;
	}
	if (!options->format && point && strcmp(point, ".txt") == 0)
		flame->form = FORM_TEXT;
	else if (!options->format && point)
		form_of(point + 1, &flame->form);
	return true;
}

static bool open_output(struct flame *flame, const struct options *options)
{
	char error[512];

	flame->output = output_open(options->output ? options->output : "-", error, sizeof(error));
	if (!flame->output)
		message("%s", error);
	return flame->output != NULL;
}

static bool close_output(struct flame *flame)
{
	char error[512];

	if (output_close(flame->output, error, sizeof(error)))
		return true;
	message("%s", error);
	return false;
}

/* What the picture is of: the guest's file, and how it ran at the end. */
static void make_title(const struct flame *flame, char *title, size_t size)
{
	const struct config *config = &flame->session.config;
	const char *guest = config->kernel[0] ? config->kernel : config->disk[0], *slash = strrchr(guest, '/');
	struct vm_mode mode = vm_mode(flame->session.vm);
	char name[32];

	snprintf(title, size, "%.80s, %s, %.40s", slash ? slash + 1 : guest, mode_text(&mode, name, sizeof(name)), config->profile);
}

static bool write_form(struct flame *flame)
{
	const struct options *options = flame->session.options;
	const struct frames *frames = &flame->profile.frames;
	char title[160];

	switch (flame->form) {
	case FORM_SVG:
		make_title(flame, title, sizeof(title));
		return flame_write_svg(frames, title, flame->output);
	case FORM_TEXT:
		return flame_write_text(frames, options->top.given ? (size_t)options->top.value : TOP_USUAL, flame->output);
	default:
		flame_write_folded(frames, flame->output);
		return true;
	}
}

static bool write_all(struct flame *flame)
{
	if (flame->profile.frames.cut)
		message("flame: more stacks than there is room for; what the others cost stands with their callers");
	if (write_form(flame))
		return true;
	message("flame: not enough memory to write it; close other programs");
	return false;
}

static int run(struct flame *flame)
{
	struct session *session = &flame->session;
	char end[384];
	bool written;
	int status;

	if (!profile_begin(&flame->profile, session->vm, session->symbols, session->options->every.value)) {
		message("not enough memory; close other programs");
		session_close(session);
		return STATUS_FAILED;
	}
	session->advance = profile_run;
	session->advance_owner = &flame->profile;
	session_run(session);
	profile_finish(&flame->profile);
	session_describe_end(session, end, sizeof(end));
	written = write_all(flame);
	profile_end(&flame->profile);
	status = session_close(session);
	if (!close_output(flame) || !written)
		return STATUS_FAILED;
	if (status != STATUS_OK)
		message("%s", end);
	return status;
}

int flame_command(const struct options *options)
{
	struct flame flame = {0};
	int status;

	if (!choose_form(&flame, options))
		return STATUS_USAGE;
	status = session_open(&flame.session, options, 0, CONSOLE_NONE);
	if (status != STATUS_OK)
		return status;
	if (open_output(&flame, options))
		return run(&flame);
	session_close(&flame.session);
	return STATUS_FAILED;
}
