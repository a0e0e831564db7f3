/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/cpu/test_models.c - the tables of models and features hold together. */
#include "cpu/models.h"
#include "tests/harness.h"

#include <string.h>

static void test_features_named_once(void)
{
	for (unsigned i = 0; i < CPU_FEATURES; i++)
		for (unsigned other = 0; other < i; other++) {
			const struct feature_row *a = &cpu_feature_rows[i], *b = &cpu_feature_rows[other];

			CU_ASSERT(strcmp(a->name, b->name) != 0);
			CU_ASSERT(a->leaf == UNTOLD || a->leaf != b->leaf || a->bit != b->bit);
		}
}

static void test_needs_are_met(void)
{
	enum cpu_feature lacked;

	for (size_t i = 0; cpu_model(i); i++) {
		CU_ASSERT_EQUAL(features_lacking(cpu_model(i)->silicon, &lacked), CPU_FEATURES);
		CU_ASSERT_EQUAL(features_lacking(cpu_model_features(cpu_model(i)), &lacked), CPU_FEATURES);
		CU_ASSERT_EQUAL(cpu_model_features(cpu_model(i)) & ~features_here(), 0);
	}
	CU_ASSERT_EQUAL(features_lacking(feature_bit(CPU_HAS_SSE2), &lacked), CPU_HAS_SSE2);
	CU_ASSERT_EQUAL(lacked, CPU_HAS_SSE);
}

/* What one generation has the next one has, too: of those that each model stands for. */
static void test_generations(void)
{
	static const char *const line[] = {"i486", "pentium", "pentium-mmx", "pentium2", "pentium3", "pentium4", "max"};

	for (unsigned i = 1; i < sizeof line / sizeof *line; i++)
		CU_ASSERT_EQUAL(cpu_model_find(line[i - 1])->silicon & ~cpu_model_find(line[i])->silicon, 0);
	CU_ASSERT_EQUAL(cpu_model_find("pentiumpro")->silicon & ~cpu_model_find("pentium2")->silicon, 0);
	CU_ASSERT_EQUAL(cpu_model_features(cpu_model_find("max")), features_here());
	CU_ASSERT_EQUAL(cpu_model_find("pentium5"), NULL);
}

/* The highest leaf is one that says something, and a brand string is there where its leaves are. */
static void test_leaves(void)
{
	for (size_t i = 0; cpu_model(i); i++) {
		const struct cpu_model *model = cpu_model(i);

		CU_ASSERT_EQUAL(model->highest_basic >= 2, (model->caches[0] & 0xff) == 1);
		CU_ASSERT_EQUAL(model->highest_extended >= 0x80000004, model->brand[0] != '\0');
	}
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"features are named once", test_features_named_once},
		{"what a feature needs is there", test_needs_are_met},
		{"generations", test_generations},
		{"leaves", test_leaves},
		{0},
	};
	return harness_main("models", tests);
}
