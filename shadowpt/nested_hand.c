/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shadowpt/nested_hand.c - nested tables filled by somebody who is not trusted: a lab's piece. An entry is looked at before it is
 * written, so that hardware never walks one that is a misconfiguration (SDM vol. 3, 28.2.3.1) or leads out of the guest. A table has
 * one place in the tree, on a lower level than what refers to it: there are neither cycles nor second ways.
 */
#include "shadowpt/nested_inside.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define EPT_BEYOND UINT64_C(0x000ffff000000000) /* 51:36: the processor has 36 bits of address */

__attribute__((format(printf, 3, 4))) static bool refuse_entry(char *why, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, size, format, arguments);
	va_end(arguments);
	return false;
}

uint64_t nested_hand_table(struct nested *nested)
{
	return nested_new_table(nested);
}

/* NULL: no table is there. */
static const uint8_t *level_of(const struct nested *nested, uint64_t ma)
{
	uint64_t index = (ma - nested_root(nested)) >> PAGE_SHIFT;

	if ((ma & PAGE_MASK) || ma < nested_root(nested) || index >= nested->counters.tables_used)
		return NULL;
	return &nested->level[index];
}

bool nested_hand_read(const struct nested *nested, uint64_t table, unsigned slot, uint64_t *entry)
{
	if (!level_of(nested, table) || slot >= ENTRIES)
		return false;
	*entry = nested_table_at(nested, table)[slot];
	return true;
}

static bool rights_fit(uint64_t entry, char *why, size_t size)
{
	if (!(entry & EPT_READ))
		return refuse_entry(why, size, "EPT misconfiguration (28.2.3.1): entry %016" PRIx64 " can be written or executed but not read",
		                    entry);
	if (entry & EPT_BEYOND)
		return refuse_entry(why, size, "EPT misconfiguration (28.2.3.1): entry %016" PRIx64 " has reserved address bits (51:36) set",
		                    entry);
	return true;
}

/* 28.2.2, table 28-3: 7:3 are reserved in an entry that refers to a table. */
static bool table_fits(const struct nested *nested, uint64_t entry, unsigned level, char *why, size_t size)
{
	const uint8_t *below = level_of(nested, entry & EPT_ADDRESS);

	if (entry & 0xf8)
		return refuse_entry(why, size, "EPT misconfiguration (28.2.3.1): entry %016" PRIx64 " of level %u refers to a table, "
		                    "and has reserved bits (7:3) set", entry, level);
	if (!below)
		return refuse_entry(why, size, "entry %016" PRIx64 " of level %u must refer to a table that new_table gave; there is none at "
		                    "%09" PRIx64, entry, level, entry & EPT_ADDRESS);
	if (*below)
		return refuse_entry(why, size, "entry %016" PRIx64 " of level %u refers to a table that has its place already", entry, level);
	return true;
}

static bool leaf_fits(const struct nested *nested, uint64_t entry, unsigned level, char *why, size_t size)
{
	uint64_t frames = level == 1 ? 1 : NESTED_LARGE >> PAGE_SHIFT, first = (entry & EPT_ADDRESS) >> PAGE_SHIFT, gfn;
	unsigned type = entry >> 3 & 7;

	if (level == 1 && (entry & EPT_LARGE))
		return refuse_entry(why, size, "entry %016" PRIx64 " is of level 1, where bit 7 says nothing; leave it clear", entry);
	if (type == 2 || type == 3 || type == 7)
		return refuse_entry(why, size, "EPT misconfiguration (28.2.3.1): entry %016" PRIx64 " has memory type %u, which there is not",
		                    entry, type);
	if (type != EPT_WRITE_BACK)
		return refuse_entry(why, size, "entry %016" PRIx64 " has memory type %u; memory is write-back (6) in bits 5:3", entry, type);
	if (first & (frames - 1))
		return refuse_entry(why, size, "EPT misconfiguration (28.2.3.1): entry %016" PRIx64 " maps 2 MiB from an address that is not "
		                    "aligned to 2 MiB", entry);
	for (uint64_t i = 0; i < frames; i++)
		if (!memory_mfn_to_gfn(nested->options.vm->memory, first + i, &gfn))
			return refuse_entry(why, size, "entry %016" PRIx64 " maps machine frame %05" PRIx64 ", which is not the guest's: it would "
			                    "reach memory of the VMM or of others", entry, first + i);
	return true;
}

bool nested_hand_write(struct nested *nested, uint64_t table, unsigned slot, uint64_t entry, char *why, size_t size)
{
	const uint8_t *here = level_of(nested, table);
	uint64_t *at, old;
	unsigned level;
	bool leaf;

	if (!here || slot >= ENTRIES)
		return refuse_entry(why, size, "there is no entry %u of a table at %09" PRIx64, slot, table);
	level = *here;
	at = &nested_table_at(nested, table)[slot];
	old = *at;
	if (!level)
		return refuse_entry(why, size, "an entry is written into the table at %09" PRIx64 ", to which no entry refers yet; first put it "
		                    "into its place", table);
	if (level > 1 && (old & EPT_RIGHTS) && !(old & EPT_LARGE))
		return refuse_entry(why, size, "entry %016" PRIx64 " of level %u refers to a table; it would be lost by %016" PRIx64, old, level,
		                    entry);
	if ((entry & EPT_RIGHTS) && !rights_fit(entry, why, size))
		return false;
	leaf = level == 1 || (level == 2 && (entry & EPT_LARGE));
	if ((entry & EPT_RIGHTS) &&
	    !(leaf ? leaf_fits(nested, entry, level, why, size) : table_fits(nested, entry, level, why, size)))
		return false;
	if ((entry & EPT_RIGHTS) && !leaf)
		nested_place(nested, entry & EPT_ADDRESS, level - 1);
	nested->by_hand = true;
	nested->flush_needed |= old & EPT_RIGHTS && old != entry;
	*at = entry;
	nested_charge_fill(nested);
	return true;
}

unsigned nested_hand_done(struct nested *nested, uint64_t gpa)
{
	uint64_t table = nested_root(nested), entry = 0, permitted = EPT_RIGHTS;

	if (gpa >= nested_reach(nested->options.levels))
		return 0;
	for (unsigned level = nested->options.levels; level >= 1; level--) {
		entry = nested_table_at(nested, table)[nested_slot(gpa, level)];
		table = entry & EPT_ADDRESS;
		permitted &= entry;
		if (!permitted)
			return 0;
		if (level == 1 || (entry & EPT_LARGE))
			break;
	}
	nested_tell_fill(nested, gpa, entry);
	return (unsigned)permitted;
}
