/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/panel_memory.c - memory in hexadecimal and ASCII, by guest-linear, guest-physical or machine address,
 * with the frame that each line lies in (gfn -> mfn), what has changed since the last stop, and a byte to be changed.
 */
#include "visualizer/screen/memory_view.h"
#include "visualizer/screen/tab.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	PER_ROW = 16,
	HEADING_FROM = 3,
	MARGIN_FROM = 90,  /* columns from which on each line tells its frame */
	HALF_BELOW = 76,   /* columns below which a line has 8 bytes */
	HEX_AT = 10,
	EDIT_DIGITS = 32,
};

struct memory_kept {
	struct memory_past past;
	bool typing;
	char typed[EDIT_DIGITS + 1], message[120];
};

static const struct memory_kept nothing_kept;

static const struct memory_kept *kept_of(const struct panel_view *view)
{
	return view->state->kept ? view->state->kept : &nothing_kept;
}

static enum stop_space space_of(const struct panel_view *view)
{
	return (enum stop_space)(view->state->view % 3);
}

/* ---- where it stands ---- */

/* Until it is led somewhere the panel follows the guest's stack. */
static uint32_t stack_of(const struct panel_view *view)
{
	const struct cpu_state *guest = vm_guest_state(view->debugger->vm);

	return guest->segment[SS].base + guest->gpr[ESP];
}

static uint32_t cursor_of(const struct panel_view *view)
{
	return view->state->placed ? (uint32_t)view->state->cursor : stack_of(view);
}

static unsigned per_row(const struct area *area)
{
	return area->width < HALF_BELOW ? PER_ROW / 2 : PER_ROW;
}

/* The first line's address: the cursor stays inside. */
static uint32_t first_of(struct panel_view *view, unsigned row, int height)
{
	uint32_t cursor = cursor_of(view) & ~(row - 1), top = (uint32_t)view->state->top & ~(row - 1);
	uint32_t room = row * (uint32_t)(height - 1);

	if (cursor < top || cursor - top > room)
		top = !view->state->placed || cursor < top || cursor < room ? cursor : cursor - room;
	if (!view->state->placed)
		top = cursor;
	if (top > UINT32_MAX - room)
		top = (UINT32_MAX - room) & ~(row - 1);
	view->state->top = top;
	return top;
}

/* ---- drawing ---- */

struct dump {
	const struct panel_view *view;
	const struct memory_kept *kept;
	enum stop_space space;
	unsigned row;
	uint32_t cursor;
	bool margin;
};

static enum role byte_role(const struct dump *dump, uint32_t address, uint8_t byte, bool readable)
{
	if (address == dump->cursor)
		return ROLE_SELECTED;
	if (!readable)
		return ROLE_DIM;
	return memory_past_changed(&dump->kept->past, address, byte, dump->view->debugger->running) ? ROLE_CHANGED : ROLE_TEXT;
}

/* '>' before the byte under the cursor and '*' before one that has changed: colour does not say it alone. */
static char byte_mark(const struct dump *dump, uint32_t address, enum role role)
{
	if (address == dump->cursor)
		return '>';
	return role == ROLE_CHANGED ? '*' : ' ';
}

static void print_margin(const struct frame_view *frame, struct row *row, int x)
{
	if (frame->has_gfn && frame->has_mfn)
		row_print(row, x, ROLE_DIM, "gfn %05" PRIx64 " -> mfn %05" PRIx64, frame->gfn, frame->mfn);
	else if (frame->has_mfn)
		row_print(row, x, ROLE_DIM, "VMM's -> mfn %05" PRIx64, frame->mfn);
	else if (frame->has_gfn)
		row_print(row, x, ROLE_DIM, "gfn %05" PRIx64 " -> no frame", frame->gfn);
	else
		row_print(row, x, ROLE_DIM, "not mapped");
}

static void dump_row(const struct dump *dump, uint32_t address, struct row *row)
{
	int ascii = HEX_AT + 3 * (int)dump->row + 1;
	uint8_t bytes[PER_ROW];
	bool readable[PER_ROW];
	struct frame_view frame;

	row_begin(row);
	row_print(row, 0, ROLE_DIM, "%08" PRIx32, address);
	memory_bytes(dump->view->debugger, dump->space, address, bytes, readable, dump->row);
	for (unsigned i = 0; i < dump->row; i++) {
		enum role role = byte_role(dump, address + i, bytes[i], readable[i]);
		char shown = isprint(bytes[i]) ? (char)bytes[i] : '.';

		row_print(row, HEX_AT + 3 * (int)i - 1, role, "%c", byte_mark(dump, address + i, role));
		if (readable[i])
			row_print(row, HEX_AT + 3 * (int)i, role, "%02x", bytes[i]);
		else
			row_print(row, HEX_AT + 3 * (int)i, role, "--");
		row_print(row, ascii + (int)i, role, "%c", readable[i] ? shown : ' ');
	}
	if (!dump->margin)
		return;
	frame = frame_behind(dump->view->debugger, dump->space, address);
	print_margin(&frame, row, ascii + (int)dump->row + 2);
}

static void flags_text(const struct frame_view *frame, char *text, size_t size)
{
	snprintf(text, size, "%s%s%s", frame->flags & FRAME_TRACED ? ", traced" : "", frame->flags & FRAME_ROM ? ", ROM" : "",
	         frame->flags & (FRAME_CODE_PROCESSOR | FRAME_CODE_VCPU) ? ", code" : "");
}

/* The line above: what the cursor is on. */
static void draw_heading(const struct dump *dump, const struct area *area)
{
	struct frame_view frame = frame_behind(dump->view->debugger, dump->space, dump->cursor);
	char flags[40], symbol[64] = "";
	struct row row;
	int x;

	row_begin(&row);
	if (dump->kept->message[0]) {
		row_print(&row, 0, ROLE_ERROR, "%s", dump->kept->message);
	} else if (dump->kept->typing) {
		x = row_print(&row, 0, ROLE_KEY, "new bytes at %08" PRIx32 " (hexadecimal, Enter): %s", dump->cursor,
		              dump->kept->typed);
		area->grid->cursor_x = area->x + x;
		area->grid->cursor_y = area->y;
	} else {
		x = row_print(&row, 0, ROLE_TITLE, "%s %08" PRIx32 "  ", space_name(dump->space), dump->cursor);
		print_margin(&frame, &row, x);
		flags_text(&frame, flags, sizeof(flags));
		if (dump->space == SPACE_LINEAR)
			symbol_text(dump->view->debugger, dump->cursor, symbol, sizeof(symbol));
		row_print(&row, row.end, ROLE_TEXT, "%s%s%s%s", flags, symbol[0] ? "  <" : "", symbol, symbol[0] ? ">" : "");
		if (!dump->view->state->placed)
			row_print(&row, row.end + 2, ROLE_DIM, "(the stack; g leads elsewhere)");
	}
	row_draw(&row, area, 0, 0);
}

static void draw(struct panel_view *view, const struct area *area)
{
	struct memory_kept *kept = panel_keep(view->state, sizeof(struct memory_kept));
	bool heading = area->height >= HEADING_FROM || (kept && (kept->typing || kept->message[0]));
	struct dump dump = {.view = view, .kept = kept_of(view), .space = space_of(view), .row = per_row(area)};
	struct area body = area_inside(area, 0, heading, area->width, area->height - heading);
	uint32_t first;
	struct row row;

	dump.cursor = cursor_of(view);
	dump.margin = area->width >= MARGIN_FROM;
	if (heading)
		draw_heading(&dump, area);
	if (body.height < 1)
		return;
	first = first_of(view, dump.row, body.height);
	if (kept)
		memory_past_update(&kept->past, view->debugger, dump.space, first, dump.row * (size_t)body.height);
	for (int y = 0; y < body.height; y++) {
		uint64_t address = first + (uint64_t)y * dump.row;

		if (address > UINT32_MAX)
			break;
		dump_row(&dump, (uint32_t)address, &row);
		row_draw(&row, &body, y, 0);
	}
}

static void note(const struct panel_view *view, char *text, size_t size)
{
	snprintf(text, size, "%s", space_name(space_of(view)));
}

/* ---- keys ---- */

static void go(struct panel_view *view, uint32_t address)
{
	view->state->address = address;
	view->state->cursor = view->state->top = address;
	view->state->placed = true;
}

static bool move(struct panel_view *view, int64_t bytes)
{
	int64_t to = (int64_t)cursor_of(view) + bytes;

	if (!view->state->placed)
		view->state->top = stack_of(view);
	if (to >= 0 && to <= UINT32_MAX)
		view->state->cursor = to;
	else if (!view->state->placed)
		view->state->cursor = stack_of(view);
	view->state->placed = true;
	return true;
}

/* The same byte by its next kind of address, as far as it has one. */
static bool next_space(struct panel_view *view)
{
	enum stop_space from = space_of(view), to = (enum stop_space)((from + 1) % 3);
	uint32_t address = cursor_of(view);
	struct frame_view frame = frame_behind(view->debugger, from, address);
	uint64_t base = to == SPACE_PHYSICAL ? frame.gfn : frame.mfn;

	view->state->view = to;
	if (to == SPACE_LINEAR) {
		if (view->state->address)
			go(view, view->state->address);
		else
			view->state->placed = false;
		return true;
	}
	if (from == SPACE_LINEAR)
		view->state->address = view->state->placed ? address : 0;
	if (to == SPACE_PHYSICAL ? frame.has_gfn : frame.has_mfn)
		address = (uint32_t)(base << PAGE_SHIFT) | (address & PAGE_MASK);
	view->state->cursor = view->state->top = address;
	view->state->placed = true;
	return true;
}

static bool begin_edit(struct panel_view *view)
{
	struct memory_kept *kept = panel_keep(view->state, sizeof(struct memory_kept));

	if (!kept)
		return true;
	move(view, 0);
	if (space_of(view) != SPACE_LINEAR) {
		snprintf(kept->message, sizeof(kept->message), "bytes are changed by their linear address: Tab leads back to it");
		return true;
	}
	kept->typed[0] = '\0';
	kept->typing = true;
	return true;
}

static void write_typed(struct panel_view *view, struct memory_kept *kept)
{
	uint8_t bytes[EDIT_DIGITS / 2];
	char digits[EDIT_DIGITS + 1];
	size_t count = 0;

	for (const char *c = kept->typed; *c; c++)
		if (isxdigit((unsigned char)*c))
			digits[count++] = *c;
	digits[count] = '\0';
	if (count == 0)
		return;
	if (count > 1 && count % 2) {
		snprintf(kept->message, sizeof(kept->message), "'%s' is half a byte too much: give two digits for each byte", digits);
		return;
	}
	for (size_t i = 0; i < count; i += 2) {
		char pair[3] = {digits[i], digits[i + 1], '\0'};

		bytes[i / 2] = (uint8_t)strtoul(pair, NULL, 16);
	}
	count = (count + 1) / 2;
	if (debugger_write(view->debugger, cursor_of(view), bytes, count))
		move(view, (int64_t)count);
	else
		snprintf(kept->message, sizeof(kept->message), "%.110s", view->debugger->message);
}

static bool edit_key(struct panel_view *view, struct memory_kept *kept, enum key key)
{
	if (key < K_UP && isprint((int)key) && !isxdigit((int)key) && key != ' ')
		return true;
	if (!typed_key(kept->typed, sizeof(kept->typed), &kept->typing, key))
		return false;
	if (key == K_ENTER)
		write_typed(view, kept);
	return true;
}

static bool press(struct panel_view *view, enum key key)
{
	struct memory_kept *kept = view->state->kept;
	int64_t page = (int64_t)PER_ROW * (view->height > 2 ? view->height - 2 : 1);

	if (kept)
		kept->message[0] = '\0';
	if (kept && kept->typing && edit_key(view, kept, key))
		return true;
	switch ((int)key) {
	case K_LEFT:
	case 'h': return move(view, -1);
	case K_RIGHT:
	case 'l': return move(view, 1);
	case K_UP:
	case 'k': return move(view, -PER_ROW);
	case K_DOWN:
	case 'j': return move(view, PER_ROW);
	case K_PAGE_UP: return move(view, -page);
	case K_PAGE_DOWN: return move(view, page);
	case K_HOME: return move(view, -(int64_t)(cursor_of(view) % PER_ROW));
	case K_END: return move(view, PER_ROW - 1 - (int64_t)(cursor_of(view) % PER_ROW));
	case K_TAB: return next_space(view);
	case K_ESCAPE:
		view->state->placed = false;
		view->state->address = 0;
		view->state->view = SPACE_LINEAR;
		return true;
	case 'e': return begin_edit(view);
	default: return false;
	}
}

static bool find(struct panel_view *view, bool back)
{
	uint32_t found;

	if (!memory_find(view->debugger, space_of(view), view->state->search, cursor_of(view), back, &found))
		return false;
	go(view, found);
	return true;
}

const struct panel panel_memory = {
	.name = "memory",
	.title = "Memory",
	.help = "Tab    linear, physical, machine address of the same byte\n"
		"g      to an address; Esc  follow the stack\n"
		"e      change bytes here: hexadecimal digits, then Enter\n"
		"/      text, or bytes as de ad be ef\n"
		"Marks: > the cursor, * changed since the last stop, -- not readable\n",
	.note = note,
	.draw = draw,
	.key = press,
	.go = go,
	.find = find,
};
