/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/bios.c - installs the BIOS of core/bios/: real-mode code that runs as any guest's does and reaches
 * disk, screen, keyboard and clock through their ports. Nothing of it is done in C.
 *
 * Simplification: its INT 10h knows text with 80 columns alone, INT 13h two ATA disks and no diskettes.
 */
#include "core/bios.h"

#include <string.h>

bool bios_install(struct memory *memory, struct cpu_state *state)
{
	/* JMP F000:D000, the date where a PC's firmware has it, model FC: an AT. */
	static const uint8_t reset[16] = {
		0xea, 0x00, 0xd0, 0x00, 0xf0, '1', '1', '/', '2', '1', '/', '2', '6', 0x00, 0xfc, 0x00,
	};

	if (!memory_write(memory, BIOS_ADDRESS, bios_image, bios_image_size) ||
	    !memory_write(memory, BIOS_RESET, reset, sizeof(reset)))
		return false;
	cpu_state_reset(state);
	/* Reset's CS base is FFFF0000, 64 KiB below 4 GiB, where a PC shows its ROM a second time; there
	 * is no memory there in this machine. */
	state->segment[CS].base = 0xf0000;
	return true;
}
