/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/expression.h - a small language over registers, memory and counters, for conditions and `print`:
 * C's operators on unsigned 64-bit numbers; names are registers of the guest (eax, eip, cr3, eflags.if...), of the
 * hardware (hw.cpl, hw.cr3), symbols, counters (clock, instructions, exits, exits.cli); [gla] reads 4 bytes, byte[...],
 * word[...], phys[...]. docs/shell.md tells all of it.
 */
#ifndef RINGSIDE_VISUALIZER_DEBUGGER_EXPRESSION_H
#define RINGSIDE_VISUALIZER_DEBUGGER_EXPRESSION_H

#include "core/breakpoint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct debugger;
struct expression;

/* Room that an error never needs more of. Its first line is a sentence; where a text was at fault the text follows, and a
 * caret under the place. */
enum { EXPRESSION_ERROR = 320 };

/* Parses; names are resolved now. NULL: `error` shows the place and what would be right. The caller frees it. */
struct expression *expression_parse(const struct debugger *debugger, const char *text, char *error,
				    size_t error_size);
/* The same where an address is asked for: numbers are hexadecimal, with or without 0x. A name wins over a number of the
 * same letters. */
struct expression *expression_parse_address(const struct debugger *debugger, const char *text, char *error,
					    size_t error_size);
void expression_free(struct expression *expression);
/* False: `error` (unreadable memory, division by zero). Changes nothing. */
bool expression_value(const struct expression *expression, const struct debugger *debugger, uint64_t *value,
		      char *error, size_t error_size);

/* The same where an event is judged: names like event.address are this one's. Without (NULL), those of the event that is told. */
struct event;
bool expression_value_at(const struct expression *expression, const struct debugger *debugger, const struct event *event,
			 uint64_t *value, char *error, size_t error_size);

/* Reads memory of any address kind as the guest has it now, without side effects. False: it does not reach so far. */
bool expression_memory(const struct debugger *debugger, enum stop_space space, uint64_t address, void *bytes,
		       size_t size);

/* Names for completion: NULL past the end. */
const char *expression_name(size_t index);

#endif
