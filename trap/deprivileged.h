/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/deprivileged.h - for this floor: what techniques that deprivilege need. Read in this order:
 * vmm.h (what every VMM here has), descriptors.c (the GDT that hardware sees), world.c (two states, and switching between them),
 * exits.c (what is done about each exit), sensitive.c (what never exits), deprivileged.c (taking over, one
 * stretch of direct execution), trap.c (the loop).
 */
#ifndef RINGSIDE_TRAP_DEPRIVILEGED_H
#define RINGSIDE_TRAP_DEPRIVILEGED_H

#include "cpu/descriptor.h"
#include "trap/techniques.h"
#include "trap/vmm.h"

/*
 * The VMM's window: the last 2 MiB of each address space while the guest runs, and the VMM frames that
 * it shows. Two GDTs and LDTs: one for the guest's kernel and, when that is deprivileged to ring 3, another
 * one for its users (in ring 1 both use the first).
 *
 *   ffe00000  GDT, kernel view (64 KiB)      ffe20000  LDT, kernel view
 *   ffe10000  GDT, user view                 ffe30000  LDT, user view
 *   ffe40000  IDT, TSS                       frame 65: the page table of the window
 *   ffe42000  frames of the technique's own, from 66 on
 */
enum {
	WINDOW_GDT = 0,
	WINDOW_LDT = 32,
	WINDOW_IDT = 64,
	WINDOW_TABLE = 65,
	WINDOW_FRAMES = 66,
	TABLE_FRAMES = 16, /* of a GDT or LDT: 8192 descriptors */
	TABLE_ENTRIES = 8192,
	TSS_OFFSET = 2048, /* behind the IDT, in its frame */
};

/* The VMM's own selectors, at the end of the GDT where guests rarely have any. The last two are for techniques
 * that run code of their own in the window, in the deprivileged ring: they are set up by the technique. */
enum { VMM_CODE = 0xfff8, VMM_TSS = 0xfff0, VMM_LDT = 0xffe8, VMM_GUEST_CODE = 0xffe0, VMM_GUEST_DATA = 0xffd8,
       VMM_FIRST = VMM_GUEST_DATA };

/* One of the guest's descriptor tables and its shadows. */
struct shadow_table {
	uint32_t base;       /* gla of the guest's table */
	uint32_t entries;    /* in the guest's limit */
	uint32_t shadowed;   /* entries at the last copy */
	bool valid;
	uint64_t gfn[TABLE_FRAMES + 1]; /* traced frames that hold it */
	unsigned frames;
	struct descriptor guest[TABLE_ENTRIES];  /* as last read */
	struct descriptor *shadow[2]; /* by view, in VMM frames */
};

/* The first member of the state of every technique that deprivileges, so that vm->technique_state is both. */
struct deprivileged {
	struct vm *vm;
	unsigned ring; /* 1 or 3 */
	bool rdtsc_traps; /* by CR4.TSD, whatever the guest's is */
	struct shadow *shadow;
	struct shadow_table gdt, ldt;
	bool tables_stale;          /* a store hit a traced descriptor table */
	bool traced_page_table, traced_descriptor; /* what the stores of this exit hit */
	struct cost_profile free;   /* the virtual CPU's prices: the VMM charges for its work itself */
	struct segment loaded[6];     /* what world_enter puts into the processor's segment registers, */
	struct segment loaded_for[6]; /* worked out from these of the guest's */
	uint8_t loaded_cpl;           /* at this CPL, */
	bool loaded_holds;            /* and from descriptors that have not changed since */
	struct patience patience;   /* with hidden faults */
	bool told;                  /* the last sensitive instruction that an event was about: */
	uint32_t told_eip;
	uint64_t told_at;           /* instruction count */
	/* The event that the virtual CPU delivered during the last emulation; type EVENT_NONE: none. */
	struct cpu_event delivered;
};

static inline struct deprivileged *deprivileged(const struct vm *vm)
{
	return vm->technique_state;
}

static inline unsigned real_cpl(const struct deprivileged *state, unsigned guest_cpl)
{
	return guest_cpl < state->ring ? state->ring : guest_cpl;
}

/* ---- deprivileged.c ---- */

/* Takes the guest over. `state` is zero and the caller's, which becomes vm->technique_state; behind the window's frames
 * the technique has `own_frames` VMM frames (from WINDOW_FRAMES on), the shadow pager the rest. False: vm->message. */
bool deprivileged_begin(struct deprivileged *state, struct vm *vm, unsigned own_frames);
void deprivileged_end(struct deprivileged *state);
/* A store reached a traced frame: true when it hit a page table or a descriptor table. */
bool deprivileged_stored(struct deprivileged *state, uint64_t gpa, uint32_t size);

/* One stretch of direct execution, and the exit that ends it. `single`: of one instruction. False: vm->message. */
bool run_directly(struct deprivileged *state, uint64_t deadline, bool single);
/* Does one thing for the guest: an interrupt, a stretch in the interpreter or directly. */
go_on deprivileged_go_on;
/* The test build's conscience: shadow and guest must agree, whenever vm_check_due. False: vm->message. */
bool shadow_agrees(struct deprivileged *state);

/* ---- descriptors.c ---- */

/* Puts IDT, TSS and the VMM's own descriptors into the window. */
void descriptors_begin(struct deprivileged *state);
/* Brings both shadow tables up to the guest's GDTR and LDTR and their contents. */
void descriptors_sync(struct deprivileged *state);
void descriptors_end(struct deprivileged *state);
/* Shows a VMM frame in the window, at SHADOW_HOLE + position * 4096. `user`: ring 3 reaches it too. */
void window_map(struct deprivileged *state, unsigned position, uint64_t mfn, bool writable, bool user);
/* Puts a descriptor of the VMM's own into both views' GDT (`view` -1) or one. */
void descriptors_own(struct deprivileged *state, uint16_t selector, int view, struct descriptor descriptor);
/* True when a store at gpa touched a table. */
bool descriptors_stored(struct deprivileged *state, uint64_t gpa, uint32_t size);
/* The guest's descriptor of a selector; NULL outside the tables or for a null selector. */
const struct descriptor *guest_descriptor(const struct deprivileged *state, uint16_t selector);
const struct descriptor *shadow_descriptor(const struct deprivileged *state, uint16_t selector,
                                           enum shadow_view view);
enum shadow_view current_view(const struct deprivileged *state);

/* ---- world.c ---- */

/* Can hardware hold this virtual CPU deprivileged? Real mode, V86, the guest's rings 1 and 2, and segment
 * registers whose hidden part is not what their descriptor says now, are the interpreter's. */
bool world_can_enter(struct deprivileged *state);
/* Loads the processor with the deprivileged picture of the virtual CPU. */
void world_enter(struct deprivileged *state);
/* Takes into the virtual CPU what direct execution has changed. */
void world_leave(struct deprivileged *state);

/* ---- exits.c ---- */

/* Handles the event with which the processor came back. The virtual CPU is up to date. */
void exit_event(struct deprivileged *state);
/* An exception that concerns the VMM alone: told as an exit. */
void exit_own(struct deprivileged *state, const char *reason, const char *action);
/* INVLPG, and loading a control register, must reach the processor's TLB too. */
void carry_flush(const struct vm *vm, const struct insn *insn, const struct cpu_state *before);
/* The processor came back because a device's moment has come: an external interrupt to the VMM. */
void exit_interrupt(struct deprivileged *state);
/* Delivers a waiting interrupt if the virtual CPU takes one now. */
bool inject_interrupt(struct deprivileged *state);
/* Interprets guest code that cannot run directly, until it can, or `deadline`. */
void interpret(struct deprivileged *state, uint64_t deadline);

/* ---- sensitive.c ---- */

/* cpu_hooks.sensitive: compares what the guest is about to see with what bare hardware would show. */
void observe_sensitive(void *owner, const struct insn *insn);

#endif
