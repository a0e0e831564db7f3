/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/status.c - one line on where the guest stands.
 */
#include "visualizer/debugger/debugger.h"

#include <inttypes.h>
#include <stdio.h>

void debugger_status(const struct debugger *debugger, char *text, size_t size)
{
	struct vm_mode mode = vm_mode(debugger->vm);
	char name[24];

	snprintf(text, size, "vm%u  %s  guest CPL %u  t=%" PRIu64 " cycles  exits %" PRIu64, debugger->vm->id,
	         mode_text(&mode, name, sizeof(name)), vm_guest_state(debugger->vm)->cpl, debugger->vm->clock,
	         debugger->counters->exits);
}
