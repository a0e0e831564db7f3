/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/ata.c - two ATA disks on the primary channel, in PIO, by ATA/ATAPI-6 chapters 8 and 9:
 * the registers, the phases of a command, and model time (100 microseconds to find a block, 20 for
 * the next one). Commands: ata_commands.c. There is no secondary channel: its ports float.
 *
 *   read:  command -> BUSY_READ -> (DRQ, IRQ) READ -> ... -> IDLE      write: command -> (DRQ) WRITE
 *                         ^-------------+                              -> BUSY_WRITE -> (IRQ) WRITE or IDLE
 */
#include "core/devices/ata.h"

#include <stdio.h>

enum { FIND_HZ = 10000, STREAM_HZ = 50000 };
enum { DEVICE_SECOND = 0x10, CONTROL_NIEN = 0x02, CONTROL_SRST = 0x04, CONTROL_HOB = 0x80 };

static unsigned selected(const struct ata_state *ata)
{
	return ata->device & DEVICE_SECOND ? 1 : 0;
}

static bool any_disk(const struct board *board)
{
	return disk_present(&board->disk[0]) || disk_present(&board->disk[1]);
}

static void update_line(struct board *board)
{
	const struct ata_state *ata = &board->state.ata;

	line_set(board, IRQ_ATA, ata->irq && !(ata->control & CONTROL_NIEN) &&
	             disk_present(&board->disk[selected(ata)]));
}

static bool busy(const struct ata_state *ata)
{
	return ata->phase == ATA_RESET || ata->phase == ATA_BUSY || ata->phase == ATA_BUSY_READ ||
	       ata->phase == ATA_BUSY_WRITE || ata->control & CONTROL_SRST;
}

static uint8_t status(const struct board *board)
{
	const struct ata_state *ata = &board->state.ata;

	if (!disk_present(&board->disk[selected(ata)]))
		return 0;
	if (busy(ata))
		return ATA_BSY;
	return ata->drive[selected(ata)].status |
	       (ata->phase == ATA_READ || ata->phase == ATA_WRITE ? ATA_DRQ : 0);
}

/* ---- phases ---- */

static void wait(struct board *board, enum ata_phase phase, uint64_t hz)
{
	board->state.ata.phase = (uint8_t)phase;
	board->state.ata.ready = board->state.now + time_cycles(board, 1, hz);
}

void ata_busy(struct board *board)
{
	wait(board, ATA_BUSY, FIND_HZ);
}

void ata_fail(struct board *board, uint8_t error)
{
	struct ata_drive *drive = &board->state.ata.drive[selected(&board->state.ata)];

	drive->status = ATA_DRDY | ATA_DSC | ATA_ERR;
	drive->error = error;
	board->state.ata.left = 0;
}

static void set_block(struct ata_state *ata)
{
	uint32_t sectors = ata->left < ata->per_block ? ata->left : ata->per_block;

	ata->block = sectors * ATA_SECTOR;
	ata->position = 0;
}

void ata_start_read(struct board *board)
{
	wait(board, ATA_BUSY_READ, FIND_HZ);
}

void ata_start_write(struct board *board)
{
	set_block(&board->state.ata);
	board->state.ata.phase = ATA_WRITE;
}

/* The buffer was filled by the command itself. */
void ata_start_answer(struct board *board)
{
	board->state.ata.left = 0;
	board->state.ata.block = ATA_SECTOR;
	board->state.ata.position = 0;
	wait(board, ATA_BUSY_READ, FIND_HZ);
}

static void stop(struct ata_state *ata, enum ata_phase phase)
{
	ata->phase = (uint8_t)phase;
	ata->irq = 1;
}

static void move_block(struct board *board, bool write)
{
	struct ata_state *ata = &board->state.ata;
	struct disk *disk = &board->disk[selected(ata)];

	for (uint32_t at = 0; at < ata->block; at += ATA_SECTOR) {
		uint8_t *sector = ata->buffer + at;

		if (ata->lba >= disk->sectors) {
			ata_fail(board, ATA_IDNF);
			return;
		}
		if (!(write ? disk_write(disk, ata->lba, sector)
			    : disk_read(disk, ata->lba, sector))) {
			ata_fail(board, write ? ATA_ABRT : ATA_UNC);
			return;
		}
		ata->lba++;
		ata->left--;
	}
	ata_put_address(board, ata->lba - 1);
}

static bool failed(const struct ata_state *ata)
{
	return ata->drive[selected(ata)].status & ATA_ERR;
}

static void finish_read(struct board *board)
{
	struct ata_state *ata = &board->state.ata;

	if (ata->left) {
		set_block(ata);
		move_block(board, false);
	}
	if (failed(ata))
		ata_put_address(board, ata->lba);
	stop(ata, failed(ata) ? ATA_IDLE : ATA_READ);
}

static void finish_write(struct board *board)
{
	struct ata_state *ata = &board->state.ata;

	move_block(board, true);
	if (failed(ata))
		ata_put_address(board, ata->lba);
	stop(ata, ata->left ? ATA_WRITE : ATA_IDLE);
	if (ata->left)
		set_block(ata);
}

static void ata_act(struct board *board, unsigned unit)
{
	struct ata_state *ata = &board->state.ata;

	(void)unit;
	if (ata->ready > board->state.now)
		return;
	ata->ready = BOARD_NEVER;
	switch (ata->phase) {
	case ATA_RESET:
		ata->phase = ATA_IDLE;
		break;
	case ATA_BUSY:
		stop(ata, ATA_IDLE);
		break;
	case ATA_BUSY_READ:
		finish_read(board);
		break;
	case ATA_BUSY_WRITE:
		finish_write(board);
		break;
	default:
		break;
	}
	update_line(board);
}

static uint64_t ata_next(const struct board *board, unsigned unit)
{
	const struct ata_state *ata = &board->state.ata;

	(void)unit;
	if (ata->phase == ATA_RESET || ata->control & CONTROL_NIEN || line_masked(board, IRQ_ATA))
		return BOARD_NEVER;
	return ata->ready;
}

/* ---- the data port ---- */

static void block_done(struct board *board)
{
	struct ata_state *ata = &board->state.ata;

	if (ata->phase == ATA_WRITE)
		wait(board, ATA_BUSY_WRITE, STREAM_HZ);
	else if (ata->left)
		wait(board, ATA_BUSY_READ, STREAM_HZ);
	else
		ata->phase = ATA_IDLE;
}

/* How much of an access of `size` bytes the buffer still has. */
static unsigned portion(const struct ata_state *ata, enum ata_phase phase, unsigned size)
{
	uint32_t rest = ata->block - ata->position;

	if (ata->phase != phase)
		return 0;
	return rest < size ? rest : size;
}

static uint32_t read_data(struct board *board, unsigned size)
{
	struct ata_state *ata = &board->state.ata;
	unsigned bytes = portion(ata, ATA_READ, size);
	uint32_t value = 0;

	memcpy(&value, ata->buffer + ata->position, bytes);
	ata->position += bytes;
	if (bytes && ata->position == ata->block)
		block_done(board);
	return value;
}

static void write_data(struct board *board, unsigned size, uint32_t value)
{
	struct ata_state *ata = &board->state.ata;
	unsigned bytes = portion(ata, ATA_WRITE, size);

	memcpy(ata->buffer + ata->position, &value, bytes);
	ata->position += bytes;
	if (bytes && ata->position == ata->block)
		block_done(board);
}

/* ---- registers ---- */

void ata_signature(struct board *board)
{
	struct ata_state *ata = &board->state.ata;

	for (unsigned i = 0; i < DISKS; i++) {
		ata->drive[i].status = ATA_DRDY | ATA_DSC;
		ata->drive[i].error = 0x01; /* diagnostics passed */
	}
	ata->feature[0] = 0;
	ata->count[0] = ata->sector[0] = 1;
	ata->cylinder_low[0] = ata->cylinder_high[0] = 0;
	ata->device = 0;
}

static void write_control(struct board *board, uint8_t value)
{
	struct ata_state *ata = &board->state.ata;
	bool was_reset = ata->control & CONTROL_SRST;

	ata->control = value;
	if (value & CONTROL_SRST) {
		ata->phase = ATA_RESET;
		ata->ready = BOARD_NEVER;
		ata->left = ata->irq = 0;
	} else if (was_reset) {
		ata_signature(board);
		wait(board, ATA_RESET, FIND_HZ);
	}
}

/* Registers are two deep: what was there before is the high half of an LBA48 address. */
static void push(uint8_t *reg, uint8_t value)
{
	reg[1] = reg[0];
	reg[0] = value;
}

static void write_register(struct board *board, unsigned offset, uint8_t value)
{
	struct ata_state *ata = &board->state.ata;

	ata->control &= (uint8_t)~CONTROL_HOB;
	if (busy(ata))
		return;
	switch (offset) {
	case 1:
		push(ata->feature, value);
		break;
	case 2:
		push(ata->count, value);
		break;
	case 3:
		push(ata->sector, value);
		break;
	case 4:
		push(ata->cylinder_low, value);
		break;
	case 5:
		push(ata->cylinder_high, value);
		break;
	case 6:
		ata->device = value;
		break;
	default:
		ata->irq = 0;
		if (disk_present(&board->disk[selected(ata)]))
			ata_command(board, selected(ata), value);
	}
}

static void ata_write(struct board *board, unsigned unit, uint16_t port, unsigned size,
		      uint32_t value)
{
	(void)unit;
	if (!any_disk(board))
		return;
	if (port == 0x3f6)
		write_control(board, (uint8_t)value);
	else if (port == 0x1f0)
		write_data(board, size, value);
	else
		write_register(board, port & 7, (uint8_t)value);
	update_line(board);
}

static uint8_t read_register(struct board *board, unsigned offset)
{
	struct ata_state *ata = &board->state.ata;
	unsigned previous = ata->control & CONTROL_HOB ? 1 : 0;

	if (busy(ata) && offset != 7)
		return status(board);
	switch (offset) {
	case 1:
		return ata->drive[selected(ata)].error;
	case 2:
		return ata->count[previous];
	case 3:
		return ata->sector[previous];
	case 4:
		return ata->cylinder_low[previous];
	case 5:
		return ata->cylinder_high[previous];
	case 6:
		return ata->device | 0xa0;
	default:
		ata->irq = 0;
		update_line(board);
		return status(board);
	}
}

static uint32_t ata_read(struct board *board, unsigned unit, uint16_t port, unsigned size)
{
	(void)unit;
	if (!any_disk(board))
		return UINT32_MAX;
	if (port == 0x3f6)
		return status(board);
	return port == 0x1f0 ? read_data(board, size) : read_register(board, port & 7);
}

/* ---- life ---- */

static void set_geometry(struct ata_drive *drive, uint64_t sectors)
{
	uint64_t cylinders = sectors / (16 * 63);

	drive->heads = 16;
	drive->sectors = 63;
	drive->cylinders = (uint16_t)(cylinders > 16383 ? 16383 : cylinders ? cylinders : 1);
}

static void ata_reset(struct board *board, unsigned unit)
{
	struct ata_state *ata = &board->state.ata;

	(void)unit;
	memset(ata, 0, sizeof *ata);
	ata->ready = BOARD_NEVER;
	ata->per_block = 1;
	for (unsigned i = 0; i < DISKS; i++)
		set_geometry(&ata->drive[i], board->disk[i].sectors);
	ata_signature(board);
	update_line(board);
}

static bool ata_valid(const struct board_state *state, unsigned unit)
{
	const struct ata_state *ata = &state->ata;

	(void)unit;
	for (unsigned i = 0; i < DISKS; i++) {
		const struct ata_drive *drive = &ata->drive[i];

		if (drive->multiple > ATA_MULTIPLE_MAX || drive->heads > 16)
			return false;
	}
	return ata->phase < ATA_PHASES && ata->block <= sizeof ata->buffer &&
	       ata->block % ATA_SECTOR == 0 && ata->position <= ata->block && ata->per_block >= 1 &&
	       ata->per_block <= ATA_MULTIPLE_MAX &&
	       (ata->phase != ATA_BUSY_WRITE || ata->block / ATA_SECTOR <= ata->left);
}

static void ata_describe(const struct board *board, unsigned unit, char *text, size_t size)
{
	static const char *const phases[ATA_PHASES] = {
		"idle", "reset", "busy", "reading", "data to read", "data to write", "writing"};
	const struct ata_state *ata = &board->state.ata;

	(void)unit;
	if (!any_disk(board)) {
		snprintf(text, size, "no disks");
		return;
	}
	snprintf(text, size,
		 "disk %u: status %02x error %02x, command %02x, %s, sector %llu, %u left; "
		 "%zu sectors changed",
		 selected(ata), status(board), ata->drive[selected(ata)].error, ata->command,
		 phases[ata->phase], (unsigned long long)ata->lba, ata->left,
		 board->disk[0].used + board->disk[1].used);
}

const struct device ata_device = {
	.name = "ata",
	.ranges = 3,
	.range = {{.first = 0x1f0, .last = 0x1f0, .wide = true},
		  {.first = 0x1f1, .last = 0x1f7},
		  {.first = 0x3f6, .last = 0x3f6}},
	.reset = ata_reset,
	.read = ata_read,
	.write = ata_write,
	.act = ata_act,
	.next = ata_next,
	.valid = ata_valid,
	.describe = ata_describe,
};
