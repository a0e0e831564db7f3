/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/address.h - addresses as people write them: hexadecimal with or without 0x, a symbol, or a
 * symbol and an offset.
 */
#ifndef RINGSIDE_VISUALIZER_ADDRESS_H
#define RINGSIDE_VISUALIZER_ADDRESS_H

#include "core/symbols.h"

/* False after a message that begins with `what`. A symbol wins over a number of the same letters. */
bool address_parse(const struct symbols *symbols, const char *text, const char *what, uint32_t *address);

#endif
