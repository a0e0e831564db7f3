/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/plain_tables.h - page tables of a platform without anything below (platform.h): what an entry holds is what was
 * written, nobody need be told of a table, and the processor's own instructions make it forget.
 */
#ifndef GUEST_KERNEL_PLAIN_TABLES_H
#define GUEST_KERNEL_PLAIN_TABLES_H

#include "kernel/kernel.h"

static uint32_t read_entry(const uint32_t *entry)
{
	return *entry;
}

static void write_entry(uint32_t *entry, uint32_t value)
{
	*entry = value;
}

static void table_made(uint32_t directory, uint32_t table)
{
	(void)directory;
	(void)table;
}

static void flush(void)
{
}

static void directory_ends(uint32_t directory)
{
	(void)directory;
}

/* Their rows in `struct platform`. */
#define PLAIN_TABLES                                                                            \
	.fault_address = read_cr2, .first_directory = frame_allocate, .read_entry = read_entry,     \
	.write_entry = write_entry, .table_made = table_made, .forget_page = invalidate_page,       \
	.forget_all = write_cr3, .flush = flush, .load_directory = write_cr3, .directory_ends = directory_ends

#endif
