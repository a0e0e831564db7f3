/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/plan.c - the lists that a plan is made of, as options and experiment files fill them.
 */
#include "visualizer/compare/plan.h"

#include "core/refuse.h"
#include "trap/techniques.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void plan_begin(struct plan *plan)
{
	memset(plan, 0, sizeof(*plan));
	plan->baseline = plan->x = plan->less_parameter = -1;
}

void plan_free_run(struct plan_run *run)
{
	for (char **argument = run->arguments; argument && *argument; argument++)
		free(*argument);
	free(run->arguments);
	free(run->command);
	free(run->result);
}

void plan_free(struct plan *plan)
{
	for (unsigned i = 0; i < plan->run_count; i++)
		plan_free_run(&plan->runs[i]);
	free(plan->runs);
	free(plan->cases);
}

const char *engine_name(enum plan_engine engine)
{
	static const char *const names[ENGINE_COUNT] = { "model", "qemu-tcg", "qemu-kvm", "bochs" };

	return names[engine];
}

/* ---- lists: words with blanks or commas between ---- */

static bool next_word(const char **list, char *word, size_t size, char *error, size_t error_size)
{
	size_t length;

	*list += strspn(*list, " \t,\n");
	length = strcspn(*list, " \t,\n");
	if (length >= size)
		return refuse(error, error_size, "'%.40s...' is longer than %zu characters; make it shorter", *list, size - 1);
	memcpy(word, *list, length);
	word[length] = '\0';
	*list += length;
	return true;
}

static bool add_value(struct plan_parameter *parameter, const char *word, char *error, size_t error_size)
{
	for (unsigned i = 0; i < parameter->values; i++)
		if (strcmp(parameter->value[i], word) == 0)
			return refuse(error, error_size, "%s: the value '%s' is given twice; once is enough", parameter->name, word);
	if (parameter->values == PLAN_VALUES)
		return refuse(error, error_size, "%s: more than %d values; leave some out", parameter->name, PLAN_VALUES);
	strcpy(parameter->value[parameter->values++], word);
	return true;
}

static bool add_values(struct plan_parameter *parameter, const char *list, char *error, size_t error_size)
{
	char word[PLAN_NAME];

	for (;;) {
		if (!next_word(&list, word, sizeof(word), error, error_size))
			return false;
		if (!*word)
			break;
		if (!add_value(parameter, word, error, error_size))
			return false;
	}
	if (parameter->values == 0)
		return refuse(error, error_size, "%s: a value is missing; write it like %s = 10, 100", parameter->name,
		              parameter->name);
	return true;
}

static bool is_name(const char *text)
{
	if (!*text || strlen(text) >= PLAN_NAME)
		return false;
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr("-_.", *text))
			return false;
	return true;
}

bool plan_add_parameter(struct plan *plan, const char *name, const char *list, char *error, size_t error_size)
{
	struct plan_parameter *parameter = &plan->parameter[plan->parameters];

	if (!is_name(name) || strcmp(name, "seed") == 0)
		return refuse(error, error_size, "'%.40s' is no name for a parameter; take letters, digits and -, and not seed", name);
	for (unsigned i = 0; i < plan->parameters; i++)
		if (strcmp(plan->parameter[i].name, name) == 0)
			return refuse(error, error_size, "%s: there is such a parameter already; give all values at once", name);
	if (plan->parameters == PLAN_PARAMETERS)
		return refuse(error, error_size, "more than %d parameters; leave some out", PLAN_PARAMETERS);
	strcpy(parameter->name, name);
	plan->parameters++;
	return add_values(parameter, list, error, error_size);
}

bool plan_add_seeds(struct plan *plan, const char *list, char *error, size_t error_size)
{
	strcpy(plan->seed.name, "seed");
	return add_values(&plan->seed, list, error, error_size);
}

bool plan_add_guest(struct plan *plan, const char *name, const char *file, char *error, size_t error_size)
{
	struct plan_guest *guest = &plan->guest[plan->guests];

	for (unsigned i = 0; i < plan->guests; i++)
		if (strcmp(plan->guest[i].name, name) == 0)
			return refuse(error, error_size, "guest '%.40s' is there already; give the other one a name of its own", name);
	if (plan->guests == PLAN_GUESTS)
		return refuse(error, error_size, "more than %d guests; leave some out", PLAN_GUESTS);
	if (!*name || strlen(name) >= PLAN_NAME || strlen(file) >= CONFIG_TEXT)
		return refuse(error, error_size, "'%.40s' is no name for a guest: it is empty or too long", name);
	strcpy(guest->name, name);
	strcpy(guest->file, file);
	plan->guests++;
	return true;
}

static bool add_mode(struct plan *plan, const struct vm_mode *mode, char *error, size_t error_size)
{
	char text[32];

	for (unsigned i = 0; i < plan->modes; i++)
		if (mode_same(&plan->mode[i], mode))
			return refuse(error, error_size, "technique %s is given twice; once is enough",
			              mode_text(mode, text, sizeof(text)));
	if (plan->modes == PLAN_MODES)
		return refuse(error, error_size, "more than %d techniques; leave some out", PLAN_MODES);
	plan->mode[plan->modes++] = *mode;
	return true;
}

static bool add_all_modes(struct plan *plan, char *error, size_t error_size)
{
	struct vm_mode modes[PLAN_MODES];
	size_t count = mode_list(technique_list(), modes, PLAN_MODES);

	plan->all_modes = true;
	for (size_t i = 0; i < count && i < PLAN_MODES; i++)
		if (!add_mode(plan, &modes[i], error, error_size))
			return false;
	return true;
}

bool plan_add_modes(struct plan *plan, const char *list, char *error, size_t error_size)
{
	char word[PLAN_NAME];
	struct vm_mode mode;

	for (;;) {
		if (!next_word(&list, word, sizeof(word), error, error_size))
			return false;
		if (!*word)
			return plan->modes > 0 || refuse(error, error_size, "a technique is missing; write trap, bt/3, hvm/nested or all");
		if (strcmp(word, "all") == 0 ? !add_all_modes(plan, error, error_size) :
		    !mode_parse(technique_list(), word, &mode, error, error_size) || !add_mode(plan, &mode, error, error_size))
			return false;
	}
}

bool plan_add_profiles(struct plan *plan, const char *list, char *error, size_t error_size)
{
	char word[CONFIG_TEXT];

	for (;;) {
		if (!next_word(&list, word, sizeof(word), error, error_size))
			return false;
		if (!*word)
			return plan->profiles > 0 || refuse(error, error_size, "a cost profile is missing; write ideal or pentium4-672");
		for (unsigned i = 0; i < plan->profiles; i++)
			if (strcmp(plan->profile[i], word) == 0)
				return refuse(error, error_size, "profile %.40s is given twice; once is enough", word);
		if (plan->profiles == PLAN_PROFILES)
			return refuse(error, error_size, "more than %d profiles; leave some out", PLAN_PROFILES);
		strcpy(plan->profile[plan->profiles++], word);
	}
}

/* Those that the plan itself chooses. */
static bool is_the_plans(const char *name)
{
	static const char *const names[] = { "technique", "ring", "paging", "profile", "kernel", "cmdline" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

bool plan_add_setting(struct plan *plan, const char *name, const char *value, char *error, size_t error_size)
{
	struct plan_setting *setting = &plan->setting[plan->settings];

	if (is_the_plans(name))
		return refuse(error, error_size, "%s varies in a comparison; write it as techniques, profiles or guest", name);
	if (plan->settings == PLAN_SETTINGS || strlen(name) >= sizeof(setting->name) || strlen(value) >= sizeof(setting->value))
		return refuse(error, error_size, "%.40s: too many settings, or too long a value; leave some out", name);
	strcpy(setting->name, name);
	strcpy(setting->value, value);
	plan->settings++;
	return true;
}

bool plan_set_plot(struct plan *plan, const char *name, char *error, size_t error_size)
{
	plan->plot_given = true;
	plan->plot_ratio = strcmp(name, "ratio") == 0;
	if (plan->plot_ratio)
		return true;
	for (plan->plot = 0; plan->plot < MEASURE_COUNT; plan->plot++)
		if (strcmp(measure_name(plan->plot), name) == 0)
			return true;
	plan->plot = 0;
	return refuse(error, error_size, "plot: '%.40s' is no measure; take ratio, cycles, exits, walk_references or another "
	              "column of the CSV", name);
}

struct plan_run *plan_run(const struct plan *plan, unsigned which_case, unsigned mode, unsigned seed)
{
	return &plan->runs[(which_case * plan->modes + mode) * plan->seed.values + seed];
}

const char *plan_mode_text(const struct plan *plan, unsigned mode, char *text, size_t size)
{
	return mode_text(&plan->mode[mode], text, size);
}
