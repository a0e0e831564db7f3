/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_port.c - IN, OUT, INS, OUTS and who may use which port.
 * Intel SDM volume 2; volume 1, 18.5 (IOPL and the I/O permission bit map); volume 3, 17.2.4 (breakpoints).
 */
#include "cpu/operand.h"
#include "cpu/perform.h"
#include "cpu/system.h"
#include "cpu/vmx_inside.h"

/* Two bytes of the map are always read, so that an access may cross a byte; the last one is all ones. */
static bool bitmap_allows(struct cpu *cpu, uint16_t port, unsigned size)
{
	enum { MAP_BASE = 0x66 };
	const struct segment *tss = &cpu->state.segment[TR];
	uint32_t map, bits;

	if (!segment_present(tss) || !(system_type(tss) & TYPE_32BIT) || tss->limit < MAP_BASE + 1)
		return raise_gp(cpu, 0);
	if (!load_linear(cpu, tss->base + MAP_BASE, 2, true, &map))
		return false;
	if (map + port / 8 + 1 > tss->limit)
		return raise_gp(cpu, 0);
	if (!load_linear(cpu, tss->base + map + port / 8, 2, true, &bits))
		return false;
	if (bits >> (port % 8) & ((1u << size) - 1))
		return raise_gp(cpu, 0);
	return true;
}

static bool check_port(struct cpu *cpu, uint16_t port, unsigned size)
{
	const struct cpu_state *state = &cpu->state;

	if (!state_protected(state) || (!state_v86(state) && state->cpl <= state_iopl(state)))
		return true;
	return bitmap_allows(cpu, port, size);
}

/* Privilege first, then the VMM's word (SDM vol. 3, 25.1.1). */
static bool check_access(struct cpu *cpu, const struct insn *insn, uint16_t port, enum port_access direction)
{
	return check_port(cpu, port, insn->operand_size) &&
	       (!cpu->non_root || vmx_permits_port(cpu, insn, port, direction));
}

static uint32_t size_bits(unsigned size)
{
	return UINT32_MAX >> (32 - 8 * size);
}

static uint32_t read_port(struct cpu *cpu, uint16_t port, unsigned size)
{
	uint32_t value = cpu->bus->port_read(cpu->bus->owner, port, size) & size_bits(size);

	debug_check_port(cpu, port, size);
	return value;
}

static void write_port(struct cpu *cpu, uint16_t port, unsigned size, uint32_t value)
{
	value &= size_bits(size);
	cpu->bus->port_write(cpu->bus->owner, port, size, value);
	debug_check_port(cpu, port, size);
}

static uint16_t port_operand(const struct cpu *cpu, const struct insn *insn, unsigned n)
{
	if (operand_kind(insn, n) == OP_Ib)
		return insn->immediate & 0xff;
	return (uint16_t)cpu->state.gpr[EDX];
}

bool perform_in(struct cpu *cpu, const struct insn *insn)
{
	uint16_t port = port_operand(cpu, insn, 1);

	if (!check_access(cpu, insn, port, PORT_IN))
		return false;
	set_register(cpu, EAX, insn->operand_size, read_port(cpu, port, insn->operand_size));
	return true;
}

bool perform_out(struct cpu *cpu, const struct insn *insn)
{
	uint16_t port = port_operand(cpu, insn, 0);

	if (!check_access(cpu, insn, port, PORT_OUT))
		return false;
	write_port(cpu, port, insn->operand_size, cpu->state.gpr[EAX]);
	return true;
}

/* ---- strings ---- */

/* Moves ESI or EDI (or SI, DI) on by one element. */
static void advance(struct cpu *cpu, const struct insn *insn, enum gpr reg)
{
	uint32_t step = cpu->state.eflags & EFLAGS_DF ? 0u - insn->operand_size : insn->operand_size;
	uint32_t *gpr = &cpu->state.gpr[reg], mask = insn->address_mask;

	*gpr = (*gpr & ~mask) | ((*gpr + step) & mask);
}

/* The store is probed first: a device must not lose what a page fault then throws away. */
static bool input_one(struct cpu *cpu, const struct insn *insn)
{
	uint16_t port = (uint16_t)cpu->state.gpr[EDX];
	uint32_t offset = cpu->state.gpr[EDI] & insn->address_mask;
	unsigned size = insn->operand_size;

	if (!check_access(cpu, insn, port, PORT_IN) || !probe_store(cpu, ES, offset, size) ||
	    !store(cpu, ES, offset, size, read_port(cpu, port, size)))
		return false;
	advance(cpu, insn, EDI);
	return true;
}

static bool output_one(struct cpu *cpu, const struct insn *insn)
{
	uint16_t port = (uint16_t)cpu->state.gpr[EDX];
	uint32_t offset = cpu->state.gpr[ESI] & insn->address_mask, value;
	unsigned size = insn->operand_size;

	if (!check_access(cpu, insn, port, PORT_OUT) || !load(cpu, insn->segment, offset, size, &value))
		return false;
	write_port(cpu, port, size, value);
	advance(cpu, insn, ESI);
	return true;
}

/* Something may want the boundary between two repetitions: a device's interrupt above all. */
static bool interrupted(const struct cpu *cpu)
{
	return *cpu->clock >= cpu->deadline || cpu->interrupt_line || cpu->nmi_pending || cpu->state.pending_debug ||
	       cpu->stop_requested;
}

/* Repeats by (E)CX; the row pays for the last repetition, the others pay here. */
static bool repeat_port(struct cpu *cpu, const struct insn *insn, insn_perform *one)
{
	uint32_t mask = insn->address_mask, *count = &cpu->state.gpr[ECX];

	if (!insn->repeat)
		return one(cpu, insn);
	while (*count & mask) {
		if (!one(cpu, insn))
			return false;
		*count = (*count & ~mask) | ((*count - 1) & mask);
		if (!(*count & mask))
			break;
		charge(cpu, COST_port_access);
		if (interrupted(cpu)) {
			cpu->next_eip = cpu->state.eip;
			break;
		}
	}
	return true;
}

bool perform_ins(struct cpu *cpu, const struct insn *insn)
{
	return repeat_port(cpu, insn, input_one);
}

bool perform_outs(struct cpu *cpu, const struct insn *insn)
{
	return repeat_port(cpu, insn, output_one);
}
