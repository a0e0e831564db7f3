/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/stride.c - see stride.h.
 */
#include "visualizer/debugger/stride.h"

#include "cpu/insn.h"

#include <string.h>

enum { POPPED_MOST = 256 }; /* bytes that a return may pop, beyond its own */

/* ---- the instruction ---- */

static bool one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(word, *list) == 0)
			return true;
	return false;
}

static bool decode(const struct debugger *debugger, uint32_t gla, struct insn *insn)
{
	const struct cpu_state *state = vm_guest_state(debugger->vm);
	uint8_t bytes[INSN_MAX_LENGTH];
	size_t have = debugger_read(debugger, gla, bytes, sizeof(bytes));

	return insn_decode(insn, bytes, have, state->segment[CS].access & ACCESS_BIG) > 0;
}

static void classify(struct stride *stride, const struct insn *insn)
{
	static const char *const calls[] = { "call", "int", "int3", "into", "bound", "int1", NULL };
	static const char *const returns[] = { "ret", "iret", NULL };

	stride->behind = stride->at + insn->length;
	stride->calls = one_of(insn->row->mnemonic, calls);
	stride->returns = one_of(insn->row->mnemonic, returns);
	stride->repeated = insn->repeat && insn->row->flags & INSN_STRING;
	stride->ends_block = insn->row->flags & INSN_ENDS_BLOCK;
	stride->jumps = stride->ends_block && insn->row->insn_class != CLASS_PRIVILEGED && !stride->calls;
}

bool stride_left_block(const struct stride *stride)
{
	uint32_t eip = debugger_linear_eip(stride->lookout->debugger);

	if (eip == stride->at)
		return stride->jumps;
	return eip != stride->behind || stride->ends_block;
}

/* ---- the stack ---- */

static uint32_t stack_of(const struct cpu_state *state)
{
	uint32_t mask = state->segment[SS].access & ACCESS_BIG ? UINT32_MAX : 0xffff;

	return state->segment[SS].base + (state->gpr[ESP] & mask);
}

static uint64_t physical_of(const struct vm *vm, uint32_t gla)
{
	struct walk walk;

	cpu_walk(vm_guest_state(vm), &vm->guest_bus, gla, ACCESS_READ, false, &walk);
	return walk.ok ? walk.physical : UINT64_MAX;
}

/* The kernel's stack is the same one in all address spaces that map it so; a user's is not. */
static bool same_space(const struct stride *stride, const struct cpu_state *state)
{
	if (state->cr3 == stride->cr3)
		return true;
	return stride->cpl < 3 && stride->stack_gpa != UINT64_MAX &&
	       physical_of(stride->lookout->debugger->vm, stride->stack) == stride->stack_gpa;
}

/* Is this the function that the instruction belongs to, and not a deeper call of it, or another thread? */
static bool is_back(const struct stride *stride)
{
	const struct cpu_state *state = vm_guest_state(stride->lookout->debugger->vm);

	return state->cpl == stride->cpl && stack_of(state) - stride->stack <= POPPED_MOST && same_space(stride, state);
}

/* Behind its instruction, but elsewhere than behind it: was something called or delivered, so that one may come back? */
static bool went_deeper(const struct stride *stride)
{
	const struct cpu_state *state = vm_guest_state(stride->lookout->debugger->vm);
	uint32_t grown = stride->stack - stack_of(state);

	if (stride->calls || state->cpl < stride->cpl)
		return true;
	return state->cpl == stride->cpl && grown >= 6 && grown <= POPPED_MOST;
}

/* ---- going on ---- */

static void take_down(struct stride *stride)
{
	const struct debugger *debugger = stride->lookout->debugger;
	const struct cpu_state *state = vm_guest_state(debugger->vm);
	struct insn insn;

	stride->at = debugger_linear_eip(debugger);
	stride->stack = stack_of(state);
	stride->stack_gpa = physical_of(debugger->vm, stride->stack);
	stride->cr3 = state->cr3;
	stride->cpl = state->cpl;
	stride->calls = stride->returns = stride->jumps = stride->repeated = stride->ends_block = false;
	stride->behind = stride->at;
	if (decode(debugger, stride->at, &insn))
		classify(stride, &insn);
}

/* The stops of stepping stay those of before, so that nothing is set anew for each instruction. */
void stride_begin(struct stride *stride, struct lookout *lookout, bool breaks)
{
	*stride = (struct stride){ .lookout = lookout, .wanted = { .breaks = breaks } };
	stride->clock = stride->entered = lookout->debugger->vm->clock;
	take_down(stride);
}

static bool ended(enum vm_end end)
{
	return end != VM_RUNNING && end != VM_STOPPED;
}

/* Two places to come back to: behind it, and to it again when it was not done. */
static void go_inside(struct stride *stride)
{
	struct wanted wanted = stride->wanted;

	wanted.place[0] = stride->behind;
	wanted.place[1] = stride->at;
	wanted.places = stride->repeats ? 1 : 2;
	stride->inside = true;
	lookout_for(stride->lookout, &wanted);
}

static void come_out(struct stride *stride)
{
	stride->entered = stride->lookout->debugger->vm->clock;
	stride->inside = stride->repeats = false;
	lookout_for(stride->lookout, &stride->wanted);
}

static enum stride_result begin_instruction(struct stride *stride)
{
	struct lookout *lookout = stride->lookout;
	uint32_t eip;

	stride->end = lookout_step(lookout);
	eip = debugger_linear_eip(lookout->debugger);
	if (lookout_hit(lookout, stride->wanted.breaks, &stride->hit))
		return STRIDE_HIT;
	if (ended(stride->end))
		return STRIDE_END;
	if (eip == stride->behind)
		return STRIDE_ARRIVED;
	stride->repeats = eip == stride->at && stride->repeated;
	if (stride->repeats || (eip != stride->at && went_deeper(stride))) {
		go_inside(stride);
		return STRIDE_MORE;
	}
	/* Still there: a hidden fault, or idle time; or a jump to itself. */
	return eip == stride->at && !stride->jumps ? STRIDE_MORE : STRIDE_ARRIVED;
}

/* Where a run was cut the instruction here would be noticed by the next one only. */
static bool came_back(const struct stride *stride)
{
	uint32_t eip = debugger_linear_eip(stride->lookout->debugger);

	return (eip == stride->behind || (eip == stride->at && !stride->repeats)) && is_back(stride);
}

static enum stride_result run_inside(struct stride *stride, uint64_t limit)
{
	struct lookout *lookout = stride->lookout;
	const struct vm *vm = lookout->debugger->vm;

	stride->end = lookout_run(lookout, limit);
	if (lookout_hit(lookout, stride->wanted.breaks, &stride->hit) && stride->hit.breakpoint)
		return STRIDE_HIT;
	if (ended(stride->end) && vm->clock < limit)
		return STRIDE_END;
	if ((stride->hit.place || vm->clock >= limit) && came_back(stride)) {
		come_out(stride);
		if (debugger_linear_eip(lookout->debugger) == stride->behind)
			return STRIDE_ARRIVED;
	}
	return vm->clock >= limit ? STRIDE_LIMIT : STRIDE_MORE;
}

enum stride_result stride_go_on(struct stride *stride, uint64_t limit)
{
	return stride->inside ? run_inside(stride, limit) : begin_instruction(stride);
}
