/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/commands_info.c - `info`: one table of subjects, each told from what the machine or its observers hold.
 */
#include "visualizer/debugger/commands.h"

#include "core/number.h"
#include "trap/techniques.h"
#include "visualizer/debugger/tell.h"
#include "visualizer/event_text.h"

#include <inttypes.h>
#include <string.h>

/* ---- registers ---- */

static void print_two(FILE *out, const char *name, uint32_t guest, uint32_t hardware, int digits)
{
	fprintf(out, "%-6s %0*" PRIx32 "%*s  %0*" PRIx32 "%s\n", name, digits, guest, 8 - digits, "", digits, hardware,
	        guest == hardware ? "" : "  *");
}

static void print_flags(FILE *out, const struct cpu_state *state)
{
	static const struct {
		const char *name;
		uint32_t bit;
	} flags[] = { { "CF", EFLAGS_CF }, { "PF", EFLAGS_PF }, { "AF", EFLAGS_AF }, { "ZF", EFLAGS_ZF }, { "SF", EFLAGS_SF },
		      { "TF", EFLAGS_TF }, { "IF", EFLAGS_IF }, { "DF", EFLAGS_DF }, { "OF", EFLAGS_OF }, { "NT", EFLAGS_NT },
		      { "RF", EFLAGS_RF }, { "VM", EFLAGS_VM }, { "AC", EFLAGS_AC }, { "ID", EFLAGS_ID } };

	fprintf(out, "flags of the guest: IOPL %u", state_iopl(state));
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (state->eflags & flags[i].bit)
			fprintf(out, " %s", flags[i].name);
	fputc('\n', out);
}

static void print_segments(FILE *out, const struct cpu_state *guest, const struct cpu_state *hardware)
{
	static const char *const names[SEGMENT_COUNT] = { "es", "cs", "ss", "ds", "fs", "gs", "ldtr", "tr" };

	for (int i = 0; i < SEGMENT_COUNT; i++)
		print_two(out, names[i], guest->segment[i].selector, hardware->segment[i].selector, 4);
	print_two(out, "gdtr", guest->gdtr.base, hardware->gdtr.base, 8);
	print_two(out, "idtr", guest->idtr.base, hardware->idtr.base, 8);
}

static bool info_registers(struct shell *shell, int argc, char **argv)
{
	static const char *const names[GPR_COUNT] = { "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi" };
	const struct cpu_state *guest = vm_guest_state(shell->debugger->vm);
	struct cpu_state hardware;
	FILE *out = shell->out;

	(void)argc;
	(void)argv;
	if (!debugger_hardware(shell->debugger, &hardware))
		hardware = *guest; /* there is one truth only */
	fprintf(out, "%-6s %-8s  %s\n", "", "guest", "hardware (* where they differ)");
	for (int i = 0; i < GPR_COUNT; i++)
		print_two(out, names[i], guest->gpr[i], hardware.gpr[i], 8);
	print_two(out, "eip", guest->eip, hardware.eip, 8);
	print_two(out, "eflags", guest->eflags, hardware.eflags, 8);
	print_two(out, "cpl", guest->cpl, hardware.cpl, 1);
	print_two(out, "cr0", guest->cr0, hardware.cr0, 8);
	print_two(out, "cr2", guest->cr2, hardware.cr2, 8);
	print_two(out, "cr3", guest->cr3, hardware.cr3, 8);
	print_two(out, "cr4", guest->cr4, hardware.cr4, 8);
	print_segments(out, guest, &hardware);
	print_flags(out, guest);
	return true;
}

/* ---- breaks ---- */

static bool info_breaks(struct shell *shell, int argc, char **argv)
{
	bool any = false;

	(void)argc;
	(void)argv;
	for (unsigned i = 0; i < BREAKS_MAX; i++) {
		const struct break_point *point = &shell->debugger->breaks.point[i];
		char text[320];

		if (!point->number)
			continue;
		break_describe(shell->debugger, point, text, sizeof(text));
		fprintf(shell->out, "%s\n", text);
		any = true;
	}
	if (!any)
		fputs("no break- or watchpoints; `break` and `watch` set them\n", shell->out);
	return true;
}

/* ---- history ---- */

static bool info_history(struct shell *shell, int argc, char **argv)
{
	const struct history *history = shell->debugger->history;
	struct history_use use = history_use(history);

	(void)argc;
	(void)argv;
	fprintf(shell->out, "known from cycle %" PRIu64 " to %" PRIu64 "; now at %" PRIu64 ", %s\n", history_begin(history),
	        history_end(history), shell->debugger->vm->clock, history_past(history) ? "in the past" : "at its end");
	fprintf(shell->out, "%zu snapshots, %zu KiB\n", use.snapshots, use.bytes / 1024);
	return true;
}

static bool info_branches(struct shell *shell, int argc, char **argv)
{
	unsigned branch = history_branch(shell->debugger->history);

	(void)argc;
	(void)argv;
	if (branch == 1)
		fputs("branch 1: the past has never been changed\n", shell->out);
	else
		fprintf(shell->out, "branch %u: the past has been changed %u time%s, and what came after it was forgotten\n", branch,
		        branch - 1, branch == 2 ? "" : "s");
	return true;
}

static bool info_input(struct shell *shell, int argc, char **argv)
{
	static const char *const kinds[INPUT_KINDS] = { "keyboard", "serial", "switch", "register", "memory" };
	const struct input *input;

	(void)argc;
	(void)argv;
	for (size_t i = 0; (input = history_input_at(shell->debugger->history, i)); i++) {
		fprintf(shell->out, "%12" PRIu64 "  %-8s ", input->clock, kinds[input->kind]);
		if (input->kind == INPUT_SWITCH || input->kind == INPUT_REGISTER)
			fprintf(shell->out, " %.*s", input->size, (const char *)input->bytes);
		if (input->kind == INPUT_MEMORY)
			fprintf(shell->out, " %08" PRIx32 ":", input->address);
		for (unsigned byte = 0; input->kind != INPUT_SWITCH && input->kind != INPUT_REGISTER && byte < input->size; byte++)
			fprintf(shell->out, " %02x", input->bytes[byte]);
		fputc('\n', shell->out);
	}
	if (!history_input_at(shell->debugger->history, 0))
		fputs("nothing came from outside\n", shell->out);
	return true;
}

/* ---- events ---- */

static bool info_exits(struct shell *shell, int argc, char **argv)
{
	return command_stats(shell, argc, argv);
}

static void print_events(struct shell *shell, uint64_t from, uint64_t until)
{
	const struct debugger *debugger = shell->debugger;
	struct event_text text = { .out = shell->out, .style = style_make("never"), .symbols = debugger->symbols };

	if (!shell->flat)
		event_heading(&text);
	for (; from < until; from++) {
		const struct event *event = event_log_at(debugger->log, from);

		if (event && shell->flat)
			tell_event(shell, event);
		else if (event)
			event_line(&text, event);
	}
}

/* [FROM [COUNT]]: without, the latest ones before now. */
static bool info_events(struct shell *shell, int argc, char **argv)
{
	const struct event_log *log = shell->debugger->log;
	uint64_t now = shell->debugger->vm->events.sequence, first = event_log_first(log), from, count = 20;

	if (argc > 3 && !count_parse(shell, argv[3], &count))
		return false;
	from = now > first + count ? now - count : first;
	if (argc > 2 && !count_parse(shell, argv[2], &from))
		return false;
	if (from < first || from >= event_log_end(log))
		return shell_refuse(shell, "events %" PRIu64 " to %" PRIu64 " are kept; %" PRIu64 " is not among them", first,
		                    event_log_end(log), from);
	if (argc == 2 && now < from + count)
		count = now - from;
	if (count > event_log_end(log) - from)
		count = event_log_end(log) - from;
	print_events(shell, from, from + count);
	return true;
}

static bool info_kinds(struct shell *shell, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	for (int kind = 0; kind < EV_KIND_COUNT; kind++)
		fprintf(shell->out, "%-18s %s\n", event_kind_name((enum event_kind)kind), event_kind_text((enum event_kind)kind));
	return true;
}

/* ---- the machine ---- */

static bool info_tlb(struct shell *shell, int argc, char **argv)
{
	const struct cpu *processor = shell->debugger->vm->processor;
	size_t valid = 0;

	(void)argc;
	(void)argv;
	for (size_t i = 0; i < cpu_tlb_size(processor); i++) {
		struct tlb_view entry = cpu_tlb_entry(processor, i);
		char where[80];

		if (!entry.valid)
			continue;
		valid++;
		address_text(shell->debugger->symbols, entry.linear, where, sizeof(where));
		fprintf(shell->out, "%08" PRIx64 "  %c%c%c%c%c  %4" PRIu32 " KiB  %s\n", entry.physical, entry.writable ? 'W' : '-',
		        entry.user ? 'U' : 'S', entry.global ? 'G' : '-', entry.dirty ? 'D' : '-', entry.executable ? 'X' : '-',
		        entry.page_size / 1024, where);
	}
	fprintf(shell->out, "%zu of %zu entries are valid\n", valid, cpu_tlb_size(processor));
	return true;
}

static bool info_devices(struct shell *shell, int argc, char **argv)
{
	const struct board *board = shell->debugger->vm->board;

	(void)argc;
	(void)argv;
	for (size_t i = 0; i < board_devices(board); i++) {
		char text[256];

		board_describe(board, i, text, sizeof(text));
		fprintf(shell->out, "%-10s %s\n", board_device_name(board, i), text);
	}
	return true;
}

static bool info_modes(struct shell *shell, int argc, char **argv)
{
	enum { MODES = 32 };
	struct vm_mode mode[MODES], now = vm_mode(shell->debugger->vm);
	size_t count = mode_list(technique_list(), mode, MODES);
	char text[64];

	(void)argc;
	(void)argv;
	for (size_t i = 0; i < count && i < MODES; i++) {
		bool here = mode_same(&mode[i], &now);
		bool may = here || vm_may_switch(shell->debugger->vm, &mode[i]);

		fprintf(shell->out, "%-12s %s%s\n", mode_text(&mode[i], text, sizeof(text)),
		        here ? "as it runs now" : may ? mode[i].technique->summary : "not from here: ",
		        may ? "" : shell->debugger->vm->message);
	}
	return true;
}

static bool info_console(struct shell *shell, int argc, char **argv)
{
	const struct console *console = shell->debugger->console;
	uint64_t lines = console_lines(console), count = 20;
	char text[256];

	if (argc > 2 && !count_parse(shell, argv[2], &count))
		return false;
	for (uint64_t i = count < lines ? count : lines; i > 0; i--)
		if (console_line(console, i - 1, text, sizeof(text)) >= 0)
			fprintf(shell->out, "%s\n", text);
	if (!console->written)
		fputs("the guest has written nothing to its serial port as yet\n", shell->out);
	return true;
}

static bool info_symbols(struct shell *shell, int argc, char **argv)
{
	const struct symbols *symbols = shell->debugger->symbols;
	const char *wanted = argc > 2 ? argv[2] : "", *name;
	uint32_t address;
	size_t found = 0;

	if (!symbols)
		return shell_refuse(shell, "the guest has no symbols: it was stripped, or is no ELF file");
	for (size_t i = 0; (name = symbols_at(symbols, i, &address)); i++) {
		if (!strstr(name, wanted))
			continue;
		fprintf(shell->out, "%08" PRIx32 "  %s\n", address, name);
		found++;
	}
	return found || shell_refuse(shell, "no symbol has '%.40s' in its name", wanted);
}

/* ---- the table ---- */

static const struct {
	const char *name, *text;
	int words; /* at most, behind the subject */
	bool (*tell)(struct shell *shell, int argc, char **argv);
} subjects[] = {
	{ "registers", "what the guest believes, and what the hardware holds", 0, info_registers },
	{ "breaks", "break- and watchpoints", 0, info_breaks },
	{ "history", "how far back and forward history is known, and what it takes", 0, info_history },
	{ "branches", "how often the past was changed", 0, info_branches },
	{ "input", "what came from outside, and when", 0, info_input },
	{ "exits", "exits counted by reason, as stats", 0, info_exits },
	{ "events", "[FROM [COUNT]]: events, a line each; without FROM, the latest", 2, info_events },
	{ "kinds", "the kinds of events, for break event and next-event", 0, info_kinds },
	{ "tlb", "what the processor's TLB remembers", 0, info_tlb },
	{ "devices", "what the devices are doing", 0, info_devices },
	{ "modes", "techniques, rings and pagings that the guest can be moved to", 0, info_modes },
	{ "console", "[LINES]: the end of what the guest wrote to its serial port", 1, info_console },
	{ "symbols", "[TEXT]: the guest's symbols that have TEXT in their names", 1, info_symbols },
};

enum { SUBJECTS = sizeof(subjects) / sizeof(subjects[0]) };

const char *info_subject(size_t index)
{
	return index < SUBJECTS ? subjects[index].name : NULL;
}

const char *info_subject_text(size_t index)
{
	return index < SUBJECTS ? subjects[index].text : NULL;
}

bool command_info(struct shell *shell, int argc, char **argv)
{
	size_t found = SUBJECTS, several = 0;

	for (size_t i = 0; argc == 1 && i < SUBJECTS; i++)
		fprintf(shell->out, "info %-10s %s\n", subjects[i].name, subjects[i].text);
	for (size_t i = 0; argc > 1 && i < SUBJECTS; i++)
		if (strncmp(subjects[i].name, argv[1], strlen(argv[1])) == 0) {
			found = i;
			several++;
		}
	if (argc == 1)
		return true;
	if (several != 1)
		return shell_refuse(shell, several ? "info: '%.40s' is the beginning of several subjects; `info` lists them"
		                                   : "info: no subject '%.40s'; `info` lists them", argv[1]);
	if (argc - 2 > subjects[found].words)
		return shell_refuse(shell, "info %s takes no more than %d words behind it", subjects[found].name, subjects[found].words);
	return subjects[found].tell(shell, argc, argv);
}
