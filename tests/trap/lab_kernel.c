/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/lab_kernel.c - see lab_kernel.h.
 */
#include "tests/trap/lab_kernel.h"

#include "trap/techniques.h"

#include <stdio.h>
#include <string.h>

static void configure(struct config *config, const struct vm_mode *mode, const char *words)
{
	bool pv = mode->technique == &technique_pv;

	config_default(config);
	strcpy(config->technique, mode->technique->name);
	strcpy(config->paging, mode->paging == PAGING_GUEST ? "auto" : paging_name(mode->paging));
	config->ring = mode->ring;
	config->memory = 16 << 20;
	strcpy(config->kernel, pv ? "build/guests/kernel-pv.elf" : "build/guests/kernel.elf");
	strcpy(config->cmdline, words);
}

static struct vm *made(struct vm *vm, const char *error)
{
	if (!vm)
		printf("skipped the lab kernel: %s\n", error);
	return vm;
}

struct vm *lab_kernel_new(const struct vm_mode *mode, const char *words, void (*change)(struct config *config))
{
	struct config config;
	char error[256];

	configure(&config, mode, words);
	if (change)
		change(&config);
	return made(vm_new(&config, mode->technique, NULL, error, sizeof error), error);
}

struct vm *lab_kernel_copyable(const struct vm_mode *mode, const char *words)
{
	struct config config;
	char error[256];

	configure(&config, mode, words);
	return made(vm_new_copyable(&config, mode->technique, NULL, error, sizeof error), error);
}
