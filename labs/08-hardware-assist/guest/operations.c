/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 08-hardware-assist/guest/operations.c - what the guest does, each in its right forms and in those that fault. Values that depend on
 * time are never left in memory or registers: final states can be compared between VMMs that take different time.
 */
#include "guest.h"

/* An instruction that may fault, which go_on then leads behind. */
#define MAY_FAULT(instruction, ...)                                       \
	__asm__ volatile("movl $1f, go_on\n\t" instruction "\n1:\tmovl $0, go_on" __VA_ARGS__)

/* ---- CPUID, MSRs, the TSC ---- */

static void do_cpuid(void)
{
	static const uint32_t leaves[] = {0, 1, 2, 3, 7, 0x40000000, 0x80000000, 0x80000002, 0x80000004, 0xffffffff};
	uint32_t eax = leaves[below(10)], ebx, ecx = random_number(), edx;

	__asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	note(eax);
	note(ebx);
	note(ecx);
	note(edx);
}

enum { TSC = 0x10, SYSENTER_CS = 0x174, PAT = 0x277, NO_MSR = 0x12345 };

static void read_msr(uint32_t number)
{
	uint32_t eax = 1, edx = 2;

	MAY_FAULT("rdmsr", : "+a"(eax), "+d"(edx) : "c"(number) : "memory");
	note(eax);
	note(edx);
}

static void write_msr(uint32_t number, uint32_t high, uint32_t low)
{
	MAY_FAULT("wrmsr", : : "a"(low), "d"(high), "c"(number) : "memory");
}

static void do_msr(void)
{
	uint32_t number = below(4) ? SYSENTER_CS + below(3) : PAT, which = below(6);

	if (which == 0)
		write_msr(NO_MSR, random_number(), random_number());
	else if (which == 1)
		read_msr(NO_MSR);
	else if (which == 2)
		write_msr(PAT, 0x02020202, 1); /* 2 is no memory type */
	else if (number == PAT)
		write_msr(PAT, 0x00070406, 0x00070406);
	else
		write_msr(number, 0, random_number());
	read_msr(number);
}

/* Sets the TSC, and looks whether it goes on from there; nothing of it is left. */
static void do_tsc(void)
{
	uint32_t low = random_number() >> 4, late;

	if (below(3) == 0)
		write_msr(TSC, 0, low);
	else
		low = 0;
	__asm__ volatile("rdtsc\n\t"
	                 "sub %1, %%eax\n\t"
	                 "mov $0, %0\n\t"
	                 "test %1, %1\n\t"
	                 "jz 1f\n\t"
	                 "cmp $1000000, %%eax\n\t"
	                 "jb 1f\n\t"
	                 "mov $1, %0\n"
	                 "1:\txor %%eax, %%eax\n\t"
	                 "xor %%edx, %%edx"
	                 : "=&r"(late) : "r"(low) : "eax", "edx", "cc");
	note(late);
}

/* ---- ports ---- */

/* Scratch registers of two UARTs; at 61FH, and the three behind it, is nothing. */
static uint16_t choose_port(void)
{
	static const uint16_t ports[] = {0x3ff, 0x2ff, 0x61f, 0x3ff};

	return ports[below(4)];
}

static void do_in(void)
{
	uint16_t port = choose_port();
	uint32_t eax = random_number();

	switch (below(4)) {
	case 0: __asm__ volatile("inb %%dx, %%al" : "+a"(eax) : "d"(port)); break;
	case 1: __asm__ volatile("inw %%dx, %%ax" : "+a"(eax) : "d"(port)); break;
	case 2: __asm__ volatile("inl %%dx, %%eax" : "+a"(eax) : "d"(port)); break;
	default: __asm__ volatile("inb $0x21, %%al" : "+a"(eax)); break;
	}
	note(eax);
}

static void do_out(void)
{
	uint16_t port = choose_port();
	uint32_t eax = random_number();

	switch (below(3)) {
	case 0: __asm__ volatile("outb %%al, %%dx" : : "a"(eax), "d"(port)); break;
	case 1: __asm__ volatile("outw %%ax, %%dx" : : "a"(eax), "d"(port)); break;
	default: __asm__ volatile("outl %%eax, %%dx" : : "a"(eax), "d"(port)); break;
	}
	do_in();
}

/* A short while, as drivers make it: a port at which nothing is. */
static void do_post(void)
{
	for (uint32_t i = below(4); i < 6; i++)
		__asm__ volatile("outb %%al, $0xed" : : "a"(i));
}

/* ---- control and debug registers, tables ---- */

enum { CR0_MP = 2, CR0_TS = 8, CR0_NE = 0x20, CR0_WP = 0x10000, CR0_AM = 0x40000, CR0_NW = 0x20000000, CR0_CD = 0x40000000 };

static uint32_t read_cr0(void)
{
	uint32_t value;

	__asm__ volatile("mov %%cr0, %0" : "=r"(value));
	return value;
}

static void write_cr0(uint32_t value)
{
	if (below(2))
		MAY_FAULT("mov %0, %%cr0", : : "S"(value) : "memory");
	else
		MAY_FAULT("mov %0, %%cr0", : : "b"(value) : "memory");
	note(read_cr0());
}

static void do_cr0(void)
{
	static const uint32_t bits[] = {CR0_MP, CR0_TS, CR0_NE, CR0_WP, CR0_AM, CR0_CD};
	uint32_t cr0 = read_cr0();

	switch (below(8)) {
	case 0: __asm__ volatile("clts"); break;
	case 1: __asm__ volatile("lmsw %w0" : : "r"(1 | (below(2) ? CR0_TS : 0) | CR0_MP)); break;
	case 2: write_cr0(cr0 & ~1u); return; /* PG without PE */
	case 3: write_cr0((cr0 & ~(uint32_t)CR0_CD) | CR0_NW); return;
	case 4: __asm__ volatile("smsw %0" : "=r"(cr0)); break;
	default: write_cr0(cr0 ^ bits[below(6)]); return;
	}
	note(cr0);
	note(read_cr0());
}

static void do_cr3(void)
{
	uint32_t value = 0;

	if (below(2))
		__asm__ volatile("mov %0, %%cr3" : : "D"(directories[below(2)]) : "memory");
	__asm__ volatile("mov %%cr3, %0" : "=S"(value));
	note(value);
}

static void do_cr4(void)
{
	static const uint32_t bits[] = {1 << 2, 1 << 3, 1 << 7, 1 << 4};
	uint32_t value;

	__asm__ volatile("mov %%cr4, %0" : "=r"(value));
	if (below(4) == 0)
		MAY_FAULT("mov %0, %%cr4", : : "r"(value | 1u << (13 + below(19))) : "memory");
	else
		__asm__ volatile("mov %0, %%cr4" : : "r"(value ^ bits[below(4)]));
	__asm__ volatile("mov %%cr4, %0" : "=r"(value));
	note(value);
}

static void do_invlpg(void)
{
	__asm__ volatile("invlpg (%0)" : : "r"(random_number()) : "memory");
}

/* DR7 stays as it is: no breakpoint is on. */
static void do_dr(void)
{
	uint32_t value = random_number();

	if (below(2))
		__asm__ volatile("mov %0, %%dr1" : : "r"(value));
	else
		__asm__ volatile("mov %0, %%dr3" : : "r"(value));
	__asm__ volatile("mov %%dr1, %0" : "=r"(value));
	note(value);
}

static void do_tables(void)
{
	struct {
		uint16_t limit;
		uint32_t base;
	} __attribute__((packed)) table;
	uint32_t selector = 0;

	switch (below(4)) {
	case 0: __asm__ volatile("sgdt %0\n\tlgdt %0" : "=m"(table)); break;
	case 1: __asm__ volatile("sidt %0\n\tlidt %0" : "=m"(table)); break;
	case 2: __asm__ volatile("sldt %0" : "=r"(selector)); note(selector); return;
	default: __asm__ volatile("str %0" : "=r"(selector)); note(selector); return;
	}
	note(table.limit);
	note(table.base);
}

/* ---- exceptions ---- */

static void fault_nm(void)
{
	__asm__ volatile("lmsw %w0" : : "r"(1 | CR0_TS));
	MAY_FAULT("fnop", : : : "memory");
	__asm__ volatile("clts");
}

static void fault_pf(void)
{
	uint8_t *page = below(2) ? absent_page : read_only_page;
	uint32_t offset = below(PAGE);

	write_cr0(read_cr0() | CR0_WP);
	if (below(2) || page == read_only_page)
		MAY_FAULT("movb $1, (%0)", : : "r"(page + offset) : "memory");
	else
		MAY_FAULT("cmpb $1, (%0)", : : "r"(page + offset) : "memory", "cc");
}

static void do_fault(void)
{
	switch (below(6)) {
	case 0: MAY_FAULT("ud2", : : : "memory"); break;
	case 1: MAY_FAULT("xor %%edx, %%edx\n\tdiv %%edx", : : "a"(1) : "edx", "memory", "cc"); break;
	case 2: MAY_FAULT("mov %w0, %%fs", : : "r"((below(500) + 60) * 8) : "memory"); break; /* #GP with a selector */
	case 3: fault_nm(); break;
	default: fault_pf(); break;
	}
}

static void do_trap(void)
{
	switch (below(3)) {
	case 0: __asm__ volatile("int3"); break;
	case 1: __asm__ volatile("movb $0x7f, %%al\n\taddb $1, %%al\n\tinto" : : : "eax", "cc"); break;
	default: __asm__ volatile("int %0" : : "i"(VECTOR_CALL)); break;
	}
}

/* ---- memory ---- */

static uint32_t next_page = FREE_FIRST;

static volatile uint32_t *fresh_page(void)
{
	uint32_t page = next_page;

	next_page = page + PAGE < FREE_END ? page + PAGE : FREE_FIRST;
	return (volatile uint32_t *)page;
}

/* Some pages ahead, so that many tables are needed, then back where there has been something. */
static void do_touch(void)
{
	volatile uint32_t *word = fresh_page() + below(1024);

	if (below(3) == 0)
		next_page = FREE_FIRST + below((FREE_END - FREE_FIRST) / PAGE) * PAGE;
	note(*word);
	*word = random_number();
	note(*word);
}

/* The screen is memory, ROM is memory that stores do not change, and some is not there at all. */
static void do_holes(void)
{
	volatile uint32_t *word = (volatile uint32_t *)SCREEN;

	switch (below(3)) {
	case 0: word = (volatile uint32_t *)ROM; break;
	case 1: word = (volatile uint32_t *)NO_MEMORY; break;
	default: break;
	}
	word += below(2000);
	note(*word);
	*word = random_number();
	note(*word);
}

/* More pages than a TLB has entries for. */
static void do_walk(void)
{
	enum { PAGES = 1024 };
	uint32_t sum = 0, step = 1 + 2 * below(100);

	for (uint32_t i = 0; i < 2 * PAGES; i++)
		sum += *(volatile uint32_t *)(FREE_END - PAGE - i * step % PAGES * PAGE);
	note(sum);
}

/* Nothing but the event may use the stack: no compiler comes between. */
__attribute__((naked)) static void call_trap(void)
{
	__asm__("int $48\n\tret");
}

__attribute__((naked)) static void call_fault(void)
{
	__asm__("movl $1f, go_on\n\tud2\n1:\tmovl $0, go_on\n\tret");
}

__attribute__((naked)) static void call_selector(void)
{
	__asm__("mov $0x1238, %eax\n\tmovl $1f, go_on\n\tmov %eax, %fs\n1:\tmovl $0, go_on\n\tret");
}

__attribute__((naked)) static void wait(void)
{
	__asm__("mov ticks, %eax\n\tsti\n1:\tcmp ticks, %eax\n\tje 1b\n\tcli\n\tret");
}

/* An event whose frame goes to a page that nested tables may lack: the return address is the last that the page above it gets. */
static void do_fresh(void)
{
	static void (*const calls[])(void) = {call_trap, call_fault, call_selector, wait};
	uint32_t below_it = (uint32_t)fresh_page(), page = (uint32_t)fresh_page();

	if (page != below_it + PAGE)
		return;
	*(volatile uint32_t *)page = 0;
	fresh(page + 4, calls[below(has(OP_irq) ? 4 : 3)]);
}

/* ---- time ---- */

static void do_irq(void)
{
	__asm__ volatile("sti");
	for (volatile uint32_t i = 0; i < 3000 + 10000 * (ticks & 1); i++)
		;
	__asm__ volatile("cli");
}

/* Interrupts are off for longer than a tick; then on, in front of an instruction that may lack a page. */
static void do_late(void)
{
	volatile uint32_t *word = fresh_page();

	for (uint32_t i = 0; i < 300; i++)
		__asm__ volatile("outb %%al, $0xed" : : "a"(i));
	__asm__ volatile("sti\n\tincl %0\n\tcli" : "+m"(*word));
}

/* Nothing else would wake it. */
static void do_hlt(void)
{
	if (has(OP_irq))
		__asm__ volatile("sti\n\thlt\n\tcli");
}

void operate(enum operation operation)
{
	static void (*const functions[OPERATIONS])(void) = {
#define OPERATION(name) [OP_##name] = do_##name,
		OPERATION_LIST(OPERATION)
#undef OPERATION
	};

	functions[operation]();
}
