/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_profile.c - cost profiles: those that come along, and broken ones.
 */
#include "core/profile.h"
#include "tests/harness.h"

#include <inttypes.h>
#include <stdio.h>
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

/* ---- every price has its source ---- */

enum { LINES = 256, LINE_SIZE = 160 };

struct file {
	char line[LINES][LINE_SIZE];
	unsigned lines;
};

static void read_file(struct file *file, const char *name)
{
	char path[128];
	FILE *stream;

	snprintf(path, sizeof(path), "core/profiles/%s.profile", name);
	stream = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
	file->lines = 0;
	while (file->lines < LINES && fgets(file->line[file->lines], LINE_SIZE, stream) != NULL)
		file->lines++;
	CU_ASSERT(feof(stream) && file->lines > 0);
	fclose(stream);
}

/* The cost that a line sets; COST_COUNT: none. */
static unsigned cost_set(const char *line, uint32_t *value)
{
	char name[32];

	if (sscanf(line, "%31[a-z_] = %u", name, value) != 2)
		return COST_COUNT;
	for (unsigned cost = 0; cost < COST_COUNT; cost++) {
		if (strcmp(name, cost_name(cost)) == 0)
			return cost;
	}
	return COST_COUNT;
}

static bool cost_by_name(const char *name, unsigned *found)
{
	for (*found = 0; *found < COST_COUNT; ++*found) {
		if (strcmp(name, cost_name(*found)) == 0)
			return true;
	}
	return false;
}

/* `derived:` stands before a product and a quotient, a difference, another price of this profile, or
 * another profile: what comes out must be the price. */
static bool formula_holds(const char *formula, unsigned cost, uint32_t value, const struct cost_profile *profile)
{
	struct cost_profile other;
	uint64_t first, second, third;
	char name[32];
	unsigned same;

	if (sscanf(formula, "%" SCNu64 " * %" SCNu64 " / %" SCNu64, &first, &second, &third) == 3)
		return (first * second + third / 2) / third == value;
	if (sscanf(formula, "%" SCNu64 " - %" SCNu64, &first, &second) == 2)
		return first - second == value;
	if (sscanf(formula, "as %31[a-z0-9_-]", name) != 1)
		return false;
	if (cost_by_name(name, &same))
		return profile->cycles[same] == value;
	return profile_load(&other, name, error, sizeof(error)) && other.cycles[cost] == value;
}

/* Directly above stands where the price is from: a paper, or how it was derived. */
static void check_source(const struct file *file, unsigned at, const struct cost_profile *profile)
{
	const char *above = at > 0 ? file->line[at - 1] : "";
	const char *formula = strstr(above, "derived: ");
	unsigned first = at;
	uint32_t value;
	unsigned cost = cost_set(file->line[at], &value);
	bool published = false;

	while (first > 0 && file->line[first - 1][0] == ';')
		published |= strstr(file->line[--first], "[A") != NULL;
	if (above[0] == ';' && (formula != NULL ? formula_holds(formula + 9, cost, value, profile) : published))
		return;
	printf("# %s: no source, or a formula that gives another value: %s", profile->name, file->line[at]);
	CU_FAIL("a price without its source");
}

static void test_sources(void)
{
	static struct file file;

	for (size_t i = 1; profile_known(i) != NULL; i++) {
		struct cost_profile profile;
		uint32_t value;
		unsigned prices = 0;

		CU_ASSERT_FATAL(profile_load(&profile, profile_known(i), error, sizeof(error)));
		read_file(&file, profile_known(i));
		for (unsigned line = 0; line < file.lines; line++) {
			if (cost_set(file.line[line], &value) == COST_COUNT)
				continue;
			check_source(&file, line, &profile);
			prices++;
		}
		CU_ASSERT(prices > 20);
	}
}

/* A profile that says nothing of a price leaves it as the ideal machine's, and says so in its head. */
static void test_left_as_ideal(void)
{
	static struct file file;

	for (size_t i = 1; profile_known(i) != NULL; i++) {
		bool set[COST_COUNT + 1] = { false };
		uint32_t value;

		read_file(&file, profile_known(i));
		for (unsigned line = 0; line < file.lines; line++)
			set[cost_set(file.line[line], &value)] = true;
		for (unsigned cost = 0; cost < COST_COUNT; cost++) {
			bool named = false;

			for (unsigned line = 0; line < file.lines && file.line[line][0] == ';'; line++)
				named |= strstr(file.line[line], cost_name(cost)) != NULL;
			if (named == set[cost])
				printf("# %s: %s is %s\n", profile_known(i), cost_name(cost),
				       set[cost] ? "set and said to be left" : "neither set nor said to be left");
			CU_ASSERT(named != set[cost]);
		}
	}
}

/* Adams and Agesen (ASPLOS 2006), VM entry and page-fault exit; Agesen et al. (USENIX ATC 2012), table 1. */
static void test_round_trips(void)
{
	static const struct {
		const char *name;
		uint32_t cycles;
	} published[] = { { "pentium4-672", 2409 + 1931 }, { "core2", 937 + 1186 }, { "merom", 1579 },
	                  { "penryn", 1266 }, { "nehalem", 1009 }, { "westmere", 761 }, { "sandybridge", 784 } };

	for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++) {
		struct cost_profile profile;

		CU_ASSERT_FATAL(profile_load(&profile, published[i].name, error, sizeof(error)));
		CU_ASSERT_EQUAL(profile.cycles[COST_vm_entry] + profile.cycles[COST_vm_exit], published[i].cycles);
		/* A deprivileged guest leaves by an exception and comes back by its return. */
		CU_ASSERT_EQUAL(profile.cycles[COST_monitor_entry], profile.cycles[COST_interrupt_delivery]);
		CU_ASSERT_EQUAL(profile.cycles[COST_monitor_return], profile.cycles[COST_interrupt_return]);
	}
}

/* What was measured as a whole comes out of its parts: RDTSC by trap-and-emulate, and by a callout. */
static void test_sums(void)
{
	struct cost_profile profile;
	const uint32_t *cycles = profile.cycles;

	CU_ASSERT_FATAL(profile_load(&profile, "pentium4-672", error, sizeof(error)));
	CU_ASSERT_EQUAL(cycles[COST_monitor_entry] + cycles[COST_monitor_return] + cycles[COST_monitor_save] +
	                cycles[COST_emulate_decode] + cycles[COST_emulate_execute], 2030);
	CU_ASSERT_EQUAL(cycles[COST_callout] + cycles[COST_emulate_execute], 1254);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{ "the profiles that come along", test_known },
		{ "ideal.profile is what is built in", test_ideal_file },
		{ "names, frequency and costs", test_reads },
		{ "every price has its source above it", test_sources },
		{ "what is left as on the ideal machine is named", test_left_as_ideal },
		{ "round trips are the published ones", test_round_trips },
		{ "what was measured whole is the sum of its parts", test_sums },
		{ "bad profiles name their line", test_refuses },
		{ 0 },
	};

	return harness_main("profile", tests);
}
