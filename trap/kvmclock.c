/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/kvmclock.c - see kvmclock.h. The TSC runs on the model clock at the profile's frequency, so what was written once stays true
 * until the guest sets its TSC; there is one processor, so no page is written between two looks of the guest's.
 */
#include "trap/kvmclock.h"

#include "core/hypervisor.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

_Static_assert(sizeof(struct kvmclock_time) == 32, "as KVM has it");
_Static_assert(sizeof(struct kvmclock_wall) == 12, "as KVM has it");

enum { ENABLED = 1 };
#define SECOND UINT64_C(1000000000)

/* ---- time ---- */

/* Shifted so that there are more ticks than nanoseconds, but not twice as many: then the factor is as long as it can be. */
void kvmclock_scale(uint64_t frequency, uint32_t *multiplier, int8_t *shift)
{
	unsigned __int128 shifted = (unsigned __int128)SECOND << 32;
	int8_t by = 0;

	assert(frequency);
	for (; frequency << by <= SECOND; by++)
		;
	for (; by <= 0 && frequency >> -by > 2 * SECOND; by--)
		;
	shifted = by < 0 ? shifted << -by : shifted >> by;
	*multiplier = (uint32_t)(shifted / frequency);
	*shift = by;
}

uint64_t kvmclock_nanoseconds(uint64_t ticks, uint64_t frequency)
{
	return ticks / frequency * SECOND + (uint64_t)((unsigned __int128)(ticks % frequency) * SECOND / frequency);
}

/* ---- guest memory ---- */

/* Is this all RAM of the guest's? */
static bool is_ram(const struct vm *vm, uint64_t gpa, uint32_t size)
{
	for (uint64_t gfn = gpa >> PAGE_SHIFT; gfn <= (gpa + size - 1) >> PAGE_SHIFT; gfn++) {
		uint64_t mfn;

		if (!memory_gfn_to_mfn(vm->memory, gfn, &mfn) || memory_flags(vm->memory, mfn) & FRAME_ROM)
			return false;
	}
	return true;
}

static void tell(struct vm *vm, const char *action, uint64_t gpa, uint32_t version)
{
	struct event event;

	if (!event_wanted(&vm->events, EV_CLOCK))
		return;
	vm_event_begin(vm, &event, EV_CLOCK);
	event.address = (uint32_t)gpa;
	event.action = action;
	if (version)
		event_add_change(&event, "version", version - 2, version);
	event_emit(&vm->events, &event);
}

/* Puts a structure that begins with its version there: odd first, then the rest, then even. */
static void put(struct vm *vm, uint64_t gpa, void *structure, uint32_t size, const char *action)
{
	uint32_t version;

	if (gpa > UINT32_MAX || !is_ram(vm, gpa, size)) {
		tell(vm, "the guest's clock is not in its memory: nothing written", gpa, 0);
		return;
	}
	memory_read(vm->memory, gpa, &version, sizeof version);
	version = (version | 1) + (version & 1 ? 2 : 0);
	memcpy(structure, &version, sizeof version);
	memory_write(vm->memory, gpa, structure, size);
	version++;
	memory_write(vm->memory, gpa, &version, sizeof version);
	tell(vm, action, gpa, version);
}

/* ---- what is written there ---- */

static void write_time(struct vm *vm, const char *action)
{
	uint64_t frequency = vm->costs.frequency;
	struct kvmclock_time time = {
		.tsc_timestamp = vm->clock + cpu_state_const(vm->vcpu)->tsc_offset,
		.system_time = kvmclock_nanoseconds(vm->clock, frequency),
		.flags = KVMCLOCK_STABLE,
	};

	if (!(vm->clock_at.system_time & ENABLED))
		return;
	kvmclock_scale(frequency, &time.multiplier, &time.shift);
	put(vm, vm->clock_at.system_time & ~(uint64_t)ENABLED, &time, sizeof time, action);
}

/* The RTC began with start_time, and goes by the same clock. */
static void write_wall(struct vm *vm)
{
	struct kvmclock_wall wall = {.seconds = (uint32_t)vm->config.start_time};

	put(vm, vm->clock_at.wall_clock, &wall, sizeof wall, "wrote the time of the start");
}

/* ---- MSRs ---- */

/* Where the value of an MSR is kept, by its new or its old number. */
static uint64_t *find_msr(struct vm *vm, uint32_t number)
{
	enum { WALL_OLD = 0x11, TIME_OLD = 0x12 };
	enum { WALL = 0x4b564d00, TIME = 0x4b564d01 };

	if (!hypervisor_is_kvm(&vm->config))
		return NULL;
	if (number == WALL || number == WALL_OLD)
		return &vm->clock_at.wall_clock;
	return number == TIME || number == TIME_OLD ? &vm->clock_at.system_time : NULL;
}

bool kvmclock_read_msr(const struct vm *vm, uint32_t number, uint64_t *value)
{
	const uint64_t *msr = find_msr((struct vm *)vm, number);

	if (msr)
		*value = *msr;
	return msr;
}

bool kvmclock_write_msr(struct vm *vm, uint32_t number, uint64_t value)
{
	uint64_t *msr = find_msr(vm, number);

	if (!msr)
		return false;
	*msr = value;
	if (msr == &vm->clock_at.wall_clock)
		write_wall(vm);
	else
		write_time(vm, "wrote how the guest's TSC turns into time");
	return true;
}

void kvmclock_tsc_written(struct vm *vm)
{
	write_time(vm, "wrote its clock anew: the guest has set its TSC");
}
