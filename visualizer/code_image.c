/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/code_image.c - where code stands in a guest's file (System V ABI, chapter 4).
 */
#include "visualizer/code_image.h"

#include "core/elf32.h"
#include "core/load.h"
#include "core/refuse.h"

#include <stdlib.h>

enum {
	FILE_LIMIT = 256 << 20,
	BOOT_SECTOR = 0x7c00,
	SECTION_PROGBITS = 1,
	SECTION_EXECUTABLE = 4,
	SEGMENT_EXECUTABLE = 1,
};

static void add(struct code_image *image, uint32_t address, uint64_t offset, uint64_t size)
{
	if (image->count == CODE_RANGES || size == 0 || !elf_inside(image->size, offset, size))
		return;
	image->range[image->count++] = (struct code_range){
		.address = address, .size = (size_t)size, .bytes = image->file + offset,
	};
}

static void add_sections(struct code_image *image, const struct elf32_header *header)
{
	for (unsigned i = 0; i < header->shnum; i++) {
		struct elf32_section section;
		uint64_t offset = header->shoff + (uint64_t)i * sizeof(section);

		if (elf_take(image->file, image->size, offset, &section, sizeof(section)) &&
		    (section.flags & SECTION_EXECUTABLE) && section.type == SECTION_PROGBITS)
			add(image, section.addr, section.offset, section.size);
	}
}

static void add_segments(struct code_image *image, const struct elf32_header *header)
{
	for (unsigned i = 0; i < header->phnum; i++) {
		struct elf32_segment segment;
		uint64_t offset = header->phoff + (uint64_t)i * sizeof(segment);

		if (elf_take(image->file, image->size, offset, &segment, sizeof(segment)) &&
		    segment.type == ELF_LOAD && (segment.flags & SEGMENT_EXECUTABLE))
			add(image, segment.vaddr, segment.offset, segment.filesz);
	}
}

bool code_image_read(struct code_image *image, const struct config *config, char *error, size_t error_size)
{
	bool disk = config->disk[0][0] && !config->kernel[0];
	const char *path = disk ? config->disk[0] : config->kernel;
	struct elf32_header header;

	*image = (struct code_image){ 0 };
	image->file = load_file(NULL, "guest", path, FILE_LIMIT, &image->size, error, error_size);
	if (!image->file)
		return false;
	if (disk)
		add(image, BOOT_SECTOR, 0, image->size < 512 ? image->size : 510);
	else if (!elf_is_elf(image->file, image->size))
		add(image, config->flat_address, 0, image->size);
	else if (elf_take(image->file, image->size, 0, &header, sizeof(header))) {
		image->entry = header.entry;
		add_sections(image, &header);
		if (image->count == 0)
			add_segments(image, &header);
	}
	if (image->count > 0)
		return true;
	return refuse(error, error_size, "'%s' has no code that could be found; is it a 32-bit ELF kernel or a "
	              "flat binary?", path);
}

void code_image_free(struct code_image *image)
{
	free(image->file);
	image->file = NULL;
}

const struct code_range *code_image_find(const struct code_image *image, uint32_t address)
{
	for (size_t i = 0; i < image->count; i++)
		if (address - image->range[i].address < image->range[i].size)
			return &image->range[i];
	return NULL;
}
