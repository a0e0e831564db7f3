/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/wiring.h - for vm.c: connects processors, memory and board of a machine by their interfaces.
 */
#ifndef RINGSIDE_CORE_WIRING_H
#define RINGSIDE_CORE_WIRING_H

#include "core/vm.h"

/* Fills vm->guest_bus and vm->machine_bus, and listens to stores into frames with flags. */
void wire_buses(struct vm *vm);
/* Puts the guest's bus into direct mode, in which its addresses are machine addresses of the guest's own frames, or out of it.
 * The virtual CPU's state can then be looked at (cpu_walk, cpu_peek), but it runs no code. */
void wire_direct(struct vm *vm, bool direct);
/* Carries INTR and an NMI to the guest's processor: after whatever may have moved them. */
void vm_interrupts(struct vm *vm);
/* The board with its ends in the VM; serial and debug output go on to `output`. */
struct board *wire_board(struct vm *vm, const struct board_output *output, char *error, size_t error_size);
/* Events for what the processors report by themselves. */
void wire_hooks(struct vm *vm);

#endif
