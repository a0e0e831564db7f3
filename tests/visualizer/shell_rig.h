/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/shell_rig.h - a guest with a debugger and a shell around it, whose output is text.
 */
#ifndef RINGSIDE_TESTS_VISUALIZER_SHELL_RIG_H
#define RINGSIDE_TESTS_VISUALIZER_SHELL_RIG_H

#include "visualizer/debugger/shell.h"

struct shell_rig {
	struct options options;
	struct debugger debugger;
	struct shell shell;
	char *text; /* what the last command printed */
	size_t size;
	char guest[64]; /* a temporary file; "": none */
};

/* With the words of a command line behind `ringside shell`, which end with NULL. False after saying why. */
bool shell_rig_open(struct shell_rig *rig, const char *const *words);
/* A flat 32-bit guest of these bytes, at 00100000, under a technique. */
bool shell_rig_flat(struct shell_rig *rig, const char *technique, const void *code, size_t size);
/* The lab kernel under a technique; false, and "skipped" is said, when it has not been built. */
bool shell_rig_kernel(struct shell_rig *rig, const char *technique);
void shell_rig_close(struct shell_rig *rig);

/* Performs a line; rig->text is what it printed, rig->shell.message what was wrong. */
bool shell_rig_perform(struct shell_rig *rig, const char *line);
/* What an empty line at a prompt does. */
bool shell_rig_repeat(struct shell_rig *rig);
/* It succeeds and prints `part`. What happened instead is printed. */
bool shell_rig_prints(struct shell_rig *rig, const char *line, const char *part);
/* It fails, with `part` in its message. */
bool shell_rig_refuses(struct shell_rig *rig, const char *line, const char *part);

#endif
