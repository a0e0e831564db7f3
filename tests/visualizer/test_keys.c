/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_keys.c - strokes to scan codes, what terminals send, the queue at model times.
 */
#include "tests/harness.h"

#include "visualizer/keys.h"

#include <stdlib.h>
#include <string.h>

static bool makes(struct stroke stroke, const char *codes)
{
	uint8_t bytes[2 * STROKE_BYTES];
	size_t size = stroke_make(stroke, bytes);
	char text[64] = "";

	size += stroke_break(stroke, bytes + size);
	for (size_t i = 0; i < size; i++)
		snprintf(text + 3 * i, 4, "%02x ", bytes[i]);
	return strncmp(text, codes, strlen(codes)) == 0 && strlen(text) == strlen(codes) + 1;
}

static void test_characters(void)
{
	CU_ASSERT(makes(stroke_of_character('a'), "1e 9e"));
	CU_ASSERT(makes(stroke_of_character('A'), "2a 1e 9e aa"));
	CU_ASSERT(makes(stroke_of_character('1'), "02 82"));
	CU_ASSERT(makes(stroke_of_character('!'), "2a 02 82 aa"));
	CU_ASSERT(makes(stroke_of_character('/'), "35 b5"));
	CU_ASSERT(makes(stroke_of_character('?'), "2a 35 b5 aa"));
	CU_ASSERT(makes(stroke_of_character('\n'), "1c 9c"));
	CU_ASSERT(makes(stroke_of_character('\r'), "1c 9c"));
	CU_ASSERT(makes(stroke_of_character(' '), "39 b9"));
	CU_ASSERT(makes(stroke_of_character(3), "1d 2e ae 9d"));
	CU_ASSERT(stroke_of_character('\0').code == 0);
	CU_ASSERT(stroke_of_character((char)0xc3).code == 0);
}

static void test_every_printable_character(void)
{
	for (char c = ' '; c <= '~'; c++) {
		struct stroke stroke = stroke_of_character(c);

		CU_ASSERT(stroke.code != 0);
		CU_ASSERT(!stroke.control && !stroke.alt && !stroke.extended);
		for (char other = ' '; other < c; other++) {
			struct stroke second = stroke_of_character(other);

			CU_ASSERT(second.code != stroke.code || second.shift != stroke.shift);
		}
	}
}

static void test_names(void)
{
	CU_ASSERT(makes(stroke_of_name("up"), "e0 48 e0 c8"));
	CU_ASSERT(makes(stroke_of_name("f12"), "58 d8"));
	CU_ASSERT(makes(stroke_of_name("q"), "10 90"));
	CU_ASSERT(stroke_of_name("hyper").code == 0);
	CU_ASSERT(stroke_of_name("").code == 0);
}

static bool terminal_sends(const char *bytes, size_t size, size_t expected_used, const char *codes)
{
	size_t used = 0;
	struct stroke stroke = stroke_of_terminal(bytes, size, &used);

	return used == expected_used && (codes ? makes(stroke, codes) : stroke.code == 0);
}

static void test_terminal_sequences(void)
{
	CU_ASSERT(terminal_sends("x", 1, 1, "2d ad"));
	CU_ASSERT(terminal_sends("\x1b[A", 3, 3, "e0 48 e0 c8"));
	CU_ASSERT(terminal_sends("\x1bOA", 3, 3, "e0 48 e0 c8"));
	CU_ASSERT(terminal_sends("\x1b[D\x1b[D", 6, 3, "e0 4b e0 cb"));
	CU_ASSERT(terminal_sends("\x1b[15~", 5, 5, "3f bf"));
	CU_ASSERT(terminal_sends("\x1bx", 2, 2, "38 2d ad b8"));
	CU_ASSERT(terminal_sends("\x1b", 1, 1, "01 81"));
	CU_ASSERT(terminal_sends("\x1b\x1b", 2, 1, "01 81"));
	CU_ASSERT(terminal_sends("\x1b[99;5u", 7, 7, NULL)); /* no key has it: dropped whole */
}

/* Whatever a terminal sends, some of it is used and none beyond it is read (ASan looks on). */
static void test_random_terminal_bytes(void)
{
	uint64_t random = harness_seed(7), rounds = harness_count(20000);

	for (uint64_t i = 0; i < rounds; i++) {
		size_t size = 1 + harness_random(&random) % 12, used;
		char *bytes = malloc(size);

		CU_ASSERT_FATAL(bytes != NULL);
		for (size_t j = 0; j < size; j++)
			bytes[j] = harness_random(&random) % 3 ? "\x1b[O1;~A"[harness_random(&random) % 7]
			                                       : (char)harness_random(&random);
		for (size_t at = 0; at < size; at += used) {
			stroke_of_terminal(bytes + at, size - at, &used);
			CU_ASSERT_FATAL(used >= 1 && used <= size - at);
		}
		free(bytes);
	}
}

static struct keys queue(void)
{
	struct keys keys;

	keys_begin(&keys, 1000000000);
	return keys;
}

static void test_queue_is_in_order(void)
{
	struct keys keys = queue();
	char error[128];

	CU_ASSERT(keys_next(&keys) == BOARD_NEVER);
	CU_ASSERT(keys_read_line(&keys, "500 1e", error, sizeof(error)));
	CU_ASSERT(keys_read_line(&keys, "  100\t1f 9f", error, sizeof(error)));
	CU_ASSERT(keys_read_line(&keys, "300 serial \"x\\x41\\n\"", error, sizeof(error)));
	CU_ASSERT(keys_read_line(&keys, "; nothing", error, sizeof(error)));
	CU_ASSERT(keys_read_line(&keys, "", error, sizeof(error)));
	CU_ASSERT_FATAL(keys.count == 5);
	CU_ASSERT(keys_next(&keys) == 100);
	for (size_t i = 1; i < keys.count; i++)
		CU_ASSERT(keys.input[i - 1].cycle <= keys.input[i].cycle);
	CU_ASSERT(keys.input[1].serial && keys.input[1].bytes[0] == 'x');
	CU_ASSERT(keys.input[2].bytes[0] == 0x41);
	CU_ASSERT(keys.input[3].bytes[0] == '\n');
	keys_end(&keys);
}

static void test_text_takes_model_time(void)
{
	struct keys keys = queue();
	char error[128];

	CU_ASSERT(keys_read_line(&keys, "1000 text \"ab\"", error, sizeof(error)));
	CU_ASSERT_FATAL(keys.count == 4);
	CU_ASSERT(keys.input[0].cycle == 1000 && keys.input[0].bytes[0] == 0x1e);
	CU_ASSERT(keys.input[1].cycle == 5001000 && keys.input[1].bytes[0] == 0x9e);
	CU_ASSERT(keys.input[2].cycle == 10001000 && keys.input[2].bytes[0] == 0x30);
	keys_end(&keys);
}

static void test_a_held_key_is_released_once(void)
{
	struct keys keys = queue();

	keys_stroke(&keys, 100, stroke_of_name("left"));
	keys_stroke(&keys, 200, stroke_of_name("left"));
	keys_stroke(&keys, 300, stroke_of_name("left"));
	CU_ASSERT_FATAL(keys.count == 4);
	CU_ASSERT(keys.input[3].cycle == 300 + 1000000000 / 12);
	CU_ASSERT(keys.input[3].bytes[1] == 0xcb);
	keys_end(&keys);
}

static void test_shift_is_let_go_for_the_next_key(void)
{
	struct keys keys = queue();

	keys_stroke(&keys, 100, stroke_of_character('A'));
	keys_stroke(&keys, 100, stroke_of_character('b'));
	keys_stroke(&keys, 100, stroke_of_name("left"));
	CU_ASSERT_FATAL(keys.count == 6);
	CU_ASSERT(keys.input[0].bytes[0] == 0x2a && keys.input[0].bytes[1] == 0x1e);
	CU_ASSERT(keys.input[1].bytes[0] == 0x9e && keys.input[1].bytes[1] == 0xaa);
	CU_ASSERT(keys.input[2].bytes[0] == 0x30);
	CU_ASSERT(keys.input[3].bytes[0] == 0xe0 && keys.input[3].cycle == 100);
	CU_ASSERT(keys.input[4].bytes[0] == 0xb0 && keys.input[4].cycle > 100);
	keys_end(&keys);
}

/* What a file says is not changed by who types meanwhile. */
static void test_typing_leaves_recordings_alone(void)
{
	struct keys keys = queue();
	char error[128];

	CU_ASSERT(keys_read_line(&keys, "500 text \"A\"", error, sizeof(error)));
	keys_stroke(&keys, 100, stroke_of_character('A'));
	keys_stroke(&keys, 100, stroke_of_character('x'));
	CU_ASSERT_FATAL(keys.count == 6);
	CU_ASSERT(keys.input[3].cycle == 500 && keys.input[4].cycle == 5000500);
	keys_end(&keys);
}

static void test_wrong_lines(void)
{
	static const char *const wrong[] = {
		"x 1e", "100", "100 ", "-5 1e", "100 1", "100 1g", "100 text", "100 text \"a", "100 text a",
		"100 text \"\\q\"", "100 serial \"\\x4\"", "100 key nokey", "100 serial \"\\", "99",
		"100 text \"\\xc3\"",
	};
	struct keys keys = queue();
	char error[128];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		error[0] = '\0';
		CU_ASSERT(!keys_read_line(&keys, wrong[i], error, sizeof(error)));
		CU_ASSERT(error[0] != '\0');
	}
	keys_end(&keys);
}

static const struct harness_test tests[] = {
	{ "characters", test_characters },
	{ "every printable character has a stroke of its own", test_every_printable_character },
	{ "names", test_names },
	{ "what terminals send", test_terminal_sequences },
	{ "random bytes from a terminal", test_random_terminal_bytes },
	{ "the queue is in order of time", test_queue_is_in_order },
	{ "typed text takes model time", test_text_takes_model_time },
	{ "a held key is released once", test_a_held_key_is_released_once },
	{ "shift is let go for the next key", test_shift_is_let_go_for_the_next_key },
	{ "typing leaves recordings alone", test_typing_leaves_recordings_alone },
	{ "wrong lines are refused with a reason", test_wrong_lines },
	{ 0 },
};

int main(void)
{
	return harness_main("visualizer/keys", tests);
}
