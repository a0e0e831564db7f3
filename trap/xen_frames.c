/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/xen_frames.c - what each frame of a domain is used as, counted. A frame becomes a table by being validated whole,
 * stays one while anything refers to it so, and cannot be mapped writable meanwhile. (Barham et al. 2003, 3.3.3: types and
 * reference counts.)
 */
#include "trap/domain.h"

#include <assert.h>

struct frame_info *frame_of(struct domain *domain, uint64_t mfn)
{
	uint64_t gfn;

	return memory_mfn_to_gfn(domain->vm->memory, mfn, &gfn) ? &domain->frame[gfn] : NULL;
}

uint8_t *frame_bytes(const struct domain *domain, uint64_t mfn)
{
	return memory_machine_frame(domain->vm->memory, mfn);
}

bool is_table(enum frame_type type)
{
	return type >= TYPE_L1 && type <= TYPE_L3;
}

void domain_flush(struct domain *domain)
{
	domain->flushes++;
	guest_flush(domain->vm);
}

/* ---- becoming a table, and ceasing to be one ---- */

static void put_entries(struct domain *domain, uint64_t mfn, enum frame_type type, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (!slot_reserved(domain, type, i))
			entry_put(domain, type, i, table_entry(domain, mfn, i));
}

static bool validate_table(struct domain *domain, uint64_t mfn, enum frame_type type)
{
	unsigned count = table_entries(domain, type);

	vm_charge(domain->vm, COST_hypercall_pin, count);
	for (unsigned i = 0; i < count; i++) {
		if (slot_reserved(domain, type, i) || entry_get(domain, type, i, table_entry(domain, mfn, i)))
			continue;
		put_entries(domain, mfn, type, i);
		return false;
	}
	slots_fill(domain, mfn, type);
	return true;
}

static bool validate(struct domain *domain, uint64_t mfn, enum frame_type type)
{
	if (is_table(type))
		return validate_table(domain, mfn, type);
	return type != TYPE_SEGMENTS || descriptors_validate(domain, mfn);
}

/* The type is set before the validation, so that a table that refers to itself finds itself in use. */
bool frame_get(struct domain *domain, uint64_t mfn, enum frame_type type)
{
	struct frame_info *info = frame_of(domain, mfn);

	if (!info || info->uses == UINT32_MAX || (info->uses && info->type != type))
		return false;
	if (info->uses++)
		return true;
	info->type = (uint8_t)type;
	if (type != TYPE_WRITABLE && info->writable_until == domain->flushes)
		domain_flush(domain); /* the TLB may still hold a writable translation */
	if (validate(domain, mfn, type))
		return true;
	info->uses = 0;
	info->type = TYPE_NONE;
	return false;
}

void frame_put(struct domain *domain, uint64_t mfn)
{
	struct frame_info *info = frame_of(domain, mfn);
	enum frame_type type;

	assert(info && info->uses);
	if (--info->uses)
		return;
	type = (enum frame_type)info->type;
	info->type = TYPE_NONE;
	if (type == TYPE_WRITABLE)
		info->writable_until = domain->flushes;
	if (!is_table(type))
		return;
	put_entries(domain, mfn, type, table_entries(domain, type));
	slots_clear(domain, mfn, type);
}
