/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/xen_notes.h - for load_xen.c: what a kernel's ELF file says to Xen's domain builder.
 */
#ifndef RINGSIDE_CORE_XEN_NOTES_H
#define RINGSIDE_CORE_XEN_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct xen_notes {
	bool found, pae;
	bool has_base, has_entry, has_page;
	uint32_t virt_base, paddr_offset, entry, hypercall_page;
	char xen_version[16];
};

/* False: there are none. */
bool xen_notes_find(const uint8_t *image, size_t size, struct xen_notes *notes);

#endif
