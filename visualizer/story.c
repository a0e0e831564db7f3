/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/story.c - one event told in the steps in which it happened: the instruction, the check of
 * the hardware that failed (SDM vol. 2 and vol. 3, chapter 5), what the VMM did, what it cost, and the
 * two truths side by side.
 */
#include "visualizer/event_text.h"
#include "visualizer/story.h"

#include "cpu/insn.h"
#include "visualizer/wrap.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

/* ---- why the hardware objected ---- */

static bool one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(word, *list) == 0)
			return true;
	return false;
}

/* Instructions that IOPL guards; all other privileged ones ask for CPL 0. */
static bool guarded_by_iopl(const char *mnemonic)
{
	static const char *const list[] = {"cli",   "sti",   "in",    "out", "insb", "insw", "insd",
					   "outsb", "outsw", "outsd", "ins", "outs", NULL};

	return one_of(mnemonic, list);
}

static void why_general_protection(const struct event *event, char *text, size_t size)
{
	if (event->insn_class != CLASS_PRIVILEGED || !event->mnemonic)
		snprintf(text, size, "a check of the segment, limit or gate failed");
	else if (guarded_by_iopl(event->mnemonic))
		snprintf(text, size, "CPL %u > IOPL 0, so %s is not allowed", event->real_cpl,
			 event->mnemonic);
	else
		snprintf(text, size, "%s asks for CPL 0, and CPL is %u", event->mnemonic, event->real_cpl);
}

/* SDM vol. 3, figure 4-12: bits of a page fault's error code. */
static void why_page_fault(const struct event *event, char *text, size_t size)
{
	snprintf(text, size, "%s %s at %08" PRIx32 ": %s", event->error & 4 ? "user" : "supervisor",
		 event->error & 16  ? "fetch"
		 : event->error & 2 ? "write"
				    : "read",
		 event->address,
		 event->error & 8   ? "a reserved bit is set in an entry"
		 : event->error & 1 ? "the entry does not allow it"
				    : "the entry is not present");
}

void event_why(const struct event *event, char *text, size_t size)
{
	if (event->vector == 13)
		why_general_protection(event, text, size);
	else if (event->vector == 14)
		why_page_fault(event, text, size);
	else
		text[0] = '\0';
}

/* ---- the steps ---- */

struct steps {
	struct event_step *list;
	unsigned count;
};

__attribute__((format(printf, 3, 4)))
static void add(struct steps *steps, enum step_side side,
						      const char *format, ...)
{
	struct event_step *step = &steps->list[steps->count];
	va_list arguments;

	if (steps->count == EVENT_STEPS)
		return;
	*step = (struct event_step){.side = side};
	va_start(arguments, format);
	vsnprintf(step->text, sizeof(step->text), format, arguments);
	va_end(arguments);
	steps->count++;
}

static void add_start(struct steps *steps, const struct event *event)
{
	char instruction[96], cause[32], reason[96];
	bool ahead = event->kind == EV_INTERRUPT || event->kind == EV_INJECT;

	event_instruction(event, instruction, sizeof(instruction));
	add(steps, STEP_GUEST, "%s  %s", ahead ? "the guest is about to execute" : "the guest executes",
	    instruction);
	if (event->kind == EV_INTERRUPT)
		add(steps, STEP_HARDWARE,
		    "a device of the real machine interrupts: the processor leaves the guest");
	event_cause(event, cause, sizeof(cause));
	if (!cause[0])
		return;
	event_why(event, reason, sizeof(reason));
	if (event->kind == EV_INJECT)
		add(steps, STEP_VMM, "the virtual interrupt controller holds %s, and IF allows it", cause);
	else
		add(steps, STEP_HARDWARE, "%s%sthe processor raises %s", reason, reason[0] ? ": " : "",
		    cause);
}

/* The world switches are hardware's; what is between them, the VMM's. */
static enum step_side phase_side(const char *what)
{
	static const char *const switches[] = { "exception to the VMM", "return to the guest", "VM exit", NULL };

	return one_of(what, switches) ? STEP_HARDWARE : STEP_VMM;
}

static void add_phases(struct steps *steps, const struct event *event)
{
	for (unsigned i = 0; i < event->phases; i++) {
		add(steps, phase_side(event->phase[i].what), "%s", event->phase[i].what);
		steps->list[steps->count - 1].cycles = event->phase[i].cycles;
	}
}

static void add_end(struct steps *steps, const struct event *event)
{
	bool hidden = event->kind == EV_SHADOW_FILL || event->kind == EV_SHADOW_FLUSH ||
		      event->kind == EV_SHADOW_ROOT;
	char changes[128];

	if (event->action)
		add(steps, STEP_VMM, "so: %s", event->action);
	event_changes(event, changes, sizeof(changes));
	if (changes[0])
		add(steps, hidden ? STEP_HARDWARE : STEP_GUEST, "changed for the %s: %s",
		    hidden ? "hardware" : "guest", changes);
}

/* A sensitive instruction told no exit: the guest got the hardware's answer. */
static void add_hole(struct steps *steps, const struct event *event)
{
	char changes[96];

	add(steps, STEP_HARDWARE, "it is sensitive but not privileged: no exception, no exit");
	event_changes(event, changes, sizeof(changes));
	add(steps, STEP_GUEST, "%s: the guest %s", event->action ? event->action : "", changes);
	steps->list[steps->count - 1].hole = true;
}

unsigned event_steps(const struct event *event, struct event_step list[EVENT_STEPS])
{
	struct steps steps = {.list = list};

	add_start(&steps, event);
	add_phases(&steps, event);
	if (event->kind == EV_SENSITIVE)
		add_hole(&steps, event);
	else
		add_end(&steps, event);
	return steps.count;
}

/* ---- as text ---- */

enum { STEP_INDENT = 6 };

static void print_step(const struct event_text *text, unsigned number, const struct event_step *step)
{
	const struct style *style = &text->style;
	char line[EVENT_STEP_TEXT + 32];

	fprintf(text->out, "   %s%u%s  ", style->strong, number, style->off);
	if (step->cycles) {
		fprintf(text->out, "%-58s%s%6" PRIu32 " cycles%s\n", step->text, style->faint, step->cycles,
			style->off);
		return;
	}
	snprintf(line, sizeof(line), "%s%.*s%s", step->hole ? style->bad : "", EVENT_STEP_TEXT, step->text,
		 step->hole ? style->off : "");
	wrap(text->out, line, STEP_INDENT, STEP_INDENT);
}

/* ---- two truths ---- */

static void truth(const struct event_text *text, const char *name, uint32_t guest, uint32_t hardware,
		  int digits)
{
	fprintf(text->out, "      %-6s %0*" PRIx32 "%*s %0*" PRIx32 "%s\n", name, digits, guest, 22 - digits,
		"", digits, hardware, guest == hardware ? "" : "   *");
}

static void tell_truths(const struct event_text *text)
{
	const struct style *style = &text->style;
	const struct cpu_state *guest, *hardware;

	if (!text->vm || !text->vm->technique->vmm)
		return;
	guest = vm_guest_state(text->vm);
	hardware = cpu_state_const(text->vm->processor);
	fprintf(text->out, "      %s%-6s %-22s %s%s\n", style->strong, "", "the guest now believes",
		"the hardware held then", style->off);
	truth(text, "CPL", guest->cpl, hardware->cpl, 1);
	truth(text, "IF", guest->eflags >> 9 & 1, hardware->eflags >> 9 & 1, 1);
	truth(text, "IOPL", state_iopl(guest), state_iopl(hardware), 1);
	truth(text, "CR0", guest->cr0, hardware->cr0, 8);
	truth(text, "CR3", guest->cr3, hardware->cr3, 8);
	truth(text, "CS", guest->segment[CS].selector, hardware->segment[CS].selector, 4);
	truth(text, "GDTR", guest->gdtr.base, hardware->gdtr.base, 8);
}

void event_story(const struct event_text *text, const struct event *event)
{
	const struct style *style = &text->style;
	struct event_step steps[EVENT_STEPS];
	enum event_kind kind = (enum event_kind)event->kind;
	char where[64];

	address_text(text->symbols, event->eip, where, sizeof(where));
	fprintf(text->out, "%sevent %" PRIu64 ", cycle %" PRIu64 ": %s%s\n", style->title, event->sequence,
		event->cycle, event_kind_name(kind), style->off);
	fprintf(text->out, "   %s%s\n   at %s%s%s%s\n", style->faint, event_kind_text(kind), where,
		event->mnemonic ? "  class: " : "",
		event->mnemonic ? insn_class_name((enum insn_class)event->insn_class) : "", style->off);
	for (unsigned i = 0, count = event_steps(event, steps); i < count; i++)
		print_step(text, i + 1, &steps[i]);
	if (event->cycles)
		fprintf(text->out, "      in all %" PRIu32 " cycles\n", event->cycles);
	tell_truths(text);
	fputc('\n', text->out);
}
