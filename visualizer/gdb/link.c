/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/gdb/link.c - connections to GDB, one at a time: who comes second is turned away, who breaks off leaves the guest
 * standing still for the next one.
 */
#include "visualizer/gdb/link.h"

#include "visualizer/message.h"

#include <string.h>
#include <unistd.h>

enum { READ_SIZE = 4096, OUT_MOST = 1 << 16 /* beyond it nothing more is read until GDB has taken some */ };

static void end_connection(struct gdb_link *link)
{
	gdb_end(&link->gdb);
	close(link->fd);
	link->fd = -1;
}

static enum gdb_change lose(struct gdb_link *link, const char *why)
{
	message("%s; the guest stands still, and another gdb may connect at %s (Ctrl-C ends)", why, link->door.text);
	end_connection(link);
	return GDB_LOST;
}

/* ---- the door ---- */

static enum gdb_change let_in(struct gdb_link *link, int fd)
{
	if (link->debugger->running)
		debugger_interrupt(link->debugger);
	link->fd = fd;
	gdb_begin(&link->gdb, link->debugger, &link->monitor);
	return GDB_CAME;
}

static enum gdb_change answer_door(struct gdb_link *link)
{
	enum gdb_change change = GDB_SAME;
	int fd;

	while ((fd = door_answer(&link->door)) >= 0) {
		if (link->fd < 0) {
			change = let_in(link, fd);
			continue;
		}
		message("another gdb was turned away: one is connected already");
		close(fd);
	}
	return change;
}

/* ---- the connection ---- */

/* False: GDB is gone. */
static bool send_out(struct gdb_link *link)
{
	struct gdb *gdb = &link->gdb;
	ssize_t sent;

	if (!gdb->out_size)
		return true;
	sent = socket_send(link->fd, gdb->out, gdb->out_size);
	if (sent > 0)
		gdb_sent(gdb, (size_t)sent);
	return sent >= 0;
}

static bool receive(struct gdb_link *link)
{
	uint8_t bytes[READ_SIZE];
	ssize_t count;

	if (link->gdb.out_size > OUT_MOST)
		return true;
	count = socket_receive(link->fd, bytes, sizeof(bytes));
	if (count > 0)
		gdb_receive(&link->gdb, bytes, (size_t)count);
	return count >= 0;
}

static enum gdb_change obey(struct gdb_link *link)
{
	switch (link->gdb.wish) {
	case GDB_STAYS:
		return GDB_SAME;
	case GDB_DETACHES:
		end_connection(link);
		return GDB_DETACHED;
	case GDB_KILLS:
		end_connection(link);
		return GDB_KILLED;
	case GDB_IS_NONE:
		return lose(link, "what connected for gdb does not speak its protocol, and was turned away");
	case GDB_FAILS:
		return lose(link, "there is no memory to answer gdb");
	}
	return GDB_SAME;
}

enum gdb_change gdb_link_look(struct gdb_link *link)
{
	enum gdb_change came = answer_door(link), change;

	if (link->fd < 0)
		return came;
	if (!receive(link) || !send_out(link))
		return lose(link, "gdb is gone without having detached");
	change = obey(link);
	return change == GDB_SAME ? came : change;
}

void gdb_link_arrived(struct gdb_link *link)
{
	if (link->fd >= 0)
		gdb_stopped(&link->gdb);
}

bool gdb_link_moves(const struct gdb_link *link)
{
	return link->fd >= 0 && link->gdb.waiting;
}

bool gdb_link_interrupted(struct gdb_link *link)
{
	uint8_t bytes[64];
	ssize_t count = link->fd < 0 ? 0 : socket_receive(link->fd, bytes, sizeof(bytes));

	return count < 0 || (count > 0 && memchr(bytes, 3, (size_t)count));
}

size_t gdb_link_wait(const struct gdb_link *link, struct pollfd *fds)
{
	size_t count = 0;

	if (link->door.fd < 0)
		return 0;
	fds[count++] = (struct pollfd){ .fd = link->door.fd, .events = POLLIN };
	if (link->fd >= 0)
		fds[count++] = (struct pollfd){
			.fd = link->fd,
			.events = (short)((link->gdb.out_size > OUT_MOST ? 0 : POLLIN) |
			                  (link->gdb.out_size ? POLLOUT : 0)),
		};
	return count;
}

bool gdb_link_open(struct gdb_link *link, struct debugger *debugger, const struct gdb_monitor *monitor,
                   const char *where, char *error, size_t error_size)
{
	memset(link, 0, sizeof(*link));
	link->fd = -1;
	link->debugger = debugger;
	link->monitor = *monitor;
	return door_open(&link->door, where, error, error_size);
}

void gdb_link_close(struct gdb_link *link)
{
	if (link->fd >= 0)
		end_connection(link);
	door_close(&link->door);
}
