/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/walk_compare.c - why a shadow entry differs from the guest's own: each rule of shadow
 * paging (hidden faults, traced tables, the dirty bit, WP, deprivileged rings) leaves its mark.
 */
#include "visualizer/walk_text.h"

#include "trap/domain.h"

#include <inttypes.h>
#include <stdarg.h>

enum { ENTRY_DIRTY = 1 << 6, ENTRY_WRITABLE = 1 << 1, ENTRY_ACCESSED = 1 << 5 };

__attribute__((format(printf, 2, 3)))
static void add(struct walk_differences *differences, const char *format, ...)
{
	va_list arguments;

	if (differences->count == WALK_DIFFERENCES)
		return;
	va_start(arguments, format);
	vsnprintf(differences->text[differences->count++], WALK_DIFFERENCE_SIZE, format, arguments);
	va_end(arguments);
}

static uint64_t last_entry(const struct walk *walk)
{
	return walk->steps ? walk->step[walk->steps - 1].entry : 0;
}

/* The guest's tables allow the access, the shadow's do not. */
static void explain_refusal(const struct two_walks *walks, struct walk_differences *differences)
{
	uint64_t mfn = 0;
	bool known = memory_gfn_to_mfn(walks->vm->memory, walks->guest.physical >> PAGE_SHIFT, &mfn);

	if (!known)
		add(differences, "the guest maps a frame that it does not have: no %s entry can be made",
		    walks->nested ? "nested" : "shadow");
	else if (walks->nested)
		add(differences, "the nested tables lack an entry for gpa %08" PRIx64 ": the next access is a VM exit (EPT "
		    "violation), which makes it", walks->violated);
	else if (!(walks->shadow.error & 1))
		add(differences, "the shadow has no entry yet: the next access is a hidden page fault, and fills it");
	else if (memory_flags(walks->vm->memory, mfn) & FRAME_TRACED)
		add(differences, "the page is traced (the guest keeps page tables in it): a store is told to the VMM");
	else if (walks->access == ACCESS_WRITE && walks->guest_paging &&
	         !(last_entry(&walks->guest) & ENTRY_DIRTY))
		add(differences, "the guest's D bit is clear: the first store faults, so that the VMM can set it");
	else
		add(differences, "the shadow holds back a right that the guest gives: the next use is a hidden fault");
}

/* What the guest's tables allow, nested ones can only take away. */
static void explain_nested_rights(const struct two_walks *walks, struct walk_differences *differences)
{
	if (walks->guest.writable && !walks->shadow.writable)
		add(differences, "read-only in the nested tables: a store is a VM exit (EPT violation)");
	else
		add(differences, "rights, A and D bits are the guest's own matter: its tables are walked as they are");
}

static void explain_rights(const struct two_walks *walks, struct walk_differences *differences)
{
	uint64_t mfn = walks->shadow.physical >> PAGE_SHIFT;
	bool traced = memory_flags(walks->vm->memory, mfn) & FRAME_TRACED;

	if (walks->guest.writable && !walks->shadow.writable && traced)
		add(differences, "read-only in the shadow: the page is traced (the guest keeps page tables in it)");
	else if (walks->guest.writable && !walks->shadow.writable && walks->guest_paging && !walks->guest.dirty)
		add(differences, "read-only in the shadow: the guest's D bit is clear, the first store must fault");
	else if (walks->guest.writable && !walks->shadow.writable)
		add(differences, "read-only in the shadow: the VMM wants to see the next store");
	if (!walks->guest.writable && walks->shadow.writable)
		add(differences, "writable in the shadow: WP is clear for the guest's kernel, and the VMM emulates that");
	if (!walks->guest.user && walks->shadow.user)
		add(differences, "user in the shadow: the guest's kernel runs in ring 3 and could not reach it otherwise");
	if (walks->guest.user && !walks->shadow.user)
		add(differences, "supervisor in the shadow: this view is the kernel's");
}

static void explain_frame(const struct two_walks *walks, struct walk_differences *differences)
{
	uint64_t gfn = walks->guest.physical >> PAGE_SHIFT, mfn = 0;
	uint64_t has = walks->shadow.physical >> PAGE_SHIFT;

	if (!memory_gfn_to_mfn(walks->vm->memory, gfn, &mfn))
		add(differences, "gfn %05" PRIx64 " is no frame of the guest", gfn);
	else if (mfn == has)
		add(differences, "gfn %05" PRIx64 " lies in mfn %05" PRIx64 ", and there the %s point%s", gfn, mfn,
		    walks->nested ? "nested tables" : "shadow", walks->nested ? "" : "s");
	else
		add(differences, "gfn %05" PRIx64 " lies in mfn %05" PRIx64 ", but the shadow points to %05" PRIx64
		    ": stale, as a TLB would be until it is flushed", gfn, mfn, has);
	if (walks->guest.page_size > PAGE_SIZE && walks->shadow.page_size == PAGE_SIZE)
		add(differences, "a large page of the guest in 4 KiB pieces: its frames need not lie together");
}

/* The TLB and the tables that fill it may disagree until somebody flushes it (SDM vol. 3, 4.10.4). */
static void explain_tlb(const struct two_walks *walks, struct walk_differences *differences)
{
	const struct walk *filled_from = walks->shadowed ? &walks->shadow : &walks->guest;

	if (!walks->in_tlb || (walks->vm->technique->vmm && !walks->shadowed && !walks->direct))
		return;
	if (!filled_from->ok || (filled_from->physical ^ walks->tlb.physical) >= PAGE_SIZE)
		add(differences, "the TLB remembers what its tables no longer say: stale until it is flushed");
}

/* A domain's entries hold machine frames; the VMM has seen to it that they are the domain's own, and that no page table
 * is mapped writable. */
static void explain_direct(const struct two_walks *walks, struct walk_differences *differences)
{
	const struct domain *domain = walks->vm->technique_state;
	uint64_t mfn = walks->guest.physical >> PAGE_SHIFT, gfn;

	if (!memory_mfn_to_gfn(walks->vm->memory, mfn, &gfn)) {
		add(differences, "mfn %05" PRIx64 " is no frame of the domain: the VMM's own", mfn);
		return;
	}
	add(differences, "mfn %05" PRIx64 " is the domain's gfn %05" PRIx64, mfn, gfn);
	if (domain->frame[gfn].uses && is_table(domain->frame[gfn].type))
		add(differences, "it is a page table: never writable, each update is a hypercall that the VMM validates");
}

static bool holds_user_view(const struct two_walks *walks)
{
	return walks->shadow_user && !walks->user && vm_guest_state(walks->vm)->cpl == 3;
}

void walk_compare(const struct two_walks *walks, struct walk_differences *differences)
{
	differences->count = 0;
	if (!walks->guest.ok && walks->shadowed && walks->shadow.ok)
		add(differences, "the guest's tables refuse it, the shadow still allows it: stale until the guest flushes");
	else if (!walks->guest.ok)
		add(differences, "the guest's own tables refuse it: a true page fault, error code %" PRIx32,
		    walks->guest.error);
	explain_tlb(walks, differences);
	if (walks->guest.ok && walks->direct)
		explain_direct(walks, differences);
	if (!walks->guest.ok || !walks->shadowed)
		return;
	if (holds_user_view(walks))
		add(differences, "the processor holds the view of user programs now: the kernel has another one");
	if (!walks->shadow.ok) {
		explain_refusal(walks, differences);
		return;
	}
	explain_frame(walks, differences);
	if (walks->nested)
		explain_nested_rights(walks, differences);
	else
		explain_rights(walks, differences);
}
