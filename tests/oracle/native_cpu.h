/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/native_cpu.h - the real CPU: hands batches of cases to the 32-bit helper program.
 */
#ifndef RINGSIDE_TESTS_ORACLE_NATIVE_CPU_H
#define RINGSIDE_TESTS_ORACLE_NATIVE_CPU_H

#include "tests/oracle/native/cases.h"

#include <stdbool.h>
#include <stddef.h>

struct native;

/* Starts the helper that lies beside this program. NULL: not possible here, and `why` says why. */
struct native *native_start(char *why, size_t why_size);
void native_stop(struct native *native);

/* What both sides see: the caller fills `pristine` and cases[].input. */
struct shared *native_shared(struct native *native);

/* Runs the first `count` cases. False: the helper died or hangs. */
bool native_run(struct native *native, uint32_t count);

#endif
