/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shadowpt/shadowpt.h - guest page tables turned into the ones that hardware walks.
 *
 * The guest's tables map gla to gpa; the hardware needs gla to ma. For each table of the guest that is
 * in use the pager keeps a shadow of it, filled entry by entry as hidden page faults ask for it, and
 * traces the guest's table by write protection so that its shadow never says what it no longer says.
 * Adams and Agesen 2006, section 2.3; Bugnion et al., Hardware and Software Support for Virtualization, 4.
 *
 * Shadow tables are always in PAE form, whatever the guest's: entries have NX, and both forms of guest
 * tables fit (a guest table of 1024 entries has two shadows of 512, a page directory four).
 *
 *   guest (32-bit)   CR3 -> PD[1024] ---------> PT[1024] -------> gpa
 *   shadow           root -> 4 PD[512] -------> 2 PT[512] ------> ma
 *
 * All the shadow's memory is VMM frames of core/memory.h, bounded by configuration.
 */
#ifndef RINGSIDE_SHADOWPT_SHADOWPT_H
#define RINGSIDE_SHADOWPT_SHADOWPT_H

#include "core/vm.h"

struct shadow;

/* The VMM's own window in every shadow address space: the last 2 MiB. Under hardware assist there is none, for
 * VM entries and exits change the address space. */
#define SHADOW_HOLE 0xffe00000u

/* Which of the guest's rings a shadow serves. Deprivileged to ring 1, the guest kernel is still a supervisor
 * for the page tables, so one view serves both. In ring 3 it is not: its view has the kernel's pages
 * as user pages, and user code needs another one without them. */
enum shadow_view { VIEW_KERNEL, VIEW_USER };

struct shadow_options {
	struct vm *vm;       /* guest memory, virtual CPU, events, clock and costs */
	uint32_t first_frame; /* VMM frames [first_frame, first_frame + frames) are the pager's */
	uint32_t frames;
	bool separate_views; /* deprivileged to ring 3 */
	uint64_t hole_table; /* ma of the page table that maps the VMM's window; 0: there is none */
};

/* NULL: not enough memory, or fewer than SHADOW_MINIMUM frames. */
enum { SHADOW_MINIMUM = 16 };
struct shadow *shadow_new(const struct shadow_options *options);
/* Ends all traces too. */
void shadow_free(struct shadow *shadow);

/* What CR3 and the PDPTE registers of the processor must hold for the virtual CPU's paging now. */
struct shadow_root {
	uint32_t cr3;        /* ma of the four PDPTEs */
	uint64_t pointer[4]; /* the PDPTEs */
	bool two_levels;     /* not PAE: CR3 is the ma of a directory (lent.h) */
};
/* Finds the root in the cache or makes it, when the virtual CPU's CR3 or paging mode may have changed. */
struct shadow_root shadow_root(struct shadow *shadow, enum shadow_view view);
/* True once after anything that obliges the VMM to flush the processor's TLB. */
bool shadow_take_flush(struct shadow *shadow);

enum shadow_verdict {
	SHADOW_HIDDEN,  /* only the shadow lacked it: repaired, the instruction can run again */
	SHADOW_TRUE,    /* the guest's own tables have this fault: `walk` has its error code */
	SHADOW_EMULATE, /* the guest may do it, hardware must not: traced page, ROM, device, CR0.WP clear */
};
/* A page fault of the hardware at `linear` (gla). `access` and `user` are the guest's. */
enum shadow_verdict shadow_fault(struct shadow *shadow, uint32_t linear, enum access access, bool user,
                                 struct walk *walk);

/* A store of `size` bytes at gpa reached a traced frame. True: it holds a page table that has a shadow. */
bool shadow_stored(struct shadow *shadow, uint64_t gpa, uint32_t size);

/* The guest has done INVLPG, and the processor's TLB is to follow. */
void shadow_invalidate(struct shadow *shadow, uint32_t linear);

/* Traces a guest frame for somebody else (descriptor tables), and no longer. Counted. */
void shadow_trace(struct shadow *shadow, uint64_t gfn);
void shadow_untrace(struct shadow *shadow, uint64_t gfn);

/* Compares every shadow entry with a fresh walk of the guest's tables. False: `message` names the first
 * that differs. */
bool shadow_check(const struct shadow *shadow, char *message, size_t size);

struct shadow_counters {
	uint64_t hidden, true_faults, emulated, fills, traces, zapped, flushes, roots_made, roots_found;
	uint32_t pages_used, pages;
};
const struct shadow_counters *shadow_counters(const struct shadow *shadow);

#endif
