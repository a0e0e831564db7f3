/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/test_device.c - devices in memory: accesses happen at their exact moment, wherever decoded blocks begin, once each,
 * and an interrupt that one raises is taken behind its instruction.
 */
#include "tests/cpu/system.h"
#include "tests/harness.h"

#include <string.h>

enum { DEVICE = 0x00200000, MOST = 32 };

/* What the device has seen. */
struct seen {
	uint64_t clock[MOST];
	uint32_t address[MOST], value[MOST], eip[MOST];
	unsigned count;
};

struct rig {
	struct machine *machine;
	struct seen seen;
	bool raises; /* an access raises the interrupt line */
};
static struct rig *rig_of(void *owner)
{
	return owner;
}

static void note(struct rig *rig, uint64_t address, uint32_t value)
{
	struct seen *seen = &rig->seen;

	if (seen->count < MOST) {
		seen->clock[seen->count] = rig->machine->clock;
		seen->address[seen->count] = (uint32_t)address;
		seen->eip[seen->count] = rig->machine->state->eip;
		seen->value[seen->count++] = value;
	}
	if (rig->raises)
		cpu_set_interrupt_line(rig->machine->cpu, true);
}

static uint32_t device_read(void *owner, uint64_t address, unsigned size)
{
	(void)size;
	note(rig_of(owner), address, 0);
	return rig_of(owner)->seen.count;
}

static void device_write(void *owner, uint64_t address, unsigned size, uint32_t value)
{
	(void)size;
	note(rig_of(owner), address, value);
}

/* The rest of the bus is the machine's own. */
static struct machine *machine_under(void *owner)
{
	return rig_of(owner)->machine;
}

static struct bus_page page(void *owner, uint64_t frame)
{
	struct machine *machine = machine_under(owner);

	if (frame >= RAM_SIZE >> PAGE_SHIFT)
		return (struct bus_page){0};
	return (struct bus_page){.host = machine->ram + (frame << PAGE_SHIFT), .writable = true};
}

static uint8_t acknowledge(void *owner)
{
	struct machine *machine = machine_under(owner);

	cpu_set_interrupt_line(machine->cpu, false);
	return machine->irq;
}

/* inc ecx; mov eax, [device]; add ebx, eax; push [device]; inc [device]; mov [device], 7; movsd from it to memory;
 * movsd by repetition into it; hlt. */
static const uint8_t program[] = {
	0x41, 0xa1, 0x00, 0x00, 0x20, 0x00, 0x01, 0xc3, 0xff, 0x35, 0x10, 0x00, 0x20, 0x00, 0xff, 0x05, 0x20, 0x00, 0x20,
	0x00, 0x41, 0xc7, 0x05, 0x30, 0x00, 0x20, 0x00, 0x07, 0x00, 0x00, 0x00, 0xbe, 0x00, 0x00, 0x20, 0x00, 0xbf, 0x00,
	0x00, 0x04, 0x00, 0xa5, 0xbe, 0x00, 0x00, 0x04, 0x00, 0xbf, 0x40, 0x00, 0x20, 0x00, 0xb9, 0x04, 0x00, 0x00, 0x00,
	0xf3, 0xa5, 0xf4,
};
enum { ACCESSES = 1 + 1 + 2 + 1 + 1 + 4 };

static void begin(struct rig *rig, bool exact, bool raises)
{
	memset(rig, 0, sizeof *rig);
	rig->machine = machine_new_as(exact);
	rig->raises = raises;
	rig->machine->irq = 0x30;
	rig->machine->bus.owner = rig;
	rig->machine->bus.page = page;
	rig->machine->bus.mmio_read = device_read;
	rig->machine->bus.mmio_write = device_write;
	rig->machine->bus.code_cached = NULL;
	rig->machine->bus.acknowledge = acknowledge;
	machine_code(rig->machine, program, sizeof program);
}

/* In stretches of so many cycles; 0: in steps. */
static void run(struct rig *rig, uint64_t cycles)
{
	struct machine *machine = rig->machine;
	enum cpu_stop stop;

	do
		stop = cycles ? cpu_run(machine->cpu, machine->clock + cycles) : cpu_step(machine->cpu);
	while (stop != CPU_STOP_HALT && machine->state->activity == ACTIVITY_ACTIVE);
}

static void test_moments(void)
{
	static const uint64_t stretches[] = {1000000, 7, 1, 0};
	struct rig first, other;

	begin(&first, true, false);
	run(&first, 0);
	CU_ASSERT_EQUAL(first.seen.count, ACCESSES);
	CU_ASSERT_EQUAL(first.seen.value[3], 4); /* INC of what its load gave, as the third */
	CU_ASSERT_EQUAL(first.seen.value[4], 7);
	for (unsigned exact = 0; exact < 2; exact++) {
		for (size_t i = 0; i < sizeof stretches / sizeof *stretches; i++) {
			begin(&other, exact, false);
			run(&other, stretches[i]);
			CU_ASSERT(memcmp(&other.seen, &first.seen, sizeof first.seen) == 0);
			CU_ASSERT_EQUAL(other.machine->clock, first.machine->clock);
			CU_ASSERT_EQUAL(cpu_instructions(other.machine->cpu), cpu_instructions(first.machine->cpu));
			CU_ASSERT(memcmp(other.machine->state->gpr, first.machine->state->gpr, sizeof first.machine->state->gpr) == 0);
			machine_free(other.machine);
		}
	}
	machine_free(first.machine);
}

/* The handler begins with HLT; what it would return to is the instruction behind the access. */
static void test_interrupt_follows(void)
{
	for (unsigned stepwise = 0; stepwise < 2; stepwise++) {
		struct rig rig;

		begin(&rig, false, true);
		rig.machine->state->eflags |= EFLAGS_IF;
		cpu_state_changed(rig.machine->cpu);
		run(&rig, stepwise ? 0 : 1000000);
		CU_ASSERT_EQUAL(rig.seen.count, 1);
		CU_ASSERT(rig.machine->events == 1 && rig.machine->event[0].type == EVENT_EXTERNAL);
		CU_ASSERT_EQUAL(machine_read(rig.machine, rig.machine->state->gpr[ESP], 4), CODE_AT + 6);
		machine_free(rig.machine);
	}
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"exact moments, each access once", test_moments},
		{"an interrupt follows its access", test_interrupt_follows},
		{0},
	};

	return harness_main("device", tests);
}
