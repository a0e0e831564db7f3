/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/screen_inside.h - between the files of the screen: drawing (screen.c), keys (screen_keys.c), commands
 * (screen_commands.c), text over the panels (pager.c).
 */
#ifndef RINGSIDE_VISUALIZER_SCREEN_SCREEN_INSIDE_H
#define RINGSIDE_VISUALIZER_SCREEN_SCREEN_INSIDE_H

#include "visualizer/screen/screen.h"

enum { ESCAPE_KEY = 1 /* C-a, as in QEMU */ };

struct panel_view screen_view(struct screen *screen, unsigned panel);
/* Gives a panel the focus, and its place when another has it. */
void screen_focus(struct screen *screen, unsigned panel);
/* By name, by an unambiguous beginning of it, or by digit. PANELS: none. */
unsigned screen_panel_by_name(const struct screen *screen, const char *name);
/* Typing goes to the guest. */
bool screen_types(const struct screen *screen);
/* The columns of the last row that a key's hint takes: for the mouse. K_NONE: none there. */
enum key screen_hint_at(const struct screen *screen, int width, int x);

/* Commands of the shell's screen group: the shell's hook. */
bool screen_command(void *owner, const char *command, int argc, char **argv);
const char *screen_panel_name(void *owner, size_t index);
/* Those that write files (screen_files.c). */
bool screen_command_save(struct screen *screen, int argc, char **argv);
bool screen_command_dot(struct screen *screen, int argc, char **argv);
bool screen_command_record(struct screen *screen, int argc, char **argv);
/* argv[first] and following with blanks between them. */
void screen_join(int argc, char **argv, int first, char *text, size_t size);
/* Asks for the rest of a command line. `text` stands there already. */
void screen_ask(struct screen *screen, const char *text);

/* How many bytes of a line take up to `columns` columns, cut at a blank where there is one. */
size_t text_fitting(const char *text, size_t length, int columns);

/* Takes over `text` (from malloc). */
void pager_show(struct pager *pager, const char *title, char *text);
void pager_close(struct pager *pager);
void pager_draw(struct pager *pager, const struct area *all);
/* False: the key closed it. */
bool pager_key(struct pager *pager, enum key key, int height);
/* The keys of a panel and of all panels. */
void screen_show_keys(struct screen *screen);
/* Writes the panel as text. False: shell.message. */
bool screen_write_panel(struct screen *screen, unsigned panel, const char *path);

#endif
