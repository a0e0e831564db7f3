/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/labs/05-hostile.c - submissions to lab 5 whose code, or whose code's code, means no good: one for each HOSTILE_NAME.
 * tests/interface/lab_05.sh makes each a file of its own and runs it; here stands which test, and what must be said of it:
 *
 * expected: STORE identical it asked for a service of the machine's
 * expected: LOOK identical wild write: emit-identical has written
 * expected: FAULT identical gave LAB_FAULT
 * expected: SIZE identical gave 4000 bytes of code
 * expected: SPILLED identical EAX and ECX alone have a place
 * expected: TREATMENT treatment which is none of enum lab_treatment
 * expected: TRANSFER treatment transfers no control in that way
 * expected: ADDRESS identical writes to GS at an address that is not known
 * expected: PAGE identical a part of the virtual page that is the VMM's
 * expected: HALT identical is privileged
 * expected: STACK identical loads SS or GS
 * expected: MIDDLE identical into the middle of an instruction
 * expected: BEHIND identical jumps out of its code
 * expected: ROUND identical run +expected|goes round|ended otherwise|by itself is right
 * expected: STILL identical eip +expected|by itself is right
 * expected: SITE identical called the VMM for an exit that there is not
 * expected: LOOKUP identical eip +expected|instruction at
 * expected: FLAG identical stored into interrupt_flag what is not IF
 * expected: STEP identical expected
 * expected: CACHE identical left the translation cache|expected|goes round|EIP is
 * expected: ENTRIES returns left the translation cache|expected|goes round
 */
#include "ringside_lab.h"

/* What is written before the guest's own bytes. */
#define BEFORE(...) static const uint8_t before[] = {__VA_ARGS__}
#define LONG(value) (value) & 255, (value) >> 8 & 255, (value) >> 16 & 255, (value) >> 24 & 255
#define AT(member) LONG((uint32_t)offsetof(struct lab_virtual, member))
/* mov eax, the VMM's data segment in ring 1; mov ds, eax: what translated code reaches by GS, by DS */
#define TAKE_PAGE 0xb8, LONG(0xffd9), 0x8e, 0xd8

static enum lab_result copy(struct lab_unit_insn *to, const uint8_t *before, uint32_t size)
{
	memcpy(to->code, before, size);
	memcpy(to->code + size, to->insn.bytes, to->insn.length);
	to->size = size + to->insn.length;
	return LAB_DONE;
}

#if defined HOSTILE_STORE
static enum lab_result act(struct lab_vm *vm, struct lab_unit_insn *to)
{
	vm->call->store(vm, to->insn.eip, "\xf4", 1, LAB_AS_SYSTEM);
	return copy(to, (const uint8_t *)"", 0);
}
#elif defined HOSTILE_LOOK
static enum lab_result act(struct lab_vm *vm, struct lab_unit_insn *to)
{
	(void)vm;
	to->insn.length = 1;
	return copy(to, (const uint8_t *)"", 0);
}
#elif defined HOSTILE_FAULT
static enum lab_result act(struct lab_vm *vm, struct lab_unit_insn *to) { (void)to; return lab_fault(vm, LAB_GP, 0); }
#elif defined HOSTILE_SIZE
static enum lab_result act(struct lab_vm *vm, struct lab_unit_insn *to) { (void)vm; to->size = 4000; return LAB_DONE; }
#elif defined HOSTILE_SPILLED
static enum lab_result act(struct lab_vm *vm, struct lab_unit_insn *to) { (void)vm; to->spilled = 0xff; return copy(to, (const uint8_t *)"", 0); }
#elif defined HOSTILE_TREATMENT
static enum lab_result act(struct lab_vm *vm, struct lab_unit_insn *to) { (void)vm; to->treatment = 99; return LAB_DONE; }
#elif defined HOSTILE_TRANSFER
static enum lab_result act(struct lab_vm *vm, struct lab_unit_insn *to) { (void)vm; to->treatment = LAB_LOOKUP; return LAB_DONE; }
#else
#if defined HOSTILE_ADDRESS
BEFORE(0x65, 0x89, 0x00); /* mov gs:[eax], eax */
#elif defined HOSTILE_PAGE
BEFORE(0x65, 0x89, 0x05, AT(pending));
#elif defined HOSTILE_HALT
BEFORE(0xf4);
#elif defined HOSTILE_STACK
BEFORE(0x8e, 0xd0);
#elif defined HOSTILE_MIDDLE
BEFORE(0xeb, 0x01, 0xb8, 0, 0, 0, 0);
#elif defined HOSTILE_BEHIND
BEFORE(0xe9, LONG(0x1000));
#elif defined HOSTILE_ROUND
BEFORE(0x90, 0x90, 0xeb, 0xfd); /* back to the second NOP */
#elif defined HOSTILE_STILL
BEFORE(0xeb, 0xfe);
#elif defined HOSTILE_SITE
BEFORE(0xb8, LONG(0x123456), 0x65, 0x89, 0x05, AT(site), 0xe9); /* and the doorway, below */
#elif defined HOSTILE_LOOKUP
BEFORE(0xb8, LONG(0xfffffff0), 0x65, 0x89, 0x05, AT(target), 0xe9); /* and the lookup routine */
#elif defined HOSTILE_FLAG
BEFORE(0x65, 0xc7, 0x05, AT(interrupt_flag), LONG(0x20100));
#elif defined HOSTILE_STEP
BEFORE(0x68, LONG(0x100), 0x9d, 0x90, 0x90); /* push 100h; popfd: TF */
#elif defined HOSTILE_CACHE /* much of the cache becomes INC EAX and jumps to nowhere */
BEFORE(TAKE_PAGE, 0xbf, LONG(0x4000), 0x1e, 0x07, 0xb8, LONG(0xe0ff40), 0xb9, LONG(3000), 0xf3, 0xab);
#elif defined HOSTILE_ENTRIES /* so do the entries of the lookup cache */
BEFORE(TAKE_PAGE, 0x1e, 0x07, 0xbf, LONG(0x100), 0xb8, LONG(0), 0xb9, LONG(2000), 0xf3, 0xab);
#endif
static enum lab_result act(struct lab_vm *vm, struct lab_unit_insn *to)
{
	(void)vm;
	copy(to, before, sizeof before);
#if defined HOSTILE_SITE || defined HOSTILE_LOOKUP
	{
#ifdef HOSTILE_SITE
		uint32_t target = to->doorway;
#else
		uint32_t target = to->lookup;
#endif
		uint32_t displacement = target - (to->address + sizeof before + 4);

		memcpy(to->code + sizeof before, &displacement, 4);
		to->size = sizeof before + 4;
	}
#endif
	return LAB_DONE;
}
#endif

#if defined HOSTILE_ENTRIES
static enum lab_result identical(struct lab_vm *vm, struct lab_unit_insn *to)
{
	(void)vm;
	return copy(to, (const uint8_t *)"", 0);
}

static enum lab_result lookup(struct lab_vm *vm, struct lab_unit_insn *to)
{
	uint32_t displacement;

	act(vm, to);
	to->size -= to->insn.length;
	to->code[to->size++] = 0xe9;
	displacement = to->lookup - (to->address + to->size + 4);
	memcpy(to->code + to->size, &displacement, 4);
	to->size += 4;
	return LAB_DONE;
}
#endif

const struct lab_piece ringside_lab = {
	LAB_PIECE_HEADER,
#if defined HOSTILE_TREATMENT || defined HOSTILE_TRANSFER
	.translator = {.treatment = act},
#elif defined HOSTILE_ENTRIES
	.translator = {.identical = identical, .lookup = lookup},
#else
	.translator = {.identical = act},
#endif
};
