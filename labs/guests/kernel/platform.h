/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/platform.h - what the kernel asks of whatever lies below it: the bare machine (bare.c), or in
 * the paravirtual build a hypervisor (pv/). All the rest of the kernel is the same on both.
 *
 * Page-table entries are read and written in the kernel's own terms, physical addresses, whatever the
 * processor's tables hold. Writes may wait in a queue, so `flush` comes before anything that depends on
 * them: user code, and the reuse of a frame.
 */
#ifndef GUEST_KERNEL_PLATFORM_H
#define GUEST_KERNEL_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct platform {
	/* The beginning: segments and gates; what the loader said, into `options`. */
	void (*begin)(void);
	void (*read_options)(uint32_t magic, uint32_t information);

	/* From now on user code is that of `directory`, and enters the kernel on the stack that ends at `top`. */
	void (*enter)(uint32_t directory, uint32_t top);
	uint32_t (*fault_address)(void); /* of the page fault being handled */

	/* Page tables (paging.c). */
	uint32_t (*first_directory)(void); /* what paging_init begins with: empty, or with the kernel in it */
	uint32_t (*read_entry)(const uint32_t *entry);
	bool large_pages;
	void (*write_entry)(uint32_t *entry, uint32_t value);
	void (*table_made)(uint32_t directory, uint32_t table); /* filled, about to go into the directory */
	void (*forget_page)(uint32_t linear);                   /* in the TLB */
	void (*forget_all)(uint32_t directory);
	void (*flush)(void);
	void (*load_directory)(uint32_t directory); /* at the next flush, at the latest */
	void (*directory_ends)(uint32_t directory); /* never loaded again; its tables are data from now on */

	/* Interrupts and devices. */
	void (*interrupt)(uint32_t vector);
	void (*console_begin)(void); /* beside the screen */
	void (*console_write)(const char *text, size_t size);
	void (*console_drain)(void); /* until all is sent */
	void (*input_begin)(void);
	void (*interrupts_begin)(void);
	uint32_t (*timer_begin)(uint32_t hertz); /* gives the rate that it will be */
	/* Counts down and begins again, about once a tick, interrupts or not. */
	uint16_t (*timer_count)(void);
	void (*off)(uint32_t value) __attribute__((noreturn));
};

/* The one in use. Before platform_choose: the bare machine. */
extern const struct platform *platform;
extern const struct platform platform_bare;

/* Looks at how the kernel was started, and at the processor. */
void platform_choose(uint32_t magic, uint32_t information);

#endif
