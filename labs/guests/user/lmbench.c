/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * user/lmbench.c - workload: one operation at a time (op=NAME), n times: those of McVoy and Staelin's lmbench ("Portable
 * Tools for Performance Analysis", USENIX 1996) that papers on VMMs report. What an operation does beside what
 * it is to measure can be measured too: pipe is ctx without the switches, touch is fault without
 * the faults.
 */
#include "user/user.h"

enum {
	PAGE = 4096, PLACE = 0x40000000,
	FAULT_PAGES = 64,              /* touched in one round */
	MAP_PAGES = 250, MAP_STEP = 10, /* every tenth of a mapping is touched, as lmbench does */
	RING_MAX = 16, ARRAY_MAX = 64 * 1024,
};

static uint32_t array[ARRAY_MAX / 4];
static uint32_t faults_left;

static void null_call(uint32_t count, char **words)
{
	(void)words;
	while (count--)
		getpid();
}

/* ---- processes ---- */

static void end_at_once(uint32_t count, char **words)
{
	(void)words;
	while (count--) {
		if (fork() == 0)
			exit(0);
		wait(NULL);
	}
}

static void run_program(uint32_t count, char **words)
{
	char *arguments[] = { "true", NULL };

	(void)words;
	while (count--)
		run("bin/true", arguments);
}

static void run_shell(uint32_t count, char **words)
{
	char *arguments[] = { "sh", "script=true", NULL };

	(void)words;
	while (count--)
		run("bin/sh", arguments);
}

/* ---- memory ---- */

static void map_and_touch(uint32_t count, char **words)
{
	(void)words;
	while (count--) {
		map((void *)PLACE, MAP_PAGES * PAGE, MAP_WRITE);
		for (uint32_t i = 0; i < MAP_PAGES; i += MAP_STEP)
			*(volatile uint32_t *)(PLACE + i * PAGE) = i;
		unmap((void *)PLACE, MAP_PAGES * PAGE);
	}
}

static void count_fault(void)
{
	if (--faults_left == 0)
		exit(0);
}

/* The store is tried again whenever the fault has been seen to, as a signal's handler leaves it. */
static void forbidden_stores(uint32_t count, char **words)
{
	(void)words;
	if (count == 0)
		return;
	map((void *)PLACE, PAGE, 0);
	(void)*(volatile uint32_t *)PLACE;
	if (fork() == 0) {
		faults_left = count;
		catch_faults(count_fault);
		*(volatile uint32_t *)PLACE = 1;
	}
	wait(NULL);
}

static void read_pages(void)
{
	for (uint32_t i = 0; i < FAULT_PAGES; i++)
		(void)*(volatile uint32_t *)(PLACE + i * PAGE);
}

static void fresh_pages(uint32_t count, char **words)
{
	(void)words;
	while (count--) {
		map((void *)PLACE, FAULT_PAGES * PAGE, 0);
		read_pages();
		unmap((void *)PLACE, FAULT_PAGES * PAGE);
	}
}

/* ---- a number goes round a ring of processes, each of which adds up its array ---- */

struct ring {
	uint32_t members, bytes;
	int from, to;          /* the caller's ends: it is the first member */
	int child[RING_MAX];
};

static void pass_on(int from, int to, uint32_t bytes)
{
	uint32_t number, sum = 0;

	read(from, &number, sizeof(number));
	for (uint32_t i = 0; i < bytes / 4; i++)
		sum += array[i];
	number += sum;
	write(to, &number, sizeof(number));
}

static int new_member(int from, int to, uint32_t bytes)
{
	int child = fork();

	if (child != 0)
		return child;
	memset(array, 1, bytes);
	for (;;)
		pass_on(from, to, bytes);
}

/* Each member reads from the pipe of the one before it; the last one writes to the first one's. */
static void ring_begin(struct ring *ring)
{
	int last[2], here[2], next[2];

	close(INPUT);
	close(ERRORS);
	pipe(last);
	ring->from = last[0];
	pipe(here);
	ring->to = here[1];
	for (uint32_t i = 1; i < ring->members; i++) {
		next[0] = last[0];
		next[1] = last[1];
		if (i + 1 < ring->members)
			pipe(next);
		ring->child[i] = new_member(here[0], next[1], ring->bytes);
		close(here[0]);
		if (i + 1 < ring->members)
			close(next[1]);
		here[0] = next[0];
	}
}

static void ring_end(const struct ring *ring)
{
	for (uint32_t i = 1; i < ring->members; i++) {
		kill(ring->child[i]);
		wait(NULL);
	}
}

static struct ring ring_of(char **words)
{
	struct ring ring = { .members = number_option(words, "procs", 2), .bytes = number_option(words, "size", 0) * 1024 };

	if (ring.members < 2 || ring.members > RING_MAX || ring.bytes > sizeof(array)) {
		print("lmbench: procs from 2 to %u, size to %u (KiB)\n", RING_MAX, ARRAY_MAX / 1024);
		exit(1);
	}
	memset(array, 1, ring.bytes);
	return ring;
}

static void go_round(uint32_t rounds, char **words)
{
	struct ring ring = ring_of(words);
	uint32_t number = 1;

	ring_begin(&ring);
	write(ring.to, &number, sizeof(number));
	while (rounds--)
		pass_on(ring.from, ring.to, ring.bytes);
	ring_end(&ring);
}

/* As often as all members together, in one process. */
static void pass_to_itself(uint32_t rounds, char **words)
{
	struct ring ring = ring_of(words);
	uint32_t number = 1;
	int ends[2];

	pipe(ends);
	write(ends[1], &number, sizeof(number));
	for (uint32_t i = 0; i < rounds * ring.members; i++)
		pass_on(ends[0], ends[1], ring.bytes);
}

static void touch_present(uint32_t count, char **words)
{
	(void)words;
	map((void *)PLACE, FAULT_PAGES * PAGE, 0);
	read_pages();
	while (count--) {
		map((void *)(2u * PLACE), FAULT_PAGES * PAGE, 0);
		read_pages();
		unmap((void *)(2u * PLACE), FAULT_PAGES * PAGE);
	}
}

static const struct {
	const char *name;
	void (*perform)(uint32_t count, char **words);
} operations[] = {
	{ "null", null_call }, { "fork", end_at_once }, { "exec", run_program }, { "sh", run_shell },
	{ "mmap", map_and_touch }, { "prot", forbidden_stores }, { "fault", fresh_pages }, { "touch", touch_present },
	{ "ctx", go_round }, { "pipe", pass_to_itself },
};

int main(int argc, char **argv)
{
	uint32_t count = number_option(argv, "n", 10);
	const char *wanted = text_option(argv, "op");

	(void)argc;
	for (uint32_t i = 0; wanted && i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (strcmp(operations[i].name, wanted) != 0)
			continue;
		operations[i].perform(count, argv);
		print("lmbench: %s, %u times\n", wanted, count);
		return 0;
	}
	print("lmbench: which op? null, fork, exec, sh, mmap, prot, fault, touch, ctx or pipe\n");
	return 1;
}
