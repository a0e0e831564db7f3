/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/snapshot.c - all state of a board as bytes. Model state is plain data and goes as it is;
 * of disks only the changed sectors go. Everything is checked before anything is taken.
 *
 *   magic  version  state size  clock frequency | state | disks 0 to 3 | FNV-1a digest of all before
 *   disk: sectors of the image, changed sectors, then for each: its number and 512 bytes
 */
#include "core/devices/serial_port.h"

#include <stdlib.h>

enum { VERSION = 3 };

struct header {
	char magic[8];
	uint32_t version;
	uint32_t state_size; /* another build may lay it out otherwise */
	uint64_t frequency;
};

static const char magic[8] = "RSBOARD";

static uint64_t digest(const uint8_t *bytes, size_t size)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* ---- save ---- */

static uint8_t *put(uint8_t *at, const void *bytes, size_t size)
{
	memcpy(at, bytes, size);
	return at + size;
}

static size_t disk_size(const struct disk *disk)
{
	return 2 * sizeof(uint64_t) + disk->used * (sizeof(uint64_t) + ATA_SECTOR);
}

static size_t needed(const struct board *board)
{
	size_t size = sizeof(struct header) + sizeof(struct board_state) + sizeof(uint64_t);

	for (unsigned i = 0; i < DISKS; i++)
		size += disk_size(&board->disk[i]);
	return size;
}

/* NULL: no memory for the list of sectors. */
static uint8_t *put_disk(uint8_t *at, const struct disk *disk)
{
	uint64_t *numbers = calloc(disk->used + 1, sizeof *numbers), used = disk->used;
	uint8_t sector[ATA_SECTOR];

	if (!numbers)
		return NULL;
	disk_changed(disk, numbers);
	at = put(at, &disk->sectors, sizeof disk->sectors);
	at = put(at, &used, sizeof used);
	for (size_t i = 0; i < disk->used; i++) {
		disk_read(disk, numbers[i], sector); /* from the overlay: cannot fail */
		at = put(at, &numbers[i], sizeof numbers[i]);
		at = put(at, sector, sizeof sector);
	}
	free(numbers);
	return at;
}

size_t board_save(const struct board *board, uint8_t *buffer, size_t size)
{
	struct header header = {.version = VERSION,
				.state_size = sizeof board->state,
				.frequency = board->frequency};
	size_t total = needed(board);
	uint8_t *at = buffer;
	uint64_t hash;

	if (!buffer || size < total)
		return total;
	memcpy(header.magic, magic, sizeof magic);
	at = put(at, &header, sizeof header);
	at = put(at, &board->state, sizeof board->state);
	for (unsigned i = 0; i < DISKS; i++) {
		at = put_disk(at, &board->disk[i]);
		if (!at)
			return SIZE_MAX;
	}
	hash = digest(buffer, (size_t)(at - buffer));
	put(at, &hash, sizeof hash);
	return total;
}

/* ---- load ---- */

/* What is left to read; take() fails for ever once something was missing. */
struct input {
	const uint8_t *at;
	size_t left;
	bool failed;
};

static bool take(struct input *input, void *bytes, size_t size)
{
	if (input->failed || input->left < size) {
		input->failed = true;
		return false;
	}
	memcpy(bytes, input->at, size);
	input->at += size;
	input->left -= size;
	return true;
}

static bool check_frame(const struct board *board, const uint8_t *buffer, size_t size)
{
	struct header header;
	uint64_t hash;

	if (!buffer || size < sizeof header + sizeof board->state + sizeof hash)
		return false;
	memcpy(&header, buffer, sizeof header);
	memcpy(&hash, buffer + size - sizeof hash, sizeof hash);
	return memcmp(header.magic, magic, sizeof magic) == 0 && header.version == VERSION &&
	       header.state_size == sizeof board->state && header.frequency == board->frequency &&
	       digest(buffer, size - sizeof hash) == hash;
}

static bool check_state(const struct board_state *state)
{
	for (unsigned i = 0; i < BOARD_DEVICES; i++) {
		if (!board_table[i]->valid(state, board_table[i]->unit))
			return false;
	}
	return true;
}

/* Reads the changed sectors of `disk` into an overlay of its own. */
static bool take_disk(struct input *input, const struct disk *disk, struct disk *overlay)
{
	uint64_t sectors, used, number;
	uint8_t sector[ATA_SECTOR];

	*overlay = (struct disk){ .arena = disk->arena, .file = -1, .sectors = disk->sectors };
	if (!take(input, &sectors, sizeof sectors) || !take(input, &used, sizeof used) ||
	    sectors != disk->sectors)
		return false;
	for (uint64_t i = 0; i < used; i++) {
		if (!take(input, &number, sizeof number) || !take(input, sector, sizeof sector) ||
		    !disk_write(overlay, number, sector))
			return false;
	}
	return true;
}

static void adopt(struct disk *disk, struct disk *overlay)
{
	struct disk old = *disk;

	*disk = *overlay;
	disk->file = old.file;
	disk->writable = old.writable;
	*overlay = old;
	overlay->file = -1;
}

static void take_state(struct board *board, const struct board_state *state)
{
	bool a20 = state->chipset.a20, changed = a20 != board->state.chipset.a20;

	board->state = *state;
	if (changed && board->output.a20)
		board->output.a20(board->output.owner, a20);
	board_update_next(board);
}

bool board_load(struct board *board, const uint8_t *buffer, size_t size)
{
	struct disk overlay[DISKS] = { { .file = -1 }, { .file = -1 }, { .file = -1 }, { .file = -1 } };
	struct input input = { .at = buffer, .left = size };
	struct board_state *state;
	struct header header;
	bool good;

	if (!check_frame(board, buffer, size))
		return false;
	state = malloc(sizeof *state);
	if (!state)
		return false;
	input.left -= sizeof(uint64_t); /* the digest */
	good = take(&input, &header, sizeof header) && take(&input, state, sizeof *state) &&
	       check_state(state) && serial_fits(board, state);
	for (unsigned i = 0; i < DISKS && good; i++)
		good = take_disk(&input, &board->disk[i], &overlay[i]);
	good = good && input.left == 0;
	if (good) {
		for (unsigned i = 0; i < DISKS; i++)
			adopt(&board->disk[i], &overlay[i]);
		take_state(board, state);
	}
	for (unsigned i = 0; i < DISKS; i++)
		disk_close(&overlay[i]);
	free(state);
	return good;
}
