/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/panel_scene.h - a guest at some moment, and its panels drawn as text, for suites of panels.
 */
#ifndef RINGSIDE_TESTS_VISUALIZER_PANEL_SCENE_H
#define RINGSIDE_TESTS_VISUALIZER_PANEL_SCENE_H

#include "visualizer/options.h"
#include "visualizer/screen/panel.h"

struct panel_scene {
	struct options options;
	char *words[4];
	struct debugger debugger;
	struct panel_state states[PANELS];
	struct grid grid;
	bool focused;
	char *text; /* of the last drawing; the scene's */
};

/* Guests of labs/guests: the lab kernel, and one in assembler, whose addresses no compiler changes. */
#define KERNEL "build/guests/kernel.elf"
#define KERNEL_PV "build/guests/kernel-pv.elf"
#define HELLO "build/guests/hello.elf"

/* `mode` as in core/mode.h: "trap", "hvm/nested". A failure ends the test. */
void scene_begin_guest(struct panel_scene *scene, const char *mode, const char *guest);
/* The same with a word of the kernel's command line: "workload=forkwait". */
void scene_begin_workload(struct panel_scene *scene, const char *mode, const char *guest, const char *word);
void scene_free(struct panel_scene *scene);
/* To a moment, and so many steps on. */
void scene_go(struct panel_scene *scene, uint64_t clock, uint64_t steps);
/* Tells the latest event with this exit reason. False: there was none. */
bool scene_tell(struct panel_scene *scene, const char *reason);
/* To the first instruction of a symbol. */
void scene_go_to(struct panel_scene *scene, const char *symbol);
/* Past the next exit with this reason. */
void scene_go_past(struct panel_scene *scene, const char *reason);

struct panel_view scene_view(struct panel_scene *scene, int panel, int height);
/* Draws into an area with a margin around it, in ASCII; fails when the margin was written into. */
const char *scene_draw(struct panel_scene *scene, int panel, int width, int height);
bool scene_key(struct panel_scene *scene, int panel, enum key key);
/* The drawn line that has `part`; NULL and a note on stderr: none. Valid until the next drawing. */
const char *scene_line(struct panel_scene *scene, const char *part);

#endif
