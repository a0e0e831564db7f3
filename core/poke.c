/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/poke.c - a debugger's changes of a guest. Memory goes through the checked gate of memory.h, whose listener tells
 * everybody that holds something made from it.
 */
#include "core/poke.h"

#include "core/number.h"
#include "core/refuse.h"

#include <inttypes.h>
#include <string.h>

/* In the order of enum gpr. */
static const char *const general[] = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};

enum { USER_FLAGS = EFLAGS_CF | EFLAGS_PF | EFLAGS_AF | EFLAGS_ZF | EFLAGS_SF | EFLAGS_OF | EFLAGS_DF };

static bool set_value(struct cpu_state *state, const char *name, size_t length, uint32_t value)
{
	for (unsigned i = 0; i < 8; i++)
		if (length == 3 && strncmp(name, general[i], 3) == 0) {
			state->gpr[i] = value;
			return true;
		}
	if (length == 3 && strncmp(name, "eip", 3) == 0)
		state->eip = value;
	else if (length == 6 && strncmp(name, "eflags", 6) == 0)
		state->eflags = (state->eflags & ~(uint32_t)USER_FLAGS) | (value & USER_FLAGS);
	else
		return false;
	return true;
}

bool poke_register(struct vm *vm, const char *text)
{
	struct cpu *guest = vm->vcpu ? vm->vcpu : vm->processor;
	const char *equals = strchr(text, '=');
	uint64_t value;
	bool floats, fine = poke_float(vm, text, &floats);

	if (floats)
		return fine;
	if (!equals || !number_parse(equals + 1, &value) || value > UINT32_MAX)
		return refuse(vm->message, sizeof vm->message, "'%s' sets nothing; write eax=0x12, a number of 32 bits", text);
	if (!set_value(cpu_state(guest), text, (size_t)(equals - text), (uint32_t)value))
		return refuse(vm->message, sizeof vm->message, "'%.*s' cannot be set; general registers, eip, the status flags of eflags, "
		              "x87 and SSE can, all else only the guest's own instructions load", (int)(equals - text), text);
	cpu_state_changed(guest);
	return true;
}

/* One page's part; `store` false: is it there? */
static bool reach(struct vm *vm, uint32_t gla, const uint8_t *bytes, size_t size, bool store)
{
	const struct bus *bus = &vm->guest_bus;
	struct walk walk;

	cpu_walk(vm_guest_state(vm), bus, gla, ACCESS_READ, false, &walk);
	if (!walk.ok || !memory_read(vm->memory, walk.physical, &(uint8_t){0}, 1))
		return refuse(vm->message, sizeof vm->message, "no memory is mapped at %08" PRIx32, gla);
	return !store || memory_write(vm->memory, walk.physical, bytes, size);
}

static bool reach_all(struct vm *vm, uint32_t gla, const uint8_t *bytes, size_t size, bool store)
{
	while (size) {
		size_t part = PAGE_SIZE - (gla & PAGE_MASK);

		if (part > size)
			part = size;
		if (!reach(vm, gla, bytes, part, store))
			return false;
		gla += (uint32_t)part;
		bytes += part;
		size -= part;
	}
	return true;
}

bool poke_memory(struct vm *vm, uint32_t gla, const void *bytes, size_t size)
{
	return reach_all(vm, gla, bytes, size, false) && reach_all(vm, gla, bytes, size, true);
}
