/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/reproduce_adams_agesen.c - software and hardware VMM on the first processors that allowed both: Adams
 * and Agesen, "A Comparison of Software and Hardware Techniques for x86 Virtualization" (ASPLOS 2006).
 */
#include "visualizer/compare/reproduce.h"

#define P4 "pentium4-672"
#define KERNEL "build/guests/kernel.elf"

#define NANO "build/guests/nano.elf"
/* Neither of the two processors tags its TLB. */
#define MACHINE "memory=16M vpid=no"
/* A loop that does nothing but store into a page table would soon have it given up, and pay nothing more. */
#define TRACED MACHINE " trace-limit=0"

static const char decoded[] = "here SYSENTER in user code is an exception, and the VMM decodes and does the instruction (2,030 cycles, "
	"and 1,254 for SYSEXIT's callout); that of the paper has SYSENTER's registers lead into itself, without either.";
static const char called_out[] = "an IN is always a callout here (993 cycles, and 261 for the device); the paper's translator has a model "
	"of this port in the translation cache.";
static const char one_store[] = "what the translation does is one store into the virtual CPU, and a store costs one cycle here, whatever "
	"it meets in the caches of a real processor.";
static const char adapted[] = "an instruction that keeps hitting a traced page becomes a callout here (993 cycles, 261 and 489 for the trace), "
	"whatever it stores; the paper's becomes code that sees in the translation cache that the shadow has nothing to lose.";
static const char store_alone[] = "a store costs one cycle here, whatever it meets in the caches of a real processor.";
static const char one_exit[] = "each of the three is one exit and one trace here, at one price; the paper's VMM does less when an entry "
	"goes than when one comes, for which it makes the shadow entry at once.";
static const char own_clock[] = "the profile has no price of RDTSC itself, for want of a figure: 30 cycles, as on the ideal machine.";
static const char fewer_exits[] = "the paper's process changes page tables more often: its overhead is, at the price above, one exit for "
	"each 900 native cycles, and the lab kernel's process has one in 2,200, for the kernel's searches and the copying of pages are a greater part of it.";

static const struct reproduce_row nanobenchmarks[] = {
	{ .name = "syscall", .words = "op=syscall", .without = "op=empty", .count = 400,
	  .published = { { 242, FITTED, NULL }, { 2308, PREDICTED, decoded }, { 246, PREDICTED, NULL } } },
	{ .name = "in", .words = "op=in", .without = "op=empty", .count = 400,
	  .published = { { 3209, FITTED, NULL }, { 216, PREDICTED, called_out }, { 15826, FITTED, NULL } } },
	{ .name = "cr8wr", .words = "op=cr", .without = "op=empty", .count = 400,
	  .published = { { 150, FITTED, NULL }, { 35, PREDICTED, one_store }, { 177, PREDICTED, NULL } } },
	{ .name = "call/ret", .words = "op=callret", .without = "op=empty", .count = 400,
	  .published = { { 11, FITTED, NULL }, { 51, PREDICTED, NULL }, { 11, PREDICTED, NULL } } },
	{ .name = "pgfault", .words = "op=pgfault", .without = "op=empty", .count = 400,
	  .published = { { 1093, PREDICTED, NULL }, { 3927, PREDICTED, NULL }, { 11242, FITTED, NULL } } },
	{ .name = "divzero", .words = "op=divzero", .without = "op=empty", .count = 400,
	  .published = { { 889, FITTED, NULL }, { 3223, PREDICTED, NULL }, { 1014, PREDICTED, NULL } } },
	{ .name = "ptemod, entry unchanged", .words = "op=ptemod-same", .without = "op=empty", .count = 400,
	  .published = { { 1, PREDICTED, NULL }, { 391, PREDICTED, adapted }, { 12733, PREDICTED, NULL } } },
	{ .name = "ptemod, to not present", .words = "op=ptemod-clear", .without = "op=empty", .count = 400,
	  .published = { { 4, PREDICTED, store_alone }, { 17, PREDICTED, adapted }, { 9154, PREDICTED, one_exit } } },
	{ .name = "ptemod, to present", .words = "op=ptemod-set", .without = "op=empty", .count = 400,
	  .published = { { 5, PREDICTED, store_alone }, { 2121, PREDICTED, NULL }, { 17020, PREDICTED, NULL } } },
};

static const struct reproduce_row clocks[] = {
	{ .name = "rdtsc", .words = "op=rdtsc", .without = "op=empty", .count = 400,
	  .published = { { 2030, FITTED, NULL }, { 1254, FITTED, NULL }, { 216, PREDICTED, own_clock } } },
};

static const struct reproduce_row workloads[] = {
	{ .name = "forkwait, Pentium 4", .words = "hz=0 workload=forkwait", .count = 20,
	  .published = { { 6.02, PREDICTED, NULL }, { 36.95, PREDICTED, fewer_exits }, { 106.4, PREDICTED, fewer_exits } } },
	{ .name = "forkwait, Core 2", .words = "hz=0 workload=forkwait", .count = 20, .profile = "core2",
	  .published = { { 2.62, PREDICTED, NULL }, { 18.43, PREDICTED, fewer_exits }, { 38.89, PREDICTED, fewer_exits } } },
	{ .name = "SPECint2000 (compute)", .words = "hz=0 workload=compute quiet=1", .count = 4,
	  .published = { { 1, PREDICTED, NULL }, { 1.04, PREDICTED, NULL }, { 1.05, PREDICTED, NULL } } },
};

static const struct reproduce_row primitives[] = {
	{ .name = "VM entry", .words = "vm_entry", .published = { { 2409, FITTED, NULL }, { 937, FITTED, NULL } } },
	{ .name = "page-fault VM exit", .words = "vm_exit", .published = { { 1931, FITTED, NULL }, { 1186, FITTED, NULL } } },
	{ .name = "VMCS read", .words = "vmcs_read", .published = { { 178, FITTED, NULL }, { 52, FITTED, NULL } } },
	{ .name = "VMCS write", .words = "vmcs_write", .published = { { 171, FITTED, NULL }, { 44, FITTED, NULL } } },
};

#define ROWS(table) .row = table, .rows = sizeof(table) / sizeof(table[0])

static const struct reproduce_section sections[] = {
	{ .title = "Nanobenchmarks", .unit = "cycles", .measure = REPRODUCE_CYCLES, .words = "", .file = NANO, .baseline = 1,
	  .column = { { "native", "native", P4, NULL, TRACED }, { "BT", "bt", P4, NULL, TRACED },
	              { "VT", "hvm/shadow", P4, NULL, TRACED } },
	  ROWS(nanobenchmarks) },
	{ .title = "RDTSC in three ways", .unit = "cycles", .measure = REPRODUCE_CYCLES, .words = "", .file = NANO,
	  .column = { { "trap and emulate", "bt", P4, NULL, MACHINE " rdtsc=trap" },
	              { "callout", "bt", P4, NULL, MACHINE " rdtsc=callout" },
	              { "in cache", "bt", P4, NULL, MACHINE " rdtsc=cache" } },
	  ROWS(clocks) },
	{ .title = "Whole workloads", .unit = "ratio to native", .measure = REPRODUCE_RATIO, .words = "", .file = KERNEL,
	  .baseline = 1,
	  .column = { { "native", "native", P4, NULL, MACHINE }, { "BT", "bt", P4, NULL, MACHINE },
	              { "VT", "hvm/shadow", P4, NULL, MACHINE } },
	  ROWS(workloads) },
	{ .title = "Prices of hardware assist", .unit = "cycles", .measure = REPRODUCE_PRICES, .words = "",
	  .column = { { "Pentium 4 672", "hvm/shadow", P4, NULL, NULL }, { "Core 2 Duo", "hvm/shadow", "core2", NULL, NULL } },
	  .baseline = 2, ROWS(primitives) },
};

const struct reproduce_paper paper_adams_agesen = {
	.name = "adams-agesen-2006",
	.title = "Software and hardware techniques for x86 virtualization",
	.text = "Adams and Agesen, ASPLOS 2006 (3.8 GHz Pentium 4 672; VMware Player 1.0.1 with binary translation, and with VT-x "
		"without nested paging). BT is bt here, VT is hvm with shadow paging. What the paper measured of single operations "
		"natively, the prices of VT-x, and what a VMM spends on one exit (by in and pgfault together, which no one price fits) set "
		"the cost profile and are fitted; the rest comes out of the mechanism.",
	.section = sections,
	.sections = sizeof(sections) / sizeof(sections[0]),
	.left_out = "Left out: the kernel compile and Apache, which the lab kernel cannot run, and which would only be a mixture of "
		"the rows above in shares that one would choose.",
};
