/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/page_map.h - the whole linear address space as the guest maps it and as the processor does: ranges of pages
 * whose entries are alike, and for each what differs and why (docs/architecture.md, "Page faults, hidden and true").
 */
#ifndef RINGSIDE_VISUALIZER_PAGE_MAP_H
#define RINGSIDE_VISUALIZER_PAGE_MAP_H

#include "core/vm.h"

#include <stddef.h>

/* What the entry that hardware walks is beside the guest's. */
enum page_state {
	PAGE_SAME,     /* it gives what the guest gives */
	PAGE_MISSING,  /* not there yet: a hidden fault, or an EPT violation, fills it */
	PAGE_TRACED,   /* write-protected, for it holds guest tables, or code that is translated */
	PAGE_CLEAN,    /* write-protected until the first store, so that the guest's D bit can be set */
	PAGE_HELD,     /* write-protected for another reason: ROM, translated code */
	PAGE_MORE,     /* writable, and the guest's is not: its CR0.WP is clear */
	PAGE_STALE,    /* it maps what the guest does not, or another frame: until the guest flushes */
	PAGE_NO_FRAME, /* the guest maps a frame that it does not have: never an entry */
	PAGE_VMM,      /* the VMM's own window */
	PAGE_STATES,
};
/* "missing", "traced"... and what that means, in a few words. */
const char *page_state_name(enum page_state state);
const char *page_state_text(enum page_state state);

enum { PAGE_WRITE = 1, PAGE_USER = 2, PAGE_GLOBAL = 4, PAGE_NO_EXECUTE = 8, PAGE_RIGHTS_TEXT = 16 };
/* "W U G": writable or read-only, user or supervisor, global, no-execute. Gives `text`. */
const char *page_rights(unsigned rights, char text[PAGE_RIGHTS_TEXT]);

/* One page of 4 KiB, or the first of a range. */
struct page_view {
	bool mapped, held; /* by the guest's tables; by those that the processor walks */
	uint8_t level;     /* of the guest's entry: 2 for a large page, 1; 0: paging is off */
	uint8_t rights, hardware_rights;
	uint8_t state;     /* enum page_state; without a VMM always PAGE_SAME */
	bool has_frame;    /* there is an mfn */
	uint64_t gfn, mfn; /* where the guest's entry leads, and the machine frame behind that */
	uint64_t held_mfn; /* where the hardware's entry leads */
	uint64_t directory_entry, table; /* the guest's PDE; gpa of the table with the last entry */
	uint64_t hardware_table;         /* ma of the same; 0: none */
};

struct page_range {
	uint32_t page, pages; /* gla >> 12; how many */
	struct page_view view; /* of the first; the others go on from it */
	uint32_t in_state[PAGE_STATES];
};

struct page_map {
	const struct vm *vm;
	bool compared; /* the processor walks other tables than the guest's */
	bool large;    /* entries of the guest's directories reach 4 MiB, else 2 MiB (PAE) */
	struct page_range *range; /* in the order of addresses; pages that nobody maps are in none */
	size_t ranges, room;
};

/* Looks at every page. False: not enough memory. */
bool page_map_make(struct page_map *map, const struct vm *vm);
void page_map_free(struct page_map *map);

/* ---- a look at single pages, for those who do not want all of them ---- */

struct page_look {
	const struct vm *vm;
	bool compared, nested;
	uint64_t nested_pointer;
	const struct cpu_state *guest;
	struct cpu_state hardware; /* while the guest runs */
	uint32_t under; /* pages under an entry of the guest's directories */
	/* Up to these pages the last walk's answer holds: nothing is there. */
	uint32_t guest_absent, hardware_absent;
};

enum { PAGES_ALL = 1 << 20 };

/* What the processor holds while the guest runs: its state, or the VMCS's guest-state area when it is in root operation. */
struct cpu_state page_hardware(const struct vm *vm);

struct page_look page_look_begin(const struct vm *vm);
/* Looks at a page (gla >> 12); to be asked for rising pages, or after page_look_begin. A range of this page alone.
 * False: nobody maps it. */
bool page_look_at(struct page_look *look, uint32_t page, struct page_range *range);
/* After false: the first page that somebody may map, or PAGES_ALL. */
uint32_t page_look_next(const struct page_look *look, uint32_t page);

/* Would `next` go on where `range` ends on both sides, inside the same table? */
bool page_range_alike(const struct page_range *range, const struct page_range *next, uint32_t under);

/* Would `next` go on where `range` ends, for the guest? Then it can be joined, states being counted. */
bool page_range_continues(const struct page_range *range, const struct page_range *next);
void page_range_join(struct page_range *range, const struct page_range *next);
/* All its pages are in the state of the first. */
bool page_range_uniform(const struct page_range *range);

#endif
