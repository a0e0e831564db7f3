/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/load_disk.c - the boot sector of a disk, as a BIOS starts it: the first 512 bytes at 0000:7C00,
 * DL the drive's number.
 */
#include "core/load.h"

#include "core/refuse.h"

enum { SECTOR = 512, BOOT_ADDRESS = 0x7c00, FIRST_DISK = 0x80 };

bool load_disk(const uint8_t *image, size_t size, const struct config *config, struct memory *memory,
               struct cpu_state *state, struct loaded *loaded, char *error, size_t error_size)
{
	if (size < SECTOR)
		return refuse(error, error_size, "the disk '%s' has %zu bytes, less than one sector; is it "
		              "a raw image?", config->disk[0], size);
	if (image[510] != 0x55 || image[511] != 0xaa)
		return refuse(error, error_size, "the disk '%s' has no boot sector: its first sector does "
		              "not end in 55 AA; name a kernel, or a disk that boots", config->disk[0]);
	if (!memory_write(memory, BOOT_ADDRESS, image, SECTOR))
		return refuse(error, error_size, "no room for the boot sector; raise memory");
	load_real_mode(state, BOOT_ADDRESS);
	state->gpr[ESP] = BOOT_ADDRESS;
	state->gpr[EDX] = FIRST_DISK;
	*loaded = (struct loaded){ .form = "disk", .entry = BOOT_ADDRESS };
	return true;
}
