/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/commands.h - the performers of the shell's table, by the file they stand in, and what they share.
 */
#ifndef RINGSIDE_VISUALIZER_DEBUGGER_COMMANDS_H
#define RINGSIDE_VISUALIZER_DEBUGGER_COMMANDS_H

#include "visualizer/debugger/shell.h"

typedef bool shell_performer(struct shell *shell, int argc, char **argv);

/* commands_move.c: each does its motion backward when its name begins with "reverse-" or "previous-". */
shell_performer command_step, command_next, command_finish, command_block, command_trap, command_continue, command_exit,
	command_event, command_until, command_goto, command_interrupt;
/* commands_stop.c */
shell_performer command_break, command_watch, command_delete, command_enable, command_condition, command_ignore, command_name;
/* commands_look.c */
shell_performer command_print, command_examine, command_disas, command_where, command_story, command_walk, command_unit,
	command_stats, command_status;
/* commands_compare.c */
shell_performer command_compare;
/* commands_info.c */
shell_performer command_info;
/* commands_change.c */
shell_performer command_set, command_write, command_type, command_switch;
/* commands_file.c */
shell_performer command_save, command_record, command_source, command_echo, command_help, command_quit;

/* ---- shared: commands_parts.c ---- */

/* argv[first] and following, with blanks between them. False: too long (shell->message). */
bool words_join(struct shell *shell, int argc, char **argv, int first, char *text, size_t size);
/* An expression whose value is a count: K, M and G are thousands. */
bool count_parse(struct shell *shell, const char *text, uint64_t *count);
bool value_parse(struct shell *shell, const char *text, uint64_t *value);
bool reason_parse(struct shell *shell, const char *text, char reason[COUNTER_NAME]);
/* An address: hexadecimal digits, a symbol, an expression; with `*physical:` or `*machine:` before it of another space. */
bool place_parse(struct shell *shell, const char *text, enum stop_space *space, uint64_t *address);
/* "0010012e <start+0x2e>" for linear ones; "physical 00101000" for others. */
void place_text(const struct shell *shell, enum stop_space space, uint64_t address, char *text, size_t size);
/* The instruction at a linear address: its length (1 where there is none), class letters and text. */
unsigned code_at(const struct debugger *debugger, uint32_t gla, char mark[4], char *text, size_t size);
/* "  0010012e <start+0x2e>  P  cli": where the guest stands. */
void print_position(struct shell *shell);
/* Names of what `info` knows, for completion and help; NULL past the end. */
const char *info_subject(size_t index);
const char *info_subject_text(size_t index);

#endif
