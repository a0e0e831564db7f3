/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/cpu/test_system_faults.c - which event an instruction leads to, with which error code, from
 * which ring: one row a rule of the manual's instruction pages (Intel SDM volume 2).
 */
#include "tests/cpu/system.h"
#include "tests/harness.h"

#include <stdio.h>
#include <string.h>

enum { NOTHING = 0xffff, NO_CODE = 0xfffff };
enum place { RING0, RING1, RING3, REAL, V86 };

struct row {
	const char *name;
	uint8_t place; /* enum place */
	uint8_t size;
	uint8_t bytes[12];
	uint16_t vector; /* NOTHING: completes */
	uint32_t error;  /* NO_CODE: none */
};

#define BYTES(...) sizeof((uint8_t[]){__VA_ARGS__}), {__VA_ARGS__}
#define NO_FAULT NOTHING, NO_CODE
#define UD VECTOR_UD, NO_CODE
#define GP(error) VECTOR_GP, error

static const struct row rows[] = {
	/* privileged instructions */
	{"hlt in ring 3", RING3, BYTES(0xf4), GP(0)},
	{"hlt in ring 1", RING1, BYTES(0xf4), GP(0)},
	{"hlt in V86", V86, BYTES(0xf4), GP(0)},
	{"clts in ring 3", RING3, BYTES(0x0f, 0x06), GP(0)},
	{"invd in ring 1", RING1, BYTES(0x0f, 0x08), GP(0)},
	{"wbinvd in ring 3", RING3, BYTES(0x0f, 0x09), GP(0)},
	{"invlpg in ring 3", RING3, BYTES(0x0f, 0x01, 0x38), GP(0)},
	{"invlpg of a register", RING0, BYTES(0x0f, 0x01, 0xf8), UD},
	{"lgdt in ring 3", RING3, BYTES(0x0f, 0x01, 0x10), GP(0)},
	{"lidt in ring 1", RING1, BYTES(0x0f, 0x01, 0x18), GP(0)},
	{"lgdt of a register", RING0, BYTES(0x0f, 0x01, 0xd0), UD},
	{"lmsw in ring 3", RING3, BYTES(0x0f, 0x01, 0xf0), GP(0)},
	{"smsw in ring 3", RING3, BYTES(0x0f, 0x01, 0xe0), NO_FAULT},
	{"sgdt in ring 3", RING3, BYTES(0x0f, 0x01, 0x00), NO_FAULT},
	{"mov cr0 to eax in ring 3", RING3, BYTES(0x0f, 0x20, 0xc0), GP(0)},
	{"mov eax to cr3 in ring 1", RING1, BYTES(0x0f, 0x22, 0xd8), GP(0)},
	{"mov cr1", RING0, BYTES(0x0f, 0x20, 0xc8), UD},
	{"mov cr5 in ring 3", RING3, BYTES(0x0f, 0x20, 0xe8), UD},
	{"mov dr0 in ring 3", RING3, BYTES(0x0f, 0x21, 0xc0), GP(0)},
	{"mov dr4 is dr6", RING0, BYTES(0x0f, 0x21, 0xe0), NO_FAULT},
	{"rdmsr in ring 3", RING3, BYTES(0x0f, 0x32), GP(0)},
	{"rdmsr of no such register", RING0, BYTES(0x0f, 0x32), GP(0)},
	{"rdtsc in ring 3", RING3, BYTES(0x0f, 0x31), NO_FAULT},
	{"rdpmc in ring 3", RING3, BYTES(0x0f, 0x33), GP(0)},
	{"sysenter without its MSRs", RING3, BYTES(0x0f, 0x34), GP(0)},
	{"sysexit in ring 3", RING3, BYTES(0x0f, 0x35), GP(0)},
	{"rsm outside SMM", RING0, BYTES(0x0f, 0xaa), UD},

	/* IOPL is 0 */
	{"cli in ring 3", RING3, BYTES(0xfa), GP(0)},
	{"cli in ring 1", RING1, BYTES(0xfa), GP(0)},
	{"cli in ring 0", RING0, BYTES(0xfa), NO_FAULT},
	{"sti in ring 3", RING3, BYTES(0xfb), GP(0)},
	{"cli in V86", V86, BYTES(0xfa), GP(0)},
	{"pushf in V86", V86, BYTES(0x9c), GP(0)},
	{"popf in V86", V86, BYTES(0x9d), GP(0)},
	{"iret in V86", V86, BYTES(0xcf), GP(0)},
	{"int 21h in V86", V86, BYTES(0xcd, 0x21), GP(0)},
	{"int3 in V86", V86, BYTES(0xcc), VECTOR_BP, NO_CODE},
	{"pushf in ring 3", RING3, BYTES(0x9c), NO_FAULT},
	{"popf in ring 3", RING3, BYTES(0x6a, 0x02, 0x9d), NO_FAULT},
	{"in al, 80h in ring 3", RING3, BYTES(0xe4, 0x80), GP(0)},
	{"in al, dx in ring 3", RING3, BYTES(0xec), GP(0)},
	{"out dx, eax in ring 1", RING1, BYTES(0xef), GP(0)},
	{"insb in ring 3", RING3, BYTES(0x6c), GP(0)},
	{"out in ring 0", RING0, BYTES(0xe6, 0x80), NO_FAULT},
	{"in in real mode", REAL, BYTES(0xe4, 0x80), NO_FAULT},
	{"in in V86", V86, BYTES(0xe4, 0x80), GP(0)},

	/* interrupts */
	{"int3 in ring 3", RING3, BYTES(0xcc), VECTOR_BP, NO_CODE},
	{"int 80h in ring 3", RING3, BYTES(0xcd, 0x80), 0x80, NO_CODE},
	{"int 20h in ring 3: gate of DPL 0", RING3, BYTES(0xcd, 0x20), GP(0x20 * 8 + 2)},
	{"int 20h in ring 0", RING0, BYTES(0xcd, 0x20), 0x20, NO_CODE},
	{"int 0eh in ring 3", RING3, BYTES(0xcd, 0x0e), GP(0x0e * 8 + 2)},
	{"int1 in ring 3 asks no DPL", RING3, BYTES(0xf1), VECTOR_DB, NO_CODE},
	{"into without OF", RING3, BYTES(0xce), NO_FAULT},
	{"ud2", RING3, BYTES(0x0f, 0x0b), UD},
	{"undefined opcode", RING0, BYTES(0x0f, 0xff, 0xc0), UD},

	/* only in protected mode */
	{"sldt in real mode", REAL, BYTES(0x0f, 0x00, 0xc0), UD},
	{"str in V86", V86, BYTES(0x0f, 0x00, 0xc8), UD},
	{"lar in real mode", REAL, BYTES(0x0f, 0x02, 0xc0), UD},
	{"lsl in V86", V86, BYTES(0x0f, 0x03, 0xc0), UD},
	{"verr in real mode", REAL, BYTES(0x0f, 0x00, 0xe0), UD},
	{"arpl in real mode", REAL, BYTES(0x63, 0xc0), UD},
	{"lldt in real mode", REAL, BYTES(0x0f, 0x00, 0xd0), UD},
	{"ltr in V86", V86, BYTES(0x0f, 0x00, 0xd8), UD},
	{"sldt in ring 3", RING3, BYTES(0x0f, 0x00, 0xc0), NO_FAULT},
	{"sgdt in V86", V86, BYTES(0x0f, 0x01, 0x06, 0x00, 0x40), NO_FAULT},

	/* segment registers */
	{"mov to CS", RING0, BYTES(0x8e, 0xc8), UD},
	{"mov to segment 6", RING0, BYTES(0x8e, 0xf0), UD},
	{"mov from segment 7", RING0, BYTES(0x8c, 0xf8), UD},
	{"lds of a register", RING0, BYTES(0xc5, 0xc0), UD},

	/* far transfers to what may not be */
	{"jmp to null", RING0, BYTES(0xea, 0, 0, 0, 0, 0, 0), GP(0)},
	{"call to null", RING3, BYTES(0x9a, 0, 0, 0, 0, 3, 0), GP(0)},
	{"jmp to data", RING0, BYTES(0xea, 0, 0, 0, 0, DATA0, 0), GP(DATA0)},
	{"jmp beyond the GDT", RING0, BYTES(0xea, 0, 0, 0, 0, GDT_END, 0), GP(GDT_END)},
	{"jmp to the LDT's descriptor", RING0, BYTES(0xea, 0, 0, 0, 0, LDT_SELECTOR, 0), GP(LDT_SELECTOR)},
	{"jmp to an inner ring", RING3, BYTES(0xea, 0, 0, 1, 0, CODE0, 0), GP(CODE0)},
	{"jmp to an outer ring", RING0, BYTES(0xea, 0, 0, 1, 0, CODE3, 0), GP(CODE3)},
	{"jmp with too large an RPL", RING0, BYTES(0xea, 0, 0, 1, 0, CODE0 | 1, 0), GP(CODE0)},
	{"jmp to conforming code", RING3, BYTES(0xea, 0, 0, 1, 0, CONFORMING, 0), NO_FAULT},
	{"jmp to outer conforming code", RING0, BYTES(0xea, 0, 0, 1, 0, CODE3_CONFORMING, 0),
	 GP(CODE3_CONFORMING)},
	{"jmp to absent code", RING0, BYTES(0xea, 0, 0, 1, 0, ABSENT_CODE, 0), VECTOR_NP, ABSENT_CODE},
	{"jmp beyond the limit", RING3, BYTES(0xea, 0, 0, 1, 0, SMALL_CODE | 3, 0), GP(0)},
	{"jmp through a gate to an inner ring", RING3, BYTES(0xea, 0, 0, 0, 0, GATE_TO_0 | 3, 0), GP(CODE0)},
	{"jmp through a gate in the same ring", RING0, BYTES(0xea, 0, 0, 0, 0, GATE_TO_0, 0), NO_FAULT},
	{"call to a gate of DPL 0", RING3, BYTES(0x9a, 0, 0, 0, 0, GATE_DPL0 | 3, 0), GP(GATE_DPL0)},
	{"call to an absent gate", RING3, BYTES(0x9a, 0, 0, 0, 0, ABSENT_GATE | 3, 0), VECTOR_NP,
	 ABSENT_GATE},
	{"call through a gate", RING3, BYTES(0x9a, 0, 0, 0, 0, GATE_TO_0 | 3, 0), NO_FAULT},
	{"jmp to the busy TSS", RING0, BYTES(0xea, 0, 0, 0, 0, TSS_SELECTOR, 0), GP(TSS_SELECTOR)},
	{"jmp to a TSS from ring 3", RING3, BYTES(0xea, 0, 0, 0, 0, TSS2_SELECTOR, 0), GP(TSS2_SELECTOR)},
	{"jmp to the last byte in real mode", REAL, BYTES(0xea, 0xff, 0xff, 0, 0x10), NO_FAULT},
};

static void enter(struct machine *machine, enum place place)
{
	switch (place) {
	case RING0: break;
	case RING1: machine_ring(machine, 1); break;
	case RING3: machine_ring(machine, 3); break;
	case REAL: machine_real(machine); break;
	case V86: machine_v86(machine); break;
	}
}

/* The first event of an instruction, NOTHING if it completed. */
static void check_event(const struct machine *machine, const char *name, uint16_t vector, uint32_t error)
{
	unsigned got = machine->events ? machine->event[0].vector : NOTHING;
	uint32_t code = machine->events && machine->event[0].has_error ? machine->event[0].error : NO_CODE;

	if (got != vector || code != error)
		printf("   %s: event %#x error %#x, wanted %#x %#x\n", name, got, code, vector, error);
	CU_ASSERT_EQUAL(got, vector);
	CU_ASSERT_EQUAL(code, error);
}

static void test_rows(void)
{
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct machine *machine = machine_new();
		bool prefix = rows[i].bytes[0] == 0x6a;

		machine->state->gpr[EAX] = DATA_AT;
		machine->state->gpr[ECX] = 0xdead;
		enter(machine, (enum place)rows[i].place);
		machine_code(machine, rows[i].bytes, rows[i].size);
		machine_step(machine);
		if (prefix)
			machine_step(machine);
		check_event(machine, rows[i].name, rows[i].vector, rows[i].error);
		machine_free(machine);
	}
}

/* ---- loading data segments: mov to register `reg` of AX ---- */

struct load_row {
	const char *name;
	uint8_t ring, reg;
	uint16_t selector, vector;
	uint32_t error;
};

static const struct load_row loads[] = {
	{"null to DS", 3, DS, 0, NO_FAULT},
	{"null with RPL to GS", 3, GS, 3, NO_FAULT},
	{"null to SS", 0, SS, 0, GP(0)},
	{"data of ring 0 from ring 3", 3, DS, DATA0, GP(DATA0)},
	{"data of ring 3 from ring 0", 0, DS, DATA3 | 3, NO_FAULT},
	{"data of ring 0 with RPL 3", 0, DS, DATA0 | 3, GP(DATA0)},
	{"readable code", 3, ES, CODE3 | 3, NO_FAULT},
	{"execute-only code", 3, ES, EXECUTE_ONLY | 3, GP(EXECUTE_ONLY)},
	{"conforming code of ring 0", 3, FS, CONFORMING | 3, NO_FAULT},
	{"absent data", 3, DS, ABSENT_DATA | 3, VECTOR_NP, ABSENT_DATA},
	{"a TSS", 0, DS, TSS_SELECTOR, GP(TSS_SELECTOR)},
	{"beyond the GDT", 0, DS, GDT_END, GP(GDT_END)},
	{"the GDT's last bytes are a descriptor of type 0", 0, DS, FREE_SELECTOR, GP(FREE_SELECTOR)},
	{"from the LDT", 3, DS, 8 | 4 | 3, NO_FAULT},
	{"beyond the LDT", 3, DS, 0x20 | 4 | 3, GP(0x24)},
	{"read-only data to DS", 3, DS, READ_ONLY | 3, NO_FAULT},
	{"read-only data to SS", 3, SS, READ_ONLY | 3, GP(READ_ONLY)},
	{"code to SS", 3, SS, CODE3 | 3, GP(CODE3)},
	{"SS with RPL other than CPL", 0, SS, DATA0 | 3, GP(DATA0)},
	{"SS with DPL other than CPL", 0, SS, DATA3, GP(DATA3)},
	{"absent stack", 0, SS, ABSENT_STACK, VECTOR_SS, ABSENT_STACK},
	{"SS of this ring", 3, SS, DATA3 | 3, NO_FAULT},
	{"SS from the LDT", 3, SS, 8 | 4 | 3, NO_FAULT},
};

static void test_segment_loads(void)
{
	for (unsigned i = 0; i < sizeof loads / sizeof *loads; i++) {
		struct machine *machine = machine_new();
		uint8_t modrm = (uint8_t)(0xc0 | loads[i].reg << 3);
		uint16_t before;

		machine_ring(machine, loads[i].ring);
		before = machine->state->segment[loads[i].reg].selector;
		machine->state->gpr[EAX] = loads[i].selector;
		RUN(machine, 0x8e, modrm);
		check_event(machine, loads[i].name, loads[i].vector, loads[i].error);
		if (loads[i].vector != NOTHING && loads[i].reg != SS)
			CU_ASSERT_EQUAL(machine->state->segment[loads[i].reg].selector, before);
		if (loads[i].vector == NOTHING)
			CU_ASSERT_EQUAL(machine->state->segment[loads[i].reg].selector, loads[i].selector);
		machine_free(machine);
	}
}

/* ---- LLDT and LTR ---- */

static const struct load_row table_loads[] = {
	/* reg: ModRM reg of group 6 */
	{"lldt of null", 0, 2, 0, NO_FAULT},
	{"lldt of an LDT", 0, 2, LDT_SELECTOR, NO_FAULT},
	{"lldt of data", 0, 2, DATA0, GP(DATA0)},
	{"lldt from the LDT", 0, 2, 12, GP(12)},
	{"lldt in ring 3", 3, 2, LDT_SELECTOR, GP(0)},
	{"ltr of null", 0, 3, 0, GP(0)},
	{"ltr of a TSS", 0, 3, TSS2_SELECTOR, NO_FAULT},
	{"ltr of a 16-bit TSS", 0, 3, TSS16_SELECTOR, NO_FAULT},
	{"ltr of a busy TSS", 0, 3, TSS_SELECTOR, GP(TSS_SELECTOR)},
	{"ltr of an LDT", 0, 3, LDT_SELECTOR, GP(LDT_SELECTOR)},
	{"ltr in ring 1", 1, 3, TSS2_SELECTOR, GP(0)},
};

static void test_table_loads(void)
{
	for (unsigned i = 0; i < sizeof table_loads / sizeof *table_loads; i++) {
		struct machine *machine = machine_new();
		uint8_t modrm = (uint8_t)(0xc0 | table_loads[i].reg << 3);

		machine_ring(machine, table_loads[i].ring);
		machine->state->gpr[EAX] = table_loads[i].selector;
		RUN(machine, 0x0f, 0x00, modrm);
		check_event(machine, table_loads[i].name, table_loads[i].vector, table_loads[i].error);
		machine_free(machine);
	}
}

/* ---- control registers ---- */

struct control_row {
	const char *name;
	uint8_t reg;
	uint32_t value;
	uint16_t vector;
	uint32_t error;
};

static const struct control_row controls[] = {
	{"CR0: PG without PE", 0, CR0_PG, GP(0)},
	{"CR0: NW without CD", 0, CR0_PE | CR0_NW, GP(0)},
	{"CR0: reserved bits are ignored", 0, CR0_PE | 1u << 25, NO_FAULT},
	{"CR4: reserved bits", 4, 1u << 20, GP(0)},
	{"CR4: what is not announced", 4, CR4_MCE, GP(0)},
	{"CR4: PSE and PGE", 4, CR4_PSE | CR4_PGE, NO_FAULT},
	{"CR4: UMIP", 4, CR4_UMIP, NO_FAULT},
	{"CR3: low bits are ignored", 3, 0x80fff, NO_FAULT},
};

static void test_control_registers(void)
{
	for (unsigned i = 0; i < sizeof controls / sizeof *controls; i++) {
		struct machine *machine = machine_new();
		uint8_t modrm = (uint8_t)(0xc0 | controls[i].reg << 3);

		machine->state->gpr[EAX] = controls[i].value;
		RUN(machine, 0x0f, 0x22, modrm);
		check_event(machine, controls[i].name, controls[i].vector, controls[i].error);
		machine_free(machine);
	}
}

static void test_pae_pointers_checked(void)
{
	struct machine *machine = machine_new();

	machine_write(machine, TABLES_AT, 4, 0x83); /* reserved bits 1 and 7 of a PDPTE */
	machine->state->cr3 = TABLES_AT;
	machine->state->cr4 = CR4_PAE;
	machine->state->gpr[EAX] = CR0_PE | CR0_PG;
	RUN(machine, 0x0f, 0x22, 0xc0);
	check_event(machine, "PDPTE with reserved bits", GP(0));
	CU_ASSERT_FALSE(machine->state->cr0 & CR0_PG);
	machine_free(machine);
}

static void test_umip(void)
{
	static const uint8_t code[][3] = {{0x0f, 0x01, 0x00}, {0x0f, 0x01, 0x08}, {0x0f, 0x00, 0xc0},
	                                  {0x0f, 0x00, 0xc8}, {0x0f, 0x01, 0xe0}};

	for (unsigned i = 0; i < 5; i++) {
		struct machine *machine = machine_new();

		machine->state->cr4 = CR4_UMIP;
		machine->state->gpr[EAX] = DATA_AT;
		machine_ring(machine, 3);
		machine_code(machine, code[i], 3);
		machine_step(machine);
		check_event(machine, "UMIP", GP(0));
		machine_free(machine);
	}
}

int main(void)
{
	static const struct harness_test tests[] = {
		{"events of single instructions", test_rows},
		{"segment register loads", test_segment_loads},
		{"LLDT and LTR", test_table_loads},
		{"CR0, CR3 and CR4", test_control_registers},
		{"PAE pointers are checked when paging goes on", test_pae_pointers_checked},
		{"UMIP hides the tables", test_umip},
		{0},
	};
	return harness_main("system faults", tests);
}
