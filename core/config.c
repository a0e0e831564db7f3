/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/config.c - the table of settings: one row has a setting's name, form, bounds, place in struct
 * config and what it means. Options, INI files, help and completion all come from it.
 */
#include "core/config.h"

#include "core/nearest.h"
#include "core/number.h"
#include "core/processor.h"
#include "core/refuse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum form { FORM_SIZE, FORM_COUNT, FORM_NUMBER, FORM_SWITCH, FORM_WORD, FORM_TEXT, FORM_FILE, FORM_MODULE, FORM_PROCESSOR };

struct row {
	struct config_setting setting;
	enum form form;
	size_t offset;
	size_t width;       /* bytes of the field */
	uint64_t low, high; /* of numbers */
	const char *words;  /* what a word may be, with blanks between */
};

#define FIELD(name) offsetof(struct config, name), sizeof(((struct config *)0)->name)
#define TEXT_ROW(name, argument, text, form, field) \
	{ { name, argument, text }, form, FIELD(field), 0, 0, NULL }
#define WORD_ROW(name, text, field, words) \
	{ { name, "WORD", text }, FORM_WORD, FIELD(field), 0, 0, words }
#define NUMBER_ROW(name, argument, text, form, field, low, high) \
	{ { name, argument, text }, form, FIELD(field), low, high, NULL }
#define SWITCH_ROW(name, text, field) \
	{ { name, NULL, text }, FORM_SWITCH, FIELD(field), 0, 1, NULL }

static const struct row rows[] = {
	WORD_ROW("technique", "how guest kernel code runs: native, emulate, trap, bt, pv or hvm", technique,
	         "native emulate trap bt pv hvm"),
	NUMBER_ROW("ring", "RING", "ring in which trap and bt run the guest's kernel: 1 or 3", FORM_NUMBER,
	           ring, 1, 3),
	WORD_ROW("paging", "tables that the processor walks: auto, shadow, nested (hvm) or direct (pv)", paging,
	         "auto shadow nested direct"),
	NUMBER_ROW("nested-levels", "N", "levels of nested page tables: 2, 3 or 4", FORM_NUMBER, nested_levels, 2, 4),
	SWITCH_ROW("nested-large", "nested page tables map 2 MiB with one entry where the memory map allows it", nested_large),
	WORD_ROW("vmx-exits", "hvm: the VMCS's controls let exit what is needed, also all exceptions, or all that can", vmx_exits,
	         "needed exceptions all"),
	SWITCH_ROW("vpid", "under hvm TLB entries carry the virtual processor's number (default yes)", vpid),
	NUMBER_ROW("translation-cache", "SIZE", "bytes of bt's translation cache, 512 to 1M", FORM_SIZE,
	           translation_cache, 512, 1u << 20),
	SWITCH_ROW("chain", "bt chains translation units (default yes)", chain),
	SWITCH_ROW("adapt", "bt makes callouts of instructions that keep hitting traced pages or devices (default yes)", adapt),
	WORD_ROW("rdtsc", "RDTSC in the guest's kernel: direct, trap (trap and bt), callout or cache (bt)", rdtsc,
	         "direct trap callout cache"),
	SWITCH_ROW("unit-counters", "bt's units count how often they are entered, which costs cycles", unit_counters),
	NUMBER_ROW("memory", "SIZE", "guest memory, 1M to 2G", FORM_SIZE, memory, 1ull << 20, 2ull << 30),
	NUMBER_ROW("vmm-frames", "N", "4 KiB frames of the VMM's own pool", FORM_NUMBER, vmm_frames,
	           CONFIG_WINDOW_FRAMES + CONFIG_SHADOW_MINIMUM, 1u << 19),
	NUMBER_ROW("shadow-frames", "N", "frames that shadow page tables may take", FORM_NUMBER,
	           shadow_frames, CONFIG_SHADOW_MINIMUM, 1u << 19),
	NUMBER_ROW("trace-limit", "N", "stores to a traced page table that is not used, until its shadow is given up; 0: never",
	           FORM_NUMBER, trace_limit, 0, UINT32_MAX),
	TEXT_ROW("profile", "NAME", "cost profile: a name, or a file ending in .profile", FORM_TEXT,
	         profile),
	TEXT_ROW("kernel", "FILE", "Multiboot, Linux or Xen kernel, or flat binary", FORM_FILE, kernel),
	TEXT_ROW("cmdline", "TEXT", "the kernel's command line, after its name", FORM_TEXT, cmdline),
	TEXT_ROW("module", "FILE", "Multiboot module, with its command line after a blank; may be repeated",
	         FORM_MODULE, module),
	TEXT_ROW("initrd", "FILE", "a Linux kernel's first file system (an initramfs)", FORM_FILE, initrd),
	SWITCH_ROW("unpack", "a Linux kernel is unpacked on the host, not by the guest (default yes)", unpack),
	TEXT_ROW("disk", "FILE", "first ATA disk: a raw image", FORM_FILE, disk[0]),
	TEXT_ROW("disk2", "FILE", "second ATA disk, on the same channel", FORM_FILE, disk[1]),
	TEXT_ROW("disk3", "FILE", "first ATA disk of the secondary channel (170h, IRQ 15)", FORM_FILE, disk[2]),
	TEXT_ROW("disk4", "FILE", "second ATA disk of the secondary channel", FORM_FILE, disk[3]),
	SWITCH_ROW("disk-writable", "disk writes reach the image file", disk_writable),
	WORD_ROW("boot", "what is booted: auto, multiboot, linux, flat or disk", boot,
	         "auto multiboot linux flat disk"),
	NUMBER_ROW("flat-address", "ADDRESS", "where a flat binary is loaded and entered", FORM_NUMBER,
	           flat_address, 0, UINT32_MAX),
	SWITCH_ROW("flat-real", "a flat binary is entered in real mode", flat_real),
	NUMBER_ROW("limit", "CYCLES", "stop after so many model cycles (500M, 2G); 0: never", FORM_COUNT,
	           limit, 0, UINT64_MAX),
	TEXT_ROW("cpu", "MODEL[,+FEATURE,-FEATURE]", "the processor's model, with features more or less; help lists them",
	         FORM_PROCESSOR, cpu),
	WORD_ROW("hypervisor", "the interface that a VMM announces by CPUID: xen (hypercalls), kvm (its clock), both, none, or auto", hypervisor,
	         "auto xen kvm both none"),
	SWITCH_ROW("umip", "the processor has UMIP (SGDT, SIDT, SLDT, STR, SMSW can trap)", umip),
	SWITCH_ROW("apic", "the machine has a local APIC, an I/O APIC and an MP table (default no)", apic),
	WORD_ROW("serial", "characters on the serial ports take no model time, instant, or the time of their baud rate, timed", serial,
	         "instant timed"),
	NUMBER_ROW("start-time", "SECONDS", "what the RTC shows at first, in seconds since 1970",
	           FORM_NUMBER, start_time, 0, UINT32_MAX),
	TEXT_ROW("lab", "FILE", "a lab's piece (a shared object) that stands in for parts of the VMM: see labs/", FORM_FILE, lab),
	TEXT_ROW("lab-handlers", "NAMES", "only these handlers of the lab's piece, with blanks between (usually all that it has)",
	         FORM_TEXT, lab_handlers),
	SWITCH_ROW("check-shadow", "compare each shadow entry with a fresh walk after every exit",
	           check_shadow),
	NUMBER_ROW("check-every", "N", "check-shadow compares after every Nth exit alone (default 1)", FORM_NUMBER,
	           check_every, 1, UINT32_MAX),
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

const struct config_setting *config_setting(size_t index)
{
	return index < ROWS ? &rows[index].setting : NULL;
}

void config_default(struct config *config)
{
	memset(config, 0, sizeof(*config));
	strcpy(config->technique, "trap");
	strcpy(config->paging, "auto");
	config->ring = 1;
	config->nested_levels = 4;
	strcpy(config->vmx_exits, "needed");
	config->vpid = true;
	config->translation_cache = 1u << 20; /* the kernel of a real system, with most of what its user programs call */
	config->chain = true;
	config->adapt = true;
	strcpy(config->rdtsc, "direct");
	config->unpack = true;
	config->memory = 64ull << 20;
	config->vmm_frames = 2048;
	config->shadow_frames = 1024;
	config->trace_limit = 64;
	strcpy(config->profile, "ideal");
	strcpy(config->boot, "auto");
	config->flat_address = 0x100000;
	strcpy(config->hypervisor, "auto");
	strcpy(config->serial, "instant");
	strcpy(config->cpu, CPU_MODEL_DEFAULT);
	config->check_every = 1;
	config->start_time = 946684800; /* 2000-01-01 00:00:00 UTC */
}

/* INI files written by hand have underscores as often as dashes. */
static bool same_name(const char *known, const char *given)
{
	for (; *known != '\0'; known++, given++) {
		if (*known != (*given == '_' ? '-' : *given))
			return false;
	}
	return *given == '\0';
}

static const struct row *find_row(const char *name)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (same_name(rows[i].setting.name, name))
			return &rows[i];
	}
	return NULL;
}

static bool refuse_name(const char *name, char *error, size_t error_size)
{
	struct nearest nearest = nearest_to(name);

	for (size_t i = 0; i < ROWS; i++)
		nearest_offer(&nearest, rows[i].setting.name);
	if (nearest.name != NULL)
		return refuse(error, error_size, "there is no setting '%.40s'; did you mean '%s'?", name,
		              nearest.name);
	return refuse(error, error_size, "there is no setting '%.40s'; --help lists them", name);
}

static void store_number(void *field, size_t width, uint64_t number)
{
	memcpy(field, &number, width); /* little-endian host */
}

static const char *number_example(enum form form)
{
	if (form == FORM_SIZE)
		return "64M, 512K, 4096 or 0x10000";
	return form == FORM_COUNT ? "1000, 500M or 2G" : "16 or 0x10";
}

static bool read_number(enum form form, const char *value, uint64_t *number)
{
	if (form == FORM_SIZE)
		return number_parse_size(value, number);
	return form == FORM_COUNT ? number_parse_count(value, number) : number_parse(value, number);
}

static bool set_number(const struct row *row, void *field, const char *value, char *error,
                       size_t error_size)
{
	uint64_t number;
	const char *name = row->setting.name;

	if (!read_number(row->form, value, &number))
		return refuse(error, error_size, "%s: '%.40s' is no %s; write it like %s", name, value,
		              row->form == FORM_SIZE ? "size" : "number", number_example(row->form));
	if (number < row->low || number > row->high)
		return refuse(error, error_size, "%s: %" PRIu64 " is out of bounds; it must be %" PRIu64
		              " to %" PRIu64, name, number, row->low, row->high);
	store_number(field, row->width, number);
	return true;
}

static bool has_word(const char *words, const char *word)
{
	size_t length = strlen(word);

	while (*words != '\0') {
		size_t width = strcspn(words, " ");

		if (width == length && memcmp(words, word, length) == 0)
			return true;
		words += width + strspn(words + width, " ");
	}
	return false;
}

static bool set_switch(const struct row *row, bool *field, const char *value, char *error,
                       size_t error_size)
{
	bool on = has_word("yes on true 1", value);

	if (!on && !has_word("no off false 0", value))
		return refuse(error, error_size, "%s: '%.40s' is neither yes nor no", row->setting.name,
		              value);
	*field = on;
	return true;
}

static bool set_text(const struct row *row, char *field, size_t width, const char *value, char *error,
                     size_t error_size)
{
	if (row->words != NULL && !has_word(row->words, value))
		return refuse(error, error_size, "%s: '%.40s' is not known; there are: %s",
		              row->setting.name, value, row->words);
	if (strlen(value) >= width)
		return refuse(error, error_size, "%s: longer than %zu characters; make it shorter",
		              row->setting.name, width - 1);
	memset(field, 0, width);
	strcpy(field, value);
	return true;
}

static bool set_processor(const struct row *row, char *field, size_t width, const char *value, char *error,
                          size_t error_size)
{
	struct cpu_features features;

	return processor_parse(value, &features, error, error_size) &&
	       set_text(row, field, width, value, error, error_size);
}

static bool add_module(struct config *config, const struct row *row, const char *value, char *error,
                       size_t error_size)
{
	if (config->modules == CONFIG_MODULES)
		return refuse(error, error_size, "module: more than %d modules; leave some out",
		              CONFIG_MODULES);
	if (*value == '\0' || *value == ' ')
		return refuse(error, error_size, "module: the file's name is missing");
	if (!set_text(row, config->module[config->modules], CONFIG_TEXT, value, error, error_size))
		return false;
	config->modules++;
	return true;
}

static bool set_row(struct config *config, const struct row *row, const char *value, char *error,
                    size_t error_size)
{
	char *field = (char *)config + row->offset;

	switch (row->form) {
	case FORM_SIZE:
	case FORM_COUNT:
	case FORM_NUMBER:
		return set_number(row, field, value, error, error_size);
	case FORM_SWITCH:
		return set_switch(row, (bool *)field, value, error, error_size);
	case FORM_MODULE:
		return add_module(config, row, value, error, error_size);
	case FORM_PROCESSOR:
		return set_processor(row, field, row->width, value, error, error_size);
	default:
		return set_text(row, field, row->width, value, error, error_size);
	}
}

bool config_set(struct config *config, const char *name, const char *value, char *error,
                size_t error_size)
{
	const struct row *row = find_row(name);

	if (row == NULL)
		return refuse_name(name, error, error_size);
	/* A switch given as an option has no argument. */
	if (value == NULL)
		value = row->form == FORM_SWITCH ? "yes" : "";
	return set_row(config, row, value, error, error_size);
}

/* ---- and back ---- */

static bool number_text(const struct row *row, const void *field, char *text, size_t size)
{
	uint64_t number = 0;

	memcpy(&number, field, row->width);
	return (size_t)snprintf(text, size, "%" PRIu64, number) < size;
}

bool config_value(const struct config *config, size_t index, unsigned which, char *text, size_t size)
{
	const struct row *row = index < ROWS ? &rows[index] : NULL;
	const char *field = row ? (const char *)config + row->offset : NULL;

	if (!row || which >= (row->form == FORM_MODULE ? config->modules : 1))
		return false;
	switch (row->form) {
	case FORM_SIZE:
	case FORM_COUNT:
	case FORM_NUMBER:
		return number_text(row, field, text, size);
	case FORM_SWITCH:
		return (size_t)snprintf(text, size, "%s", *(const bool *)field ? "yes" : "no") < size;
	case FORM_MODULE:
		return (size_t)snprintf(text, size, "%s", config->module[which]) < size;
	default:
		return (size_t)snprintf(text, size, "%s", field) < size;
	}
}
