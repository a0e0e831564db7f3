/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 07-paravirtualize/guest/user.c - the program that all processes run, in ring 3: what it does comes from its seed, and what it finds in
 * its memory goes into a checksum, so that a page that is not the right one shows.
 */
#include "kernel.h"

#define IN_USER __attribute__((section(".user"), noinline))

enum { SLOTS = 4, SLOT_PAGES = 32, WORDS_A_TEXT = 8, TOUCH = 8 };

static const char words[][8] = {"ring", "shadow", "frame", "gate", "trap", "table", "event", "guest",
                                             "mask", "stack", "page", "entry", "switch", "batch", "flush", "yield"};

struct program {
	uint32_t state, checksum, operations;
	uint32_t mapped[SLOTS]; /* pages in each slot */
};

static IN_USER uint32_t call(enum system_call number, uint32_t first, uint32_t second)
{
	uint32_t result;

	__asm__ volatile("int $0x80" : "=a"(result) : "0"(number), "b"(first), "c"(second) : "memory");
	return result;
}

/* xorshift (Marsaglia 2003) */
static IN_USER uint32_t below(struct program *program, uint32_t bound)
{
	program->state ^= program->state << 13;
	program->state ^= program->state >> 17;
	program->state ^= program->state << 5;
	return program->state % bound;
}

static IN_USER void note(struct program *program, uint32_t value)
{
	program->checksum = (program->checksum ^ value) * 16777619u;
}

static IN_USER void do_print(struct program *program)
{
	char text[WORDS_A_TEXT * 8];
	uint32_t used = 0;

	for (unsigned i = 0; i < WORDS_A_TEXT; i++) {
		const char *word = words[below(program, sizeof words / sizeof *words)];

		while (*word)
			text[used++] = *word++;
		text[used++] = ' ';
	}
	note(program, call(CALL_PRINT, (uint32_t)text, used - 1));
}

static IN_USER volatile uint32_t *word_at(struct program *program, unsigned slot)
{
	uint32_t page = slot * SLOT_PAGES + below(program, program->mapped[slot]);

	return (volatile uint32_t *)(USER_BASE + page * PAGE + below(program, PAGE / 4) * 4);
}

/* Fresh pages are zero; what was written is read back. */
static IN_USER void touch(struct program *program, unsigned slot)
{
	volatile uint32_t *word = word_at(program, slot);

	note(program, *word);
	*word = program->state;
	note(program, *word_at(program, slot));
}

static IN_USER void do_map(struct program *program)
{
	unsigned slot = below(program, SLOTS);

	if (program->mapped[slot]) {
		call(CALL_UNMAP, slot * SLOT_PAGES, program->mapped[slot]);
		program->mapped[slot] = 0;
		return;
	}
	program->mapped[slot] = 8 + below(program, MAP_MOST - 8);
	call(CALL_MAP, slot * SLOT_PAGES, program->mapped[slot]);
	touch(program, slot);
}

static IN_USER void do_operation(struct program *program)
{
	uint32_t which = below(program, OPERATIONS);

	while (!(program->operations >> which & 1))
		which = (which + 1) % OPERATIONS;
	switch ((enum operation)which) {
	case OP_print: do_print(program); break;
	case OP_map: do_map(program); break;
	case OP_yield: call(CALL_YIELD, 0, 0); break;
	case OP_sleep: call(CALL_SLEEP, 1 + below(program, 3), 0); break;
	case OP_alarm: note(program, call(CALL_ALARM, 0, 0)); break;
	case OPERATIONS: break;
	}
}

IN_USER void user_main(uint32_t number, uint32_t seed, uint32_t count, uint32_t operations)
{
	struct program program = {.state = seed * 2654435761u | 1, .checksum = 2166136261u + number, .operations = operations};

	while (count--) {
		do_operation(&program);
		for (unsigned slot = 0; slot < SLOTS; slot++)
			if (program.mapped[slot] && below(&program, TOUCH) == 0)
				touch(&program, slot);
	}
	call(CALL_EXIT, program.checksum, 0);
	for (;;)
		;
}
