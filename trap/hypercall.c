/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/hypercall.c - how a hypercall goes: found by its number in one table, its arguments taken from the registers,
 * done, its result in EAX, told. Numbers and names are Xen's (core/xen.h; Barham et al. 2003, section 3).
 */
#include "core/hypercall_page.h"
#include "core/hypervisor.h"
#include "core/refuse.h"
#include "cpu/insn.h"
#include "trap/domain.h"
#include "trap/kvmclock.h"
#include "trap/pv.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* ---- the table ---- */

struct row {
	const char *name;   /* with what statistics count it under in front */
	uint8_t arguments;
	call_handler *transparent, *domain; /* NULL: not offered there */
};

#define ROW(number, arguments, transparent, domain) \
	[__HYPERVISOR_##number] = {"hypercall " #number, arguments, transparent, domain}
#define BOTH(number, arguments, handler) ROW(number, arguments, handler, handler)

static const struct row rows[] = {
	ROW(set_trap_table, 1, transparent_set_trap_table, domain_set_trap_table),
	ROW(mmu_update, 4, transparent_mmu_update, domain_mmu_update),
	ROW(set_gdt, 2, NULL, domain_set_gdt),
	ROW(stack_switch, 2, transparent_stack_switch, domain_stack_switch),
	ROW(set_callbacks, 4, NULL, domain_set_callbacks),
	BOTH(fpu_taskswitch, 1, xen_fpu_taskswitch),
	ROW(sched_op_compat, 2, transparent_sched_op_compat, domain_sched_op_compat),
	ROW(platform_op, 1, NULL, NULL),
	BOTH(set_debugreg, 2, xen_set_debugreg),
	BOTH(get_debugreg, 1, xen_get_debugreg),
	ROW(update_descriptor, 4, transparent_update_descriptor, domain_update_descriptor),
	BOTH(memory_op, 2, xen_memory_op),
	BOTH(multicall, 2, xen_multicall),
	ROW(update_va_mapping, 4, transparent_update_va_mapping, domain_update_va_mapping),
	ROW(set_timer_op, 2, NULL, domain_set_timer_op),
	BOTH(xen_version, 2, xen_version),
	BOTH(console_io, 3, xen_console_io),
	ROW(grant_table_op, 3, NULL, NULL),
	BOTH(vm_assist, 2, xen_vm_assist),
	ROW(iret, 0, NULL, domain_iret),
	ROW(vcpu_op, 3, NULL, domain_vcpu_op),
	ROW(mmuext_op, 4, transparent_mmuext_op, domain_mmuext_op),
	ROW(sched_op, 2, transparent_sched_op, domain_sched_op),
	ROW(event_channel_op, 2, NULL, domain_event_channel_op),
	BOTH(physdev_op, 2, xen_physdev_op),
};

enum { ROWS = sizeof rows / sizeof *rows };

static const struct row *find_row(uint32_t number)
{
	return number < ROWS && rows[number].name ? &rows[number] : NULL;
}

int32_t call_own(struct call *call)
{
	const struct row *row = find_row(call->number);
	call_handler *handler = row ? (call->xen->domain ? row->domain : row->transparent) : NULL;

	return handler ? handler(call) : -XEN_ENOSYS;
}

int32_t call_dispatch(struct call *call)
{
	const struct vmm_pieces *pieces = call->vm->pieces;

	if (call->xen->domain && pieces && pieces->hypercall)
		return pieces->hypercall(pieces->owner, call->vm, call);
	return call_own(call);
}

/* ---- a list of calls ---- */

static int32_t one_of_list(struct call *list, struct multicall_entry *entry)
{
	struct call call = {.vm = list->vm, .xen = list->xen, .number = entry->op, .multicall = true};

	memcpy(call.argument, entry->args, sizeof call.argument);
	if (call.number == __HYPERVISOR_multicall || call.number == __HYPERVISOR_iret)
		return -XEN_EINVAL; /* lists are not nested, and nothing returns from inside of one */
	return call_dispatch(&call);
}

/* multicall(list, count): each entry gets its own result. An entry may change what maps the list. */
int32_t xen_multicall(struct call *call)
{
	uint32_t list = call->argument[0], count = call->argument[1];

	if (call->multicall)
		return -XEN_EINVAL;
	if (count > BATCH_MAX)
		return -XEN_E2BIG;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = list + i * (uint32_t)sizeof(struct multicall_entry);
		struct multicall_entry entry;

		if (!guest_read_item(call->vm, list, i, &entry, sizeof entry) ||
		    !guest_writable(call->vm, at, sizeof entry))
			return -XEN_EFAULT;
		call_charge(call, COST_hypercall_item);
		entry.result = (uint32_t)one_of_list(call, &entry);
		if (!guest_write(call->vm, at + (uint32_t)offsetof(struct multicall_entry, result), &entry.result,
		                 sizeof entry.result))
			return -XEN_EFAULT;
	}
	return 0;
}

/* ---- one call ---- */

static void take_arguments(struct call *call, const struct cpu_state *guest)
{
	static const enum gpr order[] = {EBX, ECX, EDX, ESI, EDI, EBP};

	call->number = guest->gpr[EAX];
	for (unsigned i = 0; i < 6; i++)
		call->argument[i] = guest->gpr[order[i]];
}

/* The moment of the call: EIP is behind the instruction, and the event is about it. */
static void begin_event(struct vm *vm, struct event *event, uint32_t length)
{
	struct cpu_state *guest = cpu_state(vm->vcpu);
	bool domain = xen_of(vm)->domain != NULL;

	if (!event_wanted(&vm->events, EV_HYPERCALL))
		return;
	guest->eip -= length;
	vm_event_begin(vm, event, EV_HYPERCALL);
	event->has_vector = domain; /* an exit of its own; VMCALL has had one */
	event->vector = TRAP_INSTR_VECTOR;
	guest->eip += length;
}

static void tell(struct vm *vm, struct event *event, const struct call *call, uint64_t since, uint32_t price)
{
	static const char *const names[] = {"ebx", "ecx", "edx"};
	const struct row *row = find_row(call->number);
	uint32_t result = cpu_state_const(vm->vcpu)->gpr[EAX];

	if (!event_wanted(&vm->events, EV_HYPERCALL))
		return;
	event->cycle = since;
	event->reason = row ? row->name : "hypercall of no such number";
	event->action = (int32_t)result < 0 && (int32_t)result > -4096 && !call->replaced ? "refused it" : "did it";
	event_add_change(event, "eax", call->number, result);
	for (unsigned i = 0; row && i < row->arguments && i < 3; i++)
		event_add_change(event, names[i], call->argument[i], call->argument[i]);
	event_add_phase(event, "way in, dispatch, way back", price);
	event_add_phase(event, "do it", (uint32_t)(vm->clock - since - price));
	event_emit(&vm->events, event);
}

/* From a domain's INT 82H or a transparent guest's VMCALL, of `length` bytes. */
static void do_call(struct vm *vm, uint32_t length, int32_t (*dispatch)(struct call *call))
{
	struct cpu_state *guest = cpu_state(vm->vcpu);
	uint32_t price = vm->costs.cycles[COST_hypercall];
	struct call call = {.vm = vm, .xen = xen_of(vm)};
	uint64_t since = vm->clock;
	struct event event;
	int32_t result;

	begin_event(vm, &event, length);
	take_arguments(&call, guest);
	vm_charge(vm, COST_hypercall, 1);
	result = dispatch(&call);
	if (!call.replaced)
		guest->gpr[EAX] = (uint32_t)result;
	cpu_state_changed(vm->vcpu);
	call.xen->last_begin = since;
	call.xen->last_cycles = vm->clock - since;
	call.xen->cycles += call.xen->last_cycles;
	tell(vm, &event, &call, since, price);
}

static int32_t refuse_ring(struct call *call)
{
	(void)call;
	return -XEN_EPERM;
}

bool hypercall(struct vm *vm)
{
	struct xen *xen = xen_of(vm);

	if (!xen || !xen->has_page || xen->domain)
		return false;
	do_call(vm, HYPERCALL_LENGTH, cpu_state_const(vm->vcpu)->cpl == 0 ? call_dispatch : refuse_ring);
	return true;
}

void hypercall_of_domain(struct vm *vm)
{
	do_call(vm, 2, call_dispatch);
}

bool hypercall_is_next(const struct vm *vm)
{
	static const uint8_t vmcall[HYPERCALL_LENGTH] = {0x0f, 0x01, 0xc1};
	const struct cpu_state *guest = cpu_state_const(vm->vcpu);
	uint8_t bytes[HYPERCALL_LENGTH];

	return xen_of(vm) && xen_of(vm)->has_page &&
	       cpu_peek(guest, &vm->guest_bus, guest->segment[CS].base + guest->eip, bytes, sizeof bytes) == sizeof bytes &&
	       !memcmp(bytes, vmcall, sizeof vmcall);
}

/* ---- the hypercall page ---- */

bool hypercall_write_msr(struct vm *vm, uint32_t number, uint64_t value)
{
	struct xen *xen = xen_of(vm);
	uint64_t gpa = value & ~(uint64_t)PAGE_MASK, mfn;
	uint8_t page[PAGE_SIZE];

	if (!xen || !hypervisor_is_xen(&vm->config) || xen->domain || number != XEN_HYPERCALL_MSR || value & PAGE_MASK)
		return false; /* the low bits choose among pages, and there is one */
	if (!memory_gfn_to_mfn(vm->memory, gpa >> PAGE_SHIFT, &mfn) || memory_flags(vm->memory, mfn) & FRAME_ROM)
		return false;
	hypercall_page_fill(page, false);
	memory_write(vm->memory, gpa, page, sizeof page);
	return xen->has_page = true;
}

/* ---- offering it ---- */

static bool called(void *owner)
{
	return hypercall(owner);
}

static bool msr_read(void *owner, uint32_t number, uint64_t *value)
{
	return kvmclock_read_msr(owner, number, value);
}

static bool msr_written(void *owner, uint32_t number, uint64_t value)
{
	return hypercall_write_msr(owner, number, value) || kvmclock_write_msr(owner, number, value);
}

static void tsc_written(void *owner)
{
	kvmclock_tsc_written(owner);
}

bool hypercall_begin(struct vm *vm)
{
	struct cpu_extension extension = {
		.owner = vm, .hypercall = called, .read_msr = msr_read, .write_msr = msr_written, .tsc_written = tsc_written};
	struct xen *xen = vm->interface;

	if (!xen)
		xen = arena_take(vm->arena, sizeof *xen);
	if (!xen)
		return refuse(vm->message, sizeof vm->message, "not enough memory; close other programs");
	xen->vm = vm;
	vm->interface = xen;
	cpu_set_extension(vm->vcpu, &extension);
	return true;
}

uint64_t hypercall_cycles(const struct vm *vm)
{
	return xen_of(vm) ? xen_of(vm)->cycles : 0;
}

uint64_t hypercall_cycles_since(const struct vm *vm, uint64_t clock)
{
	const struct xen *xen = xen_of(vm);

	return xen && xen->last_cycles && xen->last_begin >= clock ? xen->last_cycles : 0;
}

bool hypercall_guest_speaks(const struct vm *vm, const char **reason)
{
	const struct xen *xen = xen_of(vm);

	if (!xen || !xen->has_page)
		*reason = "it has set up no hypercall page";
	else if (!xen->has_traps)
		*reason = "it has not called set_trap_table";
	else if (!xen->has_stack)
		*reason = "it has not called stack_switch";
	else
		return true;
	return false;
}
