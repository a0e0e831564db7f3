/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_apic.c - a kernel that is driven by the APICs (tests/guests/apic_kernel) in every mode: the same console
 * and memory at the end, no trace of who looks on, and the same again from a snapshot.
 */
#include "core/counters.h"
#include "core/snapshot.h"
#include "tests/harness.h"
#include "tests/trap/every_mode.h"
#include "trap/techniques.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TEXT = 4096 };

static const char image[] = "build/guests/apic-kernel.img";
static const uint64_t LIMIT = UINT64_C(4000000000);

struct console {
	char text[TEXT];
	size_t size;
};

static void serial(void *owner, unsigned port, uint8_t byte)
{
	struct console *console = owner;

	if (port == 0 && console->size < TEXT - 1)
		console->text[console->size++] = (char)byte;
}

static struct vm *machine_of(const struct vm_mode *mode, struct console *console)
{
	struct board_output output = {.owner = console, .serial = serial};
	struct config config;
	char error[256];
	struct vm *vm;

	memset(console, 0, sizeof *console);
	config_default(&config);
	strcpy(config.technique, mode->technique->name);
	strcpy(config.paging, mode->paging == PAGING_GUEST ? "auto" : paging_name(mode->paging));
	config.ring = mode->ring;
	config.memory = 16 << 20;
	strcpy(config.disk[0], image);
	config.apic = true;
	vm = vm_new_copyable(&config, mode->technique, &output, error, sizeof error);
	if (!vm)
		printf("# %s\n", error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
	return vm;
}

/* A domain of Xen's has no APIC. */
static bool has_apic(const struct vm_mode *mode)
{
	return mode->paging != PAGING_DIRECT;
}

/* ---- the same everywhere ---- */

static struct {
	struct console console;
	uint64_t digest;
} first;

static void ends_alike(const struct vm_mode *mode, const char *name)
{
	struct console console;
	struct vm *vm = machine_of(mode, &console);

	CU_ASSERT_EQUAL(vm_run(vm, LIMIT), VM_EXITED);
	CU_ASSERT_EQUAL(vm->exit_code, 2);
	if (!first.console.size) {
		first.console = console;
		first.digest = vm_digest(vm);
	}
	CU_ASSERT_STRING_EQUAL(console.text, first.console.text);
	CU_ASSERT_EQUAL(vm_digest(vm), first.digest);
	if (strcmp(console.text, first.console.text) != 0)
		printf("# %s:\n%s\n", name, console.text);
	vm_free(vm);
}

static void test_ends_alike(void)
{
	first.console.size = 0;
	in_modes_that(has_apic, ends_alike);
	CU_ASSERT_PTR_NOT_NULL(strstr(first.console.text, "errors 0, spurious 0\ndone\n"));
}

/* ---- whoever looks on leaves no trace ---- */

static void slices_leave_no_trace(const struct vm_mode *mode, const char *name)
{
#if SLOW_BUILD
	static const uint64_t slices[] = {20011};
#else
	static const uint64_t slices[] = {20011, 0};
#endif
	struct console console;
	struct told whole = told_in_slices(machine_of(mode, &console), LIMIT, LIMIT), cut;

	for (size_t i = 0; i < sizeof slices / sizeof *slices; i++) {
		cut = told_in_slices(machine_of(mode, &console), LIMIT, slices[i]);
		check_told(&cut, &whole, name, slices[i]);
	}
}

static void test_slices(void)
{
	in_modes_that(has_apic, slices_leave_no_trace);
}

/* ---- from a snapshot ---- */

static void comes_again(const struct vm_mode *mode, const char *name)
{
	struct console console;
	struct vm *vm = machine_of(mode, &console);
	struct snapshots *snapshots = snapshots_new(vm);
	struct snapshot *snapshot;
	uint64_t clock, digest;

	(void)name;
	CU_ASSERT_PTR_NOT_NULL_FATAL(snapshots);
	vm_run(vm, 8000000); /* the timer runs, and the disk has been written to before its end */
	snapshot = snapshot_take(snapshots);
	CU_ASSERT_PTR_NOT_NULL_FATAL(snapshot);
	CU_ASSERT_EQUAL(vm_run(vm, LIMIT), VM_EXITED);
	clock = vm->clock;
	digest = vm_digest(vm);
	CU_ASSERT(snapshot_restore(snapshots, snapshot));
	CU_ASSERT_EQUAL(vm_run(vm, LIMIT), VM_EXITED);
	CU_ASSERT_EQUAL(vm->clock, clock);
	CU_ASSERT_EQUAL(vm_digest(vm), digest);
	snapshot_drop(snapshots, snapshot);
	snapshots_free(snapshots);
	vm_free(vm);
}

static void test_snapshots(void)
{
	in_modes_that(has_apic, comes_again);
}

static const struct harness_test tests[] = {
	{"the same console and memory in every mode", test_ends_alike},
	{"slices and steps leave no trace", test_slices},
	{"the same again from a snapshot", test_snapshots},
	{0},
};

int main(void)
{
	return harness_main("apic", tests);
}
