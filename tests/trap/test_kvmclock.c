/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_kvmclock.c - KVM's paravirtual clock: what the VMM writes into guest memory is what a guest needs to tell the time
 * of the model's clock, in every technique that has a VMM; and no address that a guest can think of reaches anything else.
 */
#include "core/hypervisor.h"
#include "tests/harness.h"
#include "tests/trap/keeper.h"
#include "tests/trap/rig.h"
#include "trap/kvmclock.h"

#include <stdio.h>
#include <string.h>

enum { CYCLES = 10000000, AT = RIG_DATA + 0x40, WALL_AT = RIG_DATA + 0x80, ROM = 0xf0000 };
enum { WALL = 0x4b564d00, TIME = 0x4b564d01, WALL_OLD = 0x11, TIME_OLD = 0x12, TSC = 0x10 };

#define FOR_EACH_VMM(way) for (const struct rig_way *way = rig_ways + 1; way < rig_ways + RIG_WAYS; way++)

static void kvm(struct config *config)
{
	strcpy(config->hypervisor, "kvm");
	config->start_time = 1234567890;
}

static void both(struct config *config)
{
	strcpy(config->hypervisor, "both");
}

/* The guest's own WRMSR. False: it raised #GP. */
static bool write_msr(struct vm *vm, uint32_t number, uint64_t value)
{
	uint32_t low = (uint32_t)value, high = value >> 32;
	uint8_t code[] = {0xb9, 0, 0, 0, 0, 0xb8, 0, 0, 0, 0, 0xba, 0, 0, 0, 0, 0x0f, 0x30, 0xf4};

	memcpy(code + 1, &number, 4);
	memcpy(code + 6, &low, 4);
	memcpy(code + 11, &high, 4);
	rig_state(vm)->activity = ACTIVITY_ACTIVE;
	rig_changed(vm);
	CU_ASSERT_EQUAL(rig_run(vm, code, sizeof code, vm->clock + CYCLES), VM_HALTED);
	return vm_guest_state(vm)->eip == RIG_CODE + sizeof code;
}

static void run(struct vm *vm, const uint8_t *code, size_t size)
{
	rig_state(vm)->activity = ACTIVITY_ACTIVE;
	rig_changed(vm);
	CU_ASSERT_EQUAL(rig_run(vm, code, size, vm->clock + CYCLES), VM_HALTED);
}

static uint64_t read_msr(struct vm *vm, uint32_t number)
{
	uint8_t code[] = {0xb9, 0, 0, 0, 0, 0x0f, 0x32, 0xf4};

	memcpy(code + 1, &number, 4);
	run(vm, code, sizeof code);
	CU_ASSERT_EQUAL(vm_guest_state(vm)->eip, RIG_CODE + sizeof code);
	return (uint64_t)vm_guest_state(vm)->gpr[EDX] << 32 | vm_guest_state(vm)->gpr[EAX];
}

static void cpuid(struct vm *vm, uint32_t leaf, uint32_t out[4])
{
	uint8_t code[] = {0xb8, 0, 0, 0, 0, 0x0f, 0xa2, 0xf4};
	const struct cpu_state *state = vm_guest_state(vm);

	memcpy(code + 1, &leaf, 4);
	run(vm, code, sizeof code);
	out[0] = state->gpr[EAX];
	out[1] = state->gpr[EBX];
	out[2] = state->gpr[ECX];
	out[3] = state->gpr[EDX];
}

/* What a guest makes of a TSC, as Linux does it. */
static uint64_t guest_time(const struct kvmclock_time *time, uint64_t tsc)
{
	uint64_t ticks = tsc - time->tsc_timestamp;

	ticks = time->shift < 0 ? ticks >> -time->shift : ticks << time->shift;
	return time->system_time + (uint64_t)((unsigned __int128)ticks * time->multiplier >> 32);
}

static struct kvmclock_time time_at(const struct vm *vm, uint32_t gpa)
{
	struct kvmclock_time time;

	CU_ASSERT(memory_read(vm->memory, gpa, &time, sizeof time));
	return time;
}

/* RDTSC, and whether its time is the clock's: within what RDTSC and HLT take. */
static void check_time(struct vm *vm, const struct rig_way *way)
{
	const struct cpu_state *state = vm_guest_state(vm);
	struct kvmclock_time time = time_at(vm, AT);
	uint64_t before = kvmclock_nanoseconds(vm->clock, vm->costs.frequency), after, told;

	run(vm, (const uint8_t[]){0x0f, 0x31, 0xf4}, 3);
	after = kvmclock_nanoseconds(vm->clock, vm->costs.frequency);
	told = guest_time(&time, (uint64_t)state->gpr[EDX] << 32 | state->gpr[EAX]);
	if (told + 1 < before || told > after) {
		printf("# %s: the guest says %llu, it is %llu to %llu\n", way->name, (unsigned long long)told,
		       (unsigned long long)before, (unsigned long long)after);
		CU_FAIL("another time");
	}
}

/* ---- what is announced ---- */

static void test_announcement(void)
{
	uint32_t out[4];

	FOR_EACH_VMM(way) {
		struct vm *vm = rig_new(way, kvm);

		cpuid(vm, 0x40000000, out);
		CU_ASSERT(out[0] == 0x40000001 && !memcmp(&out[1], "KVMKVMKVM\0\0", 12));
		cpuid(vm, 0x40000001, out);
		CU_ASSERT_EQUAL(out[0], 1 << 0 | 1 << 3 | 1 << 24);
		cpuid(vm, 1, out);
		CU_ASSERT(out[2] >> 31);
		CU_ASSERT(!write_msr(vm, 0x40000000, 0x5000)); /* Xen's hypercall page is not offered */
		vm_free(vm);
		vm = rig_new(way, both);
		cpuid(vm, 0x40000000, out);
		CU_ASSERT(!memcmp(&out[1], "XenVMMXenVMM", 12));
		cpuid(vm, 0x40000100, out);
		CU_ASSERT(out[0] == 0x40000101 && !memcmp(&out[1], "KVMKVMKVM\0\0", 12));
		CU_ASSERT(write_msr(vm, 0x40000000, 0x5000) && write_msr(vm, TIME, AT | 1));
		vm_free(vm);
		vm = rig_new(way, NULL);
		CU_ASSERT(!write_msr(vm, TIME, AT | 1) && !write_msr(vm, WALL_OLD, AT));
		vm_free(vm);
	}
}

static void test_refusals(void)
{
	struct config config;
	char error[256] = "";

	config_default(&config);
	kvm(&config);
	CU_ASSERT(hypervisor_check(&config, error, sizeof error));
	strcpy(config.technique, "native");
	CU_ASSERT(!hypervisor_check(&config, error, sizeof error) && strstr(error, "no VMM"));
	strcpy(config.technique, "pv");
	CU_ASSERT(!hypervisor_check(&config, error, sizeof error) && strstr(error, "Xen"));
	strcpy(config.hypervisor, "both");
	CU_ASSERT(hypervisor_check(&config, error, sizeof error));
	strcpy(config.hypervisor, "auto");
	CU_ASSERT(hypervisor_check(&config, error, sizeof error));
}

/* A system that boots as on a PC is told of no Xen, for it would expect the whole of it. */
static void test_auto(void)
{
	static const struct {
		const char *given, *technique;
		bool firmware;
		const char *chosen;
	} cases[] = {
		{"auto", "hvm", true, "none"}, {"auto", "hvm", false, "xen"}, {"auto", "pv", true, "xen"},
		{"xen", "hvm", true, "xen"},   {"kvm", "bt", true, "kvm"},    {"none", "trap", false, "none"},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct config config;

		config_default(&config);
		strcpy(config.hypervisor, cases[i].given);
		strcpy(config.technique, cases[i].technique);
		hypervisor_choose(&config, cases[i].firmware);
		CU_ASSERT_STRING_EQUAL(config.hypervisor, cases[i].chosen);
	}
}

/* ---- what is written ---- */

static void check_clock(struct vm *vm, const struct rig_way *way)
{
	struct kvmclock_time time = time_at(vm, AT), later;
	struct kvmclock_wall wall;

	CU_ASSERT(time.version && !(time.version & 1));
	CU_ASSERT_EQUAL(time.flags, KVMCLOCK_STABLE);
	check_time(vm, way);
	CU_ASSERT(write_msr(vm, TSC, UINT64_C(0x123456789abc)));
	later = time_at(vm, AT);
	CU_ASSERT_EQUAL(later.version, time.version + 2);
	CU_ASSERT(later.system_time > time.system_time);
	check_time(vm, way);
	memory_read(vm->memory, WALL_AT, &wall, sizeof wall);
	CU_ASSERT(wall.version == 2 && wall.seconds == 1234567890 && wall.nanoseconds == 0);
}

static void test_clock(void)
{
	FOR_EACH_VMM(way)
		for (unsigned old = 0; old < 2; old++) {
			struct vm *vm = rig_new(way, kvm);
			struct keeper keeper;

			keeper_listen(vm, &keeper, 1ull << EV_CLOCK);
			CU_ASSERT(write_msr(vm, old ? WALL_OLD : WALL, WALL_AT));
			CU_ASSERT(write_msr(vm, old ? TIME_OLD : TIME, AT | 1));
			CU_ASSERT_EQUAL(read_msr(vm, TIME), AT | 1);
			CU_ASSERT_EQUAL(read_msr(vm, WALL_OLD), WALL_AT);
			check_clock(vm, way);
			CU_ASSERT_EQUAL(keeper.count, 3);
			vm_free(vm);
		}
}

/* Switched off, nothing is written any more. */
static void test_off(void)
{
	struct vm *vm = rig_new(&rig_ways[RIG_TRAP], kvm);
	uint32_t version;

	CU_ASSERT(write_msr(vm, TIME, AT | 1));
	version = time_at(vm, AT).version;
	CU_ASSERT(write_msr(vm, TIME, AT) && write_msr(vm, TSC, 0));
	CU_ASSERT_EQUAL(time_at(vm, AT).version, version);
	vm_free(vm);
}

/* A version left odd, and one about to overflow. */
static void test_versions(void)
{
	static const uint32_t before[] = {7, 0xfffffffe, 0xffffffff}, after[] = {10, 0, 2};
	struct vm *vm = rig_new(&rig_ways[1], kvm);

	for (unsigned i = 0; i < 3; i++) {
		rig_put(vm, AT, 4, before[i]);
		CU_ASSERT(write_msr(vm, TIME, AT | 1));
		CU_ASSERT_EQUAL(time_at(vm, AT).version, after[i]);
	}
	vm_free(vm);
}

/* ---- scale ---- */

static void test_scale(void)
{
	static const uint64_t frequencies[] = {1, 1000, 4770000, 33333333, 999999999, 1000000000, 1000000001, 3800000000u,
	                                       UINT64_C(1) << 33, UINT64_C(123456789012345)};

	for (unsigned i = 0; i < sizeof frequencies / sizeof *frequencies; i++) {
		uint64_t frequency = frequencies[i], wanted;
		struct kvmclock_time time = {0};

		kvmclock_scale(frequency, &time.multiplier, &time.shift);
		CU_ASSERT(time.multiplier >= 1u << 30);
		for (uint64_t seconds = 1; seconds < 1000; seconds += 333) {
			wanted = seconds * UINT64_C(1000000000);
			CU_ASSERT(guest_time(&time, frequency * seconds) <= wanted);
			CU_ASSERT(wanted - guest_time(&time, frequency * seconds) <= wanted >> 29);
		}
		CU_ASSERT_EQUAL(kvmclock_nanoseconds(frequency * 7, frequency), UINT64_C(7000000000));
	}
}

/* ---- hostile guests ---- */

static void test_hostile_addresses(void)
{
	static const uint64_t addresses[] = {
		RIG_MEMORY - 30, RIG_MEMORY - 1, RIG_MEMORY, 0x7fffffff, 0xfffff000, 0xffffffff, UINT64_C(0x100000000), UINT64_C(0x10000b000),
		UINT64_C(0xffffffffffffffff), UINT64_C(0xffffffffffffffe0), UINT64_C(0x8000000000000000) + RIG_DATA,
	};

	FOR_EACH_VMM(way) {
		struct vm *vm = rig_new(way, kvm);
		uint64_t digest = 0;

		for (unsigned i = 0; i < 2 * sizeof addresses / sizeof *addresses; i++) {
			uint32_t msr = i & 1 ? WALL : TIME;
			uint64_t value = addresses[i / 2] | (i & 1 ? 0 : 1);

			CU_ASSERT(write_msr(vm, TIME, 0));
			rig_put(vm, RIG_CODE, 4, 0);
			rig_put(vm, RIG_CODE + 4, 4, 0);
			rig_put(vm, RIG_CODE + 8, 4, 0);
			rig_put(vm, RIG_CODE + 12, 4, 0);
			rig_put(vm, RIG_CODE + 16, 4, 0);
			digest = memory_digest(vm->memory);
			if (i & 1 && addresses[i / 2] == RIG_MEMORY - 30)
				continue; /* twelve bytes have room there */
			CU_ASSERT(kvmclock_write_msr(vm, msr, value));
			CU_ASSERT_EQUAL(memory_digest(vm->memory), digest);
			CU_ASSERT(write_msr(vm, msr, value));
		}
		vm_free(vm);
	}
}

/* The last bytes of memory are memory; ROM is not written. */
static void test_edges(void)
{
	struct vm *vm = rig_new(&rig_ways[RIG_BT], kvm);
	struct kvmclock_time before;
	uint64_t mfn;

	CU_ASSERT(write_msr(vm, TIME, (RIG_MEMORY - 32) | 1));
	CU_ASSERT_EQUAL(time_at(vm, RIG_MEMORY - 32).version, 2);
	CU_ASSERT(write_msr(vm, TIME, (RIG_DATA + PAGE_SIZE - 12) | 1)); /* in two pages */
	CU_ASSERT_EQUAL(time_at(vm, RIG_DATA + PAGE_SIZE - 12).flags, KVMCLOCK_STABLE);
	CU_ASSERT(memory_gfn_to_mfn(vm->memory, ROM >> PAGE_SHIFT, &mfn));
	memory_set_flags(vm->memory, mfn, FRAME_ROM, 0);
	before = time_at(vm, ROM);
	CU_ASSERT(write_msr(vm, TIME, ROM | 1));
	CU_ASSERT(write_msr(vm, TIME, (ROM - 8) | 1)); /* half in it */
	CU_ASSERT_EQUAL(time_at(vm, ROM).tsc_timestamp, before.tsc_timestamp);
	CU_ASSERT_EQUAL(time_at(vm, ROM).version, before.version);
	vm_free(vm);
}

/* Its own page table as the place of the clock: the shadow tables follow it, and the guest goes on with what it asked for. */
static void test_in_page_table(void)
{
	FOR_EACH_VMM(way) {
		struct vm *vm = rig_new(way, kvm);

		rig_paging(vm, 7);
		run(vm, (const uint8_t[]){0xf4}, 1);
		CU_ASSERT(write_msr(vm, TIME, rig_entry_at(RIG_DATA + 0x100000) | 1));
		CU_ASSERT(write_msr(vm, TSC, 0));
		CU_ASSERT_EQUAL(time_at(vm, rig_entry_at(RIG_DATA + 0x100000)).flags, KVMCLOCK_STABLE);
		vm_free(vm);
	}
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"what is announced", test_announcement},
		{"what is refused", test_refusals},
		{"what auto chooses", test_auto},
		{"time and its start", test_clock},
		{"switched off", test_off},
		{"versions", test_versions},
		{"scale", test_scale},
		{"hostile addresses", test_hostile_addresses},
		{"edges of memory", test_edges},
		{"in a page table", test_in_page_table},
		{0},
	};
	return harness_main("kvmclock", tests);
}
