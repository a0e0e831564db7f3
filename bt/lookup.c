/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/lookup.c - the lookup cache, by which returns and indirect jumps find their unit without the VMM. It lies in
 * the virtual page, where translated code reads it: an entry serves guest EIP e at lookup_index(e) when its
 * tag and e add up to nothing, which the code finds out without touching a flag that it could not put back.
 * (Adams and Agesen 2006, section 3: indirect transfers go by a hash table.)
 */
#include "bt/translator.h"

/* The tag of an EIP that belongs to another index: nothing looked up here equals it. */
static struct lookup_entry empty_entry(uint32_t index)
{
	return (struct lookup_entry){.tag = 0u - (index + 1)};
}

static struct lookup_entry *entry_of(const struct translator *translator, uint32_t eip)
{
	return &translator->virtual->lookup[lookup_index(eip)];
}

void lookup_insert(struct translator *translator, const struct unit *unit)
{
	uint32_t eip = unit->key.eip;

	*entry_of(translator, eip) = (struct lookup_entry){.tag = 0u - eip, .code = unit_address(unit)};
}

void lookup_remove(struct translator *translator, const struct unit *unit)
{
	uint32_t eip = unit->key.eip;
	struct lookup_entry *entry = entry_of(translator, eip);

	if (entry->tag == 0u - eip && entry->code == unit_address(unit))
		*entry = empty_entry(lookup_index(eip));
}

void lookup_clear(struct translator *translator)
{
	for (uint32_t index = 0; index < LOOKUP_ENTRIES; index++)
		translator->virtual->lookup[index] = empty_entry(index);
}

void lookup_begin(struct translator *translator, const struct unit_key *key)
{
	struct unit_key *now = &translator->looked_up;

	if (now->cs_base == key->cs_base && now->cs_limit == key->cs_limit && now->stack_big == key->stack_big)
		return;
	*now = *key;
	lookup_clear(translator);
}
