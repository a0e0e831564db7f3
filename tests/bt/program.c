/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/bt/program.c - see program.h.
 */
#include "tests/bt/program.h"

#include <stdio.h>
#include <string.h>

void add(struct program *program, const void *bytes, unsigned size)
{
	memcpy(program->code + program->size, bytes, size);
	program->size += size;
}

void add_long(struct program *program, uint32_t value)
{
	add(program, &value, 4);
}

uint32_t here(const struct program *program)
{
	return RIG_CODE + program->size;
}

void add_call(struct program *program, uint32_t target)
{
	ADD(program, "\xe8");
	add_long(program, target - (here(program) + 4));
}

void add_store(struct program *program, uint32_t address, uint32_t value)
{
	ADD(program, "\xc7\x05");
	add_long(program, address);
	add_long(program, value);
}

void add_store_byte(struct program *program, uint32_t address, uint8_t value)
{
	ADD(program, "\xc6\x05");
	add_long(program, address);
	add(program, &value, 1);
}

/* ---- running ---- */

void usual(struct config *config)
{
	config->check_shadow = true;
}

void tiny(struct config *config)
{
	config->check_shadow = true;
	config->translation_cache = 512;
}

void unchained(struct config *config)
{
	config->check_shadow = true;
	config->chain = false;
	config->unit_counters = true;
}

void (*const kinds[KINDS])(struct config *) = {usual, tiny, unchained};

struct vm *make(const struct rig_way *way, void (*change)(struct config *), const struct program *program)
{
	struct vm *vm = rig_new(way, change);

	CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
	board_write(vm->board, 0x21, 1, 0xff, 0);
	board_write(vm->board, 0xa1, 1, 0xff, 0);
	rig_write(vm, RIG_CODE, program->code, program->size);
	if (program->prepare)
		program->prepare(vm);
	rig_changed(vm);
	return vm;
}

void compare(const char *name, const struct rig_way *way, struct vm *want, struct vm *have)
{
	const struct cpu_state *right = vm_guest_state(want), *state = vm_guest_state(have);

	if (vm_digest(want) == vm_digest(have))
		return;
	printf("# %s, %s: eip %08x eax %08x ecx %08x esp %08x, not %08x %08x %08x %08x %s\n", name, way->name, state->eip,
	       state->gpr[EAX], state->gpr[ECX], state->gpr[ESP], right->eip, right->gpr[EAX], right->gpr[ECX],
	       right->gpr[ESP], have->message);
	CU_FAIL("not as on bare hardware");
}

uint32_t run_everywhere(const char *name, const struct program *program)
{
	struct vm *native = make(&rig_ways[0], usual, program);
	enum vm_end right = vm_run(native, CYCLES);
	uint32_t result;

	CU_ASSERT(right == VM_HALTED || right == VM_SHUTDOWN);
	for (unsigned i = 0; i < 2 * KINDS; i++) {
		const struct rig_way *way = &rig_ways[RIG_BT + i % 2];
		struct vm *vm = make(way, kinds[i / 2], program);
		enum vm_end end = vm_run(vm, 100 * CYCLES);

		CU_ASSERT_EQUAL(end, right);
		compare(name, way, native, vm);
		CU_ASSERT(kinds[i / 2] != unchained || translator_counters(vm)->chains == 0);
		vm_free(vm);
	}
	result = vm_guest_state(native)->gpr[EAX];
	vm_free(native);
	return result;
}

void prepare_aliases(struct vm *vm)
{
	rig_paging(vm, 7);
	rig_write(vm, FUNCTION, "\x83\xc0\x01\xc3", 4);
	rig_write(vm, OTHER, "\x83\xc0\x10\xc3", 4);
	rig_put(vm, rig_entry_at(ALIAS), 4, FUNCTION | 7);
	rig_put(vm, rig_entry_at(ALIAS_2), 4, FUNCTION | 7);
	rig_put(vm, DIRECTORY_2, 4, (DIRECTORY_2 + PAGE_SIZE) | 7);
	for (uint32_t page = 0; page < 1024; page++)
		rig_put(vm, DIRECTORY_2 + PAGE_SIZE + 4 * page, 4, page << PAGE_SHIFT | 7);
	rig_put(vm, DIRECTORY_2 + PAGE_SIZE + 4 * (ALIAS >> PAGE_SHIFT), 4, OTHER | 7);
}
