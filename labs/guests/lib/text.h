/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lib/text.h - memory, strings and formatted text for code without a C library.
 * The kernel and its user programs compile the same two files, each for itself.
 */
#ifndef GUEST_LIB_TEXT_H
#define GUEST_LIB_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);

size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t size);
/* Copies at most size - 1 bytes and always ends with a zero. */
void copy_text(char *to, const char *from, size_t size);
/* Decimal, or hexadecimal after 0x; stops at the first other character. */
uint32_t parse_number(const char *text);
/* "name=value": the value if `word` begins with "name=", else NULL. */
const char *option_value(const char *word, const char *name);

/* Formats %d %u %x %s %c %% with an optional 0, - and width. Cuts off at size - 1; returns the length. */
size_t format(char *to, size_t size, const char *text, va_list arguments);

#endif
