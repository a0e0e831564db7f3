/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * user/user.c - system calls as functions, and what several programs need.
 */
#include "user/user.h"

#define ADDRESS(pointer) ((uint32_t)(pointer))

void exit(int status)
{
	for (;;)
		system_call(CALL_exit, (uint32_t)status, 0, 0);
}

int fork(void)
{
	return system_call(CALL_fork, 0, 0, 0);
}

int exec(const char *path, char *const *arguments)
{
	return system_call(CALL_exec, ADDRESS(path), ADDRESS(arguments), 0);
}

int wait(int *status)
{
	return system_call(CALL_wait, ADDRESS(status), 0, 0);
}

int getpid(void)
{
	return system_call(CALL_getpid, 0, 0, 0);
}

void yield(void)
{
	system_call(CALL_yield, 0, 0, 0);
}

void sleep(uint32_t milliseconds)
{
	system_call(CALL_sleep, milliseconds, 0, 0);
}

void *sbrk(int32_t change)
{
	int old = system_call(CALL_sbrk, (uint32_t)change, 0, 0);

	return old < 0 ? NULL : (void *)old;
}

int open(const char *path)
{
	return system_call(CALL_open, ADDRESS(path), 0, 0);
}

int close(int descriptor)
{
	return system_call(CALL_close, (uint32_t)descriptor, 0, 0);
}

int read(int descriptor, void *to, uint32_t size)
{
	return system_call(CALL_read, (uint32_t)descriptor, ADDRESS(to), size);
}

int write(int descriptor, const void *from, uint32_t size)
{
	return system_call(CALL_write, (uint32_t)descriptor, ADDRESS(from), size);
}

int pipe(int ends[2])
{
	return system_call(CALL_pipe, ADDRESS(ends), 0, 0);
}

int duplicate(int descriptor, int wanted)
{
	return system_call(CALL_duplicate, (uint32_t)descriptor, (uint32_t)wanted, 0);
}

int kill(int number)
{
	return system_call(CALL_kill, (uint32_t)number, 0, 0);
}

int map(void *page, uint32_t size, int flags)
{
	return system_call(CALL_map, ADDRESS(page), size, (uint32_t)flags);
}

int protect(void *page, uint32_t size, int flags)
{
	return system_call(CALL_protect, ADDRESS(page), size, (uint32_t)flags);
}

int unmap(void *page, uint32_t size)
{
	return system_call(CALL_unmap, ADDRESS(page), size, 0);
}

int list(uint32_t index, struct file_info *info)
{
	return system_call(CALL_list, index, ADDRESS(info), 0);
}

int processes(uint32_t index, struct process_info *info)
{
	return system_call(CALL_processes, index, ADDRESS(info), 0);
}

int memory(struct memory_info *info, bool clear)
{
	return system_call(CALL_memory, ADDRESS(info), clear, 0);
}

int port_loop(uint32_t count)
{
	return system_call(CALL_port_loop, count, 0, 0);
}

/* Where the catcher returns to. All registers become those of the fault, so it does not matter what is in them now. */
static void resume(void)
{
	system_call(CALL_resume, 0, 0, 0);
}

void catch_faults(void (*catcher)(void))
{
	system_call(CALL_catch, ADDRESS(catcher), ADDRESS(resume), 0);
}

void print(const char *text, ...)
{
	char line[200];
	va_list arguments;

	va_start(arguments, text);
	write(OUTPUT, line, format(line, sizeof(line), text, arguments));
	va_end(arguments);
}

int read_line(char *to, uint32_t size)
{
	uint32_t length = 0;
	char c;

	while (read(INPUT, &c, 1) == 1) {
		if (c == '\n') {
			to[length] = '\0';
			return (int)length;
		}
		if (length < size - 1)
			to[length++] = c;
	}
	return -1;
}

const char *text_option(char **arguments, const char *name)
{
	for (; *arguments; arguments++) {
		const char *value = option_value(*arguments, name);
		if (value)
			return value;
	}
	return NULL;
}

uint32_t number_option(char **arguments, const char *name, uint32_t otherwise)
{
	const char *value = text_option(arguments, name);

	return value ? parse_number(value) : otherwise;
}

int run(const char *path, char *const *arguments)
{
	int child = fork(), status = -1;

	if (child < 0)
		return child;
	if (child == 0) {
		exec(path, arguments);
		print("%s: not found, or not a program\n", arguments[0]);
		exit(127);
	}
	while (wait(&status) != child)
		;
	return status;
}
