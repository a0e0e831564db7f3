/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/multiboot.h - what the two halves of the Multiboot loader share: load_multiboot.c puts the
 * kernel into memory, multiboot_info.c what the kernel is told behind it.
 */
#ifndef RINGSIDE_CORE_MULTIBOOT_H
#define RINGSIDE_CORE_MULTIBOOT_H

#include "core/boot.h"

/* Puts modules, symbols and the information structure behind the kernel; `info` is its gpa. */
bool multiboot_make_info(struct boot *boot, uint32_t *info);

#endif
