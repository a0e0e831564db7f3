/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/ata.h - between the two halves of the ATA model: registers and phases (ata.c), and the
 * table of commands (ata_commands.c).
 */
#ifndef RINGSIDE_CORE_DEVICES_ATA_H
#define RINGSIDE_CORE_DEVICES_ATA_H

#include "core/devices/device.h"

enum { ATA_ERR = 0x01, ATA_DRQ = 0x08, ATA_DSC = 0x10, ATA_DRDY = 0x40, ATA_BSY = 0x80 };
enum { ATA_ABRT = 0x04, ATA_IDNF = 0x10, ATA_UNC = 0x40 };

/* One of the board's channels: two drives, their registers and their line. */
struct ata_channel {
	struct board *board;
	struct ata_state *state;
	struct disk *disk; /* two of them */
	unsigned unit, irq;
};

/* Runs a command that was written to the command register of a drive that is there. */
void ata_command(const struct ata_channel *channel, unsigned unit, uint8_t code);
/* Puts the address of a sector into the registers, in the form that the command used. */
void ata_put_address(const struct ata_channel *channel, uint64_t lba);

/* What a command does next. */
void ata_busy(const struct ata_channel *channel);         /* BSY, then an interrupt */
void ata_start_read(const struct ata_channel *channel); /* `left` sectors from `lba`, in blocks of `per_block` */
void ata_start_write(const struct ata_channel *channel);
void ata_start_answer(const struct ata_channel *channel); /* 512 bytes that are in the buffer */
void ata_fail(const struct ata_channel *channel, uint8_t error);
void ata_signature(const struct ata_channel *channel);

#endif
