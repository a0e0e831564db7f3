/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/lab_kernel.c - see lab_kernel.h.
 */
#include "tests/trap/lab_kernel.h"

#include "trap/techniques.h"

#include <stdio.h>
#include <string.h>

struct vm *lab_kernel_new(const struct vm_mode *mode, const char *words, void (*change)(struct config *config))
{
	bool pv = mode->technique == &technique_pv;
	struct config config;
	char error[256];
	struct vm *vm;

	config_default(&config);
	strcpy(config.technique, mode->technique->name);
	strcpy(config.paging, mode->paging == PAGING_GUEST ? "auto" : paging_name(mode->paging));
	config.ring = mode->ring;
	config.memory = 16 << 20;
	strcpy(config.kernel, pv ? "build/guests/kernel-pv.elf" : "build/guests/kernel.elf");
	strcpy(config.cmdline, words);
	if (change)
		change(&config);
	vm = vm_new(&config, mode->technique, NULL, error, sizeof error);
	if (!vm)
		printf("skipped the lab kernel: %s\n", error);
	return vm;
}
