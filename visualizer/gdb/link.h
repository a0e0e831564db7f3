/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/gdb/link.h - the socket at which GDB connects, and the one GDB that is connected. Nothing here waits.
 */
#ifndef RINGSIDE_VISUALIZER_GDB_LINK_H
#define RINGSIDE_VISUALIZER_GDB_LINK_H

#include "visualizer/gdb/gdb.h"
#include "visualizer/remote/socket.h"

#include <poll.h>

struct gdb_link {
	struct door door;
	int fd; /* of the GDB that is connected; -1: none */
	struct debugger *debugger;
	struct gdb_monitor monitor;
	struct gdb gdb;
};

/* What has become of it. */
enum gdb_change {
	GDB_SAME,
	GDB_CAME,     /* one is connected: the guest stands still */
	GDB_DETACHED, /* it let go: the guest should run on */
	GDB_LOST,     /* the connection broke: the guest stands still */
	GDB_KILLED,   /* it wants the guest's run to end */
};

/* Listens at `where` (door_open). False: `error`. */
bool gdb_link_open(struct gdb_link *link, struct debugger *debugger, const struct gdb_monitor *monitor,
                   const char *where, char *error, size_t error_size);
/* This and all below are fine for one that was not opened (both descriptors -1). */
void gdb_link_close(struct gdb_link *link);

/* Answers the door and GDB. What is worth knowing is said on standard error. */
enum gdb_change gdb_link_look(struct gdb_link *link);
/* The motion that runs has arrived. */
void gdb_link_arrived(struct gdb_link *link);
/* Is GDB waiting for a motion to arrive? */
bool gdb_link_moves(const struct gdb_link *link);
/* Has GDB sent Ctrl-C, or gone away? Asked while `monitor` performs a long command. */
bool gdb_link_interrupted(struct gdb_link *link);

/* For poll(): gives how many were filled in; needs 2. */
size_t gdb_link_wait(const struct gdb_link *link, struct pollfd *fds);

#endif
