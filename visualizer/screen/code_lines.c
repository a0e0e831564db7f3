/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/code_lines.c - see code_lines.h. Instructions of IA-32 have no fixed length, so that code can be
 * read forward only; backward it is read forward from a place that is known, or from one a little before: decoding
 * comes into step with the code after a few instructions (Linn and Debray 2003, section 2).
 */
#include "visualizer/screen/code_lines.h"

#include "core/disassemble.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	SYMBOL_FAR = 1024, /* bytes: a symbol further back does not pay */
	IN_STEP = 48,      /* bytes before the first line wanted, for decoding to come into step */
	TRIES = INSN_MAX_LENGTH,
	PAGE = 4096,
};

struct code code_of(const struct debugger *debugger)
{
	const struct cpu_state *guest = vm_guest_state(debugger->vm);
	bool big = state_protected(guest) && !state_v86(guest) && guest->segment[CS].access & ACCESS_BIG;

	uint32_t eip = debugger_linear_eip(debugger);

	return (struct code){debugger, big, guest->segment[CS].base, eip, eip};
}

/* ---- one line ---- */

/* Does something that is known to be a beginning lie behind the first byte? Then these bytes are no instruction. */
static bool runs_into_code(const struct code *code, uint32_t address, uint32_t size)
{
	uint32_t offset = 0;

	if ((code->eip - address < size && code->eip != address) ||
	    (code->focus - address < size && code->focus != address))
		return true;
	return symbols_name(code->debugger->symbols, address + size - 1, &offset) && offset < size - 1;
}

/* Fills all but the text. */
static void decode(const struct code *code, uint32_t address, struct code_line *line)
{
	size_t readable = debugger_read(code->debugger, address, line->bytes, sizeof(line->bytes));
	int size;

	line->address = address;
	line->kind = CODE_UNMAPPED;
	line->size = PAGE - address % PAGE;
	if (code->focus - address < line->size && code->focus != address)
		line->size = code->focus - address;
	if (!readable)
		return;
	line->kind = CODE_DATA;
	line->size = 1;
	size = insn_decode(&line->insn, line->bytes, readable, code->big);
	if (size <= 0 || !line->insn.row->perform || runs_into_code(code, address, (uint32_t)size))
		return;
	line->kind = CODE_INSTRUCTION;
	line->size = (uint32_t)size;
}

/* With 16-bit operands EIP wraps at 64 KiB of its segment. */
static void find_target(const struct code *code, struct code_line *line)
{
	uint8_t operand = line->insn.row->operand[0];
	uint32_t eip = line->address - code->base + line->size + line->insn.immediate;

	line->branch = operand == OP_Jb || operand == OP_Jz;
	line->target = code->base + (line->insn.operand_size == 2 ? eip & 0xffff : eip);
}

void code_read(const struct code *code, uint32_t address, struct code_line *line)
{
	uint32_t offset = 1;
	const char *name = symbols_name(code->debugger->symbols, address, &offset);

	memset(line, 0, sizeof(*line));
	decode(code, address, line);
	line->label = name && offset == 0 ? name : NULL;
	if (line->kind == CODE_UNMAPPED)
		snprintf(line->text, sizeof(line->text), "not mapped");
	else if (line->kind == CODE_DATA)
		snprintf(line->text, sizeof(line->text), "db 0x%02x", line->bytes[0]);
	else {
		disassemble(line->bytes, line->size, address - code->base, code->big, line->text,
			    sizeof(line->text));
		find_target(code, line);
	}
}

uint32_t code_next(const struct code *code, uint32_t address)
{
	struct code_line line;

	decode(code, address, &line);
	return address + line.size;
}

/* ---- backward ---- */

/* Reads on from `from` up to `address`: the last `count` lines before it. Gives how many there are; 0: it is passed. */
static unsigned read_up_to(const struct code *code, uint32_t from, uint32_t address, uint32_t *list,
			   unsigned count)
{
	uint32_t at = from, distance = address - from;
	unsigned found = 0;

	while (at - from < distance) {
		if (found == count)
			memmove(list, list + 1, (count - 1) * sizeof(*list));
		else
			found++;
		list[found - 1] = at;
		at = code_next(code, at);
	}
	return at == address ? found : 0;
}

/* Lines of a page that cannot be read, or before which none can, begin with the page. */
static bool readable(const struct code *code, uint32_t address)
{
	uint8_t byte;

	return debugger_read(code->debugger, address, &byte, 1) == 1;
}

static uint32_t first_try(const struct code *code, uint32_t address, unsigned count)
{
	uint32_t back = IN_STEP + 4 * count, page = (address - 1) & ~(uint32_t)(PAGE - 1);

	if (back >= address - page && !readable(code, page - 1))
		return page;
	return address - back;
}

/* As many of the lines before `address` as one reading gives. If none comes into step with it, it stands in the middle
 * of something: then what runs into it is shown as bytes. */
static unsigned lines_before(const struct code *code, uint32_t address, uint32_t *list, unsigned count)
{
	struct code aligned = *code;
	uint32_t offset, from;
	unsigned found;

	if (!readable(code, address - 1)) {
		list[0] = (address - 1) & ~(uint32_t)(PAGE - 1);
		return 1;
	}
	if (symbols_name(code->debugger->symbols, address - 1, &offset) && offset < SYMBOL_FAR) {
		found = read_up_to(code, address - 1 - offset, address, list, count);
		if (found)
			return found;
	}
	from = first_try(code, address, count);
	for (unsigned i = 0; i < TRIES && from + 1 != address; i++, from++) {
		found = read_up_to(code, from, address, list, count);
		if (found)
			return found;
	}
	aligned.focus = address;
	return read_up_to(&aligned, first_try(code, address, count), address, list, count);
}

void code_before(const struct code *code, uint32_t address, uint32_t *list, unsigned count)
{
	while (count > 0) {
		unsigned found = lines_before(code, address, list, count);

		memmove(list + (count - found), list, found * sizeof(*list));
		count -= found;
		address = list[count];
	}
}

/* ---- text that fits ---- */

static void take_out(char *text, const char *what, size_t keep)
{
	size_t length = strlen(what);

	for (char *at = text; (at = strstr(at, what)); at += keep)
		memmove(at + keep, at + length, strlen(at + length) + 1);
}

/* The branch's target by its name, with its address too when there is room. */
static bool name_target(const struct code *code, const struct code_line *line, int width,
			char text[CODE_TEXT])
{
	size_t mnemonic = strcspn(line->text, " ");
	char symbol[48];

	symbols_describe(code->debugger->symbols, line->target, symbol, sizeof(symbol));
	if (!line->branch || !symbol[0])
		return false;
	snprintf(text, CODE_TEXT, "%.*s %08" PRIx32 " <%s>", (int)mnemonic, line->text, line->target, symbol);
	if (strlen(text) > (size_t)width)
		snprintf(text, CODE_TEXT, "%.*s %s", (int)mnemonic, line->text, symbol);
	return true;
}

void code_text(const struct code *code, const struct code_line *line, int width, char text[CODE_TEXT])
{
	static const struct {
		const char *what;
		size_t keep; /* bytes of it that stay */
	} less[] = {{", ", 1}, {" ptr", 0}, {"dword ", 0}};

	if (width < 0)
		width = 0;
	if (name_target(code, line, width, text))
		return;
	snprintf(text, CODE_TEXT, "%s", line->text);
	for (size_t i = 0; i < sizeof(less) / sizeof(*less) && strlen(text) > (size_t)width; i++)
		take_out(text, less[i].what, less[i].keep);
}
