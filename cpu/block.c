/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/block.c - the cache of decoded code. A block is found by physical address, so that it survives
 * address-space switches and serves every mapping of its page; a small table in front finds it by
 * linear address. Stores into code are seen at once, as on P6 and later (SDM vol. 3, 11.6).
 */
#include "cpu/block.h"

#ifdef RINGSIDE_HOSTILE
enum { BLOCKS = 8, PAGES = 4, JUMPS = 4, LONE_BLOCKS = 1 };
#else
enum { BLOCKS = 1 << 14, PAGES = 1 << 12, JUMPS = 1 << 12, LONE_BLOCKS = 64 };
#endif
enum { INSNS = BLOCKS * 8, BUCKETS = BLOCKS * 2, PAGE_BUCKETS = PAGES * 2, GRANULE_SHIFT = 6 };

/* A frame that holds decoded code, and which 64-byte granules of it. */
struct code_page {
	uint64_t frame;
	uint64_t granules;
	struct block *blocks;
	struct code_page *next;
};

/* One instruction that no cached block can hold, because it spans two pages or ends at the limit. Good for
 * as long as the same bytes are found there again. */
struct lone_block {
	uint64_t physical;
	uint8_t bytes[INSN_MAX_LENGTH];
	struct block block;
	struct insn insn[2];
};

struct jump {
	uint32_t linear;
	uint64_t key;
	const struct block *block;
};

struct block_cache {
	struct jump jump[JUMPS];
	struct block *bucket[BUCKETS];
	struct code_page *page_bucket[PAGE_BUCKETS];
	struct code_page *free_page;
	unsigned blocks_used, insns_used;
	struct lone_block lone[LONE_BLOCKS];
	struct code_page page[PAGES];
	struct block block[BLOCKS];
	struct insn insn[INSNS];
};

/* ---- pages ---- */

static unsigned page_hash(uint64_t frame)
{
	return (unsigned)frame & (PAGE_BUCKETS - 1);
}

static struct code_page *page_find(const struct block_cache *cache, uint64_t frame)
{
	struct code_page *page = cache->page_bucket[page_hash(frame)];

	while (page && page->frame != frame)
		page = page->next;
	return page;
}

static void tell_code_cached(struct cpu *cpu, uint64_t frame, bool cached)
{
	if (cpu->bus->code_cached)
		cpu->bus->code_cached(cpu->bus->owner, frame, cached);
	cpu_page_changed(cpu, frame);
}

/* NULL: none is free. */
static struct code_page *page_make(struct cpu *cpu, uint64_t frame)
{
	struct block_cache *cache = cpu->blocks;
	struct code_page *page = page_find(cache, frame);
	unsigned hash = page_hash(frame);

	if (page || !cache->free_page)
		return page;
	page = cache->free_page;
	cache->free_page = page->next;
	*page = (struct code_page){.frame = frame, .next = cache->page_bucket[hash]};
	cache->page_bucket[hash] = page;
	tell_code_cached(cpu, frame, true);
	return page;
}

static void page_drop(struct cpu *cpu, struct code_page *page)
{
	struct block_cache *cache = cpu->blocks;
	struct code_page **link = &cache->page_bucket[page_hash(page->frame)];
	uint64_t frame = page->frame;

	while (*link != page)
		link = &(*link)->next;
	*link = page->next;
	page->next = cache->free_page;
	cache->free_page = page;
	tell_code_cached(cpu, frame, false);
}

bool blocks_frame_has_code(const struct cpu *cpu, uint64_t frame)
{
	return page_find(cpu->blocks, frame) != NULL;
}

static uint64_t granule_mask(uint64_t physical, uint32_t size)
{
	unsigned first = (unsigned)(physical & PAGE_MASK) >> GRANULE_SHIFT;
	unsigned last = (unsigned)((physical & PAGE_MASK) + size - 1) >> GRANULE_SHIFT;

	return (~UINT64_C(0) >> (63 - (last - first))) << first;
}

/* ---- blocks ---- */

static unsigned block_hash(uint64_t physical, bool big)
{
	return ((unsigned)physical ^ (unsigned)(physical >> 12) * 0x9e5u ^ big) & (BUCKETS - 1);
}

static void invalidate(struct cpu *cpu, struct block *block)
{
	struct block **link = &cpu->blocks->bucket[block_hash(block->physical, block->big)];

	while (*link != block)
		link = &(*link)->next_in_bucket;
	*link = block->next_in_bucket;
	block->valid = false;
	/* It may be the one that runs: whatever instruction is next leaves it. */
	for (unsigned i = 0; i <= block->count; i++)
		block->insn[i].execute = end_mark;
	cpu->counters.blocks_invalidated++;
}

/*
 * tour 3.4: The code is overwritten
 * Every store into a frame that holds decoded code comes here. Blocks under the stored bytes go; the one
 * that runs is left at its next instruction, as a processor would refetch it.
 */
/* `size` bytes from `physical`, in one page. */
static void code_written_in_page(struct cpu *cpu, uint64_t physical, uint32_t size)
{
	struct code_page *page = page_find(cpu->blocks, physical >> PAGE_SHIFT);
	struct block **link;
	uint64_t kept = 0;

	if (!page || !(page->granules & granule_mask(physical, size)))
		return;
	link = &page->blocks;
	while (*link) {
		struct block *block = *link;
		if (block->physical < physical + size && physical < block->physical + block->bytes) {
			*link = block->next_in_page;
			invalidate(cpu, block);
		} else {
			kept |= granule_mask(block->physical, block->bytes);
			link = &block->next_in_page;
		}
	}
	page->granules = kept;
	if (!page->blocks)
		page_drop(cpu, page);
}

void cpu_code_written(struct cpu *cpu, uint64_t address, uint32_t size)
{
	while (size) {
		uint32_t part = PAGE_SIZE - (uint32_t)(address & PAGE_MASK);

		if (part > size)
			part = size;
		code_written_in_page(cpu, address, part);
		address += part;
		size -= part;
	}
}

static void empty(struct block_cache *cache)
{
	memset(cache->jump, 0, sizeof cache->jump);
	memset(cache->bucket, 0, sizeof cache->bucket);
	memset(cache->page_bucket, 0, sizeof cache->page_bucket);
	cache->blocks_used = 0;
	cache->insns_used = 0;
	cache->free_page = NULL;
	for (unsigned i = 0; i < LONE_BLOCKS; i++)
		cache->lone[i].block.valid = false;
	for (unsigned i = 0; i < PAGES; i++) {
		cache->page[i].next = cache->free_page;
		cache->free_page = &cache->page[i];
	}
}

struct block_cache *blocks_new(struct arena *arena)
{
	struct block_cache *cache = arena_take(arena, sizeof *cache);

	if (cache)
		empty(cache);
	return cache;
}

/* Only between blocks: the insns of a running one would be reused under it. */
void blocks_flush(struct cpu *cpu)
{
	struct block_cache *cache = cpu->blocks;

	for (unsigned i = 0; i < PAGE_BUCKETS; i++)
		while (cache->page_bucket[i])
			page_drop(cpu, cache->page_bucket[i]);
	empty(cache);
	cpu->translation++;
}

/* ---- decoding ---- */

void end_mark(struct cpu *cpu, const struct insn *insn)
{
	*cpu->clock += cost_before(insn);
	cpu->instructions += insn->index_in_block;
	cpu->state.eip = cpu->block_eip + insn->offset;
}

/* Cycles that an instruction may take beyond its row's: three accesses, each on two pages, each walked
 * by three references. Those with more accesses end their block. */
static uint32_t worst_extra(const struct cpu *cpu)
{
	return 18 * cpu->costs->cycles[COST_walk_reference] + cpu->costs->cycles[COST_locked];
}

static bool announced(const struct cpu *cpu, const struct instruction *row)
{
	if (row->feature == INSN_HINT)
		return cpu->features.hints;
	return !row->feature || cpu->features.cpuid_edx >> (row->feature - 1) & 1;
}

/* Gives a decoded instruction its place in a block. */
static void place(const struct cpu *cpu, struct block *block, struct insn *insn)
{
	insn_execute *fast;

	if (!announced(cpu, insn->row))
		insn->row = &insn_undefined;
	insn->chain = block->chain;
	insn->index_in_block = block->count;
	insn->offset = (uint8_t)block->bytes;
	insn->cost = (block->count ? insn[-1].cost : 0) + cpu->costs->cycles[insn->row->cost];
	fast = cpu->exact ? NULL : fast_execute(insn);
	insn->execute = fast ? fast : insn_ends_block(insn) ? end_row : run_row;
	block->worst += cpu->costs->cycles[insn->row->cost] + worst_extra(cpu);
	block->bytes += insn->length;
	block->count++;
}

static void place_end(struct block *block)
{
	block->insn[block->count] = (struct insn){
		.execute = end_mark,
		.index_in_block = block->count,
		.offset = (uint8_t)block->bytes,
	};
}

/*
 * tour 3.2: Decoding, once
 * Instructions are decoded by the table until one ends the block: a transfer of control, or anything that
 * what follows depends on. Each gets its place: offset, cycles up to here, and what executes it.
 */
/* Decodes as many instructions as belong together from the `size` bytes left in the page. */
static void decode_run(struct cpu *cpu, struct block *block, const uint8_t *host, size_t size)
{
	while (block->count < BLOCK_INSNS && block->bytes + INSN_MAX_LENGTH <= UINT8_MAX) {
		struct insn *insn = &block->insn[block->count];

		if (block->count && watch_holds(cpu, block->physical + block->bytes))
			break; /* a run may stand still here, where a block begins */
		if (insn_decode(insn, host + block->bytes, size - block->bytes, block->big) <= 0)
			break;
		place(cpu, block, insn);
		if (insn_ends_block(insn))
			break;
	}
}

/* NULL: not even one instruction ends in this page. */
static struct block *decode_block(struct cpu *cpu, const uint8_t *host, uint64_t physical)
{
	struct block_cache *cache = cpu->blocks;
	struct code_page *page;
	struct block *block;
	unsigned hash = block_hash(physical, cpu->code_big);

	if (cache->blocks_used == BLOCKS || cache->insns_used + BLOCK_INSNS + 1 > INSNS || !cache->free_page)
		blocks_flush(cpu);
	block = &cache->block[cache->blocks_used];
	*block = (struct block){.physical = physical, .big = cpu->code_big, .valid = true};
	block->insn = &cache->insn[cache->insns_used];
	decode_run(cpu, block, host, PAGE_SIZE - (physical & PAGE_MASK));
	if (!block->count)
		return NULL;
	place_end(block);
	page = page_make(cpu, physical >> PAGE_SHIFT);
	page->granules |= granule_mask(physical, block->bytes);
	block->next_in_page = page->blocks;
	page->blocks = block;
	block->next_in_bucket = cache->bucket[hash];
	cache->bucket[hash] = block;
	cache->blocks_used++;
	cache->insns_used += block->count + 1u;
	cpu->counters.blocks_decoded++;
	return block;
}

/* ---- one instruction by careful fetching: across pages, at the limit, from a device ---- */

/* Bytes from EIP to the end of CS, at most 15. */
static size_t within_limit(const struct cpu *cpu)
{
	const struct segment *cs = &cpu->state.segment[CS];
	uint32_t eip = cpu->state.eip;

	if (eip > cs->limit)
		return 0;
	return cs->limit - eip < INSN_MAX_LENGTH ? cs->limit - eip + 1 : INSN_MAX_LENGTH;
}

/* Appends what the page at `linear` has, up to `size` bytes in all. False: a fault is pending. */
static bool fetch_part(struct cpu *cpu, uint32_t linear, uint8_t *bytes, size_t *have, size_t size)
{
	const struct tlb_entry *entry = tlb_lookup(cpu, linear, ACCESS_EXECUTE, cpu->user);

	if (!entry)
		return false;
	for (unsigned offset = linear & PAGE_MASK; offset < PAGE_SIZE && *have < size; offset++)
		bytes[(*have)++] = entry->host ? entry->host[offset]
		                               : (uint8_t)cpu->bus->mmio_read(cpu->bus->owner,
		                                                              entry->physical | offset, 1);
	return true;
}

/* Is this instruction the one that begins with these bytes, as far as there are any? */
static bool lone_begins(const struct cpu *cpu, const struct lone_block *lone, uint64_t physical,
                        const uint8_t *bytes, size_t have)
{
	size_t compared = have < lone->block.bytes ? have : lone->block.bytes;

	return lone->block.valid && lone->physical == physical && lone->block.big == cpu->code_big &&
	       !memcmp(lone->bytes, bytes, compared);
}

/* Decodes from `bytes`. 0: they are not enough. */
static int decode_lone(struct cpu *cpu, struct lone_block *lone, uint64_t physical, const uint8_t *bytes, size_t have)
{
	int length = insn_decode(lone->insn, bytes, have, cpu->code_big);

	lone->block = (struct block){.insn = lone->insn, .big = cpu->code_big, .valid = length > 0};
	if (length <= 0)
		return length;
	lone->physical = physical;
	memcpy(lone->bytes, bytes, have);
	place(cpu, &lone->block, lone->insn);
	place_end(&lone->block);
	return length;
}

static const struct block *fetch_carefully(struct cpu *cpu, uint64_t physical)
{
	struct lone_block *lone = &cpu->blocks->lone[physical % LONE_BLOCKS];
	uint32_t linear = cpu->state.segment[CS].base + cpu->state.eip;
	size_t size = within_limit(cpu), have = 0;
	uint8_t bytes[INSN_MAX_LENGTH];
	int length;

	if (!fetch_part(cpu, linear, bytes, &have, size))
		return NULL;
	length = lone_begins(cpu, lone, physical, bytes, have)
	                 ? (have >= lone->block.bytes ? lone->block.bytes : 0)
	                 : decode_lone(cpu, lone, physical, bytes, have);
	if (length == 0 && have < size) {
		if (!fetch_part(cpu, linear + (uint32_t)have, bytes, &have, size))
			return NULL;
		if (!lone_begins(cpu, lone, physical, bytes, have) || have < lone->block.bytes)
			length = decode_lone(cpu, lone, physical, bytes, have);
		else
			length = lone->block.bytes;
	}
	if (length <= 0) {
		raise_gp(cpu, 0); /* longer than 15 bytes, or beyond the limit of CS */
		return NULL;
	}
	return &lone->block;
}

/* ---- finding ---- */

/* What a run may stand still before comes this way each time. */
static const struct block *find_slowly(struct cpu *cpu, uint32_t linear, struct jump *jump, uint64_t key)
{
	const struct tlb_entry *entry;
	struct block *block;
	uint64_t physical;
	bool held;

	if (cpu->state.eip > cpu->state.segment[CS].limit) {
		raise_gp(cpu, 0);
		return NULL;
	}
	entry = tlb_lookup(cpu, linear, ACCESS_EXECUTE, cpu->user);
	if (!entry)
		return NULL;
	physical = entry->physical | (linear & PAGE_MASK);
	if (entry->monitor) {
		cpu->monitor_called = cpu->attention = true;
		return NULL;
	}
	held = watch_holds(cpu, physical);
	if (held && !cpu->at_device && watch_stands_still(cpu, linear, physical))
		return NULL;
	if (!entry->host)
		return fetch_carefully(cpu, physical);
	block = cpu->blocks->bucket[block_hash(physical, cpu->code_big)];
	while (block && (block->physical != physical || block->big != cpu->code_big))
		block = block->next_in_bucket;
	if (!block)
		block = decode_block(cpu, entry->host + (linear & PAGE_MASK), physical);
	if (!block || !block_fits(cpu, block, cpu->state.eip))
		return fetch_carefully(cpu, physical);
	/* decode_block may have flushed and so changed the generation: `key` is the caller's no more */
	if (!held)
		*jump = (struct jump){linear, (key & 3) | cpu->translation << 2, block};
	return block;
}

/*
 * tour 3.1: Where is the code at CS:EIP?
 * Most often a small table knows it by its linear address. Otherwise the address is translated and the block
 * found by physical address, or decoded.
 */
const struct block *block_find(struct cpu *cpu)
{
	uint32_t linear = cpu->state.segment[CS].base + cpu->state.eip;
	struct jump *jump = &cpu->blocks->jump[(linear ^ linear >> 12) & (JUMPS - 1)];
	struct chain *chain = cpu->open_chain;
	uint64_t key = block_key(cpu);

	if (!(jump->linear == linear && jump->key == key && jump->block && jump->block->valid &&
	      block_fits(cpu, jump->block, cpu->state.eip)))
		return find_slowly(cpu, linear, jump, key);
	cpu->open_chain = NULL;
	if (chain)
		*chain = (struct chain){linear, key, jump->block};
	return jump->block;
}
