/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/vm.c - a virtual machine: making it, the run loop over its technique, idle time.
 * The loop fits on a screen: devices first, then the technique until the next device wants to act.
 */
#include "core/vm.h"
#include "core/breakpoint.h"
#include "core/hypervisor.h"
#include "core/load.h"
#include "core/mp_table.h"
#include "core/processor.h"
#include "core/profile.h"
#include "core/refuse.h"
#include "core/switch.h"
#include "core/wiring.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const end_names[] = {
	[VM_RUNNING] = "running", [VM_HALTED] = "halted",   [VM_EXITED] = "exited",
	[VM_SHUTDOWN] = "shutdown", [VM_RESET] = "reset",   [VM_STOPPED] = "stopped",
	[VM_UNSUPPORTED] = "unsupported",
};

const char *vm_end_name(enum vm_end end)
{
	return end_names[end];
}

const struct technique *technique_find(const struct technique *const *list, const char *name)
{
	while (*list && strcmp((*list)->name, name) != 0)
		list++;
	return *list;
}

/* ---- making and freeing ---- */

/* `floats`: of the hardware, which a virtual CPU shares. */
static struct cpu *new_cpu(struct vm *vm, const struct bus *bus, struct float_state *floats)
{
	struct cpu_features features = vm->features;

	if (vm->technique->vmm)
		hypervisor_announce(&vm->config, &features);
	return cpu_new(&(struct cpu_options){
		.arena = vm->arena,
		.bus = bus,
		.costs = &vm->costs,
		.features = &features,
		.clock = &vm->clock,
		.ledger = &vm->ledger,
		.floats = floats,
	});
}

static bool make_processors(struct vm *vm, bool vmm, char *error, size_t error_size)
{
	vm->processor = new_cpu(vm, vmm ? &vm->machine_bus : &vm->guest_bus, NULL);
	if (vm->processor && vmm)
		vm->vcpu = new_cpu(vm, &vm->guest_bus, cpu_floats(vm->processor));
	if (!vm->processor || (vmm && !vm->vcpu))
		return refuse(error, error_size, "not enough memory for a processor; close other programs");
	return true;
}

/* A technique that can do it takes a kernel that is for Xen alone as a domain. */
static void choose_direct(struct vm *vm)
{
	if (strcmp(vm->config.paging, "auto") == 0 && vm->technique->pagings >> PAGING_DIRECT & 1 &&
	    load_wants_xen(&vm->config, vm->memory))
		vm->paging = PAGING_DIRECT;
	if (vm->paging == PAGING_DIRECT)
		strcpy(vm->config.paging, paging_name(PAGING_DIRECT));
}

static bool load(struct vm *vm, char *error, size_t error_size)
{
	struct cpu *guest = vm->vcpu ? vm->vcpu : vm->processor;
	struct loaded loaded;

	if (!load_guest(&vm->config, vm->memory, cpu_state(guest), &loaded, error, error_size))
		return false;
	if (vm->config.apic)
		mp_table_install(vm->memory, &vm->features);
	cpu_state_changed(guest);
	msr_state_set_ranges(cpu_msrs(guest)); /* as firmware would have: the loader stands in for it */
	return true;
}

static bool check_ring(const struct vm *vm, char *error, size_t error_size)
{
	if (vm->config.ring == 1 || vm->technique->deprivileges)
		return true;
	return refuse(error, error_size, "ring: %s runs the guest's kernel in no ring of your choice; leave ring out, or take "
	              "technique trap or bt", vm->technique->name);
}

/* `umip` is a feature that has had a switch of its own since before there were models. The APIC is part of the board too. */
static bool choose_processor(struct vm *vm, char *error, size_t error_size)
{
	if (!processor_parse(vm->config.cpu, &vm->features, error, error_size))
		return false;
	vm->features.umip |= vm->config.umip;
	if (!vm->config.apic)
		processor_drop(&vm->features, CPU_HAS_APIC);
	if (!vm->config.apic || vm->features.cpuid_edx & CPUID_EDX_APIC)
		return true;
	return refuse(error, error_size, "apic: the processor %s has no local APIC; take pentium or later for cpu, or leave apic out",
	              vm->config.cpu);
}

/* Nothing of a PC's devices is in the addresses of a domain, nor does Xen offer it an APIC. */
static bool check_apic(const struct vm *vm, char *error, size_t error_size)
{
	if (!vm->config.apic || vm->paging != PAGING_DIRECT)
		return true;
	return refuse(error, error_size, "apic: a domain of Xen's has event channels and no APIC; leave apic out, or boot a "
	              "kernel for bare hardware");
}

static bool make(struct vm *vm, const struct board_output *output, char *error, size_t error_size)
{
	if (!check_ring(vm, error, error_size) || !choose_processor(vm, error, error_size) ||
	    !profile_load_from(vm->config.files, &vm->costs, vm->config.profile, error, error_size) ||
	    !mode_paging(vm->technique, vm->config.paging, &vm->paging, error, error_size))
		return false;
	vm->memory = memory_new(vm->arena, vm->config.memory, vm->config.vmm_frames, error, error_size);
	if (!vm->memory)
		return false;
	choose_direct(vm);
	if (vm->technique->vmm)
		hypervisor_choose(&vm->config, vm->paging != PAGING_DIRECT && load_wants_firmware(&vm->config, vm->memory));
	if (!check_apic(vm, error, error_size))
		return false;
	wire_buses(vm);
	vm->board = wire_board(vm, output, error, error_size);
	vm->stops = stops_new(vm);
	if (!vm->stops)
		return refuse(error, error_size, "not enough memory for a virtual machine; close other programs");
	if (!vm->board || !make_processors(vm, vm->technique->vmm, error, error_size))
		return false;
	wire_hooks(vm);
	if (!load(vm, error, error_size))
		return false;
	if (!vm->technique->enter(vm))
		return refuse(error, error_size, "%s", vm->message);
	return true;
}

/* Room for machine memory, and what is kept about it and beside it: most of it is never touched. */
static size_t reserve(const struct config *config)
{
	size_t frames = (config->memory >> PAGE_SHIFT & UINT32_MAX) + config->vmm_frames;
	size_t disks = 0;

	for (unsigned i = 0; i < CONFIG_DISKS; i++)
		if (config->disk[i][0])
			disks = (size_t)2 << 30;
	return frames * (PAGE_SIZE + PAGE_SIZE / 16) + ((size_t)256 << 20) + disks;
}

static struct vm *new_vm(const struct config *config, const struct technique *technique,
                         const struct board_output *output, bool copyable, char *error, size_t error_size)
{
	struct arena *arena = arena_new(reserve(config), copyable);
	struct vm *vm = arena ? arena_take(arena, sizeof *vm) : NULL;

	if (!vm) {
		refuse(error, error_size, "not enough memory for a virtual machine; close other programs, or lower memory");
		arena_free(arena);
		return NULL;
	}
	vm->arena = arena;
	vm->switch_texts = switch_texts_new();
	vm->config = *config;
	vm->technique = technique;
	if (!vm->switch_texts || !make(vm, output, error, error_size)) {
		vm_free(vm);
		return NULL;
	}
	return vm;
}

struct vm *vm_new(const struct config *config, const struct technique *technique,
                  const struct board_output *output, char *error, size_t error_size)
{
	return new_vm(config, technique, output, false, error, error_size);
}

struct vm *vm_new_copyable(const struct config *config, const struct technique *technique,
                           const struct board_output *output, char *error, size_t error_size)
{
	return new_vm(config, technique, output, true, error, error_size);
}

void vm_free(struct vm *vm)
{
	if (!vm)
		return;
	if (vm->technique_state)
		vm->technique->leave(vm);
	if (vm->pieces && vm->pieces->drop)
		vm->pieces->drop(vm->pieces->owner);
	board_free(vm->board); /* closes disks */
	switch_texts_free(vm->switch_texts);
	arena_free(vm->arena);
}

/* ---- running ---- */

enum vm_end vm_end_of_stop(enum cpu_stop stop)
{
	switch (stop) {
	case CPU_STOP_HALT:
		return VM_HALTED;
	case CPU_STOP_SHUTDOWN:
		return VM_SHUTDOWN;
	default:
		return VM_RUNNING;
	}
}

void vm_refresh(struct vm *vm)
{
	if (board_next(vm->board) <= vm->clock)
		board_act(vm->board, vm->clock);
	vm_interrupts(vm);
}

/* The guest executed HLT. Idle time passes until a device wants something; false: nothing ever will. */
static bool pass_idle_time(struct vm *vm, uint64_t limit)
{
	uint64_t next = board_next(vm->board);

	if (!(vm_guest_state(vm)->eflags & EFLAGS_IF) && !board_nmi_may_come(vm->board))
		return false;
	if (next == BOARD_NEVER && limit == UINT64_MAX)
		return false;
	if (next > limit)
		next = limit;
	vm_pass_time(vm, next);
	return true;
}

static void stand_still(struct vm *vm, bool still)
{
	vm->stop_requested = still;
	cpu_stand_still(vm->processor, still);
	if (vm->vcpu)
		cpu_stand_still(vm->vcpu, still);
}

/* Whether something has ended the run between two slices. */
static bool ended(struct vm *vm, enum vm_end *end)
{
	if (vm->stranded)
		*end = VM_UNSUPPORTED;
	else if (vm->exited)
		*end = VM_EXITED;
	else if (vm->reset_requested)
		*end = VM_RESET;
	else if (vm->stop_requested)
		*end = VM_STOPPED;
	else
		return false;
	stand_still(vm, false);
	return true;
}

static void tell(struct vm *vm, enum event_kind kind, const char *action)
{
	struct event event;

	if (!event_wanted(&vm->events, kind))
		return;
	vm_event_begin(vm, &event, kind);
	event.action = action;
	event_emit(&vm->events, &event);
}

static void tell_begin(struct vm *vm)
{
	if (!vm->begun)
		tell(vm, EV_BEGIN, vm->technique->summary);
	vm->begun = true;
}

/* Once, however often a guest that has ended is run on. */
static enum vm_end tell_end(struct vm *vm, enum vm_end end)
{
	if (end == VM_RUNNING || end == VM_STOPPED || vm->end_told == vm->clock + 1)
		return end;
	vm->end_told = vm->clock + 1;
	tell(vm, EV_END, vm_end_name(end));
	return end;
}

static enum vm_end run_slices(struct vm *vm, uint64_t limit)
{
	enum vm_end end = VM_RUNNING;

	while (!ended(vm, &end)) {
		if (vm->clock >= limit)
			return VM_RUNNING;
		vm_refresh(vm);
		vm->slice_end = board_next(vm->board) < limit ? board_next(vm->board) : limit;
		end = vm->technique->run(vm, vm->slice_end);
		if (end == VM_HALTED && pass_idle_time(vm, limit))
			continue;
		if (end != VM_RUNNING && !ended(vm, &end))
			return end;
	}
	return end;
}

enum vm_end vm_run(struct vm *vm, uint64_t limit)
{
	enum vm_end end;

	tell_begin(vm);
	stops_begin_run(vm);
	end = run_slices(vm, limit);
	stops_end_run(vm, end);
	return tell_end(vm, end);
}

static enum vm_end step(struct vm *vm)
{
	enum vm_end end = VM_RUNNING;

	if (ended(vm, &end))
		return end;
	stops_begin_step(vm);
	vm_refresh(vm);
	vm->slice_end = board_next(vm->board);
	end = vm->technique->step(vm);
	if (end == VM_HALTED && pass_idle_time(vm, UINT64_MAX))
		end = VM_RUNNING;
	ended(vm, &end);
	return end;
}

enum vm_end vm_step(struct vm *vm)
{
	tell_begin(vm);
	return tell_end(vm, step(vm));
}

void vm_request_stop(struct vm *vm)
{
	stand_still(vm, true);
}

bool vm_check_due(struct vm *vm)
{
#ifdef RINGSIDE_HOSTILE
	bool wanted = true;
#else
	bool wanted = vm->config.check_shadow;
#endif

	return wanted && vm->checks++ % vm->config.check_every == 0;
}

/* ---- the guest ---- */

const struct cpu_state *vm_guest_state(const struct vm *vm)
{
	return cpu_state_const(vm->vcpu ? vm->vcpu : vm->processor);
}

uint64_t vm_instructions(const struct vm *vm)
{
	return cpu_instructions(vm->processor) + (vm->vcpu ? cpu_instructions(vm->vcpu) : 0);
}
