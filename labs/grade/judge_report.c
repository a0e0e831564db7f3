/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/judge_report.c - the judge `report`: the comparisons of a report are run anew, and what it cites must come out again, to the
 * last digit. (Vandewalle, Kovacevic and Vetterli, Reproducible research in signal processing, 2009: five minutes, no effort.)
 *
 *	check = numbers        all that is cited regenerates; at least `least` numbers
 *	check = claims         all claims hold; at least `least`; of `must` (MODE beats MODE; ...) each is among them
 *	check = techniques     numbers of each of the modes in `must` are cited
 *	check = workloads      numbers of at least `least` workloads are cited
 */
#include "labs/grade/report.h"

#include "core/number.h"
#include "core/refuse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct study {
	const struct lab_description *lab;
	const char *work; /* a folder of the grader's own */
	struct report report;
	struct { char file[FILE_STEM]; struct run_table *table; } made[REPORT_FILES];
	unsigned files;
};

/* A mark's figure. */
struct figure {
	const char *value, *mode, *load;
};

/* ---- figures ---- */

static const struct run_table *table_of(struct study *study, const char *file, char *error, size_t error_size)
{
	struct run_table *table;

	for (unsigned i = 0; i < study->files; i++)
		if (strcmp(study->made[i].file, file) == 0)
			return study->made[i].table;
	if (study->files == REPORT_FILES) {
		refuse(error, error_size, "it cites more than %d comparison files", REPORT_FILES);
		return NULL;
	}
	table = run_table_make(study->lab, study->report.folder, file, study->work, error, error_size);
	if (!table)
		return NULL;
	snprintf(study->made[study->files].file, FILE_STEM, "%s", file);
	study->made[study->files++].table = table;
	return table;
}

static bool find(struct study *study, unsigned line, const struct cited *cited, struct figure *figure, char *error, size_t error_size)
{
	char why[640];
	const struct run_table *table = table_of(study, cited->file, why, sizeof why);

	if (table && run_table_find(table, cited->words, &figure->value, &figure->mode, &figure->load, why, sizeof why))
		return true;
	return refuse(error, error_size, "line %u, {{%s%s}}: %s", line, cited->file, cited->words, why);
}

static bool number_holds(struct study *study, const struct citation *citation, struct figure *figure, char *error, size_t error_size)
{
	const struct cited *cited = &citation->left;

	if (citation->value[0] == '?')
		return refuse(error, error_size, "line %u, {{%s%s}}: there is no number yet; run the comparison and put it in", citation->line,
		              cited->file, cited->words);
	if (!find(study, citation->line, cited, figure, error, error_size))
		return false;
	return strcmp(figure->value, citation->value) == 0 ||
	       refuse(error, error_size, "line %u, {{%s%s}}: run anew it is %s, and the report says %s", citation->line, cited->file, cited->words,
	              figure->value, citation->value);
}

/* Without the word of the mode: what else is the same. */
static void without_mode(char *to, size_t size, const char *words, const char *mode)
{
	size_t used = 0;

	to[0] = '\0';
	for (words += strspn(words, " ,"); *words; words += strspn(words, " ,")) {
		size_t length = strcspn(words, " ,");

		if ((length != strlen(mode) || memcmp(words, mode, length) != 0) && used + length + 2 < size)
			used += (size_t)snprintf(to + used, size - used, "%.*s ", (int)length, words);
		words += length;
	}
}

static bool claim_holds(struct study *study, const struct citation *citation, struct figure *left, struct figure *right, char *error,
                        size_t error_size)
{
	char one[CITED_WORDS], other[CITED_WORDS];
	double a, b;

	if (!find(study, citation->line, &citation->left, left, error, error_size) ||
	    !find(study, citation->line, &citation->right, right, error, error_size))
		return false;
	without_mode(one, sizeof one, citation->left.words, left->mode);
	without_mode(other, sizeof other, citation->right.words, right->mode);
	if (citation->beats && (strcmp(citation->left.file, citation->right.file) != 0 || strcmp(one, other) != 0))
		return refuse(error, error_size, "line %u: what one mode beats another in is the same for both; the marks may differ in the mode alone",
		              citation->line);
	a = strtod(left->value, NULL);
	b = strtod(right->value, NULL);
	return (citation->more ? a > b : a < b) ||
	       refuse(error, error_size, "line %u: the claim does not hold: run anew, the left one is %s, the right one %s", citation->line,
	              left->value, right->value);
}

/* ---- checks ---- */

struct check {
	struct study *study;
	const char *must;
	unsigned least;
	struct test_result *result;
};

static bool enough(const struct check *check, unsigned count, const char *what)
{
	if (count < check->least)
		return refuse(check->result->message, sizeof check->result->message, "%u %s; at least %u are wanted", count, what, check->least);
	snprintf(check->result->detail, sizeof check->result->detail, "%u %s\n", count, what);
	return true;
}

static bool check_numbers(const struct check *check)
{
	struct report *report = &check->study->report;
	struct figure figure;
	unsigned count = 0;

	for (unsigned i = 0; i < report->count; i++)
		if (!report->citation[i].claim) {
			if (!number_holds(check->study, &report->citation[i], &figure, check->result->message, sizeof check->result->message))
				return false;
			count++;
		}
	return enough(check, count, "numbers that regenerate");
}

/* Is "A beats B" among the claims? */
static bool is_claimed(const struct check *check, const char *one, size_t one_length, const char *other, size_t other_length)
{
	struct report *report = &check->study->report;
	struct figure left, right;
	char error[768];

	for (unsigned i = 0; i < report->count; i++)
		if (report->citation[i].beats && claim_holds(check->study, &report->citation[i], &left, &right, error, sizeof error) &&
		    strlen(left.mode) == one_length && memcmp(left.mode, one, one_length) == 0 && strlen(right.mode) == other_length &&
		    memcmp(right.mode, other, other_length) == 0)
			return true;
	return false;
}

static bool check_claims(const struct check *check)
{
	struct report *report = &check->study->report;
	struct figure left, right;
	unsigned count = 0;

	for (unsigned i = 0; i < report->count; i++)
		if (report->citation[i].claim) {
			if (!claim_holds(check->study, &report->citation[i], &left, &right, check->result->message, sizeof check->result->message))
				return false;
			count++;
		}
	for (const char *at = check->must + strspn(check->must, " ;"); *at; at += strspn(at, " ;")) {
		size_t one = strcspn(at, " "), length = strcspn(at, ";"), other;
		const char *second = strstr(at, "beats ");

		second = second ? second + 6 : at + length;
		other = strcspn(second, " ;");
		if (!is_claimed(check, at, one, second, other))
			return refuse(check->result->message, sizeof check->result->message, "nowhere in the report is a case where %.*s", (int)length, at);
		at += length;
	}
	return enough(check, count, "claims that hold");
}

/* Figures of the numbers that regenerate. */
static bool next_figure(const struct check *check, unsigned *at, struct figure *figure)
{
	struct report *report = &check->study->report;
	char error[768];

	while (*at < report->count) {
		const struct citation *citation = &report->citation[(*at)++];

		if (!citation->claim && number_holds(check->study, citation, figure, error, sizeof error))
			return true;
	}
	return false;
}

static bool check_techniques(const struct check *check)
{
	for (const char *mode = check->must + strspn(check->must, " "); *mode; mode += strspn(mode, " ")) {
		size_t length = strcspn(mode, " ");
		struct figure figure;
		unsigned at = 0;
		bool there = false;

		while (!there && next_figure(check, &at, &figure))
			there = strlen(figure.mode) == length && memcmp(figure.mode, mode, length) == 0;
		if (!there)
			return refuse(check->result->message, sizeof check->result->message, "no number of %.*s is cited that regenerates", (int)length,
			              mode);
		mode += length;
	}
	return true;
}

static bool check_workloads(const struct check *check)
{
	const char *seen[64];
	struct figure figure;
	unsigned at = 0, count = 0;

	while (count < 64 && next_figure(check, &at, &figure)) {
		unsigned i = 0;

		while (i < count && strcmp(seen[i], figure.load) != 0)
			i++;
		if (i == count)
			seen[count++] = figure.load;
	}
	return enough(check, count, "workloads with numbers that regenerate");
}

/* ---- the judge ---- */

static bool study_end(struct study *study)
{
	for (unsigned i = 0; i < study->files; i++)
		run_table_free(study->made[i].table);
	report_free(&study->report);
	return true;
}

bool judge_report(const struct judgement *judgement, struct test_result *result, char *error, size_t error_size)
{
	static const struct { const char *name; bool (*perform)(const struct check *check); } checks[] = {
		{"numbers", check_numbers}, {"claims", check_claims}, {"techniques", check_techniques}, {"workloads", check_workloads},
	};
	const char *name = lab_setting(result->test, "check"), *must = lab_setting(result->test, "must"), *least = lab_setting(result->test, "least");
	struct study study = {.lab = judgement->lab, .work = judgement->build->folder};
	uint64_t wanted = 0;
	struct check check = {&study, must ? must : "", 0, result};
	unsigned i = 0;

	while (i < 4 && (!name || strcmp(checks[i].name, name) != 0))
		i++;
	if (i == 4 || (least && !number_parse(least, &wanted)))
		return refuse(error, error_size, "%s: check is numbers, claims, techniques or workloads, and least a number", result->test->name);
	check.least = (unsigned)wanted;
	if (report_read(&study.report, judgement->build->product[PART_TEXT], result->message, sizeof result->message))
		checks[i].perform(&check);
	return study_end(&study);
}

/* ---- the solution ---- */

static bool copy_file(const char *from, const char *to)
{
	char bytes[4096];
	FILE *in = fopen(from, "re"), *out = in ? fopen(to, "we") : NULL;
	size_t size;

	while (out && (size = fread(bytes, 1, sizeof bytes, in)) > 0)
		fwrite(bytes, 1, size, out);
	if (in)
		fclose(in);
	return out && fclose(out) == 0;
}

/* The report's text, with figures where it has "?". */
static bool write_filled(struct study *study, FILE *out, char *error, size_t error_size)
{
	const struct report *report = &study->report;
	size_t done = 0;

	for (unsigned i = 0; i < report->count; i++) {
		const struct citation *citation = &report->citation[i];
		struct figure figure;

		if (citation->claim || citation->value[0] != '?')
			continue;
		if (!find(study, citation->line, &citation->left, &figure, error, error_size))
			return false;
		fwrite(report->text + done, 1, citation->value_at - done, out);
		fputs(figure.value, out);
		done = citation->value_at + citation->value_length;
	}
	fputs(report->text + done, out);
	return true;
}

static bool copy_comparisons(const struct study *study, const char *folder, char *error, size_t error_size)
{
	char from[LAB_PATH + 64], to[LAB_PATH + 64];

	for (unsigned i = 0; i < study->files; i++) {
		snprintf(from, sizeof from, "%s/%s.ini", study->report.folder, study->made[i].file);
		snprintf(to, sizeof to, "%s/%s.ini", folder, study->made[i].file);
		if (!copy_file(from, to))
			return refuse(error, error_size, "cannot copy '%s'", from);
	}
	return true;
}

bool report_fill(const struct lab_description *lab, const char *folder, char *error, size_t error_size)
{
	char path[LAB_PATH + 80], work[160];
	struct study study = {.lab = lab, .work = work};
	FILE *out;
	bool fine;

	snprintf(path, sizeof path, "%s/%s", lab->solution, lab->file[PART_TEXT]);
	snprintf(work, sizeof work, "%.120s/work", folder);
	mkdir(work, 0700);
	fine = report_read(&study.report, path, error, error_size);
	snprintf(path, sizeof path, "%s/%s", folder, lab->file[PART_TEXT]);
	out = fine ? fopen(path, "we") : NULL;
	fine = fine && (out || refuse(error, error_size, "cannot write '%s'", path)) && write_filled(&study, out, error, error_size);
	if (out && fclose(out) != 0 && fine)
		fine = refuse(error, error_size, "cannot write '%s'", path);
	fine = fine && copy_comparisons(&study, folder, error, error_size);
	remove_folder(work);
	return study_end(&study) && fine;
}
