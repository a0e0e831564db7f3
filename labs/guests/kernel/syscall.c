/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/syscall.c - what user code may ask for (abi.h). Every address it hands over is checked
 * against its regions first; pages that are not there yet then come by a fault inside the kernel.
 */
#include "kernel/kernel.h"

enum { PATH_MAX = 64 };

static bool user_may(uint32_t address, uint32_t size, bool write)
{
	return space_allows(&current->space, address, size, write);
}

/* A zero-ended text; false if it is not readable or longer than `size` - 1. */
static bool get_text(uint32_t address, char *to, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++) {
		if ((i == 0 || (address + i) % FRAME_SIZE == 0) && !user_may(address + i, 1, false))
			return false;
		to[i] = *(const char *)(address + i);
		if (!to[i])
			return true;
	}
	return false;
}

static struct file *descriptor(uint32_t number)
{
	return number < DESCRIPTORS_MAX ? current->descriptors[number] : NULL;
}

static int new_descriptor(struct file *file)
{
	for (int i = 0; i < DESCRIPTORS_MAX; i++) {
		if (current->descriptors[i])
			continue;
		current->descriptors[i] = file;
		return i;
	}
	file_close(file);
	return ERROR_NO_SLOT;
}

/* ---- processes ---- */

static int call_exit(const uint32_t *argument)
{
	process_exit((int)(argument[0] & 0xFF));
}

static int call_fork(const uint32_t *argument)
{
	(void)argument;
	return process_fork();
}

static int get_arguments(uint32_t address, struct arguments *arguments)
{
	char text[ARGUMENT_BYTES / 2];

	for (;; address += 4) {
		uint32_t pointer;
		if (!user_may(address, 4, false))
			return ERROR_BAD_ADDRESS;
		pointer = *(const uint32_t *)address;
		if (!pointer)
			return 0;
		if (!get_text(pointer, text, sizeof(text)))
			return ERROR_BAD_ADDRESS;
		if (!arguments_add(arguments, text))
			return ERROR_NO_MEMORY;
	}
}

static int call_exec(const uint32_t *argument)
{
	struct arguments arguments = { 0 };
	char path[PATH_MAX];
	int error;

	if (!get_text(argument[0], path, sizeof(path)))
		return ERROR_BAD_ADDRESS;
	error = get_arguments(argument[1], &arguments);
	return error ? error : process_exec(path, &arguments);
}

static int call_wait(const uint32_t *argument)
{
	int status, number;

	if (argument[0] && !user_may(argument[0], sizeof(status), true))
		return ERROR_BAD_ADDRESS;
	number = process_wait(&status);
	if (number > 0 && argument[0])
		*(int *)argument[0] = status;
	return number;
}

static int call_getpid(const uint32_t *argument)
{
	(void)argument;
	return current->number;
}

static int call_yield(const uint32_t *argument)
{
	(void)argument;
	process_yield();
	return 0;
}

static int call_sleep(const uint32_t *argument)
{
	uint32_t seconds = argument[0] / 1000, rest = argument[0] % 1000;

	if (timer_hertz())
		process_sleep_ticks(seconds * timer_hertz() + (rest * timer_hertz() + 999) / 1000 + 1);
	else
		process_yield();
	return 0;
}

static int call_kill(const uint32_t *argument)
{
	return process_kill((int)argument[0]);
}

static int call_processes(const uint32_t *argument)
{
	if (!user_may(argument[1], sizeof(struct process_info), true))
		return ERROR_BAD_ADDRESS;
	return process_at(argument[0], (struct process_info *)argument[1]);
}

/* ---- files ---- */

static int call_open(const uint32_t *argument)
{
	char path[PATH_MAX];
	struct file *file;

	if (!get_text(argument[0], path, sizeof(path)))
		return ERROR_BAD_ADDRESS;
	file = file_open(path);
	return file ? new_descriptor(file) : ERROR_NO_FILE;
}

static int call_close(const uint32_t *argument)
{
	struct file *file = descriptor(argument[0]);

	if (!file)
		return ERROR_BAD_ARGUMENT;
	current->descriptors[argument[0]] = NULL;
	file_close(file);
	return 0;
}

static int call_read(const uint32_t *argument)
{
	struct file *file = descriptor(argument[0]);

	if (!file)
		return ERROR_BAD_ARGUMENT;
	if (!user_may(argument[1], argument[2], true))
		return ERROR_BAD_ADDRESS;
	return file_read(file, (char *)argument[1], argument[2]);
}

static int call_write(const uint32_t *argument)
{
	struct file *file = descriptor(argument[0]);

	if (!file)
		return ERROR_BAD_ARGUMENT;
	if (!user_may(argument[1], argument[2], false))
		return ERROR_BAD_ADDRESS;
	return file_write(file, (const char *)argument[1], argument[2]);
}

static int call_pipe(const uint32_t *argument)
{
	struct file *reader, *writer;
	int ends[2];

	if (!user_may(argument[0], sizeof(ends), true))
		return ERROR_BAD_ADDRESS;
	if (!file_pipe(&reader, &writer))
		return ERROR_NO_SLOT;
	ends[0] = new_descriptor(reader);
	ends[1] = new_descriptor(writer);
	if (ends[0] >= 0 && ends[1] < 0) {
		current->descriptors[ends[0]] = NULL;
		file_close(reader);
	}
	if (ends[0] < 0 || ends[1] < 0)
		return ERROR_NO_SLOT;
	memcpy((void *)argument[0], ends, sizeof(ends));
	return 0;
}

static int call_duplicate(const uint32_t *argument)
{
	struct file *file = descriptor(argument[0]);

	if (!file || argument[1] >= DESCRIPTORS_MAX)
		return ERROR_BAD_ARGUMENT;
	file_share(file);
	if (current->descriptors[argument[1]])
		file_close(current->descriptors[argument[1]]);
	current->descriptors[argument[1]] = file;
	return 0;
}

static int call_list(const uint32_t *argument)
{
	const struct ram_file *file = ramfs_at(argument[0]);
	struct file_info *info = (struct file_info *)argument[1];

	if (!user_may(argument[1], sizeof(*info), true))
		return ERROR_BAD_ADDRESS;
	if (!file)
		return ERROR_NO_FILE;
	copy_text(info->name, file->name, sizeof(info->name));
	info->size = file->size;
	return 0;
}

/* ---- memory ---- */

static int call_sbrk(const uint32_t *argument)
{
	return space_grow_heap(&current->space, (int32_t)argument[0]);
}

static int call_map(const uint32_t *argument)
{
	return space_map(&current->space, argument[0], argument[1], argument[2] & MAP_WRITE);
}

static int call_protect(const uint32_t *argument)
{
	return space_protect(&current->space, argument[0], argument[1], argument[2] & MAP_WRITE);
}

static int call_unmap(const uint32_t *argument)
{
	return space_unmap(&current->space, argument[0], argument[1]);
}

static int call_memory(const uint32_t *argument)
{
	struct memory_info info;

	if (!user_may(argument[0], sizeof(info), true))
		return ERROR_BAD_ADDRESS;
	space_count(&current->space, &info, argument[1] & 1);
	memcpy((void *)argument[0], &info, sizeof(info));
	return 0;
}

/* ---- ports: the diagnostic port and the UART's scratch register ---- */

static int call_port_loop(const uint32_t *argument)
{
	enum { DIAGNOSTIC = 0x80, SCRATCH = 0x3FF };
	uint32_t sum = 0;

	for (uint32_t i = 0; i < argument[0]; i++) {
		port_write8(DIAGNOSTIC, (uint8_t)i);
		port_write8(SCRATCH, (uint8_t)(i * 7));
		sum = sum * 31 + port_read8(SCRATCH);
	}
	return (int)(sum & 0x7FFFFFFF);
}

/* ---- faults that the process sees to itself ---- */

static int call_catch(const uint32_t *argument)
{
	current->catcher = argument[0];
	current->catcher_return = argument[1];
	return 0;
}

static int call_resume(const uint32_t *argument)
{
	(void)argument;
	process_resume(current->frame);
	return (int)current->frame->eax;
}

static int (*const calls[CALL_COUNT])(const uint32_t *argument) = {
#define CALL(name, text) [CALL_##name] = call_##name,
	SYSTEM_CALL_LIST(CALL)
#undef CALL
};

void system_call(struct trap_frame *frame)
{
	uint32_t argument[3] = { frame->ebx, frame->ecx, frame->edx };
	uint32_t number = frame->eax;
	int result;

	if (number >= CALL_COUNT) {
		frame->eax = (uint32_t)ERROR_NO_CALL;
		return;
	}
	result = calls[number](argument);
	if (number != CALL_exec || result < 0)
		frame->eax = (uint32_t)result;
}
