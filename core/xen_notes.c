/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/xen_notes.c - the notes of the name "Xen" in an ELF file, wherever they stand: in a segment or a section of notes; and
 * the text that older kernels have instead.
 */
#include "core/xen_notes.h"

#include "core/elf32.h"
#include "core/load.h"
#include "core/xen.h"
#include "cpu/bus.h"

#include <stdio.h>
#include <stdlib.h>

enum { NOTE_SEGMENT = 4, NOTE_SECTION = 7, SEGMENTS_MAX = 64, SECTIONS_MAX = 4096 };

static uint32_t word(const uint8_t *bytes, size_t size)
{
	uint32_t value = 0;

	memcpy(&value, bytes, size < sizeof value ? size : sizeof value);
	return value;
}

static void take_note(struct xen_notes *notes, uint32_t type, const uint8_t *bytes, uint32_t size)
{
	notes->found = true;
	switch (type) {
	case XEN_ELFNOTE_VIRT_BASE:
		notes->virt_base = word(bytes, size);
		notes->has_base = true;
		break;
	case XEN_ELFNOTE_PADDR_OFFSET: notes->paddr_offset = word(bytes, size); break;
	case XEN_ELFNOTE_ENTRY:
		notes->entry = word(bytes, size);
		notes->has_entry = true;
		break;
	case XEN_ELFNOTE_HYPERCALL_PAGE:
		notes->hypercall_page = word(bytes, size);
		notes->has_page = true;
		break;
	case XEN_ELFNOTE_PAE_MODE: notes->pae = size >= 3 && !memcmp(bytes, "yes", 3); break;
	case XEN_ELFNOTE_XEN_VERSION:
		snprintf(notes->xen_version, sizeof notes->xen_version, "%.*s", (int)(size < 15 ? size : 15), (const char *)bytes);
		break;
	default: break;
	}
}

/* Notes one after the other: sizes of name and contents, type, both padded to four bytes (System V ABI, "Note Section").
 * GRUB's last one says more bytes than there are: what there is counts. */
static void take_notes(struct xen_notes *notes, const uint8_t *image, size_t size, uint64_t offset, uint64_t count)
{
	enum { NAME = 4 };
	uint32_t head[3];

	if (!elf_inside(size, offset, count))
		return;
	while (count >= sizeof head + NAME) {
		uint64_t name, contents, rest = count - sizeof head;

		memcpy(head, image + offset, sizeof head);
		name = (head[0] + UINT64_C(3)) & ~UINT64_C(3);
		contents = (head[1] + UINT64_C(3)) & ~UINT64_C(3);
		if (name > rest)
			return;
		rest -= name;
		if (head[0] == NAME && !memcmp(image + offset + sizeof head, "Xen", NAME))
			take_note(notes, head[2], image + offset + sizeof head + name, head[1] < rest ? head[1] : (uint32_t)rest);
		if (contents >= rest)
			return;
		offset += sizeof head + name + contents;
		count = rest - contents;
	}
}

/* ---- before there were notes: a section "__xen_guest" of KEY=VALUE, with commas between ---- */

/* The value of a key, or NULL. `text` ends with a zero. */
static const char *value_of(const char *text, const char *key)
{
	size_t length = strlen(key);

	while (text) {
		if (strncmp(text, key, length) == 0 && text[length] == '=')
			return text + length + 1;
		text = strchr(text, ',');
		text += text != NULL;
	}
	return NULL;
}

static bool take_number(const char *text, const char *key, uint32_t *number)
{
	const char *value = value_of(text, key);

	if (value)
		*number = (uint32_t)strtoul(value, NULL, 0);
	return value;
}

static void take_text(struct xen_notes *notes, const char *text)
{
	const char *version = value_of(text, "XEN_VER"), *pae = value_of(text, "PAE");
	uint32_t page = 0;

	notes->found = true;
	notes->has_base = take_number(text, "VIRT_BASE", &notes->virt_base);
	notes->has_entry = take_number(text, "VIRT_ENTRY", &notes->entry);
	notes->paddr_offset = notes->virt_base;
	take_number(text, "ELF_PADDR_OFFSET", &notes->paddr_offset);
	notes->has_page = take_number(text, "HYPERCALL_PAGE", &page);
	notes->hypercall_page = notes->virt_base + (page << PAGE_SHIFT); /* it is a frame's number here */
	notes->pae = pae && strncmp(pae, "yes", 3) == 0;
	if (version)
		snprintf(notes->xen_version, sizeof notes->xen_version, "%.*s", (int)strcspn(version, ","), version);
}

static bool is_named(const uint8_t *image, size_t size, const struct elf32_section *names, uint32_t name, const char *wanted)
{
	char text[16] = "";
	uint64_t at = (uint64_t)names->offset + name;

	return strlen(wanted) < sizeof text && elf_take(image, size, at, text, strlen(wanted) + 1) && strcmp(text, wanted) == 0;
}

static void find_text(const uint8_t *image, size_t size, const struct elf32_header *elf, struct xen_notes *notes)
{
	struct elf32_section section, names;
	char text[1024];

	if (!elf_take(image, size, elf->shoff + (uint64_t)elf->shstrndx * sizeof names, &names, sizeof names))
		return;
	for (unsigned i = 0; !notes->found && i < elf->shnum && i < SECTIONS_MAX; i++) {
		if (!elf_take(image, size, elf->shoff + (uint64_t)i * sizeof section, &section, sizeof section) ||
		    !is_named(image, size, &names, section.name, "__xen_guest") || section.size >= sizeof text ||
		    !elf_take(image, size, section.offset, text, section.size))
			continue;
		text[section.size] = '\0';
		take_text(notes, text);
	}
}

bool xen_notes_find(const uint8_t *image, size_t size, struct xen_notes *notes)
{
	struct elf32_header elf;
	struct elf32_segment segment;
	struct elf32_section section;

	*notes = (struct xen_notes){0};
	if (!elf_is_elf(image, size) || !elf_take(image, size, 0, &elf, sizeof elf) || elf.ident[ELF_CLASS] != ELF_CLASS32)
		return false;
	for (unsigned i = 0; i < elf.phnum && i < SEGMENTS_MAX; i++)
		if (elf_take(image, size, elf.phoff + (uint64_t)i * sizeof segment, &segment, sizeof segment) &&
		    segment.type == NOTE_SEGMENT)
			take_notes(notes, image, size, segment.offset, segment.filesz);
	for (unsigned i = 0; !notes->found && i < elf.shnum && i < SECTIONS_MAX; i++)
		if (elf_take(image, size, elf.shoff + (uint64_t)i * sizeof section, &section, sizeof section) &&
		    section.type == NOTE_SECTION)
			take_notes(notes, image, size, section.offset, section.size);
	if (!notes->found)
		find_text(image, size, &elf, notes);
	return notes->found;
}

bool load_is_xen(const uint8_t *image, size_t size)
{
	struct xen_notes notes;

	return xen_notes_find(image, size, &notes);
}
