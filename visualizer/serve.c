/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/serve.c - one loop around one guest: it runs in slices, and between two of them GDB and viewers are answered.
 * Who is in control says whether it runs: a GDB that is connected or awaited, or one viewer; else it runs by itself until it
 * ends.
 */
#include "visualizer/serve.h"

#include "visualizer/debugger/record.h"
#include "visualizer/debugger/shell.h"
#include "visualizer/gdb/link.h"
#include "visualizer/machine.h"
#include "visualizer/message.h"
#include "visualizer/remote/screens.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum { SLICE = 5 /* milliseconds */, WAITED_FOR = 1 + 2 + 1 + VIEWERS_MOST, VIEWER_WAIT = 20 /* milliseconds */ };

struct serve {
	const struct options *options;
	struct debugger debugger;
	struct shell shell; /* for `monitor` */
	struct gdb_link gdb;
	struct viewers *viewers; /* NULL: no --socket */
	bool lingers; /* the guest has ended, viewers look on: that was said */
	bool held;   /* the guest is GDB's: it stands still unless GDB moves it */
	bool over;
	bool opened; /* the debugger is */
	bool prints; /* what the guest writes to its console goes to standard output */
	uint64_t printed; /* bytes of it */
	unsigned branch;  /* of history, in which they were */
	int signals;      /* descriptor on which signals come; -1 */
	int signal;       /* that ended the run */
	sigset_t caught, saved_mask;
};

bool serve_wanted(const struct options *options)
{
	return options->gdb || options->socket;
}

/* ---- what cannot be had together ---- */

static bool check_options(const struct options *options)
{
	const struct {
		bool given;
		const char *name;
	} others[] = {
		{ options->json, "json" }, { options->events != NULL, "events" },
		{ options->record_keys != NULL, "record-keys" }, { options->screen_at.count > 0, "screen-at" },
		{ options->screen, "screen" }, { options->speed != NULL, "speed" },
		{ options->switch_random != NULL, "switch-random" }, { options->time, "time" },
		{ options->console && strcmp(options->console, "vga") == 0, "console=vga" },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (!others[i].given)
			continue;
		message("--%s cannot be had with --gdb or --socket: such a run goes forward and backward as others wish", others[i].name);
		return false;
	}
	return true;
}

/* ---- signals ---- */

static bool hold_signals(struct serve *serve)
{
	static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action;

	sigemptyset(&serve->caught);
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		if (sigaction(caught[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(&serve->caught, caught[i]);
	sigprocmask(SIG_BLOCK, &serve->caught, &serve->saved_mask);
	serve->signals = signalfd(-1, &serve->caught, SFD_NONBLOCK | SFD_CLOEXEC);
	if (serve->signals < 0)
		message("no descriptor is left for signals; raise the limit (ulimit -n)");
	return serve->signals >= 0;
}

static bool look_for_signal(struct serve *serve)
{
	struct signalfd_siginfo info;

	if (read(serve->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		serve->signal = (int)info.ssi_signo;
	return serve->signal != 0;
}

/* ---- the guest's console ---- */

/* What is written again after going back is not printed again; a new branch of history begins where it begins. */
static void print_console(struct serve *serve)
{
	const struct console *console = serve->debugger.console;
	unsigned branch = history_branch(serve->debugger.history);

	if (branch != serve->branch && serve->printed > console->written)
		serve->printed = console->written;
	serve->branch = branch;
	if (console->written > serve->printed + CONSOLE_BYTES)
		serve->printed = console->written - CONSOLE_BYTES;
	if (serve->printed >= console->written)
		return;
	for (; serve->printed < console->written; serve->printed++)
		if (serve->prints)
			putchar(console->text[serve->printed % CONSOLE_BYTES]);
	fflush(stdout);
	if (ferror(stdout)) /* told at the end of the program */
		serve->over = true;
}

/* ---- monitor ---- */

static bool monitor_interrupted(void *owner)
{
	struct serve *serve = owner;

	print_console(serve);
	return look_for_signal(serve) || gdb_link_interrupted(&serve->gdb);
}

static void perform_monitor(void *owner, const char *line, FILE *out)
{
	struct serve *serve = owner;

	serve->shell.out = out;
	serve->shell.message[0] = 0;
	if (!shell_perform(&serve->shell, line))
		fprintf(out, "%s\n", serve->shell.message);
	serve->shell.quit = false; /* GDB has commands of its own for that */
}

/* ---- who moves the guest ---- */

static void hear_gdb(struct serve *serve)
{
	switch (gdb_link_look(&serve->gdb)) {
	case GDB_SAME:
		break;
	case GDB_CAME:
		if (serve->viewers)
			viewers_tell(serve->viewers, "gdb is connected, and moves the guest");
		serve->held = true;
		break;
	case GDB_LOST:
		serve->held = true;
		break;
	case GDB_DETACHED:
		serve->held = false;
		break;
	case GDB_KILLED:
		serve->over = true;
		break;
	}
}

/* Nobody is in control. */
static bool is_free(const struct serve *serve)
{
	return !serve->held && !(serve->viewers && viewers_control(serve->viewers));
}

/* A guest at its end stays there until somebody goes back. */
static bool has_ended(const struct serve *serve)
{
	enum stop_kind kind = serve->debugger.stop.kind;

	return !serve->debugger.running && (kind == STOP_GUEST_END || kind == STOP_LIMIT);
}

static void begin_free_run(struct serve *serve)
{
	static const struct goal on = { .kind = GOAL_CONTINUE };

	if (serve->debugger.running || has_ended(serve))
		return;
	if (!debugger_begin(&serve->debugger, &on)) {
		message("%s", serve->debugger.message);
		serve->over = true;
	}
}

static void run_slice(struct serve *serve)
{
	if (is_free(serve))
		begin_free_run(serve);
	if (!serve->debugger.running && !gdb_link_moves(&serve->gdb))
		return;
	if (debugger_slice(&serve->debugger, SLICE))
		return;
	gdb_link_arrived(&serve->gdb);
	if (serve->viewers)
		viewers_arrived(serve->viewers);
}

/* ---- viewers ---- */

static double host_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void look_at_viewers(struct serve *serve)
{
	struct view_moment moment = {
		.seconds = host_seconds(), .changed = serve->debugger.running || serve->debugger.changed,
		.driven = serve->held,
	};
	const char *note;

	if (!serve->viewers)
		return;
	viewers_look(serve->viewers, &moment);
	serve->debugger.changed = false;
	while ((note = viewers_note(serve->viewers)))
		message("%s", note);
}

/* The guest has ended, and nobody is there to go back with it. */
static bool all_done(struct serve *serve)
{
	char text[300];

	if (serve->held || !has_ended(serve))
		return false;
	if (!serve->viewers || !viewers_count(serve->viewers))
		return true;
	if (!serve->lingers) {
		snprintf(text, sizeof(text), "%s; the program ends when no viewer is attached", serve->debugger.stop.text);
		message("%s", text);
		viewers_tell(serve->viewers, text);
		serve->lingers = true;
	}
	return false;
}

/* ---- the loop ---- */

static void wait(const struct serve *serve)
{
	struct pollfd fds[WAITED_FOR];
	size_t count = 0;
	bool busy = serve->debugger.running || gdb_link_moves(&serve->gdb) || serve->over;

	fds[count++] = (struct pollfd){ .fd = serve->signals, .events = POLLIN };
	count += gdb_link_wait(&serve->gdb, fds + count);
	if (serve->viewers)
		count += viewers_wait(serve->viewers, fds + count);
	poll(fds, count, busy ? 0 : serve->viewers ? VIEWER_WAIT : -1);
}

static void run(struct serve *serve)
{
	while (!serve->over) {
		run_slice(serve);
		print_console(serve);
		if (look_for_signal(serve))
			break;
		if (all_done(serve))
			break;
		wait(serve);
		hear_gdb(serve);
		look_at_viewers(serve);
	}
}

/* ---- begin and end ---- */

static bool open_gdb(struct serve *serve)
{
	const struct gdb_monitor monitor = { .owner = serve, .perform = perform_monitor };
	char error[256];

	if (!serve->options->gdb)
		return true;
	if (!gdb_link_open(&serve->gdb, &serve->debugger, &monitor, serve->options->gdb, error, sizeof(error))) {
		message("--gdb: %s", error);
		return false;
	}
	serve->held = true;
	message("the guest stands at its first instruction; type in another terminal: gdb %s -ex 'target remote %s'",
	        serve->options->words[0], serve->gdb.door.text);
	return true;
}

static bool open_viewers(struct serve *serve)
{
	const struct view_source source = screens_of(&serve->debugger);
	char error[256];

	if (!serve->options->socket)
		return true;
	serve->viewers = viewers_open(serve->options->socket, &source, error, sizeof(error));
	if (!serve->viewers)
		message("--socket: %s", error);
	return serve->viewers != NULL;
}

static int open_all(struct serve *serve)
{
	const char *console = serve->options->console;
	int status;

	if (!check_options(serve->options))
		return STATUS_USAGE;
	status = debugger_open(&serve->debugger, serve->options, 0);
	if (status != STATUS_OK)
		return status;
	serve->opened = true;
	serve->prints = !console || strcmp(console, "none") != 0;
	serve->branch = history_branch(serve->debugger.history);
	serve->shell = (struct shell){
		.debugger = &serve->debugger, .interrupted = monitor_interrupted, .owner = serve,
	};
	return hold_signals(serve) && open_viewers(serve) && open_gdb(serve) ? STATUS_OK : STATUS_USAGE;
}

static int status_of_end(const struct serve *serve)
{
	const struct vm *vm = serve->debugger.vm;
	const struct stop *stop = &serve->debugger.stop;

	if (serve->signal)
		return STATUS_FAILED;
	if (!has_ended(serve))
		return STATUS_OK;
	if (stop->kind == STOP_LIMIT)
		return STATUS_LIMIT;
	if (stop->end == VM_EXITED && serve->options->exit_code)
		return (int)(vm->exit_code & 0xff);
	if (stop->end == VM_EXITED)
		return vm->exit_code ? STATUS_FAILED : STATUS_OK;
	return stop->end == VM_SHUTDOWN || stop->end == VM_UNSUPPORTED ? STATUS_FAILED : STATUS_OK;
}

static void report(const struct serve *serve)
{
	const struct vm *vm = serve->debugger.vm;
	const struct stop *stop = &serve->debugger.stop;

	if (serve->options->digest)
		printf("digest %016" PRIx64 "\n", vm_digest(vm));
	if (has_ended(serve) && (stop->end != VM_EXITED || vm->exit_code))
		message("%s", stop->text);
}

static void close_all(struct serve *serve)
{
	gdb_link_close(&serve->gdb);
	viewers_close(serve->viewers, has_ended(serve) ? serve->debugger.stop.text : "the VM's program was ended");
	if (serve->opened)
		debugger_close(&serve->debugger);
	if (serve->signals < 0)
		return;
	close(serve->signals);
	fflush(stdout);
	if (serve->signal)
		raise(serve->signal); /* as if it had not been held */
	sigprocmask(SIG_SETMASK, &serve->saved_mask, NULL);
}

int serve_run(const struct options *options)
{
	struct serve serve = {
		.options = options, .signals = -1, .gdb = { .fd = -1, .door = { .fd = -1 } },
	};
	int status = open_all(&serve);

	if (status == STATUS_OK) {
		run(&serve);
		report(&serve);
		status = status_of_end(&serve);
		if (!record_finish(&serve.debugger))
			status = STATUS_FAILED;
	}
	close_all(&serve);
	return status;
}
