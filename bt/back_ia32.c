/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/back_ia32.c - the back end for the modelled processor: IA-32 code that runs deprivileged in the window.
 * A unit's code, in the order of addresses:
 *
 *   head     counts entries, with unit counters
 *   records  each guest instruction's own code, one behind the other
 *   exits    for each jump out of the unit a stub: MOV GS:[site], number; JMP doorway
 *
 * Jumps out lead to their stubs until they are chained: then the displacement alone is changed.
 *
 * Guest code keeps its flags in the processor's, so what a sequence does on the side must not touch them: MOV,
 * LEA, NOT, JECXZ, PUSH and POP do not (SDM vol. 1, appendix A). Where it needs arithmetic LAHF and SETO save
 * the status flags, ADD AL,7FH (which overflows when AL is 1) and SAHF bring them back.
 */
#include "bt/assembler.h"
#include "bt/operation.h"
#include "bt/piece.h"
#include "cpu/perform.h"

#include <assert.h>
#include <string.h>

#define AT(member) ((uint32_t)offsetof(struct virtual_page, member))

enum { /* opcodes */
	STORE = 0x89,  /* MOV r/m32, r32 */
	LOAD = 0x8b,   /* MOV r32, r/m32 */
	LEA = 0x8d,
	JMP_SHORT = 0xeb,
	JECXZ = 0xe3,
	JZ = 0x74,
	WORD = 0x66,   /* the prefix for 16-bit operands */
};

static uint32_t doorway(void)
{
	return WINDOW_ADDRESS(DOORWAY_POSITION);
}

/* EAX and ECX have a place each in virtual->saved. */
static uint32_t saved_at(enum gpr reg)
{
	assert(reg == EAX || reg == ECX);
	return AT(saved) + (reg == ECX ? 4 : 0);
}

static void spill(struct assembler *to, enum gpr reg)
{
	emit_virtual(to, STORE, reg, saved_at(reg));
}

static void restore(struct assembler *to, enum gpr reg)
{
	emit_virtual(to, LOAD, reg, saved_at(reg));
}

static void leave_by(struct assembler *to, uint32_t site)
{
	emit_set_virtual(to, AT(site), site);
	emit_jump(to, doorway());
}

/* ---- the lookup routine ---- */

static void save_flags(struct assembler *to)
{
	EMIT(to, 0x9f, 0x0f, 0x90, 0xc0); /* lahf; seto al */
	emit_virtual(to, STORE, EAX, AT(saved_flags));
}

static void restore_flags(struct assembler *to)
{
	emit_virtual(to, LOAD, EAX, AT(saved_flags));
	EMIT(to, 0x04, 0x7f, 0x9e); /* add al, 7fh; sahf */
}

/* INC, the flags, ECX and EAX: the end of both ways. */
static void finish_lookup(struct assembler *to, uint32_t counter)
{
	emit_virtual(to, 0xff, 0, counter);
	restore_flags(to);
	restore(to, ECX);
	restore(to, EAX);
}

/*
 * Finds virtual->target in the lookup cache and goes there; the VMM when it is not found. Everything is the guest's
 * when it begins and when it ends.
 */
static uint32_t begin(struct translator *translator, uint8_t *code, uint32_t room)
{
	struct assembler to = {.code = code, .room = room, .address = WINDOW_ADDRESS(CACHE_POSITION)};
	uint32_t miss;

	spill(&to, EAX);
	spill(&to, ECX);
	save_flags(&to);
	emit_virtual(&to, LOAD, ECX, AT(target));
	EMIT(&to, LOAD, 0xc1, 0xc1, 0xe8, (uint8_t)translator->lookup_shift, 0x33, 0xc1, 0x25); /* lookup_index: mov eax, ecx; shr eax, */
	emit_long(&to, LOOKUP_ENTRIES - 1);                               /* xor eax, ecx; and eax, */
	EMIT(&to, 0x65, 0x03, 0x0c, 0xc5); /* add ecx, gs:[eax*8 + */
	emit_long(&to, AT(lookup) + offsetof(struct lookup_entry, tag));
	miss = emit_short(&to, 0x75); /* jnz */
	EMIT(&to, 0x65, LOAD, 0x04, 0xc5); /* mov eax, gs:[eax*8 + */
	emit_long(&to, AT(lookup) + offsetof(struct lookup_entry, code));
	emit_virtual(&to, STORE, EAX, AT(jump));
	finish_lookup(&to, AT(hits));
	emit_virtual(&to, 0xff, 4, AT(jump)); /* jmp gs:[jump] */
	emit_here(&to, miss);
	finish_lookup(&to, AT(misses));
	leave_by(&to, SITE_LOOKUP);
	return assembler_fits(&to) ? to.size : 0;
}

/* ---- operations ---- */

struct placement {
	struct translator *translator;
	struct unit *unit;
	struct record *record; /* the one at work */
	bool by_piece;         /* whose code is there already */
	struct assembler to;
};

typedef void emit_operation(struct placement *placement, const struct operation *operation, struct record *record);

static struct unit_exit *exit_of(struct placement *placement, const struct operation *operation)
{
	return &placement->unit->exit[operation->exit];
}

static uint32_t site_of(const struct placement *placement, const struct unit_exit *exit)
{
	return (uint32_t)(exit - placement->translator->exit);
}

/* A jump whose displacement leads to the exit's stub, when that is there. */
static void emit_exit_jump(struct placement *placement, const struct operation *operation)
{
	exit_of(placement, operation)->patch = (uint16_t)emit_jump(&placement->to, placement->to.address);
}

static void emit_count(struct placement *placement, const struct operation *operation, struct record *record)
{
	struct assembler *to = &placement->to;
	uint32_t at = (CACHE_POSITION - VIRTUAL_POSITION) * PAGE_SIZE + placement->unit->count_at;

	(void)operation;
	(void)record;
	spill(to, ECX);
	emit_virtual(to, LOAD, ECX, at);
	EMIT(to, LEA, 0x49, 1); /* lea ecx, [ecx + 1] */
	emit_virtual(to, STORE, ECX, at);
	restore(to, ECX);
}

static void emit_copy(struct placement *placement, const struct operation *operation, struct record *record)
{
	(void)operation;
	emit_bytes(&placement->to, record->bytes, record->insn.length);
}

/*
 * tour 4.3: CLI becomes a store
 * The virtual CPU's IF is a word in the virtual page, which GS reaches. No exception, no VMM: this is why a
 * translated kernel can run faster than one that traps.
 */
static void emit_cli(struct placement *placement, const struct operation *operation, struct record *record)
{
	(void)operation;
	(void)record;
	emit_set_virtual(&placement->to, AT(interrupt_flag), 0);
}

static void emit_sti(struct placement *placement, const struct operation *operation, struct record *record)
{
	(void)operation;
	(void)record;
	emit_set_virtual(&placement->to, AT(interrupt_flag), EFLAGS_IF);
}

static void emit_check_pending(struct placement *placement, const struct operation *operation, struct record *record)
{
	struct assembler *to = &placement->to;
	uint32_t held = 0, none;

	(void)record;
	spill(to, ECX);
	if (operation->value) {
		emit_virtual(to, LOAD, ECX, AT(interrupt_flag));
		held = emit_short(to, JECXZ);
	}
	emit_virtual(to, LOAD, ECX, AT(pending));
	none = emit_short(to, JECXZ);
	restore(to, ECX);
	emit_exit_jump(placement, operation);
	emit_here(to, none);
	if (operation->value)
		emit_here(to, held);
	restore(to, ECX);
}

/* Hardware pushes its own flags: IF is 1 and IOPL 0, always. The guest's are added by LEA. */
static void emit_push_flags(struct placement *placement, const struct operation *operation, struct record *record)
{
	struct assembler *to = &placement->to;

	(void)operation;
	record->spilled = 1 << EAX | 1 << ECX;
	spill(to, EAX);
	spill(to, ECX);
	EMIT(to, 0x9c, LOAD, 0x04, 0x24); /* pushfd; mov eax, [esp] */
	emit_virtual(to, LOAD, ECX, AT(interrupt_flag));
	EMIT(to, LEA, 0x84, 0x08); /* lea eax, [eax + ecx + */
	emit_long(to, -(uint32_t)EFLAGS_IF);
	emit_virtual(to, LOAD, ECX, AT(io_privilege));
	EMIT(to, LEA, 0x04, 0x08, STORE, 0x04, 0x24); /* lea eax, [eax + ecx]; mov [esp], eax */
	restore(to, ECX);
	restore(to, EAX);
}

static void emit_masked_flag(struct assembler *to, uint32_t mask, uint32_t at)
{
	EMIT(to, LOAD, 0xc8, 0x81, 0xe1); /* mov ecx, eax; and ecx, */
	emit_long(to, mask);
	emit_virtual(to, STORE, ECX, at);
}

/* The old status flags are dead as soon as the stack has been read: POPFD brings new ones. It leaves hardware's IF
 * and IOPL as they are, for it is deprivileged. */
static void emit_pop_flags(struct placement *placement, const struct operation *operation, struct record *record)
{
	struct assembler *to = &placement->to;

	(void)operation;
	record->spilled = 1 << EAX | 1 << ECX;
	spill(to, EAX);
	spill(to, ECX);
	EMIT(to, LOAD, 0x04, 0x24); /* mov eax, [esp] */
	emit_masked_flag(to, EFLAGS_IF, AT(interrupt_flag));
	emit_masked_flag(to, EFLAGS_IOPL, AT(io_privilege));
	restore(to, ECX);
	restore(to, EAX);
	EMIT(to, 0x9d); /* popfd */
}

/* A register that the memory operand does not need for its address. */
static enum gpr scratch(const struct insn *insn)
{
	return insn->base == EAX || insn->index == EAX ? ECX : EAX;
}

/* MOV to the memory operand, `further` bytes on. */
static void emit_store(struct assembler *to, const struct insn *insn, enum gpr reg, unsigned size, uint32_t further)
{
	if (size == 2)
		emit_byte(to, WORD);
	emit_prefixes(to, insn);
	emit_byte(to, STORE);
	emit_memory(to, insn, reg, further);
}

static void emit_read(struct placement *placement, const struct operation *operation, struct record *record)
{
	struct assembler *to = &placement->to;
	const struct insn *insn = &record->insn;
	enum gpr reg = scratch(insn);

	if (!insn->memory) {
		if (insn->operand_size == 2)
			emit_byte(to, WORD);
		emit_virtual(to, LOAD, insn->rm, operation->field);
		return;
	}
	record->spilled = (uint8_t)(1 << reg);
	spill(to, reg);
	emit_virtual(to, LOAD, reg, operation->field);
	emit_store(to, insn, reg, 2, 0);
	restore(to, reg);
}

static void emit_read_register(struct placement *placement, const struct operation *operation, struct record *record)
{
	emit_virtual(&placement->to, LOAD, record->insn.rm, operation->field);
}

static void emit_write_register(struct placement *placement, const struct operation *operation, struct record *record)
{
	emit_virtual(&placement->to, STORE, record->insn.rm, operation->field);
}

/* RDTSC comes first: with the guest's CR4.TSD set it faults, and nothing has been done yet. */
static void emit_read_clock(struct placement *placement, const struct operation *operation, struct record *record)
{
	struct assembler *to = &placement->to;

	(void)operation;
	emit_bytes(to, record->bytes, record->insn.length);
	spill(to, EAX);
	save_flags(to);
	restore(to, EAX);
	emit_virtual(to, 0x03, EAX, AT(clock_offset));     /* add eax, */
	emit_virtual(to, 0x13, EDX, AT(clock_offset) + 4); /* adc edx, */
	spill(to, EAX);
	restore_flags(to);
	restore(to, EAX);
}

/* NOT [base]: reads and writes, and touches no flag; twice it has changed nothing. */
static void emit_probe(struct assembler *to, const struct insn *insn, uint32_t further)
{
	for (unsigned i = 0; i < 2; i++) {
		emit_prefixes(to, insn);
		emit_byte(to, 0xf7);
		emit_memory(to, insn, 2, further);
	}
}

/* Both stores happen or none: where the second would fault, the first has not been done. */
static void emit_store_table(struct placement *placement, const struct operation *operation, struct record *record)
{
	struct assembler *to = &placement->to;
	const struct insn *insn = &record->insn;
	enum gpr reg = scratch(insn);

	record->spilled = (uint8_t)(1 << reg);
	spill(to, reg);
	emit_probe(to, insn, 2);
	emit_virtual(to, LOAD, reg, operation->field);
	emit_store(to, insn, reg, 2, 0);
	emit_virtual(to, LOAD, reg, operation->field + 4u);
	emit_store(to, insn, reg, 4, 2);
	restore(to, reg);
}

static void emit_push(struct placement *placement, const struct operation *operation, struct record *record)
{
	if (record->insn.operand_size == 2)
		emit_byte(&placement->to, WORD);
	emit_virtual(&placement->to, 0xff, 6, operation->field);
}

/* MOVZX ECX, the word that is to be loaded. */
static void emit_selector(struct assembler *to, const struct insn *insn)
{
	if (insn->row->perform == perform_pop_segment) {
		EMIT(to, 0x0f, 0xb7, 0x0c, 0x24); /* [esp] */
		return;
	}
	if (insn->memory)
		emit_prefixes(to, insn);
	EMIT(to, 0x0f, 0xb7);
	if (insn->memory)
		emit_memory(to, insn, ECX, 0);
	else
		emit_byte(to, (uint8_t)(0xc0 | ECX << 3 | insn->rm));
}

/*
 * Hardware compares RPL with its own ring and compressed DPLs (trap/descriptors.c), and has the VMM's descriptors at the
 * GDT's end: a selector whose high byte is not 0, or whose RPL is closed, is the VMM's to load.
 */
static void emit_check_selector(struct placement *placement, const struct operation *operation, struct record *record)
{
	struct assembler *to = &placement->to;
	struct unit_exit *exit = exit_of(placement, operation);
	uint32_t low, open, closed;

	record->spilled = 1 << ECX;
	spill(to, ECX);
	emit_selector(to, &record->insn);
	emit_virtual(to, STORE, ECX, AT(checked));
	emit_virtual_byte(to, ECX, AT(checked) + 1);
	low = emit_short(to, JECXZ);
	closed = to->size;
	restore(to, ECX);
	exit->code = (uint16_t)to->size;
	leave_by(to, site_of(placement, exit));
	emit_here(to, low);
	emit_virtual_byte(to, ECX, AT(checked));
	EMIT(to, 0x65, 0x0f, 0xb6, 0x89); /* movzx ecx, byte gs:[ecx + */
	emit_long(to, AT(closed_rpl));
	open = emit_short(to, JECXZ);
	EMIT(to, JMP_SHORT, (uint8_t)(closed - (to->size + 2)));
	emit_here(to, open);
	restore(to, ECX);
}

static void emit_callout(struct placement *placement, const struct operation *operation, struct record *record)
{
	struct unit_exit *exit = exit_of(placement, operation);

	(void)record;
	exit->code = (uint16_t)placement->to.size;
	leave_by(&placement->to, site_of(placement, exit));
}

/* Where it can fault all registers are the guest's: a load that faults has loaded nothing. */
static void emit_target_operand(struct placement *placement, const struct operation *operation, struct record *record)
{
	struct assembler *to = &placement->to;
	const struct insn *insn = &record->insn;

	(void)operation;
	if (!insn->memory) {
		emit_virtual(to, STORE, insn->rm, AT(target));
		return;
	}
	spill(to, EAX);
	emit_prefixes(to, insn);
	emit_byte(to, LOAD);
	emit_memory(to, insn, EAX, 0);
	emit_virtual(to, STORE, EAX, AT(target));
	restore(to, EAX);
}

static void emit_target_return(struct placement *placement, const struct operation *operation, struct record *record)
{
	struct assembler *to = &placement->to;

	(void)record;
	emit_virtual(to, 0x8f, 0, AT(target)); /* pop gs:[target] */
	if (!operation->value)
		return;
	EMIT(to, LEA, 0xa4, 0x24); /* lea esp, [esp + */
	emit_long(to, operation->value);
}

static void emit_push_return(struct placement *placement, const struct operation *operation, struct record *record)
{
	(void)record;
	emit_byte(&placement->to, 0x68);
	emit_long(&placement->to, operation->value);
}

/* LOOP and JCXZ reach 127 bytes: they hop to a jump that reaches everything. */
static void emit_hop(struct placement *placement, const struct operation *operation, const struct insn *insn)
{
	struct assembler *to = &placement->to;

	if (insn->address_mask == 0xffff)
		emit_byte(to, 0x67);
	EMIT(to, insn->opcode, 2, JMP_SHORT, 5);
	emit_exit_jump(placement, operation);
}

static void emit_branch(struct placement *placement, const struct operation *operation, struct record *record)
{
	struct assembler *to = &placement->to;
	const struct insn *insn = &record->insn;

	if (!(insn->row->flags & INSN_CONDITION)) {
		emit_hop(placement, operation, insn);
		return;
	}
	EMIT(to, 0x0f, (uint8_t)(0x80 | (insn->opcode & 15)));
	exit_of(placement, operation)->patch = (uint16_t)to->size;
	emit_long(to, 0);
}

static void emit_leave(struct placement *placement, const struct operation *operation, struct record *record)
{
	(void)record;
	emit_exit_jump(placement, operation);
}

static void emit_lookup(struct placement *placement, const struct operation *operation, struct record *record)
{
	(void)operation;
	(void)record;
	emit_jump(&placement->to, WINDOW_ADDRESS(CACHE_POSITION));
}

static emit_operation *const emitters[] = {
	[DO_COUNT] = emit_count,
	[DO_COPY] = emit_copy,
	[DO_CLEAR_INTERRUPT_FLAG] = emit_cli,
	[DO_SET_INTERRUPT_FLAG] = emit_sti,
	[DO_CHECK_PENDING] = emit_check_pending,
	[DO_PUSH_FLAGS] = emit_push_flags,
	[DO_POP_FLAGS] = emit_pop_flags,
	[DO_READ] = emit_read,
	[DO_READ_REGISTER] = emit_read_register,
	[DO_WRITE_REGISTER] = emit_write_register,
	[DO_READ_CLOCK] = emit_read_clock,
	[DO_STORE_TABLE] = emit_store_table,
	[DO_PUSH] = emit_push,
	[DO_CHECK_SELECTOR] = emit_check_selector,
	[DO_CALLOUT] = emit_callout,
	[DO_TARGET_OPERAND] = emit_target_operand,
	[DO_TARGET_RETURN] = emit_target_return,
	[DO_PUSH_RETURN] = emit_push_return,
	[DO_BRANCH] = emit_branch,
	[DO_JUMP] = emit_leave,
	[DO_LOOKUP] = emit_lookup,
};

/* ---- a unit ---- */

/* Callouts have their stub among the records: the VMM comes back behind it. */
static void emit_stubs(struct placement *placement)
{
	struct assembler *to = &placement->to;

	for (unsigned i = 0; i < placement->unit->exits; i++) {
		struct unit_exit *exit = &placement->unit->exit[i];

		if (exit->kind == EXIT_CALLOUT)
			continue;
		exit->code = (uint16_t)to->size;
		set_displacement(to, exit->patch, to->address + to->size);
		leave_by(to, site_of(placement, exit));
	}
}

/* ---- by a piece ---- */

static bool is_of(const struct placement *placement, const struct unit_exit *exit)
{
	return &placement->unit->record[exit->record] == placement->record;
}

/* What it may lead to: the record's exits. The jump behind the last record is of the record too, and nobody's to give. */
static void offer_exits(const struct placement *placement, struct emission *emission)
{
	for (unsigned i = 0; i < placement->unit->exits; i++) {
		const struct unit_exit *exit = &placement->unit->exit[i];

		if (!is_of(placement, exit))
			continue;
		if (exit->kind == EXIT_CALLOUT)
			emission->site = site_of(placement, exit);
		else if (!(exit->kind == EXIT_TRANSFER && placement->record->in_cache < SEQUENCE_CALLOUT_END))
			emission->jumps++;
	}
}

static void take_exits(struct placement *placement, const struct emission *emission)
{
	unsigned jump = 0;

	for (unsigned i = 0; i < placement->unit->exits; i++) {
		struct unit_exit *exit = &placement->unit->exit[i];

		if (!is_of(placement, exit))
			continue;
		if (exit->kind == EXIT_CALLOUT)
			exit->code = placement->record->code;
		else if (jump < emission->jumps)
			exit->patch = (uint16_t)(placement->to.size + emission->displacement[jump++]);
	}
}

static bool emit_by_piece(struct placement *placement)
{
	struct emission emission = {
		.unit = placement->unit,
		.record = placement->record,
		.address = placement->to.address + placement->to.size,
		.site = SITE_NONE,
	};

	offer_exits(placement, &emission);
	if (!piece_emit(placement->translator, &emission))
		return false;
	take_exits(placement, &emission);
	placement->record->spilled = emission.spilled;
	emit_bytes(&placement->to, emission.code, emission.size);
	return true;
}

/* ---- an operation ---- */

static void emit_one(struct placement *placement, const struct operation *operation)
{
	struct record *record = NULL;

	if (operation->record != NO_RECORD)
		record = &placement->unit->record[operation->record];
	if (record != placement->record) {
		placement->record = record;
		if (record)
			record->code = (uint16_t)placement->to.size;
		placement->by_piece = record && emit_by_piece(placement);
	}
	if (!placement->by_piece)
		emitters[operation->kind](placement, operation, record);
	if (record)
		record->code_size = (uint16_t)(placement->to.size - record->code);
}

static uint32_t place(struct translator *translator, struct unit *unit, const struct operation *operation,
                      unsigned operations, uint8_t *code, uint32_t address, uint32_t room)
{
	struct placement placement = {
		.translator = translator,
		.unit = unit,
		.to = {.code = code, .room = room, .address = address},
	};

	for (unsigned i = 0; i < operations; i++)
		emit_one(&placement, &operation[i]);
	emit_stubs(&placement);
	return assembler_fits(&placement.to) ? placement.to.size : 0;
}

static void patch(struct translator *translator, struct unit_exit *exit, uint32_t address)
{
	struct assembler to = {
		.code = translator->cache + exit->unit->code,
		.room = exit->unit->code_size,
		.address = unit_address(exit->unit),
	};

	set_displacement(&to, exit->patch, address ? address : to.address + exit->code);
}

const struct back_end back_ia32 = {
	.name = "ia32",
	.begin = begin,
	.place = place,
	.patch = patch,
};
