/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/manual.c - the manual page's source (man(7) macros) and completion rules for bash, both
 * made from the command table, so that neither can fall behind the program.
 */
#include "core/event.h"
#include "visualizer/command.h"
#include "visualizer/debugger/shell.h"
#include "visualizer/help.h"
#include "visualizer/options.h"

#include <string.h>

#ifndef RINGSIDE_VERSION
#define RINGSIDE_VERSION "unknown"
#endif

/* ---- manual page ---- */

/* Text with roff's own characters made harmless. `start`: at the beginning of a line. */
static void roff(FILE *out, const char *text)
{
	bool start = true;

	for (; *text; text++) {
		if (start && (*text == '.' || *text == '\''))
			fputs("\\&", out);
		start = *text == '\n';
		if (*text == '-')
			fputs("\\-", out);
		else if (*text == '\\')
			fputs("\\e", out);
		else if (*text == '\n')
			fputs("\n.PP\n", out);
		else
			fputc(*text, out);
	}
}

static void roff_option(FILE *out, char letter, const char *name, const char *argument, const char *text)
{
	fputs(".TP\n", out);
	if (letter)
		fprintf(out, "\\fB\\-%c\\fR, ", letter);
	fputs("\\fB\\-\\-", out);
	roff(out, name);
	fputs("\\fR", out);
	if (argument)
		fprintf(out, "%s\\fI%s\\fR", argument[0] == '[' ? "" : "=", argument);
	fputc('\n', out);
	roff(out, text);
	fputc('\n', out);
}

static void roff_command(FILE *out, const struct command *command)
{
	fputs(".SS ringside ", out);
	roff(out, command->name);
	fputc(' ', out);
	roff(out, command->arguments);
	fputc('\n', out);
	roff(out, command->description);
	fputc('\n', out);
	for (size_t i = 0; option_text(i).name; i++) {
		struct option_text text = option_text(i);

		if ((text.commands & command->mask) && strcmp(text.name, "help") != 0)
			roff_option(out, text.letter, text.name, text.argument, text.text);
	}
}

static void roff_kinds(FILE *out)
{
	fputs(".SH EVENTS\nKinds of events, for \\fB\\-\\-filter\\fR and in the JSON Lines:\n", out);
	for (int kind = 0; kind < EV_KIND_COUNT; kind++) {
		fputs(".TP\n.B ", out);
		roff(out, event_kind_name((enum event_kind)kind));
		fputc('\n', out);
		roff(out, event_kind_text((enum event_kind)kind));
		fputc('\n', out);
	}
}

static void roff_shell(FILE *out)
{
	const struct shell_command *command;

	fputs(".SH COMMANDS OF THE SHELL\nOf \\fBringside shell\\fR, the \\fB:\\fR line and the keys of \\fBringside tui\\fR, "
	      "and script files; docs/shell.md tells more.\n", out);
	for (size_t i = 0; (command = shell_command_at(i)); i++) {
		fputs(".TP\n\\fB", out);
		roff(out, command->name);
		fputs("\\fR ", out);
		roff(out, command->arguments);
		if (command->key) {
			fputs(" (key: ", out);
			roff(out, command->key);
			fputc(')', out);
		}
		fputc('\n', out);
		roff(out, command->summary);
		fputc('\n', out);
	}
}

/* What stands in files that people write: fixed text. */
static void roff_files(FILE *out)
{
	fputs(".SH FILES\n.SS Settings (\\-\\-config)\n.nf\n"
	      "[vm]\n"
	      "technique = trap\n"
	      "ring = 1\n"
	      "kernel = kernel.elf     ; relative to this file\n"
	      "cmdline = workload=forkwait n=3\n"
	      ".fi\n.SS Input (\\-\\-keys, \\-\\-record\\-keys)\n"
	      "A line is the cycle at which something arrives, and what: scan codes of set 1, text typed on the\n"
	      "keyboard, named keys, or bytes for the first serial port.\n.nf\n"
	      "; a comment\n"
	      "20000000 1e 9e\n"
	      "25000000 text \"ls\\en\"\n"
	      "30000000 key left left f1 esc\n"
	      "40000000 serial \"help\\en\"\n"
	      ".fi\n", out);
}

static void roff_examples(FILE *out)
{
	fputs(".SH EXAMPLES\n", out);
	for (size_t i = 0; command_at(i); i++)
		for (size_t j = 0; j < COMMAND_EXAMPLES && command_at(i)->example[j].line; j++) {
			fputs(".TP\n.B ringside ", out);
			roff(out, command_at(i)->example[j].line);
			fputc('\n', out);
			roff(out, command_at(i)->example[j].text);
			fputc('\n', out);
		}
}

void manual_print(FILE *out)
{
	fputs(".\\\" Made by: ringside help --man\n"
	      ".TH RINGSIDE 1 \"\" \"ringside " RINGSIDE_VERSION "\" \"User Commands\"\n"
	      ".SH NAME\nringside \\- watch a hypervisor work\n"
	      ".SH SYNOPSIS\n.B ringside\n\\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n"
	      ".SH DESCRIPTION\n"
	      "Ringside runs IA\\-32 guests on a modelled processor under techniques of virtualization and shows\n"
	      "every privileged instruction as it traps. The same guest, settings and input give the same run,\n"
	      "byte for byte.\n"
	      ".SH COMMANDS\n", out);
	for (size_t i = 0; command_at(i); i++)
		roff_command(out, command_at(i));
	fputs(".SH THE MACHINE\nThe commands that run a guest take these as options; the same names stand in the\n"
	      "section [vm] of the file given with \\fB\\-\\-config\\fR.\n", out);
	for (size_t i = 0; config_setting(i); i++)
		roff_option(out, 0, config_setting(i)->name, config_setting(i)->argument, config_setting(i)->text);
	roff_kinds(out);
	roff_shell(out);
	roff_files(out);
	fputs(".SH EXIT STATUS\n"
	      ".TP\n.B 0\nAll well.\n"
	      ".TP\n.B 1\nThe guest or the run failed, or output could not be written.\n"
	      ".TP\n.B 2\nA mistake in options or input.\n"
	      ".TP\n.B 124\nThe limit in model time was reached.\n"
	      ".PP\nWith \\fB\\-\\-exit\\-code\\fR, the guest's own code.\n"
	      ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nWhen set, no colours.\n", out);
	roff_examples(out);
	fputs(".SH SEE ALSO\n.BR qemu\\-system\\-i386 (1),\n.BR bochs (1)\n", out);
}

/* ---- completion ---- */

static void completion_options(FILE *out, const struct command *command)
{
	fprintf(out, "\t%s) words=\"", command->name);
	for (size_t i = 0; option_text(i).name; i++)
		if (option_text(i).commands & command->mask)
			fprintf(out, "--%s%s ", option_text(i).name,
			        option_text(i).argument && option_text(i).argument[0] != '[' ? "=" : "");
	for (size_t i = 0; command->settings && config_setting(i); i++)
		fprintf(out, "--%s%s ", config_setting(i)->name, config_setting(i)->argument ? "=" : "");
	fputs("\" ;;\n", out);
}

static void completion_commands(FILE *out)
{
	for (size_t i = 0; command_at(i); i++)
		fprintf(out, "%s ", command_at(i)->name);
}

void completion_print(FILE *out)
{
	fputs("# Completion of ringside for bash. Made by: ringside help --completion\n"
	      "_ringside()\n{\n"
	      "\tlocal current=${COMP_WORDS[COMP_CWORD]} words=\n"
	      "\tif [ \"$COMP_CWORD\" = 1 ] || [ \"${COMP_WORDS[1]}\" = help ]; then\n"
	      "\t\twords=\"", out);
	completion_commands(out);
	fputs("--help --version\"\n"
	      "\telse case ${COMP_WORDS[1]} in\n", out);
	for (size_t i = 0; command_at(i); i++)
		completion_options(out, command_at(i));
	fputs("\tesac; fi\n"
	      "\tcase $current in\n"
	      "\t-*) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
	      "\t\t[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace ;;\n"
	      "\t*) if [ \"$COMP_CWORD\" = 1 ]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
	      "\telse\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
	      "\tfi ;;\n"
	      "\tesac\n"
	      "}\n"
	      "complete -F _ringside ringside\n", out);
}
