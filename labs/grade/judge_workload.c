/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/judge_workload.c - the judge `workload` of lab 8: words for the lab kernel, by which one kind of page tables beats the
 * other, or neither does. Whoever says so is taken at his word: the kernel runs with both, with the words and with n=0 instead of theirs
 * (so that starting it does not count), and the differences are compared. No run is the same for two seeds, so one seed is enough.
 *
 *	line = shadow     the line of the text that has the words: "shadow = n=10 misses=3"
 *	percent = 5       by how much shadow or nested must win; of `even`: by how much they may differ
 */
#include "labs/grade/machine.h"

#include "core/number.h"
#include "core/refuse.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORKLOAD_LIMIT UINT64_C(100000000) /* cycles of a run */
#define WORKLOAD_LEAST UINT64_C(1000000)   /* cycles that the rounds must take: less is noise of the first round */

enum { LINE = 256 };

/* The words that there are, with their bounds. */
static const struct {
	const char *name;
	uint64_t low, high;
} words[] = {
	{"n", 1, 10000}, {"misses", 0, 100000}, {"changes", 0, 10000}, {"calls", 0, 100000},
};
enum { WORDS = sizeof words / sizeof *words };

struct workload {
	bool given[WORDS];
	uint64_t value[WORDS];
};

/* ---- the text ---- */

static char *trim(char *text)
{
	size_t length;

	while (isspace((unsigned char)*text))
		text++;
	for (length = strlen(text); length && isspace((unsigned char)text[length - 1]); length--)
		;
	text[length] = '\0';
	return text;
}

/* The value of `name = value`. False: there is no such line. */
static bool find_line(const char *path, const char *name, char *value)
{
	FILE *file = fopen(path, "re");
	char line[LINE];
	bool found = false;

	while (file && !found && fgets(line, sizeof line, file)) {
		char *equals = strchr(line, '=');

		if (!equals || line[0] == '#')
			continue;
		*equals = '\0';
		found = strcmp(trim(line), name) == 0;
		if (found)
			snprintf(value, LINE, "%s", trim(equals + 1));
	}
	if (file)
		fclose(file);
	return found;
}

static bool take_word(struct workload *workload, char *word, char *error, size_t error_size)
{
	char *value = strchr(word, '=');

	if (value)
		*value++ = '\0';
	for (unsigned i = 0; i < WORDS; i++) {
		if (strcmp(words[i].name, word) != 0)
			continue;
		workload->given[i] = true;
		if (!value || !number_parse(value, &workload->value[i]) || workload->value[i] < words[i].low ||
		    workload->value[i] > words[i].high)
			return refuse(error, error_size, "%s is a number from %" PRIu64 " to %" PRIu64, word, words[i].low, words[i].high);
		return true;
	}
	return refuse(error, error_size, "'%.40s' is none of the words n, misses, changes, calls", word);
}

static bool take_workload(struct workload *workload, char *line, char *error, size_t error_size)
{
	char *rest = line;

	*workload = (struct workload){.given = {false}};
	for (char *word = strtok_r(line, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest))
		if (!take_word(workload, word, error, error_size))
			return false;
	for (unsigned i = 0; i < WORDS; i++)
		if (!workload->given[i] && i < WORDS - 1)
			return refuse(error, error_size, "it must say %s=", words[i].name);
	return true;
}

/* ---- the runs ---- */

/* A file that `make` has built for labs. False: it is nowhere. */
static bool find_file(const struct lab_description *lab, const char *name, char *path, size_t size)
{
	const char *const places[] = {lab->folder, lab->header, RINGSIDE_DATADIR};
	const char *const under[] = {"", "/../build/guests", "/guests"};

	for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
		snprintf(path, size, "%.700s%s/%s", places[i], under[i], name);
		if (access(path, R_OK) == 0)
			return true;
	}
	return false;
}

static bool run_vm(void *owner, struct vm *vm, const struct config *config, char *error, size_t error_size)
{
	uint64_t *cycles = owner;
	enum vm_end end = vm_run(vm, config->limit);

	*cycles = vm->clock;
	return (end == VM_EXITED && vm->exit_code == 0) ||
	       refuse(error, error_size, "the kernel does not come to its end within %" PRIu64 " million cycles: %s",
	              config->limit / 1000000, vm_end_name(end));
}

static bool run_kernel(const struct judgement *judgement, const struct workload *workload, const char *paging, bool empty, uint64_t *cycles,
                       char *error, size_t error_size)
{
	struct config config;
	size_t used;

	config_default(&config);
	strcpy(config.technique, "hvm");
	strcpy(config.paging, paging);
	config.memory = 16u << 20;
	config.limit = WORKLOAD_LIMIT;
	config.modules = 1;
	if (!find_file(judgement->lab, "kernel.elf", config.kernel, sizeof config.kernel) ||
	    !find_file(judgement->lab, "experiments.tar", config.module[0], sizeof config.module[0]))
		return refuse(error, error_size, "kernel.elf and experiments.tar are not there; `make` builds them");
	used = (size_t)snprintf(config.cmdline, sizeof config.cmdline, "hz=0 workload=pages");
	for (unsigned i = 0; i < WORDS; i++)
		used += (size_t)snprintf(config.cmdline + used, sizeof config.cmdline - used, " %s=%" PRIu64, words[i].name,
		                         i == 0 && empty ? 0 : workload->value[i]);
	return graded_machine(&config, run_vm, cycles, error, error_size);
}

/* What the rounds took. */
static bool measure(const struct judgement *judgement, const struct workload *workload, const char *paging, uint64_t *cycles, char *error,
                    size_t error_size)
{
	uint64_t whole, start;

	if (!run_kernel(judgement, workload, paging, false, &whole, error, error_size) ||
	    !run_kernel(judgement, workload, paging, true, &start, error, error_size))
		return false;
	*cycles = whole > start ? whole - start : 0;
	return true;
}

/* ---- the verdict ---- */

/* How much more `loser` took, in percent. */
static double percent_more(uint64_t winner, uint64_t loser)
{
	return 100.0 * ((double)loser / (double)(winner + !winner) - 1.0);
}

static void decide(const struct judgement *judgement, uint64_t shadow, uint64_t nested, struct test_result *result)
{
	const char *line = lab_setting(judgement->test, "line"), *percent = lab_setting(judgement->test, "percent");
	double wanted = percent ? strtod(percent, NULL) : 5, more;

	snprintf(result->detail, sizeof result->detail, "%-20s %12s\n%-20s %12" PRIu64 "\n%-20s %12" PRIu64 "\n", "page tables",
	         "cycles", "shadow", shadow, "nested", nested);
	if (shadow < WORKLOAD_LEAST || nested < WORKLOAD_LEAST) {
		snprintf(result->message, sizeof result->message, "the rounds take less than a million cycles, which says little; raise n");
		return;
	}
	if (strcmp(line, "even") == 0) {
		more = shadow < nested ? percent_more(shadow, nested) : percent_more(nested, shadow);
		if (more > wanted)
			snprintf(result->message, sizeof result->message, "%s is dearer by %.1f %%; even is up to %g %%",
			         shadow < nested ? "nested" : "shadow", more, wanted);
		return;
	}
	more = strcmp(line, "shadow") == 0 ? percent_more(shadow, nested) : percent_more(nested, shadow);
	if (more < wanted)
		snprintf(result->message, sizeof result->message, "%s paging does not win by %g %%: the other takes %+.1f %%", line, wanted, more);
}

bool judge_workload(const struct judgement *judgement, struct test_result *result, char *error, size_t error_size)
{
	const char *line = lab_setting(judgement->test, "line");
	struct workload workload;
	char value[LINE], why[300];
	uint64_t shadow, nested;

	if (!line)
		return refuse(error, error_size, "tests.ini: judge workload needs line");
	if (judgement->seed.value != judgement->lab->seed[0].value)
		return true;
	if (!find_line(judgement->build->product[PART_TEXT], line, value)) {
		snprintf(result->message, sizeof result->message, "there is no line \"%s = n=... misses=... changes=...\"", line);
		return true;
	}
	if (!take_workload(&workload, value, why, sizeof why) ||
	    !measure(judgement, &workload, "shadow", &shadow, why, sizeof why) ||
	    !measure(judgement, &workload, "nested", &nested, why, sizeof why)) {
		snprintf(result->message, sizeof result->message, "%s: %s", line, why);
		return true;
	}
	if (strcmp(line, "even") == 0 && (!workload.value[1] || !workload.value[2]))
		snprintf(result->message, sizeof result->message, "even: there must be both misses and changes, or nothing is weighed");
	else
		decide(judgement, shadow, nested, result);
	return true;
}
