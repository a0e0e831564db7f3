/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/system.h - what the rooms of the system side share: descriptors, stack frames, control registers.
 * Intel SDM volume 3, chapters 3, 5, 6 and 7.
 */
#ifndef RINGSIDE_CPU_SYSTEM_H
#define RINGSIDE_CPU_SYSTEM_H

#include "cpu/access.h"

/* System descriptor types (SDM vol. 3, table 3-2). */
enum descriptor_type {
	TYPE_TSS16 = 1,
	TYPE_LDT = 2,
	TYPE_TSS16_BUSY = 3,
	TYPE_CALL_GATE16 = 4,
	TYPE_TASK_GATE = 5,
	TYPE_INTERRUPT_GATE16 = 6,
	TYPE_TRAP_GATE16 = 7,
	TYPE_TSS32 = 9,
	TYPE_TSS32_BUSY = 11,
	TYPE_CALL_GATE32 = 12,
	TYPE_INTERRUPT_GATE32 = 14,
	TYPE_TRAP_GATE32 = 15,
	TYPE_BUSY = 2,    /* of a TSS */
	TYPE_32BIT = 8,   /* of a gate or TSS */
};

/* DR6 (SDM vol. 3, 17.2.3) */
enum {
	DR6_B0 = 1u << 0,
	DR6_BD = 1u << 13,
	DR6_BS = 1u << 14,
	DR6_BT = 1u << 15,
	DR6_FIXED = 0xffff0ff0,
	DR6_WRITABLE = DR6_BD | DR6_BS | DR6_BT | 0xf,
};

/*
 * DR7 (SDM vol. 3, 17.2.4)
 *
 *  31 30 29 28 ... 19 18 17 16 15 14 13 12 11 10 9  8  7  6  5  4  3  2  1  0
 *  LEN3  R/W3      LEN0  R/W0  0  0  GD 0  0  1  GE LE G3 L3 G2 L2 G1 L1 G0 L0
 */
enum {
	DR7_LOCAL = 0x155, /* L0..L3, LE */
	DR7_FIXED = 1u << 10,
	DR7_GD = 1u << 13,
	DR7_RESERVED = 0xd800,
};

/* ---- descriptors ---- */

static inline bool selector_null(uint16_t selector)
{
	return !(selector & 0xfffc);
}

static inline unsigned selector_rpl(uint16_t selector)
{
	return selector & 3;
}

/* What an error code says of a selector: index and TI (SDM vol. 3, 6.13). EXT is added by the raiser. */
static inline uint32_t selector_error(uint16_t selector)
{
	return selector & 0xfffc;
}

static inline bool segment_is_code(const struct segment *segment)
{
	return (segment->access & (ACCESS_S | ACCESS_CODE)) == (ACCESS_S | ACCESS_CODE);
}

static inline bool segment_is_conforming(const struct segment *segment)
{
	return segment_is_code(segment) && (segment->access & ACCESS_CONFORMING);
}

static inline bool segment_is_writable_data(const struct segment *segment)
{
	return (segment->access & (ACCESS_S | ACCESS_CODE | ACCESS_WRITABLE)) == (ACCESS_S | ACCESS_WRITABLE);
}

static inline bool segment_is_readable(const struct segment *segment)
{
	if (!(segment->access & ACCESS_S))
		return false;
	return !(segment->access & ACCESS_CODE) || (segment->access & ACCESS_READABLE);
}

static inline bool segment_present(const struct segment *segment)
{
	return segment->access & ACCESS_PRESENT;
}

/* The type of a system descriptor, 0 (reserved) for code and data. */
static inline unsigned system_type(const struct segment *segment)
{
	return segment->access & ACCESS_S ? 0 : segment->access & ACCESS_TYPE;
}

/* Is the selector's index within its table? Gives the descriptor's linear address. */
bool descriptor_address(const struct cpu *cpu, uint16_t selector, uint32_t *linear);
/* Descriptor and what becomes of it in a register. `fault`: raised outside the table's limit. */
bool read_segment(struct cpu *cpu, uint16_t selector, struct segment *segment, enum vector fault);
/* Sets the accessed bit in memory and in the copy. False: #PF is pending. */
bool mark_accessed(struct cpu *cpu, struct segment *segment);
/* Sets or clears a TSS descriptor's busy bit in memory. */
bool set_busy(struct cpu *cpu, uint16_t selector, bool busy);
/* Puts a checked segment into a register. For CS: set_cpl first. */
void install_segment(struct cpu *cpu, enum segment_register reg, const struct segment *segment);
/* Null selector: the register can no longer be used. */
void install_null(struct cpu *cpu, enum segment_register reg, uint16_t selector);
/* After a return to an outer ring: data segments that it may not use become null. */
void drop_privileged_segments(struct cpu *cpu);

/* ---- code targets (transfer.c) ---- */

bool check_code_offset(struct cpu *cpu, const struct segment *code, uint32_t offset);
/* Goes on at CS:offset with this CPL, which becomes the selector's RPL. */
void enter_code(struct cpu *cpu, struct segment code, unsigned cpl, uint32_t offset);

/* ---- frames: several pushes that happen all or not at all (frame.c) ---- */

struct frame {
	struct segment stack;
	uint32_t pointer; /* ESP before the first push; after frame_store: below the last */
	uint32_t fault;   /* error code of #SS when there is no room */
	unsigned size;    /* of an item in bytes */
	unsigned count;
	bool system;      /* a stack of rings 0 to 2, whatever CPL is now */
	uint32_t item[40];
};

/* A frame on the present stack. */
void frame_here(const struct cpu *cpu, struct frame *frame, unsigned size);
/* A frame on the stack that the TSS keeps for an inner ring; checks its SS (#TS, #SS). */
bool frame_inner(struct cpu *cpu, struct frame *frame, unsigned size, unsigned ring);
void frame_push(struct frame *frame, uint32_t value);
bool frame_probe(struct cpu *cpu, const struct frame *frame);
bool frame_store(struct cpu *cpu, struct frame *frame);
/* The frame's stack becomes SS:ESP. CPL must be the new one already. */
void frame_switch(struct cpu *cpu, const struct frame *frame);
/* The present stack goes down by what was stored. */
void frame_commit(struct cpu *cpu, const struct frame *frame);

/* ---- flags and control registers ---- */

/* Replaces the bits of EFLAGS in `mask` and rederives what hangs on them. */
void change_eflags(struct cpu *cpu, uint32_t value, uint32_t mask);
uint32_t cr0_defined(uint32_t value); /* without the bits that do not exist; ET is wired to 1 */
uint32_t cr4_defined(const struct cpu *cpu); /* bits that may be set: any other one raises #GP */
bool write_cr0(struct cpu *cpu, uint32_t value);
bool write_cr4(struct cpu *cpu, uint32_t value);
static inline uint64_t read_tsc(const struct cpu *cpu)
{
	return *cpu->clock + cpu->state.tsc_offset;
}

/* ---- virtual interrupts (vme.c) ---- */

/* Does VIF stand in for IF? `vme_flags`: in PUSHF, POPF and IRET too. */
bool virtual_interrupts(const struct cpu *cpu);
bool vme_flags(const struct cpu *cpu);
uint32_t vme_image(const struct cpu *cpu); /* FLAGS as the 8086 program shall see them */
bool vme_check_image(struct cpu *cpu, uint32_t image);
void vme_take_image(struct cpu *cpu, uint32_t image);
bool vme_redirects(struct cpu *cpu, uint8_t vector, bool *redirects);
bool vme_interrupt(struct cpu *cpu, uint8_t vector);

/* #UD in real and virtual-8086 mode; #GP(0) above CPL 0; #GP(0) where UMIP hides the instruction. */
bool require_protected(struct cpu *cpu);
bool require_ring0(struct cpu *cpu);
bool check_umip(struct cpu *cpu);

/* ---- events (event.c, interrupt.c) ---- */

/* INT n, INT3, INTO: done, with their event pending. */
bool software_event(struct cpu *cpu, const struct insn *insn, enum event_type type, uint8_t vector);
/* One delivery without the double-fault rules; pushes cpu->next_eip, leaves the handler's EIP there.
 * False: a fault is pending. */
bool enter_handler(struct cpu *cpu, const struct cpu_event *event);
bool event_is_software(const struct cpu_event *event);
bool event_pushes_rf(const struct cpu_event *event);

/* ---- MSRs, CPUID, debug ---- */

bool read_msr(struct cpu *cpu, uint32_t number, uint64_t *value);  /* false: no such MSR */
bool write_msr(struct cpu *cpu, uint32_t number, uint64_t value);  /* false: nor such a value */
bool pat_valid(uint64_t pat);
uint64_t efer_defined(const struct cpu *cpu); /* bits that may be set */
void read_cpuid(const struct cpu *cpu, uint32_t leaf, uint32_t out[4]); /* EAX, EBX, ECX, EDX */
void debug_check_port(struct cpu *cpu, uint16_t port, unsigned size);
enum { CPUID_FPU = 0, CPUID_VME = 1, CPUID_DE = 2, CPUID_PSE = 3, CPUID_TSC = 4, CPUID_MSR = 5, CPUID_PAE = 6,
       CPUID_MCE = 7, CPUID_CX8 = 8, CPUID_APIC = 9, CPUID_SEP = 11, CPUID_MTRR = 12, CPUID_PGE = 13,
       CPUID_MCA = 14, CPUID_CMOV = 15, CPUID_PAT = 16, CPUID_CLFSH = 19, CPUID_MMX = 23, CPUID_FXSR = 24,
       CPUID_SSE = 25, CPUID_SSE2 = 26 };
static inline unsigned cpu_family(uint32_t version) /* of CPUID.1:EAX */
{
	return version >> 8 & 15;
}

static inline bool has_feature(const struct cpu *cpu, unsigned bit)
{
	return cpu->features.cpuid_edx >> bit & 1;
}

#endif
