/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_expression.c - the expression language: each operator and its precedence as the C compiler has
 * them, every name, and mistakes with their places.
 */
#include "tests/harness.h"
#include "tests/visualizer/shell_rig.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* mov eax,0x12345678; mov ebx,5; nop; hlt */
static const uint8_t code[] = { 0xb8, 0x78, 0x56, 0x34, 0x12, 0xbb, 5, 0, 0, 0, 0x90, 0xf4 };

static bool open_rig(struct shell_rig *rig)
{
	bool fine = shell_rig_flat(rig, "trap", code, sizeof(code)) && shell_rig_perform(rig, "step 3"); /* the first ends with a hidden page fault */

	CU_ASSERT_FATAL(fine);
	return fine;
}

/* ---- values ---- */

static uint64_t value_of(const struct debugger *debugger, const char *text, const char **trouble)
{
	static char error[EXPRESSION_ERROR];
	struct expression *expression = expression_parse(debugger, text, error, sizeof(error));
	uint64_t value = 0;

	*trouble = error;
	if (expression && expression_value(expression, debugger, &value, error, sizeof(error)))
		*trouble = NULL;
	expression_free(expression);
	return value;
}

static bool gives(const struct debugger *debugger, const char *text, uint64_t wanted)
{
	const char *trouble;
	uint64_t value = value_of(debugger, text, &trouble);

	if (!trouble && value == wanted)
		return true;
	printf("%s gives %" PRIu64 " (%s), not %" PRIu64 "\n", text, value, trouble ? trouble : "no error", wanted);
	return false;
}

#define SAME(expression) { #expression, (uint64_t)(expression) }

/* What the compiler makes of them is the point: it may keep its advice. */
#pragma GCC diagnostic ignored "-Wparentheses"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Wconstant-logical-operand"
#pragma GCC diagnostic ignored "-Wint-in-bool-context"
#pragma GCC diagnostic ignored "-Wtautological-compare"
#pragma GCC diagnostic ignored "-Wtautological-constant-out-of-range-compare"
#endif

static void test_as_in_c(void)
{
	static const struct {
		const char *text;
		uint64_t value;
	} cases[] = {
		SAME(1 + 2 * 3), SAME((1 + 2) * 3), SAME(7 - 2 - 1), SAME(100 / 7 % 5), SAME(1 << 2 + 3), SAME(256 >> 4 >> 2),
		SAME(1 | 2 ^ 3 & 5), SAME(6 & 3 == 3), SAME(5 > 3 == 1), SAME(1 < 2 < 3), SAME(3 <= 3 && 4 >= 5), SAME(0 || 2 && 0),
		SAME(1 ? 2 : 3 ? 4 : 5), SAME(0 ? 2 : 0 ? 4 : 5), SAME(!0 + !5), SAME(~0 & 0xff), SAME(- -3), SAME(!!7), SAME('a' + 1),
		SAME(0x10 + 7 * 0), SAME(1 != 1 | 1),
	};

	struct shell_rig rig;

	open_rig(&rig);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CU_ASSERT(gives(&rig.debugger, cases[i].text, cases[i].value));
	shell_rig_close(&rig);
}

static void test_numbers(void)
{
	struct shell_rig rig;

	open_rig(&rig);
	CU_ASSERT(gives(&rig.debugger, "010", 10)); /* never octal */
	CU_ASSERT(gives(&rig.debugger, "0b101", 5));
	CU_ASSERT(gives(&rig.debugger, "20k", 20000));
	CU_ASSERT(gives(&rig.debugger, "3M", 3000000));
	CU_ASSERT(gives(&rig.debugger, "2G", 2000000000));
	CU_ASSERT(gives(&rig.debugger, "0xFFFFFFFFFFFFFFFF", UINT64_MAX));
	CU_ASSERT(gives(&rig.debugger, "18446744073709551615 + 1", 0));
	CU_ASSERT(gives(&rig.debugger, "0 - 1 > 5", 1)); /* unsigned */
	CU_ASSERT(gives(&rig.debugger, "1 << 64", 0));
	CU_ASSERT(gives(&rig.debugger, "1 >> 200", 0));
	shell_rig_close(&rig);
}

static void test_names_and_memory(void)
{
	struct shell_rig rig;

	open_rig(&rig);
	CU_ASSERT(gives(&rig.debugger, "eax", 0x12345678));
	CU_ASSERT(gives(&rig.debugger, "$eax", 0x12345678));
	CU_ASSERT(gives(&rig.debugger, "ax", 0x5678));
	CU_ASSERT(gives(&rig.debugger, "ah", 0x56));
	CU_ASSERT(gives(&rig.debugger, "al", 0x78));
	CU_ASSERT(gives(&rig.debugger, "eip", 0x10000a));
	CU_ASSERT(gives(&rig.debugger, "pc", 0x10000a));
	CU_ASSERT(gives(&rig.debugger, "cpl", 0));
	CU_ASSERT(gives(&rig.debugger, "hw.cpl", 1));
	CU_ASSERT(gives(&rig.debugger, "cr0.pe", 1));
	CU_ASSERT(gives(&rig.debugger, "instructions", 2));
	CU_ASSERT(gives(&rig.debugger, "exits.no-such-reason", 0));
	CU_ASSERT(gives(&rig.debugger, "exits.cli-ebx", 0));
	CU_ASSERT(gives(&rig.debugger, "exits.cli -ebx", (uint64_t)-5));
	CU_ASSERT(gives(&rig.debugger, "clock == clock", 1));
	CU_ASSERT(gives(&rig.debugger, "[0x100001]", 0x12345678));
	CU_ASSERT(gives(&rig.debugger, "*(eip - 9)", 0x12345678));
	CU_ASSERT(gives(&rig.debugger, "byte[0x100000]", 0xb8));
	CU_ASSERT(gives(&rig.debugger, "word[0x100001]", 0x5678));
	CU_ASSERT(gives(&rig.debugger, "dword [ 0x100001 ]", 0x12345678));
	CU_ASSERT(gives(&rig.debugger, "qword[0x100001]", 0x0005bb12345678));
	CU_ASSERT(gives(&rig.debugger, "phys[0x100001]", 0x12345678));
	CU_ASSERT(gives(&rig.debugger, "phys.byte[0x100000 + [0x100006] - 5]", 0xb8));
	CU_ASSERT(gives(&rig.debugger, "machine.byte[0] == machine.byte[0]", 1));
	shell_rig_close(&rig);
}

/* Each name that completion offers means something. */
static void test_every_name(void)
{
	struct shell_rig rig;
	size_t count = 0;

	open_rig(&rig);
	rig.debugger.story = EVENT_NONE_SELECTED;
	for (size_t i = 0; expression_name(i); i++) {
		const char *name = expression_name(i), *trouble;
		char text[64];

		snprintf(text, sizeof(text), "%s%s", name,
		         name[strlen(name) - 1] == '[' ? "0x100000]" : strcmp(name, "hw.") == 0 ? "eax"
		         : strcmp(name, "events.") == 0 ? "trap" : name[strlen(name) - 1] == '.' ? "cli" : "");
		value_of(&rig.debugger, text, &trouble);
		/* Without an event, those of an event say so. */
		if (trouble && strncmp(name, "event.", 6) != 0) {
			printf("%s: %s\n", text, trouble);
			CU_FAIL("a name that means nothing");
		}
		count++;
	}
	CU_ASSERT(count > 150);
	shell_rig_close(&rig);
}

/* Seen from the symbols' side, too: a register wins over a symbol, and & says the symbol. */
static void test_symbols(void)
{
	struct shell_rig rig;
	uint32_t address;

	if (!shell_rig_kernel(&rig, "trap"))
		return;
	CU_ASSERT_FATAL(symbols_find(rig.debugger.symbols, "kernel_main", &address));
	CU_ASSERT(gives(&rig.debugger, "kernel_main", address));
	CU_ASSERT(gives(&rig.debugger, "&kernel_main + 4", address + 4));
	CU_ASSERT(shell_rig_prints(&rig, "print kernel_main", "<kernel_main>"));
	CU_ASSERT(shell_rig_refuses(&rig, "print kernel_mian", "did you mean 'kernel_main'?"));
	shell_rig_close(&rig);
}

/* ---- mistakes ---- */

/* `column`: where the caret stands; -1: the value, not the text, is at fault. */
static bool refuses(const struct debugger *debugger, const char *text, const char *part, int column)
{
	const char *trouble, *caret;
	int found;

	value_of(debugger, text, &trouble);
	if (!trouble || !strstr(trouble, part)) {
		printf("%s: '%s', not '%s'\n", text, trouble ? trouble : "accepted", part);
		return false;
	}
	caret = strrchr(trouble, '\n');
	found = caret ? (int)strlen(caret) - 6 : -1; /* the newline, four blanks, the caret */
	if (found != column)
		printf("%s: the caret stands at %d, not %d\n%s\n", text, found, column, trouble);
	return found == column;
}

static void test_mistakes(void)
{
	struct shell_rig rig;

	open_rig(&rig);
	CU_ASSERT(refuses(&rig.debugger, "", "ends where", 0));
	CU_ASSERT(refuses(&rig.debugger, "1 +", "ends where", 3));
	CU_ASSERT(refuses(&rig.debugger, "1 + eex", "did you mean 'eax'?", 4));
	CU_ASSERT(refuses(&rig.debugger, "c0100000", "0x", 0));
	CU_ASSERT(refuses(&rig.debugger, "(1 + 2", ") is missing", 6));
	CU_ASSERT(refuses(&rig.debugger, "1 + 2)", "closes nothing", 5));
	CU_ASSERT(refuses(&rig.debugger, "byte[1", "] is missing", 6));
	CU_ASSERT(refuses(&rig.debugger, "eax = 5", "== compares", 4));
	CU_ASSERT(refuses(&rig.debugger, "1 2", "an operator", 2));
	CU_ASSERT(refuses(&rig.debugger, "1 ? 2", ": is missing", 5));
	CU_ASSERT(refuses(&rig.debugger, "1 / (eax - eax)", "division by zero", -1));
	CU_ASSERT(refuses(&rig.debugger, "1 % 0", "division by zero", -1));
	CU_ASSERT(refuses(&rig.debugger, "[0xfffff000]", "no memory at linear", -1));
	CU_ASSERT(refuses(&rig.debugger, "phys[0xffffffffffffffff]", "no memory at physical", -1));
	CU_ASSERT(refuses(&rig.debugger, "machine[0xffffffffffff]", "no memory at machine", -1));
	CU_ASSERT(refuses(&rig.debugger, "[1 << 40]", "no memory", -1));
	CU_ASSERT(refuses(&rig.debugger, "99999999999999999999", "64 bits", 0));
	CU_ASSERT(refuses(&rig.debugger, "0x", "no number", 0));
	CU_ASSERT(refuses(&rig.debugger, "12ab", "no number", 0));
	CU_ASSERT(refuses(&rig.debugger, "'ab'", "like 'a'", 0));
	CU_ASSERT(refuses(&rig.debugger, "events.nosuch", "nothing is called", 0));
	CU_ASSERT(refuses(&rig.debugger, "exits.", "nothing is called", 0));
	rig.debugger.story = EVENT_NONE_SELECTED;
	CU_ASSERT(refuses(&rig.debugger, "event.vector", "no event", -1));
	CU_ASSERT(shell_rig_perform(&rig, "switch emulate"));
	CU_ASSERT(refuses(&rig.debugger, "hw.cpl", "does not hold the guest", -1));
	CU_ASSERT(refuses(&rig.debugger, "1 \001 2", "an operator", 2));
	/* What is not reached is not worked out. */
	CU_ASSERT(gives(&rig.debugger, "0 && 1 / 0", 0));
	CU_ASSERT(gives(&rig.debugger, "1 || [0xfffff000]", 1));
	CU_ASSERT(gives(&rig.debugger, "1 ? 7 : 1 / 0", 7));
	shell_rig_close(&rig);
}

/* Texts without end: refused, not followed until the stack is used up. */
static void test_hostile_length(void)
{
	enum { LENGTH = 100000 };
	static const char *const pieces[] = { "(", "!", "1+", "[", "1?", "eax&", "-", "a", "1", "*" };
	struct shell_rig rig;
	char *text = malloc(LENGTH + 1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	open_rig(&rig);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		size_t length = strlen(pieces[i]);
		const char *trouble;

		for (size_t at = 0; at < LENGTH; at++)
			text[at] = pieces[i][at % length];
		text[LENGTH] = '\0';
		value_of(&rig.debugger, text, &trouble);
		CU_ASSERT_PTR_NOT_NULL(trouble);
	}
	free(text);
	shell_rig_close(&rig);
}

/* Any bytes: an answer or an error, and the same one twice. */
static void test_random_text(void)
{
	static const char letters[] = "eax+-*/%()[]<>=!&|^~?:0129xbk'$. hw.cpl\001\377";
	uint64_t dice = harness_seed(4711), count = harness_count(20000);
	struct shell_rig rig;

	open_rig(&rig);
	for (uint64_t i = 0; i < count; i++) {
		char text[24];
		size_t length = harness_random(&dice) % (sizeof(text) - 1);
		const char *first, *second;
		uint64_t value;

		for (size_t at = 0; at < length; at++)
			text[at] = letters[harness_random(&dice) % (sizeof(letters) - 1)];
		text[length] = '\0';
		value = value_of(&rig.debugger, text, &first);
		if (value_of(&rig.debugger, text, &second) != value || !first != !second)
			CU_FAIL("one text, two answers");
	}
	shell_rig_close(&rig);
}

static void test_addresses_are_hexadecimal(void)
{
	struct shell_rig rig;

	open_rig(&rig);
	CU_ASSERT(shell_rig_prints(&rig, "x/1xb 100000", "00100000:  b8"));
	CU_ASSERT(shell_rig_prints(&rig, "x/1xb 0x100000", "00100000:  b8"));
	CU_ASSERT(shell_rig_prints(&rig, "x/1xb *100000", "00100000:  b8"));
	CU_ASSERT(shell_rig_prints(&rig, "x/1xb eip - a", "00100000:  b8"));
	CU_ASSERT(shell_rig_prints(&rig, "x/1xb *physical:100000", "physical 00100000:  b8"));
	shell_rig_close(&rig);
}

static const struct harness_test tests[] = {
	{ "operators and their order are C's", test_as_in_c },
	{ "numbers", test_numbers },
	{ "registers, counters, memory", test_names_and_memory },
	{ "every name means something", test_every_name },
	{ "symbols", test_symbols },
	{ "mistakes are told with their places", test_mistakes },
	{ "texts without end", test_hostile_length },
	{ "random text", test_random_text },
	{ "addresses are hexadecimal", test_addresses_are_hexadecimal },
	{ 0 },
};

int main(void)
{
	return harness_main("visualizer/expression", tests);
}
