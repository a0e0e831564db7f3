/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/hvm_vmcs.c - the VMCS: what is to leave the guest and what is not. Intel SDM volume 3, 24.5 to 24.8.
 *
 *                                shadow (first generation)       nested
 *   page faults                  all exit: the pager's or not     the guest's own
 *   MOV CR3, INVLPG              exit: another root, a flush      the guest's own
 *   CR0.PE, PG, WP; CR4.PAE...   the VMM's, read by shadows       the guest's own
 *   real mode, paging off        interpreted; a direct map        run (unrestricted guest)
 *   #MF                          exits in both while the guest's CR0.NE, which VMX holds at 1, is clear
 *   ports, HLT, CPUID, RDPMC, interrupts, most MSRs: exit in both
 */
#include "trap/hvm.h"

#include "core/refuse.h"
#include "cpu/vmcs.h"

#include <assert.h>
#include <string.h>

enum { MSR_SYSENTER_CS = 0x174, MSR_SYSENTER_ESP = 0x175, MSR_SYSENTER_EIP = 0x176 };
static const uint32_t MSR_EFER = 0xc0000080;

uint64_t hvm_read(struct hvm *state, enum vmcs_field field)
{
	uint64_t value = 0;
	enum vmx_result result = cpu_vmread(state->vm->processor, field, &value);

	assert(result == VMX_SUCCEED);
	(void)result;
	return value;
}

void hvm_write(struct hvm *state, enum vmcs_field field, uint64_t value)
{
	enum vmx_result result = cpu_vmwrite(state->vm->processor, field, value);

	assert(result == VMX_SUCCEED);
	(void)result;
}

uint64_t hvm_peek(const struct hvm *state, enum vmcs_field field)
{
	uint64_t value = 0;

	vmcs_read_field(state->vmcs, field, &value);
	return value;
}

/* VM entry does not load CD, NW and ET, and NE must be 1: the guest's are in the shadow. */
uint32_t hvm_cr0_needed(const struct hvm *state)
{
	uint32_t guests = CR0_TS | CR0_EM | CR0_MP | CR0_AM;

	return state->nested ? CR0_NE | CR0_CD | CR0_NW | CR0_ET : ~guests;
}

uint32_t hvm_cr4_needed(const struct hvm *state)
{
	return state->nested ? 0 : CR4_PAE | CR4_PSE | CR4_PGE;
}

uint32_t hvm_exceptions(const struct hvm *state)
{
	return state->controls.exceptions | (guest_cpu(state)->cr0 & CR0_NE ? 0 : 1u << VECTOR_MF);
}

/* ---- controls ---- */

static uint32_t primary_controls(const struct hvm *state)
{
	uint32_t both = PRIMARY_TSC_OFFSET | PRIMARY_HLT | PRIMARY_IO | PRIMARY_MSR_BITMAPS | PRIMARY_RDPMC | PRIMARY_SECONDARY;

	return both | (state->nested ? 0 : PRIMARY_CR3_LOAD | PRIMARY_CR3_STORE | PRIMARY_INVLPG);
}

static uint32_t secondary_controls(const struct hvm *state)
{
	return (state->nested ? SECONDARY_EPT | SECONDARY_UNRESTRICTED : 0) |
	       (state->vm->config.vpid ? SECONDARY_VPID : 0);
}

/* Everything that hardware can be told to leave the guest for: where a VMM may begin that knows nothing yet. */
static const uint32_t all_primary = PRIMARY_CR3_LOAD | PRIMARY_CR3_STORE | PRIMARY_INVLPG | PRIMARY_RDTSC | PRIMARY_MOV_DR |
                                    (uint32_t)PRIMARY_PAUSE;

struct assist_controls hvm_all_controls(const struct hvm *state)
{
	return (struct assist_controls){
		.primary = (primary_controls(state) & ~(uint32_t)PRIMARY_MSR_BITMAPS) | all_primary,
		.secondary = secondary_controls(state) | SECONDARY_DESCRIPTOR_TABLES | SECONDARY_WBINVD,
		.exceptions = UINT32_MAX,
		.cr0_mask = UINT32_MAX,
		.cr4_mask = UINT32_MAX,
	};
}

static struct assist_controls own_controls(const struct hvm *state)
{
	const char *exits = state->vm->config.vmx_exits;

	if (strcmp(exits, "all") == 0)
		return hvm_all_controls(state);
	return (struct assist_controls){
		.primary = primary_controls(state),
		.secondary = secondary_controls(state),
		.exceptions = strcmp(exits, "exceptions") == 0 ? UINT32_MAX : state->nested ? 0 : 1u << VECTOR_PF,
		.cr0_mask = hvm_cr0_needed(state),
		.cr4_mask = hvm_cr4_needed(state),
		.msr = {MSR_SYSENTER_CS, MSR_SYSENTER_ESP, MSR_SYSENTER_EIP, MSR_EFER},
		.msrs = state->nested ? 4 : 3, /* what the VMCS has a field for is the guest's; under shadow paging NXE is not */
	};
}

static void write_controls(struct hvm *state)
{
	state->controls = own_controls(state);
	state->primary = state->controls.primary;
	hvm_write(state, VMCS_PIN_CONTROLS, PIN_EXTERNAL_INTERRUPT | PIN_NMI | PIN_VIRTUAL_NMI);
	hvm_write(state, VMCS_PRIMARY_CONTROLS, state->primary);
	hvm_write(state, VMCS_SECONDARY_CONTROLS, state->controls.secondary);
	state->exceptions = hvm_exceptions(state);
	hvm_write(state, VMCS_EXCEPTION_BITMAP, state->exceptions);
	hvm_write(state, VMCS_PAGE_FAULT_MASK, 0); /* every one, */
	hvm_write(state, VMCS_PAGE_FAULT_MATCH, 0); /* whatever its error code */
	hvm_write(state, VMCS_EXIT_CONTROLS, EXIT_SAVE_DEBUG | (state->nested ? EXIT_SAVE_EFER | EXIT_LOAD_EFER : 0));
	hvm_write(state, VMCS_ENTRY_CONTROLS, ENTRY_LOAD_DEBUG | (state->nested ? ENTRY_LOAD_EFER : 0));
	hvm_write(state, VMCS_MSR_BITMAP, HVM_MSR_BITMAP << PAGE_SHIFT);
	hvm_write(state, VMCS_CR0_MASK, state->controls.cr0_mask);
	hvm_write(state, VMCS_CR4_MASK, state->controls.cr4_mask);
	hvm_write(state, VMCS_LINK_POINTER, UINT64_MAX);
	if (state->vm->config.vpid)
		hvm_write(state, VMCS_VPID, HVM_VPID);
	if (state->nested)
		hvm_write(state, VMCS_EPT_POINTER, nested_pointer(state->nested));
}

/* ---- MSR bitmaps (24.6.9): reads of low and high MSRs, then writes; 1 KiB each ---- */

static void let_pass(uint8_t *bitmap, uint32_t msr)
{
	uint8_t *reads = bitmap + (msr >> 31 ? 1024 : 0), *writes = reads + 2048;
	uint32_t bit = msr & 0x1fff;

	reads[bit / 8] &= (uint8_t)~(1u << bit % 8);
	writes[bit / 8] &= (uint8_t)~(1u << bit % 8);
}

static void write_msr_bitmap(const struct hvm *state, const struct assist_controls *controls)
{
	uint8_t *bitmap = memory_machine_frame(state->vm->memory, HVM_MSR_BITMAP);

	memset(bitmap, 0xff, PAGE_SIZE);
	for (unsigned i = 0; i < controls->msrs; i++)
		let_pass(bitmap, controls->msr[i]);
}

/* ---- controls that somebody else wants ---- */

enum { BITMAP_A = 0, BITMAP_B = 1, IO_BITMAPS = 2 };

static void clear_port(const struct hvm *state, uint32_t frame, uint16_t port)
{
	uint8_t *bitmap = memory_machine_frame(state->vm->memory, frame + (port >> 15 ? BITMAP_B : BITMAP_A));

	bitmap[(port & 0x7fff) / 8] &= (uint8_t)~(1u << port % 8);
}

/* I/O bitmaps (24.6.4) in the last frames of the pool. With none left every port exits as before. */
static bool write_port_bitmaps(struct hvm *state, const struct assist_controls *controls)
{
	uint32_t frame = nested_reserve(state->nested, IO_BITMAPS);

	if (!frame)
		return false;
	for (uint32_t i = 0; i < IO_BITMAPS; i++)
		memset(memory_machine_frame(state->vm->memory, frame + i), 0xff, PAGE_SIZE);
	for (unsigned i = 0; i < controls->ports; i++)
		clear_port(state, frame, controls->port[i]);
	hvm_write(state, VMCS_IO_BITMAP_A, (uint64_t)(frame + BITMAP_A) << PAGE_SHIFT);
	hvm_write(state, VMCS_IO_BITMAP_B, (uint64_t)(frame + BITMAP_B) << PAGE_SHIFT);
	return true;
}

static void write_if(struct hvm *state, enum vmcs_field field, uint32_t value, uint32_t held)
{
	if (value != held)
		hvm_write(state, field, value);
}

void hvm_write_controls(struct hvm *state, const struct assist_controls *wanted)
{
	struct assist_controls controls = *wanted;

	if ((controls.primary & PRIMARY_IO_BITMAPS) && !write_port_bitmaps(state, &controls))
		controls.primary = (controls.primary & ~(uint32_t)PRIMARY_IO_BITMAPS) | PRIMARY_IO;
	if (controls.primary & PRIMARY_MSR_BITMAPS)
		write_msr_bitmap(state, &controls);
	write_if(state, VMCS_PRIMARY_CONTROLS, controls.primary, state->primary);
	write_if(state, VMCS_SECONDARY_CONTROLS, controls.secondary, state->controls.secondary);
	write_if(state, VMCS_CR0_MASK, controls.cr0_mask, state->controls.cr0_mask);
	write_if(state, VMCS_CR4_MASK, controls.cr4_mask, state->controls.cr4_mask);
	state->primary = controls.primary;
	state->controls = controls; /* the exception bitmap follows at the entry */
}

/* ---- the host ---- */

/* A flat 32-bit host whose VMM is C: nothing runs from this state, but a VM entry checks it. */
static void write_host(struct hvm *state)
{
	enum { CODE = 0x08, DATA = 0x10, TASK = 0x18 };

	hvm_write(state, VMCS_HOST_CR0, VMX_CR0_FIXED);
	hvm_write(state, VMCS_HOST_CS_SELECTOR, CODE);
	hvm_write(state, VMCS_HOST_SS_SELECTOR, DATA);
	hvm_write(state, VMCS_HOST_DS_SELECTOR, DATA);
	hvm_write(state, VMCS_HOST_ES_SELECTOR, DATA);
	hvm_write(state, VMCS_HOST_TR_SELECTOR, TASK);
}

/* ---- beginning and end ---- */

static void tell_set_up(struct vm *vm, struct event *event, uint64_t since)
{
	story_phase(vm, event, "VMWRITE", since);
	if (!event_wanted(&vm->events, EV_WORLD_SWITCH))
		return;
	event->reason = "VMCS set-up";
	event->action = "VMXON, and a VMCS for the guest";
	event_emit(&vm->events, event);
}

bool hvm_begin_operation(struct hvm *state)
{
	struct vm *vm = state->vm;
	struct cpu_state nothing;
	struct event event;
	uint64_t since = vm->clock;

	state->vmcs = vmcs_new(vm->arena);
	if (!state->vmcs)
		return refuse(vm->message, sizeof vm->message, "not enough memory for a VMCS; close other programs");
	story_begin(vm, &event, EV_WORLD_SWITCH);
	cpu_state(vm->processor)->tsc_offset = 0; /* the host's; the guest's is in the VMCS */
	cpu_state(vm->processor)->efer = EFER_NXE; /* for shadow tables: see hvm_world.c */
	cpu_state_changed(vm->processor);
	cpu_vmxon(vm->processor);
	cpu_vmclear(vm->processor, state->vmcs);
	cpu_vmptrld(vm->processor, state->vmcs);
	memset(&nothing, 0, sizeof nothing);
	vmcs_set_guest(state->vmcs, &nothing);
	vmcs_get_guest(state->vmcs, &state->loaded);
	write_controls(state);
	write_msr_bitmap(state, &state->controls);
	write_host(state);
	tell_set_up(vm, &event, since);
	return true;
}

void hvm_end_operation(struct hvm *state)
{
	cpu_vmclear(state->vm->processor, state->vmcs);
	cpu_vmxoff(state->vm->processor);
	vmcs_free(state->vm->arena, state->vmcs);
}
