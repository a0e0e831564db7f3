/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/classify_rows.h - rows of the instruction table as they were measured, for `classify`.
 */
#ifndef RINGSIDE_VISUALIZER_CLASSIFY_ROWS_H
#define RINGSIDE_VISUALIZER_CLASSIFY_ROWS_H

#include "trap/classify_text.h"
#include "visualizer/options.h"

#include <stddef.h>
#include <stdint.h>

enum { ROWS_MAX = 1024 };

struct rows {
	size_t count;
	uint64_t instances; /* of all rows */
	struct classify_row row[ROWS_MAX];
};

/* Measures the whole table, or the rows of the mnemonics that are `options->words`; these are told run by run as
 * they are measured, unless JSON is wanted. NULL when memory is short. The caller frees it. */
struct rows *rows_measure(const struct options *options);
void rows_free(struct rows *rows);

#endif
