/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/message.h - what the VMM and a piece's process say to each other, over one SOCK_SEQPACKET socket, a message a
 * packet. The VMM calls; until the piece returns, the process may ask for services, each of which is answered.
 *
 *	VMM                              process of the piece
 *	                                 READY or BROKEN           once
 *	CALL handler, frame         ->
 *	                            <-   LOAD, STORE, PORT_READ, ... any number
 *	ANSWER                      ->
 *	                            <-   RETURN result, frame, or DIED
 *
 * Nothing that comes from the process is believed: sizes, numbers and registers are checked by whoever gets them (services.c,
 * the parts). That is why the process may hold the other end of the socket without any harm.
 */
#ifndef RINGSIDE_LABS_PLUGIN_MESSAGE_H
#define RINGSIDE_LABS_PLUGIN_MESSAGE_H

#include "labs/ringside_lab.h"

/* The word by which the program knows that it is to be such a process (visualizer/main.c). */
#define PIECE_WORD "--piece"
enum { PIECE_SOCKET = 0, PIECE_FILE = 3 }; /* descriptors that it is started with */

/* HANDLER(table in struct lab_piece, name in the table, name in tests.ini) */
#define LAB_HANDLER_LIST(HANDLER)                                                                     \
	HANDLER(trap, cli, "cli")                                                                     \
	HANDLER(trap, sti, "sti")                                                                     \
	HANDLER(trap, hlt, "hlt")                                                                     \
	HANDLER(trap, in, "in")                                                                       \
	HANDLER(trap, out, "out")                                                                     \
	HANDLER(trap, mov_from_cr, "mov-from-cr")                                                     \
	HANDLER(trap, mov_to_cr, "mov-to-cr")                                                         \
	HANDLER(trap, lgdt, "lgdt")                                                                   \
	HANDLER(trap, lidt, "lidt")                                                                   \
	HANDLER(trap, iret, "iret")                                                                   \
	HANDLER(trap, deliver, "deliver")                                                             \
	HANDLER(classify, classify, "class")                                                          \
	HANDLER(classify, outcome, "outcome")                                                         \
	HANDLER(translator, treatment, "treatment")                                                   \
	HANDLER(translator, identical, "emit-identical")                                              \
	HANDLER(translator, in_cache, "emit-in-cache")                                                \
	HANDLER(translator, callout, "emit-callout")                                                  \
	HANDLER(translator, transfer, "emit-transfer")                                                \
	HANDLER(translator, lookup, "emit-lookup")                                                    \
	HANDLER(hypercall, mmu_update, "mmu-update")                                                  \
	HANDLER(hypercall, update_va_mapping, "update-va-mapping")                                    \
	HANDLER(hypercall, set_gdt, "set-gdt")                                                        \
	HANDLER(hypercall, update_descriptor, "update-descriptor")                                    \
	HANDLER(hypercall, stack_switch, "stack-switch")                                              \
	HANDLER(hypercall, set_trap_table, "set-trap-table")                                          \
	HANDLER(cache, begin, "cache-begin")                                                          \
	HANDLER(cache, made, "cache-made")                                                            \
	HANDLER(cache, find, "cache-find")                                                            \
	HANDLER(cache, chain, "cache-chain")                                                          \
	HANDLER(cache, lookup, "cache-lookup")                                                        \
	HANDLER(cache, invalidate, "cache-invalidate")                                                \
	HANDLER(cache, fault, "cache-fault")                                                          \
	HANDLER(assist, controls, "controls")                                                         \
	HANDLER(assist, exit, "exit")                                                                 \
	HANDLER(assist, inject, "inject")                                                             \
	HANDLER(assist, ept_violation, "ept-violation")                                               \
	HANDLER(device, read, "device-read")                                                          \
	HANDLER(device, write, "device-write")                                                        \
	HANDLER(device, time, "device-time")                                                          \
	HANDLER(device, receive, "device-receive")                                                    \
	HANDLER(pager, fill, "fill")                                                                  \
	HANDLER(pager, load_cr3, "load-cr3")                                                          \
	HANDLER(pager, stored, "stored")                                                              \
	HANDLER(pager, invlpg, "invlpg")                                                              \
	HANDLER(pager, flush, "flush")

enum handler {
#define HANDLER(table, name, text) HANDLER_##table##_##name,
	LAB_HANDLER_LIST(HANDLER)
#undef HANDLER
	HANDLERS
};
_Static_assert(HANDLERS <= 64, "a mask holds them");

enum message_type {
	MESSAGE_READY,       /* bytes: mask of the handlers that it has, 64 bits */
	MESSAGE_BROKEN,      /* bytes: why it cannot be loaded */
	MESSAGE_CALL,        /* a: enum handler; bytes: struct call_frame */
	MESSAGE_RETURN,      /* a: enum lab_result; bytes: struct call_frame */
	MESSAGE_LOAD,        /* a: linear, b: size, c: enum lab_as */
	MESSAGE_STORE,       /* the same, with bytes */
	MESSAGE_PORT_READ,   /* a: port, b: size */
	MESSAGE_PORT_WRITE,  /* a: port, b: size, c: value */
	MESSAGE_SET_SEGMENT, /* a: enum lab_segment_register, b: selector */
	MESSAGE_ASSIST,      /* a: enum assist_service; bytes: struct assist_request, back too */
	MESSAGE_ANSWER,      /* a: done, b: value; bytes: what was loaded, struct lab_segment and CPL in c, or struct lab_event */
	MESSAGE_LOG,         /* bytes: a line. No answer */
	MESSAGE_DIED,        /* bytes: of what */
	MESSAGE_COPY,        /* a: linear, b: size; answer: bytes */
	MESSAGE_WRITABLE,    /* a: linear, b: size */
	MESSAGE_FRAME_TYPE,  /* a, b: mfn, low half first; answer, b: enum lab_frame_type */
	MESSAGE_READ_FRAME,  /* a, b: mfn; c: offset | (size - 1) << 16 */
	MESSAGE_CARRY_OUT,   /* bytes: struct lab_update */
	MESSAGE_PAGER,       /* a: enum pager_service, b, c: its first arguments, bytes: its third, 32 bits. ANSWER: a, b, c */
	MESSAGE_TYPES
};

/* Services of the table `assist`, and what goes with them. */
enum assist_service {
	ASSIST_CPUID, ASSIST_READ_MSR, ASSIST_WRITE_MSR, ASSIST_ACKNOWLEDGE, ASSIST_FRAME, ASSIST_TABLE, ASSIST_READ, ASSIST_WRITE
};
struct assist_request {
	uint32_t number, done; /* leaf, MSR, gfn, index; what a function gives */
	uint32_t out[4];
	uint64_t address, value;
};

/* Services of the table `pager`, with the arguments that they have in struct lab_services. */
enum pager_service {
	PAGER_WORD, PAGER_MARK, PAGER_FRAME, PAGER_PAGE, PAGER_FREE, PAGER_RESET, PAGER_SET, PAGER_GET, PAGER_TRACE, PAGER_TLB, PAGER_TLB_PAGE,
	PAGER_SERVICES
};

enum { MESSAGE_BYTES = 4096, LAB_ACCESS_MAX = 64, GUARD_BYTES = 64, GUARD = 0x5a };

struct message {
	uint32_t type, a, b, c, size;
	uint8_t bytes[MESSAGE_BYTES]; /* only `size` of them travel */
};
enum { MESSAGE_HEAD = offsetof(struct message, bytes) };

/* The second argument of handlers, by their table: plain data. LAB_ARGUMENTS_table: what its handlers are called with. */
union lab_request {
	uint8_t none; /* trap: its handlers have no second argument */
	struct lab_classify classify;
	struct lab_unit_insn unit_insn; /* translator */
	struct lab_hypercall hypercall;
	struct lab_cache cache;
	struct lab_assist assist;
	struct lab_device device;
	struct lab_paging paging;
};
#define LAB_ARGUMENTS_trap(call) &(call)->vm
#define LAB_ARGUMENTS_assist(call) &(call)->vm, &(call)->request.assist
#define LAB_ARGUMENTS_classify(call) &(call)->vm, &(call)->request.classify
#define LAB_ARGUMENTS_translator(call) &(call)->vm, &(call)->request.unit_insn
#define LAB_ARGUMENTS_hypercall(call) &(call)->vm, &(call)->request.hypercall
#define LAB_ARGUMENTS_cache(call) &(call)->vm, &(call)->request.cache
#define LAB_ARGUMENTS_device(call) &(call)->vm, &(call)->request.device
#define LAB_ARGUMENTS_pager(call) &(call)->vm, &(call)->request.paging

/* What a handler is given, between strips that nobody has a reason to touch. */
struct call_frame {
	uint8_t guard_before[GUARD_BYTES];
	struct lab_vm vm;
	uint8_t guard_between[GUARD_BYTES];
	union lab_request request;
	uint8_t guard_after[GUARD_BYTES];
};
_Static_assert(sizeof(struct call_frame) <= MESSAGE_BYTES, "a frame fits into a message");

#endif
