/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/commands_file.c - commands on files and on the shell itself; help, from the table.
 */
#include "visualizer/debugger/commands.h"

#include "core/nearest.h"
#include "visualizer/debugger/record.h"
#include "visualizer/wrap.h"

#include <string.h>

bool command_save(struct shell *shell, int argc, char **argv)
{
	if (argc > 2)
		return shell_refuse(shell, "save: one file");
	return breaks_save(shell->debugger, argv[1], shell->message, sizeof(shell->message));
}

bool command_record(struct shell *shell, int argc, char **argv)
{
	if (argc > 2)
		return shell_refuse(shell, "%s: one file", argv[0]);
	return debugger_record(shell->debugger, argv[1]) || shell_refuse(shell, "%s", shell->debugger->message);
}

bool command_source(struct shell *shell, int argc, char **argv)
{
	if (argc > 2)
		return shell_refuse(shell, "source: one file");
	return shell_script(shell, argv[1]);
}

bool command_echo(struct shell *shell, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		fprintf(shell->out, "%s%s", i > 1 ? " " : "", argv[i]);
	fputc('\n', shell->out);
	return true;
}

bool command_quit(struct shell *shell, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	shell->quit = true;
	return true;
}

/* ---- help ---- */

enum { SUMMARY_COLUMN = 24 };

static void print_row(FILE *out, const struct shell_command *command)
{
	char name[64];
	int length = snprintf(name, sizeof(name), "  %s%s%s", command->name, command->alias ? ", " : "",
	                      command->alias ? command->alias : "");

	fprintf(out, "%-*s", SUMMARY_COLUMN, name);
	if (length >= SUMMARY_COLUMN)
		fprintf(out, "\n%*s", SUMMARY_COLUMN, "");
	wrap(out, command->summary, SUMMARY_COLUMN, SUMMARY_COLUMN);
}

void shell_help(FILE *out)
{
	const struct shell_command *command;

	for (int group = 0; group < GROUPS; group++) {
		fprintf(out, "%s%s:\n", group ? "\n" : "", command_group_title((enum command_group)group));
		for (size_t i = 0; (command = shell_command_at(i)); i++)
			if (command->group == (enum command_group)group)
				print_row(out, command);
	}
	fputs("\nA command may be shortened as long as it stays the only one; an empty line repeats the\n"
	      "last. `help COMMAND` tells more.\n", out);
}

static void print_subjects(FILE *out)
{
	fputs("Subjects:\n", out);
	for (size_t i = 0; info_subject(i); i++)
		fprintf(out, "  %-12s %s\n", info_subject(i), info_subject_text(i));
}

void shell_help_command(FILE *out, const struct shell_command *command)
{
	fprintf(out, "%s%s%s\n", command->name, command->arguments[0] ? " " : "", command->arguments);
	wrap(out, command->summary, 0, 0);
	if (command->text)
		wrap(out, command->text, 0, 0);
	if (command->alias)
		fprintf(out, "Also: %s\n", command->alias);
	if (command->key)
		fprintf(out, "Keys on a screen: %s\n", command->key);
	if (command->perform == command_info)
		print_subjects(out);
}

static bool refuse_topic(struct shell *shell, const char *word)
{
	const struct shell_command *command;
	struct nearest nearest = nearest_to(word);

	for (size_t i = 0; (command = shell_command_at(i)); i++)
		nearest_offer(&nearest, command->name);
	if (nearest.name)
		return shell_refuse(shell, "no command '%.40s'; did you mean '%s'?", word, nearest.name);
	return shell_refuse(shell, "no command '%.40s'; `help` lists them", word);
}

bool command_help(struct shell *shell, int argc, char **argv)
{
	if (argc == 1)
		shell_help(shell->out);
	for (int i = 1; i < argc; i++) {
		const struct shell_command *command = shell_command_find(argv[i]);

		if (!command)
			return refuse_topic(shell, argv[i]);
		shell_help_command(shell->out, command);
	}
	return true;
}

/* ---- docs/shell.md's reference ---- */

/* `|` ends a cell of a table, and is written so inside one. */
static void cell(FILE *out, const char *text)
{
	for (; *text; text++)
		fprintf(out, *text == '|' ? "\\|" : "%c", *text);
}

static void markdown_row(FILE *out, const struct shell_command *command)
{
	fprintf(out, "| `%s", command->name);
	if (command->arguments[0])
		fputc(' ', out);
	cell(out, command->arguments);
	fprintf(out, "` | %s | ", command->alias ? command->alias : "");
	cell(out, command->key ? command->key : "");
	fputs(" | ", out);
	cell(out, command->summary);
	fputs(" |\n", out);
}

static void markdown_texts(FILE *out, enum command_group group)
{
	const struct shell_command *command;

	for (size_t i = 0; (command = shell_command_at(i)); i++) {
		if (command->group != group || !command->text)
			continue;
		fprintf(out, "\n**%s**: ", command->name);
		for (const char *c = command->text; *c; c++)
			fputs(*c == '\n' ? "\n\n" : (char[]){ *c, '\0' }, out);
		fputc('\n', out);
	}
}

void shell_help_markdown(FILE *out)
{
	const struct shell_command *command;

	for (int group = 0; group < GROUPS; group++) {
		fprintf(out, "%s### %s\n\n| command | also | keys | what it does |\n| --- | --- | --- | --- |\n", group ? "\n" : "",
		        command_group_title((enum command_group)group));
		for (size_t i = 0; (command = shell_command_at(i)); i++)
			if (command->group == (enum command_group)group)
				markdown_row(out, command);
		markdown_texts(out, (enum command_group)group);
		if (group == GROUP_LOOK) {
			fputs("\n| `info` on | |\n| --- | --- |\n", out);
			for (size_t i = 0; info_subject(i); i++)
				fprintf(out, "| `%s` | %s |\n", info_subject(i), info_subject_text(i));
		}
	}
}
