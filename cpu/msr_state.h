/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/msr_state.h - the model-specific registers that nothing but RDMSR and WRMSR looks at. A VMM gives none of its hardware's to
 * its guest: these are the virtual CPU's, and stay there when the guest moves from one technique to another.
 * Intel SDM volume 4, table 2-53 (P6), chapters 2.21 (Pentium) and 2.17 (NetBurst).
 */
#ifndef RINGSIDE_CPU_MSR_STATE_H
#define RINGSIDE_CPU_MSR_STATE_H

#include <stdint.h>

enum { MTRR_FIXED = 11, MTRR_VARIABLE = 8, MACHINE_CHECK_BANKS = 5, PERFORMANCE_COUNTERS = 2 };

struct msr_state {
	uint64_t mtrr_default, mtrr_fixed[MTRR_FIXED], mtrr_variable[2 * MTRR_VARIABLE]; /* base, mask */
	uint64_t machine_check_status, machine_check_control;
	uint64_t bank[MACHINE_CHECK_BANKS][3]; /* control, status, address */
	uint64_t event_select[PERFORMANCE_COUNTERS], counter[PERFORMANCE_COUNTERS];
	uint64_t counter_control; /* of a Pentium */
	uint64_t power_on, debug_control, misc_enable;
};

/* After power-up (SDM vol. 3, table 9-1). */
void msr_state_reset(struct msr_state *msrs);

/* The memory type ranges as firmware leaves them: all write-back, but the VGA's window. */
void msr_state_set_ranges(struct msr_state *msrs);

#endif
