/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/roster.c - a class: each submission is graded by a process of its own (`ringside grade`), several at a time, so that the
 * result of one never depends on another. What is finished lies in the folder of results, and a roster that was interrupted goes on
 * there.
 */
#define _GNU_SOURCE
#include "labs/grade/grade.h"

#include "core/json.h"
#include "core/refuse.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { JOBS = 64, FILE_MAX = 1 << 20 };

struct entry {
	char name[256];
	pid_t id; /* of its grader, while it runs */
	bool finished;
};

struct roster {
	const struct roster_options *options;
	struct entry *entry;
	unsigned count, begun, finished, running, lost;
	struct output *summary;
};

/* ---- who is there ---- */

static int by_name(const void *left, const void *right)
{
	return strcmp(((const struct entry *)left)->name, ((const struct entry *)right)->name);
}

static bool read_folder(struct roster *roster, char *error, size_t error_size)
{
	DIR *directory = opendir(roster->options->folder);
	const struct dirent *from;

	if (!directory)
		return refuse(error, error_size, "cannot read the folder '%s': %s", roster->options->folder, strerror(errno));
	while ((from = readdir(directory))) {
		struct entry *larger;

		if (from->d_name[0] == '.' || strlen(from->d_name) > 200)
			continue;
		larger = realloc(roster->entry, (roster->count + 1) * sizeof *larger);
		if (!larger)
			break;
		roster->entry = larger;
		larger[roster->count] = (struct entry){0};
		strcpy(larger[roster->count++].name, from->d_name);
	}
	closedir(directory);
	if (roster->count)
		qsort(roster->entry, roster->count, sizeof *roster->entry, by_name);
	return roster->count || refuse(error, error_size, "there is nothing in the folder '%s'", roster->options->folder);
}

/* ---- a finished one ---- */

static void paths_of(const struct roster *roster, const struct entry *entry, char *submission, char *result)
{
	snprintf(submission, LAB_PATH, "%.400s/%s", roster->options->folder, entry->name);
	snprintf(result, LAB_PATH, "%.400s/%s.json", roster->options->results, entry->name);
}

static bool newer(const struct stat *a, const struct stat *b)
{
	return a->st_mtim.tv_sec != b->st_mtim.tv_sec ? a->st_mtim.tv_sec > b->st_mtim.tv_sec
	                                              : a->st_mtim.tv_nsec > b->st_mtim.tv_nsec;
}

/* Its result is there, and nothing in the submission is newer. */
static bool is_finished(const struct roster *roster, const struct entry *entry)
{
	char submission[LAB_PATH], result[LAB_PATH];
	struct stat from, to, file;
	const struct dirent *inside;
	bool older = true;
	DIR *directory;

	paths_of(roster, entry, submission, result);
	if (stat(submission, &from) != 0 || stat(result, &to) != 0 || newer(&from, &to))
		return false;
	directory = S_ISDIR(from.st_mode) ? opendir(submission) : NULL;
	while (directory && older && (inside = readdir(directory)))
		if (inside->d_name[0] != '.' && fstatat(dirfd(directory), inside->d_name, &file, 0) == 0)
			older = !newer(&file, &to);
	if (directory)
		closedir(directory);
	return older;
}

static char *read_result(const char *path)
{
	char *text = malloc(FILE_MAX);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = text && file >= 0 ? read(file, text, FILE_MAX - 1) : -1;

	if (file >= 0)
		close(file);
	if (size <= 0) {
		free(text);
		return NULL;
	}
	text[size] = '\0';
	return text;
}

/* The names of the tests that failed, with blanks between. */
static void failures_of(const char *text, char *failures, size_t size)
{
	char *tests = malloc(FILE_MAX), *test = malloc(FILE_MAX), key[8], name[80], outcome[16];
	const char *at = tests ? tests : "";
	size_t used = 0;

	failures[0] = '\0';
	if (tests && test && json_find(text, "tests", tests, FILE_MAX))
		while (json_each(&at, key, sizeof key, test, FILE_MAX))
			if (json_find(test, "outcome", outcome, sizeof outcome) && strcmp(outcome, "failed") == 0 &&
			    json_find(test, "name", name, sizeof name) && used + 90 < size)
				used += (size_t)snprintf(failures + used, size - used, "%s%s", used ? "; " : "", name);
	free(tests);
	free(test);
}

/* As it is shown: a folder's name could have lines of other students' in it. */
static void shown_name(const struct entry *entry, char name[sizeof entry->name])
{
	size_t i = 0;

	for (; entry->name[i]; i++)
		name[i] = entry->name[i] == '"' ? '\'' : (unsigned char)entry->name[i] < ' ' || entry->name[i] == 0x7f ? '?' : entry->name[i];
	name[i] = '\0';
}

static void tell(struct roster *roster, const struct entry *entry)
{
	char submission[LAB_PATH], result[LAB_PATH], failures[2048] = "", score[16] = "", maximum[16] = "", built[8] = "";
	char name[sizeof entry->name], *text;

	paths_of(roster, entry, submission, result);
	text = read_result(result);
	if (text && json_find(text, "score", score, sizeof score) && json_find(text, "maximum", maximum, sizeof maximum) &&
	    json_find(text, "built", built, sizeof built))
		failures_of(text, failures, sizeof failures);
	else
		snprintf(failures, sizeof failures, "the grader has left no result");
	if (strcmp(built, "false") == 0)
		snprintf(failures, sizeof failures, "does not build");
	roster->lost += failures[0] != '\0';
	shown_name(entry, name);
	output_format(roster->options->output, "%-24s %s/%s%s%s\n", name, score[0] ? score : "-", maximum[0] ? maximum : "-",
	              failures[0] ? "  failed: " : "", failures);
	output_flush(roster->options->output);
	free(text);
}

static void summarize(struct roster *roster)
{
	output_text(roster->summary, "submission,score,maximum,failed\n");
	for (unsigned i = 0; i < roster->count; i++) {
		char submission[LAB_PATH], result[LAB_PATH], failures[2048] = "", score[16] = "", maximum[16] = "";
		char name[sizeof roster->entry->name], *text;

		paths_of(roster, &roster->entry[i], submission, result);
		text = read_result(result);
		if (text) {
			json_find(text, "score", score, sizeof score);
			json_find(text, "maximum", maximum, sizeof maximum);
			failures_of(text, failures, sizeof failures);
		}
		shown_name(&roster->entry[i], name);
		output_format(roster->summary, "\"%s\",%s,%s,\"%s\"\n", name, score, maximum, failures);
		free(text);
	}
}

/* ---- the graders ---- */

/* "ada.txt" is Ada's. */
static size_t length_of_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && dot > name ? (size_t)(dot - name) : strlen(name);
}

static void start(struct roster *roster, struct entry *entry)
{
	char submission[LAB_PATH], result[LAB_PATH], form[LAB_PATH + 16], student[280];
	char *plain[] = {"ringside", "grade", "--no-recordings", "--results", form, (char *)(uintptr_t)roster->options->lab, submission, NULL};
	char *named[] = {"ringside", "grade", "--no-recordings", student, "--results", form, (char *)(uintptr_t)roster->options->lab,
	                 submission, NULL};
	char **arguments = roster->options->by_name ? named : plain;
	posix_spawn_file_actions_t actions;

	paths_of(roster, entry, submission, result);
	snprintf(form, sizeof form, "json=%s", result);
	snprintf(student, sizeof student, "--for=%.*s", (int)length_of_name(entry->name), entry->name);
	unlink(result);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	if (posix_spawn(&entry->id, "/proc/self/exe", &actions, NULL, arguments, environ) != 0)
		entry->id = 0;
	posix_spawn_file_actions_destroy(&actions);
	roster->running += entry->id != 0;
	if (!entry->id)
		tell(roster, entry);
}

static void begin_next(struct roster *roster)
{
	struct entry *entry = &roster->entry[roster->begun++];

	if (is_finished(roster, entry))
		tell(roster, entry);
	else
		start(roster, entry);
}

static void await_one(struct roster *roster)
{
	pid_t id = waitpid(-1, NULL, 0);

	if (id < 0 && errno == EINTR)
		return;
	for (unsigned i = 0; i < roster->begun; i++)
		if (id > 0 && roster->entry[i].id == id) {
			roster->entry[i].id = 0;
			roster->running--;
			tell(roster, &roster->entry[i]);
			return;
		}
	if (id < 0)
		roster->running = 0;
}

bool grade_roster(const struct roster_options *options, unsigned *lost, char *error, size_t error_size)
{
	struct roster roster = {.options = options};
	unsigned jobs = options->jobs < 1 ? 1 : options->jobs > JOBS ? JOBS : options->jobs;
	char path[LAB_PATH];
	bool fine;

	if (mkdir(options->results, 0777) != 0 && errno != EEXIST)
		return refuse(error, error_size, "cannot make the folder '%s': %s", options->results, strerror(errno));
	if (!read_folder(&roster, error, error_size))
		return false;
	while (roster.begun < roster.count || roster.running) {
		if (roster.begun < roster.count && roster.running < jobs)
			begin_next(&roster);
		else
			await_one(&roster);
	}
	snprintf(path, sizeof path, "%.700s/summary.csv", options->results);
	roster.summary = output_open(path, error, error_size);
	if (roster.summary)
		summarize(&roster);
	fine = roster.summary && output_close(roster.summary, error, error_size);
	free(roster.entry);
	*lost = roster.lost;
	return fine;
}
