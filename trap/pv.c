/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/pv.c - the technique `pv`: the guest's kernel knows that it is deprivileged, and calls where others trap (Barham
 * et al. 2003). Its two sides differ in who makes the tables that hardware walks: pv/shadow the VMM, from the guest's;
 * pv/direct the guest, and the VMM validates each update.
 */
#include "trap/pv.h"
#include "trap/techniques.h"

static bool is_direct(const struct vm *vm)
{
	return vm->paging == PAGING_DIRECT;
}

static bool enter(struct vm *vm)
{
	return is_direct(vm) ? pv_direct_enter(vm) : pv_shadow_enter(vm);
}

static void leave(struct vm *vm)
{
	if (is_direct(vm))
		pv_direct_leave(vm);
	else
		pv_shadow_leave(vm);
}

static enum vm_end run(struct vm *vm, uint64_t deadline)
{
	return is_direct(vm) ? pv_direct_run(vm, deadline) : pv_shadow_run(vm, deadline);
}

static enum vm_end step(struct vm *vm)
{
	return is_direct(vm) ? pv_direct_step(vm) : pv_shadow_step(vm);
}

/* Nothing is traced where the guest's own tables are walked. */
static void stored(struct vm *vm, uint64_t gpa, uint32_t size)
{
	if (!is_direct(vm))
		pv_shadow_stored(vm, gpa, size);
}

const struct technique technique_pv = {
	.name = "pv",
	.summary = "paravirtualization: hypercalls, system calls straight to ring 1",
	.vmm = true,
	.pagings = 1 << PAGING_SHADOW | 1 << PAGING_DIRECT,
	.paging = PAGING_SHADOW,
	.enter = enter,
	.leave = leave,
	.run = run,
	.step = step,
	.stored = stored,
};
