/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/gdb/registers.c - one row a register. GDB asks that a feature org.gnu.gdb.i386.core has eax to gs, the
 * stack of the x87 and its control words, in this order (GDB manual, G.5.7); this processor has no x87, and says so.
 */
#include "visualizer/gdb/registers.h"

#include "visualizer/gdb/hex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROW(name, type, feature, bits, member)                                                       \
	{ name, type, feature, bits, sizeof(((struct cpu_state *)0)->member), offsetof(struct cpu_state, member) }
#define CORE(name, type, member) ROW(name, type, GDB_CORE, 32, member)
#define GUEST(name, type, bits, member) ROW(name, type, GDB_GUEST, bits, member)
#define REAL(name, type, bits, member) ROW("hw_" name, type, GDB_HARDWARE, bits, member)
#define LACKS(name, type, bits) { name, type, GDB_CORE, bits, 0, 0 }

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
	LACKS("st0", "i387_ext", 80), LACKS("st1", "i387_ext", 80), LACKS("st2", "i387_ext", 80),
	LACKS("st3", "i387_ext", 80), LACKS("st4", "i387_ext", 80), LACKS("st5", "i387_ext", 80),
	LACKS("st6", "i387_ext", 80), LACKS("st7", "i387_ext", 80),
	LACKS("fctrl", "int", 32), LACKS("fstat", "int", 32), LACKS("ftag", "int", 32), LACKS("fiseg", "int", 32),
	LACKS("fioff", "int", 32), LACKS("foseg", "int", 32), LACKS("fooff", "int", 32), LACKS("fop", "int", 32),
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

/* False: there is no such register here. */
static bool value_of(const struct debugger *debugger, const struct gdb_register *reg, uint64_t *value)
{
	struct cpu_state hardware;
	const struct cpu_state *state = vm_guest_state(debugger->vm);

	*value = 0;
	if (!reg->size)
		return false;
	if (reg->feature == GDB_HARDWARE) {
		if (!debugger_hardware(debugger, &hardware))
			return false;
		state = &hardware;
	}
	memcpy(value, (const uint8_t *)state + reg->offset, reg->size); /* both are little-endian */
	return true;
}

size_t gdb_register_read(const struct debugger *debugger, size_t number, char digits[static GDB_REGISTER_DIGITS])
{
	const struct gdb_register *reg = &registers[number];
	size_t count = reg->bits / 4u;
	uint64_t value;

	if (value_of(debugger, reg, &value))
		hex_put(&value, count / 2, digits);
	else
		memset(digits, 'x', count);
	return count;
}

bool gdb_register_write(struct debugger *debugger, size_t number, const char *digits)
{
	const struct gdb_register *reg = &registers[number];
	uint64_t now;
	uint32_t value = 0;
	size_t size;

	if (!value_of(debugger, reg, &now))
		return true;
	if (!hex_get(digits, reg->bits / 4u, (uint8_t *)&value, sizeof(value), &size)) {
		snprintf(debugger->message, sizeof(debugger->message), "%s: no hexadecimal value came", reg->name);
		return false;
	}
	if (value == (uint32_t)now)
		return true;
	if (reg->feature != GDB_HARDWARE)
		return debugger_set_register(debugger, reg->name, value);
	snprintf(debugger->message, sizeof(debugger->message),
	         "%s: the hardware's registers are the VMM's to set; set the guest's %s", reg->name, reg->name + 3);
	return false;
}
