/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/block.h - decoded code: straight-line blocks found again by physical address, dropped when the
 * bytes under them are written. All memory is had at the start; when it is used up, everything goes.
 */
#ifndef RINGSIDE_CPU_BLOCK_H
#define RINGSIDE_CPU_BLOCK_H

#include "cpu/engine.h"

enum { BLOCK_INSNS = 32 };

/* Where a block went on the last time that way: the block that is known to be at a linear address. */
struct chain {
	uint32_t linear;
	uint64_t key; /* block_key at that time */
	const struct block *block;
};

struct block {
	uint64_t physical;  /* of its first byte */
	struct insn *insn;  /* `count` of them and the end mark */
	struct block *next_in_bucket, *next_in_page;
	uint32_t worst;     /* most cycles that a run of it may take before its last instruction ends */
	uint16_t bytes;
	uint8_t count;
	bool big;
	bool valid;
	struct chain chain[2]; /* not taken, taken */
};

/* What the meaning of a linear address depends on: address space and mode of the code. */
static inline uint64_t block_key(const struct cpu *cpu)
{
	return cpu->translation << 2 | (uint64_t)cpu->code_big << 1 | cpu->user;
}

/* Does CS reach to the block's end? */
static inline bool block_fits(const struct cpu *cpu, const struct block *block, uint32_t eip)
{
	uint32_t limit = cpu->state.segment[CS].limit;

	return eip <= limit && limit - eip >= block->bytes - 1u;
}

struct block_cache *blocks_new(struct arena *arena);
void blocks_flush(struct cpu *cpu);

/* The block at CS:EIP, decoded if need be. NULL: a fault is pending, the VMM was called, or the run
 * stands still here. */
const struct block *block_find(struct cpu *cpu);

bool blocks_frame_has_code(const struct cpu *cpu, uint64_t frame);

/* Fills the end mark's place: the block goes on behind its last instruction. */
insn_execute end_mark;

#endif
