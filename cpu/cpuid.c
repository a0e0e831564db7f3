/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/cpuid.c - what the processor says of itself. Intel SDM volume 2, CPUID (tables 3-8 and 3-11).
 */
#include "cpu/system.h"

enum { ECX_HYPERVISOR = 1u << 31, LEAF7_UMIP = 1u << 2, EXTENDED_NX = 1u << 20 };
enum { EXTENDED_LEAVES = 0x80000000u, BRAND_FIRST = 0x80000002u,
       BRAND_LAST = 0x80000004u };

static uint32_t text_word(const char *text, unsigned word)
{
	uint32_t value;

	memcpy(&value, text + 4 * word, 4);
	return value;
}

static bool announces_hypervisor(const struct cpu_features *features)
{
	const uint32_t *leaf = features->hypervisor_leaf[0][0];

	return leaf[0] | leaf[1] | leaf[2] | leaf[3];
}

static uint32_t highest_basic(const struct cpu_features *features)
{
	return features->umip && features->highest_basic < 7 ? 7 : features->highest_basic;
}

static uint32_t highest_extended(const struct cpu_features *features)
{
	if (features->nx && features->highest_extended <= EXTENDED_LEAVES)
		return EXTENDED_LEAVES + 1;
	return features->highest_extended;
}

/* A local APIC that is switched off is not there (SDM vol. 3, 10.4.3). */
static uint32_t features_edx(const struct cpu *cpu)
{
	return cpu->features.cpuid_edx & ~(cpu->state.apic_base & APIC_BASE_ENABLE ? 0 : 1u << CPUID_APIC);
}

static void basic_leaf(const struct cpu *cpu, uint32_t leaf, uint32_t out[4])
{
	enum { CLFLUSH_LINE = 8 }; /* times 8 bytes */
	const struct cpu_features *features = &cpu->features;

	switch (leaf) {
	case 0:
		out[0] = highest_basic(features);
		out[1] = text_word(features->vendor, 0);
		out[3] = text_word(features->vendor, 1);
		out[2] = text_word(features->vendor, 2);
		break;
	case 1:
		out[0] = features->cpuid_version;
		out[1] = features->brand_index | (has_feature(cpu, CPUID_CLFSH) ? CLFLUSH_LINE << 8 : 0);
		out[2] = announces_hypervisor(features) ? ECX_HYPERVISOR : 0;
		out[3] = features_edx(cpu);
		break;
	case 2: /* descriptors of caches and TLBs; AL: one iteration tells all */
		memcpy(out, features->caches, sizeof features->caches);
		break;
	case 7:
		out[2] = features->umip ? LEAF7_UMIP : 0;
		break;
	default:
		break;
	}
}

static void extended_leaf(const struct cpu_features *features, uint32_t leaf, uint32_t out[4])
{
	if (leaf == EXTENDED_LEAVES)
		out[0] = highest_extended(features);
	else if (leaf == EXTENDED_LEAVES + 1)
		out[3] = features->nx ? EXTENDED_NX : 0;
	else if (leaf <= BRAND_LAST)
		for (unsigned i = 0; i < 4; i++)
			out[i] = text_word(features->brand, (leaf - BRAND_FIRST) * 4 + i);
}

/* NULL: the leaf is none of a hypervisor's. */
static const uint32_t *hypervisor_leaf(const struct cpu_features *features, uint32_t leaf)
{
	uint32_t which = (leaf - HYPERVISOR_LEAF) / HYPERVISOR_SPACING, index = leaf % HYPERVISOR_SPACING;

	if (which >= HYPERVISORS || index >= HYPERVISOR_LEAVES || !features->hypervisor_leaf[which][0][0])
		return NULL;
	return features->hypervisor_leaf[which][index];
}

/* A leaf above the highest basic one answers as the highest does. */
void read_cpuid(const struct cpu *cpu, uint32_t leaf, uint32_t out[4])
{
	const struct cpu_features *features = &cpu->features;
	const uint32_t *hypervisors = hypervisor_leaf(features, leaf);

	memset(out, 0, 4 * sizeof *out);
	if (hypervisors)
		memcpy(out, hypervisors, 4 * sizeof *out);
	else if (leaf >= EXTENDED_LEAVES && leaf <= highest_extended(features))
		extended_leaf(features, leaf, out);
	else
		basic_leaf(cpu, leaf <= highest_basic(features) ? leaf : highest_basic(features), out);
}
