/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/pager_part.h - what an observer sees of a call of the table `pager` (lab_call.request): both sides of it.
 */
#ifndef RINGSIDE_LABS_PLUGIN_PAGER_PART_H
#define RINGSIDE_LABS_PLUGIN_PAGER_PART_H

#include "labs/plugin/lab.h"
#include "shadowpt/lent.h"

struct pager_call {
	struct lab_paging told;             /* as the handler has left it */
	const struct lent_request *request; /* as the VMM has put it and takes the answer; `walk` is of the moment before */
	uint64_t page_flushes;              /* of the TLB, before */
};

#endif
