/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/remote/client.c - the viewer's side of the protocol in frame.h.
 */
#include "visualizer/remote/client.h"

#include "visualizer/remote/picture.h"
#include "visualizer/remote/socket.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- out ---- */

static void put_size(struct bytes *out, int width, int height)
{
	bytes_put16(out, (uint16_t)(width < PICTURE_WIDTH_MOST ? width : PICTURE_WIDTH_MOST));
	bytes_put16(out, (uint16_t)(height < PICTURE_HEIGHT_MOST ? height : PICTURE_HEIGHT_MOST));
}

void client_size(struct client *client, int width, int height)
{
	size_t begin = frame_begin(&client->out, FRAME_SIZE);

	put_size(&client->out, width, height);
	frame_end(&client->out, begin);
}

static void put_number(struct client *client, enum frame_kind kind, uint32_t number)
{
	size_t begin = frame_begin(&client->out, kind);

	bytes_put32(&client->out, number);
	frame_end(&client->out, begin);
}

void client_key(struct client *client, enum key key)
{
	put_number(client, FRAME_KEY, (uint32_t)key);
}

void client_shown(struct client *client)
{
	put_number(client, FRAME_SHOWN, client->number);
}

bool client_open(struct client *client, const char *path, bool control, int width, int height, char *error,
                 size_t error_size)
{
	size_t begin;

	memset(client, 0, sizeof(*client));
	client->fd = socket_connect(path, error, error_size);
	if (client->fd < 0)
		return false;
	preamble_put(&client->out, REMOTE_VERSION);
	begin = frame_begin(&client->out, FRAME_HELLO);
	bytes_put8(&client->out, control ? HELLO_CONTROL : 0);
	put_size(&client->out, width, height);
	frame_end(&client->out, begin);
	return true;
}

void client_close(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	grid_free(&client->grid);
	bytes_free(&client->in);
	bytes_free(&client->out);
}

/* ---- in ---- */

static enum client_news end(struct client *client, enum client_news news, const char *text)
{
	snprintf(client->text, sizeof(client->text), "%s", text);
	close(client->fd);
	client->fd = -1;
	return news;
}

static enum client_news nonsense(struct client *client)
{
	return end(client, CLIENT_REFUSED, client->greeted ?
	           "what comes from this socket is not what this version of ringside knows" :
	           "a program answers at this socket, but it is no ringside");
}

/* A sentence from the other side: printable ASCII only reaches the terminal. */
static void take_text(struct client *client, const struct frame *frame)
{
	size_t size = frame->size < sizeof(client->text) ? frame->size : sizeof(client->text) - 1;

	for (size_t i = 0; i < size; i++)
		client->text[i] = frame->body[i] >= ' ' && frame->body[i] < 0x7f ? (char)frame->body[i] : '.';
	client->text[size] = 0;
}

static enum client_news take_end(struct client *client, const struct frame *frame, enum client_news news)
{
	take_text(client, frame);
	close(client->fd);
	client->fd = -1;
	return news;
}

static enum client_news take_picture(struct client *client, struct frame *frame)
{
	bool last;

	if (!client->welcome || !picture_take(frame, &client->grid, &client->number, &last))
		return nonsense(client);
	return last ? CLIENT_PICTURE : CLIENT_NOTHING;
}

static enum client_news take_welcome(struct client *client, struct frame *frame)
{
	uint8_t control;

	if (!frame_get8(frame, &control))
		return nonsense(client);
	client->control = control;
	client->welcome = true;
	return CLIENT_WELCOME;
}

static enum client_news take_frame(struct client *client, struct frame *frame)
{
	switch (frame->kind) {
	case FRAME_WELCOME:
		return take_welcome(client, frame);
	case FRAME_PICTURE:
		return take_picture(client, frame);
	case FRAME_NOTE:
		take_text(client, frame);
		return CLIENT_NOTE;
	case FRAME_END:
		return take_end(client, frame, CLIENT_END);
	case FRAME_REFUSED:
		return take_end(client, frame, CLIENT_REFUSED);
	default:
		return nonsense(client);
	}
}

/* One of another version says by REFUSED why it will not have us. */
static enum client_news take_preamble(struct client *client)
{
	uint16_t version;

	switch (preamble_take(&client->in, &version)) {
	case ARRIVED_NOT:
		return CLIENT_NOTHING;
	case ARRIVED_BAD:
		return nonsense(client);
	case ARRIVED:
		break;
	}
	client->greeted = true;
	return CLIENT_NOTHING;
}

/* What has come already, one thing at a time. `more`: there may be another. */
static enum client_news take_next(struct client *client, bool *more)
{
	struct frame frame, rest;
	enum client_news news;

	*more = false;
	if (!client->greeted && (news = take_preamble(client)) != CLIENT_NOTHING)
		return news;
	if (!client->greeted)
		return CLIENT_NOTHING;
	switch (frame_take(&client->in, FRAME_MOST, &frame)) {
	case ARRIVED_NOT:
		return CLIENT_NOTHING;
	case ARRIVED_BAD:
		return nonsense(client);
	case ARRIVED:
		break;
	}
	rest = frame;
	news = take_frame(client, &rest);
	frame_used(&client->in, &frame);
	*more = true;
	return news;
}

static enum client_news take_all(struct client *client)
{
	enum client_news news;
	bool more;

	do
		news = take_next(client, &more);
	while (news == CLIENT_NOTHING && more);
	return news;
}

/* False: the other side is gone. What it had sent before is still there to be read. */
static bool exchange(struct client *client)
{
	uint8_t bytes[4096];
	ssize_t count;

	if (client->out.size) {
		ssize_t sent = socket_send(client->fd, client->out.at, client->out.size);

		bytes_use(&client->out, sent > 0 ? (size_t)sent : 0);
	}
	while ((count = socket_receive(client->fd, bytes, sizeof(bytes))) > 0) {
		bytes_put(&client->in, bytes, (size_t)count);
		if (client->in.size > 2 * FRAME_MOST)
			break;
	}
	return count >= 0;
}

enum client_news client_look(struct client *client)
{
	enum client_news news;
	bool there;

	if (client->fd < 0)
		return CLIENT_NOTHING;
	there = exchange(client);
	if (client->in.failed || client->out.failed)
		return end(client, CLIENT_END, "this computer has no memory for the picture");
	news = take_all(client);
	if (news != CLIENT_NOTHING || there)
		return news;
	return end(client, CLIENT_END, "the VM's program is gone");
}
