/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/remote/viewers.h - the VM's side of `ringside attach`: viewers knock at a socket, each has a screen of its own
 * of its own size, one of them may be in control. Nothing here waits for a viewer: who is slow sees less, who is dead is
 * dropped, and the guest does not notice.
 */
#ifndef RINGSIDE_VISUALIZER_REMOTE_VIEWERS_H
#define RINGSIDE_VISUALIZER_REMOTE_VIEWERS_H

#include "visualizer/screen/grid.h"
#include "visualizer/screen/key.h"

#include <poll.h>
#include <stddef.h>

enum { VIEWERS_MOST = 8 };

/* What a viewer looks at: a screen that is drawn at any size and takes keys. */
struct view_source {
	void *owner;
	void *(*open)(void *owner); /* a screen for one viewer; NULL: no memory */
	void (*close)(void *owner, void *screen);
	void (*draw)(void *owner, void *screen, struct grid *grid);
	/* `control`: the key may move the guest. False: the viewer wishes to leave. */
	bool (*key)(void *owner, void *screen, enum key key, bool control);
	void (*arrived)(void *owner, void *screen); /* a motion of the guest has come to its end */
};

/* What a look should know: the moment in seconds of the host, whether there is something new to see, and whether somebody
 * else drives the guest now (viewers in control are told, and only look on). */
struct view_moment {
	double seconds;
	bool changed, driven;
};

struct viewers;

/* Listens at `path`. NULL: `error`. */
struct viewers *viewers_open(const char *path, const struct view_source *source, char *error, size_t error_size);
/* Tells all viewers why (a sentence), and frees. NULL is fine. */
void viewers_close(struct viewers *viewers, const char *why);

/* Answers the door, takes keys, sends pictures, as far as this can be done at once. At most 30 pictures a second. */
void viewers_look(struct viewers *viewers, const struct view_moment *moment);
/* Tells all a sentence. */
void viewers_tell(struct viewers *viewers, const char *text);
/* A motion of the guest has come to its end. */
void viewers_arrived(struct viewers *viewers);
size_t viewers_count(const struct viewers *viewers);
/* Is one of them in control? */
bool viewers_control(const struct viewers *viewers);

/* For poll(): what to wait for. Gives how many were filled in; needs VIEWERS_MOST + 1. */
size_t viewers_wait(const struct viewers *viewers, struct pollfd *fds);
/* What was worth saying since the last call: "a viewer was refused: ..."; NULL: nothing more. Valid until the next look. */
const char *viewers_note(struct viewers *viewers);

#endif
