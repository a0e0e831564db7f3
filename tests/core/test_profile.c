/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_profile.c - cost profiles: those that come along, and broken ones.
 */
#include "core/profile.h"
#include "tests/harness.h"

#include <string.h>

static char error[512];

static bool read_text(struct cost_profile *profile, const char *text)
{
	error[0] = '\0';
	return profile_read_text(profile, "p", text, strlen(text), error, sizeof(error));
}

static void test_known(void)
{
	struct cost_profile profile;

	for (size_t i = 0; profile_known(i) != NULL; i++) {
		CU_ASSERT(profile_load(&profile, profile_known(i), error, sizeof(error)));
		CU_ASSERT_STRING_EQUAL(profile.name, profile_known(i));
		CU_ASSERT(profile.frequency >= 1000000000);
	}
	CU_ASSERT(!profile_load(&profile, "i486", error, sizeof(error)));
	CU_ASSERT(strstr(error, "nehalem") != NULL);
	CU_ASSERT(!profile_load(&profile, "./none.profile", error, sizeof(error)));
}

/* The file beside the built-in profile is a copy for reading; they must not part. */
static void test_ideal_file(void)
{
	struct cost_profile built_in, file;

	cost_profile_default(&built_in);
	CU_ASSERT_FATAL(profile_load(&file, "core/profiles/ideal.profile", error, sizeof(error)));
	CU_ASSERT(file.frequency == built_in.frequency);
	CU_ASSERT(memcmp(file.cycles, built_in.cycles, sizeof(file.cycles)) == 0);
}

static void test_reads(void)
{
	struct cost_profile profile;

	CU_ASSERT(read_text(&profile, "; source\nname = mine\nfrequency = 2000000\ndivide = 77 ; x\n"));
	CU_ASSERT_STRING_EQUAL(profile.name, "mine");
	CU_ASSERT(profile.cycles[COST_divide] == 77 && profile.cycles[COST_simple] == 1);
}

static void test_refuses(void)
{
	struct cost_profile profile;

	CU_ASSERT(!read_text(&profile, "divid = 3\n") && strstr(error, "'divide'") != NULL);
	CU_ASSERT(!read_text(&profile, "a\n") && strstr(error, "p:1:") != NULL);
	CU_ASSERT(!read_text(&profile, "simple = 0\n") && strstr(error, "stand still") != NULL);
	CU_ASSERT(!read_text(&profile, "divide = -3\n"));
	CU_ASSERT(!read_text(&profile, "divide = 4294967297\n"));
	CU_ASSERT(!read_text(&profile, "frequency = 0\n"));
	CU_ASSERT(!read_text(&profile, "[section]\ndivide = 1\n"));
	CU_ASSERT(!read_text(&profile, "name = a name that is much too long for its place\n"));
}

int main(void)
{
	static const struct harness_test tests[] = {
		{ "the profiles that come along", test_known },
		{ "ideal.profile is what is built in", test_ideal_file },
		{ "names, frequency and costs", test_reads },
		{ "bad profiles name their line", test_refuses },
		{ 0 },
	};

	return harness_main("profile", tests);
}
