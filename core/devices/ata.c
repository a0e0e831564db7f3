/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/ata.c - two channels with up to two ATA disks each, in PIO, by ATA/ATAPI-6 chapters 8 and 9:
 * the registers, the phases of a command, and model time (100 microseconds to find a block, 20 for
 * the next one). Commands: ata_commands.c. The ports of a channel without disks float.
 *
 *   read:  command -> BUSY_READ -> (DRQ, IRQ) READ -> ... -> IDLE      write: command -> (DRQ) WRITE
 *                         ^-------------+                              -> BUSY_WRITE -> (IRQ) WRITE or IDLE
 */
#include "core/devices/ata.h"

#include <stdio.h>

enum { FIND_HZ = 10000, STREAM_HZ = 50000 };
enum { DEVICE_SECOND = 0x10, CONTROL_NIEN = 0x02, CONTROL_SRST = 0x04, CONTROL_HOB = 0x80 };
enum { CONTROL_BLOCK = 0x200 }; /* the bit in which ports 3F6 and 376 differ from 1Fx and 17x */

static unsigned line_of(unsigned unit)
{
	return unit ? IRQ_ATA2 : IRQ_ATA;
}

static struct ata_channel channel_of(struct board *board, unsigned unit)
{
	return (struct ata_channel){
		.board = board,
		.state = &board->state.ata[unit],
		.disk = &board->disk[unit * ATA_DRIVES],
		.unit = unit,
		.irq = line_of(unit),
	};
}

static unsigned selected(const struct ata_state *ata)
{
	return ata->device & DEVICE_SECOND ? 1 : 0;
}

static bool any_disk(const struct ata_channel *channel)
{
	return disk_present(&channel->disk[0]) || disk_present(&channel->disk[1]);
}

static void update_line(const struct ata_channel *channel)
{
	const struct ata_state *ata = channel->state;

	line_set(channel->board, channel->irq,
	         ata->drive[selected(ata)].irq && !(ata->control & CONTROL_NIEN) && disk_present(&channel->disk[selected(ata)]));
}

static bool busy(const struct ata_state *ata)
{
	return ata->phase == ATA_RESET || ata->phase == ATA_BUSY || ata->phase == ATA_BUSY_READ ||
	       ata->phase == ATA_BUSY_WRITE || ata->control & CONTROL_SRST;
}

static uint8_t status(const struct ata_channel *channel)
{
	const struct ata_state *ata = channel->state;

	if (!disk_present(&channel->disk[selected(ata)]))
		return 0;
	if (busy(ata))
		return ATA_BSY;
	return ata->drive[selected(ata)].status |
	       (ata->phase == ATA_READ || ata->phase == ATA_WRITE ? ATA_DRQ : 0);
}

/* ---- phases ---- */

static void wait(const struct ata_channel *channel, enum ata_phase phase, uint64_t hz)
{
	channel->state->phase = (uint8_t)phase;
	channel->state->ready = channel->board->state.now + time_cycles(channel->board, 1, hz);
}

void ata_busy(const struct ata_channel *channel)
{
	wait(channel, ATA_BUSY, FIND_HZ);
}

void ata_fail(const struct ata_channel *channel, uint8_t error)
{
	struct ata_drive *drive = &channel->state->drive[selected(channel->state)];

	drive->status = ATA_DRDY | ATA_DSC | ATA_ERR;
	drive->error = error;
	channel->state->left = 0;
}

static void set_block(struct ata_state *ata)
{
	uint32_t sectors = ata->left < ata->per_block ? ata->left : ata->per_block;

	ata->block = sectors * ATA_SECTOR;
	ata->position = 0;
}

void ata_start_read(const struct ata_channel *channel)
{
	wait(channel, ATA_BUSY_READ, FIND_HZ);
}

void ata_start_write(const struct ata_channel *channel)
{
	set_block(channel->state);
	channel->state->phase = ATA_WRITE;
}

/* The buffer was filled by the command itself. */
void ata_start_answer(const struct ata_channel *channel)
{
	channel->state->left = 0;
	channel->state->block = ATA_SECTOR;
	channel->state->position = 0;
	wait(channel, ATA_BUSY_READ, FIND_HZ);
}

static void stop(struct ata_state *ata, enum ata_phase phase)
{
	ata->phase = (uint8_t)phase;
	ata->drive[selected(ata)].irq = 1;
}

static void move_block(const struct ata_channel *channel, bool write)
{
	struct ata_state *ata = channel->state;
	struct disk *disk = &channel->disk[selected(ata)];

	for (uint32_t at = 0; at < ata->block; at += ATA_SECTOR) {
		uint8_t *sector = ata->buffer + at;

		if (ata->lba >= disk->sectors) {
			ata_fail(channel, ATA_IDNF);
			return;
		}
		if (!(write ? disk_write(disk, ata->lba, sector)
			    : disk_read(disk, ata->lba, sector))) {
			ata_fail(channel, write ? ATA_ABRT : ATA_UNC);
			return;
		}
		ata->lba++;
		ata->left--;
	}
	ata_put_address(channel, ata->lba - 1);
}

static bool failed(const struct ata_state *ata)
{
	return ata->drive[selected(ata)].status & ATA_ERR;
}

static void finish_read(const struct ata_channel *channel)
{
	struct ata_state *ata = channel->state;

	if (ata->left) {
		set_block(ata);
		move_block(channel, false);
	}
	if (failed(ata))
		ata_put_address(channel, ata->lba);
	stop(ata, failed(ata) ? ATA_IDLE : ATA_READ);
}

static void finish_write(const struct ata_channel *channel)
{
	struct ata_state *ata = channel->state;

	move_block(channel, true);
	if (failed(ata))
		ata_put_address(channel, ata->lba);
	stop(ata, ata->left ? ATA_WRITE : ATA_IDLE);
	if (ata->left)
		set_block(ata);
}

static void ata_act(struct board *board, unsigned unit)
{
	const struct ata_channel here = channel_of(board, unit), *channel = &here;
	struct ata_state *ata = channel->state;

	if (ata->ready > channel->board->state.now)
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
		finish_read(channel);
		break;
	case ATA_BUSY_WRITE:
		finish_write(channel);
		break;
	default:
		break;
	}
	update_line(channel);
}

static uint64_t ata_next(const struct board *board, unsigned unit)
{
	const struct ata_state *ata = &board->state.ata[unit];

	if (ata->phase == ATA_RESET || ata->control & CONTROL_NIEN || line_masked(board, line_of(unit)))
		return BOARD_NEVER;
	return ata->ready;
}

/* ---- the data port ---- */

static void block_done(const struct ata_channel *channel)
{
	struct ata_state *ata = channel->state;

	if (ata->phase == ATA_WRITE)
		wait(channel, ATA_BUSY_WRITE, STREAM_HZ);
	else if (ata->left)
		wait(channel, ATA_BUSY_READ, STREAM_HZ);
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

static uint32_t read_data(const struct ata_channel *channel, unsigned size)
{
	struct ata_state *ata = channel->state;
	unsigned bytes = portion(ata, ATA_READ, size);
	uint32_t value = 0;

	memcpy(&value, ata->buffer + ata->position, bytes);
	ata->position += bytes;
	if (bytes && ata->position == ata->block)
		block_done(channel);
	return value;
}

static void write_data(const struct ata_channel *channel, unsigned size, uint32_t value)
{
	struct ata_state *ata = channel->state;
	unsigned bytes = portion(ata, ATA_WRITE, size);

	memcpy(ata->buffer + ata->position, &value, bytes);
	ata->position += bytes;
	if (bytes && ata->position == ata->block)
		block_done(channel);
}

/* ---- registers ---- */

void ata_signature(const struct ata_channel *channel)
{
	struct ata_state *ata = channel->state;

	for (unsigned i = 0; i < ATA_DRIVES; i++) {
		ata->drive[i].status = ATA_DRDY | ATA_DSC;
		ata->drive[i].error = 0x01; /* diagnostics passed */
	}
	ata->feature[0] = 0;
	ata->count[0] = ata->sector[0] = 1;
	ata->cylinder_low[0] = ata->cylinder_high[0] = 0;
	ata->device = 0;
}

static void write_control(const struct ata_channel *channel, uint8_t value)
{
	struct ata_state *ata = channel->state;
	bool was_reset = ata->control & CONTROL_SRST;

	ata->control = value;
	if (value & CONTROL_SRST) {
		ata->phase = ATA_RESET;
		ata->ready = BOARD_NEVER;
		ata->left = 0;
		ata->drive[0].irq = ata->drive[1].irq = 0;
	} else if (was_reset) {
		ata_signature(channel);
		wait(channel, ATA_RESET, FIND_HZ);
	}
}

/* Registers are two deep: what was there before is the high half of an LBA48 address. */
static void push(uint8_t *reg, uint8_t value)
{
	reg[1] = reg[0];
	reg[0] = value;
}

static void write_register(const struct ata_channel *channel, unsigned offset, uint8_t value)
{
	struct ata_state *ata = channel->state;

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
		ata->drive[selected(ata)].irq = 0;
		if (disk_present(&channel->disk[selected(ata)]))
			ata_command(channel, selected(ata), value);
	}
}

/* Both channels have their ports at the same places, 80 apart: 1F0 and 3F6, 170 and 376. */
static void ata_write(struct board *board, unsigned unit, uint16_t port, unsigned size, uint32_t value)
{
	const struct ata_channel channel = channel_of(board, unit);

	if (!any_disk(&channel))
		return;
	if (port & CONTROL_BLOCK)
		write_control(&channel, (uint8_t)value);
	else if ((port & 7) == 0)
		write_data(&channel, size, value);
	else
		write_register(&channel, port & 7, (uint8_t)value);
	update_line(&channel);
}

static uint8_t read_register(const struct ata_channel *channel, unsigned offset)
{
	struct ata_state *ata = channel->state;
	unsigned previous = ata->control & CONTROL_HOB ? 1 : 0;

	if (busy(ata) && offset != 7)
		return status(channel);
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
		ata->drive[selected(ata)].irq = 0;
		update_line(channel);
		return status(channel);
	}
}

static uint32_t ata_read(struct board *board, unsigned unit, uint16_t port, unsigned size)
{
	const struct ata_channel channel = channel_of(board, unit);

	if (!any_disk(&channel))
		return UINT32_MAX;
	if (port & CONTROL_BLOCK)
		return status(&channel);
	return port & 7 ? read_register(&channel, port & 7) : read_data(&channel, size);
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
	const struct ata_channel here = channel_of(board, unit), *channel = &here;
	struct ata_state *ata = channel->state;

	memset(ata, 0, sizeof *ata);
	ata->ready = BOARD_NEVER;
	ata->per_block = 1;
	for (unsigned i = 0; i < ATA_DRIVES; i++)
		set_geometry(&ata->drive[i], channel->disk[i].sectors);
	ata_signature(channel);
	update_line(channel);
}

static bool ata_valid(const struct board_state *state, unsigned unit)
{
	const struct ata_state *ata = &state->ata[unit];

	for (unsigned i = 0; i < ATA_DRIVES; i++) {
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
	/* Nothing is changed through it here. */
	const struct ata_channel channel = channel_of((struct board *)(uintptr_t)board, unit);
	const struct ata_state *ata = channel.state;

	if (!any_disk(&channel)) {
		snprintf(text, size, "no disks");
		return;
	}
	snprintf(text, size,
		 "disk %u: status %02x error %02x, command %02x, %s, sector %llu, %u left; "
		 "%zu sectors changed",
		 unit * ATA_DRIVES + selected(ata), status(&channel), ata->drive[selected(ata)].error, ata->command,
		 phases[ata->phase], (unsigned long long)ata->lba, ata->left, channel.disk[0].used + channel.disk[1].used);
}

#define ATA_DEVICE(title, number, base)                                                                                         \
	{                                                                                                                       \
		.name = (title), .unit = (number), .ranges = 3,                                                                 \
		.range = {{.first = (base), .last = (base), .wide = true},                                                      \
			  {.first = (base) + 1, .last = (base) + 7},                                                            \
			  {.first = (base) + 0x206, .last = (base) + 0x206}},                                                   \
		.reset = ata_reset, .read = ata_read, .write = ata_write, .act = ata_act, .next = ata_next,                     \
		.valid = ata_valid, .describe = ata_describe,                                                                   \
	}

const struct device ata_devices[ATA_CHANNELS] = {ATA_DEVICE("ata", 0, 0x1f0), ATA_DEVICE("ata2", 1, 0x170)};
