/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/board.h - the devices of a PC around one processor, living on model time: they are told the
 * clock and never look at the host's. Models stand in core/devices/, one file a device.
 */
#ifndef RINGSIDE_CORE_BOARD_H
#define RINGSIDE_CORE_BOARD_H

#include "cpu/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOARD_NEVER UINT64_MAX

struct board;
struct memory;

enum { SERIAL_PORTS = 2, DISKS = 4 };

/* What leaves the board; any of them may be NULL. Called while a port is written. */
struct board_output {
	void *owner;
	void (*serial)(void *owner, unsigned port, uint8_t byte);
	void (*debug)(void *owner, uint8_t byte);      /* port 0xE9 */
	void (*exit)(void *owner, uint32_t value);     /* isa-debug-exit: the value written */
	void (*reset)(void *owner);                    /* port 0x92 bit 0, 8042 pulse, port 0xCF9 */
	void (*a20)(void *owner, bool enabled);
	void (*ignore_numeric_error)(void *owner, bool asserted); /* IGNNE# */
};

struct board_options {
	struct arena *arena;  /* where it lies; NULL: in memory of its own */
	uint64_t frequency;   /* cycles of the model clock in a second */
	uint64_t memory_size; /* bytes: for CMOS */
	const char *disk[DISKS]; /* raw images, two a channel; NULL: none */
	const struct file_set *files; /* where images are looked for first (file_set.h); NULL: none */
	bool apic;            /* a local APIC and an I/O APIC beside the 8259As */
	bool serial_timed;    /* characters take model time on the serial ports (serial.h) */
	bool disk_writable;   /* false: writes stay in memory and are lost at the end */
	uint64_t start_time;  /* seconds since 1970 that the RTC shows at clock 0: fixed, so that runs repeat */
	struct board_output output;
};

/* NULL and a message in `error` when a disk image cannot be used. The options are copied. */
struct board *board_new(const struct board_options *options, char *error, size_t error_size);
void board_free(struct board *board);
void board_reset(struct board *board);

/* Ports, 1, 2 or 4 bytes wide. `now`: clock in cycles. No device answers: all ones, writes are lost. */
uint32_t board_read(struct board *board, uint16_t port, unsigned size, uint64_t now);
void board_write(struct board *board, uint16_t port, unsigned size, uint32_t value, uint64_t now);
/* The name of the device at a port ("pic", "uart0"), NULL when there is none. */
const char *board_port_name(const struct board *board, uint16_t port);

/* Devices whose registers are memory: accesses of 1, 2 or 4 bytes inside a page that no memory answers for. No device there:
 * all ones, writes are lost. */
uint32_t board_read_memory(struct board *board, uint64_t gpa, unsigned size, uint64_t now);
void board_write_memory(struct board *board, uint64_t gpa, unsigned size, uint32_t value, uint64_t now);
/* The name of the device there; NULL. */
const char *board_memory_name(const struct board *board, uint64_t gpa);
/* The processor's IA32_APIC_BASE was written: the local APIC moves, goes off, or comes back as after a reset. */
void board_set_apic_base(struct board *board, uint64_t value, uint64_t now);

/* The earliest moment (cycles) at which a device wants to act by itself; BOARD_NEVER. */
uint64_t board_next(const struct board *board);
/* Lets every device act whose moment has come. */
void board_act(struct board *board, uint64_t now);

/* FERR#: a PC leads it to IRQ 13, and answers a write to port F0 by IGNNE# until it is released. */
void board_numeric_error(struct board *board, bool asserted);

/* INTR at the processor's core, by whatever controller, and the vector when the processor takes the interrupt. */
bool board_interrupt(const struct board *board);
uint8_t board_acknowledge(struct board *board);
/* Is a line led to the processor's NMI (by the I/O APIC)? Then HLT with interrupts off is no end. */
bool board_nmi_may_come(const struct board *board);
/* Has an NMI come since this was asked last? */
bool board_take_nmi(struct board *board);

/* Input from outside: bytes to a serial port, PS/2 set 1 scan codes to the keyboard. Queued, bounded:
 * gives how many were taken. It comes at the last moment that the board was told: board_act first. */
size_t board_serial_input(struct board *board, unsigned port, const uint8_t *bytes, size_t size);
size_t board_key_input(struct board *board, const uint8_t *scancodes, size_t size);

/* VGA text mode as the CRTC has it: start address and cursor, in character cells. */
struct board_text_screen {
	uint16_t columns, rows;
	uint16_t start;  /* first cell shown, from 0xB8000 */
	uint16_t cursor; /* cell */
	bool cursor_visible;
};
struct board_text_screen board_text_screen(const struct board *board);

/* One line a device on what it is doing now, for panels: gives how many devices there are; line i of them. */
size_t board_devices(const struct board *board);
const char *board_device_name(const struct board *board, size_t index);
void board_describe(const struct board *board, size_t index, char *text, size_t size);

/* The same in detail, name and value by name and value, as of the device's latest access or action: gives how many there
 * are, of which the first `room` are in `fact`. */
enum { BOARD_FACTS = 26 };
struct board_fact {
	char name[16];
	char value[80];
};
size_t board_facts(const struct board *board, size_t index, struct board_fact *fact, size_t room);
/* When this device wants to act by itself, in cycles; BOARD_NEVER. */
uint64_t board_device_next(const struct board *board, size_t index);

/* All state of all devices as bytes, for snapshots: disk contents only as far as they were changed
 * (nothing of a writable image, whose changes are in the file).
 * board_save gives the size needed; when `size` is enough it has filled `buffer`. SIZE_MAX: no memory.
 * board_load refuses, and changes nothing, when the bytes are damaged or of another kind of board. */
size_t board_save(const struct board *board, uint8_t *buffer, size_t size);
bool board_load(struct board *board, const uint8_t *buffer, size_t size);

#endif
