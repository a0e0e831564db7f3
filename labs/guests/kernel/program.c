/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/program.c - programs as ELF files (Tool Interface Standard, ELF 1.2): loadable segments
 * become regions; not a byte is read before it is needed.
 */
#include "kernel/kernel.h"

struct elf_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version, entry, segments, sections, flags;
	uint16_t header_size, segment_size, segment_count;
};

struct elf_segment {
	uint32_t type, offset, linear, physical, file_size, memory_size, flags, align;
};

enum { ELF_EXECUTABLE = 2, ELF_386 = 3, ELF_LOAD = 1, ELF_WRITE = 2, PROGRAM_HIGHEST = 0x20000000 };

static bool header_is_good(const struct elf_header *header, uint32_t size)
{
	return size >= sizeof(*header) && memcmp(header->ident, "\177ELF\1\1", 6) == 0 &&
	       header->type == ELF_EXECUTABLE && header->machine == ELF_386 &&
	       header->segment_size == sizeof(struct elf_segment) && header->segments < size &&
	       header->segment_count <= (size - header->segments) / sizeof(struct elf_segment);
}

static bool segment_is_good(const struct elf_segment *segment, uint32_t size)
{
	return segment->offset <= size && segment->file_size <= size - segment->offset &&
	       segment->file_size <= segment->memory_size && segment->linear >= USER_LOWEST &&
	       segment->linear < PROGRAM_HIGHEST && segment->memory_size < PROGRAM_HIGHEST;
}

static void add_segment(struct space *space, struct region *region, const struct ram_file *file,
                        const struct elf_segment *segment)
{
	uint32_t end = round_up(segment->linear + segment->memory_size);

	*region = (struct region){
		.start = round_down(segment->linear),
		.end = end,
		.writable = segment->flags & ELF_WRITE,
		.file = file->bytes + segment->offset,
		.file_start = segment->linear,
		.file_size = segment->file_size,
	};
	if (end > space->heap_end)
		space->heap_end = end;
}

int program_load(struct space *space, const struct ram_file *file, uint32_t *entry)
{
	const struct elf_header *header = (const struct elf_header *)file->bytes;
	const struct elf_segment *segments;
	unsigned used = 0;

	if (!header_is_good(header, file->size))
		return ERROR_NOT_A_PROGRAM;
	segments = (const struct elf_segment *)(file->bytes + header->segments);
	for (unsigned i = 0; i < header->segment_count; i++) {
		if (segments[i].type != ELF_LOAD || !segments[i].memory_size)
			continue;
		if (used == REGION_HEAP || !segment_is_good(&segments[i], file->size))
			return ERROR_NOT_A_PROGRAM;
		add_segment(space, &space->regions[used++], file, &segments[i]);
	}
	space->regions[REGION_HEAP] =
		(struct region){ .start = space->heap_end, .end = space->heap_end, .writable = true };
	*entry = header->entry;
	return 0;
}

bool arguments_add(struct arguments *arguments, const char *text)
{
	uint32_t size = strlen(text) + 1;

	if (arguments->count == ARGUMENTS_MAX || size > ARGUMENT_BYTES - arguments->used)
		return false;
	memcpy(arguments->bytes + arguments->used, text, size);
	arguments->used += size;
	arguments->count++;
	return true;
}

/* From the top down: the texts, pointers to them and NULL; what main gets below: argc, argv. */
uint32_t program_arguments(const struct arguments *arguments)
{
	uint32_t texts = (USER_STACK_TOP - arguments->used) & ~15u;
	uint32_t *pointers = (uint32_t *)texts - arguments->count - 1;
	uint32_t *bottom = pointers - 2, at = 0;

	memcpy((void *)texts, arguments->bytes, arguments->used);
	for (unsigned i = 0; i < arguments->count; i++) {
		pointers[i] = texts + at;
		at += strlen(arguments->bytes + at) + 1;
	}
	pointers[arguments->count] = 0;
	bottom[0] = arguments->count;
	bottom[1] = (uint32_t)pointers;
	return (uint32_t)bottom;
}
