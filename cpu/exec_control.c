/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_control.c - control and debug registers, the TLB and cache instructions, HLT, MSRs, CPUID, RDTSC.
 * Intel SDM volume 2; volume 3, 2.5 (control registers), 4.10.4 (what flushes the TLB), 17.2.
 */
#include "cpu/perform.h"
#include "cpu/system.h"
#include "cpu/vmx_inside.h"

/* ---- CR0 and CR4 ---- */

enum {
	CR0_DEFINED = CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD,
	CR4_PAGING = CR4_PSE | CR4_PAE | CR4_PGE,
};

/* Other bits than these are ignored; ET is wired to 1. */
uint32_t cr0_defined(uint32_t value)
{
	return (value & ((uint32_t)CR0_DEFINED | CR0_PG)) | CR0_ET;
}

/* With PG and PAE set the PDPTEs are read anew. */
static bool reload_pdptes(struct cpu *cpu)
{
	if (!state_paging(&cpu->state) || !(cpu->state.cr4 & CR4_PAE))
		return true;
	return load_cr3(cpu, cpu->state.cr3);
}

bool write_cr0(struct cpu *cpu, uint32_t value)
{
	uint32_t old = cpu->state.cr0, now = cr0_defined(value), changed = old ^ now;

	if ((now & CR0_PG) && !(now & CR0_PE))
		return raise_gp(cpu, 0);
	if ((now & CR0_NW) && !(now & CR0_CD))
		return raise_gp(cpu, 0);
	cpu->state.cr0 = now;
	if ((changed & (CR0_PG | CR0_CD | CR0_NW)) && !reload_pdptes(cpu)) {
		cpu->state.cr0 = old;
		return false;
	}
	if (changed & (CR0_PG | CR0_PE) && cpu->mode_changed)
		cpu->mode_changed(cpu->mode_owner);
	if (changed & (CR0_PG | CR0_PE))
		tlb_flush(cpu, true);
	else if (changed & CR0_WP)
		tlb_retag(cpu);
	if (changed & (CR0_PE | CR0_AM))
		derive_all(cpu);
	return true;
}

/* Bits that the announced features give a meaning; any other one raises #GP. */
uint32_t cr4_defined(const struct cpu *cpu)
{
	static const struct { uint8_t feature; uint16_t bits; } rows[] = {
		{CPUID_VME, CR4_VME | CR4_PVI},
		{CPUID_DE, CR4_DE},
		{CPUID_PSE, CR4_PSE},
		{CPUID_TSC, CR4_TSD},
		{CPUID_PAE, CR4_PAE},
		{CPUID_MCE, CR4_MCE},
		{CPUID_PGE, CR4_PGE},
		{CPUID_FXSR, CR4_OSFXSR},
		{CPUID_SSE, CR4_OSXMMEXCPT},
	};
	uint32_t defined = (cpu->features.rdpmc ? CR4_PCE : 0) | (cpu->features.umip ? CR4_UMIP : 0);

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
		if (has_feature(cpu, rows[i].feature))
			defined |= rows[i].bits;
	return defined;
}

bool write_cr4(struct cpu *cpu, uint32_t value)
{
	uint32_t old = cpu->state.cr4, changed = old ^ value;

	if (value & ~cr4_defined(cpu))
		return raise_gp(cpu, 0);
	cpu->state.cr4 = value;
	if ((changed & CR4_PAGING) && !reload_pdptes(cpu)) {
		cpu->state.cr4 = old;
		return false;
	}
	if (changed & CR4_PAGING)
		tlb_flush(cpu, true);
	return true;
}

bool perform_mov_from_control(struct cpu *cpu, const struct insn *insn)
{
	const struct cpu_state *state = &cpu->state;
	uint32_t *to = &cpu->state.gpr[insn->rm];

	if (insn->reg == 1 || insn->reg > 4)
		return raise_ud(cpu);
	if (!require_ring0(cpu))
		return false;
	if (cpu->non_root)
		return vmx_mov_from_control(cpu, insn, to);
	switch (insn->reg) {
	case 0: *to = state->cr0; break;
	case 2: *to = state->cr2; break;
	case 3: *to = state->cr3; break;
	default: *to = state->cr4; break;
	}
	return true;
}

bool perform_mov_to_control(struct cpu *cpu, const struct insn *insn)
{
	uint32_t value = cpu->state.gpr[insn->rm];

	if (insn->reg == 1 || insn->reg > 4)
		return raise_ud(cpu);
	if (!require_ring0(cpu))
		return false;
	if (cpu->non_root)
		return vmx_mov_to_control(cpu, insn, value);
	switch (insn->reg) {
	case 0:
		return write_cr0(cpu, value);
	case 2:
		cpu->state.cr2 = value;
		return true;
	case 3:
		return load_cr3(cpu, value);
	default:
		return write_cr4(cpu, value);
	}
}

bool perform_clts(struct cpu *cpu, const struct insn *insn)
{
	if (!require_ring0(cpu))
		return false;
	if (cpu->non_root)
		return vmx_clts(cpu, insn);
	cpu->state.cr0 &= ~(uint32_t)CR0_TS;
	return true;
}

/* The 286's way: four bits, of which PE can be set but not cleared. */
bool perform_lmsw(struct cpu *cpu, const struct insn *insn)
{
	uint32_t value, keep = ~(uint32_t)(CR0_MP | CR0_EM | CR0_TS);

	if (!require_ring0(cpu) || !read_rm(cpu, insn, 2, &value))
		return false;
	if (cpu->non_root)
		return vmx_lmsw(cpu, insn, value);
	return write_cr0(cpu, (cpu->state.cr0 & keep) | (value & 15));
}

bool perform_smsw(struct cpu *cpu, const struct insn *insn)
{
	uint32_t value = cpu->non_root ? vmx_visible_cr0(cpu) : cpu->state.cr0;

	return check_umip(cpu) && write_rm(cpu, insn, insn->memory ? 2 : insn->operand_size, value);
}

/* ---- debug registers ---- */

/* DR4 and DR5 are names of DR6 and DR7 unless CR4.DE forbids it. GD guards all of them. */
static bool check_debug_register(struct cpu *cpu, unsigned *reg)
{
	if (*reg == 4 || *reg == 5) {
		if (cpu->state.cr4 & CR4_DE)
			return raise_ud(cpu);
		*reg += 2;
	}
	if (!require_ring0(cpu))
		return false;
	return !(cpu->state.dr[7] & DR7_GD) || raise_debug(cpu, DR6_BD);
}

bool perform_mov_from_debug(struct cpu *cpu, const struct insn *insn)
{
	unsigned reg = insn->reg;

	if (cpu->non_root && !vmx_permits_debug_register(cpu, insn, true))
		return false;
	if (!check_debug_register(cpu, &reg))
		return false;
	cpu->state.gpr[insn->rm] = cpu->state.dr[reg];
	return true;
}

bool perform_mov_to_debug(struct cpu *cpu, const struct insn *insn)
{
	uint32_t value = cpu->state.gpr[insn->rm];
	unsigned reg = insn->reg;

	if (cpu->non_root && !vmx_permits_debug_register(cpu, insn, false))
		return false;
	if (!check_debug_register(cpu, &reg))
		return false;
	if (reg == 6)
		value = (value & DR6_WRITABLE) | DR6_FIXED;
	if (reg == 7)
		value = (value & ~(uint32_t)DR7_RESERVED) | DR7_FIXED;
	cpu->state.dr[reg] = value;
	derive_all(cpu);
	return true;
}

/* ---- TLB, caches, HLT ---- */

bool perform_invlpg(struct cpu *cpu, const struct insn *insn)
{
	uint32_t linear = cpu->state.segment[insn->segment].base + effective_offset(cpu, insn);

	if (!require_ring0(cpu) || (cpu->non_root && !vmx_permits_invlpg(cpu, insn, linear)))
		return false;
	tlb_flush_page(cpu, linear);
	return true;
}

bool perform_invd(struct cpu *cpu, const struct insn *insn)
{
	return require_ring0(cpu) && vmx_permits(cpu, insn, REASON_INVD);
}

bool perform_wbinvd(struct cpu *cpu, const struct insn *insn)
{
	return require_ring0(cpu) && vmx_permits_secondary(cpu, insn, SECONDARY_WBINVD, REASON_WBINVD);
}

bool perform_hlt(struct cpu *cpu, const struct insn *insn)
{
	if (!require_ring0(cpu) || !vmx_permits_primary(cpu, insn, PRIMARY_HLT, REASON_HLT))
		return false;
	cpu->state.activity = ACTIVITY_HALTED;
	return true;
}

/* ---- MSRs, counters, CPUID ---- */

static void set_edx_eax(struct cpu *cpu, uint64_t value)
{
	cpu->state.gpr[EAX] = (uint32_t)value;
	cpu->state.gpr[EDX] = value >> 32;
}

bool perform_rdmsr(struct cpu *cpu, const struct insn *insn)
{
	uint64_t value;

	if (!require_ring0(cpu) || (cpu->non_root && !vmx_permits_msr(cpu, insn, false)))
		return false;
	if (!read_msr(cpu, cpu->state.gpr[ECX], &value))
		return raise_gp(cpu, 0);
	set_edx_eax(cpu, value);
	return true;
}

bool perform_wrmsr(struct cpu *cpu, const struct insn *insn)
{
	uint64_t value = (uint64_t)cpu->state.gpr[EDX] << 32 | cpu->state.gpr[EAX];

	if (!require_ring0(cpu) || (cpu->non_root && !vmx_permits_msr(cpu, insn, true)))
		return false;
	return write_msr(cpu, cpu->state.gpr[ECX], value) || raise_gp(cpu, 0);
}

bool perform_rdtsc(struct cpu *cpu, const struct insn *insn)
{
	if ((cpu->state.cr4 & CR4_TSD) && !require_ring0(cpu))
		return false;
	if (!vmx_permits_primary(cpu, insn, PRIMARY_RDTSC, REASON_RDTSC))
		return false;
	set_edx_eax(cpu, read_tsc(cpu));
	return true;
}

/* Two counters, as a Pentium and a Pentium Pro have; NetBurst's are not there (msr.c). */
bool perform_rdpmc(struct cpu *cpu, const struct insn *insn)
{
	uint32_t number = cpu->state.gpr[ECX];

	if (!cpu->features.rdpmc)
		return raise_ud(cpu);
	if (!(cpu->state.cr4 & CR4_PCE) && !require_ring0(cpu))
		return false;
	if (!vmx_permits_primary(cpu, insn, PRIMARY_RDPMC, REASON_RDPMC))
		return false;
	if (number >= PERFORMANCE_COUNTERS || cpu_family(cpu->features.cpuid_version) > 6)
		return raise_gp(cpu, 0);
	set_edx_eax(cpu, cpu->msrs.counter[number]);
	return true;
}

bool perform_cpuid(struct cpu *cpu, const struct insn *insn)
{
	uint32_t out[4];

	if (!vmx_permits(cpu, insn, REASON_CPUID))
		return false;
	read_cpuid(cpu, cpu->state.gpr[EAX], out);
	cpu->state.gpr[EAX] = out[0];
	cpu->state.gpr[EBX] = out[1];
	cpu->state.gpr[ECX] = out[2];
	cpu->state.gpr[EDX] = out[3];
	return true;
}
