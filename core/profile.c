/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/profile.c - reads cost profiles and finds them by name.
 */
#include "core/profile.h"

#include "core/file_set.h"
#include "core/ini_text.h"
#include "core/nearest.h"
#include "core/number.h"
#include "core/place.h"
#include "core/refuse.h"

#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 2048 };

/* A cost must leave room for sums of many in 32 bits, which is what events carry. */
enum { CYCLES_MAX = 10000000 };

/* Slower, and devices could not count their ticks; faster, and ticks times cycles would not fit. */
#define FREQUENCY_MIN 1000000ull
#define FREQUENCY_MAX 100000000000ull

static const char *const known[] = { "ideal", "xeon-2400", "pentium4-672", "core2", "merom", "penryn", "nehalem",
	                             "westmere", "sandybridge" };

const char *profile_known(size_t index)
{
	return index < sizeof(known) / sizeof(known[0]) ? known[index] : NULL;
}

static bool refuse_cost(const char *name, char *error, size_t error_size)
{
	struct nearest nearest = nearest_to(name);

	nearest_offer(&nearest, "name");
	nearest_offer(&nearest, "frequency");
	for (unsigned cost = 0; cost < COST_COUNT; cost++)
		nearest_offer(&nearest, cost_name(cost));
	if (nearest.name != NULL)
		return refuse(error, error_size, "no cost is called '%.40s'; did you mean '%s'?", name,
		              nearest.name);
	return refuse(error, error_size, "no cost is called '%.40s'; cpu/cost.h lists them", name);
}

static bool read_bounded(const struct ini_line *line, uint64_t low, uint64_t high, uint64_t *number,
                         char *error, size_t error_size)
{
	if (!number_parse(line->value, number) || *number < low || *number > high)
		return refuse(error, error_size, "%.40s: '%.40s' is no number from %llu to %llu",
		              line->name, line->value, (unsigned long long)low,
		              (unsigned long long)high);
	return true;
}

static bool take_line(void *owner, const struct ini_line *line, char *error, size_t error_size)
{
	struct cost_profile *profile = owner;
	uint64_t number;

	if (*line->section != '\0' || line->continued)
		return refuse(error, error_size, "a profile has neither sections nor indented lines; write "
		              "'cost = cycles' at the line's start");
	if (strcmp(line->name, "name") == 0) {
		if (strlen(line->value) >= sizeof(profile->name))
			return refuse(error, error_size, "name: longer than %zu characters; make it shorter",
			              sizeof(profile->name) - 1);
		strcpy(profile->name, line->value);
		return true;
	}
	if (strcmp(line->name, "frequency") == 0)
		return read_bounded(line, FREQUENCY_MIN, FREQUENCY_MAX, &profile->frequency, error,
		                    error_size);
	for (unsigned cost = 0; cost < COST_COUNT; cost++) {
		if (strcmp(line->name, cost_name(cost)) != 0)
			continue;
		if (!read_bounded(line, 0, CYCLES_MAX, &number, error, error_size))
			return false;
		profile->cycles[cost] = (uint32_t)number;
		return true;
	}
	return refuse_cost(line->name, error, error_size);
}

/* Time must pass whatever the guest does, or a run would never reach its limit. */
static bool check_profile(const struct cost_profile *profile, const char *path, char *error,
                          size_t error_size)
{
	static const enum cost positive[] = { COST_simple, COST_branch, COST_string_iteration };

	for (size_t i = 0; i < sizeof(positive) / sizeof(positive[0]); i++) {
		if (profile->cycles[positive[i]] == 0)
			return refuse(error, error_size, "%s: %s must cost at least 1 cycle, or time would "
			              "stand still", path, cost_name(positive[i]));
	}
	return true;
}

bool profile_read_text(struct cost_profile *profile, const char *path, const char *text, size_t size,
                       char *error, size_t error_size)
{
	cost_profile_default(profile);
	strcpy(profile->name, "unnamed");
	return ini_text_read(path, text, size, take_line, profile, error, error_size) &&
	       check_profile(profile, path, error, error_size);
}

static bool read_profile(const struct file_set *files, struct cost_profile *profile, const char *path, char *error,
                         size_t error_size)
{
	cost_profile_default(profile);
	strcpy(profile->name, "unnamed");
	return ini_file_read(files, "cost profile", path, take_line, profile, error, error_size) &&
	       check_profile(profile, path, error, error_size);
}

static bool find_profile(const char *name, char *path, size_t size)
{
	char file[PATH_SIZE / 2];

	snprintf(file, sizeof(file), "%s.profile", name);
	return place_find(&(struct place){ .source = "core/profiles", .installed = "profiles" }, file, path, size);
}

static bool refuse_profile(const char *name, char *error, size_t error_size)
{
	char names[256] = "";

	for (size_t i = 0; profile_known(i) != NULL; i++) {
		strncat(names, " ", sizeof(names) - strlen(names) - 1);
		strncat(names, profile_known(i), sizeof(names) - strlen(names) - 1);
	}
	return refuse(error, error_size, "profile: there is no cost profile '%.60s'; there are:%s, or "
	              "name a file ending in .profile", name, names);
}

static bool is_file_name(const char *name)
{
	static const char ending[] = ".profile";
	size_t length = strlen(name), tail = sizeof(ending) - 1;

	return strchr(name, '/') != NULL || (length > tail && strcmp(name + length - tail, ending) == 0);
}

enum { LONGEST_NAME = 60 };

bool profile_path(const char *name, char *path, size_t size)
{
	if (strcmp(name, "ideal") == 0)
		return false;
	if (is_file_name(name))
		return (size_t)snprintf(path, size, "%s", name) < size;
	return strlen(name) <= LONGEST_NAME && find_profile(name, path, size);
}

static bool holds(const struct file_set *files, const char *name)
{
	for (size_t i = 0; file_set_name(files, i); i++)
		if (strcmp(file_set_name(files, i), name) == 0)
			return true;
	return false;
}

bool profile_load(struct cost_profile *profile, const char *name, char *error, size_t error_size)
{
	return profile_load_from(NULL, profile, name, error, error_size);
}

bool profile_load_from(const struct file_set *files, struct cost_profile *profile, const char *name, char *error,
                       size_t error_size)
{
	char path[PATH_SIZE];

	if (strcmp(name, "ideal") == 0) {
		cost_profile_default(profile);
		return true;
	}
	if (is_file_name(name) || holds(files, name))
		return read_profile(files, profile, name, error, error_size);
	if (!profile_path(name, path, sizeof(path)))
		return refuse_profile(name, error, error_size);
	return read_profile(NULL, profile, path, error, error_size);
}
