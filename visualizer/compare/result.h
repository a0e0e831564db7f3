/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/result.h - what came of one run: its measures by one table, the parts of its clock, and its exits
 * by reason, read from what `run --json` prints (visualizer/summary.h).
 */
#ifndef RINGSIDE_VISUALIZER_COMPARE_RESULT_H
#define RINGSIDE_VISUALIZER_COMPARE_RESULT_H

#include "core/counters.h"
#include "core/spending.h"

/* MEASURE(identifier, name in CSV and JSON, object it stands in ("" the whole), key there, what people read) */
#define MEASURE_LIST(MEASURE)                                                                               \
	MEASURE(CYCLES, "cycles", "", "cycles", "model cycles")                                               \
	MEASURE(BUSY, "busy_cycles", "", "busy_cycles", "cycles that are not idle")                           \
	MEASURE(INSTRUCTIONS, "instructions", "", "instructions", "instructions of the guest")                 \
	MEASURE(EXITS, "exits", "", "exits", "exits")                                                         \
	MEASURE(HIDDEN_FAULTS, "hidden_faults", "", "hidden_faults", "hidden page faults")                     \
	MEASURE(TRUE_FAULTS, "true_faults", "", "true_faults", "true page faults seen by the VMM")             \
	MEASURE(TRACE_HITS, "trace_hits", "", "trace_hits", "stores to traced pages")                          \
	MEASURE(SENSITIVE, "sensitive", "", "sensitive", "sensitive, did not trap")                            \
	MEASURE(TLB_MISSES, "tlb_misses", "", "tlb_misses", "TLB misses")                                      \
	MEASURE(WALK_REFERENCES, "walk_references", "", "walk_references", "page-walk references")             \
	MEASURE(UNITS, "units", "translator", "units", "translation units made")                               \
	MEASURE(TRANSLATED, "translated_instructions", "translator", "instructions", "instructions translated") \
	MEASURE(CALLOUTS, "callouts", "translator", "callouts", "callouts")                                    \
	MEASURE(LOOKUP_HITS, "lookup_hits", "translator", "lookup_hits", "lookup cache hits")                  \
	MEASURE(LOOKUP_MISSES, "lookup_misses", "translator", "lookup_misses", "lookup cache misses")

enum measure {
#define MEASURE(identifier, name, object, key, text) MEASURE_##identifier,
	MEASURE_LIST(MEASURE)
#undef MEASURE
	MEASURE_COUNT
};

const char *measure_name(enum measure measure);
const char *measure_text(enum measure measure);

enum run_outcome {
	OUTCOME_NONE,    /* not run (yet) */
	OUTCOME_DONE,    /* the guest ended as it should */
	OUTCOME_FAILED,  /* the guest ended otherwise: the measures are there, and `message` */
	OUTCOME_REFUSED, /* there was no run: `message` */
	OUTCOME_CRASHED, /* the program that ran it died: `message` */
};
const char *run_outcome_name(enum run_outcome outcome);

struct result_reason {
	char name[COUNTER_NAME];
	bool exit; /* false: other work of the VMM */
	uint64_t count, cycles;
};

struct result {
	enum run_outcome outcome;
	char message[256];
	bool has[MEASURE_COUNT]; /* what only some techniques have */
	uint64_t measure[MEASURE_COUNT];
	struct spending spending; /* adds up to the cycles */
	uint64_t frequency; /* cycles in a second of model time */
	char end[16];
	unsigned exit_code;
	struct result_reason reason[COUNTERS_MAX];
	unsigned reasons;
};

/* Does a run have measures? */
static inline bool result_measured(const struct result *result)
{
	return result->outcome == OUTCOME_DONE || result->outcome == OUTCOME_FAILED;
}

/* From one line of `run --json`. False: `error` says what is wrong with it; a part of the clock that is missing is. */
bool result_read(struct result *result, const char *line, char *error, size_t error_size);

/* The row of a reason. NULL: there was no such exit. */
const struct result_reason *result_reason(const struct result *result, const char *name);

#endif
