/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/poke.h - changing a guest's state from outside, as a debugger does: general registers, EIP, the flags that POPF may
 * load in user code, x87 and SSE, and memory. Control registers and segments have caches behind them that only the guest's own
 * instructions load.
 */
#ifndef RINGSIDE_CORE_POKE_H
#define RINGSIDE_CORE_POKE_H

#include "core/vm.h"

/* "eax=0x12", at an instruction boundary; "fctrl=0x37f", and of st0 to st7 and xmm0 to xmm7 all digits. False: vm->message says what is possible. */
bool poke_register(struct vm *vm, const char *text);
/* Those of x87 and SSE alone (poke_float.c). `known`: is it one of them? */
bool poke_float(struct vm *vm, const char *text, bool *known);
/* Stores at guest-linear addresses, whatever the guest's tables say about writing; all of it or nothing. False:
 * vm->message names the first address that is not mapped. */
bool poke_memory(struct vm *vm, uint32_t gla, const void *bytes, size_t size);

#endif
