/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/judge_console.c - judge `console`: what the submission's driver in the guest puts out of the first serial port is what the
 * lab's own driver does, character by character, on a port whose characters take their time; and what it costs.
 *
 *	exits = 60           for each hundred characters, at most
 *	instructions = 5000  of the guest's, likewise: a processor that spins is not free for others
 *
 * Only the serial port counts: what is written elsewhere is not there.
 */
#include "labs/grade/machine.h"

#include "core/counters.h"
#include "core/number.h"
#include "core/refuse.h"
#include "core/serial.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1 << 16, AROUND = 24, SHOWN = 5 };

struct spoken {
	uint64_t count; /* all of it, also what has no room */
	uint8_t text[TEXT_MAX];
};

struct run {
	const struct judgement *judgement;
	struct test_result *result;
	bool reference;
	struct spoken *spoken;
	struct counters counters;
	enum vm_end end;
	uint32_t exit_code;
	uint64_t instructions;
};

static void hear(struct spoken *spoken, uint8_t byte)
{
	if (spoken->count < TEXT_MAX)
		spoken->text[spoken->count] = byte;
	spoken->count++;
}

static void hear_console(void *owner, unsigned port, uint8_t byte)
{
	if (port == 0)
		hear(owner, byte);
}

/* At the port itself: a hypervisor's console is not it. */
static void hear_port(void *owner, const struct serial_seen *seen)
{
	if (seen->sight == SERIAL_SAW_OUTPUT)
		hear(owner, seen->value);
}

/* ---- a run ---- */

static bool run_vm(void *owner, struct vm *vm, const struct config *config, char *error, size_t error_size)
{
	struct run *run = owner;
	struct recording_writer *writer = NULL;

	counters_begin(&run->counters, EVENT_KINDS_ALL);
	event_add_reader(&vm->events, &run->counters.reader);
	if (run->reference)
		vm->output = (struct board_output){.owner = run->spoken, .serial = hear_console};
	else
		board_serial_watch(vm->board, 0, hear_port, run->spoken);
	if (!run->reference && run->judgement->recording)
		writer = recording_begin(run->judgement->recording, config, error, error_size);
	run->end = vm_run(vm, GRADED_LIMIT);
	run->exit_code = vm->exit_code;
	run->instructions = vm_instructions(vm);
	graded_recording(writer, !run->reference && (run->end != VM_EXITED || run->exit_code != 0), run->judgement, vm, run->result);
	return true;
}

/* The expected text needs no VMM, nor a line that takes its time. */
static bool run_once(struct run *run, char *error, size_t error_size)
{
	struct config config;

	if (!graded_config(run->judgement, run->reference, &config, error, error_size))
		return false;
	config.lab[0] = '\0'; /* the port is the VMM's own: it is the driver that is judged */
	snprintf(config.serial, sizeof config.serial, "%s", run->reference ? "instant" : "timed");
	if (run->reference) {
		snprintf(config.technique, sizeof config.technique, "native");
		snprintf(config.paging, sizeof config.paging, "auto");
		config.ring = 1;
	}
	return graded_machine(&config, run_vm, run, error, error_size);
}

/* ---- what is said of it ---- */

static void quote(const struct spoken *spoken, uint64_t at, char *text, size_t size)
{
	uint64_t from = at > AROUND / 2 ? at - AROUND / 2 : 0;
	size_t used = 0;

	for (uint64_t i = from; i < from + AROUND && i < spoken->count && i < TEXT_MAX && used + 3 < size; i++) {
		uint8_t byte = spoken->text[i];

		if (byte == '\n')
			text[used++] = '\\';
		text[used++] = byte == '\n' ? 'n' : byte >= ' ' && byte <= '~' ? (char)byte : '?';
	}
	text[used] = '\0';
}

static uint64_t first_difference(const struct spoken *expected, const struct spoken *got)
{
	uint64_t at = 0;

	while (at < expected->count && at < got->count && at < TEXT_MAX && expected->text[at] == got->text[at])
		at++;
	return at;
}

static void judge_text(const struct run *run, const struct spoken *expected)
{
	const struct spoken *got = run->spoken;
	uint64_t at = first_difference(expected, got);
	char one[2 * AROUND + 4], other[2 * AROUND + 4];

	if (at == expected->count && got->count == at)
		return;
	snprintf(run->result->message, sizeof run->result->message, "the terminal got another text: %" PRIu64 " characters of %" PRIu64
	         ", and the first difference is at character %" PRIu64, got->count, expected->count, at);
	quote(expected, at, one, sizeof one);
	quote(got, at, other, sizeof other);
	if (!run->judgement->seed.hidden)
		snprintf(run->result->detail, sizeof run->result->detail, "    expected \"%s\"\n    got      \"%s\"\n", one, other);
}

/* The dearest reasons, for who wants to know where they come from. */
static void tell_exits(const struct run *run)
{
	const struct counters *counters = &run->counters;
	unsigned order[COUNTERS_MAX], count = counters_order(counters, order), told = 0;
	char *text = run->result->detail;
	size_t size = sizeof run->result->detail, used;

	used = (size_t)snprintf(text, size, "%s: %" PRIu64 " characters, %" PRIu64 " exits, %" PRIu64 " instructions of the guest\n",
	                        run->judgement->test->technique, run->spoken->count, counters->exits, run->instructions);
	for (unsigned i = 0; i < count && told < SHOWN && used < size; i++) {
		const struct counter *row = &counters->row[order[i]];

		if (row->work)
			continue;
		used += (size_t)snprintf(text + used, size - used, "  %8" PRIu64 " %s\n", row->count, row->reason);
		told++;
	}
}

static bool judge_budget(const struct run *run, const char *what, uint64_t used, char *error, size_t error_size)
{
	const char *setting = lab_setting(run->judgement->test, what);
	uint64_t budget, characters = run->spoken->count;

	if (!setting || run->result->message[0])
		return true;
	if (!number_parse(setting, &budget))
		return refuse(error, error_size, "tests.ini: %s: '%s' is no number", what, setting);
	if (used * 100 > budget * characters)
		snprintf(run->result->message, sizeof run->result->message, "%" PRIu64 " %s for %" PRIu64 " characters, %" PRIu64 ".%" PRIu64
		         " for each hundred; at most %" PRIu64 " may be", used, what, characters, used * 100 / characters,
		         used * 1000 / characters % 10, budget);
	return true;
}

static void judge_end(const struct run *run)
{
	if (run->end == VM_EXITED && run->exit_code == 0)
		return;
	snprintf(run->result->message, sizeof run->result->message, "%s", run->end == VM_EXITED
	         ? "the guest met an exception that its kernel does not expect"
	         : run->end == VM_RUNNING ? "the guest does not come to its end: it waits, or goes round and round"
	                                  : "the guest has ended before its end");
	snprintf(run->result->detail, sizeof run->result->detail, "the terminal had got %" PRIu64 " characters\n", run->spoken->count);
}

/* ---- the two ---- */

static bool decide(struct run *run, struct spoken *expected, char *error, size_t error_size)
{
	if (!run_once(run, error, error_size))
		return false;
	if (run->end != VM_EXITED || run->exit_code != 0 || run->spoken->count == 0)
		return refuse(error, error_size, "%s: the lab's own guest does not get to its end", run->judgement->test->name);
	memcpy(expected, run->spoken, sizeof *expected);
	run->spoken->count = 0;
	run->reference = false;
	if (!run_once(run, error, error_size))
		return false;
	judge_end(run);
	if (!run->result->message[0])
		judge_text(run, expected);
	if (run->result->message[0])
		return true;
	tell_exits(run);
	return judge_budget(run, "exits", run->counters.exits, error, error_size) &&
	       judge_budget(run, "instructions", run->instructions, error, error_size);
}

bool judge_console(const struct judgement *judgement, struct test_result *result, char *error, size_t error_size)
{
	struct spoken *spoken = calloc(2, sizeof *spoken);
	struct run run = {.judgement = judgement, .result = result, .reference = true, .spoken = spoken};
	bool done = spoken ? decide(&run, &spoken[1], error, error_size)
	                   : refuse(error, error_size, "not enough memory; close other programs");

	free(spoken);
	return done;
}
