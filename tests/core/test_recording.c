/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_recording.c - recordings as files: what was written comes back; what is damaged in any place, cut short
 * anywhere, newer, too large or of another kind is refused with its reason; what cannot be written leaves nothing behind.
 */
#include "core/recording.h"
#include "tests/harness.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

enum { NAME = 200 };

static char folder[] = "/tmp/ringside-recording-XXXXXX";
static char error[700];

static const char *in_folder(const char *name)
{
	static char path[4][NAME];
	static unsigned next;

	next = (next + 1) % 4;
	snprintf(path[next], NAME, "%s/%s", folder, name);
	return path[next];
}

static void write_file(const char *path, const void *bytes, size_t size)
{
	FILE *file = fopen(path, "wb");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT_EQUAL(fwrite(bytes, 1, size, file), size);
	fclose(file);
}

static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes;

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fseek(file, 0, SEEK_END);
	*size = (size_t)ftell(file);
	rewind(file);
	bytes = malloc(*size + 1);
	CU_ASSERT_EQUAL(fread(bytes, 1, *size, file), *size);
	fclose(file);
	return bytes;
}

static unsigned files_in_folder(void)
{
	DIR *all = opendir(folder);
	struct dirent *entry;
	unsigned count = 0;

	while ((entry = readdir(all)))
		count += entry->d_name[0] != '.';
	closedir(all);
	return count;
}

/* ---- a recording to work with ---- */

static void guest(struct config *config)
{
	static uint8_t kernel[30000];
	uint8_t sector[512] = "boot";

	for (size_t i = 0; i < sizeof(kernel); i++)
		kernel[i] = (uint8_t)(i * i >> 3);
	write_file(in_folder("kernel"), kernel, sizeof(kernel));
	write_file(in_folder("one"), "module one", 10);
	write_file(in_folder("two"), "", 0);
	write_file(in_folder("disk"), sector, sizeof(sector));
	CU_ASSERT_EQUAL(truncate(in_folder("disk"), (off_t)20 << 30), 0);
	config_default(config);
	strcpy(config->technique, "bt");
	strcpy(config->kernel, in_folder("kernel"));
	strcpy(config->cmdline, "words = ; \"with\" \\ all # kinds\nof characters");
	snprintf(config->module[0], CONFIG_TEXT, "%s a b", in_folder("one"));
	snprintf(config->module[1], CONFIG_TEXT, "%s", in_folder("two"));
	config->modules = 2;
	strcpy(config->disk[1], in_folder("disk"));
	config->memory = 32 << 20;
	config->chain = false;
	config->limit = 123456789012;
	strcpy(config->profile, "pentium4-672");
	config->files = file_set_of(config);
}

static void happen(struct recorded_run *run)
{
	*run = (struct recorded_run){ 0 };
	for (unsigned i = 0; i < 1000; i++) {
		struct input input = { .clock = i / 2 * 1000, .kind = (uint8_t)(i % INPUT_KINDS), .planned = i % 3 == 0 };

		input.address = i * 77;
		input.size = (uint8_t)(i % (INPUT_BYTES + 1));
		memset(input.bytes, (int)i, input.size);
		CU_ASSERT(recorded_input(run, &input));
	}
	for (uint64_t i = 0; i < 100; i++)
		CU_ASSERT(recorded_check(run, &(struct checkpoint){ i * i, i * 3, i * UINT64_C(0x123456789abcdef) }));
	run->end = (struct checkpoint){ 10000000, 5000000, UINT64_C(0xfedcba9876543210) };
	run->events = 4711;
	run->how = VM_EXITED;
	run->exit_code = 42;
}

static bool record(const char *path, const struct config *config, const struct recorded_run *run)
{
	struct recording_writer *writer;

	error[0] = '\0';
	writer = recording_begin(path, config, error, sizeof(error));
	return writer && recording_finish(writer, run, error, sizeof(error));
}

static struct recording *reread(const char *path)
{
	error[0] = '\0';
	return recording_read(path, error, sizeof(error));
}

/* It is refused, and `part` is in the reason. */
static bool refused(const char *path, const char *part)
{
	struct recording *recording = reread(path);
	bool fine = !recording && strstr(error, part) && strstr(error, path);

	if (!fine)
		printf("# not refused for '%s': %s\n", part, recording ? "read" : error);
	recording_free(recording);
	return fine;
}

static void make(const char *name)
{
	struct recorded_run run;
	struct config config;

	guest(&config);
	happen(&run);
	CU_ASSERT_FATAL(record(in_folder(name), &config, &run));
	recorded_free(&run);
	file_set_free((struct file_set *)(uintptr_t)config.files);
}

/* ---- back again ---- */

static bool same_config(const struct config *a, const struct config *b)
{
	char one[CONFIG_TEXT], other[CONFIG_TEXT];

	for (size_t i = 0; config_setting(i); i++)
		for (unsigned which = 0; which <= CONFIG_MODULES; which++) {
			bool has = config_value(a, i, which, one, sizeof(one));

			if (has != config_value(b, i, which, other, sizeof(other)) || (has && strcmp(one, other) != 0))
				return false;
		}
	return true;
}

static bool same_input(const struct input *a, const struct input *b)
{
	return a->clock == b->clock && a->kind == b->kind && a->planned == b->planned && a->address == b->address &&
	       a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

static void same_run(const struct recorded_run *a, const struct recorded_run *b)
{
	CU_ASSERT_EQUAL_FATAL(a->inputs, b->inputs);
	for (size_t i = 0; i < a->inputs; i++)
		CU_ASSERT(same_input(&a->input[i], &b->input[i]));
	CU_ASSERT_EQUAL_FATAL(a->checks, b->checks);
	CU_ASSERT_EQUAL(memcmp(a->check, b->check, a->checks * sizeof(a->check[0])), 0);
	CU_ASSERT_EQUAL(memcmp(&a->end, &b->end, sizeof(a->end)), 0);
	CU_ASSERT(a->events == b->events && a->how == b->how && a->exit_code == b->exit_code);
}

static bool same_file(const struct file_set *files, const char *name, const char *part, size_t at, off_t size)
{
	char bytes[64] = "";
	struct stat status;
	int file = file_set_open(files, name);
	bool same = file >= 0 && fstat(file, &status) == 0 && status.st_size == size &&
	            pread(file, bytes, strlen(part), (off_t)at) == (ssize_t)strlen(part) && memcmp(bytes, part, strlen(part)) == 0;

	if (file >= 0)
		close(file);
	return same;
}

static void test_there_and_back(void)
{
	struct recorded_run run;
	struct recording *back;
	struct config config;
	struct stat status;

	guest(&config);
	happen(&run);
	CU_ASSERT_FATAL(record(in_folder("r"), &config, &run));
	CU_ASSERT_EQUAL(stat(in_folder("r"), &status), 0);
#ifdef HAVE_ZSTD
	CU_ASSERT(status.st_size < 100000); /* with 20 GiB of disk in it */
#endif
	for (unsigned i = 0; i < 4; i++) /* it needs none of the files */
		unlink(in_folder((const char *const[]){ "kernel", "one", "two", "disk" }[i]));
	back = reread(in_folder("r"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(back);
	CU_ASSERT_STRING_EQUAL(back->version, RINGSIDE_VERSION);
	CU_ASSERT(same_config(&config, &back->config));
	same_run(&run, &back->run);
	CU_ASSERT(same_file(back->files, config.kernel, "", 0, 30000));
	CU_ASSERT(same_file(back->files, in_folder("one"), "module one", 0, 10));
	CU_ASSERT(same_file(back->files, in_folder("two"), "", 0, 0));
	CU_ASSERT(same_file(back->files, config.disk[1], "boot", 0, (off_t)20 << 30));
	CU_ASSERT_STRING_EQUAL(file_set_name(back->files, 4), "pentium4-672");
	CU_ASSERT(file_set_open(back->files, "another") < 0);
	recording_free(back);
	recorded_free(&run);
	file_set_free((struct file_set *)(uintptr_t)config.files);
	unlink(in_folder("r"));
	CU_ASSERT_EQUAL(files_in_folder(), 0);
}

/* Bytes at places that blocks and pieces are cut at, beside zeros. */
static void test_pieces(void)
{
	enum { SIZE = 3 * RECORDING_PIECE + 12345 };
	uint64_t seed = harness_seed(20261125);
	uint8_t *bytes = malloc(SIZE), *back = malloc(SIZE);

	for (unsigned round = 0; round < 12; round++) {
		struct recorded_run run = { 0 };
		struct recording *recording;
		struct config config;
		int file;

		memset(bytes, 0, SIZE);
		for (unsigned i = 0; i < 3 * round; i++) {
			size_t at = harness_random(&seed) % SIZE, count = harness_random(&seed) % 20000;

			at = i % 2 ? at : at / RECORDING_BLOCK * RECORDING_BLOCK;
			for (size_t k = at; k < SIZE && k < at + count; k++)
				bytes[k] = (uint8_t)harness_random(&seed);
		}
		config_default(&config);
		strcpy(config.kernel, in_folder("kernel"));
		write_file(config.kernel, bytes, round == 11 ? 0 : SIZE - round);
		config.files = file_set_of(&config);
		CU_ASSERT_FATAL(record(in_folder("r"), &config, &run));
		recording = reread(in_folder("r"));
		CU_ASSERT_PTR_NOT_NULL_FATAL(recording);
		file = file_set_open(recording->files, config.kernel);
		memset(back, 1, SIZE);
		CU_ASSERT_EQUAL(pread(file, back, SIZE, 0), round == 11 ? 0 : (ssize_t)(SIZE - round));
		CU_ASSERT(round == 11 || memcmp(bytes, back, SIZE - round) == 0);
		close(file);
		recording_free(recording);
		file_set_free((struct file_set *)(uintptr_t)config.files);
	}
	unlink(in_folder("kernel"));
	unlink(in_folder("r"));
	free(bytes);
	free(back);
}

/* ---- damage ---- */

static bool says_damage(void)
{
	return strstr(error, "damaged") || strstr(error, "too early") || strstr(error, "is none") || strstr(error, "newer") ||
	       strstr(error, "packed");
}

static void test_flipped_bits(void)
{
	uint64_t seed = harness_seed(20261126), rounds = harness_count(400);
	uint8_t *bytes;
	size_t size;

	make("r");
	bytes = read_file(in_folder("r"), &size);
	for (uint64_t i = 0; i < rounds; i++) {
		size_t bit = i < 8 * RECORDING_HEAD ? (size_t)i : (size_t)(harness_random(&seed) % (size * 8));
		struct recording *recording;

		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		write_file(in_folder("bad"), bytes, size);
		recording = reread(in_folder("bad"));
		CU_ASSERT_PTR_NULL(recording);
		CU_ASSERT(says_damage());
		if (recording)
			printf("# bit %zu of %zu was read all the same\n", bit, size * 8);
		recording_free(recording);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	free(bytes);
}

static void test_cut_short(void)
{
	uint64_t seed = harness_seed(20261127);
	uint8_t *bytes;
	size_t size;

	make("r");
	bytes = read_file(in_folder("r"), &size);
	for (unsigned i = 0; i < 200; i++) {
		size_t left = i < 100 ? i : i < 120 ? size - 1 - (i - 100) : (size_t)(harness_random(&seed) % size);

		write_file(in_folder("bad"), bytes, left);
		CU_ASSERT(refused(in_folder("bad"), left == 0 ? "is none" : "too early"));
	}
	bytes[size] = 0;
	write_file(in_folder("bad"), bytes, size + 1);
	CU_ASSERT(refused(in_folder("bad"), "damaged"));
	free(bytes);
}

static void test_other_files(void)
{
	uint8_t head[RECORDING_HEAD + 8] = { 0 };

	write_file(in_folder("bad"), "#!/bin/sh\n", 10);
	CU_ASSERT(refused(in_folder("bad"), "is none"));
	CU_ASSERT(refused(folder, "folder"));
	CU_ASSERT(refused(in_folder("nowhere"), "No such file"));
	recording_head(head, RECORDING_FORMAT + 1, RECORDING_ZSTD, "99.5");
	write_file(in_folder("bad"), head, sizeof(head));
	CU_ASSERT(refused(in_folder("bad"), "made by ringside 99.5"));
	CU_ASSERT(strstr(error, "newer") != NULL);
	recording_head(head, RECORDING_FORMAT, 77, "99.5\x1b[2J");
	write_file(in_folder("bad"), head, sizeof(head));
	CU_ASSERT(refused(in_folder("bad"), "packed in a way"));
}

/* ---- hostile ones: the sums are right ---- */

struct forged {
	uint8_t bytes[4096];
	size_t size;
};

static void put(struct forged *forged, uint64_t number, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		forged->bytes[forged->size++] = (uint8_t)(number >> 8 * i);
}

static void put_text(struct forged *forged, const char *text)
{
	put(forged, strlen(text), 4);
	while (*text)
		put(forged, (uint8_t)*text++, 1);
}

static void begin(struct forged *forged)
{
	recording_head(forged->bytes, RECORDING_FORMAT, RECORDING_PLAIN, "1");
	forged->size = RECORDING_HEAD;
}

static void settings(struct forged *forged, const char *name, const char *value)
{
	begin(forged);
	put(forged, PART_SETTINGS, 4);
	put(forged, 2, 4);
	put_text(forged, "kernel");
	put_text(forged, "k");
	put_text(forged, name);
	put_text(forged, value);
}

static void file(struct forged *forged, const char *name, uint64_t size)
{
	put(forged, PART_FILES, 4);
	put(forged, 1, 4);
	put_text(forged, name);
	put(forged, size, 8);
}

static void nothing(struct forged *forged, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		put(forged, 0, 1);
}

static bool is_refused(struct forged *forged, const char *part)
{
	put(forged, recording_sum(RECORDING_SUM, forged->bytes + RECORDING_HEAD, forged->size - RECORDING_HEAD), 8);
	write_file(in_folder("bad"), forged->bytes, forged->size);
	return refused(in_folder("bad"), part);
}

static void finish(struct forged *forged)
{
	nothing(forged, 12); /* the file's last piece */
	put(forged, PART_INPUT, 4);
	put(forged, 0, 4);
	put(forged, PART_CHECKS, 4);
	put(forged, 0, 4);
	put(forged, PART_END, 4);
	nothing(forged, 3 * 8 + 8 + 1 + 4);
}

static void test_forged_settings(void)
{
	struct forged forged;

	settings(&forged, "no-such-thing", "1");
	CU_ASSERT(is_refused(&forged, "there is no setting"));
	settings(&forged, "memory", "5");
	CU_ASSERT(is_refused(&forged, "out of bounds"));
	settings(&forged, "boot", "disk");
	CU_ASSERT(is_refused(&forged, "settings that cannot be"));
	settings(&forged, "disk-writable", "yes");
	CU_ASSERT(is_refused(&forged, "cannot be"));
	begin(&forged);
	put(&forged, PART_SETTINGS, 4);
	put(&forged, UINT32_MAX, 4);
	CU_ASSERT(is_refused(&forged, "damaged"));
	begin(&forged);
	put(&forged, PART_SETTINGS, 4);
	put(&forged, 1, 4);
	put(&forged, 0x7fffffff, 4);
	CU_ASSERT(is_refused(&forged, "damaged"));
}

/* No file of the host's is read for one that the recording lacks, whatever it is called. */
static void test_forged_files(void)
{
	struct forged forged;

	settings(&forged, "disk", "/etc/passwd");
	file(&forged, "k", 0);
	finish(&forged);
	CU_ASSERT(is_refused(&forged, "lacks a file"));
	settings(&forged, "profile", "/etc/passwd");
	file(&forged, "k", 0);
	finish(&forged);
	CU_ASSERT(is_refused(&forged, "lacks a file"));
	settings(&forged, "umip", "yes");
	file(&forged, "k", UINT64_MAX);
	CU_ASSERT(is_refused(&forged, "damaged"));
	settings(&forged, "umip", "yes");
	file(&forged, "k", 10);
	put(&forged, 0, 8); /* a piece that is longer than the file */
	put(&forged, 11, 4);
	CU_ASSERT(is_refused(&forged, "larger than it may be"));
	settings(&forged, "umip", "yes");
	file(&forged, "k", 10);
	put(&forged, 5, 8);
	put(&forged, 2, 4);
	nothing(&forged, 2);
	put(&forged, 6, 8); /* and one that lies over another */
	put(&forged, 1, 4);
	CU_ASSERT(is_refused(&forged, "larger than it may be"));
	settings(&forged, "umip", "yes");
	file(&forged, "k", 10);
	finish(&forged);
	put(&forged, recording_sum(RECORDING_SUM, forged.bytes + RECORDING_HEAD, forged.size - RECORDING_HEAD), 8);
	write_file(in_folder("good"), forged.bytes, forged.size);
	recording_free(reread(in_folder("good")));
	CU_ASSERT_EQUAL(error[0], 0); /* the forger's hand is good enough */
	unlink(in_folder("good"));
}

static void test_forged_run(void)
{
	struct forged forged;

	for (unsigned i = 0; i < 5; i++) {
		settings(&forged, "umip", "yes");
		file(&forged, "k", 10);
		nothing(&forged, 12);
		put(&forged, PART_INPUT, 4);
		put(&forged, i == 0 ? UINT32_MAX : 2, 4);
		put(&forged, 100, 8);
		put(&forged, i == 1 ? INPUT_KINDS : 0, 1);
		put(&forged, i == 2 ? 2 : 0, 1);
		put(&forged, 0, 4);
		put(&forged, i == 3 ? INPUT_BYTES + 1 : 0, 1);
		put(&forged, 99, 8); /* before the first one */
		nothing(&forged, 100);
		CU_ASSERT(is_refused(&forged, "damaged"));
	}
}

#ifdef HAVE_ZSTD
/* A few bytes that unpack to many: nothing is taken on their word, and the end comes when they do. */
static void test_bomb(void)
{
	size_t size = (size_t)64 << 20, room = ZSTD_compressBound(size);
	uint8_t *zeros = calloc(1, size), *packed = malloc(RECORDING_HEAD + room), *nonsense = malloc(size);
	size_t count;

	recording_head(packed, RECORDING_FORMAT, RECORDING_ZSTD, "1");
	count = ZSTD_compress(packed + RECORDING_HEAD, room, zeros, size, 3);
	write_file(in_folder("bad"), packed, RECORDING_HEAD + count);
	CU_ASSERT(refused(in_folder("bad"), "damaged"));
	memset(nonsense, 0xff, size);
	count = ZSTD_compress(packed + RECORDING_HEAD, room, nonsense, size, 3);
	write_file(in_folder("bad"), packed, RECORDING_HEAD + count);
	CU_ASSERT(refused(in_folder("bad"), "damaged"));
	free(zeros);
	free(packed);
	free(nonsense);
}
#endif

/* ---- what cannot be written ---- */

static void clean(void)
{
	static const char *const names[] = { "kernel", "one", "two", "disk", "r", "bad", "old" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(in_folder(names[i]));
}

static void test_not_written(void)
{
	struct recorded_run run;
	struct config config;
	unsigned files;

	clean();
	guest(&config);
	happen(&run);
	files = files_in_folder();
	CU_ASSERT(!record("/dev/full", &config, &run));
	CU_ASSERT(strstr(error, "No space left") != NULL);
	CU_ASSERT(!record(in_folder("no/where"), &config, &run));
	CU_ASSERT(strstr(error, "folder") != NULL);
	CU_ASSERT(!record(folder, &config, &run));
	recording_drop(recording_begin(in_folder("r"), &config, error, sizeof(error)));
	recording_drop(NULL);
	CU_ASSERT_EQUAL(files_in_folder(), files);
	recorded_free(&run);
	file_set_free((struct file_set *)(uintptr_t)config.files);
}

/* Until it is whole, what was there under its name stays. */
static void test_old_one_stays(void)
{
	struct recording_writer *writer;
	struct recorded_run run;
	struct config config;
	uint8_t *bytes;
	size_t size;

	clean();
	guest(&config);
	happen(&run);
	write_file(in_folder("old"), "old", 3);
	CU_ASSERT_EQUAL(symlink("old", in_folder("r")), 0);
	writer = recording_begin(in_folder("r"), &config, error, sizeof(error));
	CU_ASSERT_PTR_NOT_NULL_FATAL(writer);
	bytes = read_file(in_folder("r"), &size);
	CU_ASSERT(size == 3 && memcmp(bytes, "old", 3) == 0);
	free(bytes);
	CU_ASSERT(recording_finish(writer, &run, error, sizeof(error)));
	recording_free(reread(in_folder("old"))); /* the link's target */
	CU_ASSERT_EQUAL(error[0], 0);
	recorded_free(&run);
	file_set_free((struct file_set *)(uintptr_t)config.files);
}

static void test_guest_has_changed(void)
{
	struct recorded_run run;
	struct config config;

	clean();
	guest(&config);
	happen(&run);
	write_file(in_folder("kernel"), "other", 5);
	CU_ASSERT(!record(in_folder("r"), &config, &run));
	CU_ASSERT(strstr(error, "has changed") != NULL);
	strcpy(config.kernel, "/dev/null");
	CU_ASSERT(!record(in_folder("r"), &config, &run));
	CU_ASSERT(strstr(error, "no regular file") != NULL);
	config.disk_writable = true;
	CU_ASSERT(!record(in_folder("r"), &config, &run));
	CU_ASSERT(strstr(error, "disk-writable") != NULL);
	recorded_free(&run);
	file_set_free((struct file_set *)(uintptr_t)config.files);
	clean();
	CU_ASSERT_EQUAL(files_in_folder(), 0);
}

static const struct harness_test tests[] = {
	{ "what was written comes back", test_there_and_back },
	{ "files with holes anywhere", test_pieces },
	{ "any bit that flips is noticed", test_flipped_bits },
	{ "so is any end that is missing", test_cut_short },
	{ "other files, newer ones", test_other_files },
	{ "forged settings", test_forged_settings },
	{ "forged files", test_forged_files },
	{ "forged input", test_forged_run },
#ifdef HAVE_ZSTD
	{ "few bytes that unpack to many", test_bomb },
#endif
	{ "what cannot be written leaves nothing", test_not_written },
	{ "the old one stays until the new one is whole", test_old_one_stays },
	{ "a guest that has changed is not recorded", test_guest_has_changed },
	{ 0 },
};

int main(void)
{
	int status;

	if (!mkdtemp(folder))
		return 1;
	status = harness_main("recording", tests);
	clean();
	rmdir(folder);
	return status;
}
