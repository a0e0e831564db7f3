/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/xen_general.c - the calls that mean the same for every guest: who and what is under it, console, debug
 * registers, FPU, memory map.
 */
#include "trap/domain.h"
#include "trap/pv.h"

#include <stdio.h>

/* ---- xen_version(command, buffer) ---- */

static int32_t put_text(struct call *call, const char *text, size_t size)
{
	char field[1024] = "";

	snprintf(field, sizeof field, "%s", text);
	return guest_write(call->vm, call->argument[1], field, size) ? 0 : -XEN_EFAULT;
}

static uint32_t features(const struct call *call)
{
	if (call->xen->domain)
		return 1u << XENFEAT_mmu_pt_update_preserve_ad | 1u << XENFEAT_dom0;
	return 1u << XENFEAT_writable_page_tables | 1u << XENFEAT_writable_descriptor_tables |
	       1u << XENFEAT_auto_translated_physmap | 1u << XENFEAT_mmu_pt_update_preserve_ad;
}

static int32_t get_features(struct call *call)
{
	struct xen_feature_info info;

	if (!guest_read(call->vm, call->argument[1], &info, sizeof info))
		return -XEN_EFAULT;
	info.submap = info.submap_idx == 0 ? features(call) : 0;
	return guest_write(call->vm, call->argument[1], &info, sizeof info) ? 0 : -XEN_EFAULT;
}

static int32_t platform_parameters(struct call *call)
{
	uint32_t start = call->xen->domain ? call->xen->domain->hole : HYPERVISOR_VIRT_START_NONPAE;

	return guest_write(call->vm, call->argument[1], &start, sizeof start) ? 0 : -XEN_EFAULT;
}

int32_t xen_version(struct call *call)
{
	switch (call->argument[0]) {
	case XENVER_version: return XEN_VERSION_NUMBER;
	case XENVER_extraversion: return put_text(call, ".ringside", 16);
	case XENVER_capabilities: return put_text(call, "xen-3.0-x86_32 xen-3.0-x86_32p hvm-3.0-x86_32", 1024);
	case XENVER_changeset: return put_text(call, "none", 64);
	case XENVER_platform_parameters: return platform_parameters(call);
	case XENVER_get_features: return get_features(call);
	case XENVER_pagesize: return PAGE_SIZE;
	case XENVER_guest_handle: return put_text(call, "", 16);
	default: return -XEN_ENOSYS;
	}
}

/* ---- console_io(command, count, buffer) ---- */

static int32_t console_write(struct call *call, uint32_t count, uint32_t buffer)
{
	enum { PIECE = 128 };
	struct vm *vm = call->vm;
	uint8_t bytes[PIECE];

	if (!guest_readable(vm, buffer, count))
		return -XEN_EFAULT;
	for (uint32_t done = 0; done < count; done += PIECE) {
		uint32_t part = count - done < PIECE ? count - done : PIECE;

		call_charge(call, COST_hypercall_item);
		if (!guest_read(vm, buffer + done, bytes, part))
			return -XEN_EFAULT;
		for (uint32_t i = 0; vm->output.serial && i < part; i++)
			vm->output.serial(vm->output.owner, 0, bytes[i]);
	}
	return 0;
}

int32_t xen_console_io(struct call *call)
{
	uint32_t count = call->argument[1], buffer = call->argument[2];

	if (count > BATCH_MAX)
		return -XEN_E2BIG;
	switch (call->argument[0]) {
	case CONSOLEIO_write: return console_write(call, count, buffer);
	case CONSOLEIO_read: return call->xen->domain ? domain_console_read(call, count, buffer) : -XEN_ENOSYS;
	default: return -XEN_ENOSYS;
	}
}

/* ---- FPU and debug registers ---- */

int32_t xen_fpu_taskswitch(struct call *call)
{
	struct cpu_state *guest = cpu_state(call->vm->vcpu);

	if (call->argument[0])
		guest->cr0 |= CR0_TS;
	else
		guest->cr0 &= ~(uint32_t)CR0_TS;
	return 0;
}

/* DR7 (SDM vol. 3, 17.2.4): R/W and LEN of breakpoint n in bits 16 + 4n; a breakpoint on ports is nobody's here. */
static bool breaks_on_ports(uint32_t dr7)
{
	for (unsigned n = 0; n < 4; n++)
		if ((dr7 >> (16 + 4 * n) & 3) == 2 && dr7 >> 2 * n & 3)
			return true;
	return false;
}

int32_t xen_set_debugreg(struct call *call)
{
	enum { DR6_FIXED = 0xffff0ff0, DR6_SETTABLE = 0xe00f, DR7_FIXED = 1u << 10, DR7_GD = 1u << 13, DR7_RESERVED = 0xd800 };
	struct cpu_state *guest = cpu_state(call->vm->vcpu);
	uint32_t reg = call->argument[0], value = call->argument[1];

	if (reg < 4 && call->xen->domain && value >= call->xen->domain->hole)
		return -XEN_EPERM;
	if (reg == 7 && (breaks_on_ports(value) || value & DR7_GD))
		return -XEN_EPERM;
	if (reg < 4)
		guest->dr[reg] = value;
	else if (reg == 6)
		guest->dr[6] = (value & DR6_SETTABLE) | DR6_FIXED;
	else if (reg == 7)
		guest->dr[7] = (value & ~(uint32_t)DR7_RESERVED) | DR7_FIXED;
	else
		return -XEN_EINVAL;
	return 0;
}

int32_t xen_get_debugreg(struct call *call)
{
	uint32_t reg = call->argument[0];

	if (reg > 7 || reg == 4 || reg == 5)
		return -XEN_EINVAL;
	return (int32_t)cpu_state_const(call->vm->vcpu)->dr[reg];
}

/* ---- vm_assist(command, type) ---- */

/* 4 GiB segments are cut here, and nothing more is to be done about it. Page tables that seem writable need no
 * assistance where they are, and have none in a domain. */
int32_t xen_vm_assist(struct call *call)
{
	uint32_t command = call->argument[0], type = call->argument[1];

	if (command != VMASST_CMD_enable && command != VMASST_CMD_disable)
		return -XEN_ENOSYS;
	if (type > VMASST_TYPE_pae_extended_cr3)
		return -XEN_EINVAL;
	if (type == VMASST_TYPE_writable_pagetables && call->xen->domain && command == VMASST_CMD_enable)
		return -XEN_EOPNOTSUPP;
	return 0;
}

/* ---- memory_op(command, structure) ---- */

enum { E820_RAM = 1, E820_RESERVED = 2, MAP_ENTRIES = 3 };

static int32_t memory_map(struct call *call)
{
	uint64_t size = memory_guest_size(call->vm->memory);
	struct e820entry entry[MAP_ENTRIES] = {
		{0, 0xa0000, E820_RAM}, {0xa0000, 0x60000, E820_RESERVED}, {0x100000, size - 0x100000, E820_RAM},
	};
	struct xen_memory_map map;
	uint32_t count;

	if (!guest_read(call->vm, call->argument[1], &map, sizeof map) ||
	    !guest_writable(call->vm, call->argument[1], sizeof map))
		return -XEN_EFAULT;
	count = map.nr_entries < MAP_ENTRIES ? map.nr_entries : MAP_ENTRIES;
	if (!guest_write(call->vm, map.buffer, entry, count * sizeof *entry))
		return -XEN_EFAULT;
	map.nr_entries = count;
	return guest_write(call->vm, call->argument[1], &map, sizeof map) ? 0 : -XEN_EFAULT;
}

static int32_t machphys_mapping(struct call *call)
{
	const struct domain *domain = call->xen->domain;
	struct xen_machphys_mapping mapping = {
		.v_start = domain->hole,
		.v_end = domain->pae ? MACH2PHYS_VIRT_END_PAE : MACH2PHYS_VIRT_END_NONPAE,
		.max_mfn = memory_frames(call->vm->memory) - 1,
	};

	return guest_write(call->vm, call->argument[1], &mapping, sizeof mapping) ? 0 : -XEN_EFAULT;
}

/* A guest's memory is what it was given: no extent of a request is ever done. */
static int32_t change_reservation(struct call *call)
{
	struct xen_memory_reservation reservation;

	return guest_read(call->vm, call->argument[1], &reservation, sizeof reservation) ? 0 : -XEN_EFAULT;
}

int32_t xen_memory_op(struct call *call)
{
	const struct memory *memory = call->vm->memory;

	if (call->argument[0] == XENMEM_memory_map)
		return memory_map(call);
	if (!call->xen->domain)
		return -XEN_ENOSYS;
	switch (call->argument[0]) {
	case XENMEM_increase_reservation:
	case XENMEM_decrease_reservation:
	case XENMEM_populate_physmap: return change_reservation(call);
	case XENMEM_maximum_ram_page: return (int32_t)(memory_frames(memory) - 1);
	case XENMEM_current_reservation:
	case XENMEM_maximum_reservation: return (int32_t)(memory_guest_size(memory) >> PAGE_SHIFT);
	case XENMEM_machphys_mapping: return machphys_mapping(call);
	default: return -XEN_ENOSYS;
	}
}

/* ---- physdev_op(command, structure) ---- */

/* The domain is the first one: its kernel has the ports, its users have not. */
static int32_t set_iopl(struct call *call)
{
	struct physdev_set_iopl set;

	if (!guest_read(call->vm, call->argument[1], &set, sizeof set))
		return -XEN_EFAULT;
	return set.iopl <= 1 ? 0 : -XEN_EINVAL;
}

static int32_t irq_status(struct call *call)
{
	struct physdev_irq_status_query query;

	if (!guest_read(call->vm, call->argument[1], &query, sizeof query))
		return -XEN_EFAULT;
	if (query.irq >= DOMAIN_IRQS)
		return -XEN_EINVAL;
	query.flags = 0; /* the VMM has acknowledged it before the guest knows */
	return guest_write(call->vm, call->argument[1], &query, sizeof query) ? 0 : -XEN_EFAULT;
}

static int32_t end_of_interrupt(struct call *call)
{
	struct physdev_eoi eoi;

	if (!guest_read(call->vm, call->argument[1], &eoi, sizeof eoi))
		return -XEN_EFAULT;
	return eoi.irq < DOMAIN_IRQS ? 0 : -XEN_EINVAL;
}

int32_t xen_physdev_op(struct call *call)
{
	if (!call->xen->domain)
		return -XEN_ENOSYS;
	switch (call->argument[0]) {
	case PHYSDEVOP_set_iopl: return set_iopl(call);
	case PHYSDEVOP_irq_status_query: return irq_status(call);
	case PHYSDEVOP_eoi: return end_of_interrupt(call);
	default: return -XEN_ENOSYS;
	}
}

/* ---- what the two kinds of guests share ---- */

int32_t read_trap_table(struct call *call, struct trap_info table[TRAP_TABLE_MAX])
{
	struct trap_info entry;

	for (uint32_t count = 0; count <= TRAP_TABLE_MAX; count++) {
		if (!guest_read_item(call->vm, call->argument[0], count, &entry, sizeof entry))
			return -XEN_EFAULT;
		if (!entry.address)
			return (int32_t)count;
		if (count < TRAP_TABLE_MAX)
			table[count] = entry;
	}
	return -XEN_E2BIG;
}

bool trap_goes_straight(const struct trap_info *trap, uint32_t reserved)
{
	enum { EXCEPTIONS = 32 };
	uint32_t selector = trap->cs & ~3u;

	return trap->address && trap->vector >= EXCEPTIONS && trap->vector != TRAP_INSTR_VECTOR &&
	       (trap->flags & (XEN_TI_DPL | XEN_TI_MASK)) == 3 && selector && (selector & 4 || selector < reserved);
}

int32_t guest_shutdown(struct call *call, uint32_t reason)
{
	struct vm *vm = call->vm;

	switch (reason) {
	case SHUTDOWN_poweroff:
		vm->exited = true;
		vm->exit_code = 0;
		break;
	case SHUTDOWN_reboot:
		vm->reset_requested = true;
		break;
	case SHUTDOWN_crash:
		cpu_state(vm->vcpu)->activity = ACTIVITY_SHUTDOWN;
		break;
	default:
		return -XEN_EINVAL;
	}
	cpu_request_stop(vm->vcpu);
	cpu_request_stop(vm->processor);
	return 0;
}
