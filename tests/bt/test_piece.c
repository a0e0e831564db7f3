/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/bt/test_piece.c - code in the cache that is not ours (bt/piece.h), and unchecked: whatever it does, the VMM has the guest back
 * or says what was wrong (bt/escape.c).
 */
#include "bt/piece.h"
#include "tests/bt/program.h"
#include "trap/vmm.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The code that takes the place of each NOP. */
struct instead {
	uint8_t code[EMISSION_CODE];
	unsigned size;
	uint64_t dice;  /* random code, if not 0 */
	unsigned asked;
};

static void put(struct instead *to, const void *bytes, unsigned size)
{
	if (to->size + size > sizeof to->code)
		return;
	memcpy(to->code + to->size, bytes, size);
	to->size += size;
}
#define PUT(to, text) put(to, text, sizeof(text) - 1)

static void put_long(struct instead *to, uint32_t value)
{
	put(to, &value, 4);
}

static void put_jump(struct instead *to, const struct emission *emission, uint32_t target)
{
	PUT(to, "\xe9");
	put_long(to, target - (emission->address + to->size + 4));
}

static void put_selector(struct instead *to, uint32_t selector)
{
	PUT(to, "\xb8"); /* mov eax, */
	put_long(to, selector);
}

/* ---- random code: what is likely to do harm ---- */

static uint32_t below(struct instead *to, uint32_t bound)
{
	return (uint32_t)harness_random(&to->dice) % bound;
}

static void make_store(struct instead *to)
{
	if (below(to, 2))
		PUT(to, "\x65"); /* gs: */
	PUT(to, "\xc7\x05");
	put_long(to, below(to, 3) ? 4 * below(to, 48) : below(to, 0x8000));
	put_long(to, below(to, 2) ? (uint32_t)harness_random(&to->dice) : below(to, 400));
}

static void make_jump(struct instead *to, const struct emission *emission)
{
	const uint32_t targets[] = {
		WINDOW_ADDRESS(DOORWAY_POSITION), WINDOW_ADDRESS(CACHE_POSITION), WINDOW_ADDRESS(VIRTUAL_POSITION), RIG_CODE,
		WINDOW_ADDRESS(CACHE_POSITION) + below(to, 2000), emission->address + below(to, 40) - 20, WINDOW_ADDRESS(0),
	};

	put_jump(to, emission, targets[below(to, sizeof targets / sizeof *targets)]);
}

static void make_selector(struct instead *to)
{
	static const uint32_t selectors[] = {VMM_GUEST_DATA, VMM_GUEST_CODE, VMM_CODE, VMM_TSS, VMM_LDT, RIG_DATA0, RIG_DATA3, 0};
	const uint8_t load[] = {0x8e, (uint8_t)(0xc0 | below(to, 6) << 3)};

	put_selector(to, selectors[below(to, 8)] | below(to, 4));
	put(to, load, 2);
}

static void make_bytes(struct instead *to)
{
	for (unsigned i = 0, count = 1 + below(to, 3); i < count; i++) {
		uint8_t byte = (uint8_t)below(to, 256);

		put(to, &byte, 1);
	}
}

static void make_random(struct instead *to, const struct emission *emission)
{
	to->size = 0;
	for (unsigned i = 0, count = 1 + below(to, 8); i < count; i++)
		switch (below(to, 9)) {
		case 0:
		case 1: make_store(to); break;
		case 2: make_jump(to, emission); break;
		case 3: make_selector(to); break;
		case 4: PUT(to, "\x68"), put_long(to, (uint32_t)harness_random(&to->dice)), PUT(to, "\x9d"); break; /* push; popfd */
		case 5: PUT(to, "\xb9\x00\x04\x00\x00\xf3\xab"); break; /* mov ecx, 400h; rep stosd */
		case 6: PUT(to, "\x1e\x07\xbf"), put_long(to, below(to, 0x9000)); break; /* push ds; pop es; mov edi, */
		default: make_bytes(to);
		}
	if (!to->size)
		PUT(to, "\x90");
}

static bool emit_instead(void *owner, struct vm *vm, struct emission *emission)
{
	struct instead *instead = owner;

	(void)vm;
	if (emission->record->bytes[0] != 0x90)
		return false;
	instead->asked++;
	if (instead->dice)
		make_random(instead, emission);
	memcpy(emission->code, instead->code, instead->size);
	emission->size = instead->size;
	emission->spilled = instead->dice ? instead->code[0] & 3 : 0;
	return true;
}

/* The guest's NOPs, in a loop with what else a unit has. */
static void make_program(struct program *program)
{
	ADD(program, "\xb9\x05\0\0\0\x90\x40\x51\x90\x59\x9c\x9d\x90\xe2\xf6\x90\xf4"); /* 5 times: inc eax, push, pop, pushf, popf */
}

static enum vm_end run(const struct rig_way *way, struct instead *instead, char *message, size_t size)
{
	struct vmm_pieces pieces;
	struct program program = {0};
	enum vm_end end;
	struct vm *vm;

	make_program(&program);
	vm = make(way, NULL, &program);
	pieces = *pieces_of(vm);
	pieces.owner = instead;
	pieces.emit = emit_instead;
	vm->pieces = &pieces;
	end = vm_run(vm, 300000);
	snprintf(message, size, "%s", vm->message);
	vm->pieces = NULL;
	vm_free(vm);
	return end;
}

/* ---- the tests ---- */

static void test_what_is_wrong_is_said(void)
{
#define CODE(text) text, sizeof(text) - 1
	static const struct { const char *code; unsigned size; const char *message; } cases[] = {
		{CODE("\xeb\xfe"), NULL},         /* for ever at the guest's own instruction: nothing is wrong with that */
		{CODE("\x90\xeb\xfe"), "goes round"},
		{CODE("\x90\x90\xeb\xfd"), "goes round"},
		{CODE("\x65\xc7\x05\0\0\0\0\1\0\0\0"), "stored into interrupt_flag"},
		{CODE("\x65\xc7\x05\4\0\0\0\0\0\0\x80"), "stored into io_privilege"},
		{CODE("\x68\0\x50\0\0\xc3"), "left the translation cache"}, /* push 5000h; ret */
		{CODE("\x65\xc7\x05\x20\0\0\0\x55\x55\x55\x55\xe9\xd0\xff\xff\xff"), NULL}, /* where to, is chance */
	};
#undef CODE
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
		for (unsigned way = RIG_BT; way < RIG_BT + 2; way++) {
			struct instead instead = {.size = cases[i].size};
			char message[256];
			enum vm_end end;

			memcpy(instead.code, cases[i].code, cases[i].size);
			end = run(&rig_ways[way], &instead, message, sizeof message);
			CU_ASSERT(instead.asked > 0);
			if (!cases[i].message)
				continue;
			CU_ASSERT_EQUAL(end, VM_UNSUPPORTED);
			CU_ASSERT(strstr(message, cases[i].message) != NULL);
			if (!strstr(message, cases[i].message))
				printf("# %u, %s: %s\n", i, rig_ways[way].name, message);
		}
}

static void test_right_code_is_taken(void)
{
	struct instead instead = {0};
	char message[256];

	PUT(&instead, "\x8d\x40\0\x90"); /* lea eax, [eax + 0]; nop */
	for (unsigned way = RIG_BT; way < RIG_BT + 2; way++) {
		CU_ASSERT_EQUAL(run(&rig_ways[way], &instead, message, sizeof message), VM_HALTED);
		CU_ASSERT(instead.asked >= 3);
	}
}

/* Nothing is asked but that the VMM lives. */
static void test_random_code(void)
{
	uint64_t ends = 0, rounds = harness_count(600), seed = harness_seed(1);

	for (uint64_t i = 0; i < rounds; i++) {
		struct instead instead = {.dice = seed + i};
		char message[256];

		ends += run(&rig_ways[RIG_BT + i % 2], &instead, message, sizeof message) == VM_UNSUPPORTED;
	}
	printf("# %" PRIu64 " of %" PRIu64 " ended by an error\n", ends, rounds);
	CU_ASSERT(ends > rounds / 20);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"code that is not ours, and right", test_right_code_is_taken},
		{"what is wrong with translated code is said", test_what_is_wrong_is_said},
		{"random code in the cache", test_random_code},
		{0},
	};
	return harness_main("pieces of the translator", tests);
}
