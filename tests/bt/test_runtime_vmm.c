/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/bt/test_runtime_vmm.c - what the VMM keeps for itself around translated code: adaptation, counters, the lookup
 * cache, the window that no guest may see.
 */
#include "tests/bt/program.h"

#include <string.h>

/* ---- adaptation ---- */

/* A loop that stores where EDI points, as often as ECX says; EDI may point to a page table. */
static void make_storer(struct program *program)
{
	static const uint32_t places[] = {0x380, RIG_DATA, 0x380};

	program->prepare = prepare_aliases;
	for (unsigned i = 0; i < 3; i++) {
		ADD(program, "\xbf");
		add_long(program, i == 1 ? RIG_DATA : RIG_TABLES + PAGE_SIZE + 4 * places[i]);
		ADD(program, "\xb9\x28\0\0\0"); /* 40 times */
		add_call(program, FUNCTION + 0x100);
	}
	ADD(program, "\xf4");
}

static void prepare_storer(struct vm *vm)
{
	prepare_aliases(vm);
	rig_write(vm, FUNCTION + 0x100, "\x40\x89\x07\xe2\xfb\xc3", 6); /* again: inc eax; mov [edi], eax; loop again; ret */
}

static void prepare_device_storer(struct vm *vm)
{
	rig_write(vm, FUNCTION + 0x100, "\x40\x89\x07\xe2\xfb\xc3", 6);
}

static void prepare_unadaptive(struct config *config)
{
	config->adapt = false;
}

static void test_adaptation(void)
{
	struct program program = {0};

	make_storer(&program);
	program.prepare = prepare_storer;
	CU_ASSERT_EQUAL(run_everywhere("adaptation", &program), 120);
	for (unsigned way = RIG_BT; way < RIG_BT + 2; way++) {
		struct vm *vm = make(&rig_ways[way], NULL, &program);

		CU_ASSERT_EQUAL(vm_run(vm, CYCLES), VM_HALTED);
		/* a cache of few units forgets before it has counted enough */
		CU_ASSERT(translator_counters(vm)->adapted == 2 || SMALL_CACHE);
		CU_ASSERT(translator_counters(vm)->unadapted == 1 || SMALL_CACHE);
		vm_free(vm);
		vm = make(&rig_ways[way], prepare_unadaptive, &program);
		CU_ASSERT_EQUAL(vm_run(vm, CYCLES), VM_HALTED);
		CU_ASSERT_EQUAL(translator_counters(vm)->adapted, 0);
		vm_free(vm);
	}
}

/* The same with registers of a device: the local APIC's TPR, memory, the TPR again. */
static void make_device_storer(struct program *program)
{
	for (unsigned i = 0; i < 3; i++) {
		ADD(program, "\xbf");
		add_long(program, i == 1 ? RIG_DATA : 0xfee00080);
		ADD(program, "\xb9\x28\0\0\0"); /* 40 times */
		add_call(program, FUNCTION + 0x100);
		ADD(program, "\x8b\x1d\x80\0\xe0\xfe"); /* mov ebx, [fee00080] */
	}
	ADD(program, "\xf4");
	program->prepare = prepare_device_storer;
}

static void with_apic(struct config *config)
{
	config->apic = true;
	strcpy(config->cpu, "pentium3");
}

static void with_apic_unadaptive(struct config *config)
{
	with_apic(config);
	config->adapt = false;
}

static void test_device_adaptation(void)
{
	struct program program = {0};
	struct vm *native;

	make_device_storer(&program);
	native = make(&rig_ways[0], with_apic, &program);
	CU_ASSERT_EQUAL(vm_run(native, CYCLES), VM_HALTED);
	CU_ASSERT_EQUAL(vm_guest_state(native)->gpr[EBX], 120);
	for (unsigned way = RIG_BT; way < RIG_BT + 2; way++) {
		struct vm *adaptive = make(&rig_ways[way], with_apic, &program);
		struct vm *other = make(&rig_ways[way], with_apic_unadaptive, &program);

		CU_ASSERT_EQUAL(vm_run(adaptive, CYCLES), VM_HALTED);
		CU_ASSERT_EQUAL(vm_run(other, CYCLES), VM_HALTED);
		compare("device adaptation", &rig_ways[way], native, adaptive);
		compare("no device adaptation", &rig_ways[way], native, other);
		CU_ASSERT(translator_counters(adaptive)->adapted == 2 || SMALL_CACHE);
		CU_ASSERT(translator_counters(adaptive)->unadapted == 1 || SMALL_CACHE);
		CU_ASSERT_EQUAL(translator_counters(other)->adapted, 0);
		CU_ASSERT(adaptive->clock < other->clock || SMALL_CACHE);
		vm_free(adaptive);
		vm_free(other);
	}
	vm_free(native);
}

/* ---- the VMM's own ---- */

/* Selectors and addresses of the VMM's own are nothing to the guest, kernel or user. */
static void test_hidden(void)
{
	static const uint16_t selectors[] = {VMM_GUEST_CODE, VMM_GUEST_DATA | 1, VMM_GUEST_DATA | 3};

	for (unsigned i = 0; i < 6; i++) {
		struct program program = {0};

		if (i >= 3) {
			ADD(&program, "\x6a\x23\x68");
			add_long(&program, RIG_STACK3);
			ADD(&program, "\x6a\x02\x6a\x1b\x68");
			add_long(&program, here(&program) + 5);
			ADD(&program, "\xcf");
		}
		ADD(&program, "\x66\xb8");
		add(&program, &selectors[i % 3], 2);
		ADD(&program, "\x8e\xd8\xf4"); /* mov ds, ax: #GP */
		run_everywhere("selectors", &program);
	}
	for (unsigned position = VIRTUAL_POSITION; position <= CACHE_POSITION; position++) {
		struct program program = {0};

		ADD(&program, "\xa1");
		add_long(&program, WINDOW_ADDRESS(position));
		ADD(&program, "\xc7\x05");
		add_long(&program, WINDOW_ADDRESS(position));
		add_long(&program, 0);
		ADD(&program, "\xf4");
		CU_ASSERT_EQUAL(run_everywhere("addresses", &program), UINT32_MAX);
	}
}

/* Guest code may lie where the VMM has its window. */
static void prepare_high(struct vm *vm)
{
	prepare_aliases(vm);
	rig_put(vm, RIG_TABLES + 4 * 1023, 4, (RIG_TABLES + PAGE_SIZE) | 7);
	rig_put(vm, rig_entry_at(0x242000), 4, FUNCTION | 7); /* the virtual page's address */
	rig_put(vm, rig_entry_at(0x246000), 4, OTHER | 7);    /* the cache's */
}

static void test_code_in_the_window(void)
{
	struct program program = {.prepare = prepare_high};

	for (unsigned i = 0; i < 3; i++) {
		add_call(&program, WINDOW_ADDRESS(VIRTUAL_POSITION));
		add_call(&program, WINDOW_ADDRESS(CACHE_POSITION));
	}
	ADD(&program, "\xf4");
	CU_ASSERT_EQUAL(run_everywhere("code in the window", &program), 0x33);
}

/* Units count how often they are entered, and no more. */
static void test_counters(void)
{
	struct program program = {0};
	struct vm *vm;
	uint32_t hits, most = 0;

	ADD(&program, "\xb9\xe8\x03\0\0\x40\xe2\xfd\xf4"); /* mov ecx, 1000; again: inc eax; loop again; hlt */
	vm = make(&rig_ways[RIG_BT], unchained, &program);
	CU_ASSERT_EQUAL(vm_run(vm, CYCLES), VM_HALTED);
	for (const struct unit *unit = translator_next_unit(vm, NULL); unit; unit = translator_next_unit(vm, unit)) {
		CU_ASSERT_TRUE(translator_hits(vm, unit, &hits));
		most = hits > most ? hits : most;
		CU_ASSERT_EQUAL(unit->faults, 0);
	}
	CU_ASSERT(most == 999 || SMALL_CACHE);
	vm_free(vm);
}

/* An empty entry answers no question that can be asked of it, and calls of one function from many places fill some. */
static void test_lookup(void)
{
	struct program program = {.prepare = prepare_aliases};
	struct vm *vm;
	const struct virtual_page *page;

	for (unsigned i = 0; i < 40; i++)
		add_call(&program, FUNCTION);
	ADD(&program, "\xe9"); /* jmp to the beginning */
	add_long(&program, RIG_CODE - (here(&program) + 4));
	vm = make(&rig_ways[RIG_BT], usual, &program);
	page = translator(vm)->virtual;
	for (uint32_t index = 0; index < LOOKUP_ENTRIES; index++)
		CU_ASSERT_NOT_EQUAL(lookup_index(0u - page->lookup[index].tag, LOOKUP_SHIFT), index);
	CU_ASSERT_EQUAL(vm_run(vm, 1000000), VM_RUNNING);
	CU_ASSERT(translator_counters(vm)->lookup_misses == 40 || SMALL_CACHE);
	CU_ASSERT(translator_counters(vm)->lookup_hits > 1000 || SMALL_CACHE);
	vm_free(vm);
}

/* ---- RDTSC in its ways ---- */

static const char *clock_word; /* of the machine that is being made */

static void prepare_clock_way(struct config *config)
{
	usual(config);
	strcpy(config->rdtsc, clock_word);
}

/* The TSC is 5 << 32 and all status flags are set; then twice RDTSC, the flags in EBX, the difference in EAX. */
static void make_clock(struct program *program, bool disabled_for_users)
{
	if (disabled_for_users)
		ADD(program, "\x0f\x20\xe0\x0c\x04\x0f\x22\xe0"); /* mov eax, cr4; or al, 4 (TSD); mov cr4, eax */
	ADD(program, "\xb9\x10\0\0\0\xba\x05\0\0\0\x31\xc0\x0f\x30"); /* mov ecx, 10h; mov edx, 5; xor eax, eax; wrmsr */
	ADD(program, "\xb8\x7f\x7f\0\0\x9e\x04\x01\xf9"); /* mov eax, 7f7fh; sahf; add al, 1; stc */
	ADD(program, "\x0f\x31\x89\xc6\x0f\x31\x9c\x5b");   /* rdtsc; mov esi, eax; rdtsc; pushfd; pop ebx */
	ADD(program, "\x29\xf0\xf4"); /* sub eax, esi; hlt */
}

/* The same in one piece and in steps; gives the difference of the two readings. */
static uint32_t read_clock(const struct rig_way *way, const struct program *program, uint32_t flags)
{
	struct vm *whole = make(way, prepare_clock_way, program), *stepped = make(way, prepare_clock_way, program);
	const struct cpu_state *state = vm_guest_state(whole);
	enum vm_end end = VM_RUNNING;
	uint32_t between;

	CU_ASSERT_EQUAL(vm_run(whole, CYCLES), VM_HALTED);
	for (unsigned steps = 0; end == VM_RUNNING && steps < 1000; steps++)
		end = vm_step(stepped);
	CU_ASSERT_EQUAL(end, VM_HALTED);
	CU_ASSERT_EQUAL(whole->clock, stepped->clock);
	CU_ASSERT_EQUAL(vm_digest(whole), vm_digest(stepped));
	CU_ASSERT_EQUAL(state->gpr[EDX], 5);
	CU_ASSERT_EQUAL(state->gpr[EBX], flags);
	between = state->gpr[EAX];
	CU_ASSERT(between > 0 && between < 100000);
	vm_free(whole);
	vm_free(stepped);
	return between;
}

static uint32_t flags_on_bare_hardware(const struct program *program)
{
	struct vm *native = make(&rig_ways[0], usual, program);
	uint32_t flags;

	CU_ASSERT_EQUAL(vm_run(native, CYCLES), VM_HALTED);
	flags = vm_guest_state(native)->gpr[EBX];
	vm_free(native);
	return flags;
}

static void test_clock(void)
{
	static const char *const words[] = {"direct", "cache", "callout", "trap"}; /* each dearer than the one before */
	struct program open = {0}, disabled = {0};
	uint32_t flags;

	make_clock(&open, false);
	make_clock(&disabled, true);
	flags = flags_on_bare_hardware(&open);
	for (unsigned way = RIG_BT; way < RIG_BT + 2; way++) {
		uint32_t before = 0;

		for (unsigned i = 0; i < 4; i++) {
			uint32_t between;

			clock_word = words[i];
			between = read_clock(&rig_ways[way], &open, flags);
			CU_ASSERT(between > before || SMALL_CACHE);
			before = between;
			read_clock(&rig_ways[way], &disabled, flags);
		}
	}
}

/* CR2 is the guest's to keep what it likes in. */
static void test_fault_address(void)
{
	struct program program = {.prepare = prepare_aliases};

	ADD(&program, "\xb8\x78\x56\x34\x12\x0f\x22\xd0\x31\xc0\x0f\x20\xd3"); /* mov eax, 12345678h; mov cr2, eax; xor eax, eax; mov ebx, cr2 */
	add_store(&program, RIG_DATA, 1);
	ADD(&program, "\x0f\x20\xd0\xf4"); /* mov eax, cr2; hlt */
	CU_ASSERT_EQUAL(run_everywhere("mov to cr2", &program), 0x12345678);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"adaptation, and back", test_adaptation},
		{"adaptation to devices, and back", test_device_adaptation},
		{"the VMM's own things hidden", test_hidden},
		{"code where the VMM's window is", test_code_in_the_window},
		{"counters of units", test_counters},
		{"the lookup cache", test_lookup},
		{"RDTSC as it is, in the cache, by callout and by trap", test_clock},
		{"a store to CR2 in the cache", test_fault_address},
		{0},
	};
	return harness_main("around translated code", tests);
}
