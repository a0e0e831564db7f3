/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/cost.c - the idealized machine's prices, straight from the list in cost.h.
 */
#include "cpu/cost.h"

#include <string.h>

struct cost_row {
	const char *name, *text;
	uint32_t cycles;
};

static const struct cost_row rows[COST_COUNT] = {
#define COST(name, cycles, text) { #name, text, cycles },
	COST_LIST(COST)
#undef COST
};

void cost_profile_default(struct cost_profile *profile)
{
	memset(profile, 0, sizeof(*profile));
	strcpy(profile->name, "ideal");
	for (unsigned cost = 0; cost < COST_COUNT; cost++)
		profile->cycles[cost] = rows[cost].cycles;
	profile->frequency = 1000000000;
}

const char *cost_name(enum cost cost)
{
	return (unsigned)cost < COST_COUNT ? rows[cost].name : "?";
}

const char *cost_text(enum cost cost)
{
	return (unsigned)cost < COST_COUNT ? rows[cost].text : "?";
}
