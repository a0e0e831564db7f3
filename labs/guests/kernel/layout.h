/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/layout.h - where things are, for C and assembly.
 *
 *   0x08048000  text, data, heap of a user program
 *   0x40000000  what system call map gives
 *   0xBFF00000  user stack, grows down from 0xC0000000
 *   0xC0000000  physical memory from 0, mapped straight: the kernel is at 0xC0100000
 */
#ifndef GUEST_KERNEL_LAYOUT_H
#define GUEST_KERNEL_LAYOUT_H

#define KERNEL_BASE 0xC0000000
#define BOOT_TABLES 4 /* page tables of the boot map: 16 MiB */
#define MEMORY_MAX 0x20000000 /* physical memory beyond this is left unused */

#define USER_LOWEST 0x00001000
#define USER_STACK_LOWEST 0xBFF00000
#define USER_STACK_TOP 0xC0000000

#define KERNEL_CODE 0x08
#define KERNEL_DATA 0x10
#define USER_CODE 0x1B
#define USER_DATA 0x23
#define TASK_SELECTOR 0x28

#define CR0_PE 0x00000001
#define CR0_WP 0x00010000
#define CR0_PG 0x80000000
#define CR4_PSE 0x00000010
#define EFLAGS_IF 0x200

#define FRAME_CS 60 /* in struct trap_frame */

#endif
