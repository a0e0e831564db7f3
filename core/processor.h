/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/processor.h - the processor as people write it: a model, then features that it shall have or not.
 *
 *   pentium3   pentium3,+nx   pentium4,-sse2   max
 */
#ifndef RINGSIDE_CORE_PROCESSOR_H
#define RINGSIDE_CORE_PROCESSOR_H

#include "cpu/models.h"

#include <stdio.h>

/* A processor of this text, no hypervisor below it. False: `error` says what is wrong, and offers the nearest name. */
bool processor_parse(const char *text, struct cpu_features *features, char *error, size_t error_size);

/* Takes away a feature of CPUID.1:EDX for which the machine has not what it takes. */
void processor_drop(struct cpu_features *features, enum cpu_feature feature);

/* The models and features that there are, as --cpu help shows them. */
void processor_list(FILE *out);

#endif
