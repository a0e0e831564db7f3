/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/switch.h - for this room: what moves of a guest leave behind in its VM.
 */
#ifndef RINGSIDE_CORE_SWITCH_H
#define RINGSIDE_CORE_SWITCH_H

#include "core/vm.h"

/* The texts of a VM's EV_SWITCH events, which readers may keep for as long as the VM lives. */
void switch_texts_free(struct vm *vm);

#endif
