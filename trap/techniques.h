/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/techniques.h - the techniques of this floor, one file each: native.c, emulate.c, trap.c, pv.c.
 */
#ifndef RINGSIDE_TRAP_TECHNIQUES_H
#define RINGSIDE_TRAP_TECHNIQUES_H

#include "core/vm.h"

extern const struct technique technique_native;
extern const struct technique technique_emulate;
extern const struct technique technique_trap;
extern const struct technique technique_pv;
extern const struct technique technique_hvm;
extern const struct technique technique_bt; /* bt/bt.c */

/* All of them, ending with NULL, in the order in which one meets them. */
const struct technique *const *technique_list(void);

/* What the hardware holds for the guest, between two steps: the processor's registers, or under VMX the guest-state area. False: there
 * is no second truth (native, emulate), or no VMM has loaded the processor yet. */
bool vm_hardware_state(const struct vm *vm, struct cpu_state *state);

#endif
