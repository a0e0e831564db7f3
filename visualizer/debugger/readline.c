/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/readline.c - the only file that knows GNU readline (its manual, chapter 2, "Programming with GNU
 * Readline").
 *
 * Readline calls back without an owner, and this house has no globals. But readline keeps one pointer of its user's: the
 * program's name. Ours is the first member of the structure that the callbacks need.
 */
#include "visualizer/debugger/readline.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_READLINE

#include <readline/history.h>
#include <readline/readline.h>
#include <termios.h>

enum { HISTORY_LINES = 1000, CTRL_C = 3, CTRL_Z = 26, CTRL_BACKSLASH = 28 };

struct line_reader {
	char name[16]; /* first: rl_readline_name points here */
	const struct shell *shell;
	char *history;
	bool cancelled;
	/* of the completion that is being made */
	char **match;
	size_t matches, room;
};

static struct line_reader *the_reader(void)
{
	return (struct line_reader *)rl_readline_name;
}

/* ---- keys that are signals elsewhere: the shell holds SIGINT back, so that one never ends it ---- */

static int cancel(int count, int key)
{
	(void)count;
	(void)key;
	the_reader()->cancelled = true;
	fputs("^C\n", rl_outstream); /* now: the end of a line's editing moves the cursor to its beginning */
	rl_replace_line("", 0);
	rl_done = 1;
	return 0;
}

static int suspend(int count, int key)
{
	(void)count;
	(void)key;
	rl_crlf();
	rl_deprep_terminal();
	raise(SIGTSTP);
	rl_prep_term_function(1);
	rl_forced_update_display();
	return 0;
}

static int nothing(int count, int key)
{
	(void)count;
	(void)key;
	return 0;
}

static void prepare_terminal(int meta)
{
	struct termios settings;

	rl_prep_terminal(meta);
	if (tcgetattr(fileno(rl_instream ? rl_instream : stdin), &settings) != 0)
		return;
	settings.c_lflag &= ~(tcflag_t)ISIG;
	tcsetattr(fileno(rl_instream ? rl_instream : stdin), TCSADRAIN, &settings);
}

static void bind_keys(void)
{
	const Keymap maps[] = { emacs_standard_keymap, vi_insertion_keymap, vi_movement_keymap };

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		rl_bind_key_in_map(CTRL_C, cancel, maps[i]);
		rl_bind_key_in_map(CTRL_Z, suspend, maps[i]);
		rl_bind_key_in_map(CTRL_BACKSLASH, nothing, maps[i]);
	}
}

/* ---- completion ---- */

static void take_match(void *owner, const char *word)
{
	struct line_reader *reader = owner;

	if (reader->matches == reader->room) {
		size_t room = reader->room ? 2 * reader->room : 64;
		char **grown = realloc(reader->match, room * sizeof(*grown));

		if (!grown)
			return;
		reader->match = grown;
		reader->room = room;
	}
	reader->match[reader->matches] = strdup(word);
	reader->matches += reader->match[reader->matches] != NULL;
}

/* Readline asks for one after another, and frees them. */
static char *give_match(const char *text, int state)
{
	struct line_reader *reader = the_reader();
	size_t next = (size_t)state;

	(void)text;
	return next < reader->matches ? reader->match[next] : NULL;
}

static char **complete(const char *text, int start, int end)
{
	struct line_reader *reader = the_reader();
	char *line = strndup(rl_line_buffer, (size_t)end), **list, last;

	(void)start;
	rl_attempted_completion_over = 1;
	reader->matches = 0;
	if (!line)
		return NULL;
	shell_complete(reader->shell, line, take_match, reader);
	free(line);
	/* What goes on behind a folder, a prefix or a bracket gets no blank. */
	last = reader->matches == 1 ? reader->match[0][strlen(reader->match[0]) - 1] : ' ';
	rl_completion_append_character = strchr("/.[", last) ? '\0' : ' ';
	list = rl_completion_matches(text, give_match); /* the texts are readline's from here on */
	free(reader->match);
	reader->match = NULL;
	reader->matches = reader->room = 0;
	return list;
}

/* ---- the reader ---- */

struct line_reader *line_reader_new(const struct shell *shell, const char *history)
{
	struct line_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return NULL;
	strcpy(reader->name, "ringside");
	reader->shell = shell;
	reader->history = history ? strdup(history) : NULL;
	rl_readline_name = reader->name;
	rl_outstream = isatty(STDOUT_FILENO) ? stdout : stderr;
	rl_attempted_completion_function = complete;
	rl_basic_word_break_characters = " \t";
	rl_completer_quote_characters = "";
	rl_prep_term_function = prepare_terminal;
	rl_initialize();
	bind_keys();
	using_history();
	stifle_history(HISTORY_LINES);
	if (reader->history)
		read_history(reader->history);
	return reader;
}

void line_reader_free(struct line_reader *reader)
{
	if (!reader)
		return;
	if (reader->history)
		write_history(reader->history);
	clear_history();
	rl_attempted_completion_function = NULL;
	rl_readline_name = "";
	free(reader->history);
	free(reader);
}

static bool is_new(const char *line)
{
	const HIST_ENTRY *last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;

	return line[strspn(line, " \t")] && !(last && strcmp(last->line, line) == 0);
}

char *line_reader_read(struct line_reader *reader, const char *prompt, bool *cancelled)
{
	char *line;

	reader->cancelled = false;
	line = readline(prompt);
	*cancelled = reader->cancelled;
	if (line && is_new(line))
		add_history(line);
	return line;
}

#else

struct line_reader {
	const struct shell *shell;
};

struct line_reader *line_reader_new(const struct shell *shell, const char *history)
{
	struct line_reader *reader = calloc(1, sizeof(*reader));

	(void)history;
	if (reader)
		reader->shell = shell;
	return reader;
}

void line_reader_free(struct line_reader *reader)
{
	free(reader);
}

char *line_reader_read(struct line_reader *reader, const char *prompt, bool *cancelled)
{
	FILE *out = isatty(STDOUT_FILENO) ? reader->shell->out : stderr;
	char *line = NULL;
	size_t room = 0;
	ssize_t length;

	*cancelled = false;
	fputs(prompt, out);
	fflush(out);
	length = getline(&line, &room, stdin);
	if (length >= 0) {
		line[strcspn(line, "\n")] = '\0';
		return line;
	}
	free(line);
	return NULL;
}

#endif
