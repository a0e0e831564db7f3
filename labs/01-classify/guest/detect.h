/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 01-classify/guest/detect.h - what detect.c has to have. Each function is called once, in a guest of its own, by a kernel that believes in
 * ring 0: protected mode with paging, segments from 0 to 4 GiB, descriptor tables of its own, all interrupts masked at the PICs. Each
 * says 1 when the processor really runs it in an outer ring, 0 when it does not; and leaves flags, control registers, descriptor-table
 * registers and segment registers as it has found them.
 */
#ifndef DETECT_H
#define DETECT_H

#include <stdint.h>

int by_flags(void);    /* by PUSHF or POPF */
int by_selector(void); /* by the selector of a segment register */
int by_store(void);    /* by SGDT, SIDT, SLDT, STR or SMSW */

#endif
