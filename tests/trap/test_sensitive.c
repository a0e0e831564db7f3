/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_sensitive.c - each of the sensitive unprivileged instructions (Robin and Irvine 2000; SDM
 * volume 2) in a guest kernel: right under native, emulate and bt, wrong under trap just as the manual makes
 * it wrong, with an event that says so; right again where it can trap.
 */
#include "tests/harness.h"
#include "tests/trap/rig.h"

#include <stdio.h>
#include <string.h>

enum { EVENTS = 8, FAULT = 0xfa000000, FLAG_IF = 1, FLAG_ZF = 2 };

/* What a guest kernel is left with: EAX, or IF or ZF, or FAULT with the vector of the exception that ended it. */
struct test_case {
	const char *name;
	const char *code;
	unsigned size;
	unsigned flag;        /* FLAG_...: the result is this flag instead of EAX */
	uint32_t right;       /* native, emulate */
	uint32_t wrong[2];    /* trap in ring 1, in ring 3 */
	const char *action;   /* of the event; NULL: there is none, and `wrong` equals `right` */
	uint32_t sees[2], should;
};

#define BYTES(text) text, sizeof(text) - 1

static const struct test_case cases[] = {
	{"sgdt", BYTES("\x0f\x01\x05\0\xb0\0\0\xa1\x02\xb0\0\0"), 0, RIG_GDT, {0xffe00000, 0xffe00000}, "gdtr base",
	 {0xffe00000, 0xffe00000}, RIG_GDT},
	{"sidt", BYTES("\x0f\x01\x0d\0\xb0\0\0\xa1\x02\xb0\0\0"), 0, RIG_IDT, {0xffe40000, 0xffe40000}, "idtr base",
	 {0xffe40000, 0xffe40000}, RIG_IDT},
	{"sldt", BYTES("\x0f\x00\xc0"), 0, 0, {0xffe8, 0xffe8}, "ldtr", {0xffe8, 0xffe8}, 0},
	{"str", BYTES("\x0f\x00\xc8"), 0, RIG_TASK, {0xfff0, 0xfff0}, "task register", {0xfff0, 0xfff0}, RIG_TASK},
	{"smsw eax", BYTES("\x0f\x01\xe0"), 0, 0x11, {0x80010031, 0x80010031}, "machine status word",
	 {0x80010031, 0x80010031}, 0x11},
	{"pushf", BYTES("\x9c\x58"), 0, 2, {0x202, 0x202}, "pushed eflags", {0x202, 0x202}, 2},
	{"popf: if", BYTES("\x68\x02\x02\0\0\x9d"), FLAG_IF, 1, {0, 0}, "if", {0, 0}, 1},
	{"popf: iopl", BYTES("\x68\x02\x30\0\0\x9d\xfa\x31\xc0\xe4\x80\x31\xc0"), 0, 0, {0, 0}, "iopl", {0, 0}, 3},
	{"iret to its own ring", BYTES("\x31\xc0\x68\x02\x02\0\0\x8c\xc8\x50" "\x68\x10\0\x02\0\xcf"), FLAG_IF, 1, {0, 0},
	 "if", {0, 0}, 1},
	{"lar", BYTES("\xb9\x08\0\0\0\x0f\x02\xc1\x25\0\xff\0\0"), 0, 0x9b00, {0xbb00, 0xfb00}, "access rights",
	 {0xc0bb00, 0xc0fb00}, 0xc09b00},
	{"lsl", BYTES("\xb9\x10\0\0\0\x0f\x03\xc1"), 0, 0xffffffff, {0xffdfffff, 0xffdfffff}, "segment limit",
	 {0xffdfffff, 0xffdfffff}, 0xffffffff},
	{"verr", BYTES("\x66\xb9\x11\0\x0f\x00\xe1"), FLAG_ZF, 0, {1, 1}, "accessible", {1, 1}, 0},
	{"verw", BYTES("\x66\xb9\x11\0\x0f\x00\xe9"), FLAG_ZF, 0, {1, 1}, "accessible", {1, 1}, 0},
	{"push cs", BYTES("\x0e\x58"), 0, RIG_CODE0, {RIG_CODE0 | 1, RIG_CODE0 | 3}, "selector",
	 {RIG_CODE0 | 1, RIG_CODE0 | 3}, RIG_CODE0},
	{"push ss", BYTES("\x16\x58"), 0, RIG_DATA0, {RIG_DATA0 | 1, RIG_DATA0 | 3}, "selector",
	 {RIG_DATA0 | 1, RIG_DATA0 | 3}, RIG_DATA0},
	{"mov eax, cs", BYTES("\x8c\xc8"), 0, RIG_CODE0, {RIG_CODE0 | 1, RIG_CODE0 | 3}, "selector",
	 {RIG_CODE0 | 1, RIG_CODE0 | 3}, RIG_CODE0},
	{"mov eax, ds", BYTES("\x8c\xd8"), 0, RIG_DATA0, {RIG_DATA0, RIG_DATA0}, NULL, {0, 0}, 0},
	{"pop ds", BYTES("\x6a\x11\x1f\x8c\xd8"), 0, FAULT | 13, {0x11, 0x11}, "segment loaded", {1, 1}, 0},
	{"mov es, eax", BYTES("\xb8\x11\0\0\0\x8e\xc0\x8c\xc0"), 0, FAULT | 13, {0x11, 0x11}, "segment loaded", {1, 1}, 0},
	{"lfs", BYTES("\x66\xc7\x05\x04\xb0\0\0\x11\0\x0f\xb4\x1d\0\xb0\0\0\x8c\xe0"), 0, FAULT | 13, {0x11, 0x11},
	 "segment loaded", {1, 1}, 0},
	{"call far", BYTES("\x9a\x07\0\x02\0\x08\0\x59\x58"), 0, RIG_CODE0, {RIG_CODE0 | 1, RIG_CODE0 | 3}, "pushed cs",
	 {RIG_CODE0 | 1, RIG_CODE0 | 3}, RIG_CODE0},
	{"jmp far", BYTES("\xb8\x01\0\0\0\xea\x0c\0\x02\0\x09\0"), 0, FAULT | 13, {1, 1}, "far target reached", {1, 1}, 0},
	{"int", BYTES("\xcd\x21"), 0, FAULT | 0x21, {FAULT | 0x21, FAULT | 0x21}, NULL, {0, 0}, 0},
};
enum { CASES = sizeof cases / sizeof *cases };

struct listener {
	struct event_reader reader;
	struct event event[EVENTS];
	unsigned count;
};

static void keep(void *owner, const struct event *event)
{
	struct listener *listener = owner;

	if (listener->count < EVENTS)
		listener->event[listener->count] = *event;
	listener->count++;
}

static uint32_t result_of(const struct vm *vm, unsigned flag)
{
	const struct cpu_state *state = vm_guest_state(vm);

	if (state->eip >= RIG_HANDLER && state->eip < RIG_HANDLER + 0x1000)
		return FAULT | (state->eip - RIG_HANDLER) / 16;
	if (flag == FLAG_IF)
		return state->eflags / EFLAGS_IF & 1;
	return flag == FLAG_ZF ? state->eflags / EFLAGS_ZF & 1 : state->gpr[EAX];
}

/* Runs code in the guest's kernel, which ends by the exit port, as do all handlers. */
static uint32_t run(const struct rig_way *way, const void *code, unsigned size, unsigned flag, void (*change)(struct config *),
                    bool paging, struct listener *listener)
{
	static const uint8_t end[] = {0xe6, 0xf4};
	struct vm *vm = rig_new(way, change);
	uint8_t whole[64] = {0};
	uint32_t result;

	CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
	*listener = (struct listener){.reader = {.owner = listener, .kinds = 1ull << EV_SENSITIVE, .read = keep}};
	event_add_reader(&vm->events, &listener->reader);
	for (unsigned vector = 0; vector < 256; vector++)
		rig_write(vm, RIG_HANDLER + 16 * vector, end, sizeof end);
	if (paging)
		rig_paging(vm, 3);
	memcpy(whole, code, size);
	memcpy(whole + size, end, sizeof end);
	CU_ASSERT_EQUAL(rig_run(vm, whole, sizeof whole, 1000000), VM_EXITED);
	result = result_of(vm, flag);
	vm_free(vm);
	return result;
}

static void expect(const char *name, const char *way, const char *what, uint32_t want, uint32_t have)
{
	if (want == have)
		return;
	printf("# %s, %s: %s is %08x, not %08x\n", name, way, what, have, want);
	CU_FAIL("a sensitive instruction");
}

/* Deprivileged, but without trap's trouble: bt. */
static bool is_wrong(unsigned way)
{
	return rig_ways[way].technique == &technique_trap;
}

static void test_right_without_trap(void)
{
	for (unsigned i = 0; i < CASES; i++) {
		for (unsigned way = 0; way < RIG_WAYS; way++) {
			struct listener listener;
			uint32_t result;

			if (is_wrong(way))
				continue;
			result = run(&rig_ways[way], cases[i].code, cases[i].size, cases[i].flag, NULL, false, &listener);

			expect(cases[i].name, rig_ways[way].name, "result", cases[i].right, result);
			expect(cases[i].name, rig_ways[way].name, "number of events", 0, listener.count);
		}
	}
}

static void check_trap(const struct test_case *test, unsigned which, bool paging)
{
	const struct rig_way *way = &rig_ways[RIG_TRAP + which];
	struct listener listener;
	uint32_t result = run(way, test->code, test->size, test->flag, NULL, paging, &listener);
	const struct event *event = listener.event;
	unsigned events = 0;

	expect(test->name, way->name, "result", test->wrong[which], result);
	for (unsigned i = 0; i < listener.count && i < EVENTS; i++) {
		if (!test->action || strcmp(listener.event[i].action, test->action))
			continue;
		event = &listener.event[i];
		events++;
	}
	if (!test->action)
		expect(test->name, way->name, "number of events", 0, listener.count);
	else
		expect(test->name, way->name, "number of such events", 1, events);
	if (!events)
		return;
	expect(test->name, way->name, "sees", test->sees[which], event->change[0].after);
	expect(test->name, way->name, "should see", test->should, event->change[1].after);
	expect(test->name, way->name, "guest's ring", 0, event->guest_cpl);
	expect(test->name, way->name, "real ring", which ? 3 : 1, event->real_cpl);
}

/* With paging too: hidden faults make instructions begin again, and no event may come twice. */
static void test_wrong_in_trap(void)
{
	for (unsigned i = 0; i < CASES; i++) {
		for (unsigned which = 0; which < 2; which++) {
			check_trap(&cases[i], which, false);
			if (strcmp(cases[i].name, "smsw eax")) /* PG would be there in both */
				check_trap(&cases[i], which, true);
		}
	}
}

static void with_umip(struct config *config)
{
	config->umip = true;
}

/* Where the processor has UMIP the VMM uses it: these trap, and are right. */
static void test_umip_mends(void)
{
	for (unsigned i = 0; i < 5; i++) {
		for (unsigned way = 0; way < RIG_WAYS; way++) {
			struct listener listener;
			uint32_t result = run(&rig_ways[way], cases[i].code, cases[i].size, 0, with_umip, false, &listener);

			expect(cases[i].name, rig_ways[way].name, "result", cases[i].right, result);
			expect(cases[i].name, rig_ways[way].name, "number of events", 0, listener.count);
		}
	}
}

/* A kernel returns with the selector that PUSH CS gave it: right by two wrongs, and the second one is told. */
static void test_return_by_pushed_cs(void)
{
	static const char code[] = "\x0e\x68\x08\0\x02\0\xcb\xf4\xb8\x05\0\0\0";

	for (unsigned way = 0; way < RIG_WAYS; way++) {
		struct listener listener;
		uint32_t result = run(&rig_ways[way], code, sizeof code - 1, 0, NULL, false, &listener);

		expect("retf", rig_ways[way].name, "result", 5, result);
		expect("retf", rig_ways[way].name, "number of events", is_wrong(way) ? 2 : 0, listener.count);
		if (!is_wrong(way))
			continue;
		CU_ASSERT_STRING_EQUAL(listener.event[1].action, "ring returned to");
		expect("retf", rig_ways[way].name, "should see", rig_ways[way].ring, listener.event[1].change[1].after);
	}
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"right under native, emulate and bt", test_right_without_trap},
		{"wrong under trap, and told", test_wrong_in_trap},
		{"right where UMIP makes them trap", test_umip_mends},
		{"a far return by a pushed CS", test_return_by_pushed_cs},
		{0},
	};
	return harness_main("sensitive instructions", tests);
}
