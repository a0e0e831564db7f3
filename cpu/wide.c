/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/wide.c - memory operands of more than four bytes: those of x87, MMX and SSE, and whole register images. Every
 * page is looked up before the first byte is read or stored, so that a fault finds nothing done.
 * Intel SDM volume 3: 5.3 (limit), 6.15 (#AC), chapter 4 by way of tlb.c.
 */
#include "cpu/access.h"

static unsigned in_page(uint32_t linear, unsigned size)
{
	unsigned room = PAGE_SIZE - (linear & PAGE_MASK);

	return size < room ? size : room;
}

static bool checks_alignment(const struct cpu *cpu)
{
	return (cpu->state.cr0 & CR0_AM) && (cpu->state.eflags & EFLAGS_AC);
}

/* The host's bytes of an operand in one page that any access may go straight to; NULL: ask carefully. */
static uint8_t *fast_bytes(const struct cpu *cpu, unsigned segment, uint32_t offset, unsigned size, unsigned alignment,
                           bool write)
{
	uint32_t linear = cpu->fast[segment].base + offset, last = offset + size - 4;
	const struct tlb_tags *entry;

	if (size < 4 || last < offset || last >= cpu->fast[segment].top[write] || in_page(linear, size) < size)
		return NULL;
	entry = fast_entry(cpu, linear, checks_alignment(cpu) ? alignment : 1, write);
	return entry ? (uint8_t *)(entry->addend + linear) : NULL;
}

static bool page_allows(struct cpu *cpu, uint32_t linear, enum access access)
{
	const struct tlb_entry *entry = tlb_lookup(cpu, linear, access, cpu->user);

	return entry && (entry->host || device_ready(cpu));
}

static bool pages_allow(struct cpu *cpu, uint32_t linear, unsigned size, enum access access)
{
	unsigned first = in_page(linear, size);

	return page_allows(cpu, linear, access) && (first == size || page_allows(cpu, linear + first, access));
}

/* The most that a device or an observer is told of at once. */
static unsigned piece_of(uint32_t linear, unsigned size)
{
	unsigned piece = in_page(linear, size);

	return piece >= 4 ? 4 : piece >= 2 ? 2 : piece;
}

bool load_bytes(struct cpu *cpu, unsigned segment, uint32_t offset, void *to, unsigned size, unsigned alignment)
{
	const uint8_t *host = fast_bytes(cpu, segment, offset, size, alignment, false);
	uint8_t *bytes = to;
	uint32_t linear;

	if (host) {
		memcpy(to, host, size);
		return true;
	}
	if (!segment_linear(cpu, (enum segment_register)segment, offset, size, alignment, false, &linear) ||
	    !pages_allow(cpu, linear, size, ACCESS_READ))
		return false;
	if (debug_enabled_data(cpu))
		debug_check_data(cpu, linear, size, false);
	for (unsigned piece; size; size -= piece, linear += piece, bytes += piece) {
		const struct tlb_entry *entry = tlb_lookup(cpu, linear, ACCESS_READ, cpu->user);
		uint32_t value;

		if (!entry)
			return false;
		piece = piece_of(linear, size);
		value = load_page(cpu, entry, linear, piece);
		memcpy(bytes, &value, piece);
		if (entry->observed)
			watch_access(cpu, entry, linear, piece, value, false);
	}
	return true;
}

bool store_bytes(struct cpu *cpu, unsigned segment, uint32_t offset, const void *from, unsigned size, unsigned alignment)
{
	uint8_t *host = fast_bytes(cpu, segment, offset, size, alignment, true);
	const uint8_t *bytes = from;
	uint32_t linear;

	if (host) {
		memcpy(host, from, size);
		return true;
	}
	if (!segment_linear(cpu, (enum segment_register)segment, offset, size, alignment, true, &linear) ||
	    !pages_allow(cpu, linear, size, ACCESS_WRITE))
		return false;
	if (debug_enabled_data(cpu))
		debug_check_data(cpu, linear, size, true);
	for (unsigned piece; size; size -= piece, linear += piece, bytes += piece) {
		const struct tlb_entry *entry = tlb_lookup(cpu, linear, ACCESS_WRITE, cpu->user);
		uint32_t value = 0;

		if (!entry)
			return false;
		piece = piece_of(linear, size);
		memcpy(&value, bytes, piece);
		store_page(cpu, entry, linear, piece, value);
		if (entry->observed)
			watch_access(cpu, entry, linear, piece, value, true);
	}
	return true;
}

bool probe_bytes(struct cpu *cpu, unsigned segment, uint32_t offset, unsigned size, unsigned alignment)
{
	uint32_t linear;

	if (fast_bytes(cpu, segment, offset, size, alignment, true))
		return true;
	return segment_linear(cpu, (enum segment_register)segment, offset, size, alignment, true, &linear) &&
	       pages_allow(cpu, linear, size, ACCESS_WRITE);
}
