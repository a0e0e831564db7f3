/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_classify.c - Popek and Goldberg's table as the processor shows it: the 18 holes of Robin and
 * Irvine (USENIX Security 2000) and no other one of theirs, what UMIP closes, and agreement with instructions.def.
 */
#include "tests/harness.h"
#include "trap/classify.h"
#include "trap/classify_operands.h"

#include <stdio.h>
#include <string.h>

enum { ROWS = 1024, NAMES = 64 };

/* The whole table, measured once for each machine. */
struct table {
	struct classify *classify;
	struct classify_row row[ROWS];
	unsigned rows;
};

static struct table plain, with_umip;

static void measure(void *owner, const struct instruction *row, bool two_byte, uint8_t opcode, int reg)
{
	struct table *table = owner;

	CU_ASSERT_FATAL(table->rows < ROWS);
	classify_measure(table->classify, row, two_byte, opcode, reg, &table->row[table->rows++], NULL, NULL);
}

static const struct table *measured(struct table *table, bool umip)
{
	if (table->rows)
		return table;
	table->classify = classify_new(umip);
	CU_ASSERT_PTR_NOT_NULL_FATAL(table->classify);
	insn_for_each(measure, table);
	return table;
}

static bool contains(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

/* The mnemonics of one class, each once. */
static unsigned mnemonics(const struct table *table, enum insn_class insn_class, const char **names)
{
	unsigned count = 0;

	memset(names, 0, NAMES * sizeof *names);
	for (unsigned i = 0; i < table->rows; i++) {
		const struct classify_row *row = &table->row[i];

		if (row->measured != insn_class || contains(names, row->row->mnemonic))
			continue;
		CU_ASSERT_FATAL(count < NAMES - 1);
		names[count++] = row->row->mnemonic;
	}
	return count;
}

static void same_names(const char *what, const char *const *wanted, const char *const *found)
{
	for (const char *const *name = wanted; *name; name++) {
		if (contains(found, *name))
			continue;
		printf("# %s: %s is missing\n", what, *name);
		CU_FAIL("a mnemonic is missing");
	}
	for (const char *const *name = found; *name; name++) {
		if (contains(wanted, *name))
			continue;
		printf("# %s: %s should not be there\n", what, *name);
		CU_FAIL("a mnemonic too many");
	}
}

static const char *const holes[] = {
	/* Robin and Irvine */
	"sgdt", "sidt", "sldt", "smsw", "pushf", "popf", "lar", "lsl", "verr", "verw", "pop", "push", "call", "jmp", "int",
	"ret", "str", "mov",
	/* outside their analysis */
	"les", "lds", "lss", "lfs", "lgs", "iret", "int3", "into", "sysenter", "cpuid", "rdtsc", NULL,
};

static void test_holes(void)
{
	const char *names[NAMES], *theirs[NAMES] = {NULL};
	unsigned count = mnemonics(measured(&plain, false), CLASS_SENSITIVE, names), listed = 0, headings = 0;

	same_names("holes", holes, names);
	for (unsigned i = 0; i < count; i++)
		if (classify_listed(names[i]))
			theirs[listed++] = names[i];
	CU_ASSERT_EQUAL(listed, 18);
	for (unsigned i = 0; i < listed; i++)
		headings += strcmp(classify_heading(theirs[i]), theirs[i]) == 0;
	CU_ASSERT_EQUAL(headings, 17);
}

/* SDM volume 3, 5.9, with CLI, STI and the ports, which ask IOPL. */
static void test_privileged(void)
{
	static const char *const wanted[] = {
		"lgdt", "lldt", "ltr", "lidt", "mov", "lmsw", "clts", "invd", "wbinvd", "invlpg", "hlt", "rdmsr", "wrmsr", "rdpmc",
		"cli", "sti", "in", "out", "insb", "insw", "outsb", "outsw", "sysexit", NULL,
	};
	const char *names[NAMES];

	mnemonics(measured(&plain, false), CLASS_PRIVILEGED, names);
	same_names("privileged", wanted, names);
}

static const struct classify_outcome *trap_of(const struct classify_row *row)
{
	const struct classify_outcome *outcome = &row->witness.outcome[row->witness_run];

	CU_ASSERT(row->witness.length > 0 && outcome->kind == OUTCOME_TRAPPED);
	return outcome;
}

static void test_umip(void)
{
	static const char *const closed[] = {"sgdt", "sidt", "sldt", "smsw", "str", NULL};
	const struct table *without = measured(&plain, false), *with = measured(&with_umip, true);
	unsigned changed = 0;

	CU_ASSERT_EQUAL_FATAL(without->rows, with->rows);
	for (unsigned i = 0; i < with->rows; i++) {
		const struct classify_row *row = &with->row[i];

		CU_ASSERT(!classify_closed(&without->row[i]));
		if (row->measured == without->row[i].measured)
			continue;
		changed++;
		CU_ASSERT(contains(closed, row->row->mnemonic));
		CU_ASSERT(row->measured == CLASS_PRIVILEGED && trap_of(row)->vector == 13 && classify_closed(row));
	}
	CU_ASSERT_EQUAL(changed, 5);
}

static void test_agreement(void)
{
	const struct table *table = measured(&plain, false);

	for (unsigned i = 0; i < table->rows; i++) {
		const struct classify_row *row = &table->row[i];

		if (classify_agrees(row))
			continue;
		printf("# %s%02x %s: the table says %s, measured is %s\n", row->two_byte ? "0f " : "", row->opcode,
		       row->row->mnemonic, insn_class_name((enum insn_class)row->row->insn_class),
		       insn_class_name(row->measured));
		CU_FAIL("a class that was measured otherwise");
	}
}

/* A table that lies is caught, whichever way: the engine does not look at the class. */
static void test_false_class(void)
{
	const struct table *table = measured(&plain, false);
	unsigned tried = 0;

	for (unsigned i = 0; i < table->rows; i++) {
		const struct classify_row *row = &table->row[i];

		if (!row->completes || row->row->insn_class == CLASS_INNOCUOUS)
			continue;
		for (unsigned lie = CLASS_INNOCUOUS; lie <= CLASS_SENSITIVE; lie++) {
			struct instruction copy = *row->row;
			struct classify_row again;

			copy.insn_class = (uint8_t)lie;
			classify_measure(table->classify, &copy, row->two_byte, row->opcode, row->reg, &again, NULL, NULL);
			CU_ASSERT_EQUAL(again.measured, row->measured);
			CU_ASSERT_EQUAL(classify_agrees(&again), lie == row->row->insn_class);
			tried++;
		}
	}
	CU_ASSERT(tried > 100);
}

/* ---- single instructions ---- */

static const struct classify_row *find(const struct table *table, const char *mnemonic, uint8_t opcode)
{
	for (unsigned i = 0; i < table->rows; i++)
		if (table->row[i].opcode == opcode && strcmp(table->row[i].row->mnemonic, mnemonic) == 0)
			return &table->row[i];
	return NULL;
}

/* What the witness of each hole is, by the manual. */
static void test_witnesses(void)
{
	static const struct {
		const char *mnemonic;
		uint8_t opcode;
		const char *what;
		enum classify_kind kind;
		uint32_t right, wrong;
	} wanted[] = {
		{"popf", 0x9d, "IF", OUTCOME_LOST, 0, 1},
		{"iret", 0xcf, "IF", OUTCOME_LOST, 1, 0},
		{"pushf", 0x9c, "the stack", OUTCOME_VALUE, 0x803, 0xa03},
		{"push", 0x0e, "the stack", OUTCOME_VALUE, 8, 9},
		{"mov", 0x8c, "ECX", OUTCOME_VALUE, 8, 9},
		{"verr", 0x00, "ZF", OUTCOME_VALUE, 0, 1},
		{"int", 0xcd, "EIP", OUTCOME_PATH, 0x5400, 0x9400},
		{"ret", 0xcb, "ring", OUTCOME_LOST, 1, 0},
		{"pop", 0x1f, NULL, OUTCOME_ALLOWED, 0, 0},
		{"jmp", 0xea, NULL, OUTCOME_ALLOWED, 0, 0},
	};

	for (unsigned i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		const struct classify_row *row = find(measured(&plain, false), wanted[i].mnemonic, wanted[i].opcode);
		const struct classify_outcome *outcome;

		CU_ASSERT_PTR_NOT_NULL_FATAL(row);
		outcome = &row->witness.outcome[row->witness_run];
		CU_ASSERT_EQUAL(outcome->kind, wanted[i].kind);
		CU_ASSERT_EQUAL(outcome->right, wanted[i].right);
		CU_ASSERT_EQUAL(outcome->wrong, wanted[i].wrong);
		if (wanted[i].what)
			CU_ASSERT(outcome->what && strcmp(outcome->what, wanted[i].what) == 0);
	}
}

/* Which of the three ways of being sensitive. */
static void test_ways(void)
{
	const struct table *table = measured(&plain, false);
	const struct classify_row *popf = find(table, "popf", 0x9d), *sgdt = find(table, "sgdt", 0x01),
	                          *push = find(table, "push", 0x0e), *cli = find(table, "cli", 0xfa);

	CU_ASSERT_FATAL(popf && sgdt && push && cli);
	CU_ASSERT(popf->control && popf->mode && strcmp(popf->changes, "IF") == 0);
	CU_ASSERT(!sgdt->control && !sgdt->mode && sgdt->location);
	CU_ASSERT(!push->control && push->mode && !push->location);
	CU_ASSERT(cli->control && !cli->mode && trap_of(cli)->vector == 13 && trap_of(cli)->error == 0);
	/* PUSH CS shows the ring; PUSH DS what a VMM may have put there. */
	CU_ASSERT(!find(table, "push", 0x1e)->mode && find(table, "push", 0x1e)->location);
	CU_ASSERT(!find(table, "ud2", 0x0b)->completes);
}

struct seen {
	unsigned instances, truths, trapped;
};

static void look(void *owner, const struct classify_instance *instance)
{
	struct seen *seen = owner;

	seen->instances++;
	CU_ASSERT(instance->length > 0 && instance->length <= INSN_MAX_LENGTH);
	seen->truths += instance->outcome[RUN_TRUTH].kind == OUTCOME_SAME;
	for (unsigned run = RUN_MODE; run < RUN_COUNT; run++)
		seen->trapped += instance->outcome[run].kind == OUTCOME_TRAPPED;
}

/* CLI completes in ring 0 with whatever operands, and never above. */
static void test_every_instance(void)
{
	const struct table *table = measured(&plain, false);
	const struct classify_row *cli = find(table, "cli", 0xfa);
	struct classify_row again;
	struct seen seen = {0};

	CU_ASSERT_PTR_NOT_NULL_FATAL(cli);
	classify_measure(table->classify, cli->row, false, 0xfa, -1, &again, look, &seen);
	CU_ASSERT_EQUAL(seen.instances, again.instances);
	CU_ASSERT_EQUAL(seen.truths, seen.instances);
	CU_ASSERT_EQUAL(seen.trapped, (RUN_COUNT - 1) * seen.instances);
	CU_ASSERT(seen.instances > 50);
}

/* One instruction with operands of one's own: what IOPL allows, and what a selector means to whom. */
static void test_one(void)
{
	const struct table *table = measured(&plain, false);
	struct operands operands = {.status = EFLAGS_CF};

	for (unsigned iopl = 0; iopl <= 3; iopl++) {
		struct classify_instance cli = {.bytes = {0xfa}, .length = 1, .guest_if = true};

		operands.iopl = (uint8_t)iopl;
		classify_run_one(table->classify, &operands, &cli);
		for (unsigned ring = 1; ring <= CLASSIFY_RINGS; ring++) {
			unsigned run = RUN_MOVED + ring - 1;

			CU_ASSERT_EQUAL(cli.outcome[run].kind == OUTCOME_TRAPPED, ring > iopl);
			CU_ASSERT_EQUAL(cli.changes[run] != NULL, ring <= iopl);
		}
		CU_ASSERT(cli.changes[RUN_TRUTH] && strcmp(cli.changes[RUN_TRUTH], "IF") == 0);
	}
	CU_ASSERT_EQUAL(classify_descriptor(table->classify, RUN_TRUTH, OWN_CODE).access & 0x60, 0);
	CU_ASSERT_EQUAL(classify_descriptor(table->classify, RUN_MOVED + 2, OWN_CODE).access & 0x60, 0x60);
	CU_ASSERT(classify_descriptor(table->classify, RUN_TRUTH, GUEST_TSS).access != 0);
	CU_ASSERT_EQUAL(classify_descriptor(table->classify, RUN_MOVED, GUEST_TSS).access, 0);
	CU_ASSERT_EQUAL(classify_descriptor(table->classify, RUN_TRUTH, 0).access, 0);
	CU_ASSERT_EQUAL(classify_descriptor(table->classify, RUN_TRUTH, 0x208).access, 0);
	CU_ASSERT_EQUAL(classify_descriptor(table->classify, RUN_TRUTH, OWN_CODE | 4).access, 0);
}

static void test_frees(void)
{
	classify_free(plain.classify);
	classify_free(with_umip.classify);
	classify_free(NULL);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"the 18 holes, and those outside their analysis", test_holes},
		{"privileged instructions", test_privileged},
		{"UMIP closes five", test_umip},
		{"the instruction table agrees", test_agreement},
		{"a false class is seen", test_false_class},
		{"witnesses", test_witnesses},
		{"control, mode, location", test_ways},
		{"every instance is shown", test_every_instance},
		{"one instruction with operands of one's own", test_one},
		{"the machines are freed", test_frees},
		{0},
	};

	return harness_main("classify", tests);
}
