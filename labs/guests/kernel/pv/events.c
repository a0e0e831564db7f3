/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/pv/events.c - event channels, which a domain has instead of interrupt controllers: one bit each
 * in a page that it shares with the hypervisor, a word that says which words of them to look at, a flag
 * that there is something, and one that nothing should come now (Barham et al. 2003, 3.2 and 3.3.2;
 * core/xen.h).
 */
#include "kernel/pv/pv.h"

enum { WORD_BITS = 32, CHANNELS_MAX = 32, CONSOLE_BYTES = 64, NANOSECONDS = 1000000000, FASTEST = 1000 };

/* The page in this place gives way to the shared one. */
static uint8_t shared_page[FRAME_SIZE] __attribute__((aligned(4096)));
static void (*handlers[CHANNELS_MAX])(void);

static volatile struct shared_info *shared(void)
{
	return (volatile struct shared_info *)shared_page;
}

void events_begin(uint32_t shared_info)
{
	MUST(update_va_mapping, address_of(shared_page), shared_info | PAGE_WRITABLE | PAGE_PRESENT, 0,
	     UVMF_INVLPG);
	for (unsigned i = 0; i < NR_EVENT_CHANNELS / WORD_BITS; i++)
		shared()->evtchn_mask[i] = 0xFFFFFFFF;
	shared_vcpu = &shared()->vcpu_info[0];
	shared_vcpu->evtchn_upcall_mask = 1;
}

uint32_t events_fault_address(void)
{
	return shared_vcpu->arch.cr2;
}

/* ---- what has come ---- */

static void handle_word(unsigned word)
{
	uint32_t pending;

	while ((pending = shared()->evtchn_pending[word] & ~shared()->evtchn_mask[word])) {
		unsigned bit = (unsigned)__builtin_ctz(pending), channel = word * WORD_BITS + bit;
		__atomic_fetch_and(&shared()->evtchn_pending[word], ~(1u << bit), __ATOMIC_SEQ_CST);
		if (channel < CHANNELS_MAX && handlers[channel])
			handlers[channel]();
	}
}

void events_interrupt(uint32_t vector)
{
	uint32_t words;

	(void)vector;
	shared_vcpu->evtchn_upcall_pending = 0;
	words = __atomic_exchange_n(&shared_vcpu->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
	for (; words; words &= words - 1)
		handle_word((unsigned)__builtin_ctz(words));
}

/* ---- what may come ---- */

static void listen(uint32_t channel, void (*handler)(void))
{
	struct evtchn_port port = {channel};

	if (channel >= CHANNELS_MAX)
		panic("event channel %u: more than the kernel has handlers for", channel);
	handlers[channel] = handler;
	MUST(event_channel_op, EVTCHNOP_unmask, address_of(&port), 0, 0);
}

static void listen_virtual(uint32_t virq, void (*handler)(void))
{
	struct evtchn_bind_virq bind = {.virq = virq};

	MUST(event_channel_op, EVTCHNOP_bind_virq, address_of(&bind), 0, 0);
	listen(bind.port, handler);
}

/* Xen takes no period below a millisecond. */
uint32_t events_timer(uint32_t hertz)
{
	struct vcpu_set_periodic_timer timer;

	if (hertz > FASTEST)
		hertz = FASTEST;
	timer.period_ns = NANOSECONDS / hertz;
	listen_virtual(VIRQ_TIMER, timer_interrupt);
	MUST(vcpu_op, VCPUOP_set_periodic_timer, 0, address_of(&timer), 0);
	return hertz;
}

static void read_console(void)
{
	char bytes[CONSOLE_BYTES];
	int32_t count;

	while ((count = hypercall(__HYPERVISOR_console_io, CONSOLEIO_read, sizeof(bytes), address_of(bytes),
				  0)) > 0) {
		for (int32_t i = 0; i < count; i++)
			input_typed(bytes[i]);
	}
}

static void read_keyboard(void)
{
	keyboard_interrupt(IRQ_KEYBOARD);
}

void events_input(void)
{
	struct evtchn_bind_pirq bind = {.pirq = IRQ_KEYBOARD};

	listen_virtual(VIRQ_CONSOLE, read_console);
	MUST(event_channel_op, EVTCHNOP_bind_pirq, address_of(&bind), 0, 0);
	listen(bind.port, read_keyboard);
	keyboard_empty();
}

/* A hypervisor may take less at a time: then by halves. Another error is left alone: the panic about it
 * would come here again. */
void pv_console_write(const char *text, size_t size)
{
	static size_t most = 256;

	while (size) {
		size_t part = size < most ? size : most;
		int32_t error = hypercall(__HYPERVISOR_console_io, CONSOLEIO_write, part, address_of(text), 0);
		if (error == -XEN_E2BIG && part > 1) {
			most = part / 2;
			continue;
		}
		if (error)
			return;
		text += part;
		size -= part;
	}
}
