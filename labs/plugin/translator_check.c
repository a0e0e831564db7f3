/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/translator_check.c - may a piece's code stand in the translation cache? Looked at an instruction at a time before it gets
 * there, as Native Client does (Yee et al. 2009, section 2.2): it must decode, stay in its own bytes but for the exits that it was
 * offered, raise nothing that only the VMM may, and write no more of the virtual page than what is for it. So a mistake is told where
 * it was made. What code does at run time all the same, bt/escape.c meets.
 */
#include "labs/plugin/translator_check.h"

#include "core/disassemble.h"
#include "core/refuse.h"
#include "cpu/perform.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct check {
	const struct lab_unit_insn *given;
	const struct emission *emission;
	bool begins[EMISSION_CODE + 1]; /* an instruction */
	bool found[EMISSION_JUMPS];
	struct insn insn; /* the one at work, */
	unsigned at;      /* its place */
	char *why;
	size_t size;
};

static bool no(struct check *check, const char *reason)
{
	const struct emission *emission = check->emission;
	char text[96] = "?";

	disassemble(emission->code + check->at, emission->size - check->at, check->given->address + check->at, true, text, sizeof text);
	return refuse(check->why, check->size, "its code at +%u, `%s`, %s", check->at, text, reason);
}

/* ---- instructions that have no business there ---- */

static const struct {
	insn_perform *perform;
	const char *reason;
} never[] = {
	{perform_ret, "goes to the guest's own code: a return leaves by the lookup routine"},
	{perform_jmp_indirect, "goes to the guest's own code: an indirect jump leaves by the lookup routine"},
	{perform_call_indirect, "goes to the guest's own code: an indirect call leaves by the lookup routine"},
	{perform_call_near, "pushes an address of the cache, which the guest would see"},
	{perform_call_far, "loads CS"}, {perform_jmp_far, "loads CS"}, {perform_call_far_indirect, "loads CS"},
	{perform_jmp_far_indirect, "loads CS"}, {perform_ret_far, "loads CS"}, {perform_iret, "loads CS, and flags that are the VMM's"},
	{perform_int, "calls a handler of the VMM's"}, {perform_int3, "calls a handler of the VMM's"},
	{perform_int1, "calls a handler of the VMM's"}, {perform_into, "calls a handler of the VMM's"},
	{perform_sysenter, "calls a handler of the VMM's"}, {perform_lss, "loads SS, whose RPL is the hardware ring's"},
	{perform_lgs, "loads GS, by which the virtual page is reached"}, {perform_undefined, "is no instruction"},
};

static bool loads_hidden_segment(const struct insn *insn)
{
	unsigned reg = insn->reg;

	if (insn->row->perform == perform_pop_segment)
		reg = insn->row->operand[0] - OP_ES;
	else if (insn->row->perform != perform_mov_to_segment)
		return false;
	return reg != ES && reg != DS && reg != FS;
}

static bool check_kind(struct check *check)
{
	const struct insn *insn = &check->insn;

	for (unsigned i = 0; i < sizeof never / sizeof *never; i++)
		if (never[i].perform == insn->row->perform)
			return no(check, never[i].reason);
	if (insn->row->insn_class == CLASS_PRIVILEGED)
		return no(check, "is privileged: deprivileged code that executes it raises #GP");
	if (loads_hidden_segment(insn))
		return no(check, "loads SS or GS, which are the VMM's there");
	if (insn->row->perform == perform_popf && check->at + insn->length == check->emission->size)
		return no(check, "is the last one: a TF that it loads would trap behind the code");
	return true;
}

/* ---- the virtual page ---- */

#define FIELD(member) {offsetof(struct lab_virtual, member), sizeof(((struct lab_virtual *)0)->member)}

static bool may_write(uint32_t offset, unsigned size)
{
	static const struct { uint32_t at, size; } fields[] = {
		FIELD(interrupt_flag), FIELD(io_privilege), FIELD(saved), FIELD(scratch), FIELD(target), FIELD(site), FIELD(cr2),
		FIELD(checked),
	};

	for (unsigned i = 0; i < sizeof fields / sizeof *fields; i++)
		if (offset >= fields[i].at && offset - fields[i].at + size <= fields[i].size)
			return true;
	return false;
}

static bool writes_memory(const struct insn *insn)
{
	unsigned operand = insn->row->operand[0];

	return insn->row->flags & INSN_WRITES && operand >= OP_Eb && operand <= OP_Ev;
}

/* Its own number alone, where that can be seen. */
static bool check_site(struct check *check)
{
	const struct insn *insn = &check->insn;

	if (insn->displacement != offsetof(struct lab_virtual, site) || insn->row->operand[1] != OP_Iz)
		return true;
	if (check->emission->site == SITE_NONE)
		return no(check, "calls the VMM, but such an instruction has no callout");
	return insn->immediate == check->emission->site || no(check, "stores a number into `site` that is not its own");
}

static bool check_page(struct check *check)
{
	const struct insn *insn = &check->insn;
	bool plain = false;

	for (unsigned i = 0; i < 3; i++)
		plain |= insn->memory && insn->row->operand[i] >= OP_Eb && insn->row->operand[i] <= OP_Ev;
	if (!plain && insn->row->perform != perform_mov)
		return no(check, "reaches GS, which is the VMM's there, in a way that ordinary instructions do not");
	if (!writes_memory(insn) && insn->row->perform != perform_xchg)
		return true;
	if (insn->base != NO_REGISTER || insn->index != NO_REGISTER)
		return no(check, "writes to GS at an address that is not known");
	if (!may_write(insn->displacement, insn->operand_size))
		return no(check, "writes to a part of the virtual page that is the VMM's");
	return check_site(check);
}

static bool check_memory(struct check *check)
{
	const struct insn *insn = &check->insn;

	if (!uses_segment(insn))
		return true;
	if (insn->segment == CS)
		return no(check, "reaches memory by CS, which is the VMM's there");
	return insn->segment != GS || check_page(check);
}

/* ---- where it goes ---- */

/* A jump whose displacement the VMM fills in. */
static bool is_exit(struct check *check)
{
	const struct insn *insn = &check->insn;

	for (unsigned i = 0; i < check->emission->jumps; i++)
		if (insn->row->operand[0] == OP_Jz && insn->operand_size == 4 &&
		    check->given->jump[i] == check->at + insn->length - 4u)
			return check->found[i] = true;
	return false;
}

static bool stays(struct check *check)
{
	const struct insn *insn = &check->insn;
	uint32_t offset = check->at + insn->length + insn->immediate, target = check->given->address + offset;

	if (target == check->given->doorway || target == check->given->lookup || is_exit(check))
		return true;
	if (offset > check->emission->size)
		return no(check, "jumps out of its code; ways out are the exits in jump[], the doorway and the lookup routine");
	return check->begins[offset] || no(check, "jumps into the middle of an instruction");
}

static bool is_jump(const struct insn *insn)
{
	return insn->row->operand[0] == OP_Jb || insn->row->operand[0] == OP_Jz;
}

/* ---- all of it ---- */

static bool decode(struct check *check)
{
	const struct emission *emission = check->emission;

	if (insn_decode(&check->insn, emission->code + check->at, emission->size - check->at, true) > 0)
		return true;
	return refuse(check->why, check->size, "its code ends in the middle of an instruction, at +%u of %u bytes", check->at,
	              emission->size);
}

static bool for_each(struct check *check, bool (*look)(struct check *check))
{
	for (check->at = 0; check->at < check->emission->size; check->at += check->insn.length)
		if (!decode(check) || !look(check))
			return false;
	return true;
}

static bool note(struct check *check)
{
	return check->begins[check->at] = true;
}

static bool look(struct check *check)
{
	return check_kind(check) && check_memory(check) && (!is_jump(&check->insn) || stays(check));
}

static bool check_exits(struct check *check)
{
	const struct record *record = check->emission->record;

	for (unsigned i = 0; i < check->emission->jumps; i++)
		if (!check->found[i])
			return refuse(check->why, check->size, "jump[%u] is %" PRIu32 ", and no 32-bit displacement of a jump stands there", i,
			              check->given->jump[i]);
	if ((record->treatment == TREAT_TRANSFER || record->treatment == TREAT_LOOKUP) && check->insn.row->perform != perform_jmp_near)
		return refuse(check->why, check->size, "its code runs on behind its end: a transfer of control ends with a jump");
	return true;
}

bool translator_check(const struct lab_unit_insn *given, const struct emission *emission, char *why, size_t size)
{
	struct check check = {.given = given, .emission = emission, .why = why, .size = size};

	check.begins[emission->size] = true;
	return for_each(&check, note) && for_each(&check, look) && check_exits(&check);
}
