/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/ata_commands.c - the commands of an ATA disk, one table row each, by ATA/ATAPI-6
 * chapter 8. What is not in the table is aborted, IDENTIFY PACKET DEVICE among it: no ATAPI here.
 */
#include "core/devices/ata.h"

#include <stdio.h>

enum { DEVICE_LBA = 0x40 };
enum { EXT = 1, MULTIPLE = 2 }; /* flags of a row */

/* ---- addresses ---- */

static uint64_t lba48(const struct ata_state *ata)
{
	return (uint64_t)ata->cylinder_high[1] << 40 | (uint64_t)ata->cylinder_low[1] << 32 |
	       (uint64_t)ata->sector[1] << 24 | (uint32_t)ata->cylinder_high[0] << 16 |
	       (uint32_t)ata->cylinder_low[0] << 8 | ata->sector[0];
}

static uint64_t lba28(const struct ata_state *ata)
{
	return (uint32_t)(ata->device & 15) << 24 | (uint32_t)ata->cylinder_high[0] << 16 |
	       (uint32_t)ata->cylinder_low[0] << 8 | ata->sector[0];
}

static bool from_chs(const struct ata_state *ata, const struct ata_drive *drive, uint64_t *lba)
{
	uint32_t cylinder = (uint32_t)ata->cylinder_high[0] << 8 | ata->cylinder_low[0];
	uint32_t head = ata->device & 15, sector = ata->sector[0];

	if (sector == 0 || sector > drive->sectors || head >= drive->heads)
		return false;
	*lba = ((uint64_t)cylinder * drive->heads + head) * drive->sectors + sector - 1;
	return true;
}

void ata_put_address(const struct ata_channel *channel, uint64_t lba)
{
	struct ata_state *ata = channel->state;
	const struct ata_drive *drive = &ata->drive[ata->device >> 4 & 1];

	if (!(ata->device & DEVICE_LBA) && !ata->lba48 && drive->sectors && drive->heads) {
		uint64_t track = lba / drive->sectors, cylinder = track / drive->heads;

		ata->sector[0] = (uint8_t)(lba % drive->sectors + 1);
		ata->device = (uint8_t)((ata->device & 0xf0) | (track % drive->heads & 15));
		lba = cylinder << 8;
	} else {
		ata->sector[0] = (uint8_t)lba;
	}
	ata->cylinder_low[0] = (uint8_t)(lba >> 8);
	ata->cylinder_high[0] = (uint8_t)(lba >> 16);
	if (ata->lba48) {
		ata->sector[1] = (uint8_t)(lba >> 24);
		ata->cylinder_low[1] = (uint8_t)(lba >> 32);
		ata->cylinder_high[1] = (uint8_t)(lba >> 40);
		ata->count[1] = (uint8_t)(ata->left >> 8);
	} else if (ata->device & DEVICE_LBA) {
		ata->device = (uint8_t)((ata->device & 0xf0) | (lba >> 24 & 15));
	}
	ata->count[0] = (uint8_t)ata->left;
}

/* Address, count and block size of a transfer. False: the command has failed already. */
static bool prepare(const struct ata_channel *channel, unsigned unit, unsigned flags)
{
	struct ata_state *ata = channel->state;
	const struct ata_drive *drive = &ata->drive[unit];
	uint32_t count = ata->count[0];

	ata->lba48 = flags & EXT ? 1 : 0;
	ata->per_block = flags & MULTIPLE ? drive->multiple : 1;
	if (ata->per_block == 0) {
		ata->per_block = 1;
		ata_fail(channel, ATA_ABRT);
		return false;
	}
	if (flags & EXT) {
		count |= (uint32_t)ata->count[1] << 8;
		ata->left = count ? count : 65536;
		ata->lba = lba48(ata);
		return true;
	}
	ata->left = count ? count : 256;
	if (ata->device & DEVICE_LBA) {
		ata->lba = lba28(ata);
		return true;
	}
	if (from_chs(ata, drive, &ata->lba))
		return true;
	ata_fail(channel, ATA_IDNF);
	return false;
}

/* ---- handlers: they leave the drive busy, with data to move, or failed ---- */

static void do_nothing(const struct ata_channel *channel, unsigned unit, unsigned flags)
{
	(void)unit, (void)flags;
	ata_busy(channel);
}

static void abort_command(const struct ata_channel *channel, unsigned unit, unsigned flags)
{
	(void)unit, (void)flags;
	ata_fail(channel, ATA_ABRT);
	ata_busy(channel);
}

static void read_sectors(const struct ata_channel *channel, unsigned unit, unsigned flags)
{
	if (prepare(channel, unit, flags))
		ata_start_read(channel);
	else
		ata_busy(channel);
}

static void write_sectors(const struct ata_channel *channel, unsigned unit, unsigned flags)
{
	struct ata_state *ata = channel->state;

	if (!prepare(channel, unit, flags)) {
		ata_busy(channel);
		return;
	}
	if (ata->lba < channel->disk[unit].sectors) {
		ata_start_write(channel);
		return;
	}
	ata_fail(channel, ATA_IDNF);
	ata_busy(channel);
}

static void verify(const struct ata_channel *channel, unsigned unit, unsigned flags)
{
	struct ata_state *ata = channel->state;
	uint64_t sectors = channel->disk[unit].sectors;

	if (prepare(channel, unit, flags)) {
		bool inside = ata->lba < sectors && ata->left <= sectors - ata->lba;
		uint64_t last = inside ? ata->lba + ata->left - 1 : sectors;

		ata->left = 0;
		if (!inside)
			ata_fail(channel, ATA_IDNF);
		ata_put_address(channel, last);
	}
	ata_busy(channel);
}

static void set_multiple(const struct ata_channel *channel, unsigned unit, unsigned flags)
{
	uint8_t count = channel->state->count[0];

	(void)flags;
	if (count > ATA_MULTIPLE_MAX || count & (count - 1))
		ata_fail(channel, ATA_ABRT);
	else
		channel->state->drive[unit].multiple = count;
	ata_busy(channel);
}

static void set_parameters(const struct ata_channel *channel, unsigned unit, unsigned flags)
{
	struct ata_state *ata = channel->state;
	struct ata_drive *drive = &ata->drive[unit];
	uint64_t cylinders;

	(void)flags;
	drive->sectors = ata->count[0];
	drive->heads = (uint8_t)((ata->device & 15) + 1);
	if (drive->sectors == 0) {
		drive->cylinders = 0;
		ata_fail(channel, ATA_ABRT);
	} else {
		cylinders = channel->disk[unit].sectors / ((uint64_t)drive->sectors * drive->heads);
		drive->cylinders = (uint16_t)(cylinders > 65535 ? 65535 : cylinders);
	}
	ata_busy(channel);
}

static void set_features(const struct ata_channel *channel, unsigned unit, unsigned flags)
{
	struct ata_state *ata = channel->state;

	(void)unit, (void)flags;
	switch (ata->feature[0]) {
	case 0x03: /* transfer mode: PIO only */
		if (ata->count[0] > 0x0c)
			ata_fail(channel, ATA_ABRT);
		break;
	case 0x02: case 0x82: /* write cache on, off */
	case 0x55: case 0xaa: /* look ahead off, on */
	case 0x66: case 0xcc: /* defaults at soft reset: keep, restore */
		break;
	default:
		ata_fail(channel, ATA_ABRT);
	}
	ata_busy(channel);
}

static void diagnose(const struct ata_channel *channel, unsigned unit, unsigned flags)
{
	(void)unit, (void)flags;
	ata_signature(channel);
	ata_busy(channel);
}

static void check_power(const struct ata_channel *channel, unsigned unit, unsigned flags)
{
	(void)unit, (void)flags;
	channel->state->count[0] = 0xff; /* active */
	ata_busy(channel);
}

static void put_word(uint8_t *buffer, unsigned word, uint64_t value)
{
	buffer[word * 2] = (uint8_t)value;
	buffer[word * 2 + 1] = (uint8_t)(value >> 8);
}

static void put_long(uint8_t *buffer, unsigned word, uint64_t value)
{
	put_word(buffer, word, value);
	put_word(buffer, word + 1, value >> 16);
}

/* Strings stand with the bytes of each word swapped, filled up with blanks. */
static void put_text(uint8_t *buffer, unsigned word, unsigned words, const char *text)
{
	size_t length = strlen(text);

	for (unsigned i = 0; i < words * 2; i++)
		buffer[(word * 2 + i) ^ 1] = i < length ? (uint8_t)text[i] : ' ';
}

static void put_geometry(uint8_t *buffer, const struct ata_drive *drive, uint64_t sectors)
{
	uint64_t cylinders = sectors / (16 * 63);

	put_word(buffer, 1, cylinders > 16383 ? 16383 : cylinders ? cylinders : 1);
	put_word(buffer, 3, 16);
	put_word(buffer, 6, 63);
	put_word(buffer, 54, drive->cylinders);
	put_word(buffer, 55, drive->heads);
	put_word(buffer, 56, drive->sectors);
	put_long(buffer, 57, (uint64_t)drive->cylinders * drive->heads * drive->sectors);
	put_long(buffer, 60, sectors > 0x0fffffff ? 0x0fffffff : sectors);
	put_long(buffer, 100, sectors);
	put_long(buffer, 102, sectors >> 32);
}

static void identify(const struct ata_channel *channel, unsigned unit, unsigned flags)
{
	struct ata_state *ata = channel->state;
	const struct ata_drive *drive = &ata->drive[unit];
	uint8_t *buffer = ata->buffer;
	static const char *const serial[ATA_CHANNELS][ATA_DRIVES] = { { "RS0001", "RS0002" }, { "RS0003", "RS0004" } };

	(void)flags;
	memset(buffer, 0, ATA_SECTOR);
	put_word(buffer, 0, 0x0040); /* fixed disk */
	put_text(buffer, 10, 10, serial[channel->unit][unit]);
	put_text(buffer, 23, 4, "1.0");
	put_text(buffer, 27, 20, "Ringside disk");
	put_word(buffer, 47, 0x8000 | ATA_MULTIPLE_MAX);
	put_word(buffer, 48, 1);      /* 32-bit data port */
	put_word(buffer, 49, 0x0200); /* LBA; no DMA */
	put_word(buffer, 50, 0x4000);
	put_word(buffer, 51, 0x0200);
	put_word(buffer, 53, 0x0003); /* words 54 to 58 and 64 to 70 are valid */
	put_word(buffer, 59, drive->multiple ? 0x0100 | drive->multiple : 0);
	put_word(buffer, 64, 0x0003); /* PIO modes 3 and 4 */
	put_word(buffer, 67, 120);
	put_word(buffer, 68, 120);
	put_word(buffer, 80, 0x007e); /* ATA-1 to ATA/ATAPI-6 */
	for (unsigned word = 82; word <= 85; word += 3) { /* supported, enabled */
		put_word(buffer, word, 0x0060);     /* write cache, look ahead */
		put_word(buffer, word + 1, 0x7400); /* FLUSH CACHE (EXT), LBA48 */
		put_word(buffer, word + 2, 0x4000);
	}
	put_word(buffer, 93, 0x6001);
	put_geometry(buffer, drive, channel->disk[unit].sectors);
	ata_start_answer(channel);
}

/* ---- the table ---- */

struct row {
	uint8_t first, last;
	uint8_t flags;
	void (*run)(const struct ata_channel *channel, unsigned unit, unsigned flags);
};

static const struct row commands[] = {
	{ 0x10, 0x1f, 0, do_nothing },               /* RECALIBRATE */
	{ 0x20, 0x21, 0, read_sectors },             /* READ SECTORS, with and without retry */
	{ 0x24, 0x24, EXT, read_sectors },           /* READ SECTORS EXT */
	{ 0x29, 0x29, EXT | MULTIPLE, read_sectors }, /* READ MULTIPLE EXT */
	{ 0x30, 0x31, 0, write_sectors },            /* WRITE SECTORS, with and without retry */
	{ 0x34, 0x34, EXT, write_sectors },          /* WRITE SECTORS EXT */
	{ 0x39, 0x39, EXT | MULTIPLE, write_sectors }, /* WRITE MULTIPLE EXT */
	{ 0x3c, 0x3c, 0, write_sectors },            /* WRITE VERIFY */
	{ 0x40, 0x41, 0, verify },                   /* READ VERIFY SECTORS */
	{ 0x42, 0x42, EXT, verify },                 /* READ VERIFY SECTORS EXT */
	{ 0x70, 0x7f, 0, do_nothing },               /* SEEK */
	{ 0x90, 0x90, 0, diagnose },                 /* EXECUTE DEVICE DIAGNOSTIC */
	{ 0x91, 0x91, 0, set_parameters },           /* INITIALIZE DEVICE PARAMETERS */
	{ 0x94, 0x97, 0, do_nothing },               /* STANDBY, IDLE as they were in ATA-1 */
	{ 0x98, 0x98, 0, check_power },
	{ 0xc4, 0xc4, MULTIPLE, read_sectors },      /* READ MULTIPLE */
	{ 0xc5, 0xc5, MULTIPLE, write_sectors },     /* WRITE MULTIPLE */
	{ 0xc6, 0xc6, 0, set_multiple },             /* SET MULTIPLE MODE */
	{ 0xe0, 0xe3, 0, do_nothing },               /* STANDBY, IDLE */
	{ 0xe5, 0xe5, 0, check_power },              /* CHECK POWER MODE */
	{ 0xe7, 0xe7, 0, do_nothing },               /* FLUSH CACHE: nothing is held back */
	{ 0xea, 0xea, 0, do_nothing },               /* FLUSH CACHE EXT */
	{ 0xec, 0xec, 0, identify },                 /* IDENTIFY DEVICE */
	{ 0xef, 0xef, 0, set_features },             /* SET FEATURES */
};

void ata_command(const struct ata_channel *channel, unsigned unit, uint8_t code)
{
	struct ata_state *ata = channel->state;

	ata->command = code;
	ata->left = 0;
	ata->lba48 = 0;
	ata->drive[unit].status = ATA_DRDY | ATA_DSC;
	ata->drive[unit].error = 0;
	for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		if (code >= commands[i].first && code <= commands[i].last) {
			commands[i].run(channel, unit, commands[i].flags);
			return;
		}
	}
	abort_command(channel, unit, 0);
}
