/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/hypervisor.c - the leaves of CPUID that speak of a hypervisor. Xen's are Xen's own (core/xen.h); KVM's stand in Linux,
 * Documentation/virt/kvm/x86/cpuid.rst. Beside Xen's, KVM's begin 100H later.
 */
#include "core/hypervisor.h"

#include "core/refuse.h"
#include "core/xen.h"

#include <string.h>

/* KVM's features, EAX of its second leaf. */
enum {
	KVM_CLOCK_OLD_MSRS = 1 << 0, /* 11H and 12H */
	KVM_CLOCK = 1 << 3,          /* 4B564D00H and 4B564D01H */
	KVM_CLOCK_STABLE = 1 << 24,  /* the flag of its structure means something */
};

bool hypervisor_is_xen(const struct config *config)
{
	return strcmp(config->hypervisor, "xen") == 0 || strcmp(config->hypervisor, "both") == 0;
}

bool hypervisor_is_kvm(const struct config *config)
{
	return strcmp(config->hypervisor, "kvm") == 0 || strcmp(config->hypervisor, "both") == 0;
}

void hypervisor_choose(struct config *config, bool firmware)
{
	if (strcmp(config->hypervisor, "auto") == 0)
		strcpy(config->hypervisor, firmware && strcmp(config->technique, "pv") != 0 ? "none" : "xen");
}

static void announce_xen(uint32_t leaf[HYPERVISOR_LEAVES][4])
{
	static const uint32_t leaves[HYPERVISOR_LEAVES][4] = {
		{XEN_CPUID_FIRST_LEAF + HYPERVISOR_LEAVES - 1, XEN_CPUID_SIGNATURE_EBX, XEN_CPUID_SIGNATURE_ECX,
		 XEN_CPUID_SIGNATURE_EDX},
		{XEN_VERSION_NUMBER, 0, 0, 0},
		{1, XEN_HYPERCALL_MSR, 0, 0}, /* pages, and where to ask for them */
	};

	memcpy(leaf, leaves, sizeof leaves);
}

static void announce_kvm(uint32_t leaf[HYPERVISOR_LEAVES][4], uint32_t first)
{
	const uint32_t leaves[2][4] = {
		{first + 1, 0x4b4d564b, 0x564b4d56, 0x0000004d}, /* "KVMKVMKVM" */
		{KVM_CLOCK_OLD_MSRS | KVM_CLOCK | KVM_CLOCK_STABLE, 0, 0, 0},
	};

	memcpy(leaf, leaves, sizeof leaves);
}

void hypervisor_announce(const struct config *config, struct cpu_features *features)
{
	bool xen = hypervisor_is_xen(config);

	if (xen)
		announce_xen(features->hypervisor_leaf[0]);
	if (hypervisor_is_kvm(config))
		announce_kvm(features->hypervisor_leaf[xen], HYPERVISOR_LEAF + (xen ? HYPERVISOR_SPACING : 0));
}

bool hypervisor_check(const struct config *config, char *error, size_t error_size)
{
	if (strcmp(config->technique, "native") == 0 && hypervisor_is_kvm(config))
		return refuse(error, error_size, "hypervisor: native runs no VMM that could keep a clock for its guest; "
		              "take another technique, or leave hypervisor out");
	if (strcmp(config->technique, "pv") == 0 && strcmp(config->hypervisor, "auto") != 0 && !hypervisor_is_xen(config))
		return refuse(error, error_size, "hypervisor: guests of pv call Xen's interface, which hypervisor %s does not announce; "
		              "take xen or both", config->hypervisor);
	return true;
}
