/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/cpu.h - what this floor offers: an IA-32 processor that runs until something happens that
 * hardware would report. It knows nothing of any VMM. Read state.h, bus.h and cost.h first.
 * Intel SDM volumes 2 and 3 are its specification.
 */
#ifndef RINGSIDE_CPU_CPU_H
#define RINGSIDE_CPU_CPU_H

#include "cpu/arena.h"
#include "cpu/bus.h"
#include "cpu/cost.h"
#include "cpu/float_state.h"
#include "cpu/msr_state.h"
#include "cpu/state.h"

#include <stddef.h>

struct cpu;
struct insn;

/* Exception vectors (SDM vol. 3, table 6-1). */
enum vector {
	VECTOR_DE = 0,
	VECTOR_DB = 1,
	VECTOR_NMI = 2,
	VECTOR_BP = 3,
	VECTOR_OF = 4,
	VECTOR_BR = 5,
	VECTOR_UD = 6,
	VECTOR_NM = 7,
	VECTOR_DF = 8,
	VECTOR_TS = 10,
	VECTOR_NP = 11,
	VECTOR_SS = 12,
	VECTOR_GP = 13,
	VECTOR_PF = 14,
	VECTOR_MF = 16,
	VECTOR_AC = 17,
	VECTOR_MC = 18,
	VECTOR_XM = 19,
};

/* How an event came about: decides what is pushed and what is checked (SDM vol. 3, 6.4 and 6.12.1.2). */
enum event_type {
	EVENT_NONE,
	EVENT_EXTERNAL, /* INTR */
	EVENT_NMI,
	EVENT_EXCEPTION,
	EVENT_SOFTWARE,           /* INT n */
	EVENT_SOFTWARE_EXCEPTION, /* INT3, INTO: gate DPL is checked, as for INT n */
	EVENT_VM_EXIT,            /* inside the processor only: a VM exit is pending (vmx.h) */
	EVENT_DEVICE,             /* inside the processor only: the instruction begins again, by itself (device.c) */
};

struct cpu_event {
	uint8_t type; /* enum event_type */
	uint8_t vector;
	bool has_error;
	uint32_t error;
	uint32_t address; /* linear address of a #PF: what CR2 gets */
	uint32_t dr6;     /* debug conditions of a #DB: bits to set in DR6 */
	uint8_t length;   /* of a software event's instruction: a fault in its delivery points back at it */
};

/* Why cpu_run came back. */
enum cpu_stop {
	CPU_STOP_TIME,     /* the clock reached the deadline */
	CPU_STOP_HALT,     /* HLT, and no interrupt is waiting that would end it */
	CPU_STOP_EVENT,    /* with `monitored`: an event left the guest; cpu->event has it, and EIP is
	                      what would be pushed (the instruction for a fault, the next one for a trap) */
	CPU_STOP_SHUTDOWN, /* triple fault */
	CPU_STOP_MONITOR,  /* the next instruction lies in a `monitor` page of the bus: the VMM has been called */
	CPU_STOP_REQUEST,  /* cpu_request_stop was called (by a device, a hook, a signal) */
	CPU_STOP_VMEXIT,   /* a VM exit: the VMCS says why, and the processor is in root operation (vmx.h) */
};

/*
 * An observer's view of the processor. Hooks see and never change; all may be NULL. The state's EIP
 * and the clock are exact when one is called. They cost nothing while NULL.
 */
struct cpu_hooks {
	void *owner;
	/* A sensitive instruction is about to run without trapping at this CPL: called when the row's
	 * class is SENSITIVE and the processor is `monitored`. */
	void (*sensitive)(void *owner, const struct insn *insn);
	/* An exception, interrupt or INT n has been delivered through the guest's own IDT. */
	void (*delivered)(void *owner, const struct cpu_event *event);
};

enum { CPUID_EDX_APIC = 1u << 9 };
/* Two may announce themselves, by so many leaves each. */
enum { HYPERVISORS = 2, HYPERVISOR_LEAVES = 3, HYPERVISOR_LEAF = 0x40000000, HYPERVISOR_SPACING = 0x100 };
struct cpu_features {
	uint32_t cpuid_version; /* CPUID.1:EAX */
	uint32_t cpuid_edx;     /* CPUID.1:EDX: what is not announced raises #UD where the manual says so */
	uint32_t highest_extended; /* 0: no leaves from 80000000H on, unless NX is announced there */
	uint32_t caches[4];     /* CPUID.2 */
	uint8_t highest_basic, brand_index;
	bool umip;
	bool nx;
	bool hints;             /* 0F 18 to 0F 1F are NOPs with an operand; otherwise they raise #UD */
	bool rdpmc;             /* the instruction and CR4.PCE; how many counters there are the family says */
	/* Under EPT the PDPTEs are registers, loaded when CR3 is (Intel). Clear: each walk reads them through the
	 * nested tables, as AMD's nested paging does and as Bhargava et al. (2008) count. */
	bool pdpte_registers_nested;
	char vendor[13];
	char brand[49];
	/* CPUID.40000000H and on, and 40000100H and on: EAX to EDX; the first of all is 0: none is announced */
	uint32_t hypervisor_leaf[HYPERVISORS][HYPERVISOR_LEAVES][4];
};

/* A Pentium III without a local APIC, as far as this build goes (models.h has the others). */
#define CPU_MODEL_DEFAULT "pentium3"
void cpu_features_default(struct cpu_features *features);

struct cpu_options {
	const struct bus *bus;            /* kept */
	const struct cost_profile *costs; /* kept */
	const struct cpu_features *features; /* copied */
	uint64_t *clock;                  /* kept: model cycles, charged as instructions run */
	struct cost_ledger *ledger;       /* kept: what else is charged to that clock; NULL: its own */
	bool exact; /* no fast paths: every instruction by its table row's `perform` (tests compare) */
	struct arena *arena;              /* where it lies; NULL: in memory of its own */
	struct float_state *floats;       /* kept: x87, MMX and SSE, shared with another processor; NULL: its own */
};

/* Makes a processor in reset state. NULL when memory is short. The caller frees it. */
struct cpu *cpu_new(const struct cpu_options *options);
void cpu_free(struct cpu *cpu);

/* The architectural state: true whenever cpu_run and cpu_step are not running. The caller may change
 * it and must then call cpu_state_changed, which drops all that was derived from it (the TLB stays). */
struct cpu_state *cpu_state(struct cpu *cpu);
const struct cpu_state *cpu_state_const(const struct cpu *cpu);
void cpu_state_changed(struct cpu *cpu);
/* The registers of x87, MMX and SSE; may be changed at rest. */
struct float_state *cpu_floats(struct cpu *cpu);
/* The model-specific registers that the state has no place for; may be changed at rest. */
struct msr_state *cpu_msrs(struct cpu *cpu);
const struct msr_state *cpu_msrs_const(const struct cpu *cpu);

/*
 * Runs until the clock reaches `deadline` (cycles) or something else stops it. Interrupts and the
 * deadline are honoured at the first instruction boundary (or repetition of a string instruction)
 * at or after their moment, wherever decoded blocks happen to begin.
 */
enum cpu_stop cpu_run(struct cpu *cpu, uint64_t deadline);

/* Runs one instruction, or delivers one event; a repeated string instruction counts by repetition. */
enum cpu_stop cpu_step(struct cpu *cpu);

/* Another cost profile from now on (kept). */
void cpu_set_costs(struct cpu *cpu, const struct cost_profile *costs);

/* The event of the last CPU_STOP_EVENT. */
const struct cpu_event *cpu_stop_event(const struct cpu *cpu);

/* Monitored: exceptions, interrupts and INT n pass the checks of the IDT's gate and then leave cpu_run
 * as CPU_STOP_EVENT instead of entering a handler: the handler is a VMM in C. A gate whose selector has an RPL above 0
 * leads to code of an outer ring, and is entered as hardware does. */
void cpu_set_monitored(struct cpu *cpu, bool monitored);

/* Delivers an event through the IDT of the state now, as hardware would, double faults included.
 * Used by a VMM to inject into its virtual CPU. For a software event EIP must already be past it. */
enum cpu_stop cpu_deliver(struct cpu *cpu, const struct cpu_event *event);

/* The INTR line from the interrupt controller, and an NMI. */
void cpu_set_interrupt_line(struct cpu *cpu, bool raised);
void cpu_raise_nmi(struct cpu *cpu);
bool cpu_nmi_pending(const struct cpu *cpu); /* blocked or not */
/* Does an NMI wait that is not blocked; and can it be delivered at this boundary? Then it is taken, and cpu_deliver follows: a
 * VMM gives it to its virtual CPU. */
bool cpu_nmi_waits(const struct cpu *cpu);
bool cpu_nmi_deliverable(const struct cpu *cpu);
bool cpu_take_nmi(struct cpu *cpu);
/* IGNNE#: while it is asserted, x87 exceptions that CR0.NE makes no #MF of hold nothing up. (FERR#: the bus's numeric_error.) */
void cpu_set_ignore_numeric_error(struct cpu *cpu, bool asserted);
/* Would an external interrupt be taken at this boundary if one came (IF, shadow)? */
bool cpu_interruptible(const struct cpu *cpu);

/* Makes a running cpu_run come back at the next instruction boundary. Safe in a signal handler. */
void cpu_request_stop(struct cpu *cpu);

void cpu_set_hooks(struct cpu *cpu, const struct cpu_hooks *hooks); /* copied; NULL: none */

/*
 * An observer's stops. They cost no cycle and change no state: a run that stands still and goes on is the run that did not.
 * None is asked but of instructions that cpu_run begins, and of what accesses memory. All may be NULL; nothing is slower then.
 */
struct cpu_access {
	uint32_t linear, value;
	uint64_t physical; /* of its first byte */
	uint8_t size;      /* bytes: of the part in one page, where it lies in two */
	bool write;
};

struct cpu_watch {
	void *owner;
	/* May cpu_run stand still before an instruction at this physical address? Asked when code is decoded: a change of mind must
	 * be told by cpu_set_watch. */
	bool (*holds)(void *owner, const struct cpu *cpu, uint64_t physical);
	/* Such an instruction is the next one, and nothing else is due. True: cpu_run comes back, by CPU_STOP_REQUEST. */
	bool (*reached)(void *owner, const struct cpu *cpu, uint32_t linear, uint64_t physical);
	/* A repeated string instruction goes to work, perhaps on what is left of it; or it has been left with repetitions to be done. */
	void (*repeating)(void *owner, const struct cpu *cpu, bool left);
	/* Must data accesses to this page be looked at? Asked when the TLB gets it. */
	bool (*covers)(void *owner, const struct cpu *cpu, uint32_t linear, uint64_t physical);
	/* Is this access looked for? If so `accessed` is called once its instruction, or the delivery of its event, is complete, for
	 * the first such access. */
	bool (*matches)(void *owner, const struct cpu *cpu, const struct cpu_access *access);
	void (*accessed)(void *owner, const struct cpu *cpu, const struct cpu_access *access);
};
/* `changed` is called when CPL, CR0.PE or CR0.PG has changed, within an instruction; NULL: nobody looks. */
void cpu_watch_mode(struct cpu *cpu, void (*changed)(void *owner), void *owner);
/* Between two runs. Copied; NULL: none. */
void cpu_set_watch(struct cpu *cpu, const struct cpu_watch *watch);
/* Lets a running cpu_run come back with CPU_STOP_REQUEST as soon as nothing is due but the next instruction (unlike
 * cpu_request_stop this leaves no trace in model time), or takes that back. Safe in a signal handler. */
void cpu_stand_still(struct cpu *cpu, bool still);

/*
 * What software adds to a processor that it emulates (a virtual CPU): unlike a hook these may change its state, and
 * must then say cpu_state_changed. Each gives false for what is none of its business: then the processor does as it
 * would have done by itself.
 */
struct cpu_extension {
	void *owner;
	/* VMCALL, before its #UD. EIP is behind the instruction, EFLAGS are exact. */
	bool (*hypercall)(void *owner);
	/* RDMSR and WRMSR of a register that is not there, before its #GP. */
	bool (*read_msr)(void *owner, uint32_t number, uint64_t *value);
	bool (*write_msr)(void *owner, uint32_t number, uint64_t value);
	/* WRMSR has set the TSC. */
	void (*tsc_written)(void *owner);
};
void cpu_set_extension(struct cpu *cpu, const struct cpu_extension *extension); /* copied; NULL: none */

/* TLB maintenance from outside (a VMM changed the tables that this processor walks). */
void cpu_tlb_flush(struct cpu *cpu);                    /* all, global entries too */
void cpu_tlb_flush_page(struct cpu *cpu, uint32_t linear);

/* Somebody else stored into physical memory that this processor may have decoded. */
void cpu_code_written(struct cpu *cpu, uint64_t address, uint32_t size);
/* Whether stores to this frame must be watched changed: fast paths to it are dropped. */
void cpu_page_changed(struct cpu *cpu, uint64_t frame);

/* Instructions retired so far. */
uint64_t cpu_instructions(const struct cpu *cpu);

/* Counters that a report shows; cumulative. */
struct cpu_counters {
	uint64_t tlb_misses, walk_references, blocks_decoded, blocks_invalidated, events_delivered;
	uint64_t cycles;      /* charged by what it ran: instructions, walks, deliveries; not the way to a VMM and back */
	uint64_t walk_cycles; /* of these: page walks */
};
const struct cpu_counters *cpu_counters(const struct cpu *cpu);

/* --- reading memory as the processor would see it, without side effects (no A/D, no TLB fill) --- */

enum access { ACCESS_READ = 0, ACCESS_WRITE = 1, ACCESS_EXECUTE = 2 };

/* One reference of a page walk. */
struct walk_step {
	uint64_t entry_address; /* physical */
	uint64_t entry;
	uint8_t level; /* 3: PDPTE, 2: PDE, 1: PTE */
};

struct walk {
	struct walk_step step[3];
	unsigned steps;
	bool ok;
	uint32_t error;    /* #PF error code when not ok */
	uint64_t physical; /* when ok */
	uint32_t page_size; /* 4096, 2 MiB or 4 MiB; 0 with paging off */
	bool writable, user, executable, global, dirty; /* as the levels together allow */
};

/* Walks the tables that `state` points to (SDM vol. 3, 4.3 and 4.4); reads only. Needs bus->page. */
void cpu_walk(const struct cpu_state *state, const struct bus *bus, uint32_t linear,
              enum access access, bool user, struct walk *walk);

/* Reads `size` bytes at a linear address by such walks; gives the number of bytes readable. */
size_t cpu_peek(const struct cpu_state *state, const struct bus *bus, uint32_t linear, void *buffer,
                size_t size);

/* The entries of the TLB, for panels and tests. */
struct tlb_view {
	uint32_t linear;
	uint64_t physical;
	bool valid, writable, user, global, dirty, executable;
	uint32_t page_size;
};
size_t cpu_tlb_size(const struct cpu *cpu);
struct tlb_view cpu_tlb_entry(const struct cpu *cpu, size_t index);
/* What the processor would fetch (ACCESS_EXECUTE) or read from a page that its TLB has, without a walk: `size` bytes, or none (0)
 * when they are not there, or not in one page. */
size_t cpu_peek_tlb(const struct cpu *cpu, enum access access, uint32_t linear, void *buffer, size_t size);
/* The same of the TLB for instructions. */
size_t cpu_fetch_tlb_size(const struct cpu *cpu);
struct tlb_view cpu_fetch_tlb_entry(const struct cpu *cpu, size_t index);

#endif
