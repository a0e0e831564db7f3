/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/piece/served_pager.c - the services of lab 4, as a piece sees them: each asks the VMM, which has the tables.
 */
#include "labs/piece/piece.h"

#include <string.h>

/* Gives the answer's `a`; its other words are in *b and *c. */
static bool ask(enum pager_service what, uint32_t *b, uint32_t *c, uint32_t third)
{
	struct message message = {.type = MESSAGE_PAGER, .a = what, .b = *b, .c = *c, .size = sizeof third};

	memcpy(message.bytes, &third, sizeof third);
	served_ask(&message);
	*b = message.b;
	*c = message.c;
	return message.a;
}

static bool ask_for(enum pager_service what, uint32_t b, uint32_t c, uint32_t third)
{
	return ask(what, &b, &c, third);
}

bool served_guest_word(struct lab_vm *vm, uint32_t gpa, uint32_t *word)
{
	uint32_t none = 0;

	(void)vm;
	*word = gpa;
	return ask(PAGER_WORD, word, &none, 0);
}

bool served_guest_mark(struct lab_vm *vm, uint32_t gpa, uint32_t bits)
{
	(void)vm;
	return ask_for(PAGER_MARK, gpa, bits, 0);
}

bool served_machine_frame(struct lab_vm *vm, uint32_t gfn, uint32_t *mfn, bool *writable)
{
	uint32_t may_write = 0;
	bool there;

	(void)vm;
	*mfn = gfn;
	there = ask(PAGER_FRAME, mfn, &may_write, 0);
	*writable = may_write;
	return there;
}

uint32_t served_shadow_page(struct lab_vm *vm, enum lab_level level)
{
	uint32_t page = level, none = 0;

	(void)vm;
	ask(PAGER_PAGE, &page, &none, 0);
	return page;
}

void served_shadow_free(struct lab_vm *vm, uint32_t mfn)
{
	(void)vm;
	ask_for(PAGER_FREE, mfn, 0, 0);
}

void served_shadow_reset(struct lab_vm *vm)
{
	(void)vm;
	ask_for(PAGER_RESET, 0, 0, 0);
}

void served_shadow_set(struct lab_vm *vm, uint32_t mfn, uint32_t index, uint32_t entry)
{
	(void)vm;
	ask_for(PAGER_SET, mfn, index, entry);
}

uint32_t served_shadow_get(struct lab_vm *vm, uint32_t mfn, uint32_t index)
{
	(void)vm;
	ask(PAGER_GET, &mfn, &index, 0);
	return mfn;
}

void served_trace(struct lab_vm *vm, uint32_t gfn, bool on)
{
	(void)vm;
	ask_for(PAGER_TRACE, gfn, on, 0);
}

void served_tlb_flush(struct lab_vm *vm)
{
	(void)vm;
	ask_for(PAGER_TLB, 0, 0, 0);
}

void served_tlb_flush_page(struct lab_vm *vm, uint32_t gla)
{
	(void)vm;
	ask_for(PAGER_TLB_PAGE, gla, 0, 0);
}
