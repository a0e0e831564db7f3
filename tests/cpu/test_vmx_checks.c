/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/test_vmx_checks.c - the VMX instructions' failures, and each rule of VM entry broken in turn (SDM vol. 3,
 * 26.1 to 26.3, 26.7, 30.4). What is not broken enters: the rows that expect VMX_SUCCEED say so.
 */
#include "tests/cpu/vmx.h"
#include "tests/harness.h"

#include <stdio.h>
#include <string.h>

/* ---- instructions ---- */

static void test_outside_vmx_operation(void)
{
	struct machine *machine = machine_new();
	struct vmcs *vmcs = vmcs_new(NULL);
	uint64_t value;

	CU_ASSERT_EQUAL(cpu_vmxoff(machine->cpu), VMX_FAIL_INVALID);
	CU_ASSERT_EQUAL(cpu_vmclear(machine->cpu, vmcs), VMX_FAIL_INVALID);
	CU_ASSERT_EQUAL(cpu_vmptrld(machine->cpu, vmcs), VMX_FAIL_INVALID);
	CU_ASSERT_EQUAL(cpu_vmread(machine->cpu, VMCS_VPID, &value), VMX_FAIL_INVALID);
	CU_ASSERT_EQUAL(cpu_vmwrite(machine->cpu, VMCS_VPID, 1), VMX_FAIL_INVALID);
	CU_ASSERT_EQUAL(cpu_vmlaunch(machine->cpu), VMX_FAIL_INVALID);
	CU_ASSERT_EQUAL(cpu_vmresume(machine->cpu), VMX_FAIL_INVALID);
	CU_ASSERT_EQUAL(cpu_invept(machine->cpu, INVALIDATE_ALL, 0), VMX_FAIL_INVALID);
	CU_ASSERT_EQUAL(cpu_invvpid(machine->cpu, INVALIDATE_ALL, 0, 0), VMX_FAIL_INVALID);
	cpu_vmx_interrupt(machine->cpu);
	CU_ASSERT_FALSE(cpu_vmx_non_root(machine->cpu));
	CU_ASSERT_EQUAL(machine->clock, 0);
	CU_ASSERT_EQUAL(cpu_vmxon(machine->cpu), VMX_SUCCEED);
	CU_ASSERT_EQUAL(cpu_vmxon(machine->cpu), VMX_FAIL_INVALID); /* no current VMCS to write 15 into */
	CU_ASSERT_EQUAL(cpu_vmlaunch(machine->cpu), VMX_FAIL_INVALID);
	CU_ASSERT_EQUAL(cpu_vmread(machine->cpu, VMCS_VPID, &value), VMX_FAIL_INVALID);
	CU_ASSERT_EQUAL(cpu_vmptrld(machine->cpu, NULL), VMX_FAIL_INVALID);
	CU_ASSERT_EQUAL(cpu_vmxoff(machine->cpu), VMX_SUCCEED);
	vmcs_free(NULL, vmcs);
	machine_free(machine);
}

static void expect_error(struct vmx_rig *rig, enum vmx_result result, enum vmx_error error)
{
	CU_ASSERT_EQUAL(result, VMX_FAIL_VALID);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_INSTRUCTION_ERROR), error);
}

static void test_errors(void)
{
	struct vmx_rig *rig = vmx_rig_new();
	uint64_t value;

	expect_error(rig, cpu_vmxon(rig->cpu), VMX_ERROR_IN_ROOT);
	expect_error(rig, cpu_vmclear(rig->cpu, NULL), VMX_ERROR_VMCLEAR_ADDRESS);
	expect_error(rig, cpu_vmptrld(rig->cpu, NULL), VMX_ERROR_VMPTRLD_ADDRESS);
	expect_error(rig, cpu_vmread(rig->cpu, 0x6828, &value), VMX_ERROR_FIELD);
	expect_error(rig, cpu_vmread(rig->cpu, 0x16824, &value), VMX_ERROR_FIELD);
	expect_error(rig, cpu_vmread(rig->cpu, VMCS_GUEST_CR0 | 1, &value), VMX_ERROR_FIELD);
	expect_error(rig, cpu_vmwrite(rig->cpu, 0x9999, 0), VMX_ERROR_FIELD);
	expect_error(rig, cpu_vmwrite(rig->cpu, VMCS_EXIT_REASON, 0), VMX_ERROR_READ_ONLY);
	expect_error(rig, cpu_vmresume(rig->cpu), VMX_ERROR_RESUME_NOT_LAUNCHED);
	cpu_state(rig->cpu)->interrupt_shadow = SHADOW_MOV_SS;
	expect_error(rig, cpu_vmlaunch(rig->cpu), VMX_ERROR_ENTRY_MOV_SS);
	cpu_state(rig->cpu)->interrupt_shadow = SHADOW_NONE;
	VMX_CODE(rig, 0x0f, 0xa2);
	CU_ASSERT(vmx_expect(rig, REASON_CPUID));
	expect_error(rig, cpu_vmlaunch(rig->cpu), VMX_ERROR_LAUNCH_NOT_CLEAR);
	CU_ASSERT_EQUAL(cpu_vmclear(rig->cpu, rig->vmcs), VMX_SUCCEED);
	CU_ASSERT_EQUAL(cpu_vmread(rig->cpu, VMCS_VPID, &value), VMX_FAIL_INVALID);
	CU_ASSERT_EQUAL(cpu_vmptrld(rig->cpu, rig->vmcs), VMX_SUCCEED);
	expect_error(rig, cpu_vmresume(rig->cpu), VMX_ERROR_RESUME_NOT_LAUNCHED);
	CU_ASSERT_EQUAL(cpu_vmlaunch(rig->cpu), VMX_SUCCEED);
	vmx_rig_free(rig);
}

/* A processor in non-root operation runs no VMX instruction of the VMM. */
static void test_nothing_from_non_root(void)
{
	struct vmx_rig *rig = vmx_rig_new();
	uint64_t value, clock;

	CU_ASSERT_EQUAL(vmx_enter_guest(rig), VMX_SUCCEED);
	clock = rig->machine->clock;
	CU_ASSERT_EQUAL(cpu_vmread(rig->cpu, VMCS_VPID, &value), VMX_FAIL_INVALID);
	CU_ASSERT_EQUAL(cpu_vmwrite(rig->cpu, VMCS_VPID, 1), VMX_FAIL_INVALID);
	CU_ASSERT_EQUAL(cpu_vmresume(rig->cpu), VMX_FAIL_INVALID);
	CU_ASSERT_EQUAL(cpu_vmclear(rig->cpu, rig->vmcs), VMX_FAIL_INVALID);
	CU_ASSERT_EQUAL(cpu_vmxon(rig->cpu), VMX_FAIL_INVALID);
	CU_ASSERT_EQUAL(cpu_vmxoff(rig->cpu), VMX_FAIL_INVALID);
	CU_ASSERT_EQUAL(rig->machine->clock, clock);
	vmx_rig_free(rig);
}

/* Each field keeps what fits into it, and nothing of its neighbours. */
static void test_every_field(void)
{
	static const struct {
		uint32_t encoding;
		const char *text;
	} fields[] = {
#define VMCS(name, encoding, text) {encoding, text},
		VMCS_LIST(VMCS)
#undef VMCS
	};
	static const uint64_t masks[] = {0xffff, UINT64_MAX, UINT32_MAX, UINT32_MAX};
	struct vmx_rig *rig = vmx_rig_new();
	unsigned count = sizeof fields / sizeof *fields;

	for (unsigned i = 0; i < count; i++)
		if ((fields[i].encoding >> 10 & 3) != 1)
			vmx_write(rig, fields[i].encoding, UINT64_C(0x0101010101010101) * (i + 1));
	for (unsigned i = 0; i < count; i++) {
		uint64_t mask = masks[fields[i].encoding >> 13 & 3];
		uint64_t value = UINT64_C(0x0101010101010101) * (i + 1) & mask;

		if ((fields[i].encoding >> 10 & 3) == 1)
			continue;
		CU_ASSERT_EQUAL(vmx_read(rig, fields[i].encoding), value);
		if (mask == UINT64_MAX)
			CU_ASSERT_EQUAL(vmx_read(rig, fields[i].encoding | 1), value >> 32);
	}
	vmx_write(rig, VMCS_GUEST_PAT, UINT64_MAX);
	vmx_write(rig, VMCS_GUEST_PAT | 1, 5);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_PAT), UINT64_C(5) << 32 | UINT32_MAX);
	vmx_rig_free(rig);
}

static void test_prices(void)
{
	struct vmx_rig *rig = vmx_rig_new();
	const uint32_t *cycles = rig->machine->costs.cycles;
	uint64_t clock = rig->machine->clock;

	vmx_read(rig, VMCS_VPID);
	CU_ASSERT_EQUAL(rig->machine->clock, clock += cycles[COST_vmcs_read]);
	vmx_write(rig, VMCS_VPID, 1);
	CU_ASSERT_EQUAL(rig->machine->clock, clock += cycles[COST_vmcs_write]);
	VMX_CODE(rig, 0x0f, 0xa2);
	clock = rig->machine->clock;
	CU_ASSERT_EQUAL(vmx_enter_guest(rig), VMX_SUCCEED);
	CU_ASSERT_EQUAL(rig->machine->clock, clock += cycles[COST_vm_entry]);
	cpu_run(rig->cpu, clock + 1000);
	CU_ASSERT_EQUAL(rig->machine->clock, clock += cycles[COST_vm_exit]); /* CPUID was not executed */
	vmx_write(rig, VMCS_GUEST_RFLAGS, 0);
	clock = rig->machine->clock;
	CU_ASSERT_EQUAL(cpu_vmresume(rig->cpu), VMX_ENTRY_FAILURE);
	CU_ASSERT_EQUAL(rig->machine->clock, clock + cycles[COST_vm_entry] + cycles[COST_vm_exit]);
	vmx_rig_free(rig);
}

/* ---- VM entry ---- */

/* What the guest is before its rule is broken. */
enum guest_kind { FLAT, RING3, V86, NESTED, NESTED_REAL, NESTED_V86, NESTED_RING3 };

/* How a row changes its field. */
enum change { PUT, SET, CLEAR };

struct setting {
	uint32_t field;
	enum change change;
	uint64_t value;
};

enum { SETTINGS = 5, GUEST_STATE = 100 };

/* `expected`: 0: it enters. A VM-instruction error. GUEST_STATE + exit qualification: VM-entry failure. */
struct rule {
	const char *name;
	enum guest_kind kind;
	unsigned expected;
	struct setting setting[SETTINGS];
};

#define INJECT(type, vector)                                                                        \
	{                                                                                           \
		VMCS_ENTRY_INTERRUPTION, PUT, (uint32_t)INTERRUPTION_VALID | (type) | (vector)       \
	}
#define UNUSABLE(name) {VMCS_GUEST_##name##_ACCESS, PUT, ACCESS_UNUSABLE}

static const struct rule control_rules[] = {
	{"everything right", FLAT, 0, {{0}}},
	{"pin: reserved bit 1", FLAT, 7, {{VMCS_PIN_CONTROLS, SET, 1 << 1}}},
	{"primary: reserved bit 0", FLAT, 7, {{VMCS_PRIMARY_CONTROLS, SET, 1}}},
	{"primary: MWAIT exiting is not there", FLAT, 7, {{VMCS_PRIMARY_CONTROLS, SET, 1 << 10}}},
	{"secondary: reserved bit 31", FLAT, 7, {{VMCS_SECONDARY_CONTROLS, SET, 1u << 31}}},
	{"secondary: not activated, not checked", FLAT, 0,
	 {{VMCS_PRIMARY_CONTROLS, CLEAR, (uint32_t)PRIMARY_SECONDARY}, {VMCS_SECONDARY_CONTROLS, SET, 1u << 31}}},
	{"exit: host address-space size", FLAT, 7, {{VMCS_EXIT_CONTROLS, SET, 1 << 9}}},
	{"entry: IA-32e guest", FLAT, 7, {{VMCS_ENTRY_CONTROLS, SET, 1 << 9}}},
	{"four CR3 targets", FLAT, 0, {{VMCS_CR3_TARGET_COUNT, PUT, 4}}},
	{"five CR3 targets", FLAT, 7, {{VMCS_CR3_TARGET_COUNT, PUT, 5}}},
	{"I/O bitmap A not aligned", FLAT, 7, {{VMCS_IO_BITMAP_A, PUT, 0x123800}}},
	{"I/O bitmap B beyond the address width", FLAT, 7, {{VMCS_IO_BITMAP_B, PUT, UINT64_C(1) << 36}}},
	{"I/O bitmaps not used", FLAT, 0,
	 {{VMCS_IO_BITMAP_A, PUT, 1}, {VMCS_PRIMARY_CONTROLS, CLEAR, PRIMARY_IO_BITMAPS}}},
	{"MSR bitmaps not aligned", FLAT, 7, {{VMCS_MSR_BITMAP, PUT, 0x10}}},
	{"MSR bitmaps not used", FLAT, 0,
	 {{VMCS_MSR_BITMAP, PUT, 1}, {VMCS_PRIMARY_CONTROLS, CLEAR, PRIMARY_MSR_BITMAPS}}},
	{"virtual NMIs without NMI exiting", FLAT, 7, {{VMCS_PIN_CONTROLS, SET, PIN_VIRTUAL_NMI}}},
	{"NMI window without virtual NMIs", FLAT, 7,
	 {{VMCS_PIN_CONTROLS, SET, PIN_NMI}, {VMCS_PRIMARY_CONTROLS, SET, PRIMARY_NMI_WINDOW}}},
	{"NMI window with them", FLAT, 0,
	 {{VMCS_PIN_CONTROLS, SET, PIN_NMI | PIN_VIRTUAL_NMI}, {VMCS_PRIMARY_CONTROLS, SET, PRIMARY_NMI_WINDOW}}},
	{"VPID 0", FLAT, 7, {{VMCS_SECONDARY_CONTROLS, SET, SECONDARY_VPID}}},
	{"VPID 1", FLAT, 0, {{VMCS_SECONDARY_CONTROLS, SET, SECONDARY_VPID}, {VMCS_VPID, PUT, 1}}},
	{"EPT pointer 0", FLAT, 7, {{VMCS_SECONDARY_CONTROLS, SET, SECONDARY_EPT}}},
	{"EPT: memory type 5", NESTED, 7, {{VMCS_EPT_POINTER, PUT, EPT_AT | 3 << 3 | 5}}},
	{"EPT: uncacheable", NESTED, 0, {{VMCS_EPT_POINTER, PUT, EPT_AT | 3 << 3 | 0}}},
	{"EPT: five levels", NESTED, 7, {{VMCS_EPT_POINTER, PUT, EPT_AT | 4 << 3 | 6}}},
	{"EPT: one level", NESTED, 7, {{VMCS_EPT_POINTER, PUT, EPT_AT | 0 << 3 | 6}}},
	{"EPT: accessed and dirty bits", NESTED, 0, {{VMCS_EPT_POINTER, SET, EPT_POINTER_AD}}},
	{"EPT: reserved bit 7", NESTED, 7, {{VMCS_EPT_POINTER, SET, 1 << 7}}},
	{"EPT: beyond the address width", NESTED, 7, {{VMCS_EPT_POINTER, SET, UINT64_C(1) << 40}}},
	{"unrestricted without EPT", FLAT, 7, {{VMCS_SECONDARY_CONTROLS, SET, SECONDARY_UNRESTRICTED}}},
	{"saving a timer that is off", FLAT, 7, {{VMCS_EXIT_CONTROLS, SET, EXIT_SAVE_TIMER}}},
	{"saving one that is on", FLAT, 0,
	 {{VMCS_EXIT_CONTROLS, SET, EXIT_SAVE_TIMER}, {VMCS_PIN_CONTROLS, SET, PIN_PREEMPTION_TIMER}}},
	{"injection: reserved type", FLAT, 7, {INJECT(1 << 8, 0)}},
	{"injection: reserved bit", FLAT, 7, {INJECT(INTERRUPTION_EXCEPTION | 1 << 13, VECTOR_UD)}},
	{"injection: not valid, not checked", FLAT, 0, {{VMCS_ENTRY_INTERRUPTION, PUT, 1 << 8 | 1 << 13}}},
	{"injection: NMI with vector 3", FLAT, 7, {INJECT(INTERRUPTION_NMI, 3)}},
	{"injection: exception 32", FLAT, 7, {INJECT(INTERRUPTION_EXCEPTION, 32)}},
	{"injection: other event 1", FLAT, 7, {INJECT(INTERRUPTION_OTHER, 1)}},
	{"injection: #GP without its error code", FLAT, 7, {INJECT(INTERRUPTION_EXCEPTION, VECTOR_GP)}},
	{"injection: #UD with one", FLAT, 7, {INJECT(INTERRUPTION_EXCEPTION | INTERRUPTION_ERROR_CODE, VECTOR_UD)}},
	{"injection: interrupt with one", FLAT, 7,
	 {INJECT(INTERRUPTION_EXTERNAL | INTERRUPTION_ERROR_CODE, 13), {VMCS_GUEST_RFLAGS, SET, EFLAGS_IF}}},
	{"injection: error code of 17 bits", FLAT, 7,
	 {INJECT(INTERRUPTION_EXCEPTION | INTERRUPTION_ERROR_CODE, VECTOR_GP), {VMCS_ENTRY_ERROR_CODE, PUT, 0x10000}}},
	{"injection: #GP with an error code in real mode", NESTED_REAL, 7,
	 {INJECT(INTERRUPTION_EXCEPTION | INTERRUPTION_ERROR_CODE, VECTOR_GP)}},
	{"injection: #GP in real mode", NESTED_REAL, 0, {INJECT(INTERRUPTION_EXCEPTION, VECTOR_GP)}},
	{"injection: INT n of length 0", FLAT, 7, {INJECT(INTERRUPTION_SOFTWARE, 0x80)}},
	{"injection: INT3 of length 16", FLAT, 7,
	 {INJECT(INTERRUPTION_SOFTWARE_EXCEPTION, 3), {VMCS_ENTRY_INSTRUCTION_LENGTH, PUT, 16}}},
	{"injection: INT1 of length 15", FLAT, 0,
	 {INJECT(INTERRUPTION_PRIVILEGED_EXCEPTION, 1), {VMCS_ENTRY_INSTRUCTION_LENGTH, PUT, 15}}},
};

static const struct rule host_rules[] = {
	{"CR0 without PE", FLAT, 8, {{VMCS_HOST_CR0, CLEAR, CR0_PE}}},
	{"CR0 without NE", FLAT, 8, {{VMCS_HOST_CR0, CLEAR, CR0_NE}}},
	{"CR0 without PG", FLAT, 8, {{VMCS_HOST_CR0, CLEAR, (uint32_t)CR0_PG}}},
	{"CR4 with a reserved bit", FLAT, 8, {{VMCS_HOST_CR4, SET, 1u << 31}}},
	{"CS null", FLAT, 8, {{VMCS_HOST_CS_SELECTOR, PUT, 0}}},
	{"SS null", FLAT, 8, {{VMCS_HOST_SS_SELECTOR, PUT, 0}}},
	{"TR null", FLAT, 8, {{VMCS_HOST_TR_SELECTOR, PUT, 0}}},
	{"FS null", FLAT, 0, {{VMCS_HOST_FS_SELECTOR, PUT, 0}}},
	{"ES with an RPL", FLAT, 8, {{VMCS_HOST_ES_SELECTOR, PUT, 0x13}}},
	{"GS in the LDT", FLAT, 8, {{VMCS_HOST_GS_SELECTOR, PUT, 0x14}}},
	{"PAT with type 2", FLAT, 8, {{VMCS_HOST_PAT, PUT, 2}, {VMCS_EXIT_CONTROLS, SET, EXIT_LOAD_PAT}}},
	{"PAT not loaded", FLAT, 0, {{VMCS_HOST_PAT, PUT, 2}}},
	{"EFER with LME", FLAT, 8, {{VMCS_HOST_EFER, PUT, 1 << 8}}},
	{"EFER not loaded", FLAT, 0, {{VMCS_HOST_EFER, PUT, 1 << 8}, {VMCS_EXIT_CONTROLS, CLEAR, EXIT_LOAD_EFER}}},
};

static const struct rule guest_rules[] = {
	/* control registers, debug registers, MSRs */
	{"CR0 without PE", FLAT, GUEST_STATE, {{VMCS_GUEST_CR0, CLEAR, CR0_PE}}},
	{"CR0 without PG", FLAT, GUEST_STATE, {{VMCS_GUEST_CR0, CLEAR, (uint32_t)CR0_PG}}},
	{"CR0 without NE", FLAT, GUEST_STATE, {{VMCS_GUEST_CR0, CLEAR, CR0_NE}}},
	{"unrestricted: without NE", NESTED_REAL, GUEST_STATE, {{VMCS_GUEST_CR0, CLEAR, CR0_NE}}},
	{"unrestricted: real mode", NESTED_REAL, 0, {{0}}},
	{"unrestricted: PG without PE", NESTED_REAL, GUEST_STATE, {{VMCS_GUEST_CR0, SET, (uint32_t)CR0_PG}}},
	{"CR4 with a reserved bit", FLAT, GUEST_STATE, {{VMCS_GUEST_CR4, SET, 1 << 13}}},
	{"DEBUGCTL with a reserved bit", FLAT, GUEST_STATE, {{VMCS_GUEST_DEBUGCTL, PUT, 1 << 20}}},
	{"DEBUGCTL not loaded", FLAT, 0,
	 {{VMCS_GUEST_DEBUGCTL, PUT, 1 << 20}, {VMCS_ENTRY_CONTROLS, CLEAR, ENTRY_LOAD_DEBUG}}},
	{"PAT with type 3", FLAT, GUEST_STATE, {{VMCS_GUEST_PAT, PUT, 3}, {VMCS_ENTRY_CONTROLS, SET, ENTRY_LOAD_PAT}}},
	{"EFER with LMA", FLAT, GUEST_STATE, {{VMCS_GUEST_EFER, PUT, 1 << 10}}},
	{"EFER with NXE", FLAT, 0, {{VMCS_GUEST_EFER, PUT, EFER_NXE}}},
	/* segments: selectors */
	{"TR in the LDT", FLAT, GUEST_STATE, {{VMCS_GUEST_TR_SELECTOR, SET, 4}}},
	{"LDTR in the LDT", FLAT, GUEST_STATE, {{VMCS_GUEST_LDTR_SELECTOR, SET, 4}}},
	{"LDTR unusable", FLAT, 0, {UNUSABLE(LDTR), {VMCS_GUEST_LDTR_SELECTOR, SET, 4}}},
	{"SS.RPL not CS.RPL", FLAT, GUEST_STATE, {{VMCS_GUEST_SS_SELECTOR, SET, 3}}},
	{"unrestricted: SS.RPL not CS.RPL", NESTED_REAL, 0, {{VMCS_GUEST_SS_SELECTOR, SET, 3}}},
	/* segments: virtual-8086 mode */
	{"V86", V86, 0, {{0}}},
	{"V86: base", V86, GUEST_STATE, {{VMCS_GUEST_DS_BASE, PUT, 0x10}}},
	{"V86: limit", V86, GUEST_STATE, {{VMCS_GUEST_GS_LIMIT, PUT, 0xfffff}}},
	{"V86: access rights", V86, GUEST_STATE, {{VMCS_GUEST_ES_ACCESS, PUT, 0x93}}},
	{"V86: CS", V86, GUEST_STATE, {{VMCS_GUEST_CS_ACCESS, PUT, 0xfb}}},
	{"unrestricted V86", NESTED_V86, 0, {{0}}},
	/* segments: types */
	{"CS is data", FLAT, GUEST_STATE, {{VMCS_GUEST_CS_ACCESS, PUT, 0xc093}}},
	{"unrestricted: CS is data", NESTED, 0,
	 {{VMCS_GUEST_CS_ACCESS, PUT, 0xc093}, {VMCS_SECONDARY_CONTROLS, SET, SECONDARY_UNRESTRICTED}}},
	{"unrestricted: CS is data of DPL 3", NESTED, GUEST_STATE,
	 {{VMCS_GUEST_CS_ACCESS, PUT, 0xc0f3}, {VMCS_SECONDARY_CONTROLS, SET, SECONDARY_UNRESTRICTED}}},
	{"CS not accessed", FLAT, GUEST_STATE, {{VMCS_GUEST_CS_ACCESS, PUT, 0xc09a}}},
	{"CS unusable", FLAT, GUEST_STATE, {{VMCS_GUEST_CS_ACCESS, SET, ACCESS_UNUSABLE}}},
	{"CS conforming", FLAT, 0, {{VMCS_GUEST_CS_ACCESS, PUT, 0xc09f}}},
	{"CS conforming of DPL 3", FLAT, GUEST_STATE, {{VMCS_GUEST_CS_ACCESS, PUT, 0xc0ff}}},
	{"ring 3, CS conforming of DPL 0", RING3, 0, {{VMCS_GUEST_CS_ACCESS, PUT, 0xc09f}}},
	{"CS.DPL not SS.DPL", FLAT, GUEST_STATE, {{VMCS_GUEST_CS_ACCESS, PUT, 0xc0fb}}},
	{"SS read-only", FLAT, GUEST_STATE, {{VMCS_GUEST_SS_ACCESS, PUT, 0xc091}}},
	{"SS expand-down", FLAT, 0, {{VMCS_GUEST_SS_ACCESS, PUT, 0xc097}}},
	{"SS is code", FLAT, GUEST_STATE, {{VMCS_GUEST_SS_ACCESS, PUT, 0xc09b}}},
	{"SS.DPL not RPL", FLAT, GUEST_STATE, {{VMCS_GUEST_SS_ACCESS, PUT, 0xc0f3}}},
	{"SS unusable", FLAT, 0, {UNUSABLE(SS)}},
	{"real mode, SS.DPL 3", NESTED_REAL, GUEST_STATE, {{VMCS_GUEST_SS_ACCESS, PUT, 0xf3}}},
	{"DS not accessed", FLAT, GUEST_STATE, {{VMCS_GUEST_DS_ACCESS, PUT, 0xc092}}},
	{"ES execute-only", FLAT, GUEST_STATE, {{VMCS_GUEST_ES_ACCESS, PUT, 0xc099}}},
	{"FS readable code", FLAT, 0, {{VMCS_GUEST_FS_ACCESS, PUT, 0xc09b}}},
	{"GS unusable", FLAT, 0, {{VMCS_GUEST_GS_ACCESS, PUT, ACCESS_UNUSABLE | 0xffff}}},
	{"DS.RPL above its DPL", FLAT, GUEST_STATE, {{VMCS_GUEST_DS_SELECTOR, SET, 3}}},
	{"DS conforming, RPL above its DPL", FLAT, 0,
	 {{VMCS_GUEST_DS_SELECTOR, SET, 3}, {VMCS_GUEST_DS_ACCESS, PUT, 0xc09f}}},
	{"unrestricted: DS.RPL above its DPL", NESTED_REAL, 0, {{VMCS_GUEST_DS_SELECTOR, SET, 3}}},
	/* segments: S, P, reserved bits, G */
	{"CS is a system segment", FLAT, GUEST_STATE, {{VMCS_GUEST_CS_ACCESS, CLEAR, ACCESS_S}}},
	{"DS is a system segment", FLAT, GUEST_STATE, {{VMCS_GUEST_DS_ACCESS, CLEAR, ACCESS_S}}},
	{"CS not present", FLAT, GUEST_STATE, {{VMCS_GUEST_CS_ACCESS, CLEAR, ACCESS_PRESENT}}},
	{"ES not present", FLAT, GUEST_STATE, {{VMCS_GUEST_ES_ACCESS, CLEAR, ACCESS_PRESENT}}},
	{"FS with reserved bit 8", FLAT, GUEST_STATE, {{VMCS_GUEST_FS_ACCESS, SET, 1 << 8}}},
	{"GS with reserved bit 17", FLAT, GUEST_STATE, {{VMCS_GUEST_GS_ACCESS, SET, 1 << 17}}},
	{"G clear with a large limit", FLAT, GUEST_STATE, {{VMCS_GUEST_SS_ACCESS, CLEAR, ACCESS_GRANULARITY}}},
	{"G set with an odd limit", FLAT, GUEST_STATE, {{VMCS_GUEST_DS_LIMIT, PUT, 0x12345}}},
	{"G clear with an odd limit", FLAT, 0,
	 {{VMCS_GUEST_DS_LIMIT, PUT, 0x12345}, {VMCS_GUEST_DS_ACCESS, CLEAR, ACCESS_GRANULARITY}}},
	/* TR and LDTR */
	{"TSS available", FLAT, GUEST_STATE, {{VMCS_GUEST_TR_ACCESS, PUT, 0x89}}},
	{"TSS of 16 bits", FLAT, 0, {{VMCS_GUEST_TR_ACCESS, PUT, 0x83}}},
	{"TR unusable", FLAT, GUEST_STATE, {UNUSABLE(TR)}},
	{"TR not present", FLAT, GUEST_STATE, {{VMCS_GUEST_TR_ACCESS, PUT, 0x0b}}},
	{"TR is code", FLAT, GUEST_STATE, {{VMCS_GUEST_TR_ACCESS, PUT, 0x9b}}},
	{"TR with G and an odd limit", FLAT, GUEST_STATE, {{VMCS_GUEST_TR_ACCESS, SET, ACCESS_GRANULARITY}}},
	{"LDT of another type", FLAT, GUEST_STATE, {{VMCS_GUEST_LDTR_ACCESS, PUT, 0x83}}},
	{"LDT not present", FLAT, GUEST_STATE, {{VMCS_GUEST_LDTR_ACCESS, PUT, 0x02}}},
	/* descriptor tables, RFLAGS */
	{"GDTR limit", FLAT, GUEST_STATE, {{VMCS_GUEST_GDTR_LIMIT, PUT, 0x10000}}},
	{"IDTR limit", FLAT, GUEST_STATE, {{VMCS_GUEST_IDTR_LIMIT, PUT, 0x10000}}},
	{"RFLAGS bit 1 clear", FLAT, GUEST_STATE, {{VMCS_GUEST_RFLAGS, CLEAR, 2}}},
	{"RFLAGS bit 15", FLAT, GUEST_STATE, {{VMCS_GUEST_RFLAGS, SET, 1 << 15}}},
	{"RFLAGS bit 22", FLAT, GUEST_STATE, {{VMCS_GUEST_RFLAGS, SET, 1 << 22}}},
	{"VM without PE", NESTED_REAL, GUEST_STATE, {{VMCS_GUEST_RFLAGS, SET, EFLAGS_VM}}},
	{"interrupt injected with IF clear", FLAT, GUEST_STATE, {INJECT(INTERRUPTION_EXTERNAL, 0x20)}},
	/* activity */
	{"wait for SIPI", FLAT, GUEST_STATE, {{VMCS_GUEST_ACTIVITY, PUT, 3}}},
	{"halted", FLAT, 0, {{VMCS_GUEST_ACTIVITY, PUT, 1}}},
	{"halted in ring 3", RING3, GUEST_STATE, {{VMCS_GUEST_ACTIVITY, PUT, 1}}},
	{"halted, blocking by STI", FLAT, GUEST_STATE,
	 {{VMCS_GUEST_ACTIVITY, PUT, 1}, {VMCS_GUEST_INTERRUPTIBILITY, PUT, 1}, {VMCS_GUEST_RFLAGS, SET, EFLAGS_IF}}},
	{"halted, #GP injected", FLAT, GUEST_STATE,
	 {{VMCS_GUEST_ACTIVITY, PUT, 1}, INJECT(INTERRUPTION_EXCEPTION | INTERRUPTION_ERROR_CODE, VECTOR_GP)}},
	{"halted, #DB injected", FLAT, 0, {{VMCS_GUEST_ACTIVITY, PUT, 1}, INJECT(INTERRUPTION_EXCEPTION, VECTOR_DB)}},
	{"shut down, #DB injected", FLAT, GUEST_STATE,
	 {{VMCS_GUEST_ACTIVITY, PUT, 2}, INJECT(INTERRUPTION_EXCEPTION, VECTOR_DB)}},
	{"shut down, NMI injected", FLAT, 0, {{VMCS_GUEST_ACTIVITY, PUT, 2}, INJECT(INTERRUPTION_NMI, 2)}},
	/* interruptibility */
	{"STI and MOV SS", FLAT, GUEST_STATE,
	 {{VMCS_GUEST_INTERRUPTIBILITY, PUT, 3}, {VMCS_GUEST_RFLAGS, SET, EFLAGS_IF}}},
	{"STI with IF clear", FLAT, GUEST_STATE, {{VMCS_GUEST_INTERRUPTIBILITY, PUT, 1}}},
	{"STI", FLAT, 0, {{VMCS_GUEST_INTERRUPTIBILITY, PUT, 1}, {VMCS_GUEST_RFLAGS, SET, EFLAGS_IF}}},
	{"SMI", FLAT, GUEST_STATE, {{VMCS_GUEST_INTERRUPTIBILITY, PUT, 4}}},
	{"reserved", FLAT, GUEST_STATE, {{VMCS_GUEST_INTERRUPTIBILITY, PUT, 1 << 5}}},
	{"interrupt injected into STI", FLAT, GUEST_STATE,
	 {{VMCS_GUEST_INTERRUPTIBILITY, PUT, 1}, {VMCS_GUEST_RFLAGS, SET, EFLAGS_IF},
	  INJECT(INTERRUPTION_EXTERNAL, 0x20)}},
	{"NMI injected into MOV SS", FLAT, GUEST_STATE,
	 {{VMCS_GUEST_INTERRUPTIBILITY, PUT, 2}, INJECT(INTERRUPTION_NMI, 2)}},
	{"NMI injected, virtually blocked", FLAT, GUEST_STATE,
	 {{VMCS_GUEST_INTERRUPTIBILITY, PUT, 8}, {VMCS_PIN_CONTROLS, SET, PIN_NMI | PIN_VIRTUAL_NMI},
	  INJECT(INTERRUPTION_NMI, 2)}},
	{"NMI injected, blocked", FLAT, 0, {{VMCS_GUEST_INTERRUPTIBILITY, PUT, 8}, INJECT(INTERRUPTION_NMI, 2)}},
	/* pending debug exceptions */
	{"pending: reserved bit 4", FLAT, GUEST_STATE, {{VMCS_GUEST_PENDING_DEBUG, PUT, 1 << 4}}},
	{"pending: reserved bit 13", FLAT, GUEST_STATE, {{VMCS_GUEST_PENDING_DEBUG, PUT, 1 << 13}}},
	{"pending: breakpoint", FLAT, 0, {{VMCS_GUEST_PENDING_DEBUG, PUT, 1 << 12 | 1}}},
	{"pending: BS without TF in MOV SS", FLAT, GUEST_STATE,
	 {{VMCS_GUEST_PENDING_DEBUG, PUT, 1 << 14}, {VMCS_GUEST_INTERRUPTIBILITY, PUT, 2}}},
	{"pending: TF without BS in MOV SS", FLAT, GUEST_STATE,
	 {{VMCS_GUEST_RFLAGS, SET, EFLAGS_TF}, {VMCS_GUEST_INTERRUPTIBILITY, PUT, 2}}},
	{"pending: both", FLAT, 0,
	 {{VMCS_GUEST_RFLAGS, SET, EFLAGS_TF}, {VMCS_GUEST_PENDING_DEBUG, PUT, 1 << 14},
	  {VMCS_GUEST_INTERRUPTIBILITY, PUT, 2}}},
	/* link pointer, PDPTEs */
	{"link pointer", FLAT, GUEST_STATE + 4, {{VMCS_LINK_POINTER, PUT, 0x1000}}},
	{"PDPTEs that are not there", FLAT, 0, {{VMCS_GUEST_CR4, SET, CR4_PAE}, {VMCS_GUEST_CR3, PUT, SPARE_AT}}},
	{"PDPTEs with reserved bits", FLAT, GUEST_STATE + 2,
	 {{VMCS_GUEST_CR4, SET, CR4_PAE}, {VMCS_GUEST_CR3, PUT, SPARE_AT + PAGE_SIZE}}},
	{"PDPTEs that walks will read", NESTED, 0,
	 {{VMCS_GUEST_CR4, SET, CR4_PAE}, {VMCS_GUEST_CR3, PUT, SPARE_AT + PAGE_SIZE}}},
	{"ring 3", RING3, 0, {{0}}},
	{"nested ring 3", NESTED_RING3, 0, {{0}}},
};

static void to_ring_3(struct cpu_state *state)
{
	for (unsigned reg = ES; reg <= GS; reg++) {
		state->segment[reg].access |= ACCESS_DPL;
		state->segment[reg].selector = reg == CS ? CODE3 | 3 : DATA3 | 3;
	}
	state->cpl = 3;
}

static void set_segments(struct cpu_state *state, uint16_t access)
{
	for (unsigned reg = ES; reg <= GS; reg++)
		state->segment[reg] = (struct segment){.limit = 0xffff, .access = access};
	state->segment[CS].base = CODE_AT;
	state->segment[CS].selector = CODE_AT >> 4;
	state->gpr[ESP] = 0x8000;
	state->eip = 0;
}

static void to_v86(struct cpu_state *state)
{
	set_segments(state, 0xf3);
	state->eflags |= EFLAGS_VM;
	state->cpl = 3;
}

static void to_real_mode(struct cpu_state *state)
{
	set_segments(state, 0x93);
	state->cr0 &= ~((uint32_t)CR0_PE | CR0_PG);
	state->idtr = (struct table_register){0, 0x3ff};
}

static void prepare(struct vmx_rig *rig, enum guest_kind kind)
{
	static void (*const changes[])(struct cpu_state *) = {
		[RING3] = to_ring_3, [V86] = to_v86, [NESTED_REAL] = to_real_mode, [NESTED_V86] = to_v86,
		[NESTED_RING3] = to_ring_3,
	};

	if (kind >= NESTED) {
		vmx_ept(rig, 4);
		vmx_ept_identity(rig);
	}
	if (kind == NESTED_REAL || kind == NESTED_V86)
		vmx_set(rig, VMCS_SECONDARY_CONTROLS, SECONDARY_UNRESTRICTED);
	if (kind != FLAT && kind != NESTED)
		vmx_change(rig, changes[kind]);
	machine_write(rig->machine, SPARE_AT + PAGE_SIZE, 4, 0x1e7);
}

static void apply(struct vmx_rig *rig, const struct setting *setting)
{
	uint64_t value = vmx_read(rig, setting->field);

	if (setting->change == PUT)
		value = setting->value;
	else
		value = setting->change == SET ? value | setting->value : value & ~setting->value;
	vmx_write(rig, setting->field, value);
}

/* What came of it, in the terms of struct rule; UINT32_MAX: something that cannot be. */
static unsigned outcome_of(struct vmx_rig *rig)
{
	switch (vmx_enter_guest(rig)) {
	case VMX_SUCCEED:
		return cpu_vmx_non_root(rig->cpu) ? 0 : UINT32_MAX;
	case VMX_FAIL_VALID:
		return (unsigned)vmx_read(rig, VMCS_INSTRUCTION_ERROR);
	case VMX_ENTRY_FAILURE:
		if (vmx_read(rig, VMCS_EXIT_REASON) != (REASON_INVALID_GUEST_STATE | (uint32_t)REASON_ENTRY_FAILURE) ||
		    cpu_state(rig->cpu)->eip != 0x9abcdef0)
			return UINT32_MAX;
		return GUEST_STATE + (unsigned)vmx_read(rig, VMCS_EXIT_QUALIFICATION);
	default:
		return UINT32_MAX;
	}
}

static void check_rules(const struct rule *rules, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct vmx_rig *rig = vmx_rig_new();
		const char *rule;
		unsigned outcome;

		prepare(rig, rules[i].kind);
		for (unsigned j = 0; j < SETTINGS && (rules[i].setting[j].field || rules[i].setting[j].value); j++)
			apply(rig, &rules[i].setting[j]);
		rule = cpu_vmx_entry_rule(rig->cpu); /* in words, before it is tried */
		outcome = outcome_of(rig);
		if (outcome != UINT32_MAX && outcome != VMX_ERROR_ENTRY_MOV_SS)
			CU_ASSERT_EQUAL(!rule, !outcome);
		if (outcome != rules[i].expected)
			printf("%s: %u instead of %u\n", rules[i].name, outcome, rules[i].expected);
		CU_ASSERT_EQUAL(outcome, rules[i].expected);
		CU_ASSERT_EQUAL(cpu_vmx_non_root(rig->cpu), outcome == 0);
		vmx_rig_free(rig);
	}
}

static void test_controls(void)
{
	check_rules(control_rules, sizeof control_rules / sizeof *control_rules);
}

static void test_host_state(void)
{
	check_rules(host_rules, sizeof host_rules / sizeof *host_rules);
}

static void test_guest_state(void)
{
	check_rules(guest_rules, sizeof guest_rules / sizeof *guest_rules);
}

/* A failed entry leaves the VMCS launchable, the injection armed, the other exit information alone. */
static void test_after_a_failure(void)
{
	struct vmx_rig *rig = vmx_rig_new();

	vmx_clear(rig, VMCS_GUEST_RFLAGS, 2);
	vmx_write(rig, VMCS_ENTRY_INTERRUPTION, (uint32_t)INTERRUPTION_VALID | INTERRUPTION_EXCEPTION | VECTOR_UD);
	CU_ASSERT_EQUAL(cpu_vmlaunch(rig->cpu), VMX_ENTRY_FAILURE);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_ENTRY_INTERRUPTION) >> 31, 1);
	vmx_set(rig, VMCS_GUEST_RFLAGS, 2);
	CU_ASSERT_EQUAL(cpu_vmlaunch(rig->cpu), VMX_SUCCEED);
	CU_ASSERT_EQUAL(cpu_state(rig->cpu)->eip, HANDLER_AT + 16 * VECTOR_UD);
	vmx_rig_free(rig);
}

/* CD, NW and ET are the processor's; bits of CR0 that do not exist stay clear (26.3.2.1). */
static void test_what_an_entry_leaves_alone(void)
{
	struct vmx_rig *rig = vmx_rig_new();
	struct cpu_state *state = cpu_state(rig->cpu);

	state->dr[7] = 0x400;
	state->cr2 = 0x77;
	vmx_set(rig, VMCS_GUEST_CR0, CR0_CD | CR0_NW | 1 << 7);
	vmx_write(rig, VMCS_GUEST_DR7, 0x1234fc00);
	CU_ASSERT_EQUAL(vmx_enter_guest(rig), VMX_SUCCEED);
	CU_ASSERT_EQUAL(state->cr0, CR0_PG | CR0_NE | CR0_ET | CR0_PE);
	CU_ASSERT_EQUAL(state->dr[7], 0x12342400);
	CU_ASSERT_EQUAL(state->cr2, 0x77);
	CU_ASSERT_EQUAL(state->cpl, 0);
	vmx_rig_free(rig);
	rig = vmx_rig_new();
	vmx_change(rig, to_ring_3);
	CU_ASSERT_EQUAL(vmx_enter_guest(rig), VMX_SUCCEED);
	CU_ASSERT_EQUAL(cpu_state(rig->cpu)->cpl, 3);
	vmx_rig_free(rig);
}

static const struct harness_test tests[] = {
	{"outside of VMX operation", test_outside_vmx_operation},
	{"errors", test_errors},
	{"nothing from non-root operation", test_nothing_from_non_root},
	{"every field", test_every_field},
	{"prices", test_prices},
	{"rules of controls", test_controls},
	{"rules of host state", test_host_state},
	{"rules of guest state", test_guest_state},
	{"after a failure", test_after_a_failure},
	{"what an entry leaves alone", test_what_an_entry_leaves_alone},
	{0},
};

int main(void)
{
	return harness_main("vmx_checks", tests);
}
