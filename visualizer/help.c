/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/help.c - what --help and `help` print: text wrapped to 80 columns, made from the tables.
 */
#include "visualizer/help.h"

#include "core/event.h"
#include "core/nearest.h"
#include "visualizer/command.h"
#include "visualizer/debugger/shell.h"
#include "visualizer/message.h"
#include "visualizer/options.h"
#include "visualizer/wrap.h"

#include <string.h>

#ifndef RINGSIDE_VERSION
#define RINGSIDE_VERSION "unknown"
#endif

enum { OPTION_COLUMN = 30 };

static void print_option(FILE *out, char letter, const char *name, const char *argument, const char *text)
{
	char left[64];
	int length = snprintf(left, sizeof(left), "  %c%c%c --%s%s%s", letter ? '-' : ' ', letter ? letter : ' ',
	                      letter ? ',' : ' ', name, argument && argument[0] != '[' ? "=" : "", argument ? argument : "");

	if (length + 2 > OPTION_COLUMN)
		fprintf(out, "%s\n%*s", left, OPTION_COLUMN, "");
	else
		fprintf(out, "%-*s", OPTION_COLUMN, left);
	wrap(out, text, OPTION_COLUMN, OPTION_COLUMN);
}

static void print_settings(FILE *out)
{
	fputs("\nThe machine (the same names work in the file of --config, in its section [vm]):\n", out);
	for (size_t i = 0; config_setting(i); i++) {
		const struct config_setting *setting = config_setting(i);

		print_option(out, 0, setting->name, setting->argument, setting->text);
	}
}

static void print_examples(FILE *out, const struct command *command)
{
	fputs("\nExamples:\n", out);
	for (size_t i = 0; i < COMMAND_EXAMPLES && command->example[i].line; i++) {
		fputs("  ringside ", out);
		wrap(out, command->example[i].line, 11, 6);
		fprintf(out, "      %s\n", command->example[i].text);
	}
}

static void print_kinds(FILE *out)
{
	fputs("\nKinds of events, for --filter:\n", out);
	for (int kind = 0; kind < EV_KIND_COUNT; kind++) {
		fprintf(out, "  %-14s ", event_kind_name((enum event_kind)kind));
		wrap(out, event_kind_text((enum event_kind)kind), 17, 17);
	}
}

void help_print_command(FILE *out, const struct command *command)
{
	fprintf(out, "Usage: ringside %s %s\n\n", command->name, command->arguments);
	wrap(out, command->description, 0, 0);
	fputs("\nOptions:\n", out);
	for (size_t i = 0; option_text(i).name; i++) {
		struct option_text text = option_text(i);

		if (text.commands & command->mask)
			print_option(out, text.letter, text.name, text.argument, text.text);
	}
	if (command->settings)
		print_settings(out);
	if (command->mask & FOR_TRACE)
		print_kinds(out);
	print_examples(out, command);
}

void help_print(FILE *out)
{
	fputs("Usage: ringside COMMAND [OPTION]... [ARGUMENT]...\n\n", out);
	wrap(out, "Watch a hypervisor work: runs IA-32 guests under techniques of virtualization and shows "
	     "every privileged instruction as it traps.", 0, 0);
	fputs("\nCommands:\n", out);
	for (size_t i = 0; command_at(i); i++) {
		fprintf(out, "  %-8s ", command_at(i)->name);
		wrap(out, command_at(i)->summary, 11, 11);
	}
	fputs("\n  -h, --help     print this help\n"
	      "  -V, --version  print the version\n"
	      "\nExamples:\n"
	      "  ringside demo                          see what this is about\n"
	      "  ringside run kernel.elf                run a guest\n"
	      "  ringside trace --story -n 3 kernel.elf tell its first three exits\n"
	      "  ringside help run                      all about one command\n"
	      "\nExit status: 0 all well; 1 the guest or the run failed; 2 a mistake in options\n"
	      "or input; 124 the limit in model time was reached.\n", out);
}

void help_print_version(FILE *out)
{
	fputs("ringside " RINGSIDE_VERSION "\n"
	      "License GPL-3.0-or-later: <https://gnu.org/licenses/gpl.html>\n"
	      "This is free software: you are free to change and redistribute it.\n"
	      "There is NO WARRANTY, to the extent permitted by law.\n", out);
}

static int refuse_topic(const char *name)
{
	struct nearest nearest = nearest_to(name);

	for (size_t i = 0; command_at(i); i++)
		nearest_offer(&nearest, command_at(i)->name);
	if (nearest.name)
		message("no command '%s'; did you mean '%s'?", name, nearest.name);
	else
		message("no command '%s'; 'ringside help' lists them", name);
	return STATUS_USAGE;
}

int help_command(const struct options *options)
{
	if (options->man)
		manual_print(stdout);
	else if (options->completion)
		completion_print(stdout);
	else if (options->shell)
		shell_help_markdown(stdout);
	else if (options->word_count == 0)
		help_print(stdout);
	for (int i = 0; i < options->word_count; i++) {
		const struct command *command = command_find(options->words[i]);

		if (!command)
			return refuse_topic(options->words[i]);
		help_print_command(stdout, command);
	}
	return STATUS_OK;
}
