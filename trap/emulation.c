/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/emulation.c - one instruction done for the guest: the interpreter runs it against the virtual CPU, which
 * is in the ring that the guest believes in. It completes, or raises what bare hardware would have raised,
 * through the guest's own IDT.
 */
#include "cpu/paging.h"
#include "cpu/perform.h"
#include "trap/vmm.h"

void free_of_charge(struct cost_profile *profile, const struct vm *vm)
{
	*profile = (struct cost_profile){.frequency = vm->costs.frequency};
}

bool fetch_instruction(const struct vm *vm, struct insn *insn)
{
	const struct cpu_state *guest = cpu_state_const(vm->vcpu);
	uint8_t bytes[INSN_MAX_LENGTH];
	size_t have = cpu_peek(guest, &vm->guest_bus, guest->segment[CS].base + guest->eip, bytes, sizeof bytes);

	return insn_decode(insn, bytes, have, guest->segment[CS].access & ACCESS_BIG) > 0;
}

const char *reason_of(const struct insn *insn)
{
	for (unsigned i = 0; i < 2; i++) {
		switch (insn->row->operand[i]) {
		case OP_Cd:
			return "mov cr";
		case OP_Dd:
			return "mov dr";
		case OP_Sw:
		case OP_ES:
		case OP_CS:
		case OP_SS:
		case OP_DS:
		case OP_FS:
		case OP_GS:
			return "segment load";
		default:
			break;
		}
	}
	return insn->row->mnemonic;
}

const char *emulation_reason(const struct vm *vm, uint64_t gpa)
{
	return board_memory_name(vm->board, gpa) ? "device memory" : "protected memory";
}

void step_virtual_cpu(const struct emulation *emulation)
{
	struct vm *vm = emulation->vm;

	cpu_set_interrupt_line(vm->vcpu, false); /* an interrupt is injected by itself, and counted */
	emulation->delivered->type = EVENT_NONE;
	cpu_step(vm->vcpu);
	cpu_set_interrupt_line(vm->vcpu, board_interrupt(vm->board));
}

/* ---- the parts that can be exchanged ---- */

static void emulate_by_interpreter(void *owner, struct vm *vm, const struct insn *insn, struct cpu_event *delivered)
{
	(void)owner, (void)insn, (void)delivered; /* the virtual CPU's hook notes it */
	cpu_step(vm->vcpu);
}

static void deliver_by_processor(void *owner, struct vm *vm, const struct cpu_event *event)
{
	(void)owner;
	cpu_deliver(vm->vcpu, event);
}

static const struct vmm_pieces own_pieces = {.emulate = emulate_by_interpreter, .deliver = deliver_by_processor};

const struct vmm_pieces *pieces_of(const struct vm *vm)
{
	return vm->pieces ? vm->pieces : &own_pieces;
}

void deliver_to_guest(struct vm *vm, const struct cpu_event *event)
{
	const struct vmm_pieces *pieces = pieces_of(vm);

	pieces->deliver(pieces->owner, vm, event);
}

static void emulate_once(const struct emulation *emulation, const struct insn *insn)
{
	struct vm *vm = emulation->vm;
	const struct vmm_pieces *pieces = pieces_of(vm);

	cpu_set_interrupt_line(vm->vcpu, false);
	emulation->delivered->type = EVENT_NONE;
	pieces->emulate(pieces->owner, vm, insn, emulation->delivered);
	cpu_set_interrupt_line(vm->vcpu, board_interrupt(vm->board));
}

/* The guest takes interrupts between two repetitions too (SDM vol. 2, REP). */
static bool interrupt_is_due(const struct vm *vm)
{
	return board_interrupt(vm->board) && cpu_interruptible(vm->vcpu);
}

/* A repetition exits again if it is one of a port, or stores to a traced page; until a device's moment comes,
 * or the repetition itself ends the run (a port that resets, or is the way out), or there have been many: nobody can
 * interrupt them. */
void step_whole(const struct emulation *emulation, const struct insn *insn)
{
	enum { REPETITIONS = 512 };
	struct vm *vm = emulation->vm;
	uint32_t eip = cpu_state_const(vm->vcpu)->eip;
	unsigned done = 0;
	bool repeats = insn && insn->repeat && insn->row->flags & INSN_STRING, again;

	do {
		uint64_t traces = emulation->traces ? *emulation->traces : 0;

		emulate_once(emulation, insn);
		charge(vm, COST_emulate_execute);
		again = insn && (insn->row->insn_class == CLASS_PRIVILEGED ||
		                 (emulation->traces && *emulation->traces != traces));
	} while (repeats && again && emulation->delivered->type == EVENT_NONE &&
	         cpu_state_const(vm->vcpu)->eip == eip && ++done < REPETITIONS && !is_due(vm) && !interrupt_is_due(vm));
}

enum flush flush_of(const struct insn *insn, const struct cpu_state *before, uint32_t *linear)
{
	uint32_t offset;

	if (insn->row->operand[0] == OP_Cd)
		return FLUSH_ALL;
	if (insn->row->perform != perform_invlpg)
		return FLUSH_NOTHING;
	offset = (before->gpr[insn->base] + (before->gpr[insn->index] << insn->scale) + insn->displacement) &
	         insn->address_mask;
	*linear = before->segment[insn->segment].base + offset;
	return FLUSH_PAGE;
}

enum access access_of(uint32_t page_fault_error)
{
	return page_fault_error & PF_WRITE ? ACCESS_WRITE : page_fault_error & PF_FETCH ? ACCESS_EXECUTE : ACCESS_READ;
}

bool patience_is_lost(struct patience *patience, uint64_t instructions)
{
	enum { PATIENCE = 12 };

	patience->lost = instructions == patience->at ? patience->lost + 1 : 0;
	patience->at = instructions;
	return patience->lost > PATIENCE;
}
