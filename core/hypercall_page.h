/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/hypercall_page.h - the code by which a guest calls the VMM (core/xen.h): entry n at 32 * n does MOV EAX, n, the
 * instruction, RET.
 */
#ifndef RINGSIDE_CORE_HYPERCALL_PAGE_H
#define RINGSIDE_CORE_HYPERCALL_PAGE_H

#include <stdbool.h>
#include <stdint.h>

/* Fills a page: INT 82H for a domain, VMCALL for a guest that believes in ring 0. */
void hypercall_page_fill(uint8_t page[4096], bool domain);

#endif
