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
	bool direct;   /* the guest's own tables hold ma: the processor walks them as they are, and `guest` is that walk */
	bool nested;   /* it walks them over the VMM's nested tables: `shadow` is what comes of that, without its steps */
	unsigned references;
	uint64_t violated; /* gpa of an EPT violation, when not shadow.ok though guest.ok */
	struct walk guest, shadow;
	bool in_tlb; /* the processor remembers a translation, right or stale */
	struct tlb_view tlb;
};

/* What is walked, and how. */
struct walk_request {
	uint32_t linear;
	enum access access;
	bool user;
};
/* Both walks as the guest is now: from its own state, and from the processor's. */
struct two_walks walk_both(const struct vm *vm, const struct walk_request *request);

enum { WALK_TEXT = 64 };
/* "PDE   00017c00: 00002023 PW---A---"; empty past the last step. */
void walk_step_text(const struct walk *walk, unsigned step, char text[WALK_TEXT]);
/* "gpa 00101000, 4 KiB W S", with `kind` before the address, or the fault. */
void walk_result_text(const struct walk *walk, const char *kind, char text[WALK_TEXT]);

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
