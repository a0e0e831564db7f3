/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/native/native.c - runs test cases on the real CPU: a 32-bit Linux program without a C
 * library. It gets the number of cases on standard input, finds them in the file that is open as
 * descriptor 3, and answers on standard output. Each case ends in a signal; the handler notes the
 * state, puts the next case's registers into the signal frame, and returns straight into it.
 */
#include "tests/oracle/native/cases.h"

#include <stdbool.h>

#if !defined(__i386__) || !defined(__linux__)
#error "this helper is a 32-bit Linux program"
#endif

/* A signal frame's registers (Linux: struct sigcontext_32). */
struct frame_registers {
	uint32_t gs, fs, es, ds, edi, esi, ebp, esp, ebx, edx, ecx, eax;
	uint32_t vector, error, eip, cs, eflags, esp_at_signal, ss, fpstate, mask, cr2;
};

/*
 * What `fpstate` of a signal frame points to (Linux: struct _fpstate_32): the x87 as FNSAVE puts it, whether there is more, and
 * the image of FXSAVE, with that of XSAVE behind it where the processor has one. The kernel takes the x87 from the
 * first, and the rest from the second.
 */
struct frame_floats {
	uint32_t control, status, tags, eip, cs, data, ds;
	uint8_t stack[80];
	uint16_t status_again, magic; /* 0: there is more */
	uint8_t fxsave[CASE_FLOATS];
	uint32_t extended[2]; /* XSTATE_BV */
};

struct signal_context {
	uint32_t flags, link, stack[3];
	struct frame_registers registers;
};

enum system_call {
	CALL_EXIT = 1,
	CALL_READ = 3,
	CALL_WRITE = 4,
	CALL_SIGRETURN = 173,
	CALL_SIGACTION = 174,
	CALL_SIGALTSTACK = 186,
	CALL_MMAP2 = 192,
	CALL_MODIFY_LDT = 123,
	CALL_MPROTECT = 125,
	CALL_SET_THREAD_AREA = 243,
};

static struct shared *const shared = (struct shared *)CASE_SHARED;
static uint8_t *const code_pages = (uint8_t *)CASE_CODE;
static uint32_t *const scratch = (uint32_t *)CASE_SCRATCH;

static long call(enum system_call number, long a, long b, long c, long d)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result)
	                 : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d) : "memory");
	return result;
}

static void leave(int status)
{
	for (;;)
		call(CALL_EXIT, status, 0, 0, 0);
}

static void check(long result, int status)
{
	if (result < 0 && result > -4096)
		leave(status);
}

/* ---- cases ---- */

static void restore_scratch(struct case_result *result)
{
	uint32_t changed = 0;

	for (uint32_t i = 0; i < CASE_WRITABLE / 4; i++) {
		if (scratch[i] == shared->pristine[i])
			continue;
		if (changed < CASE_CHANGES) {
			result->change[changed].offset = i * 4;
			result->change[changed].value = scratch[i];
		}
		changed++;
		scratch[i] = shared->pristine[i];
	}
	result->changed = changed;
}

static struct frame_floats *floats_of(const struct frame_registers *registers)
{
	struct frame_floats *floats = (struct frame_floats *)registers->fpstate;

	return floats && !floats->magic ? floats : 0;
}

static uint32_t get_field(const uint8_t *image, unsigned at, unsigned size)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint32_t)image[at + i] << 8 * i;
	return value;
}

/* Software's part of the image, where the kernel says whether there is an XSAVE area. */
enum { AT_MAGIC = 464, MAGIC = 0x46505853, X87_AND_SSE = 3 };

static void put_floats(struct frame_floats *to, const uint8_t *image)
{
	to->control = get_field(image, FLOATS_CONTROL, 2);
	to->status = get_field(image, FLOATS_STATUS, 2);
	to->tags = 0;
	for (unsigned i = 0; i < 8; i++)
		to->tags |= (image[FLOATS_VALID] >> i & 1 ? 0u : 3u) << 2 * i;
	to->eip = get_field(image, FLOATS_EIP, 4);
	to->cs = get_field(image, FLOATS_CS, 2) | get_field(image, FLOATS_OPCODE, 2) << 16;
	to->data = get_field(image, FLOATS_DATA, 4);
	to->ds = get_field(image, FLOATS_DS, 2);
	for (unsigned i = 0; i < 80; i++)
		to->stack[i] = image[FLOATS_STACK + i / 10 * 16 + i % 10];
	for (unsigned i = 0; i < CASE_FLOATS_USED; i++)
		to->fxsave[i] = image[i];
	if (get_field(to->fxsave, AT_MAGIC, 4) == MAGIC)
		to->extended[0] |= X87_AND_SSE;
}

static void end_case(const struct frame_registers *registers)
{
	struct test_case *test_case = &shared->cases[shared->index];
	struct case_result *result = &test_case->result;
	const uint32_t gpr[8] = { registers->eax, registers->ecx, registers->edx, registers->ebx,
		                  registers->esp, registers->ebp, registers->esi, registers->edi };

	for (int i = 0; i < 8; i++)
		result->gpr[i] = gpr[i];
	result->eip = registers->eip;
	result->eflags = registers->eflags;
	result->vector = registers->vector;
	result->error = registers->error;
	result->address = registers->cr2;
	if (floats_of(registers))
		for (unsigned i = 0; i < CASE_FLOATS_USED; i++)
			result->floats[i] = floats_of(registers)->fxsave[i];
	restore_scratch(result);
	for (uint32_t i = 0; i < test_case->input.length; i++)
		code_pages[test_case->input.start + i] = 0xcc;
}

static void begin_case(struct frame_registers *registers)
{
	const struct case_input *input = &shared->cases[shared->index].input;
	const struct case_segment *segments = case_worlds[input->world];

	for (uint32_t i = 0; i < input->length; i++)
		code_pages[input->start + i] = input->code[i];
	registers->eax = input->gpr[0];
	registers->ecx = input->gpr[1];
	registers->edx = input->gpr[2];
	registers->ebx = input->gpr[3];
	registers->esp = input->gpr[4];
	registers->ebp = input->gpr[5];
	registers->esi = input->gpr[6];
	registers->edi = input->gpr[7];
	registers->eip = case_eip(input);
	registers->cs = segments[CASE_CS].selector;
	registers->ss = segments[CASE_SS].selector;
	registers->ds = segments[CASE_DS].selector;
	registers->es = segments[CASE_ES].selector;
	registers->eflags = input->eflags;
	if (floats_of(registers))
		put_floats(floats_of(registers), input->floats);
	else
		shared->has_floats = 0;
}

static void copy_registers(uint32_t *to, const uint32_t *from)
{
	for (unsigned i = 0; i < sizeof(struct frame_registers) / 4; i++)
		to[i] = from[i];
}

static void handle(int signal, void *information, struct signal_context *context)
{
	struct frame_registers *registers = &context->registers;

	/* A case may have left alignment checks on. */
	__asm__ volatile("pushfl; andl $~0x40000, (%%esp); popfl; cld" ::: "memory", "cc");
	(void)signal;
	(void)information;
	if (!shared->running) {
		copy_registers(shared->interrupted, (const uint32_t *)registers);
		shared->running = 1;
		shared->index = 0;
	} else {
		end_case(registers);
		shared->index++;
	}
	if (shared->index < shared->count) {
		begin_case(registers);
		return;
	}
	copy_registers((uint32_t *)registers, shared->interrupted);
	shared->running = 0;
}

/* ---- setting up ---- */

__attribute__((naked)) static void return_from_signal(void)
{
	__asm__ volatile("movl %0, %%eax; int $0x80" : : "i"(CALL_SIGRETURN));
}

/* mmap2 has six arguments: the last one, the offset in pages, is in EBP. */
static long map(uint32_t address, uint32_t size, int flags, long descriptor)
{
	long result;

	__asm__ volatile("pushl %%ebp; xorl %%ebp, %%ebp; int $0x80; popl %%ebp" : "=a"(result)
	                 : "a"(CALL_MMAP2), "b"(address), "c"(size), "d"(flags >> 16), "S"(flags & 0xffff),
	                   "D"(descriptor) : "memory");
	return result;
}

enum {
	READ_WRITE = 3 << 16,
	READ_WRITE_EXECUTE = 7 << 16,
	SHARED_FIXED = 0x11,
	PRIVATE_FIXED_ANONYMOUS = 0x32,
};

static void map_pages(void)
{
	check(map(CASE_SHARED, sizeof(struct shared), READ_WRITE | SHARED_FIXED, 3), 101);
	check(map(CASE_CODE, CASE_CODE_SIZE, READ_WRITE_EXECUTE | PRIVATE_FIXED_ANONYMOUS, -1), 102);
	check(map(CASE_SCRATCH, CASE_SCRATCH_SIZE, READ_WRITE | PRIVATE_FIXED_ANONYMOUS, -1), 103);
	for (uint32_t i = 0; i < CASE_CODE_SIZE; i++)
		code_pages[i] = 0xcc;
}

static void catch_signals(void)
{
	static const int signals[] = { 4, 5, 7, 8, 11 }; /* ILL, TRAP, BUS, FPE, SEGV */
	const uint32_t stack[3] = { (uint32_t)shared->stack, 0, sizeof shared->stack };
	/* SA_SIGINFO, SA_ONSTACK, SA_NODEFER, SA_RESTORER */
	const uint32_t action[5] = { (uint32_t)handle, 0x4 | 0x08000000 | 0x40000000 | 0x04000000,
		                     (uint32_t)return_from_signal, 0, 0 };

	check(call(CALL_SIGALTSTACK, (long)stack, 0, 0, 0), 104);
	for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++)
		check(call(CALL_SIGACTION, signals[i], (long)action, 0, 8), 105);
}

/* FS: a byte-granular 32-bit data segment over the scratch pages (Linux: struct user_desc). */
static void set_fs(void)
{
	uint32_t descriptor[4] = { CASE_SELECTOR_FS >> 3, CASE_FS_BASE, CASE_FS_LIMIT, 0x41 };

	check(call(CALL_SET_THREAD_AREA, (long)descriptor, 0, 0, 0), 106);
	__asm__ volatile("movw %w0, %%fs" : : "r"(CASE_SELECTOR_FS));
}

static bool set_local_segment(const struct case_segment *segment)
{
	/* seg_32bit, contents (1: expand-down, 2: code), useable */
	uint32_t descriptor[4] = { segment->selector >> 3, segment->base, segment->limit, 0x40 };

	descriptor[3] |= segment->big | segment->expand_down << 1 | segment->code << 2;
	return call(CALL_MODIFY_LDT, 1, (long)descriptor, sizeof descriptor, 0) == 0;
}

/* Kernels can be built without local descriptor tables, or without 16-bit segments. */
static void set_local_segments(void)
{
	shared->has_local_segments = 1;
	for (int world = 0; world < CASE_WORLDS; world++) {
		for (int i = 0; i < CASE_SEGMENTS; i++) {
			const struct case_segment *segment = &case_worlds[world][i];
			if (segment->selector & 4 && !set_local_segment(segment))
				shared->has_local_segments = 0;
		}
	}
}

/* The read-only page takes its contents through a moment of being writable. */
static void take_pristine(void)
{
	check(call(CALL_MPROTECT, CASE_SCRATCH, CASE_SCRATCH_SIZE, 3, 0), 107);
	for (uint32_t i = 0; i < CASE_SCRATCH_SIZE / 4; i++)
		scratch[i] = shared->pristine[i];
	check(call(CALL_MPROTECT, CASE_SCRATCH + CASE_WRITABLE, CASE_SCRATCH_SIZE - CASE_WRITABLE, 1, 0),
	      108);
}

__attribute__((force_align_arg_pointer, noreturn)) void _start(void)
{
	uint32_t count;

	map_pages();
	catch_signals();
	set_fs();
	set_local_segments();
	shared->has_floats = 1;
	while (call(CALL_READ, 0, (long)&count, 4, 0) == 4) {
		shared->count = count;
		take_pristine();
		__asm__ volatile("int3" ::: "memory");
		call(CALL_WRITE, 1, (long)&count, 4, 0);
	}
	leave(0);
	__builtin_unreachable();
}
