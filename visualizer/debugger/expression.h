/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/expression.h - a small language over registers, memory and counters, for conditions and `print`:
 * C's operators on unsigned 64-bit numbers; names are registers of the guest (eax, eip, cr3, eflags.if...), of the
 * hardware (hw.cpl, hw.cr3), symbols, counters (clock, instructions, exits, exits.cli); [gla] reads 4 bytes, byte[...],
 * word[...], phys[...]. docs/shell.md tells all of it.
 */
#ifndef RINGSIDE_VISUALIZER_DEBUGGER_EXPRESSION_H
#define RINGSIDE_VISUALIZER_DEBUGGER_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct debugger;
struct expression;

/* Parses; names are resolved now. NULL: `error` shows the place and what would be right. The caller frees it. */
struct expression *expression_parse(const struct debugger *debugger, const char *text, char *error,
				    size_t error_size);
void expression_free(struct expression *expression);
/* False: `error` (unreadable memory, division by zero). Changes nothing. */
bool expression_value(const struct expression *expression, const struct debugger *debugger, uint64_t *value,
		      char *error, size_t error_size);

/* Names for completion: NULL past the end. */
const char *expression_name(size_t index);

#endif
