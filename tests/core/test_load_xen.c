/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_load_xen.c - what kernels say to Xen's domain builder, and which it refuses.
 */
#include "core/elf32.h"
#include "core/load.h"
#include "core/xen.h"
#include "core/xen_notes.h"
#include "tests/harness.h"

#include <stddef.h>
#include <stdio.h>

/* A kernel of one page at VIRT_BASE, with room for notes or for a section __xen_guest. */
struct file {
	struct elf32_header elf;
	struct elf32_segment segment[2];
	struct elf32_section section[3];
	char names[32];
	char text[128];
	struct {
		uint32_t name_size, size, type;
		char name[4];
		uint32_t value;
	} note[2];
	uint8_t code[16];
};

enum { BASE = 0x40000000 };

static struct file kernel(void)
{
	return (struct file){
		.elf = {.ident = {0x7f, 'E', 'L', 'F', ELF_CLASS32, ELF_LITTLE_ENDIAN, 1}, .type = ELF_EXECUTABLE, .machine = ELF_386,
		        .entry = BASE + 0x1000, .phoff = offsetof(struct file, segment), .phentsize = sizeof(struct elf32_segment), .phnum = 2,
		        .shoff = offsetof(struct file, section), .shentsize = sizeof(struct elf32_section), .shnum = 3, .shstrndx = 1},
		.segment = {{ELF_LOAD, offsetof(struct file, code), BASE + 0x1000, 0x1000, 16, 0x1000, 7, 0x1000},
		            {4, offsetof(struct file, note), 0, 0, sizeof ((struct file *)0)->note, 0, 4, 4}},
		.section = {{0}, {.offset = offsetof(struct file, names), .size = 32, .type = 3},
		            {.name = 1, .offset = offsetof(struct file, text), .size = 128, .type = 1}},
		.names = "\0__xen_guest",
		.note = {{4, 4, XEN_ELFNOTE_VIRT_BASE, "Xen", BASE}, {4, 12, XEN_ELFNOTE_PAE_MODE, "Xen", 0x2c736579}}, /* "yes," cut short */
		.code = {0xeb, 0xfe},
	};
}

static bool load(const struct file *file, struct cpu_state *state, char *error, size_t size)
{
	struct config config;
	struct loaded loaded;
	struct memory *memory = memory_new(NULL, 4 << 20, 16, error, size);
	bool done;

	CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
	config_default(&config);
	strcpy(config.kernel, "test.elf");
	error[0] = '\0';
	done = load_xen((const uint8_t *)file, sizeof *file, &config, memory, state, &loaded, error, size);
	CU_ASSERT_EQUAL(done, !error[0]);
	memory_free(memory);
	return done;
}

static void test_notes(void)
{
	struct file file = kernel();
	struct xen_notes notes;
	struct cpu_state state;
	char error[256];

	CU_ASSERT_TRUE(xen_notes_find((const uint8_t *)&file, sizeof file, &notes));
	CU_ASSERT(notes.virt_base == BASE && notes.pae && !notes.has_entry && notes.paddr_offset == 0);
	CU_ASSERT_TRUE(load(&file, &state, error, sizeof error));
	CU_ASSERT(state.eip == BASE + 0x1000 && state.cpl == 1 && state.cr4 & CR4_PAE && state.gpr[ESI] > BASE);
}

static void test_text(void)
{
	struct file file = kernel();
	struct xen_notes notes;

	file.elf.phnum = 1;
	strcpy(file.text, "GUEST_OS=linux,XEN_VER=xen-3.0,VIRT_BASE=0xC0000000,HYPERCALL_PAGE=0x104,PAE=no,LOADER=generic");
	CU_ASSERT_TRUE(xen_notes_find((const uint8_t *)&file, sizeof file, &notes));
	CU_ASSERT(notes.virt_base == 0xc0000000 && notes.paddr_offset == 0xc0000000 && !notes.pae);
	CU_ASSERT(notes.has_page && notes.hypercall_page == 0xc0104000);
	CU_ASSERT_STRING_EQUAL(notes.xen_version, "xen-3.0");
	file.names[1] = 'x';
	CU_ASSERT_FALSE(xen_notes_find((const uint8_t *)&file, sizeof file, &notes));
}

static void test_refused(void)
{
	struct cpu_state state;
	char error[256];
	struct file file = kernel();

	file.elf.phnum = 1;
	file.names[1] = 'x';
	CU_ASSERT_FALSE(load(&file, &state, error, sizeof error)); /* no notes */
	file = kernel();
	file.note[0].value = BASE + 1;
	CU_ASSERT_FALSE(load(&file, &state, error, sizeof error));
	file = kernel();
	file.note[0].value = 0xf57ff000;
	CU_ASSERT_FALSE(load(&file, &state, error, sizeof error)); /* reaches into the hypervisor's addresses */
	file = kernel();
	file.segment[0].memsz = 0x7fffffff;
	CU_ASSERT_FALSE(load(&file, &state, error, sizeof error));
	file = kernel();
	file.segment[0].filesz = 0x1000;
	CU_ASSERT_FALSE(load(&file, &state, error, sizeof error)); /* cut short */
	file = kernel();
	file.note[1].type = XEN_ELFNOTE_HYPERCALL_PAGE;
	file.note[1].size = 4;
	file.note[1].value = BASE - 0x1000;
	CU_ASSERT_FALSE(load(&file, &state, error, sizeof error));
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"notes, the last one cut short", test_notes},
		{"the older text", test_text},
		{"kernels that are refused", test_refused},
		{0},
	};

	return harness_main("load xen", tests);
}
