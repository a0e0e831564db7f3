/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shadowpt/pages.h - for this room: the cache of shadow pages, found by what they are shadows of.
 */
#ifndef RINGSIDE_SHADOWPT_PAGES_H
#define RINGSIDE_SHADOWPT_PAGES_H

#include "cpu/paging.h"
#include "shadowpt/shadowpt.h"

#ifdef RINGSIDE_HOSTILE
enum { SHADOW_ROOTS = 2, SHADOW_LINKS = 64, TRACE_LIMIT = 3 };
#else
enum { SHADOW_ROOTS = 64, SHADOW_LINKS = 1 << 16 };
#endif
enum { SHADOW_ENTRIES = 512, NO_PAGE = UINT32_MAX };

/*
 * What a shadow page is a shadow of. Two uses of one guest table under different rights of the levels
 * above need two shadows, for the rights are folded into the last level's entries.
 */
struct page_key {
	uint64_t gfn;      /* of the guest's table; `direct`: of the first page mapped */
	uint8_t level;     /* 2: page directory, 1: page table */
	uint8_t quadrant;  /* which part of the guest's table (a PD: which GiB of the address space) */
	bool direct;       /* no guest table: part of a large page, or paging is off */
	bool pae;          /* form of the guest's table */
	uint8_t mode;      /* MODE_...: what else the entries' meaning depends on */
	uint8_t view;      /* enum shadow_view */
	uint8_t rights;    /* RIGHT_...: of the levels above */
};

enum { MODE_PSE = 1, MODE_NX = 2, MODE_OFF = 4 };
enum { RIGHT_WRITE = 1, RIGHT_USER = 2, RIGHT_EXECUTE = 4, RIGHT_ALL = 7 };

/* An entry of a shadow PD (or a root's slot) that points to a shadow page: to find it backward. */
struct page_link {
	uint32_t parent; /* page index, or ROOT_PARENT + root index */
	uint16_t slot;
	uint32_t next;   /* link index */
};
#define ROOT_PARENT 0x80000000u

struct shadow_page {
	struct page_key key;
	bool used;
	uint32_t next_in_bucket; /* page index */
	uint32_t links;          /* link index of the first parent */
	uint32_t stores;         /* to the guest's table since the last fill through it */
	uint64_t *entry;         /* 512, in the frame */
	uint64_t mfn;
};

/* A set of four PDPTEs for one guest CR3. */
struct root {
	bool used;
	uint8_t mode;
	bool pae;
	uint8_t view;
	uint32_t cr3;             /* the guest's */
	uint64_t guest_pointer[4]; /* the guest's PDPTEs, with PAE */
	uint64_t *pointer;        /* four PDPTEs in VMM memory */
	uint64_t ma;              /* of them */
	uint64_t last_use;
};

struct shadow {
	struct shadow_options options;
	struct vm *vm;
	struct shadow_page *page; /* one for each frame but the first, which holds the roots */
	uint32_t *bucket;         /* page index by hash of gfn */
	uint32_t bucket_mask;
	uint32_t free_page;       /* chain by next_in_bucket */
	struct page_link *link;
	uint32_t free_link;
	struct root root[SHADOW_ROOTS];
	struct root *current;
	uint64_t uses;
	uint16_t *traces;         /* by gfn: how many reasons to trace it */
	uint64_t guest_frames;
	uint32_t *writable_hint;  /* by gfn: page index * 512 + entry of one writable mapping */
	uint32_t *writable_count; /* by gfn: shadow entries that map it writable */
	bool flush_needed;
	bool in_fault;  /* the price of what is made is the fault's */
	bool own_store; /* the pager itself is setting A and D bits in the guest's tables */
	struct shadow_counters counters;
	struct lent *lent; /* a pager from outside fills the tables (lent.h); NULL: this one */
};

#define NO_LINK UINT32_MAX

/* Finds the shadow page with this key, or makes an empty one (tracing the guest's table). When memory
 * is used up everything is thrown out first: *flushed is set and other pages at hand are void. */
uint32_t pages_get(struct shadow *shadow, const struct page_key *key, bool *flushed);
/* First page in the chain that may be a shadow of the guest frame; pages_next goes on. NO_PAGE at the end. */
uint32_t pages_first(const struct shadow *shadow, uint64_t gfn);
uint32_t pages_next(const struct shadow *shadow, uint32_t index, uint64_t gfn);
/* Removes a page and every entry that points to it. */
void pages_remove(struct shadow *shadow, uint32_t index);
void pages_flush_all(struct shadow *shadow);
/* From now on only the first `pages` are used: before any is. */
void pages_limit(struct shadow *shadow, uint32_t pages);

/* Points a PD's entry (or a root's slot) to a page; clears any entry, with what hangs on it. */
bool entry_link(struct shadow *shadow, uint32_t parent, unsigned slot, uint32_t child);
void entry_set_leaf(struct shadow *shadow, uint32_t index, unsigned slot, uint64_t entry);
void entry_clear(struct shadow *shadow, uint32_t index, unsigned slot);

uint64_t entry_at(struct shadow *shadow, uint32_t parent, unsigned slot);
/* Empties a root's slot. */
void root_clear(struct shadow *shadow, uint32_t parent, unsigned slot);

/* The page index of the shadow table at a machine address. */
uint32_t page_of_ma(const struct shadow *shadow, uint64_t ma);

/* Takes write access to a guest frame away from every shadow entry. */
void write_protect(struct shadow *shadow, uint64_t gfn);

/* What makes the root of the virtual CPU's paging now; its tables are not filled in. */
struct root root_wanted(const struct shadow *shadow, enum shadow_view view);
bool root_same(const struct root *a, const struct root *b);
/* The virtual CPU's state as it was when this root was in use, as far as a walk can tell. */
struct cpu_state root_state(const struct shadow *shadow, const struct root *root);

/* Events: a root was loaded, an entry was made. */
void tell_root(struct shadow *shadow, bool made, uint64_t since, uint32_t guest_cr3, uint32_t cr3);
void tell_fill(struct shadow *shadow, uint32_t linear, uint64_t leaf);

/* Does the VMM have this address for itself? */
static inline bool in_window(const struct shadow *shadow, uint32_t linear)
{
	return shadow->options.hole_table && linear >= SHADOW_HOLE;
}

/* Puts the VMM's window, if it has one, into a directory of the last GiB. */
static inline void put_window(struct shadow *shadow, uint32_t page)
{
	if (shadow->options.hole_table)
		shadow->page[page].entry[SHADOW_ENTRIES - 1] = shadow->options.hole_table | ENTRY_P | ENTRY_RW |
		                                               ENTRY_US | ENTRY_A;
}

/* Number of bytes of a guest entry, and how many shadow entries one guest entry of this page makes. */
static inline unsigned guest_entry_size(const struct page_key *key)
{
	return key->pae ? 8 : 4;
}

#endif
