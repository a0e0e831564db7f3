/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_pv_tables.c - pv/direct: no way leads to a writable mapping of a page table or descriptor table, to a frame
 * of the VMM's, or to a change of the hypervisor's slots. Each attempt gets Xen's error and changes nothing, and the whole
 * invariant is walked after it. In both forms of page tables.
 */
#include "cpu/paging.h"
#include "tests/harness.h"
#include "tests/trap/domain_rig.h"

#include <string.h>

enum { RW = ENTRY_P | ENTRY_RW, RO = ENTRY_P };
enum { TABLE = PFN_FREE, OTHER = PFN_FREE + 1, TOP = PFN_FREE + 2, MIDDLE = PFN_FREE + 3, DATA = PFN_FREE + 4 };

#define FOR_EACH_FORM(pae) for (int pae = 0; pae < 2; pae++)

static struct vm *begin(bool pae)
{
	struct vm *vm = domain_new(pae);

	CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
	CU_ASSERT(domain_sound(vm));
	return vm;
}

static uint64_t entry_to(const struct vm *vm, uint32_t pfn, uint32_t rights)
{
	return (uint64_t)mfn_of_pfn(vm, pfn) << PAGE_SHIFT | rights;
}

static uint64_t ma_of(const struct vm *vm, uint32_t pfn, uint32_t offset)
{
	return ((uint64_t)mfn_of_pfn(vm, pfn) << PAGE_SHIFT) + offset;
}

/* The machine address of the entry that maps a linear address, in the tables of the start of day. */
static uint64_t entry_address(struct vm *vm, uint32_t linear)
{
	struct walk walk;

	cpu_walk(cpu_state_const(vm->vcpu), &vm->guest_bus, linear, ACCESS_READ, false, &walk);
	CU_ASSERT_FATAL(walk.steps >= 2);
	return walk.step[walk.steps - 1].entry_address;
}

/* Takes the writable mapping of a frame away, so that it can become a table. */
static void make_read_only(struct vm *vm, uint32_t pfn)
{
	CU_ASSERT_EQUAL(map_one(vm, at_pfn(pfn), entry_to(vm, pfn, RO)), 0);
}

static uint32_t pin_command(unsigned level)
{
	return level == 1 ? MMUEXT_PIN_L1_TABLE : level == 2 ? MMUEXT_PIN_L2_TABLE : MMUEXT_PIN_L3_TABLE;
}

static int32_t pin(struct vm *vm, unsigned level, uint32_t pfn)
{
	return mmuext_one(vm, pin_command(level), mfn_of_pfn(vm, pfn), 0);
}

static int32_t unpin(struct vm *vm, uint32_t pfn)
{
	return mmuext_one(vm, MMUEXT_UNPIN_TABLE, mfn_of_pfn(vm, pfn), 0);
}

/* An attempt that must be refused with this error, leaving everything as it was. */
#define REFUSED(vm, error, attempt)                                                                 \
	do {                                                                                        \
		CU_ASSERT_EQUAL(attempt, -(error));                                                  \
		CU_ASSERT(domain_sound(vm));                                                         \
	} while (0)
#define DONE(vm, attempt)                                                                           \
	do {                                                                                        \
		CU_ASSERT_EQUAL(attempt, 0);                                                         \
		CU_ASSERT(domain_sound(vm));                                                         \
	} while (0)

/* ---- start of day ---- */

static void test_start_of_day(void)
{
	FOR_EACH_FORM(pae) {
		struct vm *vm = begin(pae);
		const struct cpu_state *guest = cpu_state_const(vm->vcpu);
		struct start_info start;
		uint32_t table;

		domain_get(vm, guest->gpr[ESI], &start, sizeof start);
		CU_ASSERT_STRING_EQUAL(start.magic, pae ? "xen-3.0-x86_32p" : "xen-3.0-x86_32");
		CU_ASSERT_EQUAL(start.nr_pages, DOMAIN_MEMORY / PAGE_SIZE - 1);
		CU_ASSERT(guest->cpl == 1 && guest->segment[CS].selector == FLAT_RING1_CS && guest->eip == at_pfn(PFN_CODE));
		CU_ASSERT_EQUAL(guest->segment[CS].limit, (pae ? MACH2PHYS_VIRT_END_PAE : MACH2PHYS_VIRT_END_NONPAE) - 1);
		CU_ASSERT(guest->eflags & EFLAGS_IF);
		for (uint32_t pfn = 0; pfn < start.nr_pages; pfn += 37)
			CU_ASSERT_EQUAL(domain_get_word(vm, start.mfn_list + 4 * pfn), mfn_of_pfn(vm, pfn));
		table = (start.pt_base - RIG_BASE) >> PAGE_SHIFT;
		CU_ASSERT_EQUAL(guest->cr3, mfn_of_pfn(vm, table) << PAGE_SHIFT);
		for (uint32_t i = 0; i < start.nr_pt_frames; i++)
			REFUSED(vm, XEN_EINVAL, map_one(vm, at_pfn(table + i), entry_to(vm, table + i, RW)));
		CU_ASSERT_EQUAL(guest->gpr[ESP] & PAGE_MASK, 0);
		vm_free(vm);
	}
}

/* ---- writable mappings of tables ---- */

static void test_pin_then_map(void)
{
	FOR_EACH_FORM(pae) {
		struct vm *vm = begin(pae);

		make_read_only(vm, TABLE);
		DONE(vm, pin(vm, 1, TABLE));
		REFUSED(vm, XEN_EINVAL, map_one(vm, at_pfn(TABLE), entry_to(vm, TABLE, RW)));
		REFUSED(vm, XEN_EINVAL, mmu_update_one(vm, entry_address(vm, at_pfn(DATA)), entry_to(vm, TABLE, RW)));
		/* Inside the table itself: it would map itself writable. */
		REFUSED(vm, XEN_EINVAL, mmu_update_one(vm, ma_of(vm, TABLE, 0), entry_to(vm, TABLE, RW)));
		DONE(vm, mmu_update_one(vm, ma_of(vm, TABLE, 0), entry_to(vm, TABLE, RO)));
		DONE(vm, mmu_update_one(vm, ma_of(vm, TABLE, 8), entry_to(vm, DATA, RW)));
		REFUSED(vm, XEN_EINVAL, pin(vm, 1, TABLE));
		DONE(vm, unpin(vm, TABLE));
		REFUSED(vm, XEN_EINVAL, unpin(vm, TABLE));
		DONE(vm, map_one(vm, at_pfn(TABLE), entry_to(vm, TABLE, RW)));
		vm_free(vm);
	}
}

static void test_map_then_pin(void)
{
	FOR_EACH_FORM(pae) {
		struct vm *vm = begin(pae);

		for (unsigned level = 1; level <= 3; level++)
			REFUSED(vm, XEN_EINVAL, pin(vm, level, TABLE)); /* it is mapped writable */
		make_read_only(vm, TABLE);
		domain_put_word(vm, at_pfn(TABLE) + 16, (uint32_t)entry_to(vm, TABLE, RW)); /* maps itself */
		REFUSED(vm, XEN_EINVAL, pin(vm, 1, TABLE));
		domain_put_word(vm, at_pfn(TABLE) + 16, (uint32_t)entry_to(vm, DATA, RW));
		DONE(vm, pin(vm, 1, TABLE));
		REFUSED(vm, XEN_EINVAL, pin(vm, 1, DATA)); /* mapped writable by TABLE, too */
		vm_free(vm);
	}
}

/* One frame as a table of two levels at once. */
static void test_confusion(void)
{
	FOR_EACH_FORM(pae) {
		struct vm *vm = begin(pae);

		make_read_only(vm, TABLE);
		make_read_only(vm, OTHER);
		DONE(vm, pin(vm, 1, TABLE));
		REFUSED(vm, XEN_EINVAL, pin(vm, 2, TABLE));
		REFUSED(vm, XEN_EINVAL, pin(vm, 3, TABLE));
		REFUSED(vm, XEN_ENOSYS, mmuext_one(vm, MMUEXT_PIN_L4_TABLE, mfn_of_pfn(vm, OTHER), 0));
		DONE(vm, pin(vm, 2, OTHER));
		REFUSED(vm, XEN_EINVAL, mmu_update_one(vm, ma_of(vm, OTHER, 0), entry_to(vm, OTHER, RO)));  /* recursive */
		REFUSED(vm, XEN_EINVAL, mmu_update_one(vm, ma_of(vm, OTHER, 0), entry_to(vm, OTHER, RW)));
		DONE(vm, mmu_update_one(vm, ma_of(vm, OTHER, 0), entry_to(vm, TABLE, RW)));
		DONE(vm, unpin(vm, TABLE)); /* it stays a table: OTHER uses it */
		REFUSED(vm, XEN_EINVAL, map_one(vm, at_pfn(TABLE), entry_to(vm, TABLE, RW)));
		DONE(vm, mmu_update_one(vm, ma_of(vm, OTHER, 0), 0));
		DONE(vm, map_one(vm, at_pfn(TABLE), entry_to(vm, TABLE, RW)));
		REFUSED(vm, XEN_EINVAL, mmu_update_one(vm, ma_of(vm, OTHER, 0), entry_to(vm, TABLE, RW)));
		vm_free(vm);
	}
}

static void test_bits(void)
{
	FOR_EACH_FORM(pae) {
		static const uint32_t bad[] = {ENTRY_PS, ENTRY_G, ENTRY_PS | ENTRY_G};
		struct vm *vm = begin(pae);

		make_read_only(vm, TABLE);
		make_read_only(vm, OTHER);
		DONE(vm, pin(vm, 2, OTHER));
		for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
			REFUSED(vm, XEN_EINVAL, map_one(vm, at_pfn(DATA), entry_to(vm, DATA, RW | bad[i])));
			REFUSED(vm, XEN_EINVAL, mmu_update_one(vm, ma_of(vm, OTHER, 0), entry_to(vm, TABLE, RW | bad[i])));
		}
		REFUSED(vm, XEN_EINVAL, map_one(vm, at_pfn(DATA), entry_to(vm, DATA, RW) | UINT64_C(1) << 36));
		REFUSED(vm, XEN_EINVAL, map_one(vm, at_pfn(DATA), entry_to(vm, DATA, RW) | ENTRY_NX));
		if (!pae)
			REFUSED(vm, XEN_EINVAL, map_one(vm, at_pfn(DATA), entry_to(vm, DATA, 0) | UINT64_C(1) << 32));
		vm_free(vm);
	}
}

/* Frames that are not the guest's: the VMM's, and none at all. */
static void test_foreign(void)
{
	FOR_EACH_FORM(pae) {
		struct vm *vm = begin(pae);
		uint32_t bad[] = {0, 1, WINDOW_TABLE, 68, memory_vmm_frames(vm->memory) - 1, memory_frames(vm->memory), 0xfffff};

		for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
			REFUSED(vm, XEN_EINVAL, map_one(vm, at_pfn(DATA), (uint64_t)bad[i] << PAGE_SHIFT | RW));
			REFUSED(vm, XEN_EINVAL, map_one(vm, at_pfn(DATA), (uint64_t)bad[i] << PAGE_SHIFT | RO));
			REFUSED(vm, XEN_EINVAL, mmu_update_one(vm, (uint64_t)bad[i] << PAGE_SHIFT, 0));
			REFUSED(vm, XEN_EINVAL, mmu_update_one(vm, (uint64_t)bad[i] << PAGE_SHIFT | MMU_MACHPHYS_UPDATE, 5));
			REFUSED(vm, XEN_EINVAL, mmuext_one(vm, MMUEXT_PIN_L1_TABLE, bad[i], 0));
			REFUSED(vm, XEN_EINVAL, mmuext_one(vm, MMUEXT_UNPIN_TABLE, bad[i], 0));
			REFUSED(vm, XEN_EINVAL, mmuext_one(vm, MMUEXT_NEW_BASEPTR, bad[i], 0));
		}
		REFUSED(vm, XEN_EINVAL, mmu_update_one(vm, UINT64_MAX & ~UINT64_C(7), 0));
		vm_free(vm);
	}
}

/* ---- address spaces ---- */

/* Makes an address space like the present one, in TOP (and MIDDLE): gives its frame. */
static void copy_space(struct vm *vm, bool pae)
{
	uint8_t page[PAGE_SIZE];
	uint64_t top = cpu_state_const(vm->vcpu)->cr3, pointer, gfn;

	make_read_only(vm, TOP);
	make_read_only(vm, MIDDLE);
	memcpy(page, memory_machine_frame(vm->memory, top >> PAGE_SHIFT), PAGE_SIZE);
	if (!pae) {
		domain_put(vm, at_pfn(TOP), page, PAGE_SIZE);
		return;
	}
	memcpy(&pointer, page + 24, 8);
	CU_ASSERT_FATAL(memory_mfn_to_gfn(vm->memory, pointer >> PAGE_SHIFT, &gfn));
	domain_put(vm, at_pfn(MIDDLE), memory_guest_frame(vm->memory, gfn), PAGE_SIZE);
	pointer = entry_to(vm, MIDDLE, ENTRY_P);
	domain_put(vm, at_pfn(TOP) + 24, &pointer, 8);
}

static void test_new_base(void)
{
	FOR_EACH_FORM(pae) {
		struct vm *vm = begin(pae);
		uint32_t old = cpu_state_const(vm->vcpu)->cr3;

		REFUSED(vm, XEN_EINVAL, mmuext_one(vm, MMUEXT_NEW_BASEPTR, mfn_of_pfn(vm, DATA), 0));
		copy_space(vm, pae);
		DONE(vm, mmuext_one(vm, MMUEXT_NEW_BASEPTR, mfn_of_pfn(vm, TOP), 0));
		CU_ASSERT_EQUAL(cpu_state_const(vm->vcpu)->cr3, mfn_of_pfn(vm, TOP) << PAGE_SHIFT);
		REFUSED(vm, XEN_EINVAL, map_one(vm, at_pfn(TOP), entry_to(vm, TOP, RW)));
		CU_ASSERT_EQUAL(vm_step(vm), VM_RUNNING); /* the VMM's window is there: the guest runs on */
		CU_ASSERT_EQUAL(cpu_state_const(vm->vcpu)->eip, at_pfn(PFN_CODE));
		DONE(vm, mmuext_one(vm, MMUEXT_NEW_BASEPTR, old >> PAGE_SHIFT, 0));
		DONE(vm, map_one(vm, at_pfn(TOP), entry_to(vm, TOP, RW)));
		vm_free(vm);
	}
}

/* The slots of the hypervisor's addresses: not the guest's to fill, whatever its table held before. */
static void test_slots(void)
{
	FOR_EACH_FORM(pae) {
		struct vm *vm = begin(pae);
		uint64_t present = cpu_state_const(vm->vcpu)->cr3;
		unsigned size = pae ? 8 : 4, first = pae ? 428 : 1008, count = pae ? 512 : 1024;

		if (pae)
			memcpy(&present, memory_machine_frame(vm->memory, present >> PAGE_SHIFT) + 24, 8);
		present &= ~(uint64_t)PAGE_MASK;
		make_read_only(vm, TABLE);
		for (unsigned slot = first; slot < count; slot += 3) {
			REFUSED(vm, XEN_EINVAL, mmu_update_one(vm, present + slot * size, 0));
			REFUSED(vm, XEN_EINVAL, mmu_update_one(vm, present + slot * size, entry_to(vm, TABLE, RW)));
		}
		DONE(vm, mmu_update_one(vm, present + 5 * size, entry_to(vm, TABLE, RW)));
		REFUSED(vm, XEN_EINVAL, map_one(vm, domain_in(vm)->hole, entry_to(vm, DATA, RW)));
		REFUSED(vm, XEN_EINVAL, map_one(vm, SHADOW_HOLE, entry_to(vm, DATA, RW)));
		copy_space(vm, pae);
		for (unsigned slot = first; slot < count; slot++) { /* filled with what would be a gift */
			uint64_t entry = UINT64_C(1) << PAGE_SHIFT | RW;

			domain_put(vm, at_pfn(pae ? MIDDLE : TOP) + slot * size, &entry, size);
		}
		DONE(vm, mmuext_one(vm, MMUEXT_NEW_BASEPTR, mfn_of_pfn(vm, TOP), 0)); /* overwritten: domain_sound looks */
		if (pae)
			REFUSED(vm, XEN_EINVAL, mmu_update_one(vm, ma_of(vm, TOP, 24), 0));
		vm_free(vm);
	}
}

/* A frame that becomes a table while the TLB still has it writable. */
static void test_stale_translation(void)
{
	static const uint8_t code[] = {0xc6, 0x05, 0, 0, 0, 0, 1, 0xeb, 0xfe}; /* mov byte [DATA], 1; jmp $ */

	FOR_EACH_FORM(pae) {
		struct vm *vm = begin(pae);
		uint32_t address = at_pfn(DATA);
		uint8_t copy[sizeof code];

		memcpy(copy, code, sizeof code);
		memcpy(copy + 2, &address, 4);
		domain_put(vm, at_pfn(PFN_CODE), copy, sizeof copy);
		CU_ASSERT_EQUAL(vm_step(vm), VM_RUNNING);
		CU_ASSERT_EQUAL(domain_get_word(vm, address), 1);
		domain_put_word(vm, address, 0);
		CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_update_va_mapping, address, (uint32_t)entry_to(vm, DATA, RO), 0,
		                            UVMF_NONE), 0); /* no flush asked for */
		DONE(vm, pin(vm, 1, DATA));
		cpu_state(vm->vcpu)->eip = at_pfn(PFN_CODE);
		vm_step(vm);
		CU_ASSERT_EQUAL(domain_get_word(vm, address), 0);
		vm_free(vm);
	}
}

/* ---- batches ---- */

static void test_batches(void)
{
	FOR_EACH_FORM(pae) {
		struct vm *vm = begin(pae);
		struct mmu_update update[3];
		uint32_t list = at_pfn(PFN_LIST), out = at_pfn(PFN_OUT);

		make_read_only(vm, TABLE);
		DONE(vm, pin(vm, 1, TABLE));
		update[0] = (struct mmu_update){ma_of(vm, TABLE, 0), entry_to(vm, DATA, RW)};
		update[1] = (struct mmu_update){ma_of(vm, TABLE, 8), entry_to(vm, TABLE, RW)}; /* refused */
		update[2] = (struct mmu_update){ma_of(vm, TABLE, 16), entry_to(vm, DATA, RW)};
		domain_put(vm, list, update, sizeof update);
		domain_put_word(vm, out, 99);
		REFUSED(vm, XEN_EINVAL, domain_call(vm, __HYPERVISOR_mmu_update, list, 3, out, DOMID_SELF));
		CU_ASSERT_EQUAL(domain_get_word(vm, out), 1);
		CU_ASSERT_EQUAL(domain_get_word(vm, at_pfn(TABLE)) & ~0x60u, (uint32_t)update[0].val);
		CU_ASSERT_EQUAL(domain_get_word(vm, at_pfn(TABLE) + 16), 0);
		REFUSED(vm, XEN_ESRCH, domain_call(vm, __HYPERVISOR_mmu_update, list, 1, 0, 7));
		REFUSED(vm, XEN_E2BIG, domain_call(vm, __HYPERVISOR_mmu_update, list, 0xffffffff, 0, DOMID_SELF));
		REFUSED(vm, XEN_EFAULT, domain_call(vm, __HYPERVISOR_mmu_update, 0x1000, 1, out, DOMID_SELF));
		CU_ASSERT_EQUAL(domain_get_word(vm, out), 0);
		REFUSED(vm, XEN_EFAULT, domain_call(vm, __HYPERVISOR_mmu_update, list, 1, domain_in(vm)->hole, DOMID_SELF));
		REFUSED(vm, XEN_EFAULT, domain_call(vm, __HYPERVISOR_mmu_update, list, 1, at_pfn(TABLE), DOMID_SELF)); /* read-only */
		REFUSED(vm, XEN_EFAULT, domain_call(vm, __HYPERVISOR_mmu_update, 0xfffffff8, 2, out, DOMID_SELF));
		REFUSED(vm, XEN_ENOSYS, mmu_update_one(vm, ma_of(vm, TABLE, 0) | 3, 0));
		REFUSED(vm, XEN_ENOSYS, mmuext_one(vm, 77, 0, 0));
		DONE(vm, mmu_update_one(vm, ma_of(vm, DATA, 0) | MMU_MACHPHYS_UPDATE, 0x1234));
		vm_free(vm);
	}
}

/* A frame that is nobody's table is stored to like memory; A and D are kept when asked for. */
static void test_plain_and_preserve(void)
{
	FOR_EACH_FORM(pae) {
		struct vm *vm = begin(pae);

		DONE(vm, mmu_update_one(vm, ma_of(vm, DATA, 24), 0x1234567));
		CU_ASSERT_EQUAL(domain_get_word(vm, at_pfn(DATA) + 24), 0x1234567);
		make_read_only(vm, TABLE);
		DONE(vm, pin(vm, 1, TABLE));
		DONE(vm, mmu_update_one(vm, ma_of(vm, TABLE, 0), entry_to(vm, DATA, RW | ENTRY_A | ENTRY_D)));
		DONE(vm, mmu_update_one(vm, ma_of(vm, TABLE, 0) | MMU_PT_UPDATE_PRESERVE_AD, entry_to(vm, DATA, RO)));
		CU_ASSERT_EQUAL(domain_get_word(vm, at_pfn(TABLE)), (uint32_t)entry_to(vm, DATA, RO | ENTRY_A | ENTRY_D));
		vm_free(vm);
	}
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"start of day", test_start_of_day},
		{"pinned, then mapped writable", test_pin_then_map},
		{"mapped writable, then pinned", test_map_then_pin},
		{"one table, two levels", test_confusion},
		{"large, global, reserved", test_bits},
		{"frames of others", test_foreign},
		{"a new address space", test_new_base},
		{"the hypervisor's slots", test_slots},
		{"a stale translation", test_stale_translation},
		{"batches", test_batches},
		{"plain stores, and bits preserved", test_plain_and_preserve},
		{0},
	};

	return harness_main("pv tables", tests);
}
