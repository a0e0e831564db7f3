/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/read.c - the first pass: guest bytes to decoded instructions, as long as they belong together.
 *
 * Bytes come through the virtual CPU's own page tables, as an instruction fetch at CPL 0 would find them. A
 * fetch sets accessed bits, and faults; translating does neither. So where a bit is clear, or where the fetch
 * would fault, nothing is read: the interpreter does that instruction as hardware does.
 *
 * A unit's bytes come from one page. An instruction that crosses into the next one is a unit by itself,
 * so that a unit has two pages at most, and its second one no byte that anything else in the unit needs.
 */
#include "bt/operation.h"
#include "cpu/paging.h"

#include <string.h>

/* Where a fetch at `linear` finds its bytes; NULL: it would fault, set a bit, or find no memory. */
static const uint8_t *fetch_page(const struct vm *vm, uint32_t linear, uint64_t *gfn)
{
	struct bus_page page;
	struct walk walk;

	cpu_walk(cpu_state_const(vm->vcpu), &vm->guest_bus, linear, ACCESS_EXECUTE, false, &walk);
	if (!walk.ok)
		return NULL;
	for (unsigned i = 0; i < walk.steps; i++)
		if (walk.step[i].level != 3 && !(walk.step[i].entry & ENTRY_A))
			return NULL;
	*gfn = walk.physical >> PAGE_SHIFT;
	page = vm->guest_bus.page(vm->guest_bus.owner, *gfn);
	return page.host;
}

/* The bytes from `eip` on that one instruction may have: up to the end of the page, of CS, or INSN_MAX_LENGTH. */
static size_t bytes_left(const struct unit_key *key, uint32_t eip)
{
	uint64_t in_page = PAGE_SIZE - ((key->cs_base + eip) & PAGE_MASK), in_segment;

	if (eip > key->cs_limit)
		return 0;
	in_segment = (uint64_t)key->cs_limit - eip + 1;
	if (in_page > in_segment)
		in_page = in_segment;
	return in_page < INSN_MAX_LENGTH ? (size_t)in_page : INSN_MAX_LENGTH;
}

static void add_record(struct unit *unit, const struct insn *insn, const uint8_t *bytes)
{
	struct record *record = &unit->record[unit->count++];

	*record = (struct record){.insn = *insn, .offset = unit->bytes};
	memcpy(record->bytes, bytes, insn->length);
	unit->bytes += insn->length;
}

static void read_page(struct unit *unit, const uint8_t *page)
{
	const struct unit_key *key = &unit->key;

	while (unit->count < UNIT_INSNS) {
		uint32_t eip = key->eip + unit->bytes;
		size_t left = bytes_left(key, eip);
		const uint8_t *bytes = page + ((key->cs_base + eip) & PAGE_MASK);
		struct insn insn;

		/* EIP must not wrap, nor leave the page that the unit began in */
		if (eip < key->eip || ((key->cs_base + eip) ^ (key->cs_base + key->eip)) >> PAGE_SHIFT || !left ||
		    insn_decode(&insn, bytes, left, true) <= 0)
			return;
		add_record(unit, &insn, bytes);
	}
}

/* The one instruction that lies in two pages. */
static bool read_across(const struct vm *vm, struct unit *unit, const uint8_t *page)
{
	const struct unit_key *key = &unit->key;
	uint32_t linear = key->cs_base + key->eip;
	size_t here = PAGE_SIZE - (linear & PAGE_MASK), there;
	uint8_t bytes[INSN_MAX_LENGTH];
	struct insn insn;

	if (here >= INSN_MAX_LENGTH || (uint64_t)key->eip + here > key->cs_limit)
		return false;
	there = bytes_left(key, key->eip + (uint32_t)here);
	if (there > INSN_MAX_LENGTH - here)
		there = INSN_MAX_LENGTH - here;
	memcpy(bytes, page + (linear & PAGE_MASK), here);
	page = fetch_page(vm, linear + (uint32_t)here, &unit->gfn[1]);
	if (!page)
		return false;
	memcpy(bytes + here, page, there);
	if (insn_decode(&insn, bytes, here + there, true) <= 0)
		return false;
	add_record(unit, &insn, bytes);
	return true;
}

bool read_unit(const struct translator *translator, const struct unit_key *key, struct unit *unit)
{
	const uint8_t *page;

	memset(unit, 0, sizeof *unit);
	unit->key = *key;
	unit->gfn[1] = NO_GFN;
	page = fetch_page(translator->vm, key->cs_base + key->eip, &unit->gfn[0]);
	if (!page)
		return false;
	read_page(unit, page);
	return unit->count || read_across(translator->vm, unit, page);
}

void cut_unit(struct unit *unit, unsigned count)
{
	const struct record *last = &unit->record[count - 1];

	unit->count = (uint8_t)count;
	unit->bytes = (uint16_t)(last->offset + last->insn.length);
}

uint64_t record_gpa(const struct unit *unit, const struct record *record)
{
	return unit->gfn[0] << PAGE_SHIFT | ((unit->key.cs_base + unit->key.eip + record->offset) & PAGE_MASK);
}
