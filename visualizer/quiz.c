/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/quiz.c - the command `quiz`: a lab's questions as a worksheet, asked one by one, or checked against a file of answers.
 */
#include "labs/grade/answers.h"

#include "core/number.h"
#include "core/refuse.h"
#include "visualizer/command.h"
#include "visualizer/event_text.h"
#include "visualizer/message.h"
#include "visualizer/options.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One sitting. */
struct quiz {
	const struct options *options;
	const struct lab_description *lab;
	uint64_t seed;
	const struct answers *answers; /* of --answers */
	struct style style;
	bool terminal;
	uint64_t wanted, total; /* questions that are asked, and that there are */
	uint64_t passed;        /* questions so far, asked or not */
	uint64_t asked, right;
	bool ended;             /* no more answers will come */
};

/* What is done with each question. */
typedef void perform_question(struct quiz *quiz, unsigned number, const struct question *question);

static bool chosen(const struct quiz *quiz, const struct lab_test *test)
{
	char **filter = quiz->options->words + 1;

	if (!answers_asked(test))
		return false;
	if (!*filter)
		return true;
	for (; *filter; filter++)
		if (strstr(test->name, *filter))
			return true;
	return false;
}

/* -n: so many, spread over all tests. */
static bool is_next(struct quiz *quiz)
{
	uint64_t before = quiz->passed * quiz->wanted / quiz->total;

	return ++quiz->passed * quiz->wanted / quiz->total > before;
}

/* ---- what is printed ---- */

static void print_heading(const struct quiz *quiz, const struct lab_test *test)
{
	char command[1200];

	answers_command(test, quiz->seed, command, sizeof(command));
	printf("%s== %s: %s ==%s\n", quiz->style.title, test->name, quiz_kind_title(lab_setting(test, "kind")), quiz->style.off);
	printf("%slook: ringside shell %s\n      goto CYCLE, then step and info registers%s\n\n", quiz->style.faint, command, quiz->style.off);
}

static void print_question(const struct quiz *quiz, unsigned number, const struct question *question)
{
	printf("%s%u.%s %s", quiz->style.strong, number, quiz->style.off, question->text);
	printf("%s(%s)%s\n", quiz->style.faint, question->form, quiz->style.off);
}

static void perform_print(struct quiz *quiz, unsigned number, const struct question *question)
{
	print_question(quiz, number, question);
	if (quiz->options->correct)
		printf("%u: %s\n\n", number, question->right);
	else
		printf("%u: ____________\n\n", number);
}

static void perform_correct(struct quiz *quiz, unsigned number, const struct question *question)
{
	(void)quiz;
	printf("%u: %s\n", number, question->right);
}

/* ---- checking a file ---- */

static void perform_check(struct quiz *quiz, unsigned number, const struct question *question)
{
	char why[96];
	const char *answer = answers_find(quiz->answers, number, why, sizeof(why));
	bool right = answer && quiz_right(question, answer);

	quiz->asked++;
	quiz->right += right;
	printf("%u: %s%s\n", number, right ? "right" : answer ? "wrong: " : "", right ? "" : answer ? quiz_why(question, answer) : why);
}

/* ---- asking ---- */

/* What really happened: the exit's story or the hole's, or that there was neither. */
static void tell(const struct quiz *quiz, const struct question *question)
{
	struct event_text text = { .out = stdout, .style = quiz->style };

	if (question->told)
		event_story(&text, &question->event);
	else
		printf("   no exit, and nothing that the guest should not see: it was done where the guest runs\n\n");
}

/* False: there is none any more. */
static bool read_line(char *line, size_t size)
{
	fflush(stdout);
	if (!fgets(line, (int)size, stdin))
		return false;
	if (!strchr(line, '\n'))
		for (int c = getchar(); c != '\n' && c != EOF; c = getchar())
			;
	line[strcspn(line, "\r\n")] = '\0';
	return true;
}

/* At a terminal one may try again; an empty line goes on. */
static void perform_ask(struct quiz *quiz, unsigned number, const struct question *question)
{
	char line[256];
	bool right = false;

	if (quiz->ended)
		return;
	print_question(quiz, number, question);
	for (unsigned tries = quiz->terminal ? 3 : 1; tries > 0 && !right; tries--) {
		printf("%u: ", number);
		quiz->ended = !read_line(line, sizeof(line));
		if (!quiz->terminal || quiz->ended)
			printf("%s\n", quiz->ended ? "" : line);
		if (quiz->ended || !line[strspn(line, " \t")])
			break;
		right = quiz_right(question, line);
		printf("   %s%s%s%s\n", right ? quiz->style.good : quiz->style.bad, right ? "right" : "wrong: ", right ? "" : quiz_why(question, line),
		       quiz->style.off);
	}
	quiz->asked += !quiz->ended;
	quiz->right += right;
	if (!quiz->ended)
		tell(quiz, question);
}

/* ---- a sitting ---- */

static bool perform_test(struct quiz *quiz, const struct lab_test *test, perform_question *perform, struct question *list, char *error,
                         size_t error_size)
{
	unsigned first = answers_first(quiz->lab, test);
	bool headed = false;

	if (!answers_questions(quiz->lab, test, quiz->seed, list, error, error_size))
		return false;
	for (unsigned i = 0; i < answers_count(test) && !quiz->ended; i++) {
		if (!is_next(quiz))
			continue;
		if (!headed && perform == perform_correct)
			printf("# %s\n", test->name);
		else if (!headed && perform != perform_check)
			print_heading(quiz, test);
		headed = true;
		perform(quiz, first + i, &list[i]);
	}
	return true;
}

static bool perform_all(struct quiz *quiz, perform_question *perform, char *error, size_t error_size)
{
	struct question *list = calloc(QUIZ_QUESTIONS, sizeof(*list));
	bool fine = list || refuse(error, error_size, "not enough memory; close other programs");

	if (perform != perform_check)
		printf(perform == perform_correct ? "# %s, variant %" PRIu64 "\n" : "%s, variant %" PRIu64 "\n\n", quiz->lab->name, quiz->seed);
	for (unsigned i = 0; fine && i < quiz->lab->tests; i++)
		if (chosen(quiz, &quiz->lab->test[i]))
			fine = perform_test(quiz, &quiz->lab->test[i], perform, list, error, error_size);
	free(list);
	return fine;
}

static perform_question *what_to_do(const struct options *options)
{
	if (options->answers)
		return perform_check;
	if (options->worksheet)
		return perform_print;
	return options->correct ? perform_correct : perform_ask;
}

static void finish(const struct quiz *quiz, perform_question *perform)
{
	if (perform == perform_check)
		fputs(quiz->answers->remarks, stdout);
	if (perform == perform_check || perform == perform_ask)
		printf("%" PRIu64 " of %" PRIu64 " right\n", quiz->right, quiz->asked);
}

static int sit(struct quiz *quiz)
{
	perform_question *perform = what_to_do(quiz->options);
	char error[1024];

	for (unsigned i = 0; i < quiz->lab->tests; i++)
		if (chosen(quiz, &quiz->lab->test[i]))
			quiz->total += answers_count(&quiz->lab->test[i]);
	if (!quiz->total) {
		message("%s asks no questions%s", quiz->lab->name, quiz->options->words[1] ? " by such a name" : "");
		return STATUS_USAGE;
	}
	quiz->wanted = quiz->options->count.given && quiz->options->count.value < quiz->total ? quiz->options->count.value : quiz->total;
	if (!perform_all(quiz, perform, error, sizeof(error))) {
		message("%s", error);
		return STATUS_FAILED;
	}
	finish(quiz, perform);
	return (perform == perform_check || perform == perform_ask) && quiz->right < quiz->asked ? STATUS_FAILED : STATUS_OK;
}

/* Which variant: --seed, --for, or the first to practise with. */
static uint64_t seed_of(const struct options *options, const struct lab_description *lab)
{
	if (options->seed.given)
		return options->seed.value;
	return options->student ? answers_seed(lab, options->student) : lab->seed[0].value;
}

static bool check_color(const struct options *options)
{
	if (style_known(options->color))
		return true;
	message("--color: no kind '%s'; there are auto, always and never", options->color);
	return false;
}

static int quiz_lab(const struct options *options, const struct lab_description *lab)
{
	struct quiz quiz = {
		.options = options,
		.lab = lab,
		.seed = seed_of(options, lab),
		.style = style_make(options->color),
		.terminal = isatty(STDIN_FILENO),
	};
	struct answers *answers = options->answers ? calloc(1, sizeof(*answers)) : NULL;
	unsigned last = answers_first(lab, lab->test + lab->tests) - 1;
	char error[1024];
	int status = STATUS_FAILED;

	quiz.answers = answers;
	if (options->answers && !answers)
		message("not enough memory; close other programs");
	else if (answers && !answers_read(answers, options->answers, last, error, sizeof(error)))
		message("%s", error);
	else
		status = sit(&quiz);
	free(answers);
	return status;
}

int quiz_command(const struct options *options)
{
	struct lab_description *lab = calloc(1, sizeof(*lab));
	char error[1024];
	int status = STATUS_USAGE;

	if (options->word_count < 1)
		message("quiz takes a lab, as in 'ringside quiz 00'");
	else if (!lab || !lab_describe(lab, options->words[0], error, sizeof(error)))
		message("%s", lab ? error : "not enough memory; close other programs");
	else if (check_color(options))
		status = quiz_lab(options, lab);
	free(lab);
	return status;
}
