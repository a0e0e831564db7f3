/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/hypercall_part.h - for this folder: a hypercall that a piece is at work on. Whatever the piece says, it is the VMM's own
 * code that does a call, request by request: what the piece wants done is compared with what is right, and only that is done.
 */
#ifndef RINGSIDE_LABS_PLUGIN_HYPERCALL_PART_H
#define RINGSIDE_LABS_PLUGIN_HYPERCALL_PART_H

#include "labs/plugin/inside.h"
#include "trap/domain.h"

enum { UPDATES_MAX = LAB_TRAPS_MAX + 1 };

struct hypercall_work {
	struct call *call;
	enum handler handler;
	/* mmu_update: a request is done when the piece has it carried out. */
	bool list;
	int32_t refused; /* the list as a whole: an error; 0 */
	uint32_t count, done;
	/* Other calls are done when the piece has returned: until then what it wants is noted, */
	struct lab_update wanted[UPDATES_MAX];
	unsigned wants;
	/* and compared with this. */
	struct lab_update right[UPDATES_MAX];
	unsigned rights;
};

/* ---- hypercall_harm.c: what a guest could have done, in words: "the guest could <words>" ---- */

/* Had this request of mmu_update been carried out, which the VMM refuses. */
void harm_of_request(struct domain *domain, const struct mmu_update *update, char *text, size_t size);
/* Had this call been, or this update in it. */
void harm_of_call(const struct hypercall_work *work, const struct lab_update *update, char *text, size_t size);

/* ---- hypercall_right.c: the updates that make up a rightful call ---- */

/* Of mmu_update's request. */
struct lab_update right_request(struct domain *domain, const struct mmu_update *update);
/* Of another call, as if nothing were to be refused: fills work->right. */
void right_updates(struct hypercall_work *work);

#endif
