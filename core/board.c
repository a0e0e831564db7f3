/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/board.c - the table of devices, the way from a port to its device, and model time: who wants to
 * act next, and letting everybody act whose moment has come. Device models: core/devices/.
 */
#include "core/devices/apic.h"
#include "core/devices/serial_port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct device *const board_table[BOARD_DEVICES] = {
	&pic_device,  &pit_device, &rtc_device, &uart_devices[0], &uart_devices[1],
	&i8042_device, &vga_device, &ata_devices[0], &ata_devices[1], &chipset_device, &lapic_device, &ioapic_device,
};
enum { PIC_INDEX = 0, LAPIC_INDEX = 10, IOAPIC_INDEX = 11, NO_DEVICE = BOARD_DEVICES };

/* Masks of all lines, and what they have raised. */
static bool is_interrupt_controller(unsigned index)
{
	return index == PIC_INDEX || index == LAPIC_INDEX || index == IOAPIC_INDEX;
}

static unsigned devices(const struct board *board)
{
	return board->apic ? BOARD_DEVICES : BOARD_DEVICES - APIC_DEVICES;
}

static const uint64_t frequency_max = UINT64_C(1) << 36;
static const uint64_t start_time_max = UINT64_C(253402300799); /* end of the year 9999 */

/* ---- model time ---- */

static uint64_t ask_next(const struct board *board, unsigned index)
{
	const struct device *device = board_table[index];

	return device->next ? device->next(board, device->unit) : BOARD_NEVER;
}

static void find_minimum(struct board *board)
{
	board->next = BOARD_NEVER;
	for (unsigned i = 0; i < devices(board); i++) {
		if (board->next_of[i] < board->next)
			board->next = board->next_of[i];
	}
}

void board_update_next(struct board *board)
{
	for (unsigned i = 0; i < devices(board); i++)
		board->next_of[i] = ask_next(board, i);
	find_minimum(board);
}

static void act(struct board *board, unsigned index)
{
	if (board_table[index]->act)
		board_table[index]->act(board, board_table[index]->unit);
}

void board_catch_up(struct board *board)
{
	for (unsigned i = 0; i < devices(board); i++)
		act(board, i);
	board_update_next(board);
}

static void set_now(struct board *board, uint64_t now)
{
	if (now > board->state.now)
		board->state.now = now;
}

uint64_t board_next(const struct board *board)
{
	return board->next;
}

void board_act(struct board *board, uint64_t now)
{
	set_now(board, now);
	board_catch_up(board);
}

/* ---- ports ---- */

/* Devices behind masked lines lag; whoever looks at an interrupt controller must see their requests. */
static void before_access(struct board *board, unsigned index, uint64_t now)
{
	set_now(board, now);
	if (is_interrupt_controller(index) || board->next <= now)
		board_catch_up(board);
	else
		act(board, index);
}

static void after_access(struct board *board, unsigned index)
{
	if (is_interrupt_controller(index)) {
		board_update_next(board);
		return;
	}
	board->next_of[index] = ask_next(board, index);
	find_minimum(board);
}

/* `place`: a port, or an offset in the device's page. */
static uint32_t read_device(struct board *board, unsigned index, uint16_t place, unsigned size, uint64_t now)
{
	uint32_t value;

	before_access(board, index, now);
	value = board_table[index]->read(board, board_table[index]->unit, place, size);
	after_access(board, index);
	return value;
}

static void write_device(struct board *board, unsigned index, uint16_t place, unsigned size, uint32_t value, uint64_t now)
{
	before_access(board, index, now);
	board_table[index]->write(board, board_table[index]->unit, place, size, value);
	after_access(board, index);
}

static uint32_t read_one(struct board *board, uint16_t port, unsigned size, uint64_t now)
{
	unsigned index = board->device_at[port] & ~PORT_WIDE;

	return index == 0 ? UINT32_MAX : read_device(board, index - 1, port, size, now);
}

static void write_one(struct board *board, uint16_t port, unsigned size, uint32_t value,
		      uint64_t now)
{
	unsigned index = board->device_at[port] & ~PORT_WIDE;

	if (index != 0)
		write_device(board, index - 1, port, size, value, now);
}

static bool takes_wide(const struct board *board, uint16_t port)
{
	return board->device_at[port] & PORT_WIDE;
}

static uint32_t size_mask(unsigned size)
{
	return size == 4 ? UINT32_MAX : (1u << size * 8) - 1;
}

/* Ports do not wrap around. */
static bool in_space(uint16_t port, unsigned offset)
{
	return port + offset <= UINT16_MAX;
}

uint32_t board_read(struct board *board, uint16_t port, unsigned size, uint64_t now)
{
	uint32_t value = 0;

	assert(size == 1 || size == 2 || size == 4);
	if (size == 1 || takes_wide(board, port))
		return read_one(board, port, size, now) & size_mask(size);
	for (unsigned i = 0; i < size; i++) {
		uint32_t byte = in_space(port, i) ? read_one(board, (uint16_t)(port + i), 1, now) : 0xff;

		value |= (byte & 0xff) << i * 8;
	}
	return value;
}

void board_write(struct board *board, uint16_t port, unsigned size, uint32_t value, uint64_t now)
{
	assert(size == 1 || size == 2 || size == 4);
	if (size == 1 || takes_wide(board, port)) {
		write_one(board, port, size, value & size_mask(size), now);
		return;
	}
	for (unsigned i = 0; i < size && in_space(port, i); i++)
		write_one(board, (uint16_t)(port + i), 1, value >> i * 8 & 0xff, now);
}

const char *board_port_name(const struct board *board, uint16_t port)
{
	unsigned index = board->device_at[port] & ~PORT_WIDE;

	return index ? board_table[index - 1]->name : NULL;
}

static void fill_ports(struct board *board)
{
	for (unsigned i = 0; i < BOARD_DEVICES; i++) {
		const struct device *device = board_table[i];

		for (unsigned r = 0; r < device->ranges; r++) {
			const struct port_range *range = &device->range[r];

			for (unsigned port = range->first; port <= range->last; port++) {
				assert(!board->device_at[port]);
				board->device_at[port] =
					(uint8_t)((i + 1) | (range->wide ? PORT_WIDE : 0));
			}
		}
	}
}

/* ---- devices in memory ---- */

static unsigned device_of(const struct board *board, uint64_t gpa)
{
	uint64_t page = gpa & ~UINT64_C(0xfff);

	if (!board->apic)
		return NO_DEVICE;
	if (lapic_enabled(board) && page == lapic_base(board))
		return LAPIC_INDEX;
	return page == IOAPIC_BASE ? IOAPIC_INDEX : NO_DEVICE;
}

uint32_t board_read_memory(struct board *board, uint64_t gpa, unsigned size, uint64_t now)
{
	unsigned index = device_of(board, gpa);

	if (index == NO_DEVICE)
		return UINT32_MAX;
	return read_device(board, index, gpa & 0xfff, size, now);
}

void board_write_memory(struct board *board, uint64_t gpa, unsigned size, uint32_t value, uint64_t now)
{
	unsigned index = device_of(board, gpa);

	if (index != NO_DEVICE)
		write_device(board, index, gpa & 0xfff, size, value, now);
}

const char *board_memory_name(const struct board *board, uint64_t gpa)
{
	unsigned index = device_of(board, gpa);

	return index == NO_DEVICE ? NULL : board_table[index]->name;
}

/* ---- panels ---- */

size_t board_devices(const struct board *board)
{
	return devices(board);
}

const char *board_device_name(const struct board *board, size_t index)
{
	return index < devices(board) ? board_table[index]->name : NULL;
}

void board_describe(const struct board *board, size_t index, char *text, size_t size)
{
	if (size)
		text[0] = '\0';
	if (index < devices(board))
		board_table[index]->describe(board, board_table[index]->unit, text, size);
}

/* ---- life ---- */

static bool check_options(const struct board_options *options, char *error, size_t error_size)
{
	if (options->frequency == 0 || options->frequency > frequency_max) {
		snprintf(error, error_size,
			 "clock frequency %llu Hz cannot be used: give 1 to %llu",
			 (unsigned long long)options->frequency, (unsigned long long)frequency_max);
		return false;
	}
	if (options->start_time > start_time_max) {
		snprintf(error, error_size,
			 "start time %llu is past the year 9999: give seconds since 1970",
			 (unsigned long long)options->start_time);
		return false;
	}
	return true;
}

static bool open_disks(struct board *board, const struct board_options *options, char *error,
                       size_t error_size)
{
	for (unsigned i = 0; i < DISKS; i++)
		board->disk[i].file = -1;
	for (unsigned i = 0; i < DISKS; i++) {
		if (options->disk[i] && options->disk[i][0] &&
		    !disk_open(&board->disk[i], board->arena, options->files, options->disk[i],
			       options->disk_writable, error, error_size))
			return false;
	}
	return true;
}

struct board *board_new(const struct board_options *options, char *error, size_t error_size)
{
	struct board *board;

	if (!check_options(options, error, error_size))
		return NULL;
	board = arena_take(options->arena, sizeof *board);
	if (!board) {
		snprintf(error, error_size, "not enough memory for the devices");
		return NULL;
	}
	board->arena = options->arena;
	board->apic = options->apic;
	board->frequency = options->frequency;
	board->memory_size = options->memory_size;
	board->start_time = options->start_time;
	board->output = options->output;
	if (!open_disks(board, options, error, error_size)) {
		board_free(board);
		return NULL;
	}
	for (unsigned i = 0; i < SERIAL_PORTS; i++)
		board->serial[i].model = options->serial_timed ? uart_timed : NULL;
	fill_ports(board);
	board_reset(board);
	return board;
}

void board_free(struct board *board)
{
	if (!board)
		return;
	for (unsigned i = 0; i < DISKS; i++)
		disk_close(&board->disk[i]);
	arena_give(board->arena, board);
}

void board_reset(struct board *board)
{
	for (unsigned i = 0; i < BOARD_DEVICES; i++)
		board_table[i]->reset(board, board_table[i]->unit);
	firmware_setup(board);
	board_catch_up(board);
}
