/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/hvm_world.c - the guest's state in two forms: the virtual CPU, which the VMM works on, and the guest-state
 * area of the VMCS, which hardware runs from. Intel SDM volume 3, 24.4 (the area), 26.3.1 (what an entry checks),
 * 25.3 (masks and read shadows). Compare world.c: nothing is compressed, cut or hidden here.
 */
#include "cpu/paging.h"
#include "trap/hvm.h"

#include <stddef.h>
#include <string.h>

/* ---- what hardware can hold (26.3.1.2, 26.3.1.5) ---- */

static bool usable(const struct segment *segment)
{
	return segment->access & ACCESS_PRESENT;
}

/* A limit that G and its bits agree on. */
static bool limit_holds(const struct segment *segment)
{
	if (segment->access & ACCESS_GRANULARITY)
		return (segment->limit & 0xfff) == 0xfff;
	return !(segment->limit & 0xfff00000);
}

/* Bits 11:8 have no meaning and are clear. */
static bool form_holds(const struct segment *segment, bool system)
{
	return !(segment->access & 0x0f00) && !(segment->access & ACCESS_S) == system && limit_holds(segment);
}

static bool type_in(const struct segment *segment, uint32_t types)
{
	return types >> (segment->access & ACCESS_TYPE) & 1;
}

/* Under shadow paging the guest is restricted: RPL and DPL must be what loading the segment would have left. */
static bool code_holds(const struct hvm *state, const struct cpu_state *guest)
{
	enum { TYPES = 1 << 9 | 1 << 11 | 1 << 13 | 1 << 15, REAL_TYPE = 1 << 3 };
	const struct segment *code = &guest->segment[CS];
	uint32_t types = TYPES | (state->nested ? REAL_TYPE : 0);

	if (!usable(code) || !form_holds(code, false) || !type_in(code, types))
		return false;
	if (type_in(code, REAL_TYPE))
		return segment_dpl(code) == 0 && guest->cpl == 0;
	return code->access & ACCESS_CONFORMING ? segment_dpl(code) <= guest->cpl : segment_dpl(code) == guest->cpl;
}

/* SS.DPL is the CPL in a VMCS. */
static bool stack_holds(const struct hvm *state, const struct cpu_state *guest)
{
	const struct segment *stack = &guest->segment[SS], *code = &guest->segment[CS];

	if (!state->nested && ((stack->selector & 3) != (code->selector & 3) || (stack->selector & 3) != guest->cpl))
		return false;
	if (!usable(stack))
		return true;
	return segment_dpl(stack) == guest->cpl && form_holds(stack, false) && type_in(stack, 1 << 3 | 1 << 7);
}

static bool data_holds(const struct hvm *state, const struct segment *data)
{
	enum { TYPES = 1 << 1 | 1 << 3 | 1 << 5 | 1 << 7 | 1 << 11 | 1 << 15, CONFORMING = 1 << 15 };

	if (!usable(data))
		return true;
	if (!form_holds(data, false) || !type_in(data, TYPES))
		return false;
	return state->nested || type_in(data, CONFORMING) || segment_dpl(data) >= (data->selector & 3u);
}

static bool v86_holds(const struct cpu_state *guest)
{
	enum { DATA_OF_RING_3 = 0xf3 };

	for (enum segment_register reg = ES; reg <= GS; reg++) {
		const struct segment *segment = &guest->segment[reg];

		if (segment->base != (uint32_t)segment->selector << 4 || segment->limit != 0xffff ||
		    segment->access != DATA_OF_RING_3)
			return false;
	}
	return guest->cpl == 3;
}

static bool system_segments_hold(const struct cpu_state *guest)
{
	const struct segment *task = &guest->segment[TR], *local = &guest->segment[LDTR];

	if ((task->selector & 4) || (usable(task) && !(type_in(task, 1 << 3 | 1 << 11) && form_holds(task, true))))
		return false;
	return !usable(local) || (type_in(local, 1 << 2) && !(local->selector & 4) && form_holds(local, true));
}

/* The shadow of STI goes with IF, and a trap that is held off with TF. */
static bool boundary_holds(const struct cpu_state *guest)
{
	bool step = guest->pending_debug >> 14 & 1;

	if (guest->interrupt_shadow == SHADOW_STI && !(guest->eflags & EFLAGS_IF))
		return false;
	return !guest->interrupt_shadow || step == !!(guest->eflags & EFLAGS_TF);
}

bool hvm_can_enter(const struct hvm *state)
{
	const struct cpu_state *guest = guest_cpu(state);

	if (guest->a20_masked)
		return false; /* neither shadow nor nested tables know of the gate */
	if (state->refused || (!state->nested && !state_protected(guest)))
		return false; /* without unrestricted guests VMX operation has no real mode */
	if (!system_segments_hold(guest) || !boundary_holds(guest))
		return false;
	if (state_v86(guest))
		return v86_holds(guest);
	if (!state_protected(guest) && guest->cpl != 0)
		return false;
	return code_holds(state, guest) && stack_holds(state, guest) && data_holds(state, &guest->segment[ES]) &&
	       data_holds(state, &guest->segment[DS]) && data_holds(state, &guest->segment[FS]) &&
	       data_holds(state, &guest->segment[GS]);
}

/* ---- the virtual CPU as hardware is to hold it ---- */

/* VMX demands a task register. One that reaches no byte faults as none would (#TS, and #GP for ports). */
static const struct segment stand_in = {.access = ACCESS_PRESENT | 11};

static bool is_stand_in(const struct segment *task)
{
	return task->access == stand_in.access && !task->base && !task->limit;
}

static void shadow_registers(struct hvm *state, struct cpu_state *real)
{
	struct shadow_root root = shadow_root(state->shadow, VIEW_KERNEL);

	real->cr0 = VMX_CR0_FIXED | CR0_WP | (real->cr0 & ~hvm_cr0_needed(state));
	real->cr3 = root.cr3;
	real->cr4 = CR4_PAE | (real->cr4 & ~hvm_cr4_needed(state));
	real->efer = state->loaded.efer; /* neither saved nor loaded: the guest runs with the host's */
	memcpy(real->pae_pointer, root.pointer, sizeof real->pae_pointer);
}

void hvm_real_state(struct hvm *state, struct cpu_state *real)
{
	const uint32_t untouched = CR0_CD | CR0_NW | CR0_ET; /* by VM entry: not worth a VMWRITE */

	*real = *guest_cpu(state);
	if (state->nested)
		real->cr0 |= CR0_NE;
	else
		shadow_registers(state, real);
	real->cr0 = (real->cr0 & ~untouched) | (state->loaded.cr0 & untouched);
	if (!usable(&real->segment[TR])) {
		real->segment[TR] = stand_in;
		real->segment[TR].selector = guest_cpu(state)->segment[TR].selector;
	}
}

/* ---- into the VMCS, as far as it holds something else ---- */

struct vmcs_register {
	uint16_t field; /* enum vmcs_field */
	uint16_t offset;
	uint8_t size;
};

#define REGISTER(field, member)                                                                     \
	{VMCS_GUEST_##field, offsetof(struct cpu_state, member), sizeof((struct cpu_state *)0)->member}

static const struct vmcs_register registers[] = {
	REGISTER(CR0, cr0), REGISTER(CR3, cr3), REGISTER(CR4, cr4), REGISTER(DR7, dr[7]), REGISTER(RSP, gpr[ESP]),
	REGISTER(RIP, eip), REGISTER(RFLAGS, eflags), REGISTER(GDTR_BASE, gdtr.base), REGISTER(GDTR_LIMIT, gdtr.limit),
	REGISTER(IDTR_BASE, idtr.base), REGISTER(IDTR_LIMIT, idtr.limit), REGISTER(SYSENTER_CS, sysenter_cs),
	REGISTER(SYSENTER_ESP, sysenter_esp), REGISTER(SYSENTER_EIP, sysenter_eip), REGISTER(EFER, efer),
	REGISTER(ACTIVITY, activity),
};

#define SEGMENT(name)                                                                               \
	[name] = {VMCS_GUEST_##name##_SELECTOR, VMCS_GUEST_##name##_BASE, VMCS_GUEST_##name##_LIMIT,  \
	          VMCS_GUEST_##name##_ACCESS}

static const struct {
	uint16_t selector, base, limit, access; /* enum vmcs_field */
} segments[SEGMENT_COUNT] = {
	SEGMENT(ES), SEGMENT(CS), SEGMENT(SS), SEGMENT(DS), SEGMENT(FS), SEGMENT(GS), SEGMENT(LDTR), SEGMENT(TR),
};

static uint64_t value_of(const struct cpu_state *state, const struct vmcs_register *reg)
{
	uint64_t value = 0;

	memcpy(&value, (const char *)state + reg->offset, reg->size);
	return value;
}

static uint32_t access_field(const struct cpu_state *state, enum segment_register reg)
{
	const struct segment *segment = &state->segment[reg];
	uint32_t access = usable(segment) ? segment->access : ACCESS_UNUSABLE;

	return reg == SS ? (access & ~(uint32_t)ACCESS_DPL) | (uint32_t)state->cpl << ACCESS_DPL_SHIFT : access;
}

static void write_if(struct hvm *state, uint16_t field, uint64_t value, uint64_t held)
{
	if (value != held)
		hvm_write(state, (enum vmcs_field)field, value);
}

static void write_segment(struct hvm *state, enum segment_register reg, const struct cpu_state *real)
{
	const struct segment *now = &real->segment[reg], *held = &state->loaded.segment[reg];

	write_if(state, segments[reg].selector, now->selector, held->selector);
	write_if(state, segments[reg].base, now->base, held->base);
	write_if(state, segments[reg].limit, now->limit, held->limit);
	write_if(state, segments[reg].access, access_field(real, reg), access_field(&state->loaded, reg));
}

static uint32_t interruptibility(const struct cpu_state *state)
{
	static const uint32_t shadows[] = {
		[SHADOW_NONE] = 0, [SHADOW_STI] = INTERRUPTIBILITY_STI, [SHADOW_MOV_SS] = INTERRUPTIBILITY_MOV_SS,
	};

	return shadows[state->interrupt_shadow] | (state->nmi_blocked ? INTERRUPTIBILITY_NMI : 0);
}

/* 24.4.2: bits of DR6, and bit 12 for one of an enabled breakpoint. */
static uint32_t pending_debug(const struct cpu_state *state)
{
	return (state->pending_debug & 0x400f) | (state->pending_debug & 0xf ? 1u << 12 : 0);
}

/* With nested paging they are the guest's, in fields of their own (26.3.2.4). */
static void write_pdptes(struct hvm *state, const struct cpu_state *real)
{
	static const uint16_t fields[] = {VMCS_GUEST_PDPTE0, VMCS_GUEST_PDPTE1, VMCS_GUEST_PDPTE2, VMCS_GUEST_PDPTE3};

	for (unsigned i = 0; state->nested && state->pdpte_registers && i < 4; i++)
		write_if(state, fields[i], real->pae_pointer[i], state->loaded.pae_pointer[i]);
}

static void load_processor(struct hvm *state, const struct cpu_state *real)
{
	struct cpu_state *processor = cpu_state(state->vm->processor);

	memcpy(processor->gpr, real->gpr, sizeof processor->gpr);
	memcpy(processor->dr, real->dr, sizeof processor->dr[0] * 7); /* DR7 is in the VMCS */
	processor->cr2 = real->cr2;
}

void hvm_load(struct hvm *state, const struct cpu_state *real)
{
	for (unsigned i = 0; i < sizeof registers / sizeof *registers; i++)
		write_if(state, registers[i].field, value_of(real, &registers[i]), value_of(&state->loaded, &registers[i]));
	for (enum segment_register reg = ES; reg <= TR; reg++)
		write_segment(state, reg, real);
	write_pdptes(state, real);
	write_if(state, VMCS_GUEST_INTERRUPTIBILITY, interruptibility(real), interruptibility(&state->loaded));
	write_if(state, VMCS_GUEST_PENDING_DEBUG, pending_debug(real), pending_debug(&state->loaded));
	state->loaded = *real;
	load_processor(state, real);
}

/* ---- out of it ---- */

/* A virtual CPU has the PDPTEs as registers; hardware that has not reads them at each nested walk. */
static void read_pdptes(const struct hvm *state, struct cpu_state *guest)
{
	memset(guest->pae_pointer, 0, sizeof guest->pae_pointer);
	memory_read(state->vm->memory, guest->cr3 & ~UINT32_C(0x1f), guest->pae_pointer, sizeof guest->pae_pointer);
}

static void take_paging(const struct hvm *state, const struct cpu_state *real, struct cpu_state *guest)
{
	if (!state->nested)
		return; /* every change has exited */
	guest->cr3 = real->cr3;
	guest->efer = real->efer;
	if (!state_paging(guest) || !(guest->cr4 & CR4_PAE))
		return;
	if (state->pdpte_registers)
		memcpy(guest->pae_pointer, real->pae_pointer, sizeof guest->pae_pointer);
	else
		read_pdptes(state, guest);
}

static void take(struct hvm *state, const struct cpu_state *real)
{
	struct cpu_state *guest = cpu_state(state->vm->vcpu), before = *guest;

	*guest = *real;
	guest->cr0 = (real->cr0 & ~state->controls.cr0_mask) | (before.cr0 & state->controls.cr0_mask);
	guest->cr4 = (real->cr4 & ~state->controls.cr4_mask) | (before.cr4 & state->controls.cr4_mask);
	guest->cr3 = before.cr3;
	guest->efer = before.efer;
	memcpy(guest->pae_pointer, before.pae_pointer, sizeof guest->pae_pointer);
	guest->tsc_offset = before.tsc_offset;
	guest->pat = before.pat;
	guest->apic_base = before.apic_base;
	guest->microcode_revision = before.microcode_revision;
	if (is_stand_in(&real->segment[TR]))
		guest->segment[TR] = before.segment[TR];
	take_paging(state, real, guest);
	cpu_state_changed(state->vm->vcpu);
}

void hvm_take_exit(struct hvm *state)
{
	struct cpu_state real = *cpu_state_const(state->vm->processor);

	vmcs_get_guest(state->vmcs, &real);
	state->loaded = real;
	take(state, &real);
}

void hvm_take_running(struct hvm *state)
{
	take(state, cpu_state_const(state->vm->processor));
}
