/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nano/main.c - comes up, does what the command line says, and ends: op=NAME (or all) n=COUNT.
 *
 * Whoever measures from outside takes off a run with n=0. So all that is not one of the n rounds must cost the same
 * whatever n is: the same preparation, a warm-up, and numbers printed with the same digits in the same time.
 */
#include "nano/nano.h"

enum exit_code { ALL_RIGHT, WRONG_RESULT, WRONG_WORDS, NOT_HERE };
enum { DIGITS = 10, WORDS_MAX = 32 };

/* Nothing is ever taken from the interrupt controllers. */
volatile bool irq_are_on;

struct wanted {
	const char *name; /* "all" for all */
	uint32_t count;
};

/* ---- the end ---- */

void machine_off(uint32_t value)
{
	print("nano: off\n");
	platform->console_drain();
	platform->off(value);
}

static void refuse_words(const char *what, const char *value)
{
	print("nano: %s%s; say op=NAME n=COUNT, COUNT up to %u\n", what, value, COUNT_MAX);
	print("nano: NAME is all or one of");
	for (unsigned i = 0; i < operation_count; i++)
		print(" %s", operations[i].name);
	print("\n");
	machine_off(WRONG_WORDS);
}

/* ---- the command line ---- */

static bool read_count(const char *text, uint32_t *count)
{
	*count = 0;
	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		*count = *count * 10 + (uint32_t)(*text - '0');
		if (*count > COUNT_MAX)
			return false;
	}
	return true;
}

static const struct operation *find(const char *name)
{
	for (unsigned i = 0; i < operation_count; i++) {
		if (strcmp(operations[i].name, name) == 0)
			return &operations[i];
	}
	return NULL;
}

static struct wanted read_words(void)
{
	static char text[COMMAND_LINE_MAX];
	char *words[WORDS_MAX];
	unsigned count = options_split(text, sizeof(text), words, WORDS_MAX);
	struct wanted wanted = { "all", 100 };

	for (unsigned i = 0; i < count; i++) {
		const char *name = option_value(words[i], "op"), *number = option_value(words[i], "n");
		if (name)
			wanted.name = name;
		if (number && !read_count(number, &wanted.count))
			refuse_words("no such count: n=", number);
	}
	if (strcmp(wanted.name, "all") != 0 && !find(wanted.name))
		refuse_words("no such operation: op=", wanted.name);
	return wanted;
}

/* ---- measuring ---- */

/* All ten digits, so that every number takes the same time. */
static const char *digits(char *to, uint32_t value)
{
	to[DIGITS] = '\0';
	for (unsigned i = DIGITS; i-- > 0; value /= 10)
		to[i] = (char)('0' + value % 10);
	return to;
}

/* What does not fit is a clock that has jumped. */
static uint32_t divide(uint64_t cycles, uint32_t rounds)
{
	uint32_t low = (uint32_t)cycles, high = (uint32_t)(cycles >> 32);

	rounds += !rounds;
	if (high >= rounds)
		return UINT32_MAX;
	__asm__("divl %2" : "+a"(low), "+d"(high) : "rm"(rounds));
	return low;
}

/* One place that calls the loop, for a warm-up of other code would be none. */
static __attribute__((noinline)) uint64_t measure(void (*loop)(uint32_t), uint32_t rounds)
{
	uint64_t since = read_tsc();

	loop(rounds);
	return read_tsc() - since;
}

static bool run(const struct operation *operation, uint32_t count)
{
	volatile uint32_t rounds[] = { 0, WARM_UP, count };
	char times[DIGITS + 1], cycles[DIGITS + 1];
	uint64_t took = 0;
	bool right;

	if (operation->prepare)
		operation->prepare();
	for (unsigned i = 0; i < sizeof(rounds) / sizeof(rounds[0]); i++)
		took = measure(operation->loop, rounds[i]);
	right = !operation->check || operation->check(count);
	gates_page_fault(false);
	print("%-12s %s times, %s\n", operation->name, digits(times, count), right ? "as it should be" : "WRONG");
	print("clock: %-12s %s cycles each\n", operation->name, digits(cycles, divide(took, count)));
	return right;
}

static enum exit_code run_one(const struct operation *operation, uint32_t count)
{
	if (operation->here && !operation->here()) {
		print("%-12s not here: it needs %s\n", operation->name, operation->needs);
		return NOT_HERE;
	}
	if (operation->most && count > operation->most) {
		print("%-12s n is at most %u here: each round has a page-table entry of its own\n", operation->name,
		      operation->most);
		return WRONG_WORDS;
	}
	return run(operation, count) ? ALL_RIGHT : WRONG_RESULT;
}

/* What is not here is no mistake among all. */
static enum exit_code run_all(uint32_t count)
{
	enum exit_code worst = ALL_RIGHT;

	for (unsigned i = 0; i < operation_count; i++) {
		enum exit_code code = run_one(&operations[i], count);
		if (code != ALL_RIGHT && code != NOT_HERE && worst != WRONG_RESULT)
			worst = code;
	}
	return worst;
}

void kernel_main(uint32_t magic, uint32_t information);

void kernel_main(uint32_t magic, uint32_t information)
{
	struct wanted wanted;

	platform->begin();
	platform->read_options(magic, information);
	screen_begin();
	platform->console_begin();
	print("nanobenchmarks: lines that begin with clock are by this machine's own time stamp counter;\n"
	      "under a VMM that is the guest's story, and a VMM's cycles are another\n");
	frames_init();
	paging_init();
	platform->interrupts_begin();
	wanted = read_words();
	machine_off(strcmp(wanted.name, "all") ? run_one(find(wanted.name), wanted.count) : run_all(wanted.count));
}
