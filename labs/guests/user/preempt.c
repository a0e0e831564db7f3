/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * user/preempt.c - does the timer take the processor from a process that never gives it up? The
 * parent sleeps 20 ms while a child counts; it then ends the child. Without timer interrupts the
 * child counts to its end first.
 */
#include "user/user.h"

enum { FAR = 1 << 27 };

static void count_to_the_end(void)
{
	uint32_t left = FAR;

	__asm__ volatile("1: dec %0; jnz 1b" : "+r"(left));
	exit(0);
}

int main(void)
{
	int child = fork(), status;

	if (child == 0)
		count_to_the_end();
	sleep(20);
	kill(child);
	wait(&status);
	if (status != STATUS_KILLED) {
		print("preempt: FAILED, the child counted to its end: no timer interrupt in user code\n");
		return 1;
	}
	print("preempt: the timer took the processor from a counting child\n");
	return 0;
}
