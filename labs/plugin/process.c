/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/process.c - a student's piece has a process of its own. The choice was between that and a piece inside the VMM's
 * process, with the VMM's memory protected or digested around each call. The latter is faster, but code that shares an address
 * space can call mprotect, walk the heap for the expected results and the seeds, or write its verdict: nothing that it could be
 * held to would be out of its reach. In a process of its own
 *
 * - a wild write hits its own copy of what it was given; the VMM keeps the truth, compares, and says so;
 * - exec leaves nothing of the grader's memory in it (seeds, expected states, other submissions);
 * - results are what the VMM sees: registers that come back, the guest's memory and devices. No exit status and no printed text
 *   decides anything, so faking them is no use;
 * - a crash or an endless loop ends one process. The next test starts another.
 *
 * It costs some ten microseconds a call, which is nothing beside a student's patience: lab guests exit some thousand times.
 *
 * Time is its processor time, asked from the kernel by the VMM: a busy computer makes nobody fail. A process that sleeps while it is
 * asked, which nothing lets it do on purpose but reading from the socket, is noticed by that.
 */
#define _GNU_SOURCE
#include "labs/plugin/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CALL_MILLISECONDS = 500, ALL_SECONDS = 5, START_MILLISECONDS = 3000, LOOK_MILLISECONDS = 100, ASLEEP = 20, BEYOND = 100 };

/* ---- its end ---- */

bool lab_process_condemn(struct lab_process *process, const char *format, ...)
{
	va_list arguments;

	if (!process->why[0]) {
		va_start(arguments, format);
		vsnprintf(process->why, sizeof process->why, format, arguments);
		va_end(arguments);
	}
	lab_process_end(process);
	return false;
}

void lab_process_end(struct lab_process *process)
{
	if (!process->id)
		return;
	kill(process->id, SIGKILL);
	while (waitpid(process->id, NULL, 0) < 0 && errno == EINTR)
		;
	close(process->socket);
	process->id = 0;
}

/* It hung up without a word. */
static bool ended(struct lab_process *process)
{
	int status = 0;

	while (waitpid(process->id, &status, 0) < 0 && errno == EINTR)
		;
	close(process->socket);
	process->id = 0;
	if (WIFSIGNALED(status))
		return lab_process_condemn(process, "crash: signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	return lab_process_condemn(process, "it ended its process (exit status %d) instead of returning", WEXITSTATUS(status));
}

/* ---- its time ---- */

static uint64_t processor_time(const struct lab_process *process)
{
	struct timespec now = {0};
	clockid_t clock;

	if (clock_getcpuclockid(process->id, &clock) == 0)
		clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool too_slow(struct lab_process *process)
{
	return lab_process_condemn(process, "too slow: more than %d s of processor time in one run", ALL_SECONDS);
}

static bool has_time(struct lab_process *process, unsigned milliseconds)
{
	uint64_t now = processor_time(process);

	if (now - process->call_began > milliseconds * UINT64_C(1000000))
		return lab_process_condemn(process, "endless loop: no return after %u ms of processor time", milliseconds);
	if (now > ALL_SECONDS * UINT64_C(1000000000))
		return too_slow(process);
	return true;
}

void lab_process_begin_call(struct lab_process *process)
{
	process->call_began = processor_time(process);
	process->asked = 0;
	/* Many short calls never let us wait, and so are never looked at otherwise. */
	if (process->id && process->call_began > ALL_SECONDS * UINT64_C(1000000000))
		too_slow(process);
}

/* Is it waiting for something, while it is its turn? */
static bool sleeps(const struct lab_process *process)
{
	char path[64], text[256];
	const char *behind;
	ssize_t size;
	int file;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)process->id);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return false;
	size = read(file, text, sizeof text - 1);
	close(file);
	text[size < 0 ? 0 : size] = '\0';
	behind = strrchr(text, ')');
	return behind && strncmp(behind, ") S", 3) == 0;
}

/* Waits until there is something to be read. */
static bool wait_for(struct lab_process *process, unsigned milliseconds)
{
	struct pollfd poll_for = {.fd = process->socket, .events = POLLIN};
	unsigned asleep = 0;

	for (;;) {
		int ready = poll(&poll_for, 1, LOOK_MILLISECONDS);

		if (ready > 0)
			return true;
		if (ready < 0 && errno != EINTR)
			return lab_process_condemn(process, "poll: %s", strerror(errno));
		if (!has_time(process, milliseconds))
			return false;
		asleep = sleeps(process) ? asleep + 1 : 0;
		if (asleep > ASLEEP)
			return lab_process_condemn(process, "it waits for something that will never come");
	}
}

/* ---- messages ---- */

bool lab_process_send(struct lab_process *process, const struct message *message)
{
	size_t size = MESSAGE_HEAD + message->size;

	if (!process->id)
		return false;
	/* A process that does not read must not make us wait. */
	if (send(process->socket, message, size, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size)
		return true;
	return errno == EPIPE || errno == ECONNRESET ? ended(process)
	                                             : lab_process_condemn(process, "it does not listen: %s", strerror(errno));
}

/* What it says in the end is for people: no control characters reach a terminal or a report. */
static void clean(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || (unsigned char)*text > '~')
			*text = '?';
}

static bool last_words(struct lab_process *process, const struct message *message)
{
	char text[LAB_WHY];

	snprintf(text, sizeof text, "%.*s", (int)message->size, (const char *)message->bytes);
	clean(text);
	return lab_process_condemn(process, "%s", text);
}

static bool receive(struct lab_process *process, struct message *message, unsigned milliseconds)
{
	ssize_t size;

	if (!process->id || !wait_for(process, milliseconds))
		return false;
	size = recv(process->socket, message, sizeof *message, 0);
	if (size == 0 || (size < 0 && errno == ECONNRESET))
		return ended(process);
	if (size < (ssize_t)MESSAGE_HEAD || message->size > MESSAGE_BYTES || size != (ssize_t)(MESSAGE_HEAD + message->size))
		return lab_process_condemn(process, "it wrote to the VMM's socket by itself");
	if (message->type == MESSAGE_DIED || message->type == MESSAGE_BROKEN)
		return last_words(process, message);
	return true;
}

bool lab_process_receive(struct lab_process *process, struct message *message)
{
	enum { LOOK_AFTER = 256 }; /* requests: a loop that asks for something each time never lets us wait */

	if (++process->asked % LOOK_AFTER == 0 && !has_time(process, CALL_MILLISECONDS))
		return false;
	return receive(process, message, CALL_MILLISECONDS);
}

/* ---- its beginning ---- */

static bool greet(struct lab_process *process)
{
	struct message message;

	process->call_began = 0;
	if (!receive(process, &message, START_MILLISECONDS))
		return false;
	if (message.type != MESSAGE_READY || message.size != sizeof process->has)
		return lab_process_condemn(process, "it wrote to the VMM's socket by itself");
	memcpy(&process->has, message.bytes, sizeof process->has);
	return true;
}

/* Descriptors 1 and 2 are closed: nobody reads what a piece prints. Sockets and files of ours close by themselves. */
static int spawn(struct lab_process *process, int theirs, int file)
{
	char *const arguments[] = {"ringside", PIECE_WORD, NULL}, *const environment[] = {NULL};
	posix_spawn_file_actions_t actions;
	int error;

	posix_spawn_file_actions_init(&actions);
	/* The file first goes where neither is yet. */
	posix_spawn_file_actions_adddup2(&actions, file, BEYOND);
	posix_spawn_file_actions_adddup2(&actions, theirs, PIECE_SOCKET);
	posix_spawn_file_actions_adddup2(&actions, BEYOND, PIECE_FILE);
	posix_spawn_file_actions_addclose(&actions, BEYOND);
	posix_spawn_file_actions_addclose(&actions, 1);
	posix_spawn_file_actions_addclose(&actions, 2);
	error = posix_spawn(&process->id, "/proc/self/exe", &actions, NULL, arguments, environment);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

bool lab_process_start(struct lab_process *process, int file)
{
	int pair[2], error;

	process->why[0] = '\0';
	process->id = 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return lab_process_condemn(process, "socketpair: %s; close other programs", strerror(errno));
	/* Neither may be one of those that the process begins with. */
	for (unsigned i = 0; i < 2; i++) {
		int high = fcntl(pair[i], F_DUPFD_CLOEXEC, BEYOND + 1);

		close(pair[i]);
		pair[i] = high;
	}
	error = spawn(process, pair[1], file);
	close(pair[1]);
	process->socket = pair[0];
	if (!error)
		return greet(process);
	process->id = 0;
	close(pair[0]);
	return lab_process_condemn(process, "no process for the piece: %s; close other programs", strerror(error));
}
