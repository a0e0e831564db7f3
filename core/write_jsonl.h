/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/write_jsonl.h - the event stream as JSON Lines: the first line is the schema, each other line one
 * event. The same run gives the same bytes.
 *
 * Counts and cycles are numbers; addresses, register values and error codes are strings in hexadecimal
 * ("0x100000"). Keys that say nothing (no vector, no reason, no changes) are left out.
 *
 *   sequence, cycle, instruction, vm     numbers
 *   kind                                 a name of EVENT_KIND_LIST
 *   technique                            "trap"...
 *   guest_cpl, real_cpl                  what the guest believes, what the hardware holds
 *   eip, linear                          of the instruction
 *   bytes, text, mnemonic, class         the instruction, its disassembly, Popek and Goldberg's class
 *   vector, error                        of the exception or interrupt
 *   address                              CR2, entry or port
 *   reason, action                       the exit reason of statistics; what the VMM did
 *   changes                              [{"what", "before", "after"}]
 *   phases                               [{"what", "cycles"}]
 *   cycles                               what the event cost
 */
#ifndef RINGSIDE_CORE_WRITE_JSONL_H
#define RINGSIDE_CORE_WRITE_JSONL_H

#include "core/event.h"
#include "core/json.h"

enum { JSONL_VERSION = 1 };

struct jsonl_writer {
	struct event_reader reader; /* to be added to the stream */
	struct json json;
};

/* Writes the schema line. The output stays the caller's; its errors show when it is closed. */
void jsonl_begin(struct jsonl_writer *writer, struct output *output, uint64_t kinds);

/* By themselves: the schema line, and one event's. */
void jsonl_write_schema(struct json *json);
void jsonl_write_event(struct json *json, const struct event *event);

#endif
