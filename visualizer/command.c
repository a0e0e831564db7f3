/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/command.c - the command table and its dispatch.
 */
#include "visualizer/command.h"

#include "core/nearest.h"
#include "core/processor.h"
#include "visualizer/help.h"
#include "visualizer/message.h"
#include "visualizer/options.h"

#include <stdio.h>
#include <string.h>

#define GUEST_ARGUMENTS "[OPTION]... GUEST [WORD]..."

static const struct command commands[] = {
	{
		.name = "run", .mask = FOR_RUN, .settings = true, .perform = run_command,
		.arguments = GUEST_ARGUMENTS,
		.summary = "run a guest",
		.description =
			"Runs a guest until it ends. GUEST is a Multiboot or Linux kernel, a flat binary, a disk image, or the name of "
			"one that make guests fetches: 'ringside doctor' lists them. WORDs are its kernel command line, or follow the "
			"one that a named guest has. What the guest writes to its first serial port and to port 0xE9 goes to standard "
			"output.\n"
			"In a terminal, keys go to the guest: Ctrl-A x quits, Ctrl-A c opens the shell, Ctrl-A h tells what else there is. "
			"Without a terminal, standard input is read only when --console=serial is given.",
		.example = {
			{ "run build/guests/kernel.elf", "a kernel under the usual technique" },
			{ "run --technique emulate --limit 2G --digest kernel.elf loop=3",
			  "interpreted, for two thousand million cycles at most" },
			{ "run debian", "Debian's Linux kernel, unmodified, to a shell" },
			{ "run --console=vga guests/invaders.exec", "a guest with a text screen, to play" },
			{ "run --keys game.keys --screen-at 200M,400M --console=none guests/invaders.exec",
			  "the same game again, as text" },
		},
	},
	{
		.name = "trace", .mask = FOR_TRACE, .settings = true, .perform = trace_command,
		.arguments = GUEST_ARGUMENTS,
		.summary = "print each event of the VMM as it happens",
		.description =
			"Runs a guest and prints a line for each event: number, cycle, rings (what the guest "
			"believes/what the hardware holds), address, class of the instruction (. innocuous, "
			"P privileged, S! sensitive without a trap), disassembly, reason, what the VMM did, what "
			"changed in the virtual CPU, cycles.\n"
			"With --story each event is told in the steps in which it happened.",
		.example = {
			{ "trace -n 40 kernel.elf", "the first forty events" },
			{ "trace --story --filter trap -n 1 kernel.elf", "the first trap, step by step" },
			{ "trace --filter sensitive kernel.elf", "where this hardware lets the VMM down" },
			{ "trace --json kernel.elf | jq .reason", "for programs" },
		},
	},
	{
		.name = "stats", .mask = FOR_STATS, .settings = true, .perform = stats_command,
		.arguments = "[OPTION]... GUEST [WORD]... | --from FILE | --diff A B",
		.summary = "count the exits by reason",
		.description =
			"Runs a guest and prints a table of its exits: reason, how often, which share of the cycles of "
			"all, cycles, and the cheapest, average and dearest one. Rows with an asterisk are no exits but "
			"other work of the VMM (translating, filling caches). Below: sensitive instructions that "
			"did not trap. The same table is made from events recorded as JSON Lines.\n"
			"With --diff two recordings (run --record) run again, and what they cost is set side by side, the largest difference "
			"first: counters, cycles by part of the clock, exits by reason, and the guest's instructions that they came from. "
			"Either may also be what 'run --json' printed.",
		.example = {
			{ "stats kernel.elf", "what does this guest cost?" },
			{ "stats --ring 3 kernel.elf", "and deprivileged to ring 3?" },
			{ "stats --from events.jsonl", "from a recording by run --events" },
			{ "stats --diff before.rec after.rec", "what has changed between two runs" },
		},
	},
	{
		.name = "flame", .mask = FOR_FLAME, .settings = true, .perform = flame_command,
		.arguments = GUEST_ARGUMENTS,
		.summary = "say where the model cycles go, by the guest's functions and the VMM's work for them",
		.description =
			"Runs a guest instruction by instruction and writes folded stacks: the guest's kernel or user code, its calls, on "
			"top what the VMM did there (technique, reason of the exit, price), page walks and interpretation; and the "
			"cycles. Nothing is sampled, so they add up to the clock, and the run is the same as by `run`. Call stacks are "
			"followed by the stack pointer; functions have names where the kernel has an ELF symbol table, else their page.\n"
			"As .svg it is a flame graph: a box for each frame, as wide as its cycles, on top of its caller's.",
		.example = {
			{ "flame -o kernel.svg kernel.elf", "a flame graph, for any browser" },
			{ "flame --technique bt kernel.elf > bt.folded", "folded stacks, for flamegraph.pl or speedscope" },
			{ "flame --format text --top 10 kernel.elf", "the ten dearest functions" },
			{ "flame --every 10000 --limit 2G debian", "a long run, in coarser steps" },
		},
	},
	{
		.name = "compare", .mask = FOR_COMPARE, .settings = true, .perform = compare_command,
		.arguments = "[OPTION]... EXPERIMENT | --guest GUEST [WORD]...",
		.summary = "run a guest by many techniques and compare what it costs",
		.description =
			"Runs each guest by every technique that can run it, in every ring and paging, and prints one table: model "
			"cycles and their ratio to the baseline, exits by reason, hidden and true page faults, page-walk references, "
			"translation, and where the cycles went; the parts add up to the clock. Or makes the runs that an experiment "
			"file describes: guests, techniques, cost profiles, parameters and seeds (docs/compare.md, labs/experiments).\n"
			"Runs are processes of their own, several at a time. With --results, and for an experiment file always, those "
			"that are finished are kept, so that an interrupted comparison goes on where it stopped. Reports say what they "
			"depend on and are the same, byte for byte, whenever and wherever they are made.\n"
			"With --wall wall time is measured instead: the same guests under QEMU (TCG and KVM) and Bochs, where they are "
			"here, and by Ringside's techniques, one run at a time in rounds. Those figures belong to this computer.",
		.example = {
			{ "compare --guest build/guests/kernel.elf hz=0 workload=forkwait n=20", "what does a fork cost, by technique?" },
			{ "compare --techniques native,bt,hvm/nested -o tlb.html --vary n=10,100 --guest kernel.elf workload=vmstat n={n}",
			  "a page with plots" },
			{ "compare -o shadow.html -o shadow.csv labs/experiments/shadow-nested.ini", "an experiment" },
			{ "compare --wall --techniques=native,emulate --guest build/guests/kernel.elf hz=0 workload=compute",
			  "in wall time, beside QEMU and Bochs" },
			{ "compare --reproduce xen-2003 -o xen.html", "published figures, and ours" },
		},
	},
	{
		.name = "disas", .mask = FOR_DISAS, .settings = true, .perform = disas_command,
		.arguments = "[OPTION]... GUEST",
		.summary = "disassemble guest code with the class of each instruction",
		.description =
			"Prints the code of an ELF kernel, or of a flat binary, with a class letter for each "
			"instruction by Popek and Goldberg: . innocuous, P privileged (it traps when deprivileged), "
			"S! sensitive but unprivileged (it does not: the hole).",
		.example = {
			{ "disas kernel.elf", "all code sections" },
			{ "disas --at main -n 20 kernel.elf", "twenty instructions of one function" },
			{ "disas kernel.elf | grep 'S!'", "which holes does this kernel fall into?" },
		},
	},
	{
		.name = "walk", .mask = FOR_WALK, .settings = true, .perform = walk_command,
		.arguments = "[OPTION]... ADDRESS GUEST [WORD]...",
		.summary = "follow a linear address through guest and shadow page tables",
		.description =
			"Runs a guest until the cycle of --at (or its end) and shows the way of a linear address "
			"(hexadecimal, or a symbol) twice: through the guest's page tables to guest-physical memory, "
			"and through the tables that the processor walks to machine memory; then what differs "
			"between the two, and why.",
		.example = {
			{ "walk --at 20M c0100000 kernel.elf", "an address in the kernel, after 20 million cycles" },
			{ "walk --user --write --at 20M 8048000 kernel.elf", "as a store by a user program" },
		},
	},
	{
		.name = "translate", .mask = FOR_TRANSLATE, .settings = true, .perform = translate_command,
		.arguments = GUEST_ARGUMENTS,
		.summary = "list translated code beside its source",
		.description =
			"Runs a guest under binary translation until it ends (or --limit) and lists the translation units in the "
			"cache: guest code on the left, what became of it on the right, with the number of entries, faults, and "
			"the units that exits are chained to. A letter tells how each instruction is treated: = identical, v in "
			"the cache on the virtual CPU, C callout to the VMM, A adapted to a callout because it kept hitting "
			"traced pages or devices, T direct transfer, L indirect transfer by the lookup cache.\n"
			"Counting entries costs cycles; --no-counters leaves it out.",
		.example = {
			{ "translate --limit 50M --top 10 kernel.elf", "the ten units entered most often" },
			{ "translate --limit 50M --at trap kernel.elf", "what became of one function's beginning" },
			{ "translate --limit 50M --graph kernel.elf | dot -Tsvg > units.svg", "units and chains, drawn" },
		},
	},
	{
		.name = "graph", .mask = FOR_GRAPH, .settings = true, .perform = graph_command,
		.arguments = "[OPTION]... KIND GUEST [WORD]...",
		.summary = "draw page tables, units, a trap, or exits with Graphviz",
		.description =
			"Runs a guest until the cycle of --at (or its end, or --limit) and draws what KIND says:\n"
			"tables: the guest's page tables beside shadow or nested ones, and the machine frames they end in.\n"
			"units: translation units and the chains between them, with heat, under binary translation.\n"
			"trap: rings and world switches of one event with the cycles of its phases: the first of --filter, or the "
			"one that --count says, from --at on.\n"
			"exits: exits by reason and code site.\n"
			"The picture is DOT text on standard output, or what -o says. SVG and PNG need Graphviz's program dot. "
			"Large graphs are cut, and say what was left out; --top shows more or less.",
		.example = {
			{ "graph trap -o trap.svg kernel.elf", "the first trap, from the guest to the VMM and back" },
			{ "graph tables --at 20M -o tables.png kernel.elf", "page tables after 20 million cycles" },
			{ "graph tables --at 20M --at-address c0100000 kernel.elf", "the way of one address" },
			{ "graph exits --technique hvm -o exits.svg kernel.elf", "where the exits come from" },
		},
	},
	{
		.name = "tui", .mask = FOR_TUI, .settings = true, .perform = tui_command,
		.arguments = GUEST_ARGUMENTS,
		.summary = "watch a guest on the screen: code, both CPU states, each exit's story, forward and back",
		.description =
			"Shows a guest on the whole terminal, standing at its first instruction, or with --story at its first exit: "
			"its code and what becomes of it, what it believes beside what the hardware holds, the story of the "
			"exit, exits counted, page walks; and in tabs its console, memory, page tables, TLB, descriptors, devices, "
			"the translation cache, a timeline and the events.\n"
			"Lower-case keys go forward, the same in upper case go back: s step, n over calls, t exit, b block, "
			"c continue. The key ? lists all keys, : opens a line for commands (docs/shell.md). Keys can be bound anew in "
			"~/.config/ringside/keys. With --dump, no terminal is needed: what --script and --execute lead to is printed "
			"as text.",
		.example = {
			{ "tui --story build/guests/kernel.elf", "the first exit of a kernel; } walks through it" },
			{ "tui --technique bt kernel.elf", "code and its translation side by side" },
			{ "tui --dump=120x40 -e 'trap 3' kernel.elf", "the screen at the third exit, as text" },
			{ "tui --theme okabe-ito --no-mouse kernel.elf", "other colours; text can be selected" },
		},
	},
	{
		.name = "shell", .mask = FOR_SHELL, .settings = true, .perform = shell_command,
		.arguments = GUEST_ARGUMENTS,
		.summary = "step a guest forward and back by commands, break, look, change",
		.description =
			"Makes a guest stand still at its first instruction, and reads commands: steps, traps and breakpoints "
			"forward and backward; registers of guest and hardware, memory, events, page walks; changes. "
			"'help' lists the commands, and docs/shell.md tells all of them.\n"
			"In a terminal, Tab completes, Ctrl-C interrupts a running guest, and breakpoints are kept for the next "
			"time. On a pipe there is no prompt, and the first mistake ends with status 2, its line and its cause.",
		.example = {
			{ "shell kernel.elf", "type 'trap', then 'story', then 'reverse-step'" },
			{ "shell -e 'break trap_entry' -e continue -e where kernel.elf", "commands first, then the prompt" },
			{ "shell --flat -x lecture.ringside kernel.elf < /dev/null", "a script told in sentences" },
		},
	},
	{
		.name = "replay", .mask = FOR_REPLAY, .settings = false, .perform = replay_command,
		.arguments = "[OPTION]... FILE",
		.summary = "open a recording: on the screen at any moment, checked, or told what it holds",
		.description =
			"Opens what `run`, `tui` or `shell` wrote with --record (or the shell's `record`): the guest with all its "
			"files, its input, and where it ended. It runs again as it did then, on this or any other computer, forward "
			"and back; what is changed on the way begins a branch of history.\n"
			"With --check it is repeated as a whole and compared with what was recorded: status 0, or 1 with the cycle after "
			"which this program's machine differs. A file that is damaged, cut short or newer is refused with the reason.",
		.example = {
			{ "replay --at 20M boot.rec", "the screen, 20 million cycles after the beginning" },
			{ "replay --shell --at-end boot.rec", "the shell, where the recording ends: reverse-continue from there" },
			{ "replay --check boot.rec", "is it still the same run?" },
			{ "replay --info boot.rec", "the guest, its settings and input, and how it ended" },
		},
	},
	{
		.name = "attach", .mask = FOR_ATTACH, .settings = false, .perform = attach_command,
		.arguments = "[OPTION]... SOCKET",
		.summary = "look at a VM that runs in another process, or control it",
		.description =
			"Shows on this terminal the screen of a VM whose program was begun with --socket SOCKET ('run' or 'tui'). Each "
			"viewer has panels and a size of its own; a guest that runs does not wait for any of them. Usually a "
			"viewer only looks on; with --control its keys move the guest, and one viewer at a time has that.\n"
			"Ctrl-\\ detaches, and so does quitting; the guest stays.",
		.example = {
			{ "attach /tmp/vm.sock", "look on, after ringside run --socket /tmp/vm.sock kernel.elf elsewhere" },
			{ "attach --control /tmp/vm.sock", "and stop it, step it, go back" },
		},
	},
	{
		.name = "classify", .mask = FOR_CLASSIFY, .settings = false, .perform = classify_command,
		.arguments = "[OPTION]... [MNEMONIC]...",
		.summary = "measure which instructions are privileged, sensitive, innocuous",
		.description =
			"Runs every instruction in every ring on the processor, with many operands and without any "
			"VMM, compares what comes out with bare hardware, and prints the table of Popek and Goldberg that "
			"follows: what is privileged, what is sensitive and does not trap (the holes of Robin and Irvine), and "
			"for each hole a run that shows it. IOPL is 0.\n"
			"With MNEMONICs, prints how each instruction of that name went in each ring, with which operands.",
		.example = {
			{ "classify", "which instructions keep IA-32 from being virtualizable?" },
			{ "classify popf iret", "how the popf hole looks in each ring" },
			{ "classify --umip", "and if the hardware had been mended?" },
			{ "classify --json | jq 'select(.class == \"sensitive\")'", "for programs" },
		},
	},
	{
		.name = "grade", .mask = FOR_GRADE, .settings = false, .perform = grade_command,
		.arguments = "[OPTION]... LAB SUBMISSION [NAME]...",
		.summary = "grade a lab's submission, or a folder of them",
		.description =
			"Builds SUBMISSION (a C file, a folder with one, or a shared object) and runs each test of LAB (a folder, or the "
			"beginning of a name in labs/) on each of its seeds, beside the same run with the VMM's own pieces. A run that is "
			"another one, in whatever register after whatever call, fails; the first difference is shown, and a "
			"recording of the run up to there is written for 'ringside replay'. With NAMEs, only tests whose names contain one.\n"
			"The submission's code runs in a process of its own that has no files, no network and little memory. Status 0 when "
			"the score is the maximum, 1 below it.",
		.example = {
			{ "grade 02 trap.c", "lab 2" },
			{ "grade -v --seed 7 02 trap.c cli", "only tests with cli in their names, on seed 7, with all that is said" },
			{ "grade --results gradescope=results.json 02 trap.c", "for Gradescope" },
			{ "grade --roster -o results 02 submissions", "a class" },
		},
	},
	{
		.name = "lab", .mask = FOR_LAB, .settings = false, .perform = lab_command,
		.arguments = "check LAB | new NAME",
		.summary = "check that a lab is right, or begin a new one",
		.description = "check grades the skeleton of a lab, which must build and lack points, and its solution, which must have all "
			"of them, on every seed. new makes the folder of a lab with one small task, its solution, guest and test, "
			"which is right at once: what an instructor begins with.",
		.example = {
			{ "lab check 02", "before a lab is handed out" },
			{ "lab new 42-my-own", "a new lab, labs/42-my-own" },
		},
	},
	{
		.name = "quiz", .mask = FOR_QUIZ, .settings = false, .perform = quiz_command,
		.arguments = "[OPTION]... LAB [TEST]...",
		.summary = "predict what a guest and its VMM do next; learn which truth was confused",
		.description =
			"Asks a lab's questions: a guest stands before an instruction, its code and registers are shown, and you say what "
			"comes: the next EIP, the CPL that the guest believes in and the hardware's, the exception, the reason of the exit, what lies on "
			"the handler's stack. A wrong answer is told what it confuses; then comes the exit's story. Questions and answers "
			"are made from a run of the guest each time, and --seed or --for makes other ones. With TESTs, only those whose names "
			"contain one.\n"
			"Answers are read from the terminal, or from a pipe, a line each; or a file of them is checked at once. -c asks nothing "
			"and prints the right ones, in the form of such a file. Status 0 when all are right.",
		.example = {
			{ "quiz 00", "lab 0, question by question" },
			{ "quiz --for ada --print 00", "Ada's variant, as a worksheet" },
			{ "quiz -n 10 --seed 7 00", "ten questions of variant 7" },
			{ "quiz --answers answers.txt 00", "are these right?" },
		},
	},
	{
		.name = "demo", .mask = FOR_DEMO, .settings = false, .perform = demo_command,
		.arguments = "[OPTION]... [KERNEL [KERNEL-WITH-HOLES [GAME]]]",
		.summary = "a narrated run: traps told as stories, exits counted, the popf lesson",
		.description =
			"Boots the lab kernel deprivileged to ring 1, tells the first trap of each kind, lets a page "
			"of traps stream by, prints the exit table, then shows a kernel that falls into the popf hole, "
			"and a game that somebody else wrote. Takes under a minute and needs no terminal; in one it ends on the "
			"screen (tui), at the first exit. --fast leaves that out.",
		.example = { { "demo", "with the guests that make built" } },
	},
	{
		.name = "doctor", .mask = FOR_DOCTOR, .settings = false, .perform = doctor_command,
		.arguments = "[OPTION]...",
		.summary = "say what is missing on this computer, and how to get it",
		.description = "Looks at the terminal, the guests and the programs that parts of Ringside use, and "
			"prints a line for each. Ends with status 0 when all that is essential is there.",
		.example = { { "doctor", "first thing to try when something is odd" } },
	},
	{
		.name = "help", .mask = FOR_HELP, .settings = false, .perform = help_command,
		.arguments = "[OPTION]... [COMMAND]",
		.summary = "tell about Ringside or one of its commands",
		.description = "Prints help for a command, the source of the manual page, or shell completion; all of "
			"them are made from the table that reads the command line.",
		.example = {
			{ "help run", "what run does and its options" },
			{ "help --completion > ~/.local/share/bash-completion/completions/ringside",
			  "completion for bash" },
		},
	},
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

const struct command *command_at(size_t index)
{
	return index < COMMANDS ? &commands[index] : NULL;
}

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int refuse_command(const char *name)
{
	struct nearest nearest = nearest_to(name);

	for (size_t i = 0; i < COMMANDS; i++)
		nearest_offer(&nearest, commands[i].name);
	if (name[0] == '-')
		message("options come after a command, as in 'ringside run %s'; 'ringside --help' lists commands",
		        name);
	else if (nearest.name)
		message("no command '%s'; did you mean '%s'?", name, nearest.name);
	else
		message("no command '%s'; 'ringside --help' lists them", name);
	return STATUS_USAGE;
}

static int perform(const struct command *command, int argc, char **argv)
{
	struct options options;
	int status = options_parse(&options, command, argc, argv);

	if (status != STATUS_OK)
		return status;
	if (options.help) {
		help_print_command(stdout, command);
		return STATUS_OK;
	}
	if (options.cpu_help) {
		processor_list(stdout);
		return STATUS_OK;
	}
	return command->perform(&options);
}

int command_line(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	const struct command *command = command_find(name);

	if (command)
		return perform(command, argc - 1, argv + 1);
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		help_print(stdout);
		return STATUS_OK;
	}
	if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
		help_print_version(stdout);
		return STATUS_OK;
	}
	if (argc > 1)
		return refuse_command(name);
	message("a command is missing; 'ringside --help' lists them, 'ringside demo' shows what this is about");
	return STATUS_USAGE;
}
