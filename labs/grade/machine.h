/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/machine.h - the machine of a test's run, for the judges: configured as tests.ini says, made, run, recorded, gone.
 */
#ifndef RINGSIDE_LABS_GRADE_MACHINE_H
#define RINGSIDE_LABS_GRADE_MACHINE_H

#include "core/recording.h"
#include "core/vm.h"
#include "labs/grade/judges.h"
#include "labs/plugin/lab.h"

#define GRADED_LIMIT UINT64_C(2000000000) /* cycles: a guest that has lost its way */

/* What the test says. `reference`: with the VMM's own functions and the lab's own guest, else with the submission's (as far as it has
 * them). False: tests.ini has a setting that there is not, `error`. */
bool graded_config(const struct judgement *judgement, bool reference, struct config *config, char *error, size_t error_size);

/* Called with the machine before it runs; runs it. */
typedef bool graded_run(void *owner, struct vm *vm, const struct config *config, char *error, size_t error_size);
/* Makes a machine, hands it to `run`, frees it. False: `error`. */
bool graded_machine(const struct config *config, graded_run *run, void *owner, char *error, size_t error_size);

/* Ends the recording of a run: it is kept if `wanted`, and then the result names it. NULL is fine. */
void graded_recording(struct recording_writer *writer, bool wanted, const struct judgement *judgement, const struct vm *vm,
                      struct test_result *result);

/* Puts the configured piece, or the VMM's own looked at in its place, into the machine. NULL: it cannot be loaded, or lacks a handler
 * that the test names; `error`. */
struct lab *graded_attach(struct vm *vm, const struct lab_observer *observer, char *error, size_t error_size);

/* A line that a submission has logged: it is shown, but for runs with hidden seeds. */
void graded_line(const struct judgement *judgement, struct test_result *result, const char *line);

/* {seed} in a test's words becomes the number. */
void graded_words(char *to, size_t size, const char *words, uint64_t seed);

#endif
