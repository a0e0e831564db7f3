/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_i8042.c - keyboard controller and keyboard: how drivers start them, scan codes in both
 * sets, A20 and reset, the absent mouse.
 */
#include "tests/core/board_fixture.h"

/* Waits for a byte as a polling driver does: at most 10 ms. */
static int receive(struct fixture *f)
{
	for (int i = 0; i < 1000; i++, f->now += 10 * FIXTURE_US) {
		if (in(f, 0x64) & 1)
			return in(f, 0x60);
	}
	return -1;
}

static void self_tests(void)
{
	struct fixture f;

	fixture_open(&f);
	CU_ASSERT_EQUAL(in(&f, 0x64) & 0x01, 0);
	out(&f, 0x64, 0xaa);
	CU_ASSERT_EQUAL(receive(&f), 0x55);
	out(&f, 0x64, 0xab);
	CU_ASSERT_EQUAL(receive(&f), 0x00);
	out(&f, 0x64, 0x20);
	CU_ASSERT_EQUAL(receive(&f), 0x65);
	out(&f, 0x60, 0xff);
	CU_ASSERT_EQUAL(receive(&f), 0xfa);
	CU_ASSERT_EQUAL(receive(&f), 0xaa);
	CU_ASSERT_EQUAL(receive(&f), -1);
	fixture_close(&f);
}

static void no_mouse(void)
{
	struct fixture f;

	fixture_open(&f);
	out(&f, 0x64, 0xa8);
	out(&f, 0x64, 0x20);
	CU_ASSERT_EQUAL(receive(&f) & 0x20, 0x20); /* its clock stays off */
	out(&f, 0x64, 0xa9);
	CU_ASSERT_NOT_EQUAL(receive(&f), 0);
	out(&f, 0x64, 0xd3);
	out(&f, 0x60, 0x5a);
	CU_ASSERT_EQUAL(receive(&f), -1);
	out(&f, 0x64, 0xd4);
	out(&f, 0x60, 0xff);
	CU_ASSERT_EQUAL(in(&f, 0x64) & 0x61, 0x61); /* time-out */
	CU_ASSERT_EQUAL(receive(&f), 0xfe);
	fixture_close(&f);
}

static void keys_interrupt(void)
{
	static const uint8_t keys[] = { 0x1e, 0x9e, 0xe0, 0x48, 0xe0, 0xc8 };
	struct fixture f;

	fixture_open(&f);
	unmask(&f, 0x02);
	CU_ASSERT_EQUAL(board_key_input(f.board, keys, sizeof keys), sizeof keys);
	for (unsigned i = 0; i < sizeof keys; i++) {
		CU_ASSERT(!board_interrupt(f.board));
		pass(&f, 100 * FIXTURE_US);
		CU_ASSERT(board_interrupt(f.board));
		CU_ASSERT_EQUAL(board_acknowledge(f.board), 9);
		CU_ASSERT_EQUAL(in(&f, 0x60), keys[i]);
		CU_ASSERT_EQUAL(in(&f, 0x60), keys[i]); /* twice the same */
		out(&f, 0x20, 0x20);
	}
	CU_ASSERT_EQUAL(board_next(f.board), BOARD_NEVER);
	fixture_close(&f);
}

/* Set 1 goes in, becomes set 2 in the keyboard and set 1 again in the controller. */
static void all_keys_come_through(void)
{
	for (unsigned code = 1; code < 0x59; code++) {
		uint8_t keys[2] = { (uint8_t)code, (uint8_t)(code | 0x80) };
		struct fixture f;

		fixture_open(&f);
		board_key_input(f.board, keys, 2);
		CU_ASSERT_EQUAL(receive(&f), keys[0]);
		CU_ASSERT_EQUAL(receive(&f), keys[1]);
		fixture_close(&f);
	}
}

static void raw_sets(void)
{
	static const uint8_t key[] = { 0x1e, 0x9e };
	struct fixture f;

	fixture_open(&f);
	out(&f, 0x64, 0x60);
	out(&f, 0x60, 0x25); /* no translation */
	board_key_input(f.board, key, 2);
	CU_ASSERT_EQUAL(receive(&f), 0x1c);
	CU_ASSERT_EQUAL(receive(&f), 0xf0);
	CU_ASSERT_EQUAL(receive(&f), 0x1c);
	out(&f, 0x60, 0xf0);
	CU_ASSERT_EQUAL(receive(&f), 0xfa);
	out(&f, 0x60, 0x01);
	CU_ASSERT_EQUAL(receive(&f), 0xfa);
	board_key_input(f.board, key, 2);
	CU_ASSERT_EQUAL(receive(&f), 0x1e);
	CU_ASSERT_EQUAL(receive(&f), 0x9e);
	out(&f, 0x60, 0xf0);
	CU_ASSERT_EQUAL(receive(&f), 0xfa);
	out(&f, 0x60, 0x00);
	CU_ASSERT_EQUAL(receive(&f), 0xfa);
	CU_ASSERT_EQUAL(receive(&f), 0x01);
	fixture_close(&f);
}

static void keyboard_commands(void)
{
	static const uint8_t key[] = { 0x1e };
	struct fixture f;

	fixture_open(&f);
	out(&f, 0x60, 0xee);
	CU_ASSERT_EQUAL(receive(&f), 0xee);
	out(&f, 0x60, 0xed);
	CU_ASSERT_EQUAL(receive(&f), 0xfa);
	out(&f, 0x60, 0x07);
	CU_ASSERT_EQUAL(receive(&f), 0xfa);
	out(&f, 0x60, 0xf3);
	CU_ASSERT_EQUAL(receive(&f), 0xfa);
	out(&f, 0x60, 0x20);
	CU_ASSERT_EQUAL(receive(&f), 0xfa);
	out(&f, 0x60, 0xf2);
	CU_ASSERT_EQUAL(receive(&f), 0xfa);
	CU_ASSERT_EQUAL(receive(&f), 0xab);
	CU_ASSERT_EQUAL(receive(&f), 0x41); /* 83, translated */
	out(&f, 0x60, 0xf5);
	CU_ASSERT_EQUAL(receive(&f), 0xfa);
	CU_ASSERT_EQUAL(board_key_input(f.board, key, 1), 1);
	CU_ASSERT_EQUAL(receive(&f), -1); /* not scanning */
	out(&f, 0x60, 0xf4);
	CU_ASSERT_EQUAL(receive(&f), 0xfa);
	out(&f, 0x60, 0xfe);
	CU_ASSERT_EQUAL(receive(&f), 0xfa); /* the last byte again */
	out(&f, 0x60, 0x12);
	CU_ASSERT_EQUAL(receive(&f), 0xfe);
	fixture_close(&f);
}

static void disabled_interface_holds_keys(void)
{
	static const uint8_t key[] = { 0x10 };
	struct fixture f;

	fixture_open(&f);
	out(&f, 0x64, 0xad);
	board_key_input(f.board, key, 1);
	CU_ASSERT_EQUAL(receive(&f), -1);
	out(&f, 0x64, 0xae);
	CU_ASSERT_EQUAL(receive(&f), 0x10);
	fixture_close(&f);
}

static void a20_and_reset(void)
{
	struct fixture f;

	fixture_open(&f);
	CU_ASSERT(f.a20);
	out(&f, 0x64, 0xd1);
	out(&f, 0x60, 0xdd);
	CU_ASSERT(!f.a20);
	CU_ASSERT_EQUAL(in(&f, 0x92) & 2, 0);
	out(&f, 0x92, 2);
	CU_ASSERT(f.a20);
	out(&f, 0x64, 0xd0);
	CU_ASSERT_EQUAL(receive(&f) & 2, 2);
	out(&f, 0x64, 0xdd);
	CU_ASSERT(!f.a20);
	out(&f, 0x64, 0xdf);
	CU_ASSERT(f.a20);
	CU_ASSERT_EQUAL(f.resets, 0);
	out(&f, 0x64, 0xfe);
	CU_ASSERT_EQUAL(f.resets, 1);
	out(&f, 0x64, 0xff);
	CU_ASSERT_EQUAL(f.resets, 1);
	out(&f, 0x64, 0xd1);
	out(&f, 0x60, 0xde);
	CU_ASSERT_EQUAL(f.resets, 2);
	out(&f, 0x92, 3);
	CU_ASSERT_EQUAL(f.resets, 3);
	fixture_close(&f);
}

static void input_is_bounded(void)
{
	uint8_t keys[1000];
	struct fixture f;
	size_t taken;

	fixture_open(&f);
	memset(keys, 0x9e, sizeof keys);
	taken = board_key_input(f.board, keys, sizeof keys);
	CU_ASSERT(taken > 100 && taken < 256);
	for (size_t i = 0; i < taken; i++)
		CU_ASSERT_EQUAL(receive(&f), 0x9e);
	CU_ASSERT_EQUAL(receive(&f), -1);
	fixture_close(&f);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{ "self tests", self_tests },
		{ "there is no mouse", no_mouse },
		{ "keys interrupt", keys_interrupt },
		{ "every key comes through", all_keys_come_through },
		{ "untranslated sets 2 and 1", raw_sets },
		{ "keyboard commands", keyboard_commands },
		{ "a disabled interface holds keys", disabled_interface_holds_keys },
		{ "A20 and reset", a20_and_reset },
		{ "typing is bounded", input_is_bounded },
		{ 0 },
	};

	return harness_main("i8042", tests);
}
