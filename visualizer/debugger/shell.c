/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/shell.c - one line of text to one command performed: words, the table, scripts. Everything that comes
 * from a file, a pipe or a person passes here, so nothing in it may be trusted to be short or text.
 */
#include "visualizer/debugger/shell.h"

#include "core/nearest.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MOST = SHELL_LINE, WORDS_MOST = 64, SCRIPTS_MOST = 8 };

bool shell_refuse(struct shell *shell, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(shell->message, sizeof(shell->message), format, arguments);
	va_end(arguments);
	/* Names come from files and users: none may command the terminal. */
	for (char *c = shell->message; *c; c++)
		if (((unsigned char)*c < ' ' && *c != '\n') || *c == 0x7f)
			*c = '?';
	return false;
}

/* ---- words ---- */

struct words {
	char text[2 * LINE_MOST]; /* a first word that is cut in two needs a zero more */
	char *word[WORDS_MOST + 1];
	int count;
	size_t used;
};

static bool open_word(struct shell *shell, struct words *words)
{
	if (words->count == WORDS_MOST)
		return shell_refuse(shell, "more than %d words; put expressions into fewer of them", WORDS_MOST);
	words->word[words->count++] = words->text + words->used;
	words->word[words->count] = NULL;
	return true;
}

static void put(struct words *words, char c)
{
	words->text[words->used++] = c;
}

/* The character behind a backslash inside quotation marks. */
static char escaped(char c)
{
	switch (c) {
	case 'n': return '\n';
	case 't': return '\t';
	case 'e': return '\033';
	default: return c;
	}
}

/* Copies what stands between quotation marks; gives where it ends, NULL after a message. */
static const char *take_quoted(struct shell *shell, struct words *words, const char *at)
{
	for (at++; *at != '"'; at++) {
		if (*at == '\\' && at[1])
			put(words, escaped(*++at));
		else if (*at)
			put(words, *at);
		else {
			shell_refuse(shell, "a quotation mark is not closed");
			return NULL;
		}
	}
	return at + 1;
}

static const char *take_word(struct shell *shell, struct words *words, const char *at)
{
	if (!open_word(shell, words))
		return NULL;
	while (at && *at && !isspace((unsigned char)*at)) {
		if (*at == '"')
			at = take_quoted(shell, words, at);
		else
			put(words, *at++);
	}
	put(words, '\0');
	return at;
}

/* "x/4i" is the command x with the format /4i. */
static bool cut_format(struct shell *shell, struct words *words)
{
	char *slash = words->count ? strchr(words->word[0], '/') : NULL;
	char *format = words->text + words->used;

	if (!slash || slash == words->word[0])
		return true;
	if (words->count == WORDS_MOST)
		return shell_refuse(shell, "more than %d words", WORDS_MOST);
	strcpy(format, slash);
	*slash = '\0';
	memmove(words->word + 2, words->word + 1, (size_t)words->count * sizeof(words->word[0]));
	words->word[1] = format;
	words->count++;
	return true;
}

static bool split(struct shell *shell, struct words *words, const char *line)
{
	words->count = 0;
	words->used = 0;
	words->word[0] = NULL;
	if (strlen(line) >= LINE_MOST)
		return shell_refuse(shell, "the line is longer than %d characters", LINE_MOST - 1);
	for (;;) {
		while (isspace((unsigned char)*line))
			line++;
		if (!*line || *line == '#')
			return cut_format(shell, words);
		line = take_word(shell, words, line);
		if (!line)
			return false;
	}
}

/* ---- the command ---- */

/* The commands whose names begin so: the only one, or NULL and `names` lists several. */
static const struct shell_command *by_beginning(const char *word, char *names, size_t size)
{
	const struct shell_command *found = NULL, *command;
	size_t used = 0;

	names[0] = '\0';
	for (size_t i = 0; (command = shell_command_at(i)); i++) {
		if (strncmp(command->name, word, strlen(word)) != 0)
			continue;
		if (used < size)
			used += (size_t)snprintf(names + used, size - used, "%s%s", used ? ", " : "", command->name);
		found = found ? found : command;
	}
	return names[0] && !strchr(names, ',') ? found : NULL;
}

static const struct shell_command *refuse_command(struct shell *shell, const char *word, const char *several)
{
	const struct shell_command *command;
	struct nearest nearest = nearest_to(word);

	for (size_t i = 0; (command = shell_command_at(i)); i++)
		nearest_offer(&nearest, command->name);
	if (several[0])
		shell_refuse(shell, "'%.40s' may be %s", word, several);
	else if (nearest.name)
		shell_refuse(shell, "no command '%.40s'; did you mean '%s'?", word, nearest.name);
	else
		shell_refuse(shell, "no command '%.40s'; `help` lists them", word);
	return NULL;
}

static const struct shell_command *choose(struct shell *shell, const char *word)
{
	const struct shell_command *command = shell_command_find(word);
	char several[200];

	if (!command && strlen(word) == 1)
		command = shell_command_for_key(word);
	if (!command && word[0])
		command = by_beginning(word, several, sizeof(several));
	return command ? command : refuse_command(shell, word, word[0] ? several : "");
}

/* How many words a command needs: those of its arguments that stand in no brackets, up to the first that does. */
static bool enough_words(struct shell *shell, const struct shell_command *command, int argc)
{
	const char *at = command->arguments;
	int needed = 0;

	if (!*at && argc > 1)
		return shell_refuse(shell, "%s takes no arguments", command->name);
	while (*at && *at != '[') {
		needed++;
		at += strcspn(at, " ");
		at += strspn(at, " ");
		if (*at == '|' || *at == '=')
			break;
	}
	if (argc - 1 >= needed)
		return true;
	return shell_refuse(shell, "%s needs more: %s %s", command->name, command->name, command->arguments);
}

static bool on_screen(struct shell *shell, const struct shell_command *command, int argc, char **argv)
{
	if (!shell->screen.perform)
		return shell_refuse(shell, "%s needs a screen, which `ringside tui` has", command->name);
	argv[0] = (char *)command->name;
	if (shell->screen.perform(shell->screen.owner, command->name, argc, argv))
		return true;
	return shell->message[0] ? false : shell_refuse(shell, "%s: the screen cannot do that", command->name);
}

static bool perform(struct shell *shell, int argc, char **argv)
{
	const struct shell_command *command = choose(shell, argv[0]);

	if (!command)
		return false;
	if (!enough_words(shell, command, argc))
		return false;
	if (command->moves && shell->debugger->readonly)
		return shell_refuse(shell, "%s: this view is read-only", command->name);
	if (!command->perform)
		return on_screen(shell, command, argc, argv);
	argv[0] = (char *)command->name; /* performers that several names share look at it */
	return command->perform(shell, argc, argv);
}

static void remember(struct shell *shell, const char *line)
{
	if (strlen(line) < sizeof(shell->last))
		strcpy(shell->last, line);
	else
		shell->last[0] = '\0';
}

bool shell_perform(struct shell *shell, const char *line)
{
	struct words *words = malloc(sizeof(*words));
	bool fine;

	shell->message[0] = '\0';
	if (!words)
		return shell_refuse(shell, "not enough memory; close other programs");
	fine = split(shell, words, line);
	if (fine && words->count) {
		if (!shell->depth)
			remember(shell, line);
		fine = perform(shell, words->count, words->word);
	}
	free(words);
	return fine;
}

bool shell_repeat(struct shell *shell)
{
	char line[sizeof(shell->last)];
	char *word = line;

	strcpy(line, shell->last);
	/* `x` and `disas` go on where they ended, in the form they had. */
	word += strspn(word, " \t");
	if (strncmp(word, "x", 1) == 0 && strchr(" \t/", word[1]))
		return shell_perform(shell, "x");
	if (strncmp(word, "disas", 5) == 0)
		return shell_perform(shell, "disas +");
	return shell_perform(shell, line);
}

/* ---- scripts ---- */

/* What a command said, with the line before it: "file:3: ...". */
static bool refuse_line(struct shell *shell, const char *path, unsigned long line)
{
	char message[sizeof(shell->message)];

	strcpy(message, shell->message);
	return shell_refuse(shell, "%.100s:%lu: %s", path, line, message);
}

bool shell_read_line(FILE *file, char line[SHELL_LINE], const char **trouble)
{
	size_t used = 0;
	int c;

	*trouble = NULL;
	while ((c = getc(file)) != EOF && c != '\n') {
		if (c == '\0')
			*trouble = "a line with a zero byte: this is no text";
		else if (used + 1 == SHELL_LINE)
			*trouble = "the line is longer than a command can be (2047 characters)";
		if (*trouble)
			return false;
		line[used++] = (char)c;
	}
	line[used] = '\0';
	return c != EOF || used;
}

static bool perform_lines(struct shell *shell, FILE *file, const char *path)
{
	char *line = malloc(SHELL_LINE);
	const char *trouble = NULL;
	unsigned long number = 1;
	bool fine = line != NULL || shell_refuse(shell, "not enough memory; close other programs");

	for (; fine && !shell->quit && !ferror(shell->out) && shell_read_line(file, line, &trouble); number++)
		fine = shell_perform(shell, line) || refuse_line(shell, path, number);
	free(line);
	if (fine && trouble) {
		shell_refuse(shell, "%s", trouble);
		return refuse_line(shell, path, number);
	}
	if (fine && ferror(file))
		return shell_refuse(shell, "'%.100s' cannot be read to its end: %s", path, strerror(errno));
	return fine;
}

bool shell_script(struct shell *shell, const char *path)
{
	bool standard = strcmp(path, "-") == 0, fine;
	FILE *file = standard ? stdin : fopen(path, "r");

	if (!file)
		return shell_refuse(shell, "cannot read the script '%.100s': %s", path, strerror(errno));
	if (shell->depth == SCRIPTS_MOST) {
		fine = shell_refuse(shell, "'%.100s': scripts read scripts %d deep, and that is the most", path, SCRIPTS_MOST);
	} else {
		shell->depth++;
		fine = perform_lines(shell, file, standard ? "standard input" : path);
		shell->depth--;
	}
	if (!standard)
		fclose(file);
	return fine;
}
