/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/gdb/packet.h - GDB's remote protocol as bytes: packets between '$' and '#' with a checksum, escapes,
 * run lengths, acknowledgements, and the lone byte that interrupts (GDB manual, appendix E.1 "Overview").
 * Knows no socket and no meaning of a packet.
 */
#ifndef RINGSIDE_VISUALIZER_GDB_PACKET_H
#define RINGSIDE_VISUALIZER_GDB_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest packet that is taken, without its frame: what qSupported announces as PacketSize. */
enum { GDB_PACKET_MAX = 16384 };
/* Room for one framed: every byte escaped, '$', '#' and two digits. */
enum { GDB_FRAME_MAX = 2 * GDB_PACKET_MAX + 4 };

enum gdb_item {
	GDB_NOTHING,      /* not whole yet, or a byte outside of any packet */
	GDB_PACKET,       /* body and size have one */
	GDB_DAMAGED,      /* a packet whose checksum is wrong, or is none */
	GDB_OVERSIZED,    /* one that is longer than GDB_PACKET_MAX: it has been passed over */
	GDB_INTERRUPT,    /* Ctrl-C */
	GDB_ACKNOWLEDGED, /* '+' */
	GDB_REPEAT,       /* '-': the last answer was not understood */
};

struct gdb_reader {
	uint8_t state; /* inside of packet.c; 0: between packets */
	bool escaped, oversized;
	uint8_t sum, expected;
	size_t size;
	uint8_t body[GDB_PACKET_MAX + 1]; /* unescaped, with a 0 behind it */
};

/* Takes one byte; all zero is a reader's beginning. The body is valid until the next byte. */
enum gdb_item gdb_read_byte(struct gdb_reader *reader, uint8_t byte);

/* Frames `size` <= GDB_PACKET_MAX bytes into `frame`, escaped and with run lengths. Gives the frame's size. */
size_t gdb_frame(const void *body, size_t size, uint8_t frame[static GDB_FRAME_MAX]);

#endif
