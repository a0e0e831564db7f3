/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/answers.c - see answers.h.
 */
#include "labs/grade/answers.h"

#include "core/number.h"
#include "core/refuse.h"
#include "labs/grade/machine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- questions ---- */

bool answers_asked(const struct lab_test *test)
{
	return test->judge->decide == judge_answers;
}

unsigned answers_count(const struct lab_test *test)
{
	const char *text = lab_setting(test, "count");
	uint64_t count = 1;

	if (!answers_asked(test))
		return 0;
	if (text && (!number_parse(text, &count) || count > QUIZ_QUESTIONS))
		count = 0; /* quiz_make says what is wrong */
	return (unsigned)count;
}

unsigned answers_first(const struct lab_description *lab, const struct lab_test *test)
{
	unsigned number = 1;

	for (const struct lab_test *before = lab->test; before < test; before++)
		number += answers_count(before);
	return number;
}

bool answers_questions(const struct lab_description *lab, const struct lab_test *test, uint64_t seed, struct question *list, char *error,
                       size_t error_size)
{
	const struct judgement judgement = {.lab = lab, .test = test, .seed = {seed, false}};
	const char *kind = lab_setting(test, "kind"), *within = lab_setting(test, "within");
	struct config config, usual;
	struct quiz_order order = {kind ? kind : "", answers_count(test), &config, within ? within : "", seed};

	if (!lab->guest[0])
		return refuse(error, error_size, "%s has no guest to ask about", lab->name);
	if (!graded_config(&judgement, true, &config, error, error_size))
		return false;
	config_default(&usual);
	config.memory = usual.memory; /* the run is that of `ringside shell` with the same guest and words */
	return quiz_make(&order, list, error, error_size);
}

void answers_command(const struct lab_test *test, uint64_t seed, char *text, size_t size)
{
	char words[300], set[600] = "", ring[24] = "", copy[256], *rest = copy;
	size_t used = 0;

	graded_words(words, sizeof words, test->words, seed);
	snprintf(copy, sizeof copy, "%s", test->set);
	for (char *word = strtok_r(copy, " ", &rest); word && used + 260 < sizeof set; word = strtok_r(NULL, " ", &rest))
		used += (size_t)snprintf(set + used, sizeof set - used, "--%s ", word);
	if (test->ring != 1)
		snprintf(ring, sizeof ring, "--ring %u ", test->ring);
	snprintf(text, size, "--technique %s %s%sguest.elf %s", test->technique, ring, set, words);
}

/* FNV-1a (Fowler, Noll, Vo), of the lab's name too: whoever knows the answers of one lab's variant knows those of no other. */
uint64_t answers_seed(const struct lab_description *lab, const char *name)
{
	const char *const parts[] = {lab->name, "/", name};
	uint64_t seed = UINT64_C(0xcbf29ce484222325);

	for (unsigned i = 0; i < 3; i++)
		for (const char *at = parts[i]; *at; at++)
			seed = (seed ^ (uint8_t)*at) * UINT64_C(0x100000001b3);
	seed = (seed ^ seed >> 32) & 0x7fffffff; /* guests read 32 bits */
	return seed ? seed : 1;
}

/* ---- a file ---- */

static void remark(struct answers *answers, unsigned line, const char *what)
{
	size_t used = strlen(answers->remarks);

	snprintf(answers->remarks + used, sizeof answers->remarks - used, "line %u: %s\n", line, what);
}

/* What is behind the number is never shown: the file may be a link to another one. */
static void take_line(struct answers *answers, char *text, unsigned line, unsigned last)
{
	char *end, what[80];
	unsigned long number;

	text += strspn(text, " \t\r");
	if (!*text || *text == '#')
		return;
	number = strtoul(text, &end, 10);
	end += strspn(end, " \t");
	if (end == text || *end != ':') {
		remark(answers, line, "this is no answer; write its number and a colon first, as in `7: 0010300d`");
		return;
	}
	end += 1 + strspn(end + 1, " \t\r");
	end[strcspn(end, "\r")] = '\0';
	if (*end == '#' && (end[1] == ' ' || !end[1]))
		*end = '\0';
	if (number < 1 || number > last) {
		snprintf(what, sizeof what, "there is no question %lu; there are %u", number, last);
		remark(answers, line, what);
	} else if (*end && answers->count < ANSWER_LINES) {
		answers->answer[answers->count].number = (unsigned)number;
		answers->answer[answers->count].line = line;
		snprintf(answers->answer[answers->count++].text, QUIZ_ANSWER, "%s", end);
	}
}

bool answers_read(struct answers *answers, const char *path, unsigned last, char *error, size_t error_size)
{
	enum { LONGEST = 4096, MOST = 4 * ANSWER_LINES };
	FILE *file = fopen(path, "re");
	char text[LONGEST];
	unsigned line = 0;

	memset(answers, 0, sizeof *answers);
	if (!file)
		return refuse(error, error_size, "cannot read '%s': %s", path, strerror(errno));
	while (line < MOST && fgets(text, sizeof text, file)) {
		text[strcspn(text, "\n")] = '\0';
		take_line(answers, text, ++line, last);
	}
	fclose(file);
	return true;
}

const char *answers_find(const struct answers *answers, unsigned number, char *why, size_t why_size)
{
	const char *found = NULL;
	unsigned line = 0;

	for (unsigned i = 0; i < answers->count; i++) {
		if (answers->answer[i].number != number)
			continue;
		if (found) {
			snprintf(why, why_size, "it is answered twice, in lines %u and %u", line, answers->answer[i].line);
			return NULL;
		}
		found = answers->answer[i].text;
		line = answers->answer[i].line;
	}
	if (!found)
		snprintf(why, why_size, "it has no answer");
	return found;
}

bool answers_write(const struct lab_description *lab, uint64_t seed, struct output *output, char *error, size_t error_size)
{
	struct question *list = calloc(QUIZ_QUESTIONS, sizeof *list);
	bool fine = list || refuse(error, error_size, "not enough memory; close other programs");

	output_format(output, "# %s, variant %" PRIu64 "\n", lab->name, seed);
	for (const struct lab_test *test = lab->test; fine && test < lab->test + lab->tests; test++) {
		if (!answers_asked(test))
			continue;
		fine = answers_questions(lab, test, seed, list, error, error_size);
		output_format(output, "# %s\n", test->name);
		for (unsigned i = 0; fine && i < answers_count(test); i++)
			output_format(output, "%u: %s\n", answers_first(lab, test) + i, list[i].right);
	}
	free(list);
	return fine;
}
