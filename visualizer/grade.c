/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/grade.c - the commands `grade`, for one submission or a class, and `lab`, for whoever makes labs.
 */
#include "labs/grade/create.h"
#include "labs/grade/grade.h"

#include "labs/grade/answers.h"
#include "labs/grade/report.h"

#include "visualizer/command.h"
#include "visualizer/message.h"
#include "visualizer/options.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- one submission ---- */

struct talk {
	struct output *output;
	bool verbose, color;
};

static void tested(void *owner, const struct test_result *result)
{
	const struct talk *talk = owner;

	text_test(talk->output, result, talk->verbose, talk->color);
}

static void built(void *owner, const struct grading *grading)
{
	const struct talk *talk = owner;

	if (!grading->built)
		output_format(talk->output, "the submission does not build:\n%s\n", grading->build_log);
	else if (talk->verbose && grading->build_log[0])
		output_format(talk->output, "the compiler warns:\n%s\n", grading->build_log);
}

static bool wants_color(const struct options *options)
{
	const char *when = options->color;

	if (when && strcmp(when, "always") == 0)
		return true;
	if (when && strcmp(when, "never") == 0)
		return false;
	return isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
}

/* --seed or --for: this student's variant, instead of the lab's seeds. A lab of variants is graded on one of them. False after a
 * message. */
static bool take_seed(const struct options *options, struct lab_description *lab)
{
	if (options->student && !lab->by_name) {
		message("%s is the same for everybody; --for is for labs whose tests.ini says `variants = name`", lab->name);
		return false;
	}
	if (lab->by_name && !options->seed.given && !options->student)
		message("graded as variant %" PRIu64 ", to practise; --for NAME grades NAME's own", lab->seed[0].value);
	if (options->seed.given)
		lab->seed[0] = (struct lab_seed){options->seed.value, false};
	else if (options->student)
		lab->seed[0] = (struct lab_seed){answers_seed(lab, options->student), false};
	if (options->seed.given || lab->by_name)
		lab->seeds = 1;
	return true;
}

static bool check_forms(const struct options *options)
{
	char error[512];

	for (size_t i = 0; i < options->outputs.count; i++)
		if (!form_check(options->outputs.text[i], error, sizeof(error))) {
			message("%s", error);
			return false;
		}
	return true;
}

static bool write_forms(const struct options *options, const struct grading *grading)
{
	char error[512];
	bool fine = true;

	fflush(stdout);
	for (size_t i = 0; i < options->outputs.count; i++)
		if (!form_write(grading, options->outputs.text[i], error, sizeof(error))) {
			message("%s", error);
			fine = false;
		}
	return fine;
}

static int grade_one(const struct options *options, struct lab_description *lab, const char *submission)
{
	struct talk talk = { output_into(stdout), options->verbose, wants_color(options) };
	struct grade_options grade = {
		.lab = lab,
		.submission = submission,
		.filter = (const char *const *)options->words + 2,
		.recordings = options->no_recordings ? NULL : ".",
		.built = built,
		.tested = tested,
		.owner = &talk,
	};
	struct grading *grading = calloc(1, sizeof(*grading));
	char error[1024];
	bool done, full;

	if (!grading || !talk.output) {
		message("not enough memory; close other programs");
		return STATUS_FAILED;
	}
	done = grade_submission(&grade, grading, error, sizeof(error));
	if (!done)
		message("%s", error);
	if (done)
		text_scores(talk.output, grading);
	done = output_close(talk.output, error, sizeof(error)) && done;
	done = done && write_forms(options, grading);
	full = grading->score == grading->maximum && grading->tests > 0;
	if (done && !grading->tests)
		message("no test has such a name; without names all are run");
	free(grading);
	return done && full ? STATUS_OK : STATUS_FAILED;
}

/* ---- a class ---- */

static int grade_class(const struct options *options, bool by_name)
{
	struct output *output = output_into(stdout);
	char usual[768], error[1024];
	struct roster_options roster = {
		.lab = options->words[0],
		.folder = options->words[1],
		.by_name = by_name,
		.results = options->output ? options->output : usual,
		.jobs = options->jobs.given ? (unsigned)options->jobs.value : (unsigned)sysconf(_SC_NPROCESSORS_ONLN),
		.output = output,
	};
	unsigned lost = 0;
	bool done;

	snprintf(usual, sizeof(usual), "%.700s-results", options->words[1]);
	done = output && grade_roster(&roster, &lost, error, sizeof(error));
	if (!done)
		message("%s", output ? error : "not enough memory; close other programs");
	if (output && !output_close(output, error, sizeof(error)))
		return STATUS_FAILED;
	if (done)
		message("summary in %s/summary.csv", roster.results);
	return done ? STATUS_OK : STATUS_FAILED;
}

int grade_command(const struct options *options)
{
	struct lab_description *lab = calloc(1, sizeof(*lab));
	char error[1024];
	int status = STATUS_USAGE;

	if (options->word_count < 2)
		message("grade takes a lab and a submission, as in 'ringside grade 02 trap.c'");
	else if (!lab || !lab_describe(lab, options->words[0], error, sizeof(error)))
		message("%s", lab ? error : "not enough memory; close other programs");
	else if (!check_forms(options))
		status = STATUS_USAGE;
	else if (options->roster)
		status = grade_class(options, lab->by_name);
	else {
		if (take_seed(options, lab))
			status = grade_one(options, lab, options->words[1]);
	}
	free(lab);
	return status;
}

/* ---- lab check ---- */

static bool check_one(const struct lab_description *lab, const char *submission, bool full)
{
	const struct grade_options grade = { .lab = lab, .submission = submission };
	struct grading *grading = calloc(1, sizeof(*grading));
	bool right = false;
	char error[1024];

	if (grading && grade_submission(&grade, grading, error, sizeof(error))) {
		bool has_all = grading->score == grading->maximum;

		right = grading->built && has_all == full;
		printf("%s: %s %u/%u%s\n", right ? "ok" : "FAILED", full ? "the solution has" : "the skeleton has", grading->score,
		       grading->maximum, grading->built ? "" : " (it does not build)");
		for (unsigned i = 0; !right && i < grading->tests; i++)
			if (full && grading->test[i].outcome != OUTCOME_PASSED)
				printf("    %s: %s\n", grading->test[i].test->name, grading->test[i].message);
	} else if (grading) {
		message("%s", error);
	}
	free(grading);
	return right;
}

/* A lab of variants has a solution for each seed: the answers that the guest's own runs give, by way of the file that a student
 * hands in. Full marks for it on every seed say that each question can be asked, numbered, written down and read again. */
static bool check_variant(struct lab_description *lab, struct lab_seed seed)
{
	char folder[] = "/tmp/ringside-check-XXXXXX", path[160], skeleton[LAB_PATH + 16], error[1024] = "";
	struct output *output;
	bool right;

	lab->seed[0] = seed;
	lab->seeds = 1;
	snprintf(skeleton, sizeof(skeleton), "%s/skeleton", lab->folder);
	if (!mkdtemp(folder)) {
		message("no folder in /tmp");
		return false;
	}
	snprintf(path, sizeof(path), "%s/%s", folder, lab->file[PART_TEXT]);
	output = output_open(path, error, sizeof(error));
	right = output && answers_write(lab, seed.value, output, error, sizeof(error));
	right = output && output_close(output, error, sizeof(error)) && right;
	printf("variant %" PRIu64 ": ", seed.value);
	if (right) {
		right = check_one(lab, skeleton, false);
		printf("variant %" PRIu64 ": ", seed.value);
		right = check_one(lab, path, true) && right;
	} else {
		message("%s", error);
	}
	remove_folder(folder);
	return right;
}

static int check_variants(const struct lab_description *lab)
{
	struct lab_description *one = malloc(sizeof(*one));
	bool right = one != NULL;

	for (unsigned i = 0; one && i < lab->seeds; i++) {
		*one = *lab;
		right = check_variant(one, lab->seed[i]) && right;
	}
	free(one);
	return right ? STATUS_OK : STATUS_FAILED;
}

static bool has_report(const struct lab_description *lab)
{
	for (unsigned i = 0; i < lab->tests; i++)
		if (lab->test[i].judge->decide == judge_report)
			return true;
	return false;
}

/* A report's numbers are those of the guests as they are built here: the solution has places for them, and gets them now. */
static bool check_report(const struct lab_description *lab)
{
	char folder[] = "/tmp/ringside-check-XXXXXX", error[1024] = "no folder in /tmp";
	bool right = mkdtemp(folder) && report_fill(lab, folder, error, sizeof(error));

	if (!right)
		message("%s", error);
	right = right && check_one(lab, folder, true);
	remove_folder(folder);
	return right;
}

/* The skeleton must build and lack points, the solution must have all of them, on every seed. */
static int check_lab(const struct lab_description *lab)
{
	char skeleton[LAB_PATH + 96];
	bool right;

	snprintf(skeleton, sizeof(skeleton), "%s/skeleton", lab->folder);
	printf("%s: %u tests, %u seeds\n", lab->name, lab->tests, lab->seeds);
	if (lab->by_name)
		return check_variants(lab);
	right = check_one(lab, skeleton, false);
	if (!lab->solution[0])
		message("this copy has no solution of %s; only the skeleton was checked", lab->name);
	else
		right = (has_report(lab) ? check_report(lab) : check_one(lab, lab->solution, true)) && right;
	return right ? STATUS_OK : STATUS_FAILED;
}

static int check_command(const char *word)
{
	struct lab_description *lab = calloc(1, sizeof(*lab));
	char error[1024];
	int status = STATUS_USAGE;

	if (!lab || !lab_describe(lab, word, error, sizeof(error)))
		message("%s", lab ? error : "not enough memory; close other programs");
	else
		status = check_lab(lab);
	free(lab);
	return status;
}

/* ---- lab new ---- */

/* "42-a-new-lab" is made where the labs are, "FOLDER/42-a-new-lab" in FOLDER. */
static int new_command(const char *word)
{
	const char *slash = strrchr(word, '/'), *name = slash ? slash + 1 : word;
	char folder[512], error[1024];
	bool here = !slash && access("labs/template", F_OK) == 0;

	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - word) : 4, slash ? word : here ? "labs" : ".");
	if (!lab_create(folder, name, error, sizeof(error))) {
		message("%s", error);
		return STATUS_FAILED;
	}
	printf("%s/%s: a lab with one task, its solution in %s/solutions/%s. Next:\n", folder, name, folder, name);
	printf("  %s%s\n  ringside lab check %s/%s\n", here ? "make" : "make guest -C ", here ? "" : word, folder, name);
	return STATUS_OK;
}

int lab_command(const struct options *options)
{
	static const struct {
		const char *name;
		int (*perform)(const char *word);
	} actions[] = { { "check", check_command }, { "new", new_command } };

	for (size_t i = 0; options->word_count == 2 && i < sizeof(actions) / sizeof(*actions); i++)
		if (strcmp(options->words[0], actions[i].name) == 0)
			return actions[i].perform(options->words[1]);
	message("lab takes what to do and a lab, as in 'ringside lab check 02' or 'ringside lab new 42-a-new-lab'");
	return STATUS_USAGE;
}
