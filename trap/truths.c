/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/truths.c - the second of the two truths (docs/architecture.md): what the hardware holds for the guest. Under VMX it is in the
 * guest-state area of the VMCS while the VMM runs (SDM vol. 3, 24.4).
 */
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

bool vm_hardware_state(const struct vm *vm, struct cpu_state *state)
{
	bool assisted = vm->technique == &technique_hvm;

	if (!vm->technique->vmm || vm->technique == &technique_emulate)
		return false;
	*state = *cpu_state_const(vm->processor);
	if (assisted && hvm(vm) && !cpu_vmx_non_root(vm->processor))
		vmcs_get_guest(hvm(vm)->vmcs, state);
	return !is_reset(cpu_state_const(vm->processor));
}
