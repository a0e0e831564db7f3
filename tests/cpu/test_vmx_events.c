/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/test_vmx_events.c - events of a guest: which ones leave it, those that its VMM injects, what becomes of
 * one whose delivery is cut short, and what is due at instruction boundaries (SDM vol. 3, 24.8.3, 25.2, 25.5, 26.5,
 * 26.6, 27.2).
 */
#include "tests/cpu/vmx.h"
#include "tests/harness.h"

#include <string.h>

enum { VALID_EXCEPTION = (int)((uint32_t)INTERRUPTION_VALID | INTERRUPTION_EXCEPTION) };

static uint32_t handler(unsigned vector)
{
	return HANDLER_AT + 16 * vector;
}

static void inject(struct vmx_rig *rig, uint32_t type, uint32_t vector)
{
	vmx_write(rig, VMCS_ENTRY_INTERRUPTION, (uint32_t)INTERRUPTION_VALID | type | vector);
}

static uint32_t stack_item(const struct vmx_rig *rig, unsigned n)
{
	return machine_read(rig->machine, cpu_state_const(rig->cpu)->gpr[ESP] + 4 * n, 4);
}

/* ---- exceptions that leave ---- */

static void test_exception_bitmap(void)
{
	static const struct {
		uint8_t code[4];
		uint8_t vector, type, length;
		bool error;
	} cases[] = {
		{{0xcc}, VECTOR_BP, 6, 1, false},           /* int3 */
		{{0xf1}, VECTOR_DB, 5, 1, false},           /* int1 */
		{{0x0f, 0x0b}, VECTOR_UD, 3, 0, false},     /* ud2 */
		{{0xf7, 0xf1}, VECTOR_DE, 3, 0, false},     /* div ecx */
		{{0x8e, 0xd9}, VECTOR_GP, 3, 0, true},      /* mov ds, cx: beyond the GDT */
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct vmx_rig *rig = vmx_rig_new();
		uint32_t expected = (uint32_t)INTERRUPTION_VALID | (uint32_t)cases[i].type << 8 | cases[i].vector;

		vmx_code(rig, cases[i].code, sizeof cases[i].code);
		cpu_state(rig->cpu)->gpr[ECX] = cases[i].error ? 0xfff0 : 0;
		vmx_write(rig, VMCS_EXCEPTION_BITMAP, 1u << cases[i].vector);
		CU_ASSERT(vmx_expect(rig, REASON_EXCEPTION));
		CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_INTERRUPTION),
		                expected | (cases[i].error ? INTERRUPTION_ERROR_CODE : 0));
		CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_ERROR_CODE), cases[i].error ? 0xfff0 : 0);
		CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_INSTRUCTION_LENGTH), cases[i].length);
		CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_RIP), CODE_AT);
		CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_RFLAGS) & EFLAGS_RF, cases[i].type == 3 ? EFLAGS_RF : 0);
		CU_ASSERT_EQUAL(rig->machine->events, 0);
		vmx_write(rig, VMCS_EXCEPTION_BITMAP, 0); /* and by its own IDT without the bit */
		CU_ASSERT_EQUAL(vmx_run(rig), CPU_STOP_HALT);
		CU_ASSERT_EQUAL(cpu_state(rig->cpu)->eip, handler(cases[i].vector) + 1);
		vmx_rig_free(rig);
	}
}

/* INT n is no exception, whatever its vector. */
static void test_software_interrupts_stay(void)
{
	struct vmx_rig *rig = vmx_rig_new();

	VMX_CODE(rig, 0xcd, VECTOR_GP);
	vmx_write(rig, VMCS_EXCEPTION_BITMAP, UINT32_MAX);
	CU_ASSERT_EQUAL(vmx_run(rig), CPU_STOP_HALT);
	CU_ASSERT_EQUAL(cpu_state(rig->cpu)->eip, handler(VECTOR_GP) + 1);
	vmx_rig_free(rig);
}

static void test_page_fault_mask(void)
{
	static const struct {
		bool bit;
		uint32_t mask, match;
		bool exits; /* a store to a read-only page of CPL 0: error code 3 */
	} cases[] = {
		{true, 0, 0, true},  {false, 0, 0, false}, {true, 1, 1, true}, {true, 1, 0, false},
		{false, 1, 0, true}, {true, 4, 4, false},  {true, 7, 3, true},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct vmx_rig *rig = vmx_rig_new();

		vmx_set(rig, VMCS_GUEST_CR0, CR0_WP);
		machine_page(rig->machine, DATA_AT, 5);
		VMX_CODE(rig, 0xa3, 0x78, 0, DATA_AT >> 16, 0); /* mov [DATA_AT + 0x78], eax */
		vmx_write(rig, VMCS_EXCEPTION_BITMAP, (uint32_t)cases[i].bit << VECTOR_PF);
		vmx_write(rig, VMCS_PAGE_FAULT_MASK, cases[i].mask);
		vmx_write(rig, VMCS_PAGE_FAULT_MATCH, cases[i].match);
		cpu_state(rig->cpu)->cr2 = 0x55;
		CU_ASSERT_EQUAL(vmx_run(rig), cases[i].exits ? CPU_STOP_VMEXIT : CPU_STOP_HALT);
		CU_ASSERT_EQUAL(cpu_state(rig->cpu)->cr2, cases[i].exits ? 0x55 : DATA_AT + 0x78);
		if (cases[i].exits) {
			CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_QUALIFICATION), DATA_AT + 0x78);
			CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_ERROR_CODE), 3);
			CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_INTERRUPTION),
			                (uint32_t)VALID_EXCEPTION | INTERRUPTION_ERROR_CODE | VECTOR_PF);
		}
		vmx_rig_free(rig);
	}
}

/* DR6 keeps what it had; the qualification says what it would have got. */
static void test_debug_exceptions(void)
{
	struct vmx_rig *rig = vmx_rig_new();

	vmx_write(rig, VMCS_EXCEPTION_BITMAP, 1 << VECTOR_DB);
	vmx_set(rig, VMCS_GUEST_RFLAGS, EFLAGS_TF);
	cpu_state(rig->cpu)->dr[6] = 0xffff0ff0;
	VMX_CODE(rig, 0x40, 0x40); /* inc eax; inc eax */
	CU_ASSERT(vmx_expect(rig, REASON_EXCEPTION));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_QUALIFICATION), 0x4000);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_RIP), CODE_AT + 1);
	CU_ASSERT_EQUAL(cpu_state(rig->cpu)->dr[6], 0xffff0ff0);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_PENDING_DEBUG), 0);
	vmx_clear(rig, VMCS_GUEST_RFLAGS, EFLAGS_TF);
	vmx_write(rig, VMCS_GUEST_DR7, 0x402); /* G0: execution at DR0 */
	cpu_state(rig->cpu)->dr[0] = CODE_AT + 1;
	CU_ASSERT(vmx_expect(rig, REASON_EXCEPTION));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_QUALIFICATION), 1);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_RFLAGS) & EFLAGS_RF, 0);
	vmx_rig_free(rig);
}

/* A trap held over MOV SS survives an exit and comes after the next instruction (24.4.2). */
static void test_pending_debug_over_mov_ss(void)
{
	struct vmx_rig *rig = vmx_rig_new();

	vmx_set(rig, VMCS_GUEST_RFLAGS, EFLAGS_TF);
	VMX_CODE(rig, 0x8e, 0xd0, 0x0f, 0xa2, 0x90); /* mov ss, ax; cpuid; nop */
	cpu_state(rig->cpu)->gpr[EAX] = DATA0;
	CU_ASSERT(vmx_expect(rig, REASON_CPUID));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_INTERRUPTIBILITY), INTERRUPTIBILITY_MOV_SS);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_PENDING_DEBUG), 0x4000);
	CU_ASSERT_EQUAL(rig->machine->events, 0);
	vmx_write(rig, VMCS_GUEST_RIP, CODE_AT + 4); /* as if the VMM had emulated it: no shadow, the trap is due */
	vmx_write(rig, VMCS_GUEST_INTERRUPTIBILITY, 0);
	CU_ASSERT_EQUAL(vmx_run(rig), CPU_STOP_HALT);
	CU_ASSERT_EQUAL(rig->machine->events, 1);
	CU_ASSERT_EQUAL(rig->machine->event[0].vector, VECTOR_DB);
	CU_ASSERT_EQUAL(cpu_state(rig->cpu)->dr[6] & 0x4000, 0x4000);
	CU_ASSERT_EQUAL(stack_item(rig, 0), CODE_AT + 4);
	vmx_rig_free(rig);
}

/* ---- injection ---- */

struct injection {
	uint32_t type, vector, error, length;
	bool has_error;
};

/* What the handler finds: the frame, and registers as the VMM had set them. */
static void check_injection(struct vmx_rig *rig, const struct injection *injection)
{
	const struct cpu_state *state = cpu_state_const(rig->cpu);
	unsigned item = injection->has_error;

	CU_ASSERT_EQUAL(state->eip, handler(injection->vector));
	if (injection->has_error)
		CU_ASSERT_EQUAL(stack_item(rig, 0), injection->error);
	CU_ASSERT_EQUAL(stack_item(rig, item), CODE_AT + injection->length);
	CU_ASSERT_EQUAL(stack_item(rig, item + 2), EFLAGS_FIXED | EFLAGS_IF);
	CU_ASSERT_EQUAL(state->cr2, 0x1234);
	CU_ASSERT_EQUAL(state->dr[6], 0xffff0ff0);
	CU_ASSERT_EQUAL(state->nmi_blocked, injection->type == INTERRUPTION_NMI);
}

static void test_injection(void)
{
	static const struct injection cases[] = {
		{INTERRUPTION_EXTERNAL, 0x20, 0, 0, false},
		{INTERRUPTION_NMI, 2, 0, 0, false},
		{INTERRUPTION_EXCEPTION, VECTOR_GP, 0x18, 0, true},
		{INTERRUPTION_EXCEPTION, VECTOR_PF, 6, 0, true},
		{INTERRUPTION_EXCEPTION, VECTOR_DB, 0, 0, false},
		{INTERRUPTION_SOFTWARE, 0x80, 0, 2, false},
		{INTERRUPTION_PRIVILEGED_EXCEPTION, VECTOR_DB, 0, 1, false},
		{INTERRUPTION_SOFTWARE_EXCEPTION, VECTOR_BP, 0, 1, false},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct vmx_rig *rig = vmx_rig_new();
		struct cpu_state *state = cpu_state(rig->cpu);

		vmx_set(rig, VMCS_GUEST_RFLAGS, EFLAGS_IF);
		vmx_write(rig, VMCS_EXCEPTION_BITMAP, UINT32_MAX); /* not for what is injected */
		vmx_set(rig, VMCS_PIN_CONTROLS, PIN_NMI | PIN_EXTERNAL_INTERRUPT | PIN_VIRTUAL_NMI);
		state->cr2 = 0x1234;
		state->dr[6] = 0xffff0ff0;
		inject(rig, cases[i].type | (cases[i].has_error ? INTERRUPTION_ERROR_CODE : 0), cases[i].vector);
		vmx_write(rig, VMCS_ENTRY_ERROR_CODE, cases[i].error);
		vmx_write(rig, VMCS_ENTRY_INSTRUCTION_LENGTH, cases[i].length);
		CU_ASSERT_EQUAL(vmx_enter_guest(rig), VMX_SUCCEED);
		check_injection(rig, &cases[i]);
		machine_write(rig->machine, handler(cases[i].vector), 2, 0xa20f);
		CU_ASSERT_EQUAL(cpu_run(rig->cpu, rig->machine->clock + 1000), CPU_STOP_VMEXIT);
		CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_REASON), REASON_CPUID);
		CU_ASSERT_EQUAL(vmx_read(rig, VMCS_ENTRY_INTERRUPTION) >> 31, 0);
		CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_INTERRUPTIBILITY),
		                cases[i].type == INTERRUPTION_NMI ? INTERRUPTIBILITY_NMI : 0);
		vmx_rig_free(rig);
	}
}

/* RF in the frame is the VMM's choice (26.5.1.1). */
static void test_injected_rf(void)
{
	struct vmx_rig *rig = vmx_rig_new();

	vmx_set(rig, VMCS_GUEST_RFLAGS, EFLAGS_RF);
	inject(rig, INTERRUPTION_EXCEPTION, VECTOR_UD);
	CU_ASSERT_EQUAL(vmx_enter_guest(rig), VMX_SUCCEED);
	CU_ASSERT_EQUAL(stack_item(rig, 2), EFLAGS_FIXED | EFLAGS_RF);
	CU_ASSERT_EQUAL(cpu_state(rig->cpu)->eflags, EFLAGS_FIXED);
	vmx_rig_free(rig);
}

/* ---- deliveries cut short: IDT-vectoring information (27.2.4) ---- */

static void break_gate(struct vmx_rig *rig, unsigned vector)
{
	machine_write(rig->machine, IDT_AT + 8 * vector + 4, 4, 0); /* not a gate at all: #GP */
}

static void test_fault_in_injected_delivery(void)
{
	static const struct {
		uint32_t type, vector, length;
	} cases[] = {
		{INTERRUPTION_EXTERNAL, 0x20, 0},
		{INTERRUPTION_SOFTWARE, 0x21, 2},
		{INTERRUPTION_SOFTWARE_EXCEPTION, VECTOR_BP, 1},
		{INTERRUPTION_PRIVILEGED_EXCEPTION, VECTOR_DB, 1},
		{INTERRUPTION_EXCEPTION, VECTOR_UD, 0},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct vmx_rig *rig = vmx_rig_new();
		bool software = cases[i].type == INTERRUPTION_SOFTWARE ||
		                cases[i].type == INTERRUPTION_SOFTWARE_EXCEPTION;

		vmx_set(rig, VMCS_GUEST_RFLAGS, EFLAGS_IF);
		vmx_write(rig, VMCS_EXCEPTION_BITMAP, 1 << VECTOR_GP);
		break_gate(rig, cases[i].vector);
		inject(rig, cases[i].type, cases[i].vector);
		vmx_write(rig, VMCS_ENTRY_INSTRUCTION_LENGTH, cases[i].length);
		CU_ASSERT_EQUAL(vmx_enter_guest(rig), VMX_SUCCEED);
		CU_ASSERT(cpu_vmx_non_root(rig->cpu)); /* the exit comes from the run */
		CU_ASSERT_EQUAL(cpu_run(rig->cpu, rig->machine->clock + 1000), CPU_STOP_VMEXIT);
		CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_REASON), REASON_EXCEPTION);
		CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_INTERRUPTION),
		                (uint32_t)VALID_EXCEPTION | INTERRUPTION_ERROR_CODE | VECTOR_GP);
		CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_ERROR_CODE), 8 * cases[i].vector + 2 + !software);
		CU_ASSERT_EQUAL(vmx_read(rig, VMCS_IDT_VECTORING),
		                (uint32_t)INTERRUPTION_VALID | cases[i].type | cases[i].vector);
		CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_INSTRUCTION_LENGTH), cases[i].length);
		CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_RIP), CODE_AT);
		vmx_rig_free(rig);
	}
}

static void test_fault_in_a_guest_delivery(void)
{
	struct vmx_rig *rig = vmx_rig_new();

	break_gate(rig, VECTOR_PF);
	vmx_write(rig, VMCS_EXCEPTION_BITMAP, 1 << VECTOR_GP);
	vmx_set(rig, VMCS_GUEST_CR0, CR0_WP);
	machine_page(rig->machine, DATA_AT, 5);
	VMX_CODE(rig, 0xa3, 0x78, 0, DATA_AT >> 16, 0); /* mov [DATA_AT + 0x78], eax */
	CU_ASSERT(vmx_expect(rig, REASON_EXCEPTION));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_IDT_VECTORING),
	                (uint32_t)VALID_EXCEPTION | INTERRUPTION_ERROR_CODE | VECTOR_PF);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_IDT_VECTORING_ERROR_CODE), 3);
	CU_ASSERT_EQUAL(cpu_state(rig->cpu)->cr2, DATA_AT + 0x78); /* the first event has happened (27.1) */
	vmx_rig_free(rig);
}

/* A double fault that leaves is not "during delivery"; nor is a triple one. */
static void test_double_fault(void)
{
	struct vmx_rig *rig = vmx_rig_new();

	break_gate(rig, VECTOR_GP);
	break_gate(rig, VECTOR_DE);
	vmx_write(rig, VMCS_EXCEPTION_BITMAP, 1 << VECTOR_DF);
	VMX_CODE(rig, 0xf7, 0xf1); /* div ecx */
	cpu_state(rig->cpu)->gpr[ECX] = 0;
	CU_ASSERT(vmx_expect(rig, REASON_EXCEPTION));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_INTERRUPTION),
	                (uint32_t)VALID_EXCEPTION | INTERRUPTION_ERROR_CODE | VECTOR_DF);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_IDT_VECTORING), 0);
	vmx_write(rig, VMCS_EXCEPTION_BITMAP, 0);
	break_gate(rig, VECTOR_DF);
	CU_ASSERT(vmx_expect(rig, REASON_TRIPLE_FAULT));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_IDT_VECTORING), 0);
	vmx_rig_free(rig);
}

static void test_task_gate(void)
{
	struct vmx_rig *rig = vmx_rig_new();

	machine_gate(rig->machine, IDT_AT + 8 * 0x90, TSS2_SELECTOR, 0, 0xe500);
	VMX_CODE(rig, 0x90, 0xcd, 0x90);
	CU_ASSERT(vmx_expect(rig, REASON_TASK_SWITCH));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_QUALIFICATION), 3u << 30 | TSS2_SELECTOR);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_IDT_VECTORING), (uint32_t)INTERRUPTION_VALID | INTERRUPTION_SOFTWARE | 0x90);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_INSTRUCTION_LENGTH), 2);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_RIP), CODE_AT + 1);
	vmx_rig_free(rig);
}

/* ---- interrupts, NMIs and their windows ---- */

static void test_external_interrupt(void)
{
	struct vmx_rig *rig = vmx_rig_new();

	VMX_CODE(rig, 0xeb, 0xfe);
	CU_ASSERT_EQUAL(vmx_run(rig), CPU_STOP_TIME);
	CU_ASSERT(cpu_vmx_non_root(rig->cpu));
	cpu_vmx_interrupt(rig->cpu); /* without the control: nothing */
	CU_ASSERT(cpu_vmx_non_root(rig->cpu));
	vmx_rig_free(rig);

	rig = vmx_rig_new();
	VMX_CODE(rig, 0xeb, 0xfe);
	vmx_set(rig, VMCS_PIN_CONTROLS, PIN_EXTERNAL_INTERRUPT);
	CU_ASSERT_EQUAL(vmx_run(rig), CPU_STOP_TIME);
	cpu_vmx_interrupt(rig->cpu);
	CU_ASSERT_FALSE(cpu_vmx_non_root(rig->cpu));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_REASON), REASON_EXTERNAL_INTERRUPT);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_INTERRUPTION), 0);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_RIP), CODE_AT);
	/* by the line, IF or not, and acknowledged */
	rig->machine->irq = 0x33;
	vmx_set(rig, VMCS_EXIT_CONTROLS, EXIT_ACKNOWLEDGE);
	cpu_set_interrupt_line(rig->cpu, true);
	CU_ASSERT(vmx_expect(rig, REASON_EXTERNAL_INTERRUPT));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_INTERRUPTION), (uint32_t)INTERRUPTION_VALID | 0x33);
	vmx_rig_free(rig);
}

/* Without external-interrupt exiting the guest has the line for itself. */
static void test_interrupt_of_the_guest(void)
{
	struct vmx_rig *rig = vmx_rig_new();

	VMX_CODE(rig, 0xfb, 0xeb, 0xfe); /* sti; jmp $ */
	rig->machine->irq = 0x33;
	cpu_set_interrupt_line(rig->cpu, true);
	CU_ASSERT_EQUAL(vmx_run(rig), CPU_STOP_HALT);
	CU_ASSERT_EQUAL(cpu_state(rig->cpu)->eip, handler(0x33) + 1);
	vmx_rig_free(rig);
}

static void test_interrupt_window(void)
{
	struct vmx_rig *rig = vmx_rig_new();

	vmx_set(rig, VMCS_PRIMARY_CONTROLS, PRIMARY_INTERRUPT_WINDOW);
	VMX_CODE(rig, 0x40, 0xfb, 0x40, 0x40, 0xf4); /* inc; sti; inc; inc; hlt */
	CU_ASSERT(vmx_expect(rig, REASON_INTERRUPT_WINDOW));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_RIP), CODE_AT + 3);
	CU_ASSERT_EQUAL(cpu_state(rig->cpu)->gpr[EAX], 2);
	CU_ASSERT(vmx_expect(rig, REASON_INTERRUPT_WINDOW)); /* at once: not one instruction */
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_RIP), CODE_AT + 3);
	vmx_write(rig, VMCS_GUEST_ACTIVITY, ACTIVITY_HALTED);
	CU_ASSERT(vmx_expect(rig, REASON_INTERRUPT_WINDOW));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_ACTIVITY), ACTIVITY_HALTED);
	vmx_rig_free(rig);
}

static void test_nmi(void)
{
	struct vmx_rig *rig = vmx_rig_new();

	VMX_CODE(rig, 0x90, 0xeb, 0xfe);
	cpu_raise_nmi(rig->cpu);
	CU_ASSERT_EQUAL(vmx_run(rig), CPU_STOP_HALT); /* the guest's own */
	CU_ASSERT_EQUAL(cpu_state(rig->cpu)->eip, handler(2) + 1);
	vmx_rig_free(rig);

	rig = vmx_rig_new();
	VMX_CODE(rig, 0x90, 0xeb, 0xfe);
	vmx_set(rig, VMCS_PIN_CONTROLS, PIN_NMI);
	cpu_raise_nmi(rig->cpu);
	CU_ASSERT(vmx_expect(rig, REASON_EXCEPTION));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_INTERRUPTION), (uint32_t)INTERRUPTION_VALID | INTERRUPTION_NMI | 2);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_INTERRUPTIBILITY), 0);
	CU_ASSERT(cpu_state(rig->cpu)->nmi_blocked);
	vmx_rig_free(rig);
}

static void test_nmi_window(void)
{
	struct vmx_rig *rig = vmx_rig_new();

	vmx_set(rig, VMCS_PIN_CONTROLS, PIN_NMI | PIN_VIRTUAL_NMI);
	vmx_set(rig, VMCS_PRIMARY_CONTROLS, PRIMARY_NMI_WINDOW);
	vmx_write(rig, VMCS_GUEST_INTERRUPTIBILITY, INTERRUPTIBILITY_NMI);
	machine_write(rig->machine, STACK_AT - 12, 4, CODE_AT + 0x100);
	machine_write(rig->machine, STACK_AT - 8, 4, CODE0);
	machine_write(rig->machine, STACK_AT - 4, 4, EFLAGS_FIXED);
	vmx_write(rig, VMCS_GUEST_RSP, STACK_AT - 12);
	VMX_CODE(rig, 0x90, 0xcf); /* nop; iret */
	CU_ASSERT(vmx_expect(rig, REASON_NMI_WINDOW));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_RIP), CODE_AT + 0x100);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_INTERRUPTIBILITY), 0);
	vmx_rig_free(rig);
}

/* An IRET that ends the blocking and then faults says so in bit 12 (27.2.3). */
static void test_iret_unblocks_and_faults(void)
{
	struct vmx_rig *rig = vmx_rig_new();

	vmx_set(rig, VMCS_PIN_CONTROLS, PIN_NMI | PIN_VIRTUAL_NMI);
	vmx_write(rig, VMCS_EXCEPTION_BITMAP, 1 << VECTOR_GP);
	vmx_write(rig, VMCS_GUEST_INTERRUPTIBILITY, INTERRUPTIBILITY_NMI);
	memset(rig->machine->ram + STACK_AT, 0, 12); /* CS 0 */
	VMX_CODE(rig, 0xcf);
	CU_ASSERT(vmx_expect(rig, REASON_EXCEPTION));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_INTERRUPTION),
	                (uint32_t)VALID_EXCEPTION | INTERRUPTION_ERROR_CODE | INTERRUPTION_NMI_UNBLOCKED | VECTOR_GP);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_INTERRUPTIBILITY), 0);
	vmx_rig_free(rig);
}

/* ---- monitor trap, preemption timer ---- */

static void test_monitor_trap(void)
{
	struct vmx_rig *rig = vmx_rig_new();

	vmx_set(rig, VMCS_PRIMARY_CONTROLS, PRIMARY_MONITOR_TRAP);
	VMX_CODE(rig, 0x40, 0xf3, 0xaa, 0xcc); /* inc eax; rep stosb; int3 */
	cpu_state(rig->cpu)->gpr[ECX] = 2;
	cpu_state(rig->cpu)->gpr[EDI] = DATA_AT;
	for (unsigned i = 0; i < 4; i++) {
		static const uint32_t next[] = {CODE_AT + 1, CODE_AT + 1, CODE_AT + 3, HANDLER_AT + 16 * VECTOR_BP};

		CU_ASSERT(vmx_expect(rig, REASON_MONITOR_TRAP));
		CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_RIP), next[i]);
	}
	/* after an injected event too, and by itself */
	inject(rig, INTERRUPTION_EXCEPTION, VECTOR_UD);
	CU_ASSERT(vmx_expect(rig, REASON_MONITOR_TRAP));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_RIP), handler(VECTOR_UD));
	vmx_clear(rig, VMCS_PRIMARY_CONTROLS, PRIMARY_MONITOR_TRAP);
	inject(rig, INTERRUPTION_OTHER, 0);
	CU_ASSERT(vmx_expect(rig, REASON_MONITOR_TRAP));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_RIP), handler(VECTOR_UD));
	vmx_rig_free(rig);
}

/* The single-step trap of the same instruction waits in the pending debug exceptions. */
static void test_monitor_trap_before_single_step(void)
{
	struct vmx_rig *rig = vmx_rig_new();

	vmx_set(rig, VMCS_PRIMARY_CONTROLS, PRIMARY_MONITOR_TRAP);
	vmx_set(rig, VMCS_GUEST_RFLAGS, EFLAGS_TF);
	VMX_CODE(rig, 0x40, 0x40);
	CU_ASSERT(vmx_expect(rig, REASON_MONITOR_TRAP));
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_PENDING_DEBUG), 0x4000);
	CU_ASSERT_EQUAL(rig->machine->events, 0);
	CU_ASSERT(vmx_expect(rig, REASON_MONITOR_TRAP));
	CU_ASSERT_EQUAL(rig->machine->events, 1);
	CU_ASSERT_EQUAL(rig->machine->event[0].vector, VECTOR_DB);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_GUEST_RIP), handler(VECTOR_DB));
	vmx_rig_free(rig);
}

static void test_preemption_timer(void)
{
	struct vmx_rig *rig = vmx_rig_new();
	uint64_t since, end;

	vmx_set(rig, VMCS_PIN_CONTROLS, PIN_PREEMPTION_TIMER);
	vmx_set(rig, VMCS_EXIT_CONTROLS, EXIT_SAVE_TIMER);
	vmx_write(rig, VMCS_PREEMPTION_TIMER, 100);
	VMX_CODE(rig, 0xeb, 0xfe);
	CU_ASSERT_EQUAL(vmx_enter_guest(rig), VMX_SUCCEED);
	since = rig->machine->clock >> VMX_TIMER_SHIFT;
	CU_ASSERT_EQUAL(cpu_run(rig->cpu, rig->machine->clock + 100000), CPU_STOP_VMEXIT);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_REASON), REASON_PREEMPTION_TIMER);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_PREEMPTION_TIMER), 0);
	end = rig->machine->clock - 2 * rig->machine->costs.cycles[COST_vmcs_read] -
	      rig->machine->costs.cycles[COST_vm_exit];
	CU_ASSERT_EQUAL(end >> VMX_TIMER_SHIFT, since + 100);
	/* 0: before the first instruction */
	VMX_CODE(rig, 0x0f, 0xa2);
	CU_ASSERT(vmx_expect(rig, REASON_PREEMPTION_TIMER));
	/* another exit saves what is left */
	vmx_write(rig, VMCS_PREEMPTION_TIMER, 50);
	CU_ASSERT(vmx_expect(rig, REASON_CPUID));
	CU_ASSERT(vmx_read(rig, VMCS_PREEMPTION_TIMER) > 30 && vmx_read(rig, VMCS_PREEMPTION_TIMER) <= 50);
	/* a deadline before its end is no exit */
	VMX_CODE(rig, 0xeb, 0xfe);
	vmx_write(rig, VMCS_PREEMPTION_TIMER, 1000);
	CU_ASSERT_EQUAL(vmx_enter_guest(rig), VMX_SUCCEED);
	CU_ASSERT_EQUAL(cpu_run(rig->cpu, rig->machine->clock + 100), CPU_STOP_TIME);
	CU_ASSERT_EQUAL(cpu_run(rig->cpu, rig->machine->clock + 100000), CPU_STOP_VMEXIT);
	vmx_rig_free(rig);
}

/* A step is one instruction or one exit. */
static void test_steps(void)
{
	struct vmx_rig *rig = vmx_rig_new();

	VMX_CODE(rig, 0x40, 0x0f, 0xa2);
	CU_ASSERT_EQUAL(vmx_enter_guest(rig), VMX_SUCCEED);
	CU_ASSERT_EQUAL(cpu_step(rig->cpu), CPU_STOP_TIME);
	CU_ASSERT_EQUAL(cpu_state(rig->cpu)->eip, CODE_AT + 1);
	CU_ASSERT_EQUAL(cpu_step(rig->cpu), CPU_STOP_VMEXIT);
	CU_ASSERT_EQUAL(vmx_read(rig, VMCS_EXIT_REASON), REASON_CPUID);
	vmx_rig_free(rig);
}

static const struct harness_test tests[] = {
	{"exception bitmap", test_exception_bitmap},
	{"INT n is no exception", test_software_interrupts_stay},
	{"page-fault mask and match", test_page_fault_mask},
	{"debug exceptions", test_debug_exceptions},
	{"a debug trap held over MOV SS", test_pending_debug_over_mov_ss},
	{"injection", test_injection},
	{"RF of an injected event", test_injected_rf},
	{"a fault in an injected delivery", test_fault_in_injected_delivery},
	{"a fault in the guest's delivery", test_fault_in_a_guest_delivery},
	{"double fault", test_double_fault},
	{"a task gate", test_task_gate},
	{"external interrupts", test_external_interrupt},
	{"the guest's own interrupts", test_interrupt_of_the_guest},
	{"interrupt window", test_interrupt_window},
	{"NMI", test_nmi},
	{"NMI window", test_nmi_window},
	{"IRET that unblocks NMIs and faults", test_iret_unblocks_and_faults},
	{"monitor trap", test_monitor_trap},
	{"monitor trap before single step", test_monitor_trap_before_single_step},
	{"preemption timer", test_preemption_timer},
	{"steps", test_steps},
	{0},
};

int main(void)
{
	return harness_main("vmx_events", tests);
}
