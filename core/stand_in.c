/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/stand_in.c - stops (core/breakpoint.h) for a machine that cannot have any: until core/breakpoint.c is
 * there.
 */
#include "core/breakpoint.h"
#include "core/refuse.h"

__attribute__((weak)) bool vm_set_stops(struct vm *vm, const struct stop_place *place, size_t count)
{
	(void)place;
	return count == 0 || refuse(vm->message, sizeof(vm->message), "breakpoints: not yet");
}

__attribute__((weak)) struct stop_hit vm_stop_hit(const struct vm *vm)
{
	(void)vm;
	return (struct stop_hit){ .place = -1 };
}
