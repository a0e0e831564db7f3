/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/demo_techniques.c - two scenes of the demo: one guest by every technique, and one guest that is moved
 * between them while it runs. (Adams and Agesen 2006 made the first comparison of this kind.)
 */
#include "trap/techniques.h"
#include "visualizer/command.h"
#include "visualizer/demo.h"
#include "visualizer/message.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MODES = 16, MODE_TEXT = 24 };

static const uint64_t LIMIT = UINT64_C(4000000000);

/* Without a timer, so that what the guest does depends on nothing but itself. */
static const char WORK[] = "hz=0 workload=syscall,forkwait,ptchurn n=20";

/* The same kernel built to call its VMM, which paravirtualization takes. */
static const char SPEAKER[] = "build/guests/kernel-pv.elf";

static bool is_pv(const struct vm_mode *mode)
{
	return strcmp(mode->technique->name, "pv") == 0;
}

static void print_row(const char *name, const struct scene *scene, uint64_t native)
{
	const struct vm *vm = scene->session.vm;

	printf("  %-14s %10" PRIu64 " %14" PRIu64 "   %5.2f\n", name, scene->counters.exits, vm->clock,
	       native ? (double)vm->clock / (double)native : 1.0);
}

static int techniques_row(struct narrator *narrator, const char *kernel, const struct vm_mode *mode, uint64_t *native)
{
	struct scene scene;
	char name[MODE_TEXT];
	int status = scene_begin(&scene, narrator, mode_text(mode, name, sizeof(name)), is_pv(mode) ? SPEAKER : kernel,
	                         WORK, LIMIT, NULL);

	if (status != STATUS_OK)
		return status;
	session_run(&scene.session);
	print_row(name, &scene, *native);
	if (!*native)
		*native = scene.session.vm->clock;
	scene_end(&scene);
	free(scene.console);
	return STATUS_OK;
}

int techniques_scene(struct narrator *narrator, const char *kernel)
{
	struct vm_mode modes[MODES];
	size_t count = mode_list(technique_list(), modes, MODES);
	uint64_t native = 0;

	narrate_title(narrator, "The same guest by every technique");
	narrate(narrator, "System calls, processes that fork and wait, page tables that change: the same work by each technique. "
	        "Exits are what the VMM had to see to; cycles are model time, by the idealized machine's prices "
	        "(--profile names others). Under pv it is the same kernel, built to call its VMM.");
	printf("  %-14s %10s %14s   %s\n", "technique", "exits", "cycles", "of native");
	for (size_t i = 0; i < count && i < MODES; i++) {
		int status = STATUS_OK;

		if (!is_pv(&modes[i]) || access(SPEAKER, R_OK) == 0)
			status = techniques_row(narrator, kernel, &modes[i], &native);
		if (status != STATUS_OK)
			return status;
		narrate_pause(narrator, 0.3);
	}
	putchar('\n');
	narrate_command(narrator, "build/ringside stats --technique=bt build/guests/kernel.elf workload=ptchurn");
	return STATUS_OK;
}

/* ---- moves ---- */

static void print_move(const struct scene *scene, const char *from, const char *to)
{
	const struct vm *vm = scene->session.vm;
	const struct cpu_state *guest = vm_guest_state(vm);
	char place[64] = "";

	if (guest->cpl == 0)
		symbols_describe(scene->session.symbols, guest->eip, place, sizeof(place));
	printf("  %10" PRIu64 "  %-12s to %-12s at %08" PRIx32 " %s\n", vm->clock, from, to, guest->eip,
	       guest->cpl ? "(a user process)" : place);
}

/* The next mode that this guest can be moved to; false when the VMM refuses. */
static bool move(struct scene *scene, const struct vm_mode *to)
{
	struct vm_mode before = vm_mode(scene->session.vm);
	char from_text[MODE_TEXT], to_text[MODE_TEXT];

	if (!vm_switch(scene->session.vm, to)) {
		message("demo: %s", scene->session.vm->message);
		return false;
	}
	print_move(scene, mode_text(&before, from_text, sizeof(from_text)), mode_text(to, to_text, sizeof(to_text)));
	return true;
}

/* Runs the guest to its end, moved every so often, or not at all. Gives the digest of what it left. */
static int run_moved(struct narrator *narrator, const char *kernel, bool moved, uint64_t *digest)
{
	enum { INTERVAL = 1500000 };
	struct vm_mode modes[MODES];
	size_t count = mode_list(technique_list(), modes, MODES), next = 0;
	struct scene scene;
	int status = scene_begin(&scene, narrator, "trap", kernel, WORK, LIMIT, NULL);
	struct vm *vm;

	if (status != STATUS_OK)
		return status;
	vm = scene.session.vm;
	count = count < MODES ? count : MODES;
	while (moved && next < count && vm_run(vm, vm->clock + INTERVAL) == VM_RUNNING) {
		while (next < count && (!modes[next].technique->vmm || is_pv(&modes[next])))
			next++;
		if (next < count && !move(&scene, &modes[next++]))
			break;
	}
	session_run(&scene.session);
	*digest = vm_digest(vm);
	scene_end(&scene);
	free(scene.console);
	return STATUS_OK;
}

int moves_scene(struct narrator *narrator, const char *kernel)
{
	uint64_t still = 0, moved = 0;
	int status;

	narrate_title(narrator, "Moved while it runs");
	narrate(narrator, "All techniques work on the same virtual CPU. So the guest can be moved from one to the next at any "
	        "instruction, and cannot tell:");
	status = run_moved(narrator, kernel, true, &moved);
	if (status == STATUS_OK)
		status = run_moved(narrator, kernel, false, &still);
	if (status != STATUS_OK)
		return status;
	printf("\n  digest of the guest's memory and registers at its end   %016" PRIx64 "\n"
	       "  and of the same guest, never moved                      %016" PRIx64 "\n\n", moved, still);
	if (moved != still) {
		message("demo: the guest that was moved ended differently: this is a bug in ringside");
		return STATUS_FAILED;
	}
	narrate_command(narrator, "build/ringside run --switch=2M:bt,4M:hvm/nested build/guests/kernel.elf");
	return STATUS_OK;
}
