/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/peers_process.c - the clock starts before the process is made and stops when it has been waited for, or
 * with the console's lines. User and system time are the kernel's account of it (getrusage(2)): there is one at a time.
 */
#include "visualizer/compare/peers_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { CONSOLE_APART = 3 };

struct running {
	const struct process *process;
	struct console *console;
	struct process_result *result;
	pid_t id;
	int pipe[2], signals;
	FILE *complaints;
	double begin;
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/* ---- beginning ---- */

static void arrange(posix_spawn_file_actions_t *actions, const struct running *running)
{
	bool apart = running->process->console_apart;

	posix_spawn_file_actions_init(actions);
	posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", 0, 0);
	posix_spawn_file_actions_adddup2(actions, fileno(running->complaints), STDERR_FILENO);
	if (apart)
		posix_spawn_file_actions_adddup2(actions, STDERR_FILENO, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(actions, running->pipe[1], apart ? CONSOLE_APART : STDOUT_FILENO);
}

static int spawn(struct running *running)
{
	const struct process *process = running->process;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t usual;
	int failure;

	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	arrange(&actions, running);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigdefault(&attributes, &usual);
	posix_spawnattr_setsigmask(&attributes, process->before);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	failure = posix_spawnp(&running->id, process->program, &actions, &attributes, process->arguments, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return failure;
}

/* Descriptors of ours lie above those that the process gets, or dup2 would close one of them. */
static bool lift(int *descriptor)
{
	int high = fcntl(*descriptor, F_DUPFD_CLOEXEC, CONSOLE_APART + 1);

	close(*descriptor);
	*descriptor = high;
	return high >= 0;
}

static bool begin(struct running *running)
{
	int failure = 0;

	running->complaints = tmpfile();
	if (!running->complaints || pipe(running->pipe) != 0) {
		running->pipe[0] = running->pipe[1] = -1;
		failure = errno;
	} else if (!lift(&running->pipe[0]) || !lift(&running->pipe[1])) {
		failure = errno;
	} else if ((running->signals = signalfd(-1, running->process->held, SFD_CLOEXEC)) < 0 || !lift(&running->signals)) {
		failure = errno;
	}
	running->begin = now();
	if (!failure)
		failure = spawn(running);
	if (running->pipe[1] >= 0)
		close(running->pipe[1]);
	running->pipe[1] = -1;
	if (!failure)
		return true;
	running->result->end = PROCESS_FAILED;
	snprintf(running->result->complaint, sizeof(running->result->complaint), "%.40s cannot be started: %s",
	         running->process->program, strerror(failure));
	return false;
}

/* ---- watching ---- */

/* It has come to what is the end for us, though it goes on. */
static bool at_end(const struct running *running)
{
	const struct console *console = running->console;

	return console->end > 0 || console->wrong || console->failed ||
	       (!running->process->ends && !console->patterns->has_until && console_complete(console));
}

static bool take_signal(struct running *running)
{
	struct signalfd_siginfo information;

	if (read(running->signals, &information, sizeof(information)) != sizeof(information))
		return false;
	running->result->end = PROCESS_CAUGHT;
	running->result->caught = (int)information.ssi_signo;
	return true;
}

/* False: nothing more is to come. */
static bool take_bytes(struct running *running)
{
	char bytes[1 << 14];
	ssize_t count = read(running->pipe[0], bytes, sizeof(bytes));

	if (count < 0)
		return errno == EINTR;
	if (count == 0)
		return false;
	console_take(running->console, bytes, (size_t)count, now());
	return true;
}

/* Until it has closed its console, is at its end, or must be stopped. */
static void watch(struct running *running)
{
	struct pollfd watched[] = { { .fd = running->pipe[0], .events = POLLIN }, { .fd = running->signals, .events = POLLIN } };
	double until = running->begin + running->process->timeout;

	running->result->end = PROCESS_ENDED;
	for (;;) {
		double left = until - now();

		if (left <= 0) {
			running->result->end = PROCESS_TIMEOUT;
			return;
		}
		if (poll(watched, 2, (int)(left * 1000) + 1) < 0 && errno != EINTR)
			return;
		if (watched[1].revents && take_signal(running))
			return;
		if (watched[0].revents && !take_bytes(running))
			return;
		if (at_end(running)) {
			running->result->end = PROCESS_STOPPED;
			return;
		}
	}
}

/* ---- the end ---- */

/* A process that closed its console may still live. */
static int wait_for(struct running *running)
{
	static const struct timespec moment = { .tv_nsec = 100000 };
	double until = running->begin + running->process->timeout;
	int status = 0;

	if (running->result->end != PROCESS_ENDED)
		kill(running->id, SIGKILL);
	while (running->result->end == PROCESS_ENDED && waitpid(running->id, &status, WNOHANG) == 0) {
		if (now() >= until) {
			running->result->end = PROCESS_TIMEOUT;
			kill(running->id, SIGKILL);
		} else {
			nanosleep(&moment, NULL);
		}
	}
	if (running->result->end != PROCESS_ENDED)
		while (waitpid(running->id, &status, 0) < 0 && errno == EINTR)
			;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void read_complaint(struct running *running)
{
	char *text = running->result->complaint;

	rewind(running->complaints);
	while (fgets(text, sizeof(running->result->complaint), running->complaints)) {
		text[strcspn(text, "\n")] = '\0';
		if (*text && !strstr(text, ": warning:"))
			return;
	}
	*text = '\0';
}

static void finish(struct running *running)
{
	struct peers_sample *sample = &running->result->sample;
	struct console *console = running->console;
	struct rusage before, after;
	double end;

	getrusage(RUSAGE_CHILDREN, &before);
	sample->status = wait_for(running);
	end = now();
	getrusage(RUSAGE_CHILDREN, &after);
	console_close(console, end);
	sample->user = seconds(after.ru_utime) - seconds(before.ru_utime);
	sample->system = seconds(after.ru_stime) - seconds(before.ru_stime);
	sample->wall = (console->end > 0 ? console->end : end) - (console->begin > 0 ? console->begin : running->begin);
	read_complaint(running);
}

void process_run(const struct process *process, struct console *console, struct process_result *result)
{
	struct running running = { .process = process, .console = console, .result = result, .pipe = { -1, -1 }, .signals = -1 };

	memset(result, 0, sizeof(*result));
	if (begin(&running)) {
		watch(&running);
		finish(&running);
	}
	if (running.pipe[0] >= 0)
		close(running.pipe[0]);
	if (running.signals >= 0)
		close(running.signals);
	if (running.complaints)
		fclose(running.complaints);
}
