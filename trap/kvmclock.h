/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/kvmclock.h - KVM's paravirtual clock: the guest names places in its memory by MSRs, and the VMM writes there how its TSC
 * turns into time, and what time it was at the start. So a guest knows the time without an exit. Linux, Documentation/virt/kvm:
 * x86/msr.rst (the structures and MSRs), x86/cpuid.rst (the announcement).
 */
#ifndef RINGSIDE_TRAP_KVMCLOCK_H
#define RINGSIDE_TRAP_KVMCLOCK_H

#include "core/vm.h"

/* Guest memory of the system time: 32 bytes. An odd version says that the rest is being changed. */
struct kvmclock_time {
	uint32_t version;
	uint32_t unused;
	uint64_t tsc_timestamp; /* the TSC when this was written, */
	uint64_t system_time;   /* and nanoseconds since the machine began */
	uint32_t multiplier;    /* nanoseconds = (ticks << shift) * multiplier >> 32 */
	int8_t shift;           /* negative: to the right */
	uint8_t flags;
	uint8_t unused2[2];
};
enum { KVMCLOCK_STABLE = 1 }; /* flags: time never goes back from one processor to another */

/* The time at which system_time was 0, since 1970: 12 bytes. */
struct kvmclock_wall {
	uint32_t version;
	uint32_t seconds;
	uint32_t nanoseconds;
};

/* The MSRs of a guest that has been told of them, for cpu_extension. False: another MSR, or not announced. */
bool kvmclock_read_msr(const struct vm *vm, uint32_t number, uint64_t *value);
bool kvmclock_write_msr(struct vm *vm, uint32_t number, uint64_t value);
/* The guest's TSC has been set: what was written is no longer true. */
void kvmclock_tsc_written(struct vm *vm);

/* The factor from ticks to nanoseconds, of at least 31 significant bits. `frequency`: ticks in a second, not 0. */
void kvmclock_scale(uint64_t frequency, uint32_t *multiplier, int8_t *shift);
/* Nanoseconds of so many ticks. */
uint64_t kvmclock_nanoseconds(uint64_t ticks, uint64_t frequency);

#endif
