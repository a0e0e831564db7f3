/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/abi.h - what the kernel and its user programs agree on: system calls and what they return.
 * A call is INT 80H with the number in EAX, arguments in EBX, ECX, EDX; the result comes in EAX.
 */
#ifndef GUEST_KERNEL_ABI_H
#define GUEST_KERNEL_ABI_H

#include <stdint.h>

enum { SYSTEM_CALL_VECTOR = 0x80 };

/* CALL(name, arguments as the user writes them) */
#define SYSTEM_CALL_LIST(CALL)                                                                     \
	CALL(exit, "status: ends the process")                                                      \
	CALL(fork, "the child's number in the parent, 0 in the child")                              \
	CALL(exec, "path, arguments ending with NULL: becomes another program")                     \
	CALL(wait, "address for the status or 0: a child that has ended")                           \
	CALL(getpid, "the own number")                                                              \
	CALL(yield, "lets others run")                                                              \
	CALL(sleep, "milliseconds, rounded up to ticks and one more")                               \
	CALL(sbrk, "bytes: grows or shrinks the heap, gives its old end")                           \
	CALL(open, "path: a descriptor")                                                            \
	CALL(close, "descriptor")                                                                   \
	CALL(read, "descriptor, address, size: bytes read, 0 at the end")                           \
	CALL(write, "descriptor, address, size: bytes written")                                     \
	CALL(pipe, "address of two descriptors: reading end, writing end")                          \
	CALL(duplicate, "descriptor, wanted number: takes its place")                               \
	CALL(kill, "number of a process: 0, or an error when it has ended already")                 \
	CALL(map, "page address, bytes, MAP_WRITE or 0: fresh zero pages")                          \
	CALL(protect, "as given to map, bytes, MAP_WRITE or 0")                                     \
	CALL(unmap, "as given to map, bytes")                                                       \
	CALL(list, "index, struct file_info *: 0, or an error past the last file")                  \
	CALL(processes, "index, struct process_info *: 0, or an error past the last")               \
	CALL(memory, "struct memory_info *, 1 to clear A and D afterwards")                         \
	CALL(port_loop, "count: OUT and IN in the kernel, gives a checksum")                        \
	CALL(catch, "function called at a fault that would end the process, where it returns to")   \
	CALL(resume, "out of that function: on where the fault was, with all registers as then")

enum system_call {
#define CALL(name, text) CALL_##name,
	SYSTEM_CALL_LIST(CALL)
#undef CALL
	CALL_COUNT
};

/* Results below zero. */
enum {
	ERROR_NO_FILE = -1,
	ERROR_NO_MEMORY = -2,
	ERROR_BAD_ADDRESS = -3,
	ERROR_BAD_ARGUMENT = -4,
	ERROR_NO_PROCESS = -5,
	ERROR_NO_SLOT = -6,
	ERROR_NOT_A_PROGRAM = -7,
	ERROR_NO_CALL = -8,
};

enum { MAP_WRITE = 1 };
enum { STATUS_KILLED = 256 }; /* the status of a process that did not end on its own */

struct file_info {
	char name[48];
	uint32_t size;
};

struct process_info {
	int32_t number, parent;
	char state[12];
	char name[20];
};

/* Of the calling process. `accessed` and `dirty` count page-table entries with A and D set. */
struct memory_info {
	uint32_t present, writable, accessed, dirty, shared;
	uint32_t zero_fills, file_fills, copies, takeovers;
};

#endif
