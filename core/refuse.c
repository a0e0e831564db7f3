/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/refuse.c - the one place where messages of failure are put together.
 */
#include "core/refuse.h"

#include <stdarg.h>
#include <stdio.h>

bool refuse(char *error, size_t error_size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (error_size > 0)
		vsnprintf(error, error_size, format, arguments);
	va_end(arguments);
	return false;
}
