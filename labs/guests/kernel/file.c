/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/file.c - what a descriptor stands for: the console, a file in memory, an end of a pipe.
 */
#include "kernel/kernel.h"

enum file_kind { FILE_FREE, FILE_CONSOLE, FILE_RAM, FILE_PIPE_READER, FILE_PIPE_WRITER };
enum { FILES_MAX = 64, PIPES_MAX = 20, PIPE_SIZE = 512 };

/* A ring: `written` and `taken` only ever grow. */
struct pipe {
	bool has_reader, has_writer;
	uint32_t written, taken;
	char bytes[PIPE_SIZE];
};

struct file {
	enum file_kind kind;
	unsigned users;
	const struct ram_file *ram;
	uint32_t offset;
	struct pipe *pipe;
};

static struct file files[FILES_MAX];
static struct pipe pipes[PIPES_MAX];

static struct file *file_new(enum file_kind kind)
{
	for (unsigned i = 0; i < FILES_MAX; i++) {
		if (files[i].kind != FILE_FREE)
			continue;
		files[i] = (struct file){ .kind = kind, .users = 1 };
		return &files[i];
	}
	return NULL;
}

struct file *file_console(void)
{
	return file_new(FILE_CONSOLE);
}

struct file *file_open(const char *path)
{
	const struct ram_file *ram = ramfs_find(path);
	struct file *file = ram ? file_new(FILE_RAM) : NULL;

	if (file)
		file->ram = ram;
	return file;
}

static struct pipe *pipe_new(void)
{
	for (unsigned i = 0; i < PIPES_MAX; i++) {
		if (pipes[i].has_reader || pipes[i].has_writer)
			continue;
		pipes[i] = (struct pipe){ .has_reader = true, .has_writer = true };
		return &pipes[i];
	}
	return NULL;
}

bool file_pipe(struct file **reader, struct file **writer)
{
	struct pipe *pipe = pipe_new();

	if (!pipe)
		return false;
	*reader = file_new(FILE_PIPE_READER);
	*writer = file_new(FILE_PIPE_WRITER);
	if (*reader)
		(*reader)->pipe = pipe;
	if (*writer)
		(*writer)->pipe = pipe;
	if (*reader && *writer)
		return true;
	if (*reader)
		file_close(*reader);
	if (*writer)
		file_close(*writer);
	pipe->has_reader = pipe->has_writer = false;
	return false;
}

struct file *file_share(struct file *file)
{
	file->users++;
	return file;
}

void file_close(struct file *file)
{
	if (--file->users)
		return;
	if (file->kind == FILE_PIPE_READER)
		file->pipe->has_reader = false;
	if (file->kind == FILE_PIPE_WRITER)
		file->pipe->has_writer = false;
	if (file->pipe)
		process_wake(file->pipe);
	file->kind = FILE_FREE;
}

static int ram_read(struct file *file, char *to, uint32_t size)
{
	uint32_t left = file->ram->size - file->offset;

	if (size > left)
		size = left;
	memcpy(to, file->ram->bytes + file->offset, size);
	file->offset += size;
	return (int)size;
}

static int pipe_read(struct pipe *pipe, char *to, uint32_t size)
{
	uint32_t irq = irq_save(), count = 0;

	while (pipe->written == pipe->taken && pipe->has_writer) {
		if (!process_sleep(pipe))
			break;
	}
	while (count < size && pipe->taken != pipe->written)
		to[count++] = pipe->bytes[pipe->taken++ % PIPE_SIZE];
	process_wake(pipe);
	irq_restore(irq);
	return (int)count;
}

static int pipe_write(struct pipe *pipe, const char *from, uint32_t size)
{
	uint32_t irq = irq_save(), count = 0;

	while (count < size && pipe->has_reader) {
		if (pipe->written - pipe->taken < PIPE_SIZE) {
			pipe->bytes[pipe->written++ % PIPE_SIZE] = from[count++];
			continue;
		}
		process_wake(pipe);
		if (!process_sleep(pipe))
			break;
	}
	process_wake(pipe);
	irq_restore(irq);
	return (int)count;
}

int file_read(struct file *file, char *to, uint32_t size)
{
	switch (file->kind) {
	case FILE_CONSOLE:
		return console_read(to, size);
	case FILE_RAM:
		return ram_read(file, to, size);
	case FILE_PIPE_READER:
		return pipe_read(file->pipe, to, size);
	default:
		return ERROR_BAD_ARGUMENT;
	}
}

int file_write(struct file *file, const char *from, uint32_t size)
{
	switch (file->kind) {
	case FILE_CONSOLE:
		console_write(from, size);
		return (int)size;
	case FILE_PIPE_WRITER:
		return pipe_write(file->pipe, from, size);
	default:
		return ERROR_BAD_ARGUMENT;
	}
}
