/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/unit_text.h - a translation unit as text: guest code on the left, what became of it on the right.
 */
#ifndef RINGSIDE_VISUALIZER_UNIT_TEXT_H
#define RINGSIDE_VISUALIZER_UNIT_TEXT_H

#include "core/symbols.h"
#include "visualizer/style.h"
#include "visualizer/unit_list.h"

#include <stdio.h>

struct unit_text {
	FILE *out;
	struct style style;
	const struct symbols *symbols; /* NULL: none */
	const struct vm *vm;
	bool counted; /* entries were counted */
	bool wide;    /* there is room for the guest's bytes */
};

void unit_print(const struct unit_text *text, const struct unit_entry *entry);

#endif
