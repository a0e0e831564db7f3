/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_dot.c - DOT text: labels that hold anything stay inside their quotes, colours, broken lines,
 * tables with ports, lanes; and which format a picture is to have.
 */
#include "tests/harness.h"

#include "visualizer/dot.h"
#include "visualizer/graph_lanes.h"
#include "visualizer/page_map.h"
#include "visualizer/picture.h"

#include <stdlib.h>
#include <string.h>

enum { LINE = 512 };

/* What is written while a test writes, for it to look at. */
struct written {
	FILE *out;
	char *text;
	size_t size;
	struct dot dot;
};

static struct written *begin(struct written *written)
{
	*written = (struct written){0};
	written->out = open_memstream(&written->text, &written->size);
	written->dot = (struct dot){.out = written->out};
	return written;
}

static bool is(struct written *written, const char *expected)
{
	bool same;

	fclose(written->out);
	same = strcmp(written->text, expected) == 0;
	if (!same)
		fprintf(stderr, "'%s' is not '%s'\n", written->text, expected);
	free(written->text);
	return same;
}

static void test_nodes_and_edges(void)
{
	struct written written;

	begin(&written);
	written.dot.depth = 1;
	dot_node(&written.dot, "n1", "one\ntwo", "width=%u", 3u);
	dot_node(&written.dot, "n2", "", NULL);
	dot_edge(&written.dot, "n1:p:e", "n2", NULL, NULL);
	dot_edge(&written.dot, "n1", "n2", "so", NULL);
	dot_edge(&written.dot, "n1", "n2", NULL, "style=%s", "dashed");
	CU_ASSERT(is(&written, "\tn1 [label=\"one\\ntwo\", width=3];\n\tn2 [label=\"\"];\n\tn1:p:e -> n2;\n"
	             "\tn1 -> n2 [label=\"so\"];\n\tn1 -> n2 [style=dashed];\n"));
}

static void test_graphs_nest(void)
{
	struct written written;

	begin(&written);
	written.dot = dot_begin(written.out, "g", "a \"title\"", "rankdir=LR");
	dot_open_cluster(&written.dot, "c", "in it", "");
	dot_open_rank(&written.dot, "same");
	dot_close(&written.dot);
	dot_close(&written.dot);
	dot_end(&written.dot);
	CU_ASSERT(is(&written, "digraph g {\n\tgraph [fontname=\"sans-serif\", fontsize=14, labelloc=t, rankdir=LR];\n"
	             "\tlabel=\"a \\\"title\\\"\";\n\tnode [fontname=\"sans-serif\", fontsize=12];\n"
	             "\tedge [fontname=\"sans-serif\", fontsize=11];\n\tsubgraph cluster_c {\n\t\tgraph [label=\"in it\"];\n"
	             "\t\t{\n\t\t\trank=same;\n\t\t}\n\t}\n}\n"));
}

/* What a label of one node becomes, without what is around it. */
static bool label_is(const char *label, const char *expected)
{
	struct written written;
	char line[LINE];

	begin(&written);
	dot_node(&written.dot, "n", label, NULL);
	snprintf(line, sizeof(line), "n [label=\"%s\"];\n", expected);
	return is(&written, line);
}

static void test_labels_hold_anything(void)
{
	CU_ASSERT(label_is("a\"b\\c", "a\\\"b\\\\c"));
	CU_ASSERT(label_is("vector<int>::end", "vector<int>::end"));
	/* Not an entity, and no line of its own: \N is dot's word for the node's name. */
	CU_ASSERT(label_is("&lt; \\N", "&amp;lt; \\\\N"));
	CU_ASSERT(label_is("a\tb\033[2Jc\177d\r", "ab[2Jc\177d"));
	CU_ASSERT(label_is("\xc3\xa9 \xe2\x86\x92 \xf0\x9f\x98\x80", "\xc3\xa9 \xe2\x86\x92 \xf0\x9f\x98\x80"));
}

/* dot takes nothing but UTF-8. */
static void test_broken_characters(void)
{
	CU_ASSERT(label_is("\xff", "?"));
	CU_ASSERT(label_is("\x80z", "?z"));
	CU_ASSERT(label_is("\xc3", "?"));
	CU_ASSERT(label_is("\xe2\x86", "??"));
	CU_ASSERT(label_is("\xc0\xaf", "??"));
	CU_ASSERT(label_is("\xe0\x80\xaf", "???"));
	CU_ASSERT(label_is("\xed\xa0\x80", "???"));
	CU_ASSERT(label_is("\xf4\x90\x80\x80", "????"));
	CU_ASSERT(label_is("\xf5\x80\x80\x80", "????"));
}

/* Whatever bytes: one line, and quotes that close where the label ends. */
static void test_random_labels(void)
{
	uint64_t state = harness_seed(20260), rounds = harness_count(20000);

	for (uint64_t round = 0; round < rounds; round++) {
		struct written written;
		char label[24] = "";
		unsigned quotes = 0;

		for (unsigned i = 0; i + 1 < sizeof(label); i++)
			label[i] = (char)(harness_random(&state) % 8 ? harness_random(&state) : '"');
		begin(&written);
		dot_node(&written.dot, "n", label, NULL);
		fclose(written.out);
		for (const char *c = written.text; *c; c++) {
			if (*c == '\\')
				c++;
			else
				quotes += *c == '"';
		}
		CU_ASSERT(quotes == 2);
		CU_ASSERT(strchr(written.text, '\n') == written.text + written.size - 1);
		CU_ASSERT(strcmp(written.text + written.size - 4, "\"];\n") == 0);
		free(written.text);
	}
}

static void test_tables(void)
{
	static const struct dot_cell port = {.port = "p", .fill = "#ffffff", .columns = 2}, strong = {.strong = true};
	struct written written;

	begin(&written);
	dot_open_table(&written.dot, "t");
	dot_open_row(&written.dot);
	dot_cell(&written.dot, &port, "a<b & \"c\"\nd>");
	dot_cell(&written.dot, &strong, NULL);
	dot_close_row(&written.dot);
	dot_close_table(&written.dot);
	CU_ASSERT(is(&written, "t [shape=plain, style=solid, label=<<table border=\"0\" cellborder=\"1\" cellspacing=\"0\" "
	             "cellpadding=\"3\">\n\t<tr><td port=\"p\" bgcolor=\"#ffffff\" colspan=\"2\" align=\"left\" balign=\"left\">"
	             "a&lt;b &amp; &quot;c&quot;<br align=\"left\"/>d&gt;</td><td align=\"left\" balign=\"left\"><b> </b></td>"
	             "</tr>\n</table>>];\n"));
}

static void test_colors(void)
{
	char text[DOT_COLOR_TEXT];

	CU_ASSERT_STRING_EQUAL(dot_color(DOT_VERMILLION), "#d55e00");
	CU_ASSERT_STRING_EQUAL(dot_tint(DOT_VERMILLION, 100, text), "#d55e00");
	CU_ASSERT_STRING_EQUAL(dot_tint(DOT_VERMILLION, 0, text), "#ffffff");
	CU_ASSERT_STRING_EQUAL(dot_tint(DOT_BLACK, 50, text), "#808080");
}

static bool wraps(const char *text, const char *expected)
{
	char copy[128];

	snprintf(copy, sizeof(copy), "%s", text);
	dot_wrap(copy, 10);
	if (strcmp(copy, expected) != 0)
		fprintf(stderr, "'%s' is not '%s'\n", copy, expected);
	return strcmp(copy, expected) == 0;
}

static void test_wrapping(void)
{
	CU_ASSERT(wraps("", ""));
	CU_ASSERT(wraps("short", "short"));
	CU_ASSERT(wraps("one two three four", "one two\nthree four"));
	CU_ASSERT(wraps("one two three\nfour five six", "one two\nthree\nfour five\nsix"));
	CU_ASSERT(wraps("incomprehensibilities", "incomprehensibilities"));
	CU_ASSERT(wraps("incomprehensibilities do", "incomprehensibilities\ndo"));
}

/* ---- lanes ---- */

static const struct technique deprivileging = {.name = "trap", .vmm = true, .deprivileges = true};

static bool draws(const struct lanes *lanes, const char *part)
{
	struct written written;
	bool has;

	begin(&written);
	lanes_draw(lanes, written.out);
	fclose(written.out);
	has = strstr(written.text, part);
	if (!has)
		fprintf(stderr, "'%s' is not in: %s\n", part, written.text);
	free(written.text);
	return has;
}

static void test_lanes(void)
{
	struct lanes lanes = {.mode = {.technique = &deprivileging, .ring = 1}, .title = "a trap"};

	lanes_box(&lanes, LANE_KERNEL, "cli", 0, false);
	lanes_arrow(&lanes, LANE_KERNEL, LANE_VMM, "exception", 200);
	lanes_arrow(&lanes, LANE_VMM, LANE_HARDWARE, "return", 180);
	CU_ASSERT(draws(&lanes, "kernel0 [label=\"guest kernel\\nring 1, believes 0\""));
	CU_ASSERT(draws(&lanes, "kernel1 [label=\"cli\""));
	/* Over the hardware's lane in two pieces, the head at the end; leftward it is still written from the left. */
	CU_ASSERT(draws(&lanes, "kernel2 -> hardware2 [label=\"exception\\n200 cycles\", dir=none"));
	CU_ASSERT(draws(&lanes, "hardware2 -> vmm2 [dir=forward"));
	CU_ASSERT(draws(&lanes, "hardware3 -> vmm3 [label=\"return\\n180 cycles\", dir=back"));
}

/* More than there is room for is dropped, not written past the end. */
static void test_lanes_are_bounded(void)
{
	struct lanes lanes = {.mode = {.technique = &deprivileging, .ring = 3}};
	char text[2 * LANES_TEXT];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (unsigned i = 0; i < 2 * LANES_STEPS; i++)
		lanes_box(&lanes, LANE_VMM, text, i, i % 2);
	for (unsigned i = 0; i < 2 * LANES_TRUTHS; i++)
		lanes_truth(&lanes.truths, "CR0", 0, i, 8);
	CU_ASSERT(lanes.steps == LANES_STEPS);
	CU_ASSERT(lanes.truths.count == LANES_TRUTHS);
	CU_ASSERT(draws(&lanes, "vmm48 [label=\"xxx"));
}

/* ---- ranges of pages, and formats ---- */

static void test_ranges(void)
{
	struct page_range first = {.page = 16, .pages = 4, .view = {.mapped = true, .level = 1, .gfn = 100}};
	struct page_range next = {.page = 20, .pages = 1, .view = {.mapped = true, .level = 1, .gfn = 104, .state = PAGE_TRACED}};
	char text[PAGE_RIGHTS_TEXT];

	first.in_state[PAGE_SAME] = 4;
	next.in_state[PAGE_TRACED] = 1;
	CU_ASSERT(page_range_continues(&first, &next));
	next.view.gfn = 105;
	CU_ASSERT(!page_range_continues(&first, &next));
	next.view.gfn = 104;
	next.view.rights = PAGE_WRITE;
	CU_ASSERT(!page_range_continues(&first, &next));
	next.view.rights = 0;
	CU_ASSERT(page_range_uniform(&first));
	page_range_join(&first, &next);
	CU_ASSERT(first.pages == 5 && first.in_state[PAGE_SAME] == 4 && first.in_state[PAGE_TRACED] == 1);
	CU_ASSERT(!page_range_uniform(&first));
	CU_ASSERT_STRING_EQUAL(page_rights(PAGE_WRITE | PAGE_GLOBAL, text), "W S G");
	CU_ASSERT_STRING_EQUAL(page_rights(PAGE_USER | PAGE_GLOBAL | PAGE_NO_EXECUTE, text), "R U G NX");
}

static void test_formats(void)
{
	struct picture picture;

	CU_ASSERT(picture_choose(&picture, NULL, NULL) && picture.format == PICTURE_DOT && strcmp(picture.path, "-") == 0);
	CU_ASSERT(picture_choose(&picture, "a.svg", "dot") && picture.format == PICTURE_DOT);
	CU_ASSERT(picture_choose(&picture, "a.dot", NULL) && picture.format == PICTURE_DOT);
	CU_ASSERT(picture_choose(&picture, "a.gv", NULL) && picture.format == PICTURE_DOT);
	CU_ASSERT(!picture_choose(&picture, "a", NULL));
	CU_ASSERT(!picture_choose(&picture, "a.svg/b", NULL));
	CU_ASSERT(!picture_choose(&picture, "a.jpeg", NULL));
	CU_ASSERT(!picture_choose(&picture, "a.dot", "jpeg"));
}

static const struct harness_test tests[] = {
	{"nodes and edges", test_nodes_and_edges},
	{"graphs nest", test_graphs_nest},
	{"labels hold anything", test_labels_hold_anything},
	{"broken characters", test_broken_characters},
	{"random labels", test_random_labels},
	{"tables", test_tables},
	{"colors", test_colors},
	{"wrapping", test_wrapping},
	{"lanes", test_lanes},
	{"lanes are bounded", test_lanes_are_bounded},
	{"ranges of pages", test_ranges},
	{"formats", test_formats},
	{0},
};

int main(void)
{
	return harness_main("visualizer/dot", tests);
}
