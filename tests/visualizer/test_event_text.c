/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_event_text.c - events in words: lines, stories, and what is left out.
 */
#include "tests/harness.h"

#include "cpu/insn.h"
#include "visualizer/event_text.h"
#include "visualizer/filter.h"

#include <stdlib.h>
#include <string.h>

/* CLI at CPL 1, as trap/ tells it. */
static struct event cli(void)
{
	struct event event = {
		.sequence = 812, .cycle = 1204331, .kind = EV_TRAP, .guest_cpl = 0, .real_cpl = 1,
		.byte_count = 1, .technique = "trap", .eip = 0x100130, .linear = 0x100130, .bytes = { 0xfa },
		.big = true, .mnemonic = "cli", .insn_class = CLASS_PRIVILEGED, .has_vector = true,
		.has_error = true, .vector = 13, .reason = "cli", .action = "emulated on the virtual CPU",
	};

	event_add_change(&event, "if", 1, 0);
	event_add_change(&event, "eip", 0x100130, 0x100131);
	event_add_phase(&event, "exception to the VMM", 200);
	event_add_phase(&event, "return to the guest", 180);
	return event;
}

typedef void writer(const struct event_text *text, const struct event *event);

/* What a writer writes, for the caller to free. */
static char *written(writer *write, const struct event *event, bool narrow)
{
	char *bytes = NULL;
	size_t size;
	struct event_text text = {
		.out = open_memstream(&bytes, &size), .style = style_make("never"), .narrow = narrow,
	};

	write(&text, event);
	fclose(text.out);
	return bytes;
}

static bool line_has(writer *write, const struct event *event, bool narrow, const char *part)
{
	char *text = written(write, event, narrow);
	bool has = strstr(text, part);

	if (!has)
		fprintf(stderr, "'%s' is not in: %s\n", part, text);
	free(text);
	return has;
}

static void test_line(void)
{
	struct event event = cli();

	CU_ASSERT(line_has(event_line, &event, false, "0/1 00100130"));
	CU_ASSERT(line_has(event_line, &event, false, " P  cli "));
	CU_ASSERT(line_has(event_line, &event, false, "#GP(0)"));
	CU_ASSERT(line_has(event_line, &event, false, "emulated on the virtual CPU; if 1->0\n"));
	CU_ASSERT(line_has(event_line, &event, true, "if 1->0\n"));
}

static void test_narrow_lines_fit(void)
{
	struct event event = cli();
	char *text;

	event.sequence = 99999;
	event.cycle = 999999999;
	event.reason = "a reason that is much too long to fit";
	event_add_change(&event, "something", 0xffffffff, 0xfffffffe);
	text = written(event_line, &event, true);
	CU_ASSERT(strlen(text) <= 81);
	free(text);
}

static void test_story(void)
{
	struct event event = cli();

	CU_ASSERT(line_has(event_story, &event, false, "1  the guest executes  cli"));
	CU_ASSERT(line_has(event_story, &event, false, "2  CPL 1 > IOPL 0, so cli is not allowed: the processor raises #GP(0)"));
	CU_ASSERT(line_has(event_story, &event, false, "changed for the guest: if 1->0"));
	CU_ASSERT(line_has(event_story, &event, false, "in all 380 cycles"));
}

static void test_page_fault_story(void)
{
	struct event event = cli();

	event.kind = EV_HIDDEN_FAULT;
	event.vector = 14;
	event.error = 2;
	event.address = 0xc0100000;
	event.bytes[0] = 0xab;
	event.mnemonic = "stosd";
	event.insn_class = CLASS_INNOCUOUS;
	CU_ASSERT(line_has(event_story, &event, false, "supervisor write at c0100000: the entry is not present"));
	event.error = 5;
	CU_ASSERT(line_has(event_story, &event, false, "user read at c0100000: the entry does not allow it"));
}

static void test_hole(void)
{
	struct event event = cli();

	event.kind = EV_SENSITIVE;
	event.bytes[0] = 0x9d;
	event.mnemonic = "popfd";
	event.insn_class = CLASS_SENSITIVE;
	event.has_vector = false;
	event.action = "if";
	event.changes = event.phases = 0;
	event_add_change(&event, "guest sees", 0, 0);
	event_add_change(&event, "should see", 1, 1);
	CU_ASSERT(line_has(event_line, &event, false, " S! popf"));
	CU_ASSERT(line_has(event_line, &event, false, "if; sees 0, should see 1"));
	CU_ASSERT(line_has(event_story, &event, false, "if: the guest sees 0, should see 1"));
}

static void test_event_without_anything(void)
{
	struct event event = { 0 };

	for (int kind = 0; kind < EV_KIND_COUNT; kind++) {
		event.kind = (uint8_t)kind;
		CU_ASSERT(line_has(event_line, &event, true, "(unreadable)"));
		CU_ASSERT(line_has(event_line, &event, false, "(unreadable)"));
		CU_ASSERT(line_has(event_story, &event, false, event_kind_name((enum event_kind)kind)));
	}
}

/* Full of the longest there can be: nothing may overflow (ASan looks on). */
static void test_event_full(void)
{
	struct event event = cli();
	static char name[200];

	memset(name, 'n', sizeof(name) - 1);
	event.changes = event.phases = 0;
	for (int i = 0; i < EVENT_CHANGES; i++)
		event_add_change(&event, name, UINT32_MAX, 0);
	for (int i = 0; i < EVENT_PHASES; i++)
		event_add_phase(&event, name, UINT32_MAX / 8);
	event.action = event.reason = name;
	for (int kind = 0; kind < EV_KIND_COUNT; kind++) {
		event.kind = (uint8_t)kind;
		free(written(event_line, &event, true));
		free(written(event_line, &event, false));
		free(written(event_story, &event, false));
	}
	CU_PASS("no overflow");
}

static void test_filters(void)
{
	uint64_t kinds;

	CU_ASSERT(filter_parse(NULL, 5, &kinds) && kinds == 5);
	CU_ASSERT(filter_parse("trap,port", 0, &kinds));
	CU_ASSERT(kinds == (UINT64_C(1) << EV_TRAP | UINT64_C(1) << EV_PORT));
	CU_ASSERT(filter_parse("all,-port", 0, &kinds) && kinds == (filter_all() & ~(UINT64_C(1) << EV_PORT)));
	CU_ASSERT(filter_parse("-trap", filter_usual("trap"), &kinds));
	CU_ASSERT(kinds == (filter_usual("trap") & ~(UINT64_C(1) << EV_TRAP)));
}

static const struct harness_test tests[] = {
	{ "a trap in a line", test_line },
	{ "narrow lines fit 80 columns", test_narrow_lines_fit },
	{ "a trap's story", test_story },
	{ "a page fault's story", test_page_fault_story },
	{ "the hole", test_hole },
	{ "an event without anything", test_event_without_anything },
	{ "an event full of everything", test_event_full },
	{ "filters", test_filters },
	{ 0 },
};

int main(void)
{
	return harness_main("visualizer/event_text", tests);
}
