/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/remote/client.h - the viewer's side of `ringside attach`, without a terminal: a grid that follows the one of a
 * VM in another process, and keys that go there.
 */
#ifndef RINGSIDE_VISUALIZER_REMOTE_CLIENT_H
#define RINGSIDE_VISUALIZER_REMOTE_CLIENT_H

#include "visualizer/remote/frame.h"
#include "visualizer/screen/grid.h"
#include "visualizer/screen/key.h"

struct client {
	int fd;
	bool greeted, welcome;
	bool control; /* after welcome: may its keys move the guest? */
	struct grid grid;
	uint32_t number; /* of the latest picture */
	char text[300]; /* of the latest note, or the end's reason */
	struct bytes in, out;
};

enum client_news {
	CLIENT_NOTHING,
	CLIENT_WELCOME,
	CLIENT_PICTURE, /* grid is whole and new: client_shown when it is on the screen */
	CLIENT_NOTE,    /* text */
	CLIENT_END,     /* text: no more will come */
	CLIENT_REFUSED, /* text: the VM's program will not have this viewer, or is none */
};

/* Knocks at a socket. False: `error`. */
bool client_open(struct client *client, const char *path, bool control, int width, int height, char *error,
                 size_t error_size);
void client_close(struct client *client);

/* The next thing that has come, without waiting; call it until it gives CLIENT_NOTHING. Sends what is still to be sent. */
enum client_news client_look(struct client *client);

void client_key(struct client *client, enum key key);
void client_size(struct client *client, int width, int height);
void client_shown(struct client *client);

#endif
