/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/load.h - puts a guest into memory and the processor's state where its boot protocol wants it:
 * Multiboot 1 (with modules, memory map, command line), Linux (with initrd, command line), flat binaries, the boot sector
 * of a disk, domains of Xen's.
 */
#ifndef RINGSIDE_CORE_LOAD_H
#define RINGSIDE_CORE_LOAD_H

#include "core/config.h"
#include "core/memory.h"
#include "cpu/state.h"

/* What was loaded, for symbols and messages. */
struct loaded {
	const char *form;   /* static: "multiboot", "linux", "flat", "disk", "xen" */
	uint32_t entry;     /* linear address of the first instruction */
	const char *note;   /* static: something the user may want to know; NULL: nothing */
};

/* Loads what `config` names. False: `error` names the file, the cause and the remedy. */
bool load_guest(const struct config *config, struct memory *memory, struct cpu_state *state,
                struct loaded *loaded, char *error, size_t error_size);

/* Is the kernel that `config` names one for Xen alone, without a Multiboot header? */
bool load_wants_xen(const struct config *config, const struct memory *memory);

/* Does the guest boot as on a PC, by Linux's protocol or from a disk, and so know of no VMM? */
bool load_wants_firmware(const struct config *config, const struct memory *memory);

/* The formats by themselves, on bytes (fuzzing targets call these). `size` bytes at `image`; names in
 * `config` serve messages and command lines. */
bool load_multiboot(const uint8_t *image, size_t size, const struct config *config, struct memory *memory,
                    struct cpu_state *state, struct loaded *loaded, char *error, size_t error_size);
bool load_linux(const uint8_t *image, size_t size, const struct config *config, struct memory *memory,
                struct cpu_state *state, struct loaded *loaded, char *error, size_t error_size);
bool load_flat(const uint8_t *image, size_t size, const struct config *config, struct memory *memory,
               struct cpu_state *state, struct loaded *loaded, char *error, size_t error_size);
/* `image`: the disk's beginning, its first sector at least. */
bool load_disk(const uint8_t *image, size_t size, const struct config *config, struct memory *memory,
               struct cpu_state *state, struct loaded *loaded, char *error, size_t error_size);

/* A domain with machine addresses in its tables, for paging "direct". */
bool load_xen(const uint8_t *image, size_t size, const struct config *config, struct memory *memory,
              struct cpu_state *state, struct loaded *loaded, char *error, size_t error_size);

/* Has the ELF file notes for Xen? */
bool load_is_xen(const uint8_t *image, size_t size);
/* Does a Multiboot header stand where it must? For a kernel that names no form. */
bool load_is_multiboot(const uint8_t *image, size_t size);
/* Does Linux's setup header? It hides behind a boot sector that only says that it is none. */
bool load_is_linux(const uint8_t *image, size_t size);

/* Reads a kernel or module file, from `files` if it is there, unpacked when it is packed (core/unpack.h); the caller frees it. */
uint8_t *load_file(const struct file_set *files, const char *what, const char *path, size_t limit, size_t *size,
                   char *error, size_t error_size);

/*
 * 32-bit protected mode without paging, flat segments of 4 GiB with CS 08 and the others 10, interrupts
 * off: what Multiboot and flat binaries are entered in. The GDT behind these selectors stands in ROM
 * (LOAD_GDT), where no kernel finds it in its way and reloading a selector works all the same.
 */
enum { LOAD_GDT = 0xff000, LOAD_CODE = 0x08, LOAD_DATA = 0x10, LOAD_DESCRIPTORS = 4 };
void load_protected_mode(struct memory *memory, struct cpu_state *state, uint32_t entry);
/* The same with another selector for code; that for data follows it. */
void load_protected_mode_at(struct memory *memory, struct cpu_state *state, uint32_t entry, uint16_t code);

/* Real mode as a BIOS leaves it: all segments 0 but what `address` (below 1 MiB) asks of CS. */
void load_real_mode(struct cpu_state *state, uint32_t address);

#endif
