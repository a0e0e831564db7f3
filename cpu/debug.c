/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/debug.c - the four breakpoints of the debug registers. Intel SDM volume 3, 17.2 and 17.3.
 */
#include "cpu/system.h"

/* R/W fields of DR7. */
enum condition { ON_EXECUTE, ON_WRITE, ON_PORT, ON_ACCESS };

static bool breakpoint_enabled(const struct cpu_state *state, unsigned i)
{
	return state->dr[7] >> (2 * i) & 3;
}

static enum condition breakpoint_condition(const struct cpu_state *state, unsigned i)
{
	return (enum condition)(state->dr[7] >> (16 + 4 * i) & 3);
}

/* Its length less one, which is also the mask of address bits that do not count. LEN 2 is undefined here. */
static uint32_t breakpoint_mask(const struct cpu_state *state, unsigned i)
{
	static const uint8_t mask[] = {0, 1, 7, 3};

	return mask[state->dr[7] >> (18 + 4 * i) & 3];
}

static bool overlaps(const struct cpu_state *state, unsigned i, uint32_t first, unsigned size)
{
	uint32_t mask = breakpoint_mask(state, i), start = state->dr[i] & ~mask;

	return first - start <= mask || start - first < size;
}

/* Bits of DR6 for the breakpoints of the kinds in `conditions` that an access meets. A breakpoint that
 * is not enabled shows too, once an enabled one is hit (SDM vol. 3, 17.2.3). */
static uint32_t hits(const struct cpu_state *state, unsigned conditions, uint32_t first, unsigned size)
{
	uint32_t met = 0;
	bool enabled = false;

	for (unsigned i = 0; i < 4; i++) {
		if (!(conditions >> breakpoint_condition(state, i) & 1) || !overlaps(state, i, first, size))
			continue;
		met |= DR6_B0 << i;
		enabled |= breakpoint_enabled(state, i);
	}
	return enabled ? met : 0;
}

static void trap_after(struct cpu *cpu, uint32_t dr6)
{
	cpu->state.pending_debug |= dr6;
	if (dr6)
		cpu->attention = true;
}

bool debug_enabled_data(const struct cpu *cpu)
{
	const struct cpu_state *state = &cpu->state;

	if (!(state->dr[7] & 0xff))
		return false;
	for (unsigned i = 0; i < 4; i++) {
		enum condition condition = breakpoint_condition(state, i);
		if (breakpoint_enabled(state, i) && (condition == ON_WRITE || condition == ON_ACCESS))
			return true;
	}
	return false;
}

void debug_check_data(struct cpu *cpu, uint32_t linear, unsigned size, bool write)
{
	unsigned conditions = 1u << ON_ACCESS | (write ? 1u << ON_WRITE : 0);

	trap_after(cpu, hits(&cpu->state, conditions, linear, size));
}

void debug_check_port(struct cpu *cpu, uint16_t port, unsigned size)
{
	if (cpu->state.cr4 & CR4_DE)
		trap_after(cpu, hits(&cpu->state, 1u << ON_PORT, port, size));
}

bool debug_instruction_breakpoint(struct cpu *cpu)
{
	uint32_t linear = cpu->state.segment[CS].base + cpu->state.eip, dr6;

	if (!(cpu->state.dr[7] & 0xff) || (cpu->state.eflags & EFLAGS_RF))
		return true;
	dr6 = hits(&cpu->state, 1u << ON_EXECUTE, linear, 1);
	return !dr6 || raise_debug(cpu, dr6);
}
