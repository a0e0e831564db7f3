/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/callout.c - why translated code calls the VMM, and what is done about it: an instruction that is the VMM's to do, a
 * direct transfer that leads to no unit yet, an indirect one that the lookup cache does not know, an interrupt that
 * waited for the guest. All come through the doorway (a page of the window that stands for the VMM's code) with their
 * number in virtual->site; no exception is taken, which is why this is cheaper than trapping.
 * (Adams and Agesen 2006, section 3.)
 */
#include "bt/operation.h"
#include "bt/policy.h"
#include "bt/runtime.h"
#include "cpu/perform.h"

#include <assert.h>
#include <string.h>

/* ---- going on ---- */

struct unit *find_unit(struct translator *translator)
{
	struct unit_key key = key_of(cpu_state_const(translator->vm->vcpu));
	struct unit *unit = unit_find(translator, &key);

	translator->counters.dispatches++;
	policy_find(translator, &key, unit);
	return unit ? unit : translate(translator, &key);
}

static void resume_by(struct translator *translator, struct unit *unit, uint32_t address)
{
	translator->resume = (struct resume){
		.unit = unit,
		.address = address,
		.eip = cpu_state_const(translator->vm->vcpu)->eip,
		.generation = translator->generation,
	};
}

void resume_at(struct translator *translator, struct unit *unit)
{
	resume_by(translator, unit, unit ? unit_address(unit) : 0);
}

/* At this instruction or the next: the guest's EIP tells. Behind the last one stands the jump to what follows. */
void resume_in(struct translator *translator, struct unit *unit, const struct record *record)
{
	uint32_t offset = cpu_state_const(translator->vm->vcpu)->eip - unit->key.eip;
	const struct record *last = &unit->record[unit->count - 1];

	if (offset == record->offset)
		resume_by(translator, unit, unit_address(unit) + record->code);
	else if (offset != record->offset + record->insn.length)
		return;
	else if (record != last)
		resume_by(translator, unit, unit_address(unit) + record[1].code);
	else if (last->in_cache < SEQUENCE_CALLOUT_END)
		resume_by(translator, unit, unit_address(unit) + last->code + last->code_size);
}

/* ---- mappings ---- */

static struct paging_seen paging_now(const struct cpu_state *guest)
{
	struct paging_seen now;

	memset(&now, 0, sizeof now);
	now.cr0 = guest->cr0 & (CR0_PG | CR0_WP);
	now.cr3 = guest->cr3;
	now.cr4 = guest->cr4 & (CR4_PSE | CR4_PAE | CR4_PGE);
	now.task = guest->segment[TR].selector;
	now.efer = guest->efer;
	if (now.cr4 & CR4_PAE)
		memcpy(now.pae_pointer, guest->pae_pointer, sizeof now.pae_pointer);
	return now;
}

static void check_if_unsure(struct translator *translator)
{
	struct paging_seen now = paging_now(cpu_state_const(translator->vm->vcpu));

	if (!translator->unsure && !memcmp(&now, &translator->seen, sizeof now))
		return;
	translator->unsure = false;
	translator->seen = now;
	watch_check(translator);
}

void check_mappings(struct translator *translator)
{
	struct vm *vm = translator->vm;
	uint64_t since = vm->clock;
	struct event event;

	check_if_unsure(translator);
	if (vm->clock == since)
		return;
	story_begin(vm, &event, EV_INVALIDATE);
	event.cycle = since;
	event.reason = "check mappings";
	event.action = "looked whether translated code is still mapped where it was";
	story_phase(vm, &event, "walk where code is mapped", since);
	story_tell(vm, &event, cpu_state_const(vm->vcpu));
}

/* What this instruction obliges translated code to look at, as a TLB would forget. */
static void forget_mappings(struct translator *translator, const struct insn *insn, const struct cpu_state *before)
{
	uint32_t linear;

	if (insn->row->perform == perform_vmcall)
		translator->unsure = true; /* a hypercall may do anything */
	switch (flush_of(insn, before, &linear)) {
	case FLUSH_PAGE:
		watch_check_linear(translator, linear);
		break;
	case FLUSH_ALL:
		translator->unsure |= insn->reg == 3;
		break;
	default:
		break;
	}
	check_if_unsure(translator);
}

/* ---- the VMM does an instruction ---- */

static void tell_result(struct translator *translator, struct event *event, const struct cpu_state *before, enum met met)
{
	const struct cpu_event *delivered = &translator->base.delivered;

	event->action = "executed on the virtual CPU";
	if (delivered->type != EVENT_NONE) {
		story_delivered(event, delivered);
	} else if (met == MET_TRACE) {
		event->reason = "trace";
		event->action = "did the store to a traced page without a fault";
	} else if (met == MET_DEVICE) {
		event->reason = "device memory";
		event->action = "did the access to a device's register without a fault";
	}
	story_tell(translator->vm, event, before);
}

static enum met execute(struct translator *translator, const struct insn *insn, struct event *event,
                    const struct cpu_state *before)
{
	struct vm *vm = translator->vm;
	struct emulation emulation = emulation_by(translator);
	uint64_t traces = *emulation.traces, accesses = vm->device_accesses, since = vm->clock;
	enum met met;

	step_whole(&emulation, insn);
	carry_flush(vm, insn, before);
	story_phase(vm, event, "execute on the virtual CPU", since);
	met = *emulation.traces != traces ? MET_TRACE : vm->device_accesses != accesses ? MET_DEVICE : MET_NOTHING;
	since = vm->clock;
	forget_mappings(translator, insn, before);
	if (vm->clock != since)
		story_phase(vm, event, "walk where code is mapped", since);
	return met;
}

static void call_out(struct translator *translator, struct unit *unit, struct record *record)
{
	struct vm *vm = translator->vm;
	struct cpu_state before = *cpu_state_const(vm->vcpu);
	uint32_t generation = translator->generation;
	bool adapted = record->treatment == TREAT_ADAPTED;
	enum met met;
	struct insn insn = record->insn; /* the unit may be gone before the event is told */
	struct event event;

	translator->counters.callouts++;
	story_begin(vm, &event, EV_CALLOUT);
	event.reason = reason_of(&insn);
	story_charge(vm, &event, "call the VMM and go on", COST_callout);
	met = execute(translator, &insn, &event, &before);
	tell_result(translator, &event, &before, met);
	if (generation == translator->generation && adapted)
		adapt_called(translator, unit, record, met);
	if (generation == translator->generation)
		resume_in(translator, unit, record);
}

/* ---- transfers ---- */

static void begin_transfer(struct vm *vm, struct event *event, const char *reason)
{
	story_begin(vm, event, EV_CALLOUT);
	event->reason = reason;
	story_charge(vm, event, "call the VMM and go on", COST_callout);
	story_charge(vm, event, "find the unit", COST_unit_lookup);
}

/*
 * tour 4.6: A chain
 * A direct jump leads to the VMM the first time alone: when its target has a unit the jump is patched to go straight
 * there. Making a unit may empty the cache, and then the exit itself is gone.
 */
static void transfer(struct translator *translator, struct unit_exit *exit)
{
	struct vm *vm = translator->vm;
	struct cpu_state before = *cpu_state_const(vm->vcpu);
	uint32_t generation = translator->generation;
	struct event event;
	struct unit *unit;

	begin_transfer(vm, &event, "transfer");
	unit = find_unit(translator);
	event.action = unit ? "found the unit that it leads to" : "it leads to nothing that can be translated";
	if (unit && vm->config.chain && generation == translator->generation && policy_chain(translator, exit, unit)) {
		unit_chain(translator, exit, unit);
		event.kind = EV_CHAIN;
		event.reason = "chain";
		event.action = "led the exit straight to its unit";
		story_charge(vm, &event, "chain", COST_chain);
	}
	story_tell(vm, &event, &before);
	resume_at(translator, unit);
}

static void look_up(struct translator *translator)
{
	struct vm *vm = translator->vm;
	struct cpu_state before = *cpu_state_const(vm->vcpu);
	struct event event;
	struct unit *unit;

	begin_transfer(vm, &event, "lookup miss");
	unit = find_unit(translator);
	event.action = unit ? "put its unit into the lookup cache" : "it leads to nothing that can be translated";
	if (unit)
		lookup_insert(translator, unit, policy_slot(translator, unit));
	story_tell(vm, &event, &before);
	resume_at(translator, unit);
}

/* STI holds interrupts off for one more instruction (SDM volume 2, STI); POPF does not. */
static void open_window(struct translator *translator, const struct record *record)
{
	struct vm *vm = translator->vm;
	struct cpu_state before = *cpu_state_const(vm->vcpu);
	struct event event;

	translator->counters.interrupts++;
	story_begin(vm, &event, EV_CALLOUT);
	event.reason = "interrupt window";
	event.action = "an interrupt waits for the guest, which takes interrupts again";
	story_charge(vm, &event, "call the VMM and go on", COST_callout);
	if (record->insn.row->perform == perform_sti)
		cpu_state(vm->vcpu)->interrupt_shadow = SHADOW_STI;
	story_tell(vm, &event, &before);
}

/* ---- the doorway ---- */

/* The guest is where the exit says: before an instruction, behind it, or at a transfer's target. */
static uint32_t guest_eip(const struct unit_exit *exit)
{
	const struct unit *unit = exit->unit;
	const struct record *record = &unit->record[exit->record];

	if (exit->kind == EXIT_TRANSFER)
		return exit->target;
	return unit->key.eip + record->offset + (exit->kind == EXIT_INTERRUPT ? record->insn.length : 0);
}

/*
 * tour 4.5: The doorway
 * A unit that needs the VMM stores the number of its exit and jumps to a page that stands for the VMM's code. The
 * number says where in the guest's code this is, so the virtual CPU can be brought up to date before anything else.
 */
void doorway(struct translator *translator)
{
	uint32_t site = translator->virtual->site;
	struct unit_exit *exit;

	if (site == SITE_LOOKUP) {
		cache_leave(translator, translator->virtual->target, 0);
		look_up(translator);
		return;
	}
	assert(site < translator->exits_used);
	exit = &translator->exit[site];
	assert(exit->unit);
	cache_leave(translator, guest_eip(exit), 0);
	switch ((enum exit_kind)exit->kind) {
	case EXIT_TRANSFER:
		transfer(translator, exit);
		break;
	case EXIT_CALLOUT:
		call_out(translator, exit->unit, &exit->unit->record[exit->record]);
		break;
	case EXIT_INTERRUPT:
		open_window(translator, &exit->unit->record[exit->record]);
		break;
	case EXIT_LOOKUP:
		look_up(translator);
		break;
	}
}
