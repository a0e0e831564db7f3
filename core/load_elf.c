/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/load_elf.c - puts an ELF kernel into guest memory by its program headers (System V ABI, chapter 5), segments at their
 * physical addresses: what Multiboot and Linux kernels have in common.
 */
#include "core/boot.h"

#include "core/elf32.h"
#include "core/refuse.h"

#include <inttypes.h>

enum { SEGMENTS_MAX = 64 };

bool boot_refuse(const struct boot *boot, const char *cause, const char *remedy)
{
	return refuse(boot->error, boot->error_size, "the kernel '%s' %s; %s", boot->config->kernel, cause,
	              remedy);
}

bool boot_put(struct boot *boot, uint32_t address, const uint8_t *bytes, uint32_t filled,
                      uint32_t size)
{
	static const uint8_t zeros[4096];
	uint64_t end = (uint64_t)address + size;

	if (end > memory_guest_size(boot->memory))
		return refuse(boot->error, boot->error_size, "the kernel '%s' wants memory up to 0x%" PRIx64
		              ", and the guest has 0x%" PRIx64 "; raise memory", boot->config->kernel, end,
		              memory_guest_size(boot->memory));
	if (end > VIDEO_MEMORY && address < HIGH_MEMORY)
		return boot_refuse(boot, "wants to be loaded over video memory or ROM (A0000 to FFFFF)",
		                     "link it at 0x100000");
	memory_write(boot->memory, address, bytes, filled);
	for (uint64_t at = (uint64_t)address + filled; at < end; at += sizeof(zeros))
		memory_write(boot->memory, at, zeros, end - at < sizeof(zeros) ? end - at : sizeof(zeros));
	if (end > boot->kernel_end)
		boot->kernel_end = end;
	return true;
}

static bool check_elf(struct boot *boot, const struct elf32_header *elf)
{
	if (elf->ident[ELF_CLASS] == ELF_CLASS64)
		return boot_refuse(boot, "is a 64-bit ELF file, and this machine is 32-bit",
		                     "build it with -m32");
	if (elf->ident[ELF_CLASS] != ELF_CLASS32 || elf->ident[ELF_DATA] != ELF_LITTLE_ENDIAN ||
	    elf->machine != ELF_386)
		return boot_refuse(boot, "is an ELF file for another processor", "build it for i386");
	if (elf->type != ELF_EXECUTABLE)
		return boot_refuse(boot, "is ELF, but no executable", "link it");
	if (elf->phentsize != sizeof(struct elf32_segment) || elf->phnum == 0)
		return boot_refuse(boot, "has no program headers", "link it, do not strip them");
	if (elf->phnum > SEGMENTS_MAX)
		return boot_refuse(boot, "has more than 64 program headers", "is the file whole?");
	return true;
}

static bool contains(uint32_t start, uint32_t size, uint32_t address)
{
	return address >= start && address - start < size;
}

/* e_entry is a virtual address. The kernel is entered without paging, so its physical counterpart is
 * meant; kernels that give the physical address itself are in practice, too. */
static void find_entry(struct boot *boot, const struct elf32_segment *segment, uint32_t entry)
{
	if (contains(segment->vaddr, segment->memsz, entry)) {
		boot->entry = entry - segment->vaddr + segment->paddr;
		boot->entry_found = true;
	} else if (!boot->entry_found && contains(segment->paddr, segment->memsz, entry)) {
		boot->entry = entry;
		boot->entry_found = true;
	}
}

bool boot_load_elf(struct boot *boot)
{
	struct elf32_header elf;
	struct elf32_segment segment;

	memcpy(&elf, boot->image, sizeof(elf));
	if (!check_elf(boot, &elf))
		return false;
	for (unsigned i = 0; i < elf.phnum; i++) {
		if (!elf_take(boot->image, boot->size, elf.phoff + (uint64_t)i * sizeof(segment), &segment,
		              sizeof(segment)))
			return boot_refuse(boot, "is cut short in its program headers", "fetch it again");
		if (segment.type != ELF_LOAD || segment.memsz == 0)
			continue;
		if (segment.filesz > segment.memsz)
			return boot_refuse(boot, "has a segment with more bytes than memory",
			                     "is the file whole?");
		if (!elf_inside(boot->size, segment.offset, segment.filesz))
			return boot_refuse(boot, "is cut short: a segment ends past the file",
			                     "fetch it again");
		if (!boot_put(boot, segment.paddr, boot->image + segment.offset, segment.filesz,
		               segment.memsz))
			return false;
		find_entry(boot, &segment, elf.entry);
	}
	if (!boot->entry_found)
		return boot_refuse(boot, "has an entry point outside of what is loaded",
		                     "check ENTRY and the linker script");
	boot->elf = true;
	return true;
}

