/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/gdb/gdb.h - what is said to one GDB about one guest: bytes come in, bytes go out, the debugger is moved in
 * between. Knows no socket, so that tests can be the other side. One guest, one processor: it is GDB's thread 1.
 *
 * Read packet.h, registers.h, then the answers: gdb.c (dispatch), state.c (registers and memory), points.c (break- and
 * watchpoints), motion.c (moving and why it stopped), query.c (what else GDB asks).
 */
#ifndef RINGSIDE_VISUALIZER_GDB_GDB_H
#define RINGSIDE_VISUALIZER_GDB_GDB_H

#include "visualizer/debugger/debugger.h"
#include "visualizer/gdb/packet.h"

#include <stdio.h>

/* What should become of the connection. */
enum gdb_wish {
	GDB_STAYS,
	GDB_DETACHES, /* the guest runs on */
	GDB_KILLS,    /* the guest's run ends */
	GDB_IS_NONE,  /* the other side sends what is no packet of GDB's */
	GDB_FAILS,    /* the host has no memory for its answers */
};

/* A break- or watchpoint of GDB's, and its number among the debugger's. */
struct gdb_point {
	unsigned number; /* 0: free */
	char type;       /* '0' to '4' as in Z0 to Z4 */
	uint32_t address, size;
};

/* Performs a line of `monitor`, writing to `out`. */
struct gdb_monitor {
	void *owner;
	void (*perform)(void *owner, const char *line, FILE *out); /* NULL: there are no such commands */
};

struct gdb {
	struct debugger *debugger;
	struct gdb_monitor monitor;
	struct gdb_reader reader;
	struct gdb_point point[STOPS_MAX];
	enum gdb_wish wish;
	bool waiting;     /* GDB waits to be told why the guest stopped */
	bool no_acks;     /* after QStartNoAckMode */
	bool extended;    /* after `!`: a killed guest can be begun anew */
	bool swbreak, hwbreak; /* GDB understands these words in a stop reply */
	enum goal_kind kind;  /* of the motion that GDB waits for, and its direction, */
	bool moves_back;
	uint64_t instructions; /* and what had been retired when it began */
	uint32_t range_begin, range_end; /* steps go on while EIP is inside; equal: no range */
	size_t noise;     /* bytes since the last good packet */
	char *description; /* the target description, once it was asked for */
	size_t description_size;
	uint8_t *out; /* bytes for GDB: the caller sends them and calls gdb_sent */
	size_t out_size, out_room;
	size_t last_size;
	uint8_t last[GDB_FRAME_MAX]; /* the last answer, for one who did not understand */
};

/* A connection has been made. The guest must stand still. */
void gdb_begin(struct gdb *gdb, struct debugger *debugger, const struct gdb_monitor *monitor);
/* It is over: takes GDB's break- and watchpoints out again and frees. The guest stays where it is, and what was running
 * is interrupted, unless GDB detached. */
void gdb_end(struct gdb *gdb);

/* Bytes from the other side. They may begin a motion: then debugger->running is true, the caller runs it in slices, and
 * calls gdb_stopped when it has arrived. */
void gdb_receive(struct gdb *gdb, const void *bytes, size_t size);
void gdb_stopped(struct gdb *gdb);
/* `size` bytes of gdb->out have been sent. */
void gdb_sent(struct gdb *gdb, size_t size);

#endif
