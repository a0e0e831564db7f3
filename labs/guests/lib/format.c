/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lib/format.c - a small printf into a buffer: %d %u %x %s %c %%, with 0, - and a width.
 */
#include "lib/text.h"

struct sink {
	char *to;
	size_t size, length;
};

struct field {
	bool left, zero;
	size_t width;
};

static void put(struct sink *sink, char c)
{
	if (sink->length + 1 < sink->size)
		sink->to[sink->length++] = c;
}

static void put_field(struct sink *sink, const struct field *field, const char *text)
{
	size_t length = strlen(text);
	char fill = field->zero ? '0' : ' ';

	if (!field->left) {
		for (size_t i = length; i < field->width; i++)
			put(sink, fill);
	}
	for (size_t i = 0; i < length; i++)
		put(sink, text[i]);
	if (field->left) {
		for (size_t i = length; i < field->width; i++)
			put(sink, ' ');
	}
}

static void put_number(struct sink *sink, const struct field *field, uint32_t value, uint32_t base,
                       bool negative)
{
	char digits[12], *first = digits + sizeof(digits) - 1;

	*first = '\0';
	do {
		*--first = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	if (negative)
		*--first = '-';
	put_field(sink, field, first);
}

static const char *read_field(const char *text, struct field *field)
{
	*field = (struct field){ 0 };
	for (; *text == '-' || *text == '0'; text++) {
		field->left |= *text == '-';
		field->zero |= *text == '0';
	}
	for (; *text >= '0' && *text <= '9'; text++)
		field->width = field->width * 10 + (size_t)(*text - '0');
	return text;
}

size_t format(char *to, size_t size, const char *text, va_list arguments)
{
	struct sink sink = { to, size, 0 };
	struct field field;

	for (; *text; text++) {
		if (*text != '%') {
			put(&sink, *text);
			continue;
		}
		text = read_field(text + 1, &field);
		switch (*text) {
		case 'd': {
			int value = va_arg(arguments, int);
			uint32_t magnitude = value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
			put_number(&sink, &field, magnitude, 10, value < 0);
			break;
		}
		case 'u':
			put_number(&sink, &field, va_arg(arguments, uint32_t), 10, false);
			break;
		case 'x':
			put_number(&sink, &field, va_arg(arguments, uint32_t), 16, false);
			break;
		case 's':
			put_field(&sink, &field, va_arg(arguments, const char *));
			break;
		case 'c':
			put(&sink, (char)va_arg(arguments, int));
			break;
		default:
			put(&sink, *text);
		}
	}
	to[sink.length] = '\0';
	return sink.length;
}
