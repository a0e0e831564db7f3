/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/two_states.c - what the guest believes and what hardware holds, now and where the last motion
 * began (docs/architecture.md, "Two truths").
 */
#include "visualizer/debugger/debugger.h"

#include "trap/hvm.h"
#include "trap/techniques.h"

/* As after power-up: no VMM has loaded it yet. */
static bool is_reset(const struct cpu_state *state)
{
	struct cpu_state reset;

	cpu_state_reset(&reset);
	return state->eip == reset.eip && state->segment[CS].base == reset.segment[CS].base &&
	       state->segment[CS].selector == reset.segment[CS].selector;
}

bool debugger_hardware(const struct debugger *debugger, struct cpu_state *state)
{
	const struct vm *vm = debugger->vm;
	bool assisted = vm->technique == &technique_hvm;

	if (!vm->technique->vmm || vm->technique == &technique_emulate)
		return false;
	*state = *cpu_state_const(vm->processor);
	if (assisted && hvm(vm) && !cpu_vmx_non_root(vm->processor))
		vmcs_get_guest(hvm(vm)->vmcs, state);
	return !is_reset(cpu_state_const(vm->processor));
}

void debugger_note(struct debugger *debugger)
{
	debugger->guest_before = *vm_guest_state(debugger->vm);
	debugger->has_hardware_before = debugger_hardware(debugger, &debugger->hardware_before);
	debugger->has_before = true;
}
