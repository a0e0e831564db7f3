/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/number.h - numbers as people write them: decimal or 0x, sizes with K, M or G behind.
 */
#ifndef RINGSIDE_CORE_NUMBER_H
#define RINGSIDE_CORE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* False, and nothing stored, for anything but one whole number that fits in 64 bits. */
bool number_parse(const char *text, uint64_t *number);
/* The same with K, M or G (times 1024, 1024^2, 1024^3; also k, m, g, KiB, MB...). */
bool number_parse_size(const char *text, uint64_t *number);
/* Counts, of cycles for instance: K, M or G are powers of 1000. */
bool number_parse_count(const char *text, uint64_t *number);

#endif
