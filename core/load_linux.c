/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/load_linux.c - Linux kernels by the 32-bit entry of their boot protocol (linux_image.h): no BIOS is called, the
 * kernel begins in flat protected mode with the zero page's address in ESI.
 *
 * Usually the packed kernel is unpacked here and entered where the image's own unpacker would jump to: that is most of
 * the instructions of a boot. It stands where it was linked for, so nothing needs to be relocated.
 */
#include "core/load.h"

#include "core/elf32.h"
#include "core/file.h"
#include "core/linux_image.h"
#include "core/refuse.h"
#include "core/unpack.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	SECTOR = 512,
	SETUP_SECTS_DEFAULT = 4,
	VERSION_OLDEST = 0x203,     /* says how high an initrd may lie */
	LOADED_HIGH = 1 << 0,       /* of loadflags: protected-mode code goes to 1 MiB */
	KERNEL_64 = 1 << 0,         /* of xloadflags: a 64-bit kernel */
	SIZE_BEHIND_PAYLOAD = 4,    /* what the build appends to a payload that does not end in its size */
	BOOT_CODE = 0x10,           /* __BOOT_CS; __BOOT_DS follows it */
};

bool load_is_linux(const uint8_t *image, size_t size)
{
	return size >= LINUX_MAGIC + 4 && image[LINUX_BOOT_FLAG] == 0x55 && image[LINUX_BOOT_FLAG + 1] == 0xaa &&
	       memcmp(image + LINUX_MAGIC, "HdrS", 4) == 0;
}

uint32_t linux_field(const struct linux_image *image, enum linux_field field, unsigned width)
{
	uint32_t value = 0;

	if ((size_t)field + width <= image->header_end)
		memcpy(&value, image->boot->image + field, width);
	return value;
}

/* ---- is it whole, and one of ours? ---- */

static bool find_code(struct linux_image *image)
{
	const struct boot *boot = image->boot;
	uint32_t sectors = linux_field(image, LINUX_SETUP_SECTS, 1);
	size_t setup = (size_t)((sectors ? sectors : SETUP_SECTS_DEFAULT) + 1) * SECTOR;
	uint64_t size = (uint64_t)linux_field(image, LINUX_SYSSIZE, 4) * 16;

	/* The size is in units of 16 bytes, and the last one need not be full. */
	if (setup >= boot->size || size > boot->size - setup + 15)
		return boot_refuse(boot, "is cut short: it is smaller than its setup header says", "fetch it again");
	image->code = boot->image + setup;
	image->code_size = boot->size - setup < size ? boot->size - setup : (size_t)size;
	return true;
}

static bool check_image(struct linux_image *image)
{
	const struct boot *boot = image->boot;

	if (!load_is_linux(boot->image, boot->size))
		return boot_refuse(boot, "has no setup header of Linux's", "take a bzImage, or boot auto");
	image->header_end = LINUX_MAGIC + boot->image[LINUX_JUMP + 1];
	if (image->header_end > boot->size || image->header_end > LINUX_HEADER_END)
		return boot_refuse(boot, "has a setup header that ends where none can", "fetch it again");
	image->version = linux_field(image, LINUX_VERSION, 2);
	if (image->version < VERSION_OLDEST)
		return boot_refuse(boot, "is older than version 2.03 of the Linux boot protocol",
		                   "take a kernel from 2.4.18 on, or a disk whose boot loader starts it");
	if (!(linux_field(image, LINUX_LOADFLAGS, 1) & LOADED_HIGH))
		return boot_refuse(boot, "is loaded below 1 MiB (a zImage)", "build it as bzImage");
	if (linux_field(image, LINUX_XLOADFLAGS, 2) & KERNEL_64)
		return boot_refuse(boot, "is a 64-bit kernel, and this machine is 32-bit", "take one for i386");
	return find_code(image);
}

/* ---- the kernel ---- */

/* The packed kernel inside the image. NULL: there is none, or it is to be left to the guest. */
static const uint8_t *find_payload(const struct linux_image *image, const struct packing **packing, size_t *size)
{
	uint32_t offset = linux_field(image, LINUX_PAYLOAD_OFFSET, 4);
	uint32_t length = linux_field(image, LINUX_PAYLOAD_LENGTH, 4);

	if (!image->boot->config->unpack || length == 0 || !elf_inside(image->code_size, offset, length))
		return NULL;
	*size = length;
	*packing = packing_of(image->code + offset, length);
	return *packing && (*packing)->unpack ? image->code + offset : NULL;
}

/* The build writes the unpacked size behind the payload, where gzip has it anyway. */
static bool size_is_right(const uint8_t *payload, size_t length, size_t unpacked)
{
	uint32_t size;

	if (length < SIZE_BEHIND_PAYLOAD)
		return false;
	memcpy(&size, payload + length - SIZE_BEHIND_PAYLOAD, sizeof(size));
	return size == unpacked;
}

static bool load_unpacked(struct linux_image *image, const uint8_t *payload, const struct packing *packing, size_t length)
{
	struct boot *boot = image->boot, kernel = *boot;
	size_t limit = memory_guest_size(boot->memory), size;
	uint8_t *bytes = unpack(packing, payload, length, limit, &size);
	bool ok;

	if (bytes == NULL)
		return boot_refuse(boot, "has a packed kernel inside that is broken", "fetch it again");
	kernel.image = bytes;
	kernel.size = size;
	if (size > limit)
		ok = boot_refuse(boot, "unpacks to more than the guest's memory", "raise memory");
	else if (!size_is_right(payload, length, size) || !elf_is_elf(bytes, size))
		ok = boot_refuse(boot, "has a packed kernel inside that is not what its size and form say",
		                 "fetch it again, or try unpack=no");
	else
		ok = boot_load_elf(&kernel);
	boot->entry = kernel.entry;
	boot->kernel_end = kernel.kernel_end;
	free(bytes);
	return ok;
}

static bool load_packed(struct linux_image *image)
{
	struct boot *boot = image->boot;

	boot->entry = linux_field(image, LINUX_CODE32_START, 4);
	if (boot->entry < HIGH_MEMORY)
		return boot_refuse(boot, "wants its protected-mode code below 1 MiB", "fetch it again");
	return boot_put(boot, boot->entry, image->code, (uint32_t)image->code_size, (uint32_t)image->code_size);
}

/* The kernel says how much memory it wants to itself until it knows the memory map (from 2.10 on). */
static bool reserve_memory(struct linux_image *image)
{
	struct boot *boot = image->boot;
	uint64_t end = (uint64_t)linux_field(image, LINUX_PREF_ADDRESS, 4) + linux_field(image, LINUX_INIT_SIZE, 4);

	if (boot->kernel_end < end)
		boot->kernel_end = end;
	if (boot->kernel_end > memory_guest_size(boot->memory))
		return refuse(boot->error, boot->error_size, "the kernel '%s' wants memory up to 0x%" PRIx64 " to begin in, "
		              "and the guest has 0x%" PRIx64 "; raise memory", boot->config->kernel, boot->kernel_end,
		              memory_guest_size(boot->memory));
	return true;
}

static bool load_image(struct linux_image *image)
{
	const struct packing *packing;
	size_t length;
	const uint8_t *payload = find_payload(image, &packing, &length);
	bool ok = payload ? load_unpacked(image, payload, packing, length) : load_packed(image);

	return ok && reserve_memory(image);
}

/* ---- the initrd, as high as it may lie ---- */

static bool place_initrd(struct linux_image *image, const uint8_t *bytes, size_t size)
{
	struct boot *boot = image->boot;
	uint64_t top = (uint64_t)linux_field(image, LINUX_INITRD_ADDR_MAX, 4) + 1;

	if (top > memory_guest_size(boot->memory))
		top = memory_guest_size(boot->memory);
	if (size > top || ((top - size) & ~(uint64_t)(PAGE_SIZE - 1)) < boot->kernel_end)
		return refuse(boot->error, boot->error_size, "no room above the kernel '%s' for the initrd '%s'; raise memory",
		              boot->config->kernel, boot->config->initrd);
	image->initrd = (uint32_t)((top - size) & ~(uint64_t)(PAGE_SIZE - 1));
	image->initrd_size = (uint32_t)size;
	return memory_write(boot->memory, image->initrd, bytes, size);
}

static bool load_initrd(struct linux_image *image)
{
	struct boot *boot = image->boot;
	size_t size;
	uint8_t *bytes;
	bool ok;

	if (boot->config->initrd[0] == '\0')
		return true;
	bytes = file_read_from(boot->config->files, "initrd", boot->config->initrd, memory_guest_size(boot->memory), &size,
	                       boot->error, boot->error_size);
	if (bytes == NULL)
		return false;
	ok = place_initrd(image, bytes, size);
	free(bytes);
	return ok;
}

bool load_linux(const uint8_t *bytes, size_t size, const struct config *config, struct memory *memory,
                struct cpu_state *state, struct loaded *loaded, char *error, size_t error_size)
{
	struct boot boot = {
		.image = bytes,
		.size = size,
		.config = config,
		.memory = memory,
		.error = error,
		.error_size = error_size,
	};
	struct linux_image image = { .boot = &boot };

	if (config->modules > 0)
		return boot_refuse(&boot, "is a Linux image, which is given no modules", "take initrd");
	if (!check_image(&image) || !load_image(&image) || !load_initrd(&image) || !linux_write_zero_page(&image))
		return false;
	load_protected_mode_at(memory, state, boot.entry, BOOT_CODE);
	state->gpr[ESI] = LINUX_ZERO_PAGE;
	*loaded = (struct loaded){ .form = "linux", .entry = boot.entry };
	return true;
}
