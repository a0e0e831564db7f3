/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 05-translate/guest/plain.c - operations that any program has: arithmetic, memory, strings, the stack. All of them stay what they are
 * in a translation.
 */
#include "guest.h"

static void two_registers(unsigned opcode)
{
	byte(opcode);
	byte(0xc0 | any_register() << 3 | any_register());
}

static void with_memory(void)
{
	static const uint8_t opcodes[] = {0x01, 0x03, 0x09, 0x0b, 0x11, 0x13, 0x19, 0x1b, 0x21, 0x23, 0x29, 0x2b, 0x31, 0x33, 0x39, 0x3b,
	                                  0x85, 0x87, 0x89, 0x8b, 0x88, 0x8a};

	if (below(6) == 0)
		byte(0x66);
	byte(opcodes[below(sizeof opcodes)]);
	data_operand(any_register() & 3, 1);
}

static void with_immediate(void)
{
	byte(0x81);
	byte(0xc0 | below(8) << 3 | any_register());
	dword(random_number());
}

static void shift(void)
{
	static const uint8_t kinds[] = {0, 1, 4, 5, 7};

	byte(0xc1);
	byte(0xc0 | kinds[below(5)] << 3 | any_register());
	byte(1); /* of more the flags are not all defined */
}

static void two_bytes(void)
{
	static const uint8_t opcodes[] = {0x40, 0x42, 0x44, 0x4c, 0xb6, 0xb7, 0xbe, 0xbf, 0xc8};
	unsigned opcode = opcodes[below(sizeof opcodes)];

	byte(0x0f);
	if (opcode == 0xc8)
		byte(opcode + any_register()); /* bswap */
	else
		two_registers(opcode);
}

/* ESI and EDI into the data, then one string instruction, or a few repetitions of it. */
static void string(void)
{
	static const uint8_t opcodes[] = {0xa4, 0xa5, 0xaa, 0xab, 0xac, 0xad};

	load_register(ESI, (uint32_t)data + 32 + 4 * below(12)); /* DF may be set */
	load_register(EDI, (uint32_t)data + 128 + 4 * below(16));
	if (below(2)) {
		load_register(ECX, below(6));
		byte(0xf3);
	}
	byte(opcodes[below(sizeof opcodes)]);
}

void make_plain(void)
{
	static const uint8_t opcodes[] = {0x01, 0x11, 0x19, 0x29, 0x31, 0x39, 0x85, 0x89, 0x87, 0x09, 0x21};

	switch (below(8)) {
	case 0: load_register(any_register(), random_number()); break;
	case 1: with_memory(); break;
	case 2: with_immediate(); break;
	case 3: shift(); break;
	case 4: two_bytes(); break;
	case 5: string(); break;
	case 6: byte((below(2) ? 0x40 : 0x48) + any_register()); break; /* inc, dec */
	default: two_registers(opcodes[below(sizeof opcodes)]);
	}
}

/* The stack is as deep behind it as before. */
void make_stack(void)
{
	switch (below(4)) {
	case 0:
		byte(0x50 + any_register());
		byte(0x58 + any_register());
		break;
	case 1:
		byte(0x68);
		dword(random_number());
		byte(0x8f); /* pop m32 */
		data_operand(0, 4);
		break;
	case 2:
		CODE("\x60\x61"); /* pusha; popa */
		break;
	default:
		byte(0xff); /* push m32 */
		data_operand(6, 4);
		CODE("\x8b\x44\x24\x00\x83\xc4\x04"); /* mov eax, [esp]; add esp, 4 */
	}
}
