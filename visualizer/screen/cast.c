/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/cast.c - frames into asciinema's format (docs.asciinema.org, "asciicast v2"). A screen of another size
 * is told with an "r" line, which players of that version know.
 */
#include "visualizer/screen/cast.h"

#include "core/json.h"
#include "core/output.h"
#include "visualizer/screen/ansi.h"

#include <stdlib.h>
#include <string.h>

struct cast {
	struct output *output;
	char path[256];
	struct grid shown;
	int width, height; /* of the last frame */
};

static void write_header(struct cast *cast)
{
	struct json json = json_on(cast->output);

	json_open_object(&json, NULL);
	json_put_number(&json, "version", 2);
	json_put_number(&json, "width", (uint64_t)cast->width);
	json_put_number(&json, "height", (uint64_t)cast->height);
	json_put_string(&json, "title", "Ringside");
	json_open_object(&json, "env");
	json_put_string(&json, "TERM", "xterm-256color");
	json_close_object(&json);
	json_close_object(&json);
	json_end_line(&json);
}

struct cast *cast_open(const char *path, int width, int height, char *error, size_t error_size)
{
	struct cast *cast = calloc(1, sizeof(*cast));

	if (!cast) {
		snprintf(error, error_size, "no memory for a recording");
		return NULL;
	}
	snprintf(cast->path, sizeof(cast->path), "%s", path);
	cast->width = width;
	cast->height = height;
	cast->output = output_open(path, error, error_size);
	if (!cast->output) {
		free(cast);
		return NULL;
	}
	write_header(cast);
	return cast;
}

static void write_line(struct cast *cast, double seconds, const char *code, const char *text)
{
	struct json json = json_on(cast->output);

	output_format(cast->output, "[%.6f, \"%s\", ", seconds, code);
	json_put_string(&json, NULL, text);
	output_text(cast->output, "]\n");
}

static void follow_size(struct cast *cast, double seconds, const struct grid *grid)
{
	char text[32];

	if (grid->width == cast->width && grid->height == cast->height)
		return;
	cast->width = grid->width;
	cast->height = grid->height;
	snprintf(text, sizeof(text), "%dx%d", cast->width, cast->height);
	write_line(cast, seconds, "r", text);
}

static bool same_screen(const struct grid *a, const struct grid *b)
{
	size_t cells = (size_t)a->width * (size_t)a->height;

	if (a->width != b->width || a->height != b->height)
		return false;
	for (size_t i = 0; i < cells; i++)
		if (a->cell[i].glyph != b->cell[i].glyph || a->cell[i].role != b->cell[i].role)
			return false;
	return true;
}

void cast_frame(struct cast *cast, double seconds, const struct grid *grid, const struct theme *theme)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out;

	if (same_screen(grid, &cast->shown))
		return;
	follow_size(cast, seconds, grid);
	out = open_memstream(&text, &size);
	if (!out)
		return;
	ansi_draw(out, grid, &cast->shown, theme, false);
	if (fclose(out) == 0)
		write_line(cast, seconds, "o", text);
	free(text);
}

const char *cast_path(const struct cast *cast)
{
	return cast->path;
}

bool cast_close(struct cast *cast, char *error, size_t error_size)
{
	bool fine = output_close(cast->output, error, error_size);

	grid_free(&cast->shown);
	free(cast);
	return fine;
}
