/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/gdb/registers.h - the registers that GDB sees, in the order of their numbers: the 32 of its i386 core, those of
 * SSE, the control registers as the guest believes them, and those that the hardware holds (GDB manual, appendix G).
 */
#ifndef RINGSIDE_VISUALIZER_GDB_REGISTERS_H
#define RINGSIDE_VISUALIZER_GDB_REGISTERS_H

#include "visualizer/debugger/debugger.h"

enum gdb_feature { GDB_CORE, GDB_SSE, GDB_GUEST, GDB_HARDWARE, GDB_FEATURES };

struct gdb_register {
	const char *name;
	const char *type; /* of a target description */
	uint8_t feature;  /* enum gdb_feature */
	uint8_t bits;
	bool floats;      /* of x87 or SSE (cpu_floats): guest and hardware have one set */
	uint8_t size;     /* of the field in struct cpu_state */
	uint16_t offset;  /* of that field; of floats: which one (registers.c) */
};

size_t gdb_register_count(void);
const struct gdb_register *gdb_register_at(size_t number); /* number < gdb_register_count() */

enum { GDB_REGISTER_DIGITS = 32 }; /* of the longest: 128 bits */
/* The register's bytes as digits, "xx" where there is no register: the hardware's where no VMM stands between.
 * Gives how many digits. */
size_t gdb_register_read(const struct debugger *debugger, size_t number, char digits[static GDB_REGISTER_DIGITS]);
/* Digits of one register, as many as it has. A value that it has already changes nothing; what is not there is
 * ignored. False: debugger->message (also for those that are only read). */
bool gdb_register_write(struct debugger *debugger, size_t number, const char *digits);

/* The target description as XML. The caller frees it; NULL: no memory. */
char *gdb_description(size_t *size);

#endif
