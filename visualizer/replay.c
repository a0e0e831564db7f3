/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/replay.c - the command `replay`: a recording on the screen or in the shell, what it holds, and whether this
 * program's machine is still the one that was recorded.
 */
#include "core/recording.h"
#include "trap/techniques.h"
#include "visualizer/command.h"
#include "visualizer/machine.h"
#include "visualizer/message.h"
#include "visualizer/options.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- --info ---- */

static const char *const kind_names[INPUT_KINDS] = {
	"keys", "serial port", "switches of technique", "changes of registers", "changes of memory",
};

static void print_input(const struct recorded_run *run)
{
	size_t count[INPUT_KINDS] = { 0 };
	const char *separator = "";

	for (size_t i = 0; i < run->inputs; i++)
		count[run->input[i].kind]++;
	printf("input      ");
	for (int kind = 0; kind < INPUT_KINDS; kind++) {
		if (!count[kind])
			continue;
		printf("%s%s %zu", separator, kind_names[kind], count[kind]);
		separator = ", ";
	}
	printf("%s\n", run->inputs ? "" : "none");
}

static void print_files(const struct recording *recording)
{
	const char *name;

	for (size_t i = 0; (name = file_set_name(recording->files, i)); i++)
		printf("file       %s, %lld bytes\n", name,
		       (long long)lseek(file_set_descriptor(recording->files, i), 0, SEEK_END));
}

/* Settings that are not what they usually are. */
static void print_settings(const struct config *config)
{
	char value[CONFIG_TEXT], usual[CONFIG_TEXT];
	struct config standard;

	config_default(&standard);
	for (size_t i = 0; config_setting(i); i++)
		for (unsigned which = 0; config_value(config, i, which, value, sizeof(value)); which++)
			if (!config_value(&standard, i, which, usual, sizeof(usual)) || strcmp(value, usual) != 0)
				printf("setting    %s = %s\n", config_setting(i)->name, value);
}

static void describe_how(const struct recorded_run *run, const struct config *config, char *text, size_t size)
{
	if (run->how == VM_EXITED)
		snprintf(text, size, "the guest ended with code %" PRIu32, run->exit_code);
	else if (run->how != VM_RUNNING)
		snprintf(text, size, "the guest ended: %s", vm_end_name((enum vm_end)run->how));
	else if (config->limit && run->end.clock >= config->limit)
		snprintf(text, size, "the limit was reached");
	else
		snprintf(text, size, "the guest could have gone on");
}

static int print_info(const struct recording *recording)
{
	const struct recorded_run *run = &recording->run;
	char how[80];

	describe_how(run, &recording->config, how, sizeof(how));
	printf("made by    ringside %s\n", recording->version);
	print_files(recording);
	print_settings(&recording->config);
	print_input(run);
	printf("checks     %zu\n", run->checks);
	printf("end        cycle %" PRIu64 ", %" PRIu64 " instructions", run->end.clock, run->end.instructions);
	if (run->events != EVENTS_NOT_COUNTED)
		printf(", %" PRIu64 " events", run->events);
	printf("; %s\ndigest     %016" PRIx64 "\n", how, run->end.digest);
	return STATUS_OK;
}

/* ---- --check ---- */

struct checking {
	const struct recording *recording;
	struct vm *vm;
	struct history *history;
	struct event_reader counter; /* events are only numbered when somebody wants them */
	uint64_t last; /* the clock up to which all was the same */
};

static void hear(void *owner, const struct event *event)
{
	(void)owner;
	(void)event;
}

static bool open_machine(struct checking *checking)
{
	const struct recording *recording = checking->recording;
	const struct recorded_run *run = &recording->run;
	struct history_options options = { .techniques = technique_list() };
	char error[512];

	checking->vm = machine_make(&recording->config, NULL, true);
	if (!checking->vm)
		return false;
	checking->history = history_open(checking->vm, &options, run->input, run->inputs, run->end.clock, error, sizeof(error));
	if (!checking->history) {
		message("%s", error);
		return false;
	}
	checking->counter = (struct event_reader){ .kinds = EVENT_KINDS_ALL, .read = hear, .travels = true };
	if (run->events != EVENTS_NOT_COUNTED)
		event_add_reader(&checking->vm->events, &checking->counter);
	return true;
}

__attribute__((format(printf, 2, 3))) static int differs(const struct checking *checking, const char *format, ...)
{
	char what[300];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	message("this recording was made by ringside %s; after cycle %" PRIu64 " the machine of ringside %s differs: %s",
	        checking->recording->version, checking->last, RINGSIDE_VERSION, what);
	return STATUS_FAILED;
}

static int compare(struct checking *checking, const struct checkpoint *wanted)
{
	struct checkpoint now;
	enum vm_end end = history_go(checking->history, wanted->clock);

	if (checking->vm->clock < wanted->clock)
		return differs(checking, "it ends at cycle %" PRIu64 " (%s)", checking->vm->clock, vm_end_name(end));
	now = checkpoint_of(checking->vm);
	if (now.clock != wanted->clock)
		return differs(checking, "no instruction begins at cycle %" PRIu64 ", but one at %" PRIu64, wanted->clock, now.clock);
	if (now.instructions != wanted->instructions)
		return differs(checking, "%" PRIu64 " instructions by cycle %" PRIu64 " instead of %" PRIu64, now.instructions,
		               now.clock, wanted->instructions);
	if (now.digest != wanted->digest)
		return differs(checking, "other registers or memory at cycle %" PRIu64 ", digest %016" PRIx64 " instead of %016" PRIx64,
		               now.clock, now.digest, wanted->digest);
	checking->last = now.clock;
	return STATUS_OK;
}

static int compare_end(struct checking *checking)
{
	const struct recorded_run *run = &checking->recording->run;
	int status = compare(checking, &run->end);

	if (status != STATUS_OK)
		return status;
	if (recorded_how(checking->vm) != (enum vm_end)run->how || checking->vm->exit_code != run->exit_code)
		return differs(checking, "it ends otherwise (%s instead of %s)", vm_end_name(recorded_how(checking->vm)),
		               vm_end_name((enum vm_end)run->how));
	if (run->events != EVENTS_NOT_COUNTED && checking->vm->events.sequence != run->events)
		return differs(checking, "%" PRIu64 " events instead of %" PRIu64, checking->vm->events.sequence, run->events);
	printf("the same run: cycle %" PRIu64 ", %" PRIu64 " instructions, digest %016" PRIx64 "\n", run->end.clock,
	       run->end.instructions, run->end.digest);
	return STATUS_OK;
}

static int check(const struct recording *recording)
{
	struct checking checking = { .recording = recording };
	int status = open_machine(&checking) ? STATUS_OK : STATUS_FAILED;

	for (size_t i = 0; status == STATUS_OK && i < recording->run.checks; i++)
		status = compare(&checking, &recording->run.check[i]);
	if (status == STATUS_OK)
		status = compare_end(&checking);
	history_free(checking.history);
	vm_free(checking.vm);
	return status;
}

static int read_and(const struct options *options, int (*perform)(const struct recording *recording))
{
	struct recording *recording;
	char error[700];
	int status;

	if (options->word_count != 1) {
		message("replay: which recording? Name one file; `ringside run --record FILE` makes one");
		return STATUS_USAGE;
	}
	recording = recording_read(options->words[0], error, sizeof(error));
	if (!recording) {
		message("%s", error);
		return STATUS_USAGE;
	}
	status = perform(recording);
	recording_free(recording);
	return status;
}

/* ---- on the screen, or in the shell ---- */

/* The way to where it is to begin is a command like others, before those that were given. */
static bool begin_at(struct options *options, char *line, size_t size)
{
	struct tasks *tasks = &options->tasks;

	if ((options->at != NULL) + options->at_end + options->at_event.given > 1) {
		message("replay: --at, --at-event and --at-end: one of them");
		return false;
	}
	if (options->at)
		snprintf(line, size, "goto %s", options->at);
	else if (options->at_end)
		snprintf(line, size, "goto end");
	else if (options->at_event.given)
		snprintf(line, size, "goto event %" PRIu64, options->at_event.value);
	else
		return true;
	if (tasks->count == OPTION_TASKS) {
		message("--script and --execute: more than %d of them; write them into one file", OPTION_TASKS);
		return false;
	}
	memmove(&tasks->task[1], &tasks->task[0], tasks->count * sizeof(tasks->task[0]));
	tasks->count++;
	tasks->task[0].script = false;
	tasks->task[0].text = line;
	return true;
}

int replay_command(const struct options *given)
{
	struct options options = *given;
	char line[64];

	if (options.info)
		return read_and(given, print_info);
	if (options.check)
		return read_and(given, check);
	if (!begin_at(&options, line, sizeof(line)))
		return STATUS_USAGE;
	return options.shell ? shell_command(&options) : tui_command(&options);
}
