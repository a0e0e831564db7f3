/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/style.c - when to colour, and with what.
 */
#include "visualizer/style.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool style_known(const char *when)
{
	return !when || strcmp(when, "auto") == 0 || strcmp(when, "always") == 0 || strcmp(when, "never") == 0;
}

bool style_color(const char *when)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when && strcmp(when, "always") == 0)
		return true;
	if (when && strcmp(when, "never") == 0)
		return false;
	if (no_color && no_color[0])
		return false;
	return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

bool style_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

unsigned style_columns(void)
{
	enum { WIDE = 200 };
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return WIDE;
	return size.ws_col;
}

struct style style_make(const char *when)
{
	struct style style = {
		.off = "", .strong = "", .faint = "", .title = "", .good = "", .warn = "", .bad = "", .link = "",
		.arrow = "->", .dash = "-", .bullet = "*",
	};

	if (style_utf8()) {
		style.arrow = "→";
		style.dash = "─";
		style.bullet = "•";
	}
	if (!style_color(when))
		return style;
	style.off = "\x1b[0m";
	style.strong = "\x1b[1m";
	style.faint = "\x1b[2m";
	style.title = "\x1b[1;36m";
	style.good = "\x1b[32m";
	style.warn = "\x1b[33m";
	style.bad = "\x1b[1;31m";
	style.link = "\x1b[34m";
	return style;
}
