/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/lab_kernel.h - the lab kernel as a guest of tests that want a whole system.
 */
#ifndef RINGSIDE_TESTS_TRAP_LAB_KERNEL_H
#define RINGSIDE_TESTS_TRAP_LAB_KERNEL_H

#include "core/vm.h"

/* A machine with 16 MiB that boots the lab kernel with these words: under pv the build that calls its VMM. `change` (may be NULL)
 * may change the configuration. NULL, after saying why: the kernel has not been built. */
struct vm *lab_kernel_new(const struct vm_mode *mode, const char *words, void (*change)(struct config *config));
/* The same, and it can be copied. */
struct vm *lab_kernel_copyable(const struct vm_mode *mode, const char *words);

#endif
