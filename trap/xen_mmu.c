/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/xen_mmu.c - a domain changes its page tables: mmu_update, update_va_mapping, mmuext_op. Each entry is validated
 * before it is stored (xen_entries.c); an entry that must not be gets -XEN_EINVAL and nothing changes.
 */
#include "cpu/paging.h"
#include "trap/domain.h"

#include <string.h>

/* ---- mmu_update(requests, count, done, domid) ---- */

/* A frame that is no table (any more) is stored to as the guest could by a mapping. */
static int32_t store_plain(struct domain *domain, uint64_t mfn, uint64_t ptr, uint64_t value)
{
	uint64_t gpa;

	if (!guest_gpa(domain->vm, ptr, &gpa) || !frame_get(domain, mfn, TYPE_WRITABLE))
		return -XEN_EINVAL;
	memory_write(domain->vm->memory, gpa, &value, entry_bytes(domain));
	frame_put(domain, mfn);
	return 0;
}

static int32_t update_entry(struct domain *domain, uint64_t ptr, uint64_t value, bool preserve)
{
	uint64_t mfn = ptr >> PAGE_SHIFT;
	struct frame_info *info = frame_of(domain, mfn);
	unsigned size = entry_bytes(domain);

	if (!info || ptr & (size - 1) || (size == 4 && value > UINT32_MAX))
		return -XEN_EINVAL;
	if (info->uses && is_table((enum frame_type)info->type))
		return entry_replace(domain, mfn, (unsigned)(ptr & PAGE_MASK) / size, value, preserve);
	return store_plain(domain, mfn, ptr, value);
}

static int32_t update_machphys(struct domain *domain, uint64_t ptr, uint64_t pfn)
{
	if (!frame_of(domain, ptr >> PAGE_SHIFT) || pfn > UINT32_MAX)
		return -XEN_EINVAL;
	machphys_set(domain, ptr >> PAGE_SHIFT, (uint32_t)pfn);
	return 0;
}

int32_t domain_update_one(struct call *call, const void *item)
{
	struct domain *domain = call->xen->domain;
	const struct mmu_update *update = item;
	uint64_t ptr = update->ptr & ~UINT64_C(3);

	switch (update->ptr & 3) {
	case MMU_NORMAL_PT_UPDATE: return update_entry(domain, ptr, update->val, false);
	case MMU_PT_UPDATE_PRESERVE_AD: return update_entry(domain, ptr, update->val, true);
	case MMU_MACHPHYS_UPDATE: return update_machphys(domain, ptr, update->val);
	default: return -XEN_ENOSYS;
	}
}

int32_t domain_mmu_update(struct call *call)
{
	return batch_run(call, sizeof(struct mmu_update), domain_update_one);
}

/* ---- update_va_mapping(address, low, high, flags) ---- */

bool domain_find_table(const struct domain *domain, uint32_t gla, uint64_t *mfn)
{
	uint64_t table = domain->base, entry;

	if (domain->pae) {
		entry = table_entry(domain, table, gla >> 30);
		if (!(entry & ENTRY_P))
			return false;
		table = entry_mfn(entry);
	}
	entry = table_entry(domain, table, domain->pae ? gla >> 21 & 511 : gla >> 22);
	*mfn = entry_mfn(entry);
	return entry & ENTRY_P;
}

int32_t domain_update_va_mapping(struct call *call)
{
	struct domain *domain = call->xen->domain;
	uint32_t gla = call->argument[0], flush = call->argument[3] & UVMF_FLUSHTYPE_MASK;
	uint64_t value = (uint64_t)call->argument[2] << 32 | call->argument[1], table;
	int32_t result;

	if (flush == UVMF_FLUSHTYPE_MASK || gla >= domain->hole || !domain_find_table(domain, gla, &table))
		return -XEN_EINVAL;
	call_charge(call, COST_hypercall_item);
	result = entry_replace(domain, table, gla >> PAGE_SHIFT & (table_entries(domain, TYPE_L1) - 1), value, false);
	if (result)
		return result;
	if (flush == UVMF_TLB_FLUSH)
		domain_flush(domain);
	if (flush == UVMF_INVLPG)
		guest_flush_page(call->vm, gla);
	return 0;
}

/* ---- mmuext_op(operations, count, done, domid) ---- */

int32_t domain_new_base(struct domain *domain, uint32_t mfn)
{
	struct cpu_state *guest = cpu_state(domain->vm->vcpu);

	if (!frame_get(domain, mfn, base_type(domain)))
		return -XEN_EINVAL;
	if (domain->base)
		frame_put(domain, domain->base);
	domain->base = mfn;
	guest->cr3 = mfn << PAGE_SHIFT;
	pointers_load(domain);
	return 0;
}

static int32_t pin(struct domain *domain, uint32_t mfn, enum frame_type type)
{
	struct frame_info *info = frame_of(domain, mfn);

	if (!info || info->pinned || (type == TYPE_L3 && !domain->pae) || !frame_get(domain, mfn, type))
		return -XEN_EINVAL;
	info->pinned = true;
	return 0;
}

static int32_t unpin(struct domain *domain, uint32_t mfn)
{
	struct frame_info *info = frame_of(domain, mfn);

	if (!info || !info->pinned)
		return -XEN_EINVAL;
	info->pinned = false;
	frame_put(domain, mfn);
	return 0;
}

static int32_t extended_one(struct call *call, const void *item)
{
	struct domain *domain = call->xen->domain;
	const struct mmuext_op *op = item;

	switch (op->cmd) {
	case MMUEXT_PIN_L1_TABLE: return pin(domain, op->arg1.mfn, TYPE_L1);
	case MMUEXT_PIN_L2_TABLE: return pin(domain, op->arg1.mfn, TYPE_L2);
	case MMUEXT_PIN_L3_TABLE: return pin(domain, op->arg1.mfn, TYPE_L3);
	case MMUEXT_UNPIN_TABLE: return unpin(domain, op->arg1.mfn);
	case MMUEXT_NEW_BASEPTR: return domain_new_base(domain, op->arg1.mfn);
	case MMUEXT_TLB_FLUSH_LOCAL:
	case MMUEXT_TLB_FLUSH_MULTI:
	case MMUEXT_TLB_FLUSH_ALL:
		domain_flush(domain);
		return 0;
	case MMUEXT_INVLPG_LOCAL:
	case MMUEXT_INVLPG_MULTI:
	case MMUEXT_INVLPG_ALL:
		guest_flush_page(domain->vm, op->arg1.linear_addr);
		return 0;
	case MMUEXT_FLUSH_CACHE: return 0;
	case MMUEXT_SET_LDT: return domain_set_ldt(domain, op->arg1.linear_addr, op->arg2.nr_ents);
	default: return -XEN_ENOSYS;
	}
}

int32_t domain_mmuext_op(struct call *call)
{
	return batch_run(call, sizeof(struct mmuext_op), extended_one);
}
