/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/walk_both.c - one linear address walked twice, as the processor would: from the guest's own state through
 * the guest's tables, and from the processor's through those that it walks.
 */
#include "visualizer/walk_text.h"

#include "core/mode.h"
#include "trap/hvm.h"

/* In the TLB that serves such an access. */
static bool find_in_tlb(const struct cpu *processor, uint32_t linear, enum access access, struct tlb_view *found)
{
	bool fetch = access == ACCESS_EXECUTE;
	size_t size = fetch ? cpu_fetch_tlb_size(processor) : cpu_tlb_size(processor);

	for (size_t i = 0; i < size; i++) {
		*found = fetch ? cpu_fetch_tlb_entry(processor, i) : cpu_tlb_entry(processor, i);
		if (found->valid && (found->linear ^ linear) < PAGE_SIZE)
			return true;
	}
	return false;
}

/* Under nested paging the processor holds the guest's CR3, and each of its references goes through the nested tables. */
static void walk_nested(struct two_walks *walks)
{
	const struct vm *vm = walks->vm;
	struct nested_walk nested;

	cpu_nested_walk(vm->processor, vm_guest_state(vm), nested_pointer(hvm(vm)->nested), walks->linear, walks->access,
	                walks->user, &nested);
	walks->shadowed = walks->nested = true;
	walks->references = nested.steps;
	walks->violated = nested.violated;
	walks->shadow_cr3 = walks->guest_cr3;
	walks->shadow = walks->guest;
	walks->shadow.steps = 0;
	walks->shadow.ok = nested.walk.ok && !nested.violation && !nested.misconfiguration;
	walks->shadow.physical = nested.ma;
	walks->shadow.page_size = nested.page_size;
	walks->shadow.writable = walks->guest.writable && nested.permitted & EPT_WRITE;
}

struct two_walks walk_both(const struct vm *vm, const struct walk_request *request)
{
	struct two_walks walks = { .vm = vm, .linear = request->linear, .access = request->access };
	const struct cpu_state *guest = vm_guest_state(vm), *hardware = cpu_state_const(vm->processor);

	walks.user = request->user;
	walks.guest_cr3 = guest->cr3;
	walks.guest_paging = state_paging(guest);
	cpu_walk(guest, &vm->guest_bus, request->linear, request->access, request->user, &walks.guest);
	walks.in_tlb = find_in_tlb(vm->processor, request->linear, request->access, &walks.tlb);
	if (vm->paging == PAGING_NESTED) {
		walk_nested(&walks);
		return walks;
	}
	walks.direct = vm->paging == PAGING_DIRECT;
	walks.shadowed = vm->technique->vmm && state_paging(hardware) && !walks.direct;
	if (!walks.shadowed)
		return walks;
	walks.shadow_cr3 = hardware->cr3;
	/* A kernel deprivileged to ring 3 reaches its pages as a user does. */
	walks.shadow_user = request->user || vm_mode(vm).ring == 3;
	cpu_walk(hardware, &vm->machine_bus, request->linear, request->access, walks.shadow_user, &walks.shadow);
	return walks;
}
