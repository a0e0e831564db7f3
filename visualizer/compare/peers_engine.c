/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/peers_engine.c - QEMU, whose TCG translates and whose KVM is the hardware, and Bochs, which interprets.
 * QEMU loads kernels itself; what it cannot load, and all that Bochs gets, is a disk (peers_disk.h).
 */
#include "visualizer/compare/peers_engine.h"

#include "core/output.h"
#include "core/refuse.h"
#include "visualizer/compare/peers_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BOCHS_FIRMWARE "/usr/share/bochs/BIOS-bochs-legacy"
#define BOCHS_VIDEO "/usr/share/bochs/VGABIOS-lgpl-latest"

bool engine_find(const char *name, enum plan_engine *engine)
{
	for (*engine = ENGINE_MODEL + 1; *engine < ENGINE_COUNT; (*engine)++)
		if (strcmp(engine_name(*engine), name) == 0)
			return true;
	return false;
}

/* ---- are they here? ---- */

/* The first line of what a command prints that has the word, from the word on. */
static bool ask_version(const char *command, const char *word, char *text, size_t size)
{
	char line[256];
	FILE *pipe = popen(command, "r");
	bool found = false;

	while (pipe && fgets(line, sizeof(line), pipe)) {
		const char *at = found ? NULL : strstr(line, word);

		if (!at)
			continue;
		found = true;
		snprintf(text, size, "%.*s", (int)strcspn(at, "\n"), at);
	}
	if (pipe)
		pclose(pipe);
	return found;
}

static bool look_for_qemu(char *text, size_t size)
{
	return ask_version("qemu-system-i386 --version 2> /dev/null", "QEMU", text, size) ||
	       refuse(text, size, "qemu-system-i386 is not here: apt install qemu-system-x86");
}

static bool look_for_kvm(char *text, size_t size)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (kvm < 0)
		return refuse(text, size, errno == ENOENT ? "there is no /dev/kvm: this computer lets nobody use its virtualization" :
		              errno == EACCES ? "you may not use /dev/kvm: adduser $USER kvm, and log in again" :
		              "/dev/kvm cannot be opened: %s", strerror(errno));
	close(kvm);
	return look_for_qemu(text, size);
}

static bool look_for_bochs(char *text, size_t size)
{
	if (!ask_version("bochs --help 2>&1", "Bochs x86 Emulator", text, size))
		return refuse(text, size, "bochs is not here: apt install bochs bochsbios vgabios");
	if (access(BOCHS_FIRMWARE, R_OK) != 0 || access(BOCHS_VIDEO, R_OK) != 0)
		return refuse(text, size, "Bochs misses its firmware: apt install bochsbios vgabios");
	return true;
}

bool engine_look(enum plan_engine engine, char *text, size_t size)
{
	switch (engine) {
	case ENGINE_QEMU_TCG:
		return look_for_qemu(text, size);
	case ENGINE_QEMU_KVM:
		return look_for_kvm(text, size);
	case ENGINE_BOCHS:
		return look_for_bochs(text, size);
	default:
		return false;
	}
}

/* ---- what they call a processor ---- */

static const struct {
	const char *ours, *qemu, *bochs;
} processors[] = {
	{ "i486", "486", "pentium" },
	{ "pentium", "pentium", "pentium" },
	{ "pentium-mmx", "pentium", "pentium_mmx" },
	{ "pentiumpro", "pentium2", "p2_klamath" },
	{ "pentium2", "pentium2", "p2_klamath" },
	{ "pentium3", "pentium3", "p3_katmai" },
	{ "pentium4", "pentium3,+sse2", "p4_willamette" },
	{ "max", "max", "p4_willamette" },
};

enum { PROCESSORS = sizeof(processors) / sizeof(processors[0]) };

static unsigned find_processor(const struct config *config)
{
	size_t length = strcspn(config->cpu, ",");

	for (unsigned i = 0; i < PROCESSORS; i++)
		if (strlen(processors[i].ours) == length && strncmp(processors[i].ours, config->cpu, length) == 0)
			return i;
	return PROCESSORS - 1;
}

static bool is(const char *text, const char *word)
{
	return strcmp(text, word) == 0;
}

/* ---- disks ---- */

static void disk_path(const struct engine_guest *guest, char *path, size_t size)
{
	snprintf(path, size, "%s/%u.img", guest->folder, guest->number);
}

/* The guest's own disk, or one made of its kernel. */
static bool find_disk(const struct engine_guest *guest, char *path, size_t size, char *error, size_t error_size)
{
	if (is(guest->form, "disk"))
		return snprintf(path, size, "%s", guest->config->disk[0]) > 0;
	disk_path(guest, path, size);
	return access(path, R_OK) == 0 || peers_make_disk(guest->config, path, error, error_size);
}

/* ---- QEMU ---- */

/* In its lists a comma is written twice. */
static const char *double_commas(const char *text, char *doubled, size_t size)
{
	size_t used = 0;

	for (; *text && used + 2 < size; text++) {
		doubled[used++] = *text;
		if (*text == ',')
			doubled[used++] = ',';
	}
	doubled[used] = '\0';
	return doubled;
}

static void add_modules(struct words *words, const struct config *config)
{
	char list[2 * CONFIG_TEXT] = "", doubled[2 * CONFIG_TEXT];

	for (unsigned i = 0; i < config->modules; i++) {
		size_t used = strlen(list);

		if (used + strlen(double_commas(config->module[i], doubled, sizeof(doubled))) + 2 > sizeof(list))
			words->failed = true;
		else
			snprintf(list + used, sizeof(list) - used, "%s%.1400s", i ? "," : "", doubled);
	}
	if (config->modules) {
		words_add(words, "-initrd");
		words_add(words, "%s", list);
	}
}

static void add_kernel(struct words *words, const struct config *config)
{
	words_add(words, "-kernel");
	words_add(words, "%s", config->kernel);
	if (*config->cmdline) {
		words_add(words, "-append");
		words_add(words, "%s", config->cmdline);
	}
	if (*config->initrd) {
		words_add(words, "-initrd");
		words_add(words, "%s", config->initrd);
	}
	add_modules(words, config);
}

static void add_drive(struct words *words, const char *path)
{
	char doubled[2 * CONFIG_TEXT];

	words_add(words, "-drive");
	words_add(words, "file=%.1400s,format=raw,index=0,media=disk,snapshot=on", double_commas(path, doubled, sizeof(doubled)));
}

static void add_texts(struct words *words, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		words_add(words, "%s", texts[i]);
}

static bool call_qemu(const struct engine_guest *guest, struct peers_entry *entry, char *error, size_t error_size)
{
	/* A PC as bare as ours. The console: its serial line, and port E9H. */
	static const char *const machine[] = {
		"-display", "none", "-monitor", "none", "-parallel", "none", "-nic", "none", "-no-reboot",
		"-chardev", "stdio,id=console,mux=on,signal=off", "-serial", "chardev:console",
		"-device", "isa-debugcon,iobase=0xe9,chardev=console", "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
	};
	const struct config *config = guest->config;
	struct words words = { .count = 0 };
	char disk[CONFIG_TEXT];
	bool loads = is(guest->form, "multiboot") || is(guest->form, "linux");

	if (config->memory % (1 << 20))
		return refuse(error, error_size, "QEMU has memory in whole MiB; give the guest such");
	if (!loads && !find_disk(guest, disk, sizeof(disk), error, error_size))
		return false;
	words_add(&words, "qemu-system-i386");
	words_add(&words, "-accel");
	words_add(&words, entry->engine == ENGINE_QEMU_KVM ? "kvm" : "tcg");
	words_add(&words, "-cpu");
	words_add(&words, "%s%s", processors[find_processor(config)].qemu, config->cpu + strcspn(config->cpu, ","));
	words_add(&words, "-m");
	words_add(&words, "%" PRIu64, config->memory >> 20);
	if (loads)
		add_kernel(&words, config);
	else
		add_drive(&words, disk);
	add_texts(&words, machine, sizeof(machine) / sizeof(machine[0]));
	entry->ends = is(guest->end, "exited") || is(guest->end, "reset");
	entry->expected = is(guest->end, "exited") ? (int)((guest->exit_code << 1 | 1) & 0xff) : 0;
	return words_give(&words, guest->folder, entry) || refuse(error, error_size, "its command line becomes too long");
}

/* ---- Bochs ---- */

/* Debian's is a debugger: it waits for a command first. */
static bool write_bochs_files(const struct engine_guest *guest, const char *disk, char *error, size_t error_size)
{
	bool own = is(guest->form, "disk");
	char path[CONFIG_TEXT];
	struct output *output;

	snprintf(path, sizeof(path), "%s/continue", guest->folder);
	output = output_open(path, error, error_size);
	if (!output || !output_text(output, "c\n") || !output_close(output, error, error_size))
		return false;
	snprintf(path, sizeof(path), "%s/%u.bochsrc", guest->folder, guest->number);
	output = output_open(path, error, error_size);
	if (!output)
		return false;
	output_format(output, "megs: %" PRIu64 "\ncpu: model=%s, reset_on_triple_fault=0\n", guest->config->memory >> 20,
	              processors[find_processor(guest->config)].bochs);
	output_format(output, "romimage: file=%s\nvgaromimage: file=%s\n", BOCHS_FIRMWARE, BOCHS_VIDEO);
	output_format(output, "ata0-master: type=disk, path=\"%s\", mode=%s, cylinders=0", disk, own ? "volatile" : "flat");
	if (own)
		output_format(output, ", journal=\"%s/%u.journal\"", guest->folder, guest->number);
	output_format(output, "\nata1: enabled=0\nboot: disk\ncom1: enabled=1, mode=file, dev=/proc/self/fd/3\n"
	              "display_library: rfb, options=\"timeout=0\"\nclock: sync=none\nplugin_ctrl: speaker=0\nsound: driver=dummy\n"
	              "log: %s/bochs.log\n", guest->folder);
	return output_close(output, error, error_size);
}

static bool call_bochs(const struct engine_guest *guest, struct peers_entry *entry, char *error, size_t error_size)
{
	struct words words = { .count = 0 };
	char disk[CONFIG_TEXT];

	if (guest->config->memory % (1 << 20))
		return refuse(error, error_size, "Bochs has memory in whole MiB; give the guest such");
	if (!find_disk(guest, disk, sizeof(disk), error, error_size) || !write_bochs_files(guest, disk, error, error_size))
		return false;
	words_add(&words, "bochs");
	words_add(&words, "-q");
	words_add(&words, "-f");
	words_add(&words, "%s/%u.bochsrc", guest->folder, guest->number);
	words_add(&words, "-rc");
	words_add(&words, "%s/continue", guest->folder);
	entry->ends = false; /* it has no port that ends it */
	return words_give(&words, guest->folder, entry) || refuse(error, error_size, "its command line becomes too long");
}

bool engine_call(const struct engine_guest *guest, struct peers_entry *entry, char *error, size_t error_size)
{
	if (is(guest->form, "xen"))
		return refuse(error, error_size, "the guest is one for Xen alone");
	return entry->engine == ENGINE_BOCHS ? call_bochs(guest, entry, error, error_size) :
	                                       call_qemu(guest, entry, error, error_size);
}

/* A Bochs that was ended leaves the lock of its disk. */
void engine_clean(const struct engine_guest *guest)
{
	char path[CONFIG_TEXT];

	snprintf(path, sizeof(path), "%s/%u.img.lock", guest->folder, guest->number);
	unlink(path);
}
