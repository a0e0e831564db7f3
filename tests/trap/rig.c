/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/rig.c - see rig.h.
 */
#include "tests/trap/rig.h"

#include "cpu/descriptor.h"
#include "cpu/paging.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct rig_way rig_ways[RIG_WAYS] = {
	{"native", &technique_native, 1, NULL},
	{"emulate", &technique_emulate, 1, NULL},
	{"trap ring 1", &technique_trap, 1, NULL},
	{"trap ring 3", &technique_trap, 3, NULL},
	{"bt ring 1", &technique_bt, 1, NULL},
	{"bt ring 3", &technique_bt, 3, NULL},
	{"hvm shadow", &technique_hvm, 1, "shadow"},
	{"hvm nested", &technique_hvm, 1, "nested"},
};

enum { CODE_RIGHTS = 0xc09b, DATA_RIGHTS = 0xc093, DPL3 = 0x60, DPL1 = 0x20 };

/* A file of one byte, so that there is something to load. */
static bool make_file(char *path)
{
	int fd;
	bool done;

	strcpy(path, "/tmp/ringside-guest-XXXXXX");
	fd = mkstemp(path);
	if (fd < 0)
		return false;
	done = write(fd, "\xf4", 1) == 1;
	close(fd);
	return done;
}

struct cpu_state *rig_state(struct vm *vm)
{
	return cpu_state(vm->vcpu ? vm->vcpu : vm->processor);
}

void rig_changed(struct vm *vm)
{
	cpu_state_changed(vm->vcpu ? vm->vcpu : vm->processor);
}

void rig_write(struct vm *vm, uint32_t gpa, const void *bytes, size_t size)
{
	memory_write(vm->memory, gpa, bytes, size);
}

void rig_put(struct vm *vm, uint32_t gpa, unsigned size, uint64_t value)
{
	memory_write(vm->memory, gpa, &value, size);
}

uint32_t rig_get(const struct vm *vm, uint32_t gpa)
{
	uint32_t value = 0;

	memory_read(vm->memory, gpa, &value, sizeof value);
	return value;
}

void rig_gate(struct vm *vm, unsigned vector, uint16_t selector, uint32_t offset, uint32_t type)
{
	rig_put(vm, RIG_IDT + 8 * vector, 4, (uint32_t)selector << 16 | (offset & 0xffff));
	rig_put(vm, RIG_IDT + 8 * vector + 4, 4, (offset & 0xffff0000) | type << 8);
}

/* `access` as state.h has it; with granularity the limit counts pages. */
void rig_descriptor(struct vm *vm, uint16_t selector, uint32_t base, uint32_t limit, uint32_t access)
{
	rig_put(vm, RIG_GDT + (selector & 0xfff8), 4, base << 16 | (limit & 0xffff));
	rig_put(vm, RIG_GDT + (selector & 0xfff8) + 4, 4,
	        (base & 0xff000000) | (base >> 16 & 0xff) | (limit & 0xf0000) | access << 8);
}

void rig_segment(struct vm *vm, enum segment_register reg, uint16_t selector)
{
	uint32_t at = RIG_GDT + (selector & 0xfff8);
	struct descriptor descriptor = {rig_get(vm, at), rig_get(vm, at + 4)};

	rig_state(vm)->segment[reg] = descriptor_segment(selector, descriptor);
}

static void make_descriptors(struct vm *vm)
{
	rig_descriptor(vm, RIG_CODE0, 0, 0xfffff, CODE_RIGHTS);
	rig_descriptor(vm, RIG_DATA0, 0, 0xfffff, DATA_RIGHTS);
	rig_descriptor(vm, RIG_CODE3, 0, 0xfffff, CODE_RIGHTS | DPL3);
	rig_descriptor(vm, RIG_DATA3, 0, 0xfffff, DATA_RIGHTS | DPL3);
	rig_descriptor(vm, RIG_TASK, RIG_TSS, 103, 0x8b);
	rig_descriptor(vm, RIG_LOCAL, RIG_LDT, 31, 0x82);
	rig_descriptor(vm, RIG_SMALL, 0, 0xfff, 0x4093);
	rig_descriptor(vm, RIG_READ_ONLY, 0, 0xfffff, 0xc091);
	rig_descriptor(vm, RIG_CONFORMING, 0, 0xfffff, 0xc09f);
	rig_descriptor(vm, RIG_CODE1, 0, 0xfffff, CODE_RIGHTS | DPL1);
	rig_descriptor(vm, RIG_DATA1, 0, 0xfffff, DATA_RIGHTS | DPL1);
	rig_put(vm, RIG_GDT + RIG_CALL_GATE, 4, (uint32_t)RIG_CODE0 << 16 | (RIG_HANDLER & 0xffff));
	rig_put(vm, RIG_GDT + RIG_CALL_GATE + 4, 4, 0xec00);
}

static void make_system(struct vm *vm)
{
	struct cpu_state *state = rig_state(vm);

	make_descriptors(vm);
	for (unsigned vector = 0; vector < 256; vector++) {
		rig_gate(vm, vector, RIG_CODE0, RIG_HANDLER + 16 * vector, 0x8e);
		rig_put(vm, RIG_HANDLER + 16 * vector, 1, 0xf4);
	}
	rig_put(vm, RIG_TSS + 4, 4, RIG_STACK0);
	rig_put(vm, RIG_TSS + 8, 4, RIG_DATA0);
	rig_put(vm, RIG_TSS + 102, 2, 104);
	state->gdtr = (struct table_register){RIG_GDT, RIG_GDT_END - 1};
	state->idtr = (struct table_register){RIG_IDT, 256 * 8 - 1};
	for (enum segment_register reg = ES; reg <= GS; reg++)
		rig_segment(vm, reg, reg == CS ? RIG_CODE0 : RIG_DATA0);
	rig_segment(vm, TR, RIG_TASK);
	state->segment[LDTR] = (struct segment){0};
	state->gpr[ESP] = RIG_STACK;
	state->eip = RIG_CODE;
	rig_changed(vm);
}

struct vm *rig_new(const struct rig_way *way, void (*change)(struct config *config))
{
	struct config config;
	char path[64], error[256];
	struct vm *vm;

	config_default(&config);
	config.memory = RIG_MEMORY;
	config.vmm_frames = 256;
	config.translation_cache = 256u << 10; /* fits there */
	config.ring = way->ring;
	config.flat_address = RIG_CODE;
	strcpy(config.technique, way->technique->name);
	if (way->paging)
		strcpy(config.paging, way->paging);
	strcpy(config.boot, "flat");
	if (change)
		change(&config);
	if (!make_file(path)) {
		perror(path);
		return NULL;
	}
	strcpy(config.kernel, path);
	vm = vm_new(&config, way->technique, NULL, error, sizeof error);
	unlink(path);
	if (!vm)
		fprintf(stderr, "%s\n", error);
	else
		make_system(vm);
	return vm;
}

void rig_paging(struct vm *vm, uint32_t rights)
{
	struct cpu_state *state = rig_state(vm);

	rig_put(vm, RIG_TABLES, 4, (RIG_TABLES + PAGE_SIZE) | rights);
	for (uint32_t page = 0; page < 1024; page++)
		rig_put(vm, RIG_TABLES + PAGE_SIZE + 4 * page, 4, page << PAGE_SHIFT | rights);
	state->cr3 = RIG_TABLES;
	state->cr0 |= CR0_PG;
	rig_changed(vm);
}

uint32_t rig_entry_at(uint32_t linear)
{
	return RIG_TABLES + PAGE_SIZE + 4 * (linear >> PAGE_SHIFT);
}

enum vm_end rig_run(struct vm *vm, const void *code, size_t size, uint64_t cycles)
{
	rig_write(vm, RIG_CODE, code, size);
	rig_state(vm)->eip = RIG_CODE;
	rig_changed(vm);
	return vm_run(vm, vm->clock + cycles);
}
