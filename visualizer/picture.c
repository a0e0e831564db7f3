/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/picture.c - see picture.h. `dot` reads the text from a temporary file and is read through a pipe, so that
 * a picture it could not draw to its end replaces nothing, and a full disk is told as everywhere.
 */
#include "visualizer/picture.h"

#include "core/nearest.h"
#include "visualizer/message.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ; /* NOLINT(cppcoreguidelines-avoid-non-const-global-variables): POSIX's own */

static const char *const formats[] = {[PICTURE_DOT] = "dot", [PICTURE_SVG] = "svg", [PICTURE_PNG] = "png"};

enum { FORMATS = sizeof(formats) / sizeof(formats[0]) };

/* ---- choosing ---- */

static bool find_format(const char *name, enum picture_format *format)
{
	for (unsigned i = 0; i < FORMATS; i++)
		if (strcmp(name, formats[i]) == 0) {
			*format = (enum picture_format)i;
			return true;
		}
	return false;
}

static bool format_of_name(const char *name, enum picture_format *format)
{
	struct nearest nearest = nearest_to(name);

	if (find_format(name, format))
		return true;
	for (unsigned i = 0; i < FORMATS; i++)
		nearest_offer(&nearest, formats[i]);
	if (nearest.name)
		message("--format: no format '%s'; did you mean '%s'?", name, nearest.name);
	else
		message("--format: no format '%s'; there are dot, svg and png", name);
	return false;
}

static bool format_of_path(const char *path, enum picture_format *format)
{
	const char *slash = strrchr(path, '/'), *point = strrchr(slash ? slash : path, '.');

	if (point && (find_format(point + 1, format) || strcmp(point, ".gv") == 0))
		return true;
	message("--output: '%s' does not end in .dot, .svg or .png; say what it is to be with --format", path);
	return false;
}

static bool is_program(const char *folder, int length)
{
	char path[4096];
	int size = snprintf(path, sizeof(path), "%.*s/dot", length ? length : 1, length ? folder : ".");

	return size > 0 && (size_t)size < sizeof(path) && access(path, X_OK) == 0;
}

/* As execvp(3) searches. */
static bool have_dot(void)
{
	const char *path = getenv("PATH");

	while (path) {
		const char *end = strchr(path, ':');

		if (is_program(path, end ? (int)(end - path) : (int)strlen(path)))
			return true;
		path = end ? end + 1 : NULL;
	}
	return false;
}

bool picture_choose(struct picture *picture, const char *path, const char *format)
{
	*picture = (struct picture){.format = PICTURE_DOT, .path = path ? path : "-"};
	if (format && !format_of_name(format, &picture->format))
		return false;
	if (!format && path && strcmp(path, "-") != 0 && !format_of_path(path, &picture->format))
		return false;
	if (picture->format == PICTURE_PNG && strcmp(picture->path, "-") == 0 && isatty(STDOUT_FILENO)) {
		message("a PNG picture is nothing for a terminal; use --output FILE.png");
		return false;
	}
	if (picture->format == PICTURE_DOT || have_dot())
		return true;
	message("%s needs Graphviz's program 'dot', which is not here: apt install graphviz, or take --format=dot",
	        formats[picture->format]);
	return false;
}

/* ---- calling dot ---- */

struct drawing {
	FILE *text, *complaints; /* what dot reads, what it says */
	int ends[2];             /* of the pipe that it draws into; -1: closed */
	FILE *image;             /* what has been drawn */
	char *bytes;
	size_t size;
};

static bool prepare(struct drawing *drawing, const char *text, size_t size)
{
	drawing->text = tmpfile();
	drawing->complaints = tmpfile();
	drawing->image = open_memstream(&drawing->bytes, &drawing->size);
	return drawing->text && drawing->complaints && drawing->image &&
	       fwrite(text, 1, size, drawing->text) == size && fflush(drawing->text) == 0 &&
	       lseek(fileno(drawing->text), 0, SEEK_SET) == 0 && pipe(drawing->ends) == 0;
}

static void close_end(struct drawing *drawing, unsigned end)
{
	if (drawing->ends[end] >= 0)
		close(drawing->ends[end]);
	drawing->ends[end] = -1;
}

static void release(struct drawing *drawing)
{
	FILE *files[] = {drawing->text, drawing->complaints, drawing->image};

	for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (files[i])
			fclose(files[i]);
	close_end(drawing, 0);
	close_end(drawing, 1);
	free(drawing->bytes);
}

static void child_streams(const struct drawing *drawing, posix_spawn_file_actions_t *actions)
{
	posix_spawn_file_actions_init(actions);
	posix_spawn_file_actions_adddup2(actions, fileno(drawing->text), STDIN_FILENO);
	posix_spawn_file_actions_adddup2(actions, drawing->ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(actions, fileno(drawing->complaints), STDERR_FILENO);
	posix_spawn_file_actions_addclose(actions, drawing->ends[0]);
	posix_spawn_file_actions_addclose(actions, drawing->ends[1]);
}

/* SIGPIPE and the signals that we hold are as usual for it. */
static void child_signals(posix_spawnattr_t *attributes, const sigset_t *mask)
{
	sigset_t usual;

	posix_spawnattr_init(attributes);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	posix_spawnattr_setsigdefault(attributes, &usual);
	posix_spawnattr_setsigmask(attributes, mask);
	posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
}

/* Gives an errno; 0: it runs. */
static int start(const struct drawing *drawing, enum picture_format format, const sigset_t *mask, pid_t *process)
{
	char svg[] = "-Tsvg", png[] = "-Tpng", fine[] = "-Gdpi=120", name[] = "dot";
	char *for_svg[] = {name, svg, NULL}, *for_png[] = {name, png, fine, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int failure;

	child_streams(drawing, &actions);
	child_signals(&attributes, mask);
	failure = posix_spawnp(process, name, &actions, &attributes, format == PICTURE_PNG ? for_png : for_svg, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return failure;
}

static void take_image(struct drawing *drawing)
{
	char buffer[1 << 14];
	ssize_t count;

	while ((count = read(drawing->ends[0], buffer, sizeof(buffer))) > 0 || (count < 0 && errno == EINTR))
		if (count > 0)
			fwrite(buffer, 1, (size_t)count, drawing->image);
}

/* Its first line, which dot begins with "Error: ". */
static void tell_complaint(const struct drawing *drawing, int status)
{
	char line[256] = "";

	rewind(drawing->complaints);
	if (fgets(line, sizeof(line), drawing->complaints))
		line[strcspn(line, "\n")] = '\0';
	if (WIFSIGNALED(status))
		message("dot was ended by a signal (%s); take --format=dot, or draw less with --top", strsignal(WTERMSIG(status)));
	else
		message("dot could not draw this: %s; --format=dot gives its text", line[0] ? line : "it does not say why");
}

static bool draw(struct drawing *drawing, enum picture_format format, const sigset_t *mask)
{
	pid_t process;
	int status = 0, failure = start(drawing, format, mask, &process);

	if (failure) {
		message("cannot start dot: %s; apt install graphviz, or take --format=dot", strerror(failure));
		return false;
	}
	close_end(drawing, 1);
	take_image(drawing);
	while (waitpid(process, &status, 0) < 0 && errno == EINTR)
		continue;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && fflush(drawing->image) == 0)
		return true;
	tell_complaint(drawing, status);
	return false;
}

/* ---- writing ---- */

static bool write_to(const char *path, const char *bytes, size_t size)
{
	char error[512];
	struct output *output;

	fflush(stdout);
	output = output_open(path, error, sizeof(error));
	if (output) {
		output_write(output, bytes, size);
		if (output_close(output, error, sizeof(error)))
			return true;
	}
	message("%s", error);
	return false;
}

bool picture_write(const struct picture *picture, const char *text, size_t size, const sigset_t *mask)
{
	struct drawing drawing = {.ends = {-1, -1}};
	bool fine = false;

	if (picture->format == PICTURE_DOT)
		return write_to(picture->path, text, size);
	if (!prepare(&drawing, text, size))
		message("cannot make a temporary file for dot: %s; make room in /tmp, or take --format=dot", strerror(errno));
	else
		fine = draw(&drawing, picture->format, mask) && write_to(picture->path, drawing.bytes, drawing.size);
	release(&drawing);
	return fine;
}
