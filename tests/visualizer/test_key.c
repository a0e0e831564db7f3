/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_key.c - keys by name, there and back.
 */
#include "tests/harness.h"

#include "visualizer/screen/key.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static enum key parsed(const char *name)
{
	enum key key = K_CLOSED;

	return key_parse(name, &key) ? key : K_NONE;
}

static void test_characters(void)
{
	CU_ASSERT_EQUAL(parsed("s"), 's');
	CU_ASSERT_EQUAL(parsed("S"), 'S');
	CU_ASSERT_EQUAL(parsed("/"), '/');
	CU_ASSERT_EQUAL(parsed("-"), '-');
	CU_ASSERT_EQUAL(parsed("é"), 0xe9);
	CU_ASSERT_EQUAL(parsed("→"), 0x2192);
	CU_ASSERT_EQUAL(parsed("Space"), ' ');
	CU_ASSERT_EQUAL(parsed(" "), ' ');
}

static void test_names(void)
{
	CU_ASSERT_EQUAL(parsed("F8"), K_F8);
	CU_ASSERT_EQUAL(parsed("f12"), K_F12);
	CU_ASSERT_EQUAL(parsed("up"), K_UP);
	CU_ASSERT_EQUAL(parsed("PgDn"), K_PAGE_DOWN);
	CU_ASSERT_EQUAL(parsed("PageDown"), K_PAGE_DOWN);
	CU_ASSERT_EQUAL(parsed("Tab"), K_TAB);
	CU_ASSERT_EQUAL(parsed("S-Tab"), K_BACK_TAB);
	CU_ASSERT_EQUAL(parsed("Esc"), K_ESCAPE);
	CU_ASSERT_EQUAL(parsed("Enter"), K_ENTER);
}

static void test_control(void)
{
	CU_ASSERT_EQUAL(parsed("C-a"), 1);
	CU_ASSERT_EQUAL(parsed("C-C"), 3);
	CU_ASSERT_EQUAL(parsed("c-z"), 26);
	CU_ASSERT_EQUAL(parsed("C-]"), 29);
	CU_ASSERT_EQUAL(parsed("C-["), K_ESCAPE);
	CU_ASSERT_EQUAL(parsed("C-m"), K_ENTER);
}

static void test_no_keys(void)
{
	static const char *const wrong[] = {"",     "ss",   "C-",   "C-1", "C-ab", "F13",
					    "F0",   "Hyper", "\x1b", "\xff", "\xc3", "\xe2\x86",
					    "\xc0\xaf", "C-@"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CU_ASSERT_EQUAL(parsed(wrong[i]), K_NONE);
}

/* Every key's name is read back as this key. */
static void test_there_and_back(void)
{
	char name[16];

	for (uint32_t key = 1; key <= K_CLOSED; key++) {
		if ((key >= 0x80 && key < 0xa0) || (key >= 0x3000 && key < K_UP && key % 97))
			continue;
		key_text((enum key)key, name, sizeof(name));
		if (parsed(name) != (enum key)key) {
			printf("# %x is called '%s'\n", (unsigned)key, name);
			CU_ASSERT_EQUAL(parsed(name), key);
		}
	}
	key_text(K_NONE, name, sizeof(name));
	CU_ASSERT_STRING_EQUAL(name, "?");
	key_text((enum key)3, name, sizeof(name));
	CU_ASSERT_STRING_EQUAL(name, "C-c");
	key_text(K_F8, name, 2);
	CU_ASSERT_STRING_EQUAL(name, "F");
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"characters", test_characters},
		{"names", test_names},
		{"with Ctrl", test_control},
		{"what is no key", test_no_keys},
		{"there and back", test_there_and_back},
		{0},
	};

	return harness_main("visualizer/key", tests);
}
