/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * user/user.h - what a user program may use: system calls and a little output.
 */
#ifndef GUEST_USER_USER_H
#define GUEST_USER_USER_H

#include "kernel/abi.h"
#include "lib/text.h"

enum { INPUT = 0, OUTPUT = 1, ERRORS = 2 };

static inline int system_call(enum system_call number, uint32_t a, uint32_t b, uint32_t c)
{
	int result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
	return result;
}

void exit(int status) __attribute__((noreturn));
int fork(void);
int exec(const char *path, char *const *arguments);
int wait(int *status);
int getpid(void);
void yield(void);
void sleep(uint32_t milliseconds);
void *sbrk(int32_t change); /* NULL: no memory */
int open(const char *path);
int close(int descriptor);
int read(int descriptor, void *to, uint32_t size);
int write(int descriptor, const void *from, uint32_t size);
int pipe(int ends[2]);
int duplicate(int descriptor, int wanted);
int kill(int number);
int map(void *page, uint32_t size, int flags);
int protect(void *page, uint32_t size, int flags);
int unmap(void *page, uint32_t size);
int list(uint32_t index, struct file_info *info);
int processes(uint32_t index, struct process_info *info);
int memory(struct memory_info *info, bool clear);
int port_loop(uint32_t count);
/* From now on `catcher` is called at a fault, and when it returns the instruction is tried again. A child has none. */
void catch_faults(void (*catcher)(void));

void print(const char *text, ...) __attribute__((format(printf, 1, 2)));
/* A line without its end; -1 at the end of input. */
int read_line(char *to, uint32_t size);
/* The value of name=... among the arguments, as a number. */
uint32_t number_option(char **arguments, const char *name, uint32_t otherwise);
const char *text_option(char **arguments, const char *name);
/* Runs a program and waits for it: its status, or below zero. */
int run(const char *path, char *const *arguments);

#endif
