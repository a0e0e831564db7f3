/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/gdb/registers.c - one row a register. GDB asks that a feature org.gnu.gdb.i386.core has eax to gs, the
 * stack of the x87 and its control words, in this order, and one org.gnu.gdb.i386.sse xmm0 to mxcsr (GDB manual, G.5.7).
 */
#include "visualizer/gdb/registers.h"

#include "cpu/x87.h"
#include "visualizer/gdb/hex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROW(name, type, feature, bits, member)                                                       \
	{ name, type, feature, bits, false, sizeof(((struct cpu_state *)0)->member), offsetof(struct cpu_state, member) }
#define CORE(name, type, member) ROW(name, type, GDB_CORE, 32, member)
#define GUEST(name, type, bits, member) ROW(name, type, GDB_GUEST, bits, member)
#define REAL(name, type, bits, member) ROW("hw_" name, type, GDB_HARDWARE, bits, member)
#define STACK(name, i) { name, "i387_ext", GDB_CORE, 80, true, 10, ST0 + (i) }
#define X87(name, which) { name, "int", GDB_CORE, 32, true, 4, which }
#define XMM(name, i) { name, "vec128", GDB_SSE, 128, true, 16, XMM0 + (i) }

/* Which of the floats' registers. */
enum { ST0, FCTRL = ST0 + X87_REGISTERS, FSTAT, FTAG, FISEG, FIOFF, FOSEG, FOOFF, FOP, XMM0, MXCSR = XMM0 + XMM_REGISTERS };

/* Both truths in the same words: the hardware's with hw_ before them. */
#define SYSTEM_REGISTERS(SIDE)                                                                       \
	SIDE("cr0", "cr0", 32, cr0), SIDE("cr2", "data_ptr", 32, cr2), SIDE("cr3", "uint32", 32, cr3),     \
	SIDE("cr4", "cr4", 32, cr4), SIDE("efer", "uint32", 32, efer),                               \
	SIDE("gdtr_base", "data_ptr", 32, gdtr.base), SIDE("gdtr_limit", "uint16", 16, gdtr.limit),    \
	SIDE("idtr_base", "data_ptr", 32, idtr.base), SIDE("idtr_limit", "uint16", 16, idtr.limit),    \
	SIDE("ldtr", "uint16", 16, segment[LDTR].selector),                                         \
	SIDE("ldtr_base", "data_ptr", 32, segment[LDTR].base),                                     \
	SIDE("tr", "uint16", 16, segment[TR].selector),                                             \
	SIDE("tr_base", "data_ptr", 32, segment[TR].base), SIDE("cpl", "uint8", 8, cpl),              \
	SIDE("cs_base", "data_ptr", 32, segment[CS].base), SIDE("ss_base", "data_ptr", 32, segment[SS].base), \
	SIDE("ds_base", "data_ptr", 32, segment[DS].base), SIDE("es_base", "data_ptr", 32, segment[ES].base), \
	SIDE("fs_base", "data_ptr", 32, segment[FS].base), SIDE("gs_base", "data_ptr", 32, segment[GS].base)

static const struct gdb_register registers[] = {
	CORE("eax", "int32", gpr[EAX]), CORE("ecx", "int32", gpr[ECX]), CORE("edx", "int32", gpr[EDX]),
	CORE("ebx", "int32", gpr[EBX]), CORE("esp", "data_ptr", gpr[ESP]), CORE("ebp", "data_ptr", gpr[EBP]),
	CORE("esi", "int32", gpr[ESI]), CORE("edi", "int32", gpr[EDI]), CORE("eip", "code_ptr", eip),
	CORE("eflags", "eflags", eflags), CORE("cs", "int32", segment[CS].selector),
	CORE("ss", "int32", segment[SS].selector), CORE("ds", "int32", segment[DS].selector),
	CORE("es", "int32", segment[ES].selector), CORE("fs", "int32", segment[FS].selector),
	CORE("gs", "int32", segment[GS].selector),
	STACK("st0", 0), STACK("st1", 1), STACK("st2", 2), STACK("st3", 3), STACK("st4", 4), STACK("st5", 5),
	STACK("st6", 6), STACK("st7", 7),
	X87("fctrl", FCTRL), X87("fstat", FSTAT), X87("ftag", FTAG), X87("fiseg", FISEG), X87("fioff", FIOFF),
	X87("foseg", FOSEG), X87("fooff", FOOFF), X87("fop", FOP),
	XMM("xmm0", 0), XMM("xmm1", 1), XMM("xmm2", 2), XMM("xmm3", 3), XMM("xmm4", 4), XMM("xmm5", 5),
	XMM("xmm6", 6), XMM("xmm7", 7), { "mxcsr", "i386_mxcsr", GDB_SSE, 32, true, 4, MXCSR },
	SYSTEM_REGISTERS(GUEST),
	GUEST("dr0", "data_ptr", 32, dr[0]), GUEST("dr1", "data_ptr", 32, dr[1]), GUEST("dr2", "data_ptr", 32, dr[2]),
	GUEST("dr3", "data_ptr", 32, dr[3]), GUEST("dr6", "uint32", 32, dr[6]), GUEST("dr7", "uint32", 32, dr[7]),
	REAL("eip", "code_ptr", 32, eip), REAL("esp", "data_ptr", 32, gpr[ESP]), REAL("eflags", "eflags", 32, eflags),
	REAL("cs", "uint16", 16, segment[CS].selector), REAL("ss", "uint16", 16, segment[SS].selector),
	SYSTEM_REGISTERS(REAL),
};

enum { REGISTERS = sizeof(registers) / sizeof(registers[0]) };

size_t gdb_register_count(void)
{
	return REGISTERS;
}

const struct gdb_register *gdb_register_at(size_t number)
{
	return &registers[number];
}

/* ---- reading ---- */

static uint32_t control_word(const struct float_state *floats, unsigned which)
{
	const struct x87_state *x87 = &floats->x87;
	const uint32_t words[] = {
		[FCTRL] = x87->control,
		[FSTAT] = x87->status,
		[FTAG] = x87_tag_word(x87),
		[FISEG] = x87->instruction_selector,
		[FIOFF] = x87->instruction_offset,
		[FOSEG] = x87->data_selector,
		[FOOFF] = x87->data_offset,
		[FOP] = x87->opcode,
		[MXCSR] = floats->sse.mxcsr,
	};

	return words[which];
}

static void float_bytes(const struct float_state *floats, unsigned which, uint8_t *bytes)
{
	uint32_t word;

	if (which < FCTRL) {
		x87_put_register(&floats->x87, which - ST0, bytes);
	} else if (which >= XMM0 && which < MXCSR) {
		memcpy(bytes, &floats->sse.xmm[which - XMM0], sizeof(union xmm));
	} else {
		word = control_word(floats, which);
		memcpy(bytes, &word, sizeof(word));
	}
}

/* False: there is no such register here. */
static bool bytes_of(const struct debugger *debugger, const struct gdb_register *reg,
                     uint8_t bytes[static GDB_REGISTER_DIGITS / 2])
{
	struct cpu_state hardware;
	const struct cpu_state *state = vm_guest_state(debugger->vm);

	memset(bytes, 0, GDB_REGISTER_DIGITS / 2);
	if (reg->floats) {
		float_bytes(cpu_floats(debugger->vm->processor), reg->offset, bytes);
		return true;
	}
	if (reg->feature == GDB_HARDWARE) {
		if (!debugger_hardware(debugger, &hardware))
			return false;
		state = &hardware;
	}
	memcpy(bytes, (const uint8_t *)state + reg->offset, reg->size); /* both are little-endian */
	return true;
}

size_t gdb_register_read(const struct debugger *debugger, size_t number, char digits[static GDB_REGISTER_DIGITS])
{
	const struct gdb_register *reg = &registers[number];
	uint8_t bytes[GDB_REGISTER_DIGITS / 2];
	size_t count = reg->bits / 4u;

	if (bytes_of(debugger, reg, bytes))
		hex_put(bytes, count / 2, digits);
	else
		memset(digits, 'x', count);
	return count;
}

/* ---- writing ---- */

static bool refuse_write(struct debugger *debugger, const struct gdb_register *reg)
{
	snprintf(debugger->message, sizeof(debugger->message),
	         "%s: the hardware's registers are the VMM's to set; set the guest's %s", reg->name, reg->name + 3);
	return false;
}

/* As a number: the highest byte first. */
static bool write_long(struct debugger *debugger, const struct gdb_register *reg, const uint8_t *bytes)
{
	char text[2 + GDB_REGISTER_DIGITS + 1] = "0x";

	for (unsigned i = 0; i < reg->bits / 8u; i++)
		snprintf(text + 2 + 2 * i, 3, "%02x", bytes[reg->bits / 8u - 1 - i]);
	return debugger_set_register_to(debugger, reg->name, text);
}

bool gdb_register_write(struct debugger *debugger, size_t number, const char *digits)
{
	const struct gdb_register *reg = &registers[number];
	uint8_t now[GDB_REGISTER_DIGITS / 2], bytes[GDB_REGISTER_DIGITS / 2] = { 0 };
	uint32_t value;
	size_t size;

	if (!bytes_of(debugger, reg, now))
		return true;
	if (!hex_get(digits, reg->bits / 4u, bytes, sizeof(bytes), &size)) {
		snprintf(debugger->message, sizeof(debugger->message), "%s: no hexadecimal value came", reg->name);
		return false;
	}
	if (memcmp(bytes, now, sizeof(now)) == 0)
		return true;
	if (reg->feature == GDB_HARDWARE)
		return refuse_write(debugger, reg);
	if (reg->floats)
		return write_long(debugger, reg, bytes);
	memcpy(&value, bytes, sizeof(value));
	return debugger_set_register(debugger, reg->name, value);
}
