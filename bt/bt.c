/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/bt.c - the technique `bt`: guest kernel code is translated on demand into units of a bounded cache, and runs
 * there deprivileged; user code runs directly, as under `trap`. What traps in silence or not at all under `trap` is
 * right here, for no sensitive instruction reaches the processor. (Adams and Agesen 2006, sections 2.1 and 3.)
 *
 * What translated code is not made for is interpreted: 16-bit code, single steps, breakpoints, the instruction behind STI
 * when an interrupt waits, and what hardware cannot hold at all (trap/world.c).
 */
#include "bt/bt.h"
#include "bt/operation.h"
#include "bt/runtime.h"
#include "core/breakpoint.h"
#include "core/refuse.h"
#include "cpu/perform.h"

#include <stdlib.h>
#include <string.h>

/* ---- taking over and giving up ---- */

static uint32_t cache_bytes(const struct vm *vm)
{
#ifdef RINGSIDE_HOSTILE
	(void)vm;
	return 512;
#else
	return (uint32_t)vm->config.translation_cache;
#endif
}

static enum clock_way clock_way(const struct config *config)
{
	static const char *const names[] = {
		[CLOCK_DIRECT] = "direct", [CLOCK_TRAP] = "trap", [CLOCK_CALLOUT] = "callout", [CLOCK_CACHE] = "cache",
	};

	for (enum clock_way way = CLOCK_TRAP; way <= CLOCK_CACHE; way++)
		if (!strcmp(config->rdtsc, names[way]))
			return way;
	return CLOCK_DIRECT;
}

/* Users' instructions alone run as they are: what units do with PUSHF and its kin is their business. */
static void observe_users(void *owner, const struct insn *insn)
{
	struct vm *vm = owner;

	if (cpu_state_const(vm->processor)->segment[CS].selector != translator(vm)->code.selector)
		observe_sensitive(owner, insn);
}

static bool begin(struct translator *translator)
{
	struct vm *vm = translator->vm;

	translator->back = &back_ia32;
	translator->virtual = (struct virtual_page *)(void *)memory_machine_frame(vm->memory, VIRTUAL_POSITION);
	translator->cache = memory_machine_frame(vm->memory, CACHE_POSITION);
	memset(translator->virtual, 0, sizeof *translator->virtual);
	window_begin(translator);
	lookup_clear(translator);
	translator->unsure = true;
	if (!cache_begin(translator))
		return false;
	if (!watch_begin(translator) || !adapt_begin(translator))
		return refuse(vm->message, sizeof vm->message, "not enough memory; close other programs");
	cpu_set_hooks(vm->processor, &(struct cpu_hooks){.owner = vm, .sensitive = observe_users});
	return true;
}

static void leave(struct vm *vm)
{
	struct translator *translator = vm->technique_state;

	watch_end(translator);
	adapt_end(translator);
	cache_end(translator);
	window_end(translator);
	deprivileged_end(&translator->base);
	arena_give(vm->arena, translator);
}

static bool enter(struct vm *vm)
{
	struct translator *translator = arena_take(vm->arena, sizeof *translator);
	char reason[sizeof vm->message];

	if (!translator)
		return refuse(vm->message, sizeof vm->message, "not enough memory; close other programs");
	translator->vm = vm;
	translator->cache_size = cache_bytes(vm);
	translator->clock = clock_way(&vm->config);
	if (!deprivileged_begin(&translator->base, vm,
	                        OWN_FRAMES + ((translator->cache_size + PAGE_MASK) >> PAGE_SHIFT))) {
		arena_give(vm->arena, translator);
		return false;
	}
	if (begin(translator))
		return true;
	memcpy(reason, vm->message, sizeof reason);
	leave(vm);
	memcpy(vm->message, reason, sizeof reason);
	return false;
}

/* ---- translated code ---- */

/* Is the guest still where the last exit left it, and the unit still there and meant for it? */
static bool can_resume(const struct translator *translator, const struct unit_key *key)
{
	const struct resume *resume = &translator->resume;
	const struct unit *unit = resume->unit;

	return unit && resume->generation == translator->generation && resume->eip == key->eip &&
	       unit->key.cs_base == key->cs_base && unit->key.cs_limit == key->cs_limit &&
	       unit->key.stack_big == key->stack_big;
}

/* Behind the last record stands the jump to what follows, perhaps by a stub of two instructions. */
enum { WAY_OUT = 3 };

/* Where the guest goes on in the cache. 0: nowhere, or not yet. */
static uint32_t place_to_go_on(struct translator *translator, bool *stands_still)
{
	struct vm *vm = translator->vm;
	struct unit_key key = key_of(cpu_state_const(vm->vcpu));
	struct event event;
	struct unit *unit;

	check_mappings(translator);
	lookup_begin(translator, &key);
	if (can_resume(translator, &key)) {
		if (!is_boundary(translator, translator->resume.address))
			stops_pass_on_way(vm, WAY_OUT);
		return translator->resume.address;
	}
	if (stops_reached(vm)) { /* looking for a unit has its price */
		*stands_still = true;
		return 0;
	}
	story_begin(vm, &event, EV_WORLD_SWITCH);
	story_charge(vm, &event, "find the unit", COST_unit_lookup);
	unit = find_unit(translator);
	event.reason = "enter";
	event.action = unit ? "entered translated code where the guest is" : "nothing can be translated where the guest is";
	story_tell(vm, &event, cpu_state_const(vm->vcpu));
	resume_at(translator, unit);
	return translator->resume.address;
}

/* Instructions until a guest's next one begins, or the VMM is called: more than any way through a sequence, the lookup routine or a
 * stub. */
enum { LONGEST_WAY = 1000 };

/* A sequence is run to its end: a guest's instruction is done or not begun. */
static enum cpu_stop roll_forward(struct translator *translator, enum cpu_stop stop)
{
	struct cpu *processor = translator->vm->processor;

	for (unsigned way = 0; way < LONGEST_WAY && (stop == CPU_STOP_TIME || stop == CPU_STOP_REQUEST) &&
	                       !is_boundary(translator, cpu_state_const(processor)->eip); way++)
		stop = cpu_step(processor);
	return stop;
}

/* What stands before a unit's first instruction and behind its last is none of the guest's. */
static bool is_between(struct translator *translator, uint32_t address)
{
	struct unit *unit = unit_at(translator, address);

	return unit && !record_at(unit, address);
}

static enum cpu_stop step_instruction(struct translator *translator)
{
	struct cpu *processor = translator->vm->processor;
	const struct cpu_state *real = cpu_state_const(processor);
	enum cpu_stop stop = CPU_STOP_TIME;

	for (unsigned way = 0; way < LONGEST_WAY && stop == CPU_STOP_TIME && is_between(translator, real->eip); way++)
		stop = cpu_step(processor);
	translator->step_is_left = !unit_at(translator, real->eip); /* at the doorway already */
	return stop == CPU_STOP_TIME ? cpu_step(processor) : stop;
}

/*
 * STI in the cache leaves no trace of its shadow, and an interrupt may be due right behind it. The record tells, for what
 * stands behind STI is kept in its unit. Where IF had been set before, the interrupt comes an instruction later than it
 * might; never between STI and HLT (SDM volume 2, STI).
 */
static void hold_off_behind_sti(struct vm *vm, const struct place *place)
{
	const struct record *record = place->record;

	if (record && record > place->unit->record && record[-1].in_cache == SEQUENCE_STI)
		cpu_state(vm->vcpu)->interrupt_shadow = SHADOW_STI;
}

static void act_on(struct translator *translator, enum cpu_stop stop)
{
	struct vm *vm = translator->vm;
	struct place place;

	if (stop == CPU_STOP_MONITOR) {
		doorway(translator);
		return;
	}
	if (stop == CPU_STOP_EVENT) {
		fault(translator);
		return;
	}
	place = place_at(translator, cpu_state_const(vm->processor)->eip, SIDE_BEFORE);
	cache_leave(translator, place.eip, place.spilled);
	hold_off_behind_sti(vm, &place);
	if (place.record)
		resume_in(translator, place.unit, place.record);
	else
		resume_at(translator, place.unit); /* a boundary outside records is the unit's beginning */
	if (stop == CPU_STOP_TIME && board_next(vm->board) <= vm->clock)
		exit_interrupt(&translator->base);
}

/* One stretch in the cache, and what ends it. */
static bool run_translated(struct translator *translator, uint32_t address, uint64_t deadline, bool single)
{
	struct vm *vm = translator->vm;
	enum cpu_stop stop;

	translator->resume.unit = NULL;
	cache_enter(translator, address);
	tell_world_switch(vm, "to translated code");
	stop = single ? step_instruction(translator) : cpu_run(vm->processor, deadline);
	stop = roll_forward(translator, stop);
	if (stop == CPU_STOP_SHUTDOWN)
		return refuse(vm->message, sizeof vm->message,
		              "the VMM's own tables are damaged: this is a bug in ringside");
	if (!translated_code_holds(translator, stop))
		return false;
	act_on(translator, stop);
	tell_way_out(vm, stop);
	return !vm_check_due(vm) || (shadow_agrees(&translator->base) && cache_agrees(translator));
}

/* ---- one thing for the guest at a time ---- */

static bool is_for_translation(const struct cpu_state *guest)
{
	const uint32_t single = EFLAGS_TF | EFLAGS_RF, virtual = EFLAGS_VIF | EFLAGS_VIP; /* no sequence knows of these */

	return guest->cpl == 0 && guest->segment[CS].access & ACCESS_BIG && !(guest->eflags & (single | virtual)) &&
	       !(guest->dr[7] & 0xff);
}

static bool can_go_on(struct vm *vm)
{
	const struct cpu_state *guest = cpu_state_const(vm->vcpu);

	if (guest->interrupt_shadow && (interrupt_comes(vm) || guest->pending_debug))
		return false;
	return (guest->cpl == 3 || is_for_translation(guest)) && world_can_enter(deprivileged(vm));
}

/* Does the instruction that the guest is at change what linear addresses mean? A hypercall may do anything. */
static bool changes_mappings(const struct vm *vm)
{
	struct insn insn;
	uint32_t linear;

	return !fetch_instruction(vm, &insn) || insn.row->perform == perform_vmcall ||
	       flush_of(&insn, cpu_state_const(vm->vcpu), &linear) != FLUSH_NOTHING;
}

static void note_changes(struct vm *vm)
{
	struct translator *translator = vm->technique_state;

	if (changes_mappings(vm))
		translator->mappings_changed = true;
}

static void interpret_here(struct translator *translator, uint64_t deadline)
{
	struct emulation emulation = emulation_by(translator);

	emulation.before = note_changes;
	interpret_until(&emulation, deadline, can_go_on, "interpreted what is neither translated nor run directly");
	if (!translator->mappings_changed)
		return;
	translator->mappings_changed = false;
	cpu_tlb_flush(translator->vm->processor);
	translator->unsure = true;
}

static enum vm_end go_on_translating(struct vm *vm, uint64_t deadline, bool single)
{
	struct translator *translator = vm->technique_state;
	struct deprivileged *state = &translator->base;
	const struct cpu_state *guest = cpu_state_const(vm->vcpu);
	bool stands_still = false;
	uint32_t address;

	if (guest->activity == ACTIVITY_SHUTDOWN)
		return VM_SHUTDOWN;
	if (inject_interrupt(state))
		return VM_RUNNING;
	if (guest->activity == ACTIVITY_HALTED)
		return VM_HALTED;
	if (can_go_on(vm)) {
		if (guest->cpl == 3)
			return run_directly(state, deadline, single) ? VM_RUNNING : VM_UNSUPPORTED;
		address = place_to_go_on(translator, &stands_still);
		if (stands_still)
			return VM_RUNNING;
		if (address)
			return run_translated(translator, address, deadline, single) ? VM_RUNNING : VM_UNSUPPORTED;
	}
	interpret_here(translator, single || can_go_on(vm) ? vm->clock + 1 : deadline);
	return VM_RUNNING;
}

static enum vm_end run(struct vm *vm, uint64_t deadline)
{
	return run_until(vm, deadline, go_on_translating);
}

/* A hidden fault is not the guest's: its instruction is still to be done, unless an interrupt comes first. */
static enum vm_end step(struct vm *vm)
{
	struct translator *translator = vm->technique_state;
	const struct shadow_counters *counters = shadow_counters(translator->base.shadow);
	enum vm_end end;
	uint64_t hidden;

	do {
		translator->step_is_left = false;
		hidden = counters->hidden;
		end = go_on_translating(vm, vm->clock + 1, true);
	} while (end == VM_RUNNING && !is_due(vm) && (translator->step_is_left || counters->hidden != hidden));
	return end;
}

static void stored(struct vm *vm, uint64_t gpa, uint32_t size)
{
	struct translator *translator = vm->technique_state;

	if (!translator)
		return;
	deprivileged_stored(&translator->base, gpa, size);
	if (translator->pages)
		watch_stored(translator, gpa, size);
}

/* Whoever comes to a unit comes to its beginning, where its first instruction begins; back to that instruction's own code comes only
 * what had begun it. */
static bool translated(const struct vm *vm, uint64_t ma, uint32_t *linear, uint64_t *gpa)
{
	const struct translator *translator = vm->technique_state;
	uint32_t address = WINDOW_ADDRESS(ma >> PAGE_SHIFT) + (uint32_t)(ma & PAGE_MASK);
	const struct unit *unit = translator ? unit_at(translator, address) : NULL;
	const struct record *record;
	bool first;

	if (!unit)
		return false;
	first = address == unit_address(unit);
	record = first ? unit->record : record_at(unit, address);
	if (!record || (record == unit->record) != first || (!first && address != unit_address(unit) + record->code))
		return false;
	*linear = unit->key.cs_base + unit->key.eip + record->offset;
	*gpa = record_gpa(unit, record);
	return true;
}

const struct technique technique_bt = {
	.name = "bt",
	.summary = "binary translation: the kernel translated, user code direct",
	.vmm = true,
	.deprivileges = true,
	.pagings = 1 << PAGING_SHADOW,
	.paging = PAGING_SHADOW,
	.enter = enter,
	.leave = leave,
	.run = run,
	.step = step,
	.stored = stored,
	.translated = translated,
};
