/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/msr.c - the model-specific registers that software of the time looks at: one row a register, or an array of them.
 * Intel SDM volume 4, table 2-53 (P6 family), 2.17 (NetBurst), 2.21 (Pentium); what is not in the table raises #GP.
 */
#include "cpu/system.h"

/*
 * Simplification: memory has one type, for there are no caches. So ranges (MTRR) and PAT are kept and checked, and change nothing.
 * Simplification: nothing ever fails, so the machine-check banks say so. No microcode is loaded by 79H.
 * Simplification: performance counters hold what was written to them, whatever event is chosen; NetBurst's are said not to be there
 * (IA32_MISC_ENABLE.EMON). DEBUGCTL has the pins' bits alone: to ask for branch records or single steps by branches raises #GP.
 */

enum {
	MSR_TSC = 0x10,
	MSR_PLATFORM_ID = 0x17,
	MSR_APIC_BASE = 0x1b,
	MSR_POWER_ON = 0x2a,
	MSR_UPDATE_TRIGGER = 0x79,
	MSR_UPDATE_SIGNATURE = 0x8b,
	MSR_PAT = 0x277,
};
#define MSR_EFER UINT32_C(0xc0000080)

enum { NO_FEATURE = 32 };

/* Families, as a mask; a Pentium M is a P6 with some of NetBurst's registers. */
enum { P5 = 1, P6 = 2, NETBURST = 4, PENTIUM_M = 8, SINCE_P6 = P6 | NETBURST, EVERY = P5 | P6 | NETBURST };

/* May this value be written to the register of this index in its array? May change it to what is kept. */
typedef bool msr_accept(uint32_t index, uint64_t *value);

/* How an MSR behaves: where it is kept, when it exists, what may be written. */
struct msr_row {
	uint32_t first;
	uint8_t count;
	uint8_t feature;    /* bit of CPUID.1:EDX, or NO_FEATURE */
	uint8_t families;
	uint8_t size;       /* of what is kept of one; 0: it reads as zero, and writes are lost */
	uint32_t offset;    /* in struct cpu */
	msr_accept *accept; /* NULL: read-only */
	bool write_only;
};

/* ---- what may be written ---- */

static bool any(uint32_t index, uint64_t *value)
{
	(void)index, (void)value;
	return true;
}

static bool low_half(uint32_t index, uint64_t *value)
{
	(void)index;
	return !(*value >> 32);
}

/* The low half, with its sign, is what a write reaches (SDM vol. 3, 18.6.8). */
static bool counter_of_40_bits(uint32_t index, uint64_t *value)
{
	(void)index;
	*value = (uint64_t)(int64_t)(int32_t)*value & UINT64_C(0xffffffffff);
	return true;
}

static bool whole_40_bits(uint32_t index, uint64_t *value)
{
	(void)index;
	*value &= UINT64_C(0xffffffffff);
	return true;
}

/* Physical addresses have 36 bits. */
#define ADDRESS UINT64_C(0xffffff000)

static bool apic_base(uint32_t index, uint64_t *value)
{
	(void)index;
	return !(*value & ~(APIC_BASE_ADDRESS | APIC_BASE_ENABLE | APIC_BASE_BOOTSTRAP));
}

/* Bits that arm parity checks and the like can be set; what pins said at power-up cannot. */
static bool power_on(uint32_t index, uint64_t *value)
{
	(void)index;
	*value &= 0x1de;
	return true;
}

/* PB0 to PB3: what four pins show. */
static bool debug_control(uint32_t index, uint64_t *value)
{
	(void)index;
	return !(*value & ~UINT64_C(0x3c));
}

enum { MISC_FAST_STRINGS = 1 << 0, MISC_EMON = 1 << 7, MISC_NO_BTS = 1 << 11, MISC_NO_PEBS = 1 << 12 };

static bool misc_enable(uint32_t index, uint64_t *value)
{
	enum { FIXED = MISC_EMON | MISC_NO_BTS | MISC_NO_PEBS };

	(void)index;
	*value &= ~(uint64_t)FIXED;
	return !(*value & ~(uint64_t)MISC_FAST_STRINGS);
}

/* UC, WC, WT, WP, WB (SDM vol. 3, table 11-8). */
static bool memory_type(uint64_t type)
{
	return type <= 6 && type != 2 && type != 3;
}

static bool range_fixed(uint32_t index, uint64_t *value)
{
	(void)index;
	for (unsigned shift = 0; shift < 64; shift += 8)
		if (!memory_type(*value >> shift & 0xff))
			return false;
	return true;
}

/* Base and type; mask and whether it holds (SDM vol. 3, figure 11-7). */
static bool range_variable(uint32_t index, uint64_t *value)
{
	if (index & 1)
		return !(*value & ~(ADDRESS | 1u << 11));
	return !(*value & ~(ADDRESS | 0xff)) && memory_type(*value & 0xff);
}

/* Type, FE and E (SDM vol. 3, figure 11-5). */
static bool range_default(uint32_t index, uint64_t *value)
{
	(void)index;
	return !(*value & ~UINT64_C(0xcff)) && memory_type(*value & 0xff);
}

/* RIPV, EIPV, MCIP. */
static bool machine_check_status(uint32_t index, uint64_t *value)
{
	(void)index;
	return *value < 8;
}

/* A bank's control takes anything; its status and address can be cleared only (SDM vol. 3, 15.3.2). */
static bool machine_check_bank(uint32_t index, uint64_t *value)
{
	return index == 0 || *value == 0;
}

/* Each byte is a memory type: UC, WC, WT, WP, WB or UC- (SDM vol. 3, table 11-10). */
bool pat_valid(uint64_t pat)
{
	for (; pat; pat >>= 8)
		if (!memory_type(pat & 0xff) && (pat & 0xff) != 7)
			return false;
	return true;
}

static bool attribute_table(uint32_t index, uint64_t *value)
{
	(void)index;
	return pat_valid(*value);
}

/* ---- the table ---- */

#define KEPT(field) sizeof(((struct cpu *)0)->field), offsetof(struct cpu, field)
#define LOST 0, 0
#define BANK(number) KEPT(msrs.bank[number][0])

static const struct msr_row rows[] = {
	{0x00, 2, CPUID_MCE, EVERY, LOST, NULL, false}, /* P5_MC_ADDR, P5_MC_TYPE */
	{0x0e, 1, NO_FEATURE, P5, LOST, any, true},     /* TR12 */
	{0x11, 1, NO_FEATURE, P5, KEPT(msrs.counter_control), low_half, false},
	{0x12, 2, NO_FEATURE, P5, KEPT(msrs.counter[0]), whole_40_bits, false},
	{MSR_PLATFORM_ID, 1, NO_FEATURE, SINCE_P6, LOST, NULL, false},
	{MSR_APIC_BASE, 1, CPUID_APIC, SINCE_P6, KEPT(state.apic_base), apic_base, false},
	{MSR_POWER_ON, 1, NO_FEATURE, SINCE_P6, KEPT(msrs.power_on), power_on, false},
	{MSR_UPDATE_TRIGGER, 1, NO_FEATURE, SINCE_P6, LOST, any, true},
	{MSR_UPDATE_SIGNATURE, 1, NO_FEATURE, SINCE_P6, KEPT(state.microcode_revision), any, false},
	{0xc1, 2, NO_FEATURE, P6, KEPT(msrs.counter[0]), counter_of_40_bits, false},
	{0xfe, 1, CPUID_MTRR, SINCE_P6, LOST, NULL, false}, /* MTRRcap: see read_msr */
	{0x174, 1, CPUID_SEP, SINCE_P6, KEPT(state.sysenter_cs), any, false},
	{0x175, 1, CPUID_SEP, SINCE_P6, KEPT(state.sysenter_esp), any, false},
	{0x176, 1, CPUID_SEP, SINCE_P6, KEPT(state.sysenter_eip), any, false},
	{0x179, 1, CPUID_MCA, SINCE_P6, LOST, NULL, false}, /* MCG_CAP: see read_msr */
	{0x17a, 1, CPUID_MCA, SINCE_P6, KEPT(msrs.machine_check_status), machine_check_status, false},
	{0x17b, 1, CPUID_MCA, SINCE_P6, KEPT(msrs.machine_check_control), any, false},
	{0x186, 2, NO_FEATURE, P6, KEPT(msrs.event_select[0]), low_half, false},
	{0x1a0, 1, NO_FEATURE, NETBURST | PENTIUM_M, KEPT(msrs.misc_enable), misc_enable, false},
	{0x1d9, 1, NO_FEATURE, SINCE_P6, KEPT(msrs.debug_control), debug_control, false},
	{0x200, 2 * MTRR_VARIABLE, CPUID_MTRR, SINCE_P6, KEPT(msrs.mtrr_variable[0]), range_variable, false},
	{0x250, 1, CPUID_MTRR, SINCE_P6, KEPT(msrs.mtrr_fixed[0]), range_fixed, false}, /* of 64 KiB */
	{0x258, 2, CPUID_MTRR, SINCE_P6, KEPT(msrs.mtrr_fixed[1]), range_fixed, false}, /* of 16 KiB */
	{0x268, 8, CPUID_MTRR, SINCE_P6, KEPT(msrs.mtrr_fixed[3]), range_fixed, false}, /* of 4 KiB */
	{MSR_PAT, 1, CPUID_PAT, SINCE_P6, KEPT(state.pat), attribute_table, false},
	{0x2ff, 1, CPUID_MTRR, SINCE_P6, KEPT(msrs.mtrr_default), range_default, false},
	{0x400, 3, CPUID_MCA, SINCE_P6, BANK(0), machine_check_bank, false},
	{0x404, 3, CPUID_MCA, SINCE_P6, BANK(1), machine_check_bank, false},
	{0x408, 3, CPUID_MCA, SINCE_P6, BANK(2), machine_check_bank, false},
	{0x40c, 3, CPUID_MCA, SINCE_P6, BANK(3), machine_check_bank, false}, /* the P6's own order: MC4, then MC3 */
	{0x410, 3, CPUID_MCA, P6, BANK(4), machine_check_bank, false},
};

/* What a register says beside what is kept. */
static uint64_t constant_bits(const struct cpu *cpu, uint32_t number)
{
	enum { MTRR_CAP = 0xfe, MCG_CAP = 0x179, MISC_ENABLE = 0x1a0 };
	enum { WRITE_COMBINING = 1 << 10, FIXED_RANGES = 1 << 8, CONTROL_PRESENT = 1 << 8, NETBURST_BANKS = 4 };
	bool netburst = cpu_family(cpu->features.cpuid_version) == 15;

	if (number == MTRR_CAP)
		return WRITE_COMBINING | FIXED_RANGES | MTRR_VARIABLE;
	if (number == MCG_CAP)
		return CONTROL_PRESENT | (netburst ? NETBURST_BANKS : MACHINE_CHECK_BANKS);
	if (number == MISC_ENABLE)
		return MISC_NO_BTS | MISC_NO_PEBS | (netburst ? 0 : MISC_EMON);
	return 0;
}

/* ---- finding a row ---- */

static unsigned families_of(const struct cpu *cpu)
{
	enum { FIRST_PENTIUM_M = 9 };
	uint32_t version = cpu->features.cpuid_version;

	switch (cpu_family(version)) {
	case 5: return P5;
	case 6: return P6 | ((version >> 4 & 15) >= FIRST_PENTIUM_M ? PENTIUM_M : 0);
	case 15: return NETBURST;
	default: return 0;
	}
}

static const struct msr_row *find_row(const struct cpu *cpu, uint32_t number)
{
	unsigned families = families_of(cpu);

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct msr_row *row = &rows[i];

		if (number - row->first < row->count && (row->families & families) &&
		    (row->feature == NO_FEATURE || has_feature(cpu, row->feature)))
			return row;
	}
	return NULL;
}

static void *place_of(struct cpu *cpu, const struct msr_row *row, uint32_t number)
{
	return (char *)cpu + row->offset + (number - row->first) * row->size;
}

/* ---- reading and writing ---- */

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
	if (!row)
		return cpu->extension.read_msr && cpu->extension.read_msr(cpu->extension.owner, number, value);
	if (row->write_only)
		return false;
	memcpy(value, place_of(cpu, row, number), row->size);
	*value |= constant_bits(cpu, number);
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

static void write_tsc(struct cpu *cpu, uint64_t value)
{
	cpu->state.tsc_offset = value - *cpu->clock + cpu->vmx.tsc_offset;
	if (cpu->extension.tsc_written)
		cpu->extension.tsc_written(cpu->extension.owner);
}

bool write_msr(struct cpu *cpu, uint32_t number, uint64_t value)
{
	const struct msr_row *row = find_row(cpu, number);

	if (number == MSR_TSC && has_feature(cpu, CPUID_TSC)) {
		write_tsc(cpu, value);
		return true;
	}
	if (number == MSR_EFER && cpu->features.nx)
		return write_efer(cpu, value);
	if (!row)
		return cpu->extension.write_msr && cpu->extension.write_msr(cpu->extension.owner, number, value);
	if (!row->accept || !row->accept(number - row->first, &value))
		return false;
	memcpy(place_of(cpu, row, number), &value, row->size);
	if (number == MSR_APIC_BASE && cpu->bus->apic_base)
		cpu->bus->apic_base(cpu->bus->owner, value);
	return true;
}

/* ---- at first ---- */

void msr_state_reset(struct msr_state *msrs)
{
	*msrs = (struct msr_state){.misc_enable = MISC_FAST_STRINGS};
}

void msr_state_set_ranges(struct msr_state *msrs)
{
	enum { WRITE_BACK = 6, HOLDS = 1 << 11, FIXED_HOLD = 1 << 10, VGA = 2 };

	for (unsigned i = 0; i < MTRR_FIXED; i++)
		msrs->mtrr_fixed[i] = i == VGA ? 0 : UINT64_C(0x0606060606060606);
	msrs->mtrr_default = WRITE_BACK | HOLDS | FIXED_HOLD;
}
