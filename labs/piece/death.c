/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/piece/death.c - what a crash of a piece was: the last thing that its process says. It is said for the student's good only: a
 * process that ends without a word, or with a false one, has failed all the same.
 */
#define _GNU_SOURCE
#include "labs/piece/piece.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { HANDLER_STACK = 1 << 16, NEAR = 1 << 20 };

static const char *cause_of(int signal)
{
	switch (signal) {
	case SIGFPE: return "crash: a division by zero, or one whose result does not fit";
	case SIGILL: return "crash: an undefined instruction (__builtin_trap, or a function that ends without a return)";
	default: return "crash: an access to memory that is not there";
	}
}

/* Where in the student's code: " in cli+0x1c". */
static void place_of(uintptr_t ip, char *text, size_t size)
{
	uintptr_t offset;
	const char *name = image_function(piece_own(), ip, &offset);

	text[0] = '\0';
	if (name)
		snprintf(text, size, " in %.60s+0x%lx", name, (unsigned long)offset);
}

static noreturn void bad_access(uintptr_t address, uintptr_t stack_pointer, bool write, const char *place)
{
	uintptr_t from = piece_own()->stack - PIECE_STACK;

	if (address + NEAR > stack_pointer && address < stack_pointer + NEAR && stack_pointer < from + 2 * NEAR)
		piece_die("stack overflow%s: does a function call itself without end?", place);
	if (address >= PIECE_PLACE && address < PIECE_PLACE + PIECE_OWN)
		piece_die("wild write%s: into the VMM's own data (the table of services, at 0x%lx)", place, (unsigned long)address);
	if (address < 4096)
		piece_die("crash%s: a %s through a null pointer (address 0x%lx)", place, write ? "write" : "read",
		          (unsigned long)address);
	piece_die("crash%s: a %s at 0x%lx, where it has nothing", place, write ? "wild write" : "read", (unsigned long)address);
}

static void died(int signal, siginfo_t *info, void *context)
{
	const ucontext_t *at = context;
	uintptr_t ip = (uintptr_t)at->uc_mcontext.gregs[REG_RIP];
	char place[100];

	place_of(ip, place, sizeof place);
	if (signal == SIGSYS)
		piece_die("forbidden%s: system call %d; a piece may use nothing but what ringside_lab.h has", place, info->si_syscall);
	if (signal == SIGSEGV || signal == SIGBUS)
		bad_access((uintptr_t)info->si_addr, (uintptr_t)at->uc_mcontext.gregs[REG_RSP],
		           at->uc_mcontext.gregs[REG_ERR] & 2, place);
	piece_die("%s%s", cause_of(signal), place);
}

void death_watch(void)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGTRAP, SIGABRT};
	struct sigaction action = {.sa_sigaction = died, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	stack_t stack = {.ss_size = HANDLER_STACK};

	stack.ss_sp = mmap(NULL, HANDLER_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stack.ss_sp == MAP_FAILED || sigaltstack(&stack, NULL) != 0)
		return; /* then the signal itself tells */
	for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaction(signals[i], &action, NULL);
}

void death_by_stack_smashing(void)
{
	piece_die("crash: a function has written beyond the end of an array on its stack");
}
