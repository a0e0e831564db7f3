/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/symbols.h - names of addresses in the guest, from its ELF symbol table, both ways.
 */
#ifndef RINGSIDE_CORE_SYMBOLS_H
#define RINGSIDE_CORE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbols;

/* Reads a kernel's symbols. NULL without a message: it has none (stripped, or no ELF). NULL with one:
 * the file cannot be read. */
struct file_set; /* core/file_set.h; NULL: the host's files alone */
struct symbols *symbols_read(const struct file_set *files, const char *path, char *error, size_t error_size);
/* From a file's bytes. NULL: none. */
struct symbols *symbols_from(const uint8_t *image, size_t size);
void symbols_free(struct symbols *symbols); /* NULL is fine */

/* The symbol that `address` lies in, and how far behind its start. NULL: none, or no symbols. */
const char *symbols_name(const struct symbols *symbols, uint32_t address, uint32_t *offset);
/* "name+0x12", "name", or "" when nothing is known. */
void symbols_describe(const struct symbols *symbols, uint32_t address, char *text, size_t size);
bool symbols_find(const struct symbols *symbols, const char *name, uint32_t *address);

/* All of them in the order of addresses, for completion: NULL past the end. */
const char *symbols_at(const struct symbols *symbols, size_t index, uint32_t *address);

#endif
