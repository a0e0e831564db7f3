/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_compare.c - comparisons without a run: plans and what they refuse, results read from what runs
 * print, the arithmetic of tables, and forms whose escapes hold whatever a name contains.
 */
#include "core/json.h"
#include "tests/harness.h"
#include "visualizer/compare/axis.h"
#include "visualizer/compare/plots.h"
#include "visualizer/compare/report.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char error[512];

/* ---- results ---- */

/* What `run --json` prints, of so many cycles: a tenth the VMM's, the rest the guest's. */
static const char *line_of(uint64_t cycles, unsigned exits)
{
	static char line[1024];

	snprintf(line, sizeof(line),
	         "{\"technique\":\"trap\",\"end\":\"exited\",\"exit_code\":0,\"cycles\":%lu,\"busy_cycles\":%lu,\"instructions\":50,\"exits\":%u,"
	         "\"frequency\":1000000,\"hidden_faults\":3,\"true_faults\":2,\"trace_hits\":1,\"sensitive\":0,\"tlb_misses\":7,"
	         "\"walk_references\":14,\"parts\":{\"guest\":%lu,\"page-walks\":0,\"interpreter\":0,\"vmm\":%lu,\"memory\":0,"
	         "\"translation\":0,\"idle\":0},\"reasons\":[{\"reason\":\"a <b>, \\\"c\\\"\",\"exit\":true,\"count\":%u,"
	         "\"cycles\":%lu}]}", (unsigned long)cycles, (unsigned long)cycles, exits, (unsigned long)(cycles - cycles / 10),
	         (unsigned long)(cycles / 10), exits, (unsigned long)(cycles / 10));
	return line;
}

static void test_reading(void)
{
	static struct result result;
	char line[1024];

	strcpy(line, line_of(1000, 5));
	CU_ASSERT_FATAL(result_read(&result, line, error, sizeof(error)));
	CU_ASSERT_EQUAL(result.outcome, OUTCOME_DONE);
	CU_ASSERT_EQUAL(result.measure[MEASURE_CYCLES], 1000);
	CU_ASSERT_EQUAL(result.spending.cycles[SPENDING_VMM], 100);
	CU_ASSERT(result.has[MEASURE_WALK_REFERENCES] && !result.has[MEASURE_UNITS]);
	CU_ASSERT_EQUAL(result.reasons, 1);
	CU_ASSERT_STRING_EQUAL(result.reason[0].name, "a <b>, \"c\"");
	CU_ASSERT(result_reason(&result, "none") == NULL);
	/* A part of the clock that is missing is told. */
	memcpy(strstr(line, "\"cycles\":1000"), "\"cycles\":1001", 13);
	CU_ASSERT(!result_read(&result, line, error, sizeof(error)));
	CU_ASSERT(strstr(error, "add up") != NULL);
}

/* Cut anywhere, or with any byte changed: never a crash, and no result that does not add up. */
static void test_damaged_lines(void)
{
	uint64_t seed = harness_seed(606), rounds = harness_count(3000);
	static struct result result;
	char line[1024];
	size_t length = strlen(line_of(1000, 5));

	for (size_t cut = 0; cut + 1 < length; cut++) { /* the last bracket is not looked for */
		strcpy(line, line_of(1000, 5));
		line[cut] = '\0';
		CU_ASSERT(!result_read(&result, line, error, sizeof(error)));
	}
	for (uint64_t i = 0; i < rounds; i++) {
		uint64_t sum = 0;

		strcpy(line, line_of(1000, 5));
		line[harness_random(&seed) % length] = (char)(harness_random(&seed) % 255 + 1);
		if (!result_read(&result, line, error, sizeof(error)))
			continue;
		for (unsigned part = 0; part < SPENDING_COUNT; part++)
			sum += result.spending.cycles[part];
		CU_ASSERT_EQUAL(sum, result.measure[MEASURE_CYCLES]);
	}
}

static void test_each(void)
{
	const char *at = "{\"a\":1,\"b\":[2,\"x\"],\"c\":\"d:e\"}";
	const char *array = "[\"p\",\"q\",{\"r\":1}]", *empty = "[]";
	char key[8], value[16], seen[64] = "";

	while (json_each(&at, key, sizeof(key), value, sizeof(value)))
		snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s=%s;", key, value);
	CU_ASSERT_STRING_EQUAL(seen, "a=1;b=[2,\"x\"];c=d:e;");
	seen[0] = '\0';
	while (json_each(&array, key, sizeof(key), value, sizeof(value)))
		snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s=%s;", key, value);
	CU_ASSERT_STRING_EQUAL(seen, "=p;=q;={\"r\":1};");
	CU_ASSERT(!json_each(&empty, key, sizeof(key), value, sizeof(value)));
}

/* ---- plans ---- */

static struct plan *new_plan(void)
{
	struct plan *plan = malloc(sizeof(*plan));

	CU_ASSERT_PTR_NOT_NULL_FATAL(plan);
	plan_begin(plan);
	return plan;
}

static void free_plan(struct plan *plan)
{
	plan_free(plan);
	free(plan);
}

static const char nasty[] = "<script>a&\"b'|`,\xff\n";

/* Two guests, two modes, a parameter of three values, two seeds: all runs have results. */
static struct plan *small_plan(void)
{
	struct plan *plan = new_plan();

	snprintf(plan->title, sizeof(plan->title), "%s", nasty);
	CU_ASSERT_FATAL(plan_add_guest(plan, nasty, "a,b.elf", error, sizeof(error)));
	CU_ASSERT_FATAL(plan_add_guest(plan, "second", "it's.elf", error, sizeof(error)));
	strcpy(plan->guest[0].words, "n={n} seed={seed}");
	strcpy(plan->guest[1].words, "n={n} -x");
	CU_ASSERT_FATAL(plan_add_modes(plan, "native trap/3", error, sizeof(error)));
	CU_ASSERT_FATAL(plan_add_parameter(plan, "n", "1, 10 100", error, sizeof(error)));
	CU_ASSERT_FATAL(plan_add_seeds(plan, "7,8", error, sizeof(error)));
	CU_ASSERT_FATAL(plan_make(plan, error, sizeof(error)));
	for (unsigned i = 0; i < plan->run_count; i++) {
		const struct plan_run *run = &plan->runs[i];
		uint64_t cycles = (run->mode + 1) * 1000 + run->seed * 100;

		CU_ASSERT(result_read(plan->runs[i].result, line_of(cycles, run->mode * 10), error, sizeof(error)));
	}
	return plan;
}

static void test_cases_and_runs(void)
{
	struct plan *plan = small_plan();

	CU_ASSERT_EQUAL(plan->case_count, 6);
	CU_ASSERT_EQUAL(plan->run_count, 24);
	CU_ASSERT_EQUAL(plan->x, 0);
	CU_ASSERT_EQUAL(plan->baseline, 0);
	CU_ASSERT_STRING_EQUAL(plan->cases[5].name, "second n=100");
	CU_ASSERT_STRING_EQUAL(plan_run(plan, 1, 1, 1)->command,
	                       "ringside run --json --technique=trap --ring=3 a,b.elf n=10 seed=8");
	CU_ASSERT_STRING_EQUAL(plan_run(plan, 3, 0, 0)->command,
	                       "ringside run --json --technique=native -- 'it'\\''s.elf' n=1 -x");
	free_plan(plan);
}

static void refuses(const char *what, bool (*add)(struct plan *plan), const char *expected)
{
	struct plan *plan = new_plan();

	strcpy(error, "");
	CU_ASSERT(!(add(plan) && plan_make(plan, error, sizeof(error))));
	if (!strstr(error, expected)) {
		CU_ASSERT_STRING_EQUAL(error, expected);
		printf("# %s: '%s'\n", what, error);
	}
	free_plan(plan);
}

static bool add_guest(struct plan *plan)
{
	return plan_add_guest(plan, "g", "g.elf", error, sizeof(error));
}

static bool no_guest(struct plan *plan)
{
	return plan->guests == 0;
}

static bool useless_parameter(struct plan *plan)
{
	return add_guest(plan) && plan_add_parameter(plan, "n", "1", error, sizeof(error));
}

static bool useless_seeds(struct plan *plan)
{
	return add_guest(plan) && plan_add_seeds(plan, "1,2", error, sizeof(error));
}

static bool unknown_parameter(struct plan *plan)
{
	return add_guest(plan) && strcpy(plan->guest[0].words, "n={m}") != NULL;
}

static bool other_baseline(struct plan *plan)
{
	strcpy(plan->baseline_text, "bt");
	return add_guest(plan) && plan_add_modes(plan, "native", error, sizeof(error));
}

static bool twice(struct plan *plan)
{
	return plan_add_modes(plan, "trap trap/1", error, sizeof(error));
}

static bool bad_setting(struct plan *plan)
{
	return add_guest(plan) && plan_add_setting(plan, "memory", "lots", error, sizeof(error));
}

static bool too_many(struct plan *plan)
{
	char name[] = "a", words[] = "{a}{b}{c}{d}";

	strcpy(plan->guest[0].words, words);
	for (; *name <= 'd'; (*name)++)
		if (!plan_add_parameter(plan, name, "1 2 3 4 5 6 7 8 9 10 11 12", error, sizeof(error)))
			return false;
	return add_guest(plan) && strcpy(plan->guest[0].words, words) != NULL;
}

static void test_refusals(void)
{
	refuses("no guest", no_guest, "--guest");
	refuses("a parameter without use", useless_parameter, "{n}");
	refuses("seeds without use", useless_seeds, "{seed}");
	refuses("a parameter that is not there", unknown_parameter, "{m}");
	refuses("a baseline that is not compared", other_baseline, "baseline");
	refuses("a technique twice", twice, "twice");
	refuses("a bad setting", bad_setting, "lots");
	refuses("too many runs", too_many, "more than 20000 runs");
}

/* ---- figures ---- */

static void test_figures(void)
{
	struct plan *plan = small_plan();
	struct figure figure = figure_of(plan, 0, 0, MEASURE_CYCLES);
	double ratio = 0;

	CU_ASSERT_EQUAL(figure.count, 2);
	CU_ASSERT_DOUBLE_EQUAL(figure.mean, 1050, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(figure.median, 1050, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(figure.deviation, sqrt(5000), 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(figure.least, 1000, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(figure.most, 1100, 1e-9);
	CU_ASSERT(figure_ratio(plan, 0, 1, &ratio));
	CU_ASSERT_DOUBLE_EQUAL(ratio, 2050.0 / 1050, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(figure_share(plan, 0, 1, SPENDING_VMM).mean, 0.1, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(figure_reason(plan, 0, 1, "a <b>, \"c\"").mean, 10, 1e-12);
	/* A run that there was not leaves the others; none leaves no figure. */
	plan_run(plan, 0, 0, 1)->result->outcome = OUTCOME_CRASHED;
	CU_ASSERT_EQUAL(figure_of(plan, 0, 0, MEASURE_CYCLES).count, 1);
	plan_run(plan, 0, 0, 0)->result->outcome = OUTCOME_REFUSED;
	CU_ASSERT(!figure_there(plan, 0, 0) && !figure_ratio(plan, 0, 1, &ratio));
	free_plan(plan);
}

/* Runs with n=0 are taken off, and go; what cannot be taken off is no figure. */
static void test_less(void)
{
	struct plan *plan = new_plan();
	const struct result *result;

	CU_ASSERT_FATAL(plan_add_guest(plan, "g", "g.elf", error, sizeof(error)));
	strcpy(plan->guest[0].words, "n={n} m={m}");
	strcpy(plan->less, "n=0");
	CU_ASSERT_FATAL(plan_add_modes(plan, "native trap", error, sizeof(error)));
	CU_ASSERT_FATAL(plan_add_parameter(plan, "n", "1 2", error, sizeof(error)));
	CU_ASSERT_FATAL(plan_add_parameter(plan, "m", "3 4", error, sizeof(error)));
	CU_ASSERT_FATAL(plan_make(plan, error, sizeof(error)));
	CU_ASSERT_EQUAL(plan->run_count, 12);
	for (unsigned i = 0; i < plan->run_count; i++) {
		unsigned n = plan->cases[plan->runs[i].which_case].value[0], m = plan->cases[plan->runs[i].which_case].value[1];

		/* value 2 is n=0: 500 cycles with m=3, 700 with m=4 */
		CU_ASSERT(result_read(plan->runs[i].result, line_of(500 + 200 * m + (n == 2 ? 0 : (n + 1) * 1000), n == 2 ? 2 : 5), error,
		                      sizeof(error)));
	}
	plan->runs[0].result->spending.cycles[SPENDING_VMM] = 10; /* below the boot's */
	plan_less_end(plan);
	CU_ASSERT_EQUAL(plan->run_count, 8);
	CU_ASSERT_EQUAL(plan->case_count, 4);
	CU_ASSERT_STRING_EQUAL(plan->cases[3].name, "n=2 m=4");
	CU_ASSERT_EQUAL(plan->runs[0].result->outcome, OUTCOME_CRASHED);
	result = plan_run(plan, 3, 1, 0)->result;
	CU_ASSERT_EQUAL(result->measure[MEASURE_CYCLES], 2000);
	CU_ASSERT_EQUAL(result->measure[MEASURE_EXITS], 3);
	CU_ASSERT_EQUAL(result->spending.cycles[SPENDING_GUEST], 1800);
	CU_ASSERT_EQUAL(result->spending.cycles[SPENDING_VMM], 200);
	CU_ASSERT_EQUAL(result->reason[0].count, 3);
	CU_ASSERT(strstr(plan_run(plan, 3, 1, 0)->command, "n=2 m=4") != NULL);
	free_plan(plan);
}

static void test_axes(void)
{
	struct axis straight = axis_for(3, 17, 0), wide = axis_for(3, 4000, 3), flat = axis_for(0, 0, 0);
	char text[24];

	CU_ASSERT(!straight.logarithmic && wide.logarithmic && !flat.logarithmic);
	CU_ASSERT_DOUBLE_EQUAL(straight.low, 0, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(straight.high, 20, 1e-12);
	CU_ASSERT_EQUAL(straight.ticks, 5);
	CU_ASSERT_DOUBLE_EQUAL(axis_place(&straight, 10), 0.5, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(axis_place(&wide, 3), 0, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(axis_place(&wide, 4000), 1, 1e-12);
	CU_ASSERT(flat.high > flat.low && isfinite(axis_place(&flat, 0)));
	CU_ASSERT_STRING_EQUAL(axis_label(1500, text, sizeof(text)), "1.5k");
	CU_ASSERT_STRING_EQUAL(axis_label(2e9, text, sizeof(text)), "2G");
	CU_ASSERT_STRING_EQUAL(axis_label(0, text, sizeof(text)), "0");
}

static void test_numbers(void)
{
	char text[40];

	CU_ASSERT_STRING_EQUAL(table_number(0, text, sizeof(text)), "0");
	CU_ASSERT_STRING_EQUAL(table_number(999, text, sizeof(text)), "999");
	CU_ASSERT_STRING_EQUAL(table_number(1000, text, sizeof(text)), "1,000");
	CU_ASSERT_STRING_EQUAL(table_number(UINT64_MAX, text, sizeof(text)), "18,446,744,073,709,551,615");
}

/* ---- forms ---- */

typedef void form(const struct plan *plan, FILE *out);

static char *written(form *form, const struct plan *plan)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	form(plan, out);
	fclose(out);
	return text;
}

static void json_form(const struct plan *plan, FILE *out)
{
	CU_ASSERT(report_json(plan, out));
}

static void text_form(const struct plan *plan, FILE *out)
{
	report_text(plan, true, 80, out);
}

static void test_json(void)
{
	struct plan *plan = small_plan();
	char *text = written(json_form, plan);
	json_t *root = json_loads(text, 0, NULL), *result, *run;

	CU_ASSERT_PTR_NOT_NULL_FATAL(root);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(root, "results")), 12);
	result = json_array_get(json_object_get(root, "results"), 1);
	CU_ASSERT_DOUBLE_EQUAL(json_real_value(json_object_get(result, "mean")), 2050e-6, 1e-12);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(result, "times")), 2);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json_object_get(result, "parameters"), "n")), "1");
	run = json_array_get(json_object_get(result, "runs"), 1);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(run, "seed")), "8");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(run, "cycles")), 2100);
	json_decref(root);
	free(text);
	free_plan(plan);
}

/* Fields and rows of RFC 4180. */
static void test_csv(void)
{
	struct plan *plan = small_plan();
	char *text = written(report_csv, plan), *reasons = written(report_reasons, plan);
	unsigned fields = 1, rows = 0, expected = 0;
	bool quoted = false;

	for (const char *c = text; *c; c++) {
		quoted ^= *c == '"';
		fields += *c == ',' && !quoted;
		if (*c != '\n' || quoted)
			continue;
		expected = rows++ ? expected : fields;
		CU_ASSERT_EQUAL(fields, expected);
		fields = 1;
	}
	CU_ASSERT_EQUAL(rows, 1 + 24);
	CU_ASSERT(strstr(text, "\"<script>a&\"\"b'|`,") != NULL);
	CU_ASSERT(strstr(reasons, "\"a <b>, \"\"c\"\"\",yes,10,200\r\n") != NULL);
	free(text);
	free(reasons);
	free_plan(plan);
}

static void test_html(void)
{
	struct plan *plan = small_plan();
	char *text = written(report_html, plan), *again = written(report_html, plan);
	int depth = 0;

	CU_ASSERT_STRING_EQUAL(text, again);
	CU_ASSERT(strstr(text, "<script") == NULL);
	CU_ASSERT(strstr(text, "&lt;script&gt;a&amp;&quot;b&#39;|`,\xef\xbf\xbd") != NULL);
	CU_ASSERT(strstr(text, "http") == NULL); /* nothing is fetched */
	CU_ASSERT(strstr(text, "nan") == NULL && strstr(text, "inf\"") == NULL);
	for (const char *c = text; *c; c++) {
		depth += (*c == '<') - (*c == '>');
		CU_ASSERT(depth >= 0 && depth <= 1);
	}
	free(text);
	free(again);
	free_plan(plan);
}

static void test_other_forms(void)
{
	struct plan *plan = small_plan();
	char *markdown = written(report_markdown, plan), *text = written(text_form, plan), *plot = written(report_gnuplot, plan);

	CU_ASSERT(strstr(markdown, "# \\<script\\>a\\&\"b'\\|\\`,") != NULL);
	CU_ASSERT(strstr(text, "model cycles") != NULL && strstr(text, "1,050") != NULL);
	CU_ASSERT(strstr(plot, "\"n\" \"native\" \"trap/3\"\n1 1050 2050\n10 1050 2050\n") != NULL);
	free(markdown);
	free(text);
	free(plot);
	free_plan(plan);
}

static const struct harness_test tests[] = {
	{"results are read, and must add up", test_reading},
	{"damaged results", test_damaged_lines},
	{"stepping through JSON", test_each},
	{"cases, runs and their commands", test_cases_and_runs},
	{"what a plan refuses", test_refusals},
	{"means, ratios, shares", test_figures},
	{"a boot taken off", test_less},
	{"axes", test_axes},
	{"numbers", test_numbers},
	{"JSON", test_json},
	{"CSV", test_csv},
	{"HTML", test_html},
	{"Markdown, text, gnuplot", test_other_forms},
	{0},
};

int main(void)
{
	return harness_main("compare", tests);
}
