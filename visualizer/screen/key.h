/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/key.h - keys by names of their own, so that only one file knows ncurses.
 */
#ifndef RINGSIDE_VISUALIZER_SCREEN_KEY_H
#define RINGSIDE_VISUALIZER_SCREEN_KEY_H

#include <stdbool.h>
#include <stddef.h>

/* Characters are their Unicode numbers; Ctrl-A is 1. */
enum key {
	K_NONE = 0,
	K_TAB = 9,
	K_ENTER = 13,
	K_ESCAPE = 27,
	K_BACKSPACE = 127,
	K_UP = 0x110000,
	K_DOWN,
	K_LEFT,
	K_RIGHT,
	K_PAGE_UP,
	K_PAGE_DOWN,
	K_HOME,
	K_END,
	K_DELETE,
	K_INSERT,
	K_BACK_TAB,
	K_F1,
	K_F2,
	K_F3,
	K_F4,
	K_F5,
	K_F6,
	K_F7,
	K_F8,
	K_F9,
	K_F10,
	K_F11,
	K_F12,
	K_MOUSE,
	K_RESIZE,
	K_CLOSED, /* K_CLOSED: the terminal is gone */
};

/* "s", "F8", "C-c", "Up", "PgDn", "Space", "Tab". False: no such key. */
bool key_parse(const char *name, enum key *key);
void key_text(enum key key, char *name, size_t size);

#endif
