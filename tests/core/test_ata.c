/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/test_ata.c - ATA disks in PIO: commands in the three forms of address, blocks, errors,
 * interrupts, reset, and the images behind them.
 */
#include "tests/core/board_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

enum { SECTORS = 4000, ERR = 0x01, DRQ = 0x08, DRDY = 0x40, BSY = 0x80 };

struct disks {
	struct fixture f;
	char path[2][32];
};

static void open_disks(struct disks *d, bool writable, bool second)
{
	struct board_options options;

	memset(d, 0, sizeof *d);
	options = fixture_options(&d->f);
	make_image(d->path[0], SECTORS);
	options.disk[0] = d->path[0];
	if (second) {
		make_image(d->path[1], 100);
		options.disk[1] = d->path[1];
	}
	options.disk_writable = writable;
	fixture_open_with(&d->f, &options);
}

static void close_disks(struct disks *d)
{
	fixture_close(&d->f);
	unlink(d->path[0]);
	if (d->path[1][0])
		unlink(d->path[1]);
}

/* Waits until BSY drops: gives the status. */
static uint8_t ready(struct fixture *f)
{
	uint8_t status;

	for (unsigned i = 0; (status = in(f, 0x3f6)) & BSY && i < 1000; i++)
		f->now += 10 * FIXTURE_US;
	return in(f, 0x1f7);
}

static void address(struct fixture *f, uint32_t lba, uint8_t count)
{
	out(f, 0x1f2, count);
	out(f, 0x1f3, (uint8_t)lba);
	out(f, 0x1f4, (uint8_t)(lba >> 8));
	out(f, 0x1f5, (uint8_t)(lba >> 16));
	out(f, 0x1f6, (uint8_t)(0xe0 | lba >> 24));
}

static void read_block(struct fixture *f, uint8_t *buffer, unsigned sectors)
{
	for (unsigned i = 0; i < sectors * 256; i++) {
		uint16_t word = (uint16_t)board_read(f->board, 0x1f0, 2, f->now);

		memcpy(buffer + i * 2, &word, 2);
	}
}

static void write_block(struct fixture *f, uint8_t byte, unsigned sectors)
{
	for (unsigned i = 0; i < sectors * 128; i++)
		board_write(f->board, 0x1f0, 4, byte * 0x01010101u, f->now);
}

static unsigned word(const uint8_t *buffer, unsigned index)
{
	return buffer[index * 2] | buffer[index * 2 + 1] << 8;
}

static void identify(void)
{
	uint8_t buffer[512];
	struct disks d;

	open_disks(&d, false, false);
	out(&d.f, 0x1f6, 0xa0);
	out(&d.f, 0x1f7, 0xec);
	CU_ASSERT_EQUAL(in(&d.f, 0x1f7), BSY);
	CU_ASSERT_EQUAL(ready(&d.f) & (ERR | DRQ | DRDY), DRQ | DRDY);
	read_block(&d.f, buffer, 1);
	CU_ASSERT_EQUAL(in(&d.f, 0x1f7) & DRQ, 0);
	CU_ASSERT_EQUAL(word(buffer, 60), SECTORS);
	CU_ASSERT_EQUAL(word(buffer, 100), SECTORS);
	CU_ASSERT_EQUAL(word(buffer, 1), 3); /* cylinders */
	CU_ASSERT_EQUAL(word(buffer, 49) & 0x300, 0x200);
	CU_ASSERT_EQUAL(word(buffer, 27), 'R' << 8 | 'i');
	out(&d.f, 0x1f7, 0xa1); /* not a packet device */
	CU_ASSERT_EQUAL(ready(&d.f) & (ERR | DRQ), ERR);
	CU_ASSERT_EQUAL(in(&d.f, 0x1f1), 0x04);
	close_disks(&d);
}

static void read_lba28(void)
{
	uint8_t buffer[512];
	struct disks d;

	open_disks(&d, false, false);
	unmask(&d.f, 0x4000);
	address(&d.f, 300, 3);
	out(&d.f, 0x1f7, 0x20);
	for (unsigned i = 0; i < 3; i++) {
		CU_ASSERT_NOT_EQUAL(board_next(d.f.board), BOARD_NEVER);
		pass(&d.f, 100 * FIXTURE_US);
		CU_ASSERT(board_interrupt(d.f.board));
		CU_ASSERT_EQUAL(board_acknowledge(d.f.board), 0x76);
		CU_ASSERT_EQUAL(in(&d.f, 0x1f7), 0x58);
		out(&d.f, 0xa0, 0x20);
		out(&d.f, 0x20, 0x20);
		read_block(&d.f, buffer, 1);
		CU_ASSERT_EQUAL(buffer[0], (uint8_t)(300 + i));
		CU_ASSERT_EQUAL(buffer[511], (uint8_t)(300 + i));
	}
	CU_ASSERT_EQUAL(in(&d.f, 0x1f7), 0x50);
	CU_ASSERT_EQUAL(board_next(d.f.board), BOARD_NEVER);
	CU_ASSERT_EQUAL(in(&d.f, 0x1f2), 0);
	CU_ASSERT_EQUAL(in(&d.f, 0x1f3) | in(&d.f, 0x1f4) << 8, 302);
	close_disks(&d);
}

static void read_chs(void)
{
	uint8_t buffer[512];
	struct disks d;

	open_disks(&d, false, false);
	/* 1/2/3 of 16 heads and 63 sectors: (1 * 16 + 2) * 63 + 2 = 1136 */
	address(&d.f, 0, 1);
	out(&d.f, 0x1f3, 3);
	out(&d.f, 0x1f4, 1);
	out(&d.f, 0x1f6, 0xa2);
	out(&d.f, 0x1f7, 0x21);
	ready(&d.f);
	read_block(&d.f, buffer, 1);
	CU_ASSERT_EQUAL(buffer[7], (uint8_t)1136);
	/* Sector 0 is not there. */
	out(&d.f, 0x1f2, 1);
	out(&d.f, 0x1f3, 0);
	out(&d.f, 0x1f7, 0x20);
	CU_ASSERT_EQUAL(ready(&d.f) & (ERR | DRQ), ERR);
	CU_ASSERT_EQUAL(in(&d.f, 0x1f1), 0x10);
	/* Another geometry: 4 heads, 10 sectors. */
	out(&d.f, 0x1f2, 10);
	out(&d.f, 0x1f6, 0xa3);
	out(&d.f, 0x1f7, 0x91);
	CU_ASSERT_EQUAL(ready(&d.f), 0x50);
	out(&d.f, 0x1f2, 1);
	out(&d.f, 0x1f3, 10);
	out(&d.f, 0x1f4, 2);
	out(&d.f, 0x1f6, 0xa1);
	out(&d.f, 0x1f7, 0x20);
	ready(&d.f);
	read_block(&d.f, buffer, 1);
	CU_ASSERT_EQUAL(buffer[0], (2 * 4 + 1) * 10 + 9);
	close_disks(&d);
}

static void read_lba48(void)
{
	uint8_t buffer[512];
	struct disks d;

	open_disks(&d, false, false);
	address(&d.f, 0, 0); /* the high halves */
	address(&d.f, 0x123, 2);
	out(&d.f, 0x1f7, 0x24);
	for (unsigned i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(ready(&d.f), 0x58);
		read_block(&d.f, buffer, 1);
		CU_ASSERT_EQUAL(buffer[0], 0x23 + i);
	}
	/* An address past 32 bits */
	out(&d.f, 0x1f5, 1);
	address(&d.f, 0, 1);
	out(&d.f, 0x1f7, 0x24);
	CU_ASSERT_EQUAL(ready(&d.f) & (ERR | DRQ), ERR);
	CU_ASSERT_EQUAL(in(&d.f, 0x1f1), 0x10);
	out(&d.f, 0x3f6, 0x80); /* HOB */
	CU_ASSERT_EQUAL(in(&d.f, 0x1f5), 1);
	close_disks(&d);
}

static void multiple(void)
{
	uint8_t buffer[512 * 8];
	struct disks d;

	open_disks(&d, false, false);
	address(&d.f, 10, 12);
	out(&d.f, 0x1f7, 0xc4); /* before SET MULTIPLE */
	CU_ASSERT_EQUAL(ready(&d.f) & ERR, ERR);
	out(&d.f, 0x1f2, 3);
	out(&d.f, 0x1f7, 0xc6);
	CU_ASSERT_EQUAL(ready(&d.f) & ERR, ERR); /* not a power of two */
	out(&d.f, 0x1f2, 8);
	out(&d.f, 0x1f7, 0xc6);
	CU_ASSERT_EQUAL(ready(&d.f), 0x50);
	address(&d.f, 10, 12);
	out(&d.f, 0x1f7, 0xc4);
	CU_ASSERT_EQUAL(ready(&d.f), 0x58);
	read_block(&d.f, buffer, 8);
	CU_ASSERT_EQUAL(buffer[7 * 512], 17);
	CU_ASSERT_EQUAL(in(&d.f, 0x3f6), BSY);
	CU_ASSERT_EQUAL(ready(&d.f), 0x58);
	read_block(&d.f, buffer, 4);
	CU_ASSERT_EQUAL(buffer[3 * 512], 21);
	CU_ASSERT_EQUAL(ready(&d.f), 0x50);
	close_disks(&d);
}

static void write_stays_in_memory(void)
{
	uint8_t buffer[512];
	struct disks d;
	FILE *file;

	open_disks(&d, false, false);
	unmask(&d.f, 0x4000);
	address(&d.f, 1000, 2);
	out(&d.f, 0x1f7, 0x30);
	CU_ASSERT_EQUAL(in(&d.f, 0x1f7), 0x58); /* the first block is asked for without interrupt */
	CU_ASSERT(!board_interrupt(d.f.board));
	write_block(&d.f, 0xab, 1);
	CU_ASSERT_EQUAL(in(&d.f, 0x3f6), BSY);
	pass(&d.f, 50 * FIXTURE_US);
	CU_ASSERT(board_interrupt(d.f.board));
	CU_ASSERT_EQUAL(in(&d.f, 0x1f7), 0x58);
	write_block(&d.f, 0xcd, 1);
	CU_ASSERT_EQUAL(ready(&d.f), 0x50);
	address(&d.f, 1001, 1);
	out(&d.f, 0x1f7, 0x20);
	ready(&d.f);
	read_block(&d.f, buffer, 1);
	CU_ASSERT_EQUAL(buffer[100], 0xcd);
	file = fopen(d.path[0], "rb");
	fseek(file, 1001 * 512, SEEK_SET);
	CU_ASSERT_EQUAL(fgetc(file), 1001 & 0xff);
	fclose(file);
	close_disks(&d);
}

static void writable_image(void)
{
	struct disks d;
	FILE *file;

	open_disks(&d, true, false);
	address(&d.f, 5, 1);
	out(&d.f, 0x1f7, 0x30);
	write_block(&d.f, 0x77, 1);
	CU_ASSERT_EQUAL(ready(&d.f), 0x50);
	file = fopen(d.path[0], "rb");
	fseek(file, 5 * 512, SEEK_SET);
	CU_ASSERT_EQUAL(fgetc(file), 0x77);
	fclose(file);
	close_disks(&d);
}

static void many_overlay_sectors(void)
{
	uint8_t buffer[512];
	struct disks d;

	open_disks(&d, false, false);
	for (unsigned i = 0; i < SECTORS; i += 3) {
		address(&d.f, i, 1);
		out(&d.f, 0x1f7, 0x30);
		write_block(&d.f, (uint8_t)(i ^ 0x5a), 1);
		ready(&d.f);
	}
	for (unsigned i = 0; i < SECTORS; i++) {
		address(&d.f, i, 1);
		out(&d.f, 0x1f7, 0x20);
		ready(&d.f);
		read_block(&d.f, buffer, 1);
		CU_ASSERT_EQUAL(buffer[0], (uint8_t)(i % 3 ? i : i ^ 0x5a));
	}
	close_disks(&d);
}

static void end_of_disk(void)
{
	uint8_t buffer[512];
	struct disks d;

	open_disks(&d, false, false);
	address(&d.f, SECTORS - 1, 2);
	out(&d.f, 0x1f7, 0x20);
	CU_ASSERT_EQUAL(ready(&d.f), 0x58);
	read_block(&d.f, buffer, 1);
	CU_ASSERT_EQUAL(ready(&d.f) & (ERR | DRQ), ERR);
	CU_ASSERT_EQUAL(in(&d.f, 0x1f1), 0x10);
	CU_ASSERT_EQUAL(in(&d.f, 0x1f3) | in(&d.f, 0x1f4) << 8, SECTORS);
	address(&d.f, SECTORS, 1);
	out(&d.f, 0x1f7, 0x30);
	CU_ASSERT_EQUAL(ready(&d.f) & (ERR | DRQ), ERR);
	close_disks(&d);
}

static void two_drives_and_reset(void)
{
	uint8_t buffer[512];
	struct disks d;

	open_disks(&d, false, true);
	out(&d.f, 0x1f6, 0xb0);
	out(&d.f, 0x1f7, 0xec);
	ready(&d.f);
	read_block(&d.f, buffer, 1);
	CU_ASSERT_EQUAL(word(buffer, 60), 100);
	out(&d.f, 0x3f6, 0x04);
	CU_ASSERT_EQUAL(in(&d.f, 0x1f7), BSY);
	out(&d.f, 0x3f6, 0x02);
	CU_ASSERT_EQUAL(ready(&d.f), 0x50);
	CU_ASSERT_EQUAL(in(&d.f, 0x1f1), 1);
	CU_ASSERT_EQUAL(in(&d.f, 0x1f2), 1);
	CU_ASSERT_EQUAL(in(&d.f, 0x1f3), 1);
	CU_ASSERT_EQUAL(in(&d.f, 0x1f4), 0);
	CU_ASSERT_EQUAL(in(&d.f, 0x1f5), 0);
	CU_ASSERT_EQUAL(in(&d.f, 0x1f6), 0xa0);
	close_disks(&d);
}

static void no_interrupts(void)
{
	struct disks d;

	open_disks(&d, false, false);
	unmask(&d.f, 0x4000);
	out(&d.f, 0x3f6, 0x02);
	out(&d.f, 0x1f7, 0xe7);
	CU_ASSERT_EQUAL(board_next(d.f.board), BOARD_NEVER);
	d.f.now += 200 * FIXTURE_US;
	board_act(d.f.board, d.f.now);
	CU_ASSERT(!board_interrupt(d.f.board));
	CU_ASSERT_EQUAL(in(&d.f, 0x1f7), 0x50);
	close_disks(&d);
}

static void absent(void)
{
	struct disks d;
	struct fixture f;

	open_disks(&d, false, false);
	out(&d.f, 0x1f6, 0xb0);
	CU_ASSERT_EQUAL(in(&d.f, 0x1f7), 0); /* the other one answers for it */
	out(&d.f, 0x1f7, 0xec);
	CU_ASSERT_EQUAL(in(&d.f, 0x1f7), 0);
	CU_ASSERT_EQUAL(in(&d.f, 0x177), 0xff);
	close_disks(&d);
	fixture_open(&f);
	CU_ASSERT_EQUAL(in(&f, 0x1f7), 0xff);
	CU_ASSERT_EQUAL(board_read(f.board, 0x1f0, 2, 0), 0xffff);
	fixture_close(&f);
}

/* IRQ 15 at vector 77; what one channel does is nothing to the other. */
static void secondary_channel(void)
{
	uint8_t buffer[512];
	struct disks d;
	struct board_options options;

	memset(&d, 0, sizeof d);
	options = fixture_options(&d.f);
	make_image(d.path[0], 70);
	make_image(d.path[1], 90);
	options.disk[0] = d.path[0];
	options.disk[3] = d.path[1]; /* the second drive alone */
	fixture_open_with(&d.f, &options);
	unmask(&d.f, 0xc000);
	CU_ASSERT_EQUAL(in(&d.f, 0x177), 0); /* drive 0 is not there */
	address(&d.f, 5, 1);
	out(&d.f, 0x176, 0xf0);
	out(&d.f, 0x172, 1);
	out(&d.f, 0x173, 33);
	out(&d.f, 0x174, 0);
	out(&d.f, 0x175, 0);
	out(&d.f, 0x177, 0x20);
	CU_ASSERT_EQUAL(in(&d.f, 0x376), BSY);
	CU_ASSERT_EQUAL(in(&d.f, 0x3f6), DRDY | 0x10);
	pass(&d.f, 100 * FIXTURE_US);
	CU_ASSERT(board_interrupt(d.f.board));
	CU_ASSERT_EQUAL(in(&d.f, 0x376), 0x58); /* the alternate status leaves INTRQ as it is */
	out(&d.f, 0x176, 0xe0);
	CU_ASSERT(!board_interrupt(d.f.board)); /* INTRQ is the selected drive's */
	out(&d.f, 0x176, 0xf0);
	CU_ASSERT(board_interrupt(d.f.board));
	CU_ASSERT_EQUAL(board_acknowledge(d.f.board), 0x77);
	CU_ASSERT_EQUAL(in(&d.f, 0x177), 0x58);
	for (unsigned i = 0; i < 128; i++) {
		uint32_t four = board_read(d.f.board, 0x170, 4, d.f.now);

		memcpy(buffer + i * 4, &four, 4);
	}
	CU_ASSERT_EQUAL(buffer[0], 33);
	CU_ASSERT_EQUAL(buffer[511], 33);
	CU_ASSERT_EQUAL(in(&d.f, 0x1f3), 5);
	out(&d.f, 0x376, 0x04); /* a reset of one channel */
	CU_ASSERT_EQUAL(in(&d.f, 0x177), BSY);
	CU_ASSERT_EQUAL(in(&d.f, 0x1f7), DRDY | 0x10);
	close_disks(&d);
}

static void check_refused(const char *path, const char *word)
{
	struct fixture f = { 0 };
	struct board_options options = fixture_options(&f);
	char error[256] = "";

	options.disk[1] = path;
	CU_ASSERT_PTR_NULL(board_new(&options, error, sizeof error));
	CU_ASSERT_PTR_NOT_NULL(strstr(error, path));
	CU_ASSERT_PTR_NOT_NULL(strstr(error, word));
}

static void bad_images(void)
{
	char path[32];

	check_refused("/nonexistent/disk.img", "No such file");
	check_refused("/tmp", "directory");
	check_refused("/dev/null", "regular");
	make_image(path, 0);
	check_refused(path, "empty");
	unlink(path);
	make_image(path, 2);
	CU_ASSERT_EQUAL(truncate(path, 700), 0);
	check_refused(path, "multiple of 512");
	unlink(path);
}

/* The image shrinks while the guest runs: an error for the guest, not for us. */
static void image_shrinks(void)
{
	struct disks d;

	open_disks(&d, false, false);
	CU_ASSERT_EQUAL(truncate(d.path[0], 512), 0);
	address(&d.f, 7, 1);
	out(&d.f, 0x1f7, 0x20);
	CU_ASSERT_EQUAL(ready(&d.f) & (ERR | DRQ), ERR);
	CU_ASSERT_EQUAL(in(&d.f, 0x1f1), 0x40);
	close_disks(&d);
}

int main(void)
{
	static const struct harness_test tests[] = {
		{ "IDENTIFY", identify },
		{ "READ SECTORS by LBA28, interrupts", read_lba28 },
		{ "READ SECTORS by cylinder, head, sector", read_chs },
		{ "READ SECTORS EXT", read_lba48 },
		{ "SET MULTIPLE, READ MULTIPLE", multiple },
		{ "WRITE SECTORS stays in memory", write_stays_in_memory },
		{ "a writable image", writable_image },
		{ "many sectors written", many_overlay_sectors },
		{ "the end of the disk", end_of_disk },
		{ "two drives, soft reset", two_drives_and_reset },
		{ "nIEN", no_interrupts },
		{ "absent drives", absent },
		{ "the secondary channel", secondary_channel },
		{ "images that cannot be used", bad_images },
		{ "an image that shrinks", image_shrinks },
		{ 0 },
	};

	return harness_main("ata", tests);
}
