/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/reproduce_bhargava.c - what a TLB miss costs with nested paging: Bhargava, Serebrin, Spadini and Manne,
 * "Accelerating Two-Dimensional Page Walks for Virtualized Systems" (ASPLOS 2008).
 */
#include "visualizer/compare/reproduce.h"

#define WALK(name, file, settings) { name, "hvm/nested", "ideal", file, settings }

static const struct reproduce_row walks[] = {
	{ .name = "references of a page walk", .words = "", .count = 2000,
	  .published = { { 8, PREDICTED, NULL }, { 14, PREDICTED, NULL }, { 19, PREDICTED, NULL } } },
};

static const struct reproduce_section sections[] = {
	{ .title = "References to memory for one TLB miss", .unit = "references", .measure = REPRODUCE_WALK, .words = "",
	  .column = { WALK("2 on 2", "build/guests/walk.elf", "nested-levels=2 memory=16M"),
	              WALK("2 on 4", "build/guests/walk.elf", "nested-levels=4 memory=16M"),
	              WALK("3 on 4", "build/guests/walk-pae.elf", "nested-levels=4 memory=16M") },
	  .row = walks, .rows = sizeof(walks) / sizeof(walks[0]) },
};

const struct reproduce_paper paper_bhargava = {
	.name = "bhargava-2008",
	.title = "Page walks in two dimensions",
	.text = "Bhargava, Serebrin, Spadini and Manne, Accelerating Two-Dimensional Page Walks for Virtualized Systems, ASPLOS "
		"2008: a guest of n levels of page tables on nested tables of m levels takes nm + n + m references. Ours are counted "
		"in a run that misses the TLB all the time. A PAE guest's page-directory pointers are read at each walk, as "
		"processors of AMD's do; Intel's have them in registers since the guest loaded CR3, and save five references.",
	.section = sections,
	.sections = sizeof(sections) / sizeof(sections[0]),
	.left_out = "Left out: 4 on 4, 24 references, for IA-32 guests have no tables of four levels; and what page-walk caches "
		"and a nested TLB win back, which the model has neither of.",
};
