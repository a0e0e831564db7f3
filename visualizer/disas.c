/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/disas.c - the command `disas`: guest code with the class of each instruction, so that the
 * holes of the architecture (Robin and Irvine 2000) can be looked for in a kernel.
 */
#include "core/disassemble.h"
#include "core/json.h"
#include "cpu/insn.h"
#include "visualizer/address.h"
#include "visualizer/code_image.h"
#include "visualizer/command.h"
#include "visualizer/guest_file.h"
#include "visualizer/message.h"
#include "visualizer/options.h"
#include "visualizer/style.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct disas {
	const struct options *options;
	struct config config;
	struct code_image image;
	struct symbols *symbols;
	struct style style;
	struct output *output; /* with --json */
	struct json json;
	uint32_t from, until;  /* [from, until) */
	uint64_t left;         /* instructions still to be shown */
	bool big;
};

struct line {
	uint32_t address;
	const uint8_t *bytes;
	size_t length;
	const char *mark, *class_name, *mnemonic;
	char text[96];
};

/* Does code begin at a byte behind the first? Then these bytes are data: a Multiboot header, a table. */
static bool runs_into_code(const struct disas *disas, uint32_t address, int length)
{
	for (int i = 1; i < length; i++) {
		uint32_t offset = 1;

		if (address + (uint32_t)i == disas->image.entry ||
		    (symbols_name(disas->symbols, address + (uint32_t)i, &offset) && offset == 0))
			return true;
	}
	return false;
}

/* Takes one instruction apart; what is none takes one byte. */
static void decode(const struct disas *disas, const struct code_range *range, uint32_t address,
                   struct line *line)
{
	const uint8_t *bytes = range->bytes + (address - range->address);
	size_t size = range->size - (address - range->address);
	struct insn insn;
	int length = insn_decode(&insn, bytes, size < INSN_MAX_LENGTH ? size : INSN_MAX_LENGTH, disas->big);

	*line = (struct line){ .address = address, .bytes = bytes, .length = 1, .mark = "?", .class_name = "none" };
	disassemble(bytes, size, address, disas->big, line->text, sizeof(line->text));
	if (length <= 0 || !insn.row->perform)
		return;
	if (runs_into_code(disas, address, length)) {
		snprintf(line->text, sizeof(line->text), "db 0x%02x", bytes[0]);
		return;
	}
	line->length = (size_t)length;
	line->mark = insn_class_mark((enum insn_class)insn.row->insn_class);
	line->class_name = insn_class_name((enum insn_class)insn.row->insn_class);
	line->mnemonic = insn.row->mnemonic;
}

static void print_json(struct disas *disas, const struct line *line)
{
	char symbol[64];

	symbols_describe(disas->symbols, line->address, symbol, sizeof(symbol));
	json_open_object(&disas->json, NULL);
	json_put_address(&disas->json, "address", line->address);
	json_put_bytes(&disas->json, "bytes", line->bytes, line->length);
	json_put_string(&disas->json, "class", line->class_name);
	json_put_string(&disas->json, "text", line->text);
	if (line->mnemonic)
		json_put_string(&disas->json, "mnemonic", line->mnemonic);
	if (symbol[0])
		json_put_string(&disas->json, "symbol", symbol);
	json_close_object(&disas->json);
	json_end_line(&disas->json);
}

static const char *color_of(const struct style *style, const char *mark)
{
	if (mark[0] == 'S')
		return style->bad;
	return mark[0] == 'P' ? style->warn : "";
}

static void print_text(const struct disas *disas, const struct line *line)
{
	const struct style *style = &disas->style;
	const char *color = color_of(style, line->mark);
	char bytes[3 * INSN_MAX_LENGTH + 1] = "";
	uint32_t offset = 1;
	const char *name = symbols_name(disas->symbols, line->address, &offset);

	if (name && offset == 0)
		printf("\n%s%08" PRIx32 " <%s>:%s\n", style->title, line->address, name, style->off);
	for (size_t i = 0; i < line->length; i++)
		snprintf(bytes + 3 * i, 4, "%02x ", line->bytes[i]);
	printf("%08" PRIx32 "  %s%-2s%s  %-24s %s%s%s\n", line->address, color, line->mark,
	       color[0] ? style->off : "", bytes, color, line->text, color[0] ? style->off : "");
}

static void print_range(struct disas *disas, const struct code_range *range)
{
	uint32_t address = disas->from > range->address ? disas->from : range->address;

	while (disas->left > 0 && address < disas->until && address - range->address < range->size &&
	       !ferror(stdout)) {
		struct line line;

		decode(disas, range, address, &line);
		if (disas->output)
			print_json(disas, &line);
		else
			print_text(disas, &line);
		disas->left--;
		if (__builtin_add_overflow(address, (uint32_t)line.length, &address))
			return;
	}
}

static bool choose_range(struct disas *disas)
{
	const struct options *options = disas->options;

	disas->from = 0;
	disas->until = UINT32_MAX;
	disas->left = options->count.given ? options->count.value : UINT64_MAX;
	if (options->at && !address_parse(disas->symbols, options->at, "--at", &disas->from))
		return false;
	if (options->until && !address_parse(disas->symbols, options->until, "--until", &disas->until))
		return false;
	if (!options->at || code_image_find(&disas->image, disas->from))
		return true;
	message("disas: there is no code at %08" PRIx32 " in '%s'; without --at all of it is printed", disas->from,
	        disas->config.kernel);
	return false;
}

static bool open_output(struct disas *disas)
{
	char error[256];

	if (!disas->options->json)
		return true;
	disas->output = output_open("-", error, sizeof(error));
	if (!disas->output)
		message("%s", error);
	else
		disas->json = json_on(disas->output);
	return disas->output;
}

static bool open_all(struct disas *disas)
{
	char error[512];

	disas->config = disas->options->config;
	if (!guest_from_words(&disas->config, disas->options, 0))
		return false;
	disas->big = !disas->config.flat_real && !disas->config.disk[0][0];
	disas->symbols = guest_symbols(&disas->config);
	if (!code_image_read(&disas->image, &disas->config, error, sizeof(error))) {
		message("%s", error);
		return false;
	}
	return choose_range(disas) && open_output(disas);
}

static int finish(struct disas *disas, int status)
{
	char error[256];

	if (disas->output && !output_close(disas->output, error, sizeof(error))) {
		message("%s", error);
		status = STATUS_FAILED;
	}
	code_image_free(&disas->image);
	symbols_free(disas->symbols);
	return status;
}

int disas_command(const struct options *options)
{
	struct disas disas = { .options = options, .style = style_make(options->color) };

	if (!open_all(&disas))
		return finish(&disas, STATUS_USAGE);
	for (size_t i = 0; i < disas.image.count; i++)
		print_range(&disas, &disas.image.range[i]);
	return finish(&disas, STATUS_OK);
}
