/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/classify_compare.h - for classify*.c: two aftermaths of one instruction, compared.
 */
#ifndef RINGSIDE_TRAP_CLASSIFY_COMPARE_H
#define RINGSIDE_TRAP_CLASSIFY_COMPARE_H

#include "trap/classify_machine.h"

/* How `run` went beside `truth`. `table`: the memory operand is a pseudo-descriptor, whose base tells more than its
 * limit. */
struct classify_outcome compare_aftermaths(const struct aftermath *truth, const struct aftermath *run, bool table);

/* What the instruction changed of privileged state; NULL: nothing. One that trapped changed nothing. */
const char *privileged_change(const struct aftermath *aftermath);
/* Did it load a relocation register, which on IA-32 are the segment registers? */
bool relocation_change(const struct aftermath *aftermath);

#endif
