/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/labs/02-hostile.c - submissions to lab 2 that crash, run away or cheat: one for each HOSTILE_NAME. tests/interface/labs.sh makes
 * each a file of its own and runs it; here stands which test, and what must be said of it:
 *
 * expected: NULL out a write through a null pointer
 * expected: LOOP out endless loop
 * expected: RECURSION out stack overflow
 * expected: SERVICES out into the VMM's own data \(the table of services
 * expected: FRAME out wild write: out has written into the VMM's own data
 * expected: WILD out wild write at 0x
 * expected: MEMORY out runaway memory
 * expected: BSS out runaway memory
 * expected: SMASH out beyond the end of an array|crash
 * expected: EXIT out it ended its process \(exit status 0\)
 * expected: OPEN out forbidden in open_file.*system call 2
 * expected: SOCKET out forbidden.*system call 41
 * expected: FORK out forbidden.*system call 57
 * expected: FORGE out wrote to the VMM's socket|asked the VMM for something
 * expected: LISTEN out waits for something that will never come
 * expected: LINK out it uses 'system'
 * expected: TABLE out does not define
 * expected: CONSTRUCTOR out eip +expected
 * expected: RESULT out a handler gives
 * expected: SEGMENT out segment registers are loaded by set_segment
 * expected: VECTOR out which no instruction raises
 * expected: PRINT out eip +expected
 */
#include "ringside_lab.h"

static long call_system(long number, const void *first, long second, long third)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(first), "S"(second), "d"(third) : "rcx", "r11", "memory");
	return result;
}

#if defined HOSTILE_NULL
static void act(struct lab_vm *vm) { *(volatile int *)(vm->insn.length > 20) = 1; }
#elif defined HOSTILE_LOOP
static void act(struct lab_vm *vm) { for (;;) *(volatile uint32_t *)&vm->cpu.eip; }
#elif defined HOSTILE_RECURSION
static int again(volatile char *from) { volatile char more[4000]; more[0] = from[0]; return again(more) + more[1]; }
static void act(struct lab_vm *vm) { again((char *)vm); }
#elif defined HOSTILE_SERVICES
static void act(struct lab_vm *vm) { *(volatile uint32_t *)&vm->call->version = 7; }
#elif defined HOSTILE_FRAME
static void act(struct lab_vm *vm) { memset(&vm->insn, 0, 2000); }
#elif defined HOSTILE_WILD
static void act(struct lab_vm *vm) { *(volatile char *)((uint64_t)vm->cpu.eip << 8) = 1; }
#elif defined HOSTILE_MEMORY
static void act(struct lab_vm *vm) { for (;;) vm->call->allocate(vm, 100000); }
#elif defined HOSTILE_BSS
static volatile char much[1u << 30];
static void act(struct lab_vm *vm) { much[vm->cpu.eip] = 1; }
#elif defined HOSTILE_SMASH
static void act(struct lab_vm *vm) { char few[8]; memset(few, 'A', 300 + vm->insn.length); __asm__ volatile("" : : "r"(few) : "memory"); }
#elif defined HOSTILE_EXIT
static void act(struct lab_vm *vm) { (void)vm; call_system(231, (void *)0, 0, 0); }
#elif defined HOSTILE_OPEN
static void __attribute__((noinline)) open_file(void) { call_system(2, "labs/solutions/02-trap-and-emulate/hidden.ini", 0, 0); }
static void act(struct lab_vm *vm) { (void)vm; open_file(); }
#elif defined HOSTILE_SOCKET
static void act(struct lab_vm *vm) { (void)vm; call_system(41, (void *)2, 1, 0); }
#elif defined HOSTILE_FORK
static void act(struct lab_vm *vm) { (void)vm; call_system(57, (void *)0, 0, 0); }
#elif defined HOSTILE_FORGE
static void act(struct lab_vm *vm) { char much[900] = {3}; (void)vm; call_system(1, (void *)0, (long)much, sizeof much); }
#elif defined HOSTILE_LISTEN
static void act(struct lab_vm *vm) { char much[99]; (void)vm; call_system(0, (void *)0, (long)much, sizeof much); }
#elif defined HOSTILE_LINK
int system(const char *command);
static void act(struct lab_vm *vm) { (void)vm; system("cat /etc/passwd"); }
#elif defined HOSTILE_CONSTRUCTOR
static void __attribute__((constructor)) first(void) { call_system(231, (void *)0, 0, 0); }
static void act(struct lab_vm *vm) { (void)vm; }
#elif defined HOSTILE_SEGMENT
static void act(struct lab_vm *vm) { vm->cpu.segment[LAB_CS].limit = 0; }
#elif defined HOSTILE_PRINT
static void act(struct lab_vm *vm) { vm->call->log(vm, "== Test out == OK"); vm->call->log(vm, "Score: 120/120"); call_system(1, (void *)1, (long)"Score: 120/120\n", 15); }
#else
static void act(struct lab_vm *vm) { (void)vm; }
#endif

static enum lab_result do_out(struct lab_vm *vm)
{
	act(vm);
#if defined HOSTILE_RESULT
	return (enum lab_result)77;
#elif defined HOSTILE_VECTOR
	return lab_fault(vm, LAB_DF, 0);
#else
	return LAB_DONE;
#endif
}

#ifndef HOSTILE_TABLE
const struct lab_piece ringside_lab = {LAB_PIECE_HEADER, .trap = {.out = do_out}};
#else
const int ringside_table = 1;
enum lab_result (*const unused)(struct lab_vm *) = do_out;
#endif
