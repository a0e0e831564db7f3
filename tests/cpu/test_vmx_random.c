/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/test_vmx_random.c - VMCSs at random, from one wrong bit to nothing but noise: an entry fails with an
 * error or the guest runs; nothing asserts. And random system code in a guest that is left alone does what it does
 * on the bare processor, until it exits; what an exit has saved can be entered again; blocks with fast paths leave
 * a guest as single exact steps do.
 */
#include "tests/cpu/random_system.h"
#include "tests/cpu/vmx.h"

#include <stdio.h>
#include <string.h>

enum { STEPS = 400, ENTRIES = 12, SLICE_CYCLES = 2000, ALL_RIGHTS = EPT_READ | EPT_WRITE | EPT_EXECUTE };

static const uint32_t fields[] = {
#define VMCS(name, encoding, text) encoding,
	VMCS_LIST(VMCS)
#undef VMCS
};

enum { FIELDS = sizeof fields / sizeof *fields };

static uint64_t any64(struct generator *generator)
{
	return harness_random(&generator->state);
}

/* ---- VMCSs at random ---- */

static uint64_t damaged(struct generator *generator, uint64_t value)
{
	switch (pick(generator, 5)) {
	case 0: return any64(generator);
	case 1: return any64(generator) & 0xff;
	case 2: return value ^ (UINT64_C(1) << pick(generator, 64));
	case 3: return pick(generator, RAM_SIZE) & ~0xfffu;
	default: return value ^ (UINT64_C(1) << pick(generator, 32));
	}
}

static void damage_fields(struct generator *generator, struct vmx_rig *rig)
{
	unsigned count = pick(generator, 3) ? pick(generator, 4) : pick(generator, FIELDS);

	while (count--) {
		uint32_t field = fields[pick(generator, FIELDS)];

		if ((field >> 10 & 3) != 1)
			vmx_write(rig, field, damaged(generator, vmx_read(rig, field)));
	}
}

/* Controls that exist, so that most entries do not end at the first check. */
static void choose_controls(struct generator *generator, struct vmx_rig *rig)
{
	static const uint32_t primaries[] = {
		PRIMARY_INTERRUPT_WINDOW, PRIMARY_TSC_OFFSET, PRIMARY_HLT, PRIMARY_INVLPG, PRIMARY_RDPMC, PRIMARY_RDTSC,
		PRIMARY_CR3_LOAD, PRIMARY_CR3_STORE, PRIMARY_MOV_DR, PRIMARY_IO, PRIMARY_MONITOR_TRAP, PRIMARY_PAUSE,
	};

	for (unsigned i = 0; i < sizeof primaries / sizeof *primaries; i++)
		if (!pick(generator, 3))
			vmx_set(rig, VMCS_PRIMARY_CONTROLS, primaries[i]);
	vmx_set(rig, VMCS_PIN_CONTROLS, PIN_EXTERNAL_INTERRUPT | (pick(generator, 2) ? PIN_NMI | PIN_VIRTUAL_NMI : 0));
	if (pick(generator, 2))
		vmx_set(rig, VMCS_PIN_CONTROLS, PIN_PREEMPTION_TIMER);
	vmx_write(rig, VMCS_PREEMPTION_TIMER, pick(generator, 50));
	vmx_write(rig, VMCS_EXCEPTION_BITMAP, pick(generator, 2) ? any(generator) : 0);
	vmx_write(rig, VMCS_CR0_MASK, pick(generator, 2) ? any(generator) : 0);
	vmx_write(rig, VMCS_CR0_SHADOW, any(generator));
	if (pick(generator, 2))
		vmx_set(rig, VMCS_SECONDARY_CONTROLS, SECONDARY_DESCRIPTOR_TABLES);
	if (pick(generator, 2)) {
		vmx_set(rig, VMCS_SECONDARY_CONTROLS, SECONDARY_VPID);
		vmx_write(rig, VMCS_VPID, 1 + pick(generator, 3));
	}
}

static void choose_nesting(struct generator *generator, struct vmx_rig *rig)
{
	if (pick(generator, 2))
		return;
	vmx_ept(rig, 2 + pick(generator, 3));
	vmx_ept_identity(rig);
	for (unsigned i = pick(generator, 8); i > 0; i--)
		vmx_ept_map(rig, pick(generator, RAM_SIZE), pick(generator, RAM_SIZE) & ~0xfffu, any(generator) & 0xff);
	if (pick(generator, 2))
		vmx_set(rig, VMCS_EPT_POINTER, EPT_POINTER_AD);
	if (pick(generator, 2))
		vmx_set(rig, VMCS_SECONDARY_CONTROLS, SECONDARY_UNRESTRICTED);
}

static struct vmx_rig *random_rig(struct generator *generator, bool exact)
{
	struct vmx_rig *rig = vmx_rig_on(random_system(any64(generator), exact));

	choose_nesting(generator, rig);
	choose_controls(generator, rig);
	damage_fields(generator, rig);
	return rig;
}

static bool reason_known(uint64_t reason)
{
	return vmx_reason_name(reason & 0xffff) && !(reason & 0x7fff0000);
}

/* Runs a guest until it exits; one that does not want to is interrupted, or given up. False: given up. */
static bool run_guest(struct generator *generator, struct vmx_rig *rig)
{
	for (unsigned i = 0; i < 4; i++) {
		uint64_t deadline = rig->machine->clock + SLICE_CYCLES;
		enum cpu_stop stop;

		if (!pick(generator, 8))
			cpu_set_interrupt_line(rig->cpu, pick(generator, 2));
		if (!pick(generator, 16))
			cpu_raise_nmi(rig->cpu);
		stop = pick(generator, 4) ? cpu_run(rig->cpu, deadline) : cpu_step(rig->cpu);
		CU_ASSERT(rig->machine->clock < deadline + 20000);
		CU_ASSERT_EQUAL(cpu_vmx_non_root(rig->cpu), stop != CPU_STOP_VMEXIT);
		if (stop == CPU_STOP_VMEXIT)
			return true;
	}
	cpu_vmx_interrupt(rig->cpu);
	return !cpu_vmx_non_root(rig->cpu);
}

/* What a VMM might do after an exit, for better or worse. */
static void answer(struct generator *generator, struct vmx_rig *rig)
{
	struct cpu_state *state = cpu_state(rig->cpu);
	uint64_t length = vmx_read(rig, VMCS_EXIT_INSTRUCTION_LENGTH);

	switch (pick(generator, 4)) {
	case 0:
		vmx_write(rig, VMCS_GUEST_RIP, vmx_read(rig, VMCS_GUEST_RIP) + length);
		break;
	case 1:
		vmx_write(rig, VMCS_ENTRY_INTERRUPTION, vmx_read(rig, VMCS_IDT_VECTORING));
		vmx_write(rig, VMCS_ENTRY_ERROR_CODE, vmx_read(rig, VMCS_IDT_VECTORING_ERROR_CODE));
		vmx_write(rig, VMCS_ENTRY_INSTRUCTION_LENGTH, length);
		break;
	case 2:
		damage_fields(generator, rig);
		break;
	default:
		state->gpr[pick(generator, 8)] = any(generator);
		break;
	}
	vmx_write(rig, VMCS_PREEMPTION_TIMER, pick(generator, 50));
}

static bool result_true(struct vmx_rig *rig, enum vmx_result result)
{
	uint64_t error;

	switch (result) {
	case VMX_SUCCEED:
		return cpu_vmx_non_root(rig->cpu);
	case VMX_FAIL_VALID:
		error = vmx_read(rig, VMCS_INSTRUCTION_ERROR);
		return error == VMX_ERROR_CONTROLS || error == VMX_ERROR_HOST_STATE;
	case VMX_ENTRY_FAILURE:
		return vmx_read(rig, VMCS_EXIT_REASON) == (REASON_INVALID_GUEST_STATE | (uint32_t)REASON_ENTRY_FAILURE);
	default:
		return false;
	}
}

/* Gives how many entries succeeded. */
static unsigned fuzz_one(uint64_t seed)
{
	struct generator generator = {seed};
	struct vmx_rig *rig = random_rig(&generator, false);
	unsigned entered = 0;

	for (unsigned i = 0; i < ENTRIES; i++) {
		enum vmx_result result = vmx_enter_guest(rig);

		if (!result_true(rig, result))
			printf("   seed %#llx entry %u\n", (unsigned long long)seed, i);
		CU_ASSERT(result_true(rig, result));
		entered += result == VMX_SUCCEED;
		if (result == VMX_SUCCEED && !run_guest(&generator, rig))
			break;
		CU_ASSERT(reason_known(vmx_read(rig, VMCS_EXIT_REASON)));
		answer(&generator, rig);
	}
	vmx_rig_free(rig);
	return entered;
}

static void test_random_vmcs(void)
{
	uint64_t state = harness_seed(0x7e57), count = harness_count(2500), rigs = count, entered = 0;

	while (count--)
		entered += fuzz_one(harness_random(&state));
	CU_ASSERT(entered > rigs); /* or the test would say little */
}

/* ---- the fast processor and the exact one ---- */

static bool same_exits(struct vmx_rig *a, struct vmx_rig *b)
{
	for (unsigned i = 0; i < FIELDS; i++)
		if (vmx_read(a, fields[i]) != vmx_read(b, fields[i]))
			return false;
	return a->machine->clock == b->machine->clock &&
	       !memcmp(a->machine->ram, b->machine->ram, RAM_SIZE + HIGH_SIZE) &&
	       !memcmp(a->machine->state, b->machine->state, sizeof *a->machine->state) &&
	       cpu_counters(a->cpu)->walk_references == cpu_counters(b->cpu)->walk_references;
}

static unsigned compare_engines(uint64_t seed)
{
	struct generator one = {seed}, two = {seed};
	struct vmx_rig *fast = random_rig(&one, false), *exact = random_rig(&two, true);
	unsigned entered = 0;

	for (unsigned i = 0; i < ENTRIES; i++) {
		enum vmx_result result = vmx_enter_guest(fast);

		CU_ASSERT_EQUAL(vmx_enter_guest(exact), result);
		if (result == VMX_SUCCEED && run_guest(&one, fast) != run_guest(&two, exact))
			CU_FAIL("one of two leaves");
		if (cpu_vmx_non_root(fast->cpu) || cpu_vmx_non_root(exact->cpu))
			break;
		entered += result == VMX_SUCCEED;
		if (!same_exits(fast, exact)) {
			printf("   seed %#llx entry %u\n", (unsigned long long)seed, i);
			CU_FAIL("the fast processor and the exact one leave a guest differently");
			break;
		}
		answer(&one, fast);
		answer(&two, exact);
	}
	vmx_rig_free(fast);
	vmx_rig_free(exact);
	return entered;
}

static void test_engines(void)
{
	uint64_t state = harness_seed(0xfa57), count = harness_count(300), rigs = count, entered = 0;

	while (count--)
		entered += compare_engines(harness_random(&state));
	CU_ASSERT(entered > rigs);
}

/* ---- a guest that is left alone ---- */

/* Time passes in both alike, so that RDTSC and the trap of a deadline say nothing about who runs. */
static void free_of_charge(struct machine *machine)
{
	machine->costs.cycles[COST_vm_entry] = 0;
	machine->costs.cycles[COST_vmcs_read] = 0;
	machine->costs.cycles[COST_vmcs_write] = 0;
	machine->costs.cycles[COST_walk_reference] = 0;
}

/* Bits of CR0 that an entry does not load stay as the processor has them: both begin with the same. */
static void let_alone(struct vmx_rig *rig, unsigned levels)
{
	vmx_ept(rig, levels);
	vmx_ept_identity(rig);
	vmx_set(rig, VMCS_SECONDARY_CONTROLS, SECONDARY_UNRESTRICTED);
	vmx_write(rig, VMCS_CR0_MASK, CR0_NE);
	vmx_write(rig, VMCS_CR0_SHADOW, CR0_NE);
}

static bool same_registers(const struct cpu_state *a, const struct cpu_state *b)
{
	return !memcmp(a->gpr, b->gpr, sizeof a->gpr) && a->eip == b->eip && a->eflags == b->eflags &&
	       !memcmp(a->segment, b->segment, sizeof a->segment) && a->cr0 == b->cr0 && a->cr2 == b->cr2 &&
	       a->cr3 == b->cr3 && a->cr4 == b->cr4 && !memcmp(a->dr, b->dr, sizeof a->dr) && a->cpl == b->cpl &&
	       a->activity == b->activity && a->interrupt_shadow == b->interrupt_shadow &&
	       a->pending_debug == b->pending_debug && a->nmi_blocked == b->nmi_blocked &&
	       !memcmp(&a->gdtr, &b->gdtr, sizeof a->gdtr) && !memcmp(&a->idtr, &b->idtr, sizeof a->idtr);
}

/* All memory that the guest has. */
static bool same_memory(const struct machine *a, const struct machine *b)
{
	return !memcmp(a->ram, b->ram, RAM_SIZE);
}

static void disturb(struct generator *generator, struct machine *machine)
{
	if (!pick(generator, 32))
		cpu_set_interrupt_line(machine->cpu, true);
	if (!pick(generator, 64))
		cpu_raise_nmi(machine->cpu);
}

static void report(uint64_t seed, unsigned step, const struct machine *bare, const struct machine *guest)
{
	printf("   seed %#llx step %u: bare %x flags %x cr0 %x, guest %x %x %x\n", (unsigned long long)seed, step,
	       bare->state->eip, bare->state->eflags, bare->state->cr0, guest->state->eip, guest->state->eflags,
	       guest->state->cr0);
}

/* The bare processor in the state that the guest's VMCS has: with NE, and with what an entry makes of DR7. */
static struct machine *bare_machine(uint64_t seed)
{
	struct machine *bare = random_system(seed, false);

	cpu_set_monitored(bare->cpu, false);
	bare->state->cr0 |= CR0_NE;
	cpu_state_changed(bare->cpu);
	free_of_charge(bare);
	return bare;
}

/* Gives how many steps were made before an exit. */
static unsigned compare_one(uint64_t seed)
{
	struct generator one = {~seed}, two = {~seed};
	struct machine *bare = bare_machine(seed), *guest = random_system(seed, false);
	struct vmx_rig *rig;
	unsigned step = 0;

	free_of_charge(guest);
	rig = vmx_rig_on(guest);
	let_alone(rig, 2 + seed % 3);
	CU_ASSERT_EQUAL(vmx_enter_guest(rig), VMX_SUCCEED);
	for (; step < STEPS && cpu_vmx_non_root(rig->cpu); step++) {
		disturb(&one, bare);
		disturb(&two, guest);
		if (cpu_step(guest->cpu) == CPU_STOP_VMEXIT)
			break;
		cpu_step(bare->cpu);
		if (same_registers(bare->state, guest->state) && same_memory(bare, guest))
			continue;
		report(seed, step, bare, guest);
		CU_FAIL("a guest left alone and the bare processor differ");
		break;
	}
	machine_free(bare);
	vmx_rig_free(rig);
	return step;
}

static void test_left_alone(void)
{
	uint64_t state = harness_seed(0xa10e), count = harness_count(250), rigs = count, steps = 0;

	while (count--)
		steps += compare_one(harness_random(&state));
	CU_ASSERT(steps > rigs * 10);
}

/* ---- what is saved can be entered ---- */

/* Interrupts the guest after each step and goes on; gives how many times. */
static unsigned reenter_one(uint64_t seed)
{
	struct vmx_rig *rig = vmx_rig_on(random_system(seed, false));
	struct generator generator = {~seed};
	unsigned entries = 0;

	let_alone(rig, 4);
	vmx_set(rig, VMCS_PIN_CONTROLS, PIN_EXTERNAL_INTERRUPT);
	for (; entries < STEPS / 4; entries++) {
		enum vmx_result result = vmx_enter_guest(rig);

		if (result != VMX_SUCCEED)
			printf("   seed %#llx entry %u: qualification %llu\n", (unsigned long long)seed, entries,
			       (unsigned long long)vmx_read(rig, VMCS_EXIT_QUALIFICATION));
		CU_ASSERT_EQUAL(result, VMX_SUCCEED);
		if (result != VMX_SUCCEED)
			break;
		if (cpu_step(rig->cpu) == CPU_STOP_VMEXIT)
			break;
		if (!pick(&generator, 32))
			cpu_raise_nmi(rig->cpu);
		cpu_vmx_interrupt(rig->cpu);
	}
	vmx_rig_free(rig);
	return entries;
}

static void test_saved_state(void)
{
	uint64_t state = harness_seed(0x5afe), count = harness_count(300), entries = 0, rigs = count;

	while (count--)
		entries += reenter_one(harness_random(&state));
	CU_ASSERT(entries > rigs * 10);
}

static const struct harness_test tests[] = {
	{"random VMCSs", test_random_vmcs},
	{"random VMCSs, fast and exact", test_engines},
	{"a guest that is left alone", test_left_alone},
	{"what an exit saves can be entered", test_saved_state},
	{0},
};

int main(void)
{
	return harness_main("vmx random", tests);
}
