/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/gdb_answer.h - an answer of the GDB stub as GDB reads it.
 */
#ifndef RINGSIDE_TESTS_VISUALIZER_GDB_ANSWER_H
#define RINGSIDE_TESTS_VISUALIZER_GDB_ANSWER_H

#include <stddef.h>
#include <stdint.h>

/* One whole frame into `body` of `room` bytes: run lengths first, then escapes. Gives the size; SIZE_MAX: no good frame. */
size_t gdb_understand(const uint8_t *frame, size_t size, uint8_t *body, size_t room);

#endif
