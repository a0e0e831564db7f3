/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/fate.h - what becomes of the guest's next instruction under the technique at work: run directly,
 * trapped, exited, translated, interpreted, and why.
 */
#ifndef RINGSIDE_VISUALIZER_SCREEN_FATE_H
#define RINGSIDE_VISUALIZER_SCREEN_FATE_H

#include "cpu/insn.h"
#include "visualizer/debugger/debugger.h"

enum { FATE_LINES = 6, FATE_TEXT = 200 };

struct fate {
	char line[FATE_LINES][FATE_TEXT]; /* sentences, the most important first */
	unsigned count;
};

/* `insn` stands at the guest's EIP. Reads only, page tables of the guest's and the VMCS included. */
struct fate fate_of(const struct vm *vm, const struct insn *insn);

#endif
