/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/stop_runs.h - for the suites about stops (core/breakpoint.h): whole runs of the lab kernel with stops and
 * without, which must tell the same story, and how often each place was met.
 */
#ifndef RINGSIDE_TESTS_CORE_STOP_RUNS_H
#define RINGSIDE_TESTS_CORE_STOP_RUNS_H

#include "core/breakpoint.h"
#include "tests/harness.h"
#include "tests/trap/every_mode.h"
#include "tests/trap/lab_kernel.h"
#include "trap/techniques.h"

enum { MOST_STOPS = 200000 };
#define STOP_RUN_LIMIT UINT64_C(4000000000)
#define KERNEL_BASE UINT32_C(0xc0000000) /* the lab kernel's memory is mapped straight from here on */

/* Does it run the kernel that all but paravirtual guests run? */
bool runs_usual_kernel(const struct vm_mode *mode);

/* A reader that hears all that is told, and what it is known by. */
struct tale {
	struct event_reader reader;
	uint64_t digest, events;
};
/* A machine with a listener, which must live as long. */
struct vm *stop_machine(const struct vm_mode *mode, const char *words, struct tale *tale);
/* Fails, and says so, where two runs have not ended alike or told the same. */
void check_same(const char *name, const struct vm *whole, const struct tale *whole_tale, const struct vm *cut,
		const struct tale *cut_tale);

/* Linear address of a symbol of the kernel that this mode runs. */
uint32_t kernel_symbol(const struct vm_mode *mode, const char *name);
/* The same place of the kernel by its gpa or ma. */
void name_by_frame(const struct vm *vm, struct stop_place *place, enum stop_space space);
uint32_t linear_eip(const struct vm *vm);

struct counted {
	uint64_t hits[STOPS_MAX]; /* by place */
	uint64_t stops;
	enum vm_end end;
};
/* Runs to the end, and on at each stop. `look` (may be NULL) is shown the guest at each. `slices`: the run goes by slices that
 * this random state chooses; NULL: at once. */
typedef void look_at_stop(struct vm *vm, const struct stop_place *place, const struct stop_hit *hit);
struct counted run_with_stops(struct vm *vm, const struct stop_place *place, size_t count, look_at_stop *look,
			      uint64_t *slices);
/* The same run with places and without: they must be one. */
struct counted compare_runs(const struct vm_mode *mode, const char *name, const char *words,
			    const struct stop_place *place, size_t count, look_at_stop *look,
			    uint64_t *slices);

/* Modes of the usual kernel meet each place as often as the first of them did. `first` is all 0 before that. */
void check_counts(const struct vm_mode *mode, const char *name, struct counted *first,
		  const struct counted *counted, size_t count);

#endif
