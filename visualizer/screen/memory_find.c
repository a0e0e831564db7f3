/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/memory_find.c - looks for bytes in memory by any of its three kinds of addresses, across what is not
 * mapped, and no further than a person would wait.
 */
#include "visualizer/screen/memory_view.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIND_BYTES = 64,
	FIND_PAGES = 8192, /* readable ones: 32 MiB */
	PAGES_OF_4_GIB = 1 << 20,
};

struct search {
	const struct debugger *debugger;
	enum stop_space space;
	bool back;
	uint8_t bytes[FIND_BYTES];
	size_t count;
};

/* Two digits for each of several bytes, with blanks between them. */
static bool read_pairs(const char *text, struct search *search)
{
	size_t count = 0;

	while (*text && count < FIND_BYTES) {
		if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]) || (text[2] && text[2] != ' '))
			return false;
		search->bytes[count++] = (uint8_t)strtoul(text, NULL, 16);
		text += text[2] ? 3 : 2;
	}
	search->count = count;
	return count > 1;
}

static void read_words(const char *text, struct search *search)
{
	search->count = strlen(text) < FIND_BYTES ? strlen(text) : FIND_BYTES;
	memcpy(search->bytes, text, search->count);
}

static bool stands_at(const struct search *search, uint32_t address)
{
	uint8_t bytes[FIND_BYTES];
	bool readable[FIND_BYTES];

	memory_bytes(search->debugger, search->space, address, bytes, readable, search->count);
	return readable[0] && readable[search->count - 1] && memcmp(bytes, search->bytes, search->count) == 0;
}

/* Looks through one page, from an offset in it. */
static bool find_in_page(const struct search *search, const struct frame_view *frame, uint32_t page, int from,
			 uint32_t *found)
{
	for (int at = from; at >= 0 && at < PAGE_SIZE; at += search->back ? -1 : 1) {
		*found = page + (uint32_t)at;
		if (frame->host[at] == search->bytes[0] && stands_at(search, *found))
			return true;
	}
	return false;
}

bool memory_find(const struct debugger *debugger, enum stop_space space, const char *what, uint32_t after, bool back,
		 uint32_t *found)
{
	struct search search = {.debugger = debugger, .space = space, .back = back};
	int64_t page = after >> PAGE_SHIFT;
	int from = (int)(after & PAGE_MASK) + (back ? -1 : 1);

	if (!read_pairs(what, &search))
		read_words(what, &search);
	if (!search.count)
		return false;
	for (unsigned looked = 0; looked < FIND_PAGES && page >= 0 && page < PAGES_OF_4_GIB; page += back ? -1 : 1) {
		uint32_t address = (uint32_t)page << PAGE_SHIFT;
		struct frame_view frame = frame_behind(debugger, space, address);

		if (frame.readable && find_in_page(&search, &frame, address, from, found))
			return true;
		looked += frame.readable;
		from = back ? PAGE_SIZE - 1 : 0;
	}
	return false;
}
