/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/domain_rig.c - see domain_rig.h.
 */
#include "tests/trap/domain_rig.h"

#include "core/elf32.h"
#include "trap/techniques.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- a file to load ---- */

struct note {
	uint32_t name_size, size, type;
	char name[4];
	uint32_t value;
};

struct kernel_file {
	struct elf32_header elf;
	struct elf32_segment segment[2];
	struct note note[5];
	uint8_t code[64];
};

static void make_kernel(struct kernel_file *file, bool pae)
{
	uint32_t yes_or_no;

	memcpy(&yes_or_no, pae ? "yes" : "no\0", 4);
	*file = (struct kernel_file){
		.elf = {.ident = {0x7f, 'E', 'L', 'F', ELF_CLASS32, ELF_LITTLE_ENDIAN, 1}, .type = ELF_EXECUTABLE, .machine = ELF_386,
		        .version = 1, .entry = at_pfn(PFN_CODE), .phoff = offsetof(struct kernel_file, segment),
		        .ehsize = sizeof(struct elf32_header), .phentsize = sizeof(struct elf32_segment), .phnum = 2},
		.segment = {{ELF_LOAD, offsetof(struct kernel_file, code), at_pfn(PFN_CODE), PFN_CODE << PAGE_SHIFT,
		             sizeof file->code, (PFN_END - PFN_CODE) * PAGE_SIZE, 7, PAGE_SIZE},
		            {4, offsetof(struct kernel_file, note), 0, 0, sizeof file->note, sizeof file->note, 4, 4}},
		.note = {{4, 4, XEN_ELFNOTE_VIRT_BASE, "Xen", RIG_BASE},
		         {4, 4, XEN_ELFNOTE_PADDR_OFFSET, "Xen", 0},
		         {4, 4, XEN_ELFNOTE_ENTRY, "Xen", at_pfn(PFN_CODE)},
		         {4, 4, XEN_ELFNOTE_HYPERCALL_PAGE, "Xen", at_pfn(PFN_HYPERCALLS)},
		         {4, 4, XEN_ELFNOTE_PAE_MODE, "Xen", yes_or_no}},
		.code = {0xeb, 0xfe},
	};
}

static bool write_kernel(char *path, bool pae)
{
	struct kernel_file file;
	int descriptor;
	bool done;

	make_kernel(&file, pae);
	strcpy(path, "/tmp/ringside-domain-XXXXXX");
	descriptor = mkstemp(path);
	if (descriptor < 0)
		return false;
	done = write(descriptor, &file, sizeof file) == sizeof file;
	close(descriptor);
	return done;
}

struct vm *domain_new(bool pae)
{
	struct config config;
	char error[256] = "";
	struct vm *vm;

	config_default(&config);
	config.memory = DOMAIN_MEMORY;
	config.vmm_frames = 256;
	strcpy(config.technique, "pv");
	strcpy(config.paging, "direct");
	if (!write_kernel(config.kernel, pae)) {
		perror(config.kernel);
		return NULL;
	}
	vm = vm_new(&config, &technique_pv, NULL, error, sizeof error);
	unlink(config.kernel);
	if (!vm)
		fprintf(stderr, "%s\n", error);
	return vm;
}

struct domain *domain_in(struct vm *vm)
{
	return vm->technique_state;
}

/* ---- its memory ---- */

uint32_t at_pfn(uint32_t pfn)
{
	return RIG_BASE + (pfn << PAGE_SHIFT);
}

uint32_t mfn_of_pfn(const struct vm *vm, uint32_t pfn)
{
	uint64_t mfn = 0;

	memory_gfn_to_mfn(vm->memory, pfn, &mfn);
	return (uint32_t)mfn;
}

void domain_put(struct vm *vm, uint32_t linear, const void *bytes, size_t size)
{
	memory_write(vm->memory, linear - RIG_BASE, bytes, size);
}

void domain_get(const struct vm *vm, uint32_t linear, void *bytes, size_t size)
{
	memory_read(vm->memory, linear - RIG_BASE, bytes, size);
}

void domain_put_word(struct vm *vm, uint32_t linear, uint32_t value)
{
	domain_put(vm, linear, &value, sizeof value);
}

uint32_t domain_get_word(const struct vm *vm, uint32_t linear)
{
	uint32_t value = 0;

	domain_get(vm, linear, &value, sizeof value);
	return value;
}

/* ---- hypercalls ---- */

bool domain_sound(struct vm *vm)
{
	char message[256];

	if (domain_check(domain_in(vm), message, sizeof message))
		return true;
	fprintf(stderr, "%s\n", message);
	return false;
}

int32_t domain_call(struct vm *vm, uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	struct cpu_state *guest = cpu_state(vm->vcpu);

	guest->gpr[EAX] = number;
	guest->gpr[EBX] = a;
	guest->gpr[ECX] = b;
	guest->gpr[EDX] = c;
	guest->gpr[ESI] = d;
	vm->paused = false; /* a call is an exit */
	hypercall_of_domain(vm);
	return (int32_t)guest->gpr[EAX];
}

int32_t mmu_update_one(struct vm *vm, uint64_t ptr, uint64_t value)
{
	struct mmu_update update = {ptr, value};

	domain_put(vm, at_pfn(PFN_LIST), &update, sizeof update);
	return domain_call(vm, __HYPERVISOR_mmu_update, at_pfn(PFN_LIST), 1, 0, DOMID_SELF);
}

int32_t mmuext_one(struct vm *vm, uint32_t command, uint32_t first, uint32_t second)
{
	struct mmuext_op op = {.cmd = command, .arg1.mfn = first, .arg2.nr_ents = second};

	domain_put(vm, at_pfn(PFN_LIST), &op, sizeof op);
	return domain_call(vm, __HYPERVISOR_mmuext_op, at_pfn(PFN_LIST), 1, 0, DOMID_SELF);
}

int32_t map_one(struct vm *vm, uint32_t linear, uint64_t entry)
{
	return domain_call(vm, __HYPERVISOR_update_va_mapping, linear, (uint32_t)entry, (uint32_t)(entry >> 32), UVMF_INVLPG);
}
