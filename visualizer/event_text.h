/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/event_text.h - events in words: one line each, or as a story of steps.
 */
#ifndef RINGSIDE_VISUALIZER_EVENT_TEXT_H
#define RINGSIDE_VISUALIZER_EVENT_TEXT_H

#include "core/symbols.h"
#include "core/vm.h"
#include "visualizer/style.h"

#include <stdio.h>

struct event_text {
	FILE *out;
	struct style style;
	const struct symbols *symbols; /* NULL: none */
	const struct vm *vm;           /* for the two truths beside a story; NULL: not shown */
	bool narrow;                   /* lines of 80 columns */
	const char *note;              /* stands in a narrow line's last column; NULL: what changed */
};

void event_heading(const struct event_text *text);
void event_line(const struct event_text *text, const struct event *event);
void event_story(const struct event_text *text, const struct event *event);

/* "cli", or "(unreadable)". */
void event_instruction(const struct event *event, char *text, size_t size);
/* "#GP(0)", "#PF(2)", "INT 80h", "interrupt 20h"; empty when nothing raised it. */
void event_cause(const struct event *event, char *text, size_t size);
/* Which check of the hardware failed: "CPL 1 > IOPL 0, so cli is not allowed"; empty when it cannot be told. */
void event_why(const struct event *event, char *text, size_t size);
/* "if 1->0, eax 0->5". */
void event_changes(const struct event *event, char *text, size_t size);
/* "c0100123 <main+0x23>", or without the symbol. */
void address_text(const struct symbols *symbols, uint32_t address, char *text, size_t size);

#endif
