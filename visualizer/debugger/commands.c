/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/commands.c - the table of commands. Keys are GDB's single-key habit: lower case forward, upper case the
 * same thing backward (GDB manual, "TUI Single Key Mode" and "Running programs backward").
 */
#include "visualizer/debugger/commands.h"

#include <string.h>

static const struct shell_command commands[] = {
	/* ---- moving: forward, then the same backward ---- */
	{ "step", "s", "s F8", GROUP_MOVE, "[COUNT]", "execute one instruction, or deliver one event", NULL,
	  COMPLETE_EXPRESSION, true, command_step },
	{ "reverse-step", "rs", "S F7", GROUP_MOVE, "[COUNT]", "take back one instruction", NULL,
	  COMPLETE_EXPRESSION, true, command_step },
	{ "next", "n", "n", GROUP_MOVE, "[COUNT]", "like step, but calls and repeated string instructions run to their end", NULL,
	  COMPLETE_EXPRESSION, true, command_next },
	{ "reverse-next", "rn", "N", GROUP_MOVE, "[COUNT]", "like reverse-step, but over whole calls", NULL,
	  COMPLETE_EXPRESSION, true, command_next },
	{ "finish", "fin", "f", GROUP_MOVE, "", "run until this function has returned to its caller", NULL,
	  COMPLETE_NOTHING, true, command_finish },
	{ "reverse-finish", "rf", "F", GROUP_MOVE, "", "go back to the call that led here", NULL,
	  COMPLETE_NOTHING, true, command_finish },
	{ "block", NULL, "b", GROUP_MOVE, "[COUNT]", "run to the end of this basic block: past the next transfer of control",
	  NULL, COMPLETE_EXPRESSION, true, command_block },
	{ "reverse-block", "rb", "B", GROUP_MOVE, "[COUNT]", "go back to the end of the basic block before", NULL,
	  COMPLETE_EXPRESSION, true, command_block },
	{ "trap", "t", "t", GROUP_MOVE, "[COUNT]", "run until the VMM has handled the next exit, and tell it",
	  "`story` tells it step by step then.", COMPLETE_EXPRESSION, true, command_trap },
	{ "reverse-trap", "rt", "T", GROUP_MOVE, "[COUNT]", "go back to the exit before", NULL,
	  COMPLETE_EXPRESSION, true, command_trap },
	{ "continue", "c", "c F5", GROUP_MOVE, "[COUNT]", "run until a breakpoint, the guest's end, or Ctrl-C",
	  "With COUNT, the breakpoint that stopped the guest here lets as many hits less one pass.", COMPLETE_EXPRESSION, true,
	  command_continue },
	{ "reverse-continue", "rc", "C", GROUP_MOVE, "", "go back to the breakpoint before; `goto begin` goes to the first moment", NULL,
	  COMPLETE_NOTHING, true, command_continue },
	{ "next-exit", "ne", "e", GROUP_MOVE, "[REASON]", "run to the next exit for this reason",
	  "Reasons are those of `stats`: cli, mov-cr, hidden-fault and so on; a hyphen may stand for a blank. Without one, the reason given last.",
	  COMPLETE_REASON, true, command_exit },
	{ "previous-exit", "pe", "E", GROUP_MOVE, "[REASON]", "go back to the exit before for this reason", NULL,
	  COMPLETE_REASON, true, command_exit },
	{ "next-event", "nv", NULL, GROUP_MOVE, "KIND,...", "run to the next event of these kinds",
	  "`info kinds` lists them; -KIND leaves one out.", COMPLETE_EVENT, true, command_event },
	{ "previous-event", "pv", NULL, GROUP_MOVE, "KIND,...", "go back to the event before of these kinds", NULL,
	  COMPLETE_EVENT, true, command_event },
	{ "until", "u", NULL, GROUP_MOVE, "ADDRESS", "run until the guest is about to execute this address", NULL,
	  COMPLETE_ADDRESS, true, command_until },
	{ "reverse-until", "ru", NULL, GROUP_MOVE, "ADDRESS", "go back to when the guest was about to execute this address",
	  NULL, COMPLETE_ADDRESS, true, command_until },
	{ "goto", "g", "g", GROUP_MOVE, "CYCLE | event NUMBER | begin | end | *ADDRESS",
	  "go to a moment, forward or backward; on a screen also to an address",
	  "CYCLE is a value of the model clock: 1204331, 20M. `goto event 12` goes to the instruction that caused this event and "
	  "tells its story. On a screen, `goto *ADDRESS` moves the panel instead of the guest; a symbol needs no star.",
	  COMPLETE_ADDRESS, true, command_goto },
	{ "interrupt", NULL, "C-c", GROUP_MOVE, "", "end a running motion where it is", NULL, COMPLETE_NOTHING, false,
	  command_interrupt },

	/* ---- stops ---- */
	{ "break", "b", "F9", GROUP_STOP, "[PLACE] [as NAME] [if CONDITION]", "stop the guest at a place or at a happening",
	  "PLACE is an ADDRESS (stops before the instruction is executed; *physical:ADDRESS and *machine:ADDRESS too), or\n"
	  "event KIND,...: an event of these kinds; reason REASON: an exit for this reason; mode: the guest's CPL, PE or PG "
	  "changes; technique: the guest is moved to another technique; time CYCLE: the clock reaches this; tick NUMBER: so "
	  "many instructions have been retired.\n"
	  "Without PLACE, where the guest stands. CONDITION is an expression: the guest stops when it is not 0.",
	  COMPLETE_PLACE, false, command_break },
	{ "tbreak", "tb", NULL, GROUP_STOP, "[PLACE] [as NAME] [if CONDITION]", "like break, but goes when it has been hit", NULL,
	  COMPLETE_PLACE, false, command_break },
	{ "watch", NULL, "w", GROUP_STOP, "ADDRESS[/SIZE] [as NAME] [if CONDITION]", "stop after a store to these bytes",
	  "SIZE is 4 bytes unless said. *physical: and *machine: before the address watch other address kinds.",
	  COMPLETE_ADDRESS, false, command_watch },
	{ "rwatch", NULL, NULL, GROUP_STOP, "ADDRESS[/SIZE] [as NAME] [if CONDITION]", "stop after these bytes were read", NULL,
	  COMPLETE_ADDRESS, false, command_watch },
	{ "awatch", NULL, NULL, GROUP_STOP, "ADDRESS[/SIZE] [as NAME] [if CONDITION]", "stop after these bytes were read or stored to",
	  NULL, COMPLETE_ADDRESS, false, command_watch },
	{ "delete", "d", NULL, GROUP_STOP, "[BREAK]...", "take breakpoints away; all, when none is named",
	  "BREAK is a number or a name.", COMPLETE_BREAK, false, command_delete },
	{ "enable", NULL, NULL, GROUP_STOP, "[BREAK]...", "let breakpoints stop the guest again", NULL, COMPLETE_BREAK, false,
	  command_enable },
	{ "disable", NULL, NULL, GROUP_STOP, "[BREAK]...", "keep breakpoints, but let the guest pass them", NULL, COMPLETE_BREAK,
	  false, command_enable },
	{ "condition", NULL, NULL, GROUP_STOP, "BREAK [CONDITION]", "give a breakpoint a condition, or none", NULL, COMPLETE_BREAK,
	  false, command_condition },
	{ "ignore", NULL, NULL, GROUP_STOP, "BREAK COUNT", "let the next COUNT hits of a breakpoint pass", NULL, COMPLETE_BREAK, false,
	  command_ignore },
	{ "name", NULL, NULL, GROUP_STOP, "BREAK NAME", "give a breakpoint a name", NULL, COMPLETE_BREAK, false, command_name },

	/* ---- looking ---- */
	{ "info", "i", NULL, GROUP_LOOK, "[SUBJECT] [ARGUMENT]...", "tell about a subject; without one, list the subjects", NULL,
	  COMPLETE_SUBJECT, false, command_info },
	{ "print", "p", NULL, GROUP_LOOK, "[/FORMAT] EXPRESSION", "work out an expression",
	  "FORMAT is one of x (hexadecimal), d (signed), u, o, t (binary), c (character), a (address with its symbol).",
	  COMPLETE_EXPRESSION, false, command_print },
	{ "x", NULL, "x", GROUP_LOOK, "[/NFU] [ADDRESS]", "show memory: N units in form F of size U, as GDB does",
	  "F is x, d, u, o, t, c, a (address), s (text) or i (instructions); U is b, h, w or g: 1, 2, 4 or 8 bytes. Without ADDRESS "
	  "it goes on where it ended.", COMPLETE_ADDRESS, false, command_examine },
	{ "disas", NULL, NULL, GROUP_LOOK, "[ADDRESS [COUNT]]", "disassemble, each instruction with its class",
	  "Classes: . innocuous, P privileged, S sensitive, S! sensitive but unprivileged (the hole).", COMPLETE_ADDRESS, false,
	  command_disas },
	{ "where", "bt", NULL, GROUP_LOOK, "[COUNT]", "list the calls that led here, by frame pointers", NULL, COMPLETE_NOTHING, false,
	  command_where },
	{ "story", NULL, NULL, GROUP_LOOK, "[EVENT]", "tell an event step by step; without a number, the latest exit", NULL,
	  COMPLETE_NOTHING, false, command_story },
	{ "walk", NULL, NULL, GROUP_LOOK, "[ADDRESS] [write] [user]",
	  "follow a linear address through the guest's page tables and the processor's", NULL, COMPLETE_ADDRESS, false, command_walk },
	{ "unit", NULL, NULL, GROUP_LOOK, "[ADDRESS]", "show the translation of the code here, beside its source", NULL, COMPLETE_ADDRESS,
	  false, command_unit },
	{ "stats", NULL, NULL, GROUP_LOOK, "", "count the exits up to now by reason, with their cost", NULL, COMPLETE_NOTHING, false,
	  command_stats },
	{ "compare", NULL, "d", GROUP_LOOK, "MODE", "run the guest up to here under another technique, too, and show both",
	  "It runs from its beginning, in a machine of its own, until it has retired as many instructions. `info modes` lists the modes.",
	  COMPLETE_MODE, false, command_compare },
	{ "status", NULL, NULL, GROUP_LOOK, "", "tell in a line how things stand, and where the guest is", NULL, COMPLETE_NOTHING, false,
	  command_status },

	/* ---- changing ---- */
	{ "set", NULL, NULL, GROUP_CHANGE, "REGISTER = EXPRESSION", "change a register of the guest",
	  "In the past this begins a new branch of history: what came later is forgotten.", COMPLETE_REGISTER, true, command_set },
	{ "write", NULL, NULL, GROUP_CHANGE, "[/U] ADDRESS VALUE...", "store into the guest's memory",
	  "U is b, h or w: values of 1, 2 or 4 bytes; a byte unless said. A word in quotation marks is stored as its characters.",
	  COMPLETE_ADDRESS, true, command_write },
	{ "type", NULL, NULL, GROUP_CHANGE, "TEXT", "type text at the guest's console",
	  "\\n in quotation marks is the Enter key: type \"ls\\n\".", COMPLETE_NOTHING, true, command_type },
	{ "switch", NULL, "m F6", GROUP_CHANGE, "MODE", "move the guest to another technique, ring or paging here",
	  "`info modes` lists them.", COMPLETE_MODE, true, command_switch },

	/* ---- files and the shell itself ---- */
	{ "save", NULL, NULL, GROUP_FILE, "FILE", "write the breakpoints to a file, as commands", NULL, COMPLETE_FILE, false,
	  command_save },
	{ "record", NULL, NULL, GROUP_FILE, "FILE", "write this run to a file for `ringside replay`, with its guest and its input",
	  "From the first moment to the last one that is known, wherever the guest stands.", COMPLETE_FILE, false, command_record },
	{ "source", ".", NULL, GROUP_FILE, "FILE", "perform the commands in a file", "It ends at the first mistake.", COMPLETE_FILE, false,
	  command_source },
	{ "echo", NULL, NULL, GROUP_FILE, "[TEXT]", "print a line, for scripts", NULL, COMPLETE_NOTHING, false, command_echo },
	{ "help", "h", "F1", GROUP_FILE, "[COMMAND]", "list the commands, or tell about one", NULL, COMPLETE_COMMAND, false, command_help },
	{ "quit", "exit", "q F10", GROUP_FILE, "", "end", NULL, COMPLETE_NOTHING, false, command_quit },

	/* ---- a screen's own ---- */
	{ "focus", NULL, NULL, GROUP_SCREEN, "PANEL", "give a panel the keys (1 to 7 do it too)", NULL, COMPLETE_PANEL, false, NULL },
	{ "tab", NULL, NULL, GROUP_SCREEN, "PANEL", "show a tab of the last panel", NULL, COMPLETE_PANEL, false, NULL },
	{ "next-tab", NULL, "]", GROUP_SCREEN, "", "show the next tab", NULL, COMPLETE_NOTHING, false, NULL },
	{ "previous-tab", NULL, "[", GROUP_SCREEN, "", "show the tab before", NULL, COMPLETE_NOTHING, false, NULL },
	{ "zoom", NULL, "z", GROUP_SCREEN, "", "let the panel fill the screen, or no longer", NULL, COMPLETE_NOTHING, false, NULL },
	{ "next-story", NULL, "}", GROUP_SCREEN, "", "light the next step of the story", NULL, COMPLETE_NOTHING, false, NULL },
	{ "previous-story", NULL, "{", GROUP_SCREEN, "", "light the step of the story before", NULL, COMPLETE_NOTHING, false, NULL },
	{ "find", NULL, "/ F3", GROUP_SCREEN, "[TEXT]", "go to the next line of the panel that has this text", "Without TEXT, the one given last.",
	  COMPLETE_NOTHING, false, NULL },
	{ "find-back", NULL, "\\", GROUP_SCREEN, "[TEXT]", "go to the line before that has this text", NULL, COMPLETE_NOTHING, false,
	  NULL },
	{ "filter", NULL, "F4", GROUP_SCREEN, "[KIND,...]", "show events of these kinds only", NULL, COMPLETE_EVENT, false, NULL },
	{ "mode", NULL, NULL, GROUP_SCREEN, "[story | debug]", "more room for the story of an exit, or for the code", NULL, COMPLETE_NOTHING, false,
	  NULL },
	{ "speed", NULL, NULL, GROUP_SCREEN, "CYCLES", "run so many cycles in a second; real: as the machine; 0: as fast as it goes",
	  NULL, COMPLETE_NOTHING, false, NULL },
	{ "theme", NULL, NULL, GROUP_SCREEN, "NAME", "choose the colours: default, light, mono, high-contrast, okabe-ito", NULL,
	  COMPLETE_NOTHING, false, NULL },
	{ "mouse", NULL, "M", GROUP_SCREEN, "[on | off]", "take the mouse, or leave it to the terminal for selecting text", NULL,
	  COMPLETE_NOTHING, false, NULL },
	{ "rebind", NULL, NULL, GROUP_SCREEN, "KEY COMMAND", "let a key perform a command line", NULL, COMPLETE_NOTHING, false, NULL },
	{ "keys", NULL, "?", GROUP_SCREEN, "", "list the keys, those of this panel first", NULL, COMPLETE_NOTHING, false, NULL },
	{ "panel-save", NULL, "y", GROUP_SCREEN, "[FILE]", "write the panel's text to a file", NULL, COMPLETE_FILE, false, NULL },
	{ "dot", NULL, "D", GROUP_SCREEN, "[tables | units | trap | exits] [FILE]",
	  "write a graph of the panel's subject for Graphviz's dot", NULL, COMPLETE_FILE, false, NULL },
	{ "record-cast", NULL, "R", GROUP_SCREEN, "[FILE]", "record the screen for asciinema, or end the recording", NULL, COMPLETE_FILE, false,
	  NULL },
	{ "pause", NULL, NULL, GROUP_SCREEN, "[TEXT]", "show a text and wait for a key, in the script of a lecture", NULL, COMPLETE_NOTHING,
	  false, NULL },
	{ "key", NULL, NULL, GROUP_SCREEN, "KEY...", "press keys, for scripts: key t } F8 C-a Space", NULL, COMPLETE_NOTHING, false,
	  NULL },
	{ "redraw", NULL, "C-l", GROUP_SCREEN, "", "draw the screen anew", NULL, COMPLETE_NOTHING, false, NULL },
	{ "suspend", NULL, "C-z", GROUP_SCREEN, "", "go back to the shell that started this, until `fg`", NULL, COMPLETE_NOTHING, false,
	  NULL },
	{ "command", NULL, ":", GROUP_SCREEN, "", "open a line to type a command", NULL, COMPLETE_NOTHING, false, NULL },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

const struct shell_command *shell_command_at(size_t index)
{
	return index < COMMANDS ? &commands[index] : NULL;
}

const char *command_group_title(enum command_group group)
{
	static const char *const titles[GROUPS] = {
		"Moving, forward and backward", "Break- and watchpoints", "Looking", "Changing the guest", "Files, help, end",
		"On a screen",
	};

	return titles[group];
}

const struct shell_command *shell_command_find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	for (size_t i = 0; i < COMMANDS; i++)
		if (commands[i].alias && strcmp(commands[i].alias, name) == 0)
			return &commands[i];
	return NULL;
}

/* `keys` is a list with blanks between. */
static bool has_key(const char *keys, const char *key)
{
	size_t length = strlen(key);

	for (const char *at = keys; at && length; at = strchr(at, ' ')) {
		at += *at == ' ';
		if (strncmp(at, key, length) == 0 && (at[length] == ' ' || at[length] == '\0'))
			return true;
	}
	return false;
}

const struct shell_command *shell_command_for_key(const char *key)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (has_key(commands[i].key, key))
			return &commands[i];
	return NULL;
}
