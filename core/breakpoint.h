/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/breakpoint.h - places and accesses at which a running guest stands still, at full speed and without any trace in
 * the model: no cycle is charged, no state of guest or VMM changes, in every technique. (As a hypervisor's debugger
 * does it; debug registers and INT3 belong to the guest.)
 */
#ifndef RINGSIDE_CORE_BREAKPOINT_H
#define RINGSIDE_CORE_BREAKPOINT_H

#include "core/vm.h"

enum { STOPS_MAX = 64 };

/* What a stop watches. Addresses are those of guest code and guest data; `machine` ones are met by whoever reaches them. */
enum stop_access { STOP_EXECUTE = 1, STOP_READ = 2, STOP_WRITE = 4 };
enum stop_space { SPACE_LINEAR, SPACE_PHYSICAL, SPACE_MACHINE };

struct stop_place {
	enum stop_space space;
	uint8_t access;   /* mask of enum stop_access */
	uint64_t address; /* gla, gpa or ma */
	uint32_t size;    /* bytes; 1 for execution */
};

struct stop_hit {
	int place; /* index; -1: none */
	uint8_t access;
	uint32_t linear;   /* of the access */
	uint64_t physical; /* as the processor that made it sees it */
	uint32_t value;    /* stored or loaded */
	uint8_t size;
};

/* The places from now on (copied; 0: none). They belong to the observer, not to the machine: after the machine was put
 * back (snapshot.h) they must be set again. False: vm->message. */
bool vm_set_stops(struct vm *vm, const struct stop_place *place, size_t count);
/* After VM_STOPPED: what was hit first. Execution: before the instruction; data: after the one that accessed it. The
 * instruction at which a run begins does not stop it. */
struct stop_hit vm_stop_hit(const struct vm *vm);

#endif
