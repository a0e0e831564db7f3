/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/judges.c - the table of judges: see judges.h.
 */
#include "labs/grade/judges.h"

#include <string.h>

enum { PIECE = 1u << PART_PIECE, GUEST = 1u << PART_GUEST, TEXT = 1u << PART_TEXT };

static const struct judge judges[] = {
	{"compare", "", PIECE, judge_compare},
	{"port", "gone fall reference native", GUEST, judge_port},
	{"attack", "", PIECE, judge_attack},
	{"class", "about", PIECE, judge_class},
	{"outcome", "about", PIECE, judge_outcome},
	{"detector", "method", GUEST, judge_detector},
	{"translator", "must budget", PIECE, judge_translator},
	{"device", "input", PIECE, judge_device},
	{"console", "exits instructions", GUEST, judge_console},
	{"answers", "kind count within", TEXT, judge_answers},
	{"pager", "checks spare", PIECE, judge_pager},
	{"assist", "exits devices walks", PIECE, judge_assist},
	{"workload", "line percent", TEXT, judge_workload},
	{"cache", "budget gain", PIECE, judge_cache},
	{"report", "check least must", TEXT, judge_report},
};

const struct judge *judge_find(const char *name)
{
	for (unsigned i = 0; i < sizeof judges / sizeof *judges; i++)
		if (strcmp(judges[i].name, name) == 0)
			return &judges[i];
	return NULL;
}

bool judge_takes(const struct judge *judge, const char *setting)
{
	size_t length = strlen(setting);

	for (const char *at = judge->settings; *at; at += strspn(at, " ")) {
		size_t word = strcspn(at, " ");

		if (word == length && memcmp(at, setting, length) == 0)
			return true;
		at += word;
	}
	return false;
}
