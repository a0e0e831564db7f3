/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/build.c - compiles what was handed in, a C file a part. A student's Makefile is never run, nor anything else that was handed in. The compiler
 * works in a new folder under /tmp, with limits on time, memory and size; the preprocessor is asked first which files the source includes:
 * one that is neither the header's, the system's nor beside the source ends it there. So a message of the compiler's can show nobody a
 * solution or a hidden seed.
 *
 * The assembler can read files too (.incbin, .include). So the compiler's output is looked at before it is assembled, and a source in
 * which such a directive stands, or one by which its name could be put together, is refused.
 */
#define _GNU_SOURCE
#include "labs/grade/build.h"

#include "core/refuse.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define LIMITS "ulimit -t 20; ulimit -f 65536; ulimit -v 4000000; exec \"$@\""

/* One part on its way. */
struct making {
	const struct lab_description *lab;
	const char *source, *folder;
	bool guest;
	char *product; /* LAB_PATH */
};

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
	char *arguments[40] = {"sh", "-c", LIMITS, "sh"};
	posix_spawn_file_actions_t actions;
	unsigned count = 4;
	int status = -1;
	pid_t id;

	while (*words && count < 39)
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

/* A guest's part may include the lab's guest, which students have too; a piece its one header. */
static bool may_include(const struct making *making, const char *name)
{
	char folder[LAB_PATH], header[LAB_PATH + 32];
	char *path = realpath(name, NULL);
	bool fine;

	if (!path)
		return false;
	snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(making->source, '/') - making->source), making->source);
	fine = lies_in(path, "/usr/lib") || lies_in(path, "/usr/include") || strcmp(path, making->source) == 0 ||
	       (lies_in(path, folder) && !strchr(path + strlen(folder) + 1, '/'));
	snprintf(header, sizeof header, "%s/ringside_lab.h", making->lab->header);
	fine = fine || (!making->guest && strcmp(path, header) == 0);
	snprintf(header, sizeof header, "%s/guest", making->lab->folder);
	fine = fine || (making->guest && lies_in(path, header));
	free(path);
	return fine;
}

/* The name in a line marker, as the preprocessor quotes it: a backslash before its like and quotes, octal for what is not ASCII. */
static void unquote(const char *from, char *to, size_t size)
{
	size_t used = 0;

	for (; *from && *from != '"' && used < size - 1; from++) {
		unsigned value = 0;

		if (*from == '\\' && sscanf(from + 1, "%3o", &value) == 1)
			from += 3;
		else if (*from == '\\')
			value = (unsigned char)*++from;
		else
			value = (unsigned char)*from;
		to[used++] = (char)value;
	}
	to[used] = '\0';
}

/* A line marker names the file that the next lines come from, or that #line says they do: the compiler shows its lines with a
 * message, so that none may be named which may not be included. "<built-in>" and its like are no files. */
static bool check_marker(const struct making *making, const char *line, char *log, size_t log_size)
{
	const char *quote = line[0] == '#' && line[1] == ' ' && line[2] >= '0' && line[2] <= '9' ? strchr(line, '"') : NULL;
	char name[LAB_PATH * 2];

	if (!quote || quote[1] == '<')
		return true;
	unquote(quote + 1, name, sizeof name);
	return may_include(making, name) ||
	       refuse(log, log_size, "it includes '%s', which is neither %s, nor the compiler's, nor handed in", name,
	              making->guest ? "the lab's guest's" : "ringside_lab.h");
}

/* ---- what it makes the assembler read ---- */

/* Directives of gas that read files, or that make text of which others could come; in whatever case. */
static bool check_directives(const struct making *making, const char *line, char *log, size_t log_size)
{
	static const char *const words[] = {"incbin", ".include", ".macro", ".irp", ".rept", ".altmacro"};
	size_t length = strlen(line);

	(void)making;
	for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasestr(line, words[i]))
			return refuse(log, log_size, "it has the assembler's directive '%s', which a piece may not use", words[i]);
	return length < 2 || line[length - 2] != '\\' ||
	       refuse(log, log_size, "it has assembly with a line that goes on in the next one, which a piece may not use");
}

typedef bool check_line(const struct making *making, const char *line, char *log, size_t log_size);

static bool check_lines(const struct making *making, const char *path, check_line *check, char *log, size_t log_size)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;
	bool fine = file != NULL;

	while (fine && getline(&line, &room, file) >= 0)
		fine = check(making, line, log, log_size);
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

enum { COMMAND_WORDS = 32 };

/* The words of `first`, then those of `second`. */
static void put_command(const char *command[COMMAND_WORDS], const char *const *first, const char *const *second)
{
	unsigned count = 0;

	while (*first && count < COMMAND_WORDS - 1)
		command[count++] = *first++;
	while (*second && count < COMMAND_WORDS - 1)
		command[count++] = *second++;
	command[count] = NULL;
}

static const char *const piece_flags[] = {"cc", "-std=c17", "-O1", "-g", "-Wall", "-Wextra", "-ffreestanding", "-fPIC",
                                          "-fcf-protection=none", NULL};
static const char *const guest_flags[] = {"cc", "-std=c17", "-O2", "-g", "-Wall", "-Wextra", "-ffreestanding", "-m32", "-march=i686",
                                          "-fno-pic", "-fno-pie", "-fno-stack-protector", "-fno-asynchronous-unwind-tables",
                                          "-fcf-protection=none", "-mgeneral-regs-only", NULL};

static bool link_part(const struct making *making, const char *assembly, const char *output)
{
	char script[LAB_PATH + 32];
	const char *const piece[] = {"cc", "-shared", "-nostdlib", "-o", making->product, assembly, NULL};
	const char *const guest[] = {"cc", "-m32", "-nostdlib", "-static", "-Wl,--build-id=none", "-Wl,-z,noexecstack",
	                             "-Wl,-z,max-page-size=4096", "-T", script, "-o", making->product,
	                             making->lab->guest_object, assembly, NULL};

	snprintf(script, sizeof script, "%s/guest/guest.ld", making->lab->folder);
	return run_compiler(making->guest ? guest : piece, output);
}

/* Without the lines of sources that the compiler shows with its messages. */
static void keep_errors(char *log)
{
	char *to = log;

	for (char *line = log, *next; *line; line = next) {
		size_t length = strcspn(line, "\n");

		next = line + length + (line[length] == '\n');
		if (!memmem(line, length, "error: ", 7) && strncmp(line, "the compiler", 12) != 0)
			continue;
		memmove(to, line, (size_t)(next - line));
		to += next - line;
	}
	*to = '\0';
}

/* The preprocessor alone reads what is included, and what it writes is what is compiled: no pragma and no macro can show the compiler
 * another file than was looked at. Until then no line of a source is shown. */
static bool preprocess(const struct making *making, const char *const *flags, const char *plain, const char *output, char *log, size_t log_size)
{
	char include[LAB_PATH + 16];
	const char *command[COMMAND_WORDS];

	snprintf(include, sizeof include, "-I%s%s", making->guest ? making->lab->folder : making->lab->header, making->guest ? "/guest" : "");
	put_command(command, flags, (const char *const[]){"-g0", "-w", include, "-E", "-o", plain, making->source, NULL});
	if (!run_compiler(command, output)) {
		compiler_failed(output, log, log_size);
		keep_errors(log);
		return false;
	}
	return check_lines(making, plain, check_marker, log, log_size);
}

static bool compile(const struct making *making, char *log, size_t log_size)
{
	char output[128], plain[128], assembly[128];
	const char *const *flags = making->guest ? guest_flags : piece_flags;
	const char *command[COMMAND_WORDS];

	snprintf(output, sizeof output, "%s/output", making->folder);
	snprintf(plain, sizeof plain, "%s/source.i", making->folder);
	snprintf(assembly, sizeof assembly, "%s/assembly.s", making->folder);
	if (!preprocess(making, flags, plain, output, log, log_size))
		return false;
	put_command(command, flags, (const char *const[]){"-S", "-o", assembly, plain, NULL});
	if (!run_compiler(command, output))
		return compiler_failed(output, log, log_size);
	read_text(output, log, log_size); /* warnings */
	if (!check_lines(making, assembly, check_directives, log, log_size))
		return false;
	strcat(output, "2");
	return link_part(making, assembly, output) || compiler_failed(output, log, log_size);
}

/* A link could lead to a solution, or to what a judge would show. */
static bool is_link(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

/* Where the part lies in the submission: a folder, or the one file. */
static bool find_source(char source[LAB_PATH], const char *name, const char *submission, bool only, char *log, size_t log_size)
{
	char path[LAB_PATH + 80], *whole;
	struct stat status;

	snprintf(path, sizeof path, "%.700s", submission);
	if (!only || (stat(path, &status) == 0 && S_ISDIR(status.st_mode)))
		snprintf(path, sizeof path, "%.700s/%s", submission, name);
	if (is_link(path))
		return refuse(log, log_size, "'%s' is a symbolic link; hand in the file itself", path);
	whole = realpath(path, NULL);
	if (!whole || strlen(whole) >= LAB_PATH || stat(whole, &status) != 0 || !S_ISREG(status.st_mode)) {
		free(whole);
		return refuse(log, log_size, "there is no '%s' to be graded", path);
	}
	strcpy(source, whole);
	free(whole);
	return true;
}

static bool is_shared_object(const char *source)
{
	size_t length = strlen(source);

	return length > 3 && strcmp(source + length - 3, ".so") == 0;
}

static bool build_part(struct build *build, const struct lab_description *lab, enum submission_part part, char *log, size_t log_size)
{
	const struct making making = {lab, build->source[part], build->folder, part == PART_GUEST, build->product[part]};
	bool made;

	if (part == PART_TEXT || (part == PART_PIECE && is_shared_object(making.source))) {
		strcpy(making.product, making.source);
		return true;
	}
	snprintf(making.product, LAB_PATH, "%s/%s", build->folder, making.guest ? "guest.elf" : "piece.so");
	made = compile(&making, log, log_size);
	if (!made)
		making.product[0] = '\0';
	return made;
}

static unsigned count_parts(const struct lab_description *lab)
{
	unsigned count = 0;

	for (unsigned part = 0; part < SUBMISSION_PARTS; part++)
		count += lab->file[part][0] != '\0';
	return count;
}

bool build_submission(struct build *build, const struct lab_description *lab, const char *submission, char *log, size_t log_size)
{
	*build = (struct build){0};
	log[0] = '\0';
	strcpy(build->folder, "/tmp/ringside-grade-XXXXXX");
	if (!mkdtemp(build->folder)) {
		build->folder[0] = '\0';
		build->broken = (1u << SUBMISSION_PARTS) - 1;
		return refuse(log, log_size, "no folder in /tmp: %s", strerror(errno));
	}
	for (unsigned part = 0; part < SUBMISSION_PARTS; part++) {
		size_t used = strlen(log);

		if (!lab->file[part][0])
			continue;
		if (!find_source(build->source[part], lab->file[part], submission, count_parts(lab) == 1, log + used, log_size - used) ||
		    !build_part(build, lab, (enum submission_part)part, log + used, log_size - used))
			build->broken |= 1u << part;
	}
	return !build->broken;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	return remove(path);
}

void remove_folder(const char *path)
{
	nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void build_end(struct build *build)
{
	if (build->folder[0])
		remove_folder(build->folder);
}
