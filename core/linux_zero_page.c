/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/linux_zero_page.c - what a Linux kernel is told: the zero page (Documentation/arch/x86/zero-page.rst) with the text
 * screen, the setup header as it was found and filled in, and the memory map (ACPI 6.0, 15: INT 15 E820); and the command
 * line behind it.
 */
#include "core/linux_image.h"

#include "core/refuse.h"

#include <string.h>

enum {
	/* The zero page, beside the header's fields. */
	EXTENDED_KIB = 0x02,     /* what INT 15 88 says */
	SCREEN_MODE = 0x06,
	SCREEN_COLUMNS = 0x07,
	SCREEN_ROWS = 0x0e,
	SCREEN_IS_VGA = 0x0f,
	SCREEN_POINTS = 0x10,
	HIGH_KIB = 0x1e0,        /* what INT 15 E801 says */
	MAP_COUNT = 0x1e8,
	MAP = 0x2d0,
	ZERO_PAGE_SIZE = 4096,

	LOADER_UNDEFINED = 0xff, /* a loader that has no number of its own */
	VIDEO_NORMAL = 0xffff,
	RAM = 1,
	RESERVED = 2,
	EBDA = 0x9fc00,          /* a PC's firmware keeps the last KiB below the video memory */
	ROM = 0xf0000,
	COMMAND_LINE_OLD = 255,  /* longest before 2.06 */
};

struct zero_page {
	uint8_t bytes[ZERO_PAGE_SIZE];
};

static void put(struct zero_page *page, size_t offset, uint32_t value, unsigned width)
{
	memcpy(page->bytes + offset, &value, width);
}

static void map_range(struct zero_page *page, uint64_t start, uint64_t end, uint32_t type)
{
	uint8_t *entry = page->bytes + MAP + 20 * page->bytes[MAP_COUNT]++;
	uint64_t length = end - start;

	memcpy(entry, &start, 8);
	memcpy(entry + 8, &length, 8);
	memcpy(entry + 16, &type, 4);
}

static void put_memory(struct zero_page *page, uint64_t top)
{
	uint32_t kib = (uint32_t)((top - HIGH_MEMORY) / 1024);

	map_range(page, 0, EBDA, RAM);
	map_range(page, EBDA, VIDEO_MEMORY, RESERVED);
	map_range(page, ROM, HIGH_MEMORY, RESERVED);
	map_range(page, HIGH_MEMORY, top, RAM);
	put(page, EXTENDED_KIB, kib < 0xfc00 ? kib : 0xfc00, 2);
	put(page, HIGH_KIB, kib, 4);
}

/* Mode 3, as the firmware's part of the board leaves it (devices/firmware.c). */
static void put_screen(struct zero_page *page)
{
	put(page, SCREEN_MODE, 3, 1);
	put(page, SCREEN_COLUMNS, 80, 1);
	put(page, SCREEN_ROWS, 25, 1);
	put(page, SCREEN_IS_VGA, 1, 1);
	put(page, SCREEN_POINTS, 16, 2);
}

static void put_header(struct zero_page *page, const struct linux_image *image)
{
	memcpy(page->bytes + LINUX_SETUP_SECTS, image->boot->image + LINUX_SETUP_SECTS, image->header_end - LINUX_SETUP_SECTS);
	put(page, LINUX_TYPE_OF_LOADER, LOADER_UNDEFINED, 1);
	put(page, LINUX_VIDEO_MODE, VIDEO_NORMAL, 2);
	put(page, LINUX_RAMDISK_IMAGE, image->initrd, 4);
	put(page, LINUX_RAMDISK_SIZE, image->initrd_size, 4);
	put(page, LINUX_CMD_LINE_PTR, LINUX_COMMAND_LINE, 4);
}

static bool put_command_line(const struct linux_image *image)
{
	const struct boot *boot = image->boot;
	uint32_t longest = linux_field(image, LINUX_CMDLINE_SIZE, 4);
	size_t length = strlen(boot->config->cmdline);

	if (longest == 0)
		longest = COMMAND_LINE_OLD;
	if (length > longest)
		return refuse(boot->error, boot->error_size, "cmdline: the kernel '%s' takes %u characters, and this is %zu; make it "
		              "shorter", boot->config->kernel, (unsigned)longest, length);
	return memory_write(boot->memory, LINUX_COMMAND_LINE, boot->config->cmdline, length + 1);
}

bool linux_write_zero_page(const struct linux_image *image)
{
	struct zero_page page = { 0 };

	put_screen(&page);
	put_header(&page, image);
	put_memory(&page, memory_guest_size(image->boot->memory));
	if (!memory_write(image->boot->memory, LINUX_ZERO_PAGE, page.bytes, sizeof(page.bytes)))
		return boot_refuse(image->boot, "has no room for its zero page", "raise memory");
	return put_command_line(image);
}
