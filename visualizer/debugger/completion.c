/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/completion.c - what could stand at the end of a line: by the command's row in the table, commands,
 * symbols, registers, kinds of events, exit reasons, modes, files.
 */
#include "visualizer/debugger/commands.h"

#include "trap/techniques.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

enum { WORD = 256 };

struct completing {
	const struct shell *shell;
	const char *before; /* what of the last word stays: operators, "trap,", a folder */
	size_t before_length;
	const char *begin;  /* what offers must begin with */
	void (*offer)(void *owner, const char *word);
	void *owner;
};

static void offer(const struct completing *completing, const char *name)
{
	char word[WORD + 256];

	if (strncmp(name, completing->begin, strlen(completing->begin)) != 0)
		return;
	snprintf(word, sizeof(word), "%.*s%s", (int)completing->before_length, completing->before, name);
	completing->offer(completing->owner, word);
}

/* ---- names of each sort ---- */

static void offer_commands(const struct completing *completing)
{
	const struct shell_command *command;

	for (size_t i = 0; (command = shell_command_at(i)); i++)
		offer(completing, command->name);
}

static void offer_subjects(const struct completing *completing)
{
	for (size_t i = 0; info_subject(i); i++)
		offer(completing, info_subject(i));
}

static void offer_kinds(const struct completing *completing)
{
	for (int kind = 0; kind < EV_KIND_COUNT; kind++)
		offer(completing, event_kind_name((enum event_kind)kind));
}

/* As one word: hyphens stand for what is no letter or digit. */
static void offer_reasons(const struct completing *completing)
{
	const struct counters *counters = completing->shell->debugger->counters;

	for (unsigned i = 0; counters && i < counters->rows; i++) {
		const char *reason = counters->row[i].reason;
		char word[COUNTER_NAME];
		size_t used = 0;

		for (size_t at = 0; reason[at]; at++) {
			if (isalnum((unsigned char)reason[at]))
				word[used++] = reason[at];
			else if (used && word[used - 1] != '-')
				word[used++] = '-';
		}
		word[used] = '\0';
		offer(completing, word);
	}
}

static void offer_modes(const struct completing *completing)
{
	enum { MODES = 32 };
	struct vm_mode mode[MODES];
	size_t count = mode_list(technique_list(), mode, MODES);
	char text[64];

	for (size_t i = 0; i < count && i < MODES; i++)
		offer(completing, mode_text(&mode[i], text, sizeof(text)));
}

static void offer_breaks(const struct completing *completing)
{
	const struct breaks *breaks = &completing->shell->debugger->breaks;

	for (unsigned i = 0; i < BREAKS_MAX; i++) {
		char number[16];

		if (!breaks->point[i].number)
			continue;
		snprintf(number, sizeof(number), "%u", breaks->point[i].number);
		offer(completing, breaks->point[i].name[0] ? breaks->point[i].name : number);
	}
}

static void offer_panels(const struct completing *completing)
{
	const struct shell_screen *screen = &completing->shell->screen;
	const char *name;

	for (size_t i = 0; screen->panel_name && (name = screen->panel_name(screen->owner, i)); i++)
		offer(completing, name);
}

static void offer_symbols(const struct completing *completing)
{
	const struct symbols *symbols = completing->shell->debugger->symbols;
	const char *name;
	uint32_t address;

	for (size_t i = 0; symbols && (name = symbols_at(symbols, i, &address)); i++)
		offer(completing, name);
}

static void offer_names(const struct completing *completing)
{
	for (size_t i = 0; expression_name(i); i++)
		offer(completing, expression_name(i));
}

/* Of the guest's registers, those that `set` changes. */
static void offer_registers(const struct completing *completing)
{
	static const char *const names[] = { "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "eip", "eflags", "cr2" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		offer(completing, names[i]);
}

static bool is_folder(const char *folder, const char *name)
{
	char path[2 * WORD + 256];
	struct stat status;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Files of the folder that the word begins with. */
static void offer_files(struct completing *completing)
{
	const char *slash = strrchr(completing->begin, '/');
	char folder[WORD] = ".", name[258];
	const struct dirent *entry;
	DIR *list;

	if (slash) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - completing->begin + 1), completing->begin);
		completing->before_length += (size_t)(slash + 1 - completing->begin); /* it is all one word */
		completing->begin = slash + 1;
	}
	list = opendir(folder);
	while (list && (entry = readdir(list))) {
		if (entry->d_name[0] == '.' && completing->begin[0] != '.')
			continue;
		snprintf(name, sizeof(name), "%s%s", entry->d_name, is_folder(folder, entry->d_name) ? "/" : "");
		offer(completing, name);
	}
	if (list)
		closedir(list);
}

/* ---- where in the word the name begins ---- */

/* `what` of the word stays as it is. */
static void keep(struct completing *completing, size_t what)
{
	completing->before_length += what;
	completing->begin += what;
}

static void behind_last(struct completing *completing, const char *separators)
{
	const char *begin = completing->begin;
	size_t at = strlen(begin);

	while (at > 0 && !strchr(separators, begin[at - 1]))
		at--;
	keep(completing, at);
}

static void offer_after(struct completing *completing, const char *prefix, void (*names)(const struct completing *completing))
{
	if (strncmp(completing->begin, prefix, strlen(prefix)) != 0)
		return;
	keep(completing, strlen(prefix));
	names(completing);
}

/* "exits." and its like are followed by names of their own, which may hold hyphens. */
static bool offer_counted(struct completing *completing)
{
	static const struct {
		const char *prefix;
		void (*names)(const struct completing *completing);
	} sorts[] = { { "exits.", offer_reasons }, { "cycles.", offer_reasons }, { "events.", offer_kinds }, { "hw.", offer_names } };

	for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++)
		if (strncmp(completing->begin, sorts[i].prefix, strlen(sorts[i].prefix)) == 0) {
			offer_after(completing, sorts[i].prefix, sorts[i].names);
			return true;
		}
	return false;
}

static void offer_expression(struct completing *completing)
{
	behind_last(completing, "([*&!~+/<>=|^%?:");
	if (offer_counted(completing))
		return;
	behind_last(completing, "-");
	offer_names(completing);
	offer_symbols(completing);
}

static void offer_event_list(struct completing *completing)
{
	behind_last(completing, ",");
	offer_kinds(completing);
}

/* ---- what stands before the word decides ---- */

struct before {
	char text[WORD];
	const char *word[8];
	unsigned count; /* words before the one that is completed */
};

static void cut_words(struct before *before, const char *line, const char *last)
{
	char *rest = NULL;

	snprintf(before->text, sizeof(before->text), "%.*s", (int)(last - line), line);
	before->count = 0;
	for (char *word = strtok_r(before->text, " \t", &rest); word && before->count < 8; word = strtok_r(NULL, " \t", &rest))
		before->word[before->count++] = word;
}

static bool after_if(const struct before *before)
{
	for (unsigned i = 1; i < before->count; i++)
		if (strcmp(before->word[i], "if") == 0)
			return true;
	return false;
}

static void offer_place(struct completing *completing, const struct before *before)
{
	static const char *const happenings[] = { "event", "reason", "mode", "technique", "time", "tick", "if" };
	const char *word = before->count > 1 ? before->word[1] : "";

	if (after_if(before)) {
		offer_expression(completing);
	} else if (strcmp(word, "event") == 0) {
		offer_event_list(completing);
	} else if (strcmp(word, "reason") == 0) {
		offer_reasons(completing);
	} else {
		for (size_t i = 0; before->count == 1 && i < sizeof(happenings) / sizeof(happenings[0]); i++)
			offer(completing, happenings[i]);
		offer_expression(completing);
	}
}

static void offer_argument(struct completing *completing, enum completion completion, const struct before *before)
{
	switch (completion) {
	case COMPLETE_NOTHING: return;
	case COMPLETE_COMMAND: offer_commands(completing); return;
	case COMPLETE_ADDRESS:
	case COMPLETE_EXPRESSION: offer_expression(completing); return;
	case COMPLETE_EVENT: offer_event_list(completing); return;
	case COMPLETE_REASON: offer_reasons(completing); return;
	case COMPLETE_MODE: offer_modes(completing); return;
	case COMPLETE_FILE: offer_files(completing); return;
	case COMPLETE_BREAK: offer_breaks(completing); return;
	case COMPLETE_PANEL: offer_panels(completing); return;
	case COMPLETE_REGISTER:
		if (before->count == 1)
			offer_registers(completing);
		else
			offer_expression(completing);
		return;
	case COMPLETE_SUBJECT:
		if (before->count == 1)
			offer_subjects(completing);
		return;
	case COMPLETE_PLACE: offer_place(completing, before); return;
	}
}

/* By name, alias, or the only one that begins so. "x/4i" is x. */
static const struct shell_command *command_of(const char *word)
{
	const struct shell_command *command, *found = NULL;
	char name[64];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 1, "/") + 1, word);
	command = shell_command_find(name);
	for (size_t i = 0; !command && shell_command_at(i); i++) {
		if (strncmp(shell_command_at(i)->name, name, strlen(name)) != 0)
			continue;
		if (found)
			return NULL;
		found = shell_command_at(i);
	}
	return command ? command : found;
}

void shell_complete(const struct shell *shell, const char *line, void (*offer_word)(void *owner, const char *word),
                    void *owner)
{
	struct completing completing = { .shell = shell, .offer = offer_word, .owner = owner };
	const struct shell_command *command;
	const char *last = line + strlen(line);
	struct before before;

	while (last > line && !isspace((unsigned char)last[-1]))
		last--;
	if (last - line >= WORD || strlen(last) >= WORD)
		return;
	completing.before = completing.begin = last;
	cut_words(&before, line, last);
	if (before.count == 0) {
		offer_commands(&completing);
		return;
	}
	command = command_of(before.word[0]);
	if (command)
		offer_argument(&completing, command->completion, &before);
}
