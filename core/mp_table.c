/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/mp_table.c - the MP table: one processor, the ISA bus, one I/O APIC, and where each interrupt line leads. Intel
 * MultiProcessor Specification 1.4, chapter 4. Whatever boots the guest, it finds the table at the same place in ROM.
 */
#include "core/mp_table.h"

#include "core/devices/apic.h"
#include "cpu/cpu.h"

enum { ENTRY_PROCESSOR, ENTRY_BUS, ENTRY_IOAPIC, ENTRY_INTERRUPT, ENTRY_LOCAL_INTERRUPT };
enum { TYPE_INT, TYPE_NMI, TYPE_SMI, TYPE_EXTINT };
enum { BUS_ISA = 0, LAPIC_ID_FIRST = 0, LAPIC_ALL = 0xff, PROCESSOR_USABLE = 1, PROCESSOR_BOOTSTRAP = 2, IOAPIC_USABLE = 1 };
enum { POINTER_SIZE = 16, LENGTH_AT = 4, SUM_AT = 7, COUNT_AT = 34, POINTER_SUM_AT = 10 };

struct table {
	uint8_t bytes[512];
	size_t size;
	unsigned entries;
};

static void put(struct table *table, const void *bytes, size_t size)
{
	assert(table->size + size <= sizeof table->bytes);
	memcpy(table->bytes + table->size, bytes, size);
	table->size += size;
}

static void put_byte(struct table *table, unsigned value)
{
	put(table, &(uint8_t){(uint8_t)value}, 1);
}

static void put_word(struct table *table, uint32_t value)
{
	put(table, &value, sizeof value); /* little-endian host */
}

/* What makes all bytes together 0. */
static uint8_t checksum(const uint8_t *bytes, size_t size)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + bytes[i]);
	return (uint8_t)-sum;
}

/* ---- the configuration table ---- */

/* Length, checksum and count of entries are filled in at the end. */
static void put_header(struct table *table)
{
	enum { REVISION = 4 };

	put(table, "PCMP\0\0", 6);
	put_byte(table, REVISION);
	put_byte(table, 0);
	put(table, "RINGSIDEIA-32 PC    ", 8 + 12);
	put_word(table, 0); /* no OEM table */
	put_word(table, 0); /* its size; entries */
	put_word(table, APIC_BASE_RESET & APIC_BASE_ADDRESS);
	put_word(table, 0); /* no extended table */
}

static void begin_entry(struct table *table, unsigned type)
{
	put_byte(table, type);
	table->entries++;
}

static void put_processor(struct table *table, const struct cpu_features *features)
{
	begin_entry(table, ENTRY_PROCESSOR);
	put_byte(table, LAPIC_ID_FIRST);
	put_byte(table, LAPIC_VERSION);
	put_byte(table, PROCESSOR_USABLE | PROCESSOR_BOOTSTRAP);
	put_word(table, features->cpuid_version & 0xfff);
	put_word(table, features->cpuid_edx);
	put_word(table, 0);
	put_word(table, 0);
}

static void put_bus(struct table *table)
{
	begin_entry(table, ENTRY_BUS);
	put_byte(table, BUS_ISA);
	put(table, "ISA   ", 6);
}

static void put_ioapic(struct table *table)
{
	begin_entry(table, ENTRY_IOAPIC);
	put_byte(table, IOAPIC_ID);
	put_byte(table, IOAPIC_VERSION);
	put_byte(table, IOAPIC_USABLE);
	put_word(table, (uint32_t)IOAPIC_BASE);
}

/* Polarity and trigger mode are those of the bus. */
static void put_interrupt(struct table *table, unsigned entry, unsigned type, unsigned irq, unsigned apic, unsigned pin)
{
	begin_entry(table, entry);
	put_byte(table, type);
	put_byte(table, 0);
	put_byte(table, 0);
	put_byte(table, BUS_ISA);
	put_byte(table, irq);
	put_byte(table, apic);
	put_byte(table, pin);
}

static void put_interrupts(struct table *table)
{
	put_interrupt(table, ENTRY_INTERRUPT, TYPE_EXTINT, 0, IOAPIC_ID, PIN_8259);
	for (unsigned irq = 0; irq < 16; irq++)
		if (irq != IRQ_CASCADE)
			put_interrupt(table, ENTRY_INTERRUPT, TYPE_INT, irq, IOAPIC_ID, lines_pin(irq));
	put_interrupt(table, ENTRY_LOCAL_INTERRUPT, TYPE_EXTINT, 0, LAPIC_ALL, 0);
	put_interrupt(table, ENTRY_LOCAL_INTERRUPT, TYPE_NMI, 0, LAPIC_ALL, 1);
}

static void finish(struct table *table)
{
	table->bytes[LENGTH_AT] = (uint8_t)table->size;
	table->bytes[LENGTH_AT + 1] = (uint8_t)(table->size >> 8);
	table->bytes[COUNT_AT] = (uint8_t)table->entries;
	table->bytes[SUM_AT] = checksum(table->bytes, table->size);
}

void mp_table_install(struct memory *memory, const struct cpu_features *features)
{
	/* Signature, the table's address, length in 16 bytes, revision, checksum, no default configuration, virtual wire mode:
	 * no IMCR (4.1). */
	uint8_t pointer[POINTER_SIZE] = {'_', 'M', 'P', '_', 0, 0, 0, 0, 1, 4};
	const uint32_t address = MP_TABLE_ADDRESS + POINTER_SIZE;
	struct table table = {0};

	memcpy(pointer + 4, &address, sizeof address);
	pointer[POINTER_SUM_AT] = checksum(pointer, sizeof pointer);
	put_header(&table);
	put_processor(&table, features);
	put_bus(&table);
	put_ioapic(&table);
	put_interrupts(&table);
	finish(&table);
	memory_write(memory, MP_TABLE_ADDRESS, pointer, sizeof pointer);
	memory_write(memory, address, table.bytes, table.size);
}
