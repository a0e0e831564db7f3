/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/graph_lanes.h - a diagram of lanes, as sequence diagrams have them: guest ring 3, the guest's kernel, the
 * hardware and the VMM beside each other, time running down; and below it the two truths.
 */
#ifndef RINGSIDE_VISUALIZER_GRAPH_LANES_H
#define RINGSIDE_VISUALIZER_GRAPH_LANES_H

#include "core/vm.h"

#include <stdio.h>

/* From left to right. */
enum lane { LANE_USER, LANE_KERNEL, LANE_HARDWARE, LANE_VMM, LANES };

enum { LANES_STEPS = 48, LANES_TEXT = 200, LANES_TRUTHS = 8 };

struct lanes_step {
	bool arrow, detail;
	enum lane from, to; /* a box stands in `from` */
	char text[LANES_TEXT];
};

/* What the guest believes, and what the hardware held, at the end of the event. */
struct lanes_truths {
	bool known;
	unsigned count;
	struct {
		const char *name;
		uint32_t guest, hardware;
		int digits;
	} row[LANES_TRUTHS];
};
void lanes_truth(struct lanes_truths *truths, const char *name, uint32_t guest, uint32_t hardware, int digits);

struct lanes {
	struct vm_mode mode;
	char title[320];
	struct lanes_step step[LANES_STEPS];
	unsigned steps;
	struct lanes_truths truths;
};

/* Somebody does something; `detail`: it is a part of the step before it, and of its cycles. 0 cycles are not told. */
void lanes_box(struct lanes *lanes, enum lane lane, const char *text, uint32_t cycles, bool detail);
/* Control goes over. */
void lanes_arrow(struct lanes *lanes, enum lane from, enum lane to, const char *text, uint32_t cycles);

void lanes_draw(const struct lanes *lanes, FILE *out);

#endif
