/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/test_flame.c - the tree of frames, call stacks from what a guest does with its stack pointer, the forms in
 * which they are written, and that a run that is taken apart is the run that it would have been, to the cycle.
 */
#include "tests/harness.h"
#include "tests/trap/lab_kernel.h"
#include "trap/techniques.h"
#include "visualizer/flame/profile.h"
#include "visualizer/flame/write.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t LIMIT = UINT64_C(3000000000);

static struct frame code(const char *name)
{
	return (struct frame){.kind = FRAME_KERNEL_CODE, .name = name};
}

/* ---- frames ---- */

static void test_frames(void)
{
	struct frames frames;
	frame_at a, b;
	uint64_t total[8];

	CU_ASSERT_FATAL(frames_begin(&frames, 0));
	a = frames_enter(&frames, 0, code("a"));
	b = frames_enter(&frames, a, code("b"));
	CU_ASSERT(a && b && a != b);
	CU_ASSERT_EQUAL(frames_enter(&frames, 0, code("a")), a);
	CU_ASSERT_NOT_EQUAL(frames_enter(&frames, 0, code("b")), b);
	frames_add(&frames, a, 10);
	frames_add(&frames, b, 5);
	frames_sort(&frames);
	frames_total(&frames, total);
	CU_ASSERT_EQUAL(total[0], 15);
	CU_ASSERT_EQUAL(total[a], 15);
	CU_ASSERT_EQUAL(total[b], 5);
	frames_end(&frames);
}

/* Where no more frames fit, cycles stand with the caller, and none is lost. */
static void test_bounded_frames(void)
{
	static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
	struct frames frames;
	uint64_t total[4];

	CU_ASSERT_FATAL(frames_begin(&frames, 4));
	for (unsigned i = 0; i < 600; i++)
		frames_add(&frames, frames_enter(&frames, 0, code(names[i % 6])), 1);
	CU_ASSERT(frames.cut);
	CU_ASSERT_EQUAL(frames.count, 4);
	CU_ASSERT_EQUAL(frames.node[0].cycles, 300);
	frames_total(&frames, total);
	CU_ASSERT_EQUAL(total[0], 600);
	frames_end(&frames);
}

/* ---- call stacks ---- */

struct walker {
	struct frames frames;
	struct calls calls;
	struct cpu_state guest;
};

static void begin_walk(struct walker *walker)
{
	*walker = (struct walker){.guest.gpr[ESP] = 0xc0010000};
	CU_ASSERT_FATAL(frames_begin(&walker->frames, 0) && calls_begin(&walker->calls, &walker->frames, NULL));
}

static void end_walk(struct walker *walker)
{
	calls_end(&walker->calls);
	frames_end(&walker->frames);
}

/* The stack as pages, from the outermost: "c0100 c0101". */
static const char *look(struct walker *walker, uint32_t eip, uint32_t esp)
{
	static char text[256];
	uint32_t page[16];
	unsigned count = 0;
	frame_at at;

	walker->guest.eip = eip;
	walker->guest.gpr[ESP] = esp;
	at = calls_look(&walker->calls, &walker->guest);
	for (; walker->frames.node[at].parent && count < 16; at = walker->frames.node[at].parent)
		page[count++] = walker->frames.node[at].frame.number >> 12;
	text[0] = '\0';
	while (count--)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%" PRIx32, text[0] ? " " : "", page[count]);
	return text;
}

static void test_calls_and_returns(void)
{
	struct walker walker;

	begin_walk(&walker);
	CU_ASSERT_STRING_EQUAL(look(&walker, 0xc0100000, 0xc0010000), "c0100");
	CU_ASSERT_STRING_EQUAL(look(&walker, 0xc0101000, 0xc000fffc), "c0100 c0101");       /* call */
	CU_ASSERT_STRING_EQUAL(look(&walker, 0xc0101001, 0xc000fff8), "c0100 c0101");       /* push */
	CU_ASSERT_STRING_EQUAL(look(&walker, 0xc0102000, 0xc000fff4), "c0100 c0101 c0102"); /* call */
	CU_ASSERT_STRING_EQUAL(look(&walker, 0xc0103000, 0xc000fff4), "c0100 c0101 c0103"); /* jump: a tail call */
	CU_ASSERT_STRING_EQUAL(look(&walker, 0xc0105000, 0xc000ffe8), "c0100 c0101 c0103 c0105"); /* an interrupt */
	CU_ASSERT_STRING_EQUAL(look(&walker, 0xc0103004, 0xc000fff4), "c0100 c0101 c0103"); /* and back */
	CU_ASSERT_STRING_EQUAL(look(&walker, 0xc0101006, 0xc000fff8), "c0100 c0101");       /* return */
	CU_ASSERT_STRING_EQUAL(look(&walker, 0xc0100005, 0xc0010000), "c0100");             /* longjmp, so to speak */
	end_walk(&walker);
}

static void test_deep_calls(void)
{
	struct walker walker;
	uint32_t esp = 0xc0010000;

	begin_walk(&walker);
	look(&walker, 0xc0100000, esp);
	for (unsigned i = 0; i < 1000; i++)
		look(&walker, 0xc0200000 + i * 0x1000, esp -= 16);
	CU_ASSERT(walker.calls.now.depth < CALLS_DEEP);
	for (unsigned i = 0; i < 1000; i++)
		look(&walker, 0xc0200000 - i * 0x1000, esp += 16);
	CU_ASSERT_STRING_EQUAL(look(&walker, 0xc0100005, 0xc0010000), "c0100");
	end_walk(&walker);
}

/* Two threads of a kernel, each found again with its callers; and a user's stack, by its address space. */
static void test_stacks(void)
{
	struct walker walker;

	begin_walk(&walker);
	look(&walker, 0xc0100000, 0xc0010000);
	CU_ASSERT_STRING_EQUAL(look(&walker, 0xc0101000, 0xc000fffc), "c0100 c0101");
	CU_ASSERT_STRING_EQUAL(look(&walker, 0xc0101002, 0xc0020000), "c0101"); /* mov esp, to a stack not seen before */
	CU_ASSERT_STRING_EQUAL(look(&walker, 0xc0102000, 0xc001fffc), "c0101 c0102");
	CU_ASSERT_STRING_EQUAL(look(&walker, 0xc0102002, 0xc000fffc), "c0100 c0102"); /* back to the first one */
	CU_ASSERT_STRING_EQUAL(look(&walker, 0xc0100009, 0xc0010000), "c0100");
	walker.guest.cpl = 3;
	walker.guest.cr3 = 0x1000;
	CU_ASSERT_STRING_EQUAL(look(&walker, 0x08048000, 0xbffff000), "8048");
	CU_ASSERT_STRING_EQUAL(look(&walker, 0x08049000, 0xbfffeffc), "8048 8049");
	walker.guest.cpl = 0;
	CU_ASSERT_STRING_EQUAL(look(&walker, 0xc0105000, 0xc0030000), "c0105"); /* a system call */
	walker.guest.cpl = 3;
	CU_ASSERT_STRING_EQUAL(look(&walker, 0x08049002, 0xbfffeffc), "8048 8049");
	walker.guest.cr3 = 0x2000;
	CU_ASSERT_STRING_EQUAL(look(&walker, 0x08049002, 0xbfffeffc), "8049"); /* as high, but another's */
	end_walk(&walker);
}

static void test_random_walks(void)
{
	uint64_t dice = harness_seed(1), steps = harness_count(20000);
	struct walker walker;

	begin_walk(&walker);
	for (uint64_t i = 0; i < steps; i++) {
		walker.guest.cpl = harness_random(&dice) % 9 ? walker.guest.cpl : (uint8_t)(3 - walker.guest.cpl);
		walker.guest.cr3 = harness_random(&dice) % 4 << 12;
		look(&walker, (uint32_t)harness_random(&dice), walker.guest.gpr[ESP] + (uint32_t)harness_random(&dice) % 4096 - 2048);
	}
	CU_ASSERT(walker.calls.stacks <= CALLS_STACKS && walker.frames.count <= walker.frames.most);
	end_walk(&walker);
}

/* ---- what is written ---- */

static char *written(const struct frames *frames, bool svg)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	struct output *output = output_into(stream);
	char error[100];

	bool fine = !svg || flame_write_svg(frames, "<title> & \"more\"", output);

	if (!svg)
		flame_write_folded(frames, output);
	CU_ASSERT(fine);
	CU_ASSERT(output_close(output, error, sizeof(error)));
	fclose(stream);
	return text;
}

static void test_forms(void)
{
	struct frames frames;
	frame_at odd;
	char *text;

	CU_ASSERT_FATAL(frames_begin(&frames, 0));
	odd = frames_enter(&frames, 0, code("a;b\n<&>\xff"));
	frames_add(&frames, odd, 7);
	frames_add(&frames, frames_enter(&frames, odd, (struct frame){.kind = FRAME_USER_CODE, .number = 0x8049000}), 3);
	frames_sort(&frames);
	text = written(&frames, false);
	CU_ASSERT_STRING_EQUAL(text, "a_b_<&>\xff 7\na_b_<&>\xff;08049xxx 3\n");
	free(text);
	text = written(&frames, true);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "<title>a_b_&lt;&amp;&gt;?: 10 cycles, 100.00%; 7 in itself</title>"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "&lt;title&gt; &amp; &quot;more&quot;"));
	CU_ASSERT_PTR_NULL(strstr(text, "<script"));
	free(text);
	frames_end(&frames);
}

/* ---- a whole run ---- */

static void test_same_run(void)
{
	const struct vm_mode modes[] = {
		{.technique = &technique_native, .ring = 1, .paging = PAGING_GUEST},
		{.technique = &technique_trap, .ring = 3, .paging = PAGING_SHADOW},
		{.technique = &technique_bt, .ring = 1, .paging = PAGING_SHADOW},
		{.technique = &technique_hvm, .ring = 1, .paging = PAGING_NESTED},
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct vm *plain = lab_kernel_new(&modes[i], "hz=1000 workload=syscall n=2", NULL);
		struct vm *looked = lab_kernel_new(&modes[i], "hz=1000 workload=syscall n=2", NULL);
		struct profile profile;
		uint64_t whole = 0;

		CU_ASSERT_FATAL(plain && looked && profile_begin(&profile, looked, NULL, i == 1 ? 3000 : 0));
		CU_ASSERT_EQUAL(vm_run(plain, LIMIT), VM_EXITED);
		CU_ASSERT_EQUAL(profile_run(&profile, looked, 2000000), VM_RUNNING);
		CU_ASSERT_EQUAL(profile_run(&profile, looked, LIMIT), VM_EXITED);
		CU_ASSERT_EQUAL(plain->clock, looked->clock);
		CU_ASSERT_EQUAL(vm_digest(plain), vm_digest(looked));
		profile_finish(&profile);
		for (frame_at at = 0; at < profile.frames.count; at++)
			whole += profile.frames.node[at].cycles;
		CU_ASSERT_EQUAL(whole, looked->clock);
		CU_ASSERT_EQUAL(profile.frames.node[0].cycles, 0);
		profile_end(&profile);
		vm_free(plain);
		vm_free(looked);
	}
}

static const struct harness_test tests[] = {
	{"frames", test_frames},
	{"frames are bounded", test_bounded_frames},
	{"calls and returns", test_calls_and_returns},
	{"deep calls", test_deep_calls},
	{"stacks", test_stacks},
	{"random walks", test_random_walks},
	{"folded, and a picture", test_forms},
	{"the same run, all of it", test_same_run},
	{0},
};

int main(void)
{
	return harness_main("visualizer/flame", tests);
}
