/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/plan_file.c - an experiment file:
 *
 *   [experiment]
 *   title = What a fork costs
 *   techniques = native trap bt hvm/shadow hvm/nested
 *
 *   [parameters]
 *   n = 10, 100
 *
 *   [guest forkwait]
 *   file = build/guests/kernel.elf
 *   words = hz=0 workload=forkwait n={n}
 *
 *   [vm]
 *   memory = 16M
 */
#include "visualizer/compare/plan.h"

#include "core/ini_text.h"
#include "core/nearest.h"
#include "core/refuse.h"

#include <stdio.h>
#include <string.h>


/* ---- values ---- */

/* Joins lines of running text, and lists that go on below. */
static bool add_text(char *to, size_t size, const char *text, char *error, size_t error_size)
{
	size_t used = strlen(to);

	if (used + strlen(text) + 2 > size)
		return refuse(error, error_size, "longer than %zu characters; make it shorter", size - 2);
	snprintf(to + used, size - used, "%s%s", used ? " " : "", text);
	return true;
}

static bool set_text(char *to, size_t size, const char *text, char *error, size_t error_size)
{
	*to = '\0';
	return add_text(to, size, text, error, error_size);
}

/* ---- [experiment] ---- */

typedef bool take_value(struct plan *plan, const char *value, bool continued, char *error, size_t error_size);

static bool refuse_continued(char *error, size_t error_size)
{
	return refuse(error, error_size, "an indented line goes on with the setting above, which has one value; remove the "
	              "blanks at the line's start");
}

static bool take_title(struct plan *plan, const char *value, bool continued, char *error, size_t error_size)
{
	(void)continued;
	return add_text(plan->title, sizeof(plan->title), value, error, error_size);
}

static bool take_text(struct plan *plan, const char *value, bool continued, char *error, size_t error_size)
{
	(void)continued;
	return add_text(plan->text, sizeof(plan->text), value, error, error_size);
}

static bool take_techniques(struct plan *plan, const char *value, bool continued, char *error, size_t error_size)
{
	(void)continued;
	return plan_add_modes(plan, value, error, error_size);
}

static bool take_profiles(struct plan *plan, const char *value, bool continued, char *error, size_t error_size)
{
	(void)continued;
	return plan_add_profiles(plan, value, error, error_size);
}

static bool take_seeds(struct plan *plan, const char *value, bool continued, char *error, size_t error_size)
{
	(void)continued;
	return plan_add_seeds(plan, value, error, error_size);
}

static bool take_baseline(struct plan *plan, const char *value, bool continued, char *error, size_t error_size)
{
	return continued ? refuse_continued(error, error_size) :
	       set_text(plan->baseline_text, sizeof(plan->baseline_text), value, error, error_size);
}

static bool take_x(struct plan *plan, const char *value, bool continued, char *error, size_t error_size)
{
	return continued ? refuse_continued(error, error_size) :
	       set_text(plan->x_text, sizeof(plan->x_text), value, error, error_size);
}

static bool take_less(struct plan *plan, const char *value, bool continued, char *error, size_t error_size)
{
	return continued ? refuse_continued(error, error_size) :
	       set_text(plan->less, sizeof(plan->less), value, error, error_size);
}

static bool take_plot(struct plan *plan, const char *value, bool continued, char *error, size_t error_size)
{
	return continued ? refuse_continued(error, error_size) : plan_set_plot(plan, value, error, error_size);
}

static const struct {
	const char *name;
	take_value *take;
} keys[] = {
	{ "title", take_title }, { "text", take_text }, { "techniques", take_techniques }, { "profiles", take_profiles },
	{ "seeds", take_seeds }, { "baseline", take_baseline }, { "x", take_x }, { "plot", take_plot },
	{ "less", take_less },
};

static bool take_experiment(struct plan *plan, const struct ini_line *line, char *error, size_t error_size)
{
	struct nearest nearest = nearest_to(line->name);

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].name, line->name) == 0)
			return keys[i].take(plan, line->value, line->continued, error, error_size);
		nearest_offer(&nearest, keys[i].name);
	}
	if (nearest.name)
		return refuse(error, error_size, "there is no '%.40s' in [experiment]; did you mean '%s'?", line->name, nearest.name);
	return refuse(error, error_size, "there is no '%.40s' in [experiment]; there are title, text, techniques, profiles, seeds, "
	              "baseline, less, x and plot", line->name);
}

/* ---- [parameters], [guest NAME], [vm] ---- */

static bool take_parameter(struct plan *plan, const struct ini_line *line, char *error, size_t error_size)
{
	if (line->continued)
		return refuse_continued(error, error_size);
	return plan_add_parameter(plan, line->name, line->value, error, error_size);
}

static bool take_setting(struct plan *plan, const struct ini_line *line, char *error, size_t error_size)
{
	if (line->continued)
		return refuse_continued(error, error_size);
	return plan_add_setting(plan, line->name, line->value, error, error_size);
}

/* The section's guest: the one that it is about already, or a new one. */
static struct plan_guest *guest_of(struct plan *plan, const char *name, char *error, size_t error_size)
{
	for (unsigned i = 0; i < plan->guests; i++)
		if (strcmp(plan->guest[i].name, name) == 0)
			return &plan->guest[i];
	return plan_add_guest(plan, name, "", error, error_size) ? &plan->guest[plan->guests - 1] : NULL;
}

static bool take_guest(struct plan *plan, const struct ini_line *line, const char *name, char *error, size_t error_size)
{
	struct plan_guest *guest = guest_of(plan, name, error, error_size);
	char *field;

	if (!guest)
		return false;
	field = strcmp(line->name, "file") == 0 ? guest->file : strcmp(line->name, "pv") == 0 ? guest->pv :
	        strcmp(line->name, "words") == 0 ? guest->words : NULL;
	if (!field)
		return refuse(error, error_size, "there is no '%.40s' of a guest; there are file, pv and words", line->name);
	if (line->continued && field != guest->words)
		return refuse_continued(error, error_size);
	if (*field && !line->continued)
		return refuse(error, error_size, "%s of the guest %s is given twice; remove one of the two", line->name, name);
	return add_text(field, CONFIG_TEXT, line->value, error, error_size);
}

static bool take_line(void *owner, const struct ini_line *line, char *error, size_t error_size)
{
	struct plan *plan = owner;

	if (strcmp(line->section, "experiment") == 0)
		return take_experiment(plan, line, error, error_size);
	if (strcmp(line->section, "parameters") == 0)
		return take_parameter(plan, line, error, error_size);
	if (strcmp(line->section, "vm") == 0)
		return take_setting(plan, line, error, error_size);
	if (strncmp(line->section, "guest ", 6) == 0)
		return take_guest(plan, line, line->section + 6, error, error_size);
	return refuse(error, error_size, "%s%.40s%s; there are [experiment], [parameters], [guest NAME] and [vm]",
	              *line->section ? "unknown section [" : "a setting outside any section", line->section,
	              *line->section ? "]" : "");
}

bool plan_read(struct plan *plan, const char *path, char *error, size_t error_size)
{
	if (!ini_file_read(NULL, "experiment", path, take_line, plan, error, error_size))
		return false;
	for (unsigned i = 0; i < plan->guests; i++)
		if (!*plan->guest[i].file)
			return refuse(error, error_size, "%s: the guest %s has no file; write file = FILE below [guest %s]", path,
			              plan->guest[i].name, plan->guest[i].name);
	return true;
}
