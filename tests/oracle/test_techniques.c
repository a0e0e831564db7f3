/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/test_techniques.c - techniques as each other's oracle: random kernel programs without
 * sensitive unprivileged instructions and without time leave the same memory and registers under native,
 * emulate, trap and bt, in ring 1 and 3.
 *
 * A program is a row of slots of 32 bytes. Every exception and INT n is written to a log in guest memory
 * and goes on at the next slot; what user code raises ends its excursion. A failing program is reduced to
 * the slots that matter.
 */
#include "bt/translator.h"
#include "cpu/paging.h"
#include "tests/harness.h"
#include "tests/trap/rig.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__) || defined(RINGSIDE_HOSTILE)
enum { PROGRAMS = 100 };
#else
enum { PROGRAMS = 1000 };
#endif

enum { SLOTS = 160, SLOT = 32, USER_SLOTS = 8, CYCLES = 8000000 };

enum {
	LOG = 0x10000, LOG_SIZE = 0x8000, /* vector, error code, EIP, CR2 */
	LOG_POINTER = 0x18000, NEXT_SLOT = 0x18004,
	COMMON = 0x7000, /* of all handlers */
	GDT_2 = 0x1800, GDT_POINTER = 0x18010, GDT_2_POINTER = 0x18020, IDT_POINTER = 0x18030,
	USER_CODE = 0x28000,
	DIRECTORY = RIG_TABLES, DIRECTORY_2 = 0x38000, /* PAE: tables of pointers */
	DATA = 0x40000, DATA_PAGES = 8,
	LARGE = 0x400000, SMALL = 0x800000, /* linear: a large page; pages of a second table */
};

struct program {
	uint64_t seed;
	bool pae, tight;
	uint8_t slot[SLOTS][SLOT];
	uint8_t user[USER_SLOTS * SLOT];
};

/* ---- random choices and code ---- */

struct maker {
	uint64_t dice;
	const struct program *program;
	uint8_t *to;
	unsigned size;
};

static uint32_t any(struct maker *maker)
{
	return (uint32_t)harness_random(&maker->dice);
}

static uint32_t pick(struct maker *maker, uint32_t below)
{
	return any(maker) % below;
}

#define ANY_OF(maker, table) (table)[pick(maker, sizeof(table) / sizeof *(table))]

static void bytes(struct maker *maker, const char *code, unsigned size)
{
	memcpy(maker->to + maker->size, code, size);
	maker->size += size;
}
#define CODE(maker, text) bytes(maker, text, sizeof(text) - 1)

static void number(struct maker *maker, uint32_t value, unsigned size)
{
	memcpy(maker->to + maker->size, &value, size);
	maker->size += size;
}

/* Where entries of this program's tables are, and how long they are. */
static unsigned entry_size(const struct program *program)
{
	return program->pae ? 8 : 4;
}

static uint32_t large_entry(const struct program *program)
{
	return program->pae ? DIRECTORY + PAGE_SIZE + 2 * 8 : DIRECTORY + 4;
}

static uint32_t small_entry(const struct program *program, unsigned page)
{
	uint32_t table = DIRECTORY + (program->pae ? 3 : 2) * PAGE_SIZE;

	return table + page * entry_size(program);
}

static uint32_t straight_entry(const struct program *program, uint32_t linear)
{
	return DIRECTORY + (program->pae ? 2 : 1) * PAGE_SIZE + (linear >> PAGE_SHIFT) * entry_size(program);
}

static uint32_t data_address(struct maker *maker)
{
	uint32_t offset = pick(maker, 3) ? 4 * pick(maker, DATA_PAGES * 1024)
	                                 : (1 + pick(maker, DATA_PAGES - 1)) * PAGE_SIZE - pick(maker, 6);

	switch (pick(maker, 6)) {
	case 0: return LARGE + DATA + offset;
	case 1:
	case 2: return SMALL + offset;
	case 3: return 0xfffff100 + pick(maker, 0x380) * 4; /* the directory, in the VMM's window */
	default: return DATA + offset;
	}
}

static uint32_t rights(struct maker *maker)
{
	static const uint16_t usual[] = {7, 7, 5, 3, 1, 0x67, 0x27, 0x65, 0, 6, 0x63, 0x23};

	return ANY_OF(maker, usual);
}

static uint32_t data_frame(struct maker *maker)
{
	const uint32_t odd[] = {0xb8000, 0xc8000, 0x400000, small_entry(maker->program, 0)};

	return pick(maker, 10) ? DATA + pick(maker, DATA_PAGES) * PAGE_SIZE : ANY_OF(maker, odd);
}

/* ---- kinds of instruction ---- */

static void load_register(struct maker *maker)
{
	static const uint8_t registers[] = {0, 1, 2, 3, 5, 6, 7};

	number(maker, 0xb8 + ANY_OF(maker, registers), 1);
	number(maker, pick(maker, 2) ? data_address(maker) : any(maker), 4);
}

/* Loads, stores, read-modify-writes of a 32-bit place, and of a byte. */
static void touch_memory(struct maker *maker)
{
	static const uint8_t opcodes[] = {0x8b, 0x89, 0x01, 0x29, 0x31, 0x87, 0x8a, 0x88, 0x3b, 0xff, 0x8f};
	static const uint8_t registers[] = {0, 1, 2, 3, 5, 6, 7};
	uint8_t opcode = ANY_OF(maker, opcodes), reg = ANY_OF(maker, registers);

	if (opcode == 0xff || opcode == 0x8f)
		reg = opcode == 0xff ? 6 : 0; /* PUSH, POP */
	number(maker, opcode, 1);
	number(maker, reg << 3 | 5, 1);
	number(maker, data_address(maker), 4);
}

static void touch_string(struct maker *maker)
{
	CODE(maker, "\xbf");
	number(maker, data_address(maker), 4);
	CODE(maker, "\xbe");
	number(maker, data_address(maker), 4);
	CODE(maker, "\xb9");
	number(maker, pick(maker, 80), 4);
	number(maker, 0xf3, 1);
	number(maker, pick(maker, 2) ? 0xa5 : 0xaa, 1);
}

static void invalidate(struct maker *maker, uint32_t linear)
{
	CODE(maker, "\x0f\x01\x3d");
	number(maker, linear, 4);
}

static void store(struct maker *maker, uint32_t address, uint32_t value)
{
	CODE(maker, "\x36\xc7\x05"); /* by SS, which is always flat */
	number(maker, address, 4);
	number(maker, value, 4);
}

static void edit_entry(struct maker *maker)
{
	unsigned page = pick(maker, DATA_PAGES);

	if (pick(maker, 3)) {
		store(maker, small_entry(maker->program, page), data_frame(maker) | rights(maker));
		invalidate(maker, SMALL + page * PAGE_SIZE);
	} else {
		uint32_t linear = DATA + page * PAGE_SIZE;

		store(maker, straight_entry(maker->program, linear), data_frame(maker) | rights(maker));
		invalidate(maker, linear);
	}
}

static void reload_cr3(struct maker *maker)
{
	CODE(maker, "\x0f\x20\xd8\x0f\x22\xd8");
}

static void edit_large(struct maker *maker)
{
	static const uint16_t usual[] = {0x87, 0xe7, 0xa5, 0x83, 0xe5, 0x80, 0x81};

	store(maker, large_entry(maker->program), ANY_OF(maker, usual));
	if (pick(maker, 2))
		reload_cr3(maker);
	else
		invalidate(maker, LARGE + pick(maker, DATA_PAGES) * PAGE_SIZE);
}

static void switch_directory(struct maker *maker)
{
	CODE(maker, "\xb8");
	number(maker, pick(maker, 2) ? DIRECTORY : DIRECTORY_2, 4);
	CODE(maker, "\x0f\x22\xd8");
}

static void flip_control(struct maker *maker)
{
	static const uint32_t bits[] = {CR0_WP, CR0_WP, CR0_WP, CR0_TS, CR0_AM, CR0_NE};

	if (!pick(maker, 6)) { /* CR4: PGE, DE or TSD */
		CODE(maker, "\x0f\x20\xe0\x35");
		number(maker, 1u << (pick(maker, 2) ? 7 : 2 + pick(maker, 2)), 4);
		CODE(maker, "\x0f\x22\xe0");
		return;
	}
	CODE(maker, "\x0f\x20\xc0\x35");
	number(maker, ANY_OF(maker, bits), 4);
	CODE(maker, "\x0f\x22\xc0");
}

static void load_segment(struct maker *maker)
{
	static const uint8_t selectors[] = {RIG_DATA0, RIG_DATA0, RIG_DATA0, RIG_DATA0, RIG_DATA3, RIG_SMALL, 0,
	                                    RIG_READ_ONLY, RIG_CODE0, RIG_FREE, RIG_FREE, RIG_FREE + 8, 4, 12,
	                                    RIG_TASK, RIG_GDT_END, RIG_CONFORMING, RIG_DATA3 | 3};
	static const uint8_t registers[] = {ES, DS, DS, FS, GS, SS};
	uint8_t reg = ANY_OF(maker, registers), selector = ANY_OF(maker, selectors);

	CODE(maker, "\xb8");
	number(maker, reg == SS && pick(maker, 2) ? RIG_DATA0 : selector, 4);
	if (reg == SS && maker->to[maker->size - 4] != RIG_DATA0)
		reg = ES;
	number(maker, 0x8e, 1);
	number(maker, 0xc0 | reg << 3, 1);
}

static void edit_descriptor(struct maker *maker)
{
	static const uint32_t high[] = {0x00cf9300, 0x00cf9200, 0x00cf1200, 0x00cff300, 0x00409300, 0x00cf9700,
	                                0x00cf9b00, 0x00cf9a00, 0x00cf8b00, 0x00cf9500, 0x00cfb300, 0xffcf9300};
	uint32_t at = RIG_GDT + RIG_FREE + (pick(maker, 2) ? 8 : 0);

	store(maker, at, pick(maker, 2) ? 0x0000ffff : 0x10000000 | (any(maker) & 0xffff));
	store(maker, at + 4, ANY_OF(maker, high));
}

static void load_table(struct maker *maker)
{
	switch (pick(maker, 5)) {
	case 0: CODE(maker, "\x36\x0f\x01\x1d"), number(maker, IDT_POINTER, 4); break;
	case 1: CODE(maker, "\xb8\x30\0\0\0\x0f\x00\xd0"); break; /* LLDT */
	case 2: CODE(maker, "\xb8\x28\0\0\0\x0f\x00\xd8"); break; /* LTR: busy, #GP */
	default:
		CODE(maker, "\x36\x0f\x01\x15");
		number(maker, pick(maker, 2) ? GDT_POINTER : GDT_2_POINTER, 4);
		break;
	}
}

static void interrupt(struct maker *maker)
{
	static const char *const raisers[] = {"\xcc", "\x0f\x0b", "\xf6\xf1", "\xcd\x21", "\xcd\x05"};

	switch (pick(maker, 8)) {
	case 0: CODE(maker, "\xb9\0\0\0\0\xf7\xf1"); break; /* divide by zero */
	case 1: CODE(maker, "\xb0\x7f\x04\x7f\xce"); break; /* INTO */
	case 2: CODE(maker, "\x36\x62\x05"), number(maker, LOG_POINTER, 4); break; /* BOUND */
	default: {
		const char *raiser = ANY_OF(maker, raisers);

		bytes(maker, raiser, (unsigned)strlen(raiser));
		break;
	}
	}
}

static void system_register(struct maker *maker)
{
	switch (pick(maker, 9)) {
	case 0: CODE(maker, "\xe6\x80"); break;             /* OUT */
	case 1: CODE(maker, "\xe4\x80"); break;             /* IN */
	case 2: CODE(maker, "\xb9\x74\x01\0\0\x0f\x30"); break; /* WRMSR */
	case 3: CODE(maker, "\xb9\x75\x01\0\0\x0f\x32"); break; /* RDMSR */
	case 4: CODE(maker, "\x0f\x23\xc8"); break;         /* MOV DR1, EAX */
	case 5: CODE(maker, "\x0f\x21\xd3"); break;         /* MOV EBX, DR2 */
	case 6: CODE(maker, "\x0f\x06"); break;             /* CLTS */
	case 7: CODE(maker, "\xfb\x90\xfa"); break;         /* STI, CLI */
	default: CODE(maker, "\x0f\x09"); break;            /* WBINVD */
	}
}

static void far_jump(struct maker *maker, uint32_t next)
{
	static const uint8_t selectors[] = {RIG_CODE0, RIG_CODE0, RIG_CODE0, RIG_CODE3, RIG_DATA0, RIG_FREE, 0, RIG_CODE1};

	number(maker, 0xea, 1);
	number(maker, next, 4);
	number(maker, ANY_OF(maker, selectors), 2);
}

/* To ring 3 by STI and IRET; back by whatever the user code raises. */
static void excursion(struct maker *maker, uint32_t next)
{
	store(maker, NEXT_SLOT, next);
	CODE(maker, "\x6a\x23\x68");
	number(maker, RIG_STACK3, 4);
	CODE(maker, "\x68");
	number(maker, EFLAGS_IF | EFLAGS_FIXED | (pick(maker, 4) ? 0 : EFLAGS_AC), 4);
	CODE(maker, "\x6a\x1b\x68");
	number(maker, USER_CODE + pick(maker, USER_SLOTS) * SLOT, 4);
	CODE(maker, "\xfb\xcf");
}

static void fill_slot(struct maker *maker, uint32_t next)
{
	switch (pick(maker, 20)) {
	case 0:
	case 1:
	case 2: load_register(maker); touch_memory(maker); break;
	case 3:
	case 4: touch_memory(maker); touch_memory(maker); touch_memory(maker); break;
	case 5: touch_string(maker); break;
	case 6:
	case 7:
	case 8: edit_entry(maker); break;
	case 9: edit_large(maker); break;
	case 10: switch_directory(maker); break;
	case 11: flip_control(maker); break;
	case 12:
	case 13: load_segment(maker); touch_memory(maker); break;
	case 14: edit_descriptor(maker); break;
	case 15: load_table(maker); break;
	case 16: interrupt(maker); break;
	case 17: system_register(maker); break;
	case 18: far_jump(maker, next); break;
	default: excursion(maker, next); break;
	}
}

static void make_user_code(struct maker *maker, struct program *program)
{
	static const char *const steps[] = {"\xfa", "\x0f\x06", "\xf4", "\xe4\x80", "\x0f\x20\xc0", "\xcc", "\x58", "\x50"};

	memset(program->user, 0x90, sizeof program->user);
	for (unsigned i = 0; i < USER_SLOTS; i++) {
		maker->to = program->user + i * SLOT;
		maker->size = 0;
		load_register(maker);
		touch_memory(maker);
		touch_memory(maker);
		if (!pick(maker, 3)) {
			const char *step = ANY_OF(maker, steps);

			bytes(maker, step, (unsigned)strlen(step));
		}
		if (pick(maker, 2))
			CODE(maker, "\xcd\x80");
	}
	memcpy(program->user + sizeof program->user - 2, "\xcd\x80", 2);
}

static void make_program(struct program *program, uint64_t seed)
{
	struct maker maker = {.dice = seed, .program = program};

	program->seed = seed;
	program->pae = pick(&maker, 2);
	program->tight = !pick(&maker, 3);
	memset(program->slot, 0x90, sizeof program->slot);
	for (unsigned i = 0; i < SLOTS; i++) {
		maker.to = program->slot[i];
		maker.size = 0;
		fill_slot(&maker, RIG_CODE + (i + 1) * SLOT);
	}
	make_user_code(&maker, program);
}

/* ---- the guest around it ---- */

static void make_handlers(struct vm *vm)
{
	static const char common[] =
		"\x50\x53\x36\x8b\x1d\x00\x80\x01\x00" /* push eax; push ebx; mov ebx, [LOG_POINTER] */
		"\x8b\x44\x24\x08\x36\x89\x03"         /* vector */
		"\x8b\x44\x24\x0c\x36\x89\x43\x04"     /* error code */
		"\x8b\x44\x24\x10\x36\x89\x43\x08"     /* EIP */
		"\x0f\x20\xd0\x36\x89\x43\x0c"         /* CR2 */
		"\x83\xc3\x10\x81\xe3\xff\x7f\x00\x00\x81\xcb\x00\x00\x01\x00"
		"\x36\x89\x1d\x00\x80\x01\x00"
		"\xf6\x44\x24\x14\x03\x75\x14"         /* from user code? */
		"\x8b\x44\x24\x10\x83\xe0\xe0\x83\xc0\x20\x89\x44\x24\x10" /* on at the next slot */
		"\x5b\x58\x83\xc4\x08\xcf"
		"\x5b\x58\xbc\x00\x90\x00\x00"     /* kernel stack and segments; on after the excursion */
		"\x50\xb8\x10\x00\x00\x00\x8e\xd8\x8e\xc0\x58\x36\xff\x25\x04\x80\x01\x00";

	for (unsigned vector = 0; vector < 256; vector++) {
		bool error = vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
		uint32_t at = RIG_HANDLER + 16 * vector;

		rig_write(vm, at, error ? "\x90\x90" : "\x6a\x00", 2);
		rig_put(vm, at + 2, 1, 0x68);
		rig_put(vm, at + 3, 4, vector);
		rig_put(vm, at + 7, 1, 0xe9);
		rig_put(vm, at + 8, 4, COMMON - (at + 12));
		if (vector == 3 || vector >= 32)
			rig_gate(vm, vector, RIG_CODE0, at, 0xee);
	}
	rig_write(vm, COMMON, common, sizeof common - 1);
}

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

static void make_guest(struct vm *vm, const struct program *program)
{
	uint8_t gdt[RIG_GDT_END];

	board_write(vm->board, 0x21, 1, 0xff, 0);
	board_write(vm->board, 0xa1, 1, 0xff, 0);
	make_handlers(vm);
	memory_read(vm->memory, RIG_GDT, gdt, sizeof gdt);
	rig_write(vm, GDT_2, gdt, sizeof gdt);
	rig_put(vm, GDT_POINTER, 2, RIG_GDT_END - 1);
	rig_put(vm, GDT_POINTER + 2, 4, RIG_GDT);
	rig_put(vm, GDT_2_POINTER, 2, RIG_GDT_END - 1);
	rig_put(vm, GDT_2_POINTER + 2, 4, GDT_2);
	rig_put(vm, IDT_POINTER, 2, 256 * 8 - 1);
	rig_put(vm, IDT_POINTER + 2, 4, RIG_IDT);
	rig_put(vm, LOG_POINTER, 4, LOG);
	rig_put(vm, RIG_LDT + 8, 8, 0x00cf93000000ffff);
	make_tables(vm, program);
	rig_write(vm, USER_CODE, program->user, sizeof program->user);
	rig_write(vm, RIG_CODE, program->slot, sizeof program->slot);
	rig_write(vm, RIG_CODE + sizeof program->slot, "\xfa\xf4", 2);
	rig_changed(vm);
}

/* ---- comparing ---- */

static void roomy(struct config *config)
{
	config->check_shadow = true;
}

static void tight(struct config *config)
{
	config->check_shadow = true;
	config->vmm_frames = CONFIG_WINDOW_FRAMES + CONFIG_SHADOW_MINIMUM;
	if (strcmp(config->technique, "bt"))
		return;
	config->translation_cache = 1024;
	config->vmm_frames += OWN_FRAMES + 1;
}

struct outcome {
	enum vm_end end;
	uint64_t digest, instructions;
	uint32_t events, eip;
	char message[256];
};

static struct outcome run(const struct program *program, const struct rig_way *way)
{
	struct vm *vm = rig_new(way, program->tight ? tight : roomy);
	struct outcome outcome = {0};

	CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
	make_guest(vm, program);
	outcome.end = vm_run(vm, CYCLES);
	outcome.digest = vm_digest(vm);
	outcome.events = (rig_get(vm, LOG_POINTER) - LOG) / 16;
	outcome.eip = vm_guest_state(vm)->eip;
	memcpy(outcome.message, vm->message, sizeof outcome.message);
	vm_free(vm);
	return outcome;
}

static bool differs(const struct program *program, const struct rig_way *way)
{
	struct outcome native = run(program, &rig_ways[0]), other;

	if (native.end == VM_RUNNING)
		return false; /* astray for ever: where it is at the limit depends on time */
	other = run(program, way);
	return native.end != other.end || native.digest != other.digest;
}

/* Leaves out each slot without which the two still differ. */
static void reduce(struct program *program, const struct rig_way *way)
{
	for (unsigned i = SLOTS; i-- > 0;) {
		uint8_t kept[SLOT];

		memcpy(kept, program->slot[i], SLOT);
		memset(program->slot[i], 0x90, SLOT);
		if (!differs(program, way))
			memcpy(program->slot[i], kept, SLOT);
	}
}

static void print_slot(const uint8_t *slot, uint32_t at)
{
	unsigned size = SLOT;

	while (size && slot[size - 1] == 0x90)
		size--;
	if (!size)
		return;
	printf("#   %05x:", at);
	for (unsigned i = 0; i < size; i++)
		printf(" %02x", slot[i]);
	printf("\n");
}

static void report(struct program *program, const struct rig_way *way)
{
	struct outcome native, other;

	reduce(program, way);
	native = run(program, &rig_ways[0]);
	other = run(program, way);
	printf("# RINGSIDE_SEED=%" PRIu64 " RINGSIDE_COUNT=1 %s%s\n", program->seed, program->pae ? "PAE" : "32-bit",
	       program->tight ? ", small pool" : "");
	printf("#   native: %s at %05x after %u events; %s: %s at %05x after %u %s\n", vm_end_name(native.end), native.eip,
	       native.events, way->name, vm_end_name(other.end), other.eip, other.events, other.message);
	for (unsigned i = 0; i < SLOTS; i++)
		print_slot(program->slot[i], RIG_CODE + i * SLOT);
	for (unsigned i = 0; i < USER_SLOTS; i++)
		print_slot(program->user + i * SLOT, USER_CODE + i * SLOT);
	CU_FAIL("techniques differ");
}

static void test_techniques_agree(void)
{
	/* A program takes as long as ten of other tests' rounds. */
	uint64_t seed = harness_seed(0x7ec4), count = (harness_count(10 * PROGRAMS) + 9) / 10, halted = 0, made = 0;
	struct program *program = calloc(1, sizeof *program);

	CU_ASSERT_PTR_NOT_NULL_FATAL(program);
	for (; count; count--, harness_random(&seed), made++) {
		struct outcome native;

		make_program(program, seed);
		native = run(program, &rig_ways[0]);
		halted += native.end == VM_HALTED;
		for (unsigned i = 1; i < RIG_WAYS; i++) {
			if (!differs(program, &rig_ways[i]))
				continue;
			report(program, &rig_ways[i]);
			free(program);
			return;
		}
	}
	printf("# %" PRIu64 " of %" PRIu64 " programs came to their end\n", halted, made);
	CU_ASSERT(halted * 4 >= made * 3);
	free(program);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"random kernel programs end alike in every technique", test_techniques_agree},
		{0},
	};
	return harness_main("techniques", tests);
}
