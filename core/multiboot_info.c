/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/multiboot_info.c - the Multiboot information structure (Multiboot 0.6.96, 3.3) and all that it
 * points to, behind the kernel:
 *
 *   kernel | ELF symbols | module 0 | module 1 | ... | information, memory map, module list, strings
 *            each from a page boundary, above 1 MiB
 *
 * File names stand in command lines without their folder, so that a guest's memory does not depend on
 * where the files were. As QEMU has it, a blank always follows the kernel's name.
 */
#include "core/multiboot.h"

#include "core/elf32.h"
#include "core/file.h"
#include "core/refuse.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	INFO_MEMORY = 1 << 0,
	INFO_CMDLINE = 1 << 2,
	INFO_MODULES = 1 << 3,
	INFO_ELF_SECTIONS = 1 << 5,
	INFO_MEMORY_MAP = 1 << 6,
	INFO_LOADER_NAME = 1 << 9,
	MAP_RAM = 1,
	MAP_RESERVED = 2,
	EBDA = 0x9fc00, /* a PC's firmware keeps the last KiB below the video memory */
	SECTIONS_MAX = 4096,
};

struct multiboot_info {
	uint32_t flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr;
	uint32_t elf_num, elf_size, elf_addr, elf_shndx;
	uint32_t mmap_length, mmap_addr, drives_length, drives_addr, config_table, boot_loader_name;
	uint32_t apm_table, vbe[4];
};

struct multiboot_module {
	uint32_t start, end, string, reserved;
};

/* 24 bytes without a hole, as the specification has it. */
struct map_entry {
	uint32_t size;
	uint32_t base[2], length[2];
	uint32_t type;
};

struct info_writer {
	struct boot *boot;
	uint64_t next; /* first free gpa */
	struct multiboot_info info;
	struct multiboot_module module[CONFIG_MODULES];
};

static bool refuse_room(struct boot *boot, const char *what)
{
	return refuse(boot->error, boot->error_size, "no room behind the kernel '%s' for %s in %" PRIu64
	              "K of guest memory; raise memory", boot->config->kernel, what,
	              memory_guest_size(boot->memory) / 1024);
}

static void align_next(struct info_writer *writer, uint64_t alignment)
{
	writer->next = (writer->next + alignment - 1) & ~(alignment - 1);
}

/* Puts bytes at the next free place; `place` is where. */
static bool put(struct info_writer *writer, const void *bytes, size_t size, uint32_t *place,
                const char *what)
{
	if (!memory_write(writer->boot->memory, writer->next, bytes, size))
		return refuse_room(writer->boot, what);
	*place = (uint32_t)writer->next;
	writer->next += size;
	return true;
}

static bool put_string(struct info_writer *writer, const char *text, uint32_t *place)
{
	return put(writer, text, strlen(text) + 1, place, "strings");
}

/* The part of "folder/file arguments" from the file's name on. `length`: of the name with its folder. */
static const char *without_folder(const char *text, size_t length)
{
	for (size_t i = length; i > 0; i--) {
		if (text[i - 1] == '/')
			return text + i;
	}
	return text;
}

static bool put_cmdline(struct info_writer *writer)
{
	const struct config *config = writer->boot->config;
	char text[2 * CONFIG_TEXT + 2];

	snprintf(text, sizeof(text), "%s %s", without_folder(config->kernel, strlen(config->kernel)),
	         config->cmdline);
	writer->info.flags |= INFO_CMDLINE;
	return put_string(writer, text, &writer->info.cmdline);
}

static bool put_module(struct info_writer *writer, unsigned index)
{
	struct boot *boot = writer->boot;
	char path[CONFIG_TEXT];
	size_t size;

	snprintf(path, sizeof(path), "%.*s", (int)strcspn(boot->config->module[index], " "),
	         boot->config->module[index]);
	uint8_t *bytes = file_read_from(boot->config->files, "module", path, memory_guest_size(boot->memory), &size,
	                                boot->error, boot->error_size);
	if (bytes == NULL)
		return false;
	align_next(writer, PAGE_SIZE);
	bool ok = put(writer, bytes, size, &writer->module[index].start, "the modules");

	writer->module[index].end = writer->module[index].start + (uint32_t)size;
	free(bytes);
	return ok;
}

static bool put_modules(struct info_writer *writer)
{
	for (unsigned i = 0; i < writer->boot->config->modules; i++) {
		if (!put_module(writer, i))
			return false;
	}
	return true;
}

static bool put_module_list(struct info_writer *writer)
{
	const struct config *config = writer->boot->config;

	for (unsigned i = 0; i < config->modules; i++) {
		const char *text = config->module[i];

		if (!put_string(writer, without_folder(text, strcspn(text, " ")),
		                &writer->module[i].string))
			return false;
	}
	align_next(writer, 4);
	writer->info.flags |= INFO_MODULES;
	writer->info.mods_count = config->modules;
	return put(writer, writer->module, config->modules * sizeof(writer->module[0]),
	           &writer->info.mods_addr, "the module list");
}

/* Symbols and their names are not part of any segment: they are carried behind the kernel, and their
 * headers say where. */
static bool carry_section(struct info_writer *writer, struct elf32_section *section)
{
	struct boot *boot = writer->boot;

	if ((section->type != ELF_SYMTAB && section->type != ELF_STRTAB) || section->addr != 0)
		return true;
	if (!elf_inside(boot->size, section->offset, section->size))
		return false;
	align_next(writer, 16);
	if (!memory_write(boot->memory, writer->next, boot->image + section->offset, section->size))
		return false;
	section->addr = (uint32_t)writer->next;
	writer->next += section->size;
	return true;
}

/* Section headers are an offer, not a need: broken ones are left out, and flag 5 with them. */
static void put_sections(struct info_writer *writer)
{
	struct boot *boot = writer->boot;
	struct elf32_header elf;
	struct elf32_section *sections;
	uint64_t before = writer->next;

	if (!boot->elf)
		return;
	memcpy(&elf, boot->image, sizeof(elf));
	size_t size = elf.shnum * sizeof(*sections);
	if (elf.shentsize != sizeof(*sections) || elf.shnum == 0 || elf.shnum > SECTIONS_MAX ||
	    !elf_inside(boot->size, elf.shoff, size) || (sections = malloc(size)) == NULL)
		return;
	memcpy(sections, boot->image + elf.shoff, size);
	bool ok = true;
	for (unsigned i = 0; i < elf.shnum && ok; i++)
		ok = carry_section(writer, &sections[i]);
	align_next(writer, 16);
	if (ok && memory_write(boot->memory, writer->next, sections, size)) {
		writer->info.flags |= INFO_ELF_SECTIONS;
		writer->info.elf_num = elf.shnum;
		writer->info.elf_size = sizeof(*sections);
		writer->info.elf_addr = (uint32_t)writer->next;
		writer->info.elf_shndx = elf.shstrndx;
		writer->next += size;
	} else {
		writer->next = before;
	}
	free(sections);
}

static struct map_entry map_entry(uint64_t start, uint64_t end, uint32_t type)
{
	uint64_t length = end - start;

	return (struct map_entry){
		.size = sizeof(struct map_entry) - sizeof(uint32_t),
		.base = { (uint32_t)start, (uint32_t)(start >> 32) },
		.length = { (uint32_t)length, (uint32_t)(length >> 32) },
		.type = type,
	};
}

static bool put_memory_map(struct info_writer *writer)
{
	uint64_t top = memory_guest_size(writer->boot->memory);
	const struct map_entry map[] = {
		map_entry(0, EBDA, MAP_RAM),
		map_entry(EBDA, VIDEO_MEMORY, MAP_RESERVED),
		map_entry(0xf0000, HIGH_MEMORY, MAP_RESERVED),
		map_entry(HIGH_MEMORY, top, MAP_RAM),
	};

	writer->info.flags |= INFO_MEMORY | INFO_MEMORY_MAP;
	writer->info.mem_lower = VIDEO_MEMORY / 1024;
	writer->info.mem_upper = (uint32_t)((top - HIGH_MEMORY) / 1024);
	writer->info.mmap_length = sizeof(map);
	align_next(writer, 4);
	return put(writer, map, sizeof(map), &writer->info.mmap_addr, "the memory map");
}

bool multiboot_make_info(struct boot *boot, uint32_t *info)
{
	struct info_writer writer = { .boot = boot, .next = boot->kernel_end };

	if (writer.next < HIGH_MEMORY)
		writer.next = HIGH_MEMORY;
	align_next(&writer, PAGE_SIZE);
	put_sections(&writer);
	if (!put_modules(&writer))
		return false;
	align_next(&writer, PAGE_SIZE);
	/* The structure stands first in its page; it is written last, when all pointers are known. */
	uint64_t place = writer.next;

	writer.next += sizeof(writer.info);
	writer.info.flags |= INFO_LOADER_NAME;
	if (!put_memory_map(&writer) || !put_cmdline(&writer) ||
	    !put_string(&writer, "Ringside", &writer.info.boot_loader_name) || !put_module_list(&writer))
		return false;
	if (!memory_write(boot->memory, place, &writer.info, sizeof(writer.info)))
		return refuse_room(boot, "the Multiboot information");
	*info = (uint32_t)place;
	return true;
}
