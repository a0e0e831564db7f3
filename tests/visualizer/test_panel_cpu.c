/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_panel_cpu.c - two truths side by side: values, marks of difference and of change.
 */
#include "tests/harness.h"
#include "tests/visualizer/panel_scene.h"

#include <inttypes.h>
#include <string.h>

static bool line_is(struct panel_scene *scene, const char *part, const char *line)
{
	const char *found = scene_line(scene, part);
	bool same = found && strcmp(found, line) == 0;

	if (found && !same)
		fprintf(stderr, "'%s' is not '%s'\n", found, line);
	return same;
}

/* Behind its first CLI the guest believes IF to be 0, and the processor has it 1. */
static void test_differences(void)
{
	struct panel_scene scene;

	scene_begin_guest(&scene, "trap", HELLO);
	scene_go_past(&scene, "cli");
	scene_draw(&scene, PANEL_CPU, 25, 40);
	CU_ASSERT(line_is(&scene, "CPL", "CPL 0 IOPL 0 !1 IOPL 0"));
	CU_ASSERT_FATAL(scene_line(&scene, "FLG") && scene_line(&scene, "FLG")[13] == '!');
	CU_ASSERT(strncmp(scene_line(&scene, "FLG") + 4, "---", 3) == 0);
	CU_ASSERT(strncmp(scene_line(&scene, "FLG") + 14, "--I", 3) == 0);
	scene_free(&scene);
}

static void test_changes(void)
{
	struct panel_scene scene;
	const char *line;

	scene_begin_guest(&scene, "trap", HELLO);
	scene_go_past(&scene, "cli");
	scene_go(&scene, 0, 1); /* mov esp */
	scene_draw(&scene, PANEL_CPU, 25, 40);
	line = scene_line(&scene, "ESP");
	CU_ASSERT(line && line[3] == '*');
	line = scene_line(&scene, "EAX");
	CU_ASSERT(line && line[3] == ' ' && line[16] == ' '); /* and ECX beside it */
	scene_go(&scene, 0, 1);                               /* lgdt */
	scene_draw(&scene, PANEL_CPU, 25, 40);
	line = scene_line(&scene, "ESP");
	CU_ASSERT(line && line[3] == ' ');
	line = scene_line(&scene, "GDT");
	CU_ASSERT(line && line[3] == '*');
	scene_free(&scene);
}

/* Registers in which the two disagree have a line of their own. */
static void test_pairs(void)
{
	struct panel_scene scene;

	scene_begin_guest(&scene, "trap", HELLO);
	scene_go_past(&scene, "cli");
	scene_draw(&scene, PANEL_CPU, 25, 40);
	CU_ASSERT(strstr(scene_line(&scene, "EAX"), " ECX") != NULL);
	cpu_state(scene.debugger.vm->processor)->gpr[EAX] ^= 1;
	scene_draw(&scene, PANEL_CPU, 25, 40);
	CU_ASSERT(strstr(scene_line(&scene, "EAX"), " ECX") == NULL);
	CU_ASSERT(scene_line(&scene, "EAX")[13] == '!');
	cpu_state(scene.debugger.vm->processor)->gpr[EAX] ^= 1;
	scene_free(&scene);
}

static void test_one_truth(void)
{
	static const char *const modes[] = {"native", "emulate"};
	static const char *const says[] = {"no VMM", "interpreted"};

	for (unsigned i = 0; i < 2; i++) {
		struct panel_scene scene;

		scene_begin_guest(&scene, modes[i], HELLO);
		scene_go_to(&scene, "start");
		scene_draw(&scene, PANEL_CPU, 60, 40);
		CU_ASSERT(scene_line(&scene, says[i]) != NULL);
		CU_ASSERT(strchr(scene.text, '|') == NULL && strchr(scene.text, '!') == NULL);
		scene_free(&scene);
	}
}

static void test_vmcs(void)
{
	struct panel_scene scene;

	scene_begin_guest(&scene, "hvm/shadow", HELLO);
	scene_go(&scene, 50000, 0);
	scene_draw(&scene, PANEL_CPU, 80, 60);
	CU_ASSERT(scene_line(&scene, "VMX") != NULL);
	CU_ASSERT(scene_line(&scene, "exception bitmap 00014000") != NULL);
	CU_ASSERT(scene_line(&scene, "last exit") != NULL);
	scene_free(&scene);
}

/* Wide panels say why the two differ; narrow ones drop the second value before the first. */
static void test_widths(void)
{
	struct panel_scene scene;

	scene_begin_guest(&scene, "trap", HELLO);
	scene_go_to(&scene, "start");
	scene_draw(&scene, PANEL_CPU, 25, 30);
	CU_ASSERT(strncmp(scene.text, "hardware not entered yet\n", 25) == 0);
	scene_go_past(&scene, "cli");
	scene_draw(&scene, PANEL_CPU, 37, 30);
	CU_ASSERT(scene_line(&scene, "deprivileged") != NULL);
	scene_draw(&scene, PANEL_CPU, 15, 30);
	CU_ASSERT(line_is(&scene, "CPL", "CPL 0 IOPL 0 !"));
	scene_free(&scene);
}

static void test_scrolling(void)
{
	struct panel_scene scene;

	scene_begin_guest(&scene, "trap", HELLO);
	scene_go_past(&scene, "cli");
	CU_ASSERT(scene_key(&scene, PANEL_CPU, K_END));
	scene_draw(&scene, PANEL_CPU, 25, 6);
	CU_ASSERT(scene_line(&scene, "IDT") != NULL);
	CU_ASSERT(scene_key(&scene, PANEL_CPU, K_HOME));
	scene_draw(&scene, PANEL_CPU, 25, 6);
	CU_ASSERT(strncmp(scene.text, "CPL", 3) == 0);
	CU_ASSERT(!scene_key(&scene, PANEL_CPU, 'x'));
	scene_free(&scene);
}

static const struct harness_test tests[] = {
	{"differences", test_differences},
	{"what changed since the last motion", test_changes},
	{"two registers in a line", test_pairs},
	{"one truth without deprivileging", test_one_truth},
	{"the VMCS", test_vmcs},
	{"widths", test_widths},
	{"scrolling", test_scrolling},
	{0},
};

int main(void)
{
	return harness_main("panel cpu", tests);
}
