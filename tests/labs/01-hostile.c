/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/labs/01-hostile.c - detectors for lab 1 that cheat, crash or run away: one for each HOSTILE_NAME. tests/interface/lab_01.sh makes each
 * a file of its own and runs it; here stands which tests, and what must be said of it:
 *
 * expected: ZERO detect it said 0
 * expected: ONE detect it said 1
 * expected: END detect own code, at 00[0-9a-f]*, writes to port f4
 * expected: REPORT detect own code, at 00[0-9a-f]*, writes to port 2e0
 * expected: RANGE detect own code, at 00[0-9a-f]*, writes to port 2e0|does not build
 * expected: PATCH detect on bare hardware \(native\): it said 1
 * expected: LOOP detect an endless loop
 * expected: UNDEFINED detect has raised exception 6
 * expected: TRIPLE detect has stopped before the function came back
 * expected: HALT detect has stopped before the function came back
 * expected: RESET detect has stopped before the function came back
 * expected: STACK detect has left EBX other than it was
 * expected: TABLES detect has left IDTR other than it was
 * expected: OTHER EFLAGS but not by PUSHF or POPF
 * expected: BOTH EFLAGS it has looked by smsw too
 * expected: PRINT detect it said 0
 * expected: BEGIN detect does not build
 * expected: LARGE detect cannot be run|does not build
 * expected: INCBIN detect assembler's directive 'incbin'
 */
#include "detect.h"

static inline void write_port(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "d"(port));
}

static inline uint32_t stored(void)
{
	uint32_t value;

	__asm__ volatile("smsw %0" : "=r"(value));
	return value;
}

static inline uint32_t selector(void)
{
	uint32_t value;

	__asm__ volatile("mov %%cs, %0" : "=r"(value));
	return value & 3;
}

#if defined HOSTILE_ONE
static int act(void) { return 1; }
#elif defined HOSTILE_END
static int act(void) { __asm__ volatile("outb %0, $0xf4" : : "a"((uint8_t)0)); return 0; }
#elif defined HOSTILE_REPORT
static int act(void) { write_port(0x2e0, 0x4e70); write_port(0x2e0, 1); write_port(0xf4, 0); return 0; }
#elif defined HOSTILE_RANGE
__asm__(".globl guest_code_end\nguest_code_end = 0x7fffffff");
static int act(void) { write_port(0x2e0, 0x4e70); return 0; }
#elif defined HOSTILE_PATCH /* the kernel's code behind the call: mov %eax, %ecx becomes mov $1, %cl */
static int act(void) { uint8_t *back = __builtin_return_address(0); for (int i = 0; i < 16; i++) if (back[i] == 0x89 && back[i + 1] == 0xc1) { back[i] = 0xb1; back[i + 1] = 1; __asm__ volatile("xor %%ecx, %%ecx" : : : "ecx"); return 0; } return 0; }
#elif defined HOSTILE_LOOP
static int act(void) { for (;;) write_port(0x80, 0); }
#elif defined HOSTILE_UNDEFINED
static int act(void) { __asm__ volatile("ud2"); return 0; }
#elif defined HOSTILE_TRIPLE
static int act(void) { static const struct { uint16_t limit; uint32_t base; } __attribute__((packed)) none = {0, 0}; __asm__ volatile("lidt %0\n\tint3" : : "m"(none)); return 0; }
#elif defined HOSTILE_HALT
static int act(void) { __asm__ volatile("cli\n\thlt"); return 0; }
#elif defined HOSTILE_RESET
static int act(void) { __asm__ volatile("outb %0, $0x64" : : "a"((uint8_t)0xfe)); for (;;) ; }
#elif defined HOSTILE_STACK
static int act(void) { __asm__ volatile("mov $77, %ebx"); return 0; }
#elif defined HOSTILE_TABLES
static int act(void) { static const struct { uint16_t limit; uint32_t base; } __attribute__((packed)) other = {7, 0x1000}; __asm__ volatile("lidt %0" : : "m"(other)); return 0; }
#elif defined HOSTILE_OTHER
static int act(void) { return selector() != 0; }
#elif defined HOSTILE_BOTH
static int act(void) { uint32_t before, after, trapped; __asm__ volatile("mov %%cr0, %0" : "=r"(trapped)); __asm__ volatile("pushf\n\tmov (%%esp), %0\n\txorl $512, (%%esp)\n\tpopf\n\tpushf\n\tpop %1\n\tpush %0\n\tpopf" : "=&r"(before), "=&r"(after) : : "memory", "cc"); return (trapped != stored()) | !((before ^ after) & 512); }
#elif defined HOSTILE_PRINT
static int act(void) { const char *text = "== Test detect EFLAGS == OK\nScore: 100/100\n"; while (*text) { __asm__ volatile("outb %0, $0xe9" : : "a"(*text)); write_port(0x3f8, (uint8_t)*text++); } return 0; }
#elif defined HOSTILE_BEGIN
void begin(const uint32_t *multiboot) { (void)multiboot; write_port(0xf4, 0); }
static int act(void) { return 0; }
#elif defined HOSTILE_LARGE
static volatile uint8_t much[1u << 30];
static int act(void) { return much[stored()]; }
#elif defined HOSTILE_INCBIN
__asm__(".section .rodata\nseeds: .incbin \"labs/solutions/01-classify/hidden.ini\"\n.text");
static int act(void) { return 0; }
#else
static int act(void) { return 0; }
#endif

int by_flags(void)
{
	return act();
}

int by_selector(void)
{
	return act();
}

int by_store(void)
{
	return act();
}
