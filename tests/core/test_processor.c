/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/core/test_processor.c - a processor as text: models, features more and less, and what is refused with what advice. */
#include "core/processor.h"
#include "tests/harness.h"

#include <string.h>

static char error[256];
static struct cpu_features features;

static bool parse(const char *text)
{
	error[0] = '\0';
	return processor_parse(text, &features, error, sizeof error);
}

static bool says(const char *text)
{
	return strstr(error, text) != NULL;
}

static bool announces(enum cpu_feature feature)
{
	return features.cpuid_edx >> cpu_feature_rows[feature].bit & 1;
}

static void test_models(void)
{
	struct cpu_features usual;

	for (size_t i = 0; cpu_model(i); i++) {
		CU_ASSERT(parse(cpu_model(i)->name));
		CU_ASSERT_EQUAL(features.cpuid_version, cpu_model(i)->version);
	}
	cpu_features_default(&usual);
	CU_ASSERT(parse(CPU_MODEL_DEFAULT));
	processor_drop(&features, CPU_HAS_APIC);
	CU_ASSERT(!memcmp(&usual, &features, sizeof usual));
}

static void test_features(void)
{
	CU_ASSERT(parse("pentium3") && announces(CPU_HAS_CMOV) && !features.nx && !features.umip && features.rdpmc);
	CU_ASSERT(parse("pentium3,-cmov,+nx,+umip") && !announces(CPU_HAS_CMOV) && features.nx && features.umip);
	CU_ASSERT(parse("pentium3,+nx,-nx") && !features.nx);
	CU_ASSERT(parse("i486,+tsc") && announces(CPU_HAS_TSC) && !announces(CPU_HAS_MSR));
	CU_ASSERT(parse("pentium,-apic") && !announces(CPU_HAS_APIC));
}

static void test_refusals(void)
{
	CU_ASSERT(!parse("") && says("--cpu help"));
	CU_ASSERT(!parse("pentum3") && says("did you mean 'pentium3'"));
	CU_ASSERT(!parse("z80") && says("--cpu help"));
	CU_ASSERT(!parse("pentium3,+cmv") && says("did you mean 'cmov'"));
	CU_ASSERT(!parse("pentium3,nx") && says("+nx or -nx"));
	CU_ASSERT(!parse("pentium3,,+nx"));
	CU_ASSERT(!parse("pentium3,+") && !parse("pentium3,-"));
	CU_ASSERT(!parse("pentium3,+nx,-pae") && says("nx needs pae"));
	CU_ASSERT(!parse("i486,+sep") && says("sep needs msr"));
	CU_ASSERT(!parse("pentium3,+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"models", test_models},
		{"features more and less", test_features},
		{"what is refused", test_refusals},
		{0},
	};
	return harness_main("processor", tests);
}
