/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/experiments/bare/transfers.c - a guest without a kernel: n rounds of 100 transfers of control, of which as many are
 * indirect as `share` says, and the others direct. Each goes to a block that adds a number and comes back, so that the work beside is
 * the same. The idea is Adams and Agesen's (ASPLOS 2006): indirect transfers are where a translator pays on plain code.
 *
 * Words: n=ROUNDS share=0..100 to=TARGETS (indirect jumps to so many blocks in turn) or to=returns (calls and returns).
 */
#include "kernel/multiboot.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	TRANSFERS = 100, /* in a round */
	BLOCKS = 2048,
	DEBUG_PORT = 0xe9,
	EXIT_PORT = 0xf4,
};

/*
 * The header, the entry, and the blocks. They lie 16 bytes apart from a multiple of 1 KiB on, where the
 * translator's lookup cache of 1024 entries (bt/translator.h) has a place of its own for each of the first 1024, and the others share them.
 */
__asm__(".section .multiboot, \"a\"\n"
        ".balign 4\n"
        ".long 0x1BADB002, 0, -0x1BADB002\n"
        ".text\n"
        ".globl start\n"
        "start:\n"
        "	mov $stack_top, %esp\n"
        "	push %ebx\n"
        "	call begin\n"
        "1:	cli\n"
        "	hlt\n"
        "	jmp 1b\n"
        ".balign 1024\n"
        "blocks:\n"
        ".set number, 0\n"
        ".rept 2048\n" /* BLOCKS */
        "	.balign 16\n"
        "	add $number, %eax\n"
        "	jmp joined\n"
        "	.set number, number + 1\n"
        ".endr\n"
        ".bss\n"
        "	.skip 4096\n"
        "stack_top:\n");

void begin(const struct multiboot_info *information);
uint32_t jump_around(uint32_t sum, uint32_t direct, uint32_t indirect, uint32_t *block, uint32_t blocks);
uint32_t call_around(uint32_t sum, uint32_t direct, uint32_t indirect);

/*
 * `direct` jumps and then `indirect` ones, each to a block and from there back here. They do the same beside: the direct ones
 * compute an address, too, and do not use it.
 */
__asm__(".text\n"
        "jump_around:\n"
        "	push %ebp\n"
        "	push %ebx\n"
        "	push %esi\n"
        "	push %edi\n"
        "	mov 20(%esp), %eax\n" /* sum */
        "	mov 24(%esp), %ebp\n" /* direct */
        "	mov 28(%esp), %esi\n" /* indirect */
        "	mov 32(%esp), %edi\n" /* block: where the last round has come to */
        "	mov (%edi), %ebx\n"
        "next_direct:\n"
        "	sub $1, %ebp\n"
        "	jb begin_indirect\n"
        "	mov %ebx, %edx\n"
        "	shl $4, %edx\n"
        "	add $blocks, %edx\n"
        "	jmp direct_block\n"
        "direct_joined:\n"
        "	inc %ebx\n"
        "	cmp 36(%esp), %ebx\n" /* blocks */
        "	jb next_direct\n"
        "	xor %ebx, %ebx\n"
        "	jmp next_direct\n"
        "begin_indirect:\n"
        "	mov (%edi), %ebx\n"
        "next_indirect:\n"
        "	sub $1, %esi\n"
        "	jb 1f\n"
        "	mov %ebx, %edx\n"
        "	shl $4, %edx\n"
        "	add $blocks, %edx\n"
        "	jmp *%edx\n"
        "joined:\n"
        "	inc %ebx\n"
        "	cmp 36(%esp), %ebx\n"
        "	jb next_indirect\n"
        "	xor %ebx, %ebx\n"
        "	jmp next_indirect\n"
        "1:	mov %ebx, (%edi)\n"
        "	pop %edi\n"
        "	pop %esi\n"
        "	pop %ebx\n"
        "	pop %ebp\n"
        "	ret\n"
        "direct_block:\n"
        "	add $1, %eax\n"
        "	jmp direct_joined\n");

/* The same with a function that returns, and one that comes back by a jump, at the same price on bare hardware. */
__asm__(".text\n"
        "call_around:\n"
        "	push %ebp\n"
        "	push %esi\n"
        "	mov 12(%esp), %eax\n"
        "	mov 16(%esp), %ebp\n"
        "	mov 20(%esp), %esi\n"
        "2:	sub $1, %ebp\n"
        "	jb 4f\n"
        "	push $2b\n" /* as a call would */
        "	jmp comes_back\n"
        "4:	sub $1, %esi\n"
        "	jb 5f\n"
        "	call returns\n"
        "	jmp 4b\n"
        "5:	pop %esi\n"
        "	pop %ebp\n"
        "	ret\n"
        "comes_back:\n"
        "	inc %eax\n"
        "	add $4, %esp\n"
        "	jmp 2b\n"
        "returns:\n"
        "	inc %eax\n"
        "	ret\n");

static void out_byte(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static void out_long(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static void print(const char *text)
{
	while (*text)
		out_byte(DEBUG_PORT, (uint8_t)*text++);
}

static void print_hex(uint32_t value)
{
	for (int shift = 28; shift >= 0; shift -= 4)
		out_byte(DEBUG_PORT, (uint8_t)"0123456789abcdef"[value >> shift & 15]);
}

/* What follows " name=" in the command line; NULL: it is not there. */
static const char *word(const char *line, const char *name)
{
	for (; *line; line++) {
		const char *at = line, *wanted = name;

		while (*wanted && *at == *wanted)
			at++, wanted++;
		if (!*wanted && *at == '=')
			return at + 1;
		while (*line && *line != ' ')
			line++;
		if (!*line)
			break;
	}
	return NULL;
}

static uint32_t number(const char *line, const char *name, uint32_t otherwise, uint32_t most)
{
	const char *text = word(line, name);
	uint32_t value = 0;

	if (!text || *text < '0' || *text > '9')
		return otherwise;
	for (; *text >= '0' && *text <= '9' && value <= most; text++)
		value = value * 10 + (uint32_t)(*text - '0');
	return value > most ? most : value;
}

void begin(const struct multiboot_info *information)
{
	const char *line = information->flags & MULTIBOOT_HAS_COMMAND_LINE ? (const char *)information->command_line : "";
	uint32_t rounds = number(line, "n", 10, 1000000), share = number(line, "share", 50, TRANSFERS);
	uint32_t targets = number(line, "to", 0, BLOCKS), block = 0, sum = 0;
	const char *to = word(line, "to");
	bool returns = to && *to == 'r';

	targets = targets ? targets : 1;
	/* Each block once, and a function too: what comes is not the first time, for any number of rounds. */
	sum = returns ? call_around(sum, 1, 1) : jump_around(sum, 1, targets, &block, targets);
	for (uint32_t i = 0; i < rounds; i++)
		sum = returns ? call_around(sum, TRANSFERS - share, share)
		              : jump_around(sum, TRANSFERS - share, share, &block, targets);
	print("transfers: sum ");
	print_hex(sum);
	print("\n");
	out_long(EXIT_PORT, 0);
}
