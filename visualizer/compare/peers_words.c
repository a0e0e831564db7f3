/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/peers_words.c - the command line of an engine, for exec and for people.
 */
#include "visualizer/compare/peers_engine.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void words_add(struct words *words, const char *format, ...)
{
	char text[2 * CONFIG_TEXT];
	va_list values;
	int length;

	va_start(values, format);
	length = vsnprintf(text, sizeof(text), format, values);
	va_end(values);
	if (length < 0 || (size_t)length >= sizeof(text) || words->count + 1 >= WORDS || !(words->word[words->count] = strdup(text)))
		words->failed = true;
	else
		words->count++;
}

/* The word without the folder's name wherever that stands. */
static void write_word(FILE *out, const char *word, const char *folder)
{
	char text[2 * CONFIG_TEXT];
	const char *found = *folder ? strstr(word, folder) : NULL;

	if (!found) {
		plan_write_quoted(out, word);
		return;
	}
	snprintf(text, sizeof(text), "%.*s%s", (int)(found - word), word, found + strlen(folder) + 1);
	plan_write_quoted(out, text);
}

static char *written(const struct words *words, const char *folder)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (unsigned i = 0; i < words->count; i++) {
		if (strcmp(words->word[i], "--") == 0)
			continue;
		fputs(i ? " " : "", out);
		write_word(out, words->word[i], folder);
	}
	return fclose(out) == 0 ? text : NULL;
}

bool words_give(struct words *words, const char *folder, struct peers_entry *entry)
{
	entry->arguments = calloc(words->count + 1, sizeof(*entry->arguments));
	entry->command = written(words, folder);
	for (unsigned i = 0; i < words->count; i++) {
		if (entry->arguments)
			entry->arguments[i] = words->word[i];
		else
			free(words->word[i]);
	}
	words->count = 0;
	return !words->failed && entry->arguments && entry->command;
}
