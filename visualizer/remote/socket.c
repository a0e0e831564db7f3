/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/remote/socket.c - sockets that listen, in the file system and on TCP ports (unix(7), getaddrinfo(3)).
 */
#include "visualizer/remote/socket.h"

#include "core/refuse.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { WAITING_LINE = 4 };

static bool set_up(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

/* ---- in the file system ---- */

static bool make_address(struct sockaddr_un *address, const char *path, char *error, size_t error_size)
{
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	if (!*path)
		return refuse(error, error_size, "the socket's path is empty; write one like /tmp/vm.sock");
	if (strlen(path) >= sizeof(address->sun_path))
		return refuse(error, error_size, "'%s': a socket's path has at most %zu bytes; take a shorter one", path,
		              sizeof(address->sun_path) - 1);
	strcpy(address->sun_path, path);
	return true;
}

/* Does somebody answer there? */
static bool is_alive(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	bool alive;

	if (fd < 0)
		return true; /* not known: leave it alone */
	alive = !set_up(fd) || connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
	        errno != ECONNREFUSED;
	close(fd);
	return alive;
}

/* Removes what a program left that is gone. */
static bool make_way(const struct sockaddr_un *address, char *error, size_t error_size)
{
	const char *path = address->sun_path;
	struct stat status;

	if (lstat(path, &status) != 0)
		return true;
	if (!S_ISSOCK(status.st_mode))
		return refuse(error, error_size, "'%s' is a file that is no socket, and stays; choose another path", path);
	if (is_alive(address))
		return refuse(error, error_size, "'%s' is the socket of a program that runs; choose another path, or end "
		              "that program", path);
	if (unlink(path) == 0)
		return true;
	return refuse(error, error_size, "cannot remove the stale socket '%s': %s", path, strerror(errno));
}

/* The mask is what keeps others out from the first moment on. */
static bool bind_private(int fd, const struct sockaddr_un *address)
{
	mode_t mask = umask(0177);
	bool bound = bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;
	int cause = errno;

	umask(mask);
	errno = cause;
	return bound;
}

static void remember(struct door *door, const char *path)
{
	struct stat status;

	snprintf(door->path, sizeof(door->path), "%s", path);
	snprintf(door->text, sizeof(door->text), "%s", path);
	if (lstat(path, &status) == 0) {
		door->device = status.st_dev;
		door->inode = status.st_ino;
	}
}

bool door_open_path(struct door *door, const char *path, char *error, size_t error_size)
{
	struct sockaddr_un address;

	memset(door, 0, sizeof(*door));
	door->fd = -1;
	if (!make_address(&address, path, error, error_size) || !make_way(&address, error, error_size))
		return false;
	door->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (door->fd >= 0 && set_up(door->fd) && bind_private(door->fd, &address)) {
		remember(door, path);
		if (listen(door->fd, WAITING_LINE) == 0)
			return true;
	}
	refuse(error, error_size, "cannot listen at '%s': %s; is there such a folder, and may you write there?", path,
	       strerror(errno));
	door_close(door);
	return false;
}

/* ---- TCP ---- */

static bool listen_at(struct door *door, const struct addrinfo *address)
{
	int yes = 1;

	door->fd = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
	if (door->fd < 0)
		return false;
	setsockopt(door->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (set_up(door->fd) && bind(door->fd, address->ai_addr, address->ai_addrlen) == 0 &&
	    listen(door->fd, WAITING_LINE) == 0)
		return true;
	close(door->fd);
	door->fd = -1;
	return false;
}

/* Port 0 is one that the kernel chooses: which? */
static void say_port(struct door *door, const char *host)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	char port[16] = "";

	if (getsockname(door->fd, (struct sockaddr *)&address, &size) == 0)
		getnameinfo((struct sockaddr *)&address, size, NULL, 0, port, sizeof(port), NI_NUMERICSERV);
	snprintf(door->text, sizeof(door->text), strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

static bool door_open_port(struct door *door, const char *host, const char *port, char *error, size_t error_size)
{
	struct addrinfo wanted = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	struct addrinfo *found = NULL;
	int failure = getaddrinfo(*host ? host : "127.0.0.1", port, &wanted, &found);

	if (failure)
		return refuse(error, error_size, "'%s:%s' is no address to listen at (%s); write :1234, localhost:1234 or "
		              "a path", host, port, gai_strerror(failure));
	for (struct addrinfo *at = found; at && door->fd < 0; at = at->ai_next)
		listen_at(door, at);
	freeaddrinfo(found);
	if (door->fd >= 0) {
		say_port(door, host);
		return true;
	}
	return refuse(error, error_size, "cannot listen at '%s:%s': %s; another port may be free", host, port,
	              strerror(errno));
}

static bool is_port(const char *text)
{
	size_t length = strlen(text);

	return length >= 1 && length <= 5 && strspn(text, "0123456789") == length && atoi(text) <= UINT16_MAX;
}

/* "HOST:PORT"; an IPv6 address stands in brackets. */
static bool split(const char *where, char *host, size_t room, const char **port)
{
	const char *colon = strrchr(where, ':');
	size_t length;

	if (!colon || !is_port(colon + 1))
		return false;
	*port = colon + 1;
	length = (size_t)(colon - where);
	if (length >= 2 && where[0] == '[' && colon[-1] == ']') {
		where++;
		length -= 2;
	}
	if (length >= room)
		return false;
	memcpy(host, where, length);
	host[length] = 0;
	return true;
}

bool door_open(struct door *door, const char *where, char *error, size_t error_size)
{
	char host[128];
	const char *port;

	if (strchr(where, '/'))
		return door_open_path(door, where, error, error_size);
	memset(door, 0, sizeof(*door));
	door->fd = -1;
	if (!split(where, host, sizeof(host), &port))
		return refuse(error, error_size, "'%s' is no address to listen at; write :1234, HOST:1234 or a path with a "
		              "'/' in it", where);
	return door_open_port(door, host, port, error, error_size);
}

void door_close(struct door *door)
{
	struct stat status;

	if (door->path[0] && lstat(door->path, &status) == 0 && status.st_dev == door->device &&
	    status.st_ino == door->inode)
		unlink(door->path);
	if (door->fd >= 0)
		close(door->fd);
	door->fd = -1;
	door->path[0] = 0;
}

int door_answer(const struct door *door)
{
	int fd = door->fd < 0 ? -1 : accept(door->fd, NULL, NULL), yes = 1;

	if (fd >= 0) /* answers are small and waited for; what is no TCP connection ignores this */
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	if (fd < 0 || set_up(fd))
		return fd;
	close(fd);
	return -1;
}

/* ---- connections ---- */

int socket_connect(const char *path, char *error, size_t error_size)
{
	struct sockaddr_un address;
	int fd;

	if (!make_address(&address, path, error, error_size))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 && set_up(fd))
		return fd;
	refuse(error, error_size, "cannot reach a VM at '%s': %s; 'ringside run --socket %s GUEST' begins one", path,
	       strerror(errno), path);
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool not_now(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

ssize_t socket_send(int fd, const void *bytes, size_t size)
{
	ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);

	return sent < 0 && not_now() ? 0 : sent;
}

ssize_t socket_receive(int fd, void *bytes, size_t size)
{
	ssize_t count = recv(fd, bytes, size, 0);

	if (count == 0)
		return -1;
	return count < 0 && not_now() ? 0 : count;
}
