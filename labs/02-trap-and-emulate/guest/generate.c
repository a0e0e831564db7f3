/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 02-trap-and-emulate/guest/generate.c - code made up from random numbers: each operation in all the forms that its instruction has,
 * allowed and forbidden. Encodings: Intel SDM volume 2, appendix B.
 */
#include "guest.h"

struct program program;

static void byte(unsigned value)
{
	program.code[program.size++] = (uint8_t)value;
}

static void dword(uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		byte(value >> 8 * i & 0xff);
}

/* Where an instruction begins that may fault, and where it is done. */
static uint32_t open_instruction(void)
{
	return program.size;
}

static void close_instruction(uint32_t from)
{
	program.behind[from] = (uint16_t)program.size;
}

static void load_register(unsigned reg, uint32_t value) /* mov reg, imm32 */
{
	byte(0xb8 + reg);
	dword(value);
}

static void one_byte(unsigned opcode)
{
	uint32_t from = open_instruction();

	byte(opcode);
	close_instruction(from);
}

/* ---- operations ---- */

static void make_sti(void)
{
	one_byte(0xfb);
	if (below(3) == 0 && has(OP_cli))
		one_byte(0xfa); /* no interrupt may come between the two */
}

/* In ring 0 something must wake it. */
static void make_hlt(bool user)
{
	if (!user && !has(OP_irq))
		return;
	one_byte(0xfb);
	one_byte(0xf4);
}

/* Scratch registers of the UARTs, mask registers of the PICs (only read), the POST port, one that nothing is at. */
static uint16_t choose_port(bool write)
{
	static const uint16_t ports[] = {0x3ff, 0x2ff, 0x80, 0xed, 0x21, 0xa1};

	return ports[below(write ? 4 : 6)];
}

static void make_port(bool write)
{
	uint16_t port = choose_port(write);
	unsigned wide = below(3), opcode = write ? 0xe6 : 0xe4;
	bool by_dx = port > 0xff || below(2);
	uint32_t from;

	if (port == 0xa1 || port == 0x21)
		wide = 0;
	load_register(0, random_number());
	load_register(2, port | random_number() << 16);
	from = open_instruction();
	if (wide == 1)
		byte(0x66);
	byte(opcode + (by_dx ? 8 : 0) + (wide > 0));
	if (!by_dx)
		byte(port);
	close_instruction(from);
}

static unsigned general_register(void) /* not ESP */
{
	unsigned reg = below(7);

	return reg < 4 ? reg : reg + 1;
}

static void make_from_cr(void)
{
	static const uint8_t numbers[] = {0, 2, 3, 4, 0, 2, 3, 4, 1, 5};
	uint32_t from = open_instruction();

	byte(0x0f);
	byte(0x20);
	byte(0xc0 | numbers[below(10)] << 3 | general_register());
	close_instruction(from);
}

static uint32_t value_for_cr(unsigned number)
{
	static const uint32_t cr0[] = {0x80010011, 0x80010013, 0x80000011, 0x80050011, 0x80010019, 0xc0010011,
	                               0xe0010011, 0xa0010011, 0x80010010, 0x80090011};
	static const uint32_t cr4[] = {0, 4, 8, 0x80, 0x0c, 0x80000000, 0x800, 0x84, 0x2000};

	switch (number) {
	case 0: return cr0[below(10)];
	case 3: return (uint32_t)directories[below(2)] | (below(4) ? 0 : 0x18);
	case 4: return cr4[below(9)];
	default: return random_number();
	}
}

static void make_to_cr(void)
{
	static const uint8_t numbers[] = {0, 2, 3, 4, 0, 2, 3, 4, 0, 1};
	unsigned number = numbers[below(10)], reg = general_register();
	uint32_t from;

	load_register(reg, value_for_cr(number));
	from = open_instruction();
	byte(0x0f);
	byte(0x22);
	byte(0xc0 | number << 3 | reg);
	close_instruction(from);
}

/* Copies of the operand, some of them where not all of it can be read. A 16-bit operand size takes 24 bits of the base. */
static uint32_t place_operand(const struct table *tables, bool narrow)
{
	static uint8_t places[64][8];
	static unsigned used;
	uint8_t *place = places[used++ % 64];
	struct table table = tables[below(2)];

	if (narrow)
		table.base |= random_number() & 0xff000000;
	if (below(8) == 0)
		return (uint32_t)absent_page + below(PAGE - 6);
	if (below(8) == 0)
		return (uint32_t)absent_page - 1 - below(5);
	for (unsigned i = 0; i < 6; i++)
		place[i] = ((const uint8_t *)&table)[i];
	return (uint32_t)place;
}

static void make_table(unsigned reg, const struct table *tables)
{
	bool narrow = below(3) == 0;
	uint32_t address = place_operand(tables, narrow), part = random_number() & 0xfff, from;
	unsigned form = below(3);

	load_register(3, form == 2 ? address - part : address);
	load_register(1, part >> 2);
	from = open_instruction();
	if (narrow)
		byte(0x66);
	byte(0x0f);
	byte(0x01);
	if (form == 0) { /* [disp32] */
		byte(0x05 | reg << 3);
		dword(address);
	} else if (form == 1) { /* [ebx] */
		byte(0x03 | reg << 3);
	} else { /* [ebx + ecx * 4 + disp8] */
		byte(0x44 | reg << 3);
		byte(0x8b);
		byte(part & 3);
	}
	close_instruction(from);
}

/* In ring 0: a frame with arbitrary flags (not TF, NT, VM; IOPL stays 0), and sometimes a selector that cannot be. */
static void make_iret(bool user)
{
	static const uint32_t selectors[] = {8, 8, 8, 8, 8, 0, 0x10, 0x78, 0x28};
	uint32_t flags = random_number() & 0x00240ed5, selector = selectors[below(9)], target, from;

	if (user)
		return;
	byte(0x68);
	dword(flags | 2);
	byte(0x68);
	dword(selector | random_number() << 16);
	byte(0x68);
	target = program.size;
	dword(0);
	from = open_instruction();
	byte(0xcf);
	close_instruction(from);
	/* A fault comes here, where the frame still is; a return goes behind that. */
	byte(0x83), byte(0xc4), byte(12); /* add esp, 12 */
	for (unsigned i = 0; i < 4; i++)
		program.code[target + i] = ((uint32_t)program.code + program.size) >> 8 * i & 0xff;
	byte(0xfc); /* cld */
}

static void make_ud(void)
{
	uint32_t from = open_instruction();

	byte(0x0f);
	byte(0x0b);
	close_instruction(from);
}

static void make_de(void)
{
	uint32_t from;

	load_register(1, 0);
	from = open_instruction();
	byte(0xf7);
	byte(0xf1); /* div ecx */
	close_instruction(from);
}

static void make_pf(void)
{
	uint8_t *const pages[] = {absent_page, system_page, read_only_page};
	uint32_t from = open_instruction();

	byte(below(2) ? 0xa1 : 0xa3); /* mov eax, [page] and back */
	dword((uint32_t)pages[below(3)] + 4 * below(1000));
	close_instruction(from);
}

static void make_irq(void)
{
	load_register(1, 2000 + below(20000));
	byte(0x49); /* dec ecx; jnz: time for an interrupt */
	byte(0x75);
	byte(0xfd);
}

static void make(enum operation operation, bool user)
{
	switch (operation) {
	case OP_cli: one_byte(0xfa); break;
	case OP_sti: make_sti(); break;
	case OP_hlt: make_hlt(user); break;
	case OP_in: make_port(false); break;
	case OP_out: make_port(true); break;
	case OP_fromcr: make_from_cr(); break;
	case OP_tocr: make_to_cr(); break;
	case OP_lgdt: make_table(2, gdt_tables); break;
	case OP_lidt: make_table(3, idt_tables); break;
	case OP_iret: make_iret(user); break;
	case OP_ud: make_ud(); break;
	case OP_de: make_de(); break;
	case OP_pf: make_pf(); break;
	case OP_irq: make_irq(); break;
	default: break;
	}
}

void generate(unsigned count, bool user)
{
	enum { LONGEST = 40 };

	program.size = 0;
	for (unsigned i = 0; i < CODE_SIZE; i++)
		program.behind[i] = 0;
	while (count > 0 && program.size < CODE_SIZE - LONGEST) {
		enum operation operation = (enum operation)below(OPERATIONS);

		if (!has(operation))
			continue;
		make(operation, user);
		count--;
	}
	if (user) {
		byte(0xcd);
		byte(0x80); /* int 80h */
	} else {
		byte(0xc3); /* ret */
	}
}
