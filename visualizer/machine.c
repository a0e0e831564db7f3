/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/machine.c - settings, technique and input of a machine from the options, and its end in words.
 */
#include "visualizer/machine.h"

#include "labs/plugin/lab.h"
#include "trap/techniques.h"
#include "visualizer/guest_file.h"
#include "visualizer/message.h"

#include <inttypes.h>
#include <stdio.h>

bool machine_configure(struct config *config, const struct options *options, int guest_word)
{
	char error[512];

	*config = options->config;
	if (!guest_from_words(config, options, guest_word))
		return false;
	if (config_check(config, error, sizeof(error)))
		return true;
	message("%s", error);
	return false;
}

const struct technique *machine_technique(const struct config *config)
{
	const struct technique *technique = technique_find(technique_list(), config->technique);

	if (!technique)
		message("technique: '%s' is not known", config->technique);
	return technique;
}

struct vm *machine_make(const struct config *config, const struct board_output *output, bool copyable)
{
	const struct technique *technique = machine_technique(config);
	char error[768];
	struct vm *vm;

	if (!technique)
		return NULL;
	vm = (copyable ? vm_new_copyable : vm_new)(config, technique, output, error, sizeof(error));
	if (vm && lab_attach_configured(vm, error, sizeof(error)))
		return vm;
	message("%s", error);
	vm_free(vm);
	return NULL;
}

bool machine_keys(struct keys *keys, const struct options *options, uint64_t frequency)
{
	char error[512];

	keys_begin(keys, frequency);
	if (!options->keys || keys_read(keys, options->keys, error, sizeof(error)))
		return true;
	message("%s", error);
	return false;
}

void machine_describe_end(const struct vm *vm, enum vm_end end, char *text, size_t size)
{
	if (end == VM_EXITED)
		snprintf(text, size, "the guest ended with code %" PRIu32, vm->exit_code);
	else if (end == VM_HALTED)
		snprintf(text, size, "the guest halted, and nothing will wake it");
	else if (end == VM_SHUTDOWN)
		snprintf(text, size,
			 "triple fault: the guest's handlers could not take an exception "
			 "(EIP %08" PRIx32 ")",
			 vm_guest_state(vm)->eip);
	else if (end == VM_RESET)
		snprintf(text, size, "the guest asked for a reset");
	else if (end == VM_UNSUPPORTED)
		snprintf(text, size, "%s cannot go on: %s", vm->technique->name, vm->message);
	else
		snprintf(text, size, "stopped");
}
