/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/progress.c - how many runs are done, and about how long the others will take: as long, by the run,
 * as those before.
 */
#include "visualizer/compare/runner.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double host_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void progress_begin(struct progress *progress, unsigned runs)
{
	memset(progress, 0, sizeof(*progress));
	progress->shown = isatty(STDERR_FILENO);
	progress->runs = runs;
	progress->begin = host_seconds();
}

const char *progress_duration(double seconds, char *text, size_t size)
{
	unsigned long whole = seconds < 0 ? 0 : (unsigned long)(seconds + 0.5);

	if (whole < 60)
		snprintf(text, size, "%lu s", whole);
	else if (whole < 3600)
		snprintf(text, size, "%lu min", (whole + 30) / 60);
	else
		snprintf(text, size, "%lu h %lu min", whole / 3600, whole % 3600 / 60);
	return text;
}

void progress_tell(struct progress *progress)
{
	unsigned made = progress->done - progress->known, left = progress->runs - progress->done;
	double now = host_seconds();
	char text[40];

	if (!progress->shown || (now - progress->said < 0.1 && left > 0))
		return;
	progress->said = now;
	fprintf(stderr, "\r%u of %u runs", progress->done, progress->runs);
	if (made > 0 && left > 0)
		fprintf(stderr, ", about %s left", progress_duration((now - progress->begin) / made * left, text, sizeof(text)));
	fputs("\x1b[K", stderr);
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\x1b[K", stderr);
}
