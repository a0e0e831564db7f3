/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/piece/piece.c - the process of a piece, from its start to its end: lock the door, load the shared object, seal what is our
 * own, then do what the VMM calls for until it hangs up.
 *
 * The door is locked before the file is looked at: whatever a shared object made by hand does to the loader, it is inside.
 */
#define _GNU_SOURCE
#include "labs/piece/piece.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

bool piece_send(const struct message *message)
{
	size_t size = MESSAGE_HEAD + message->size;

	return write(PIECE_SOCKET, message, size) == (ssize_t)size;
}

bool piece_receive(struct message *message)
{
	ssize_t size = read(PIECE_SOCKET, message, sizeof *message);

	return size >= (ssize_t)MESSAGE_HEAD && message->size <= MESSAGE_BYTES && size == (ssize_t)(MESSAGE_HEAD + message->size);
}

static noreturn void tell_and_end(enum message_type type, const char *text)
{
	struct message message = {.type = type};

	message.size = (uint32_t)strnlen(text, 500);
	memcpy(message.bytes, text, message.size);
	(void)piece_send(&message);
	_exit(1);
}

void piece_die(const char *format, ...)
{
	char text[500];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	tell_and_end(MESSAGE_DIED, text);
}

/* ---- the beginning ---- */

static bool map_file(struct piece *piece)
{
	struct stat status;
	void *bytes;

	if (fstat(PIECE_FILE, &status) != 0 || status.st_size <= 0 || status.st_size > PIECE_IMAGE)
		return false;
	bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, PIECE_FILE, 0);
	if (bytes == MAP_FAILED)
		return false;
	piece->file = (struct piece_file){bytes, (size_t)status.st_size};
	return true;
}

static bool take_place(void)
{
	size_t size = PIECE_OWN + PIECE_FRAME + (size_t)PIECE_HEAP + PIECE_IMAGE;
	void *place = mmap((void *)PIECE_PLACE, size, PROT_READ | PROT_WRITE,
	                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	return place == (void *)PIECE_PLACE;
}

/* Tables behind `size` are of a header that is newer than the piece. */
static uint64_t handlers_of(const struct lab_piece *table)
{
	uint64_t has = 0;

#define HANDLER(table_name, name, text)                                                                  \
	if (table->size >= offsetof(struct lab_piece, table_name) + sizeof table->table_name && table->table_name.name) \
		has |= UINT64_C(1) << HANDLER_##table_name##_##name;
	LAB_HANDLER_LIST(HANDLER)
#undef HANDLER
	return has;
}

static void tell_ready(const struct piece *piece)
{
	struct message message = {.type = MESSAGE_READY, .size = sizeof(uint64_t)};
	uint64_t has;

	if (piece->table->version != LAB_VERSION)
		tell_and_end(MESSAGE_BROKEN, "ringside_lab is of another version; begin it with LAB_PIECE_HEADER");
	has = handlers_of(piece->table);
	memcpy(message.bytes, &has, sizeof has);
	(void)piece_send(&message);
}

static void begin(struct piece *piece)
{
	if (!map_file(piece))
		tell_and_end(MESSAGE_BROKEN, "it cannot be read, or is larger than 64 MiB");
	death_watch();
	if (!sandbox_limits() || !sandbox_enter(true))
		tell_and_end(MESSAGE_BROKEN, "this kernel has no seccomp filters, without which no submission is run");
	if (!image_load(piece))
		tell_and_end(MESSAGE_BROKEN, piece->error);
	piece->services = piece_services;
	if (mprotect(piece, PIECE_OWN, PROT_READ) != 0 || !sandbox_enter(false))
		tell_and_end(MESSAGE_BROKEN, "this kernel has no seccomp filters, without which no submission is run");
	tell_ready(piece);
}

/* ---- the calls ---- */

static enum lab_result call_handler(const struct lab_piece *table, enum handler handler, struct call_frame *call)
{
	switch (handler) {
#define HANDLER(table_name, name, text) \
	case HANDLER_##table_name##_##name: return table->table_name.name(LAB_ARGUMENTS_##table_name(call));
		LAB_HANDLER_LIST(HANDLER)
#undef HANDLER
	case HANDLERS: break;
	}
	_exit(1);
}

static void answer(const struct piece *piece, struct message *message)
{
	struct call_frame *call = &piece_frame()->call;

	if (message->type != MESSAGE_CALL || message->a >= HANDLERS || message->size != sizeof *call)
		_exit(1);
	memcpy(call, message->bytes, sizeof *call);
	call->vm.call = &piece->services;
	message->a = (uint32_t)call_handler(piece->table, (enum handler)message->a, call);
	message->type = MESSAGE_RETURN;
	if (call->vm.call != &piece->services)
		piece_die("wild write: into the VMM's own data (vm->call)");
	call->vm.call = NULL;
	memcpy(message->bytes, call, sizeof *call);
	message->size = sizeof *call;
	if (!piece_send(message))
		_exit(1);
}

int piece_main(void)
{
	struct message message;
	int here;

	if (!take_place())
		return 1;
	piece_own()->stack = (uintptr_t)&here;
	begin(piece_own());
	while (piece_receive(&message))
		answer(piece_own(), &message);
	return 0;
}
