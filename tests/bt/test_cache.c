/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/bt/test_cache.c - the translation cache: what may be translated and where units end, chains and their
 * undoing, dropping and flushing, bounds, counters, and that what is charged is told.
 */
#include "bt/translator.h"
#include "cpu/paging.h"
#include "tests/harness.h"
#include "tests/trap/rig.h"

#include <string.h>

static const struct rig_way way = {.name = "bt", .technique = &technique_bt, .ring = 1};

static void smallest(struct config *config)
{
	config->translation_cache = 512;
}

static void largest(struct config *config)
{
	config->translation_cache = 1 << 20;
	config->vmm_frames = 1024;
}

static void with_counters(struct config *config)
{
	config->unit_counters = true;
}

static struct vm *make(void (*change)(struct config *config))
{
	struct vm *vm = rig_new(&way, change);

	CU_ASSERT_FATAL(vm != NULL);
	return vm;
}

static struct unit *translate_at(struct vm *vm, uint32_t eip)
{
	struct unit_key key = {.eip = eip, .cs_limit = UINT32_MAX, .stack_big = true};

	return translate(translator(vm), &key);
}

/* JMP to itself and on: a unit with one transfer, or two with JZ. */
static struct unit *put_jump(struct vm *vm, uint32_t at, uint32_t to)
{
	rig_put(vm, at, 1, 0xe9);
	rig_put(vm, at + 1, 4, to - (at + 5));
	return translate_at(vm, at);
}

/* Where the jump of an exit leads now. */
static uint32_t leads_to(const struct vm *vm, const struct unit_exit *exit)
{
	const struct translator *state = translator(vm);
	uint32_t place = exit->unit->code + exit->patch, displacement;

	memcpy(&displacement, state->cache + place, 4);
	return WINDOW_ADDRESS(CACHE_POSITION) + place + 4 + displacement;
}

static uint32_t stub_of(const struct unit_exit *exit)
{
	return unit_address(exit->unit) + exit->code;
}

/* ---- what is read ---- */

static void test_accessed_bits(void)
{
	struct vm *vm = make(NULL);
	uint32_t rights = ENTRY_P | ENTRY_RW | ENTRY_A, entry = rig_entry_at(RIG_CODE);

	rig_paging(vm, rights);
	rig_put(vm, RIG_CODE, 1, 0xf4);
	CU_ASSERT(translate_at(vm, RIG_CODE) != NULL);
	rig_put(vm, entry, 4, RIG_CODE | ENTRY_P | ENTRY_RW);
	CU_ASSERT(translate_at(vm, RIG_CODE + 16) == NULL); /* a fetch would set A */
	rig_put(vm, entry, 4, RIG_CODE | ENTRY_A);
	CU_ASSERT(translate_at(vm, RIG_CODE + 16) == NULL); /* a fetch would fault */
	rig_put(vm, entry, 4, 0x7f000000 | rights);
	CU_ASSERT(translate_at(vm, RIG_CODE + 16) == NULL); /* nothing is there */
	rig_put(vm, entry, 4, RIG_CODE | rights);
	rig_put(vm, RIG_TABLES, 4, (RIG_TABLES + PAGE_SIZE) | ENTRY_P | ENTRY_RW);
	CU_ASSERT(translate_at(vm, RIG_CODE + 16) == NULL); /* the directory's A */
	vm_free(vm);
}

static void test_crossing(void)
{
	struct vm *vm = make(NULL);
	uint32_t at = RIG_CODE + PAGE_SIZE - 2, rights = ENTRY_P | ENTRY_RW | ENTRY_A;
	struct unit *unit;

	rig_paging(vm, rights);
	rig_put(vm, at, 8, 0xc390000000009081); /* 81 90 ...: ADC [EAX + ...], imm32 over the page's end */
	rig_put(vm, rig_entry_at(RIG_CODE + PAGE_SIZE), 4, 0);
	CU_ASSERT(translate_at(vm, at) == NULL);
	rig_put(vm, rig_entry_at(RIG_CODE + PAGE_SIZE), 4, 0x50000 | rights); /* not the frame behind */
	rig_put(vm, 0x50000, 8, 0);
	unit = translate_at(vm, at);
	CU_ASSERT_FATAL(unit != NULL);
	CU_ASSERT_EQUAL(unit->count, 1);
	CU_ASSERT_EQUAL(unit->gfn[0], RIG_CODE >> PAGE_SHIFT);
	CU_ASSERT_EQUAL(unit->gfn[1], 0x50);
	vm_free(vm);
}

static void test_limit(void)
{
	struct vm *vm = make(NULL);
	struct unit_key key = {.eip = RIG_CODE, .cs_limit = RIG_CODE + 5, .stack_big = true};
	struct unit *unit;

	rig_write(vm, RIG_CODE, (const uint8_t[]){0x90, 0x90, 0x90, 0x90, 0xb8, 1, 0, 0, 0}, 9);
	unit = translate(translator(vm), &key);
	CU_ASSERT_FATAL(unit != NULL);
	CU_ASSERT_EQUAL(unit->count, 4); /* MOV EAX reaches beyond */
	key.eip = RIG_CODE + 4;
	CU_ASSERT(translate(translator(vm), &key) == NULL);
	key.eip = RIG_CODE + 6;
	CU_ASSERT(translate(translator(vm), &key) == NULL);
	vm_free(vm);
}

/* Fifteen prefixes: longer than an instruction may be. */
static void test_too_long(void)
{
	struct vm *vm = make(NULL);
	uint8_t bytes[16];
	struct unit *unit;

	memset(bytes, 0x66, sizeof bytes);
	rig_put(vm, RIG_CODE, 1, 0x90);
	rig_write(vm, RIG_CODE + 1, bytes, sizeof bytes);
	unit = translate_at(vm, RIG_CODE);
	CU_ASSERT_FATAL(unit != NULL);
	CU_ASSERT_EQUAL(unit->count, 1);
	CU_ASSERT(translate_at(vm, RIG_CODE + 1) == NULL);
	vm_free(vm);
}

/* ---- chains ---- */

static void test_chains(void)
{
	struct vm *vm = make(NULL);
	struct translator *state = translator(vm);
	struct unit *a = put_jump(vm, RIG_CODE, RIG_CODE + 64), *b = put_jump(vm, RIG_CODE + 64, RIG_CODE),
		    *c = put_jump(vm, RIG_CODE + 128, RIG_CODE + 64);

	CU_ASSERT_FATAL(a && b && c);
	CU_ASSERT_EQUAL(leads_to(vm, a->exit), stub_of(a->exit));
	unit_chain(state, a->exit, b);
	unit_chain(state, b->exit, a);
	unit_chain(state, c->exit, b);
	CU_ASSERT_EQUAL(leads_to(vm, a->exit), unit_address(b));
	CU_ASSERT_EQUAL(leads_to(vm, b->exit), unit_address(a));
	unit_drop(state, b);
	CU_ASSERT_EQUAL(leads_to(vm, a->exit), stub_of(a->exit));
	CU_ASSERT_EQUAL(leads_to(vm, b->exit), stub_of(b->exit)); /* the processor may be inside */
	CU_ASSERT_EQUAL(leads_to(vm, c->exit), stub_of(c->exit));
	CU_ASSERT(!a->incoming && !b->incoming && !a->exit->chained);
	CU_ASSERT(unit_find(state, &b->key) == NULL);
	CU_ASSERT(unit_at(state, unit_address(b)) == b);
	CU_ASSERT_EQUAL(state->counters.unchained, 3);
	vm_free(vm);
}

static void test_chain_to_itself(void)
{
	struct vm *vm = make(NULL);
	struct unit *unit = put_jump(vm, RIG_CODE, RIG_CODE);

	CU_ASSERT_FATAL(unit != NULL);
	unit_chain(translator(vm), unit->exit, unit);
	CU_ASSERT_EQUAL(leads_to(vm, unit->exit), unit_address(unit));
	unit_drop(translator(vm), unit);
	CU_ASSERT_EQUAL(leads_to(vm, unit->exit), stub_of(unit->exit));
	vm_free(vm);
}

/* Every exit of the graph leads to its stub or to the unit that it is chained to, whatever is dropped in which order. */
static void test_random_chains(void)
{
	enum { UNITS = 40, STEPS = 3000 };
	struct vm *vm = make(NULL);
	struct translator *state = translator(vm);
	uint64_t seed = harness_seed(1974);
	struct unit *unit[UNITS] = {NULL};

	for (unsigned step = 0; step < STEPS; step++) {
		unsigned n = harness_random(&seed) % UNITS, to = harness_random(&seed) % UNITS;
		uint32_t at = RIG_CODE + 32 * n;

		if (!unit[n] && (unit[n] = put_jump(vm, at, RIG_CODE + 32 * to)) == NULL)
			break;
		if (unit[n]->dropped || unit_find(state, &unit[n]->key) != unit[n])
			unit[n] = NULL; /* its code was written anew, or the cache was flushed */
		else if (!unit[n]->exit->chained && unit[to] && !unit[to]->dropped &&
		         unit_find(state, &unit[to]->key) == unit[to] && unit[n]->exit->target == unit[to]->key.eip)
			unit_chain(state, unit[n]->exit, unit[to]);
		else if (!(harness_random(&seed) % 3))
			unit_drop(state, unit[n]);
		for (unsigned i = 0; i < UNITS; i++) {
			struct unit_exit *exit;

			if (!unit[i] || unit_find(state, &unit[i]->key) != unit[i])
				continue;
			exit = unit[i]->exit;
			CU_ASSERT_EQUAL_FATAL(leads_to(vm, exit), exit->chained ? unit_address(exit->chained) : stub_of(exit));
			CU_ASSERT_FATAL(!exit->chained || !exit->chained->dropped);
		}
	}
	CU_ASSERT(state->counters.unchained > 20);
	vm_free(vm);
}

/* ---- places ---- */

static void test_addresses(void)
{
	struct vm *vm = make(with_counters);
	const struct translator *state = translator(vm);

	for (unsigned n = 0; n < 20; n++)
		CU_ASSERT(put_jump(vm, RIG_CODE + 32 * n, RIG_CODE) != NULL);
	for (unsigned n = 0; n < state->units_used; n++) {
		struct unit *unit = &state->unit[n];
		uint32_t first = unit_address(unit);

		CU_ASSERT(unit_at(state, first) == unit);
		CU_ASSERT(unit_at(state, first + unit->code_size - 1) == unit);
		CU_ASSERT(unit_at(state, first - 1) != unit); /* the counter, or the unit before */
		CU_ASSERT(record_at(unit, first) == NULL);   /* what counts */
		CU_ASSERT(record_at(unit, first + unit->record[0].code) == unit->record);
	}
	CU_ASSERT(unit_at(state, WINDOW_ADDRESS(CACHE_POSITION)) == NULL);
	CU_ASSERT(unit_at(state, WINDOW_ADDRESS(DOORWAY_POSITION)) == NULL);
	CU_ASSERT(unit_at(state, 0) == NULL);
	vm_free(vm);
}

/* A cache in which next to nothing fits: flushed again and again, units cut short, and never more than its size. */
static void test_bounds(void)
{
	struct vm *vm = make(smallest);
	struct translator *state = translator(vm);
	uint8_t guard[64];

	memset(state->cache + 512, 0xa5, sizeof guard);
	memcpy(guard, state->cache + 512, sizeof guard);
	for (unsigned n = 0; n < 300; n++) {
		uint8_t bytes[16];
		struct unit *unit;

		memset(bytes, n % 3 ? 0x9d : 0x0e, sizeof bytes); /* POPF and PUSH CS: long and short */
		rig_write(vm, RIG_CODE + 16 * n, bytes, sizeof bytes);
		unit = translate_at(vm, RIG_CODE + 16 * n);
		CU_ASSERT_FATAL(unit != NULL);
		CU_ASSERT(unit->code + unit->code_size == state->cache_used && state->cache_used <= 512);
		CU_ASSERT(unit->count >= 1 && unit_find(state, &unit->key) == unit);
	}
	CU_ASSERT(state->counters.flushes > 100);
	CU_ASSERT_EQUAL(state->counters.units_made, 300);
	CU_ASSERT(memcmp(guard, state->cache + 512, sizeof guard) == 0);
	vm_free(vm);
}

/* The table of keys grows with the cache, so that its chains stay short however many units there are. */
static void test_buckets(void)
{
	void (*const sizes[])(struct config *config) = {smallest, NULL, largest};
	unsigned before = 0;

	for (unsigned i = 0; i < 3; i++) {
		struct vm *vm = make(sizes[i]);
		const struct translator *state = translator(vm);

		CU_ASSERT(1u << state->bucket_bits >= state->units_max);
		CU_ASSERT(state->bucket_bits <= 6 || 1u << state->bucket_bits < 2 * state->units_max);
		CU_ASSERT(state->bucket_bits >= before);
		before = state->bucket_bits;
		vm_free(vm);
	}
#ifndef RINGSIDE_HOSTILE /* whose cache is the smallest whatever is asked for */
	CU_ASSERT(before >= 14);
#endif
}

static void test_counters(void)
{
	static const uint8_t loop[] = {0xb9, 10, 0, 0, 0, 0x90, 0xe2, 0xfd, 0xf4}; /* mov ecx, 10; nop; loop; hlt */
	struct vm *vm = make(with_counters);
	struct unit_key key = {.eip = RIG_CODE + 5, .cs_limit = UINT32_MAX, .stack_big = true};
	const struct unit *unit;
	uint32_t hits = 0;

	CU_ASSERT_EQUAL(rig_run(vm, loop, sizeof loop, 1000000), VM_HALTED);
	unit = unit_find(translator(vm), &key);
	CU_ASSERT_FATAL(unit != NULL);
	CU_ASSERT(unit->count_at != 0);
	memcpy(&hits, translator(vm)->cache + unit->count_at, sizeof hits);
	CU_ASSERT_EQUAL(hits, 9); /* the first turn belongs to the unit before */
	vm_free(vm);
}

/* ---- telling ---- */

struct told {
	struct event last;
	uint64_t cycles;
	unsigned count;
};

static void note(void *owner, const struct event *event)
{
	struct told *told = owner;

	told->last = *event;
	told->cycles += event->cycles;
	told->count++;
}

static void test_told(void)
{
	struct vm *vm = make(smallest);
	struct told told;
	struct event_reader reader = {.owner = &told, .kinds = EVENT_KINDS_ALL, .read = note};
	uint64_t since;
	struct unit *unit;

	memset(&told, 0, sizeof told);
	rig_write(vm, RIG_CODE, (const uint8_t[]){0x90, 0xfa, 0xf4, 0xc3}, 4);
	for (unsigned n = 1; n < 40; n++)
		rig_put(vm, RIG_CODE + 16 * n, 1, 0xc3);
	event_add_reader(&vm->events, &reader);
	since = vm->clock;
	unit = translate_at(vm, RIG_CODE);
	CU_ASSERT_FATAL(unit != NULL);
	CU_ASSERT_EQUAL(told.count, 1);
	CU_ASSERT_EQUAL(told.last.kind, EV_TRANSLATE);
	CU_ASSERT_EQUAL(told.last.eip, RIG_CODE);
	CU_ASSERT_EQUAL(told.last.address, unit_address(unit));
	CU_ASSERT_EQUAL(told.last.cycles, 4 * vm->costs.cycles[COST_translate]);
	for (unsigned n = 1; n < 40; n++)
		CU_ASSERT(translate_at(vm, RIG_CODE + 16 * n) != NULL);
	CU_ASSERT(translator(vm)->counters.flushes > 0);
	CU_ASSERT_EQUAL(told.cycles, vm->clock - since);
	event_remove_reader(&vm->events, &reader);
	vm_free(vm);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"nothing is translated where a fetch would fault or set an accessed bit", test_accessed_bits},
		{"an instruction across two pages is a unit of two frames", test_crossing},
		{"a unit ends at the limit of CS", test_limit},
		{"an instruction that is too long is the interpreter's", test_too_long},
		{"dropping a unit undoes its chains, both ways", test_chains},
		{"a unit chained to itself", test_chain_to_itself},
		{"chains and drops at random", test_random_chains},
		{"an address finds its unit and record", test_addresses},
		{"the smallest cache keeps its bounds", test_bounds},
		{"as many buckets as units fit into the cache", test_buckets},
		{"entries are counted by the code", test_counters},
		{"what is charged is told", test_told},
		{0},
	};

	return harness_main("translation_cache", tests);
}
