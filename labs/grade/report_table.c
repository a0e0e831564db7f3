/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/report_table.c - has `ringside compare` make a comparison's runs, in processes with limits, and reads its CSV (RFC 4180).
 */
#define _GNU_SOURCE
#include "labs/grade/report.h"

#include "core/refuse.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { COLUMNS = 64, ROWS = REPORT_RUNS + 1, TABLE_SIZE = 1 << 20, PATIENCE = 600 /* seconds, for a computer that is busy */ };
#define LIMITS "ulimit -t 60; ulimit -f 65536; exec \"$@\""

struct run_table {
	char text[TABLE_SIZE];
	char *cell[ROWS][COLUMNS]; /* the first row has the names */
	unsigned rows, columns;
	char load[ROWS][80];
};

/* ---- running it ---- */

static bool await(pid_t id)
{
	const struct timespec pause = {0, 20000000};
	int status = -1;

	for (unsigned tries = 0; tries < PATIENCE * 50; tries++) {
		if (waitpid(id, &status, WNOHANG) != 0)
			return WIFEXITED(status) && WEXITSTATUS(status) <= 1; /* 1: some run has failed, and its row says so */
		nanosleep(&pause, NULL);
	}
	kill(-id, SIGKILL);
	waitpid(id, &status, 0);
	return false;
}

static bool run_compare(const char *plan, const char *results, const char *csv, const char *log)
{
	char self[LAB_PATH] = "";
	char *arguments[] = {"sh", "-c", LIMITS, "sh", self, "compare", "--format", "csv", "--results", (char *)(uintptr_t)results,
	                     (char *)(uintptr_t)plan, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t group;
	pid_t id;
	bool done;

	if (readlink("/proc/self/exe", self, sizeof self - 1) <= 0)
		return false;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, csv, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawnattr_init(&group);
	posix_spawnattr_setflags(&group, POSIX_SPAWN_SETPGROUP);
	done = posix_spawn(&id, "/bin/sh", &actions, &group, arguments, environ) == 0 && await(id);
	posix_spawnattr_destroy(&group);
	posix_spawn_file_actions_destroy(&actions);
	return done;
}

/* The first line of what compare has said. */
static bool compare_failed(const char *file, const char *log, char *error, size_t error_size)
{
	FILE *from = fopen(log, "re");
	char line[400] = "";

	if (from && !fgets(line, sizeof line, from))
		line[0] = '\0';
	if (from)
		fclose(from);
	line[strcspn(line, "\n")] = '\0';
	return refuse(error, error_size, "%s.ini cannot be compared: %s", file, line[0] ? line : "it took too long");
}

/* ---- reading it ---- */

/* A field from *at on, in place; behind it then. Gives what ended it. */
static char take_field(char **at, char **field)
{
	char *from = *at, *to = *at, end;
	bool quoted = *from == '"';

	*field = to;
	from += quoted;
	while (*from && (quoted || (*from != ',' && *from != '\n' && *from != '\r'))) {
		if (quoted && *from == '"' && from[1] != '"')
			break;
		from += quoted && *from == '"';
		*to++ = *from++;
	}
	from += quoted && *from == '"';
	from += *from == '\r';
	end = *from;
	*at = from + (end != '\0');
	*to = '\0';
	return end;
}

static void take_rows(struct run_table *table)
{
	char *at = table->text;

	while (*at && table->rows < ROWS) {
		unsigned columns = 0;
		char end = ',', *field;

		while (end == ',') {
			end = take_field(&at, &field);
			if (columns < COLUMNS)
				table->cell[table->rows][columns++] = field;
		}
		if (!table->rows)
			table->columns = columns;
		if (columns == table->columns)
			table->rows++;
	}
}

static int column_of(const struct run_table *table, const char *name, size_t length)
{
	for (unsigned i = 0; table->rows && i < table->columns; i++)
		if (strlen(table->cell[0][i]) == length && memcmp(table->cell[0][i], name, length) == 0)
			return (int)i;
	return -1;
}

/* What the guest was told to do, as its command line has it: workload=NAME or op=NAME, else its file. */
static void find_loads(struct run_table *table)
{
	static const char *const words[] = {" workload=", " op=", "/"};
	int command = column_of(table, "command", 7);

	for (unsigned row = 1; command >= 0 && row < table->rows; row++)
		for (unsigned i = 0; i < 3 && !table->load[row][0]; i++) {
			const char *at = strstr(table->cell[row][command], words[i]);

			if (at && i == 2)
				at = strrchr(table->cell[row][command], '/');
			if (at)
				snprintf(table->load[row], sizeof table->load[row], "%.*s", (int)strcspn(at + 1, " "), at + 1);
		}
}

static bool read_table(struct run_table *table, const char *csv)
{
	FILE *file = fopen(csv, "re");
	size_t size = file ? fread(table->text, 1, sizeof table->text - 1, file) : 0;

	if (file)
		fclose(file);
	table->text[size] = '\0';
	take_rows(table);
	find_loads(table);
	return table->rows > 1 && column_of(table, "mode", 4) >= 0 && column_of(table, "outcome", 7) >= 0;
}

struct run_table *run_table_make(const struct lab_description *lab, const char *folder, const char *file, const char *work, char *error,
                         size_t error_size)
{
	char from[LAB_PATH + 64], plan[160], csv[160], log[160], results[160];
	struct run_table *table = calloc(1, sizeof *table);
	unsigned runs;

	snprintf(from, sizeof from, "%s/%s.ini", folder, file);
	snprintf(plan, sizeof plan, "%.90s/%s.ini", work, file);
	snprintf(csv, sizeof csv, "%.90s/%s.csv", work, file);
	snprintf(log, sizeof log, "%.90s/%s.log", work, file);
	snprintf(results, sizeof results, "%.90s/%s.results", work, file);
	if (!table)
		refuse(error, error_size, "not enough memory; close other programs");
	else if (access(csv, R_OK) != 0 && !report_plan(lab, from, plan, &runs, error, error_size))
		;
	else if ((access(csv, R_OK) == 0 || run_compare(plan, results, csv, log)) && read_table(table, csv))
		return table;
	else
		compare_failed(file, log, error, error_size);
	free(table);
	return NULL;
}

void run_table_free(struct run_table *table)
{
	free(table);
}

/* ---- a cell ---- */

struct choice {
	int measure;
	unsigned conditions;
	struct { int column; const char *value; size_t length; } condition[12];
};

static bool add_condition(struct choice *choice, int column, const char *value, size_t length)
{
	if (choice->conditions == sizeof choice->condition / sizeof *choice->condition)
		return false;
	choice->condition[choice->conditions].column = column;
	choice->condition[choice->conditions].value = value;
	choice->condition[choice->conditions++].length = length;
	return true;
}

/* "n=10": a condition; the name of a column: the measure; what is left: a mode. */
static bool read_words(const struct run_table *table, const char *words, struct choice *choice, char *error, size_t error_size)
{
	for (words += strspn(words, " ,"); *words; words += strspn(words, " ,")) {
		size_t length = strcspn(words, " ,"), name = strcspn(words, "= ,");
		int column = column_of(table, words, name);

		if (name < length && words[name] == '=' && column < 0)
			return refuse(error, error_size, "there is no column '%.*s'", (int)name, words);
		if (name < length && !add_condition(choice, column, words + name + 1, length - name - 1))
			return refuse(error, error_size, "too many conditions");
		if (name == length && column >= 0)
			choice->measure = column;
		else if (name == length && !add_condition(choice, column_of(table, "mode", 4), words, length))
			return refuse(error, error_size, "too many conditions");
		words += length;
	}
	return true;
}

static bool matches(const struct run_table *table, const struct choice *choice, unsigned row)
{
	for (unsigned i = 0; i < choice->conditions; i++) {
		const char *cell = table->cell[row][choice->condition[i].column];

		if (strlen(cell) != choice->condition[i].length || memcmp(cell, choice->condition[i].value, strlen(cell)) != 0)
			return false;
	}
	return true;
}

bool run_table_find(const struct run_table *table, const char *words, const char **value, const char **mode, const char **load, char *error,
                size_t error_size)
{
	struct choice choice = {.measure = column_of(table, "cycles", 6)};
	unsigned found = 0, count = 0;
	const char *outcome;

	if (!read_words(table, words, &choice, error, error_size))
		return false;
	for (unsigned row = 1; row < table->rows; row++)
		if (matches(table, &choice, row))
			found = row, count++;
	if (count != 1)
		return refuse(error, error_size, count ? "%u runs are meant; say more: guest=, profile=, seed=, or a parameter" : "no run is meant", count);
	outcome = table->cell[found][column_of(table, "outcome", 7)];
	if (strcmp(outcome, "done") != 0)
		return refuse(error, error_size, "its run did not end well (%s)", outcome);
	*value = table->cell[found][choice.measure];
	if (mode)
		*mode = table->cell[found][column_of(table, "mode", 4)];
	if (load)
		*load = table->load[found];
	return (*value)[0] || refuse(error, error_size, "there is no such figure for this mode");
}
