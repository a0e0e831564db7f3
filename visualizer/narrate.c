/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/narrate.c - telling: titles, paragraphs, pauses; a guest run for one scene of the demo.
 */
#include "visualizer/narrate.h"

#include "trap/techniques.h"
#include "visualizer/filter.h"
#include "visualizer/message.h"
#include "visualizer/wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void narrate_begin(struct narrator *narrator, const struct options *options)
{
	*narrator = (struct narrator){ .options = options };
	narrator->text = (struct event_text){
		.out = stdout, .style = style_make(options->color), .narrow = true,
	};
	narrator->pauses = !options->fast && isatty(STDOUT_FILENO);
}

void narrate_title(struct narrator *narrator, const char *title)
{
	const struct style *style = &narrator->text.style;

	printf("\n%s%s%s %u  %s ", style->title, style->dash, style->dash, ++narrator->scene, title);
	for (size_t column = strlen(title) + 7; column < 76; column++)
		fputs(style->dash, stdout);
	printf("%s\n\n", style->off);
}

void narrate(const struct narrator *narrator, const char *paragraph)
{
	wrap(stdout, paragraph, 0, 0);
	putchar('\n');
	narrate_pause(narrator, 1.5);
}

void narrate_command(const struct narrator *narrator, const char *command)
{
	const struct style *style = &narrator->text.style;

	printf("%s  $ %s%s\n\n", style->good, command, style->off);
}

void narrate_pause(const struct narrator *narrator, double seconds)
{
	struct timespec time = { (time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9) };

	fflush(stdout);
	if (narrator->pauses)
		nanosleep(&time, NULL);
}

/* ---- a scene's guest ---- */

static bool set(struct config *config, const char *name, const char *value)
{
	char error[512];

	if (config_set(config, name, value, error, sizeof(error)))
		return true;
	message("%s", error);
	return false;
}

/* "hvm/shadow": what the settings technique, ring and paging say together. */
static bool set_mode(struct config *config, const char *text)
{
	char error[256], ring[12];
	struct vm_mode mode;

	if (!mode_parse(technique_list(), text, &mode, error, sizeof(error))) {
		message("%s", error);
		return false;
	}
	snprintf(ring, sizeof(ring), "%u", mode.ring);
	return set(config, "technique", mode.technique->name) && set(config, "ring", ring) &&
	       set(config, "paging", mode.paging == PAGING_GUEST ? "auto" : paging_name(mode.paging));
}

int scene_begin(struct scene *scene, struct narrator *narrator, const char *mode, const char *guest,
                const char *cmdline, uint64_t limit,
                void (*read)(void *owner, const struct event *event))
{
	int status;

	*scene = (struct scene){ .narrator = narrator, .options = *narrator->options };
	scene->options.words = scene->words;
	scene->options.word_count = 0;
	scene->options.config.limit = limit;
	if (!set(&scene->options.config, "kernel", guest) ||
	    !set_mode(&scene->options.config, mode) ||
	    !set(&scene->options.config, "cmdline", cmdline))
		return STATUS_USAGE;
	/* Nobody types here: the terminal stays the person's, who may want Ctrl-C. */
	status = session_open(&scene->session, &scene->options, 0, CONSOLE_NONE);
	if (status != STATUS_OK)
		return status;
	scene->console_out = open_memstream(&scene->console, &scene->console_size);
	scene->session.console_out = scene->console_out;
	scene->session.console = CONSOLE_SERIAL;
	narrator->text.symbols = scene->session.symbols;
	narrator->text.vm = scene->session.vm;
	counters_begin(&scene->counters, filter_all());
	event_add_reader(&scene->session.vm->events, &scene->counters.reader);
	scene->reader = (struct event_reader){ .owner = scene, .kinds = filter_all(), .read = read };
	if (read)
		event_add_reader(&scene->session.vm->events, &scene->reader);
	return scene->console_out ? STATUS_OK : STATUS_FAILED;
}

void scene_end(struct scene *scene)
{
	scene->narrator->text.symbols = NULL;
	scene->narrator->text.vm = NULL;
	if (scene->session.vm) {
		if (scene->reader.read)
			event_remove_reader(&scene->session.vm->events, &scene->reader);
		event_remove_reader(&scene->session.vm->events, &scene->counters.reader);
		session_close(&scene->session);
	}
	if (scene->console_out)
		fclose(scene->console_out);
}

void scene_print_counters(const struct scene *scene)
{
	char error[256];
	struct output *output;

	fflush(stdout);
	output = output_open("-", error, sizeof(error));
	if (!output)
		return;
	counters_write_text(&scene->counters, output);
	holes_write_text(&scene->counters.holes, scene->session.symbols, output);
	output_close(output, error, sizeof(error));
	putchar('\n');
}

/* Lines behind bars, cut to the width of the page; control characters are not the terminal's business. */
static void print_lines(const char *start, const char *end)
{
	unsigned column = 4;

	fputs("  | ", stdout);
	for (; start < end; start++) {
		if (*start == '\n') {
			fputs("\n  | ", stdout);
			column = 4;
		} else if (*start != '\r' && column++ < WRAP_WIDTH) {
			putchar(*start >= ' ' && *start < 0x7f ? *start : '?');
		}
	}
}

void scene_print_console(const struct scene *scene, unsigned lines)
{
	const char *end, *start;

	fflush(scene->console_out);
	end = scene->console + scene->console_size;
	while (end > scene->console && (end[-1] == '\n' || end[-1] == '\r'))
		end--;
	for (start = end; start > scene->console; start--)
		if (start[-1] == '\n' && lines-- <= 1)
			break;
	print_lines(start, end);
	fputs("\n\n", stdout);
}
