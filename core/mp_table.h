/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/mp_table.h - the table by which firmware tells a kernel of the APICs (Intel MultiProcessor Specification 1.4).
 */
#ifndef RINGSIDE_CORE_MP_TABLE_H
#define RINGSIDE_CORE_MP_TABLE_H

#include "core/memory.h"
#include "cpu/cpu.h"

/* Where it stands: in ROM, the floating pointer first, where kernels look for it. */
enum { MP_TABLE_ADDRESS = 0xfc000 };

/* Puts floating pointer and configuration table into the guest's ROM, for a processor with these features. */
void mp_table_install(struct memory *memory, const struct cpu_features *features);

#endif
