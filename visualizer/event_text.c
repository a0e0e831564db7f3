/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/event_text.c - what an event is in words, and its one-line form.
 */
#include "visualizer/event_text.h"

#include "core/disassemble.h"
#include "cpu/insn.h"

#include <inttypes.h>
#include <string.h>

void event_instruction(const struct event *event, char *text, size_t size)
{
	if (event->byte_count)
		disassemble(event->bytes, event->byte_count, event->eip, event->big, text, size);
	else
		snprintf(text, size, "(unreadable)");
}

/* SDM vol. 3, table 6-1. */
static const char *const exceptions[] = {
	"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", NULL,
	"#TS", "#NP", "#SS", "#GP", "#PF", NULL, "#MF", "#AC", "#MC",
};

void event_cause(const struct event *event, char *text, size_t size)
{
	size_t known = sizeof(exceptions) / sizeof(exceptions[0]);

	text[0] = '\0';
	if (!event->has_vector)
		return;
	if (event->kind == EV_INTERRUPT)
		snprintf(text, size, "interrupt %02xh", event->vector);
	else if (event->vector >= known || !exceptions[event->vector])
		snprintf(text, size, "%s %02xh", event->kind == EV_INJECT ? "interrupt" : "INT", event->vector);
	else if (event->has_error)
		snprintf(text, size, "%s(%" PRIx32 ")", exceptions[event->vector], event->error);
	else
		snprintf(text, size, "%s", exceptions[event->vector]);
}

/* A port access tells its size and value as if it were a change. */
static void port_value(const struct event *event, char *text, size_t size)
{
	if (event->changes)
		snprintf(text, size, "%s %0*" PRIx32, event->change[0].what, 2 * (int)event->change[0].before,
		         event->change[0].after);
}

/* A sensitive instruction changed nothing in the virtual CPU: it showed the guest something. */
static void hole_text(const struct event *event, char *text, size_t size)
{
	if (event->changes == 2)
		snprintf(text, size, "sees %" PRIx32 ", should see %" PRIx32, event->change[0].after,
		         event->change[1].after);
}

/* That EIP went on to the next instruction is no news. */
static bool is_news(const struct event *event, const struct event_change *change)
{
	return strcmp(change->what, "eip") != 0 || change->after - change->before != event->byte_count;
}

void event_changes(const struct event *event, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	if (event->kind == EV_PORT || event->kind == EV_DEVICE)
		port_value(event, text, size);
	if (event->kind == EV_SENSITIVE)
		hole_text(event, text, size);
	if (text[0])
		return;
	for (unsigned i = 0; i < event->changes && used < size; i++) {
		const struct event_change *change = &event->change[i];

		if (is_news(event, change))
			used += (size_t)snprintf(text + used, size - used, "%s%s %" PRIx32 "->%" PRIx32,
			                         used ? ", " : "", change->what, change->before, change->after);
	}
}

void address_text(const struct symbols *symbols, uint32_t address, char *text, size_t size)
{
	char name[48];

	symbols_describe(symbols, address, name, sizeof(name));
	snprintf(text, size, name[0] ? "%08" PRIx32 " <%s>" : "%08" PRIx32, address, name);
}

/* ---- one line ---- */

static const char *kind_color(const struct style *style, const struct event *event)
{
	switch ((enum event_kind)event->kind) {
	case EV_SENSITIVE:
		return style->bad;
	case EV_TRAP:
	case EV_EMULATE:
		return style->warn;
	case EV_INTERRUPT:
	case EV_INJECT:
	case EV_REFLECT:
		return style->good;
	default:
		return style->link;
	}
}

/* An address that says more than the instruction does: page faults, shadow entries, ports. */
static void subject(const struct event *event, char *text, size_t size)
{
	text[0] = '\0';
	switch ((enum event_kind)event->kind) {
	case EV_HIDDEN_FAULT:
	case EV_TRUE_FAULT:
	case EV_TRACE:
	case EV_SHADOW_FILL:
	case EV_SHADOW_FLUSH:
	case EV_SHADOW_ROOT:
	case EV_DESCRIPTOR:
	case EV_DEVICE:
		if (event->address)
			snprintf(text, size, "%08" PRIx32, event->address);
		return;
	case EV_PORT:
		snprintf(text, size, "port %03" PRIx32, event->address);
		return;
	default:
		return;
	}
}

static const char *reason_of(const struct event *event)
{
	return event->reason ? event->reason : event_kind_name((enum event_kind)event->kind);
}

static const char *mark_of(const struct event *event)
{
	return event->mnemonic ? insn_class_mark((enum insn_class)event->insn_class) : "";
}

void event_heading(const struct event_text *text)
{
	const struct style *style = &text->style;

	if (text->narrow)
		fprintf(text->out, "%s%5s %9s %-8s %-2s %-21s %-12s %s%s\n", style->strong, "event", "cycle",
		        "address", "", "instruction", "reason", "changed", style->off);
	else
		fprintf(text->out, "%s%7s %11s %-3s %-28s %-2s %-30s %-14s %-8s %6s  %s%s\n", style->strong,
		        "number", "cycle", "cpl", "address", "", "instruction", "reason", "cause", "cycles",
		        "what the VMM did; what changed", style->off);
}

enum { NARROW_NOTE = 17 }; /* columns that are left for what changed */

/* Leaves out what does not fit, change by change. */
static void shorten(char *changes)
{
	while (strlen(changes) > NARROW_NOTE) {
		char *comma = strrchr(changes, ',');

		if (!comma)
			comma = changes + NARROW_NOTE;
		*comma = '\0';
	}
}

static void narrow_line(const struct event_text *text, const struct event *event, const char *instruction)
{
	const struct style *style = &text->style;
	char about[24], changes[64], both[96];

	subject(event, about, sizeof(about));
	event_changes(event, changes, sizeof(changes));
	if (text->note)
		snprintf(both, sizeof(both), "%s", text->note);
	else if (event->kind == EV_SWITCH && event->action)
		snprintf(both, sizeof(both), "%s", event->action);
	else if (event->kind == EV_DEVICE)
		snprintf(both, sizeof(both), "%s %s", about, changes);
	else if (event->kind == EV_PORT)
		snprintf(both, sizeof(both), "%.3s %s", about + 5, changes);
	else
		snprintf(both, sizeof(both), "%s", changes[0] ? changes : about);
	shorten(both);
	fprintf(text->out, "%5" PRIu64 " %9" PRIu64 " %08" PRIx32 " %-2s %-21.21s %s%-12.12s%s %s\n",
	        event->sequence, event->cycle, event->eip, mark_of(event), instruction,
	        kind_color(style, event), reason_of(event), style->off, both);
}

static void wide_line(const struct event_text *text, const struct event *event, const char *instruction)
{
	const struct style *style = &text->style;
	char where[64], cause[32], about[24], changes[128];

	address_text(text->symbols, event->eip, where, sizeof(where));
	event_cause(event, cause, sizeof(cause));
	subject(event, about, sizeof(about));
	event_changes(event, changes, sizeof(changes));
	fprintf(text->out, "%7" PRIu64 " %11" PRIu64 " %u/%u %-28s %-2s %-30s %s%-14s%s %-8s %6" PRIu32 "  ",
	        event->sequence, event->cycle, event->guest_cpl, event->real_cpl, where, mark_of(event),
	        instruction, kind_color(style, event), reason_of(event), style->off, cause, event->cycles);
	fprintf(text->out, "%s%s%s%s%s\n", about, about[0] && event->action ? " " : "",
	        event->action ? event->action : "", changes[0] && (event->action || about[0]) ? "; " : "",
	        changes);
}

void event_line(const struct event_text *text, const struct event *event)
{
	char instruction[96];

	event_instruction(event, instruction, sizeof(instruction));
	if (text->narrow)
		narrow_line(text, event, instruction);
	else
		wide_line(text, event, instruction);
}
