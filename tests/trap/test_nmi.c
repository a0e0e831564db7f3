/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/trap/test_nmi.c - NMIs for a guest, in every technique as on bare hardware: at the boundary where they come, blocked until
 * the handler's IRET, with IF clear, and out of HLT (Intel SDM volume 3, 6.7; 10.6.1 and the I/O APIC's redirection entries).
 */
#include "tests/harness.h"
#include "tests/trap/rig.h"

#include <string.h>

enum {
	ICR = 0xfee00300, NMI_TO_SELF = 0x44400, /* the local APIC's interrupt command */
	SELECT = 0xfec00000, PIN_PIT = 0x10 + 2 * 2, UNMASKED_NMI = 0x400, MASKED_PIN = 0x10400,
	HANDLER = RIG_CODE + 0x1000,
	SEEN = RIG_DATA, /* EAX at the NMI number EBX, from 1 on */
	LIMIT = 100000000,
};

static void with_apic(struct config *config)
{
	config->apic = true;
}

/* ---- code ---- */

struct code {
	uint8_t byte[256];
	unsigned size;
};

static void add(struct code *code, const char *bytes, unsigned size)
{
	memcpy(code->byte + code->size, bytes, size);
	code->size += size;
}
#define ADD(code, text) add(code, text, sizeof(text) - 1)

static void add_store(struct code *code, uint32_t address, uint32_t value)
{
	ADD(code, "\xc7\x05"); /* mov dword [address], value */
	add(code, (const char *)&address, 4);
	add(code, (const char *)&value, 4);
}

/* Counts in EBX and notes EAX; the first one asks for another while NMIs are blocked, and goes on for a while. */
static void put_handler(struct vm *vm)
{
	struct code code = {.size = 0};
	uint32_t seen = SEEN;

	ADD(&code, "\x43\x89\x04\x9d"); /* inc ebx; mov [SEEN + ebx * 4], eax */
	add(&code, (const char *)&seen, 4);
	ADD(&code, "\x83\xfb\x01\x75\x12"); /* cmp ebx, 1; jne out */
	add_store(&code, ICR, NMI_TO_SELF);
	ADD(&code, "\x83\xc0\x10\x90\x90\x90\x90\x90"); /* add eax, 16; nop ... */
	ADD(&code, "\xcf");
	rig_write(vm, HANDLER, code.byte, code.size);
	rig_gate(vm, 2, RIG_CODE0, HANDLER, 0x8e);
}

static struct code program(bool halts)
{
	struct code code = {.size = 0};

	if (halts) { /* the PIT, through the I/O APIC: ports 43 and 40, mode 2, 2000 ticks */
		add_store(&code, SELECT, PIN_PIT);
		add_store(&code, SELECT + 0x10, UNMASKED_NMI);
		ADD(&code, "\xbb\x05\0\0\0\xb0\x34\xe6\x43\xb0\xd0\xe6\x40\xb0\x07\xe6\x40");
		ADD(&code, "\xf4\xf4\xf4"); /* with IF clear */
		add_store(&code, SELECT + 0x10, MASKED_PIN);
	} else {
		add_store(&code, ICR, NMI_TO_SELF);
		ADD(&code, "\x40\x40\x40\x40");
		add_store(&code, ICR, NMI_TO_SELF);
		ADD(&code, "\x40\x40");
	}
	ADD(&code, "\x40\xf4");
	return code;
}

static struct vm *run(const struct rig_way *way, bool halts)
{
	struct vm *vm = rig_new(way, with_apic);
	struct code code = program(halts);

	CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
	put_handler(vm);
	CU_ASSERT_EQUAL(rig_run(vm, code.byte, code.size, LIMIT), VM_HALTED);
	CU_ASSERT_EQUAL(vm_guest_state(vm)->eip, RIG_CODE + code.size);
	CU_ASSERT_EQUAL(vm_guest_state(vm)->nmi_blocked, 0);
	return vm;
}

/* ---- tests ---- */

static void test_to_self(void)
{
	for (unsigned i = 0; i < RIG_WAYS; i++) {
		struct vm *vm = run(&rig_ways[i], false);

		CU_ASSERT_EQUAL(vm_guest_state(vm)->gpr[EBX], 3);
		CU_ASSERT_EQUAL(rig_get(vm, SEEN + 4), 0);
		CU_ASSERT_EQUAL(rig_get(vm, SEEN + 8), 0x10);  /* right behind the IRET */
		CU_ASSERT_EQUAL(rig_get(vm, SEEN + 12), 0x14); /* right behind the store */
		CU_ASSERT_EQUAL(vm_guest_state(vm)->gpr[EAX], 0x17);
		if (CU_get_number_of_failures() > 0)
			printf("# %s\n", rig_ways[i].name);
		vm_free(vm);
	}
}

static void test_out_of_halt(void)
{
	for (unsigned i = 0; i < RIG_WAYS; i++) {
		struct vm *vm = run(&rig_ways[i], true);

		CU_ASSERT_EQUAL(vm_guest_state(vm)->gpr[EBX], 8); /* one for each HLT */
		vm_free(vm);
	}
}

/* Pending while the guest is moved: it is not lost, nor delivered while it is blocked. */
static void test_moved(void)
{
	static const char *const names[] = {"emulate", "trap/1", "bt/1", "hvm/shadow", "hvm/nested"};
	struct code code = program(false);
	enum { STEPS = 60 };

	for (unsigned first = 1; first < RIG_WAYS; first++) {
		struct vm *vm = rig_new(&rig_ways[first], with_apic);
		char error[256];

		CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
		put_handler(vm);
		rig_run(vm, code.byte, code.size, vm->clock);
		for (unsigned step = 0; step < STEPS && vm_step(vm) == VM_RUNNING; step++) {
			struct vm_mode mode;

			CU_ASSERT(mode_parse(technique_list(), names[step % 5], &mode, error, sizeof error));
			CU_ASSERT(vm_switch(vm, &mode));
		}
		CU_ASSERT_EQUAL(vm_run(vm, vm->clock + LIMIT), VM_HALTED);
		CU_ASSERT_EQUAL(vm_guest_state(vm)->gpr[EBX], 3);
		CU_ASSERT_EQUAL(rig_get(vm, SEEN + 8), 0x10);
		CU_ASSERT_EQUAL(rig_get(vm, SEEN + 12), 0x14);
		vm_free(vm);
	}
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"at the boundary, and blocked until IRET", test_to_self},
		{"out of HLT with IF clear", test_out_of_halt},
		{"moved among techniques", test_moved},
		{0},
	};
	return harness_main("nmi", tests);
}
