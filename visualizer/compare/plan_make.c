/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/plan_make.c - from lists to runs: every guest with every profile and every value of every parameter
 * is a case; every mode and seed in it is a run, which is a command line of this program's own.
 */
#include "visualizer/compare/plan.h"

#include "core/refuse.h"
#include "trap/techniques.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is left out is the usual; what is there must fit ---- */

static bool complete(struct plan *plan, char *error, size_t error_size)
{
	if (plan->guests == 0)
		return refuse(error, error_size, "which guest is to be compared? Name it with --guest, or in a section [guest NAME]");
	if (plan->modes == 0 && !plan_add_modes(plan, "all", error, error_size))
		return false;
	if (plan->profiles == 0 && !plan_add_profiles(plan, "ideal", error, error_size))
		return false;
	if (plan->seed.values == 0) {
		strcpy(plan->seed.name, "seed");
		strcpy(plan->seed.value[plan->seed.values++], "");
	}
	return true;
}

/* Native where it is compared, else the first. */
static bool find_baseline(struct plan *plan, char *error, size_t error_size)
{
	const char *text = *plan->baseline_text ? plan->baseline_text : "native";
	struct vm_mode mode;

	if (!mode_parse(technique_list(), text, &mode, error, error_size))
		return false;
	for (unsigned i = 0; i < plan->modes; i++)
		if (mode_same(&plan->mode[i], &mode))
			plan->baseline = (int)i;
	if (plan->baseline >= 0)
		return true;
	plan->baseline = 0;
	return !*plan->baseline_text ||
	       refuse(error, error_size, "baseline: %s is not among the techniques; add it there", plan->baseline_text);
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

/* A parameter whose values are all numbers, unless one is named. */
static bool find_x(struct plan *plan, char *error, size_t error_size)
{
	for (unsigned i = 0; i < plan->parameters; i++) {
		const struct plan_parameter *parameter = &plan->parameter[i];
		bool numbers = parameter->values > 1;

		for (unsigned k = 0; k < parameter->values; k++)
			numbers &= is_number(parameter->value[k]);
		if (*plan->x_text ? strcmp(plan->x_text, parameter->name) != 0 : !numbers || plan->x >= 0)
			continue;
		if (!numbers)
			return refuse(error, error_size, "x: the values of %s are not all numbers; an axis wants two at least",
			              parameter->name);
		plan->x = (int)i;
	}
	return plan->x >= 0 || !*plan->x_text ||
	       refuse(error, error_size, "x: there is no parameter '%s'; add it under [parameters]", plan->x_text);
}

/* ---- {name} ---- */

static const char *value_of(const struct plan *plan, const struct plan_case *of, unsigned seed, const char *name,
                            size_t length)
{
	if (length == 4 && memcmp(name, "seed", 4) == 0)
		return *plan->seed.value[seed] ? plan->seed.value[seed] : NULL;
	for (unsigned i = 0; i < plan->parameters; i++)
		if (strlen(plan->parameter[i].name) == length && memcmp(plan->parameter[i].name, name, length) == 0)
			return plan->parameter[i].value[of->value[i]];
	return NULL;
}

static bool fill_in(const struct plan *plan, const struct plan_case *of, unsigned seed, const char *text, char *filled,
                    char *error, size_t error_size)
{
	size_t used = 0;

	while (*text) {
		const char *end = *text == '{' ? strchr(text, '}') : NULL;
		const char *value = end ? value_of(plan, of, seed, text + 1, (size_t)(end - text) - 1) : NULL;
		size_t length = value ? strlen(value) : 1;

		if (end && !value)
			return refuse(error, error_size, "'%.*s': there is no such parameter; give its values under [parameters] or with "
			              "--vary (seeds with --seeds)", (int)(end - text) + 1, text);
		if (used + length >= CONFIG_TEXT)
			return refuse(error, error_size, "'%.20s...' becomes longer than %d characters; make it shorter", text,
			              CONFIG_TEXT - 1);
		memcpy(filled + used, value ? value : text, length);
		used += length;
		text = value ? end + 1 : text + 1;
	}
	filled[used] = '\0';
	return true;
}

static bool mentions(const struct plan *plan, const char *name)
{
	char braced[PLAN_NAME + 3];

	snprintf(braced, sizeof(braced), "{%s}", name);
	for (unsigned i = 0; i < plan->guests; i++)
		if (strstr(plan->guest[i].words, braced) || strstr(plan->guest[i].file, braced))
			return true;
	for (unsigned i = 0; i < plan->settings; i++)
		if (strstr(plan->setting[i].value, braced))
			return true;
	return false;
}

/* A value that changes nothing would compare a run with itself. */
static bool check_use(const struct plan *plan, char *error, size_t error_size)
{
	for (unsigned i = 0; i < plan->parameters; i++)
		if (!mentions(plan, plan->parameter[i].name))
			return refuse(error, error_size, "parameter %s has no use; write {%s} among a guest's words or in a setting",
			              plan->parameter[i].name, plan->parameter[i].name);
	if (*plan->seed.value[0] && !mentions(plan, "seed"))
		return refuse(error, error_size, "seeds have no use: runs repeat themselves exactly; write {seed} among a guest's "
		              "words or in a setting");
	return true;
}

/* ---- a run's command line ---- */

enum { ARGUMENTS = 2 * 64 };

struct line {
	char *argument[ARGUMENTS];
	unsigned count;
	bool failed;
};

static void add_argument(struct line *line, const char *text)
{
	if (line->count + 1 < ARGUMENTS)
		line->argument[line->count] = strdup(text);
	if (line->count + 1 >= ARGUMENTS || !line->argument[line->count])
		line->failed = true;
	else
		line->count++;
}

static bool is_safe(const char *text)
{
	if (!*text)
		return false;
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr("-_./=:,+@%", *text))
			return false;
	return true;
}

void plan_write_quoted(FILE *out, const char *text)
{
	if (is_safe(text)) {
		fputs(text, out);
		return;
	}
	putc('\'', out);
	for (; *text; text++)
		fputs(*text == '\'' ? "'\\''" : (char[]){ *text, '\0' }, out);
	putc('\'', out);
}

static bool has_dashes(const struct line *line, unsigned from)
{
	for (unsigned i = from; i < line->count; i++)
		if (line->argument[i][0] == '-')
			return true;
	return false;
}

static char *typed(const struct line *line)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fputs("ringside", out);
	for (unsigned i = 0; i < line->count; i++) {
		if (strcmp(line->argument[i], "--") == 0 && !has_dashes(line, i + 1))
			continue;
		putc(' ', out);
		plan_write_quoted(out, line->argument[i]);
	}
	return fclose(out) == 0 ? text : NULL;
}

static void add_option(struct line *line, const char *name, const char *value)
{
	char text[PLAN_NAME + CONFIG_TEXT + 4];

	snprintf(text, sizeof(text), "--%s=%s", name, value);
	add_argument(line, text);
}

static void add_mode_options(struct line *line, const struct vm_mode *mode)
{
	unsigned pagings = mode->technique->pagings;

	add_option(line, "technique", mode->technique->name);
	if (mode->technique->deprivileges && mode->ring != 1)
		add_option(line, "ring", "3");
	if (pagings & (pagings - 1))
		add_option(line, "paging", paging_name(mode->paging));
}

/* Words are joined by single blanks again (guest_file.c). */
static void add_words(struct line *line, char *words)
{
	char *word = words;

	if (!*words)
		return;
	for (char *c = words;; c++) {
		bool last = !*c;

		if (!last && *c != ' ')
			continue;
		*c = '\0';
		add_argument(line, word);
		word = c + 1;
		if (last)
			return;
	}
}

/* The values are checked here, where one message is enough for all runs. */
static bool add_settings(struct line *line, const struct plan *plan, const struct plan_run *run, char *error,
                         size_t error_size)
{
	struct config config;
	char value[CONFIG_TEXT];

	config_default(&config);
	for (unsigned i = 0; i < plan->settings; i++) {
		const struct plan_setting *setting = &plan->setting[i];

		if (!fill_in(plan, &plan->cases[run->which_case], run->seed, setting->value, value, error, error_size) ||
		    !config_set(&config, setting->name, value, error, error_size))
			return false;
		add_option(line, setting->name, value);
	}
	return true;
}

static bool write_line(struct line *line, const struct plan *plan, const struct plan_run *run, char *error,
                       size_t error_size)
{
	const struct plan_case *of = &plan->cases[run->which_case];
	const struct plan_guest *guest = &plan->guest[of->guest];
	const struct vm_mode *mode = &plan->mode[run->mode];
	bool pv = strcmp(mode->technique->name, "pv") == 0 && *guest->pv;
	char text[CONFIG_TEXT];

	add_argument(line, "run");
	add_argument(line, "--json");
	add_mode_options(line, mode);
	if (strcmp(plan->profile[of->profile], "ideal") != 0)
		add_option(line, "profile", plan->profile[of->profile]);
	if (!add_settings(line, plan, run, error, error_size) ||
	    !fill_in(plan, of, run->seed, pv ? guest->pv : guest->file, text, error, error_size))
		return false;
	add_argument(line, "--");
	add_argument(line, text);
	if (!fill_in(plan, of, run->seed, guest->words, text, error, error_size))
		return false;
	add_words(line, text);
	return true;
}

static bool make_run(const struct plan *plan, struct plan_run *run, char *error, size_t error_size)
{
	struct line line = { .count = 0 };
	bool ok = write_line(&line, plan, run, error, error_size);

	run->arguments = calloc(line.count + 1, sizeof(*run->arguments));
	run->result = calloc(1, sizeof(*run->result));
	run->command = typed(&line);
	for (unsigned i = 0; i < line.count; i++) {
		if (run->arguments)
			run->arguments[i] = line.argument[i];
		else
			free(line.argument[i]);
	}
	if (ok && (line.failed || !run->arguments || !run->result || !run->command))
		return refuse(error, error_size, "not enough memory for the runs, or too many settings; leave some out");
	return ok;
}

/* ---- cases ---- */

static void append(char *name, size_t size, const char *word, const char *value)
{
	size_t used = strlen(name);

	snprintf(name + used, size - used, "%s%s%s", used ? " " : "", word, value);
}

static void name_case(const struct plan *plan, struct plan_case *made)
{
	char word[PLAN_NAME + 1];

	if (plan->guests > 1 || (plan->parameters == 0 && plan->profiles == 1))
		append(made->name, sizeof(made->name), plan->guest[made->guest].name, "");
	for (unsigned i = 0; i < plan->parameters; i++) {
		if (plan->parameter[i].values == 1 + ((int)i == plan->less_parameter))
			continue;
		snprintf(word, sizeof(word), "%s=", plan->parameter[i].name);
		append(made->name, sizeof(made->name), word, plan->parameter[i].value[made->value[i]]);
	}
	if (plan->profiles > 1)
		append(made->name, sizeof(made->name), plan->profile[made->profile], "");
	if (!*made->name)
		append(made->name, sizeof(made->name), plan->guest[made->guest].name, "");
}

/* Guests vary slowest, then profiles, then parameters, the last of them fastest. */
static void number_case(const struct plan *plan, unsigned number, struct plan_case *made)
{
	for (unsigned i = plan->parameters; i-- > 0;) {
		made->value[i] = number % plan->parameter[i].values;
		number /= plan->parameter[i].values;
	}
	made->profile = number % plan->profiles;
	made->guest = number / plan->profiles;
}

static bool count(struct plan *plan, char *error, size_t error_size)
{
	uint64_t cases = (uint64_t)plan->guests * plan->profiles;

	for (unsigned i = 0; i < plan->parameters; i++)
		cases *= plan->parameter[i].values;
	if (cases * plan->modes * plan->seed.values > PLAN_RUNS)
		return refuse(error, error_size, "these are more than %d runs; leave some values out", PLAN_RUNS);
	plan->case_count = (unsigned)cases;
	plan->cases = calloc(plan->case_count, sizeof(*plan->cases));
	plan->runs = calloc((size_t)cases * plan->modes * plan->seed.values, sizeof(*plan->runs));
	return (plan->cases && plan->runs) || refuse(error, error_size, "not enough memory for the runs; leave some values out");
}

bool plan_make(struct plan *plan, char *error, size_t error_size)
{
	unsigned runs;

	if (!complete(plan, error, error_size) || !find_baseline(plan, error, error_size) || !find_x(plan, error, error_size) ||
	    !check_use(plan, error, error_size) || !plan_less_begin(plan, error, error_size) || !count(plan, error, error_size))
		return false;
	for (unsigned i = 0; i < plan->case_count; i++) {
		number_case(plan, i, &plan->cases[i]);
		name_case(plan, &plan->cases[i]);
	}
	if (!plan->plot_given)
		plan->plot_ratio = plan->x < 0;
	runs = plan->case_count * plan->modes * plan->seed.values;
	for (; plan->run_count < runs; plan->run_count++) {
		struct plan_run *run = &plan->runs[plan->run_count];

		*run = (struct plan_run){
			.number = plan->run_count,
			.seed = plan->run_count % plan->seed.values,
			.mode = plan->run_count / plan->seed.values % plan->modes,
			.which_case = plan->run_count / plan->seed.values / plan->modes,
		};
		if (!make_run(plan, run, error, error_size)) {
			plan->run_count++; /* plan_free takes what there is of it */
			return false;
		}
	}
	return true;
}
