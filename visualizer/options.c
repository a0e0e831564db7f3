/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/options.c - the option table and its reading with getopt_long. Settings of a machine come
 * from core/config.c's own table, so that an INI file and the command line know the same names.
 */
#include "visualizer/options.h"

#include "core/nearest.h"
#include "core/number.h"
#include "visualizer/command.h"
#include "visualizer/message.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum option_type { SWITCH, TEXT, NUMBER, SIZE, MOMENTS, SCRIPT, LINE, TEXTS };

struct option_row {
	struct option_text text;
	uint8_t type; /* enum option_type */
	size_t where; /* in struct options */
};

#define AT(member) offsetof(struct options, member)

static const struct option_row option_table[] = {
	{ { "config", 'f', "FILE",
	    "read the machine's settings from an INI file; options come on top",
	    FOR_GUESTS | FOR_FLAME | FOR_TUI | FOR_SHELL }, TEXT, AT(config_file) },
	{ { "console", 0, "[=KIND]",
	    "serial (of no kind), vga (the text screen, live), none, or auto", (FOR_GUESTS & ~FOR_GRAPH) | FOR_DEBUGGER }, TEXT,
	  AT(console) },
	{ { "speed", 0, "KIND",
	    "real (model time no faster than real time), full, or auto", FOR_RUN | FOR_TUI }, TEXT, AT(speed) },
	{ { "keys", 'k', "FILE",
	    "input at model times: lines of CYCLE and scan codes or text",
	    FOR_GUESTS | FOR_FLAME | FOR_TUI | FOR_SHELL }, TEXT, AT(keys) },
	{ { "record-keys", 0, "FILE",
	    "record the input of this run for --keys", FOR_RUN }, TEXT, AT(record_keys) },
	{ { "record", 0, "FILE",
	    "record the whole run, with its guest, for `ringside replay`", FOR_RUN | FOR_TUI | FOR_SHELL }, TEXT, AT(record) },
	{ { "screen-at", 0, "CYCLE,...",
	    "print the text screen at these moments", FOR_RUN }, MOMENTS, AT(screen_at) },
	{ { "switch", 0, "CYCLE:MODE,...",
	    "move the guest to other techniques at these cycles (5M:bt,20M:trap/3)",
	    FOR_RUN | FOR_TRACE | FOR_STATS | FOR_FLAME | FOR_TUI | FOR_SHELL }, TEXT, AT(switch_at) },
	{ { "switch-random", 0, "SEED:COUNT[@GAP][:MODE,...]",
	    "move it COUNT times, 16 to 128K cycles apart or GAP on average, at random",
	    FOR_RUN | FOR_TRACE | FOR_STATS | FOR_FLAME }, TEXT, AT(switch_random) },
	{ { "screen", 's', NULL, "print the text screen at the end", FOR_RUN }, SWITCH, AT(screen) },
	{ { "digest", 0, NULL,
	    "print the digest of guest memory and registers at the end",
	    FOR_RUN }, SWITCH, AT(digest) },
	{ { "exit-code", 'e', NULL, "end with the guest's own exit code", FOR_RUN }, SWITCH, AT(exit_code) },
	{ { "events", 0, "FILE",
	    "write the events to a file, '-', a pipe, or unix:SOCKET", FOR_GUESTS }, TEXT, AT(events) },
	{ { "events-format", 0, "FORM",
	    "jsonl (JSON Lines) or chrome (a trace for Perfetto)",
	    FOR_GUESTS }, TEXT, AT(events_format) },
	{ { "filter", 'F', "KIND,...",
	    "only events of these kinds; -KIND leaves one out", FOR_GUESTS }, TEXT, AT(filter) },
	{ { "json", 'j', NULL,
	    "print JSON for programs instead of text for people",
	    (FOR_GUESTS & ~FOR_GRAPH) | FOR_DISAS | FOR_CLASSIFY | FOR_DOCTOR }, SWITCH, AT(json) },
	{ { "history", 0, "SIZE",
	    "memory for going back in time (usually 256M)", FOR_DEBUGGER | FOR_RUN }, SIZE, AT(history) },
	{ { "readonly", 0, NULL, "look only: the guest is neither moved nor changed (attach: as usual)",
	    FOR_DEBUGGER | FOR_ATTACH }, SWITCH,
	  AT(readonly) },
	{ { "script", 'x', "FILE",
	    "perform the commands in a file first ('help' in the shell lists them); may be given several times",
	    FOR_SHELL | FOR_TUI | FOR_REPLAY }, SCRIPT, AT(tasks) },
	{ { "execute", 'e', "COMMAND",
	    "perform this command first; may be given several times", FOR_SHELL | FOR_TUI | FOR_REPLAY }, LINE, AT(tasks) },
	{ { "flat", 0, NULL,
	    "no full screen: each stop is told in sentences, one event a line, for screen readers and logs",
	    FOR_SHELL | FOR_TUI | FOR_REPLAY }, SWITCH, AT(flat) },
	{ { "session", 0, "FILE",
	    "keep breakpoints in this file (usually, in a terminal: one for each guest under ~/.local/state/ringside)",
	    FOR_SHELL | FOR_TUI | FOR_REPLAY }, TEXT, AT(session) },
	{ { "no-session", 0, NULL,
	    "take no breakpoints from the last session, and keep none",
	    FOR_SHELL | FOR_TUI | FOR_REPLAY }, SWITCH, AT(no_session) },
	{ { "dump", 0, "[=COLUMNSxROWS]",
	    "no terminal: print the screen as text once the script is done (80x24 unless said)", FOR_TUI | FOR_REPLAY },
	  TEXT, AT(dump) },
	{ { "theme", 0, "NAME",
	    "colours of the screen: default, light, mono, high-contrast, okabe-ito",
	    FOR_TUI | FOR_REPLAY | FOR_ATTACH }, TEXT, AT(theme) },
	{ { "record-cast", 0, "FILE", "record the screen for asciinema", FOR_TUI | FOR_REPLAY }, TEXT, AT(record_cast) },
	{ { "ascii", 0, NULL, "draw with ASCII characters only", FOR_TUI | FOR_REPLAY | FOR_ATTACH }, SWITCH, AT(ascii) },
	{ { "no-color", 0, NULL, "no colours (NO_COLOR is honoured, too)", FOR_TUI | FOR_REPLAY | FOR_ATTACH }, SWITCH,
	  AT(no_color) },
	{ { "no-mouse", 0, NULL, "leave the mouse to the terminal, for selecting text", FOR_TUI | FOR_REPLAY }, SWITCH, AT(no_mouse) },
	{ { "gdb", 0, "WHERE",
	    "serve the guest to gdb at :PORT, HOST:PORT or a socket's path; it stands at its first instruction", FOR_RUN },
	  TEXT, AT(gdb) },
	{ { "socket", 0, "PATH", "let viewers attach here (ringside attach PATH); the guest does not wait for them",
	    FOR_RUN | FOR_TUI }, TEXT, AT(socket) },
	{ { "control", 0, NULL, "be the one viewer whose keys move the guest", FOR_ATTACH }, SWITCH, AT(control) },
	{ { "graph", 0, NULL,
	    "print a graph of units and chains for Graphviz's dot", FOR_TRANSLATE }, SWITCH, AT(graph) },
	{ { "top", 't', "NUMBER",
	    "only so many: units, those entered most often (a graph: 60); graph tables: page tables (5); graph exits: pairs "
	    "of reason and code site (12); flame: functions (30); stats --diff: places (20)",
	    FOR_TRANSLATE | FOR_GRAPH | FOR_FLAME | FOR_STATS }, NUMBER, AT(top) },
	{ { "every", 0, "CYCLES",
	    "look at the guest only so often, not after each instruction: faster, without callers, and its own cycles are where it "
	    "stands then", FOR_FLAME }, NUMBER, AT(every) },
	{ { "output", 'o', "FILE",
	    "write the picture there; .dot, .svg or .png at its end says what it is to be", FOR_GRAPH }, TEXT, AT(output) },
	{ { "format", 0, "FORM", "dot, svg or png, whatever the file is called", FOR_GRAPH }, TEXT, AT(format) },
	{ { "output", 'o', "FILE",
	    "write it there; .folded, .svg or .txt at its end says what it is to be", FOR_FLAME }, TEXT, AT(output) },
	{ { "format", 0, "FORM", "folded (usually), svg, or text: the dearest functions in a list", FOR_FLAME }, TEXT, AT(format) },
	{ { "guest", 'g', "GUEST", "compare this guest: a file or a name; may be given several times", FOR_COMPARE }, TEXTS,
	  AT(guests) },
	{ { "pv-guest", 0, "FILE", "the build of the guest that runs under pv, where it has one of its own", FOR_COMPARE }, TEXT,
	  AT(pv_guest) },
	{ { "techniques", 0, "MODE,...",
	    "ways to run it, such as native,bt/3,hvm/nested; usually all that can", FOR_COMPARE }, TEXT, AT(techniques) },
	{ { "profiles", 0, "NAME,...", "cost profiles (usually ideal)", FOR_COMPARE }, TEXT, AT(profiles) },
	{ { "vary", 0, "NAME=VALUE,...",
	    "let {NAME} among the guest's words, or in a setting, have these values in turn; may be given several times",
	    FOR_COMPARE }, TEXTS, AT(vary) },
	{ { "seeds", 0, "SEED,...", "let {seed} have these values, and show means over them", FOR_COMPARE }, TEXT, AT(seeds) },
	{ { "less", 0, "NAME=VALUE",
	    "take the figures of the same run with this value off each run's: with n=0, what a boot costs", FOR_COMPARE }, TEXT,
	  AT(less) },
	{ { "baseline", 0, "MODE", "the technique that ratios are to (native, if it is compared)", FOR_COMPARE }, TEXT,
	  AT(baseline) },
	{ { "full", 0, NULL, "each case in full, however many there are", FOR_COMPARE }, SWITCH, AT(full) },
	{ { "output", 'o', "FILE",
	    "write a report there, too: .html, .md, .csv, .reasons.csv (exits by reason), .json or .gp (gnuplot) at its end says "
	    "which; may be given several times", FOR_COMPARE }, TEXTS, AT(outputs) },
	{ { "format", 0, "FORM", "print html, md, csv, reasons.csv, json or gp instead of text", FOR_COMPARE }, TEXT, AT(format) },
	{ { "results", 0, "FOLDER",
	    "keep finished runs there, and take them from there: an interrupted comparison goes on", FOR_COMPARE }, TEXT,
	  AT(results) },
	{ { "reproduce", 0, "PAPER",
	    "a paper's figures beside ours: adams-agesen-2006, xen-2003, bhargava-2008, exits-by-generation (docs/reproduce.md)",
	    FOR_COMPARE }, TEXT, AT(reproduce) },
	{ { "jobs", 'j', "NUMBER", "runs at a time (usually as many as there are processors)", FOR_COMPARE }, NUMBER, AT(jobs) },
	{ { "verbose", 'v', NULL, "show what the submission logs, too, and the compiler's warnings", FOR_GRADE }, SWITCH, AT(verbose) },
	{ { "seed", 0, "NUMBER", "run the variant of this number instead of the lab's seeds", FOR_GRADE | FOR_QUIZ }, NUMBER, AT(seed) },
	{ { "for", 0, "NAME", "the variant of the student of this name, in a lab where each has their own", FOR_GRADE | FOR_QUIZ }, TEXT,
	  AT(student) },
	{ { "print", 0, NULL, "print the questions as a worksheet, and ask nothing", FOR_QUIZ }, SWITCH, AT(worksheet) },
	{ { "correct", 'c', NULL, "print the right answers and ask nothing; with --print, below their questions", FOR_QUIZ }, SWITCH,
	  AT(correct) },
	{ { "answers", 0, "FILE", "check the answers in this file, lines like `7: 0010300d`, and ask nothing", FOR_QUIZ }, TEXT,
	  AT(answers) },
	{ { "results", 0, "FORM=FILE",
	    "write the results there, too: json, gradescope, github, junit, tap, csv or autolab ('-' is standard output); may be "
	    "given several times", FOR_GRADE }, TEXTS, AT(outputs) },
	{ { "no-recordings", 0, NULL, "do not write recordings of runs that fail", FOR_GRADE }, SWITCH, AT(no_recordings) },
	{ { "roster", 0, NULL,
	    "SUBMISSION is a folder of submissions: one line each; those that are graded already are not graded again", FOR_GRADE },
	  SWITCH, AT(roster) },
	{ { "output", 'o', "FOLDER", "roster: where results and summary.csv go (usually SUBMISSION-results)", FOR_GRADE }, TEXT,
	  AT(output) },
	{ { "jobs", 'j', "NUMBER", "roster: submissions at a time (usually as many as there are processors)", FOR_GRADE }, NUMBER,
	  AT(jobs) },
	{ { "shuffle", 0, "SEED",
	    "make the runs in this random order, which changes no figure (--wall: always; seed 1 unless told)", FOR_COMPARE }, NUMBER,
	  AT(shuffle) },
	{ { "wall", 0, NULL,
	    "measure wall time on this computer, with peers beside Ringside's techniques, in place of model cycles", FOR_COMPARE },
	  SWITCH, AT(wall) },
	{ { "peers", 0, "NAME,...", "--wall: qemu-tcg, qemu-kvm, bochs; all (as usual: those that are here) or none", FOR_COMPARE },
	  TEXT, AT(peers) },
	{ { "runs", 'r', "NUMBER", "--wall: how often each run is made and counts (10)", FOR_COMPARE }, NUMBER, AT(runs) },
	{ { "warmup", 'w', "NUMBER", "--wall: how often it is made before, which does not count (1)", FOR_COMPARE }, NUMBER, AT(warmup) },
	{ { "timeout", 0, "SECONDS", "--wall: how long a run may take (60)", FOR_COMPARE }, NUMBER, AT(timeout) },
	{ { "since", 0, "REGEX", "--wall: the clock starts with this line of the guest's console, not with the process", FOR_COMPARE },
	  TEXT, AT(since) },
	{ { "until", 0, "REGEX", "--wall: the clock stops with this line, and so does the run", FOR_COMPARE }, TEXT, AT(until) },
	{ { "same-lines", 0, "REGEX",
	    "--wall: only these lines of the console must be the same everywhere (usually all)", FOR_COMPARE }, TEXT, AT(same_lines) },
	{ { "at-address", 0, "ADDRESS",
	    "graph tables: the way of this linear address only; graph units: the units that hold it", FOR_GRAPH },
	  TEXT, AT(at_address) },
	{ { "no-counters", 0, NULL,
	    "do not count how often units are entered", FOR_TRANSLATE | FOR_GRAPH }, SWITCH, AT(no_counters) },
	{ { "time", 0, NULL, "say how long it took on this computer, too", FOR_RUN }, SWITCH, AT(time) },
	{ { "story", 'S', NULL,
	    "trace: tell each event step by step; tui: begin at the first exit, its story open",
	    FOR_TRACE | FOR_TUI | FOR_REPLAY }, SWITCH, AT(story) },
	{ { "count", 'n', "NUMBER",
	    "stop after so many events (trace) or instructions (disas); graph trap: draw the one of this number; quiz: ask so many "
	    "questions", FOR_TRACE | FOR_DISAS | FOR_GRAPH | FOR_QUIZ }, NUMBER, AT(count) },
	{ { "diff", 0, NULL,
	    "no guest but two recordings: counters, cycles by part, exits by reason and place, with difference and ratio", FOR_STATS },
	  SWITCH, AT(diff) },
	{ { "from", 0, "FILE",
	    "count the events of a recorded JSON Lines file", FOR_STATS }, TEXT, AT(from) },
	{ { "at", 'a', "WHERE",
	    "disas: the address or symbol to begin at; walk: the cycle to stop at; translate: the address or symbol "
	    "whose units are listed; graph: the cycle to stop at, or to look from (graph trap); "
	    "replay: the cycle to begin at",
	    FOR_DISAS | FOR_WALK | FOR_TRANSLATE | FOR_GRAPH | FOR_REPLAY }, TEXT, AT(at) },
	{ { "at-event", 0, "NUMBER", "begin at the instruction that caused this event", FOR_REPLAY }, NUMBER, AT(at_event) },
	{ { "at-end", 0, NULL, "begin where the recording ends", FOR_REPLAY }, SWITCH, AT(at_end) },
	{ { "check", 0, NULL, "repeat all of the recording and compare: status 0 when it is the same run", FOR_REPLAY }, SWITCH,
	  AT(check) },
	{ { "info", 0, NULL, "print what the recording holds", FOR_REPLAY }, SWITCH, AT(info) },
	{ { "until", 0, "ADDRESS", "the address to end at", FOR_DISAS }, TEXT, AT(until) },
	{ { "user", 0, NULL, "walk as a user-mode access", FOR_WALK }, SWITCH, AT(user) },
	{ { "write", 0, NULL, "walk as a write access", FOR_WALK }, SWITCH, AT(write_access) },
	{ { "all", 'A', NULL, "innocuous instructions too", FOR_CLASSIFY }, SWITCH, AT(all) },
	{ { "umip", 0, NULL,
	    "on a processor with UMIP, which lets SGDT, SIDT, SLDT, SMSW and STR trap",
	    FOR_CLASSIFY }, SWITCH, AT(umip) },
	{ { "fast", 0, NULL, "no pauses for reading", FOR_DEMO }, SWITCH, AT(fast) },
	{ { "color", 0, "WHEN",
	    "auto, always or never (NO_COLOR is honoured)",
	    FOR_TRACE | FOR_STATS | FOR_DISAS | FOR_WALK | FOR_CLASSIFY | FOR_TRANSLATE | FOR_DEMO | FOR_SHELL |
	    FOR_REPLAY | FOR_GRADE | FOR_QUIZ }, TEXT, AT(color) },
	{ { "man", 0, NULL, "print the manual page's source", FOR_HELP }, SWITCH, AT(man) },
	{ { "completion", 0, NULL, "print completion rules for bash", FOR_HELP }, SWITCH, AT(completion) },
	{ { "shell", 0, NULL,
	    "help: print the reference of the shell's commands, for docs/shell.md; replay: read commands, without a screen",
	    FOR_HELP | FOR_REPLAY }, SWITCH, AT(shell) },
	{ { "help", 'h', NULL, "print this help", FOR_ALL }, SWITCH, AT(help) },
};

enum {
	OPTIONS = sizeof(option_table) / sizeof(option_table[0]),
	SETTINGS = 64, /* room for core/config.c's table */
	FIRST_OPTION = 256, /* what getopt_long gives: beyond any letter */
	FIRST_SETTING = FIRST_OPTION + OPTIONS,
};

struct option_text option_text(size_t index)
{
	if (index >= OPTIONS)
		return (struct option_text){ 0 };
	return option_table[index].text;
}

/* ---- values ---- */

static bool parse_moments(const char *text, struct moments *moments)
{
	char copy[256];
	char *rest = copy;

	if (strlen(text) >= sizeof(copy))
		return false;
	strcpy(copy, text);
	for (char *word = strtok_r(copy, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
		uint64_t cycle;

		if (moments->count == OPTION_MOMENTS || !number_parse_count(word, &cycle))
			return false;
		if (moments->count && cycle < moments->cycle[moments->count - 1])
			return false;
		moments->cycle[moments->count++] = cycle;
	}
	return moments->count > 0;
}

static bool add_task(struct tasks *tasks, bool script, const char *text)
{
	if (tasks->count == OPTION_TASKS) {
		message("--script and --execute: more than %d of them; write them into one file", OPTION_TASKS);
		return false;
	}
	tasks->task[tasks->count].script = script;
	tasks->task[tasks->count++].text = text;
	return true;
}

static bool add_text(struct texts *texts, const char *name, const char *value)
{
	if (texts->count == OPTION_TEXTS) {
		message("--%s: more than %d of them; leave some out", name, OPTION_TEXTS);
		return false;
	}
	texts->text[texts->count++] = value;
	return true;
}

static bool take_option(struct options *options, const struct option_row *row, const char *value)
{
	void *where = (char *)options + row->where;

	switch ((enum option_type)row->type) {
	case SWITCH:
		*(bool *)where = true;
		return true;
	case TEXT:
		*(const char **)where = value ? value : "";
		return true;
	case NUMBER:
		((struct number *)where)->given = true;
		if (number_parse_count(value, &((struct number *)where)->value))
			return true;
		message("--%s: '%s' is no number; write it like 5000, 20k or 3M", row->text.name, value);
		return false;
	case SIZE:
		((struct number *)where)->given = true;
		if (number_parse_size(value, &((struct number *)where)->value))
			return true;
		message("--%s: '%s' is no size; write it like 64M or 1G", row->text.name, value);
		return false;
	case SCRIPT:
	case LINE:
		return add_task(where, row->type == SCRIPT, value);
	case TEXTS:
		return add_text(where, row->text.name, value);
	case MOMENTS:
		if (parse_moments(value, where))
			return true;
		message("--%s: '%s' is no list of cycles; write up to %d rising numbers like 20M,35M",
		        row->text.name, value, OPTION_MOMENTS);
		return false;
	}
	return false;
}

/* ---- getopt_long ---- */

struct parser {
	const struct command *command;
	struct option longs[OPTIONS + SETTINGS + 1];
	size_t count;
	char letters[2 + 2 * OPTIONS];
};

static void add_long(struct parser *parser, const char *name, int argument, int value)
{
	parser->longs[parser->count++] = (struct option){
		.name = name,
		.has_arg = argument,
		.val = value,
	};
}

static void add_letter(struct parser *parser, char letter, bool argument)
{
	size_t length = strlen(parser->letters);

	parser->letters[length++] = letter;
	if (argument)
		parser->letters[length] = ':';
}

/* "[=...]": it may be left out. */
static int argument_of(const struct option_text *text)
{
	if (!text->argument)
		return no_argument;
	return text->argument[0] == '[' ? optional_argument : required_argument;
}

static void parser_make(struct parser *parser, const struct command *command)
{
	memset(parser, 0, sizeof(*parser));
	parser->command = command;
	parser->letters[0] = ':'; /* tell a missing argument from an unknown option */
	for (size_t i = 0; i < OPTIONS; i++) {
		const struct option_text *text = &option_table[i].text;

		if (!(text->commands & command->mask))
			continue;
		add_long(parser, text->name, argument_of(text), (int)(FIRST_OPTION + i));
		if (text->letter)
			add_letter(parser, text->letter, text->argument);
	}
	if (!command->settings)
		return;
	/* A switch may say no: --umip=no takes back what a file said. */
	for (size_t i = 0; i < SETTINGS && config_setting(i); i++)
		add_long(parser, config_setting(i)->name,
		         config_setting(i)->argument ? required_argument : optional_argument,
		         (int)(FIRST_SETTING + i));
}

static void refuse_unknown(const struct parser *parser, const char *word)
{
	struct nearest nearest;
	char name[64];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
	nearest = nearest_to(name + strspn(name, "-"));
	for (size_t i = 0; i < parser->count; i++)
		nearest_offer(&nearest, parser->longs[i].name);
	if (nearest.name)
		message("%s: unknown option '%s'; did you mean '--%s'?", parser->command->name, name,
		        nearest.name);
	else
		message("%s: unknown option '%s'; 'ringside help %s' lists them", parser->command->name,
		        name, parser->command->name);
}

static int refuse_option(const struct parser *parser, char **argv, int code)
{
	const char *word = argv[optind - 1];

	if (code == ':')
		message("%s: option '%s' needs a value; see 'ringside help %s'", parser->command->name, word,
		        parser->command->name);
	else if (optopt >= FIRST_OPTION)
		message("%s: option '%.*s' takes no value", parser->command->name, (int)strcspn(word, "="), word);
	else if (optopt)
		message("%s: unknown option '-%c'; 'ringside help %s' lists them", parser->command->name,
		        optopt, parser->command->name);
	else
		refuse_unknown(parser, word);
	return STATUS_USAGE;
}

static const struct option_row *row_of(int code, unsigned mask)
{
	if (code >= FIRST_OPTION)
		return &option_table[code - FIRST_OPTION];
	for (size_t i = 0; i < OPTIONS; i++)
		if (option_table[i].text.letter == code && (option_table[i].text.commands & mask))
			return &option_table[i];
	return NULL;
}

static bool keep_setting(struct options *options, int code)
{
	const struct config_setting *setting = config_setting((size_t)(code - FIRST_SETTING));

	if (options->given.count == OPTION_SETTINGS) {
		message("too many settings on the command line; put them in a file and use --config FILE");
		return false;
	}
	options->given.setting[options->given.count].name = setting->name;
	options->given.setting[options->given.count].value = optarg;
	options->given.count++;
	return true;
}

bool options_configure(const struct options *options, struct config *config)
{
	char error[512];

	if (options->config_file && !config_read(config, options->config_file, error, sizeof(error))) {
		message("%s", error);
		return false;
	}
	for (size_t i = 0; i < options->given.count; i++)
		if (!config_set(config, options->given.setting[i].name, options->given.setting[i].value, error, sizeof(error))) {
			message("%s", error);
			return false;
		}
	return true;
}

/* --cpu help */
static bool asks_for_models(const struct options *options)
{
	for (size_t i = 0; i < options->given.count; i++)
		if (!strcmp(options->given.setting[i].name, "cpu") && !strcmp(options->given.setting[i].value, "help"))
			return true;
	return false;
}

int options_parse(struct options *options, const struct command *command, int argc, char **argv)
{
	struct parser parser;
	int code;

	memset(options, 0, sizeof(*options));
	options->command = command;
	config_default(&options->config);
	parser_make(&parser, command);
	opterr = 0;
	optind = 0; /* glibc: begin anew */
	while ((code = getopt_long(argc, argv, parser.letters, parser.longs, NULL)) != -1) {
		bool taken;

		if (code == '?' || code == ':')
			return refuse_option(&parser, argv, code);
		if (code >= FIRST_SETTING)
			taken = keep_setting(options, code);
		else
			taken = take_option(options, row_of(code, command->mask), optarg);
		if (!taken)
			return STATUS_USAGE;
	}
	if (options->console && !options->console[0])
		options->console = "serial";
	options->words = argv + optind;
	options->word_count = argc - optind;
	options->cpu_help = asks_for_models(options);
	if (options->help || options->cpu_help || command->mask == FOR_COMPARE)
		return STATUS_OK; /* what runs a guest in many ways applies them to each */
	return options_configure(options, &options->config) ? STATUS_OK : STATUS_USAGE;
}
