/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/xen_events.c - event channels and time: how a domain learns of anything without an interrupt controller. A pending
 * event is a bit in shared_info; an upcall is due when there is one and the mask byte of the virtual CPU is clear.
 * (Barham et al. 2003, 3.2: asynchronous notification.) There is one domain, so only VIRQs, PIRQs and IPIs can be bound.
 */
#include "trap/domain.h"

#include <stddef.h>
#include <string.h>

enum { XEN_ETIME = 62 };
#define NANOSECONDS UINT64_C(1000000000)

/* ---- shared_info ---- */

#define SHARED(field) (uint32_t)offsetof(struct shared_info, field)

static void shared_get(const struct domain *domain, uint32_t offset, void *bytes, uint32_t size)
{
	memcpy(bytes, frame_bytes(domain, domain->shared_mfn) + offset, size);
}

void shared_put(struct domain *domain, uint32_t offset, const void *bytes, uint32_t size)
{
	uint64_t gfn;

	if (memory_mfn_to_gfn(domain->vm->memory, domain->shared_mfn, &gfn))
		memory_write(domain->vm->memory, (gfn << PAGE_SHIFT) + offset, bytes, size);
}

static uint8_t shared_byte(const struct domain *domain, uint32_t offset)
{
	uint8_t byte;

	shared_get(domain, offset, &byte, 1);
	return byte;
}

bool shared_bit(const struct domain *domain, uint32_t array, unsigned bit)
{
	return shared_byte(domain, array + bit / 8) >> bit % 8 & 1;
}

static void shared_set_bit(struct domain *domain, uint32_t array, unsigned bit, bool set)
{
	uint8_t byte = shared_byte(domain, array + bit / 8), mask = (uint8_t)(1 << bit % 8);

	byte = set ? byte | mask : byte & (uint8_t)~mask;
	shared_put(domain, array + bit / 8, &byte, 1);
}

uint8_t upcall_mask(const struct domain *domain)
{
	return shared_byte(domain, SHARED(vcpu_info[0].evtchn_upcall_mask)) != 0;
}

void set_upcall_mask(struct domain *domain, bool masked)
{
	uint8_t byte = masked;

	shared_put(domain, SHARED(vcpu_info[0].evtchn_upcall_mask), &byte, 1);
}

bool upcall_pending(const struct domain *domain)
{
	return shared_byte(domain, SHARED(vcpu_info[0].evtchn_upcall_pending)) != 0;
}

static void mark_pending(struct domain *domain, unsigned port)
{
	uint8_t yes = 1;

	shared_set_bit(domain, SHARED(vcpu_info[0].evtchn_pending_sel), port / 32, true);
	shared_put(domain, SHARED(vcpu_info[0].evtchn_upcall_pending), &yes, 1);
}

void events_raise_port(struct domain *domain, unsigned port)
{
	if (!port || shared_bit(domain, SHARED(evtchn_pending), port))
		return;
	shared_set_bit(domain, SHARED(evtchn_pending), port, true);
	if (!shared_bit(domain, SHARED(evtchn_mask), port))
		mark_pending(domain, port);
}

void events_raise_virq(struct domain *domain, unsigned virq)
{
	events_raise_port(domain, domain->virq_port[virq]);
}

void events_raise_pirq(struct domain *domain, unsigned irq)
{
	events_raise_port(domain, domain->pirq_port[irq]);
}

void events_unmask(struct domain *domain, unsigned port)
{
	shared_set_bit(domain, SHARED(evtchn_mask), port, false);
	if (shared_bit(domain, SHARED(evtchn_pending), port))
		mark_pending(domain, port);
}

bool events_deliverable(const struct domain *domain)
{
	return domain->event_eip && upcall_pending(domain) && !upcall_mask(domain);
}

/* ---- time ---- */

uint64_t system_time(const struct vm *vm)
{
	uint64_t frequency = vm->costs.frequency, clock = vm->clock;

	return clock / frequency * NANOSECONDS + clock % frequency * NANOSECONDS / frequency;
}

/* The first cycle at which it is so late. */
static uint64_t cycle_of(const struct vm *vm, uint64_t time)
{
	uint64_t frequency = vm->costs.frequency, seconds = time / NANOSECONDS;

	if (seconds >= UINT64_MAX / frequency - 1)
		return UINT64_MAX;
	return seconds * frequency + (time % NANOSECONDS * frequency + NANOSECONDS - 1) / NANOSECONDS;
}

/* ns = (cycles << shift) * mul >> 32, with mul's top bit set: as exact as 32 bits can be. */
static void time_scale(uint64_t frequency, struct vcpu_time_info *time)
{
	uint64_t scale = (NANOSECONDS << 32) / frequency;

	time->tsc_shift = 0;
	for (; scale > UINT32_MAX; scale >>= 1)
		time->tsc_shift++;
	for (; scale < UINT64_C(1) << 31; scale <<= 1)
		time->tsc_shift--;
	time->tsc_to_system_mul = (uint32_t)scale;
}

/* Again from time to time, so that what the scale lacks in exactness does not add up. */
static void put_time(struct domain *domain)
{
	const struct vm *vm = domain->vm;
	struct vcpu_time_info time = {.tsc_timestamp = vm->clock + cpu_state_const(vm->vcpu)->tsc_offset};
	uint32_t version;

	shared_get(domain, SHARED(vcpu_info[0].time.version), &version, sizeof version);
	time.version = (version | 1) + 1;
	time.system_time = system_time(vm);
	time_scale(vm->costs.frequency, &time);
	shared_put(domain, SHARED(vcpu_info[0].time), &time, sizeof time);
}

static uint64_t earliest(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t events_next(const struct domain *domain)
{
	uint64_t time = earliest(domain->timer, domain->singleshot);

	time = earliest(time, domain->next_period);
	if (domain->blocked && domain->polling)
		time = earliest(time, domain->poll_timeout);
	return time == NO_TIMER ? UINT64_MAX : cycle_of(domain->vm, time);
}

static bool went_off(uint64_t *timer, uint64_t now)
{
	if (*timer > now)
		return false;
	*timer = NO_TIMER;
	return true;
}

void events_act(struct domain *domain)
{
	uint64_t now = system_time(domain->vm);
	bool timer = went_off(&domain->timer, now), single = went_off(&domain->singleshot, now);
	bool periodic = domain->next_period <= now;

	if (periodic)
		domain->next_period += ((now - domain->next_period) / domain->period + 1) * domain->period;
	if (!timer && !single && !periodic)
		return;
	put_time(domain);
	events_raise_virq(domain, VIRQ_TIMER);
}

int32_t domain_set_timer_op(struct call *call)
{
	uint64_t time = (uint64_t)call->argument[1] << 32 | call->argument[0];

	call->xen->domain->timer = time ? time : NO_TIMER;
	return 0;
}

static int32_t set_periodic(struct call *call)
{
	enum { SHORTEST = 1000000 }; /* a millisecond, as Xen's */
	struct vcpu_set_periodic_timer set;
	struct domain *domain = call->xen->domain;
	uint64_t now = system_time(call->vm);

	if (!guest_read(call->vm, call->argument[2], &set, sizeof set))
		return -XEN_EFAULT;
	if (set.period_ns < SHORTEST || set.period_ns > INT64_MAX - now)
		return -XEN_EINVAL;
	domain->period = set.period_ns;
	domain->next_period = now + set.period_ns;
	return 0;
}

static int32_t set_singleshot(struct call *call)
{
	struct vcpu_set_singleshot_timer set;

	/* i386 lays it out in 12 bytes. */
	if (!guest_read(call->vm, call->argument[2], &set, offsetof(struct vcpu_set_singleshot_timer, flags) + 4))
		return -XEN_EFAULT;
	if (set.flags & VCPU_SSHOTTMR_future && set.timeout_abs_ns < system_time(call->vm))
		return -XEN_ETIME;
	call->xen->domain->singleshot = set.timeout_abs_ns;
	return 0;
}

int32_t domain_vcpu_op(struct call *call)
{
	struct domain *domain = call->xen->domain;

	if (call->argument[1])
		return -XEN_ENOENT;
	switch (call->argument[0]) {
	case VCPUOP_initialise: return -XEN_EEXIST;
	case VCPUOP_up: return 0;
	case VCPUOP_is_up: return 1;
	case VCPUOP_set_periodic_timer: return set_periodic(call);
	case VCPUOP_set_singleshot_timer: return set_singleshot(call);
	case VCPUOP_stop_periodic_timer: domain->next_period = NO_TIMER; return 0;
	case VCPUOP_stop_singleshot_timer: domain->singleshot = NO_TIMER; return 0;
	default: return -XEN_ENOSYS;
	}
}

/* ---- beginning ---- */

bool events_begin(struct domain *domain, uint32_t shared_mfn)
{
	uint8_t unmasked[sizeof(struct shared_info)] = {0}, all[128];
	uint32_t start = (uint32_t)domain->vm->config.start_time, version = 2;

	if (!frame_get(domain, shared_mfn, TYPE_WRITABLE))
		return false;
	domain->shared_mfn = shared_mfn;
	domain->timer = domain->singleshot = domain->next_period = NO_TIMER;
	memset(all, 0xff, sizeof all);
	shared_put(domain, 0, unmasked, sizeof unmasked);
	shared_put(domain, SHARED(evtchn_mask), all, sizeof all);
	for (unsigned i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		shared_put(domain, SHARED(vcpu_info[0].evtchn_upcall_mask) + i * (uint32_t)sizeof(struct vcpu_info), all, 1);
	shared_put(domain, SHARED(wc_sec), &start, sizeof start);
	shared_put(domain, SHARED(wc_version), &version, sizeof version);
	put_time(domain);
	return true;
}
