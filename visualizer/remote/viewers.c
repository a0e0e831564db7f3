/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/remote/viewers.c - viewers from outside, each a small state machine: it knocks, says hello, is welcome or
 * refused, sees pictures as fast as it shows them, leaves.
 */
#include "visualizer/remote/viewers.h"

#include "visualizer/remote/frame.h"
#include "visualizer/remote/picture.h"
#include "visualizer/remote/socket.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	HELLO_SECONDS = 5,  /* to say what one wants */
	SHOWN_SECONDS = 30, /* to show a picture */
	PICTURES_A_SECOND = 30,
	KEYS_AT_ONCE = 288, /* bytes read in one look */
	ASKED_MOST = 64,    /* bytes of a frame from a viewer */
	NOTES = 4,
};

enum viewer_state { FREE, KNOCKED, GREETED, WELCOME, LEAVING };

struct viewer {
	enum viewer_state state;
	int fd;
	bool control;
	bool stale;         /* there may be something new for it */
	bool shown;         /* its last picture was shown: the next may come */
	double since;       /* seconds: when it knocked, or its last picture was sent */
	double drawn;       /* seconds: its last picture */
	uint32_t number;    /* of its last picture */
	int width, height;
	void *screen;
	struct grid grid, seen;
	struct bytes in, out;
};

struct viewers {
	struct view_source source;
	struct door door;
	struct viewer viewer[VIEWERS_MOST];
	char note[NOTES][200];
	unsigned notes, notes_given;
};

__attribute__((format(printf, 2, 3))) static void note(struct viewers *viewers, const char *format, ...)
{
	va_list arguments;

	if (viewers->notes == NOTES) /* who floods is not told about any more */
		return;
	va_start(arguments, format);
	vsnprintf(viewers->note[viewers->notes++], sizeof(viewers->note[0]), format, arguments);
	va_end(arguments);
}

/* ---- coming and going ---- */

static void drop(struct viewers *viewers, struct viewer *viewer)
{
	if (viewer->screen)
		viewers->source.close(viewers->source.owner, viewer->screen);
	close(viewer->fd);
	grid_free(&viewer->grid);
	grid_free(&viewer->seen);
	bytes_free(&viewer->in);
	bytes_free(&viewer->out);
	memset(viewer, 0, sizeof(*viewer));
	viewer->fd = -1;
}

/* What is still to be said goes out as far as it can, then the connection ends. */
static void leave(struct viewer *viewer, enum frame_kind kind, const char *why, double now)
{
	frame_text(&viewer->out, kind, why);
	viewer->state = LEAVING;
	viewer->since = now;
}

static void turn_away(struct viewers *viewers, struct viewer *viewer, const char *why, double now)
{
	note(viewers, "a viewer was refused: %s", why);
	leave(viewer, FRAME_REFUSED, why, now);
}

static struct viewer *free_place(struct viewers *viewers)
{
	for (size_t i = 0; i < VIEWERS_MOST; i++)
		if (viewers->viewer[i].state == FREE)
			return &viewers->viewer[i];
	return NULL;
}

/* One who must go at once, with the reason as far as the socket takes it. */
static void send_away(struct viewers *viewers, int fd)
{
	static const char why[] = "as many viewers as there is room for look on already";
	struct bytes out = { 0 };

	preamble_put(&out, REMOTE_VERSION);
	frame_text(&out, FRAME_REFUSED, why);
	if (!out.failed)
		socket_send(fd, out.at, out.size);
	bytes_free(&out);
	close(fd);
	note(viewers, "a viewer was refused: %s", why);
}

static void answer_door(struct viewers *viewers, double now)
{
	int fd;

	while ((fd = door_answer(&viewers->door)) >= 0) {
		struct viewer *viewer = free_place(viewers);

		if (!viewer) {
			send_away(viewers, fd);
			continue;
		}
		*viewer = (struct viewer){ .state = KNOCKED, .fd = fd, .since = now, .shown = true };
		preamble_put(&viewer->out, REMOTE_VERSION);
	}
}

/* ---- what viewers say ---- */

bool viewers_control(const struct viewers *viewers)
{
	for (size_t i = 0; i < VIEWERS_MOST; i++)
		if (viewers->viewer[i].state == WELCOME && viewers->viewer[i].control)
			return true;
	return false;
}

static int between(int value, int most)
{
	return value < 1 ? 1 : value > most ? most : value;
}

static bool take_size(struct viewer *viewer, struct frame *frame)
{
	uint16_t width, height;

	if (!frame_get16(frame, &width) || !frame_get16(frame, &height) || frame->size)
		return false;
	viewer->width = between(width, PICTURE_WIDTH_MOST);
	viewer->height = between(height, PICTURE_HEIGHT_MOST);
	viewer->stale = true;
	return true;
}

static bool take_hello(struct viewers *viewers, struct viewer *viewer, struct frame *frame,
                       const struct view_moment *moment)
{
	double now = moment->seconds;
	uint8_t flags;
	size_t begin;

	if (!frame_get8(frame, &flags) || !take_size(viewer, frame))
		return false;
	viewer->control = flags & HELLO_CONTROL;
	if (viewer->control && viewers_control(viewers)) {
		turn_away(viewers, viewer, "another viewer is in control; attach without --control to look on", now);
		return true;
	}
	if (viewer->control && moment->driven) {
		turn_away(viewers, viewer, "gdb or the VM's own terminal is in control; attach without --control to look on",
		          now);
		return true;
	}
	viewer->screen = viewers->source.open(viewers->source.owner);
	if (!viewer->screen) {
		turn_away(viewers, viewer, "the VM's program has no memory for another viewer", now);
		return true;
	}
	viewer->state = WELCOME;
	begin = frame_begin(&viewer->out, FRAME_WELCOME);
	bytes_put8(&viewer->out, viewer->control);
	frame_end(&viewer->out, begin);
	return true;
}

/* A key of anybody's may have changed what all see. */
static void all_stale(struct viewers *viewers)
{
	for (size_t i = 0; i < VIEWERS_MOST; i++)
		viewers->viewer[i].stale = true;
}

/* Keys of a keyboard only: mouse, size and the terminal's end are told otherwise. */
static bool is_key(uint32_t key)
{
	return key && key != K_MOUSE && key != K_RESIZE && key != K_CLOSED && key < K_CLOSED &&
	       (key < 0xd800 || key >= 0xe000);
}

static bool take_key(struct viewers *viewers, struct viewer *viewer, struct frame *frame,
                     const struct view_moment *moment)
{
	bool control = viewer->control && !moment->driven;
	uint32_t key;

	if (!frame_get32(frame, &key) || frame->size || !is_key(key))
		return false;
	if (!viewers->source.key(viewers->source.owner, viewer->screen, (enum key)key, control))
		leave(viewer, FRAME_END, "detached", moment->seconds);
	all_stale(viewers);
	return true;
}

static bool take_shown(struct viewer *viewer, struct frame *frame)
{
	uint32_t number;

	if (!frame_get32(frame, &number) || frame->size)
		return false;
	if (number == viewer->number)
		viewer->shown = true;
	return true;
}

static bool take_frame(struct viewers *viewers, struct viewer *viewer, struct frame *frame,
                       const struct view_moment *moment)
{
	if (viewer->state == GREETED)
		return frame->kind == FRAME_HELLO && take_hello(viewers, viewer, frame, moment);
	switch (frame->kind) {
	case FRAME_SIZE:
		return take_size(viewer, frame);
	case FRAME_KEY:
		return take_key(viewers, viewer, frame, moment);
	case FRAME_SHOWN:
		return take_shown(viewer, frame);
	default:
		return false;
	}
}

/* False: what came is no viewer's. */
static bool take_preamble(struct viewers *viewers, struct viewer *viewer, double now)
{
	uint16_t version;
	char why[160];

	switch (preamble_take(&viewer->in, &version)) {
	case ARRIVED_NOT:
		return true;
	case ARRIVED_BAD:
		return false;
	case ARRIVED:
		break;
	}
	viewer->state = GREETED;
	if (version == REMOTE_VERSION)
		return true;
	snprintf(why, sizeof(why), "this viewer speaks version %u of the protocol, the VM's program version %u; use the "
	         "same ringside for both", version, (unsigned)REMOTE_VERSION);
	turn_away(viewers, viewer, why, now);
	return true;
}

static bool take_all(struct viewers *viewers, struct viewer *viewer, const struct view_moment *moment)
{
	if (viewer->state == KNOCKED && !take_preamble(viewers, viewer, moment->seconds))
		return false;
	while (viewer->state == GREETED || viewer->state == WELCOME) {
		struct frame frame, rest;

		switch (frame_take(&viewer->in, ASKED_MOST, &frame)) {
		case ARRIVED_NOT:
			return true;
		case ARRIVED_BAD:
			return false;
		case ARRIVED:
			break;
		}
		rest = frame;
		if (!take_frame(viewers, viewer, &rest, moment))
			return false;
		frame_used(&viewer->in, &frame);
	}
	return true;
}

/* False: it is gone, or talks nonsense. */
static bool hear(struct viewers *viewers, struct viewer *viewer, const struct view_moment *moment)
{
	uint8_t bytes[KEYS_AT_ONCE];
	ssize_t count = socket_receive(viewer->fd, bytes, sizeof(bytes));

	if (count < 0)
		return false;
	if (viewer->state == LEAVING)
		return true;
	bytes_put(&viewer->in, bytes, (size_t)count);
	if (take_all(viewers, viewer, moment))
		return true;
	note(viewers, "a viewer was dropped: what it sent is not the protocol of ringside attach");
	return false;
}

/* ---- what viewers see ---- */

static void draw(struct viewers *viewers, struct viewer *viewer, double now)
{
	if (!viewer->stale || !viewer->shown || now - viewer->drawn < 1.0 / PICTURES_A_SECOND)
		return;
	if ((viewer->grid.width != viewer->width || viewer->grid.height != viewer->height) &&
	    !grid_resize(&viewer->grid, viewer->width, viewer->height)) {
		viewer->out.failed = true;
		return;
	}
	viewers->source.draw(viewers->source.owner, viewer->screen, &viewer->grid);
	viewer->stale = false;
	viewer->drawn = now;
	if (!picture_put(&viewer->out, viewer->number + 1, &viewer->grid, &viewer->seen))
		return;
	viewer->number++;
	viewer->shown = false;
	viewer->since = now;
}

static bool send_out(struct viewer *viewer)
{
	ssize_t sent;

	if (viewer->out.failed)
		return false;
	if (!viewer->out.size)
		return true;
	sent = socket_send(viewer->fd, viewer->out.at, viewer->out.size);
	if (sent < 0)
		return false;
	bytes_use(&viewer->out, (size_t)sent);
	return true;
}

/* Has it taken too long? */
static bool is_late(struct viewers *viewers, const struct viewer *viewer, double now)
{
	double waited = now - viewer->since;

	switch (viewer->state) {
	case KNOCKED:
	case GREETED:
		if (waited < HELLO_SECONDS)
			return false;
		note(viewers, "a viewer was dropped: it did not say what it wants within %d seconds", HELLO_SECONDS);
		return true;
	case WELCOME:
		if (viewer->shown || waited < SHOWN_SECONDS)
			return false;
		note(viewers, "a viewer was dropped: it has shown nothing for %d seconds", SHOWN_SECONDS);
		return true;
	case LEAVING:
		return !viewer->out.size || waited >= HELLO_SECONDS;
	case FREE:
		break;
	}
	return false;
}

/* ---- looking after all ---- */

void viewers_look(struct viewers *viewers, const struct view_moment *moment)
{
	viewers->notes = viewers->notes_given = 0;
	answer_door(viewers, moment->seconds);
	if (moment->changed)
		all_stale(viewers);
	for (size_t i = 0; i < VIEWERS_MOST; i++)
		if (viewers->viewer[i].state != FREE && !hear(viewers, &viewers->viewer[i], moment))
			drop(viewers, &viewers->viewer[i]);
	for (size_t i = 0; i < VIEWERS_MOST; i++) {
		struct viewer *viewer = &viewers->viewer[i];

		if (viewer->state == WELCOME)
			draw(viewers, viewer, moment->seconds);
		if (viewer->state != FREE && (!send_out(viewer) || is_late(viewers, viewer, moment->seconds)))
			drop(viewers, viewer);
	}
}

void viewers_tell(struct viewers *viewers, const char *text)
{
	for (size_t i = 0; i < VIEWERS_MOST; i++)
		if (viewers->viewer[i].state == WELCOME)
			frame_text(&viewers->viewer[i].out, FRAME_NOTE, text);
}

void viewers_arrived(struct viewers *viewers)
{
	for (size_t i = 0; i < VIEWERS_MOST; i++)
		if (viewers->viewer[i].state == WELCOME)
			viewers->source.arrived(viewers->source.owner, viewers->viewer[i].screen);
	all_stale(viewers);
}

size_t viewers_count(const struct viewers *viewers)
{
	size_t count = 0;

	for (size_t i = 0; i < VIEWERS_MOST; i++)
		count += viewers->viewer[i].state == WELCOME;
	return count;
}

size_t viewers_wait(const struct viewers *viewers, struct pollfd *fds)
{
	size_t count = 0;

	fds[count++] = (struct pollfd){ .fd = viewers->door.fd, .events = POLLIN };
	for (size_t i = 0; i < VIEWERS_MOST; i++) {
		const struct viewer *viewer = &viewers->viewer[i];

		if (viewer->state != FREE)
			fds[count++] = (struct pollfd){
				.fd = viewer->fd, .events = (short)(POLLIN | (viewer->out.size ? POLLOUT : 0)),
			};
	}
	return count;
}

const char *viewers_note(struct viewers *viewers)
{
	return viewers->notes_given < viewers->notes ? viewers->note[viewers->notes_given++] : NULL;
}

struct viewers *viewers_open(const char *path, const struct view_source *source, char *error, size_t error_size)
{
	struct viewers *viewers = calloc(1, sizeof(*viewers));

	if (!viewers) {
		snprintf(error, error_size, "no memory for viewers");
		return NULL;
	}
	viewers->source = *source;
	if (door_open_path(&viewers->door, path, error, error_size))
		return viewers;
	free(viewers);
	return NULL;
}

void viewers_close(struct viewers *viewers, const char *why)
{
	if (!viewers)
		return;
	for (size_t i = 0; i < VIEWERS_MOST; i++) {
		struct viewer *viewer = &viewers->viewer[i];

		if (viewer->state == FREE)
			continue;
		if (viewer->state != LEAVING)
			leave(viewer, FRAME_END, why, 0);
		send_out(viewer);
		drop(viewers, viewer);
	}
	door_close(&viewers->door);
	free(viewers);
}
