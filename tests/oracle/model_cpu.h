/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/model_cpu.h - our processor as a 32-bit Linux program would find it: CPL 3, flat
 * segments, paging, the address space of native/cases.h and nothing else. Runs the same cases.
 */
#ifndef RINGSIDE_TESTS_ORACLE_MODEL_CPU_H
#define RINGSIDE_TESTS_ORACLE_MODEL_CPU_H

#include "cpu/cpu.h"
#include "tests/oracle/native/cases.h"

struct model;

/* CPUID.1:EDX of every model. */
uint32_t model_features(void);

/* `exact`: no fast paths. NULL when memory is short. */
struct model *model_new(bool exact);
void model_free(struct model *model);

/* New contents of the scratch pages. */
void model_set_pristine(struct model *model, const uint32_t *pristine);

/* Sets registers, puts the code in place and the case's before it away. */
void model_begin(struct model *model, const struct case_input *input);
/* Sets registers as before, for another run of the same code. */
void model_again(struct model *model);
/* Replaces the code of the running case by input->code: it grows while it is made. */
void model_set_code(struct model *model, const struct case_input *input);
/* Runs one instruction, all its repetitions. True: it completed; false: an event ended the case. */
bool model_step(struct model *model);
/* Runs until an event. False: there was none in a long time. */
bool model_run(struct model *model);
/* Runs one instruction or repetition. False: an event. */
bool model_single(struct model *model);
/* Runs in pieces of so many cycles until an event. */
bool model_run_in_steps(struct model *model, uint64_t cycles);
/* Runs until an event (true) or until the model's clock has reached `deadline`. */
bool model_run_until(struct model *model, uint64_t deadline);
/* Notes how the case ended, and takes back what it changed in the scratch pages. */
void model_end(struct model *model, struct case_result *result);

/* Cycles and instructions of the case that ended last. */
uint64_t model_cycles(const struct model *model);
uint64_t model_retired(const struct model *model);
uint64_t model_clock(const struct model *model);

/* From now on the code pages are writable. */
void model_let_code_be_written(struct model *model);
/* The code and scratch pages. */
enum { MODEL_MEMORY_SIZE = CASE_CODE_SIZE + CASE_SCRATCH_SIZE };
const uint8_t *model_memory(const struct model *model);

struct cpu_state *model_state(struct model *model);
/* The doubleword at a linear address of the code or scratch pages; 0 elsewhere. */
uint32_t model_peek(const struct model *model, uint32_t linear);

#endif
