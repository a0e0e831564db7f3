/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/ramfs.c - files in memory: a ustar archive inside the kernel and one in each Multiboot
 * module (POSIX.1-2017, pax, "ustar Interchange Format"). Read only; a module's file hides a
 * built-in one of the same name.
 */
#include "kernel/kernel.h"

struct ustar_header {
	char name[100];
	char mode[8], owner[8], group[8];
	char size[12]; /* octal */
	char time[12], checksum[8];
	char type;
	char link[100];
	char magic[6];
};

enum { BLOCK = 512, FILES_MAX = 64, PLAIN_FILE = '0' };

extern const uint8_t builtin_archive[], builtin_archive_end[];

static struct ram_file files[FILES_MAX];
static unsigned file_count;

static uint32_t octal(const char *digits)
{
	uint32_t value = 0;

	for (; *digits >= '0' && *digits <= '7'; digits++)
		value = value * 8 + (uint32_t)(*digits - '0');
	return value;
}

static const char *plain_path(const char *path)
{
	while (*path == '/' || (path[0] == '.' && path[1] == '/'))
		path++;
	return path;
}

static void read_archive(const uint8_t *at, const uint8_t *end)
{
	while (at + BLOCK <= end) {
		const struct ustar_header *header = (const struct ustar_header *)at;
		uint32_t size = octal(header->size);

		if (memcmp(header->magic, "ustar", 5) != 0 || size > (uint32_t)(end - at) - BLOCK)
			return;
		if (header->type == PLAIN_FILE && file_count < FILES_MAX)
			files[file_count++] = (struct ram_file){ plain_path(header->name), at + BLOCK, size };
		at += BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK;
	}
}

void ramfs_init(void)
{
	for (unsigned i = 0; i < options.module_count; i++)
		read_archive(physical_to_virtual(options.modules[i].start),
		             physical_to_virtual(options.modules[i].end));
	read_archive(builtin_archive, builtin_archive_end);
	print("ramfs: %u files\n", file_count);
}

const struct ram_file *ramfs_find(const char *path)
{
	path = plain_path(path);
	for (unsigned i = 0; i < file_count; i++) {
		if (strcmp(files[i].name, path) == 0)
			return &files[i];
	}
	return NULL;
}

const struct ram_file *ramfs_at(unsigned index)
{
	return index < file_count ? &files[index] : NULL;
}
