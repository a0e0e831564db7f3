/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/poke.h - changing a guest's state from outside, as a debugger does: general registers, EIP, the flags that POPF may
 * load in user code, and memory. Control registers and segments have caches behind them that only the guest's own
 * instructions load.
 */
#ifndef RINGSIDE_CORE_POKE_H
#define RINGSIDE_CORE_POKE_H

#include "core/vm.h"

/* "eax=0x12", at an instruction boundary. False: vm->message says what is possible. */
bool poke_register(struct vm *vm, const char *text);
/* Stores at guest-linear addresses, whatever the guest's tables say about writing; all of it or nothing. False:
 * vm->message names the first address that is not mapped. */
bool poke_memory(struct vm *vm, uint32_t gla, const void *bytes, size_t size);

#endif
