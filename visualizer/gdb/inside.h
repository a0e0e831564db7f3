/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/gdb/inside.h - for this folder: answers, and the packets that are answered in other files.
 */
#ifndef RINGSIDE_VISUALIZER_GDB_INSIDE_H
#define RINGSIDE_VISUALIZER_GDB_INSIDE_H

#include "visualizer/gdb/gdb.h"
#include "visualizer/gdb/hex.h"

/* What stands in an answer `E NN`: errno's numbers on i386 Linux, which GDB's users know. */
enum gdb_error { GDB_MALFORMED = 0x16 /* EINVAL */, GDB_BAD_ADDRESS = 0x0e /* EFAULT */, GDB_NO_ROOM = 0x1c /* ENOSPC */ };

/* One packet out. */
void gdb_answer_bytes(struct gdb *gdb, const void *bytes, size_t size);
void gdb_answer(struct gdb *gdb, const char *format, ...) __attribute__((format(printf, 2, 3)));
void gdb_answer_error(struct gdb *gdb, enum gdb_error error);
/* OK, or the error. */
void gdb_answer_done(struct gdb *gdb, bool done, enum gdb_error error);
/* Text for GDB's user: in as many packets as it takes. Only while GDB waits for a stop or for `monitor`. */
void gdb_say(struct gdb *gdb, const char *text, size_t size);

/* A packet's arguments: what stands behind its name, with a 0 behind it. Binary ones have their size. */
typedef void gdb_performer(struct gdb *gdb, const char *text, size_t size);

gdb_performer gdb_read_registers, gdb_write_registers, gdb_read_register, gdb_write_register;
gdb_performer gdb_read_memory, gdb_write_memory, gdb_write_binary;
gdb_performer gdb_insert_point, gdb_remove_point;
gdb_performer gdb_continue, gdb_step, gdb_continue_signalled, gdb_step_signalled, gdb_continue_back, gdb_step_back;
gdb_performer gdb_vcont, gdb_restart, gdb_why;
gdb_performer gdb_supported, gdb_features, gdb_monitor_line;

/* The point of this number; NULL: not GDB's. */
const struct gdb_point *gdb_point_of(const struct gdb *gdb, unsigned number);
void gdb_remove_points(struct gdb *gdb);

#endif
