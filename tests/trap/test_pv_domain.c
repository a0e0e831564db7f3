/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_pv_domain.c - pv/direct: descriptors, traps, event channels and time of a domain, and the ways into its
 * kernel and back: straight by hardware, by the VMM's frames, by HYPERVISOR_iret.
 */
#include "cpu/paging.h"
#include "tests/harness.h"
#include "tests/trap/domain_rig.h"

#include <string.h>

enum { RW = ENTRY_P | ENTRY_RW, RO = ENTRY_P };
enum { GDT = PFN_FREE, LDT = PFN_FREE + 1, DATA = PFN_FREE + 2, USER = PFN_FREE + 3 };
enum { CODE1 = 0x009b00 | 0x2000, DATA1 = 0x9300 | 0x2000, CODE3 = 0x9b00 | 0x6000, DATA3 = 0x9300 | 0x6000 };
#define FLAT_HIGH 0x00cf0000u

static struct vm *begin(void)
{
	struct vm *vm = domain_new(false);

	CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
	return vm;
}

static void make_read_only(struct vm *vm, uint32_t pfn)
{
	CU_ASSERT_EQUAL(map_one(vm, at_pfn(pfn), (uint64_t)mfn_of_pfn(vm, pfn) << PAGE_SHIFT | RO), 0);
}

static void put_descriptor(struct vm *vm, uint32_t pfn, unsigned index, uint32_t low, uint32_t high)
{
	domain_put_word(vm, at_pfn(pfn) + 8 * index, low);
	domain_put_word(vm, at_pfn(pfn) + 8 * index + 4, high);
}

static int32_t set_gdt(struct vm *vm, uint32_t pfn, uint32_t entries)
{
	domain_put_word(vm, at_pfn(PFN_LIST), mfn_of_pfn(vm, pfn));
	return domain_call(vm, __HYPERVISOR_set_gdt, at_pfn(PFN_LIST), entries, 0, 0);
}

static int32_t update_descriptor(struct vm *vm, uint32_t pfn, unsigned index, uint32_t low, uint32_t high)
{
	return domain_call(vm, __HYPERVISOR_update_descriptor, (mfn_of_pfn(vm, pfn) << PAGE_SHIFT) + 8 * index, 0, low, high);
}

/* ---- descriptors ---- */

/* Each of these, in a GDT or put there later, would be a way out. */
static const struct {
	uint32_t low, high;
} bad_descriptors[] = {
	{0x0000ffff, 0x00cf9b00},              /* code of ring 0 */
	{0x0000ffff, 0x00cf9300},              /* data of ring 0 */
	{0x00080000, 0x0000ec00},              /* call gate */
	{0x00000067, 0x0000e900},              /* TSS */
	{0x0000ffff, 0x0000e200},              /* LDT */
	{0x00080000, 0x0000e500},              /* task gate */
	{0x0000ffff, 0xfdcf0000 | DATA1},      /* base in the hypervisor's addresses */
	{0x1000ffff, 0x00cf0000 | DATA1},      /* base 1000H and 4 GiB: wraps */
	{0x00000000, 0x00c00000 | DATA1 | 0x400}, /* expand-down */
};

static void test_gdt(void)
{
	struct vm *vm = begin();

	CU_ASSERT_EQUAL(set_gdt(vm, GDT, 8), -XEN_EINVAL); /* mapped writable */
	make_read_only(vm, GDT);
	for (unsigned i = 0; i < sizeof bad_descriptors / sizeof *bad_descriptors; i++) {
		put_descriptor(vm, GDT, 511, bad_descriptors[i].low, bad_descriptors[i].high);
		CU_ASSERT_EQUAL(set_gdt(vm, GDT, 8), -XEN_EINVAL); /* the whole frame counts, whatever the limit says */
		CU_ASSERT(domain_sound(vm));
	}
	put_descriptor(vm, GDT, 511, 0, 0);
	put_descriptor(vm, GDT, 1, 0xffff, FLAT_HIGH | CODE1);
	CU_ASSERT_EQUAL(set_gdt(vm, GDT, 8), 0);
	CU_ASSERT(domain_sound(vm));
	CU_ASSERT_EQUAL(domain_get_word(vm, at_pfn(GDT) + 12) & 0xf0000, 0xf0000); /* cut to FC400000 */
	CU_ASSERT_EQUAL(domain_get_word(vm, at_pfn(GDT) + 8) & 0xffff, 0xc3ff);
	CU_ASSERT_EQUAL(map_one(vm, at_pfn(GDT), (uint64_t)mfn_of_pfn(vm, GDT) << PAGE_SHIFT | RW), -XEN_EINVAL);
	for (unsigned i = 0; i < sizeof bad_descriptors / sizeof *bad_descriptors; i++) {
		CU_ASSERT_EQUAL(update_descriptor(vm, GDT, 2, bad_descriptors[i].low, bad_descriptors[i].high), -XEN_EINVAL);
		CU_ASSERT_EQUAL(domain_get_word(vm, at_pfn(GDT) + 20), 0);
	}
	CU_ASSERT_EQUAL(update_descriptor(vm, GDT, 2, 0xffff, FLAT_HIGH | DATA1), 0);
	CU_ASSERT_EQUAL(set_gdt(vm, GDT, FIRST_RESERVED_GDT_ENTRY + 1), -XEN_EINVAL);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_set_gdt, 0x1000, 8, 0, 0), -XEN_EFAULT);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_set_gdt, at_pfn(PFN_LIST), 0, 0, 0), 0); /* none */
	CU_ASSERT_EQUAL(map_one(vm, at_pfn(GDT), (uint64_t)mfn_of_pfn(vm, GDT) << PAGE_SHIFT | RW), 0);
	CU_ASSERT(domain_sound(vm));
	vm_free(vm);
}

static void test_ldt(void)
{
	struct vm *vm = begin();

	CU_ASSERT_EQUAL(mmuext_one(vm, MMUEXT_SET_LDT, at_pfn(LDT), 8), -XEN_EINVAL); /* mapped writable */
	make_read_only(vm, LDT);
	CU_ASSERT_EQUAL(mmuext_one(vm, MMUEXT_SET_LDT, at_pfn(LDT) + 8, 8), -XEN_EINVAL);
	CU_ASSERT_EQUAL(mmuext_one(vm, MMUEXT_SET_LDT, at_pfn(LDT), TABLE_ENTRIES + 1), -XEN_EINVAL);
	CU_ASSERT_EQUAL(mmuext_one(vm, MMUEXT_SET_LDT, 0x1000, 8), -XEN_EINVAL);
	CU_ASSERT_EQUAL(mmuext_one(vm, MMUEXT_SET_LDT, 0xfffff000, 8192), -XEN_EINVAL);
	put_descriptor(vm, LDT, 3, 0x0000ffff, 0x00cf9b00);
	CU_ASSERT_EQUAL(mmuext_one(vm, MMUEXT_SET_LDT, at_pfn(LDT), 8), -XEN_EINVAL);
	put_descriptor(vm, LDT, 3, 0xffff, FLAT_HIGH | DATA1);
	CU_ASSERT_EQUAL(mmuext_one(vm, MMUEXT_SET_LDT, at_pfn(LDT), 8), 0);
	CU_ASSERT(domain_sound(vm));
	domain_put(vm, at_pfn(PFN_CODE), "\xb8\x1d\x00\x00\x00\x8e\xe0", 7); /* mov eax, 1dH; mov fs, ax: LDT entry 3 */
	for (unsigned i = 0; i < 3; i++) /* the first loads the segment registers anew */
		vm_step(vm);
	CU_ASSERT_EQUAL(cpu_state_const(vm->vcpu)->eip, at_pfn(PFN_CODE) + 7);
	CU_ASSERT_EQUAL(cpu_state_const(vm->vcpu)->segment[FS].selector, 0x1d);
	CU_ASSERT_EQUAL(mmuext_one(vm, MMUEXT_SET_LDT, 0, 0), 0);
	CU_ASSERT(domain_sound(vm));
	vm_free(vm);
}

/* ---- traps ---- */

enum { HANDLER = 0x200, CALLBACK = 0x300, FAILSAFE = 0x380, KERNEL_STACK_TOP = 0x800 };

static void set_trap(struct vm *vm, unsigned vector, uint8_t flags, uint16_t cs)
{
	struct trap_info table[2] = {{(uint8_t)vector, flags, cs, at_pfn(PFN_CODE) + HANDLER}};

	domain_put(vm, at_pfn(PFN_LIST), table, sizeof table);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_set_trap_table, at_pfn(PFN_LIST), 0, 0, 0), 0);
}

static void set_stack(struct vm *vm)
{
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_stack_switch, FLAT_RING1_SS, at_pfn(PFN_STACK) + KERNEL_STACK_TOP, 0, 0), 0);
}

static void set_callbacks(struct vm *vm)
{
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_set_callbacks, FLAT_RING1_CS, at_pfn(PFN_CODE) + CALLBACK, FLAT_RING1_CS,
	                            at_pfn(PFN_CODE) + FAILSAFE), 0);
}

/* Into ring 3, at the page USER, with its stack's end at the page's end. */
static void go_to_user(struct vm *vm)
{
	struct cpu_state *guest = cpu_state(vm->vcpu);
	uint32_t entry = (mfn_of_pfn(vm, USER) << PAGE_SHIFT) | RW | ENTRY_US, frame[6];

	CU_ASSERT_EQUAL(map_one(vm, at_pfn(USER), entry), 0);
	guest->gpr[ESP] = at_pfn(PFN_STACK) + KERNEL_STACK_TOP - sizeof frame;
	frame[0] = 7; /* EAX */
	frame[1] = at_pfn(USER);
	frame[2] = FLAT_RING3_CS;
	frame[3] = EFLAGS_IF | EFLAGS_CF;
	frame[4] = at_pfn(USER) + PAGE_SIZE;
	frame[5] = FLAT_RING3_SS;
	domain_put(vm, guest->gpr[ESP], frame, sizeof frame);
	domain_call(vm, __HYPERVISOR_iret, 0, 0, 0, 0);
	CU_ASSERT(guest->cpl == 3 && guest->gpr[EAX] == 7 && guest->eflags & EFLAGS_CF && guest->eip == at_pfn(USER));
	CU_ASSERT_EQUAL(guest->segment[DS].access, 0); /* of ring 1: not the user's */
}

/* The pages' directory entry keeps users out: opens it. */
static void open_directory(struct vm *vm)
{
	uint32_t at = cpu_state_const(vm->vcpu)->cr3 + 4 * (RIG_BASE >> 22), entry;

	memcpy(&entry, memory_machine_frame(vm->memory, at >> PAGE_SHIFT) + (at & PAGE_MASK), 4);
	CU_ASSERT_EQUAL(mmu_update_one(vm, at, entry | ENTRY_US), 0);
}

struct counts {
	unsigned exits, straight;
};

static void count(void *owner, const struct event *event)
{
	struct counts *counts = owner;

	if (event->kind == EV_DELIVERED)
		counts->straight++;
	else
		counts->exits++;
}

/* A system call by hardware alone: no exit, and the price of a gate and an IRET. */
static void test_straight(void)
{
	struct vm *vm = begin();
	struct counts counts = {0};
	struct event_reader reader = {.owner = &counts, .read = count,
		.kinds = 1ull << EV_DELIVERED | 1ull << EV_TRAP | 1ull << EV_REFLECT | 1ull << EV_HYPERCALL | 1ull << EV_TRUE_FAULT};
	uint64_t clock;

	open_directory(vm);
	set_trap(vm, 0x80, 3, FLAT_RING1_CS);
	set_stack(vm);
	domain_put(vm, at_pfn(USER), "\xcd\x80\xeb\xfe", 4);
	domain_put(vm, at_pfn(PFN_CODE) + HANDLER, "\x40\xcf", 2); /* inc eax; iret */
	go_to_user(vm);
	event_add_reader(&vm->events, &reader);
	clock = vm->clock;
	for (unsigned i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(vm_step(vm), VM_RUNNING);
	CU_ASSERT_EQUAL(cpu_state_const(vm->vcpu)->eip, at_pfn(USER) + 2);
	CU_ASSERT(cpu_state_const(vm->vcpu)->cpl == 3 && cpu_state_const(vm->vcpu)->gpr[EAX] == 8);
	CU_ASSERT(counts.exits == 0 && counts.straight == 1);
	CU_ASSERT(vm->clock - clock < 3 * (vm->costs.cycles[COST_interrupt_delivery] + vm->costs.cycles[COST_interrupt_return]));
	vm_free(vm);
}

/* A selector of the VMM's own in the trap table leads nowhere. */
static void test_gate_to_vmm(void)
{
	static const uint16_t selectors[] = {VMM_CODE, VMM_CODE | 1, VMM_CODE | 3, VMM_TSS, FLAT_RING1_DS};

	for (unsigned i = 0; i < sizeof selectors / sizeof *selectors; i++) {
		struct vm *vm = begin();

		open_directory(vm);
		set_trap(vm, 0x80, 3, selectors[i]);
		set_stack(vm);
		domain_put(vm, at_pfn(USER), "\xcd\x80", 2);
		go_to_user(vm);
		vm_step(vm);
		CU_ASSERT(cpu_state_const(vm->processor)->cpl != 0);
		CU_ASSERT_EQUAL(vm_step(vm), VM_SHUTDOWN); /* no handler for what came of it */
		CU_ASSERT_PTR_NOT_NULL(domain_in(vm)->crash);
		vm_free(vm);
	}
}

/* Xen's frame: mask beside CS, IF as the mask says, error code, CR2 in shared_info. */
static void test_page_fault(void)
{
	struct vm *vm = begin();
	const struct cpu_state *guest = cpu_state_const(vm->vcpu);
	const struct shared_info *shared;
	uint32_t frame[6];

	open_directory(vm);
	set_trap(vm, VECTOR_PF, XEN_TI_MASK, FLAT_RING1_CS);
	set_stack(vm);
	domain_put(vm, at_pfn(USER), "\xa1\x34\x12\x00\x00", 5); /* mov eax, [1234H] */
	go_to_user(vm);
	cpu_state(vm->vcpu)->segment[DS] = guest->segment[SS];
	vm_step(vm);
	shared = (const void *)memory_machine_frame(vm->memory, domain_in(vm)->shared_mfn);
	CU_ASSERT(guest->cpl == 1 && guest->eip == at_pfn(PFN_CODE) + HANDLER);
	CU_ASSERT_EQUAL(guest->gpr[ESP], at_pfn(PFN_STACK) + KERNEL_STACK_TOP - sizeof frame);
	domain_get(vm, guest->gpr[ESP], frame, sizeof frame);
	CU_ASSERT_EQUAL(frame[0], PF_USER);
	CU_ASSERT_EQUAL(frame[1], at_pfn(USER));
	CU_ASSERT_EQUAL(frame[2], FLAT_RING3_CS); /* iret had cleared the mask */
	CU_ASSERT(frame[3] & EFLAGS_IF);
	CU_ASSERT(frame[4] == at_pfn(USER) + PAGE_SIZE && frame[5] == FLAT_RING3_SS);
	CU_ASSERT_EQUAL(shared->vcpu_info[0].arch.cr2, 0x1234);
	CU_ASSERT_EQUAL(shared->vcpu_info[0].evtchn_upcall_mask, 1);
	vm_free(vm);
}

static void test_table_arguments(void)
{
	struct vm *vm = begin();
	struct xen *xen = xen_of(vm);
	struct trap_info table[258];

	for (unsigned i = 0; i < 258; i++)
		table[i] = (struct trap_info){0x80, 3, FLAT_RING1_CS, 0x1000};
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_set_trap_table, 0x1000, 0, 0, 0), -XEN_EFAULT);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_set_trap_table, 0xfffffff0, 0, 0, 0), -XEN_EFAULT);
	domain_put(vm, at_pfn(PFN_FREE), table, sizeof table);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_set_trap_table, at_pfn(PFN_FREE), 0, 0, 0), -XEN_E2BIG);
	CU_ASSERT(!xen->has_traps && !xen->trap[0x80].address);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_stack_switch, 0, 0x1000, 0, 0), -XEN_EPERM);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_stack_switch, 0x10008, 0x1000, 0, 0), -XEN_EPERM);
	CU_ASSERT(!xen->has_stack);
	CU_ASSERT_EQUAL(domain_call(vm, 11, 0, 0, 0, 0), -XEN_ENOSYS);
	CU_ASSERT_EQUAL(domain_call(vm, 0xffffffff, 0, 0, 0, 0), -XEN_ENOSYS);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_grant_table_op, 0, 0, 0, 0), -XEN_ENOSYS);
	vm_free(vm);
}

/* ---- events ---- */

static uint32_t shared_word(struct vm *vm, size_t offset)
{
	uint32_t value;

	memcpy(&value, memory_machine_frame(vm->memory, domain_in(vm)->shared_mfn) + offset, 4);
	return value;
}

static int32_t channel_op(struct vm *vm, uint32_t command, uint32_t a, uint32_t b)
{
	uint32_t words[6] = {a, b};

	domain_put(vm, at_pfn(PFN_OUT), words, sizeof words);
	return domain_call(vm, __HYPERVISOR_event_channel_op, command, at_pfn(PFN_OUT), 0, 0);
}

/* A timer ends a block: the callback is entered with a frame, and iret unmasks. */
static void test_timer(void)
{
	struct vm *vm = begin();
	const struct cpu_state *guest = cpu_state_const(vm->vcpu);
	uint32_t port;

	set_callbacks(vm);
	CU_ASSERT_EQUAL(channel_op(vm, EVTCHNOP_bind_virq, VIRQ_TIMER, 0), 0);
	port = domain_get_word(vm, at_pfn(PFN_OUT) + 8);
	CU_ASSERT_EQUAL(channel_op(vm, EVTCHNOP_bind_virq, VIRQ_TIMER, 0), -XEN_EEXIST);
	CU_ASSERT_EQUAL(channel_op(vm, EVTCHNOP_unmask, port, 0), 0);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_set_timer_op, 5000000, 0, 0, 0), 0); /* 5 ms */
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_sched_op, SCHEDOP_block, 0, 0, 0), 0);
	vm_run(vm, vm->clock + 5100000);
	CU_ASSERT(vm->clock >= 5000000);
	CU_ASSERT_EQUAL(guest->eip & ~0x7fu, at_pfn(PFN_CODE) + CALLBACK);
	CU_ASSERT_EQUAL(shared_word(vm, offsetof(struct shared_info, vcpu_info)) & 0xffff, 0x0101); /* pending, masked */
	CU_ASSERT(shared_word(vm, offsetof(struct shared_info, evtchn_pending)) >> port & 1);
	vm_free(vm);
}

static void test_upcall_frame(void)
{
	struct vm *vm = begin();
	struct cpu_state *guest = cpu_state(vm->vcpu);
	uint32_t port, frame[3], stack;

	set_callbacks(vm);
	CU_ASSERT_EQUAL(channel_op(vm, EVTCHNOP_bind_ipi, 0, 0), 0);
	port = domain_get_word(vm, at_pfn(PFN_OUT) + 4);
	CU_ASSERT_EQUAL(channel_op(vm, EVTCHNOP_unmask, port, 0), 0);
	CU_ASSERT_EQUAL(channel_op(vm, EVTCHNOP_send, port, 0), 0);
	vm_step(vm);
	CU_ASSERT_EQUAL(guest->eip, at_pfn(PFN_CODE)); /* masked at the start of day */
	domain_call(vm, __HYPERVISOR_sched_op, SCHEDOP_block, 0, 0, 0); /* which unmasks, and finds something */
	stack = guest->gpr[ESP];
	vm_step(vm);
	CU_ASSERT(guest->eip == at_pfn(PFN_CODE) + CALLBACK && guest->gpr[ESP] == stack - sizeof frame);
	domain_get(vm, guest->gpr[ESP], frame, sizeof frame);
	CU_ASSERT(frame[0] == at_pfn(PFN_CODE) && frame[1] == FLAT_RING1_CS && frame[2] & EFLAGS_IF);
	guest->gpr[ESP] -= 4; /* as the hypercall page's entry does: push eax */
	domain_put_word(vm, guest->gpr[ESP], 42);
	domain_call(vm, __HYPERVISOR_iret, 0, 0, 0, 0);
	CU_ASSERT(guest->eip == at_pfn(PFN_CODE) && guest->gpr[ESP] == stack && guest->gpr[EAX] == 42);
	CU_ASSERT_EQUAL(shared_word(vm, 0) >> 8 & 0xff, 0);
	vm_free(vm);
}

static void test_channel_arguments(void)
{
	struct vm *vm = begin();

	CU_ASSERT_EQUAL(channel_op(vm, EVTCHNOP_bind_virq, NR_VIRQS, 0), -XEN_EINVAL);
	CU_ASSERT_EQUAL(channel_op(vm, EVTCHNOP_bind_virq, VIRQ_TIMER, 1), -XEN_ENOENT);
	CU_ASSERT_EQUAL(channel_op(vm, EVTCHNOP_bind_pirq, 16, 0), -XEN_EINVAL);
	CU_ASSERT_EQUAL(channel_op(vm, EVTCHNOP_bind_pirq, 2, 0), -XEN_EINVAL);
	CU_ASSERT_EQUAL(channel_op(vm, EVTCHNOP_alloc_unbound, 0, 0), -XEN_ESRCH);
	CU_ASSERT_EQUAL(channel_op(vm, EVTCHNOP_bind_interdomain, 0, 0), -XEN_ESRCH);
	CU_ASSERT_EQUAL(channel_op(vm, 99, 0, 0), -XEN_ENOSYS);
	for (uint32_t port = 0; port < 2000; port += 333) {
		CU_ASSERT_EQUAL(channel_op(vm, EVTCHNOP_close, port, 0), -XEN_EINVAL);
		CU_ASSERT_EQUAL(channel_op(vm, EVTCHNOP_send, port, 0), -XEN_EINVAL);
		CU_ASSERT_EQUAL(channel_op(vm, EVTCHNOP_unmask, port, 0), -XEN_EINVAL);
	}
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_event_channel_op, EVTCHNOP_bind_ipi, 0x1000, 0, 0), -XEN_EFAULT);
	for (unsigned i = 1; i < NR_EVENT_CHANNELS; i++)
		CU_ASSERT_EQUAL_FATAL(channel_op(vm, EVTCHNOP_bind_ipi, 0, 0), 0);
	CU_ASSERT_EQUAL(channel_op(vm, EVTCHNOP_bind_ipi, 0, 0), -XEN_ENOSPC);
	CU_ASSERT_EQUAL(channel_op(vm, EVTCHNOP_reset, DOMID_SELF, 0), 0);
	CU_ASSERT_EQUAL(channel_op(vm, EVTCHNOP_bind_ipi, 0, 0), 0);
	vm_free(vm);
}

/* Bytes at COM1 are the console's: an event, and console_io reads them. */
static void test_console_input(void)
{
	struct vm *vm = begin();
	uint32_t port, word;

	CU_ASSERT_EQUAL(channel_op(vm, EVTCHNOP_bind_virq, VIRQ_CONSOLE, 0), 0);
	port = domain_get_word(vm, at_pfn(PFN_OUT) + 8);
	CU_ASSERT_EQUAL(board_serial_input(vm->board, 0, (const uint8_t *)"hello", 5), 5);
	vm_run(vm, vm->clock + 20000000);
	CU_ASSERT(shared_word(vm, offsetof(struct shared_info, evtchn_pending)) >> port & 1);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_console_io, CONSOLEIO_read, 4, at_pfn(DATA), 0), 4);
	word = domain_get_word(vm, at_pfn(DATA));
	CU_ASSERT(!memcmp(&word, "hell", 4));
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_console_io, CONSOLEIO_read, 4, 0x1000, 0), -XEN_EFAULT);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_console_io, CONSOLEIO_read, 4, at_pfn(DATA), 0), 1);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_console_io, CONSOLEIO_write, 4, 0x1000, 0), -XEN_EFAULT);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_console_io, CONSOLEIO_write, 0xffffffff, at_pfn(DATA), 0), -XEN_E2BIG);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_console_io, 2, 0, 0, 0), -XEN_ENOSYS);
	vm_free(vm);
}

/* ---- the rest ---- */

static void test_debug_registers(void)
{
	struct vm *vm = begin();

	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_set_debugreg, 0, 0x1000, 0, 0), 0);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_get_debugreg, 0, 0, 0, 0), 0x1000);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_set_debugreg, 1, SHADOW_HOLE, 0, 0), -XEN_EPERM);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_set_debugreg, 7, 1u << 13, 0, 0), -XEN_EPERM);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_set_debugreg, 7, 0x20001, 0, 0), -XEN_EPERM);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_set_debugreg, 4, 0, 0, 0), -XEN_EINVAL);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_get_debugreg, 8, 0, 0, 0), -XEN_EINVAL);
	vm_free(vm);
}

/* Ports are the kernel's, by a trap; CLI does nothing; HLT is an exception. */
static void test_privileged(void)
{
	struct vm *vm = begin();
	const struct cpu_state *guest = cpu_state_const(vm->vcpu);

	set_trap(vm, VECTOR_GP, 0, FLAT_RING1_CS);
	domain_put(vm, at_pfn(PFN_CODE), "\xfa\xe4\xe9\xf4", 4); /* cli; in al, 0e9H; hlt */
	vm_step(vm);
	CU_ASSERT(guest->eip == at_pfn(PFN_CODE) + 1 && guest->eflags & EFLAGS_IF);
	vm_step(vm);
	CU_ASSERT(guest->eip == at_pfn(PFN_CODE) + 3 && (guest->gpr[EAX] & 0xff) == 0xe9);
	vm_step(vm);
	CU_ASSERT_EQUAL(guest->eip, at_pfn(PFN_CODE) + HANDLER);
	vm_free(vm);
}

static void test_multicall(void)
{
	struct vm *vm = begin();
	struct multicall_entry entry[4] = {
		{.op = __HYPERVISOR_xen_version, .args = {XENVER_version}},
		{.op = __HYPERVISOR_multicall, .args = {at_pfn(PFN_LIST), 1}},
		{.op = __HYPERVISOR_iret},
		{.op = 999},
	};

	domain_put(vm, at_pfn(PFN_LIST), entry, sizeof entry);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_multicall, at_pfn(PFN_LIST), 4, 0, 0), 0);
	domain_get(vm, at_pfn(PFN_LIST), entry, sizeof entry);
	CU_ASSERT_EQUAL(entry[0].result, XEN_VERSION_NUMBER);
	CU_ASSERT_EQUAL((int32_t)entry[1].result, -XEN_EINVAL);
	CU_ASSERT_EQUAL((int32_t)entry[2].result, -XEN_EINVAL);
	CU_ASSERT_EQUAL((int32_t)entry[3].result, -XEN_ENOSYS);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_multicall, at_pfn(PFN_LIST), 0xffffffff, 0, 0), -XEN_E2BIG);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_multicall, 0x1000, 1, 0, 0), -XEN_EFAULT);
	vm_free(vm);
}

static void test_shutdown(void)
{
	struct vm *vm = begin();

	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_sched_op, SCHEDOP_shutdown, 0x1000, 0, 0), -XEN_EFAULT);
	domain_put_word(vm, at_pfn(PFN_LIST), 77);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_sched_op, SCHEDOP_shutdown, at_pfn(PFN_LIST), 0, 0), -XEN_EINVAL);
	domain_put_word(vm, at_pfn(PFN_LIST), SHUTDOWN_poweroff);
	CU_ASSERT_EQUAL(domain_call(vm, __HYPERVISOR_sched_op, SCHEDOP_shutdown, at_pfn(PFN_LIST), 0, 0), 0);
	CU_ASSERT_EQUAL(vm_run(vm, vm->clock + 1000), VM_EXITED);
	vm_free(vm);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"the GDT's descriptors", test_gdt},
		{"the LDT's", test_ldt},
		{"a system call goes straight to ring 1", test_straight},
		{"no gate leads into the VMM", test_gate_to_vmm},
		{"a page fault's frame", test_page_fault},
		{"arguments of tables and stacks", test_table_arguments},
		{"a timer ends a block", test_timer},
		{"an upcall and its return", test_upcall_frame},
		{"arguments of event channels", test_channel_arguments},
		{"console input", test_console_input},
		{"debug registers", test_debug_registers},
		{"privileged instructions", test_privileged},
		{"lists of calls", test_multicall},
		{"shutting down", test_shutdown},
		{0},
	};

	return harness_main("pv domain", tests);
}
