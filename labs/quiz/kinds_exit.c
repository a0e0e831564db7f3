/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/quiz/kinds_exit.c - questions about what leaves the guest, and what the VMM makes of it: emulated, repaired in secret, or handed to
 * the guest's own handler with a frame on its stack (SDM vol. 3, 6.12 and 6.13).
 */
#include "labs/quiz/kinds.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool is_page_fault(const struct moment *moment)
{
	return moment->exited && (moment->exit.kind == EV_HIDDEN_FAULT || moment->exit.kind == EV_TRUE_FAULT);
}

/* Exits that depend on what the VMM's tables happen to hold, or on the time: nobody can tell them beforehand. */
static bool is_chance(const struct event *exit)
{
	static const enum event_kind kinds[] = {EV_HIDDEN_FAULT, EV_DESCRIPTOR, EV_TRACE, EV_INTERRUPT};

	for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (exit->kind == kinds[i])
			return true;
	return strncmp(exit->reason, "EPT", 3) == 0;
}

static bool can_be_told(const struct moment *moment)
{
	if (!moment->decoded)
		return false;
	return moment->exited ? !is_chance(&moment->exit) : moment->insn.row->insn_class != CLASS_INNOCUOUS;
}

/* ---- which exception ---- */

bool fits_exception(const struct moment *moment)
{
	return can_be_told(moment) && (!moment->exited || (moment->exit.has_vector && exception_name(moment->exit.vector)[0]));
}

void ask_exception(struct asking *asking)
{
	const struct moment *moment = asking->moment;

	say_code(asking);
	if (is_page_fault(moment))
		say(asking, "  The guest's page tables do not allow the access to %08" PRIx32 ".\n", moment->exit.address);
	say(asking, "Which exception does the processor raise? (It knows its own CPL, not the guest's.)\n");
	set_right(asking, "%s", moment->exited ? exception_name(moment->exit.vector) : "none");
	if (moment->exited)
		set_otherwise(asking, "the hardware goes by its own truth: its CPL, its IOPL, its page tables. Look up under 'Protected Mode "
		                      "Exceptions' in volume 2 what it checks");
	else
		set_otherwise(asking, "this instruction is sensitive, and yet the processor raises nothing: that is why IA-32 could not be "
		                      "virtualized by traps alone (Robin and Irvine)");
	add_wrong(asking, is_page_fault(moment) ? "the guest's own tables do not allow the access; shadow tables allow no more than they do"
	                  : moment->insn.row->insn_class == CLASS_PRIVILEGED
	                          ? "for the CPL that the guest believes in the instruction would be allowed; the processor looks at its own"
	                          : "this one raises an exception in whatever ring",
	          "none");
}

/* ---- why it leaves ---- */

bool fits_exit(const struct moment *moment)
{
	return can_be_told(moment) && (!moment->exited || moment->exit.reason[0] != '(');
}

void ask_exit(struct asking *asking)
{
	const struct moment *moment = asking->moment;

	say_code(asking);
	if (is_page_fault(moment))
		say(asking, "  The guest's page tables do not allow the access to %08" PRIx32 ".\n", moment->exit.address);
	say(asking, "For which reason does the guest leave for the VMM, as `ringside stats` counts it? One of\n  ");
	for (const char *const *reason = asking->reasons; *reason; reason++)
		say(asking, "%s, ", *reason);
	say(asking, "none\n");
	set_right(asking, "%s", moment->exited ? moment->exit.reason : "none");
	if (moment->exited)
		set_otherwise(asking, "it leaves for another reason: a privileged instruction is counted by its own name, an exception of the "
		                      "guest's own by the exception's");
	else
		set_otherwise(asking, "nothing leaves here: the processor does it alone. The guest has a right to it, or it is sensitive and does "
		                      "not trap, or the VMM has told the hardware to let it pass");
	add_wrong(asking, "it does leave: the hardware does not let it do this by itself, whatever CPL it believes in", "none");
}

/* ---- where it goes on ---- */

bool fits_next_eip(const struct moment *moment)
{
	return moment->decoded && moment->exited && moment->exit.kind != EV_INTERRUPT && moment->exit.has_vector &&
	       (moment->handler != NO_HANDLER || moment->after.eip == moment_next(moment) || moment->exit.kind == EV_HIDDEN_FAULT);
}

static void next_eip_wrongs(struct asking *asking)
{
	const struct moment *moment = asking->moment;
	uint32_t next = moment_next(moment), handler = 0;
	bool clears, own = moment->handler != NO_HANDLER, hidden = moment->exit.kind == EV_HIDDEN_FAULT;

	moment_gate(moment, moment->exit.vector, &handler, &clears);
	add_wrong(asking, own      ? "nobody does this instruction for the guest: the exception is the guest's own, and its handler comes next"
	                  : hidden ? "the VMM has only repaired its tables: the instruction has done nothing yet"
	                           : "EIP has moved otherwise",
	          "%08" PRIx32, next);
	add_wrong(asking, own      ? "it begins anew only if the guest's handler returns to it; the handler comes first"
	                  : hidden ? "EIP has moved otherwise"
	                           : "the VMM has done the instruction for the guest; would EIP stay, it would be done for ever",
	          "%08" PRIx32, moment->before.eip);
	add_wrong(asking, hidden ? "the guest's own tables allow this access: it must never hear of the fault"
	                         : "the exception was meant for the VMM: what the guest did is allowed at the CPL that it believes in, so its "
	                           "IDT has no part in it",
	          "%08" PRIx32, handler);
}

void ask_next_eip(struct asking *asking)
{
	const struct moment *moment = asking->moment;

	say_code(asking);
	say_exception(asking);
	if (is_page_fault(moment))
		say(asking, "  The guest's page tables %s the access to %08" PRIx32 ".\n",
		    moment->exit.kind == EV_HIDDEN_FAULT ? "allow" : "do not allow", moment->exit.address);
	say(asking, "At which EIP does the guest go on when the VMM lets it?\n");
	set_right(asking, "%08" PRIx32, moment->after.eip);
	next_eip_wrongs(asking);
	set_otherwise(asking, "three things can be: the VMM has done the instruction, and EIP stands behind it; the VMM has repaired something, and "
	                      "it begins anew; or the exception is the guest's own, and its handler comes next");
}

/* ---- the frame ---- */

bool fits_frame(const struct moment *moment)
{
	return moment->decoded && moment->handler != NO_HANDLER && moment->before.eflags != 0;
}

/* SDM vol. 3, table 6-1; INT n pushes none. */
static bool pushes_error(unsigned vector)
{
	return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
}

enum part { PART_ERROR, PART_EIP, PART_CS, PART_EFLAGS, PART_ESP, PART_SS, PARTS };
static const char *const part_names[PARTS] = {"the error code", "EIP", "CS", "EFLAGS", "ESP", "SS"};

static uint32_t slot(const struct moment *moment, unsigned index)
{
	uint32_t value = 0;

	moment_read(moment, moment->after.segment[SS].base + moment->after.gpr[ESP] + 4 * index, &value);
	return value;
}

static void part_wrongs(struct asking *asking, enum part part, uint32_t value)
{
	const struct moment *moment = asking->moment;
	unsigned real = moment->exited ? moment->exit.real_cpl : moment->before.cpl;
	bool fault = moment->handler < 32;

	if (part == PART_CS || part == PART_SS)
		add_wrong(asking, "that is the selector as the hardware held it, with the real ring in it: the guest must find its own", "%08" PRIx32,
		          (value & ~3u) | real);
	if (part == PART_EFLAGS) {
		add_wrong(asking, "IF is the hardware's here: what is pushed is the guest's own", "%08" PRIx32, value ^ 0x200);
		add_wrong(asking, "the processor sets RF in the EFLAGS that a fault pushes, and only there (SDM vol. 3, 17.3.1.1)", "%08" PRIx32,
		          value ^ 0x10000);
	}
	if (part == PART_EIP)
		add_wrong(asking, fault ? "a fault pushes the address of the instruction itself, so that it can begin anew"
		                        : "INT n pushes the address behind itself",
		          "%08" PRIx32, fault ? moment_next(moment) : moment->before.eip);
	if (part == PART_ESP)
		add_wrong(asking, "that is the stack of the handler; what is pushed is the one that was left", "%08" PRIx32,
		          moment->after.gpr[ESP]);
}

void ask_frame(struct asking *asking)
{
	const struct moment *moment = asking->moment;
	bool error = pushes_error((unsigned)moment->handler), inner = moment->after.cpl != moment->before.cpl;
	unsigned slots = error + 3u + 2u * inner, chosen = (unsigned)(asking->random % slots);
	uint32_t value = slot(moment, chosen);
	char why[96];

	say_code(asking);
	say_exception(asking);
	if (is_page_fault(moment))
		say(asking, "  The guest's page tables do not allow the access to %08" PRIx32 ".\n", moment->exit.address);
	say(asking, "The guest comes to its handler. Which dword lies at [esp%s%.0u] before the handler's first instruction?\n",
	    chosen ? "+" : "", 4 * chosen);
	set_right(asking, "%08" PRIx32, value);
	part_wrongs(asking, (enum part)(chosen + !error), value);
	for (unsigned i = 0; i < slots; i++) {
		snprintf(why, sizeof why, "that is %s, and it lies at [esp+%u]", part_names[i + !error], 4 * i);
		add_wrong(asking, why, "%08" PRIx32, slot(moment, i));
	}
	set_otherwise(asking, "from the lowest address on lie the error code (if the exception has one), EIP, CS, EFLAGS, and ESP and SS when the "
	                      "ring has changed: all of them as the guest believes, not as the hardware held them");
}

/* ---- hidden, true, and the error code ---- */

bool fits_error_code(const struct moment *moment)
{
	return is_page_fault(moment) && moment->exit.has_vector && moment->exit.has_error && moment->decoded &&
	       (moment->exit.kind == EV_HIDDEN_FAULT || moment->handler == moment->exit.vector);
}

static void say_walk(struct asking *asking, uint32_t linear)
{
	const struct moment *moment = asking->moment;
	struct walk walk;

	cpu_walk(&moment->after, &moment->vm->guest_bus, linear, ACCESS_READ, false, &walk);
	for (unsigned i = 0; i < walk.steps; i++) {
		uint64_t entry = walk.step[i].entry;

		say(asking, "  Its %s for %08" PRIx32 " is %08" PRIx64 ": %spresent, %s, %s.\n",
		    walk.step[i].level == 1 ? "page table entry" : "directory entry", linear, entry, entry & 1 ? "" : "not ",
		    entry & 2 ? "for stores too" : "for loads only", entry & 4 ? "for ring 3 too" : "not for ring 3");
	}
}

void ask_error_code(struct asking *asking)
{
	const struct moment *moment = asking->moment;
	uint32_t code = slot(moment, 0);

	say_code(asking);
	say_walk(asking, moment->exit.address);
	say(asking, "  CR0.WP is %u as the guest believes. The processor raises #PF here.\n", moment->before.cr0 >> 16 & 1);
	say(asking, "Is it hidden from the guest, or which error code does the guest's handler find?\n");
	if (moment->exit.kind == EV_HIDDEN_FAULT) {
		set_right(asking, "hidden");
		set_otherwise(asking, "look at the guest's own tables: they allow the access. That the shadow tables do not yet is no business of "
		                      "the guest's");
		return;
	}
	set_right(asking, "%" PRIx32, code);
	add_wrong(asking, "the guest's own tables do not allow the access: it would fault on bare hardware, so its handler must hear of it", "hidden");
	add_wrong(asking, "bit 2 (user) goes by the CPL that the guest believes in; the other one is what the hardware saw", "%" PRIx32, code ^ 4);
	add_wrong(asking, "bit 1 (W) says whether it was a store", "%" PRIx32, code ^ 2);
	add_wrong(asking, "bit 0 (P) says whether the entry was there and did not allow the access, in the guest's own tables", "%" PRIx32, code ^ 1);
	set_otherwise(asking, "the error code has P in bit 0, W in bit 1, U in bit 2 (SDM vol. 3, figure 4-12), as the guest's own tables and CPL "
	                      "would have it");
}
