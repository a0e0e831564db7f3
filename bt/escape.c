/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/escape.c - what translated code must have left as it was when the VMM gets the processor back. Code of our own always has; a
 * piece's (piece.h) runs deprivileged in the window and can do there what it likes: jump out of the cache or go round in it, store
 * nonsense into the virtual page, load the VMM's segment registers. All of it ends here, as an error and not as a surprise.
 */
#include "bt/runtime.h"
#include "core/refuse.h"

#include <inttypes.h>

static bool escaped(const struct translator *translator, const char *what, uint32_t value)
{
	struct vm *vm = translator->vm;

	return refuse(vm->message, sizeof vm->message, "translated code %s %08" PRIx32, what, value);
}

static bool segments_hold(const struct translator *translator, const struct cpu_state *real)
{
	const struct deprivileged *state = &translator->base;

	if (real->segment[CS].selector != translator->code.selector || real->cpl != state->ring)
		return escaped(translator, "loaded CS with", real->segment[CS].selector);
	if (real->segment[GS].selector != translator->data.selector)
		return escaped(translator, "loaded GS with", real->segment[GS].selector);
	if (real->segment[SS].selector != state->loaded[SS].selector)
		return escaped(translator, "loaded SS with", real->segment[SS].selector);
	return true;
}

static bool page_holds(const struct translator *translator)
{
	const struct virtual_page *page = translator->virtual;

	if (page->interrupt_flag & ~(uint32_t)EFLAGS_IF)
		return escaped(translator, "stored into interrupt_flag what is not IF:", page->interrupt_flag);
	if (page->io_privilege & ~(uint32_t)EFLAGS_IOPL)
		return escaped(translator, "stored into io_privilege what is not IOPL:", page->io_privilege);
	return true;
}

static bool site_holds(const struct translator *translator)
{
	uint32_t site = translator->virtual->site;
	const struct unit_exit *exit = site < translator->exits_used ? &translator->exit[site] : NULL;

	if (site == SITE_LOOKUP)
		return true;
	if (!exit || !exit->unit)
		return escaped(translator, "called the VMM for an exit that there is not:", site);
	return !exit->chained || escaped(translator, "called the VMM for an exit that is chained:", site);
}

bool translated_code_holds(struct translator *translator, enum cpu_stop stop)
{
	const struct cpu_state *real = cpu_state_const(translator->vm->processor);
	struct unit *unit = unit_at(translator, real->eip);

	if (!segments_hold(translator, real) || !page_holds(translator))
		return false;
	if (stop == CPU_STOP_MONITOR)
		return site_holds(translator);
	if (!unit)
		return escaped(translator, "left the translation cache: EIP is", real->eip);
	if (stop == CPU_STOP_EVENT)
		return record_at(unit, real->eip) || escaped(translator, "raised an exception between two instructions, at", real->eip);
	return is_boundary(translator, real->eip) ||
	       escaped(translator, "goes round and comes to no guest instruction, at", real->eip);
}
