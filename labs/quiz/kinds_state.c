/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/quiz/kinds_state.c - questions about the two truths themselves: CPL, IF, CR3, and which of the two an instruction shows the guest
 * (Robin and Irvine 2000).
 */
#include "labs/quiz/kinds.h"

#include <inttypes.h>
#include <string.h>

/* ---- answers of the form guest/hardware ---- */

static void pair_wrongs(struct asking *asking, unsigned guest, unsigned hardware, const char *guest_twice, const char *hardware_twice)
{
	set_right(asking, "%u/%u", guest, hardware);
	add_wrong(asking, "these are the two truths the other way round: what the guest believes comes first", "%u/%u", hardware, guest);
	add_wrong(asking, guest_twice, "%u/%u", guest, guest);
	add_wrong(asking, hardware_twice, "%u/%u", hardware, hardware);
}

/* ---- CPL ---- */

/* The exit says in which ring the processor was, as long as it is the ring that holds the guest in. */
static bool exit_tells_ring(const struct moment *moment)
{
	return moment->exited && moment->vm->technique->deprivileges;
}

/* Where no exit tells it is asked only where the ring stays, so that there is one answer. */
bool fits_cpl(const struct moment *moment)
{
	return moment->has_hardware && moment->decoded && (exit_tells_ring(moment) || moment->before.cpl == moment->after.cpl);
}

void ask_cpl(struct asking *asking)
{
	const struct moment *moment = asking->moment;
	unsigned guest = moment->before.cpl, hardware = exit_tells_ring(moment) ? moment->exit.real_cpl : moment->hardware.cpl;

	say_code(asking);
	say(asking, "With which CPL is this instruction executed: as the guest believes, and in the hardware?\n");
	set_otherwise(asking, "the guest's CPL is the RPL in its own CS. The hardware's depends on how it is run: a VMM that deprivileges "
	                      "puts the kernel into the outer ring that was chosen and leaves programs in ring 3; with hardware assist "
	                      "every ring stays what it is");
	pair_wrongs(asking, guest, hardware,
	            "you have given the guest's truth twice: its kernel does believe in ring 0, but by this technique no code of a guest runs there",
	            "you have given the hardware's truth twice: look at the RPL of the guest's CS for what it believes");
	add_wrong(asking, "the guest's CS has RPL 3: this is a program of its own, and it knows it", "0/%u", hardware);
	for (unsigned ring = 1; ring < 4; ring += 2)
		add_wrong(asking, moment->vm->technique->deprivileges
		                          ? "programs stay in ring 3, the kernel runs in the ring that stands above: neither is this"
		                          : "with hardware assist nobody is put into another ring: non-root operation is what keeps the guest in",
		          "%u/%u", guest, ring);
}

/* ---- IF ---- */

bool fits_if(const struct moment *moment)
{
	static const char *const about[] = {"cli", "sti", "popf", NULL};

	return moment->has_hardware && moment->decoded && moment->after.eip != moment->before.eip && moment_is(moment, about);
}

static void popf_wrongs(struct asking *asking, unsigned hardware)
{
	const struct moment *moment = asking->moment;
	uint32_t popped;

	if (!moment_read(moment, moment->before.segment[SS].base + moment->before.gpr[ESP], &popped))
		return;
	say(asking, "  The dword at [esp] is %08" PRIx32 " (IF %u).\n", popped, popped >> 9 & 1);
	add_wrong(asking,
	          "that is what POPF would do in ring 0. Where CPL > IOPL it leaves IF as it is and raises nothing, so the VMM never hears of it",
	          "%u/%u", popped >> 9 & 1, hardware);
	add_wrong(asking, "POPF does not give the hardware's IF away either: where CPL > IOPL it leaves IF as it is", "%u/%u",
	          moment->after.eflags >> 9 & 1, popped >> 9 & 1);
}

void ask_if(struct asking *asking)
{
	const struct moment *moment = asking->moment;
	unsigned guest = moment->after.eflags >> 9 & 1, hardware = moment->hardware.eflags >> 9 & 1;

	say_code(asking);
	set_right(asking, "%u/%u", guest, hardware);
	if (strcmp(moment->insn.row->mnemonic, "popf") == 0)
		popf_wrongs(asking, hardware);
	if (moment->handler != NO_HANDLER)
		say_exception(asking);
	say(asking, "What is IF afterwards: as the guest believes, and in the hardware?\n");
	if (moment->handler != NO_HANDLER)
		add_wrong(asking, "a program with CPL > IOPL may not change IF: the exception is the guest's own, and nobody does it instead", "%u/%u",
		          moment->insn.row->mnemonic[0] == 's', hardware);
	set_otherwise(asking, "ask first whether the VMM gets to see the instruction: only then does the guest's IF become what the guest "
	                      "wants. The hardware's IF is the VMM's affair");
	pair_wrongs(asking, guest, hardware,
	            "you have given the guest's truth twice: were the hardware's IF the guest's, the VMM would lose its timer",
	            "you have given the hardware's truth twice: the virtual CPU has an IF of its own");
	add_wrong(asking, moment->handler != NO_HANDLER
	                          ? "IF was so before; but an interrupt gate clears it when the guest comes to its handler"
	                          : "IF was so before; but by this technique the VMM gets to see the instruction, and does what the guest wants",
	          "%u/%u", moment->before.eflags >> 9 & 1, hardware);
}

/* ---- CR3 ---- */

bool fits_cr3(const struct moment *moment)
{
	const struct insn *insn = &moment->insn;

	return moment->has_hardware && moment->decoded && insn->two_byte && insn->opcode == 0x22 && insn->reg == 3 &&
	       moment->after.eip == moment_next(moment);
}

void ask_cr3(struct asking *asking)
{
	const struct moment *moment = asking->moment;
	bool same = moment->hardware.cr3 == moment->after.cr3;

	say_code(asking);
	say(asking, "  CR3 before it: %08" PRIx32 " as the guest believes, %08" PRIx32 " in the hardware.\n", moment->before.cr3,
	    moment->hardware.cr3);
	say(asking, "Which CR3 does the guest believe in afterwards, and does the hardware's CR3 hold the same number or another?\n");
	set_right(asking, "%08" PRIx32 " %s", moment->after.cr3, same ? "same" : "other");
	set_otherwise(asking, "the guest believes in the page directory that it has loaded. Which tables the hardware walks is another "
	                      "matter: shadow tables are the VMM's own, under nested paging they are the guest's");
	add_wrong(asking, same ? "with nested paging the hardware walks the guest's own tables, and the VMM's behind them"
	                       : "the hardware walks shadow tables of the VMM's, whose root lies elsewhere",
	          "%08" PRIx32 " %s", moment->after.cr3, same ? "other" : "same");
	add_wrong(asking, "the guest can read its CR3 and finds there what it has put in, not the hardware's", "%08" PRIx32 " other",
	          moment->hardware.cr3);
}

/* ---- what is read ---- */

enum { IN_REGISTER, ON_STACK, IN_MEMORY };

static const struct {
	const char *name;
	size_t at;
	uint8_t size;
} registers[] = {
#define REGISTER(name, member) {name, offsetof(struct cpu_state, member), sizeof(((struct cpu_state *)0)->member)}
	REGISTER("CR0", cr0), REGISTER("CR3", cr3), REGISTER("CR4", cr4), REGISTER("EFLAGS", eflags), REGISTER("CS", segment[CS].selector),
	REGISTER("SS", segment[SS].selector), REGISTER("TR", segment[TR].selector), REGISTER("LDTR", segment[LDTR].selector),
	REGISTER("GDTR's base", gdtr.base), REGISTER("IDTR's base", idtr.base),
#undef REGISTER
};

enum { ROW_CR0, ROW_CR3, ROW_CR4, ROW_EFLAGS, ROW_CS, ROW_SS, ROW_TR, ROW_LDTR, ROW_GDTR, ROW_IDTR, ROWS };

/* Which instructions show the guest something of the processor's state: what, and where they put it. */
static const struct reader {
	bool two_byte;
	uint8_t opcode;
	int8_t reg; /* -1: any */
	uint8_t source, row;
} readers[] = {
	{false, 0x8c, 1, IN_REGISTER, ROW_CS},  {false, 0x8c, 2, IN_REGISTER, ROW_SS},  {false, 0x9c, -1, ON_STACK, ROW_EFLAGS},
	{false, 0x0e, -1, ON_STACK, ROW_CS},    {false, 0x16, -1, ON_STACK, ROW_SS},    {true, 0x20, 0, IN_REGISTER, ROW_CR0},
	{true, 0x20, 3, IN_REGISTER, ROW_CR3},  {true, 0x20, 4, IN_REGISTER, ROW_CR4},  {true, 0x00, 0, IN_REGISTER, ROW_LDTR},
	{true, 0x00, 1, IN_REGISTER, ROW_TR},   {true, 0x01, 4, IN_REGISTER, ROW_CR0},  {true, 0x01, 0, IN_MEMORY, ROW_GDTR},
	{true, 0x01, 1, IN_MEMORY, ROW_IDTR},
};

static const struct reader *reader_of(const struct moment *moment)
{
	const struct insn *insn = &moment->insn;

	for (unsigned i = 0; i < sizeof readers / sizeof *readers; i++)
		if (readers[i].two_byte == insn->two_byte && readers[i].opcode == insn->opcode &&
		    (readers[i].reg < 0 || readers[i].reg == insn->reg) && (readers[i].source == IN_MEMORY) == insn->memory)
			return &readers[i];
	return NULL;
}

bool fits_reads(const struct moment *moment)
{
	return moment->has_hardware && moment->decoded && moment->after.eip == moment_next(moment) && moment->insn.operand_size == 4 &&
	       reader_of(moment);
}

static uint32_t value_of(const struct cpu_state *state, unsigned index)
{
	uint32_t value = 0;

	memcpy(&value, (const char *)state + registers[index].at, registers[index].size);
	return value;
}

static void say_registers(struct asking *asking)
{
	const struct moment *moment = asking->moment;

	say(asking, "  %-12s  guest     hardware\n", "");
	for (unsigned i = 0; i < ROWS; i++)
		say(asking, "  %-12s  %08" PRIx32 "  %08" PRIx32 "\n", registers[i].name, value_of(&moment->before, i),
		    value_of(&moment->hardware, i));
}

/* The other truth of the register that is read; then all others'. */
static void read_wrongs(struct asking *asking, unsigned row)
{
	const struct moment *moment = asking->moment;
	bool translated = !moment->exited && moment->vm->technique->translated != NULL;

	add_wrong(asking, "that is what the guest believes. But nothing traps here: who answers is the processor, with what it holds itself",
	          "%08" PRIx32, value_of(&moment->before, row));
	add_wrong(asking, translated ? "that is what the hardware holds. But the translator has put something else in the instruction's place, which "
	                               "shows the virtual CPU"
	                             : "that is what the hardware holds. But the instruction traps, and the VMM answers with what the guest believes",
	          "%08" PRIx32, value_of(&moment->hardware, row));
	for (unsigned i = 0; i < ROWS; i++) {
		add_wrong(asking, "that is another register, of those that the guest believes in", "%08" PRIx32, value_of(&moment->before, i));
		add_wrong(asking, "that is another register, of those that the hardware holds", "%08" PRIx32, value_of(&moment->hardware, i));
	}
}

static uint32_t value_read(const struct moment *moment, const struct reader *reader)
{
	uint32_t value = 0;

	if (reader->source == IN_REGISTER)
		return moment->after.gpr[moment->insn.rm];
	if (reader->source == ON_STACK)
		moment_read(moment, moment->after.segment[SS].base + moment->after.gpr[ESP], &value);
	else
		moment_read(moment, moment_operand(moment) + 2, &value); /* behind the limit */
	return value;
}

void ask_reads(struct asking *asking)
{
	static const char *const names[] = {"EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"};
	const struct moment *moment = asking->moment;
	const struct reader *reader = reader_of(moment);

	say_code(asking);
	say_registers(asking);
	if (reader->source == IN_REGISTER)
		say(asking, "What does %s hold afterwards?\n", names[moment->insn.rm]);
	else
		say(asking, reader->source == ON_STACK ? "Which dword does it push?\n" : "Which base does it store?\n");
	set_right(asking, "%08" PRIx32, value_read(moment, reader));
	read_wrongs(asking, reader->row);
	set_otherwise(asking, "the answer is in one of the two columns. Does the VMM get to see the instruction? Then it answers, from the left one; if "
	                      "not, the processor does, from the right one");
}
