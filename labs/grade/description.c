/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/description.c - finds a lab and reads its tests.ini:
 *
 *	[lab]
 *	title = Trap and emulate
 *	file = trap.c                     a piece
 *	guest-file = port.c               a part of the guest
 *	text-file = answers.txt
 *	seeds = 1 2 3
 *	variants = name                   each student has a seed of their own, made of their name; those above are to practise with
 *
 *	[test cli and sti]
 *	part = A
 *	points = 10
 *	handlers = cli sti
 *	words = ops=cli,sti seed={seed}
 *	ring = 3                          (1)
 *	technique = trap                  (trap)
 *	set = paging=nested vpid=yes      settings of the machine
 *	judge = compare                   (compare) what it is graded by (judges.c); its own settings may follow
 */
#define _GNU_SOURCE /* realpath */
#include "labs/grade/judges.h"

#include "core/ini_text.h"
#include "core/number.h"
#include "core/refuse.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct reading {
	struct lab_description *lab;
	bool hidden;
};

static bool take_text(char *to, size_t size, const char *value, char *error, size_t error_size)
{
	if (strlen(value) >= size)
		return refuse(error, error_size, "longer than %zu characters; make it shorter", size - 1);
	strcpy(to, value);
	return true;
}

static bool take_seeds(struct lab_description *lab, const char *value, bool hidden, char *error, size_t error_size)
{
	char copy[256], *rest = copy;

	snprintf(copy, sizeof copy, "%s", value);
	for (char *word = strtok_r(copy, " ,", &rest); word; word = strtok_r(NULL, " ,", &rest)) {
		uint64_t number;

		if (lab->seeds == LAB_SEEDS || !number_parse(word, &number))
			return refuse(error, error_size, "seeds: '%s' is no number, or there are more than %d", word, LAB_SEEDS);
		lab->seed[lab->seeds++] = (struct lab_seed){number, hidden};
	}
	return true;
}

static bool take_number(unsigned *to, const char *value, unsigned high, char *error, size_t error_size)
{
	uint64_t number;

	if (!number_parse(value, &number) || number > high)
		return refuse(error, error_size, "'%s' is no number up to %u", value, high);
	*to = (unsigned)number;
	return true;
}

static const char *const part_settings[SUBMISSION_PARTS] = {
	[PART_PIECE] = "file", [PART_GUEST] = "guest-file", [PART_TEXT] = "text-file",
};

static bool take_lab(struct reading *reading, const struct ini_line *line, char *error, size_t error_size)
{
	struct lab_description *lab = reading->lab;

	if (strcmp(line->name, "seeds") == 0)
		return take_seeds(lab, line->value, reading->hidden, error, error_size);
	if (!reading->hidden && strcmp(line->name, "title") == 0)
		return take_text(lab->title, sizeof lab->title, line->value, error, error_size);
	if (!reading->hidden && strcmp(line->name, "variants") == 0) {
		lab->by_name = strcmp(line->value, "name") == 0;
		return lab->by_name || refuse(error, error_size, "variants = name is all that there is, not '%s'", line->value);
	}
	for (unsigned i = 0; i < SUBMISSION_PARTS; i++)
		if (!reading->hidden && strcmp(line->name, part_settings[i]) == 0)
			return take_text(lab->file[i], sizeof lab->file[i], line->value, error, error_size);
	return refuse(error, error_size, "there is no setting '%s' in [lab]; there are title, file, guest-file, text-file, seeds and variants",
	              line->name);
}

/* The test that [test NAME] is about: the last one, or a new one. */
static struct lab_test *test_of(struct lab_description *lab, const char *name)
{
	struct lab_test *test = lab->tests ? &lab->test[lab->tests - 1] : NULL;

	if (test && strcmp(test->name, name) == 0)
		return test;
	if (lab->tests == LAB_TESTS || strlen(name) >= sizeof test->name)
		return NULL;
	test = &lab->test[lab->tests++];
	*test = (struct lab_test){.technique = "trap", .part = "A", .ring = 1, .points = 1, .judge = judge_find("compare")};
	strcpy(test->name, name);
	return test;
}

/* The line `judge` comes before those that are the judge's own. */
static bool take_setting(struct lab_test *test, const struct ini_line *line, char *error, size_t error_size)
{
	if (!judge_takes(test->judge, line->name))
		return refuse(error, error_size, "a test has no setting '%s'; it has part, points, handlers, words, technique, ring, set, "
		              "judge, and behind judge %s's own", line->name, test->judge->name);
	if (test->settings == LAB_SETTINGS || strlen(line->value) >= sizeof test->setting->value)
		return refuse(error, error_size, "more than %d settings, or too long a value", LAB_SETTINGS);
	snprintf(test->setting[test->settings].name, sizeof test->setting->name, "%s", line->name);
	strcpy(test->setting[test->settings++].value, line->value);
	return true;
}

const char *lab_setting(const struct lab_test *test, const char *name)
{
	for (unsigned i = 0; i < test->settings; i++)
		if (strcmp(test->setting[i].name, name) == 0)
			return test->setting[i].value;
	return NULL;
}

static bool take_test(struct lab_test *test, const struct ini_line *line, char *error, size_t error_size)
{
	const struct { const char *name; char *to; size_t size; } texts[] = {
		{"part", test->part, sizeof test->part}, {"handlers", test->handlers, sizeof test->handlers},
		{"words", test->words, sizeof test->words}, {"technique", test->technique, sizeof test->technique},
		{"set", test->set, sizeof test->set},
	};

	for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++)
		if (strcmp(line->name, texts[i].name) == 0)
			return take_text(texts[i].to, texts[i].size, line->value, error, error_size);
	if (strcmp(line->name, "points") == 0)
		return take_number(&test->points, line->value, 1000, error, error_size);
	if (strcmp(line->name, "ring") == 0)
		return take_number(&test->ring, line->value, 3, error, error_size);
	if (strcmp(line->name, "judge") == 0) {
		test->judge = judge_find(line->value);
		return test->judge || refuse(error, error_size, "there is no judge '%s'", line->value);
	}
	return take_setting(test, line, error, error_size);
}

static bool take_line(void *owner, const struct ini_line *line, char *error, size_t error_size)
{
	struct reading *reading = owner;
	struct lab_test *test;

	if (strcmp(line->section, "lab") == 0)
		return take_lab(reading, line, error, error_size);
	if (reading->hidden || strncmp(line->section, "test ", 5) != 0)
		return refuse(error, error_size, "there is no section [%s]", line->section);
	test = test_of(reading->lab, line->section + 5);
	return test ? take_test(test, line, error, error_size)
	            : refuse(error, error_size, "more than %d tests, or too long a name", LAB_TESTS);
}

/* ---- where it is ---- */

static bool is_lab(const char *folder)
{
	char path[LAB_PATH + 16];

	snprintf(path, sizeof path, "%s/tests.ini", folder);
	return access(path, R_OK) == 0;
}

/* A lab in `labs` whose name begins with `name`. */
static bool find_in(const char *labs, const char *name, char *folder, size_t size)
{
	DIR *directory = opendir(labs);
	const struct dirent *entry;
	bool found = false;

	while (directory && !found && (entry = readdir(directory))) {
		if (strncmp(entry->d_name, name, strlen(name)) != 0)
			continue;
		found = snprintf(folder, size, "%s/%s", labs, entry->d_name) < (int)size && is_lab(folder);
	}
	if (directory)
		closedir(directory);
	return found;
}

static bool find_folder(struct lab_description *lab, const char *where, char *error, size_t error_size)
{
	char found[LAB_PATH], *whole;

	if (!where || !where[0] || strlen(where) >= sizeof found)
		return refuse(error, error_size, "there is no lab of such a name");
	strcpy(found, where);
	if (!is_lab(where) && (strchr(where, '/') || (!find_in("labs", where, found, sizeof found) &&
	                                              !find_in(RINGSIDE_DATADIR "/labs", where, found, sizeof found))))
		return refuse(error, error_size, "there is no lab '%.200s': neither a folder with a tests.ini, nor in labs/ here", where);
	whole = realpath(found, NULL);
	if (!whole || strlen(whole) >= sizeof lab->folder - 64) {
		free(whole);
		return refuse(error, error_size, "the lab's folder '%.200s' cannot be used", found);
	}
	strcpy(lab->folder, whole);
	free(whole);
	snprintf(lab->name, sizeof lab->name, "%.60s", strrchr(lab->folder, '/') + 1);
	return true;
}

/* The first of these that is there. */
static bool choose(char *to, size_t size, const char *const *paths)
{
	for (; *paths; paths++)
		if (access(*paths, R_OK) == 0 && strlen(*paths) < size) {
			strcpy(to, *paths);
			return true;
		}
	to[0] = '\0';
	return false;
}

/* A file of the lab's guest, which stands in the lab's folder where it is installed. False: it is not built. */
static bool find_built(const struct lab_description *lab, const char *name, char *path)
{
	char paths[3][LAB_PATH + 160];

	snprintf(paths[0], sizeof paths[0], "%s/%s", lab->folder, name);
	snprintf(paths[1], sizeof paths[1], "%s/../build/labs/%s/%s", lab->header, lab->name, name);
	snprintf(paths[2], sizeof paths[2], RINGSIDE_DATADIR "/labs/%s/%s", lab->name, name);
	return choose(path, LAB_PATH, (const char *const[]){paths[0], paths[1], paths[2], NULL});
}

static bool find_guest(struct lab_description *lab, char *error, size_t error_size)
{
	char path[LAB_PATH + 32];

	snprintf(path, sizeof path, "%s/guest/guest.ld", lab->folder);
	if (access(path, R_OK) != 0)
		return true;
	return (find_built(lab, "guest.elf", lab->guest) &&
	        (!lab->file[PART_GUEST][0] || find_built(lab, "guest.o", lab->guest_object))) ||
	       refuse(error, error_size, "the guest of %s is not built; `make` builds it", lab->name);
}

static bool find_parts(struct lab_description *lab, char *error, size_t error_size)
{
	char path[LAB_PATH + 160];

	snprintf(lab->header, sizeof lab->header, "%.*s", (int)(strrchr(lab->folder, '/') - lab->folder), lab->folder);
	snprintf(path, sizeof path, "%s/solutions/%s", lab->header, lab->name);
	choose(lab->solution, sizeof lab->solution, (const char *const[]){path, NULL});
	return find_guest(lab, error, error_size);
}

bool lab_describe(struct lab_description *lab, const char *where, char *error, size_t error_size)
{
	struct reading reading = {.lab = lab};
	char path[LAB_PATH + 160];

	memset(lab, 0, sizeof *lab);
	if (!find_folder(lab, where, error, error_size))
		return false;
	snprintf(path, sizeof path, "%s/tests.ini", lab->folder);
	if (!ini_file_read(NULL, "lab", path, take_line, &reading, error, error_size))
		return false;
	snprintf(path, sizeof path, "%.*s/solutions/%s/hidden.ini", (int)(strrchr(lab->folder, '/') - lab->folder), lab->folder,
	         lab->name);
	reading.hidden = true;
	if (access(path, R_OK) == 0 && !ini_file_read(NULL, "hidden seeds", path, take_line, &reading, error, error_size))
		return false;
	if (!lab->tests || !lab->seeds || !(lab->file[PART_PIECE][0] || lab->file[PART_GUEST][0] || lab->file[PART_TEXT][0]))
		return refuse(error, error_size, "%s: tests.ini needs a file, seeds and tests", lab->name);
	return find_parts(lab, error, error_size);
}
