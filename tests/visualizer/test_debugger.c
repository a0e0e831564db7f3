/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_debugger.c - a guest that is looked at: forward and back.
 */
#include "tests/harness.h"

#include "visualizer/command.h"
#include "visualizer/debugger/debugger.h"
#include "visualizer/message.h"

#include <string.h>

static void test_opens_and_steps(void)
{
	char *words[] = { "build/guests/kernel.elf", "workload=syscall", "n=3" };
	struct options options = { .command = command_find("run"), .words = words, .word_count = 3 };
	struct debugger debugger;
	uint64_t digest;

	config_default(&options.config);
	CU_ASSERT_FATAL(debugger_open(&debugger, &options, 0) == STATUS_OK);
	CU_ASSERT(debugger_move(&debugger, &(struct goal){ .kind = GOAL_STEP, .count = 1000 }, NULL, NULL));
	digest = vm_digest(debugger.vm);
	CU_ASSERT(debugger_move(&debugger, &(struct goal){ .kind = GOAL_STEP, .count = 100 }, NULL, NULL));
	CU_ASSERT(vm_digest(debugger.vm) != digest);
	CU_ASSERT(debugger_move(&debugger, &(struct goal){ .kind = GOAL_STEP, .count = 100, .direction = BACKWARD }, NULL,
	                        NULL));
	CU_ASSERT(vm_digest(debugger.vm) == digest);
	CU_ASSERT(debugger_move(&debugger, &(struct goal){ .kind = GOAL_CONTINUE }, NULL, NULL));
	CU_ASSERT(debugger.stop.kind == STOP_GUEST_END);
	puts(debugger.stop.text);
	debugger_close(&debugger);
}

static const struct harness_test tests[] = {
	{ "a guest is opened, stepped, stepped back, and runs to its end", test_opens_and_steps },
	{ 0 },
};

int main(void)
{
	return harness_main("debugger", tests);
}
