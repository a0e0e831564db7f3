/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * privileged/kit.h - a small kit to run fragments of code in any ring and mode and to see how they end.
 * A fragment always ends by an exception or by INT 40H ("done"); what was pushed then is recorded and
 * printed, one line a test, without anything in which two loaders could differ.
 */
#ifndef PRIVILEGED_KIT_H
#define PRIVILEGED_KIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CODE0 = 0x08, DATA0 = 0x10, CODE1 = 0x19, DATA1 = 0x21, CODE2 = 0x2a, DATA2 = 0x32, CODE3 = 0x3b,
	DATA3 = 0x43,
	CODE16 = 0x48, DATA16 = 0x50, /* ring 0, base 0, limit FFFFH */
	TSS_MAIN = 0x58, TSS_OTHER = 0x60, TSS_16 = 0x68, LDT = 0x70,
	CONFORMING = 0x78, /* DPL 0 */
	SPARE = 0x80,      /* and all behind it: for the tests */
};

/* Access bytes; flags in bits 12 and up: B/D and G. */
enum {
	A_CODE = 0x9b, A_CODE_ONLY = 0x99, A_DATA = 0x93, A_READ_ONLY = 0x91, A_DOWN = 0x97, A_CONFORMING = 0x9f,
	A_LDT = 0x82, A_TSS = 0x89, A_TSS16 = 0x81, A_TASK_GATE = 0x85, A_CALL16 = 0x84, A_CALL = 0x8c,
	A_INT16 = 0x86, A_TRAP16 = 0x87, A_INT = 0x8e, A_TRAP = 0x8f,
	A_BIG = 0x4000, A_G = 0x8000, A_FLAT = A_BIG | A_G,
};
#define A_DPL(ring) ((ring) << 5)

enum { F_CF = 1, F_TF = 0x100, F_IF = 0x200, F_DF = 0x400, F_NT = 0x4000, F_RF = 0x10000, F_VM = 0x20000,
       F_AC = 0x40000, F_ID = 0x200000 };
#define F_IOPL(n) ((n) << 12)

/* What a fragment starts with; kit.S knows the offsets. */
struct machine {
	uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi, eip, cs, eflags, ss, ds, es, fs, gs;
};
extern struct machine started;
extern uint32_t origin;
extern struct machine in, out; /* `in` is as new after each test; `out`: at the event that ended it */

/* What an event pushed, from the end of the stack up. */
struct frame {
	uint32_t gs, fs, es, ds, edi, esi, ebp, esp0, ebx, edx, ecx, eax, vector, error, eip, cs, eflags, esp, ss;
	uint32_t v86_es, v86_ds, v86_fs, v86_gs;
};

struct event {
	uint32_t vector, error, eip, cs, eflags, cr2, dr6;
	uint32_t esp, ss, depth; /* depth: bytes below the fragment's stack top, in ring 0 */
	bool inner;
};
enum { EVENTS = 64 };
extern struct event events[EVENTS];
extern unsigned event_count;

/* Vectors below 32 after which the fragment goes on, and what else is to be done then. */
extern uint32_t continue_mask;
extern void (*put_more)(void); /* at the end of the next line */
extern int (*on_event)(struct frame *frame);

extern uint64_t gdt[64], idt[256], ldt[16];
extern const uint32_t stubs[256];

struct tss32 {
	uint32_t link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi, es,
		cs, ss, ds, fs, gs, ldt;
	uint16_t trap, map;
	uint8_t bits[0x2100];
};
struct tss16 {
	uint16_t link, sp0, ss0, sp1, ss1, sp2, ss2, ip, flags, ax, cx, dx, bx, sp, bp, si, di, es, cs, ss, ds, ldt;
};
extern struct tss32 tss_main, tss_other;
extern struct tss16 tss_16;

enum { STACK = 8192 };
extern uint8_t stack_fragment[4][STACK], stack_entry[3][STACK], stack_task[STACK];
static inline uint32_t top(const uint8_t *stack) { return (uint32_t)stack + STACK - 64; }

/* Puts the fragment's code aside and its address into `fragment`. */
extern volatile uint32_t fragment;
#define S_(x) #x
#define S(x) S_(x)
#define FRAGMENT(text) \
	asm volatile(".pushsection .fragments, \"ax\"\n77:\n" text "\n\tint $0x40\n.code32\n.popsection\n" \
	             "movl $77b, fragment")

/* A fragment as a handler: its address. */
#define HANDLER(text) ({ FRAGMENT(text); fragment; })

/* One test: a fragment in a ring. */
#define TEST(name, ring, text) do { FRAGMENT(text); run(ring); report(name); } while (0)

extern const char *group;
void run(unsigned ring);        /* the fragment, in protected mode */
void go(void); /* kit.S: as `in` says, until the handler has had enough */
void run_v86(void);             /* copied to 0800:0000 */
void report(const char *name);  /* how it ended, and registers that changed; then `in` is as new */
int handle(struct frame *frame);
void main(const uint32_t *multiboot);
void reset(void);               /* `in`, the TSS of the kit, gates, nothing goes on */
void say(const char *name, const char *what, uint32_t value); /* a line of another kind */

void put(const char *text);
void put_hex(uint32_t value);

void set_segment(unsigned selector, uint32_t base, uint32_t limit, unsigned access);
void set_gate(uint64_t *gate, unsigned selector, uint32_t offset, unsigned access, unsigned count);
void set_idt(unsigned vector, unsigned selector, uint32_t offset, unsigned access);
#define GDT(selector) (&gdt[(selector) / 8])

void tests_exceptions(void);
void tests_gates(void);
void tests_tasks(void);
void tests_paging(void);
void tests_tlb(void);
void tests_v86(void);
void tests_debug(void);
void tests_real(void);
void tests_segments(void);
void tests_system(void);
void tests_triple(void);
void tests_manual(void);
void tests_v86_limits(void);
void tests_control_limits(void);
void tests_real_limits(void);
void tests_segment_limits(void);

static inline void outb(uint16_t port, uint8_t value) { asm volatile("outb %0, %1" :: "a"(value), "Nd"(port)); }
static inline uint8_t inb(uint16_t port)
{
	uint8_t value;
	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}
#define CONTROL(n) \
	static inline uint32_t read_cr##n(void) { uint32_t v; asm volatile("mov %%cr" #n ", %0" : "=r"(v)); return v; } \
	static inline void write_cr##n(uint32_t v) { asm volatile("mov %0, %%cr" #n :: "r"(v) : "memory"); }
CONTROL(0) CONTROL(2) CONTROL(3) CONTROL(4)
#define DEBUG(n) \
	static inline uint32_t read_dr##n(void) { uint32_t v; asm volatile("mov %%dr" #n ", %0" : "=r"(v)); return v; } \
	static inline void write_dr##n(uint32_t v) { asm volatile("mov %0, %%dr" #n :: "r"(v)); }
DEBUG(0) DEBUG(1) DEBUG(2) DEBUG(3) DEBUG(6) DEBUG(7)
static inline void load_tr(unsigned selector) { asm volatile("ltr %w0" :: "r"(selector) : "memory"); }
static inline void load_ldt(unsigned selector) { asm volatile("lldt %w0" :: "r"(selector)); }
static inline void invlpg(uint32_t at) { asm volatile("invlpg (%0)" :: "r"(at) : "memory"); }

#endif
