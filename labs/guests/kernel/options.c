/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/options.c - keeps what the loader said (Multiboot Specification 0.6.96, 3.3) before that
 * memory is given away, and looks words up in the command line: name, name=number.
 */
#include "kernel/kernel.h"

struct boot_options options;

void options_add_range(uint64_t start, uint64_t end)
{
	if (end > MEMORY_MAX)
		end = MEMORY_MAX;
	if (start >= end || options.range_count == RANGES_MAX)
		return;
	options.ranges[options.range_count++] = (struct memory_range){ (uint32_t)start, (uint32_t)end };
}

void options_reserve(uint32_t start, uint32_t end)
{
	if (options.reserved_count == RANGES_MAX)
		panic("too many reserved ranges of memory");
	options.reserved[options.reserved_count++] = (struct memory_range){ start, end };
}

static void read_memory_map(const struct multiboot_info *info)
{
	uint32_t at = info->memory_map, end = at + info->memory_map_length;

	while (at < end) {
		const struct multiboot_range *range = physical_to_virtual(at);
		if (range->type == MULTIBOOT_USABLE)
			options_add_range(range->start, range->start + range->length);
		at += range->size + sizeof(range->size);
	}
}

static void read_modules(const struct multiboot_info *info)
{
	const struct multiboot_module *modules = physical_to_virtual(info->modules);

	for (uint32_t i = 0; i < info->module_count && i < MODULES_MAX; i++)
		options.modules[options.module_count++] = (struct module){ modules[i].start, modules[i].end };
}

void multiboot_read(uint32_t magic, uint32_t information)
{
	const struct multiboot_info *info = physical_to_virtual(information);

	if (magic != MULTIBOOT_LOADED)
		panic("started by something that is not a Multiboot 1 loader: EAX is %x", magic);
	if (info->flags & MULTIBOOT_HAS_COMMAND_LINE)
		copy_text(options.command_line, physical_to_virtual(info->command_line), COMMAND_LINE_MAX);
	if (info->flags & MULTIBOOT_HAS_MEMORY_MAP) {
		read_memory_map(info);
	} else if (info->flags & MULTIBOOT_HAS_MEMORY) {
		options_add_range(0, info->memory_lower * 1024ull);
		options_add_range(0x100000, 0x100000 + info->memory_upper * 1024ull);
	}
	if (info->flags & MULTIBOOT_HAS_MODULES)
		read_modules(info);
	if (options.range_count == 0)
		panic("the loader gave neither a memory map nor the amount of memory");
	options_reserve(0, FRAME_SIZE);
	options_reserve(0x9F000, 0x100000); /* firmware's data, VGA, ROMs */
}

unsigned options_split(char *to, size_t size, char **words, unsigned words_max)
{
	unsigned count = 0;
	char *out = to;

	copy_text(to, options.command_line, size);
	for (char *in = to; *in && count < words_max;) {
		bool quoted = false;
		while (*in == ' ')
			in++;
		if (!*in)
			break;
		words[count++] = out;
		for (; *in && (quoted || *in != ' '); in++) {
			if (*in == '"')
				quoted = !quoted;
			else
				*out++ = *in;
		}
		if (*in)
			in++;
		*out++ = '\0';
	}
	return count;
}

static const char *find_word(const char *name, bool with_value)
{
	static char copy[COMMAND_LINE_MAX];
	static char *words[ARGUMENTS_MAX];
	static unsigned count;

	if (!count)
		count = options_split(copy, sizeof(copy), words, ARGUMENTS_MAX);
	for (unsigned i = 0; i < count; i++) {
		const char *found = with_value ? option_value(words[i], name) : words[i];
		if (found && (with_value || strcmp(found, name) == 0))
			return found;
	}
	return NULL;
}

bool options_flag(const char *name)
{
	return find_word(name, false) != NULL;
}

uint32_t options_number(const char *name, uint32_t otherwise)
{
	const char *value = find_word(name, true);

	return value ? parse_number(value) : otherwise;
}
