/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/descriptor_list.h - a descriptor table of the guest's beside the one that the processor uses, entry
 * by entry, those that are empty on both sides left out.
 */
#ifndef RINGSIDE_VISUALIZER_SCREEN_DESCRIPTOR_LIST_H
#define RINGSIDE_VISUALIZER_SCREEN_DESCRIPTOR_LIST_H

#include "core/vm.h"
#include "cpu/descriptor.h"

enum descriptor_table { TABLE_GDT, TABLE_LDT, TABLE_IDT, TABLE_KINDS };
enum { DESCRIPTORS_MOST = 8192 };

struct descriptor_side {
	uint32_t base, entries;
	bool there;                /* there is such a table */
	uint32_t readable;         /* entries that can be read */
	struct descriptor entry[DESCRIPTORS_MOST];
};

struct descriptor_list {
	enum descriptor_table table;
	bool compared; /* the processor uses another table than the guest's */
	struct descriptor_side guest, hardware;
	uint16_t index[DESCRIPTORS_MOST]; /* entries that are listed */
	int64_t count;
};

/* Does the processor use other descriptor tables than those that the guest has made? */
bool descriptors_differ(const struct vm *vm);
/* Reads both sides as they are now. */
void descriptor_list_make(struct descriptor_list *list, const struct vm *vm, enum descriptor_table table);

/* Of one entry: "code RX conforming", "data RW", "TSS busy", "32-bit interrupt gate"... Gives `text`. */
const char *descriptor_type(struct descriptor descriptor, char text[32]);
bool descriptor_is_gate(struct descriptor descriptor);
uint16_t gate_selector(struct descriptor gate);
uint32_t gate_offset(struct descriptor gate);
static inline unsigned descriptor_dpl(struct descriptor descriptor)
{
	return descriptor.high >> DESCRIPTOR_DPL_SHIFT & 3;
}

/* Why the processor's entry is not the guest's; "" when it is. */
void descriptor_difference(const struct descriptor_list *list, uint32_t index, char *text, size_t size);

#endif
