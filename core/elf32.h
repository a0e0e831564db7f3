/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/elf32.h - the parts of a 32-bit ELF file that loading and symbols need, by the System V ABI's
 * chapter 4 (object files) and its Intel386 supplement.
 */
#ifndef RINGSIDE_CORE_ELF32_H
#define RINGSIDE_CORE_ELF32_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct elf32_header {
	uint8_t ident[16]; /* 7F 'E' 'L' 'F', class, byte order, version */
	uint16_t type, machine;
	uint32_t version, entry, phoff, shoff, flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf32_segment {
	uint32_t type, offset, vaddr, paddr, filesz, memsz, flags, align;
};

struct elf32_section {
	uint32_t name, type, flags, addr, offset, size, link, info, addralign, entsize;
};

struct elf32_symbol {
	uint32_t name, value, size;
	uint8_t info, other;
	uint16_t section;
};

enum {
	ELF_CLASS = 4, ELF_CLASS32 = 1, ELF_CLASS64 = 2,
	ELF_DATA = 5, ELF_LITTLE_ENDIAN = 1,
	ELF_386 = 3,
	ELF_EXECUTABLE = 2,
	ELF_LOAD = 1,                            /* segment type */
	ELF_SYMTAB = 2, ELF_STRTAB = 3,          /* section types */
	ELF_OBJECT = 1, ELF_FUNCTION = 2,        /* symbol types; 0: none */
	ELF_UNDEFINED = 0, ELF_ABSOLUTE = 0xfff1 /* symbol's section */
};

/* [offset, offset + count) lies within `size` bytes. */
static inline bool elf_inside(size_t size, uint64_t offset, uint64_t count)
{
	return offset <= size && count <= size - offset;
}

/* Copies one structure out of the file (which is aligned to nothing). */
static inline bool elf_take(const uint8_t *image, size_t size, uint64_t offset, void *to, size_t count)
{
	if (!elf_inside(size, offset, count))
		return false;
	memcpy(to, image + offset, count);
	return true;
}

static inline bool elf_is_elf(const uint8_t *image, size_t size)
{
	return size >= sizeof(struct elf32_header) && memcmp(image, "\177ELF", 4) == 0;
}

#endif
