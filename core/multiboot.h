/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/multiboot.h - what the two halves of the Multiboot loader share: load_multiboot.c puts the
 * kernel into memory, multiboot_info.c what the kernel is told behind it.
 */
#ifndef RINGSIDE_CORE_MULTIBOOT_H
#define RINGSIDE_CORE_MULTIBOOT_H

#include "core/config.h"
#include "core/memory.h"

/* The hole in a PC's memory. */
enum { VIDEO_MEMORY = 0xa0000, HIGH_MEMORY = 0x100000 };

struct boot {
	const uint8_t *image; /* the kernel's file */
	size_t size;
	const struct config *config;
	struct memory *memory;
	char *error;
	size_t error_size;
	uint64_t kernel_end; /* gpa behind all of the kernel */
	uint32_t entry;      /* gpa */
	bool entry_found;
	bool elf;            /* loaded as ELF: has section headers to hand on */
};

/* Puts modules, symbols and the information structure behind the kernel; `info` is its gpa. */
bool multiboot_make_info(struct boot *boot, uint32_t *info);

#endif
