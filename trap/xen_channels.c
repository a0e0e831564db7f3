/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/xen_channels.c - event_channel_op: ports bound to virtual interrupts, to the lines of the machine's interrupt
 * controllers, and to the virtual CPU itself. There is nobody else to have a channel with.
 */
#include "trap/domain.h"

#include <stddef.h>
#include <string.h>

enum { CASCADE = 2 };

static bool is_self(uint32_t domid)
{
	return domid == DOMID_SELF || domid == 0;
}

static struct channel *channel_of(struct domain *domain, uint32_t port)
{
	if (!port || port >= NR_EVENT_CHANNELS || domain->channel[port].status == EVTCHNSTAT_closed)
		return NULL;
	return &domain->channel[port];
}

/* 0: all are in use. Port 0 is never given. */
static uint16_t free_port(const struct domain *domain)
{
	for (uint16_t port = 1; port < NR_EVENT_CHANNELS; port++)
		if (domain->channel[port].status == EVTCHNSTAT_closed)
			return port;
	return 0;
}

/* Binds a free port and tells its number where the caller wants it. `slot`: where it is noted; may be NULL. */
static int32_t bind(struct call *call, uint32_t port_at, uint8_t status, uint8_t which, uint16_t *slot)
{
	struct domain *domain = call->xen->domain;
	uint32_t port = free_port(domain);

	if (!port)
		return -XEN_ENOSPC;
	if (!guest_write(call->vm, port_at, &port, sizeof port))
		return -XEN_EFAULT;
	domain->channel[port] = (struct channel){.status = status, .which = which};
	if (slot)
		*slot = (uint16_t)port;
	return 0;
}

static int32_t bind_virq(struct call *call, uint32_t at)
{
	struct domain *domain = call->xen->domain;
	struct evtchn_bind_virq bound;
	int32_t result;

	if (!guest_read(call->vm, at, &bound, sizeof bound))
		return -XEN_EFAULT;
	if (bound.virq >= NR_VIRQS)
		return -XEN_EINVAL;
	if (bound.vcpu)
		return -XEN_ENOENT;
	if (domain->virq_port[bound.virq])
		return -XEN_EEXIST;
	result = bind(call, at + (uint32_t)offsetof(struct evtchn_bind_virq, port), EVTCHNSTAT_virq, (uint8_t)bound.virq,
	              &domain->virq_port[bound.virq]);
	domain_line_used(domain, CONSOLE_IRQ);
	return result;
}

static int32_t bind_pirq(struct call *call, uint32_t at)
{
	struct domain *domain = call->xen->domain;
	struct evtchn_bind_pirq bound;
	int32_t result;

	if (!guest_read(call->vm, at, &bound, sizeof bound))
		return -XEN_EFAULT;
	if (bound.pirq >= DOMAIN_IRQS || bound.pirq == CASCADE)
		return -XEN_EINVAL;
	if (domain->pirq_port[bound.pirq])
		return -XEN_EEXIST;
	result = bind(call, at + (uint32_t)offsetof(struct evtchn_bind_pirq, port), EVTCHNSTAT_pirq, (uint8_t)bound.pirq,
	              &domain->pirq_port[bound.pirq]);
	domain_line_used(domain, bound.pirq);
	return result;
}

static int32_t bind_ipi(struct call *call, uint32_t at)
{
	struct evtchn_bind_ipi bound;

	if (!guest_read(call->vm, at, &bound, sizeof bound))
		return -XEN_EFAULT;
	if (bound.vcpu)
		return -XEN_ENOENT;
	return bind(call, at + (uint32_t)offsetof(struct evtchn_bind_ipi, port), EVTCHNSTAT_ipi, 0, NULL);
}

static void unbind(struct domain *domain, struct channel *channel)
{
	unsigned which = channel->which, status = channel->status;

	*channel = (struct channel){0};
	if (status == EVTCHNSTAT_virq)
		domain->virq_port[which] = 0;
	if (status == EVTCHNSTAT_pirq)
		domain->pirq_port[which] = 0;
	domain_line_used(domain, status == EVTCHNSTAT_pirq ? which : (unsigned)CONSOLE_IRQ);
}

static int32_t close_port(struct call *call, uint32_t port)
{
	struct channel *channel = channel_of(call->xen->domain, port);

	if (!channel)
		return -XEN_EINVAL;
	unbind(call->xen->domain, channel);
	return 0;
}

static int32_t send(struct call *call, uint32_t port)
{
	struct channel *channel = channel_of(call->xen->domain, port);

	if (!channel || channel->status != EVTCHNSTAT_ipi)
		return -XEN_EINVAL;
	events_raise_port(call->xen->domain, port);
	return 0;
}

static int32_t unmask(struct call *call, uint32_t port)
{
	if (!channel_of(call->xen->domain, port))
		return -XEN_EINVAL;
	events_unmask(call->xen->domain, port);
	return 0;
}

/* close, send, unmask: a structure of a port and nothing else. */
static int32_t with_port(struct call *call, uint32_t at, int32_t (*operate)(struct call *call, uint32_t port))
{
	struct evtchn_port port;

	return guest_read(call->vm, at, &port, sizeof port) ? operate(call, port.port) : -XEN_EFAULT;
}

static int32_t status_of(struct call *call, uint32_t at)
{
	struct domain *domain = call->xen->domain;
	struct evtchn_status status;

	if (!guest_read(call->vm, at, &status, sizeof status))
		return -XEN_EFAULT;
	if (!is_self(status.dom))
		return -XEN_ESRCH;
	if (status.port >= NR_EVENT_CHANNELS)
		return -XEN_EINVAL;
	status.status = domain->channel[status.port].status;
	status.vcpu = 0;
	status.u[0] = domain->channel[status.port].which;
	return guest_write(call->vm, at, &status, sizeof status) ? 0 : -XEN_EFAULT;
}

static int32_t bind_vcpu(struct call *call, uint32_t at)
{
	struct evtchn_bind_vcpu bound;

	if (!guest_read(call->vm, at, &bound, sizeof bound))
		return -XEN_EFAULT;
	if (bound.vcpu)
		return -XEN_ENOENT;
	return channel_of(call->xen->domain, bound.port) ? 0 : -XEN_EINVAL;
}

static int32_t reset(struct call *call, uint32_t at)
{
	struct domain *domain = call->xen->domain;
	struct evtchn_reset reset;

	if (!guest_read(call->vm, at, &reset, sizeof reset))
		return -XEN_EFAULT;
	if (!is_self(reset.dom))
		return -XEN_ESRCH;
	for (uint32_t port = 1; port < NR_EVENT_CHANNELS; port++)
		if (channel_of(domain, port))
			unbind(domain, &domain->channel[port]);
	return 0;
}

/* A channel between domains needs another one. */
static int32_t no_other_domain(struct call *call, uint32_t at)
{
	uint16_t dom;

	return guest_read(call->vm, at, &dom, sizeof dom) ? -XEN_ESRCH : -XEN_EFAULT;
}

int32_t domain_event_channel_op(struct call *call)
{
	uint32_t at = call->argument[1];

	switch (call->argument[0]) {
	case EVTCHNOP_bind_interdomain:
	case EVTCHNOP_alloc_unbound: return no_other_domain(call, at);
	case EVTCHNOP_bind_virq: return bind_virq(call, at);
	case EVTCHNOP_bind_pirq: return bind_pirq(call, at);
	case EVTCHNOP_bind_ipi: return bind_ipi(call, at);
	case EVTCHNOP_bind_vcpu: return bind_vcpu(call, at);
	case EVTCHNOP_close: return with_port(call, at, close_port);
	case EVTCHNOP_send: return with_port(call, at, send);
	case EVTCHNOP_unmask: return with_port(call, at, unmask);
	case EVTCHNOP_status: return status_of(call, at);
	case EVTCHNOP_reset: return reset(call, at);
	default: return -XEN_ENOSYS;
	}
}
