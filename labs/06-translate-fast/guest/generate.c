/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 06-translate-fast/guest/generate.c - functions made up from random numbers, one maker for each operation: what a translation cache
 * must get right, or can be quick at. Encodings: Intel SDM volume 2, appendix B.
 *
 * EAX is what is computed, ECX counts a loop, EBX, EDX, ESI and EDI are for use inside an operation.
 */
#include "guest.h"

enum {
	LEAVES = 8, FUNCTIONS = 64, TABLES = 8, TARGETS = 16,
	FIRST = 0x80, LAST = 0x900, /* of a page, for functions; before it there is what begins in the page before */
	FAR_LEAVES = 0xc00, TABLE_LEAVES = 0xe00, STRIDE = 0x30,
};

static uint32_t at;   /* where the next byte goes: an address of the window */
static uint32_t swap; /* which of its two frames page SWAP has now */
static uint32_t used[CODE_PAGES];
static uint32_t leaf[LEAVES], tables[TABLES][TARGETS], table_count, far_count, swap_count, across_count;

/* ---- bytes ---- */

static uint8_t *frame_at(uint32_t address)
{
	uint32_t page = (address - WINDOW) / PAGE;

	return frames[page == SWAP ? CODE_PAGES + swap : frame_of(page)] + address % PAGE;
}

/* Where the same byte can be reached too. */
static uint32_t elsewhere(uint32_t address)
{
	return (uint32_t)frame_at(address);
}

static uint32_t one_of_both(uint32_t address)
{
	return below(2) ? address : elsewhere(address);
}

static void byte(uint32_t value)
{
	*frame_at(at++) = (uint8_t)value;
}

static void bytes(const char *text, unsigned count)
{
	while (count--)
		byte((uint8_t)*text++);
}
#define BYTES(text) bytes(text, sizeof(text) - 1)

static void dword(uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		byte(value >> 8 * i & 0xff);
}

/* Four bytes that were left open. */
static void fill_in(uint32_t address, uint32_t value)
{
	uint32_t here = at;

	at = address;
	dword(value);
	at = here;
}

/* ---- pieces of functions ---- */

static uint32_t open_in(uint32_t page)
{
	at = WINDOW + page * PAGE + used[page] + below(16);
	return at;
}

static uint32_t open(void)
{
	uint32_t page = below(CODE_PAGES);

	while (used[page] > LAST)
		page = (page + 1) % CODE_PAGES;
	return open_in(page);
}

static void close(void)
{
	byte(0xc3); /* ret */
	used[(at - WINDOW) / PAGE] = at % PAGE;
}

static void some(unsigned count)
{
	static const struct { uint8_t opcode, modrm, size; } forms[] = {
		{0x05, 0, 4}, {0x35, 0, 4}, {0x2d, 0, 4}, {0x69, 0xc0, 4}, {0xc1, 0xc0, 1}, {0x03, 0xc1, 0}, {0x33, 0xc1, 0},
	};

	while (count--) {
		unsigned form = below(sizeof forms / sizeof *forms);
		uint32_t value = random_number() | 1;

		byte(forms[form].opcode);
		if (forms[form].modrm)
			byte(forms[form].modrm);
		if (forms[form].size == 4)
			dword(value);
		else if (forms[form].size)
			byte(value & 31);
	}
}

static uint32_t begin_loop(uint32_t times)
{
	byte(0xb9); /* mov ecx, */
	dword(times);
	return at;
}

static void end_loop(uint32_t from)
{
	BYTES("\x49\x0f\x85"); /* dec ecx; jnz */
	dword(from - (at + 4));
}

static void call_to(uint32_t address)
{
	byte(0xe8);
	dword(address - (at + 4));
}

/* An instruction whose ModRM has just been given, with no base: its displacement. */
static uint32_t leave_open(void)
{
	dword(0);
	return at - 4;
}

/* MOV to memory of ECX, CX or CL: gives where its address is to be filled in. */
static uint32_t store_counter(void)
{
	static const char *const forms[] = {"\x89\x0d", "\x66\x89\x0d", "\x88\x0d"};
	const char *form = forms[below(3)];

	while (*form)
		byte((uint8_t)*form++);
	return leave_open();
}

/* ADD EAX, imm32: gives where its operand lies. */
static uint32_t add_constant(void)
{
	byte(0x05);
	dword(random_number());
	return at - 4;
}

/* ---- operations ---- */

static uint32_t make_loop(void)
{
	uint32_t start = open(), from = begin_loop(8 + below(32));

	some(1 + below(20));
	if (below(2)) {
		uint32_t skip;

		BYTES("\xa8\x05\x74"); /* test al, 5; jz over */
		byte(0);
		skip = at;
		some(1 + below(4));
		*frame_at(skip - 1) = (uint8_t)(at - skip);
	}
	end_loop(from);
	close();
	return start;
}

static uint32_t make_call(void)
{
	uint32_t start = open(), from = begin_loop(4 + below(10));

	for (unsigned i = 2 + below(3); i > 0; i--) {
		some(1 + below(3));
		call_to(leaf[below(LEAVES)]);
	}
	end_loop(from);
	close();
	return start;
}

/* Targets at the same place of each page, as functions of kernels are wont to lie. */
static uint32_t *make_targets(void)
{
	uint32_t *table = tables[table_count], place = TABLE_LEAVES + STRIDE * table_count;

	table_count = (table_count + 1) % TABLES;
	for (uint32_t page = 0; page < TARGETS; page++) {
		at = window(page) + place;
		table[(page * 7 + 3) % TARGETS] = at;
		some(1 + below(3));
		byte(0xc3);
	}
	return table;
}

static uint32_t make_table(void)
{
	uint32_t *table = make_targets(), start = open(), from = begin_loop(24 + below(24)), back;

	BYTES("\x8b\xd1\x83\xe2\x0f"); /* mov edx, ecx; and edx, 15 */
	switch (below(3)) {
	case 0:
		BYTES("\xff\x14\x95"); /* call [edx*4 + table] */
		dword((uint32_t)table);
		break;
	case 1:
		BYTES("\x8b\x14\x95"); /* mov edx, [edx*4 + table]; call edx */
		dword((uint32_t)table);
		BYTES("\xff\xd2");
		break;
	default:
		BYTES("\x68"); /* push behind; jmp [edx*4 + table] */
		back = leave_open();
		BYTES("\xff\x24\x95");
		dword((uint32_t)table);
		fill_in(back, at);
	}
	some(below(4));
	end_loop(from);
	close();
	return start;
}

/* The same EIP in two code segments is code of two pages. */
static uint32_t make_segment(void)
{
	uint32_t page = below(CODE_PAGES - 1), place = window(page) + FAR_LEAVES + STRIDE * (far_count++ % TABLES), start, from;

	for (unsigned i = 0; i < 2; i++) {
		at = place + i * PAGE;
		some(1 + below(3));
		byte(0xcb); /* ret far */
	}
	start = open();
	from = begin_loop(3 + below(4));
	for (unsigned i = 0; i < 2; i++) {
		byte(0x9a); /* call far */
		dword(place);
		byte(i ? HIGH_CODE : 0x08);
		byte(0);
		some(below(3));
	}
	end_loop(from);
	close();
	return start;
}

/* It changes what it is about to execute: in a first block, and then in one that this leads to. */
static uint32_t make_same(void)
{
	uint32_t start = open(), from = begin_loop(3 + below(3));

	for (unsigned block = 0; block < 2; block++) {
		uint32_t store = store_counter();

		some(below(14));
		fill_in(store, one_of_both(add_constant()));
		BYTES("\xeb\x00"); /* jmp to what follows */
	}
	end_loop(from);
	close();
	return start;
}

/* Changes the end of an operand, and writes what is behind it as it was. */
static void store_across(uint32_t operand, uint32_t behind)
{
	byte(0xba); /* mov edx, */
	dword((random_number() & 0xffff) | (uint32_t)frame_at(behind)[0] << 16 | (uint32_t)frame_at(behind)[1] << 24);
	BYTES("\x88\xca\x89\x15"); /* mov dl, cl; mov [], edx */
	dword(one_of_both(operand + 2));
}

/* A function of another page, which is entered at two places and has two blocks: they are changed at different times. */
static uint32_t make_other(void)
{
	uint32_t outer = open(), inner, operand, target, last, start, from;

	some(below(4));
	operand = add_constant();
	inner = at;
	some(1 + below(2));
	target = add_constant();
	BYTES("\xeb\x00"); /* jmp to what follows */
	last = add_constant();
	close();
	start = open();
	from = begin_loop(3 + below(3));
	call_to(outer);
	call_to(inner);
	fill_in(store_counter(), one_of_both(target));
	call_to(inner);
	fill_in(store_counter(), one_of_both(last));
	call_to(inner);
	store_across(operand, inner);
	some(below(3));
	end_loop(from);
	close();
	return start;
}

/* Data next to code: nothing of what is translated changes. */
static uint32_t make_beside(void)
{
	uint32_t before = open(), start, from, behind;

	dword(random_number());
	start = at;
	from = begin_loop(3 + below(4));
	BYTES("\xff\x05"); /* inc dword [] */
	dword(one_of_both(before));
	BYTES("\x03\x05"); /* add eax, [] */
	dword(before);
	BYTES("\x89\x05"); /* mov [], eax */
	behind = leave_open();
	end_loop(from);
	close();
	fill_in(behind, at);
	dword(0);
	used[(at - 1 - WINDOW) / PAGE] = at % PAGE;
	return start;
}

/* Its instruction lies in two pages, whose frames are no neighbours. */
static uint32_t make_across(void)
{
	uint32_t page = across_count++ * 2 % (CODE_PAGES - 2), first = window(page) + PAGE - 3 - below(3), target, start, from;

	at = first;
	BYTES("\x89\xc0"); /* mov eax, eax */
	target = add_constant();
	byte(0xc3);
	start = open();
	from = begin_loop(3 + below(3));
	BYTES("\x88\x0d"); /* mov [], cl: the last byte of it */
	dword(one_of_both(target + 3));
	call_to(first);
	BYTES("\x88\x0d"); /* and the first */
	dword(one_of_both(target));
	call_to(first);
	end_loop(from);
	close();
	return start;
}

static uint32_t make_alias(void)
{
	uint32_t function = open_in(ALIAS_OF), other = function + (ALIAS - ALIAS_OF) * PAGE, target, start, from;

	some(1 + below(3));
	target = add_constant();
	close();
	start = open();
	from = begin_loop(3 + below(3));
	call_to(function);
	call_to(other);
	fill_in(store_counter(), below(2) ? one_of_both(target) : target + (ALIAS - ALIAS_OF) * PAGE);
	end_loop(from);
	close();
	return start;
}

static void put_frame(uint32_t which)
{
	BYTES("\xc7\x05"); /* mov dword [], */
	dword((uint32_t)&page_table[SWAP]);
	dword((uint32_t)frames[CODE_PAGES + which] | 3);
	if (below(2)) {
		BYTES("\x0f\x01\x3d"); /* invlpg [] */
		dword(window(SWAP) + below(PAGE));
	} else {
		BYTES("\x0f\x20\xda\x0f\x22\xda"); /* mov edx, cr3; mov cr3, edx */
	}
}

static uint32_t make_remap(void)
{
	uint32_t function = window(SWAP) + FIRST + STRIDE * swap_count++, start, from;

	for (swap = 0; swap < 2; swap++) {
		at = function;
		some(1 + below(3));
		byte(0xc3);
	}
	swap = 0;
	start = open();
	from = begin_loop(2 + below(2));
	for (unsigned which = 0; which < 2; which++) {
		put_frame(which);
		call_to(function);
		call_to((uint32_t)frames[CODE_PAGES + below(2)] + function % PAGE); /* where it does not go away */
		some(below(3));
	}
	end_loop(from);
	close();
	return start;
}

/* ---- faults ---- */

/* Where an operand of theirs lies. */
enum place { NOWHERE, IS_ABSENT, IS_READ_ONLY };

static const struct {
	const char *code, *behind; /* code ends with a displacement if there is a place */
	uint8_t size, behind_size, place;
} faults[] = {
#define FAULT(code, place, behind) {code, behind, sizeof(code) - 1, sizeof(behind) - 1, place}
	FAULT("\x33\xd2\x33\xdb\xf7\xf3", NOWHERE, ""),         /* xor edx, edx; xor ebx, ebx; div ebx */
	FAULT("\xd4\x00", NOWHERE, ""),                         /* aam 0 */
	FAULT("\x0f\x0b", NOWHERE, ""),                         /* ud2 */
	FAULT("\xbb\xf8\x01\x00\x00\x8e\xdb", NOWHERE, ""),     /* mov ebx, 1f8h; mov ds, bx */
	FAULT("\x8b\x1d", IS_ABSENT, ""),                       /* mov ebx, [] */
	FAULT("\x89\x1d", IS_ABSENT, ""),                       /* mov [], ebx */
	FAULT("\x01\x05", IS_READ_ONLY, ""),                    /* add [], eax */
	FAULT("\xf0\x01\x05", IS_ABSENT, ""),                   /* lock add [], eax */
	FAULT("\x0f\x01\x05", IS_ABSENT, ""),                   /* sgdt [] */
	FAULT("\x0f\x01\x0d", IS_READ_ONLY, ""),                /* sidt [] */
	FAULT("\x0f\x01\x25", IS_READ_ONLY, ""),                /* smsw [] */
	FAULT("\x8c\x0d", IS_ABSENT, ""),                       /* mov [], cs */
	FAULT("\x8e\x1d", IS_ABSENT, ""),                       /* mov ds, [] */
	FAULT("\xff\x15", IS_ABSENT, ""),                       /* call [] */
	FAULT("\xff\x25", IS_ABSENT, ""),                       /* jmp [] */
	FAULT("\xff\x35", IS_ABSENT, ""),                       /* push [] */
	FAULT("\x50\x8f\x05", IS_READ_ONLY, "\x5b"),            /* push eax; pop []; pop ebx */
	FAULT("\x8b\xd9\xfc\xbf\xf8\xff\x40\x00\xb9\x04\x00\x00\x00\xf3\xab", NOWHERE, "\x8b\xcb"), /* mov ebx, ecx; cld; */
	                                 /* mov edi, 8 before the end of the code; mov ecx, 4; rep stosd; mov ecx, ebx */
	FAULT("\x9c\x81\x0c\x24\x00\x01\x00\x00\x9d\x90", NOWHERE, ""), /* pushf; or dword [esp], TF; popf; nop */
};

static void make_one_fault(void)
{
	unsigned which = below(sizeof faults / sizeof *faults);
	uint32_t place = faults[which].place, go_on;

	byte(0xbe); /* mov esi, */
	go_on = leave_open();
	bytes(faults[which].code, faults[which].size);
	if (place != NOWHERE)
		dword(window(place == IS_ABSENT ? ABSENT : READ_ONLY) + below(PAGE - 8));
	fill_in(go_on, at);
	bytes(faults[which].behind, faults[which].behind_size);
}

static uint32_t make_fault(void)
{
	uint32_t start = open(), from = begin_loop(2 + below(3));

	for (unsigned i = 2 + below(3); i > 0; i--) {
		some(below(5));
		make_one_fault();
	}
	some(below(3));
	end_loop(from);
	close();
	return start;
}

/* ---- the whole ---- */

static uint32_t make(enum operation operation)
{
	switch (operation) {
#define OPERATION(name) case OP_##name: return make_##name();
	OPERATION_LIST(OPERATION)
#undef OPERATION
	default: return 0;
	}
}

static void make_leaves(void)
{
	for (unsigned i = 0; i < CODE_PAGES; i++)
		used[i] = FIRST;
	for (unsigned i = 0; i < LEAVES; i++) {
		leaf[i] = open();
		some(1 + below(4));
		close();
	}
}

static uint32_t make_main(uint32_t *function, unsigned count)
{
	uint32_t start = open();

	while (count) {
		unsigned which = below(count);

		call_to(function[which]);
		some(1);
		function[which] = function[--count];
	}
	close();
	return start;
}

uint32_t generate(unsigned count)
{
	uint32_t function[FUNCTIONS];
	unsigned made = 0;

	make_leaves();
	for (unsigned operation = 0; operation < OPERATIONS; operation++)
		for (unsigned i = 0; i < count && operations >> operation & 1 && made < FUNCTIONS; i++)
			function[made++] = make((enum operation)operation);
	return make_main(function, made);
}
