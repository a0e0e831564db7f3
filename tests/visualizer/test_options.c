/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_options.c - the tables of commands and options agree with each other, and
 * command lines are read as they are meant.
 */
#include "tests/harness.h"

#include "visualizer/command.h"
#include "visualizer/message.h"
#include "visualizer/options.h"

#include <string.h>

static void test_commands_are_whole(void)
{
	unsigned masks = 0;

	for (size_t i = 0; command_at(i); i++) {
		const struct command *command = command_at(i);

		CU_ASSERT(command_find(command->name) == command);
		CU_ASSERT(command->perform && command->summary && command->description && command->arguments);
		CU_ASSERT(command->example[0].line != NULL);
		CU_ASSERT(strncmp(command->example[0].line, command->name, strlen(command->name)) == 0);
		CU_ASSERT((masks & command->mask) == 0);
		masks |= command->mask;
	}
	CU_ASSERT(masks == FOR_ALL);
	CU_ASSERT(command_find("xylophone") == NULL);
}

/* Do commands that take it take the machine's settings too? */
static bool meets_settings(unsigned commands)
{
	for (size_t i = 0; command_at(i); i++)
		if (command_at(i)->settings && (command_at(i)->mask & commands))
			return true;
	return false;
}

static void test_options_are_unique(void)
{
	for (size_t i = 0; option_text(i).name; i++) {
		struct option_text one = option_text(i);

		CU_ASSERT(one.text && (one.commands & FOR_ALL));
		for (size_t j = 0; j < i; j++) {
			struct option_text other = option_text(j);

			if (!(one.commands & other.commands))
				continue;
			CU_ASSERT(strcmp(one.name, other.name) != 0);
			CU_ASSERT(!one.letter || one.letter != other.letter);
		}
		for (size_t j = 0; meets_settings(one.commands) && config_setting(j); j++)
			CU_ASSERT(strcmp(one.name, config_setting(j)->name) != 0);
	}
}

/* getopt_long sorts the words, and the options keep pointers to them: they live as long. */
struct line {
	char *words[16];
	struct options options;
};

static int parse(struct line *line, const char *command, int count, const char *const *words)
{
	line->words[0] = (char *)command;
	for (int i = 0; i < count; i++)
		line->words[i + 1] = (char *)words[i];
	line->words[count + 1] = NULL;
	return options_parse(&line->options, command_find(command), count + 1, line->words);
}

static void test_reading(void)
{
	static const char *const words[] = { "--technique=emulate", "a.elf", "--limit", "2M", "--screen-at", "5k,6k",
	                                     "-s", "b", "--umip" };
	struct line line;
	const struct options *options = &line.options;

	CU_ASSERT_FATAL(parse(&line, "run", 9, words) == STATUS_OK);
	CU_ASSERT_STRING_EQUAL(options->config.technique, "emulate");
	CU_ASSERT(options->config.limit == 2000000);
	CU_ASSERT(options->config.umip && options->screen && !options->json);
	CU_ASSERT(options->screen_at.count == 2 && options->screen_at.cycle[1] == 6000);
	CU_ASSERT(options->word_count == 2);
	CU_ASSERT_STRING_EQUAL(options->words[0], "a.elf");
	CU_ASSERT_STRING_EQUAL(options->words[1], "b");
}

static void test_a_switch_can_be_taken_back(void)
{
	static const char *const words[] = { "--umip", "--umip=no" };
	struct line line;
	const struct options *options = &line.options;

	CU_ASSERT(parse(&line, "run", 2, words) == STATUS_OK);
	CU_ASSERT(!options->config.umip);
}

static void test_help_wins(void)
{
	static const char *const words[] = { "--technique=nonsense", "--help" };
	struct line line;
	const struct options *options = &line.options;

	CU_ASSERT(parse(&line, "run", 2, words) == STATUS_OK);
	CU_ASSERT(options->help);
}

static void test_refusals(void)
{
	static const char *const wrong[] = { "--tecnique=trap", "--limit", "--json=yes", "-Z", "--screen-at=9,8",
	                                     "--screen-at=", "--count=1", "--memory=-1" };
	struct line line;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CU_ASSERT(parse(&line, "run", 1, &wrong[i]) == STATUS_USAGE);
}

static const struct harness_test tests[] = {
	{ "each command is whole", test_commands_are_whole },
	{ "names and letters are unique", test_options_are_unique },
	{ "a command line", test_reading },
	{ "a switch can be taken back", test_a_switch_can_be_taken_back },
	{ "--help wins over mistakes", test_help_wins },
	{ "mistakes are refused", test_refusals },
	{ 0 },
};

int main(void)
{
	return harness_main("visualizer/options", tests);
}
