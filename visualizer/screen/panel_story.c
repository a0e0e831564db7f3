/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/panel_story.c - one trap told in the steps in which it happened, each with its price (story.h): the
 * instruction, the check of the hardware that failed, the world switch, what the VMM did, what changed.
 */
#include "visualizer/screen/panel_parts.h"

#include "visualizer/event_text.h"
#include "visualizer/story.h"

#include <inttypes.h>

enum { PRICE = 14, NUMBER = 3, WITH_PRICE = 30, WITH_SIDES = 60, SIDE = 10 };

static enum role side_role(enum step_side side)
{
	static const enum role roles[] = {
		[STEP_GUEST] = ROLE_GUEST, [STEP_HARDWARE] = ROLE_HARDWARE, [STEP_VMM] = ROLE_VMM};

	return roles[side];
}

static const char *side_name(enum step_side side)
{
	static const char *const names[] = {
		[STEP_GUEST] = "guest", [STEP_HARDWARE] = "hardware", [STEP_VMM] = "VMM"};

	return names[side];
}

/* ---- the page ---- */

/* "hidden-fault" and "hidden fault" say the same. */
static bool say_the_same(const char *kind, const char *reason)
{
	for (; *kind && *reason; kind++, reason++)
		if (*kind != *reason && (*kind != '-' || *reason != ' '))
			return false;
	return *kind == *reason;
}

static void write_head(const struct panel_view *view, const struct event *event, struct pen *pen)
{
	const char *kind = event_kind_name((enum event_kind)event->kind);
	bool both = event->reason && !say_the_same(kind, event->reason);
	char where[64];

	address_text(view->debugger->symbols, event->linear, where, sizeof(where));
	pen_line(pen, 0, ROLE_TITLE, "%s%s%s at %s", kind, both ? ": " : "", both ? event->reason : "", where);
}

/* A step's words leave room for its price at the right, and in wide panels for whose doing it is at the left. */
static void write_step(struct pen *pen, unsigned number, const struct event_step *step, bool lit)
{
	bool priced = step->cycles && pen->area.width >= WITH_PRICE;
	int x = NUMBER + (pen->area.width >= WITH_SIDES ? SIDE : 0), first = pen->line;
	struct pen words = *pen;
	char price[24];

	words.area = area_inside(&pen->area, 0, 0, pen->area.width - (priced ? PRICE : 0), pen->area.height);
	pen_words(&words, x, x, step->hole ? ROLE_HOLE : lit ? ROLE_CURRENT : ROLE_TEXT, step->text);
	area_print(&pen->area, 0, first - pen->top, lit ? ROLE_CURRENT : ROLE_STRONG, "%2u", number);
	if (lit)
		area_fill(&pen->area, 2, first - pen->top, 1, ROLE_CURRENT, GLYPH_POINTER);
	if (x > NUMBER)
		area_text(&pen->area, NUMBER, first - pen->top, side_role(step->side), side_name(step->side));
	snprintf(price, sizeof(price), "%" PRIu32 " cycles", step->cycles);
	if (priced)
		parts_right(&pen->area, pen->area.width - PRICE, first - pen->top, PRICE, ROLE_DIM, price);
	pen->line = words.line;
}

static void write_changes(const struct event *event, struct pen *pen)
{
	for (unsigned i = 0; i < event->changes && event->kind != EV_PORT && event->kind != EV_DEVICE && event->kind != EV_SENSITIVE; i++)
		pen_line(pen, NUMBER, ROLE_CHANGED, "%-8s %08" PRIx32 " \u2192 %08" PRIx32,
			 event->change[i].what, event->change[i].before, event->change[i].after);
}

static void write_nothing(const struct panel_view *view, struct pen *pen)
{
	const struct vm *vm = view->debugger->vm;

	if (!vm->technique->vmm)
		pen_words(
			pen, 0, 0, ROLE_DIM,
			"There is no VMM under the guest: nothing traps to one. m moves the guest to another "
			"technique.");
	else
		pen_words(pen, 0, 0, ROLE_DIM,
			  "No trap is told yet: t runs to the next one, T back to the one before.");
}

static void write_page(const struct panel_view *view, struct pen *pen, int *shown)
{
	const struct event *event = debugger_story(view->debugger);
	struct event_step steps[EVENT_STEPS];
	unsigned count, lit;

	if (!event) {
		write_nothing(view, pen);
		return;
	}
	count = event_steps(event, steps);
	lit = view->debugger->story_step < count ? view->debugger->story_step : count - 1;
	write_head(view, event, pen);
	for (unsigned i = 0; i < count; i++) {
		if (i == lit)
			*shown = pen->line;
		write_step(pen, i + 1, &steps[i], i == lit);
	}
	if (event->cycles)
		pen_line(pen, NUMBER, ROLE_STRONG, "in all %" PRIu32 " cycles", event->cycles);
	write_changes(event, pen);
}

static void write_scrolled(const struct panel_view *view, struct pen *pen, int *shown)
{
	int ignored;

	(void)shown;
	write_page(view, pen, &ignored);
}

/* Scrolled by hand it stays so until another step is lit. */
static void draw(struct panel_view *view, const struct area *area)
{
	const struct debugger *debugger = view->debugger;
	struct panel_state *state = view->state;

	if (state->mark[0] != debugger->story || state->mark[1] != debugger->story_step)
		state->placed = false;
	state->mark[0] = debugger->story;
	state->mark[1] = debugger->story_step;
	parts_page(view, area, state->placed ? write_scrolled : write_page);
}

/* ---- keys, note ---- */

static void light(struct debugger *debugger, int by)
{
	const struct event *event = debugger_story(debugger);
	struct event_step steps[EVENT_STEPS];
	unsigned count = event ? event_steps(event, steps) : 0;

	if (by < 0 && debugger->story_step > 0)
		debugger->story_step--;
	if (by > 0 && debugger->story_step + 1 < count)
		debugger->story_step++;
	debugger->changed = true;
}

static bool key(struct panel_view *view, enum key key)
{
	if (key == 'j' || key == K_DOWN)
		light(view->debugger, 1);
	else if (key == 'k' || key == K_UP)
		light(view->debugger, -1);
	else if (parts_page_key(view, key))
		view->state->placed = true;
	else
		return false;
	return true;
}

static void note(const struct panel_view *view, char *text, size_t size)
{
	const struct event *event = debugger_story(view->debugger);
	struct event_step steps[EVENT_STEPS];
	unsigned count, lit;

	text[0] = '\0';
	if (!event)
		return;
	count = event_steps(event, steps);
	lit = view->debugger->story_step < count ? view->debugger->story_step : count - 1;
	snprintf(text, size, "%u/%u", lit + 1, count);
}

const struct panel panel_story = {
	.name = "story",
	.title = "Trap story",
	.help = "j k { }     next and previous step\n"
		"PgUp PgDn   scroll\n"
		"t T         run to the next trap, or back to the one before",
	.note = note,
	.draw = draw,
	.key = key,
};
