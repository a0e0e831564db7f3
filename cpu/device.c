/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/device.c - devices whose registers are memory. They live on the clock and raise interrupts, so an access must
 * happen at its exact moment, and a boundary must follow it where the interrupt can be taken (Intel SDM volume 3, 11.3:
 * accesses to uncacheable memory happen in program order). Inside a decoded block neither is so: an instruction that meets
 * a device there begins again by itself, wherever the block began, so that time does not depend on that.
 *
 * Rows that end their block are exact as they are. A device's access costs what one to memory does.
 */
#include "cpu/engine.h"

bool device_ready(struct cpu *cpu)
{
	if (cpu->at_device)
		return true;
	post_event(cpu, (struct cpu_event){.type = EVENT_DEVICE});
	return false;
}

bool device_met(struct cpu *cpu)
{
	if (cpu->event.type != EVENT_DEVICE)
		return false;
	cpu->event.type = EVENT_NONE;
	cpu->accessed = false; /* seen again in the next attempt */
	return cpu->at_device = true;
}
