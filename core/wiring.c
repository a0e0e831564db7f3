/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/wiring.c - the buses of a machine. The guest's bus takes guest-physical addresses and serves the
 * virtual CPU (or the processor of a machine without a VMM); the machine's bus takes machine addresses
 * and serves a processor under a VMM. Both reach the same frames.
 */
#include "core/wiring.h"

#include <string.h>

/* ---- frames ---- */

static struct bus_page frame_page(const struct memory *memory, uint8_t *host, uint64_t mfn, uint8_t watch)
{
	uint8_t flags = memory_flags(memory, mfn);

	return (struct bus_page){
		.host = host,
		.writable = !(flags & FRAME_ROM),
		.watched = flags & watch,
		.monitor = flags & FRAME_MONITOR,
	};
}

static struct bus_page guest_page(void *owner, uint64_t gfn)
{
	const struct vm *vm = owner;
	uint64_t mfn;

	if (!memory_gfn_to_mfn(vm->memory, gfn, &mfn))
		return (struct bus_page){0};
	return frame_page(vm->memory, memory_guest_frame(vm->memory, gfn), mfn,
	                  FRAME_TRACED | FRAME_CODE_PROCESSOR);
}

static struct bus_page machine_page(void *owner, uint64_t mfn)
{
	const struct vm *vm = owner;
	uint8_t *host = memory_machine_frame(vm->memory, mfn);

	if (!host)
		return (struct bus_page){0};
	return frame_page(vm->memory, host, mfn, FRAME_CODE_VCPU);
}

/* A guest that holds machine addresses: its bus takes them too, and knows the guest's own frames only. */
static struct bus_page direct_page(void *owner, uint64_t mfn)
{
	const struct vm *vm = owner;
	uint64_t gfn;

	if (!memory_mfn_to_gfn(vm->memory, mfn, &gfn))
		return (struct bus_page){0};
	return frame_page(vm->memory, memory_machine_frame(vm->memory, mfn), mfn, FRAME_TRACED | FRAME_CODE_PROCESSOR);
}

/* No device is there for a processor under a VMM, which leaves all devices to the VMM, and for a guest that holds machine
 * addresses: reads float high, writes are lost. */
static uint32_t floating_read(void *owner, uint64_t address, unsigned size)
{
	(void)owner;
	(void)address;
	return UINT32_MAX >> (32 - 8 * size);
}

static void floating_write(void *owner, uint64_t address, unsigned size, uint32_t value)
{
	(void)owner;
	(void)address;
	(void)size;
	(void)value;
}

/* ---- stores that others must know of ---- */

static void guest_written(void *owner, uint64_t gpa, uint32_t size)
{
	struct vm *vm = owner;

	memory_stored(vm->memory, gpa, size);
}

static void machine_written(void *owner, uint64_t ma, uint32_t size)
{
	struct vm *vm = owner;
	uint64_t gfn;

	if (memory_mfn_to_gfn(vm->memory, ma >> PAGE_SHIFT, &gfn))
		memory_stored(vm->memory, gfn << PAGE_SHIFT | (ma & PAGE_MASK), size);
}

/* The processor's name for a guest-physical address. */
static uint64_t processor_address(const struct vm *vm, uint64_t gpa)
{
	uint64_t mfn;

	if (!vm->vcpu || !memory_gfn_to_mfn(vm->memory, gpa >> PAGE_SHIFT, &mfn))
		return gpa;
	return mfn << PAGE_SHIFT | (gpa & PAGE_MASK);
}

static void stored(void *owner, uint64_t gpa, uint32_t size, uint8_t flags)
{
	struct vm *vm = owner;

	if (flags & FRAME_CODE_PROCESSOR)
		cpu_code_written(vm->processor, processor_address(vm, gpa), size);
	if (flags & FRAME_CODE_VCPU && vm->vcpu)
		cpu_code_written(vm->vcpu, gpa, size);
	if (flags & FRAME_TRACED && vm->technique->stored)
		vm->technique->stored(vm, gpa, size);
}

static void note_code(struct vm *vm, uint64_t mfn, uint8_t flag, bool cached)
{
	memory_set_flags(vm->memory, mfn, cached ? flag : 0, cached ? 0 : flag);
}

static void guest_code_cached(void *owner, uint64_t gfn, bool cached)
{
	struct vm *vm = owner;
	uint64_t mfn;

	if (!memory_gfn_to_mfn(vm->memory, gfn, &mfn))
		return;
	note_code(vm, mfn, vm->vcpu ? FRAME_CODE_VCPU : FRAME_CODE_PROCESSOR, cached);
	if (vm->vcpu)
		cpu_page_changed(vm->processor, mfn);
}

static void machine_code_cached(void *owner, uint64_t mfn, bool cached)
{
	struct vm *vm = owner;
	uint64_t gfn;

	note_code(vm, mfn, FRAME_CODE_PROCESSOR, cached);
	if (memory_mfn_to_gfn(vm->memory, mfn, &gfn))
		cpu_page_changed(vm->vcpu, gfn);
}

/* ---- ports, devices in memory, and interrupts ---- */

static void emit_port(struct vm *vm, uint16_t port, unsigned size, bool write, uint32_t value)
{
	struct event event;

	vm_event_begin(vm, &event, EV_PORT);
	event.address = port;
	event.action = board_port_name(vm->board, port);
	event_add_change(&event, write ? "out" : "in", size, value);
	event_emit(&vm->events, &event);
}

static void emit_device(struct vm *vm, uint64_t gpa, unsigned size, bool write, uint32_t value)
{
	struct event event;

	vm_event_begin(vm, &event, EV_DEVICE);
	event.address = (uint32_t)gpa;
	event.action = board_memory_name(vm->board, gpa);
	event_add_change(&event, write ? "store" : "load", size, value);
	event_emit(&vm->events, &event);
}

void vm_interrupts(struct vm *vm)
{
	struct cpu *guest = vm->vcpu ? vm->vcpu : vm->processor;

	cpu_set_interrupt_line(guest, board_interrupt(vm->board));
	if (board_take_nmi(vm->board))
		cpu_raise_nmi(guest);
}

/* An access may have moved a device's next moment or its interrupt line. */
static void after_access(struct vm *vm)
{
	struct cpu *guest = vm->vcpu ? vm->vcpu : vm->processor;

	vm_interrupts(vm);
	if (board_next(vm->board) < vm->slice_end || vm->exited || vm->reset_requested)
		cpu_request_stop(guest);
}

static uint32_t port_read(void *owner, uint16_t port, unsigned size)
{
	struct vm *vm = owner;
	uint32_t value = board_read(vm->board, port, size, vm->clock);

	if (event_wanted(&vm->events, EV_PORT))
		emit_port(vm, port, size, false, value);
	after_access(vm);
	return value;
}

static void port_write(void *owner, uint16_t port, unsigned size, uint32_t value)
{
	struct vm *vm = owner;

	board_write(vm->board, port, size, value, vm->clock);
	if (event_wanted(&vm->events, EV_PORT))
		emit_port(vm, port, size, true, value);
	after_access(vm);
}

static uint32_t device_read(void *owner, uint64_t gpa, unsigned size)
{
	struct vm *vm = owner;
	const char *device = board_memory_name(vm->board, gpa);
	uint32_t value;

	if (!device)
		return floating_read(owner, gpa, size);
	vm->device_accesses++;
	value = board_read_memory(vm->board, gpa, size, vm->clock) & UINT32_MAX >> (32 - 8 * size);
	if (event_wanted(&vm->events, EV_DEVICE))
		emit_device(vm, gpa, size, false, value);
	after_access(vm);
	return value;
}

static void device_write(void *owner, uint64_t gpa, unsigned size, uint32_t value)
{
	struct vm *vm = owner;

	if (!board_memory_name(vm->board, gpa))
		return;
	vm->device_accesses++;
	board_write_memory(vm->board, gpa, size, value, vm->clock);
	if (event_wanted(&vm->events, EV_DEVICE))
		emit_device(vm, gpa, size, true, value);
	after_access(vm);
}

static void apic_base(void *owner, uint64_t value)
{
	struct vm *vm = owner;

	board_set_apic_base(vm->board, value, vm->clock);
	after_access(vm);
}

static uint8_t acknowledge(void *owner)
{
	struct vm *vm = owner;
	uint8_t vector = board_acknowledge(vm->board);

	vm_interrupts(vm);
	return vector;
}

static void numeric_error(void *owner, bool asserted)
{
	struct vm *vm = owner;

	board_numeric_error(vm->board, asserted);
	after_access(vm);
}

void wire_buses(struct vm *vm)
{
	vm->guest_bus = (struct bus){
		.owner = vm,
		.page = guest_page,
		.mmio_read = device_read,
		.mmio_write = device_write,
		.written = guest_written,
		.code_cached = guest_code_cached,
		.port_read = port_read,
		.port_write = port_write,
		.apic_base = apic_base,
		.acknowledge = acknowledge,
		.numeric_error = numeric_error,
	};
	vm->machine_bus = vm->guest_bus;
	vm->machine_bus.mmio_read = floating_read;
	vm->machine_bus.mmio_write = floating_write;
	vm->machine_bus.apic_base = NULL;
	vm->machine_bus.page = machine_page;
	vm->machine_bus.written = machine_written;
	vm->machine_bus.code_cached = machine_code_cached;
	memory_set_listener(vm->memory, stored, vm);
}

void wire_direct(struct vm *vm, bool direct)
{
	vm->guest_bus.page = direct ? direct_page : guest_page;
	vm->guest_bus.written = direct ? machine_written : guest_written;
	vm->guest_bus.mmio_read = direct ? floating_read : device_read;
	vm->guest_bus.mmio_write = direct ? floating_write : device_write;
	cpu_tlb_flush(vm->vcpu);
}

/* ---- the board ---- */

static void board_exit(void *owner, uint32_t value)
{
	struct vm *vm = owner;

	vm->exited = true;
	vm->exit_code = value;
}

static void board_wants_reset(void *owner)
{
	struct vm *vm = owner;

	vm->reset_requested = true;
}

static void board_ignores_error(void *owner, bool asserted)
{
	struct vm *vm = owner;

	cpu_set_ignore_numeric_error(vm->vcpu ? vm->vcpu : vm->processor, asserted);
}

/* The firmware opens the gate before there are processors. */
static void board_gates_a20(void *owner, bool enabled)
{
	struct vm *vm = owner;
	struct cpu *guest = vm->vcpu ? vm->vcpu : vm->processor;

	if (!guest)
		return;
	cpu_state(guest)->a20_masked = !enabled;
	cpu_tlb_flush(guest);
}

static void serial_out(void *owner, unsigned port, uint8_t byte)
{
	struct vm *vm = owner;

	if (vm->output.serial)
		vm->output.serial(vm->output.owner, port, byte);
}

static void debug_out(void *owner, uint8_t byte)
{
	struct vm *vm = owner;

	if (vm->output.debug)
		vm->output.debug(vm->output.owner, byte);
}

struct board *wire_board(struct vm *vm, const struct board_output *output, char *error, size_t error_size)
{
	struct board_options options = {
		.arena = vm->arena,
		.frequency = vm->costs.frequency,
		.memory_size = vm->config.memory,
		.apic = vm->config.apic,
		.serial_timed = strcmp(vm->config.serial, "timed") == 0,
		.disk_writable = vm->config.disk_writable,
		.start_time = vm->config.start_time,
		.files = vm->config.files,
		.output = {
			.owner = vm,
			.serial = serial_out,
			.debug = debug_out,
			.exit = board_exit,
			.reset = board_wants_reset,
			.a20 = board_gates_a20,
			.ignore_numeric_error = board_ignores_error,
		},
	};

	if (output)
		vm->output = *output;
	for (unsigned i = 0; i < DISKS; i++)
		options.disk[i] = vm->config.disk[i][0] ? vm->config.disk[i] : NULL;
	return board_new(&options, error, error_size);
}

/* ---- what the processors report ---- */

/* An exception, interrupt or INT n went through the guest's own IDT, without a VMM's help. */
static void delivered(void *owner, const struct cpu_event *happened)
{
	struct vm *vm = owner;
	struct event event;

	if (!event_wanted(&vm->events, EV_DELIVERED))
		return;
	vm_event_begin(vm, &event, EV_DELIVERED);
	event.has_vector = true;
	event.vector = happened->vector;
	event.has_error = happened->has_error;
	event.error = happened->error;
	event.address = happened->address;
	event_emit(&vm->events, &event);
}

void wire_hooks(struct vm *vm)
{
	struct cpu_hooks hooks = {.owner = vm, .delivered = delivered};

	cpu_set_hooks(vm->vcpu ? vm->vcpu : vm->processor, &hooks);
}
