/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/build.c - compiles one C file. A student's Makefile is never run, nor anything else that was handed in. The compiler
 * works in a new folder under /tmp, with limits on time, memory and size; it is asked first which files the source includes,
 * without compiling: one that is neither the header's, the system's nor beside the source ends it there. So a message of the
 * compiler's can show nobody a solution or a hidden seed.
 *
 * The assembler can read files too (.incbin, .include). So the compiler's output is looked at before it is assembled, and a source in
 * which such a directive stands, or one by which its name could be put together, is refused.
 */
#define _GNU_SOURCE
#include "labs/grade/build.h"

#include "core/refuse.h"

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

#define LIMITS "ulimit -t 20; ulimit -f 65536; ulimit -v 4000000; exec \"$@\""

/* ---- running the compiler ---- */

static void read_text(const char *path, char *text, size_t size)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = file < 0 ? 0 : read(file, text, size - 1);

	text[got < 0 ? 0 : got] = '\0';
	if (file >= 0)
		close(file);
}

/* Everything that it prints goes into the file `output`. */
static bool run_compiler(const char *const *words, const char *output)
{
	char *arguments[24] = {"sh", "-c", LIMITS, "sh"};
	posix_spawn_file_actions_t actions;
	unsigned count = 4;
	int status = -1;
	pid_t id;

	while (*words && count < 23)
		arguments[count++] = (char *)(uintptr_t)*words++;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_adddup2(&actions, 1, 2);
	if (posix_spawn(&id, "/bin/sh", &actions, NULL, arguments, environ) == 0)
		while (waitpid(id, &status, 0) < 0 && errno == EINTR)
			;
	posix_spawn_file_actions_destroy(&actions);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* ---- what it includes ---- */

static bool lies_in(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	return strncmp(path, folder, length) == 0 && path[length] == '/';
}

static bool may_include(const struct build *build, const struct lab_description *lab, const char *name)
{
	char folder[LAB_PATH], header[LAB_PATH + 32];
	char *path = realpath(name, NULL);
	bool fine;

	if (!path)
		return false;
	snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(build->source, '/') - build->source), build->source);
	snprintf(header, sizeof header, "%s/ringside_lab.h", lab->header);
	fine = lies_in(path, "/usr/lib") || lies_in(path, "/usr/include") || strcmp(path, header) == 0 || strcmp(path, build->source) == 0 ||
	       (lies_in(path, folder) && !strchr(path + strlen(folder) + 1, '/'));
	free(path);
	return fine;
}

/* Make's rules, as `cc -M` writes them: words with backslashes at ends of lines. */
static bool check_includes(const struct build *build, const struct lab_description *lab, char *rules, char *log, size_t log_size)
{
	char *rest = rules;

	strtok_r(rules, " \\\n", &rest); /* the target */
	for (char *word = strtok_r(NULL, " \\\n", &rest); word; word = strtok_r(NULL, " \\\n", &rest))
		if (!may_include(build, lab, word))
			return refuse(log, log_size, "it includes '%s', which is neither ringside_lab.h, nor the compiler's, nor handed in",
			              word);
	return true;
}

/* ---- what it makes the assembler read ---- */

/* Directives of gas that read files, or that make text of which others could come; in whatever case. */
static bool check_line(const char *line, char *log, size_t log_size)
{
	static const char *const words[] = {"incbin", ".include", ".macro", ".irp", ".rept", ".altmacro"};
	size_t length = strlen(line);

	for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasestr(line, words[i]))
			return refuse(log, log_size, "it has the assembler's directive '%s', which a piece may not use", words[i]);
	return length < 2 || line[length - 2] != '\\' ||
	       refuse(log, log_size, "it has assembly with a line that goes on in the next one, which a piece may not use");
}

static bool check_assembly(const char *path, char *log, size_t log_size)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;
	bool fine = file != NULL;

	while (fine && getline(&line, &room, file) >= 0)
		fine = check_line(line, log, log_size);
	if (file)
		fclose(file);
	free(line);
	return fine;
}

/* ---- building ---- */

static bool compiler_failed(const char *output, char *log, size_t log_size)
{
	read_text(output, log, log_size);
	return log[0] ? false : refuse(log, log_size, "the compiler cc does not run, or was stopped after 20 seconds or at 4 GB");
}

static bool compile(struct build *build, const struct lab_description *lab, char *log, size_t log_size)
{
	char include[LAB_PATH + 8], rules[16384], output[128], assembly[128];
	const char *const ask[] = {"cc", "-std=c17", include, "-M", build->source, NULL};
	const char *const make[] = {"cc", "-std=c17", "-O1", "-g", "-Wall", "-Wextra", "-fPIC", "-S", "-ffreestanding",
	                            "-fcf-protection=none", include, "-o", assembly, build->source, NULL};
	const char *const link[] = {"cc", "-shared", "-nostdlib", "-o", build->piece, assembly, NULL};

	snprintf(include, sizeof include, "-I%s", lab->header);
	snprintf(output, sizeof output, "%s/output", build->folder);
	snprintf(assembly, sizeof assembly, "%s/piece.s", build->folder);
	if (!run_compiler(ask, output))
		return compiler_failed(output, log, log_size);
	read_text(output, rules, sizeof rules);
	if (!check_includes(build, lab, rules, log, log_size))
		return false;
	if (!run_compiler(make, output))
		return compiler_failed(output, log, log_size);
	read_text(output, log, log_size); /* warnings */
	if (!check_assembly(assembly, log, log_size))
		return false;
	strcat(output, "2");
	return run_compiler(link, output) || compiler_failed(output, log, log_size);
}

static bool find_source(struct build *build, const struct lab_description *lab, const char *submission, char *log, size_t log_size)
{
	char path[LAB_PATH + 80], *whole;
	struct stat status;

	snprintf(path, sizeof path, "%.700s", submission);
	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		snprintf(path, sizeof path, "%.700s/%s", submission, lab->file);
	whole = realpath(path, NULL);
	if (!whole || strlen(whole) >= sizeof build->source || stat(whole, &status) != 0 || !S_ISREG(status.st_mode)) {
		free(whole);
		return refuse(log, log_size, "there is no '%s' to be graded", path);
	}
	strcpy(build->source, whole);
	free(whole);
	return true;
}

bool build_submission(struct build *build, const struct lab_description *lab, const char *submission, char *log, size_t log_size)
{
	size_t length;

	*build = (struct build){0};
	log[0] = '\0';
	if (!find_source(build, lab, submission, log, log_size))
		return false;
	length = strlen(build->source);
	if (length > 3 && strcmp(build->source + length - 3, ".so") == 0) {
		memcpy(build->piece, build->source, length + 1);
		return true;
	}
	strcpy(build->folder, "/tmp/ringside-grade-XXXXXX");
	if (!mkdtemp(build->folder)) {
		build->folder[0] = '\0';
		return refuse(log, log_size, "no folder in /tmp: %s", strerror(errno));
	}
	snprintf(build->piece, sizeof build->piece, "%s/piece.so", build->folder);
	return compile(build, lab, log, log_size);
}

void build_end(struct build *build)
{
	static const char *const made[] = {"output", "output2", "piece.s", "piece.so"};
	char path[128];

	if (!build->folder[0])
		return;
	for (unsigned i = 0; i < sizeof made / sizeof *made; i++) {
		snprintf(path, sizeof path, "%s/%s", build->folder, made[i]);
		unlink(path);
	}
	rmdir(build->folder);
}
