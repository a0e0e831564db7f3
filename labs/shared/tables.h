/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/shared/tables.h - the tables that the processor wants of a lab guest: descriptors and gates (SDM vol. 3, figures 3-8 and 6-2),
 * what LGDT and LIDT take, and the way into paging.
 */
#ifndef SHARED_TABLES_H
#define SHARED_TABLES_H

#include <stdint.h>

struct descriptor {
	uint32_t low, high;
};

struct table {
	uint16_t limit;
	uint32_t base;
} __attribute__((packed));

/* `access`: bits 8 to 23 of the descriptor's upper half, without the limit's upper bits. */
static inline struct descriptor segment(uint32_t base, uint32_t limit, uint32_t access)
{
	return (struct descriptor){base << 16 | (limit & 0xffff),
	                           (base & 0xff000000) | (base >> 16 & 0xff) | access << 8 | (limit & 0xf0000)};
}

/* `access`: 8EH an interrupt gate, 8FH a trap gate; EEH one that ring 3 may call. `code`: the handler's selector. */
static inline struct descriptor gate(uint32_t code, const void *handler, uint32_t access)
{
	return (struct descriptor){code << 16 | ((uint32_t)handler & 0xffff), ((uint32_t)handler & 0xffff0000) | access << 8};
}

/* Interrupt gates for the first `count` entries of start.h's. */
static inline void set_interrupt_gates(struct descriptor *idt, unsigned count, uint32_t code)
{
	extern const uint8_t entries[];

	for (unsigned vector = 0; vector < count; vector++)
		idt[vector] = gate(code, entries + 16 * vector, 0x8e);
}

/* CR3, then PG and WP. */
static inline void start_paging(const uint32_t *directory)
{
	uint32_t cr0;

	__asm__ volatile("mov %0, %%cr3" : : "r"(directory));
	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0 | 0x80010000) : "memory");
}

#endif
