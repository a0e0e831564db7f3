/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/bt/test_translate.c - the translator's passes: the translation of a fixed set of blocks is what the files in
 * tests/bt/expected say, units end where they must, and the cache keeps its bounds.
 *
 * RINGSIDE_REGENERATE=1 writes the expected files anew: read the difference before believing it.
 */
#include "bt/listing.h"
#include "bt/translator.h"
#include "cpu/perform.h"
#include "tests/bt/blocks.h"
#include "tests/harness.h"
#include "tests/trap/rig.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct rig_way way = {.name = "bt", .technique = &technique_bt, .ring = 1};

/* ---- listings ---- */

struct text {
	const struct vm *vm;
	const struct unit *unit;
	char bytes[32768];
	size_t size;
};

__attribute__((format(printf, 2, 3))) static void say(struct text *text, const char *format, ...)
{
	va_list list;
	int wrote;

	va_start(list, format);
	wrote = vsnprintf(text->bytes + text->size, sizeof text->bytes - text->size, format, list);
	va_end(list);
	if (wrote > 0 && text->size + (size_t)wrote < sizeof text->bytes)
		text->size += (size_t)wrote;
}

/* Addresses in the window by their distance from the unit's code: they depend on what was translated before. */
static void say_line(void *owner, const struct listing_line *line)
{
	struct text *text = owner;
	char guest[128] = "";

	if (line->first)
		snprintf(guest, sizeof guest, "%05" PRIx32 " %s %s", line->guest_address,
		         treatment_mark((enum treatment)line->record->treatment), line->guest_text);
	say(text, "%-56s |%4" PRIu32 "  ", guest, line->address - unit_address(text->unit));
	for (unsigned i = 0; i < line->size; i++)
		say(text, "%02x", line->bytes[i]);
	say(text, "%*s%s%s%s\n", 2 * (12 - (int)line->size), "", line->text, line->note[0] ? "  ; " : "", line->note);
}

static void say_spills(struct text *text)
{
	for (unsigned i = 0; i < text->unit->count; i++) {
		const struct record *record = &text->unit->record[i];

		if (record->spilled)
			say(text, "%05" PRIx32 " spills%s%s\n", text->unit->key.eip + record->offset,
			    record->spilled & 1 << EAX ? " eax" : "", record->spilled & 1 << ECX ? " ecx" : "");
	}
}

static void list(struct vm *vm, const struct unit *unit, struct text *text)
{
	text->vm = vm;
	text->unit = unit;
	text->size = 0;
	say(text, "%u instructions, %u bytes: %" PRIu32 " bytes, %u exits%s\n", unit->count, unit->bytes,
	    unit->code_size, unit->exits, unit->gfn[1] == NO_GFN ? "" : ", two pages");
	list_unit(vm, unit, say_line, text);
	say_spills(text);
}

static void with_counters(struct config *config)
{
	config->unit_counters = true;
}

static struct unit *translate_case(struct vm *vm, const struct block_case *block)
{
	struct unit_key key = {
		.eip = block->at ? block->at : RIG_CODE,
		.cs_limit = block->limit ? block->limit : UINT32_MAX,
		.stack_big = !block->small_stack,
	};

	rig_write(vm, key.eip, block->bytes, block->size);
	return translate(translator(vm), &key);
}

static bool write_file(const char *path, const struct text *text)
{
	FILE *file = fopen(path, "w");
	bool done = file && fwrite(text->bytes, 1, text->size, file) == text->size;

	return (!file || fclose(file) == 0) && done;
}

static bool same_as_file(const char *path, const struct text *text)
{
	static char expected[sizeof text->bytes];
	FILE *file = fopen(path, "r");
	size_t size;

	if (!file)
		return false;
	size = fread(expected, 1, sizeof expected, file);
	fclose(file);
	return size == text->size && !memcmp(expected, text->bytes, size);
}

static void check_case(const struct block_case *block)
{
	static struct text text;
	struct vm *vm = rig_new(&way, block->counters ? with_counters : NULL);
	struct unit *unit;
	char path[128];

	CU_ASSERT_FATAL(vm != NULL);
	unit = translate_case(vm, block);
	CU_ASSERT_FATAL(unit != NULL);
	list(vm, unit, &text);
	snprintf(path, sizeof path, "tests/bt/expected/%s.txt", block->name);
	if (getenv("RINGSIDE_REGENERATE")) {
		CU_ASSERT(write_file(path, &text));
	} else if (!same_as_file(path, &text)) {
		printf("%s is not what is translated now:\n%.*s", path, (int)text.size, text.bytes);
		CU_FAIL("another translation");
	}
	vm_free(vm);
}

static void test_listings(void)
{
	for (const struct block_case *block = block_cases; block->name; block++)
		check_case(block);
}

/* ---- how each row of the instruction table is treated ---- */

struct rows {
	struct vm *vm;
	unsigned seen, identical;
};

/* The sensitive ones that run as they stand: what they show is no other in the ring that hardware has them in. */
static bool may_be_identical(const struct record *record)
{
	const struct insn *insn = &record->insn;
	unsigned reg = insn->row->perform == perform_mov_from_segment ? insn->reg : insn->row->operand[0] - OP_ES;

	if (insn->row->insn_class == CLASS_INNOCUOUS)
		return true;
	if (insn->row->perform == perform_mov_from_segment || insn->row->perform == perform_push_segment)
		return reg == ES || reg == DS || reg == FS;
	return insn->row->perform == perform_rdtsc || insn->row->perform == perform_cpuid;
}

/* Hardware's CS and GS are never the guest's: not to be read, loaded, or reached through. */
static void check_row(struct rows *rows, const uint8_t *bytes, size_t size)
{
	struct unit_key key = {.eip = RIG_CODE, .cs_limit = UINT32_MAX, .stack_big = true};
	const struct unit *unit;
	const struct record *record;

	rig_write(rows->vm, RIG_CODE, bytes, size);
	unit = translate(translator(rows->vm), &key);
	CU_ASSERT_FATAL(unit != NULL);
	record = unit->record;
	rows->seen++;
	rows->identical += record->treatment == TREAT_IDENTICAL;
	if (record->treatment != TREAT_IDENTICAL)
		return;
	if (!may_be_identical(record) || (record->insn.memory && (record->insn.segment == GS || record->insn.segment == CS)))
		printf("%s (%02x %02x %02x %02x) runs as it stands\n", record->insn.row->mnemonic, bytes[0], bytes[1], bytes[2],
		       bytes[3]);
	CU_ASSERT(may_be_identical(record));
	CU_ASSERT(!record->insn.memory || (record->insn.segment != GS && record->insn.segment != CS));
	CU_ASSERT(unit->record[0].code_size == record->insn.length);
}

/* With a register and with memory, through DS and through GS, with both operand sizes. */
static void visit_row(void *owner, const struct instruction *row, bool two_byte, uint8_t opcode, int reg)
{
	static const uint8_t prefixes[] = {0, 0x66, 0x65, 0x2e};

	for (unsigned form = 0; form < 2 * sizeof prefixes; form++) {
		uint8_t bytes[INSN_MAX_LENGTH + 1] = {0}, at = 0;

		if (prefixes[form / 2])
			bytes[at++] = prefixes[form / 2];
		if (row->prefix)
			bytes[at++] = row->prefix;
		if (two_byte)
			bytes[at++] = 0x0f;
		bytes[at++] = opcode;
		bytes[at] = (uint8_t)(reg >= 0xc0 ? reg : (form & 1 ? 0xc3 : 0x03) | (reg < 0 ? 1 : reg) << 3);
		check_row(owner, bytes, sizeof bytes);
	}
}

static void test_every_row(void)
{
	struct rows rows = {.vm = rig_new(&way, NULL)};

	CU_ASSERT_FATAL(rows.vm != NULL);
	insn_for_each(visit_row, &rows);
	CU_ASSERT(rows.seen > 2000 && rows.identical > rows.seen / 2);
	vm_free(rows.vm);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"the translation of each block is the expected one", test_listings},
		{"no sensitive instruction runs as it stands", test_every_row},
		{0},
	};

	return harness_main("translate", tests);
}
