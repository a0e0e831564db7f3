/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/pv.h - for this floor: the inside of the paravirtual interface. Read in this order: core/xen.h (what is
 * spoken), hypercall.c (the table, and how one call goes), xen_guest.c (the guest's pointers), xen_general.c and
 * xen_transparent.c (calls of guests that have guest-physical addresses), pv_shadow.c (the technique for those);
 * then domain.h for guests that hold machine addresses.
 */
#ifndef RINGSIDE_TRAP_PV_H
#define RINGSIDE_TRAP_PV_H

#include "core/vm.h"
#include "core/xen.h"
#include "trap/hypercall.h"

struct domain;

#ifdef RINGSIDE_HOSTILE
enum { BATCH_MAX = 64 };
#else
enum { BATCH_MAX = 1 << 16 };
#endif

/*
 * What a guest has registered. It belongs to the VM, not to a technique: a guest keeps it when it is moved.
 * In one piece: core/ frees it with the VM.
 */
struct xen {
	struct vm *vm;
	bool has_page;              /* a hypercall page was asked for (transparent guests) */
	bool has_traps, has_stack;
	bool began_as_pv;
	struct trap_info trap[256]; /* by vector; address 0: none */
	uint32_t stack_ss, stack_esp;
	uint64_t cycles;            /* of all calls */
	uint64_t last_begin, last_cycles; /* of the last one */
	struct domain *domain;      /* pv/direct; NULL: the guest is transparent */
	uint32_t changes;           /* of trap table or stack: who has derived something looks again */
};

static inline struct xen *xen_of(const struct vm *vm)
{
	return vm->interface;
}

/* One call on its way. */
struct call {
	struct vm *vm;
	struct xen *xen;
	uint32_t number;
	uint32_t argument[6];
	bool multicall; /* it is one of a list */
	bool replaced;  /* the handler has set all registers itself: no result into EAX (iret) */
};

typedef int32_t call_handler(struct call *call);

/* ---- xen_guest.c: pointers of the guest's kernel, as the guest's own tables have them ---- */

/* Copies from or to linear addresses with the kernel's rights. False, and nothing is written, when any byte cannot
 * be reached so. Accessed and dirty bits are set as hardware would. */
bool guest_read(struct vm *vm, uint32_t gla, void *buffer, size_t size);
bool guest_write(struct vm *vm, uint32_t gla, const void *buffer, size_t size);
/* Their questions alone. */
bool guest_readable(struct vm *vm, uint32_t gla, size_t size);
bool guest_writable(struct vm *vm, uint32_t gla, size_t size);
/* Reads structure `index` of an array; false too when the array wraps around. */
bool guest_read_item(struct vm *vm, uint32_t array, uint32_t index, void *buffer, size_t size);

/* The physical address of the virtual CPU's tables (gpa, or ma of a domain) as a gpa. False: not the guest's. */
bool guest_gpa(const struct vm *vm, uint64_t physical, uint64_t *gpa);
/* Is it guest memory that stores reach? ROM takes none. */
bool guest_storable(const struct vm *vm, uint64_t gpa);
/* TLBs of both processors. */
void guest_flush(struct vm *vm);
void guest_flush_page(struct vm *vm, uint32_t gla);

/* A price while a call goes on. */
static inline void call_charge(struct call *call, enum cost cost)
{
	vm_charge(call->vm, cost, 1);
}

/* mmu_update and mmuext_op take batches with the same arguments: list, count, where to say how many were done, domain.
 * Does one item (of `size` bytes, at most BATCH_ITEM) after the other until one is refused, and gives its error. */
enum { BATCH_ITEM = 16 };
typedef int32_t batch_item(struct call *call, const void *item);
int32_t batch_run(struct call *call, size_t size, batch_item *one);
/* Its steps: may the batch begin; reading an item, to be done then; saying how many were done. 0 or an error; the last one gives
 * `result` if that is one. */
int32_t batch_check(struct call *call, uint32_t *count);
int32_t batch_take(struct call *call, size_t size, uint32_t index, void *item);
int32_t batch_done(struct call *call, uint32_t done, int32_t result);

/* ---- calls: xen_general.c, xen_transparent.c, and for domains xen_mmu.c, xen_segments.c, xen_events.c, xen_domain.c ---- */

call_handler xen_fpu_taskswitch, xen_set_debugreg, xen_get_debugreg, xen_version, xen_console_io, xen_vm_assist;
call_handler xen_memory_op, xen_physdev_op, xen_multicall;
call_handler transparent_sched_op, transparent_sched_op_compat, domain_sched_op, domain_sched_op_compat;
call_handler transparent_set_trap_table, transparent_stack_switch, domain_set_trap_table, domain_stack_switch;
call_handler transparent_mmu_update, transparent_update_va_mapping, transparent_mmuext_op, transparent_update_descriptor;
call_handler domain_mmu_update, domain_update_va_mapping, domain_mmuext_op, domain_update_descriptor, domain_set_gdt;
call_handler domain_set_callbacks, domain_set_timer_op, domain_vcpu_op, domain_event_channel_op, domain_iret;

/* A trap table from the guest: entries by vector into `table`, up to the one that ends it; gives how many, or an
 * error. Nothing else is looked at. */
enum { TRAP_TABLE_MAX = 256 };
int32_t read_trap_table(struct call *call, struct trap_info table[TRAP_TABLE_MAX]);
/* May INT of this vector go straight from ring 3 to the guest's handler? Only by a selector below `reserved` in the GDT,
 * or one in the LDT: the VMM's own descriptors stand above. */
bool trap_goes_straight(const struct trap_info *trap, uint32_t reserved);
/* sched_op shutdown, by its reason. */
int32_t guest_shutdown(struct call *call, uint32_t reason);

/* One call by its number, with its arguments checked in number only: for the interface and for a multicall's entries. */
int32_t call_dispatch(struct call *call);
/* The same by the VMM's own, whatever pieces there are (core/pieces.h). */
int32_t call_own(struct call *call);
/* An INT 82H of a domain: as hypercall(). */
void hypercall_of_domain(struct vm *vm);

/* ---- the two sides of technique_pv: pv_shadow.c, pv_direct.c ---- */

bool pv_shadow_enter(struct vm *vm);
void pv_shadow_leave(struct vm *vm);
enum vm_end pv_shadow_run(struct vm *vm, uint64_t deadline);
enum vm_end pv_shadow_step(struct vm *vm);
void pv_shadow_stored(struct vm *vm, uint64_t gpa, uint32_t size);

bool pv_direct_enter(struct vm *vm);
void pv_direct_leave(struct vm *vm);
enum vm_end pv_direct_run(struct vm *vm, uint64_t deadline);
enum vm_end pv_direct_step(struct vm *vm);

#endif
