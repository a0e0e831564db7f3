/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/watch.c - where an observer lets a run stand still. Unlike the debug registers (debug.c) this is no part of the
 * machine: code that may be stopped before begins a block that no table of quick finding leads to, pages that are looked at
 * have no fast path, and all else is as it would be without.
 *
 * Simplification: code is looked up in the instruction TLB where a block begins, and more blocks begin with stops than without. A
 * guest that has changed its page tables without flushing, where a processor may do either (SDM vol. 3, 4.10.4), can tell.
 */
#include "cpu/block.h"
#include "cpu/system.h"

void cpu_set_watch(struct cpu *cpu, const struct cpu_watch *watch)
{
	cpu->watch = watch ? *watch : (struct cpu_watch){0};
	cpu->accessed = false;
	blocks_flush(cpu);
	tlb_observe(cpu);
}

void cpu_watch_mode(struct cpu *cpu, void (*changed)(void *owner), void *owner)
{
	cpu->mode_changed = changed;
	cpu->mode_owner = owner;
}

void cpu_stand_still(struct cpu *cpu, bool still)
{
	cpu->stand_still = still;
	cpu->attention = true;
}

/* What is due before the instruction comes first: an instruction that is stopped before is one that would now be run. */
bool watch_stands_still(struct cpu *cpu, uint32_t linear, uint64_t physical)
{
	if (!cpu->running)
		return false;
	if (*cpu->clock < cpu->deadline) {
		if (!cpu->watch.reached || !cpu->watch.reached(cpu->watch.owner, cpu, linear, physical))
			return false;
		cpu->stand_still = true;
	}
	return cpu->attention = true;
}

void watch_access(struct cpu *cpu, const struct tlb_entry *entry, uint32_t linear, unsigned size,
		  uint32_t value, bool write)
{
	struct cpu_access access = {
		.linear = linear,
		.physical = entry->physical | (linear & PAGE_MASK),
		.value = value,
		.size = (uint8_t)size,
		.write = write,
	};

	if (cpu->accessed || !cpu->watch.matches || !cpu->watch.matches(cpu->watch.owner, cpu, &access))
		return;
	cpu->access = access;
	cpu->accessed = true;
	cpu->attention = true;
}

/* An instruction that has raised a fault or an exit is not complete; INT n has retired before its event. */
void watch_settle(struct cpu *cpu)
{
	if (!cpu->accessed)
		return;
	cpu->accessed = false;
	if ((cpu->event.type == EVENT_NONE || event_is_software(&cpu->event)) && cpu->watch.accessed)
		cpu->watch.accessed(cpu->watch.owner, cpu, &cpu->access);
}
