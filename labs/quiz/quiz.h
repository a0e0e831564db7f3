/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/quiz/quiz.h - predictions: a guest is run, stands still before a step that says something, and a question is made of how things
 * stand; the answer is what the run then comes to. Nothing is stored, so another seed, guest or technique is another quiz.
 *
 * Read moment.h (one step and both truths), then kinds.c (what is asked: one row a kind), choose.c (at which moments), quiz.c.
 */
#ifndef RINGSIDE_LABS_QUIZ_QUIZ_H
#define RINGSIDE_LABS_QUIZ_QUIZ_H

#include "core/config.h"
#include "core/event.h"

enum { QUIZ_QUESTIONS = 24, QUIZ_TEXT = 3072, QUIZ_WRONGS = 28, QUIZ_ANSWER = 48, QUIZ_WHY = 320 };

/* What is to be asked. */
struct quiz_order {
	const char *kind;             /* quiz_kind_name */
	unsigned count;               /* up to QUIZ_QUESTIONS */
	const struct config *config;  /* the guest, its command line, and how it is run */
	const char *within;           /* only instructions in this symbol of the guest's; empty: all */
	uint64_t seed;                /* which moments */
};

struct question {
	char text[QUIZ_TEXT];      /* how things stand, and what is asked, in lines */
	const char *form;          /* how an answer is written */
	char right[QUIZ_ANSWER];
	struct {
		char answer[QUIZ_ANSWER], why[QUIZ_WHY];
	} wrong[QUIZ_WRONGS];      /* usual ones */
	unsigned wrongs;
	char otherwise[QUIZ_WHY];  /* why any other answer is wrong */
	uint64_t cycle;            /* the moment, on the model clock */
	bool told;                 /* there is */
	struct event event;        /* what the step turned out to be, an exit or a hole: its story is the answer's reason */
};

/* The kinds there are; NULL past the end. */
const char *quiz_kind_name(unsigned index);
/* What the questions of a kind are about, in a few words. NULL: there is no such kind. */
const char *quiz_kind_title(const char *name);

/* Runs the guest and fills `order->count` questions in the order of time. False: `error`; a guest that has not enough such moments is
 * one. */
bool quiz_make(const struct quiz_order *order, struct question *list, char *error, size_t error_size);

/* Small and capital letters, 0x, #, leading zeros, and which separator stands between two parts make no difference. */
bool quiz_right(const struct question *question, const char *answer);
/* Why this answer is wrong: which of the two truths was taken for the other. Does not tell the right one. */
const char *quiz_why(const struct question *question, const char *answer);

#endif
