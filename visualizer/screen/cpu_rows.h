/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/cpu_rows.h - the two truths as rows of text: each register as the guest believes it and as hardware
 * holds it, what has changed since the last motion began, and why the two differ.
 */
#ifndef RINGSIDE_VISUALIZER_SCREEN_CPU_ROWS_H
#define RINGSIDE_VISUALIZER_SCREEN_CPU_ROWS_H

#include "visualizer/debugger/debugger.h"

enum { CPU_ROWS = 128 };

/* A row: a name, and a value or two. */
struct cpu_row {
	char name[20];
	char guest[24], hardware[24];
	bool changed, hardware_changed;
	bool wide;       /* one value that may take the whole row: no second truth */
	const char *why; /* in few words, should they differ; NULL: not told */
};

struct cpu_table {
	struct cpu_row row[CPU_ROWS];
	unsigned rows;
	bool both; /* there is a second truth */
	const struct cpu_state *guest, *hardware, *guest_before, *hardware_before;
};

/* Fills the table from the guest as it stands. `hardware` is the caller's room for the second state. */
void cpu_table_make(struct cpu_table *table, const struct debugger *debugger, struct cpu_state *hardware);
/* Do guest and hardware disagree in this row? */
bool cpu_row_differs(const struct cpu_table *table, const struct cpu_row *row);
/* A general register, of which two fit in a line. */
bool cpu_row_is_general(const struct cpu_row *row);

#endif
