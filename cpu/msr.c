/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/msr.c - the model-specific registers of a P6 that software of its time looks at.
 * Intel SDM volume 4, table 2-53 (P6 family); what is not in the table raises #GP.
 */
#include "cpu/system.h"

enum msr {
	MSR_TSC = 0x10,
	MSR_PLATFORM_ID = 0x17,
	MSR_APIC_BASE = 0x1b,
	MSR_POWER_ON = 0x2a,
	MSR_UPDATE_TRIGGER = 0x79,
	MSR_UPDATE_SIGNATURE = 0x8b,
	MSR_COUNTER0 = 0xc1,
	MSR_COUNTER1 = 0xc2,
	MSR_SYSENTER_CS = 0x174,
	MSR_SYSENTER_ESP = 0x175,
	MSR_SYSENTER_EIP = 0x176,
	MSR_EVENT0 = 0x186,
	MSR_EVENT1 = 0x187,
	MSR_DEBUG_CONTROL = 0x1d9,
	MSR_PAT = 0x277,
	MSR_EFER = 0xc0000080,
};

enum { NO_FEATURE = 32 };

/* How an MSR behaves: where it is kept, when it exists, what may be written. */
struct msr_row {
	uint32_t number;
	uint8_t feature; /* bit of CPUID.1:EDX, or NO_FEATURE */
	uint8_t size;    /* of the field in the state; 0: reads as zero, and writes are lost */
	uint16_t offset;
	bool read_only;
};

#define KEPT(field) sizeof((struct cpu_state *)0)->field, offsetof(struct cpu_state, field)
#define LOST 0, 0

static const struct msr_row rows[] = {
	{MSR_PLATFORM_ID, NO_FEATURE, LOST, true},
	{MSR_APIC_BASE, CPUID_APIC, KEPT(apic_base), false},
	{MSR_POWER_ON, NO_FEATURE, LOST, false},
	{MSR_UPDATE_TRIGGER, NO_FEATURE, LOST, false},
	{MSR_UPDATE_SIGNATURE, NO_FEATURE, KEPT(microcode_revision), false},
	{MSR_COUNTER0, NO_FEATURE, LOST, false},
	{MSR_COUNTER1, NO_FEATURE, LOST, false},
	{MSR_SYSENTER_CS, CPUID_SEP, KEPT(sysenter_cs), false},
	{MSR_SYSENTER_ESP, CPUID_SEP, KEPT(sysenter_esp), false},
	{MSR_SYSENTER_EIP, CPUID_SEP, KEPT(sysenter_eip), false},
	{MSR_EVENT0, NO_FEATURE, LOST, false},
	{MSR_EVENT1, NO_FEATURE, LOST, false},
	{MSR_DEBUG_CONTROL, NO_FEATURE, LOST, false},
	{MSR_PAT, CPUID_PAT, KEPT(pat), false},
};

static bool announced(const struct cpu *cpu, const struct msr_row *row)
{
	return row->feature == NO_FEATURE || has_feature(cpu, row->feature);
}

static const struct msr_row *find_row(const struct cpu *cpu, uint32_t number)
{
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].number == number)
			return announced(cpu, &rows[i]) ? &rows[i] : NULL;
	return NULL;
}

bool read_msr(struct cpu *cpu, uint32_t number, uint64_t *value)
{
	const struct msr_row *row = find_row(cpu, number);

	*value = 0;
	if (number == MSR_TSC && has_feature(cpu, CPUID_TSC)) {
		*value = read_tsc(cpu);
		return true;
	}
	if (number == MSR_EFER && cpu->features.nx) {
		*value = cpu->state.efer;
		return true;
	}
	if (row)
		memcpy(value, (const char *)&cpu->state + row->offset, row->size);
	return row;
}

/* Each byte is a memory type: UC, WC, WT, WP, WB or UC- (SDM vol. 3, table 11-10). */
bool pat_valid(uint64_t pat)
{
	for (; pat; pat >>= 8) {
		unsigned type = pat & 0xff;
		if (type > 7 || type == 2 || type == 3)
			return false;
	}
	return true;
}

uint64_t efer_defined(const struct cpu *cpu)
{
	return cpu->features.nx ? EFER_NXE : 0;
}

static bool write_efer(struct cpu *cpu, uint64_t value)
{
	if (value & ~efer_defined(cpu))
		return false;
	if (cpu->state.efer != value)
		tlb_flush(cpu, true);
	cpu->state.efer = value;
	return true;
}

static bool write_apic_base(struct cpu *cpu, uint64_t value)
{
	if (value & ~(APIC_BASE_ADDRESS | APIC_BASE_ENABLE | APIC_BASE_BOOTSTRAP))
		return false;
	cpu->state.apic_base = value;
	if (cpu->bus->apic_base)
		cpu->bus->apic_base(cpu->bus->owner, value);
	return true;
}

bool write_msr(struct cpu *cpu, uint32_t number, uint64_t value)
{
	const struct msr_row *row = find_row(cpu, number);

	if (number == MSR_TSC && has_feature(cpu, CPUID_TSC)) {
		cpu->state.tsc_offset = value - *cpu->clock + cpu->vmx.tsc_offset;
		return true;
	}
	if (number == MSR_EFER && cpu->features.nx)
		return write_efer(cpu, value);
	if (!row && cpu->extension.write_msr && cpu->extension.write_msr(cpu->extension.owner, number, value))
		return true;
	if (row && number == MSR_APIC_BASE)
		return write_apic_base(cpu, value);
	if (!row || row->read_only || (number == MSR_PAT && !pat_valid(value)))
		return false;
	memcpy((char *)&cpu->state + row->offset, &value, row->size);
	return true;
}
