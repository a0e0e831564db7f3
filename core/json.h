/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/json.h - JSON (RFC 8259) written as it streams by: no tree, no allocation. Inside an object each
 * value has a key; inside an array the key is NULL. And one function that finds a value in one line of
 * what was written so.
 */
#ifndef RINGSIDE_CORE_JSON_H
#define RINGSIDE_CORE_JSON_H

#include "core/output.h"

#include <stdint.h>

struct json {
	struct output *output;
	bool comma; /* a value stands before, at this depth */
};

static inline struct json json_on(struct output *output)
{
	return (struct json){ .output = output };
}

void json_open_object(struct json *json, const char *key);
void json_close_object(struct json *json);
void json_open_array(struct json *json, const char *key);
void json_close_array(struct json *json);

/* NULL is written as null. Bytes that are not UTF-8 become U+FFFD. */
void json_put_string(struct json *json, const char *key, const char *value);
/* Bytes of the UTF-8 character that `text` begins with (RFC 3629). 0: it begins with none. */
size_t json_utf8_length(const char *text);
void json_put_number(struct json *json, const char *key, uint64_t value);
void json_put_boolean(struct json *json, const char *key, bool value);
/* With so many digits behind the point. */
void json_put_decimal(struct json *json, const char *key, double value, unsigned digits);
/* "0x1f": addresses and register values, which people want in hexadecimal. */
void json_put_address(struct json *json, const char *key, uint64_t value);
/* "0fa2": bytes. */
void json_put_bytes(struct json *json, const char *key, const uint8_t *bytes, size_t size);
/* Ends a line of JSON Lines. */
void json_end_line(struct json *json);

/*
 * The value of a key of the object that `line` (terminated) is; keys deeper inside do not count. Strings
 * are given without their quotes, escapes undone. False: no such key, too long, or the line is no object.
 */
bool json_find(const char *line, const char *key, char *value, size_t value_size);

/*
 * Steps through the values of an object or array: `*at` is its beginning, and then where the last call left it. Keys are
 * empty in an array. False: no more, or what follows is too long or no JSON.
 */
bool json_each(const char **at, char *key, size_t key_size, char *value, size_t value_size);

#endif
