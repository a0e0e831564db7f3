/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/models.c - the tables of models and features, and a processor's description made of them.
 */
#include "cpu/float_host.h"
#include "cpu/models.h"

#include <stdio.h>
#include <string.h>

enum { ABSENT, HERE, X87HERE = FLOAT_HOST_HERE };

const struct feature_row cpu_feature_rows[CPU_FEATURES] = {
#define NEEDS(identifier) ((feature_set)1 << CPU_HAS_##identifier)
#define FEATURE(identifier, name, leaf, bit, here, needs, text) {name, leaf, bit, here, needs, text},
#include "cpu/features.def"
#undef FEATURE
#undef NEEDS
};

static const struct cpu_model models[] = {
#define F(identifier) ((feature_set)1 << CPU_HAS_##identifier)
#define FEATURES_ALL (((feature_set)1 << CPU_FEATURES) - 1)
#define MODEL(name, version, basic, extended, brand_index, features, eax, ebx, ecx, edx, brand, text) \
	{name, version, basic, extended, brand_index, features, {eax, ebx, ecx, edx}, brand, text},
#include "cpu/models.def"
#undef MODEL
#undef F
};

enum { MODELS = sizeof models / sizeof *models };

const struct cpu_model *cpu_model(size_t index)
{
	return index < MODELS ? &models[index] : NULL;
}

const struct cpu_model *cpu_model_find(const char *name)
{
	for (size_t i = 0; i < MODELS; i++)
		if (!strcmp(models[i].name, name))
			return &models[i];
	return NULL;
}

feature_set features_here(void)
{
	feature_set here = 0;

	for (unsigned i = 0; i < CPU_FEATURES; i++)
		if (cpu_feature_rows[i].here)
			here |= feature_bit((enum cpu_feature)i);
	return here;
}

enum cpu_feature features_lacking(feature_set set, enum cpu_feature *lacked)
{
	for (unsigned i = 0; i < CPU_FEATURES; i++)
		for (unsigned other = 0; other < CPU_FEATURES; other++)
			if ((set >> i & 1) && (cpu_feature_rows[i].needs & ~set) >> other & 1) {
				*lacked = (enum cpu_feature)other;
				return (enum cpu_feature)i;
			}
	return CPU_FEATURES;
}

/* Whatever needs what is not here falls with it. */
feature_set cpu_model_features(const struct cpu_model *model)
{
	feature_set set = model->silicon & features_here();
	enum cpu_feature lacked, lacking;

	while ((lacking = features_lacking(set, &lacked)) != CPU_FEATURES)
		set &= ~feature_bit(lacking);
	return set;
}

void cpu_features_of(struct cpu_features *features, const struct cpu_model *model, feature_set set)
{
	*features = (struct cpu_features){
		.cpuid_version = model->version,
		.highest_basic = model->highest_basic,
		.highest_extended = model->highest_extended,
		.brand_index = model->brand_index,
		.umip = set >> CPU_HAS_UMIP & 1,
		.nx = set >> CPU_HAS_NX & 1,
		.hints = set >> CPU_HAS_HINTS & 1,
		.rdpmc = set >> CPU_HAS_RDPMC & 1,
		.vendor = "GenuineIntel",
	};
	memcpy(features->caches, model->caches, sizeof features->caches);
	snprintf(features->brand, sizeof features->brand, "%s", model->brand);
	for (unsigned i = 0; i < CPU_FEATURES; i++)
		if ((set >> i & 1) && cpu_feature_rows[i].leaf == LEAF1_EDX)
			features->cpuid_edx |= 1u << cpu_feature_rows[i].bit;
}

void cpu_features_default(struct cpu_features *features)
{
	const struct cpu_model *model = cpu_model_find(CPU_MODEL_DEFAULT);

	cpu_features_of(features, model, cpu_model_features(model) & ~feature_bit(CPU_HAS_APIC));
}
