/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/guests/apic_kernel/channels.c - the four places of ATA disks, as a kernel looks for what is there: two channels, lines
 * 14 and 15, two drives each (ATA/ATAPI-6, chapters 7 to 9).
 */
#include "kernel.h"

enum { STATUS = 7, DEVICE = 6, CONTROL = 0x206, NIEN = 2, SRST = 4, SECTOR = 512 };
enum { ERROR = 0x01, REQUEST = 0x08, BUSY = 0x80 };

static uint16_t base;
static unsigned line;

static unsigned count_of(unsigned irq)
{
	return interrupts[IRQ_VECTOR + irq];
}

/* By the alternate status, which leaves the request as it is. */
static uint8_t settled(void)
{
	uint8_t status;

	do
		status = inb(base + CONTROL);
	while (status & BUSY);
	return status;
}

static void command(unsigned drive, uint32_t sector, unsigned count, uint8_t code)
{
	outb(base + DEVICE, (uint8_t)(0xe0 | drive << 4));
	settled();
	outb(base + 2, (uint8_t)count);
	outb(base + 3, (uint8_t)sector);
	outb(base + 4, (uint8_t)(sector >> 8));
	outb(base + 5, (uint8_t)(sector >> 16));
	outb(base + STATUS, code);
}

static void wait(unsigned before)
{
	while (count_of(line) == before)
		wait_for_interrupt();
}

static bool identify(unsigned drive, uint16_t words[256])
{
	unsigned before = count_of(line);

	outb(base + DEVICE, (uint8_t)(0xa0 | drive << 4));
	if (inb(base + STATUS) == 0 || inb(base + STATUS) == 0xff) {
		outb(base + STATUS, 0xec); /* nobody takes it */
		say("drive %u: none, status %x\n", drive, inb(base + STATUS));
		return false;
	}
	command(drive, 0, 0, 0xec);
	wait(before);
	insl(base, words, SECTOR / 4);
	say("drive %u: %u sectors\n", drive, words[60] | (uint32_t)words[61] << 16);
	return true;
}

static void write_and_read(unsigned drive)
{
	static uint8_t one[3 * SECTOR], other[3 * SECTOR];
	unsigned before, differ = 0;

	for (unsigned i = 0; i < sizeof one; i++)
		one[i] = (uint8_t)(i * 5 + i / SECTOR + drive + line);
	command(drive, 7, 3, 0x30);
	while (!(settled() & REQUEST))
		;
	for (unsigned i = 0; i < 3; i++) {
		before = count_of(line);
		outsl(base, one + i * SECTOR, SECTOR / 4);
		wait(before);
	}
	before = count_of(line);
	command(drive, 7, 3, 0x20);
	for (unsigned i = 0; i < 3; i++) {
		wait(before);
		before = count_of(line);
		insl(base, other + i * SECTOR, SECTOR / 4);
	}
	for (unsigned i = 0; i < sizeof one; i++)
		differ += one[i] != other[i];
	say("drive %u: 3 sectors written and read, %u bytes differ, line %u\n", drive, differ, line);
}

/* Behind the end; without interrupts; and a request that the status register alone takes back. */
static void rules(unsigned drive, uint32_t sectors)
{
	unsigned before = count_of(line);

	command(drive, sectors, 1, 0x20);
	wait(before);
	say("drive %u: behind the end: error %u\n", drive, (uint32_t)settled() & ERROR);
	before = count_of(line);
	outb(base + CONTROL, NIEN);
	command(drive, 0, 1, 0x40);
	say("drive %u: without interrupts: error %u, interrupts %u\n", drive, (uint32_t)settled() & ERROR,
	    count_of(line) - before);
	inb(base + STATUS);
	outb(base + CONTROL, 0);
	outb(base + CONTROL, SRST);
	outb(base + CONTROL, 0);
	settled();
	outb(base + DEVICE, (uint8_t)(0xa0 | drive << 4));
	say("drive %u: after a reset %x %x %x %x, interrupts %u\n", drive, inb(base + 2), inb(base + 3), inb(base + 4),
	    inb(base + 5), count_of(line) - before);
}

void channels(void)
{
	static const struct {
		uint16_t base;
		unsigned line;
	} channel[] = {{0x1f0, IRQ_DISK}, {0x170, IRQ_DISK2}};
	static uint16_t words[256];

	for (unsigned i = 0; i < 2; i++) {
		base = channel[i].base;
		line = channel[i].line;
		say("channel at %x\n", base);
		ioapic_open(line, false);
		outb(base + CONTROL, 0);
		for (unsigned drive = 0; drive < 2; drive++) {
			if (!identify(drive, words))
				continue;
			write_and_read(drive);
			rules(drive, words[60] | (uint32_t)words[61] << 16);
		}
		ioapic_close(line);
	}
}
