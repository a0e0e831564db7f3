/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/shell.c - the command `shell`: commands for one guest from the command line, scripts, a terminal or a pipe.
 *
 * In a terminal Ctrl-C belongs to the shell: SIGINT is held back and asked for between two slices of a motion, so that it ends
 * the motion and nothing else.
 */
#include "visualizer/debugger/shell.h"

#include "visualizer/command.h"
#include "visualizer/debugger/keep.h"
#include "visualizer/debugger/readline.h"
#include "visualizer/debugger/record.h"
#include "visualizer/debugger/tell.h"
#include "visualizer/message.h"
#include "visualizer/style.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct sitting {
	struct debugger debugger;
	struct shell shell;
	const struct options *options;
	bool terminal;           /* a person types */
	bool visit;              /* of a guest that goes on elsewhere */
	char session[KEEP_PATH]; /* the file of breakpoints; "": none */
	sigset_t interrupt, saved_mask;
};

/* ---- Ctrl-C ---- */

static bool interrupted(void *owner)
{
	static const struct timespec at_once = { 0, 0 };
	const struct sitting *sitting = owner;

	return sigtimedwait(&sitting->interrupt, NULL, &at_once) > 0;
}

static void hold_interrupts(struct sitting *sitting)
{
	sigemptyset(&sitting->interrupt);
	sigaddset(&sitting->interrupt, SIGINT);
	sigprocmask(SIG_BLOCK, &sitting->interrupt, &sitting->saved_mask);
	sitting->shell.interrupted = interrupted;
	sitting->shell.owner = sitting;
}

/* ---- what is wrong ---- */

/* A sentence as every message; behind it the lines that show the place. */
static void complain(const struct shell *shell)
{
	size_t first = strcspn(shell->message, "\n");

	fflush(shell->out);
	message("%.*s", (int)first, shell->message);
	if (shell->message[first])
		fprintf(stderr, "%s\n", shell->message + first + 1);
}

/* ---- breakpoints of the last time ---- */

static bool choose_session(struct sitting *sitting)
{
	const struct options *options = sitting->options;

	sitting->session[0] = '\0';
	if (options->session && options->no_session) {
		message("--session and --no-session: one or the other");
		return false;
	}
	if (options->session)
		snprintf(sitting->session, sizeof(sitting->session), "%s", options->session);
	else if (sitting->terminal && !options->no_session && !keep_session_path(&sitting->debugger, sitting->session))
		sitting->session[0] = '\0';
	return true;
}

static void load_session(struct sitting *sitting)
{
	unsigned left_out, loaded;

	if (!sitting->session[0])
		return;
	loaded = keep_load(&sitting->shell, sitting->session, &left_out);
	if (loaded)
		fprintf(sitting->shell.out, "%u breakpoint%s from the last session (%s; --no-session leaves them out)\n", loaded,
		        loaded == 1 ? "" : "s", sitting->session);
	if (left_out)
		message("%u line%s of '%s' could not be performed again: the guest may have changed", left_out,
		        left_out == 1 ? "" : "s", sitting->session);
}

static bool save_session(struct sitting *sitting)
{
	if (!sitting->session[0] || keep_save(&sitting->shell, sitting->session))
		return true;
	complain(&sitting->shell);
	return false;
}

/* ---- commands ---- */

static bool over(const struct sitting *sitting)
{
	return sitting->shell.quit || ferror(sitting->shell.out);
}

/* Those of the command line. */
static bool perform_tasks(struct sitting *sitting)
{
	const struct tasks *tasks = &sitting->options->tasks;

	for (size_t i = 0; i < tasks->count && !over(sitting); i++) {
		const char *text = tasks->task[i].text;
		bool fine = tasks->task[i].script ? shell_script(&sitting->shell, text) : shell_perform(&sitting->shell, text);

		if (fine)
			continue;
		complain(&sitting->shell);
		return false;
	}
	return true;
}

/* On a visit `continue` goes back to where the guest runs. */
static bool goes_back(const struct sitting *sitting, const char *line)
{
	const struct shell_command *command;
	char word[16];

	if (!sitting->visit || sscanf(line, " %15s", word) != 1)
		return false;
	command = shell_command_find(word);
	return command && strcmp(command->name, "continue") == 0;
}

static int read_terminal(struct sitting *sitting)
{
	char history[KEEP_PATH];
	struct line_reader *reader = line_reader_new(&sitting->shell, keep_path("history", history) ? history : NULL);
	bool cancelled = false;

	while (reader && !over(sitting)) {
		char *line = line_reader_read(reader, "(ringside) ", &cancelled);
		bool fine = true;

		if (!line) {
			fputc('\n', sitting->shell.out); /* behind the prompt */
			break;
		}
		if (goes_back(sitting, line)) {
			free(line);
			break;
		}
		(void)interrupted(sitting); /* one that came at the prompt is no wish to stop what follows */
		if (line[0])
			fine = shell_perform(&sitting->shell, line);
		else if (!cancelled)
			fine = shell_repeat(&sitting->shell);
		if (!fine)
			complain(&sitting->shell);
		fflush(sitting->shell.out);
		free(line);
	}
	line_reader_free(reader);
	return STATUS_OK;
}

static int read_pipe(struct sitting *sitting)
{
	if (over(sitting) || shell_script(&sitting->shell, "-"))
		return STATUS_OK;
	complain(&sitting->shell);
	return STATUS_USAGE;
}

static void greet(struct sitting *sitting)
{
	if (sitting->terminal)
		fputs("`help` lists the commands, Tab completes, an empty line repeats, `quit` ends.\n", sitting->shell.out);
	if (sitting->terminal || sitting->shell.flat)
		tell_stop(&sitting->shell);
}

static int converse(struct sitting *sitting)
{
	int status = STATUS_OK;

	load_session(sitting);
	greet(sitting);
	if (!perform_tasks(sitting))
		status = STATUS_USAGE;
	/* A person may mend what went wrong; a script may not go on. */
	if (sitting->terminal)
		status = read_terminal(sitting);
	else if (status == STATUS_OK)
		status = read_pipe(sitting);
	if (!save_session(sitting) && status == STATUS_OK)
		status = STATUS_FAILED;
	return status;
}

static int sit(struct sitting *sitting)
{
	int status = debugger_open(&sitting->debugger, sitting->options, 0);

	if (status != STATUS_OK)
		return status;
	sitting->shell = (struct shell){ .debugger = &sitting->debugger, .out = stdout, .flat = sitting->options->flat };
	sitting->terminal = isatty(STDIN_FILENO);
	if (sitting->terminal)
		hold_interrupts(sitting);
	status = choose_session(sitting) ? converse(sitting) : STATUS_USAGE;
	if (!record_finish(&sitting->debugger) && status == STATUS_OK)
		status = STATUS_FAILED;
	debugger_close(&sitting->debugger);
	if (sitting->terminal)
		sigprocmask(SIG_SETMASK, &sitting->saved_mask, NULL);
	return status;
}

bool shell_visit(struct debugger *debugger)
{
	struct sitting *sitting = calloc(1, sizeof(*sitting));
	bool quit = false;

	if (!sitting) {
		message("not enough memory; close other programs");
		return false;
	}
	sitting->visit = true;
	sitting->shell = (struct shell){ .debugger = debugger, .out = stdout };
	hold_interrupts(sitting);
	fputs("\nThe guest stands still. `continue` or Ctrl-D goes back to its console, `help` lists the commands, `quit` ends the run.\n",
	      stdout);
	tell_stop(&sitting->shell);
	read_terminal(sitting);
	(void)interrupted(sitting);
	sigprocmask(SIG_SETMASK, &sitting->saved_mask, NULL);
	quit = sitting->shell.quit;
	free(sitting);
	return quit;
}

int shell_command(const struct options *options)
{
	struct sitting *sitting;
	int status;

	if (!style_known(options->color)) {
		message("--color: no kind '%s'; there are auto, always and never", options->color);
		return STATUS_USAGE;
	}
	sitting = calloc(1, sizeof(*sitting));
	if (!sitting) {
		message("not enough memory; close other programs");
		return STATUS_FAILED;
	}
	sitting->options = options;
	status = sit(sitting);
	free(sitting);
	return status;
}
