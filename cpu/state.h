/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/state.h - the architectural state of an IA-32 processor: what software can know.
 * Plain data, so that a state can be copied, compared, digested and kept in a snapshot.
 * Intel SDM volume 1 chapter 3, volume 3 chapters 2 and 3.
 */
#ifndef RINGSIDE_CPU_STATE_H
#define RINGSIDE_CPU_STATE_H

#include <stdbool.h>
#include <stdint.h>

enum gpr { EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI, GPR_COUNT };

/* LDTR and TR have descriptor caches like the six segment registers, so they stand in one array. */
enum segment_register { ES, CS, SS, DS, FS, GS, LDTR, TR, SEGMENT_COUNT };

/*
 * EFLAGS (SDM vol. 1, 3.4.3)
 *
 *  31      22 21 20  19  18 17 16 15 14 13 12 11 10  9  8  7  6  5  4  3  2  1  0
 *  0 ... 0   ID VIP VIF AC VM RF 0  NT IOPL  OF DF IF TF SF ZF 0  AF 0  PF 1  CF
 */
enum {
	EFLAGS_CF = 1u << 0,
	EFLAGS_FIXED = 1u << 1,
	EFLAGS_PF = 1u << 2,
	EFLAGS_AF = 1u << 4,
	EFLAGS_ZF = 1u << 6,
	EFLAGS_SF = 1u << 7,
	EFLAGS_TF = 1u << 8,
	EFLAGS_IF = 1u << 9,
	EFLAGS_DF = 1u << 10,
	EFLAGS_OF = 1u << 11,
	EFLAGS_IOPL = 3u << 12,
	EFLAGS_NT = 1u << 14,
	EFLAGS_RF = 1u << 16,
	EFLAGS_VM = 1u << 17,
	EFLAGS_AC = 1u << 18,
	EFLAGS_VIF = 1u << 19,
	EFLAGS_VIP = 1u << 20,
	EFLAGS_ID = 1u << 21,
	EFLAGS_STATUS = EFLAGS_CF | EFLAGS_PF | EFLAGS_AF | EFLAGS_ZF | EFLAGS_SF | EFLAGS_OF,
	EFLAGS_DEFINED = 0x003f7fd5,
};

/*
 * CR0 (SDM vol. 3, 2.5)
 *
 *  31 30 29 28 ... 18 17 16 15 ... 6  5  4  3  2  1  0
 *  PG CD NW        AM    WP           NE ET TS EM MP PE
 */
enum {
	CR0_PE = 1u << 0,
	CR0_MP = 1u << 1,
	CR0_EM = 1u << 2,
	CR0_TS = 1u << 3,
	CR0_ET = 1u << 4,
	CR0_NE = 1u << 5,
	CR0_WP = 1u << 16,
	CR0_AM = 1u << 18,
	CR0_NW = 1u << 29,
	CR0_CD = 1u << 30,
	CR0_PG = 1u << 31,
};

/*
 * CR4 (SDM vol. 3, 2.5)
 *
 *  11   10        9      8   7   6   5   4   3  2   1   0
 *  UMIP OSXMMEXCP OSFXSR PCE PGE MCE PAE PSE DE TSD PVI VME
 */
enum {
	CR4_VME = 1u << 0,
	CR4_PVI = 1u << 1,
	CR4_TSD = 1u << 2,
	CR4_DE = 1u << 3,
	CR4_PSE = 1u << 4,
	CR4_PAE = 1u << 5,
	CR4_MCE = 1u << 6,
	CR4_PGE = 1u << 7,
	CR4_PCE = 1u << 8,
	CR4_OSFXSR = 1u << 9,
	CR4_OSXMMEXCPT = 1u << 10,
	CR4_UMIP = 1u << 11,
};

enum { EFER_NXE = 1u << 11 };

/*
 * IA32_APIC_BASE (SDM vol. 3, figure 10-5)
 *
 *  35 ... 12  11     8
 *  base       enable bootstrap processor
 */
enum { APIC_BASE_BOOTSTRAP = 1u << 8, APIC_BASE_ENABLE = 1u << 11 };
#define APIC_BASE_ADDRESS UINT64_C(0xffffff000)
#define APIC_BASE_RESET (UINT64_C(0xfee00000) | APIC_BASE_ENABLE | APIC_BASE_BOOTSTRAP)

/*
 * A segment's access rights, as LAR shows them shifted right by 8
 * (SDM vol. 3, figure 3-8; bits 23:8 of a descriptor's second word):
 *
 *  15 14  13 12  11..8      7  6 5   4  3  2  1  0
 *  G  D/B 0  AVL limit19:16 P  DPL   S  type
 *
 * The limit's bits are kept zero here: `limit` holds the limit, scaled to bytes.
 */
enum {
	ACCESS_TYPE = 0x000f,
	ACCESS_ACCESSED = 0x0001,  /* code and data */
	ACCESS_WRITABLE = 0x0002,  /* data */
	ACCESS_READABLE = 0x0002,  /* code */
	ACCESS_EXPAND_DOWN = 0x0004, /* data */
	ACCESS_CONFORMING = 0x0004, /* code */
	ACCESS_CODE = 0x0008,
	ACCESS_S = 0x0010, /* code or data; clear: a system descriptor */
	ACCESS_DPL = 0x0060,
	ACCESS_DPL_SHIFT = 5,
	ACCESS_PRESENT = 0x0080,
	ACCESS_AVL = 0x1000,
	ACCESS_BIG = 0x4000, /* D of code, B of stack and expand-down data */
	ACCESS_GRANULARITY = 0x8000,
};

/* A segment register with its hidden part, the descriptor cache (SDM vol. 3, 3.4.3). */
struct segment {
	uint32_t base;
	uint32_t limit;  /* last valid offset for expand-up, in bytes: already scaled by G */
	uint16_t selector;
	uint16_t access; /* ACCESS_...; ACCESS_PRESENT clear: not usable (null selector) */
};

struct table_register {
	uint32_t base; /* linear */
	uint16_t limit;
};

/* What the processor is doing (SDM vol. 3, 24.4.2 has the same list for VMX guests). */
enum activity { ACTIVITY_ACTIVE, ACTIVITY_HALTED, ACTIVITY_SHUTDOWN };

/* Interrupts held off for one instruction after STI, MOV SS and POP SS. */
enum interrupt_shadow { SHADOW_NONE, SHADOW_STI, SHADOW_MOV_SS };

struct cpu_state {
	uint32_t gpr[GPR_COUNT + 1]; /* the ninth is always 0: an address without base or index */
	uint32_t eip;
	uint32_t eflags; /* whole and true whenever the processor is at rest: see cpu_run */
	struct segment segment[SEGMENT_COUNT];
	struct table_register gdtr;
	struct table_register idtr;
	uint32_t cr0, cr2, cr3, cr4;
	uint32_t dr[8];          /* 4 and 5 unused */
	uint32_t pending_debug;  /* bits of DR6 that the next #DB trap sets: held off over MOV SS, say */
	uint64_t pae_pointer[4]; /* the four PDPTEs, read when CR3 is loaded (SDM vol. 3, 4.4.1) */
	uint64_t efer;
	uint64_t tsc_offset; /* TSC = clock + tsc_offset */
	uint32_t sysenter_cs, sysenter_esp, sysenter_eip;
	uint64_t pat;
	uint64_t apic_base;
	uint64_t microcode_revision;
	uint8_t activity;         /* enum activity */
	uint8_t interrupt_shadow; /* enum interrupt_shadow */
	uint8_t nmi_blocked;      /* until IRET */
	uint8_t cpl;
	uint8_t a20_masked;       /* A20M#: the board holds bit 20 of physical addresses low (SDM vol. 3, 8.7.13.4) */
};

/* The state after power-up or INIT, with CS:EIP at F000:FFF0 (SDM vol. 3, table 9-1). */
void cpu_state_reset(struct cpu_state *state);

static inline bool state_protected(const struct cpu_state *state)
{
	return state->cr0 & CR0_PE;
}

static inline bool state_v86(const struct cpu_state *state)
{
	return state->eflags & EFLAGS_VM;
}

static inline bool state_paging(const struct cpu_state *state)
{
	return state->cr0 & CR0_PG;
}

static inline unsigned state_iopl(const struct cpu_state *state)
{
	return state->eflags >> 12 & 3;
}

static inline unsigned segment_dpl(const struct segment *segment)
{
	return segment->access >> ACCESS_DPL_SHIFT & 3;
}

#endif
