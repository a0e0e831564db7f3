/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/hypervisor.h - what a VMM tells its guest of itself by CPUID (leaves from 40000000H on), as the setting `hypervisor` chooses:
 * Xen's interface of hypercalls, KVM's paravirtual clock, both as KVM does it for guests of Xen's, or nothing. The first two
 * questions want a choice that has been made.
 */
#ifndef RINGSIDE_CORE_HYPERVISOR_H
#define RINGSIDE_CORE_HYPERVISOR_H

#include "core/config.h"
#include "cpu/cpu.h"

bool hypervisor_is_xen(const struct config *config);
bool hypervisor_is_kvm(const struct config *config);

/*
 * What "auto" means for this guest: Xen's interface for a kernel that is loaded as one, nothing for a system that boots as on a PC
 * (`firmware`: by Linux's protocol or from a disk).
 * Simplification: such a system, when it finds Xen, expects a whole platform of it (shared page, event channels, XenStore) and not the
 * calls alone.
 */
void hypervisor_choose(struct config *config, bool firmware);

/* Fills the leaves. CPUID does not trap in an outer ring: they are the processor's own, as on one whose CPUID the VMM can set. */
void hypervisor_announce(const struct config *config, struct cpu_features *features);

/* Can the technique have it? False: `error` says why not. */
bool hypervisor_check(const struct config *config, char *error, size_t error_size);

#endif
