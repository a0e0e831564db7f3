/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/world.c - the two states and the switch between them: what the guest believes (the virtual CPU)
 * and what the hardware holds while it runs deprivileged (the processor).
 *
 *   virtual CPU                     processor
 *   general registers, EIP          the same
 *   CPL 0                           CPL 1 or 3; RPL of CS and SS the same
 *   IF, IOPL                        IF = 1, IOPL = 0: the VMM's interrupts must come through
 *   GDTR, LDTR, IDTR, TR            the VMM's tables in its window
 *   CR3                             the shadow root
 *   CR0.WP, CR4, EFER               the VMM's: PG, WP, PAE, NX on
 *   CR0.TS, MP, EM, NE              the same, so that #NM comes when the guest wants it
 *   CR4.TSD, DE, OSFXSR, OSXMMEXCPT the same: what an instruction does hangs on them; TSD set where RDTSC is to trap
 *   CR0.AM                          the same, but clear for a kernel in ring 3
 *   CR4.UMIP                        set where the processor has it: the VMM is glad of every trap
 *
 * Segment registers are loaded from the shadow tables by their selectors, as an IRET to the guest would:
 * where the hidden part of the guest's register is another than that (a segment that is not reversible,
 * as between LGDT and the next far jump), hardware cannot hold this guest and the interpreter goes on.
 */
#include "trap/deprivileged.h"

#include <string.h>

#define FLAGS_OF_THE_VMM (EFLAGS_IF | EFLAGS_IOPL | EFLAGS_VM | EFLAGS_VIF | EFLAGS_VIP)

/* ---- segments ---- */

static bool same_hidden_part(const struct segment *a, const struct segment *b)
{
	return a->base == b->base && a->limit == b->limit && a->access == b->access;
}

static bool is_stack_or_code(enum segment_register reg)
{
	return reg == CS || reg == SS;
}

/* Where the VMM's own descriptors stand, the guest's are not in the shadow. */
static bool is_vmm_selector(uint16_t selector)
{
	return !(selector & 4) && (selector & 0xfff8) >= VMM_FIRST;
}

/* What hardware would load for the guest's register. False: it cannot. */
static bool deprivileged_segment(const struct deprivileged *state, enum segment_register reg, struct segment *result)
{
	const struct cpu_state *guest = cpu_state_const(state->vm->vcpu);
	const struct segment *segment = &guest->segment[reg];
	const struct descriptor *descriptor = guest_descriptor(state, segment->selector), *shadow;
	struct segment expected;
	unsigned cpl = real_cpl(state, guest->cpl);

	if (!(segment->access & ACCESS_PRESENT)) {
		*result = (struct segment){.selector = segment->selector & 3};
		return !is_stack_or_code(reg) && !(segment->selector & 0xfffc);
	}
	if (!descriptor || is_vmm_selector(segment->selector))
		return false;
	expected = descriptor_segment(segment->selector, *descriptor);
	shadow = shadow_descriptor(state, segment->selector, current_view(state));
	if (!same_hidden_part(&expected, segment) || !(shadow->high & DESCRIPTOR_PRESENT) ||
	    !(shadow->high & DESCRIPTOR_S))
		return false;
	*result = descriptor_segment(segment->selector, *shadow);
	if (is_stack_or_code(reg))
		result->selector = (uint16_t)((result->selector & ~3u) | cpl);
	return reg == CS || segment_dpl(result) >= cpl;
}

bool world_can_enter(struct deprivileged *state)
{
	const struct cpu_state *guest = cpu_state_const(state->vm->vcpu);

	if (guest->a20_masked)
		return false; /* shadow entries lead to where addresses with bit 20 lead */
	if (guest->nmi_blocked)
		return false; /* the IRET that ends it does not trap: the handler of an NMI is interpreted up to there */
	if (!state_protected(guest) || state_v86(guest) || guest->cpl == 1 || guest->cpl == 2)
		return false;
	descriptors_sync(state);
	if (state->loaded_holds && state->loaded_cpl == guest->cpl &&
	    !memcmp(state->loaded_for, guest->segment, sizeof state->loaded_for))
		return true;
	for (enum segment_register reg = ES; reg <= GS; reg++)
		if (!deprivileged_segment(state, reg, &state->loaded[reg]))
			return state->loaded_holds = false;
	memcpy(state->loaded_for, guest->segment, sizeof state->loaded_for);
	state->loaded_cpl = guest->cpl;
	return state->loaded_holds = true;
}

/* ---- entering ---- */

static void load_tables(const struct deprivileged *state, struct cpu_state *real)
{
	bool users = current_view(state) == VIEW_USER;

	real->gdtr.base = SHADOW_HOLE + (users ? TABLE_FRAMES * PAGE_SIZE : 0);
	real->gdtr.limit = 0xffff;
	real->idtr.base = SHADOW_HOLE + WINDOW_IDT * PAGE_SIZE;
	real->idtr.limit = 256 * 8 - 1;
	real->segment[LDTR] = (struct segment){
		.selector = VMM_LDT,
		.base = SHADOW_HOLE + (WINDOW_LDT + (users ? TABLE_FRAMES : 0)) * PAGE_SIZE,
		.limit = 0xffff,
		.access = ACCESS_PRESENT | 2,
	};
	real->segment[TR] = (struct segment){
		.selector = VMM_TSS,
		.base = real->idtr.base + TSS_OFFSET,
		.limit = 103, /* no I/O bitmap: every port access traps */
		.access = ACCESS_PRESENT | 11,
	};
}

static void load_control_registers(struct deprivileged *state, const struct cpu_state *guest, struct cpu_state *real)
{
	struct shadow_root root = shadow_root(state->shadow, current_view(state));
	uint32_t taken = CR0_TS | CR0_EM | CR0_MP;

	if (state->ring == 1 || guest->cpl == 3)
		taken |= CR0_AM; /* alignment is checked in ring 3 alone, which the guest's kernel is not in */
	/* NE: an #MF is an exit, and what the guest's own NE makes of it is the virtual CPU's to say. */
	real->cr0 = CR0_PG | CR0_WP | CR0_PE | CR0_ET | CR0_NE | (guest->cr0 & taken);
	real->cr3 = root.cr3;
	memcpy(real->pae_pointer, root.pointer, sizeof root.pointer);
	real->cr4 = (root.two_levels ? 0 : CR4_PAE) | (guest->cr4 & (CR4_TSD | CR4_DE | CR4_OSFXSR | CR4_OSXMMEXCPT)) | (state->vm->features.umip ? CR4_UMIP : 0) |
	            (state->rdtsc_traps ? CR4_TSD : 0);
	real->efer = EFER_NXE;
	real->tsc_offset = guest->tsc_offset;
	real->sysenter_cs = 0; /* SYSENTER traps */
	real->apic_base = guest->apic_base; /* as CPUID shall tell the guest */
	for (unsigned i = 0; i < 4; i++)
		real->dr[i] = guest->dr[i];
	real->dr[6] = guest->dr[6];
	real->dr[7] = guest->dr[7] & ~0x2000u; /* without GD: every MOV DR traps anyway */
}

/*
 * tour 1.7: Back into the guest
 * The processor gets the deprivileged picture of a virtual CPU whose IF is now 0: its own IF is 1 all the
 * same, for the VMM must hear its timer. Only inject_interrupt looks at the guest's.
 */
void world_enter(struct deprivileged *state)
{
	struct vm *vm = state->vm;
	const struct cpu_state *guest = cpu_state_const(vm->vcpu);
	struct cpu_state *real = cpu_state(vm->processor);

	memcpy(real->gpr, guest->gpr, sizeof real->gpr);
	real->eip = guest->eip;
	real->eflags = (guest->eflags & ~(uint32_t)FLAGS_OF_THE_VMM) | EFLAGS_IF;
	for (enum segment_register reg = ES; reg <= GS; reg++)
		real->segment[reg] = state->loaded[reg];
	real->cpl = (uint8_t)real_cpl(state, guest->cpl);
	real->activity = ACTIVITY_ACTIVE;
	real->interrupt_shadow = SHADOW_NONE;
	real->pending_debug = guest->pending_debug;
	load_tables(state, real);
	load_control_registers(state, guest, real);
	cpu_state_changed(vm->processor);
	if (shadow_take_flush(state->shadow))
		cpu_tlb_flush(vm->processor);
}

/* ---- leaving ---- */

/* The guest loaded another selector: its register holds what its own descriptor says. A null one takes the access
 * away and leaves base and limit, which real mode would find again. */
static void take_segment(struct deprivileged *state, struct cpu_state *guest, enum segment_register reg, uint16_t selector)
{
	const struct descriptor *descriptor = guest_descriptor(state, selector);

	if (is_stack_or_code(reg))
		selector = (uint16_t)((selector & ~3u) | guest->cpl);
	if (descriptor) {
		guest->segment[reg] = descriptor_segment(selector, *descriptor);
		return;
	}
	guest->segment[reg].selector = selector;
	guest->segment[reg].access = 0;
}

/*
 * tour 1.4: The world switch out
 * What direct execution has changed is taken into the virtual CPU: general registers, EIP, the flags that
 * are the guest's own. IF and IOPL are not: the hardware's are the VMM's, and the virtual CPU keeps the
 * guest's. That is also why POPF goes wrong here: what it did to IF was dropped before it came this far.
 */
void world_leave(struct deprivileged *state)
{
	struct vm *vm = state->vm;
	const struct cpu_state *real = cpu_state_const(vm->processor);
	struct cpu_state *guest = cpu_state(vm->vcpu);

	memcpy(guest->gpr, real->gpr, sizeof guest->gpr);
	guest->eip = real->eip;
	guest->eflags = (real->eflags & ~(uint32_t)FLAGS_OF_THE_VMM) | (guest->eflags & FLAGS_OF_THE_VMM);
	guest->interrupt_shadow = real->interrupt_shadow;
	guest->pending_debug = real->pending_debug;
	if (state->ring == 1) /* an IRET or far RET to user code does not trap; nor does a gate of pv back to the kernel */
		guest->cpl = real->cpl == 3 ? 3 : 0;
	for (enum segment_register reg = ES; reg <= GS; reg++)
		if (real->segment[reg].selector != state->loaded[reg].selector)
			take_segment(state, guest, reg, real->segment[reg].selector);
	cpu_state_changed(vm->vcpu);
}
