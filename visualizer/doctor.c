/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/doctor.c - the command `doctor`: one line for each thing that parts of Ringside want from
 * this computer, and how to get what is missing.
 */
#include "core/json.h"
#include "visualizer/command.h"
#include "visualizer/message.h"
#include "visualizer/named_guests.h"
#include "visualizer/options.h"
#include "visualizer/style.h"

#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum health { WELL, WANTED, MISSING }; /* WANTED: only some part does without */

struct finding {
	enum health health;
	char what[96];
	char remedy[160]; /* empty when well */
};

/* A program in PATH. */
static bool have_program(const char *name)
{
	const char *path = getenv("PATH");
	char folders[4096], *rest = folders, file[4200];

	snprintf(folders, sizeof(folders), "%s", path ? path : "/usr/bin:/bin");
	for (char *folder = strtok_r(folders, ":", &rest); folder; folder = strtok_r(NULL, ":", &rest)) {
		snprintf(file, sizeof(file), "%s/%s", folder, name);
		if (access(file, X_OK) == 0)
			return true;
	}
	return false;
}

struct program {
	const char *name, *what_for, *package;
};

static void check_program(const struct program *program, struct finding *finding)
{
	bool have = have_program(program->name);

	finding->health = have ? WELL : WANTED;
	snprintf(finding->what, sizeof(finding->what), "%s: %s", program->name, program->what_for);
	if (!have)
		snprintf(finding->remedy, sizeof(finding->remedy), "apt install %s", program->package);
}

struct guest {
	const char *path, *what, *remedy;
};

static void check_guest(const struct guest *guest, struct finding *finding)
{
	bool have = access(guest->path, R_OK) == 0;

	finding->health = have ? WELL : WANTED;
	snprintf(finding->what, sizeof(finding->what), "%s: %s", guest->path, guest->what);
	if (!have)
		snprintf(finding->remedy, sizeof(finding->remedy), "%s", guest->remedy);
}

static void check_named(const struct named_guest *guest, struct finding *finding)
{
	bool have = !named_guest_misses(guest);

	finding->health = have ? WELL : WANTED;
	snprintf(finding->what, sizeof(finding->what), "%s: %s", guest->name, guest->summary);
	if (!have)
		snprintf(finding->remedy, sizeof(finding->remedy), "make guests");
}

static void check_terminal(struct finding *finding)
{
	struct winsize size = { 0 };
	const char *term = getenv("TERM");

	if (!isatty(STDOUT_FILENO)) {
		snprintf(finding->what, sizeof(finding->what), "terminal: standard output is none (fine for files)");
		return;
	}
	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	snprintf(finding->what, sizeof(finding->what), "terminal: %s, %u columns, %u rows",
	         term && *term ? term : "unknown", size.ws_col, size.ws_row);
	if (size.ws_col >= 80 && size.ws_row >= 25 && term && strcmp(term, "dumb") != 0)
		return;
	finding->health = WANTED;
	snprintf(finding->remedy, sizeof(finding->remedy),
	         "the guest's screen wants 80 columns and 25 rows of an xterm-like terminal");
}

static void check_locale(struct finding *finding)
{
	const char *codeset = nl_langinfo(CODESET);

	snprintf(finding->what, sizeof(finding->what), "locale: characters are %s", codeset);
	if (style_utf8())
		return;
	finding->health = WANTED;
	snprintf(finding->remedy, sizeof(finding->remedy),
	         "export LC_ALL=C.UTF-8, for lines and blocks of guest screens");
}

static void check_kvm(struct finding *finding)
{
	snprintf(finding->what, sizeof(finding->what), "/dev/kvm: hardware virtualization (a later technique)");
	if (access("/dev/kvm", R_OK | W_OK) == 0)
		return;
	finding->health = WANTED;
	snprintf(finding->remedy, sizeof(finding->remedy),
	         access("/dev/kvm", F_OK) == 0 ? "you may not use it: adduser $USER kvm, and log in again"
	                                       : "not here: nothing needs it as yet");
}

static void check_memory(struct finding *finding)
{
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
	unsigned long long megabytes = pages > 0 && size > 0 ? (unsigned long long)pages * (unsigned long)size >> 20 : 0;

	snprintf(finding->what, sizeof(finding->what), "memory: %llu MiB", megabytes);
	if (megabytes >= 256)
		return;
	finding->health = MISSING;
	snprintf(finding->remedy, sizeof(finding->remedy), "a guest of 64 MiB wants 256 MiB here; or run --memory=16M");
}

/* ---- the list ---- */

static const struct guest guests[] = {
	{ "build/guests/kernel.elf", "the lab kernel", "make" },
	{ "build/guests/kernel-popf.elf", "the lab kernel that falls into the holes", "make" },
};

static const struct program programs[] = {
	{ "cc", "builds Ringside and lab guests", "gcc" },
	{ "make", "builds and tests", "make" },
	{ "qemu-system-i386", "oracle of the tests, peer of make bench", "qemu-system-x86" },
	{ "bochs", "peer of make bench", "bochs" },
	{ "dot", "draws graphs", "graphviz" },
	{ "gdb", "to debug guests", "gdb" },
	{ "tmux", "tests of terminal screens", "tmux" },
};

enum {
	GUESTS = sizeof(guests) / sizeof(guests[0]),
	PROGRAMS = sizeof(programs) / sizeof(programs[0]),
	OTHERS = 4,
	NAMED = 8, /* room for named_guests.c's table */
	FINDINGS = OTHERS + GUESTS + PROGRAMS + NAMED,
};

static void examine(struct finding findings[FINDINGS])
{
	memset(findings, 0, sizeof(struct finding) * FINDINGS);
	check_memory(&findings[0]);
	check_terminal(&findings[1]);
	check_locale(&findings[2]);
	check_kvm(&findings[3]);
	for (unsigned i = 0; i < GUESTS; i++)
		check_guest(&guests[i], &findings[OTHERS + i]);
	for (unsigned i = 0; i < PROGRAMS; i++)
		check_program(&programs[i], &findings[OTHERS + GUESTS + i]);
	for (unsigned i = 0; i < NAMED && named_guest(i); i++)
		check_named(named_guest(i), &findings[OTHERS + GUESTS + PROGRAMS + i]);
}

static const char *const health_names[] = { [WELL] = "ok", [WANTED] = "no", [MISSING] = "BAD" };

static void print_text(const struct finding *finding)
{
	printf("%-4s %s", health_names[finding->health], finding->what);
	if (finding->health != WELL)
		printf("  [%s]", finding->remedy);
	putchar('\n');
}

static bool print_json(const struct finding *findings)
{
	char error[256];
	struct output *output = output_open("-", error, sizeof(error));
	struct json json;

	if (output) {
		json = json_on(output);
		json_open_array(&json, NULL);
		for (unsigned i = 0; i < FINDINGS && findings[i].what[0]; i++) {
			json_open_object(&json, NULL);
			json_put_string(&json, "what", findings[i].what);
			json_put_boolean(&json, "ok", findings[i].health == WELL);
			json_put_boolean(&json, "essential", findings[i].health == MISSING);
			json_put_string(&json, "remedy", findings[i].health == WELL ? NULL : findings[i].remedy);
			json_close_object(&json);
		}
		json_close_array(&json);
		json_end_line(&json);
	}
	if (output && output_close(output, error, sizeof(error)))
		return true;
	message("%s", error);
	return false;
}

int doctor_command(const struct options *options)
{
	struct finding findings[FINDINGS];
	int status = STATUS_OK;

	examine(findings);
	for (unsigned i = 0; i < FINDINGS && findings[i].what[0]; i++) {
		if (!options->json)
			print_text(&findings[i]);
		if (findings[i].health == MISSING)
			status = STATUS_FAILED;
	}
	if (options->json && !print_json(findings))
		return STATUS_FAILED;
	return status;
}
