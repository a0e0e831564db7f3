/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/xen_lines.c - the machine's interrupt controllers under a domain: they are the VMM's, which takes each interrupt,
 * ends it, and raises an event instead. What comes in at COM1 is the console's, unless the guest has bound its line.
 */
#include "trap/domain.h"

enum {
	MASTER = 0x20, SLAVE = 0xa0, VECTORS = 0x20, END = 0x20,
	UART = 0x3f8, UART_ENABLE = UART + 1, UART_MODEM = UART + 4, UART_STATUS = UART + 5,
	ENABLE_RECEIVED = 1, MODEM_LINES = 0x0b, STATUS_RECEIVED = 1,
};

static void out(struct domain *domain, uint16_t port, uint8_t value)
{
	board_write(domain->vm->board, port, 1, value, domain->vm->clock);
}

static uint8_t in(struct domain *domain, uint16_t port)
{
	return (uint8_t)board_read(domain->vm->board, port, 1, domain->vm->clock);
}

static bool console_bound(const struct domain *domain)
{
	return domain->virq_port[VIRQ_CONSOLE] && !domain->pirq_port[CONSOLE_IRQ];
}

/* Lets the lines through that somebody listens to, and that of the slave. */
static void set_masks(struct domain *domain)
{
	uint16_t open = 1u << 2;

	for (unsigned irq = 0; irq < DOMAIN_IRQS; irq++)
		if (domain->pirq_port[irq])
			open |= (uint16_t)(1u << irq);
	if (console_bound(domain))
		open |= 1u << CONSOLE_IRQ;
	out(domain, MASTER + 1, (uint8_t)~open);
	out(domain, SLAVE + 1, (uint8_t)(~open >> 8));
}

void domain_line_used(struct domain *domain, unsigned irq)
{
	set_masks(domain);
	if (irq != CONSOLE_IRQ || !console_bound(domain))
		return;
	out(domain, UART_ENABLE, ENABLE_RECEIVED);
	out(domain, UART_MODEM, MODEM_LINES);
}

/* ICW1 to ICW4 of both controllers (Intel 8259A data sheet), then everything masked. */
void domain_claim_interrupts(struct domain *domain)
{
	static const uint16_t base[2] = {MASTER, SLAVE};

	for (unsigned i = 0; i < 2; i++) {
		out(domain, base[i], 0x11);
		out(domain, base[i] + 1, (uint8_t)(VECTORS + 8 * i));
		out(domain, base[i] + 1, i ? 2 : 4);
		out(domain, base[i] + 1, 1);
	}
	set_masks(domain);
}

static void read_console(struct domain *domain)
{
	while (in(domain, UART_STATUS) & STATUS_RECEIVED) {
		uint8_t byte = in(domain, UART);

		if (domain->input_end - domain->input_begin < INPUT_MAX)
			domain->input[domain->input_end++ % INPUT_MAX] = byte;
	}
	events_raise_virq(domain, VIRQ_CONSOLE);
}

/* Board time passes while this runs only as far as the clock says: the loop ends. */
void domain_take_interrupts(struct domain *domain)
{
	while (board_interrupt(domain->vm->board)) {
		unsigned irq = board_acknowledge(domain->vm->board) - (unsigned)VECTORS;

		if (irq >= 8)
			out(domain, SLAVE, END);
		out(domain, MASTER, END);
		if (irq < DOMAIN_IRQS && domain->pirq_port[irq])
			events_raise_pirq(domain, irq);
		else if (irq == CONSOLE_IRQ)
			read_console(domain);
	}
}

int32_t domain_console_read(struct call *call, uint32_t count, uint32_t buffer)
{
	struct domain *domain = call->xen->domain;
	uint32_t have = domain->input_end - domain->input_begin;
	uint8_t bytes[INPUT_MAX];

	count = count < have ? count : have;
	for (uint32_t i = 0; i < count; i++)
		bytes[i] = domain->input[(domain->input_begin + i) % INPUT_MAX];
	if (!guest_write(call->vm, buffer, bytes, count))
		return -XEN_EFAULT;
	domain->input_begin += count;
	return (int32_t)count;
}
