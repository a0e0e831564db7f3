/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/flame/folded.c - folded stacks, one line each (flamegraph.pl, speedscope and others read them): frames separated
 * by semicolons, a space, the cycles.
 */
#include "visualizer/flame/write.h"

#include <inttypes.h>

static void write_stack(const struct frames *frames, frame_at at, struct output *output)
{
	const struct frame_node *node = &frames->node[at];
	char text[FRAME_TEXT];

	if (node->parent) {
		write_stack(frames, node->parent, output);
		output_text(output, ";");
	}
	output_text(output, frames_text(&node->frame, text, sizeof(text)));
}

/* Depth first, without recursion: from a node to its first child, else to the next one of it or of those below. */
static frame_at after(const struct frames *frames, frame_at at)
{
	if (frames->node[at].child)
		return frames->node[at].child;
	while (at && !frames->node[at].next)
		at = frames->node[at].parent;
	return at ? frames->node[at].next : 0;
}

void flame_write_folded(const struct frames *frames, struct output *output)
{
	for (frame_at at = after(frames, 0); at && !output_error(output); at = after(frames, at)) {
		if (!frames->node[at].cycles)
			continue;
		write_stack(frames, at, output);
		output_format(output, " %" PRIu64 "\n", frames->node[at].cycles);
	}
	if (frames->node[0].cycles)
		output_format(output, "nobody %" PRIu64 "\n", frames->node[0].cycles);
}
