/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/quiz/answer.c - an answer as people write it, against the right one.
 */
#include "labs/quiz/quiz.h"

#include <ctype.h>
#include <string.h>

enum { NORMAL = 64 };

static bool is_number(const char *word, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!isxdigit((unsigned char)word[i]))
			return false;
	return length > 0;
}

/* Words in small letters, a bar behind each, numbers without 0x and zeros in front. Empty: longer than any answer is. */
static void normal_form(const char *text, char normal[NORMAL])
{
	static const char between[] = " \t\r\n/,;-_:|";
	char word[NORMAL];
	size_t used = 0;

	for (text += strspn(text, between); *text; text += strspn(text, between)) {
		size_t length = strcspn(text, between), kept = 0, from = 0;

		for (size_t i = 0; i < length && kept + 1 < NORMAL; i++)
			if (text[i] != '#')
				word[kept++] = (char)tolower((unsigned char)text[i]);
		text += length;
		if (kept > 2 && word[0] == '0' && word[1] == 'x')
			from = 2;
		while (is_number(word + from, kept - from) && word[from] == '0' && from + 1 < kept)
			from++;
		if (used + kept - from + 2 > NORMAL) {
			normal[0] = '\0';
			return;
		}
		memcpy(normal + used, word + from, kept - from);
		used += kept - from;
		normal[used++] = '|';
	}
	normal[used] = '\0';
}

static bool same_answer(const char *left, const char *right)
{
	char a[NORMAL], b[NORMAL];

	normal_form(left, a);
	normal_form(right, b);
	return a[0] && strcmp(a, b) == 0;
}

bool quiz_right(const struct question *question, const char *answer)
{
	return same_answer(question->right, answer);
}

const char *quiz_why(const struct question *question, const char *answer)
{
	for (unsigned i = 0; i < question->wrongs; i++)
		if (same_answer(question->wrong[i].answer, answer))
			return question->wrong[i].why;
	return question->otherwise;
}
