/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/switching.c - see switching.h. A move is made at the first instruction boundary at or after its cycle.
 *
 * The gaps of --switch-random are 16 to 128K cycles, a short one as likely as a long one (by their logarithm), so
 * that moves meet single instructions as well as whole time slices; or evenly up to twice what is asked for, to spread a
 * few moves over a long run. How many there are is asked for, how many
 * there were in a run that ended earlier is told.
 */
#include "visualizer/switching.h"

#include "core/number.h"
#include "trap/techniques.h"
#include "visualizer/message.h"
#include "visualizer/options.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- reading ---- */

static bool read_mode(struct vm *vm, const char *option, const char *text, struct vm_mode *mode)
{
	char error[256];

	if (!mode_parse(technique_list(), text, mode, error, sizeof(error))) {
		message("--%s: %s", option, error);
		return false;
	}
	if (vm_may_switch(vm, mode))
		return true;
	message("--%s: %s", option, vm->message);
	return false;
}

/* CYCLE:MODE */
static bool read_move(struct switching *switching, struct vm *vm, char *word)
{
	char *colon = strchr(word, ':');
	uint64_t cycle, last = switching->moves ? switching->move[switching->moves - 1].cycle : 0;
	char number[32];

	snprintf(number, sizeof(number), "%.*s", colon ? (int)(colon - word) : 0, word);
	if (!colon || !number_parse_count(number, &cycle) || cycle < last) {
		message("--switch: '%s' is no move; write rising cycles and modes like 5M:bt,20M:hvm/shadow", word);
		return false;
	}
	if (switching->moves == SWITCHING_MOVES) {
		message("--switch: more than %d moves; --switch-random makes as many as you like", SWITCHING_MOVES);
		return false;
	}
	switching->move[switching->moves].cycle = cycle;
	return read_mode(vm, "switch", colon + 1, &switching->move[switching->moves++].mode);
}

static bool read_list(struct switching *switching, struct vm *vm, const char *text,
                      bool (*read)(struct switching *switching, struct vm *vm, char *word))
{
	char copy[2048], *rest = NULL;

	if (strlen(text) >= sizeof(copy)) {
		message("--switch: the list is too long; --switch-random makes as many moves as you like");
		return false;
	}
	strcpy(copy, text);
	for (char *word = strtok_r(copy, ",", &rest); word; word = strtok_r(NULL, ",", &rest))
		if (!read(switching, vm, word))
			return false;
	return true;
}

static bool read_choice(struct switching *switching, struct vm *vm, char *word)
{
	if (switching->modes == SWITCHING_MODES) {
		message("--switch-random: more than %d modes", SWITCHING_MODES);
		return false;
	}
	return read_mode(vm, "switch-random", word, &switching->mode[switching->modes++]);
}

/* All that this guest could be moved to, as far as can be said. */
static size_t possible_modes(struct vm *vm, struct vm_mode *modes)
{
	size_t count = mode_list(technique_list(), modes, SWITCHING_MODES), kept = 0;

	for (size_t i = 0; i < count && i < SWITCHING_MODES; i++)
		if (vm_may_switch(vm, &modes[i]))
			modes[kept++] = modes[i];
	return kept;
}

/* splitmix64: the same on every machine. */
static uint64_t roll(struct switching *switching)
{
	uint64_t z = switching->dice += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void draw_gap(struct switching *switching, uint64_t since)
{
	enum { SHORTEST = 4, LONGEST = 16 }; /* powers of two */
	uint64_t scale;

	if (switching->gap) {
		switching->next = since + 1 + roll(switching) % (2 * switching->gap);
		return;
	}
	scale = UINT64_C(1) << (SHORTEST + roll(switching) % (LONGEST - SHORTEST + 1));
	switching->next = since + scale + roll(switching) % scale;
}

/* COUNT or COUNT@GAP */
static bool read_count(struct switching *switching, char *text)
{
	char *gap = strchr(text, '@');

	if (gap) {
		*gap++ = '\0';
		if (!number_parse_count(gap, &switching->gap) || !switching->gap || switching->gap > UINT64_MAX / 4)
			return false;
	}
	return number_parse_count(text, &switching->left);
}

/* SEED:COUNT[@GAP][:MODE,...] */
static bool read_random(struct switching *switching, struct vm *vm, const char *text)
{
	char copy[64], *count, *modes;
	uint64_t seed;

	snprintf(copy, sizeof(copy), "%.*s", (int)sizeof(copy) - 1, text);
	count = strchr(copy, ':');
	modes = count ? strchr(count + 1, ':') : NULL;
	if (count)
		*count++ = '\0';
	if (modes)
		*modes = '\0';
	if (!count || !number_parse(copy, &seed) || !read_count(switching, count)) {
		message("--switch-random: '%s' is no SEED:COUNT; write it like 1:1000, 1:1000:bt,trap/3, or 1:100@20M", text);
		return false;
	}
	switching->dice = seed;
	switching->chosen = modes != NULL;
	if (modes && !read_list(switching, vm, text + (modes - copy) + 1, read_choice))
		return false;
	if (!modes)
		switching->modes = possible_modes(vm, switching->mode);
	if (!switching->modes) {
		message("--switch-random: '%s' names no mode; write it like 1:1000:bt,trap/3", text);
		return false;
	}
	draw_gap(switching, 0);
	return true;
}

bool switching_begin(struct switching *switching, struct vm *vm, const struct options *options)
{
	if (options->switch_at && !read_list(switching, vm, options->switch_at, read_move))
		return false;
	if (options->switch_at && !switching->moves) {
		message("--switch: '%s' names no move; write rising cycles and modes like 5M:bt,20M:hvm/shadow",
		        options->switch_at);
		return false;
	}
	return !options->switch_random || read_random(switching, vm, options->switch_random);
}

/* ---- moving ---- */

uint64_t switching_next(const struct switching *switching)
{
	uint64_t planned = switching->done < switching->moves ? switching->move[switching->done].cycle : BOARD_NEVER;
	uint64_t random = switching->left ? switching->next : BOARD_NEVER;

	return planned < random ? planned : random;
}

/* A move takes time itself: what is told is when it began. */
static bool try_move(const struct switching *switching, struct vm *vm, const struct vm_mode *mode)
{
	uint64_t clock = vm->clock;
	bool moved = vm_switch(vm, mode);

	if (switching->tried)
		switching->tried(switching->owner, clock, mode);
	return moved;
}

static bool move(struct switching *switching, struct vm *vm, const struct vm_mode *mode, bool asked)
{
	if (try_move(switching, vm, mode))
		return true;
	if (!asked)
		return false;
	message("cycle %" PRIu64 ": %s", vm->clock, vm->message);
	switching->failed = true;
	return false;
}

/* A mode that none of the rules forbids may refuse this guest all the same: then it is chosen no more. */
static void move_at_random(struct switching *switching, struct vm *vm)
{
	size_t which;

	assert(switching->modes); /* with none left there are no moves left */
	which = (size_t)(roll(switching) % switching->modes);
	if (!move(switching, vm, &switching->mode[which], switching->chosen) && !switching->chosen) {
		switching->mode[which] = switching->mode[--switching->modes];
		if (!switching->modes)
			switching->left = 0;
		return;
	}
	switching->left--;
	draw_gap(switching, vm->clock);
}

void switching_act(struct switching *switching, struct vm *vm)
{
	while (!vm->stranded && switching_next(switching) <= vm->clock) {
		if (switching->done < switching->moves && switching->move[switching->done].cycle <= vm->clock)
			move(switching, vm, &switching->move[switching->done++].mode, true);
		else
			move_at_random(switching, vm);
	}
}

bool switching_turn(const struct switching *switching, struct vm *vm)
{
	struct vm_mode mode[SWITCHING_MODES], now = vm_mode(vm);
	size_t count = mode_list(technique_list(), mode, SWITCHING_MODES), here = 0;

	if (count > SWITCHING_MODES)
		count = SWITCHING_MODES;
	while (here < count && !mode_same(&mode[here], &now))
		here++;
	for (size_t i = 1; i < count; i++)
		if (try_move(switching, vm, &mode[(here + i) % count]))
			return true;
	return false;
}
