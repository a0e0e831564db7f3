/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/load.c - decides which boot protocol a configuration means, and what is common to them: files
 * (packed or not) and the processor's state at entry.
 */
#include "core/load.h"

#include "core/file.h"
#include "core/refuse.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_ZLIB
#include <zlib.h>
#endif

/* Access rights as state.h has them, ACCESS_ACCESSED set as after a load. */
enum {
	FLAT_CODE = ACCESS_GRANULARITY | ACCESS_BIG | ACCESS_PRESENT | ACCESS_S | ACCESS_CODE |
		    ACCESS_READABLE | ACCESS_ACCESSED,
	FLAT_DATA = ACCESS_GRANULARITY | ACCESS_BIG | ACCESS_PRESENT | ACCESS_S | ACCESS_WRITABLE |
		    ACCESS_ACCESSED,
};

void load_protected_mode(struct memory *memory, struct cpu_state *state, uint32_t entry)
{
	/* Null, code, data: base 0, limit 4 GiB (SDM vol. 3, 3.4.5). */
	static const uint64_t gdt[] = { 0, 0x00cf9b000000ffff, 0x00cf93000000ffff };

	memory_write(memory, LOAD_GDT, gdt, sizeof(gdt));
	cpu_state_reset(state);
	for (unsigned i = ES; i <= GS; i++) {
		state->segment[i] = (struct segment){
			.limit = UINT32_MAX,
			.selector = i == CS ? LOAD_CODE : LOAD_DATA,
			.access = i == CS ? FLAT_CODE : FLAT_DATA,
		};
	}
	state->gdtr = (struct table_register){ LOAD_GDT, sizeof(gdt) - 1 };
	state->cr0 = CR0_PE | CR0_ET;
	state->eflags = EFLAGS_FIXED;
	state->eip = entry;
	state->cpl = 0;
}

void load_real_mode(struct cpu_state *state, uint32_t address)
{
	uint32_t segment = address < 0x10000 ? 0 : address >> 4;

	cpu_state_reset(state);
	for (unsigned i = ES; i <= GS; i++) {
		state->segment[i].selector = 0;
		state->segment[i].base = 0;
	}
	state->segment[CS].selector = (uint16_t)segment;
	state->segment[CS].base = segment << 4;
	state->eip = address - (segment << 4);
	state->gpr[ESP] = 0x7000;
	state->cr0 = CR0_ET;
	state->cpl = 0;
}

#ifdef HAVE_ZLIB
/* Unpacks into a buffer that grows; stops one byte past the limit. NULL: broken, or no memory. */
static uint8_t *unpack(const uint8_t *packed, size_t size, size_t limit, size_t *unpacked)
{
	enum { WINDOW_BITS_GZIP = 15 + 16 };
	z_stream stream = { .next_in = (uint8_t *)packed, .avail_in = (unsigned)size };
	size_t capacity = 0, used = 0;
	uint8_t *bytes = NULL;
	int status = Z_OK;

	if (inflateInit2(&stream, WINDOW_BITS_GZIP) != Z_OK)
		return NULL;
	while (status == Z_OK && used <= limit) {
		capacity = capacity == 0 ? 4 * size + 4096 : 2 * capacity;
		uint8_t *larger = realloc(bytes, capacity);
		if (larger == NULL)
			break;
		bytes = larger;
		stream.next_out = bytes + used;
		stream.avail_out = (unsigned)(capacity - used);
		status = inflate(&stream, Z_NO_FLUSH);
		used = capacity - stream.avail_out;
	}
	inflateEnd(&stream);
	if (status != Z_STREAM_END && used <= limit) {
		free(bytes);
		return NULL;
	}
	*unpacked = used;
	return bytes;
}

static uint8_t *unpack_file(const char *what, const char *path, const uint8_t *packed, size_t limit,
                            size_t *size, char *error, size_t error_size)
{
	uint8_t *bytes = unpack(packed, *size, limit, size);

	if (bytes == NULL) {
		refuse(error, error_size, "the %s '%s' is gzip, and broken or cut short; fetch it again",
		       what, path);
	} else if (*size > limit) {
		refuse(error, error_size, "the %s '%s' unpacks to more than the %zu bytes of guest memory; "
		       "raise memory", what, path, limit);
		free(bytes);
		bytes = NULL;
	}
	return bytes;
}
#else
static uint8_t *unpack_file(const char *what, const char *path, const uint8_t *packed, size_t limit,
                            size_t *size, char *error, size_t error_size)
{
	(void)packed, (void)limit, (void)size;
	refuse(error, error_size, "the %s '%s' is gzip, and this build has no zlib; unpack it with "
	       "gunzip", what, path);
	return NULL;
}
#endif

/* The Linux/x86 boot protocol, "the real-mode kernel header": boot_flag at 1FE, header at 202. */
bool load_is_linux(const uint8_t *image, size_t size)
{
	enum { BOOT_FLAG = 0x1fe, HEADER = 0x202 };

	return size >= HEADER + 4 && image[BOOT_FLAG] == 0x55 && image[BOOT_FLAG + 1] == 0xaa &&
	       memcmp(image + HEADER, "HdrS", 4) == 0;
}

uint8_t *load_file(const struct file_set *files, const char *what, const char *path, size_t limit, size_t *size,
                   char *error, size_t error_size)
{
	uint8_t *bytes = file_read_from(files, what, path, limit, size, error, error_size);

	if (bytes == NULL || *size < 2 || bytes[0] != 0x1f || bytes[1] != 0x8b)
		return bytes;
	uint8_t *unpacked = unpack_file(what, path, bytes, limit, size, error, error_size);

	free(bytes);
	return unpacked;
}

bool load_wants_xen(const struct config *config, const struct memory *memory)
{
	size_t size;
	char error[256];
	uint8_t *image;
	bool wants;

	if (strcmp(config->boot, "auto") != 0 || config->kernel[0] == '\0')
		return false;
	image = load_file(config->files, "kernel", config->kernel, memory_guest_size(memory), &size, error, sizeof error);
	wants = image && load_is_xen(image, size) && !load_is_multiboot(image, size);
	free(image);
	return wants;
}

static bool load_kernel(const struct config *config, struct memory *memory, struct cpu_state *state,
                        struct loaded *loaded, char *error, size_t error_size)
{
	size_t size;
	uint8_t *image = load_file(config->files, "kernel", config->kernel, memory_guest_size(memory), &size, error,
	                           error_size);
	bool ok;

	if (image == NULL)
		return false;
	if (strcmp(config->paging, "direct") == 0)
		ok = load_xen(image, size, config, memory, state, loaded, error, error_size);
	else if (strcmp(config->boot, "flat") == 0)
		ok = load_flat(image, size, config, memory, state, loaded, error, error_size);
	else
		ok = load_multiboot(image, size, config, memory, state, loaded, error, error_size);
	free(image);
	return ok;
}

static bool load_boot_sector(const struct config *config, struct memory *memory,
                             struct cpu_state *state, struct loaded *loaded, char *error,
                             size_t error_size)
{
	size_t size;
	uint8_t *image = file_read_start(config->files, "disk", config->disk[0], 512, &size, error, error_size);

	if (image == NULL)
		return false;
	bool ok = load_disk(image, size, config, memory, state, loaded, error, error_size);

	free(image);
	return ok;
}

bool load_guest(const struct config *config, struct memory *memory, struct cpu_state *state,
                struct loaded *loaded, char *error, size_t error_size)
{
	bool from_disk = strcmp(config->boot, "disk") == 0 || config->kernel[0] == '\0';

	return from_disk ? load_boot_sector(config, memory, state, loaded, error, error_size)
	                 : load_kernel(config, memory, state, loaded, error, error_size);
}
