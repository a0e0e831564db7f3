/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/boot.h - a kernel that is being put into a guest's memory: what the loaders of Multiboot and Linux kernels share.
 */
#ifndef RINGSIDE_CORE_BOOT_H
#define RINGSIDE_CORE_BOOT_H

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

/* Refuses the kernel: it `cause`; `remedy`. Gives false. */
bool boot_refuse(const struct boot *boot, const char *cause, const char *remedy);
/* Puts one piece of the kernel at gpa `address`, `filled` bytes and zeros up to `size`. False after a refusal. */
bool boot_put(struct boot *boot, uint32_t address, const uint8_t *bytes, uint32_t filled, uint32_t size);
/* Loads `image` as a 32-bit ELF executable and finds its entry. False after a refusal. */
bool boot_load_elf(struct boot *boot);

#endif
