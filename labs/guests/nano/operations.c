/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nano/operations.c - the operations, one row each, after Adams and Agesen's table and a few that later papers
 * measured. docs/nanobenchmarks.md says what each is and what was published of it.
 */
#include "nano/nano.h"

#define ANYWHERE NULL, NULL

const struct operation operations[] = {
	{ "empty", loop_empty, ANYWHERE, NULL, NULL, 0 },
	{ "syscall", loop_syscall, has_sysenter, "SYSENTER (CPUID leaf 1)", prepare_sysenter, check_events, 0 },
	{ "int80", loop_int80, ANYWHERE, prepare_user, check_events, 0 },
	{ "in", loop_in, ANYWHERE, prepare_port, check_in, 0 },
	{ "cr", loop_cr, ANYWHERE, NULL, check_cr, 0 },
	{ "callret", loop_callret, ANYWHERE, NULL, NULL, 0 },
	{ "pgfault", loop_read, ANYWHERE, prepare_pgfault, check_pgfault, 0 },
	{ "divzero", loop_divzero, ANYWHERE, prepare_divzero, check_events, 0 },
	{ "ptemod-same", loop_store, ANYWHERE, prepare_ptemod_same, check_ptemod_same, 0 },
	{ "ptemod-clear", loop_fill, ANYWHERE, prepare_ptemod_clear, check_ptemod_clear, ENTRIES_TO_CHANGE },
	{ "ptemod-set", loop_fill, ANYWHERE, prepare_ptemod_set, check_ptemod_set, ENTRIES_TO_CHANGE },
	{ "rdtsc", loop_rdtsc, ANYWHERE, prepare_clock, check_rdtsc, 0 },
	{ "clisti", loop_clisti, ANYWHERE, NULL, NULL, 0 },
	{ "hypercall", loop_hypercall, has_hypervisor, "a hypervisor's interface (CPUID leaf 40000000H)",
	  prepare_hypercall, check_hypercall, 0 },
	{ "vmexit", loop_cpuid, ANYWHERE, NULL, check_cpuid, 0 },
	{ "worldswitch", loop_out, ANYWHERE, NULL, check_out, 0 },
	{ "invlpg", loop_invlpg, ANYWHERE, prepare_invlpg, check_invlpg, 0 },
	{ "ctxswitch", loop_ctxswitch, ANYWHERE, prepare_ctxswitch, check_ctxswitch, 0 },
	{ "forkwait", loop_forkwait, ANYWHERE, prepare_fork, check_forkwait, 0 },
	{ "mmap", loop_mmap, ANYWHERE, prepare_mmap, check_mmap, 0 },
};
const unsigned operation_count = sizeof(operations) / sizeof(operations[0]);
