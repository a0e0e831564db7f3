/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_gdb.c - what is said to GDB about a small guest, packet by packet; and to one that is broken or
 * hostile. A real gdb does it in tests/interface/gdb.sh.
 */
#include "tests/harness.h"
#include "tests/visualizer/debugger_rig.h"
#include "tests/visualizer/gdb_answer.h"

#include "visualizer/gdb/gdb.h"
#include "visualizer/gdb/registers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * 100000  mov eax,1
 * 100005  inc eax
 * 100006  mov [200000h],eax
 * 10000b  inc eax
 * 10000c  mov [200000h],eax
 * 100011  jmp 100011
 */
static const uint8_t code[] = {
	0xb8, 1, 0, 0, 0, 0x40, 0xa3, 0, 0, 0x20, 0, 0x40, 0xa3, 0, 0, 0x20, 0, 0xeb, 0xfe,
};

enum { ANSWER_ROOM = 4 * GDB_PACKET_MAX, PATIENCE = 200 /* slices, before Ctrl-C */ };

struct talk {
	struct rig rig;
	struct gdb gdb;
	char answer[ANSWER_ROOM + 1]; /* the last frame that came */
	size_t size, frames;
	unsigned acks, refusals; /* '+', '-' */
	char line[64]; /* the last one of monitor */
};

static void perform(void *owner, const char *line, FILE *out)
{
	struct talk *talk = owner;

	snprintf(talk->line, sizeof(talk->line), "%s", line);
	for (int i = 0; i < 2000; i++)
		fputs("monitor ", out);
}

static struct talk *begin(const char *mode)
{
	struct talk *talk = calloc(1, sizeof(*talk));
	struct gdb_monitor monitor = { .owner = talk, .perform = perform };

	rig_open_flat(&talk->rig, mode, code, sizeof(code));
	gdb_begin(&talk->gdb, &talk->rig.debugger, &monitor);
	return talk;
}

static void end(struct talk *talk)
{
	gdb_end(&talk->gdb);
	for (unsigned i = 0; i < BREAKS_MAX; i++) /* it has taken its own with it */
		CU_ASSERT(talk->rig.debugger.breaks.point[i].number == 0);
	rig_close(&talk->rig);
	free(talk);
}

/* Takes all that has come; `answer` is the last frame. */
static void take_out(struct talk *talk)
{
	struct gdb *gdb = &talk->gdb;
	size_t at = 0;

	talk->frames = 0;
	while (at < gdb->out_size) {
		const uint8_t *hash;
		size_t size;

		talk->acks += gdb->out[at] == '+';
		talk->refusals += gdb->out[at] == '-';
		if (gdb->out[at] != '$') {
			at++;
			continue;
		}
		hash = memchr(gdb->out + at, '#', gdb->out_size - at);
		CU_ASSERT_PTR_NOT_NULL_FATAL(hash);
		size = (size_t)(hash + 3 - (gdb->out + at));
		talk->size = gdb_understand(gdb->out + at, size, (uint8_t *)talk->answer, ANSWER_ROOM);
		CU_ASSERT_FATAL(talk->size != SIZE_MAX);
		talk->answer[talk->size] = 0;
		talk->frames++;
		at += size;
	}
	gdb_sent(gdb, gdb->out_size);
}

static void run(struct talk *talk)
{
	for (int i = 0; talk->gdb.waiting; i++) {
		if (i >= PATIENCE)
			gdb_receive(&talk->gdb, "\3", 1);
		else if (!debugger_slice(&talk->rig.debugger, 1))
			gdb_stopped(&talk->gdb);
	}
}

/* One packet, and the answer to it ("" as well for none: frames says). */
static const char *ask_bytes(struct talk *talk, const char *body, size_t size)
{
	char digits[4];
	uint8_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += (uint8_t)body[i];
	snprintf(digits, sizeof(digits), "#%02x", sum);
	gdb_receive(&talk->gdb, "$", 1);
	gdb_receive(&talk->gdb, body, size);
	gdb_receive(&talk->gdb, digits, 3);
	run(talk);
	talk->answer[0] = 0;
	take_out(talk);
	return talk->answer;
}

static const char *ask(struct talk *talk, const char *body)
{
	return ask_bytes(talk, body, strlen(body));
}

static bool answers(struct talk *talk, const char *body, const char *answer)
{
	return strcmp(ask(talk, body), answer) == 0 && talk->frames == 1;
}

static bool tells(struct talk *talk, const char *body, const char *part)
{
	return strstr(ask(talk, body), part) != NULL;
}

/* ---- registers and memory ---- */

static void test_beginning(void)
{
	struct talk *talk = begin("trap");

	CU_ASSERT(tells(talk, "qSupported:multiprocess+;swbreak+;hwbreak+;vContSupported+", "ReverseContinue+"));
	CU_ASSERT(talk->gdb.swbreak && talk->gdb.hwbreak && talk->acks == 1);
	CU_ASSERT(answers(talk, "vMustReplyEmpty", "") && answers(talk, "vNothing", "") && answers(talk, "qNothing", ""));
	CU_ASSERT(answers(talk, "QStartNoAckMode", "OK"));
	CU_ASSERT(answers(talk, "Hg0", "OK") && answers(talk, "qfThreadInfo", "m1") && answers(talk, "qsThreadInfo", "l"));
	CU_ASSERT(answers(talk, "qC", "QC1") && answers(talk, "qAttached", "1"));
	CU_ASSERT(strncmp(ask(talk, "?"), "T05thread:1;", 12) == 0);
	CU_ASSERT(talk->acks == 5); /* none after the mode was set */
	end(talk);
}

static void test_description(void)
{
	struct talk *talk = begin("trap");
	char *text = calloc(1, 1 << 20), request[80];
	size_t size = 0;

	do {
		snprintf(request, sizeof(request), "qXfer:features:read:target.xml:%zx,333", size);
		ask(talk, request);
		strcat(text, talk->answer + 1);
		size += talk->size - 1;
	} while (talk->answer[0] == 'm' && size < 1 << 19);
	CU_ASSERT(talk->answer[0] == 'l' && strlen(text) == size);
	CU_ASSERT(strstr(text, "<feature name=\"org.gnu.gdb.i386.core\">") && strstr(text, "name=\"mxcsr\" bitsize=\"32\"") && strstr(text, "name=\"hw_cpl\""));
	CU_ASSERT(strcmp(text + size - 10, "</target>\n") == 0);
	CU_ASSERT(answers(talk, "qXfer:features:read:other.xml:0,100", "E00"));
	CU_ASSERT(answers(talk, "qXfer:features:read:target.xml:fffffff,100", "E00"));
	CU_ASSERT(answers(talk, "qXfer:features:read:target.xml:0", "E00"));
	free(text);
	end(talk);
}

static void test_registers(void)
{
	struct talk *talk = begin("trap");
	char all[8192];

	CU_ASSERT(answers(talk, "p8", "00001000")); /* EIP, lowest byte first */
	CU_ASSERT(answers(talk, "P0=78563412", "OK") && answers(talk, "p0", "78563412"));
	CU_ASSERT(vm_guest_state(talk->rig.debugger.vm)->gpr[EAX] == 0x12345678);
	strcpy(all, ask(talk, "g"));
	CU_ASSERT(strncmp(all, "78563412", 8) == 0 && strlen(all) > 32 * 8);
	memmove(all + 1, all, strlen(all) + 1);
	memcpy(all, "G21", 3);
	CU_ASSERT(answers(talk, all, "OK") && answers(talk, "p0", "21563412"));
	CU_ASSERT(answers(talk, "p8", "00001000"));
	CU_ASSERT(answers(talk, "pffff", "E16") && answers(talk, "p", "E16") && answers(talk, "P0", "E16"));
	CU_ASSERT(answers(talk, "P0=123", "E16") && answers(talk, "P0=1234567x", "E16") && answers(talk, "Gxyz", "E16"));
	end(talk);
}

/* One set, whoever runs the guest; written as FXRSTOR loads it. */
static void test_float_registers(void)
{
	static const struct {
		const char *ask, *want;
	} asks[] = {
		{ "p10", "000000000000008000c0" }, { "p11", "0000000000000080ff3f" }, /* st0: -2, st1: 1 */
		{ "p18", "7f030000" }, { "p19", "00300000" }, { "p1a", "ff0f0000" }, /* fctrl, fstat, ftag: R6 and R7 hold */
		{ "p1b", "08000000" }, { "p1c", "44332211" }, { "p1d", "10000000" }, { "p1e", "88776655" }, /* pointers */
		{ "p1f", "e8010000" }, { "p23", "03030303030303030303030303030303" }, { "p28", "801f0000" }, /* fop, xmm3, mxcsr */
		{ "P10=000000000000008000c0", "OK" }, { "P10=0000000000000080ff3f", "OK" }, { "p10", "0000000000000080ff3f" },
		{ "P11=efcdab8967452301fe7f", "OK" }, { "p11", "efcdab8967452301fe7f" }, /* a signalling one, as it is */
		{ "P18=3f0e0000", "OK" }, { "p18", "7f0e0000" }, /* bit 6 is fixed */
		{ "P19=01380000", "OK" }, { "p19", "01380000" }, { "p10", "efcdab8967452301fe7f" }, /* the top is R7 now */
		{ "P18=7e030000", "OK" }, { "p19", "81b80000" }, /* an exception that is no longer masked: ES and B */
		{ "P18=7f030000", "OK" }, { "p19", "01380000" },
		{ "P1a=ffff0000", "OK" }, { "p1a", "ffff0000" }, { "P1a=ff3f0000", "OK" }, { "p1a", "ffbf0000" }, /* R7: special */
		{ "P1b=10000000", "OK" }, { "p1b", "10000000" }, { "P1c=04030201", "OK" }, { "p1c", "04030201" },
		{ "P1f=ffff0000", "OK" }, { "p1f", "ff070000" }, /* 11 bits */
		{ "P23=000102030405060708090a0b0c0d0e0f", "OK" }, { "p23", "000102030405060708090a0b0c0d0e0f" },
		{ "P28=a01f0000", "OK" }, { "p28", "a01f0000" }, { "P28=801f0001", "E16" }, { "p28", "a01f0000" }, /* reserved */
	};
	static const char *const modes[] = { "native", "emulate", "trap", "hvm" };

	for (size_t mode = 0; mode < sizeof(modes) / sizeof(modes[0]); mode++) {
		struct talk *talk = begin(modes[mode]);
		struct float_state *floats = cpu_floats(talk->rig.debugger.vm->processor);
		struct x87_state x87 = { .control = 0x37f, .status = 6 << 11, .valid = 0xc0, .opcode = 0x1e8 };

		x87.r[6] = (struct float80){ .significand = UINT64_C(1) << 63, .sign_exponent = 0xc000 };
		x87.r[7] = (struct float80){ .significand = UINT64_C(1) << 63, .sign_exponent = 0x3fff };
		x87.instruction_selector = 8;
		x87.instruction_offset = 0x11223344;
		x87.data_selector = 0x10;
		x87.data_offset = 0x55667788;
		floats->x87 = x87;
		memset(&floats->sse.xmm[3], 3, 16);
		for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++)
			CU_ASSERT(answers(talk, asks[i].ask, asks[i].want));
		end(talk);
	}
}

/* The hardware's are there once it has been entered, and only where a VMM is under the guest. */
static void test_two_truths(void)
{
	static const char *const modes[] = { "trap", "native" };

	for (size_t i = 0; i < 2; i++) {
		struct talk *talk = begin(modes[i]);
		char request[16], poke[32];
		size_t number = 0;

		while (strcmp(gdb_register_at(number)->name, "hw_cpl") != 0)
			number++;
		snprintf(request, sizeof(request), "p%zx", number);
		snprintf(poke, sizeof(poke), "P%zx=03", number);
		ask(talk, "s");
		ask(talk, "s");
		CU_ASSERT(answers(talk, request, i ? "xx" : "01"));
		if (!i)
			CU_ASSERT(answers(talk, poke, "E16"));
		end(talk);
	}
}

static void test_memory(void)
{
	struct talk *talk = begin("bt");

	CU_ASSERT(answers(talk, "m100000,5", "b801000000"));
	CU_ASSERT(answers(talk, "M200000,4:01020304", "OK") && answers(talk, "m200001,2", "0203"));
	CU_ASSERT(ask_bytes(talk, "X200000,3:\x7f}\x03\x80", 14) && strcmp(talk->answer, "OK") == 0);
	CU_ASSERT(answers(talk, "m200000,4", "7f238004"));
	CU_ASSERT(answers(talk, "X200000,0:", "OK"));
	CU_ASSERT(strlen(ask(talk, "m0,ffffffff")) == GDB_PACKET_MAX);
	CU_ASSERT(answers(talk, "mfffffff0,10", "E0e"));
	CU_ASSERT(answers(talk, "Mfffffff0,1:00", "E0e"));
	CU_ASSERT(answers(talk, "m", "E16") && answers(talk, "m0", "E16") && answers(talk, "m0,1x", "E16"));
	CU_ASSERT(answers(talk, "m100000000,1", "E16") && answers(talk, "M200000,4:0102", "E16"));
	CU_ASSERT(answers(talk, "M200000,1:0x", "E16") && answers(talk, "X200000,9:x", "E16"));
	end(talk);
}

/* ---- moving ---- */

static const char *const moving_modes[] = { "native", "emulate", "trap", "bt", "hvm" };
enum { MOVING_MODES = 5 };

static void test_steps(void)
{
	for (size_t i = 0; i < MOVING_MODES; i++) {
		struct talk *talk = begin(moving_modes[i]);

		CU_ASSERT(answers(talk, "vCont?", "vCont;c;C;s;S;r"));
		ask(talk, "vCont;s:1;c"); /* hidden faults are no steps */
		CU_ASSERT(strncmp(talk->answer, "T05thread:1;", 12) == 0 && strstr(talk->answer, "08:05001000;"));
		ask(talk, "vCont;r100005,10000b:1");
		CU_ASSERT(rig_eip(&talk->rig) == 0x10000b);
		ask(talk, "bs");
		CU_ASSERT(rig_eip(&talk->rig) == 0x100006);
		ask(talk, "s");
		CU_ASSERT(rig_eip(&talk->rig) == 0x10000b);
		CU_ASSERT(tells(talk, "bc", "replaylog:begin;") && rig_eip(&talk->rig) == 0x100000);
		CU_ASSERT(tells(talk, "bs", "replaylog:begin;"));
		end(talk);
	}
}

static void test_points(void)
{
	for (size_t i = 0; i < MOVING_MODES; i++) {
		struct talk *talk = begin(moving_modes[i]);

		ask(talk, "qSupported:swbreak+;hwbreak+");
		CU_ASSERT(answers(talk, "Z0,10000b,1", "OK") && answers(talk, "Z0,10000b,1", "OK"));
		CU_ASSERT(tells(talk, "c", "T05swbreak:;thread:1;") && rig_eip(&talk->rig) == 0x10000b);
		CU_ASSERT(answers(talk, "m10000b,1", "40")); /* no INT3 in the guest */
		CU_ASSERT(answers(talk, "z0,10000b,1", "OK") && answers(talk, "z0,10000b,1", "OK"));
		CU_ASSERT(answers(talk, "Z2,200000,4", "OK"));
		CU_ASSERT(tells(talk, "c", "T05watch:200000;") && rig_eip(&talk->rig) == 0x100011);
		CU_ASSERT(tells(talk, "bc", "T05watch:200000;") && rig_eip(&talk->rig) == 0x10000b);
		CU_ASSERT(answers(talk, "z2,200000,4", "OK") && answers(talk, "Z1,100011,1", "OK"));
		CU_ASSERT(tells(talk, "c", "T05hwbreak:;") && rig_eip(&talk->rig) == 0x100011);
		CU_ASSERT(answers(talk, "z1,100011,1", "OK"));
		CU_ASSERT(tells(talk, "c", "T02thread:1;")); /* it loops until Ctrl-C */
		end(talk);
	}
}

static void test_wrong_points(void)
{
	static const char *const wrong[] = { "Z", "Z5,0,1", "Z0", "Z0,", "Z0,x,1", "Z0,1", "Z2,0,0", "Z2,ffffffff,2",
		                             "Z0,100000000,1", "zz", "z9,1,1" };
	struct talk *talk = begin("trap");
	char request[32];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CU_ASSERT(answers(talk, wrong[i], "E16"));
	for (unsigned i = 0; i < STOPS_MAX + 4; i++) {
		snprintf(request, sizeof(request), "Z0,%x,1", 0x300000 + i);
		CU_ASSERT(answers(talk, request, i < STOPS_MAX ? "OK" : "E1c"));
	}
	end(talk);
}

static void test_restart(void)
{
	struct talk *talk = begin("bt");

	CU_ASSERT(answers(talk, "!", "OK"));
	ask(talk, "c");
	ask(talk, "k");
	CU_ASSERT(talk->frames == 0 && talk->gdb.wish == GDB_STAYS);
	ask(talk, "R00");
	CU_ASSERT(talk->frames == 0 && rig_eip(&talk->rig) == 0x100000);
	end(talk);
}

static void test_monitor(void)
{
	struct talk *talk = begin("trap");

	ask(talk, "qRcmd,68656c70");
	CU_ASSERT_STRING_EQUAL(talk->line, "help");
	CU_ASSERT(strcmp(talk->answer, "OK") == 0 && talk->frames > 10); /* in pieces */
	CU_ASSERT(answers(talk, "qRcmd,6", "E16") && answers(talk, "qRcmd,xx", "E16"));
	end(talk);
}

/* ---- the other side's manners ---- */

static void test_wishes(void)
{
	static const struct {
		const char *packet;
		enum gdb_wish wish;
	} wishes[] = {
		{ "D", GDB_DETACHES }, { "D;1", GDB_DETACHES }, { "k", GDB_KILLS }, { "vKill;1", GDB_KILLS },
	};

	for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		struct talk *talk = begin("trap");

		ask(talk, wishes[i].packet);
		CU_ASSERT(talk->gdb.wish == wishes[i].wish);
		end(talk);
	}
}

static void test_damage(void)
{
	struct talk *talk = begin("trap");
	char *noise = malloc(1 << 20);

	gdb_receive(&talk->gdb, "$p8#00", 6);
	take_out(talk);
	CU_ASSERT(talk->refusals == 1 && talk->frames == 0);
	CU_ASSERT(answers(talk, "p8", "00001000"));
	gdb_receive(&talk->gdb, "------", 6); /* asks again, and gets it once */
	take_out(talk);
	CU_ASSERT(talk->frames == 1 && strcmp(talk->answer, "00001000") == 0);
	gdb_receive(&talk->gdb, "\3\3\3", 3); /* nothing runs */
	take_out(talk);
	CU_ASSERT(talk->frames == 0);
	memset(noise, 'x', 1 << 20);
	gdb_receive(&talk->gdb, noise, 1 << 20);
	CU_ASSERT(talk->gdb.wish == GDB_IS_NONE);
	free(noise);
	end(talk);
}

/* A connection that ends while the guest runs leaves it standing still. */
static void test_broken_off(void)
{
	struct talk *talk = begin("trap");

	gdb_receive(&talk->gdb, "$c#63", 5);
	CU_ASSERT(talk->gdb.waiting && talk->rig.debugger.running);
	gdb_end(&talk->gdb);
	CU_ASSERT(!talk->rig.debugger.running);
	end(talk);
}

/* Well-framed nonsense: the guest and the program survive, and each answer is a good frame. */
static void test_random_packets(void)
{
	static const char *const beginnings[] = {
		"m", "M100000,", "X", "Z", "z", "p", "P", "G", "vCont;", "s", "c", "bs", "bc", "qXfer:features:read:", "qRcmd,",
		"Z2,200000,", "m10000", "H", "S", "C", "R", "vCont;r10", "qSupported", "Q", "Z0,1000",
	};
	struct talk *talk = begin("bt");
	uint64_t seed = harness_seed(50), rounds = harness_count(600);

	for (uint64_t i = 0; i < rounds; i++) {
		char body[64];
		size_t size;

		snprintf(body, sizeof(body), "%s",
		         beginnings[harness_random(&seed) % (sizeof(beginnings) / sizeof(beginnings[0]))]);
		size = strlen(body);
		for (uint64_t j = harness_random(&seed) % 16; j && size < sizeof(body); j--)
			body[size++] = "0123456789abcdef,:;=x\xff\x01"[harness_random(&seed) % 23];
		ask_bytes(talk, body, size);
		CU_ASSERT(!talk->gdb.waiting && talk->gdb.wish == GDB_STAYS);
	}
	end(talk);
}

static const struct harness_test tests[] = {
	{ "the first packets are answered as gdb wants", test_beginning },
	{ "the description comes in parts", test_description },
	{ "registers are read and written", test_registers },
	{ "x87 and SSE are read and written", test_float_registers },
	{ "the hardware's registers stand beside the guest's", test_two_truths },
	{ "memory is read and written", test_memory },
	{ "steps forward and backward in every technique", test_steps },
	{ "break- and watchpoints in every technique", test_points },
	{ "wrong points are refused, and too many", test_wrong_points },
	{ "a guest is begun anew", test_restart },
	{ "monitor hands its line on", test_monitor },
	{ "detaching and killing", test_wishes },
	{ "damage, repetition and noise", test_damage },
	{ "a connection breaks off while the guest runs", test_broken_off },
	{ "random packets do no harm", test_random_packets },
	{ 0 },
};

int main(void)
{
	return harness_main("gdb", tests);
}
