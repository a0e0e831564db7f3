/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/demo.c - the command `demo`: what trap-and-emulate is, and what else there is, in scenes with real guests.
 * Popek and Goldberg 1974 for the idea; Robin and Irvine 2000 for the hole in scene three.
 */
#include "visualizer/command.h"
#include "visualizer/demo.h"
#include "visualizer/message.h"
#include "visualizer/narrate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STREAMED = 28, PORT_LINES = 10 };

static const uint64_t LIMIT = UINT64_C(4000000000);

/* What the lab kernel's shell does in all scenes: a little of everything, in a moment. */
static const char WORK[] = "script=\"cat motd; ls | wc; forkwait n=2; ptchurn n=2; ps\"";

/* ---- scene 1 and 2: the first of each kind, then a page of all ---- */

struct first {
	enum event_kind kind;
	const char *reason; /* NULL: any */
	const char *change; /* what of the virtual CPU must have changed; NULL: anything */
	const char *words;
};

/* In the order of interest; each is told when it first comes. */
static const struct first firsts[] = {
	{ EV_TRAP, NULL, NULL, "The first privileged instruction. In ring 0 it would simply have been done; in ring 1 "
	                 "the processor refuses, and the VMM does it to the virtual CPU instead." },
	{ EV_DESCRIPTOR, NULL, NULL, "The guest's own descriptors cannot be used as they are: they say ring 0. The VMM "
	                       "keeps a compressed copy, made when first used." },
	{ EV_HIDDEN_FAULT, NULL, NULL, "A page fault that the guest never sees. What the hardware walks is a page table of the "
	                         "VMM's own, the shadow; its entries are made when they are first used." },
	{ EV_TRACE, "trace", NULL, "The guest changes its own page tables with an ordinary store. The page is "
	                  "write-protected, so that the VMM notices." },
	{ EV_TRAP, "mov cr", "cr3", "A switch of address spaces: the guest loads CR3, the hardware gets the root of a "
	                        "shadow table." },
	{ EV_REFLECT, NULL, NULL, "A system call. The processor brings it to the VMM, which hands it to the guest's own "
	                    "handler." },
	{ EV_INTERRUPT, NULL, NULL, "A timer interrupt belongs to the real machine: it comes to the VMM whatever the "
	                      "guest's IF says." },
	{ EV_TRUE_FAULT, NULL, NULL, "A page fault of the guest's own making (demand paging, copy on write): it is "
	                       "passed on." },
};

enum { FIRSTS = sizeof(firsts) / sizeof(firsts[0]) };

static bool has_changed(const struct event *event, const char *what)
{
	for (unsigned i = 0; i < event->changes; i++)
		if (what && strcmp(event->change[i].what, what) == 0)
			return true;
	return !what;
}

/* Without paging a load of CR3 is only remembered: not yet the one to tell of. */
static bool fits(const struct scene *scene, const struct first *first, const struct event *event)
{
	if (first->change && !state_paging(vm_guest_state(scene->session.vm)))
		return false;
	return first->kind == event->kind && has_changed(event, first->change) &&
	       (!first->reason || (event->reason && strcmp(first->reason, event->reason) == 0));
}

static void tell_first(struct scene *scene, const struct event *event)
{
	for (unsigned i = 0; i < FIRSTS; i++) {
		if (scene->seen >> i & 1 || !fits(scene, &firsts[i], event))
			continue;
		scene->seen |= UINT64_C(1) << i;
		narrate(scene->narrator, firsts[i].words);
		event_story(&scene->narrator->text, event);
		narrate_pause(scene->narrator, 1.5);
		return;
	}
}

static void read_firsts(void *owner, const struct event *event)
{
	tell_first(owner, event);
}

/* A page of exits from the first system call on, where all sorts of them come. */
static void read_page(void *owner, const struct event *event)
{
	struct scene *scene = owner;

	scene->told |= event->kind == EV_REFLECT;
	if (!event->reason || scene->streamed == STREAMED || !scene->told)
		return;
	event_line(&scene->narrator->text, event);
	scene->streamed++;
	narrate_pause(scene->narrator, 0.08);
}

static int kernel_scene(struct narrator *narrator, const char *kernel)
{
	struct scene scene;
	int status = scene_begin(&scene, narrator, "trap", kernel, WORK, LIMIT, read_firsts);

	narrate_title(narrator, "A kernel in ring 1");
	if (status != STATUS_OK)
		return status;
	narrate(narrator, "An operating-system kernel boots. It believes it has ring 0, the page tables, the "
	        "interrupts. It has ring 1. Whatever it does that would show or change the real machine "
	        "makes the processor raise an exception, and a virtual machine monitor does it to a "
	        "virtual CPU instead. Here is the first of each kind, with both truths beside it "
	        "(* where they differ).");
	session_run(&scene.session);
	narrate(narrator, "Meanwhile the guest ran to its end and noticed nothing. The last lines it printed:");
	scene_print_console(&scene, 8);
	scene_end(&scene);
	free(scene.console);
	return STATUS_OK;
}

static int count_scene(struct narrator *narrator, const char *kernel)
{
	struct scene scene;
	int status = scene_begin(&scene, narrator, "trap", kernel, WORK, LIMIT, read_page);

	narrate_title(narrator, "Exits, streaming by");
	if (status != STATUS_OK)
		return status;
	narrate(narrator, "From the first system call on, a line each. P: privileged; S!: sensitive, but not "
	        "privileged; a dot: innocuous, it only touched memory that the VMM guards.");
	event_heading(&narrator->text);
	session_run(&scene.session);
	narrate(narrator, "\nAll exits of the same run, counted by reason, with what they cost:");
	scene_print_counters(&scene);
	narrate_command(narrator, "build/ringside stats --ring 3 build/guests/kernel.elf");
	scene_end(&scene);
	free(scene.console);
	return STATUS_OK;
}

/* ---- scene 3: the hole ---- */

static void read_hole(void *owner, const struct event *event)
{
	struct scene *scene = owner;

	if (event->kind != EV_SENSITIVE || !event->mnemonic || event->changes == 0)
		return;
	if (strncmp(event->mnemonic, "popf", 4) == 0)
		scene->seen++;
	if (scene->seen != 1 || scene->told)
		return;
	scene->told = 1;
	event_story(&scene->narrator->text, event);
	narrate_pause(scene->narrator, 2);
}

/* What came of it, and the same file where nothing is hidden from the VMM. */
static void tell_outcome(struct narrator *narrator, const struct scene *scene)
{
	printf("In this run POPF dropped the guest's wish %" PRIu64 " times.\nThe kernel checks itself and prints:\n\n",
	       scene->seen);
	scene_print_console(scene, 14);
	if (scene->session.limited)
		narrate(narrator, "And there it hangs: its interrupts stay off, and it waits for a timer that never "
		        "ticks for it. The VMM could not know.");
}

static int contrast(struct narrator *narrator, const char *kernel)
{
	struct scene scene;
	int status = scene_begin(&scene, narrator, "emulate", kernel, "script=\"cat motd\"", LIMIT / 20, NULL);

	if (status != STATUS_OK)
		return status;
	session_run(&scene.session);
	narrate(narrator, "The same file with every instruction interpreted, which hides nothing and is slow:");
	scene_print_console(&scene, 5);
	scene_end(&scene);
	free(scene.console);
	return STATUS_OK;
}

static int hole_scene(struct narrator *narrator, const char *kernel)
{
	struct scene scene;
	int status = scene_begin(&scene, narrator, "trap", kernel, WORK, LIMIT / 20, read_hole);

	narrate_title(narrator, "The hole: POPF");
	if (status != STATUS_OK)
		return status;
	narrate(narrator, "The same kernel, built as real ones are: it saves the interrupt flag with PUSHF and "
	        "restores it with POPF. POPF is sensitive (it changes IF) but not privileged: where it "
	        "may not change IF it just does not, without an exception. The VMM is never asked.");
	session_run(&scene.session);
	tell_outcome(narrator, &scene);
	scene_end(&scene);
	free(scene.console);
	status = contrast(narrator, kernel);
	narrate(narrator, "That is why Popek and Goldberg ask that every sensitive instruction be privileged, and "
	        "why x86 needed binary translation, paravirtualization or new hardware.");
	narrate_command(narrator, "build/ringside trace --filter sensitive build/guests/kernel-popf.elf");
	return status;
}

/* ---- the last scene: somebody else's guest ---- */

/* The port's own event comes while the trap is being emulated: its value stands in the trap's line. */
static void remember_port(struct scene *scene, const struct event *event)
{
	char what[24];

	event_changes(event, what, sizeof(what));
	snprintf(scene->note, sizeof(scene->note), "%03x %s", (unsigned)event->address & 0xfff, what);
}

static void read_ports(void *owner, const struct event *event)
{
	struct scene *scene = owner;
	struct event_text *text = &scene->narrator->text;
	bool access = event->kind == EV_TRAP && event->mnemonic &&
	              (strcmp(event->mnemonic, "in") == 0 || strcmp(event->mnemonic, "out") == 0);

	if (event->kind == EV_PORT)
		remember_port(scene, event);
	/* The first ones set up the screen; a few from later show the game reading clock and keyboard. */
	if (!access || scene->streamed == PORT_LINES || scene->told++ % 400 >= PORT_LINES / 2)
		return;
	text->note = scene->note;
	event_line(text, event);
	text->note = NULL;
	scene->streamed++;
	narrate_pause(scene->narrator, 0.1);
}

static int game_scene(struct narrator *narrator, const char *game)
{
	struct scene scene;
	struct screen screen;
	char error[128];
	int status = scene_begin(&scene, narrator, "trap", game, "", 700000000, read_ports);

	narrate_title(narrator, "A guest that nobody here wrote");
	if (status != STATUS_OK)
		return status;
	narrate(narrator, "A game for bare PCs, as its distribution ships it. It knows only ports and screen memory; "
	        "in ring 1 each IN and OUT traps, and a device model answers.");
	keys_read_line(&scene.session.keys, "200000000 key space", error, sizeof(error));
	keys_read_line(&scene.session.keys, "400000000 key left left space", error, sizeof(error));
	event_heading(&narrator->text);
	session_run(&scene.session);
	printf("\nIts screen after %" PRIu64 " million cycles:\n\n", scene.session.vm->clock / 1000000);
	screen_read(&screen, scene.session.vm);
	screen_print(stdout, &screen, style_utf8());
	putchar('\n');
	narrate_command(narrator, "build/ringside run --console=vga guests/invaders.exec      (Ctrl-A x quits)");
	scene_end(&scene);
	free(scene.console);
	return STATUS_OK;
}

/* ---- the screen: now it is the reader's turn ---- */

/* As `ringside tui --story KERNEL` from the command line. */
static int screen_scene(struct narrator *narrator, const char *kernel)
{
	char name[] = "tui", story[] = "--story", technique[] = "--technique=trap", session[] = "--no-session", guest[512];
	char *words[] = { name, story, technique, session, guest, NULL };
	struct options options;
	int status;

	snprintf(guest, sizeof(guest), "%s", kernel);
	narrate_title(narrator, "Your turn");
	narrate(narrator, "The first exit of the same kernel, on a screen: guest and hardware side by side, and its story, step by "
	        "step. Press } there to walk on, and F10 to leave.");
	narrate_pause(narrator, 4);
	status = options_parse(&options, command_find(name), 5, words);
	if (status == STATUS_OK)
		status = tui_command(&options);
	/* A terminal that cannot show a screen has been told so; all else was shown. */
	return status == STATUS_USAGE ? STATUS_OK : status;
}

/* ---- the command ---- */

static const char *word(const struct options *options, int index, const char *usual)
{
	return options->word_count > index ? options->words[index] : usual;
}

static bool readable(const char *path)
{
	return access(path, R_OK) == 0;
}

int demo_command(const struct options *options)
{
	const char *kernel = word(options, 0, "build/guests/kernel.elf");
	const char *holes = word(options, 1, "build/guests/kernel-popf.elf");
	const char *game = word(options, 2, "guests/invaders.exec");
	struct narrator narrator;
	int status;

	if (!readable(kernel)) {
		message("demo: the lab kernel '%s' is not there; `make` builds it", kernel);
		return STATUS_USAGE;
	}
	narrate_begin(&narrator, options);
	status = kernel_scene(&narrator, kernel);
	if (status == STATUS_OK)
		status = count_scene(&narrator, kernel);
	if (status == STATUS_OK && readable(holes))
		status = hole_scene(&narrator, holes);
	if (status == STATUS_OK)
		status = techniques_scene(&narrator, kernel);
	if (status == STATUS_OK)
		status = moves_scene(&narrator, kernel);
	if (status == STATUS_OK && readable(game))
		status = game_scene(&narrator, game);
	else if (status == STATUS_OK)
		narrate(&narrator, "(`make guests` fetches a game from your distribution: one more scene.)");
	if (status == STATUS_OK)
		narrate(&narrator, "Each line that begins with $ goes on from here. `build/ringside help` names the "
		        "commands; `make tour` walks through the source, one trap long.");
	if (status == STATUS_OK && narrator.pauses && isatty(STDIN_FILENO))
		status = screen_scene(&narrator, kernel);
	return status;
}
