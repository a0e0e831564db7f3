/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_config.c - settings by name and from INI text, hints, and what cannot be together.
 */
#include "core/config.h"
#include "core/nearest.h"
#include "core/number.h"
#include "tests/harness.h"

#include <string.h>

static char error[512];

static bool set(struct config *config, const char *name, const char *value)
{
	error[0] = '\0';
	return config_set(config, name, value, error, sizeof(error));
}

static bool read_text(struct config *config, const char *text)
{
	config_default(config);
	error[0] = '\0';
	return config_read_text(config, text, strlen(text), error, sizeof(error));
}

static bool says(const char *part)
{
	return strstr(error, part) != NULL;
}

static void test_numbers(void)
{
	uint64_t n;

	CU_ASSERT(number_parse("0x10", &n) && n == 16);
	CU_ASSERT(number_parse("010", &n) && n == 10);
	CU_ASSERT(number_parse("18446744073709551615", &n) && n == UINT64_MAX);
	CU_ASSERT(!number_parse("18446744073709551616", &n));
	CU_ASSERT(!number_parse("-1", &n) && !number_parse(" 1", &n) && !number_parse("", &n));
	CU_ASSERT(!number_parse("0x", &n) && !number_parse("1x", &n));
	CU_ASSERT(number_parse_size("64M", &n) && n == 64 << 20);
	CU_ASSERT(number_parse_size("1KiB", &n) && n == 1024);
	CU_ASSERT(number_parse_size("2gb", &n) && n == 2ull << 30);
	CU_ASSERT(!number_parse_size("64Mx", &n) && !number_parse_size("99999999999999G", &n));
	CU_ASSERT(number_parse_count("5M", &n) && n == 5000000);
	CU_ASSERT(!number_parse_count("99999999999999999G", &n));
}

static void test_edit_distance(void)
{
	CU_ASSERT(edit_distance("memory", "memory") == 0);
	CU_ASSERT(edit_distance("memroy", "memory") == 1);
	CU_ASSERT(edit_distance("", "abc") == 3);
	CU_ASSERT(edit_distance("kernl", "kernel") == 1);
}

static void test_sets_each_form(void)
{
	struct config config;

	config_default(&config);
	CU_ASSERT(set(&config, "memory", "32M") && config.memory == 32 << 20);
	CU_ASSERT(set(&config, "ring", "3") && config.ring == 3);
	CU_ASSERT(set(&config, "umip", NULL) && config.umip);
	CU_ASSERT(set(&config, "umip", "no") && !config.umip);
	CU_ASSERT(set(&config, "flat_address", "0x7c00") && config.flat_address == 0x7c00);
	CU_ASSERT(set(&config, "technique", "emulate") && strcmp(config.technique, "emulate") == 0);
	CU_ASSERT(set(&config, "limit", "2G") && config.limit == 2000000000);
	CU_ASSERT(set(&config, "module", "a b c") && set(&config, "module", "d"));
	CU_ASSERT(config.modules == 2 && strcmp(config.module[0], "a b c") == 0);
}

static void test_refuses_values(void)
{
	struct config config;
	char text[CONFIG_TEXT + 1];

	config_default(&config);
	CU_ASSERT(!set(&config, "memroy", "1M") && says("'memory'"));
	CU_ASSERT(!set(&config, "zzzzzzzz", "1M") && says("--help"));
	CU_ASSERT(!set(&config, "memory", "lots") && says("64M"));
	CU_ASSERT(!set(&config, "memory", "3G") && says("out of bounds"));
	CU_ASSERT(!set(&config, "ring", "4294967297") && says("out of bounds"));
	CU_ASSERT(!set(&config, "technique", "magic") && says("native emulate trap"));
	CU_ASSERT(!set(&config, "umip", "perhaps") && says("yes"));
	CU_ASSERT(!set(&config, "module", "") && says("missing"));
	memset(text, 'x', CONFIG_TEXT);
	text[CONFIG_TEXT] = '\0';
	CU_ASSERT(!set(&config, "cmdline", text) && says("longer"));
	for (int i = 0; i < CONFIG_MODULES; i++)
		CU_ASSERT(set(&config, "module", "m"));
	CU_ASSERT(!set(&config, "module", "m") && says("more than"));
}

static void test_reads_ini(void)
{
	struct config config;

	CU_ASSERT(read_text(&config, "\xef\xbb\xbf; first light\n[vm]\r\nring = 3\r\nkernel=k.elf ; here\n"
	                             "cmdline = one two\n  three\nmodule = a\nmodule = b c\n"));
	CU_ASSERT(config.ring == 3);
	CU_ASSERT_STRING_EQUAL(config.kernel, "k.elf");
	CU_ASSERT_STRING_EQUAL(config.cmdline, "one two three");
	CU_ASSERT(config.modules == 2);
}

static void test_refuses_ini(void)
{
	struct config config;
	char text[600];

	CU_ASSERT(!read_text(&config, "[vm]\nring = 3\nring = 1\n") && says(":3:") && says("line 2"));
	CU_ASSERT(!read_text(&config, "[vm]\ndisk_writable = 1\ndisk-writable = 1\n") && says(":3:"));
	CU_ASSERT(!read_text(&config, "[machine]\nring = 3\n") && says("[vm]"));
	CU_ASSERT(!read_text(&config, "ring = 3\n") && says("[vm]"));
	CU_ASSERT(!read_text(&config, "[vm]\nnonsense\n") && says(":2:"));
	CU_ASSERT(!read_text(&config, "[vm\nring = 1\n") && says(":1:"));
	CU_ASSERT(!read_text(&config, "[vm]\nrnig = 1\n") && says("'ring'"));
	CU_ASSERT(!read_text(&config, "[vm]\nring = 1\n  memory = 1M\n") && says("indented"));
	memset(text, 'x', sizeof(text));
	memcpy(text, "[vm]\ncmdline=", 13);
	text[sizeof(text) - 1] = '\0';
	CU_ASSERT(!read_text(&config, text) && says(":2:") && says("longer"));
	config_default(&config);
	CU_ASSERT(!config_read_text(&config, "[vm]\0x\n", 7, error, sizeof(error)) && says("NUL"));
	CU_ASSERT(!config_read(&config, "/nonexistent.ini", error, sizeof(error)) &&
	          says("/nonexistent.ini"));
	CU_ASSERT(!config_read(&config, "/", error, sizeof(error)));
}

static bool check(const char *text)
{
	struct config config;

	if (!read_text(&config, text))
		return false;
	return config_check(&config, error, sizeof(error));
}

static void test_checks(void)
{
	CU_ASSERT(check("[vm]\nkernel=k\n"));
	CU_ASSERT(check("[vm]\nkernel=k\ndisk=d\n"));
	CU_ASSERT(check("[vm]\ndisk=d\n"));
	CU_ASSERT(!check("") && says("nothing to boot"));
	CU_ASSERT(!check("[vm]\nkernel=k\nring=2\n") && says("ring 0"));
	CU_ASSERT(!check("[vm]\nkernel=k\nboot=disk\ndisk=d\n") && says("both"));
	CU_ASSERT(!check("[vm]\ndisk=d\nboot=multiboot\n") && says("needs a kernel"));
	CU_ASSERT(!check("[vm]\nkernel=k\nboot=disk\n") && says("both"));
	CU_ASSERT(!check("[vm]\ndisk=d\nmodule=m\n") && says("modules"));
	CU_ASSERT(!check("[vm]\nkernel=k\nboot=flat\ncmdline=c\n") && says("command line"));
	CU_ASSERT(!check("[vm]\nkernel=k\nflat-real=yes\n") && says("flat"));
	CU_ASSERT(!check("[vm]\nkernel=k\nboot=flat\nflat-real=yes\nflat-address=0x100000\n"));
	CU_ASSERT(!check("[vm]\nkernel=k\nmemory=1048577\n") && says("4K"));
	CU_ASSERT(!check("[vm]\nkernel=k\nvmm-frames=100\n") && says("shadow"));
	CU_ASSERT(!check("[vm]\nkernel=k\ndisk-writable=yes\n") && says("no disk"));
	CU_ASSERT(check("[vm]\nkernel=k\ntechnique=bt\nrdtsc=cache\n"));
	CU_ASSERT(check("[vm]\nkernel=k\ntechnique=trap\nrdtsc=trap\n"));
	CU_ASSERT(!check("[vm]\nkernel=k\ntechnique=trap\nrdtsc=callout\n") && says("take bt"));
	CU_ASSERT(!check("[vm]\nkernel=k\ntechnique=hvm\nrdtsc=trap\n") && says("take bt"));
}

int main(void)
{
	static const struct harness_test tests[] = {
		{ "numbers, sizes and counts", test_numbers },
		{ "edit distance", test_edit_distance },
		{ "each form of setting", test_sets_each_form },
		{ "bad names and values say what would be right", test_refuses_values },
		{ "INI text", test_reads_ini },
		{ "bad INI text names its line", test_refuses_ini },
		{ "what cannot be together", test_checks },
		{ 0 },
	};

	return harness_main("config", tests);
}
