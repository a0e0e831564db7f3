/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_debugger_input.c - what comes from outside: typed at the keyboard and at the serial port, from a file
 * of keys, by --switch; and that it comes again when the guest goes through its past.
 */
#include "tests/harness.h"
#include "tests/visualizer/debugger_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Echoes the serial port to it; a scan code of the keyboard goes to port E9.
 *
 *   1: in al, dx=3FD; test al, 1; jz 2f; mov dx, 3F8; in al, dx; out dx, al
 *   2: in al, 64H; test al, 1; jz 1b; in al, 60H; out E9H, al; jmp 1b
 */
static const uint8_t echo[] = {
	0xba, 0xfd, 0x03, 0x00, 0x00, /* 1: mov edx, 3FDH */
	0xec,                         /*    in al, dx     */
	0xa8, 0x01,                   /*    test al, 1    */
	0x74, 0x07,                   /*    jz 2          */
	0xba, 0xf8, 0x03, 0x00, 0x00, /*    mov edx, 3F8H */
	0xec,                         /*    in al, dx     */
	0xee,                         /*    out dx, al    */
	0xe4, 0x64,                   /* 2: in al, 64H    */
	0xa8, 0x01,                   /*    test al, 1    */
	0x74, 0xe9,                   /*    jz 1          */
	0xe4, 0x60,                   /*    in al, 60H    */
	0xe6, 0xe9,                   /*    out E9H, al   */
	0xeb, 0xe3,                   /*    jmp 1         */
};

static const char *const modes[] = { "native", "trap", "bt", "hvm/nested" };
enum { MODES = sizeof(modes) / sizeof(modes[0]) };

static bool console_is(const struct rig *rig, const char *bytes, size_t size)
{
	const struct console *console = rig->debugger.console;

	if (console->written == size && memcmp(console->text, bytes, size) == 0)
		return true;
	printf("console: %llu bytes:", (unsigned long long)console->written);
	for (uint64_t i = 0; i < console->written && i < 40; i++)
		printf(" %02x", (uint8_t)console->text[i]);
	puts("");
	return false;
}

static void test_serial(void)
{
	for (unsigned i = 0; i < MODES; i++) {
		struct rig rig;
		char line[8];

		rig_open_flat(&rig, modes[i], echo, sizeof(echo));
		rig.options.console = "serial";
		rig_go(&rig, 100000);
		CU_ASSERT(debugger_type(&rig.debugger, "ab\n", 3));
		rig_go(&rig, 3000000);
		CU_ASSERT(console_is(&rig, "ab\n", 3));
		CU_ASSERT(console_line(rig.debugger.console, 0, line, sizeof(line)) == 2 && strcmp(line, "ab") == 0);
		rig_go(&rig, 50000);
		CU_ASSERT(console_is(&rig, "", 0));
		rig_go(&rig, 3000000);
		CU_ASSERT(console_is(&rig, "ab\n", 3));
		/* In the past: what was typed later is gone, and a branch begins. */
		rig_go(&rig, 60000);
		CU_ASSERT(debugger_type(&rig.debugger, "c", 1));
		CU_ASSERT(history_branch(rig.debugger.history) == 2);
		rig_go(&rig, 3000000);
		CU_ASSERT(console_is(&rig, "c", 1));
		rig_close(&rig);
	}
}

static void test_keyboard(void)
{
	for (unsigned i = 0; i < MODES; i++) {
		struct rig rig;

		rig_open_flat(&rig, modes[i], echo, sizeof(echo));
		rig.options.console = "vga";
		rig_go(&rig, 100000);
		CU_ASSERT(debugger_type(&rig.debugger, "a", 1) && debugger_type(&rig.debugger, "b", 1));
		rig_go(&rig, 90000000);
		CU_ASSERT(console_is(&rig, "\x1e\x9e\x30\xb0", 4));
		rig_go(&rig, 90000);
		CU_ASSERT(console_is(&rig, "", 0));
		rig_go(&rig, 90000000);
		CU_ASSERT(console_is(&rig, "\x1e\x9e\x30\xb0", 4));
		rig_close(&rig);
	}
}

/* Input of a file of keys comes in every branch. */
static void test_keys_file(void)
{
	char path[] = "/tmp/ringside-test-XXXXXX";
	int file = mkstemp(path);
	static const char text[] = "100000 serial \"x\"\n200000 serial \"y\"\n";
	struct rig rig;

	CU_ASSERT_FATAL(file >= 0 && write(file, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1);
	close(file);
	rig_open_flat_keys(&rig, "trap", echo, sizeof(echo), path, "150000:bt");
	rig_go(&rig, 4000000);
	CU_ASSERT(console_is(&rig, "xy", 2));
	CU_ASSERT(strcmp(rig.debugger.vm->technique->name, "bt") == 0);
	rig_go(&rig, 120000);
	CU_ASSERT(strcmp(rig.debugger.vm->technique->name, "trap") == 0);
	CU_ASSERT(debugger_set_register(&rig.debugger, "ebx", 1));
	CU_ASSERT(history_branch(rig.debugger.history) == 2);
	rig_go(&rig, 4000000);
	CU_ASSERT(console_is(&rig, "xy", 2));
	CU_ASSERT(strcmp(rig.debugger.vm->technique->name, "bt") == 0);
	CU_ASSERT(vm_guest_state(rig.debugger.vm)->gpr[EBX] == 1);
	rig_close(&rig);
	unlink(path);
}

static void test_memory(void)
{
	struct rig rig;
	uint8_t bytes[200], read[200];

	rig_open_flat(&rig, "trap", echo, sizeof(echo));
	memset(bytes, 0x5a, sizeof(bytes));
	CU_ASSERT(debugger_write(&rig.debugger, 0x200000, bytes, sizeof(bytes)));
	CU_ASSERT(debugger_read(&rig.debugger, 0x200000, read, sizeof(read)) == sizeof(read));
	CU_ASSERT(memcmp(bytes, read, sizeof(bytes)) == 0);
	CU_ASSERT(!debugger_write(&rig.debugger, 0x7fffffff, bytes, sizeof(bytes)) && rig.debugger.message[0]);
	rig_close(&rig);
}

/* A guest that halts for good, but for a key, stands still; the key wakes it. */
static void test_idle(void)
{
	static const uint8_t halt[] = { 0xfb, 0xf4, 0xeb, 0xfc }; /* sti; hlt; jmp */
	struct rig rig;

	rig_open_flat(&rig, "trap", halt, sizeof(halt));
	CU_ASSERT(rig_move(&rig, GOAL_CONTINUE, FORWARD, 1) == STOP_GUEST_END);
	CU_ASSERT(rig.debugger.stop.end == VM_HALTED);
	CU_ASSERT(rig_move(&rig, GOAL_STEP, BACKWARD, 2) == STOP_GOAL);
	CU_ASSERT(rig_move(&rig, GOAL_CONTINUE, FORWARD, 1) == STOP_GUEST_END);
	rig_close(&rig);
}

static const struct harness_test tests[] = {
	{ "what is typed reaches the serial port, and again in a replay", test_serial },
	{ "so do keys, one after the other", test_keyboard },
	{ "a file of keys, and --switch, come in every branch", test_keys_file },
	{ "memory is written, all of it or not", test_memory },
	{ "a guest that only input could wake stands still", test_idle },
	{ 0 },
};

int main(void)
{
	return harness_main("debugger: input", tests);
}
