/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/panel_without.c - stands in for panels until their files are there (weak: the real one wins, its
 * row here goes then).
 */
#include "visualizer/screen/panel.h"

#define PANEL_WITHOUT(identifier, word, words)                                                                   \
	extern const struct panel identifier;                                                                    \
	__attribute__((weak)) const struct panel identifier = {.name = word, .title = words, .draw = draw_nothing}

static void draw_nothing(struct panel_view *view, const struct area *area)
{
	(void)view;
	area_text(area, 1, 0, ROLE_DIM, "not here yet");
}

PANEL_WITHOUT(panel_code, "code", "Guest code");
PANEL_WITHOUT(panel_translation, "translation", "Translation");
PANEL_WITHOUT(panel_cpu, "cpu", "CPU: guest | hardware");
PANEL_WITHOUT(panel_story, "story", "Trap story");
PANEL_WITHOUT(panel_exits, "exits", "Exits");
PANEL_WITHOUT(panel_walk, "walk", "Page walk");
PANEL_WITHOUT(panel_console, "console", "Console");
PANEL_WITHOUT(panel_memory, "memory", "Memory");
PANEL_WITHOUT(panel_tables, "tables", "Page tables");
PANEL_WITHOUT(panel_tlb, "tlb", "TLB");
PANEL_WITHOUT(panel_descriptors, "descriptors", "Descriptors");
PANEL_WITHOUT(panel_devices, "devices", "Devices");
PANEL_WITHOUT(panel_cache, "cache", "Translation cache");
PANEL_WITHOUT(panel_timeline, "timeline", "Timeline");
PANEL_WITHOUT(panel_events, "events", "Events");
