/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 05-translate/guest/system.c - operations of kernels: what shows or changes the processor's own state, and what faults. Interrupts come
 * from the UART, whose line rises when the program says so and not when time has passed: so they come at the same instruction however
 * long the ones before it have taken.
 */
#include "guest.h"

/* An instruction that may fault. */
static void careful(const char *values, unsigned count)
{
	uint32_t from = open_instruction();

	bytes(values, count);
	close_instruction(from);
}
#define CAREFUL(text) careful(text, sizeof(text) - 1)

static void raise_line(void)
{
	CODE("\x50\x52\x66\xba\xf9\x03\xb0\x00\xee\xb0\x02\xee\x5a\x58"); /* push eax, edx; out 3f9h: 0, 2; pop edx, eax */
}

/* Sometimes an interrupt waits for it. */
void make_cli(void)
{
	bool line = has(OP_irq) && below(3) == 0;

	byte(0xfa);
	if (line)
		raise_line();
	CODE("\x43\x01\xd8"); /* inc ebx; add eax, ebx */
	byte(0xfb);
	if (below(2))
		byte(0x41); /* inc ecx: still held off */
	else
		byte(0xfa);
	if (below(2))
		byte(0xfa);
}

void make_pushf(void)
{
	if (below(3) == 0)
		byte(below(2) ? 0xfb : 0xfa);
	switch (below(3)) {
	case 0: CODE("\x9c\x58"); break; /* pushfd; pop eax */
	case 1: CODE("\x66\x9c\x66\x5a"); break; /* pushf; pop dx */
	default: CODE("\x9c\x9c\x8b\x54\x24\x04\x83\xc4\x08"); /* twice; mov edx, [esp + 4]; add esp, 8 */
	}
}

/* Not TF, NT, VM, RF, AC; IOPL as it comes. */
void make_popf(void)
{
	if (has(OP_irq) && below(3) == 0) {
		byte(0xfa);
		raise_line();
	}
	byte(0x68);
	dword((random_number() & 0x00203ed5) | 2);
	if (below(5) == 0)
		CODE("\x66\x9d\x66\x58"); /* popf; pop ax */
	else
		byte(0x9d);
	if (below(2))
		CODE("\x9c\x5b"); /* pushfd; pop ebx */
}

void make_from_cr(void)
{
	static const uint8_t numbers[] = {0, 2, 3, 4};

	if (below(3) == 0) { /* smsw reg */
		CODE("\x0f\x01");
		byte(0xe0 | any_register());
		return;
	}
	CODE("\x0f\x20");
	byte(0xc0 | numbers[below(4)] << 3 | any_register());
}

/* CR2; CR0 with WP or TS changed; CR3 and CR4 as they are; CLTS, LMSW, INVLPG; a CR0 that cannot be. */
void make_to_cr(void)
{
	static const uint32_t values[] = {0x80010011, 0x80010019, 0x80000011, 0x80010013};
	unsigned reg = any_register();

	switch (below(7)) {
	case 0: CODE("\x0f\x22"); byte(0xd0 | any_register()); break;
	case 1:
		load_register(reg, values[below(4)]);
		CODE("\x0f\x22"), byte(0xc0 | reg);
		break;
	case 2: CODE("\x0f\x20\xd8\x0f\x22\xd8"); break; /* mov eax, cr3; mov cr3, eax */
	case 3: CODE("\x0f\x06"); break; /* clts */
	case 4:
		load_register(EAX, 0x11 | below(2) << 3);
		CODE("\x0f\x01\xf0"); /* lmsw ax */
		break;
	case 5: CODE("\x0f\x01\x7d\x00"); break; /* invlpg [ebp] */
	default:
		load_register(reg, 0x80000010);
		if (has(OP_fault)) {
			const char load[] = {0x0f, 0x22, (char)(0xc0 | reg)};

			careful(load, 3);
		}
	}
	CODE("\x0f\x20\xc0"); /* mov eax, cr0 */
	if (below(2))
		CODE("\x0f\x20\xd2"); /* mov edx, cr2 */
}

/* SGDT, SIDT, SLDT, STR, SMSW, LAR, LSL, VERR, VERW. */
void make_tables(void)
{
	static const uint8_t rights[] = {0x02, 0x03};
	unsigned kind = below(8);
	uint32_t from;

	if (kind < 2) {
		load_register(ECX, 8 * below(8) + below(4));
		byte(0x0f), byte(rights[kind]), byte(0xc1); /* lar or lsl eax, ecx */
		return;
	}
	if (kind == 2) {
		load_register(ECX, 8 * below(8));
		byte(0x0f), byte(0), byte((below(2) ? 0xe0 : 0xe8) | ECX); /* verr, verw */
		return;
	}
	if (kind == 3) { /* sldt or str reg */
		if (below(3) == 0)
			byte(0x66);
		byte(0x0f), byte(0), byte(0xc0 | below(2) << 3 | any_register());
		return;
	}
	from = open_instruction();
	byte(0x0f);
	if (kind < 6) {
		byte(0x01); /* sgdt, sidt */
		any_operand(below(2));
	} else if (kind == 6) {
		byte(0x01); /* smsw */
		any_operand(4);
	} else {
		byte(0x00); /* sldt, str */
		any_operand(below(2));
	}
	close_instruction(from);
}

/* Selectors that are fine, null, of another RPL, of code, of the TSS, beyond the GDT. */
static uint32_t any_selector(void)
{
	static const uint16_t selectors[] = {0x10, 0x10, 0x10, 0x00, 0x08, 0x11, 0x12, 0x13, 0x20, 0x23, 0x28, 0x30, 0x31, 0x33, 0x38, 0xffdb,
	                                     0xffd9, 0x1000};

	return selectors[below(has(OP_fault) ? 18 : 4)];
}

/* ES and FS are free for it; DS, SS and GS stay what they are, and are read. */
static void load_segment(void)
{
	static const uint8_t segments[] = {0, 4};
	unsigned reg = segments[below(2)], kind = below(3);
	uint32_t from;

	if (kind == 0) {
		load_register(EAX, any_selector() | random_number() << 16);
		const char load[] = {(char)0x8e, (char)(0xc0 | reg << 3)};

		careful(load, 2);
	} else if (kind == 1) { /* mov sreg, [ebp + 20h] */
		CODE("\xc7\x45\x20");
		dword(any_selector());
		from = open_instruction();
		byte(0x8e), byte(0x45 | reg << 3), byte(0x20);
		close_instruction(from);
	} else { /* push; pop es; what a fault leaves on the stack goes by EDI */
		CODE("\x89\xe7\x68");
		dword(any_selector());
		if (reg == 0)
			CAREFUL("\x07");
		else
			CAREFUL("\x0f\xa1");
		CODE("\x89\xfc"); /* mov esp, edi */
	}
	CODE("\x6a\x10\x07"); /* push 10h; pop es: strings want it back */
}

void make_segment(void)
{
	switch (below(7)) {
	case 0: /* mov reg, sreg */
		byte(0x8c), byte(0xc0 | below(6) << 3 | any_register());
		break;
	case 1: { /* mov m16, sreg */
		uint32_t from = open_instruction();

		byte(0x8c);
		any_operand(below(6));
		close_instruction(from);
		break;
	}
	case 2: /* push cs, ss, ds, es; pop eax */
		byte(0x06 + 8 * below(4)), byte(0x58);
		break;
	case 3: /* push fs or gs; pop edx */
		byte(0x0f), byte(below(2) ? 0xa0 : 0xa8), byte(0x5a);
		break;
	case 4: /* mov eax, gs:[...]; its base is 16 */
		byte(0x65), byte(0xa1), dword((uint32_t)data + 4 * below(8));
		break;
	case 5: /* mov eax, cs:[...] */
		byte(0x2e), byte(0x8b), data_operand(EAX, 4);
		break;
	default:
		load_segment();
	}
}

/* Scratch registers of the UARTs, and a port at which nothing is. */
void make_port(void)
{
	static const uint16_t ports[] = {0x3ff, 0x2ff, 0x80};
	bool write = below(2);
	unsigned wide = below(3);

	load_register(EDX, ports[below(3)] | random_number() << 16);
	if (wide == 1)
		byte(0x66);
	byte((write ? 0xee : 0xec) + (wide > 0));
	if (below(3) == 0)
		byte(write ? 0xe6 : 0xe4), byte(0x80);
}

void make_int(void)
{
	switch (below(4)) {
	case 0: CODE("\xcd\x81"); break;
	case 1: CODE("\xcc"); break;
	case 2: CODE("\xb0\x7f\x04\x01\xce"); break; /* mov al, 7fh; add al, 1; into */
	default: CODE("\x30\xc0\xce"); break; /* xor al, al; into */
	}
	if (below(3) == 0)
		CODE("\x31\xc0\x0f\xa2"); /* xor eax, eax; cpuid */
}

/* IRET, far RET, far JMP, far CALL, all in the kernel's own segment. */
void make_far(void)
{
	uint32_t place;

	switch (below(4)) {
	case 0:
		CODE("\x68");
		dword((random_number() & 0x00200ed5) | 2);
		CODE("\x6a\x08\x68");
		place = here();
		dword(0);
		CODE("\xcf\x0f\x0b");
		break;
	case 1:
		CODE("\x6a\x08\x68");
		place = here();
		dword(0);
		CODE("\xcb\x0f\x0b");
		break;
	case 2:
		CODE("\xea");
		place = here();
		dword(0);
		CODE("\x08\x00\x0f\x0b");
		break;
	default:
		CODE("\x9a");
		place = here();
		dword(0);
		CODE("\x08\x00\xeb\x01");
		patch(place, here());
		CODE("\xcb");
		return;
	}
	patch(place, here());
}

/* An interrupt at once, or when HLT waits for it. */
void make_irq(void)
{
	byte(0xfa);
	raise_line();
	if (below(3) == 0)
		CODE("\xfb\xf4\xfa"); /* sti; hlt; cli */
	else
		CODE("\xfb\x90\x90\xfa");
}

/* #UD, #DE, #PF, #GP: ordinary instructions at their worst. */
void make_fault(void)
{
	uint32_t from;

	switch (below(5)) {
	case 0: CAREFUL("\x0f\x0b"); break;
	case 1: CODE("\x31\xc9"); CAREFUL("\xf7\xf1"); break; /* xor ecx, ecx; div ecx */
	case 2:
		from = open_instruction();
		byte(below(2) ? 0xa1 : 0xa3), dword((uint32_t)absent_page + 4 * below(1000));
		close_instruction(from);
		break;
	case 3: /* jmp [absent], call [absent] */
		from = open_instruction();
		byte(0xff), byte(below(2) ? 0x25 : 0x15), dword((uint32_t)absent_page);
		close_instruction(from);
		break;
	default:
		from = open_instruction();
		byte(0xf7), byte(0x15), dword((uint32_t)read_only_page); /* not dword [...] */
		close_instruction(from);
	}
}
