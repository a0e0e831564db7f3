/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_load_linux.c - images of the Linux boot protocol built byte by byte, plain and packed, whole and broken: the
 * state at entry, the zero page, the initrd's place.
 */
#include "core/elf32.h"
#include "core/linux_image.h"
#include "core/load.h"
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef HAVE_LZMA
#include <lzma.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

enum {
	MEMORY = 4 << 20,
	SETUP = 2 * 512,        /* one setup sector behind the boot sector */
	CODE_SIZE = 0x800,
	PAYLOAD_AT = 0x40,      /* in the protected-mode code */
	SIZE = SETUP + CODE_SIZE,
	KERNEL_AT = 0x180000,   /* where the packed kernel wants to be */
	KERNEL_SIZE = 0x400,
};

struct image {
	uint8_t bytes[SIZE];
};

struct machine {
	struct config config;
	struct memory *memory;
	struct cpu_state state;
	struct loaded loaded;
	char error[512];
};

static void put(struct image *image, size_t offset, uint32_t value, unsigned width)
{
	memcpy(image->bytes + offset, &value, width);
}

/* Version 2.15, one setup sector, code that says of each byte where it was. */
static struct image plain_image(void)
{
	struct image image = { 0 };

	put(&image, LINUX_SETUP_SECTS, 1, 1);
	put(&image, LINUX_SYSSIZE, CODE_SIZE / 16, 4);
	put(&image, LINUX_BOOT_FLAG, 0xaa55, 2);
	put(&image, LINUX_JUMP, 0x6aeb, 2); /* the header ends at 26C */
	memcpy(image.bytes + LINUX_MAGIC, "HdrS", 4);
	put(&image, LINUX_VERSION, 0x20f, 2);
	put(&image, LINUX_LOADFLAGS, 1, 1);
	put(&image, LINUX_CODE32_START, 0x100000, 4);
	put(&image, LINUX_INITRD_ADDR_MAX, 0x7fffffff, 4);
	put(&image, LINUX_CMDLINE_SIZE, 2047, 4);
	put(&image, LINUX_PREF_ADDRESS, 0x100000, 4);
	put(&image, LINUX_INIT_SIZE, 0x2000, 4);
	for (unsigned i = 0; i < CODE_SIZE; i++)
		image.bytes[SETUP + i] = (uint8_t)(i * 7);
	return image;
}

/* A kernel of one segment, entered at its third byte. */
static void make_kernel(uint8_t kernel[KERNEL_SIZE])
{
	const struct elf32_header header = {
		.ident = { 0x7f, 'E', 'L', 'F', ELF_CLASS32, ELF_LITTLE_ENDIAN, 1 },
		.type = ELF_EXECUTABLE, .machine = ELF_386, .entry = KERNEL_AT + 2, .phoff = 0x40,
		.phentsize = sizeof(struct elf32_segment), .phnum = 1,
	};
	const struct elf32_segment segment = {
		.type = ELF_LOAD, .offset = 0x100, .vaddr = 0xc0000000 + KERNEL_AT, .paddr = KERNEL_AT, .filesz = 0x300, .memsz = 0x1000,
	};

	memset(kernel, 0x5a, KERNEL_SIZE);
	memcpy(kernel, &header, sizeof(header));
	memcpy(kernel + 0x40, &segment, sizeof(segment));
}

static size_t pack_gzip(const uint8_t *bytes, uint8_t *packed, size_t room)
{
#ifdef HAVE_ZLIB
	z_stream stream = { .next_in = (uint8_t *)bytes, .avail_in = KERNEL_SIZE, .next_out = packed, .avail_out = (unsigned)room };

	deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
	deflate(&stream, Z_FINISH);
	deflateEnd(&stream);
	return stream.total_out - 4; /* its own end is the size */
#else
	(void)bytes, (void)packed, (void)room;
	return 0;
#endif
}

static size_t pack_xz(const uint8_t *bytes, uint8_t *packed, size_t room)
{
	size_t used = 0;

#ifdef HAVE_LZMA
	lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, bytes, KERNEL_SIZE, packed, &used, room);
#else
	(void)bytes, (void)packed, (void)room;
#endif
	return used;
}

static size_t pack_zstd(const uint8_t *bytes, uint8_t *packed, size_t room)
{
#ifdef HAVE_ZSTD
	return ZSTD_compress(packed, room, bytes, KERNEL_SIZE, 3);
#else
	(void)bytes, (void)packed, (void)room;
	return 0;
#endif
}

/* The kernel packed, its size behind it. False: this build cannot pack so. */
static bool packed_image(struct image *image, size_t (*pack)(const uint8_t *, uint8_t *, size_t))
{
	uint8_t kernel[KERNEL_SIZE], packed[CODE_SIZE - PAYLOAD_AT];
	size_t size;

	*image = plain_image();
	make_kernel(kernel);
	size = pack(kernel, packed, sizeof(packed) - 4);
	memcpy(image->bytes + SETUP + PAYLOAD_AT, packed, size);
	put(image, SETUP + PAYLOAD_AT + size, KERNEL_SIZE, 4);
	put(image, LINUX_PAYLOAD_OFFSET, PAYLOAD_AT, 4);
	put(image, LINUX_PAYLOAD_LENGTH, (uint32_t)size + 4, 4);
	return size > 0;
}

static void machine_open(struct machine *machine)
{
	memset(machine, 0, sizeof(*machine));
	config_default(&machine->config);
	strcpy(machine->config.kernel, "folder/vmlinuz");
	machine->memory = memory_new(NULL, MEMORY, 16, machine->error, sizeof(machine->error));
	CU_ASSERT_PTR_NOT_NULL_FATAL(machine->memory);
}

static bool load(struct machine *machine, const struct image *image, size_t size)
{
	machine->error[0] = '\0';
	return load_linux(image->bytes, size, &machine->config, machine->memory, &machine->state, &machine->loaded,
	                  machine->error, sizeof(machine->error));
}

static uint32_t read_memory(const struct machine *machine, uint32_t gpa, unsigned width)
{
	uint32_t value = 0;

	CU_ASSERT(memory_read(machine->memory, gpa, &value, width));
	return value;
}

static uint32_t zero_page(const struct machine *machine, size_t offset, unsigned width)
{
	return read_memory(machine, LINUX_ZERO_PAGE + (uint32_t)offset, width);
}

static void test_entry_state(void)
{
	struct machine machine;
	struct image image = plain_image();
	const struct cpu_state *state = &machine.state;

	machine_open(&machine);
	CU_ASSERT_FATAL(load(&machine, &image, SIZE));
	CU_ASSERT(strcmp(machine.loaded.form, "linux") == 0 && machine.loaded.entry == 0x100000);
	CU_ASSERT(state->eip == 0x100000 && state->gpr[ESI] == LINUX_ZERO_PAGE);
	CU_ASSERT(state->gpr[EBX] == 0 && state->gpr[EBP] == 0 && state->gpr[EDI] == 0);
	CU_ASSERT(state->segment[CS].selector == 0x10 && state->segment[DS].selector == 0x18 && state->segment[SS].selector == 0x18);
	CU_ASSERT(state->segment[CS].base == 0 && state->segment[CS].limit == UINT32_MAX);
	CU_ASSERT(state->cr0 & CR0_PE && !(state->cr0 & CR0_PG) && !(state->eflags & EFLAGS_IF));
	/* The descriptors behind the selectors: flat, code and data. */
	CU_ASSERT(read_memory(&machine, state->gdtr.base + 0x14, 4) == 0x00cf9b00);
	CU_ASSERT(read_memory(&machine, state->gdtr.base + 0x1c, 4) == 0x00cf9300);
	CU_ASSERT(state->gdtr.limit == 0x1f);
	CU_ASSERT(read_memory(&machine, 0x100000 + 0x123, 1) == (uint8_t)(0x123 * 7));
	memory_free(machine.memory);
}

static void test_zero_page(void)
{
	struct machine machine;
	struct image image = plain_image();
	char line[32] = "";

	machine_open(&machine);
	strcpy(machine.config.cmdline, "console=ttyS0 quiet");
	CU_ASSERT_FATAL(load(&machine, &image, SIZE));
	CU_ASSERT(zero_page(&machine, LINUX_MAGIC, 4) == 0x53726448);
	CU_ASSERT(zero_page(&machine, LINUX_VERSION, 2) == 0x20f);
	CU_ASSERT(zero_page(&machine, LINUX_TYPE_OF_LOADER, 1) == 0xff);
	CU_ASSERT(zero_page(&machine, LINUX_INIT_SIZE, 4) == 0x2000);
	CU_ASSERT(zero_page(&machine, 0x270, 4) == 0); /* behind this version's header */
	CU_ASSERT(zero_page(&machine, LINUX_CMD_LINE_PTR, 4) == LINUX_COMMAND_LINE);
	memory_read(machine.memory, LINUX_COMMAND_LINE, line, 20);
	CU_ASSERT_STRING_EQUAL(line, "console=ttyS0 quiet");
	CU_ASSERT(zero_page(&machine, LINUX_RAMDISK_SIZE, 4) == 0);
	/* E820: low memory, EBDA, ROM, the rest; KiB above 1 MiB in the older fields. */
	CU_ASSERT(zero_page(&machine, 0x1e8, 1) == 4);
	CU_ASSERT(zero_page(&machine, 0x2d0 + 8, 4) == 0x9fc00 && zero_page(&machine, 0x2d0 + 16, 4) == 1);
	CU_ASSERT(zero_page(&machine, 0x2d0 + 60, 4) == 0x100000 && zero_page(&machine, 0x2d0 + 68, 4) == MEMORY - 0x100000);
	CU_ASSERT(zero_page(&machine, 0x1e0, 4) == 3 * 1024 && zero_page(&machine, 0x02, 2) == 3 * 1024);
	CU_ASSERT(zero_page(&machine, 0x07, 1) == 80 && zero_page(&machine, 0x0e, 1) == 25);
	memory_free(machine.memory);
}

static void test_packed(void)
{
	static size_t (*const pack[])(const uint8_t *, uint8_t *, size_t) = { pack_gzip, pack_xz, pack_zstd };
	struct machine machine;
	struct image image;

	for (unsigned i = 0; i < 3; i++) {
		if (!packed_image(&image, pack[i]))
			continue;
		machine_open(&machine);
		CU_ASSERT_FATAL(load(&machine, &image, SIZE));
		CU_ASSERT(machine.state.eip == KERNEL_AT + 2 && machine.loaded.entry == KERNEL_AT + 2);
		CU_ASSERT(read_memory(&machine, KERNEL_AT, 1) == 0x5a && read_memory(&machine, KERNEL_AT + 0x300, 1) == 0);
		machine.config.unpack = false;
		CU_ASSERT_FATAL(load(&machine, &image, SIZE));
		CU_ASSERT(machine.state.eip == 0x100000);
		memory_free(machine.memory);
	}
}

/* Every byte of a packed kernel may be wrong: it loads as it should, or one error says why not. */
static void test_broken_payload(void)
{
	struct machine machine;
	struct image image;
	size_t length, refused = 0;

	if (!packed_image(&image, pack_gzip))
		return;
	memcpy(&length, image.bytes + LINUX_PAYLOAD_LENGTH, 4);
	length &= UINT32_MAX;
	machine_open(&machine);
	for (size_t i = 3; i < length; i++) {
		struct image broken = image;

		broken.bytes[SETUP + PAYLOAD_AT + i] ^= 0x10;
		if (load(&machine, &broken, SIZE))
			continue; /* gzip's header has a time and a system, which mean nothing */
		refused++;
		CU_ASSERT(strstr(machine.error, "packed kernel inside") != NULL);
	}
	CU_ASSERT(refused + 8 >= length - 3);
	memory_free(machine.memory);
}

/* Each way to break an image, and a word of the message that it deserves. */
static void test_broken_images(void)
{
	struct machine machine;
	struct image image;

	machine_open(&machine);
#define BROKEN(change, size, word) \
	do { \
		image = plain_image(); \
		change; \
		CU_ASSERT(!load(&machine, &image, size)); \
		if (strstr(machine.error, word) == NULL) \
			printf("%s: %s\n", word, machine.error); \
		CU_ASSERT(strstr(machine.error, word) != NULL); \
	} while (0)
	BROKEN((void)0, 0, "no setup header");
	BROKEN((void)0, 0x204, "no setup header");
	BROKEN((void)0, 0x210, "ends where none can");
	BROKEN((void)0, SETUP, "cut short");
	BROKEN((void)0, SIZE - 16, "cut short");
	BROKEN(put(&image, LINUX_SETUP_SECTS, 255, 1), SIZE, "cut short");
	BROKEN(put(&image, LINUX_SYSSIZE, UINT32_MAX, 4), SIZE, "cut short");
	BROKEN(put(&image, LINUX_JUMP, 0xffeb, 2), SIZE, "ends where none can");
	BROKEN(put(&image, LINUX_VERSION, 0x202, 2), SIZE, "older");
	BROKEN(put(&image, LINUX_LOADFLAGS, 0, 1), SIZE, "zImage");
	BROKEN(put(&image, LINUX_XLOADFLAGS, 1, 2), SIZE, "64-bit");
	BROKEN(put(&image, LINUX_CODE32_START, 0x1000, 4), SIZE, "below 1 MiB");
	BROKEN(put(&image, LINUX_CODE32_START, UINT32_MAX, 4), SIZE, "raise memory");
	BROKEN(put(&image, LINUX_INIT_SIZE, UINT32_MAX, 4), SIZE, "raise memory");
	BROKEN((put(&image, LINUX_CMDLINE_SIZE, 3, 4), strcpy(machine.config.cmdline, "four")), SIZE, "shorter");
	machine.config.cmdline[0] = '\0';
	machine.config.modules = 1;
	BROKEN((void)0, SIZE, "initrd");
#undef BROKEN
	memory_free(machine.memory);
}

static void test_initrd(void)
{
	struct machine machine;
	struct image image = plain_image();
	char path[] = "/tmp/ringside-initrd-XXXXXX";
	int file = mkstemp(path);

	CU_ASSERT_FATAL(file >= 0 && ftruncate(file, 0x1801) == 0 && pwrite(file, "first", 5, 0) == 5);
	machine_open(&machine);
	strcpy(machine.config.initrd, path);
	CU_ASSERT_FATAL(load(&machine, &image, SIZE));
	/* As high as it goes, from a page boundary. */
	CU_ASSERT(zero_page(&machine, LINUX_RAMDISK_IMAGE, 4) == MEMORY - 0x2000);
	CU_ASSERT(zero_page(&machine, LINUX_RAMDISK_SIZE, 4) == 0x1801);
	CU_ASSERT(read_memory(&machine, MEMORY - 0x2000, 4) == 0x73726966);
	/* No higher than the kernel can reach. */
	put(&image, LINUX_INITRD_ADDR_MAX, 0x2fffff, 4);
	CU_ASSERT_FATAL(load(&machine, &image, SIZE));
	CU_ASSERT(zero_page(&machine, LINUX_RAMDISK_IMAGE, 4) == 0x300000 - 0x2000);
	/* Never into what the kernel takes for itself. */
	put(&image, LINUX_INIT_SIZE, 0x1ff000, 4);
	CU_ASSERT(!load(&machine, &image, SIZE) && strstr(machine.error, "initrd") && strstr(machine.error, "raise memory"));
	unlink(path);
	CU_ASSERT(!load(&machine, &image, SIZE) && strstr(machine.error, "initrd"));
	close(file);
	memory_free(machine.memory);
}

/* Who boots as on a PC: told by the file before it is loaded, or by what was asked for. */
static void test_firmware(void)
{
	struct machine machine;
	struct image image = plain_image();
	char path[] = "/tmp/ringside-kernel-XXXXXX";
	int file = mkstemp(path);

	CU_ASSERT_FATAL(file >= 0 && pwrite(file, &image, SIZE, 0) == SIZE);
	machine_open(&machine);
	CU_ASSERT_FATAL(snprintf(machine.config.kernel, CONFIG_TEXT, "%s", path) > 0);
	CU_ASSERT(load_wants_firmware(&machine.config, machine.memory));
	strcpy(machine.config.boot, "flat");
	CU_ASSERT(!load_wants_firmware(&machine.config, machine.memory));
	strcpy(machine.config.boot, "linux");
	CU_ASSERT(load_wants_firmware(&machine.config, machine.memory));
	strcpy(machine.config.boot, "auto");
	CU_ASSERT_FATAL(pwrite(file, "none", 4, LINUX_MAGIC) == 4);
	CU_ASSERT(!load_wants_firmware(&machine.config, machine.memory));
	machine.config.kernel[0] = '\0';
	CU_ASSERT(load_wants_firmware(&machine.config, machine.memory)); /* a disk is what is left */
	unlink(path);
	close(file);
	memory_free(machine.memory);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{ "the state at entry", test_entry_state },
		{ "the zero page", test_zero_page },
		{ "packed kernels are unpacked, or left to the guest", test_packed },
		{ "a broken packed kernel", test_broken_payload },
		{ "broken images get one clear error", test_broken_images },
		{ "the initrd's place", test_initrd },
		{ "who boots as on a PC", test_firmware },
		{ 0 },
	};

	return harness_main("load Linux", tests);
}
