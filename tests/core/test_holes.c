/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_holes.c - places of sensitive instructions that did not trap: counted alike from events and from their
 * recording, in order, and none lost when there are more than the table holds.
 */
#include "core/counters.h"
#include "tests/harness.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void fall(struct counters *counters, uint32_t eip, const char *mnemonic, const char *what,
		 unsigned times)
{
	struct event event = {.kind = EV_SENSITIVE, .eip = eip, .mnemonic = mnemonic, .action = what};

	while (times--)
		counters_add_event(counters, &event);
}

static void test_order(void)
{
	const struct hole *order[HOLES_MAX];
	struct counters counters;

	counters_begin(&counters, EVENT_KINDS_ALL);
	fall(&counters, 0x2000, "popf", "if", 3);
	fall(&counters, 0x1000, "pushf", "pushed eflags", 3);
	fall(&counters, 0x3000, "smsw", "machine status word", 5);
	fall(&counters, 0x2000, "popf", "iopl", 1); /* the same place, another hole */
	CU_ASSERT_EQUAL_FATAL(holes_order(&counters.holes, order), 4);
	CU_ASSERT(order[0]->eip == 0x3000 && order[0]->count == 5 && strcmp(order[0]->mnemonic, "smsw") == 0);
	CU_ASSERT(order[1]->eip == 0x1000 && order[1]->count == 3);
	CU_ASSERT(order[2]->eip == 0x2000 && order[2]->count == 3 && strcmp(order[2]->what, "if") == 0);
	CU_ASSERT(order[3]->eip == 0x2000 && order[3]->count == 1 && strcmp(order[3]->what, "iopl") == 0);
}

static void test_recorded(void)
{
	static const char *const lines[] = {
		"{\"schema\":\"ringside-events\",\"version\":1}",
		"{\"kind\":\"sensitive\",\"cycle\":5,\"instruction\":2,\"cycles\":0,\"eip\":\"0xc1000020\","
		"\"mnemonic\":\"pushf\","
		"\"action\":\"pushed eflags\"}",
		"{\"kind\":\"sensitive\",\"cycle\":9,\"instruction\":4,\"cycles\":0,\"eip\":\"0xc1000020\","
		"\"mnemonic\":\"pushf\","
		"\"action\":\"pushed eflags\"}",
	};
	const struct hole *order[HOLES_MAX];
	struct counters counters;
	char error[256] = "";

	counters_begin(&counters, EVENT_KINDS_ALL);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		CU_ASSERT(counters_read_line(&counters, lines[i], i == 0, error, sizeof(error)));
	CU_ASSERT_STRING_EQUAL(error, "");
	CU_ASSERT_EQUAL_FATAL(holes_order(&counters.holes, order), 1);
	CU_ASSERT_EQUAL(order[0]->eip, 0xc1000020);
	CU_ASSERT_EQUAL(order[0]->count, 2);
	CU_ASSERT_STRING_EQUAL(order[0]->mnemonic, "pushf");
	CU_ASSERT_STRING_EQUAL(order[0]->what, "pushed eflags");
}

/* Twice as many places as there is room for: each event is either at a place or elsewhere. */
static void test_full(void)
{
	const struct hole *order[HOLES_MAX];
	struct counters counters;
	uint64_t sum = 0;

	counters_begin(&counters, EVENT_KINDS_ALL);
	for (unsigned round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < 2 * HOLES_MAX; i++)
			fall(&counters, 0xc0000000 + 7 * i, "str", "task register", 1);
	}
	CU_ASSERT_EQUAL_FATAL(holes_order(&counters.holes, order), HOLES_MAX);
	for (unsigned i = 0; i < HOLES_MAX; i++) {
		CU_ASSERT_EQUAL(order[i]->count, 3);
		CU_ASSERT(i == 0 || order[i - 1]->eip < order[i]->eip);
		sum += order[i]->count;
	}
	CU_ASSERT_EQUAL(sum + counters.holes.elsewhere, 6 * HOLES_MAX);
}

/* What is printed: places with most first, the rest as a sum, nothing without any. */
static void test_text(void)
{
	static char text[16384];
	struct counters counters;
	char error[256];
	struct output *output;
	FILE *file;

	counters_begin(&counters, EVENT_KINDS_ALL);
	for (uint32_t i = 0; i < 20; i++)
		fall(&counters, 0x1000 + i, "pushf", "pushed eflags", 40 - i);
	file = fmemopen(text, sizeof(text), "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	output = output_into(file);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	holes_write_text(&counters.holes, NULL, output);
	CU_ASSERT(output_close(output, error, sizeof(error)));
	fclose(file);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(text, "       40  pushf    00001000  pushed eflags\n       39  pushf    00001001"));
	CU_ASSERT_PTR_NULL(strstr(text, "0000100c"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "      196  at 8 other places\n"));
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"places in order", test_order},
		{"from a recording", test_recorded},
		{"more places than room", test_full},
		{"as text", test_text},
		{0},
	};

	return harness_main("holes", tests);
}
