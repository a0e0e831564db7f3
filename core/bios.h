/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/bios.h - the small BIOS that boots disks, as bytes, and its way into a guest's ROM.
 */
#ifndef RINGSIDE_CORE_BIOS_H
#define RINGSIDE_CORE_BIOS_H

#include "core/memory.h"
#include "cpu/state.h"

extern const uint8_t bios_image[];
extern const size_t bios_image_size;

/* Where the image stands in guest-physical memory, and where a processor comes out of reset. */
enum { BIOS_ADDRESS = 0xfd000, BIOS_RESET = 0xffff0 };

/* Puts the BIOS into ROM and the processor into its state after reset, about to enter it. False: the
 * guest has less than 1 MiB of memory. */
bool bios_install(struct memory *memory, struct cpu_state *state);

#endif
