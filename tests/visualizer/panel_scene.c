/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/panel_scene.c - see panel_scene.h.
 */
#include "tests/visualizer/panel_scene.h"

#include "tests/harness.h"
#include "trap/techniques.h"
#include "visualizer/command.h"
#include "visualizer/message.h"

#include <stdlib.h>
#include <string.h>

enum { MARGIN = 3, SENTINEL = 0x25a0 };

static void choose_mode(struct config *config, const char *text)
{
	struct vm_mode mode;
	char error[256];

	CU_ASSERT_FATAL(mode_parse(technique_list(), text, &mode, error, sizeof(error)));
	snprintf(config->technique, sizeof(config->technique), "%s", mode.technique->name);
	snprintf(config->paging, sizeof(config->paging), "%s", paging_name(mode.paging));
	config->ring = mode.ring;
	if (mode.paging == PAGING_GUEST)
		snprintf(config->paging, sizeof(config->paging), "auto");
}

void scene_begin_guest(struct panel_scene *scene, const char *mode, const char *guest)
{
	scene_begin_workload(scene, mode, guest, NULL);
}

void scene_begin_workload(struct panel_scene *scene, const char *mode, const char *guest, const char *word)
{
	memset(scene, 0, sizeof(*scene));
	scene->words[0] = (char *)guest;
	scene->words[1] = (char *)word;
	scene->options.command = command_find("run");
	scene->options.words = scene->words;
	scene->options.word_count = word ? 2 : 1;
	config_default(&scene->options.config);
	choose_mode(&scene->options.config, mode);
	CU_ASSERT_FATAL(debugger_open(&scene->debugger, &scene->options, 0) == STATUS_OK);
}

void scene_free(struct panel_scene *scene)
{
	for (unsigned i = 0; i < PANELS; i++)
		free(scene->states[i].kept);
	grid_free(&scene->grid);
	free(scene->text);
	debugger_close(&scene->debugger);
}

/* ---- moments ---- */

static void move(struct panel_scene *scene, const struct goal *goal)
{
	CU_ASSERT_FATAL(debugger_move(&scene->debugger, goal, NULL, NULL));
}

void scene_go(struct panel_scene *scene, uint64_t clock, uint64_t steps)
{
	if (clock > scene->debugger.vm->clock)
		move(scene, &(struct goal){.kind = GOAL_CLOCK, .clock = clock});
	if (steps)
		move(scene, &(struct goal){.kind = GOAL_STEP, .count = steps});
}

bool scene_tell(struct panel_scene *scene, const char *reason)
{
	const struct event_log *log = scene->debugger.log;

	for (uint64_t n = event_log_end(log); n-- > event_log_first(log);) {
		const struct event *event = event_log_at(log, n);

		if (!event || !event->reason || strcmp(event->reason, reason) != 0)
			continue;
		scene->debugger.story = n;
		scene->debugger.story_step = 0;
		return true;
	}
	return false;
}

void scene_go_to(struct panel_scene *scene, const char *symbol)
{
	uint32_t address = 0;

	CU_ASSERT_FATAL(symbols_find(scene->debugger.symbols, symbol, &address));
	for (unsigned i = 0; i < 100000 && debugger_linear_eip(&scene->debugger) != address; i++)
		move(scene, &(struct goal){.kind = GOAL_STEP});
	CU_ASSERT_FATAL(debugger_linear_eip(&scene->debugger) == address);
}

void scene_go_past(struct panel_scene *scene, const char *reason)
{
	uint64_t told = scene->debugger.vm->events.sequence;

	for (unsigned i = 0; i < 100000; i++) {
		move(scene, &(struct goal){.kind = GOAL_STEP});
		for (; told < event_log_end(scene->debugger.log); told++) {
			const struct event *event = event_log_at(scene->debugger.log, told);

			if (event && event->reason && strcmp(event->reason, reason) == 0)
				return;
		}
	}
	CU_FAIL_FATAL("no such exit");
}

/* ---- drawing ---- */

struct panel_view scene_view(struct panel_scene *scene, int panel, int height)
{
	return (struct panel_view){.debugger = &scene->debugger,
				   .state = &scene->states[panel],
				   .states = scene->states,
				   .focused = scene->focused,
				   .height = height};
}

/* A cell outside the area still has what was there before. */
static bool margin_is_whole(const struct grid *grid)
{
	for (int y = 0; y < grid->height; y++)
		for (int x = 0; x < grid->width; x++) {
			bool inside = x >= MARGIN && y >= MARGIN && x < grid->width - MARGIN &&
				      y < grid->height - MARGIN;

			if (!inside && grid->cell[y * grid->width + x].glyph != SENTINEL)
				return false;
		}
	return true;
}

static void take_text(struct panel_scene *scene, const struct area *area)
{
	struct grid inner = {0};
	size_t size;
	FILE *out;

	CU_ASSERT_FATAL(grid_resize(&inner, area->width, area->height));
	for (int y = 0; y < area->height; y++)
		memcpy(&inner.cell[y * area->width],
		       &scene->grid.cell[(area->y + y) * scene->grid.width + area->x],
		       (size_t)area->width * sizeof(*inner.cell));
	free(scene->text);
	out = open_memstream(&scene->text, &size);
	grid_print(&inner, out, true, false);
	fclose(out);
	grid_free(&inner);
}

const char *scene_draw(struct panel_scene *scene, int panel, int width, int height)
{
	struct panel_view view = scene_view(scene, panel, height);
	struct area whole, area;
	char note[64] = "";

	CU_ASSERT_FATAL(grid_resize(&scene->grid, width + 2 * MARGIN, height + 2 * MARGIN));
	whole = grid_area(&scene->grid);
	for (int y = 0; y < whole.height; y++)
		area_fill(&whole, 0, y, whole.width, ROLE_TEXT, SENTINEL);
	area = area_inside(&whole, MARGIN, MARGIN, width, height);
	for (int y = 0; y < height; y++)
		area_fill(&area, 0, y, width, ROLE_TEXT, ' ');
	panel_list[panel]->draw(&view, &area);
	CU_ASSERT(margin_is_whole(&scene->grid));
	take_text(scene, &area);
	if (panel_list[panel]->note)
		panel_list[panel]->note(&view, note, sizeof(note));
	CU_ASSERT(memchr(note, 0, sizeof(note)) != NULL);
	return scene->text;
}

bool scene_key(struct panel_scene *scene, int panel, enum key key)
{
	struct panel_view view = scene_view(scene, panel, 10);

	return panel_list[panel]->key && panel_list[panel]->key(&view, key);
}

const char *scene_line(struct panel_scene *scene, const char *part)
{
	static char line[512];
	const char *at = strstr(scene->text, part), *begin = at;

	if (!at) {
		fprintf(stderr, "'%s' is not in:\n%s", part, scene->text);
		return NULL;
	}
	while (begin > scene->text && begin[-1] != '\n')
		begin--;
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(begin, "\n"), begin);
	return line;
}
