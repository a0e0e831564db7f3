/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/trap.c - the technique `trap`: plain trap-and-emulate (Goldberg 1973; Popek and Goldberg 1974).
 * The guest kernel runs deprivileged in ring 1 or 3 of the processor, on shadow page tables. The VMM
 * acts on exits alone: what IA-32 lets a deprivileged kernel do in silence goes wrong in silence, and
 * is only pointed at (sensitive.c).
 */
#include "core/refuse.h"
#include "trap/deprivileged.h"

#include <stdlib.h>

static bool enter(struct vm *vm)
{
	struct deprivileged *state = arena_take(vm->arena, sizeof *state);

	if (!state)
		return refuse(vm->message, sizeof vm->message, "not enough memory; close other programs");
	if (deprivileged_begin(state, vm, 0))
		return true;
	arena_give(vm->arena, state);
	return false;
}

static void leave(struct vm *vm)
{
	struct deprivileged *state = deprivileged(vm);

	deprivileged_end(state);
	arena_give(vm->arena, state);
}

static enum vm_end run(struct vm *vm, uint64_t deadline)
{
	return run_until(vm, deadline, deprivileged_go_on);
}

static enum vm_end step(struct vm *vm)
{
	return deprivileged_go_on(vm, vm->clock + 1, true);
}

static void stored(struct vm *vm, uint64_t gpa, uint32_t size)
{
	if (deprivileged(vm))
		deprivileged_stored(deprivileged(vm), gpa, size);
}

const struct technique technique_trap = {
	.name = "trap",
	.summary = "trap and emulate: the kernel deprivileged, shadow page tables",
	.vmm = true,
	.deprivileges = true,
	.pagings = 1 << PAGING_SHADOW,
	.paging = PAGING_SHADOW,
	.enter = enter,
	.leave = leave,
	.run = run,
	.step = step,
	.stored = stored,
};
