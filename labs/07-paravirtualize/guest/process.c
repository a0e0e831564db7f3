/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 07-paravirtualize/guest/process.c - processes, which give the processor away by themselves: by yielding, sleeping, or coming to their
 * end. Sleepers are woken in the order of the ticks that they asked for, and only when nobody else can run, so the order never
 * depends on how long anything takes.
 */
#include "kernel.h"

enum { IDLE_TICK = 200, ALARM_TICK = 2, CRITICAL_WORK = 30000, TEXT_MOST = 96 };

extern uint8_t trap_leave[];
void switch_stacks(uint32_t *keep, uint32_t next);

enum state { GONE, READY, ASLEEP };

static struct process {
	enum state state;
	uint32_t wake; /* by `now` */
	uint32_t directory, *table;
	uint32_t stack_top, esp; /* of the kernel's stack */
	uint32_t line;           /* lines printed */
} processes[PROCESSES];
static struct process *current = &processes[0];
static uint32_t now; /* moments of sleepers that have passed */

/* ---- who is next ---- */

static struct process *ready_after(const struct process *process)
{
	unsigned from = (unsigned)(process - processes);

	for (unsigned i = 1; i <= PROCESSES; i++)
		if (processes[(from + i) % PROCESSES].state == READY)
			return &processes[(from + i) % PROCESSES];
	return NULL;
}

static struct process *first_sleeper(void)
{
	struct process *first = NULL;

	for (unsigned i = 0; i < PROCESSES; i++)
		if (processes[i].state == ASLEEP && (!first || processes[i].wake < first->wake))
			first = &processes[i];
	return first;
}

/* Nobody can run: the timer brings the moment of the first sleeper. */
static void wait_for_sleeper(struct process *sleeper)
{
	uint32_t before = ticks;

	interrupts_off();
	arm_timer(IDLE_TICK);
	wait_for_interrupt();
	if (ticks != before + 1)
		panic("kernel: waiting has brought %u ticks, not one", ticks - before);
	now = sleeper->wake;
	sleeper->state = READY;
}

static struct process *next_process(void)
{
	struct process *next, *sleeper;

	interrupts_off();
	next = ready_after(current);
	interrupts_on();
	if (next)
		return next;
	sleeper = first_sleeper();
	if (!sleeper) {
		say("kernel: all have come to their end, %u ticks", ticks, 0);
		off(0);
	}
	wait_for_sleeper(sleeper);
	return sleeper;
}

static void give_away(void)
{
	struct process *last = current, *next = next_process();

	if (next == last)
		return;
	current = next;
	updates_begin();
	load_directory(next->directory);
	set_kernel_stack(next->stack_top);
	updates_end();
	switch_stacks(&last->esp, next->esp);
}

/* ---- calls ---- */

static uint32_t print(uint32_t text, uint32_t size)
{
	char line[TEXT_MOST + 16] = {'0' + (char)(current - processes), ':', ' '};
	const char *from = (const char *)text;
	size_t used = 3;

	while (size-- && used < TEXT_MOST)
		line[used++] = *from++;
	line[used++] = '\n';
	console_write(line, used);
	return ++current->line;
}

/* An interrupt comes in the middle of what must not be interrupted. */
static uint32_t alarm(void)
{
	uint32_t before = ticks, sum = 0;

	interrupts_off();
	critical = true;
	arm_timer(ALARM_TICK);
	for (volatile uint32_t i = 0; i < CRITICAL_WORK; i++)
		sum += i;
	if (ticks != before)
		panic("kernel: an interrupt was taken while they were off (tick %u)", before);
	critical = false;
	interrupts_on();
	__asm__ volatile("nop" : : : "memory"); /* STI holds interrupts off for one instruction */
	if (ticks != before + 1)
		panic("kernel: the interrupt that came meanwhile is lost (tick %u)", before);
	return sum;
}

static uint32_t sleep(uint32_t moments)
{
	current->state = ASLEEP;
	current->wake = now + moments;
	give_away();
	return ticks;
}

static bool is_range(uint32_t page, uint32_t count)
{
	return count && count <= MAP_MOST && page < USER_PAGES - 1 && count <= USER_PAGES - 1 - page;
}

uint32_t process_call(const struct frame *frame)
{
	uint32_t first = frame->ebx, second = frame->ecx;

	switch (frame->eax) {
	case CALL_PRINT: return print(first, second);
	case CALL_SLEEP: return sleep(first);
	case CALL_ALARM: return alarm();
	case CALL_YIELD: break;
	case CALL_MAP:
		if (is_range(first, second))
			pages_map(current->table, first, second);
		return 0;
	case CALL_UNMAP:
		if (is_range(first, second))
			pages_unmap(current->table, first, second);
		return 0;
	case CALL_EXIT:
		say("kernel: process %u ends with %x", (uint32_t)(current - processes), first);
		current->state = GONE;
		break;
	default: panic("kernel: there is no system call %u", frame->eax);
	}
	give_away();
	return 0;
}

/* ---- the beginning ---- */

static uint32_t push(uint32_t esp, uint32_t value)
{
	*(uint32_t *)(esp - 4) = value;
	return esp - 4;
}

/* A stack that looks as if the process had entered the kernel by a system call before its first instruction. */
static void make_stack(struct process *process, uint32_t user_stack)
{
	struct frame *frame = (struct frame *)(process->stack_top - sizeof *frame);

	*frame = (struct frame){.es = USER_DATA, .ds = USER_DATA, .eip = (uint32_t)user_main, .cs = USER_CODE, .eflags = 0x202,
	                        .esp = user_stack, .ss = USER_DATA};
	process->esp = push((uint32_t)frame, (uint32_t)trap_leave);
	process->esp -= 16; /* EBX, EBP, ESI, EDI */
}

static void make_process(struct process *process, uint32_t index)
{
	uint32_t stack_page = frame_take(), esp = stack_page + PAGE;

	process->table = (uint32_t *)frame_take();
	process->table[USER_PAGES - 1] = stack_page | PRESENT | WRITABLE | USER;
	process->directory = directory_make(process->table);
	process->stack_top = frame_take() + PAGE;
	process->state = READY;
	esp = push(esp, options.operations);
	esp = push(esp, options.count);
	esp = push(esp, options.seed * 7919 + index);
	esp = push(esp, index);
	esp = push(esp, 0); /* nowhere to return to */
	make_stack(process, esp - stack_page + USER_BASE + (USER_PAGES - 1) * PAGE);
}

void processes_run(void)
{
	uint32_t nobody;

	for (uint32_t i = 0; i < PROCESSES; i++)
		make_process(&processes[i], i);
	updates_begin();
	load_directory(current->directory);
	set_kernel_stack(current->stack_top);
	updates_end();
	switch_stacks(&nobody, current->esp);
	panic("kernel: nobody comes back here (%u)", 0);
}
