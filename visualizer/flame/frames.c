/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/flame/frames.c - the tree: nodes in one array, children in a list that has the one asked for last in front.
 */
#include "visualizer/flame/frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NODES_FIRST = 1024, NODES_MOST = 1 << 21 };

bool frames_begin(struct frames *frames, frame_at most)
{
	*frames = (struct frames){.room = NODES_FIRST, .count = 1, .most = most ? most : NODES_MOST};
	frames->node = calloc(frames->room, sizeof(*frames->node));
	return frames->node != NULL;
}

void frames_end(struct frames *frames)
{
	free(frames->node);
	frames->node = NULL;
}

static bool make_room(struct frames *frames)
{
	struct frame_node *node;

	if (frames->count < frames->room && frames->count < frames->most)
		return true;
	if (frames->count >= frames->most)
		return false;
	node = realloc(frames->node, 2 * (size_t)frames->room * sizeof(*node));
	if (!node)
		return false;
	frames->node = node;
	frames->room *= 2;
	return true;
}

static bool same(const struct frame *left, const struct frame *right)
{
	if (left->kind != right->kind || left->number != right->number)
		return false;
	return left->name == right->name || (left->name && right->name && strcmp(left->name, right->name) == 0);
}

static frame_at add(struct frames *frames, frame_at parent, const struct frame *frame)
{
	frame_at at = frames->count;

	if (!make_room(frames)) {
		frames->cut = true;
		return parent;
	}
	frames->count++;
	frames->node[at] = (struct frame_node){.frame = *frame, .parent = parent, .next = frames->node[parent].child};
	frames->node[parent].child = at;
	return at;
}

frame_at frames_enter(struct frames *frames, frame_at parent, struct frame frame)
{
	frame_at *link = &frames->node[parent].child;

	for (frame_at at = *link; at; link = &frames->node[at].next, at = *link) {
		struct frame_node *node = &frames->node[at];

		if (!same(&node->frame, &frame))
			continue;
		*link = node->next;
		node->next = frames->node[parent].child;
		frames->node[parent].child = at;
		return at;
	}
	return add(frames, parent, &frame);
}

const char *frames_text(const struct frame *frame, char *text, size_t size)
{
	if (frame->name)
		snprintf(text, size, "%s", frame->name);
	else if (frame->kind == FRAME_ALL)
		snprintf(text, size, "all");
	else
		snprintf(text, size, "%05xxxx", frame->number >> 12);
	for (char *at = text; *at; at++) /* a symbol's name may be anything */
		if (*at == ';' || (unsigned char)*at < ' ' || *at == 0x7f)
			*at = '_';
	return text;
}

/* ---- order ---- */

static int by_name(const struct frames *frames, frame_at left, frame_at right)
{
	char a[FRAME_TEXT], b[FRAME_TEXT];
	int order = strcmp(frames_text(&frames->node[left].frame, a, sizeof(a)),
	                   frames_text(&frames->node[right].frame, b, sizeof(b)));

	return order ? order : (int)frames->node[left].frame.kind - (int)frames->node[right].frame.kind;
}

/* Merges two lists in order. */
static frame_at merge(struct frames *frames, frame_at left, frame_at right)
{
	frame_at head = 0, *tail = &head;

	while (left && right) {
		frame_at *from = by_name(frames, left, right) <= 0 ? &left : &right;

		*tail = *from;
		tail = &frames->node[*from].next;
		*from = *tail;
	}
	*tail = left ? left : right;
	return head;
}

static frame_at sorted(struct frames *frames, frame_at list)
{
	frame_at slow = list, fast = list, half;

	if (!list || !frames->node[list].next)
		return list;
	while ((fast = frames->node[fast].next) && (fast = frames->node[fast].next))
		slow = frames->node[slow].next;
	half = frames->node[slow].next;
	frames->node[slow].next = 0;
	return merge(frames, sorted(frames, list), sorted(frames, half));
}

void frames_sort(struct frames *frames)
{
	for (frame_at at = 0; at < frames->count; at++)
		frames->node[at].child = sorted(frames, frames->node[at].child);
}

/* A node comes after its parent in the array. */
void frames_total(const struct frames *frames, uint64_t *total)
{
	for (frame_at at = 0; at < frames->count; at++)
		total[at] = frames->node[at].cycles;
	for (frame_at at = frames->count; --at > 0;)
		total[frames->node[at].parent] += total[at];
}
