/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/gate.h - a gate of the IDT (SDM vol. 3, 6.11).
 */
#ifndef GUEST_KERNEL_GATE_H
#define GUEST_KERNEL_GATE_H

#include "kernel/layout.h"

#include <stdint.h>

struct gate {
	uint32_t low, high;
};

enum {
	INTERRUPT_GATE = 0x8E00, /* present, DPL 0, clears IF */
	FOR_USER = 0x6000,       /* DPL 3: INT n may be used from ring 3 */
	VECTORS = 256,
};

static inline struct gate gate_to(uint32_t handler, uint32_t type)
{
	return (struct gate){ (uint32_t)KERNEL_CODE << 16 | (handler & 0xFFFF), (handler & 0xFFFF0000) | type };
}

#endif
