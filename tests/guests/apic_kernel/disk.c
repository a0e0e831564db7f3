/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/guests/apic_kernel/disk.c - the first ATA disk in PIO, each command by IRQ 14 (ATA/ATAPI-6).
 */
#include "kernel.h"

enum { BASE = 0x1f0, CONTROL = 0x3f6, SECTOR_WORDS = 128 };
enum { ERROR = 0x01, REQUEST = 0x08, FAULT = 0x20, READY = 0x40, BUSY = 0x80 };

static unsigned multiple = 1;

static uint8_t ready(void)
{
	uint8_t status;

	do
		status = inb(BASE + 7);
	while ((status & (BUSY | READY)) != READY);
	if (status & (ERROR | FAULT))
		die("disk error");
	return status;
}

static void begin(uint8_t device, uint8_t count, uint8_t a, uint8_t b, uint8_t c, uint8_t command)
{
	ready();
	outb(CONTROL, 0); /* interrupts on */
	outb(BASE + 6, device);
	outb(BASE + 2, count);
	outb(BASE + 3, a);
	outb(BASE + 4, b);
	outb(BASE + 5, c);
	outb(BASE + 7, command);
}

static void begin_at(uint32_t sector, unsigned count, uint8_t command)
{
	begin((uint8_t)(0xe0 | (sector >> 24 & 15)), (uint8_t)count, (uint8_t)sector, (uint8_t)(sector >> 8),
	      (uint8_t)(sector >> 16), command);
}

/* The interrupt that tells the end of a command, or that data is there. */
static uint8_t wait(unsigned before)
{
	while (interrupts[IRQ_VECTOR + IRQ_DISK] == before)
		wait_for_interrupt();
	return ready();
}

static void read_blocks(unsigned count, unsigned block, uint32_t *to, unsigned before)
{
	while (count) {
		unsigned sectors = count < block ? count : block;

		if (!(wait(before) & REQUEST))
			die("no data where data should be");
		before = interrupts[IRQ_VECTOR + IRQ_DISK];
		insl(BASE, to, sectors * SECTOR_WORDS);
		to += sectors * SECTOR_WORDS;
		count -= sectors;
	}
}

void disk_read(uint32_t sector, unsigned count, void *to)
{
	unsigned before = interrupts[IRQ_VECTOR + IRQ_DISK];

	begin_at(sector, count, 0x20);
	read_blocks(count, 1, to, before);
}

void disk_read_multiple(uint32_t sector, unsigned count, void *to)
{
	unsigned before = interrupts[IRQ_VECTOR + IRQ_DISK];

	begin_at(sector, count, 0xc4);
	read_blocks(count, multiple, to, before);
}

void disk_read_chs(unsigned cylinder, unsigned head, unsigned sector, void *to)
{
	unsigned before = interrupts[IRQ_VECTOR + IRQ_DISK];

	begin((uint8_t)(0xa0 | head), 1, (uint8_t)sector, (uint8_t)cylinder, (uint8_t)(cylinder >> 8), 0x20);
	read_blocks(1, 1, to, before);
}

void disk_identify(uint16_t words[256])
{
	unsigned before = interrupts[IRQ_VECTOR + IRQ_DISK];

	begin(0xe0, 0, 0, 0, 0, 0xec);
	read_blocks(1, 1, (uint32_t *)(void *)words, before);
}

/* The first sector goes without an interrupt; each one that is done has one. */
void disk_write(uint32_t sector, unsigned count, const void *from)
{
	const uint32_t *words = from;

	begin_at(sector, count, 0x30);
	while (!(ready() & REQUEST))
		;
	for (; count; count--, words += SECTOR_WORDS) {
		unsigned before = interrupts[IRQ_VECTOR + IRQ_DISK];

		outsl(BASE, words, SECTOR_WORDS);
		wait(before);
	}
}

void disk_set_multiple(unsigned count)
{
	unsigned before = interrupts[IRQ_VECTOR + IRQ_DISK];

	begin_at(0, count, 0xc6);
	wait(before);
	multiple = count;
}

void disk_flush(void)
{
	unsigned before = interrupts[IRQ_VECTOR + IRQ_DISK];

	begin_at(0, 0, 0xe7);
	wait(before);
}
