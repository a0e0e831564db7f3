/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_shell_doc.c - docs/shell.md says the truth: each of its examples is performed on the lab kernel,
 * and its reference is the one that the table makes.
 */
#include "tests/harness.h"
#include "tests/visualizer/shell_rig.h"

#include <stdlib.h>
#include <string.h>

static const char document[] = "docs/shell.md";

/* ---- examples ---- */

/* A line, and behind "# =>" what it prints. */
static bool example_holds(struct shell_rig *rig, char *line)
{
	char *wanted = strstr(line, "# => ");

	line[strcspn(line, "\n")] = '\0';
	if (wanted)
		*wanted = '\0';
	return shell_rig_prints(rig, line, wanted ? wanted + 5 : "");
}

static void examples_under(const char *technique)
{
	FILE *file = fopen(document, "r");
	struct shell_rig rig;
	bool inside = false;
	unsigned blocks = 0;
	char line[512];

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, "```", 3) == 0 && inside) {
			shell_rig_close(&rig);
			inside = false;
		} else if (strcmp(line, "```ringside\n") == 0) {
			if (!shell_rig_kernel(&rig, technique))
				break;
			inside = true;
			blocks++;
		} else if (inside) {
			CU_ASSERT(example_holds(&rig, line));
		}
	}
	if (inside)
		shell_rig_close(&rig);
	fclose(file);
	CU_ASSERT(blocks == 0 || blocks >= 7);
}

static void test_examples(void)
{
	examples_under("trap");
}

/* ---- the reference ---- */

static char *read_all(const char *path)
{
	FILE *file = fopen(path, "r"), *out;
	char *text = NULL;
	size_t size;
	int c;

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	out = open_memstream(&text, &size);
	while ((c = getc(file)) != EOF)
		putc(c, out);
	fclose(out);
	fclose(file);
	return text;
}

static void test_reference(void)
{
	static const char mark[] = "<!-- made by: ringside help --shell -->\n\n";
	char *text = read_all(document), *made = NULL;
	const char *reference = strstr(text, mark);
	size_t size;
	FILE *out = open_memstream(&made, &size);

	shell_help_markdown(out);
	fclose(out);
	CU_ASSERT_PTR_NOT_NULL_FATAL(reference);
	CU_ASSERT_STRING_EQUAL(reference + sizeof(mark) - 1, made);
	free(text);
	free(made);
}

/* The text before the reference knows each name that an expression may hold, or the pattern that it follows. */
static void test_names_are_told(void)
{
	char *text = read_all(document);

	for (size_t i = 0; expression_name(i); i++) {
		const char *name = expression_name(i);
		char marked[64];

		if (strchr(name, '.') && strncmp(name, "event.", 6) != 0 && strncmp(name, "sysenter.", 9) != 0)
			continue;
		if (strlen(name) == 2 || (strlen(name) == 3 && name[0] == 'e'))
			continue; /* "`eax` to `edi`", "`ax`, `al`, `ah` and so on" */
		snprintf(marked, sizeof(marked), "`%.*s", (int)strcspn(name, "["), name);
		if (!strstr(text, marked))
			printf("%s is not told\n", name);
		CU_ASSERT_PTR_NOT_NULL(strstr(text, marked));
	}
	free(text);
}

static const struct harness_test tests[] = {
	{ "the examples of docs/shell.md", test_examples },
	{ "its reference is the table's", test_reference },
	{ "it tells the names of expressions", test_names_are_told },
	{ 0 },
};

int main(void)
{
	return harness_main("visualizer/shell_doc", tests);
}
