/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/load.h - puts a guest into memory and the processor's state where its boot protocol wants it:
 * Multiboot 1 (with modules, memory map, command line), flat binaries, the boot sector of a disk.
 */
#ifndef RINGSIDE_CORE_LOAD_H
#define RINGSIDE_CORE_LOAD_H

#include "core/config.h"
#include "core/memory.h"
#include "cpu/state.h"

/* What was loaded, for symbols and messages. */
struct loaded {
	const char *form;   /* static: "multiboot", "flat", "disk" */
	uint32_t entry;     /* linear address of the first instruction */
};

/* Loads what `config` names. False: `error` names the file, the cause and the remedy. */
bool load_guest(const struct config *config, struct memory *memory, struct cpu_state *state,
                struct loaded *loaded, char *error, size_t error_size);

/* The formats by themselves, on bytes (fuzzing targets call these). `size` bytes at `image`. */
bool load_multiboot(const uint8_t *image, size_t size, const struct config *config, struct memory *memory,
                    struct cpu_state *state, struct loaded *loaded, char *error, size_t error_size);

#endif
