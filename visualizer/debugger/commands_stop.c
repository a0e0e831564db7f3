/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/commands_stop.c - commands that set, change and take away break- and watchpoints.
 */
#include "visualizer/debugger/commands.h"

#include "core/number.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

/* ---- the words of a breakpoint: PLACE [as NAME] [if CONDITION] ---- */

struct stop_words {
	int place_end, name, condition; /* indices in argv; 0: none */
};

static int find_word(int argc, char **argv, const char *word)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], word) == 0)
			return i;
	return argc;
}

static bool cut(struct shell *shell, int argc, char **argv, struct stop_words *words)
{
	int condition = find_word(argc, argv, "if"), name = find_word(condition, argv, "as");

	*words = (struct stop_words){ .place_end = name };
	if (condition < argc) {
		words->condition = condition + 1;
		if (words->condition == argc)
			return shell_refuse(shell, "%s: a condition is missing behind `if`", argv[0]);
	}
	if (name == condition)
		return true;
	words->name = name + 1;
	return name + 2 == condition || shell_refuse(shell, "%s: one name behind `as`, of one word", argv[0]);
}

static bool name_is_good(struct shell *shell, const char *name)
{
	bool good = isalpha((unsigned char)name[0]) && strlen(name) < BREAK_NAME;

	for (const char *c = name; *c; c++)
		good = good && (isalnum((unsigned char)*c) || *c == '_' || *c == '-' || *c == '.');
	good = good && strcmp(name, "last") != 0;
	return good || shell_refuse(shell, "'%.40s' is no name: a letter, then letters, digits, _, - and ., %d at most", name,
	                            BREAK_NAME - 1);
}

static struct break_point *find_named(struct debugger *debugger, const char *name)
{
	for (unsigned i = 0; i < BREAKS_MAX; i++)
		if (debugger->breaks.point[i].number && strcmp(debugger->breaks.point[i].name, name) == 0)
			return &debugger->breaks.point[i];
	return NULL;
}

static bool take_name(struct shell *shell, const char *name, char *into)
{
	const struct break_point *same;

	if (!name_is_good(shell, name))
		return false;
	same = find_named(shell->debugger, name);
	if (same)
		return shell_refuse(shell, "breakpoint %u is called '%s' already", same->number, name);
	strcpy(into, name);
	return true;
}

/* The condition is tried here, so that a mistake in it is told with its place. */
static bool take_condition(struct shell *shell, int argc, char **argv, int first, char text[BREAK_CONDITION])
{
	char error[EXPRESSION_ERROR];
	struct expression *expression;

	if (!words_join(shell, argc, argv, first, text, BREAK_CONDITION))
		return false;
	expression = expression_parse(shell->debugger, text, error, sizeof(error));
	if (!expression)
		return shell_refuse(shell, "%s", error);
	expression_free(expression);
	return true;
}

static bool take_rest(struct shell *shell, int argc, char **argv, const struct stop_words *words, struct break_point *like)
{
	if (words->name && !take_name(shell, argv[words->name], like->name))
		return false;
	return !words->condition || take_condition(shell, argc, argv, words->condition, like->condition_text);
}

static bool add(struct shell *shell, const struct break_point *like)
{
	const struct break_point *point = breaks_add(shell->debugger, like);
	char text[320];

	if (!point)
		return shell_refuse(shell, "%s", shell->debugger->message);
	break_describe(shell->debugger, point, text, sizeof(text));
	fprintf(shell->out, "%s\n", text);
	return true;
}

/* ---- happenings: event, reason, mode, technique, time, tick ---- */

static bool take_event(struct shell *shell, const char *word, struct break_point *like)
{
	like->kind = BREAK_EVENT;
	return event_parse_kinds(word, &like->kinds, shell->message, sizeof(shell->message));
}

static bool take_reason(struct shell *shell, const char *word, struct break_point *like)
{
	like->kind = BREAK_REASON;
	return reason_parse(shell, word, like->reason);
}

static bool take_moment(struct shell *shell, const char *word, struct break_point *like)
{
	return count_parse(shell, word, &like->moment);
}

static bool take_time(struct shell *shell, const char *word, struct break_point *like)
{
	like->kind = BREAK_TIME;
	return take_moment(shell, word, like);
}

static bool take_tick(struct shell *shell, const char *word, struct break_point *like)
{
	like->kind = BREAK_TICK;
	return take_moment(shell, word, like);
}

static const struct {
	const char *word;
	enum break_kind kind;
	bool (*take)(struct shell *shell, const char *word, struct break_point *like); /* NULL: nothing follows */
} happenings[] = {
	{ "event", BREAK_EVENT, take_event }, { "reason", BREAK_REASON, take_reason },
	{ "mode", BREAK_MODE, NULL }, { "technique", BREAK_TECHNIQUE, NULL },
	{ "time", BREAK_TIME, take_time }, { "tick", BREAK_TICK, take_tick },
};

/* Does `word` name a happening, and is what follows as it should be? `*known` false: it is none. */
static bool take_happening(struct shell *shell, int words, char **argv, struct break_point *like, bool *known)
{
	char text[512];

	*known = false;
	for (size_t i = 0; words > 1 && i < sizeof(happenings) / sizeof(happenings[0]); i++) {
		if (strcmp(argv[1], happenings[i].word) != 0)
			continue;
		*known = true;
		like->kind = happenings[i].kind;
		if (!happenings[i].take)
			return words == 2 || shell_refuse(shell, "%s %s: nothing follows it but `as` and `if`", argv[0], argv[1]);
		if (words == 2)
			return shell_refuse(shell, "%s %s: which one?", argv[0], argv[1]);
		return words_join(shell, words, argv, 2, text, sizeof(text)) && happenings[i].take(shell, text, like);
	}
	return true;
}

static bool take_place(struct shell *shell, int words, char **argv, struct break_point *like)
{
	char text[512];

	like->kind = BREAK_PLACE;
	like->place = (struct stop_place){ .access = STOP_EXECUTE, .size = 1, .address = debugger_linear_eip(shell->debugger) };
	if (words == 1)
		return true;
	return words_join(shell, words, argv, 1, text, sizeof(text)) &&
	       place_parse(shell, text, &like->place.space, &like->place.address);
}

bool command_break(struct shell *shell, int argc, char **argv)
{
	struct break_point like = { .enabled = true, .temporary = argv[0][0] == 't' };
	struct stop_words words;
	bool known;

	if (!cut(shell, argc, argv, &words) || !take_happening(shell, words.place_end, argv, &like, &known))
		return false;
	if (!known && !take_place(shell, words.place_end, argv, &like))
		return false;
	return take_rest(shell, argc, argv, &words, &like) && add(shell, &like);
}

/* ---- watchpoints ---- */

/* Takes "/8" from the end: a division by a plain number in an address needs parentheses. */
static bool take_size(struct shell *shell, char *text, uint32_t *size)
{
	enum { SIZE_MOST = 4096 };
	char *slash = strrchr(text, '/');
	uint64_t number;

	*size = 4;
	if (!slash || !number_parse(slash + 1, &number))
		return true;
	if (number == 0 || number > SIZE_MOST)
		return shell_refuse(shell, "watch 1 to %d bytes, not %" PRIu64, SIZE_MOST, number);
	*slash = '\0';
	*size = (uint32_t)number;
	return true;
}

bool command_watch(struct shell *shell, int argc, char **argv)
{
	struct break_point like = { .enabled = true, .kind = BREAK_PLACE };
	struct stop_words words;
	char text[512];

	like.place.access = argv[0][0] == 'r' ? STOP_READ : argv[0][0] == 'a' ? STOP_READ | STOP_WRITE : STOP_WRITE;
	if (!cut(shell, argc, argv, &words))
		return false;
	if (words.place_end == 1)
		return shell_refuse(shell, "%s: which address?", argv[0]);
	return words_join(shell, words.place_end, argv, 1, text, sizeof(text)) && take_size(shell, text, &like.place.size) &&
	       place_parse(shell, text, &like.place.space, &like.place.address) &&
	       take_rest(shell, argc, argv, &words, &like) && add(shell, &like);
}

/* ---- those that are there ---- */

static struct break_point *find_point(struct shell *shell, const char *word)
{
	uint64_t number;
	struct break_point *point;

	if (strcmp(word, "last") == 0)
		point = breaks_find(shell->debugger, shell->debugger->breaks.next_number - 1);
	else if (number_parse(word, &number))
		point = number && number <= UINT32_MAX ? breaks_find(shell->debugger, (unsigned)number) : NULL;
	else
		point = find_named(shell->debugger, word);
	if (!point)
		shell_refuse(shell, "there is no breakpoint '%.40s'; `info breaks` lists them", word);
	return point;
}

bool command_delete(struct shell *shell, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!find_point(shell, argv[i]))
			return false; /* before any is gone */
	if (argc == 1)
		breaks_delete(shell->debugger, 0);
	for (int i = 1; i < argc; i++) {
		const struct break_point *point = find_point(shell, argv[i]);

		if (point) /* it may have been named twice */
			breaks_delete(shell->debugger, point->number);
	}
	shell->message[0] = '\0';
	shell->debugger->changed = true;
	return true;
}

bool command_enable(struct shell *shell, int argc, char **argv)
{
	bool enable = argv[0][0] == 'e';

	for (int i = 1; i < argc; i++) {
		struct break_point *point = find_point(shell, argv[i]);

		if (!point)
			return false;
		point->enabled = enable;
	}
	for (unsigned i = 0; argc == 1 && i < BREAKS_MAX; i++)
		if (shell->debugger->breaks.point[i].number)
			shell->debugger->breaks.point[i].enabled = enable;
	shell->debugger->changed = true;
	return true;
}

bool command_condition(struct shell *shell, int argc, char **argv)
{
	struct break_point *point = find_point(shell, argv[1]);
	struct expression *expression = NULL;
	char text[BREAK_CONDITION] = "", error[EXPRESSION_ERROR];

	if (!point)
		return false;
	if (argc > 2) {
		if (!words_join(shell, argc, argv, strcmp(argv[2], "if") ? 2 : 3, text, sizeof(text)))
			return false;
		expression = expression_parse(shell->debugger, text, error, sizeof(error));
		if (!expression)
			return shell_refuse(shell, "%s", error);
	}
	expression_free(point->condition);
	point->condition = expression;
	strcpy(point->condition_text, text);
	return true;
}

bool command_ignore(struct shell *shell, int argc, char **argv)
{
	struct break_point *point = find_point(shell, argv[1]);
	uint64_t count;
	char text[512];

	if (!point || !words_join(shell, argc, argv, 2, text, sizeof(text)) || !count_parse(shell, text, &count))
		return false;
	point->ignore = count;
	return true;
}

bool command_name(struct shell *shell, int argc, char **argv)
{
	struct break_point *point = find_point(shell, argv[1]);

	if (!point)
		return false;
	if (argc > 3)
		return shell_refuse(shell, "name: one word");
	return strcmp(point->name, argv[2]) == 0 || take_name(shell, argv[2], point->name);
}
