/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/kernel_search.c - see kernel_search.h.
 */
#include "tests/oracle/kernel_search.h"

#include "core/disassemble.h"
#include "tests/trap/rig.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A technique may take so many times CYCLES. */
enum { PATIENCE = 2000 };

enum drive program_drive(const struct program *program)
{
	return program->moments ? DRIVE_STEPS : DRIVE_RUN;
}

static bool has_code(uint32_t eip)
{
	return (eip >= RIG_HANDLER && eip < STACK_PAGE) || (eip >= TEMPLATE_CODE && eip < CROSS_OTHER + 0x1000);
}

/* False: there is nothing to compare with. */
static bool run_native(struct machines *machines, const struct program *program)
{
	struct machine *native = &machines->machine[0];

	machines_load(machines, program);
	machine_reset(machines, native);
	machine_drive(native, program, program_drive(program), CYCLES, NULL, NULL);
	return native->end != VM_RUNNING && !rig_get(native->vm, WILD) && has_code(vm_guest_state(native->vm)->eip);
}

static bool ended_as_guests_may(const struct machine *machine, char *text, size_t size)
{
	snprintf(text, size, "%s: %.120s", vm_end_name(machine->end), machine->vm->message);
	return machine->end != VM_UNSUPPORTED && machine->end != VM_STOPPED;
}

/* Goes on without a TLB, as long as what is run was meant to be. */
static bool flush(void *owner, struct machine *machine)
{
	bool *astray = owner;

	cpu_tlb_flush(machine->vm->processor);
	*astray = !has_code(vm_guest_state(machine->vm)->eip);
	return !*astray;
}

/*
 * A program that has changed an entry in use and not said so sees what its TLB happens to hold; one that runs tables
 * sees accessed bits, and stores to PDPTEs that some hardware keeps and some reads again.
 */
static bool depends_on_chance(struct machines *machines, const struct program *program)
{
	bool astray = false;
	char text[160];

	run_native(machines, program);
	machine_reset(machines, &machines->flushed);
	machine_drive(&machines->flushed, program, DRIVE_STEPS, (uint64_t)CYCLES * 20, flush, &astray);
	return astray || !machines_agree(&machines->machine[0], &machines->flushed, text, sizeof text);
}

static bool agrees(struct machines *machines, const struct program *program, struct machine *machine, char *text,
                   size_t size)
{
	if (!machine_reset(machines, machine)) {
		snprintf(text, size, "cannot begin: %.120s", machine->vm->message);
		return false;
	}
	machine_drive(machine, program, program_drive(program), (uint64_t)CYCLES * (program->timer ? 20 : PATIENCE), NULL, NULL);
	if (program->timer) /* where it interrupts depends on the technique: this one hunts for crashes alone */
		return ended_as_guests_may(machine, text, size);
	return machines_agree(&machines->machine[0], machine, text, size);
}

struct machine *program_disagrees(struct machines *machines, const struct program *program, bool *astray)
{
	char text[160];

	*astray = machines->count < 2 || !run_native(machines, program);
	for (unsigned i = 1; i < machines->count && !*astray; i++)
		if (machine_takes(&machines->machine[i], program) &&
		    !agrees(machines, program, &machines->machine[i], text, sizeof text)) {
			*astray = depends_on_chance(machines, program);
			return *astray ? NULL : &machines->machine[i];
		}
	return NULL;
}

/* ---- reducing ---- */

static bool still_fails(struct machines *machines, const struct program *program, struct machine *machine, char *text,
                        size_t size)
{
	return run_native(machines, program) && !agrees(machines, program, machine, text, size) &&
	       !depends_on_chance(machines, program);
}

/* Leaves out each slot without which the two still differ, first many at once. */
static void reduce(struct machines *machines, struct program *program, struct machine *machine)
{
	char text[160];

	for (unsigned many = 32; many; many /= 2)
		for (unsigned first = 1; first < SLOTS; first += many) {
			bool kept[SLOTS];

			memcpy(kept, program->left_out, sizeof kept);
			for (unsigned i = first; i < first + many && i < SLOTS; i++)
				program->left_out[i] = true;
			if (memcmp(kept, program->left_out, sizeof kept) && !still_fails(machines, program, machine, text, sizeof text))
				memcpy(program->left_out, kept, sizeof kept);
		}
	for (unsigned i = program->moments; i-- > 0;) {
		uint32_t kept = program->moment[i];

		program->moment[i] = NO_MOMENT;
		if (!still_fails(machines, program, machine, text, sizeof text))
			program->moment[i] = kept;
	}
}

/* ---- the first state that differs ---- */

enum { HISTORY = 200000 };

struct history {
	struct cpu_state *state;
	unsigned count;
	unsigned at;         /* of the other machine: states that have agreed */
	struct vm *vm;
	bool found;
	char text[160];
};

static bool note_state(void *owner, struct machine *machine)
{
	struct history *history = owner;

	if (history->count == HISTORY)
		return false;
	history->state[history->count++] = *vm_guest_state(machine->vm);
	return true;
}

/* A slice may be of several instructions, so the state may lie ahead. */
static bool compare_state(void *owner, struct machine *machine)
{
	struct history *history = owner;
	const struct cpu_state *state = vm_guest_state(machine->vm);

	for (unsigned ahead = 0; ahead < 256 && history->at + ahead < history->count; ahead++)
		if (states_agree(&history->state[history->at + ahead], state, history->text, sizeof history->text)) {
			history->at += ahead;
			return true;
		}
	if (history->at + 1 >= history->count)
		return false;
	history->found = true;
	return false;
}

static void print_state(const char *name, const struct cpu_state *state)
{
	printf("#   %-12s cs %02x eip %05x eflags %06x eax %08x ecx %08x edx %08x ebx %08x esp %08x ebp %08x esi %08x edi %08x\n", name,
	       state->segment[CS].selector, state->eip, state->eflags, state->gpr[EAX], state->gpr[ECX], state->gpr[EDX], state->gpr[EBX], state->gpr[ESP],
	       state->gpr[EBP], state->gpr[ESI], state->gpr[EDI]);
}

static void print_instruction(const struct vm *vm, const struct cpu_state *state)
{
	uint8_t bytes[15];
	char text[96];
	size_t have = cpu_peek(state, &vm->guest_bus, state->segment[CS].base + state->eip, bytes, sizeof bytes);

	disassemble(bytes, have, state->eip, true, text, sizeof text);
	printf("#   after %05x: %s (as memory is now)\n", state->eip, text);
}

static void print_divergence(const struct history *history, const struct machine *machine)
{
	const struct cpu_state *before = &history->state[history->at], *expected = &history->state[history->at + 1];
	char text[160] = "";

	states_agree(expected, vm_guest_state(machine->vm), text, sizeof text);
	print_instruction(machine->vm, before);
	print_state("before", before);
	print_state("native", expected);
	print_state(machine->name, vm_guest_state(machine->vm));
	printf("#   first difference: %s\n", text);
}

static bool find_divergence(struct machines *machines, const struct program *program, struct machine *machine,
                            enum drive drive)
{
	struct history history = {.state = calloc(HISTORY, sizeof *history.state), .vm = machine->vm};

	if (!history.state)
		return false;
	history.state[history.count++] = machines->state;
	machine_reset(machines, &machines->machine[0]);
	machine_drive(&machines->machine[0], program, DRIVE_STEPS, CYCLES, note_state, &history);
	machine_reset(machines, machine);
	machine_drive(machine, program, drive, (uint64_t)CYCLES * PATIENCE, compare_state, &history);
	if (history.found)
		print_divergence(&history, machine);
	free(history.state);
	return history.found;
}

void program_report(struct machines *machines, struct program *program, struct machine *machine)
{
	char text[160] = "it agrees when it is run again: the machine remembers something of the program before";

	reduce(machines, program, machine);
	program_print(program);
	still_fails(machines, program, machine, text, sizeof text);
	printf("#   %s: %s\n", machine->name, text);
	print_state("native", vm_guest_state(machines->machine[0].vm));
	print_state(machine->name, vm_guest_state(machine->vm));
	if (program->timer || find_divergence(machines, program, machine, DRIVE_STEPS) || program->moments)
		return;
	printf("#   single steps agree all the way; in slices:\n");
	if (!find_divergence(machines, program, machine, DRIVE_SLICES))
		printf("#   slices agree, too\n");
}

bool program_moved_agrees(struct machines *machines, const struct program *program, bool *astray)
{
	struct machine *machine = &machines->machine[1];
	char text[160];

	*astray = machines->count < 3 || !run_native(machines, program) || !machine_reset(machines, machine);
	if (*astray)
		return true;
	machine_drive_moving(machines, machine, program, (uint64_t)CYCLES * PATIENCE, program->seed);
	if (program->timer ? ended_as_guests_may(machine, text, sizeof text)
	                   : machines_agree(&machines->machine[0], machine, text, sizeof text))
		return true;
	*astray = depends_on_chance(machines, program);
	if (!*astray)
		printf("# RINGSIDE_SEED=%" PRIu64 " RINGSIDE_COUNT=1, moved among %u modes: %s\n", program->seed, machines->count - 1,
		       text);
	return *astray;
}
