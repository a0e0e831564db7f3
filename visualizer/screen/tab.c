/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/tab.c - see tab.h. Everything here reads the machine as the processor's own walks would
 * (SDM vol. 3, 4.3 and 28.2), without leaving an accessed bit or a TLB entry behind.
 */
#include "visualizer/screen/tab.h"

#include "trap/hvm.h"
#include "visualizer/page_map.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows ---- */

void row_begin(struct row *row)
{
	row->grid = (struct grid){.width = ROW_COLUMNS, .height = 1, .cell = row->cell, .cursor_x = -1, .cursor_y = -1};
	row->area = (struct area){.grid = &row->grid, .width = ROW_COLUMNS, .height = 1};
	row->end = 0;
	for (int x = 0; x < ROW_COLUMNS; x++)
		row->cell[x] = (struct cell){.glyph = ' ', .role = ROLE_TEXT};
}

int row_print(struct row *row, int x, enum role role, const char *format, ...)
{
	char text[ROW_COLUMNS];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	x = area_text(&row->area, x, 0, role, text);
	row->end = x > row->end ? x : row->end;
	return x;
}

const char *row_text(const struct row *row, char text[ROW_COLUMNS])
{
	int length = row->end < ROW_COLUMNS ? row->end : ROW_COLUMNS - 1;

	for (int x = 0; x < length; x++)
		text[x] = row->cell[x].glyph < 0x7f ? (char)row->cell[x].glyph : '?';
	text[length] = '\0';
	return text;
}

void row_draw(const struct row *row, const struct area *area, int y, int left)
{
	for (int x = left < 0 ? 0 : left; x < row->end && x < ROW_COLUMNS && x - left < area->width; x++)
		area_fill(area, x - left, y, 1, (enum role)row->cell[x].role, row->cell[x].glyph);
}

void row_draw_item(const struct row *row, const struct panel_view *view, const struct area *area, int y, bool selected)
{
	row_draw(row, area, y, view->state->left);
	if (!selected)
		return;
	area_fill(area, 0, y, 1, ROLE_SELECTED, GLYPH_POINTER);
	if (view->focused)
		area_paint(area, 0, y, area->width, ROLE_SELECTED);
}

void list_place(struct panel_view *view, int64_t lines, int height)
{
	struct panel_state *state = view->state;

	if (state->cursor >= lines)
		state->cursor = lines - 1;
	if (state->cursor < 0)
		state->cursor = 0;
	panel_follow(state, lines, height);
}

/* ---- typing ---- */

bool typed_key(char *text, size_t size, bool *typing, enum key key)
{
	size_t length = strlen(text);

	if (key == K_ENTER || key == K_ESCAPE) {
		if (key == K_ESCAPE)
			text[0] = '\0';
		*typing = false;
	} else if (key == K_BACKSPACE || (int)key == 8 || key == K_DELETE) {
		text[length ? length - 1 : 0] = '\0';
	} else if (key >= ' ' && key < K_BACKSPACE) {
		if (length + 1 < size)
			text[length++] = (char)key;
		text[length] = '\0';
	} else {
		return false;
	}
	return true;
}

void *panel_keep(struct panel_state *state, size_t size)
{
	if (!state->kept)
		state->kept = calloc(1, size);
	return state->kept;
}

/* ---- the machine ---- */

const struct cpu *walking_processor(const struct vm *vm)
{
	return strcmp(vm->technique->name, "emulate") == 0 ? vm->vcpu : vm->processor;
}

static bool walks_guest_tables(const struct vm *vm, const struct cpu *processor)
{
	return processor != vm->processor || vm->paging == PAGING_GUEST;
}

static struct translation nested_translation(const struct vm *vm, uint32_t linear, enum access access, bool user)
{
	struct nested_walk walk;

	cpu_nested_walk(vm->processor, vm_guest_state(vm), nested_pointer(hvm(vm)->nested), linear, access, user, &walk);
	return (struct translation){
		.ok = walk.walk.ok && !walk.violation && !walk.misconfiguration,
		.missing = walk.violation || walk.misconfiguration,
		.physical = walk.ma,
		.writable = walk.walk.writable && walk.permitted & EPT_WRITE,
		.executable = walk.walk.executable && walk.permitted & EPT_EXECUTE,
		.user = walk.walk.user,
		.global = walk.walk.global,
		.dirty = walk.walk.dirty,
	};
}

struct translation hardware_translation(const struct vm *vm, const struct cpu *processor, uint32_t linear,
					enum access access, bool user)
{
	struct cpu_state state = processor == vm->processor ? page_hardware(vm) : *cpu_state_const(processor);
	const struct bus *bus = walks_guest_tables(vm, processor) ? &vm->guest_bus : &vm->machine_bus;
	struct walk walk;

	if (processor == vm->processor && vm->paging == PAGING_NESTED)
		return nested_translation(vm, linear, access, user);
	cpu_walk(&state, bus, linear, access, user, &walk);
	return (struct translation){
		.ok = walk.ok,
		.missing = !walk.ok && !(walk.error & 1),
		.physical = walk.physical,
		.writable = walk.writable,
		.user = walk.user,
		.global = walk.global,
		.executable = walk.executable,
		.dirty = walk.dirty,
	};
}

static const uint8_t *host_byte(const struct vm *vm, uint64_t physical)
{
	bool guest = vm->paging == PAGING_GUEST;
	uint8_t *frame = guest ? memory_guest_frame(vm->memory, physical >> PAGE_SHIFT)
	                       : memory_machine_frame(vm->memory, physical >> PAGE_SHIFT);

	return frame ? frame + (physical & PAGE_MASK) : NULL;
}

size_t hardware_read(const struct vm *vm, uint32_t linear, void *buffer, size_t size)
{
	size_t done = 0;

	while (done < size) {
		uint32_t at = linear + (uint32_t)done;
		size_t part = PAGE_SIZE - (at & PAGE_MASK);
		struct translation here = hardware_translation(vm, vm->processor, at, ACCESS_READ, false);
		const uint8_t *host = here.ok ? host_byte(vm, here.physical) : NULL;

		if (!host)
			return done;
		part = part < size - done ? part : size - done;
		memcpy((uint8_t *)buffer + done, host, part);
		done += part;
	}
	return done;
}

/* ---- words ---- */

const char *symbol_text(const struct debugger *debugger, uint32_t address, char *text, size_t size)
{
	text[0] = '\0';
	if (debugger->symbols)
		symbols_describe(debugger->symbols, address, text, size);
	return text;
}

const char *grouped(uint64_t value, char text[32])
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, value);
	char *at = text;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			*at++ = ' ';
		*at++ = digits[i];
	}
	*at = '\0';
	return text;
}

const char *size_short(uint64_t bytes, char text[16])
{
	static const char units[] = "BKMG";
	unsigned unit = 0;

	while (unit < 3 && bytes >= 1024 && bytes % 1024 == 0) {
		bytes /= 1024;
		unit++;
	}
	snprintf(text, 16, "%u%c", (unsigned)bytes, units[unit]);
	return text;
}

bool text_has(const char *text, const char *part)
{
	size_t length = strlen(part);

	for (; ; text++) {
		size_t same = 0;

		while (same < length && text[same] &&
		       tolower((unsigned char)text[same]) == tolower((unsigned char)part[same]))
			same++;
		if (same == length)
			return true;
		if (!*text)
			return false;
	}
}

/* ---- other panels, and the screen ---- */

void panel_say(const struct panel_view *view, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(view->debugger->message, sizeof(view->debugger->message), format, arguments);
	va_end(arguments);
}

void lead_panel(const struct panel_view *view, unsigned panel, uint32_t address)
{
	struct panel_view other = *view;

	if (!view->states || !panel_list[panel]->go)
		return;
	other.state = &view->states[panel];
	other.focused = false;
	panel_list[panel]->go(&other, address);
}
