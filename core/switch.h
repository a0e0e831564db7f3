/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/switch.h - for this room: what moves of a guest leave behind in its VM.
 */
#ifndef RINGSIDE_CORE_SWITCH_H
#define RINGSIDE_CORE_SWITCH_H

#include "core/vm.h"

/* The texts of a VM's EV_SWITCH events, which readers may keep for as long as the VM lives: so they lie outside of what
 * goes back in time with it. NULL: no memory. */
struct switch_texts *switch_texts_new(void);
void switch_texts_free(struct switch_texts *texts);

#endif
