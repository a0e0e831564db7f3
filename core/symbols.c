/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/symbols.c - the ELF symbol table (System V ABI, chapter 4, "Symbol Table"), sorted by address.
 */
#include "core/symbols.h"

#include "core/elf32.h"
#include "core/load.h"

#include <stdio.h>
#include <stdlib.h>

enum { KERNEL_MAX = 256 * 1024 * 1024, NAME_MAX_SHOWN = 128 };

struct symbol {
	uint32_t address, size;
	uint32_t name;  /* offset in names */
	uint32_t order; /* in the file: makes sorting the same everywhere */
	bool function;
};

struct symbols {
	char *names; /* a copy of the string table, with a NUL behind it */
	size_t names_size;
	struct symbol *row;
	size_t rows;
};

static int compare(const void *left_pointer, const void *right_pointer)
{
	const struct symbol *left = left_pointer, *right = right_pointer;

	if (left->address != right->address)
		return left->address < right->address ? -1 : 1;
	if (left->function != right->function)
		return left->function ? 1 : -1; /* of many names for one place the last is taken */
	return left->order < right->order ? -1 : left->order > right->order;
}

static bool keep(const struct elf32_symbol *symbol, const char *name)
{
	unsigned type = symbol->info & 15;

	return symbol->section != ELF_UNDEFINED && symbol->section != ELF_ABSOLUTE && *name != '\0' &&
	       type <= ELF_FUNCTION;
}

static void read_rows(struct symbols *symbols, const uint8_t *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct elf32_symbol symbol;

		memcpy(&symbol, table + i * sizeof(symbol), sizeof(symbol));
		if (symbol.name >= symbols->names_size || !keep(&symbol, symbols->names + symbol.name))
			continue;
		symbols->row[symbols->rows++] = (struct symbol){
			.address = symbol.value,
			.size = symbol.size,
			.name = symbol.name,
			.order = (uint32_t)i,
			.function = (symbol.info & 15) == ELF_FUNCTION,
		};
	}
	qsort(symbols->row, symbols->rows, sizeof(*symbols->row), compare);
}

static struct symbols *read_table(const uint8_t *image, const struct elf32_section *table,
                                  const struct elf32_section *strings)
{
	struct symbols *symbols = calloc(1, sizeof(*symbols));
	size_t count = table->size / sizeof(struct elf32_symbol);

	if (symbols == NULL)
		return NULL;
	symbols->names_size = strings->size;
	symbols->names = calloc(1, (size_t)strings->size + 1);
	symbols->row = calloc(count + 1, sizeof(*symbols->row));
	if (symbols->names == NULL || symbols->row == NULL) {
		symbols_free(symbols);
		return NULL;
	}
	memcpy(symbols->names, image + strings->offset, strings->size);
	read_rows(symbols, image + table->offset, count);
	if (symbols->rows == 0) {
		symbols_free(symbols);
		return NULL;
	}
	return symbols;
}

static bool take_section(const uint8_t *image, size_t size, const struct elf32_header *elf,
                         uint32_t index, struct elf32_section *section)
{
	return index < elf->shnum &&
	       elf_take(image, size, elf->shoff + (uint64_t)index * sizeof(*section), section,
	                sizeof(*section)) &&
	       elf_inside(size, section->offset, section->size);
}

struct symbols *symbols_from(const uint8_t *image, size_t size)
{
	struct elf32_header elf;
	struct elf32_section table, strings;

	if (!elf_is_elf(image, size))
		return NULL;
	memcpy(&elf, image, sizeof(elf));
	if (elf.ident[ELF_CLASS] != ELF_CLASS32 || elf.ident[ELF_DATA] != ELF_LITTLE_ENDIAN ||
	    elf.shentsize != sizeof(table))
		return NULL;
	for (uint32_t i = 0; i < elf.shnum; i++) {
		if (take_section(image, size, &elf, i, &table) && table.type == ELF_SYMTAB &&
		    take_section(image, size, &elf, table.link, &strings) && strings.type == ELF_STRTAB)
			return read_table(image, &table, &strings);
	}
	return NULL;
}

struct symbols *symbols_read(const struct file_set *files, const char *path, char *error, size_t error_size)
{
	size_t size;
	uint8_t *image = load_file(files, "kernel", path, KERNEL_MAX, &size, error, error_size);

	if (image == NULL)
		return NULL;
	if (error_size > 0)
		*error = '\0';
	struct symbols *symbols = symbols_from(image, size);

	free(image);
	return symbols;
}

void symbols_free(struct symbols *symbols)
{
	if (symbols == NULL)
		return;
	free(symbols->names);
	free(symbols->row);
	free(symbols);
}

/* How many symbols begin at `address` or below. */
static size_t count_up_to(const struct symbols *symbols, uint32_t address)
{
	size_t low = 0, high = symbols->rows;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (symbols->row[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Labels of assembly code have no size: they reach to the next symbol, at most 64 KiB. */
static bool covers(const struct symbol *symbol, uint32_t address)
{
	uint32_t distance = address - symbol->address;

	return symbol->size != 0 ? distance < symbol->size || distance == 0 : distance < 0x10000;
}

const char *symbols_name(const struct symbols *symbols, uint32_t address, uint32_t *offset)
{
	size_t count = symbols != NULL ? count_up_to(symbols, address) : 0;

	if (count == 0 || !covers(&symbols->row[count - 1], address))
		return NULL;
	*offset = address - symbols->row[count - 1].address;
	return symbols->names + symbols->row[count - 1].name;
}

void symbols_describe(const struct symbols *symbols, uint32_t address, char *text, size_t size)
{
	uint32_t offset;
	const char *name = symbols_name(symbols, address, &offset);

	if (name == NULL)
		snprintf(text, size, "%s", "");
	else if (offset == 0)
		snprintf(text, size, "%.*s", NAME_MAX_SHOWN, name);
	else
		snprintf(text, size, "%.*s+0x%x", NAME_MAX_SHOWN, name, offset);
}

bool symbols_find(const struct symbols *symbols, const char *name, uint32_t *address)
{
	for (size_t i = 0; symbols != NULL && i < symbols->rows; i++) {
		if (strcmp(symbols->names + symbols->row[i].name, name) == 0) {
			*address = symbols->row[i].address;
			return true;
		}
	}
	return false;
}

const char *symbols_at(const struct symbols *symbols, size_t index, uint32_t *address)
{
	if (symbols == NULL || index >= symbols->rows)
		return NULL;
	*address = symbols->row[index].address;
	return symbols->names + symbols->row[index].name;
}
