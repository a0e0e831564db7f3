/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/address.c - hexadecimal numbers and symbols, with offsets.
 */
#include "visualizer/address.h"

#include "core/nearest.h"
#include "visualizer/message.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool hexadecimal(const char *text, uint32_t *value)
{
	char *rest;
	unsigned long long number;

	if (!isxdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	number = strtoull(text, &rest, 16);
	*value = (uint32_t)number;
	return *rest == '\0' && errno == 0 && number <= UINT32_MAX;
}

static bool refuse_address(const struct symbols *symbols, const char *text, const char *what)
{
	struct nearest nearest = nearest_to(text);
	const char *name;
	uint32_t address;

	for (size_t i = 0; symbols && (name = symbols_at(symbols, i, &address)); i++)
		nearest_offer(&nearest, name);
	if (nearest.name)
		message("%s: no address or symbol '%s'; did you mean '%s'?", what, text, nearest.name);
	else
		message("%s: '%s' is no address; write it in hexadecimal like c0100000, or as SYMBOL+OFFSET",
		        what, text);
	return false;
}

bool address_parse(const struct symbols *symbols, const char *text, const char *what, uint32_t *address)
{
	const char *plus = strchr(text, '+');
	char base[128];
	uint32_t offset = 0;

	snprintf(base, sizeof(base), "%.*s", plus ? (int)(plus - text) : (int)strlen(text), text);
	if (plus && !hexadecimal(plus + 1, &offset))
		return refuse_address(NULL, text, what);
	if (!(symbols && symbols_find(symbols, base, address)) && !hexadecimal(base, address))
		return refuse_address(symbols, base, what);
	*address += offset;
	return true;
}
