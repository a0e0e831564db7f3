/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/shell_rig.c - see shell_rig.h.
 */
#include "tests/visualizer/shell_rig.h"

#include "visualizer/command.h"
#include "visualizer/message.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS = 16 };

bool shell_rig_open(struct shell_rig *rig, const char *const *words)
{
	char *argv[WORDS + 2] = { (char *)"shell" };
	int argc = 1;

	for (; words[argc - 1] && argc <= WORDS; argc++)
		argv[argc] = (char *)words[argc - 1];
	if (options_parse(&rig->options, command_find("shell"), argc, argv) != STATUS_OK)
		return false;
	/* getopt's own array goes away here: the guest's words are static or the rig's. */
	rig->options.words = malloc(sizeof(char *) * (size_t)(rig->options.word_count + 1));
	for (int i = 0; i < rig->options.word_count; i++)
		rig->options.words[i] = argv[argc - rig->options.word_count + i];
	if (debugger_open(&rig->debugger, &rig->options, 0) != STATUS_OK) {
		free(rig->options.words);
		return false;
	}
	rig->shell = (struct shell){ .debugger = &rig->debugger };
	rig->text = NULL;
	return true;
}

bool shell_rig_flat(struct shell_rig *rig, const char *technique, const void *code, size_t size)
{
	const char *const words[] = { "--boot=flat", "--technique", technique, "--memory=16M", rig->guest, NULL };
	int file;

	memset(rig, 0, sizeof(*rig));
	strcpy(rig->guest, "/tmp/ringside-rig-XXXXXX");
	file = mkstemp(rig->guest);
	if (file < 0 || write(file, code, size) != (ssize_t)size || close(file) != 0)
		return false;
	return shell_rig_open(rig, words);
}

bool shell_rig_kernel(struct shell_rig *rig, const char *technique)
{
	static const char kernel[] = "build/guests/kernel.elf";
	const char *const words[] = { "--technique", technique, "--memory=16M", kernel, "workload=forkwait", "n=2", NULL };

	memset(rig, 0, sizeof(*rig));
	if (access(kernel, R_OK) != 0) {
		printf("skipped the lab kernel: it has not been built\n");
		return false;
	}
	return shell_rig_open(rig, words);
}

void shell_rig_close(struct shell_rig *rig)
{
	debugger_close(&rig->debugger);
	free(rig->options.words);
	free(rig->text);
	if (rig->guest[0])
		unlink(rig->guest);
}

static void begin_output(struct shell_rig *rig)
{
	free(rig->text);
	rig->text = NULL;
	rig->shell.out = open_memstream(&rig->text, &rig->size);
}

static bool end_output(struct shell_rig *rig, bool fine)
{
	fclose(rig->shell.out);
	rig->shell.out = NULL;
	return fine;
}

bool shell_rig_perform(struct shell_rig *rig, const char *line)
{
	begin_output(rig);
	return end_output(rig, shell_perform(&rig->shell, line));
}

bool shell_rig_repeat(struct shell_rig *rig)
{
	begin_output(rig);
	return end_output(rig, shell_repeat(&rig->shell));
}

bool shell_rig_prints(struct shell_rig *rig, const char *line, const char *part)
{
	bool fine = shell_rig_perform(rig, line);

	if (fine && strstr(rig->text, part))
		return true;
	printf("'%s' printed '%s', message '%s', not '%s'\n", line, rig->text, rig->shell.message, part);
	return false;
}

bool shell_rig_refuses(struct shell_rig *rig, const char *line, const char *part)
{
	bool fine = shell_rig_perform(rig, line);

	if (!fine && strstr(rig->shell.message, part))
		return true;
	printf("'%s' %s '%s', not '%s'\n", line, fine ? "printed" : "was refused:", fine ? rig->text : rig->shell.message, part);
	return false;
}
