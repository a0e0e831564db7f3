/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/flame/flame_svg.c - the flame graph: a box for each frame, as wide as its cycles, on top of its caller's (B. Gregg,
 * "The Flame Graph", CACM 59(6), 2016). Colours say what a frame is: the guest's, its VMM's, the page walks'.
 */
#include "visualizer/flame/write.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 1200, MARGIN = 10, ROW = 17, HEAD = 58, LETTER = 7, LEAST = 3, SVG_DEEP = 100 };

static const double NARROWEST = 0.4; /* boxes below this are left out */

static const char style[] =
	"<style>\n"
	":root{color-scheme:light dark}\n"
	"svg{background:#fff}text{fill:#1a1a1a;font:12px ui-monospace,Consolas,monospace}\n"
	".title{font:600 15px system-ui,sans-serif}.soft{fill:#666}\n"
	"rect{stroke:#fff;stroke-width:.6}g:hover>rect{stroke:#1a1a1a;stroke-width:1.2}\n"
	".all{fill:#d8d8d8}.kernel{fill:#7fb2dd}.user{fill:#8fd0b0}.walk{fill:#cfa6cf}.int{fill:#b9b4a6}\n"
	".vmm{fill:#f2a65e}.mem{fill:#e8836a}.tr{fill:#e6cf5a}.idle{fill:#ececec}\n"
	"@media (prefers-color-scheme:dark){svg{background:#16181b}text{fill:#f0f0ee}.soft{fill:#a0a4a8}\n"
	"rect{stroke:#16181b}g:hover>rect{stroke:#f0f0ee}\n"
	".all{fill:#44484e}.kernel{fill:#27598a}.user{fill:#23694c}.walk{fill:#744a74}.int{fill:#57534a}\n"
	".vmm{fill:#8f4f14}.mem{fill:#8c3d2a}.tr{fill:#6e5f10}.idle{fill:#2c2f34}}\n"
	"</style>\n";

static const struct {
	const char *class, *what;
} looks[FRAME_KINDS] = {
	[FRAME_ALL] = {"all", NULL},
	[FRAME_KERNEL] = {"kernel", "guest kernel"},
	[FRAME_KERNEL_CODE] = {"kernel", NULL},
	[FRAME_USER] = {"user", "guest user"},
	[FRAME_USER_CODE] = {"user", NULL},
	[FRAME_WALK] = {"walk", "page walks"},
	[FRAME_INTERPRETER] = {"int", "interpreter"},
	[FRAME_VMM] = {"vmm", "VMM"},
	[FRAME_REASON] = {"vmm", NULL},
	[FRAME_WORK] = {"vmm", NULL},
	[FRAME_MEMORY] = {"mem", "memory management"},
	[FRAME_TRANSLATE] = {"tr", "translation"},
	[FRAME_IDLE] = {"idle", "idle"},
};

struct drawing {
	const struct frames *frames;
	const uint64_t *total;
	struct output *output;
	unsigned rows; /* above the root, of those that are drawn */
};

static void put_escaped(struct output *output, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '<')
			output_text(output, "&lt;");
		else if (c == '>')
			output_text(output, "&gt;");
		else if (c == '&')
			output_text(output, "&amp;");
		else if (c == '"')
			output_text(output, "&quot;");
		else if (c < 0x20 || c >= 0x7f) /* a symbol's name need not be UTF-8 */
			output_text(output, "?");
		else
			output_write(output, text, 1);
	}
}

static double width_of(const struct drawing *drawing, frame_at at)
{
	return drawing->total[0] ? (double)drawing->total[at] * (WIDTH - 2 * MARGIN) / (double)drawing->total[0] : 0;
}

/* How many rows are drawn above this one. */
static unsigned rows_above(const struct drawing *drawing, frame_at at, unsigned deep)
{
	unsigned most = 0;

	for (frame_at child = drawing->frames->node[at].child; child && deep; child = drawing->frames->node[child].next) {
		unsigned rows = width_of(drawing, child) < NARROWEST ? 0 : 1 + rows_above(drawing, child, deep - 1);

		most = rows > most ? rows : most;
	}
	return most;
}

static void put_label(const struct drawing *drawing, const char *name, double x, double y, double width)
{
	size_t letters = width < LETTER * LEAST ? 0 : (size_t)((width - 6) / LETTER), length = strlen(name);
	char text[FRAME_TEXT];

	if (letters < LEAST)
		return;
	snprintf(text, sizeof(text), length > letters ? "%.*s.." : "%.*s", (int)(length > letters ? letters - 2 : length), name);
	output_format(drawing->output, "<text x=\"%.1f\" y=\"%.1f\">", x + 3, y + ROW - 5);
	put_escaped(drawing->output, text);
	output_text(drawing->output, "</text>");
}

static void put_box(const struct drawing *drawing, frame_at at, double x, unsigned row)
{
	const struct frame_node *node = &drawing->frames->node[at];
	double width = width_of(drawing, at), y = HEAD + (double)(drawing->rows - row) * ROW;
	char name[FRAME_TEXT];

	frames_text(&node->frame, name, sizeof(name));
	output_text(drawing->output, "<g><title>");
	put_escaped(drawing->output, name);
	output_format(drawing->output, ": %" PRIu64 " cycles, %.2f%%", drawing->total[at],
	              100.0 * (double)drawing->total[at] / (double)drawing->total[0]);
	if (node->child && node->cycles)
		output_format(drawing->output, "; %" PRIu64 " in itself", node->cycles);
	output_format(drawing->output, "</title><rect class=\"%s\" x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%d\" rx=\"1\"/>",
	              looks[node->frame.kind].class, x, y, width, ROW - 1);
	put_label(drawing, name, x, y, width);
	output_text(drawing->output, "</g>\n");
}

static void put_frame(const struct drawing *drawing, frame_at at, double x, unsigned row)
{
	put_box(drawing, at, x, row);
	for (frame_at child = drawing->frames->node[at].child; child && row < SVG_DEEP; child = drawing->frames->node[child].next) {
		double width = width_of(drawing, child);

		if (width >= NARROWEST)
			put_frame(drawing, child, x, row + 1);
		x += width;
	}
}

static void put_legend(struct output *output)
{
	int x = MARGIN;

	for (unsigned kind = 0; kind < FRAME_KINDS; kind++) {
		if (!looks[kind].what)
			continue;
		output_format(output, "<rect class=\"%s\" x=\"%d\" y=\"32\" width=\"12\" height=\"12\"/><text class=\"soft\" x=\"%d\" "
		              "y=\"42\">%s</text>\n", looks[kind].class, x, x + 16, looks[kind].what);
		x += 16 + LETTER * (int)strlen(looks[kind].what) + 22;
	}
}

bool flame_write_svg(const struct frames *frames, const char *title, struct output *output)
{
	uint64_t *total = calloc(frames->count, sizeof(*total));
	struct drawing drawing = {.frames = frames, .total = total, .output = output};
	unsigned height;

	if (!total)
		return false;
	frames_total(frames, total);
	drawing.rows = rows_above(&drawing, 0, SVG_DEEP);
	height = HEAD + (drawing.rows + 1) * ROW + MARGIN;
	output_format(output, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" "
	              "viewBox=\"0 0 %d %u\" width=\"%d\" height=\"%u\">\n<title>", WIDTH, height, WIDTH, height);
	put_escaped(output, title);
	output_format(output, "</title>\n%s<text class=\"title\" x=\"%d\" y=\"20\">", style, MARGIN);
	put_escaped(output, title);
	output_format(output, "</text>\n<text class=\"soft\" x=\"%d\" y=\"20\" text-anchor=\"end\">%" PRIu64 " model cycles</text>\n",
	              WIDTH - MARGIN, total[0]);
	put_legend(output);
	if (total[0])
		put_frame(&drawing, 0, MARGIN, 0);
	output_text(output, "</svg>\n");
	free(total);
	return true;
}
