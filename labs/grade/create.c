/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/create.c - see create.h. labs/template/ is such a lab, small but whole; its files are copied with the new lab's name and
 * title in them.
 */
#define _GNU_SOURCE
#include "labs/grade/create.h"

#include "core/file.h"
#include "core/refuse.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MAX_LENGTH = 48, PATH_SIZE = 1024, FILE_LIMIT = 1 << 16 };

/* Where each file of the template goes: below the lab's folder, or below its solution's. */
static const struct {
	const char *from, *to;
	bool solution;
} files[] = {
	{"lab/handout.md", "handout.md", false},
	{"lab/Makefile", "Makefile", false},
	{"lab/tests.ini", "tests.ini", false},
	{"lab/story.script", "story.script", false},
	{"lab/skeleton/piece.c", "skeleton/piece.c", false},
	{"lab/guest/guest.ld", "guest/guest.ld", false},
	{"lab/guest/start.S", "guest/start.S", false},
	{"lab/guest/main.c", "guest/main.c", false},
	{"solution/piece.c", "piece.c", true},
	{"solution/hidden.ini", "hidden.ini", true},
};

/* What labs/NAME/Makefile, the pieces and the guests include from above them. */
static const char *const common[] = {"lab.mk", "ringside_lab.h", "shared/console.h", "shared/numbers.h", "shared/start.h",
                                     "shared/tables.h", "shared/words.h"};

struct creation {
	const char *folder, *name;
	char title[NAME_MAX_LENGTH + 1];
	char from[PATH_SIZE]; /* the labs that are here, or installed: with template/ in it */
	char *error;
	size_t error_size;
};

/* ---- names ---- */

/* Two digits, then words of small letters and digits, with dashes between. */
static bool name_is_fine(const char *name)
{
	size_t length = strlen(name);

	if (length < 4 || length > NAME_MAX_LENGTH || !isdigit((unsigned char)name[0]) || !isdigit((unsigned char)name[1]) || name[2] != '-')
		return false;
	for (const char *at = name + 2; *at; at++)
		if ((*at == '-' && !isalnum((unsigned char)at[1])) || (*at != '-' && !islower((unsigned char)*at) && !isdigit((unsigned char)*at)))
			return false;
	return true;
}

/* "42-a-new-lab" is called "A new lab". */
static void make_title(struct creation *creation)
{
	snprintf(creation->title, sizeof creation->title, "%s", creation->name + 3);
	for (char *at = creation->title; *at; at++)
		if (*at == '-')
			*at = ' ';
	creation->title[0] = (char)toupper((unsigned char)creation->title[0]);
}

static bool find_template(struct creation *creation)
{
	const char *const places[] = {creation->folder, "labs", RINGSIDE_DATADIR "/labs"};
	char path[PATH_SIZE];

	for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
		snprintf(path, sizeof path, "%.900s/template/%s", places[i], files[0].from);
		if (access(path, R_OK) != 0)
			continue;
		snprintf(creation->from, sizeof creation->from, "%.900s", places[i]);
		return true;
	}
	return refuse(creation->error, creation->error_size, "there is no labs/template here, nor in " RINGSIDE_DATADIR
	              "; run it in Ringside's own folder, or install Ringside");
}

/* ---- files ---- */

/* All folders on the way to the file. */
static bool make_folders(const struct creation *creation, const char *path)
{
	char folder[PATH_SIZE];

	for (const char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
		snprintf(folder, sizeof folder, "%.*s", (int)(at - path), path);
		if (mkdir(folder, 0777) != 0 && errno != EEXIST)
			return refuse(creation->error, creation->error_size, "%s: %s", folder, strerror(errno));
	}
	return true;
}

static void put_text(const struct creation *creation, const char *text, FILE *file)
{
	while (*text) {
		const char *word = strncmp(text, "@NAME@", 6) == 0    ? creation->name
		                   : strncmp(text, "@TITLE@", 7) == 0 ? creation->title
		                                                      : NULL;

		if (word)
			fputs(word, file);
		else
			fputc(*text, file);
		text += !word ? 1 : word == creation->name ? 6 : 7;
	}
}

/* A new file; one that is there is an error. */
static bool copy(const struct creation *creation, const char *from, const char *to)
{
	size_t size;
	uint8_t *bytes = file_read("lab", from, FILE_LIMIT, &size, creation->error, creation->error_size);
	char *text = bytes ? malloc(size + 1) : NULL;
	FILE *file = NULL;
	bool done = false;

	if (text && make_folders(creation, to) && (file = fopen(to, "wx"))) {
		memcpy(text, bytes, size);
		text[size] = '\0';
		put_text(creation, text, file);
		done = !ferror(file);
		done = fclose(file) == 0 && done;
	}
	if (!done && bytes)
		refuse(creation->error, creation->error_size, "%s: %s", to, text ? strerror(errno) : "not enough memory; close other programs");
	free(text);
	free(bytes);
	return done;
}

static bool copy_common(const struct creation *creation)
{
	char from[PATH_SIZE + 32], to[PATH_SIZE];

	for (unsigned i = 0; i < sizeof common / sizeof *common; i++) {
		snprintf(from, sizeof from, "%s/%s", creation->from, common[i]);
		snprintf(to, sizeof to, "%.900s/%s", creation->folder, common[i]);
		if (access(to, R_OK) != 0 && !copy(creation, from, to))
			return false;
	}
	return true;
}

bool lab_create(const char *folder, const char *name, char *error, size_t error_size)
{
	struct creation creation = {.folder = folder, .name = name, .error = error, .error_size = error_size};
	char from[PATH_SIZE + 64], to[PATH_SIZE];

	if (!name_is_fine(name))
		return refuse(error, error_size, "'%.80s' is no name for a lab; take two digits and words, as in 42-a-new-lab", name);
	snprintf(to, sizeof to, "%.900s/%s", folder, name);
	if (access(to, F_OK) == 0)
		return refuse(error, error_size, "%s is there already; take another name, or remove it", to);
	make_title(&creation);
	if (!find_template(&creation))
		return false;
	for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(from, sizeof from, "%s/template/%s", creation.from, files[i].from);
		snprintf(to, sizeof to, "%.900s/%s%s/%s", folder, files[i].solution ? "solutions/" : "", name, files[i].to);
		if (!copy(&creation, from, to))
			return false;
	}
	return copy_common(&creation);
}
