/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_debugger_log.c - the log of events by their numbers, and the ring of the console.
 */
#include "tests/harness.h"

#include "visualizer/debugger/console.h"
#include "visualizer/debugger/event_log.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM = 16 };

struct bench {
	struct event_stream stream;
	struct event_log *log;
};

static void begin(struct bench *bench)
{
	*bench = (struct bench){ 0 };
	bench->log = event_log_new(&bench->stream, ROOM);
	CU_ASSERT_FATAL(bench->log != NULL);
}

/* Events whose cycle is their number times ten; `branch` tells them from those of another history. */
static void tell(struct bench *bench, uint64_t count, uint32_t branch)
{
	for (uint64_t i = 0; i < count; i++) {
		struct event event = { .cycle = bench->stream.sequence * 10, .kind = EV_TRAP, .eip = branch };

		event_emit(&bench->stream, &event);
	}
}

/* The machine was put back to where `sequence` is the next event. */
static void put_back(struct bench *bench, uint64_t sequence)
{
	bench->stream.sequence = sequence;
	event_set_repeating(&bench->stream, true);
}

static bool kept(const struct bench *bench, uint64_t first, uint64_t end, uint32_t branch)
{
	if (event_log_first(bench->log) != first || event_log_end(bench->log) != end)
		return false;
	for (uint64_t i = first; i < end; i++) {
		const struct event *event = event_log_at(bench->log, i);

		if (!event || event->sequence != i || event->cycle != i * 10 || event->eip != branch)
			return false;
	}
	return event_log_at(bench->log, end) == NULL && (first == 0 || event_log_at(bench->log, first - 1) == NULL);
}

static void test_ring(void)
{
	struct bench bench;

	begin(&bench);
	CU_ASSERT(kept(&bench, 0, 0, 0));
	tell(&bench, 5, 0);
	CU_ASSERT(kept(&bench, 0, 5, 0));
	tell(&bench, 40, 0);
	CU_ASSERT(kept(&bench, 45 - ROOM, 45, 0));
	event_log_free(bench.log);
	CU_ASSERT(bench.stream.readers == NULL);
}

static void test_repeats(void)
{
	struct bench bench;

	begin(&bench);
	tell(&bench, 12, 0);
	put_back(&bench, 3);
	CU_ASSERT(kept(&bench, 0, 12, 0));
	tell(&bench, 5, 0);
	CU_ASSERT(kept(&bench, 0, 12, 0));
	tell(&bench, 6, 0);
	CU_ASSERT(kept(&bench, 0, 14, 0));
	event_log_free(bench.log);
}

static void test_branches(void)
{
	struct bench bench;

	begin(&bench);
	tell(&bench, 12, 0);
	put_back(&bench, 3);
	event_log_cut(bench.log, 3);
	CU_ASSERT(kept(&bench, 0, 3, 0));
	tell(&bench, 2, 1);
	CU_ASSERT(event_log_end(bench.log) == 5 && event_log_at(bench.log, 4)->eip == 1);
	/* Nobody said so, but what is told is another history. */
	put_back(&bench, 1);
	tell(&bench, 1, 2);
	CU_ASSERT(event_log_end(bench.log) == 2 && event_log_at(bench.log, 1)->eip == 2 && event_log_at(bench.log, 2) == NULL);
	event_log_cut(bench.log, 100);
	CU_ASSERT(event_log_end(bench.log) == 2);
	event_log_free(bench.log);
}

/* So far back that its events were dropped: those around the present are kept beside the latest. */
static void test_far_past(void)
{
	struct bench bench;

	begin(&bench);
	tell(&bench, 100, 0);
	put_back(&bench, 10);
	tell(&bench, 4, 0);
	CU_ASSERT(kept(&bench, 10, 14, 0));
	CU_ASSERT(event_log_at(bench.log, 99) != NULL);
	put_back(&bench, 95);
	CU_ASSERT(event_log_first(bench.log) == 100 - ROOM && event_log_end(bench.log) == 100);
	put_back(&bench, 70);
	tell(&bench, 20, 0);
	CU_ASSERT(event_log_end(bench.log) == 100 && event_log_first(bench.log) <= 84 - 1);
	for (uint64_t i = event_log_first(bench.log); i < 100; i++)
		CU_ASSERT(event_log_at(bench.log, i) && event_log_at(bench.log, i)->sequence == i);
	/* A branch there makes an end of the latest ones. */
	put_back(&bench, 80);
	event_log_cut(bench.log, 80);
	tell(&bench, 2, 1);
	CU_ASSERT(event_log_end(bench.log) == 82 && event_log_at(bench.log, 81)->eip == 1 && event_log_at(bench.log, 90) == NULL);
	event_log_free(bench.log);
}

static void test_cut_where_nothing_is_kept(void)
{
	struct bench bench;

	begin(&bench);
	tell(&bench, 100, 0);
	put_back(&bench, 5);
	event_log_cut(bench.log, 5);
	CU_ASSERT(event_log_at(bench.log, 99) == NULL && event_log_first(bench.log) == event_log_end(bench.log));
	tell(&bench, 3, 1);
	CU_ASSERT(kept(&bench, 5, 8, 1));
	event_log_free(bench.log);
}

/* Whatever the order, what is kept under a number is the last event told by it. */
static void test_random_travel(void)
{
	uint64_t random = harness_seed(5), rounds = harness_count(3000);
	static uint32_t told[4096];
	uint32_t branch = 0;
	struct bench bench;

	begin(&bench);
	for (uint64_t round = 0; round < rounds; round++) {
		uint64_t dice = harness_random(&random), count = dice >> 8 & 31;

		if (bench.stream.sequence + count >= 4096 || dice % 4 == 0)
			put_back(&bench, harness_random(&random) % (bench.stream.sequence + 1));
		if (dice % 16 == 1) {
			event_log_cut(bench.log, bench.stream.sequence);
			branch++;
			memset(&told[bench.stream.sequence], 0, (4096 - bench.stream.sequence) * sizeof(told[0]));
		}
		for (uint64_t i = 0; i < count; i++) {
			uint32_t *as = &told[bench.stream.sequence];

			*as = *as ? *as : branch + 1;
			tell(&bench, 1, *as);
		}
		CU_ASSERT_FATAL(event_log_first(bench.log) <= event_log_end(bench.log));
		for (uint64_t i = event_log_first(bench.log); i < event_log_end(bench.log); i++)
			CU_ASSERT_FATAL(event_log_at(bench.log, i) && event_log_at(bench.log, i)->sequence == i &&
			                event_log_at(bench.log, i)->eip == told[i]);
	}
	event_log_free(bench.log);
}

/* ---- the console ---- */

static void print(struct console *console, const char *text)
{
	for (; *text; text++)
		console_byte_written(console, (uint8_t)*text);
}

static bool line_is(const struct console *console, uint64_t back, const char *expected)
{
	char text[16];

	return console_line(console, back, text, sizeof(text)) == (int)strlen(expected) && strcmp(text, expected) == 0;
}

static void test_console_lines(void)
{
	struct console *console = calloc(1, sizeof(*console));
	char text[16];

	CU_ASSERT_FATAL(console != NULL);
	CU_ASSERT(console_lines(console) == 0 && console_line(console, 0, text, sizeof(text)) == -1);
	print(console, "one\r\ntwo\n\nlast\x1b[1m\x80");
	CU_ASSERT(console_lines(console) == 4);
	CU_ASSERT(line_is(console, 0, "last[1m?") && line_is(console, 1, "") && line_is(console, 2, "two") &&
	          line_is(console, 3, "one"));
	CU_ASSERT(console_line(console, 4, text, sizeof(text)) == -1);
	CU_ASSERT(console_line(console, 0, text, 3) == 2 && strcmp(text, "la") == 0);
	print(console, "\n");
	CU_ASSERT(console_lines(console) == 4 && line_is(console, 3, "one"));
	free(console);
}

static void test_console_ring(void)
{
	struct console *console = calloc(1, sizeof(*console));
	char text[16];

	CU_ASSERT_FATAL(console != NULL);
	for (unsigned i = 0; i < CONSOLE_BYTES; i++)
		print(console, "0123456\n");
	CU_ASSERT(console_lines(console) == CONSOLE_BYTES / 8 - 1 || console_lines(console) == CONSOLE_BYTES / 8);
	CU_ASSERT(line_is(console, 0, "0123456") && line_is(console, console_lines(console) - 1, "0123456"));
	CU_ASSERT(console_line(console, console_lines(console), text, sizeof(text)) == -1);
	/* A line longer than the ring is shown from where it is kept. */
	for (unsigned i = 0; i < CONSOLE_BYTES + 100; i++)
		print(console, "x");
	CU_ASSERT(console_lines(console) == 1 && line_is(console, 0, "xxxxxxxxxxxxxxx"));
	free(console);
}

static const struct harness_test tests[] = {
	{ "events are kept in a ring", test_ring },
	{ "repeated ones are known", test_repeats },
	{ "a branch cuts the log", test_branches },
	{ "the far past is kept beside the latest", test_far_past },
	{ "a cut where nothing is kept begins anew", test_cut_where_nothing_is_kept },
	{ "random travel", test_random_travel },
	{ "the console's lines", test_console_lines },
	{ "the console is a ring", test_console_ring },
	{ 0 },
};

int main(void)
{
	return harness_main("debugger: log and console", tests);
}
