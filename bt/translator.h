/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/translator.h - for this room: the translator's state, and what its files offer one another.
 * Read unit.h first, then cache.c (units and the memory that they are placed in), read.c, classify.c, transform.c,
 * place.c and back_ia32.c (the four passes), then bt.c (the technique), world.c (into the cache and back),
 * callout.c, fault.c, pages.c (guest code that changes), adapt.c.
 *
 * Translated code runs on the modelled processor, deprivileged, in the VMM's window (trap/deprivileged.h):
 *
 *   position 66..68   the virtual page: what sequences in the cache touch, reached by GS (read, write)
 *            69       the doorway: a fetch from it calls the VMM, which is C (FRAME_MONITOR)
 *            70..     the translation cache: CS has base 0, so code runs at its window address
 *
 * While translated code runs CS is VMM_GUEST_CODE and GS is VMM_GUEST_DATA; all other registers are the guest's, DS, ES,
 * FS and SS by the shadow descriptors. So guest instructions that use GS or CS are never identical.
 */
#ifndef RINGSIDE_BT_TRANSLATOR_H
#define RINGSIDE_BT_TRANSLATOR_H

#include "bt/unit.h"
#include "trap/deprivileged.h"

enum {
	VIRTUAL_POSITION = WINDOW_FRAMES,
	VIRTUAL_FRAMES = 3,
	DOORWAY_POSITION = VIRTUAL_POSITION + VIRTUAL_FRAMES,
	CACHE_POSITION = DOORWAY_POSITION + 1,
	OWN_FRAMES = VIRTUAL_FRAMES + 1, /* and those of the cache */
	LOOKUP_SHIFT = 10,
	LOOKUP_ENTRIES = 1024,
};
#define WINDOW_ADDRESS(position) (SHADOW_HOLE + (uint32_t)(position) * PAGE_SIZE)

/* Where in the lookup cache a guest EIP belongs: functions of many kernels begin at the same places of their pages,
 * so higher bits take part, `shift` places lower. */
static inline uint32_t lookup_index(uint32_t eip, unsigned shift)
{
	return (eip ^ eip >> shift) % LOOKUP_ENTRIES;
}

/* Addends of the lookup cache: an entry serves guest EIP e at lookup_index(e, lookup_shift) when tag + e == 0. */
struct lookup_entry {
	uint32_t tag;  /* -EIP */
	uint32_t code; /* window address of the unit's code */
};

/*
 * The virtual CPU as translated code sees it: the part that sequences read and write, together in one place that one
 * register reaches. Brought up to date from vm->vcpu at each entry into the cache, and back at each exit.
 */
struct virtual_page {
	uint32_t interrupt_flag;  /* 0 or EFLAGS_IF */
	uint32_t io_privilege;    /* EFLAGS_IOPL's bits */
	uint32_t pending;         /* not 0: an interrupt waits for interrupt_flag */
	uint32_t saved[2];        /* spilled EAX, ECX */
	uint32_t saved_flags;     /* of the lookup routine */
	uint32_t target;          /* guest EIP that an indirect transfer goes to */
	uint32_t jump;            /* window address, for the lookup routine's last jump */
	uint32_t site;            /* number of the exit that is being taken */
	uint32_t hits, misses;    /* of the lookup cache, counted by the code itself */
	uint32_t cr0, cr2, cr3, cr4; /* CR2 is written too */
	uint32_t selector[8];     /* the guest's: enum segment_register, LDTR and TR too */
	uint32_t gdtr_limit, gdtr_base, idtr_limit, idtr_base;
	uint32_t checked;         /* selector that is to be loaded */
	uint8_t closed_rpl[256];  /* by a selector's low byte: not 0 when its RPL is the VMM's to judge (world.c) */
	struct lookup_entry lookup[LOOKUP_ENTRIES];
	uint32_t clock_offset[2]; /* of the guest's TSC from the processor's, with rdtsc "cache" */
};

/*
 * A back end turns a unit's operations into code. The first (back_ia32.c) emits IA-32 for the modelled processor; another
 * one can emit for the real CPU. All that fault handling needs is in the unit's records, which the back end fills in.
 */
struct translator;
struct operation;
struct back_end {
	const char *name;
	/* The routine that all lookups share, at the beginning of an empty cache. Gives its size; 0: no room. */
	uint32_t (*begin)(struct translator *translator, uint8_t *code, uint32_t room);
	/* Emits the unit to `code`, whose window address is `address`; fills code offsets into records and exits.
	 * Gives the size; 0: no room. */
	uint32_t (*place)(struct translator *translator, struct unit *unit, const struct operation *operation,
	                  unsigned operations, uint8_t *code, uint32_t address, uint32_t room);
	/* Makes an exit's jump lead to `address`, or back to its stub when that is 0. */
	void (*patch)(struct translator *translator, struct unit_exit *exit, uint32_t address);
};
extern const struct back_end back_ia32;

struct translator_counters {
	uint64_t units_made, insns_translated, units_dropped, flushes, chains, unchained;
	uint64_t callouts, interrupts, lookup_hits, lookup_misses;
	uint64_t invalidations; /* stores into translated guest code */
	uint64_t remaps;        /* units dropped because their page was mapped elsewhere */
	uint64_t adapted, unadapted;
	uint64_t treated[TREAT_COUNT]; /* instructions translated so */
	uint64_t dispatches;    /* units looked for by the VMM */
	uint32_t cache_used, cache_size; /* bytes */
};

/* What virtual->site holds when the shared lookup routine calls the VMM (EXIT_LOOKUP); else it is an index into
 * translator->exit. */
#define SITE_LOOKUP UINT32_MAX

/*
 * What sequences promise, so that every fault and stop is exact:
 *   - at the doorway general registers and status flags are the guest's own;
 *   - when a sequence's access to guest memory faults nothing has changed yet but the registers in record->spilled:
 *     flags and the virtual page's flags are as before, and the sequence can begin again;
 *   - POPF is done by a real POPF that is not the last instruction of its record's code: the #DB of a TF that it loads comes
 *     while EIP is still in that code, when all that POPF does has been done;
 *   - STI is never the last record of a unit, unless as a callout: the one instruction that still runs with interrupts
 *     held off is in the same unit.
 */

/* How RDTSC in the guest's kernel is done (Adams and Agesen 2006, section 3.3 and figure 3). */
enum clock_way { CLOCK_DIRECT, CLOCK_TRAP, CLOCK_CALLOUT, CLOCK_CACHE };

struct pages;   /* pages.c */
struct adapted; /* adapt.c */

/* Where the VMM goes on in the cache, if nothing has happened to it meanwhile. */
struct resume {
	struct unit *unit; /* NULL: nowhere */
	uint32_t address;  /* in it */
	uint32_t eip, generation;
};

/* What guest addresses mean depends on them: after a change the mapping of translated code is looked at again. */
struct paging_seen {
	uint32_t cr0, cr3, cr4;
	uint32_t task; /* TR's selector: a task switch loads CR3, be it with the same value */
	uint64_t efer, pae_pointer[4];
};

struct translator {
	struct deprivileged base; /* first: see trap/deprivileged.h */
	struct vm *vm;
	const struct back_end *back;
	struct virtual_page *virtual; /* in VMM frames */
	uint8_t *cache;               /* in VMM frames */
	uint32_t cache_size, cache_used;
	enum clock_way clock;
	uint32_t routine_size;        /* of the shared code at its beginning */
	struct unit *unit;            /* pool, `units_used` in use */
	unsigned units_used, units_max; /* the latter by cache_begin */
	struct unit_exit *exit;       /* pool */
	unsigned exits_used, exits_max;
	struct unit **bucket;         /* by key: as many as units fit into the cache, at least */
	unsigned bucket_bits;         /* their binary logarithm */
	struct pages *pages;
	uint32_t generation;          /* changes whenever units at hand may be gone: flushes and drops */
	uint32_t sequence;
	unsigned lookup_shift;        /* LOOKUP_SHIFT, unless a lab decides otherwise */
	uint64_t asked;               /* questions put to a policy that is not the VMM's own (policy.h) */
	bool begun;                   /* it has been told that the cache is empty */
	struct translator_counters counters;
	struct adapted *adapted;      /* adapt.c: guest code addresses whose instructions are callouts */
	struct resume resume;
	struct unit_key looked_up;    /* what the lookup cache's units have in common; its EIP does not count */
	struct paging_seen seen;
	bool unsure;                  /* the interpreter may have changed mappings */
	bool mappings_changed; /* by interpreted code, which the TLB has yet to be told */
	bool step_is_left;            /* what was stepped was none of the guest's instructions */
	uint32_t fault_state[GPR_COUNT + 1]; /* registers and EIP of the last hidden fault */
	struct segment code, data;    /* CS and GS in the cache */
};

static inline struct translator *translator(const struct vm *vm)
{
	return vm->technique_state;
}

/* ---- cache.c: neither charges nor tells ---- */

/* With vm, back, virtual, cache and cache_size set. */
bool cache_begin(struct translator *translator); /* false: vm->message */
void cache_end(struct translator *translator);
/* Drops all units at once. */
void cache_flush(struct translator *translator);
struct unit *unit_find(const struct translator *translator, const struct unit_key *key);
/* Drops one: unchains it, takes it from lookup cache, tables and pages. Its code stays until the next flush. */
void unit_drop(struct translator *translator, struct unit *unit);
/* Leads an exit straight to a unit. */
void unit_chain(struct translator *translator, struct unit_exit *exit, struct unit *to);
/* The unit whose code holds this window address, be it dropped; NULL: none (the shared routine, or outside). */
struct unit *unit_at(const struct translator *translator, uint32_t address);
/* The record whose code holds it, or NULL in code that belongs to none (stubs, counters at the unit's head: there the guest is
 * before the first instruction, or behind the last). */
struct record *record_at(const struct unit *unit, uint32_t address);
/* Makes a placed unit findable by its key. */
void unit_insert(struct translator *translator, struct unit *unit);
/* Code has been written: the processor forgets what it has decoded there. Offset in the cache. */
void cache_written(struct translator *translator, uint32_t offset, uint32_t size);
static inline uint32_t unit_address(const struct unit *unit)
{
	return WINDOW_ADDRESS(CACHE_POSITION) + unit->code;
}

/* ---- the passes: translate.c ---- */

struct unit_key key_of(const struct cpu_state *guest);
/* Makes the unit of this key in the virtual CPU's present address space, flushing the cache when it is full. Charges for it
 * and tells it. NULL: nothing can be read or translated there; the interpreter does the next instruction, and finds out why. */
struct unit *translate(struct translator *translator, const struct unit_key *key);

/* ---- lookup.c ---- */

/* `slot`: where the routine will look for it; LOOKUP_ENTRIES: nowhere. */
void lookup_insert(struct translator *translator, const struct unit *unit, uint32_t slot);
void lookup_remove(struct translator *translator, const struct unit *unit);
void lookup_clear(struct translator *translator);

/* All units of the lookup cache share one code segment and one size of stack. */
void lookup_begin(struct translator *translator, const struct unit_key *key);

/* ---- pages.c: guest code under translation is write-protected, and its mapping watched ---- */

bool watch_begin(struct translator *translator); /* false: not enough memory */
void watch_end(struct translator *translator);
/* Notes that a unit has been made from its frames (and the linear pages they are mapped at). */
void watch_add(struct translator *translator, struct unit *unit);
void watch_remove(struct translator *translator, struct unit *unit);
/* A store hit a traced frame: drops the units whose bytes it changed. True: there were some. */
bool watch_stored(struct translator *translator, uint64_t gpa, uint32_t size);
/* The guest has loaded CR3, changed paging, or executed INVLPG: drops units whose linear page no longer leads to the
 * frame that they were made from. */
void watch_check(struct translator *translator);
void watch_check_linear(struct translator *translator, uint32_t linear);

/* ---- adapt.c (Adams and Agesen 2006, section 4) ---- */

bool adapt_begin(struct translator *translator); /* false: not enough memory */
void adapt_end(struct translator *translator);
/* Is the instruction at this gpa to be made a callout? */
bool adapt_wanted(const struct translator *translator, uint64_t gpa);
/* What an instruction may meet each time that hardware must not reach. */
enum met { MET_NOTHING, MET_TRACE, MET_DEVICE };
/* An identical instruction has faulted on a traced page or a device's registers; an adapted one has been called out, and met
 * one or nothing. The unit may be dropped. */
void adapt_faulted(struct translator *translator, struct unit *unit, struct record *record, enum met met);
void adapt_called(struct translator *translator, struct unit *unit, struct record *record, enum met met);

#endif
