/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_load.c - Multiboot kernels built byte by byte, whole and broken; flat binaries; boot
 * sectors; symbols of the same files.
 */
#include "core/elf32.h"
#include "core/load.h"
#include "core/symbols.h"
#include "tests/harness.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FLAGS = 3, HEADER_AT = 0x100, CODE_AT = 0x200, CODE = 0x100000, SIZE = 0x800 };

struct kernel {
	uint8_t bytes[SIZE];
};

struct machine {
	struct config config;
	struct memory *memory;
	struct cpu_state state;
	struct loaded loaded;
	char error[512];
};

static void put32(struct kernel *kernel, size_t offset, uint32_t value)
{
	memcpy(kernel->bytes + offset, &value, 4);
}

static void put_header(struct kernel *kernel, uint32_t flags)
{
	put32(kernel, HEADER_AT, 0x1badb002);
	put32(kernel, HEADER_AT + 4, flags);
	put32(kernel, HEADER_AT + 8, -(0x1badb002 + flags));
}

static struct elf32_header elf_header(void)
{
	return (struct elf32_header){
		.ident = { 0x7f, 'E', 'L', 'F', ELF_CLASS32, ELF_LITTLE_ENDIAN, 1 },
		.type = ELF_EXECUTABLE,
		.machine = ELF_386,
		.entry = 0xc0100004,
		.phoff = 0x40,
		.shoff = 0x400,
		.phentsize = sizeof(struct elf32_segment),
		.phnum = 1,
		.shentsize = sizeof(struct elf32_section),
		.shnum = 3,
	};
}

static struct elf32_segment elf_segment(void)
{
	return (struct elf32_segment){
		.type = ELF_LOAD, .offset = CODE_AT, .vaddr = 0xc0100000, .paddr = CODE,
		.filesz = 0x100, .memsz = 0x3000,
	};
}

/* Two symbols: start at the entry, data behind it. */
static void put_symbols(struct kernel *kernel)
{
	static const char names[] = "\0start\0data";
	const struct elf32_section section[3] = {
		{ 0 },
		{ .type = ELF_SYMTAB, .offset = 0x500, .size = 3 * sizeof(struct elf32_symbol), .link = 2,
		  .entsize = sizeof(struct elf32_symbol) },
		{ .type = ELF_STRTAB, .offset = 0x600, .size = sizeof(names) },
	};
	const struct elf32_symbol symbol[3] = {
		{ 0 },
		{ .name = 1, .value = 0xc0100004, .size = 16, .info = ELF_FUNCTION, .section = 1 },
		{ .name = 7, .value = 0xc0100080, .section = 1 },
	};

	memcpy(kernel->bytes + 0x400, section, sizeof(section));
	memcpy(kernel->bytes + 0x500, symbol, sizeof(symbol));
	memcpy(kernel->bytes + 0x600, names, sizeof(names));
}

static struct kernel elf_kernel(struct elf32_header header, struct elf32_segment segment)
{
	struct kernel kernel = { { 0 } };

	memcpy(kernel.bytes, &header, sizeof(header));
	memcpy(kernel.bytes + 0x40, &segment, sizeof(segment));
	put_header(&kernel, FLAGS);
	memset(kernel.bytes + CODE_AT, 0x90, 0x100);
	put_symbols(&kernel);
	return kernel;
}

static void machine_open(struct machine *machine)
{
	memset(machine, 0, sizeof(*machine));
	config_default(&machine->config);
	strcpy(machine->config.kernel, "folder/k.elf");
	machine->memory = memory_new(NULL, 4 << 20, 16, machine->error, sizeof(machine->error));
	CU_ASSERT_PTR_NOT_NULL_FATAL(machine->memory);
}

static bool load_bytes(struct machine *machine, const struct kernel *kernel, size_t size)
{
	machine->error[0] = '\0';
	return load_multiboot(kernel->bytes, size, &machine->config, machine->memory, &machine->state,
	                      &machine->loaded, machine->error, sizeof(machine->error));
}

static uint32_t read32(const struct machine *machine, uint32_t gpa)
{
	uint32_t value = 0xdeadbeef;

	CU_ASSERT(memory_read(machine->memory, gpa, &value, 4));
	return value;
}

static bool memory_says(const struct machine *machine, uint32_t gpa, const char *text)
{
	char bytes[128] = "";

	CU_ASSERT_FATAL(strlen(text) < sizeof(bytes));
	memory_read(machine->memory, gpa, bytes, strlen(text) + 1);
	return strcmp(bytes, text) == 0;
}

static void test_entry_state(void)
{
	struct machine machine;
	struct kernel kernel = elf_kernel(elf_header(), elf_segment());
	const struct cpu_state *state = &machine.state;
	uint64_t descriptor = 0;

	machine_open(&machine);
	CU_ASSERT_FATAL(load_bytes(&machine, &kernel, SIZE));
	CU_ASSERT(machine.loaded.entry == CODE + 4 && state->eip == CODE + 4);
	CU_ASSERT(state->gpr[EAX] == 0x2badb002);
	CU_ASSERT(state->cr0 == (CR0_PE | CR0_ET) && !(state->eflags & EFLAGS_IF));
	for (int i = ES; i <= GS; i++) {
		CU_ASSERT(state->segment[i].base == 0 && state->segment[i].limit == UINT32_MAX);
		CU_ASSERT(state->segment[i].access & ACCESS_BIG);
	}
	/* The GDT behind the selectors is real. */
	CU_ASSERT(memory_read(machine.memory, state->gdtr.base + state->segment[CS].selector, &descriptor,
	                      8) && descriptor == 0x00cf9b000000ffff);
	CU_ASSERT(read32(&machine, CODE) == 0x90909090 && read32(&machine, CODE + 0x100) == 0);
	memory_free(machine.memory);
}

static void test_information(void)
{
	struct machine machine;
	struct kernel kernel = elf_kernel(elf_header(), elf_segment());

	machine_open(&machine);
	strcpy(machine.config.cmdline, "fork 7");
	CU_ASSERT_FATAL(load_bytes(&machine, &kernel, SIZE));
	uint32_t info = machine.state.gpr[EBX], flags = read32(&machine, info);

	CU_ASSERT(info >= CODE + 0x3000 && info % 4096 == 0);
	CU_ASSERT(flags == 0x26d);
	CU_ASSERT(read32(&machine, info + 4) == 640 && read32(&machine, info + 8) == 3072);
	CU_ASSERT(memory_says(&machine, read32(&machine, info + 16), "k.elf fork 7"));
	CU_ASSERT(read32(&machine, info + 20) == 0);
	CU_ASSERT(memory_says(&machine, read32(&machine, info + 64), "Ringside"));
	/* The last entry of the memory map is RAM from 1 MiB to the top. */
	uint32_t last = read32(&machine, info + 48) + read32(&machine, info + 44) - 24;
	CU_ASSERT(read32(&machine, last) == 20 && read32(&machine, last + 4) == 0x100000);
	CU_ASSERT(read32(&machine, last + 12) == 0x300000 && read32(&machine, last + 20) == 1);
	/* Section headers: the symbol table was carried along. */
	uint32_t symtab = read32(&machine, info + 36) + sizeof(struct elf32_section);
	CU_ASSERT(read32(&machine, info + 28) == 3);
	CU_ASSERT(read32(&machine, read32(&machine, symtab + 12) + 16 + 4) == 0xc0100004);
	memory_free(machine.memory);
}

static void test_modules(void)
{
	struct machine machine;
	struct kernel kernel = elf_kernel(elf_header(), elf_segment());
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/tmp/ringside-module-%ld", (long)getpid());
	file = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs("hello", file);
	fclose(file);
	machine_open(&machine);
	snprintf(machine.config.module[0], CONFIG_TEXT, "%s one two", path);
	machine.config.modules = 1;
	CU_ASSERT_FATAL(load_bytes(&machine, &kernel, SIZE));
	uint32_t list = read32(&machine, machine.state.gpr[EBX] + 24), start = read32(&machine, list);

	CU_ASSERT(read32(&machine, machine.state.gpr[EBX] + 20) == 1);
	CU_ASSERT(start % 4096 == 0 && read32(&machine, list + 4) == start + 5);
	CU_ASSERT(memory_says(&machine, start, "hello"));
	snprintf(machine.error, sizeof(machine.error), "%s one two", path + 5);
	CU_ASSERT(memory_says(&machine, read32(&machine, list + 8), machine.error));
	unlink(path);
	CU_ASSERT(!load_bytes(&machine, &kernel, SIZE) && strstr(machine.error, path) != NULL);
	memory_free(machine.memory);
}

static void test_addresses_in_header(void)
{
	struct machine machine;
	struct kernel kernel = { { 0 } };
	const uint32_t address[5] = { CODE + HEADER_AT, CODE, CODE + 0x400, CODE + 0x2000, CODE + 0x200 };

	machine_open(&machine);
	put_header(&kernel, 1 << 16);
	memcpy(kernel.bytes + HEADER_AT + 12, address, sizeof(address));
	put32(&kernel, 0x200, 0xf4f4f4f4);
	put32(&kernel, 0x400, 0xffffffff); /* past load_end_addr */
	CU_ASSERT_FATAL(load_bytes(&machine, &kernel, SIZE));
	CU_ASSERT(machine.state.eip == CODE + 0x200 && read32(&machine, CODE + 0x200) == 0xf4f4f4f4);
	CU_ASSERT(read32(&machine, CODE + 0x400) == 0);
	CU_ASSERT(machine.state.gpr[EBX] >= CODE + 0x2000);
	put32(&kernel, HEADER_AT + 12, CODE + HEADER_AT + 4096);
	CU_ASSERT(!load_bytes(&machine, &kernel, SIZE) && strstr(machine.error, "header_addr") != NULL);
	memory_free(machine.memory);
}

/* Each way to break a kernel, and a word of the message that it deserves. */
static void test_broken_kernels(void)
{
	struct elf32_header h = elf_header();
	struct elf32_segment s = elf_segment();
	struct machine machine;
	struct kernel kernel;
	int number = 0;

	machine_open(&machine);
#define BROKEN(change, size, word) \
	do { \
		h = elf_header(); \
		s = elf_segment(); \
		change; \
		kernel = elf_kernel(h, s); \
		number++; \
		CU_ASSERT(!load_bytes(&machine, &kernel, size)); \
		if (strstr(machine.error, word) == NULL) \
			printf("%d: %s\n", number, machine.error); \
		CU_ASSERT(strstr(machine.error, word) != NULL); \
	} while (0)
	BROKEN(h.ident[ELF_CLASS] = ELF_CLASS64, SIZE, "-m32");
	BROKEN(h.machine = 40, SIZE, "i386");
	BROKEN(h.type = 1, SIZE, "link it");
	BROKEN(h.phnum = 0, SIZE, "program headers");
	BROKEN(h.phnum = 65535, SIZE, "64 program headers");
	BROKEN(h.phoff = 0xffffffff, SIZE, "cut short");
	BROKEN(h.entry = 0x10, SIZE, "entry point");
	BROKEN(s.paddr = 0xa0000, SIZE, "video memory");
	BROKEN(s.paddr = 0x9f000, SIZE, "video memory");
	BROKEN(s.paddr = 0x3fe000, SIZE, "raise memory");
	BROKEN(s.paddr = 0xffffffff, SIZE, "raise memory");
	BROKEN(s.memsz = 0xffffffff, SIZE, "raise memory");
	BROKEN(s.filesz = 0x4000, SIZE, "more bytes than memory");
	BROKEN(s.offset = 0xfffffff0, SIZE, "cut short");
	BROKEN((s.paddr = 0x3fd000, s.vaddr = 0xc0100000), SIZE, "no room");
	BROKEN((void)0, 0x280, "cut short");
	BROKEN((void)0, HEADER_AT, "no Multiboot header");
	BROKEN((void)0, 0, "no Multiboot header");
#undef BROKEN
	kernel = elf_kernel(elf_header(), elf_segment());
	put_header(&kernel, 1 << 5);
	CU_ASSERT(!load_bytes(&machine, &kernel, SIZE) && strstr(machine.error, "features") != NULL);
	memory_free(machine.memory);
}

static void test_broken_sections_are_left_out(void)
{
	struct elf32_header header = elf_header();
	struct machine machine;

	machine_open(&machine);
	header.shoff = 0xfffffff0;
	struct kernel kernel = elf_kernel(header, elf_segment());
	CU_ASSERT_FATAL(load_bytes(&machine, &kernel, SIZE));
	CU_ASSERT(read32(&machine, machine.state.gpr[EBX]) == 0x24d);
	CU_ASSERT_PTR_NULL(symbols_from(kernel.bytes, SIZE));
	memory_free(machine.memory);
}

static void test_flat(void)
{
	static const uint8_t code[] = { 0xf4, 0xeb, 0xfd };
	struct machine machine;

	machine_open(&machine);
	CU_ASSERT(load_flat(code, 3, &machine.config, machine.memory, &machine.state, &machine.loaded,
	                    machine.error, sizeof(machine.error)));
	CU_ASSERT(machine.state.eip == 0x100000 && machine.state.cr0 & CR0_PE);
	machine.config.flat_real = true;
	machine.config.flat_address = 0x12345;
	CU_ASSERT(load_flat(code, 3, &machine.config, machine.memory, &machine.state, &machine.loaded,
	                    machine.error, sizeof(machine.error)));
	CU_ASSERT(machine.state.segment[CS].base + machine.state.eip == 0x12345);
	CU_ASSERT(machine.state.segment[CS].selector == 0x1234 && !(machine.state.cr0 & CR0_PE));
	machine.config.flat_real = false;
	machine.config.flat_address = 0x3fffff;
	CU_ASSERT(!load_flat(code, 3, &machine.config, machine.memory, &machine.state, &machine.loaded,
	                     machine.error, sizeof(machine.error)));
	CU_ASSERT(strstr(machine.error, "does not fit") != NULL);
	memory_free(machine.memory);
}

static void test_boot_sector(void)
{
	struct machine machine;
	uint8_t sector[512] = { 0xeb, 0xfe };

	machine_open(&machine);
	strcpy(machine.config.disk[0], "d.img");
	CU_ASSERT(!load_disk(sector, 512, &machine.config, machine.memory, &machine.state,
	                     &machine.loaded, machine.error, sizeof(machine.error)));
	CU_ASSERT(strstr(machine.error, "55 AA") != NULL);
	CU_ASSERT(!load_disk(sector, 511, &machine.config, machine.memory, &machine.state,
	                     &machine.loaded, machine.error, sizeof(machine.error)));
	sector[510] = 0x55;
	sector[511] = 0xaa;
	CU_ASSERT(load_disk(sector, 512, &machine.config, machine.memory, &machine.state,
	                    &machine.loaded, machine.error, sizeof(machine.error)));
	/* The processor comes out of reset in the BIOS, which reads the sector itself. */
	CU_ASSERT(machine.state.segment[CS].base + machine.state.eip == machine.loaded.entry);
	CU_ASSERT((read32(&machine, machine.loaded.entry) & 0xff) == 0xea);
	CU_ASSERT(!(machine.state.cr0 & CR0_PE));
	memory_free(machine.memory);
}

static void test_symbols(void)
{
	struct kernel kernel = elf_kernel(elf_header(), elf_segment());
	struct symbols *symbols = symbols_from(kernel.bytes, SIZE);
	uint32_t address = 0, offset = 0;
	char text[64];

	CU_ASSERT_PTR_NOT_NULL_FATAL(symbols);
	CU_ASSERT(symbols_find(symbols, "data", &address) && address == 0xc0100080);
	CU_ASSERT(!symbols_find(symbols, "dat", &address));
	CU_ASSERT_STRING_EQUAL(symbols_name(symbols, 0xc0100006, &offset), "start");
	CU_ASSERT(offset == 2);
	CU_ASSERT_PTR_NULL(symbols_name(symbols, 0xc0100040, &offset)); /* behind start's end */
	CU_ASSERT_PTR_NULL(symbols_name(symbols, 0xc0100003, &offset));
	CU_ASSERT_PTR_NULL(symbols_name(symbols, 0xffffffff, &offset));
	symbols_describe(symbols, 0xc0100090, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "data+0x10");
	CU_ASSERT_STRING_EQUAL(symbols_at(symbols, 0, &address), "start");
	CU_ASSERT_PTR_NULL(symbols_at(symbols, 2, &address));
	CU_ASSERT_PTR_NULL(symbols_name(NULL, 0, &offset));
	symbols_free(symbols);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{ "a Multiboot kernel's state at entry", test_entry_state },
		{ "the Multiboot information", test_information },
		{ "modules", test_modules },
		{ "addresses in the header", test_addresses_in_header },
		{ "broken kernels get one clear error", test_broken_kernels },
		{ "broken section headers are left out", test_broken_sections_are_left_out },
		{ "flat binaries", test_flat },
		{ "boot sectors", test_boot_sector },
		{ "symbols", test_symbols },
		{ 0 },
	};

	return harness_main("load", tests);
}
