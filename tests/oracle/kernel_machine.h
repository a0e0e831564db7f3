/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/kernel_machine.h - machines that run random kernel programs, one for each mode, used again and
 * again; and what they have come to, compared.
 */
#ifndef RINGSIDE_TESTS_ORACLE_KERNEL_MACHINE_H
#define RINGSIDE_TESTS_ORACLE_KERNEL_MACHINE_H

#include "tests/oracle/kernel_program.h"

enum { MODES = 24, CYCLES = 300000 }; /* what the reference may take */

struct machine {
	struct vm_mode mode;
	char name[24];
	struct vm *vm;
	enum vm_end end;
	uint64_t begun;  /* slots, as far as steps were counted */
	uint32_t place;  /* the last EIP in the program's slots */
};

struct machines {
	struct machine machine[MODES]; /* the first is native */
	unsigned count;
	struct machine flushed; /* native again, to be run with a TLB that forgets */
	uint8_t *blank;  /* guest memory as a new machine has it, */
	uint8_t *image;  /* and with the program that is loaded */
	struct cpu_state blank_state, state;
	uint8_t *board, *blank_board;
	size_t board_size;
};

/* Native, and every mode of the list in which a program of this kind must end as in native. `tight`: with as little
 * shadow memory as can be, and shadow entries checked after every exit. False after a message. */
bool machines_begin(struct machines *machines, enum program_kind kind, bool tight);
void machines_end(struct machines *machines);

/* Is this machine's outcome to be compared? */
bool machine_takes(const struct machine *machine, const struct program *program);

/* Prepares the program for the machines. */
void machines_load(struct machines *machines, const struct program *program);

/* Puts the guest of the last machines_load into this machine as if it were new. False: vm->message. */
bool machine_reset(const struct machines *machines, struct machine *machine);

/* How a program is driven to its end. */
enum drive {
	DRIVE_RUN,    /* vm_run, to its end */
	DRIVE_STEPS,  /* vm_step by vm_step, the program's interrupts at their moments */
	DRIVE_SLICES, /* vm_run again and again, of a few cycles each */
};
/* Runs it from machine_reset to its end, or `cycles`. `look` (may be NULL) is called at each instruction boundary
 * that steps or slices come to; false: enough. */
typedef bool machine_look(void *owner, struct machine *machine);
void machine_drive(struct machine *machine, const struct program *program, enum drive drive, uint64_t cycles,
                   machine_look *look, void *owner);

/* The same, moved at random from one machine's mode to another's all the way. */
void machine_drive_moving(const struct machines *machines, struct machine *machine, const struct program *program,
                          uint64_t cycles, uint64_t seed);

/* Do the two machines stand alike: state, memory, and why they ended? If not `text` says in what. */
bool machines_agree(const struct machine *reference, const struct machine *other, char *text, size_t size);
/* The same of registers alone. */
bool states_agree(const struct cpu_state *a, const struct cpu_state *b, char *text, size_t size);

#endif
