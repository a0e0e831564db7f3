/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/solutions/08-hardware-assist/assist.c - the reference solution of lab 8. Sections are those of the Intel SDM, volume 3.
 */
#include "ringside_lab.h"

/* ---- parts A and B: exits ---- */

static enum lab_result next(struct lab_vm *vm, const struct lab_assist *x)
{
	vm->cpu.eip += x->length;
	return LAB_DONE;
}

/* A hardware exception for the guest, by the fields of the entry (24.8.3), which pushes EFLAGS as they are: a fault has RF set. */
static enum lab_result give(struct lab_vm *vm, struct lab_assist *x, enum lab_vector vector, uint32_t error_code)
{
	bool has_error = vector == LAB_GP || vector == LAB_PF;

	x->entry.information = LAB_VALID | LAB_TYPE_EXCEPTION | (has_error ? LAB_ERROR_CODE : 0) | vector;
	x->entry.error_code = error_code;
	vm->cpu.eflags |= LAB_RF;
	return LAB_DONE;
}

static enum lab_result do_cpuid(struct lab_vm *vm, struct lab_assist *x)
{
	uint32_t out[4];

	vm->call->cpuid(vm, vm->cpu.gpr[LAB_EAX], out);
	vm->cpu.gpr[LAB_EAX] = out[0];
	vm->cpu.gpr[LAB_EBX] = out[1];
	vm->cpu.gpr[LAB_ECX] = out[2];
	vm->cpu.gpr[LAB_EDX] = out[3];
	return next(vm, x);
}

static enum lab_result do_hlt(struct lab_vm *vm, struct lab_assist *x)
{
	vm->cpu.halted = 1;
	return next(vm, x);
}

/* Table 27-5. */
static enum lab_result do_io(struct lab_vm *vm, struct lab_assist *x)
{
	unsigned size = (x->qualification & 7) + 1;
	uint16_t port = (uint16_t)(x->qualification >> 16);
	uint32_t mask = size == 4 ? UINT32_MAX : (1u << 8 * size) - 1, *eax = &vm->cpu.gpr[LAB_EAX];

	if (x->qualification & 1 << 3)
		*eax = (*eax & ~mask) | (vm->call->port_read(vm, port, size) & mask);
	else
		vm->call->port_write(vm, port, size, *eax & mask);
	return next(vm, x);
}

static enum lab_result do_rdmsr(struct lab_vm *vm, struct lab_assist *x)
{
	uint64_t value;

	if (!vm->call->read_msr(vm, vm->cpu.gpr[LAB_ECX], &value))
		return give(vm, x, LAB_GP, 0);
	vm->cpu.gpr[LAB_EAX] = (uint32_t)value;
	vm->cpu.gpr[LAB_EDX] = (uint32_t)(value >> 32);
	return next(vm, x);
}

static enum lab_result do_wrmsr(struct lab_vm *vm, struct lab_assist *x)
{
	uint64_t value = (uint64_t)vm->cpu.gpr[LAB_EDX] << 32 | vm->cpu.gpr[LAB_EAX];

	return vm->call->write_msr(vm, vm->cpu.gpr[LAB_ECX], value) ? next(vm, x) : give(vm, x, LAB_GP, 0);
}

static enum lab_result do_rdtsc(struct lab_vm *vm, struct lab_assist *x)
{
	enum { TSC = 0x10 };
	uint64_t value = 0;

	vm->call->read_msr(vm, TSC, &value);
	vm->cpu.gpr[LAB_EAX] = (uint32_t)value;
	vm->cpu.gpr[LAB_EDX] = (uint32_t)(value >> 32);
	return next(vm, x);
}

/* Table 27-3: 3:0 register, 5:4 access, 11:8 general register, 31:16 LMSW's source. */
static enum lab_result write_cr0(struct lab_vm *vm, struct lab_assist *x, uint32_t value)
{
	if ((value & LAB_CR0_PG) && !(value & LAB_CR0_PE))
		return give(vm, x, LAB_GP, 0);
	if ((value & LAB_CR0_NW) && !(value & LAB_CR0_CD))
		return give(vm, x, LAB_GP, 0);
	vm->cpu.cr0 = value;
	return next(vm, x);
}

#define CR4_DEFINED 0x000007ffu

static enum lab_result move_to_cr(struct lab_vm *vm, struct lab_assist *x)
{
	uint32_t value = vm->cpu.gpr[x->qualification >> 8 & 7];

	switch (x->qualification & 15) {
	case 0:
		return write_cr0(vm, x, value);
	case 3:
		vm->cpu.cr3 = value;
		return next(vm, x);
	default:
		if (value & ~CR4_DEFINED)
			return give(vm, x, LAB_GP, 0);
		vm->cpu.cr4 = value;
		return next(vm, x);
	}
}

static enum lab_result do_cr(struct lab_vm *vm, struct lab_assist *x)
{
	enum { MOVE_TO, MOVE_FROM, CLTS, LMSW };
	const uint32_t ts = 1 << 3, low = 15, pe = LAB_CR0_PE;
	uint32_t source = x->qualification >> 16;

	switch (x->qualification >> 4 & 3) {
	case MOVE_TO:
		return move_to_cr(vm, x);
	case MOVE_FROM:
		vm->cpu.gpr[x->qualification >> 8 & 7] = vm->cpu.cr3;
		return next(vm, x);
	case CLTS:
		vm->cpu.cr0 &= ~ts;
		return next(vm, x);
	default: /* LMSW sets PE, but does not clear it */
		vm->cpu.cr0 = (vm->cpu.cr0 & (~low | pe)) | (source & low);
		return next(vm, x);
	}
}

/* Of a page fault the exit has kept CR2 from the guest (27.1). A software exception's length goes with it. */
static enum lab_result reflect(struct lab_vm *vm, struct lab_assist *x)
{
	uint32_t information = x->exception.information;

	if ((information & 0xff) == LAB_PF)
		vm->cpu.cr2 = x->qualification;
	x->entry = x->exception;
	x->entry.information = information & (LAB_VALID | LAB_ERROR_CODE | LAB_TYPE | 0xff);
	return LAB_DONE;
}

static enum lab_result do_exit(struct lab_vm *vm, struct lab_assist *x)
{
	switch (x->reason) {
	case LAB_EXIT_EXCEPTION: return reflect(vm, x);
	case LAB_EXIT_CPUID: return do_cpuid(vm, x);
	case LAB_EXIT_HLT: return do_hlt(vm, x);
	case LAB_EXIT_INVLPG: return next(vm, x); /* the VMM flushes what it must */
	case LAB_EXIT_RDTSC: return do_rdtsc(vm, x);
	case LAB_EXIT_CR: return do_cr(vm, x);
	case LAB_EXIT_IO: return do_io(vm, x);
	case LAB_EXIT_RDMSR: return do_rdmsr(vm, x);
	case LAB_EXIT_WRMSR: return do_wrmsr(vm, x);
	default: return LAB_DECLINE;
	}
}

/* ---- part B: what goes with the entry ---- */

/* 26.3.1.4 and 26.3.1.5: an external interrupt needs IF, and nothing that holds it off. */
static bool takes_interrupts(const struct lab_vm *vm)
{
	return (vm->cpu.eflags & LAB_IF) && vm->cpu.shadow == LAB_SHADOW_NONE;
}

static enum lab_result do_inject(struct lab_vm *vm, struct lab_assist *x)
{
	bool more;

	if (x->vectored.information & LAB_VALID) { /* it comes first, again */
		x->entry = x->vectored;
		x->entry.information &= LAB_VALID | LAB_ERROR_CODE | LAB_TYPE | 0xff;
		x->window = x->interrupt_waits;
		return LAB_DONE;
	}
	if (!x->interrupt_waits)
		return LAB_DONE;
	if ((x->entry.information & LAB_VALID) || !takes_interrupts(vm)) {
		x->window = 1;
		return LAB_DONE;
	}
	x->entry.information = LAB_VALID | LAB_TYPE_EXTERNAL | vm->call->acknowledge(vm, &more);
	x->window = more;
	return LAB_DONE;
}

/* ---- part C: as few exits as a right guest needs ---- */

static enum lab_result do_controls(struct lab_vm *vm, struct lab_assist *x)
{
	static const uint16_t ports[] = {0xed, 0x61f, 0x620, 0x621, 0x622};   /* nothing is there: see guest/operations.c */
	static const uint32_t msrs[] = {0x174, 0x175, 0x176, 0xc0000080};     /* SYSENTER's and EFER: in the VMCS */
	struct lab_controls *controls = &x->controls;
	const uint32_t ne = 1 << 5, et = 1 << 4;

	(void)vm;
	controls->primary &= ~(LAB_CR3_LOAD | LAB_CR3_STORE | LAB_INVLPG | LAB_RDTSC | LAB_MOV_DR | LAB_PAUSE | LAB_IO);
	controls->primary |= LAB_IO_BITMAPS | LAB_MSR_BITMAPS;
	controls->secondary &= ~(uint32_t)(LAB_DESCRIPTOR_TABLES | LAB_WBINVD);
	controls->exceptions = 0;
	/* Fixed in VMX operation, or left as they are by an entry (23.8, 26.3.2.1). */
	controls->cr0_mask = ne | et | LAB_CR0_CD | LAB_CR0_NW;
	controls->cr4_mask = 0;
	controls->ports = sizeof ports / sizeof *ports;
	memcpy(controls->port, ports, sizeof ports);
	controls->msrs = sizeof msrs / sizeof *msrs;
	memcpy(controls->msr, msrs, sizeof msrs);
	return LAB_DONE;
}

/* ---- part D: EPT ---- */

enum { ENTRIES = 512, TABLE = LAB_EPT_READ | LAB_EPT_WRITE | LAB_EPT_EXECUTE, PAGE = TABLE | LAB_EPT_WRITE_BACK };
#define ADDRESS 0x000ffffffffff000ull

/* The table of `level` that has the entry for gpa; those on the way are made. 0: there are no more. */
static uint64_t table_for(struct lab_vm *vm, const struct lab_assist *x, unsigned level)
{
	uint64_t table = x->ept_root;

	for (unsigned at = x->ept_levels; at > level; at--) {
		unsigned index = x->gpa >> (12 + 9 * (at - 1)) & (ENTRIES - 1);
		uint64_t entry = vm->call->ept_read(vm, table, index);

		if (!(entry & LAB_EPT_READ)) {
			entry = vm->call->ept_table(vm);
			if (!entry)
				return 0;
			entry |= TABLE;
			vm->call->ept_write(vm, table, index, entry);
		}
		table = entry & ADDRESS;
	}
	return table;
}

/* The guest's 2 MiB around gpa are 512 frames of RAM in a row, and the first of them is aligned. */
static bool is_large(struct lab_vm *vm, const struct lab_assist *x)
{
	uint32_t first_gfn = (uint32_t)(x->gpa >> 12) & ~(ENTRIES - 1u), first, mfn;

	if (!x->large_pages || vm->call->frame_of(vm, first_gfn, &first) != LAB_FRAME_RAM || first % ENTRIES)
		return false;
	for (uint32_t i = 1; i < ENTRIES; i++)
		if (vm->call->frame_of(vm, first_gfn + i, &mfn) != LAB_FRAME_RAM || mfn != first + i)
			return false;
	return true;
}

static enum lab_result do_ept_violation(struct lab_vm *vm, struct lab_assist *x)
{
	bool write = x->qualification & 1 << 1, large;
	uint64_t table, entry;
	uint32_t mfn;
	enum lab_frame frame = x->gpa >> 12 > UINT32_MAX ? LAB_FRAME_NONE : vm->call->frame_of(vm, (uint32_t)(x->gpa >> 12), &mfn);

	if (frame == LAB_FRAME_NONE || (frame == LAB_FRAME_ROM && write)) {
		x->emulate = 1;
		return LAB_DONE;
	}
	large = is_large(vm, x);
	table = table_for(vm, x, large ? 2 : 1);
	if (!table)
		return LAB_DECLINE;
	if (large)
		entry = (uint64_t)(mfn & ~(ENTRIES - 1u)) << 12 | PAGE | LAB_EPT_LARGE;
	else
		entry = (uint64_t)mfn << 12 | (frame == LAB_FRAME_ROM ? PAGE & ~(unsigned)LAB_EPT_WRITE : PAGE);
	vm->call->ept_write(vm, table, x->gpa >> (large ? 21 : 12) & (ENTRIES - 1), entry);
	return LAB_DONE;
}

const struct lab_piece ringside_lab = {
	LAB_PIECE_HEADER,
	.name = "lab 8, reference",
	.assist = {.controls = do_controls, .exit = do_exit, .inject = do_inject, .ept_violation = do_ept_violation},
};
