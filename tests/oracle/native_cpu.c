/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/native_cpu.c - starting the helper and talking to it. x86-64 Linux only; elsewhere
 * native_start says so.
 */
#include "tests/oracle/native_cpu.h"

#include <stdio.h>
#include <stdlib.h>

#if defined(__x86_64__) && defined(__linux__)

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct native {
	struct shared *shared;
	int descriptor, to, from;
	pid_t child;
};

/* A file without a name, so that nothing is left behind. */
static int shared_file(void)
{
	char name[] = "/tmp/ringside-native-XXXXXX";
	int descriptor = mkstemp(name);

	if (descriptor < 0)
		return -1;
	unlink(name);
	if (ftruncate(descriptor, sizeof(struct shared)) < 0) {
		close(descriptor);
		return -1;
	}
	return descriptor;
}

static bool helper_path(char *path, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", path, size - 1);
	char *slash;

	if (length < 0)
		return false;
	path[length] = 0;
	slash = strrchr(path, '/');
	if (!slash || (size_t)(slash - path) + sizeof "/native32" > size)
		return false;
	strcpy(slash, "/native32");
	return access(path, X_OK) == 0;
}

static void become_helper(const char *path, int descriptor, int in, int out)
{
	/* Above 3 first, so that no dup2 closes what the next one needs. */
	int file = fcntl(descriptor, F_DUPFD, 10), input = fcntl(in, F_DUPFD, 10),
	    output = fcntl(out, F_DUPFD, 10);

	if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(file, 3) < 0)
		_exit(100);
	for (int i = 4; i < 64; i++)
		close(i);
	execl(path, path, (char *)NULL);
	_exit(100);
}

static bool start_child(struct native *native, const char *path)
{
	int to[2], from[2];

	if (pipe(to) < 0)
		return false;
	if (pipe(from) < 0) {
		close(to[0]), close(to[1]);
		return false;
	}
	native->child = fork();
	if (native->child == 0)
		become_helper(path, native->descriptor, to[0], from[1]);
	close(to[0]), close(from[1]);
	native->to = to[1];
	native->from = from[0];
	return native->child > 0;
}

struct native *native_start(char *why, size_t why_size)
{
	struct native *native = calloc(1, sizeof *native);
	char path[PATH_MAX] = "";

	if (!native)
		return NULL;
	native->to = native->from = -1;
	native->shared = MAP_FAILED;
	native->descriptor = shared_file();
	if (native->descriptor >= 0)
		native->shared = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED,
		                      native->descriptor, 0);
	if (native->shared == MAP_FAILED) {
		snprintf(why, why_size, "no shared file in /tmp");
	} else if (!helper_path(path, sizeof path)) {
		snprintf(why, why_size, "no helper program %s: the compiler could not build it (-m32)", path);
	} else if (!start_child(native, path) || !native_run(native, 0)) {
		snprintf(why, why_size,
			 "the helper program does not run: no 32-bit programs on this kernel?");
	} else {
		return native;
	}
	native_stop(native);
	return NULL;
}

void native_stop(struct native *native)
{
	if (!native)
		return;
	if (native->to >= 0)
		close(native->to);
	if (native->from >= 0)
		close(native->from);
	if (native->child > 0) {
		kill(native->child, SIGKILL);
		waitpid(native->child, NULL, 0);
	}
	if (native->shared != MAP_FAILED)
		munmap(native->shared, sizeof(struct shared));
	if (native->descriptor >= 0)
		close(native->descriptor);
	free(native);
}

struct shared *native_shared(struct native *native)
{
	return native->shared;
}

bool native_run(struct native *native, uint32_t count)
{
	struct pollfd answer = { .fd = native->from, .events = POLLIN };
	uint32_t answered;
	/* A helper that has died must not take us with it. */
	void (*before)(int) = signal(SIGPIPE, SIG_IGN);
	bool sent = write(native->to, &count, sizeof count) == sizeof count;

	signal(SIGPIPE, before);
	return sent && poll(&answer, 1, 30000) == 1 &&
	       read(native->from, &answered, sizeof answered) == sizeof answered;
}

#else

struct native *native_start(char *why, size_t why_size)
{
	snprintf(why, why_size, "this is not x86-64 Linux");
	return NULL;
}

void native_stop(struct native *native)
{
	(void)native;
}

struct shared *native_shared(struct native *native)
{
	(void)native;
	return NULL;
}

bool native_run(struct native *native, uint32_t count)
{
	(void)native;
	(void)count;
	return false;
}

#endif
