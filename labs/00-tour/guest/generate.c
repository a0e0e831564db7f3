/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/00-tour/guest/generate.c - small pieces of code, each about one thing, put in random order with random operands. Encodings: Intel
 * SDM volume 2, appendix B. EBP is where an exception's handler goes on; all other registers but ESP are anybody's.
 */
#include "guest.h"

uint8_t program[PAGE] __attribute__((aligned(4096)));
static uint32_t size;
static unsigned fresh;

/* ---- bytes ---- */

static void byte(unsigned value)
{
	program[size++] = (uint8_t)value;
}

static void bytes(unsigned first, unsigned second, unsigned third)
{
	byte(first);
	byte(second);
	byte(third);
}

static void put_dword(uint32_t at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		program[at + i] = (uint8_t)(value >> 8 * i);
}

static void dword(uint32_t value)
{
	put_dword(size, value);
	size += 4;
}

enum { EAX_, ECX_, EDX_, EBX_, ESP_, EBP_, ESI_, EDI_ };

static void load(unsigned reg, uint32_t value) /* mov reg, imm32 */
{
	byte(0xb8 + reg);
	dword(value);
}

static unsigned any_register(void)
{
	static const uint8_t free[] = {EAX_, ECX_, EDX_, EBX_, ESI_, EDI_};

	return free[below(6)];
}

/* mov ebp, address behind what follows: give it to `close`. */
static uint32_t open(void)
{
	load(EBP_, 0);
	return size - 4;
}

static void close(uint32_t at)
{
	put_dword(at, (uint32_t)program + size);
}

/* ---- pieces ---- */

static void one_byte(unsigned opcode)
{
	uint32_t at = open();

	byte(opcode);
	close(at);
}

static void make_cli(void) { one_byte(0xfa); }
static void make_sti(void) { one_byte(0xfb); }
static void make_hlt(void) { one_byte(0xf4); } /* in ring 3 alone: nothing would wake the kernel */

static void make_pushf(void)
{
	byte(0x9c);
	byte(0x58 + any_register());
}

static void make_popf(void) /* push flags; popfd */
{
	byte(0x68);
	dword(2 | (below(2) << 9) | (random_number() & 0xd5));
	byte(0x9d);
}

static void make_from_cr(void)
{
	static const uint8_t numbers[] = {0, 3, 4};
	uint32_t at = open();

	bytes(0x0f, 0x20, 0xc0 | numbers[below(3)] << 3 | any_register());
	close(at);
}

static void make_to_cr3(void)
{
	unsigned reg = any_register();

	load(reg, (uint32_t)directories[below(2)]);
	bytes(0x0f, 0x22, 0xc0 | 3 << 3 | reg);
}

static void make_smsw(void) { bytes(0x0f, 0x01, 0xe0 | any_register()); }
static void make_str(void) { bytes(0x0f, 0x00, 0xc8 | any_register()); }

static void make_mov_selector(void) /* of CS, or SS */
{
	byte(0x8c);
	byte(0xc0 | (1 + below(2)) << 3 | any_register());
}

static void make_push_cs(void)
{
	byte(0x0e);
	byte(0x58 + any_register());
}

static void make_store_table(unsigned reg)
{
	bytes(0x83, 0xec, 8); /* sub esp, 8 */
	bytes(0x0f, 0x01, 0x04 | reg << 3);
	byte(0x24); /* [esp] */
	bytes(0x83, 0xc4, 8);
}

static void make_sgdt(void) { make_store_table(0); }
static void make_sidt(void) { make_store_table(1); }

static void make_port(unsigned opcode) /* the scratch register of an UART */
{
	uint32_t at;

	load(EDX_, below(2) ? 0x3ff : 0x2ff);
	load(EAX_, random_number());
	at = open();
	byte(opcode);
	close(at);
}

static void make_in(void) { make_port(0xec); }
static void make_out(void) { make_port(0xee); }

static void make_ud(void)
{
	uint32_t at = open();

	byte(0x0f);
	byte(0x0b);
	close(at);
}

static void make_div(void)
{
	uint32_t at = open();

	load(ECX_, 0);
	byte(0xf7);
	byte(0xf1);
	close(at);
}

static void make_access(const uint8_t *page, bool store) /* mov eax, [page], or back */
{
	uint32_t at = open();

	byte(store ? 0xa3 : 0xa1);
	dword((uint32_t)page + 4 * below(1000));
	close(at);
}

static void make_absent(void) { make_access(absent_page, below(2)); }
static void make_system(void) { make_access(system_page, below(2)); }
static void make_read_only(void) { make_access(read_only_page, true); }
static void make_fresh(void) { make_access(fresh_pages[fresh++ % FRESH_PAGES], below(2)); }

static void make_int(void)
{
	byte(0xcd);
	byte(0x30);
}

/* ---- programs ---- */

static const struct piece {
	void (*make)(void);
	bool kernel, user;
} pieces[] = {
	{make_cli, true, true},      {make_sti, true, true},       {make_hlt, false, true},     {make_pushf, true, true},
	{make_popf, true, true},     {make_from_cr, true, true},   {make_to_cr3, true, false},  {make_smsw, true, true},
	{make_str, true, true},      {make_mov_selector, true, true}, {make_push_cs, true, true}, {make_sgdt, true, true},
	{make_sidt, true, true},     {make_in, true, true},        {make_out, true, true},      {make_ud, true, true},
	{make_div, true, true},      {make_absent, true, true},    {make_system, false, true},  {make_read_only, true, true},
	{make_fresh, true, true},    {make_int, true, true},
};

enum { PIECES = sizeof pieces / sizeof *pieces };

/* Every piece once, in random order (Durstenfeld's shuffle). */
static void make_all(bool user)
{
	uint8_t order[PIECES];

	for (unsigned i = 0; i < PIECES; i++)
		order[i] = (uint8_t)i;
	for (unsigned i = PIECES - 1; i > 0; i--) {
		unsigned with = below(i + 1);
		uint8_t kept = order[i];

		order[i] = order[with];
		order[with] = kept;
	}
	for (unsigned i = 0; i < PIECES; i++)
		if (user ? pieces[order[i]].user : pieces[order[i]].kernel)
			pieces[order[i]].make();
}

void generate(bool user)
{
	size = 0;
	for (unsigned i = 0; i < 3; i++)
		make_all(user);
	if (user) {
		byte(0xcd);
		byte(0x31);
	} else {
		byte(0xfa); /* cli; ret */
		byte(0xc3);
	}
}
