/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * user/sh.c - a small shell: a command with arguments, commands parted by ";", a chain joined by "|".
 * Anything not known here is a program in bin/.
 */
#include "user/user.h"

enum { LINE_MAX = 512, WORDS_MAX = 12, PATH_MAX = 64 };

static void help(void)
{
	struct file_info info;

	print("COMMAND [ARGUMENT...], COMMAND; COMMAND, COMMAND | COMMAND\n"
	      "here: help, exit [STATUS]. Programs:");
	for (uint32_t i = 0; list(i, &info) == 0; i++) {
		if (strncmp(info.name, "bin/", 4) == 0)
			print(" %s", info.name + 4);
	}
	print("\n");
}

/* Cuts at `separator`: what comes after it, or NULL. */
static char *cut(char *text, char separator)
{
	for (; *text; text++) {
		if (*text != separator)
			continue;
		*text = '\0';
		return text + 1;
	}
	return NULL;
}

static unsigned split_words(char *text, char **words)
{
	unsigned count = 0;

	while (text && count < WORDS_MAX - 1) {
		char *rest = cut(text, ' ');
		if (*text)
			words[count++] = text;
		text = rest;
	}
	words[count] = NULL;
	return count;
}

static void become(char *command)
{
	char *words[WORDS_MAX], path[PATH_MAX] = "bin/";

	if (split_words(command, words) == 0)
		exit(0);
	copy_text(path + 4, words[0], sizeof(path) - 4);
	exec(path, words);
	print("%s: not found; `help` lists what is there\n", words[0]);
	exit(127);
}

/* One part of a pipeline, in a child: its input and output take the usual places. */
static void connect_and_become(char *command, int input, const int ends[2])
{
	if (input != INPUT) {
		duplicate(input, INPUT);
		close(input);
	}
	if (ends[1] != OUTPUT) {
		duplicate(ends[1], OUTPUT);
		close(ends[0]);
		close(ends[1]);
	}
	become(command);
}

static int wait_for_all(unsigned count, int last)
{
	int status = 0;

	while (count--) {
		int result;
		if (wait(&result) == last)
			status = result;
	}
	return status;
}

/* Runs all parts at once and waits for all: the status is the last one's. */
static int run_pipeline(char *command)
{
	int input = INPUT, last = 0;
	unsigned count = 0;

	for (char *rest; command; command = rest, count++) {
		int ends[2] = { INPUT, OUTPUT };
		rest = cut(command, '|');
		if (rest && pipe(ends) < 0)
			rest = NULL;
		last = fork();
		if (last == 0)
			connect_and_become(command, input, ends);
		if (input != INPUT)
			close(input);
		if (rest)
			close(ends[1]);
		input = ends[0];
	}
	return wait_for_all(count, last);
}

static int run_command(char *command, int status)
{
	while (*command == ' ')
		command++;
	if (!*command)
		return status;
	if (strncmp(command, "exit", 4) == 0 && (!command[4] || command[4] == ' '))
		exit(command[4] ? (int)parse_number(command + 5) : status);
	if (strcmp(command, "help") == 0) {
		help();
		return 0;
	}
	return run_pipeline(command);
}

static int run_line(char *line, int status)
{
	while (line) {
		char *rest = cut(line, ';');
		status = run_command(line, status);
		line = rest;
	}
	return status;
}

int main(int argc, char **argv)
{
	const char *script = text_option(argv, "script");
	char line[LINE_MAX];
	int status = 0;

	(void)argc;
	if (script) {
		copy_text(line, script, sizeof(line));
		return run_line(line, 0);
	}
	print("Type help.\n");
	for (;;) {
		print("$ ");
		if (read_line(line, sizeof(line)) < 0)
			return status;
		status = run_line(line, status);
	}
}
