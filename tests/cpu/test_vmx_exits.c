/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/test_vmx_exits.c - each VM exit with what it says: reason, qualification, instruction length and
 * information (SDM vol. 3, chapters 25 and 27), and what the guest's state is then.
 */
#include "tests/cpu/vmx.h"
#include "tests/harness.h"

#include <stdio.h>
#include <string.h>

/* ---- instructions: one row, one exit ---- */

struct row {
	const char *name;
	uint8_t code[8];
	uint8_t length;
	uint32_t primary, secondary;
	enum exit_reason reason;
	uint32_t qualification;
	uint32_t information;
};

static void set_registers(struct vmx_rig *rig)
{
	struct cpu_state *state = cpu_state(rig->cpu);

	memset(state->gpr, 0, 8 * sizeof *state->gpr);
	state->gpr[EBX] = 0x11;
	state->gpr[EDX] = 0x3f8;
	state->gpr[ECX] = 2;
	state->gpr[ESI] = DATA_AT + 0x10;
	state->gpr[EDI] = DATA_AT + 0x20;
}

static const struct row rows[] = {
	{"cpuid", {0x0f, 0xa2}, 2, 0, 0, REASON_CPUID, 0, 0},
	{"hlt", {0xf4}, 1, PRIMARY_HLT, 0, REASON_HLT, 0, 0},
	{"invd", {0x0f, 0x08}, 2, 0, 0, REASON_INVD, 0, 0},
	{"wbinvd", {0x0f, 0x09}, 2, 0, SECONDARY_WBINVD, REASON_WBINVD, 0, 0},
	{"invlpg [edi]", {0x0f, 0x01, 0x3f}, 3, PRIMARY_INVLPG, 0, REASON_INVLPG, DATA_AT + 0x20, 0},
	{"rdpmc", {0x0f, 0x33}, 2, PRIMARY_RDPMC, 0, REASON_RDPMC, 0, 0},
	{"rdtsc", {0x0f, 0x31}, 2, PRIMARY_RDTSC, 0, REASON_RDTSC, 0, 0},
	{"vmcall", {0x0f, 0x01, 0xc1}, 3, 0, 0, REASON_VMCALL, 0, 0},
	{"pause", {0xf3, 0x90}, 2, PRIMARY_PAUSE, 0, REASON_PAUSE, 0, 0},
	{"mov cr3, ebx", {0x0f, 0x22, 0xdb}, 3, PRIMARY_CR3_LOAD, 0, REASON_CONTROL_REGISTER, 0x303, 0},
	{"mov ebp, cr3", {0x0f, 0x20, 0xdd}, 3, PRIMARY_CR3_STORE, 0, REASON_CONTROL_REGISTER, 0x513, 0},
	{"mov ebx, dr3", {0x0f, 0x21, 0xdb}, 3, PRIMARY_MOV_DR, 0, REASON_MOV_DR, 0x313, 0},
	{"mov dr7, esi", {0x0f, 0x23, 0xfe}, 3, PRIMARY_MOV_DR, 0, REASON_MOV_DR, 0x607, 0},
	{"sgdt [edi]", {0x0f, 0x01, 0x07}, 3, 0, SECONDARY_DESCRIPTOR_TABLES, REASON_GDTR_IDTR, 0,
	 DS << 15 | 1 << 22 | EDI << 23 | 1 << 7 | 1 << 11},
	{"sidt [edi+ecx*4+16]", {0x0f, 0x01, 0x4c, 0x8f, 0x10}, 5, 0, SECONDARY_DESCRIPTOR_TABLES, REASON_GDTR_IDTR, 16,
	 DS << 15 | ECX << 18 | EDI << 23 | 2 | 1 << 7 | 1 << 11 | 1 << 28},
	{"lgdt fs:[ebx]", {0x64, 0x0f, 0x01, 0x13}, 4, 0, SECONDARY_DESCRIPTOR_TABLES, REASON_GDTR_IDTR, 0,
	 FS << 15 | 1 << 22 | EBX << 23 | 1 << 7 | 1 << 11 | 2 << 28},
	{"o16 lidt [edi]", {0x66, 0x0f, 0x01, 0x1f}, 4, 0, SECONDARY_DESCRIPTOR_TABLES, REASON_GDTR_IDTR, 0,
	 DS << 15 | 1 << 22 | EDI << 23 | 1 << 7 | 3 << 28},
	{"sldt ebx", {0x0f, 0x00, 0xc3}, 3, 0, SECONDARY_DESCRIPTOR_TABLES, REASON_LDTR_TR, 0, EBX << 3 | 1 << 10},
	{"str [0x1234]", {0x0f, 0x00, 0x0d, 0x34, 0x12, 0, 0}, 7, 0, SECONDARY_DESCRIPTOR_TABLES, REASON_LDTR_TR,
	 0x1234, DS << 15 | 1 << 22 | 1 << 27 | 1 << 7 | 1 << 28},
	{"lldt cx", {0x0f, 0x00, 0xd1}, 3, 0, SECONDARY_DESCRIPTOR_TABLES, REASON_LDTR_TR, 0,
	 ECX << 3 | 1 << 10 | 2 << 28},
	{"ltr cx", {0x0f, 0x00, 0xd9}, 3, 0, SECONDARY_DESCRIPTOR_TABLES, REASON_LDTR_TR, 0,
	 ECX << 3 | 1 << 10 | (uint32_t)3 << 28},
	{"in al, dx", {0xec}, 1, PRIMARY_IO, 0, REASON_IO, 0x3f80008, 0},
	{"out 0x80, eax", {0xe7, 0x80}, 2, PRIMARY_IO, 0, REASON_IO, 0x800043, 0},
	{"in ax, 0x20", {0x66, 0xe5, 0x20}, 3, PRIMARY_IO, 0, REASON_IO, 0x200049, 0},
	{"outsb fs:", {0x64, 0x6e}, 2, PRIMARY_IO, 0, REASON_IO, 0x3f80010, 1 << 7 | FS << 15},
	{"rep insd", {0xf3, 0x6d}, 2, PRIMARY_IO, 0, REASON_IO, 0x3f8003b, 1 << 7 | ES << 15},
	{"rdmsr", {0x0f, 0x32}, 2, 0, 0, REASON_RDMSR, 0, 0},
	{"wrmsr", {0x0f, 0x30}, 2, 0, 0, REASON_WRMSR, 0, 0},
	{"jmp tss", {0xea, 0, 0, 0, 0, TSS2_SELECTOR, 0}, 7, 0, 0, REASON_TASK_SWITCH, 2u << 30 | TSS2_SELECTOR, 0},
	{"call task gate", {0x9a, 0, 0, 0, 0, TASK_GATE, 0}, 7, 0, 0, REASON_TASK_SWITCH, TSS2_SELECTOR, 0},
};

static void expect_field(struct vmx_rig *rig, const struct row *row, enum vmcs_field field, uint64_t expected)
{
	uint64_t value = vmx_read(rig, field);

	if (value != expected)
		printf("   %s: field %04x is %llx\n", row->name, field, (unsigned long long)value);
	CU_ASSERT_EQUAL(value, expected);
}

static void run_row(const struct row *row)
{
	struct vmx_rig *rig = vmx_rig_new();
	uint64_t vm_exit = rig->machine->costs.cycles[COST_vm_exit];
	uint64_t before;

	if (row->primary & PRIMARY_IO)
		vmx_clear(rig, VMCS_PRIMARY_CONTROLS, PRIMARY_IO_BITMAPS);
	if (row->reason == REASON_RDMSR || row->reason == REASON_WRMSR)
		vmx_clear(rig, VMCS_PRIMARY_CONTROLS, PRIMARY_MSR_BITMAPS);
	vmx_set(rig, VMCS_PRIMARY_CONTROLS, row->primary);
	vmx_set(rig, VMCS_SECONDARY_CONTROLS, row->secondary);
	set_registers(rig);
	vmx_code(rig, row->code, row->length);
	CU_ASSERT_EQUAL(vmx_enter_guest(rig), VMX_SUCCEED);
	before = rig->machine->clock;
	CU_ASSERT_EQUAL(cpu_run(rig->cpu, before + 10000), CPU_STOP_VMEXIT);
	CU_ASSERT(rig->machine->clock >= before + vm_exit);
	expect_field(rig, row, VMCS_EXIT_REASON, row->reason);
	expect_field(rig, row, VMCS_EXIT_QUALIFICATION, row->qualification);
	expect_field(rig, row, VMCS_EXIT_INSTRUCTION_INFORMATION, row->information);
	expect_field(rig, row, VMCS_EXIT_INSTRUCTION_LENGTH, row->length);
	expect_field(rig, row, VMCS_GUEST_RIP, CODE_AT);
	expect_field(rig, row, VMCS_IDT_VECTORING, 0);
	expect_field(rig, row, VMCS_EXIT_INTERRUPTION, 0);
	vmx_rig_free(rig);
}

static void test_instructions(void)
{
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
		run_row(&rows[i]);
}

/* Without its control each of them runs as on a bare processor, whatever comes of it. */
static void test_instructions_without_controls(void)
{
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i];
		struct vmx_rig *rig;

		if (!row->primary && !row->secondary)
			continue;
		rig = vmx_rig_new();
		set_registers(rig);
		vmx_code(rig, row->code, row->length);
		CU_ASSERT_FALSE(vmx_expect(rig, row->reason));
		vmx_rig_free(rig);
	}
}

static void test_string_port_address(void)
{
	struct vmx_rig *rig = vmx_rig_new();

	vmx_clear(rig, VMCS_PRIMARY_CONTROLS, PRIMARY_IO_BITMAPS);
	vmx_set(rig, VMCS_PRIMARY_CONTROLS, PRIMARY_IO);
	vmx_write(rig, VMCS_GUEST_ES_BASE, 0x100);
	set_registers(rig);
	VMX_CODE(rig, 0xf3, 0x6c); /* rep insb */
	CU_ASSERT(vmx_expect(rig, REASON_IO));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_LINEAR_ADDRESS), DATA_AT + 0x120);
	CU_ASSERT_EQUAL(cpu_state(rig->cpu)->gpr[ECX], 2);
	CU_ASSERT_EQUAL(rig->machine->port_accesses, 0);
	cpu_state(rig->cpu)->gpr[ECX] = 0; /* no repetition, no port access */
	VMX_CODE(rig, 0xf3, 0x6c, 0x0f, 0xa2);
	CU_ASSERT(vmx_expect(rig, REASON_CPUID));
	vmx_rig_free(rig);
}

/* ---- bitmaps ---- */

static void test_port_bitmaps(void)
{
	static const struct {
		uint16_t marked, port;
		uint8_t code[2];
		bool exits;
	} cases[] = {
		{0x3f8, 0x3f8, {0xec}, true},        {0x3f8, 0x3f7, {0xec}, false},
		{0x3f8, 0x3f7, {0x66, 0xed}, true},  {0x3f8, 0x3f5, {0xed, 0x90}, true},
		{0x3f8, 0x3f9, {0xed, 0x90}, false}, {0x8000, 0x8000, {0xee}, true},
		{0x8000, 0x7ffd, {0xef}, true},      {0x7fff, 0x8000, {0xee}, false},
		{0x1000, 0xffff, {0x66, 0xef}, true}, /* it wraps around */
		{0x1000, 0xffff, {0xee}, false},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct vmx_rig *rig = vmx_rig_new();
		uint32_t bitmap = cases[i].marked & 0x8000 ? BITMAP_B_AT : BITMAP_A_AT;
		unsigned bit = cases[i].marked & 0x7fff;

		rig->machine->ram[bitmap + bit / 8] |= (uint8_t)(1 << bit % 8);
		VMX_CODE(rig, cases[i].code[0], cases[i].code[1] ? cases[i].code[1] : 0x90, 0x0f, 0xa2);
		cpu_state(rig->cpu)->gpr[EDX] = cases[i].port;
		CU_ASSERT_EQUAL(vmx_run(rig), CPU_STOP_VMEXIT);
		CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_REASON), cases[i].exits ? REASON_IO : REASON_CPUID);
		vmx_rig_free(rig);
	}
}

static void test_msr_bitmaps(void)
{
	static const struct {
		uint32_t msr;
		bool write;
		unsigned at, bit;
		bool exits;
	} cases[] = {
		{0x174, false, 0, 0x174, true},        {0x174, true, 0, 0x174, false},
		{0x174, true, 2048, 0x174, true},      {0xc0000080, false, 1024, 0x80, true},
		{0xc0000080, true, 3072, 0x80, true},  {0xc0000080, true, 2048, 0x80, false},
		{0x40000000, true, 0, 0, true},        {0x2000, false, 0, 0, true},
		{0xc0002000, false, 0, 0, true},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct vmx_rig *rig = vmx_rig_new();

		if (cases[i].bit)
			rig->machine->ram[MSR_BITMAP_AT + cases[i].at + cases[i].bit / 8] |=
				(uint8_t)(1 << cases[i].bit % 8);
		VMX_CODE(rig, 0x0f, cases[i].write ? 0x30 : 0x32, 0x0f, 0xa2);
		cpu_state(rig->cpu)->gpr[ECX] = cases[i].msr;
		cpu_state(rig->cpu)->gpr[EDX] = 0;
		cpu_state(rig->cpu)->gpr[EAX] = 0;
		CU_ASSERT_EQUAL(vmx_run(rig), CPU_STOP_VMEXIT);
		CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_REASON),
		                !cases[i].exits ? REASON_CPUID : cases[i].write ? REASON_WRMSR : REASON_RDMSR);
		vmx_rig_free(rig);
	}
}

/* ---- control registers ---- */

static void test_control_register_masks(void)
{
	struct vmx_rig *rig = vmx_rig_new();
	struct cpu_state *state = cpu_state(rig->cpu);

	vmx_write(rig, VMCS_CR0_MASK, CR0_NE | CR0_WP);
	vmx_write(rig, VMCS_CR0_SHADOW, CR0_WP);
	vmx_write(rig, VMCS_CR4_MASK, CR4_PGE);
	vmx_write(rig, VMCS_CR4_SHADOW, CR4_PGE);
	/* mov eax, cr0; mov ebx, cr4; smsw ecx; or eax, TS; mov cr0, eax; cpuid */
	VMX_CODE(rig, 0x0f, 0x20, 0xc0, 0x0f, 0x20, 0xe3, 0x0f, 0x01, 0xe1, 0x83, 0xc8, 0x08, 0x0f, 0x22, 0xc0, 0x0f,
	         0xa2);
	CU_ASSERT(vmx_expect(rig, REASON_CPUID));
	CU_ASSERT_EQUAL(state->gpr[EAX], CR0_PG | CR0_WP | CR0_ET | CR0_PE | CR0_TS);
	CU_ASSERT_EQUAL(state->gpr[EBX], CR4_PGE);
	CU_ASSERT_EQUAL(state->gpr[ECX], CR0_PG | CR0_WP | CR0_ET | CR0_PE);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_CR0), CR0_PG | CR0_NE | CR0_ET | CR0_PE | CR0_TS);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_CR4), 0);
	/* another value where the mask is: out */
	VMX_CODE(rig, 0x0f, 0x22, 0xc2); /* mov cr0, edx */
	state->gpr[EDX] = CR0_PG | CR0_ET | CR0_PE | CR0_WP | CR0_NE;
	CU_ASSERT(vmx_expect(rig, REASON_CONTROL_REGISTER));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_QUALIFICATION), 0x200);
	VMX_CODE(rig, 0x0f, 0x22, 0xe2); /* mov cr4, edx */
	state->gpr[EDX] = 0;
	CU_ASSERT(vmx_expect(rig, REASON_CONTROL_REGISTER));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_QUALIFICATION), 0x204);
	vmx_rig_free(rig);
}

/* What the mask lets through must keep the bits that VMX operation fixes. */
static void test_fixed_bits(void)
{
	struct vmx_rig *rig = vmx_rig_new();

	vmx_write(rig, VMCS_EXCEPTION_BITMAP, 1 << VECTOR_GP);
	VMX_CODE(rig, 0x0f, 0x22, 0xc2); /* mov cr0, edx */
	cpu_state(rig->cpu)->gpr[EDX] = CR0_PG | CR0_PE | CR0_ET;
	CU_ASSERT(vmx_expect(rig, REASON_EXCEPTION));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_INTERRUPTION),
	                (uint32_t)INTERRUPTION_VALID | INTERRUPTION_ERROR_CODE | INTERRUPTION_EXCEPTION | VECTOR_GP);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_ERROR_CODE), 0);
	cpu_state(rig->cpu)->gpr[EDX] = CR0_PE | CR0_NE | CR0_ET; /* paging off */
	CU_ASSERT(vmx_expect(rig, REASON_EXCEPTION));
	vmx_rig_free(rig);
}

static void test_clts_and_lmsw(void)
{
	static const struct {
		uint8_t code[3];
		uint32_t mask, shadow, operand;
		uint32_t qualification; /* 0: no exit */
		uint32_t cr0;           /* low bits then */
	} cases[] = {
		{{0x0f, 0x06, 0x90}, 0, 0, 0, 0, CR0_PE | CR0_ET | CR0_NE},
		{{0x0f, 0x06, 0x90}, CR0_TS, 0, 0, 0, CR0_PE | CR0_ET | CR0_NE | CR0_TS},
		{{0x0f, 0x06, 0x90}, CR0_TS, CR0_TS, 0, 0x20, CR0_PE | CR0_ET | CR0_NE | CR0_TS},
		{{0x0f, 0x01, 0xf2}, 0, 0, 0xfff2, 0, CR0_PE | CR0_ET | CR0_NE | CR0_MP},
		{{0x0f, 0x01, 0xf2}, CR0_EM, 0, 0x4, 0x00040030, CR0_PE | CR0_ET | CR0_NE | CR0_TS},
		{{0x0f, 0x01, 0xf2}, CR0_EM, CR0_EM, 0x4, 0, CR0_PE | CR0_ET | CR0_NE},
		{{0x0f, 0x01, 0xf2}, CR0_PE, CR0_PE, 0x0, 0, CR0_PE | CR0_ET | CR0_NE},
		{{0x0f, 0x01, 0xf2}, CR0_PE, 0, 0x0, 0, CR0_PE | CR0_ET | CR0_NE},
		{{0x0f, 0x01, 0xf2}, CR0_PE, 0, 0x1, 0x00010030, CR0_PE | CR0_ET | CR0_NE | CR0_TS},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct vmx_rig *rig = vmx_rig_new();

		vmx_set(rig, VMCS_GUEST_CR0, CR0_TS);
		vmx_write(rig, VMCS_CR0_MASK, cases[i].mask);
		vmx_write(rig, VMCS_CR0_SHADOW, cases[i].shadow);
		VMX_CODE(rig, cases[i].code[0], cases[i].code[1], cases[i].code[2], 0x0f, 0xa2);
		cpu_state(rig->cpu)->gpr[EDX] = cases[i].operand;
		CU_ASSERT_EQUAL(vmx_run(rig), CPU_STOP_VMEXIT);
		CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_REASON),
		                cases[i].qualification ? REASON_CONTROL_REGISTER : REASON_CPUID);
		CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_QUALIFICATION), cases[i].qualification);
		CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_CR0) & 0xffff, cases[i].cr0);
		vmx_rig_free(rig);
	}
}

static void test_lmsw_from_memory(void)
{
	struct vmx_rig *rig = vmx_rig_new();

	vmx_write(rig, VMCS_CR0_MASK, CR0_EM);
	machine_write(rig->machine, DATA_AT, 4, 0x1234 | CR0_EM);
	VMX_CODE(rig, 0x0f, 0x01, 0x33); /* lmsw [ebx] */
	cpu_state(rig->cpu)->gpr[EBX] = DATA_AT;
	CU_ASSERT(vmx_expect(rig, REASON_CONTROL_REGISTER));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_QUALIFICATION), 0x12340070);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_LINEAR_ADDRESS), DATA_AT);
	vmx_rig_free(rig);
}

static void test_cr3_targets(void)
{
	struct vmx_rig *rig = vmx_rig_new();

	vmx_set(rig, VMCS_PRIMARY_CONTROLS, PRIMARY_CR3_LOAD);
	vmx_write(rig, VMCS_CR3_TARGET1, TABLES_AT);
	VMX_CODE(rig, 0x0f, 0x22, 0xdb, 0x0f, 0xa2); /* mov cr3, ebx; cpuid */
	cpu_state(rig->cpu)->gpr[EBX] = TABLES_AT;
	vmx_write(rig, VMCS_CR3_TARGET_COUNT, 1);
	CU_ASSERT(vmx_expect(rig, REASON_CONTROL_REGISTER));
	vmx_write(rig, VMCS_CR3_TARGET_COUNT, 2);
	CU_ASSERT(vmx_expect(rig, REASON_CPUID));
	vmx_rig_free(rig);
}

/* ---- what comes before an exit: privilege and #UD (25.1.1) ---- */

static void to_ring_3(struct cpu_state *state)
{
	for (unsigned reg = ES; reg <= GS; reg++) {
		state->segment[reg].access |= ACCESS_DPL;
		state->segment[reg].selector = reg == CS ? CODE3 | 3 : DATA3 | 3;
	}
	state->cpl = 3;
}

static void test_privilege_comes_first(void)
{
	static const struct {
		uint8_t code[3];
		enum exit_reason reason;
		uint8_t vector;
	} cases[] = {
		{{0xf4}, REASON_EXCEPTION, VECTOR_GP},             /* hlt */
		{{0x0f, 0x08}, REASON_EXCEPTION, VECTOR_GP},       /* invd */
		{{0x0f, 0x22, 0xd8}, REASON_EXCEPTION, VECTOR_GP}, /* mov cr3, eax */
		{{0xec}, REASON_EXCEPTION, VECTOR_GP},             /* in al, dx: IOPL and the bit map */
		{{0x0f, 0x32}, REASON_EXCEPTION, VECTOR_GP},       /* rdmsr */
		{{0x0f, 0xa2}, REASON_CPUID, 0},
		{{0x0f, 0x01, 0xc1}, REASON_VMCALL, 0},
		{{0x0f, 0x21, 0xc0}, REASON_MOV_DR, 0}, /* the exception to the rule (25.1.3) */
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct vmx_rig *rig = vmx_rig_new();

		vmx_write(rig, VMCS_EXCEPTION_BITMAP, 1 << VECTOR_GP);
		vmx_clear(rig, VMCS_PRIMARY_CONTROLS, PRIMARY_MSR_BITMAPS | PRIMARY_IO_BITMAPS);
		vmx_set(rig, VMCS_PRIMARY_CONTROLS, PRIMARY_HLT | PRIMARY_CR3_LOAD | PRIMARY_IO | PRIMARY_MOV_DR);
		vmx_change(rig, to_ring_3);
		vmx_code(rig, cases[i].code, sizeof cases[i].code);
		CU_ASSERT(vmx_expect(rig, cases[i].reason));
		CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_INTERRUPTION) & INTERRUPTION_VECTOR, cases[i].vector);
		vmx_rig_free(rig);
	}
}

static void test_vmcall_outside_is_undefined(void)
{
	struct machine *machine = machine_new();

	RUN(machine, 0x0f, 0x01, 0xc1);
	CU_ASSERT_EQUAL(machine->events, 1);
	CU_ASSERT_EQUAL(machine->event[0].vector, VECTOR_UD);
	machine_free(machine);
}

/* ---- state around an exit ---- */

static void test_state_after_an_exit(void)
{
	struct vmx_rig *rig = vmx_rig_new();
	struct cpu_state *state = cpu_state(rig->cpu), guest = {0};

	VMX_CODE(rig, 0xb8, 1, 2, 3, 4, 0xf9, 0xfb, 0x0f, 0xa2); /* mov eax; stc; sti; cpuid */
	CU_ASSERT(vmx_expect(rig, REASON_CPUID));
	vmcs_get_guest(rig->vmcs, &guest);
	CU_ASSERT_EQUAL(guest.eip, CODE_AT + 7);
	CU_ASSERT_EQUAL(guest.gpr[ESP], STACK_AT);
	CU_ASSERT_EQUAL(guest.eflags, EFLAGS_FIXED | EFLAGS_CF | EFLAGS_IF);
	CU_ASSERT_EQUAL(guest.interrupt_shadow, SHADOW_STI); /* CPUID has not been executed */
	CU_ASSERT_EQUAL(guest.cr3, TABLES_AT);
	CU_ASSERT_EQUAL(guest.segment[TR].base, TSS_AT);
	CU_ASSERT_EQUAL(state->gpr[EAX], 0x04030201);
	CU_ASSERT_EQUAL(state->gpr[ESP], 0x12345678);
	CU_ASSERT_EQUAL(state->eip, 0x9abcdef0);
	CU_ASSERT_EQUAL(state->eflags, EFLAGS_FIXED);
	CU_ASSERT_EQUAL(state->cr3, 0x00abc000);
	CU_ASSERT_EQUAL(state->sysenter_cs, 0x77);
	CU_ASSERT_EQUAL(state->segment[CS].selector, CODE0);
	CU_ASSERT_EQUAL(state->interrupt_shadow, SHADOW_NONE);
	vmx_rig_free(rig);
}

static void test_triple_fault(void)
{
	struct vmx_rig *rig = vmx_rig_new();

	vmx_write(rig, VMCS_GUEST_IDTR_LIMIT, 0);
	VMX_CODE(rig, 0x90, 0x0f, 0x0b); /* nop; ud2 */
	CU_ASSERT(vmx_expect(rig, REASON_TRIPLE_FAULT));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_RIP), CODE_AT + 1);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_ACTIVITY), ACTIVITY_ACTIVE);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_IDT_VECTORING), 0);
	vmx_rig_free(rig);
}

/* The TSC of a guest is offset, and a WRMSR to it moves the host's. */
static void test_tsc_offset(void)
{
	struct vmx_rig *rig = vmx_rig_new();
	struct cpu_state *state = cpu_state(rig->cpu);
	uint64_t tsc;

	vmx_set(rig, VMCS_PRIMARY_CONTROLS, PRIMARY_TSC_OFFSET);
	vmx_write(rig, VMCS_TSC_OFFSET, 1u << 30);
	VMX_CODE(rig, 0x0f, 0x31, 0x0f, 0x01, 0xc1); /* rdtsc; vmcall */
	CU_ASSERT(vmx_expect(rig, REASON_VMCALL));
	tsc = (uint64_t)state->gpr[EDX] << 32 | state->gpr[EAX];
	CU_ASSERT(tsc >= 1u << 30 && tsc <= rig->machine->clock + (1u << 30));
	CU_ASSERT_EQUAL(state->tsc_offset, 0);
	VMX_CODE(rig, 0x0f, 0x30, 0x0f, 0x31, 0x0f, 0x01, 0xc1); /* wrmsr; rdtsc; vmcall */
	state->gpr[ECX] = 0x10;
	state->gpr[EAX] = state->gpr[EDX] = 0;
	CU_ASSERT(vmx_expect(rig, REASON_VMCALL));
	tsc = (uint64_t)state->gpr[EDX] << 32 | state->gpr[EAX];
	CU_ASSERT(tsc >= 1u << 30 && tsc < (1u << 30) + 1000);
	CU_ASSERT((int64_t)state->tsc_offset < 0);
	vmx_rig_free(rig);
}

/* DR7, EFER and PAT go to the VMCS with their controls, else they stay what they were there. */
static void test_saving_by_controls(void)
{
	struct vmx_rig *rig = vmx_rig_new();

	VMX_CODE(rig, 0x0f, 0x23, 0xf8, 0x0f, 0xa2); /* mov dr7, eax; cpuid */
	cpu_state(rig->cpu)->gpr[EAX] = 0x800;
	CU_ASSERT(vmx_expect(rig, REASON_CPUID));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_DR7), 0x400);
	CU_ASSERT_EQUAL(cpu_state(rig->cpu)->dr[7], 0x400);
	vmx_clear(rig, VMCS_EXIT_CONTROLS, EXIT_SAVE_DEBUG);
	vmx_write(rig, VMCS_GUEST_RIP, CODE_AT);
	cpu_state(rig->cpu)->gpr[EAX] = 0x500;
	CU_ASSERT(vmx_expect(rig, REASON_CPUID));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_DR7), 0x400);
	vmx_set(rig, VMCS_EXIT_CONTROLS, EXIT_SAVE_DEBUG);
	vmx_write(rig, VMCS_GUEST_RIP, CODE_AT);
	cpu_state(rig->cpu)->gpr[EAX] = 0x500;
	CU_ASSERT(vmx_expect(rig, REASON_CPUID));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_DR7), 0x500);
	vmx_rig_free(rig);
}

static void test_reason_names(void)
{
	CU_ASSERT_STRING_EQUAL(vmx_reason_name(REASON_HLT), "hlt");
	CU_ASSERT_PTR_NULL(vmx_reason_name(5));
	CU_ASSERT_PTR_NULL(vmx_reason_name(UINT32_MAX));
}

static const struct harness_test tests[] = {
	{"instructions", test_instructions},
	{"instructions without their controls", test_instructions_without_controls},
	{"INS and OUTS", test_string_port_address},
	{"port bitmaps", test_port_bitmaps},
	{"MSR bitmaps", test_msr_bitmaps},
	{"masks and read shadows", test_control_register_masks},
	{"fixed bits", test_fixed_bits},
	{"CLTS and LMSW", test_clts_and_lmsw},
	{"LMSW from memory", test_lmsw_from_memory},
	{"CR3 targets", test_cr3_targets},
	{"privilege comes before exits", test_privilege_comes_first},
	{"VMCALL outside", test_vmcall_outside_is_undefined},
	{"state after an exit", test_state_after_an_exit},
	{"triple fault", test_triple_fault},
	{"TSC offset", test_tsc_offset},
	{"saving by controls", test_saving_by_controls},
	{"names of reasons", test_reason_names},
	{0},
};

int main(void)
{
	return harness_main("vmx_exits", tests);
}
