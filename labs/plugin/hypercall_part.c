/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/hypercall_part.c - the table `hypercall`: a domain's call is judged by the piece and done by the VMM, which looks at
 * each update once more (Barham et al. 2003, 3.3.3). So a run with a right piece is the run without one, and what a wrong one would
 * have let in is never done: the first disagreement ends the run.
 */
#include "labs/plugin/hypercall_part.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static enum handler handler_of(const struct call *call)
{
	switch (call->number) {
	case __HYPERVISOR_mmu_update: return HANDLER_hypercall_mmu_update;
	case __HYPERVISOR_update_va_mapping: return HANDLER_hypercall_update_va_mapping;
	case __HYPERVISOR_set_gdt: return HANDLER_hypercall_set_gdt;
	case __HYPERVISOR_update_descriptor: return HANDLER_hypercall_update_descriptor;
	case __HYPERVISOR_stack_switch: return HANDLER_hypercall_stack_switch;
	case __HYPERVISOR_set_trap_table: return HANDLER_hypercall_set_trap_table;
	default: return HANDLERS;
	}
}

static const char *error_text(int32_t result, char *text, size_t size)
{
	static const struct { int32_t result; const char *name; } names[] = {
		{LAB_EPERM, "EPERM"}, {LAB_ESRCH, "ESRCH"}, {LAB_E2BIG, "E2BIG"}, {LAB_EFAULT, "EFAULT"}, {LAB_EINVAL, "EINVAL"},
		{LAB_ENOSYS, "ENOSYS"},
	};

	snprintf(text, size, "%" PRId32, result);
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].result == result)
			snprintf(text, size, "-%s", names[i].name);
	return text;
}

/* ---- the answers compared ---- */

static bool wrong_answer(struct lab *lab, const struct hypercall_work *work, int32_t right, int32_t got)
{
	char expected[32], given[32], where[48] = "";

	if (work->list)
		snprintf(where, sizeof where, " at request %" PRIu32, work->done);
	return lab_fails(lab, "%s answers %s%s, the VMM's own %s", lab_handler_name(work->handler), error_text(got, given, sizeof given),
	                 where, error_text(right, expected, sizeof expected));
}

static bool refused_what_is_right(struct lab *lab, const struct hypercall_work *work, int32_t got)
{
	char given[32];

	if (got == 0)
		return lab_fails(lab, "%s answers 0 and has not carried out what it should (update %u)", lab_handler_name(work->handler),
		                 work->list ? work->done : work->wants);
	return lab_fails(lab, "%s refuses with %s what the guest has a right to%s", lab_handler_name(work->handler),
	                 error_text(got, given, sizeof given), work->list ? " (the request behind those carried out)" : "");
}

static bool let_through(struct lab *lab, const struct hypercall_work *work, const char *harm, int32_t right)
{
	char expected[32];

	return lab_fails(lab, "%s lets through what is hostile: the guest could %s (the VMM's own answer: %s)",
	                 lab_handler_name(work->handler), harm, error_text(right, expected, sizeof expected));
}

static bool same_update(const struct lab_update *right, const struct lab_update *wanted)
{
	return memcmp(right, wanted, sizeof *right) == 0;
}

static bool other_update(struct lab *lab, const struct hypercall_work *work, const struct lab_update *right,
                         const struct lab_update *wanted)
{
	char harm[256];

	harm_of_call(work, wanted, harm, sizeof harm);
	if (wanted->kind == LAB_UPDATE_TRAP && wanted->straight && right->kind == LAB_UPDATE_TRAP && !right->straight)
		return lab_fails(lab, "%s lets through what is hostile: the guest could %s (its handler may not be entered straight)",
		                 lab_handler_name(work->handler), harm);
	return lab_fails(lab, "%s has something else carried out: kind %u, address %" PRIx64 ", value %" PRIx64 ", selector %x, straight %u; "
	                 "expected kind %u, %" PRIx64 ", %" PRIx64 ", %x, %u", lab_handler_name(work->handler), wanted->kind,
	                 wanted->address, wanted->value, wanted->selector, wanted->straight, right->kind, right->address, right->value,
	                 right->selector, right->straight);
}

/* ---- mmu_update, request by request ---- */

/* The VMM does the next request. Gives 0 or an error. */
static int32_t do_request(struct hypercall_work *work, struct mmu_update *update)
{
	int32_t result = batch_take(work->call, sizeof *update, work->done, update);

	if (!result)
		result = domain_update_one(work->call, update);
	work->done += !result;
	return result;
}

/* Of a list that is refused as a whole. */
static const char *harm_of_list(int32_t refused)
{
	switch (refused) {
	case -XEN_E2BIG: return "keep the VMM at work on a list that is longer than any may be";
	case -XEN_ESRCH: return "change the tables of another domain";
	default: return "have the VMM write a number where the guest itself may not";
	}
}

static bool carry_out_request(struct lab *lab, struct hypercall_work *work, const struct lab_update *wanted)
{
	struct domain *domain = work->call->xen->domain;
	struct mmu_update update;
	struct lab_update right;
	int32_t result;
	char harm[256];

	if (work->refused)
		return let_through(lab, work, harm_of_list(work->refused), work->refused);
	if (work->done == work->count)
		return lab_fails(lab, "%s has carried out more than the %" PRIu32 " requests that there are", lab_handler_name(work->handler),
		                 work->count);
	if (!guest_read_item(work->call->vm, work->call->argument[0], work->done, &update, sizeof update))
		return let_through(lab, work, "have requests read from where it has no memory", -XEN_EFAULT);
	right = right_request(domain, &update);
	harm_of_request(domain, &update, harm, sizeof harm);
	result = do_request(work, &update);
	if (result)
		return let_through(lab, work, harm, result);
	return same_update(&right, wanted) || other_update(lab, work, &right, wanted);
}

static int32_t settle_list(struct lab *lab, struct hypercall_work *work, int32_t got)
{
	struct mmu_update update;
	bool more = !work->refused && work->done < work->count;
	int32_t result = work->refused;

	if (more)
		result = do_request(work, &update);
	if (more && !result)
		refused_what_is_right(lab, work, got);
	else if (result != got)
		wrong_answer(lab, work, result, got);
	return work->refused ? result : batch_done(work->call, work->done, result);
}

/* ---- other calls, when the piece has returned ---- */

static void compare_updates(struct lab *lab, const struct hypercall_work *work)
{
	for (unsigned i = 0; i < work->rights && i < work->wants; i++)
		if (!same_update(&work->right[i], &work->wanted[i])) {
			other_update(lab, work, &work->right[i], &work->wanted[i]);
			return;
		}
	if (work->wants < work->rights)
		refused_what_is_right(lab, work, 0);
	else if (work->wants > work->rights)
		lab_fails(lab, "%s has carried out %u updates, not %u", lab_handler_name(work->handler), work->wants, work->rights);
}

static int32_t settle_call(struct lab *lab, struct hypercall_work *work, int32_t got)
{
	char harm[256] = "have done what it must not";
	int32_t result;

	right_updates(work);
	if (work->wants)
		harm_of_call(work, &work->wanted[0], harm, sizeof harm);
	result = call_own(work->call);
	if (result && work->wants)
		let_through(lab, work, harm, result);
	else if (!result && got)
		refused_what_is_right(lab, work, got);
	else if (result != got)
		wrong_answer(lab, work, result, got);
	else if (!result)
		compare_updates(lab, work);
	return result;
}

/* ---- one call ---- */

bool hypercall_carry_out(struct lab *lab, struct message *message)
{
	struct hypercall_work *work = lab->hypercall;
	struct lab_update update;

	if (!work || message->size != sizeof update)
		return false;
	memcpy(&update, message->bytes, sizeof update);
	message->size = 0;
	message->a = true;
	if (work->list)
		return carry_out_request(lab, work, &update);
	if (work->wants == UPDATES_MAX)
		return lab_fails(lab, "%s has more than %d updates carried out", lab_handler_name(work->handler), UPDATES_MAX);
	work->wanted[work->wants++] = update;
	return true;
}

static bool ask_piece(struct lab *lab, struct hypercall_work *work, struct lab_hypercall *asked)
{
	struct exchange call;

	exchange_begin(&call, work->handler);
	lab_cpu_of(&call.given.vm.cpu, cpu_state_const(lab->vm->vcpu));
	call.given.request.hypercall = *asked;
	lab->hypercall = work;
	if (!exchange_call(lab, &call))
		return false;
	lab->hypercall = NULL;
	asked->result = call.back.request.hypercall.result;
	if (call.result == LAB_FAULT)
		return lab_fails(lab, "%s gave LAB_FAULT: a hypercall answers with an error in `result`", lab_handler_name(work->handler));
	lab->declined = call.result == LAB_DECLINE;
	return exchange_same(lab, &call, &call.given.vm.cpu, &call.back.vm.cpu, sizeof call.given.vm.cpu, "vm->cpu") &&
	       exchange_same(lab, &call, &call.given.request.hypercall, &call.back.request.hypercall,
	                     offsetof(struct lab_hypercall, result), "the call's number and arguments");
}

static int32_t judged_call(struct lab *lab, struct hypercall_work *work, struct lab_hypercall *asked)
{
	struct call *call = work->call;
	bool heard;

	work->list = work->handler == HANDLER_hypercall_mmu_update;
	if (work->list)
		work->refused = batch_check(call, &work->count);
	heard = ask_piece(lab, work, asked);
	lab->hypercall = NULL;
	if (!heard || (lab->declined && !work->done && !work->wants))
		return work->list && work->done ? -XEN_EINVAL : call_own(call);
	return work->list ? settle_list(lab, work, asked->result) : settle_call(lab, work, asked->result);
}

static int32_t hypercall_judged(void *owner, struct vm *vm, struct call *call)
{
	struct lab *lab = owner;
	struct hypercall_work work = {.call = call, .handler = handler_of(call)};
	struct lab_hypercall asked = {.number = call->number};
	struct cpu_state before = *cpu_state_const(vm->vcpu);
	struct lab_call observed = {.cycle = vm->clock, .handler = work.handler, .before = &before, .request = &asked};
	int32_t result;

	memcpy(asked.argument, call->argument, sizeof asked.argument);
	lab->declined = false;
	if (!goes_through(lab, work.handler) || call->xen->domain->pae)
		return call_own(call);
	result = piece_does(lab, work.handler) ? judged_call(lab, &work, &asked) : call_own(call);
	asked.result = result;
	observe(lab, &observed);
	return result;
}

void hypercall_part(struct lab *lab)
{
	lab->table.hypercall = hypercall_judged;
}
