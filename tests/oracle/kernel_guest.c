/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/kernel_guest.c - what stands around a random kernel program: handlers, page tables, descriptor
 * tables, the interrupt controller.
 */
#include "tests/oracle/kernel_program.h"

#include "cpu/paging.h"
#include "tests/trap/rig.h"

/* ---- handlers; each is entered by a stub with an error code and the vector on the stack ---- */

#define NEXT_ENTRY                                                                                 \
	"\x83\xc3\x10\x81\xe3\xff\x7f\0\0\x81\xcb\0\0\x01\0" /* of the log, which is a ring */      \
	"\x36\x89\x1d\0\x80\x01\0"

/* Exceptions and INT n. */
static const char common[] =
	"\x50\x53\x36\x8b\x1d\0\x80\x01\0"   /* push eax; push ebx; mov ebx, ss:[LOG_POINTER] */
	"\x8b\x44\x24\x08\x36\x89\x03"       /* vector */
	"\x8b\x44\x24\x0c\x36\x89\x43\x04"   /* error code */
	"\x8b\x44\x24\x10\x36\x89\x43\x08"   /* EIP */
	"\x0f\x20\xd0\x36\x89\x43\x0c"       /* CR2 */
	NEXT_ENTRY
	"\xf6\x44\x24\x14\x03\x75\x3f"       /* from user code? */
	"\x8b\x44\x24\x10\x83\xe0\xe0\x83\xc0\x20\x89\x44\x24\x10" /* on at the next slot, */
	"\x2d\0\xf0\x01\0\x3d\0\x25\0\0\x72\x16"                 /* or, from nowhere near it, */
	"\xc7\x44\x24\x10\0\0\x02\0"                               /* at the first; */
	"\x3d\0\xe0\0\0\x72\x07\x36\xff\x05\x50\x80\x01\0"           /* counted in WILD when far away; */
	"\xb8\x10\0\0\0\x8e\xd8\x8e\xc0"                           /* with DS and ES that one can use */
	"\x5b\x58\x83\xc4\x08\xcf"
	"\x5b\x58\xbc\0\x90\0\0"             /* kernel stack and segments; on after the excursion */
	"\x50\xb8\x10\0\0\0\x8e\xd8\x8e\xc0\x58\x36\xff\x25\x04\x80\x01\0";

/* IRQ 4: logs EIP and EFLAGS, acknowledges, returns. */
static const char line[] =
	"\x50\x53\x52\x36\x8b\x1d\0\x80\x01\0"
	"\x8b\x44\x24\x0c\x36\x89\x03\x36\xc7\x43\x04\0\0\0\0"
	"\x8b\x44\x24\x14\x36\x89\x43\x08\x8b\x44\x24\x1c\x36\x89\x43\x0c"
	NEXT_ENTRY
	"\xba\xfa\x03\0\0\xec\xb0\x20\xe6\x20" /* in al, dx; mov al, 20h; out 20h, al */
	"\x5a\x5b\x58\x83\xc4\x08\xcf";

/* IRQ 0: leaves no trace. */
static const char timer[] = "\x50\xb0\x20\xe6\x20\x58\x83\xc4\x08\xcf";

/* #DB: logs DR6, EIP and EFLAGS, clears DR6, returns, with RF set after a breakpoint; now and then without TF and
 * DR7, at the next slot. */
static const char debug[] =
	"\x50\x53\x36\x8b\x1d\0\x80\x01\0\x8b\x44\x24\x08\x36\x89\x03"
	"\x0f\x21\xf0\x36\x89\x43\x04"
	"\x8b\x44\x24\x10\x36\x89\x43\x08\x8b\x44\x24\x18\x36\x89\x43\x0c"
	NEXT_ENTRY
	"\x0f\x21\xf0\xa8\x0f\x74\x08\x81\x4c\x24\x18\0\0\x01\0\x31\xc0\x0f\x23\xf0"
	"\x36\xff\x0d\x0c\x80\x01\0\x75\x2a"
	"\x36\xc7\x05\x0c\x80\x01\0\x0d\0\0\0\x81\x64\x24\x18\xff\xfe\xff\xff\x0f\x23\xf8"
	"\x0f\x20\xd8\x0f\x22\xd8" /* a change of an entry may have been skipped over its INVLPG */
	"\x8b\x44\x24\x10\x83\xe0\xe0\x83\xc0\x20\x89\x44\x24\x10"
	"\x5b\x58\x83\xc4\x08\xcf";

enum { COMMON_AT = COMMON, LINE_AT = COMMON + 0x100, TIMER_AT = COMMON + 0x180, DEBUG_AT = COMMON + 0x1a0 };

static void make_stub(struct vm *vm, unsigned vector, uint32_t handler)
{
	bool error = vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
	uint32_t at = RIG_HANDLER + 16 * vector;

	rig_write(vm, at, error ? "\x90\x90" : "\x6a\x00", 2);
	rig_put(vm, at + 2, 1, 0x68);
	rig_put(vm, at + 3, 4, vector);
	rig_put(vm, at + 7, 1, 0xe9);
	rig_put(vm, at + 8, 4, handler - (at + 12));
}

static void make_handlers(struct vm *vm, const struct program *program)
{
	for (unsigned vector = 0; vector < 256; vector++) {
		make_stub(vm, vector, COMMON_AT);
		if (vector == 3 || vector >= 32)
			rig_gate(vm, vector, RIG_CODE0, RIG_HANDLER + 16 * vector, 0xee);
	}
	rig_write(vm, COMMON_AT, common, sizeof common - 1);
	if (program->kind != PROGRAM_SENSITIVE)
		return;
	make_stub(vm, 0x20, TIMER_AT);
	make_stub(vm, 0x24, LINE_AT);
	make_stub(vm, 1, DEBUG_AT);
	rig_write(vm, LINE_AT, line, sizeof line - 1);
	rig_write(vm, TIMER_AT, timer, sizeof timer - 1);
	rig_write(vm, DEBUG_AT, debug, sizeof debug - 1);
}

/* ---- page tables ---- */

/* A table that maps everything from 0 on to itself: the kernel's pages for itself alone. */
static void make_straight(struct vm *vm, const struct program *program)
{
	for (uint32_t page = 0; page < 512; page++) {
		bool user = page == USER_CODE >> PAGE_SHIFT || page == (RIG_STACK3 >> PAGE_SHIFT) - 1;

		rig_put(vm, straight_entry(program, page << PAGE_SHIFT), entry_size(program),
		        page << PAGE_SHIFT | (user ? 0x67 : 0x63));
	}
}

static void make_tables(struct vm *vm, const struct program *program)
{
	struct cpu_state *state = rig_state(vm);

	make_straight(vm, program);
	for (unsigned page = 0; page < DATA_PAGES; page++)
		rig_put(vm, small_entry(program, page), entry_size(program), (DATA + page * PAGE_SIZE) | 7);
	for (unsigned i = 0; i < 2; i++) {
		uint32_t first = i ? DIRECTORY_2 : DIRECTORY, directory = program->pae ? first + PAGE_SIZE : first;
		unsigned size = entry_size(program);

		if (program->pae) {
			rig_put(vm, first, 8, directory | ENTRY_P);
			rig_put(vm, first + 24, 8, directory | ENTRY_P);
		}
		rig_put(vm, directory, size, (DIRECTORY + (program->pae ? 2 : 1) * PAGE_SIZE) | 0x67);
		rig_put(vm, directory + size * (LARGE >> (program->pae ? 21 : 22)), size, 0x87);
		rig_put(vm, directory + size * (SMALL >> (program->pae ? 21 : 22)), size,
		        (DIRECTORY + (program->pae ? 3 : 2) * PAGE_SIZE) | (i ? 5 : 7));
		rig_put(vm, directory + PAGE_SIZE - size, size, directory | 3);
	}
	state->cr3 = DIRECTORY;
	state->cr4 = program->pae ? CR4_PAE : CR4_PSE;
	state->cr0 |= CR0_PG;
	for (unsigned i = 0; program->pae && i < 4; i++)
		state->pae_pointer[i] = i == 0 || i == 3 ? (DIRECTORY + PAGE_SIZE) | ENTRY_P : 0;
}

/* ---- descriptor tables, devices, code ---- */

static void make_descriptors(struct vm *vm)
{
	uint8_t gdt[RIG_GDT_END];

	memory_read(vm->memory, RIG_GDT, gdt, sizeof gdt);
	rig_write(vm, GDT_2, gdt, sizeof gdt);
	rig_put(vm, GDT_POINTER, 2, RIG_GDT_END - 1);
	rig_put(vm, GDT_POINTER + 2, 4, RIG_GDT);
	rig_put(vm, GDT_2_POINTER, 2, RIG_GDT_END - 1);
	rig_put(vm, GDT_2_POINTER + 2, 4, GDT_2);
	rig_put(vm, IDT_POINTER, 2, 256 * 8 - 1);
	rig_put(vm, IDT_POINTER + 2, 4, RIG_IDT);
	rig_put(vm, RIG_LDT + 8, 8, 0x00cf93000000ffff);
}

static void out(struct vm *vm, uint16_t port, uint32_t value)
{
	board_write(vm->board, port, 1, value, vm->clock);
}

static void make_devices(struct vm *vm, const struct program *program)
{
	static const uint8_t words[][2] = {
		{0x20, 0x11}, {0x21, 0x20}, {0x21, 4}, {0x21, 1}, {0xa0, 0x11}, {0xa1, 0x28}, {0xa1, 2}, {0xa1, 1}, {0xa1, 0xff},
	};

	for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
		out(vm, words[i][0], words[i][1]);
	out(vm, 0x21, program->kind != PROGRAM_SENSITIVE ? 0xff : program->timer ? 0xee : 0xef);
	out(vm, 0x3fb, 3);
	out(vm, 0x3fc, 0x0b); /* OUT2: the interrupt gate */
	if (!program->timer)
		return;
	out(vm, 0x43, 0x34);
	out(vm, 0x40, program->timer & 0xff);
	out(vm, 0x40, program->timer >> 8);
}

/* Outside the routine that crosses them, these pages lead back to the first slot. */
static void make_crossing(struct vm *vm)
{
	static const uint32_t pages[] = {CROSS_PAGE, CROSS_PAGE + PAGE_SIZE, CROSS_OTHER};

	for (unsigned i = 0; i < 3; i++)
		for (uint32_t at = pages[i]; at < pages[i] + PAGE_SIZE; at += SLOT) {
			rig_put(vm, at, 1, 0xe9);
			rig_put(vm, at + 1, 4, CODE - (at + 5));
		}
	rig_write(vm, CROSS_CODE, "\xb8\x11\x22\x33\x44\x05\x01\0\0\0\xc3", 11); /* mov eax, 44332211h; add eax, 1; ret */
	rig_write(vm, CROSS_OTHER, "\x55\x66\x2d\x02\0\0\0\xc3", 8);             /* ...; sub eax, 2; ret */
}

static void make_code(struct vm *vm, const struct program *program)
{
	for (unsigned i = 0; i < SLOTS; i++) {
		rig_put(vm, JUMP_TABLE + 4 * i, 4, CODE + (i + 1) * SLOT);
		if (!program->left_out[i])
			rig_write(vm, CODE + i * SLOT, program->slot[i], SLOT);
		else
			for (unsigned byte = 0; byte < SLOT; byte += 4)
				rig_put(vm, CODE + i * SLOT + byte, 4, 0x90909090);
	}
	rig_write(vm, ROUTINE_CODE, program->routine, sizeof program->routine);
	rig_write(vm, TEMPLATE_CODE, program->template, sizeof program->template);
	rig_write(vm, END_OF_CODE, "\xfa\xf4\xfa\xf4", 4);
	rig_write(vm, USER_CODE, program->user, sizeof program->user);
	rig_write(vm, USER_CODE + sizeof program->user, "\x40\xc3", 2);
	make_crossing(vm);
}

void program_load(struct vm *vm, const struct program *program)
{
	make_devices(vm, program);
	make_handlers(vm, program);
	make_descriptors(vm);
	rig_put(vm, LOG_POINTER, 4, LOG);
	rig_put(vm, FUEL, 4, 16);
	rig_put(vm, STEPS_LEFT, 4, 40);
	make_tables(vm, program);
	make_code(vm, program);
	rig_changed(vm);
}

void program_interrupt(struct vm *vm)
{
	out(vm, LINE, 0);
	out(vm, LINE, 2);
}
