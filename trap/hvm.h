/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/hvm.h - for this floor: the technique `hvm`, a VMM on hardware assist. Read in this order: hvm_vmcs.c (what
 * is to exit, and what is not), hvm_world.c (virtual CPU and guest-state area, and which guests hardware can hold),
 * hvm_entry.c (into the guest, with an event or without), hvm_exits.c (the table of exits), hvm.c (the loop).
 * cpu/vmx.h has the processor's side; vmm.h what all VMMs here have.
 */
#ifndef RINGSIDE_TRAP_HVM_H
#define RINGSIDE_TRAP_HVM_H

#include "cpu/vmx.h"
#include "shadowpt/nested.h"
#include "trap/vmm.h"

/* The VMM frames of this technique: the MSR bitmaps; shadow pager or nested tables have the rest of the pool. */
enum { HVM_MSR_BITMAP = 0, HVM_FRAMES = 1 };
enum { HVM_VPID = 1 };

/* An event for the next VM entry, as the VMCS's fields say it. */
struct injection {
	uint32_t information; /* INTERRUPTION_...; valid bit clear: none */
	uint32_t error_code;
	uint32_t length; /* of a software event's instruction */
};

struct hvm {
	struct vm *vm;
	struct vmcs *vmcs;
	struct shadow *shadow; /* NULL with nested paging */
	struct nested *nested; /* NULL with shadow paging */
	bool launched;
	bool pdpte_registers;       /* the processor has PDPTE registers under nested paging */
	bool refused;               /* VM entry found fault with the guest state: interpret */
	struct cost_profile free;   /* the virtual CPU's prices: the VMM charges for its work itself */
	struct cpu_event delivered; /* by the virtual CPU during the last emulation; EVENT_NONE: none */
	bool traced_page_table;     /* a store of this exit hit one */
	struct patience patience;
	uint64_t page_exit;         /* instruction count at the last exit of a page fault, #MF or EPT violation */
	struct injection injection; /* waits for the next entry */
	bool delivering;            /* the last entry had one: the exit of a fault on its way may be pending */
	enum flush flush;           /* due before the next entry, */
	uint32_t flush_linear;      /* of this page */
	/* What the VMCS holds of what is not constant, so that only what has changed is written. */
	struct cpu_state loaded;
	uint32_t primary, exceptions, cr0_shadow, cr4_shadow;
	uint64_t tsc_offset;
	struct cpu_state left; /* the virtual CPU when the guest was left to run: differs it, somebody else has changed it */
};

static inline struct hvm *hvm(const struct vm *vm)
{
	return vm->technique_state;
}

/* The guest's own state. */
static inline const struct cpu_state *guest_cpu(const struct hvm *state)
{
	return cpu_state_const(state->vm->vcpu);
}

static inline bool in_guest(const struct hvm *state)
{
	return cpu_vmx_non_root(state->vm->processor);
}

/* The current VMCS, at its price. The fields exist, so these succeed in root operation. */
uint64_t hvm_read(struct hvm *state, enum vmcs_field field);
void hvm_write(struct hvm *state, enum vmcs_field field, uint64_t value);

/* ---- hvm_vmcs.c ---- */

/* VMXON, and a VMCS with all that stays the same while the guest runs. False: vm->message. */
bool hvm_begin_operation(struct hvm *state);
void hvm_end_operation(struct hvm *state);
/* Bits of CR0 and CR4 that are the VMM's: the guest reads what it wrote, and a change is an exit. */
uint32_t hvm_cr0_mask(const struct hvm *state);
uint32_t hvm_cr4_mask(const struct hvm *state);
/* Exceptions that exit, as a bitmap, while the virtual CPU is what it is. */
uint32_t hvm_exceptions(const struct hvm *state);

/* ---- hvm_world.c ---- */

/* Does the manual allow a VM entry with this guest state (SDM vol. 3, 26.3.1)? */
bool hvm_can_enter(const struct hvm *state);
/* The virtual CPU as hardware is to hold it. With shadow paging this finds its root, which has its price. */
void hvm_real_state(struct hvm *state, struct cpu_state *real);
/* VMWRITE for all in the guest-state area that differs from `real`, and the other registers into the processor. */
void hvm_load(struct hvm *state, const struct cpu_state *real);
/* Takes the guest into the virtual CPU: after an exit, and from a processor that is still in non-root operation. */
void hvm_take_exit(struct hvm *state);
void hvm_take_running(struct hvm *state);

/* ---- hvm_entry.c ---- */

/* Enters the guest, with a waiting event if there is one; its cycles are written into `event` as a phase. False:
 * hardware refused, and the state is what it was. */
bool hvm_enter(struct hvm *state, struct event *event);
/* Is there anything to enter? Neither halted nor shut down, ended nor impossible. */
bool hvm_runnable(const struct hvm *state);
/* Would an entry now deliver an interrupt? */
bool hvm_interrupt_is_ready(const struct hvm *state);
/* A halted virtual CPU wakes when an interrupt is there for it. */
void hvm_wake(struct hvm *state);
/* Delivers what waits by software, where hardware cannot: the guest's handler is entered in the virtual CPU. */
void hvm_deliver(struct hvm *state);
/*
 * The exit for a page that was lacking leaves RF set (SDM vol. 3, 27.3.3), so that its instruction meets a breakpoint
 * once. Without breakpoints it says nothing: what is about to store the flags before that instruction runs again drops
 * it, for bare hardware had no such exit.
 */
void hvm_drop_resume_flag(struct hvm *state);
void hvm_inject_exception(struct hvm *state, unsigned vector, uint32_t error_code);

/* ---- hvm_exits.c ---- */

/* The processor came back with a VM exit; the virtual CPU is up to date, or ahead of it. Handles it and
 * goes back into the guest if it can. False: vm->message. */
bool hvm_exit(struct hvm *state);

#endif
