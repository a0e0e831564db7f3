/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_remote.c - viewers from outside, both sides in one process: sockets, frames, pictures, control,
 * and viewers that are slow, dead, of another version, or hostile. Time is what the test says it is.
 */
#include "tests/harness.h"

#include "visualizer/remote/client.h"
#include "visualizer/remote/picture.h"
#include "visualizer/remote/socket.h"
#include "visualizer/remote/viewers.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- a VM's program whose screens show a number and the last key ---- */

struct stage {
	char folder[32], path[64];
	struct viewers *viewers;
	double now;
	unsigned number, screens, arrivals;
	enum key key;
	bool control; /* of the last key */
	unsigned keys;
};

static void *open_screen(void *owner)
{
	struct stage *stage = owner;

	stage->screens++;
	return stage;
}

static void close_screen(void *owner, void *screen)
{
	struct stage *stage = owner;

	(void)screen;
	stage->screens--;
}

static void draw_screen(void *owner, void *screen, struct grid *grid)
{
	const struct stage *stage = owner;
	struct area area = grid_area(grid);

	(void)screen;
	grid_clear(grid);
	area_print(&area, 0, 0, ROLE_TITLE, "number %u", stage->number);
	area_print(&area, 0, grid->height - 1, ROLE_KEY, "%dx%d", grid->width, grid->height);
}

static bool take_key(void *owner, void *screen, enum key key, bool control)
{
	struct stage *stage = owner;

	(void)screen;
	stage->key = key;
	stage->control = control;
	stage->keys++;
	return key != K_F10;
}

static void arrived(void *owner, void *screen)
{
	struct stage *stage = owner;

	(void)screen;
	stage->arrivals++;
}

static const struct view_source *source_of(struct stage *stage)
{
	static const struct view_source source = {
		.open = open_screen, .close = close_screen, .draw = draw_screen, .key = take_key, .arrived = arrived,
	};
	struct view_source *copy = malloc(sizeof(*copy));

	*copy = source;
	copy->owner = stage;
	return copy;
}

static struct viewers *open_viewers(struct stage *stage)
{
	const struct view_source *source = source_of(stage);
	char error[200];
	struct viewers *viewers = viewers_open(stage->path, source, error, sizeof(error));

	free((void *)source);
	return viewers;
}

static void begin(struct stage *stage)
{
	memset(stage, 0, sizeof(*stage));
	strcpy(stage->folder, "/tmp/ringside-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(stage->folder));
	snprintf(stage->path, sizeof(stage->path), "%s/vm.sock", stage->folder);
	stage->now = 100;
	stage->viewers = open_viewers(stage);
	CU_ASSERT_PTR_NOT_NULL_FATAL(stage->viewers);
}

static void end(struct stage *stage)
{
	viewers_close(stage->viewers, "the guest ended");
	CU_ASSERT(stage->screens == 0);
	unlink(stage->path);
	rmdir(stage->folder);
}

static void look(struct stage *stage, bool changed)
{
	struct view_moment moment = { .seconds = stage->now, .changed = changed };

	stage->now += 0.05;
	viewers_look(stage->viewers, &moment);
}

static bool open_client(struct stage *stage, struct client *client, bool control)
{
	char error[200];

	return client_open(client, stage->path, control, 40, 5, error, sizeof(error));
}

/* Both sides in turn until the client has news of this kind (or an end). Pictures are shown on the way. */
static enum client_news hear(struct stage *stage, struct client *client, enum client_news wanted)
{
	for (int i = 0; i < 200; i++) {
		enum client_news news;

		look(stage, false);
		while ((news = client_look(client)) != CLIENT_NOTHING) {
			if (news == CLIENT_PICTURE)
				client_shown(client);
			if (news == wanted || news == CLIENT_END || news == CLIENT_REFUSED)
				return news;
		}
	}
	return CLIENT_NOTHING;
}

static bool shows(const struct client *client, const char *text)
{
	char *shown = NULL;
	size_t size;
	FILE *out = open_memstream(&shown, &size);
	bool found;

	grid_print(&client->grid, out, true, false);
	fclose(out);
	found = strstr(shown, text) != NULL;
	free(shown);
	return found;
}

/* ---- looking on ---- */

static void test_looking_on(void)
{
	struct stage stage;
	struct client client;

	begin(&stage);
	CU_ASSERT_FATAL(open_client(&stage, &client, false));
	CU_ASSERT(hear(&stage, &client, CLIENT_WELCOME) == CLIENT_WELCOME && !client.control);
	CU_ASSERT(hear(&stage, &client, CLIENT_PICTURE) == CLIENT_PICTURE);
	CU_ASSERT(shows(&client, "number 0") && shows(&client, "40x5"));
	stage.number = 17;
	look(&stage, true);
	CU_ASSERT(hear(&stage, &client, CLIENT_PICTURE) == CLIENT_PICTURE);
	CU_ASSERT(shows(&client, "number 17"));
	client_size(&client, 100, 30);
	CU_ASSERT(hear(&stage, &client, CLIENT_PICTURE) == CLIENT_PICTURE);
	CU_ASSERT(shows(&client, "100x30") && client.grid.width == 100);
	client_size(&client, 1, 1);
	CU_ASSERT(hear(&stage, &client, CLIENT_PICTURE) == CLIENT_PICTURE && client.grid.width == 1);
	viewers_tell(stage.viewers, "gdb came");
	CU_ASSERT(hear(&stage, &client, CLIENT_NOTE) == CLIENT_NOTE);
	CU_ASSERT_STRING_EQUAL(client.text, "gdb came");
	viewers_arrived(stage.viewers);
	CU_ASSERT(stage.arrivals == 1);
	client_close(&client);
	end(&stage);
}

static void test_nothing_new_is_not_sent(void)
{
	struct stage stage;
	struct client client;

	begin(&stage);
	CU_ASSERT_FATAL(open_client(&stage, &client, false));
	CU_ASSERT(hear(&stage, &client, CLIENT_PICTURE) == CLIENT_PICTURE);
	for (int i = 0; i < 20; i++) {
		look(&stage, true);
		CU_ASSERT(client_look(&client) == CLIENT_NOTHING);
	}
	client_close(&client);
	end(&stage);
}

/* ---- control ---- */

static void press(struct stage *stage, struct client *client, enum key key)
{
	client_key(client, key);
	client_look(client);
	look(stage, false);
}

static void test_one_in_control(void)
{
	struct stage stage;
	struct client driver, onlooker, second;

	begin(&stage);
	CU_ASSERT_FATAL(open_client(&stage, &driver, true) && hear(&stage, &driver, CLIENT_WELCOME) == CLIENT_WELCOME);
	CU_ASSERT(driver.control && viewers_control(stage.viewers));
	CU_ASSERT_FATAL(open_client(&stage, &onlooker, false));
	CU_ASSERT(hear(&stage, &onlooker, CLIENT_WELCOME) == CLIENT_WELCOME);
	CU_ASSERT_FATAL(open_client(&stage, &second, true));
	CU_ASSERT(hear(&stage, &second, CLIENT_WELCOME) == CLIENT_REFUSED);
	CU_ASSERT_PTR_NOT_NULL(strstr(second.text, "another viewer is in control"));
	CU_ASSERT(viewers_count(stage.viewers) == 2);

	press(&stage, &driver, K_F8);
	CU_ASSERT(stage.key == K_F8 && stage.control);
	press(&stage, &onlooker, (enum key)'s');
	CU_ASSERT(stage.key == (enum key)'s' && !stage.control);

	client_close(&driver);
	look(&stage, false);
	look(&stage, false);
	CU_ASSERT(!viewers_control(stage.viewers) && viewers_count(stage.viewers) == 1);
	client_close(&second);
	CU_ASSERT_FATAL(open_client(&stage, &second, true));
	CU_ASSERT(hear(&stage, &second, CLIENT_WELCOME) == CLIENT_WELCOME && second.control);
	client_close(&second);
	client_close(&onlooker);
	end(&stage);
}

static void test_driven_by_another(void)
{
	struct stage stage;
	struct client driver;
	struct view_moment moment = { .driven = true };

	begin(&stage);
	CU_ASSERT_FATAL(open_client(&stage, &driver, true) && hear(&stage, &driver, CLIENT_PICTURE) == CLIENT_PICTURE);
	client_key(&driver, (enum key)'c');
	client_look(&driver);
	moment.seconds = stage.now;
	viewers_look(stage.viewers, &moment);
	CU_ASSERT(stage.keys == 1 && !stage.control);
	client_close(&driver);

	CU_ASSERT_FATAL(open_client(&stage, &driver, true));
	client_look(&driver);
	for (int i = 0; i < 3; i++)
		viewers_look(stage.viewers, &moment);
	while (client_look(&driver) == CLIENT_NOTHING && driver.fd >= 0)
		;
	CU_ASSERT(!driver.welcome && strstr(driver.text, "is in control"));
	client_close(&driver);
	end(&stage);
}

static void test_leaving(void)
{
	struct stage stage;
	struct client client;

	begin(&stage);
	CU_ASSERT_FATAL(open_client(&stage, &client, false) && hear(&stage, &client, CLIENT_PICTURE) == CLIENT_PICTURE);
	client_key(&client, K_F10);
	CU_ASSERT(hear(&stage, &client, CLIENT_END) == CLIENT_END);
	CU_ASSERT_STRING_EQUAL(client.text, "detached");
	look(&stage, false);
	CU_ASSERT(viewers_count(stage.viewers) == 0 && stage.screens == 0);
	client_close(&client);
	end(&stage);
}

static void test_the_end(void)
{
	struct stage stage;
	struct client client;

	begin(&stage);
	CU_ASSERT_FATAL(open_client(&stage, &client, false) && hear(&stage, &client, CLIENT_PICTURE) == CLIENT_PICTURE);
	viewers_close(stage.viewers, "the guest ended");
	CU_ASSERT(client_look(&client) == CLIENT_END);
	CU_ASSERT_STRING_EQUAL(client.text, "the guest ended");
	CU_ASSERT(access(stage.path, F_OK) != 0);
	client_close(&client);
	stage.viewers = NULL;
	end(&stage);
}

/* ---- slow, dead and too many ---- */

/* Who shows nothing gets no second picture, and after a while is dropped. */
static void test_slow_viewer(void)
{
	struct stage stage;
	struct client client;
	unsigned pictures = 0;

	begin(&stage);
	CU_ASSERT_FATAL(open_client(&stage, &client, false));
	for (int i = 0; i < 100; i++) {
		stage.number++;
		look(&stage, true);
		pictures += client_look(&client) == CLIENT_PICTURE;
	}
	CU_ASSERT(pictures == 1 && viewers_count(stage.viewers) == 1);
	stage.now += 31;
	look(&stage, true);
	CU_ASSERT(viewers_count(stage.viewers) == 0);
	CU_ASSERT_PTR_NOT_NULL(viewers_note(stage.viewers));
	CU_ASSERT_PTR_NULL(viewers_note(stage.viewers));
	CU_ASSERT(hear(&stage, &client, CLIENT_END) == CLIENT_END);
	client_close(&client);
	end(&stage);
}

static int knock(struct stage *stage)
{
	char error[200];

	return socket_connect(stage->path, error, sizeof(error));
}

static void test_silent_viewer(void)
{
	struct stage stage;
	char byte;
	int fd;

	begin(&stage);
	fd = knock(&stage);
	CU_ASSERT_FATAL(fd >= 0);
	look(&stage, false);
	while (socket_receive(fd, &byte, 1) > 0)
		;
	stage.now += 6;
	look(&stage, false);
	CU_ASSERT(socket_receive(fd, &byte, 1) < 0);
	close(fd);
	end(&stage);
}

static void test_too_many(void)
{
	struct stage stage;
	struct client client[VIEWERS_MOST + 1];

	begin(&stage);
	for (size_t i = 0; i <= VIEWERS_MOST; i++) {
		CU_ASSERT_FATAL(open_client(&stage, &client[i], false));
		CU_ASSERT(hear(&stage, &client[i], CLIENT_WELCOME) ==
		          (i < VIEWERS_MOST ? CLIENT_WELCOME : CLIENT_REFUSED));
	}
	for (size_t i = 0; i <= VIEWERS_MOST; i++)
		client_close(&client[i]);
	look(&stage, true);
	CU_ASSERT(viewers_count(stage.viewers) == 0 && stage.screens == 0);
	end(&stage);
}

/* ---- other versions, and nonsense ---- */

static void test_versions(void)
{
	static const uint8_t other[] = { 'R', 'I', 'N', 'G', 'S', 'I', 'D', 'E', 0, 99, 1, 2, 3 };
	struct stage stage;
	struct client client = { .fd = -1 };

	begin(&stage);
	client.fd = knock(&stage);
	CU_ASSERT_FATAL(client.fd >= 0);
	CU_ASSERT(socket_send(client.fd, other, sizeof(other)) == sizeof(other));
	CU_ASSERT(hear(&stage, &client, CLIENT_REFUSED) == CLIENT_REFUSED);
	CU_ASSERT_PTR_NOT_NULL(strstr(client.text, "version 99"));
	CU_ASSERT(viewers_count(stage.viewers) == 0);
	client_close(&client);
	end(&stage);
}

/* Sends bytes and says whether the viewer was dropped for them. */
static bool is_dropped(struct stage *stage, const void *bytes, size_t size)
{
	uint8_t answer[256];
	ssize_t count = 0;
	int fd = knock(stage);

	look(stage, false);
	if (fd < 0 || socket_send(fd, bytes, size) != (ssize_t)size)
		return false;
	for (int i = 0; i < 10 && count >= 0; i++) {
		look(stage, false);
		count = socket_receive(fd, answer, sizeof(answer));
	}
	close(fd);
	look(stage, false);
	return count < 0;
}

#define GREETING "RINGSIDE\0\1"
#define HELLO GREETING "\0\0\0\6\1\0\0\50\0\5"

#define WHOLE(text) { text, sizeof(text) - 1 }

static void test_nonsense(void)
{
	static const struct {
		const char *bytes;
		size_t size;
	} nonsense[] = {
		WHOLE("GET / HTTP/1.1\r\n\r\n"),
		WHOLE(GREETING "\377\377\377\377"),              /* a frame of 4 GiB; its kind is needed to see it */
		WHOLE(GREETING "\377\377\377\377\1"),
		WHOLE(GREETING "\0\0\0\0\1"),                     /* one of nothing */
		WHOLE(GREETING "\0\0\0\3\1\0\0"),                 /* too short for hello */
		WHOLE(GREETING "\0\0\0\5\3\0\0\0\163"),           /* a key before hello */
		WHOLE(HELLO "\0\0\0\3\2\0\0"),                    /* half a size */
		WHOLE(HELLO "\0\0\0\5\3\0\40\0\0"),               /* no key of a keyboard */
		WHOLE(HELLO "\0\0\0\2\11\0"),                     /* an unknown kind */
		WHOLE(HELLO HELLO),                               /* hello twice */
	};
	struct stage stage;

	begin(&stage);
	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		bool dropped = is_dropped(&stage, nonsense[i].bytes, nonsense[i].size);

		CU_ASSERT(dropped == (i != 1));
	}
	CU_ASSERT(!is_dropped(&stage, HELLO, sizeof(HELLO) - 1));
	CU_ASSERT(stage.keys == 0 && viewers_count(stage.viewers) == 0 && stage.screens == 0);
	end(&stage);
}

static void test_random_bytes(void)
{
	struct stage stage;
	uint64_t seed = harness_seed(40), rounds = harness_count(300);

	begin(&stage);
	for (uint64_t i = 0; i < rounds; i++) {
		uint8_t bytes[128] = HELLO;
		size_t size = 10 + harness_random(&seed) % (sizeof(bytes) - 10);

		for (size_t j = harness_random(&seed) % 2 ? sizeof(HELLO) - 1 : 10; j < size; j++)
			bytes[j] = (uint8_t)(harness_random(&seed) % (harness_random(&seed) % 2 ? 6 : 256));
		is_dropped(&stage, bytes, size);
		stage.now += 10;
		look(&stage, true);
		CU_ASSERT(viewers_count(stage.viewers) == 0);
	}
	CU_ASSERT(stage.screens == 0);
	end(&stage);
}

/* What a hostile VM's program could send: nothing but pictures of cells reach the grid, and the rest ends it. */
static void test_hostile_program(void)
{
	uint64_t seed = harness_seed(41), rounds = harness_count(2000);

	for (uint64_t i = 0; i < rounds; i++) {
		static const uint8_t welcome[] = "RINGSIDE\0\1\0\0\0\2\100\1";
		struct client client = { .fd = -1 };
		struct bytes out = { 0 };
		int pair[2];

		CU_ASSERT_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
		bytes_put(&out, welcome, sizeof(welcome) - 1);
		for (int frames = 0; frames < 4; frames++) {
			size_t at = frame_begin(&out, FRAME_PICTURE);

			bytes_put32(&out, 1);
			for (int j = 0; j < 4; j++)
				bytes_put16(&out, (uint16_t)(harness_random(&seed) % (j < 2 ? 12 : 70000)));
			bytes_put8(&out, harness_random(&seed) & 1);
			for (uint64_t j = harness_random(&seed) % 40; j; j--)
				bytes_put16(&out, (uint16_t)(harness_random(&seed) % (j % 3 ? 8 : 65536)));
			frame_end(&out, at);
		}
		CU_ASSERT(write(pair[0], out.at, out.size) == (ssize_t)out.size);
		close(pair[0]);
		client.fd = pair[1];
		while (client.fd >= 0)
			client_look(&client);
		for (int j = 0; j < client.grid.width * client.grid.height; j++) {
			CU_ASSERT(client.grid.cell[j].glyph >= ' ' && client.grid.cell[j].role < ROLE_COUNT);
			CU_ASSERT(client.grid.cell[j].glyph < 0x7f || client.grid.cell[j].glyph >= 0xa0);
		}
		bytes_free(&out);
		client_close(&client);
	}
}

/* ---- pictures ---- */

static bool same(const struct grid *a, const struct grid *b)
{
	if (a->width != b->width || a->height != b->height || a->cursor_x != b->cursor_x || a->cursor_y != b->cursor_y)
		return false;
	for (int i = 0; i < a->width * a->height; i++)
		if (a->cell[i].glyph != b->cell[i].glyph || a->cell[i].role != b->cell[i].role)
			return false;
	return true;
}

/* Takes all frames. False: one of them is bad, or the last one does not say so. */
static bool take_picture(struct bytes *bytes, struct grid *grid, size_t *largest)
{
	bool last = false;

	while (bytes->size) {
		struct frame frame, rest;
		uint32_t number;

		if (last || frame_take(bytes, FRAME_MOST, &frame) != ARRIVED)
			return false;
		*largest = frame.size > *largest ? frame.size : *largest;
		rest = frame;
		if (!picture_take(&rest, grid, &number, &last) || number != 7)
			return false;
		frame_used(bytes, &frame);
	}
	return last;
}

static void change(struct grid *grid, uint64_t *seed)
{
	uint64_t changes = harness_random(seed) % 400;

	for (uint64_t i = 0; i < changes; i++) {
		struct cell *cell = &grid->cell[harness_random(seed) % (uint64_t)(grid->width * grid->height)];

		cell->glyph = harness_random(seed) % 3 ? ' ' : (uint32_t)('a' + harness_random(seed) % 3);
		cell->role = (uint8_t)(harness_random(seed) % ROLE_COUNT);
	}
	grid->cursor_x = (int)(harness_random(seed) % (uint64_t)(grid->width + 1)) - 1;
	grid->cursor_y = grid->cursor_x < 0 ? -1 : (int)(harness_random(seed) % (uint64_t)grid->height);
}

static void test_pictures(void)
{
	struct grid now = { 0 }, seen = { 0 }, there = { 0 };
	struct bytes bytes = { 0 };
	uint64_t seed = harness_seed(42), rounds = harness_count(500);
	size_t largest = 0;

	for (uint64_t i = 0; i < rounds; i++) {
		if (i % 50 == 0)
			grid_resize(&now, 1 + (int)(harness_random(&seed) % PICTURE_WIDTH_MOST),
			            1 + (int)(harness_random(&seed) % 100));
		change(&now, &seed);
		if (picture_put(&bytes, 7, &now, &seen))
			CU_ASSERT(take_picture(&bytes, &there, &largest));
		CU_ASSERT(bytes.size == 0 && same(&now, &there) && same(&now, &seen));
		CU_ASSERT(!picture_put(&bytes, 7, &now, &seen));
	}
	grid_free(&now), grid_free(&seen), grid_free(&there);
	bytes_free(&bytes);
}

/* The largest and worst one is in several frames, none too long. */
static void test_large_picture(void)
{
	struct grid now = { 0 }, seen = { 0 }, there = { 0 };
	struct bytes bytes = { 0 };
	size_t largest = 0;

	CU_ASSERT_FATAL(grid_resize(&now, PICTURE_WIDTH_MOST, PICTURE_HEIGHT_MOST));
	for (int i = 0; i < now.width * now.height; i++)
		now.cell[i].glyph = (uint32_t)('a' + i % 7);
	CU_ASSERT(picture_put(&bytes, 7, &now, &seen));
	CU_ASSERT(bytes.size > FRAME_MOST);
	CU_ASSERT(take_picture(&bytes, &there, &largest) && same(&now, &there));
	CU_ASSERT(largest < FRAME_MOST);
	grid_free(&now), grid_free(&seen), grid_free(&there);
	bytes_free(&bytes);
}

/* ---- doors ---- */

static void test_socket_files(void)
{
	struct stage stage;
	struct door door;
	struct stat status;
	char error[300] = "", path[80];
	FILE *file;

	begin(&stage);
	CU_ASSERT(stat(stage.path, &status) == 0 && (status.st_mode & 0777) == 0600);
	CU_ASSERT(!door_open_path(&door, stage.path, error, sizeof(error)) && strstr(error, "program that runs"));

	/* One that a program left which is gone. */
	snprintf(path, sizeof(path), "%s/stale", stage.folder);
	CU_ASSERT_FATAL(door_open_path(&door, path, error, sizeof(error)));
	close(door.fd);
	CU_ASSERT(access(path, F_OK) == 0);
	CU_ASSERT(door_open_path(&door, path, error, sizeof(error)));
	door_close(&door);
	CU_ASSERT(access(path, F_OK) != 0);

	/* A file that is none stays. */
	file = fopen(path, "w");
	fclose(file);
	CU_ASSERT(!door_open_path(&door, path, error, sizeof(error)) && strstr(error, "no socket"));
	CU_ASSERT(access(path, F_OK) == 0);
	unlink(path);

	CU_ASSERT(!door_open_path(&door, "", error, sizeof(error)));
	CU_ASSERT(!door_open_path(&door, "/nowhere/at/all", error, sizeof(error)) && strstr(error, "/nowhere/at/all"));
	end(&stage);
}

static void test_ports(void)
{
	static const char *const wrong[] = { "", "1234", ":", ":x", ":65536", ":-1", ":1 ", "256.1.1.1:1", "nosuch.invalid:1" };
	struct door door, again;
	char error[300];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		error[0] = 0;
		CU_ASSERT(!door_open(&door, wrong[i], error, sizeof(error)) && error[0]);
	}
	CU_ASSERT_FATAL(door_open(&door, ":0", error, sizeof(error)));
	CU_ASSERT(door.text[0] == ':' && atoi(door.text + 1) > 0);
	CU_ASSERT(!door_open(&again, door.text, error, sizeof(error)) && strstr(error, "in use"));
	door_close(&door);
	CU_ASSERT(door_answer(&door) < 0);
	CU_ASSERT_FATAL(door_open(&door, "127.0.0.1:0", error, sizeof(error)));
	door_close(&door);
}

/* A path too long, and a server that is somebody else's. */
static void test_connecting(void)
{
	char path[300], error[400];
	struct stage stage;

	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = 0;
	CU_ASSERT(socket_connect(path, error, sizeof(error)) < 0 && strstr(error, "shorter"));
	begin(&stage);
	viewers_close(stage.viewers, "");
	stage.viewers = NULL;
	CU_ASSERT(socket_connect(stage.path, error, sizeof(error)) < 0 && strstr(error, "run --socket"));
	end(&stage);
}

static const struct harness_test tests[] = {
	{ "a viewer sees what changes, at its size", test_looking_on },
	{ "a picture like the last one is not sent", test_nothing_new_is_not_sent },
	{ "one viewer is in control", test_one_in_control },
	{ "while another drives, nobody is in control", test_driven_by_another },
	{ "a viewer leaves by a key", test_leaving },
	{ "at the end viewers are told why, and the socket goes", test_the_end },
	{ "a slow viewer gets fewer pictures, a dead one is dropped", test_slow_viewer },
	{ "one that says nothing is dropped", test_silent_viewer },
	{ "one too many is refused", test_too_many },
	{ "another version is refused with its number", test_versions },
	{ "nonsense ends the connection", test_nonsense },
	{ "random bytes do no harm", test_random_bytes },
	{ "a hostile program reaches cells only", test_hostile_program },
	{ "pictures come back from their differences", test_pictures },
	{ "a large picture comes in several frames", test_large_picture },
	{ "socket files are private, replaced when stale, kept when alive", test_socket_files },
	{ "ports are checked", test_ports },
	{ "connecting says what to do", test_connecting },
	{ 0 },
};

int main(void)
{
	return harness_main("remote", tests);
}
