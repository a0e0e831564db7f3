/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nano/nano.h - the nanobenchmark guest: each operation is a loop around as few instructions as it takes, so that a
 * run with n=N less one with n=0 is N times its price (Adams and Agesen, ASPLOS 2006, section 6.3). Read main.c,
 * operations.c, instructions.c, memory.c, processes.c; loops.S and user.S are what is measured.
 */
#ifndef GUEST_NANO_NANO_H
#define GUEST_NANO_NANO_H

#define USER_TEXT 0x08048000   /* where the code of user.S runs in ring 3 */
#define VECTOR_CALL 0x80       /* INT 80H, as measured */
#define VECTOR_LEAVE 0x81      /* by which user code ends */

#ifndef __ASSEMBLER__

#include "kernel/kernel.h"

enum {
	WARM_UP = 8, /* rounds before those that count: first faults, translation, adaptation */
	COUNT_MAX = 1000000,
};

/* ---- operations.c: the table ---- */

struct operation {
	const char *name;
	void (*loop)(uint32_t count);
	bool (*here)(void);               /* NULL: it can be done on every machine */
	const char *needs;                /* what is not here then */
	void (*prepare)(void);            /* NULL: nothing to prepare */
	bool (*check)(uint32_t rounds);   /* of WARM_UP rounds and `rounds` more: did all happen? NULL: shown by the end */
	uint32_t most;                    /* rounds; 0: COUNT_MAX */
};

extern const struct operation operations[];
extern const unsigned operation_count;

/* ---- gates.c: the IDT ---- */

void gates_begin(void);
/* Page faults go to the handler that is measured; else to space_fault, for `user_space`. */
void gates_page_fault(bool measured);
extern struct space *user_space; /* in whose page faults are made good; NULL: they are a mistake */

/* ---- platform.c ---- */

extern const struct platform platform_nano;

/* ---- loops.S: what they leave, and what they are told ---- */

extern uint32_t loop_address, loop_value, loop_other, loop_result[4];
extern volatile uint32_t loop_events; /* that handlers have counted */

void loop_empty(uint32_t count);
void loop_in(uint32_t count);
void loop_cr(uint32_t count);
void loop_callret(uint32_t count);
void loop_divzero(uint32_t count);
void loop_rdtsc(uint32_t count);
void loop_clisti(uint32_t count);
void loop_hypercall(uint32_t count);
void loop_cpuid(uint32_t count);
void loop_out(uint32_t count);
void loop_read(uint32_t count);
void loop_store(uint32_t count);
void loop_fill(uint32_t count);
void loop_invlpg(uint32_t count);
void loop_ctxswitch(uint32_t count);

extern const char handle_divide[], handle_page_fault[];
extern char hypercall_page[];

/* ---- user.S ---- */

/* Runs user code in ring 3 until it leaves: `code` is one of those below, the others its EBX, ECX and EDX. */
void user_run(const char *code, uint32_t ebx, uint32_t ecx, uint32_t edx);
extern const char user_begin[], user_end[];
extern const char user_sysenter[]; /* SYSENTER, EBX times */
extern const char user_int80[];    /* INT 80H, EBX times */
extern const char user_touch[];    /* stores EDX into ECX pages from EBX on */
extern const char handle_leave[], handle_int80[], handle_sysenter[];
extern const char trap_stack_top[];

/* ---- instructions.c, memory.c, processes.c: prepare, check and what no loop of assembly does ---- */

void prepare_port(void);
bool check_in(uint32_t rounds);
bool check_cr(uint32_t rounds);
bool check_out(uint32_t rounds);
void prepare_divzero(void);
bool check_events(uint32_t rounds);
void prepare_clock(void);
bool check_rdtsc(uint32_t rounds);
bool has_hypervisor(void);
void prepare_hypercall(void);
bool check_hypercall(uint32_t rounds);
bool check_cpuid(uint32_t rounds);

void prepare_pgfault(void);
bool check_pgfault(uint32_t rounds);
void prepare_ptemod_same(void);
bool check_ptemod_same(uint32_t rounds);
void prepare_ptemod_clear(void);
void prepare_ptemod_set(void);
bool check_ptemod_clear(uint32_t rounds);
bool check_ptemod_set(uint32_t rounds);
void prepare_invlpg(void);
bool check_invlpg(uint32_t rounds);
void prepare_ctxswitch(void);
bool check_ctxswitch(uint32_t rounds);
enum { ENTRIES_TO_CHANGE = 1000 }; /* of a page table's 1024, beside those of the warm-up */

bool has_sysenter(void);
void prepare_user(void);
void prepare_sysenter(void);
void loop_syscall(uint32_t count);
void loop_int80(uint32_t count);
void prepare_fork(void);
void loop_forkwait(uint32_t count);
bool check_forkwait(uint32_t rounds);
void prepare_mmap(void);
void loop_mmap(uint32_t count);
bool check_mmap(uint32_t rounds);

#endif
#endif
