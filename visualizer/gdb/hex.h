/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/gdb/hex.h - hexadecimal digits as the remote protocol has them: numbers with the highest digit first, bytes in
 * the order of memory. What comes from the other side is never trusted.
 */
#ifndef RINGSIDE_VISUALIZER_GDB_HEX_H
#define RINGSIDE_VISUALIZER_GDB_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* -1: none. */
int hex_digit(char c);

/* A number of one to sixteen digits at *at, which is moved behind it. False: there is none, or it is longer. */
bool hex_number(const char **at, uint64_t *value);
/* The same, up to 32 bits. */
bool hex_number32(const char **at, uint32_t *value);
/* `c` at *at, which is moved behind it. */
bool hex_skip(const char **at, char c);

/* Reads up to `room` bytes from digit pairs; false: a digit is missing or is none. */
bool hex_get(const char *text, size_t digits, uint8_t *bytes, size_t room, size_t *size);
/* Writes 2 * size digits, without a 0 behind them. */
void hex_put(const void *bytes, size_t size, char *text);

#endif
