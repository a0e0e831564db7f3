/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/panel_cpu.c - two truths side by side: what the guest believes and what hardware holds while it runs
 * (docs/architecture.md, "Two truths"). Where they differ, and what has changed since the last motion began, is marked.
 *
 *   CR3*0012e000!000427c0*     * changed   ! guest and hardware differ
 */
#include "bt/translator.h"
#include "cpu/vmcs.h"
#include "trap/hvm.h"
#include "trap/techniques.h"
#include "visualizer/screen/panel_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	ROWS = 128,
	NAME = 3, /* columns of a name, then the mark of a change */
	VALUE = 9,
	ONE = NAME + 1 + VALUE, /* of a row with one value, */
	GAP = 2,
	PAIR = NAME + 1 + 8 + 1, /* and where the second of two registers in a row begins */
	PAIRED = PAIR + NAME + 1 + 8,
	TWO_LEAST = ONE + 1 + 8, /* narrower than this the second value is left out */
	WHY = PAIRED,            /* where there is room, why the two differ */
	WITH_WHY = WHY + 12,
};

/* A row: a name, and a value or two. */
struct row {
	char name[20];
	char guest[24], hardware[24];
	bool changed, hardware_changed;
	bool wide;       /* one value that may take the whole row: no second truth */
	const char *why; /* they may differ; NULL: not told */
};

struct table {
	struct row row[ROWS];
	unsigned rows;
	bool both; /* there is a second truth */
	const struct cpu_state *guest, *hardware, *guest_before, *hardware_before;
};

/* How a value of a state is written. */
typedef void value_text(const struct cpu_state *state, unsigned which, char text[24]);

static void add(struct table *table, const char *name, value_text *write, unsigned which)
{
	struct row *row = &table->row[table->rows];
	char before[24];

	if (table->rows == ROWS)
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
static void add_first(struct table *table)
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

static void add_segments(struct table *table)
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

static void add_rest(struct table *table)
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

static void add_wide(struct table *table, const char *name, const char *value)
{
	struct row *row = &table->row[table->rows];

	if (table->rows == ROWS)
		return;
	table->rows++;
	*row = (struct row){.wide = true};
	snprintf(row->name, sizeof(row->name), "%s", name);
	snprintf(row->guest, sizeof(row->guest), "%s", value);
}

/* The fields of the VMCS that say what leaves the guest, and why it was left last. */
static void add_vmcs(struct table *table, const struct vm *vm)
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
static void add_cache(struct table *table, const struct vm *vm)
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

static void give_reasons(struct table *table, bool assisted)
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

static void make(struct table *table, const struct debugger *debugger, struct cpu_state *hardware)
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

/* ---- drawing ---- */

static bool differs(const struct table *table, const struct row *row)
{
	return table->both && !row->wide && strcmp(row->guest, row->hardware) != 0;
}

static bool is_general(const struct row *row)
{
	return row->name[0] == 'E' && row->name[1] != 'F' && strcmp(row->name, "EIP") != 0;
}

static void draw_value(const struct area *area, int x, int y, const struct row *row)
{
	area_text(area, x, y, ROLE_DIM, row->name);
	if (row->changed)
		area_text(area, x + NAME, y, ROLE_CHANGED, "*");
	area_text(area, x + NAME + 1, y, row->changed ? ROLE_CHANGED : ROLE_GUEST, row->guest);
}

static void draw_row(const struct area *area, int y, const struct table *table, const struct row *row)
{
	bool different = differs(table, row);

	if (row->wide) {
		int x = parts_text(area, 0, y, area->width, row->guest[0] ? ROLE_DIM : ROLE_TITLE, row->name);

		parts_text(area, x + 1 < 11 ? 11 : x + 1, y, area->width - 11, ROLE_HARDWARE, row->guest);
		return;
	}
	draw_value(area, 0, y, row);
	if (!table->both)
		return;
	area_fill(area, ONE, y, 1, different ? ROLE_DIFFERENT : ROLE_FRAME,
		  different ? GLYPH_DIFFERENT : GLYPH_VERTICAL);
	if (area->width < TWO_LEAST)
		return;
	area_text(area, ONE + 1, y,
		  different               ? ROLE_DIFFERENT
		  : row->hardware_changed ? ROLE_CHANGED
					  : ROLE_HARDWARE,
		  row->hardware);
	if (row->hardware_changed)
		area_text(area, ONE + 1 + (int)strlen(row->hardware), y, ROLE_CHANGED, "*");
	if (different && row->why)
		parts_text(area, WHY, y, area->width - WHY, ROLE_DIM, row->why);
}

/* Two general registers share a line while guest and hardware agree in them, which is nearly always. */
struct line {
	const struct row *row, *second; /* second NULL: alone */
};

static bool shares(const struct table *table, unsigned at, int width)
{
	const struct row *row = &table->row[at];

	return at + 1 < table->rows && width >= PAIRED && is_general(row) && is_general(row + 1) &&
	       !differs(table, row) && !differs(table, row + 1);
}

static unsigned make_lines(const struct table *table, int width, struct line lines[ROWS])
{
	unsigned count = 0;

	for (unsigned i = 0; i < table->rows; count++) {
		bool two = shares(table, i, width);

		lines[count] = (struct line){&table->row[i], two ? &table->row[i + 1] : NULL};
		i += two ? 2 : 1;
	}
	return count;
}

/* Why there is one column, in the words that the width has room for. */
static const char *headline(const struct debugger *debugger, int width)
{
	static const char *const texts[][2] = {
		{"no VMM: one truth", "no VMM: the processor is the guest's own"},
		{"interpreted: one truth", "interpreted: hardware holds nothing of the guest"},
		{"hardware not entered yet", "the VMM has not entered the guest by hardware yet"},
	};
	const struct technique *technique = debugger->vm->technique;
	unsigned which = !technique->vmm ? 0 : technique == &technique_emulate ? 1 : 2;

	return texts[which][width >= (int)strlen(texts[which][1])];
}

static void draw_lines(const struct area *area, const struct table *table, const struct line *lines,
		       unsigned count, unsigned top, int blocks, int block)
{
	for (unsigned i = top; i < count && (int)(i - top) < blocks * area->height; i++) {
		int number = (int)(i - top) / area->height, y = (int)(i - top) % area->height;
		struct area place = area_inside(area, number * (block + GAP), 0, block, area->height);

		draw_row(&place, y, table, lines[i].row);
		if (lines[i].second) {
			area_fill(&place, ONE, y, 1, ROLE_TEXT, ' ');
			area_fill(&place, ONE + 1, y, VALUE + 2, ROLE_TEXT, ' ');
			draw_value(&place, PAIR, y, lines[i].second);
		}
	}
}

static void draw(struct panel_view *view, const struct area *whole)
{
	struct panel_state *state = view->state;
	struct table table = {.rows = 0};
	struct cpu_state hardware;
	struct line lines[ROWS];
	struct area area = *whole;
	int block, blocks;
	unsigned count;

	if (whole->width < 1 || whole->height < 1)
		return;
	make(&table, view->debugger, &hardware);
	if (!table.both && whole->height > 2) {
		parts_text(whole, 0, 0, whole->width, ROLE_STRONG, headline(view->debugger, whole->width));
		area = area_inside(whole, 0, 1, whole->width, whole->height - 1);
	}
	block = area.width < PAIRED ? area.width : area.width < WITH_WHY ? PAIRED : WITH_WHY;
	blocks = (area.width + GAP) / (block + GAP);
	count = make_lines(&table, block, lines);
	if (state->top > (int64_t)count - (int64_t)blocks * area.height)
		state->top = (int64_t)count - (int64_t)blocks * area.height;
	if (state->top < 0)
		state->top = 0;
	draw_lines(&area, &table, lines, count, (unsigned)state->top, blocks, block);
}

static bool key(struct panel_view *view, enum key key)
{
	return parts_page_key(view, key);
}

static void note(const struct panel_view *view, char *text, size_t size)
{
	const struct vm *vm = view->debugger->vm;

	snprintf(text, size, "%s",
		 vm->technique == &technique_hvm
			 ? cpu_vmx_non_root(vm->processor) ? "VMX non-root" : "VMX root"
			 : "");
}

const struct panel panel_cpu = {
	.name = "cpu",
	.title = "CPU: guest | hardware",
	.help = "j k PgUp PgDn   scroll\n"
		"left the guest's own state, right what hardware holds while it runs\n"
		"! they differ   * changed since the last motion began\n"
		"FLG letters of EFLAGS that are set; b base, l limit, d DPL of a segment",
	.note = note,
	.draw = draw,
	.key = key,
};
