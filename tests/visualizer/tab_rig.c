/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/tab_rig.c - see tab_rig.h.
 */
#include "tests/visualizer/tab_rig.h"

#include "core/config.h"
#include "core/mode.h"
#include "trap/techniques.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void configure(struct config *config, const struct vm_mode *mode, const char *cmdline)
{
	bool pv = mode->technique == &technique_pv;

	config_default(config);
	strcpy(config->technique, mode->technique->name);
	strcpy(config->paging, mode->paging == PAGING_GUEST ? "auto" : paging_name(mode->paging));
	config->ring = mode->ring;
	config->memory = 16 << 20;
	config->unit_counters = true;
	strcpy(config->kernel, pv ? "build/guests/kernel-pv.elf" : "build/guests/kernel.elf");
	strcpy(config->cmdline, cmdline);
}

bool tab_rig_open(struct tab_rig *rig, const char *mode, const char *cmdline)
{
	struct vm_mode parsed;
	char error[256];

	memset(rig, 0, sizeof(*rig));
	if (!mode_parse(technique_list(), mode, &parsed, error, sizeof(error))) {
		printf("%s\n", error);
		return false;
	}
	configure(&rig->options.config, &parsed, cmdline);
	rig->words[0] = rig->options.config.kernel;
	rig->options.words = rig->words;
	rig->options.word_count = 1;
	rig->open = debugger_open(&rig->debugger, &rig->options, 1) == 0;
	return rig->open;
}

void tab_rig_close(struct tab_rig *rig)
{
	for (unsigned i = 0; i < PANELS; i++)
		free(rig->states[i].kept);
	if (rig->open)
		debugger_close(&rig->debugger);
	memset(rig, 0, sizeof(*rig));
}

void tab_rig_run(struct tab_rig *rig, uint64_t clock)
{
	struct goal goal = {.kind = GOAL_CLOCK, .clock = clock};

	debugger_move(&rig->debugger, &goal, NULL, NULL);
}

struct panel_view tab_rig_view(struct tab_rig *rig, unsigned panel, int height)
{
	return (struct panel_view){
		.debugger = &rig->debugger,
		.state = &rig->states[panel],
		.states = rig->states,
		.focused = true,
		.height = height,
	};
}

static bool border_touched(const struct grid *grid)
{
	for (int y = 0; y < grid->height; y++)
		for (int x = 0; x < grid->width; x++) {
			bool border = x == 0 || y == 0 || x == grid->width - 1 || y == grid->height - 1;

			if (border && grid->cell[y * grid->width + x].glyph != '#')
				return true;
		}
	return false;
}

char *tab_rig_draw(struct tab_rig *rig, unsigned panel, int width, int height, bool *outside)
{
	struct panel_view view = tab_rig_view(rig, panel, height);
	struct grid grid = {0};
	struct area whole, inside;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!grid_resize(&grid, width + 2, height + 2) || !out)
		abort();
	whole = grid_area(&grid);
	for (int y = 0; y < grid.height; y++)
		area_fill(&whole, 0, y, grid.width, ROLE_TEXT, '#');
	inside = area_inside(&whole, 1, 1, width, height);
	for (int y = 0; y < height; y++)
		area_fill(&inside, 0, y, width, ROLE_TEXT, ' ');
	panel_list[panel]->draw(&view, &inside);
	*outside = border_touched(&grid);
	grid_print(&grid, out, true, false);
	fclose(out);
	grid_free(&grid);
	return text;
}

bool tab_rig_key(struct tab_rig *rig, unsigned panel, int height, enum key key)
{
	struct panel_view view = tab_rig_view(rig, panel, height);

	return panel_list[panel]->key(&view, key);
}
