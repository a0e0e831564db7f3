/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/load_multiboot.c - kernels by the Multiboot Specification, version 0.6.96: the header is found
 * (3.1), the kernel loaded as ELF or by the addresses in the header, the machine brought to the state
 * of 3.2. What the kernel is told (3.3) is in multiboot_info.c.
 */
#include "core/load.h"

#include "core/elf32.h"
#include "core/multiboot.h"
#include "core/refuse.h"

#include <inttypes.h>

enum {
	HEADER_MAGIC = 0x1badb002,
	HEADER_SEARCH = 8192,
	HEADER_ALIGNED = 1 << 0,   /* modules on page boundaries: they always are here */
	HEADER_MEMORY = 1 << 1,    /* wants memory sizes: always given */
	HEADER_VIDEO = 1 << 2,     /* wants a video mode: a wish that may be left unheard */
	HEADER_ADDRESSES = 1 << 16, /* load by the addresses in the header */
	HEADER_MUST_KNOW = 0xffff,
	HEADER_KNOWN = HEADER_ALIGNED | HEADER_MEMORY | HEADER_VIDEO,
	ENTRY_MAGIC = 0x2badb002,
};

struct multiboot_header {
	uint32_t magic, flags, checksum;
	uint32_t header_addr, load_addr, load_end_addr, bss_end_addr, entry_addr;
};

/* The header's offset; -1: there is none. Fields of the address part that are not in the file read as 0. */
static long find_header(const uint8_t *image, size_t size, struct multiboot_header *header)
{
	size_t end = size < HEADER_SEARCH ? size : HEADER_SEARCH;

	for (size_t offset = 0; offset + 12 <= end; offset += 4) {
		size_t count = size - offset < sizeof(*header) ? 12 : sizeof(*header);

		memset(header, 0, sizeof(*header));
		memcpy(header, image + offset, count);
		if (header->magic != HEADER_MAGIC || header->magic + header->flags + header->checksum != 0)
			continue;
		if (header->flags & HEADER_ADDRESSES && offset + sizeof(*header) > end)
			continue;
		return (long)offset;
	}
	return -1;
}

bool load_is_multiboot(const uint8_t *image, size_t size)
{
	struct multiboot_header header;

	return find_header(image, size, &header) >= 0;
}

/* What 3.1.3 calls the address fields: a kernel in any format that says itself what goes where. */
static bool load_by_addresses(struct boot *boot, const struct multiboot_header *header, size_t offset)
{
	uint32_t before = header->header_addr - header->load_addr;

	if (header->header_addr < header->load_addr || before > offset)
		return boot_refuse(boot, "has a Multiboot header whose addresses do not fit its place",
		                     "check header_addr and load_addr");
	size_t start = offset - before, rest = boot->size - start;
	uint64_t filled = rest;

	if (header->load_end_addr != 0) {
		if (header->load_end_addr < header->load_addr ||
		    header->load_end_addr - header->load_addr > rest)
			return boot_refuse(boot, "is shorter than its Multiboot header says",
			                     "check load_end_addr, or whether the file is whole");
		filled = header->load_end_addr - header->load_addr;
	}
	uint64_t size = filled;
	if (header->bss_end_addr != 0) {
		if (header->bss_end_addr < header->load_addr + filled)
			return boot_refuse(boot, "has a Multiboot header whose bss ends before its data",
			                     "check bss_end_addr");
		size = header->bss_end_addr - header->load_addr;
	}
	if (size > UINT32_MAX)
		return boot_refuse(boot, "is too large for 32-bit addresses", "check the header");
	boot->entry = header->entry_addr;
	return boot_put(boot, header->load_addr, boot->image + start, (uint32_t)filled, (uint32_t)size);
}

static bool load_image(struct boot *boot, const struct multiboot_header *header, size_t offset)
{
	if (header->flags & HEADER_MUST_KNOW & ~HEADER_KNOWN)
		return boot_refuse(boot, "requires Multiboot features that do not exist in version 1",
		                     "check the flags of its header");
	if (header->flags & HEADER_ADDRESSES)
		return load_by_addresses(boot, header, offset);
	if (!elf_is_elf(boot->image, boot->size))
		return boot_refuse(boot, "has a Multiboot header without addresses and is no ELF file",
		                     "link it as ELF, or set flag 16 and the addresses");
	return boot_load_elf(boot);
}

bool load_multiboot(const uint8_t *image, size_t size, const struct config *config, struct memory *memory,
                    struct cpu_state *state, struct loaded *loaded, char *error, size_t error_size)
{
	struct boot boot = {
		.image = image,
		.size = size,
		.config = config,
		.memory = memory,
		.error = error,
		.error_size = error_size,
	};
	struct multiboot_header header;
	long offset = find_header(image, size, &header);
	uint32_t info;

	if (offset < 0 && load_is_linux(image, size))
		return boot_refuse(&boot, "is an image of the Linux boot protocol", "take boot linux, or auto");
	if (config->initrd[0] != '\0')
		return boot_refuse(&boot, "is no Linux image, and only those are given an initrd",
		                   "hand the file on as a module");
	if (offset < 0 && load_is_xen(image, size))
		return boot_refuse(&boot, "is a kernel for Xen alone", "run it with --technique pv --paging direct");
	if (offset < 0)
		return boot_refuse(&boot, "has no Multiboot header in its first 8192 bytes",
		                     "take a Multiboot 1 kernel, or boot flat for a flat binary");
	if (!load_image(&boot, &header, (size_t)offset) || !multiboot_make_info(&boot, &info))
		return false;
	load_protected_mode(memory, state, boot.entry);
	state->gpr[EAX] = ENTRY_MAGIC;
	state->gpr[EBX] = info;
	*loaded = (struct loaded){
		.form = "multiboot",
		.entry = boot.entry,
		.note = header.flags & HEADER_VIDEO ? "the kernel asks for a video mode; it gets VGA text"
		                                    : NULL,
	};
	return true;
}
