/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/kernel_system.c - slots that touch what only a kernel has: control, debug and table registers,
 * segments, flags, interrupts, user code; and slots that read it by instructions that do not trap.
 */
#include "tests/oracle/kernel_maker.h"

#include "tests/trap/rig.h"

void slot_flip_control(struct maker *maker)
{
	static const uint32_t bits[] = {CR0_WP, CR0_WP, CR0_WP, CR0_TS, CR0_AM, CR0_NE};

	if (!pick(maker, 6)) { /* CR4: PGE, DE or TSD */
		PUT(maker, "\x0f\x20\xe0\x35");
		number(maker, 1u << (pick(maker, 2) ? 7 : 2 + pick(maker, 2)), 4);
		PUT(maker, "\x0f\x22\xe0");
		return;
	}
	PUT(maker, "\x0f\x20\xc0\x35");
	number(maker, ANY_OF(maker, bits), 4);
	PUT(maker, "\x0f\x22\xc0");
	touch_memory(maker);
}

static uint8_t selector(struct maker *maker)
{
	static const uint8_t selectors[] = {RIG_DATA0, RIG_DATA0, RIG_DATA0, RIG_DATA0, RIG_DATA3, RIG_SMALL, 0,
	                                    RIG_READ_ONLY, RIG_CODE0, RIG_FREE, RIG_FREE, RIG_FREE + 8, 4, 12,
	                                    RIG_TASK, RIG_GDT_END, RIG_CONFORMING, RIG_DATA3 | 3};

	return ANY_OF(maker, selectors);
}

void slot_load_segment(struct maker *maker)
{
	static const uint8_t registers[] = {ES, DS, DS, FS, GS, SS};
	uint8_t reg = ANY_OF(maker, registers), value = selector(maker);

	if (reg == SS)
		value = RIG_DATA0; /* flat, or the handlers would be lost */
	if (pick(maker, 4)) {
		PUT(maker, "\xb8");
		number(maker, value, 4);
		number(maker, 0x8e, 1);
		number(maker, 0xc0 | reg << 3, 1);
	} else if (pick(maker, 2)) {
		static const char *const pops[] = {[ES] = "\x07", [SS] = "\x17", [DS] = "\x1f", [FS] = "\x0f\xa1",
		                                   [GS] = "\x0f\xa9"};

		PUT(maker, "\x6a");
		number(maker, value & 0x7f, 1);
		bytes(maker, pops[reg], (unsigned)strlen(pops[reg]));
	} else {
		store(maker, SCRATCH, any(maker));
		store_byte(maker, SCRATCH + 4, value);
		PUT(maker, "\x36\x0f"); /* LSS, LFS, LGS */
		number(maker, reg == SS ? 0xb2 : reg == FS ? 0xb4 : 0xb5, 1);
		PUT(maker, "\x05"); /* EAX */
		number(maker, SCRATCH, 4);
	}
	touch_memory(maker);
	touch_memory(maker);
}

void slot_edit_descriptor(struct maker *maker)
{
	static const uint32_t high[] = {0x00cf9300, 0x00cf9200, 0x00cf1200, 0x00cff300, 0x00409300, 0x00cf9700,
	                                0x00cf9b00, 0x00cf9a00, 0x00cf8b00, 0x00cf9500, 0x00cfb300, 0xffcf9300};
	uint32_t at = RIG_GDT + RIG_FREE + (pick(maker, 2) ? 8 : 0);

	store(maker, at, pick(maker, 2) ? 0x0000ffff : 0x10000000 | (any(maker) & 0xffff));
	store(maker, at + 4, ANY_OF(maker, high));
	touch_memory(maker);
}

void slot_load_table(struct maker *maker)
{
	switch (pick(maker, 5)) {
	case 0: PUT(maker, "\x36\x0f\x01\x1d"), number(maker, IDT_POINTER, 4); break;
	case 1: PUT(maker, "\xb8\x30\0\0\0\x0f\x00\xd0"); break; /* LLDT */
	case 2: PUT(maker, "\xb8\x28\0\0\0\x0f\x00\xd8"); break; /* LTR: busy, #GP */
	default:
		PUT(maker, "\x36\x0f\x01\x15");
		number(maker, pick(maker, 2) ? GDT_POINTER : GDT_2_POINTER, 4);
		break;
	}
}

void slot_interrupt(struct maker *maker)
{
	static const char *const raisers[] = {"\xcc", "\x0f\x0b", "\xf6\xf1", "\xcd\x21", "\xcd\x05"};

	switch (pick(maker, 8)) {
	case 0: PUT(maker, "\xb9\0\0\0\0\xf7\xf1"); break; /* divide by zero */
	case 1: PUT(maker, "\xb0\x7f\x04\x7f\xce"); break; /* INTO */
	case 2: PUT(maker, "\x36\x62\x05"), number(maker, LOG_POINTER, 4); break; /* BOUND */
	default: {
		const char *raiser = ANY_OF(maker, raisers);

		bytes(maker, raiser, (unsigned)strlen(raiser));
		break;
	}
	}
}

void slot_system_register(struct maker *maker)
{
	switch (pick(maker, 9)) {
	case 0: PUT(maker, "\xe6\x80"); break;             /* OUT */
	case 1: PUT(maker, "\xe4\x80"); break;             /* IN */
	case 2: PUT(maker, "\xb9\x74\x01\0\0\x0f\x30"); break; /* WRMSR */
	case 3: PUT(maker, "\xb9\x75\x01\0\0\x0f\x32"); break; /* RDMSR */
	case 4: PUT(maker, "\x0f\x23\xc8"); break;         /* MOV DR1, EAX */
	case 5: PUT(maker, "\x0f\x21\xd3"); break;         /* MOV EBX, DR2 */
	case 6: PUT(maker, "\x0f\x06"); break;             /* CLTS */
	case 7: PUT(maker, "\xfb\x90\xfa"); break;         /* STI, CLI */
	default: PUT(maker, "\x0f\x09"); break;            /* WBINVD */
	}
}

void slot_far_jump(struct maker *maker)
{
	static const uint8_t selectors[] = {RIG_CODE0, RIG_CODE0, RIG_CODE0, RIG_CODE3, RIG_DATA0, RIG_FREE, 0, RIG_CODE1};

	number(maker, 0xea, 1);
	number(maker, maker->address + SLOT, 4);
	number(maker, ANY_OF(maker, selectors), 2);
}

/* To ring 3 by STI and IRET; back by whatever the user code raises. */
void slot_excursion(struct maker *maker)
{
	uint32_t flags = EFLAGS_IF | EFLAGS_FIXED | (pick(maker, 4) ? 0 : EFLAGS_AC);

	if (maker->program->debugs && !pick(maker, 8))
		flags |= EFLAGS_TF;
	store(maker, NEXT_SLOT, maker->address + SLOT);
	PUT(maker, "\x6a\x23\x68");
	number(maker, RIG_STACK3, 4);
	PUT(maker, "\x68");
	number(maker, flags, 4);
	PUT(maker, "\x6a\x1b\x68");
	number(maker, USER_CODE + pick(maker, USER_SLOTS) * SLOT, 4);
	PUT(maker, "\xfb\xcf");
}

/* ---- what tells the truth to whoever asks ---- */

static void read_table_register(struct maker *maker)
{
	PUT(maker, "\x36\x0f\x01"); /* SGDT, SIDT */
	number(maker, pick(maker, 2) ? 0x05 : 0x0d, 1);
	number(maker, trail(maker), 4);
}

static void ask_about_selector(struct maker *maker)
{
	static const char *const questions[] = {"\x0f\x02\xc1", "\x0f\x03\xc1", "\x0f\x00\xe1", "\x0f\x00\xe9"};
	const char *question = ANY_OF(maker, questions); /* LAR, LSL, VERR, VERW */

	PUT(maker, "\x31\xc0\xb9");
	number(maker, selector(maker), 4);
	bytes(maker, question, 3);
	PUT(maker, "\x0f\x94\xc4"); /* SETZ AH */
	observe(maker);
}

void slot_read_sensitive(struct maker *maker)
{
	static const char *const reads[] = {
		"\x0f\x01\xe0", /* SMSW EAX */
		"\x0f\x00\xc8", /* STR */
		"\x31\xc0\x0f\x00", /* SLDT, whose last byte is 0C0h */
		"\x8c\xc8", "\x8c\xd0", "\x8c\xe8", "\x8c\xe0", /* MOV EAX, CS, SS, GS, FS */
		"\x0e\x58", "\x16\x58", "\x1e\x58", "\x0f\xa8\x58", /* PUSH CS, SS, DS, GS, and POP EAX */
		"\x9c\x58", "\x9c\x58", "\x9c\x58", /* PUSHF */
		"\x66\x9c\x66\x58",
		"\x60\x9c\x61\x58", /* PUSHA, PUSHF, POPA */
		"\x0f\x20\xc0", "\x0f\x20\xd0", "\x0f\x20\xd8", "\x0f\x20\xe0", /* control registers */
		"\x0f\x21\xf0", "\x0f\x21\xf8", /* DR6, DR7 */
		"\xb8\x01\x00\x00\x00\x0f\xa2",  /* no strlen: see below */
	};
	unsigned choice = pick(maker, sizeof reads / sizeof *reads + 4);

	if (choice >= sizeof reads / sizeof *reads) {
		if (pick(maker, 3))
			ask_about_selector(maker);
		else
			read_table_register(maker);
		return;
	}
	if (choice == 2)
		PUT(maker, "\x31\xc0\x0f\x00\xc0");
	else if (choice == sizeof reads / sizeof *reads - 1)
		PUT(maker, "\x31\xc0\x0f\xa2\x31\xd0"); /* CPUID leaf 0: leaf 1 tells of a hypervisor */
	else
		bytes(maker, reads[choice], (unsigned)strlen(reads[choice]));
	observe(maker);
}

/* ---- flags, single steps, breakpoints ---- */

void slot_load_flags(struct maker *maker)
{
	static const uint32_t bits[] = {EFLAGS_IF, EFLAGS_IF, EFLAGS_IF, EFLAGS_IOPL, EFLAGS_AC, EFLAGS_DF, EFLAGS_ID,
	                                EFLAGS_CF | EFLAGS_ZF, EFLAGS_OF, EFLAGS_RF};
	uint32_t flags = EFLAGS_FIXED;

	for (unsigned i = 0; i < 4; i++)
		flags |= ANY_OF(maker, bits);
	if (!maker->program->debugs)
		flags &= ~(uint32_t)EFLAGS_RF;
	if (!pick(maker, 16))
		flags |= EFLAGS_NT;
	switch (pick(maker, 4)) {
	case 0: /* by an IRET within ring 0 */
		PUT(maker, "\x68");
		number(maker, flags, 4);
		PUT(maker, "\x0e\x68");
		number(maker, here(maker) + 5, 4);
		PUT(maker, "\xcf");
		break;
	case 1: /* 16 bits */
		PUT(maker, "\x66\x68");
		number(maker, flags, 2);
		PUT(maker, "\x66\x9d");
		break;
	default:
		PUT(maker, "\x68");
		number(maker, flags, 4);
		PUT(maker, "\x9d");
		break;
	}
	PUT(maker, "\x9c\x58");
	observe(maker);
}

void slot_single_step(struct maker *maker)
{
	static const char *const steps[] = {"\x40", "\x9c\x58", "\xfa", "\xfb", "\x8e\xd0", "\x74\x01\x40", "\x0f\x20\xc0",
	                                    "\x0e\x58", "\xcd\x21", "\xe4\x80"};

	PUT(maker, "\xb8\x10\0\0\0\x9c\x81\x0c\x24\0\x01\0\0\x9d"); /* PUSHF, OR, POPF */
	for (unsigned i = 0; i < 3; i++) {
		const char *step = ANY_OF(maker, steps);

		if (pick(maker, 3))
			bytes(maker, step, (unsigned)strlen(step));
		else
			touch_memory(maker);
	}
}

void slot_set_breakpoint(struct maker *maker)
{
	unsigned which = pick(maker, 4);
	bool code = !pick(maker, 3);
	uint32_t kind = code ? 0 : pick(maker, 2) ? 1 : 3, length = code ? 0 : pick(maker, 2) ? 3 : pick(maker, 2);
	uint32_t address = code ? CODE + (maker->index + 1 + pick(maker, 8)) * SLOT : data_address(maker);

	PUT(maker, "\xb8");
	number(maker, address, 4);
	number(maker, 0x230f, 2);
	number(maker, 0xc0 | which << 3, 1);
	PUT(maker, "\xb8");
	number(maker, 0x400 | 1u << (2 * which) | (kind | length << 2) << (16 + 4 * which) | (pick(maker, 16) ? 0 : 0x2000), 4);
	PUT(maker, "\x0f\x23\xf8");
	if (pick(maker, 2)) { /* touches it, and takes it back */
		PUT(maker, "\xa3");
		number(maker, address, 4);
	}
	if (pick(maker, 4))
		PUT(maker, "\x31\xc0\x0f\x23\xf8");
}

/* ---- interrupts: the UART's line goes up at an OUT, at any state of IF ---- */

void slot_raise_line(struct maker *maker)
{
	static const char *const afterwards[] = {"\xfb\x40\x41", "\xfa\x40", "\xfb\xfa\x40", "\x43\xfb\x8e\xd0\x40", "\x40",
	                                         "\xfb\xf4\x40", "\xfb\xf4"};
	unsigned choice = pick(maker, sizeof afterwards / sizeof *afterwards);

	if (choice >= 5 || pick(maker, 2)) /* who halts must know that something will wake him */
		PUT(maker, "\xfa");
	PUT(maker, "\xba\xf9\x03\0\0\x30\xc0\xee\xb0\x02\xee"); /* LINE: 0, 2 */
	if (choice == 3)
		PUT(maker, "\xb8\x10\0\0\0");
	if (pick(maker, 6) || choice >= 5)
		bytes(maker, afterwards[choice], (unsigned)strlen(afterwards[choice]));
	else
		slot_load_flags(maker);
}
