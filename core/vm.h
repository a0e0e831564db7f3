/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/vm.h - a virtual machine: memory, processor, virtual CPU, board, events, and the technique
 * that says how guest kernel code may run. Read memory.h, board.h, event.h, config.h before it.
 *
 * Two truths (docs/architecture.md): `vcpu` is what the guest believes; `processor` is what the hardware
 * holds while it runs. Without a VMM (`native`) only the processor exists, and it holds the guest's state.
 */
#ifndef RINGSIDE_CORE_VM_H
#define RINGSIDE_CORE_VM_H

#include "core/board.h"
#include "core/config.h"
#include "core/event.h"
#include "core/memory.h"
#include "core/mode.h"
#include "core/pieces.h"
#include "cpu/cpu.h"

struct vm;
struct stops;
struct switch_texts;

/* Why the guest stopped for good, or vm_run came back. */
enum vm_end {
	VM_RUNNING,    /* vm_run's limit in cycles was reached */
	VM_HALTED,     /* HLT with nothing that could ever wake it */
	VM_EXITED,     /* isa-debug-exit: vm->exit_code */
	VM_SHUTDOWN,   /* triple fault */
	VM_RESET,      /* the guest asked for a reset and the configuration says stop */
	VM_STOPPED,    /* vm_request_stop */
	VM_UNSUPPORTED /* the technique cannot go on; vm->message says why */
};
const char *vm_end_name(enum vm_end end);

/* How guest kernel code is allowed to run. All work on the same virtual CPU. */
struct technique {
	const char *name;
	const char *summary;
	bool vmm; /* false: no VMM under the guest, no virtual CPU, gpa is what the processor uses */
	bool deprivileges;      /* the guest's kernel runs in a ring that can be chosen */
	uint8_t pagings;        /* mask of 1 << enum vm_paging: those that it can do, */
	enum vm_paging paging;  /* and the one that it does unless told otherwise */
	/* Takes over the guest in vm's state. False: vm->message says why this cannot be. */
	bool (*enter)(struct vm *vm);
	/* Brings the guest's state into vm->vcpu (or vm->processor for native) and frees what enter made. */
	void (*leave)(struct vm *vm);
	/* Runs until `deadline` (model cycles), or a reason to stop. Polls nothing: the run loop does. */
	enum vm_end (*run)(struct vm *vm, uint64_t deadline);
	/* Runs one guest instruction, or delivers one event to the guest. */
	enum vm_end (*step)(struct vm *vm);
	/* A store reached a frame with FRAME_TRACED. NULL: the technique traces nothing. */
	void (*stored)(struct vm *vm, uint64_t gpa, uint32_t size);
	/* Does the code of one of the guest's instructions begin at this machine address of the VMM's? Gives where the
	 * instruction itself is. NULL: guest code runs as it stands. */
	bool (*translated)(const struct vm *vm, uint64_t ma, uint32_t *linear, uint64_t *gpa);
};

/* Ends with NULL; a room above core/ offers the list, so that core/ knows no technique by name. */
const struct technique *technique_find(const struct technique *const *list, const char *name);

/* A stretch of interpretation: told as one event when it ends, however often the run was cut meanwhile. */
struct stretch {
	bool open;
	struct event event;
	uint64_t cycles;       /* so far */
	uint64_t instructions; /* of the virtual CPU when it began */
};

/* What instruction bytes were decoded to: see vm_event_begin. */
enum { DESCRIBED = 64 };
struct described {
	uint8_t bytes[EVENT_BYTES];
	uint8_t have, byte_count, insn_class;
	bool big;
	const char *mnemonic;
};

struct vm {
	struct arena *arena; /* all that the machine owns, this included */
	uint32_t id;
	struct config config;
	struct cost_profile costs;
	struct cpu_features features; /* of the processor, as configured */
	uint64_t clock; /* model cycles */
	struct cost_ledger ledger; /* what they went to, beside the instructions of both processors */
	struct memory *memory;
	struct board *board;
	struct cpu *processor;
	struct cpu *vcpu;
	struct bus guest_bus;   /* addresses are gpa */
	struct bus machine_bus; /* addresses are ma */
	const struct technique *technique;
	enum vm_paging paging; /* what the processor walks while the guest runs */
	void *technique_state; /* the technique's own */
	const struct vmm_pieces *pieces; /* that stand in for the techniques' own; NULL: none do */
	struct { uint64_t wall_clock, system_time; } clock_at; /* the MSRs of KVM's clock (trap/kvmclock.h) */
	void *interface; /* what the guest has registered with the paravirtual interface (trap/hypercall.h): one allocation */
	struct event_stream events;
	uint64_t device_accesses; /* to registers that are memory, so far */
	struct described described[DESCRIBED]; /* by the linear address's low bits */
	struct board_output output; /* where the guest's serial and debug output goes */
	uint64_t slice_end; /* cycles: where the running slice ends */
	bool paused;            /* the guest stands still for somebody who looks on: no exit, and nothing to tell */
	struct stretch stretch;
	bool begun, exited, reset_requested;
	uint64_t checks;     /* moments so far at which the VMM's tables could have been compared with the guest's */
	struct stops *stops; /* where an observer lets it stand still: breakpoint.h */
	bool stranded; /* a move failed, and the old technique could not take the guest back */
	uint64_t end_told; /* the clock at which EV_END was told, and one more; 0: never */
	uint64_t switches; /* moves so far */
	struct switch_texts *switch_texts; /* of their events: core/switch.c */
	volatile bool stop_requested;
	uint32_t exit_code; /* what the guest wrote to isa-debug-exit */
	char message[256];  /* the reason of VM_UNSUPPORTED or of a failed call */
};

/* Makes the machine of a configuration and loads its guest. NULL: `error` says cause and remedy. */
struct vm *vm_new(const struct config *config, const struct technique *technique,
                  const struct board_output *output, char *error, size_t error_size);
/* The same, and it can be copied as a whole and put back (snapshot.h); takes a little longer to touch new memory. */
struct vm *vm_new_copyable(const struct config *config, const struct technique *technique,
                           const struct board_output *output, char *error, size_t error_size);
void vm_free(struct vm *vm);

/* Runs until the clock reaches `limit` or the guest ends. */
enum vm_end vm_run(struct vm *vm, uint64_t limit);
/* Lets devices act whose moment has come, and carries their interrupt line to the guest's processor. */
void vm_refresh(struct vm *vm);
/* What a technique makes of why cpu_run came back. */
enum vm_end vm_end_of_stop(enum cpu_stop stop);

/* Runs one instruction of the guest (or delivers one event). */
enum vm_end vm_step(struct vm *vm);
/* From a signal handler or a reader: vm_run returns VM_STOPPED as soon as nothing is due but the guest's next instruction, so
 * that a run which was stopped and goes on is the run that was not. */
void vm_request_stop(struct vm *vm);

/* Charges the VMM's work to the clock: `times` a price. */
static inline void vm_charge(struct vm *vm, enum cost cost, uint64_t times)
{
	uint64_t cycles = times * vm->costs.cycles[cost];

	vm->clock += cycles;
	ledger_add(&vm->ledger, cost, cycles);
}

/* Nothing runs until this moment, unless it has passed. */
static inline void vm_pass_time(struct vm *vm, uint64_t moment)
{
	if (vm->clock >= moment)
		return;
	vm->ledger.idle += moment - vm->clock;
	vm->ledger.total += moment - vm->clock;
	vm->clock = moment;
}

/* How it runs now. */
struct vm_mode vm_mode(const struct vm *vm);
/* Could the guest be moved there, as far as this can be said beforehand? False: vm->message says why not. */
bool vm_may_switch(struct vm *vm, const struct vm_mode *mode);
/* Moves the guest to another technique, ring or paging: between two calls of vm_run or vm_step, where it is at an
 * instruction boundary. False: vm->message says why not, nothing changed. */
bool vm_switch(struct vm *vm, const struct vm_mode *mode);

/* The guest's own state, as it believes it: the virtual CPU's, or without a VMM the processor's. */
const struct cpu_state *vm_guest_state(const struct vm *vm);
/* Digest of guest memory and the guest's own registers. */
uint64_t vm_digest(const struct vm *vm);
/* Instructions that the guest has retired. */
uint64_t vm_instructions(const struct vm *vm);

/* After an exit: are the VMM's tables to be compared with the guest's now (check-shadow, check-every)? The hostile build
 * always asks for it. A comparison changes nothing, and costs no cycle. */
bool vm_check_due(struct vm *vm);

/* Ends the stretch of interpretation that is open, if one is: before anything else happens to the guest, and when a run is
 * given up. */
void vm_tell_stretch(struct vm *vm);

/* Fills what every event has (cycle, technique, EIP, CPLs, instruction bytes and row) from the guest's state. */
void vm_event_begin(struct vm *vm, struct event *event, enum event_kind kind);

#endif
