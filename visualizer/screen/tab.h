/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/tab.h - for the tab panels: rows wider than their panel, text typed into one, the hardware's way to
 * memory beside the guest's, and leading the other panels somewhere.
 */
#ifndef RINGSIDE_VISUALIZER_SCREEN_TAB_H
#define RINGSIDE_VISUALIZER_SCREEN_TAB_H

#include "visualizer/screen/panel.h"

/* ---- a row, drawn aside first, so that it can be scrolled sideways ---- */

enum { ROW_COLUMNS = 256, ROW_WIDE = 100 }; /* ROW_WIDE: from this width on rows have room for more */

struct row {
	struct cell cell[ROW_COLUMNS];
	struct grid grid;
	struct area area;
	int end; /* columns used */
};

void row_begin(struct row *row);
/* At a column; gives the one behind the text. */
int row_print(struct row *row, int x, enum role role, const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Its characters, for a search: those past ASCII as '?'. Gives `text`. */
const char *row_text(const struct row *row, char text[ROW_COLUMNS]);
/* Into line `y` of an area, without its first `left` columns. */
void row_draw(const struct row *row, const struct area *area, int y, int left);
/* The same for a line of a list: its first column is the cursor's mark. */
void row_draw_item(const struct row *row, const struct panel_view *view, const struct area *area, int y, bool selected);

/* ---- lists whose lines are numbered from 0 ---- */

/* The lines that are shown: the cursor is kept inside, and both inside the list. */
void list_place(struct panel_view *view, int64_t lines, int height);

/* ---- text typed into a panel ---- */

/* A key for a text that is being typed: Enter or Escape (which empties it) clear *typing. False: no key for it. */
bool typed_key(char *text, size_t size, bool *typing, enum key key);

/* ---- what a panel keeps from one drawing to the next ---- */

/* state->kept, zeroed when it is made. NULL: no memory. */
void *panel_keep(struct panel_state *state, size_t size);

/* ---- the machine ---- */

/* A linear address as the hardware's tables have it now; without a VMM as the guest's have it. */
struct translation {
	bool ok, missing;  /* missing: the VMM's tables lack an entry that the guest's have */
	uint64_t physical; /* machine address, or gpa without a VMM */
	bool writable, user, global, executable, dirty;
};
struct translation hardware_translation(const struct vm *vm, const struct cpu *processor, uint32_t linear,
					enum access access, bool user);
/* What of the linear addresses of the processor can be read: gives the number of bytes. */
size_t hardware_read(const struct vm *vm, uint32_t linear, void *buffer, size_t size);

/* The processor of which an entry is in use: the virtual CPU under `emulate`. */
const struct cpu *walking_processor(const struct vm *vm);

/* "name+0x12", or "". Gives `text`. */
const char *symbol_text(const struct debugger *debugger, uint32_t address, char *text, size_t size);
/* 12 345 678 */
const char *grouped(uint64_t value, char text[32]);
/* "4K", "4M", "516K": of so many bytes. */
const char *size_short(uint64_t bytes, char text[16]);
/* Does `text` have `part`, whatever their case? An empty part is in every text. */
bool text_has(const char *text, const char *part);

/* Tells the viewer why a key did nothing: in debugger->message, which the screen shows. */
void panel_say(const struct panel_view *view, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Leads another panel to an address: PANEL_CODE, PANEL_MEMORY, ... */
void lead_panel(const struct panel_view *view, unsigned panel, uint32_t address);

#endif
