/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/translator_part.c - the table `translator`: the VMM's side of bt/piece.h. A guest instruction goes over decoded; a
 * treatment or code comes back, and is looked at before anything of it counts (translator_check.c).
 */
#include "bt/piece.h"
#include "cpu/perform.h"
#include "labs/plugin/inside.h"
#include "labs/plugin/translator_check.h"

#include <stdio.h>
#include <string.h>

#define SAME_PLACE(theirs, ours) \
	_Static_assert(offsetof(struct lab_virtual, theirs) == offsetof(struct virtual_page, ours), "the same page")
SAME_PLACE(interrupt_flag, interrupt_flag);
SAME_PLACE(pending, pending);
SAME_PLACE(saved, saved);
SAME_PLACE(scratch, saved_flags);
SAME_PLACE(target, target);
SAME_PLACE(site, site);
SAME_PLACE(cr0, cr0);
SAME_PLACE(selector, selector);
SAME_PLACE(idtr_base, idtr_base);
SAME_PLACE(checked, checked);
SAME_PLACE(closed_rpl, closed_rpl);
_Static_assert((int)LAB_CODE == (int)EMISSION_CODE && (int)LAB_NO_REGISTER == (int)NO_REGISTER, "the same numbers");

/* ---- an instruction, decoded ---- */

static uint8_t operand_of(const struct insn *insn, unsigned kind)
{
	if (kind == OP_NONE)
		return LAB_NONE;
	if (kind == OP_Mp || kind == OP_Ap)
		return LAB_FAR;
	if (kind == OP_Cd)
		return LAB_CONTROL;
	if (kind == OP_Sw || (kind >= OP_ES && kind <= OP_GS))
		return LAB_SEGMENT;
	if (kind == OP_Jb || kind == OP_Jz)
		return LAB_RELATIVE;
	if (kind >= OP_Ib && kind <= OP_Iv)
		return LAB_IMMEDIATE;
	if (kind >= OP_Ob && kind <= OP_Yv)
		return LAB_MEMORY;
	if ((kind >= OP_Eb && kind <= OP_Ev) || kind == OP_Mw_Rv)
		return insn->memory ? LAB_MEMORY : LAB_GENERAL;
	if (kind >= OP_M && kind <= OP_Ms)
		return LAB_MEMORY;
	return (kind >= OP_Gb && kind <= OP_Gv) || kind == OP_Rd || (kind >= OP_Zb && kind <= OP_rAX) ? LAB_GENERAL : LAB_OTHER;
}

/* PUSH and POP of segment registers have theirs in the opcode. */
static uint8_t reg_of(const struct insn *insn)
{
	unsigned kind = insn->row->operand[0];

	return kind >= OP_ES && kind <= OP_GS ? (uint8_t)(kind - OP_ES) : insn->reg;
}

static void decoded_of(struct lab_decoded *told, const struct unit *unit, const struct record *record)
{
	const struct insn *insn = &record->insn;

	snprintf(told->name, sizeof told->name, "%s", insn->row->perform == perform_ret_far ? "retf" : insn->row->mnemonic);
	memcpy(told->bytes, record->bytes, insn->length);
	told->length = insn->length;
	told->opcode = insn->opcode;
	told->sensitive = insn->row->insn_class != CLASS_INNOCUOUS;
	for (unsigned i = 0; i < 3; i++)
		told->operand[i] = operand_of(insn, insn->row->operand[i]);
	told->operand_size = insn->operand_size;
	told->address_size = insn->address_mask == UINT16_MAX ? 2 : 4;
	told->segment = uses_segment(insn) ? insn->segment : LAB_NO_REGISTER;
	told->reg = reg_of(insn);
	told->rm = insn->rm;
	told->base = insn->memory ? insn->base : LAB_NO_REGISTER;
	told->index = insn->memory ? insn->index : LAB_NO_REGISTER;
	told->scale = insn->memory ? insn->scale : 0;
	told->condition = insn->row->flags & INSN_CONDITION ? insn->opcode & 15 : LAB_NO_CONDITION;
	told->displacement = insn->displacement;
	told->immediate = insn->immediate;
	told->eip = unit->key.eip + record->offset;
	told->next = told->eip + insn->length;
	told->target = operand_of(insn, insn->row->operand[0]) == LAB_RELATIVE ? told->next + insn->immediate : 0;
}

/* ---- one call ---- */

/* False: it has failed. */
static bool call_handler(struct lab *lab, struct exchange *call)
{
	bool done;

	lab->sealed = true;
	done = exchange_call(lab, call);
	lab->sealed = false;
	if (!done)
		return false;
	if (call->result == LAB_FAULT)
		return lab_fails(lab, "%s gave LAB_FAULT: nothing is executed yet, so nothing can fault", lab_handler_name(call->handler));
	return exchange_same(lab, call, &call->given.request.unit_insn, &call->back.request.unit_insn,
	                     offsetof(struct lab_unit_insn, treatment), "unit_insn's part to look at");
}

static void tell(struct lab *lab, const struct record *record, const struct exchange *call, const struct lab_unit_insn *own)
{
	struct lab_call told = {
		.cycle = lab->vm->clock,
		.handler = call->handler,
		.insn = &record->insn,
		.before = cpu_state_const(lab->vm->vcpu),
		.request = &call->back.request.unit_insn,
		.own = own,
	};

	lab->declined = call->result == LAB_DECLINE;
	observe(lab, &told);
}

/* ---- treatment ---- */

/* Adapted ones are the VMM's idea: pieces do not know of them. */
static const uint8_t treatments[] = {
	[LAB_IDENTICAL] = TREAT_IDENTICAL, [LAB_IN_CACHE] = TREAT_IN_CACHE, [LAB_CALLOUT] = TREAT_CALLOUT,
	[LAB_TRANSFER] = TREAT_TRANSFER, [LAB_LOOKUP] = TREAT_LOOKUP,
};

static uint8_t told_treatment(const struct record *record)
{
	uint8_t told = LAB_IDENTICAL;

	while (told < LAB_LOOKUP && treatments[told] != record->treatment)
		told++;
	return told;
}

static void classify(void *owner, struct vm *vm, const struct unit *unit, struct record *record)
{
	struct lab *lab = owner;
	struct exchange call;
	const struct lab_unit_insn *back = &call.back.request.unit_insn;
	struct lab_unit_insn own = {.treatment = told_treatment(record), .ends = record_ends(record)};

	(void)vm;
	if (!piece_does(lab, HANDLER_translator_treatment))
		return;
	exchange_begin(&call, HANDLER_translator_treatment);
	decoded_of(&call.given.request.unit_insn.insn, unit, record);
	if (!call_handler(lab, &call))
		return;
	tell(lab, record, &call, &own);
	if (call.result == LAB_DECLINE)
		return;
	if (back->treatment > LAB_LOOKUP)
		lab_fails(lab, "treatment gave %u for `%s`, which is none of enum lab_treatment", back->treatment, record->insn.row->mnemonic);
	else if (!classify_as(record, (enum treatment)treatments[back->treatment], back->ends))
		lab_fails(lab, "treatment gave %s for `%s` at %08x, which transfers no control in that way",
		          back->treatment == LAB_TRANSFER ? "LAB_TRANSFER" : "LAB_LOOKUP", record->insn.row->mnemonic,
		          call.given.request.unit_insn.insn.eip);
}

/* ---- code ---- */

static enum handler emitter_of(const struct record *record)
{
	static const enum handler handlers[TREAT_COUNT] = {
		[TREAT_IDENTICAL] = HANDLER_translator_identical, [TREAT_IN_CACHE] = HANDLER_translator_in_cache,
		[TREAT_CALLOUT] = HANDLER_translator_callout, [TREAT_ADAPTED] = HANDLER_translator_callout,
		[TREAT_TRANSFER] = HANDLER_translator_transfer, [TREAT_LOOKUP] = HANDLER_translator_lookup,
	};

	return handlers[record->treatment];
}

static bool take_code(struct lab *lab, const struct exchange *call, struct emission *emission)
{
	const struct lab_unit_insn *back = &call->back.request.unit_insn;
	const struct lab_decoded *insn = &call->given.request.unit_insn.insn;
	const char *name = lab_handler_name(call->handler);
	char why[300];

	if (!back->size || back->size > LAB_CODE)
		return lab_fails(lab, "%s gave %u bytes of code for `%s` at %08x; 1 to %d can be", name, back->size, insn->name, insn->eip,
		                 LAB_CODE);
	if (back->spilled & ~(1u << LAB_EAX | 1u << LAB_ECX))
		return lab_fails(lab, "%s: spilled is %02x for `%s`; EAX and ECX alone have a place in saved[]", name, back->spilled,
		                 insn->name);
	emission->size = back->size;
	emission->spilled = back->spilled;
	memcpy(emission->code, back->code, back->size);
	if (!translator_check(back, emission, why, sizeof why))
		return lab_fails(lab, "%s for `%s` at %08x: %s", name, insn->name, insn->eip, why);
	for (unsigned i = 0; i < emission->jumps; i++)
		emission->displacement[i] = (uint16_t)back->jump[i];
	return true;
}

static bool emit(void *owner, struct vm *vm, struct emission *emission)
{
	struct lab *lab = owner;
	enum handler handler = emitter_of(emission->record);
	struct exchange call;
	struct lab_unit_insn *given = &call.given.request.unit_insn;

	(void)vm;
	if (!piece_does(lab, handler))
		return false;
	exchange_begin(&call, handler);
	decoded_of(&given->insn, emission->unit, emission->record);
	given->address = emission->address;
	given->doorway = WINDOW_ADDRESS(DOORWAY_POSITION);
	given->lookup = WINDOW_ADDRESS(CACHE_POSITION);
	given->site = emission->site;
	given->jumps = emission->jumps;
	if (!call_handler(lab, &call))
		return false;
	tell(lab, emission->record, &call, NULL);
	return call.result == LAB_DONE && take_code(lab, &call, emission);
}

void translator_part(struct lab *lab)
{
	lab->table.classify = classify;
	lab->table.emit = emit;
}
