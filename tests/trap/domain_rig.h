/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/domain_rig.h - a Xen domain without a kernel, for tests of pv/direct: an ELF file of notes and empty pages is
 * made, the builder makes a domain of it, and hypercalls are done in its name.
 */
#ifndef RINGSIDE_TESTS_TRAP_DOMAIN_RIG_H
#define RINGSIDE_TESTS_TRAP_DOMAIN_RIG_H

#include "core/vm.h"
#include "core/xen.h"
#include "trap/domain.h"

#define RIG_BASE 0xc0000000u /* VIRT_BASE: pseudo-physical frame n at RIG_BASE + n * 4096 */

enum {
	DOMAIN_MEMORY = 4 << 20,
	/* Pseudo-physical frames of the kernel, which is zero at first. */
	PFN_CODE = 0x100, PFN_HYPERCALLS, PFN_STACK, PFN_LIST, PFN_OUT,
	PFN_FREE, /* and on: for tests to make tables of */
	PFN_END = 0x140,
};

struct vm *domain_new(bool pae);
struct domain *domain_in(struct vm *vm);

/* Linear address, and machine frame, of a pseudo-physical frame. */
uint32_t at_pfn(uint32_t pfn);
uint32_t mfn_of_pfn(const struct vm *vm, uint32_t pfn);

/* The guest's memory, past its page tables: `linear` is RIG_BASE + pseudo-physical address. */
void domain_put(struct vm *vm, uint32_t linear, const void *bytes, size_t size);
void domain_get(const struct vm *vm, uint32_t linear, void *bytes, size_t size);
void domain_put_word(struct vm *vm, uint32_t linear, uint32_t value);
uint32_t domain_get_word(const struct vm *vm, uint32_t linear);

/* A hypercall from the kernel, as if INT 82H had been executed. Every one is followed by a check of the invariant. */
int32_t domain_call(struct vm *vm, uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d);
/* The invariant holds; says what is wrong if not. */
bool domain_sound(struct vm *vm);

/* Calls with one item. */
int32_t mmu_update_one(struct vm *vm, uint64_t ptr, uint64_t value);
int32_t mmuext_one(struct vm *vm, uint32_t command, uint32_t first, uint32_t second);
/* An entry through update_va_mapping. */
int32_t map_one(struct vm *vm, uint32_t linear, uint64_t entry);

#endif
