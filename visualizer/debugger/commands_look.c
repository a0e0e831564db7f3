/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/commands_look.c - commands that show memory, code, calls, events and translations.
 */
#include "visualizer/debugger/commands.h"

#include "core/number.h"
#include "visualizer/debugger/tell.h"
#include "visualizer/event_text.h"
#include "visualizer/unit_text.h"
#include "visualizer/walk_text.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

/* Colour only where the output is the terminal's own. */
static struct style style_of(const struct shell *shell)
{
	const struct options *options = shell->debugger->options;

	return style_make(shell->out == stdout && !shell->flat && options ? options->color : "never");
}

/* ---- print ---- */

static void print_binary(FILE *out, uint64_t value)
{
	int bit = 63;

	while (bit > 0 && !(value >> bit & 1))
		bit--;
	for (; bit >= 0; bit--)
		fputc(value >> bit & 1 ? '1' : '0', out);
}

/* A value of `size` bytes in one of print's and x's formats. False: no such format. */
static bool print_value(const struct shell *shell, char format, uint64_t value, unsigned size)
{
	char where[80];
	int unused = 64 - 8 * (int)size;

	switch (format) {
	case 'x':
		fprintf(shell->out, "%0*" PRIx64, 2 * (int)size, value);
		return true;
	case 'd':
		fprintf(shell->out, "%" PRId64, (int64_t)(value << unused) >> unused);
		return true;
	case 'u':
		fprintf(shell->out, "%" PRIu64, value);
		return true;
	case 'o':
		fprintf(shell->out, "0%" PRIo64, value);
		return true;
	case 't':
		print_binary(shell->out, value);
		return true;
	case 'c':
		fprintf(shell->out, "%" PRIu64 " '%c'", value, value < 0x7f && isprint((int)value) ? (int)value : '.');
		return true;
	case 'a':
		place_text(shell, SPACE_LINEAR, (uint32_t)value, where, sizeof(where));
		fputs(where, shell->out);
		return true;
	default:
		return false;
	}
}

static void print_usual(const struct shell *shell, uint64_t value)
{
	char symbol[64] = "";

	if (value <= UINT32_MAX)
		symbols_describe(shell->debugger->symbols, (uint32_t)value, symbol, sizeof(symbol));
	fprintf(shell->out, "%" PRIu64, value);
	if (value > 9)
		fprintf(shell->out, " = 0x%" PRIx64, value);
	if (symbol[0])
		fprintf(shell->out, " <%s>", symbol);
}

bool command_print(struct shell *shell, int argc, char **argv)
{
	const char *format = argc > 1 && argv[1][0] == '/' ? argv[1] + 1 : NULL;
	char text[1024];
	uint64_t value;

	if (argc < (format ? 3 : 2))
		return shell_refuse(shell, "print: which expression? As in: print eax + 4");
	if (format && (strlen(format) != 1 || !strchr("xduotca", format[0])))
		return shell_refuse(shell, "print: no format '/%.20s'; there are x, d, u, o, t, c and a", format);
	if (!words_join(shell, argc, argv, format ? 2 : 1, text, sizeof(text)) || !value_parse(shell, text, &value))
		return false;
	if (!format)
		print_usual(shell, value);
	else if (format[0] == 'x')
		fprintf(shell->out, "0x%" PRIx64, value);
	else
		print_value(shell, format[0], value, 8);
	fputc('\n', shell->out);
	return true;
}

/* ---- x ---- */

enum { UNITS_MOST = 4096, LINE_BYTES = 16 };

struct examination {
	uint64_t count;
	char format, unit;
	enum stop_space space;
	uint64_t address;
};

static unsigned unit_size(char unit)
{
	return unit == 'b' ? 1 : unit == 'h' ? 2 : unit == 'g' ? 8 : 4;
}

/* "/4xw", in any order behind the number. What is not said is as it was. */
static bool parse_format(struct shell *shell, const char *text, struct examination *examination)
{
	const char *at = text + 1;

	if (isdigit((unsigned char)*at)) {
		examination->count = 0;
		for (; isdigit((unsigned char)*at) && examination->count <= UNITS_MOST; at++)
			examination->count = 10 * examination->count + (uint64_t)(*at - '0');
		if (examination->count == 0 || examination->count > UNITS_MOST)
			return shell_refuse(shell, "x: from 1 to %d units", UNITS_MOST);
	}
	for (; *at; at++) {
		if (strchr("bhwg", *at))
			examination->unit = *at;
		else if (strchr("xduotcasi", *at))
			examination->format = *at;
		else
			return shell_refuse(shell, "x: '%.20s' is no format; write a number, one of x d u o t c a s i, and one of "
			                           "b h w g, as in x/8xw", text);
	}
	if (examination->format == 'a')
		examination->unit = 'w';
	if (examination->format == 'c' && !strpbrk(text, "hwg"))
		examination->unit = 'b';
	return true;
}

static bool refuse_memory(struct shell *shell, enum stop_space space, uint64_t address)
{
	char where[80];

	place_text(shell, space, address, where, sizeof(where));
	return shell_refuse(shell, "there is no memory at %s", where);
}

static bool examine_units(struct shell *shell, struct examination *examination)
{
	unsigned size = unit_size(examination->unit), column = 0;
	unsigned line = examination->format == 'a' || examination->format == 't' ? 1 : LINE_BYTES / size;
	char where[80];

	for (uint64_t i = 0; i < examination->count; i++) {
		uint64_t value = 0;

		if (!expression_memory(shell->debugger, examination->space, examination->address, &value, size)) {
			if (column)
				fputc('\n', shell->out);
			return refuse_memory(shell, examination->space, examination->address);
		}
		if (column == 0) {
			place_text(shell, examination->space, examination->address, where, sizeof(where));
			fprintf(shell->out, "%s:", where);
		}
		fputs("  ", shell->out);
		print_value(shell, examination->format, value, size);
		examination->address += size;
		column = (column + 1) % line;
		if (column == 0)
			fputc('\n', shell->out);
	}
	if (column)
		fputc('\n', shell->out);
	return true;
}

/* Zero-terminated text, as far as it can be shown on a line. */
static bool examine_text(struct shell *shell, struct examination *examination)
{
	enum { TEXT_MOST = 200 };
	char where[80];
	uint8_t byte;

	for (uint64_t i = 0; i < examination->count; i++) {
		place_text(shell, examination->space, examination->address, where, sizeof(where));
		if (!expression_memory(shell->debugger, examination->space, examination->address, &byte, 1))
			return refuse_memory(shell, examination->space, examination->address);
		fprintf(shell->out, "%s: \"", where);
		for (int length = 0; byte && length < TEXT_MOST; length++) {
			fprintf(shell->out, isprint(byte) ? "%c" : "\\x%02x", byte);
			examination->address++;
			if (!expression_memory(shell->debugger, examination->space, examination->address, &byte, 1))
				break;
		}
		fputs(byte ? "\"...\n" : "\"\n", shell->out);
		examination->address += !byte;
	}
	return true;
}

/* Lines of code: "=>" where the guest stands, "*" at a breakpoint. */
static bool print_code(struct shell *shell, uint32_t *address, uint64_t count)
{
	const struct debugger *debugger = shell->debugger;
	uint8_t byte;

	for (uint64_t i = 0; i < count; i++) {
		char where[80], mark[4], text[96];
		unsigned length;

		if (!debugger_read(debugger, *address, &byte, 1))
			return refuse_memory(shell, SPACE_LINEAR, *address);
		address_text(debugger->symbols, *address, where, sizeof(where));
		length = code_at(debugger, *address, mark, text, sizeof(text));
		fprintf(shell->out, "%s%s %-40s  %-2s  %s\n", *address == debugger_linear_eip(debugger) ? "=>" : "  ",
		        breaks_at(debugger, *address) ? "*" : " ", where, mark, text);
		*address += length;
	}
	return true;
}

static bool examine_code(struct shell *shell, struct examination *examination)
{
	uint32_t address = (uint32_t)examination->address;
	bool fine;

	if (examination->space != SPACE_LINEAR)
		return shell_refuse(shell, "x: instructions are shown at linear addresses only");
	fine = print_code(shell, &address, examination->count);
	examination->address = address;
	return fine;
}

static bool examine_place(struct shell *shell, int argc, char **argv, int first, struct examination *examination)
{
	char text[1024];

	examination->space = SPACE_LINEAR;
	examination->address = shell->examined;
	if (first == argc || strcmp(argv[first], "+") == 0)
		return true;
	return words_join(shell, argc, argv, first, text, sizeof(text)) &&
	       place_parse(shell, text, &examination->space, &examination->address);
}

bool command_examine(struct shell *shell, int argc, char **argv)
{
	struct examination examination = {
		.count = 1, .format = shell->format[0] ? shell->format[0] : 'x',
		.unit = shell->format[1] ? shell->format[1] : 'w',
	};
	int first = argc > 1 && argv[1][0] == '/' ? 2 : 1;
	bool fine;

	if (first == 2 && !parse_format(shell, argv[1], &examination))
		return false;
	if (!examine_place(shell, argc, argv, first, &examination))
		return false;
	shell->format[0] = examination.format;
	shell->format[1] = examination.unit;
	fine = examination.format == 'i'   ? examine_code(shell, &examination)
	       : examination.format == 's' ? examine_text(shell, &examination)
	                                   : examine_units(shell, &examination);
	shell->examined = examination.address;
	return fine;
}

bool command_disas(struct shell *shell, int argc, char **argv)
{
	struct examination place = { .address = debugger_linear_eip(shell->debugger) };
	uint64_t count = 10;
	uint32_t address;
	bool fine;

	if (argc > 3)
		return shell_refuse(shell, "disas: an address without blanks, and a count");
	if (argc > 1 && !examine_place(shell, 2, argv, 1, &place))
		return false;
	if (argc > 2 && (!count_parse(shell, argv[2], &count) || count > UNITS_MOST))
		return shell->message[0] ? false : shell_refuse(shell, "disas: at most %d instructions", UNITS_MOST);
	if (place.space != SPACE_LINEAR)
		return shell_refuse(shell, "disas: code is shown at linear addresses only");
	address = (uint32_t)place.address;
	fine = print_code(shell, &address, count);
	shell->examined = address;
	return fine;
}

/* ---- where ---- */

enum { FRAMES_MOST = 64 };

static void print_frame(const struct shell *shell, unsigned number, uint32_t address)
{
	char where[80];

	address_text(shell->debugger->symbols, address, where, sizeof(where));
	fprintf(shell->out, "#%-2u %s\n", number, where);
}

/*
 * At a function's first instruction, and behind its PUSH EBP, EBP is still the caller's: then the way back lies at the top of the
 * stack. Gives the stack's distance to it; 0: EBP is this function's.
 */
static uint32_t return_distance(const struct debugger *debugger, uint32_t place)
{
	uint32_t offset = 2;

	if (!symbols_name(debugger->symbols, place, &offset) || offset > 1)
		return 0;
	return 4 * (offset + 1);
}

bool command_where(struct shell *shell, int argc, char **argv)
{
	const struct debugger *debugger = shell->debugger;
	const struct cpu_state *state = vm_guest_state(debugger->vm);
	uint32_t place = debugger_linear_eip(debugger), distance = return_distance(debugger, place);
	uint32_t base = state->segment[SS].base, frame = base + state->gpr[EBP], link[2];
	uint64_t most = FRAMES_MOST;
	unsigned number = 0;

	if (argc > 1 && !count_parse(shell, argv[1], &most))
		return false;
	if (!(state->segment[CS].access & ACCESS_BIG))
		return shell_refuse(shell, "where: 16-bit code keeps no frames that could be followed");
	print_frame(shell, number++, place);
	if (distance && number < most && debugger_read(debugger, base + state->gpr[ESP] + distance - 4, link, 4) == 4)
		print_frame(shell, number++, link[0]);
	while (number < most && number < FRAMES_MOST && debugger_read(debugger, frame, link, 8) == 8 && link[1]) {
		print_frame(shell, number++, link[1]);
		if (base + link[0] <= frame) /* callers' frames lie higher: else this is no chain of them */
			break;
		frame = base + link[0];
	}
	return true;
}

/* ---- story ---- */

/* The latest exit before now, or the latest event of any kind. */
static const struct event *latest_event(const struct debugger *debugger)
{
	uint64_t end = debugger->vm->events.sequence, first = debugger->log ? event_log_first(debugger->log) : end;
	const struct event *any = NULL;

	for (uint64_t i = end; i > first; i--) {
		const struct event *event = event_log_at(debugger->log, i - 1);

		if (event && !event_is_work((enum event_kind)event->kind, event->has_vector))
			return event;
		any = any ? any : event;
	}
	return any;
}

static bool is_last(const struct debugger *debugger, const struct event *event)
{
	return latest_event(debugger) == event && vm_instructions(debugger->vm) - event->instruction <= 1;
}

bool command_story(struct shell *shell, int argc, char **argv)
{
	const struct debugger *debugger = shell->debugger;
	struct event_text text = { .out = shell->out, .style = style_of(shell), .symbols = debugger->symbols };
	const struct event *event = debugger_story(debugger);
	uint64_t number;

	if (argc > 2 || (argc > 1 && strcmp(argv[1], "event") == 0))
		return shell_refuse(shell, "story: the number of one event, as in: story 12");
	if (argc > 1) {
		if (!value_parse(shell, argv[1], &number))
			return false;
		event = debugger->log ? event_log_at(debugger->log, number) : NULL;
		if (!event)
			return shell_refuse(shell, "event %" PRIu64 " is not kept; `info events` lists those that are", number);
	}
	event = event ? event : latest_event(debugger);
	if (!event)
		return shell_refuse(shell, "nothing has happened yet that could be told; `trap` goes to the first exit");
	/* What both hold now is the event's own outcome only while the guest has not gone on. */
	text.vm = is_last(debugger, event) ? debugger->vm : NULL;
	if (shell->flat)
		tell_event(shell, event);
	event_story(&text, event);
	return true;
}

/* ---- walk, unit ---- */

static bool take_walk_word(struct walk_request *request, const char *word)
{
	if (strcmp(word, "write") == 0)
		request->access = ACCESS_WRITE;
	else if (strcmp(word, "user") == 0)
		request->user = true;
	else
		return false;
	return true;
}

bool command_walk(struct shell *shell, int argc, char **argv)
{
	struct walk_request request = { .linear = debugger_linear_eip(shell->debugger), .access = ACCESS_READ };
	struct style style = style_of(shell);
	enum stop_space space = SPACE_LINEAR;
	struct two_walks walks;
	uint64_t address;
	char where[80], text[512];

	while (argc > 1 && take_walk_word(&request, argv[argc - 1]))
		argc--;
	if (argc > 1) {
		if (!words_join(shell, argc, argv, 1, text, sizeof(text)) || !place_parse(shell, text, &space, &address))
			return false;
		request.linear = (uint32_t)address;
	}
	if (space != SPACE_LINEAR)
		return shell_refuse(shell, "walk: page tables map linear addresses only");
	walks = walk_both(shell->debugger->vm, &request);
	address_text(shell->debugger->symbols, request.linear, where, sizeof(where));
	fprintf(shell->out, "%s  %s by %s\n", where, request.access == ACCESS_WRITE ? "write" : "read",
	        request.user ? "user" : "supervisor");
	walk_print(shell->out, &walks, &style);
	return true;
}

bool command_unit(struct shell *shell, int argc, char **argv)
{
	const struct debugger *debugger = shell->debugger;
	struct unit_choice choice = { .by_address = true, .address = debugger_linear_eip(debugger) };
	struct unit_text text = {
		.out = shell->out, .style = style_of(shell), .symbols = debugger->symbols, .vm = debugger->vm,
	};
	struct unit_list list;
	enum stop_space space;
	uint64_t address;
	char words[512];

	if (argc > 1) {
		if (!words_join(shell, argc, argv, 1, words, sizeof(words)) || !place_parse(shell, words, &space, &address))
			return false;
		choice.address = (uint32_t)address;
	}
	if (strcmp(debugger->vm->technique->name, "bt") != 0)
		return shell_refuse(shell, "unit: %s translates nothing; `switch bt` does", debugger->vm->technique->name);
	if (!unit_list_make(&list, debugger->vm, &choice))
		return shell_refuse(shell, "not enough memory for a list of units; close other programs");
	text.counted = list.counted;
	for (size_t i = 0; i < list.count; i++)
		unit_print(&text, &list.entry[i]);
	unit_list_free(&list);
	return list.count || shell_refuse(shell, "no unit in the cache holds %08" PRIx32 ": it never ran in ring 0, or was "
	                                  "dropped", choice.address);
}

/* ---- stats, status ---- */

bool command_stats(struct shell *shell, int argc, char **argv)
{
	const struct debugger *debugger = shell->debugger;
	char error[256];
	struct output *output = output_into(shell->out);

	(void)argc;
	(void)argv;
	if (!output)
		return shell_refuse(shell, "not enough memory; close other programs");
	counters_write_text(debugger->counters, output);
	holes_write_text(&debugger->counters->holes, debugger->symbols, output);
	return output_close(output, error, sizeof(error)) || shell_refuse(shell, "%s", error);
}

bool command_status(struct shell *shell, int argc, char **argv)
{
	char text[320];

	(void)argc;
	(void)argv;
	debugger_status(shell->debugger, text, sizeof(text));
	fprintf(shell->out, "%s\n%s\n", text, shell->debugger->stop.text);
	print_position(shell);
	return true;
}
