/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/config.h - what a virtual machine is made of, from an INI file and from options with the same
 * names. One table (config.c) has name, meaning and check of each setting.
 */
#ifndef RINGSIDE_CORE_CONFIG_H
#define RINGSIDE_CORE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONFIG_MODULES = 16, CONFIG_DISKS = 4, CONFIG_TEXT = 1024 };

/* Frames that the VMM needs for its own tables (trap/deprivileged.h), and the fewest for shadow tables. */
enum { CONFIG_WINDOW_FRAMES = 66, CONFIG_SHADOW_MINIMUM = 16 };

struct file_set;

struct config {
	char technique[16];       /* "native", "emulate", "trap", "bt", "pv", "hvm" */
	char paging[16];          /* what the processor walks: "auto", "shadow", "nested", "direct" */
	unsigned ring;            /* deprivileged ring: 1 or 3 */
	unsigned nested_levels;   /* of nested tables: 2, 3 or 4 */
	bool nested_large;        /* nested tables map 2 MiB where they can */
	char vmx_exits[16];       /* hvm: "needed", with all "exceptions", or "all" that hardware offers */
	bool vpid;                /* hvm: TLB entries are tagged, VM entries and exits flush nothing */
	uint64_t translation_cache; /* bytes */
	bool chain;               /* bt: units are chained */
	bool adapt;               /* bt: instructions that keep faulting on traced pages become callouts */
	char rdtsc[16];           /* how the kernel's RDTSC is done: "direct", "trap", "callout", "cache" */
	bool unit_counters;       /* bt: each unit counts how often it is entered */
	uint64_t memory;          /* guest bytes */
	unsigned vmm_frames;      /* frames of the VMM's own pool */
	unsigned shadow_frames;   /* bound on shadow memory, in frames */
	unsigned trace_limit;     /* stores to a traced page table, without a use of it, until its shadow is given up; 0: never */
	char profile[CONFIG_TEXT]; /* cost profile: name or file */
	char kernel[CONFIG_TEXT]; /* Multiboot ELF, Linux image, or flat binary */
	char cmdline[CONFIG_TEXT];
	char module[CONFIG_MODULES][CONFIG_TEXT]; /* file, then its command line after a space */
	unsigned modules;
	char initrd[CONFIG_TEXT]; /* a Linux kernel's first file system */
	bool unpack;              /* a Linux image's payload is unpacked on the host, where a library for it is there */
	char disk[CONFIG_DISKS][CONFIG_TEXT]; /* two a channel */
	bool disk_writable;
	char boot[16];            /* "auto", "multiboot", "linux", "flat", "disk" */
	uint32_t flat_address;    /* where a flat binary is loaded and entered */
	bool flat_real;           /* entered in real mode, else in flat 32-bit protected mode */
	uint64_t limit;           /* model cycles; 0: none */
	char cpu[256];            /* the processor: a model and features (core/processor.h) */
	char hypervisor[16];      /* what a VMM announces by CPUID: "auto", "xen", "kvm", "both", "none" */
	bool umip;
	bool apic;                /* a local APIC, an I/O APIC and an MP table */
	char serial[16];          /* what a character takes on the serial ports: "instant", nothing; "timed", its time by the baud rate */
	uint64_t start_time;      /* RTC, seconds since 1970 */
	bool check_shadow;        /* after exits each shadow entry is compared with a fresh walk: */
	unsigned check_every;     /* 1: after every exit; N: after every Nth */
	char lab[CONFIG_TEXT];    /* a shared object whose functions stand in for the VMM's own (labs/ringside_lab.h); empty: none */
	char lab_handlers[256];   /* which of them, with blanks between; empty: all that it has */
	const struct file_set *files; /* where the files named here are looked for first; NULL: among the host's alone */
};

void config_default(struct config *config);

/* Sets one value by its name; a switch takes yes or no, NULL is yes. `module` adds one. False: `error` names the setting, what was wrong and what would be right. */
bool config_set(struct config *config, const char *name, const char *value, char *error, size_t error_size);

/* Reads an INI file: section [vm], names as in config_set. Relative file names are relative to the
 * file's own folder. */
bool config_read(struct config *config, const char *path, char *error, size_t error_size);

/* The same from bytes: file names stay as they are. */
bool config_read_text(struct config *config, const char *text, size_t size, char *error,
                      size_t error_size);

/* What cannot be together is refused here, with the reason. */
bool config_check(const struct config *config, char *error, size_t error_size);

/* The table, for options, help and completion: gives NULL past the end. */
struct config_setting {
	const char *name;     /* "memory" */
	const char *argument; /* "SIZE"; NULL: a switch */
	const char *text;
};
const struct config_setting *config_setting(size_t index);

/* What config_set would take for the setting's value: of one that may be repeated, `which` counts. False: it has no (such)
 * value, or `size` is too small. */
bool config_value(const struct config *config, size_t index, unsigned which, char *text, size_t size);

#endif
