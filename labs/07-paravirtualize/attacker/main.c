/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 07-paravirtualize/attacker/main.c - a Xen domain that asks its VMM for what is right and for what is not, in turn, as its seed says.
 *
 *	calls=NAME,...  mmu, va, gdt, descriptor, stack, traps (all)     n=COUNT  how many (200)
 *	seed=NUMBER     which ones (1)
 */
#include "attacker.h"
#include "../guest/words.h"

enum { SHUTDOWN = 2, CONSOLE_WRITE = 0 };

/* The beginning of Xen's start_info. */
struct start_info {
	char magic[32];
	uint32_t nr_pages, shared_info, flags, store_mfn, store_evtchn, console[2], pt_base, nr_pt_frames, mfn_list, mod_start, mod_len;
	char cmd_line[1024];
};

static const struct {
	const char *name;
	void (*attempt)(void);
} attempts[] = {
	{"mmu", try_mmu}, {"va", try_va}, {"gdt", try_gdt}, {"descriptor", try_descriptor}, {"stack", try_stack}, {"traps", try_traps},
};
enum { ATTEMPTS = sizeof attempts / sizeof *attempts };

uint32_t directory_mfn, table_mfn;
static const uint32_t *frames; /* mfns by pfn */
static uint32_t state, checksum = 2166136261u, fired, refused;

/* xorshift (Marsaglia 2003) */
uint32_t random_number(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

int32_t hypercall(enum call number, uint32_t first, uint32_t second, uint32_t third, uint32_t fourth)
{
	int32_t result;

	__asm__ volatile("int $0x82" : "=a"(result) : "0"(number), "b"(first), "c"(second), "d"(third), "S"(fourth) : "memory");
	return result;
}

/* By itself, or as a list of one. */
static int32_t hypercall_somehow(enum call number, uint32_t first, uint32_t second, uint32_t third, uint32_t fourth)
{
	static struct {
		uint32_t number, result, argument[6];
	} list;

	if (!one_in(8))
		return hypercall(number, first, second, third, fourth);
	list.number = number;
	list.argument[0] = first;
	list.argument[1] = second;
	list.argument[2] = third;
	list.argument[3] = fourth;
	return hypercall(CALL_multicall, (uint32_t)&list, 1, 0, 0) < 0 ? -1 : (int32_t)list.result;
}

void fire(enum call number, uint32_t first, uint32_t second, uint32_t third, uint32_t fourth)
{
	int32_t result = hypercall_somehow(number, first, second, third, fourth);

	checksum = ((checksum ^ number) * 16777619u ^ (uint32_t)result) * 16777619u;
	fired++;
	refused += result < 0;
}

uint32_t free_frame(void)
{
	return frames[FREE_FRAME + below(FREE_FRAMES)];
}

uint32_t segment_frame(void)
{
	return frames[FREE_FRAME + below(SEGMENT_FRAMES)];
}

uint32_t foreign_frame(void)
{
	return one_in(2) ? below(16) : 0x80000 + below(0x1000);
}

uint32_t pointer(uint32_t good)
{
	static const uint32_t bad[] = {HOLE, HOLE - 4, 0xFFE00000, 0xFFFFFFFC, 0x00001000, 0x80000000};

	return below(8) ? good : bad[below(sizeof bad / sizeof *bad)];
}

/* ---- words ---- */

static uint32_t chosen(const char *line)
{
	uint32_t mask = 0;

	for (const char *at = words_behind(line, "calls="); *at && *at != ' '; at = words_next(at))
		for (unsigned i = 0; i < ATTEMPTS; i++)
			mask |= words_begin(at, attempts[i].name) ? 1u << i : 0;
	return mask ? mask : (1u << ATTEMPTS) - 1;
}

/* ---- the run ---- */

static char *put(char *to, const char *words, uint32_t value, uint32_t base)
{
	char digits[12];
	unsigned count = 0;

	while (*words)
		*to++ = *words++;
	do {
		digits[count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (count)
		*to++ = digits[--count];
	return to;
}

static void tell_and_end(void)
{
	static const uint32_t reason = 0; /* poweroff */
	char line[120], *to = line;

	to = put(to, "attacker: calls ", fired, 10);
	to = put(to, ", refused ", refused, 10);
	to = put(to, ", checksum ", checksum, 16);
	*to++ = '\n';
	hypercall(CALL_console_io, CONSOLE_WRITE, (uint32_t)(to - line), (uint32_t)line, 0);
	hypercall(CALL_sched_op, SHUTDOWN, (uint32_t)&reason, 0, 0);
}

void begin(const struct start_info *start)
{
	uint32_t mask = chosen(start->cmd_line), count = words_number(start->cmd_line, "n=", 200);

	state = words_number(start->cmd_line, "seed=", 1) * 2654435761u | 1;
	frames = (const uint32_t *)start->mfn_list;
	directory_mfn = frames[(start->pt_base - BASE) / PAGE];
	table_mfn = frames[(start->pt_base - BASE) / PAGE + 1];
	while (count--) {
		unsigned which = below(ATTEMPTS);

		while (!(mask >> which & 1))
			which = (which + 1) % ATTEMPTS;
		attempts[which].attempt();
	}
	tell_and_end();
}
