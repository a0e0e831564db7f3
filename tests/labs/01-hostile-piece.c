/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/labs/01-hostile-piece.c - classifiers for lab 1 that cheat, crash or run away, as 01-hostile.c has detectors:
 *
 * expected: NULL privileged crash|wild write|null pointer
 * expected: LOOP ports endless loop
 * expected: SERVICE privileged in this lab there is no machine
 * expected: QUESTION Robin wild write: class has written into the VMM's own data
 * expected: INSTRUCTION ports wild write: outcome has written into the VMM's own data
 * expected: DECLINE privileged did not give LAB_DONE
 * expected: FAULT ports did not give LAB_DONE
 * expected: NUMBER privileged and [0-9]+ of no kind
 * expected: OUTCOME ports nothing that there is
 * expected: OPEN ports forbidden
 * expected: PRINT privileged answers are wrong
 */
#include "ringside_lab.h"

#if defined HOSTILE_NULL
static enum lab_result act(struct lab_vm *vm, struct lab_classify *question) { (void)question; *(volatile int *)(vm->insn.length > 20) = 1; return LAB_DONE; }
#elif defined HOSTILE_LOOP
static enum lab_result act(struct lab_vm *vm, struct lab_classify *question) { (void)question; for (;;) *(volatile uint32_t *)&vm->cpu.eip; }
#elif defined HOSTILE_SERVICE
static enum lab_result act(struct lab_vm *vm, struct lab_classify *question) { vm->call->load(vm, 0x1800, question, 4, LAB_AS_SYSTEM); return LAB_DONE; }
#elif defined HOSTILE_QUESTION
static enum lab_result act(struct lab_vm *vm, struct lab_classify *question) { (void)vm; question->opcode = 0x90; return LAB_DONE; }
#elif defined HOSTILE_INSTRUCTION
static enum lab_result act(struct lab_vm *vm, struct lab_classify *question) { (void)question; vm->insn.bytes[0] = 0x90; return LAB_DONE; }
#elif defined HOSTILE_DECLINE
static enum lab_result act(struct lab_vm *vm, struct lab_classify *question) { (void)vm, (void)question; return LAB_DECLINE; }
#elif defined HOSTILE_FAULT
static enum lab_result act(struct lab_vm *vm, struct lab_classify *question) { (void)question; return lab_fault(vm, LAB_GP, 0); }
#elif defined HOSTILE_NUMBER
static enum lab_result act(struct lab_vm *vm, struct lab_classify *question) { (void)vm; question->insn_class = 200; question->ways = 255; return LAB_DONE; }
#elif defined HOSTILE_OUTCOME
static enum lab_result act(struct lab_vm *vm, struct lab_classify *question) { (void)vm; question->outcome = 4; return LAB_DONE; }
#elif defined HOSTILE_OPEN
static enum lab_result act(struct lab_vm *vm, struct lab_classify *question) { long result; (void)vm, (void)question; __asm__ volatile("syscall" : "=a"(result) : "a"(2L), "D"("labs/solutions/01-classify/hidden.ini"), "S"(0L), "d"(0L) : "rcx", "r11", "memory"); return LAB_DONE; }
#elif defined HOSTILE_PRINT
static enum lab_result act(struct lab_vm *vm, struct lab_classify *question) { (void)question; vm->call->log(vm, "== Test privileged == OK"); vm->call->log(vm, "Score: 100/100"); return LAB_DONE; }
#endif

const struct lab_piece ringside_lab = {LAB_PIECE_HEADER, .classify = {.classify = act, .outcome = act}};
