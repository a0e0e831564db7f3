/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/readline.h - lines typed at a prompt: with GNU readline where the program was built with it (editing,
 * completion, history), else as the terminal gives them. Only readline.c knows which.
 */
#ifndef RINGSIDE_VISUALIZER_DEBUGGER_READLINE_H
#define RINGSIDE_VISUALIZER_DEBUGGER_READLINE_H

#include "visualizer/debugger/shell.h"

struct line_reader;

/* For a terminal on standard input. `history`: the file of the lines typed before; NULL: none is kept. NULL: no memory. One
 * at a time: readline itself has but one. */
struct line_reader *line_reader_new(const struct shell *shell, const char *history);
void line_reader_free(struct line_reader *reader); /* writes the history; NULL is fine */
/* The next line, which the caller frees; NULL: the end (Ctrl-D, or the terminal is gone). `cancelled`: Ctrl-C was typed, and the
 * line is empty. */
char *line_reader_read(struct line_reader *reader, const char *prompt, bool *cancelled);

#endif
