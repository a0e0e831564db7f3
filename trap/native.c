/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/native.c - the technique `native`: no VMM. The guest kernel has ring 0 of the processor and its
 * own page tables; nothing leaves direct execution. The baseline that every other technique is held to.
 */
#include "trap/techniques.h"

static bool enter(struct vm *vm)
{
	(void)vm;
	return true;
}

static void leave(struct vm *vm)
{
	(void)vm;
}

static enum vm_end run(struct vm *vm, uint64_t deadline)
{
	return vm_end_of_stop(cpu_run(vm->processor, deadline));
}

static enum vm_end step(struct vm *vm)
{
	return vm_end_of_stop(cpu_step(vm->processor));
}

const struct technique technique_native = {
	.name = "native",
	.summary = "no VMM: the guest has the processor for itself",
	.vmm = false,
	.pagings = 1 << PAGING_GUEST,
	.paging = PAGING_GUEST,
	.enter = enter,
	.leave = leave,
	.run = run,
	.step = step,
};
