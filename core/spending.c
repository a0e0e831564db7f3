/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/spending.c - the clock's cycles by part, from both processors' counters and the ledger of prices.
 */
#include "core/spending.h"

static const struct {
	const char *name, *text;
} rows[SPENDING_COUNT] = {
#define SPENDING(identifier, name, text) { name, text },
	SPENDING_LIST(SPENDING)
#undef SPENDING
};

const char *spending_name(enum spending_part part)
{
	return rows[part].name;
}

const char *spending_text(enum spending_part part)
{
	return rows[part].text;
}

enum spending_part spending_of_cost(enum cost cost)
{
	switch (cost) {
	case COST_interpret:
		return SPENDING_INTERPRETER;
	case COST_shadow_walk_reference:
	case COST_shadow_fill:
	case COST_shadow_flush:
	case COST_shadow_trace:
	case COST_shadow_root:
	case COST_descriptor_shadow:
	case COST_nested_fill:
	case COST_hypercall_item:
	case COST_hypercall_pin:
	case COST_invlpg: /* INVEPT and INVVPID: the guest's own are among its instructions */
		return SPENDING_MEMORY;
	case COST_translate:
	case COST_chain:
	case COST_unit_lookup:
	case COST_unit_drop:
		return SPENDING_TRANSLATION;
	default:
		return SPENDING_VMM;
	}
}

static void add_processor(struct spending *spending, const struct cpu *cpu, enum spending_part part)
{
	const struct cpu_counters *counters = cpu_counters(cpu);

	spending->cycles[part] += counters->cycles - counters->walk_cycles;
	spending->cycles[SPENDING_WALK] += counters->walk_cycles;
}

struct spending spending_of(const struct vm *vm)
{
	struct spending spending = { .cycles = { [SPENDING_IDLE] = vm->ledger.idle } };

	for (enum cost cost = 0; cost < COST_COUNT; cost++)
		spending.cycles[spending_of_cost(cost)] += vm->ledger.spent[cost];
	add_processor(&spending, vm->processor, SPENDING_GUEST);
	if (vm->vcpu)
		add_processor(&spending, vm->vcpu, SPENDING_INTERPRETER);
	return spending;
}
