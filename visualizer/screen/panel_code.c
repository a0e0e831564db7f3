/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/panel_code.c - the guest's code around its EIP, with Popek and Goldberg's class (CACM 1974) of each
 * instruction, breakpoints, and what binary translation has made of it.
 *
 *   >0010012e*b cli          P     > EIP  * breakpoint  b the translation's line b  P class
 */
#include "core/refuse.h"
#include "trap/techniques.h"
#include "visualizer/screen/code_lines.h"
#include "visualizer/screen/panel_parts.h"

#include <inttypes.h>
#include <string.h>

enum {
	ROWS = 512,
	WITH_ADDRESS = 20, /* columns from which on there is room for it, */
	WITH_SIGNS = 32,   /* for breakpoint, state and link beside one another, */
	WITH_BYTES = 66,   /* and for opcode bytes */
	BYTES_SHOWN = 8,
	CLASS_COLUMNS = 3,
	FIND_FORWARD = 20000,
	FIND_BACK = 4000,
};

/* The columns of a width; -1: left out. */
struct columns {
	int address, breakpoint, state, link, bytes, text, width, class;
	bool shared; /* one column for breakpoint, state and link */
};

struct row {
	uint32_t address;
	const char *label; /* a line of its own; NULL: the instruction */
};

struct drawing {
	struct panel_view *view;
	struct code code;
	struct columns columns;
	bool translated;         /* bt */
	const struct unit *unit; /* whose translation is shown beside */
	const struct event *story;
	struct row row[ROWS];
	uint32_t address[ROWS]; /* of the rows' instructions, */
	uint8_t state[ROWS];    /* and how they are translated */
	unsigned rows, addresses;
};

/* ---- which lines ---- */

/* After a stop somewhere else the panel follows the guest again. */
static uint32_t settle(struct panel_view *view, const struct code *code)
{
	struct panel_state *state = view->state;

	if (state->placed && state->mark[0] != view->debugger->vm->clock && !view->debugger->running)
		state->placed = false;
	if (!state->placed)
		state->cursor = code->eip;
	return (uint32_t)state->cursor;
}

static void add_row(struct drawing *drawing, uint32_t address, const char *label)
{
	drawing->row[drawing->rows++] = (struct row){address, label};
	if (!label)
		drawing->address[drawing->addresses++] = address;
}

/* Fills the rows from an address on; gives the row of `focus`, -1: it is not among them. */
static int lay_out(struct drawing *drawing, uint32_t from, uint32_t focus, unsigned height)
{
	struct code_line line;
	int found = -1;

	drawing->rows = drawing->addresses = 0;
	for (uint32_t at = from; drawing->rows < height; at += line.size) {
		uint32_t offset = 1;
		const char *name = symbols_name(drawing->code.debugger->symbols, at, &offset);

		if (name && offset == 0 && height > 2)
			add_row(drawing, at, name);
		if (drawing->rows == height)
			break;
		if (at == focus)
			found = (int)drawing->rows;
		add_row(drawing, at, NULL);
		line.size = code_next(&drawing->code, at) - at;
	}
	return found;
}

/* How many rows the focus gets before it: none or all of them when it was scrolled out of sight, else a third. */
static unsigned rows_before(const struct drawing *drawing, uint32_t focus, unsigned rows)
{
	const struct panel_state *state = drawing->view->state;
	uint32_t top = (uint32_t)state->top, near = 16 * rows;

	if (state->placed && top - focus <= near)
		return 0;
	if (state->placed && focus - top <= 2 * near)
		return rows - 1;
	return rows / 3;
}

/* Lays the rows out where they were, if the focus is in sight there; else around the focus. Labels take rows too, so
 * that fewer lines may fit before it. */
static void place(struct drawing *drawing, uint32_t focus, int height)
{
	struct panel_state *state = drawing->view->state;
	unsigned rows = height < ROWS ? (unsigned)height : ROWS, count;
	uint32_t before[ROWS];
	int at = lay_out(drawing, (uint32_t)state->top, focus, rows);

	if (at >= 0 && (at + 1 < height || height < 3 || state->placed))
		return;
	for (count = rows_before(drawing, focus, rows);; count--) {
		code_before(&drawing->code, focus, before, count);
		state->top = count ? before[0] : focus;
		if (lay_out(drawing, (uint32_t)state->top, focus, rows) >= 0 || count == 0)
			return;
	}
}

/* ---- one line ---- */

static struct columns columns_of(int width, bool translated)
{
	struct columns columns = {-1, -1, -1, -1, -1, 1, 0, -1, false};
	int x = 1;

	if (width >= WITH_ADDRESS) {
		columns.address = x;
		x += 8;
	}
	columns.shared = width < WITH_SIGNS;
	columns.breakpoint = width >= WITH_ADDRESS ? x++ : 0;
	if (translated && width >= WITH_ADDRESS) {
		columns.state = columns.shared ? columns.breakpoint : x++;
		columns.link = columns.shared ? columns.breakpoint : x++;
		x++;
	} else if (!columns.shared) {
		x++;
	}
	if (width >= WITH_BYTES) {
		columns.bytes = x;
		x += 2 * BYTES_SHOWN + 2;
	}
	columns.text = x;
	columns.class = width - CLASS_COLUMNS + 1 > x + 2 ? width - CLASS_COLUMNS + 1 : -1;
	columns.width = (columns.class >= 0 ? columns.class - 1 : width) - x;
	return columns;
}

static enum role class_role(unsigned insn_class)
{
	static const enum role roles[] = {[CLASS_INNOCUOUS] = ROLE_INNOCUOUS,
					  [CLASS_PRIVILEGED] = ROLE_PRIVILEGED,
					  [CLASS_SENSITIVE] = ROLE_HOLE};

	return roles[insn_class];
}

/* Before the address: where the guest is, or which instruction the story tells. */
static void draw_pointer(const struct drawing *drawing, const struct area *area, int y, uint32_t address)
{
	if (address == drawing->code.eip)
		area_fill(area, 0, y, 1, ROLE_CURRENT, GLYPH_POINTER);
	else if (drawing->story && drawing->story->linear == address)
		area_text(area, 0, y, ROLE_STRONG, "!");
}

static uint8_t state_at(const struct drawing *drawing, uint32_t address)
{
	for (unsigned i = 0; i < drawing->addresses; i++)
		if (drawing->address[i] == address)
			return drawing->state[i];
	return CODE_UNTRANSLATED;
}

static void draw_state(const struct drawing *drawing, const struct area *area, int y, uint32_t address)
{
	static const char *const glyphs[] = {" ", "+", "#", "x"};
	uint8_t state = state_at(drawing, address);

	if (drawing->columns.state >= 0 && state != CODE_UNTRANSLATED)
		area_text(area, drawing->columns.state, y, state == CODE_INVALIDATED ? ROLE_ERROR : ROLE_VMM,
			  glyphs[state]);
}

static void draw_link(const struct drawing *drawing, const struct area *area, int y, uint32_t address)
{
	const struct columns *columns = &drawing->columns;
	int record = drawing->unit ? code_record(drawing->unit, address) : -1;
	enum role role = (enum role)(ROLE_LINK_0 + (record & 3));

	if (record < 0)
		return;
	if (columns->link >= 0)
		area_print(area, columns->link, y, role, "%c", 'a' + record);
	area_paint(area, columns->address, y, columns->address >= 0 ? 8 : 0, role);
}

static void draw_break(const struct drawing *drawing, const struct area *area, int y, uint32_t address)
{
	if (drawing->columns.breakpoint >= 0 && breaks_at(drawing->view->debugger, address))
		area_fill(area, drawing->columns.breakpoint, y, 1, ROLE_BREAK, GLYPH_BULLET);
}

static void draw_bytes(const struct columns *columns, const struct area *area, int y,
		       const struct code_line *line)
{
	char text[2 * BYTES_SHOWN + 4] = "";
	unsigned count = line->size < BYTES_SHOWN ? line->size : BYTES_SHOWN;

	if (columns->bytes < 0 || line->kind == CODE_UNMAPPED)
		return;
	for (unsigned i = 0; i < count; i++)
		snprintf(text + 2 * i, 3, "%02x", line->bytes[i]);
	area_text(area, columns->bytes, y, ROLE_DIM, text);
	if (line->size > BYTES_SHOWN)
		area_fill(area, columns->bytes + 2 * BYTES_SHOWN, y, 1, ROLE_DIM, GLYPH_ELLIPSIS);
}

static void draw_text(const struct drawing *drawing, const struct area *area, int y,
		      const struct code_line *line)
{
	const struct columns *columns = &drawing->columns;
	enum role role = line->kind == CODE_INSTRUCTION ? class_role(line->insn.row->insn_class) : ROLE_DIM;
	int left = drawing->view->state->left;
	char text[CODE_TEXT];

	code_text(&drawing->code, line, columns->width + left, text);
	left = left < (int)strlen(text) ? left : (int)strlen(text);
	if (parts_matches(text, drawing->view->state->search))
		role = ROLE_FOUND;
	parts_text(area, columns->text, y, columns->width, role, text + left);
	if (columns->class >= 0 && line->kind == CODE_INSTRUCTION)
		area_text(area, columns->class, y, role,
			  insn_class_mark((enum insn_class)line->insn.row->insn_class));
}

static void draw_instruction(const struct drawing *drawing, const struct area *area, int y, uint32_t address)
{
	const struct panel_view *view = drawing->view;
	struct code_line line;

	code_read(&drawing->code, address, &line);
	if (drawing->columns.address >= 0)
		area_print(area, drawing->columns.address, y, ROLE_GUEST, "%08" PRIx32, address);
	draw_bytes(&drawing->columns, area, y, &line);
	draw_text(drawing, area, y, &line);
	draw_state(drawing, area, y, address);
	draw_link(drawing, area, y, address);
	draw_break(drawing, area, y, address);
	if (view->focused && view->state->placed && address == (uint32_t)view->state->cursor)
		area_paint(area, 0, y, area->width, ROLE_SELECTED);
	else if (address == drawing->code.eip)
		area_paint(area, drawing->columns.text, y, area->width, ROLE_CURRENT);
	draw_pointer(drawing, area, y, address);
}

static void draw(struct panel_view *view, const struct area *area)
{
	struct drawing drawing = {.view = view, .code = code_of(view->debugger)};
	uint32_t focus = settle(view, &drawing.code);

	if (area->width < 1 || area->height < 1)
		return;
	drawing.code.focus = focus;
	drawing.translated = view->debugger->vm->technique == &technique_bt;
	drawing.columns = columns_of(area->width, drawing.translated);
	drawing.unit = code_unit(view->debugger, focus);
	drawing.story = debugger_story(view->debugger);
	place(&drawing, focus, area->height);
	code_states(view->debugger, drawing.address, drawing.state, drawing.addresses);
	for (unsigned i = 0; i < drawing.rows; i++) {
		if (drawing.row[i].label)
			parts_print(area, 1, (int)i, area->width - 1, ROLE_TITLE,
				    "%s:", drawing.row[i].label);
		else
			draw_instruction(&drawing, area, (int)i, drawing.row[i].address);
	}
}

/* ---- keys ---- */

static void put_cursor(struct panel_view *view, uint32_t address)
{
	view->state->cursor = address;
	view->state->placed = true;
	view->state->mark[0] = view->debugger->vm->clock;
}

static void move(struct panel_view *view, int lines)
{
	struct code code = code_of(view->debugger);
	uint32_t at = view->state->placed ? (uint32_t)view->state->cursor : code.eip;
	uint32_t before[ROWS];

	code.focus = at;
	if (lines < 0) {
		code_before(&code, at, before, lines > -ROWS ? (unsigned)-lines : ROWS);
		at = before[0];
	}
	for (; lines > 0; lines--)
		at = code_next(&code, at);
	put_cursor(view, at);
}

static void toggle_break(struct panel_view *view)
{
	struct debugger *debugger = view->debugger;
	struct code code = code_of(debugger);
	uint32_t at = view->state->placed ? (uint32_t)view->state->cursor : code.eip;
	const struct break_point *point = breaks_at(debugger, at);
	struct break_point like = {
		.kind = BREAK_PLACE,
		.enabled = true,
		.place = {.space = SPACE_LINEAR, .access = STOP_EXECUTE, .address = at, .size = 1}};

	if (debugger->readonly)
		refuse(debugger->message, sizeof(debugger->message),
		       "this view is read-only: breakpoints are set by those who move the guest");
	else if (point)
		breaks_delete(debugger, point->number);
	else
		breaks_add(debugger, &like);
	debugger->changed = true;
}

static bool key(struct panel_view *view, enum key key)
{
	int page = view->height > 1 ? view->height - 1 : 1;

	if (key == K_UP || key == 'k')
		move(view, -1);
	else if (key == K_DOWN || key == 'j')
		move(view, 1);
	else if (key == K_PAGE_UP)
		move(view, -page);
	else if (key == K_PAGE_DOWN)
		move(view, page);
	else if (key == K_HOME || key == '.')
		view->state->placed = false;
	else if (key == K_RIGHT || key == 'l')
		view->state->left = view->state->left < 64 ? view->state->left + 4 : 64;
	else if (key == K_LEFT || key == 'h')
		view->state->left = view->state->left > 4 ? view->state->left - 4 : 0;
	else if (key == K_ENTER)
		toggle_break(view);
	else
		return false;
	return true;
}

static void go(struct panel_view *view, uint32_t address)
{
	put_cursor(view, address);
}

/* ---- search ---- */

static bool line_matches(const struct code *code, uint32_t address, const char *search)
{
	struct code_line line;
	char text[CODE_TEXT];

	code_read(code, address, &line);
	code_text(code, &line, CODE_TEXT, text);
	return parts_matches(text, search) || (line.label && parts_matches(line.label, search));
}

/* What code nearby does not have may be a function's name further away: the next one, or the previous. */
static bool find_symbol(struct panel_view *view, uint32_t from, bool back)
{
	uint32_t address, best = 0;
	bool found = false;
	const char *name;

	for (size_t i = 0; (name = symbols_at(view->debugger->symbols, i, &address)); i++) {
		uint32_t distance = back ? from - address : address - from;

		if (!distance || !parts_matches(name, view->state->search))
			continue;
		if (!found || distance < (back ? from - best : best - from))
			best = address;
		found = true;
	}
	if (found)
		put_cursor(view, best);
	return found;
}

static bool find(struct panel_view *view, bool back)
{
	struct code code = code_of(view->debugger);
	uint32_t from = view->state->placed ? (uint32_t)view->state->cursor : code.eip, at = from;

	if (!view->state->search[0])
		return false;
	for (unsigned i = 0; i < (back ? FIND_BACK : FIND_FORWARD); i++) {
		if (back)
			code_before(&code, at, &at, 1);
		else
			at = code_next(&code, at);
		if (line_matches(&code, at, view->state->search)) {
			put_cursor(view, at);
			return true;
		}
	}
	return find_symbol(view, from, back);
}

/* In which function the guest is. */
static void note(const struct panel_view *view, char *text, size_t size)
{
	symbols_describe(view->debugger->symbols, debugger_linear_eip(view->debugger), text, size);
}

const struct panel panel_code = {
	.name = "code",
	.title = "Guest code",
	.help = "j k PgUp PgDn   move; the panel follows the guest again when it has moved\n"
		". Home          back to the guest's EIP\n"
		"h l             scroll the text sideways\n"
		"Enter           set or delete a breakpoint on this line\n"
		"g               go to an address or symbol\n"
		"/               search in instructions and names\n"
		"> is EIP, ! the instruction that the story tells, * a breakpoint\n"
		"classes: . innocuous, P privileged, S! sensitive and not privileged: the hole\n"
		"under bt: + translated, # chained, x thrown out; a b c ... the same letters beside the "
		"translation",
	.note = note,
	.draw = draw,
	.key = key,
	.go = go,
	.find = find,
};
