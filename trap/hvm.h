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
#include "trap/assist.h"
#include "trap/vmm.h"

/* The VMM frames of this technique: the MSR bitmaps; shadow pager or nested tables have the rest of the pool. */
enum { HVM_MSR_BITMAP = 0, HVM_FRAMES = 1 };
enum { HVM_VPID = 1 };

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
	/* What parts that stand in for hvm's own ask about: */
	struct assist_controls controls; /* as the VMCS has them */
	bool controls_asked;
	bool window;               /* wanted for a waiting interrupt, at this entry */
	struct injection vectored; /* of the last exit */
	uint64_t exits[REASON_COUNT];
	struct {
		uint64_t instructions;
		uint32_t eip, reason, times;
	} stuck; /* exits one after the other, with nothing done between */
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
/* Without a price: for what looks on, or has been paid for. */
uint64_t hvm_peek(const struct hvm *state, enum vmcs_field field);

/* ---- hvm_vmcs.c ---- */

/* VMXON, and a VMCS with all that stays the same while the guest runs. False: vm->message. */
bool hvm_begin_operation(struct hvm *state);
void hvm_end_operation(struct hvm *state);
/* Bits of CR0 and CR4 that must be the VMM's: the guest reads what it wrote, and a change is an exit. The masks may have more. */
uint32_t hvm_cr0_needed(const struct hvm *state);
uint32_t hvm_cr4_needed(const struct hvm *state);
/* Controls by which everything exits that can. */
struct assist_controls hvm_all_controls(const struct hvm *state);
/* Writes what differs from the controls in force. */
void hvm_write_controls(struct hvm *state, const struct assist_controls *controls);
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

/* ---- hvm_assist.c: whether other parts do it; nothing of this happens without such parts ---- */

/* Before the first entry. */
void hvm_assist_controls(struct hvm *state);
/* Is this exit one that other parts are asked about? */
bool hvm_assist_asks(const struct hvm *state, uint32_t reason);
/* An instruction or exception: done by another part. False: hvm's own does it; hvm_assist_exit_done follows in either case. */
bool hvm_assist_exit(struct hvm *state, uint32_t reason);
/* What the virtual CPU delivered by itself goes with the VM entry instead, as another part would have it. */
void hvm_assist_by_entry(struct hvm *state, const struct cpu_state *before);
void hvm_assist_exit_done(struct hvm *state, uint32_t reason, const struct cpu_state *before, uint64_t since);
/* An EPT violation. False: hvm's own; *emulate: the VMM must do the access. */
bool hvm_assist_violation(struct hvm *state, bool *emulate);
void hvm_assist_violation_done(struct hvm *state, const struct cpu_state *before, uint64_t since);
/* An entry for which something waits: are other parts asked? */
bool hvm_assist_injects(const struct hvm *state);
/* False: hvm's own does it; hvm_assist_inject_done follows. True: state->injection and state->window are set. */
bool hvm_assist_inject(struct hvm *state);
void hvm_assist_inject_done(struct hvm *state, uint64_t since);
/* The entry was refused. */
void hvm_assist_refused(struct hvm *state);
/* An exit has come: counts it, and notices when nothing else happens. */
void hvm_assist_count(struct hvm *state, uint32_t reason);

/* ---- hvm_exits.c ---- */

/* The processor came back with a VM exit; the virtual CPU is up to date, or ahead of it. Handles it and
 * goes back into the guest if it can. False: vm->message. */
bool hvm_exit(struct hvm *state);

#endif
