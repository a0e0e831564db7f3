/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/refuse.h - says no with a message: what was refused, why, and what the user can do about it.
 */
#ifndef RINGSIDE_CORE_REFUSE_H
#define RINGSIDE_CORE_REFUSE_H

#include <stdbool.h>
#include <stddef.h>

/* Writes the message into `error` (cut when it does not fit) and gives false, so that a caller can
 * `return refuse(...)`. */
bool refuse(char *error, size_t error_size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
