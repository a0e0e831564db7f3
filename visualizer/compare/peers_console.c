/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/peers_console.c - lines made of bytes; carriage returns are dropped, for consoles differ in them.
 */
#include "visualizer/compare/peers_console.h"

#include "core/json.h"
#include "core/number.h"
#include "core/refuse.h"

#include <stdlib.h>
#include <string.h>

/* ---- patterns ---- */

static bool make(regex_t *made, bool *has, const char *name, const char *text, char *error, size_t error_size)
{
	char why[128];
	int code = text ? regcomp(made, text, REG_EXTENDED | REG_NOSUB) : 0;

	*has = text && code == 0;
	if (code == 0)
		return true;
	regerror(code, made, why, sizeof(why));
	return refuse(error, error_size, "--%s: '%s' is no regular expression: %s", name, text, why);
}

bool patterns_make(struct patterns *patterns, const struct peers_options *options, char *error, size_t error_size)
{
	memset(patterns, 0, sizeof(*patterns));
	if (make(&patterns->since, &patterns->has_since, "since", options->since, error, error_size) &&
	    make(&patterns->until, &patterns->has_until, "until", options->until, error, error_size) &&
	    make(&patterns->lines, &patterns->has_lines, "same-lines", options->lines, error, error_size))
		return true;
	patterns_free(patterns);
	return false;
}

void patterns_free(struct patterns *patterns)
{
	if (patterns->has_since)
		regfree(&patterns->since);
	if (patterns->has_until)
		regfree(&patterns->until);
	if (patterns->has_lines)
		regfree(&patterns->lines);
	memset(patterns, 0, sizeof(*patterns));
}

static bool matches(bool has, const regex_t *pattern, const char *line)
{
	return has && regexec(pattern, line, 0, NULL, 0) == 0;
}

/* ---- lines ---- */

static void gather(struct console *console)
{
	struct peers_reference *reference = console->gathers;
	char **grown = reference->lines < CONSOLE_LINES ?
	               realloc(reference->line, (reference->lines + 1) * sizeof(*reference->line)) : NULL;

	if (grown)
		reference->line = grown;
	if (!grown || !(reference->line[reference->lines] = strdup(console->line)))
		console->failed = true;
	else
		reference->lines++;
}

static void compare(struct console *console)
{
	const struct peers_reference *expected = console->expected;

	if (console->same == expected->lines) {
		console->wrong = true;
		snprintf(console->message, sizeof(console->message), "its console has a line too many: '%.80s'", console->line);
	} else if (strcmp(console->line, expected->line[console->same]) != 0) {
		console->wrong = true;
		snprintf(console->message, sizeof(console->message), "its console says '%.80s' in place of '%.80s'", console->line,
		         expected->line[console->same]);
	} else {
		console->same++;
	}
}

/* What Ringside says of the run itself (visualizer/summary.h) stands behind all that the guest says. */
static bool take_summary(struct console *console)
{
	struct peers_reference *reference = console->gathers;
	char *summary = reference ? strstr(console->line, "{\"technique\":") : NULL, code[32];
	uint64_t number = 0;

	if (!summary)
		return false;
	if (json_find(summary, "exit_code", code, sizeof(code)) && number_parse(code, &number))
		reference->exit_code = (unsigned)number;
	if (!json_find(summary, "end", reference->end, sizeof(reference->end)))
		reference->end[0] = '\0';
	*summary = '\0';
	return true;
}

static void take_line(struct console *console, double now)
{
	const struct patterns *patterns = console->patterns;

	console->line[console->length] = '\0';
	console->length = 0;
	if (take_summary(console) && !*console->line)
		return;
	if (console->wrong || console->failed || console->end > 0)
		return;
	if (!patterns->has_lines || matches(true, &patterns->lines, console->line)) {
		if (console->gathers)
			gather(console);
		else
			compare(console);
	}
	if (console->begin <= 0 && matches(patterns->has_since, &patterns->since, console->line))
		console->begin = now;
	else if (matches(patterns->has_until, &patterns->until, console->line))
		console->end = now;
}

void console_take(struct console *console, const char *bytes, size_t count, double now)
{
	for (size_t i = 0; i < count; i++) {
		if (bytes[i] == '\n')
			take_line(console, now);
		else if (bytes[i] != '\r' && bytes[i] != '\0' && console->length + 1 < CONSOLE_LINE)
			console->line[console->length++] = bytes[i];
	}
}

void console_close(struct console *console, double now)
{
	if (console->length)
		take_line(console, now);
}

bool console_complete(const struct console *console)
{
	return console->expected && console->same == console->expected->lines && !console->length;
}

void reference_free(struct peers_reference *reference)
{
	for (unsigned i = 0; i < reference->lines; i++)
		free(reference->line[i]);
	free(reference->line);
	memset(reference, 0, sizeof(*reference));
}
