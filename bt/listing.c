/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/listing.c - see listing.h. The text of instructions is core/disassemble's; what addresses mean in the VMM's window
 * is known here.
 */
#include "bt/listing.h"
#include "bt/translator.h"
#include "core/disassemble.h"

#include <inttypes.h>
#include <stdio.h>

const char *treatment_mark(enum treatment treatment)
{
	static const char *const marks[TREAT_COUNT] = {"=", "v", "C", "A", "T", "L"};

	return marks[treatment];
}

/* ---- what an instruction in the cache touches ---- */

#define FIELD(member) {offsetof(struct virtual_page, member), #member}
#define SELECTOR(reg, name) {offsetof(struct virtual_page, selector) + (reg) * sizeof(uint32_t), "selector " name}

static const struct {
	uint32_t offset;
	const char *name;
} fields[] = {
	FIELD(interrupt_flag), FIELD(io_privilege), FIELD(pending),
	{offsetof(struct virtual_page, saved), "saved eax"},
	{offsetof(struct virtual_page, saved) + 4, "saved ecx"},
	FIELD(saved_flags), FIELD(target), FIELD(jump), FIELD(site), FIELD(hits), FIELD(misses),
	FIELD(cr0), FIELD(cr2), FIELD(cr3), FIELD(cr4),
	SELECTOR(ES, "es"), SELECTOR(CS, "cs"), SELECTOR(SS, "ss"), SELECTOR(DS, "ds"), SELECTOR(FS, "fs"),
	SELECTOR(GS, "gs"), SELECTOR(LDTR, "ldtr"), SELECTOR(TR, "tr"),
	FIELD(gdtr_limit), FIELD(gdtr_base), FIELD(idtr_limit), FIELD(idtr_base),
};

const char *virtual_field_name(uint32_t offset)
{
	for (unsigned i = 0; i < sizeof fields / sizeof *fields; i++)
		if (fields[i].offset == offset)
			return fields[i].name;
	return NULL;
}

static void note_field(const struct unit *unit, const struct insn *insn, char *note)
{
	uint32_t counter = (CACHE_POSITION - VIRTUAL_POSITION) * PAGE_SIZE + unit->count_at;
	const char *name = virtual_field_name(insn->displacement);

	if (name)
		snprintf(note, LISTING_TEXT, "%s", name);
	else if (unit->count_at && insn->displacement == counter)
		snprintf(note, LISTING_TEXT, "entered");
}

/* ---- where a jump leads ---- */

static const struct unit_exit *exit_at(const struct unit *unit, uint32_t address)
{
	for (unsigned i = 0; i < unit->exits; i++)
		if (unit->exit[i].kind != EXIT_CALLOUT && address == unit_address(unit) + unit->exit[i].code)
			return &unit->exit[i];
	return NULL;
}

static void note_jump(const struct vm *vm, const struct unit *unit, uint32_t target, char *note)
{
	const struct unit *to = unit_at(translator(vm), target);
	const struct unit_exit *exit = exit_at(unit, target);

	if (target == WINDOW_ADDRESS(DOORWAY_POSITION))
		snprintf(note, LISTING_TEXT, "the VMM");
	else if (target == WINDOW_ADDRESS(CACHE_POSITION))
		snprintf(note, LISTING_TEXT, "lookup");
	else if (exit && exit->kind == EXIT_INTERRUPT)
		snprintf(note, LISTING_TEXT, "an interrupt waits");
	else if (exit)
		snprintf(note, LISTING_TEXT, "to %08" PRIx32 ", not chained", exit->target);
	else if (to && target == unit_address(to))
		snprintf(note, LISTING_TEXT, "to %08" PRIx32 ", unit %" PRIu32, to->key.eip, to->sequence);
}

/* A displacement of 32 bits leads out of the unit; shorter ones stay in their sequence. */
static bool is_jump(const struct insn *insn)
{
	return insn->row->operand[0] == OP_Jz;
}

static void note(const struct vm *vm, const struct unit *unit, struct listing_line *line)
{
	struct insn insn;

	line->note[0] = 0;
	if (insn_decode(&insn, line->bytes, line->size, true) <= 0)
		return;
	if (insn.memory && insn.segment == GS)
		note_field(unit, &insn, line->note);
	else if (is_jump(&insn))
		note_jump(vm, unit, line->address + line->size + insn.immediate, line->note);
}

/* ---- a unit ---- */

static void describe_guest(const struct unit *unit, const struct record *record, struct listing_line *line)
{
	line->guest_address = unit->key.eip + record->offset;
	disassemble(record->bytes, record->insn.length, line->guest_address, true, line->guest_text, LISTING_TEXT);
}

void list_unit(const struct vm *vm, const struct unit *unit, listing_visit *visit, void *owner)
{
	const struct record *before = NULL;
	uint32_t address;
	const uint8_t *code = translator_code(vm, unit, &address);

	for (uint32_t at = 0; code && at < unit->code_size;) {
		struct listing_line line = {.address = address + at, .bytes = code + at, .size = 1};
		size_t size = disassemble(line.bytes, unit->code_size - at, line.address, true, line.text, LISTING_TEXT);

		if (size)
			line.size = (unsigned)size;
		line.record = record_at(unit, line.address);
		line.first = line.record && line.record != before;
		if (line.first)
			describe_guest(unit, line.record, &line);
		note(vm, unit, &line);
		visit(owner, &line);
		before = line.record;
		at += line.size;
	}
}
