/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_prompt.c - a line being typed: editing, lines before, any keys at all.
 */
#include "tests/harness.h"

#include "visualizer/screen/bindings.h"
#include "visualizer/screen/prompt.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void type(struct prompt *prompt, const char *text)
{
	for (; *text; text++)
		prompt_key(prompt, (enum key)(unsigned char)*text);
}

static void press(struct prompt *prompt, const char *names)
{
	char copy[200];
	char *rest = copy;

	strcpy(copy, names);
	for (char *name = strtok_r(copy, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
		enum key key;

		CU_ASSERT_FATAL(key_parse(name, &key));
		prompt_key(prompt, key);
	}
}

static void test_editing(void)
{
	struct prompt prompt = {0};

	prompt_begin(&prompt, "go ");
	type(&prompt, "here");
	CU_ASSERT_STRING_EQUAL(prompt.text, "go here");
	press(&prompt, "Left Left Backspace x Del");
	CU_ASSERT_STRING_EQUAL(prompt.text, "go hxe");
	press(&prompt, "Home é Right End C-w w");
	CU_ASSERT_STRING_EQUAL(prompt.text, "égo w");
	press(&prompt, "Home Right Backspace");
	CU_ASSERT_STRING_EQUAL(prompt.text, "go w");
	press(&prompt, "End Left C-k");
	CU_ASSERT_STRING_EQUAL(prompt.text, "go ");
	press(&prompt, "C-u");
	CU_ASSERT_STRING_EQUAL(prompt.text, "");
	CU_ASSERT_EQUAL(prompt_key(&prompt, K_BACKSPACE), PROMPT_LEFT);
	CU_ASSERT(!prompt.open);
}

static void test_lines_before(void)
{
	struct prompt prompt = {0};

	for (int i = 0; i < 40; i++) {
		char line[16];

		snprintf(line, sizeof(line), "line %d", i);
		prompt_begin(&prompt, line);
		CU_ASSERT_EQUAL(prompt_key(&prompt, K_ENTER), PROMPT_ENTERED);
	}
	prompt_begin(&prompt, "line 39"); /* not kept twice */
	prompt_key(&prompt, K_ENTER);
	prompt_begin(&prompt, "");
	press(&prompt, "Up Up");
	CU_ASSERT_STRING_EQUAL(prompt.text, "line 38");
	press(&prompt, "Down");
	CU_ASSERT_STRING_EQUAL(prompt.text, "line 39");
	press(&prompt, "Down Down");
	CU_ASSERT_STRING_EQUAL(prompt.text, "");
	for (int i = 0; i < 60; i++)
		press(&prompt, "Up");
	CU_ASSERT_STRING_EQUAL(prompt.text, "line 8");
}

static void test_random(void)
{
	uint64_t state = harness_seed(99);
	struct prompt *prompt = calloc(1, sizeof(*prompt));
	struct grid grid = {0};

	for (uint64_t round = harness_count(20000); round > 0; round--) {
		struct area all;
		int key = (int)(harness_random(&state) % 3 ? harness_random(&state) % 0x180 :
							     K_UP + harness_random(&state) % 12);

		if (!prompt->open)
			prompt_begin(prompt, "");
		prompt_key(prompt, (enum key)key);
		CU_ASSERT_FATAL(strlen(prompt->text) < PROMPT_TEXT && prompt->at <= strlen(prompt->text));
		if (round % 16)
			continue;
		CU_ASSERT_FATAL(grid_resize(&grid, (int)(harness_random(&state) % 50), 1));
		all = grid_area(&grid);
		prompt_draw(prompt, &all, 2, 0);
		CU_ASSERT(grid.cursor_x < (grid.width ? grid.width : 1));
	}
	grid_free(&grid);
	free(prompt);
}

/* ---- bindings ---- */

static bool reads(struct bindings *bindings, const char *text, char *error, size_t error_size)
{
	char path[] = "/tmp/ringside-keys-XXXXXX";
	int fd = mkstemp(path);
	bool fine;

	CU_ASSERT_FATAL(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	fine = bindings_read(bindings, path, error, error_size);
	unlink(path);
	return fine;
}

static void test_bindings(void)
{
	struct bindings bindings;
	char error[600], keys[40];

	bindings_usual(&bindings);
	CU_ASSERT_STRING_EQUAL(bindings_line(&bindings, (enum key)'s'), "step");
	CU_ASSERT_STRING_EQUAL(bindings_line(&bindings, (enum key)'S'), "reverse-step");
	CU_ASSERT_STRING_EQUAL(bindings_line(&bindings, K_F10), "quit");
	CU_ASSERT_STRING_EQUAL(bindings_line(&bindings, (enum key)'3'), "focus 3");
	CU_ASSERT_STRING_EQUAL(bindings_line(&bindings, (enum key)'/'), "find ");
	bindings_keys(&bindings, "find", keys, sizeof(keys));
	CU_ASSERT_STRING_EQUAL(keys, "/ F3");
	CU_ASSERT(reads(&bindings, "; mine\n[keys]\nF8 = next 3\ns =\nC-t = trap\n", error, sizeof(error)));
	CU_ASSERT_STRING_EQUAL(bindings_line(&bindings, K_F8), "next 3");
	CU_ASSERT_STRING_EQUAL(bindings_line(&bindings, (enum key)20), "trap");
	CU_ASSERT_PTR_NULL(bindings_line(&bindings, (enum key)'s'));
	CU_ASSERT(!reads(&bindings, "[keys]\nF8 = step\nF88 = step\n", error, sizeof(error)));
	CU_ASSERT_PTR_NOT_NULL(strstr(error, ":3: 'F88' is no key"));
	CU_ASSERT(!reads(&bindings, "[colours]\nred = blue\n", error, sizeof(error)));
	CU_ASSERT_PTR_NOT_NULL(strstr(error, ":2: no section [colours]"));
	CU_ASSERT(!bindings_read(&bindings, "/nowhere/keys", error, sizeof(error)));
}

/* Keys do not disagree: each is one command's. */
static void test_each_key_once(void)
{
	struct bindings bindings;

	bindings_usual(&bindings);
	for (unsigned i = 0; i < bindings.count; i++)
		CU_ASSERT(bindings.row[i].line[0]);
	CU_ASSERT(bindings.count > 40 && bindings.count < BINDINGS_MOST);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"editing", test_editing},
		{"lines typed before", test_lines_before},
		{"random keys", test_random},
		{"keys and their commands", test_bindings},
		{"the table's keys", test_each_key_once},
		{0},
	};

	return harness_main("visualizer/prompt", tests);
}
