/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * start.S - the way into the guest: a Multiboot header, a stack, on to C.
 */
#include "shared/start.h"

	START stack_top

	.bss
	.align 16
	.skip 4096
stack_top:
