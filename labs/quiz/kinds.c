/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/quiz/kinds.c - the table of kinds, and what they all say of a moment.
 */
#include "labs/quiz/kinds.h"

#include "core/disassemble.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct quiz_kind kinds[] = {
	{"cpl", "in which ring code runs", "guest/hardware, as in 0/0", fits_cpl, ask_cpl},
	{"if", "the interrupt flag", "guest/hardware, as in 0/0", fits_if, ask_if},
	{"cr3", "page directories", "eight hexadecimal digits, then same or other: 00123000 same", fits_cr3, ask_cr3},
	{"reads", "what the guest is shown", "hexadecimal digits", fits_reads, ask_reads},
	{"exception", "which exceptions the processor raises", "its name, as in #BP; or none", fits_exception, ask_exception},
	{"exit", "why the guest leaves for the VMM", "a reason from the list, or none", fits_exit, ask_exit},
	{"next-eip", "where the guest goes on", "hexadecimal digits", fits_next_eip, ask_next_eip},
	{"frame", "what lies on a handler's stack", "hexadecimal digits", fits_frame, ask_frame},
	{"error-code", "hidden and true page faults", "hidden, or the error code in hexadecimal", fits_error_code, ask_error_code},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

const struct quiz_kind *quiz_kind_find(const char *name)
{
	for (unsigned i = 0; i < KINDS; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

const char *quiz_kind_name(unsigned index)
{
	return index < KINDS ? kinds[index].name : NULL;
}

const char *quiz_kind_title(const char *name)
{
	const struct quiz_kind *kind = quiz_kind_find(name);

	return kind ? kind->title : NULL;
}

/* ---- answers ---- */

void set_right(struct asking *asking, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(asking->question->right, QUIZ_ANSWER, format, arguments);
	va_end(arguments);
}

void add_wrong(struct asking *asking, const char *why, const char *format, ...)
{
	struct question *question = asking->question;
	char answer[QUIZ_ANSWER];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(answer, sizeof answer, format, arguments);
	va_end(arguments);
	if (question->wrongs == QUIZ_WRONGS || quiz_right(question, answer))
		return;
	for (unsigned i = 0; i < question->wrongs; i++)
		if (strcmp(question->wrong[i].answer, answer) == 0)
			return;
	snprintf(question->wrong[question->wrongs].answer, QUIZ_ANSWER, "%s", answer);
	snprintf(question->wrong[question->wrongs++].why, QUIZ_WHY, "%s", why);
}

void set_otherwise(struct asking *asking, const char *why)
{
	snprintf(asking->question->otherwise, QUIZ_WHY, "%s", why);
}

/* ---- text ---- */

void say(struct asking *asking, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(asking->question->text + asking->used, QUIZ_TEXT - asking->used, format, arguments);
	va_end(arguments);
	asking->used += (size_t)length < QUIZ_TEXT - asking->used ? (size_t)length : QUIZ_TEXT - 1 - asking->used;
}

const char *exception_name(unsigned vector)
{
	/* SDM vol. 3, table 6-1 */
	static const char *const names[] = {"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "",
	                                    "#TS", "#NP", "#SS", "#GP", "#PF", "",    "#MF", "#AC", "#MC"};

	return vector < sizeof names / sizeof *names ? names[vector] : "";
}

/* The line of one instruction. Gives its length. */
static uint32_t say_instruction(struct asking *asking, uint32_t eip, const char *mark)
{
	const struct cpu_state *state = &asking->moment->before;
	uint8_t bytes[INSN_MAX_LENGTH];
	char text[96];
	size_t have, length;

	have = cpu_peek(state, &asking->moment->vm->guest_bus, state->segment[CS].base + eip, bytes, sizeof bytes);
	length = disassemble(bytes, have, eip, state->segment[CS].access & ACCESS_BIG, text, sizeof text);
	say(asking, "  %2s %08" PRIx32 "  %s\n", mark, eip, text);
	return (uint32_t)length;
}

void say_code(struct asking *asking)
{
	static const char *const names[] = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
	const struct moment *moment = asking->moment;
	uint32_t behind;

	for (unsigned i = 0; i < PAST; i++)
		if (moment->past[i])
			say_instruction(asking, moment->past[i], "");
	behind = say_instruction(asking, moment->before.eip, "=>");
	if (behind)
		say_instruction(asking, moment->before.eip + behind, "");
	for (unsigned i = 0; i < 8; i++)
		say(asking, "%s%s %08" PRIx32 "%s", i == 0 ? "  guest: " : i == 4 ? "         " : "  ", names[i], moment->before.gpr[i],
		    i % 4 == 3 ? "\n" : "");
	say(asking, "         cs %04x  eflags %08" PRIx32 " (IF %u, IOPL %u)\n", moment->before.segment[CS].selector,
	    moment->before.eflags, moment->before.eflags >> 9 & 1, state_iopl(&moment->before));
}

void say_exception(struct asking *asking)
{
	const struct moment *moment = asking->moment;
	unsigned vector = moment->exit.vector;
	uint32_t handler;
	bool clears;

	if (moment->exited ? !moment->exit.has_vector : moment->handler == NO_HANDLER)
		return;
	if (!moment->exited)
		vector = (unsigned)moment->handler;
	if (moment->exited && exception_name(vector)[0])
		say(asking, "  The processor raises %s here.\n", exception_name(vector));
	if (moment_gate(moment, vector, &handler, &clears))
		say(asking, "  Gate %u of the guest's IDT leads to %08" PRIx32 ": %s gate.\n", vector, handler,
		    clears ? "an interrupt" : "a trap");
}
