/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/engine.h - the processor's inside, for the files of this floor only.
 *
 * Code is decoded into blocks (block.c) of straight-line instructions, found again by physical
 * address. A block runs as a chain: each insn's `execute` does its work and calls the next one's.
 * The last of a block leaves it. Three kinds of `execute` exist:
 *   - fast_*.c: specialized forms of the hot instructions;
 *   - run_row: any other row in mid-block: calls row->perform, goes on;
 *   - end_row: rows with INSN_ENDS_BLOCK: calls row->perform with exact EIP and clock, leaves.
 *
 * Contract of `perform` (insn.h):
 *   - it returns true when the instruction has completed, false after raise_*(): then nothing
 *     architectural may have changed, except what the manual lets a fault change;
 *   - EIP: in an INSN_ENDS_BLOCK row cpu->state.eip is the instruction's own address, the clock is
 *     exact up to it, and cpu->next_eip is where execution goes on: a jump changes next_eip.
 *     Other rows touch neither;
 *   - INT n, INT3 and INTO return false with their own event pending and state.eip behind them, retired
 *     and paid. A fault in the task that a task switch has entered is pending with state.eip already in
 *     that task: after a false, an INSN_ENDS_BLOCK row's state.eip stays as perform left it;
 *   - flags are read and written through flags.h only; eflags in `state` lacks the six status flags
 *     while blocks run;
 *   - memory is reached through the accessors below, which check segment, limit, alignment, paging;
 *   - a repeated string instruction does as many repetitions as fit before cpu->deadline, at least one,
 *     and sets cpu->next_eip to itself if more are left.
 */
#ifndef RINGSIDE_CPU_ENGINE_H
#define RINGSIDE_CPU_ENGINE_H

#include "cpu/cpu.h"
#include "cpu/descriptor.h"
#include "cpu/insn.h"
#include "cpu/vmx_state.h"

#include <assert.h>
#include <string.h>

#ifndef TLB_ENTRIES
#define TLB_ENTRIES 1024 /* a power of two, as many as second-level TLBs have; the hostile build has 2 */
#endif
enum { FETCH_TLB_ENTRIES = TLB_ENTRIES < 64 ? TLB_ENTRIES : 64 };

/*
 * A TLB entry's fast side. The tags answer the question: may this access, at this privilege, to this page
 * go straight to host memory? A tag is the linear page number << 12, or TLB_NO_TAG.
 */
enum { TLB_NO_TAG = 0x800 }; /* bit 11 is masked out of every question: equals none */

struct tlb_tags {
	uint32_t tag[2][2]; /* [user][write] */
	uintptr_t addend;   /* host address - linear address */
	uint64_t unused;    /* 32 bytes: an index is a shift */
};

/* Its other side: all that is known of the page. */
struct tlb_entry {
	uint32_t linear;    /* page, with TLB_NO_TAG when the entry is free */
	uint32_t page_size;
	uint64_t physical;  /* of the 4 KiB page */
	uint8_t *host;      /* NULL: device */
	bool writable, user, global, dirty, executable;
	bool host_writable, watched;
	bool observed;      /* an observer looks at accesses: never by fast paths */
	bool monitor : 1;   /* fetching from it calls the VMM */
	bool nested_writable : 1; /* the nested tables allow stores (always, where there are none) */
	bool listed : 1;    /* in tlb_used */
};

/* What paging depends on, as cpu_state_changed last saw it. */
struct paging_registers {
	uint32_t cr0, cr3, cr4, efer;
};

struct block_cache;

struct cpu {
	struct cpu_state state;
	struct float_state *floats; /* own_floats, or those of another processor */

	/* Status flags, computed when asked for: see flags.h. */
	uint32_t flag_result;
	uint32_t flag_aux;

	/* The block that runs. */
	uint32_t block_eip;  /* EIP of its first instruction */
	uint32_t next_eip;
	uint64_t *clock;
	struct cost_ledger *ledger, own_ledger;
	uint64_t run_since; /* clock without the ledger's, as the run began */
	uint64_t deadline;
	uint64_t block_deadline; /* blocks whose `worst` ends before it need no look at the deadline */
	uint64_t instructions;
	uint32_t loaded;     /* result of a slow load */

	/* Segments, ready for the fast path: offsets up to `top` are fine for any access of up to
	 * 4 bytes. Derived by segment_changed. */
	struct {
		uint32_t base;
		uint32_t top[2]; /* [write]: offset < top is fine for up to 4 bytes; 0: never */
	} fast[SEGMENT_COUNT];
	bool user;            /* CPL 3: the paging privilege, index of tlb tags */
	bool code_big;        /* D of CS */
	uint32_t stack_mask;  /* 0xffff or 0xffffffff: B of SS */

	struct tlb_tags tags[TLB_ENTRIES];
	struct tlb_entry tlb[TLB_ENTRIES];
	uint16_t tlb_used[TLB_ENTRIES]; /* entries that may be in use: a flush visits these alone */
	uint16_t tlb_used_count;
	struct tlb_entry fetch_tlb[FETCH_TLB_ENTRIES]; /* the instruction TLB: its walks are not charged */
	uint64_t translation; /* generation: changes whenever a linear address may mean another block */
	struct paging_registers paging_seen;
	bool large_pages;     /* some TLB entry is part of a large page */

	struct cpu_event event;  /* pending: type is not EVENT_NONE */
	struct cpu_event stopped; /* of the last CPU_STOP_EVENT */
	uint32_t error_ext; /* the EXT bit of error codes: 1 while an event is delivered that is no INT n */
	bool interrupt_line;
	bool nmi_pending;
	bool ignores_numeric_error; /* IGNNE# */
	bool monitored;
	bool non_root; /* VMX non-root operation: vmx_inside.h */
	bool left_for_monitor; /* the event delivered last: its gate leads to the VMM */
	bool monitor_called; /* by the fetch just tried */
	bool exact;
	bool at_device; /* EIP and clock are exact, and the block is left behind this instruction: it may access devices */
	/* Something may have to be done before the next block: an event, an interrupt, a trap. Set by
	 * whatever could cause that, cleared by run.c when nothing is left. */
	volatile bool attention;
	volatile bool stop_requested;
	volatile bool stand_still; /* cpu_stand_still: honoured when nothing else is due */
	bool running;  /* cpu_run, which stands still; cpu_step does not */
	bool accessed; /* `access` is of the instruction at work, or the event in delivery */
	struct cpu_access access;

	uint64_t ept_pointer;     /* of the nested tables that are in use; 0: none */
	struct vmx_operation vmx;

	struct float_state own_floats;
	struct msr_state msrs;
	struct arena *arena;
	struct block_cache *blocks;
	struct chain *open_chain; /* of the block just left: where the next one found is noted */
	const struct bus *bus;
	const struct cost_profile *costs;
	struct cpu_features features;
	struct cpu_hooks hooks;
	struct cpu_watch watch;
	void (*mode_changed)(void *owner); /* NULL: nobody looks */
	void *mode_owner;
	struct cpu_extension extension;
	struct cpu_counters counters;
};

/* ---- events (event.c) ---- */

void post_event(struct cpu *cpu, struct cpu_event event);

/* Each records the pending event and gives false, so that a perform can say `return raise_gp(cpu, 0);`. */
static inline bool raise_fault(struct cpu *cpu, enum vector vector) /* no error code */
{
	post_event(cpu, (struct cpu_event){.type = EVENT_EXCEPTION, .vector = (uint8_t)vector});
	return false;
}

static inline bool raise_fault_error(struct cpu *cpu, enum vector vector, uint32_t error)
{
	post_event(cpu, (struct cpu_event){
		.type = EVENT_EXCEPTION, .vector = (uint8_t)vector, .has_error = true, .error = error});
	return false;
}

static inline bool raise_page_fault(struct cpu *cpu, uint32_t linear, uint32_t error)
{
	post_event(cpu, (struct cpu_event){
		.type = EVENT_EXCEPTION, .vector = VECTOR_PF, .has_error = true, .error = error, .address = linear});
	return false;
}

static inline bool raise_debug(struct cpu *cpu, uint32_t dr6)
{
	post_event(cpu, (struct cpu_event){.type = EVENT_EXCEPTION, .vector = VECTOR_DB, .dr6 = dr6});
	return false;
}

static inline bool raise_ud(struct cpu *cpu) { return raise_fault(cpu, VECTOR_UD); }
static inline bool raise_gp(struct cpu *cpu, uint32_t error) { return raise_fault_error(cpu, VECTOR_GP, error); }

/* Delivers through the IVT or IDT, with double and triple faults (SDM vol. 3, 6.15, table 6-5).
 * False: the processor has shut down. In monitored mode: sets cpu->stopped instead, after gate checks. */
bool deliver_event(struct cpu *cpu, const struct cpu_event *event);

/* ---- segments (segment.c) ---- */

/* Loads ES, SS, DS, FS or GS as MOV and POP do (SDM vol. 2, MOV: the pseudo-code). */
bool load_segment(struct cpu *cpu, enum segment_register reg, uint16_t selector);
/* Real-mode and V86 style: base = selector << 4. */
void set_real_segment(struct cpu *cpu, enum segment_register reg, uint16_t selector);
/* After any change of state.segment[reg], CPL or mode: recomputes `fast`, user, code_big, stack_mask. */
void segment_changed(struct cpu *cpu, enum segment_register reg);
void set_cpl(struct cpu *cpu, unsigned cpl);

/* Reads the descriptor of `selector` from GDT or LDT. `fault`: what to raise outside the limit. */
bool read_descriptor(struct cpu *cpu, uint16_t selector, struct descriptor *descriptor, enum vector fault);

/* ---- control transfers (transfer.c, task.c) ---- */

bool far_jump(struct cpu *cpu, uint16_t selector, uint32_t offset);
bool far_call(struct cpu *cpu, uint16_t selector, uint32_t offset, unsigned operand_size);
bool far_return(struct cpu *cpu, unsigned operand_size, uint32_t release);
bool interrupt_return(struct cpu *cpu, unsigned operand_size);
enum task_reason { TASK_JUMP, TASK_CALL, TASK_IRET, TASK_GATE_EVENT };
bool task_switch(struct cpu *cpu, uint16_t selector, enum task_reason reason, bool has_error, uint32_t error);

/* ---- memory (access.h has the fast paths; memory.c, paging.c and tlb.c the rest) ---- */

/* Slow paths: whole rule of segment, limit, alignment, page, device, watch. The loaded value is in cpu->loaded. */
bool load_slow(struct cpu *cpu, enum segment_register segment, uint32_t offset, unsigned size);
bool store_slow(struct cpu *cpu, enum segment_register segment, uint32_t offset, unsigned size, uint32_t value);

/* Linear accesses that skip segmentation. `system`: as supervisor whatever CPL says (descriptor tables, TSS). */
bool load_linear(struct cpu *cpu, uint32_t linear, unsigned size, bool system, uint32_t *value);
bool store_linear(struct cpu *cpu, uint32_t linear, unsigned size, bool system, uint32_t value);
/* Would a store of `size` bytes succeed? Raises #PF if not. Makes two-part writes atomic. */
bool probe_store(struct cpu *cpu, enum segment_register segment, uint32_t offset, unsigned size);
bool probe_store_linear(struct cpu *cpu, uint32_t linear, unsigned size, bool system);

/* Where a walk's entries come from: the bus, or nested tables. `read`: false ends the walk without a fault of its own. */
struct walk_reader {
	void *owner;
	bool (*read)(void *owner, uint64_t address, unsigned size, unsigned level, uint64_t *entry);
	bool reads_pointers; /* with PAE the walk reads the PDPTE too, instead of taking the register */
};
/* cpu_walk with another reader. */
void paging_walk(const struct cpu_state *state, const struct walk_reader *reader, uint32_t linear,
                 enum access access, bool user, struct walk *walk);
/* All ones where there is no memory. */
uint64_t paging_read_entry(const struct bus *bus, uint64_t address, unsigned size);
/* The processor's own store of `entry`, whose accessed and dirty bits it has set. */
void paging_mark_entry(struct cpu *cpu, uint64_t address, uint64_t entry);
void paging_read_pdptes(const struct bus *bus, uint32_t cr3, uint64_t pointer[4]);
bool paging_pdptes_valid(const uint64_t pointer[4]); /* no reserved bit in one that is present */

/* Finds or makes the TLB entry for an access; NULL: #PF is pending. Charges the walk. */
struct tlb_entry *tlb_lookup(struct cpu *cpu, uint32_t linear, enum access access, bool user);
void tlb_begin(struct cpu *cpu); /* every entry free, at the processor's making */
void tlb_flush(struct cpu *cpu, bool global_too);
void tlb_flush_page(struct cpu *cpu, uint32_t linear);
/* CR0.WP changed: entries stay, what they allow is worked out again. */
void tlb_retag(struct cpu *cpu);
/* CR0, CR3, CR4 or EFER changed in a way that paging depends on. Loads PDPTEs; false: #GP pending. */
bool load_cr3(struct cpu *cpu, uint32_t value);

/*
 * Operands of any size up to a page, all or nothing (wide.c). `alignment`: a power of two, below which an offset raises #AC where
 * that is asked for. They begin at `offset` and are one piece for segmentation. False: a fault is pending.
 */
bool load_bytes(struct cpu *cpu, unsigned segment, uint32_t offset, void *to, unsigned size, unsigned alignment);
bool store_bytes(struct cpu *cpu, unsigned segment, uint32_t offset, const void *from, unsigned size, unsigned alignment);
/* Would such a store succeed? */
bool probe_bytes(struct cpu *cpu, unsigned segment, uint32_t offset, unsigned size, unsigned alignment);
/* The linear address of such an operand: the rule of segment, limit and alignment. False: a fault is pending. */
bool segment_linear(struct cpu *cpu, enum segment_register reg, uint32_t offset, unsigned size, unsigned alignment,
                    bool write, uint32_t *linear);
/* Memory of one page, behind a TLB entry: 1, 2 or 4 bytes. */
uint32_t load_page(struct cpu *cpu, const struct tlb_entry *entry, uint32_t linear, unsigned size);
void store_page(struct cpu *cpu, const struct tlb_entry *entry, uint32_t linear, unsigned size, uint32_t value);

/* ---- devices in memory (device.c) ---- */

/* A page without a host address: may this access be done now? False: the instruction begins again by itself, where EIP
 * and clock are exact. */
bool device_ready(struct cpu *cpu);
/* Did what has just run meet a device that it may not access yet? Then the next attempt may. */
bool device_met(struct cpu *cpu);

/* ---- debug registers (debug.c) ---- */

bool debug_enabled_data(const struct cpu *cpu);
/* A data access happened: adds the breakpoints that it hit to state.pending_debug. */
void debug_check_data(struct cpu *cpu, uint32_t linear, unsigned size, bool write);
/* True: no enabled instruction breakpoint is on CS:EIP (or RF holds it off). False: #DB is pending. */
bool debug_instruction_breakpoint(struct cpu *cpu);

/* ---- an observer's stops (watch.c) ---- */

/* Code at this physical address is the next to be run: does cpu_run stand still before it? */
bool watch_stands_still(struct cpu *cpu, uint32_t linear, uint64_t physical);
static inline bool watch_holds(const struct cpu *cpu, uint64_t physical)
{
	return __builtin_expect(cpu->watch.holds != NULL, 0) && cpu->watch.holds(cpu->watch.owner, cpu, physical);
}
/* An access by a TLB entry that is `observed`. */
void watch_access(struct cpu *cpu, const struct tlb_entry *entry, uint32_t linear, unsigned size, uint32_t value, bool write);
/* Before anything is delivered: what has accessed memory is complete, or has raised an event instead. */
void watch_settle(struct cpu *cpu);
/* The observer changed its mind about pages. */
void tlb_observe(struct cpu *cpu);

/* ---- blocks and running (block.c, run.c) ---- */

/* Leaves the block after `insn` has completed; execution goes on at `eip`. */
static inline void leave_block(struct cpu *cpu, const struct insn *insn, uint32_t eip)
{
	*cpu->clock += insn->cost;
	cpu->instructions += insn->index_in_block + 1u;
	cpu->state.eip = eip;
}

/* Cycles of the block before `insn`. */
static inline uint32_t cost_before(const struct insn *insn)
{
	return insn->index_in_block ? insn[-1].cost : 0;
}

/* Leaves the block because `insn` did not complete: an event is pending. */
static inline void abandon(struct cpu *cpu, const struct insn *insn)
{
	*cpu->clock += cost_before(insn);
	cpu->instructions += insn->index_in_block;
	cpu->state.eip = cpu->block_eip + insn->offset;
	cpu->attention = true;
}

/* What a store into a page must tell: decoded code here, and the bus's owner. */
void page_stored(struct cpu *cpu, const struct tlb_entry *entry, uint64_t physical, uint32_t size);

static inline void charge(struct cpu *cpu, enum cost cost)
{
	*cpu->clock += cpu->costs->cycles[cost];
}

/* Between the two, what is charged but not apart is this processor's own. */
static inline void account_begin(struct cpu *cpu)
{
	cpu->run_since = *cpu->clock - cpu->ledger->total;
}

static inline void account_end(struct cpu *cpu)
{
	cpu->counters.cycles += *cpu->clock - cpu->ledger->total - cpu->run_since;
}

/* The same as charge for what is no part of the guest's instructions: the way to a VMM and back, and what the VMM asks for. */
static inline void charge_apart(struct cpu *cpu, enum cost cost)
{
	charge(cpu, cost);
	ledger_add(cpu->ledger, cost, cpu->costs->cycles[cost]);
}

insn_execute run_row, end_row;
/* A specialized execute for a decoded instruction that has its place in a block, or NULL (fast.c). */
insn_execute *fast_execute(struct insn *insn);

/* Derived state after the guest or the outside changed a lot at once. */
void derive_all(struct cpu *cpu);

#endif
