/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/solutions/05-translate/translate.c - the reference solution of lab 5: what Adams and Agesen 2006, section 3.1, do to each kind of
 * instruction. Its code is byte for byte the VMM's own (bt/classify.c, bt/back_ia32.c). Encodings: Intel SDM volume 2, chapter 2.
 *
 * The guest keeps its flags in the processor's, so what a sequence does on the side must not touch them: MOV, LEA, NOT, JECXZ, PUSH
 * and POP do not (volume 1, appendix A).
 */
#include "ringside_lab.h"

/* ---- part A: how an instruction is treated ---- */

static bool is(const struct lab_decoded *insn, const char *name)
{
	return strcmp(insn->name, name) == 0;
}

static bool is_one_of(const struct lab_decoded *insn, const char *const *names)
{
	for (; *names; names++)
		if (is(insn, *names))
			return true;
	return false;
}

static enum lab_result treat(struct lab_unit_insn *unit_insn, enum lab_treatment treatment, bool ends)
{
	unit_insn->treatment = (uint8_t)treatment;
	unit_insn->ends = ends;
	return LAB_DONE;
}

/* Hardware's CS and GS are the VMM's while translated code runs. */
static bool reaches_hidden_segment(const struct lab_decoded *insn)
{
	return insn->segment == LAB_CS || insn->segment == LAB_GS;
}

/* ES, DS and FS hold the guest's own selectors; the RPL in CS and SS is the hardware ring's, GS is the VMM's. */
static bool is_shown(unsigned segment)
{
	return segment == LAB_ES || segment == LAB_DS || segment == LAB_FS;
}

/* Sequences need EAX or ECX beside the registers of the memory operand. */
static bool fits_in_cache(const struct lab_decoded *insn)
{
	bool eax = insn->base == LAB_EAX || insn->index == LAB_EAX, ecx = insn->base == LAB_ECX || insn->index == LAB_ECX;

	return !reaches_hidden_segment(insn) && !(eax && ecx);
}

/* Those that go on elsewhere, which the VMM does. */
static bool leaves_by_vmm(const struct lab_decoded *insn)
{
	static const char *const names[] = {"retf", "int", "int3", "int1", "iret", "sysenter", "sysexit", "vmcall", "ud0", "ud1", "ud2",
	                                    "rsm", "(undefined)", NULL};
	bool far = insn->operand[0] == LAB_FAR && (is(insn, "jmp") || is(insn, "call"));

	return far || is_one_of(insn, names);
}

static bool is_indirect(const struct lab_decoded *insn)
{
	return (is(insn, "jmp") || is(insn, "call")) && (insn->operand[0] == LAB_GENERAL || insn->operand[0] == LAB_MEMORY);
}

/* What it shows is in the virtual page, or it changes nothing that is not. */
static bool has_sequence(const struct lab_decoded *insn)
{
	static const char *const stores[] = {"smsw", "sldt", "str", "sgdt", "sidt", NULL};

	if (is(insn, "cli") || is(insn, "sti"))
		return true;
	if (is(insn, "pushf") || is(insn, "popf"))
		return insn->operand_size == 4;
	if (insn->operand[1] == LAB_CONTROL)
		return true;
	if (insn->operand[0] == LAB_CONTROL)
		return insn->reg == 2; /* CR2 means nothing to hardware, which only ever writes it */
	if (is(insn, "pop") && insn->operand[0] == LAB_SEGMENT)
		return is_shown(insn->reg) && insn->operand_size == 4;
	if (is(insn, "mov") && insn->operand[0] == LAB_SEGMENT)
		return is_shown(insn->reg);
	return insn->operand[1] == LAB_SEGMENT || (is(insn, "push") && insn->operand[0] == LAB_SEGMENT) || is_one_of(insn, stores);
}

/* They show what is the same in every ring, or a selector that hardware holds as the guest knows it. */
static bool tells_the_truth(const struct lab_decoded *insn)
{
	bool shows = (is(insn, "mov") && insn->operand[1] == LAB_SEGMENT) || (is(insn, "push") && insn->operand[0] == LAB_SEGMENT);

	return is(insn, "cpuid") || is(insn, "rdtsc") || (shows && is_shown(insn->reg));
}

/* They store where the last x87 instruction was, which may have been in the cache. */
static bool stores_x87_place(const struct lab_decoded *insn)
{
	static const char *const names[] = {"fnstenv", "fnsave", "fxsave", NULL};

	return is_one_of(insn, names);
}

static enum lab_result do_treatment(struct lab_vm *vm, struct lab_unit_insn *unit_insn)
{
	const struct lab_decoded *insn = &unit_insn->insn;
	bool hidden = reaches_hidden_segment(insn), narrow = insn->operand_size != 4;

	(void)vm;
	if (insn->operand[0] == LAB_RELATIVE)
		return treat(unit_insn, narrow ? LAB_CALLOUT : LAB_TRANSFER, true);
	if (is(insn, "ret") || is_indirect(insn))
		return treat(unit_insn, narrow || hidden ? LAB_CALLOUT : LAB_LOOKUP, true);
	if (leaves_by_vmm(insn))
		return treat(unit_insn, LAB_CALLOUT, true);
	if (tells_the_truth(insn) && !hidden)
		return treat(unit_insn, LAB_IDENTICAL, false);
	if (has_sequence(insn) && fits_in_cache(insn))
		return treat(unit_insn, LAB_IN_CACHE, false);
	if (insn->sensitive || hidden || stores_x87_place(insn))
		return treat(unit_insn, LAB_CALLOUT, false);
	return treat(unit_insn, LAB_IDENTICAL, false);
}

/* ---- writing code ---- */

enum { STORE = 0x89, LOAD = 0x8b, LEA = 0x8d, JMP_SHORT = 0xeb, JECXZ = 0xe3, JMP = 0xe9, GS_PREFIX = 0x65, WORD = 0x66, WORD_ADDRESS = 0x67 };
#define AT(member) ((uint32_t)offsetof(struct lab_virtual, member))

static void byte(struct lab_unit_insn *to, unsigned value)
{
	if (to->size < LAB_CODE)
		to->code[to->size] = (uint8_t)value;
	to->size++;
}

static void bytes(struct lab_unit_insn *to, const uint8_t *from, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		byte(to, from[i]);
}
#define EMIT(to, ...) bytes(to, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void dword(struct lab_unit_insn *to, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		byte(to, value >> 8 * i & 0xff);
}

/* opcode, ModRM with `reg`, and GS:[at] */
static void page(struct lab_unit_insn *to, unsigned opcode, unsigned reg, uint32_t at)
{
	EMIT(to, GS_PREFIX, (uint8_t)opcode, (uint8_t)(reg << 3 | 5));
	dword(to, at);
}

static void page_set(struct lab_unit_insn *to, uint32_t at, uint32_t value)
{
	page(to, 0xc7, 0, at); /* mov dword gs:[at], value */
	dword(to, value);
}

static void page_byte(struct lab_unit_insn *to, unsigned reg, uint32_t at)
{
	EMIT(to, GS_PREFIX, 0x0f, 0xb6, (uint8_t)(reg << 3 | 5)); /* movzx reg, byte gs:[at] */
	dword(to, at);
}

static uint32_t saved_at(unsigned reg)
{
	return AT(saved) + (reg == LAB_ECX ? 4 : 0);
}

static void spill(struct lab_unit_insn *to, unsigned reg)
{
	page(to, STORE, reg, saved_at(reg));
}

static void restore(struct lab_unit_insn *to, unsigned reg)
{
	page(to, LOAD, reg, saved_at(reg));
}

static void jump_to(struct lab_unit_insn *to, uint32_t address)
{
	byte(to, JMP);
	dword(to, address - (to->address + to->size + 4));
}

/* A displacement that the VMM fills in. */
static void exit_displacement(struct lab_unit_insn *to, unsigned exit)
{
	to->jump[exit] = to->size;
	dword(to, 0);
}

/* A short jump forward: its place, and where it leads. */
static unsigned forward(struct lab_unit_insn *to, unsigned opcode)
{
	EMIT(to, (uint8_t)opcode, 0);
	return to->size - 1;
}

static void here(struct lab_unit_insn *to, unsigned place)
{
	to->code[place] = (uint8_t)(to->size - (place + 1));
}

/* ---- memory operands ---- */

static void prefixes(struct lab_unit_insn *to)
{
	static const uint8_t override[] = {[LAB_ES] = 0x26, [LAB_CS] = 0x2e, [LAB_SS] = 0x36, [LAB_DS] = 0x3e, [LAB_FS] = 0x64,
	                                   [LAB_GS] = 0x65};
	const struct lab_decoded *insn = &to->insn;
	unsigned usual = insn->base == LAB_EBP || insn->base == LAB_ESP ? LAB_SS : LAB_DS;

	if (insn->segment != usual)
		byte(to, override[insn->segment]);
	if (insn->address_size == 2)
		byte(to, WORD_ADDRESS);
}

/* The eight ways of 16-bit addressing, by base and index. */
static unsigned rm_16(const struct lab_decoded *insn)
{
	switch (insn->base) {
	case LAB_EBX: return insn->index == LAB_ESI ? 0 : insn->index == LAB_EDI ? 1 : 7;
	case LAB_EBP: return insn->index == LAB_ESI ? 2 : insn->index == LAB_EDI ? 3 : 6;
	case LAB_ESI: return 4;
	default: return 5; /* EDI */
	}
}

static void memory_16(struct lab_unit_insn *to, unsigned reg, uint32_t displacement)
{
	if (to->insn.base == LAB_NO_REGISTER)
		byte(to, reg << 3 | 6);
	else
		byte(to, 0x80 | reg << 3 | rm_16(&to->insn));
	EMIT(to, (uint8_t)displacement, (uint8_t)(displacement >> 8));
}

static void modrm(struct lab_unit_insn *to, unsigned mod, unsigned reg)
{
	const struct lab_decoded *insn = &to->insn;
	unsigned base = insn->base == LAB_NO_REGISTER ? LAB_EBP : insn->base;

	if (insn->index == LAB_NO_REGISTER && base != LAB_ESP) {
		byte(to, mod << 6 | reg << 3 | base);
		return;
	}
	byte(to, mod << 6 | reg << 3 | LAB_ESP);
	byte(to, (unsigned)insn->scale << 6 | (insn->index == LAB_NO_REGISTER ? LAB_ESP : insn->index) << 3 | base);
}

/* ModRM, SIB and displacement of the memory operand, `further` bytes on: the shortest form that says it. */
static void memory(struct lab_unit_insn *to, unsigned reg, uint32_t further)
{
	const struct lab_decoded *insn = &to->insn;
	uint32_t displacement = insn->displacement + further;

	if (insn->address_size == 2) {
		memory_16(to, reg, displacement);
	} else if (insn->base == LAB_NO_REGISTER) {
		modrm(to, 0, reg);
		dword(to, displacement);
	} else if (displacement == 0 && insn->base != LAB_EBP) {
		modrm(to, 0, reg);
	} else if (displacement == (uint32_t)(int8_t)displacement) {
		modrm(to, 1, reg);
		byte(to, displacement & 0xff);
	} else {
		modrm(to, 2, reg);
		dword(to, displacement);
	}
}

/* ---- part B: identical, and transfers ---- */

static enum lab_result do_identical(struct lab_vm *vm, struct lab_unit_insn *to)
{
	(void)vm;
	bytes(to, to->insn.bytes, to->insn.length);
	return LAB_DONE;
}

static void leave_by_exit(struct lab_unit_insn *to, unsigned exit)
{
	byte(to, JMP);
	exit_displacement(to, exit);
}

/* LOOP and JCXZ reach 127 bytes: they hop to a jump that reaches everything. */
static void hop(struct lab_unit_insn *to)
{
	if (to->insn.address_size == 2)
		byte(to, WORD_ADDRESS);
	EMIT(to, to->insn.opcode, 2, JMP_SHORT, 5);
	leave_by_exit(to, 0);
}

/* What a call pushes is the guest's address, which the guest may look at. */
static void push_return(struct lab_unit_insn *to)
{
	byte(to, 0x68);
	dword(to, to->insn.next);
}

static enum lab_result do_transfer(struct lab_vm *vm, struct lab_unit_insn *to)
{
	const struct lab_decoded *insn = &to->insn;

	(void)vm;
	if (is(insn, "call"))
		push_return(to);
	if (is(insn, "call") || is(insn, "jmp")) {
		leave_by_exit(to, 0);
		return LAB_DONE;
	}
	if (insn->condition == LAB_NO_CONDITION) {
		hop(to);
	} else {
		EMIT(to, 0x0f, (uint8_t)(0x80 | insn->condition));
		exit_displacement(to, 0);
	}
	leave_by_exit(to, 1);
	return LAB_DONE;
}

/* The operand is read first: what it names may be the stack's top, or lie where a push would go. */
static void set_target(struct lab_unit_insn *to)
{
	if (to->insn.operand[0] == LAB_GENERAL) {
		page(to, STORE, to->insn.rm, AT(target));
		return;
	}
	spill(to, LAB_EAX);
	prefixes(to);
	byte(to, LOAD);
	memory(to, LAB_EAX, 0);
	page(to, STORE, LAB_EAX, AT(target));
	restore(to, LAB_EAX);
}

static enum lab_result do_lookup(struct lab_vm *vm, struct lab_unit_insn *to)
{
	const struct lab_decoded *insn = &to->insn;

	(void)vm;
	if (!is(insn, "ret")) {
		set_target(to);
	} else {
		page(to, 0x8f, 0, AT(target)); /* pop gs:[target] */
		if (insn->immediate) {
			EMIT(to, LEA, 0xa4, 0x24); /* lea esp, [esp + */
			dword(to, insn->immediate);
		}
	}
	if (is(insn, "call"))
		push_return(to);
	jump_to(to, to->lookup);
	return LAB_DONE;
}

/* ---- part C: in the cache ---- */

/* Leaves by the exit when an interrupt waits that the guest now takes. `of_popf`: and when IF is set. */
static void check_pending(struct lab_unit_insn *to, bool of_popf)
{
	unsigned held = 0, none;

	spill(to, LAB_ECX);
	if (of_popf) {
		page(to, LOAD, LAB_ECX, AT(interrupt_flag));
		held = forward(to, JECXZ);
	}
	page(to, LOAD, LAB_ECX, AT(pending));
	none = forward(to, JECXZ);
	restore(to, LAB_ECX);
	leave_by_exit(to, 0);
	here(to, none);
	if (of_popf)
		here(to, held);
	restore(to, LAB_ECX);
}

/* Hardware pushes its own flags: IF is 1 and IOPL 0, always. The guest's are added by LEA. */
static void push_flags(struct lab_unit_insn *to)
{
	to->spilled = 1 << LAB_EAX | 1 << LAB_ECX;
	spill(to, LAB_EAX);
	spill(to, LAB_ECX);
	EMIT(to, 0x9c, LOAD, 0x04, 0x24); /* pushfd; mov eax, [esp] */
	page(to, LOAD, LAB_ECX, AT(interrupt_flag));
	EMIT(to, LEA, 0x84, 0x08); /* lea eax, [eax + ecx + */
	dword(to, -(uint32_t)LAB_IF);
	page(to, LOAD, LAB_ECX, AT(io_privilege));
	EMIT(to, LEA, 0x04, 0x08, STORE, 0x04, 0x24); /* lea eax, [eax + ecx]; mov [esp], eax */
	restore(to, LAB_ECX);
	restore(to, LAB_EAX);
}

static void masked_flag(struct lab_unit_insn *to, uint32_t mask, uint32_t at)
{
	EMIT(to, LOAD, 0xc8, 0x81, 0xe1); /* mov ecx, eax; and ecx, */
	dword(to, mask);
	page(to, STORE, LAB_ECX, at);
}

/* The old status flags are dead as soon as the stack has been read: POPFD brings new ones. It leaves hardware's IF and IOPL as they
 * are, for it is deprivileged. */
static void pop_flags(struct lab_unit_insn *to)
{
	to->spilled = 1 << LAB_EAX | 1 << LAB_ECX;
	spill(to, LAB_EAX);
	spill(to, LAB_ECX);
	EMIT(to, LOAD, 0x04, 0x24); /* mov eax, [esp] */
	masked_flag(to, LAB_IF, AT(interrupt_flag));
	masked_flag(to, LAB_IOPL, AT(io_privilege));
	restore(to, LAB_ECX);
	restore(to, LAB_EAX);
	byte(to, 0x9d); /* popfd */
	check_pending(to, true);
}

/* A register that the memory operand does not need for its address. */
static unsigned free_register(const struct lab_decoded *insn)
{
	return insn->base == LAB_EAX || insn->index == LAB_EAX ? LAB_ECX : LAB_EAX;
}

static void store(struct lab_unit_insn *to, unsigned reg, unsigned size, uint32_t further)
{
	if (size == 2)
		byte(to, WORD);
	prefixes(to);
	byte(to, STORE);
	memory(to, reg, further);
}

/* SMSW and its kin: a word in memory, or a register of operand size. */
static void show(struct lab_unit_insn *to, uint32_t at)
{
	unsigned reg = free_register(&to->insn);

	if (to->insn.operand[0] == LAB_GENERAL) {
		if (to->insn.operand_size == 2)
			byte(to, WORD);
		page(to, LOAD, to->insn.rm, at);
		return;
	}
	to->spilled = (uint8_t)(1 << reg);
	spill(to, reg);
	page(to, LOAD, reg, at);
	store(to, reg, 2, 0);
	restore(to, reg);
}

/* Both stores happen or none: NOT [base] twice changes nothing, and faults where the second store would. */
static void store_table(struct lab_unit_insn *to, uint32_t at)
{
	unsigned reg = free_register(&to->insn);

	to->spilled = (uint8_t)(1 << reg);
	spill(to, reg);
	for (unsigned i = 0; i < 2; i++) {
		prefixes(to);
		byte(to, 0xf7);
		memory(to, 2, 2);
	}
	page(to, LOAD, reg, at);
	store(to, reg, 2, 0);
	page(to, LOAD, reg, at + 4);
	store(to, reg, 4, 2);
	restore(to, reg);
}

/* MOVZX ECX, the word that is to be loaded. */
static void read_selector(struct lab_unit_insn *to)
{
	if (is(&to->insn, "pop")) {
		EMIT(to, 0x0f, 0xb7, 0x0c, 0x24); /* [esp] */
		return;
	}
	if (to->insn.operand[1] == LAB_MEMORY)
		prefixes(to);
	EMIT(to, 0x0f, 0xb7);
	if (to->insn.operand[1] == LAB_MEMORY)
		memory(to, LAB_ECX, 0);
	else
		byte(to, 0xc0 | LAB_ECX << 3 | to->insn.rm);
}

static void call_vmm(struct lab_unit_insn *to)
{
	page_set(to, AT(site), to->site);
	jump_to(to, to->doorway);
}

/* Hardware compares RPL with its own ring and with DPLs that are not the guest's, and has the VMM's descriptors at the GDT's end: a
 * selector whose high byte is not 0, or whose RPL is closed, is the VMM's to load. */
static void load_segment(struct lab_unit_insn *to)
{
	unsigned low, open, closed;

	to->spilled = 1 << LAB_ECX;
	spill(to, LAB_ECX);
	read_selector(to);
	page(to, STORE, LAB_ECX, AT(checked));
	page_byte(to, LAB_ECX, AT(checked) + 1);
	low = forward(to, JECXZ);
	closed = to->size;
	restore(to, LAB_ECX);
	call_vmm(to);
	here(to, low);
	page_byte(to, LAB_ECX, AT(checked));
	EMIT(to, GS_PREFIX, 0x0f, 0xb6, 0x89); /* movzx ecx, byte gs:[ecx + */
	dword(to, AT(closed_rpl));
	open = forward(to, JECXZ);
	EMIT(to, JMP_SHORT, (uint8_t)(closed - (to->size + 2)));
	here(to, open);
	restore(to, LAB_ECX);
	bytes(to, to->insn.bytes, to->insn.length);
}

static uint32_t control_at(unsigned reg)
{
	static const uint32_t at[] = {AT(cr0), AT(cr0), AT(cr2), AT(cr3), AT(cr4)};

	return at[reg <= 4 ? reg : 0];
}

static uint32_t selector_at(unsigned reg)
{
	return AT(selector) + 4 * reg;
}

static void in_cache_control(struct lab_unit_insn *to)
{
	if (to->insn.operand[0] == LAB_CONTROL)
		page(to, STORE, to->insn.rm, control_at(to->insn.reg));
	else
		page(to, LOAD, to->insn.rm, control_at(to->insn.reg));
}

static void in_cache_segment(struct lab_unit_insn *to)
{
	if (is(&to->insn, "push")) {
		if (to->insn.operand_size == 2)
			byte(to, WORD);
		page(to, 0xff, 6, selector_at(to->insn.reg));
	} else if (to->insn.operand[0] == LAB_SEGMENT) {
		load_segment(to);
	} else {
		show(to, selector_at(to->insn.reg));
	}
}

static enum lab_result do_in_cache(struct lab_vm *vm, struct lab_unit_insn *to)
{
	const struct lab_decoded *insn = &to->insn;

	(void)vm;
	if (is(insn, "cli"))
		page_set(to, AT(interrupt_flag), 0);
	else if (is(insn, "sti"))
		page_set(to, AT(interrupt_flag), LAB_IF), check_pending(to, false);
	else if (is(insn, "pushf"))
		push_flags(to);
	else if (is(insn, "popf"))
		pop_flags(to);
	else if (is(insn, "sgdt") || is(insn, "sidt"))
		store_table(to, is(insn, "sgdt") ? AT(gdtr_limit) : AT(idtr_limit));
	else if (is(insn, "smsw") || is(insn, "sldt") || is(insn, "str"))
		show(to, is(insn, "smsw") ? AT(cr0) : selector_at(is(insn, "sldt") ? LAB_LDTR : LAB_TR));
	else if (insn->operand[0] == LAB_CONTROL || insn->operand[1] == LAB_CONTROL)
		in_cache_control(to);
	else
		in_cache_segment(to);
	return LAB_DONE;
}

/* ---- part D: callouts ---- */

static enum lab_result do_callout(struct lab_vm *vm, struct lab_unit_insn *to)
{
	(void)vm;
	call_vmm(to);
	return LAB_DONE;
}

const struct lab_piece ringside_lab = {
	LAB_PIECE_HEADER,
	.name = "lab 5, reference",
	.translator = {
		.treatment = do_treatment, .identical = do_identical, .in_cache = do_in_cache, .callout = do_callout,
		.transfer = do_transfer, .lookup = do_lookup,
	},
};
