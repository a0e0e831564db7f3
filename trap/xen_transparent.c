/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/xen_transparent.c - calls of a guest that believes in ring 0 and holds guest-physical addresses (Xen's fully
 * virtualized guests with paravirtual calls). What they do, the guest could have done by itself one instruction at a time, so
 * nothing needs validating but that it is the guest's own memory; the effect is the same in every technique,
 * for it is in the guest's memory and registers. Shadows learn of it as of any store.
 */
#include "cpu/paging.h"
#include "trap/pv.h"

#include <string.h>

/* ---- page tables ---- */

static bool is_pae(const struct vm *vm)
{
	return cpu_state_const(vm->vcpu)->cr4 & CR4_PAE;
}

static unsigned entry_size(const struct vm *vm)
{
	return is_pae(vm) ? 8 : 4;
}

static int32_t store_entry(struct call *call, uint64_t gpa, uint64_t value, bool preserve)
{
	struct memory *memory = call->vm->memory;
	unsigned size = entry_size(call->vm);
	uint64_t old = 0;

	if (gpa & (size - 1) || (size == 4 && value > UINT32_MAX))
		return -XEN_EINVAL;
	if (!memory_read(memory, gpa, &old, size) || !guest_storable(call->vm, gpa))
		return -XEN_EINVAL;
	if (preserve)
		value = (value & ~(uint64_t)(ENTRY_A | ENTRY_D)) | (old & (ENTRY_A | ENTRY_D));
	memory_write(memory, gpa, &value, size);
	return 0;
}

static int32_t update_one(struct call *call, const void *item)
{
	enum { COMMAND = 3 };
	const struct mmu_update *update = item;

	switch (update->ptr & COMMAND) {
	case MMU_NORMAL_PT_UPDATE: return store_entry(call, update->ptr, update->val, false);
	case MMU_PT_UPDATE_PRESERVE_AD:
		return store_entry(call, update->ptr & ~(uint64_t)COMMAND, update->val, true);
	default: return -XEN_EINVAL; /* the guest has no machine addresses to put into a table */
	}
}

int32_t transparent_mmu_update(struct call *call)
{
	return batch_run(call, sizeof(struct mmu_update), update_one);
}

/* Where the last level's entry of an address is, in the tables that CR3 has now. */
static bool find_entry(const struct vm *vm, uint32_t gla, uint64_t *gpa)
{
	struct walk walk;

	cpu_walk(cpu_state_const(vm->vcpu), &vm->guest_bus, gla, ACCESS_READ, false, &walk);
	for (unsigned i = 0; i < walk.steps; i++)
		if (walk.step[i].level == 1) {
			*gpa = walk.step[i].entry_address;
			return true;
		}
	return false;
}

int32_t transparent_update_va_mapping(struct call *call)
{
	uint32_t gla = call->argument[0], flush = call->argument[3] & UVMF_FLUSHTYPE_MASK;
	uint64_t value = (uint64_t)call->argument[2] << 32 | call->argument[1], gpa;
	int32_t result;

	if (flush == UVMF_FLUSHTYPE_MASK || !find_entry(call->vm, gla, &gpa))
		return -XEN_EINVAL;
	call_charge(call, COST_hypercall_item);
	result = store_entry(call, gpa, value, false);
	if (result)
		return result;
	if (flush == UVMF_TLB_FLUSH)
		guest_flush(call->vm);
	if (flush == UVMF_INVLPG)
		guest_flush_page(call->vm, gla);
	return 0;
}

/* ---- mmuext_op ---- */

static bool read_pointers(const struct vm *vm, uint64_t gpa, uint64_t pointer[4])
{
	if (!memory_read(vm->memory, gpa, pointer, 4 * sizeof *pointer))
		return false;
	for (unsigned i = 0; i < 4; i++)
		if (pointer[i] & ENTRY_P && pointer[i] & PDPTE_RESERVED)
			return false;
	return true;
}

static int32_t new_base(struct vm *vm, uint32_t gfn)
{
	struct cpu_state *guest = cpu_state(vm->vcpu);
	uint64_t gpa = (uint64_t)gfn << PAGE_SHIFT, pointer[4];

	if (gpa >= memory_guest_size(vm->memory))
		return -XEN_EINVAL;
	if (is_pae(vm) && state_paging(guest)) {
		if (!read_pointers(vm, gpa, pointer))
			return -XEN_EINVAL;
		memcpy(guest->pae_pointer, pointer, sizeof guest->pae_pointer);
	}
	guest->cr3 = (uint32_t)gpa;
	guest_flush(vm);
	return 0;
}

/* Pinning has no meaning where the guest's tables are not the ones that hardware walks. */
static int32_t pin(const struct vm *vm, uint32_t gfn)
{
	return (uint64_t)gfn << PAGE_SHIFT < memory_guest_size(vm->memory) ? 0 : -XEN_EINVAL;
}

static int32_t extended_one(struct call *call, const void *item)
{
	const struct mmuext_op *op = item;
	struct vm *vm = call->vm;

	switch (op->cmd) {
	case MMUEXT_PIN_L1_TABLE:
	case MMUEXT_PIN_L2_TABLE:
	case MMUEXT_PIN_L3_TABLE:
	case MMUEXT_UNPIN_TABLE:
		return pin(vm, op->arg1.mfn);
	case MMUEXT_NEW_BASEPTR:
		return new_base(vm, op->arg1.mfn);
	case MMUEXT_TLB_FLUSH_LOCAL:
	case MMUEXT_TLB_FLUSH_MULTI:
	case MMUEXT_TLB_FLUSH_ALL:
		guest_flush(vm);
		return 0;
	case MMUEXT_INVLPG_LOCAL:
	case MMUEXT_INVLPG_MULTI:
	case MMUEXT_INVLPG_ALL:
		guest_flush_page(vm, op->arg1.linear_addr);
		return 0;
	case MMUEXT_FLUSH_CACHE:
		return 0;
	default:
		return -XEN_ENOSYS;
	}
}

int32_t transparent_mmuext_op(struct call *call)
{
	return batch_run(call, sizeof(struct mmuext_op), extended_one);
}

/* ---- descriptors, traps, stack ---- */

int32_t transparent_update_descriptor(struct call *call)
{
	uint64_t gpa = (uint64_t)call->argument[1] << 32 | call->argument[0];
	uint32_t descriptor[2] = {call->argument[2], call->argument[3]};

	if (gpa & 7 || gpa >= memory_guest_size(call->vm->memory) || !guest_storable(call->vm, gpa))
		return -XEN_EINVAL;
	memory_write(call->vm->memory, gpa, descriptor, sizeof descriptor);
	return 0;
}

/* The gate that a line of the trap table stands for (SDM vol. 3, figure 6-2), in the guest's own IDT. */
static int32_t check_gate(struct vm *vm, const struct trap_info *trap)
{
	const struct cpu_state *guest = cpu_state_const(vm->vcpu);

	if (!(trap->cs & 0xfffc) || trap->cs & 3 || trap->vector * 8u + 7 > guest->idtr.limit)
		return -XEN_EINVAL;
	return guest_writable(vm, guest->idtr.base + trap->vector * 8u, 8) ? 0 : -XEN_EFAULT;
}

static bool write_gate(struct vm *vm, const struct trap_info *trap)
{
	enum { PRESENT = 1u << 15, INTERRUPT_GATE = 0xe00, TRAP_GATE = 0xf00 };
	uint32_t gate[2] = {
		(uint32_t)trap->cs << 16 | (trap->address & 0xffff),
		(trap->address & 0xffff0000) | PRESENT | (uint32_t)(trap->flags & XEN_TI_DPL) << 13 |
			(trap->flags & XEN_TI_MASK ? INTERRUPT_GATE : TRAP_GATE),
	};

	return guest_write(vm, cpu_state_const(vm->vcpu)->idtr.base + trap->vector * 8u, gate, sizeof gate);
}

int32_t transparent_set_trap_table(struct call *call)
{
	struct trap_info table[TRAP_TABLE_MAX];
	struct xen *xen = call->xen;
	int32_t count = call->argument[0] ? read_trap_table(call, table) : 0, result = 0;

	if (count < 0)
		return count;
	for (int32_t i = 0; i < count && !result; i++)
		result = check_gate(call->vm, &table[i]);
	if (result)
		return result;
	xen->changes++;
	if (!call->argument[0])
		memset(xen->trap, 0, sizeof xen->trap);
	for (int32_t i = 0; i < count; i++) {
		if (!write_gate(call->vm, &table[i]))
			return -XEN_EFAULT; /* an earlier gate has overwritten the tables that map this one */
		xen->trap[table[i].vector] = table[i];
	}
	xen->has_traps = call->argument[0] != 0;
	return 0;
}

/* SS0 and ESP0 of a 32-bit TSS (SDM vol. 3, figure 7-2). */
int32_t transparent_stack_switch(struct call *call)
{
	enum { TYPE_TSS32_BUSY = 11, ESP0 = 4 };
	const struct segment *task = &cpu_state_const(call->vm->vcpu)->segment[TR];
	uint32_t stack[2] = {call->argument[1], call->argument[0]};
	struct xen *xen = call->xen;

	if (!(stack[1] & 0xfffc) || stack[1] & 3 || stack[1] > 0xffff)
		return -XEN_EPERM;
	if (!(task->access & ACCESS_PRESENT) || (task->access & 0x1f) != TYPE_TSS32_BUSY || task->limit < ESP0 + sizeof stack)
		return -XEN_EINVAL;
	if (!guest_write(call->vm, task->base + ESP0, stack, sizeof stack))
		return -XEN_EFAULT;
	xen->stack_esp = stack[0];
	xen->stack_ss = stack[1];
	xen->has_stack = true;
	xen->changes++;
	return 0;
}

/* ---- sched_op(command, argument) ---- */

static int32_t block(struct vm *vm)
{
	struct cpu_state *guest = cpu_state(vm->vcpu);

	guest->eflags |= EFLAGS_IF;
	guest->activity = ACTIVITY_HALTED;
	return 0;
}

int32_t transparent_sched_op(struct call *call)
{
	struct sched_shutdown shutdown;

	switch (call->argument[0]) {
	case SCHEDOP_yield: return 0;
	case SCHEDOP_block: return block(call->vm);
	case SCHEDOP_shutdown:
		if (!guest_read(call->vm, call->argument[1], &shutdown, sizeof shutdown))
			return -XEN_EFAULT;
		return guest_shutdown(call, shutdown.reason);
	default: return -XEN_ENOSYS;
	}
}

int32_t transparent_sched_op_compat(struct call *call)
{
	switch (call->argument[0]) {
	case SCHEDOP_yield: return 0;
	case SCHEDOP_block: return block(call->vm);
	case SCHEDOP_shutdown: return guest_shutdown(call, call->argument[1]);
	default: return -XEN_ENOSYS;
	}
}
