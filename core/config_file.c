/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/config_file.c - a configuration from an INI file, and what settings cannot be together.
 *
 *   [vm]
 *   technique = trap
 *   kernel = kernel.elf       ; relative to this file's folder
 *   cmdline = forkwait 100
 */
#include "core/config.h"

#include "core/hypervisor.h"
#include "core/ini_text.h"
#include "core/refuse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETTINGS_MAX = 64 };

struct config_reading {
	struct config *config;
	const char *folder; /* with the slash at its end; empty: here */
	int folder_length;
	unsigned line[SETTINGS_MAX]; /* where each setting was given: 0 not yet */
};

/* The table says of a setting that it takes a file. */
static bool names_file(const char *name)
{
	const struct config_setting *setting;

	for (size_t i = 0; (setting = config_setting(i)); i++)
		if (strcmp(setting->name, name) == 0)
			return setting->argument && strcmp(setting->argument, "FILE") == 0;
	return false;
}

/* A profile is a name unless it looks like a file. */
static bool value_is_file(const char *name, const char *value)
{
	if (strcmp(name, "profile") == 0)
		return strchr(value, '/') != NULL || strstr(value, ".profile") != NULL;
	return names_file(name);
}

static bool refuse_repeated(struct config_reading *reading, const struct ini_line *line, char *error,
                            size_t error_size)
{
	const struct config_setting *setting;

	for (size_t i = 0; i < SETTINGS_MAX && (setting = config_setting(i)) != NULL; i++) {
		if (strcmp(setting->name, line->name) != 0 || strcmp(setting->name, "module") == 0)
			continue;
		if (reading->line[i] != 0)
			return refuse(error, error_size, "%s is set in line %u already; remove one of the two",
			              line->name, reading->line[i]);
		reading->line[i] = line->number;
	}
	return true;
}

/* A long command line may go on in indented lines. */
static bool continue_cmdline(struct config *config, const struct ini_line *line, char *error,
                             size_t error_size)
{
	char longer[CONFIG_TEXT + 256];

	if (strcmp(line->name, "cmdline") != 0)
		return refuse(error, error_size, "an indented line goes on with '%s' above, which has one "
		              "value; remove the blanks at the line's start", line->name);
	snprintf(longer, sizeof(longer), "%s %s", config->cmdline, line->value);
	return config_set(config, line->name, longer, error, error_size);
}

static bool take_line(void *owner, const struct ini_line *given, char *error, size_t error_size)
{
	struct config_reading *reading = owner;
	struct ini_line line = *given;
	char name[64], value[CONFIG_TEXT + 256];

	if (strcmp(line.section, "vm") != 0)
		return refuse(error, error_size, "%s%.40s%s; settings stand under [vm]",
		              *line.section ? "unknown section [" : "a setting outside any section",
		              line.section, *line.section ? "]" : "");
	snprintf(name, sizeof(name), "%s", line.name);
	for (char *c = name; *c != '\0'; c++)
		*c = *c == '_' ? '-' : *c;
	line.name = name;
	if (line.continued)
		return continue_cmdline(reading->config, &line, error, error_size);
	if (!refuse_repeated(reading, &line, error, error_size))
		return false;
	if (!value_is_file(name, line.value) || line.value[0] == '/' || line.value[0] == '\0')
		return config_set(reading->config, name, line.value, error, error_size);
	if (reading->folder_length >= CONFIG_TEXT)
		return refuse(error, error_size, "the folder's name is too long; move the file");
	snprintf(value, sizeof(value), "%.*s%s", reading->folder_length, reading->folder, line.value);
	return config_set(reading->config, name, value, error, error_size);
}

bool config_read(struct config *config, const char *path, char *error, size_t error_size)
{
	const char *slash = strrchr(path, '/');
	struct config_reading reading = {
		.config = config,
		.folder = path,
		.folder_length = slash != NULL ? (int)(slash - path) + 1 : 0,
	};

	return ini_file_read(NULL, "configuration", path, take_line, &reading, error, error_size);
}

bool config_read_text(struct config *config, const char *text, size_t size, char *error,
                      size_t error_size)
{
	struct config_reading reading = { .config = config, .folder = "" };

	return ini_text_read("configuration", text, size, take_line, &reading, error, error_size);
}

static bool check_machine(const struct config *config, char *error, size_t error_size)
{
	if (config->ring != 1 && config->ring != 3)
		return refuse(error, error_size, "ring: ring %u cannot be had: ring 0 would not be "
		              "deprivileged, and ring 2 is to paging and to IOPL what ring 1 is; take 1 or 3",
		              config->ring);
	if (config->memory % 4096 != 0)
		return refuse(error, error_size, "memory: guest memory is made of 4 KiB frames; take a "
		              "multiple of 4K");
	if (config->shadow_frames + CONFIG_WINDOW_FRAMES > config->vmm_frames)
		return refuse(error, error_size, "shadow-frames: %u shadow frames do not fit into the VMM's "
		              "pool of %u, of which %d are its own; raise vmm-frames or lower shadow-frames",
		              config->shadow_frames, config->vmm_frames, CONFIG_WINDOW_FRAMES);
	return true;
}

static bool check_rdtsc(const struct config *config, char *error, size_t error_size)
{
	bool translates = strcmp(config->technique, "bt") == 0, traps = strcmp(config->technique, "trap") == 0;

	if (strcmp(config->rdtsc, "direct") == 0 || translates || (traps && strcmp(config->rdtsc, "trap") == 0))
		return true;
	return refuse(error, error_size, "rdtsc: %s is a way of %s, and technique %s has it direct; take bt, or leave rdtsc out",
	              config->rdtsc, strcmp(config->rdtsc, "trap") == 0 ? "trap and bt" : "bt's translated code",
	              config->technique);
}

static bool check_boot(const struct config *config, char *error, size_t error_size)
{
	bool kernel = config->kernel[0] != '\0', disk = config->disk[0][0] != '\0';
	bool from_disk = strcmp(config->boot, "disk") == 0;
	bool flat = strcmp(config->boot, "flat") == 0;

	if (!kernel && !disk)
		return refuse(error, error_size, "nothing to boot; name a kernel or a disk");
	if (from_disk && kernel)
		return refuse(error, error_size, "boot: the disk's boot sector and the kernel '%s' cannot "
		              "both be booted; leave the kernel out, or take boot multiboot, linux or flat",
		              config->kernel);
	if (from_disk && !disk)
		return refuse(error, error_size, "boot: there is no disk to boot from; name one with disk");
	if (!from_disk && !kernel && strcmp(config->boot, "auto") != 0)
		return refuse(error, error_size, "boot: %s needs a kernel; name one with kernel",
		              config->boot);
	if (config->modules > 0 && (flat || !kernel))
		return refuse(error, error_size, "module: only a Multiboot kernel can be given modules; "
		              "take boot multiboot or leave the modules out");
	if (config->cmdline[0] != '\0' && (flat || !kernel))
		return refuse(error, error_size, "cmdline: only a Multiboot or Linux kernel can be given a command "
		              "line; take boot multiboot or linux, or leave it out");
	if (config->initrd[0] != '\0' && (flat || !kernel))
		return refuse(error, error_size, "initrd: only a Linux kernel can be given an initrd; name one with kernel, "
		              "or leave it out");
	if (config->flat_real && !flat)
		return refuse(error, error_size, "flat-real: only a flat binary is entered in real mode on "
		              "request; take boot flat or leave it out");
	if (flat && config->flat_real && config->flat_address > 0xffff0)
		return refuse(error, error_size, "flat-address: real mode reaches no more than the first "
		              "megabyte; take an address below 0xffff0");
	return true;
}

bool config_check(const struct config *config, char *error, size_t error_size)
{
	if (config->disk_writable && config->disk[0][0] == '\0' && config->disk[1][0] == '\0')
		return refuse(error, error_size, "disk-writable: there is no disk; name one with disk");
	return check_machine(config, error, error_size) && hypervisor_check(config, error, error_size) &&
	       check_rdtsc(config, error, error_size) && check_boot(config, error, error_size);
}
