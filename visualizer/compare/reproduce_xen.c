/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/reproduce_xen.c - operating-system operations natively, under Xen and under VMware Workstation 3.2:
 * Barham and others, "Xen and the Art of Virtualization" (SOSP 2003), tables 3 to 5.
 */
#include "visualizer/compare/reproduce.h"

#define KERNEL "build/guests/kernel.elf"
#define KERNEL_PV "build/guests/kernel-pv.elf"

static const char entered_thrice[] = "the paper's whole overhead is 670 cycles, less than one exception and its return; here INT, IRET and a load "
	"of a segment register enter the VMM in each call, at the prices of Adams and Agesen's translator.";
static const char older_translator[] = "prices are those of the translator that Adams and Agesen measured in 2005, to which a page fault of the guest's "
	"cost 2,800 cycles more than natively; in this paper a page fault of lmbench's costs 26,000 more.";
static const char roots_kept[] = "shadow tables of both spaces are kept here, and a switch costs the search for the root; what 43,000 cycles "
	"for each switch were spent on the paper does not say.";
static const char no_user_part[] = "Linux' shell spends most of its time in user code, which costs the same everywhere; the lab kernel's "
	"programs are so small that nearly all of it is the kernel's work.";
static const char no_caches[] = "what a native switch costs in the paper is mostly reading 64 KiB back into the caches, and the model has none.";

#define P(figure) { figure, PREDICTED, NULL }

static const struct reproduce_row operations[] = {
	{ .name = "null call", .words = "op=null", .count = 200,
	  .published = { P(0.45), P(0.46), { 0.73, PREDICTED, entered_thrice } } },
	{ .name = "fork", .words = "op=fork", .count = 20, .published = { P(110), P(198), { 874, PREDICTED, older_translator } } },
	{ .name = "exec", .words = "op=exec", .count = 20, .published = { P(530), P(768), P(2300) } },
	{ .name = "sh", .words = "op=sh", .count = 10,
	  .published = { P(4000), { 4800, PREDICTED, no_user_part }, { 10000, PREDICTED, no_user_part } } },
	{ .name = "ctx 2p/0K", .words = "op=ctx procs=2", .without = "op=pipe procs=2", .count = 100, .each = 2,
	  .published = { P(0.77), P(1.97), { 18.1, PREDICTED, roots_kept } } },
	{ .name = "ctx 16p/64K", .words = "op=ctx procs=16 size=64", .without = "op=pipe procs=16 size=64", .count = 10,
	  .each = 16, .published = { P(37.6), { 39.4, PREDICTED, no_caches }, P(72.2) } },
	{ .name = "mmap", .words = "op=mmap", .count = 20, .published = { P(68), P(139), { 620, PREDICTED, older_translator } } },
	{ .name = "prot fault", .words = "op=prot", .count = 100,
	  .published = { P(1.06), P(1.40), { 7.53, PREDICTED, older_translator } } },
	{ .name = "page fault", .words = "op=fault", .without = "op=touch", .count = 10, .each = 64,
	  .published = { P(1.42), P(2.73), { 12.4, PREDICTED, older_translator } } },
};

static const struct reproduce_section sections[] = {
	{ .title = "lmbench: processes, context switches, memory", .unit = "ratio to native", .measure = REPRODUCE_RATIO,
	  .words = "hz=0 workload=lmbench", .baseline = 1,
	  .column = { { "native", "native", "xeon-2400", KERNEL_PV, "memory=16M" },
	              { "Xen", "pv/direct", "xeon-2400", KERNEL_PV, "memory=16M" },
	              { "VMware", "bt", "xeon-2400", KERNEL, "memory=16M" } },
	  .row = operations, .rows = sizeof(operations) / sizeof(operations[0]) },
};

const struct reproduce_paper paper_xen = {
	.name = "xen-2003",
	.title = "Xen and the Art of Virtualization",
	.text = "Barham and others, SOSP 2003, tables 3 to 5 (dual 2.4 GHz Xeon; lmbench on Linux 2.4.21): times relative to the "
		"same system without a VMM. Xen is pv with direct paging here, VMware Workstation 3.2 is bt. The guest is the lab "
		"kernel with a workload of the same operations: not Linux, so that ratios are compared and not microseconds. All "
		"figures are predicted: no price was made from this paper.",
	.section = sections,
	.sections = sizeof(sections) / sizeof(sections[0]),
	.left_out = "Left out: user-mode Linux, which is another technique than those here; builds of Linux, SPEC and web servers, "
		"for which the lab kernel has neither the programs nor a file system.",
};
