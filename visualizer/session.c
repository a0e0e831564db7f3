/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/session.c - one run of a guest: the machine from the options, the run in slices, the end.
 *
 * The slices stand on a fixed grid of model time, whatever is watched or recorded, so that the run
 * itself does not depend on who looks on. Signals are held and asked for between two slices.
 */
#include "visualizer/session.h"

#include "visualizer/debugger/shell.h"
#include "visualizer/guest_file.h"
#include "visualizer/live.h"
#include "visualizer/machine.h"
#include "visualizer/message.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SLICE = 1000000 }; /* cycles: a millisecond of the ideal machine */

static double host_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- opening ---- */

static bool choose_console(struct session *session, const char *name, enum console_kind usual)
{
	static const char *const names[] = { "none", "serial", "vga" };

	session->console = usual;
	if (!name || strcmp(name, "auto") == 0)
		return true;
	for (unsigned i = 0; i < 3; i++)
		if (strcmp(name, names[i]) == 0) {
			session->console = (enum console_kind)i;
			return true;
		}
	message("--console: no kind '%s'; there are serial, vga, none and auto", name);
	return false;
}

/* Each line is handed on at once: a person or a program may be waiting for it behind a pipe. What is repeated was said. */
static void console_byte(const struct session *session, uint8_t byte)
{
	if (session->history && history_past(session->history))
		return;
	putc(byte, session->console_out);
	if (byte == '\n')
		fflush(session->console_out);
}

static void serial_out(void *owner, unsigned port, uint8_t byte)
{
	const struct session *session = owner;

	if (port == 0 && session->console == CONSOLE_SERIAL)
		console_byte(session, byte);
}

static void debug_out(void *owner, uint8_t byte)
{
	const struct session *session = owner;

	if (session->console == CONSOLE_SERIAL)
		console_byte(session, byte);
}

/* Held before anything is loaded, so that the recording has what was loaded. */
static bool begin_record(struct session *session)
{
	const char *path = session->options->record;

	if (!path)
		return true;
	session->files = file_set_of(&session->config);
	session->config.files = session->files;
	return run_record_begin(&session->record, path, &session->config);
}

static bool make_vm(struct session *session)
{
	struct board_output output = { .owner = session, .serial = serial_out, .debug = debug_out };
	/* A person may want to look at it, and go back. */
	bool person = (session->paced || session->serial_input) && isatty(STDIN_FILENO);

	session->vm = machine_make(&session->config, &output, person);
	session->record.vm = session->vm;
	return session->vm != NULL;
}

static void note_keys(void *owner, bool serial, const uint8_t *bytes, size_t size)
{
	run_record_keys(owner, serial, bytes, size);
}

static void note_move(void *owner, uint64_t clock, const struct vm_mode *mode)
{
	run_record_move(owner, clock, mode);
}

static bool read_keys(struct session *session)
{
	const struct options *options = session->options;

	if (!machine_keys(&session->keys, options, session->vm->costs.frequency))
		return false;
	session->keys.delivered = options->record ? note_keys : NULL;
	session->keys.owner = &session->record;
	if (!options->record_keys)
		return true;
	session->keys.record = fopen(options->record_keys, "w");
	if (!session->keys.record)
		message("cannot write the recording '%s'; is there such a folder, and may you write there?",
		        options->record_keys);
	else
		fprintf(session->keys.record, "; input of a run: cycle, then what arrived (ringside run --keys)\n");
	return session->keys.record != NULL;
}

static void hold_signals(struct session *session)
{
	static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };

	struct sigaction action;

	sigemptyset(&session->caught);
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
		/* What nohup, or a shell for its background, had ignored stays ignored. */
		if (sigaction(caught[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(&session->caught, caught[i]);
	}
	sigprocmask(SIG_BLOCK, &session->caught, &session->saved_mask);
	session->signals_held = true;
}

static bool open_recorder(struct session *session)
{
	const struct options *options = session->options;
	struct recorder_options recording = {
		.path = options->events, .format = options->events_format, .filter = options->filter,
	};

	return recorder_open(&session->recorder, session->vm, &recording);
}

static bool open_all(struct session *session, int guest_word, enum console_kind usual)
{
	return choose_console(session, session->options->console, usual) &&
	       live_choose_speed(session) &&
	       machine_configure(&session->config, session->options, guest_word) &&
	       begin_record(session) && make_vm(session) &&
	       read_keys(session) && open_recorder(session) &&
	       switching_begin(&session->switching, session->vm, session->options);
}

int session_open(struct session *session, const struct options *options, int guest_word,
                 enum console_kind usual_console)
{
	memset(session, 0, sizeof(*session));
	session->options = options;
	session->stop_at = BOARD_NEVER;
	session->wanted_more = true;
	session->console_out = stdout;
	session->switching.tried = note_move;
	session->switching.owner = &session->record;
	if (!open_all(session, guest_word, usual_console)) {
		run_record_drop(&session->record);
		session_close(session);
		return STATUS_USAGE;
	}
	session->symbols = guest_symbols(&session->config);
	hold_signals(session);
	live_begin(session);
	return STATUS_OK;
}

/* ---- running ---- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t next_moment(const struct session *session)
{
	const struct moments *moments = &session->options->screen_at;

	return session->shown < moments->count ? moments->cycle[session->shown] : BOARD_NEVER;
}

static uint64_t limit_of(const struct session *session)
{
	uint64_t limit = session->config.limit ? session->config.limit : BOARD_NEVER;

	return earlier(limit, session->stop_at);
}

/* Where the next slice ends: the grid, the next input, the next picture, the next move, the end. */
static uint64_t slice_end(const struct session *session)
{
	uint64_t grid = (session->vm->clock / SLICE + 1) * SLICE;

	return earlier(earlier(earlier(grid, keys_next(&session->keys)), switching_next(&session->switching)),
	               earlier(next_moment(session), limit_of(session)));
}

static void show_moments(struct session *session)
{
	while (next_moment(session) <= session->vm->clock) {
		struct screen screen;

		screen_read(&screen, session->vm);
		printf("--- screen at cycle %" PRIu64 " ---\n", next_moment(session));
		screen_print(stdout, &screen, true);
		session->shown++;
	}
}

/* Nothing moves any more: halted through the whole slice (a long REP retires nothing either), no device
 * with a plan, no input to come. */
static bool forever_idle(struct session *session)
{
	uint64_t instructions = vm_instructions(session->vm);
	bool idle = instructions == session->halted_at &&
	            vm_guest_state(session->vm)->activity == ACTIVITY_HALTED;

	session->halted_at = instructions;
	return idle && board_next(session->vm->board) == BOARD_NEVER && !board_interrupt(session->vm->board) &&
	       keys_next(&session->keys) == BOARD_NEVER && !live_input_possible(session);
}

static void suspend(struct session *session)
{
	live_end(session);
	raise(SIGSTOP);
	live_begin(session);
}

/* The shell on the stopped guest, which may have been moved when it comes back. */
static void visit(struct session *session)
{
	struct debugger *debugger = calloc(1, sizeof(*debugger));

	session->visit = false;
	live_end(session);
	fflush(stdout);
	if (!debugger) {
		message("not enough memory; close other programs");
	} else if (debugger_visit(debugger, session->options, session->vm, session->symbols)) {
		session->history = debugger->history;
		session->quit = shell_visit(debugger);
		session->history = NULL;
		debugger_release(debugger);
	}
	free(debugger);
	session->halted_at = BOARD_NEVER;
	session->pace_host = 0;
	if (!session->quit)
		live_begin(session);
}

/* A signal that came meanwhile ends the run; SIGTSTP suspends it. */
static void look_for_signal(struct session *session)
{
	static const struct timespec at_once = { 0, 0 };
	int signal = sigtimedwait(&session->caught, NULL, &at_once);

	if (signal == SIGTSTP)
		suspend(session);
	else if (signal > 0)
		session->signal = signal;
}

static bool over(struct session *session)
{
	if (session->signal || session->quit || !session->wanted_more || ferror(stdout) ||
	    recorder_failed(&session->recorder))
		session->end = VM_STOPPED;
	else if (session->vm->clock >= limit_of(session))
		session->limited = session->vm->clock < session->stop_at;
	else if (forever_idle(session))
		session->end = VM_HALTED;
	else
		return false;
	return true;
}

/* HLT with interrupts off: the run loop gave up, and no key can wake it. */
static bool ended(const struct session *session)
{
	return session->end != VM_RUNNING;
}

static enum vm_end advance(struct session *session, uint64_t limit)
{
	if (session->advance)
		return session->advance(session->advance_owner, session->vm, limit);
	return vm_run(session->vm, limit);
}

void session_run(struct session *session)
{
	session->wall_begin = host_seconds();
	session->halted_at = BOARD_NEVER;
	while (!over(session)) {
		keys_deliver(&session->keys, session->vm->board, session->vm->clock);
		run_record_look(&session->record, host_seconds());
		session->end = advance(session, slice_end(session));
		show_moments(session);
		if (ended(session))
			break;
		switching_act(&session->switching, session->vm);
		look_for_signal(session);
		live_look(session, host_seconds());
		if (session->visit)
			visit(session);
		recorder_follow(&session->recorder, host_seconds());
	}
	vm_tell_stretch(session->vm); /* a run that is given up has no more to come */
	session->wall_seconds = host_seconds() - session->wall_begin;
	live_end(session);
}

void session_enough(struct session *session)
{
	session->wanted_more = false;
	vm_request_stop(session->vm);
}

/* ---- the end ---- */

static int status_of_end(const struct session *session)
{
	if (session->signal || session->switching.failed)
		return STATUS_FAILED;
	if (session->limited)
		return STATUS_LIMIT;
	switch (session->end) {
	case VM_EXITED:
		return session->vm->exit_code == 0 ? STATUS_OK : STATUS_FAILED;
	case VM_SHUTDOWN:
	case VM_UNSUPPORTED:
		return STATUS_FAILED;
	default:
		return STATUS_OK;
	}
}

static int close_record(struct session *session, int status)
{
	bool failed = ferror(session->keys.record);

	if (fclose(session->keys.record) == 0 && !failed)
		return status;
	message("cannot write the recording '%s' to its end; is the disk full?", session->options->record_keys);
	return STATUS_FAILED;
}

/* Dies of the signal as if it had not been held, once everything is in order. */
static void pass_on(int signal, const sigset_t *mask)
{
	fflush(stdout);
	raise(signal);
	sigprocmask(SIG_SETMASK, mask, NULL);
}

int session_close(struct session *session)
{
	int status = session->vm ? status_of_end(session) : STATUS_USAGE;

	live_end(session);
	if (!recorder_close(&session->recorder))
		status = STATUS_FAILED;
	if (session->keys.record)
		status = close_record(session, status);
	if (session->vm && !run_record_end(&session->record))
		status = STATUS_FAILED;
	keys_end(&session->keys);
	symbols_free(session->symbols);
	vm_free(session->vm);
	session->vm = NULL;
	file_set_free(session->files);
	session->files = NULL;
	if (session->signal)
		pass_on(session->signal, &session->saved_mask);
	else if (session->signals_held)
		sigprocmask(SIG_SETMASK, &session->saved_mask, NULL);
	return status;
}

const char *session_end_name(const struct session *session)
{
	if (session->limited)
		return "limit";
	return vm_end_name(session->end);
}

void session_describe_end(const struct session *session, char *text, size_t size)
{
	const struct vm *vm = session->vm;

	if (session->limited)
		snprintf(text, size, "the limit of %" PRIu64 " cycles was reached", session->config.limit);
	else if (session->signal)
		snprintf(text, size, "stopped by a signal (%s)", strsignal(session->signal));
	else
		machine_describe_end(vm, session->end, text, size);
}
