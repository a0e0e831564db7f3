/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/core/stop_runs.c - see stop_runs.h.
 */
#include "tests/core/stop_runs.h"

#include "core/symbols.h"

#include <inttypes.h>
#include <stdio.h>

bool runs_usual_kernel(const struct vm_mode *mode)
{
	return mode->technique != &technique_pv;
}

/* ---- what a run is known by ---- */

static void mix(struct tale *tale, uint64_t value)
{
	tale->digest = (tale->digest ^ value) * UINT64_C(0x100000001b3);
	tale->digest ^= tale->digest >> 29;
}

static void mix_text(struct tale *tale, const char *text)
{
	for (; text && *text; text++)
		mix(tale, (uint8_t)*text);
}

static void hear(void *owner, const struct event *event)
{
	struct tale *tale = owner;

	tale->events++;
	mix(tale, event->sequence);
	mix(tale, event->cycle);
	mix(tale, (uint64_t)event->kind << 32 | event->eip);
	mix(tale, event->instruction);
	mix(tale, event->cycles);
	mix(tale, event->address);
	mix_text(tale, event->reason);
	mix_text(tale, event->action);
	for (unsigned i = 0; i < event->changes; i++)
		mix(tale, (uint64_t)event->change[i].before << 32 | event->change[i].after);
	for (unsigned i = 0; i < event->phases; i++)
		mix(tale, event->phase[i].cycles);
}

/* Translation caches of both kinds are wanted: with chains, and with counters at the units' heads. */
static void unchained(struct config *config)
{
	config->chain = config->adapt = false;
	config->unit_counters = true;
}

struct vm *stop_machine(const struct vm_mode *mode, const char *words, struct tale *tale)
{
	bool other = mode->technique == &technique_bt && mode->ring == 3;
	struct vm *vm = lab_kernel_new(mode, words, other ? unchained : NULL);

	*tale = (struct tale){.reader = {.owner = tale, .kinds = EVENT_KINDS_ALL, .read = hear}};
	if (vm)
		event_add_reader(&vm->events, &tale->reader);
	return vm;
}

void check_same(const char *name, const struct vm *whole, const struct tale *whole_tale, const struct vm *cut,
		const struct tale *cut_tale)
{
	CU_ASSERT_EQUAL(cut->clock, whole->clock);
	CU_ASSERT_EQUAL(vm_instructions(cut), vm_instructions(whole));
	CU_ASSERT_EQUAL(vm_digest(cut), vm_digest(whole));
	CU_ASSERT_EQUAL(cut_tale->events, whole_tale->events);
	CU_ASSERT_EQUAL(cut_tale->digest, whole_tale->digest);
	if (cut->clock != whole->clock || cut_tale->digest != whole_tale->digest)
		printf("# %s: %" PRIu64 " cycles and %" PRIu64 " events, %" PRIu64 " and %" PRIu64
		       " at once\n",
		       name, cut->clock, cut_tale->events, whole->clock, whole_tale->events);
}

/* ---- places ---- */

uint32_t kernel_symbol(const struct vm_mode *mode, const char *name)
{
	const char *path = runs_usual_kernel(mode) ? "build/guests/kernel.elf" : "build/guests/kernel-pv.elf";
	char error[256] = "";
	struct symbols *symbols = symbols_read(NULL, path, error, sizeof error);
	uint32_t address = 0;

	CU_ASSERT_FATAL(symbols != NULL);
	CU_ASSERT(symbols_find(symbols, name, &address));
	symbols_free(symbols);
	return address;
}

void name_by_frame(const struct vm *vm, struct stop_place *place, enum stop_space space)
{
	uint64_t gpa = place->address - KERNEL_BASE, mfn = 0;

	CU_ASSERT_FATAL(memory_gfn_to_mfn(vm->memory, gpa >> PAGE_SHIFT, &mfn));
	place->space = space;
	place->address = space == SPACE_MACHINE ? mfn << PAGE_SHIFT | (gpa & PAGE_MASK) : gpa;
}

uint32_t linear_eip(const struct vm *vm)
{
	const struct cpu_state *guest = vm_guest_state(vm);

	return guest->segment[CS].base + guest->eip;
}

/* ---- counted ---- */

static void note_stop(struct vm *vm, const struct stop_place *place, struct counted *counted,
		      look_at_stop *look)
{
	struct stop_hit hit = vm_stop_hit(vm);

	counted->stops++;
	CU_ASSERT_FATAL(hit.place >= 0);
	counted->hits[hit.place]++;
	if (hit.access == STOP_EXECUTE)
		CU_ASSERT_EQUAL(linear_eip(vm), hit.linear);
	if (place[hit.place].space == SPACE_LINEAR)
		CU_ASSERT(hit.linear + (hit.size ? hit.size - 1u : 0) - place[hit.place].address <
			  place[hit.place].size + (hit.size ? hit.size - 1u : 0));
	if (look)
		look(vm, place, &hit);
}

/* At once, or in slices of any length. */
static enum vm_end run_on(struct vm *vm, uint64_t *slices)
{
	enum vm_end end = VM_RUNNING;

	if (!slices)
		return vm_run(vm, STOP_RUN_LIMIT);
	while (end == VM_RUNNING && vm->clock < STOP_RUN_LIMIT) {
		uint64_t choice = harness_random(slices);

		end = vm_run(vm, vm->clock + (choice >> 8 & (choice & 1 ? 0xff : 0xffff)));
	}
	return end;
}

struct counted run_with_stops(struct vm *vm, const struct stop_place *place, size_t count, look_at_stop *look,
			      uint64_t *slices)
{
	struct counted counted = {0};

	CU_ASSERT_FATAL(vm_set_stops(vm, place, count));
	vm_stops_go_on(vm); /* the first instruction counts too */
	while ((counted.end = run_on(vm, slices)) == VM_STOPPED && counted.stops < MOST_STOPS)
		note_stop(vm, place, &counted, look);
	return counted;
}

struct counted compare_runs(const struct vm_mode *mode, const char *name, const char *words,
			    const struct stop_place *place, size_t count, look_at_stop *look,
			    uint64_t *slices)
{
	struct tale plain_tale, stopped_tale;
	struct vm *plain = stop_machine(mode, words, &plain_tale),
		  *stopped = stop_machine(mode, words, &stopped_tale);
	struct counted counted;

	CU_ASSERT_FATAL(plain && stopped);
	CU_ASSERT_EQUAL(vm_run(plain, STOP_RUN_LIMIT), VM_EXITED);
	counted = run_with_stops(stopped, place, count, look, slices);
	CU_ASSERT_EQUAL(counted.end, VM_EXITED);
	check_same(name, plain, &plain_tale, stopped, &stopped_tale);
	vm_free(plain);
	vm_free(stopped);
	return counted;
}

void check_counts(const struct vm_mode *mode, const char *name, struct counted *first,
		  const struct counted *counted, size_t count)
{
	if (!runs_usual_kernel(mode))
		return;
	if (!first->stops)
		*first = *counted;
	for (size_t i = 0; i < count; i++) {
		CU_ASSERT_EQUAL(counted->hits[i], first->hits[i]);
		if (counted->hits[i] != first->hits[i])
			printf("# %s: place %zu was met %" PRIu64 " times, elsewhere %" PRIu64 "\n", name, i,
			       counted->hits[i], first->hits[i]);
	}
}
