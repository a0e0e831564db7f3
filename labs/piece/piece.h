/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/piece/piece.h - the process in which a student's piece runs: the same program, started anew with nothing of the VMM's in
 * its memory (labs/plugin/process.c). Read in this order: piece.c, sandbox.c, image.c, served.c, death.c.
 *
 * All that the process itself keeps lies at one fixed place, so that a signal handler finds it without a variable:
 *
 *	PIECE_PLACE   struct piece: sealed (read-only) before any of the student's code runs
 *	  + FRAME     struct call_frame: what handlers are given
 *	  + HEAP      memory for `allocate`
 *	  + IMAGE     the shared object
 */
#ifndef RINGSIDE_LABS_PIECE_H
#define RINGSIDE_LABS_PIECE_H

#include "labs/plugin/message.h"

#include <stdnoreturn.h>

#define PIECE_PLACE UINT64_C(0x200000000000)
enum {
	PIECE_OWN = 1 << 16,
	PIECE_FRAME = 1 << 16,
	PIECE_HEAP = 16 << 20,
	PIECE_IMAGE = 64 << 20,
	PIECE_STACK = 8 << 20, /* its limit */
	LAB_PIECE_MINIMUM = offsetof(struct lab_piece, trap) + sizeof(struct lab_trap), /* what the first header had */
};

struct piece_file {
	const uint8_t *bytes;
	size_t size;
};

struct piece {
	struct lab_services services;
	const struct lab_piece *table; /* the student's */
	struct piece_file file;
	uintptr_t stack; /* where it began */
	char error[256];
};

struct piece_frame {
	struct call_frame call;
	size_t used; /* of the heap */
};

static inline struct piece *piece_own(void)
{
	return (struct piece *)PIECE_PLACE;
}

static inline struct piece_frame *piece_frame(void)
{
	return (struct piece_frame *)(PIECE_PLACE + PIECE_OWN);
}

static inline uint8_t *piece_heap(void)
{
	return (uint8_t *)(PIECE_PLACE + PIECE_OWN + PIECE_FRAME);
}

static inline uint8_t *piece_image(void)
{
	return piece_heap() + PIECE_HEAP;
}

/* ---- piece.c ---- */

/* The whole life of the process. Gives its exit status, which nobody looks at. */
int piece_main(void);
bool piece_send(const struct message *message);
bool piece_receive(struct message *message);
/* Says why it cannot go on, and ends. */
noreturn void piece_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- sandbox.c: no files, no network, no processes, no more memory ---- */

bool sandbox_limits(void);
/* `loading`: memory may still be given other rights. False: this kernel has no seccomp filters. */
bool sandbox_enter(bool loading);

/* ---- image.c: a shared object put into memory by hand ---- */

/* False: piece->error. */
bool image_load(struct piece *piece);
/* The function of the shared object at this address, and how far behind its beginning. NULL: none. */
const char *image_function(const struct piece *piece, uintptr_t address, uintptr_t *offset);

/* ---- served_assist.c ---- */

void served_cpuid(struct lab_vm *vm, uint32_t leaf, uint32_t out[4]);
bool served_read_msr(struct lab_vm *vm, uint32_t number, uint64_t *value);
bool served_write_msr(struct lab_vm *vm, uint32_t number, uint64_t value);
uint8_t served_acknowledge(struct lab_vm *vm, bool *more);
enum lab_frame served_frame_of(struct lab_vm *vm, uint32_t gfn, uint32_t *mfn);
uint64_t served_ept_table(struct lab_vm *vm);
uint64_t served_ept_read(struct lab_vm *vm, uint64_t table, unsigned index);
void served_ept_write(struct lab_vm *vm, uint64_t table, unsigned index, uint64_t entry);

/* ---- served.c: the functions that the student's code calls ---- */

extern const struct lab_services piece_services;
/* Asks the VMM, and waits for its answer. */
void served_ask(struct message *message);

/* ---- served_pager.c ---- */

bool served_guest_word(struct lab_vm *vm, uint32_t gpa, uint32_t *word);
bool served_guest_mark(struct lab_vm *vm, uint32_t gpa, uint32_t bits);
bool served_machine_frame(struct lab_vm *vm, uint32_t gfn, uint32_t *mfn, bool *writable);
uint32_t served_shadow_page(struct lab_vm *vm, enum lab_level level);
void served_shadow_free(struct lab_vm *vm, uint32_t mfn);
void served_shadow_reset(struct lab_vm *vm);
void served_shadow_set(struct lab_vm *vm, uint32_t mfn, uint32_t index, uint32_t entry);
uint32_t served_shadow_get(struct lab_vm *vm, uint32_t mfn, uint32_t index);
void served_trace(struct lab_vm *vm, uint32_t gfn, bool on);
void served_tlb_flush(struct lab_vm *vm);
void served_tlb_flush_page(struct lab_vm *vm, uint32_t gla);

/* ---- served.c ---- */

/* A function that a shared object may use by name; NULL: there is no such. */
void *piece_function(const char *name);

/* ---- served_hypercall.c: those of lab 7 ---- */

bool served_copy_from_guest(struct lab_vm *vm, uint32_t linear, void *to, uint32_t size);
bool served_guest_writable(struct lab_vm *vm, uint32_t linear, uint32_t size);
uint32_t served_frame_type(struct lab_vm *vm, uint64_t mfn);
bool served_read_frame(struct lab_vm *vm, uint64_t mfn, uint32_t offset, void *to, uint32_t size);
void served_carry_out(struct lab_vm *vm, const struct lab_update *update);

/* ---- death.c: a crash is told as what it was ---- */

void death_watch(void);
noreturn void death_by_stack_smashing(void);

#endif
