/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/quiz/quiz.c - the guest runs twice: once to see which moments there are, and again to stand still at those that were drawn, look,
 * and go on to the answer.
 */
#include "labs/quiz/quiz.h"

#include "core/refuse.h"
#include "core/symbols.h"
#include "labs/quiz/choose.h"
#include "labs/quiz/kinds.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct quiz {
	const struct quiz_order *order;
	const struct quiz_kind *kind;
	struct symbols *symbols;
	struct choice choice;
	const char *reason[QUIZ_REASONS + 1]; /* that came up */
	unsigned reasons;
	uint64_t step[QUIZ_QUESTIONS];
	uint64_t random;
};

static bool lies_within(const struct quiz *quiz, const struct moment *moment)
{
	uint32_t offset;
	const char *name;

	if (!quiz->order->within[0])
		return true;
	name = symbols_name(quiz->symbols, moment->before.segment[CS].base + moment->before.eip, &offset);
	return name && strcmp(name, quiz->order->within) == 0;
}

static void note_reason(struct quiz *quiz, const char *reason)
{
	for (unsigned i = 0; i < quiz->reasons; i++)
		if (strcmp(quiz->reason[i], reason) == 0)
			return;
	if (quiz->reasons < QUIZ_REASONS)
		quiz->reason[quiz->reasons++] = reason;
}

/* The first run. */
static bool find_moments(struct quiz *quiz, struct walker *walker, char *error, size_t error_size)
{
	unsigned found;

	if (!walker_begin(walker, quiz->order->config, error, error_size))
		return false;
	while (walker_step(walker)) {
		if (walker->moment.exited)
			note_reason(quiz, walker->moment.exit.reason);
		if (quiz->kind->fits(&walker->moment) && lies_within(quiz, &walker->moment))
			choose_offer(&quiz->choice, &walker->moment);
	}
	found = choose(&quiz->choice, quiz->step, quiz->order->count);
	return found == quiz->order->count ||
	       refuse(error, error_size, "the guest's run has %u moments for questions of the kind %s, not %u (it ended: %s)", found,
	              quiz->kind->name, quiz->order->count, vm_end_name(walker->end));
}

static void head(struct asking *asking)
{
	const struct vm *vm = asking->moment->vm;

	say(asking, "cycle %" PRIu64 ", by %s", asking->moment->cycle, vm->technique->name);
	if (vm->technique->deprivileges)
		say(asking, ", the kernel in ring %u", vm->config.ring);
	say(asking, ", with %s paging\n", paging_name(vm->paging));
}

static void make_question(struct quiz *quiz, const struct moment *moment, struct question *question)
{
	struct asking asking = {moment, question, 0, draw(&quiz->random), quiz->reason};

	*question = (struct question){.form = quiz->kind->form, .cycle = moment->cycle, .told = moment->exited || moment->fell};
	if (question->told)
		event_copy(&question->event, moment->exited ? &moment->exit : &moment->hole);
	head(&asking);
	quiz->kind->ask(&asking);
}

/* The second one. */
static bool ask(struct quiz *quiz, struct walker *walker, struct question *list, char *error, size_t error_size)
{
	unsigned asked = 0;

	if (!walker_begin(walker, quiz->order->config, error, error_size))
		return false;
	while (asked < quiz->order->count && walker_step(walker))
		if (walker->moment.step == quiz->step[asked])
			make_question(quiz, &walker->moment, &list[asked++]);
	return asked == quiz->order->count || refuse(error, error_size, "the guest does not run twice in the same way");
}

/* Quizzes of the same guest shall not ask about the same moments. */
static uint64_t seed_of(const struct quiz_order *order)
{
	uint64_t seed = order->seed;

	for (const char *at = order->kind; *at; at++)
		seed = (seed ^ (uint8_t)*at) * UINT64_C(0x100000001b3);
	for (const char *at = order->config->technique; *at; at++)
		seed = (seed ^ (uint8_t)*at) * UINT64_C(0x100000001b3);
	return seed + order->config->ring;
}

static bool make(struct quiz *quiz, struct question *list, char *error, size_t error_size)
{
	struct walker walker;
	bool fine = find_moments(quiz, &walker, error, error_size);

	walker_end(&walker);
	if (!fine)
		return false;
	fine = ask(quiz, &walker, list, error, error_size);
	walker_end(&walker);
	return fine;
}

bool quiz_make(const struct quiz_order *order, struct question *list, char *error, size_t error_size)
{
	struct quiz *quiz = calloc(1, sizeof *quiz);
	bool fine;

	if (!quiz)
		return refuse(error, error_size, "not enough memory; close other programs");
	quiz->order = order;
	quiz->kind = quiz_kind_find(order->kind);
	quiz->symbols = symbols_read(NULL, order->config->kernel, error, error_size);
	quiz->choice.random = quiz->random = seed_of(order);
	if (!quiz->kind)
		fine = refuse(error, error_size, "there is no kind of question '%s'", order->kind);
	else if (order->count < 1 || order->count > QUIZ_QUESTIONS)
		fine = refuse(error, error_size, "%u questions are not between 1 and %d", order->count, QUIZ_QUESTIONS);
	else
		fine = make(quiz, list, error, error_size);
	symbols_free(quiz->symbols);
	free(quiz);
	return fine;
}
