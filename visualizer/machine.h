/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/machine.h - from options to a machine: what a run (session.h) and a guest that is looked at
 * (debugger/debugger.h) both need before there is a VM.
 */
#ifndef RINGSIDE_VISUALIZER_MACHINE_H
#define RINGSIDE_VISUALIZER_MACHINE_H

#include "core/vm.h"
#include "visualizer/keys.h"
#include "visualizer/options.h"

/* The settings of the options, with the guest that the words from `guest_word` on name. False after a message. */
bool machine_configure(struct config *config, const struct options *options, int guest_word);
/* The technique that the settings name. NULL after a message. */
const struct technique *machine_technique(const struct config *config);
/* The machine of the settings, with the lab's piece that they name. NULL after a message. */
struct vm *machine_make(const struct config *config, const struct board_output *output, bool copyable);
/* The input of --keys; `frequency`: cycles in a second. keys_end frees it, after a failure too. False after a message. */
bool machine_keys(struct keys *keys, const struct options *options, uint64_t frequency);

/* Why the guest stopped, as a sentence for people. */
void machine_describe_end(const struct vm *vm, enum vm_end end, char *text, size_t size);

#endif
