/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/bench/back.c - what a history costs while a guest runs, and how long going back takes at the end of a long run.
 *
 *   back KERNEL WORDS MILLIONS MODE...     a kernel with its command line; so many million instructions
 *
 * A row a mode: the share of its speed that a run keeps with a history (each way as often as the other, in turns, the best
 * of each), and milliseconds for one step back: median and longest of places near the run's end, each newly arrived at.
 */
#include "core/history.h"
#include "trap/techniques.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 5, PLACES = 9 };

struct bench {
	struct config config;
	struct vm_mode mode;
	uint64_t instructions; /* wanted */
	uint64_t end;          /* the clock when they are done */
};

static double seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Of the processor's time, which other programs do not lengthen as they do the wall clock's. */
static double work(void)
{
	return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct vm *make(const struct bench *bench, bool copyable)
{
	char error[512];
	struct vm *vm = copyable ? vm_new_copyable(&bench->config, bench->mode.technique, NULL, error, sizeof(error))
	                         : vm_new(&bench->config, bench->mode.technique, NULL, error, sizeof(error));

	if (!vm)
		fprintf(stderr, "bench: %s\n", error);
	return vm;
}

/* Where the run is to end: asked once, before anything is measured. */
static bool find_end(struct bench *bench)
{
	struct vm *vm = make(bench, false);

	if (!vm)
		return false;
	while (vm_instructions(vm) < bench->instructions && vm_run(vm, vm->clock + 1000000) == VM_RUNNING)
		;
	bench->end = vm->clock;
	vm_free(vm);
	return true;
}

/* Seconds of a run without a history, in slices like any run that is looked after. */
static double run_plain(const struct bench *bench)
{
	struct vm *vm = make(bench, false);
	double begin = work(), taken;

	while (vm && vm->clock < bench->end && vm_run(vm, vm->clock + 1000000 < bench->end ? vm->clock + 1000000 : bench->end) == VM_RUNNING)
		;
	taken = work() - begin;
	vm_free(vm);
	return taken;
}

static struct history *new_history(const struct bench *bench, struct vm **vm)
{
	struct history_options options = { .techniques = technique_list() };
	struct history *history;
	char error[512];

	*vm = make(bench, true);
	history = *vm ? history_new(*vm, &options, error, sizeof(error)) : NULL;
	if (*vm && !history)
		fprintf(stderr, "bench: %s\n", error);
	return history;
}

static double run_history(const struct bench *bench)
{
	struct vm *vm;
	struct history *history = new_history(bench, &vm);
	double begin = work(), taken;

	if (history)
		history_run(history, bench->end);
	taken = work() - begin;
	history_free(history);
	vm_free(vm);
	return taken;
}

/* Milliseconds of one step back at places up to the end, each reached by running on from the one before. */
static void measure_back(const struct bench *bench, double *median, double *longest, struct history_use *use)
{
	uint64_t part = bench->end / 50;
	double taken[PLACES];
	struct vm *vm;
	struct history *history = new_history(bench, &vm);

	if (history)
		history_run(history, bench->end - part * PLACES);
	for (unsigned i = 0; history && i < PLACES; i++) {
		double begin;

		history_go(history, bench->end - part * (PLACES - 1 - i));
		begin = seconds(CLOCK_MONOTONIC);
		history_back(history, 1);
		taken[i] = (seconds(CLOCK_MONOTONIC) - begin) * 1000;
	}
	if (history) {
		qsort(taken, PLACES, sizeof(taken[0]), by_size);
		*median = taken[PLACES / 2];
		*longest = taken[PLACES - 1];
		*use = history_use(history);
	}
	history_free(history);
	vm_free(vm);
}

static void measure(struct bench *bench, const char *name)
{
	double plain = 1e9, with = 1e9, median = 0, longest = 0;
	struct history_use use = { 0 };

	for (unsigned i = 0; i < ROUNDS; i++) {
		double a, b;

		if (i % 2) {
			b = run_history(bench);
			a = run_plain(bench);
		} else {
			a = run_plain(bench);
			b = run_history(bench);
		}
		plain = a < plain ? a : plain;
		with = b < with ? b : with;
	}
	measure_back(bench, &median, &longest, &use);
	printf("%-12s %10.3f %10.3f %7.1f%% %9.1f %9.1f %10zu %8.1f\n", name, plain, with, 100 * plain / with, median, longest,
	       use.snapshots, (double)use.bytes / (1 << 20));
	fflush(stdout);
}

static bool prepare(struct bench *bench, const char *kernel, const char *words, const char *mode)
{
	char error[512];

	config_default(&bench->config);
	if (!mode_parse(technique_list(), mode, &bench->mode, error, sizeof(error))) {
		fprintf(stderr, "bench: %s\n", error);
		return false;
	}
	snprintf(bench->config.technique, sizeof(bench->config.technique), "%s", bench->mode.technique->name);
	if (bench->mode.paging != PAGING_GUEST)
		strcpy(bench->config.paging, paging_name(bench->mode.paging));
	bench->config.ring = bench->mode.ring;
	snprintf(bench->config.kernel, sizeof(bench->config.kernel), "%s", kernel);
	snprintf(bench->config.cmdline, sizeof(bench->config.cmdline), "%s", words);
	return find_end(bench);
}

int main(int argc, char **argv)
{
	struct bench bench = { 0 };

	if (argc < 5) {
		fprintf(stderr, "bench: back KERNEL WORDS MILLIONS MODE...\n");
		return 2;
	}
	printf("%-12s %10s %10s %8s %9s %9s %10s %8s\n", "technique", "without s", "with s", "speed", "back ms", "longest", "snapshots",
	       "MiB");
	bench.instructions = strtoull(argv[3], NULL, 10) * 1000000;
	for (int i = 4; i < argc; i++) {
		if (!prepare(&bench, argv[1], argv[2], argv[i]))
			return 1;
		measure(&bench, argv[i]);
	}
	return 0;
}
