/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/remote/frame.h - what a VM's program and a viewer say to each other, as bytes. Neither side trusts the other:
 * every size is bounded, and what is too long, or of no known kind, ends the connection.
 *
 *     both, once       "RINGSIDE" and a version of 16 bits: this never changes, nor does REFUSED's form
 *     then frames      a size of 32 bits (of what follows), a kind of 8 bits, and what the kind has; numbers are big-endian
 *
 *     viewer to VM     HELLO    flags (bit 0: wants control) 8, width 16, height 16
 *                      SIZE     width 16, height 16
 *                      KEY      enum key 32
 *                      SHOWN    number of the picture 32
 *     VM to viewer     WELCOME  has control 8
 *                      REFUSED  text
 *                      PICTURE  number 32, width 16, height 16, cursor x 16, y 16, last part 8, runs (picture.h)
 *                      NOTE     text: what is worth knowing
 *                      END      text: why no more will come
 *
 * The next picture is made when the viewer has shown the last one: who is slow sees fewer, and nothing piles up.
 */
#ifndef RINGSIDE_VISUALIZER_REMOTE_FRAME_H
#define RINGSIDE_VISUALIZER_REMOTE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REMOTE_VERSION = 1, PREAMBLE_SIZE = 10, FRAME_HEAD = 5, FRAME_MOST = 1 << 16, HELLO_CONTROL = 1 };

enum frame_kind {
	FRAME_HELLO = 1,
	FRAME_SIZE,
	FRAME_KEY,
	FRAME_SHOWN,
	FRAME_WELCOME = 64,
	FRAME_REFUSED,
	FRAME_PICTURE,
	FRAME_NOTE,
	FRAME_END,
};

/* Bytes that grow at the end and are used up from the beginning. All zero: empty. */
struct bytes {
	uint8_t *at;
	size_t size, room;
	bool failed; /* the host had no memory */
};
void bytes_put(struct bytes *bytes, const void *more, size_t size);
void bytes_put8(struct bytes *bytes, uint8_t value);
void bytes_put16(struct bytes *bytes, uint16_t value);
void bytes_put32(struct bytes *bytes, uint32_t value);
void bytes_use(struct bytes *bytes, size_t size);
void bytes_free(struct bytes *bytes);

/* A frame is begun, filled, and ended, which writes its size. */
size_t frame_begin(struct bytes *bytes, enum frame_kind kind);
void frame_end(struct bytes *bytes, size_t begin);
void frame_text(struct bytes *bytes, enum frame_kind kind, const char *text);
void preamble_put(struct bytes *bytes, uint16_t version);

/* What has come. */
enum arrival { ARRIVED_NOT, ARRIVED, ARRIVED_BAD };
/* The preamble at the beginning of `bytes`, and uses it up. */
enum arrival preamble_take(struct bytes *bytes, uint16_t *version);
/* The frame at the beginning of `bytes`: its kind, and what it has as `text` of `size` bytes, valid until frame_used. Longer
 * than `most` is bad. */
struct frame {
	uint8_t kind;
	const uint8_t *body;
	size_t size;
};
enum arrival frame_take(const struct bytes *bytes, size_t most, struct frame *frame);
void frame_used(struct bytes *bytes, const struct frame *frame);

/* Numbers out of a frame's body, moving it on. False: there is not so much. */
bool frame_get8(struct frame *frame, uint8_t *value);
bool frame_get16(struct frame *frame, uint16_t *value);
bool frame_get32(struct frame *frame, uint32_t *value);

#endif
