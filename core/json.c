/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/json.c - the streaming JSON writer, and a reader of single lines.
 */
#include "core/json.h"

#include <stdlib.h>
#include <string.h>

static const char digits[] = "0123456789abcdef";

static void put(struct json *json, const char *text, size_t size)
{
	output_write(json->output, text, size);
}

/* Length of the UTF-8 sequence at `text` (RFC 3629); 0: it is none. */
static size_t utf8_length(const unsigned char *text)
{
	size_t length = text[0] < 0x80 ? 1 : text[0] < 0xc2 ? 0 : text[0] < 0xe0 ? 2 :
	                text[0] < 0xf0 ? 3 : text[0] < 0xf5 ? 4 : 0;

	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	/* Overlong forms, surrogates, past U+10FFFF. */
	if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
	    (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
		return 0;
	return length;
}

size_t json_utf8_length(const char *text)
{
	return utf8_length((const unsigned char *)text);
}

static void put_escaped(struct json *json, unsigned char c)
{
	static const char named[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *name = strchr(named, c);
	char text[6] = { '\\', 'u', '0', '0', digits[c >> 4], digits[c & 15] };

	if (name != NULL) {
		text[1] = letters[name - named];
		put(json, text, 2);
	} else {
		put(json, text, sizeof(text));
	}
}

static void put_string(struct json *json, const char *value)
{
	const unsigned char *text = (const unsigned char *)value;

	put(json, "\"", 1);
	while (*text != '\0') {
		size_t length = utf8_length(text);

		if (length == 0)
			put(json, "\xef\xbf\xbd", 3);
		else if (length == 1 && (*text < 0x20 || *text == '"' || *text == '\\' || *text == 0x7f))
			put_escaped(json, *text);
		else
			put(json, (const char *)text, length);
		text += length == 0 ? 1 : length;
	}
	put(json, "\"", 1);
}

/* What stands before a value. */
static void begin_value(struct json *json, const char *key)
{
	if (json->comma)
		put(json, ",", 1);
	json->comma = true;
	if (key != NULL) {
		put_string(json, key);
		put(json, ":", 1);
	}
}

static void open_with(struct json *json, const char *key, const char *bracket)
{
	begin_value(json, key);
	put(json, bracket, 1);
	json->comma = false;
}

/* What was closed is itself a value that stands before. */
static void close_with(struct json *json, const char *bracket)
{
	put(json, bracket, 1);
	json->comma = true;
}

void json_open_object(struct json *json, const char *key)
{
	open_with(json, key, "{");
}

void json_close_object(struct json *json)
{
	close_with(json, "}");
}

void json_open_array(struct json *json, const char *key)
{
	open_with(json, key, "[");
}

void json_close_array(struct json *json)
{
	close_with(json, "]");
}

void json_put_string(struct json *json, const char *key, const char *value)
{
	begin_value(json, key);
	if (value != NULL)
		put_string(json, value);
	else
		put(json, "null", 4);
}

/* Writes the digits before `end`; gives where they begin. */
static char *number_before(char *end, uint64_t value, unsigned base)
{
	do {
		*--end = digits[value % base];
		value /= base;
	} while (value != 0);
	return end;
}

void json_put_number(struct json *json, const char *key, uint64_t value)
{
	char text[20], *end = text + sizeof(text), *start = number_before(end, value, 10);

	begin_value(json, key);
	put(json, start, (size_t)(end - start));
}

void json_put_boolean(struct json *json, const char *key, bool value)
{
	begin_value(json, key);
	output_text(json->output, value ? "true" : "false");
}

void json_put_decimal(struct json *json, const char *key, double value, unsigned digits)
{
	begin_value(json, key);
	output_format(json->output, "%.*f", (int)digits, value);
}

void json_put_address(struct json *json, const char *key, uint64_t value)
{
	char text[16], *end = text + sizeof(text), *start = number_before(end, value, 16);

	begin_value(json, key);
	put(json, "\"0x", 3);
	put(json, start, (size_t)(end - start));
	put(json, "\"", 1);
}

void json_put_bytes(struct json *json, const char *key, const uint8_t *bytes, size_t size)
{
	begin_value(json, key);
	put(json, "\"", 1);
	for (size_t i = 0; i < size; i++) {
		const char text[2] = { digits[bytes[i] >> 4], digits[bytes[i] & 15] };

		put(json, text, 2);
	}
	put(json, "\"", 1);
}

void json_end_line(struct json *json)
{
	put(json, "\n", 1);
	json->comma = false;
}
