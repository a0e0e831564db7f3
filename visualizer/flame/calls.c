/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/flame/calls.c - the guest's call stacks, by its instruction and stack pointers alone.
 *
 *   call    EIP goes elsewhere, ESP falls by 4 (an interrupt: by 12 or more)    a frame, which lives up to that ESP
 *   return  ESP rises above it                                                   it is gone, however the guest came there
 *   jump    EIP goes elsewhere, ESP stays                                        the frame is that function's now
 *   switch  ESP goes far away, or the ring changes                               another stack, known or new
 */
#include "visualizer/flame/calls.h"

#include <stdlib.h>
#include <string.h>

enum {
	LONGEST = 15,    /* bytes of an instruction: no farther on, it was no transfer */
	CALL_MOST = 64,  /* bytes that a call, gate or interrupt pushes, at most */
	STACK_FAR = 2048, /* from one stack to the next, at least */
	STACK_NEAR = 32, /* where a stack is taken up again, from where it was left, at most */
};

bool calls_begin(struct calls *calls, struct frames *frames, const struct symbols *symbols)
{
	*calls = (struct calls){.frames = frames, .symbols = symbols};
	calls->left = calloc(CALLS_STACKS, sizeof(*calls->left));
	calls->name = calloc(CALLS_NAMES, sizeof(*calls->name));
	if (calls->left && calls->name)
		return true;
	calls_end(calls);
	return false;
}

void calls_end(struct calls *calls)
{
	free(calls->left);
	free(calls->name);
	calls->left = NULL;
	calls->name = NULL;
}

/* ---- names ---- */

static const struct frame *name_of(struct calls *calls, uint32_t eip, bool user)
{
	struct call_name *name = &calls->name[eip % CALLS_NAMES];
	uint32_t offset;

	if (name->known && name->eip == eip && (name->frame.kind == FRAME_USER_CODE) == user)
		return &name->frame;
	*name = (struct call_name){.eip = eip, .known = true, .frame.kind = user ? FRAME_USER_CODE : FRAME_KERNEL_CODE};
	name->frame.name = symbols_name(calls->symbols, eip, &offset);
	if (!name->frame.name)
		name->frame.number = eip & ~0xfffu;
	return &name->frame;
}

static frame_at ring_frame(struct calls *calls, bool user)
{
	struct frame frame = {.kind = user ? FRAME_USER : FRAME_KERNEL, .name = user ? "guest user" : "guest kernel"};

	return frames_enter(calls->frames, 0, frame);
}

/* Code without a name calls other code of its page: that is one frame. */
static frame_at function_frame(struct calls *calls, frame_at parent, const struct frame *frame)
{
	const struct frame *caller = &calls->frames->node[parent].frame;

	if (!frame->name && caller->kind == frame->kind && !caller->name && caller->number == frame->number)
		return parent;
	return frames_enter(calls->frames, parent, *frame);
}

/* ---- stacks ---- */

static void begin_stack(struct calls *calls, bool user, uint32_t cr3)
{
	calls->now.user = user;
	calls->now.cr3 = cr3;
	calls->now.depth = 0;
	calls->now.frame[0].parent = ring_frame(calls, user);
}

/* Keeps the stack that the guest leaves; the one that was left longest ago gives way. */
static void leave_stack(struct calls *calls)
{
	struct call_stack *place = calls->left;

	if (calls->stacks < CALLS_STACKS)
		place = &calls->left[calls->stacks++];
	else
		for (unsigned i = 1; i < CALLS_STACKS; i++)
			if (calls->left[i].left_at < place->left_at)
				place = &calls->left[i];
	calls->now.left_at = calls->looks;
	*place = calls->now;
}

static uint32_t distance(uint32_t left, uint32_t right)
{
	return left < right ? right - left : left - right;
}

/* The guest's stack is one that it left, or it begins. */
static bool find_stack(struct calls *calls, bool user, uint32_t cr3, uint32_t pointer)
{
	struct call_stack *found = NULL;

	for (unsigned i = 0; i < calls->stacks; i++) {
		struct call_stack *left = &calls->left[i];

		if (left->user == user && (!user || left->cr3 == cr3) && distance(left->pointer, pointer) <= STACK_NEAR &&
		    (!found || distance(left->pointer, pointer) < distance(found->pointer, pointer)))
			found = left;
	}
	if (!found)
		return false;
	calls->now = *found;
	*found = calls->left[--calls->stacks];
	return true;
}

/* From user to kernel, the kernel's stack begins anew; it is of no use once it has gone back. */
static void change_ring(struct calls *calls, bool user, uint32_t cr3, uint32_t pointer)
{
	if (calls->now.user && calls->looks)
		leave_stack(calls);
	if (!user || !find_stack(calls, user, cr3, pointer))
		begin_stack(calls, user, cr3);
}

static void change_stack(struct calls *calls, uint32_t cr3, uint32_t pointer)
{
	struct call_stack old = calls->now;
	bool far = distance(old.pointer, pointer) >= STACK_FAR;

	if (!find_stack(calls, old.user, cr3, pointer)) {
		if (!far)
			return;
		leave_stack(calls);
		begin_stack(calls, old.user, cr3);
		return;
	}
	struct call_stack found = calls->now;

	calls->now = old;
	leave_stack(calls);
	calls->now = found;
}

static void call(struct calls *calls, uint32_t pointer)
{
	struct call_stack *now = &calls->now;

	if (now->depth + 1 == CALLS_DEEP)
		return;
	now->depth++;
	now->frame[now->depth].base = pointer;
	now->frame[now->depth].parent = calls->at;
}

static void move(struct calls *calls, uint32_t eip, uint32_t cr3, uint32_t pointer)
{
	bool onward = eip - calls->eip <= LONGEST;
	uint32_t fallen = calls->now.pointer - pointer;

	if (!onward && fallen > 0 && fallen <= CALL_MOST)
		call(calls, pointer);
	else if (distance(calls->now.pointer, pointer) > CALL_MOST)
		change_stack(calls, cr3, pointer);
}

static void unwind(struct call_stack *stack, uint32_t pointer)
{
	while (stack->depth > 0 && pointer > stack->frame[stack->depth].base)
		stack->depth--;
}

static uint32_t linear_eip(const struct cpu_state *guest)
{
	return guest->segment[CS].base + guest->eip;
}

frame_at calls_look(struct calls *calls, const struct cpu_state *guest)
{
	uint32_t eip = linear_eip(guest), pointer = guest->gpr[ESP];
	bool user = guest->cpl == 3;

	if (!calls->looks || user != calls->now.user || (user && guest->cr3 != calls->now.cr3))
		change_ring(calls, user, guest->cr3, pointer);
	else
		move(calls, eip, guest->cr3, pointer);
	unwind(&calls->now, pointer);
	calls->looks++;
	calls->eip = eip;
	calls->now.pointer = pointer;
	calls->at = function_frame(calls, calls->now.frame[calls->now.depth].parent, name_of(calls, eip, user));
	return calls->at;
}

frame_at calls_place(struct calls *calls, const struct cpu_state *guest)
{
	bool user = guest->cpl == 3;

	return function_frame(calls, ring_frame(calls, user), name_of(calls, linear_eip(guest), user));
}
