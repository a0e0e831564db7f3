/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 07-paravirtualize/guest/main.c - the lab's kernel: tables, handlers, console, and the timer, which goes off only when it was armed, so
 * that what a run does is the same however fast it is.
 *
 *	ops=NAME,...  what its programs do (all)     n=COUNT  operations of each program (12)
 *	seed=NUMBER   what exactly (1)
 */
#include "kernel.h"
#include "words.h"

enum { EXCEPTIONS = 20, GATES = EXCEPTIONS + 2, SYSTEM_CALL_ENTRY = 33, ENTRY_SIZE = 16, LINE = 160 };

struct descriptor {
	uint32_t low, high;
};

extern uint8_t trap_entries[], boot_stack_top[];
void load_segments(const struct table *gdt);

struct options options;
struct task task;
volatile bool critical;
volatile uint32_t ticks;
static struct descriptor gdt[6] __attribute__((aligned(4096)));

/* ---- the console ---- */

static char *put_number(char *to, uint32_t value, uint32_t base)
{
	char digits[12];
	unsigned count = 0;

	do {
		digits[count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (count)
		*to++ = digits[--count];
	return to;
}

void say(const char *words, uint32_t first, uint32_t second)
{
	char line[LINE], *to = line;

	for (; *words && to < line + LINE - 16; words++) {
		if (*words != '%') {
			*to++ = *words;
			continue;
		}
		to = put_number(to, first, *++words == 'x' ? 16 : 10);
		first = second;
	}
	*to++ = '\n';
	console_write(line, (size_t)(to - line));
}

void off(uint8_t code)
{
	bare_out(0xf4, code);
	for (;;)
		;
}

void panic(const char *why, uint32_t number)
{
	say(why, number, 0);
	off(1);
}

/* ---- the timer: the 8254's channel 0 in mode 0, one interrupt for each time that it is armed ---- */

void arm_timer(uint8_t count)
{
	bare_out(0x43, 0x10); /* one byte of the count */
	bare_out(0x40, count);
}

void timer_tick(void)
{
	if (critical)
		panic("kernel: the timer's handler ran while interrupts were off (tick %u)", ticks);
	ticks++;
	bare_out(0x20, 0x20);
}

static void timer_begin(void)
{
	static const uint8_t writes[][2] = {{0x20, 0x11}, {0xa0, 0x11}, {0x21, VECTOR_TIMER}, {0xa1, VECTOR_TIMER + 8}, {0x21, 4},
	                                    {0xa1, 2}, {0x21, 1}, {0xa1, 1}, {0x43, 0x30}, {0x21, 0xfe}, {0xa1, 0xff}};

	for (unsigned i = 0; i < sizeof writes / sizeof *writes; i++)
		bare_out(writes[i][0], writes[i][1]);
}

/* ---- traps ---- */

void trap(struct frame *frame)
{
	if (frame->vector == VECTOR_TIMER) {
		if (interrupt_may_be_taken())
			timer_tick();
	} else if (frame->vector == SYSTEM_CALL_ENTRY) {
		frame->eax = process_call(frame);
	} else {
		say("kernel: exception %u at %x", frame->vector, frame->eip);
		off(1);
	}
}

static void make_gates(void)
{
	struct gate gates[GATES];

	for (unsigned vector = 0; vector < EXCEPTIONS; vector++)
		gates[vector] = (struct gate){(uint8_t)vector, 0, false, (uint32_t)trap_entries + vector * ENTRY_SIZE};
	gates[EXCEPTIONS] = (struct gate){VECTOR_TIMER, 0, true, (uint32_t)trap_entries + VECTOR_TIMER * ENTRY_SIZE};
	gates[EXCEPTIONS + 1] = (struct gate){SYSTEM_CALL, 3, false, (uint32_t)trap_entries + SYSTEM_CALL_ENTRY * ENTRY_SIZE};
	load_gates(gates, GATES);
}

static struct descriptor segment(uint32_t base, uint32_t limit, uint32_t access)
{
	return (struct descriptor){base << 16 | (limit & 0xffff),
	                           (base & 0xff000000) | (base >> 16 & 0xff) | access << 8 | (limit & 0xf0000)};
}

static void make_segments(void)
{
	const struct table table = {sizeof gdt - 1, (uint32_t)gdt};

	gdt[1] = segment(0, 0xfffff, 0xc09b);
	gdt[2] = segment(0, 0xfffff, 0xc093);
	gdt[3] = segment(0, 0xfffff, 0xc0fb);
	gdt[4] = segment(0, 0xfffff, 0xc0f3);
	gdt[5] = segment((uint32_t)&task, sizeof task - 1, 0x89);
	task = (struct task){.ss0 = KERNEL_DATA, .esp0 = (uint32_t)boot_stack_top, .map = sizeof task};
	load_segments(&table);
}

/* ---- the command line ---- */

static uint32_t operations(const char *line)
{
	static const char *const names[] = {
#define OPERATION(name) #name,
		OPERATION_LIST(OPERATION)
#undef OPERATION
	};
	uint32_t mask = 0;

	for (const char *at = words_behind(line, "ops="); *at && *at != ' '; at = words_next(at))
		for (unsigned i = 0; i < OPERATIONS; i++)
			mask |= words_begin(at, names[i]) ? 1u << i : 0;
	return mask ? mask : (1u << OPERATIONS) - 1;
}

void begin(const uint32_t *multiboot)
{
	const char *line = multiboot[0] & 4 ? (const char *)multiboot[4] : "";

	options = (struct options){words_number(line, "seed=", 1), words_number(line, "n=", 12), operations(line)};
	make_segments();
	memory_begin();
	machine_begin();
	make_gates();
	timer_begin();
	interrupts_on();
	say("kernel: seed %u, %u operations a program", options.seed, options.count);
	processes_run();
}
