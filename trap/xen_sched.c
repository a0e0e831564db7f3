/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/xen_sched.c - a domain gives the processor back: until an event can be delivered (block), until one of some ports is
 * pending (poll), or for good.
 */
#include "trap/domain.h"

#include <stddef.h>

static bool poll_done(const struct domain *domain)
{
	for (unsigned i = 0; i < domain->polls; i++)
		if (shared_bit(domain, (uint32_t)offsetof(struct shared_info, evtchn_pending), domain->poll_port[i]))
			return true;
	return system_time(domain->vm) >= domain->poll_timeout;
}

bool events_wake(struct domain *domain)
{
	if (events_deliverable(domain) || (domain->polling && poll_done(domain)) ||
	    (!domain->event_eip && upcall_pending(domain) && !domain->polling))
		domain->blocked = domain->polling = false;
	return !domain->blocked;
}

int32_t domain_block(struct domain *domain)
{
	set_upcall_mask(domain, false);
	domain->blocked = true;
	events_wake(domain);
	return 0;
}

static int32_t poll(struct call *call)
{
	struct domain *domain = call->xen->domain;
	struct sched_poll poll;
	uint32_t port[POLL_MAX];

	if (!guest_read(call->vm, call->argument[1], &poll, sizeof poll))
		return -XEN_EFAULT;
	if (poll.nr_ports > POLL_MAX)
		return -XEN_EINVAL;
	if (!guest_read(call->vm, poll.ports, port, poll.nr_ports * sizeof *port))
		return -XEN_EFAULT;
	for (unsigned i = 0; i < poll.nr_ports; i++)
		if (!port[i] || port[i] >= NR_EVENT_CHANNELS)
			return -XEN_EINVAL;
	for (unsigned i = 0; i < poll.nr_ports; i++)
		domain->poll_port[i] = (uint16_t)port[i];
	domain->polls = poll.nr_ports;
	domain->poll_timeout = poll.timeout ? poll.timeout : NO_TIMER;
	domain->blocked = domain->polling = true;
	events_wake(domain);
	return 0;
}

int32_t domain_sched_op(struct call *call)
{
	struct sched_shutdown shutdown;

	switch (call->argument[0]) {
	case SCHEDOP_yield: return 0;
	case SCHEDOP_block: return domain_block(call->xen->domain);
	case SCHEDOP_poll: return poll(call);
	case SCHEDOP_shutdown:
		if (!guest_read(call->vm, call->argument[1], &shutdown, sizeof shutdown))
			return -XEN_EFAULT;
		return guest_shutdown(call, shutdown.reason);
	default: return -XEN_ENOSYS;
	}
}

int32_t domain_sched_op_compat(struct call *call)
{
	switch (call->argument[0]) {
	case SCHEDOP_yield: return 0;
	case SCHEDOP_block: return domain_block(call->xen->domain);
	case SCHEDOP_shutdown: return guest_shutdown(call, call->argument[1]);
	default: return -XEN_ENOSYS;
	}
}
