/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/vmx.h - a guest in VMX non-root operation on the bare machine of system.h: flat, ring 0, 32 bits, with
 * identity paging, its IDT and its tables. A VMM is what each test does to the VMCS.
 */
#ifndef RINGSIDE_TESTS_CPU_VMX_H
#define RINGSIDE_TESTS_CPU_VMX_H

#include "cpu/vmx.h"
#include "tests/cpu/system.h"

enum {
	EPT_AT = HIGH_AT,    /* the root; its tables follow */
	BITMAP_A_AT = 0xb0000,
	BITMAP_B_AT = 0xb1000,
	MSR_BITMAP_AT = 0xb2000,
	PAE_AT = 0xb4000,    /* PDPTEs, then a directory and a table */
	SPARE_AT = 0xc0000,  /* memory that nothing else uses */
};

struct vmx_rig {
	struct machine *machine;
	struct cpu *cpu;
	struct vmcs *vmcs;
	bool launched;
	unsigned ept_levels;
	uint32_t ept_free; /* where the next nested table goes */
};

/* In root operation, with a VMCS that enters the guest and lets it do all that can be let. */
struct vmx_rig *vmx_rig_new(void);
struct vmx_rig *vmx_rig_new_with(bool pdpte_registers);
/* The same for the state of a machine, which belongs to the rig then. CR0.NE is set in the VMCS. */
struct vmx_rig *vmx_rig_on(struct machine *machine);
void vmx_rig_free(struct vmx_rig *rig);

void vmx_write(struct vmx_rig *rig, uint32_t field, uint64_t value);
void vmx_set(struct vmx_rig *rig, uint32_t field, uint64_t bits); /* or */
void vmx_clear(struct vmx_rig *rig, uint32_t field, uint64_t bits);
uint64_t vmx_read(struct vmx_rig *rig, uint32_t field);

/* The guest's registers as the VMCS has them, changed by a function. */
void vmx_change(struct vmx_rig *rig, void (*change)(struct cpu_state *state));
/* Bytes at the guest's CS:EIP. */
void vmx_code(struct vmx_rig *rig, const void *bytes, size_t size);
#define VMX_CODE(rig, ...)                                                                          \
	vmx_code(rig, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* VMLAUNCH the first time, VMRESUME then. */
enum vmx_result vmx_enter_guest(struct vmx_rig *rig);
/* Enters and runs until something stops it, at most 100,000 cycles. */
enum cpu_stop vmx_run(struct vmx_rig *rig);
/* Runs until an exit of this reason; gives whether that was what came. */
bool vmx_expect(struct vmx_rig *rig, enum exit_reason reason);

/* Activates EPT with so many levels; nothing is mapped. */
void vmx_ept(struct vmx_rig *rig, unsigned levels);
/* Maps a 4 KiB page; rights: EPT_READ... Gives the entry's address. */
uint32_t vmx_ept_map(struct vmx_rig *rig, uint64_t gpa, uint64_t ma, uint64_t rights);
void vmx_ept_identity(struct vmx_rig *rig); /* all of memory, every right */
/* The guest's paging becomes PAE, identity, in tables at PAE_AT. */
void vmx_pae(struct vmx_rig *rig);

#endif
