/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/board_fixture.h - a board with a clock for the tests of devices: 1 MHz times 100, so that a
 * microsecond is 100 cycles, and everything that leaves the board is kept.
 */
#ifndef RINGSIDE_TESTS_CORE_BOARD_FIXTURE_H
#define RINGSIDE_TESTS_CORE_BOARD_FIXTURE_H

#include "core/board.h"
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIXTURE_HZ UINT64_C(100000000)
#define FIXTURE_US UINT64_C(100)

struct fixture {
	struct board *board;
	uint64_t now;
	uint8_t serial[64];
	size_t serial_count;
	uint8_t debug;
	uint32_t exit_value;
	unsigned exits, resets, a20_changes;
	bool a20;
};

static inline void fixture_serial(void *owner, unsigned port, uint8_t byte)
{
	struct fixture *f = owner;

	(void)port;
	f->serial[f->serial_count++ % sizeof f->serial] = byte;
}

static inline void fixture_debug(void *owner, uint8_t byte)
{
	((struct fixture *)owner)->debug = byte;
}

static inline void fixture_exit(void *owner, uint32_t value)
{
	((struct fixture *)owner)->exit_value = value;
	((struct fixture *)owner)->exits++;
}

static inline void fixture_reset(void *owner)
{
	((struct fixture *)owner)->resets++;
}

static inline void fixture_a20(void *owner, bool enabled)
{
	((struct fixture *)owner)->a20 = enabled;
	((struct fixture *)owner)->a20_changes++;
}

static inline struct board_options fixture_options(struct fixture *f)
{
	return (struct board_options){
		.frequency = FIXTURE_HZ,
		.memory_size = 64 << 20,
		.start_time = 1000000000, /* 2001-09-09 01:46:40, a Sunday */
		.output = {f, fixture_serial, fixture_debug, fixture_exit, fixture_reset,
			   fixture_a20},
	};
}

static inline void fixture_open_with(struct fixture *f, const struct board_options *options)
{
	char error[256] = "";

	f->board = board_new(options, error, sizeof error);
	if (!f->board)
		fprintf(stderr, "%s\n", error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f->board);
}

static inline void fixture_open(struct fixture *f)
{
	struct board_options options;

	memset(f, 0, sizeof *f);
	options = fixture_options(f);
	fixture_open_with(f, &options);
}

static inline void fixture_close(struct fixture *f)
{
	board_free(f->board);
}

static inline uint8_t in(struct fixture *f, uint16_t port)
{
	return (uint8_t)board_read(f->board, port, 1, f->now);
}

static inline void out(struct fixture *f, uint16_t port, uint8_t value)
{
	board_write(f->board, port, 1, value, f->now);
}

/* Time passes; the board acts at each moment that it asked for, as the run loop does it. */
static inline void pass(struct fixture *f, uint64_t cycles)
{
	uint64_t end = f->now + cycles;

	while (board_next(f->board) <= end) {
		f->now = board_next(f->board) > f->now ? board_next(f->board) : f->now;
		board_act(f->board, f->now);
	}
	f->now = end;
	board_act(f->board, f->now);
}

static inline void unmask(struct fixture *f, uint16_t lines)
{
	out(f, 0x21, (uint8_t)(~lines & 0xfb)); /* the cascade is always open */
	out(f, 0xa1, (uint8_t)(~lines >> 8));
}

/* A small image of `sectors` sectors, each filled with its number; unlinked when the test ends. */
static inline void make_image(char *path, unsigned sectors)
{
	uint8_t sector[512];
	FILE *file;
	int fd;

	strcpy(path, "/tmp/ringside-disk-XXXXXX");
	fd = mkstemp(path);
	CU_ASSERT_FATAL(fd >= 0);
	file = fdopen(fd, "wb");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	for (unsigned i = 0; i < sectors; i++) {
		memset(sector, (int)i, sizeof sector);
		CU_ASSERT_FATAL(fwrite(sector, sizeof sector, 1, file) == 1);
	}
	fclose(file);
}

#endif
