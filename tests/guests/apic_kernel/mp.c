/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/guests/apic_kernel/mp.c - looks for the MP table where the MultiProcessor Specification 1.4 (chapter 4) says, and
 * reads from it where the APICs are and which pin each ISA line leads to.
 */
#include "kernel.h"

struct machine machine;

struct pointer {
	char signature[4];
	uint32_t table;
	uint8_t length, revision, sum, feature[5];
} __attribute__((packed));

struct table {
	char signature[4];
	uint16_t length;
	uint8_t revision, sum;
	char oem[8], product[12];
	uint32_t oem_table;
	uint16_t oem_size, entries;
	uint32_t lapic;
	uint16_t extended_length;
	uint8_t extended_sum, reserved;
} __attribute__((packed));

static bool same(const char *a, const char *b, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

static uint8_t sum(const void *bytes, unsigned size)
{
	const uint8_t *byte = bytes;
	uint8_t total = 0;

	while (size--)
		total = (uint8_t)(total + *byte++);
	return total;
}

static const struct pointer *look(uint32_t at, uint32_t size)
{
	for (uint32_t end = at + size; at < end; at += 16)
		if (same((const char *)at, "_MP_", 4) && !sum((const void *)at, sizeof(struct pointer)))
			return (const struct pointer *)at;
	return NULL;
}

static const struct pointer *find_pointer(void)
{
	const volatile uint16_t *bios = (const uint16_t *)0x400;
	uint32_t ebda = (uint32_t)bios[7] << 4, base = bios[9] * 1024u;
	const struct pointer *pointer = ebda ? look(ebda, 1024) : NULL;

	if (!pointer && base >= 1024)
		pointer = look(base - 1024, 1024);
	return pointer ? pointer : look(0xf0000, 0x10000);
}

static int isa_bus = -1;

static void read_interrupt(const uint8_t *entry)
{
	if (entry[1] == 0 && entry[4] == isa_bus && entry[5] < 16)
		machine.pin[entry[5]] = entry[7];
}

static unsigned read_entry(const uint8_t *entry)
{
	switch (entry[0]) {
	case 0:
		machine.processors += entry[3] & 1;
		return 20;
	case 1:
		if (same((const char *)entry + 2, "ISA", 3))
			isa_bus = entry[1];
		return 8;
	case 2:
		machine.ioapics++;
		machine.ioapic_id = entry[1];
		machine.ioapic = *(const uint32_t *)(const void *)(entry + 4);
		return 8;
	case 3:
		read_interrupt(entry);
		return 8;
	default:
		return 8;
	}
}

void mp_find(void)
{
	const struct pointer *pointer = find_pointer();
	const struct table *table = pointer ? (const struct table *)pointer->table : NULL;
	const uint8_t *entry = (const uint8_t *)(table + 1);

	if (!table || pointer->feature[0] || !same(table->signature, "PCMP", 4) || sum(table, table->length))
		die("no MP table");
	for (unsigned irq = 0; irq < 16; irq++)
		machine.pin[irq] = -1;
	machine.lapic = table->lapic;
	for (unsigned i = 0; i < table->entries; i++)
		entry += read_entry(entry);
	if (pointer->feature[1] & 0x80) { /* PIC mode: lead interrupts through the APIC */
		outb(0x22, 0x70);
		outb(0x23, inb(0x23) | 1);
	}
}
