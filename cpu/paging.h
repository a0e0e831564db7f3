/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/paging.h - the bits of page-table entries and page-fault error codes, for whoever reads or makes
 * them: the processor's walk and the shadow pager. Intel SDM volume 3, 4.3 to 4.7.
 *
 *  63 62..36 35..12   11..9 8 7      6 5 4   3   2   1   0
 *  NX  0     address  avl   G PS/PAT D A PCD PWT U/S R/W P
 */
#ifndef RINGSIDE_CPU_PAGING_H
#define RINGSIDE_CPU_PAGING_H

#include <stdint.h>
#include <string.h>

enum {
	ENTRY_P = 1u << 0,
	ENTRY_RW = 1u << 1,
	ENTRY_US = 1u << 2,
	ENTRY_PWT = 1u << 3,
	ENTRY_PCD = 1u << 4,
	ENTRY_A = 1u << 5,
	ENTRY_D = 1u << 6,
	ENTRY_PS = 1u << 7,
	ENTRY_G = 1u << 8,
};

#define ENTRY_NX (UINT64_C(1) << 63)
#define PAE_ADDRESS UINT64_C(0x0000000ffffff000) /* MAXPHYADDR is 36 */
#define PAE_ADDRESS_RESERVED UINT64_C(0x7ffffff000000000)
#define PAE_LARGE_RESERVED UINT64_C(0x00000000001fe000)
#define PDE_LARGE_RESERVED UINT64_C(0x00000000003fe000) /* no PSE-36: bits 21:13 */
#define PDPTE_RESERVED UINT64_C(0xfffffff0000001e6)

/* Page-fault error code (SDM vol. 3, figure 4-12):  4: I/D  3: RSVD  2: U/S  1: W/R  0: P */
enum { PF_PRESENT = 1, PF_WRITE = 2, PF_USER = 4, PF_RESERVED = 8, PF_FETCH = 16 };

/* A and D stand in an entry's low half: storing those four bytes serves both entry sizes. */
static inline void host_store_entry(uint8_t *host, uint64_t entry)
{
	uint32_t low = (uint32_t)entry;

	memcpy(host, &low, 4);
}

#endif
