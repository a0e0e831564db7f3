/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/remote/socket.h - doors to this program: sockets that listen for a viewer or for GDB, and the way to one.
 * Nothing here waits: descriptors are set to return at once (unix(7), ip(7)).
 */
#ifndef RINGSIDE_VISUALIZER_REMOTE_SOCKET_H
#define RINGSIDE_VISUALIZER_REMOTE_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A listening socket. */
struct door {
	int fd;         /* -1: none */
	char path[108]; /* a socket in the file system, which is removed with the door; "": none */
	char text[160]; /* where one knocks, for people: ":1234", a path */
	dev_t device;   /* of the file at `path` when it was made: one that somebody else put there is left alone */
	ino_t inode;
};

/* A socket file at `path`, for this user alone (0600). A stale one, left by a program that is gone, is replaced; one that
 * is answered, and a file of another kind, are not. False: `error` says cause and remedy. */
bool door_open_path(struct door *door, const char *path, char *error, size_t error_size);
/* ":PORT" (of this computer only), "HOST:PORT", or a path with a '/' in it. */
bool door_open(struct door *door, const char *where, char *error, size_t error_size);
/* Fine for one that is not open (fd -1). */
void door_close(struct door *door);
/* The next one who knocks: a descriptor of the caller's; -1: nobody. */
int door_answer(const struct door *door);

/* To the socket file at `path`: a descriptor of the caller's; -1: `error`. */
int socket_connect(const char *path, char *error, size_t error_size);

/* Sends what can be sent now. Gives how much; -1: the other side is gone. Never raises SIGPIPE. */
ssize_t socket_send(int fd, const void *bytes, size_t size);
/* Gives how much came; 0: nothing now; -1: the other side is gone. */
ssize_t socket_receive(int fd, void *bytes, size_t size);

#endif
