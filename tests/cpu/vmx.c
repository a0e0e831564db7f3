/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/vmx.c - see vmx.h.
 */
#include "tests/cpu/vmx.h"

#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

/* ---- fields ---- */

void vmx_write(struct vmx_rig *rig, uint32_t field, uint64_t value)
{
	CU_ASSERT_EQUAL_FATAL(cpu_vmwrite(rig->cpu, field, value), VMX_SUCCEED);
}

uint64_t vmx_read(struct vmx_rig *rig, uint32_t field)
{
	uint64_t value = 0;

	CU_ASSERT_EQUAL_FATAL(cpu_vmread(rig->cpu, field, &value), VMX_SUCCEED);
	return value;
}

void vmx_set(struct vmx_rig *rig, uint32_t field, uint64_t bits)
{
	vmx_write(rig, field, vmx_read(rig, field) | bits);
}

void vmx_clear(struct vmx_rig *rig, uint32_t field, uint64_t bits)
{
	vmx_write(rig, field, vmx_read(rig, field) & ~bits);
}

void vmx_change(struct vmx_rig *rig, void (*change)(struct cpu_state *state))
{
	struct cpu_state state = *cpu_state(rig->cpu);

	vmcs_get_guest(rig->vmcs, &state);
	change(&state);
	vmcs_set_guest(rig->vmcs, &state);
}

void vmx_code(struct vmx_rig *rig, const void *bytes, size_t size)
{
	uint32_t at = (uint32_t)(vmx_read(rig, VMCS_GUEST_CS_BASE) + vmx_read(rig, VMCS_GUEST_RIP));

	memcpy(rig->machine->ram + at, bytes, size);
	cpu_code_written(rig->cpu, at, (uint32_t)size);
}

/* ---- the rig ---- */

static void write_host(struct vmx_rig *rig)
{
	vmx_write(rig, VMCS_HOST_CR0, VMX_CR0_FIXED);
	vmx_write(rig, VMCS_HOST_CS_SELECTOR, CODE0);
	vmx_write(rig, VMCS_HOST_SS_SELECTOR, DATA0);
	vmx_write(rig, VMCS_HOST_DS_SELECTOR, DATA0);
	vmx_write(rig, VMCS_HOST_TR_SELECTOR, TSS_SELECTOR);
	vmx_write(rig, VMCS_HOST_RSP, 0x12345678);
	vmx_write(rig, VMCS_HOST_RIP, 0x9abcdef0);
	vmx_write(rig, VMCS_HOST_CR3, 0x00abc000);
	vmx_write(rig, VMCS_HOST_SYSENTER_CS, 0x77);
}

static void write_controls(struct vmx_rig *rig)
{
	vmx_write(rig, VMCS_PRIMARY_CONTROLS, PRIMARY_IO_BITMAPS | PRIMARY_MSR_BITMAPS | (uint32_t)PRIMARY_SECONDARY);
	vmx_write(rig, VMCS_IO_BITMAP_A, BITMAP_A_AT);
	vmx_write(rig, VMCS_IO_BITMAP_B, BITMAP_B_AT);
	vmx_write(rig, VMCS_MSR_BITMAP, MSR_BITMAP_AT);
	vmx_write(rig, VMCS_EXIT_CONTROLS, EXIT_SAVE_DEBUG | EXIT_SAVE_EFER | EXIT_LOAD_EFER);
	vmx_write(rig, VMCS_ENTRY_CONTROLS, ENTRY_LOAD_DEBUG | ENTRY_LOAD_EFER);
	vmx_write(rig, VMCS_LINK_POINTER, UINT64_MAX);
}

struct vmx_rig *vmx_rig_on(struct machine *machine)
{
	struct vmx_rig *rig = calloc(1, sizeof *rig);
	struct cpu_state guest = *machine->state;

	rig->machine = machine;
	rig->cpu = machine->cpu;
	guest.cr0 |= CR0_NE;
	rig->vmcs = vmcs_new(NULL);
	CU_ASSERT_EQUAL(cpu_vmxon(rig->cpu), VMX_SUCCEED);
	CU_ASSERT_EQUAL(cpu_vmclear(rig->cpu, rig->vmcs), VMX_SUCCEED);
	CU_ASSERT_EQUAL(cpu_vmptrld(rig->cpu, rig->vmcs), VMX_SUCCEED);
	write_controls(rig);
	write_host(rig);
	vmcs_set_guest(rig->vmcs, &guest);
	return rig;
}

struct vmx_rig *vmx_rig_new_with(bool pdpte_registers)
{
	struct machine *machine = machine_new_with(pdpte_registers);

	machine_paging(machine);
	return vmx_rig_on(machine);
}

struct vmx_rig *vmx_rig_new(void)
{
	return vmx_rig_new_with(false);
}

void vmx_rig_free(struct vmx_rig *rig)
{
	machine_free(rig->machine);
	vmcs_free(NULL, rig->vmcs);
	free(rig);
}

enum vmx_result vmx_enter_guest(struct vmx_rig *rig)
{
	enum vmx_result result = rig->launched ? cpu_vmresume(rig->cpu) : cpu_vmlaunch(rig->cpu);

	rig->launched |= result == VMX_SUCCEED;
	return result;
}

enum cpu_stop vmx_run(struct vmx_rig *rig)
{
	enum vmx_result result = vmx_enter_guest(rig);

	CU_ASSERT_EQUAL(result, VMX_SUCCEED);
	if (result != VMX_SUCCEED)
		return CPU_STOP_SHUTDOWN;
	return cpu_run(rig->cpu, rig->machine->clock + 100000);
}

bool vmx_expect(struct vmx_rig *rig, enum exit_reason reason)
{
	enum cpu_stop stop = vmx_run(rig);

	return stop == CPU_STOP_VMEXIT && !cpu_vmx_non_root(rig->cpu) && vmx_read(rig, VMCS_EXIT_REASON) == reason;
}

/* ---- nested tables ---- */

void vmx_ept(struct vmx_rig *rig, unsigned levels)
{
	memset(machine_host(rig->machine, EPT_AT), 0, HIGH_SIZE);
	rig->ept_levels = levels;
	rig->ept_free = EPT_AT + PAGE_SIZE;
	vmx_set(rig, VMCS_SECONDARY_CONTROLS, SECONDARY_EPT);
	vmx_write(rig, VMCS_EPT_POINTER, EPT_AT | (levels - 1) << 3 | EPT_WRITE_BACK);
}

static uint64_t *entry_at(struct vmx_rig *rig, uint32_t address)
{
	return (uint64_t *)(void *)machine_host(rig->machine, address);
}

uint32_t vmx_ept_map(struct vmx_rig *rig, uint64_t gpa, uint64_t ma, uint64_t rights)
{
	uint32_t table = EPT_AT;

	for (unsigned level = rig->ept_levels; level > 1; level--) {
		uint64_t *entry = entry_at(rig, table + 8 * (gpa >> (PAGE_SHIFT + 9 * (level - 1)) & 511));

		if (!*entry) {
			*entry = rig->ept_free | EPT_READ | EPT_WRITE | EPT_EXECUTE;
			rig->ept_free += PAGE_SIZE;
		}
		table = *entry & 0xffffff000;
	}
	table += 8 * (gpa >> PAGE_SHIFT & 511);
	*entry_at(rig, table) = ma | rights;
	return table;
}

void vmx_ept_identity(struct vmx_rig *rig)
{
	for (uint32_t gpa = 0; gpa < RAM_SIZE; gpa += PAGE_SIZE)
		vmx_ept_map(rig, gpa, gpa, EPT_READ | EPT_WRITE | EPT_EXECUTE | EPT_WRITE_BACK << 3);
}

static void take_pae(struct cpu_state *state)
{
	state->cr4 |= CR4_PAE;
	state->cr3 = PAE_AT;
}

void vmx_pae(struct vmx_rig *rig)
{
	enum { DIRECTORY = PAE_AT + PAGE_SIZE, TABLE = DIRECTORY + PAGE_SIZE };

	memset(rig->machine->ram + PAE_AT, 0, 3 * PAGE_SIZE);
	*entry_at(rig, PAE_AT) = DIRECTORY | 1;
	*entry_at(rig, DIRECTORY) = TABLE | 7;
	for (uint32_t page = 0; page < RAM_SIZE >> PAGE_SHIFT; page++)
		*entry_at(rig, TABLE + 8 * page) = page << PAGE_SHIFT | 7;
	vmx_change(rig, take_pae);
	vmx_write(rig, VMCS_GUEST_PDPTE0, DIRECTORY | 1);
}
