/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/tell.c - see tell.h. Nothing here is said by place on a line or by colour.
 */
#include "visualizer/debugger/tell.h"

#include "cpu/insn.h"
#include "visualizer/debugger/commands.h"
#include "visualizer/event_text.h"
#include "visualizer/filter.h"

#include <inttypes.h>
#include <string.h>

enum { EVENTS_TOLD = 20, CONSOLE_TOLD = 2000 };

/* ---- both ways of telling ---- */

/* What the guest wrote since the last stop, the end of it, line by line; going back has nothing new. */
static void tell_console(const struct shell *shell, const char *before)
{
	const struct console *console = shell->debugger->console;
	uint64_t from = shell->seen.written, until = console ? console->written : 0;
	bool begin = true;

	if (until > from && until - from > CONSOLE_TOLD) {
		from = until - CONSOLE_TOLD;
		fprintf(shell->out, "%s...", before);
		begin = false;
	}
	for (; from < until; from++) {
		char c = console->text[from % CONSOLE_BYTES];

		if (c == '\n' ? begin : c != '\t' && (c < ' ' || c == 0x7f))
			continue; /* an empty line; what is no text */
		if (begin)
			fputs(before, shell->out);
		fputc(c, shell->out);
		begin = c == '\n';
	}
	if (!begin)
		fputc('\n', shell->out);
}

static void see(struct shell *shell)
{
	const struct debugger *debugger = shell->debugger;

	shell->seen.any = true;
	shell->seen.guest = *vm_guest_state(debugger->vm);
	shell->seen.sequence = debugger->vm->events.sequence;
	shell->seen.instructions = vm_instructions(debugger->vm);
	shell->seen.exits = debugger->counters ? debugger->counters->exits : 0;
	shell->seen.written = debugger->console ? debugger->console->written : 0;
}

void tell_plain(struct shell *shell)
{
	const struct stop *stop = &shell->debugger->stop;

	tell_console(shell, "| ");
	if (stop->kind != STOP_GOAL && stop->text[0])
		fprintf(shell->out, "%s\n", stop->text);
	print_position(shell);
	see(shell);
}

/* ---- sentences ---- */

void tell_event(const struct shell *shell, const struct event *event)
{
	char where[80], instruction[96], cause[32], changes[128];

	address_text(shell->debugger->symbols, event->linear, where, sizeof(where));
	event_instruction(event, instruction, sizeof(instruction));
	event_cause(event, cause, sizeof(cause));
	event_changes(event, changes, sizeof(changes));
	fprintf(shell->out, "Event %" PRIu64 ", cycle %" PRIu64 ", %s: %s at %s", event->sequence, event->cycle,
	        event_kind_name((enum event_kind)event->kind), instruction, where);
	if (cause[0])
		fprintf(shell->out, ", %s", cause);
	if (event->reason)
		fprintf(shell->out, ", reason %s", event->reason);
	if (event->action)
		fprintf(shell->out, "; %s", event->action);
	if (changes[0])
		fprintf(shell->out, "; %s", changes);
	if (event->cycles)
		fprintf(shell->out, "; %" PRIu32 " cycles", event->cycles);
	fputs(".\n", shell->out);
}

static const char *class_words(const char *mark)
{
	switch (mark[0]) {
	case 'P': return ", which is privileged";
	case 'S': return mark[1] ? ", which is sensitive but does not trap" : ", which is sensitive";
	case '?': return ", which is no instruction";
	default: return "";
	}
}

static void tell_place(const struct shell *shell)
{
	const struct debugger *debugger = shell->debugger;
	const struct cpu_state *guest = vm_guest_state(debugger->vm);
	uint32_t place = debugger_linear_eip(debugger);
	struct cpu_state hardware;
	char where[80], mark[4], text[96];

	address_text(debugger->symbols, place, where, sizeof(where));
	code_at(debugger, place, mark, text, sizeof(text));
	fprintf(shell->out, "The guest stands at %s before %s%s. It believes in CPL %u", where, text, class_words(mark), guest->cpl);
	if (debugger_hardware(debugger, &hardware))
		fprintf(shell->out, "; the hardware holds CPL %u", hardware.cpl);
	fprintf(shell->out, ". The clock shows %" PRIu64 " cycles.\n", debugger->vm->clock);
}

static const char *const gpr_names[GPR_COUNT] = { "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi" };

static void tell_change(const struct shell *shell, const char *name, uint32_t before, uint32_t now, unsigned *told)
{
	if (before == now)
		return;
	fprintf(shell->out, "%s%s was %" PRIx32 " and is %" PRIx32, (*told)++ ? ", " : "Changed: ", name, before, now);
}

static void tell_changes(const struct shell *shell)
{
	const struct cpu_state *before = &shell->seen.guest, *now = vm_guest_state(shell->debugger->vm);
	unsigned told = 0;

	for (int i = 0; i < GPR_COUNT; i++)
		tell_change(shell, gpr_names[i], before->gpr[i], now->gpr[i], &told);
	tell_change(shell, "cpl", before->cpl, now->cpl, &told);
	tell_change(shell, "if", before->eflags >> 9 & 1, now->eflags >> 9 & 1, &told);
	tell_change(shell, "iopl", state_iopl(before), state_iopl(now), &told);
	tell_change(shell, "cr0", before->cr0, now->cr0, &told);
	tell_change(shell, "cr2", before->cr2, now->cr2, &told);
	tell_change(shell, "cr3", before->cr3, now->cr3, &told);
	tell_change(shell, "cr4", before->cr4, now->cr4, &told);
	tell_change(shell, "gdtr.base", before->gdtr.base, now->gdtr.base, &told);
	tell_change(shell, "idtr.base", before->idtr.base, now->idtr.base, &told);
	if (told)
		fputs(".\n", shell->out);
}

/* The numbers of what happened, forward or taken back. */
static void tell_distance(const struct shell *shell)
{
	uint64_t before = shell->seen.instructions, now = vm_instructions(shell->debugger->vm);
	const struct counters *counters = shell->debugger->counters;
	uint64_t exits_now = counters ? counters->exits : 0, exits_before = shell->seen.exits;

	if (now == before)
		return;
	fprintf(shell->out, "Since the last stop %" PRIu64 " instruction%s and %" PRIu64 " exit%s%s.\n",
	        now > before ? now - before : before - now, now - before == 1 || before - now == 1 ? "" : "s",
	        exits_now > exits_before ? exits_now - exits_before : exits_before - exits_now,
	        exits_now - exits_before == 1 || exits_before - exits_now == 1 ? "" : "s",
	        now > before ? "" : " were taken back");
}

/* Its number; those that nobody asks for (filter_usual) are passed over. */
static uint64_t count_events(const struct event_log *log, uint64_t from, uint64_t until, uint64_t kinds)
{
	uint64_t count = 0;

	for (; from < until; from++) {
		const struct event *event = event_log_at(log, from);

		count += event && kinds >> event->kind & 1;
	}
	return count;
}

static void tell_events(const struct shell *shell)
{
	const struct event_log *log = shell->debugger->log;
	uint64_t until = shell->debugger->vm->events.sequence, from = shell->seen.sequence, count;
	uint64_t kinds = filter_usual(shell->debugger->vm->technique->name);

	if (!log || until <= from)
		return;
	from = from < event_log_first(log) ? event_log_first(log) : from;
	count = count_events(log, from, until, kinds);
	if (count > EVENTS_TOLD)
		fprintf(shell->out, "%" PRIu64 " events came; these are the latest %d.\n", count, EVENTS_TOLD);
	for (; from < until; from++) {
		const struct event *event = event_log_at(log, from);

		if (event && kinds >> event->kind & 1 && count-- <= EVENTS_TOLD)
			tell_event(shell, event);
	}
}

void tell_sentences(struct shell *shell)
{
	const char *why = shell->debugger->stop.text;

	if (shell->seen.any) {
		tell_events(shell);
		tell_console(shell, "The guest wrote: ");
		tell_distance(shell);
		tell_changes(shell);
	}
	if (why[0])
		fprintf(shell->out, "Stopped: %s%s\n", why, why[strlen(why) - 1] == '.' ? "" : ".");
	tell_place(shell);
	see(shell);
}

void tell_stop(struct shell *shell)
{
	if (shell->flat)
		tell_sentences(shell);
	else
		tell_plain(shell);
}
