/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_numeric.c - x87 exceptions the PC's way: with CR0.NE clear FERR# leads to IRQ 13, whose handler writes port F0,
 * and IGNNE# lets it through (SDM vol. 1, 8.7.2); with NE set there is #MF. Every technique as on bare hardware.
 */
#include "tests/harness.h"
#include "tests/trap/rig.h"

#include <stdio.h>
#include <string.h>

enum { CYCLES = 10000000, HANDLER = 0x7000, HANDLER_MF = 0x7100, NOTES = RIG_DATA + 0x100, VECTOR_IRQ13 = 0x2d };
enum { NUMERIC = 16 }; /* #MF */

/* ST(0) = 1 / 0, and what waits finds it; EBX counts. */
#define PHASE "\xd9\xee\xd9\xe8\xd8\xf1\x9b\xdd\xd8\xdd\xd8\xdb\xe2\x43" /* fldz; fld1; fdiv; fwait; fstp; fstp; fnclex; inc ebx */
#define SET_NE "\x0f\x20\xc0\x83\xc8\x20\x0f\x22\xc0"
#define CLEAR_NE "\x0f\x20\xc0\x83\xe0\xdf\x0f\x22\xc0"
#define BEGINNING "\xdb\xe3\xd9\x2d\0\xb0\0\0\xbf\0\xb1\0\0\xfb" /* fninit; fldcw; mov edi, NOTES; sti */
static const char program[] = BEGINNING PHASE PHASE SET_NE PHASE CLEAR_NE PHASE "\xfa\xf4";

enum {
	SIZE_BEGINNING = sizeof(BEGINNING) - 1, SIZE_PHASE = sizeof(PHASE) - 1, SIZE_NE = sizeof(SET_NE) - 1,
	FWAIT_1 = RIG_CODE + SIZE_BEGINNING + 6,
	FWAIT_2 = FWAIT_1 + SIZE_PHASE,
	FWAIT_3 = FWAIT_2 + SIZE_PHASE + SIZE_NE,
	FWAIT_4 = FWAIT_3 + SIZE_PHASE + SIZE_NE,
};

/* Notes EIP; the second time (EBX 1) leaves the exception pending, so that IGNNE# stays; notes the status word. */
static const char handler[] = "\x50\x8b\x44\x24\x04\xab\xe6\xf0\x83\xfb\x01\x74\x06\xd9\xe8\xdd\xd8\xdb\xe2\xdf\xe0\xab"
                              "\xb0\x20\xe6\xa0\xe6\x20\x58\xcf";
static const char handler_mf[] = "\x50\x8b\x44\x24\x04\xab\x31\xc0\xab\xdb\xe2\x58\xcf"; /* EIP, 0 */

static void jump_to(struct vm *vm, unsigned vector, uint32_t target)
{
	uint32_t at = RIG_HANDLER + 16 * vector;

	rig_put(vm, at, 1, 0xe9);
	rig_put(vm, at + 1, 4, target - (at + 5));
}

static void begin_interrupts(struct vm *vm)
{
	static const struct {
		uint16_t port;
		uint8_t value;
	} writes[] = {
		{0x20, 0x11}, {0x21, 0x20}, {0x21, 0x04}, {0x21, 0x01}, {0xa0, 0x11}, {0xa1, 0x28}, {0xa1, 0x02}, {0xa1, 0x01},
		{0x21, 0xfb}, {0xa1, 0xdf}, /* the cascade and IRQ 13 alone */
	};

	for (unsigned i = 0; i < sizeof writes / sizeof *writes; i++)
		board_write(vm->board, writes[i].port, 1, writes[i].value, 0);
}

static struct vm *begin(const struct rig_way *way, bool paging)
{
	struct vm *vm = rig_new(way, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
	begin_interrupts(vm);
	rig_put(vm, RIG_DATA, 2, 0x037b); /* division by zero is not masked */
	rig_write(vm, HANDLER, handler, sizeof handler - 1);
	rig_write(vm, HANDLER_MF, handler_mf, sizeof handler_mf - 1);
	rig_write(vm, RIG_CODE, program, sizeof program - 1);
	jump_to(vm, VECTOR_IRQ13, HANDLER);
	jump_to(vm, NUMERIC, HANDLER_MF);
	rig_state(vm)->cr0 = (rig_state(vm)->cr0 | CR0_MP) & ~(uint32_t)(CR0_NE | CR0_EM | CR0_TS);
	rig_changed(vm);
	if (paging)
		rig_paging(vm, 7);
	return vm;
}

static void check_notes(const struct vm *vm)
{
	enum { DIVISION = 1 << 2, SUMMARY = 1 << 7 };
	static const uint32_t eips[] = {FWAIT_1, FWAIT_2, FWAIT_3, FWAIT_4};
	uint32_t second = rig_get(vm, NOTES + 12);

	for (unsigned i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(rig_get(vm, NOTES + 8 * i), eips[i]);
	CU_ASSERT_EQUAL(rig_get(vm, NOTES + 32), 0); /* no fifth */
	CU_ASSERT_EQUAL(rig_get(vm, NOTES + 4) & (DIVISION | SUMMARY), 0);
	CU_ASSERT_EQUAL(second & (DIVISION | SUMMARY), DIVISION | SUMMARY);
	CU_ASSERT_EQUAL(vm_guest_state(vm)->gpr[EBX], 4);
	CU_ASSERT_EQUAL(vm_guest_state(vm)->eip, RIG_CODE + sizeof program - 1);
}

/* In slices of so many cycles; 0: at once. */
static enum vm_end run(struct vm *vm, uint64_t slice)
{
	enum vm_end end = VM_RUNNING;

	while (end == VM_RUNNING && vm->clock < CYCLES)
		end = vm_run(vm, slice ? vm->clock + slice : CYCLES);
	return end;
}

static void test_everywhere(void)
{
	static const uint64_t slices[] = {0, 1, 700};

	for (unsigned i = 0; i < 6; i++) {
		struct vm *native = begin(&rig_ways[0], i % 2);

		CU_ASSERT_EQUAL(run(native, 0), VM_HALTED);
		check_notes(native);
		for (const struct rig_way *way = rig_ways; way < rig_ways + RIG_WAYS; way++) {
			struct vm *vm = begin(way, i % 2);

			CU_ASSERT_EQUAL(run(vm, slices[i / 2]), VM_HALTED);
			if (vm_digest(vm) != vm_digest(native)) {
				printf("# %s: eip %08x ebx %u %s\n", way->name, vm_guest_state(vm)->eip,
				       vm_guest_state(vm)->gpr[EBX], vm->message);
				CU_FAIL("not as on bare hardware");
			}
			check_notes(vm);
			vm_free(vm);
		}
		vm_free(native);
	}
}

/* With interrupts off the processor waits for ever, at the instruction that could not begin. */
static void test_waiting(void)
{
	for (const struct rig_way *way = rig_ways; way < rig_ways + RIG_WAYS; way++) {
		struct vm *vm = begin(way, false);

		rig_put(vm, RIG_CODE + SIZE_BEGINNING - 1, 1, 0xfa); /* cli */
		CU_ASSERT_EQUAL(run(vm, 0), VM_HALTED);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->eip, FWAIT_1);
		CU_ASSERT_EQUAL(rig_get(vm, NOTES), 0);
		vm_free(vm);
	}
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"FERR#, IRQ 13 and IGNNE#, and #MF", test_everywhere},
		{"with interrupts off it waits", test_waiting},
		{0},
	};
	return harness_main("x87 exceptions of every technique", tests);
}
