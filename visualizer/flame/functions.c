/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/flame/functions.c - the guest's functions in a list, the dearest first: their own instructions, their page walks,
 * and what the VMM did for them.
 */
#include "visualizer/flame/write.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct function {
	struct frame frame;
	uint64_t own, walks, vmm; /* interpretation is a way to run its own instructions */
};

static uint64_t all_of(const struct function *function)
{
	return function->own + function->walks + function->vmm;
}

/* The function that a frame belongs to: the next one below it that is code. */
static frame_at code_of(const struct frames *frames, frame_at at)
{
	while (at && frames->node[at].frame.kind != FRAME_KERNEL_CODE && frames->node[at].frame.kind != FRAME_USER_CODE)
		at = frames->node[at].parent;
	return at;
}

static void add_to(struct function *function, enum frame_kind kind, uint64_t cycles)
{
	if (kind == FRAME_WALK)
		function->walks += cycles;
	else if (kind == FRAME_WORK || kind == FRAME_MEMORY || kind == FRAME_TRANSLATE)
		function->vmm += cycles;
	else
		function->own += cycles;
}

/* First those of one name together, then by cycles. */
static int by_identity(const void *a, const void *b)
{
	const struct function *left = a, *right = b;
	char one[FRAME_TEXT], other[FRAME_TEXT];

	if (left->frame.kind != right->frame.kind)
		return (int)left->frame.kind - (int)right->frame.kind;
	return strcmp(frames_text(&left->frame, one, sizeof(one)), frames_text(&right->frame, other, sizeof(other)));
}

static int by_cycles(const void *a, const void *b)
{
	uint64_t left = all_of(a), right = all_of(b);

	if (left != right)
		return left < right ? 1 : -1;
	return by_identity(a, b);
}

static size_t gather(const struct frames *frames, struct function *function)
{
	size_t count = 0, kept = 0;

	for (frame_at at = 1; at < frames->count; at++) {
		frame_at code = code_of(frames, at);

		if (!frames->node[at].cycles)
			continue;
		function[count].frame = frames->node[code ? code : at].frame;
		add_to(&function[count++], (enum frame_kind)frames->node[at].frame.kind, frames->node[at].cycles);
	}
	qsort(function, count, sizeof(*function), by_identity);
	for (size_t i = 0; i < count; i++) {
		if (kept && by_identity(&function[kept - 1], &function[i]) == 0) {
			function[kept - 1].own += function[i].own;
			function[kept - 1].walks += function[i].walks;
			function[kept - 1].vmm += function[i].vmm;
		} else {
			function[kept++] = function[i];
		}
	}
	qsort(function, kept, sizeof(*function), by_cycles);
	return kept;
}

static void write_row(const struct function *function, uint64_t whole, struct output *output)
{
	char text[FRAME_TEXT];
	uint64_t cycles = all_of(function);

	output_format(output, "%12" PRIu64 " %5.1f%% %12" PRIu64 " %10" PRIu64 " %11" PRIu64 "  %s%s\n", cycles,
	              100.0 * (double)cycles / (double)whole, function->own, function->walks, function->vmm,
	              function->frame.kind == FRAME_USER_CODE ? "user " : "",
	              frames_text(&function->frame, text, sizeof(text)));
}

bool flame_write_text(const struct frames *frames, size_t top, struct output *output)
{
	struct function *function = calloc(frames->count, sizeof(*function)), others = {.frame.name = "all others"};
	size_t count = function ? gather(frames, function) : 0;
	uint64_t whole = 0;

	if (!function)
		return false;
	for (size_t i = 0; i < count; i++)
		whole += all_of(&function[i]);
	output_format(output, "%12s %6s %12s %10s %11s  %s\n", "cycles", "share", "guest", "walks", "VMM", "function");
	for (size_t i = 0; i < count; i++) {
		if (i < top) {
			write_row(&function[i], whole, output);
			continue;
		}
		others.own += function[i].own;
		others.walks += function[i].walks;
		others.vmm += function[i].vmm;
	}
	if (count > top)
		write_row(&others, whole, output);
	output_format(output, "%12" PRIu64 "                                               all: the clock\n", whole);
	free(function);
	return true;
}
