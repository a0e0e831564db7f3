/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/exec_table.c - descriptor tables and what programs may ask about descriptors: SGDT to LTR, LAR,
 * LSL, VERR, VERW, ARPL. Intel SDM volume 2. The stores among them work in any ring and so show a
 * deprivileged kernel that the tables are not its own.
 */
#include "cpu/perform.h"
#include "cpu/system.h"
#include "cpu/vmx_inside.h"

bool require_protected(struct cpu *cpu)
{
	return (state_protected(&cpu->state) && !state_v86(&cpu->state)) || raise_ud(cpu);
}

bool require_ring0(struct cpu *cpu)
{
	return cpu->state.cpl == 0 || raise_gp(cpu, 0);
}

bool check_umip(struct cpu *cpu)
{
	return !(cpu->state.cr4 & CR4_UMIP) || require_ring0(cpu);
}

/* What a VMM may want to know of (SDM vol. 3, 25.1.3), in the order of the instruction information. */
enum table_identity { IDENTITY_SGDT, IDENTITY_SIDT, IDENTITY_LGDT, IDENTITY_LIDT };
enum selector_identity { IDENTITY_SLDT, IDENTITY_STR, IDENTITY_LLDT, IDENTITY_LTR };

static bool permits_table(struct cpu *cpu, const struct insn *insn, enum table_identity identity)
{
	return !cpu->non_root || vmx_permits_table(cpu, insn, REASON_GDTR_IDTR, identity);
}

static bool permits_selector(struct cpu *cpu, const struct insn *insn, enum selector_identity identity)
{
	return !cpu->non_root || vmx_permits_table(cpu, insn, REASON_LDTR_TR, identity);
}

/* ---- GDTR and IDTR: a word of limit and a doubleword of base ---- */

static bool store_table(struct cpu *cpu, const struct insn *insn, const struct table_register *table,
                        enum table_identity identity)
{
	uint32_t at = effective_offset(cpu, insn), base_at = (at + 2) & insn->address_mask;

	return check_umip(cpu) && permits_table(cpu, insn, identity) && probe_store(cpu, insn->segment, base_at, 4) &&
	       store(cpu, insn->segment, at, 2, table->limit) &&
	       store(cpu, insn->segment, base_at, 4, table->base);
}

/* With 16-bit operands the base has 24 bits, as the 286 had. */
static bool load_table(struct cpu *cpu, const struct insn *insn, struct table_register *table,
                       enum table_identity identity)
{
	uint32_t at = effective_offset(cpu, insn), limit, base;

	if (!require_ring0(cpu) || !permits_table(cpu, insn, identity) || !load(cpu, insn->segment, at, 2, &limit) ||
	    !load(cpu, insn->segment, (at + 2) & insn->address_mask, 4, &base))
		return false;
	table->limit = (uint16_t)limit;
	table->base = insn->operand_size == 2 ? base & 0xffffff : base;
	return true;
}

bool perform_sgdt(struct cpu *cpu, const struct insn *insn)
{
	return store_table(cpu, insn, &cpu->state.gdtr, IDENTITY_SGDT);
}

bool perform_sidt(struct cpu *cpu, const struct insn *insn)
{
	return store_table(cpu, insn, &cpu->state.idtr, IDENTITY_SIDT);
}

bool perform_lgdt(struct cpu *cpu, const struct insn *insn)
{
	return load_table(cpu, insn, &cpu->state.gdtr, IDENTITY_LGDT);
}

bool perform_lidt(struct cpu *cpu, const struct insn *insn)
{
	return load_table(cpu, insn, &cpu->state.idtr, IDENTITY_LIDT);
}

/* ---- LDTR and TR ---- */

static bool store_selector(struct cpu *cpu, const struct insn *insn, enum segment_register reg)
{
	enum selector_identity identity = reg == LDTR ? IDENTITY_SLDT : IDENTITY_STR;

	return require_protected(cpu) && check_umip(cpu) && permits_selector(cpu, insn, identity) &&
	       write_rm(cpu, insn, insn->memory ? 2 : insn->operand_size, cpu->state.segment[reg].selector);
}

bool perform_sldt(struct cpu *cpu, const struct insn *insn)
{
	return store_selector(cpu, insn, LDTR);
}

bool perform_str(struct cpu *cpu, const struct insn *insn)
{
	return store_selector(cpu, insn, TR);
}

/* The selector of a system segment in the GDT, for LLDT and LTR. */
static bool read_selector(struct cpu *cpu, const struct insn *insn, enum selector_identity identity,
                          uint16_t *selector)
{
	uint32_t value;

	if (!require_protected(cpu) || !require_ring0(cpu) || !permits_selector(cpu, insn, identity) ||
	    !read_rm(cpu, insn, 2, &value))
		return false;
	*selector = (uint16_t)value;
	return true;
}

static bool check_system(struct cpu *cpu, const struct segment *segment, bool type_fits)
{
	uint32_t error = selector_error(segment->selector);

	if (!type_fits)
		return raise_gp(cpu, error);
	return segment_present(segment) || raise_fault_error(cpu, VECTOR_NP, error);
}

bool perform_lldt(struct cpu *cpu, const struct insn *insn)
{
	struct segment ldt;
	uint16_t selector;

	if (!read_selector(cpu, insn, IDENTITY_LLDT, &selector))
		return false;
	if (selector_null(selector)) {
		install_null(cpu, LDTR, selector);
		return true;
	}
	if (selector & 4)
		return raise_gp(cpu, selector_error(selector));
	if (!read_segment(cpu, selector, &ldt, VECTOR_GP) ||
	    !check_system(cpu, &ldt, system_type(&ldt) == TYPE_LDT))
		return false;
	install_segment(cpu, LDTR, &ldt);
	return true;
}

bool perform_ltr(struct cpu *cpu, const struct insn *insn)
{
	struct segment tss;
	uint16_t selector;

	if (!read_selector(cpu, insn, IDENTITY_LTR, &selector))
		return false;
	if (selector_null(selector))
		return raise_gp(cpu, 0);
	if (selector & 4)
		return raise_gp(cpu, selector_error(selector));
	if (!read_segment(cpu, selector, &tss, VECTOR_GP) ||
	    !check_system(cpu, &tss, system_type(&tss) == TYPE_TSS16 || system_type(&tss) == TYPE_TSS32) ||
	    !set_busy(cpu, selector, true))
		return false;
	tss.access |= TYPE_BUSY;
	install_segment(cpu, TR, &tss);
	return true;
}

/* ---- questions that answer in ZF ---- */

static void set_zf(struct cpu *cpu, bool zf)
{
	uint32_t flags = status_flags(cpu) & ~(uint32_t)EFLAGS_ZF;

	set_status_flags(cpu, flags | (zf ? EFLAGS_ZF : 0));
}

/* Finds the descriptor that the r/m operand names. `found` is false for null and outside the limit. */
static bool ask_descriptor(struct cpu *cpu, uint16_t selector, struct descriptor *descriptor, bool *found)
{
	uint32_t linear;

	*found = !selector_null(selector) && descriptor_address(cpu, selector, &linear);
	return !*found || read_descriptor(cpu, selector, descriptor, VECTOR_GP);
}

/* May CPL and RPL see it? Conforming code is open to all. */
static bool visible(const struct cpu *cpu, const struct segment *segment)
{
	unsigned dpl = segment_dpl(segment);

	return segment_is_conforming(segment) ||
	       (cpu->state.cpl <= dpl && selector_rpl(segment->selector) <= dpl);
}

/* LAR and LSL: `valid` has a bit for each system type that they know. */
static bool ask_rights(struct cpu *cpu, const struct insn *insn, uint32_t valid,
                       struct descriptor *descriptor, bool *allowed)
{
	struct segment segment;
	uint32_t selector;

	if (!require_protected(cpu) || !read_rm(cpu, insn, 2, &selector) ||
	    !ask_descriptor(cpu, (uint16_t)selector, descriptor, allowed))
		return false;
	if (!*allowed)
		return true;
	segment = descriptor_segment((uint16_t)selector, *descriptor);
	*allowed = visible(cpu, &segment) &&
	           ((segment.access & ACCESS_S) || valid >> (segment.access & ACCESS_TYPE) & 1);
	return true;
}

bool perform_lar(struct cpu *cpu, const struct insn *insn)
{
	enum { VALID = 1 << TYPE_TSS16 | 1 << TYPE_LDT | 1 << TYPE_TSS16_BUSY | 1 << TYPE_CALL_GATE16 |
	               1 << TYPE_TASK_GATE | 1 << TYPE_TSS32 | 1 << TYPE_TSS32_BUSY | 1 << TYPE_CALL_GATE32 };
	struct descriptor descriptor;
	bool allowed;

	if (!ask_rights(cpu, insn, VALID, &descriptor, &allowed))
		return false;
	if (allowed)
		set_register(cpu, insn->reg, insn->operand_size, descriptor.high & 0x00f0ff00);
	set_zf(cpu, allowed);
	return true;
}

bool perform_lsl(struct cpu *cpu, const struct insn *insn)
{
	enum { VALID = 1 << TYPE_TSS16 | 1 << TYPE_LDT | 1 << TYPE_TSS16_BUSY | 1 << TYPE_TSS32 |
	               1 << TYPE_TSS32_BUSY };
	struct descriptor descriptor;
	bool allowed;

	if (!ask_rights(cpu, insn, VALID, &descriptor, &allowed))
		return false;
	if (allowed)
		set_register(cpu, insn->reg, insn->operand_size, descriptor_segment(0, descriptor).limit);
	set_zf(cpu, allowed);
	return true;
}

static bool verify(struct cpu *cpu, const struct insn *insn, bool write)
{
	struct descriptor descriptor;
	struct segment segment;
	uint32_t selector;
	bool allowed;

	if (!require_protected(cpu) || !read_rm(cpu, insn, 2, &selector) ||
	    !ask_descriptor(cpu, (uint16_t)selector, &descriptor, &allowed))
		return false;
	if (allowed) {
		segment = descriptor_segment((uint16_t)selector, descriptor);
		allowed = visible(cpu, &segment) &&
		          (write ? segment_is_writable_data(&segment) : segment_is_readable(&segment));
	}
	set_zf(cpu, allowed);
	return true;
}

bool perform_verr(struct cpu *cpu, const struct insn *insn)
{
	return verify(cpu, insn, false);
}

bool perform_verw(struct cpu *cpu, const struct insn *insn)
{
	return verify(cpu, insn, true);
}

bool perform_arpl(struct cpu *cpu, const struct insn *insn)
{
	uint32_t selector, rpl = cpu->state.gpr[insn->reg] & 3;
	bool raise_rpl;

	if (!require_protected(cpu) || !read_rm(cpu, insn, 2, &selector))
		return false;
	raise_rpl = (selector & 3) < rpl;
	if (raise_rpl && !write_rm(cpu, insn, 2, (selector & 0xfffc) | rpl))
		return false;
	set_zf(cpu, raise_rpl);
	return true;
}
