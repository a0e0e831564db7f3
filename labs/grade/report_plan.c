/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/report_plan.c - a student's comparison file (docs/compare.md) is not run: another one is written, of what in it is known to be
 * harmless. It can name no file but the lab's guests (guests.list in the lab's folder), and ask for so many runs of so many cycles.
 */
#include "labs/grade/report.h"

#include "core/ini_text.h"
#include "core/refuse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUN_CYCLES "300M"

enum { PLAN_SIZE = 32768, ALL_MODES = 10 };

struct planning {
	const struct lab_description *lab;
	FILE *out;
	char section[80];
	unsigned guests, profiles, seeds, modes, values; /* values: product of all parameters' */
	bool less;
};

static bool only(const char *text, const char *set)
{
	return text[strspn(text, set)] == '\0';
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define NAME_SET LETTERS "0123456789_-"
#define LIST_SET NAME_SET " ,\t"

static unsigned words_in(const char *text)
{
	unsigned count = 0;

	for (text += strspn(text, " ,\t"); *text; text += strspn(text, " ,\t")) {
		text += strcspn(text, " ,\t");
		count++;
	}
	return count;
}

static void put(struct planning *planning, const struct ini_line *line, const char *value)
{
	if (strcmp(planning->section, line->section) != 0) {
		snprintf(planning->section, sizeof planning->section, "%s", line->section);
		fprintf(planning->out, "[%s]\n", line->section);
	}
	if (!line->continued)
		fprintf(planning->out, "%s =", line->name);
	fprintf(planning->out, " %s\n", value);
}

/* ---- [experiment] ---- */

static bool take_experiment(struct planning *planning, const struct ini_line *line, char *error, size_t error_size)
{
	static const char *const prose[] = {"title", "text", "x", "plot"};
	const struct { const char *name, *set; unsigned *count; } lists[] = {
		{"techniques", LIST_SET "/", &planning->modes}, {"profiles", LIST_SET, &planning->profiles},
		{"seeds", LIST_SET, &planning->seeds}, {"baseline", NAME_SET "/", NULL}, {"less", NAME_SET "=", NULL},
	};

	for (unsigned i = 0; i < sizeof prose / sizeof *prose; i++)
		if (strcmp(line->name, prose[i]) == 0)
			return true; /* for people */
	for (unsigned i = 0; i < sizeof lists / sizeof *lists; i++) {
		if (strcmp(line->name, lists[i].name) != 0)
			continue;
		if (!only(line->value, lists[i].set))
			return refuse(error, error_size, "%s: '%.60s' is not what stands there", line->name, line->value);
		if (lists[i].count)
			*lists[i].count += strcmp(line->value, "all") == 0 ? ALL_MODES : words_in(line->value);
		planning->less |= strcmp(line->name, "less") == 0;
		put(planning, line, line->value);
		return true;
	}
	return refuse(error, error_size, "[experiment] has no '%.40s' here", line->name);
}

/* ---- the lab's files ---- */

/* A name in guests.list, and where the file is. */
static bool find_guest(const struct lab_description *lab, const char *name, char *path, size_t size)
{
	static const char *const places[] = {"%s/%s", "%s/../../build/guests/%s"};
	char list[LAB_PATH + 32], line[80];
	bool listed = false;
	FILE *file;

	snprintf(list, sizeof list, "%s/guests.list", lab->folder);
	file = fopen(list, "re");
	while (file && !listed && fgets(line, sizeof line, file)) {
		line[strcspn(line, "\r\n")] = '\0';
		listed = line[0] && strcmp(line, name) == 0;
	}
	if (file)
		fclose(file);
	for (unsigned i = 0; listed && i < 2; i++) {
		snprintf(path, size, places[i], lab->folder, name);
		if (access(path, R_OK) == 0)
			return true;
	}
	return false;
}

/* ---- [parameters], [vm] ---- */

static bool take_parameter(struct planning *planning, const struct ini_line *line, char *error, size_t error_size)
{
	unsigned count = words_in(line->value);

	if (!only(line->name, NAME_SET) || !only(line->value, LIST_SET "."))
		return refuse(error, error_size, "the parameter %.40s has values of other than letters and digits", line->name);
	if (line->continued || !count || planning->values * count > REPORT_RUNS)
		return refuse(error, error_size, "the parameter %.40s: write its values on one line, and fewer of them", line->name);
	planning->values *= count;
	put(planning, line, line->value);
	return true;
}

static bool take_vm(struct planning *planning, const struct ini_line *line, char *error, size_t error_size)
{
	static const char *const names[] = {"memory", "vpid", "nested-levels", "chain", "adapt", "translation-cache", "trace-limit", "rdtsc", "umip"};
	static const char *const sizes[] = {"8M", "16M", "32M", "64M"};
	bool fine = strcmp(line->name, "memory") != 0;
	char path[LAB_PATH + 64];

	if (strcmp(line->name, "module") == 0 && find_guest(planning->lab, line->value, path, sizeof path)) {
		put(planning, line, path);
		return true;
	}
	for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
		fine = fine || strcmp(line->value, sizes[i]) == 0;
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (fine && strcmp(line->name, names[i]) == 0 && !line->continued && only(line->value, NAME_SET "{}")) {
			put(planning, line, line->value);
			return true;
		}
	return refuse(error, error_size, "[vm] may have memory (8M, 16M, 32M, 64M), module (of guests.list), vpid, nested-levels, chain, adapt, "
	                                 "translation-cache, trace-limit, rdtsc and umip here, not '%.40s = %.40s'", line->name, line->value);
}

/* ---- [guest NAME] ---- */

/* For the guest: nothing that could be taken for an option of `ringside run`. */
static bool are_words(const char *text)
{
	if (!only(text, NAME_SET "{}=,./ "))
		return false;
	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		if (!strchr(LETTERS, *text))
			return false;
		text += strcspn(text, " ");
	}
	return true;
}

static bool take_guest(struct planning *planning, const struct ini_line *line, char *error, size_t error_size)
{
	char path[LAB_PATH + 64];

	if (!only(line->section + 6, NAME_SET) || line->continued)
		return refuse(error, error_size, "a guest's name has letters, digits, _ and - only, and each of its settings is one line");
	if (strcmp(line->name, "words") == 0) {
		if (!are_words(line->value))
			return refuse(error, error_size, "words: each begins with a letter and is made of letters, digits and {}=,._/-");
		put(planning, line, line->value);
		return true;
	}
	if (strcmp(line->name, "file") != 0 && strcmp(line->name, "pv") != 0)
		return refuse(error, error_size, "[guest] has file, pv and words, not '%.40s'", line->name);
	if (!find_guest(planning->lab, line->value, path, sizeof path))
		return refuse(error, error_size, "'%.60s' is no guest of this lab; guests.list names them", line->value);
	planning->guests += strcmp(line->name, "file") == 0;
	put(planning, line, path);
	return true;
}

/* ---- a file ---- */

static bool take_line(void *owner, const struct ini_line *line, char *error, size_t error_size)
{
	struct planning *planning = owner;

	if (strcmp(line->section, "experiment") == 0)
		return take_experiment(planning, line, error, error_size);
	if (strcmp(line->section, "parameters") == 0)
		return take_parameter(planning, line, error, error_size);
	if (strcmp(line->section, "vm") == 0)
		return take_vm(planning, line, error, error_size);
	if (strncmp(line->section, "guest ", 6) == 0)
		return take_guest(planning, line, error, error_size);
	return refuse(error, error_size, "there is no section [%.40s]", line->section);
}

static unsigned at_least_one(unsigned count)
{
	return count ? count : 1;
}

static bool check_size(const char *path, char *error, size_t error_size)
{
	struct stat status;

	return (lstat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_size < PLAN_SIZE) ||
	       refuse(error, error_size, "the report cites '%s', which is no file beside it, or a large one", strrchr(path, '/') + 1);
}

bool report_plan(const struct lab_description *lab, const char *from, const char *to, unsigned *runs, char *error, size_t error_size)
{
	struct planning planning = {.lab = lab, .values = 1};
	uint64_t count;
	bool fine;

	if (!check_size(from, error, error_size))
		return false;
	planning.out = fopen(to, "we");
	if (!planning.out)
		return refuse(error, error_size, "cannot write '%s'", to);
	fine = ini_file_read(NULL, "comparison", from, take_line, &planning, error, error_size);
	fprintf(planning.out, "[vm]\nlimit = " RUN_CYCLES "\n");
	fine = fclose(planning.out) == 0 && fine;
	count = (uint64_t)at_least_one(planning.guests) * at_least_one(planning.profiles) * at_least_one(planning.seeds) * planning.values *
	        (planning.modes ? planning.modes : ALL_MODES) * (planning.less ? 2 : 1);
	if (fine && count > REPORT_RUNS)
		return refuse(error, error_size, "%s asks for %llu runs; %d are allowed", strrchr(from, '/') + 1, (unsigned long long)count,
		              REPORT_RUNS);
	*runs = (unsigned)count;
	return fine;
}
