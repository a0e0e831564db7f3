/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/guest_file.c - the words of a command line that name the guest.
 */
#include "visualizer/guest_file.h"

#include "core/elf32.h"
#include "core/load.h"
#include "visualizer/command.h"
#include "visualizer/message.h"
#include "visualizer/named_guests.h"
#include "visualizer/options.h"

#include <stdio.h>
#include <string.h>

enum { LOOKED_AT = 8192 }; /* a Multiboot header stands in there (Multiboot 0.6.96, 3.1) */

/* A boot sector's signature where no kernel's header is. */
static bool looks_like_disk(const char *path)
{
	uint8_t start[LOOKED_AT];
	FILE *file = fopen(path, "rb");
	size_t size = file ? fread(start, 1, sizeof(start), file) : 0;

	if (file)
		fclose(file);
	return size >= 512 && start[510] == 0x55 && start[511] == 0xaa && !elf_is_elf(start, size) &&
	       !load_is_multiboot(start, size) && !load_is_linux(start, size);
}

static bool set(struct config *config, const char *name, const char *value)
{
	char error[512];

	if (config_set(config, name, value, error, sizeof(error)))
		return true;
	message("%s", error);
	return false;
}

static bool set_guest(struct config *config, const char *path)
{
	bool disk = strcmp(config->boot, "disk") == 0 ||
	            (strcmp(config->boot, "auto") == 0 && looks_like_disk(path));

	return set(config, disk ? "disk" : "kernel", path);
}

/* The words after the guest are its kernel command line, or follow what is there `first`. */
static bool set_words(struct config *config, const char *first, char *const *words, int count)
{
	char line[CONFIG_TEXT] = "";
	size_t used = strlen(first);

	if (count == 0)
		return true;
	strcpy(line, first);
	for (int i = 0; i < count; i++) {
		int length = snprintf(line + used, sizeof(line) - used, "%s%s", used ? " " : "", words[i]);

		if (length < 0 || (size_t)length >= sizeof(line) - used) {
			message("the guest's command line is longer than %zu characters; make it shorter",
			        sizeof(line) - 1);
			return false;
		}
		used += (size_t)length;
	}
	return set(config, "cmdline", line);
}

/* What the guest is made of lies under the options. */
static bool set_named(struct config *config, const struct options *options, const struct named_guest *named)
{
	config_default(config);
	return named_guest_configure(named, config) && options_configure(options, config);
}

bool guest_from_words(struct config *config, const struct options *options, int first)
{
	const struct named_guest *named = options->word_count > first ? named_guest_find(options->words[first]) : NULL;
	char *const *words = options->words + first + 1;
	int count = options->word_count - first - 1;

	if (named)
		return set_named(config, options, named) && set_words(config, config->cmdline, words, count);
	if (options->word_count > first)
		return set_guest(config, options->words[first]) && set_words(config, "", words, count);
	if (config->kernel[0] || config->disk[0][0])
		return true;
	message("%s: which guest? Name a kernel or a disk image, as in 'ringside %s kernel.elf'",
	        options->command->name, options->command->name);
	return false;
}

struct symbols *guest_symbols(const struct config *config)
{
	char error[512];

	/* A kernel that could be loaded but has no readable symbols is shown without names. */
	return config->kernel[0] ? symbols_read(config->files, config->kernel, error, sizeof(error)) : NULL;
}
