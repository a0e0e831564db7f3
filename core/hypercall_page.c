/* SPDX-License-Identifier: GPL-3.0-or-later */
/* core/hypercall_page.c - see hypercall_page.h. */
#include "core/hypercall_page.h"

#include "core/xen.h"

#include <string.h>

/* The entry of iret is jumped to, with EAX saved for the VMM to take back. */
static void fill_entry(uint8_t *entry, uint32_t number, bool domain)
{
	static const uint8_t vmcall[] = {0x0f, 0x01, 0xc1, 0xc3}, interrupt[] = {0xcd, TRAP_INSTR_VECTOR, 0xc3};
	enum { PUSH_EAX = 0x50, MOV_EAX = 0xb8 };

	if (number == __HYPERVISOR_iret)
		*entry++ = PUSH_EAX;
	*entry++ = MOV_EAX;
	memcpy(entry, &number, sizeof number);
	entry += sizeof number;
	if (domain)
		memcpy(entry, interrupt, sizeof interrupt);
	else
		memcpy(entry, vmcall, sizeof vmcall);
}

void hypercall_page_fill(uint8_t page[4096], bool domain)
{
	enum { ENTRY_SIZE = 32, INT3 = 0xcc };

	memset(page, INT3, 4096);
	for (uint32_t number = 0; number < 4096 / ENTRY_SIZE; number++)
		fill_entry(page + number * ENTRY_SIZE, number, domain);
}
