/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/store.c - one small file a run: a line about the run, and the line that it printed. Its name is a
 * digest (FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/) of what the run depends on.
 */
#include "visualizer/compare/store.h"

#include "core/json.h"
#include "core/output.h"
#include "core/profile.h"
#include "core/refuse.h"
#include "visualizer/named_guests.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 256, LONGEST_LINE = 1 << 16, VERSION = 1 };

struct store {
	char folder[CONFIG_TEXT];
	uint64_t program; /* digest of this program's file */
	struct {
		char path[CONFIG_TEXT];
		uint64_t digest;
	} file[FILES]; /* those that have been read */
	unsigned files;
	char about[LONGEST_LINE], line[LONGEST_LINE]; /* while a result is read */
};

static const uint64_t BASIS = UINT64_C(0xcbf29ce484222325);

static uint64_t mix(uint64_t digest, const void *bytes, size_t size)
{
	const unsigned char *at = bytes;

	while (size--)
		digest = (digest ^ *at++) * UINT64_C(0x100000001b3);
	return digest;
}

/* Of a file that is not there: of nothing. */
static uint64_t digest_of_file(const char *path)
{
	uint64_t digest = BASIS;
	char buffer[1 << 14];
	FILE *file = fopen(path, "rb");
	size_t count;

	if (!file)
		return digest;
	while ((count = fread(buffer, 1, sizeof(buffer), file)) > 0)
		digest = mix(digest, buffer, count);
	fclose(file);
	return digest;
}

static uint64_t digest_once(struct store *store, const char *path)
{
	for (unsigned i = 0; i < store->files; i++)
		if (strcmp(store->file[i].path, path) == 0)
			return store->file[i].digest;
	if (store->files == FILES || strlen(path) >= CONFIG_TEXT)
		return digest_of_file(path);
	strcpy(store->file[store->files].path, path);
	return store->file[store->files++].digest = digest_of_file(path);
}

/* Whatever an argument or the value of one names, if it is a file; a module has words behind it. */
static uint64_t digest_of_argument(struct store *store, const char *argument)
{
	char path[CONFIG_TEXT], profile[CONFIG_TEXT];
	const char *value = strncmp(argument, "--", 2) == 0 ? strchr(argument, '=') : NULL;

	snprintf(path, sizeof(path), "%s", value ? value + 1 : argument);
	if (strncmp(argument, "--module=", 9) == 0)
		path[strcspn(path, " ")] = '\0';
	if (strncmp(argument, "--profile=", 10) == 0 && profile_path(path, profile, sizeof(profile)))
		return digest_once(store, profile);
	return digest_once(store, path);
}

/* The files behind a guest's name. */
static uint64_t digest_of_named(struct store *store, const char *name)
{
	const struct named_guest *guest = named_guest_find(name);
	struct config config;
	char line[2 * CONFIG_TEXT];
	uint64_t digest;

	if (!guest || named_guest_misses(guest))
		return BASIS;
	config_default(&config);
	if (!named_guest_configure(guest, &config))
		return BASIS;
	digest = digest_once(store, config.kernel);
	snprintf(line, sizeof(line), "%s %s", config.initrd, config.cmdline);
	return mix(digest ^ digest_once(store, config.initrd), line, strlen(line));
}

static uint64_t key_of(struct store *store, const struct plan_run *run)
{
	uint64_t digest = mix(BASIS, &store->program, sizeof(store->program));

	digest = mix(digest, engine_name(run->engine), strlen(engine_name(run->engine)) + 1);
	for (char **argument = run->arguments; *argument; argument++) {
		uint64_t file = digest_of_argument(store, *argument) ^ digest_of_named(store, *argument);

		digest = mix(digest, *argument, strlen(*argument) + 1);
		digest = mix(digest, &file, sizeof(file));
	}
	return digest;
}

static void path_of(struct store *store, const struct plan_run *run, const char *ending, char *path, size_t size)
{
	snprintf(path, size, "%s/%016" PRIx64 "%s", store->folder, key_of(store, run), ending);
}

struct store *store_open(const char *folder, char *error, size_t error_size)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store) {
		refuse(error, error_size, "not enough memory; close other programs");
		return NULL;
	}
	snprintf(store->folder, sizeof(store->folder), "%s", folder ? folder : "");
	if (folder && mkdir(folder, 0777) != 0 && errno != EEXIST) {
		refuse(error, error_size, "cannot make the folder of results '%s': %s; name another one with --results", folder,
		       strerror(errno));
		free(store);
		return NULL;
	}
	store->program = folder ? digest_of_file("/proc/self/exe") : 0;
	return store;
}

void store_close(struct store *store)
{
	free(store);
}

/* ---- reading ---- */

static bool read_line(FILE *file, char *line)
{
	if (!fgets(line, LONGEST_LINE, file) || !strchr(line, '\n'))
		return false;
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static bool is_about(const char *line, const struct plan_run *run)
{
	char text[LONGEST_LINE / 4];

	return json_find(line, "schema", text, sizeof(text)) && strcmp(text, "ringside-run") == 0 &&
	       json_find(line, "version", text, sizeof(text)) && strcmp(text, "1") == 0 &&
	       json_find(line, "command", text, sizeof(text)) && strcmp(text, run->command) == 0;
}

/* A run that there was not has no second line. */
static bool take(struct store *store, FILE *file, struct plan_run *run)
{
	struct result *result = run->result;
	char error[256], refused[8];

	if (!read_line(file, store->about) || !is_about(store->about, run) ||
	    !json_find(store->about, "refused", refused, sizeof(refused)))
		return false;
	if (strcmp(refused, "false") == 0)
		return read_line(file, store->line) && result_read(result, store->line, error, sizeof(error));
	result->outcome = OUTCOME_REFUSED;
	return json_find(store->about, "message", result->message, sizeof(result->message));
}

bool store_load(struct store *store, struct plan_run *run)
{
	char path[CONFIG_TEXT + 32];
	bool taken;
	FILE *file;

	if (!*store->folder)
		return false;
	path_of(store, run, ".json", path, sizeof(path));
	file = fopen(path, "r");
	if (!file)
		return false;
	taken = take(store, file, run);
	fclose(file);
	if (!taken)
		memset(run->result, 0, sizeof(*run->result));
	return taken;
}

/* ---- writing ---- */

static void write_about(const struct plan_run *run, struct output *output)
{
	struct json json = json_on(output);

	json_open_object(&json, NULL);
	json_put_string(&json, "schema", "ringside-run");
	json_put_number(&json, "version", VERSION);
	json_put_string(&json, "command", run->command);
	json_put_boolean(&json, "refused", run->result->outcome == OUTCOME_REFUSED);
	json_put_string(&json, "message", run->result->message);
	json_close_object(&json);
	json_end_line(&json);
}

static bool write_file(const char *path, const struct plan_run *run, const char *line, char *error, size_t error_size)
{
	struct output *output = output_open(path, error, error_size);

	if (!output)
		return false;
	write_about(run, output);
	if (run->result->outcome != OUTCOME_REFUSED) {
		output_text(output, line);
		output_text(output, "\n");
	}
	return output_close(output, error, error_size);
}

bool store_save(struct store *store, const struct plan_run *run, const char *line, char *error, size_t error_size)
{
	char path[CONFIG_TEXT + 32], partial[CONFIG_TEXT + 32];

	if (!*store->folder)
		return true;
	path_of(store, run, ".json", path, sizeof(path));
	path_of(store, run, ".part", partial, sizeof(partial));
	if (write_file(partial, run, line, error, error_size)) {
		if (rename(partial, path) == 0)
			return true;
		refuse(error, error_size, "cannot keep a result in '%s': %s; name another folder with --results", store->folder,
		       strerror(errno));
	}
	unlink(partial);
	return false;
}
