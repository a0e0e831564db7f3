/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/solutions/02-trap-and-emulate/trap.c - the reference solution of lab 2. Each handler is the pseudo-code of its instruction in
 * Intel SDM volume 2, seen from the virtual CPU; deliver is that of INT n and of volume 3, 6.12.
 */
#include "ringside_lab.h"

/* ---- part A: the interrupt flag and HLT ---- */

/* CLI and STI are allowed at CPL <= IOPL (volume 2, CLI). */
static bool may_change_if(const struct lab_vm *vm)
{
	return vm->cpu.cpl <= lab_iopl(vm);
}

static enum lab_result next(struct lab_vm *vm)
{
	vm->cpu.eip += vm->insn.length;
	return LAB_DONE;
}

static enum lab_result do_cli(struct lab_vm *vm)
{
	if (!may_change_if(vm))
		return lab_fault(vm, LAB_GP, 0);
	vm->cpu.eflags &= ~(uint32_t)LAB_IF;
	return next(vm);
}

static enum lab_result do_sti(struct lab_vm *vm)
{
	if (!may_change_if(vm))
		return lab_fault(vm, LAB_GP, 0);
	if (!(vm->cpu.eflags & LAB_IF))
		vm->cpu.shadow = LAB_SHADOW_STI;
	vm->cpu.eflags |= LAB_IF;
	return next(vm);
}

static enum lab_result do_hlt(struct lab_vm *vm)
{
	if (vm->cpu.cpl != 0)
		return lab_fault(vm, LAB_GP, 0);
	vm->cpu.halted = 1;
	return next(vm);
}

/* ---- part B: ports ---- */

/* Above IOPL the bitmap of the TSS decides (volume 1, 19.5.2); all bits of the access must be clear. */
static bool may_use_port(struct lab_vm *vm, uint16_t port, bool *fault)
{
	const struct lab_segment *task = &vm->cpu.segment[LAB_TR];
	uint8_t bits[2];
	uint16_t map;

	*fault = false;
	if (vm->cpu.cpl <= lab_iopl(vm))
		return true;
	if (task->limit < 103)
		return false;
	if (!vm->call->load(vm, task->base + 102, &map, 2, LAB_AS_SYSTEM))
		return *fault = true, false;
	if (map + port / 8u + 1 > task->limit)
		return false;
	if (!vm->call->load(vm, task->base + map + port / 8, bits, 2, LAB_AS_SYSTEM))
		return *fault = true, false;
	return !((bits[0] | bits[1] << 8) >> port % 8 & ((1u << vm->insn.operand_size) - 1));
}

static uint16_t port_of(const struct lab_vm *vm)
{
	return (uint16_t)(vm->insn.uses_dx ? vm->cpu.gpr[LAB_EDX] : vm->insn.immediate);
}

/* The bits of EAX that an operand of this size is. */
static uint32_t operand_mask(unsigned size)
{
	return size == 4 ? UINT32_MAX : (1u << 8 * size) - 1;
}

static enum lab_result do_in(struct lab_vm *vm)
{
	unsigned size = vm->insn.operand_size;
	uint32_t mask = operand_mask(size), value;
	bool fault;

	if (!may_use_port(vm, port_of(vm), &fault))
		return fault ? LAB_FAULT : lab_fault(vm, LAB_GP, 0);
	value = vm->call->port_read(vm, port_of(vm), size);
	vm->cpu.gpr[LAB_EAX] = (vm->cpu.gpr[LAB_EAX] & ~mask) | (value & mask);
	return next(vm);
}

static enum lab_result do_out(struct lab_vm *vm)
{
	unsigned size = vm->insn.operand_size;
	bool fault;

	if (!may_use_port(vm, port_of(vm), &fault))
		return fault ? LAB_FAULT : lab_fault(vm, LAB_GP, 0);
	vm->call->port_write(vm, port_of(vm), size, vm->cpu.gpr[LAB_EAX] & operand_mask(size));
	return next(vm);
}

/* ---- part C: control registers and descriptor tables ---- */

static enum lab_result do_mov_from_cr(struct lab_vm *vm)
{
	struct lab_cpu *cpu = &vm->cpu;
	uint32_t *to = &cpu->gpr[vm->insn.rm];

	if (cpu->cpl != 0)
		return lab_fault(vm, LAB_GP, 0);
	switch (vm->insn.reg) {
	case 0: *to = cpu->cr0; break;
	case 2: *to = cpu->cr2; break;
	case 3: *to = cpu->cr3; break;
	case 4: *to = cpu->cr4; break;
	default: return lab_fault(vm, LAB_UD, 0);
	}
	return next(vm);
}

/* Bits of CR4 that the lab's processor has (2.5): up to PGE without SMXE and the like. */
#define CR4_DEFINED 0x000007ffu

static enum lab_result do_mov_to_cr(struct lab_vm *vm)
{
	struct lab_cpu *cpu = &vm->cpu;
	uint32_t value = cpu->gpr[vm->insn.rm];

	if (cpu->cpl != 0)
		return lab_fault(vm, LAB_GP, 0);
	switch (vm->insn.reg) {
	case 0:
		if ((value & LAB_CR0_PG) && !(value & LAB_CR0_PE))
			return lab_fault(vm, LAB_GP, 0);
		if ((value & LAB_CR0_NW) && !(value & LAB_CR0_CD))
			return lab_fault(vm, LAB_GP, 0);
		cpu->cr0 = value;
		break;
	case 2: cpu->cr2 = value; break;
	case 3: cpu->cr3 = value; break;
	case 4:
		if (value & ~CR4_DEFINED)
			return lab_fault(vm, LAB_GP, 0);
		cpu->cr4 = value;
		break;
	default: return lab_fault(vm, LAB_UD, 0);
	}
	return next(vm);
}

/* Six bytes: limit, then base, of which a 16-bit operand size takes 24 bits (volume 2, LGDT). */
static enum lab_result load_table(struct lab_vm *vm, struct lab_table *table)
{
	uint8_t operand[6];
	uint32_t base;

	if (vm->cpu.cpl != 0)
		return lab_fault(vm, LAB_GP, 0);
	if (!vm->call->load(vm, vm->insn.linear, operand, 6, LAB_AS_GUEST))
		return LAB_FAULT;
	memcpy(&table->limit, operand, 2);
	memcpy(&base, operand + 2, 4);
	table->base = vm->insn.operand_size == 2 ? base & 0xffffff : base;
	return next(vm);
}

static enum lab_result do_lgdt(struct lab_vm *vm)
{
	return load_table(vm, &vm->cpu.gdtr);
}

static enum lab_result do_lidt(struct lab_vm *vm)
{
	return load_table(vm, &vm->cpu.idtr);
}

/* ---- part D: into a handler and back ---- */

/* What IRET takes from the frame; IF and IOPL only where the CPL has the right (volume 2, IRET). */
#define IRET_FLAGS 0x00254dd5u /* ID, AC, RF, NT, OF, DF, TF, SF, ZF, AF, PF, CF */

static uint32_t flags_from(const struct lab_vm *vm, uint32_t image)
{
	uint32_t mask = IRET_FLAGS;

	if (vm->cpu.cpl <= lab_iopl(vm))
		mask |= LAB_IF;
	if (vm->cpu.cpl == 0)
		mask |= LAB_IOPL;
	return (vm->cpu.eflags & ~mask) | (image & mask);
}

/* Reads the descriptor of a selector from the guest's GDT: its access bits. LDTs are the VMM's business. */
static bool read_access(struct lab_vm *vm, uint16_t selector, uint16_t *access)
{
	uint32_t high;

	if (!vm->call->load(vm, vm->cpu.gdtr.base + (selector & 0xfff8) + 4, &high, 4, LAB_AS_SYSTEM))
		return false;
	*access = high >> 8 & 0xf0ff;
	return true;
}

static unsigned dpl_of(uint16_t access)
{
	return access >> 5 & 3;
}

/* To the same ring. Others do not trap, or are rare: NT, virtual-8086 mode, an outer ring, 16 bits. */
static enum lab_result do_iret(struct lab_vm *vm)
{
	struct lab_cpu *cpu = &vm->cpu;
	uint32_t frame[3];
	uint16_t selector, access;

	if (cpu->eflags & LAB_NT || vm->insn.operand_size != 4)
		return LAB_DECLINE;
	if (!vm->call->load(vm, cpu->segment[LAB_SS].base + cpu->gpr[LAB_ESP], frame, sizeof frame, LAB_AS_GUEST))
		return LAB_FAULT;
	selector = (uint16_t)frame[1];
	if (frame[2] & LAB_VM || selector & 4 || (selector & 3) > cpu->cpl)
		return LAB_DECLINE;
	if (!(selector & 0xfffc))
		return lab_fault(vm, LAB_GP, 0);
	if ((selector & 0xfff8u) + 7 > cpu->gdtr.limit)
		return lab_fault(vm, LAB_GP, selector & 0xfffc);
	if (!read_access(vm, selector, &access))
		return LAB_FAULT;
	if ((access & 0x18) != 0x18 || (selector & 3) < cpu->cpl)
		return lab_fault(vm, LAB_GP, selector & 0xfffc);
	if (access & 4 ? dpl_of(access) > (selector & 3) : dpl_of(access) != (selector & 3))
		return lab_fault(vm, LAB_GP, selector & 0xfffc);
	if (!vm->call->set_segment(vm, LAB_CS, selector))
		return LAB_FAULT;
	if (frame[0] > cpu->segment[LAB_CS].limit)
		return lab_fault(vm, LAB_GP, 0);
	cpu->gpr[LAB_ESP] += sizeof frame;
	cpu->eip = frame[0];
	cpu->eflags = flags_from(vm, frame[2]);
	return LAB_DONE;
}

/* The stack for ring 0, from the TSS (7.2.1). */
static bool switch_stack(struct lab_vm *vm)
{
	struct {
		uint32_t esp;
		uint16_t ss;
	} __attribute__((packed)) inner;

	if (!vm->call->load(vm, vm->cpu.segment[LAB_TR].base + 4, &inner, 6, LAB_AS_SYSTEM) ||
	    !vm->call->set_segment(vm, LAB_SS, inner.ss))
		return false;
	vm->cpu.gpr[LAB_ESP] = inner.esp;
	return true;
}

static bool push(struct lab_vm *vm, uint32_t value)
{
	vm->cpu.gpr[LAB_ESP] -= 4;
	return vm->call->store(vm, vm->cpu.segment[LAB_SS].base + vm->cpu.gpr[LAB_ESP], &value, 4, LAB_AS_SYSTEM);
}

struct gate {
	uint16_t offset_low, selector, access, offset_high; /* access: type 11:8, DPL 14:13, P 15 */
};

/* Exceptions push RF set, so that the instruction that is run again meets no breakpoint (17.3.1.1). */
static uint32_t flags_image(const struct lab_vm *vm)
{
	return vm->cpu.eflags | (vm->event.external ? 0 : LAB_RF);
}

static bool push_frame(struct lab_vm *vm, const struct lab_cpu *old, bool inner)
{
	if (inner && (!push(vm, old->segment[LAB_SS].selector) || !push(vm, old->gpr[LAB_ESP])))
		return false;
	return push(vm, flags_image(vm)) && push(vm, old->segment[LAB_CS].selector) && push(vm, old->eip) &&
	       (!vm->event.has_error || push(vm, vm->event.error));
}

static enum lab_result do_deliver(struct lab_vm *vm)
{
	struct lab_cpu old = vm->cpu;
	uint32_t entry = vm->event.vector * 8u;
	struct gate gate;
	uint16_t access;
	unsigned type;

	if (!vm->event.external && vm->event.vector == LAB_PF)
		vm->cpu.cr2 = vm->event.address;
	if (entry + 7 > vm->cpu.idtr.limit)
		return lab_fault(vm, LAB_GP, entry + 2);
	if (!vm->call->load(vm, vm->cpu.idtr.base + entry, &gate, sizeof gate, LAB_AS_SYSTEM))
		return LAB_FAULT;
	type = gate.access >> 8 & 0x1f;
	if (type != 14 && type != 15)
		return LAB_DECLINE; /* task gates and 16-bit ones */
	if (!(gate.access & 0x8000))
		return lab_fault(vm, LAB_NP, entry + 2);
	if ((gate.selector & 0xfff8u) + 7 > vm->cpu.gdtr.limit || gate.selector & 4)
		return LAB_DECLINE;
	if (!read_access(vm, gate.selector, &access))
		return LAB_FAULT;
	if ((access & 0x9c) != 0x98 || (dpl_of(access) != 0 && dpl_of(access) != old.cpl))
		return LAB_DECLINE; /* no code, absent, conforming, or a ring that nobody uses */
	if (!vm->call->set_segment(vm, LAB_CS, (uint16_t)((gate.selector & ~3u) | dpl_of(access))))
		return LAB_FAULT;
	if (vm->cpu.cpl < old.cpl && !switch_stack(vm))
		return LAB_FAULT;
	if (!push_frame(vm, &old, vm->cpu.cpl < old.cpl))
		return LAB_FAULT;
	vm->cpu.eip = gate.offset_low | (uint32_t)gate.offset_high << 16;
	vm->cpu.eflags &= ~(uint32_t)(LAB_TF | LAB_NT | LAB_RF | LAB_VM | (type == 14 ? LAB_IF : 0));
	return LAB_DONE;
}

const struct lab_piece ringside_lab = {
	LAB_PIECE_HEADER,
	.name = "lab 2, reference",
	.trap = {
		.cli = do_cli, .sti = do_sti, .hlt = do_hlt, .in = do_in, .out = do_out,
		.mov_from_cr = do_mov_from_cr, .mov_to_cr = do_mov_to_cr,
		.lgdt = do_lgdt, .lidt = do_lidt, .iret = do_iret, .deliver = do_deliver,
	},
};
