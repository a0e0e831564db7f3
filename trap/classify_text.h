/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/classify_text.h - what was measured of an instruction, in words.
 */
#ifndef RINGSIDE_TRAP_CLASSIFY_TEXT_H
#define RINGSIDE_TRAP_CLASSIFY_TEXT_H

#include "trap/classify.h"

#include <stddef.h>

/* "#GP(0)", "#UD". */
void exception_text(const struct classify_outcome *outcome, char *text, size_t size);

/* "IF stays 1; on bare hardware it becomes 0". */
void outcome_text(const struct classify_outcome *outcome, char *text, size_t size);

/* "lar edx, ecx". */
void instance_text(const struct classify_instance *instance, char *text, size_t size);

/* "C.L": control-, mode-, location-sensitive. */
void ways_text(const struct classify_row *row, char text[4]);

/* "9d", "0f 01 /0". */
void opcode_text(const struct classify_row *row, char *text, size_t size);

/* "same", "trapped", "allowed", "value", "path", "lost". */
const char *outcome_name(enum classify_kind kind);

#endif
