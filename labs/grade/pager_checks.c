/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/pager_checks.c - one call of a shadow pager beside what the guest's own tables say: the walk is made anew, by the processor
 * model's own code (cpu/paging.c), so nothing that the pager keeps is believed. SDM vol. 3, 4.6 to 4.10.
 */
#include "labs/grade/pager_checks.h"

#include "cpu/paging.h"
#include "trap/deprivileged.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One look at a call. */
struct look {
	const struct vm *vm;
	const struct pager_call *pager;
	const struct lent_request *request;
	const struct shadow *shadow;
	struct pager_memory *memory;
	struct divergence *divergence;
	char *why;
	size_t size;
};

__attribute__((format(printf, 2, 3))) static void print(char text[80], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, 80, format, arguments);
	va_end(arguments);
}

static bool wrong(const struct look *look, const char *what, const char *why)
{
	snprintf(look->divergence->what, sizeof look->divergence->what, "%s", what);
	snprintf(look->why, look->size, "%s", why);
	return false;
}

/* ---- words ---- */

static void error_words(char text[80], uint32_t error)
{
	print(text, "#PF, error %08" PRIx32 " (%s, %s, %s%s)", error, error & PF_PRESENT ? "present" : "not present",
	      error & PF_WRITE ? "write" : "read", error & PF_USER ? "CPL 3" : "supervisor", error & PF_RESERVED ? ", reserved bit" : "");
}

static void walk_words(char text[80], const char *before, const struct walk *walk)
{
	if (walk->steps == 0)
		print(text, "%s (paging is off)", before);
	else if (walk->steps == 1)
		print(text, "%s (the guest has PDE %08" PRIx64 ")", before, walk->step[0].entry);
	else
		print(text, "%s (the guest has PDE %08" PRIx64 ", PTE %08" PRIx64 ")", before, walk->step[0].entry, walk->step[1].entry);
}

static void describe(const struct look *look, const struct lab_call *call)
{
	const struct lent_request *request = look->request;
	struct divergence *divergence = look->divergence;
	char *text = divergence->instruction;

	snprintf(divergence->handler, sizeof divergence->handler, "%s", lab_handler_name(call->handler));
	divergence->eip = call->before->eip;
	switch (request->call) {
	case LENT_FILL:
		print(text, "%s gla %08" PRIx32 " (CPL %u)", request->access == ACCESS_WRITE ? "write to" : "read of", request->linear,
		      request->user ? 3 : call->before->cpl);
		break;
	case LENT_LOAD_CR3: print(text, "CR3 %08" PRIx32 "%s", call->before->cr3, call->before->cr0 & CR0_PG ? "" : ", paging off"); break;
	case LENT_STORED: print(text, "%" PRIu32 " bytes at gpa %08" PRIx64, request->size, request->gpa); break;
	case LENT_INVLPG: print(text, "gla %08" PRIx32, request->linear); break;
	case LENT_FLUSH: print(text, "%" PRIu32 " shadow pages", request->pages); break;
	}
}

/* ---- fill: whose fault is it ---- */

static const char *verdict_words(enum shadow_verdict verdict)
{
	return verdict == SHADOW_EMULATE ? "LAB_DONE, emulate" : "LAB_DONE, to run again";
}

static bool verdict_is_right(const struct look *look)
{
	const struct lent_request *request = look->request;
	struct divergence *divergence = look->divergence;
	const struct walk *walk = request->walk;

	if (walk->ok && request->verdict != SHADOW_TRUE)
		return true;
	if (walk->ok) {
		walk_words(divergence->expected, "LAB_DONE", walk);
		error_words(divergence->got, request->error);
		return wrong(look, "result", "a fault was handed to the guest that its own tables do not have: it is a hidden one");
	}
	error_words(divergence->expected, walk->error);
	if (request->verdict != SHADOW_TRUE) {
		print(divergence->got, "%s", verdict_words(request->verdict));
		return wrong(look, "result", "a true fault: the guest's own tables do not allow this access");
	}
	if (request->error == walk->error)
		return true;
	error_words(divergence->got, request->error);
	return wrong(look, "error code", "the guest gets another error code than a processor would push");
}

/* ---- fill: A and D ---- */

static bool marks_are_right(const struct look *look)
{
	const struct lent_request *request = look->request;
	const struct walk *before = request->walk;
	struct walk after;

	cpu_walk(cpu_state_const(look->vm->vcpu), &look->vm->guest_bus, request->linear, ACCESS_READ, false, &after);
	for (unsigned i = 0; i < before->steps && i < after.steps && request->verdict != SHADOW_EMULATE; i++) {
		uint64_t expected = before->step[i].entry;

		if (request->verdict == SHADOW_HIDDEN)
			expected |= ENTRY_A | (i == before->steps - 1 && request->access == ACCESS_WRITE ? ENTRY_D : 0);
		if (after.step[i].entry == expected)
			continue;
		print(look->divergence->expected, "%08" PRIx64, expected);
		print(look->divergence->got, "%08" PRIx64, after.step[i].entry);
		return wrong(look, i ? "guest's PTE" : "guest's PDE", "the guest's entry is not what a processor would have left: A and D");
	}
	return true;
}

/* ---- fill: what it has made ---- */

static bool can_be_marked(const struct shadow *shadow, const struct walk *walk)
{
	for (unsigned i = 0; i < walk->steps; i++) {
		uint64_t gfn = walk->step[i].entry_address >> PAGE_SHIFT, mfn;

		if (gfn >= shadow->guest_frames || !memory_gfn_to_mfn(shadow->vm->memory, gfn, &mfn) ||
		    memory_flags(shadow->vm->memory, mfn) & FRAME_ROM)
			return false;
	}
	return true;
}

/* Could an entry of the hardware's have let the access through? */
static bool needs_no_emulation(const struct look *look)
{
	const struct lent_request *request = look->request;
	const struct shadow *shadow = look->shadow;
	uint64_t gfn = request->walk->physical >> PAGE_SHIFT, mfn;

	if (gfn >= shadow->guest_frames || !memory_gfn_to_mfn(shadow->vm->memory, gfn, &mfn) || !can_be_marked(shadow, request->walk))
		return false;
	return request->access != ACCESS_WRITE ||
	       (request->walk->writable && !shadow->traces[gfn] && !(memory_flags(shadow->vm->memory, mfn) & FRAME_ROM));
}

static bool emulation_is_needed(const struct look *look)
{
	if (!needs_no_emulation(look))
		return true;
	walk_words(look->divergence->expected, "an entry", look->request->walk);
	print(look->divergence->got, "emulate");
	return wrong(look, "result", "fill asked for emulation where the hardware could do the access itself");
}

/* Does the hardware's walk get through now, for the access of the last fill? */
static bool entry_serves(const struct look *look, uint32_t root)
{
	const struct pager_memory *memory = look->memory;
	struct walk walk;

	lent_walk(look->shadow, root, memory->linear, memory->access, memory->user || deprivileged(look->vm)->ring == 3, &walk);
	if (walk.ok)
		return true;
	print(look->divergence->expected, "an entry that lets the access to %08" PRIx32 " through", memory->linear);
	if (walk.steps == 1)
		print(look->divergence->got, "shadow PDE %08" PRIx64, walk.step[0].entry);
	else
		print(look->divergence->got, "shadow PDE %08" PRIx64 ", PTE %08" PRIx64, walk.step[0].entry, walk.step[1].entry);
	return wrong(look, "hardware", "the instruction runs again, and faults again: the hardware's walk of your tables does not get through");
}

/* One instruction touches some pages, and needs the entries of all of them at once. */
static bool guest_gets_on(const struct look *look)
{
	enum { ENOUGH = 12 }; /* the VMM too loses its patience then, and emulates */
	struct pager_memory *memory = look->memory;
	uint64_t instructions = vm_instructions(look->vm);

	memory->in_a_row = instructions == memory->instructions ? memory->in_a_row + 1 : 0;
	memory->instructions = instructions;
	if (memory->in_a_row <= ENOUGH)
		return true;
	print(look->divergence->expected, "entries of all the pages that one instruction needs");
	print(look->divergence->got, "%u hidden faults, and it is still not done", memory->in_a_row + 1);
	return wrong(look, "progress", "the guest does not get on: entries are gone again before they are of use");
}

static bool fill_is_right(const struct look *look)
{
	const struct lent_request *request = look->request;
	struct pager_memory *memory = look->memory;

	if (request->verdict == SHADOW_EMULATE)
		return emulation_is_needed(look);
	if (request->verdict != SHADOW_HIDDEN)
		return true;
	memory->linear = request->linear;
	memory->access = request->access;
	memory->user = request->user;
	memory->owed = look->shadow->lent->root == LENT_NO_PAGE;
	return guest_gets_on(look) && (memory->owed || entry_serves(look, look->shadow->lent->root));
}

static bool root_is_right(const struct look *look)
{
	bool owed = look->memory->owed;

	look->memory->owed = false;
	return !owed || entry_serves(look, look->request->root);
}

/* ---- after every call ---- */

static bool entries_are_fresh(const struct look *look)
{
	struct lent_difference difference;
	char why[300];

	if (lent_compare(look->shadow, &difference))
		return true;
	snprintf(why, sizeof why, "a shadow entry is not what the guest's tables say: gla %08" PRIx32 ", CR3 %08" PRIx32 ", where it has %s: %s",
	         difference.linear, difference.cr3, difference.guest, difference.why);
	print(look->divergence->expected, "%s", difference.expected);
	print(look->divergence->got, "%s", difference.got);
	return wrong(look, "entry", why);
}

static bool tlb_is_flushed(const struct look *look)
{
	const struct lent *lent = look->shadow->lent;

	if (look->request->call == LENT_INVLPG && !look->shadow->flush_needed && lent->page_flushes == look->pager->page_flushes) {
		print(look->divergence->expected, "tlb_flush_page, or tlb_flush");
		print(look->divergence->got, "neither");
		return wrong(look, "TLB", "the guest has invalidated a page, and the processor's TLB may still have it");
	}
	if (lent->debt == LENT_CLEAN)
		return true;
	print(look->divergence->expected, "tlb_flush");
	print(look->divergence->got, lent->debt == LENT_TABLE ? "a directory's entry was taken away" : "RW was taken from an entry");
	return wrong(look, "TLB", lent->debt == LENT_TABLE
	                              ? "a directory's entry is another one, and the processor's TLB may have what was below it"
	                              : "an entry has lost the right to write, and the processor's TLB may still have it: a store would not be seen");
}

bool pager_call_is_right(const struct vm *vm, const struct lab_call *call, enum pager_checks checks, struct pager_memory *memory,
                         struct divergence *divergence, char *why, size_t size)
{
	const struct pager_call *pager = call->request;
	struct look look = {vm, pager, pager->request, pager->request->shadow, memory, divergence, why, size};
	bool fill = look.request->call == LENT_FILL;

	describe(&look, call);
	if (fill && (!verdict_is_right(&look) || (look.request->verdict == SHADOW_TRUE && !marks_are_right(&look))))
		return false;
	if (checks == CHECK_FAULTS)
		return true;
	if (fill && (!fill_is_right(&look) || !marks_are_right(&look)))
		return false;
	if (look.request->call == LENT_LOAD_CR3 && !root_is_right(&look))
		return false;
	return entries_are_fresh(&look) && tlb_is_flushed(&look);
}
