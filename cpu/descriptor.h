/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/descriptor.h - an entry of the GDT or LDT, for whoever reads or makes them.
 * Intel SDM volume 3, figure 3-8:
 *
 *   high  31........24 23 22  21 20 19......16 15 14 13 12 11..8 7........0
 *         base 31:24   G  D/B 0  AVL limit19:16 P  DPL   S  type  base 23:16
 *   low   31................16 15..............0
 *         base 15:0            limit 15:0
 */
#ifndef RINGSIDE_CPU_DESCRIPTOR_H
#define RINGSIDE_CPU_DESCRIPTOR_H

#include "cpu/state.h"

struct descriptor {
	uint32_t low, high;
};

enum {
	DESCRIPTOR_ACCESSED = 1u << 8,
	DESCRIPTOR_S = 1u << 12,
	DESCRIPTOR_DPL_SHIFT = 13,
	DESCRIPTOR_DPL = 3u << 13,
	DESCRIPTOR_PRESENT = 1u << 15,
	DESCRIPTOR_BIG = 1u << 22,
	DESCRIPTOR_GRANULARITY = 1u << 23,
};

/* What a segment register's hidden part gets from a descriptor. */
struct segment descriptor_segment(uint16_t selector, struct descriptor descriptor);

#endif
