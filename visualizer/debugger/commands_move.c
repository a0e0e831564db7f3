/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/commands_move.c - commands that move the guest, forward and backward.
 */
#include "visualizer/debugger/commands.h"

#include "core/number.h"
#include "visualizer/debugger/tell.h"

#include <inttypes.h>
#include <string.h>

/* Every motion goes by two names; the one that takes it back begins so. */
static enum direction direction_of(const char *name)
{
	return strncmp(name, "reverse-", 8) == 0 || strncmp(name, "previous-", 9) == 0 ? BACKWARD : FORWARD;
}

static bool move(struct shell *shell, const struct goal *goal)
{
	struct debugger *debugger = shell->debugger;
	bool fine = shell->background ? debugger_begin(debugger, goal)
	                              : debugger_move(debugger, goal, shell->interrupted, shell->owner);

	if (!fine)
		return shell_refuse(shell, "%s", debugger->message);
	if (!shell->background)
		tell_stop(shell);
	return true;
}

/* Motions that may be given a count. */
static bool move_counted(struct shell *shell, int argc, char **argv, enum goal_kind kind)
{
	struct goal goal = { .kind = kind, .direction = direction_of(argv[0]), .count = 1 };
	char text[512];

	if (argc > 1 && (!words_join(shell, argc, argv, 1, text, sizeof(text)) || !count_parse(shell, text, &goal.count)))
		return false;
	if (goal.count == 0)
		return shell_refuse(shell, "%s: 0 times is no motion", argv[0]);
	return move(shell, &goal);
}

bool command_step(struct shell *shell, int argc, char **argv)
{
	return move_counted(shell, argc, argv, GOAL_STEP);
}

bool command_next(struct shell *shell, int argc, char **argv)
{
	return move_counted(shell, argc, argv, GOAL_OVER);
}

bool command_finish(struct shell *shell, int argc, char **argv)
{
	return move_counted(shell, argc, argv, GOAL_FINISH);
}

bool command_block(struct shell *shell, int argc, char **argv)
{
	return move_counted(shell, argc, argv, GOAL_BLOCK);
}

bool command_trap(struct shell *shell, int argc, char **argv)
{
	return move_counted(shell, argc, argv, GOAL_TRAP);
}

/* GDB's `continue N`: the breakpoint that stopped the guest here ignores its next N - 1 hits. */
bool command_continue(struct shell *shell, int argc, char **argv)
{
	struct debugger *debugger = shell->debugger;
	struct break_point *point;
	uint64_t count = 1;
	char text[512];

	if (argc > 1) {
		if (!words_join(shell, argc, argv, 1, text, sizeof(text)) || !count_parse(shell, text, &count))
			return false;
		point = debugger->stop.kind == STOP_BREAKPOINT ? breaks_find(debugger, debugger->stop.breakpoint) : NULL;
		if (!point)
			return shell_refuse(shell, "no breakpoint stopped the guest here, so there is none to let pass; `ignore` names one");
		point->ignore = count ? count - 1 : 0;
	}
	return move(shell, &(struct goal){ .kind = GOAL_CONTINUE, .direction = direction_of(argv[0]) });
}

bool command_exit(struct shell *shell, int argc, char **argv)
{
	struct goal goal = { .kind = GOAL_EVENT, .direction = direction_of(argv[0]), .kinds = EVENT_KINDS_ALL };
	char text[512];


	if (argc > 1 && (!words_join(shell, argc, argv, 1, text, sizeof(text)) || !reason_parse(shell, text, shell->reason)))
		return false;
	if (!shell->reason[0])
		return shell_refuse(shell, "%s: for which reason? `stats` lists those that came up", argv[0]);
	strcpy(goal.reason, shell->reason);
	return move(shell, &goal);
}

bool command_event(struct shell *shell, int argc, char **argv)
{
	struct goal goal = { .kind = GOAL_EVENT, .direction = direction_of(argv[0]) };

	if (argc > 2)
		return shell_refuse(shell, "%s: write the kinds with commas and no blanks between", argv[0]);
	if (!event_parse_kinds(argv[1], &goal.kinds, shell->message, sizeof(shell->message)))
		return false;
	return move(shell, &goal);
}

static bool linear_place(struct shell *shell, int argc, char **argv, uint32_t *address)
{
	char text[512];
	enum stop_space space;
	uint64_t value;

	if (!words_join(shell, argc, argv, 1, text, sizeof(text)) || !place_parse(shell, text, &space, &value))
		return false;
	if (space != SPACE_LINEAR)
		return shell_refuse(shell, "%s: the guest executes at linear addresses only", argv[0]);
	*address = (uint32_t)value;
	return true;
}

bool command_until(struct shell *shell, int argc, char **argv)
{
	struct goal goal = { .kind = GOAL_ADDRESS, .direction = direction_of(argv[0]) };

	return linear_place(shell, argc, argv, &goal.address) && move(shell, &goal);
}

static bool go_clock(struct shell *shell, uint64_t clock)
{
	uint64_t now = shell->debugger->vm->clock;

	if (clock == now) {
		if (!shell->background)
			tell_stop(shell);
		return true;
	}
	return move(shell, &(struct goal){ .kind = GOAL_CLOCK, .direction = clock < now ? BACKWARD : FORWARD, .clock = clock });
}

static bool go_event(struct shell *shell, int argc, char **argv)
{
	uint64_t sequence;
	char text[512];

	if (!words_join(shell, argc, argv, 2, text, sizeof(text)) || !value_parse(shell, text, &sequence))
		return false;
	if (!debugger_go_event(shell->debugger, sequence))
		return shell_refuse(shell, "%s", shell->debugger->message);
	if (!shell->background)
		tell_stop(shell);
	return true;
}

static bool go_address(struct shell *shell, int argc, char **argv)
{
	if (!shell->screen.perform)
		return shell_refuse(shell, "goto wants a moment: a cycle like 20M, `event NUMBER`, begin or end; "
		                           "to run to an address, use until");
	if (shell->screen.perform(shell->screen.owner, "goto", argc, argv))
		return true;
	return shell->message[0] ? false : shell_refuse(shell, "goto: this panel shows no addresses");
}

bool command_goto(struct shell *shell, int argc, char **argv)
{
	struct history *history = shell->debugger->history;
	uint64_t clock;

	if (strcmp(argv[1], "event") == 0 && argc > 2)
		return go_event(shell, argc, argv);
	if (argc > 2)
		return shell_refuse(shell, "goto: one moment, or `event NUMBER`");
	if (strcmp(argv[1], "begin") == 0)
		return go_clock(shell, history_begin(history));
	if (strcmp(argv[1], "end") == 0)
		return go_clock(shell, history_end(history));
	if (number_parse_count(argv[1], &clock))
		return go_clock(shell, clock);
	return go_address(shell, argc, argv);
}

bool command_interrupt(struct shell *shell, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	debugger_interrupt(shell->debugger);
	return true;
}
