/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/test_vmx_nested.c - nested paging: references counted exactly (Bhargava et al. 2008), violations and
 * misconfigurations, accessed and dirty bits of both kinds of tables, and what VPID, INVEPT and INVVPID do to
 * the TLB (SDM vol. 3, chapter 28).
 */
#include "tests/cpu/vmx.h"
#include "tests/harness.h"

#include <string.h>

enum { ALL = EPT_READ | EPT_WRITE | EPT_EXECUTE };

/* The guest's entries for its data and its code. */
enum {
	DATA_ENTRY = TABLES_AT + 0x1000 + (DATA_AT >> 12) * 4,
	CODE_ENTRY = TABLES_AT + 0x1000 + (CODE_AT >> 12) * 4,
};

static uint64_t entry64(const struct vmx_rig *rig, uint32_t at)
{
	uint64_t entry;

	memcpy(&entry, machine_host(rig->machine, at), 8);
	return entry;
}

static void put64(struct vmx_rig *rig, uint32_t at, uint64_t entry)
{
	memcpy(machine_host(rig->machine, at), &entry, 8);
}

static struct vmx_rig *nested_rig(unsigned levels)
{
	struct vmx_rig *rig = vmx_rig_new();

	vmx_ept(rig, levels);
	vmx_ept_identity(rig);
	return rig;
}

static void paging_off(struct cpu_state *state)
{
	state->cr0 &= ~(uint32_t)CR0_PG;
}

static void unpaged(struct vmx_rig *rig)
{
	vmx_set(rig, VMCS_SECONDARY_CONTROLS, SECONDARY_UNRESTRICTED);
	vmx_change(rig, paging_off);
}

/* ---- references ---- */

enum guest_paging { UNPAGED, TWO_LEVELS, LARGE_PAGES, PAE };

static void large_pages(struct cpu_state *state)
{
	state->cr4 |= CR4_PSE;
}

static void set_guest_paging(struct vmx_rig *rig, enum guest_paging paging)
{
	if (paging == UNPAGED)
		unpaged(rig);
	if (paging == PAE)
		vmx_pae(rig);
	if (paging == LARGE_PAGES) {
		machine_write(rig->machine, TABLES_AT, 4, 0x87);
		vmx_change(rig, large_pages);
	}
}

/* One load of a word: one walk, whose references the counter, the clock and cpu_nested_walk agree about. */
static void count_references(enum guest_paging paging, unsigned levels, bool registers, unsigned expected)
{
	struct vmx_rig *rig = vmx_rig_new_with(registers);
	struct nested_walk walk;
	struct cpu_state state = *cpu_state(rig->cpu);
	uint64_t references, clock, rest = rig->machine->costs.cycles[COST_simple];

	vmx_ept(rig, levels);
	vmx_ept_identity(rig);
	set_guest_paging(rig, paging);
	vmcs_get_guest(rig->vmcs, &state);
	VMX_CODE(rig, 0xa1, 0x34, 0, DATA_AT >> 16, 0); /* mov eax, [DATA_AT + 0x34] */
	CU_ASSERT_EQUAL(vmx_enter_guest(rig), VMX_SUCCEED);
	references = cpu_counters(rig->cpu)->walk_references;
	clock = rig->machine->clock;
	CU_ASSERT_EQUAL(cpu_step(rig->cpu), CPU_STOP_TIME);
	CU_ASSERT_EQUAL(cpu_counters(rig->cpu)->walk_references - references, expected);
	CU_ASSERT_EQUAL(rig->machine->clock - clock, expected * rig->machine->costs.cycles[COST_walk_reference] + rest);
	cpu_nested_walk(rig->cpu, &state, EPT_AT | (levels - 1) << 3 | EPT_WRITE_BACK, DATA_AT + 0x34, ACCESS_READ,
	                false, &walk);
	CU_ASSERT_EQUAL(walk.steps, expected);
	CU_ASSERT_TRUE(walk.walk.ok && !walk.violation && !walk.misconfiguration);
	CU_ASSERT_EQUAL(walk.ma, DATA_AT + 0x34);
	vmx_rig_free(rig);
}

static void test_references(void)
{
	count_references(TWO_LEVELS, 2, false, 8);
	count_references(TWO_LEVELS, 3, false, 11);
	count_references(TWO_LEVELS, 4, false, 14);
	count_references(PAE, 4, false, 19);
	count_references(PAE, 2, false, 11);
	count_references(PAE, 4, true, 14);
	count_references(LARGE_PAGES, 4, false, 9);
	count_references(LARGE_PAGES, 2, false, 5);
	count_references(UNPAGED, 4, false, 4);
	count_references(UNPAGED, 2, false, 2);
}

/* Large nested pages shorten each row by one. */
static void test_large_nested_pages(void)
{
	struct vmx_rig *rig = vmx_rig_new();
	uint64_t references;

	vmx_ept(rig, 4);
	vmx_ept_map(rig, 0, 0, 0); /* makes the tables above */
	put64(rig, EPT_AT + 2 * PAGE_SIZE, EPT_LARGE | ALL | EPT_WRITE_BACK << 3);
	VMX_CODE(rig, 0xa1, 0x34, 0, DATA_AT >> 16, 0);
	CU_ASSERT_EQUAL(vmx_enter_guest(rig), VMX_SUCCEED);
	references = cpu_counters(rig->cpu)->walk_references;
	CU_ASSERT_EQUAL(cpu_step(rig->cpu), CPU_STOP_TIME);
	CU_ASSERT_EQUAL(cpu_counters(rig->cpu)->walk_references - references, 11);
	vmx_rig_free(rig);
}

/* ---- translation ---- */

/* The guest's page is somewhere else in machine memory. */
static void test_two_translations(void)
{
	struct vmx_rig *rig = nested_rig(4);

	vmx_ept_map(rig, DATA_AT, SPARE_AT, ALL);
	machine_write(rig->machine, SPARE_AT + 0x34, 4, 0xfeedface);
	VMX_CODE(rig, 0xa1, 0x34, 0, DATA_AT >> 16, 0, 0xa3, 0x38, 0, DATA_AT >> 16, 0, 0x0f, 0xa2);
	CU_ASSERT(vmx_expect(rig, REASON_CPUID));
	CU_ASSERT_EQUAL(cpu_state(rig->cpu)->gpr[EAX], 0xfeedface);
	CU_ASSERT_EQUAL(machine_read(rig->machine, SPARE_AT + 0x38, 4), 0xfeedface);
	CU_ASSERT_EQUAL(machine_read(rig->machine, DATA_AT + 0x38, 4), 0);
	vmx_rig_free(rig);
}

/* Code too, and the guest's own tables. */
static void test_code_and_tables_elsewhere(void)
{
	struct vmx_rig *rig = nested_rig(3);

	memcpy(rig->machine->ram + SPARE_AT, rig->machine->ram + TABLES_AT, 2 * PAGE_SIZE);
	memset(rig->machine->ram + TABLES_AT, 0, 2 * PAGE_SIZE);
	vmx_ept_map(rig, TABLES_AT, SPARE_AT, ALL);
	vmx_ept_map(rig, TABLES_AT + PAGE_SIZE, SPARE_AT + PAGE_SIZE, ALL);
	vmx_ept_map(rig, CODE_AT, SPARE_AT + 2 * PAGE_SIZE, ALL);
	memcpy(rig->machine->ram + SPARE_AT + 2 * PAGE_SIZE, (const uint8_t[]){0x0f, 0xa2}, 2);
	CU_ASSERT(vmx_expect(rig, REASON_CPUID));
	CU_ASSERT_EQUAL(machine_read(rig->machine, SPARE_AT, 4) & 0x20, 0x20); /* accessed, where it is */
	CU_ASSERT_EQUAL(machine_read(rig->machine, TABLES_AT, 4), 0);
	vmx_rig_free(rig);
}

/* ---- violations ---- */

struct violation_case {
	const char *name;
	uint8_t code[6];
	uint32_t page;   /* guest-physical: its nested entry gets `rights` */
	uint32_t rights;
	uint32_t qualification;
	uint32_t physical, linear;
};

static const struct violation_case violations[] = {
	{"load", {0xa1, 0x34, 0, DATA_AT >> 16, 0}, DATA_AT, 0, 0x181, DATA_AT + 0x34, DATA_AT + 0x34},
	{"store", {0xa3, 0x34, 0, DATA_AT >> 16, 0}, DATA_AT, EPT_READ, 0x18a, DATA_AT + 0x34, DATA_AT + 0x34},
	{"store, executable", {0xa3, 0x34, 0, DATA_AT >> 16, 0}, DATA_AT, EPT_READ | EPT_EXECUTE, 0x1aa, DATA_AT + 0x34,
	 DATA_AT + 0x34},
	{"fetch", {0x90}, CODE_AT, EPT_READ | EPT_WRITE, 0x19c, CODE_AT, CODE_AT},
	{"walk", {0xa1, 0x34, 0, DATA_AT >> 16, 0}, TABLES_AT + 0x1000, 0, 0x081, CODE_ENTRY, CODE_AT},
	{"accessed bit", {0x90}, TABLES_AT + 0x1000, EPT_READ, 0x08a, CODE_ENTRY, CODE_AT},
};

static void run_violation(const struct violation_case *row)
{
	struct vmx_rig *rig = nested_rig(4);

	vmx_ept_map(rig, row->page, row->page, row->rights);
	vmx_code(rig, row->code, sizeof row->code);
	CU_ASSERT(vmx_expect(rig, REASON_EPT_VIOLATION));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_QUALIFICATION), row->qualification);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_PHYSICAL_ADDRESS), row->physical);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_LINEAR_ADDRESS), row->linear);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_RIP), CODE_AT);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_RFLAGS), EFLAGS_FIXED | EFLAGS_RF);
	/* mended, the instruction runs: nothing was done by halves */
	vmx_ept_map(rig, row->page, row->page, ALL);
	vmx_write(rig, VMCS_GUEST_RIP, CODE_AT + (row->code[0] == 0x90 ? 1 : 5));
	VMX_CODE(rig, 0x0f, 0xa2); /* behind it */
	vmx_write(rig, VMCS_GUEST_RIP, CODE_AT);
	CU_ASSERT(vmx_expect(rig, REASON_CPUID));
	vmx_rig_free(rig);
}

static void test_violations(void)
{
	for (unsigned i = 0; i < sizeof violations / sizeof *violations; i++)
		run_violation(&violations[i]);
}

static void test_violation_without_paging(void)
{
	struct vmx_rig *rig = nested_rig(2);

	unpaged(rig);
	VMX_CODE(rig, 0xa1, 0, 0, 0, 0x50); /* mov eax, [0x50000000]: beyond what two levels reach */
	CU_ASSERT(vmx_expect(rig, REASON_EPT_VIOLATION));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_QUALIFICATION), 0x181);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_PHYSICAL_ADDRESS), 0x50000000);
	vmx_rig_free(rig);
}

/* The guest's own verdict comes before that of the nested tables about the page (28.2.3.3). */
static void test_guest_fault_comes_first(void)
{
	struct vmx_rig *rig = nested_rig(4);

	vmx_write(rig, VMCS_EXCEPTION_BITMAP, 1 << VECTOR_PF);
	machine_page(rig->machine, DATA_AT, 0);
	vmx_ept_map(rig, DATA_AT, DATA_AT, 0);
	VMX_CODE(rig, 0xa1, 0x34, 0, DATA_AT >> 16, 0);
	CU_ASSERT(vmx_expect(rig, REASON_EXCEPTION));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_QUALIFICATION), DATA_AT + 0x34);
	vmx_rig_free(rig);
}

/* A writable TLB entry must not come of a read-only nested one, nor stay one of CR0.WP's absence. */
static void test_store_after_load(void)
{
	struct vmx_rig *rig = nested_rig(4);

	vmx_ept_map(rig, DATA_AT, DATA_AT, EPT_READ | EPT_EXECUTE);
	VMX_CODE(rig, 0xa1, 0x34, 0, DATA_AT >> 16, 0, 0xa3, 0x34, 0, DATA_AT >> 16, 0);
	CU_ASSERT(vmx_expect(rig, REASON_EPT_VIOLATION));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_RIP), CODE_AT + 5);
	vmx_rig_free(rig);
}

/* During a delivery: IDT-vectoring information, and RF of the frame that was to be. */
static void test_violation_in_a_delivery(void)
{
	struct vmx_rig *rig = nested_rig(4);

	vmx_ept_map(rig, STACK_AT - PAGE_SIZE, STACK_AT - PAGE_SIZE, EPT_READ);
	VMX_CODE(rig, 0xcd, 0x80);
	CU_ASSERT(vmx_expect(rig, REASON_EPT_VIOLATION));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_IDT_VECTORING), (uint32_t)INTERRUPTION_VALID | INTERRUPTION_SOFTWARE | 0x80);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_INSTRUCTION_LENGTH), 2);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_RIP), CODE_AT);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_RFLAGS), EFLAGS_FIXED);
	/* the VMM mends it and injects the event again */
	vmx_ept_map(rig, STACK_AT - PAGE_SIZE, STACK_AT - PAGE_SIZE, ALL);
	vmx_write(rig, VMCS_ENTRY_INTERRUPTION, vmx_read(rig, VMCS_IDT_VECTORING));
	vmx_write(rig, VMCS_ENTRY_INSTRUCTION_LENGTH, 2);
	CU_ASSERT_EQUAL(vmx_run(rig), CPU_STOP_HALT);
	CU_ASSERT_EQUAL(cpu_state(rig->cpu)->eip, HANDLER_AT + 16 * 0x80 + 1);
	CU_ASSERT_EQUAL(machine_read(rig->machine, STACK_AT - 12, 4), CODE_AT + 2);
	vmx_rig_free(rig);
}

/* ---- misconfigurations ---- */

static void test_misconfigurations(void)
{
	static const uint64_t entries[] = {
		DATA_AT | EPT_WRITE, DATA_AT | EPT_EXECUTE, DATA_AT | EPT_WRITE | EPT_EXECUTE,
		DATA_AT | ALL | 2 << 3, DATA_AT | ALL | 3 << 3, DATA_AT | ALL | 7 << 3,
		DATA_AT | ALL | UINT64_C(1) << 36, DATA_AT | ALL | UINT64_C(1) << 51,
	};
	static const struct {
		uint32_t at; /* in which table: 4 levels, the first of each */
		uint64_t bits;
	} tables[] = {
		{EPT_AT, EPT_LARGE}, {EPT_AT, 1 << 3}, {EPT_AT + PAGE_SIZE, EPT_LARGE},
		{EPT_AT + 2 * PAGE_SIZE, 1 << 6}, {EPT_AT + 2 * PAGE_SIZE, EPT_LARGE}, /* with an address that is no multiple of 2 MiB */
	};

	for (unsigned i = 0; i < sizeof entries / sizeof *entries; i++) {
		struct vmx_rig *rig = nested_rig(4);
		uint32_t at = vmx_ept_map(rig, DATA_AT, DATA_AT, ALL);

		put64(rig, at, entries[i]);
		VMX_CODE(rig, 0xa1, 0x34, 0, DATA_AT >> 16, 0);
		CU_ASSERT(vmx_expect(rig, REASON_EPT_MISCONFIGURATION));
		CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_PHYSICAL_ADDRESS), DATA_AT + 0x34);
		vmx_rig_free(rig);
	}
	for (unsigned i = 0; i < sizeof tables / sizeof *tables; i++) {
		struct vmx_rig *rig = nested_rig(4);

		put64(rig, tables[i].at, entry64(rig, tables[i].at) | tables[i].bits);
		CU_ASSERT(vmx_expect(rig, REASON_EPT_MISCONFIGURATION));
		vmx_rig_free(rig);
	}
}

/* ---- accessed and dirty bits ---- */

static void test_nested_accessed_and_dirty(void)
{
	struct vmx_rig *rig = nested_rig(4);
	uint32_t data = vmx_ept_map(rig, DATA_AT, DATA_AT, ALL), table = vmx_ept_map(rig, TABLES_AT, TABLES_AT, ALL);
	uint32_t other = vmx_ept_map(rig, DATA_AT + PAGE_SIZE, DATA_AT + PAGE_SIZE, ALL);

	VMX_CODE(rig, 0xa1, 0x34, 0, DATA_AT >> 16, 0, 0x0f, 0xa2);
	CU_ASSERT(vmx_expect(rig, REASON_CPUID)); /* without the bit in the EPT pointer: none */
	CU_ASSERT_EQUAL(entry64(rig, data) & (EPT_A | EPT_D), 0);
	CU_ASSERT_EQUAL(entry64(rig, EPT_AT) & EPT_A, 0);
	vmx_set(rig, VMCS_EPT_POINTER, EPT_POINTER_AD);
	vmx_write(rig, VMCS_GUEST_RIP, CODE_AT);
	CU_ASSERT(vmx_expect(rig, REASON_CPUID));
	CU_ASSERT_EQUAL(entry64(rig, data) & (EPT_A | EPT_D), EPT_A);
	CU_ASSERT_EQUAL(entry64(rig, table) & (EPT_A | EPT_D), EPT_A | EPT_D); /* a walk counts as a store */
	CU_ASSERT_EQUAL(entry64(rig, other) & (EPT_A | EPT_D), 0);
	CU_ASSERT_EQUAL(entry64(rig, EPT_AT) & (EPT_A | EPT_D), EPT_A);
	/* a load, then a store */
	VMX_CODE(rig, 0xa1, 0x34, 0, DATA_AT >> 16, 0, 0xa3, 0x34, 0, DATA_AT >> 16, 0, 0x0f, 0xa2);
	CU_ASSERT(vmx_expect(rig, REASON_CPUID));
	CU_ASSERT_EQUAL(entry64(rig, data) & (EPT_A | EPT_D), EPT_A | EPT_D);
	CU_ASSERT_EQUAL(machine_read(rig->machine, DATA_ENTRY, 4) & 0x60, 0x60);
	vmx_rig_free(rig);
}

/* With nested A and D a guest's table that cannot be stored to cannot be walked either (28.2.3.2). */
static void test_read_only_table_with_accessed_bits(void)
{
	struct vmx_rig *rig = nested_rig(4);

	for (uint32_t page = 0; page < RAM_SIZE; page += PAGE_SIZE)
		machine_page(rig->machine, page, 0x67);
	machine_write(rig->machine, TABLES_AT, 4, (TABLES_AT + 0x1000) | 0x27);
	vmx_ept_map(rig, TABLES_AT, TABLES_AT, EPT_READ);
	VMX_CODE(rig, 0x0f, 0xa2);
	CU_ASSERT(vmx_expect(rig, REASON_CPUID)); /* all bits are set already */
	vmx_set(rig, VMCS_EPT_POINTER, EPT_POINTER_AD);
	vmx_write(rig, VMCS_GUEST_RIP, CODE_AT);
	CU_ASSERT(vmx_expect(rig, REASON_EPT_VIOLATION));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_QUALIFICATION), 0x08b);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_PHYSICAL_ADDRESS), TABLES_AT);
	vmx_rig_free(rig);
}

/* ---- PDPTEs ---- */

/* As registers they are read at MOV CR3 (Intel); else a walk sees what memory has now. */
static void test_pdptes(void)
{
	for (unsigned registers = 0; registers < 2; registers++) {
		struct vmx_rig *rig = vmx_rig_new_with(registers);

		vmx_ept(rig, 4);
		vmx_ept_identity(rig);
		vmx_pae(rig);
		vmx_write(rig, VMCS_EXCEPTION_BITMAP, 1 << VECTOR_PF | 1 << VECTOR_GP);
		VMX_CODE(rig, 0xc7, 0x05, 0, PAE_AT >> 8 & 0xff, PAE_AT >> 16, 0, 0, 0, 0, 0, /* mov [PDPTE 0], 0 */
		         0xa1, 0x34, 0, DATA_AT >> 16, 0, 0x0f, 0x22, 0xdb, 0x0f, 0xa2); /* load; mov cr3, ebx; cpuid */
		cpu_state(rig->cpu)->gpr[EBX] = PAE_AT;
		CU_ASSERT_EQUAL(vmx_run(rig), CPU_STOP_VMEXIT);
		CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_REASON), REASON_EXCEPTION);
		CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_RIP), CODE_AT + (registers ? 18 : 10));
		vmx_rig_free(rig);
	}
}

static void test_pdpte_registers(void)
{
	struct vmx_rig *rig = vmx_rig_new_with(true);

	vmx_ept(rig, 4);
	vmx_ept_identity(rig);
	vmx_pae(rig);
	vmx_write(rig, VMCS_EXCEPTION_BITMAP, 1 << VECTOR_GP);
	vmx_write(rig, VMCS_GUEST_PDPTE0, 0x1e7);
	CU_ASSERT_EQUAL(vmx_enter_guest(rig), VMX_ENTRY_FAILURE);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_QUALIFICATION), 2);
	vmx_write(rig, VMCS_GUEST_PDPTE0, (PAE_AT + PAGE_SIZE) | 1);
	VMX_CODE(rig, 0x0f, 0x22, 0xdb, 0x0f, 0xa2);
	put64(rig, SPARE_AT + 0x20, 0x1e7); /* reserved bits */
	cpu_state(rig->cpu)->gpr[EBX] = SPARE_AT + 0x20;
	CU_ASSERT(vmx_expect(rig, REASON_EXCEPTION));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_INTERRUPTION) & INTERRUPTION_VECTOR, VECTOR_GP);
	cpu_state(rig->cpu)->gpr[EBX] = 0x200000; /* nothing is mapped there: no linear address is at fault */
	CU_ASSERT(vmx_expect(rig, REASON_EPT_VIOLATION));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_QUALIFICATION), 1);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_PHYSICAL_ADDRESS), 0x200000);
	vmx_rig_free(rig);
}

/* ---- VPID, INVEPT, INVVPID: does an entry that has become false still serve? ---- */

/* Loads DATA_AT + 0x34 into EAX and exits. */
static uint32_t probe(struct vmx_rig *rig)
{
	vmx_write(rig, VMCS_GUEST_RIP, CODE_AT);
	VMX_CODE(rig, 0xa1, 0x34, 0, DATA_AT >> 16, 0, 0x0f, 0xa2);
	CU_ASSERT(vmx_expect(rig, REASON_CPUID));
	return cpu_state(rig->cpu)->gpr[EAX];
}

enum { OLD = 0x01d, NEW = 0x4e3 };

/* The page is somewhere else from now on. */
static struct vmx_rig *stale_rig(bool vpid)
{
	struct vmx_rig *rig = nested_rig(4);

	if (vpid) {
		vmx_set(rig, VMCS_SECONDARY_CONTROLS, SECONDARY_VPID);
		vmx_write(rig, VMCS_VPID, 7);
	}
	machine_write(rig->machine, DATA_AT + 0x34, 4, OLD);
	machine_write(rig->machine, SPARE_AT + 0x34, 4, NEW);
	CU_ASSERT_EQUAL(probe(rig), OLD);
	vmx_ept_map(rig, DATA_AT, SPARE_AT, ALL);
	return rig;
}

static void probe_after(enum vmx_result (*invalidate)(struct vmx_rig *rig), uint32_t expected)
{
	struct vmx_rig *rig = stale_rig(true);

	CU_ASSERT_EQUAL(invalidate(rig), VMX_SUCCEED);
	CU_ASSERT_EQUAL(probe(rig), expected);
	vmx_rig_free(rig);
}

static uint64_t pointer_of(struct vmx_rig *rig)
{
	return vmx_read(rig, VMCS_EPT_POINTER);
}

static enum vmx_result nothing(struct vmx_rig *rig)
{
	(void)rig;
	return VMX_SUCCEED;
}

static enum vmx_result invept_single(struct vmx_rig *rig)
{
	return cpu_invept(rig->cpu, INVALIDATE_SINGLE, pointer_of(rig));
}

static enum vmx_result invept_another(struct vmx_rig *rig)
{
	return cpu_invept(rig->cpu, INVALIDATE_SINGLE, SPARE_AT | 3 << 3 | EPT_WRITE_BACK);
}

static enum vmx_result invept_all(struct vmx_rig *rig)
{
	return cpu_invept(rig->cpu, INVALIDATE_ALL, 0);
}

static enum vmx_result invvpid_address(struct vmx_rig *rig)
{
	return cpu_invvpid(rig->cpu, INVALIDATE_ADDRESS, 7, DATA_AT + 0x800);
}

static enum vmx_result invvpid_another_address(struct vmx_rig *rig)
{
	return cpu_invvpid(rig->cpu, INVALIDATE_ADDRESS, 7, DATA_AT + 0x1000);
}

static enum vmx_result invvpid_single(struct vmx_rig *rig)
{
	return cpu_invvpid(rig->cpu, INVALIDATE_SINGLE, 7, 0);
}

static enum vmx_result invvpid_another(struct vmx_rig *rig)
{
	return cpu_invvpid(rig->cpu, INVALIDATE_SINGLE, 8, 0);
}

static enum vmx_result invvpid_all(struct vmx_rig *rig)
{
	return cpu_invvpid(rig->cpu, INVALIDATE_ALL, 0, 0);
}

static enum vmx_result new_vpid(struct vmx_rig *rig)
{
	return cpu_vmwrite(rig->cpu, VMCS_VPID, 8);
}

static enum vmx_result new_pointer(struct vmx_rig *rig)
{
	return cpu_vmwrite(rig->cpu, VMCS_EPT_POINTER, pointer_of(rig) | EPT_POINTER_AD);
}

static void test_translations_that_stay(void)
{
	probe_after(nothing, OLD);
	probe_after(invept_another, OLD);
	probe_after(invvpid_another, OLD);
	probe_after(invvpid_another_address, OLD);
}

static void test_translations_that_go(void)
{
	struct vmx_rig *rig = stale_rig(false);

	CU_ASSERT_EQUAL(probe(rig), NEW); /* no VPID */
	vmx_rig_free(rig);
	probe_after(invept_single, NEW);
	probe_after(invept_all, NEW);
	probe_after(invvpid_address, NEW);
	probe_after(invvpid_single, NEW);
	probe_after(invvpid_all, NEW);
	probe_after(new_vpid, NEW);
	probe_after(new_pointer, NEW);
}

static void test_invalidation_errors(void)
{
	struct vmx_rig *rig = nested_rig(4);

	CU_ASSERT_EQUAL(cpu_invept(rig->cpu, INVALIDATE_ADDRESS, pointer_of(rig)), VMX_FAIL_VALID);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_INSTRUCTION_ERROR), VMX_ERROR_INVALIDATION);
	CU_ASSERT_EQUAL(cpu_invept(rig->cpu, INVALIDATE_SINGLE, 0), VMX_FAIL_VALID);
	CU_ASSERT_EQUAL(cpu_invvpid(rig->cpu, INVALIDATE_SINGLE, 0, 0), VMX_FAIL_VALID);
	CU_ASSERT_EQUAL(cpu_invvpid(rig->cpu, INVALIDATE_ADDRESS, 0, 0), VMX_FAIL_VALID);
	CU_ASSERT_EQUAL(cpu_invvpid(rig->cpu, (enum vmx_invalidation)3, 1, 0), VMX_FAIL_VALID);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_INSTRUCTION_ERROR), VMX_ERROR_INVALIDATION);
	vmx_rig_free(rig);
}

/* ---- deadlines are honoured at their boundary, however long walks are ---- */

static void test_deadlines(void)
{
	/* mov eax,[edx]; add edx,4096; and edx,0x7ffff; jmp: each load misses the TLB of a hostile build */
	static const uint8_t loop[] = {0x8b, 0x02, 0x81, 0xc2, 0, 0x10, 0, 0, 0x81, 0xe2, 0xff, 0xff, 7, 0, 0xeb, 0xf0};
	struct vmx_rig *whole = nested_rig(4), *cut = nested_rig(4);
	uint64_t end;

	vmx_code(whole, loop, sizeof loop);
	vmx_code(cut, loop, sizeof loop);
	cpu_state(whole->cpu)->gpr[EDX] = cpu_state(cut->cpu)->gpr[EDX] = 0;
	CU_ASSERT_EQUAL(vmx_enter_guest(whole), VMX_SUCCEED);
	CU_ASSERT_EQUAL(vmx_enter_guest(cut), VMX_SUCCEED);
	end = whole->machine->clock + 100000;
	cpu_run(whole->cpu, end);
	for (uint64_t deadline = cut->machine->clock + 7; cut->machine->clock < end; deadline += 1013)
		cpu_run(cut->cpu, deadline < end ? deadline : end);
	CU_ASSERT_EQUAL(whole->machine->clock, cut->machine->clock);
	CU_ASSERT(whole->machine->clock < end + 200);
	CU_ASSERT_EQUAL(memcmp(cpu_state(whole->cpu), cpu_state(cut->cpu), sizeof(struct cpu_state)), 0);
	vmx_rig_free(whole);
	vmx_rig_free(cut);
}

static const struct harness_test tests[] = {
	{"references of a walk", test_references},
	{"large nested pages", test_large_nested_pages},
	{"two translations", test_two_translations},
	{"code and tables elsewhere", test_code_and_tables_elsewhere},
	{"violations", test_violations},
	{"a violation without paging", test_violation_without_paging},
	{"the guest's fault comes first", test_guest_fault_comes_first},
	{"a store after a load", test_store_after_load},
	{"a violation in a delivery", test_violation_in_a_delivery},
	{"misconfigurations", test_misconfigurations},
	{"nested accessed and dirty bits", test_nested_accessed_and_dirty},
	{"a read-only table with accessed bits", test_read_only_table_with_accessed_bits},
	{"PDPTEs", test_pdptes},
	{"PDPTEs as registers", test_pdpte_registers},
	{"translations that stay", test_translations_that_stay},
	{"translations that go", test_translations_that_go},
	{"errors of INVEPT and INVVPID", test_invalidation_errors},
	{"deadlines", test_deadlines},
	{0},
};

int main(void)
{
	return harness_main("vmx_nested", tests);
}
