/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/descriptor_list.c - see descriptor_list.h. Types are those of SDM vol. 3, tables 3-1 and 3-2; what a
 * shadow table changes, and why, is told in trap/descriptors.c.
 */
#include "visualizer/screen/descriptor_list.h"

#include "trap/techniques.h"
#include "visualizer/screen/tab.h"

#include <stdio.h>
#include <string.h>

/* ---- reading ---- */

static void locate(struct descriptor_side *side, const struct cpu_state *state, enum descriptor_table table)
{
	const struct segment *ldtr = &state->segment[LDTR];
	uint64_t bytes;

	if (table == TABLE_LDT) {
		side->there = ldtr->access & ACCESS_PRESENT && ldtr->selector & 0xfffc;
		side->base = ldtr->base;
		bytes = side->there ? (uint64_t)ldtr->limit + 1 : 0;
	} else {
		const struct table_register *reg = table == TABLE_GDT ? &state->gdtr : &state->idtr;

		side->there = true;
		side->base = reg->base;
		bytes = (uint64_t)reg->limit + 1;
	}
	side->entries = bytes / 8 < DESCRIPTORS_MOST ? (uint32_t)(bytes / 8) : DESCRIPTORS_MOST;
	if (table == TABLE_IDT && side->entries > 256)
		side->entries = 256;
}

static void read_hardware(struct descriptor_side *side, const struct vm *vm)
{
	side->readable = (uint32_t)(hardware_read(vm, side->base, side->entry, side->entries * 8) / 8);
}

/* A domain that holds machine addresses has its frames of descriptors in the VMM's window: one state is both truths. */
static void read_guest(struct descriptor_side *side, const struct vm *vm)
{
	size_t size = side->entries * 8;

	if (vm->paging == PAGING_DIRECT)
		read_hardware(side, vm);
	else
		side->readable = (uint32_t)(cpu_peek(vm_guest_state(vm), &vm->guest_bus, side->base, side->entry, size) / 8);
}

bool descriptors_differ(const struct vm *vm)
{
	return vm->technique->vmm && vm->paging == PAGING_SHADOW && vm->technique != &technique_hvm &&
	       state_protected(cpu_state_const(vm->processor));
}

static bool empty(const struct descriptor_side *side, uint32_t index)
{
	return index >= side->readable || (!side->entry[index].low && !side->entry[index].high);
}

void descriptor_list_make(struct descriptor_list *list, const struct vm *vm, enum descriptor_table table)
{
	list->table = table;
	list->compared = descriptors_differ(vm);
	list->count = 0;
	list->hardware = (struct descriptor_side){0};
	memset(&list->guest, 0, sizeof(list->guest));
	locate(&list->guest, vm_guest_state(vm), table);
	if (list->guest.there && state_protected(vm_guest_state(vm)))
		read_guest(&list->guest, vm);
	if (list->compared) {
		locate(&list->hardware, cpu_state_const(vm->processor), table);
		read_hardware(&list->hardware, vm);
	}
	for (uint32_t i = 0; i < DESCRIPTORS_MOST; i++)
		if (!empty(&list->guest, i) || !empty(&list->hardware, i))
			list->index[list->count++] = (uint16_t)i;
}

/* ---- words ---- */

bool descriptor_is_gate(struct descriptor descriptor)
{
	unsigned type = descriptor.high >> 8 & 15;

	return !(descriptor.high & DESCRIPTOR_S) && (type == 4 || type == 5 || type == 6 || type == 7 || type == 12 ||
	                                             type == 14 || type == 15);
}

uint16_t gate_selector(struct descriptor gate)
{
	return (uint16_t)(gate.low >> 16);
}

uint32_t gate_offset(struct descriptor gate)
{
	bool wide = gate.high >> 8 & 8;

	return (gate.low & 0xffff) | (wide ? gate.high & 0xffff0000 : 0);
}

const char *descriptor_type(struct descriptor descriptor, char text[32])
{
	static const char *const system[16] = {
		"reserved", "16-bit TSS", "LDT", "16-bit TSS busy", "16-bit call gate", "task gate", "16-bit int gate",
		"16-bit trap gate", "reserved", "TSS", "reserved", "TSS busy", "call gate", "reserved", "int gate", "trap gate",
	};
	unsigned type = descriptor.high >> 8 & 15;

	if (!descriptor.low && !descriptor.high)
		snprintf(text, 32, "-");
	else if (!(descriptor.high & DESCRIPTOR_S))
		snprintf(text, 32, "%s", system[type]);
	else if (type & ACCESS_CODE)
		snprintf(text, 32, "code%s %s%s", descriptor.high & DESCRIPTOR_BIG ? "" : "16", type & ACCESS_READABLE ? "RX" : "X",
		         type & ACCESS_CONFORMING ? " conf" : "");
	else
		snprintf(text, 32, "data%s %s%s", descriptor.high & DESCRIPTOR_BIG ? "" : "16", type & ACCESS_WRITABLE ? "RW" : "R",
		         type & ACCESS_EXPAND_DOWN ? " down" : "");
	return text;
}

static void add(char *text, size_t size, const char *what)
{
	size_t used = strlen(text);

	snprintf(text + used, size - used, "%s%s", used ? ", " : "", what);
}

/* A segment on both sides. */
static void segment_difference(struct descriptor guest, struct descriptor hardware, char *text, size_t size)
{
	struct segment own = descriptor_segment(0, guest), real = descriptor_segment(0, hardware);

	if (descriptor_dpl(guest) != descriptor_dpl(hardware))
		add(text, size, "DPL compressed");
	if (own.limit != real.limit)
		add(text, size, "cut before the VMM's window");
	if (guest.high & DESCRIPTOR_PRESENT && !(hardware.high & DESCRIPTOR_PRESENT))
		add(text, size, guest.high & DESCRIPTOR_ACCESSED ? "hidden: its use traps" : "not accessed yet: its first load traps");
	if (own.base != real.base)
		add(text, size, "another base");
}

static struct descriptor entry_of(const struct descriptor_side *side, uint32_t index)
{
	return index < side->readable ? side->entry[index] : (struct descriptor){0, 0};
}

void descriptor_difference(const struct descriptor_list *list, uint32_t index, char *text, size_t size)
{
	struct descriptor guest = entry_of(&list->guest, index), hardware = entry_of(&list->hardware, index);

	text[0] = '\0';
	if (!list->compared || (guest.low == hardware.low && guest.high == hardware.high))
		return;
	if (list->table == TABLE_IDT)
		add(text, size, hardware.low || hardware.high ? "VMM's gate" : "no gate");
	else if (!guest.low && !guest.high)
		add(text, size, "the VMM's own");
	else if (!(guest.high & DESCRIPTOR_S))
		add(text, size, "left out: its use traps");
	else if (!hardware.low && !hardware.high)
		add(text, size, "not shadowed");
	else
		segment_difference(guest, hardware, text, size);
}
