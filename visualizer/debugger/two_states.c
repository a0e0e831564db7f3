/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/two_states.c - what the guest believes and what hardware holds, now and where the last motion
 * began (docs/architecture.md, "Two truths").
 */
#include "visualizer/debugger/debugger.h"

#include "trap/techniques.h"

bool debugger_hardware(const struct debugger *debugger, struct cpu_state *state)
{
	return vm_hardware_state(debugger->vm, state);
}

void debugger_note(struct debugger *debugger)
{
	debugger->guest_before = *vm_guest_state(debugger->vm);
	debugger->has_hardware_before = debugger_hardware(debugger, &debugger->hardware_before);
	debugger->has_before = true;
}
