/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/judge_device.c - judge `device`: the guest's run with the submission's serial port is the run with the VMM's own 16550,
 * access by access: values read, the interrupt line behind each, what the terminal gets, and when. The first run is noted, the
 * second compared as it goes and stopped at the first difference.
 *
 * `input = yes`: the terminal sends, at moments and of a length that come from the seed.
 */
#include "labs/grade/machine.h"

#include "core/refuse.h"
#include "core/serial.h"
#include "labs/plugin/lab.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BURSTS = 40, BURST_MAX = 24, SHOWN = 6 };

struct sight {
	struct serial_seen seen;
	uint32_t eip;
	uint8_t lcr; /* before it: what offsets 0 and 1 are */
};

struct run {
	const struct judgement *judgement;
	struct test_result *result;
	struct vm *vm;
	struct lab *lab;
	struct sight *sight; /* the reference's */
	uint64_t sights, room, at;
	uint8_t lcr;
	bool reference, diverged, no_memory;
	struct recorded_run recorded;
	enum vm_end end;
	uint32_t exit_code;
	uint64_t clock, digest;
};

/* ---- what a sight is called ---- */

static const char *register_name(const struct sight *sight)
{
	static const char *const read[] = {"RBR", "IER", "IIR", "LCR", "MCR", "LSR", "MSR", "SCR"};
	static const char *const written[] = {"THR", "IER", "FCR", "LCR", "MCR", "LSR", "MSR", "SCR"};
	bool latch = sight->lcr & 0x80;

	if (latch && sight->seen.offset < 2)
		return sight->seen.offset ? "DLM" : "DLL";
	return (sight->seen.sight == SERIAL_SAW_READ ? read : written)[sight->seen.offset & 7];
}

static void name_sight(const struct sight *sight, char *text, size_t size)
{
	switch (sight->seen.sight) {
	case SERIAL_SAW_READ: snprintf(text, size, "read %s", register_name(sight)); break;
	case SERIAL_SAW_WRITE: snprintf(text, size, "write %s", register_name(sight)); break;
	case SERIAL_SAW_LINE: snprintf(text, size, "the line %s", sight->seen.line ? "rises" : "falls"); break;
	case SERIAL_SAW_OUTPUT: snprintf(text, size, "a character is sent"); break;
	}
}

static void describe_sight(const struct sight *sight, char *text, size_t size)
{
	char name[32];

	name_sight(sight, name, sizeof name);
	if (sight->seen.sight == SERIAL_SAW_LINE)
		snprintf(text, size, "%s in cycle %" PRIu64, name, sight->seen.now);
	else
		snprintf(text, size, "%s (%02x) in cycle %" PRIu64, name, sight->seen.value, sight->seen.now);
}

/* ---- the difference ---- */

static bool is_another(struct divergence *divergence, const struct sight *expected, const struct sight *got)
{
	const struct serial_seen *one = &expected->seen, *other = &got->seen;

	if (one->sight == other->sight && one->offset == other->offset && one->now == other->now && expected->eip == got->eip &&
	    (one->sight != SERIAL_SAW_LINE || one->line == other->line))
		return false;
	snprintf(divergence->what, sizeof divergence->what, "next");
	describe_sight(expected, divergence->expected, sizeof divergence->expected);
	describe_sight(got, divergence->got, sizeof divergence->got);
	return true;
}

/* "61 (DR THRE TEMT)": of the registers whose bits are read one by one. */
static void value_text(const struct sight *sight, uint8_t value, char *text, size_t size)
{
	static const char *const bits[8][8] = {
		[5] = {"DR", "OE", "PE", "FE", "BI", "THRE", "TEMT", "error in FIFO"},
		[6] = {"DCTS", "DDSR", "TERI", "DDCD", "CTS", "DSR", "RI", "DCD"},
	};
	static const char *const causes[8] = {"modem", "transmitter empty", "received", "line status", "?", "?", "time-out", "?"};
	size_t used = (size_t)snprintf(text, size, "%02x", value);

	if (sight->seen.sight != SERIAL_SAW_READ)
		return;
	if (sight->seen.offset == 2)
		snprintf(text + used, size - used, " (%s)", value & 1 ? "no interrupt" : causes[value >> 1 & 7]);
	for (unsigned bit = 0; bit < 8 && bits[sight->seen.offset & 7][bit] && used < size; bit++)
		if (value >> bit & 1)
			used += (size_t)snprintf(text + used, size - used, " %s", bits[sight->seen.offset & 7][bit]);
}

static bool values_differ(struct divergence *divergence, const struct sight *expected, const struct sight *got)
{
	if (expected->seen.value == got->seen.value)
		return false;
	snprintf(divergence->what, sizeof divergence->what, "%s", expected->seen.sight == SERIAL_SAW_OUTPUT ? "character" : "value");
	value_text(expected, expected->seen.value, divergence->expected, sizeof divergence->expected);
	value_text(got, got->seen.value, divergence->got, sizeof divergence->got);
	return true;
}

static bool lines_differ(struct divergence *divergence, const struct sight *expected, const struct sight *got)
{
	if (expected->seen.line == got->seen.line)
		return false;
	snprintf(divergence->what, sizeof divergence->what, "line");
	snprintf(divergence->expected, sizeof divergence->expected, "%s", expected->seen.line ? "high" : "low");
	snprintf(divergence->got, sizeof divergence->got, "%s", got->seen.line ? "high" : "low");
	return true;
}

static bool sights_differ(struct divergence *divergence, const struct sight *expected, const struct sight *got)
{
	return is_another(divergence, expected, got) || values_differ(divergence, expected, got) ||
	       lines_differ(divergence, expected, got);
}

/* The last things that were as they should be. */
static void show_before(const struct run *run)
{
	uint64_t from = run->at > SHOWN ? run->at - SHOWN : 0;
	char *text = run->result->detail;
	size_t size = sizeof run->result->detail, used;

	used = (size_t)snprintf(text, size, "%s\n", run->at ? "what came before:" : "it is the first thing that happens to the device");
	for (uint64_t i = from; i < run->at && used < size; i++) {
		char line[96];

		describe_sight(&run->sight[i], line, sizeof line);
		used += (size_t)snprintf(text + used, size - used, "  %s, line %s\n", line, run->sight[i].seen.line ? "high" : "low");
	}
}

static void diverge(struct run *run, const struct sight *sight)
{
	struct divergence *divergence = &run->result->divergence;

	run->diverged = divergence->is = true;
	divergence->step = run->at;
	divergence->cycle = sight->seen.now;
	divergence->eip = sight->eip;
	name_sight(sight, divergence->handler, sizeof divergence->handler);
	snprintf(divergence->instruction, sizeof divergence->instruction, "port %x, %s", 0x3f8 + sight->seen.offset,
	         sight->lcr & 0x80 ? "DLAB set" : "DLAB clear");
	if (!run->judgement->seed.hidden)
		show_before(run);
	lab_stop(run->lab);
}

static void compare(struct run *run, const struct sight *sight)
{
	struct divergence *divergence = &run->result->divergence;

	if (run->diverged || lab_failure(run->lab))
		return;
	if (run->at >= run->sights) {
		snprintf(divergence->what, sizeof divergence->what, "next");
		snprintf(divergence->expected, sizeof divergence->expected, "the guest's end");
		describe_sight(sight, divergence->got, sizeof divergence->got);
		diverge(run, sight);
	} else if (sights_differ(divergence, &run->sight[run->at], sight)) {
		diverge(run, sight);
	} else {
		run->at++;
	}
}

static bool add(struct run *run, const struct sight *sight)
{
	if (run->sights == run->room) {
		uint64_t room = run->room ? run->room * 2 : 1024;
		struct sight *larger = realloc(run->sight, room * sizeof *larger);

		if (!larger)
			return false;
		run->sight = larger;
		run->room = room;
	}
	run->sight[run->sights++] = *sight;
	return true;
}

static void saw(void *owner, const struct serial_seen *seen)
{
	struct run *run = owner;
	struct sight sight = {*seen, vm_guest_state(run->vm)->eip, run->lcr};

	if (seen->sight == SERIAL_SAW_WRITE && seen->offset == 3)
		run->lcr = seen->value;
	if (run->reference)
		run->no_memory |= !add(run, &sight);
	else
		compare(run, &sight);
}

static void keep_line(void *owner, const char *line)
{
	const struct run *run = owner;

	if (!run->reference)
		graded_line(run->judgement, run->result, line);
}

/* ---- a run ---- */

/* xorshift (Marsaglia 2003), as the guest's. */
static uint32_t next_number(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void send(struct run *run, uint32_t *state)
{
	struct input input = {.clock = run->vm->clock, .kind = INPUT_SERIAL, .planned = true};

	input.size = (uint8_t)(1 + next_number(state) % BURST_MAX);
	for (unsigned i = 0; i < input.size; i++)
		input.bytes[i] = (uint8_t)next_number(state);
	board_serial_input(run->vm->board, 0, input.bytes, input.size);
	run->no_memory |= !recorded_input(&run->recorded, &input);
}

static enum vm_end run_guest(struct run *run)
{
	uint32_t state = (uint32_t)run->judgement->seed.value * 2654435761u | 1;
	const char *input = lab_setting(run->judgement->test, "input");
	enum vm_end end = VM_RUNNING;

	for (unsigned i = 0; input && strcmp(input, "yes") == 0 && i < BURSTS && end == VM_RUNNING; i++) {
		end = vm_run(run->vm, run->vm->clock + 500000 + next_number(&state) % 4000000);
		if (end == VM_RUNNING)
			send(run, &state);
	}
	return end == VM_RUNNING ? vm_run(run->vm, GRADED_LIMIT) : end;
}

static void finish_recording(struct run *run, struct recording_writer *writer)
{
	char error[512];

	if (writer && !run->diverged && !lab_failure(run->lab)) {
		recording_drop(writer);
	} else if (writer) {
		recorded_end(&run->recorded, run->vm, false);
		if (recording_finish(writer, &run->recorded, error, sizeof error))
			snprintf(run->result->recording, sizeof run->result->recording, "%s", run->judgement->recording);
	}
	recorded_free(&run->recorded);
	run->recorded = (struct recorded_run){0};
}

static bool run_vm(void *owner, struct vm *vm, const struct config *config, char *error, size_t error_size)
{
	struct run *run = owner;
	const struct lab_observer observer = {.owner = run, .log = keep_line};
	struct recording_writer *writer = NULL;

	run->vm = vm;
	run->lcr = 3;
	run->lab = lab_attach(vm, &observer, error, error_size);
	if (!run->lab)
		return false;
	if (!run->reference && !lab_has_device(run->lab) && !lab_failure(run->lab))
		return refuse(error, error_size, "the piece has neither 'device-read' nor 'device-write'");
	board_serial_watch(vm->board, 0, saw, run);
	if (!run->reference && run->judgement->recording)
		writer = recording_begin(run->judgement->recording, config, error, error_size);
	run->end = run_guest(run);
	run->exit_code = vm->exit_code;
	run->clock = vm->clock;
	run->digest = vm_digest(vm);
	finish_recording(run, writer);
	run->result->calls += lab_calls(run->lab);
	if (lab_failure(run->lab))
		snprintf(run->result->message, sizeof run->result->message, "%s", lab_failure(run->lab));
	return true;
}

static bool run_once(struct run *run, char *error, size_t error_size)
{
	struct config config;

	if (!graded_config(run->judgement, run->reference, &config, error, error_size))
		return false;
	snprintf(config.kernel, sizeof config.kernel, "%s", run->judgement->lab->guest); /* it is not the driver that is judged */
	snprintf(config.serial, sizeof config.serial, "timed");
	return graded_machine(&config, run_vm, run, error, error_size);
}

/* ---- the two ---- */

static bool reference_is_fine(const struct run *run, char *error, size_t error_size)
{
	if (run->no_memory)
		return refuse(error, error_size, "not enough memory for the reference's run; close other programs");
	if (run->end == VM_EXITED && run->exit_code == 0 && run->sights > 0)
		return true;
	return refuse(error, error_size, "%s: the lab's own guest does not get to its end (%s, code %" PRIu32 ", %" PRIu64 " accesses)",
	              run->judgement->test->name, vm_end_name(run->end), run->exit_code, run->sights);
}

static void judge_end(const struct run *run, const struct run *reference)
{
	char *message = run->result->message;
	size_t size = sizeof run->result->message;

	if (message[0])
		return;
	if (run->diverged)
		snprintf(message, size, "it is not what a 16550 does");
	else if (run->at != run->sights || run->end != reference->end || run->exit_code != reference->exit_code)
		snprintf(message, size, "the guest ended otherwise: %s after %" PRIu64 " of %" PRIu64 " accesses, characters and changes of "
		         "the line", vm_end_name(run->end), run->at, run->sights);
	else if (run->clock != reference->clock || run->digest != reference->digest)
		snprintf(message, size, "the guest saw the same, and was in another cycle or memory at its end: an interrupt came at "
		         "another time");
}

bool judge_device(const struct judgement *judgement, struct test_result *result, char *error, size_t error_size)
{
	struct run run = {.judgement = judgement, .result = result, .reference = true}, reference;
	bool done = run_once(&run, error, error_size) && reference_is_fine(&run, error, error_size);

	reference = run;
	run.reference = false;
	if (done && run_once(&run, error, error_size))
		judge_end(&run, &reference);
	else if (done) /* the piece cannot be loaded: that is the submission's fault */
		snprintf(result->message, sizeof result->message, "%s", error);
	free(run.sight);
	return done;
}
