/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/walk_text.h - two page walks of one linear address side by side, and their differences.
 */
#ifndef RINGSIDE_VISUALIZER_WALK_TEXT_H
#define RINGSIDE_VISUALIZER_WALK_TEXT_H

#include "core/output.h"
#include "core/vm.h"
#include "visualizer/style.h"

#include <stdio.h>

struct two_walks {
	const struct vm *vm;
	uint32_t linear;
	enum access access;
	bool user, shadow_user;
	uint32_t guest_cr3, shadow_cr3;
	bool guest_paging;
	bool shadowed; /* false: the processor walks the guest's own tables, or none */
	struct walk guest, shadow;
	bool in_tlb; /* the processor remembers a translation, right or stale */
	struct tlb_view tlb;
};

/* Up to this many sentences on what differs and why. */
enum { WALK_DIFFERENCES = 8, WALK_DIFFERENCE_SIZE = 160 };
struct walk_differences {
	char text[WALK_DIFFERENCES][WALK_DIFFERENCE_SIZE];
	unsigned count;
};
void walk_compare(const struct two_walks *walks, struct walk_differences *differences);

void walk_print(FILE *out, const struct two_walks *walks, const struct style *style);
void walk_write_json(const struct two_walks *walks, struct output *output);

#endif
