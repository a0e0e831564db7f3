/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/commands_change.c - commands that change the guest. Made in the past, each begins a new branch of
 * history, and that is told.
 */
#include "visualizer/debugger/commands.h"

#include "trap/techniques.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

/* What a change had to say, such as that a branch began. */
static bool changed(struct shell *shell, bool fine)
{
	if (!fine)
		return shell_refuse(shell, "%s", shell->debugger->message);
	if (shell->debugger->message[0])
		fprintf(shell->out, "%s\n", shell->debugger->message);
	return true;
}

bool command_set(struct shell *shell, int argc, char **argv)
{
	char text[1024], name[32];
	size_t length, at;
	uint64_t value;

	if (!words_join(shell, argc, argv, 1, text, sizeof(text)))
		return false;
	at = text[0] == '$';
	length = strcspn(text + at, " =");
	if (length == 0 || length >= sizeof(name))
		return shell_refuse(shell, "set: which register? As in: set eax = 5");
	memcpy(name, text + at, length);
	name[length] = '\0';
	at += length;
	at += strspn(text + at, " ");
	at += text[at] == '=';
	at += strspn(text + at, " ");
	if (!text[at])
		return shell_refuse(shell, "set: which value? As in: set %s = 5", name);
	if (!value_parse(shell, text + at, &value))
		return false;
	if (value > UINT32_MAX && value < (uint64_t)INT32_MIN)
		return shell_refuse(shell, "set: %" PRIu64 " does not fit in 32 bits", value);
	return changed(shell, debugger_set_register(shell->debugger, name, (uint32_t)value));
}

enum { WRITE_MOST = 256 };

static bool write_text(struct shell *shell, int argc, char **argv, uint32_t address)
{
	char text[WRITE_MOST];

	return words_join(shell, argc, argv, 3, text, sizeof(text)) &&
	       changed(shell, debugger_write(shell->debugger, address, text, strlen(text)));
}

static bool write_values(struct shell *shell, int argc, char **argv, int first, uint32_t address, unsigned size)
{
	uint8_t bytes[WRITE_MOST];
	size_t used = 0;

	for (int i = first; i < argc; i++) {
		uint64_t value;

		if (!value_parse(shell, argv[i], &value))
			return false;
		if (value >> (8 * size) && ~value >> (8 * size - 1))
			return shell_refuse(shell, "write: %s does not fit in %u byte%s", argv[i], size, size == 1 ? "" : "s");
		memcpy(bytes + used, &value, size); /* both are little-endian; WORDS_MOST words of 4 bytes have room */
		used += size;
	}
	return changed(shell, debugger_write(shell->debugger, address, bytes, used));
}

bool command_write(struct shell *shell, int argc, char **argv)
{
	const char *format = argc > 1 && argv[1][0] == '/' ? argv[1] + 1 : NULL;
	int first = format ? 2 : 1;
	enum stop_space space;
	uint64_t address;

	if (argc < first + 2)
		return shell_refuse(shell, "write: an address, then values, as in: write/w 00101000 5 6");
	if (format && (strlen(format) != 1 || !strchr("bhws", format[0])))
		return shell_refuse(shell, "write: no unit '/%.20s'; there are b, h, w, and s for text", format);
	if (!place_parse(shell, argv[first], &space, &address))
		return false;
	if (space != SPACE_LINEAR)
		return shell_refuse(shell, "write: memory is written at linear addresses only");
	if (format && format[0] == 's')
		return write_text(shell, argc, argv, (uint32_t)address);
	return write_values(shell, argc, argv, first + 1, (uint32_t)address, !format || format[0] == 'b' ? 1 : format[0] == 'h' ? 2 : 4);
}

/* \n and \t in words without quotation marks. */
static size_t unescape(char *text)
{
	size_t used = 0;

	for (const char *at = text; *at; at++) {
		if (*at == '\\' && at[1] && strchr("nte\\", at[1])) {
			at++;
			text[used++] = *at == 'n' ? '\n' : *at == 't' ? '\t' : *at == 'e' ? '\033' : '\\';
		} else {
			text[used++] = *at;
		}
	}
	text[used] = '\0';
	return used;
}

bool command_type(struct shell *shell, int argc, char **argv)
{
	char text[1024];

	return words_join(shell, argc, argv, 1, text, sizeof(text)) &&
	       changed(shell, debugger_type(shell->debugger, text, unescape(text)));
}

bool command_switch(struct shell *shell, int argc, char **argv)
{
	struct vm_mode mode;
	char text[64];

	if (argc > 2)
		return shell_refuse(shell, "switch: one mode without blanks, such as bt or hvm/nested");
	if (!mode_parse(technique_list(), argv[1], &mode, shell->message, sizeof(shell->message)))
		return false;
	if (!changed(shell, debugger_switch(shell->debugger, &mode)))
		return false;
	fprintf(shell->out, "the guest runs under %s now\n", mode_text(&mode, text, sizeof(text)));
	return true;
}
