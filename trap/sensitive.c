/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trap/sensitive.c - what never exits: instructions that are sensitive and do not trap (Robin and Irvine
 * 2000). The program knows both states and can say what the guest sees and what bare hardware would
 * have shown it. The VMM does not act on it: these are events and nothing else.
 */
#include "cpu/perform.h"
#include "trap/deprivileged.h"

/* What the guest sees, and what it should: told when the two differ. */
struct difference {
	const char *what;
	uint32_t sees, should;
};

/* Both states at the moment. `guest` has the virtual CPU's system registers; its general ones are the
 * processor's while it runs. */
struct moment {
	const struct deprivileged *state;
	const struct cpu_state *real, *guest;
	const struct insn *insn;
};

static bool read_stack(const struct moment *moment, unsigned index, uint32_t *value)
{
	unsigned size = moment->insn->operand_size;
	const struct segment *stack = &moment->real->segment[SS];
	const struct vm *vm = moment->state->vm;
	uint32_t mask = stack->access & ACCESS_BIG ? UINT32_MAX : 0xffff;
	uint32_t linear = stack->base + ((moment->real->gpr[ESP] + index * size) & mask);

	*value = 0;
	return cpu_peek_tlb(vm->processor, ACCESS_READ, linear, value, size) ||
	       cpu_peek(moment->real, &vm->machine_bus, linear, value, size) == size;
}

static uint32_t guest_cpl(const struct moment *moment)
{
	if (moment->state->ring == 1)
		return moment->real->cpl == 3 ? 3 : 0; /* a gate of pv may have led to the kernel, which the virtual CPU does not know yet */
	return moment->guest->cpl;
}

/* IF and IOPL as the guest's own POPF or IRET at its own CPL would set them. */
static uint32_t flags_after(const struct moment *moment, uint32_t popped)
{
	uint32_t cpl = guest_cpl(moment), flags = moment->guest->eflags, changed = 0;

	if (cpl <= state_iopl(moment->guest))
		changed |= EFLAGS_IF;
	if (cpl == 0)
		changed |= EFLAGS_IOPL;
	return (flags & ~changed) | (popped & changed);
}

static struct difference flags_difference(const struct moment *moment, uint32_t popped)
{
	uint32_t before = moment->guest->eflags, after = flags_after(moment, popped);

	if ((before ^ after) & EFLAGS_IF)
		return (struct difference){"if", before >> 9 & 1, after >> 9 & 1};
	return (struct difference){"iopl", before >> 12 & 3, after >> 12 & 3};
}

static struct difference pushf(const struct moment *moment)
{
	uint32_t mask = EFLAGS_IF | EFLAGS_IOPL, pushed = moment->real->eflags & ~(uint32_t)(EFLAGS_RF | EFLAGS_VM);

	return (struct difference){"pushed eflags", pushed, (pushed & ~mask) | (moment->guest->eflags & mask)};
}

static struct difference popf(const struct moment *moment)
{
	uint32_t popped;

	return read_stack(moment, 0, &popped) ? flags_difference(moment, popped) : (struct difference){0};
}

/* The ring that a far RET or IRET returns to is the selector's RPL: the real one looks like no change. */
static struct difference ring_returned_to(const struct moment *moment, uint32_t selector)
{
	uint32_t cpl = guest_cpl(moment);

	if ((selector & 3) != moment->real->cpl)
		return (struct difference){0};
	return (struct difference){"ring returned to", cpl, selector & 3};
}

/* An IRET to the guest's kernel (RPL 0) traps; one that leaves the ring, or stays in it by RPL, does not. */
static struct difference iret(const struct moment *moment)
{
	struct difference difference;
	uint32_t selector, popped;

	if (moment->real->eflags & EFLAGS_NT || !read_stack(moment, 1, &selector) || !read_stack(moment, 2, &popped) ||
	    (selector & 3) < moment->real->cpl || popped & EFLAGS_VM)
		return (struct difference){0};
	difference = flags_difference(moment, popped);
	return difference.sees != difference.should ? difference : ring_returned_to(moment, selector);
}

static struct difference ret_far(const struct moment *moment)
{
	uint32_t selector;

	return read_stack(moment, 1, &selector) ? ring_returned_to(moment, selector) : (struct difference){0};
}

/* Memory and 16-bit registers get the low word; a 32-bit register gets all of CR0 (SDM vol. 2, SMSW). */
static struct difference smsw(const struct moment *moment)
{
	uint32_t mask = moment->insn->memory || moment->insn->operand_size == 2 ? 0xffff : UINT32_MAX;

	return (struct difference){"machine status word", moment->real->cr0 & mask, moment->guest->cr0 & mask};
}

static struct difference sgdt(const struct moment *moment)
{
	return (struct difference){"gdtr base", moment->real->gdtr.base, moment->guest->gdtr.base};
}

static struct difference sidt(const struct moment *moment)
{
	return (struct difference){"idtr base", moment->real->idtr.base, moment->guest->idtr.base};
}

static struct difference sldt(const struct moment *moment)
{
	return (struct difference){"ldtr", moment->real->segment[LDTR].selector, moment->guest->segment[LDTR].selector};
}

static struct difference str(const struct moment *moment)
{
	return (struct difference){"task register", moment->real->segment[TR].selector,
	                           moment->guest->segment[TR].selector};
}

/* The selector in a segment register: its RPL shows the real ring. */
static struct difference segment_read(const struct moment *moment)
{
	enum segment_register reg = moment->insn->row->operand[0] >= OP_ES && moment->insn->row->operand[0] <= OP_GS
	                                    ? (enum segment_register)(moment->insn->row->operand[0] - OP_ES)
	                                    : (enum segment_register)moment->insn->reg;
	uint32_t sees = moment->real->segment[reg].selector, should = sees;

	if (reg == CS || reg == SS)
		should = (sees & ~3u) | guest_cpl(moment);
	return (struct difference){"selector", sees, should};
}

/* A far CALL pushes CS with the real ring in it. */
static struct difference far_call(const struct moment *moment)
{
	uint32_t sees = moment->real->segment[CS].selector;

	return (struct difference){"pushed cs", sees, (sees & ~3u) | guest_cpl(moment)};
}

/* The selector `offset` bytes into a memory operand. */
static bool memory_selector(const struct moment *moment, uint32_t offset, uint16_t *selector)
{
	const struct insn *insn = moment->insn;
	const uint32_t *gpr = moment->real->gpr;

	offset += gpr[insn->base] + (gpr[insn->index] << insn->scale) + insn->displacement;
	return cpu_peek(moment->real, &moment->state->vm->machine_bus,
	                moment->real->segment[insn->segment].base + (offset & insn->address_mask), selector, 2) == 2;
}

static bool operand_selector(const struct moment *moment, uint16_t *selector)
{
	if (moment->insn->memory)
		return memory_selector(moment, 0, selector);
	*selector = (uint16_t)moment->real->gpr[moment->insn->rm];
	return true;
}

/* Access rights as LAR gives them; 0 where it would clear ZF for want of privilege. */
static uint32_t rights(const struct descriptor *descriptor, unsigned cpl, uint16_t selector)
{
	struct segment segment;
	unsigned weakest = cpl > (selector & 3u) ? cpl : selector & 3u;
	bool conforming;

	if (!descriptor)
		return 0;
	segment = descriptor_segment(selector, *descriptor);
	conforming = (segment.access & (ACCESS_S | ACCESS_CODE | ACCESS_CONFORMING)) ==
	             (ACCESS_S | ACCESS_CODE | ACCESS_CONFORMING);
	return conforming || segment_dpl(&segment) >= weakest ? descriptor->high & 0x00f0ff00 : 0;
}

static struct difference lar(const struct moment *moment)
{
	uint16_t selector;

	if (!operand_selector(moment, &selector))
		return (struct difference){0};
	return (struct difference){
		"access rights",
		rights(shadow_descriptor(moment->state, selector, current_view(moment->state)), moment->real->cpl, selector),
		rights(guest_descriptor(moment->state, selector), guest_cpl(moment), selector),
	};
}

static uint32_t limit(const struct descriptor *descriptor)
{
	return descriptor ? descriptor_segment(0, *descriptor).limit : 0;
}

static struct difference lsl(const struct moment *moment)
{
	uint16_t selector;

	if (!operand_selector(moment, &selector))
		return (struct difference){0};
	return (struct difference){
		"segment limit",
		limit(shadow_descriptor(moment->state, selector, current_view(moment->state))),
		limit(guest_descriptor(moment->state, selector)),
	};
}

/* VERR and VERW look at the privilege and the type: of these, what compression changes is the privilege. */
static struct difference verify(const struct moment *moment)
{
	struct difference difference = lar(moment);

	difference.what = "accessible";
	difference.sees = difference.sees != 0;
	difference.should = difference.should != 0;
	return difference;
}

/* ---- what is checked against the real ring ---- */

static const struct descriptor *real_descriptor(const struct moment *moment, uint16_t selector)
{
	return shadow_descriptor(moment->state, selector, current_view(moment->state));
}

/* May this descriptor be loaded into a data or stack segment register at this CPL? (SDM vol. 2, MOV) */
static bool loadable(const struct descriptor *descriptor, unsigned cpl, uint16_t selector, bool stack)
{
	struct segment segment;
	unsigned weakest = cpl > (selector & 3u) ? cpl : selector & 3u;

	if (!descriptor)
		return false;
	segment = descriptor_segment(selector, *descriptor);
	if (!(segment.access & ACCESS_S) || !(segment.access & ACCESS_PRESENT))
		return false;
	if (stack)
		return !(segment.access & ACCESS_CODE) && (segment.access & ACCESS_WRITABLE) &&
		       (selector & 3u) == cpl && segment_dpl(&segment) == cpl;
	if (segment.access & ACCESS_CODE && !(segment.access & ACCESS_READABLE))
		return false;
	return (segment.access & ACCESS_CODE && segment.access & ACCESS_CONFORMING) || segment_dpl(&segment) >= weakest;
}

/* May a far JMP or CALL go there without a gate? (SDM vol. 3, 5.8.1) */
static bool reachable(const struct descriptor *descriptor, unsigned cpl, uint16_t selector)
{
	struct segment segment;

	if (!descriptor)
		return false;
	segment = descriptor_segment(selector, *descriptor);
	if ((segment.access & (ACCESS_S | ACCESS_CODE | ACCESS_PRESENT)) != (ACCESS_S | ACCESS_CODE | ACCESS_PRESENT))
		return false;
	if (segment.access & ACCESS_CONFORMING)
		return segment_dpl(&segment) <= cpl;
	return (selector & 3u) <= cpl && segment_dpl(&segment) == cpl;
}

/* What hardware lets pass although the guest's own ring would not have; the other way round it traps. */
static struct difference passes(const char *what, bool really, bool rightly)
{
	return really && !rightly ? (struct difference){what, 1, 0} : (struct difference){0};
}

static struct difference load(const struct moment *moment, bool found, uint16_t selector, bool stack)
{
	if (!found || !(selector & 0xfffc))
		return (struct difference){0};
	return passes("segment loaded", loadable(real_descriptor(moment, selector), moment->real->cpl, selector, stack),
	              loadable(guest_descriptor(moment->state, selector), guest_cpl(moment), selector, stack));
}

static struct difference segment_write(const struct moment *moment)
{
	uint16_t selector = 0;
	bool found = operand_selector(moment, &selector);

	return load(moment, found, selector, moment->insn->reg == SS);
}

static struct difference segment_pop(const struct moment *moment)
{
	uint32_t selector;
	bool found = read_stack(moment, 0, &selector);

	return load(moment, found, (uint16_t)selector, moment->insn->row->operand[0] == OP_SS);
}

static struct difference load_pointer(const struct moment *moment)
{
	uint16_t selector = 0;
	bool found = memory_selector(moment, moment->insn->operand_size, &selector);

	return load(moment, found, selector, moment->insn->row->perform == perform_lss);
}

static struct difference far_target(const struct moment *moment, bool found, uint16_t selector)
{
	if (!found)
		return (struct difference){0};
	return passes("far target reached", reachable(real_descriptor(moment, selector), moment->real->cpl, selector),
	              reachable(guest_descriptor(moment->state, selector), guest_cpl(moment), selector));
}

static struct difference jmp_far(const struct moment *moment)
{
	return far_target(moment, true, moment->insn->selector);
}

static struct difference jmp_far_indirect(const struct moment *moment)
{
	uint16_t selector = 0;
	bool found = memory_selector(moment, moment->insn->operand_size, &selector);

	return far_target(moment, found, selector);
}

/* INT n is not here: its gate is the VMM's, and closed to every ring but 0, so that it traps. */
static const struct comparison {
	insn_perform *perform;
	struct difference (*compare)(const struct moment *moment);
	bool umip; /* CR4.UMIP makes it trap */
} comparisons[] = {
	{perform_pushf, pushf, false},
	{perform_popf, popf, false},
	{perform_iret, iret, false},
	{perform_smsw, smsw, true},
	{perform_sgdt, sgdt, true},
	{perform_sidt, sidt, true},
	{perform_sldt, sldt, true},
	{perform_str, str, true},
	{perform_lar, lar, false},
	{perform_lsl, lsl, false},
	{perform_verr, verify, false},
	{perform_verw, verify, false},
	{perform_push_segment, segment_read, false},
	{perform_mov_from_segment, segment_read, false},
	{perform_call_far, far_call, false},
	{perform_call_far_indirect, far_call, false},
	{perform_jmp_far, jmp_far, false},
	{perform_jmp_far_indirect, jmp_far_indirect, false},
	{perform_ret_far, ret_far, false},
	{perform_mov_to_segment, segment_write, false},
	{perform_pop_segment, segment_pop, false},
	{perform_les, load_pointer, false},
	{perform_lds, load_pointer, false},
	{perform_lss, load_pointer, false},
	{perform_lfs, load_pointer, false},
	{perform_lgs, load_pointer, false},
};

static void tell(struct vm *vm, const struct moment *moment, struct difference difference)
{
	struct cpu_state *guest = cpu_state(vm->vcpu);
	uint32_t eip = guest->eip;
	struct event event;

	guest->eip = moment->real->eip; /* the event is about this instruction, not about the last exit's */
	vm_event_begin(vm, &event, EV_SENSITIVE);
	guest->eip = eip;
	event.guest_cpl = (uint8_t)guest_cpl(moment);
	event.action = difference.what;
	event_add_change(&event, "guest sees", difference.sees, difference.sees);
	event_add_change(&event, "should see", difference.should, difference.should);
	event_emit(&vm->events, &event);
}

/* After a hidden fault the same instruction begins again. */
static bool already_told(const struct moment *moment)
{
	struct deprivileged *state = deprivileged(moment->state->vm);
	uint64_t instructions = vm_instructions(state->vm);
	bool told = state->told && state->told_at == instructions && state->told_eip == moment->real->eip;

	state->told = true;
	state->told_at = instructions;
	state->told_eip = moment->real->eip;
	return told;
}

void observe_sensitive(void *owner, const struct insn *insn)
{
	struct vm *vm = owner;
	struct moment moment = {
		.state = deprivileged(vm),
		.real = cpu_state_const(vm->processor),
		.guest = cpu_state_const(vm->vcpu),
		.insn = insn,
	};

	if (!event_wanted(&vm->events, EV_SENSITIVE) || already_told(&moment))
		return;
	for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++) {
		const struct comparison *row = &comparisons[i];
		struct difference difference;

		if (row->perform != insn->row->perform)
			continue;
		if (row->umip && moment.real->cr4 & CR4_UMIP)
			return;
		difference = row->compare(&moment);
		if (difference.sees != difference.should)
			tell(vm, &moment, difference);
		else
			deprivileged(vm)->told = false; /* what it reads may not have been mapped yet */
		return;
	}
}
