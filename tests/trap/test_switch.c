/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_switch.c - moving guests between all modes while they run. The lab kernel's workloads, moved at random
 * moments, end in the memory and registers of a run that was never moved; and each thing that a move must carry
 * is carried by every pair of modes.
 */
#include "cpu/paging.h"
#include "tests/harness.h"
#include "tests/trap/rig.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOVES = SLOW_BUILD ? 1600 : 10000, MODES = 32, CONSOLE = 1 << 16 };

/* ---- modes ---- */

struct modes {
	struct vm_mode mode[MODES];
	size_t count;
};

/* Every mode that a guest which knows of no VMM can be moved to. */
static struct modes find_modes(void)
{
	struct vm_mode list[MODES];
	size_t count = mode_list(technique_list(), list, MODES);
	struct modes modes = {.count = 0};

	for (size_t i = 0; i < count && i < MODES; i++)
		if (list[i].technique->vmm && list[i].paging != PAGING_DIRECT && strcmp(list[i].technique->name, "pv") != 0)
			modes.mode[modes.count++] = list[i];
	return modes;
}

/* ---- the lab kernel ---- */

static const char kernel[] = "build/guests/kernel.elf";

struct lab {
	struct vm *vm;
	char console[CONSOLE];
	size_t used;
};

struct outcome {
	enum vm_end end;
	uint64_t digest;
};

static void say(void *owner, unsigned port, uint8_t byte)
{
	struct lab *lab = owner;

	if (port == 0 && lab->used + 1 < CONSOLE)
		lab->console[lab->used++] = (char)byte;
}

static bool lab_begin(struct lab *lab, const char *words)
{
	struct board_output output = {.owner = lab, .serial = say};
	struct config config;
	char error[256];

	memset(lab, 0, sizeof *lab);
	config_default(&config);
	config.memory = 16 << 20;
	strcpy(config.kernel, kernel);
	snprintf(config.cmdline, sizeof config.cmdline, "%s", words);
	lab->vm = vm_new(&config, &technique_emulate, &output, error, sizeof error);
	if (!lab->vm)
		printf("# %s\n", error);
	return lab->vm;
}

static struct outcome lab_end(struct lab *lab, enum vm_end end)
{
	struct outcome outcome = {end, vm_digest(lab->vm)};

	vm_free(lab->vm);
	return outcome;
}

static struct outcome run_still(struct lab *lab, const char *words)
{
	const struct outcome none = {VM_UNSUPPORTED, 0};

	return lab_begin(lab, words) ? lab_end(lab, vm_run(lab->vm, UINT64_C(20000000000))) : none;
}

/* As likely a short one as a long one. */
static uint64_t gap(uint64_t *dice)
{
	uint64_t scale = 8u << harness_random(dice) % 14;

	return scale + harness_random(dice) % scale;
}

/* Runs the kernel to its end, moved at random; counts the moves. */
static struct outcome run_moved(struct lab *lab, const char *words, const struct modes *modes, uint64_t seed,
                                uint64_t *moves)
{
	struct outcome none = {VM_UNSUPPORTED, 0};
	enum vm_end end = VM_RUNNING;

	if (!lab_begin(lab, words))
		return none;
	while (end == VM_RUNNING && lab->vm->clock < UINT64_C(20000000000)) {
		const struct vm_mode *mode = &modes->mode[harness_random(&seed) % modes->count];

		if (!vm_switch(lab->vm, mode)) {
			printf("# %s\n", lab->vm->message);
			break;
		}
		++*moves;
		end = vm_run(lab->vm, lab->vm->clock + gap(&seed));
	}
	if (end == VM_UNSUPPORTED)
		printf("# %s\n", lab->vm->message);
	return lab_end(lab, end);
}

static void explain(const char *words, uint64_t seed, const struct outcome *want, const struct outcome *seen)
{
	printf("# RINGSIDE_SEED=%" PRIu64 " RINGSIDE_COUNT=1: %s: %s, digest %016" PRIx64 "; never moved: %s, %016" PRIx64 "\n",
	       seed, words, vm_end_name(seen->end), seen->digest, vm_end_name(want->end), want->digest);
}

/* Without a timer nothing depends on how long things take: everything must be equal. With one, what is said. */
static void move_through(const char *const *workloads, unsigned count, bool timer, uint64_t seed, uint64_t wanted)
{
	struct lab *lab = calloc(2, sizeof *lab);
	struct modes modes = find_modes();
	uint64_t moves = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(lab);
	for (bool fine = true; fine && moves < wanted; harness_random(&seed)) {
		const char *words = workloads[seed % count];
		struct outcome want = run_still(&lab[0], words), seen = run_moved(&lab[1], words, &modes, seed, &moves);

		fine = want.end == seen.end && !strcmp(lab[0].console, lab[1].console) && (timer || want.digest == seen.digest);
		CU_ASSERT(fine);
		CU_ASSERT(want.end == VM_EXITED);
		if (!fine)
			explain(words, seed, &want, &seen);
	}
	printf("# %" PRIu64 " moves among %zu modes\n", moves, modes.count);
	free(lab);
}

static bool have_kernel(void)
{
	if (access(kernel, R_OK) == 0)
		return true;
	printf("skipped the lab kernel's workloads: %s is not built\n", kernel);
	return false;
}

static void test_workloads(void)
{
	static const char *const workloads[] = {
		"hz=0 workload=compute n=2", "hz=0 workload=syscall n=5", "hz=0 workload=forkwait n=3",
		"hz=0 workload=ptchurn n=3", "hz=0 workload=ctxswitch n=5", "hz=0 workload=portio n=5",
		"hz=0 workload=vmstat n=2", "hz=0 workload=crash n=2",
	};

	if (have_kernel())
		move_through(workloads, sizeof workloads / sizeof *workloads, false, harness_seed(0x5117c4), harness_count(MOVES));
}

static void test_workloads_with_timer(void)
{
	static const char *const workloads[] = {
		"hz=500 workload=ctxswitch n=9", "hz=500 workload=preempt n=9", "workload=forkwait,syscall n=3",
		"pse hz=1000 workload=ptchurn n=3",
	};

	if (have_kernel())
		move_through(workloads, sizeof workloads / sizeof *workloads, true, harness_seed(0x7147e5), harness_count(MOVES) / 4);
}

/* ---- what is carried ---- */

/* A guest for one pair of modes, in the first of them. */
static struct vm *begin(const struct vm_mode *mode)
{
	struct vm *vm = rig_new(&rig_ways[1], NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
	CU_ASSERT_FATAL(vm_switch(vm, mode));
	return vm;
}

static void code(struct vm *vm, const void *bytes, size_t size)
{
	rig_write(vm, RIG_CODE, bytes, size);
}
#define CODE(vm, text) code(vm, text, sizeof(text) - 1)

/* Steps until the instruction at this offset is next. */
static void step_to(struct vm *vm, uint32_t offset)
{
	for (unsigned i = 0; i < 1000 && vm_guest_state(vm)->eip != RIG_CODE + offset; i++)
		if (vm_step(vm) != VM_RUNNING)
			break;
	CU_ASSERT_EQUAL(vm_guest_state(vm)->eip, RIG_CODE + offset);
}

static void for_each_pair(void (*check)(const struct vm_mode *from, const struct vm_mode *to))
{
	struct modes modes = find_modes();

	for (size_t from = 0; from < modes.count; from++)
		for (size_t to = 0; to < modes.count; to++)
			check(&modes.mode[from], &modes.mode[to]);
}

static void check(bool fine, const char *what, const struct vm_mode *from, const struct vm_mode *to)
{
	char one[32], other[32];

	if (fine)
		return;
	printf("# %s: from %s to %s\n", what, mode_text(from, one, sizeof one), mode_text(to, other, sizeof other));
	CU_FAIL("not carried");
}

static void raise_line(struct vm *vm)
{
	static const uint8_t words[][2] = {{0x20, 0x11}, {0x21, 0x20}, {0x21, 4}, {0x21, 1}, {0x21, 0xef}};

	for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
		board_write(vm->board, words[i][0], 1, words[i][1], vm->clock);
	board_write(vm->board, 0x3fc, 1, 0x0b, vm->clock);
	board_write(vm->board, 0x3f9, 1, 2, vm->clock);
}

/* REP STOSB, moved in its middle. */
static void carries_string(const struct vm_mode *from, const struct vm_mode *to)
{
	struct vm *vm = begin(from);
	uint32_t left;

	CODE(vm, "\xb0\x55\xbf\x00\xb0\x00\x00\xb9\x00\x08\x00\x00\xf3\xaa\xf4");
	step_to(vm, 12);
	for (unsigned i = 0; i < 20; i++)
		vm_step(vm);
	left = vm_guest_state(vm)->gpr[ECX];
	check(left < 0x800 && vm_guest_state(vm)->eip == RIG_CODE + 12, "the middle of a string instruction", from, to);
	check(vm_switch(vm, to) && vm_guest_state(vm)->gpr[ECX] == left, "what is left of a string instruction", from, to);
	check(vm_run(vm, vm->clock + 10000000) == VM_HALTED && rig_get(vm, 0xb7fc) == 0x55555555 && !rig_get(vm, 0xb800),
	      "a string instruction", from, to);
	vm_free(vm);
}

/* HLT, moved while it sleeps, woken by an interrupt. */
static void carries_halt(const struct vm_mode *from, const struct vm_mode *to)
{
	struct vm *vm = begin(from);

	CODE(vm, "\xfb\xf4\x40\xfa\xf4");
	rig_write(vm, RIG_HANDLER + 16 * 0x24, "\xbb\x07\x00\x00\x00\xcf", 6);
	vm_run(vm, vm->clock + 100000);
	check(vm_guest_state(vm)->activity == ACTIVITY_HALTED, "HLT", from, to);
	check(vm_switch(vm, to) && vm_guest_state(vm)->activity == ACTIVITY_HALTED, "sleep", from, to);
	raise_line(vm);
	vm_run(vm, vm->clock + 1000000);
	check(vm_guest_state(vm)->gpr[EBX] == 7 && vm_guest_state(vm)->gpr[EAX] == 1, "waking", from, to);
	vm_free(vm);
}

/* An interrupt waits behind CLI; after STI the next instruction still comes first. */
static void carries_interrupt(const struct vm_mode *from, const struct vm_mode *to)
{
	struct vm *vm = begin(from);

	CODE(vm, "\xfa\x90\x90\xfb\x40\x40\xfa\xf4");
	rig_write(vm, RIG_HANDLER + 16 * 0x24, "\x89\xc3\xcf", 3); /* mov ebx, eax */
	step_to(vm, 2);
	raise_line(vm);
	step_to(vm, 3);
	check(vm_switch(vm, to), "an interrupt that waits", from, to);
	step_to(vm, 4);
	check(vm_switch(vm, from), "the shadow of STI", from, to);
	vm_run(vm, vm->clock + 1000000);
	check(vm_guest_state(vm)->gpr[EBX] == 1, "an interrupt behind the shadow of STI", from, to);
	vm_free(vm);
}

/* An interrupt comes between STI and HLT: HLT must be done first, or the guest would sleep through it. */
static void holds_off_behind_sti(const struct vm_mode *from, const struct vm_mode *to)
{
	struct vm *vm = begin(from);

	CODE(vm, "\x90\x90\xfb\xf4\x40\xfa\xf4");
	rig_write(vm, RIG_HANDLER + 16 * 0x24, "\x8b\x1c\x24\xcf", 4); /* mov ebx, [esp]: EIP */
	step_to(vm, 3);
	check(vm_switch(vm, to), "the shadow of STI", from, to);
	raise_line(vm);
	vm_run(vm, vm->clock + 1000000);
	check(vm_guest_state(vm)->gpr[EBX] == RIG_CODE + 4 && vm_guest_state(vm)->gpr[EAX] == 1, "STI, HLT", from, to);
	vm_free(vm);
}

/* MOV SS from a place with a data breakpoint: the #DB is held off over the next instruction, and the move. */
static void carries_debug(const struct vm_mode *from, const struct vm_mode *to)
{
	struct vm *vm = begin(from);

	CODE(vm, "\xb8\x00\xb0\x00\x00\x0f\x23\xc0"    /* DR0: b000 */
	         "\xb8\x02\x04\x0f\x00\x0f\x23\xf8"     /* DR7: accesses, 4 bytes */
	         "\x8e\x15\x00\xb0\x00\x00\x41\x41\xf4"); /* mov ss, [b000]; inc ecx; inc ecx */
	rig_put(vm, RIG_DATA, 4, RIG_DATA0);
	rig_write(vm, RIG_HANDLER + 16 * 1, "\x89\xcb\x0f\x21\xf2\xf4", 6); /* mov ebx, ecx; mov edx, dr6; hlt */
	step_to(vm, 22);
	check(vm_switch(vm, to), "a debug exception that waits", from, to);
	vm_run(vm, vm->clock + 1000000);
	check(vm_guest_state(vm)->gpr[EBX] == 1 && (vm_guest_state(vm)->gpr[EDX] & 0xf) == 1, "a debug exception behind MOV SS",
	      from, to);
	vm_free(vm);
}

/* TF and the breakpoint registers. */
static void carries_single_step(const struct vm_mode *from, const struct vm_mode *to)
{
	struct vm *vm = begin(from);

	CODE(vm, "\x9c\x81\x0c\x24\x00\x01\x00\x00\x9d\x40\x40\xf4");
	rig_write(vm, RIG_HANDLER + 16 * 1, "\x43\xcf", 2); /* inc ebx; iret */
	step_to(vm, 9);
	check(vm_switch(vm, to), "TF", from, to);
	vm_run(vm, vm->clock + 1000000);
	check(vm_guest_state(vm)->gpr[EBX] >= 2 && vm_guest_state(vm)->gpr[EAX] == 2, "single steps", from, to);
	vm_free(vm);
}

/* A page is mapped elsewhere while the other mode runs: what the first has in its TLB must be gone. */
static void carries_no_translation(const struct vm_mode *from, const struct vm_mode *to)
{
	struct vm *vm = begin(from);

	rig_paging(vm, ENTRY_P | ENTRY_RW | ENTRY_US);
	CODE(vm, "\xa1\x00\xb0\x00\x00"                                   /* mov eax, [b000] */
	         "\xc7\x05\x2c\x10\x03\x00\x07\xc0\x00\x00"                 /* entry of b000: c000 */
	         "\x0f\x01\x3d\x00\xb0\x00\x00\x90"                         /* invlpg */
	         "\x8b\x1d\x00\xb0\x00\x00\xf4");                           /* mov ebx, [b000] */
	rig_put(vm, RIG_DATA, 4, 11);
	rig_put(vm, RIG_DATA + PAGE_SIZE, 4, 12);
	step_to(vm, 5);
	check(vm_switch(vm, to), "paging", from, to);
	step_to(vm, 22);
	check(vm_switch(vm, from), "paging", from, to);
	vm_run(vm, vm->clock + 1000000);
	check(vm_guest_state(vm)->gpr[EAX] == 11 && vm_guest_state(vm)->gpr[EBX] == 12, "no translation", from, to);
	vm_free(vm);
}

static void test_string(void) { for_each_pair(carries_string); }
static void test_halt(void) { for_each_pair(carries_halt); }
static void test_interrupt(void) { for_each_pair(carries_interrupt); }
static void test_sti(void) { for_each_pair(holds_off_behind_sti); }
static void test_debug(void) { for_each_pair(carries_debug); }
static void test_single_step(void) { for_each_pair(carries_single_step); }
static void test_translation(void) { for_each_pair(carries_no_translation); }

int main(void)
{
	static const struct harness_test tests[] = {
		{"a string instruction goes on where it was", test_string},
		{"a guest that sleeps sleeps on, and is woken", test_halt},
		{"interrupts and the shadow of STI go along", test_interrupt},
		{"an interrupt that comes between STI and HLT wakes", test_sti},
		{"a debug exception that MOV SS holds off goes along", test_debug},
		{"single steps go along", test_single_step},
		{"translations do not", test_translation},
		{"workloads end as if they had never been moved", test_workloads},
		{"with a timer they say what they said", test_workloads_with_timer},
		{0},
	};
	return harness_main("moves between techniques", tests);
}
