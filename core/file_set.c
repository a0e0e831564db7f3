/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/file_set.c - see file_set.h.
 */
#include "core/file_set.h"

#include "core/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = CONFIG_MODULES + CONFIG_DISKS + 4 }; /* kernel, initrd, cost profile, a lab's piece */

struct held {
	char name[CONFIG_TEXT];
	int file;
	bool made; /* nobody else can change it */
	off_t size;
	struct timespec modified;
};

struct file_set {
	struct held held[FILES];
	size_t count;
};

struct file_set *file_set_new(void)
{
	return calloc(1, sizeof(struct file_set));
}

void file_set_free(struct file_set *set)
{
	for (size_t i = 0; set && i < set->count; i++)
		close(set->held[i].file);
	free(set);
}

static const struct held *find(const struct file_set *set, const char *name)
{
	for (size_t i = 0; set && i < set->count; i++)
		if (strcmp(set->held[i].name, name) == 0)
			return &set->held[i];
	return NULL;
}

static bool add(struct file_set *set, const char *name, int file)
{
	struct held *held = &set->held[set->count];
	struct stat status;

	if (set->count == FILES || strlen(name) >= sizeof(held->name) || fstat(file, &status) != 0)
		return false;
	*held = (struct held){ .file = file, .size = status.st_size, .modified = status.st_mtim };
	strcpy(held->name, name);
	set->count++;
	return true;
}

/* Pipes and devices can be read but once, or never end: they are the loader's. */
static void hold(struct file_set *set, const char *name, const char *path)
{
	struct stat status;
	int file;

	if (!path[0] || find(set, name))
		return;
	file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file < 0)
		return;
	if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || !add(set, name, file))
		close(file);
}

void file_set_module_name(const char *module, char name[CONFIG_TEXT])
{
	snprintf(name, CONFIG_TEXT, "%.*s", (int)strcspn(module, " "), module);
}

struct file_set *file_set_of(const struct config *config)
{
	struct file_set *set = file_set_new();
	char name[CONFIG_TEXT];

	if (!set)
		return NULL;
	hold(set, config->kernel, config->kernel);
	hold(set, config->initrd, config->initrd);
	hold(set, config->lab, config->lab);
	for (unsigned i = 0; i < config->modules; i++) {
		file_set_module_name(config->module[i], name);
		hold(set, name, name);
	}
	for (unsigned i = 0; i < CONFIG_DISKS && !config->disk_writable; i++)
		hold(set, config->disk[i], config->disk[i]);
	if (profile_path(config->profile, name, sizeof(name)))
		hold(set, config->profile, name);
	return set;
}

static int nameless_file(void)
{
	const char *folder = getenv("TMPDIR");
	char path[512];
	int file;

	if (!folder || !folder[0] || strlen(folder) > sizeof(path) - 32)
		folder = "/tmp";
	snprintf(path, sizeof(path), "%s/ringside-XXXXXX", folder);
	file = mkstemp(path);
	if (file >= 0) {
		unlink(path);
		fcntl(file, F_SETFD, FD_CLOEXEC);
	}
	return file;
}

int file_set_make(struct file_set *set, const char *name)
{
	int file = nameless_file();

	if (file < 0)
		return -1;
	if (!add(set, name, file)) {
		close(file);
		errno = ENFILE;
		return -1;
	}
	set->held[set->count - 1].made = true;
	return file;
}

int file_set_open(const struct file_set *set, const char *name)
{
	const struct held *held = find(set, name);
	int file;

	if (!held)
		return -1;
	file = fcntl(held->file, F_DUPFD_CLOEXEC, 0);
	/* Shared with the set's own descriptor, which nobody reads by its offset. */
	if (file >= 0)
		lseek(file, 0, SEEK_SET);
	return file;
}

const char *file_set_name(const struct file_set *set, size_t index)
{
	return set && index < set->count ? set->held[index].name : NULL;
}

int file_set_descriptor(const struct file_set *set, size_t index)
{
	return set->held[index].file;
}

bool file_set_unchanged(const struct file_set *set, size_t index)
{
	const struct held *held = &set->held[index];
	struct stat status;

	return held->made || (fstat(held->file, &status) == 0 && status.st_size == held->size &&
	       status.st_mtim.tv_sec == held->modified.tv_sec && status.st_mtim.tv_nsec == held->modified.tv_nsec);
}
