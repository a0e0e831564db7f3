/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/peers_disk.c - makes the disk whose form is drawn in peers_boot.h: runs of pages that hold anything
 * become pieces, runs of empty pages between them are to be zeroed (a kernel's bss lies there).
 */
#include "visualizer/compare/peers_disk.h"

#include "core/boot.h"
#include "core/load.h"
#include "core/output.h"
#include "core/refuse.h"
#include "visualizer/compare/peers_boot.h"

#include <stdlib.h>
#include <string.h>

enum {
	PAGE = 4096, PAGE_SECTORS = PAGE / PEERS_SECTOR,
	TABLE_SIZE = BOOT_HOME_SIZE - PAGE, /* a page for the boot sector and its stack */
	PIECES = (TABLE_SIZE - BOOT_PIECES) / BOOT_PIECE_SIZE - 1,
	CYLINDER = 16 * 63 * PEERS_SECTOR,
	ROM = 0xc0000, /* up to HIGH_MEMORY */
};

struct piece {
	uint32_t gpa, sectors, first;
};

struct disk {
	struct memory *memory;
	struct cpu_state state;
	struct piece piece[PIECES];
	unsigned pieces;
	uint32_t next; /* sector */
	uint32_t home; /* gpa */
	uint8_t table[TABLE_SIZE];
};

static bool is_empty(const uint8_t *page)
{
	return page[0] == 0 && memcmp(page, page + 1, PAGE - 1) == 0;
}

/* Video memory and ROM are the machine's own. */
static bool holds_something(const struct disk *disk, uint64_t gfn)
{
	uint64_t gpa = gfn * PAGE;

	return (gpa < VIDEO_MEMORY || gpa >= HIGH_MEMORY) && !is_empty(memory_guest_frame(disk->memory, gfn));
}

/* More of the last piece, or a new one. False: there are too many. */
static bool add_page(struct disk *disk, uint64_t gfn, bool empty)
{
	struct piece *last = disk->pieces ? &disk->piece[disk->pieces - 1] : NULL;
	uint32_t gpa = (uint32_t)(gfn * PAGE);

	if (last && (last->first == 0) == empty && last->gpa + last->sectors * PEERS_SECTOR == gpa) {
		last->sectors += PAGE_SECTORS;
		return true;
	}
	if (disk->pieces == PIECES)
		return false;
	disk->piece[disk->pieces++] = (struct piece){ gpa, PAGE_SECTORS, empty ? 0 : disk->next };
	return true;
}

/* Pages from the first to the last that holds something; those between are zeros, but not below 1 MiB, where the BIOS lives. */
static bool find_pieces(struct disk *disk, uint64_t *end)
{
	uint64_t frames = memory_guest_size(disk->memory) / PAGE, last = 0;

	for (uint64_t gfn = 0; gfn < frames; gfn++)
		last = holds_something(disk, gfn) ? gfn : last;
	disk->next = 1 + TABLE_SIZE / PEERS_SECTOR;
	for (uint64_t gfn = 0; gfn <= last; gfn++) {
		bool full = holds_something(disk, gfn);

		if ((full || gfn * PAGE >= HIGH_MEMORY) && !add_page(disk, gfn, !full))
			return false;
		disk->next += full ? PAGE_SECTORS : 0;
	}
	*end = (last + 1) * PAGE;
	return true;
}

static void put(struct disk *disk, size_t at, uint32_t value)
{
	memcpy(disk->table + at, &value, sizeof(value));
}

static void fill_table(struct disk *disk)
{
	const struct cpu_state *state = &disk->state;
	const uint32_t frame[] = { state->gpr[EDI], state->gpr[ESI], state->gpr[EBP], 0, state->gpr[EBX], state->gpr[EDX],
		                   state->gpr[ECX], state->gpr[EAX], state->eflags, state->eip, state->segment[CS].selector };
	const uint64_t code = 0x00cf9b000000ffff, data = 0x00cf93000000ffff; /* as load.c's: SDM vol. 3, 3.4.5 */

	memcpy(disk->table + BOOT_FRAME, frame, sizeof(frame));
	put(disk, BOOT_DATA, state->segment[DS].selector);
	put(disk, BOOT_GDT_POINTER, LOAD_DESCRIPTORS * 8 - 1);
	put(disk, BOOT_GDT_POINTER + 2, disk->home + PEERS_SECTOR + BOOT_GDT);
	memcpy(disk->table + BOOT_GDT + state->segment[CS].selector, &code, sizeof(code));
	memcpy(disk->table + BOOT_GDT + state->segment[DS].selector, &data, sizeof(data));
	for (unsigned i = 0; i < disk->pieces; i++)
		memcpy(disk->table + BOOT_PIECES + i * BOOT_PIECE_SIZE, &disk->piece[i], BOOT_PIECE_SIZE);
}

static void write_sectors(const struct disk *disk, struct output *output)
{
	static const uint8_t nothing[PEERS_SECTOR];
	uint8_t boot[PEERS_SECTOR];
	uint32_t written = disk->next, sectors = TABLE_SIZE / PEERS_SECTOR;

	memcpy(boot, peers_boot_image, sizeof(boot));
	memcpy(boot + BOOT_HOME, &disk->home, sizeof(disk->home));
	memcpy(boot + BOOT_TABLE_SECTORS, &sectors, sizeof(sectors));
	output_write(output, boot, sizeof(boot));
	output_write(output, disk->table, sizeof(disk->table));
	for (unsigned i = 0; i < disk->pieces; i++)
		for (uint32_t k = 0; disk->piece[i].first && k < disk->piece[i].sectors; k += PAGE_SECTORS)
			output_write(output, memory_guest_frame(disk->memory, disk->piece[i].gpa / PAGE + k / PAGE_SECTORS), PAGE);
	for (; written % (CYLINDER / PEERS_SECTOR); written++)
		output_write(output, nothing, sizeof(nothing));
}

static bool write_disk(const struct disk *disk, const char *path, char *error, size_t error_size)
{
	struct output *output = output_open(path, error, error_size);

	if (!output)
		return false;
	write_sectors(disk, output);
	return output_close(output, error, error_size);
}

static bool lay_out(struct disk *disk, char *error, size_t error_size)
{
	uint64_t size = memory_guest_size(disk->memory), end;

	if (!(disk->state.cr0 & CR0_PE))
		return refuse(error, error_size, "the guest begins in real mode, and a boot sector that does not; give it as a disk");
	if (!find_pieces(disk, &end))
		return refuse(error, error_size, "the guest lies in memory in more than %d pieces; give it as a disk", PIECES);
	/* Below the last 128 KiB, which firmware may keep for its tables. */
	if (end + BOOT_HOME_SIZE + 0x20000 > size)
		return refuse(error, error_size, "no room for a boot loader behind the guest; raise memory");
	disk->home = (uint32_t)(size - 0x20000 - BOOT_HOME_SIZE);
	fill_table(disk);
	return true;
}

bool peers_make_disk(const struct config *config, const char *path, char *error, size_t error_size)
{
	struct disk *disk = calloc(1, sizeof(*disk));
	struct loaded loaded;
	bool made;

	if (!disk)
		return refuse(error, error_size, "not enough memory for a disk; close other programs");
	disk->memory = memory_new(NULL, config->memory, CONFIG_SHADOW_MINIMUM, error, error_size);
	made = disk->memory && load_guest(config, disk->memory, &disk->state, &loaded, error, error_size) &&
	       lay_out(disk, error, error_size) && write_disk(disk, path, error, error_size);
	memory_free(disk->memory);
	free(disk);
	return made;
}

const char *peers_form(const struct config *config, char *error, size_t error_size)
{
	struct memory *memory = memory_new(NULL, config->memory, CONFIG_SHADOW_MINIMUM, error, error_size);
	struct loaded loaded = { .form = NULL };
	struct cpu_state state;
	bool fine;

	memset(&state, 0, sizeof(state));
	fine = memory && load_guest(config, memory, &state, &loaded, error, error_size);
	memory_free(memory);
	return fine ? loaded.form : NULL;
}
