/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/remote/frame.c - frames as bytes: put together and taken apart.
 */
#include "visualizer/remote/frame.h"

#include <stdlib.h>
#include <string.h>

static const char magic[] = "RINGSIDE";

/* ---- bytes ---- */

static bool make_room(struct bytes *bytes, size_t size)
{
	size_t room = 2 * (bytes->size + size);
	uint8_t *at;

	if (bytes->size + size <= bytes->room)
		return true;
	at = realloc(bytes->at, room);
	if (!at) {
		bytes->failed = true;
		return false;
	}
	bytes->at = at;
	bytes->room = room;
	return true;
}

void bytes_put(struct bytes *bytes, const void *more, size_t size)
{
	if (!size || bytes->failed || !make_room(bytes, size))
		return;
	memcpy(bytes->at + bytes->size, more, size);
	bytes->size += size;
}

void bytes_put8(struct bytes *bytes, uint8_t value)
{
	bytes_put(bytes, &value, 1);
}

void bytes_put16(struct bytes *bytes, uint16_t value)
{
	bytes_put8(bytes, (uint8_t)(value >> 8));
	bytes_put8(bytes, (uint8_t)value);
}

void bytes_put32(struct bytes *bytes, uint32_t value)
{
	bytes_put16(bytes, (uint16_t)(value >> 16));
	bytes_put16(bytes, (uint16_t)value);
}

void bytes_use(struct bytes *bytes, size_t size)
{
	if (!size)
		return;
	memmove(bytes->at, bytes->at + size, bytes->size - size);
	bytes->size -= size;
}

void bytes_free(struct bytes *bytes)
{
	free(bytes->at);
	memset(bytes, 0, sizeof(*bytes));
}

/* ---- frames out ---- */

size_t frame_begin(struct bytes *bytes, enum frame_kind kind)
{
	size_t begin = bytes->size;

	bytes_put32(bytes, 0);
	bytes_put8(bytes, (uint8_t)kind);
	return begin;
}

void frame_end(struct bytes *bytes, size_t begin)
{
	uint32_t size = (uint32_t)(bytes->size - begin - 4);

	if (bytes->failed)
		return;
	for (unsigned i = 0; i < 4; i++)
		bytes->at[begin + i] = (uint8_t)(size >> (24 - 8 * i));
}

void frame_text(struct bytes *bytes, enum frame_kind kind, const char *text)
{
	size_t begin = frame_begin(bytes, kind);

	bytes_put(bytes, text, strlen(text));
	frame_end(bytes, begin);
}

void preamble_put(struct bytes *bytes, uint16_t version)
{
	bytes_put(bytes, magic, sizeof(magic) - 1);
	bytes_put16(bytes, version);
}

/* ---- frames in ---- */

enum arrival preamble_take(struct bytes *bytes, uint16_t *version)
{
	size_t known = bytes->size < sizeof(magic) - 1 ? bytes->size : sizeof(magic) - 1;

	if (known && memcmp(bytes->at, magic, known) != 0)
		return ARRIVED_BAD;
	if (bytes->size < PREAMBLE_SIZE)
		return ARRIVED_NOT;
	*version = (uint16_t)(bytes->at[8] << 8 | bytes->at[9]);
	bytes_use(bytes, PREAMBLE_SIZE);
	return ARRIVED;
}

enum arrival frame_take(const struct bytes *bytes, size_t most, struct frame *frame)
{
	uint32_t size = 0;

	if (bytes->size < FRAME_HEAD)
		return ARRIVED_NOT;
	for (unsigned i = 0; i < 4; i++)
		size = size << 8 | bytes->at[i];
	if (size == 0 || size > most)
		return ARRIVED_BAD;
	if (bytes->size - 4 < size)
		return ARRIVED_NOT;
	*frame = (struct frame){ .kind = bytes->at[4], .body = bytes->at + FRAME_HEAD, .size = size - 1 };
	return ARRIVED;
}

void frame_used(struct bytes *bytes, const struct frame *frame)
{
	bytes_use(bytes, (size_t)(frame->body + frame->size - bytes->at));
}

bool frame_get8(struct frame *frame, uint8_t *value)
{
	if (!frame->size)
		return false;
	*value = *frame->body;
	frame->body++;
	frame->size--;
	return true;
}

bool frame_get16(struct frame *frame, uint16_t *value)
{
	uint8_t high = 0, low = 0;
	bool whole = frame_get8(frame, &high) && frame_get8(frame, &low);

	*value = (uint16_t)(high << 8 | low);
	return whole;
}

bool frame_get32(struct frame *frame, uint32_t *value)
{
	uint16_t high = 0, low = 0;
	bool whole = frame_get16(frame, &high) && frame_get16(frame, &low);

	*value = (uint32_t)high << 16 | low;
	return whole;
}
