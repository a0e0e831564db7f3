/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/ioapic.c - the I/O APIC 82093AA, by Intel's data sheet 290566: 24 pins, each with an entry that says
 * what message its interrupt becomes. Registers are reached through an index and a window.
 *
 *  63..56      16   15    14         13         12     11      10..8 7..0
 *  destination mask level remote IRR active low status logical mode  vector
 *
 * A message is delivered at once, so the delivery status is always idle. An edge on a masked pin is lost; a level
 * is sent when it is there, not masked, and the one before has had its EOI.
 */
#include "core/devices/apic.h"

#include <inttypes.h>
#include <stdio.h>

enum {
	ENTRY_LOGICAL = 1 << 11,
	ENTRY_ACTIVE_LOW = 1 << 13,
	ENTRY_REMOTE_IRR = 1 << 14,
	ENTRY_LEVEL = 1 << 15,
	ENTRY_MASKED = 1 << 16,
};
#define ENTRY_WRITABLE UINT64_C(0xff0000000001afff)

enum { SELECT_AT = 0x00, WINDOW_AT = 0x10 };
enum { REGISTER_ID = 0, REGISTER_VERSION = 1, REGISTER_ARBITRATION = 2, REGISTER_TABLE = 0x10 };

static unsigned mode_of(uint64_t entry)
{
	return entry >> 8 & 7;
}

static bool asserted(const struct ioapic_state *ioapic, unsigned pin)
{
	return (ioapic->lines >> pin & 1) != !!(ioapic->entry[pin] & ENTRY_ACTIVE_LOW);
}

static bool is_level(uint64_t entry)
{
	return entry & ENTRY_LEVEL && mode_of(entry) <= DELIVER_LOWEST_PRIORITY; /* the others are edges whatever it says */
}

static void send(struct board *board, unsigned pin)
{
	uint64_t *entry = &board->state.ioapic.entry[pin];
	struct apic_message message = {
		.vector = (uint8_t)*entry,
		.mode = (uint8_t)mode_of(*entry),
		.destination = (uint8_t)(*entry >> 56),
		.logical = *entry & ENTRY_LOGICAL,
		.level = is_level(*entry),
	};

	if (message.mode == DELIVER_EXTINT)
		return; /* lines.c passes it on */
	if (lapic_receive(board, &message) && message.level)
		*entry |= ENTRY_REMOTE_IRR;
}

static void look_at_level(struct board *board, unsigned pin)
{
	const struct ioapic_state *ioapic = &board->state.ioapic;
	uint64_t entry = ioapic->entry[pin];

	if (is_level(entry) && asserted(ioapic, pin) && !(entry & (ENTRY_MASKED | ENTRY_REMOTE_IRR)))
		send(board, pin);
}

void ioapic_set_line(struct board *board, unsigned pin, bool high)
{
	struct ioapic_state *ioapic = &board->state.ioapic;
	uint32_t bit = 1u << pin, before = ioapic->lines;
	uint64_t entry = ioapic->entry[pin];

	ioapic->lines = high ? before | bit : before & ~bit;
	if (is_level(entry))
		look_at_level(board, pin);
	else if (ioapic->lines != before && asserted(ioapic, pin) && !(entry & ENTRY_MASKED))
		send(board, pin);
}

void ioapic_end_of_interrupt(struct board *board, uint8_t vector)
{
	struct ioapic_state *ioapic = &board->state.ioapic;

	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
		if (!(ioapic->entry[pin] & ENTRY_REMOTE_IRR) || (uint8_t)ioapic->entry[pin] != vector)
			continue;
		ioapic->entry[pin] &= ~(uint64_t)ENTRY_REMOTE_IRR;
		look_at_level(board, pin);
	}
}

bool ioapic_masked(const struct board *board, unsigned pin)
{
	return board->state.ioapic.entry[pin] & ENTRY_MASKED;
}

bool ioapic_sends_nmi(const struct board *board)
{
	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
		uint64_t entry = board->state.ioapic.entry[pin];

		if (!(entry & ENTRY_MASKED) && mode_of(entry) == DELIVER_NMI)
			return true;
	}
	return false;
}

bool ioapic_active_low(const struct board *board, unsigned pin)
{
	return board->state.ioapic.entry[pin] & ENTRY_ACTIVE_LOW;
}

bool ioapic_passes_8259(const struct board *board)
{
	uint64_t entry = board->state.ioapic.entry[PIN_8259];

	return !(entry & ENTRY_MASKED) && mode_of(entry) == DELIVER_EXTINT &&
	       lapic_is_destination(board, (uint8_t)(entry >> 56), entry & ENTRY_LOGICAL);
}

/* ---- registers ---- */

static bool entry_of(unsigned index, unsigned *pin)
{
	*pin = (index - REGISTER_TABLE) / 2;
	return index >= REGISTER_TABLE && *pin < IOAPIC_PINS;
}

static uint32_t read_register(const struct ioapic_state *ioapic, unsigned index)
{
	unsigned pin;

	if (index == REGISTER_ID || index == REGISTER_ARBITRATION)
		return (uint32_t)ioapic->id << 24;
	if (index == REGISTER_VERSION)
		return (IOAPIC_PINS - 1) << 16 | IOAPIC_VERSION;
	if (entry_of(index, &pin))
		return (uint32_t)(ioapic->entry[pin] >> (index & 1 ? 32 : 0));
	return 0;
}

static void write_entry(struct board *board, unsigned pin, bool high, uint32_t value)
{
	uint64_t *entry = &board->state.ioapic.entry[pin], half = high ? UINT64_C(0xffffffff) << 32 : UINT32_MAX;
	uint64_t mask = half & ENTRY_WRITABLE;

	*entry = (*entry & ~mask) | ((uint64_t)value << (high ? 32 : 0) & mask);
	if (!is_level(*entry))
		*entry &= ~(uint64_t)ENTRY_REMOTE_IRR;
	look_at_level(board, pin);
}

static void write_register(struct board *board, unsigned index, uint32_t value)
{
	unsigned pin;

	if (index == REGISTER_ID)
		board->state.ioapic.id = value >> 24 & 15;
	else if (entry_of(index, &pin))
		write_entry(board, pin, index & 1, value);
}

/* Both registers are reached by 32 bits at once. */
static void ioapic_write(struct board *board, unsigned unit, uint16_t offset, unsigned size, uint32_t value)
{
	(void)unit;
	if (offset == SELECT_AT)
		board->state.ioapic.select = (uint8_t)value;
	else if (offset == WINDOW_AT && size == 4)
		write_register(board, board->state.ioapic.select, value);
}

static uint32_t ioapic_read(struct board *board, unsigned unit, uint16_t offset, unsigned size)
{
	unsigned byte = offset & 15;

	(void)unit, (void)size;
	if (byte > 3)
		return 0;
	if (offset - byte == SELECT_AT)
		return (uint32_t)board->state.ioapic.select >> 8 * byte;
	return offset - byte == WINDOW_AT ? read_register(&board->state.ioapic, board->state.ioapic.select) >> 8 * byte : 0;
}

/* ---- life ---- */

static void ioapic_reset(struct board *board, unsigned unit)
{
	struct ioapic_state *ioapic = &board->state.ioapic;
	uint32_t lines = ioapic->lines;

	(void)unit;
	*ioapic = (struct ioapic_state){.lines = lines};
	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++)
		ioapic->entry[pin] = ENTRY_MASKED;
}

static bool ioapic_valid(const struct board_state *state, unsigned unit)
{
	(void)unit;
	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++)
		if (state->ioapic.entry[pin] & ~(ENTRY_WRITABLE | ENTRY_REMOTE_IRR))
			return false;
	return state->ioapic.id <= 15 && state->ioapic.lines >> IOAPIC_PINS == 0;
}

static void ioapic_describe(const struct board *board, unsigned unit, char *text, size_t size)
{
	const struct ioapic_state *ioapic = &board->state.ioapic;
	unsigned open = 0;

	(void)unit;
	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++)
		open += !(ioapic->entry[pin] & ENTRY_MASKED);
	snprintf(text, size, "ID %u, %u of %u pins open, lines %06" PRIx32, ioapic->id, open, (unsigned)IOAPIC_PINS,
	         ioapic->lines);
}

const struct device ioapic_device = {
	.name = "ioapic",
	.reset = ioapic_reset,
	.read = ioapic_read,
	.write = ioapic_write,
	.valid = ioapic_valid,
	.describe = ioapic_describe,
};
