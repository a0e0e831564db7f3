/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/expression_names.c - what names stand for: tables of the processor's state (SDM vol. 1, 3.4; vol. 3, 2),
 * of what the machine counts, and of the event that is told; then the guest's symbols.
 */
#include "visualizer/debugger/expression_inside.h"

#include "core/nearest.h"
#include "core/refuse.h"

#include <stdio.h>
#include <string.h>

/* ---- the state of a processor ---- */

struct state_row {
	const char *name;
	uint16_t offset;
	uint8_t size, shift; /* bytes; bits to the right */
	uint32_t mask;       /* after that; 0: all */
};

#define FIELD(name, member)                                                                          \
	{ name, offsetof(struct cpu_state, member), sizeof(((struct cpu_state *)0)->member), 0, 0 }
#define BITS(name, member, shift, mask) { name, offsetof(struct cpu_state, member), 4, shift, mask }
#define REGISTER(all, low, index)                                                                    \
	FIELD(all, gpr[index]), BITS(low, gpr[index], 0, 0xffff)
#define BYTES(low, high, index) BITS(low, gpr[index], 0, 0xff), BITS(high, gpr[index], 8, 0xff)
#define SEGMENT(name, index)                                                                         \
	FIELD(name, segment[index].selector), FIELD(name ".base", segment[index].base),              \
	FIELD(name ".limit", segment[index].limit), FIELD(name ".access", segment[index].access),    \
	{ name ".dpl", offsetof(struct cpu_state, segment[index].access), 2, ACCESS_DPL_SHIFT, 3 }

static const struct state_row state_rows[] = {
	REGISTER("eax", "ax", EAX), REGISTER("ecx", "cx", ECX), REGISTER("edx", "dx", EDX),
	REGISTER("ebx", "bx", EBX), REGISTER("esp", "sp", ESP), REGISTER("ebp", "bp", EBP),
	REGISTER("esi", "si", ESI), REGISTER("edi", "di", EDI),
	BYTES("al", "ah", EAX), BYTES("cl", "ch", ECX), BYTES("dl", "dh", EDX), BYTES("bl", "bh", EBX),
	FIELD("eip", eip), BITS("ip", eip, 0, 0xffff), FIELD("eflags", eflags),
	BITS("eflags.cf", eflags, 0, 1), BITS("eflags.pf", eflags, 2, 1), BITS("eflags.af", eflags, 4, 1),
	BITS("eflags.zf", eflags, 6, 1), BITS("eflags.sf", eflags, 7, 1), BITS("eflags.tf", eflags, 8, 1),
	BITS("eflags.if", eflags, 9, 1), BITS("eflags.df", eflags, 10, 1), BITS("eflags.of", eflags, 11, 1),
	BITS("eflags.iopl", eflags, 12, 3), BITS("eflags.nt", eflags, 14, 1), BITS("eflags.rf", eflags, 16, 1),
	BITS("eflags.vm", eflags, 17, 1), BITS("eflags.ac", eflags, 18, 1), BITS("eflags.vif", eflags, 19, 1),
	BITS("eflags.vip", eflags, 20, 1), BITS("eflags.id", eflags, 21, 1),
	FIELD("cpl", cpl), BITS("iopl", eflags, 12, 3),
	SEGMENT("cs", CS), SEGMENT("ss", SS), SEGMENT("ds", DS), SEGMENT("es", ES), SEGMENT("fs", FS),
	SEGMENT("gs", GS), SEGMENT("ldtr", LDTR), SEGMENT("tr", TR),
	FIELD("gdtr.base", gdtr.base), FIELD("gdtr.limit", gdtr.limit),
	FIELD("idtr.base", idtr.base), FIELD("idtr.limit", idtr.limit),
	FIELD("cr0", cr0), BITS("cr0.pe", cr0, 0, 1), BITS("cr0.mp", cr0, 1, 1), BITS("cr0.em", cr0, 2, 1),
	BITS("cr0.ts", cr0, 3, 1), BITS("cr0.et", cr0, 4, 1), BITS("cr0.ne", cr0, 5, 1), BITS("cr0.wp", cr0, 16, 1),
	BITS("cr0.am", cr0, 18, 1), BITS("cr0.nw", cr0, 29, 1), BITS("cr0.cd", cr0, 30, 1), BITS("cr0.pg", cr0, 31, 1),
	FIELD("cr2", cr2), FIELD("cr3", cr3),
	FIELD("cr4", cr4), BITS("cr4.vme", cr4, 0, 1), BITS("cr4.pvi", cr4, 1, 1), BITS("cr4.tsd", cr4, 2, 1),
	BITS("cr4.de", cr4, 3, 1), BITS("cr4.pse", cr4, 4, 1), BITS("cr4.pae", cr4, 5, 1), BITS("cr4.mce", cr4, 6, 1),
	BITS("cr4.pge", cr4, 7, 1), BITS("cr4.pce", cr4, 8, 1), BITS("cr4.osfxsr", cr4, 9, 1),
	BITS("cr4.osxmmexcpt", cr4, 10, 1), BITS("cr4.umip", cr4, 11, 1),
	FIELD("dr0", dr[0]), FIELD("dr1", dr[1]), FIELD("dr2", dr[2]), FIELD("dr3", dr[3]),
	FIELD("dr6", dr[6]), FIELD("dr7", dr[7]),
	FIELD("efer", efer), FIELD("tsc_offset", tsc_offset), FIELD("sysenter.cs", sysenter_cs),
	FIELD("sysenter.esp", sysenter_esp), FIELD("sysenter.eip", sysenter_eip),
	FIELD("activity", activity),
};

static uint64_t read_state(const struct cpu_state *state, const struct state_row *row)
{
	uint64_t value = 0;

	memcpy(&value, (const uint8_t *)state + row->offset, row->size); /* both are little-endian */
	value >>= row->shift;
	return row->mask ? value & row->mask : value;
}

/* ---- what the machine counts ---- */

struct machine_row {
	const char *name;
	uint64_t (*value)(const struct debugger *debugger);
};

static uint64_t clock_now(const struct debugger *debugger)
{
	return debugger->vm->clock;
}

static uint64_t instructions_now(const struct debugger *debugger)
{
	return vm_instructions(debugger->vm);
}

static uint64_t exits_now(const struct debugger *debugger)
{
	return debugger->counters ? debugger->counters->exits : 0;
}

static uint64_t exit_cycles_now(const struct debugger *debugger)
{
	return debugger->counters ? debugger->counters->exit_cycles : 0;
}

static uint64_t events_now(const struct debugger *debugger)
{
	return debugger->vm->events.sequence;
}

static uint64_t moves_now(const struct debugger *debugger)
{
	return debugger->vm->switches;
}

static uint64_t ring_now(const struct debugger *debugger)
{
	return vm_mode(debugger->vm).ring;
}

static uint64_t tlb_misses_now(const struct debugger *debugger)
{
	return cpu_counters(debugger->vm->processor)->tlb_misses;
}

static uint64_t references_now(const struct debugger *debugger)
{
	return cpu_counters(debugger->vm->processor)->walk_references;
}

static uint64_t branch_now(const struct debugger *debugger)
{
	return debugger->history ? history_branch(debugger->history) : 1;
}

static uint64_t place_now(const struct debugger *debugger)
{
	return debugger_linear_eip(debugger);
}

static uint64_t digest_now(const struct debugger *debugger)
{
	return vm_digest(debugger->vm);
}

static const struct machine_row machine_rows[] = {
	{ "clock", clock_now }, { "instructions", instructions_now }, { "exits", exits_now },
	{ "exit_cycles", exit_cycles_now }, { "events", events_now }, { "switches", moves_now },
	{ "ring", ring_now }, { "tlb_misses", tlb_misses_now }, { "walk_references", references_now },
	{ "branch", branch_now }, { "digest", digest_now }, { "pc", place_now },
};

/* ---- the event that is told ---- */

struct event_row {
	const char *name;
	uint16_t offset;
	uint8_t size;
};

#define OF_EVENT(name, member)                                                                       \
	{ "event." name, offsetof(struct event, member), sizeof(((struct event *)0)->member) }

static const struct event_row event_rows[] = {
	OF_EVENT("number", sequence), OF_EVENT("cycle", cycle), OF_EVENT("instruction", instruction),
	OF_EVENT("kind", kind), OF_EVENT("cpl", guest_cpl), OF_EVENT("hw_cpl", real_cpl),
	OF_EVENT("eip", eip), OF_EVENT("linear", linear), OF_EVENT("vector", vector),
	OF_EVENT("error", error), OF_EVENT("address", address), OF_EVENT("cycles", cycles),
};

static bool read_event(const struct event *event, const struct event_row *row, uint64_t *value, char *error,
                       size_t error_size)
{
	*value = 0;
	if (!event)
		return refuse(error, error_size, "%s: no event is being told; go to one with `goto event N`, or to the next "
		              "trap", row->name);
	memcpy(value, (const uint8_t *)event + row->offset, row->size);
	return true;
}

/* ---- all tables, for looking names up and for offering them ---- */

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static const char *const word_names[] = {
	"hw.", "exits.", "cycles.", "events.", "byte[", "word[", "dword[", "qword[", "phys[", "phys.byte[", "phys.word[",
	"phys.dword[", "phys.qword[", "machine[", "machine.byte[", "machine.word[", "machine.dword[", "machine.qword[",
};

const char *expression_name(size_t index)
{
	if (index < ROWS(state_rows))
		return state_rows[index].name;
	index -= ROWS(state_rows);
	if (index < ROWS(machine_rows))
		return machine_rows[index].name;
	index -= ROWS(machine_rows);
	if (index < ROWS(event_rows))
		return event_rows[index].name;
	index -= ROWS(event_rows);
	return index < ROWS(word_names) ? word_names[index] : NULL;
}

/* Each row of each table begins with its name. */
static bool find_row(const void *rows, size_t count, size_t row_size, const char *text, unsigned *row)
{
	for (size_t i = 0; i < count; i++) {
		const char *name;

		memcpy(&name, (const char *)rows + i * row_size, sizeof(name));
		if (strcmp(name, text) == 0) {
			*row = (unsigned)i;
			return true;
		}
	}
	return false;
}

static bool find_state(const char *text, struct name *name)
{
	name->kind = NAME_STATE;
	return find_row(state_rows, ROWS(state_rows), sizeof(state_rows[0]), text, &name->row);
}

static bool find_machine(const char *text, struct name *name)
{
	name->kind = NAME_MACHINE;
	return find_row(machine_rows, ROWS(machine_rows), sizeof(machine_rows[0]), text, &name->row);
}

static bool find_event(const char *text, struct name *name)
{
	name->kind = NAME_EVENT;
	return find_row(event_rows, ROWS(event_rows), sizeof(event_rows[0]), text, &name->row);
}

/* Reasons come up as the guest runs, so any word may become one. */
static bool find_counted(const char *text, struct name *name)
{
	static const struct {
		const char *prefix;
		enum name_kind kind;
	} prefixes[] = { { "exits.", NAME_EXITS }, { "cycles.", NAME_CYCLES }, { "events.", NAME_KIND } };

	for (size_t i = 0; i < ROWS(prefixes); i++) {
		size_t length = strlen(prefixes[i].prefix);
		const char *rest = text + length;

		if (strncmp(text, prefixes[i].prefix, length) != 0)
			continue;
		name->kind = prefixes[i].kind;
		if (name->kind != NAME_KIND) {
			snprintf(name->reason, sizeof(name->reason), "%s", rest);
			return rest[0] && strlen(rest) < sizeof(name->reason);
		}
		name->row = (unsigned)event_kind_find(rest);
		return event_kind_find(rest) >= 0;
	}
	return false;
}

static bool find_symbol(const struct debugger *debugger, const char *text, struct name *name)
{
	uint32_t address;

	if (!debugger->symbols || !symbols_find(debugger->symbols, text, &address))
		return false;
	name->kind = NAME_NUMBER;
	name->number = address;
	return true;
}

static const char *nearest_name(const struct debugger *debugger, const char *text)
{
	struct nearest nearest = nearest_to(text);
	const char *name;
	uint32_t address;

	for (size_t i = 0; (name = expression_name(i)); i++)
		if (name[strlen(name) - 1] != '[' && name[strlen(name) - 1] != '.')
			nearest_offer(&nearest, name);
	for (size_t i = 0; debugger->symbols && (name = symbols_at(debugger->symbols, i, &address)); i++)
		nearest_offer(&nearest, name);
	return nearest.name;
}

bool name_resolve(const struct debugger *debugger, const char *text, struct name *name, const char **near)
{
	*name = (struct name){ .kind = NAME_NUMBER };
	*near = NULL;
	if (text[0] == '&') {
		if (find_symbol(debugger, text + 1, name))
			return true;
	} else if (strncmp(text, "hw.", 3) == 0) {
		name->hardware = true;
		if (find_state(text + 3, name))
			return true;
	} else if (find_state(text, name) || find_machine(text, name) || find_event(text, name) ||
	           find_counted(text, name) || find_symbol(debugger, text, name)) {
		return true;
	}
	*near = nearest_name(debugger, text + (text[0] == '&'));
	return false;
}

/* ---- values ---- */

static const struct counter *find_counter(const struct debugger *debugger, const char *reason)
{
	const struct counters *counters = debugger->counters;

	for (unsigned i = 0; counters && i < counters->rows; i++)
		if (counter_is(counters->row[i].reason, reason))
			return &counters->row[i];
	return NULL;
}

static uint64_t counted(const struct name *name, const struct debugger *debugger)
{
	const struct counter *counter;

	if (name->kind == NAME_KIND)
		return debugger->counters ? debugger->counters->kind[name->row] : 0;
	counter = find_counter(debugger, name->reason);
	if (!counter)
		return 0;
	return name->kind == NAME_EXITS ? counter->count : counter->cycles;
}

static bool read_hardware(const struct debugger *debugger, const struct state_row *row, uint64_t *value, char *error,
                          size_t error_size)
{
	struct cpu_state state;

	if (debugger_hardware(debugger, &state))
		*value = read_state(&state, row);
	else if (!debugger->vm->technique->vmm)
		*value = read_state(vm_guest_state(debugger->vm), row);
	else
		return refuse(error, error_size, "hw.%s: under %s the hardware does not hold the guest%s", row->name,
		              debugger->vm->technique->name,
		              strcmp(debugger->vm->technique->name, "emulate") ? " before its first step" : "");
	return true;
}

bool name_value(const struct name *name, const struct subject *subject, uint64_t *value, char *error, size_t error_size)
{
	const struct debugger *debugger = subject->debugger;

	switch (name->kind) {
	case NAME_STATE:
		if (name->hardware)
			return read_hardware(debugger, &state_rows[name->row], value, error, error_size);
		*value = read_state(vm_guest_state(debugger->vm), &state_rows[name->row]);
		return true;
	case NAME_MACHINE:
		*value = machine_rows[name->row].value(debugger);
		return true;
	case NAME_EVENT:
		return read_event(subject->event, &event_rows[name->row], value, error, error_size);
	case NAME_EXITS:
	case NAME_CYCLES:
	case NAME_KIND:
		*value = counted(name, debugger);
		return true;
	case NAME_NUMBER:
		*value = name->number;
		return true;
	}
	return false;
}
