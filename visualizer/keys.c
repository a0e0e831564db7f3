/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/keys.c - the queue of input at model times, its file form, and recording.
 */
#include "visualizer/keys.h"

#include "core/file.h"
#include "core/refuse.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	TYPED_EACH = 100,  /* keys in a second that `text` types */
	HELD_FOR = 12,     /* a key from a terminal is held for a 12th of a second: longer than a game's frame */
	FILE_LIMIT = 16 << 20,
};

void keys_begin(struct keys *keys, uint64_t frequency)
{
	*keys = (struct keys){ .frequency = frequency };
}

void keys_end(struct keys *keys)
{
	free(keys->input);
	keys->input = NULL;
	keys->count = keys->room = keys->next = 0;
}

/* In order of time; what was first stays first. Without memory the input is lost, as on a full queue. */
static void insert(struct keys *keys, const struct key_input *input)
{
	size_t place = keys->count;

	if (keys->count == keys->room) {
		size_t room = keys->room ? 2 * keys->room : 64;
		struct key_input *grown = realloc(keys->input, room * sizeof(*grown));

		if (!grown)
			return;
		keys->input = grown;
		keys->room = room;
	}
	while (place > keys->next && keys->input[place - 1].cycle > input->cycle)
		place--;
	memmove(&keys->input[place + 1], &keys->input[place], (keys->count - place) * sizeof(*input));
	keys->input[place] = *input;
	keys->count++;
}

static void insert_stroke(struct keys *keys, struct stroke stroke, uint64_t down, uint64_t up, bool typed)
{
	struct key_input input = { .cycle = down, .typed = typed };

	input.size = (uint8_t)stroke_make(stroke, input.bytes);
	insert(keys, &input);
	input.cycle = up;
	input.size = (uint8_t)stroke_break(stroke, input.bytes);
	insert(keys, &input);
}

static struct key_input take_out(struct keys *keys, size_t place)
{
	struct key_input input = keys->input[place];

	keys->count--;
	memmove(&keys->input[place], &keys->input[place + 1], (keys->count - place) * sizeof(input));
	return input;
}

/* A terminal repeats a held key and never tells of its release: the pending one is void. */
static void forget_release(struct keys *keys, struct stroke stroke)
{
	uint8_t bytes[STROKE_BYTES];
	size_t size = stroke_break(stroke, bytes);

	for (size_t i = keys->next; i < keys->count; i++) {
		const struct key_input *input = &keys->input[i];

		if (input->typed && input->size == size && memcmp(input->bytes, bytes, size) == 0) {
			take_out(keys, i);
			return;
		}
	}
}

static bool releases_modifier(const struct key_input *input)
{
	uint8_t last = input->bytes[input->size - 1];

	return input->typed && (last == 0xaa || last == 0x9d || last == 0xb8);
}

static void release_modifiers(struct keys *keys, uint64_t cycle)
{
	for (size_t i = keys->next; i < keys->count; i++)
		if (releases_modifier(&keys->input[i]) && keys->input[i].cycle > cycle) {
			struct key_input input = take_out(keys, i);

			input.cycle = cycle;
			insert(keys, &input);
		}
}

void keys_stroke(struct keys *keys, uint64_t cycle, struct stroke stroke)
{
	forget_release(keys, stroke);
	release_modifiers(keys, cycle);
	insert_stroke(keys, stroke, cycle, cycle + keys->frequency / HELD_FOR, true);
}

void keys_serial(struct keys *keys, uint64_t cycle, const uint8_t *bytes, size_t size)
{
	while (size > 0) {
		struct key_input input = { .cycle = cycle, .serial = true };

		input.size = (uint8_t)(size < STROKE_BYTES ? size : STROKE_BYTES);
		memcpy(input.bytes, bytes, input.size);
		insert(keys, &input);
		bytes += input.size;
		size -= input.size;
	}
}

uint64_t keys_next(const struct keys *keys)
{
	return keys->next < keys->count ? keys->input[keys->next].cycle : BOARD_NEVER;
}

static void record(FILE *out, const struct key_input *input, size_t size, uint64_t now)
{
	fprintf(out, "%" PRIu64 "%s", now, input->serial ? " serial \"" : "");
	for (size_t i = 0; i < size; i++)
		fprintf(out, input->serial ? "\\x%02x" : " %02x", input->bytes[i]);
	fputs(input->serial ? "\"\n" : "\n", out);
}

void keys_deliver(struct keys *keys, struct board *board, uint64_t now)
{
	while (keys->next < keys->count && keys->input[keys->next].cycle <= now) {
		struct key_input *input = &keys->input[keys->next];
		size_t taken = input->serial ? board_serial_input(board, 0, input->bytes, input->size)
		                             : board_key_input(board, input->bytes, input->size);

		if (taken > 0 && keys->record)
			record(keys->record, input, taken, now);
		if (taken > 0 && keys->delivered)
			keys->delivered(keys->owner, input->serial, input->bytes, taken);
		if (taken < input->size) { /* the queue is full: the rest waits, and the guest runs meanwhile */
			memmove(input->bytes, input->bytes + taken, input->size - taken);
			input->size -= (uint8_t)taken;
			input->cycle = now + keys->frequency / 1000;
			return;
		}
		keys->next++;
	}
}

/* ---- the file ---- */

static int hex_digit(char c)
{
	if (!isxdigit((unsigned char)c))
		return -1;
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* One character of a quoted text, escapes resolved; -1 at its end, -2 when the text is broken. */
static int quoted_character(const char **text)
{
	static const char escapes[] = "n\nr\rt\te\x1b" "0";
	const char *known;
	char c = *(*text)++;

	if (c == '\0')
		return -2;
	if (c == '"')
		return -1;
	if (c != '\\')
		return (unsigned char)c;
	c = *(*text)++;
	if (c == 'x' && hex_digit((*text)[0]) >= 0 && hex_digit((*text)[1]) >= 0) {
		*text += 2;
		return hex_digit((*text)[-2]) << 4 | hex_digit((*text)[-1]);
	}
	if (c == '\\' || c == '"')
		return c;
	known = c ? strchr(escapes, c) : NULL;
	return known && (known - escapes) % 2 == 0 ? known[1] : -2;
}

static bool read_quoted(struct keys *keys, uint64_t cycle, const char *text, bool serial)
{
	uint64_t each = keys->frequency / TYPED_EACH;
	int c;

	if (*text++ != '"')
		return false;
	while ((c = quoted_character(&text)) >= 0) {
		uint8_t byte = (uint8_t)c;

		if (serial) {
			keys_serial(keys, cycle, &byte, 1);
			continue;
		}
		if (stroke_of_character((char)c).code == 0)
			return false;
		insert_stroke(keys, stroke_of_character((char)c), cycle, cycle + each / 2, false);
		cycle += each;
	}
	return c == -1;
}

static bool read_names(struct keys *keys, uint64_t cycle, const char *text)
{
	uint64_t each = keys->frequency / TYPED_EACH;

	while (*text) {
		char name[16];
		size_t length = strcspn(text, " \t");

		if (length >= sizeof(name))
			return false;
		memcpy(name, text, length);
		name[length] = '\0';
		if (stroke_of_name(name).code == 0)
			return false;
		insert_stroke(keys, stroke_of_name(name), cycle, cycle + each / 2, false);
		cycle += each;
		text += length;
		text += strspn(text, " \t");
	}
	return true;
}

static bool read_codes(struct keys *keys, uint64_t cycle, const char *text)
{
	struct key_input input = { .cycle = cycle };

	while (*text) {
		int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);

		if (low < 0)
			return false;
		input.bytes[input.size++] = (uint8_t)(high << 4 | low);
		text += 2;
		text += strspn(text, " \t");
		if (input.size == STROKE_BYTES || !*text) {
			insert(keys, &input);
			input.size = 0;
		}
	}
	return true;
}

/* The rest of a line after `word`, or NULL when the line begins otherwise. */
static const char *after(const char *line, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(line, word, length) != 0 || !(line[length] == ' ' || line[length] == '\t'))
		return NULL;
	line += length;
	return line + strspn(line, " \t");
}

static bool read_input(struct keys *keys, uint64_t cycle, const char *line)
{
	const char *rest;

	if ((rest = after(line, "text")))
		return read_quoted(keys, cycle, rest, false);
	if ((rest = after(line, "serial")))
		return read_quoted(keys, cycle, rest, true);
	if ((rest = after(line, "key")))
		return read_names(keys, cycle, rest);
	return *line && read_codes(keys, cycle, line);
}

bool keys_read_line(struct keys *keys, const char *line, char *error, size_t error_size)
{
	char *rest;
	uint64_t cycle;

	line += strspn(line, " \t");
	if (*line == '\0' || *line == ';' || *line == '#')
		return true;
	cycle = strtoull(line, &rest, 10);
	if (rest == line || *line == '-' || (*rest != ' ' && *rest != '\t'))
		return refuse(error, error_size, "a line begins with the cycle at which the input arrives");
	rest += strspn(rest, " \t");
	if (read_input(keys, cycle, rest))
		return true;
	return refuse(error, error_size, "'%.40s' is no input; write scan codes (1e 9e), text \"ls\\n\", "
	              "key left enter, or serial \"...\"", rest);
}

static void trim_end(char *line)
{
	size_t length = strlen(line);

	while (length > 0 && isspace((unsigned char)line[length - 1]))
		line[--length] = '\0';
}

bool keys_read(struct keys *keys, const char *path, char *error, size_t error_size)
{
	size_t size;
	uint8_t *bytes = file_read("recording of keys", path, FILE_LIMIT, &size, error, error_size);
	unsigned number = 0;
	bool fine = true;

	if (!bytes)
		return false;
	for (size_t begin = 0; fine && begin < size;) {
		const uint8_t *end = memchr(bytes + begin, '\n', size - begin);
		size_t length = end ? (size_t)(end - bytes) - begin : size - begin;
		char line[4096], cause[256];

		number++;
		snprintf(line, sizeof(line), "%.*s", (int)(length < sizeof(line) ? length : sizeof(line) - 1),
		         (const char *)bytes + begin);
		trim_end(line);
		fine = keys_read_line(keys, line, cause, sizeof(cause));
		if (!fine)
			refuse(error, error_size, "%s:%u: %s", path, number, cause);
		begin += length + 1;
	}
	free(bytes);
	return fine;
}
