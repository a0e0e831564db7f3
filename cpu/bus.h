/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/bus.h - what a processor asks of the machine around it: memory, ports, an interrupt vector.
 * Physical addresses here are the processor's own: machine addresses (ma) for the processor that
 * runs under a VMM, guest-physical ones (gpa) for a virtual CPU and for a machine without a VMM.
 */
#ifndef RINGSIDE_CPU_BUS_H
#define RINGSIDE_CPU_BUS_H

#include <stdbool.h>
#include <stdint.h>

enum { PAGE_SHIFT = 12, PAGE_SIZE = 1 << PAGE_SHIFT, PAGE_MASK = PAGE_SIZE - 1 };

/* How one page frame of physical memory may be reached. */
struct bus_page {
	uint8_t *host; /* NULL: a device or nothing is there, every access goes through mmio_* */
	bool writable; /* false: stores are dropped (ROM) */
	bool watched;  /* true: after each store `written` must be called */
	bool monitor;  /* the VMM's own code lies there, which is C: a fetch from it leaves cpu_run */
};

struct bus {
	void *owner; /* passed back in every call */

	/* Describes the frame `frame` (physical address >> 12). Any number is a fair question. */
	struct bus_page (*page)(void *owner, uint64_t frame);

	/* Physical accesses of 1, 2 or 4 bytes where `page` gave no host pointer. */
	uint32_t (*mmio_read)(void *owner, uint64_t address, unsigned size);
	void (*mmio_write)(void *owner, uint64_t address, unsigned size, uint32_t value);

	/* Stores to a watched page have been done: `size` bytes from `address`, in one page. */
	void (*written)(void *owner, uint64_t address, uint32_t size);

	/* The processor holds decoded code from this frame, and no longer does: while it does, stores
	 * by others (devices, loaders, another processor) must be told with cpu_code_written. */
	void (*code_cached)(void *owner, uint64_t frame, bool cached);

	/* Port accesses of 1, 2 or 4 bytes; upper bits of what is read are ignored. */
	uint32_t (*port_read)(void *owner, uint16_t port, unsigned size);
	void (*port_write)(void *owner, uint16_t port, unsigned size, uint32_t value);

	/* FERR# changed: an x87 exception is pending that CR0.NE does not make an #MF of, or no longer. NULL: not wired. */
	void (*numeric_error)(void *owner, bool asserted);

	/* IA32_APIC_BASE was written, by WRMSR. NULL: nobody looks. */
	void (*apic_base)(void *owner, uint64_t value);

	/* INTA: the interrupt controller's vector. Called once for each delivered interrupt. */
	uint8_t (*acknowledge)(void *owner);
};

#endif
