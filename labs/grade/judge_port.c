/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/judge_port.c - a kernel that has been ported (lab 7): what it says must be what the unported one says, and its exits are
 * counted against those of the unported kernel and of the reference's port. Every number comes from a run made here, with the same seed.
 *
 *	gone = REASON ...  exits for these are no more than the reference's
 *	fall = N           all exits are N per cent fewer than the unported kernel's
 *	reference = yes    all exits are no more than the reference's
 *	native = yes       it says the same without a hypervisor
 *
 * The reference's port is reference.elf, beside the lab's guest.
 */
#include "labs/grade/exits.h"
#include "labs/grade/machine.h"

#include "core/number.h"
#include "core/refuse.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OUTPUT_MAX = 1 << 18, TABLE_ROWS = 10, SLOWER = 10, MESSAGE = 640 };
#define LEAST_LIMIT UINT64_C(20000000) /* cycles */

struct port_judge;

struct port_run {
	struct port_judge *judge;
	bool ported; /* the submission's, under the hypervisor: recorded, and decided upon while its machine is there */
	struct exits exits;
	char *output; /* OUTPUT_MAX; ends with 0 */
	size_t size;
	uint64_t limit;
	/* how it ended */
	enum vm_end end;
	uint32_t exit_code;
	uint64_t clock;
};

struct port_judge {
	const struct judgement *judgement;
	struct test_result *result;
	struct port_run unported, reference, ported, bare;
};

/* ---- what it says ---- */

static void take_byte(void *owner, unsigned port, uint8_t byte)
{
	struct port_run *run = owner;

	if (port == 0 && run->size < OUTPUT_MAX - 1)
		run->output[run->size++] = (char)byte;
}

static size_t common_length(const char *left, const char *right)
{
	size_t length = 0;

	while (left[length] && left[length] == right[length])
		length++;
	return length;
}

/* Printable, up to the line's end. */
static void put_line(char *to, size_t size, const char *from)
{
	size_t used = 0;

	if (!*from)
		used = (size_t)snprintf(to, size, "(no more)");
	for (; *from && *from != '\n' && used + 1 < size; from++)
		to[used++] = *from >= ' ' && *from <= '~' ? *from : '?';
	to[used] = '\0';
}

/* The first line that is another. */
static bool output_differs(const char *expected, const char *got, bool hidden, const char *where, struct test_result *result)
{
	size_t at = common_length(expected, got), line = 1;
	char right[100], wrong[100];

	if (strcmp(expected, got) == 0)
		return false;
	for (size_t i = 0; i < at; i++)
		line += expected[i] == '\n';
	while (at && expected[at - 1] != '\n')
		at--;
	put_line(right, sizeof right, expected + at);
	put_line(wrong, sizeof wrong, got + at);
	snprintf(result->message, MESSAGE, "its output is not the unported kernel's%s", where);
	if (hidden) /* the seed may be among what is said */
		snprintf(result->detail, sizeof result->detail, "first difference: line %zu\n", line);
	else
		snprintf(result->detail, sizeof result->detail, "first difference: line %zu\nexpected %s\ngot      %s\n", line, right, wrong);
	return true;
}

/* ---- the decision ---- */

static bool is_set(const struct port_judge *judge, const char *name)
{
	const char *value = lab_setting(judge->judgement->test, name);

	return value && strcmp(value, "yes") == 0;
}

static const struct exits *reference_exits(const struct port_judge *judge)
{
	return judge->reference.output ? &judge->reference.exits : NULL;
}

static void add_table(struct port_judge *judge)
{
	struct test_result *result = judge->result;
	size_t used = strlen(result->detail);

	exits_table(&judge->ported.exits, reference_exits(judge), TABLE_ROWS, result->detail + used, sizeof result->detail - used);
}

static bool ends_otherwise(const struct port_run *run, const char *where, struct test_result *result)
{
	if (run->end == VM_EXITED && run->exit_code == 0)
		return false;
	if (run->end == VM_RUNNING)
		snprintf(result->message, MESSAGE, "the kernel does not come to its end%s: stopped after %" PRIu64 " cycles", where,
		         run->clock);
	else
		snprintf(result->message, MESSAGE, "the kernel does not come to its end%s: %s, code %" PRIu32, where, vm_end_name(run->end),
		         run->exit_code);
	return true;
}

/* Says both when both are so: how it ended, and where it was another first. */
static bool says_otherwise(struct port_judge *judge, const struct port_run *run, const char *where)
{
	struct test_result *result = judge->result;
	bool differs = output_differs(judge->unported.output, run->output, judge->judgement->seed.hidden, where, result);

	return ends_otherwise(run, where, result) || differs;
}

static bool too_many_of_a_reason(struct port_judge *judge)
{
	const char *gone = lab_setting(judge->judgement->test, "gone");
	char copy[160], *rest = copy;

	snprintf(copy, sizeof copy, "%s", gone ? gone : "");
	for (char *reason = strtok_r(copy, " ", &rest); reason; reason = strtok_r(NULL, " ", &rest)) {
		uint64_t got = exits_of(&judge->ported.exits, reason), most = exits_of(&judge->reference.exits, reason);

		if (got <= most)
			continue;
		snprintf(judge->result->message, MESSAGE, "%" PRIu64 " exits are for '%s'; a ported kernel has %" PRIu64, got, reason, most);
		return true;
	}
	return false;
}

static bool falls_too_little(struct port_judge *judge)
{
	const char *fall = lab_setting(judge->judgement->test, "fall");
	uint64_t asked, before = judge->unported.exits.count, got = judge->ported.exits.count;

	if (!fall || !number_parse(fall, &asked) || asked > 100 || got * 100 <= before * (100 - asked))
		return false;
	snprintf(judge->result->message, MESSAGE, "%" PRIu64 " exits; the unported kernel has %" PRIu64 ", and %" PRIu64
	         " or fewer are asked for (%" PRIu64 " %% less)", got, before, before * (100 - asked) / 100, asked);
	return true;
}

static bool more_than_reference(struct port_judge *judge)
{
	uint64_t got = judge->ported.exits.count, most = judge->reference.exits.count;

	if (!is_set(judge, "reference") || got <= most)
		return false;
	snprintf(judge->result->message, MESSAGE, "%" PRIu64 " exits; the reference does with %" PRIu64, got, most);
	return true;
}

static void decide(struct port_judge *judge)
{
	if (says_otherwise(judge, &judge->ported, ""))
		return;
	if (too_many_of_a_reason(judge) || falls_too_little(judge) || more_than_reference(judge))
		add_table(judge);
}

/* ---- a run ---- */

static bool run_vm(void *owner, struct vm *vm, const struct config *config, char *error, size_t error_size)
{
	struct port_run *run = owner;
	const struct judgement *judgement = run->judge->judgement;
	struct symbols *symbols = symbols_read(NULL, config->kernel, error, error_size);
	struct recording_writer *writer = NULL;

	vm->output = (struct board_output){.owner = run, .serial = take_byte};
	exits_begin(&run->exits, vm, symbols);
	if (run->ported && judgement->recording)
		writer = recording_begin(judgement->recording, config, error, error_size);
	run->end = vm_run(vm, run->limit);
	run->exit_code = vm->exit_code;
	run->clock = vm->clock;
	exits_end(&run->exits);
	symbols_free(symbols);
	if (run->ported)
		decide(run->judge);
	graded_recording(writer, run->judge->result->message[0], judgement, vm, run->judge->result);
	return true;
}

/* A file beside the lab's guest. */
static void beside(char *path, size_t size, const char *guest, const char *name)
{
	const char *slash = strrchr(guest, '/');

	snprintf(path, size, "%.*s%s", slash ? (int)(slash - guest + 1) : 0, guest, name);
}

static bool make_run(struct port_judge *judge, struct port_run *run, const char *kernel, const char *technique, char *error,
                     size_t error_size)
{
	struct config config;

	run->judge = judge;
	run->limit = run == &judge->unported ? GRADED_LIMIT : LEAST_LIMIT + SLOWER * judge->unported.clock;
	run->output = calloc(1, OUTPUT_MAX);
	if (!run->output)
		return refuse(error, error_size, "not enough memory; close other programs");
	if (!graded_config(judge->judgement, true, &config, error, error_size))
		return false;
	snprintf(config.kernel, sizeof config.kernel, "%s", kernel);
	snprintf(config.technique, sizeof config.technique, "%s", technique);
	config.limit = run->limit;
	return graded_machine(&config, run_vm, run, error, error_size);
}

static bool needs_reference(const struct port_judge *judge)
{
	return is_set(judge, "reference") || lab_setting(judge->judgement->test, "gone");
}

/* Of the lab itself: what the submission is measured by. */
static bool run_references(struct port_judge *judge, char *error, size_t error_size)
{
	const struct judgement *judgement = judge->judgement;
	const char *guest = judgement->lab->guest, *technique = judgement->test->technique;
	char path[LAB_PATH + 32];

	if (!make_run(judge, &judge->unported, guest, technique, error, error_size))
		return false;
	if (judge->unported.end != VM_EXITED || judge->unported.exit_code)
		return refuse(error, error_size, "%s: the unported kernel does not come to its end", judgement->test->name);
	beside(path, sizeof path, guest, "reference.elf");
	if (!needs_reference(judge))
		return true;
	if (access(path, R_OK) != 0)
		return refuse(error, error_size, "there is no '%s', by which this lab counts; run make where labs/solutions is", path);
	if (!make_run(judge, &judge->reference, path, technique, error, error_size))
		return false;
	return strcmp(judge->reference.output, judge->unported.output) == 0 ||
	       refuse(error, error_size, "%s: the reference's port says something else than the unported kernel", judgement->test->name);
}

static bool run_submission(struct port_judge *judge, char *error, size_t error_size)
{
	const struct judgement *judgement = judge->judgement;
	const char *kernel = judgement->build->product[PART_GUEST];

	judge->ported.ported = true;
	if (!make_run(judge, &judge->ported, kernel, judgement->test->technique, error, error_size))
		return false;
	if (judge->result->message[0] || !is_set(judge, "native"))
		return true;
	if (!make_run(judge, &judge->bare, kernel, "native", error, error_size))
		return false;
	says_otherwise(judge, &judge->bare, " on a machine without a hypervisor (native)");
	return true;
}

bool judge_port(const struct judgement *judgement, struct test_result *result, char *error, size_t error_size)
{
	struct port_judge *judge = calloc(1, sizeof *judge);
	bool done;

	if (!judge)
		return refuse(error, error_size, "not enough memory; close other programs");
	judge->judgement = judgement;
	judge->result = result;
	done = run_references(judge, error, error_size);
	if (done && !run_submission(judge, error, error_size)) /* what was built cannot be loaded: that is the submission's fault */
		snprintf(result->message, sizeof result->message, "%.500s", error);
	free(judge->unported.output);
	free(judge->reference.output);
	free(judge->ported.output);
	free(judge->bare.output);
	free(judge);
	return done;
}
