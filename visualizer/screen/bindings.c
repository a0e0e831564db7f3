/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/bindings.c - keys and the command lines they perform. The viewer's file lies where the XDG Base
 * Directory Specification says.
 */
#include "visualizer/screen/bindings.h"

#include "visualizer/debugger/shell.h"

#include <ini.h>
#include <stdlib.h>
#include <string.h>

static unsigned find(const struct bindings *bindings, enum key key)
{
	unsigned i = 0;

	while (i < bindings->count && bindings->row[i].key != key)
		i++;
	return i;
}

bool bindings_set(struct bindings *bindings, enum key key, const char *line, char *error, size_t error_size)
{
	unsigned i = find(bindings, key);

	if (i == BINDINGS_MOST) {
		snprintf(error, error_size, "more than %d keys; leave some out", BINDINGS_MOST);
		return false;
	}
	if (strlen(line) >= BINDING_LINE) {
		snprintf(error, error_size, "the command is longer than %d characters; put it in a script and use `source`",
			 BINDING_LINE - 1);
		return false;
	}
	bindings->row[i].key = key;
	strcpy(bindings->row[i].line, line);
	if (i == bindings->count)
		bindings->count++;
	return true;
}

/* `names`: "s F8". */
static void set_all(struct bindings *bindings, const char *names, const char *line)
{
	char copy[64], error[160];
	char *rest = copy;

	snprintf(copy, sizeof(copy), "%s", names);
	for (char *name = strtok_r(copy, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
		enum key key;

		if (key_parse(name, &key))
			bindings_set(bindings, key, line, error, sizeof(error));
	}
}

/* A blank at the end: the rest is asked for. What could do without its argument, but hardly ever should, asks too. */
static bool asks(const struct shell_command *command)
{
	static const char *const asking[] = {"find", "filter"};

	for (size_t i = 0; i < sizeof(asking) / sizeof(asking[0]); i++)
		if (strcmp(asking[i], command->name) == 0)
			return true;
	return command->arguments[0] && command->arguments[0] != '[';
}

void bindings_usual(struct bindings *bindings)
{
	const struct shell_command *command;
	char line[40], digit[2] = "";

	bindings->count = 0;
	for (size_t i = 0; (command = shell_command_at(i)); i++) {
		if (!command->key)
			continue;
		snprintf(line, sizeof(line), "%s%s", command->name, asks(command) ? " " : "");
		set_all(bindings, command->key, line);
	}
	for (digit[0] = '1'; digit[0] <= '7'; digit[0]++) {
		snprintf(line, sizeof(line), "focus %s", digit);
		set_all(bindings, digit, line);
	}
}

const char *bindings_line(const struct bindings *bindings, enum key key)
{
	unsigned i = find(bindings, key);

	return i < bindings->count && bindings->row[i].line[0] ? bindings->row[i].line : NULL;
}

void bindings_keys(const struct bindings *bindings, const char *line, char *text, size_t size)
{
	size_t used = 0, length = strlen(line);

	text[0] = '\0';
	for (unsigned i = 0; i < bindings->count; i++) {
		const char *rest = bindings->row[i].line + length;
		char name[16];

		if (strncmp(bindings->row[i].line, line, length) != 0 || (strcmp(rest, "") != 0 && strcmp(rest, " ") != 0))
			continue;
		key_text(bindings->row[i].key, name, sizeof(name));
		if (used < size)
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? " " : "", name);
	}
}

/* ---- the file ---- */

struct reading {
	struct bindings *bindings;
	char *error;
	size_t error_size;
};

/* inih's handler: 0 is an error, at the line that ini_parse then tells. */
static int take_row(void *owner, const char *section, const char *name, const char *value)
{
	struct reading *reading = owner;
	enum key key;

	if (strcmp(section, "keys") != 0)
		snprintf(reading->error, reading->error_size, "no section [%.40s] is known; there is [keys]", section);
	else if (!key_parse(name, &key))
		snprintf(reading->error, reading->error_size, "'%.40s' is no key; keys are written s, F8, C-c, Up, PgDn, Space",
			 name);
	else
		return bindings_set(reading->bindings, key, value, reading->error, reading->error_size);
	return 0;
}

bool bindings_read(struct bindings *bindings, const char *path, char *error, size_t error_size)
{
	char cause[200] = "this is no line KEY = COMMAND";
	struct reading reading = {.bindings = bindings, .error = cause, .error_size = sizeof(cause)};
	int line = ini_parse(path, take_row, &reading);

	if (line == 0)
		return true;
	if (line < 0)
		snprintf(error, error_size, "cannot read '%.200s'; is it there, and may you read it?", path);
	else
		snprintf(error, error_size, "%.200s:%d: %s", path, line, cause);
	return false;
}

bool bindings_path(char *path, size_t size)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (config && config[0] == '/')
		return (size_t)snprintf(path, size, "%s/ringside/keys", config) < size;
	if (home && home[0] == '/')
		return (size_t)snprintf(path, size, "%s/.config/ringside/keys", home) < size;
	return false;
}
