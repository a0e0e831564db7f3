/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shadowpt/lent.h - shadow tables that somebody else fills (core/pieces.h): the VMM lends him its frames, one by one, and keeps what
 * matters: which frames these are, and that whatever is written into them leads to the guest's own memory.
 *
 * They are tables of two levels, as the guest's (SDM vol. 3, 4.3), and the processor walks them as they stand:
 *
 *   guest    CR3 -----> PD[1024] --> PT[1024] --> gpa
 *   shadow   root PD[1024] --------> PT[1024] --> ma      the last 4 MiB are the VMM's
 *
 * Whoever asks is not believed: each function checks what it is given, and says in `why` what is wrong with it.
 */
#ifndef RINGSIDE_SHADOWPT_LENT_H
#define RINGSIDE_SHADOWPT_LENT_H

#include "shadowpt/pages.h"

#define LENT_HOLE 0xffc00000u /* from here on an address space is the VMM's */
enum { LENT_ENTRIES = 1024, LENT_NO_PAGE = 0, LENT_WHY = 200 };

enum lent_call { LENT_FILL, LENT_LOAD_CR3, LENT_STORED, LENT_INVLPG, LENT_FLUSH };

/* What the pager from outside is asked, by vmm_pieces.pager. */
struct lent_request {
	enum lent_call call;
	struct shadow *shadow;
	uint32_t linear;          /* FILL, INVLPG: gla */
	uint64_t gpa;             /* STORED: */
	uint32_t size;            /* bytes */
	enum access access;       /* FILL: as the guest made it, */
	bool user;                /* from its ring 3 */
	enum shadow_view view;    /* FILL, LOAD_CR3 */
	uint32_t pages;           /* FLUSH: that can be had */
	const struct walk *walk;  /* FILL: of the guest's tables, for who looks on */
	/* Its answer, and whether there is one. */
	bool done;
	enum shadow_verdict verdict; /* FILL */
	uint32_t error;              /* FILL: of SHADOW_TRUE */
	uint32_t root;               /* LOAD_CR3: the directory's machine frame */
};

/* What an entry may still be in the processor's TLB as, though it is that no more. */
enum lent_debt { LENT_CLEAN, LENT_RIGHTS, LENT_TABLE };

struct lent_page {
	uint8_t level; /* 0: not lent. 1: a table, 2: a directory */
	bool is_root;  /* of `key` */
	struct root key;
};

struct lent {
	uint32_t first, pages;  /* machine frames that can be lent */
	struct lent_page *page;
	uint8_t *traced;        /* by gfn */
	uint32_t window, empty; /* frames: the VMM's table of the last 4 MiB; a directory with nothing else */
	uint32_t root;          /* frame of the directory in use; LENT_NO_PAGE: none */
	struct root key;        /* what it is for */
	enum lent_call call;    /* that is being answered, */
	uint32_t linear;        /* and about what address */
	enum lent_debt debt;    /* the worst since the TLB was flushed */
	uint64_t page_flushes;  /* of one page, so far */
	uint64_t calls;         /* answered or not: 0 at the beginning of a life */
	bool beside; /* the processor walks the VMM's own tables (vmm_pieces.beside) */
	bool failed;
};

static inline uint32_t *lent_entries(const struct shadow *shadow, uint32_t mfn)
{
	return (uint32_t *)(void *)memory_machine_frame(shadow->vm->memory, mfn);
}

/* NULL: that frame is not lent. */
static inline struct lent_page *lent_page(const struct shadow *shadow, uint32_t mfn)
{
	struct lent *lent = shadow->lent;

	return mfn >= lent->first && mfn - lent->first < lent->pages && lent->page[mfn - lent->first].level ? &lent->page[mfn - lent->first]
	                                                                                                    : NULL;
}

/* ---- for this room: what is asked for by the techniques ---- */

/* Zeroes a frame, but for the VMM's window in a directory. */
void lent_clear(const struct shadow *shadow, uint32_t mfn, unsigned level);

/* Is there a pager from outside, which serves techniques that deprivilege? Begins with it when it is new. */
bool lent_wanted(struct shadow *shadow);
void lent_end(struct shadow *shadow);
/* What techniques ask of a pager (shadowpt.h). Those that give false leave the rest, or all of it, to the VMM's own. */
bool lent_root(struct shadow *shadow, enum shadow_view view, struct shadow_root *root);
bool lent_fault(struct shadow *shadow, uint32_t linear, enum access access, bool user, enum shadow_view view, struct walk *walk,
                enum shadow_verdict *verdict);
/* True: it traces that frame. */
bool lent_stored(struct shadow *shadow, uint64_t gpa, uint32_t size);
bool lent_invalidate(struct shadow *shadow, uint32_t linear);
void lent_write_protect(struct shadow *shadow, uint64_t gfn);

/* ---- what the pager may ask for, while it is asked. False: `why` (LENT_WHY bytes), and nothing was done ---- */

/* The guest's word at gpa. False: there is no memory, and the bus gives ones. Needs no `why`. */
bool lent_read(const struct shadow *shadow, uint32_t gpa, uint32_t *word);
/* Sets ENTRY_A or ENTRY_D in the guest's entry at gpa; *stored: it lies where it can be. */
bool lent_mark(struct shadow *shadow, uint32_t gpa, uint32_t bits, bool *stored, char *why);
/* False: no memory is behind the guest's frame. *writable: a store may go there without the VMM's knowing. */
bool lent_frame(const struct shadow *shadow, uint32_t gfn, uint32_t *mfn, bool *writable);
/* A frame, zeroed but for the VMM's window in a directory. LENT_NO_PAGE: none is left. */
uint32_t lent_take(struct shadow *shadow, unsigned level);
/* Gives a frame back; entries that lead to it are cleared. */
bool lent_give(struct shadow *shadow, uint32_t mfn, char *why);
/* Gives all back, and ends all traces. */
void lent_reset(struct shadow *shadow);
bool lent_set(struct shadow *shadow, uint32_t mfn, uint32_t index, uint32_t entry, char *why);
bool lent_get(const struct shadow *shadow, uint32_t mfn, uint32_t index, uint32_t *entry, char *why);
bool lent_trace(struct shadow *shadow, uint32_t gfn, bool on, char *why);
void lent_flush(struct shadow *shadow);
void lent_flush_page(struct shadow *shadow, uint32_t linear);

/* ---- for who looks on ---- */

/* A shadow entry that is not what a fresh walk of the guest's tables would give. */
struct lent_difference {
	uint32_t linear, cr3;  /* where, for which of the guest's CR3s */
	char guest[64];        /* its entries there */
	char expected[40], got[56]; /* what could be in the shadow, and what is */
	const char *why;
};
/* lent_check.c: every present entry of every directory in use. False: the first one that is wrong. */
bool lent_compare(const struct shadow *shadow, struct lent_difference *difference);
bool lent_check(const struct shadow *shadow, char *message, size_t size);
/* The hardware's own walk in a root's tables, for an access at this ring. */
void lent_walk(const struct shadow *shadow, uint32_t root, uint32_t linear, enum access access, bool user, struct walk *walk);
/* `count` random linear addresses in each root: false if one leads out of the guest's memory, `message`. */
bool lent_random_walks(const struct shadow *shadow, unsigned count, uint32_t seed, char *message, size_t size);

#endif
