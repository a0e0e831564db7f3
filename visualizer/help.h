/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/help.h - help, version, manual page and shell completion, from the command table.
 */
#ifndef RINGSIDE_VISUALIZER_HELP_H
#define RINGSIDE_VISUALIZER_HELP_H

#include <stdio.h>

struct command;

void help_print(FILE *out);
void help_print_version(FILE *out);
void help_print_command(FILE *out, const struct command *command);

/* manual.c: man(7) source, and completion rules for bash. */
void manual_print(FILE *out);
void completion_print(FILE *out);

#endif
