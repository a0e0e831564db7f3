/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/named_guests.c - the table of guests that are found by name, and where their files lie.
 *
 * Linux's words: nokaslr, so that two boots and a debugger see the same addresses; reboot=k asks the 8042 for a reset, where a
 * machine without ACPI has it; cryptomgr.notests and noisapnp leave out what only takes time.
 */
#include "visualizer/named_guests.h"

#include "core/place.h"
#include "visualizer/message.h"

#include <stdio.h>
#include <string.h>

#define LINUX_WORDS "console=ttyS0 nokaslr reboot=k cryptomgr.notests noisapnp"

static const struct named_guest guests[] = {
	{ "debian", "Debian GNU/Linux, kernel 686, to a shell (or: debian selftest)", "debian-686", "debian-initramfs.cpio", "native",
	  "64M", LINUX_WORDS },
	{ "debian-pae", "the same with PAE page tables (kernel 686-pae)", "debian-686-pae", "debian-initramfs.cpio", "native", "64M",
	  LINUX_WORDS },
	{ "memtest", "memtest86+, on the text screen", "memtest86+ia32.bin", NULL, "native", "32M", "console=ttyS0,115200" },
	{ "mach", "GNU Mach, a microkernel, to where it misses its bootstrap program", "gnumach-1.8-486", NULL, "trap", "32M",
	  "console=com0" },
	{ "invaders", "GRUB Invaders, a game: --console=vga", "invaders.exec", NULL, "trap", "16M", "" },
};

const struct named_guest *named_guest(size_t index)
{
	return index < sizeof(guests) / sizeof(guests[0]) ? &guests[index] : NULL;
}

const struct named_guest *named_guest_find(const char *name)
{
	const struct named_guest *guest;

	for (size_t i = 0; (guest = named_guest(i)) != NULL; i++)
		if (strcmp(guest->name, name) == 0)
			return guest;
	return NULL;
}

static bool set(struct config *config, const char *name, const char *value)
{
	char error[512];

	if (config_set(config, name, value, error, sizeof(error)))
		return true;
	message("%s", error);
	return false;
}

static bool find(const char *file, char *path, size_t size)
{
	return place_find(&(struct place){ .source = "guests", .installed = "guests" }, file, path, size);
}

const char *named_guest_misses(const struct named_guest *guest)
{
	char path[CONFIG_TEXT];

	if (!find(guest->kernel, path, sizeof(path)))
		return guest->kernel;
	return guest->initrd && !find(guest->initrd, path, sizeof(path)) ? guest->initrd : NULL;
}

static bool set_file(struct config *config, const struct named_guest *guest, const char *setting, const char *file)
{
	char path[CONFIG_TEXT];

	if (find(file, path, sizeof(path)))
		return set(config, setting, path);
	message("the guest '%s' is not here (guests/%s); `make guests` fetches it", guest->name, file);
	return false;
}

bool named_guest_configure(const struct named_guest *guest, struct config *config)
{
	return set_file(config, guest, "kernel", guest->kernel) &&
	       (!guest->initrd || set_file(config, guest, "initrd", guest->initrd)) &&
	       set(config, "technique", guest->technique) && set(config, "memory", guest->memory) &&
	       set(config, "cmdline", guest->cmdline);
}
