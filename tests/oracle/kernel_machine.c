/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/kernel_machine.c - see kernel_machine.h. Making a virtual machine takes longer than most programs
 * do, so machines are used again: the guest is moved to `emulate`, memory, registers and devices are put back, and
 * it is moved to its mode, which begins with nothing.
 */
#include "tests/oracle/kernel_machine.h"

#include "cpu/paging.h"
#include "tests/harness.h"
#include "tests/trap/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GUEST_MEMORY = 1 << 20, PAGES = GUEST_MEMORY / PAGE_SIZE };

/* ---- making ---- */

static void roomy(struct config *config)
{
	config->memory = GUEST_MEMORY;
	config->vmm_frames = 320; /* what is begun anew for each program is not large */
	config->shadow_frames = 160;
	config->translation_cache = 32 << 10;
}

static void tight(struct config *config)
{
	roomy(config);
	config->shadow_frames = CONFIG_SHADOW_MINIMUM;
	config->translation_cache = 4096;
	config->check_shadow = true;
}

/* Plain trap goes wrong by design where an instruction is sensitive and does not trap; pv is for guests that speak it. */
static bool belongs(const struct vm_mode *mode, enum program_kind kind)
{
	if (!mode->technique->vmm || mode->paging == PAGING_DIRECT || !strcmp(mode->technique->name, "pv"))
		return false;
	return kind == PROGRAM_INNOCUOUS || mode->technique != &technique_trap;
}

/* RINGSIDE_MODE: this mode alone. */
static bool is_wanted(const struct vm_mode *mode)
{
	const char *wanted = getenv("RINGSIDE_MODE");
	char name[24];

	return !wanted || strcmp(wanted, mode_text(mode, name, sizeof name)) == 0;
}

/*
 * Differs as yet: an exit of hvm's for a page leaves RF set, and some of those who look closely see it: the frame of a
 * single step between two repetitions of a string instruction is one. RINGSIDE_MODE=hvm/nested RINGSIDE_COUNT=4000
 * shows it.
 */
/* With nested tables PDPTEs are read by each walk (cpu.h: pdpte_registers_nested): bare hardware would keep them. */
bool machine_takes(const struct machine *machine, const struct program *program)
{
	if (program->pae && machine->mode.paging == PAGING_NESTED)
		return false;
	return !program->debugs || machine->mode.technique != &technique_hvm || getenv("RINGSIDE_MODE");
}

static bool make(struct machine *machine, const struct vm_mode *mode, bool is_tight)
{
	struct rig_way way = {
		.name = "", .ring = 1, .technique = mode->technique->vmm ? &technique_emulate : mode->technique,
	};

	machine->mode = *mode;
	mode_text(mode, machine->name, sizeof machine->name);
	machine->vm = rig_new(&way, is_tight ? tight : roomy);
	return machine->vm;
}

static bool add(struct machines *machines, const struct vm_mode *mode, bool is_tight)
{
	bool made = make(&machines->machine[machines->count], mode, is_tight);

	machines->count += made;
	return made;
}

static bool remember(struct machines *machines)
{
	struct vm *vm = machines->machine[0].vm;

	machines->board_size = board_save(vm->board, NULL, 0);
	machines->blank = malloc(GUEST_MEMORY);
	machines->image = malloc(GUEST_MEMORY);
	machines->board = malloc(machines->board_size);
	machines->blank_board = malloc(machines->board_size);
	if (!machines->blank || !machines->image || !machines->board || !machines->blank_board)
		return false;
	board_save(vm->board, machines->blank_board, machines->board_size);
	machines->blank_state = *vm_guest_state(vm);
	return memory_read(vm->memory, 0, machines->blank, GUEST_MEMORY);
}

bool machines_begin(struct machines *machines, enum program_kind kind, bool is_tight)
{
	struct vm_mode native = {.technique = &technique_native, .paging = PAGING_GUEST, .ring = 1}, list[MODES];
	size_t count = mode_list(technique_list(), list, MODES);

	*machines = (struct machines){0};
	if (!add(machines, &native, is_tight) || !make(&machines->flushed, &native, is_tight))
		return false;
	for (size_t i = 0; i < count && i < MODES; i++)
		if (belongs(&list[i], kind) && is_wanted(&list[i]) && !add(machines, &list[i], is_tight))
			return false;
	return remember(machines);
}

void machines_end(struct machines *machines)
{
	for (unsigned i = 0; i < machines->count; i++)
		vm_free(machines->machine[i].vm);
	vm_free(machines->flushed.vm);
	free(machines->blank);
	free(machines->image);
	free(machines->board);
	free(machines->blank_board);
	*machines = (struct machines){0};
}

/* ---- putting a guest in ---- */

static void put_memory(struct vm *vm, const uint8_t *image)
{
	for (uint64_t gfn = 0; gfn < PAGES; gfn++)
		if (memcmp(memory_guest_frame(vm->memory, gfn), image + gfn * PAGE_SIZE, PAGE_SIZE) != 0)
			memory_write(vm->memory, gfn << PAGE_SHIFT, image + gfn * PAGE_SIZE, PAGE_SIZE);
}

static bool put(struct vm *vm, const uint8_t *image, const struct cpu_state *state, const uint8_t *board,
                size_t board_size)
{
	const struct vm_mode neutral = {.technique = &technique_emulate, .paging = PAGING_GUEST, .ring = 1};
	struct cpu *guest = vm->vcpu ? vm->vcpu : vm->processor;

	if (vm->vcpu && !vm_switch(vm, &neutral))
		return false;
	put_memory(vm, image);
	*cpu_state(guest) = *state;
	cpu_state_changed(guest);
	cpu_tlb_flush(guest);
	vm->clock = 0;
	vm->exited = vm->reset_requested = vm->stop_requested = false;
	return board_load(vm->board, board, board_size);
}

void machines_load(struct machines *machines, const struct program *program)
{
	struct vm *vm = machines->machine[0].vm;

	put(vm, machines->blank, &machines->blank_state, machines->blank_board, machines->board_size);
	program_load(vm, program);
	memory_read(vm->memory, 0, machines->image, GUEST_MEMORY);
	machines->state = *vm_guest_state(vm);
	board_save(vm->board, machines->board, machines->board_size);
}

bool machine_reset(const struct machines *machines, struct machine *machine)
{
	struct vm *vm = machine->vm;

	machine->end = VM_RUNNING;
	machine->begun = 0;
	machine->place = CODE;
	if (!put(vm, machines->image, &machines->state, machines->board, machines->board_size))
		return false;
	return !vm->vcpu || vm_switch(vm, &machine->mode);
}

/* ---- driving ---- */

static bool is_over(enum vm_end end)
{
	return end != VM_RUNNING;
}

/*
 * What a technique calls a step differs: an instruction and the exception that it raises or the interrupt that it makes
 * possible may be one step or two. That a slot begins they all show, since a slot's last instruction is none of these.
 */
static bool begins_slot(struct machine *machine)
{
	uint32_t eip = vm_guest_state(machine->vm)->eip, before = machine->place;

	if (eip < CODE || eip >= END_OF_CODE)
		return false;
	machine->place = eip;
	if (eip % SLOT || eip == before)
		return false;
	machine->begun++;
	return true;
}

static uint32_t last_moment(const struct program *program)
{
	uint32_t last = 0;

	for (unsigned i = 0; i < program->moments; i++)
		if (program->moment[i] > last && program->moment[i] != NO_MOMENT)
			last = program->moment[i];
	return last;
}

/* STI holds an interrupt off if IF was clear; bt, which does not know, always does so. Not compared. */
static bool is_behind_sti(const struct vm *vm)
{
	const struct cpu_state *state = vm_guest_state(vm);
	uint8_t byte = 0;

	cpu_peek(state, &vm->guest_bus, state->segment[CS].base + state->eip - 1, &byte, 1);
	return byte == 0xfb;
}

static void raise_at_moment(struct machine *machine, const struct program *program)
{
	if (is_behind_sti(machine->vm))
		return;
	for (unsigned i = 0; i < program->moments; i++)
		if (program->moment[i] == machine->begun)
			program_interrupt(machine->vm);
}

/* Step by step as long as there are moments to come. */
static void drive_steps(struct machine *machine, const struct program *program, uint64_t cycles, machine_look *look,
                        void *owner)
{
	uint32_t last = look ? UINT32_MAX : last_moment(program);

	while (!is_over(machine->end) && machine->vm->clock < cycles && machine->begun <= last) {
		machine->end = vm_step(machine->vm);
		if (begins_slot(machine))
			raise_at_moment(machine, program);
		if (look && !look(owner, machine)) /* after each repetition of a string instruction, too */
			return;
	}
	if (!is_over(machine->end) && machine->begun > last)
		machine->end = vm_run(machine->vm, cycles);
}

/* A guest that leaves hvm may take such an RF along: RINGSIDE_SEED=1906020184576096032 with hvm among the modes. */
static bool moves_to(const struct machine *machine, const struct program *program)
{
	return machine_takes(machine, program) &&
	       (program->kind == PROGRAM_INNOCUOUS || machine->mode.technique != &technique_hvm);
}

/* Steps and stretches of all lengths, and a move between any two. */
void machine_drive_moving(const struct machines *machines, struct machine *machine, const struct program *program,
                          uint64_t cycles, uint64_t seed)
{
	while (!is_over(machine->end) && machine->vm->clock < cycles) {
		const struct machine *like = &machines->machine[1 + harness_random(&seed) % (machines->count - 1)];
		uint64_t dice = harness_random(&seed);

		if (!moves_to(like, program))
			continue;
		if (!vm_switch(machine->vm, &like->mode)) {
			machine->end = VM_UNSUPPORTED;
			return;
		}
		for (unsigned steps = program->moments || dice % 4 ? 1 + dice / 4 % 20 : 0; steps && !is_over(machine->end); steps--) {
			machine->end = vm_step(machine->vm);
			if (begins_slot(machine))
				raise_at_moment(machine, program);
		}
		if (!is_over(machine->end) && !program->moments)
			machine->end = vm_run(machine->vm, machine->vm->clock + (8u << dice / 128 % 12));
	}
	if (machine->end == VM_RUNNING && vm_guest_state(machine->vm)->activity == ACTIVITY_HALTED)
		machine->end = VM_HALTED;
}

static void drive_slices(struct machine *machine, uint64_t cycles, machine_look *look, void *owner)
{
	enum { SLICE = 40 };

	while (!is_over(machine->end) && machine->vm->clock < cycles) {
		machine->end = vm_run(machine->vm, machine->vm->clock + SLICE);
		if (look && !look(owner, machine))
			return;
	}
}

void machine_drive(struct machine *machine, const struct program *program, enum drive drive, uint64_t cycles,
                   machine_look *look, void *owner)
{
	switch (drive) {
	case DRIVE_RUN: machine->end = vm_run(machine->vm, cycles); break;
	case DRIVE_STEPS: drive_steps(machine, program, cycles, look, owner); break;
	case DRIVE_SLICES: drive_slices(machine, cycles, look, owner); break;
	}
	/* HLT with interrupts on, and none will come: vm_run lets the time pass. */
	if (machine->end == VM_RUNNING && vm_guest_state(machine->vm)->activity == ACTIVITY_HALTED)
		machine->end = VM_HALTED;
}
