/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/load_disk.c - guests that boot from a disk: the BIOS in ROM reads the boot sector and enters it at
 * 0000:7C00. Here is checked only what the BIOS would stumble over later.
 */
#include "core/load.h"

#include "core/bios.h"
#include "core/refuse.h"

enum { SECTOR = 512 };

bool load_disk(const uint8_t *image, size_t size, const struct config *config, struct memory *memory,
               struct cpu_state *state, struct loaded *loaded, char *error, size_t error_size)
{
	if (size < SECTOR)
		return refuse(error, error_size, "the disk '%s' has %zu bytes, less than one sector; is it "
		              "a raw image?", config->disk[0], size);
	if (image[510] != 0x55 || image[511] != 0xaa)
		return refuse(error, error_size, "the disk '%s' has no boot sector: its first sector does "
		              "not end in 55 AA; name a kernel, or a disk that boots", config->disk[0]);
	if (!bios_install(memory, state))
		return refuse(error, error_size, "no room for the BIOS; raise memory");
	*loaded = (struct loaded){ .form = "disk", .entry = BIOS_RESET };
	return true;
}
