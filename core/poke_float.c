/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/poke_float.c - a debugger's changes of x87 and SSE: what FRSTOR and FXRSTOR would load from an image, one field at a time
 * (Intel SDM volume 1, 8.1.10 and 10.5). Reserved bits stay as the hardware has them.
 */
#include "core/poke.h"

#include "core/number.h"
#include "core/refuse.h"
#include "cpu/x87.h"

#include <inttypes.h>
#include <string.h>

enum field { ST, XMM, FCTRL, FSTAT, FTAG, FISEG, FIOFF, FOSEG, FOOFF, FOP, MXCSR };
enum { ST_BYTES = 10, XMM_BYTES = 16 };

static const struct {
	const char *name; /* st and xmm: a digit follows */
	enum field field;
} fields[] = {
	{ "st", ST },       { "xmm", XMM },     { "fctrl", FCTRL }, { "fstat", FSTAT }, { "ftag", FTAG }, { "fiseg", FISEG },
	{ "fioff", FIOFF }, { "foseg", FOSEG }, { "fooff", FOOFF }, { "fop", FOP },     { "mxcsr", MXCSR },
};

static bool numbered(enum field field)
{
	return field == ST || field == XMM;
}

/* False: no such register. */
static bool find(const char *name, size_t length, enum field *field, unsigned *number)
{
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		size_t size = strlen(fields[i].name);

		*field = fields[i].field;
		if (strncmp(name, fields[i].name, size) != 0 || length != size + numbered(*field))
			continue;
		*number = numbered(*field) ? (unsigned)(name[size] - '0') : 0;
		return *number < 8;
	}
	return false;
}

static int digit_of(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | 0x20) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* "0x" and two digits a byte, the highest first. */
static bool parse_bytes(const char *text, uint8_t *bytes, size_t size)
{
	if (strlen(text) != 2 + 2 * size || text[0] != '0' || text[1] != 'x')
		return false;
	for (size_t i = 0; i < size; i++) {
		int high = digit_of(text[2 + 2 * i]), low = digit_of(text[3 + 2 * i]);

		if (high < 0 || low < 0)
			return false;
		bytes[size - 1 - i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static void set_word(struct float_state *floats, enum field field, uint32_t value)
{
	struct x87_state *x87 = &floats->x87;

	switch (field) {
	case FCTRL: x87_set_control(x87, (uint16_t)value, x87->status); break;
	case FSTAT: x87_set_control(x87, x87->control, (uint16_t)value); break;
	case FTAG: x87->valid = x87_valid_of((uint16_t)value); break;
	case FISEG: x87->instruction_selector = (uint16_t)value; break;
	case FIOFF: x87->instruction_offset = value; break;
	case FOSEG: x87->data_selector = (uint16_t)value; break;
	case FOOFF: x87->data_offset = value; break;
	case FOP: x87->opcode = value & 0x7ff; break;
	default: floats->sse.mxcsr = value; break;
	}
}

static bool set_long(struct vm *vm, struct float_state *floats, enum field field, unsigned number, const char *text)
{
	size_t size = field == ST ? ST_BYTES : XMM_BYTES;
	uint8_t bytes[XMM_BYTES];

	if (!parse_bytes(text, bytes, size))
		return refuse(vm->message, sizeof vm->message, "'%s' is no value of %s%u: write 0x and %zu hexadecimal digits", text,
		              field == ST ? "st" : "xmm", number, 2 * size);
	if (field == ST)
		x87_get_register(&floats->x87, number, bytes);
	else
		memcpy(floats->sse.xmm[number].byte, bytes, XMM_BYTES);
	return true;
}

static bool set_short(struct vm *vm, const struct cpu *guest, struct float_state *floats, enum field field, const char *text)
{
	uint64_t value;

	if (!number_parse(text, &value) || value > UINT32_MAX)
		return refuse(vm->message, sizeof vm->message, "'%s' is no number of 32 bits", text);
	if (field == MXCSR && value & ~(uint64_t)mxcsr_defined(guest))
		return refuse(vm->message, sizeof vm->message, "mxcsr: bits outside %08" PRIx32 " are reserved in this processor, and "
		              "LDMXCSR would raise #GP", mxcsr_defined(guest));
	set_word(floats, field, (uint32_t)value);
	return true;
}

bool poke_float(struct vm *vm, const char *text, bool *known)
{
	struct cpu *guest = vm->vcpu ? vm->vcpu : vm->processor;
	struct float_state *floats = cpu_floats(guest);
	const char *equals = strchr(text, '=');
	enum field field;
	unsigned number;
	bool fine;

	*known = equals && find(text, (size_t)(equals - text), &field, &number);
	if (!*known)
		return false;
	fine = numbered(field) ? set_long(vm, floats, field, number, equals + 1)
	                       : set_short(vm, guest, floats, field, equals + 1);
	if (fine)
		x87_settle_line(guest);
	return fine;
}
