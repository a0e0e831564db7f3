/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/labs/random.c - a lab's solution (SOLUTION, a file's name in quotes) that now and then goes mad, by SEED: then words of what it gives
 * back, its result, and what it asks the VMM for are anything. By random testing as in Miller et al., "An Empirical Study of the Reliability of
 * UNIX Utilities" (1990): nobody asks what comes out, but the grader must come to an end by itself.
 */
#define ringside_lab right
#include SOLUTION
#undef ringside_lab
#include "labs/plugin/message.h"

static uint64_t state = (SEED) * UINT64_C(0x9e3779b97f4a7c15) + 1;

static uint32_t any(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 24);
}

/* Numbers at which checks break more often than at others. */
static uint32_t any_word(void)
{
	static const uint32_t edge[] = {0, 1, 2, 3, 63, 64, 65, 127, 128, 1023, 1024, 4095, 4096, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff,
	                                0x80000000, 0xfc000000, 0xfffff000, 0xfffffffe, 0xffffffff};
	uint32_t kind = any() % 4;

	return kind == 0 ? any() : kind == 1 ? any() % 4096 : kind == 2 ? any() << 12 : edge[any() % (sizeof edge / sizeof *edge)];
}

static void spoil(void *data, size_t size)
{
	uint32_t word, count = any() % 16 ? 1 + any() % 3 : (uint32_t)size;
	uint8_t *bytes = data;

	for (; count; count--) {
		size_t width = size < 4 ? size : (size_t)1 << any() % 3;

		word = any_word();
		memcpy(bytes + any() % (size - width + 1), &word, width);
	}
}

static void ask_pager(struct lab_vm *vm, uint32_t a, uint32_t b, uint32_t c)
{
	const struct lab_services *call = vm->call;
	uint32_t word, mfn = any() & 1 ? a : call->shadow_page(vm, any() & 1 ? LAB_TABLE : LAB_DIRECTORY);
	bool writable;

	switch (any() % 10) {
	case 0: call->guest_word(vm, a, &word); break;
	case 1: call->guest_mark(vm, a & ~3u, b); break;
	case 2: call->machine_frame(vm, a, &word, &writable); break;
	case 3: call->shadow_page(vm, (enum lab_level)a); break;
	case 4: call->shadow_free(vm, mfn); break;
	case 5: call->shadow_reset(vm); break;
	case 6: call->shadow_set(vm, mfn, b, c); break;
	case 7: call->shadow_get(vm, mfn, b); break;
	case 8: call->trace(vm, a, b & 1); break;
	default: call->tlb_flush_page(vm, a); break;
	}
}

/* Any service, whether or not the table may use it. */
static void ask(struct lab_vm *vm)
{
	const struct lab_services *call = vm->call;
	uint32_t a = any_word(), b = any_word(), c = any_word(), out[16];
	uint64_t wide = (uint64_t)any_word() << 32 | any_word();
	struct lab_update update = {0};

	switch (any() % 18) {
	case 0: call->load(vm, a, out, 1 + b % 64, (enum lab_as)c); break;
	case 1: call->store(vm, a, &state, 1 + b % 8, (enum lab_as)c); break;
	case 2: call->port_read(vm, (uint16_t)a, b); break;
	case 3: call->port_write(vm, (uint16_t)a, b, c); break;
	case 4: call->set_segment(vm, (enum lab_segment_register)a, (uint16_t)b); break;
	case 5: call->log(vm, "%x %s%c\n\t\"<&%%n", a, "\x1b[31m\xff\xc3", 7); break;
	case 6: call->copy_from_guest(vm, a, out, 1 + b % 64); break;
	case 7: call->guest_writable(vm, a, b); break;
	case 8: call->frame_type(vm, any() & 1 ? wide : a); break;
	case 9: call->read_frame(vm, any() & 1 ? wide : a, b, out, 1 + c % 64); break;
	case 10: spoil(&update, sizeof update); call->carry_out(vm, &update); break;
	case 11: call->cpuid(vm, a, out); break;
	case 12: call->read_msr(vm, a, &wide); break;
	case 13: call->write_msr(vm, a, wide); break;
	case 14: call->acknowledge(vm, (bool *)out); break;
	case 15: call->frame_of(vm, a, out); break;
	case 16: call->ept_write(vm, any() & 1 ? wide : call->ept_table(vm), any() & 1 ? a : a % 512, (uint64_t)c << 12 | (b & 0xff)); break;
	default: ask_pager(vm, a, b, c); break;
	}
}

static enum lab_result mad(struct lab_vm *vm, void *request, size_t size, enum lab_result result)
{
	uint32_t what = any() % 8;

	if (any() % (1u << (SEED) % 6 * 2))
		return result;
	if (what < 5)
		spoil(request, size);
	if (what == 5)
		spoil(&vm->cpu, sizeof vm->cpu);
	if (what == 6)
		ask(vm);
	return any() % 16 ? result : (enum lab_result)(any() % 4);
}

#define PARAMETERS_trap struct lab_vm *vm
#define PARAMETERS_classify struct lab_vm *vm, struct lab_classify *x
#define PARAMETERS_translator struct lab_vm *vm, struct lab_unit_insn *x
#define PARAMETERS_hypercall struct lab_vm *vm, struct lab_hypercall *x
#define PARAMETERS_cache struct lab_vm *vm, struct lab_cache *x
#define PARAMETERS_assist struct lab_vm *vm, struct lab_assist *x
#define PARAMETERS_device struct lab_vm *vm, struct lab_device *x
#define PARAMETERS_pager struct lab_vm *vm, struct lab_paging *x
#define GIVEN_trap vm
#define GIVEN_classify vm, x
#define GIVEN_translator vm, x
#define GIVEN_hypercall vm, x
#define GIVEN_cache vm, x
#define GIVEN_assist vm, x
#define GIVEN_device vm, x
#define GIVEN_pager vm, x
#define BACK_trap &vm->cpu, sizeof vm->cpu
#define BACK_classify x, sizeof *x
#define BACK_translator x, sizeof *x
#define BACK_hypercall x, sizeof *x
#define BACK_cache x, sizeof *x
#define BACK_assist x, sizeof *x
#define BACK_device x, sizeof *x
#define BACK_pager x, sizeof *x

#define HANDLER(table, name, text)                                                                              \
	static enum lab_result wild_##table##_##name(PARAMETERS_##table)                                        \
	{                                                                                                       \
		enum lab_result result = right.table.name ? right.table.name(GIVEN_##table) : LAB_DONE;         \
		return mad(vm, BACK_##table, result);                                                           \
	}
LAB_HANDLER_LIST(HANDLER)
#undef HANDLER

#define HANDLER(table, name, text) .table.name = wild_##table##_##name,
const struct lab_piece ringside_lab = {LAB_PIECE_HEADER, LAB_HANDLER_LIST(HANDLER)};
