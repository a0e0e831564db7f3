/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/domain.h - for this floor: a guest that holds machine addresses (pv/direct), as Xen's domains do. The processor
 * walks the guest's own tables, so everything hangs on their validation. Read in this order: xen_frames.c (types of
 * frames), xen_entries.c (what may stand in an entry), xen_mmu.c (the calls), xen_check.c (the invariant), xen_segments.c
 * (descriptors), xen_events.c, xen_channels.c, xen_lines.c (events and time), xen_frame.c (entering a handler), pv_direct.c (the loop).
 *
 * Addresses here are machine addresses; a frame's number is its mfn unless it says gfn.
 */
#ifndef RINGSIDE_TRAP_DOMAIN_H
#define RINGSIDE_TRAP_DOMAIN_H

#include "cpu/descriptor.h"
#include "trap/deprivileged.h"
#include "trap/pv.h"

/*
 * What a frame of the guest's is used as. While `uses` is not 0 the type cannot change, so that no frame is two things at
 * once: mapped writable, and a table that hardware trusts (Barham et al. 2003, 3.3.3).
 */
enum frame_type {
	TYPE_NONE,
	TYPE_WRITABLE, /* mapped writable, or the VMM's to write (shared_info) */
	TYPE_L1,
	TYPE_L2,
	TYPE_L2_TOP,   /* PAE: of the last GiB, with the hypervisor's slots */
	TYPE_L3,
	TYPE_SEGMENTS, /* descriptors in use */
	TYPE_COUNT,
};

struct frame_info {
	uint32_t uses;      /* entries that refer to it so, pins, registers */
	uint8_t type;       /* enum frame_type */
	bool pinned;
	uint64_t writable_until; /* number of the flush before which its last writable mapping went */
};

enum { DOMAIN_IRQS = 16, GDT_GUEST_PAGES = FIRST_RESERVED_GDT_PAGE };

struct channel {
	uint8_t status;  /* EVTCHNSTAT_... */
	uint8_t which;   /* virq or pirq */
};

enum { POLL_MAX = 128, INPUT_MAX = 256, CONSOLE_IRQ = 4 };

struct domain {
	struct vm *vm;
	struct xen *xen;
	bool pae;
	uint32_t hole;           /* the first linear address that is the hypervisor's */
	unsigned levels;         /* 2, 3 */
	struct frame_info *frame; /* by gfn */
	uint64_t flushes;        /* of the processor's TLB */
	uint32_t base;           /* mfn of the top-level table in CR3 */

	/* Descriptor tables: what stands behind the window's pages. */
	uint32_t gdt_mfn[GDT_GUEST_PAGES];
	unsigned gdt_pages;
	uint32_t ldt_mfn[TABLE_FRAMES];
	unsigned ldt_pages;
	uint32_t ldt_entries;
	bool descriptors_changed; /* segment registers are loaded anew on the way back */
	uint32_t traps_seen;      /* xen->changes when the IDT was made */

	/* Events. */
	uint32_t shared_mfn;
	uint16_t event_cs, failsafe_cs;
	uint32_t event_eip, failsafe_eip;
	struct channel channel[NR_EVENT_CHANNELS];
	uint16_t virq_port[NR_VIRQS], pirq_port[DOMAIN_IRQS]; /* 0: none */
	uint64_t timer, singleshot, period, next_period;      /* system time in ns; NO_TIMER */
	bool blocked;
	bool polling;
	uint16_t poll_port[POLL_MAX];
	unsigned polls;
	uint64_t poll_timeout;
	uint8_t input[INPUT_MAX]; /* of the console: a ring, positions counted on */
	uint32_t input_begin, input_end;
	const char *crash; /* why the domain has been ended by the VMM; NULL: it has not */
};

#define NO_TIMER UINT64_MAX

/* ---- xen_frames.c ---- */

/* NULL: no frame of the guest's. */
struct frame_info *frame_of(struct domain *domain, uint64_t mfn);
uint8_t *frame_bytes(const struct domain *domain, uint64_t mfn);
/* One more use as `type`: validated when it is the first. False: it is something else, or holds what it must not. */
bool frame_get(struct domain *domain, uint64_t mfn, enum frame_type type);
/* One use less: with the last one the frame is free to become something else. */
void frame_put(struct domain *domain, uint64_t mfn);
bool is_table(enum frame_type type);
/* Throws out all translations of the processor's. */
void domain_flush(struct domain *domain);

/* ---- xen_entries.c ---- */

/* Entries of a table, and the bytes of one. */
unsigned table_entries(const struct domain *domain, enum frame_type type);
unsigned entry_bytes(const struct domain *domain);
uint64_t table_entry(const struct domain *domain, uint64_t mfn, unsigned index);
/* Is it one of the hypervisor's slots? */
bool slot_reserved(const struct domain *domain, enum frame_type type, unsigned index);
/* Takes the references that an entry of a table of this type makes. False: it must not stand there. */
bool entry_get(struct domain *domain, enum frame_type type, unsigned index, uint64_t entry);
void entry_put(struct domain *domain, enum frame_type type, unsigned index, uint64_t entry);
/* Replaces an entry of a table in use, validated. Gives 0 or an error; nothing has changed then. */
int32_t entry_replace(struct domain *domain, uint64_t mfn, unsigned index, uint64_t entry, bool preserve);
/* Loads the PDPTEs of the base table, if there are any, and flushes the TLB. */
void pointers_load(struct domain *domain);
/* Puts the hypervisor's entries into a top-level table, or takes them out. */
void slots_fill(struct domain *domain, uint64_t mfn, enum frame_type type);
void slots_clear(struct domain *domain, uint64_t mfn, enum frame_type type);
bool slots_right(const struct domain *domain, uint64_t mfn, enum frame_type type);
/* The hypervisor's own tables: machine-to-physical table and window. False: vm->message. */
bool slots_begin(struct domain *domain);
void machphys_set(struct domain *domain, uint64_t mfn, uint32_t pfn);
enum frame_type base_type(const struct domain *domain);
static inline uint64_t entry_mfn(uint64_t entry)
{
	return (entry & UINT64_C(0x0000000ffffff000)) >> PAGE_SHIFT;
}

/* ---- xen_mmu.c ---- */

/* Makes a table the base that hardware walks from. 0 or an error. */
int32_t domain_new_base(struct domain *domain, uint32_t mfn);
/* One request of mmu_update, a batch_item. */
int32_t domain_update_one(struct call *call, const void *item);
/* The L1 table of an address in the present address space. False: there is none. */
bool domain_find_table(const struct domain *domain, uint32_t gla, uint64_t *mfn);

/* ---- xen_check.c ---- */

/* Walks every table in use: no page table or descriptor table is mapped writable, no frame of the VMM's is mapped,
 * reserved slots are the hypervisor's, and the counts are what the entries say. False: `message` names the first that is wrong. */
bool domain_check(const struct domain *domain, char *message, size_t size);

/* ---- xen_segments.c ---- */

/* The window: GDT, LDT, IDT, TSS of the processor. */
void segments_begin(struct domain *domain);
/* Are the descriptors in this frame harmless? */
bool descriptors_valid(const struct domain *domain, uint64_t mfn);
/* The same for a frame that is to become one of descriptors: flat segments that reach too far are cut, as Xen does. */
bool descriptors_validate(struct domain *domain, uint64_t mfn);
/* The LDT of mmuext_op. 0 or an error. */
int32_t domain_set_ldt(struct domain *domain, uint32_t gla, uint32_t entries);
void domain_drop_tables(struct domain *domain);
/* What a segment register gets from a selector, as the processor would read it. False: outside or null. */
bool domain_segment(const struct domain *domain, uint16_t selector, struct segment *segment);
bool code_fits(const struct segment *segment, unsigned cpl);
bool stack_fits(const struct segment *segment, unsigned cpl);
/* After a return to an outer ring: data segments that it may not use become null. */
void domain_drop_privileged(struct domain *domain);
/* Does INT from ring 3 enter this handler without the VMM? */
bool domain_goes_straight(const struct trap_info *trap);
/* Why a descriptor must not be in the guest's tables, in words; NULL: it may. */
const char *descriptor_harm(const struct domain *domain, uint32_t low, uint32_t high);
/* IDT and TSS by what the guest has registered. */
void domain_gates(struct domain *domain);
/* Loads the segment registers anew after descriptors have changed. False: CS or SS cannot be. `failed`: another one could not. */
bool domain_reload(struct domain *domain, bool *failed);

/* ---- xen_events.c ---- */

bool events_begin(struct domain *domain, uint32_t shared_mfn);
void events_raise_virq(struct domain *domain, unsigned virq);
void events_raise_pirq(struct domain *domain, unsigned irq);
void events_raise_port(struct domain *domain, unsigned port);
void events_unmask(struct domain *domain, unsigned port);
/* Lets timers go off whose moment has come. */
void events_act(struct domain *domain);
/* The next moment at which a timer goes off, in cycles; UINT64_MAX. */
uint64_t events_next(const struct domain *domain);
/* Must an upcall be delivered now? Is the domain to go on although it has blocked? */
bool events_deliverable(const struct domain *domain);
bool events_wake(struct domain *domain);
uint8_t upcall_mask(const struct domain *domain);
bool upcall_pending(const struct domain *domain);
/* A bit of one of shared_info's arrays, at this offset. */
bool shared_bit(const struct domain *domain, uint32_t array, unsigned bit);
void set_upcall_mask(struct domain *domain, bool masked);
void shared_put(struct domain *domain, uint32_t offset, const void *bytes, uint32_t size);
uint64_t system_time(const struct vm *vm);
int32_t domain_block(struct domain *domain);

/* ---- xen_lines.c ---- */

/* The machine's interrupt controllers are the VMM's from now on. */
void domain_claim_interrupts(struct domain *domain);
/* Somebody has begun or ceased to listen to a line. */
void domain_line_used(struct domain *domain, unsigned irq);
/* Takes what waits, as events. */
void domain_take_interrupts(struct domain *domain);
int32_t domain_console_read(struct call *call, uint32_t count, uint32_t buffer);

/* ---- xen_frame.c ---- */

/* Ends the domain: its own fault, of a kind that Xen ends one for. */
void domain_crash(struct domain *domain, const char *why);
/* Enters a handler as Xen does: frame on the kernel's stack, mask saved in it. */
void domain_enter_trap(struct domain *domain, uint8_t vector, bool has_error, uint32_t error);
void domain_enter_upcall(struct domain *domain);
void domain_enter_failsafe(struct domain *domain);

/* ---- pv_exits.c ---- */

/* What stopped the processor. The virtual CPU is up to date. */
void domain_exit(struct domain *domain);
/* A moment of the VMM's own has come. */
void domain_exit_interrupt(struct domain *domain);

#endif
