/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_panel_code.c - the guest's code as lines, forward and backward, and the panels of code and
 * translation.
 */
#include "tests/harness.h"
#include "tests/visualizer/panel_scene.h"

#include "visualizer/screen/code_lines.h"

#include <inttypes.h>
#include <string.h>

/* ---- lines ---- */

/* Read forward from a function's beginning, lines are what they are; read back from each of them they must be the same. */
static void check_function(const struct code *code, uint32_t begin, uint32_t end)
{
	static uint32_t truth[4096];
	uint32_t before[8], at = begin;
	unsigned count = 0;

	for (; at < end && count < 4096; at = code_next(code, at))
		truth[count++] = at;
	for (unsigned i = 1; i < count; i++) {
		unsigned wanted = i < 8 ? i : 8;

		code_before(code, truth[i], before, wanted);
		CU_ASSERT_FATAL(memcmp(before, truth + i - wanted, wanted * sizeof(*before)) == 0);
	}
}

static void test_backward(void)
{
	static const char *const names[] = {"frames_init", "selfcheck", "print", "format"};
	struct panel_scene scene;
	struct code code;

	scene_begin_guest(&scene, "trap", KERNEL);
	scene_go(&scene, 3000000, 0);
	code = code_of(&scene.debugger);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		uint32_t begin = 0, offset;
		uint32_t end;

		CU_ASSERT_FATAL(symbols_find(scene.debugger.symbols, names[i], &begin));
		for (end = begin; end - begin < 900 && symbols_name(scene.debugger.symbols, end, &offset) &&
				  end - offset == begin;)
			end = code_next(&code, end);
		CU_ASSERT(end - begin > 30);
		check_function(&code, begin, end);
	}
	scene_free(&scene);
}

/* Anywhere at all, also where nothing is mapped and around the address space's ends: lines before lead to the line. */
static void test_anywhere(void)
{
	struct panel_scene scene;
	uint64_t seed = harness_seed(99);
	struct code code;

	scene_begin_guest(&scene, "trap", KERNEL);
	scene_go(&scene, 3000000, 0);
	code = code_of(&scene.debugger);
	for (uint64_t i = 0; i < harness_count(400); i++) {
		uint32_t address = (uint32_t)harness_random(&seed), list[12];

		if (i % 2)
			address = code.eip + address % 4096 - 2048;
		if (i % 16 == 0)
			address %= 64;
		code.focus = address;
		code_before(&code, address, list, 12);
		for (unsigned k = 0; k < 12; k++) {
			uint32_t next = k < 11 ? list[k + 1] : address;
			struct code_line line;

			code_read(&code, list[k], &line);
			CU_ASSERT_FATAL(line.address + line.size == next);
		}
	}
	scene_free(&scene);
}

/* ---- the panel ---- */

/* Names of targets have such a sign too, so it is looked for where lines begin. */
static bool points(const struct panel_scene *scene)
{
	return scene->text[0] == '>' || strstr(scene->text, "\n>");
}

/* The line with the pointer is the guest's, whole, wherever EIP is: in the middle of an instruction too. */
static void test_eip(void)
{
	struct panel_scene scene;
	char address[16];
	const char *line;

	scene_begin_guest(&scene, "trap", HELLO);
	scene_go_to(&scene, "say");
	for (uint32_t i = 0; i < 24; i++) {
		uint32_t eip = debugger_linear_eip(&scene.debugger);

		scene_draw(&scene, PANEL_CODE, 40, 11);
		snprintf(address, sizeof(address), ">%08" PRIx32, eip);
		line = scene_line(&scene, address);
		CU_ASSERT_FATAL(line && strncmp(line, address, 9) == 0);
		CU_ASSERT_FATAL(debugger_set_register(&scene.debugger, "eip", eip + 1));
	}
	scene_free(&scene);
}

static void test_columns(void)
{
	struct panel_scene scene;
	const char *line;

	scene_begin_guest(&scene, "trap", HELLO);
	scene_go_to(&scene, "start");
	scene_draw(&scene, PANEL_CODE, 25, 9);
	line = scene_line(&scene, ">");
	CU_ASSERT(line && strstr(line, "cli") && line[strlen(line) - 1] == 'P');
	CU_ASSERT(scene_line(&scene, "start:") != NULL);
	/* Where there is no room for addresses instructions remain. */
	scene_draw(&scene, PANEL_CODE, 12, 9);
	line = scene_line(&scene, ">");
	CU_ASSERT(line && strncmp(line, ">cli", 4) == 0);
	scene_draw(&scene, PANEL_CODE, 100, 9);
	line = scene_line(&scene, ">");
	CU_ASSERT(line && strstr(line, "  fa  ") && strstr(line, "cli"));
	scene_draw(&scene, PANEL_CODE, 40, 1);
	CU_ASSERT(scene.text[0] == '>');
	scene_free(&scene);
}

static void test_targets(void)
{
	struct panel_scene scene;

	scene_begin_guest(&scene, "trap", HELLO);
	scene_go_to(&scene, "start");
	scene_draw(&scene, PANEL_CODE, 60, 30);
	CU_ASSERT(scene_line(&scene, "<say>") != NULL);
	scene_draw(&scene, PANEL_CODE, 26, 30);
	CU_ASSERT(scene_line(&scene, "call say") != NULL);
	scene_free(&scene);
}

static void test_break(void)
{
	struct panel_scene scene;
	const char *line;
	uint32_t eip;

	scene_begin_guest(&scene, "trap", HELLO);
	scene_go_to(&scene, "start");
	eip = debugger_linear_eip(&scene.debugger);
	CU_ASSERT(scene_key(&scene, PANEL_CODE, K_DOWN));
	CU_ASSERT(scene_key(&scene, PANEL_CODE, K_ENTER));
	CU_ASSERT(breaks_at(&scene.debugger, eip + 1) != NULL);
	CU_ASSERT(breaks_at(&scene.debugger, eip) == NULL);
	scene_draw(&scene, PANEL_CODE, 25, 9);
	line = scene_line(&scene, "*");
	CU_ASSERT(line && strstr(line, "mov"));
	CU_ASSERT(scene_key(&scene, PANEL_CODE, K_ENTER));
	CU_ASSERT(breaks_at(&scene.debugger, eip + 1) == NULL);
	scene.debugger.readonly = true;
	CU_ASSERT(scene_key(&scene, PANEL_CODE, K_ENTER));
	CU_ASSERT(breaks_at(&scene.debugger, eip + 1) == NULL && scene.debugger.message[0]);
	scene_free(&scene);
}

/* Scrolled away the panel stays; when the guest has moved it follows again. */
static void test_following(void)
{
	struct panel_scene scene;

	scene_begin_guest(&scene, "trap", HELLO);
	scene_go_to(&scene, "start");
	for (unsigned i = 0; i < 40; i++)
		CU_ASSERT(scene_key(&scene, PANEL_CODE, K_DOWN));
	scene_draw(&scene, PANEL_CODE, 40, 9);
	CU_ASSERT(!points(&scene));
	for (unsigned i = 0; i < 40; i++)
		CU_ASSERT(scene_key(&scene, PANEL_CODE, K_UP));
	scene_draw(&scene, PANEL_CODE, 40, 9);
	CU_ASSERT(points(&scene));
	CU_ASSERT(scene_key(&scene, PANEL_CODE, K_PAGE_DOWN) && scene_key(&scene, PANEL_CODE, K_PAGE_DOWN));
	scene_go(&scene, 0, 1);
	scene_draw(&scene, PANEL_CODE, 40, 9);
	CU_ASSERT(points(&scene));
	scene_free(&scene);
}

static void test_search(void)
{
	struct panel_scene scene;
	struct panel_view view;
	uint32_t timer = 0;

	scene_begin_guest(&scene, "trap", HELLO);
	scene_go_to(&scene, "start");
	view = scene_view(&scene, PANEL_CODE, 9);
	snprintf(view.state->search, sizeof(view.state->search), "HLT");
	CU_ASSERT(panel_list[PANEL_CODE]->find(&view, false));
	scene_draw(&scene, PANEL_CODE, 40, 9);
	CU_ASSERT(scene_line(&scene, "hlt") != NULL);
	snprintf(view.state->search, sizeof(view.state->search), "lgdt");
	CU_ASSERT(panel_list[PANEL_CODE]->find(&view, true));
	CU_ASSERT(symbols_find(scene.debugger.symbols, "timer", &timer));
	panel_list[PANEL_CODE]->go(&view, timer);
	scene_draw(&scene, PANEL_CODE, 40, 9);
	CU_ASSERT(scene_line(&scene, "timer:") != NULL && scene_line(&scene, "push eax") != NULL);
	scene_free(&scene);
}

/* ---- beside its translation ---- */

static void test_linked(void)
{
	struct panel_scene scene;
	const struct unit *unit;
	char letter[4];
	uint32_t eip;
	int record;

	scene_begin_guest(&scene, "bt", HELLO);
	scene_go_to(&scene, "say");
	scene_go(&scene, 0, 3);
	eip = debugger_linear_eip(&scene.debugger);
	unit = code_unit(&scene.debugger, eip);
	CU_ASSERT_FATAL(unit != NULL);
	record = code_record(unit, eip);
	CU_ASSERT(record == 3);
	snprintf(letter, sizeof(letter), "%c", 'a' + record);
	scene_draw(&scene, PANEL_CODE, 40, 12);
	CU_ASSERT(scene_line(&scene, ">") && strchr(scene_line(&scene, ">") + 9, letter[0]) != NULL);
	scene_draw(&scene, PANEL_TRANSLATION, 40, 12);
	CU_ASSERT(scene_line(&scene, ">") && scene_line(&scene, ">")[0] == letter[0]);
	/* Moved in one panel, both are elsewhere. */
	CU_ASSERT(scene_key(&scene, PANEL_TRANSLATION, K_UP));
	scene_draw(&scene, PANEL_TRANSLATION, 40, 12);
	CU_ASSERT(scene_line(&scene, ">") && scene_line(&scene, ">")[0] == letter[0] - 1);
	CU_ASSERT((uint32_t)scene.states[PANEL_CODE].cursor == eip - unit->record[record - 1].insn.length);
	scene_free(&scene);
}

static void test_states(void)
{
	struct panel_scene scene;
	uint32_t addresses[2] = {0};
	uint8_t states[2];

	scene_begin_guest(&scene, "bt", HELLO);
	scene_go_to(&scene, "say");
	scene_go(&scene, 0, 3);
	addresses[0] = debugger_linear_eip(&scene.debugger);
	addresses[1] = addresses[0] + 1;
	code_states(&scene.debugger, addresses, states, 2);
	CU_ASSERT(states[0] == CODE_TRANSLATED || states[0] == CODE_CHAINED);
	CU_ASSERT(states[1] == CODE_UNTRANSLATED); /* the middle of an instruction */
	scene_free(&scene);
}

/* What becomes of CLI, by technique. */
static void test_fate(void)
{
	static const struct {
		const char *mode, *says;
	} fates[] = {{"native", "no VMM"},
		     {"emulate", "interpreter"},
		     {"trap", "raises #GP(0): an exit"},
		     {"hvm/nested", "no control of the VMCS"}};

	for (size_t i = 0; i < sizeof(fates) / sizeof(*fates); i++) {
		struct panel_scene scene;

		scene_begin_guest(&scene, fates[i].mode, HELLO);
		scene_go_to(&scene, "start");
		scene_draw(&scene, PANEL_TRANSLATION, 100, 12);
		CU_ASSERT(scene_line(&scene, fates[i].says) != NULL);
		scene_free(&scene);
	}
}

static const struct harness_test tests[] = {
	{"lines backward are those forward", test_backward},
	{"lines before any address", test_anywhere},
	{"EIP begins a line", test_eip},
	{"columns by width", test_columns},
	{"names of branch targets", test_targets},
	{"Enter sets and deletes a breakpoint", test_break},
	{"scrolling, and following again", test_following},
	{"search and goto", test_search},
	{"code and translation are linked", test_linked},
	{"states of translation", test_states},
	{"what becomes of an instruction", test_fate},
	{0},
};

int main(void)
{
	return harness_main("panel code", tests);
}
