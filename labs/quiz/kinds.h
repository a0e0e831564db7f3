/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/quiz/kinds.h - for this folder: a kind of question is a row: at which moments it can be asked, and how a moment is made into
 * text, the right answer, and the wrong ones that one can tell the reason of.
 */
#ifndef RINGSIDE_LABS_QUIZ_KINDS_H
#define RINGSIDE_LABS_QUIZ_KINDS_H

#include "labs/quiz/moment.h"

enum { QUIZ_REASONS = 32 };

/* A question under way. */
struct asking {
	const struct moment *moment;
	struct question *question;
	size_t used;    /* of the text */
	uint64_t random; /* for a kind that asks one of several things */
	const char *const *reasons; /* of exits that came up in the run; ends with NULL */
};

struct quiz_kind {
	const char *name;  /* in tests.ini */
	const char *title; /* what the questions are about */
	const char *form;  /* how an answer is written */
	bool (*fits)(const struct moment *moment);
	void (*ask)(struct asking *asking);
};

const struct quiz_kind *quiz_kind_find(const char *name);

/* ---- kinds.c: text ---- */

/* Adds to the question's text. */
void say(struct asking *asking, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The instruction with those before and behind it, and the guest's registers. */
void say_code(struct asking *asking);
/* What the processor raises, and the guest's gate of that vector; nothing when it raises nothing. */
void say_exception(struct asking *asking);
void set_right(struct asking *asking, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* An answer that many give, and why it is wrong. Ignored when it is right, or known already. */
void add_wrong(struct asking *asking, const char *why, const char *format, ...) __attribute__((format(printf, 3, 4)));
void set_otherwise(struct asking *asking, const char *why);
/* "#GP"; of vectors that are no exceptions "". */
const char *exception_name(unsigned vector);

/* ---- kinds_state.c: what the two truths are ---- */

bool fits_cpl(const struct moment *moment);
void ask_cpl(struct asking *asking);
bool fits_if(const struct moment *moment);
void ask_if(struct asking *asking);
bool fits_cr3(const struct moment *moment);
void ask_cr3(struct asking *asking);
bool fits_reads(const struct moment *moment);
void ask_reads(struct asking *asking);

/* ---- kinds_exit.c: what leaves the guest, and what becomes of it ---- */

bool fits_exception(const struct moment *moment);
void ask_exception(struct asking *asking);
bool fits_exit(const struct moment *moment);
void ask_exit(struct asking *asking);
bool fits_next_eip(const struct moment *moment);
void ask_next_eip(struct asking *asking);
bool fits_frame(const struct moment *moment);
void ask_frame(struct asking *asking);
bool fits_error_code(const struct moment *moment);
void ask_error_code(struct asking *asking);

#endif
