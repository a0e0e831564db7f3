/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/cpu_rows.c - see cpu_rows.h. Which registers there are, how each is written, and in few words what
 * makes hardware's value another one (docs/architecture.md, "Two truths").
 */
#include "visualizer/screen/cpu_rows.h"

#include "bt/translator.h"
#include "cpu/vmcs.h"
#include "trap/hvm.h"
#include "trap/techniques.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* How a value of a state is written. */
typedef void value_text(const struct cpu_state *state, unsigned which, char text[24]);

static void add(struct cpu_table *table, const char *name, value_text *write, unsigned which)
{
	struct cpu_row *row = &table->row[table->rows];
	char before[24];

	if (table->rows == CPU_ROWS)
		return;
	table->rows++;
	memset(row, 0, sizeof(*row));
	snprintf(row->name, sizeof(row->name), "%s", name);
	write(table->guest, which, row->guest);
	write(table->guest_before, which, before);
	row->changed = strcmp(row->guest, before) != 0;
	if (!table->both)
		return;
	write(table->hardware, which, row->hardware);
	write(table->hardware_before, which, before);
	row->hardware_changed = strcmp(row->hardware, before) != 0;
}

/* ---- values ---- */

static void hex(uint32_t value, char text[24])
{
	snprintf(text, 24, "%08" PRIx32, value);
}

static void general(const struct cpu_state *state, unsigned which, char text[24])
{
	hex(state->gpr[which], text);
}

static void rings(const struct cpu_state *state, unsigned which, char text[24])
{
	(void)which;
	snprintf(text, 24, "%u IOPL %u", state->cpl, state_iopl(state));
}

static void instruction_pointer(const struct cpu_state *state, unsigned which, char text[24])
{
	(void)which;
	hex(state->eip, text);
}

static void flags(const struct cpu_state *state, unsigned which, char text[24])
{
	(void)which;
	hex(state->eflags, text);
}

/* Letters of those that are set, as debuggers write them: "--I--Z-P-". */
static void letters(const struct cpu_state *state, unsigned which, char text[24])
{
	static const struct {
		char letter;
		uint32_t bit;
	} list[] = {{'O', EFLAGS_OF}, {'D', EFLAGS_DF}, {'I', EFLAGS_IF}, {'T', EFLAGS_TF}, {'S', EFLAGS_SF},
		    {'Z', EFLAGS_ZF}, {'A', EFLAGS_AF}, {'P', EFLAGS_PF}, {'C', EFLAGS_CF}};

	(void)which;
	for (unsigned i = 0; i < sizeof(list) / sizeof(*list); i++)
		*text++ = state->eflags & list[i].bit ? list[i].letter : '-';
	*text = '\0';
}

static void control(const struct cpu_state *state, unsigned which, char text[24])
{
	const uint32_t values[] = {state->cr0, 0, state->cr2, state->cr3, state->cr4};

	hex(values[which], text);
}

static void selector(const struct cpu_state *state, unsigned which, char text[24])
{
	const struct segment *segment = &state->segment[which];

	if (segment->access & ACCESS_PRESENT)
		snprintf(text, 24, "%04x d%u", segment->selector, segment_dpl(segment));
	else
		snprintf(text, 24, "%04x none", segment->selector);
}

/* Of a register that holds nothing usable neither means anything. */
static void part_of_segment(const struct segment *segment, uint32_t part, char text[24])
{
	if (segment->access & ACCESS_PRESENT)
		hex(part, text);
	else
		snprintf(text, 24, "-");
}

static void base(const struct cpu_state *state, unsigned which, char text[24])
{
	part_of_segment(&state->segment[which], state->segment[which].base, text);
}

static void limit(const struct cpu_state *state, unsigned which, char text[24])
{
	part_of_segment(&state->segment[which], state->segment[which].limit, text);
}

static const struct table_register *table_register(const struct cpu_state *state, unsigned which)
{
	return which ? &state->idtr : &state->gdtr;
}

static void table_base(const struct cpu_state *state, unsigned which, char text[24])
{
	hex(table_register(state, which)->base, text);
}

static void table_limit(const struct cpu_state *state, unsigned which, char text[24])
{
	hex(table_register(state, which)->limit, text);
}

static void debug(const struct cpu_state *state, unsigned which, char text[24])
{
	hex(state->dr[which], text);
}

static void efer(const struct cpu_state *state, unsigned which, char text[24])
{
	(void)which;
	hex((uint32_t)state->efer, text);
}

/* ---- the rows ---- */

/* What lectures are about comes first, for small panels. */
static void add_first(struct cpu_table *table)
{
	static const char *const names[] = {"EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"};

	add(table, "CPL", rings, 0);
	add(table, "FLG", letters, 0);
	add(table, "EIP", instruction_pointer, 0);
	add(table, "CR3", control, 3);
	add(table, "CR0", control, 0);
	for (unsigned i = 0; i < GPR_COUNT; i++)
		add(table, names[i], general, i);
	add(table, "CR2", control, 2);
	add(table, "CR4", control, 4);
	add(table, "EFL", flags, 0);
}

static void add_segments(struct cpu_table *table)
{
	static const struct {
		const char *name;
		enum segment_register reg;
	} list[] = {{"CS", CS}, {"SS", SS}, {"DS", DS}, {"ES", ES},
		    {"FS", FS}, {"GS", GS}, {"TR", TR}, {"LDT", LDTR}};

	for (unsigned i = 0; i < sizeof(list) / sizeof(*list); i++) {
		add(table, list[i].name, selector, list[i].reg);
		add(table, "  b", base, list[i].reg);
		add(table, "  l", limit, list[i].reg);
	}
	for (unsigned i = 0; i < 2; i++) {
		add(table, i ? "IDT" : "GDT", table_base, i);
		add(table, "  l", table_limit, i);
	}
}

static bool debugging(const struct cpu_state *state)
{
	return state->dr[7] & 0xff || state->dr[0] || state->dr[1] || state->dr[2] || state->dr[3];
}

static void add_rest(struct cpu_table *table)
{
	static const unsigned registers[] = {0, 1, 2, 3, 6, 7};
	char name[8];

	if (table->guest->efer || table->hardware->efer)
		add(table, "EFR", efer, 0);
	for (unsigned i = 0; i < 6 && (debugging(table->guest) || debugging(table->hardware)); i++) {
		snprintf(name, sizeof(name), "DR%u", registers[i]);
		add(table, name, debug, registers[i]);
	}
}

static void add_wide(struct cpu_table *table, const char *name, const char *value)
{
	struct cpu_row *row = &table->row[table->rows];

	if (table->rows == CPU_ROWS)
		return;
	table->rows++;
	*row = (struct cpu_row){.wide = true};
	snprintf(row->name, sizeof(row->name), "%s", name);
	snprintf(row->guest, sizeof(row->guest), "%s", value);
}

/* The fields of the VMCS that say what leaves the guest, and why it was left last. */
static void add_vmcs(struct cpu_table *table, const struct vm *vm)
{
	static const struct {
		const char *name;
		enum vmcs_field field;
	} list[] = {
		{"qualification", VMCS_EXIT_QUALIFICATION},
		{"pin-based", VMCS_PIN_CONTROLS},
		{"primary", VMCS_PRIMARY_CONTROLS},
		{"secondary", VMCS_SECONDARY_CONTROLS},
		{"exception bitmap", VMCS_EXCEPTION_BITMAP},
		{"CR0 mask", VMCS_CR0_MASK},
		{"CR0 shadow", VMCS_CR0_SHADOW},
		{"CR4 mask", VMCS_CR4_MASK},
		{"CR4 shadow", VMCS_CR4_SHADOW},
		{"EPT pointer", VMCS_EPT_POINTER},
		{"VPID", VMCS_VPID},
		{"interruption", VMCS_ENTRY_INTERRUPTION},
	};
	const struct vmcs *vmcs = hvm(vm)->vmcs;
	unsigned reason = vmcs_get32(vmcs, VMCS_EXIT_REASON) & 0xffff;
	const char *name = vmx_reason_name(reason);
	char value[24];

	add_wide(table, cpu_vmx_non_root(vm->processor) ? "VMX non-root" : "VMX root", "");
	snprintf(value, sizeof(value), "%u %.18s", reason, vmcs->launched && name ? name : "");
	add_wide(table, "last exit", vmcs->launched ? value : "none yet");
	for (unsigned i = 0; i < sizeof(list) / sizeof(*list); i++) {
		snprintf(value, sizeof(value), "%08" PRIx64, vmcs_get(vmcs, list[i].field));
		add_wide(table, list[i].name, value);
	}
}

/* While the guest's kernel runs the processor is in the cache: the VMM has left it now, and will go on there. */
static void add_cache(struct cpu_table *table, const struct vm *vm)
{
	const struct translator *cache = translator(vm);
	const struct resume *resume = &cache->resume;
	char value[24];

	if (!resume->unit || resume->generation != cache->generation || resume->eip != table->guest->eip)
		return;
	snprintf(value, sizeof(value), "%08" PRIx32, resume->address);
	add_wide(table, "goes on at", value);
	snprintf(value, sizeof(value), "unit %" PRIu32, resume->unit->sequence);
	add_wide(table, "  of", value);
	snprintf(value, sizeof(value), "CS %04x", cache->code.selector);
	add_wide(table, "  with", value);
}

/* ---- why they differ ---- */

/* In few words, by the names of rows. */
static const struct reason {
	const char *name, *deprivileged, *assisted;
} reasons[] = {
	{"CPL", "deprivileged", NULL},
	{"FLG", "VMM's IF", NULL},
	{"EFL", "VMM's IF", NULL},
	{"EIP", "as it left", "as it left"},
	{"CR3", "shadow root", "shadow root"},
	{"CR0", "VMM's bits", "fixed bits"},
	{"CR2", "VMM's faults", NULL},
	{"CR4", "VMM's tables", "VMM's tables"},
	{"EFR", "VMM's NXE", "VMM's NXE"},
	{"GDT", "shadow table", NULL},
	{"IDT", "VMM's gates", NULL},
	{"TR", "VMM's TSS", "stand-in"},
	{"LDT", "shadow table", NULL},
	{"CS", "DPL raised", NULL},
	{"SS", "DPL raised", NULL},
	{"DS", "DPL raised", NULL},
	{"ES", "DPL raised", NULL},
	{"FS", "DPL raised", NULL},
	{"GS", "DPL raised", NULL},
};

static void give_reasons(struct cpu_table *table, bool assisted)
{
	char cut[24];

	hex(SHADOW_HOLE - 1, cut);
	for (unsigned i = 0; i < table->rows; i++) {
		if (table->row[i].name[2] == 'l' && strcmp(table->row[i].hardware, cut) == 0)
			table->row[i].why = "VMM's window";
		for (size_t k = 0; k < sizeof(reasons) / sizeof(*reasons); k++)
			if (strcmp(table->row[i].name, reasons[k].name) == 0)
				table->row[i].why = assisted ? reasons[k].assisted : reasons[k].deprivileged;
	}
}

void cpu_table_make(struct cpu_table *table, const struct debugger *debugger, struct cpu_state *hardware)
{
	table->guest = vm_guest_state(debugger->vm);
	table->both = debugger_hardware(debugger, hardware);
	table->hardware = table->both ? hardware : table->guest;
	table->guest_before = debugger->has_before ? &debugger->guest_before : table->guest;
	table->hardware_before = debugger->has_hardware_before ? &debugger->hardware_before : table->hardware;
	add_first(table);
	add_segments(table);
	add_rest(table);
	give_reasons(table, debugger->vm->technique == &technique_hvm);
	if (debugger->vm->technique == &technique_hvm)
		add_vmcs(table, debugger->vm);
	if (debugger->vm->technique == &technique_bt)
		add_cache(table, debugger->vm);
}

/* ---- two at a time ---- */

bool cpu_row_differs(const struct cpu_table *table, const struct cpu_row *row)
{
	return table->both && !row->wide && strcmp(row->guest, row->hardware) != 0;
}

bool cpu_row_is_general(const struct cpu_row *row)
{
	return row->name[0] == 'E' && row->name[1] != 'F' && strcmp(row->name, "EIP") != 0;
}
