/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/multiboot.h - what a Multiboot 1 loader hands over (Multiboot Specification 0.6.96, 3.3).
 * Also read by boot.S: the C part is hidden from the assembler.
 */
#ifndef GUEST_KERNEL_MULTIBOOT_H
#define GUEST_KERNEL_MULTIBOOT_H

#define MULTIBOOT_HEADER_MAGIC 0x1BADB002
#define MULTIBOOT_PAGE_ALIGN 0x1
#define MULTIBOOT_MEMORY_INFO 0x2
#define MULTIBOOT_LOADED 0x2BADB002

#ifndef __ASSEMBLER__

#include <stdint.h>

enum multiboot_flags {
	MULTIBOOT_HAS_MEMORY = 1 << 0,
	MULTIBOOT_HAS_COMMAND_LINE = 1 << 2,
	MULTIBOOT_HAS_MODULES = 1 << 3,
	MULTIBOOT_HAS_MEMORY_MAP = 1 << 6,
};

/* All addresses are physical. */
struct multiboot_info {
	uint32_t flags;
	uint32_t memory_lower, memory_upper; /* KiB from 0 and from 1 MiB */
	uint32_t boot_device;
	uint32_t command_line;
	uint32_t module_count, modules;
	uint32_t symbols[4];
	uint32_t memory_map_length, memory_map;
};

struct multiboot_module {
	uint32_t start, end; /* end is the first byte after it */
	uint32_t text, reserved;
};

enum { MULTIBOOT_USABLE = 1 };

struct multiboot_range {
	uint32_t size; /* of what follows this field */
	uint64_t start, length;
	uint32_t type;
} __attribute__((packed));

#endif
#endif
