/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/access.h - reaching registers, memory and operands from an instruction.
 * The fast path is one compare with the segment's top and one with a TLB tag; all else is in memory.c.
 */
#ifndef RINGSIDE_CPU_ACCESS_H
#define RINGSIDE_CPU_ACCESS_H

#include "cpu/engine.h"
#include "cpu/flags.h"

/* ---- registers ---- */

static inline uint32_t get_byte_register(const struct cpu *cpu, unsigned reg)
{
	return cpu->state.gpr[reg & 3] >> ((reg & 4) * 2) & 0xff;
}

static inline void set_byte_register(struct cpu *cpu, unsigned reg, uint32_t value)
{
	unsigned shift = (reg & 4) * 2;
	uint32_t *gpr = &cpu->state.gpr[reg & 3];

	*gpr = (*gpr & ~(0xffu << shift)) | (value & 0xff) << shift;
}

static inline void set_word_register(struct cpu *cpu, unsigned reg, uint32_t value)
{
	cpu->state.gpr[reg] = (cpu->state.gpr[reg] & 0xffff0000u) | (value & 0xffff);
}

/* `size` 1, 2 or 4: zero-extended value; the rest of the register stays on writing. */
static inline uint32_t get_register(const struct cpu *cpu, unsigned reg, unsigned size)
{
	if (size == 4)
		return cpu->state.gpr[reg];
	if (size == 2)
		return cpu->state.gpr[reg] & 0xffff;
	return get_byte_register(cpu, reg);
}

static inline void set_register(struct cpu *cpu, unsigned reg, unsigned size, uint32_t value)
{
	if (size == 4)
		cpu->state.gpr[reg] = value;
	else if (size == 2)
		set_word_register(cpu, reg, value);
	else
		set_byte_register(cpu, reg, value);
}

/* ---- memory ---- */

static inline uint32_t host_load(const void *host, unsigned size)
{
	if (size == 4) {
		uint32_t value;
		memcpy(&value, host, 4);
		return value;
	}
	if (size == 2) {
		uint16_t value;
		memcpy(&value, host, 2);
		return value;
	}
	return *(const uint8_t *)host;
}

static inline void host_store(void *host, unsigned size, uint32_t value)
{
	memcpy(host, &value, size); /* the host is little-endian: checked at build */
}

/* The offset of the memory operand, before segmentation. */
static inline uint32_t effective_offset(const struct cpu *cpu, const struct insn *insn)
{
	return (cpu->state.gpr[insn->base] + (cpu->state.gpr[insn->index] << insn->scale) +
	        insn->displacement) & insn->address_mask;
}

/* Entry that serves this aligned access at once, or NULL. */
static inline const struct tlb_tags *fast_entry(const struct cpu *cpu, uint32_t linear, unsigned size, bool write)
{
	const struct tlb_tags *entry = &cpu->tags[linear >> PAGE_SHIFT & (TLB_ENTRIES - 1)];

	if (entry->tag[cpu->user][write] != (linear & (~(uint32_t)PAGE_MASK | (size - 1))))
		return NULL;
	return entry;
}

/* false: a fault is pending. `size` 1, 2 or 4. */
static inline bool load(struct cpu *cpu, unsigned segment, uint32_t offset, unsigned size, uint32_t *value)
{
	if (offset < cpu->fast[segment].top[0]) {
		uint32_t linear = cpu->fast[segment].base + offset;
		const struct tlb_tags *entry = fast_entry(cpu, linear, size, false);
		if (entry) {
			*value = host_load((const void *)(entry->addend + linear), size);
			return true;
		}
	}
	if (!load_slow(cpu, (enum segment_register)segment, offset, size))
		return false;
	*value = cpu->loaded;
	return true;
}

static inline bool store(struct cpu *cpu, unsigned segment, uint32_t offset, unsigned size, uint32_t value)
{
	if (offset < cpu->fast[segment].top[1]) {
		uint32_t linear = cpu->fast[segment].base + offset;
		const struct tlb_tags *entry = fast_entry(cpu, linear, size, true);
		if (entry) {
			host_store((void *)(entry->addend + linear), size, value);
			return true;
		}
	}
	return store_slow(cpu, (enum segment_register)segment, offset, size, value);
}

/* ---- the stack ---- */

/* Stores below the stack pointer without moving it; move_stack does that once nothing can fault. */
static inline bool push_at(struct cpu *cpu, uint32_t *pointer, unsigned size, uint32_t value)
{
	*pointer -= size;
	return store(cpu, SS, *pointer & cpu->stack_mask, size, value);
}

static inline bool pop_at(struct cpu *cpu, uint32_t *pointer, unsigned size, uint32_t *value)
{
	if (!load(cpu, SS, *pointer & cpu->stack_mask, size, value))
		return false;
	*pointer += size;
	return true;
}

/* ESP, or SP alone when the stack segment is a 16-bit one. */
static inline void move_stack(struct cpu *cpu, uint32_t pointer)
{
	cpu->state.gpr[ESP] = (cpu->state.gpr[ESP] & ~cpu->stack_mask) | (pointer & cpu->stack_mask);
}

/* One push or pop: false leaves ESP as it was. */
static inline bool push(struct cpu *cpu, unsigned size, uint32_t value)
{
	uint32_t pointer = cpu->state.gpr[ESP];

	if (!push_at(cpu, &pointer, size, value))
		return false;
	move_stack(cpu, pointer);
	return true;
}

static inline bool pop(struct cpu *cpu, unsigned size, uint32_t *value)
{
	uint32_t pointer = cpu->state.gpr[ESP];

	if (!pop_at(cpu, &pointer, size, value))
		return false;
	move_stack(cpu, pointer);
	return true;
}

/* ---- the r/m operand, register or memory ---- */

static inline bool read_rm(struct cpu *cpu, const struct insn *insn, unsigned size, uint32_t *value)
{
	if (insn->memory)
		return load(cpu, insn->segment, effective_offset(cpu, insn), size, value);
	*value = get_register(cpu, insn->rm, size);
	return true;
}

static inline bool write_rm(struct cpu *cpu, const struct insn *insn, unsigned size, uint32_t value)
{
	if (insn->memory)
		return store(cpu, insn->segment, effective_offset(cpu, insn), size, value);
	set_register(cpu, insn->rm, size, value);
	return true;
}

#endif
