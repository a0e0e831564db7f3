/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 05-translate/guest/transfer.c - operations that go on somewhere else: branches, loops, calls, indirect jumps. Each way leads forward,
 * or comes to its end by a count, so that a program ends.
 */
#include "guest.h"

/* Jcc or JMP over a few operations, in either form. */
void make_branch(void)
{
	unsigned kind = below(5);
	uint32_t place;

	if (kind == 0) {
		byte(0xe9);
	} else if (kind == 1) { /* short, over what no program of ours comes to */
		byte(0x70 + below(16));
		byte(6);
		CODE("\x90\x40\x41\xf9\x42\x43");
		return;
	} else if (kind == 2) { /* jecxz or jcxz */
		load_register(ECX, below(3) << 16);
		if (below(2))
			byte(0x67);
		CODE("\xe3\x02\x40\xf8");
		return;
	} else {
		byte(0x0f);
		byte(0x80 + below(16));
	}
	place = here();
	dword(0);
	make_plain();
	patch_jump(place);
}

/* LOOP, LOOPE or LOOPNE, or a count in memory: a few times round. */
void make_loop(void)
{
	static const char *const bodies[] = {"\x01\xd8\x90", "\x35\x11\x22", "\x11\xd2\xf5"};
	unsigned kind = below(4), body = below(3);

	if (kind < 3) {
		load_register(ECX, 1 + below(5));
		CODE("\x43"); /* inc ebx */
		if (body == 1)
			CODE("\xd1\xc0\x90"); /* rol eax, 1 */
		else
			bytes(bodies[body], 3);
		byte(0xe0 + kind);
		byte(-6 & 0xff);
		return;
	}
	CODE("\xc7\x45\x70"); /* mov dword [ebp + 70h], count */
	dword(1 + below(5));
	CODE("\x01\xc2\xff\x4d\x70\x75\xf9"); /* 1: add edx, eax; dec dword [ebp + 70h]; jnz 1b */
}

/* A call of a routine; one with arguments that RET n takes off; one that looks at what it was pushed. */
void make_call(void)
{
	switch (below(3)) {
	case 0:
		byte(0xe8);
		routine_displacement();
		break;
	case 1:
		CODE("\x50\xe8\x02\x00\x00\x00\xeb\x05\x90\x43\xc2\x04\x00"); /* push eax; call 1f; jmp 2f; nop; 1: inc ebx; ret 4; 2: */
		break;
	default:
		CODE("\xe8\x00\x00\x00\x00\x58"); /* call 1f; 1: pop eax */
		byte(0x31), byte(0xc0 | EAX << 3 | any_register());
	}
}

/* The address of what follows, by a word that is filled in. */
static uint32_t load_address(unsigned reg)
{
	byte(0xb8 + reg);
	dword(0);
	return here() - 4;
}

static void store_address(uint32_t *place) /* mov dword [ebp + 60h], address */
{
	CODE("\xc7\x45\x60");
	*place = here();
	dword(0);
}

void make_indirect(void)
{
	unsigned reg = any_register();
	uint32_t place;

	switch (below(5)) {
	case 0: /* call reg */
		byte(0xb8 + reg);
		routine_reference();
		byte(0xff), byte(0xd0 | reg);
		break;
	case 1: /* call [ebp + 60h] */
		CODE("\xc7\x45\x60");
		routine_reference();
		CODE("\xff\x55\x60");
		break;
	case 2: /* jmp reg */
		place = load_address(reg);
		byte(0xff), byte(0xe0 | reg);
		CODE("\x0f\x0b");
		patch(place, here());
		break;
	case 3: /* jmp [eax + ecx * 4 + disp8], or without EAX */
		store_address(&place);
		load_register(EAX, (uint32_t)data + DATA_SIZE / 2 - 8);
		load_register(ECX, 2);
		CODE("\xff\x64\x88\x60\x0f\x0b");
		patch(place, here());
		break;
	default: /* push; jmp [esp]; lea esp, [esp + 4] */
		byte(0x68);
		place = here();
		dword(0);
		CODE("\xff\x24\x24\x0f\x0b");
		patch(place, here());
		CODE("\x8d\x64\x24\x04");
	}
}
