/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/load.c - decides which boot protocol a configuration means, and what is common to them: files
 * (packed or not) and the processor's state at entry.
 */
#include "core/load.h"

#include "core/file.h"
#include "core/refuse.h"
#include "core/unpack.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Access rights as state.h has them, ACCESS_ACCESSED set as after a load. */
enum {
	FLAT_CODE = ACCESS_GRANULARITY | ACCESS_BIG | ACCESS_PRESENT | ACCESS_S | ACCESS_CODE |
		    ACCESS_READABLE | ACCESS_ACCESSED,
	FLAT_DATA = ACCESS_GRANULARITY | ACCESS_BIG | ACCESS_PRESENT | ACCESS_S | ACCESS_WRITABLE |
		    ACCESS_ACCESSED,
};

void load_protected_mode_at(struct memory *memory, struct cpu_state *state, uint32_t entry, uint16_t code)
{
	/* Null, as many as come before, code, data: base 0, limit 4 GiB (SDM vol. 3, 3.4.5). */
	uint64_t gdt[LOAD_DESCRIPTORS] = { 0 };
	uint16_t data = code + 8;

	assert(data / 8 < LOAD_DESCRIPTORS);
	gdt[code / 8] = 0x00cf9b000000ffff;
	gdt[data / 8] = 0x00cf93000000ffff;
	memory_write(memory, LOAD_GDT, gdt, data + 8);
	cpu_state_reset(state);
	for (unsigned i = ES; i <= GS; i++) {
		state->segment[i] = (struct segment){
			.limit = UINT32_MAX,
			.selector = i == CS ? code : data,
			.access = i == CS ? FLAT_CODE : FLAT_DATA,
		};
	}
	state->gdtr = (struct table_register){ LOAD_GDT, data + 7 };
	state->cr0 = CR0_PE | CR0_ET;
	state->eflags = EFLAGS_FIXED;
	state->eip = entry;
	state->cpl = 0;
}

void load_protected_mode(struct memory *memory, struct cpu_state *state, uint32_t entry)
{
	load_protected_mode_at(memory, state, entry, LOAD_CODE);
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

static uint8_t *unpack_file(const struct packing *packing, const char *what, const char *path, const uint8_t *packed,
                            size_t limit, size_t *size, char *error, size_t error_size)
{
	uint8_t *bytes;

	if (packing->unpack == NULL) {
		refuse(error, error_size, "the %s '%s' is %s, and this build has no %s; unpack it with %s", what, path,
		       packing->name, packing->library, packing->program);
		return NULL;
	}
	bytes = unpack(packing, packed, *size, limit, size);
	if (bytes == NULL) {
		refuse(error, error_size, "the %s '%s' is %s, and broken or cut short; fetch it again", what, path,
		       packing->name);
	} else if (*size > limit) {
		refuse(error, error_size, "the %s '%s' unpacks to more than the %zu bytes of guest memory; "
		       "raise memory", what, path, limit);
		free(bytes);
		bytes = NULL;
	}
	return bytes;
}

uint8_t *load_file(const struct file_set *files, const char *what, const char *path, size_t limit, size_t *size,
                   char *error, size_t error_size)
{
	uint8_t *bytes = file_read_from(files, what, path, limit, size, error, error_size);

	const struct packing *packing = bytes ? packing_of(bytes, *size) : NULL;

	if (packing == NULL)
		return bytes;
	uint8_t *unpacked = unpack_file(packing, what, path, bytes, limit, size, error, error_size);

	free(bytes);
	return unpacked;
}

static bool wants_xen(const uint8_t *image, size_t size)
{
	return load_is_xen(image, size) && !load_is_multiboot(image, size);
}

static bool wants_linux(const uint8_t *image, size_t size)
{
	return load_is_linux(image, size) && !load_is_multiboot(image, size);
}

static bool is(const char *setting, const char *word)
{
	return strcmp(setting, word) == 0;
}

/* Whoever asks before the guest is loaded hears of no error: loading tells it. */
static bool kernel_wants(const struct config *config, const struct memory *memory, bool (*wants)(const uint8_t *image, size_t size))
{
	size_t size;
	char error[256];
	uint8_t *image = load_file(config->files, "kernel", config->kernel, memory_guest_size(memory), &size, error, sizeof error);
	bool answer = image && wants(image, size);

	free(image);
	return answer;
}

static bool boots_from_disk(const struct config *config)
{
	return is(config->boot, "disk") || config->kernel[0] == '\0';
}

bool load_wants_xen(const struct config *config, const struct memory *memory)
{
	return is(config->boot, "auto") && !boots_from_disk(config) && kernel_wants(config, memory, wants_xen);
}

bool load_wants_firmware(const struct config *config, const struct memory *memory)
{
	return boots_from_disk(config) || is(config->boot, "linux") ||
	       (is(config->boot, "auto") && kernel_wants(config, memory, wants_linux));
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
	if (is(config->paging, "direct"))
		ok = load_xen(image, size, config, memory, state, loaded, error, error_size);
	else if (is(config->boot, "linux") || (is(config->boot, "auto") && wants_linux(image, size)))
		ok = load_linux(image, size, config, memory, state, loaded, error, error_size);
	else if (is(config->boot, "flat"))
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
	return boots_from_disk(config) ? load_boot_sector(config, memory, state, loaded, error, error_size)
	                               : load_kernel(config, memory, state, loaded, error, error_size);
}
