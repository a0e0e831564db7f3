/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/oracle/kernel_compare.c - do two machines stand alike? All that software can know, and all memory.
 */
#include "tests/oracle/kernel_machine.h"

#include "cpu/paging.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool differ(char *text, size_t size, const char *what, uint64_t a, uint64_t b)
{
	if (a == b)
		return false;
	snprintf(text, size, "%s %08" PRIx64 ", not %08" PRIx64, what, b, a);
	return true;
}

/* RF means nothing without a breakpoint, and the exit of a page fault may have left it for an instruction to come. */
static uint32_t flags_that_count(const struct cpu_state *state)
{
	return state->dr[7] & 0xff ? state->eflags : state->eflags & ~(uint32_t)EFLAGS_RF;
}

static bool registers_differ(const struct cpu_state *a, const struct cpu_state *b, char *text, size_t size)
{
	static const char *const names[] = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};

	for (unsigned i = 0; i < GPR_COUNT; i++)
		if (differ(text, size, names[i], a->gpr[i], b->gpr[i]))
			return true;
	return differ(text, size, "eip", a->eip, b->eip) ||
	       differ(text, size, "eflags", flags_that_count(a), flags_that_count(b)) ||
	       differ(text, size, "cpl", a->cpl, b->cpl) || differ(text, size, "activity", a->activity, b->activity);
}

/* A null selector's hidden part is nobody's. */
static bool segment_differs(const struct segment *a, const struct segment *b, const char *name, char *text, size_t size)
{
	bool usable = a->access & ACCESS_PRESENT;

	return differ(text, size, name, a->selector, b->selector) ||
	       differ(text, size, name, usable, (b->access & ACCESS_PRESENT) != 0) ||
	       (usable && (differ(text, size, name, a->base, b->base) || differ(text, size, name, a->limit, b->limit) ||
	                   differ(text, size, name, a->access, b->access)));
}

static bool segments_differ(const struct cpu_state *a, const struct cpu_state *b, char *text, size_t size)
{
	static const char *const names[] = {"es", "cs", "ss", "ds", "fs", "gs", "ldtr", "tr"};

	for (unsigned i = 0; i < SEGMENT_COUNT; i++)
		if (segment_differs(&a->segment[i], &b->segment[i], names[i], text, size))
			return true;
	return differ(text, size, "gdtr", a->gdtr.base, b->gdtr.base) ||
	       differ(text, size, "gdtr limit", a->gdtr.limit, b->gdtr.limit) ||
	       differ(text, size, "idtr", a->idtr.base, b->idtr.base) ||
	       differ(text, size, "idtr limit", a->idtr.limit, b->idtr.limit);
}

static bool system_differs(const struct cpu_state *a, const struct cpu_state *b, char *text, size_t size)
{
	static const char *const names[] = {"dr0", "dr1", "dr2", "dr3", "dr4", "dr5", "dr6", "dr7"};

	for (unsigned i = 0; i < 8; i++)
		if (differ(text, size, names[i], a->dr[i], b->dr[i]))
			return true;
	for (unsigned i = 0; i < 4 && a->cr4 & CR4_PAE; i++)
		if (differ(text, size, "pdpte", a->pae_pointer[i], b->pae_pointer[i]))
			return true;
	return differ(text, size, "cr0", a->cr0, b->cr0) || differ(text, size, "cr2", a->cr2, b->cr2) ||
	       differ(text, size, "cr3", a->cr3, b->cr3) || differ(text, size, "cr4", a->cr4, b->cr4) ||
	       differ(text, size, "efer", a->efer, b->efer) ||
	       differ(text, size, "sysenter_cs", a->sysenter_cs, b->sysenter_cs) ||
	       differ(text, size, "sysenter_esp", a->sysenter_esp, b->sysenter_esp) ||
	       differ(text, size, "sysenter_eip", a->sysenter_eip, b->sysenter_eip);
}

bool states_agree(const struct cpu_state *a, const struct cpu_state *b, char *text, size_t size)
{
	return !registers_differ(a, b, text, size) && !segments_differ(a, b, text, size) &&
	       !system_differs(a, b, text, size);
}

static bool memories_agree(const struct vm *a, const struct vm *b, char *text, size_t size)
{
	uint64_t frames = memory_guest_size(a->memory) >> PAGE_SHIFT;

	for (uint64_t gfn = 0; gfn < frames; gfn++) {
		const uint8_t *one = memory_guest_frame(a->memory, gfn), *other = memory_guest_frame(b->memory, gfn);
		unsigned at = 0;

		if (!memcmp(one, other, PAGE_SIZE))
			continue;
		while (one[at] == other[at])
			at++;
		snprintf(text, size, "memory at %05" PRIx64 " is %02x, not %02x", (gfn << PAGE_SHIFT) + at, other[at], one[at]);
		return false;
	}
	return true;
}

bool machines_agree(const struct machine *reference, const struct machine *other, char *text, size_t size)
{
	if (reference->end != other->end) {
		snprintf(text, size, "%s at %05x, not %s at %05x %s", vm_end_name(other->end), vm_guest_state(other->vm)->eip,
		         vm_end_name(reference->end), vm_guest_state(reference->vm)->eip, other->vm->message);
		return false;
	}
	return states_agree(vm_guest_state(reference->vm), vm_guest_state(other->vm), text, size) &&
	       memories_agree(reference->vm, other->vm, text, size);
}
