/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_screen_text.c - the text screen as text, and characters in both alphabets.
 */
#include "tests/harness.h"

#include "visualizer/screen_text.h"

#include <stdlib.h>
#include <string.h>

static char *printed(const struct screen *screen, bool utf8)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	screen_print(out, screen, utf8);
	fclose(out);
	return text;
}

static void put(struct screen *screen, unsigned row, unsigned column, const char *text)
{
	for (; *text; text++)
		screen->cell[row][column++] = (struct screen_cell){ (uint8_t)*text, 7 };
}

static void test_empty(void)
{
	struct screen screen = { .columns = 80, .rows = 25 };
	char *text = printed(&screen, true);

	CU_ASSERT_STRING_EQUAL(text, "");
	free(text);
}

static void test_rows(void)
{
	struct screen screen = { .columns = 80, .rows = 25 };
	char *text;

	put(&screen, 0, 0, "first   ");
	put(&screen, 2, 3, "third");
	screen.cell[2][79].character = 0xdb;
	text = printed(&screen, true);
	CU_ASSERT(strncmp(text, "first\n\n   third ", 16) == 0);
	CU_ASSERT(strcmp(text + strlen(text) - 4, "\u2588\n") == 0);
	free(text);
	text = printed(&screen, false);
	CU_ASSERT(strlen(text) == 6 + 1 + 81);
	CU_ASSERT(text[strlen(text) - 2] == '#');
	free(text);
}

static void test_alphabets(void)
{
	CU_ASSERT_STRING_EQUAL(screen_character('A', true), "A");
	CU_ASSERT_STRING_EQUAL(screen_character(0x81, true), "\u00fc");
	CU_ASSERT_STRING_EQUAL(screen_character(0x81, false), "u");
	CU_ASSERT_STRING_EQUAL(screen_character(0xcd, false), "=");
	CU_ASSERT_STRING_EQUAL(screen_character(0xc4, false), "-");
	CU_ASSERT_STRING_EQUAL(screen_character(0xb3, false), "|");
	for (unsigned i = 0; i < 256; i++) {
		const char *wide = screen_character((uint8_t)i, true), *plain = screen_character((uint8_t)i, false);

		CU_ASSERT(strlen(wide) >= 1 && strlen(wide) <= 3);
		CU_ASSERT(strlen(plain) == 1 && plain[0] >= ' ' && plain[0] <= '~');
		if (i >= ' ' && i <= '~')
			CU_ASSERT(wide[0] == (char)i && plain[0] == (char)i);
	}
}

static const struct harness_test tests[] = {
	{ "an empty screen", test_empty },
	{ "rows without their blank ends", test_rows },
	{ "code page 437 in UTF-8 and in ASCII", test_alphabets },
	{ 0 },
};

int main(void)
{
	return harness_main("visualizer/screen_text", tests);
}
