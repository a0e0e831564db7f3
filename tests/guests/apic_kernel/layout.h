/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/guests/apic_kernel/layout.h - what the boot sector and the kernel agree about.
 */
#define KERNEL_AT 0x100000
#define KERNEL_SECTORS 64
#define CODE_SELECTOR 0x08
#define DATA_SELECTOR 0x10
