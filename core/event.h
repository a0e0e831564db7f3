/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/event.h - everything that a VMM does for its guest, as one stream with many readers.
 * An event is plain data of fixed size; text (disassembly, names) is made by the readers that want it.
 * When nobody listens, emitting is one test of a mask.
 */
#ifndef RINGSIDE_CORE_EVENT_H
#define RINGSIDE_CORE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* EVENT_KIND(identifier, name in JSON and filters, what it means) */
#define EVENT_KIND_LIST(KIND)                                                                      \
	KIND(BEGIN, "begin", "a guest starts, or goes on after a technique switch")                 \
	KIND(TRAP, "trap", "a privileged instruction trapped and was emulated")                     \
	KIND(SENSITIVE, "sensitive", "a sensitive instruction did not trap")                        \
	KIND(REFLECT, "reflect", "an exception or INT n of the guest was handed to its own IDT")    \
	KIND(HIDDEN_FAULT, "hidden-fault", "a page fault that only the shadow has; repaired")       \
	KIND(TRUE_FAULT, "true-fault", "a page fault that the guest's own tables have")             \
	KIND(TRACE, "trace", "a store to a traced page (page table or descriptor table)")           \
	KIND(SHADOW_FILL, "shadow-fill", "a shadow entry was made")                                 \
	KIND(SHADOW_FLUSH, "shadow-flush", "shadow entries were thrown out")                        \
	KIND(SHADOW_ROOT, "shadow-root", "a shadow root was found in the cache or made")            \
	KIND(DESCRIPTOR, "descriptor", "a hidden #NP or #GP: a shadow descriptor was made")         \
	KIND(TABLES, "descriptor-tables", "shadow descriptor tables were made from the guest's")    \
	KIND(EMULATE, "emulate", "guest code ran in the VMM's interpreter")                         \
	KIND(INTERRUPT, "interrupt", "an external interrupt came while the guest ran")              \
	KIND(INJECT, "inject", "the VMM delivered an interrupt or exception to the virtual CPU")    \
	KIND(PORT, "port", "a port was read or written")                                            \
	KIND(DEVICE, "device", "a device's register in memory was loaded or stored")                \
	KIND(DELIVERED, "delivered", "the processor delivered an event by the guest's own IDT")     \
	KIND(WORLD_SWITCH, "world-switch", "the processor changed between guest and VMM")           \
	KIND(TRANSLATE, "translate", "a translation unit was made")                                 \
	KIND(CHAIN, "chain", "a unit's exit was led straight to another unit")                      \
	KIND(INVALIDATE, "invalidate", "translation units were dropped")                            \
	KIND(CALLOUT, "callout", "translated code called the VMM")                                  \
	KIND(VM_EXIT, "vm-exit", "hardware left VMX non-root operation for the VMM")                \
	KIND(HYPERCALL, "hypercall", "the guest called the VMM by its interface")                   \
	KIND(CLOCK, "clock", "the VMM wrote the guest's paravirtual clock")                         \
	KIND(SWITCH, "switch", "the technique was changed")                                         \
	KIND(END, "end", "the guest stopped")

enum event_kind {
#define KIND(identifier, name, text) EV_##identifier,
	EVENT_KIND_LIST(KIND)
#undef KIND
	EV_KIND_COUNT
};

const char *event_kind_name(enum event_kind kind);
const char *event_kind_text(enum event_kind kind);
/* -1: no such kind. */
int event_kind_find(const char *name);

/* Kinds that are no exits: work that the VMM did inside one, or between two. */
#define EVENT_WORK                                                                                  \
	(1ull << EV_SHADOW_FILL | 1ull << EV_SHADOW_FLUSH | 1ull << EV_SHADOW_ROOT | 1ull << EV_TABLES | \
	 1ull << EV_EMULATE | 1ull << EV_INJECT | 1ull << EV_WORLD_SWITCH | 1ull << EV_TRANSLATE |       \
	 1ull << EV_CHAIN | 1ull << EV_INVALIDATE | 1ull << EV_CLOCK)

/* `vector`: the event has one. A hypercall without is part of the exit that brought it. */
static inline bool event_is_work(enum event_kind kind, bool vector)
{
	return EVENT_WORK >> kind & 1 || (kind == EV_HYPERCALL && !vector);
}

#define EVENT_KINDS_ALL ((1ull << EV_KIND_COUNT) - 1)

/* A filter as text: "trap,trace" takes these, "-port" or "all,-port" everything else. False: `error`
 * names what is no kind and lists those that there are. */
bool event_parse_kinds(const char *text, uint64_t *mask, char *error, size_t error_size);

/* One value of the virtual CPU (or what the guest sees of it) that changed. */
struct event_change {
	const char *what; /* static string: "if", "cr3", "eax", "guest sees", "port 3f8" */
	uint32_t before, after;
};

enum { EVENT_CHANGES = 4, EVENT_PHASES = 6, EVENT_BYTES = 15 };

/* Where the cycles of an event went, as a story in order. */
struct event_phase {
	const char *what; /* static: "exception to the VMM", "decode", "emulate", "return to the guest" */
	uint32_t cycles;
};

struct event {
	uint64_t sequence;    /* from 0, of the VM, as events end: a part comes before its whole */
	uint64_t cycle;       /* model clock when it began */
	uint64_t instruction; /* instructions retired by the guest before it */
	uint32_t vm;
	uint8_t kind;         /* enum event_kind */
	uint8_t guest_cpl;    /* what the guest believes */
	uint8_t real_cpl;     /* what the hardware holds */
	uint8_t byte_count;
	const char *technique; /* static name */
	uint32_t eip;         /* of the guest */
	uint32_t linear;      /* of the instruction: CS base + EIP */
	uint8_t bytes[EVENT_BYTES]; /* opcode bytes, as far as they could be read */
	bool big;             /* 32-bit code */
	const char *mnemonic; /* the table row's, static; NULL when there is no instruction */
	uint8_t insn_class;   /* enum insn_class of the row */

	/* The cause: an exception of the hardware, an interrupt, nothing. */
	bool has_vector, has_error;
	uint8_t vector;
	uint32_t error;
	uint32_t address;     /* linear (CR2) of a page fault; entry or port otherwise */

	const char *reason;   /* static: the exit reason under which statistics count it: "cli", "cr3-write",
	                         "io-in", "hidden-fault"... NULL: not an exit */
	const char *action;   /* static: what the VMM did, in a few words */
	uint32_t cycles;      /* sum of phases: what the event cost */
	uint8_t changes, phases;
	/* Last, for what is beyond their numbers is neither cleared nor copied. */
	struct event_change change[EVENT_CHANGES];
	struct event_phase phase[EVENT_PHASES];
};

/* A reader. `event` is valid during the call only. */
struct event_reader {
	void *owner;
	uint64_t kinds; /* mask of 1 << enum event_kind that it wants */
	void (*read)(void *owner, const struct event *event);
	bool travels; /* it hears what a replay tells again (core/history.h): its state goes back with the machine, or it knows
	                 repeated events by their numbers */
	struct event_reader *next; /* the stream's */
};

struct event_stream {
	uint64_t wanted; /* union of the readers' masks */
	uint64_t sequence;
	struct event_reader *readers;
	bool repeating; /* only readers that travel are told */
};

#ifdef RINGSIDE_NO_EVENTS /* for `make bench`: what would a run cost without the stream? */
#define event_wanted(stream, event_kind) false
#else
#define event_wanted(stream, event_kind) (((stream)->wanted >> (event_kind) & 1) != 0)
#endif

/* The reader is the caller's and must live until it is removed. Readers get events in the order in
 * which they were added. */
void event_add_reader(struct event_stream *stream, struct event_reader *reader);
void event_remove_reader(struct event_stream *stream, struct event_reader *reader);
/* From now on what happens is a repetition, or no longer one. */
void event_set_repeating(struct event_stream *stream, bool repeating);
/* Numbers the event and hands it to those who want its kind. */
void event_emit(struct event_stream *stream, struct event *event);

/* An event of which nothing is said yet. */
void event_clear(struct event *event);
/* `to` = `from`, as far as there is something. */
void event_copy(struct event *to, const struct event *from);
/* Helpers for those who fill an event: ignore what does not fit. */
void event_add_change(struct event *event, const char *what, uint32_t before, uint32_t after);
/* Adds to `cycles` too. */
void event_add_phase(struct event *event, const char *what, uint32_t cycles);

#endif
