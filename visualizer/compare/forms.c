/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/forms.c - forms by name or by the end of a file's name; reports written as a whole or not at all.
 */
#include "visualizer/compare/forms.h"

#include "core/output.h"
#include "visualizer/message.h"
#include "visualizer/options.h"
#include "visualizer/style.h"

#include <stdlib.h>
#include <string.h>

enum { NOTES = 64 };

/* "reasons.csv" stands before "csv", which it ends with. */
static const char *const endings[FORM_COUNT] = { "txt", "html", "md", "reasons.csv", "csv", "json", "gp" };

bool form_ends_with(const char *path, const char *ending)
{
	size_t length = strlen(path), behind = strlen(ending);

	return length > behind && path[length - behind - 1] == '.' && strcmp(path + length - behind, ending) == 0;
}

static bool form_of_file(const char *path, enum form *form)
{
	for (*form = 0; *form < FORM_COUNT; (*form)++)
		if (form_ends_with(path, endings[*form]))
			return true;
	message("--output: the name '%s' does not say what to write; let it end in .html, .md, .csv, .reasons.csv, .json, .gp "
	        "or .txt", path);
	return false;
}

static bool form_of_name(const char *name, enum form *form)
{
	for (*form = 0; *form < FORM_COUNT; (*form)++)
		if (strcmp(name, endings[*form]) == 0)
			return true;
	message("--format: no form '%s'; there are html, md, csv, reasons.csv, json, gp and txt", name);
	return false;
}

bool forms_check(const struct options *options, enum form *form)
{
	enum form any;

	for (size_t i = 0; i < options->outputs.count; i++)
		if (!form_of_file(options->outputs.text[i], &any))
			return false;
	*form = FORM_TEXT;
	return !options->format || form_of_name(options->format, form);
}

bool forms_want(const struct options *options, enum form form)
{
	enum form any = FORM_TEXT;

	if (options->format && form_of_name(options->format, &any) && any == form)
		return true;
	for (size_t i = 0; i < options->outputs.count; i++)
		if (form_of_file(options->outputs.text[i], &any) && any == form)
			return true;
	return false;
}

/* Made in memory first: a file is written as a whole, or a message says why not. */
static bool write_report(const struct form_source *source, enum form form, const char *path, bool full, unsigned width)
{
	char *text = NULL, error[512] = "not enough memory for a report; close other programs";
	size_t size;
	FILE *memory = open_memstream(&text, &size);
	bool made = memory && source->write(source->of, form, full, width, memory), written = false;
	struct output *output;

	made &= memory && fclose(memory) == 0;
	if (made) {
		fflush(stdout);
		output = output_open(path, error, sizeof(error));
		if (output) {
			output_write(output, text, size);
			written = output_close(output, error, sizeof(error));
		}
	}
	if (!written)
		message("%s", error);
	free(text);
	return written;
}

/* False: something that was asked for is missing; said in a line each. */
static bool tell_failures(const struct form_source *source)
{
	struct note *notes = calloc(NOTES, sizeof(*notes));
	unsigned count = notes ? source->notes(source->of, notes, NOTES) : 0;
	unsigned untold = count > NOTES ? count - NOTES : 0;
	bool fine = notes != NULL && !untold;

	for (unsigned i = 0; i < count && i < NOTES; i++) {
		if (notes[i].wrong)
			message("%s", notes[i].text);
		fine &= !notes[i].wrong;
	}
	if (untold)
		message("and %u more runs like these", untold);
	free(notes);
	return fine;
}

static bool write_reports(const struct form_source *source, const struct options *options, enum form form)
{
	bool written = write_report(source, form, "-", options->full, style_columns());

	for (size_t i = 0; i < options->outputs.count; i++) {
		enum form its = FORM_TEXT;

		form_of_file(options->outputs.text[i], &its);
		written &= write_report(source, its, options->outputs.text[i], true, 1000);
	}
	return written;
}

int forms_report(const struct form_source *source, const struct options *options, enum form form)
{
	bool written = write_reports(source, options, form), fine = tell_failures(source);

	return written && fine ? STATUS_OK : STATUS_FAILED;
}
