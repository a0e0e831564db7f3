/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/panel_cache.c - what the VMM keeps so that it need not work things out again: the translation cache
 * of bt with its units (Adams and Agesen 2006), shadow tables, nested tables, validated frames; how full it is, and how
 * well it serves. A technique that keeps nothing says so.
 */
#include "bt/translator.h"
#include "trap/domain.h"
#include "trap/hvm.h"
#include "trap/techniques.h"
#include "visualizer/screen/tab.h"
#include "visualizer/unit_list.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { LINES = 24, LINE_TEXT = 160 };

/* ---- lines of words above the list ---- */

struct words {
	char text[LINES][LINE_TEXT];
	int count;
};

__attribute__((format(printf, 2, 3)))
static void say(struct words *words, const char *format, ...)
{
	va_list arguments;

	if (words->count == LINES)
		return;
	va_start(arguments, format);
	vsnprintf(words->text[words->count++], LINE_TEXT, format, arguments);
	va_end(arguments);
}

static unsigned percent(uint64_t part, uint64_t whole)
{
	return whole ? (unsigned)(100 * part / whole) : 0;
}

static unsigned fullness(const struct vm *vm)
{
	return percent(translator(vm)->cache_used, translator(vm)->cache_size);
}

static void say_translator(struct words *words, const struct vm *vm)
{
	const struct translator_counters *c = translator_counters(vm);
	uint64_t lookups = c->lookup_hits + c->lookup_misses;

	say(words, "%u of %u bytes (%u%%); units made %" PRIu64 ", dropped %" PRIu64 "; all flushed %" PRIu64 " times",
	    translator(vm)->cache_used, translator(vm)->cache_size, fullness(vm), c->units_made, c->units_dropped, c->flushes);
	say(words, "chained %" PRIu64 ", unchained %" PRIu64 "; lookups %" PRIu64 " (%u%% found); callouts %" PRIu64, c->chains,
	    c->unchained, lookups, percent(c->lookup_hits, lookups), c->callouts);
	say(words, "stores into translated code %" PRIu64 ", mappings changed %" PRIu64 "; adapted %" PRIu64 ", back %" PRIu64,
	    c->invalidations, c->remaps, c->adapted, c->unadapted);
}

static void say_shadow(struct words *words, const struct shadow *shadow)
{
	const struct shadow_counters *c;

	if (!shadow)
		return;
	c = shadow_counters(shadow);
	say(words, "shadow tables: %" PRIu32 " of %" PRIu32 " frames in use (%u%%); all thrown out %" PRIu64 " times",
	    c->pages_used, c->pages, percent(c->pages_used, c->pages), c->flushes);
	say(words, "filled by %" PRIu64 " hidden faults, entries made %" PRIu64 "; true faults %" PRIu64 ", emulated %" PRIu64,
	    c->hidden, c->fills, c->true_faults, c->emulated);
	say(words, "stores to traced tables %" PRIu64 ", entries thrown out for them %" PRIu64, c->traces, c->zapped);
	say(words, "roots made %" PRIu64 ", found again %" PRIu64 " (%u%% of CR3 loads)", c->roots_made, c->roots_found,
	    percent(c->roots_found, c->roots_made + c->roots_found));
}

static void say_nested(struct words *words, const struct nested *nested)
{
	const struct nested_counters *c = nested_counters(nested);

	say(words, "nested tables: %" PRIu32 " of %" PRIu32 " frames in use (%u%%); all thrown out %" PRIu64 " times",
	    c->tables_used, c->tables, percent(c->tables_used, c->tables), c->flushes);
	say(words, "filled by EPT violations %" PRIu64 "; accesses emulated %" PRIu64, c->fills, c->emulated);
}

/* Frames by what the VMM has validated them as (Barham et al. 2003, 3.3.3). */
static void say_domain(struct words *words, const struct domain *domain)
{
	static const char *const names[TYPE_COUNT] = {"unused", "writable", "page tables", "directories", "top directories",
	                                              "pointer tables", "descriptors"};
	uint64_t frames = memory_guest_size(domain->vm->memory) >> PAGE_SHIFT;
	uint32_t count[TYPE_COUNT] = {0}, pinned = 0;

	for (uint64_t gfn = 0; gfn < frames; gfn++) {
		const struct frame_info *frame = &domain->frame[gfn];

		count[frame->uses ? frame->type : TYPE_NONE]++;
		pinned += frame->pinned;
	}
	say(words, "the guest's own tables are walked; frames by what they have been validated as:");
	for (unsigned type = 0; type < TYPE_COUNT; type++)
		if (count[type])
			say(words, "  %-16s %7" PRIu32, names[type], count[type]);
	say(words, "pinned %" PRIu32 ", flushes of the TLB %" PRIu64, pinned, domain->flushes);
}

static void say_interface(struct words *words, const struct vm *vm)
{
	const struct xen *xen = xen_of(vm);

	if (!xen || (!xen->has_page && !xen->has_traps && !xen->domain))
		return;
	say(words, "registered with the VMM:%s%s%s", xen->has_page ? " hypercall page," : "",
	    xen->has_traps ? " trap table," : "", xen->has_stack ? " kernel stack" : "");
	say(words, "hypercalls have cost %" PRIu64 " cycles so far", xen->cycles);
}

static void say_processor(struct words *words, const struct vm *vm)
{
	const struct cpu *cpu = walking_processor(vm);
	const struct cpu_counters *c = cpu_counters(cpu);

	say(words, "TLB misses %" PRIu64 ", references of their walks %" PRIu64 "; events delivered %" PRIu64, c->tlb_misses,
	    c->walk_references, c->events_delivered);
}

static void say_paging(struct words *words, const struct vm *vm)
{
	if (vm->technique == &technique_hvm) {
		if (hvm(vm)->nested)
			say_nested(words, hvm(vm)->nested);
		else
			say_shadow(words, hvm(vm)->shadow);
	} else if (vm->paging == PAGING_DIRECT) {
		say_domain(words, vm->technique_state);
	} else if (vm->paging == PAGING_SHADOW) {
		say_shadow(words, deprivileged(vm)->shadow);
	}
}

static struct words words_of(const struct vm *vm)
{
	struct words words = {.count = 0};

	if (translator_counters(vm))
		say_translator(&words, vm);
	else if (!vm->technique->vmm)
		say(&words, "there is no VMM: nothing is kept");
	else if (vm->technique == &technique_emulate)
		say(&words, "every instruction is interpreted: nothing is translated or shadowed");
	if (vm->technique->vmm && vm->technique_state)
		say_paging(&words, vm);
	say_interface(&words, vm);
	say_processor(&words, vm);
	return words;
}

/* ---- the units ---- */

/* Those entered most often first, or the latest first when nobody counts. */
static int by_heat(const void *a, const void *b)
{
	const struct unit_entry *left = a, *right = b;

	if (left->hits != right->hits)
		return left->hits < right->hits ? 1 : -1;
	return left->unit->sequence < right->unit->sequence ? 1 : -1;
}

static struct unit_list units_of(const struct panel_view *view)
{
	struct unit_choice choice = {0};
	struct unit_list list = {0};

	if (!translator_counters(view->debugger->vm) || !unit_list_make(&list, view->debugger->vm, &choice))
		return (struct unit_list){0};
	qsort(list.entry, list.count, sizeof(*list.entry), by_heat);
	return list;
}

static unsigned chained_exits(const struct unit *unit)
{
	unsigned chained = 0;

	for (unsigned i = 0; i < unit->exits; i++)
		chained += unit->exit[i].chained != NULL;
	return chained;
}

static uint32_t unit_linear(const struct unit *unit)
{
	return unit->key.cs_base + unit->key.eip;
}

static void unit_row(const struct panel_view *view, const struct unit_list *list, size_t index, struct row *row)
{
	const struct unit *unit = list->entry[index].unit;
	char symbol[48], hits[32] = "", share[16] = "";
	unsigned callouts = 0;

	for (unsigned i = 0; i < unit->count; i++)
		callouts += unit->record[i].treatment == TREAT_CALLOUT || unit->record[i].treatment == TREAT_ADAPTED;
	if (list->counted) {
		snprintf(hits, sizeof(hits), "%" PRIu32, list->entry[index].hits);
		snprintf(share, sizeof(share), "%u%%", percent(list->entry[index].hits, list->hits));
	}
	symbol_text(view->debugger, unit_linear(unit), symbol, sizeof(symbol));
	row_begin(row);
	row_print(row, 1, ROLE_TEXT, "%10s %5s %08" PRIx32 " %3u %5" PRIu32 " %3u/%-3u %4u %6" PRIu32, hits, share,
	          unit_linear(unit), unit->count, unit->code_size,
	          chained_exits(unit), unit->exits, callouts, unit->faults);
	row_print(row, 57, ROLE_TEXT, "%-20s #%" PRIu32, symbol, unit->sequence);
}

/* How many lines of words stand above the list. */
static int words_shown(const struct words *words, const struct unit_list *list, int height)
{
	if (!list->count)
		return words->count < height ? words->count : height;
	return height >= 10 ? words->count : height > 4 ? 2 : 0;
}

static void draw_units(struct panel_view *view, const struct unit_list *list, const struct area *area)
{
	struct area body = area_inside(area, 0, 1, area->width, area->height - 1);
	struct row row;

	row_begin(&row);
	row_print(&row, 1, ROLE_DIM, "%-16s guest    ins bytes chained call faults symbol",
	          list->counted ? "   entered share" : "--unit-counters");
	row_draw(&row, area, 0, view->state->left);
	list_place(view, (int64_t)list->count, body.height);
	for (int y = 0; y < body.height && view->state->top + y < (int64_t)list->count; y++) {
		unit_row(view, list, (size_t)(view->state->top + y), &row);
		row_draw_item(&row, view, &body, y, view->state->top + y == view->state->cursor);
	}
}

static void draw(struct panel_view *view, const struct area *area)
{
	struct words words = words_of(view->debugger->vm);
	struct unit_list list = units_of(view);
	int shown = words_shown(&words, &list, area->height), y;
	struct row row;

	for (y = 0; y < shown; y++) {
		row_begin(&row);
		row_print(&row, 1, ROLE_TEXT, "%s", words.text[y]);
		row_draw(&row, area, y, view->state->left);
	}
	if (list.count) {
		struct area body = area_inside(area, 0, shown, area->width, area->height - shown);

		draw_units(view, &list, &body);
	}
	unit_list_free(&list);
}

static void note(const struct panel_view *view, char *text, size_t size)
{
	const struct vm *vm = view->debugger->vm;

	if (translator_counters(vm))
		snprintf(text, size, "%u%% full", fullness(vm));
	else
		snprintf(text, size, "%s, %s", vm->technique->name, paging_name(vm->paging));
}

/* ---- keys ---- */

static bool press(struct panel_view *view, enum key key)
{
	struct unit_list list = units_of(view);
	bool taken = true;

	if (key != K_ENTER)
		taken = panel_scroll(view, key, (int64_t)list.count);
	else if (list.entry && view->state->cursor < (int64_t)list.count)
		lead_panel(view, PANEL_CODE, unit_linear(list.entry[view->state->cursor].unit));
	unit_list_free(&list);
	return taken;
}

/* To the unit that holds this address. */
static void go(struct panel_view *view, uint32_t address)
{
	struct unit_list list = units_of(view);

	for (size_t i = 0; i < list.count; i++)
		if (address - unit_linear(list.entry[i].unit) < list.entry[i].unit->bytes) {
			view->state->cursor = (int64_t)i;
			break;
		}
	unit_list_free(&list);
}

static bool find(struct panel_view *view, bool back)
{
	struct unit_list list = units_of(view);
	int step = back ? -1 : 1;
	char text[ROW_COLUMNS];
	bool found = false;
	struct row row;

	for (int64_t i = view->state->cursor + step; !found && i >= 0 && i < (int64_t)list.count; i += step) {
		unit_row(view, &list, (size_t)i, &row);
		found = text_has(row_text(&row, text), view->state->search);
		if (found)
			view->state->cursor = i;
	}
	unit_list_free(&list);
	return found;
}

const struct panel panel_cache = {
	.name = "cache",
	.title = "Caches",
	.help = "Enter  the unit's guest code in the code panel\n"
		"g      to the unit of an address; / searches symbols\n"
		"Columns: how often entered (with --unit-counters), share of all, guest address,\n"
		"instructions, bytes of translation, exits that are chained, instructions that call\n"
		"the VMM, hardware faults\n",
	.note = note,
	.draw = draw,
	.key = press,
	.go = go,
	.find = find,
};
