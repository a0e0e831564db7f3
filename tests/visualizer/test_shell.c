/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_shell.c - the table of the shell's commands is whole, lines become the commands that were meant, and
 * nothing in a line or a script harms the program.
 */
#include "tests/harness.h"
#include "tests/visualizer/shell_rig.h"

#include "visualizer/screen/key.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 1: sti; cli; pushf; popf; mov eax,cr0; jmp 1 */
static const uint8_t mix[] = { 0xfb, 0xfa, 0x9c, 0x9d, 0x0f, 0x20, 0xc0, 0xeb, 0xf7 };

static void open_rig(struct shell_rig *rig)
{
	CU_ASSERT_FATAL(shell_rig_flat(rig, "trap", mix, sizeof(mix)));
}

/* ---- the table ---- */

static void test_table_is_whole(void)
{
	const struct shell_command *command;

	for (size_t i = 0; (command = shell_command_at(i)); i++) {
		CU_ASSERT(command->name[0] && command->summary[0] && command->arguments != NULL);
		CU_ASSERT(command->summary[strlen(command->summary) - 1] != '.');
		CU_ASSERT((unsigned)command->group < GROUPS);
		CU_ASSERT((command->perform == NULL) == (command->group == GROUP_SCREEN));
		CU_ASSERT(shell_command_find(command->name) == command);
		CU_ASSERT(!command->alias || shell_command_find(command->alias) == command);
		CU_ASSERT(!command->moves || command->group == GROUP_MOVE || command->group == GROUP_CHANGE);
	}
	CU_ASSERT_PTR_NULL(shell_command_find("xylophone"));
}

/* Each key is one command's, and a key that screens know. */
static void test_keys_are_unique(void)
{
	const struct shell_command *command;

	for (size_t i = 0; (command = shell_command_at(i)); i++) {
		char keys[64], *rest = keys;

		snprintf(keys, sizeof(keys), "%s", command->key ? command->key : "");
		for (char *name = strtok_r(keys, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
			enum key key;

			CU_ASSERT(key_parse(name, &key));
			CU_ASSERT(shell_command_for_key(name) == command);
		}
	}
	CU_ASSERT_PTR_NULL(shell_command_for_key("F12"));
	CU_ASSERT_PTR_NULL(shell_command_for_key(""));
}

/* Every motion has its reverse, on the same key in upper case. */
static void test_motions_have_reverses(void)
{
	static const char *const pairs[][2] = {
		{ "step", "reverse-step" }, { "next", "reverse-next" }, { "finish", "reverse-finish" },
		{ "block", "reverse-block" }, { "trap", "reverse-trap" }, { "continue", "reverse-continue" },
		{ "next-exit", "previous-exit" }, { "next-event", "previous-event" }, { "until", "reverse-until" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const struct shell_command *forward = shell_command_find(pairs[i][0]), *backward = shell_command_find(pairs[i][1]);

		CU_ASSERT_FATAL(forward && backward);
		CU_ASSERT(forward->perform == backward->perform);
		if (forward->key)
			CU_ASSERT(backward->key && backward->key[0] == forward->key[0] - 'a' + 'A');
	}
}

static void test_help_tells_all(void)
{
	const struct shell_command *command;
	struct shell_rig rig;

	open_rig(&rig);
	CU_ASSERT(shell_rig_perform(&rig, "help"));
	for (size_t i = 0; (command = shell_command_at(i)); i++) {
		if (!strstr(rig.text, command->name))
			printf("help does not have %s\n", command->name);
		CU_ASSERT_PTR_NOT_NULL(strstr(rig.text, command->name));
	}
	for (size_t i = 0; (command = shell_command_at(i)); i++) {
		char line[64];

		snprintf(line, sizeof(line), "help %s", command->name);
		CU_ASSERT(shell_rig_prints(&rig, line, command->name));
	}
	CU_ASSERT(shell_rig_refuses(&rig, "help stpe", "did you mean 'step'?"));
	shell_rig_close(&rig);
}

/* ---- lines ---- */

static void test_lines(void)
{
	struct shell_rig rig;

	open_rig(&rig);
	CU_ASSERT(shell_rig_prints(&rig, "echo one  two", "one two\n"));
	CU_ASSERT(shell_rig_prints(&rig, "  echo \"one  two\" # three", "one  two\n"));
	CU_ASSERT(shell_rig_prints(&rig, "echo a#b", "a#b\n"));
	CU_ASSERT(shell_rig_prints(&rig, "echo \"a\\\"\\\\b\\n\"", "a\"\\b\n\n"));
	CU_ASSERT(shell_rig_prints(&rig, "ec short", "short\n"));
	CU_ASSERT(shell_rig_prints(&rig, "echo", "\n"));
	CU_ASSERT(shell_rig_prints(&rig, "", ""));
	CU_ASSERT(shell_rig_prints(&rig, "# only a comment", ""));
	CU_ASSERT(shell_rig_prints(&rig, "p/x 10", "0xa\n"));
	CU_ASSERT(shell_rig_prints(&rig, "print /x 10", "0xa\n"));
	CU_ASSERT(shell_rig_refuses(&rig, "echo \"open", "not closed"));
	CU_ASSERT(shell_rig_refuses(&rig, "stpe", "did you mean 'step'?"));
	CU_ASSERT(shell_rig_refuses(&rig, "xylophone", "`help` lists them"));
	CU_ASSERT(shell_rig_refuses(&rig, "reverse", "reverse-step, reverse-next"));
	CU_ASSERT(shell_rig_refuses(&rig, "\"\"", "no command"));
	CU_ASSERT(shell_rig_refuses(&rig, "finish 1", "no arguments"));
	CU_ASSERT(shell_rig_refuses(&rig, "until", "until ADDRESS"));
	CU_ASSERT(shell_rig_refuses(&rig, "zoom", "needs a screen"));
	CU_ASSERT(shell_rig_refuses(&rig, "set eax", "which value"));
	CU_ASSERT(shell_rig_refuses(&rig, "step 1 +", "ends where"));
	CU_ASSERT(shell_rig_refuses(&rig, "step 0", "no motion"));
	CU_ASSERT(shell_rig_refuses(&rig, "goto nowhere", "a moment"));
	shell_rig_close(&rig);
}

static void test_repeats(void)
{
	struct shell_rig rig;
	uint64_t before;

	open_rig(&rig);
	CU_ASSERT(shell_rig_perform(&rig, "x/2xb 100000"));
	CU_ASSERT(shell_rig_repeat(&rig));
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.text, "00100002:  9c"));
	CU_ASSERT(shell_rig_perform(&rig, "disas 100000 1"));
	CU_ASSERT(shell_rig_repeat(&rig));
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.text, "00100001"));
	CU_ASSERT(shell_rig_perform(&rig, "step"));
	before = rig.debugger.vm->clock;
	CU_ASSERT(shell_rig_repeat(&rig));
	CU_ASSERT(rig.debugger.vm->clock > before);
	shell_rig_close(&rig);
}

static void test_readonly(void)
{
	const struct shell_command *command;
	struct shell_rig rig;
	uint64_t digest, clock;

	open_rig(&rig);
	digest = vm_digest(rig.debugger.vm);
	clock = rig.debugger.vm->clock;
	rig.debugger.readonly = true;
	for (size_t i = 0; (command = shell_command_at(i)); i++) {
		char line[80];

		if (!command->moves)
			continue;
		snprintf(line, sizeof(line), "%s 1 1", command->name);
		CU_ASSERT(!shell_rig_perform(&rig, line));
	}
	CU_ASSERT(shell_rig_refuses(&rig, "step", "read-only"));
	CU_ASSERT(vm_digest(rig.debugger.vm) == digest && rig.debugger.vm->clock == clock);
	shell_rig_close(&rig);
}

/* Whom a command is handed to that is a screen's. */
static bool screen_performs(void *owner, const char *command, int argc, char **argv)
{
	snprintf(owner, 64, "%s %d %s", command, argc, argc > 1 ? argv[1] : "");
	return strcmp(command, "zoom") != 0;
}

static void test_hands_over_to_a_screen(void)
{
	struct shell_rig rig;
	char seen[64] = "";

	open_rig(&rig);
	rig.shell.screen = (struct shell_screen){ .owner = seen, .perform = screen_performs };
	CU_ASSERT(shell_rig_perform(&rig, "focus code"));
	CU_ASSERT_STRING_EQUAL(seen, "focus 2 code");
	CU_ASSERT(shell_rig_perform(&rig, "goto *100000"));
	CU_ASSERT_STRING_EQUAL(seen, "goto 2 *100000");
	CU_ASSERT(shell_rig_refuses(&rig, "zoom", "cannot do that"));
	shell_rig_close(&rig);
}

/* ---- completion ---- */

static void collect(void *owner, const char *word)
{
	char *text = owner;
	size_t used = strlen(text);

	snprintf(text + used, 4096 - used, "%s ", word);
}

static bool completes(const struct shell_rig *rig, const char *line, const char *wanted)
{
	char text[4096] = "";

	shell_complete(&rig->shell, line, collect, text);
	if (strcmp(text, wanted) == 0)
		return true;
	printf("'%s' completes to '%s', not '%s'\n", line, text, wanted);
	return false;
}

static void test_completion(void)
{
	struct shell_rig rig;

	open_rig(&rig);
	CU_ASSERT(completes(&rig, "reverse-st", "reverse-step "));
	CU_ASSERT(completes(&rig, "help cond", "condition "));
	CU_ASSERT(completes(&rig, "info reg", "registers "));
	CU_ASSERT(completes(&rig, "print 1+eb", "1+ebx 1+ebp "));
	CU_ASSERT(completes(&rig, "p hw.eflags.io", "hw.eflags.iopl "));
	CU_ASSERT(completes(&rig, "p byte[es", "byte[esp byte[esi byte[es byte[es.base byte[es.limit byte[es.access byte[es.dpl "));
	CU_ASSERT(completes(&rig, "p events.hidd", "events.hidden-fault "));
	CU_ASSERT(completes(&rig, "next-event trap,hidd", "trap,hidden-fault "));
	CU_ASSERT(completes(&rig, "break tec", "technique "));
	CU_ASSERT(completes(&rig, "break event hyp", "hypercall "));
	CU_ASSERT(completes(&rig, "break 100000 if eflags.i", "eflags.if eflags.iopl eflags.id "));
	CU_ASSERT(completes(&rig, "switch hvm/n", "hvm/nested "));
	CU_ASSERT(completes(&rig, "set ea", "eax "));
	CU_ASSERT(completes(&rig, "set eax = ec", "ecx "));
	CU_ASSERT(completes(&rig, "x/4i eb", "ebx ebp "));
	CU_ASSERT(completes(&rig, "source docs/she", "docs/shell.md "));
	CU_ASSERT(completes(&rig, "source visualizer/debu", "visualizer/debugger/ "));
	CU_ASSERT(completes(&rig, "nosuch e", ""));
	CU_ASSERT(completes(&rig, "focus c", "")); /* no screen, no panels */
	CU_ASSERT(shell_rig_perform(&rig, "break 100002 as popf"));
	CU_ASSERT(completes(&rig, "delete po", "popf "));
	shell_rig_close(&rig);
}

/* ---- what is hostile ---- */

static void test_long_lines(void)
{
	enum { LENGTH = 100000 };
	static const char *const pieces[] = { "a", "echo ", "\"", "x/", "print 1+", "\\", "/", "break if ", "# ", "write 1 " };
	char *line = malloc(LENGTH + 1), text[4096];
	struct shell_rig rig;

	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	open_rig(&rig);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		for (size_t length = 1900; length <= LENGTH; length = length < 2200 ? length + 1 : length * 7) {
			for (size_t at = 0; at < length; at++)
				line[at] = pieces[i][at % strlen(pieces[i])];
			line[length] = '\0';
			shell_rig_perform(&rig, line);
			text[0] = '\0';
			shell_complete(&rig.shell, line, collect, text);
		}
		CU_ASSERT(shell_rig_refuses(&rig, line, "longer than"));
	}
	free(line);
	shell_rig_close(&rig);
}

/* No motion of a random line is waited for. */
static bool at_once(void *owner)
{
	(void)owner;
	return true;
}

/* Commands that write files are left out. */
static void test_random_lines(void)
{
	static const char *const words[] = {
		"step", "rs", "x", "x/3i", "x/", "/9999s", "print", "break", "watch", "if", "as", "event", "trap", "eax", "==", "[0]", "1",
		"*physical:", "*machine:ffff", "delete", "condition", "ignore", "info", "events", "99999999999", "registers", "set", "=",
		"write", "/w", "goto", "begin", "end", "-1", "\"", "#", "walk", "user", "disas", "where", "unit", "story", "name", "time",
		"type", "switch", "emulate", "hvm", "bt", "tick", "/", "%s%n", "\xff\x01", "enable", "disable", "tlb", "until", "100000",
	};
	uint64_t dice = harness_seed(99), count = harness_count(2000);
	struct shell_rig rig;

	open_rig(&rig);
	rig.shell.interrupted = at_once;
	for (uint64_t i = 0; i < count; i++) {
		char line[256] = "", text[4096] = "";
		size_t length = 1 + harness_random(&dice) % 6;

		for (size_t at = 0; at < length; at++) {
			strcat(line, words[harness_random(&dice) % (sizeof(words) / sizeof(words[0]))]);
			if (harness_random(&dice) % 8)
				strcat(line, " ");
		}
		if (!shell_rig_perform(&rig, line) && !rig.shell.message[0]) {
			printf("'%s' failed without a word\n", line);
			CU_FAIL("failed without a word");
		}
		shell_complete(&rig.shell, line, collect, text);
	}
	shell_rig_close(&rig);
}

/* ---- scripts ---- */

static void write_script(char *path, const void *bytes, size_t size)
{
	strcpy(path, "/tmp/ringside-script-XXXXXX");
	int file = mkstemp(path);

	CU_ASSERT_FATAL(file >= 0 && write(file, bytes, size) == (ssize_t)size);
	close(file);
}

static void test_scripts(void)
{
	static const char good[] = "# a script\n\necho one\n  echo two\necho three";
	static const char zero[] = "echo one\necho \0two\n";
	char path[64], line[128], own[128];
	struct shell_rig rig;

	open_rig(&rig);
	write_script(path, good, sizeof(good) - 1);
	snprintf(line, sizeof(line), "source %s", path);
	CU_ASSERT(shell_rig_prints(&rig, line, "one\ntwo\nthree\n"));
	unlink(path);
	CU_ASSERT(shell_rig_refuses(&rig, line, "No such file"));
	CU_ASSERT(shell_rig_refuses(&rig, "source /tmp", "Is a directory"));
	CU_ASSERT(shell_rig_refuses(&rig, "source /dev/zero", ":1: a line with a zero byte"));

	write_script(path, zero, sizeof(zero) - 1);
	snprintf(line, sizeof(line), "source %s", path);
	CU_ASSERT(shell_rig_refuses(&rig, line, ":2: a line with a zero byte"));
	unlink(path);

	write_script(path, "echo again\nnosuch\necho never\n", 29);
	snprintf(line, sizeof(line), "source %s", path);
	CU_ASSERT(shell_rig_refuses(&rig, line, ":2: no command 'nosuch'"));
	CU_ASSERT_STRING_EQUAL(rig.text, "again\n");
	unlink(path);

	/* One that reads itself comes to an end. */
	write_script(path, "", 0);
	snprintf(own, sizeof(own), "source %s\n", path);
	FILE *file = fopen(path, "w");
	fputs(own, file);
	fclose(file);
	CU_ASSERT(shell_rig_refuses(&rig, own, "that is the most"));
	CU_ASSERT(rig.shell.depth == 0);
	unlink(path);
	shell_rig_close(&rig);
}

static void test_quit_ends_a_script(void)
{
	struct shell_rig rig;
	char path[64], line[128];

	open_rig(&rig);
	write_script(path, "echo one\nquit\necho two\n", 23);
	snprintf(line, sizeof(line), "source %s", path);
	CU_ASSERT(shell_rig_perform(&rig, line));
	CU_ASSERT_STRING_EQUAL(rig.text, "one\n");
	CU_ASSERT(rig.shell.quit);
	unlink(path);
	shell_rig_close(&rig);
}

static const struct harness_test tests[] = {
	{ "the table is whole", test_table_is_whole },
	{ "a key is one command's", test_keys_are_unique },
	{ "motions have reverses", test_motions_have_reverses },
	{ "help tells all commands", test_help_tells_all },
	{ "lines become commands", test_lines },
	{ "an empty line repeats", test_repeats },
	{ "read-only: nothing moves", test_readonly },
	{ "a screen gets its commands", test_hands_over_to_a_screen },
	{ "completion", test_completion },
	{ "long lines", test_long_lines },
	{ "random lines", test_random_lines },
	{ "scripts", test_scripts },
	{ "quit ends a script", test_quit_ends_a_script },
	{ 0 },
};

int main(void)
{
	return harness_main("visualizer/shell", tests);
}
