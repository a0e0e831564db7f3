/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/pager_part.c - the table `pager`: each request of the VMM's (shadowpt/lent.h) is one call of a handler, whose answer is
 * looked at before it counts.
 *
 * A pager keeps what it knows in its own process, which cannot be put back: going back in time begins at the beginning, with a
 * process that knows nothing.
 */
#include "labs/plugin/pager_part.h"

#include "labs/plugin/inside.h"
#include "trap/deprivileged.h"

#include <inttypes.h>
#include <string.h>

static const enum handler handlers[] = {
	[LENT_FILL] = HANDLER_pager_fill,     [LENT_LOAD_CR3] = HANDLER_pager_load_cr3, [LENT_STORED] = HANDLER_pager_stored,
	[LENT_INVLPG] = HANDLER_pager_invlpg, [LENT_FLUSH] = HANDLER_pager_flush,
};

static struct lab_paging paging_of(const struct vm *vm, const struct lent_request *request)
{
	return (struct lab_paging){
		.gla = request->linear,
		.write = request->access == ACCESS_WRITE,
		.user = request->user,
		.users_view = request->view == VIEW_USER,
		.kernel_ring = (uint8_t)deprivileged(vm)->ring,
		.gpa = (uint32_t)request->gpa,
		.size = request->size,
		.pages = request->pages,
	};
}

/* What the handler may only look at ends where its answers begin. */
static bool same_question(struct lab *lab, const struct exchange *call)
{
	return exchange_same(lab, call, &call->given.vm.cpu, &call->back.vm.cpu, sizeof call->given.vm.cpu, "vm->cpu") &&
	       exchange_same(lab, call, &call->given.request.paging, &call->back.request.paging, offsetof(struct lab_paging, root),
	                     "what paging asks");
}

static bool take_fill(struct lab *lab, const struct exchange *call, struct lent_request *request)
{
	struct cpu_event fault;

	request->verdict = call->back.request.paging.emulate ? SHADOW_EMULATE : SHADOW_HIDDEN;
	if (call->result == LAB_DONE)
		return true;
	request->verdict = SHADOW_TRUE;
	if (!exchange_fault(lab, call, &fault))
		return false;
	if (fault.vector != VECTOR_PF)
		return lab_fails(lab, "fill gave a fault of vector %u; a page fault of the guest's is #PF, LAB_PF", fault.vector);
	request->error = fault.error;
	return true;
}

static bool take_root(struct lab *lab, const struct exchange *call, struct lent_request *request)
{
	uint32_t root = call->back.request.paging.root;
	const struct lent_page *page = lent_page(request->shadow, root);

	request->root = root;
	if (page && page->level == LAB_DIRECTORY)
		return true;
	return lab_fails(lab, "load-cr3: paging->root is %" PRIx32 ", which is none of your directories (of shadow_page)", root);
}

static bool take_answer(struct lab *lab, const struct exchange *call, struct lent_request *request)
{
	if (!same_question(lab, call))
		return false;
	if (call->result == LAB_DECLINE || (call->result == LAB_FAULT && request->call != LENT_FILL))
		return lab_fails(lab, "%s gave %s, which nobody else can do for it", lab_handler_name(call->handler),
		                 call->result == LAB_FAULT ? "LAB_FAULT" : "LAB_DECLINE");
	if (request->call == LENT_FILL)
		return take_fill(lab, call, request);
	return request->call != LENT_LOAD_CR3 || take_root(lab, call, request);
}

/* The machine is at the beginning of a pager's life, and the process is not. */
static void begin_anew(struct lab *lab, const struct lent_request *request)
{
	if (request->shadow->lent->calls == 0 && lab->pager_calls > 0) {
		lab_process_end(&lab->process);
		lab->pager_calls = 0;
	}
	lab->pager_calls++;
}

static bool is_possible(struct lab *lab, const struct vm *vm)
{
	const struct cpu_state *state = cpu_state_const(vm->vcpu);

	return !(state_paging(state) && state->cr4 & CR4_PAE) ||
	       lab_fails(lab, "the guest has turned PAE on, and a pager of lab 4 has tables of two levels; take a guest without PAE");
}

static void ask(void *owner, struct vm *vm, struct lent_request *request)
{
	struct lab *lab = owner;
	struct cpu_state before = *cpu_state_const(vm->vcpu);
	struct pager_call told = {.request = request, .page_flushes = request->shadow->lent->page_flushes};
	struct lab_call observed = {.cycle = vm->clock, .handler = handlers[request->call], .before = &before, .request = &told};
	struct exchange call;

	if (vm->stranded || !is_possible(lab, vm))
		return;
	begin_anew(lab, request);
	exchange_begin(&call, handlers[request->call]);
	lab_cpu_of(&call.given.vm.cpu, &before);
	call.given.request.paging = paging_of(vm, request);
	lab->shadow = request->shadow;
	request->done = exchange_call(lab, &call) && take_answer(lab, &call, request);
	lab->shadow = NULL;
	if (!request->done)
		return;
	told.told = call.back.request.paging;
	lab->declined = false;
	observe(lab, &observed);
}

/* All of them, for tables are not shared with the VMM's own pager. Is fill alone to be the piece's, all are asked too, and of their
 * answers only counts whose a fault is. */
void pager_part(struct lab *lab)
{
	bool all = true;

	for (unsigned i = 0; i < sizeof handlers / sizeof *handlers; i++) {
		all &= goes_through(lab, handlers[i]);
		if (lab->file < 0 || !(lab->process.has >> handlers[i] & 1))
			return;
	}
	if (!piece_does(lab, HANDLER_pager_fill))
		return;
	lab->table.pager = ask;
	lab->table.beside = !all;
	lab->table.remembers = true;
}
