/* SPDX-License-Identifier: GPL-3.0-or-later */
/* privileged/kit.c - the kit: tables, running a fragment, recording its end, printing. */
#include "kit.h"

struct machine in, out;
struct event events[EVENTS];
unsigned event_count;
uint32_t continue_mask;
void (*put_more)(void);
int (*on_event)(struct frame *frame);
uint64_t gdt[64], idt[256], ldt[16];
struct tss32 tss_main, tss_other;
struct tss16 tss_16;
uint8_t stack_fragment[4][STACK], stack_entry[3][STACK], stack_task[STACK];
volatile uint32_t fragment;
const char *group;
struct machine started;
uint32_t origin; /* what EIPs are relative to */
extern const uint8_t idtr[];

/* ---- printing ---- */

static void put_char(char c)
{
	while (!(inb(0x3fd) & 0x20))
		;
	outb(0x3f8, (uint8_t)c);
}

void put(const char *text)
{
	while (*text)
		put_char(*text++);
}

void put_hex(uint32_t value)
{
	bool begun = false;

	for (int shift = 28; shift >= 0; shift -= 4) {
		unsigned digit = value >> shift & 15;
		if (digit || begun || !shift) {
			put_char("0123456789abcdef"[digit]);
			begun = true;
		}
	}
}

static void put_name(const char *name)
{
	put(group);
	put_char('/');
	put(name);
	put_char(':');
}

void say(const char *name, const char *what, uint32_t value)
{
	put_name(name);
	put_char(' ');
	put(what);
	put_char('=');
	put_hex(value);
	put_char('\n');
}

static void put_value(const char *name, uint32_t value)
{
	put(name);
	put_hex(value);
}

static bool has_error(unsigned vector)
{
	return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
}

static void put_vector(unsigned vector)
{
	static const char *const names[] = {"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM",
	     "#DF", "9", "#TS",
		"#NP", "#SS", "#GP", "#PF", "15", "#MF", "#AC", "#MC"};

	if (vector == 0x40)
		put(" done");
	else if (vector < sizeof names / sizeof *names) {
		put(" ");
		put(names[vector]);
	} else
		put_value(" vector ", vector);
}

static void put_flags(uint32_t eflags)
{
	static const struct { uint32_t bit; const char *name; } flags[] = {{F_TF, " TF"}, {F_IF,
	     " IF"}, {F_NT, " NT"},
		{F_RF, " RF"}, {F_VM, " VM"}, {F_AC, " AC"}, {F_ID, " ID"}, {1u << 19, " VIF"},
		     {1u << 20, " VIP"}};

	for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++)
		if (eflags & flags[i].bit)
			put(flags[i].name);
	if (eflags & F_IOPL(3))
		put_value(" IOPL", eflags >> 12 & 3);
}

static void put_event(const struct event *event)
{
	put_vector(event->vector);
	if (has_error(event->vector)) {
		put_value("(", event->error);
		put(")");
	}
	if (event->vector != 0x40) {
		int32_t at = (int32_t)(event->eip - origin);
		if (at >= -0x100 && at < 0x1000)
			put_value(at < 0 ? " -" : " +", (uint32_t)(at < 0 ? -at : at));
		else
			put_value(" at ", event->eip);
	}
	if (event->cs != started.cs)
		put_value(" cs=", event->cs);
	if (event->inner && event->ss != started.ss)
		put_value(" ss=", event->ss);
	put_flags(event->eflags);
	if (event->vector == 14)
		put_value(" cr2=", event->cr2);
	if (event->vector == 1)
		put_value(" dr6=", event->dr6);
}

static void put_registers(void)
{
	static const char *const names[] = {" eax=", " ecx=", " edx=", " ebx=", " esp=", " ebp=",
	     " esi=", " edi="};
	const uint32_t *now = &out.eax, *before = &started.eax;

	for (unsigned i = 0; i < 8; i++)
		if (i != 4 && now[i] != before[i])
			put_value(names[i], now[i]);
}

void report(const char *name)
{
	put_name(name);
	for (unsigned i = 0; i < event_count; i++) {
		if (i)
			put(";");
		put_event(&events[i]);
	}
	put_registers();
	if (put_more)
		put_more();
	put_more = NULL;
	put_char('\n');
	reset();
}

/* ---- descriptors ---- */

void set_segment(unsigned selector, uint32_t base, uint32_t limit, unsigned access)
{
	uint32_t low, high;

	if (access & A_G)
		limit >>= 12;
	low = base << 16 | (limit & 0xffff);
	high = (base & 0xff000000) | (limit & 0xf0000) | (access & 0xf0ff) << 8 |
	       (base >> 16 & 0xff);
	*(selector & 4 ? &ldt[selector / 8] : &gdt[selector / 8]) = (uint64_t)high << 32 | low;
}

void set_gate(uint64_t *gate, unsigned selector, uint32_t offset, unsigned access, unsigned count)
{
	uint32_t high = (offset & 0xffff0000) | access << 8 | count;

	*gate = (uint64_t)high << 32 | (selector << 16 | (offset & 0xffff));
}

void set_idt(unsigned vector, unsigned selector, uint32_t offset, unsigned access)
{
	set_gate(&idt[vector], selector, offset, access, 0);
}

static void set_tables(void)
{
	for (unsigned ring = 0; ring < 4; ring++) {
		set_segment(CODE0 + 16 * ring, 0, 0xffffffff, A_CODE | A_FLAT | A_DPL(ring));
		set_segment(DATA0 + 16 * ring, 0, 0xffffffff, A_DATA | A_FLAT | A_DPL(ring));
	}
	set_segment(CODE16, 0, 0xffff, A_CODE);
	set_segment(DATA16, 0, 0xffff, A_DATA);
	set_segment(TSS_OTHER, (uint32_t)&tss_other, 0x67, A_TSS);
	set_segment(TSS_16, (uint32_t)&tss_16, 0x2b, A_TSS16);
	set_segment(LDT, (uint32_t)ldt, sizeof ldt - 1, A_LDT);
	set_segment(CONFORMING, 0, 0xffffffff, A_CONFORMING | A_FLAT);
	for (unsigned selector = SPARE; selector < sizeof gdt; selector += 8)
		gdt[selector / 8] = 0;
	for (unsigned vector = 0; vector < 256; vector++)
		set_idt(vector, CODE0, stubs[vector], A_INT | (vector == 0x40 ? A_DPL(3) : 0));
}

static void set_main_tss(void)
{
	tss_main.esp0 = top(stack_entry[0]);
	tss_main.esp1 = top(stack_entry[1]);
	tss_main.esp2 = top(stack_entry[2]);
	tss_main.ss0 = DATA0;
	tss_main.ss1 = DATA1;
	tss_main.ss2 = DATA2;
	tss_main.map = 0xffff;
}

void reset(void)
{
	in = (struct machine){.eflags = 2};
	continue_mask = 0;
	on_event = NULL;
	set_tables();
	set_main_tss();
}

/* ---- running ---- */

static void enter(void)
{
	event_count = 0;
	started = in;
	go();
}

void run(unsigned ring)
{
	uint32_t data = ring * 0x10 + DATA0 + ring;

	in.eip = origin = fragment;
	if (!in.cs)
		in.cs = ring * 0x10 + CODE0 + ring;
	if (!in.ss)
		in.ss = data;
	if (!in.esp)
		in.esp = top(stack_fragment[ring]);
	if (!in.ds)
		in.ds = in.es = in.fs = in.gs = data;
	enter();
}

enum { V86_SEGMENT = 0x800, V86_STACK = 0x900 };

void run_v86(void)
{
	uint8_t *to = (uint8_t *)(V86_SEGMENT * 16);
	const uint8_t *from = (const uint8_t *)fragment;

	for (unsigned i = 0; i < 512; i++)
		to[i] = from[i];
	in.eip = origin = 0;
	in.eflags |= F_VM;
	in.cs = V86_SEGMENT;
	in.ss = V86_STACK;
	if (!in.esp)
		in.esp = 0x1000;
	in.ds = in.es = in.fs = in.gs = V86_SEGMENT;
	enter();
}

/* ---- events ---- */

static struct event *record(const struct frame *frame)
{
	struct event *event = &events[event_count < EVENTS ? event_count++ : EVENTS - 1];

	*event = (struct event){.vector = frame->vector, .error = frame->error, .eip = frame->eip,
		.cs = frame->cs & 0xffff, .eflags = frame->eflags, .cr2 = read_cr2(),
		     .dr6 = frame->vector == 1 ? read_dr6() : 0};
	event->inner = (frame->eflags & F_VM) || (frame->cs & 3);
	if (event->inner) {
		event->esp = frame->esp;
		event->ss = frame->ss & 0xffff;
	} else {
		event->depth = in.esp - (uint32_t)&frame->esp;
	}
	return event;
}

int handle(struct frame *frame)
{
	record(frame);
	out = (struct machine){.eax = frame->eax, .ecx = frame->ecx, .edx = frame->edx,
	     .ebx = frame->ebx,
		.ebp = frame->ebp, .esi = frame->esi, .edi = frame->edi, .eip = frame->eip,
		     .cs = frame->cs,
		.eflags = frame->eflags, .ds = frame->ds & 0xffff, .es = frame->es & 0xffff,
		     .fs = frame->fs & 0xffff,
		.gs = frame->gs & 0xffff};
	if (event_count == EVENTS || frame->vector >= 32 || !(continue_mask >> frame->vector & 1))
		return 1;
	return on_event ? on_event(frame) : 0;
}

/* ---- the program ---- */

static const struct { const char *name; void (*run)(void); } groups[] = {
	{"exceptions", tests_exceptions}, {"gates", tests_gates}, {"tasks", tests_tasks},
	     {"paging", tests_paging},
	{"tlb", tests_tlb}, {"v86", tests_v86}, {"debug", tests_debug}, {"real", tests_real},
	{"segments", tests_segments}, {"system", tests_system}, {"triple", tests_triple},
	{"manual", tests_manual},
};

/* Is `word` the last one of the command line? */
static bool ends_with(const char *line, const char *word)
{
	const char *end = line, *last = word;

	while (*end)
		end++;
	while (end > line && end[-1] == ' ')
		end--;
	while (*last)
		last++;
	while (last > word && end > line && last[-1] == end[-1])
		last--, end--;
	return last == word && end > line && end[-1] == ' ';
}

void main(const uint32_t *multiboot)
{
	const char *line = (const char *)multiboot[4];
	unsigned chosen = 0;

	while (chosen < sizeof groups / sizeof *groups && !ends_with(line, groups[chosen].name))
		chosen++;
	set_segment(TSS_MAIN, (uint32_t)&tss_main, sizeof tss_main - 1, A_TSS);
	asm volatile("lidt idtr");
	load_tr(TSS_MAIN);
	load_ldt(0);
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
	outb(0x3f9, 0);
	if (chosen < sizeof groups / sizeof *groups) {
		group = groups[chosen].name;
		groups[chosen].run();
		put("end\n");
	} else {
		put("no such group\n");
	}
	outb(0xf4, 0);
	for (;;)
		asm volatile("cli; hlt");
}

/* What the compiler makes of assignments to structures. */
void *memset(void *to, int value, size_t size)
{
	for (uint8_t *byte = to; size--;)
		*byte++ = (uint8_t)value;
	return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
	return to;
}
