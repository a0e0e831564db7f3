/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/models.h - which processors there are and what each has: two tables, models.def and features.def. What a model
 * announces is what it had on silicon and what this build has. Intel SDM volume 2, CPUID.
 */
#ifndef RINGSIDE_CPU_MODELS_H
#define RINGSIDE_CPU_MODELS_H

#include "cpu/cpu.h"

enum feature_leaf { LEAF1_EDX, LEAF7_ECX, EXTENDED_EDX, UNTOLD };

enum cpu_feature {
#define FEATURE(identifier, ...) CPU_HAS_##identifier,
#include "cpu/features.def"
#undef FEATURE
	CPU_FEATURES,
};

/* A set of features: bit `enum cpu_feature`. */
typedef uint64_t feature_set;
static inline feature_set feature_bit(enum cpu_feature feature)
{
	return (feature_set)1 << feature;
}

struct feature_row {
	const char *name;
	uint8_t leaf; /* enum feature_leaf */
	uint8_t bit;
	bool here;    /* in this build */
	feature_set needs;
	const char *text;
};
extern const struct feature_row cpu_feature_rows[CPU_FEATURES];

struct cpu_model {
	const char *name;
	uint32_t version; /* CPUID.1:EAX: family, model, stepping */
	uint8_t highest_basic;
	uint32_t highest_extended; /* 0: no extended leaves */
	uint8_t brand_index;
	feature_set silicon;   /* what it had */
	uint32_t caches[4];    /* CPUID.2: EAX, EBX, ECX, EDX */
	const char *brand;
	const char *text;
};
/* NULL past the end. */
const struct cpu_model *cpu_model(size_t index);
/* NULL: there is none of this name. */
const struct cpu_model *cpu_model_find(const char *name);

/* What this build has. */
feature_set features_here(void);
/* What a model announces by itself. */
feature_set cpu_model_features(const struct cpu_model *model);
/* The first feature of the set that lacks another one, or CPU_FEATURES: the set is consistent. */
enum cpu_feature features_lacking(feature_set set, enum cpu_feature *lacked);

/* Describes a processor of this model with these features, no hypervisor below it. */
void cpu_features_of(struct cpu_features *features, const struct cpu_model *model, feature_set set);

#endif
