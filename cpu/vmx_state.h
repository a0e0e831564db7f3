/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/vmx_state.h - what a processor in VMX operation keeps besides its registers, and the VM exit that is on
 * its way. Part of engine.h. Intel SDM volume 3, 24.1, 24.9, 27.2.
 */
#ifndef RINGSIDE_CPU_VMX_STATE_H
#define RINGSIDE_CPU_VMX_STATE_H

#include <stdbool.h>
#include <stdint.h>

struct vmcs;

/* What becomes of RFLAGS.RF in the guest-state area (SDM vol. 3, 27.3.3). */
enum exit_resume_flag { RESUME_FLAG_KEPT, RESUME_FLAG_CLEAR, RESUME_FLAG_SET };

/* A VM exit between the moment something causes it and the instruction boundary where it happens. */
struct vmx_exit {
	uint32_t reason; /* the whole field */
	uint32_t qualification;
	uint32_t interruption, error_code;
	uint32_t vectoring, vectoring_error; /* the event whose delivery it cut short */
	uint32_t length;                     /* of the instruction; 0: not an instruction's doing */
	uint32_t information;                /* about the instruction */
	uint32_t linear;
	uint64_t physical;
	uint8_t resume_flag; /* enum exit_resume_flag */
};

struct vmx_operation {
	bool on;
	struct vmcs *current; /* NULL: none */

	/* In non-root operation, from the VMCS at entry: */
	uint32_t pin, primary, secondary;
	uint64_t tsc_offset;
	uint64_t timer_end;  /* clock at which the preemption timer expires; UINT64_MAX: it is off */
	bool trap_pending;   /* a monitor trap is due at this boundary */
	bool injecting;      /* the event in delivery is the VMM's: registers and RF stay as the VMM set them */
	bool nmi_unblocked;  /* by the IRET that is running */
	struct vmx_exit exit; /* valid while the pending event is EVENT_VM_EXIT */

	/* Whose translations the TLB holds. */
	uint64_t tlb_ept; /* 0: no nested paging */
	uint16_t tlb_vpid; /* 0: none that outlives an exit */
};

#endif
