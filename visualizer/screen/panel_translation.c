/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/panel_translation.c - the translation unit that holds the instruction selected beside: its guest
 * instructions, what became of each (Adams and Agesen 2006, section 3.1), and where its exits lead. Letters a, b, c...
 * and colours are those of the code panel. Under other techniques: what will happen to the instruction.
 */
#include "bt/listing.h"
#include "bt/translator.h"
#include "trap/techniques.h"
#include "visualizer/screen/code_lines.h"
#include "visualizer/screen/fate.h"
#include "visualizer/screen/panel_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	WITH_SOURCE = 66, /* columns from which on source and translation stand side by side */
	SOURCE = 32,
	ADDRESS = 9,
	TEXT = 30, /* and with their notes in a column of their own */
	NOTE = 26,
};

/* The address that the code panel shows: its cursor while it was put somewhere, else the guest's EIP. */
static uint32_t selected(const struct panel_view *view)
{
	const struct panel_state *code = &view->states[PANEL_CODE];

	return code->placed ? (uint32_t)code->cursor : debugger_linear_eip(view->debugger);
}

struct listing {
	const struct panel_view *view;
	struct pen *pen;
	int *shown; /* the line that has to be in sight */
	const struct unit *unit;
	int selected; /* record; -1 */
};

static enum role link_role(int record)
{
	return (enum role)(ROLE_LINK_0 + (record & 3));
}

/* ---- a line of the cache ---- */

static void replace(char *text, const char *from, const char *to)
{
	char rest[LISTING_TEXT], *at = strstr(text, from);

	if (!at)
		return;
	snprintf(rest, sizeof(rest), "%s", at + strlen(from));
	snprintf(at, LISTING_TEXT - (size_t)(at - text), "%s%s", to, rest);
}

/* Of a jump's note "to c0101234, unit 12" what says most; where it leads to stands among the exits. */
static const char *destination(const char *note)
{
	const char *comma = strchr(note, ',');

	return strncmp(note, "to ", 3) == 0 && comma ? comma + 2 : note;
}

/* "mov dword ptr gs:[0x20], 0x16f" with the note "site" is "mov [site],0x16f"; a jump leads where its note says. */
static void shorten(const struct listing_line *line, char text[LISTING_TEXT])
{
	char *operand, field[LISTING_TEXT + 4];

	snprintf(text, LISTING_TEXT, "%s", line->text);
	replace(text, "dword ptr ", "");
	replace(text, ", ", ",");
	operand = strstr(text, "gs:[");
	if (line->note[0] && operand && strchr(operand, ']')) {
		char rest[LISTING_TEXT];

		snprintf(rest, sizeof(rest), "%s", strchr(operand, ']') + 1);
		snprintf(field, sizeof(field), "[%s]", line->note);
		snprintf(operand, LISTING_TEXT - (size_t)(operand - text), "%.*s%s", LISTING_TEXT / 2, field,
			 rest);
	} else if (line->note[0] && strchr(text, ' ')) {
		operand = strchr(text, ' ') + 1;
		snprintf(operand, LISTING_TEXT - (size_t)(operand - text), "\u2192 %s",
			 destination(line->note));
	}
}

static void write_wide(const struct listing *listing, const struct listing_line *line, int record)
{
	const struct area *area = &listing->pen->area;
	int y = listing->pen->line - listing->pen->top, text = SOURCE + 2 + ADDRESS;
	bool noted = area->width >= text + NOTE + TEXT;
	char code[LISTING_TEXT];

	if (line->first) {
		parts_print(area, 0, y, SOURCE, link_role(record), "%c %s %s", 'a' + record,
			    treatment_mark((enum treatment)line->record->treatment), line->guest_text);
	}
	snprintf(code, sizeof(code), "%s", line->text);
	if (!noted)
		shorten(line, code);
	area_fill(area, SOURCE, y, 1, ROLE_FRAME, GLYPH_VERTICAL);
	parts_print(area, SOURCE + 2, y, ADDRESS, ROLE_DIM, "%08" PRIx32, line->address);
	parts_text(area, text, y, area->width - text - (noted ? NOTE : 0), link_role(record), code);
	if (noted)
		parts_text(area, area->width - NOTE + 1, y, NOTE - 1, ROLE_DIM, line->note);
	listing->pen->line++;
}

static void write_narrow(const struct listing *listing, const struct listing_line *line, int record)
{
	enum treatment treatment = (enum treatment)line->record->treatment;
	char text[LISTING_TEXT];

	if (line->first)
		pen_line(listing->pen, 0, link_role(record), "%c %s %s", 'a' + record,
			 treatment_mark(treatment), line->guest_text);
	if (treatment == TREAT_IDENTICAL)
		return;
	shorten(line, text);
	pen_line(listing->pen, 4, link_role(record), "%s", text);
}

static void write_one(void *owner, const struct listing_line *line)
{
	const struct listing *listing = owner;
	const struct pen *pen = listing->pen;
	int record, before = pen->line;

	if (!line->record) /* the counter at the head, and stubs, which are told as exits */
		return;
	record = (int)(line->record - listing->unit->record);
	if (record == listing->selected && line->first)
		*listing->shown = pen->line;
	if (pen->area.width >= WITH_SOURCE)
		write_wide(listing, line, record);
	else
		write_narrow(listing, line, record);
	if (record == listing->selected && line->first)
		area_paint(&pen->area, 0, before - pen->top, 1, ROLE_CURRENT);
	if (record == listing->selected && line->first)
		area_fill(&pen->area, 1, before - pen->top, 1, ROLE_CURRENT, GLYPH_POINTER);
}

/* ---- around the listing ---- */

static void write_exits(const struct listing *listing)
{
	const struct unit *unit = listing->unit;
	char symbol[48];

	for (unsigned i = 0; i < unit->exits; i++) {
		const struct unit_exit *exit = &unit->exit[i];

		if (exit->kind != EXIT_TRANSFER)
			continue;
		symbols_describe(listing->view->debugger->symbols, unit->key.cs_base + exit->target, symbol,
				 sizeof(symbol));
		if (exit->chained)
			pen_line(listing->pen, 0, ROLE_VMM, "\u2192 unit %" PRIu32 " %08" PRIx32 " %s",
				 exit->chained->sequence, exit->target, symbol);
		else
			pen_line(listing->pen, 0, ROLE_DIM, "\u2192 not chained %08" PRIx32 " %s",
				 exit->target, symbol);
	}
	if (unit->faults)
		pen_line(listing->pen, 0, ROLE_DIM, "%" PRIu32 " hardware faults in it", unit->faults);
}

static void write_unit(const struct panel_view *view, const struct unit *unit, struct pen *pen, int *shown)
{
	struct listing listing = {view, pen, shown, unit, code_record(unit, selected(view))};

	list_unit(view->debugger->vm, unit, write_one, &listing);
	write_exits(&listing);
}

static void write_fate(const struct panel_view *view, struct pen *pen)
{
	struct code code = code_of(view->debugger);
	struct code_line line;
	struct fate fate;
	enum role first;

	code_read(&code, code.eip, &line);
	if (line.kind != CODE_INSTRUCTION) {
		pen_words(pen, 0, 0, ROLE_DIM,
			  "There is no instruction at EIP: a fetch or decode raises an exception.");
		return;
	}
	pen_words(pen, 0, 2, ROLE_STRONG, line.text);
	fate = fate_of(view->debugger->vm, &line.insn);
	first = line.insn.row->insn_class == CLASS_SENSITIVE ? ROLE_HOLE : ROLE_DIM;
	for (unsigned i = 0; i < fate.count; i++)
		pen_words(pen, 0, 2, i ? ROLE_TEXT : first, fate.line[i]);
}

static void write_elsewhere(const struct panel_view *view, struct pen *pen)
{
	pen_line(pen, 0, ROLE_DIM, "%08" PRIx32, selected(view));
	pen_words(pen, 0, 0, ROLE_DIM, "No unit in the cache holds this address.");
}

static void write_page(const struct panel_view *view, struct pen *pen, int *shown)
{
	const struct debugger *debugger = view->debugger;
	const struct unit *unit = code_unit(debugger, selected(view));

	if (unit)
		write_unit(view, unit, pen, shown);
	else if (debugger->vm->technique == &technique_bt && selected(view) != debugger_linear_eip(debugger))
		write_elsewhere(view, pen);
	else
		write_fate(view, pen);
}

/* Scrolled by hand it stays so for this instruction; the next one is brought into sight again. */
static void write_placed(const struct panel_view *view, struct pen *pen, int *shown)
{
	int ignored;

	(void)shown;
	write_page(view, pen, &ignored);
}

static void draw(struct panel_view *view, const struct area *area)
{
	struct panel_state *state = view->state;

	if (state->placed && state->address != selected(view))
		state->placed = false;
	parts_page(view, area, state->placed ? write_placed : write_page);
}

/* ---- keys ---- */

/* To the next guest instruction of the unit, or the previous one: the code panel goes along. */
static bool go_along(struct panel_view *view, int step)
{
	const struct unit *unit = code_unit(view->debugger, selected(view));
	struct panel_state *code = &view->states[PANEL_CODE];
	int record = unit ? code_record(unit, selected(view)) + step : -1;

	if (!unit || record < 0 || record >= unit->count)
		return false;
	code->cursor = unit->key.cs_base + unit->key.eip + unit->record[record].offset;
	code->placed = true;
	code->mark[0] = view->debugger->vm->clock;
	return true;
}

/* To a unit that an exit of this one is chained to: the first, else the second. */
static bool go_chained(struct panel_view *view)
{
	const struct unit *unit = code_unit(view->debugger, selected(view));

	for (unsigned i = 0; unit && i < unit->exits; i++)
		if (unit->exit[i].chained) {
			panel_list[PANEL_CODE]->go(&(struct panel_view){.debugger = view->debugger,
									.state = &view->states[PANEL_CODE]},
						   unit->exit[i].target + unit->key.cs_base);
			return true;
		}
	return true;
}

static bool key(struct panel_view *view, enum key key)
{
	if ((key == K_DOWN || key == 'j') && go_along(view, 1))
		return true;
	if ((key == K_UP || key == 'k') && go_along(view, -1))
		return true;
	if (key == K_ENTER)
		return go_chained(view);
	if (key == '.' || key == K_HOME) {
		view->states[PANEL_CODE].placed = view->state->placed = false;
		return true;
	}
	if (!parts_page_key(view, key))
		return false;
	view->state->placed = true;
	view->state->address = selected(view);
	return true;
}

static void note(const struct panel_view *view, char *text, size_t size)
{
	const struct vm *vm = view->debugger->vm;
	const struct unit *unit = code_unit(view->debugger, selected(view));
	uint32_t hits;

	if (!unit)
		snprintf(text, size, "%s", vm->technique->name);
	else if (translator_hits(vm, unit, &hits))
		snprintf(text, size, "unit %" PRIu32 " x%" PRIu32, unit->sequence, hits);
	else
		snprintf(text, size, "unit %" PRIu32, unit->sequence);
}

const struct panel panel_translation = {
	.name = "translation",
	.title = "Translation",
	.help = "j k         next and previous guest instruction; the code panel goes along\n"
		"PgUp PgDn   scroll\n"
		"Enter       to the unit that this one is chained to\n"
		". Home      back to the guest's EIP\n"
		"a b c ...   guest instructions, the same letters as beside the code\n"
		"= identical, v in the cache on the virtual CPU, C callout to the VMM, A adapted to a "
		"callout,\n"
		"T direct transfer, L indirect transfer by the lookup cache",
	.note = note,
	.draw = draw,
	.key = key,
};
