/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/keep.c - see keep.h.
 */
#define _XOPEN_SOURCE 700 /* realpath */
#include "visualizer/debugger/keep.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- where ---- */

static bool state_folder(char path[KEEP_PATH])
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	int length;

	/* The specification: a relative path is to be ignored. */
	if (state && state[0] == '/')
		length = snprintf(path, KEEP_PATH, "%s/ringside", state);
	else if (home && home[0] == '/')
		length = snprintf(path, KEEP_PATH, "%s/.local/state/ringside", home);
	else
		return false;
	return length > 0 && length < KEEP_PATH - 300;
}

static bool make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0777) != 0 && errno != EEXIST) {
			*slash = '/';
			return false;
		}
		*slash = '/';
	}
	return mkdir(path, 0700) == 0 || errno == EEXIST;
}

bool keep_path(const char *name, char path[KEEP_PATH])
{
	size_t length;

	if (!state_folder(path) || !make_folders(path))
		return false;
	length = strlen(path);
	return (size_t)snprintf(path + length, KEEP_PATH - length, "/%s", name) < KEEP_PATH - length;
}

static uint64_t digest(const char *text)
{
	uint64_t value = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (; *text; text++)
		value = (value ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
	return value;
}

static const char *guest_of(const struct config *config)
{
	return config->kernel[0] ? config->kernel : config->disk[0];
}

bool keep_session_path(const struct debugger *debugger, char path[KEEP_PATH])
{
	const char *guest = guest_of(&debugger->config), *slash;
	char *whole = realpath(guest, NULL), name[128];

	if (!whole)
		return false;
	slash = strrchr(whole, '/');
	snprintf(name, sizeof(name), "%.80s-%016" PRIx64 ".breaks", slash ? slash + 1 : whole, digest(whole));
	free(whole);
	return keep_path(name, path);
}

/* ---- loading and saving ---- */

static unsigned count_breaks(const struct debugger *debugger)
{
	unsigned count = 0;

	for (unsigned i = 0; i < BREAKS_MAX; i++)
		count += debugger->breaks.point[i].number != 0;
	return count;
}

static void load_lines(struct shell *shell, FILE *file, unsigned *left_out)
{
	char *line = malloc(SHELL_LINE);
	const char *trouble = NULL;

	shell->depth++; /* nobody typed these lines */
	while (line && shell_read_line(file, line, &trouble))
		*left_out += !shell_perform(shell, line);
	*left_out += trouble != NULL;
	shell->depth--;
	shell->message[0] = '\0';
	free(line);
}

unsigned keep_load(struct shell *shell, const char *path, unsigned *left_out)
{
	FILE *file = fopen(path, "r"), *out = shell->out;
	unsigned before = count_breaks(shell->debugger);

	*left_out = 0;
	if (!file)
		return 0;
	shell->out = fopen("/dev/null", "w");
	if (shell->out) {
		load_lines(shell, file, left_out);
		fclose(shell->out);
	}
	shell->out = out;
	fclose(file);
	return count_breaks(shell->debugger) - before;
}

/* Beside it first, so that a full disk does not cost what was kept before. */
static bool replace(struct shell *shell, const char *path)
{
	char beside[KEEP_PATH + 8];

	snprintf(beside, sizeof(beside), "%s.new", path);
	if (!breaks_save(shell->debugger, beside, shell->message, sizeof(shell->message))) {
		remove(beside);
		return false;
	}
	if (rename(beside, path) == 0)
		return true;
	shell_refuse(shell, "cannot write '%.200s': %s; breakpoints are not kept", path, strerror(errno));
	remove(beside);
	return false;
}

bool keep_save(struct shell *shell, const char *path)
{
	struct stat status;
	bool there = stat(path, &status) == 0;

	if (count_breaks(shell->debugger) == 0 && !there)
		return true;
	if (there && !S_ISREG(status.st_mode))
		return breaks_save(shell->debugger, path, shell->message, sizeof(shell->message));
	return replace(shell, path);
}
