/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/machine.c - see machine.h.
 */
#include "labs/grade/machine.h"

#include "core/file_set.h"
#include "core/refuse.h"
#include "trap/techniques.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void graded_words(char *to, size_t size, const char *words, uint64_t seed)
{
	size_t used = 0;

	while (*words && used + 24 < size) {
		if (strncmp(words, "{seed}", 6) == 0) {
			used += (size_t)snprintf(to + used, size - used, "%" PRIu64, seed);
			words += 6;
		} else {
			to[used++] = *words++;
		}
	}
	to[used] = '\0';
}

static bool take_settings(struct config *config, const char *settings, char *error, size_t error_size)
{
	char copy[256], *rest = copy;

	snprintf(copy, sizeof copy, "%s", settings);
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		char *value = strchr(word, '=');

		if (value)
			*value++ = '\0';
		if (!config_set(config, word, value, error, error_size))
			return false;
	}
	return true;
}

bool graded_config(const struct judgement *judgement, bool reference, struct config *config, char *error, size_t error_size)
{
	const struct lab_test *test = judgement->test;
	const struct build *build = judgement->build;
	const char *guest = judgement->lab->guest;

	config_default(config);
	if (!reference && build->product[PART_GUEST][0])
		guest = build->product[PART_GUEST];
	snprintf(config->kernel, sizeof config->kernel, "%s", guest);
	graded_words(config->cmdline, sizeof config->cmdline, test->words, judgement->seed.value);
	snprintf(config->technique, sizeof config->technique, "%s", test->technique);
	snprintf(config->lab_handlers, sizeof config->lab_handlers, "%s", test->handlers);
	config->ring = test->ring;
	config->memory = 16u << 20;
	config->limit = GRADED_LIMIT;
	if (!reference && build->product[PART_PIECE][0])
		snprintf(config->lab, sizeof config->lab, "%s", build->product[PART_PIECE]);
	return take_settings(config, test->set, error, error_size);
}

/* Whether it was recorded decides nothing: a full disk costs nobody points. */
void graded_recording(struct recording_writer *writer, bool wanted, const struct judgement *judgement, const struct vm *vm,
                      struct test_result *result)
{
	struct recorded_run recorded = {0};
	char error[512];

	if (!writer)
		return;
	if (!wanted) {
		recording_drop(writer);
		return;
	}
	recorded_end(&recorded, vm, false);
	if (recording_finish(writer, &recorded, error, sizeof error))
		snprintf(result->recording, sizeof result->recording, "%s", judgement->recording);
	recorded_free(&recorded);
}

bool graded_machine(const struct config *config, graded_run *run, void *owner, char *error, size_t error_size)
{
	struct config own = *config;
	struct file_set *files = file_set_of(&own);
	const struct technique *technique = technique_find(technique_list(), own.technique);
	struct vm *vm;
	bool done;

	own.files = files;
	vm = technique ? vm_new(&own, technique, NULL, error, error_size) : NULL;
	if (!technique)
		refuse(error, error_size, "tests.ini: there is no technique '%s'", own.technique);
	done = vm && run(owner, vm, &own, error, error_size);
	vm_free(vm);
	file_set_free(files);
	return done;
}

struct lab *graded_attach(struct vm *vm, const struct lab_observer *observer, char *error, size_t error_size)
{
	struct lab *lab = lab_attach(vm, observer, error, error_size);

	if (!lab || lab_missing(lab) == HANDLERS)
		return lab;
	refuse(error, error_size, "the piece has no handler '%s'", lab_handler_name(lab_missing(lab)));
	return NULL;
}

void graded_line(const struct judgement *judgement, struct test_result *result, const char *line)
{
	size_t used = strlen(result->log);

	if (!judgement->seed.hidden)
		snprintf(result->log + used, sizeof result->log - used, "%s\n", line);
}
