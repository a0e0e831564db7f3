/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/linux_image.h - a Linux kernel's image (bzImage), by the Linux/x86 boot protocol (the kernel's own
 * Documentation/arch/x86/boot.rst, versions 2.03 to 2.15):
 *
 *   0      1F1        200        (setup_sects + 1) * 512                                  + syssize * 16
 *   | 16-bit | setup header | 16-bit code | protected-mode code:  unpacker | packed ELF kernel |
 *
 * load_linux.c puts it into memory, linux_zero_page.c writes what the kernel is told.
 */
#ifndef RINGSIDE_CORE_LINUX_IMAGE_H
#define RINGSIDE_CORE_LINUX_IMAGE_H

#include "core/boot.h"

/* Fields of the setup header, which has the same offsets in the image and in the zero page. */
enum linux_field {
	LINUX_SETUP_SECTS = 0x1f1,
	LINUX_SYSSIZE = 0x1f4,
	LINUX_VIDEO_MODE = 0x1fa,
	LINUX_BOOT_FLAG = 0x1fe,
	LINUX_JUMP = 0x200, /* its second byte: where the header ends, from 202 on */
	LINUX_MAGIC = 0x202,
	LINUX_VERSION = 0x206,
	LINUX_TYPE_OF_LOADER = 0x210,
	LINUX_LOADFLAGS = 0x211,
	LINUX_CODE32_START = 0x214,
	LINUX_RAMDISK_IMAGE = 0x218,
	LINUX_RAMDISK_SIZE = 0x21c,
	LINUX_CMD_LINE_PTR = 0x228,
	LINUX_INITRD_ADDR_MAX = 0x22c,
	LINUX_XLOADFLAGS = 0x236,
	LINUX_CMDLINE_SIZE = 0x238,
	LINUX_PAYLOAD_OFFSET = 0x248,
	LINUX_PAYLOAD_LENGTH = 0x24c,
	LINUX_PREF_ADDRESS = 0x258,
	LINUX_INIT_SIZE = 0x260,
	LINUX_HEADER_END = 0x290, /* of the zero page's room for it */
};

/* Where the kernel finds what it is told, in memory that no kernel is loaded to. */
enum { LINUX_ZERO_PAGE = 0x10000, LINUX_COMMAND_LINE = 0x20000 };

struct linux_image {
	struct boot *boot;        /* the whole file */
	size_t header_end;        /* offset: fields from here on the kernel does not know */
	unsigned version;         /* 20F: 2.15 */
	const uint8_t *code;      /* the protected-mode part */
	size_t code_size;
	uint32_t initrd, initrd_size; /* gpa and bytes; 0: none */
};

/* A field of one to four bytes; one that this version does not have reads as 0. */
uint32_t linux_field(const struct linux_image *image, enum linux_field field, unsigned width);

/* Writes zero page and command line. False after a refusal. */
bool linux_write_zero_page(const struct linux_image *image);

#endif
