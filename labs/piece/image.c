/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/piece/image.c - a shared object put into memory by hand (System V ABI, AMD64 supplement: chapters 4 and 5). Not by dlopen, for
 * that needs files at a time when there are none any more, runs constructors, and gives a piece all of the C library. Here a piece
 * gets the names that piece_function knows and no other, and nothing of it runs before it is called.
 *
 * The file is a student's: each offset, size and index is checked before it is used.
 */
#include "labs/piece/piece.h"

#include "core/refuse.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE UINT64_C(4096)

struct image {
	struct piece *piece;
	const Elf64_Ehdr *header;
	const Elf64_Shdr *sections;
	uint8_t *base; /* where address 0 of the object lies */
};

static bool no(const struct image *image, const char *why, const char *what)
{
	return refuse(image->piece->error, sizeof image->piece->error, why, what);
}

static const void *part(const struct image *image, uint64_t offset, uint64_t count, uint64_t size)
{
	const struct piece_file *file = &image->piece->file;

	if (count > PIECE_IMAGE || offset % 4 || offset > file->size || count * size > file->size - offset)
		return NULL;
	return file->bytes + offset;
}

static bool inside(uint64_t address, uint64_t size)
{
	return address <= PIECE_IMAGE && size <= PIECE_IMAGE - address;
}

static bool open_image(struct image *image)
{
	const Elf64_Ehdr *header = image->header = part(image, 0, 1, sizeof *header);

	if (!header || memcmp(header->e_ident, ELFMAG, SELFMAG) || header->e_ident[EI_CLASS] != ELFCLASS64 ||
	    header->e_type != ET_DYN || header->e_machine != EM_X86_64 || header->e_shentsize != sizeof(Elf64_Shdr) ||
	    header->e_phentsize != sizeof(Elf64_Phdr))
		return no(image, "%s", "it is no shared object for this computer; build it with `make`");
	image->sections = part(image, header->e_shoff, header->e_shnum, sizeof(Elf64_Shdr));
	return image->sections || no(image, "%s", "its section headers are not in the file; build it with `make`");
}

/* ---- segments ---- */

static bool copy_segment(struct image *image, const Elf64_Phdr *segment)
{
	const struct piece_file *file = &image->piece->file;

	if (segment->p_type == PT_TLS)
		return no(image, "%s", "it has thread-local variables; a piece runs in one thread: leave _Thread_local out");
	if (segment->p_type != PT_LOAD)
		return true;
	if (!inside(segment->p_vaddr, segment->p_memsz))
		return no(image, "%s", "runaway memory: its variables take more than 64 MiB");
	if (segment->p_filesz > segment->p_memsz || segment->p_offset > file->size ||
	    segment->p_filesz > file->size - segment->p_offset)
		return no(image, "%s", "a segment is not in the file; build it with `make`");
	memcpy(image->base + segment->p_vaddr, file->bytes + segment->p_offset, segment->p_filesz);
	return true;
}

static bool seal_segment(const struct image *image, const Elf64_Phdr *segment)
{
	uint64_t from = segment->p_vaddr & ~(PAGE - 1), to = (segment->p_vaddr + segment->p_memsz + PAGE - 1) & ~(PAGE - 1);
	int rights = PROT_READ | (segment->p_flags & PF_W ? PROT_WRITE : 0) |
	             (segment->p_flags & PF_X && !(segment->p_flags & PF_W) ? PROT_EXEC : 0);

	return segment->p_type != PT_LOAD || to == from || mprotect(image->base + from, to - from, rights) == 0;
}

typedef bool visit_segment(struct image *image, const Elf64_Phdr *segment);

static bool for_each_segment(struct image *image, bool seal)
{
	const Elf64_Phdr *segment = part(image, image->header->e_phoff, image->header->e_phnum, sizeof *segment);

	if (!segment)
		return no(image, "%s", "its program headers are not in the file; build it with `make`");
	for (unsigned i = 0; i < image->header->e_phnum; i++)
		if (!(seal ? seal_segment(image, &segment[i]) : copy_segment(image, &segment[i])))
			return false;
	return true;
}

/* ---- symbols ---- */

struct symbols {
	const Elf64_Sym *symbol;
	const char *names;
	uint64_t count, size; /* of names, which end with a zero */
};

static bool symbols_of(const struct image *image, const Elf64_Shdr *section, struct symbols *symbols)
{
	const Elf64_Shdr *strings = &image->sections[section->sh_link];

	if (section->sh_link >= image->header->e_shnum)
		return false;
	symbols->count = section->sh_size / sizeof *symbols->symbol;
	symbols->symbol = part(image, section->sh_offset, symbols->count, sizeof *symbols->symbol);
	symbols->size = strings->sh_size;
	if (!symbols->symbol || strings->sh_size == 0 || strings->sh_offset > image->piece->file.size ||
	    strings->sh_size > image->piece->file.size - strings->sh_offset)
		return false;
	symbols->names = (const char *)image->piece->file.bytes + strings->sh_offset;
	return symbols->names[strings->sh_size - 1] == '\0';
}

static const char *name_of(const struct symbols *symbols, const Elf64_Sym *symbol)
{
	return symbol->st_name < symbols->size ? symbols->names + symbol->st_name : "";
}

/* ---- relocations ---- */

static bool value_of(const struct image *image, const struct symbols *symbols, uint64_t index, uint64_t *value)
{
	const Elf64_Sym *symbol = &symbols->symbol[index];
	const char *name;

	if (index >= symbols->count)
		return no(image, "%s", "a relocation has no symbol; build it with `make`");
	name = name_of(symbols, symbol);
	if (ELF64_ST_TYPE(symbol->st_info) == STT_GNU_IFUNC)
		return no(image, "'%s' is chosen at run time, which a piece cannot be", name);
	*value = symbol->st_shndx ? (uint64_t)(uintptr_t)image->base + symbol->st_value : (uint64_t)(uintptr_t)piece_function(name);
	if (*value || ELF64_ST_BIND(symbol->st_info) == STB_WEAK)
		return true;
	return no(image, "it uses '%s', which a piece does not have: ringside_lab.h says what there is", name);
}

static bool relocate(const struct image *image, const struct symbols *symbols, const Elf64_Rela *relocation)
{
	uint64_t type = ELF64_R_TYPE(relocation->r_info), value = 0;

	if (type == R_X86_64_NONE)
		return true;
	if (!inside(relocation->r_offset, sizeof value))
		return no(image, "%s", "a relocation lies outside; build it with `make`");
	if (type == R_X86_64_RELATIVE)
		value = (uint64_t)(uintptr_t)image->base;
	else if (type != R_X86_64_64 && type != R_X86_64_GLOB_DAT && type != R_X86_64_JUMP_SLOT)
		return no(image, "%s", "it has a relocation that a piece cannot have; build it with `make`");
	else if (!value_of(image, symbols, ELF64_R_SYM(relocation->r_info), &value))
		return false;
	if (type == R_X86_64_RELATIVE || type == R_X86_64_64)
		value += (uint64_t)relocation->r_addend;
	memcpy(image->base + relocation->r_offset, &value, sizeof value);
	return true;
}

static bool relocate_section(const struct image *image, const Elf64_Shdr *section)
{
	uint64_t count = section->sh_size / sizeof(Elf64_Rela);
	const Elf64_Rela *relocation = part(image, section->sh_offset, count, sizeof *relocation);
	struct symbols symbols = {0};

	if (section->sh_type != SHT_RELA || !(section->sh_flags & SHF_ALLOC))
		return true;
	if (!relocation || section->sh_link >= image->header->e_shnum)
		return no(image, "%s", "its relocations are not in the file; build it with `make`");
	(void)symbols_of(image, &image->sections[section->sh_link], &symbols);
	for (uint64_t i = 0; i < count; i++)
		if (!relocate(image, &symbols, &relocation[i]))
			return false;
	return true;
}

/* ---- the table ---- */

static bool find_table(const struct image *image)
{
	for (unsigned i = 0; i < image->header->e_shnum; i++) {
		struct symbols symbols;

		if (image->sections[i].sh_type != SHT_DYNSYM || !symbols_of(image, &image->sections[i], &symbols))
			continue;
		for (uint64_t at = 0; at < symbols.count; at++) {
			const Elf64_Sym *symbol = &symbols.symbol[at];

			if (strcmp(name_of(&symbols, symbol), "ringside_lab") != 0 || !symbol->st_shndx ||
			    symbol->st_size < LAB_PIECE_MINIMUM || !inside(symbol->st_value, symbol->st_size))
				continue;
			image->piece->table = (const struct lab_piece *)(image->base + symbol->st_value);
			if (image->piece->table->size > symbol->st_size)
				return no(image, "%s", "ringside_lab says that it is larger than it is; begin it with LAB_PIECE_HEADER");
			return true;
		}
	}
	return no(image, "%s", "it does not define `const struct lab_piece ringside_lab`, by which the VMM finds its handlers");
}

bool image_load(struct piece *piece)
{
	struct image image = {.piece = piece, .base = piece_image()};

	if (!open_image(&image) || !for_each_segment(&image, false))
		return false;
	for (unsigned i = 0; i < image.header->e_shnum; i++)
		if (!relocate_section(&image, &image.sections[i]))
			return false;
	return find_table(&image) && for_each_segment(&image, true);
}

const char *image_function(const struct piece *piece, uintptr_t address, uintptr_t *offset)
{
	struct image image = {.piece = (struct piece *)(uintptr_t)piece, .base = piece_image()};
	uint64_t at = address - (uintptr_t)image.base;

	if (address < (uintptr_t)image.base || at >= PIECE_IMAGE)
		return NULL;
	if (!open_image(&image))
		return NULL;
	for (unsigned i = 0; i < image.header->e_shnum; i++) {
		struct symbols symbols;
		unsigned type = image.sections[i].sh_type;

		if ((type != SHT_SYMTAB && type != SHT_DYNSYM) || !symbols_of(&image, &image.sections[i], &symbols))
			continue;
		for (uint64_t index = 0; index < symbols.count; index++) {
			const Elf64_Sym *symbol = &symbols.symbol[index];

			if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC || at - symbol->st_value >= symbol->st_size)
				continue;
			*offset = at - symbol->st_value;
			return name_of(&symbols, symbol);
		}
	}
	return NULL;
}
