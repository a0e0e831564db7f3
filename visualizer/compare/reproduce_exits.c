/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/reproduce_exits.c - how the price of a VM exit fell: Agesen, Mattson, Rugina and Sheldon, "Software
 * Techniques for Avoiding Hardware Virtualization Exits" (USENIX ATC 2012), table 1.
 */
#include "visualizer/compare/reproduce.h"

#define GENERATION(name, profile) { name, "hvm/shadow", profile, NULL, NULL }
#define PRICE(figure) { figure, FITTED, NULL }

static const struct reproduce_row round_trips[] = {
	{ .name = "out of the guest and back", .words = "vm_entry vm_exit",
	  .published = { { 3963, FITTED, NULL }, PRICE(1579), PRICE(1266), PRICE(1009), PRICE(761), PRICE(784) } },
};

static const struct reproduce_section sections[] = {
	{ .title = "Round trip of a VM exit, by generation", .unit = "cycles", .measure = REPRODUCE_PRICES, .words = "",
	  .baseline = 0,
	  .column = { GENERATION("Prescott 2005", "pentium4-672"), GENERATION("Merom 2006", "merom"),
	              GENERATION("Penryn 2008", "penryn"), GENERATION("Nehalem 2009", "nehalem"),
	              GENERATION("Westmere 2010", "westmere"), GENERATION("Sandy Bridge 2011", "sandybridge") },
	  .row = round_trips, .rows = sizeof(round_trips) / sizeof(round_trips[0]) },
};

const struct reproduce_paper paper_exits = {
	.name = "exits-by-generation",
	.title = "VM exits by generation of processors",
	.text = "Agesen, Mattson, Rugina and Sheldon, Software Techniques for Avoiding Hardware Virtualization Exits, USENIX "
		"ATC 2012, table 1: what an exit and the entry behind it cost in hardware alone. These are prices, and the "
		"profiles are made from them; what follows from them for whole workloads is labs/experiments/generations.ini. "
		"Prescott's profile has Adams and Agesen's figures of 2006 for that very machine, 2409 and 1931 cycles, which are "
		"a tenth more.",
	.section = sections,
	.sections = sizeof(sections) / sizeof(sections[0]),
};
