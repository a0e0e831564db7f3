/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/breakpoint.h - places and accesses at which a running guest stands still, at full speed and without any trace in
 * the model: no cycle is charged, no state of guest or VMM changes, no event is told or lost, in every technique. (As a
 * hypervisor's debugger does it; debug registers and INT3 belong to the guest.)
 *
 * Execution: a run stops before an instruction that is about to begin, when nothing else is due: an interrupt that waits comes
 * first, and a fetch that faults is none. One that a hidden page fault or an exit interrupts does not begin again; nor does a
 * repeated string instruction that goes on in its middle. One that the guest's own handler of its fault returns to does.
 * Under `bt` the places are those of the guest's code, wherever its translation is.
 *
 * Data: a run stops behind the instruction that made the access, or behind that repetition of a string instruction; where a VMM
 * does many repetitions in one exit, behind the last of them. What
 * instructions access is seen, by whomever they are executed (the processor, or the VMM for the guest), and so are descriptors,
 * TSS and stack frames that the processor, or the VMM's virtual CPU for it, reads and writes when segments are loaded and events
 * delivered. Of an access that lies in two pages, the part in one of them is shown. Not seen: walks of page tables and the accessed
 * and dirty bits that they set, instruction fetch, devices, loaders, what the VMM's own C code copies (hypercalls' arguments,
 * Xen's frames). Where the VMM has descriptor tables of its own for the hardware (trap, bt, pv/shadow), the guest's are read
 * by whoever emulates only.
 */
#ifndef RINGSIDE_CORE_BREAKPOINT_H
#define RINGSIDE_CORE_BREAKPOINT_H

#include "core/vm.h"

enum { STOPS_MAX = 64 };

/* What a stop watches. Addresses are those of guest code and guest data; `machine` ones are met by whoever reaches them, the
 * VMM's translated code too. */
enum stop_access { STOP_EXECUTE = 1, STOP_READ = 2, STOP_WRITE = 4 };
enum stop_space { SPACE_LINEAR, SPACE_PHYSICAL, SPACE_MACHINE };

struct stop_place {
	enum stop_space space;
	uint8_t access;   /* mask of enum stop_access */
	uint64_t address; /* gla, gpa or ma */
	uint32_t size;    /* bytes, for data; execution begins at `address` */
};

struct stop_hit {
	int place; /* index; -1: none */
	uint8_t access;
	uint32_t linear;   /* of the access */
	uint64_t physical; /* as the processor that made it sees it */
	uint32_t value;    /* stored or loaded */
	uint8_t size;
};

/*
 * The places from now on (copied; 0: none), set between two runs. They belong to the observer, not to the machine: after the
 * machine was put back (snapshot.h) they must be set again. The same ones again cost nothing. False: vm->message.
 */
bool vm_set_stops(struct vm *vm, const struct stop_place *place, size_t count);
/*
 * After VM_STOPPED: what was hit first. After vm_step, which stops for nothing: the data that it accessed.
 *
 * The instruction at which a run begins does not stop it. A run begins with the first vm_run after vm_set_stops, VM_STOPPED or
 * vm_step; one that came back at its limit goes on with the next.
 */
struct stop_hit vm_stop_hit(const struct vm *vm);

/* The next vm_run goes on with a run that came to this moment, and begins none: the instruction here may stop it. For those who
 * go through a machine's past again, from where it was put back. */
void vm_stops_go_on(struct vm *vm);

/* ---- for vm.c and for techniques ---- */

struct stops *stops_new(struct vm *vm); /* in its arena; NULL: no memory */
void stops_begin_run(struct vm *vm);
void stops_end_run(struct vm *vm, enum vm_end end);
void stops_begin_step(struct vm *vm);

/* A VMM that interprets is about to let the virtual CPU begin an instruction, and nothing else is due: true when the run stands still
 * here instead. */
bool stops_reached(struct vm *vm);
/* The guest is at an instruction that has begun already: it does not begin again, though something has run meanwhile. */
void stops_pass(struct vm *vm);
/* If it does not begin (`stops_pass`, or a run begins at it): so many instructions of the VMM's own lead there first. */
void stops_pass_on_way(struct vm *vm, unsigned instructions);

#endif
