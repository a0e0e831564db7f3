/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/vmx_intercept.c - instructions in non-root operation that exit by what they are asked to do: control
 * registers, debug registers, ports, MSRs, descriptor tables, tasks. Intel SDM volume 3, 25.1, 25.3 and 25.4; the
 * qualifications are those of tables 27-3 to 27-5, the instruction information that of tables 27-8 to 27-11.
 * The caller has made the checks that come before an exit (25.1.1): #UD and privilege.
 */
#include "cpu/system.h"
#include "cpu/vmx_inside.h"

static uint32_t control_mask(const struct cpu *cpu, enum vmcs_field field)
{
	return vmcs_get32(cpu->vmx.current, field);
}

/* ---- control registers (25.3; table 27-3) ---- */

enum control_access { MOV_TO_CONTROL, MOV_FROM_CONTROL, ACCESS_CLTS, ACCESS_LMSW };

/*
 *  31..16       15..12 11..8           7 6            5..4   3..0
 *  LMSW source  0      general register 0 LMSW memory access control register
 */
static bool exit_control(struct cpu *cpu, const struct insn *insn, unsigned reg, enum control_access access,
                         uint32_t rest)
{
	return vmx_exit_instruction(cpu, insn, REASON_CONTROL_REGISTER, reg | (uint32_t)access << 4 | rest);
}

/* What the guest reads: the shadow where the mask says that the bit is the host's. */
static uint32_t visible(const struct cpu *cpu, uint32_t value, enum vmcs_field mask, enum vmcs_field shadow)
{
	uint32_t hidden = control_mask(cpu, mask);

	return (value & ~hidden) | (control_mask(cpu, shadow) & hidden);
}

uint32_t vmx_visible_cr0(const struct cpu *cpu)
{
	return visible(cpu, cpu->state.cr0, VMCS_CR0_MASK, VMCS_CR0_SHADOW);
}

/* Bits of CR0 that no instruction clears in VMX operation. */
static uint32_t cr0_fixed(const struct cpu *cpu)
{
	uint32_t fixed = VMX_CR0_FIXED;

	return cpu->vmx.secondary & SECONDARY_UNRESTRICTED ? fixed & ~((uint32_t)CR0_PG | CR0_PE) : fixed;
}

/* The guest's own bits get the new value; a fixed bit that would change is a #GP (23.8, 25.3). */
static bool write_own_cr0(struct cpu *cpu, uint32_t value)
{
	uint32_t hidden = control_mask(cpu, VMCS_CR0_MASK), fixed = cr0_fixed(cpu);

	value = (value & ~hidden) | (cpu->state.cr0 & hidden);
	if ((value & fixed) != fixed)
		return raise_gp(cpu, 0);
	return write_cr0(cpu, value);
}

static bool write_own_cr4(struct cpu *cpu, uint32_t value)
{
	uint32_t hidden = control_mask(cpu, VMCS_CR4_MASK);

	return write_cr4(cpu, (value & ~hidden) | (cpu->state.cr4 & hidden));
}

/* Does the guest ask for another value than it reads where the bit is the host's? */
static bool differs(const struct cpu *cpu, uint32_t value, enum vmcs_field mask, enum vmcs_field shadow)
{
	return (value ^ control_mask(cpu, shadow)) & control_mask(cpu, mask);
}

static bool is_cr3_target(const struct cpu *cpu, uint32_t value)
{
	static const enum vmcs_field targets[] = {
		VMCS_CR3_TARGET0, VMCS_CR3_TARGET1, VMCS_CR3_TARGET2, VMCS_CR3_TARGET3,
	};
	uint32_t count = control_mask(cpu, VMCS_CR3_TARGET_COUNT);

	for (unsigned i = 0; i < count; i++)
		if (control_mask(cpu, targets[i]) == value)
			return true;
	return false;
}

bool vmx_mov_to_control(struct cpu *cpu, const struct insn *insn, uint32_t value)
{
	bool leaves;

	switch (insn->reg) {
	case 0:
		leaves = differs(cpu, value, VMCS_CR0_MASK, VMCS_CR0_SHADOW);
		break;
	case 3:
		leaves = (cpu->vmx.primary & PRIMARY_CR3_LOAD) && !is_cr3_target(cpu, value);
		break;
	case 4:
		leaves = differs(cpu, value, VMCS_CR4_MASK, VMCS_CR4_SHADOW);
		break;
	default:
		cpu->state.cr2 = value;
		return true;
	}
	if (leaves)
		return exit_control(cpu, insn, insn->reg, MOV_TO_CONTROL, (uint32_t)insn->rm << 8);
	if (insn->reg == 3)
		return load_cr3(cpu, value);
	return insn->reg == 0 ? write_own_cr0(cpu, value) : write_own_cr4(cpu, value);
}

bool vmx_mov_from_control(struct cpu *cpu, const struct insn *insn, uint32_t *value)
{
	switch (insn->reg) {
	case 0:
		*value = vmx_visible_cr0(cpu);
		return true;
	case 3:
		if (cpu->vmx.primary & PRIMARY_CR3_STORE)
			return exit_control(cpu, insn, 3, MOV_FROM_CONTROL, (uint32_t)insn->rm << 8);
		*value = cpu->state.cr3;
		return true;
	case 4:
		*value = visible(cpu, cpu->state.cr4, VMCS_CR4_MASK, VMCS_CR4_SHADOW);
		return true;
	default:
		*value = cpu->state.cr2;
		return true;
	}
}

/* With TS the host's and clear in the shadow, nothing happens at all. */
bool vmx_clts(struct cpu *cpu, const struct insn *insn)
{
	bool masked = control_mask(cpu, VMCS_CR0_MASK) & CR0_TS;

	if (masked && (control_mask(cpu, VMCS_CR0_SHADOW) & CR0_TS))
		return exit_control(cpu, insn, 0, ACCESS_CLTS, 0);
	if (!masked)
		cpu->state.cr0 &= ~(uint32_t)CR0_TS;
	return true;
}

/* LMSW cannot clear PE: only an attempt to set it counts. */
bool vmx_lmsw(struct cpu *cpu, const struct insn *insn, uint32_t value)
{
	uint32_t hidden = control_mask(cpu, VMCS_CR0_MASK), low = CR0_MP | CR0_EM | CR0_TS;
	uint32_t different = (value ^ control_mask(cpu, VMCS_CR0_SHADOW)) & hidden;

	if ((different & low) || (different & value & CR0_PE)) {
		exit_control(cpu, insn, 0, ACCESS_LMSW, value << 16 | (insn->memory ? 1u << 6 : 0));
		if (insn->memory)
			cpu->vmx.exit.linear = cpu->state.segment[insn->segment].base + effective_offset(cpu, insn);
		return false;
	}
	return write_own_cr0(cpu, (cpu->state.cr0 & ~low) | (value & (low | CR0_PE)));
}

/* ---- debug registers (table 27-4), INVLPG ---- */

bool vmx_permits_debug_register(struct cpu *cpu, const struct insn *insn, bool from)
{
	uint32_t qualification = insn->reg | (from ? 1u << 4 : 0) | (uint32_t)insn->rm << 8;

	return !(cpu->vmx.primary & PRIMARY_MOV_DR) || vmx_exit_instruction(cpu, insn, REASON_MOV_DR, qualification);
}

bool vmx_permits_invlpg(struct cpu *cpu, const struct insn *insn, uint32_t linear)
{
	return !(cpu->vmx.primary & PRIMARY_INVLPG) || vmx_exit_instruction(cpu, insn, REASON_INVLPG, linear);
}

/* ---- bitmaps in machine memory; where there is none, all bits are set ---- */

static bool bitmap_bit(const struct cpu *cpu, uint64_t bitmap, uint32_t bit)
{
	struct bus_page page = cpu->bus->page(cpu->bus->owner, bitmap >> PAGE_SHIFT);

	return !page.host || (page.host[bit / 8] >> bit % 8 & 1);
}

/* Four bitmaps of 1 KiB: reads of low and high MSRs, writes of low and high ones (24.6.9). */
bool vmx_permits_msr(struct cpu *cpu, const struct insn *insn, bool write)
{
	enum { HIGH_FIRST = 0xc0000000u, COUNT = 0x2000, HALF = 8 * 1024, WRITES = 8 * 2048 };
	uint32_t msr = cpu->state.gpr[ECX], bit = msr & (COUNT - 1);
	enum exit_reason reason = write ? REASON_WRMSR : REASON_RDMSR;
	uint64_t bitmap = vmcs_get(cpu->vmx.current, VMCS_MSR_BITMAP);

	if (!(cpu->vmx.primary & PRIMARY_MSR_BITMAPS) || (msr != bit && msr != (uint32_t)HIGH_FIRST + bit))
		return vmx_exit_instruction(cpu, insn, reason, 0);
	bit += (msr == bit ? 0 : HALF) + (write ? WRITES : 0);
	return !bitmap_bit(cpu, bitmap, bit) || vmx_exit_instruction(cpu, insn, reason, 0);
}

/* ---- ports (25.1.3; tables 27-5 and 27-8) ---- */

static bool port_exits(const struct cpu *cpu, uint16_t port, unsigned size)
{
	enum { PORTS_IN_A = 0x8000 };

	if (!(cpu->vmx.primary & PRIMARY_IO_BITMAPS))
		return cpu->vmx.primary & PRIMARY_IO;
	if (port + size > 0x10000)
		return true; /* it wraps around */
	for (uint32_t at = port; at < port + size; at++) {
		bool second = at >= PORTS_IN_A;
		uint64_t bitmap = vmcs_get(cpu->vmx.current, second ? VMCS_IO_BITMAP_B : VMCS_IO_BITMAP_A);

		if (bitmap_bit(cpu, bitmap, at - (second ? PORTS_IN_A : 0)))
			return true;
	}
	return false;
}

static uint32_t address_size_bits(const struct insn *insn)
{
	return insn->address_mask == 0xffff ? 0 : 1u << 7;
}

/*
 *  31..16 15..7 6         5   4      3  2..0
 *  port   0     immediate REP string IN size - 1
 */
bool vmx_permits_port(struct cpu *cpu, const struct insn *insn, uint16_t port, enum port_access direction)
{
	enum { IMMEDIATE = 1 << 6, REP = 1 << 5, STRING = 1 << 4, IN = 1 << 3 };
	bool in = direction == PORT_IN, string = insn->row->flags & INSN_STRING;
	uint32_t qualification = (uint32_t)port << 16 | (insn->operand_size - 1u) | (in ? IN : 0);
	enum segment_register reg = in ? ES : (enum segment_register)insn->segment;

	if (!port_exits(cpu, port, insn->operand_size))
		return true;
	if (insn->row->operand[in] == OP_Ib)
		qualification |= IMMEDIATE;
	if (!string)
		return vmx_exit_instruction(cpu, insn, REASON_IO, qualification);
	vmx_exit_instruction(cpu, insn, REASON_IO, qualification | STRING | (insn->repeat ? REP : 0));
	cpu->vmx.exit.linear = cpu->state.segment[reg].base + (cpu->state.gpr[in ? EDI : ESI] & insn->address_mask);
	cpu->vmx.exit.information = address_size_bits(insn) | (uint32_t)reg << 15;
	return false;
}

/* ---- descriptor tables (tables 27-10 and 27-11) ---- */

/*
 * `identity`: SGDT, SIDT, LGDT, LIDT, or SLDT, STR, LLDT, LTR.
 *
 *  29..28   27        26..23 22         21..18 17..15  11           10       9..7    6..3     1..0
 *  identity no base   base   no index   index  segment operand size register address register scaling
 */
static uint32_t table_information(const struct insn *insn, enum exit_reason reason, unsigned identity)
{
	uint32_t information = (uint32_t)identity << 28;

	if (!insn->memory)
		return information | 1u << 10 | (uint32_t)insn->rm << 3;
	information |= address_size_bits(insn) | (uint32_t)insn->segment << 15 | insn->scale;
	information |= insn->index == NO_REGISTER ? 1u << 22 : (uint32_t)insn->index << 18;
	information |= insn->base == NO_REGISTER ? 1u << 27 : (uint32_t)insn->base << 23;
	if (reason == REASON_GDTR_IDTR && insn->operand_size == 4)
		information |= 1u << 11;
	return information;
}

/* The qualification is the displacement. */
bool vmx_permits_table(struct cpu *cpu, const struct insn *insn, enum exit_reason reason, unsigned identity)
{
	if (!(cpu->vmx.secondary & SECONDARY_DESCRIPTOR_TABLES))
		return true;
	vmx_exit_instruction(cpu, insn, reason, insn->memory ? insn->displacement : 0);
	cpu->vmx.exit.information = table_information(insn, reason, identity);
	return false;
}

/* ---- task switches (25.4.2; table 27-2) ---- */

/* No task switch happens in non-root operation: the checks of selector, type and presence have been made. */
bool vmx_permits_task_switch(struct cpu *cpu, uint16_t selector, enum task_reason reason)
{
	static const uint8_t sources[] = {
		[TASK_CALL] = 0, [TASK_IRET] = 1, [TASK_JUMP] = 2, [TASK_GATE_EVENT] = 3,
	};

	return vmx_raise(cpu, (struct vmx_exit){
		.reason = REASON_TASK_SWITCH,
		.qualification = selector | (uint32_t)sources[reason] << 30,
		.length = reason == TASK_GATE_EVENT ? 0 : cpu->next_eip - cpu->state.eip,
	});
}
