/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/disk.c - a raw disk image, and the sectors that the guest wrote over it. Unless the image
 * is writable, written sectors stay in memory (copy on write, bounded) and are lost at the end.
 */
#include "core/devices/device.h"

#include "core/file_set.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct overlay_entry {
	uint64_t key; /* sector + 1; 0: empty */
	size_t slot;  /* place in data */
};

#ifdef RINGSIDE_HOSTILE
enum { OVERLAY_FIRST = 1, OVERLAY_MAX = 1 << 12 };
#else
enum { OVERLAY_FIRST = 64, OVERLAY_MAX = 1 << 19 }; /* sectors: at most 256 MiB */
#endif

static bool refuse(char *error, size_t error_size, const char *path, const char *cause,
		   const char *remedy)
{
	snprintf(error, error_size, "disk image '%s': %s: %s", path, cause, remedy);
	return false;
}

static bool check_image(const struct disk *disk, const char *path, uint64_t *sectors, char *error,
			size_t error_size)
{
	struct stat status;

	if (fstat(disk->file, &status) != 0)
		return refuse(error, error_size, path, strerror(errno), "check the file");
	if (S_ISDIR(status.st_mode))
		return refuse(error, error_size, path, "is a directory", "name a raw image file");
	if (!S_ISREG(status.st_mode))
		return refuse(error, error_size, path, "is not a regular file",
			      "copy the device into a file with dd");
	if (status.st_size == 0)
		return refuse(error, error_size, path, "is empty",
			      "make one with: truncate -s 10M FILE");
	if (status.st_size % ATA_SECTOR)
		return refuse(error, error_size, path, "size is not a multiple of 512 bytes",
		              "is it a raw image? fill it up with: truncate -s %512 FILE");
	*sectors = (uint64_t)status.st_size / ATA_SECTOR;
	return true;
}

/*
 * A writer is alone with its image, as with QEMU; readers may be many. File systems without locks have to
 * be trusted.
 */
static bool lock_image(const struct disk *disk, const char *path, char *error, size_t error_size)
{
	struct flock lock = { .l_type = disk->writable ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET };

	if (fcntl(disk->file, F_SETLK, &lock) == 0 || (errno != EACCES && errno != EAGAIN))
		return true;
	return refuse(error, error_size, path, "another program uses it and one of the two would write",
	              "end that one first, or give each a copy");
}

bool disk_open(struct disk *disk, struct arena *arena, const struct file_set *files, const char *path, bool writable,
	       char *error, size_t error_size)
{
	*disk = (struct disk){ .arena = arena, .file = -1, .writable = writable };
	if (!writable)
		disk->file = file_set_open(files, path);
	/* O_NONBLOCK: a FIFO is refused, not waited for. */
	if (disk->file < 0)
		disk->file = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
	if (disk->file < 0)
		return refuse(error, error_size, path, strerror(errno),
			      errno == EISDIR ? "name a raw image file"
			      : errno == ENOENT
				      ? "check the name, or make one with: truncate -s 10M FILE"
				      : "check the file's permissions");
	if (check_image(disk, path, &disk->sectors, error, error_size) &&
	    lock_image(disk, path, error, error_size))
		return true;
	disk_close(disk);
	return false;
}

void disk_close(struct disk *disk)
{
	disk_clear(disk);
	if (disk->file >= 0)
		close(disk->file);
	disk->file = -1;
}

bool disk_present(const struct disk *disk)
{
	return disk->file >= 0;
}

/* ---- the overlay: open addressing, at most half full ---- */

static struct overlay_entry *find(struct overlay_entry *table, size_t size, uint64_t sector)
{
	size_t at = (size_t)(sector * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (size - 1);

	while (table[at].key && table[at].key != sector + 1)
		at = (at + 1) & (size - 1);
	return &table[at];
}

static bool grow(struct disk *disk)
{
	size_t size = disk->table_size ? disk->table_size * 2 : OVERLAY_FIRST * 2;
	struct overlay_entry *table = arena_take(disk->arena, size * sizeof *table);
	uint8_t (*data)[ATA_SECTOR] = arena_take(disk->arena, size / 2 * ATA_SECTOR);

	if (!table || !data) {
		arena_give(disk->arena, table);
		arena_give(disk->arena, data);
		return false;
	}
	if (disk->used)
		memcpy(data, disk->data, disk->used * ATA_SECTOR);
	arena_give(disk->arena, disk->data);
	disk->data = data;
	for (size_t i = 0; i < disk->table_size; i++) {
		if (disk->table[i].key)
			*find(table, size, disk->table[i].key - 1) = disk->table[i];
	}
	arena_give(disk->arena, disk->table);
	disk->table = table;
	disk->table_size = size;
	disk->data_size = size / 2;
	return true;
}

static bool overlay_write(struct disk *disk, uint64_t sector, const uint8_t *buffer)
{
	struct overlay_entry *entry =
		disk->table_size ? find(disk->table, disk->table_size, sector) : NULL;

	if (!entry || !entry->key) {
		if (disk->used == OVERLAY_MAX)
			return false;
		if (disk->used == disk->data_size && !grow(disk))
			return false;
		entry = find(disk->table, disk->table_size, sector);
		*entry = (struct overlay_entry){ .key = sector + 1, .slot = disk->used++ };
	}
	memcpy(disk->data[entry->slot], buffer, ATA_SECTOR);
	return true;
}

void disk_clear(struct disk *disk)
{
	arena_give(disk->arena, disk->table);
	arena_give(disk->arena, disk->data);
	disk->table = NULL;
	disk->data = NULL;
	disk->table_size = disk->data_size = disk->used = 0;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

size_t disk_changed(const struct disk *disk, uint64_t *numbers)
{
	size_t count = 0;

	for (size_t i = 0; numbers && i < disk->table_size; i++) {
		if (disk->table[i].key)
			numbers[count++] = disk->table[i].key - 1;
	}
	if (numbers)
		qsort(numbers, count, sizeof *numbers, by_number);
	return disk->used;
}

/* ---- sectors ---- */

static bool transfer(const struct disk *disk, uint64_t sector, uint8_t *in, const uint8_t *out)
{
	size_t done = 0;

	while (done < ATA_SECTOR) {
		off_t at = (off_t)(sector * ATA_SECTOR + done);
		ssize_t n = in ? pread(disk->file, in + done, ATA_SECTOR - done, at)
		               : pwrite(disk->file, out + done, ATA_SECTOR - done, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

bool disk_read(const struct disk *disk, uint64_t sector, uint8_t *buffer)
{
	const struct overlay_entry *entry =
		disk->table_size ? find(disk->table, disk->table_size, sector) : NULL;

	if (sector >= disk->sectors)
		return false;
	if (entry && entry->key) {
		memcpy(buffer, disk->data[entry->slot], ATA_SECTOR);
		return true;
	}
	return transfer(disk, sector, buffer, NULL);
}

bool disk_write(struct disk *disk, uint64_t sector, const uint8_t *buffer)
{
	if (sector >= disk->sectors)
		return false;
	return disk->writable ? transfer(disk, sector, NULL, buffer)
			      : overlay_write(disk, sector, buffer);
}
